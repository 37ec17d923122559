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
HUG = 6.5
"""Points from a box, below which a line beside it pays for its length twice more."""
BESIDE = 4.0
"""Points between two lines that run side by side, below which they are taken for one."""
BEND, CROSSING, SHARED = 12.0, 10.0, 40.0
LARGEST = 40_000
"""Crossing points a search begins with; above it, first along the two ends and the outer margin only."""
WALL = float("inf")
LEAVING = (0.0, 4.0, 4.0, 0.5, 4.5, 4.5, 20.0, 20.0, 60.0, 60.0)
"""What each port of `_ports` costs: from the side of a box reads better than from beside its trunk."""


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

    def cramped(self, points: Sequence[Point]) -> bool:
        """Whether a way runs along a line that is already there, or close along a box."""
        for (ax, ay), (bx, by) in pairwise(points):
            level = abs(ay - by) < 0.01
            at, low, high = (ay, min(ax, bx), max(ax, bx)) if level else (ax, min(ay, by), max(ay, by))
            for line, spans in (self.flat if level else self.steep).items():
                if abs(line - at) < BESIDE and any(
                    start < high - BESIDE and end > low + BESIDE for start, end in spans
                ):
                    return True
            for x0, y0, x1, y1 in self.boxes:
                near, far, start, end = (y0, y1, x0, x1) if level else (x0, x1, y0, y1)
                along = start < high - BESIDE and end > low + BESIDE
                if along and (near - BESIDE < at < near or far < at < far + BESIDE):
                    return True
        return False

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
        """Return the cheapest way from one of the starts to one of the ends; A* by the distance left.

        A state is one number: where it is among the lines, and its direction, (column * rows + row) * 4 + direction.
        """
        xs, ys, wide, high = self.xs, self.ys, len(self.xs), len(self.ys)
        at_x = {x: i for i, x in enumerate(xs)}
        at_y = {y: i for i, y in enumerate(ys)}
        goal = {at_x[p[0]] * high + at_y[p[1]]: turn for p, turn in ends}
        doors = {at_x[p[0]] * high + at_y[p[1]] for p, _ in starts} | set(goal)
        left, top, right, bottom = self.head
        left_x = [max(left - x, 0.0, x - right) for x in xs]
        left_y = [max(top - y, 0.0, y - bottom) for y in ys]
        best: dict[int, float] = {}
        came: dict[int, int] = {}
        heap: list[tuple[float, float, int]] = []
        for (point, turn), cost in zip(starts, LEAVING, strict=True):
            state = (at_x[point[0]] * high + at_y[point[1]]) * 4 + turn
            if cost < best.get(state, WALL):
                best[state] = cost
                heappush(heap, (cost, cost, state))
        while heap:
            _, cost, state = heappop(heap)
            if cost > best[state]:
                continue
            place, turn = divmod(state, 4)
            if goal.get(place) == turn and state in came:
                return self._path(state, came)
            i, j = divmod(place, high)
            for way in (turn,) if place in doors else ((turn - 1) % 4, turn, (turn + 1) % 4):
                if way in (0, 2):
                    ni, nj = (i + 1, j) if way == 0 else (i - 1, j)
                    if not 0 <= ni < wide:
                        continue
                    step = self._row(j)[min(i, ni)]
                else:
                    ni, nj = (i, j + 1) if way == 1 else (i, j - 1)
                    if not 0 <= nj < high:
                        continue
                    step = self._column(i)[min(j, nj)]
                reached = ni * high + nj
                entering = goal.get(reached)
                if entering is not None:
                    if entering != way:
                        continue
                    step += BEND if nj != j else 0.0
                price = cost + step + (BEND if way != turn else 0.0)
                following = reached * 4 + way
                if price < best.get(following, WALL) - 1e-9:
                    best[following] = price
                    came[following] = state
                    heappush(heap, (price + left_x[ni] + left_y[nj], price, following))
        return ()

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
            if abs(line - at) < BESIDE:
                for low, high in spans:
                    for place in self._steps(marks, low, high):
                        prices[place] += SHARED + 3 * (min(high, marks[place + 1]) - max(low, marks[place]))
        for box in self.maze.boxes:
            near = 0.0 if box in (self.tail, self.head) else NEAR
            low, high, start, end = (box[1], box[3], box[0], box[2]) if flat else (box[0], box[2], box[1], box[3])
            if low - HUG < at < low or high < at < high + HUG:
                for place in self._steps(marks, start, end):
                    prices[place] += 2 * (min(end, marks[place + 1]) - max(start, marks[place]))
            if low - near < at < high + near:
                for place in self._steps(marks, start - near, end + near):
                    prices[place] = WALL
        return prices

    @staticmethod
    def _steps(marks: list[float], low: float, high: float) -> range:
        """Return the steps between marks that share more than a point with a span."""
        return range(max(bisect_right(marks, low + 0.01) - 1, 0), min(bisect_left(marks, high - 0.01), len(marks) - 1))

    def _path(self, state: int, came: dict[int, int]) -> tuple[Point, ...]:
        points = [self._point(state)]
        while state in came:
            state = came[state]
            point = self._point(state)
            if len(points) > 1 and _straight(points[-2], points[-1], point):
                points[-1] = point
            else:
                points.append(point)
        return tuple(reversed(points))

    def _point(self, state: int) -> Point:
        i, j = divmod(state // 4, len(self.ys))
        return self.xs[i], self.ys[j]


def _straight(a: Point, b: Point, c: Point) -> bool:
    return (abs(a[0] - b[0]) < 0.001 and abs(b[0] - c[0]) < 0.001) or (
        abs(a[1] - b[1]) < 0.001 and abs(b[1] - c[1]) < 0.001
    )
