"""Random valid studies as plain data, with the true number of everything, and what can be done to them.

A study is grown in two steps: its form (stages, arms, merges, exits, reasons, details, sets, transfers), then numbers
that people walking through it leave behind. Everything has an id or a path, so the oracle needs no names of its own.
"""

from __future__ import annotations

import copy
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from oracle import Key, Path, Plan, accounts_of, units_of

__all__ = ["FLOWS", "Flow", "blank", "corrupt", "grow", "ids", "node"]

FLOWS = int(os.environ.get("CONSORTFLOW_FLOWS", "30"))
"""How many random flows each property looks at; set CONSORTFLOW_FLOWS for a long session."""

KINDS = (
    "screening",
    "enrollment",
    "apheresis",
    "infusion",
    "randomization",
    "allocation",
    "treatment",
    "follow-up",
    "analysis",
)
Vector = list[int]


class _DeadEndError(Exception):
    """The numbers do not fit the form: people are to return who never left. Grow another."""


@dataclass
class Flow:
    """A study as plain data, and the truth about it."""

    data: dict[str, Any]
    truth: dict[Key, int]


def node(data: Any, path: Path) -> Any:
    """Return what stands at a path of a study."""
    for part in path:
        data = data[part]
    return data


def ids(solution: Any) -> dict[Path, str]:
    """Return the full id of every account by its path."""
    return {account.path: full for full, account in solution.network.accounts.items()}


def grow(random: Random) -> Flow:
    """Return a random valid flow with every count stated."""
    while True:
        data = _Form(random).study()
        try:
            return Flow(data, _Numbers(random, data).count())
        except _DeadEndError:
            continue


