"""A contradiction in words: the arithmetic written out, at the number to look at first, with every line it involves."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Protocol, TypeAlias

from consortflow.proportion import half_up
from consortflow.rules import balance, reasons
from consortflow.schemas.diagnostics import Diagnostic, Related

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consortflow.balance import Equation, System
    from consortflow.conflict import Conflict
    from consortflow.network import Account

__all__ = ["Ranges", "describe", "describe_shared"]

MAX_REPAIRS = 3
"""Changes of a single number that one message offers."""
MAX_NAMED = 12
"""Statements that one message names."""

MAX_RELATED = 200
"""Statements whose places one finding gives."""

Range: TypeAlias = tuple[int, int | float]
Ranges: TypeAlias = dict[int, Range]


class Values(Protocol):
    """What a conflict makes of its variables once a part of it is left out."""

    def without(self, *, statement: int | None = None, equation: int | None = None) -> Ranges | None:
        """Return the range of every variable without a statement or an equation; None where the rest still fails."""

    def would_add_up(self, statement: int, value: int) -> bool:
        """Whether a statement with another value agrees with everything that hangs together with it."""


def describe(system: System, conflict: Conflict, values: Values) -> tuple[Diagnostic, int]:
    """Return a conflict as a finding, and the equation whose arithmetic it writes out."""
    told = _Told(system, conflict)
    found, equation = told.impossible(values) or told.accuse(values)
    return found, next(index for index in conflict.equations if system.equations[index] is equation)


def describe_shared(system: System, conflict: Conflict, values: Values, shared: Mapping[int, int]) -> Diagnostic:
    """Return a conflict as a finding at its prime suspect: a statement that other conflicts hold too.

    `shared` says in how many conflicts each such statement is.
    """
    told = _Told(system, conflict, shared)
    found, _ = told.impossible(values) or told.accuse(values)
    return found


class _Told:
    """The words of one conflict."""

    def __init__(self, system: System, conflict: Conflict, shared: Mapping[int, int] | None = None) -> None:
        self.system = system
        self.network = system.network
        self.indexes = conflict.equations
        self.equations = [system.equations[index] for index in conflict.equations]
        self.statements = conflict.statements
        self.shared = {v: number for v, number in (shared or {}).items() if v in conflict.statements}
        self.settling: frozenset[int] = frozenset()
        """The shared statements that another value alone would settle, in every conflict they are in."""

    def impossible(self, values: Values) -> tuple[Diagnostic, Equation] | None:
        """Say that no number at all would do: more people leave than there were, or no count has that percentage."""
        if any(equation.whole in self.statements for equation in self.equations):
            return None
        for index, equation in zip(self.indexes, self.equations, strict=True):
            ranges = values.without(equation=index)
            if ranges is None:
                continue
            if equation.rule is reasons.PERCENT:
                base = equation.parts[0][1]
                said = self.account(equation.whole).says(self.unit(equation.whole))
                printed = f"{said.percent.value}%" if said.percent else str(said)
                text = f"{self.label(equation.whole)}: no whole number out of {_range(ranges[base])} is {printed}"
                return self.finding(equation, text, equation.whole, "", ranges), equation
            known = all(ranges[v][0] == ranges[v][1] for _, v in equation.parts)
            if equation.relation == "=" and known and (total := self.total(equation, ranges, most=True)) < 0:
                leaving = next((v for sign, v in reversed(equation.parts) if sign < 0), None)
                self.statements = self.all_stated()
                why = "more people leave than there were" if leaving is not None else "a count is 0 or more"
                text = f"{self.arithmetic(equation, equation.whole, ranges)} = {total}: {why}"
                return self.finding(
                    equation, text, equation.whole if leaving is None else leaving, "", ranges
                ), equation
        return None

    def repairs(self, suspect: int, ranges: Ranges, values: Values) -> str:
        """Say which single number, changed alone, would let everything add up: the suspect first."""
        found = []
        others = [statement for statement in self.suspects() if statement != suspect]
        for statement in [suspect, *others[: MAX_NAMED - 1]]:
            left: Ranges | None = ranges if statement == suspect else values.without(statement=statement)
            change = self.change(statement, left)
            if change is not None and values.would_add_up(statement, change[0]):
                found.append(f"{self.label(statement)}: {change[0] if statement in self.settling else change[1]}")
            if len(found) == MAX_REPAIRS:
                break
        if self.settling:
            prime = f"prime suspect: {found[0]} would settle {_all_of(self.shared[suspect])} contradictions it is in"
            return f"{prime}; {', or '.join(found[1:])} would settle only this one" if found[1:] else prime
        adding = f"{', or '.join(found)} would add up" if found else ""
        if not self.shared:
            return adding
        most = max(self.suspects(), key=lambda statement: self.shared.get(statement, 0))
        first = f"prime suspect: {self.label(most)}, which is in {self.shared[most]} contradictions"
        return f"{first}; {adding}" if adding else first

    def settles(self, values: Values) -> frozenset[int]:
        """Return the shared statements that another value alone would settle, in every conflict they are in."""
        found = []
        for statement in list(self.shared)[:MAX_NAMED]:
            change = self.change(statement, values.without(statement=statement))
            if change is not None and values.would_add_up(statement, change[0]):
                found.append(statement)
        return frozenset(found)

    def change(self, statement: int, ranges: Ranges | None) -> tuple[int, str] | None:
        """Return the value nearest to what is stated that the others leave, and how to say it."""
        if ranges is None:
            return None
        low, high = ranges[statement]
        if low == high:
            return low, str(low)
        if self.system.low[statement] > high:
            return int(high), f"at most {high}"
        return low, f"at least {low}"

    def all_stated(self) -> tuple[int, ...]:
        """Return what is stated about the variables of the conflict's equations, and not only the least that fails."""
        held = dict.fromkeys(v for e in self.equations for v in (e.whole, *(part for _, part in e.parts)))
        return tuple(v for v in held if self.system.low[v] == self.system.high[v])

    def accuse(self, values: Values) -> tuple[Diagnostic, Equation]:
        """Say what the others make of the statement to suspect first."""
        self.settling = self.settles(values)
        for suspect in self.suspects():
            ranges = values.without(statement=suspect)
            if ranges is not None:
                return self.accused(suspect, ranges, values)
        equation = self.equations[-1]
        labels = ", ".join(f"{self.label(v)} ({self.says(v)})" for v in self.statements[:MAX_NAMED])
        if (more := len(self.statements) - MAX_NAMED) > 0:
            labels += f" and {more} more"
        suspect = max(self.statements, default=equation.whole)
        none = {v: (self.system.low[v], self.system.high[v]) for e in self.equations for _, v in e.parts}
        return self.finding(equation, f"these numbers cannot all be true: {labels}", suspect, "", none), equation

    def suspects(self) -> list[int]:
        """Return the statements in the order to suspect them.

        Those that would settle several conflicts first; then totals before parts, and later stages before earlier.
        """
        wholes = {equation.whole for equation in self.equations}

        def rank(statement: int) -> tuple[bool, int, bool, int]:
            settling = statement in self.settling
            return settling, self.shared.get(statement, 0) if settling else 0, statement in wholes, statement

        return sorted(self.statements, key=rank, reverse=True)

    def accused(self, suspect: int, ranges: Ranges, values: Values) -> tuple[Diagnostic, Equation]:
        """Say that one statement is not what the others make it."""
        equation, target = self.equation_for(suspect)
        label, says = self.label(suspect), self.says(suspect)
        fix = self.repairs(suspect, ranges, values)
        if equation.rule is reasons.PERCENT:
            message, fix = self.percentage(equation, suspect, ranges)
        elif equation.relation == "=" and all(ranges[v][0] == ranges[v][1] for _, v in equation.parts):
            message = f"{self.total_of(equation, target, ranges)}, but {label} says {says}"
        else:
            message = f"{label} says {says}, but {self.limit(equation, target, ranges)}"
        return self.finding(equation, message, suspect, fix, ranges), equation

    def equation_for(self, suspect: int) -> tuple[Equation, int]:
        """Return the equation to write out for a statement, and the variable in it that the statement is equal to.

        Equations that only say that two boxes are equal are followed to one that says more.
        """
        target = suspect
        tried: list[Equation] = []
        while True:
            holding = [e for e in self.equations if e not in tried and (e.whole == target or target in signs(e))]
            if not holding:
                return tried[-1], target
            equation = min(holding, key=lambda e: (self.trivial(e), e.whole != target))
            if not self.trivial(equation):
                return equation, target
            other = equation.parts[0][1] if equation.whole == target else equation.whole
            if all(e is equation or not (e.whole == other or other in signs(e)) for e in self.equations):
                return equation, target
            tried.append(equation)
            target = other

    def trivial(self, equation: Equation) -> bool:
        return equation.relation == "=" and len(equation.parts) == 1 and not equation.constant and equation.factor == 1

    def total_of(self, equation: Equation, target: int, ranges: Ranges) -> str:
        """Write out what an equation makes of one of its variables, and the result: "Enrolled 67 - 12 = 55"."""
        number, text = _range(ranges[target]), self.arithmetic(equation, target, ranges)
        if any(c in text for c in ("+", "-")) or not text.endswith(f" {number}"):
            return f"{text} = {number}"
        return f"{text} and nobody leaves" if equation.rule is balance.BALANCE else text

    def arithmetic(self, equation: Equation, target: int, ranges: Ranges) -> str:
        """Write out what an equation makes of one of its variables: "Enrolled 67 - 12"."""
        if equation.whole == target:
            terms = [(sign, variable) for sign, variable in equation.parts]
            constant = equation.constant
        else:
            own = signs(equation)[target]
            terms = [(own, equation.whole), *((-own * sign, v) for sign, v in equation.parts if v != target)]
            constant = -own * equation.constant
        terms.sort(key=lambda term: term[0] < 0)
        text = ""
        for position, (sign, variable) in enumerate(terms):
            number = _range(ranges[variable])
            if position == 0:
                named = len(terms) == 1 or terms[-1][0] < 0 or equation.whole != target
                text = f"{self.label(variable)} {number}" if named else number
                text = text if sign > 0 else f"-{text}"
            else:
                text += f" {'+' if sign > 0 else '-'} {number}"
        if constant:
            text += f" {'+' if constant > 0 else '-'} {abs(constant)} unexplained"
        return text

    def limit(self, equation: Equation, target: int, ranges: Ranges) -> str:
        """Say what an inequality, or numbers that are known only between bounds, leave for a variable."""
        parts = equation.parts
        if equation.whole == target and equation.relation == "<=" and len(parts) == 1 and not equation.constant:
            most = ranges[parts[0][1]][1]
            return f"{self.label(parts[0][1])} {'has only' if most != inf else 'has'} {_range(ranges[parts[0][1]])}"
        if equation.whole == target and equation.relation != "=":
            word = "at most" if equation.relation == "<=" else "at least"
            total = self.total(equation, ranges, most=equation.relation == "<=")
            numbers = self.arithmetic(equation, target, ranges)
            return f"it is {word} {numbers}" + (f" = {total}" if len(parts) + bool(equation.constant) > 1 else "")
        if equation.relation == "<=" and equation.parts == ((1, target),) and not equation.constant:
            return f"{self.label(equation.whole)} counts {_range(ranges[equation.whole])} of them"
        return f"the other numbers leave {_range(ranges[target])}"

    def total(self, equation: Equation, ranges: Ranges, *, most: bool) -> int | float:
        return equation.constant + sum(sign * ranges[v][(sign > 0) == most] for sign, v in equation.parts)

    def percentage(self, equation: Equation, suspect: int, ranges: Ranges) -> tuple[str, str]:
        count = equation.whole
        base = equation.parts[0][1]
        low, high = ranges[base]
        account = self.account(count)
        said = account.says(self.unit(count))
        printed = said.percent.value if said.percent else ""
        if said.exact is not None and low == high and low:
            digits = -min(int(said.percent.value.as_tuple().exponent), 0) if said.percent else 0
            share = half_up(said.exact, int(low), digits)
            message = f"{self.label(count)}: {said.exact} of {low} is {share}%, but {printed}% is printed"
            return message, f"write {share}, or correct the {'count' if suspect == count else 'numbers'}"
        message = f"{self.label(count)}: no whole number of {self.label(base)} ({_range(ranges[base])}) is {printed}%"
        if suspect != count or ranges[count][0] <= ranges[count][1] != inf:
            leave = _range(ranges[suspect])
            message = f"{self.label(suspect)} says {self.says(suspect)}, but the other numbers leave {leave}"
        return message, ""

    def finding(self, equation: Equation, message: str, suspect: int, fix: str, ranges: Ranges) -> Diagnostic:
        others = [variable for variable in sorted(self.statements) if variable != suspect]
        related = [
            Related(f"{self.label(variable)} says {self.says(variable)}", self.network.place(self.account(variable)))
            for variable in others[:MAX_RELATED]
        ]
        if len(others) > MAX_RELATED:
            more = f"and {len(others) - MAX_RELATED} more numbers"
            related.append(Related(more, self.network.place(self.account(others[MAX_RELATED]))))
        stated = frozenset(self.statements)
        subjects = [self.account(v).id for v in (suspect, *self.statements) if self.system.names[v]]
        if self.system.names[suspect] is None:
            at = self.network.span(equation.path)
        else:
            at = self.network.place(self.account(suspect))
        derived = [
            variable
            for variable in dict.fromkeys([v for _, v in equation.parts])
            if variable not in stated and variable != suspect and self.system.names[variable]
            and ranges[variable][0] == ranges[variable][1]
        ]  # fmt: skip
        for variable in derived:
            if (made := self.made_of(variable, equation, ranges)) is not None:
                related.append(Related(made, self.network.span(self.account(variable).path, key=True)))
        related.sort(key=lambda r: r.span)
        return equation.rule.found(message, at, related=related, fix=fix, subjects=dict.fromkeys(subjects))

    def made_of(self, variable: int, used: Equation, ranges: Ranges) -> str | None:
        """Say where a number that nobody states comes from: "Discontinued is 6 + 3 + 2 + 1 = 12"."""
        for equation in self.equations:
            if equation is used or equation.relation != "=" or self.trivial(equation):
                continue
            if equation.whole == variable or variable in signs(equation):
                value = _range(ranges[variable])
                text = self.arithmetic(equation, variable, ranges)
                return (
                    f"{self.label(variable)} is {text} = {value}"
                    if text != value
                    else f"{self.label(variable)} is {value}"
                )
        return None

    def account(self, variable: int) -> Account:
        name = self.system.names[variable]
        if name is None:
            msg = "slack has no account"
            raise LookupError(msg)
        return self.network.account(name[0])

    def unit(self, variable: int) -> str:
        name = self.system.names[variable]
        return name[1] if name else ""

    def label(self, variable: int) -> str:
        account = self.account(variable)
        unit = self.unit(variable)
        if account.kind == "movement":
            ends = [*self.network.before(account.id, "flow"), *self.network.after(account.id, "flow")]
            tail, head = (self.network.account(end).label for end in ends)
            return f"those from {tail} to {head}" + (f" ({unit})" if len(account.units) > 1 else "")
        return self.network.name(account, unit)

    def says(self, variable: int) -> str:
        count = self.account(variable).says(self.unit(variable))
        return str(count)


def signs(equation: Equation) -> dict[int, int]:
    """Return the signs of an equation's parts by variable."""
    return {variable: sign for sign, variable in equation.parts}


def _all_of(number: int) -> str:
    return "both" if number == 2 else f"all {number}"


def _range(bounds: Range) -> str:
    low, high = bounds
    if low == high:
        return str(low)
    return f"at least {low}" if high == inf else f"{low} to {high}"
