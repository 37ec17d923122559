"""How wide a figure that nobody has drawn yet may be asked to be: as a page, where its longest words allow it."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["page_width"]

WIDTHS = (170, 250)
"""Of an upright page and of one on its side, in mm."""
CHARACTER, PADDING, MOST = 1.3, 9.0, 0.85
"""What a character of small type and the rest of a box need, in mm, and how much of a width they may fill."""


def page_width(columns: float, labels: Iterable[str]) -> int | None:
    """Return the width of a page, in mm, on which columns of boxes with some labels can stand; None where none will do.

    >>> page_width(3, ["Placebo", "Completed"]), page_width(12, ["Pneumonoultramicroscopic"])
    (170, None)
    """
    longest = max((len(word) for label in labels for word in label.split()), default=0)
    needed = columns * (longest * CHARACTER + PADDING)
    return next((width for width in WIDTHS if needed < MOST * width), None)
