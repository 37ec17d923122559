"""Which stated numbers nothing else would contradict: silence is not proof.

A stated count is checked where the other statements, without it, would leave one value only. Every equation tells each
of its variables what the others allow; what a variable hears from all its equations but its own statement is the
answer. In a component without circles two passes tell everyone; in one with circles each number is left out in turn.
"""

from __future__ import annotations

from collections import Counter
from math import inf

from consortflow.balance import System
from consortflow.bounds import Component, components
from consortflow.messages import Messages, Span
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
        self.holding = system.holding
        self.component: dict[int, int] = {}
        self.members: list[Component] = []
        self.messages: dict[int, Messages] = {}
        """By component that is a tree, and by equation whose numbers are all stated (below 0)."""
        self.work = 0
        for component in components(range(len(system.terms)), system.terms, system.low, system.high):
            number = len(self.members)
            self.component.update(dict.fromkeys(component.equations, number))
            self.members.append(component)
            if component.tree:
                self.messages[number] = Messages(component, system.terms, system.values, system.low, system.high)

    def apart(self, variable: int) -> list[int]:
        """Return the equations of a variable that hear nothing of each other: none that is in a circle with it."""
        times = Counter(self.component.get(equation) for equation in self.holding[variable])
        return [
            equation
            for equation in self.holding[variable]
            if (number := self.component.get(equation)) is None or (self.members[number].tree and times[number] == 1)
        ]

    def hears(self, variable: int, equation: int) -> Span:
        """Return what an equation allows a stated variable, given what its other variables are told elsewhere."""
        number = self.component.get(equation, -1 - equation)
        if number not in self.messages:
            alone = Component([equation], [], tree=True)
            system = self.system
            self.messages[number] = Messages(alone, system.terms, system.values, system.low, system.high)
        return self.messages[number].says(equation, variable) or (0, inf)

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
