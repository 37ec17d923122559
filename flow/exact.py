"""Exact ranges where equations share unknowns in circles: rational elimination, then a bounded simplex over fractions.

Numbers are integers or Fractions throughout. Where elimination meets an inconsistency it is done again, remembering
which equations each row came from, so that the inconsistency names them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import ceil, floor, inf
from typing import TypeAlias

__all__ = ["Contradiction", "OutOfBudgetError", "eliminate", "ranges"]

Number: TypeAlias = int | Fraction
Row: TypeAlias = dict[int, Number]
Bounds: TypeAlias = Mapping[int, int | float] | Sequence[int | float]

MAX_WORK = 400_000
"""Numbers worked out, in all, before ranges are given up as too large to be proven tight."""
MAX_BRANCHES = 400
"""Branches on a fractional corner before they are."""


class Contradiction(Exception):  # noqa: N818 - the word of the field
    """The equations have no solution; `equations` (indexes) hold one reason, empty where none was isolated."""

    def __init__(self, equations: Sequence[int] = ()) -> None:
        super().__init__("no solution")
        self.equations = tuple(equations)


class OutOfBudgetError(Exception):
    """A component is too large for its ranges to be proven tight."""


def _whole(number: Number) -> Number:
    return number.numerator if isinstance(number, Fraction) and number.denominator == 1 else number


def _divide(number: Number, by: Number) -> Number:
    return _whole(Fraction(number) / by)


def eliminate(rows: Sequence[tuple[Mapping[int, int], int]], *, traced: bool = False) -> dict[int, tuple[Row, Number]]:
    """Return the solved form of `sum(coefficient * variable) == value` for each row.

    The result maps each pivot variable to its row, with the pivot's coefficient 1, and its value. Raises Contradiction
    with the rows that cannot hold together; what each row is made of is only `traced` once there is one.
    """
    work: list[tuple[Row, Number]] = [(dict(row), value) for row, value in rows]
    made_of: list[dict[int, Number]] = [{index: 1} if traced else {} for index in range(len(rows))]
    holding: defaultdict[int, set[int]] = defaultdict(set)
    for index, (row, _) in enumerate(work):
        for variable in row:
            holding[variable].add(index)
    pivots: dict[int, int] = {}
    waiting = [(len(row), index) for index, (row, _) in enumerate(work)]
    heapify(waiting)
    done: set[int] = set()
    while waiting:
        length, index = heappop(waiting)
        row, value = work[index]
        if index in done or length != len(row):  # the row has changed since, and waits under its new length
            continue
        done.add(index)
        if not row:
            if value != 0 and not traced:
                return eliminate(rows, traced=True)
            if value != 0:
                raise Contradiction(sorted(made_of[index]))
            continue
        pivot = min(row, key=lambda v: (len(holding[v]), v))
        by = row[pivot]
        if by != 1:
            row = {variable: _divide(number, by) for variable, number in row.items()}
            work[index] = row, _divide(value, by)
            made_of[index] = {i: _divide(number, by) for i, number in made_of[index].items()}
        pivots[pivot] = index
        for other in sorted(holding[pivot]):
            if other != index:
                times = _subtract(work, holding, other, index, pivot)
                _combine(made_of[other], made_of[index], times)
                if other not in done:
                    heappush(waiting, (len(work[other][0]), other))
    return {pivot: work[index] for pivot, index in pivots.items()}


def _subtract(
    work: list[tuple[Row, Number]], holding: defaultdict[int, set[int]], target: int, source: int, pivot: int
) -> Number:
    """Take the multiple of a source row from a target row that clears the pivot; return how many times it was taken."""
    row, value = work[target]
    minus, minus_value = work[source]
    times = row[pivot]
    for variable, number in minus.items():
        left = _whole(row.get(variable, 0) - times * number)
        if left:
            row[variable] = left
            holding[variable].add(target)
        else:
            row.pop(variable, None)
            holding[variable].discard(target)
    work[target] = row, _whole(value - times * minus_value)
    return times


def _combine(target: dict[int, Number], source: Mapping[int, Number], times: Number) -> None:
    """Take a multiple of what a source row is made of from what a target row is."""
    for index, number in source.items():
        left = _whole(target.get(index, 0) - times * number)
        if left:
            target[index] = left
        else:
            target.pop(index, None)


class _Simplex:
    """Basic variables as combinations of nonbasic ones, each variable within its bounds; Bland's rule throughout."""

    def __init__(
        self, solved: Mapping[int, tuple[Row, Number]], low: dict[int, int | float], high: dict[int, int | float]
    ) -> None:
        self.low, self.high = low, high
        self.rows: dict[int, Row] = {}
        self.holding: defaultdict[int, set[int]] = defaultdict(set)
        """The basic variables whose rows hold a nonbasic one."""
        self.values: dict[int, Number] = {v: int(number) for v, number in low.items()}
        for basic, (row, value) in solved.items():
            self.rows[basic] = {v: -number for v, number in row.items() if v != basic}
            for v, number in self.rows[basic].items():
                self.holding[v].add(basic)
                value = _whole(value + number * self.values[v])  # noqa: PLW2901 - summed up
            self.values[basic] = value
        self.fractional = {v for v, number in self.values.items() if isinstance(number, Fraction)}
        self.moved = set(self.values)
        """The variables whose values have changed since someone looked."""
        self.within = False
        """Whether all basic variables are known to be within their bounds."""
        self.work = 0

    def _set(self, v: int, value: Number) -> None:
        self.values[v] = value
        self.moved.add(v)
        if isinstance(value, Fraction):
            self.fractional.add(v)
        else:
            self.fractional.discard(v)

    def _spend(self, work: int) -> None:
        self.work += work
        if self.work > MAX_WORK:
            raise OutOfBudgetError

    def _shift(self, v: int, by: Number) -> None:
        """Move a nonbasic variable, and every basic one with it."""
        self._set(v, _whole(self.values[v] + by))
        for basic in self.holding[v]:
            self._set(basic, _whole(self.values[basic] + self.rows[basic][v] * by))

    def _pivot(self, basic: int, entering: int) -> None:
        row = self.rows.pop(basic)
        for v in row:
            self.holding[v].discard(basic)
        by = row.pop(entering)
        new = {v: _divide(-number, by) for v, number in row.items()}
        new[basic] = _divide(1, by)
        self.work += len(new) * (1 + len(self.holding[entering]))
        for other in self.holding.pop(entering, ()):
            content = self.rows[other]
            times = content.pop(entering)
            for v, number in new.items():
                left = _whole(content.get(v, 0) + times * number)
                if left:
                    content[v] = left
                    self.holding[v].add(other)
                else:
                    content.pop(v, None)
                    self.holding[v].discard(other)
        self.rows[entering] = new
        for v in new:
            self.holding[v].add(entering)

    def feasible(self) -> bool:
        """Move to a corner within all bounds; False where there is none."""
        if self.within:
            return True
        self._spend(len(self.values))
        for v in self.values:
            if v not in self.rows and not self.low[v] <= self.values[v] <= self.high[v]:
                self._shift(v, int(self.low[v] if self.values[v] < self.low[v] else self.high[v]) - self.values[v])
        while True:
            basic = min((b for b in self.rows if not self.low[b] <= self.values[b] <= self.high[b]), default=None)
            if basic is None:
                self.within = True
                return True
            up = self.values[basic] < self.low[basic]
            aim = int(self.low[basic] if up else self.high[basic])
            row = self.rows[basic]
            entering = min((v for v, number in row.items() if self._can_move(v, up=(number > 0) == up)), default=None)
            if entering is None:
                return False
            self._spend(len(self.rows) // 8)
            self._shift(entering, _divide(aim - self.values[basic], row[entering]))
            self._pivot(basic, entering)

    def _can_move(self, v: int, *, up: bool) -> bool:
        return self.values[v] < self.high[v] if up else self.values[v] > self.low[v]

    def push(self, target: int, *, up: bool) -> bool:
        """Move a variable as far as it goes; False where it has no end."""
        while True:
            objective = self.rows.get(target, {target: 1})
            self._spend(len(objective) // 8)
            entering = min(
                (v for v, number in objective.items() if self._can_move(v, up=(number > 0) == up)), default=None
            )
            if entering is None:
                return True
            rising = (objective[entering] > 0) == up
            room: Number | float = (
                (self.high[entering] - self.values[entering])
                if rising
                else (self.values[entering] - self.low[entering])
            )
            leaving: int | None = None
            self._spend(len(self.holding[entering]) // 8)
            for basic in sorted(self.holding[entering]):
                slope = self.rows[basic][entering]
                climbs = (slope > 0) == rising
                end = self.high[basic] if climbs else self.low[basic]
                if end in (inf, -inf):
                    continue
                here = abs((Fraction(int(end)) - self.values[basic]) / slope)
                if here < room:
                    room, leaving = here, basic
            if room == inf:
                return False
            step = _whole(Fraction(room))
            self._shift(entering, step if rising else -step)
            if leaving is not None:
                self._pivot(leaving, entering)


def ranges(
    solved: Mapping[int, tuple[Row, Number]], variables: Sequence[int], low: Bounds, high: Bounds
) -> tuple[dict[int, tuple[int, int | float]], bool]:
    """Return the least and the greatest whole value of each variable, and whether all of them are proven.

    `solved` is what `eliminate` made of the equations. An end that takes too long to prove is that of the solutions in
    fractions, so that no whole solution is lost. Raises Contradiction where there is no whole solution within the
    bounds, OutOfBudgetError where that takes too long to find out.
    """
    involved = {v for row, _ in solved.values() for v in row} | set(variables)
    search = _Search(solved, {v: int(low[v]) for v in involved}, {v: high[v] for v in involved})
    if not search.solve():
        raise Contradiction
    found: dict[int, tuple[int, int | float]] = {}
    for variable in variables:
        least, most = search.seen[variable]
        found[variable] = (
            least if least == low[variable] else int(search.extreme(variable, up=False)),
            most if most == high[variable] else search.extreme(variable, up=True),
        )
    return found, search.proven


class _Search:
    """Whole solutions of a solved form, by branching on fractional corners."""

    def __init__(
        self, solved: Mapping[int, tuple[Row, Number]], low: dict[int, int], high: dict[int, int | float]
    ) -> None:
        self.low: dict[int, int | float] = dict(low)
        self.high = high
        self.seen: dict[int, tuple[int, int]] = {}
        """The least and the greatest value of each variable in the whole solutions met so far."""
        self.proven = True
        self.simplex = _Simplex(solved, self.low, self.high)
        self.branches = 0
        self.outer: int | float = 0
        """How far the target could go if counts were fractions."""

    def solve(self) -> bool:
        """Find a whole solution; False where there is none."""
        self.branches = 0
        return self._best(None, up=False) is not None

    def extreme(self, target: int, *, up: bool) -> int | float:
        """Return the least or greatest value of a variable, once a whole solution is known."""
        self.branches = 0
        known = self.seen[target][up]
        try:
            best = self._best(target, up=up, beat=known)
        except OutOfBudgetError:
            self.proven = False
            return self.outer
        return known if best is None else best

    def _best(self, target: int | None, *, up: bool, beat: int | float | None = None) -> int | float | None:
        """Return the best whole value of the target that beats one known already, or None."""
        simplex = self.simplex
        if self.branches == 0 and target is not None:
            self.outer = (self.high if up else self.low)[target]
        if not simplex.feasible():
            return None
        if target is not None and not simplex.push(target, up=up):
            return inf if up else -inf
        value = simplex.values[target] if target is not None else 0
        limit = floor(value) if up else ceil(value)
        if self.branches == 0:
            self.outer = limit
        if beat is not None and (limit <= beat if up else limit >= beat):
            return None
        if not simplex.fractional:
            for v in simplex.moved:
                x = int(simplex.values[v])
                least, most = self.seen.get(v, (x, x))
                self.seen[v] = min(least, x), max(most, x)
            simplex.moved.clear()
            return int(value)
        self.branches += 1
        if self.branches > MAX_BRANCHES:
            raise OutOfBudgetError
        fractional = min(simplex.fractional)
        at = simplex.values[fractional]
        best = None
        for side in (self.high, self.low):
            kept = side[fractional]
            side[fractional] = floor(at) if side is self.high else ceil(at)
            simplex.within = False
            try:
                found = self._best(target, up=up, beat=beat if best is None else best)
            finally:
                side[fractional] = kept
            if found is not None:
                best = found
                if target is None:
                    return best
        return best
