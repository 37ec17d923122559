"""A scene cut into pages: where a figure is taller than one, its lines end at a mark and go on from it on the next.

Pages are cut only where nothing but upright lines would be cut. Lengths are points.
"""

from __future__ import annotations

from itertools import count, pairwise
from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.measure import BASELINE, PIXEL, snap
from consortflow.diagrams.scene import Bar, Box, Connector, Paragraph, Point, Run, Scene
from consortflow.diagrams.text import width

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["pages_of"]

CLEAR = 3.0
"""Between a cut and anything that is not cut."""
STUB = 13.5
"""From a page's last box, or to its first, to the marks: room for an arrow."""


class _Part(NamedTuple):
    """What one page shows of a scene: from one height to another."""

    top: float
    bottom: float


class _Mark(NamedTuple):
    """Where lines leave one page and enter the next, from left to right."""

    name: str
    low: float
    high: float


def pages_of(scene: Scene, height: float) -> tuple[Scene, ...]:
    """Return a scene as scenes of at most `height` points, top to bottom; the scene itself where it fits.

    A page is taller where a box is, or where there is no place to cut. Lines that go on carry the same letter at the
    foot of one page and at the head of the next.
    """
    if scene.height <= height or not scene.boxes:
        return (scene,)
    parts = _parts(scene, height)
    if len(parts) == 1:
        return (scene,)
    marks = _marks(scene, parts)
    return tuple(_page(scene, parts, marks, place) for place in range(len(parts)))


def _side(scene: Scene) -> float:
    """Return how high a mark is, and how wide one for a line with a letter."""
    return snap(scene.theme.size * 1.25)


def _parts(scene: Scene, height: float) -> list[_Part]:
    """Cut as low on every page as it allows."""
    room = 2 * scene.theme.margin
    foot = STUB + _side(scene)
    parts: list[_Part] = []
    gaps = [*_gaps(scene)]
    start = min(solid.y for solid in scene.boxes)
    end = scene.height - scene.theme.margin
    while gaps and room + (foot if parts else 0.0) + end - start > height:
        head = foot if parts else 0.0
        fitting = [gap for gap in gaps if room + head + gap[0] - start + foot <= height]
        low, high = fitting[-1] if fitting else gaps[0]
        parts.append(_Part(start, low))
        start = high
        gaps = [gap for gap in gaps if gap[0] > high]
    return [*parts, _Part(start, end)]


def _gaps(scene: Scene) -> Iterator[tuple[float, float]]:
    """Yield where a cut meets nothing but upright lines, from and to, downwards."""
    blocked = [(box.y, box.y + box.h) for box in scene.boxes]
    rests = {box.id: (box.y, box.y + box.h) for box in scene.boxes}
    for line in scene.connectors:
        blocked += [(a[1], b[1]) for a, b in pairwise(line.points) if abs(a[1] - b[1]) < 0.01]
        if line.kind in ("exit", "enter"):
            tail, head = rests[line.tail], rests[line.head]
            blocked.append((min(tail[0], head[0]), max(tail[1], head[1])))
        # a line that begins on a trunk stays on the page of the box that trunk comes from
        for end, (_, y) in ((line.tail, line.points[0]), (line.head, line.points[-1])):
            blocked.append((min(rests[end][0], y), max(rests[end][1], y)))
        blocked += [(run.extent[1], run.extent[3]) for run in line.runs]
    blocked += [(run.extent[1], scene.height) for run in scene.notes]
    reached = None
    for top, bottom in sorted(blocked):
        if reached is not None and top - reached > 2 * CLEAR:
            yield reached, top
        reached = bottom if reached is None else max(reached, bottom)


def _marks(scene: Scene, parts: list[_Part]) -> list[list[_Mark]]:
    """Return the marks of each cut, with as many letters as there must be for each to have its own name."""
    letters = 0
    while True:
        letters += 1
        wide = max(_side(scene), snap(width("W" * letters, scene.theme.size, bold=True) + CLEAR))
        cuts = [_bundles(scene, one.bottom, two.top, wide) for one, two in pairwise(parts)]
        if sum(map(len, cuts)) <= sum(26**length for length in range(1, letters + 1)):
            names = (_letters(number) for number in count())
            return [[_Mark(next(names), low, high) for low, high in cut] for cut in cuts]


def _bundles(scene: Scene, top: float, bottom: float, wide: float) -> list[tuple[float, float]]:
    """Return from where to where marks reach that are `wide` for one line; lines close together share one."""
    crossed = {
        round(a[0], 3)
        for line in scene.connectors
        for a, b in pairwise(line.points)
        if min(a[1], b[1]) <= top and max(a[1], b[1]) >= bottom and abs(a[0] - b[0]) < 0.01
    }
    found: list[tuple[float, float]] = []
    for x in sorted(crossed):
        low = min(max(x - wide / 2, 0.0), max(scene.width - wide, 0.0))
        high = max(low + wide, x)
        if found and low < found[-1][1] + CLEAR:
            found[-1] = found[-1][0], high
        else:
            found.append((low, high))
    return found


