"""What CONSORT 2025 asks of a flow diagram, items 22a and 22b: numbers for each group, and reasons for every loss."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from consortflow.schemas.diagnostics import Diagnostic, Related, Rule, Severity, rule
from consortflow.schemas.names import slug

if TYPE_CHECKING:
    from consortflow.network import Account
    from consortflow.rules.trial import Trial

__all__ = ["check", "gives_no_reason"]

_TWO_ARMS = """
stages:
  - kind: randomization
    n: 48
    arms:
      - label: A
        stages:
          - {{kind: allocation, n: 24{received}}}
          - {{kind: follow-up, {exits}}}
          - {analysed}
      - label: B
        stages:
          - {{kind: allocation, n: 24{received}}}
          - {{kind: follow-up, {exits}}}
          - {analysed}"""


def _example(
    received: str = ", details: {Received allocated intervention: 23}",
    exits: str = "exits: [{label: Lost to follow-up, reasons: {Moved away: 2}}]",
    analysed: str = "{kind: analysis, n: 22}",
) -> str:
    return _TWO_ARMS.format(received=received, exits=exits, analysed=analysed)


RECEIVED = rule(
    "D101",
    "who received the intervention is not said",
    why="CONSORT 2025, item 22a: for each group, the number who received the intended intervention. Not everyone who "
    "is allocated does, and a reader cannot tell.",
    wrong=_example(received=""),
    right=_example(),
    severity=Severity.WARNING,
)
ANALYSED = rule(
    "D102",
    "who was analyzed is not said",
    why="CONSORT 2025, item 22a: for each group, the number analyzed for the primary outcome. Those followed up and "
    "those analyzed differ in many trials.",
    wrong=_example(analysed="{kind: other, label: Completed}"),
    right=_example(),
    severity=Severity.WARNING,
)
ASSIGNED = rule(
    "D103",
    "how many were assigned to a group is not known",
    why="CONSORT 2025, item 22a: for each group, the number of participants who were randomly assigned.",
    wrong="""
stages:
  - kind: randomization
    n: 48
    arms:
      - {label: A, stages: [{kind: treatment}, {kind: analysis}]}
      - {label: B, stages: [{kind: treatment}, {kind: analysis}]}""",
    right="""
stages:
  - kind: randomization
    n: 48
    arms:
      - {label: A, stages: [{kind: treatment, n: 24}, {kind: analysis}]}
      - {label: B, stages: [{kind: treatment}, {kind: analysis}]}""",
    severity=Severity.WARNING,
)
NO_REASONS = rule(
    "D201",
    "people leave without a reason",
    why="CONSORT 2025, item 22b: losses and exclusions after randomization, together with reasons; STROBE 13b asks "
    "the same of cohorts. Whether people left by chance, for harm or for lack of effect decides how far the "
    "result can be trusted.",
    wrong=_example(exits="exits: [{label: Lost to follow-up, n: 2}]"),
    right=_example(),
    severity=Severity.WARNING,
)
NO_REASONS_BEFORE = rule(
    "D202",
    "people are excluded before the trial without a reason",
    why="The CONSORT 2025 flow diagram gives the reasons for exclusion before randomization: not eligible, declined, "
    "other. They tell a reader whom the result is about.",
    wrong="stages:\n  - {kind: screening, n: 92, exits: [{label: Excluded, n: 25}]}\n  - {kind: enrollment, n: 67}",
    right="""
stages:
  - kind: screening
    n: 92
    exits: [{label: Excluded, n: 25, reasons: {Not eligible: 20, Declined: 5}}]
  - {kind: enrollment, n: 67}""",
    severity=Severity.WARNING,
)
DEVIATION = rule(
    "D203",
    '"protocol deviation" is given as a reason',
    why='CONSORT 2025, item 22b: "protocol deviation" alone is no sufficient reason, since it covers ineligibility '
    "found late, treatment not given and visits missed alike. Say which, as reasons of this reason, or in a note.",
    wrong=_example(exits="exits: [{label: Excluded, reasons: {Protocol deviation: 2}}]"),
    right=_example(exits="exits: [{label: Excluded, reasons: {Protocol deviation: {Ineligible: 1, Not treated: 1}}}]"),
    severity=Severity.WARNING,
)
LEFT_OUT = rule(
    "D204",
    "who was left out of an analysis is not said",
    why="CONSORT 2025, item 22b: exclusions from the analysis, together with reasons. An analysis set that is smaller"
    " than what it comes from says whom it leaves out in `excluded`.",
    wrong="stages:\n  - {kind: infusion, n: 48}\nanalysis_sets:\n  - {label: Evaluated, of: infusion, n: 45}",
    right="""
