"""Routes for what has no place on the grid: orthogonal, around every box, with few bends, beside other lines.

A shortest path over the lines that pass boxes at a fixed clearance (Dijkstra on place and direction). Length
is in points; a bend, a crossing and a shared stretch of another line each cost what they would annoy a
reader.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consortflow.diagrams.scene import Point

__all__ = ["Maze", "Rect"]

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""
CLEAR = 6.75
NEAR = 2.25
BEND, CROSSING, SHARED = 12.0, 10.0, 40.0
LARGEST = 40_000
"""Crossing points a search begins with; above it, first along the two ends and the outer margin only."""
WALL = float("inf")
LEAVING = (0.0, 4.0, 4.0, 0.0, 4.0, 4.0, 20.0, 20.0, 60.0, 60.0)
"""What each port of `_ports` costs: from the side of a box reads better than from beside its trunk."""

State = tuple[int, int, int]
"""Column and row among the search's lines, and direction: 0 right, 1 down, 2 left, 3 up."""


class Maze:
    """The free space of one figure; routes found are kept clear by those that follow."""

    def __init__(self, boxes: Sequence[Rect], area: Rect) -> None:
        self.boxes = list(boxes)
        self.area = area
        self.flat: dict[float, list[tuple[float, float]]] = {}
        self.steep: dict[float, list[tuple[float, float]]] = {}

    def occupy(self, points: Sequence[Point]) -> None:
        """Note a line that others should not run along, and cross seldom."""
        for (ax, ay), (bx, by) in pairwise(points):
            if abs(ay - by) < 0.01:
                self.flat.setdefault(ay, []).append((min(ax, bx), max(ax, bx)))
            else:
                self.steep.setdefault(ax, []).append((min(ay, by), max(ay, by)))

    def route(self, tail: Rect, head: Rect) -> tuple[Point, ...]:
        """Return a way from one box to another; both are boxes of the maze. Empty where there is none."""
        starts = self._ports(tail, outgoing=True)
        ends = self._ports(head, outgoing=False)
        xs, ys = self._lines(self.boxes)
        narrow = len(xs) * len(ys) > LARGEST
        for boxes in ([tail, head], self.boxes) if narrow else (self.boxes,):
            xs, ys = self._lines(boxes)
            search = _Search(
                self,
                sorted({*xs, *(p[0] for p, _ in starts + ends)}),
                sorted({*ys, *(p[1] for p, _ in starts + ends)}),
                tail,
                head,
            )
            if found := search.shortest(starts, ends):
                return found
        return ()

    def _lines(self, boxes: Sequence[Rect]) -> tuple[set[float], set[float]]:
        """Return the lines a route may follow: past boxes and drawn lines, and along the margin."""
        x0, y0, x1, y1 = self.area
        xs, ys = {x0, x1}, {y0, y1}
        for box in boxes:
            xs |= {box[0] - CLEAR, box[2] + CLEAR}
            ys |= {box[1] - CLEAR, box[3] + CLEAR}
        if len(boxes) > 2:
            for x in self.steep:
                xs |= {x - CLEAR, x + CLEAR}
            for y in self.flat:
                ys |= {y - CLEAR, y + CLEAR}
        return {x for x in xs if x0 <= x <= x1}, {y for y in ys if y0 <= y <= y1}

    @staticmethod
    def _ports(box: Rect, *, outgoing: bool) -> list[tuple[Point, int]]:
        """Where a line may leave or enter, with the direction it then has: 0 right, 1 down, 2 left, 3 up."""
        left, top, right, bottom = box
        middle, centre = (top + bottom) / 2, (left + right) / 2
        aside = min(12.0, (right - left) / 4)
        turn = 0 if outgoing else 2
        shift = min(6.0, (bottom - top) / 4)
        sides = [((right, middle + d), turn) for d in (0.0, -shift, shift)]
        sides += [((left, middle + d), 2 - turn) for d in (0.0, -shift, shift)]
        ends = [((centre + d, bottom), 1 if outgoing else 3) for d in (-aside, aside)]
        ends += [((centre + d, top), 3 if outgoing else 1) for d in (-aside, aside)]
        return sides + ends


