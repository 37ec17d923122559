"""Counts in words: beside a label, as a rate; and the remarks that explain them."""

from __future__ import annotations

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

    def noted(self, account: Account) -> str:
        """Return a label with its count for a footnote, in which no line ends within a number."""
        return f"{account.label} {self.count(account).replace(' ', NO_BREAK)}"

    def said(self, account: Account) -> str:
        """Return a label with its count."""
        return f"{account.label} {self.count(account)}"

    # Remarks

    def remarks(self, account: Account) -> list[str]:
        """Return what the study remarks about an account, a sentence each, in the order the figure marks them."""
        item, notes = account.item, []
        if account.kind == "arm":
            notes += [self.text["word"][f"arm-{item.status}"]] if item.status else []
        elif account.kind == "stage":
            definition = getattr(item, "definition", None)
            notes += [definition] if definition else []
        elif account.kind != "set":
            notes += self.flags(item)
        if account.kind in ("stage", "set") and item.cutoff not in (None, self.network.study.study.data_cutoff):
            notes.append(self.text["word"]["cutoff"].format(date=item.cutoff.isoformat()))
        notes += [item.note] if item.note else []
        gap = getattr(item, "unexplained", None)
        if gap is not None:
            notes.append(gap.note or self.gap(gap.n, account))
        if account.kind == "exit" and item.kind == "ongoing":
            notes.append(self.text["word"]["ongoing"])
        return notes

    def protection(self) -> list[str]:
        """Return how small counts are hidden, or all are rounded; nothing where they are not."""
        rule = self.solution.rule
        return [] if rule is None else [self.text["word"][rule[0]].format(n=rule[1])]

    def flags(self, item: object) -> list[str]:
        """Return what is to be known of the parts of something: that they are not all, that they may overlap."""
        return [self.text["word"][flag] for flag in ("partial", "overlapping") if getattr(item, flag, False)]

    def gap(self, number: int | dict[str, int], account: Account) -> str:
        """Return how many people the source does not account for."""
        by_unit = number if isinstance(number, dict) else {account.units[0]: number}
        words, about = self.text["word"], self.network.study.study
        default = about.counts if about.unit is None and about.units is None else ()
        units = {unit: words["unit"] if unit in default else unit for unit in by_unit}
        return " ".join(
            words["unexplained" if n >= 0 else "surplus"].format(
                n=abs(n), unit=units[unit][:1].upper() + units[unit][1:]
            )
            for unit, n in by_unit.items()
        )

    def pools(self, account: Account) -> list[str]:
        """Return what reasons the study gives for an exit together with others."""
        notes = []
        for pool in self.pooled.get(account.id, ()):
            parts = [self.noted(self.network.account(part)) for part in self.network.after(pool.id, "part")]
            notes.append(" ".join([f"{self.noted(pool)}: {'; '.join(parts)}.", *self.remarks(pool)]))
        return notes

    @cached_property
    def pooled(self) -> dict[str, list[Account]]:
        """The accounts of pooled reasons by the exits that share them."""
        found: dict[str, list[Account]] = {}
        for division in self.network.divisions:
            if division.kind == "pooled":
                for part in division.parts:
                    found.setdefault(part, []).append(self.network.account(division.whole))
        return found

    def place(self, account: Account) -> str:
        """Return a box's label with the arm it is in, which tells it from the same box of another arm."""
        if not account.arms or (account.item.kind == "allocation" and account.item.label is None):
            return account.label
        return f"{account.label} ({self.network.accounts[account.around[-1]].label})"
