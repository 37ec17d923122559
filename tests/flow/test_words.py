# ruff: noqa: E501 - study files are written as an author would
import re

import pytest

import consortflow as cf
from consortflow.telling import flat, tell
from consortflow.words import Words, digits

NESTED = """\
study: {unit: patients}
stages:
  - kind: screening
    enters: {Clinic: 25, Press: 15}
    exits: [{label: Out, n: 10, reasons: {A: 4, B: {C: 5, D: 1}}}]
  - kind: randomization
    arms:
      - label: Drug
        stages: [{kind: allocation, n: 15, details: [{label: Received, n: 14}], exits: [{kind: ongoing, n: 3}]}]
      - {label: Placebo, stages: [{kind: allocation}]}
  - {kind: analysis, n: 27}
analysis_sets:
  - {label: Safety, of: randomization, n: 29, excluded: {Untreated: 1}, outcomes: {Death: 2}}
"""


def words(text):
    return Words(cf.solve(cf.loads(text)))


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (999, "999"), (1826, "1826"), (9999, "9999"), (10_000, "10,000"), (1_234_567, "1,234,567")],
)
def test_numbers_of_five_digits_and_more_are_grouped(number, shown):
    assert digits(number) == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (92, 92, "= 92"), (0, 0, "= 0"), (0, 4, "≤ 4"), (3, 7, "= 3\u20137"), (5, None, "≥ 5"), (0, None, "= ?"),
        (10_000, 12_000, "= 10,000\u201312,000"),
    ],
)  # fmt: skip
def test_an_interval_follows_its_n(low, high, shown):
    assert words("stages: [{kind: screening}]").number(cf.Interval(low, high)).replace("\u00a0", " ") == shown


def test_a_count_never_breaks():
    text = words(
        "study: {units: [nursing homes, people]}\nstages: [{kind: screening, n: {nursing homes: 4, people: 9}}]"
    )
    account = text.network.account("screening")
    pieces = text.count(account).split(" ")
    assert pieces == ["(nursing\u00a0homes:\u00a04;\u00a0people:\u00a09)"]
    one = words("stages: [{kind: screening, n: 4}]")
    assert " " not in one.count(one.network.account("screening"))


def test_the_whole_flow_is_told_in_order_with_every_count():
    assert flat(tell(words(NESTED))) == (
        "Assessed for eligibility (n = 40); joined by: Clinic (n = 25); Press (n = 15). "
        "Left: Out (n = 10): A (n = 4); B (n = 6) [C (n = 5); D (n = 1)]. "
        "Randomized (n = 30). "
        "Arm Drug (n = 15): Allocated to Drug (n = 15); of them: Received (n = 14). "
        "Ongoing: Ongoing (n = 3). Still in the study at the data cutoff. "
        "Arm Placebo (n = 15): Allocated to Placebo (n = 15). "
        "Analyzed (n = 27). "
        "Safety (n = 29); left out: Untreated (n = 1); outcomes: Death: 2/29 (6.9%; 95% CI 0.8\u201322.8)."
    )


def test_people_who_are_ongoing_are_never_said_to_have_left():
    told = flat(tell(words(NESTED)))
    assert "Left: Ongoing" not in told
    assert "Ongoing (n = 3)" in told


def test_every_label_and_every_number_of_a_flow_is_told():
    solution = cf.solve(cf.loads(NESTED))
    told = flat(tell(Words(solution)))
    rows = list(cf.counts(solution))
    assert len(rows) > 15
    for row in rows:
        assert row.label in told
    assert sorted(int(n) for n in re.findall(r"n = (\d+)", told)) == sorted(
        row.n for row in rows if row.kind != "outcome"
    )


@pytest.mark.parametrize(
    ("n", "of", "shown"),
    [
        (34, 48, "X: 34/48 (70.8%; 95% CI 55.9\u201383.0)"),
        (0, 10, "X: 0/10 (0.0%; 95% CI 0.0\u201330.8)"),
        (10, 10, "X: 10/10 (100.0%; 95% CI 69.2\u2013100.0)"),
        (1, 16, "X: 1/16 (6.3%; 95% CI 0.2\u201330.2)"),
        (12000, 24000, "X: 12,000/24,000 (50.0%; 95% CI 49.4\u201350.6)"),
        ("<5", 9, ""),
        (0, 0, ""),
    ],
)
def test_an_outcome_is_a_rate_where_both_numbers_are_known(n, of, shown):
    stages = f"stages: [{{kind: infusion, n: {of}}}]\n"
    text = words(stages + f"analysis_sets: [{{label: S, of: infusion, n: {of}, outcomes: {{X: {n}}}}}]")
    assert text.outcome(text.network.account("s/x")).replace("\u00a0", " ") == shown


def test_a_rate_keeps_its_interval_on_one_line():
    text = words(
        "stages: [{kind: infusion, n: 9}]\nanalysis_sets: [{label: S, of: infusion, n: 9, outcomes: {X y: 3}}]"
    )
    assert text.outcome(text.network.account("s/x-y")).split(" ") == [
        "X", "y:", "3/9", "(33.3%;", "95%\u00a0CI\u00a07.5\u201370.1)",
    ]  # fmt: skip


@pytest.mark.parametrize("percent", ["none", "previous", "randomised", "parent"])
def test_a_percentage_of_nothing_is_not_printed(percent):
    text = words(
        f"stages: [{{kind: screening, n: 0, exits: [{{label: Out, n: 0}}]}}, {{kind: enrollment}}]\npicture: {{percent: {percent}}}"
    )
    assert "%" not in flat(tell(text))


def test_percentages_across_a_change_of_unit_are_not_printed():
    text = words(
        "study: {unit: patients}\nstages: [{kind: treatment, n: 29}, {kind: other, label: Blocks, unit: blocks, n: 58}]\npicture: {percent: previous}"
    )
    assert "%" not in flat(tell(text))


def test_percentages_of_those_randomized_stand_only_after_the_randomization():
    text = (
        "stages:\n  - {kind: screening, n: 400, exits: [{label: Out, n: 100}]}\n  - {kind: randomization, n: 300,"
        " exits: [{label: Left, n: 30}]}\n  - {kind: analysis}\npicture: {percent: randomised}\n"
    )
    solution = cf.solve(cf.loads(text))
    said = {
        full: Words(solution).said(account).replace("\u00a0", " ")
        for full, account in solution.network.accounts.items()
    }
    assert said["screening"] == "Assessed for eligibility (n = 400)"
    assert said["screening/out"] == "Out (n = 100)"
    assert said["randomization"] == "Randomized (n = 300)"
    assert said["randomization/left"] == "Left (n = 30; 10.0%)"
    assert said["analysis"] == "Analyzed (n = 270; 90.0%)"


def test_a_count_names_its_unit_where_the_study_counts_several():
    text = (
        "study: {units: [people, eyes]}\nstages:\n  - {kind: enrollment, n: {people: 80, eyes: 160}}\n"
        "  - {kind: randomization, unit: eyes, n: 160}\n"
    )
    solution = cf.solve(cf.loads(text))
    words = Words(solution)
    assert words.said(solution.network.account("randomization")).replace("\u00a0", " ") == "Randomized (eyes: 160)"
