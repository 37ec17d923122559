"""A plan over participants' records: how many each line and each place holds, and who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consortflow.participants.patterns import Patterns
from consortflow.participants.placing import Placing

if TYPE_CHECKING:
    from consortflow.participants.columns import Prepared
    from consortflow.participants.routes import Plan

__all__ = ["Tally", "tally"]


class Tally:
    """How many participants each line, mark and place of a plan holds."""

    def __init__(self, plan: Plan, placing: Placing, lines: list[int], places: list[list[int]]) -> None:
        self.plan = plan
        self.placing = placing
        """Finds participants again."""
        self.lines = dict(zip(plan.lines, lines, strict=False))
        """How many participants each counted account has."""
        self.marks = lines[len(plan.lines) :]
        """How many participants each mark holds, in the plan's order."""
        self.places = places
        """How many participants end at each place of each route; place 0 is for those who never come."""


def tally(plan: Plan, prepared: Prepared) -> Tally:
    """Return the tally of a plan over prepared records. Raises FileError without a value of a cell."""
    placing = Placing(plan, prepared)
    lines, places = Patterns(plan, prepared).numbers() or placing.numbers()
    return Tally(plan, placing, lines, places)
