"""A study file compared with a registry's record: who was enrolled, started and completed in each arm, and who left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from consortflow.registries.matching import paired
from consortflow.registries.record import Achieved, Group, Record
from consortflow.registries.terminology import same_reason
from consortflow.rules import registries as rules
from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Rule
from consortflow.schemas.names import slug

if TYPE_CHECKING:
    from consortflow.network import Account
    from consortflow.solving import Solution

__all__ = ["Agreement", "compare_with_record"]

PEOPLE = ("participants", "patients", "subjects", "people", "persons", "children", "women", "men")


class Agreement(NamedTuple):
    """What a study file says otherwise than a record, and how many of its counts are the record's."""

    findings: Diagnostics
    same: int

    @property
    def equal(self) -> bool:
        """Whether they differ in nothing that can be compared."""
        return not self.findings


def compare_with_record(solution: Solution, record: Record) -> Agreement:
    """Return what a solved study says otherwise than a registry's record, at the places of the study file.

    Arms and groups are the same by label, by number or as the only ones left. A count that the study leaves between
    two numbers agrees with every number between them.
    """
    return _Comparer(solution, record).agreement()


class _Part(NamedTuple):
    """An arm of the study, or all of it, as one group of the record."""

    name: str
    at: Account
    """Whose place stands for the whole part."""
    stages: tuple[Account, ...]
    reasons: tuple[Account, ...]
    """What people left for: reasons without further reasons, and exits without any."""


