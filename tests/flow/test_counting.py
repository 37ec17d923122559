# ruff: noqa: E501 - study files are written as an author would
import pytest

import consortflow as cf
from consortflow.counting import Row


def rows(text):
    return {row.id: row for row in cf.counts(cf.solve(cf.loads(text)))}


def outcome(n, of, picture=""):
    return rows(
        f"stages:\n  - {{kind: infusion, n: {of}}}\n{picture}"
        f"analysis_sets:\n  - {{label: S, of: infusion, n: {of}, outcomes: {{Remission: {n}}}}}\n"
    )["s/remission"]


def test_a_row_is_a_plain_tuple_with_names():
    (row,) = rows("stages: [{kind: screening, n: 3}]").values()
    assert row == Row("screening", "Screened for eligibility", "stage", "participants", 3, 3, 3, "unchecked")
    assert "percent" not in row.as_dict()


@pytest.mark.parametrize(
    ("n", "of", "rate"),
    [
        (34, 48, (70.8, 55.9, 83.0)),
        (41, 48, (85.4, 72.2, 93.9)),
        (0, 10, (0.0, 0.0, 30.8)),
        (10, 10, (100.0, 69.2, 100.0)),
        (1, 16, (6.3, 0.2, 30.2)),
        (0, 0, (None, None, None)),
        ("3-4", 10, (None, None, None)),
    ],
)
def test_outcomes_have_a_rate_where_both_numbers_are_known(n, of, rate):
    row = outcome(n, of)
    assert row.of == "s"
    assert (row.percent, row.ci_low, row.ci_high) == rate


def test_an_outcome_of_an_outcome_is_a_part_of_the_set():
    made = rows(
        "stages: [{kind: infusion, n: 9}]\n"
        "analysis_sets: [{label: S, of: infusion, n: 9, outcomes: {Response: {Complete: 3, Partial: 4}}}]\n"
    )
    assert made["s/response"].n == 7
    assert made["s/response/complete"].kind == "outcome"
    assert {row.of for full, row in made.items() if row.kind == "outcome"} <= {"s", "s/response"}
    assert made["s/response"].percent == 77.8


def test_a_contradiction_still_has_rows_for_a_draft():
    solution = cf.solve(
        cf.loads("stages:\n  - {kind: screening, n: 9, exits: [{label: Out, n: 3}]}\n  - {kind: enrollment, n: 7}\n")
    )
    assert not solution.ok
    assert [(row.id, row.n) for row in cf.counts(solution)] == [
        ("screening", 9), ("screening/out", 3), ("enrollment", 7),
    ]  # fmt: skip


def test_rows_follow_the_file_not_the_kinds():
    text = (
        "transfers: [{from: a, to: b, n: 1, id: t}]\n"
        "stages:\n  - {kind: other, label: a, n: 3, arms: [], exits: [{label: E, n: 1}], details: [{label: D, n: 1}]}\n"
        "  - {kind: other, label: b, n: 2}\n"
        "pooled: [{over: [a/e], reasons: {R: 1}, id: p}]\n"
        "analysis_sets: [{label: S, of: b, n: 2}]\n"
    )
    assert list(rows(text)) == ["a", "a/e", "a/d", "b", "t", "p", "p/r", "s"]


def test_labels_that_give_the_same_id_stay_apart():
    made = rows(
        "stages: [{kind: screening, n: 5, exits: [{label: Out, reasons: {'A b': 1, 'A-b': 1}}]}, {kind: enrollment, n: 3}]\n"
    )
    assert [full for full, row in made.items() if row.kind == "reason"] == [
        "screening/out/a-b", "screening/out/a-b-2",
    ]  # fmt: skip
