"""The lines of a figure: trunks, buses, elbows to side cards, and routes around boxes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.maze import Maze, Rect
from consortflow.diagrams.measure import BASELINE
from consortflow.diagrams.scene import Connector, Point, Run, Shelf
from consortflow.diagrams.text import break_lines, glue, width

if TYPE_CHECKING:
    from consortflow.diagrams.chart import Chart, Link, Side
    from consortflow.diagrams.columns import Columns
    from consortflow.diagrams.grid import Grid
    from consortflow.diagrams.heights import Buses, Heights
    from consortflow.diagrams.theme import Theme

__all__ = ["Label", "Router", "label_of"]

LABEL_WIDTH = 90.0
ASIDE = 4.5
"""Between a line and its label."""


class Label(NamedTuple):
    """The words beside a connector, broken into lines."""

    lines: tuple[str, ...]
    widths: tuple[float, ...]
    w: float
    h: float
    size: float
    leading: float

    def runs(self, x: float, y: float) -> tuple[Run, ...]:
        """Return the label's runs with its block's top left corner at x, y."""
        return tuple(
            Run(text, x, y + (index + 0.5) * self.leading + BASELINE * self.size, wide, self.size)
            for index, (text, wide) in enumerate(zip(self.lines, self.widths, strict=True))
        )


def label_of(link: Link, theme: Theme) -> Label | None:
    """Return a link's label measured; None where it has none."""
    text = glue(link.label, link.count)
    if not text:
        return None
    size = theme.size - 1 if theme.size - 1 >= theme.min_size else theme.size
    leading = theme.leading * size / theme.size
    lines = tuple(break_lines(text, LABEL_WIDTH, size))
    widths = tuple(width(line, size) for line in lines)
    return Label(lines, widths, max(widths), len(lines) * leading, size, leading)


