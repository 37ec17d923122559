"""What counts can be, by another road: equations read from a study's plain data, ranges from HiGHS.

Shares no code with the engine: it knows the study file's language only. Studies are plain data with lists for reasons
and details, and ids that are unique in the study.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Path = tuple[str | int, ...]
Key = tuple[Path, str]
Range = tuple[int, float]
Row = tuple[dict[int, int], float, float]

MANY = 10**7
"""More people than any random flow can hold unless nothing bounds it."""

SOME = 10**4
"""As many people as HiGHS counts without rounding."""

__all__ = ["Key", "Oracle", "Path", "Plan", "accounts_of", "feasible", "spread", "units_of"]


def spread(
    rows: Sequence[Row],
    low: Sequence[float],
    high: Sequence[float],
    target: int | None,
    *,
    up: bool,
    presolve: bool = True,
) -> list[int] | None:
    """Return a whole solution in which a variable is least (or greatest), or any; None where HiGHS finds none.

    HiGHS works with floating point: a solution is checked in whole numbers, but that there is none, or no better one,
    is only its word.
    """
    objective = np.zeros(len(low))
    if target is not None:
        objective[target] = -1 if up else 1
    constraints = ()
    if rows:
        matrix = np.zeros((len(rows), len(low)))
        for number, (row, _, _) in enumerate(rows):
            for variable, coefficient in row.items():
                matrix[number, variable] = coefficient
        constraints = LinearConstraint(matrix, [row[1] for row in rows], [row[2] for row in rows])
    result = milp(
        objective, constraints=constraints, integrality=np.ones(len(low)), bounds=Bounds(low, high),
        options={"presolve": presolve},
    )  # fmt: skip
    if result.x is None:
        return None
    values = [round(x) for x in result.x]
    within = all(a <= x <= b for a, x, b in zip(low, values, high, strict=True))
    sums = ((sum(c * values[v] for v, c in row.items()), a, b) for row, a, b in rows)
    return values if within and all(a <= total <= b for total, a, b in sums) else None


def feasible(rows: Sequence[Row], low: Sequence[float], high: Sequence[float]) -> bool:
    """Whether there is a whole solution, asked in three ways before a no is believed."""
    if not low:
        return all(a <= 0 <= b for _, a, b in rows)
    if any(a > b for a, b in zip(low, high, strict=True)):
        return False
    near = [min(number, max(a, SOME)) for a, number in zip(low, high, strict=True)]
    ways = ((high, True), (near, True), (near, False))
    return any(spread(rows, low, top, None, up=False, presolve=presolve) is not None for top, presolve in ways)


class Plan:
    """The boxes of a study, their units, and who moves from where to where."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        about = data.get("study", {})
        self.units: tuple[str, ...] = tuple(about.get("units", (about.get("unit", "participants"),)))
        self.cutoff = about.get("data_cutoff")
        self.stages: dict[Path, Mapping[str, Any]] = {}
        self.arms: dict[Path, Mapping[str, Any]] = {}
        self.named: dict[str, Path] = {}
        self.at: dict[Path, tuple[tuple[str, ...], Any]] = {}
        self.split: dict[Path, Path] = {}
        self.moves: list[tuple[Path, Path]] = []
        self._lists(data["stages"], ("stages",), [], None, self.units)
        for index, item in enumerate(data.get("analysis_sets", ())):
            self.named[item["id"]] = ("analysis_sets", index)

    def _lists(
        self,
        stages: Sequence[Mapping[str, Any]],
        path: Path,
        previous: list[Path],
        arm: Path | None,
        units: tuple[str, ...],
    ) -> list[Path]:
        for index, stage in enumerate(stages):
            here = (*path, index)
            units = tuple(stage.get("units", (stage["unit"],) if "unit" in stage else units))
            self.stages[here] = stage
            self.named[stage["id"]] = here
            self.at[here] = units, stage.get("cutoff", self.cutoff)
            for number, left in enumerate(stage.get("exits", ())):
                self.named[left["id"]] = (*here, "exits", number)
                self.at[*here, "exits", number] = self.at[here]
            tails = previous
            if "from" in stage:
                tails = []
                for reference in stage["from"]:
                    tail = self.named[reference]
                    inside = arm is not None and index == 0 and tail in (arm, self.split[arm])
                    found = [arm] if inside and arm is not None else self._ends(tail)
                    tails += [end for end in found if end not in tails]
            self.moves += [(tail, here) for tail in tails]
            previous = [here]
            if stage.get("arms"):
                previous = []
                for number, inner in enumerate(stage["arms"]):
                    there = (*here, "arms", number)
                    self.arms[there] = inner
                    self.named[inner["id"]] = there
                    self.at[there] = self.at[here]
                    self.split[there] = here
                    ends = self._lists(inner.get("stages", ()), (*there, "stages"), [there], there, units)
                    previous += ends
        return previous

    def _ends(self, path: Path) -> list[Path]:
        if path not in self.arms or not self.arms[path].get("stages"):
            return [path]
        inside = [stage for stage in self.stages if stage[: len(path)] == path]
        leaving = {tail for tail, _ in self.moves} | {self.split[arm] for arm in self.arms}
        return [stage for stage in inside if stage not in leaving]

    def into(self, head: Path) -> list[Path]:
        return [tail for tail, other in self.moves if other == head]

    def out(self, tail: Path) -> list[Path]:
        """Return where people go from a stage: stages, and the arms it splits into."""
        return [head for other, head in self.moves if other == tail] + [
            arm for arm, split in self.split.items() if split == tail
        ]

    def crosses(self, tail: Path, head: Path) -> bool:
        if head in self.arms and self.arms[head].get("stages"):
            head = (*head, "stages", 0)
        return self.at[tail] != self.at[head]

    def flow(self, tail: Path, head: Path) -> Path:
        """Return the name of a movement: an arm is its own."""
        if head in self.arms and self.split[head] == tail:
            return head
        if tail in self.arms and self.arms[tail].get("stages"):
            return tail
        return ("move", *tail, "to", *head)


