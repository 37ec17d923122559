# ruff: noqa: E501 - study files are written as an author would
"""Steps out of order (S113), arms that nobody is randomized to (S114), and boxes that print the same (S115)."""

import pytest

from consortflow.checking import check_text


def findings(text, code):
    return [finding for finding in check_text(text, "a.yaml")[1] if finding.code == code]


def steps(*kinds):
    return "stages:" + "".join(f"\n  - {{kind: {kind}, id: s{at}, n: 9}}" for at, kind in enumerate(kinds))


# S113


@pytest.mark.parametrize(
    ("kinds", "late", "message"),
    [
        (["infusion", "lymphodepletion"], 3, "Received lymphodepletion comes after Received infusion: lymphodepletion comes before infusion"),
        (["infusion", "apheresis"], 3, "Underwent apheresis comes after Received infusion: apheresis comes before infusion"),
        (["manufacturing", "apheresis"], 3, "Underwent apheresis comes after Product manufactured: apheresis comes before manufacturing"),
        (["infusion", "manufacturing"], 3, "Product manufactured comes after Received infusion: manufacturing comes before infusion"),
        (["apheresis", "infusion", "bridging"], 4, "Received bridging therapy comes after Received infusion: bridging comes before infusion"),
        (["apheresis", "infusion", "follow-up", "lymphodepletion"], 5, "Received lymphodepletion comes after Received infusion: lymphodepletion comes before infusion"),
    ],
)  # fmt: skip
def test_a_first_step_after_what_it_prepares_is_an_error(kinds, late, message):
    (found,) = findings(steps(*kinds), "S113")
    assert (found.severity, found.message, found.span.line) == ("error", message, late)
    assert found.span.column == 12, "at the kind"
    assert [related.message.split(" is here")[0] in message for related in found.related] == [True]


@pytest.mark.parametrize(
    "kinds",
    [
        ["apheresis", "manufacturing", "bridging", "lymphodepletion", "infusion"],
        ["apheresis", "lymphodepletion", "infusion", "lymphodepletion", "infusion"],
        ["manufacturing", "lymphodepletion", "infusion"],
        ["apheresis", "lymphodepletion", "bridging", "infusion"],
        ["infusion", "infusion"],
        ["infusion", "bridging"],
        ["enrollment", "infusion", "bridging", "follow-up"],
        ["lymphodepletion"],
        ["treatment", "follow-up", "analysis"],
    ],
)
def test_steps_in_order_or_for_a_second_time(kinds):
    assert findings(steps(*kinds), "S113") == []


@pytest.mark.parametrize("label", ["Re-apheresis", "Second leukapheresis", "Repeat collection", "Apheresis again"])
def test_a_step_that_says_it_is_not_the_first_may_follow(label):
    text = steps("manufacturing", "apheresis")
    assert findings(text, "S113")
    assert findings(text.replace("id: s1", f"id: s1, label: {label}"), "S113") == []


def test_steps_of_other_arms_are_not_before():
    text = """
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: Product of donors, stages: [{kind: infusion, n: 10}]}
      - {label: Own cells, stages: [{kind: apheresis, n: 10}, {kind: lymphodepletion}, {kind: infusion, id: own}]}
"""
    assert findings(text, "S113") == []


def test_the_later_step_that_is_named_is_one_that_people_passed():
    text = """
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: A, stages: [{kind: apheresis, n: 10}, {kind: infusion, label: Infusion in A}]}
      - {label: B, stages: [{kind: infusion, label: Infusion in B, n: 10}, {kind: lymphodepletion}]}
"""
    (found,) = findings(text, "S113")
    assert found.message.startswith("Received lymphodepletion comes after Infusion in B: ")
    assert found.related[0].span.line == 7


def test_the_flow_decides_and_not_the_order_of_the_file():
    text = "stages:\n  - {kind: enrollment, n: 9}\n  - {kind: FIRST, from: last}\n  - {kind: LAST, id: last, from: enrollment}"
    assert findings(text.replace("FIRST", "infusion").replace("LAST", "lymphodepletion"), "S113") == []
    (found,) = findings(text.replace("LAST", "infusion").replace("FIRST", "lymphodepletion"), "S113")
    assert found.span.line == 3


def test_a_transfer_back_is_no_step():
    text = (
        steps("lymphodepletion", "infusion")
        + "\ntransfers:\n  - {from: s1, to: s0, n: 2, kind: retreatment, counted: false}"
    )
    assert findings(text, "S113") == []


# S114

ARMS = """
study: {{design: {design}}}
stages:
  - {{kind: screening, n: 20}}
  - kind: {kind}
    n: 20
    arms:
      - {{label: A{a}, stages: [{{kind: treatment, n: 10}}]}}
      - {{label: B{b}, stages: [{{kind: treatment, n: 10}}]}}
"""


def arms(design="parallel", kind="enrollment", a="", b=""):
    return ARMS.format(design=design, kind=kind, a=a, b=b)


