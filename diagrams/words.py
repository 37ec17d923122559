"""Counts in words: beside a label, as a rate, and the whole flow told for people who hear the figure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from consortflow.network import Account
from consortflow.proportion import clopper_pearson, half_up
from consortflow.schemas.count import count_for
from consortflow.schemas.labels import labels
from consortflow.solving import Interval, Masked, Solution

__all__ = ["NO_BREAK", "Words", "digits"]

NO_BREAK = "\u00a0"
_EN_DASH = "\u2013"


def digits(number: int) -> str:
    """Return a number as it is printed: four digits together, more in groups of three.

    >>> digits(1826), digits(21054)
    ('1826', '21,054')
    """
    return f"{number:,}" if number >= 10_000 else str(number)


class Words:
    """The counts of one solution in words."""

    def __init__(self, solution: Solution) -> None:
        self.solution = solution
        self.network = solution.network
        self.percent = self.network.study.picture.percent
        self.usual = self.network.study.study.counts
        self.text = labels(self.network.study.study.language)

    def number(self, interval: Interval) -> str:
        """Return an interval after "n": "= 92", "≤ 4", "= 3-7", "= ?"."""
        if isinstance(interval, Masked):
            if interval == (0, None):
                return f"={NO_BREAK}?"
            sign, bound = ("<", interval.high + 1) if interval.high is not None else ("≥", interval.low)
            return f"{sign}{NO_BREAK}{digits(bound)}"
        if interval.n is not None:
            return f"={NO_BREAK}{digits(interval.n)}"
        if interval.high is None:
            return f"≥{NO_BREAK}{digits(interval.low)}" if interval.low else f"={NO_BREAK}?"
        if interval.low == 0:
            return f"≤{NO_BREAK}{digits(interval.high)}"
        return f"={NO_BREAK}{digits(interval.low)}{_EN_DASH}{digits(interval.high)}"

    def count(self, account: Account) -> str:
        """Return what follows a label: "(n = 92)", or each unit's number where there are several."""
        if len(self.usual) == 1 and account.units == self.usual:
            rate = self.rate(account)
            return f"(n{NO_BREAK}{self.number(self.solution.interval(account.id))}{rate})"
        parts = []
        for unit in account.units:
            number = self.number(self.solution.interval(account.id, unit)).removeprefix(f"={NO_BREAK}")
            parts.append(f"{unit}: {number}".replace(" ", NO_BREAK))
        return f"({f';{NO_BREAK}'.join(parts)})"

    def rate(self, account: Account) -> str:
        """Return the percentage that follows a number: the one the study prints, or the one its picture asks for."""
        unit = account.units[0]
        said = account.says(unit)
        if said.percent is not None:
            return f";{NO_BREAK}{said.percent.value}%"
        base = self.base(account)
        if not base or unit not in self.network.account(base).units:
            return ""
        n, of = self.solution.n(account.id, unit), self.solution.n(base, unit)
        return f";{NO_BREAK}{half_up(n, of)}%" if n is not None and of else ""

    def base(self, account: Account) -> str:
        """Return the account that percentages beside a count are of."""
        match self.percent:
            case "parent":
                return account.box
            case "previous" if account.kind in ("stage", "exit", "set"):
                return account.box
            case "randomised" if account.kind in ("stage", "exit", "set", "arm"):
                split, after = self.randomised
                return split if account.id in after else ""
            case _:
                return ""

    @cached_property
    def randomised(self) -> tuple[str, frozenset[str]]:
        """The first randomization, and everything that comes of it; nothing where nobody is randomized."""
        import networkx as nx

        split = next((stage.id for stage in self.network.stages() if stage.item.kind == "randomization"), "")
        return split, frozenset(nx.descendants(self.network.graph, split) if split else ())

    def outcome(self, account: Account) -> str:
        """Return an outcome with its rate: "Remission: 34/48 (70.8%; 95% CI 55.9-83.0)"."""
        unit = account.units[0]
        n, of = self.solution.n(account.id, unit), self.solution.n(account.box, unit)
        if n is None or not of or n > of or len(account.units) > 1:
            return ""
        low, high = (f"{100 * limit:.1f}" for limit in clopper_pearson(n, of))
        limits = self.text["word"]["interval"].replace(" ", NO_BREAK)
        interval = f"{limits}{NO_BREAK}{low}{_EN_DASH}{high}"
        return f"{account.label}: {digits(n)}/{digits(of)} ({half_up(n, of)}%; {interval})"

    def attempts(self, account: Account) -> tuple[str, str] | None:
        """Return how many procedures a stage took, as a label and a count; None where it does not say."""
        stated = getattr(account.item, "attempts", None)
        if stated is None:
            return None
        said = count_for(stated, account.units[0])
        return self.text["word"]["attempts"], f"(n{NO_BREAK}{self.number(Interval(said.low, said.high))})"

    def said(self, account: Account) -> str:
        """Return a label with its count in plain words."""
        return f"{account.label} {self.count(account)}".replace(NO_BREAK, " ")

    def telling(self) -> str:
        """Return the whole flow in words, with every count."""
        return " ".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        network, text = self.network, self.text["telling"]
        for account in network.accounts.values():
            if account.kind == "arm":
                yield f"{text['arm']} {self.said(account)}:"
            elif account.kind == "stage":
                joined = [self.said(network.account(full)) for full in network.before(account.id, "enter")]
                yield f"{self.said(account)}{_inside(text['joined'], joined)}{self._lines(account, 'detail')}."
                for full in network.after(account.id, "exit"):
                    exit_ = network.account(full)
                    gone = text["ongoing" if exit_.item.kind == "ongoing" else "left"]
                    yield f"{gone}: {self.said(exit_)}{self._parts(exit_)}{self._lines(exit_, 'detail')}."
            elif account.kind == "set":
                excluded = [self._part(network.account(full)) for full in network.after(account.id, "excluded")]
                lines = [network.account(full) for full in network.after(account.id, "detail")]
                inside = [self._part(line) for line in lines if line.kind == "detail"]
                rates = [
                    self.outcome(line).replace(NO_BREAK, " ") or self._part(line)
                    for line in lines
                    if line.kind == "outcome"
                ]
                of_them = _inside(text["of-them"], inside) + _inside(text["outcomes"], rates)
                yield f"{self.said(account)}{_inside(text['left-out'], excluded)}{of_them}."
            elif account.kind == "transfer":
                ends = [*network.before(account.id, "transfer"), *network.after(account.id, "transfer")]
                places = [self._place(network.account(end)) for end in ends]
                moved = f", {text['moved'].format(tail=places[0], head=places[-1])}" if len(places) > 1 else ""
                yield f"{self.said(account)}{moved}."
            elif account.kind == "pooled":
                yield f"{self.said(account)}{self._parts(account)}."

    def _lines(self, account: Account, role: str) -> str:
        lines = [self._part(self.network.account(full)) for full in self.network.after(account.id, role)]
        if (attempts := self.attempts(account)) is not None:
            lines.insert(0, " ".join(attempts).replace(NO_BREAK, " "))
        return _inside(self.text["telling"]["of-them"], lines)

    def _place(self, account: Account) -> str:
        """Return a box's label with the arm it is in, which tells it from the same box of another arm."""
        if not account.arms or (account.item.kind == "allocation" and account.item.label is None):
            return account.label
        return f"{account.label} ({self.network.accounts[account.around[-1]].label})"

    def _parts(self, account: Account) -> str:
        parts = [self._part(self.network.account(full)) for full in self.network.after(account.id, "part")]
        first = len(account.item.reasons)
        told = f": {'; '.join(parts[:first])}" if first else ""
        for division in getattr(account.item, "also", ()):
            told += _inside(division.label, parts[first : first + len(division.reasons)])
            first += len(division.reasons)
        return told

    def _part(self, account: Account) -> str:
        parts = [self._part(self.network.account(full)) for full in self.network.after(account.id, "part")]
        return self.said(account) + (f" [{'; '.join(parts)}]" if parts else "")


def _inside(word: str, items: list[str]) -> str:
    return f"; {word}: {'; '.join(items)}" if items else ""
