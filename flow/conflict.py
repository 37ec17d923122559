"""Statements that cannot all be true: the smallest set, the one to look at first, and what the others make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from consortflow.balance import System
from consortflow.bounds import Component, components
from consortflow.messages import Messages
from consortflow.minimal import Conflict, Effort, bounds_of, minimal
from consortflow.rules.contradiction import Ranges, describe, describe_shared
from consortflow.schemas.diagnostics import Diagnostic
from consortflow.solving import Failure, settle

__all__ = ["Conflict", "resolve_conflicts"]

MAX_CONFLICTS = 100
"""Conflicts reported in one run."""
MAX_WORK = 2_000_000
"""Terms looked at, in all, while conflicts are made smaller and explained; beyond it they are given as found."""


def resolve_conflicts(
    system: System, failures: Sequence[Failure], low: list[int], high: list[int | float]
) -> tuple[Diagnostic, ...]:
    """Return the conflicts, and narrow bounds in place to what the equations leave without them.

    Every failure is reduced to a minimal conflict. The equation whose arithmetic is written out is then set aside, not
    a number: a wrong sum of reasons must not spread to the stages that agree with its total. What hung together with it
    is solved again, until what is left can be true. A statement in several conflicts is the prime suspect: once all are
    known, each of its conflicts is put in words again, around it.
    """
    found: list[tuple[Conflict, Diagnostic]] = []
    surroundings = Surroundings(system)
    left = MAX_WORK
    while failures:
        again: list[int] = []
        for failure in failures:
            effort = Effort(given := max(left // 2, MAX_WORK // 40))
            whole = surroundings.of(failure, effort) if not found else None
            conflict = minimal(system, failure, effort, whole)
            diagnostic, equation = describe(system, conflict, Values(system, conflict, surroundings, effort))
            left -= given - effort.left
            again += (other for other in failure.equations if other != equation)
            for _, variable in system.terms[equation]:
                low[variable], high[variable] = system.low[variable], system.high[variable]
            if len(found) < MAX_CONFLICTS:
                found.append((conflict, diagnostic))
        for other in again:
            for _, variable in system.terms[other]:
                low[variable], high[variable] = system.low[variable], system.high[variable]
        failures, _ = settle(again, system.terms, system.values, low, high)
    return tuple(_around_suspects(system, found, surroundings, left))


def _around_suspects(
    system: System, found: Sequence[tuple[Conflict, Diagnostic]], surroundings: Surroundings, left: int
) -> Iterator[Diagnostic]:
    """Yield conflicts as findings, those that share a statement put in words around it."""
    times = Counter(statement for conflict, _ in found for statement in conflict.statements)
    shared = {statement: number for statement, number in times.items() if number > 1}
    for conflict, diagnostic in found:
        if shared.keys().isdisjoint(conflict.statements):
            yield diagnostic
            continue
        effort = Effort(given := max(left // 2, MAX_WORK // 40))
        yield describe_shared(system, conflict, Values(system, conflict, surroundings, effort), shared)
        left -= given - effort.left


class Values:
    """What a conflict makes of its variables once a part of it is left out."""

    def __init__(self, system: System, conflict: Conflict, surroundings: Surroundings, effort: Effort) -> None:
        self.system = system
        self.conflict = conflict
        self.surroundings = surroundings
        self.effort = effort

    def without(self, *, statement: int | None = None, equation: int | None = None) -> Ranges | None:
        """Return the range of every variable without a statement or an equation; None where the rest still fails.

        Without an equation, everything that is stated about its variables is taken in, not the minimum alone.
        """
        if not self.effort.spend(self.system, self.conflict.equations):
            return None
        kept = [v for v in self.conflict.statements if v != statement] if equation is None else None
        equations = [e for e in self.conflict.equations if e != equation]
        low, high = bounds_of(self.system, self.conflict.equations, kept)
        failures, _ = settle(equations, self.system.terms, self.system.values, low, high)
        return None if failures else {v: (low[v], high[v]) for v in low}

    def would_add_up(self, statement: int, value: int) -> bool:
        """Whether a statement with another value agrees with everything that hangs together with it."""
        return self.surroundings.agree(statement, value, self.effort)


class Surroundings:
    """What hangs together with a statement through numbers that are not stated, whatever conflict it is in."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.messages: dict[int, Messages | None] = {}
        """By equation, those of its component; None where that is no tree."""

    def of(self, failure: Failure, effort: Effort) -> Messages | None:
        """Return the messages of a whole component that fails; None where it is no tree."""
        first = failure.equations[0]
        if first not in self.messages:
            self._know(failure.component, effort)
        return self.messages[first]

    def agree(self, statement: int, value: int, effort: Effort) -> bool:
        """Whether all equations that a statement reaches can hold with it at a value."""
        holding = self.system.holding[statement]
        around = [self._messages(equation, effort) for equation in holding]
        met = [id(messages) for messages in around]
        if None in around or (self.system.low[statement] == self.system.high[statement] and len(set(met)) < len(met)):
            return self._settled(statement, value, effort)
        for equation, messages in zip(holding, around, strict=True):
            span = messages.says(equation, statement) if messages is not None else None
            if span is None or not span[0] <= value <= span[1]:
                return False
        return True

    def _messages(self, equation: int, effort: Effort) -> Messages | None:
        """Return the messages of the component that an equation is in, once for all its equations."""
        if equation not in self.messages:
            reached = self._reached([equation])
            found = next(components(reached, self.system.terms, self.system.low, self.system.high), None)
            self._know(found or Component(reached, [], tree=True), effort)
        return self.messages[equation]

    def _know(self, whole: Component, effort: Effort) -> None:
        """Take up a whole component."""
        system = self.system
        made: Messages | None = None
        if whole.tree and effort.spend(system, whole.equations):
            made = Messages(whole, system.terms, system.values, system.low, system.high)
        self.messages.update(dict.fromkeys(whole.equations, made))

    def _settled(self, statement: int, value: int, effort: Effort) -> bool:
        """Whether the equations hold, by solving them all: the only way around circles."""
        reached = self._reached(self.system.holding[statement])
        if not effort.spend(self.system, reached):
            return False
        low, high = bounds_of(self.system, reached)
        low[statement] = high[statement] = value
        failures, _ = settle(reached, self.system.terms, self.system.values, low, high, wanted=())
        return not failures

    def _reached(self, equations: Sequence[int]) -> list[int]:
        """Return the equations that some reach through numbers that are not stated."""
        holding = self.system.holding
        reached = dict.fromkeys(equations)
        waiting = list(reached)
        for equation in waiting:
            for _, variable in self.system.terms[equation]:
                if self.system.low[variable] != self.system.high[variable]:
                    more = [e for e in holding[variable] if e not in reached]
                    reached.update(dict.fromkeys(more))
                    waiting.extend(more)
        return sorted(reached)
