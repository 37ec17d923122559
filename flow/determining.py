"""Which numbers, once stated, would determine the counts that a study leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from math import inf
from typing import NamedTuple, TypeAlias

from consortflow.balance import System
from consortflow.bounds import Component, components
from consortflow.exact import Number, eliminate
from consortflow.solving import Solution

__all__ = ["Open", "open_counts"]

MAX_UNKNOWNS = 120
"""Counts that hang together, beyond which nobody is told which of them would determine the others."""
_BOXES = ("stage", "exit", "arm", "set")
"""Kinds of account that are to be determined."""
_FIRST = (*_BOXES, "transfer", "enter")
"""Kinds of account that are worth stating, before reasons and lines inside boxes."""


Row: TypeAlias = dict[int, Number]
"""How a count moves: the coefficients of the free variables it moves with."""


class Open(NamedTuple):
    """An open count of a box, and what would determine it and the other boxes that hang together with it."""

    needed: int
    """How many numbers would determine every box that hangs together with this one, itself included."""
    others: tuple[int, ...]
    """Variables. Where one number is needed: each of them determines this one, and this one them. Where several are:
    those to state beside this one."""


def open_counts(solution: Solution) -> dict[int, Open]:
    """Return, for each box that is open, what would determine it; those without an answer are left out."""
    found: dict[int, Open] = {}
    system = solution.system
    for component in components(range(len(system.terms)), system.terms, list(solution.low), list(solution.high)):
        if len(component.unknowns) <= MAX_UNKNOWNS:
            found |= _within(solution, component)
    return found


def _within(solution: Solution, component: Component) -> dict[int, Open]:
    """Return what would determine the unknowns of one component, from the ways in which they can move together."""
    rows = _freedom(solution, component)
    named = [variable for variable in component.unknowns if _may_be_stated(solution.system, variable)]
    named.sort(key=lambda variable: (_rank(solution.system, variable), variable))
    boxes = [variable for variable in named if _rank(solution.system, variable) < len(_BOXES)]
    basis, replaces = _basis(boxes, rows)
    one = len(basis) == 1
    together = [variable for variable in named if one and len(_basis([*basis, variable], rows)[0]) == 1]
    found = {}
    for variable in boxes:
        others = together if one else (other for other in basis if other != replaces[variable])
        found[variable] = Open(len(basis), tuple(other for other in others if other != variable))
    return found


def _freedom(solution: Solution, component: Component) -> dict[int, Row]:
    """Return each unknown as the coefficients of the free ones it moves with; one that cannot move has none."""
    low, high = list(solution.low), list(solution.high)
    terms, values = solution.system.terms, solution.system.values
    while True:
        equations = []
        for equation in component.equations:
            still = sum(c * low[v] for c, v in terms[equation] if low[v] == high[v])
            equations.append(({v: c for c, v in terms[equation] if low[v] != high[v]}, values[equation] - still))
        solved = eliminate(equations)
        held = [_fixed(content, number, low, high) for content, number in _sums(solved)]
        if not any(held):
            break
    rows: dict[int, Row] = {}
    for variable in component.unknowns:
        content = solved[variable][0] if variable in solved else None
        if low[variable] == high[variable]:
            rows[variable] = {}
        else:
            rows[variable] = {variable: 1} if content is None else {v: -c for v, c in content.items() if v != variable}
    return rows


def _sums(solved: Mapping[int, tuple[Row, Number]]) -> Iterator[tuple[Row, Number]]:
    """Yield solved rows, and what is left where two of them move by the same in opposite directions."""
    moving: dict[frozenset[tuple[int, Number]], tuple[int, Number]] = {}
    for pivot, (content, number) in solved.items():
        yield content, number
        free = {v: c for v, c in content.items() if v != pivot}
        if not free:
            continue
        moving[frozenset(free.items())] = pivot, number
        if (other := moving.get(frozenset((v, -c) for v, c in free.items()))) is not None:
            yield {pivot: 1, other[0]: 1}, number + other[1]


def _fixed(content: Row, number: Number, low: list[int], high: list[int | float]) -> bool:
    """Fix, in place, the variables of a sum that their bounds let it reach in one way only; tell whether it is one.

    Where two slacks sum to 0 and neither is below 0, both are 0: that is more than eliminating alone can see.
    """
    for up in (True, False):
        ends = {v: low[v] if (c > 0) == up else high[v] for v, c in content.items()}
        if inf not in ends.values() and sum(c * int(ends[v]) for v, c in content.items()) == number:
            moved = any(low[v] != high[v] for v in ends)
            for variable, end in ends.items():
                low[variable] = high[variable] = int(end)
            return moved
    return False


def _basis(variables: Iterable[int], rows: Mapping[int, Row]) -> tuple[list[int], dict[int, int]]:
    """Return the first of the variables that do not follow from those before them, and which one each can replace.

    One of the basis replaces itself. Another replaces the last of those that it follows from: with it, the rest of the
    basis determines as much as before.
    """
    reduced: dict[int, tuple[int, Row]] = {}
    replaces: dict[int, int] = {}
    for variable in variables:
        row = dict(rows[variable])
        replaces[variable] = variable
        for pivot, (chosen, other) in reduced.items():
            if times := row.get(pivot, 0):
                row = _less(row, other, times)
                if not row:
                    replaces[variable] = chosen
                    break
        if row:
            pivot = min(row)
            reduced[pivot] = (variable, {v: Fraction(c) / row[pivot] for v, c in row.items()})
    return [chosen for chosen, _ in reduced.values()], replaces


def _less(row: Row, other: Row, times: Number) -> Row:
    left = {v: row.get(v, 0) - times * other.get(v, 0) for v in {*row, *other}}
    return {v: c for v, c in left.items() if c}


def _may_be_stated(system: System, variable: int) -> bool:
    name = system.names[variable]
    return name is not None and system.network.account(name[0]).kind not in ("movement", "pooled")


def _rank(system: System, variable: int) -> int:
    kind = system.network.account(system.names[variable][0]).kind  # type: ignore[index] # it is named
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)