def _letters(number: int) -> str:
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def _page(scene: Scene, parts: list[_Part], marks: list[list[_Mark]], place: int) -> Scene:
    theme, side = scene.theme, _side(scene)
    part, last = parts[place], place == len(parts) - 1
    foot = STUB + side
    dy = theme.margin + PIXEL / 2 + (foot if place else 0.0) - part.top
    ends = part.top + dy, part.bottom + dy
    boxes = [_moved_box(box, dy) for box in scene.boxes if part.top <= box.y + box.h / 2 <= part.bottom]
    heads = [_box_of(mark, scene, ends[0] - foot, place) for mark in (marks[place - 1] if place else ())]
    feet = [_box_of(mark, scene, ends[1] + STUB, place + 2) for mark in (() if last else marks[place])]
    lines: dict[tuple[Point, ...], Connector] = {}
    for line in scene.connectors:
        for piece in _pieces(line, parts, marks, place):
            shown = _stretched(piece, part, dy, STUB)
            lines.setdefault(shown.points, shown)
    aside = _Part(part.top - (foot if place else 0.0), part.bottom + (0.0 if last else foot))
    bars = [bar for one in scene.bars if (bar := _cut_bar(one, part, aside, dy)) is not None]
    bottom = ends[1] + (theme.margin if last else foot + theme.margin)
    notes = tuple(run._replace(y=run.y + dy) for run in scene.notes) if last else ()
    return scene._replace(
        height=snap(bottom, PIXEL),
        boxes=(*heads, *boxes, *feet),
        connectors=tuple(lines.values()),
        bars=tuple(bars),
        notes=notes,
        footnotes=scene.footnotes if last else (),
        title=f"{scene.title} ({place + 1}/{len(parts)})",
    )


def _moved_box(box: Box, dy: float) -> Box:
    return box._replace(y=box.y + dy, runs=tuple(run._replace(y=run.y + dy) for run in box.runs))


def _box_of(mark: _Mark, scene: Scene, y: float, other: int) -> Box:
    """Return a mark as a small box with its letter; `other` is the page on which its lines go on or come from."""
    size, side = scene.theme.size, _side(scene)
    wide = width(mark.name, size, bold=True)
    middle = (mark.low + mark.high) / 2
    run = Run(mark.name, middle - wide / 2, y + side / 2 + BASELINE * size, wide, size, bold=True)
    return Box(
        f"page-mark-{mark.name}",
        "mark",
        mark.low,
        y,
        mark.high - mark.low,
        side,
        f"{mark.name}: {other}",
        (run,),
        paragraphs=(Paragraph(mark.name, size, 1, bold=True),),
        centred=True,
    )


def _pieces(line: Connector, parts: list[_Part], marks: list[list[_Mark]], place: int) -> Iterator[Connector]:
    """Yield what a page shows of a line, in the scene's own heights."""
    part = parts[place]
    points: list[Point] = []
    tail = line.tail
    for a, b in pairwise(line.points):
        level = abs(a[1] - b[1]) < 0.01
        if level and not part.top <= a[1] <= part.bottom:
            continue
        low, high = max(min(a[1], b[1]), part.top), min(max(a[1], b[1]), part.bottom)
        if low > high:
            continue
        down = b[1] >= a[1]
        begins = a if level or part.top <= a[1] <= part.bottom else (a[0], low if down else high)
        ends = b if level or part.top <= b[1] <= part.bottom else (b[0], high if down else low)
        if begins != a:
            points, tail = [], _name(marks, place - 1 if down else place, a[0])
        points += [begins] if not points else []
        points.append(ends)
        if ends != b:
            head = _name(marks, place if down else place - 1, b[0])
            yield _piece(line, tail, head, points, part, whole=False)
            points = []
    if points:
        yield _piece(line, tail, line.head, points, part, whole=tuple(points) == line.points)


def _piece(line: Connector, tail: str, head: str, points: list[Point], part: _Part, *, whole: bool) -> Connector:
    here = bool(line.runs) and part.top <= line.runs[0].y <= part.bottom
    ident = line.id if whole else f"{line.id}/{tail}>{head}"
    plate = line.plate if here else None
    return line._replace(
        id=ident,
        tail=tail,
        head=head,
        points=tuple(points),
        runs=line.runs if here else (),
        plate=plate,
        label=line.label if here else "",
    )


def _name(marks: list[list[_Mark]], cut: int, x: float) -> str:
    return next(f"page-mark-{mark.name}" for mark in marks[cut] if mark.low <= x <= mark.high)


def _stretched(line: Connector, part: _Part, dy: float, stub: float) -> Connector:
    """Return a piece in its page's heights, its cut ends drawn out to their marks."""
    points = [(x, y + dy) for x, y in line.points]
    if line.tail.startswith("page-mark-"):
        x, y = line.points[0]
        points[0] = (x, y + dy + (-stub if y == part.top else stub))
    if line.head.startswith("page-mark-"):
        x, y = line.points[-1]
        points[-1] = (x, y + dy + (-stub if y == part.top else stub))
    plate = line.plate and (line.plate[0], line.plate[1] + dy, line.plate[2], line.plate[3] + dy)
    return line._replace(points=tuple(points), runs=tuple(run._replace(y=run.y + dy) for run in line.runs), plate=plate)


def _cut_bar(bar: Bar, part: _Part, page: _Part, dy: float) -> Bar | None:
    """Return what a page shows of a bar, beside its marks too, with its name in the middle where there is room."""
    top, bottom = max(bar.y, part.top), min(bar.y + bar.h, part.bottom)
    if bottom - top <= 2 * CLEAR:
        return None
    top = page.top if top == part.top else top
    bottom = page.bottom if bottom == part.bottom else bottom
    shift = (top + bottom) / 2 - (bar.y + bar.h / 2) + dy
    fits = all(run.width <= bottom - top for run in bar.runs)
    runs = tuple(run._replace(y=run.y + shift) for run in bar.runs) if fits else ()
    return bar._replace(y=top + dy, h=bottom - top, runs=runs)
