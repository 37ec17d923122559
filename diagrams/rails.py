"""Rails: where the line of a stage runs along the left of its column, past the cards that stand in it.

A stage's side cards stand beside its trunk, or in its own column: then the line leaves the stage's box near its left
edge, passes the cards at their left and goes straight into the next box. Lengths are points from the middle of the
stage's box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.measure import PIXEL, snap

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from consortflow.diagrams.grid import Grid
    from consortflow.diagrams.theme import Theme

__all__ = ["LEFTWARD", "NO_RAILS", "Rails", "inset_of", "rails_of", "run_of"]

INSET, RUN = 0.6, 1.05
"""Of the type size: from the left edge of a box to its rail, and from the rail to the cards beside it."""

LEFTWARD = frozenset(("left", "back"))
"""The hands of side cards whose lines run to the left."""


class Rails(NamedTuple):
    """Where the lines below and above a stage meet its box; the middle of the box where a stage is not named."""

    leave: Mapping[str, float]
    enter: Mapping[str, float]


NO_RAILS = Rails({}, {})


def inset_of(theme: Theme) -> float:
    """Return how far a rail stands inside the left edge of its box."""
    return snap(INSET * theme.size, PIXEL)


def run_of(theme: Theme) -> float:
    """Return how far a card stands from its rail: room for an arrow."""
    return snap(RUN * theme.size, PIXEL)


def rails_of(grid: Grid, railed: Container[str], widths: Mapping[str, float], theme: Theme) -> Rails:
    """Return the rails of the stages in `railed`, whose side cards stand in their own column.

    The line between two stages of one column is straight: both meet it where the narrower one has its rail. Lines of
    several arms that run abreast run alike.
    """
    inset = inset_of(theme)
    beside = {stage for stage in grid.sides if stage not in railed}
    leave: dict[str, float] = {}
    enter: dict[str, float] = {}
    for stage, sides in grid.sides.items():
        if stage in railed:
            for side in sides:
                (leave if side.where == "below" else enter)[stage] = _edge(grid, stage, widths[stage], inset)
    straight = [
        (tail, heads[0])
        for tail in grid.order
        if len(heads := grid.succ[tail]) == 1 and len(grid.pred[heads[0]]) == 1 and not beside & {tail, heads[0]}
    ]
    turned = {_abreast(grid, tail, head) for tail, head in straight if tail in leave or head in enter}
    for tail, head in straight:
        if _abreast(grid, tail, head) in turned:
            leave[tail] = enter[head] = _edge(grid, tail, min(widths[tail], widths[head]), inset)
    return Rails(leave, enter)


def _edge(grid: Grid, stage: str, wide: float, inset: float) -> float:
    """Return a stage's rail: at the left; at the right of a set that hangs, whose line comes from the right."""
    return wide / 2 - inset if stage in grid.hung else inset - wide / 2


def _abreast(grid: Grid, tail: str, head: str) -> tuple[object, ...]:
    """Return what the lines of several arms share that run side by side, and so alike."""
    arm = grid.arm[tail]
    return grid.row[tail], grid.row[head], arm.split if arm else tail
