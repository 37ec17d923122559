"""The drawn figure as geometry: boxes, text runs, connectors and bars in points, y downwards, no file format.

`faults` is the check that every figure passes before anyone sees it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consortflow.diagrams.chart import Table
    from consortflow.diagrams.theme import Theme
    from consortflow.telling import Told

__all__ = ["Bar", "Box", "Connector", "Paragraph", "Point", "Run", "Scene", "Shelf", "faults"]

Point = tuple[float, float]
TOUCH = 0.02
"""Points two outlines may share before they count as overlapping."""


class Run(NamedTuple):
    """One line of text in one weight; x and y are the start of its baseline, width its measured advance."""

    text: str
    x: float
    y: float
    width: float
    size: float
    bold: bool = False
    upward: bool = False
    """True where the baseline runs from bottom to top."""

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the run's ascent and descent."""
        up, down = self.size * 0.75, self.size * 0.22
        if self.upward:
            return self.x - up, self.y - self.width, self.x + down, self.y
        return self.x, self.y - up, self.x + self.width, self.y + down


class Paragraph(NamedTuple):
    """What some runs say before it is broken into lines, for formats whose programs break lines themselves."""

    text: str
    """Its words, and its count after a no-break space."""
    size: float
    lines: int
    """How many lines it takes in the figure."""
    reach: float = 0.0
    """From the left of its words to the right of its widest line."""
    bold: bool = False
    depth: int = 0
    """0 for a heading, 1 for a point of a list, 2 and more for points within points."""
    sign: str = ""
    """A bullet or a dash before the first line."""
    outer: float = 0.0
    """From the left of the text to the sign."""
    inner: float = 0.0
    """From the left of the text to the words of every line."""
    mark: str = ""
    """A footnote's mark, raised: after the words in a box, before them in the footnote itself."""
    mark_size: float = 0.0
    fixed: tuple[str, ...] = ()
    """Its lines, where programs would part words that they keep whole, or none where they part one."""


class Box(NamedTuple):
    """A card in its place: top left corner, size, and its text."""

    id: str
    kind: str
    x: float
    y: float
    w: float
    h: float
    title: str = ""
    runs: tuple[Run, ...] = ()
    flagged: bool = False
    paragraphs: tuple[Paragraph, ...] = ()
    """What the runs say."""
    centred: bool = False
    """True where every line stands in the middle of the box, and all of them in the middle of its height."""


class Bar(NamedTuple):
    """A phase at the left of its rows, with its name turned upwards."""

    id: str
    label: str
    x: float
    y: float
    w: float
    h: float
    runs: tuple[Run, ...] = ()


class Connector(NamedTuple):
    """An orthogonal line from one card to another, arrow at its last point."""

    id: str
    tail: str
    head: str
    kind: str
    points: tuple[Point, ...]
    dotted: bool = False
    runs: tuple[Run, ...] = ()
    """Its label."""
    plate: tuple[float, float, float, float] | None = None
    """Left, top, right and bottom of the ground that is painted under a label which crosses a line."""
    label: str = ""
    """What the runs say."""


class Scene(NamedTuple):
    """Everything a writer needs; `boxes` stand in reading order."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    connectors: tuple[Connector, ...]
    bars: tuple[Bar, ...]
    notes: tuple[Run, ...]
    """The footnotes' runs, below everything else."""
    title: str
    description: str
    language: str
    theme: Theme
    footnotes: tuple[Paragraph, ...] = ()
    """What the footnotes' runs say."""
    telling: tuple[Told, ...] = ()
    """The description by what belongs to what."""
    table: Table | None = None
    """The counts stage by stage; None where they were not made."""

    @property
    def order(self) -> tuple[str, ...]:
        """The ids of the boxes in reading order."""
        return tuple(box.id for box in self.boxes)

    @property
    def solids(self) -> tuple[Box | Bar, ...]:
        """Bars and boxes: what no connector may cross."""
        return (*self.bars, *self.boxes)

    def runs(self) -> Iterator[tuple[str, Run]]:
        """Every text run with the id of the box or bar that holds it; empty for labels and footnotes."""
        for holder in self.solids:
            for run in holder.runs:
                yield holder.id, run
        for connector in self.connectors:
            for run in connector.runs:
                yield "", run
        for run in self.notes:
            yield "", run


def faults(scene: Scene) -> tuple[str, ...]:
    """Return what is wrong with a placed figure, each in a few words; empty where it may be shown."""
    solids = scene.solids
    found = [
        f"{solid.id!r} leaves the canvas"
        for solid in solids
        if solid.x < 0 or solid.y < 0 or solid.x + solid.w > scene.width or solid.y + solid.h > scene.height
    ]
    found += _overlaps(solids)
    found += _crossings(solids, scene)
    found += _overhangs(solids, scene)
    found += _covers(solids, scene)
    return tuple(found)


