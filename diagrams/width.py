"""A width as people give it: millimetres, or the name of a journal's column."""

from __future__ import annotations

import re

from consortflow.diagrams.errors import ThemeError
from consortflow.diagrams.theme import Theme

__all__ = ["width_in_mm"]

_WIDTH = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(mm|cm|in|pt)?\s*\Z", re.ASCII)
_MM = {"": 1.0, "mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72}
MOST_MM = 5000.0


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
