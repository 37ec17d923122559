"""What a reader of a cell-therapy trial needs for both rates: of all who were enrolled, and of those infused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from consortflow.rules.reporting import gives_no_reason
from consortflow.schemas.diagnostics import Diagnostic, Related, Severity, rule

if TYPE_CHECKING:
    from consortflow.network import Account
    from consortflow.rules.trial import Trial

__all__ = ["check"]

_DEFINED = "    definition: The apheresis product reached the manufacturing facility."

INTENDED = rule(
    "D401",
    "who was meant to be treated is not known",
    why="A response rate among the infused alone leaves out everyone whose cells failed, or who became too ill to "
    "wait for them. The number enrolled (or apheresed, or randomized) is the denominator of the intention-to-"
    "treat rate.",
    wrong="stages:\n  - {kind: lymphodepletion, n: 55, exits: [{label: Died, n: 7}]}\n  - {kind: infusion, n: 48}",
    right="""
stages:
  - kind: apheresis
    n: 67
    exits: [{label: Not treated, reasons: {Out of specification: 4, Died: 8}}]
  - {kind: lymphodepletion, n: 55, exits: [{label: Died, n: 7}]}
  - {kind: infusion, n: 48}""",
    severity=Severity.WARNING,
)
INFUSED = rule(
    "D402",
    "who was infused is not known",
    why="The infused are the denominator of most response and safety rates of a cell therapy. Without their number no"
    " rate can be checked.",
    wrong="stages:\n  - {kind: apheresis, n: 67}\n  - {kind: analysis, n: 67}",
    right="stages:\n  - {kind: apheresis, n: 67}\n  - {kind: infusion, n: 67}\n  - {kind: analysis, n: 67}",
    severity=Severity.WARNING,
)
COLLECTED = rule(
    "D403",
    "whose cells were collected is not said",
    why="Between enrollment and infusion lie apheresis and manufacturing. Without a stage of `kind: apheresis`, or a "
    "`definition` of enrolled that says so, a reader cannot tell whom a product was started for.",
    wrong="stages:\n  - {kind: enrollment, n: 67}\n  - {kind: lymphodepletion, n: 67}\n  - {kind: infusion, n: 67}",
    right=f"stages:\n  - kind: enrollment\n{_DEFINED}\n    n: 67\n"
    "  - {kind: lymphodepletion, n: 67}\n  - {kind: infusion, n: 67}",
    severity=Severity.WARNING,
)
MADE = rule(
    "D404",
    "who was lost to manufacturing is not said",
    why="Manufacturing failures belong to the treatment that is judged. They show as a stage of `kind: "
    "manufacturing`, or among the reasons for leaving between collection and infusion; where these are not given,"
    " a reader cannot tell.",
    wrong="stages:\n  - {kind: apheresis, n: 67, exits: [{label: Not infused, n: 19}]}\n  - {kind: infusion, n: 48}",
    right="""
stages:
  - kind: apheresis
    n: 67
    exits: [{label: Not infused, reasons: {Manufacturing failure: 4, Died: 15}}]
  - {kind: infusion, n: 48}""",
    severity=Severity.WARNING,
)

_SIGNS = frozenset({"apheresis", "manufacturing", "lymphodepletion"})
"""Stages that only cell therapies have."""
_STARTS = ("randomization", "enrollment", "apheresis")
_COLLECTION = re.compile(r"apheres|pheres|collect|harvest", re.IGNORECASE)


def check(trial: Trial) -> Iterator[Diagnostic]:
    """Yield what keeps a reader of a cell therapy's flow from either rate."""
    if trial.kinds.isdisjoint(_SIGNS):
        return
    starts = [stage for stage in trial.stages if stage.item.kind in _STARTS]
    infusions = [stage for stage in trial.stages if stage.item.kind == "infusion"]
    if not starts or all(trial.n(stage) is None for stage in starts):
        at = starts[0] if starts else trial.stages[0]
        fix = "add how many were enrolled, apheresed or randomized"
        message = "no intention-to-treat rate can be computed: nobody says how many were to be treated"
        yield INTENDED.found(message, trial.network.place(at), fix=fix)
    unfinished = not infusions and trial.stages[-1].item.kind in _SIGNS
    if not unfinished and all(trial.n(stage) is None for stage in infusions):
        at = infusions[0] if infusions else trial.stages[-1]
        yield INFUSED.found("how many were infused is not known", trial.network.place(at), fix="state it at `infusion`")
    if infusions and starts and "apheresis" not in trial.kinds and not any(map(_says_collected, starts)):
        message = f"{starts[0].label} does not say whether their cells were collected"
        fix = "add a stage of `kind: apheresis`, or a `definition` of enrolled that mentions it"
        yield COLLECTED.found(message, trial.label(starts[0]), fix=fix)
    if infusions and "manufacturing" not in trial.kinds:
        yield from _lost(trial, infusions[0])


def _says_collected(stage: Account) -> bool:
    texts = [stage.item.label, stage.item.note, getattr(stage.item, "definition", None)]
    return any(text and _COLLECTION.search(text) for text in texts)


def _lost(trial: Trial, infusion: Account) -> Iterator[Diagnostic]:
    """Yield a finding where people leave before the infusion, once in the trial, and not all reasons are given."""
    silent = []
    for stage in trial.stages:
        before = {*trial.before[stage.id], stage.item.kind}
        if not before.isdisjoint(_STARTS) and "infusion" not in before:
            exits = map(trial.network.account, trial.network.after(stage.id, "exit"))
            silent += [exit_ for exit_ in exits if exit_.item.partial or gives_no_reason(trial, exit_)]
    if silent:
        related = [Related(f"{exit_.label} gives no reason for some", trial.network.place(exit_)) for exit_ in silent]
        message = f"who had no product before {infusion.label} is not said"
        fix = "give the reasons for leaving, or add a stage of `kind: manufacturing`"
        yield MADE.found(message, trial.label(infusion), fix=fix, related=related)
