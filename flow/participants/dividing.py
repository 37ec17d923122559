"""What boxes hold beside the ways through them: lines, sets, outcomes, and people divided again in other ways."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from consortflow.network import Account, FlowNetwork, Path
from consortflow.participants.criteria import Reading
from consortflow.participants.routes import (
    All,
    Among,
    Any_,
    Condition,
    Fault,
    FaultKind,
    In,
    Line,
    Mark,
    Met,
    Not,
    Several,
    Side,
    Split,
    Unsure,
)
from consortflow.schemas.people import Partition

__all__ = ["Dividing"]

Parts = Sequence[Account]


class Dividing:
    """Adds the lines of what boxes hold to a plan, and marks what is wrong there."""

    def __init__(self, reading: Reading, lines: dict[str, Line], marks: list[Mark]) -> None:
        self.reading = reading
        self.network: FlowNetwork = reading.network
        self.own = reading.own
        self.lines = lines
        self.marks = marks
        self.splits: list[Split] = []

    def boxes(self, flowing: Iterable[str]) -> None:
        """Add the lines of what boxes hold, and then of the sets among them."""
        for full in sorted(flowing):
            account = self.network.account(full)
            among: Among = (frozenset((full,)),)
            if account.kind in ("stage", "exit"):
                self._details(account, among, None)
            if account.kind == "stage":
                self._sources(account, among)
            if account.kind in ("exit", "reason"):
                self._again(account, among)
        for pooled in [a for a in self.network.accounts.values() if a.kind == "pooled"]:
            over = [d.parts for d in self.network.divisions if d.kind == "pooled" and d.whole == pooled.id]
            if over and all(full in self.lines for full in over[0]):
                among = (frozenset(over[0]),)
                self.lines[pooled.id] = Line(among)
                flags = pooled.item
                self._divide(
                    pooled, self._parts(pooled), among, None, partial=flags.partial, overlapping=flags.overlapping
                )
        self._sets()

    def _sources(self, stage: Account, among: Among) -> None:
        """Add who joins at a stage: at a first one everybody does, at another those who were not in the flow before."""
        sources = [self.network.account(source) for source in self.network.before(stage.id, "enter")]
        ways = self.network.before(stage.id, "flow")
        tails = {tail for way in ways for tail in (way, *self.network.before(way, "flow")) if tail in self.lines}
        joined = Not(In(frozenset(tails))) if tails else None
        self._divide(stage, sources, among, joined, partial=bool(tails), overlapping=False)

    def _parts(self, whole: Account, *key: str | int) -> list[Account]:
        path: Path = (*whole.path, *(key or ("reasons",)))
        found = [self.network.account(part) for part in self.network.after(whole.id, "part")]
        return [part for part in found if part.path[: len(path)] == path]

    def _again(self, whole: Account, among: Among) -> None:
        """Add what an exit or a reason on the way is divided into: overlapping reasons, and other divisions."""
        parts = self._parts(whole)
        if whole.item.overlapping:
            self._divide(whole, parts, among, None, partial=whole.item.partial, overlapping=True)
        else:
            self._overlap(whole, parts, among, None)
        for index, also in enumerate(getattr(whole.item, "also", ())):
            others = self._parts(whole, "also", index, "reasons")
            self._divide(whole, others, among, None, partial=also.partial, overlapping=also.overlapping)

    def _overlap(self, whole: Account, parts: Parts, among: Among, condition: Condition | None) -> None:
        met = [Met(self.own[part.id]) for part in parts if self._written(part)]
        if len(met) > 1:
            self._mark(among, _both(condition, Several(tuple(met))), Fault(FaultKind.OVERLAP, whole.id))

    def _written(self, part: Account) -> bool:
        return part.id in self.own and self.reading.criteria[self.own[part.id]].written

    def _mark(self, among: Among, condition: Condition | None, fault: Fault) -> None:
        self.marks.append(Mark(Line(among, condition), fault))

    def _doubt(self, criterion: int, among: Among, condition: Condition | None) -> None:
        """Mark those of whom missing values leave open whether a criterion is met, where that is an error."""
        made = self.reading.criteria[criterion]
        if made.unsure is None:
            fault = Fault(FaultKind.MISSING, made.account, criterion)
            self._mark(among, _both(condition, Unsure(criterion)), fault)

    def _divide(
        self, whole: Account, parts: Parts, among: Among, condition: Condition | None, *, partial: bool,
        overlapping: bool,
    ) -> None:  # fmt: skip
        """Add the parts of some people: each person in the first that applies, or in several that overlap."""
        told = [part for part in parts if self._condition(part) is not None]
        silent = [part for part in parts if part not in told]
        if not told:
            return
        if overlapping:
            for part in told:
                self._part(part, among, _both(condition, self._condition(part)))
                if part.id in self.own:
                    self._doubt(self.own[part.id], among, condition)
            met = Any_(tuple(c for part in told if (c := self._condition(part)) is not None))
            if not partial and not silent:
                self._mark(among, _both(condition, Not(met)), Fault(FaultKind.NO_REASON, whole.id))
            return
        rest = silent[:1]
        number = len(self.splits)
        doubts = tuple(
            Unsure(self.own[part.id])
            if part.id in self.own and self.reading.criteria[self.own[part.id]].unsure is None
            else None
            for part in told
        )
        met_each = tuple(c for part in told if (c := self._condition(part)) is not None)
        self.splits.append(Split(met_each, doubts, len(told) + 1 if rest else 0))
        for code, part in enumerate((*told, *rest), 1):
            self._part(part, among, _both(condition, Side(number, code)))
        for code, doubt in enumerate(doubts, 1):
            if isinstance(doubt, Unsure):
                fault = Fault(FaultKind.MISSING, told[code - 1].id, doubt.criterion)
                self._mark(among, _both(condition, Side(number, -code)), fault)
        if not partial and not rest:
            kind = FaultKind.NO_REASON if parts[0].kind in ("reason", "pooled") else FaultKind.NO_PART
            self._mark(among, _both(condition, Side(number, 0)), Fault(kind, whole.id))
        self._overlap(whole, told, among, condition)

    def _condition(self, part: Account) -> Condition | None:
        """Return how criteria tell whom a part is about; None where they do not."""
        if part.id in self.own:
            return Met(self.own[part.id])
        below = self._parts(part)
        conditions = [self._condition(inner) for inner in below]
        if not below or part.item.partial or any(c is None for c in conditions):
            return None
        return Any_(tuple(c for c in conditions if c is not None))

    def _part(self, part: Account, among: Among, condition: Condition | None) -> None:
        """Add the line of a part, and of what it is made of."""
        self.lines[part.id] = Line(among, condition)
        flags = part.item
        if getattr(flags, "reasons", ()):
            self._divide(
                part, self._parts(part), among, condition, partial=flags.partial, overlapping=flags.overlapping
            )

    def _details(self, box: Account, among: Among, condition: Condition | None) -> None:
        held = [self.network.account(full) for full in self.network.after(box.id, "detail")]
        for key in ("details", "outcomes"):
            for index, item in enumerate(getattr(box.item, key, ())):
                path = (*box.path, key, index)
                lines = [line for line in held if line.path[: len(path)] == path]
                if isinstance(item, Partition):
                    self._partition(box, lines, among, condition)
                    continue
                for line in lines:
                    told = self._condition(line)
                    if told is not None:
                        self._part(line, among, _both(condition, told))
                    if line.id in self.own:
                        self._doubt(self.own[line.id], among, condition)

    def _partition(self, box: Account, lines: Parts, among: Among, condition: Condition | None) -> None:
        self._divide(box, lines, among, condition, partial=False, overlapping=False)

    # Analysis sets

    def _sets(self) -> None:
        waiting = [account for account in self.network.accounts.values() if account.kind == "set"]
        done: dict[str, Line] = {}
        while waiting:
            ready = [s for s in waiting if not any(o.id in self.network.before(s.id, "set") for o in waiting)]
            for account in ready:
                of = self._of(account, done)
                if of is not None:
                    self._set(account, of, done)
            waiting = [account for account in waiting if account not in ready]
            if not ready:
                return

    def _of(self, account: Account, done: dict[str, Line]) -> Line | None:
        """Return the people that a set is a part of; None where they are not counted."""
        before = self.network.before(account.id, "set")
        if not before or not all(full in self.lines or full in done for full in before):
            return None
        within: Among = ()
        for division in self.network.divisions:
            if division.kind == "within" and division.parts == (account.id,) and division.path[-1] == "within":
                within = (frozenset((division.whole,)),)
        sets = [done[full] for full in before if full in done]
        if not sets:
            return Line((frozenset(before), *within))
        if len(before) == 1:
            return Line((*sets[0].among, *within), sets[0].condition)
        whole = [All((*map(In, line.among), *(() if line.condition is None else (line.condition,)))) for line in sets]
        boxes = frozenset(full for full in before if full not in done)
        return Line(within, Any_((*whole, *((In(boxes),) if boxes else ()))))

    def _set(self, account: Account, of: Line, done: dict[str, Line]) -> None:
        out = [self.network.account(full) for full in self.network.after(account.id, "excluded")]
        told = [condition for part in out if (condition := self._condition(part)) is not None]
        partial = account.item.partial
        if account.id in self.own:
            criterion = self.own[account.id]
            inside: Condition = Met(criterion)
            self._doubt(criterion, of.among, of.condition)
            outside: Condition = Not(inside)
            if self.reading.criteria[criterion].unsure is None:
                outside = All((outside, Not(Unsure(criterion))))
        elif told and len(told) == len(out) and not partial:
            outside = Any_(tuple(told))
            inside = Not(outside)
        else:
            return
        line = Line(of.among, _both(of.condition, inside))
        self.lines[account.id] = done[account.id] = line
        if out:
            self._divide(account, out, of.among, _both(of.condition, outside), partial=partial, overlapping=False)
        self._details(account, line.among, line.condition)


def _both(first: Condition | None, second: Condition | None) -> Condition | None:
    if first is None or second is None:
        return second if first is None else first
    return All((first, second))
