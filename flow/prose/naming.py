"""Numbers and names in an English sentence: how many, of what, in which group."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from consortflow.prose.phrases import Phrase, Speaker, singular
from consortflow.solving import Masked
from consortflow.words import NO_BREAK, digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consortflow.network import Account
    from consortflow.solving import Interval
    from consortflow.telling import Told
    from consortflow.words import Words

__all__ = ["Naming", "added", "opening", "sentence", "small"]

_GROUP = re.compile(r"(?:group|arm|cohort)s?$")
_NUMBERED = re.compile(r"(?:sequence|level|stratum|part|step|group|arm|cohort|period|cell)s? \S+$")
_SET = re.compile(r"(?:set|population|cohort|sample|group|analysis)$")
_SETS = frozenset(
    (
        "as treated", "efficacy", "full analysis", "intention to treat", "intent to treat", "itt", "mitt",
        "modified intention to treat", "modified intent to treat", "per protocol", "safety",
    )
)  # fmt: skip
"""Names of analysis sets that may go without the word."""
_LONG = 5
"""A name of more words stands in quotation marks."""
_MADE = Phrase("did", "had a product manufactured")
"""Of a manufacturing stage without a label, whose default is a thing."""


class Naming:
    """The numbers and names of one solution."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.network = words.network
        self.solution = words.solution
        study = self.network.study
        self.about = study.study
        self.zeros = study.picture.zero_counts
        self.serial = self.about.language == "en-US"
        """Whether a list of three has a comma before its last."""
        self.exact = words.solution.rule is None or words.solution.rule[0] == "mask"
        """Whether numbers that are the same are as many people: rounded ones need not be."""
        texts = (getattr(account.item, "label", None) for account in self.network.accounts.values())
        units = {unit for account in self.network.accounts.values() for unit in account.units}
        self.speaker = Speaker([text for text in (*texts, self.about.title, *sorted(units)) if text], units)

    # How many

    def people(self, account: Account, *, bare: bool = False) -> str:
        """Return a count with what is counted, the percentage too unless it is `bare`: "40 homes (2210 residents)"."""
        found = []
        for unit in account.units:
            interval = self.solution.interval(account.id, unit)
            if interval.n != 0 or len(account.units) == 1:
                number = "no" if interval.n == 0 and self.exact else _number(interval)
                found.append(f"{number} {singular(unit) if interval.n == 1 else unit}")
        first, *others = found or ["none"]
        return first + (f" ({', '.join(others)})" if others else "") + ("" if bare else self.percent(account))

    def many(self, account: Account, *, whole: Account | None = None) -> str:
        """Return a count without what is counted, where that is clear; "all" where it is as many as the `whole`."""
        if not self.usual(account):
            return self.people(account)
        interval = self.solution.interval(account.id)
        number = "none" if interval.n == 0 and self.exact else _number(interval).removesuffix(" of")
        if self.exact and whole is not None and whole.units == account.units and (interval.n or 0) > 2:
            number = f"all {number}" if self.solution.n(whole.id) == interval.n else number
        return number + self.percent(account)

    def n(self, account: Account) -> str:
        """Return a count as it stands behind a label: "n = 11", "6 nursing homes, 310 residents"."""
        if not self.usual(account):
            intervals = {unit: self.solution.interval(account.id, unit) for unit in account.units}
            return ", ".join(f"{_number(i)} {singular(unit) if i.n == 1 else unit}" for unit, i in intervals.items())
        interval = self.solution.interval(account.id)
        if interval == (0, None):
            return "number not shown" if isinstance(interval, Masked) else "number unknown"
        number = f"n{NO_BREAK}{self.words.number(interval)}"
        return number + self.percent(account, "[", "]")

    def percent(self, account: Account, opened: str = "(", closed: str = ")") -> str:
        """Return the percentage that the figure prints beside a count."""
        rate = self.words.rate(account).strip(f";{NO_BREAK}") if self.usual(account) else ""
        return f" {opened}{rate}{closed}" if rate else ""

    def usual(self, account: Account) -> bool:
        """Return whether an account counts the one thing that the study counts."""
        return account.units == self.words.usual and len(account.units) == 1

    def one(self, account: Account) -> bool:
        """Return whether an account is one person."""
        return len(account.units) == 1 and self.solution.n(account.id) == 1

    def some(self, account: Account) -> bool:
        """Return whether an account may be anybody at all."""
        return any(self.solution.n(account.id, unit) != 0 for unit in account.units)

    def shown(self, item: Told) -> bool:
        """Return whether the figure shows something, which may leave out what has a count of 0."""
        return self.zeros or not item.account or self.some(self.network.account(item.account))

    def as_many(self, one: Account, other: Account) -> bool:
        """Return whether two accounts are known to have the same count."""
        return (
            self.exact
            and one.units == other.units
            and all(
                self.solution.n(one.id, unit) is not None
                and self.solution.n(one.id, unit) == self.solution.n(other.id, unit)
                for unit in one.units
            )
        )

    # Who and where

    def phrase(self, item: Told) -> Phrase:
        """Return the label of something told as part of a sentence."""
        return self.speaker.phrase(self.network.account(item.account).label)

    def stage_phrase(self, account: Account) -> Phrase:
        """Return the label of a stage as part of a sentence; of an allocation without its arm."""
        stage = account.item
        if stage.label is None and stage.kind == "manufacturing":
            return _MADE
        if stage.label is None and stage.kind == "allocation" and account.arms:
            return Phrase("was", "allocated")
        return self.speaker.phrase(account.label)

    def group(self, arms: Sequence[str]) -> str:
        """Return a group's name by the ids of the arms around it, outermost first."""
        label = self.network.account(arms[-1]).label
        low = self.speaker.lower(label)
        outer = ", ".join(self.speaker.lower(self.network.account(arm).label) for arm in arms[:-1])
        if "," in label or len(label.split()) > _LONG or self.speaker.phrase(label).verbal:
            named = f"the group \u201c{label}\u201d"
        elif _GROUP.search(low):
            named = f"the {low}"
        else:
            named = low if _NUMBERED.search(low) else f"the {low} group"
        return added(named, outer)

    def arm_named(self, reference: str) -> tuple[str, ...]:
        """Return the ids of the arms that a reference to one leads to, outermost first."""
        account = self.network.account(next(iter(self.network.names.find(reference))))
        return (*account.around, account.id)

    def set_name(self, label: str) -> str:
        """Return how an analysis set is called: "the safety set"."""
        low = self.speaker.lower(label)
        if _SET.search(low) and "," not in low:
            return f"the {low}"
        known = low.lower().replace("-", " ") in _SETS
        return f"the {low} set" if known else f"the analysis set \u201c{label}\u201d"

    def which(self, box: Account) -> tuple[str, str]:
        """Return which people of a box are meant, and the group they are in: "who received treatment in ", "..."."""
        if box.kind == "arm":
            return "in ", self.group((*box.around, box.id))
        if box.kind == "stage" and box.item.kind == "allocation" and box.item.label is None and box.arms:
            return "allocated to ", self.speaker.lower(self.network.account(box.around[-1]).label)
        phrase = self.speaker.phrase(box.label) if box.kind == "set" else self.stage_phrase(box)
        where = self.group(box.around) if box.arms else ""
        if phrase.verbal:
            return phrase.relative(one=self.one(box)) + (" in " if where else ""), where
        if box.kind == "set":
            return f"in {self.set_name(box.label)}" + (" of " if where else ""), where
        return f"at \u201c{box.label}\u201d" + (" in " if where else ""), where

    def place(self, box: Account, other: Account) -> str:
        """Return where people move from or to: a group where that is what changes, a box otherwise."""
        return self.group(box.around) if box.arms and box.arms != other.arms else f"\u201c{box.label}\u201d"

    def listed(self, items: Sequence[str], last: str = "and", mark: str = ",") -> str:
        """Return items as a list in a sentence, with the serial comma of American English."""
        if len(items) < 3:
            return f" {last} ".join(items)
        serial = mark if self.serial or mark == ";" else ""
        return f"{f'{mark} '.join(items[:-1])}{serial} {last} {items[-1]}"