def _overlaps(solids: Sequence[Box | Bar]) -> list[str]:
    """Sweep downwards, keeping the boxes that still reach the sweep line sorted by their left edge."""
    found: list[str] = []
    live: list[tuple[float, int]] = []
    ends: list[tuple[float, int]] = sorted((solid.y + solid.h, index) for index, solid in enumerate(solids))
    done = 0
    for index in sorted(range(len(solids)), key=lambda i: (solids[i].y, i)):
        solid = solids[index]
        while done < len(ends) and ends[done][0] <= solid.y + TOUCH:
            gone = ends[done][1]
            at = bisect_left(live, (solids[gone].x, gone))
            if at < len(live) and live[at] == (solids[gone].x, gone):
                del live[at]
            done += 1
        at = bisect_left(live, (solid.x, index))
        # live boxes are disjoint until the first fault, so only the two neighbours can meet this one
        for near in live[max(at - 1, 0) : at + 1]:
            other = solids[near[1]]
            if other.x < solid.x + solid.w - TOUCH and solid.x < other.x + other.w - TOUCH:
                found.append(f"{other.id!r} and {solid.id!r} overlap")
        live.insert(at, (solid.x, index))
    return found


def _crossings(solids: Sequence[Box | Bar], scene: Scene) -> list[str]:
    """Connectors inside a box, outside the canvas, or not orthogonal."""
    found: list[str] = []
    flat: dict[float, list[tuple[float, float, str]]] = {}
    steep: dict[float, list[tuple[float, float, str]]] = {}
    for line in scene.connectors:
        if not line.points:
            found.append(f"{line.id!r} finds no way")
        for (ax, ay), (bx, by) in pairwise(line.points):
            x0, x1, y0, y1 = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
            if x1 - x0 > TOUCH and y1 - y0 > TOUCH:
                found.append(f"{line.id!r} is not orthogonal")
            if x0 < 0 or y0 < 0 or x1 > scene.width or y1 > scene.height:
                found.append(f"{line.id!r} leaves the canvas")
            if x1 - x0 > TOUCH:
                flat.setdefault(round(y0, 3), []).append((x0, x1, line.id))
            else:
                steep.setdefault(round(x0, 3), []).append((y0, y1, line.id))
    boxes = Shelf([(s.x, s.y, s.x + s.w, s.y + s.h, s.id) for s in solids if isinstance(s, Box)])
    bars = Shelf([(s.x, s.y, s.x + s.w, s.y + s.h, s.id) for s in solids if isinstance(s, Bar)])
    for y, spans in flat.items():
        for low, high, name in _joined(spans):
            for shelf in (boxes, bars):
                found += [f"{name!r} crosses {other!r}" for other in shelf.met(low, y, high, y)]
    for x, spans in steep.items():
        for low, high, name in _joined(spans):
            for shelf in (boxes, bars):
                found += [f"{name!r} crosses {other!r}" for other in shelf.met(x, low, x, high)]
    return found


def _joined(spans: list[tuple[float, float, str]]) -> Iterator[tuple[float, float, str]]:
    """Spans of one line, those that overlap made one: a bus of many arms is looked at once."""
    low, high, name = 0.0, -1.0, ""
    for start, end, who in sorted(spans):
        if start >= high:
            if high > low:
                yield low, high, name
            low, high, name = start, end, who
        else:
            high = max(high, end)
    if high > low:
        yield low, high, name


class Shelf:
    """Boxes sorted by top and by left, to find those that a segment meets."""

    def __init__(self, boxes: list[tuple[float, float, float, float, str]]) -> None:
        self.by_top = sorted(boxes, key=lambda box: box[1])
        self.by_left = sorted(boxes)
        self.tops = [box[1] for box in self.by_top]
        self.lefts = [box[0] for box in self.by_left]
        self.tallest = max((box[3] - box[1] for box in boxes), default=0.0)
        self.widest = max((box[2] - box[0] for box in boxes), default=0.0)

    def met(self, x0: float, y0: float, x1: float, y1: float) -> list[str]:
        """Return the ids of the boxes whose inside a segment passes through."""
        top, bottom = bisect_left(self.tops, y0 - self.tallest), bisect_right(self.tops, y1)
        left, right = bisect_left(self.lefts, x0 - self.widest), bisect_right(self.lefts, x1)
        near = self.by_top[top:bottom] if bottom - top <= right - left else self.by_left[left:right]
        return [
            box[4]
            for box in near
            if x0 < box[2] - TOUCH and x1 > box[0] + TOUCH and y0 < box[3] - TOUCH and y1 > box[1] + TOUCH
        ]


def _overhangs(solids: Sequence[Box | Bar], scene: Scene) -> list[str]:
    """Text outside its box, or outside the canvas where it has none."""
    holders = {solid.id: (solid.x, solid.y, solid.x + solid.w, solid.y + solid.h) for solid in solids}
    canvas = (0.0, 0.0, scene.width, scene.height)
    found: list[str] = []
    for holder, run in scene.runs():
        x0, y0, x1, y1 = holders[holder] if holder else canvas
        left, top, right, bottom = run.extent
        if left < x0 - TOUCH or top < y0 - TOUCH or right > x1 + TOUCH or bottom > y1 + TOUCH:
            found.append(f"text {run.text[:40]!r} leaves {holder or 'the canvas'!r}")
    return found


def _covers(solids: Sequence[Box | Bar], scene: Scene) -> list[str]:
    """Labels of connectors that lie on a box or a bar."""
    labelled = [line for line in scene.connectors if line.runs]
    if not labelled:
        return []
    shelf = Shelf([(s.x, s.y, s.x + s.w, s.y + s.h, s.id) for s in solids])
    return [
        f"the label of {line.id!r} covers {other!r}"
        for line in labelled
        for other in sorted({met for run in line.runs for met in shelf.met(*run.extent)})
    ]
