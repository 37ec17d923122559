"""People walk through a form, and every box counts them: the true numbers of a random study."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

from plan import Key, Path, Plan, units_of

__all__ = ["DeadEndError", "walk"]

Vector = list[int]
"""A number for each unit."""
Moved = defaultdict[Path, list[tuple[Path, dict[str, int]]]]
"""Who came to a box: from where, and how many of each unit."""


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
        moved: Moved = defaultdict(list)
        back: dict[int, Vector] = {}
        order = list(plan.stages)
        transfers = list(enumerate(data.get("transfers", ())))
        for index, item in transfers:
            tail, head = plan.named[item["from"]], plan.named[item["to"]]
            source = tail[: tail.index("exits")] if "exits" in tail else tail
            if item["counted"] and order.index(source) >= order.index(head):
                back[index] = [random.randint(0, 3) for _ in plan.at[head][0]]
        for path, stage in plan.stages.items():
            units = plan.at[path][0]
            n = [self.came(path, unit, moved[path]) for unit in units]
            for number, item in enumerate(stage.get("enters", ())):
                here = [random.randint(0, 9) for _ in units]
                self.set((*path, "enters", number), item, here)
                n = [a + b for a, b in zip(n, here, strict=True)] if plan.into(path) or number else here
            for index, item in transfers:
                if item["counted"] and plan.named[item["to"]] == path:
                    here = back[index] if index in back else walked["transfers", index]
                    n = [a + b for a, b in zip(n, here, strict=True)]
            self.set(path, stage, n)
            self.details(stage, path, n)
            rest = self.leave(path, stage, n, back, walked)
            heads = {unit: [head for head in plan.out(path) if not plan.crosses(path, head, unit)] for unit in units}
            every = all(found and found == plan.out(path) for found in heads.values())
            if every or stage.get("exits"):
                rest = self.unexplained(stage, path, rest, least=-3 if every else 0)
            else:
                stage.pop("unexplained", None)
            going: defaultdict[Path, dict[str, int]] = defaultdict(dict)
            for unit, number in zip(units, rest, strict=True):
                shared = unit in stage.get("overlapping", ())
                for head, part in self.divided(number, heads[unit], plan.out(path), shared=shared).items():
                    going[head][unit] = part
            for head, parts in going.items():
                moved[head].append((path, parts))
                if head in plan.arms:
                    self.arm(head, list(parts.values()), moved)
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

    def came(self, path: Path, unit: str, moved: list[tuple[Path, dict[str, int]]]) -> int:
        """Return how many came to a box: any number from across a change, and between arms that share their people."""
        plan, random = self.plan, self.random
        tails = [tail for tail in plan.into(path) if not plan.crosses(tail, path, unit)]
        come = {tail: parts[unit] for tail, parts in moved if unit in parts and tail in tails}
        total = sum(come.values())
        if groups := plan.alike(path, list(come), unit):
            sizes = [sum(come[tail] for tail in group) for group in groups]
            total += random.randint(max(sizes), sum(sizes)) - sum(sizes)
        if not plan.into(path) or len(tails) < len(plan.into(path)):
            total += random.choice((0, 5, 30, 200)) + random.randint(0, 9)
        return total

    def divided(self, whole: int, heads: list[Path], out: list[Path], *, shared: bool) -> dict[Path, int]:
        """Divide who goes on from a box; arms that share their people each have some of what they have together."""
        every = bool(heads) and heads == out
        arms = [head for head in heads if shared and head in self.plan.arms]
        apart = [head for head in heads if head not in arms]
        parts = [part[0] for part in self.shares([whole], len(apart) + bool(arms) + (not every))]
        found = dict(zip(apart, parts, strict=False))
        if arms:
            most = parts[len(apart)]
            found |= {arm: self.random.randint(0, most) for arm in arms}
            if every and sum(found[arm] for arm in arms) < most:
                found[self.random.choice(arms)] = most
        return found

    def arm(self, path: Path, n: Vector, moved: Moved) -> None:
        self.set(path, self.plan.arms[path], n)
        units = self.plan.at[path][0]
        heads = [head for tail, head in self.plan.moves if tail == path]
        for unit, number in zip(units, n, strict=True):
            going = [head for head in heads if not self.plan.crosses(path, head, unit)]
            if self.plan.arms[path].get("stages"):
                found = dict.fromkeys(going, number)
            else:
                found = self.divided(number, going, self.plan.out(path), shared=False)
            for head, part in found.items():
                moved[head].append((path, {unit: part}))

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

    def several(self, boxes: list[Path], unit: str) -> bool:
        """Whether boxes stand in several arms of one split that share a unit."""
        found = {self.plan.shared(box, unit) for box in boxes} - {None}
        return len(found) > len({split for split, _ in found})  # type: ignore[misc] # None is taken out

    def sets(self) -> None:
        random = self.random
        for index, item in enumerate(self.data.get("analysis_sets", ())):
            path: Path = ("analysis_sets", index)
            units = units_of(self.plan, self.data, path)
            of = [end for name in item["of"] for end in self.plan.ends(self.plan.named[name])]
            whole = [sum(self.truth[other, unit] for other in of) for unit in units]
            if any(self.plan.dated_apart(path, other, self.data) for other in of):
                item.pop("unexplained", None)
                whole = [random.randint(0, 200) for _ in units]
            if "unexplained" in item:
                gap = [random.randint(0 if item.get("partial") else -2, min(2, number)) for number in whole]
                self.gap(item, path, gap)
                whole = [a - b for a, b in zip(whole, gap, strict=True)]
            exact = ("excluded" in item or "unexplained" in item) and not item.get("partial", False)
            out = item.get("excluded", [])
            several = len({self.plan.shared(other, unit) for other in of for unit in units} - {None}) > 1
            n, *gone = self.shares(whole, 1 + len(out) + (not exact or several))
            if several and exact:  # what is exact for a unit that no two arms share is so too
                alone = [place for place, unit in enumerate(units) if not self.several(of, unit)]
                for place in alone:
                    n[place] += gone[-1][place]
            if "within" in item and not self.plan.dated_apart(path, self.plan.named[item["within"]], self.data):
                most = [self.truth[self.plan.named[item["within"]], unit] for unit in units]
                if any(a > b for a, b in zip(n, most, strict=True)):
                    raise DeadEndError
            self.set(path, item, n)
            for number, reason in enumerate(out):
                self.set((*path, "excluded", number), reason, gone[number])
                self.reasons(reason, (*path, "excluded", number, "reasons"), gone[number], units)
            self.details(item, path, n, "outcomes")
