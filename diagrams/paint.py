"""A scene as flat marks in painting order: all that a writer needs who knows shapes and text, and nothing of flows.

Lengths are points, y runs downwards, colours are #rrggbb.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.scene import Box

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator

    from consortflow.diagrams.scene import Bar, Connector, Point, Run, Scene
    from consortflow.diagrams.theme import Theme

__all__ = [
    "DASHED",
    "DOTTED",
    "HEAVY",
    "Mark",
    "Polygon",
    "Polyline",
    "Rectangle",
    "Text",
    "colour_of",
    "names_of",
    "number",
    "outline",
    "paint",
    "shaft",
]

DASHED, DOTTED = (4.5, 2.25), (1.5, 2.25)
"""Lengths of a dash and of the gap after it: around what contradicts, and along what balances nothing."""
HEAVY = 2.5
"""How much heavier than others the outline of a marked box is."""


class Rectangle(NamedTuple):
    """A filled rectangle, outlined where `width` is more than nothing."""

    x: float
    y: float
    w: float
    h: float
    fill: str
    stroke: str = ""
    width: float = 0.0
    dash: tuple[float, float] | None = None
    radius: float = 0.0


class Polyline(NamedTuple):
    """An open line through points."""

    points: tuple[Point, ...]
    stroke: str
    width: float
    dash: tuple[float, float] | None = None


class Polygon(NamedTuple):
    """A filled shape without an outline: an arrow's head."""

    points: tuple[Point, ...]
    fill: str


class Text(NamedTuple):
    """A run in its colour."""

    run: Run
    fill: str


Mark = Rectangle | Polyline | Polygon | Text


def paint(scene: Scene) -> Iterator[Mark]:
    """Yield what there is to paint, ground first; text in the order bars, connectors, boxes (reading order), notes."""
    theme = scene.theme
    yield Rectangle(0, 0, scene.width, scene.height, theme.paper)
    for bar in scene.bars:
        yield outline(bar, theme)
        yield from (Text(run, theme.ink) for run in bar.runs)
    for line in scene.connectors:
        points, head = shaft(line, theme)
        yield Polyline(points, theme.ink, theme.line_width, DOTTED if line.dotted else None)
        yield Polygon(head, theme.ink)
        if line.plate:
            left, top, right, bottom = line.plate
            yield Rectangle(left, top, right - left, bottom - top, theme.paper)
        yield from (Text(run, theme.ink) for run in line.runs)
    for box in scene.boxes:
        yield outline(box, theme)
        yield from (Text(run, theme.ink) for run in box.runs)
    yield from (Text(run, theme.ink) for run in scene.notes)


def outline(holder: Box | Bar, theme: Theme) -> Rectangle:
    """Return a box or a bar as the rectangle to paint: a box whose counts contradict is dashed and heavy."""
    place = holder.x, holder.y, holder.w, holder.h
    if not isinstance(holder, Box):
        return Rectangle(*place, theme.bar_fill, theme.ink, theme.line_width, radius=theme.bar_radius)
    if holder.flagged:
        return Rectangle(*place, theme.fill(holder.kind), theme.ink, theme.line_width * HEAVY, DASHED)
    return Rectangle(*place, theme.fill(holder.kind), theme.ink, theme.line_width)


def shaft(line: Connector, theme: Theme) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Return a connector's line up to its arrow, and the arrow's three corners, point first."""
    (ax, ay), (bx, by) = line.points[-2:]
    far = max(abs(bx - ax), abs(by - ay), 1e-9)
    ux, uy = (bx - ax) / far, (by - ay) / far
    long, half = min(theme.arrow_length, far), theme.arrow_half
    cx, cy = bx - ux * long, by - uy * long
    one, other = (cx - uy * half, cy + ux * half), (cx + uy * half, cy - ux * half)
    return (*line.points[:-1], (cx, cy)), ((bx, by), one, other)


def names_of(ids: Iterable[str], refused: re.Pattern[str]) -> list[str]:
    """Return ids as names without what is `refused`, all different."""
    names: list[str] = []
    used: set[str] = set()
    for index, ident in enumerate(ids):
        name = refused.sub("-", ident)
        if name in used or name != ident:
            name = f"{name}-{index + 1}"
        used.add(name)
        names.append(name)
    return names


def number(value: float, places: int = 3) -> str:
    """Return a number rounded to decimal places, without the zeros that say nothing."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def colour_of(hexadecimal: str) -> tuple[int, int, int]:
    """Return the red, green and blue of a colour, 0 to 255."""
    red, green, blue = bytes.fromhex(hexadecimal[1:])
    return red, green, blue
