"""What boxes are made of: reasons, partitions, details, outcomes, and percentages as printed."""

from __future__ import annotations

from typing import Any

from consortflow.rules.balance import SET
from consortflow.schemas.diagnostics import Rule, rule

__all__ = ["DETAIL", "OUTCOME", "PERCENT", "POOLED", "REASONS", "broken", "unexplained"]

REASONS = rule(
    "B302",
    "reasons do not add up",
    why="The reasons for leaving are part of the count of those who left. Where they sum to something else, a "
    "reader cannot "
    "tell which number is wrong. If the source itself is incomplete, say so: `partial: true` where the list does "
    "not claim to "
    "be complete, `overlapping: true` where one person may have several reasons, `unexplained` for a gap.",
    wrong="""
stages:
  - kind: screening
    n: 109
    exits:
      - {label: Excluded, n: 39, reasons: {Not eligible: 21, Refused: 10}}
  - {kind: enrollment, n: 70}""",
    right="""
stages:
  - kind: screening
    n: 109
    exits:
      - {label: Excluded, n: 39, reasons: {Not eligible: 21, Refused: 10}, unexplained: {n: 8}}
  - {kind: enrollment, n: 70}""",
)
DETAIL = rule(
    "B304",
    "lines inside a box do not fit it",
    why="A line inside a box (received, did not receive) counts people in that box, so it is at most the box; lines "
    "of a "
    "partition make up the box.",
    wrong="""
stages:
  - kind: infusion
    n: 48
    details: [{label: Received the target dose, n: 49}]""",
    right="""
stages:
  - kind: infusion
    n: 48
    details: [{label: Received the target dose, n: 45}]""",
)
OUTCOME = rule(
    "B306",
    "outcomes do not fit their set",
    why="Events are counted among the people of the analysis set, so each is at most the set, and a partition makes "
    "it up.",
    wrong="""
stages:
  - {kind: infusion, n: 48}
analysis_sets:
  - {label: Evaluated, of: infusion, n: 48, outcomes: {Remission: 51}}""",
    right="""
stages:
  - {kind: infusion, n: 48}
analysis_sets:
  - {label: Evaluated, of: infusion, n: 48, outcomes: {Remission: 41}}""",
)
POOLED = rule(
    "B307",
    "pooled reasons do not add up",
    why="Reasons that a source gives for several exits together sum to those exits together.",
    wrong="""
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: A, stages: [{kind: allocation, n: 10, exits: [{label: Lost, n: 2}]}]}
      - {label: B, stages: [{kind: allocation, n: 10, exits: [{label: Lost, n: 3}]}]}
pooled:
  - {over: [a/allocation/lost, b/allocation/lost], reasons: {Moved: 4}}""",
    right="""
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: A, stages: [{kind: allocation, n: 10, exits: [{label: Lost, n: 2}]}]}
      - {label: B, stages: [{kind: allocation, n: 10, exits: [{label: Lost, n: 3}]}]}
pooled:
  - {over: [a/allocation/lost, b/allocation/lost], reasons: {Moved: 4, Died: 1}}""",
)
PERCENT = rule(
    "B308",
    "a printed percentage does not match",
    why="A percentage is checked against its count and its denominator, rounded half up to the decimals as typed. The "
    "denominator is the box that holds the count, or what `of` names.",
    wrong="""
stages:
  - kind: screening
    n: 93
    exits: [{label: Excluded, n: {n: 37, percent: 41}}]
  - {kind: enrollment, n: 56}""",
    right="""
stages:
  - kind: screening
    n: 93
    exits: [{label: Excluded, n: {n: 37, percent: 40}}]
  - {kind: enrollment, n: 56}""",
)


def broken(holder: str, division: str) -> Rule:
    """Return the rule that a division breaks where it cannot hold, by the kinds of its holder and of itself."""
    if division == "pooled" or holder == "pooled":
        return POOLED
    if holder == "arm":
        return SET
    if holder in ("set", "outcome"):
        return OUTCOME
    if division == "reasons":
        return REASONS
    return DETAIL


def unexplained(item: Any, unit: str) -> int:
    """Return the gap that the source itself has at an item, for a unit; negative for a surplus."""
    gap = getattr(item, "unexplained", None)
    if gap is None:
        return 0
    number: int = gap.n.get(unit, 0) if isinstance(gap.n, dict) else gap.n
    return number