class Router:
    """Draws every connector of a placed chart, in the chart's order."""

    def __init__(
        self,
        chart: Chart,
        grid: Grid,
        *,
        columns: Columns,
        buses: Buses,
        heights: Heights,
        rects: dict[str, tuple[float, float, float, float]],
        labels: dict[tuple[str, str], Label],
        area: Rect,
        theme: Theme,
    ) -> None:
        self.chart = chart
        self.grid = grid
        self.columns = columns
        self.buses = buses
        self.heights = heights
        self.labels = labels
        self.area = area
        self.theme = theme
        self.boxes: dict[str, Rect] = {card: (x, y, x + w, y + h) for card, (x, y, w, h) in rects.items()}
        self.shelf = Shelf([(*box, card) for card, box in self.boxes.items()])

    def connectors(self, sides: dict[str, str]) -> list[Connector]:
        """Grid lines first, then the side cards, then what must find its way around them."""
        drawn: dict[tuple[str, str], tuple[Point, ...]] = {}
        for pair in self.buses.route:
            points = self._grid_route(*pair)
            if not any(self._blocked(a, b) for a, b in pairwise(points)):
                drawn[pair] = points
        tails = {tail for tail, _ in drawn}
        heads = {head for _, head in drawn}
        beside = [self._side(side, sides[side.card], tails, heads) for side in self.chart.sides]
        inward = {side.card: side.inward for side in self.chart.sides}
        flows: list[Connector] = []
        waiting: list[Link] = []
        for link in self.chart.links:
            points_or = drawn.get((link.tail, link.head))
            if points_or is None or link in self.grid.free:
                waiting.append(link)
            else:
                flows.append(self._connector(link, points_or))
        out = flows
        for side, points in zip(self.chart.sides, beside, strict=True):
            if inward[side.card]:
                out.append(Connector(f"{side.card}>{side.at}", side.card, side.at, "enter", points[::-1]))
            else:
                out.append(Connector(f"{side.at}>{side.card}", side.at, side.card, "exit", points))
        if waiting:
            maze = Maze(list(self.boxes.values()), self.area)
            for line in out:
                maze.occupy(line.points)
            for link in waiting:
                found = maze.route(self.boxes[link.tail], self.boxes[link.head])
                maze.occupy(found)
                out.append(self._connector(link, found))
        return self._labelled(out)

    @staticmethod
    def _connector(link: Link, points: tuple[Point, ...]) -> Connector:
        return Connector(f"{link.tail}>{link.head}", link.tail, link.head, link.kind, points, link.dotted)

    def _blocked(self, a: Point, b: Point) -> bool:
        return bool(self.shelf.met(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])))

    def _bus(self, key: tuple[str, str]) -> float:
        gap = self.grid.row[key[1]] - (1 if key[0] == "merge" else 0)
        return self.heights.bus[gap] + self.buses.track[key] * self.theme.track_gap

    def _grid_route(self, tail: str, head: str) -> tuple[Point, ...]:
        """Down from a stage, along the bus, down to the next; one straight line where they share a column."""
        x0, x1 = self.columns.x[tail], self.columns.x[head]
        y0 = self.heights.bottom[self.grid.row[tail]]
        y1 = self.heights.top[self.grid.row[head]]
        keys = self.buses.route[tail, head]
        lane = self.columns.lanes.get((tail, head))
        if lane is not None:
            first, last = self._bus(keys[0]), self._bus(keys[1])
            return ((x0, y0), (x0, first), (lane, first), (lane, last), (x1, last), (x1, y1))
        if abs(x0 - x1) < 0.01:
            return ((x0, y0), (x0, y1))
        bus = self._bus(keys[0])
        return ((x0, y0), (x0, bus), (x1, bus), (x1, y1))

    def _side(self, beside: Side, hand: str, tails: set[str], heads: set[str]) -> tuple[Point, ...]:
        """From the trunk to a side card; from the stage itself where no trunk passes."""
        at, where = beside.at, beside.where
        left, top, right, bottom = self.boxes[beside.card]
        x, y = self.columns.x[at], (top + bottom) / 2
        edge = left if hand == "right" else right
        row = self.grid.row[at]
        if where == "below" and at not in tails:
            return ((x, self.heights.bottom[row]), (x, y), (edge, y))
        if where == "above" and at not in heads:
            return ((x, self.heights.top[row]), (x, y), (edge, y))
        return ((x, y), (edge, y))

    def _labelled(self, lines: list[Connector]) -> list[Connector]:
        """Each label where it meets nothing: beside the longest stretch of its line first."""
        if not self.labels:
            return lines
        taken = list(self.boxes.values())
        strokes = [
            (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
            for line in lines
            for a, b in pairwise(line.points)
        ]
        out: list[Connector] = []
        for line in lines:
            label = self.labels.get((line.tail, line.head)) if line.kind not in ("exit", "enter") else None
            if label is None:
                out.append(line)
                continue
            spots = self._spots(line, label)
            free = [spot for spot in spots if not _hits(spot, taken) and not _hits(spot, strokes)]
            spot = (free or [spot for spot in spots if not _hits(spot, taken)] or spots)[0]
            taken.append(spot)
            out.append(
                Connector(
                    line.id,
                    line.tail,
                    line.head,
                    line.kind,
                    line.points,
                    line.dotted,
                    label.runs(spot[0], spot[1]),
                )
            )
        return out

    def _spots(self, line: Connector, label: Label) -> list[Rect]:
        x0, y0, x1, y1 = self.area
        found: list[Rect] = []
        stretches = sorted(pairwise(line.points), key=lambda s: -abs(s[0][0] - s[1][0]) - abs(s[0][1] - s[1][1]))
        for (ax, ay), (bx, by) in stretches:
            for share in (0.5, 0.3, 0.7, 0.15, 0.85):
                x, y = ax + (bx - ax) * share, ay + (by - ay) * share
                if abs(ay - by) < 0.01:
                    places = [(x - label.w / 2, y - label.h - 1.5), (x - label.w / 2, y + 1.5)]
                else:
                    places = [(x + ASIDE, y - label.h / 2), (x - ASIDE - label.w, y - label.h / 2)]
                for wanted_left, wanted_top in places:
                    left = min(max(wanted_left, x0), max(x1 - label.w, x0))
                    top = min(max(wanted_top, y0), max(y1 - label.h, y0))
                    found.append((left, top, left + label.w, top + label.h))
        return found


def _hits(spot: Rect, others: list[Rect]) -> bool:
    return any(
        spot[0] < x1 + 0.5 and spot[2] > x0 - 0.5 and spot[1] < y1 + 0.5 and spot[3] > y0 - 0.5
        for x0, y0, x1, y1 in others
    )
