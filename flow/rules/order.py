"""Steps that cannot come in the order they are written, arms nobody is randomized to, and labels that say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from consortflow.rules.wording import says_again
from consortflow.schemas.diagnostics import Diagnostic, Related, Severity, rule

if TYPE_CHECKING:
    from consortflow.network import Account
    from consortflow.rules.trial import Trial

__all__ = ["check"]

ORDER = rule(
    "S113",
    "a step comes after what it prepares",
    why="Cells are collected, made into a product and, after bridging therapy and lymphodepletion, infused. A first "
    "lymphodepletion that follows the infusion is usually two stages in the wrong order. Where the trial really "
    "did so, waive the line with the reason.",
    wrong="stages:\n  - {kind: infusion, n: 48}\n  - {kind: lymphodepletion, n: 48}",
    right="stages:\n  - {kind: lymphodepletion, n: 48}\n  - {kind: infusion, n: 48}",
    waivable=True,
)
NOT_RANDOMISED = rule(
    "S114",
    "arms that nobody is randomized to",
    why="In a randomized design the split is the randomization, and a reader looks for the number randomized. Name "
    "the stage that splits, or one before it, `kind: randomization`; mark arms that nobody was randomized to "
    "`status: non-randomised`.",
    wrong="""
study: {design: parallel}
stages:
  - kind: enrollment
    n: 48
    arms:
      - {label: A, stages: [{kind: treatment, n: 24}]}
      - {label: B, stages: [{kind: treatment, n: 24}]}""",
    right="""
study: {design: parallel}
stages:
  - kind: randomization
    n: 48
    arms:
      - {label: A, stages: [{kind: treatment, n: 24}]}
      - {label: B, stages: [{kind: treatment, n: 24}]}""",
    severity=Severity.WARNING,
)
SAME_LABEL = rule(
    "S115",
    "two boxes print the same label",
    why="Boxes of one list that print the same words cannot be told apart in the figure, whatever their ids are.",
    wrong="stages:\n  - {kind: treatment, id: first, n: 20}\n  - {kind: treatment, id: second, n: 20}",
    right="stages:\n  - {kind: treatment, label: Induction, n: 20}\n  - {kind: treatment, label: Maintenance, n: 20}",
    severity=Severity.WARNING,
)

PREPARES = {
    "apheresis": ("manufacturing", "infusion"),
    "manufacturing": ("infusion",),
    "bridging": ("infusion",),
    "lymphodepletion": ("infusion",),
}
"""What each step of a cell therapy comes before, the first time."""
CELL_THERAPY = PREPARES.keys() - {"bridging"}
"""Steps that only cell therapies have: other treatments bridge to a transplant, after an infusion."""
RANDOMISED = (
    "parallel", "multi-arm", "crossover", "cluster", "stepped-wedge", "factorial", "non-inferiority", "platform",
)  # fmt: skip
"""Designs whose arms people are randomized to."""


def check(trial: Trial) -> Iterator[Diagnostic]:
    """Yield what is wrong with the order and the labels of a trial's boxes."""
    if not trial.kinds.isdisjoint(CELL_THERAPY):
        yield from _order(trial)
    if trial.about.design in RANDOMISED:
        yield from _not_randomised(trial)
    yield from _same_labels(trial)


def _order(trial: Trial) -> Iterator[Diagnostic]:
    for stage in trial.stages:
        kind, before = stage.item.kind, trial.before[stage.id]
        after = next((later for later in PREPARES.get(kind, ()) if later in before), None)
        if after is not None and kind not in before and not says_again(stage.label):
            later = trial.network.account(before[after])
            related = (Related(f"{later.label} is here", trial.label(later)),)
            message = f"{stage.label} comes after {later.label}: {kind} comes before {after}"
            fix = "put the stages in the order people pass through; where the trial did so, waive the line and say why"
            yield ORDER.found(message, trial.network.span((*stage.path, "kind")), fix=fix, related=related)


def _not_randomised(trial: Trial) -> Iterator[Diagnostic]:
    if trial.randomised:  # people may be split by strata, sites or choice as well
        return
    told: set[str] = set()
    for split, arms in trial.splits.items():
        stage = trial.network.account(split)
        open_to_chance = [arm for arm in arms if arm.item.status != "non-randomised"]
        told.update(arm.id for arm in arms if arm not in open_to_chance)
        if len(open_to_chance) < 2 or not told.isdisjoint(stage.around):
            continue
        told.update(arm.id for arm in arms)
        message = f"{stage.label} splits into {len(arms)} arms, and nobody is randomized"
        fix = f"a {trial.about.design} trial has a stage of `kind: randomization` at its split, or before it"
        yield NOT_RANDOMISED.found(message, trial.network.span((*stage.path, "kind")), fix=fix)


def _same_labels(trial: Trial) -> Iterator[Diagnostic]:
    """Arms of one split, exits of one stage, stages of one list, and analysis sets of the same boxes."""
    first: dict[tuple[str, tuple[str, ...], str], Account] = {}
    last: dict[tuple[str, ...], Account] = {}
    for account in trial.of_kind("stage", "arm", "exit", "set"):
        beside, label = _list(trial, account), account.label.casefold()
        other = first.setdefault((account.kind, beside, label), account)
        before = last.get(beside)
        if account.kind == "stage":
            last[beside] = account
        if other is account or (account.kind == "stage" and _told_apart(other, account, before)):
            continue
        related = (Related("the first is here", trial.label(other)),)
        message = f'two boxes print "{account.label}"'
        fix = "give each a `label` that says which"
        yield SAME_LABEL.found(message, trial.label(account), fix=fix, related=related)


def _list(trial: Trial, account: Account) -> tuple[str, ...]:
    """Return what the boxes that stand beside an account in the figure have in common."""
    if account.kind == "stage":
        return account.arms
    if account.kind == "set":
        return (*trial.network.before(account.id, "set"), account.item.within or "")
    return (account.box,)


def _told_apart(first: Account, stage: Account, before: Account | None) -> bool:
    """Whether two stages have one label on purpose: a washout after each period, and a period between them."""
    written = first.item.label is not None and stage.item.label is not None
    return written and before is not None and before.label.casefold() != stage.label.casefold()
