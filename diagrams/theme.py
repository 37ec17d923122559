"""How a figure looks, apart from what it shows: type, paddings, gaps and fills, read from `themes.toml`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consortflow.diagrams.errors import ThemeError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CJK_FONTS", "POINTS_PER_MM", "Theme", "load_theme", "theme_names"]

POINTS_PER_MM = 72 / 25.4
CJK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans",
    "Yu Gothic",
)
"""Asked for after a theme's own fonts, so that ideographs find a sans serif."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One look. Lengths in points, colours as #rrggbb; columns give a journal's widths in mm by name."""

    name: str = "consort"
    fonts: tuple[str, ...] = ("Arial", "Helvetica", "Arimo", "Liberation Sans", "Nimbus Sans")
    size: float = 9.0
    min_size: float = 6.0
    leading: float = 11.5
    pad_x: float = 8.25
    pad_y: float = 6.0
    indent: float = 9.0
    line_width: float = 0.75
    stage_width: float = 158.0
    side_width: float = 176.0
    margin: float = 6.0
    arrow_gap: float = 27.0
    side_gap: float = 22.5
    side_pad: float = 12.0
    stack_gap: float = 7.5
    column_gap: float = 18.0
    bus_gap: float = 14.25
    track_gap: float = 9.0
    arrow_length: float = 5.5
    arrow_half: float = 2.1
    bars: bool = True
    bar_width: float = 21.0
    bar_gap: float = 14.25
    bar_fill: str = "#dbe5f1"
    box_fill: str = "#ffffff"
    ink: str = "#000000"
    columns: Mapping[str, float] = field(default_factory=dict, hash=False)


@cache
def _tables() -> dict[str, dict[str, Any]]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("themes.toml").read_text(encoding="utf-8"))


def theme_names() -> tuple[str, ...]:
    """Return the names `load_theme` knows, in the order of the file."""
    return tuple(_tables())


@cache
def load_theme(name: str) -> Theme:
    """Return the theme of that name; `ThemeError` names the known ones where there is none."""
    tables = _tables()
    if name not in tables:
        from difflib import get_close_matches

        near = get_close_matches(name.lower(), tables, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ThemeError(name, tuple(tables), f"no theme is called {name!r}{hint} (known: {', '.join(tables)})")
    values: dict[str, Any] = {}
    at: str | None = name
    while at is not None:
        table = tables[at]
        values = {**table, **values}
        at = table.get("base")
    values.pop("base", None)
    unknown = sorted(set(values) - {f.name for f in fields(Theme)})
    if unknown:
        raise ThemeError(name, tuple(tables), f"theme {name!r} has keys no theme has: {', '.join(unknown)}")
    values["fonts"] = tuple(values.get("fonts", Theme().fonts))
    return Theme(**{**values, "name": name})