def units_of(plan: Plan, data: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """Return the units of a stage, exit, arm or set."""
    if path[0] == "analysis_sets":
        return units_of(plan, data, plan.named[data["analysis_sets"][path[1]]["of"][0]])
    return plan.at[path][0]


def _exact(text: Any) -> tuple[int, float]:
    if text is None or text == "unknown":
        return 0, inf
    if isinstance(text, int):
        return text, text
    if isinstance(text, Mapping):
        return _exact(text.get("n"))
    if text.startswith("<="):
        return 0, int(text[2:])
    if text.startswith(">="):
        return int(text[2:]), inf
    if text.startswith("<"):
        return 0, int(text[1:]) - 1
    low, high = text.split("-")
    return int(low), int(high)


class Oracle:
    """The integer programme of a study."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.plan = Plan(data)
        self.index: dict[Key, int] = {}
        self.low: list[float] = []
        self.high: list[float] = []
        self.rows: list[Row] = []
        self.holding: defaultdict[int, list[int]] | None = None
        for path, item, units, box in accounts_of(data, self.plan):
            for unit in units:
                self._say(path, item.get("n"), unit, units, box)
        self._flow()
        self._parts()
        self._sets()
        self._pooled()

    # Answers

    def feasible(self) -> bool:
        return feasible(self.rows, self.low, self.high)

    def spans(self, key: Key, got: Range) -> bool:
        """Whether a range is that of a count: both ends can be, and nothing beyond them can."""
        rows, low, high, v = self._around(self.index[key])
        least, most = got
        if most == inf:
            ends = [spread(rows, low, [min(high[v], MANY), *high[1:]], v, up=False)]
            if ends[0] is not None and ends[0][v] == least and feasible(rows, [MANY, *low[1:]], high):
                return True
        else:
            ends = [spread(rows, low, high, v, up=up) for up in (False, True)]
            if [end and end[v] for end in ends] == [least, most]:
                return True
        inside = [[least, least], [MANY, inf] if most == inf else [most, most]]
        outside = [[low[v], least - 1], *([[most + 1, high[v]]] if most != inf else [])]
        answers = [feasible(rows, [a, *low[1:]], [b, *high[1:]]) for a, b in (*inside, *outside)]
        return answers == [True, True, *[False] * len(outside)]

    def possible(self, key: Key, low: int, high: float) -> bool:
        """Whether a count can be in a range."""
        rows, lows, highs, v = self._around(self.index[key])
        return feasible(rows, [max(low, lows[v]), *lows[1:]], [min(high, highs[v]), *highs[1:]])

    def _around(self, v: int) -> tuple[list[Row], list[float], list[float], int]:
        """Return what hangs together with a variable through unknown ones, in numbers of its own."""
        if self.holding is None:
            self.holding = defaultdict(list)
            for number, (row, _, _) in enumerate(self.rows):
                for other in row:
                    self.holding[other].append(number)
        here, rows, waiting = {v: 0}, {}, [v]
        while waiting:
            for number in self.holding[waiting.pop()]:
                if number in rows:
                    continue
                row, low, high = self.rows[number]
                rows[number] = row, low, high
                for other in row:
                    if other not in here:
                        here[other] = len(here)
                        if self.low[other] != self.high[other]:
                            waiting.append(other)
        renamed = [({here[other]: c for other, c in row.items()}, low, high) for row, low, high in rows.values()]
        return renamed, [self.low[other] for other in here], [self.high[other] for other in here], 0

    def unchecked(self, key: Key) -> bool:
        """Whether a count could be something else if its own statement were not made."""
        v = self.index[key]
        kept = self.low[v], self.high[v]
        self.low[v], self.high[v] = 0, inf
        try:
            rows, low, high, at = self._around(v)
        finally:
            self.low[v], self.high[v] = kept
        n = kept[0]
        other = [(0, n - 1), (n + 1, inf)]
        return any(feasible(rows, [a, *low[at + 1 :]], [b, *high[at + 1 :]]) for a, b in other)

    def holds(self, truth: Mapping[Key, int]) -> bool:
        """Whether known counts satisfy every statement and equation (movements are left free)."""
        low, high = list(self.low), list(self.high)
        for key, number in truth.items():
            v = self.index[key]
            if not low[v] <= number <= high[v]:
                return False
            low[v] = high[v] = number
        return feasible(self.rows, low, high)

    # Equations

    def v(self, path: Path, unit: str) -> int:
        if (path, unit) not in self.index:
            self.index[path, unit] = len(self.low)
            self.low.append(0)
            self.high.append(inf)
        return self.index[path, unit]

    def _add(self, terms: Iterable[tuple[int, int]], low: float, high: float) -> None:
        row: dict[int, int] = {}
        for coefficient, variable in terms:
            row[variable] = row.get(variable, 0) + coefficient
        self.rows.append((row, low, high))

    def _say(self, path: Path, said: Any, unit: str, units: tuple[str, ...], box: Path | None) -> None:
        v = self.v(path, unit)
        if isinstance(said, Mapping) and all(key in self.plan.units or key in units for key in said):
            said = said.get(unit)
        self.low[v], self.high[v] = _exact(said)
        if isinstance(said, Mapping) and "percent" in said:
            of = self.plan.named[said["of"]] if "of" in said else box
            assert of is not None
            printed = Decimal(str(said["percent"]))
            half = Fraction(1, 2 * 10 ** -int(printed.as_tuple().exponent))
            least, most = (Fraction(printed) - half) / 100, (Fraction(printed) + half) / 100
            base = self.v(of, unit)
            if least <= 0 and self.low[v] == self.high[v] == 0:
                return  # none of any number, none included, is 0%
            self._add([(least.denominator, v), (-least.numerator, base)], 0, inf)
            if most <= 1:
                self._add([(most.denominator, v), (-most.numerator, base)], -inf, -1)
            else:
                self._add([(1, v), (-1, base)], -inf, 0)

    def _transfers(self, path: Path, end: str) -> list[Path]:
        found = []
        for index, item in enumerate(self.data.get("transfers", ())):
            if item.get("counted", True) and self.plan.named[item[end]] == path:
                found.append(("transfers", index))
        return found

    def _flow(self) -> None:
        plan = self.plan
        for path, stage in plan.stages.items():
            before, after = plan.into(path), plan.out(path)
            enters = [(*path, "enters", number) for number in range(len(stage.get("enters", ())))]
            exits = [(*path, "exits", number) for number in range(len(stage.get("exits", ())))]
            joining, leaving = self._transfers(path, "to"), self._transfers(path, "from")
            for unit in plan.at[path][0]:
                own = (-1, self.v(path, unit))
                come = [
                    (1, self.v(part, unit)) for part in (*(plan.flow(tail, path) for tail in before), *enters, *joining)
                ]
                if not any(plan.crosses(tail, path) for tail in before) and come:
                    self._add([own, *come], -inf if not before and not enters else 0, 0)
                gap = _gap(stage, unit)
                leave = [(1, self.v(part, unit)) for part in (*exits, *leaving)]
                go = [(1, self.v(plan.flow(path, head), unit)) for head in after]
                if not after:
                    self._add([own, *leave], -inf, -max(gap, 0))
                elif not any(plan.crosses(path, head) for head in after):
                    self._add([own, *leave, *go], -gap, -gap)
        for path, arm in plan.arms.items():
            if (
                not arm.get("stages")
                and (after := plan.out(path))
                and not any(plan.crosses(path, head) for head in after)
            ):
                for unit in plan.at[path][0]:
                    self._add(
                        [(-1, self.v(path, unit)), *((1, self.v(plan.flow(path, head), unit)) for head in after)], 0, 0
                    )
        for index, item in enumerate(self.data.get("transfers", ())):
            tail = plan.named[item["from"]]
            if item.get("counted", True) and "exits" in tail:
                for unit in plan.at[tail][0]:
                    self._add([(1, self.v(("transfers", index), unit)), (-1, self.v(tail, unit))], -inf, 0)

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

    def _details(self, box: Path, details: Sequence[Mapping[str, Any]], path: Path, units: tuple[str, ...]) -> None:
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
                self._add([(-1, self.v(box, unit)), *parts], 0 if "partition" in item else -inf, 0)

    def _sets(self) -> None:
        for index, item in enumerate(self.data.get("analysis_sets", ())):
            path: Path = ("analysis_sets", index)
            units = units_of(self.plan, self.data, path)
            out = [(*path, "excluded", n) for n in range(len(item.get("excluded", ())))]
            for number, reason in enumerate(item.get("excluded", ())):
                self._reasons(out[number], reason, (*out[number], "reasons"), units)
            self._details(path, item.get("outcomes", ()), (*path, "outcomes"), units)
            for unit in units:
                of = [(-1, self.v(self.plan.named[name], unit)) for name in item["of"]]
                gap = _gap(item, unit)
                exact = ("excluded" in item or "unexplained" in item) and not item.get("partial", False)
                inside = [(1, self.v(path, unit)), *((1, self.v(part, unit)) for part in out)]
                self._add([*inside, *of], -gap if exact else -inf, -gap)
                if "within" in item:
                    self._add([(1, self.v(path, unit)), (-1, self.v(self.plan.named[item["within"]], unit))], -inf, 0)

    def _pooled(self) -> None:
        for index, item in enumerate(self.data.get("pooled", ())):
            path: Path = ("pooled", index)
            exits = [self.plan.named[name] for name in item["over"]]
            units = self.plan.at[exits[0]][0]
            self._reasons(path, item, (*path, "reasons"), units)
            for unit in units:
                self._add([(-1, self.v(path, unit)), *((1, self.v(left, unit)) for left in exits)], 0, 0)


def _gap(item: Mapping[str, Any], unit: str) -> int:
    if "unexplained" not in item:
        return 0
    number = item["unexplained"]["n"]
    return int(number.get(unit, 0) if isinstance(number, Mapping) else number)


Holder = tuple[Path, Mapping[str, Any], tuple[str, ...], Path | None]


def accounts_of(data: Mapping[str, Any], plan: Plan) -> Iterator[Holder]:
    """Yield everything that has a count: its path, its data, its units, and the box a percentage of it is of."""
    for path, stage in plan.stages.items():
        units = plan.at[path][0]
        yield path, stage, units, None
        for number, item in enumerate(stage.get("enters", ())):
            yield (*path, "enters", number), item, units, path
        yield from _details_of(stage.get("details", ()), (*path, "details"), units, path)
        for number, left in enumerate(stage.get("exits", ())):
            here = (*path, "exits", number)
            yield here, left, units, path
            yield from _reasons_of(left, (*here, "reasons"), units, here)
            yield from _details_of(left.get("details", ()), (*here, "details"), units, here)
            for turn, also in enumerate(left.get("also", ())):
                yield from _reasons_of(also, (*here, "also", turn, "reasons"), units, here)
    for path, arm in plan.arms.items():
        yield path, arm, plan.at[path][0], plan.split[path]
    for index, item in enumerate(data.get("analysis_sets", ())):
        here = ("analysis_sets", index)
        units = units_of(plan, data, here)
        box = plan.named[item["of"][0]] if len(item["of"]) == 1 else None
        yield here, item, units, box
        yield from _reasons_of({"reasons": item.get("excluded", ())}, (*here, "excluded"), units, box)
        yield from _details_of(item.get("outcomes", ()), (*here, "outcomes"), units, here)
    for index, item in enumerate(data.get("transfers", ())):
        tail = plan.named[item["from"]]
        yield ("transfers", index), item, plan.at[tail][0], tail
    for index, item in enumerate(data.get("pooled", ())):
        units = plan.at[plan.named[item["over"][0]]][0]
        yield ("pooled", index), {}, units, None
        yield from _reasons_of(item, ("pooled", index, "reasons"), units, ("pooled", index))


def _reasons_of(item: Mapping[str, Any], path: Path, units: tuple[str, ...], box: Path | None) -> Iterator[Holder]:
    for number, reason in enumerate(item.get("reasons", ())):
        yield (*path, number), reason, units, box
        yield from _reasons_of(reason, (*path, number, "reasons"), units, box)


def _details_of(
    details: Sequence[Mapping[str, Any]], path: Path, units: tuple[str, ...], box: Path
) -> Iterator[Holder]:
    for index, item in enumerate(details):
        lines = enumerate(item["partition"]) if "partition" in item else [(None, item)]
        for number, line in lines:
            here = (*path, index) if number is None else (*path, index, "partition", number)
            yield here, line, units, box
            yield from _reasons_of(line, (*here, "reasons"), units, box)
