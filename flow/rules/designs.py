"""What the extensions of CONSORT, and STARD, ask of the flow diagram of each design, by `study.design`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from consortflow.rules.order import RANDOMISED
from consortflow.rules.wording import is_per_protocol
from consortflow.schemas.diagnostics import Diagnostic, Rule, Severity, rule

if TYPE_CHECKING:
    from consortflow.network import Account
    from consortflow.rules.trial import Trial

__all__ = ["check"]


def _arms(label: str, first: str, second: str) -> str:
    return f"      - {{label: {label}, stages: [{first}, {second}]}}"


def _split(design: str, *arms: str, about: str = "", after: str = "") -> str:
    return "\n".join(
        (
            f"study: {{design: {design}{about}}}",
            "stages:",
            "  - kind: randomization",
            "    arms:",
            *arms,
            *([after] * bool(after)),
        )
    )


_TREATED = ("{kind: treatment, n: 24}", "{kind: analysis, n: 24}")
_A, _B = _arms("A", *_TREATED), _arms("B", *_TREATED)
_PERIODS = tuple(
    _arms(f"{one} then {two}", f"{{kind: treatment, label: {one}, n: 12}}", f"{{kind: treatment, label: {two}, n: 12}}")
    for one, two in (("A", "B"), ("B", "A"))
)
_HOMES = tuple(
    _arms(label, "{kind: treatment, n: {homes: 4, residents: 80}}", "{kind: analysis, n: {homes: 4}}")
    for label in ("A", "B")
)

NO_ARMS = rule(
    "D301",
    "the design and the arms do not agree",
    why="A design with groups is drawn with a box for each group, and a single-arm design with none. Either `design` "
    "or the arms are wrong, or the flow is not finished.",
    wrong="study: {design: parallel}\nstages:\n  - {kind: randomization, n: 48}\n  - {kind: analysis, n: 48}",
    right=_split("parallel", _A, _B),
    severity=Severity.WARNING,
)
CLUSTERS = rule(
    "D302",
    "a design with two units counts one",
    why="The CONSORT extensions for cluster and stepped-wedge trials ask for clusters and participants at each step, "
    "the one for within-person trials for people and body sites. Name both in `units`.",
    wrong=_split("cluster", _A, _B),
    right=_split("cluster", *_HOMES, about=", units: [homes, residents]"),
    severity=Severity.WARNING,
)
PERIODS = rule(
    "D303",
    "periods or steps are not shown",
    why="The CONSORT extensions for crossover and stepped-wedge trials ask for the numbers in each sequence and "
    "period, since people leave between periods. An n-of-1 trial shows its periods likewise.",
    wrong=_split("crossover", _A, _B),
    right=_split("crossover", *_PERIODS, after="  - {kind: analysis, n: 24}"),
    severity=Severity.WARNING,
)
CELLS = rule(
    "D304",
    "the cells of a factorial design are not shown",
    why="The CONSORT extension for factorial trials asks for the number in each combination of interventions: four "
    "cells or more, as four arms or as arms within arms.",
    wrong=_split("factorial", _A, _B),
    right=_split("factorial", _A, _B, _arms("A and B", *_TREATED), _arms("Neither", *_TREATED)),
    severity=Severity.WARNING,
)
TWO_SETS = rule(
    "D305",
    "both analyses of a non-inferiority trial are not shown",
    why="The CONSORT extension for non-inferiority and equivalence trials asks for the numbers in the intention-to-"
    "treat and in the per-protocol analysis: leaving people out makes groups look alike.",
    wrong=_split("non-inferiority", _A, _B),
    right=_split("non-inferiority", _A, _B)
    + "\nanalysis_sets:\n  - {label: Intention to treat, of: randomization, n: 48}\n"
    "  - {label: Per protocol, of: randomization, n: 45, excluded: {Stopped early: 3}}",
    severity=Severity.WARNING,
)
OBJECTIVES = rule(
    "D306",
    "who was assessed for each objective is not said",
    why="The CONSORT extension for pilot and feasibility trials asks, for each group, how many were assessed for each"
    " objective: an analysis set for each.",
    wrong=_split("pilot", _A, _B),
    right=_split("pilot", _A, _B) + "\nanalysis_sets:\n  - {label: Assessed for recruitment, of: randomization, n: 48}",
    severity=Severity.WARNING,
)
CHANGED_ARM = rule(
    "D307",
    "an arm was added or dropped without a word on why",
    why="The CONSORT extensions for multi-arm and adaptive trials ask for the decisions taken and when: an arm with "
    "`status: dropped` or `added` needs a `note`.",
    wrong="""
