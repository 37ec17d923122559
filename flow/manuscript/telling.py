"""The words that go with a figure: its legend, and what it tells who cannot see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consortflow.diagrams.figure import Figure
    from consortflow.solving import Solution

__all__ = ["alternative_of", "legend_of"]


def legend_of(solution: Solution) -> str:
    """Return the legend as one paragraph of plain text."""
    from consortflow.diagrams.words import Words

    title = solution.network.study.study.title
    return " ".join(f"{title.rstrip('.') + '. ' if title else ''}{Words(solution).telling()}".split())


def alternative_of(figure: Figure) -> str:
    """Return the alternative text: the whole flow with its counts, on one line."""
    return " ".join(figure.scene.description.split())
