"""The chart as a graph on rows: what follows what, the row of each stage, where splits come together.

Nothing here knows a size. All walks are loops over a topological order: a flow may be thousands of stages
long.
"""

from __future__ import annotations

from collections import deque
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from consortflow.diagrams.chart import Chart, Link, Side

__all__ = ["END", "MADE", "START", "Arm", "Grid", "grid_of"]

START, END = "\x02", "\x03"
"""Before every root and after every leaf; control characters, so that no card has such an id."""
MADE = "\x04"
"""What sets share that stages make up in turns, in place of a split."""


class Arm(NamedTuple):
    """The arm a stage stands in: the `place`-th of `of` arms of a split, `level` splits deep."""

    split: str
    place: int
    of: int
    level: int
    outer: Arm | None


class Grid:
    """The graph of a chart.

    `succ` and `pred` hold the links that give the columns; `hangs` the sets that hang beside a trunk which
    goes on; `free` the links that are routed around whatever is placed.
    """

    def __init__(self) -> None:
        self.order: list[str] = []
        """Topological."""
        self.succ: dict[str, list[str]] = {}
        self.pred: dict[str, list[str]] = {}
        self.hangs: dict[str, list[str]] = {}
        self.hung: set[str] = set()
        """Those sets, and what follows them."""
        self.makes: dict[str, list[str]] = {}
        """Stages that end the flow, with the sets that each makes up together with others."""
        self.made: list[str] = []
        """Those sets, and what follows them, below everything else."""
        self.free: list[Link] = []
        self.roots: list[str] = []
        self.row: dict[str, int] = {}
        self.after: dict[str, str] = {}
        """The immediate post-dominator: where everyone in a stage must pass next; END where none is."""
        self.depth: dict[str, int] = {}
        self.phase_rows: list[tuple[int, int, int]] = []
        """Phase, its first and its last row, downwards; empty where the chart has no phases."""
        self.arm: dict[str, Arm | None] = {}
        self.sides: dict[str, list[Side]] = {}
        """The side cards by the stage they stand at, in the chart's order."""

    def some_leave(self, stage: str) -> bool:
        """Whether cards of people who leave stand below a stage."""
        return any(side.where == "below" for side in self.sides.get(stage, ()))

    def common(self, stages: list[str]) -> str:
        """Return the first stage that everyone of these stages passes later, or one of them."""
        first = stages[0]
        for other in stages[1:]:
            first = self._meet(first, other)
        return first

    def _meet(self, one: str, other: str) -> str:
        depth, after = self.depth, self.after
        while one != other:
            if depth[one] >= depth[other]:
                one = after[one]
            else:
                other = after[other]
        return one

    def find_meetings(self) -> None:
        """Fill `after`, from the leaves up."""
        self.depth = {END: 0}
        for stage in reversed(self.order):
            kids = self.succ[stage]
            meeting = self.common(kids) if kids else END
            self.after[stage] = meeting
            self.depth[stage] = self.depth[meeting] + 1
        self.after[START] = self.common(self.roots) if self.roots else END


def grid_of(chart: Chart, *, low: bool = False) -> Grid:
    """Build the graph of a chart's flow and set links over its cards that are not beside the trunk.

    With `low`, sets that hang beside a trunk stand below the other stages of their phase, those of one arm in rows of
    their own.
    """
    beside = {side.card for side in chart.sides}
    grid = Grid()
    stages = [card.id for card in chart.cards if card.id not in beside]
    for side in chart.sides:
        grid.sides.setdefault(side.at, []).append(side)
    known = set(stages)
    followed: dict[str, list[str]] = {stage: [] for stage in stages}
    preceded: dict[str, list[str]] = {stage: [] for stage in stages}
    kind: dict[tuple[str, str], str] = {}
    for link in chart.links:
        if link.kind == "transfer" or link.tail not in known or link.head not in known:
            grid.free.append(link)
        elif (link.tail, link.head) not in kind:
            kind[link.tail, link.head] = link.kind
            followed[link.tail].append(link.head)
            preceded[link.head].append(link.tail)
    grid.succ, grid.pred = followed, preceded
    grid.order = _topological(stages, followed, preceded)
    preceding = dict(preceded)
    _take_out_hangs(grid, chart, kind)
    _find_hung(grid)
    _take_out_made(grid, chart, kind)
    aside = {*grid.hung, *grid.made}
    grid.roots = [stage for stage in grid.order if not grid.pred[stage] and stage not in aside]
    grid.find_meetings()
    _name_arms(grid)
    grid.row = _rows(chart, grid, preceding, low=low)
    return grid


