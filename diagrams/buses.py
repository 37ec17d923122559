"""Buses: the level lines by which splits feed and merges collect, the track each has, and where lines leave for them.

Where a stage goes several ways of which others go too, it has a line for each: what is joined by a line ends there, and
what crosses it goes on, so that nobody can be followed into a box they are not in. Lengths are points.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consortflow.diagrams.grid import Grid
    from consortflow.diagrams.sheet import Sheet

__all__ = ["APART", "Buses", "buses_of"]

BusKey = tuple[str, str]
"""("split", stage) or ("merge", stage)."""
REACH = 6.0
"""How far past its ends a bus keeps its track to itself."""
APART = 9.0
"""Between the lines that leave one stage for several merges, where its box has the room."""
EDGE = 9.0
"""From the edge of a box to the first of those lines."""
TOUCHING = 4.0
"""Between two upright lines, below which one would be taken for the other."""
NUDGE = 1.5
MOST = 6
"""Buses whose tracks are tried in every order."""


class Buses:
    """Which connector uses which bus, and the track each bus has in its gap."""

    def __init__(self) -> None:
        self.route: dict[tuple[str, str], tuple[BusKey, ...]] = {}
        self.track: dict[BusKey, int] = {}
        self.tracks: dict[int, int] = {}
        """Gap (the row above it) to how many tracks it needs."""
        self.port: dict[tuple[str, str], float] = {}
        """The x where a connector leaves its tail, if that is not where the others leave it."""


class _Bus(NamedTuple):
    """One bus: from where to where it reaches, where lines come down to it, and where they go on downwards."""

    key: BusKey
    low: float
    high: float
    into: tuple[float, ...]
    out: tuple[float, ...]


def buses_of(grid: Grid, sheet: Sheet) -> Buses:
    """Give every connector its buses, and buses that would run into one another tracks of their own."""
    buses = Buses()
    leave, enter, lanes = sheet.leave, sheet.enter, sheet.columns.lanes
    into: dict[BusKey, list[float]] = {}
    out: dict[BusKey, list[float]] = {}

    def use(key: BusKey, start: float, end: float) -> None:
        into.setdefault(key, []).append(start)
        out.setdefault(key, []).append(end)

    shared = {
        tail: [*heads, *grid.makes.get(tail, ())]
        for tail, kids in grid.succ.items()
        if (heads := [kid for kid in kids if _shared(grid, tail, kid, lanes)]) or tail in grid.makes
    }
    for tail, heads in shared.items():
        buses.port |= {(tail, head): x for head, x in _ports(tail, heads, grid, sheet).items()}
    for tail in grid.order:
        kids = grid.succ[tail]
        for head in kids:
            keys: tuple[BusKey, ...] = ()
            if (tail, head) in lanes:
                keys = (("split", tail), ("merge", head))
                use(keys[0], leave[tail], lanes[tail, head])
                use(keys[1], lanes[tail, head], enter[head])
            elif len(grid.pred[head]) > 1 and (len(kids) == 1 or head in shared.get(tail, ())):
                keys = (("merge", head),)
            elif len(kids) > 1 or abs(leave[tail] - enter[head]) > 0.01:
                keys = (("split", tail),)
            if len(keys) == 1:
                use(keys[0], buses.port.get((tail, head), leave[tail]), enter[head])
            buses.route[tail, head] = keys
        for head in grid.makes.get(tail, ()):
            buses.route[tail, head] = (("merge", head),)
            use(("merge", head), buses.port[tail, head], enter[head])
        for head in grid.hangs.get(tail, ()):
            # a part of a box from which some leave: its line goes before they do, on no bus
            buses.route[tail, head] = () if grid.some_leave(tail) else (("split", tail),)
            for key in buses.route[tail, head]:
                use(key, leave[tail], enter[head])
    gaps: dict[int, list[_Bus]] = {}
    for key, start in into.items():
        gap = grid.row[key[1]] - (1 if key[0] == "merge" else 0)
        ends = (*start, *out[key])
        gaps.setdefault(gap, []).append(_Bus(key, min(ends) - REACH, max(ends) + REACH, tuple(start), tuple(out[key])))
    for gap, wanted in gaps.items():
        buses.tracks[gap] = _stack(wanted, buses)
    return buses


def _shared(grid: Grid, tail: str, head: str, lanes: dict[tuple[str, str], float]) -> bool:
    """Whether a stage goes several ways, on one of which it meets others."""
    return len(grid.succ[tail]) > 1 and len(grid.pred[head]) > 1 and (tail, head) not in lanes


def _ports(tail: str, heads: list[str], grid: Grid, sheet: Sheet) -> dict[str, float]:
    """Return where the line for each head leaves a stage, left to right as they stand.

    One goes straight down where its head is below; none runs where another head is entered, or by the stage's trunk.
    """
    x, half, enter = sheet.columns.x[tail], max(sheet.widths[tail] / 2 - EDGE, 0.0), sheet.enter
    alone = len(grid.succ[tail]) > sum(head in heads for head in grid.succ[tail])
    ordered = sorted(heads, key=enter.__getitem__)
    step = min(APART, 2 * half / max(len(heads) - 1, 1))
    first = x - (len(heads) - 1) / 2 * step
    straight = (enter[head] - place * step for place, head in enumerate(ordered))
    fitting = [at for at in straight if x - half <= at <= x + half - (len(heads) - 1) * step]
    first = min(fitting, key=lambda at: abs(at - first), default=first)
    wanted = [first + place * step for place in range(len(ordered))]
    others = [enter[head] for head in _entered(tail, grid) if head not in heads]
    others += [sheet.leave[tail]] if alone else []
    free = [[*others, *(enter[other] for other in heads if other != head)] for head in ordered]
    for apart in (step, TOUCHING):
        if found := _spread(wanted, free, apart, (x - half, x + half)):
            return dict(zip(ordered, found, strict=True))
    return dict(zip(ordered, wanted, strict=True))


def _spread(
    wanted: list[float], others: list[list[float]], apart: float, reach: tuple[float, float]
) -> list[float] | None:
    """Return places from left to right, at least so far apart and clear of others, together nearest to those wanted."""
    marks = sorted({*wanted, *(reach[0] + step * NUDGE for step in range(int((reach[1] - reach[0]) // NUDGE) + 1))})
    best: list[tuple[float, list[float]]] = [(0.0, [])]
    for want, taken in zip(wanted, others, strict=True):
        free = [mark for mark in marks if all(abs(mark - other) >= TOUCHING for other in taken)]
        found: list[tuple[float, list[float]]] = []
        for mark in free:
            before = [one for one in best if not one[1] or one[1][-1] <= mark - apart + 1e-6]
            if before:
                cost, places = min(before, key=lambda one: one[0])
                found.append((cost + abs(mark - want), [*places, mark]))
        best = found
    return min(best, key=lambda one: one[0])[1] if best else None


def _entered(tail: str, grid: Grid) -> Iterable[str]:
    """Return the heads that stand just below the row of a stage, or anywhere that its sets stand."""
    rows = {grid.row[head] for head in (*grid.succ[tail], *grid.makes.get(tail, ()))}
    return (head for head in grid.order if grid.row[head] in rows)


def _stack(wanted: list[_Bus], buses: Buses) -> int:
    """Give the buses of one gap their tracks and return how many there are.

    A split's bus stands above a merge's, or who was fed by the one would seem fed by the other.
    """
    taken: list[list[tuple[float, float]]] = []
    for kind in ("split", "merge"):
        held = len(taken)
        found = sorted((bus for bus in wanted if bus.key[0] == kind), key=lambda bus: (bus.low, bus.high, bus.key))
        for bus in _untangled(found, buses):
            track = 1 + max((t for t in range(held) if _meets(taken[t], bus.low, bus.high)), default=-1)
            while track < len(taken) and _meets(taken[track], bus.low, bus.high):
                track += 1
            if track == len(taken):
                taken.append([])
            taken[track].insert(bisect_left(taken[track], (bus.low, bus.high)), (bus.low, bus.high))
            buses.track[bus.key] = track
    return len(taken)


def _untangled(found: list[_Bus], buses: Buses) -> list[_Bus]:
    """Return buses from top to bottom: as they are, unless that takes one for another or crosses what need not be.

    The order with the fewest crossings is looked for where stages lead to several merges, or where a line that leaves a
    bus would run on in one that comes down to a lower bus.
    """
    several = any(head == bus.key[1] for _, head in buses.port for bus in found)
    if not 1 < len(found) <= MOST or not (several or _touching(found)):
        return found
    return list(min(permutations(found), key=lambda order: (_touching(order), _crossings(order))))


def _touching(stacked: Iterable[_Bus]) -> int:
    """Return how many lines that leave a bus run into one that comes down to a lower bus."""
    order = tuple(stacked)
    return sum(
        abs(end - start) < TOUCHING
        for place, upper in enumerate(order)
        for lower in order[place + 1 :]
        for end in set(upper.out)
        for start in set(lower.into)
    )


def _crossings(stacked: Iterable[_Bus]) -> int:
    """Return how many lines cross a bus: those that come down to a lower one, those that go on from a higher one."""
    order = tuple(stacked)
    return sum(
        sum(upper.low + REACH < x < upper.high - REACH for x in lower.into)
        + sum(lower.low + REACH < x < lower.high - REACH for x in set(upper.out))
        for place, upper in enumerate(order)
        for lower in order[place + 1 :]
    )


def _meets(spans: list[tuple[float, float]], low: float, high: float) -> bool:
    """Whether a span meets one of several disjoint spans, sorted."""
    at = bisect_left(spans, (low, high))
    return (at < len(spans) and spans[at][0] < high) or (at > 0 and spans[at - 1][1] > low)
