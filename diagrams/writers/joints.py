"""A scene's connectors as office programs draw them: glued at both ends to shapes, with the elbows of the figure.

An elbow is one of DrawingML's preset connectors (ECMA-376 part 1, presetShapeDefinitions.xml): it lies in a rectangle
that may be turned and flipped, runs from one corner to the opposite one, and its adjustments say where it bends.
Lengths are points.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consortflow.diagrams.scene import Box, Connector, Point, Scene

__all__ = ["ANGLES", "Elbow", "End", "Glue", "Joint", "Site", "elbow", "glued"]

NEAR = 0.02
"""Points within which two places are one."""
THIN = 0.1
"""The least side of the rectangle an elbow bends in: adjustments are shares of it."""
MOST_POINTS = 6
"""Of the preset elbow with the most bends."""
HALF = 50_000
"""Of 100,000: where an elbow with two bends has them when nothing else is said."""
ANGLES = (270, 180, 90, 0)
"""Degrees, clockwise from the right, in which lines leave a rectangle's own sites: top, left, bottom, right."""


TURNS = {
    (True, True): (270, True, False),
    (True, False): (90, False, False),
    (False, True): (90, True, True),
    (False, False): (270, False, True),
}
"""The turn and flips of an elbow that begins upright, by whether it goes down and whether it goes right."""


class Site(NamedTuple):
    """A place on (or outside) a shape where lines are glued, from its top left corner."""

    x: float
    y: float
    angle: int
    """Degrees, clockwise from the right, in which lines leave."""


class End(NamedTuple):
    """What an end of a connector is glued to: the id of a box or a joint, and the number of its site."""

    holder: str
    site: int


class Joint(NamedTuple):
    """A place without extent between two pieces of a line that has more bends than any preset."""

    id: str
    x: float
    y: float


class Elbow(NamedTuple):
    """A preset connector in its rectangle, as it lies before it is flipped and turned around its middle."""

    preset: str
    x: float
    y: float
    w: float
    h: float
    turn: int = 0
    """Degrees clockwise."""
    flip_h: bool = False
    flip_v: bool = False
    adjust: tuple[int, ...] = ()
    """Hundred-thousandths of the rectangle's width (first and third) and height (second)."""


