"""The smallest part of equations and statements that still cannot be true.

Where the equations form a tree, what fails without a part of them is read from the messages on either side of it, so
that thousands of statements are looked at in a few passes; around circles, ever smaller shares are left out in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import NamedTuple

from consortflow.balance import System
from consortflow.bounds import Component, components, trace
from consortflow.messages import Messages
from consortflow.solving import Failure, settle

__all__ = ["Conflict", "Effort", "bounds_of", "minimal"]

_ROUNDS = 12
"""Sweeps while the reason for a failure is traced."""


class Conflict(NamedTuple):
    """A minimal set of equations and stated variables: take any one away and the rest can be true."""

    equations: tuple[int, ...]
    statements: tuple[int, ...]


class Effort:
    """How much may still be looked at."""

    def __init__(self, most: int) -> None:
        self.left = most

    def spend(self, system: System, equations: Iterable[int]) -> bool:
        """Take what it costs to settle equations; False from the first time that too little is left."""
        if self.left > 0:
            self.left -= sum(len(system.terms[equation]) for equation in equations)
        return self.left > 0


def bounds_of(
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


def minimal(system: System, failure: Failure, effort: Effort, whole: Messages | None = None) -> Conflict:
    """Return a minimal conflict in equations that fail; what is found so far, once the effort is spent.

    `whole` are the messages of exactly these equations, where they form a tree: those without any one of which the rest
    holds are the conflict, unless there are several.
    """
    shrinking = _Shrinking(system, effort)
    if whole is not None:
        needed = [equation for equation in failure.equations if whole.holds_without(equation)]
        if needed and shrinking.fails(needed):
            return shrinking.conflict(needed)
    suspected = failure.equations
    if failure.suspected != suspected and not _possible(system, failure.suspected):
        suspected = failure.suspected
    equations = trace(suspected, system.terms, system.values, *bounds_of(system, suspected), _ROUNDS)
    if _possible(system, equations):
        equations = list(suspected)
    return shrinking.conflict(equations)


def _possible(system: System, equations: Sequence[int], statements: Iterable[int] | None = None) -> bool:
    failures, _ = settle(equations, system.terms, system.values, *bounds_of(system, equations, statements), wanted=())
    return not failures


class _Shrinking:
    """Leaves out what a failure does not need: first equations, then statements."""

    def __init__(self, system: System, effort: Effort) -> None:
        self.system = system
        self.effort = effort

    def conflict(self, equations: list[int]) -> Conflict:
        equations = self.least(equations, self.fails, self.equations_needed)
        held = dict.fromkeys(variable for equation in equations for _, variable in self.system.terms[equation])
        stated = [v for v in held if self.system.low[v] > 0 or self.system.high[v] != inf]
        # small numbers first: those that a sum can do without are then left out together
        stated.sort(key=lambda variable: (self.system.low[variable], variable))
        statements = self.least(
            stated, lambda kept: self.fails(equations, kept), lambda kept: self.statements_needed(equations, kept)
        )
        return Conflict(tuple(equations), tuple(sorted(statements)))

    def fails(self, equations: Sequence[int], statements: Iterable[int] | None = None) -> bool:
        """Whether equations cannot hold; False, too, where the effort is spent."""
        return self.effort.spend(self.system, equations) and not _possible(self.system, equations, statements)

    def least(
        self, items: list[int], fails: Callable[[list[int]], bool], needed: Callable[[list[int]], set[int] | None]
    ) -> list[int]:
        """Return a minimal part of items that still fails. `needed` are those without any one of which the rest holds.

        Where these are known at once (in a tree), all others are left out, as many in a row as still fail.
        """
        while self.effort.left > 0:
            kept = needed(items)
            if kept is None:
                return self.shares(items, fails)
            spare = [item for item in items if item not in kept]
            if not spare:
                break
            few, many = 1, len(spare)  # the rest fails without the first of the spare, and may without them all
            if fails([item for item in items if item in kept]):
                few = many
            while many - few > 1:
                middle = (few + many) // 2
                out = set(spare[:middle])
                few, many = (middle, many) if fails([item for item in items if item not in out]) else (few, middle)
            out = set(spare[:few])
            items = [item for item in items if item not in out]
        return items

    def shares(self, items: list[int], fails: Callable[[list[int]], bool]) -> list[int]:
        """Return a minimal part of items that still fails, by leaving out ever smaller shares."""
        share = max(1, len(items) // 2)
        while self.effort.left > 0:
            start = 0
            while start < len(items) and self.effort.left > 0:
                rest = items[:start] + items[start + share :]
                if fails(rest):
                    items = rest
                else:
                    start += share
            if share == 1:
                break
            share //= 2
        return items

    def equations_needed(self, equations: list[int]) -> set[int] | None:
        """Return the equations without any one of which the others hold; None where they are no tree."""
        messages = self.messages(equations, None)
        return None if messages is None else {e for e in equations if messages.holds_without(e)}

    def statements_needed(self, equations: list[int], statements: list[int]) -> set[int] | None:
        """Return the statements without any one of which the others hold; None where the equations are no tree."""
        messages = self.messages(equations, statements)
        if messages is None:
            return None
        holding: dict[int, list[int]] = {statement: [] for statement in statements}
        for equation in equations:
            for _, variable in self.system.terms[equation]:
                if variable in holding:
                    holding[variable].append(equation)
        needed = set()
        for statement, held_by in holding.items():
            if statement not in messages.heard and len(held_by) > 1:  # without it, its equations would form a circle
                if not self.fails(equations, [other for other in statements if other != statement]):
                    needed.add(statement)
            elif messages.leave(statement, held_by) is not None:
                needed.add(statement)
        return needed

    def messages(self, equations: list[int], statements: list[int] | None) -> Messages | None:
        """Return the messages of equations that form one tree; None where they do not, or the effort is spent."""
        system = self.system
        if not self.effort.spend(system, equations):
            return None
        low, high = bounds_of(system, equations, statements)
        found = list(components(equations, system.terms, low, high)) or [Component(equations[:1], [], tree=True)]
        if len(found) > 1 or not found[0].tree or len(found[0].equations) < len(equations):
            return None
        return Messages(found[0], system.terms, system.values, low, high)
