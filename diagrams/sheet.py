"""A chart measured in one manner: what size each card has, and where it stands from left to right.

Lengths are points.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.columns import Columns, columns_of
from consortflow.diagrams.contour import Extents
from consortflow.diagrams.grid import MADE
from consortflow.diagrams.heights import bar_lines, bar_width
from consortflow.diagrams.labels import Label, label_of
from consortflow.diagrams.manner import BESIDE, COLUMNS, LEFT, RIGHT, Manner
from consortflow.diagrams.measure import snap
from consortflow.diagrams.rails import NO_RAILS, Rails, inset_of, rails_of, run_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consortflow.diagrams.chart import Card, Chart, Link, Side
    from consortflow.diagrams.deck import Deck
    from consortflow.diagrams.grid import Grid
    from consortflow.diagrams.measure import Panel
    from consortflow.diagrams.theme import Theme

__all__ = ["Sheet", "draft_of", "settled", "sheet_of"]

PASSAGE, APART = 13.5, 6.0
"""Points that routed lines keep from boxes at either side of them, and from one another."""
LANE = 15.0
"""Free space at either side of a figure with connectors that have no place on the grid."""


class Sheet(NamedTuple):
    """A chart measured at one text width: sizes and columns, before any height is known."""

    manner: Manner
    grid: Grid
    widths: dict[str, float]
    hands: dict[str, str]
    """Where each side card stands: left or right of its trunk; under its stage, right of its rail; or back, left of it.
    """
    extents: dict[str, Extents]
    columns: Columns
    leave: dict[str, float]
    """x of the line that leaves each stage downwards, and of the one that enters it from above."""
    enter: dict[str, float]
    left: float
    right: float
    labels: dict[Link, Label]
    panels: Mapping[str, Panel] = {}
    """Empty in a draft."""

    @property
    def theme(self) -> Theme:
        """The look, with the type and gaps of the manner."""
        return self.manner.theme

    @property
    def width(self) -> float:
        """The width of the whole figure, in points."""
        return self.right - self.left


def sheet_of(deck: Deck, manner: Manner, scale: float = 1.0, scales: Mapping[str, float] | None = None) -> Sheet:
    """Measure a chart with its text widths scaled; `scales` says otherwise for some cards."""
    own = scales or {}
    railed = _railed(deck, manner)
    panels = {
        card: deck.panel(card, manner, limit) for card, limit in _limits(deck, manner, railed, scale, own).items()
    }
    sheet = _drafted(deck, manner, railed, {card: panel.w for card, panel in panels.items()})
    # a box that a long word or a neighbour made wide has room for longer lines
    return settled(deck, sheet) if scale < 1 or railed else sheet._replace(panels=panels)


def draft_of(deck: Deck, manner: Manner, scale: float) -> Sheet:
    """Return a sheet at least as wide as `sheet_of` makes it, without measuring any line."""
    railed = _railed(deck, manner)
    limits = _limits(deck, manner, railed, scale, {})
    pads = 2 * manner.theme.pad_x
    return _drafted(
        deck, manner, railed, {card: snap(deck.most(card, manner, limit) + pads) for card, limit in limits.items()}
    )


def settled(deck: Deck, draft: Sheet) -> Sheet:
    """Return a draft with its cards measured at the widths it gives them."""
    pads = 2 * draft.theme.pad_x
    return draft._replace(
        panels={card: deck.panel(card, draft.manner, wide - pads) for card, wide in draft.widths.items()}
    )


def _railed(deck: Deck, manner: Manner) -> set[str]:
    """Return the stages whose side cards stand in their own column."""
    if manner.under >= BESIDE:
        return set()
    return {stage for stage in deck.grid.sides if deck.level(stage) >= manner.under}


def _limits(
    deck: Deck, manner: Manner, railed: set[str], scale: float, scales: Mapping[str, float]
) -> dict[str, float]:
    """Return how long the lines of each card may be."""
    theme = manner.theme
    step = inset_of(theme) + run_of(theme)
    under = {side.card for side in deck.chart.sides if side.at in railed}
    return {
        card: max(scales.get(card, scale) * theme.stage_width - step, 0.0)
        if card in under
        else scales.get(card, scale) * deck.natural(card, theme)
        for card in deck.cards
    }


def _drafted(deck: Deck, manner: Manner, railed: set[str], own: dict[str, float]) -> Sheet:
    """Stand cards of the given widths from left to right."""
    chart, grid, theme = deck.chart, deck.grid_in(manner), manner.theme
    widths = _widths(deck, manner, railed, own)
    hands = {
        side.card: ("back" if side.at in grid.hung else "under")
        if side.at in railed
        else _direction(side, deck.cards[side.card], grid)
        for side in chart.sides
    }
    rails = rails_of(grid, railed, widths, theme) if railed else NO_RAILS
    extents = {stage: _extents(stage, grid, widths, hands, rails, theme) for stage in grid.order}
    measured = ((link, label_of(link, theme, narrow=manner.roomy > 0)) for link in chart.links)
    labels = {link: label for link, label in measured if label}
    gap = theme.column_gap
    if grid.free:
        lines = min(len(grid.free), 3)
        gap = max(gap, PASSAGE + lines * APART)
        if manner.roomy & COLUMNS and labels:
            gap = max(gap, PASSAGE + 2 * APART + max(label.w for label in labels.values()))
    columns = columns_of(grid, extents, gap, theme.column_gap, lambda stages: deck.order(stages, widths))
    left, right = _reach(chart, grid, extents, columns, labels, theme)
    if labels:
        aside = max(label.w for label in labels.values())
        left, right = left - aside * bool(manner.roomy & LEFT), right + aside * bool(manner.roomy & RIGHT)
    leave = {**columns.x, **{stage: columns.x[stage] + dx for stage, dx in rails.leave.items()}}
    entering = {**rails.enter, **columns.entered}
    enter = {**columns.x, **{stage: columns.x[stage] + dx for stage, dx in entering.items()}}
    return Sheet(manner, grid, widths, hands, extents, columns, leave, enter, left, right, labels)


def _widths(deck: Deck, manner: Manner, railed: set[str], own: dict[str, float]) -> dict[str, float]:
    """Return the width of each card: arms share theirs, and so do the cards beside one row."""
    grid, theme = deck.grid_in(manner), manner.theme
    widths = dict(own)
    step = inset_of(theme) + run_of(theme)
    for stage in railed:
        widths[stage] = max(widths[stage], *(step + widths[side.card] for side in grid.sides[stage]))
    trunk = 0 if manner.under == 0 else None
    _share(grid.order, partial(_group, deck, trunk), widths)
    row_of = {side.card: (grid.row[side.at], side.where) for side in deck.chart.sides if side.at not in railed}
    _share(list(row_of), row_of.__getitem__, widths)
    for stage in railed:
        for side in grid.sides[stage]:
            widths[side.card] = widths[stage] - step
    return widths


def _group(deck: Deck, trunk: int | None, stage: str) -> int | str | None:
    """Return what stages share their width with: the splits they stand in, or sets that stages make up in turns."""
    grid = deck.grid
    if (arm := grid.arm[stage]) is not None:
        return arm.level
    return MADE if stage in grid.made else None if stage in grid.hung else trunk


def _share(cards: list[str], group_of: Callable[[str], object], widths: dict[str, float]) -> None:
    """Give the cards of each group the width of the widest; a card whose group is None keeps its own."""
    most: dict[object, float] = {}
    for card in cards:
        group = group_of(card)
        if group is not None:
            most[group] = max(most.get(group, 0.0), widths[card])
    for card in cards:
        group = group_of(card)
        if group is not None:
            widths[card] = most[group]


def _direction(side: Side, card: Card, grid: Grid) -> str:
    """Right by default; joining from the left; outwards for the outer arms of two."""
    if side.side:
        return side.side
    if side.inward or card.kind == "enter":
        return "left"
    arm = grid.arm[side.at]
    return "left" if arm and arm.level == 1 and arm.of == 2 and arm.place == 0 else "right"


def _extents(
    stage: str, grid: Grid, widths: dict[str, float], hands: dict[str, str], rails: Rails, theme: Theme
) -> Extents:
    leave, enter = rails.leave.get(stage, 0.0), rails.enter.get(stage, 0.0)
    reach = {"below": [leave - 4.5, leave + 4.5], "above": [enter - 4.5, enter + 4.5]}
    for side in grid.sides.get(stage, ()):
        hand, wide = hands[side.card], widths[side.card]
        if hand == "left":
            reach[side.where][0] = min(reach[side.where][0], -theme.side_gap - wide)
        elif hand == "right":
            reach[side.where][1] = max(reach[side.where][1], theme.side_gap + wide)
        else:
            line = leave if side.where == "below" else enter
            end = line + run_of(theme) + wide if hand == "under" else line - run_of(theme) - wide
            at = 1 if hand == "under" else 0
            reach[side.where][at] = (max if at else min)(reach[side.where][at], end)
    below, above = reach["below"], reach["above"]
    return Extents(widths[stage] / 2, (below[0], below[1]), (above[0], above[1]), leave, enter)


def _reach(
    chart: Chart,
    grid: Grid,
    extents: dict[str, Extents],
    columns: Columns,
    labels: dict[Link, Label],
    theme: Theme,
) -> tuple[float, float]:
    """Return the left and right edge of the canvas around everything that is placed."""
    reach = [(0.0, 0.0)]
    if grid.order:
        reach = []
        for stage, item in extents.items():
            x, shift = columns.x[stage], columns.entered.get(stage, 0.0)
            low = min(-item.half, item.below[0], item.above[0] + shift)
            reach.append((x + low, x + max(item.half, item.below[1], item.above[1] + shift)))
        reach += [(x - 6, x + 6) for x in columns.lanes.values()]
    aside = LANE if grid.free or columns.tangled else 0.0
    left = min(low for low, _ in reach) - aside - theme.margin
    right = max(high for _, high in reach) + aside + theme.margin
    if not grid.free:
        right = max([right, *(max(columns.x.values()) + label.w + 12 for label in labels.values())])
    if theme.bars and grid.phase_rows:
        left -= theme.bar_gap + bar_width(bar_lines(grid, chart.phases, theme), theme)
    return left, right