def _topological(stages: list[str], succ: dict[str, list[str]], pred: dict[str, list[str]]) -> list[str]:
    left = {stage: len(pred[stage]) for stage in stages}
    ready = deque(stage for stage in stages if not left[stage])
    order: list[str] = []
    while ready:
        stage = ready.popleft()
        order.append(stage)
        for head in succ[stage]:
            left[head] -= 1
            if not left[head]:
                ready.append(head)
    if len(order) < len(stages):
        stuck = next(stage for stage in stages if left[stage])
        raise ValueError(f"the links of a chart form an acyclic graph; {stuck!r} follows itself")
    return order


def _rows(chart: Chart, grid: Grid, pred: dict[str, list[str]], *, low: bool) -> dict[str, int]:
    """Rows by the longest path; a phase never starts above the end of the phase before it."""
    phase = {card.id: card.phase for card in chart.cards}
    reached: dict[str, int] = {}
    for stage in grid.order:
        before = max((reached[tail] for tail in pred[stage]), default=-1)
        own = phase[stage]
        reached[stage] = before if own is None else max(before, own)
    by_phase: dict[int, list[str]] = {}
    for stage in grid.order:
        by_phase.setdefault(reached[stage], []).append(stage)
    row: dict[str, int] = {}
    base = 0
    made = set(grid.made)
    for index in sorted(by_phase):
        top = base
        for stage in by_phase[index]:
            if stage not in made and not (low and stage in grid.hung):
                row[stage] = max([top, *(row[tail] + 1 for tail in pred[stage])])
                base = max(base, row[stage] + 1)
        if low:
            for abreast in _as_hung(grid, by_phase[index]):
                for stage in abreast:
                    row[stage] = max([base, *(row[tail] + 1 for tail in pred[stage])])
                base = max(row[stage] for stage in abreast) + 1
        lowest = base
        for stage in by_phase[index]:
            if stage in made:
                row[stage] = max([lowest, *(row[tail] + 1 for tail in pred[stage])])
                base = max(base, row[stage] + 1)
        if 0 <= index < len(chart.phases):
            grid.phase_rows.append((index, top, base - 1))
    return row


def _as_hung(grid: Grid, stages: list[str]) -> list[list[str]]:
    """Return the hung sets among some stages, row by row; those of the lowest stage of an arm first, arms abreast."""
    wanted = set(stages) & grid.hung
    place = {stage: index for index, stage in enumerate(grid.order)}
    hung: dict[int, dict[object, list[str]]] = {}
    for owner in reversed(grid.order):
        for head in grid.hangs.get(owner, ()):
            arm = grid.arm[owner]
            level, name = (-arm.level, (arm.split, arm.place)) if arm else (0, None)
            found = sorted(_following(grid, head) & wanted, key=place.__getitem__)
            hung.setdefault(level, {}).setdefault(name, []).extend(found)
    return [
        [stage for stage in abreast if stage is not None]
        for _, arms in sorted(hung.items())
        for abreast in zip_longest(*arms.values())
    ]


def _following(grid: Grid, head: str) -> set[str]:
    """Return a stage and everything that follows it."""
    reached, ahead = {head}, [head]
    while ahead:
        for stage in grid.succ[ahead.pop()]:
            if stage not in reached:
                reached.add(stage)
                ahead.append(stage)
    return reached


def _find_hung(grid: Grid) -> None:
    for heads in grid.hangs.values():
        for head in heads:
            grid.hung |= _following(grid, head)


