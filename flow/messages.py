"""What the equations of a tree tell each of its numbers, once each way: what leaving any one of them out changes.

In a tree, what one side of a number says about it does not depend on the other side. So two passes, from the last
equation to the first and back, tell every equation what all the others allow its numbers, in time linear in the tree.
A side that cannot hold by itself says None.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TypeAlias

from consortflow.bounds import Component, Highs, Lows, Sums, Terms

__all__ = ["Messages", "Span"]

Span: TypeAlias = tuple[int | float, int | float]
"""The least and the greatest that a number can be."""


class Messages:
    """The messages of one component that is a tree, under the given bounds."""

    def __init__(
        self, component: Component, terms: Sequence[Terms], values: Sequence[int], low: Lows, high: Highs
    ) -> None:
        self.terms = terms
        self.values = values
        self.low = low
        self.high = high
        self.heard = {variable: _Heard(low[variable], high[variable]) for variable in component.unknowns}
        self.told: dict[tuple[int, int], tuple[int, int | float]] = {}
        """What each equation is told about its unknowns by their other equations and by what is stated."""
        self.failing: dict[int, set[int]] = {}
        """Unknowns of an equation of whose other sides one cannot hold."""
        self.sums: dict[int, Sums] = {}
        self.coefficients: dict[int, dict[int, int]] = {}
        self._pass(component)

    def _pass(self, component: Component) -> None:
        terms, heard = self.terms, self.heard
        from_above: dict[int, int] = {}  # the equation each unknown was first met in
        held: list[tuple[int, list[tuple[int, int]], list[tuple[int, int]]]] = []
        for equation in component.equations:
            below: list[tuple[int, int]] = []
            above: list[tuple[int, int]] = []
            for term in terms[equation]:
                if term[1] in heard:
                    (below if from_above.setdefault(term[1], equation) == equation else above).append(term)
            held.append((equation, below, above))
        for equation, below, above in reversed(held):
            for _, variable in below:
                self._tell(equation, variable)
            for coefficient, variable in above:
                heard[variable].hear(equation, self._says(equation, coefficient, variable))
        self.sums.clear()  # they were made without what comes from above
        for equation, below, above in held:
            for _, variable in above:
                self._tell(equation, variable)
            for coefficient, variable in below:
                heard[variable].hear(equation, self._says(equation, coefficient, variable))

    def _tell(self, equation: int, variable: int) -> None:
        span = self.heard[variable].but(equation)
        if span is None:
            self.failing.setdefault(equation, set()).add(variable)
        self.told[equation, variable] = span or (0, 0)

    def says(self, equation: int, variable: int) -> Span | None:
        """Return what an equation, and all beyond it, allow one of its variables, whatever is stated about that one."""
        if equation not in self.coefficients:
            self.coefficients[equation] = {v: c for c, v in self.terms[equation]}
        return self._says(equation, self.coefficients[equation][variable], variable)

    def _says(self, equation: int, coefficient: int, variable: int) -> Span | None:
        failing = self.failing.get(equation)
        if failing and (len(failing) > 1 or variable not in failing):
            return None
        if equation not in self.sums:
            self.sums[equation] = self._sums(equation)
        bounds = self.told.get((equation, variable), (self.low[variable], self.high[variable]))
        return self.sums[equation].allows(coefficient, *bounds)

    def _sums(self, equation: int) -> Sums:
        low: dict[int, int] = {}
        high: dict[int, int | float] = {}
        for _, variable in self.terms[equation]:
            stated = self.low[variable], self.high[variable]
            low[variable], high[variable] = self.told.get((equation, variable), stated)
        return Sums(self.terms[equation], self.values[equation], low, high)

    def holds_without(self, equation: int) -> bool:
        """Whether all the other equations can hold together."""
        return not self.failing.get(equation)

    def leave(self, variable: int, holding: Sequence[int]) -> Span | None:
        """Return what the equations that hold a variable leave it, without what is stated; None where they fail."""
        low: int | float = 0
        high: int | float = inf
        for equation in holding:
            span = self.says(equation, variable)
            if span is None:
                return None
            low, high = max(low, span[0]), min(high, span[1])
        return None if low > high else (low, high)


class _Heard:
    """The bounds that equations give one variable: the tightest, and the tightest but for one equation."""

    __slots__ = ("down", "fails", "up")

    def __init__(self, low: int, high: int | float) -> None:
        self.down: tuple[int | float, int, int | float] = (low, -1, low)
        self.up: tuple[int | float, int, int | float] = (high, -1, high)
        self.fails: set[int] = set()

    def hear(self, equation: int, span: Span | None) -> None:
        if span is None:
            self.fails.add(equation)
            return
        low, high = span
        tightest, by, next_one = self.down
        self.down = (low, equation, tightest) if low > tightest else (tightest, by, max(next_one, low))
        tightest, by, next_one = self.up
        self.up = (high, equation, tightest) if high < tightest else (tightest, by, min(next_one, high))

    def but(self, equation: int) -> tuple[int, int | float] | None:
        """Return the bounds that all but one equation give; None where these fail."""
        if self.fails and (len(self.fails) > 1 or equation not in self.fails):
            return None
        low = self.down[2] if self.down[1] == equation else self.down[0]
        high = self.up[2] if self.up[1] == equation else self.up[0]
        return None if low > high else (int(low), high)
