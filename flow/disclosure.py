"""Disclosure control: counts so small that they might point at a person are hidden, or all counts are rounded.

A hidden count is safe where a reader who knows everything else that is printed, and how the flow adds up, still cannot
tell which number below the threshold it is. That reader is our own solver: counts are hidden until it learns nothing.
What is published is a study of its own, with the hidden counts as bounds; figures, tables and legends are made from it,
so that no number can come by another way. Rounding after the schemes of OpenSAFELY (docs.opensafely.org,
"Updated output checking processes", 2022): to the nearest 5, or to the midpoints of groups of six.
"""

from __future__ import annotations

import os
from math import inf
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from consortflow.building import build
from consortflow.schemas.count import Count
from consortflow.schemas.errors import DisclosureError
from consortflow.schemas.study import Study
from consortflow.solving import Interval, Masked, Solution, Status, settle, solve_network

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from consortflow.balance import System
    from consortflow.network import FlowNetwork, Path

__all__ = ["Disclosure", "Published", "midpoint", "nearest", "publish", "published"]

KINDS_FIRST = ("outcome", "reason", "detail", "enter", "transfer", "pooled", "exit", "set", "arm", "stage")
"""What is hidden to protect another count, the least missed first."""
FEW = 80
"""Counts hidden to protect others, up to which it is tried whether one of them is needed after all."""


class Disclosure(NamedTuple):
    """What is done to counts before anybody sees them."""

    kind: Literal["mask", "round", "midpoint"]
    number: int
    """mask: counts from 1 to this less one are hidden. round, midpoint: the width of the groups of counts."""


class Published(Solution):
    """A solved flow as it may be shown: what is hidden is a bound, what is rounded is a round number."""

    shown: dict[tuple[str, str], Interval]
    """What is printed for a count, where that is not what a reader can work out."""
    rule: Disclosure | None = None

    def interval(self, full: str, unit: str | None = None) -> Interval:
        """Return what is printed for the count of an account; see `Solution.interval`."""
        unit = unit if unit is not None else self.network.account(full).units[0]
        return self.shown.get((full, unit)) or super().interval(full, unit)

    def status(self, full: str, unit: str) -> Status:
        """Return masked or rounded where the count is, and how it is known otherwise."""
        if (full, unit) in self.shown:
            return "masked" if isinstance(self.shown[full, unit], Masked) else "rounded"
        return super().status(full, unit)


def nearest(n: int, group: int) -> int:
    """Return a count rounded to the nearest multiple of `group`, halves up.

    >>> [nearest(n, 5) for n in (0, 2, 3, 7, 8)]
    [0, 0, 5, 5, 10]
    """
    return (2 * n + group) // (2 * group) * group