stages:
  - kind: randomization
    arms:
      - {label: A, stages: [{kind: treatment, n: 24}, {kind: analysis}]}
      - {label: B, status: dropped, stages: [{kind: treatment, n: 24}, {kind: analysis}]}""",
    right="""
stages:
  - kind: randomization
    arms:
      - {label: A, stages: [{kind: treatment, n: 24}, {kind: analysis}]}
      - label: B
        status: dropped
        note: Futile at the first interim analysis.
        stages: [{kind: treatment, n: 24}, {kind: analysis}]""",
    severity=Severity.WARNING,
)
RESULTS = rule(
    "D308",
    "the results of the tests are not shown",
    why="STARD 2015, item 19: the flow of participants shows how many had the index test and the reference standard, "
    "and with what results: as arms, as a partition inside a box, or as outcomes of an analysis set.",
    wrong="""
study: {design: diagnostic}
stages:
  - {kind: enrollment, n: 90}
  - {kind: other, label: Had the index test, n: 90}""",
    right="""
study: {design: diagnostic}
stages:
  - {kind: enrollment, n: 90}
  - {kind: other, label: Had the index test, n: 90, details: [partition: {Positive: 30, Negative: 60}]}""",
    severity=Severity.WARNING,
)

_GROUPS = (*RANDOMISED, "dose-escalation")
"""Designs that are drawn with arms."""
_TWO_UNITS = {
    "cluster": "clusters and participants",
    "stepped-wedge": "clusters and participants",
    "within-person": "people and body sites",
}
_TREATS = ("treatment", "infusion")
_STEPS = (*_TREATS, "other", "follow-up")
"""Kinds of stage that may be a period."""


def check(trial: Trial) -> Iterator[Diagnostic]:
    """Yield what a reader would miss in the flow diagram of a trial of this design."""
    yield from _changed_arms(trial)
    design = trial.about.design
    if design is None:
        return
    if design == "single-arm" and trial.randomised:
        yield _about(
            trial, NO_ARMS, "people are randomized to arms, and a single-arm trial has none", "correct `design`"
        )
    if design in _GROUPS and not trial.arms:
        yield _about(
            trial, NO_ARMS, f"the flow has no arms, and a {design} trial has", "correct `design`, or add the arms"
        )
        return
    one_unit = len({unit for stage in trial.stages for unit in stage.units}) == 1
    if design in _TWO_UNITS and one_unit:
        message = f"only {trial.about.counts[0]} are counted; a {design} trial counts {_TWO_UNITS[design]}"
        yield _about(trial, CLUSTERS, message, f"write `units: [{_TWO_UNITS[design].replace(' and ', ', ')}]`")
    if design in ("crossover", "stepped-wedge", "n-of-1"):
        yield from _periods(trial, design)
    if design == "factorial" and (cells := len(trial.leaves)) < 4:
        yield _about(trial, CELLS, f"a factorial trial has four cells or more, and the flow has {cells}", "add arms")
    if design == "non-inferiority":
        yield from _two_sets(trial)
    if design == "pilot" and not _has_objectives(trial):
        fix = "add an analysis set for each objective"
        yield _about(trial, OBJECTIVES, "no analysis set says who was assessed for which objective", fix)
    if design == "diagnostic" and not _has_results(trial):
        fix = "add `details: [partition: {Positive: ..., Negative: ...}]` to the box of the test"
        yield _about(trial, RESULTS, "no box says what the tests resulted in", fix)


def _about(trial: Trial, broken: Rule, message: str, fix: str) -> Diagnostic:
    """Return a finding at the word that names the design."""
    return broken.found(message, trial.network.span(("study", "design")), fix=fix)


def _periods(trial: Trial, design: str) -> Iterator[Diagnostic]:
    """Every sequence passes two stages of treatment or more, or people cross over by a transfer."""
    if any(transfer.kind == "crossover" for transfer in trial.network.study.transfers) or _splits_again(trial):
        return
    if not trial.arms:
        cycles = any(stage.units != trial.stages[0].units for stage in trial.stages)
        if sum(stage.item.kind in _STEPS for stage in trial.stages) < 2 and not cycles:
            yield _about(trial, PERIODS, f"the periods of the {design} trial are not shown", "add a stage for each")
        return
    leading_in = trial.leading_to(arm.id for arm in trial.arms)
    shown = Counter(
        stage.arms
        for stage in trial.stages
        if stage.item.kind in (_STEPS if stage.arms else _TREATS) and (stage.arms or stage.id not in leading_in)
    )
    for arm in trial.leaves:
        inside = arm.inside
        if arm.item.status in ("dropped", "non-randomised"):
            continue
        if sum(shown[inside[:depth]] for depth in range(len(inside) + 1)) < 2:
            what = "step" if design == "stepped-wedge" else "period"
            message = f"{arm.label} shows fewer than two {what}s"
            yield PERIODS.found(message, trial.label(arm), fix=f"add a stage for each {what}")


def _splits_again(trial: Trial) -> bool:
    """Whether each period is a split of its own: people come to its arms from the treatment in those before."""
    passed = [trial.before[arm.id].get(kind) for arm in trial.arms if not arm.arms for kind in _TREATS]
    return any(full is not None and trial.network.account(full).arms for full in passed)


def _two_sets(trial: Trial) -> Iterator[Diagnostic]:
    stages = [stage for stage in trial.stages if stage.item.kind == "analysis"]
    lines = list(trial.of_kind("detail", "outcome"))
    analyses = [*trial.of_kind("set"), *stages, *(line for line in lines if trial.kind(line.box) == "analysis")]
    all_who = [account for account in analyses if not is_per_protocol(account.label)]
    per_protocol = any(is_per_protocol(account.label) for account in (*analyses, *trial.stages, *lines))
    if not per_protocol or not all_who:
        missing = "an intention-to-treat" if per_protocol else "a per-protocol"
        fix = f"add {missing} analysis set"
        yield _about(trial, TWO_SETS, f"{missing} analysis is not shown", fix)


def _has_objectives(trial: Trial) -> bool:
    """Whether analysis sets, or lines or labels of the boxes of analysis, name what people were assessed for."""
    analyses = [stage.item for stage in trial.stages if stage.item.kind == "analysis"]
    return bool(trial.network.study.analysis_sets) or any(item.details or item.label is not None for item in analyses)


def _changed_arms(trial: Trial) -> Iterator[Diagnostic]:
    for arm in trial.arms:
        if arm.item.status in ("dropped", "added") and not _tells_of(trial, arm):
            message = f"{arm.label} was {arm.item.status}, and nothing says why or when"
            yield CHANGED_ARM.found(message, trial.network.span((*arm.path, "status")), fix="add a `note`")


def _tells_of(trial: Trial, arm: Account) -> bool:
    """Whether an arm, the stage that splits, or a stage of the arm has a note."""
    around = (arm, trial.network.account(arm.box), *trial.stages_in(arm))
    return any(account.item.note is not None for account in around)


def _has_results(trial: Trial) -> bool:
    """Whether the flow divides people: by arms, by lines that are partitions or several, or by outcomes."""
    lines = any(len(item.details) > 1 for item in (stage.item for stage in trial.stages))
    inside = any(division.kind == "partition" for division in trial.network.divisions)
    return lines or inside or bool(trial.arms) or any(item.outcomes for item in trial.network.study.analysis_sets)
