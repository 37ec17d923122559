# ruff: noqa: E501 - study files are written as an author would
"""What the extensions of CONSORT, and STARD, ask of each design (D3xx)."""

import pytest

from consortflow.checking import check_text

RANDOMISED = (
    "parallel", "multi-arm", "crossover", "cluster", "stepped-wedge", "factorial", "non-inferiority", "platform",
    "dose-escalation",
)  # fmt: skip


def findings(text):
    found = check_text(text, "a.yaml")[1]
    assert found.ok, str(found)
    return [finding for finding in found if finding.code.startswith("D3")]


def codes(text):
    return [finding.code for finding in findings(text)]


def design(name, *arms, about="", before="", after="", kind="randomization"):
    split = "\n    arms:" + "".join(f"\n      - {arm}" for arm in arms) if arms else ""
    return f"study: {{design: {name}{about}}}\nstages:{before}\n  - kind: {kind}{split}{after}"


def arm(label, *kinds, more="", n=5):
    stages = ", ".join(f"{{kind: {kind}, id: s{at}, label: S{at}}}" for at, kind in enumerate(kinds))
    return f"{{label: {label}, n: {n}, stages: [{stages}]{more}}}"


A, B, C, D = (arm(label, "treatment", "analysis") for label in "ABCD")
A2, B2 = (arm(label, "treatment", "treatment") for label in "AB")


# D301


@pytest.mark.parametrize("name", RANDOMISED)
def test_a_design_with_groups_has_arms(name):
    (found,) = findings(design(name))
    assert found.code == "D301"
    assert found.message == f"the flow has no arms, and a {name} trial has"
    assert (found.span.line, found.span.column) == (1, 17)
    assert "D301" not in codes(design(name, A, B))


@pytest.mark.parametrize("name", ["single-arm", "within-person", "cohort", "other"])
def test_other_designs_need_no_arms(name):
    assert "D301" not in codes(design(name))


def test_a_single_arm_has_nobody_randomized():
    (found,) = findings(design("single-arm", A, B))
    assert found.message == "people are randomized to arms, and a single-arm trial has none"
    assert codes(design("single-arm", A, B, kind="enrollment")) == [], "cohorts of one trial"
    assert codes(design("single-arm", A, B).replace("n: 5", "n: 5, status: non-randomised")) == []


def test_no_design_no_findings():
    text = "stages: [{kind: screening, n: 9}]"
    assert codes(text) == []
    assert codes(f"study: {{design: other}}\n{text}") == []


# D302


@pytest.mark.parametrize(
    ("name", "both"),
    [
        ("cluster", "clusters and participants"),
        ("stepped-wedge", "clusters and participants"),
        ("within-person", "people and body sites"),
    ],
)
def test_designs_with_two_units_count_both(name, both):
    arms = (A2, B2)
    (found,) = findings(design(name, *arms, about=", unit: homes"))
    assert found.code == "D302"
    assert found.message == f"only homes are counted; a {name} trial counts {both}"
    assert found.fix == f"write `units: [{both.replace(' and ', ', ')}]`"
    two = design(name, *arms, about=", units: [homes, people]").replace("n: 5", "n: {homes: 5}")
    assert codes(two) == []
    later = design(name, *arms, after="\n  - {kind: other, label: Residents, unit: residents, n: 90}")
    assert codes(later) == []
    assert codes(design("parallel", A, B)) == []


# D303


@pytest.mark.parametrize(("name", "what"), [("crossover", "period"), ("stepped-wedge", "step"), ("n-of-1", "period")])
def test_each_sequence_shows_its_periods(name, what):
    text = design(name, A, B2, about=", units: [homes, people]").replace("n: 5", "n: {homes: 5}")
    (found,) = findings(text)
    assert (found.code, found.message, found.fix) == (
        "D303",
        f"A shows fewer than two {what}s",
        f"add a stage for each {what}",
    )
    assert found.span.line == 5


@pytest.mark.parametrize(
    "kinds",
    [
        ("treatment", "treatment"),
        ("infusion", "other", "infusion"),
        ("follow-up", "treatment"),
        ("allocation", "other", "other"),
    ],
)
def test_periods_may_be_any_step_in_a_sequence(kinds):
    assert codes(design("crossover", arm("A", *kinds), B2)) == []
    assert codes(design("crossover", arm("A", kinds[0], "analysis"), B2)) == ["D303"]


