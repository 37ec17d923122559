"""A legend in any language there are words in: every box as its label with its count, and what it is made of.

The grammar is that of a list, which is right whatever the labels are.
"""

# ruff: noqa: RUF001 - full-width punctuation

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consortflow.prose.notes import Notes
from consortflow.words import NO_BREAK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consortflow.network import Account
    from consortflow.telling import Told
    from consortflow.words import Words

__all__ = ["Listed", "Marks", "marks_of"]


class Marks(NamedTuple):
    """How a language sets off the parts of a sentence."""

    comma: str = ", "
    semicolon: str = "; "
    colon: str = ": "
    outer: tuple[str, str] = (" (", ")")
    inner: tuple[str, str] = (" [", "]")
    stop: str = "."
    gap: str = " "
    """Between sentences."""


_MARKS = {
    "fr": Marks(semicolon=f"{NO_BREAK}; ", colon=f"{NO_BREAK}: "),
    **dict.fromkeys(
        ("zh", "ja"),
        Marks("，", "；", "：", ("（", "）"), ("［", "］"), "。", ""),
    ),
}


def marks_of(language: str) -> Marks:
    """Return the marks of a language."""
    found = _MARKS.get(language, Marks())
    return found._replace(comma="、") if language == "ja" else found


class Listed:
    """Puts one solution into labels with counts."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.network = words.network
        self.marks = marks_of(self.network.study.study.language)
        self.zeros = self.network.study.picture.zero_counts
        self.named = str
        """How a label stands inside a sentence."""
        self.remarks = Notes(words)

    def body(self, told: Sequence[Told]) -> Iterator[str]:
        """Yield the sentences of what is told."""
        marks = self.marks
        for item in told:
            if not self.shown(item) or item.role == "note":
                continue
            if item.role == "arm":
                head, inside = f"{item.lead} {self.text(item, bare=True)}", list(self.body(item.parts))
                yield from [f"{head}{marks.colon}{inside[0]}", *inside[1:]] if inside else [f"{head}{marks.stop}"]
            elif item.role in ("stage", "exit", "set", "transfer", "pooled"):
                label = self.network.account(item.account).label
                lead = f"{item.lead}{marks.colon}" if item.lead and not self.repeats(item, label) else ""
                yield f"{lead}{self.text(item)}{marks.stop}"
                yield from self.body([part for part in item.parts if part.role in ("exit", "arm", "stage")])

    def notes(self) -> Iterator[str]:
        """Yield what the study remarks about boxes that were told."""
        return self.remarks.lines(self.marks.colon)

    def text(self, item: Told, depth: int = 0, *, bare: bool = False) -> str:
        """Return something told with its count and, unless `bare`, in the same parentheses what it is made of."""
        marks = self.marks
        if not item.account:
            return item.text
        account = self.network.account(item.account)
        self.remarks.take(account)
        rate = self.words.outcome(account) if account.kind == "outcome" else ""
        parts = [] if bare else self.parts(item, account, depth + 1)
        if rate:
            opened, closed = marks.inner
            return rate + (f"{opened}{marks.semicolon.join(parts)}{closed}" if parts else "")
        count = self.words.count(account).removeprefix("(").removesuffix(")")
        if depth == 0:
            inside = marks.colon.join([count, marks.semicolon.join(parts)] if parts else [count])
            moved = item.text.removeprefix(self.words.said(account)) if item.role == "transfer" else ""
            moved = f"{marks.comma}{moved.removeprefix(', ')}" if moved else ""
            return f"{account.label}{marks.outer[0]}{inside}{marks.outer[1]}{moved}"
        opened, closed = marks.inner if depth % 2 else marks.outer
        made = f"{opened}{marks.semicolon.join(parts)}{closed}" if parts else ""
        return f"{account.label}{marks.comma}{count}{made}"

    def parts(self, item: Told, account: Account, depth: int) -> list[str]:
        """Return what something is made of, and what is to be known of that."""
        found = [self.text(part, depth) for part in item.parts if part.role == "reason" and self.shown(part)]
        found += map(_small_stop, self.words.flags(account.item) if account.kind != "set" else ())
        for group in item.parts:
            if group.role in ("joined", "of-them", "left-out", "outcomes", "division"):
                lines = [self.text(part, depth) for part in group.parts if part.role != "note" and self.shown(part)]
                lines += [_small_stop(part.text) for part in group.parts if part.role == "note"]
                found.append(f"{group.lead}{self.marks.colon}{self.marks.comma.join(lines)}")
        return found

    def repeats(self, item: Told, label: str) -> bool:
        """Return whether what somebody did is said by the label already, as that people are ongoing."""
        default = self.network.account(item.account).item.label is None
        return label.casefold() == item.lead.casefold() or (item.role == "exit" and default)

    def set_name(self, label: str) -> str:
        """Return how an analysis set is called: by its label."""
        return label

    def shown(self, item: Told) -> bool:
        """Whether the figure shows something, which may leave out what has a count of 0."""
        if self.zeros or not item.account or item.role not in ("reason", "detail", "exit", "outcome"):
            return True
        account = self.network.account(item.account)
        return any(self.words.solution.n(account.id, unit) != 0 for unit in account.units)


def _small_stop(text: str) -> str:
    return text.rstrip(".。")
