"""Markers: where a manuscript asks for a study's figure, with what options, and where the figure that is there ends."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from consortflow.manuscript import findings as rules
from consortflow.schemas.diagnostics import Related, Span, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from consortflow.schemas.diagnostics import Diagnostic

__all__ = ["NO_OPTIONS", "Marker", "Options", "Place", "near", "paired", "read_body", "spans"]


class Marker(NamedTuple):
    """A marker in a text: what it says, and the stretch of characters it takes."""

    body: str
    """The study's name, and options after commas."""
    start: int
    end: int
    closing: bool = False
    """Whether it ends a figure."""
    prefix: str = ""
    """What stands before it on its line, which every line of the figure needs too: blanks, marks of quotations."""
    fault: str = ""
    """Why no figure can stand here; empty where one can."""
    style: str = ""
    """Which of its format's forms it has, where there are several."""


class Options(NamedTuple):
    """What a marker, or the command line, asks for beyond the figure."""

    legend: bool = True
    """False keeps whatever caption is there."""
    width: str | None = None
    theme: str | None = None
    image: str = ""
    """The path of the image file, relative to the manuscript; empty for one beside it."""
    attributes: bool = True
    """Markdown: whether the image carries attributes in braces."""


NO_OPTIONS = Options()
_KEYS = ("legend", "width", "theme", "image", "attributes")


class Place(NamedTuple):
    """Where a study's figure goes: a marker, and the end of the figure that is there already."""

    name: str
    options: Options
    marker: Marker
    close: Marker | None = None


def read_body(body: str, known: Collection[str]) -> tuple[str, Options, str]:
    """Return the name a marker gives, its options, and a sentence of what is wrong with these ("" where nothing is)."""
    if body in known:  # a file's name may hold commas
        return body, NO_OPTIONS, ""
    name, *parts = (part.strip() for part in body.split(","))
    options = NO_OPTIONS
    for part in parts:
        key, colon, value = (piece.strip() for piece in part.partition(":"))
        if not colon or key not in _KEYS:
            meant = near(key, _KEYS)
            return name, options, f"{quoted(part)} is no option of a marker{meant or '; ' + ', '.join(_KEYS) + ' are'}"
        match key, value:
            case "legend", ("keep" | "no"):
                options = options._replace(legend=False)
            case "attributes", "no":
                options = options._replace(attributes=False)
            case (("legend" | "attributes"), "yes"):
                pass
            case (("legend" | "attributes"), _):
                return name, options, f"{key} is yes or {'keep' if key == 'legend' else 'no'}, not {quoted(value)}"
            case "image", _ if _outside(value):
                return name, options, f"{quoted(value)} leads out of the manuscript's folder"
            case _ if not value:
                return name, options, f"{key} says nothing"
            case "width", _:
                options = options._replace(width=value)
            case "theme", _:
                options = options._replace(theme=value)
            case _:
                options = options._replace(image=value)
    return name, options, ""


def _outside(path: str) -> bool:
    """Whether a path is none below the folder it starts from, on any system."""
    parts = re.split(r"[\\/]", path)
    return not path or ".." in parts or not parts[0] or parts[0].endswith(":") or parts[0].startswith("~")


def near(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" where one of the known names is close, "" where none is."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def paired(
    markers: Sequence[Marker], known: Collection[str], spans: Sequence[Span], paste: str
) -> tuple[list[Place], list[Diagnostic]]:
    """Return where the figures of known studies go, and what is wrong with the markers.

    `spans` says where each marker stands; `paste` is a marker in this format, with {} for the name.
    """
    places: dict[str, Place] = {}
    where: dict[str, Span] = {}
    found: list[Diagnostic] = []
    taken = False
    for at, (marker, span) in enumerate(zip(markers, spans, strict=True)):
        if taken:
            taken = False
            continue
        name, options, wrong = read_body(marker.body, known)
        follower = markers[at + 1] if at + 1 < len(markers) else None
        close = None
        if marker.closing:
            found.append(rules.DAMAGED.found(f"this ends a figure of {quoted(name)} that does not begin", span))
            continue
        if follower is not None and follower.closing and read_body(follower.body, known)[0] == name:
            close, taken = follower, True
        if name not in known:
            if close is None:
                meant = near(name, known)
                message = f"no study {quoted(name)} was given{meant}"
                found.append(rules.UNKNOWN.found(message, span))
        elif marker.fault:
            fix = f"give it a place of its own: {paste.format(name)}"
            found.append(rules.MISPLACED.found(marker.fault, span, fix=fix, subjects=[name]))
        elif wrong:
            found.append(rules.OPTION.found(wrong, span, subjects=[name]))
        elif name in places:
            first = Related("first here", where[name])
            found.append(rules.TWICE.found(f"{quoted(name)} is marked twice", span, related=[first], subjects=[name]))
        else:
            places[name], where[name] = Place(name, options, marker, close), span
    return list(places.values()), found


def spans(text: str, markers: Iterable[Marker], file: str) -> list[Span]:
    """Return where markers stand, in lines and columns."""
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]

    def at(offset: int) -> tuple[int, int]:
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    return [Span(file, *at(marker.start), *at(marker.end)) for marker in markers]
