"""A network as the equations that must hold: every unit balances on its own, in whole numbers from 0 up."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from math import inf
from typing import NamedTuple

from consortflow.network import Account, Division, FlowNetwork, Path
from consortflow.rules import balance as rules
from consortflow.rules import reasons
from consortflow.schemas.count import Count
from consortflow.schemas.diagnostics import Diagnostic, Rule

__all__ = ["Equation", "System", "equations"]


UNKNOWN = Count()
MANY = 10**9
"""More people than are 0% of anybody: n < share * of, or n = of = 0, is n + n / MANY <= share * of in whole numbers."""


class Equation(NamedTuple):
    """`factor * whole` compared with `sum(sign * part) + constant`."""

    rule: Rule
    """What is broken where it cannot hold."""
    whole: int
    """The variable that the parts are compared with."""
    parts: tuple[tuple[int, int], ...]
    """Sign (or factor) and variable of each part."""
    path: Path
    """Where the study says so."""
    relation: str = "="
    """`=`, `<=` (the whole is at most the parts) or `>=`."""
    constant: int = 0
    factor: int = 1


class System:
    """Equations over numbered variables; one variable for each account and unit, further ones for slack."""

    def __init__(self, network: FlowNetwork) -> None:
        self.network = network
        self.names: list[tuple[str, str] | None] = []
        """The account and unit of each variable; None for slack."""
        self.index: dict[tuple[str, str], int] = {}
        """The variable of an account and unit. A movement may share the variable of a stage it is equal to."""
        self.low: list[int] = []
        self.high: list[int | float] = []
        """What is stated: the bounds of each variable; an upper bound may be infinite."""
        self.equations: list[Equation] = []
        self.terms: list[tuple[tuple[int, int], ...]] = []
        """For each equation, coefficients and variables, slack included, of `sum(coefficient * variable) == value`."""
        self.values: list[int] = []
        self.findings: list[Diagnostic] = []

    def variable(self, full: str, unit: str) -> int:
        """Return the variable of an account and unit, made with the bounds that are stated."""
        key = (full, unit)
        if key not in self.index:
            count = self.network.account(full).says(unit)
            self.index[key] = self._new(key, count.low, inf if count.high is None else count.high)
        return self.index[key]

    def open(self, accounts: Iterable[Account]) -> None:
        """Make the variables of accounts."""
        for account in accounts:
            stated = account.stated
            for unit in account.units:
                count = stated if type(stated) is Count else account.says(unit) if stated is not None else UNKNOWN
                key = (account.id, unit)
                self.index[key] = len(self.names)
                self.names.append(key)
                self.low.append(count.low)
                self.high.append(inf if count.high is None else count.high)

    def add(self, equation: Equation) -> None:
        """Take up an equation."""
        terms = [(equation.factor, equation.whole), *((-sign, part) for sign, part in equation.parts)]
        if equation.relation != "=":
            terms.append((1 if equation.relation == "<=" else -1, self._new(None, 0, inf)))
        if len({variable for _, variable in terms}) < len(terms):
            terms = _gathered(terms)
        self.equations.append(equation)
        self.terms.append(tuple(terms))
        self.values.append(equation.constant)

    @cached_property
    def holding(self) -> dict[int, list[int]]:
        """The equations that hold each variable, once all are taken up."""
        found: dict[int, list[int]] = {variable: [] for variable in range(len(self.names))}
        for equation, terms in enumerate(self.terms):
            for _, variable in terms:
                found[variable].append(equation)
        return found

    def _new(self, name: tuple[str, str] | None, low: int, high: int | float) -> int:
        self.names.append(name)
        self.low.append(low)
        self.high.append(high)
        return len(self.names) - 1


def _gathered(terms: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return terms with each variable once: a share may be a share of itself."""
    total: dict[int, int] = {}
    for coefficient, variable in terms:
        total[variable] = total.get(variable, 0) + coefficient
    return [(coefficient, variable) for variable, coefficient in total.items() if coefficient]