class Piece(NamedTuple):
    """A connector, or a part of one between joints, with an arrow where it is the last."""

    line: Connector
    points: tuple[Point, ...]
    elbow: Elbow
    start: End
    end: End
    arrow: bool

    @property
    def usual(self) -> bool:
        """Whether every program draws it as it is: LibreOffice 7.4 bends a line that is glued as it thinks best."""
        if len(self.points) == 2:
            return True
        own = self.end.site < len(ANGLES) and (self.start.site < len(ANGLES) or self.elbow.turn != 0)
        return own and (
            len(self.points) == 3 or (len(self.points) == 4 and abs(self.elbow.adjust[0] - HALF) < HALF // 50)
        )


class Glue(NamedTuple):
    """All connectors of a scene, and what they hold on to."""

    pieces: tuple[Piece, ...]
    joints: tuple[Joint, ...]
    sites: Mapping[str, tuple[Site, ...]]
    """The sites of a box by its id, after a rectangle's own four; boxes that need none are left out."""


def glued(scene: Scene) -> Glue:
    """Return a scene's connectors with both ends glued.

    A line that begins on another one, as those to people who left do, begins at its box and runs along that other one;
    where that is not what the figure shows, it is glued to a site of its box that lies outside it, and moves with it.
    """
    boxes = {box.id: box for box in scene.boxes}
    trunks = _trunks(scene)
    sites: dict[str, list[Site]] = {}
    pieces: list[Piece] = []
    joints: list[Joint] = []
    for line in scene.connectors:
        tail, head = boxes[line.tail], boxes[line.head]
        points = _straightened(_from_its_box(line, tail, trunks))
        start, end = _end(tail, points[0], points[1], sites), _end(head, points[-1], points[-2], sites)
        while len(points) > MOST_POINTS:
            (ax, ay), (bx, by) = points[MOST_POINTS - 2 : MOST_POINTS]
            joint = Joint(f"joint {len(joints) + 1}", (ax + bx) / 2, (ay + by) / 2)
            joints.append(joint)
            middle = joint.x, joint.y
            first = (*points[: MOST_POINTS - 1], middle)
            pieces.append(Piece(line, first, elbow(first), start, End(joint.id, 0), arrow=False))
            points, start = (middle, *points[MOST_POINTS - 1 :]), End(joint.id, 0)
        pieces.append(Piece(line, points, elbow(points), start, end, arrow=True))
    return Glue(tuple(pieces), tuple(joints), {box: tuple(found) for box, found in sites.items()})


def elbow(points: tuple[Point, ...]) -> Elbow:
    """Return the preset for an orthogonal line of at most six points, none of which could be left out."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    dx, dy = x1 - x0, y1 - y0
    if len(points) == 2:
        return Elbow("straightConnector1", min(x0, x1), min(y0, y1), abs(dx), abs(dy), flip_h=dx < 0, flip_v=dy < 0)
    upright = abs(points[0][0] - points[1][0]) < abs(points[0][1] - points[1][1])
    # presets begin along their width: an upright one lies on its side
    along, across = (dy, dx) if upright else (dx, dy)
    long, wide = max(abs(along), THIN), max(abs(across), THIN)
    along, across = (long if along >= 0 else -long), (wide if across >= 0 else -wide)
    adjust = []
    for place, (x, y) in enumerate(points[1:-2]):
        gone = (y - y0 if upright else x - x0) / along if place % 2 == 0 else (x - x0 if upright else y - y0) / across
        adjust.append(round(gone * 100_000))
    middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
    turn, flip_h, flip_v = TURNS[along > 0, across > 0] if upright else (0, along < 0, across < 0)
    return Elbow(
        f"bentConnector{len(points) - 1}",
        middle_x - long / 2,
        middle_y - wide / 2,
        long,
        wide,
        turn,
        flip_h,
        flip_v,
        tuple(adjust),
    )


def _trunks(scene: Scene) -> dict[float, list[tuple[float, float]]]:
    """Return from where to where unbroken upright lines run, by their x, downwards and none over another."""
    found: dict[float, list[tuple[float, float]]] = {}
    for line in scene.connectors:
        for (ax, ay), (bx, by) in pairwise(line.points):
            if not line.dotted and abs(ax - bx) < NEAR:
                found.setdefault(round(ax, 2), []).append((min(ay, by), max(ay, by)))
    for x, spans in found.items():
        joined: list[tuple[float, float]] = []
        for top, end in sorted(spans):
            if joined and top <= joined[-1][1] + NEAR:
                joined[-1] = joined[-1][0], max(joined[-1][1], end)
            else:
                joined.append((top, end))
        found[x] = joined
    return found


def _from_its_box(
    line: Connector, tail: Box, trunks: Mapping[float, Sequence[tuple[float, float]]]
) -> tuple[Point, ...]:
    """Return a line's points, and before them the place at its box where the trunk starts on which it begins."""
    (x, y), bottom = line.points[0], tail.y + tail.h
    if tail.y - NEAR <= y <= bottom + NEAR or not tail.x <= x <= tail.x + tail.w:
        return line.points
    edge = bottom if y > bottom else tail.y
    low, high = min(y, edge), max(y, edge)
    spans = trunks.get(round(x, 2), ())
    at = bisect_right(spans, (low + NEAR, inf)) - 1
    if at >= 0 and spans[at][1] >= high - NEAR:
        return ((x, edge), *line.points)
    return line.points


def _straightened(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return a line without the points at which it does not bend."""
    kept: list[Point] = []
    for x, y in points:
        if kept and abs(kept[-1][0] - x) < NEAR and abs(kept[-1][1] - y) < NEAR:
            continue
        if len(kept) > 1 and any(
            abs(kept[-2][axis] - kept[-1][axis]) < NEAR and abs(kept[-1][axis] - (x, y)[axis]) < NEAR for axis in (0, 1)
        ):
            kept.pop()
        kept.append((x, y))
    return tuple(kept) if len(kept) > 1 else points


def _end(box: Box, point: Point, before: Point, sites: dict[str, list[Site]]) -> End:
    """Return what a line that comes to a point from the one `before` is glued to: a new site where the box has none."""
    x, y = point[0] - box.x, point[1] - box.y
    own = ((box.w / 2, 0.0), (0.0, box.h / 2), (box.w / 2, box.h), (box.w, box.h / 2))
    made = sites.get(box.id, [])
    for place, (at_x, at_y) in enumerate((*own, *((site.x, site.y) for site in made))):
        if abs(at_x - x) < NEAR and abs(at_y - y) < NEAR:
            return End(box.id, place)
    dx, dy = before[0] - point[0], before[1] - point[1]
    angle = (0 if dx > 0 else 180) if abs(dx) > abs(dy) else (90 if dy > 0 else 270)
    sites.setdefault(box.id, made).append(Site(x, y, angle))
    return End(box.id, len(own) + len(made) - 1)
