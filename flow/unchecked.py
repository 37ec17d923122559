"""Which stated numbers nothing else would contradict: silence is not proof.

A stated count is checked where the other statements, without it, would leave one value only. Every equation tells each
of its variables what the others allow; what a variable hears from all its equations but its own statement is the
answer. In a component without circles two passes tell everyone; in one with circles each number is left out in turn.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from math import inf

from consortflow.balance import System
from consortflow.bounds import Component, Sums, components
from consortflow.solving import settle

__all__ = ["unchecked"]

MAX_WORK = 200_000
"""Terms looked at, in all, while numbers around circles are left out in turn; beyond it they count as unchecked."""


def unchecked(system: System) -> frozenset[int]:
    """Return the exactly stated variables that the other statements would leave more than one value."""
    told = _Told(system)
    alone: list[int] = []
    for variable in told.stated:
        least, most = 0, inf
        for equation in told.apart(variable):
            down, up = told.hears(variable, equation)
            least, most = max(least, int(down) if down != -inf else 0), min(most, up)
        if least != most:
            alone.append(variable)
    return frozenset(variable for variable in alone if not told.determined_in_a_circle(variable))


class _Told:
    """What every equation is told about its unknowns by their other equations."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.stated = [
            variable
            for variable, name in enumerate(system.names)
            if name is not None and system.low[variable] == system.high[variable]
        ]
        self.holding: defaultdict[int, dict[int, int]] = defaultdict(dict)
        """The equations of each variable, and its coefficient in them."""
        for equation, terms in enumerate(system.terms):
            for coefficient, variable in terms:
                self.holding[variable][equation] = coefficient
        self.told: dict[tuple[int, int], tuple[int, int | float]] = {}
        self.sums: dict[int, Sums] = {}
        self.component: dict[int, int] = {}
        self.members: list[Component] = []
        self.work = 0
        for component in components(range(len(system.terms)), system.terms, system.low, system.high):
            self.component.update(dict.fromkeys(component.equations, len(self.members)))
            self.members.append(component)
            if component.tree:
                self._tell(component)

    def apart(self, variable: int) -> list[int]:
        """Return the equations of a variable that hear nothing of each other: none that is in a circle with it."""
        times = Counter(self.component.get(equation) for equation in self.holding[variable])
        return [
            equation
            for equation in self.holding[variable]
            if (number := self.component.get(equation)) is None or (self.members[number].tree and times[number] == 1)
        ]

    def hears(self, variable: int, equation: int) -> tuple[int | float, int | float]:
        """Return what an equation allows a stated variable, given what its other variables are told elsewhere."""
        if equation not in self.sums:
            self.sums[equation] = self._sums(equation)
        value = self.system.low[variable]
        return self.sums[equation].allows(self.holding[variable][equation], value, value)

    def _sums(self, equation: int) -> Sums:
        """Return the sums of an equation whose unknowns are as told."""
        low: dict[int, int] = {}
        high: dict[int, int | float] = {}
        for _, variable in self.system.terms[equation]:
            stated = self.system.low[variable], self.system.high[variable]
            low[variable], high[variable] = self.told.get((equation, variable), stated)
        return Sums(self.system.terms[equation], self.system.values[equation], low, high)

    def _tell(self, component: Component) -> None:
        """Pass messages from the last equation to the first and back; each leaves out what its receiver said."""
        system = self.system
        heard = {variable: _Heard(system.low[variable], system.high[variable]) for variable in component.unknowns}
        from_above: dict[int, int] = {}  # the equation each unknown was first met in
        for equation in component.equations:
            for _, variable in system.terms[equation]:
                if variable in heard:
                    from_above.setdefault(variable, equation)
        for downwards in (False, True):
            for equation in component.equations if downwards else reversed(component.equations):
                unknown = [(c, v) for c, v in system.terms[equation] if v in heard]
                for _, variable in unknown:
                    if (from_above[variable] == equation) != downwards:
                        self.told[equation, variable] = heard[variable].but(equation)
                sums = self._sums(equation)
                for coefficient, variable in unknown:
                    if (from_above[variable] == equation) == downwards:
                        stated = self.told.get((equation, variable), (system.low[variable], system.high[variable]))
                        heard[variable].hear(equation, *sums.allows(coefficient, *stated))

    def determined_in_a_circle(self, variable: int) -> bool:
        """Whether a number that is left out, where its equations form circles, still has one value."""
        touched = [self.component[e] for e in self.holding[variable] if e in self.component]
        if len(set(touched)) == len(touched) and all(self.members[number].tree for number in touched):
            return False
        chosen = {e for number in set(touched) for e in self.members[number].equations} | set(self.holding[variable])
        self.work += sum(len(self.system.terms[equation]) for equation in chosen)
        if self.work > MAX_WORK:
            return False
        low = {v: self.system.low[v] for e in chosen for _, v in self.system.terms[e]}
        high = {v: self.system.high[v] for v in low}
        low[variable], high[variable] = 0, inf
        failures, _ = settle(sorted(chosen), self.system.terms, self.system.values, low, high, (variable,))
        return not failures and low[variable] == high[variable]


class _Heard:
    """The bounds that equations give one variable: the tightest, and the tightest but for one equation."""

    __slots__ = ("down", "up")

    def __init__(self, low: int, high: int | float) -> None:
        self.down: tuple[int | float, int, int | float] = (low, -1, low)
        self.up: tuple[int | float, int, int | float] = (high, -1, high)

    def hear(self, equation: int, low: int | float, high: int | float) -> None:
        tightest, by, next_one = self.down
        self.down = (low, equation, tightest) if low > tightest else (tightest, by, max(next_one, low))
        tightest, by, next_one = self.up
        self.up = (high, equation, tightest) if high < tightest else (tightest, by, min(next_one, high))

    def but(self, equation: int) -> tuple[int, int | float]:
        """Return the bounds that all but one equation give."""
        low = self.down[2] if self.down[1] == equation else self.down[0]
        high = self.up[2] if self.up[1] == equation else self.up[0]
        return int(low), high