def midpoint(n: int, group: int) -> int:
    """Return the middle of the group of `group` counts that a count is in; none is a group of its own.

    >>> [midpoint(n, 6) for n in (0, 1, 6, 7, 12, 13)]
    [0, 3, 3, 9, 9, 15]
    """
    return 0 if n == 0 else -(-n // group) * group - group // 2


def publish(study: Study | str | os.PathLike[str], disclosure: Disclosure) -> Published:
    """Return the solved flow of a study, or of the study file at a path, as `disclosure` allows it to be shown.

    `.network.study` of the result is the study to hand on. Raises InvalidStudyError where the study has errors,
    DisclosureError (a ValueError) where it cannot be protected, FileError where a file cannot be read.
    """
    from consortflow.checking import solved

    return published(solved(study), disclosure)


def published(solution: Solution, rule: Disclosure) -> Published:
    """Return a solved flow as `rule` allows it to be shown; its network's study is what may be handed on.

    `rule.number` is at least 2. Raises DisclosureError where the counts contradict, or cannot be protected.
    """
    if rule.number < 2:
        raise DisclosureError(f"there is nothing to protect below 2, and {rule.number} was asked for")
    if not solution.ok:
        raise DisclosureError("counts that contradict cannot be protected: mend them first")
    whole = _with_gaps_as_people(solution.network.study, rule)
    known = solve_network(build(whole))
    bare = _without_counts(whole)
    system = solve_network(build(bare)).system
    truth = {key: known.interval(*key) for key in system.index if key[0] in known.network.accounts}
    states = _masked(system, truth, rule.number) if rule.kind == "mask" else _rounded(known.network, truth, rule)
    made = solve_network(build(_stated(bare, known, states, rule)))
    if not made.ok:  # what is published holds for the true counts
        raise DisclosureError("; ".join(conflict.message for conflict in made.conflicts))
    result = Published(made.network, made.system, made.low, made.high, made.conflicts, made.notes)
    result.rule = rule
    result.shown = _shown(truth, states, rule)
    return result


def _shown(
    truth: dict[tuple[str, str], Interval], states: dict[tuple[str, str], Interval], rule: Disclosure
) -> dict[tuple[str, str], Interval]:
    if rule.kind == "mask":
        return {key: state for key, state in states.items() if isinstance(state, Masked)}
    rounding = nearest if rule.kind == "round" else midpoint
    rounded = {key: rounding(interval.n, rule.number) for key, interval in truth.items() if interval.n is not None}
    return {key: Interval(number, number) for key, number in rounded.items()}


def _rounded(
    network: FlowNetwork, truth: dict[tuple[str, str], Interval], rule: Disclosure
) -> dict[tuple[str, str], Interval]:
    """Return the interval that each rounded count stands for; a count that is not known stays as it is."""
    group = rule.number
    states = {key: interval for key, interval in truth.items() if network.account(key[0]).kind != "pooled"}
    for key, interval in list(states.items()):
        if (n := interval.n) is None:
            continue
        if rule.kind == "round":
            number = nearest(n, group)
            states[key] = Interval(max(number - group // 2, 0), number + (group - 1) // 2)
        else:
            top = -(-n // group) * group
            states[key] = Interval(0, 0) if n == 0 else Interval(top - group + 1, top)
    return states


def _masked(system: System, truth: dict[tuple[str, str], Interval], least: int) -> dict[tuple[str, str], Interval]:
    """Return what is stated of each count so that none from 1 to `least` - 1 can be told."""
    exact = {system.index[key]: interval.n for key, interval in truth.items() if interval.n is not None}
    # what is pooled has no number of its own in a study file, only that of the exits it is over
    names = {system.index[key]: key for key in truth if system.network.account(key[0]).kind != "pooled"}
    remainders = _remainders(system, exact)
    small = {variable for variable, n in exact.items() if 0 < n < least}
    guarded = small | {variable for variable, n in remainders.items() if 0 < n < least}
    hidden = small & names.keys()
    silent: set[int] = set()  # hidden, and not even a bound is told: for flows with too few other counts

    def stated(variable: int) -> tuple[int, int | float]:
        n = exact.get(variable)
        if n is None or variable in silent:
            return system.low[variable], system.high[variable]
        if variable not in hidden:
            return n, n
        return (0, least - 1) if n < least else (least, inf)

    def told() -> list[int]:
        """Return the counts of which a reader would learn more than that they are small."""
        low, high = list(system.low), list(system.high)
        for variable in names:
            low[variable], high[variable] = stated(variable)
        settle(range(len(system.terms)), system.terms, system.values, low, high, guarded)
        return [
            variable
            for variable in sorted(guarded)
            if low[variable] > 1 or high[variable] < least - 1 or low[variable] == high[variable]
        ]

    added: list[int] = []
    while leaks := told():
        if covers := _covers(system, leaks, exact, names.keys() - hidden):
            hidden |= covers
            added += sorted(covers)
            continue
        untold = hidden - silent
        covers = _covers(system, leaks, exact, untold - guarded) or _covers(system, leaks, exact, untold)
        if not covers:
            raise DisclosureError(f"not all counts below {least} can be hidden: the flow has too few other counts")
        silent |= covers
    if len(added) <= FEW:
        for variable in (cover for cover in reversed(added) if cover not in silent):
            hidden.discard(variable)
            if told():
                hidden.add(variable)
    found: dict[tuple[str, str], Interval] = {}
    for variable, key in names.items():
        low, high = stated(variable)
        interval = Interval(int(low), None if high == inf else int(high))
        found[key] = Masked(*interval) if variable in hidden else interval
    return found


def _remainders(system: System, exact: dict[int, int]) -> dict[int, int]:
    """Return how many people are in a box and not in the part of it that is named, by the variable of that slack."""
    from consortflow.rules.balance import SET

    found: dict[int, int] = {}
    for equation, terms, value in zip(system.equations, system.terms, system.values, strict=True):
        people = equation.relation == ">=" or (
            equation.relation == "<=" and (equation.rule is SET or len(equation.parts) == 1)
        )
        coefficient, slack = terms[-1]
        if people and system.names[slack] is None and all(variable in exact for _, variable in terms[:-1]):
            found[slack] = (value - sum(c * exact[variable] for c, variable in terms[:-1])) // coefficient
    return found


def _covers(system: System, leaks: Sequence[int], exact: dict[int, int], open_: AbstractSet[int]) -> set[int]:
    """Return for each leak which of the open counts to hide next: of the nearest, the one that is missed least."""
    found = (_cover(system, leak, exact, open_) for leak in leaks)
    return {cover for cover in found if cover is not None}


def _cover(system: System, leak: int, exact: dict[int, int], open_: AbstractSet[int]) -> int | None:
    reached, front = {leak}, {leak}
    while front:
        near = {
            variable
            for known in front
            for equation in system.holding[known]
            for _, variable in system.terms[equation]
            if variable not in reached
        }
        if found := [variable for variable in near if variable in open_ and variable in exact]:
            return min(found, key=lambda v: _missed(system, v, exact[v]))
        reached |= near
        front = near
    return None


def _missed(system: System, variable: int, n: int) -> tuple[bool, int, int, int]:
    full, _ = system.names[variable] or ("", "")
    kind = system.network.account(full).kind
    return n == 0, KINDS_FIRST.index(kind) if kind in KINDS_FIRST else -1, n, variable


def _with_gaps_as_people(study: Study, rule: Disclosure) -> Study:
    """Return a study in which people whom the source cannot account for stand where counts are protected.

    A gap is a number of people as any other, and it is no count that can be hidden where it stands: it becomes an exit
    of its stage, or a reason among those of its exit or set.
    """
    data = _plain(study)
    data.pop("records", None)
    for stage in _stages(data["stages"]):
        _gap_among(stage, "exits", rule)
        for exit_ in stage.get("exits", ()):
            _gap_among(exit_, "reasons", rule)
    for set_ in data.get("analysis_sets", ()):
        _gap_among(set_, "excluded", rule)
    return Study.model_validate(data)


def _gap_among(holder: dict[str, Any], key: str, rule: Disclosure) -> None:
    gap = holder.get("unexplained")
    if gap is None:
        return
    numbers = list(gap["n"].values()) if isinstance(gap["n"], dict) else [gap["n"]]
    if rule.kind == "mask" and all(n == 0 or abs(n) >= rule.number for n in numbers):
        return
    name = gap.get("note") or "Not accounted for"
    if min(numbers) < 0:
        raise DisclosureError(f"{name}: a surplus can be neither hidden nor rounded: take `unexplained` out first")
    del holder["unexplained"]
    if key != "reasons" or holder.get("reasons"):
        holder[key] = [*(holder.get(key) or ()), {"label": name, "n": gap["n"]}]


def _stages(stages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the plain data of every stage, those in arms included."""
    for stage in stages:
        yield stage
        for arm in stage.get("arms", ()):
            yield from _stages(arm.get("stages", []))


def _plain(study: Study) -> dict[str, Any]:
    """Return a study as plain data of mappings and lists, with what was said and nothing else."""
    data: dict[str, Any] = _lists(study.model_dump(by_alias=True, exclude_unset=True))
    theme, source = study.picture.theme, study.source
    if theme and source is not None and ("/" in theme or theme.lower().endswith(".toml")):
        data["picture"]["theme"] = os.path.join(os.path.dirname(os.path.abspath(source.name)), theme)  # noqa: PTH100, PTH118, PTH120 - it stood beside the study file, whatever the links on the way
    return data


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value


def _without_counts(study: Study) -> Study:
    """Return a study that says all that one does, but for counts and criteria."""
    data = _plain(study)
    for key in ("stages", "analysis_sets", "transfers", "pooled"):
        _strip(data.get(key))
    return Study.model_validate(data)


def _strip(value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _strip(item)
    elif isinstance(value, dict):
        for key in ("n", "attempts", "where", "missing", "by", "values", "other"):
            value.pop(key, None)
        for key, item in value.items():
            if key != "unexplained":
                _strip(item)


def _stated(bare: Study, known: Solution, states: dict[tuple[str, str], Interval], rule: Disclosure) -> Study:
    """Return a study with what is stated of its counts written into it."""
    data = _plain(bare)
    for account in known.network.accounts.values():
        said = {unit: states[account.id, unit] for unit in account.units if (account.id, unit) in states}
        at = _at(data, account.path)
        counts = {unit: _count(interval) for unit, interval in said.items()}
        if counts:
            at["n"] = counts if len(account.units) > 1 else next(iter(counts.values()))
        attempts = getattr(account.item, "attempts", None)
        if isinstance(attempts, Count) and (number := attempts.exact) is not None and account.kind == "stage":
            _attempts(at, number, rule, hidden=any(isinstance(interval, Masked) for interval in said.values()))
    return Study.model_validate(data)


def _attempts(stage: dict[str, Any], number: int, rule: Disclosure, *, hidden: bool) -> None:
    """State how many procedures a stage took, unless they would tell how many people."""
    if rule.kind == "mask":
        if not hidden:
            stage["attempts"] = number if number == 0 or number >= rule.number else f"<{rule.number}"
        return
    stage["attempts"] = (nearest if rule.kind == "round" else midpoint)(number, rule.number)


def _at(data: Any, path: Path) -> Any:
    for key in path:
        data = data[key]
    return data


def _count(interval: Interval) -> int | str:
    """Return an interval as study files write it."""
    if interval.n is not None:
        return interval.n
    if interval.high is None:
        return f">={interval.low}" if interval.low else "unknown"
    return f"<{interval.high + 1}" if interval.low == 0 else f"{interval.low}-{interval.high}"
