"""A record as a table: a cell for each group and period, which periods follow from which, who begins together."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from consortflow.registries.record import Achieved, Group, Line, Period, Record

__all__ = ["Cell", "Cells", "in_words"]

NOT_SAID = Achieved(None)


class Cell(NamedTuple):
    """What a record says of one group in one period."""

    group: Group
    period: Period
    place: int

    @property
    def started(self) -> Achieved:
        """Those who began the period."""
        return self.period.started.counts.get(self.group.id, NOT_SAID)

    @property
    def completed(self) -> Achieved:
        """Those who completed it."""
        return self.period.completed.counts.get(self.group.id, NOT_SAID)

    @property
    def left(self) -> Achieved:
        """Those who did not."""
        return self.period.left.counts.get(self.group.id, NOT_SAID)

    def lines(self, lines: tuple[Line, ...]) -> list[tuple[Line, Achieved]]:
        """Return milestones or reasons that the record counts this group for."""
        return [(line, line.counts[self.group.id]) for line in lines if self.group.id in line.counts]

    @property
    def nobody(self) -> bool:
        """Whether nobody of the group was in the period."""
        counted = [self.started, self.completed, self.left]
        counted += [one for _, one in self.lines(self.period.milestones + self.period.reasons)]
        return all(one.n == 0 and not one.units for one in counted)

    @property
    def gap(self) -> Achieved:
        """What the record's own numbers leave unexplained between who started, left and completed; 0 where nothing."""
        n = self._gap(self.started.n, self.completed.n, self.left.n)
        return Achieved(n, self._gap(self.started.units, self.completed.units, self.left.units))

    @staticmethod
    def _gap(started: int | None, completed: int | None, left: int | None) -> int | None:
        return None if started is None or completed is None or left is None else started - completed - left

    @property
    def adds_up(self) -> bool:
        """Whether nothing is left unexplained, as far as the numbers are known."""
        return not self.gap.n and not self.gap.units


class Cells:
    """The groups of a record by the periods they are in."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.periods = record.periods
        self.of: dict[str, list[Cell]] = {
            group.id: [Cell(group, period, place) for place, period in enumerate(record.periods)]
            for group in record.groups
        }
        """By the id of the group, in the order of the periods."""

    @cached_property
    def sections(self) -> list[tuple[int, list[Group]]]:
        """The groups that begin together: the period, and who.

        Where a group pauses and comes back, every period is a new count of everyone, and all groups begin at first.
        """
        entries: dict[int, list[Group]] = {}
        for group in self.record.groups:
            busy = [cell.place for cell in self.of[group.id] if not cell.nobody]
            if busy and len(busy) <= busy[-1] - busy[0]:
                return [(0, list(self.record.groups))]
            entries.setdefault(busy[0] if busy else 0, []).append(group)
        return sorted(entries.items()) if 0 in entries else [(0, list(self.record.groups))]

    @cached_property
    def following(self) -> frozenset[int]:
        """The periods that follow from the one before: as many of every group in them started as completed that one."""
        found = set()
        for place in range(1, len(self.periods)):
            pairs = [(cells[place - 1], cells[place]) for cells in self.of.values() if cells[place].started.n != 0]
            if pairs and all(_as_many(one, other) for one, other in pairs):
                found.add(place)
        return frozenset(found)

    def chained(self, one: Cell, other: Cell) -> bool:
        """Whether a group's period follows from the one before."""
        return other.place in self.following and _as_many(one, other)

    @property
    def some_join_later(self) -> bool:
        """Whether more of some group start a period than completed the one before."""
        pairs = (pair for cells in self.of.values() for pair in pairwise(cells))
        return any((other.started.n or 0) > (one.completed.n or 0) for one, other in pairs)

    def some_left(self, place: int) -> bool:
        """Whether anybody of any group left in a period, or nobody knows."""
        return any(cells[place].left.n != 0 for cells in self.of.values())

    def follows(self, place: int) -> bool:
        """Whether a period follows from the one before for every group."""
        return place > 0 and all(self.chained(cells[place - 1], cells[place]) for cells in self.of.values())

    def sum_of(self, line: Line, groups: Iterable[Group]) -> Achieved:
        """Return how many some groups are together; None for what is not known of one of them."""
        counted = [line.counts.get(group.id, NOT_SAID) for group in groups]
        n = None if any(one.n is None for one in counted) else sum(one.n or 0 for one in counted)
        units = None if any(one.units is None for one in counted) else sum(one.units or 0 for one in counted)
        return Achieved(n, units)

    def exceeds(self, line: Line, period: Period) -> bool:
        """Whether a milestone counts more of some group than started: people who are in another group's column."""
        for group, counted in line.counts.items():
            started = period.started.counts.get(group, NOT_SAID)
            if counted.n is None or started.n is None or counted.n > started.n:
                return True
            if counted.units is not None and started.units is not None and counted.units > started.units:
                return True
        return False

    def divides_all(self, line: Line) -> bool:
        """Whether a milestone that exceeds a group fits everyone: it divides them otherwise than the groups do."""
        first = self.periods[0]
        if len(self.sections) > 1 or len(self.record.groups) == 1 or line not in first.milestones:
            return False
        total, started = self.sum_of(line, self.record.groups), self.sum_of(first.started, self.record.groups)
        fits = total.n is not None and started.n is not None and total.n <= started.n
        return fits and (total.units is None or (started.units is not None and total.units <= started.units))


def in_words(counted: Achieved) -> str:
    """Return a number of participants for a sentence."""
    return "an unknown number" if counted.n is None else str(counted.n)


def _as_many(one: Cell, other: Cell) -> bool:
    """Whether as many started a period as completed the one before."""
    return one.completed[:2] == other.started[:2] and one.completed.n is not None
