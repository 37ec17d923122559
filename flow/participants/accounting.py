"""What a tally shows: the number of every account, and a finding for whoever is not in exactly one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from consortflow.network import Account, FlowNetwork
from consortflow.participants.routes import All, Any_, At, Condition, Fault, FaultKind, In
from consortflow.participants.tallying import Tally
from consortflow.rules import accounting as rules
from consortflow.schemas.diagnostics import Diagnostic, Related

__all__ = ["Suspects", "account_for", "disagreements", "numbers_of"]


class Suspects(NamedTuple):
    """A finding, and how the ids of the participants that it is about are found: only where a user asks for them."""

    finding: Diagnostic
    find: Callable[[], list[str]]


def numbers_of(tally: Tally, network: FlowNetwork) -> dict[str, int]:
    """Return how many participants each counted account has, in file order."""
    return {full: tally.lines[full] for full in network.accounts if full in tally.lines}


def account_for(tally: Tally, network: FlowNetwork, unit: str) -> Iterator[Suspects]:
    """Yield what is wrong with participants' ways through a study, each with the number of rows it is wrong with."""
    speaker = _Speaker(network, tally, unit)
    found: dict[Fault, tuple[int, list[Condition]]] = {}
    for number, route in enumerate(tally.plan.routes):
        for code, place in enumerate(route.places, 1):
            if place.fault is not None and (n := tally.places[number][code]):
                before, conditions = found.get(place.fault, (0, []))
                found[place.fault] = before + n, [*conditions, At(number, frozenset((code,)))]
    for (line, fault), n in zip(tally.plan.marks, tally.marks, strict=True):
        if n:
            before, conditions = found.get(fault, (0, []))
            parts = (*map(In, line.among), *(() if line.condition is None else (line.condition,)))
            found[fault] = before + n, [*conditions, All(tuple(parts))]
    for fault, (n, conditions) in found.items():
        who = conditions[0] if len(conditions) == 1 else Any_(tuple(conditions))
        yield Suspects(speaker.says(fault, n), partial(tally.placing.ids_where, who))


class _Speaker:
    """Puts a fault into a sentence at its place."""

    def __init__(self, network: FlowNetwork, tally: Tally, unit: str) -> None:
        self.network = network
        self.tally = tally
        self.unit = unit

    def people(self, n: int) -> str:
        one = self.unit.removesuffix("s")
        return f"{n:,} {one if n == 1 else self.unit}"

    def says(self, fault: Fault, n: int) -> Diagnostic:
        who = self.people(n)
        many = n != 1
        account = self.network.account(fault.account) if fault.account else None
        name = self.network.name(account) if account is not None else ""
        span = self.network.span(account.path if account is not None else ("records",))
        subjects = (account.id,) if account is not None else ()
        match fault.kind:
            case FaultKind.MISSING:
                return self._missing(fault, n, account)
            case FaultKind.NO_DISPOSITION:
                message = f"{who} of {name} left by no exit, and {'are' if many else 'is'} not in what follows"
                fix = "add an exit for them, or mend a criterion"
                rule = rules.NO_DISPOSITION
            case FaultKind.NO_REASON:
                message = f"{who} of {name} {'have' if many else 'has'} none of its reasons"
                fix = "add the reason, `other` to a column of reasons, or `partial: true`"
                rule = rules.NO_REASON
            case FaultKind.NO_ARM:
                message = f"{who} of {name} {'are' if many else 'is'} in none of its arms"
                fix = "mend the arms' criteria, or add an exit for those who were not assigned"
                rule = rules.NO_ARM
            case FaultKind.SEVERAL_ARMS:
                message = f"{who} of {name} {'meet' if many else 'meets'} the criteria of several arms"
                fix, rule = "one participant is in one arm: mend the criteria", rules.NOT_IN_ONE_ARM
            case FaultKind.WENT_ON:
                left = "left, and meet" if many else "left, and meets"
                message = f"{who} of {name} {left} the criterion of what follows as well"
                fix, rule = "look these records up (--list-ids), or mend a criterion", rules.WENT_ON
            case FaultKind.UNLISTED:
                column = account.item.by if account is not None else ""
                message = f"{who} of {name} {'have' if many else 'has'} a value of {column} that has no label"
                fix, rule = "add it to `values`, or give the rest a label with `other`", rules.UNLISTED
            case FaultKind.NO_PART:
                message = f"{who} of {name} {'are' if many else 'is'} in none of the lines that divide it"
                fix, rule = "the lines have to hold everyone in the box: mend their criteria", rules.NOT_IN_ONE_PART
            case FaultKind.APART:
                message = f"{who} {'were' if many else 'was'} in another arm than planned"
                fix, rule = "say so in the arms' details or a note", rules.PLANNED_AND_ACTUAL
                span = self.network.span(("records", "actual_arm"))
            case FaultKind.OVERLAP:
                meet = "meet several criteria, and are" if many else "meets several criteria, and is"
                message = f"{who} of {name} {meet} counted for the first"
                fix, rule = "the order of the file decides: put the criterion that weighs most first", rules.OVERLAP
        return rule.found(message, span, fix=fix, subjects=subjects)

    def _missing(self, fault: Fault, n: int, account: Account | None) -> Diagnostic:
        from consortflow.schemas.criteria import comparisons_of

        criterion = self.tally.plan.criteria[fault.criterion or 0]
        columns = list(dict.fromkeys(str(column) for column, _ in comparisons_of(criterion.tree)))
        name = self.network.name(account) if account is not None else "the records"
        named = ", ".join(columns[:4]) + (" ..." if len(columns) > 4 else "")
        belong = "belong" if n != 1 else "belongs"
        message = f"missing values of {named} leave open whether {self.people(n)} {belong} to {name}"
        fix = f"say what they mean: `missing: excluded` or `missing: eligible`, or ask for them: {columns[0]} is null"
        subjects = (account.id,) if account is not None else ()
        return rules.MISSING_VALUES.found(message, self.network.span(criterion.path), fix=fix, subjects=subjects)


def disagreements(network: FlowNetwork, numbers: dict[str, int], unit: str) -> Iterator[Diagnostic]:
    """Yield a finding for each stated count that is not the counted one, and for each criterion that nobody meets."""
    for full, n in numbers.items():
        account = network.account(full)
        stated = account.says(unit)
        if stated.stated and (n < stated.low or (stated.high is not None and n > stated.high)):
            if stated.percent is not None and not (stated.low or stated.high is not None):
                continue
            message = f"{network.name(account, unit)} says {stated}, and {n:,} are counted"
            where = getattr(account.item, "where", None)
            related = (Related("they are counted by this", network.span((*account.path, "where"))),) if where else ()
            fix = f"write {n}, or mend the criterion"
            yield rules.DISAGREES.found(message, network.place(account), related=related, fix=fix, subjects=(full,))
        elif n == 0 and getattr(account.item, "where", None) is not None and stated.exact != 0:
            message = f"nobody meets the criterion of {network.name(account)}"
            fix = "write `n: 0` beside it where that is right; otherwise look at how the records spell the value"
            span = network.span((*account.path, "where"))
            yield rules.EXCLUDES_NOBODY.found(message, span, fix=fix, subjects=(full,))
