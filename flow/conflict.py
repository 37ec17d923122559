"""Statements that cannot all be true: the smallest set, the one to look at first, and what the others make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import inf
from typing import NamedTuple

from consortflow.balance import System
from consortflow.bounds import trace
from consortflow.rules.contradiction import Ranges, describe, describe_shared
from consortflow.schemas.diagnostics import Diagnostic
from consortflow.solving import Failure, settle

__all__ = ["Conflict", "resolve_conflicts"]

MAX_CONFLICTS = 100
"""Conflicts reported in one run."""
MAX_WORK = 2_000_000
"""Terms looked at, in all, while conflicts are made smaller and explained; beyond it they are given as found."""
_ROUNDS = 12
"""Sweeps while the reason for a failure is traced."""


class Conflict(NamedTuple):
    """A minimal set of equations and stated variables: take any one away and the rest can be true."""

    equations: tuple[int, ...]
    statements: tuple[int, ...]


def resolve_conflicts(
    system: System, failures: Sequence[Failure]
) -> tuple[list[int], list[int | float], tuple[Diagnostic, ...], frozenset[int]]:
    """Return bounds that the rest of the equations leave, the conflicts, and the equations set aside.

    Every failure is reduced to a minimal conflict. The equation whose arithmetic is written out is then set aside, not
    a number: a wrong sum of reasons must not spread to the stages that agree with its total. The rest is solved again,
    until what is left can be true. A statement in several conflicts is the prime suspect: once all are known, each of
    its conflicts is put in words again, around it.
    """
    found: list[tuple[Conflict, Diagnostic]] = []
    aside: set[int] = set()
    left = MAX_WORK
    while True:
        for failure in failures:
            effort = _Effort(given := max(left // 2, MAX_WORK // 40))
            conflict = _minimal(system, failure, effort)
            if aside.intersection(conflict.equations):
                continue
            diagnostic, equation = describe(system, conflict, _Values(system, conflict, effort))
            left -= given - effort.left
            aside.add(equation)
            if len(found) < MAX_CONFLICTS:
                found.append((conflict, diagnostic))
        low, high = list(system.low), list(system.high)
        rest = [equation for equation in range(len(system.terms)) if equation not in aside]
        failures, _ = settle(rest, system.terms, system.values, low, high)
        if not failures:
            return low, high, tuple(_around_suspects(system, found, left)), frozenset(aside)


def _around_suspects(system: System, found: Sequence[tuple[Conflict, Diagnostic]], left: int) -> Iterator[Diagnostic]:
    """Yield conflicts as findings, those that share a statement put in words around it."""
    times = Counter(statement for conflict, _ in found for statement in conflict.statements)
    shared = {statement: number for statement, number in times.items() if number > 1}
    for conflict, diagnostic in found:
        if shared.keys().isdisjoint(conflict.statements):
            yield diagnostic
            continue
        effort = _Effort(given := max(left // 2, MAX_WORK // 40))
        yield describe_shared(system, conflict, _Values(system, conflict, effort), shared)
        left -= given - effort.left


class _Effort:
    """How much may still be looked at."""

    def __init__(self, most: int) -> None:
        self.left = most

    def spend(self, system: System, equations: Iterable[int]) -> bool:
        """Take what it costs to settle equations; False from the first time that too little is left."""
        if self.left > 0:
            self.left -= sum(len(system.terms[equation]) for equation in equations)
        return self.left > 0


def _bounds(
    system: System, equations: Iterable[int], statements: Iterable[int] | None = None
) -> tuple[dict[int, int], dict[int, int | float]]:
    """Return the bounds of the variables of some equations, where only some statements (None: all) are made."""
    kept = None if statements is None else set(statements)
    low: dict[int, int] = {}
    high: dict[int, int | float] = {}
    for equation in equations:
        for _, variable in system.terms[equation]:
            made = kept is None or variable in kept
            low[variable] = system.low[variable] if made else 0
            high[variable] = system.high[variable] if made else inf
    return low, high


def _possible(system: System, equations: Sequence[int], statements: Iterable[int] | None = None) -> bool:
    failures, _ = settle(equations, system.terms, system.values, *_bounds(system, equations, statements), wanted=())
    return not failures


def _minimal(system: System, failure: Failure, effort: _Effort) -> Conflict:
    """Shrink equations that fail, then what is stated in them, by leaving out ever smaller shares."""
    suspected = failure.equations if _possible(system, failure.suspected) else failure.suspected
    equations = trace(suspected, system.terms, system.values, *_bounds(system, suspected), _ROUNDS)
    if _possible(system, equations):
        equations = list(suspected)

    def fails(equations: Sequence[int], statements: Iterable[int] | None = None) -> bool:
        return effort.spend(system, equations) and not _possible(system, equations, statements)

    equations = _filter(equations, fails, effort)
    variables = dict.fromkeys(variable for equation in equations for _, variable in system.terms[equation])
    stated = [v for v in variables if system.low[v] > 0 or system.high[v] != inf]
    statements = _filter(stated, lambda kept: fails(equations, kept), effort)
    return Conflict(tuple(equations), tuple(statements))


def _filter(items: list[int], fails: Callable[[list[int]], bool], effort: _Effort) -> list[int]:
    """Return a minimal part of items that still fails, or what is left of them when the effort is spent."""
    share = max(1, len(items) // 2)
    while effort.left > 0:
        start = 0
        while start < len(items) and effort.left > 0:
            rest = items[:start] + items[start + share :]
            if fails(rest):
                items = rest
            else:
                start += share
        if share == 1:
            break
        share //= 2
    return items


class _Values:
    """What a conflict makes of its variables once a part of it is left out."""

    def __init__(self, system: System, conflict: Conflict, effort: _Effort) -> None:
        self.system = system
        self.conflict = conflict
        self.effort = effort

    def without(self, *, statement: int | None = None, equation: int | None = None) -> Ranges | None:
        """Return the range of every variable without a statement or an equation; None where the rest still fails.

        Without an equation, everything that is stated about its variables is taken in, not the minimum alone.
        """
        if not self.effort.spend(self.system, self.conflict.equations):
            return None
        kept = [v for v in self.conflict.statements if v != statement] if equation is None else None
        equations = [e for e in self.conflict.equations if e != equation]
        low, high = _bounds(self.system, self.conflict.equations, kept)
        failures, _ = settle(equations, self.system.terms, self.system.values, low, high)
        return None if failures else {v: (low[v], high[v]) for v in low}

    def would_add_up(self, statement: int, value: int) -> bool:
        """Whether a statement with another value agrees with everything that hangs together with it."""
        reached = self._reached(statement)
        if not self.effort.spend(self.system, reached):
            return False
        low, high = _bounds(self.system, reached)
        low[statement] = high[statement] = value
        failures, _ = settle(reached, self.system.terms, self.system.values, low, high, wanted=())
        return not failures

    def _reached(self, statement: int) -> list[int]:
        """Return the equations that a statement reaches through numbers that are not stated."""
        holding = self.system.holding
        reached = dict.fromkeys(holding[statement])
        waiting = list(reached)
        for equation in waiting:
            for _, variable in self.system.terms[equation]:
                if self.system.low[variable] != self.system.high[variable]:
                    more = [e for e in holding[variable] if e not in reached]
                    reached.update(dict.fromkeys(more))
                    waiting.extend(more)
        return sorted(reached)
