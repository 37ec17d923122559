"""The whole flow told in words: one structure for the figure's description, its alternative as a list, and its legend.

What is told stands in file order; arms hold what happens in them, boxes hold who left and why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from consortflow.words import NO_BREAK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consortflow.network import Account
    from consortflow.words import Words

__all__ = ["Role", "Told", "flat", "tell"]

Role = Literal[
    "stage", "exit", "reason", "detail", "arm", "enter", "transfer", "pooled", "set", "outcome", "attempts", "joined",
    "of-them", "left-out", "outcomes", "division", "note",
]  # fmt: skip
"""What is told: an account, a group of accounts that belong together, or a remark."""
_SENTENCES = ("stage", "exit", "arm", "transfer", "pooled", "set")


class Told(NamedTuple):
    """One thing told, and what is told of it."""

    role: Role
    text: str
    """Its label with its count, or a remark; empty where `lead` says all."""
    parts: tuple[Told, ...] = ()
    lead: str = ""
    """What it is to the one that holds it: "Left", "Arm", "of them"."""
    account: str = ""
    """The id of the account that is told; empty for groups and remarks."""

    def __str__(self) -> str:
        """Return what it is and its text: "Left: Excluded (n = 25)"."""
        gap = " " if self.role == "arm" else ": "
        return gap.join(words for words in (self.lead, self.text) if words)


def tell(words: Words) -> tuple[Told, ...]:
    """Return everything there is to tell of a solved flow, with every count."""
    return tuple(_Teller(words).everything())


def flat(told: tuple[Told, ...]) -> str:
    """Return what is told as running text, for those who hear the figure."""
    return " ".join(_sentences(told)).replace(NO_BREAK, " ")


def _sentences(told: tuple[Told, ...]) -> Iterator[str]:
    for item in told:
        if item.role == "note":
            yield item.text if item.text.endswith((".", "。", "!", "?")) else f"{item.text}."
            continue
        within = [part for part in item.parts if part.role not in (*_SENTENCES, "note")]
        yield f"{item}:" if item.role == "arm" else f"{item}{_told_inside(within)}."
        yield from _sentences(tuple(part for part in item.parts if part.role in (*_SENTENCES, "note")))


def _told_inside(parts: list[Told]) -> str:
    reasons = [_part(part) for part in parts if part.role == "reason"]
    groups = [part for part in parts if part.role != "reason"]
    told = f": {'; '.join(reasons)}" if reasons else ""
    return told + "".join(f"; {_group(group)}" for group in groups)


def _group(group: Told) -> str:
    lines = [_part(part) for part in group.parts if part.role != "note"]
    notes = [_part(part) for part in group.parts if part.role == "note"]
    return f"{group.lead}: {'; '.join(lines)}" + (f" [{'; '.join(notes)}]" if notes else "")


def _part(item: Told) -> str:
    if item.role == "note":
        return item.text.rstrip(".。")
    parts = [_part(part) for part in item.parts]
    return item.text + (f" [{'; '.join(parts)}]" if parts else "")


class _Teller:
    """Tells one solution."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.network = words.network
        self.text = words.text["telling"]
        self.arms: dict[str, list[Account]] = {}
        """The arms of each stage that splits."""
        self.stages: dict[str, list[Account]] = {}
        """The stages of each arm, and under no name those outside arms."""
        for account in self.network.accounts.values():
            if account.kind == "arm":
                self.arms.setdefault(account.box, []).append(account)
            elif account.kind == "stage":
                self.stages.setdefault(account.around[-1] if account.arms else "", []).append(account)

    def everything(self) -> Iterator[Told]:
        yield from map(self.stage, self.stages.get("", ()))
        for account in self.network.accounts.values():
            if account.kind == "set":
                yield self.set(account)
            elif account.kind == "transfer":
                yield self.transfer(account)
            elif account.kind == "pooled":
                parts = (*self.reasons(account, "part"), *self.notes(account))
                yield Told("pooled", self.words.said(account), parts, account=account.id)
        yield from (Told("note", text) for text in self.words.protection())

    def stage(self, account: Account) -> Told:
        network = self.network
        joined = [self.line(network.account(full), "enter") for full in network.before(account.id, "enter")]
        parts = [*self.group("joined", joined), *self.inside(account), *self.notes(account)]
        parts += [self.exit(network.account(full)) for full in network.after(account.id, "exit")]
        parts += [self.arm(arm) for arm in self.arms.get(account.id, ())]
        return Told("stage", self.words.said(account), tuple(parts), account=account.id)

    def arm(self, account: Account) -> Told:
        stages = [self.stage(stage) for stage in self.stages.get(account.id, ())]
        return Told(
            "arm", self.words.said(account), (*self.notes(account), *stages), self.text["arm"], account=account.id
        )

    def exit(self, account: Account) -> Told:
        parts = self.reasons(account, "part")
        first = len(account.item.reasons)
        groups: list[Told] = []
        for division in account.item.also:
            these, first = parts[first : first + len(division.reasons)], first + len(division.reasons)
            flags = tuple(Told("note", flag) for flag in self.words.flags(division))
            groups.append(Told("division", "", (*these, *flags), division.label))
        lead = self.text["ongoing" if account.item.kind == "ongoing" else "left"]
        inside = (*parts[: len(account.item.reasons)], *groups, *self.inside(account), *self.notes(account))
        return Told("exit", self.words.said(account), inside, lead, account.id)

    def set(self, account: Account) -> Told:
        excluded = list(self.reasons(account, "excluded"))
        if excluded:
            excluded += [Told("note", flag) for flag in self.words.flags(account.item)]
        outcomes = [self.line(line, "outcome") for line in self.within(account) if line.kind == "outcome"]
        parts = (*self.group("left-out", excluded), *self.inside(account), *self.group("outcomes", outcomes))
        return Told("set", self.words.said(account), (*parts, *self.notes(account)), account=account.id)

    def transfer(self, account: Account) -> Told:
        network = self.network
        ends = [*network.before(account.id, "transfer"), *network.after(account.id, "transfer")]
        places = [self.words.place(network.account(end)) for end in ends]
        moved = f", {self.text['moved'].format(tail=places[0], head=places[-1])}" if len(places) > 1 else ""
        return Told("transfer", f"{self.words.said(account)}{moved}", self.notes(account), account=account.id)

    def group(self, role: Role, parts: list[Told]) -> tuple[Told, ...]:
        return (Told(role, "", tuple(parts), self.text[role]),) if parts else ()

    def inside(self, account: Account) -> tuple[Told, ...]:
        """Return the lines of a box that nobody leaves by."""
        lines = [self.line(line, "detail") for line in self.within(account) if line.kind != "outcome"]
        if (attempts := self.words.attempts(account)) is not None:
            lines.insert(0, Told("attempts", " ".join(attempts)))
        return self.group("of-them", lines)

    def within(self, account: Account) -> Iterator[Account]:
        return (self.network.account(full) for full in self.network.after(account.id, "detail"))

    def reasons(self, account: Account, role: str) -> tuple[Told, ...]:
        return tuple(self.line(self.network.account(full), "reason") for full in self.network.after(account.id, role))

    def line(self, account: Account, role: Role) -> Told:
        rate = self.words.outcome(account) if role == "outcome" else ""
        parts = (*self.reasons(account, "part"), *self.notes(account))
        return Told(role, rate or self.words.said(account), parts, account=account.id)

    def notes(self, account: Account) -> tuple[Told, ...]:
        return tuple(Told("note", text) for text in self.words.remarks(account))
