"""Which numbers, once stated, would determine the counts that a study leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from consortflow.balance import System
from consortflow.bounds import Component, components
from consortflow.exact import Number, eliminate
from consortflow.solving import Solution

__all__ = ["Open", "open_counts"]

MAX_UNKNOWNS = 120
"""Counts that hang together, beyond which nobody is told which of them would determine the others."""
_FIRST = ("stage", "exit", "arm", "set", "transfer", "enter", "pooled")
"""Kinds of account that are worth stating, before reasons and lines inside boxes."""


class Open(NamedTuple):
    """An open count, and the others that one number determines together with it."""

    needed: int
    """How many numbers would determine every count that hangs together with this one, itself included."""
    others: tuple[int, ...]
    """Variables. Where one number is needed: each of them determines this one, and this one them. Where several are:
    those to state beside this one."""


def open_counts(solution: Solution) -> dict[int, Open]:
    """Return, for each variable that is open, what would determine it; those without an answer are left out."""
    found: dict[int, Open] = {}
    system = solution.system
    for component in components(range(len(system.terms)), system.terms, list(solution.low), list(solution.high)):
        if len(component.unknowns) <= MAX_UNKNOWNS:
            found |= _within(solution, component)
    return found


def _within(solution: Solution, component: Component) -> dict[int, Open]:
    """Return what would determine the unknowns of one component, from the ways in which they can move together."""
    rows = _freedom(solution, component)
    named = [
        variable for variable in component.unknowns if rows[variable] and _may_be_stated(solution.system, variable)
    ]
    named.sort(key=lambda variable: (_rank(solution.system, variable), variable))
    needed = len(_basis(named, rows))
    found = {}
    for variable in named:
        if needed == 1:
            others = tuple(other for other in named if other != variable)
        else:
            others = tuple(_basis([variable, *named], rows)[1:])
        found[variable] = Open(needed, others)
    return found


def _freedom(solution: Solution, component: Component) -> dict[int, dict[int, Number]]:
    """Return each unknown as the coefficients of the free ones it moves with."""
    low, high = solution.low, solution.high
    equations = []
    for equation in component.equations:
        row = {v: c for c, v in solution.system.terms[equation] if low[v] != high[v]}
        value = solution.system.values[equation]
        equations.append((row, value - sum(c * low[v] for c, v in solution.system.terms[equation] if v not in row)))
    solved = eliminate(equations)
    rows: dict[int, dict[int, Number]] = {}
    for variable in component.unknowns:
        content = solved[variable][0] if variable in solved else None
        rows[variable] = {variable: 1} if content is None else {v: -c for v, c in content.items() if v != variable}
    return rows


def _basis(variables: Iterable[int], rows: dict[int, dict[int, Number]]) -> list[int]:
    """Return the first of the variables that do not follow from those before them."""
    chosen: list[int] = []
    reduced: dict[int, dict[int, Number]] = {}
    for variable in variables:
        row = dict(rows[variable])
        for pivot, other in reduced.items():
            if times := row.get(pivot, 0):
                row = _less(row, other, times)
        if row:
            pivot = min(row)
            by = Fraction(row[pivot])
            reduced[pivot] = {v: c / by for v, c in row.items()}
            chosen.append(variable)
    return chosen


def _less(row: dict[int, Number], other: dict[int, Number], times: Number) -> dict[int, Number]:
    left = {v: row.get(v, 0) - times * other.get(v, 0) for v in {*row, *other}}
    return {v: c for v, c in left.items() if c}


def _may_be_stated(system: System, variable: int) -> bool:
    name = system.names[variable]
    return name is not None and system.network.account(name[0]).kind != "movement"


def _rank(system: System, variable: int) -> int:
    kind = system.network.account(system.names[variable][0]).kind  # type: ignore[index] # it is named
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)
