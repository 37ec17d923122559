"""Where every stage stands from left to right, with arms symmetric and trunks straight by construction.

From each split to where its arms meet again the arms stand at one pitch, the widest that two neighbours need
in any slot; `contour` says what a slot is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from consortflow.diagrams.buses import APART
from consortflow.diagrams.contour import (
    ABOVE,
    BELOW,
    BUS,
    LINE,
    SLOTS,
    Contour,
    Extents,
    cover,
    keep_clear,
    merge,
)
from consortflow.diagrams.grid import END, START, Grid
from consortflow.diagrams.measure import PIXEL, snap

__all__ = ["Columns", "columns_of"]

CORNER = 12.0
"""Points from the corner of a box to the nearest line that may enter it."""
WIDE = 1e9


class _Column:
    __slots__ = ("contour", "loose", "members")

    def __init__(self) -> None:
        self.contour: Contour = {}
        self.members: list[str] = []
        self.loose: list[tuple[str, str, _Column]] = []
        """Sets that reach below the end of this column, (stage, set, its column): hung where there is room."""


class _Element(NamedTuple):
    at: float
    """In pitches, from the first arm."""
    column: _Column


class _Tangled(Exception):  # noqa: N818 - a signal between two functions, never raised to a caller
    """A stage is reached by two columns: the flow is not series-parallel here."""


class Columns(NamedTuple):
    """The result: x of every stage's middle, and of the free lanes past the stages that some skip."""

    x: dict[str, float]
    lanes: dict[tuple[str, str], float]
    entered: dict[str, float]
    """How far right of its middle the line of a hung set enters it."""
    tangled: bool


Order = Callable[[list[str]], list[str]]
"""From the stages of a tangle to the same stages, left to right."""


def columns_of(grid: Grid, extents: dict[str, Extents], gap: float, aside: float, order: Order) -> Columns:
    """Place the stages of a grid.

    Neighbouring arms keep `gap` points between their contours, and sets that hang beside a trunk keep `aside`.
    Where the flow is not series-parallel, `order` says what stands left of what.
    """
    builder = _Builder(grid, extents, gap, aside, order)
    try:
        builder.build()
    except _Tangled:
        builder = _Builder(grid, extents, gap, aside, order)
        builder.build_tangled()
    return builder.resolve()


