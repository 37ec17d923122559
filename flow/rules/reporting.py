"""What CONSORT 2025 asks of a flow diagram, items 22a and 22b: numbers for each group, and reasons for every loss."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from consortflow.rules.wording import only_deviates, says_no_reason
from consortflow.schemas.diagnostics import Diagnostic, Related, Rule, Severity, rule

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

_RECEIVES = ("treatment", "infusion", "other")
"""Kinds of stage that people reach by receiving something, or whose label says what they reach."""
_GATES = ("screening", "enrollment", "randomization")
"""Steps into a trial: who leaves before the last of them has not been in it."""
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
    sets = _Sets(trial)
    inner = {arm.box for arm in trial.randomised}
    groups: dict[str, list[_Group]] = {}
    for arm in trial.randomised:
        stages = trial.stages_in(arm)
        ids = {arm.id, *(stage.id for stage in stages)}
        group = groups.setdefault(arm.box, [])
        if not inner.isdisjoint(ids):  # its own arms are groups, which say what it does not
            group.append(_Group(arm, received=True, analysed=True))
            continue
        own = sets.within(arm) or not sets.of.isdisjoint(ids)
        received = own or any(_says_received(trial, stage, stages[0]) for stage in stages)
        analysed = own or arm.id in sets.leading_to or sets.everybody or _needs_no_analysis(trial, arm)
        group.append(_Group(arm, received=received, analysed=analysed))
        assigned = (arm, *stages[:1])
        if trial.solution.ok and all(trial.n(account) is None for account in assigned):
            message = f"how many were assigned to {arm.label} is not known"
            yield ASSIGNED.found(message, trial.label(arm), fix="state the number assigned to it")
    for group in groups.values():
        if not any(arm.received for arm in group):  # usual care beside it may have nothing to receive
            fix = "add a line to each first box: details: {Received allocated intervention: ...}"
            yield _missing(trial, RECEIVED, "received the intervention", [arm.arm for arm in group], fix)
        if silent := [arm.arm for arm in group if not arm.analysed]:
            fix = "end each arm with a stage of `kind: analysis`, or add analysis sets"
            yield _missing(trial, ANALYSED, "were analyzed", silent, fix)


class _Sets:
    """Which boxes a trial's analyses are of."""

    def __init__(self, trial: Trial) -> None:
        network = trial.network
        sets = list(trial.of_kind("set"))
        self._trial = trial
        self._arms = {division.whole for division in network.divisions if network.account(division.whole).kind == "arm"}
        self.of = trial.with_wholes(account.id for account in sets)
        """What sets are of, however many steps up."""
        analyses = {stage.id for stage in trial.stages if stage.item.kind == "analysis"}
        self.leading_to = trial.leading_to(analyses | self.of.difference(account.id for account in sets))
        """Boxes whose people come to a box of which there is an analysis."""
        self.everybody = any(_leaves_out_nobody(trial, account) for account in sets)
        """Whether everyone who was randomized is analyzed, so that each group is."""

    def within(self, arm: Account) -> bool:
        """Whether an analysis set says that it is within an arm, or within one around it."""
        return not self._arms.isdisjoint((arm.id, *arm.around))


def _leaves_out_nobody(trial: Trial, account: Account) -> bool:
    """Whether an analysis set holds all who were randomized."""
    wholes = trial.network.before(account.id, "set")
    if account.item.within is not None or not any(trial.kind(full) == "randomization" for full in wholes):
        return False
    return account.item.excluded == () or _missing_from(trial, account, account.units[0]) == 0


def _needs_no_analysis(trial: Trial, arm: Account) -> bool:
    """Whether an arm was dropped, or is one of a platform whose people the flow does not follow."""
    return arm.item.status == "dropped" or (trial.about.design == "platform" and not arm.item.stages)


def _missing(trial: Trial, broken: Rule, what: str, arms: list[Account], fix: str) -> Diagnostic:
    """Return one finding for all the arms of a split that say nothing of something."""
    first, *others = arms
    message = f"how many {what} is not said for {', '.join(arm.label for arm in arms[:_MAX_NAMED])}"
    if len(arms) > _MAX_NAMED:
        message += f" and {len(arms) - _MAX_NAMED} more"
    related = [Related(f"nor for {arm.label}", trial.label(arm)) for arm in others]
    return broken.found(message, trial.label(first), fix=fix, related=related)


def _says_received(trial: Trial, stage: Account, first: Account) -> bool:
    """Whether a stage of an arm tells who received its intervention: by its kind, lines, first exits, or transfers."""
    item = stage.item
    leaves = item.exits if stage is first else ()
    return item.kind in _RECEIVES or bool(item.details or leaves or trial.network.after(stage.id, "transfer"))


def gives_no_reason(trial: Trial, exit_: Account) -> bool:
    """Whether people leave by an exit and nothing says why: neither reasons, nor a note, nor the label."""
    item = exit_.item
    said = item.reasons or item.also or item.by or item.details or item.note or item.unexplained
    if said or item.kind == "ongoing" or exit_.id in trial.pooled or trial.nobody(exit_):
        return False
    return says_no_reason(item.label, item.kind, trial.about.language)


