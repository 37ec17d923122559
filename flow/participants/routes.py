"""What a plan of counting is made of: criteria, the places a participant can end at, and the ways that lead there.

Conditions are data classes, not tuples: tuples of different classes are equal where their parts are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from consortflow.network import Path
from consortflow.schemas.criteria import Tree

__all__ = [
    "All", "Among", "Any_", "At", "Condition", "Criterion", "Fault", "FaultKind", "In", "Line", "Mark", "Met", "Not",
    "Place", "Plan", "Route", "Several", "Side", "Split", "Steps", "Unsure",
]  # fmt: skip


class Criterion(NamedTuple):
    """One criterion of the study file: a column of truths, and one of doubts where missing values are an error."""

    tree: Tree
    account: str
    """Whom it is about."""
    path: Path
    """Where it is written."""
    unsure: bool | None = None
    """What it comes to where values are missing; None where that is an error."""
    written: bool = True
    """Whether the file spells it out: not so for the values of a column."""


@dataclass(frozen=True, slots=True)
class Met:
    """A criterion is met."""

    criterion: int


@dataclass(frozen=True, slots=True)
class Unsure:
    """Missing values leave open whether a criterion is met."""

    criterion: int


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; nothing at all holds always."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 - typing has Any
    """A part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Several:
    """Two of the parts hold, or more."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class At:
    """A participant ends at one of these places of a route."""

    route: int
    codes: frozenset[int]


@dataclass(frozen=True, slots=True)
class In:
    """A participant is in one of these boxes."""

    accounts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Side:
    """A participant is in one part of a split: 1 is the first, 0 none, below 0 where missing values leave it open."""

    split: int
    code: int


Condition: TypeAlias = Met | Unsure | All | Any_ | Not | Several | At | In | Side


class FaultKind(StrEnum):
    """What can be wrong with a participant's way through the study."""

    MISSING = "missing values"
    NO_DISPOSITION = "no disposition"
    NO_REASON = "no reason"
    NO_ARM = "no arm"
    SEVERAL_ARMS = "several arms"
    WENT_ON = "left and went on"
    UNLISTED = "another value"
    NO_PART = "no part"
    SEVERAL_PARTS = "several parts"
    APART = "planned and actual arm"
    OVERLAP = "several criteria"


class Fault(NamedTuple):
    """What is wrong, with whom, and by which criterion."""

    kind: FaultKind
    account: str
    criterion: int | None = None


class Place(NamedTuple):
    """Where a participant ends on a route: the boxes passed, and what is wrong or where the way goes on."""

    within: tuple[str, ...]
    fault: Fault | None = None
    goes_to: str = ""
    """The stage at which another route begins."""


Steps: TypeAlias = "tuple[tuple[Condition | None, int | Steps], ...]"
"""Conditions in order with what follows where they are met: the number of a place, or more steps. None always is."""


class Route(NamedTuple):
    """The ways from one stage on, up to where ways meet again."""

    stage: str
    enters: Condition | None
    """Who comes to the stage; None for everyone."""
    steps: Steps
    places: tuple[Place, ...]
    """By number, from 1; 0 is for those who never come."""


class Split(NamedTuple):
    """Parts of some people, each person in the first that applies; the last may take everyone who is left."""

    criteria: tuple[Condition, ...]
    doubts: tuple[Condition | None, ...]
    rest: int = 0
    """The number of the part that takes those who are left."""


Among: TypeAlias = tuple[frozenset[str], ...]
"""Boxes: a participant is in at least one of each group."""


class Line(NamedTuple):
    """The people of one account: those among some boxes for whom a condition holds."""

    among: Among
    condition: Condition | None = None


class Mark(NamedTuple):
    """People with whom something is wrong that is no place of its own."""

    line: Line
    fault: Fault


class Plan(NamedTuple):
    """How participants are counted: everything a pass over the records needs."""

    criteria: tuple[Criterion, ...]
    routes: tuple[Route, ...]
    splits: tuple[Split, ...]
    lines: dict[str, Line]
    marks: tuple[Mark, ...]
