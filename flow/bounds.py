"""Narrowing whole-number intervals through linear equations, and the components that equations fall into."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from math import inf
from typing import NamedTuple, TypeAlias

from consortflow.exact import Contradiction

__all__ = ["Component", "Highs", "Lows", "Sums", "Terms", "components", "narrow", "trace"]

Terms: TypeAlias = Sequence[tuple[int, int]]
"""Coefficient and variable of each term of an equation `sum(coefficient * variable) == value`."""
Lows: TypeAlias = MutableSequence[int] | MutableMapping[int, int]
Highs: TypeAlias = MutableSequence[int | float] | MutableMapping[int, int | float]


class Component(NamedTuple):
    """Equations that share unknowns, in the order a search from the first one meets them."""

    equations: list[int]
    unknowns: list[int]
    tree: bool
    """Whether no two ways lead from one unknown to another, and every coefficient of one is 1 or -1: then narrowing the
    equations from the last to the first and back gives the exact ranges."""


def components(equations: Iterable[int], terms: Sequence[Terms], low: Lows, high: Highs) -> Iterator[Component]:
    """Yield the components of the equations that hold an unknown; known variables are constants and connect nothing."""
    holding: defaultdict[int, list[int]] = defaultdict(list)
    unknown: dict[int, list[int]] = {}
    ragged: set[int] = set()
    for equation in equations:
        here = []
        for coefficient, variable in terms[equation]:
            if low[variable] != high[variable]:
                here.append(variable)
                holding[variable].append(equation)
                if coefficient not in (1, -1):
                    ragged.add(equation)
        if here:
            unknown[equation] = here
    done: set[int] = set()
    met: set[int] = set()
    for first in unknown:
        if first in done:
            continue
        done.add(first)
        order, variables, incidences, even = [first], [], 0, True
        for equation in order:
            even = even and equation not in ragged
            incidences += len(unknown[equation])
            for variable in unknown[equation]:
                if variable not in met:
                    met.add(variable)
                    variables.append(variable)
                    for other in holding[variable]:
                        if other not in done:
                            done.add(other)
                            order.append(other)
        yield Component(order, variables, even and incidences == len(order) + len(variables) - 1)


def narrow(terms: Terms, value: int, low: Lows, high: Highs) -> list[int]:
    """Narrow the variables of one equation to what the others allow; return those that changed.

    Raises Contradiction (which names no equation) where the equation cannot hold.
    """
    sums = Sums(terms, value, low, high)
    if (not sums.endless_down and sums.least > 0) or (not sums.endless_up and sums.most < 0):
        raise Contradiction
    changed = []
    for coefficient, variable in sums.unknown:
        down, up = low[variable], high[variable]
        new_down, new_up = sums.allows(coefficient, down, up)
        if new_down > down or new_up < up:
            new_down, new_up = max(new_down, down), min(new_up, up)
            if new_down > new_up:
                raise Contradiction
            low[variable], high[variable] = int(new_down), new_up
            changed.append(variable)
    return changed


class Sums:
    """The least and the most that an equation's left side less its value can be."""

    __slots__ = ("endless_down", "endless_up", "least", "most", "unknown")

    def __init__(self, terms: Terms, value: int, low: Lows, high: Highs) -> None:
        least = most = -value
        self.endless_down = self.endless_up = 0
        self.unknown = []
        for term in terms:
            coefficient, variable = term
            down, up = low[variable], high[variable]
            if down == up:
                least += coefficient * down
                most += coefficient * down
                continue
            self.unknown.append(term)
            if up == inf:
                if coefficient > 0:
                    least += coefficient * down
                    self.endless_up += 1
                else:
                    most += coefficient * down
                    self.endless_down += 1
            elif coefficient > 0:
                least += coefficient * down
                most += coefficient * int(up)
            else:
                least += coefficient * int(up)
                most += coefficient * down
        self.least, self.most = least, most

    def allows(self, coefficient: int, down: int, up: int | float) -> tuple[int | float, int | float]:
        """Return what the other terms allow a variable whose bounds in these sums are `down` and `up`."""
        endless_down, endless_up = self.endless_down, self.endless_up
        least, most = self.least, self.most
        if coefficient > 0:
            least -= coefficient * down
            if up == inf:
                endless_up -= 1
            else:
                most -= coefficient * int(up)
            return (-inf if endless_up else -(most // coefficient)), (inf if endless_down else -least // coefficient)
        most -= coefficient * down
        if up == inf:
            endless_down -= 1
        else:
            least -= coefficient * int(up)
        return (-inf if endless_down else -(-least // -coefficient)), (inf if endless_up else most // -coefficient)


def trace(
    equations: Sequence[int], terms: Sequence[Terms], values: Sequence[int], low: Lows, high: Highs, rounds: int
) -> list[int]:
    """Narrow equations until one cannot hold; return those that took part, or all where none fails.

    Each change of a bound remembers the equation it came from and when, so that the reason is read back in time.
    """
    changes: defaultdict[tuple[int, bool], list[tuple[int, int]]] = defaultdict(list)
    time = 0
    for turn in range(rounds):
        for equation in reversed(equations) if turn % 2 == 0 else equations:
            before = {variable: (low[variable], high[variable]) for _, variable in terms[equation]}
            time += 1
            try:
                changed = narrow(terms[equation], values[equation], low, high)
            except Contradiction:
                return _took_part(equation, time, terms, changes)
            for variable in changed:
                for upper in (False, True):
                    if before[variable][upper] != (high if upper else low)[variable]:
                        changes[variable, upper].append((time, equation))
    return sorted(equations)


def _took_part(
    failed: int, time: int, terms: Sequence[Terms], changes: Mapping[tuple[int, bool], list[tuple[int, int]]]
) -> list[int]:
    reached = {failed}
    waiting = deque([(failed, time, variable, upper) for _, variable in terms[failed] for upper in (False, True)])
    seen: set[tuple[int, int, bool]] = set()
    while waiting:
        _, when, variable, upper = waiting.popleft()
        history = changes.get((variable, upper), ())
        place = bisect_left(history, (when, -1)) - 1
        if place < 0 or (place, variable, upper) in seen:
            continue
        seen.add((place, variable, upper))
        then, equation = history[place]
        reached.add(equation)
        own = next(coefficient for coefficient, other in terms[equation] if other == variable)
        for coefficient, other in terms[equation]:
            if other != variable:
                waiting.append((equation, then, other, ((coefficient > 0) == (own > 0)) != upper))
    return sorted(reached)
