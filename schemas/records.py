"""The tables that a study counts its participants from, and how people are picked from them."""

import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from consortflow.schemas.base import Criterion, Label, Model, Reference, Text

__all__ = ["Join", "Missing", "Records"]

Missing: TypeAlias = Literal["error", "excluded", "eligible"]
"""What a participant counts as whose values do not decide a criterion."""
JoinName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[^\W\d]\w*$", max_length=64)]


class Join(Model):
    """A further table with at most one row for each participant, once its `where` has picked the rows."""

    table: Text
    """The file of the table, beside the study file."""
    id: Text | None = None
    """Its column that names the participant; the one of `records` where none is given."""
    where: Criterion | None = None
    """Which of its rows count."""


class Records(Model):
    """Participants to count from, in place of numbers."""

    table: Text | None = None
    """The file of records beside the study file, one row per participant; left out where it is given when counting."""
    id: Text
    """The column that names the participant."""
    unit: Label | None = None
    """What a row is, of the units of the study."""
    where: Criterion | None = None
    """Which rows are participants of the study; all of them where none is given."""
    join: dict[JoinName, Join] = Field(default_factory=dict)
    """Further tables by name, whose columns are `name.column`."""
    as_of: datetime.date | None = None
    """The date that `as_of` stands for in criteria."""
    missing: Missing = "error"
    """What missing values in a criterion mean: an error, or that the participant is excluded or eligible."""
    missing_values: tuple[Annotated[str, StringConstraints(max_length=64)], ...] = ()
    """Texts that stand for a missing value, such as NA; blank text always does."""
    start: Reference | None = None
    """The stage that the records begin at; the first one where none is given."""
    planned_arm: Text | None = None
    """The column of the arm that a participant was assigned to, to be compared with the actual one."""
    actual_arm: Text | None = None
    """The column of the arm that a participant was in."""