def _number(interval: Interval) -> str:
    if interval.n is not None:
        return digits(interval.n)
    if interval.high is None:
        unknown = "an undisclosed number of" if isinstance(interval, Masked) else "an unknown number of"
        return f"at least {digits(interval.low)}" if interval.low else unknown
    if isinstance(interval, Masked):
        return f"fewer than {digits(interval.high + 1)}"
    if interval.low == 0:
        return f"at most {digits(interval.high)}"
    return f"{digits(interval.low)} to {digits(interval.high)}"


def added(text: str, more: str) -> str:
    """Return a text with more in parentheses, those that it ends in where it does.

    >>> added("homes", "all"), added("5 homes (9 people)", "all"), added("f(x) of (y)(z)", "")
    ('homes (all)', '5 homes (9 people; all)', 'f(x) of (y)(z)')
    """
    if not more:
        return text
    if text.endswith(")") and text.rfind("(") > text[:-1].rfind(")"):
        return f"{text[:-1]}; {more})"
    return f"{text} ({more})"


def small(text: str) -> str:
    """Return a sentence as a part of another."""
    return text[:1].lower() + text[1:].rstrip(".")


def sentence(text: str) -> str:
    """Return a clause as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."


def opening(people: str) -> str:
    """Return people as they open a sentence, which never starts with a number of several."""
    return f"a total of {people}" if people[:1].isdigit() and not people.startswith("1 ") else people
