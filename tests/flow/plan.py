"""A study's plain data as its language describes it: the boxes, their units, who moves where, and what has a count.

Shares no code with the package: the oracle and the generator stand on it. Studies are plain data with lists for reasons
and details, and ids that are unique in the study.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Path = tuple[str | int, ...]
Key = tuple[Path, str]
"""A count: the path of what has it, and its unit."""
Holder = tuple[Path, Mapping[str, Any], tuple[str, ...], Path | None]

__all__ = ["Key", "Path", "Plan", "accounts_of", "node", "units_of"]


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
                    found = [arm] if inside and arm is not None else self.ends(tail)
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
                    ends = self._lists(
                        inner.get("stages", ()),
                        (*there, "stages"),
                        [there],
                        there,
                        units,
                    )
                    previous += ends
        return previous

    def ends(self, path: Path) -> list[Path]:
        """Return where people leave a box by: an arm by its last boxes, those that lead nowhere inside it.

        An arm without stages is a box too.
        """
        if path not in self.arms or not self.arms[path].get("stages"):
            return [path]
        bare = [arm for arm, item in self.arms.items() if not item.get("stages")]
        inside = [box for box in sorted([*self.stages, *bare]) if box[: len(path)] == path]
        leading = {tail for tail, head in self.moves if head[: len(path)] == path} | set(self.split.values())
        return [stage for stage in inside if stage not in leading]

    def into(self, head: Path) -> list[Path]:
        """Return where people come to a stage from."""
        return [tail for tail, other in self.moves if other == head]

    def out(self, tail: Path) -> list[Path]:
        """Return where people go from a stage: stages, and the arms it splits into."""
        return [head for other, head in self.moves if other == tail] + [
            arm for arm, split in self.split.items() if split == tail
        ]

    def crosses(self, tail: Path, head: Path, unit: str) -> bool:
        """Whether units or dates change between two, but for a unit that is kept.

        An arm counts what its split does: they change only after it.
        """
        (before, date), (after, other) = self.at[tail], self.at[head]
        kept = unit in self.stages.get(head, {}).get("keeps", ()) and unit in before and unit in after
        return date != other or (before != after and not kept)

    def shared(self, path: Path, unit: str) -> tuple[Path, Path] | None:
        """Return the outermost split of which a unit may be in several arms, and the arm that a box is in."""
        for long in range(2, len(path) + 1):
            arm = path[:long]
            if arm in self.arms and unit in self.stages[self.split[arm]].get("overlapping", ()):
                return self.split[arm], arm
        return None

    def alike(self, head: Path, tails: Sequence[Path], unit: str) -> list[list[Path]]:
        """Return those before a stage that may be the same people, arm by arm; each alone where arms within share."""
        arms: dict[Path, dict[Path, list[Path]]] = {}
        for tail in tails:
            found = self.shared(tail, unit)
            if found is None or head[: len(found[1])] == found[1]:
                continue
            split, arm = found
            within = [tail[:long] for long in range(len(arm) + 1, len(tail) + 1) if tail[:long] in self.arms]
            twice = any(unit in self.stages[self.split[inner]].get("overlapping", ()) for inner in within)
            arms.setdefault(split, {}).setdefault(tail if twice else arm, []).append(tail)
        several = [list(groups.values()) for groups in arms.values() if len(groups) > 1]
        return several[0] if several else []

    def date(self, path: Path, data: Mapping[str, Any]) -> Any:
        """Return the date of a set, or of a box."""
        if path[0] != "analysis_sets":
            return self.at[path][1]
        item = data["analysis_sets"][path[1]]
        return item.get("cutoff") or self.date(self.named[item["of"][0]], data)

    def dated_apart(self, one: Path, other: Path, data: Mapping[str, Any]) -> bool:
        """Whether a set and what it is part of have different dates, one of them a set's own."""
        own = any(path[0] == "analysis_sets" and "cutoff" in data["analysis_sets"][path[1]] for path in (one, other))
        return own and self.date(one, data) != self.date(other, data)

    def flow(self, tail: Path, head: Path) -> Path:
        """Return the name of a movement: an arm is its own."""
        if head in self.arms and self.split[head] == tail:
            return head
        if tail in self.arms and self.arms[tail].get("stages"):
            return tail
        return ("move", *tail, "to", *head)


def node(data: Any, path: Path) -> Any:
    """Return what stands at a path of a study."""
    for part in path:
        data = data[part]
    return data


def units_of(plan: Plan, data: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """Return the units of a stage, exit, arm or set."""
    if path[0] == "analysis_sets":
        return units_of(plan, data, plan.named[data["analysis_sets"][path[1]]["of"][0]])
    return plan.at[path][0]


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
