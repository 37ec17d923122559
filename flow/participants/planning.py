"""A study's network to the plan of counting it: who leaves where, for which reason, and where ways meet again."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx

from consortflow.network import Account, FlowNetwork
from consortflow.participants.criteria import Reading
from consortflow.participants.dividing import Dividing
from consortflow.participants.routes import (
    All,
    Any_,
    At,
    Condition,
    Fault,
    FaultKind,
    Line,
    Mark,
    Met,
    Not,
    Place,
    Plan,
    Route,
    Several,
    Steps,
    Unsure,
)
from consortflow.rules.accounting import UNDECIDED

__all__ = ["plan"]

StepList = list[tuple[Condition | None, "int | Steps"]]


def plan(reading: Reading, unit: str, start: str = "") -> Plan:
    """Return the plan of counting one unit of a study from a stage on; what cannot be told is in `reading.findings`."""
    return _Planner(reading, unit, start).plan()


class _Planner:
    def __init__(self, reading: Reading, unit: str, start: str) -> None:
        self.reading = reading
        self.network: FlowNetwork = reading.network
        self.unit = unit
        self.own = reading.own
        self.places: list[Place] = []
        self.routes: list[Route] = []
        self.lines: dict[str, Line] = {}
        self.marks: list[Mark] = []
        self.dividing = Dividing(reading, self.lines, self.marks)
        self.firsts, self.roots = self._roots(start)
        self.met: set[str] = set()
        """The boxes that routes pass."""

    def _roots(self, start: str) -> tuple[list[str], list[str]]:
        """Return the stages that people begin at, and those where routes begin, each after those it comes from."""
        tails: dict[str, list[str]] = {}
        order: nx.DiGraph[str] = nx.DiGraph()
        stages = [a for a in self.network.accounts.values() if a.kind in ("stage", "arm")]
        for account in stages:
            order.add_node(account.id)
            for head in self.heads(account):
                tails.setdefault(head.id, []).append(account.id)
                order.add_edge(account.id, head.id)
        firsts = [start] if start else [a.id for a in stages if a.id not in tails and a.kind == "stage"]
        reached = set(firsts).union(*(nx.descendants(order, first) for first in firsts))
        joined = {full for full, before in tails.items() if len([t for t in before if t in reached]) > 1}
        entered = {a.id for a in stages if a.kind == "stage" and a.id not in firsts and self._entered(a) is not None}
        roots = (set(firsts) | joined | entered) & reached
        return firsts, [full for full in nx.lexicographical_topological_sort(order) if full in roots]

    def _entered(self, stage: Account) -> Condition | None:
        """Return who joins at a stage, where criteria say so."""
        sources = [Met(self.own[s]) for s in self.network.before(stage.id, "enter") if s in self.own]
        return Any_(tuple(sources)) if sources else None

    def heads(self, account: Account) -> list[Account]:
        """Return the stages and arms that people go on to from a stage or an arm."""
        found: dict[str, Account] = {}
        for full in self.network.after(account.id, "flow"):
            there = self.network.account(full)
            if there.kind == "movement":
                found.update((head, self.network.account(head)) for head in self.network.after(full, "flow"))
            else:
                found[full] = there
        return list(found.values())

    def plan(self) -> Plan:
        for number, full in enumerate(self.roots):
            self._route(self.network.account(full), number)
        flowing = {place for route in self.routes for at in route.places for place in at.within}
        for full in flowing:
            self.lines[full] = Line((frozenset((full,)),))
        self.dividing.boxes(flowing)
        for account in self.network.accounts.values():
            if account.kind == "transfer" and account.item.counted and account.box in flowing:
                message = f"the records do not tell who moves: {account.label} is a transfer, which is only ever stated"
                fix = "state the counts of the stages it changes without `where`, or write `counted: false`"
                self.reading.findings.append(UNDECIDED.found(message, self.network.span(account.path), fix=fix))
        self._apart()
        return Plan(
            tuple(self.reading.criteria), tuple(self.routes), tuple(self.dividing.splits), self.lines, tuple(self.marks)
        )

    def _route(self, stage: Account, number: int) -> None:
        self.places = []
        steps: StepList = []
        outside = self._outside()
        come: list[Condition] = []
        if stage.id in self.firsts:
            criterion = self.own.get(stage.id)
            sources = self._entered(stage)
            mine: Condition | None = sources if criterion is None else Met(criterion)
            if criterion is not None and self.doubtful(criterion):
                steps.append((Unsure(criterion), self.missing(criterion, ())))
                mine = Any_((Met(criterion), Unsure(criterion)))
            if number and outside is not None:
                mine = outside if mine is None else All((outside, mine))
            if mine is not None:
                come.append(mine)
        else:
            for index, route in enumerate(self.routes):
                here = frozenset(code for code, place in enumerate(route.places, 1) if place.goes_to == stage.id)
                if here:
                    come.append(At(index, here))
            joining = self._entered(stage)
            if joining is not None and outside is not None:
                come.append(All((outside, joining)))
        steps += self._stage(stage, ())
        enters = None if not come else come[0] if len(come) == 1 else Any_(tuple(come))
        self.routes.append(Route(stage.id, enters, tuple(steps), tuple(self.places)))

    def _outside(self) -> Condition | None:
        """Return who is on no route so far."""
        here = tuple(At(index, frozenset((0,))) for index in range(len(self.routes)))
        return All(here) if here else None

    # The ways of a route

    def place(self, within: Sequence[str], fault: Fault | None = None, goes_to: str = "") -> int:
        self.places.append(Place(tuple(within), fault, goes_to))
        return len(self.places)

    def missing(self, criterion: int, within: Sequence[str]) -> int:
        account = self.reading.criteria[criterion].account
        return self.place(within, Fault(FaultKind.MISSING, account, criterion))

    def doubtful(self, criterion: int) -> bool:
        return self.reading.criteria[criterion].unsure is None

    def _if(self, criterion: int, then: int | Steps, within: Sequence[str]) -> StepList:
        """Return the steps of a criterion: what follows where it is met, and where nobody can tell."""
        steps: StepList = [(Met(criterion), then)]
        if self.doubtful(criterion):
            steps.append((Unsure(criterion), self.missing(criterion, within)))
        return steps

    def _stage(self, stage: Account, within: tuple[str, ...]) -> StepList:
        """Return the steps of everyone who comes to a stage, down to the next place where the way parts."""
        steps: StepList = []
        here: Account | None = stage
        while here is not None:
            within = (*within, here.id)
            heads = [head for head in self.heads(here) if head.kind == "arm" or self.unit in head.units]
            left_over = self._exits(here, heads, within, steps) if here.kind == "stage" else None
            here, within = self._onward(here, heads, within, left_over, steps)
        return steps

    def _exits(
        self, stage: Account, heads: list[Account], within: tuple[str, ...], steps: StepList
    ) -> int | Steps | None:
        """Add the steps of those who leave; return those of who is left over, where the next stage decides that."""
        decided = bool(heads) and all(head.id in self.own for head in heads)
        leaving: list[Condition] = []
        left: list[str] = []
        rest: int | Steps | None = None
        for exit_ in self.network.after(stage.id, "exit"):
            out = self.network.account(exit_)
            inside = (*within, exit_)
            parts = self._parts(out)
            if exit_ in self.own:
                then: int | Steps = self._divide(out, parts, inside)
                steps += self._if(self.own[exit_], then, within)
                leaving.append(Met(self.own[exit_]))
            elif exit_ in self.reading.listed or (parts and not out.item.partial and all(map(self._decides, parts))):
                found = [condition for part in parts for condition in self._conditions(part)]
                listed = self.reading.listed.get(exit_)
                if out.item.overlapping:
                    steps.append((Any_(tuple(found)), self.place(inside)))
                    for part in parts:
                        steps += self._doubts(part, inside)
                else:
                    steps += [step for part in parts for step in self._part(part, inside)]
                if listed is not None:
                    steps.append((Met(listed), self.place(inside, Fault(FaultKind.UNLISTED, exit_))))
                    found.append(Met(listed))
                leaving.append(Any_(tuple(found)))
            elif decided and rest is None:
                rest = self._divide(out, parts, inside)
                continue
            else:
                self._undecided(out, "who leaves here")
                continue
            left.append(exit_)
        self._marks(stage, heads, left, leaving)
        return rest

    def _marks(self, stage: Account, heads: list[Account], left: list[str], leaving: list[Condition]) -> None:
        among = (frozenset(left),)
        if len(leaving) > 1:
            self.marks.append(Mark(Line(among, Several(tuple(leaving))), Fault(FaultKind.OVERLAP, stage.id)))
        going = [condition for head in heads for condition in self._goes_on(head)]
        if left and going:
            went = Line(among, Any_(tuple(going)))
            self.marks.append(Mark(went, Fault(FaultKind.WENT_ON, stage.id)))

    def _goes_on(self, head: Account) -> list[Condition]:
        """Return how the records tell that somebody goes on to a stage or an arm."""
        if head.id in self.own:
            return [Met(self.own[head.id])]
        if head.kind == "arm" or head.id in self.roots:
            return []
        return [Met(self.own[arm.id]) for arm in self.heads(head) if arm.kind == "arm" and arm.id in self.own]

    def _onward(
        self, here: Account, heads: list[Account], within: tuple[str, ...], left_over: int | Steps | None,
        steps: StepList,
    ) -> tuple[Account | None, tuple[str, ...]]:  # fmt: skip
        """Add the steps of those who go on; return the stage or arm that follows for all of them, if one does."""
        if not heads:
            steps.append((None, self.place(within)))
            return None, within
        arms = heads[0].kind == "arm"
        kind = FaultKind.NO_ARM if arms else FaultKind.NO_DISPOSITION
        if len(heads) == 1 and not arms:
            (head,) = heads
            if head.id in self.own:
                criterion = self.own[head.id]
                if self.doubtful(criterion):
                    steps.append((Unsure(criterion), self.missing(criterion, within)))
                over = left_over if left_over is not None else self.place(within, Fault(kind, here.id))
                steps.append((Not(Met(criterion)), over))
            if head.id in self.roots:
                steps.append((None, self.place(within, goes_to=head.id)))
                return None, within
            return head, within
        for head in heads:
            if head.id not in self.own:
                if arms:
                    self._undecided(head, "who is in this arm")
                elif head is not heads[-1]:
                    self._undecided(head, "who goes here, and who past it")
                steps.append((None, self._enter(head, within)))
                break
            steps += self._if(self.own[head.id], self._enter(head, within), within)
        else:
            over = left_over if left_over is not None else self.place(within, Fault(kind, here.id))
            steps.append((None, over))
        if arms:
            several = Several(tuple(Met(self.own[head.id]) for head in heads if head.id in self.own))
            line = Line((frozenset(head.id for head in heads),), several)
            self.marks.append(Mark(line, Fault(FaultKind.SEVERAL_ARMS, here.id)))
        return None, within

    def _enter(self, head: Account, within: tuple[str, ...]) -> int | Steps:
        if head.id in self.roots:
            return self.place(within, goes_to=head.id)
        return tuple(self._stage(head, within))

    def _undecided(self, account: Account, what: str) -> None:
        message = f"the records do not tell {what}: {self.network.name(account)} has no criterion"
        fix = "add `where`, or `by`, or a `where` at each of the stages that follow"
        self.reading.findings.append(UNDECIDED.found(message, self.network.span(account.path), fix=fix))

    # Reasons on a route

    def _parts(self, whole: Account) -> list[Account]:
        """Return the reasons of an exit or a reason; other divisions of the same people are no part of the route."""
        path = (*whole.path, "reasons")
        found = [self.network.account(part) for part in self.network.after(whole.id, "part")]
        return [part for part in found if part.path[: len(path)] == path]

    def _decides(self, part: Account) -> bool:
        """Whether criteria say whom a reason is about."""
        parts = self._parts(part)
        return part.id in self.own or (bool(parts) and not part.item.partial and all(map(self._decides, parts)))

    def _conditions(self, part: Account) -> list[Condition]:
        if part.id in self.own:
            return [Met(self.own[part.id])]
        return [condition for below in self._parts(part) for condition in self._conditions(below)]

    def _doubts(self, part: Account, within: Sequence[str]) -> StepList:
        below = [step for inner in self._parts(part) for step in self._doubts(inner, within)]
        if part.id not in self.own or not self.doubtful(self.own[part.id]):
            return below
        return [(Unsure(self.own[part.id]), self.missing(self.own[part.id], within)), *below]

    def _part(self, part: Account, within: tuple[str, ...]) -> StepList:
        """Return the steps of those who leave for a reason."""
        inside = (*within, part.id)
        parts = self._parts(part)
        if part.id in self.own:
            return self._if(self.own[part.id], self._divide(part, parts, inside), within)
        if part.item.overlapping:
            doubts = [step for below in parts for step in self._doubts(below, within)]
            return [(Any_(tuple(self._conditions(part))), self.place(inside)), *doubts]
        return [step for below in parts for step in self._part(below, inside)]

    def _divide(self, whole: Account, parts: list[Account], within: tuple[str, ...]) -> int | Steps:
        """Return what follows for the people of an exit or a reason: the first of its reasons that applies."""
        listed = self.reading.listed.get(whole.id)
        if whole.item.overlapping or not (parts or listed is not None):
            return self.place(within)
        told = [part for part in parts if self._decides(part)]
        silent = [part for part in parts if part not in told]
        if not told and not whole.item.partial and listed is None:  # the reasons are stated, not counted
            return self.place(within)
        steps = [step for part in told for step in self._part(part, within)]
        if listed is not None:
            steps.append((Met(listed), self.place(within, Fault(FaultKind.UNLISTED, whole.id))))
        for part in silent[1:] if listed is None else silent:
            self._undecided(part, "who left for this reason")
        if silent and listed is None:
            steps.append((None, self._divide(silent[0], self._parts(silent[0]), (*within, silent[0].id))))
        elif whole.item.partial:
            steps.append((None, self.place(within)))
        else:
            steps.append((None, self.place(within, Fault(FaultKind.NO_REASON, whole.id))))
        return tuple(steps)

    def _apart(self) -> None:
        """Look at planned and actual arms, where the study names both columns."""
        arms = frozenset(full for full in self.lines if self.network.account(full).kind == "arm")
        if self.reading.apart is None or not arms:
            return
        apart = Met(self.reading.apart)
        self.marks.append(Mark(Line((arms,), apart), Fault(FaultKind.APART, "", self.reading.apart)))