def equations(network: FlowNetwork) -> System:
    """Return every equation that a network's people obey.

    For a stage s with movements f(s, t) to the stages t after it: n(s) = exits(s) + transfers out(s) + unexplained(s) +
    sum over t of f(s, t), and n(t) = sum over s of f(s, t) + enters(t) + transfers in(t); at a last stage exits and
    transfers out are at most n. Reasons, arms, details, sets and percentages as the study's language defines them.
    """
    system = System(network)
    flow = _Flow(system)
    system.open(network.accounts.values())
    for account in network.accounts.values():
        if account.kind == "stage":
            flow.joining(account)
    for account in network.accounts.values():
        if account.kind in ("stage", "arm"):
            flow.leaving(account)
        elif account.kind == "exit" and flow.transfers:
            for unit in account.units:
                _returning(system, account, unit)
        elif account.kind == "set":
            for unit in account.units:
                _set(system, account, unit)
    for division in network.divisions:
        for unit in network.accounts[division.whole].units:
            _division(system, division, unit)
    for account in network.accounts.values():
        if account.stated is not None and not (isinstance(account.stated, Count) and account.stated.percent is None):
            _percentages(system, account)
    return system


class _Flow:
    """The balance from stage to stage."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.network = system.network
        self.transfers = any(account.kind == "transfer" for account in self.network.accounts.values())
        boxes = [a for a in self.network.accounts.values() if a.kind in ("stage", "arm")]
        self.uniform = len({(account.units, account.cutoff) for account in boxes}) < 2
        """Whether everything counts the same units at the same date, so that nothing can cross from one to another."""
        self.across: dict[tuple[str, str], bool] = {}
        self.overlaps = any(account.item.overlapping for account in boxes if account.kind == "stage")

    def movement(self, movement: str, unit: str) -> int:
        """Return the variable of a movement: that of the stage it alone fills (`joining` saw to it) or empties."""
        account = self.network.account(movement)
        if account.kind == "arm" or (movement, unit) in self.system.index:
            return self.system.variable(movement, unit)
        tail = self.network.before(movement, "flow")[0]
        if len(self.network.after(tail, "flow")) == 1 and not self._leaves(tail) and not self.crosses(movement, unit):
            self.system.index[movement, unit] = self.system.variable(tail, unit)
        return self.system.variable(movement, unit)

    def crosses(self, movement: str, unit: str) -> bool:
        """Whether units or dates change between the ends of a movement, so that a unit does not balance across it.

        One that a stage keeps does, where both ends count it.
        """
        if self.uniform:
            return False
        if (movement, unit) not in self.across:
            tail = self.network.account(self.network.before(movement, "flow")[0])
            head = self.network.account(self.network.after(movement, "flow")[0])
            kept = unit in head.item.keeps and unit in head.units and unit in tail.units
            self.across[movement, unit] = (tail.units != head.units and not kept) or tail.cutoff != head.cutoff
            balances = kept or tail.units == head.units
            if balances and tail.cutoff != head.cutoff:
                found = rules.two_cutoffs(self.network, tail, head)
                self.system.findings += [found] if found not in self.system.findings else []
        return self.across[movement, unit]

    def _joins(self, full: str) -> tuple[str, ...]:
        return (*self.network.before(full, "enter"), *self._counted(full, inwards=True))

    def _leaves(self, full: str) -> tuple[str, ...]:
        account = self.network.account(full)
        if account.kind == "arm" or account.item.unexplained is not None:
            return (full,) if account.kind == "stage" else ()
        return (*self.network.after(full, "exit"), *self._counted(full, inwards=False))

    def _counted(self, full: str, *, inwards: bool) -> tuple[str, ...]:
        """Return the counted transfers into an account, or out of it."""
        if not self.transfers:
            return ()
        found = self.network.before(full, "transfer") if inwards else self.network.after(full, "transfer")
        return tuple(transfer for transfer in found if self.network.accounts[transfer].item.counted)

    def counting(self, accounts: Iterable[str], unit: str) -> list[int]:
        """Return the variables of the accounts that count a unit."""
        index = self.system.index
        return [index[full, unit] for full in accounts if (full, unit) in index]

    def joining(self, account: Account) -> None:
        """n(t) = movements + enters + transfers in; at least these, where some move across a change of unit or date.

        Of a unit that may be in several arms, each arm's movements are at most n, and n is at most all of them.
        """
        every = self.network.before(account.id, "flow")
        joins = self._joins(account.id)
        alone = len(every) == 1 and not joins and self.network.account(every[0]).kind == "movement"
        for unit in account.units:
            movements = [movement for movement in every if not self.crosses(movement, unit)]
            if alone and movements:  # whoever moves here alone fills it: one variable for both
                self.system.index[movements[0], unit] = self.system.variable(account.id, unit)
                continue
            if not movements and not joins:
                continue
            known = len(movements) == len(every) and (movements or self.network.before(account.id, "enter"))
            joining = self.counting(joins, unit)
            whole = self.system.variable(account.id, unit)
            coming = [self.movement(movement, unit) for movement in movements]
            groups = self._groups(account, movements, unit)
            apart = [variable for place, variable in enumerate(coming) if not any(place in group for group in groups)]
            for group in groups:
                parts = tuple((1, variable) for variable in (*(coming[place] for place in group), *apart, *joining))
                self.system.add(Equation(rules.JOINING, whole, parts, account.path, ">="))
            parts = tuple((1, variable) for variable in (*coming, *joining))
            if not groups:
                self.system.add(Equation(rules.JOINING, whole, parts, account.path, "=" if known else ">="))
            elif known:
                self.system.add(Equation(rules.JOINING, whole, parts, account.path, "<="))

    def _groups(self, account: Account, movements: list[str], unit: str) -> list[list[int]]:
        """Return the places of movements that may be of the same people, arm by arm; nothing where none are.

        They come from several arms of one split, out of which they lead; where arms within an arm overlap too, each
        movement is by itself.
        """
        if not self.overlaps or len(movements) < 2:
            return []
        arms: dict[str, dict[str, list[int]]] = {}
        for place, movement in enumerate(movements):
            tail = self.network.account(self.network.before(movement, "flow")[0])
            split, arm = self.network.overlap(tail, unit)
            if split and arm not in account.around:
                inner = self.network.accounts[arm]
                again = any(
                    unit in self.network.accounts[self.network.accounts[full].box].item.overlapping
                    for full in (*tail.around, *([tail.id] if tail.kind == "arm" else []))
                    if full != arm and full.startswith(f"{inner.id}/")
                )
                arms.setdefault(split, {}).setdefault(f"{arm} {place}" if again else arm, []).append(place)
        several = [groups for groups in arms.values() if len(groups) > 1]
        return [group for groups in several[:1] for group in groups.values()]

    def leaving(self, account: Account) -> None:
        """n(s) = exits + transfers out + unexplained + movements; at least these, where some move across a change.

        An arm counts what its split does: it is only after the arm that units and dates may change. Of a unit that may
        be in several arms, each arm is at most what is left, which is at most all of them.
        """
        movements = self.network.after(account.id, "flow")
        if account.kind == "arm" and account.item.stages:
            return
        exits = self.network.after(account.id, "exit")
        out = self._counted(account.id, inwards=False)
        for unit in account.units:
            kept = movements
            if not self.uniform:
                kept = tuple(m for m in movements if self.network.account(m).kind == "arm" or not self.crosses(m, unit))
            gap = reasons.unexplained(account.item, unit)
            leaves = self.counting((*exits, *out), unit)
            whole = self.system.variable(account.id, unit)
            moving = [self.movement(movement, unit) for movement in kept]
            if account.kind == "stage" and unit in account.item.overlapping and account.item.arms:
                self._overlapping(account, unit, kept, [*leaves], gap, every=len(kept) == len(movements))
            elif not moving or len(kept) < len(movements):
                if leaves or moving:
                    parts = tuple((1, variable) for variable in (*leaves, *moving))
                    self.system.add(Equation(rules.BALANCE, whole, parts, account.path, ">=", constant=max(gap, 0)))
            elif moving == [whole]:
                continue
            elif len(moving) == 1:
                parts = ((1, whole), *((-1, variable) for variable in leaves))
                self.system.add(Equation(rules.BALANCE, moving[0], parts, account.path, constant=-gap))
            else:
                broken = rules.ARMS if account.kind == "stage" and account.item.arms else rules.BALANCE
                parts = tuple((1, variable) for variable in (*leaves, *moving))
                self.system.add(Equation(broken, whole, parts, account.path, constant=gap))

    def _overlapping(
        self, account: Account, unit: str, kept: Iterable[str], leaves: list[int], gap: int, *, every: bool
    ) -> None:
        """Each arm is at most what is left of its split; that is at most all arms, where nothing crosses a change."""
        arms = [self.movement(m, unit) for m in kept if self.network.account(m).kind == "arm"]
        leaves += [self.movement(m, unit) for m in kept if self.network.account(m).kind != "arm"]
        whole = self.system.variable(account.id, unit)
        for arm in arms:
            parts = ((1, whole), *((-1, variable) for variable in leaves))
            constant = -gap if every else -max(gap, 0)
            self.system.add(Equation(rules.ARMS, arm, parts, account.path, "<=", constant=constant))
        if every:
            parts = tuple((1, variable) for variable in (*leaves, *arms))
            self.system.add(Equation(rules.ARMS, whole, parts, account.path, "<=", constant=gap))


def _returning(system: System, account: Account, unit: str) -> None:
    """Those who return from an exit stay in its count, so no one movement of them exceeds it."""
    for full in system.network.after(account.id, "transfer"):
        transfer = system.network.accounts[full]
        if transfer.item.counted and unit in transfer.units:
            parts = ((1, system.variable(full, unit)),)
            system.add(Equation(rules.BALANCE, system.variable(account.id, unit), parts, transfer.path, ">="))


def _division(system: System, division: Division, unit: str) -> None:
    if division.kind == "within" and _another_date(system, division.whole, division.parts):
        return
    whole = system.variable(division.whole, unit)
    parts = [system.variable(part, unit) for part in division.parts if unit in system.network.accounts[part].units]
    broken = reasons.broken(system.network.accounts[division.whole].kind, division.kind)
    if division.kind == "within" or (division.overlapping and len(parts) > 0):
        for variable in parts:
            path = system.network.accounts[system.names[variable][0]].path  # type: ignore[index] # parts are named
            system.add(Equation(broken, variable, ((1, whole),), path, "<="))
    if division.kind == "within":
        return
    gap = reasons.unexplained(division, unit)
    signed = tuple((1, variable) for variable in parts)
    if division.overlapping:
        if not division.partial:
            system.add(Equation(broken, whole, signed, division.path, "<=", constant=max(gap, 0)))
    else:
        system.add(Equation(broken, whole, signed, division.path, ">=" if division.partial else "=", constant=gap))


def _set(system: System, account: Account, unit: str) -> None:
    """N + excluded + unexplained = of; n <= of where who was excluded is not said."""
    item, network = account.item, system.network
    of = [full for full in network.before(account.id, "set") if unit in network.account(full).units]
    if not of or len(of) < len(network.before(account.id, "set")) or _another_date(system, account.id, of):
        return
    parts = [(1, system.variable(full, unit)) for full in of]
    gap = reasons.unexplained(item, unit)
    exact = item.excluded is not None or item.unexplained is not None
    parts += [(-1, system.variable(full, unit)) for full in network.after(account.id, "excluded")]
    exact = exact and not item.partial and not network.in_several(of, unit)
    relation = "=" if exact else "<="
    system.add(
        Equation(rules.SET, system.variable(account.id, unit), tuple(parts), account.path, relation, constant=-gap)
    )


def _another_date(system: System, full: str, others: Iterable[str]) -> bool:
    """Whether a set has a date of its own that is not that of what it is part of, of which a note is left."""
    account = system.network.accounts[full]
    for other in others:
        pair = account, system.network.accounts[other]
        own = next((one for one in pair if one.kind == "set" and one.item.cutoff is not None), None)
        if own is not None and pair[0].cutoff != pair[1].cutoff:
            found = rules.two_cutoffs(system.network, pair[0] if pair[1] is own else pair[1], own)
            system.findings += [found] if found not in system.findings else []
            return True
    return False


def _percentages(system: System, account: Account) -> None:
    """Every whole number whose share rounds (half up) to the percentage as printed: low <= n / of < high."""
    for unit in account.units:
        count = account.says(unit)
        if count.percent is None:
            continue
        of = system.network.names.find(count.percent.of) if count.percent.of else (account.box,) if account.box else ()
        fitting = [full for full in of if unit in system.network.accounts[full].units]
        if len(fitting) != 1:
            continue
        whole, base = system.variable(account.id, unit), system.variable(fitting[0], unit)
        low, high = count.percent.bounds()
        path = (*account.path, "n")
        if low > 0:
            system.add(Equation(reasons.PERCENT, whole, ((low.numerator, base),), path, ">=", factor=low.denominator))
        if low <= 0:  # none of any number is 0%, and so is none of nobody
            share = ((high.numerator * MANY, base),)
            system.add(Equation(reasons.PERCENT, whole, share, path, "<=", factor=high.denominator * MANY + 1))
        elif high <= 1:
            below = Equation(reasons.PERCENT, whole, ((high.numerator, base),), path, "<=", -1, high.denominator)
            system.add(below)
        else:
            system.add(Equation(reasons.PERCENT, whole, ((1, base),), path, "<="))