class _Comparer:
    def __init__(self, solution: Solution, record: Record) -> None:
        self.solution = solution
        self.network = solution.network
        self.record = record
        self.found: list[Diagnostic] = []
        self.same = 0

    def agreement(self) -> Agreement:
        self.registration()
        self.enrolment()
        for group, part in self.parts():
            self.started(group, part)
            self.completed(group, part)
            self.reasons(group, part)
        return Agreement(Diagnostics(self.found), self.same)

    # The trial as a whole

    def registration(self) -> None:
        mine, theirs = self.network.study.study.registration, self.record.registration
        if mine and theirs and theirs.casefold() not in mine.casefold():
            at = self.network.span(("study", "registration"))
            self.found.append(
                rules.REGISTRATION.found(
                    f"the study file is of {mine}, the record of {theirs}",
                    at,
                    fix="compare with the record of the same trial",
                )
            )

    def enrolment(self) -> None:
        if self.record.enrolment is None:
            return
        trunk = [stage for stage in self.network.stages() if not stage.arms]
        kinds = ("enrollment", "randomization", "allocation", "treatment")
        stage = next((s for kind in kinds for s in trunk if s.item.kind == kind), None)
        if stage is not None:
            what = "were enrolled" if stage.item.kind == "enrollment" else f'are in "{stage.label}"'
            self.count(rules.ENROLMENT, stage, Achieved(self.record.enrolment), what, "")

    # Arms

    def parts(self) -> Iterator[tuple[Group, _Part]]:
        """Yield each group with the arm it is; what has no counterpart is found."""
        groups = self.record.groups
        arms = [account for account in self.network.accounts.values() if account.kind == "arm"]
        if not arms and len(groups) == 1:
            yield groups[0], self.whole()
            return
        if not arms:
            first = next(iter(self.network.stages()))
            message = f"the record has {len(groups)} groups and the study file no arms"
            self.found.append(rules.GROUP.found(message, self.network.place(first), fix="give the stage `arms`"))
            return
        pairs = paired(
            {group.id: (group.title, self.first(group).n) for group in groups},
            {arm.id: (arm.label, self.n(arm)) for arm in arms},
        )
        for group in groups:
            if group.id in pairs:
                yield group, self.part(self.network.account(pairs[group.id]))
            else:
                split = self.network.account(arms[0].box)
                message = f'the record\'s group "{group.title}" is no arm of the study file'
                fix = f"the arms are {', '.join(arm.label for arm in arms[:8])}"
                self.found.append(rules.GROUP.found(message, self.network.place(split), fix=fix))
        inner = {full for one in arms for full in one.around}
        matched = {full for one in pairs.values() for full in (one, *self.network.account(one).around)}
        for arm in arms:
            if arm.id not in matched and arm.id not in inner and matched.isdisjoint(arm.around):
                message = f'the arm "{arm.label}" is no group of the record'
                fix = f"the groups are {', '.join(group.title for group in groups[:8])}"
                place = self.network.span((*arm.path, "label"))
                self.found.append(rules.GROUP.found(message, place, fix=fix))

    def part(self, arm: Account) -> _Part:
        inside = [one for one in self.network.accounts.values() if one.arms[: len(arm.inside)] == arm.inside]
        return _Part(arm.label, arm, tuple(one for one in inside if one.kind == "stage"), tuple(self.left(inside)))

    def whole(self) -> _Part:
        """Return a study without arms as a part: its stages since the enrollment."""
        stages = list(self.network.stages())
        kinds = [stage.item.kind for stage in stages]
        last = max((place for place, kind in enumerate(kinds) if kind in ("screening", "enrollment")), default=-1)
        stages = stages[min(last + 1, len(stages) - 1) :]
        boxes = {stage.id for stage in stages}
        exits = [one for one in self.network.accounts.values() if one.kind == "exit" and one.box in boxes]
        inside = {exit_.id for exit_ in exits}
        held = [one for one in self.network.accounts.values() if one.kind == "reason" and one.box in inside]
        return _Part("the study", stages[0], tuple(stages), tuple(self.left([*exits, *held])))

    def left(self, accounts: Iterable[Account]) -> Iterator[Account]:
        """Yield what people left for: exits and their reasons that have no parts; those still in the study have not."""
        exits = {one.id for one in accounts if one.kind == "exit" and one.item.kind != "ongoing"}
        for one in accounts:
            leads = one.id in exits or (one.kind == "reason" and self.exit_of(one) in exits and not self.also(one))
            if leads and not self.network.after(one.id, "part"):
                yield one

    def exit_of(self, reason: Account) -> str:
        full = reason.id
        while holders := self.network.before(full, "part"):
            full = holders[0]
        return full

    def also(self, reason: Account) -> bool:
        """Whether a line divides people who are divided by reasons already."""
        return "also" in reason.path or "details" in reason.path

    # Counts

    def first(self, group: Group) -> Achieved:
        """Return how many of a group there were when it began."""
        counted = [period.started.counts.get(group.id, Achieved(None)) for period in self.record.periods]
        return next((one for one in counted if one.n != 0), counted[0])

    def started(self, group: Group, part: _Part) -> None:
        by_period = self.stages_of_periods(part)
        begun = next((p for p in self.record.periods if p.started.n(group.id) != 0), self.record.periods[0])
        for place, period in enumerate(self.record.periods):
            counted = period.started.counts.get(group.id, Achieved(None))
            at = by_period.get(place)
            if at is None and period is begun:
                at = part.at
            if at is not None:
                when = f" {period.title}" if len(self.record.periods) > 1 else ""
                self.count(rules.STARTED, at, counted, f"started{when}", f" of {group.title}")

    def stages_of_periods(self, part: _Part) -> dict[int, Account]:
        """Return the stage of a part that is called as a period is, by the place of the period."""
        if len(self.record.periods) == 1:
            return {}
        named = defaultdict(list)
        for stage in part.stages:
            named[slug(stage.label)].append(stage)
        titles = [slug(period.title) for period in self.record.periods]
        found = {}
        for place, title in enumerate(titles):
            earlier = titles[:place].count(title)
            if len(named[title]) == titles.count(title):
                found[place] = named[title][earlier]
        return found

    def completed(self, group: Group, part: _Part) -> None:
        by_period = self.stages_of_periods(part)
        last = max(
            (place for place, period in enumerate(self.record.periods) if period.started.n(group.id) != 0), default=0
        )
        for place, period in enumerate(self.record.periods):
            counted = period.completed.counts.get(group.id, Achieved(None))
            what = f"completed{f' {period.title}' if len(self.record.periods) > 1 else ''}"
            at = self.line_of(part, by_period.get(place), period.title)
            if at is not None:
                self.count(rules.COMPLETED, at, counted, what, f" of {group.title}")
            elif place == last:
                self.remaining(part, counted, what, group)

    def line_of(self, part: _Part, stage: Account | None, title: str) -> Account | None:
        """Return the box or line that says who completed a period."""
        names = {slug(f"Completed {title}"), *({"completed"} if len(self.record.periods) == 1 else ())}
        for one in part.stages:
            if slug(one.label) in names:
                return one
        for box in (stage,) if stage is not None else part.stages if len(self.record.periods) == 1 else ():
            for full in self.network.after(box.id, "detail"):
                if slug((line := self.network.account(full)).label) in {"completed", *names}:
                    return line
        return None

    def remaining(self, part: _Part, counted: Achieved, what: str, group: Group) -> None:
        """Compare those who completed with those left at the end: who entered the analysis, or did not leave before."""
        stages = [stage for stage in part.stages if self.ends(stage, part)]
        if len(stages) != 1:
            return
        end = stages[0]
        gone = [] if end.item.kind == "analysis" else [*self.network.after(end.id, "exit")]
        for unit, theirs in self.by_unit(end, counted):
            leaving = [self.solution.n(full, unit) for full in gone]
            n = self.solution.n(end.id, unit)
            if n is None or theirs is None or any(one is None for one in leaving):
                continue
            mine = n - sum(one for one in leaving if one is not None)
            self.say(rules.COMPLETED, end, mine, theirs, what, f" of {group.title}", unit)

    def ends(self, stage: Account, part: _Part) -> bool:
        inside = {one.id for one in part.stages}
        heads = [
            head for movement in self.network.after(stage.id, "flow") for head in self.network.after(movement, "flow")
        ]
        return inside.isdisjoint(heads) and inside.isdisjoint(self.network.after(stage.id, "flow"))

    def reasons(self, group: Group, part: _Part) -> None:
        theirs: dict[str, int | None] = {}
        labels: dict[str, str] = {}
        for line in (reason for period in self.record.periods for reason in period.reasons):
            name, n = same_reason(line.label), line.n(group.id)
            labels.setdefault(name, line.label)
            if name in theirs and (theirs[name] is None or n is None):
                theirs[name] = None
            else:
                theirs[name] = n if n is None else (theirs.get(name) or 0) + n
        mine: defaultdict[str, list[Account]] = defaultdict(list)
        for account in part.reasons:
            mine[same_reason(account.label)].append(account)
        alone = {name: n for name, n in theirs.items() if n and name not in mine}
        spare = {name: n for name, found in mine.items() if (n := self.sum_of(found)) and name not in theirs}
        for name, n in list(alone.items()):  # called otherwise: the only ones of a number
            same = [other for other, number in spare.items() if number == n]
            if len(same) == 1 and list(alone.values()).count(n) == 1:
                self.same += 1
                del alone[name], spare[same[0]]
        if not theirs and self.nobody_says_why(group):
            return
        for name in theirs.keys() & mine.keys():
            n, said = self.sum_of(mine[name]), theirs[name]
            if n is not None and said is not None:
                at = mine[name][0]
                self.say(rules.REASON, at, n, said, f"left for {labels[name]}", f" of {group.title}", "")
        for name, n in alone.items():
            message = f"the study file gives nobody of {group.title} who left for {labels[name]}, the registry {n}"
            self.found.append(self.at(rules.REASON, message, part.at))
        for name, n in spare.items():
            at = mine[name][0]
            message = f"{n} of {group.title} left for {at.label}, and the registry has no such reason"
            self.found.append(self.at(rules.REASON, message, at))

    def nobody_says_why(self, group: Group) -> bool:
        """Whether the record gives no reasons though people left: then there is nothing to compare."""
        return any((period.left.n(group.id) or 0) > 0 for period in self.record.periods)

    def sum_of(self, accounts: list[Account]) -> int | None:
        counts = [self.n(account) for account in accounts]
        return None if any(n is None for n in counts) else sum(n for n in counts if n is not None)

    # Findings

    def n(self, account: Account) -> int | None:
        return self.solution.n(account.id, self.people(account))

    def people(self, account: Account) -> str:
        """Return the unit of an account that is people."""
        other = self.record.unit.casefold()
        return next(
            (unit for unit in account.units if unit.casefold() in PEOPLE),
            next((unit for unit in account.units if unit.casefold() != other), account.units[0]),
        )

    def by_unit(self, account: Account, counted: Achieved) -> Iterator[tuple[str, int | None]]:
        people = self.people(account)
        yield people, counted.n
        for unit in account.units:
            if unit != people and unit.casefold() == self.record.unit.casefold():
                yield unit, counted.units

    def count(self, rule: Rule, at: Account, counted: Achieved, what: str, whose: str) -> None:
        """Compare the count of an account with the record's, in every unit that both have."""
        for unit, theirs in self.by_unit(at, counted):
            if theirs is None:
                continue
            mine = self.solution.interval(at.id, unit)
            if mine.n is not None:
                self.say(rule, at, mine.n, theirs, what, whose, unit)
            elif not mine.low <= theirs or (mine.high is not None and theirs > mine.high):
                shown = unit if len(at.units) > 1 else ""
                message = f"{mine}{f' {shown}' if shown else ''}{whose} {what}, and in the registry {theirs}"
                self.found.append(self.at(rule, message, at))

    def say(self, rule: Rule, at: Account, mine: int, theirs: int, what: str, whose: str, unit: str) -> None:
        if mine == theirs:
            self.same += 1
            return
        shown = f" {unit}" if unit and len(at.units) > 1 else ""
        self.found.append(self.at(rule, f"{mine}{shown}{whose} {what}, and in the registry {theirs}", at))

    def at(self, rule: Rule, message: str, account: Account) -> Diagnostic:
        place = self.network.place(account)
        if account.stated is None:
            place = self.network.span((*account.path, "label"))
        return rule.found(message, place, subjects=(account.id,))
