"""Random forms of studies, as plain data without a number: stages, arms, merges, exits, reasons, sets and transfers.

Everything has an id or a path, so that nobody needs names of their own for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from random import Random
from typing import Any

from plan import Path, Plan, node

__all__ = ["form"]

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


def form(random: Random) -> dict[str, Any]:
    """Return a random study without its numbers."""
    return _Form(random).study()


class _Form:
    """Draws what a study is made of, box by box."""

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
        data: dict[str, Any] = {
            "study": {"units": units},
            "stages": self.stages(0, trunk=True),
        }
        plan = Plan(data)
        for path, stage in plan.stages.items():
            if "overlapping" in stage:
                units = plan.at[path][0]
                stage["overlapping"] = self.random.sample(units, self.random.randint(1, len(units)))
            before = {unit for tail in plan.into(path) for unit in plan.at[tail][0]}
            if not {"people"} <= before:
                stage.pop("keeps", None)
        stages = list(plan.stages)
        if self.odds(0.4):
            data["analysis_sets"] = self.sets(plan, stages)
        if self.odds(0.4) and len(stages) > 2:
            data["transfers"] = self.transfers(plan, stages)
        exits = [(path, node(data, path)) for path in plan.at if "exits" in path[-2:]]
        if len(exits) > 1 and self.odds(0.25):
            data["pooled"] = self.pooled(plan, exits)
        return data

    def stages(self, depth: int, *, trunk: bool = False) -> list[dict[str, Any]]:
        random = self.random
        made: list[dict[str, Any]] = []
        again: list[str] = []  # what the stage before came from, for another that its people divide between
        for index in range(random.randint(1, 5 if depth == 0 else 3)):
            self.left -= 1
            stage: dict[str, Any] = {"kind": random.choice(KINDS), "id": self.name("s")}
            if self.odds((0.05 if index else 0) if trunk else 0.02):
                change = ({"unit": "blocks"}, {"cutoff": "2024-05-05"}, {"units": ["blocks", "people"]})
                stage.update(random.choice(change))
                if "units" in stage and self.odds(0.7):
                    stage["keeps"] = ["people"]
            if again:
                stage["from"], again = again, []
            elif index and made[-1].get("arms") and self.odds(0.3):
                stage["from"] = again = [arm["id"] for arm in made[-1]["arms"]]
            elif index > 1 and self.odds(0.3):
                chosen = [name for i in range(index - 1) if self.odds(0.5) for name in self.leaving(made[i])]
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
                if self.odds(0.15):
                    stage["overlapping"] = True
                for _ in range(random.randint(2, 3)):
                    arm: dict[str, Any] = {"label": "Arm", "id": self.name("a")}
                    if not self.odds(0.15):
                        arm["stages"] = self.stages(depth + 1)
                        if self.odds(0.1):
                            arm["stages"][0]["from"] = [
                                stage["id"],
                                *random.sample([s["id"] for s in made[:-1]], min(1, index)),
                            ]
                    stage["arms"].append(arm)
        return made

    def leaving(self, stage: dict[str, Any]) -> list[str]:
        """Return what `from` names to draw people from a stage: the stage, or some of its arms."""
        arms = [arm["id"] for arm in stage.get("arms", ())]
        return self.random.sample(arms, self.random.randint(1, len(arms))) if arms and self.odds(0.5) else [stage["id"]]

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
        crossing = self.odds(0.25)  # the same people divided in two ways
        for index in range(2 if crossing else self.random.randint(1, 2)):
            lines: list[dict[str, Any]] = [
                {"label": f"Line {index} {n}"} for n in range(self.random.randint(1 + crossing, 3))
            ]
            for line in lines:
                if self.odds(0.25):
                    line.update(self.reasons(1))
            made.extend([{"partition": lines}] if crossing or self.odds(0.3) else lines)
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
                if self.odds(0.15) and (
                    arms := [
                        arm
                        for arm in plan.arms
                        if plan.at[arm] == plan.at[of[0]]
                        and all(plan.at[end] == plan.at[arm] for end in plan.ends(arm))
                    ]
                ):
                    of = [random.choice(arms)]
                    item["of"] = [plan.arms[of[0]]["id"]]
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
            if self.odds(0.06):
                item["cutoff"] = "2025-05-05"
            if self.odds(0.3):
                item["outcomes"] = self.details()
            made.append(item)
        return made

    def transfers(self, plan: Plan, stages: list[Path]) -> list[dict[str, Any]]:
        random = self.random
        siblings = [(a, b) for a in plan.arms for b in plan.arms if a < b and plan.split[a] == plan.split[b]]
        inside = {arm: [stage for stage in stages if stage[:-1] == (*arm, "stages")] for arm in plan.arms}
        apart = [pair for pair in siblings if all(inside[arm] for arm in pair)]
        if apart and self.odds(0.5):  # a crossover
            one, other = random.choice(apart)
            pairs = [(random.choice(inside[one]), random.choice(inside[other])) for _ in range(2)]
            ends = [pairs[0], pairs[1][::-1]]
        else:
            ends = [tuple(random.sample(stages, 2)) for _ in range(random.randint(1, 2))]
        made = []
        for index, (tail, head) in enumerate(ends):
            if plan.at[tail] != plan.at[head]:
                continue
            leave = plan.stages[tail]["id"]
            exits = plan.stages[tail].get("exits")
            if exits and self.odds(0.4):
                leave = random.choice(exits)["id"]
            made.append(
                {
                    "id": f"t{index}",
                    "from": leave,
                    "to": plan.stages[head]["id"],
                    "counted": self.odds(0.8),
                }
            )
        return made

    def pooled(self, plan: Plan, exits: list[tuple[Path, Mapping[str, Any]]]) -> list[dict[str, Any]]:
        path, _ = self.random.choice(exits)
        fitting = [item["id"] for other, item in exits if plan.at[other] == plan.at[path]]
        over = self.random.sample(fitting, min(len(fitting), self.random.randint(2, 3)))
        return [{"id": "pool", "label": "Pooled", "over": over, **self.reasons(1)}]