@pytest.mark.parametrize(
    "text",
    [
        design("crossover", A, B) + "\ntransfers: [{from: a/s0, to: b/s0, n: 2, counted: false}]",
        design("crossover", A, B, after="\n  - {kind: treatment, label: Second period}"),
        design("crossover", A, B2.replace("n: 5", "n: 5, status: added, note: Later")).replace("label: A,", "label: A, status: dropped, note: Early,"),
        design("crossover", A.replace("n: 5", "n: 5, status: non-randomised"), B2),
        design("crossover", A, B, after="\n  - {kind: other, label: Washout, arms: [{label: C, stages: [{kind: treatment}]}, {label: D, stages: [{kind: treatment, id: t}]}]}"),
        design("crossover", "{label: A, stages: [{kind: treatment, n: 5, arms: [{label: AB, stages: [{kind: treatment}]}, {label: AC, stages: [{kind: treatment, n: 2}]}]}]}", B2),
    ],
    ids=["a transfer", "a period after the arms", "a dropped arm", "an arm without chance", "each period a split", "periods in outer arms"],
)  # fmt: skip
def test_periods_are_shown_in_other_ways(text):
    assert codes(text) == []


def test_periods_in_arms_of_one_arm_say_nothing_of_another():
    nested = "{label: A, stages: [{kind: treatment, n: 5, arms: [{label: AB, stages: [{kind: treatment}]}, {label: AC, stages: [{kind: treatment, n: 2}]}]}]}"
    assert [finding.message for finding in findings(design("crossover", nested, B))] == [
        "B shows fewer than two periods"
    ]


@pytest.mark.parametrize(
    "text",
    [
        design("crossover", A, B) + "\ntransfers: [{from: a/s0, to: b/s0, n: 2, kind: as-treated, counted: false}]",
        design("crossover", A, B, before="\n  - {kind: treatment, label: Lead-in, n: 10}"),
        design("crossover", A, B, after="\n  - {kind: follow-up, label: Completed}"),
        design("crossover", A, B, before="\n  - {kind: enrollment, n: 10, arms: [{label: X, n: 5}, {label: Z, n: 5}]}"),
    ],
    ids=["another transfer", "a lead-in before the arms", "follow-up after the arms", "sites before the randomization"],
)
def test_what_shows_no_periods(text):
    found = findings(text)
    assert {finding.message for finding in found} >= {
        "A shows fewer than two periods",
        "B shows fewer than two periods",
    }
    assert {finding.code for finding in found} == {"D303"}


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        ("\n  - {kind: treatment, n: 4}", ["D303"]),
        ("\n  - {kind: treatment, n: 4}\n  - {kind: analysis}", ["D303"]),
        ("\n  - {kind: treatment, n: 4}\n  - {kind: follow-up}", []),
        ("\n  - {kind: treatment, n: 4, unit: cycles}", []),
    ],
)
def test_an_n_of_1_trial_shows_periods_without_arms(after, wanted):
    found = findings(design("n-of-1", after=after, kind="enrollment"))
    assert [finding.code for finding in found] == wanted
    assert [finding.message for finding in found] == ["the periods of the n-of-1 trial are not shown"] * len(wanted)


# D304


@pytest.mark.parametrize(
    ("arms", "cells"),
    [
        ((A, B), 2),
        ((A, B, C), 3),
        ((A, B, C, D), 4),
        (("{label: A, stages: [{kind: allocation, arms: [{label: AC, n: 3}, {label: AD, n: 2}]}]}",
          "{label: B, stages: [{kind: allocation, arms: [{label: BC, n: 3}, {label: BD, n: 2}]}]}"), 4),
        (("{label: A, stages: [{kind: allocation, arms: [{label: AC, n: 3}, {label: AD, n: 2}]}]}", B), 3),
    ],
)  # fmt: skip
def test_a_factorial_trial_has_four_cells(arms, cells):
    found = findings(design("factorial", *arms))
    if cells < 4:
        assert [finding.message for finding in found] == [
            f"a factorial trial has four cells or more, and the flow has {cells}"
        ]
    else:
        assert found == []


def test_two_splits_one_after_the_other_are_four_cells():
    after = "\n  - {kind: randomization, id: second, arms: [{label: C, n: 5}, {label: D, n: 5}]}"
    assert codes(design("factorial", A, B, after=after)) == []


# D305

NI = ("{label: A, n: 5, stages: [{kind: treatment}]}", "{label: B, n: 5, stages: [{kind: treatment}]}")