@pytest.mark.parametrize(
    "design",
    ["parallel", "multi-arm", "crossover", "cluster", "stepped-wedge", "factorial", "non-inferiority", "platform"],
)
def test_arms_of_a_randomized_design_that_nobody_is_randomized_to(design):
    (found,) = findings(arms(design), "S114")
    assert found.message == "Enrolled splits into 2 arms, and nobody is randomized"
    assert f"a {design} trial has a stage of `kind: randomization`" in found.fix
    assert (found.severity, found.span.line, found.span.column) == ("warning", 5, 11)


@pytest.mark.parametrize(
    "text",
    [
        arms(kind="randomization"),
        arms("cohort"),
        arms("dose-escalation"),
        arms("other"),
        arms().replace("design: parallel", "title: No design"),
        arms(a=", status: non-randomised"),
        arms(a=", status: non-randomised", b=", status: non-randomised"),
        arms(kind="allocation").replace("kind: screening", "kind: randomization"),
        arms(kind="other, label: Dispensed".replace(",", "\n   ")).replace("kind: screening", "kind: randomization"),
        arms().replace("{kind: treatment, n: 10}", "{kind: randomization, n: 10, arms: [{label: C}, {label: D}]}"),
        arms() + "  - {kind: randomization, n: 20, arms: [{label: C, n: 8}, {label: D}]}",
    ],
    ids=[
        "randomized", "a cohort", "cohorts of doses", "another design", "no design", "one arm chosen", "both arms chosen",
        "before the split", "two before the split", "in strata", "after sites that pool",
    ],
)  # fmt: skip
def test_arms_that_people_are_randomized_to_or_that_need_no_chance(text):
    assert findings(text, "S114") == []


def test_a_randomization_that_splits_nobody_does_not_count():
    text = arms().replace("{kind: treatment, n: 10}", "{kind: randomization, n: 10}")
    assert len(findings(text, "S114")) == 1


def test_of_splits_inside_splits_the_outermost_is_named():
    inner = "{kind: treatment, n: 10, arms: [{label: Well, n: 5}, {label: Ill, n: 5}]}"
    (found,) = findings(arms().replace("{kind: treatment, n: 10}", inner), "S114")
    assert found.span.line == 5
    chosen = arms(b=", status: non-randomised").replace("{kind: treatment, n: 10}", inner)
    assert [finding.span.line for finding in findings(chosen, "S114")] == [8], "nor in the arm that some chose"


# S115


def labels(*stages, more=""):
    return "stages:" + "".join(f"\n  - {{kind: {stage}}}" for stage in stages) + more


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (labels("treatment, id: a", "treatment, id: b"), [3]),
        (labels("treatment, id: a", "follow-up", "treatment, id: b"), [4]),
        (labels("treatment, label: Cycle, id: a", "treatment, label: CYCLE, id: b"), [3]),
        (labels("treatment, label: C, id: a", "other, label: W", "treatment, label: C, id: b", "treatment, label: C, id: c"), [5]),
        (labels("other, label: Received treatment, id: b", "follow-up", "treatment, id: a"), [4]),
        (labels("treatment, id: a", "follow-up", "other, label: Received treatment, id: b"), [4]),
        (labels("enrollment, exits: [{id: a, n: 1}, {id: b, n: 2}]"), [2]),
        (labels("enrollment, arms: [{label: A, id: p}, {label: a, id: q}]"), [2]),
        (labels("infusion", more="\nanalysis_sets:\n  - {id: p, label: S, of: infusion}\n  - {id: q, label: s, of: infusion}"), [5]),
    ],
    ids=["neighbours", "default labels", "in capitals", "the last two", "the other by default", "one by default", "exits", "arms", "sets"],
)  # fmt: skip
def test_boxes_that_nobody_can_tell_apart(text, lines):
    found = findings(text, "S115")
    assert [finding.span.line for finding in found] == lines
    assert all(finding.severity == "warning" and finding.related for finding in found)


NESTED = """
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: A, stages: [{kind: treatment, n: 10, exits: [{kind: died, n: 0}]}, {kind: analysis, exits: [{kind: died, n: 0}]}]}
      - {label: B, stages: [{kind: treatment, n: 10, arms: [{label: A}, {label: Z}]}, {kind: analysis}]}
analysis_sets:
  - {id: a-1, label: Per protocol, of: a, n: 9}
  - {id: b-1, label: Per protocol, of: b, n: 9}
  - {id: a-2, label: Safety, of: randomization, within: a, n: 9}
  - {id: b-2, label: Safety, of: randomization, within: b, n: 9}
  - {id: a-3, label: Response, of: a/treatment, n: 9}
  - {id: a-4, label: Response, of: a/analysis, n: 9}
"""


@pytest.mark.parametrize(
    "text",
    [
        NESTED,
        labels(
            "treatment, label: One",
            "other, label: Washout, id: w",
            "treatment, label: Two",
            "other, label: Washout, id: x",
        ),
        labels("treatment, label: Induction", "treatment, label: Maintenance"),
    ],
    ids=["in other arms, boxes and lists", "a washout after each period", "other labels"],
)
def test_boxes_of_one_label_that_stand_apart(text):
    assert findings(text, "S115") == []