class _Search:
    """One search: the lines it may follow, and what every step along them costs."""

    def __init__(self, maze: Maze, xs: list[float], ys: list[float], tail: Rect, head: Rect) -> None:
        self.maze = maze
        self.xs, self.ys = xs, ys
        self.tail, self.head = tail, head
        self.row_prices: dict[int, list[float]] = {}
        self.column_prices: dict[int, list[float]] = {}

    def shortest(self, starts: list[tuple[Point, int]], ends: list[tuple[Point, int]]) -> tuple[Point, ...]:
        """Return the cheapest way from one of the starts to one of the ends; A* by the distance left."""
        xs, ys = self.xs, self.ys
        at_x = {x: i for i, x in enumerate(xs)}
        at_y = {y: i for i, y in enumerate(ys)}
        goal = {(at_x[p[0]], at_y[p[1]]): turn for p, turn in ends}
        doors = {(at_x[p[0]], at_y[p[1]]) for p, _ in starts} | set(goal)
        best: dict[State, float] = {}
        came: dict[State, State] = {}
        heap: list[tuple[float, float, State]] = []
        for (point, turn), cost in zip(starts, LEAVING, strict=True):
            state = (at_x[point[0]], at_y[point[1]], turn)
            if cost < best.get(state, WALL):
                best[state] = cost
                heappush(heap, (cost, cost, state))
        while heap:
            _, cost, state = heappop(heap)
            i, j, turn = state
            if cost > best[state]:
                continue
            if goal.get((i, j)) == turn and state in came:
                return self._path(state, came)
            for way in (0, 1, 2, 3):
                if abs(way - turn) == 2 or (way != turn and (i, j) in doors):
                    continue
                ni, nj = i + (way == 0) - (way == 2), j + (way == 1) - (way == 3)
                if not (0 <= ni < len(xs) and 0 <= nj < len(ys)):
                    continue
                entering = goal.get((ni, nj), way)
                if entering != way:
                    continue
                step = self._row(j)[min(i, ni)] if ni != i else self._column(i)[min(j, nj)]
                price = cost + step + (BEND if way != turn else 0.0)
                if nj != j and (ni, nj) in goal:
                    price += BEND
                following = (ni, nj, way)
                if price < best.get(following, WALL) - 1e-9:
                    best[following] = price
                    came[following] = state
                    heappush(heap, (price + self._left(ni, nj), price, following))
        return ()

    def _left(self, i: int, j: int) -> float:
        x, y = self.xs[i], self.ys[j]
        left, top, right, bottom = self.head
        return max(left - x, 0.0, x - right) + max(top - y, 0.0, y - bottom)

    def _row(self, j: int) -> list[float]:
        if j not in self.row_prices:
            self.row_prices[j] = self._prices(self.ys[j], self.xs, flat=True)
        return self.row_prices[j]

    def _column(self, i: int) -> list[float]:
        if i not in self.column_prices:
            self.column_prices[i] = self._prices(self.xs[i], self.ys, flat=False)
        return self.column_prices[i]

    def _prices(self, at: float, marks: list[float], *, flat: bool) -> list[float]:
        """Return what each step between neighbouring marks of one line costs; infinite through a box."""
        prices = [high - low for low, high in pairwise(marks)]
        along, across = (self.maze.flat, self.maze.steep) if flat else (self.maze.steep, self.maze.flat)
        for line, spans in across.items():
            crossed = sum(CROSSING for low, high in spans if low - 0.01 <= at <= high + 0.01)
            place = bisect_left(marks, line)
            if crossed and 0 < place < len(marks):
                prices[place - 1] += crossed
        for line, spans in along.items():
            if abs(line - at) < 4.0:
                for low, high in spans:
                    for place in self._steps(marks, low, high):
                        prices[place] += SHARED + 3 * (min(high, marks[place + 1]) - max(low, marks[place]))
        for box in self.maze.boxes:
            near = 0.0 if box in (self.tail, self.head) else NEAR
            low, high, start, end = (box[1], box[3], box[0], box[2]) if flat else (box[0], box[2], box[1], box[3])
            if low - near < at < high + near:
                for place in self._steps(marks, start - near, end + near):
                    prices[place] = WALL
        return prices

    @staticmethod
    def _steps(marks: list[float], low: float, high: float) -> range:
        """Return the steps between marks that share more than a point with a span."""
        return range(max(bisect_right(marks, low + 0.01) - 1, 0), min(bisect_left(marks, high - 0.01), len(marks) - 1))

    def _path(self, state: State, came: dict[State, State]) -> tuple[Point, ...]:
        points = [(self.xs[state[0]], self.ys[state[1]])]
        while state in came:
            state = came[state]
            point = (self.xs[state[0]], self.ys[state[1]])
            if len(points) > 1 and _straight(points[-2], points[-1], point):
                points[-1] = point
            else:
                points.append(point)
        return tuple(reversed(points))


def _straight(a: Point, b: Point, c: Point) -> bool:
    return (abs(a[0] - b[0]) < 0.001 and abs(b[0] - c[0]) < 0.001) or (
        abs(a[1] - b[1]) < 0.001 and abs(b[1] - c[1]) < 0.001
    )