def test_a_non_inferiority_trial_without_analyses_lacks_the_per_protocol_one():
    (found,) = findings(design("non-inferiority", *NI))
    assert (found.message, found.fix) == ("a per-protocol analysis is not shown", "add a per-protocol analysis set")


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (design("non-inferiority", A, B), "a per-protocol"),
        (design("non-inferiority", A, B) + "\nanalysis_sets: [{label: PP, of: a, n: 5}]", None),
        (design("non-inferiority", *NI) + "\nanalysis_sets: [{label: Per protocol, of: a, n: 5}]", "an intention-to-treat"),
        (design("non-inferiority", *NI) + "\nanalysis_sets: [{label: ITT, of: a, n: 5}, {label: Per protocol, of: a, n: 5}]", None),
        (design("non-inferiority", *NI, after="\n  - {kind: analysis, label: Per protocol}"), "an intention-to-treat"),
        (design("non-inferiority", *NI, before="\n  - {kind: screening, n: 10, details: {Seen: 9}}") + "\nanalysis_sets: [{label: Per protocol, of: a, n: 5}]", "an intention-to-treat"),
        (design("non-inferiority", *NI, after="\n  - {kind: analysis, details: {Per protocol: 7}}"), None),
        (design("non-inferiority", *NI, after="\n  - {kind: analysis}\n  - {kind: other, label: Per-protocol population}"), None),
        (design("non-inferiority", *NI, after="\n  - {kind: analysis}") + "\nanalysis_sets: [{label: Evaluable, of: a, n: 5}]", None),
        (design("non-inferiority", *NI, after="\n  - {kind: follow-up, details: {Per protocol: 7}}"), "an intention-to-treat"),
        (design("non-inferiority", *NI, after="\n  - {kind: analysis, label: ITT}") + "\nanalysis_sets: [{label: Cured, of: itt, n: 10, outcomes: {Per protocol: 5}}]", None),
    ],
)  # fmt: skip
def test_a_non_inferiority_trial_shows_both_analyses(text, missing):
    found = findings(text)
    assert [finding.message for finding in found] == ([f"{missing} analysis is not shown"] if missing else [])


# D306


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (design("pilot", A, B).replace(", label: S1", ""), ["D306"]),
        (design("pilot", *NI), ["D306"]),
        (design("pilot", *NI, after="\n  - {kind: follow-up, details: {Completed the diary: 4}}"), ["D306"]),
        (design("pilot", *NI) + "\nanalysis_sets: [{label: Assessed for retention, of: a, n: 5}]", []),
        (design("pilot", *NI, after="\n  - {kind: analysis, details: {Assessed for retention: 7}}"), []),
        (design("pilot", *NI, after="\n  - {kind: analysis, label: Assessed for retention}"), []),
        ("study: {design: pilot}\nstages: [{kind: enrollment, n: 9}, {kind: analysis}]", ["D306"]),
    ],
)
def test_a_pilot_says_who_was_assessed_for_its_objectives(text, wanted):
    assert codes(text) == wanted


# D307


@pytest.mark.parametrize("status", ["dropped", "added"])
@pytest.mark.parametrize("name", ["multi-arm", "cohort"])
def test_an_arm_that_was_dropped_or_added_says_why(status, name):
    text = design(name, A, B.replace("n: 5", f"n: 5, status: {status}"))
    (found,) = findings(text)
    assert (found.code, found.message) == ("D307", f"B was {status}, and nothing says why or when")
    assert (found.span.line, found.span.column) == (6, 34)
    assert codes(text.replace(f"status: {status}", f"status: {status}, note: In May.")) == []
    assert codes(text.replace(f"design: {name}", "title: No design").replace("n: 5,", "n: 5, note: In May,")) == []


@pytest.mark.parametrize(
    "text",
    [
        design("multi-arm", A, B.replace("n: 5", "n: 5, status: non-randomised")),
        design(
            "multi-arm",
            A,
            B.replace("n: 5", "n: 5, status: dropped").replace("id: s1", "id: s1, note: Stopped in May."),
        ),
        design("multi-arm", A, B.replace("n: 5", "n: 5, status: dropped"), after="\n    note: B was stopped in May."),
    ],
    ids=["not randomized", "a note on a stage of it", "a note on the split"],
)
def test_an_arm_that_needs_no_note_or_has_one_nearby(text):
    assert codes(text) == []


# D308


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        ("", ["D308"]),
        (", exits: [{label: No test, n: 1}]", ["D308"]),
        (", details: {Had both tests: 9}", ["D308"]),
        (", details: {Positive: 3, Negative: 6}", []),
        (", details: [partition: {Positive: 3, Negative: 6}]", []),
        (", arms: [{label: Positive, n: 3}, {label: Negative, n: 6}]", []),
    ],
)
def test_a_diagnostic_study_shows_results(after, wanted):
    text = f"study: {{design: diagnostic}}\nstages:\n  - {{kind: other, label: Index test, n: 9{after}}}"
    assert codes(text) == wanted


def test_outcomes_are_results_of_a_test():
    text = "study: {design: diagnostic}\nstages: [{kind: enrollment, n: 9}]\nanalysis_sets: [{label: Tested, of: enrollment, n: 9%s}]"
    assert codes(text % "") == ["D308"]
    assert codes(text % ", outcomes: {Positive: 3}") == []
