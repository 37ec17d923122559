"""What a trial registry publishes of a participant flow: groups, periods, milestones and reasons, as they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["LONGEST", "Achieved", "Group", "Line", "Period", "Record", "plain"]

LONGEST = 2000
"""How many characters of a registry's text are kept: its own limits are far below."""
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
"""What Markdown escapes: the registry's texts are Markdown, as in `\\>= 18 years`."""


class Achieved(NamedTuple):
    """How many of a group reached a milestone, or left for a reason."""

    n: int | None
    """Participants; None where the record has no readable number."""
    units: int | None = None
    """Of whatever else the record counts: eyes, clinics."""
    comment: str = ""


class Line(NamedTuple):
    """A milestone or a reason of a period, and how many of each group."""

    label: str
    counts: Mapping[str, Achieved]
    """By the id of the group."""
    comment: str = ""

    def n(self, group: str) -> int | None:
        """Return how many participants of a group; None where the record does not say."""
        found = self.counts.get(group)
        return None if found is None else found.n


class Period(NamedTuple):
    """A stretch of the trial with its own beginning and end, which need not follow from another."""

    title: str
    started: Line
    completed: Line
    left: Line
    """Those who did not complete: as written, or else what is missing."""
    milestones: tuple[Line, ...] = ()
    """Whatever else was counted between the two."""
    reasons: tuple[Line, ...] = ()


class Group(NamedTuple):
    """A column of the registry's table: an arm, a sequence, a cohort."""

    id: str
    title: str
    description: str = ""


class Record(NamedTuple):
    """One trial of a registry, as far as its participants are concerned."""

    name: str
    """The file it was read from."""
    registration: str
    title: str
    groups: tuple[Group, ...]
    periods: tuple[Period, ...]
    enrolment: int | None = None
    """How many were enrolled, where that is an actual number and no estimate."""
    unit: str = ""
    """What else is counted beside participants; empty where nothing is."""
    pre_assignment: str = ""
    recruitment: str = ""
    allocation: str = ""
    model: str = ""
    """The intervention model: PARALLEL, CROSSOVER ..."""
    model_description: str = ""


def plain(text: object, most: int = LONGEST) -> str:
    r"""Return a registry's text on one line: without Markdown's escapes and what cannot be printed, cut to `most`.

    >>> plain("aged \\>= 18\n years")
    'aged >= 18 years'
    """
    if not isinstance(text, str):
        return ""
    kept = text[: 4 * most]
    kept = "".join(c if c.isprintable() else " " for c in kept)
    kept = " ".join(_ESCAPED.sub(r"\1", kept).split())
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "\u2026"
