"""A study's counts as an integer programme, read from its plain data: what is stated, and the sums that must hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import inf
from typing import Any, NamedTuple

from plan import Key, Path, Plan, accounts_of, units_of

__all__ = ["Programme", "Row"]


class Row(NamedTuple):
    """`low <= sum(coefficient * variable) <= high`."""

    terms: Mapping[int, int]
    low: float
    high: float
    where: int | None = None
    """The row holds only where this variable is 1 or more; always, where None."""


def _between(text: Any) -> tuple[int, float]:
    if text is None or text == "unknown":
        return 0, inf
    if isinstance(text, int):
        return text, text
    if isinstance(text, Mapping):
        return _between(text.get("n"))
    if text.startswith("<="):
        return 0, int(text[2:])
    if text.startswith(">="):
        return int(text[2:]), inf
    if text.startswith("<"):
        return 0, int(text[1:]) - 1
    if text.startswith(">"):
        return int(text[1:]) + 1, inf
    low, high = text.split("-")
    return int(low), int(high)


def _gap(item: Mapping[str, Any], unit: str) -> int:
    if "unexplained" not in item:
        return 0
    number = item["unexplained"]["n"]
    return int(number.get(unit, 0) if isinstance(number, Mapping) else number)


class Programme:
    """A variable for each count and movement of each unit, with what is stated about it, and the rows they obey."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.plan = Plan(data)
        self.index: dict[Key, int] = {}
        self.low: list[float] = []
        self.high: list[float] = []
        self.rows: list[Row] = []
        self.same: dict[int, int] = {}
        """Movements that are another count by definition: everyone who comes into a box, or who goes on from it."""
        for path, item, units, box in accounts_of(data, self.plan):
            for unit in units:
                self._say(path, item.get("n"), unit, units, box)
        self._flow()
        self._parts()
        self._sets()
        self._pooled()

    def plain(self, row: Row) -> Row:
        """Return a row with the count that a movement is in its place, and the first coefficient positive."""
        terms: dict[int, int] = {}
        for v, coefficient in row.terms.items():
            kept = self.same.get(v, v)
            terms[kept] = terms.get(kept, 0) + coefficient
        terms = {v: terms[v] for v in sorted(terms) if terms[v]}
        if next(iter(terms.values()), 1) > 0:
            return Row(terms, row.low, row.high, row.where)
        return Row(
            {v: -coefficient for v, coefficient in terms.items()},
            -row.high,
            -row.low,
            row.where,
        )

    def v(self, path: Path, unit: str) -> int:
        """Return the variable of a count."""
        if (path, unit) not in self.index:
            self.index[path, unit] = len(self.low)
            self.low.append(0)
            self.high.append(inf)
        return self.index[path, unit]

    def _add(
        self,
        terms: Iterable[tuple[int, int]],
        low: float,
        high: float,
        where: int | None = None,
    ) -> None:
        row: dict[int, int] = {}
        for coefficient, variable in terms:
            row[variable] = row.get(variable, 0) + coefficient
        self.rows.append(Row(row, low, high, where))

    def _say(self, path: Path, said: Any, unit: str, units: tuple[str, ...], box: Path | None) -> None:
        v = self.v(path, unit)
        if isinstance(said, Mapping) and all(key in self.plan.units or key in units for key in said):
            said = said.get(unit)
        self.low[v], self.high[v] = _between(said)
        if isinstance(said, Mapping) and "percent" in said:
            of = self.plan.named[said["of"]] if "of" in said else box
            assert of is not None
            self._share(v, self.v(of, unit), Decimal(str(said["percent"])))

    def _share(self, v: int, base: int, printed: Decimal) -> None:
        """Hold a share between what rounds to it: at least half a digit below, and less than half a digit above."""
        half = Fraction(1, 2 * 10 ** -int(printed.as_tuple().exponent))
        least, most = (Fraction(printed) - half) / 100, (Fraction(printed) + half) / 100
        if least > 0:
            self._add([(least.denominator, v), (-least.numerator, base)], 0, inf)
        if most > 1:  # a part is at most its whole
            self._add([(1, v), (-1, base)], -inf, 0)
        else:  # none of any number, none included, is 0%
            none = v if least <= 0 else None
            self._add([(most.denominator, v), (-most.numerator, base)], -inf, -1, none)

    def _transfers(self, path: Path, end: str) -> list[Path]:
        found: list[Path] = []
        for index, item in enumerate(self.data.get("transfers", ())):
            if item.get("counted", True) and self.plan.named[item[end]] == path:
                found.append(("transfers", index))
        return found

    def _flow(self) -> None:
        for path, stage in self.plan.stages.items():
            enters = [(*path, "enters", number) for number in range(len(stage.get("enters", ())))]
            self._joining(path, [*enters, *self._transfers(path, "to")], known=bool(enters))
        for path, stage in self.plan.stages.items():
            exits = [(*path, "exits", number) for number in range(len(stage.get("exits", ())))]
            for unit in self.plan.at[path][0]:
                self._leaving(
                    path,
                    [*exits, *self._transfers(path, "from")],
                    unit,
                    _gap(stage, unit),
                )
        for path, arm in self.plan.arms.items():
            if not arm.get("stages") and self.plan.out(path):
                for unit in self.plan.at[path][0]:
                    self._leaving(path, [], unit, 0)
        for index, item in enumerate(self.data.get("transfers", ())):
            tail = self.plan.named[item["from"]]
            if item.get("counted", True) and "exits" in tail:
                for unit in self.plan.at[tail][0]:
                    self._add(
                        [
                            (1, self.v(("transfers", index), unit)),
                            (-1, self.v(tail, unit)),
                        ],
                        -inf,
                        0,
                    )

    def _joining(self, path: Path, joining: Sequence[Path], *, known: bool) -> None:
        """Everyone in a box came by a movement or joined. From before a change of unit or date, any number may come."""
        plan = self.plan
        for unit in plan.at[path][0]:
            before = [tail for tail in plan.into(path) if not plan.crosses(tail, path, unit)]
            every = before == plan.into(path) and (known or bool(before))
            own = self.v(path, unit)
            come = [self.v(plan.flow(tail, path), unit) for tail in before]
            parts = [*come, *(self.v(part, unit) for part in joining)]
            if groups := plan.alike(path, before, unit):
                together = {tail for group in groups for tail in group}
                for group in groups:
                    some = [tail for tail in before if tail in group or tail not in together]
                    inside = [(1, self.v(plan.flow(tail, path), unit)) for tail in some]
                    self._add([(-1, own), *inside, *((1, self.v(part, unit)) for part in joining)], -inf, 0)
                if every:
                    self._add([(-1, own), *((1, part) for part in parts)], 0, inf)
                continue
            if parts:
                self._add([(-1, own), *((1, part) for part in parts)], 0 if every else -inf, 0)
            if every and parts == come and len(come) == 1 and plan.flow(before[0], path)[0] == "move":
                self.same[come[0]] = own

    def _leaving(self, path: Path, leaving: Sequence[Path], unit: str, gap: int) -> None:
        """Everyone leaves a box, is a gap, or goes on; in a last one, and before a change, any number may stay."""
        plan = self.plan
        after = [head for head in plan.out(path) if not plan.crosses(path, head, unit)]
        own = self.v(path, unit)
        stage = plan.stages.get(path, {})
        if stage.get("arms") and unit in stage.get("overlapping", ()):
            arms = [head for head in after if head in plan.arms]
            gone = [self.v(part, unit) for part in leaving]
            gone += [self.v(plan.flow(path, head), unit) for head in after if head not in plan.arms]
            every = after == plan.out(path)
            for arm in arms:
                terms = [(-1, own), *((1, part) for part in gone), (1, self.v(plan.flow(path, arm), unit))]
                self._add(terms, -inf, -gap if every else -max(gap, 0))
            if every:
                inside = [*gone, *(self.v(plan.flow(path, arm), unit) for arm in arms)]
                self._add([(-1, own), *((1, part) for part in inside)], -gap, inf)
            return
        go = [self.v(plan.flow(path, head), unit) for head in after]
        terms = [
            (-1, own),
            *((1, self.v(part, unit)) for part in leaving),
            *((1, part) for part in go),
        ]
        every = bool(after) and after == plan.out(path)
        if every:
            self._add(terms, -gap, -gap)
        elif len(terms) > 1 or gap > 0:
            self._add(terms, -inf, -max(gap, 0))
        alone = every and len(terms) == 2 and "unexplained" not in (self.plan.stages.get(path) or {})
        if alone and plan.flow(path, after[0])[0] == "move" and go[0] not in self.same:
            self.same[go[0]] = own

    def _parts(self) -> None:
        for path, stage in self.plan.stages.items():
            units = self.plan.at[path][0]
            self._details(path, stage.get("details", ()), (*path, "details"), units)
            for number, left in enumerate(stage.get("exits", ())):
                here = (*path, "exits", number)
                self._reasons(here, left, (*here, "reasons"), units)
                self._details(here, left.get("details", ()), (*here, "details"), units)
                for turn, also in enumerate(left.get("also", ())):
                    self._reasons(here, also, (*here, "also", turn, "reasons"), units)

    def _reasons(self, whole: Path, item: Mapping[str, Any], path: Path, units: tuple[str, ...]) -> None:
        reasons = item.get("reasons", ())
        for number, reason in enumerate(reasons):
            self._reasons((*path, number), reason, (*path, number, "reasons"), units)
        if not reasons:
            return
        for unit in units:
            own = (-1, self.v(whole, unit))
            parts = [(1, self.v((*path, number), unit)) for number in range(len(reasons))]
            gap = _gap(item, unit)
            match item.get("overlapping", False), item.get("partial", False):
                case False, False:
                    self._add([own, *parts], -gap, -gap)
                case False, True:
                    self._add([own, *parts], -inf, -gap)
                case True, partial:
                    for part in parts:
                        self._add([own, part], -inf, 0)
                    if not partial:
                        self._add([own, *parts], -max(gap, 0), inf)

    def _details(
        self,
        box: Path,
        details: Sequence[Mapping[str, Any]],
        path: Path,
        units: tuple[str, ...],
    ) -> None:
        for index, item in enumerate(details):
            here = (*path, index)
            lines = (
                [((*here, "partition", n), line) for n, line in enumerate(item["partition"])]
                if "partition" in item
                else [(here, item)]
            )
            for place, line in lines:
                self._reasons(place, line, (*place, "reasons"), units)
            for unit in units:
                parts = [(1, self.v(place, unit)) for place, _ in lines]
                self._add(
                    [(-1, self.v(box, unit)), *parts],
                    0 if "partition" in item else -inf,
                    0,
                )

    def _sets(self) -> None:
        for index, item in enumerate(self.data.get("analysis_sets", ())):
            path: Path = ("analysis_sets", index)
            units = units_of(self.plan, self.data, path)
            out = [(*path, "excluded", n) for n in range(len(item.get("excluded", ())))]
            for number, reason in enumerate(item.get("excluded", ())):
                self._reasons(out[number], reason, (*out[number], "reasons"), units)
            self._details(path, item.get("outcomes", ()), (*path, "outcomes"), units)
            for unit in units:
                ends = [end for name in item["of"] for end in self.plan.ends(self.plan.named[name])]
                of = [(-1, self.v(end, unit)) for end in ends]
                gap = _gap(item, unit)
                exact = ("excluded" in item or "unexplained" in item) and not item.get("partial", False)
                arms: dict[Path, set[Path]] = {}
                for split, arm in filter(None, (self.plan.shared(end, unit) for end in ends)):
                    arms.setdefault(split, set()).add(arm)
                exact = exact and all(len(found) == 1 for found in arms.values())
                inside = [
                    (1, self.v(path, unit)),
                    *((1, self.v(part, unit)) for part in out),
                ]
                if not any(self.plan.dated_apart(path, end, self.data) for end in ends):
                    self._add([*inside, *of], -gap if exact else -inf, -gap)
                if "within" in item and not self.plan.dated_apart(path, self.plan.named[item["within"]], self.data):
                    self._add(
                        [
                            (1, self.v(path, unit)),
                            (-1, self.v(self.plan.named[item["within"]], unit)),
                        ],
                        -inf,
                        0,
                    )

    def _pooled(self) -> None:
        for index, item in enumerate(self.data.get("pooled", ())):
            path: Path = ("pooled", index)
            exits = [self.plan.named[name] for name in item["over"]]
            units = self.plan.at[exits[0]][0]
            self._reasons(path, item, (*path, "reasons"), units)
            for unit in units:
                self._add(
                    [
                        (-1, self.v(path, unit)),
                        *((1, self.v(left, unit)) for left in exits),
                    ],
                    0,
                    0,
                )
