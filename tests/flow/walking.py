"""People walk through a form, and every box counts them: the true numbers of a random study."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

from plan import Key, Path, Plan, units_of

__all__ = ["DeadEndError", "walk"]

Vector = list[int]
"""A number for each unit."""


class DeadEndError(Exception):
    """The numbers do not fit the form: people are to return who never left."""


def walk(random: Random, data: dict[str, Any]) -> dict[Key, int]:
    """Write the number of everything into a form; return the numbers.

    Raises DeadEndError where the numbers that were drawn do not fit the form.
    """
    return _Numbers(random, data).count()


class _Numbers:
    """People walk through a form, and every box counts them."""

    def __init__(self, random: Random, data: dict[str, Any]) -> None:
        self.random = random
        self.data = data
        self.plan = Plan(data)
        self.truth: dict[Key, int] = {}

    def count(self) -> dict[Key, int]:
        plan, random, data = self.plan, self.random, self.data
        walked: dict[Path, Vector] = {}
        moved: defaultdict[Path, list[Vector]] = defaultdict(list)
        back: dict[int, Vector] = {}
        order = list(plan.stages)
        transfers = list(enumerate(data.get("transfers", ())))
        for index, item in transfers:
            tail, head = plan.named[item["from"]], plan.named[item["to"]]
            source = tail[: tail.index("exits")] if "exits" in tail else tail
            if item["counted"] and order.index(source) >= order.index(head):
                back[index] = [random.randint(0, 3) for _ in plan.at[head][0]]
        for path, stage in plan.stages.items():
            width = len(plan.at[path][0])
            joined = moved[path]
            if not plan.into(path) or any(plan.crosses(tail, path) for tail in plan.into(path)):
                start = [random.choice((0, 5, 30, 200)) + random.randint(0, 9) for _ in range(width)]
                joined = [*joined, start]
            for number, item in enumerate(stage.get("enters", ())):
                here = [random.randint(0, 9) for _ in range(width)]
                self.set((*path, "enters", number), item, here)
                joined = [*joined, here] if plan.into(path) or number else [here]
            for index, item in transfers:
                if item["counted"] and plan.named[item["to"]] == path:
                    joined = [
                        *joined,
                        back[index] if index in back else walked["transfers", index],
                    ]
            n = [sum(part) for part in zip(*joined, strict=True)] if joined else [0] * width
            self.set(path, stage, n)
            self.details(stage, path, n)
            rest = self.leave(path, stage, n, back, walked)
            heads = [head for head in plan.out(path) if not plan.crosses(path, head)]
            every = bool(heads) and heads == plan.out(path)
            if every or stage.get("exits"):
                rest = self.unexplained(stage, path, rest, least=-3 if every else 0)
            else:
                stage.pop("unexplained", None)
            parts = self.shares(rest, len(heads) + (not every))[: len(heads)]
            for head, part in zip(heads, parts, strict=True):
                moved[head].append(part)
                if head in plan.arms:
                    self.arm(head, part, moved)
        self.sets()
        for index, item in enumerate(data.get("pooled", ())):
            over = [plan.named[name] for name in item["over"]]
            units = plan.at[over[0]][0]
            whole = [sum(self.truth[path, unit] for path in over) for unit in units]
            for unit, number in zip(units, whole, strict=True):
                self.truth[("pooled", index), unit] = number
            self.reasons(item, ("pooled", index, "reasons"), whole, units)
        return self.truth

    def unexplained(self, stage: dict[str, Any], path: Path, rest: Vector, *, least: int) -> Vector:
        """Leave a gap, or a surplus, among who stays in a stage; return who goes on."""
        if "unexplained" not in stage:
            return rest
        gap = [self.random.randint(least, min(3, number)) for number in rest]
        self.gap(stage, path, gap)
        return [a - b for a, b in zip(rest, gap, strict=True)]

    def arm(self, path: Path, n: Vector, moved: dict[Path, list[Vector]]) -> None:
        self.set(path, self.plan.arms[path], n)
        heads = [head for tail, head in self.plan.moves if tail == path and not self.plan.crosses(path, head)]
        if self.plan.arms[path].get("stages"):
            for head in heads:
                moved[head].append(n)
        elif heads:
            every = heads == self.plan.out(path)
            for head, part in zip(
                heads,
                self.shares(n, len(heads) + (not every))[: len(heads)],
                strict=True,
            ):
                moved[head].append(part)

    def leave(
        self,
        path: Path,
        stage: dict[str, Any],
        n: Vector,
        back: dict[int, Vector],
        walked: dict[Path, Vector],
    ) -> Vector:
        """Take exits and transfers out of a stage; return who stays."""
        plan, random, rest = self.plan, self.random, n
        transfers = [(i, item) for i, item in enumerate(self.data.get("transfers", ()))]
        for number, left in enumerate(stage.get("exits", ())):
            here = (*path, "exits", number)
            returning = [(i, item) for i, item in transfers if plan.named[item["from"]] == here]
            least = [0] * len(n)
            for i, _ in returning:
                least = [max(a, b) for a, b in zip(least, back.get(i, least), strict=True)]
            if any(a > b for a, b in zip(least, rest, strict=True)):
                raise DeadEndError
            gone = [random.randint(a, max(a, b // random.choice((1, 2, 3)))) for a, b in zip(least, rest, strict=True)]
            rest = [a - b for a, b in zip(rest, gone, strict=True)]
            self.set(here, left, gone)
            units = plan.at[path][0]
            self.reasons(left, (*here, "reasons"), gone, units)
            self.details(left, here, gone)
            for turn, also in enumerate(left.get("also", ())):
                self.reasons(also, (*here, "also", turn, "reasons"), gone, units)
            for i, item in returning:
                walked["transfers", i] = back.get(i) or [random.randint(0, number) for number in gone]
                self.set(("transfers", i), item, walked["transfers", i])
        for i, item in transfers:
            if plan.named[item["from"]] == path:
                here = back.get(i) or [random.randint(0, number // 2) for number in rest]
                if item["counted"]:
                    rest = [a - b for a, b in zip(rest, here, strict=True)]
                    if min(rest, default=0) < 0:
                        raise DeadEndError
                walked["transfers", i] = here
                self.set(("transfers", i), item, here)
        return rest

    def shares(self, whole: Vector, parts: int) -> list[Vector]:
        """Divide each unit into parts that sum to it."""
        columns = []
        for number in whole:
            cuts = sorted(self.random.randint(0, number) for _ in range(parts - 1))
            columns.append([b - a for a, b in zip([0, *cuts], [*cuts, number], strict=True)])
        return [list(part) for part in zip(*columns, strict=True)]

    def set(self, path: Path, item: dict[str, Any], n: Vector) -> None:
        units = (
            units_of(self.plan, self.data, path)
            if path[0] == "analysis_sets" and len(path) == 2
            else self.units_at(path)
        )
        item["n"] = n[0] if len(units) == 1 else dict(zip(units, n, strict=True))
        for unit, number in zip(units, n, strict=True):
            self.truth[path, unit] = number

    def units_at(self, path: Path) -> tuple[str, ...]:
        if path[0] == "transfers":
            return self.plan.at[self.plan.named[self.data["transfers"][path[1]]["from"]]][0]
        if path[0] == "analysis_sets":
            return units_of(self.plan, self.data, path[:2])
        if path[0] == "pooled":
            return self.plan.at[self.plan.named[self.data["pooled"][path[1]]["over"][0]]][0]
        while path not in self.plan.at:
            path = path[:-1]
        return self.plan.at[path][0]

    def gap(self, item: dict[str, Any], path: Path, gap: Vector) -> None:
        units = self.units_at(path)
        item["unexplained"] = {"n": gap[0] if len(units) == 1 else dict(zip(units, gap, strict=True))}

    def details(self, holder: dict[str, Any], path: Path, n: Vector, key: str = "details") -> None:
        for index, item in enumerate(holder.get(key, ())):
            here = (*path, key, index)
            if "partition" in item:
                parts = self.shares(n, len(item["partition"]))
                places = [((*here, "partition", number), line) for number, line in enumerate(item["partition"])]
            else:
                parts, places = (
                    [[self.random.randint(0, number) for number in n]],
                    [(here, item)],
                )
            for part, (place, line) in zip(parts, places, strict=True):
                self.set(place, line, part)
                self.reasons(line, (*place, "reasons"), part, self.units_at(place))

    def reasons(self, item: dict[str, Any], path: Path, whole: Vector, units: tuple[str, ...]) -> None:
        if not item.get("reasons"):
            return
        random, count = self.random, len(item["reasons"])
        overlapping, partial = (
            item.get("overlapping", False),
            item.get("partial", False),
        )
        if "unexplained" in item:
            gap = [random.randint(-2, min(3, number)) for number in whole]
            self.gap(item, path, gap)
            whole = [a - b for a, b in zip(whole, gap, strict=True)]
        if overlapping:
            parts = [[random.randint(0, number) for number in whole] for _ in range(count)]
            if not partial:
                for place, number in enumerate(whole):
                    if sum(part[place] for part in parts) < number:
                        random.choice(parts)[place] = number
        else:
            parts = self.shares(whole, count + partial)[:count]
        for number, (reason, part) in enumerate(zip(item["reasons"], parts, strict=True)):
            self.set((*path, number), reason, part)
            self.reasons(reason, (*path, number, "reasons"), part, units)

    def sets(self) -> None:
        random = self.random
        for index, item in enumerate(self.data.get("analysis_sets", ())):
            path: Path = ("analysis_sets", index)
            units = units_of(self.plan, self.data, path)
            of = [end for name in item["of"] for end in self.plan.ends(self.plan.named[name])]
            whole = [sum(self.truth[other, unit] for other in of) for unit in units]
            if "unexplained" in item:
                gap = [random.randint(0 if item.get("partial") else -2, min(2, number)) for number in whole]
                self.gap(item, path, gap)
                whole = [a - b for a, b in zip(whole, gap, strict=True)]
            exact = ("excluded" in item or "unexplained" in item) and not item.get("partial", False)
            out = item.get("excluded", [])
            n, *gone = self.shares(whole, 1 + len(out) + (not exact))
            if "within" in item:
                most = [self.truth[self.plan.named[item["within"]], unit] for unit in units]
                if any(a > b for a, b in zip(n, most, strict=True)):
                    raise DeadEndError
            self.set(path, item, n)
            for number, reason in enumerate(out):
                self.set((*path, "excluded", number), reason, gone[number])
                self.reasons(reason, (*path, "excluded", number, "reasons"), gone[number], units)
            self.details(item, path, n, "outcomes")
