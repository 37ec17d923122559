"""The lines of a figure: trunks, buses, elbows to side cards, and routes around boxes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from consortflow.diagrams.labels import Label, labelled
from consortflow.diagrams.manner import COLUMNS
from consortflow.diagrams.maze import Maze, Rect
from consortflow.diagrams.rails import LEFTWARD
from consortflow.diagrams.scene import Connector, Point, Shelf

if TYPE_CHECKING:
    from consortflow.diagrams.chart import Chart, Link, Side
    from consortflow.diagrams.grid import Grid
    from consortflow.diagrams.sheet import Sheet
    from consortflow.diagrams.stack import Stack

__all__ = ["Router"]


class Router:
    """Draws every connector of a placed chart, in the chart's order."""

    def __init__(
        self,
        chart: Chart,
        grid: Grid,
        *,
        sheet: Sheet,
        stack: Stack,
        rects: dict[str, tuple[float, float, float, float]],
        area: Rect,
    ) -> None:
        self.chart = chart
        self.grid = grid
        self.sheet = sheet
        self.buses = stack.buses
        self.heights = stack.heights
        self.area = area
        self.boxes: dict[str, Rect] = {card: (x, y, x + w, y + h) for card, (x, y, w, h) in rects.items()}
        self.wants = 0
        """Where a routed line or a label would stand better with more space, as a manner's `roomy` has it."""
        self.trouble = 0
        """How badly they stand: one for each line that runs close to another or a box, and see `Labelled`."""
        self.covered = False
        """Whether a routed line found no way, or a label no place but on a box."""
        self.shelf = Shelf([(*box, card) for card, box in self.boxes.items()])

    def connectors(self) -> list[Connector]:
        """Grid lines first, then the side cards, then what must find its way around them."""
        drawn: dict[tuple[str, str], tuple[Point, ...]] = {}
        links = [link for link in self.chart.links if link.kind != "order"]
        lined = {(link.tail, link.head) for link in links}
        for pair in self.buses.route:
            if pair not in lined:
                continue
            points = self._grid_route(*pair)
            if pair[1] in self.grid.hangs.get(pair[0], ()) and len(points) > 2:
                points = points[1:]  # from the trunk, which passes there, and not along it
            if not any(self._blocked(a, b) for a, b in pairwise(points)):
                drawn[pair] = points
        tails = {tail for tail, _ in drawn}
        heads = {head for _, head in drawn}
        beside = [self._side(side, tails, heads) for side in self.chart.sides]
        inward = {side.card: side.inward for side in self.chart.sides}
        out: list[Connector] = []
        said: dict[int, Label] = {}
        waiting: list[Link] = []
        for link in links:
            points_or = drawn.get((link.tail, link.head))
            if points_or is None or link in self.grid.free:
                waiting.append(link)
            else:
                self._say(link, said, len(out))
                out.append(self._connector(link, points_or))
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
                self.covered |= not found
                if not found or maze.cramped(found):
                    self.wants |= COLUMNS
                    self.trouble += 1
                maze.occupy(found)
                self._say(link, said, len(out))
                out.append(self._connector(link, found))
        stood = labelled(out, said, list(self.boxes.values()), self.area)
        self.wants |= stood.wants
        self.trouble += stood.trouble
        self.covered |= stood.covered
        return stood.lines

    def _say(self, link: Link, said: dict[int, Label], place: int) -> None:
        if self.sheet.labels and (label := self.sheet.labels.get(link)):
            said[place] = label

    @staticmethod
    def _connector(link: Link, points: tuple[Point, ...]) -> Connector:
        return Connector(f"{link.tail}>{link.head}", link.tail, link.head, link.kind, points, link.dotted)

    def _blocked(self, a: Point, b: Point) -> bool:
        return bool(self.shelf.met(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])))

    def _bus(self, key: tuple[str, str]) -> float:
        gap = self.grid.row[key[1]] - (1 if key[0] == "merge" else 0)
        return self.heights.bus[gap] + self.buses.track[key] * self.sheet.theme.track_gap

    def _grid_route(self, tail: str, head: str) -> tuple[Point, ...]:
        """Down from a stage, along the bus, down to the next; one straight line where they share a column."""
        x0, x1 = self.buses.port.get((tail, head), self.sheet.leave[tail]), self.sheet.enter[head]
        y0, y1 = self.boxes[tail][3], self.boxes[head][1]
        keys = self.buses.route[tail, head]
        lane = self.sheet.columns.lanes.get((tail, head))
        if lane is not None:
            first, last = self._bus(keys[0]), self._bus(keys[1])
            return ((x0, y0), (x0, first), (lane, first), (lane, last), (x1, last), (x1, y1))
        if abs(x0 - x1) < 0.01:
            return ((x0, y0), (x0, y1))
        bus = self._bus(keys[0]) if keys else self.heights.bottom[self.grid.row[tail]] + self.sheet.theme.side_pad / 2
        return ((x0, y0), (x0, bus), (x1, bus), (x1, y1))

    def _side(self, beside: Side, tails: set[str], heads: set[str]) -> tuple[Point, ...]:
        """From the trunk to a side card; from the stage itself where no trunk passes."""
        at, where = beside.at, beside.where
        left, top, right, bottom = self.boxes[beside.card]
        x, y = (self.sheet.leave if where == "below" else self.sheet.enter)[at], (top + bottom) / 2
        edge = right if self.sheet.hands[beside.card] in LEFTWARD else left
        if where == "below" and at not in tails:
            return ((x, self.boxes[at][3]), (x, y), (edge, y))
        if where == "above" and at not in heads:
            return ((x, self.boxes[at][1]), (x, y), (edge, y))
        return ((x, y), (edge, y))
