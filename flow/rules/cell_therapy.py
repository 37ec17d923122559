"""What a reader of a cell-therapy trial needs for both rates: of all who were enrolled, and of those infused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from consortflow.rules.order import CELL_THERAPY
from consortflow.rules.reporting import gives_no_reason
from consortflow.rules.wording import says_collected, says_donor, says_not_made
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

_STARTS = ("randomization", "enrollment", "apheresis")


def check(trial: Trial) -> Iterator[Diagnostic]:
    """Yield what keeps a reader of a cell therapy's flow from either rate."""
    if trial.kinds.isdisjoint(CELL_THERAPY):
        return
    starts = [stage for stage in trial.stages if stage.item.kind in _STARTS]
    infusions = _infusions(trial)
    if trial.solution.ok and all(trial.n(stage) is None for stage in starts):
        at = starts[0] if starts else trial.stages[0]
        fix = "add how many were enrolled, apheresed or randomized"
        message = "no intention-to-treat rate can be computed: nobody says how many were to be treated"
        yield INTENDED.found(message, trial.network.place(at), fix=fix)
    unfinished = not infusions and any(
        stage.item.kind in CELL_THERAPY and trial.ends(stage.id) for stage in trial.stages
    )
    if trial.solution.ok and not unfinished and all(trial.n(stage) is None for stage in infusions):
        at = infusions[0] if infusions else trial.stages[-1]
        yield INFUSED.found("how many were infused is not known", trial.network.place(at), fix="state it at `infusion`")
    if not infusions or not starts or says_donor(_said(trial)):
        return
    if "apheresis" not in trial.kinds and not says_collected(_told(trial, starts)):
        message = f"{starts[0].label} does not say whether their cells were collected"
        fix = "add a stage of `kind: apheresis`, or a `definition` of enrolled that mentions it"
        yield COLLECTED.found(message, trial.label(starts[0]), fix=fix)
    if "manufacturing" not in trial.kinds:
        yield from _lost(trial, infusions)


def _infusions(trial: Trial) -> list[Account]:
    """Return the infusions; where no stage is called one, the treatments that cells were made for."""
    infusions = [stage for stage in trial.stages if stage.item.kind == "infusion"]
    treatments = (stage for stage in trial.stages if stage.item.kind == "treatment")
    return infusions or [stage for stage in treatments if not CELL_THERAPY.isdisjoint(trial.before[stage.id])]


def _said(trial: Trial) -> Iterator[str | None]:
    """Yield where a study may say whose cells were given: its title, its arms, the labels and notes of its stages."""
    yield trial.about.title
    for account in (*trial.arms, *trial.stages):
        yield account.label
        yield account.item.note
        yield getattr(account.item, "product", None)
        yield getattr(account.item, "definition", None)


def _told(trial: Trial, starts: list[Account]) -> Iterator[str | None]:
    """Yield where a study may say that cells were collected: its first steps, others, and why people left them."""
    network = trial.network
    for stage in (*starts, *(stage for stage in trial.stages if stage.item.kind in ("other", "manufacturing"))):
        yield from (stage.item.label, stage.item.note, getattr(stage.item, "definition", None))
        for exit_ in network.after(stage.id, "exit"):
            yield from (network.account(full).label for full in (exit_, *network.after(exit_, "part")))


def _lost(trial: Trial, infusions: list[Account]) -> Iterator[Diagnostic]:
    """Yield a finding where people leave before the infusion, once in the trial, and not all reasons are given."""
    silent = []
    to_be_infused = trial.leading_to(stage.id for stage in infusions)
    for stage in trial.stages:
        before = {*trial.before[stage.id], stage.item.kind}
        if stage.id in to_be_infused and not before.isdisjoint(_STARTS) and "infusion" not in before:
            exits = map(trial.network.account, trial.network.after(stage.id, "exit"))
            silent += [exit_ for exit_ in exits if _may_hide(trial, exit_)]
    if silent:
        related = [Related(f"{exit_.label} gives no reason for some", trial.network.place(exit_)) for exit_ in silent]
        message = f"who had no product before {infusions[0].label} is not said"
        fix = "give the reasons for leaving, or add a stage of `kind: manufacturing`"
        yield MADE.found(message, trial.label(infusions[0]), fix=fix, related=related)


def _may_hide(trial: Trial, exit_: Account) -> bool:
    """Whether some who left by an exit may have had no product, and nothing says so."""
    if gives_no_reason(trial, exit_):
        return True
    named = (trial.network.account(full).label for full in trial.network.after(exit_.id, "part"))
    return exit_.item.partial and not trial.nobody(exit_) and exit_.item.note is None and not says_not_made(named)