stages:
  - {kind: infusion, n: 48}
analysis_sets:
  - {label: Evaluated, of: infusion, n: 45, excluded: {No scan: 3}}""",
    severity=Severity.WARNING,
)

_TREATS = ("treatment", "infusion")
_SAYS_NO_MORE = re.compile(
    r"(?:excluded|exclusions?|lost|losses|loss|discontinued|discontinuations?|dropped-out|dropouts?|drop-outs?|withdrawn"
    r"|not-(?:enrolled|randomi[sz]ed|treated|infused|included|analy[sz]ed|evaluated)|left(?:-the)?-study)(?:-.*)?"
)
"""Slugs of labels that say that people left, and nothing of why."""
_SILENT_KINDS = ("excluded", "discontinued", "lost-to-follow-up")
"""Kinds of exit whose default label gives no reason."""
_DEVIATION = re.compile(r"(?:major-|minor-|important-)?protocol-(?:deviation|violation|non-?adherence)s?")


_MAX_NAMED = 4
"""Groups that one message names."""


_MAX_SIBLINGS = 10
"""Analysis sets of one stage that are tried together."""


class _Group(NamedTuple):
    """An arm that people are randomized to, and which of its numbers are given."""

    arm: Account
    received: bool
    analysed: bool


def check(trial: Trial) -> Iterator[Diagnostic]:
    """Yield what a reader would miss in the flow diagram of any trial."""
    if trial.randomised:
        yield from _numbers(trial)
    yield from _losses(trial)
    yield from _left_out(trial)
    yield from _deviations(trial)


def _numbers(trial: Trial) -> Iterator[Diagnostic]:
    """For each randomized group: assigned, received, analyzed (item 22a)."""
    sets = [(account, trial.with_wholes([account.id])) for account in _of_kind(trial, "set")]
    after_arms = any(stage.item.kind == "analysis" and not stage.arms for stage in trial.stages)
    inner = {arm.box for arm in trial.randomised}
    groups: dict[str, list[_Group]] = {}
    for arm in trial.randomised:
        stages = trial.stages_in(arm)
        ids = {arm.id, *(stage.id for stage in stages)}
        if ids & inner:  # its own arms are the groups
            continue
        own = [account for account, wholes in sets if not wholes.isdisjoint(ids) or _within(trial, account, arm)]
        received = bool(own) or any(_says_received(stage, stages[0]) for stage in stages)
        analysed = bool(own) or after_arms or any(stage.item.kind == "analysis" for stage in stages)
        groups.setdefault(arm.box, []).append(_Group(arm, received=received, analysed=analysed))
        if trial.n(stages[0] if stages else arm) is None and trial.solution.ok:
            message = f"how many were assigned to {arm.label} is not known"
            yield ASSIGNED.found(message, trial.label(arm), fix="state the number assigned to it")
    for group in groups.values():
        if not any(arm.received for arm in group):  # usual care beside it may have nothing to receive
            fix = "add a line to each first box: details: {Received allocated intervention: ...}"
            yield _missing(trial, RECEIVED, "received the intervention", [arm.arm for arm in group], fix)
        if silent := [arm.arm for arm in group if not arm.analysed]:
            fix = "end each arm with a stage of `kind: analysis`, or add analysis sets"
            yield _missing(trial, ANALYSED, "were analyzed", silent, fix)


def _missing(trial: Trial, broken: Rule, what: str, arms: list[Account], fix: str) -> Diagnostic:
    """Return one finding for all the arms of a split that say nothing of something."""
    first, *others = arms
    message = f"how many {what} is not said for {', '.join(arm.label for arm in arms[:_MAX_NAMED])}"
    if len(arms) > _MAX_NAMED:
        message += f" and {len(arms) - _MAX_NAMED} more"
    related = [Related(f"nor for {arm.label}", trial.label(arm)) for arm in others]
    return broken.found(message, trial.label(first), fix=fix, related=related)


def _says_received(stage: Account, first: Account) -> bool:
    item = stage.item
    return item.kind in _TREATS or bool(item.details) or (stage is first and bool(item.exits))


def _within(trial: Trial, account: Account, arm: Account) -> bool:
    """Whether an analysis set says that it is within an arm, or one of the arms around it."""
    reference = account.item.within
    return reference is not None and trial.network.names.find(reference)[:1] in [
        (full,) for full in (arm.id, *("/".join(arm.arms[:depth]) for depth in range(1, len(arm.arms) + 1)))
    ]


def _of_kind(trial: Trial, *kinds: str) -> Iterator[Account]:
    return (account for account in trial.network.accounts.values() if account.kind in kinds)


def gives_no_reason(trial: Trial, exit_: Account) -> bool:
    """Whether people leave by an exit and nothing says why: neither reasons, nor a note, nor the label."""
    item = exit_.item
    silent = item.kind in _SILENT_KINDS if item.label is None else bool(_SAYS_NO_MORE.fullmatch(slug(item.label)))
    said = item.reasons or item.also or item.by or item.note or exit_.id in trial.pooled
    return silent and item.kind != "ongoing" and not said and trial.n(exit_) != 0


def _losses(trial: Trial) -> Iterator[Diagnostic]:
    """Yield exits that say nothing of why (item 22b, and the box of exclusions in the diagram)."""
    entered = _entered(trial)
    for exit_ in _of_kind(trial, "exit"):
        if gives_no_reason(trial, exit_):
            broken = NO_REASONS if exit_.box in entered else NO_REASONS_BEFORE
            message = f"{trial.network.name(exit_)}: nothing says why they left"
            fix = "add `reasons`, or a `note` on why there are none"
            yield broken.found(message, trial.network.place(exit_), fix=fix)


def _entered(trial: Trial) -> set[str]:
    """Return the stages whose people are in the trial: randomized, or enrolled where nobody is."""
    enters = "randomization" if "randomization" in trial.kinds else "enrollment" if "enrollment" in trial.kinds else ""
    if not enters:
        return {stage.id for stage in trial.stages if stage.item.kind != "screening"}
    return {stage.id for stage in trial.stages if enters in (stage.item.kind, *trial.before[stage.id])}


def _left_out(trial: Trial) -> Iterator[Diagnostic]:
    """Yield sets that are smaller than what they come from, without a word on whom they leave out."""
    siblings: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for account in _of_kind(trial, "set"):
        siblings[trial.network.before(account.id, "set")].append(trial.n(account) or 0)
    divided = {
        full
        for account in _of_kind(trial, "set")
        if len(account.item.of) > 1
        for full in trial.network.before(account.id, "set")
    }
    for account in _of_kind(trial, "set"):
        item = account.item
        if account.id in divided:  # what the parts leave out together is the whole's to say
            continue
        wholes = [trial.network.account(full) for full in trial.network.before(account.id, "set")]
        if item.excluded is not None or item.partial or item.unexplained is not None or item.within is not None:
            continue
        counts = [trial.n(whole) for whole in wholes]
        n = trial.n(account)
        if n is None or not counts or None in counts or item.note is not None:
            continue
        missing = sum(count for count in counts if count is not None) - n
        if missing > 0 and not _sums_to(siblings[trial.network.before(account.id, "set")], missing):
            message = f"{account.label} leaves out {missing} of {wholes[0].label}, and does not say why"
            yield LEFT_OUT.found(message, trial.network.place(account), fix="add `excluded` with the reasons")


def _sums_to(counts: list[int], total: int) -> bool:
    """Whether some of the counts make up a total: sets that divide their whole, one for each arm, leave out nobody."""
    return len(counts) <= _MAX_SIBLINGS and any(
        sum(some) == total for size in range(1, len(counts)) for some in combinations(counts, size)
    )


def _deviations(trial: Trial) -> Iterator[Diagnostic]:
    for account in _of_kind(trial, "reason", "exit"):
        item = account.item
        if item.label is None or item.reasons or item.note is not None or not _DEVIATION.fullmatch(slug(item.label)):
            continue
        if trial.n(account) != 0:
            message = f'"{item.label}" alone does not say why'
            yield DEVIATION.found(message, trial.label(account), fix="say what happened, as reasons of it or in a note")