def _take_out_hangs(grid: Grid, chart: Chart, kind: dict[tuple[str, str], str]) -> None:
    """Take the sets whose stage also goes on out of the columns: they never pull a trunk aside."""
    place = {stage: index for index, stage in enumerate(grid.order)}
    goes_on = {tail for (tail, _), what in kind.items() if what == "flow"}
    for head in [stage for stage in grid.order if grid.pred[stage]]:
        tails = grid.pred[head]
        if any(kind[tail, head] != "set" for tail in tails) or not any(tail in goes_on for tail in tails):
            continue
        if _entered_from_outside(grid, _following(grid, head), head):
            continue
        owner = max((tail for tail in tails if tail in goes_on), key=place.__getitem__)
        for tail in tails:
            grid.succ[tail] = [stage for stage in grid.succ[tail] if stage != head]
        grid.free += [link for link in chart.links if link.head == head and link.kind == "set" and link.tail != owner]
        grid.pred[head] = []
        grid.hangs.setdefault(owner, []).append(head)


def _take_out_made(grid: Grid, chart: Chart, kind: dict[tuple[str, str], str]) -> None:
    """Take sets out of the columns that stages make up in turns, as the cells of a factorial trial its comparisons.

    They stand in rows below everything else, and no trunk bends for them. They have at least two stages each, and those
    stages go on to nothing else.
    """
    phase = {card.id: card.phase for card in chart.cards}
    last = max((phase[stage] or 0 for stage in grid.order), default=0)
    possible = {
        stage
        for stage in grid.order
        if len(grid.pred[stage]) > 1
        and stage not in grid.hung
        and (phase[stage] or 0) == last
        and all(kind[tail, stage] == "set" and not grid.hangs.get(tail) for tail in grid.pred[stage])
    }
    while possible:  # until nothing is left that a stage goes on to besides
        beside = {
            head
            for head in possible
            if any(set(grid.succ[tail]) - possible for tail in grid.pred[head])
            or _entered_from_outside(grid, _following(grid, head), head)
        }
        if not beside:
            break
        possible -= beside
    turns = {tail for head in possible for tail in grid.pred[head] if len(grid.succ[tail]) > 1}
    heads = [stage for stage in grid.order if stage in possible]
    taken: set[str] = set()
    while more := {head for head in heads if head not in taken and turns & set(grid.pred[head])}:
        taken |= more
        turns = {tail for head in taken for tail in grid.pred[head]}
    reached: set[str] = set()
    for head in heads:
        if head in taken:
            reached |= _following(grid, head)
            for tail in grid.pred[head]:
                grid.succ[tail] = []
                grid.makes.setdefault(tail, []).append(head)
            grid.pred[head] = []
    grid.made = [stage for stage in grid.order if stage in reached]


def _entered_from_outside(grid: Grid, stages: set[str], head: str) -> bool:
    """Whether anything leads into some stages but through the head."""
    return any(tail not in stages for stage in stages if stage != head for tail in grid.pred[stage])


def _name_arms(grid: Grid) -> None:
    """Fill `arm`, from the roots down; a stage where arms meet again stands in the arm around their split."""
    arm = grid.arm
    heads: dict[str, tuple[str, int, int]] = {}
    if len(grid.roots) > 1:
        for index, root in enumerate(grid.roots):
            heads[root] = (START, index, len(grid.roots))
    for stage in grid.order:
        tails = grid.pred[stage]
        outer = arm[tails[0]] if tails else None
        while outer is not None and grid.after[outer.split] == stage:
            outer = outer.outer
        if len(tails) > 1 and outer is not None:
            # where some arms of a split meet before the others, nobody is the outer one of two
            outer = Arm(outer.split, 0, max(outer.of, 3), outer.level, outer.outer)
        if stage in heads:
            split, index, count = heads[stage]
            outer = Arm(split, index, count, outer.level + 1 if outer else 1, outer)
        arm[stage] = outer
        arms = [head for head in grid.succ[stage] if head != grid.after[stage]]
        if len(arms) > 1:
            for index, head in enumerate(arms):
                heads.setdefault(head, (stage, index, len(arms)))
