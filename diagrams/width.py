"""Widths as people give them, millimetres or the name of a journal's column, and the pages that figures go on."""

from __future__ import annotations

import re

from consortflow.diagrams.errors import ThemeError
from consortflow.diagrams.theme import Theme

__all__ = ["PAGES", "PAGE_HEIGHT_MM", "PAGE_TURNED_MM", "height_in_mm", "remedy", "width_in_mm"]

_WIDTH = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(mm|cm|in|pt)?\s*\Z", re.ASCII)
_MM = {"": 1.0, "mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72}
MOST_MM = 5000.0
PAGE_HEIGHT_MM = 247.0
"""The depth of a journal's page (Nature's; that of A4 between margins)."""
PAGE_TURNED_MM = 257.0
"""The width of an A4 page turned on its side, between margins of 20 mm."""
PAGES = {"portrait": (170.0, PAGE_HEIGHT_MM), "landscape": (PAGE_TURNED_MM, 170.0)}
"""The width and height in millimetres that an A4 page has for a figure, by its orientation."""


def width_in_mm(theme: Theme, width: float | str) -> float:
    """Return a width in millimetres: a number, text such as "170mm", "17 cm" or "6.7in", or one of a theme's columns.

    Raises ThemeError where it is neither, or not between 10 mm and 5 m.

    >>> from consortflow.diagrams.theme import load_theme
    >>> width_in_mm(load_theme("consort"), "17cm")
    170.0
    """
    text = str(width)
    if text in theme.columns:
        return float(theme.columns[text])
    if match := _WIDTH.match(text):
        mm = float(match.group(1)) * _MM[match.group(2) or ""]
        if 10 <= mm <= MOST_MM:
            return mm
        raise ThemeError(theme.name, (), f"a width of {text.strip()} cannot hold a figure: 10 to {MOST_MM:g} mm can")
    known = ", ".join(theme.columns)
    message = f"{text!r} is not a width: write millimetres, as in 170mm" + (f", or a column: {known}" if known else "")
    raise ThemeError(theme.name, tuple(theme.columns), message)


def height_in_mm(theme: Theme, height: float | str) -> float:
    """Return a height in millimetres: a number, or text such as "225mm"; `ThemeError` where it is none.

    >>> from consortflow.diagrams.theme import load_theme
    >>> height_in_mm(load_theme("consort"), "225mm")
    225.0
    """
    match = _WIDTH.match(str(height))
    mm = float(match.group(1)) * _MM[match.group(2) or ""] if match else 0.0
    if not 10 <= mm <= MOST_MM:
        message = f"{str(height)!r} is not a height: write millimetres, as in 225mm (10 to {MOST_MM:g})"
        raise ThemeError(theme.name, (), message)
    return mm


def remedy(theme: Theme, needed_mm: float) -> str:
    """Return what to do about a figure that needs so many millimetres: the first column or page that holds it."""
    wide = sorted((mm, name) for name, mm in theme.columns.items() if mm >= needed_mm)
    if wide:
        mm, name = wide[0]
        return f"the column {name} ({mm:g} mm) is wide enough"
    if needed_mm <= PAGE_TURNED_MM:
        return f"a page turned on its side ({PAGE_TURNED_MM:g} mm) is wide enough"
    return "no page is that wide: show fewer arms in one figure, or shorten its longest words"
