"""Equations to values: every count stated, derived, or between two numbers; or what contradicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from math import inf
from typing import Literal, NamedTuple

from consortflow.balance import System, equations
from consortflow.bounds import Component, Highs, Lows, components, narrow
from consortflow.building import build
from consortflow.exact import Contradiction, OutOfBudgetError, eliminate, ranges
from consortflow.network import FlowNetwork
from consortflow.schemas.collecting import undisturbed
from consortflow.schemas.diagnostics import Diagnostic
from consortflow.schemas.study import Study

__all__ = ["Failure", "Interval", "Masked", "Solution", "Status", "settle", "solve", "solve_network"]

Status = Literal["counted", "stated", "derived", "interval", "unchecked", "masked", "rounded"]
_ROUNDS = 6
"""Sweeps through a component with circles before it is eliminated: most are narrowed to nothing by then."""


class Interval(NamedTuple):
    """Every whole number from `low` to `high` is possible; `high` is None where there is no upper bound."""

    low: int
    high: int | None

    @property
    def n(self) -> int | None:
        """The number, where only one is possible."""
        return self.low if self.low == self.high else None

    def __str__(self) -> str:
        if self.high is None:
            return f"at least {self.low}" if self.low else "unknown"
        return str(self.low) if self.low == self.high else f"{self.low} to {self.high}"


class Masked(Interval):
    """A count that is hidden: below a threshold, or at least as high, where that protects another."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"<{self.high + 1}" if self.high is not None else f"≥{self.low}" if self.low else "?"


class Failure(NamedTuple):
    """Equations that cannot all hold with what is stated."""

    equations: tuple[int, ...]
    """Certainly a superset of one reason."""
    suspected: tuple[int, ...]
    """Fewer of them, which may leave out what narrowed their numbers before they failed."""
    component: Component
    """The component they are, under the bounds they were met with."""


class Solution:
    """What the counts of a study are.

    Where the statements contradict, `conflicts` says how, and the intervals are those that remain without the sums that
    the conflicts write out.
    """

    rule: tuple[str, int] | None = None
    """How its counts are protected, where they are: mask, round or midpoint, and its number."""

    def __init__(
        self,
        network: FlowNetwork,
        system: System,
        low: Sequence[int],
        high: Sequence[int | float],
        conflicts: tuple[Diagnostic, ...] = (),
        notes: tuple[Diagnostic, ...] = (),
    ) -> None:
        self.network = network
        self.system = system
        self.low = low
        self.high = high
        """The least and the greatest that each variable of the system can be."""
        self.conflicts = conflicts
        self.notes = notes

    def __repr__(self) -> str:
        state = f"{len(self.conflicts)} conflicts" if self.conflicts else "no conflict"
        return f"<Solution: {len(self.network.accounts)} counts, {state}>"

    @property
    def ok(self) -> bool:
        """Whether all statements can be true together."""
        return not self.conflicts

    def interval(self, full: str, unit: str | None = None) -> Interval:
        """Return what the count of an account can be; `unit` may be left out where there is one.

        Raises KeyError for an id the study does not have.
        """
        unit = unit if unit is not None else self.network.account(full).units[0]
        variable = self.system.index[full, unit]
        most = self.high[variable]
        return Interval(self.low[variable], None if most == inf else int(most))

    def n(self, full: str, unit: str | None = None) -> int | None:
        """Return the count of an account, or None where several are possible."""
        return self.interval(full, unit).n

    def status(self, full: str, unit: str) -> Status:
        """Return how the count is known: see `consortflow.counts`."""
        if (full, unit) in self.network.study._tallied:
            return "counted"
        said = self.network.account(full).says(unit)
        if said.exact is None:
            return "interval" if self.n(full, unit) is None else "derived"
        return "unchecked" if self.system.index[full, unit] in self.unchecked else "stated"

    @cached_property
    def unchecked(self) -> frozenset[int]:
        """The stated variables that the other statements would leave more than one value."""
        from consortflow.unchecked import unchecked

        tallied = {self.system.index[count] for count in self.network.study._tallied}
        return unchecked(self.system) - tallied


def solve(study: Study) -> Solution:
    """Return what the counts of a study are, stated, derived and counted from its records, and what contradicts.

    Raises InvalidStudyError where counting its records finds errors.
    """
    if study.records is not None and study._counted is None:
        from consortflow.participants.from_records import count_records
        from consortflow.schemas.errors import InvalidStudyError

        counted = count_records(study)
        if not counted.findings.ok:
            raise InvalidStudyError(counted.findings)
        study = counted.study
    return solve_network(build(study))


