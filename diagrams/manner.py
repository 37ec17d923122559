"""How tightly a chart is set: its type and gaps, where its side cards stand, how its words may break."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from consortflow.diagrams.measure import PIXEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consortflow.diagrams.theme import Theme

__all__ = ["BESIDE", "CLOSE", "COLUMNS", "LEFT", "RIGHT", "ROWS", "TIGHT", "Manner", "set_at"]

BESIDE = 1000
"""More splits than any stage stands in: all side cards stand beside their trunk."""
COLUMNS, ROWS, LEFT, RIGHT = 1, 2, 4, 8
"""Where a figure may have more space for routed lines and labels: between its columns or rows, at its sides."""
TIGHT = {"side_gap": 0.667, "column_gap": 0.667, "bar_gap": 0.63, "pad_x": 0.727, "bar_width": 0.857}
CLOSE = {
    "side_gap": 0.5, "column_gap": 0.4, "bar_gap": 0.4, "pad_x": 0.5, "bar_width": 0.715, "margin": 0.5, "indent": 0.8,
}  # fmt: skip
"""What is left of a theme's lengths where room is short."""
ON_PIXELS = frozenset(
    ("pad_x", "side_gap", "side_pad", "stack_gap", "column_gap", "bus_gap", "track_gap", "bar_width", "bar_gap",
     "arrow_gap", "margin")
)  # fmt: skip
WITH_TYPE = ON_PIXELS - {"margin"} | {
    "leading", "pad_y", "indent", "stage_width", "side_width", "arrow_length", "arrow_half",
}  # fmt: skip
"""Of a theme's lengths, those that are whole pixels, and those that grow and shrink with its type."""


class Manner(NamedTuple):
    """How tightly a chart is set."""

    theme: Theme
    under: int = BESIDE
    """Stages in as many splits or more have their side cards in their own column."""
    low: bool = False
    """True where sets that hang beside a trunk stand below everything else of their phase, one under another."""
    loose: bool = False
    """True where a count may stand on another line than the last word of its text."""
    hyphens: bool = False
    """True where long words may be parted."""
    roomy: int = 0
    """Where there is more space, as a sum of COLUMNS, ROWS, LEFT and RIGHT."""


def set_at(theme: Theme, size: float, less: Mapping[str, float]) -> Theme:
    """Return a theme at another type size, its lengths in proportion, some of them to a share of that."""
    if size == theme.size and not less:
        return theme
    values: dict[str, Any] = {"size": size}
    for name in sorted(WITH_TYPE | set(less)):
        length = getattr(theme, name) * less.get(name, 1.0) * (size / theme.size if name in WITH_TYPE else 1.0)
        values[name] = max(round(length / PIXEL), 1) * PIXEL if name in ON_PIXELS else length
    return replace(theme, **values)