def _losses(trial: Trial) -> Iterator[Diagnostic]:
    """Yield exits that say nothing of why (item 22b, and the box of exclusions in the diagram)."""
    silent = [exit_ for exit_ in trial.of_kind("exit") if gives_no_reason(trial, exit_)]
    entered = _entered(trial) if silent else ()
    for exit_ in silent:
        broken = NO_REASONS if exit_.box in entered else NO_REASONS_BEFORE
        message = f"{trial.network.name(exit_)}: nothing says why they left"
        fix = "add `reasons`, or a `note` on why there are none"
        yield broken.found(message, trial.network.place(exit_), fix=fix)


def _entered(trial: Trial) -> set[str]:
    """Return the stages whose people are in the trial: randomized, or past every step into it."""
    gates = trial.leading_to(stage.id for stage in trial.stages if stage.item.kind in _GATES)
    found = set()
    for stage in trial.stages:
        kind = stage.item.kind
        past = kind != "screening" and not trial.goes_on_to(stage.id, gates)
        if past or "randomization" in (kind, *trial.before[stage.id]):
            found.add(stage.id)
    return found


def _left_out(trial: Trial) -> Iterator[Diagnostic]:
    """Yield sets that are smaller than what they come from, without a word on whom they leave out."""
    sets = list(trial.of_kind("set"))
    if not sets:
        return
    siblings: defaultdict[tuple[str, ...], list[Account]] = defaultdict(list)
    totals: Counter[tuple[tuple[str, ...], str]] = Counter()
    divided: set[str] = set()
    for account in sets:
        wholes = trial.network.before(account.id, "set")
        siblings[wholes].append(account)
        totals.update({(wholes, unit): trial.solution.n(account.id, unit) or 0 for unit in account.units})
        if len(wholes) > 1:  # what the parts leave out together is the whole's to say
            divided.update(wholes)
    stages = _Stages(trial)
    for account in sets:
        item = account.item
        if item.excluded is not None or item.partial or item.unexplained is not None or item.within is not None:
            continue
        if item.note is not None or account.id in divided:
            continue
        wholes = trial.network.before(account.id, "set")
        if item.cutoff is not None and any(trial.network.account(full).cutoff != item.cutoff for full in wholes):
            continue  # numbers of two dates are not compared
        for unit in account.units:
            missing = _missing_from(trial, account, unit)
            if missing is None or missing <= 0 or stages.holds_later(account, wholes, unit):
                continue
            if len(siblings[wholes]) > _MAX_SIBLINGS:
                divides = totals[wholes, unit] == missing + (trial.solution.n(account.id, unit) or 0)
            else:
                others = [other for other in siblings[wholes] if other is not account]
                divides = _make_up([trial.solution.n(other.id, unit) or 0 for other in others], missing)
            if not divides:
                of = " and ".join(trial.network.account(full).label for full in wholes)
                message = f"{account.label} leaves out {missing} of {of}, and does not say why"
                yield LEFT_OUT.found(message, trial.network.place(account), fix="add `excluded` with the reasons")
                break


def _missing_from(trial: Trial, account: Account, unit: str) -> int | None:
    """Return how many of what a set comes from are not in it; None where that is not known."""
    counts = [trial.solution.n(full, unit) for full in trial.network.before(account.id, "set")]
    n = trial.solution.n(account.id, unit)
    known = [count for count in counts if count is not None]
    return None if n is None or len(known) < len(counts) else sum(known) - n


def _make_up(counts: list[int], total: int) -> bool:
    """Whether some of the counts make up a total: sets that divide their whole, one for each arm, leave out nobody."""
    return any(sum(some) == total for size in range(1, len(counts) + 1) for some in combinations(counts, size))


class _Stages:
    """The stages of each list by their counts: a set may be as large as a later stage, whose exits say who left."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._place = {stage.id: place for place, stage in enumerate(trial.stages)}
        self._last = {
            (stage.arms, unit, trial.solution.n(stage.id, unit)): place
            for place, stage in enumerate(trial.stages)
            for unit in stage.units
        }

    def holds_later(self, account: Account, wholes: tuple[str, ...], unit: str) -> bool:
        """Whether a stage after the one that a set is of, in the same arms, counts as many."""
        if len(wholes) > 1:
            return False
        place = self._place.get(wholes[0], len(self._place))
        arms = self._trial.network.account(wholes[0]).arms
        return self._last.get((arms, unit, self._trial.solution.n(account.id, unit)), -1) > place


def _deviations(trial: Trial) -> Iterator[Diagnostic]:
    for account in trial.of_kind("reason", "exit"):
        item = account.item
        if item.label is None or item.reasons or not only_deviates(item.label) or trial.nobody(account):
            continue
        if not any(holder.item.note is not None for holder in _around(trial, account)):
            message = f'"{item.label}" alone does not say why'
            yield DEVIATION.found(message, trial.label(account), fix="say what happened, as reasons of it or in a note")


def _around(trial: Trial, account: Account) -> Iterator[Account]:
    """Yield a reason, what it is a reason of, and so on up to the exit or the analysis set."""
    above: tuple[str, ...] = (account.id,)
    while above:
        account = trial.network.account(above[0])
        yield account
        above = trial.network.before(account.id, "part") or trial.network.before(account.id, "excluded")