class _Builder:
    def __init__(self, grid: Grid, extents: dict[str, Extents], gap: float, aside: float, order: Order) -> None:
        self.grid = grid
        self.extents = extents
        self.gap = gap
        self.aside = aside
        self.order = order
        self.blocks: dict[str, _Column] = {}
        self.anchor: dict[str, tuple[str, float]] = {}
        self.lanes: dict[tuple[str, str], tuple[str, float]] = {}
        self.claimed: set[str] = set()
        self.entered: dict[str, float] = {}
        self.tangled = False

    def build(self) -> None:
        """Blocks from the innermost split outwards, then the roots, then the sets that found no room."""
        grid = self.grid
        for stage in reversed(grid.order):
            if len(grid.succ[stage]) > 1:
                self.blocks[stage] = self._block(stage, grid.succ[stage], grid.after[stage])
        if not grid.roots:
            return
        if len(grid.roots) == 1:
            top = self._chain(grid.roots[0], END, None)
            self._anchor(top, START, 0.0)
        else:
            top = self._block(START, grid.roots, grid.after[START])
            if grid.after[START] != END:
                tail = self._chain(grid.after[START], END, None)
                merge(top.contour, tail.contour, 0.0)
                self._anchor(tail, START, 0.0)
                top.loose += tail.loose
        for _, head, column in top.loose:
            self._hang(top.contour, START, head, column)
        self._stand_made(top)
        missing = [stage for stage in grid.order if stage not in self.anchor]
        if missing or len(self.claimed) != len(grid.order):
            raise _Tangled

    def build_tangled(self) -> None:
        """Everything as one tangle."""
        self.tangled = True
        self._tangle(START, list(self.grid.order))

    def resolve(self) -> Columns:
        x = self._places()
        lanes = {pair: x[at] + dx for pair, (at, dx) in self.lanes.items()}
        del x[START]
        return Columns(x, lanes, self.entered, self.tangled)

    def _anchor(self, column: _Column, at: str, dx: float) -> None:
        for stage in column.members:
            self.anchor[stage] = (at, dx)

    def _chain(self, head: str, stop: str, top: int | None) -> _Column:
        """Return the column from a stage down to `stop`, its line starting in slot `top`."""
        grid, row = self.grid, self.grid.row
        column = _Column()
        contour = column.contour
        stage, slot, line = head, top, self.extents[head].enter
        while stage != stop:
            if stage == END or stage in self.claimed:
                raise _Tangled
            self.claimed.add(stage)
            column.members.append(stage)
            own = SLOTS * row[stage]
            extents = self.extents[stage]
            if slot is not None:
                keep_clear(contour, range(slot, own), line, extents.enter)
            cover(contour, own, -extents.half, extents.half)
            cover(contour, own - SLOTS + ABOVE, *extents.above)
            cover(contour, own + BELOW, *extents.below)
            if stage in self.blocks:
                block = self.blocks[stage]
                keep_clear(contour, range(own + BUS, own + BUS + 1), extents.leave, 0.0)
                merge(contour, block.contour, 0.0)
                column.loose += block.loose
                block.loose = []
                stage = grid.after[stage]
                slot = SLOTS * row[stage] - SLOTS + BUS if stage != END else None
                line = self.extents[stage].enter if stage != END else 0.0
            else:
                following = grid.succ[stage]
                stage = following[0] if following else END
                slot, line = own + BELOW, extents.leave
            if stage == END:
                break
        if stop not in (END, stage):
            raise _Tangled
        if made := grid.makes.get(column.members[-1]):
            above = SLOTS * row[made[0]] - SLOTS + BUS
            aside = (len(made) - 1) / 2 * APART
            keep_clear(contour, range(SLOTS * row[column.members[-1]] + BELOW, above + 1), line - aside, line + aside)
        if stop != END and slot is not None:
            keep_clear(contour, range(slot, SLOTS * row[stop] - SLOTS + BUS + 1), line, line)
        self._hang_all(column, stop)
        return column

    def _stand_made(self, top: _Column) -> None:
        """Stand the sets that stages make up in turns below them all, from end to end at one pitch."""
        heads = dict.fromkeys(head for made in self.grid.makes.values() for head in made)
        tails_of = {head: [tail for tail, made in self.grid.makes.items() if head in made] for head in heads}
        if not tails_of:
            return
        x = self._places()
        ordered = sorted(tails_of, key=lambda head: sum(x[tail] for tail in tails_of[head]) / len(tails_of[head]))
        columns = [self._chain(head, END, SLOTS * self.grid.row[head] - SLOTS + BUS) for head in ordered]
        low, high = (end(x[tail] for tail in self.grid.makes) for end in (min, max))
        least = (high - low) / max(len(ordered) - 1, 1)
        pitch = max(self._pitch([_Element(place, column) for place, column in enumerate(columns)]), least)
        middle = (low + high) / 2
        for place, column in enumerate(columns):
            dx = round((middle + (place - (len(columns) - 1) / 2) * pitch) / PIXEL) * PIXEL
            merge(top.contour, column.contour, dx)
            self._anchor(column, START, dx)
            for _, head, hung in column.loose:
                self._hang(top.contour, START, head, hung)

    def _places(self) -> dict[str, float]:
        """Return where everything stands that has its place so far."""
        x: dict[str, float] = {START: 0.0}
        for stage in self.grid.order:
            if stage in self.anchor:
                at, dx = self.anchor[stage]
                x[stage] = x[at] + dx
        return x

    def _hang_all(self, column: _Column, stop: str) -> None:
        """Hang the sets of a column at its right, the lowest stage first, so that feeding lines nest."""
        row = self.grid.row
        waiting = column.loose
        column.loose = []
        floor = SLOTS * row[stop] - SLOTS + BUS if stop != END else None
        for stage in reversed(column.members):
            for head in self.grid.hangs.get(stage, ()):
                top = SLOTS * row[stage] + (BELOW if self.grid.some_leave(stage) else BUS)
                waiting.append((stage, head, self._chain(head, END, top)))
        for stage, head, hung in waiting:
            if floor is not None and max(hung.contour) >= floor:
                column.loose.append((stage, head, hung))
            else:
                self._hang(column.contour, column.members[0], head, hung)

    def _hang(self, contour: Contour, at: str, head: str, hung: _Column) -> None:
        """Hang a set where its line has room, its box below as far to the left as the line still enters it."""
        own = SLOTS * self.grid.row[head]
        line, box = -WIDE, -WIDE
        for slot, (low, _) in hung.contour.items():
            if slot in contour:
                needed = contour[slot][1] + self.aside - low
                line, box = (max(line, needed), box) if slot < own else (line, max(box, needed))
        extents = self.extents[head]
        play = max(extents.half - CORNER, 0.0) if extents.enter == 0.0 else 0.0
        dx = snap(max(box, line - play) if line > -WIDE else max(box, extents.half))
        shift = max(snap(line - dx, PIXEL), 0.0)
        if shift:
            self.entered[head] = shift
        for slot, (low, high) in hung.contour.items():
            moved = dx + (shift if slot < own else 0.0)
            cover(contour, slot, low + moved, high + moved)
        self._anchor(hung, at, dx)
        for _, inner, column in hung.loose:
            self._hang(contour, at, inner, column)

    def _block(self, split: str, kids: list[str], stop: str) -> _Column:
        """Return the arms of a split down to where they meet, around the split's own trunk."""
        grid = self.grid
        arms = [kid for kid in kids if kid != stop]
        top = SLOTS * grid.row[split] + BUS if split != START else None
        try:
            elements, _ = self._elements(arms, stop, top, 0)
        except _Tangled:
            return self._tangle(split, self._between(kids, stop, split))
        middle = (max(element.at for element in elements) + min(element.at for element in elements)) / 2
        pitch = self._pitch(elements)
        block = _Column()
        for element in elements:
            dx = (element.at - middle) * pitch
            merge(block.contour, element.column.contour, dx)
            self._anchor(element.column, split, dx)
            block.loose += element.column.loose
        if len(arms) < len(kids):
            self._lane(block, split, stop)
        return block

    def _lane(self, block: _Column, split: str, stop: str) -> None:
        """Return a free lane at the right for those who pass from a split straight to where its arms meet."""
        slots = range(SLOTS * self.grid.row[split] + BUS, SLOTS * self.grid.row[stop] - SLOTS + BUS + 1)
        dx = snap(max(block.contour[slot][1] for slot in slots if slot in block.contour) + self.gap / 2 + LINE)
        for slot in slots:
            cover(block.contour, slot, -LINE, dx + LINE)
        self.lanes[split, stop] = (split, dx)

    def _elements(
        self, kids: list[str], stop: str, top: int | None, first: int, nested: int = 0
    ) -> tuple[list[_Element], float]:
        """Return the arms of a split and what some of them merge into, with their middle, in pitches."""
        if nested > 40:
            raise _Tangled
        groups: dict[str, list[str]] = {}
        for kid in kids:
            branch = kid
            while self.grid.after[branch] != stop:
                branch = self.grid.after[branch]
                if branch == END:
                    raise _Tangled
            groups.setdefault(branch, []).append(kid)
        elements: list[_Element] = []
        middles: list[float] = []
        at = first
        for group in groups.values():
            if len(group) == 1:
                elements.append(_Element(at, self._chain(group[0], stop, top)))
                middles.append(at)
                at += 1
                continue
            meeting = self.grid.common(group)
            if meeting in group:
                raise _Tangled
            inner, middle = self._elements(group, meeting, top, at, nested + 1)
            elements += inner
            tail = self._chain(meeting, stop, SLOTS * self.grid.row[meeting] - SLOTS + BUS)
            elements.append(_Element(middle, tail))
            middles.append(middle)
            at += len(group)
        return elements, (min(middles) + max(middles)) / 2

    def _pitch(self, elements: list[_Element]) -> float:
        """Return the least distance of neighbouring arms at which no two columns meet in any slot."""
        by_slot: dict[int, list[tuple[float, float, float]]] = {}
        for element in elements:
            for slot, (low, high) in element.column.contour.items():
                by_slot.setdefault(slot, []).append((element.at, low, high))
        pitch = 0.0
        for spans in by_slot.values():
            spans.sort()
            reach_at, reach = spans[0][0], spans[0][2]
            for at, low, high in spans[1:]:
                if at > reach_at:
                    pitch = max(pitch, (reach + self.gap - low) / (at - reach_at))
                    reach_at, reach = at, high
                else:
                    reach = max(reach, high)
        return snap(pitch)

    def _between(self, kids: list[str], stop: str, split: str) -> list[str]:
        """List everything from the arms of a split to where they meet; tangled where others lead in."""
        reached, ahead = set(), list(kids)
        while ahead:
            stage = ahead.pop()
            if stage == stop or stage in reached:
                continue
            reached.add(stage)
            ahead += self.grid.succ[stage]
            ahead += self.grid.hangs.get(stage, ())
        if any(tail not in reached and tail != split for stage in reached for tail in self.grid.pred[stage]):
            raise _Tangled
        if stop != END and any(self.grid.row[stage] >= self.grid.row[stop] for stage in reached):
            raise _Tangled
        return [stage for stage in self.grid.order if stage in reached]

    def _tangle(self, split: str, stages: list[str]) -> _Column:
        """Place stages in the order given from left to right, straight chains kept straight.

        Every unit stands halfway between where it would stand pushed to the left and pushed to the right.
        """
        self.tangled = True
        grid, row = self.grid, self.grid.row
        inside = set(stages)
        unit_of: dict[str, str] = {}
        units: dict[str, list[str]] = {}
        for stage in stages:
            tails = grid.pred[stage]
            straight = len(tails) == 1 and tails[0] in inside and len(grid.succ[tails[0]]) == 1
            unit = unit_of[tails[0]] if straight else stage
            unit_of[stage] = unit
            units.setdefault(unit, []).append(stage)
        contours: dict[str, Contour] = {}
        for unit, members in units.items():
            contour: Contour = {}
            slot, line = -1, 0.0
            for stage in members:
                own, extents = SLOTS * row[stage], self.extents[stage]
                if slot >= 0:
                    keep_clear(contour, range(slot, own), line, extents.enter)
                cover(contour, own, -extents.half, extents.half)
                cover(contour, own - SLOTS + ABOVE, *extents.above)
                cover(contour, own + BELOW, *extents.below)
                slot, line = own + BELOW, extents.leave
            contours[unit] = contour
        ordered = [stage for stage in self.order(stages) if stage in units]
        left = self._pushed(ordered, contours, 1)
        right = self._pushed(ordered[::-1], contours, -1)
        shift = max(left.values()) - min(left.values())
        x = {unit: (left[unit] + right[unit] + shift) / 2 for unit in ordered}
        middle = (min(x.values()) + max(x.values())) / 2
        block = _Column()
        for unit in ordered:
            dx = snap(x[unit] - middle, 0.75)
            merge(block.contour, contours[unit], dx)
            for stage in units[unit]:
                self.anchor[stage] = (split, dx)
                self.claimed.add(stage)
        return block

    def _pushed(self, ordered: Iterable[str], contours: dict[str, Contour], sign: int) -> dict[str, float]:
        """Return the place of each unit when all are pushed to one side as far as the order allows."""
        front: dict[int, float] = {}
        x: dict[str, float] = {}
        for unit in ordered:
            spans = {s: (low, high) if sign > 0 else (-high, -low) for s, (low, high) in contours[unit].items()}
            # a pixel more than asked for, since places are rounded to pixels afterwards
            at = max((front[s] + self.gap + 1.5 - low for s, (low, _) in spans.items() if s in front), default=0.0)
            for slot, (_, high) in spans.items():
                front[slot] = at + high
            x[unit] = at * sign
        return x
