"""What a theme's table may say: every key, its type and its range; and what its values must be together."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consortflow.diagrams.theme import Theme

__all__ = ["misfits", "problems", "values"]

LENGTHS = {
    "size": (4.0, 15.0), "min_size": (4.0, 15.0), "leading": (4.0, 40.0), "line_width": (0.1, 1.5),
    "stage_width": (80.0, 600.0), "side_width": (80.0, 600.0), "margin": (2.0, 100.0), "pad_x": (3.0, 40.0),
    "pad_y": (2.0, 40.0), "indent": (4.0, 20.0), "arrow_gap": (8.0, 200.0), "side_gap": (8.0, 200.0),
    "side_pad": (4.0, 100.0), "stack_gap": (3.0, 100.0), "column_gap": (6.0, 200.0), "bus_gap": (8.0, 100.0),
    "track_gap": (3.0, 60.0), "arrow_length": (2.0, 8.0), "arrow_half": (0.5, 4.0), "bar_width": (8.0, 100.0),
    "bar_gap": (2.0, 100.0), "bar_radius": (0.0, 4.0),
}  # fmt: skip
"""Points, from and to: a figure of any such lengths passes its own check."""
WIDTHS = (10.0, 5000.0)
"""Of a column, in mm."""
COLOURS = frozenset({"ink", "paper", "bar_fill", "box_fill", "exit_fill", "enter_fill", "set_fill"})
OTHERS = frozenset({"base", "fonts", "bars", "columns", "source", "checked"})
KEYS = (*LENGTHS, *sorted(COLOURS | OTHERS))
OTHER_WORDS = {
    "background": "paper", "backgroundfill": "paper", "page": "paper", "foreground": "ink", "fill": "box_fill",
    "textfill": "ink", "fontfill": "ink", "linefill": "ink", "stroke": "ink", "stagefill": "box_fill",
    "font": "fonts", "fontfamily": "fonts", "fontsize": "size", "textsize": "size", "lineheight": "leading",
    "strokewidth": "line_width", "widths": "columns", "extends": "base", "inherits": "base",
}  # fmt: skip
"""What other programs call the same; a colour is a fill here."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_SHORT = re.compile(r"#[0-9a-fA-F]{3}")
_FONT = re.compile(r"\w[\w .+-]*")


def problems(table: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the keys and values of one table, each in a few words; empty where nothing is."""
    found: list[str] = []
    for key, value in table.items():
        if key not in KEYS:
            found.append(_stranger(key, value))
        elif said := _wrong(key, value):
            found.append(f"`{key}` {said}, and this is {_shown(value)}")
    return found


def values(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table without problems as arguments of a Theme."""
    ready = {key: value for key, value in table.items() if key != "base"}
    if "fonts" in ready:
        ready["fonts"] = tuple(ready["fonts"])
    return ready


def misfits(theme: Theme) -> list[str]:
    """Return what the values of a theme make impossible together; empty where nothing is."""
    size = theme.size
    found: list[str] = []
    if theme.min_size > size:
        found.append(f"`min_size` ({theme.min_size:g}) is more than `size` ({size:g}), the size of the text")
    if theme.leading < size:
        found.append(f"`leading` ({theme.leading:g}) is less than `size` ({size:g}): lines would run into one another")
    if theme.bar_width < 1.2 * size:
        found.append(f"`bar_width` ({theme.bar_width:g}) holds no type of {size:g} points: {1.2 * size:g} does")
    return found


def _stranger(key: str, value: Any) -> str:
    from difflib import get_close_matches

    shown = key if key.isprintable() and len(key) <= 40 else ascii(key)[1:-1][:40]
    if isinstance(value, dict):
        return f"[{shown}] is no table of a theme: a file is one theme, with its keys at the top and no heading"
    plain = re.sub("colou?r", "fill", key.lower().replace("-", "_"))
    near = OTHER_WORDS.get(plain.replace("_", "")) or next(iter(get_close_matches(plain, KEYS, n=1, cutoff=0.7)), "")
    return f"`{shown}` is no key of a theme " + (f"(did you mean `{near}`?)" if near else f"({', '.join(KEYS)} are)")


def _wrong(key: str, value: Any) -> str:
    """Return what a key wants, where its value is not that."""
    if key in LENGTHS:
        low, high = LENGTHS[key]
        return "" if _within(value, low, high) else f"is a number of points from {low:g} to {high:g}"
    text = value if isinstance(value, str) else ""
    if key in COLOURS:
        example = f"#{''.join(2 * digit for digit in text[1:])}" if _SHORT.fullmatch(text) else "#1b3a5c"
        return "" if _COLOUR.fullmatch(text) else f"is a colour, as in {example}"
    match key:
        case "bars":
            return "" if isinstance(value, bool) else "is true or false"
        case "fonts":
            fonts = value if isinstance(value, list) else []
            good = fonts and all(isinstance(font, str) and _FONT.fullmatch(font) for font in fonts)
            return "" if good else 'is a list of font families, as in ["Arial", "Helvetica"]'
        case "columns":
            columns = value if isinstance(value, dict) else {"": 0}
            named = all(name.strip() and name.isprintable() for name in columns)
            good = named and all(_within(mm, *WIDTHS) for mm in columns.values())
            return "" if good else "gives widths of 10 to 5000 mm by name, as in { single = 85, double = 174 }"
        case "checked":
            day = isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
            return "" if day else "is a date, as in 2026-01-31 without quotation marks"
        case "base":
            return "" if text and text.isprintable() else "is the name of a theme, or the path of a .toml file"
        case _:
            return "" if text else "is text"


def _within(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