@undisturbed()
def solve_network(network: FlowNetwork) -> Solution:
    """Return what the counts of a network are; see `solve`."""
    system = equations(network)
    low, high = list(system.low), list(system.high)
    named = set(system.index.values())  # nobody asks for the range of slack
    failures, notes = settle(range(len(system.terms)), system.terms, system.values, low, high, named)
    conflicts: tuple[Diagnostic, ...] = ()
    if failures:
        from consortflow.conflict import resolve_conflicts

        conflicts = resolve_conflicts(system, failures, low, high)
    if notes:
        from consortflow.rules.balance import too_large

        notes_found = tuple(too_large(system, component) for component in notes)
    else:
        notes_found = ()
    return Solution(network, system, low, high, conflicts, (*system.findings, *notes_found))


def settle(
    chosen: Iterable[int], terms: Sequence[Sequence[tuple[int, int]]], values: Sequence[int], low: Lows, high: Highs,
    wanted: Collection[int] | None = None,
) -> tuple[list[Failure], list[Component]]:  # fmt: skip
    """Narrow bounds in place to the exact ranges that equations leave.

    Where only some variables are wanted, only theirs are proven to be the narrowest. Returns the failures, one for each
    component that cannot hold (its bounds are then meaningless), and the components that were too large to be proven
    tight.
    """
    failures: list[Failure] = []
    wide: list[Component] = []
    held: list[int] = []
    for equation in chosen:
        total = -values[equation]
        for coefficient, variable in terms[equation]:
            if low[variable] != high[variable]:
                held.append(equation)
                break
            total += coefficient * low[variable]
        else:
            if total:
                alone = Component([equation], [], tree=True)
                failures.append(Failure((equation,), (equation,), alone))
    for component in list(components(held, terms, low, high)):
        try:
            wide += _settle(component, terms, values, low, high, wanted)
        except Contradiction as found:
            whole = tuple(component.equations)
            failures.append(Failure(whole, found.equations or whole, component))
    return failures, wide


def _settle(
    component: Component, terms: Sequence[Sequence[tuple[int, int]]], values: Sequence[int], low: Lows, high: Highs,
    wanted: Collection[int] | None,
) -> list[Component]:  # fmt: skip
    for turn in range(2 if component.tree else _ROUNDS):
        changed = False
        for equation in reversed(component.equations) if turn % 2 == 0 else component.equations:
            changed = bool(narrow(terms[equation], values[equation], low, high)) or changed
        if not changed and turn:
            break
    if component.tree:
        return []
    for equation in component.equations:  # numbers that the last sweep fixed have not met every equation since
        total = -values[equation]
        for coefficient, variable in terms[equation]:
            if low[variable] != high[variable]:
                break
            total += coefficient * low[variable]
        else:
            if total:
                raise Contradiction
    wide: list[Component] = []
    for rest in list(components(component.equations, terms, low, high)):
        if rest.tree:
            wide += _settle(rest, terms, values, low, high, wanted)
        else:
            wide += _settle_circle(rest, terms, values, low, high, wanted)
    return wide


def _settle_circle(
    component: Component, terms: Sequence[Sequence[tuple[int, int]]], values: Sequence[int], low: Lows, high: Highs,
    wanted: Collection[int] | None,
) -> list[Component]:  # fmt: skip
    """Settle a component whose equations share unknowns in circles."""
    rows = []
    for equation in component.equations:
        row: dict[int, int] = {}
        value = values[equation]
        for coefficient, variable in terms[equation]:
            if low[variable] == high[variable]:
                value -= coefficient * low[variable]
            else:
                row[variable] = coefficient
        rows.append((row, value))
    try:
        solved = eliminate(rows)
    except Contradiction as failure:
        raise Contradiction([component.equations[i] for i in failure.equations]) from None
    fixed = False
    for pivot, (content, number) in solved.items():
        if len(content) == 1:
            if number != int(number) or not low[pivot] <= number <= high[pivot]:
                raise Contradiction
            low[pivot] = high[pivot] = int(number)
            fixed = True
    if fixed:
        return _settle(component, terms, values, low, high, wanted)
    try:
        unknowns = component.unknowns if wanted is None else [v for v in component.unknowns if v in wanted]
        found, proven = ranges(solved, unknowns, low, high)
    except OutOfBudgetError:
        return [component]
    for variable, (least, most) in found.items():
        low[variable], high[variable] = least, most
    return [] if proven else [component]
