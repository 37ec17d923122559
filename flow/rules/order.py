"""Steps that cannot come in the order they are written, arms nobody is randomized to, and labels that say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

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
RANDOMISED = (
    "parallel", "multi-arm", "crossover", "cluster", "stepped-wedge", "factorial", "non-inferiority", "platform",
)  # fmt: skip
"""Designs whose arms people are randomized to."""


def check(trial: Trial) -> Iterator[Diagnostic]:
    """Yield what is wrong with the order and the labels of a trial's boxes."""
    if not trial.kinds.isdisjoint(PREPARES) and len(trial.kinds) > 1:
        yield from _order(trial)
    if trial.about.design in RANDOMISED:
        yield from _not_randomised(trial)
    yield from _same_labels(trial)


def _order(trial: Trial) -> Iterator[Diagnostic]:
    for stage in trial.stages:
        kind = stage.item.kind
        before = trial.before[stage.id]
        after = [later for later in PREPARES.get(kind, ()) if later in before]
        if after and kind not in before:
            later = next(other for other in trial.stages if other.item.kind == after[0])
            related = (Related(f"{later.label} is here", trial.label(later)),)
            message = f"{stage.label} comes after {later.label}: {kind} comes before {after[0]}"
            fix = "put the stages in the order people pass through"
            yield ORDER.found(message, trial.network.span((*stage.path, "kind")), fix=fix, related=related)


def _not_randomised(trial: Trial) -> Iterator[Diagnostic]:
    randomised = {arm.box for arm in trial.randomised}
    for split, arms in trial.splits.items():
        open_to_chance = [arm for arm in arms if arm.item.status != "non-randomised"]
        if split not in randomised and len(open_to_chance) > 1 and not trial.network.account(split).arms:
            stage = trial.network.account(split)
            message = f"{stage.label} splits into {len(arms)} arms, and nobody is randomized"
            fix = f"a {trial.about.design} trial has a stage of `kind: randomization` at its split, or before it"
            yield NOT_RANDOMISED.found(message, trial.network.span((*stage.path, "kind")), fix=fix)


def _same_labels(trial: Trial) -> Iterator[Diagnostic]:
    """Arms of one split, exits of one stage, stages of one list, and analysis sets."""
    first: dict[tuple[str, str, tuple[str, ...], str], Account] = {}
    for account in trial.network.accounts.values():
        if account.kind not in ("stage", "arm", "exit", "set"):
            continue
        held_by = account.box if account.kind in ("arm", "exit") else ""
        within = getattr(account.item, "within", None) or ""
        key = (account.kind, f"{held_by}{within}", account.arms, account.label.casefold())
        if (other := first.setdefault(key, account)) is not account:
            related = (Related("the first is here", trial.label(other)),)
            message = f'two boxes print "{account.label}"'
            yield SAME_LABEL.found(
                message, trial.label(account), fix="give each a `label` that says which", related=related
            )
