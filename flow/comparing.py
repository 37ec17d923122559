"""The verb compare: what two study files say differently of one trial, at two data cuts, or in protocol and paper."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from consortflow.checking import solved
from consortflow.schemas.study import Study

if TYPE_CHECKING:
    from consortflow.network import Account
    from consortflow.schemas.diagnostics import Span
    from consortflow.solving import Interval, Solution

__all__ = ["Change", "Comparison", "Fact", "compare", "compare_solutions"]

FACTS = ("registration", "design", "unit", "units", "data_cutoff")
"""What a study says of itself that bears on its numbers."""


class Fact(NamedTuple):
    """Something that the studies say of themselves, and differently."""

    name: str
    before: str | None
    after: str | None


class Change(NamedTuple):
    """A count that is another one, or stands in one study only, or a box that is called otherwise."""

    what: Literal["changed", "added", "gone", "renamed"]
    kind: str
    """stage, exit, reason, detail, arm, enter, transfer, pooled, set or outcome."""
    id: str
    """The full id in the study that has it: the second, where both do."""
    label: str
    within: str
    """The label of what holds it: the stage of an exit, the exit of a reason; empty for what nothing holds."""
    unit: str
    before: Interval | None
    after: Interval | None
    """Every number that is possible; None where the study does not have it."""
    before_at: Span | None
    after_at: Span | None
    before_label: str = ""
    """The label in the first study, where the second calls it otherwise."""
    held: bool = False
    """Whether what holds it was added or is gone as a whole, too."""


class Comparison(NamedTuple):
    """What two studies say differently, in the order of the second, and how many counts they share."""

    facts: tuple[Fact, ...]
    changes: tuple[Change, ...]
    same: int

    @property
    def equal(self) -> bool:
        """Whether they differ in nothing."""
        return not self.facts and not self.changes


def compare(before: Study | str | os.PathLike[str], after: Study | str | os.PathLike[str]) -> Comparison:
    """Return what the second study says differently from the first.

    Boxes are the same where they have the same id, or else the same label in the same place, or else are the only ones
    there of their kind (stages), of their count (exits and lines), or at all (arms). Counts that a study leaves out are
    compared as solved. Raises InvalidStudyError where a study's form or structure is too damaged to count
    (contradictions are compared as they stand), FileError where a file cannot be read.
    """
    return compare_solutions(solved(before, contradictions=True), solved(after, contradictions=True))


def compare_solutions(before: Solution, after: Solution) -> Comparison:
    """Return what the second solution says differently from the first."""
    return _Comparer(before, after).comparison()


_Place: TypeAlias = tuple[str, str, str]
"""A kind of account, the id (in the second study) of what holds it, and what it is called there."""


class _Comparer:
    def __init__(self, before: Solution, after: Solution) -> None:
        self.before = before
        self.after = after
        self.old = before.network.accounts
        self.new = after.network.accounts
        self.pairs: dict[str, str] = {full: full for full, one in self.old.items() if self._same_id(full, one)}
        """The ids of the second study by those of the first."""
        self.taken = set(self.pairs.values())
        paired = -1
        while paired != len(self.pairs):  # what is paired shows the places of what it holds
            paired = len(self.pairs)
            self._pair(_by_label)
            self._pair(_by_kind)
            self._pair(_by_count)

    def _same_id(self, full: str, account: Account) -> bool:
        return full in self.new and self.new[full].kind == account.kind

    def _pair(self, key: Callable[[Solution, Account], str | None]) -> None:
        """Pair what is not paired yet, where one key in one place stands in each study once."""
        waiting: dict[_Place, list[str]] = {}
        for full, account in self.new.items():
            if full not in self.taken and (name := key(self.after, account)) is not None:
                waiting.setdefault((account.kind, _holder(self.after, account), name), []).append(full)
        rivals: dict[_Place, list[str]] = {}
        for full, account in self.old.items():
            if full in self.pairs or (name := key(self.before, account)) is None:
                continue
            holder = _holder(self.before, account)
            place: _Place = (account.kind, self.pairs.get(holder, "\0") if holder else "", name)
            rivals.setdefault(place, []).append(full)
        for place, found in rivals.items():
            if len(found) == len(waiting.get(place, ())) == 1:
                self.pairs[found[0]] = waiting[place][0]
                self.taken.add(waiting[place][0])

    def comparison(self) -> Comparison:
        changes: list[tuple[tuple[int, int], Change]] = []
        same = 0
        order = {full: number for number, full in enumerate(self.new)}
        last = -1
        for number, (full, account) in enumerate(self.old.items()):
            if full not in self.pairs:
                held = bool(holder := _holder(self.before, account)) and holder not in self.pairs
                changes += [((last, number), change) for change in self._alone(self.before, account, "gone", held=held)]
                continue
            last = order[self.pairs[full]]
            found = list(self._both(account, self.new[self.pairs[full]]))
            same += not found
            changes += [((last, -1), change) for change in found]
        for full, account in self.new.items():
            if full not in self.taken:
                held = bool(holder := _holder(self.after, account)) and holder not in self.taken
                alone = self._alone(self.after, account, "added", held=held)
                changes += [((order[full], -1), change) for change in alone]
        changes.sort(key=lambda item: item[0])
        return Comparison(tuple(self._facts()), tuple(change for _, change in changes), same)

    def _facts(self) -> Iterator[Fact]:
        one, other = self.before.network.study.study, self.after.network.study.study
        for name in FACTS:
            was, now = getattr(one, name), getattr(other, name)
            if was != now:
                yield Fact(name, _said(was), _said(now))

    def _both(self, one: Account, other: Account) -> Iterator[Change]:
        """Yield how an account differs from the one it is paired with."""
        default = one.kind == "stage" and one.item.label is None and other.item.label is None
        renamed = one.label if one.label != other.label and not default else ""
        for unit in dict.fromkeys((*one.units, *other.units)):
            was = self.before.interval(one.id, unit) if unit in one.units else None
            now = self.after.interval(other.id, unit) if unit in other.units else None
            if was != now:
                yield self._change("changed", one, other, unit, was, now, renamed)
                renamed = ""
        if renamed:
            unit = other.units[0]
            now = self.after.interval(other.id, unit)
            yield self._change("renamed", one, other, unit, now, now, renamed)

    def _change(
        self, what: Literal["changed", "renamed"], one: Account, other: Account, unit: str,
        was: Interval | None, now: Interval | None, renamed: str,
    ) -> Change:  # fmt: skip
        return Change(
            what, other.kind, other.id, self.after.network.name(other), _within(self.after, other), unit, was, now,
            self.before.network.place(one), self.after.network.place(other), renamed,
        )  # fmt: skip

    @staticmethod
    def _alone(solution: Solution, account: Account, what: Literal["added", "gone"], *, held: bool) -> Iterator[Change]:
        """Yield what only one study has, a change for each unit."""
        place = solution.network.place(account)
        for unit in account.units:
            n = solution.interval(account.id, unit)
            was, now = (None, n) if what == "added" else (n, None)
            before_at, after_at = (None, place) if what == "added" else (place, None)
            label, within = solution.network.name(account), _within(solution, account)
            yield Change(
                what, account.kind, account.id, label, within, unit, was, now, before_at, after_at, held=held
            )  # fmt: skip


def _by_label(_: Solution, account: Account) -> str:
    return account.label.casefold()


def _by_kind(_: Solution, account: Account) -> str | None:
    return str(account.item.kind) if account.kind == "stage" else None


def _by_count(solution: Solution, account: Account) -> str | None:
    """Return what tells apart things that are called otherwise: arms are paired where one is left on either side."""
    if account.kind in ("stage", "set", "transfer"):
        return None
    return "" if account.kind == "arm" else str([solution.interval(account.id, unit) for unit in account.units])


def _holder(solution: Solution, account: Account) -> str:
    """Return the id of the account that an account is a part of, or of the arm it is in; empty at the top."""
    for role in ("part", "detail", "exit", "excluded"):
        if holders := solution.network.before(account.id, role):
            return holders[0]
    if account.kind in ("arm", "enter"):
        return account.box
    return account.around[-1] if account.kind == "stage" and account.arms else ""


def _within(solution: Solution, account: Account) -> str:
    holder = _holder(solution, account)
    if not holder or account.kind in ("stage", "arm"):
        return ""
    return solution.network.name(solution.network.account(holder))


def _said(value: object) -> str | None:
    if value is None:
        return None
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
