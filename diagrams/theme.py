"""How a figure looks, apart from what it shows: type, gaps and fills, from `themes.toml` or somebody's own file."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consortflow.diagrams.errors import ThemeError
from consortflow.schemas.errors import FileError
from consortflow.schemas.files import read_text

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

__all__ = ["POINTS_PER_MM", "Theme", "load_theme", "theme_names"]

POINTS_PER_MM = 72 / 25.4
MAX_BYTES = 1024 * 1024
BUILT_IN = Path(__file__).with_name("themes.toml")
_TABLE = re.compile(r"^\[([\w-]+)\]\n(.*?)(?=^\[|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Theme:
    """One look. Lengths in points, colours as #rrggbb; columns give a journal's widths in mm by name.

    Text is measured as Arial, whatever `fonts` asks for first: other fonts are set to the same widths.
    """

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
    bar_radius: float = 2.25
    bar_fill: str = "#dbe5f1"
    box_fill: str = "#ffffff"
    exit_fill: str | None = None
    """Of the boxes of people who left; None for that of all boxes, as for the two below."""
    enter_fill: str | None = None
    set_fill: str | None = None
    paper: str = "#ffffff"
    """The background."""
    ink: str = "#000000"
    """Of text, outlines and arrows."""
    columns: Mapping[str, float] = field(default_factory=dict, hash=False)
    source: str = ""
    """What the widths and type sizes rest on, in a journal's own words where it has any."""
    checked: datetime.date | None = None
    """When the source was last read."""

    def fill(self, kind: str) -> str:
        """Return the fill of a box of a kind (stage, exit, enter, set), as #rrggbb."""
        own = {"exit": self.exit_fill, "enter": self.enter_fill, "set": self.set_fill}
        return own.get(kind) or self.box_fill


@cache
def _texts() -> dict[str, str]:
    """Return each built-in theme's table as it is written: parsing all of them would cost each start a few ms."""
    return {found[1]: found[2] for found in _TABLE.finditer(BUILT_IN.read_text(encoding="utf-8"))}


def theme_names() -> tuple[str, ...]:
    """Return the names `load_theme` knows, in the order of the file."""
    return tuple(_texts())


def load_theme(name: str, folder: str | os.PathLike[str] = "") -> Theme:
    """Return the theme of that name, or of the TOML file at that path.

    What ends in .toml or has a slash is a path, relative to `folder`. A file says only what differs from its `base`: a
    name, or the path of another file beside it; consort where it says none. Raises `ThemeError` for an unknown name and
    for what is wrong in a file, `FileError` where a file cannot be read.
    """
    return _inherited(name, Path(folder)) if _is_path(name) else _built_in(name)


@cache
def _built_in(name: str) -> Theme:
    return _inherited(name, Path())


def _is_path(name: str) -> bool:
    return name.isprintable() and (name.lower().endswith(".toml") or "/" in name or "\\" in name)


def _inherited(name: str, folder: Path) -> Theme:
    """Return a theme with what its table says, its base's table for the rest, and so on."""
    import tomllib

    from consortflow.diagrams.theme_table import misfits, problems, values

    chain: list[dict[str, Any]] = []
    seen: dict[str, str] = {}
    at: str | None = name
    while at is not None:
        if not _is_path(at) and at not in _texts():
            raise _unknown(name, at, next(reversed(seen.values()), ""))
        place = str(folder / at) if _is_path(at) else at
        here = os.path.realpath(place) if _is_path(at) else at
        if here in seen:
            raise _refused(name, f"`base` leads round in a circle: {' > '.join((*seen.values(), place))}")
        table = _read(place, name) if _is_path(at) else tomllib.loads(_texts()[at])
        if wrong := problems(table):
            raise _refused(name, f"{place}: {'; '.join(wrong)}")
        seen[here] = place
        chain.append(values(table))
        folder = Path(place).parent
        at = table.get("base")
    merged: dict[str, Any] = {}
    for table in reversed(chain):
        if "size" in table and "leading" not in table:  # lines keep their distance in proportion
            before = Theme(**merged)
            merged["leading"] = before.leading * table["size"] / before.size
        merged |= table
    theme = Theme(**{**merged, "name": Path(name).stem if _is_path(name) else name})
    if wrong := misfits(theme):
        raise _refused(name, f"{next(iter(seen.values()))}: {'; '.join(wrong)}")
    return theme


def _read(place: str, name: str) -> dict[str, Any]:
    import tomllib

    if os.path.exists(place) and not (os.path.isfile(place) or os.path.isdir(place)):  # noqa: PTH110, PTH112, PTH113 - these never raise
        raise FileError(place, "is not a regular file")  # a pipe may never end
    text = read_text(place, max_bytes=MAX_BYTES)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also for a number of thousands of digits
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _refused(name, f"{place}: this is not TOML: {what}") from error


def _refused(name: str, message: str) -> ThemeError:
    return ThemeError(name, theme_names(), message)


def _unknown(name: str, asked: str, file: str) -> ThemeError:
    from difflib import get_close_matches

    known = theme_names()
    near = get_close_matches(asked.lower(), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    where = f"{file}: `base` is {asked!r}, and " if file else ""
    return _refused(name, f"{where}no theme is called {asked!r}{hint} (known: {', '.join(known)}; or a .toml file)")