class _Form:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.made: defaultdict[str, int] = defaultdict(int)
        self.left = random.choice((4, 8, 14))  # stages still to be made

    def name(self, letter: str) -> str:
        self.made[letter] += 1
        return f"{letter}{self.made[letter]}"

    def odds(self, chance: float) -> bool:
        return self.random.random() < chance

    def study(self) -> dict[str, Any]:
        units = ["homes", "people"] if self.odds(0.2) else ["people"]
        data: dict[str, Any] = {"study": {"units": units}, "stages": self.stages(0, trunk=True)}
        plan = Plan(data)
        stages = list(plan.stages)
        if self.odds(0.4):
            data["analysis_sets"] = self.sets(plan, stages)
        if self.odds(0.3) and len(stages) > 2:
            data["transfers"] = self.transfers(plan, stages)
        exits = [(path, node(data, path)) for path in plan.at if "exits" in path[-2:]]
        if len(exits) > 1 and self.odds(0.25):
            data["pooled"] = self.pooled(plan, exits)
        return data

    def stages(self, depth: int, *, trunk: bool = False) -> list[dict[str, Any]]:
        random = self.random
        made: list[dict[str, Any]] = []
        since = 0  # the first stage that `from` may name: nothing is drawn from before a change of unit
        for index in range(random.randint(1, 5 if depth == 0 else 3)):
            self.left -= 1
            stage: dict[str, Any] = {"kind": random.choice(KINDS), "id": self.name("s")}
            if trunk and index and self.odds(0.05):
                stage.update(random.choice(({"unit": "blocks"}, {"cutoff": "2024-05-05"})))
                since = index
            elif index - since > 1 and self.odds(0.3):
                chosen = [made[i]["id"] for i in range(since, index - 1) if self.odds(0.5)]
                if chosen and (self.odds(0.8) or not made[-1].get("arms")):
                    if not made[-1].get("arms"):
                        chosen.append(made[-1]["id"])
                    stage["from"] = chosen
            if self.odds(0.15 if index else 0.3):
                stage["enters"] = [{"label": f"Source {i}"} for i in range(random.randint(1, 3))]
            if self.odds(0.5):
                stage["exits"] = [self.exit() for _ in range(random.choice((1, 1, 1, 2)))]
            if self.odds(0.2):
                stage["details"] = self.details()
            if self.odds(0.08):
                stage["unexplained"] = {}
            made.append(stage)
            if depth < 2 and self.left > 0 and self.odds(0.35):
                stage["arms"] = []
                for _ in range(random.randint(2, 3)):
                    arm: dict[str, Any] = {"label": "Arm", "id": self.name("a")}
                    if not self.odds(0.15):
                        arm["stages"] = self.stages(depth + 1)
                        if self.odds(0.1):
                            arm["stages"][0]["from"] = [
                                stage["id"],
                                *random.sample([s["id"] for s in made[since:-1]], min(1, index - since)),
                            ]
                    stage["arms"].append(arm)
        return made

    def exit(self) -> dict[str, Any]:
        made: dict[str, Any] = {"id": self.name("x"), "label": "Left"}
        if self.odds(0.6):
            made.update(self.reasons(0, gap=True))
        if self.odds(0.15):
            made["also"] = [{"label": f"By {i}", **self.reasons(1)} for i in range(self.random.randint(1, 2))]
        if self.odds(0.1):
            made["details"] = self.details()
        return made

    def reasons(self, depth: int, *, gap: bool = False) -> dict[str, Any]:
        made: dict[str, Any] = {"reasons": []}
        for index in range(self.random.randint(1, 4)):
            reason: dict[str, Any] = {"label": f"Reason {index}"}
            if depth < 2 and self.odds(0.25):
                reason.update(self.reasons(depth + 1))
            made["reasons"].append(reason)
        if self.odds(0.15):
            made["overlapping"] = True
        if self.odds(0.15):
            made["partial"] = True
        if gap and "overlapping" not in made and self.odds(0.15):
            made["unexplained"] = {}
        return made

    def details(self) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        for index in range(self.random.randint(1, 2)):
            lines: list[dict[str, Any]] = [{"label": f"Line {index} {n}"} for n in range(self.random.randint(1, 3))]
            for line in lines:
                if self.odds(0.25):
                    line.update(self.reasons(1))
            made.extend([{"partition": lines}] if self.odds(0.4) else lines)
        return made

    def sets(self, plan: Plan, stages: list[Path]) -> list[dict[str, Any]]:
        random = self.random
        made: list[dict[str, Any]] = []
        for index in range(random.randint(1, 3)):
            item: dict[str, Any] = {"id": self.name("set"), "label": f"Set {index}"}
            inside = None
            if made and self.odds(0.3):
                item["of"] = [random.choice(made)["id"]]
            else:
                of = [random.choice(stages)]
                other = random.choice(stages)
                if other != of[0] and plan.at[other] == plan.at[of[0]] and self.odds(0.3):
                    of.append(other)
                item["of"] = [plan.stages[path]["id"] for path in of]
                inside = [
                    arm
                    for arm in plan.arms
                    if len(of) == 1 and plan.at[arm] == plan.at[of[0]] and of[0][: len(arm)] == arm
                ]
            if inside and self.odds(0.5):
                item["within"] = plan.arms[random.choice(inside)]["id"]
            if self.odds(0.5):
                item["excluded"] = self.reasons(1)["reasons"] if self.odds(0.85) else []
                if self.odds(0.2):
                    item["partial"] = True
            if self.odds(0.1):
                item["unexplained"] = {}
            if self.odds(0.3):
                item["outcomes"] = self.details()
            made.append(item)
        return made

    def transfers(self, plan: Plan, stages: list[Path]) -> list[dict[str, Any]]:
        random = self.random
        made = []
        for index in range(random.randint(1, 2)):
            tail, head = random.sample(stages, 2)
            if plan.at[tail] != plan.at[head]:
                continue
            leave = plan.stages[tail]["id"]
            exits = plan.stages[tail].get("exits")
            if exits and self.odds(0.5):
                leave = random.choice(exits)["id"]
            made.append({"id": f"t{index}", "from": leave, "to": plan.stages[head]["id"], "counted": self.odds(0.8)})
        return made

    def pooled(self, plan: Plan, exits: list[tuple[Path, Mapping[str, Any]]]) -> list[dict[str, Any]]:
        path, _ = self.random.choice(exits)
        fitting = [item["id"] for other, item in exits if plan.at[other] == plan.at[path]]
        over = self.random.sample(fitting, min(len(fitting), self.random.randint(2, 3)))
        return [{"id": "pool", "label": "Pooled", "over": over, **self.reasons(1)}]


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
                joined = [[random.choice((0, 5, 30, 200)) + random.randint(0, 9) for _ in range(width)]]
            for number, item in enumerate(stage.get("enters", ())):
                here = [random.randint(0, 9) for _ in range(width)]
                self.set((*path, "enters", number), item, here)
                joined = [*joined, here] if plan.into(path) or number else [here]
            for index, item in transfers:
                if item["counted"] and plan.named[item["to"]] == path:
                    joined = [*joined, back[index] if index in back else walked["transfers", index]]
            n = [sum(part) for part in zip(*joined, strict=True)] if joined else [0] * width
            self.set(path, stage, n)
            self.details(stage, path, n)
            rest = self.leave(path, stage, n, back, walked)
            heads = plan.out(path)
            if heads and not any(plan.crosses(path, head) for head in heads):
                if "unexplained" in stage:
                    gap = [random.randint(-3, min(3, number)) for number in rest]
                    rest = [a - b for a, b in zip(rest, gap, strict=True)]
                    self.gap(stage, path, gap)
                for head, part in zip(heads, self.shares(rest, len(heads)), strict=True):
                    moved[head].append(part)
                    if head in plan.arms:
                        self.arm(head, part, moved)
            elif heads:
                for head in heads:
                    if head in plan.arms:
                        self.arm(head, [random.randint(0, 9) for _ in range(width)], moved)
                stage.pop("unexplained", None)
            else:
                stage.pop("unexplained", None)
        self.sets()
        for index, item in enumerate(data.get("pooled", ())):
            over = [plan.named[name] for name in item["over"]]
            units = plan.at[over[0]][0]
            whole = [sum(self.truth[path, unit] for path in over) for unit in units]
            for unit, number in zip(units, whole, strict=True):
                self.truth[("pooled", index), unit] = number
            self.reasons(item, ("pooled", index, "reasons"), whole, units)
        return self.truth

    def arm(self, path: Path, n: Vector, moved: dict[Path, list[Vector]]) -> None:
        self.set(path, self.plan.arms[path], n)
        heads = [head for tail, head in self.plan.moves if tail == path]
        if self.plan.arms[path].get("stages"):
            for head in heads:
                moved[head].append(n)
        elif heads:
            for head, part in zip(heads, self.shares(n, len(heads)), strict=True):
                moved[head].append(part)

    def leave(
        self, path: Path, stage: dict[str, Any], n: Vector, back: dict[int, Vector], walked: dict[Path, Vector]
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
                raise _DeadEndError
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
                        raise _DeadEndError
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
                parts, places = [[self.random.randint(0, number) for number in n]], [(here, item)]
            for part, (place, line) in zip(parts, places, strict=True):
                self.set(place, line, part)
                self.reasons(line, (*place, "reasons"), part, self.units_at(place))

    def reasons(self, item: dict[str, Any], path: Path, whole: Vector, units: tuple[str, ...]) -> None:
        if not item.get("reasons"):
            return
        random, count = self.random, len(item["reasons"])
        overlapping, partial = item.get("overlapping", False), item.get("partial", False)
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
            of = [self.plan.named[name] for name in item["of"]]
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
                    raise _DeadEndError
            self.set(path, item, n)
            for number, reason in enumerate(out):
                self.set((*path, "excluded", number), reason, gone[number])
                self.reasons(reason, (*path, "excluded", number, "reasons"), gone[number], units)
            self.details(item, path, n, "outcomes")


def _printed(n: int, of: int, digits: int) -> Fraction:
    scale = 10**digits
    return Fraction((2 * 100 * scale * n + of) // (2 * of), scale)


def _said(random: Random, n: int, base: tuple[str | None, int] | None) -> Any:
    """Return another way to say a number, or nothing."""
    draw = random.random()
    if draw < 0.4:
        return None
    if draw < 0.5:
        return "unknown"
    if draw < 0.6:
        return f"<={n + random.randint(0, 4)}"
    if draw < 0.65:
        return f"<{n + random.randint(1, 4)}"
    if draw < 0.75:
        return f">={max(n - random.randint(0, 4), 0)}"
    if draw < 0.85 or base is None or not base[1] or n > base[1]:
        return f"{max(n - random.randint(0, 3), 0)}-{n + random.randint(0, 3)}"
    name, of = base
    percent = _printed(n, of, random.choice((0, 0, 1)))
    if not percent:  # 0% of an unknown number: see test_balance
        return None
    said: dict[str, Any] = {"percent": float(percent) if percent.denominator > 1 else int(percent)}
    if name is not None:
        said["of"] = name
    if random.random() < 0.3:
        said["n"] = n
    return said


def blank(random: Random, flow: Flow, *, share: float | None = None) -> Flow:
    """Return the flow with some of its counts left out, or said as a bound or a percentage."""
    data = copy.deepcopy(flow.data)
    share = random.choice((0.15, 0.4, 0.7, 0.95)) if share is None else share
    plan = Plan(data)
    boxes = [("exit", path) for path in plan.at if "exits" in path[-2:]] + [("stage", path) for path in plan.stages]
    for path, item, units, box in list(accounts_of(data, plan)):
        if "n" not in item or random.random() > share:
            continue
        if len(units) > 1:
            left = {}
            for unit in units:
                said = item["n"][unit] if random.random() < 0.4 else _said(random, item["n"][unit], None)
                if said is not None:
                    left[unit] = said
            node(data, path).pop("n")
            if left:
                node(data, path)["n"] = left
            continue
        base: tuple[str | None, int] | None = None
        if box is not None and (box, units[0]) in flow.truth and random.random() < 0.6:
            base = None, flow.truth[box, units[0]]
        elif boxes:
            _, other = random.choice(boxes)
            if plan.at[other][0] == units and other != path:
                base = node(data, other)["id"], flow.truth[other, units[0]]
        said = _said(random, item["n"], base)
        node(data, path).pop("n")
        if said is not None:
            node(data, path)["n"] = said
    return Flow(data, flow.truth)


def stated(data: Mapping[str, Any]) -> list[tuple[Path, str | None]]:
    """Return where whole numbers are stated: the path of the item, and the unit where there are several."""
    found: list[tuple[Path, str | None]] = []
    for path, item, units, _ in accounts_of(data, Plan(data)):
        said = item.get("n")
        if isinstance(said, int):
            found.append((path, None))
        elif isinstance(said, dict) and len(units) > 1:
            found += [(path, unit) for unit in units if isinstance(said.get(unit), int)]
    return found


def corrupt(random: Random, flow: Flow) -> Flow | None:
    """Return the flow with one stated number typed wrong; None where it states none."""
    places = stated(flow.data)
    if not places:
        return None
    data = copy.deepcopy(flow.data)
    path, unit = random.choice(places)
    item = node(data, path)
    holder, key = (item, "n") if unit is None else (item["n"], unit)
    holder[key] = (
        max(0, holder[key] + random.choice((-10, -2, -1, 1, 2, 9))) if random.random() < 0.9 else random.randint(0, 300)
    )
    return Flow(data, flow.truth)
