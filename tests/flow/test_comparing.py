# ruff: noqa: E501 - study files are written as an author would
"""Two studies of one trial: what changed, what is new, what is gone, and what is only called otherwise."""

import json

import pytest
from typer.testing import CliRunner

import consortflow as cf
from consortflow.cli import app
from consortflow.report.changes import VERSION, as_text

FIRST = """\
study: {design: single-arm, unit: patients, data_cutoff: 2024-01-31}
stages:
  - kind: screening
    n: 92
    exits:
      - label: Not enrolled
        reasons: {Declined: 5, Not eligible: {Infection: 11, Too ill: 9}}
  - {kind: enrollment, label: Enrolled, exits: [{label: Died, n: 12}]}
  - {kind: infusion}
"""


def changes(before, after):
    found = cf.compare(cf.loads(before), cf.loads(after)).changes
    return [(c.what, c.id, c.before.n if c.before else None, c.after.n if c.after else None) for c in found]


def test_a_study_equals_itself_whatever_is_stated_and_whatever_derived():
    stated = FIRST.replace("kind: infusion", "kind: infusion, n: 55")
    found = cf.compare(cf.loads(FIRST), cf.loads(stated))
    assert found.equal
    assert (found.facts, found.changes, found.same) == ((), (), 9)


def test_a_count_that_changed_changes_what_is_derived_from_it():
    assert changes(FIRST, FIRST.replace("Declined: 5", "Declined: 6")) == [
        ("changed", "screening/not-enrolled", 25, 26),
        ("changed", "screening/not-enrolled/declined", 5, 6),
        ("changed", "enrolled", 67, 66),
        ("changed", "infusion", 55, 54),
    ]


def test_facts_that_bear_on_the_numbers_are_compared_and_titles_are_not():
    other = FIRST.replace("data_cutoff: 2024-01-31", "title: Another title, registration: NCT1")
    found = cf.compare(cf.loads(FIRST), cf.loads(other))
    assert [tuple(fact) for fact in found.facts] == [
        ("registration", None, "NCT1"),
        ("data_cutoff", "2024-01-31", None),
    ]
    assert not found.equal
    assert found.changes == ()


def test_a_stage_that_is_added_stands_where_it_was_put_with_what_it_holds():
    other = FIRST.replace(
        "  - {kind: infusion}", "  - {kind: bridging, exits: [{label: Progressed, n: 3}]}\n  - {kind: infusion}"
    )
    found = cf.compare(cf.loads(FIRST), cf.loads(other)).changes
    assert [(c.what, c.id, c.held) for c in found] == [
        ("added", "bridging", False),
        ("added", "bridging/progressed", True),
        ("changed", "infusion", False),
    ]
    assert changes(other, FIRST) == [
        ("gone", "bridging", 55, None),
        ("gone", "bridging/progressed", 3, None),
        ("changed", "infusion", 52, 55),
    ]


def test_boxes_with_another_id_are_paired_by_their_label_and_so_is_what_they_hold():
    other = FIRST.replace("kind: screening", "kind: screening, id: assessed".replace(", ", "\n    ")).replace(
        "Infection: 11", "Infection: 12"
    )
    assert [(what, full) for what, full, _, _ in changes(FIRST, other) if "assessed" in full] == [
        ("changed", "assessed/not-enrolled"),
        ("changed", "assessed/not-enrolled/not-eligible"),
        ("changed", "assessed/not-enrolled/not-eligible/infection"),
    ]


def test_the_only_stage_of_a_kind_is_the_same_under_another_label():
    (change,) = cf.compare(cf.loads(FIRST), cf.loads(FIRST.replace("label: Enrolled", "label: Joined"))).changes
    assert (change.what, change.id, change.label, change.before_label) == ("renamed", "joined", "Joined", "Enrolled")


def test_a_reason_with_the_same_count_in_the_same_place_is_the_same_under_another_label():
    (change,) = cf.compare(cf.loads(FIRST), cf.loads(FIRST.replace("Declined: 5", "Refused: 5"))).changes
    assert (change.what, change.label, change.before_label) == ("renamed", "Refused", "Declined")
    assert [c[0] for c in changes(FIRST, FIRST.replace("Declined: 5", "Refused: 4"))][:3] == [
        "changed",
        "gone",
        "added",
    ]


def test_labels_that_two_reasons_could_be_are_not_guessed_at():
    before = "stages: [{kind: screening, n: 9, exits: [{label: Out, reasons: {A: 2, B: 2}}]}]"
    after = before.replace("A: 2, B: 2", "C: 2, D: 2")
    assert sorted(c[0] for c in changes(before, after)) == ["added", "added", "gone", "gone"]


ARMS = """\
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: Drug, stages: [{kind: treatment, exits: [{label: Died, n: 1}]}, {kind: analysis}]}
      - {label: Placebo, stages: [{kind: treatment, n: 10}, {kind: analysis}]}
"""


def test_an_arm_that_is_called_otherwise_keeps_its_stages():
    (change,) = cf.compare(cf.loads(ARMS), cf.loads(ARMS.replace("Placebo", "Usual care"))).changes
    assert (change.what, change.label, change.before_label) == ("renamed", "Usual care", "Placebo")


def test_units_are_compared_one_by_one():
    before = "study: {units: [homes, residents]}\nstages: [{kind: screening, n: {homes: 4, residents: 80}}]"
    found = cf.compare(cf.loads(before), cf.loads(before.replace("80", "81"))).changes
    assert [(c.unit, c.before.n, c.after.n) for c in found] == [("residents", 80, 81)]
    found = cf.compare(cf.loads(before), cf.loads("study: {unit: homes}\nstages: [{kind: screening, n: 4}]"))
    assert [(c.unit, c.before.n, c.after) for c in found.changes] == [("residents", 80, None)]
    assert {fact.name for fact in found.facts} == {"unit", "units"}


def test_intervals_that_differ_are_a_change_and_equal_ones_are_not():
    before = "stages: [{kind: screening, n: 9, exits: [{label: Out, n: <5}]}, {kind: infusion}]"
    assert changes(before, before) == []
    assert [c[1] for c in changes(before, before.replace("<5", "<4"))] == ["screening/out", "infusion"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(FIRST)
    (tmp_path / "b.yaml").write_text(FIRST.replace("Declined: 5", "Declined: 6"))
    (tmp_path / "broken.yaml").write_text("stages: 3\n")
    (tmp_path / "wrong.yaml").write_text(FIRST.replace("kind: infusion", "kind: infusion, n: 56"))


def run(*args, **options):
    return CliRunner().invoke(app, ["compare", *args], **options)


@pytest.mark.usefixtures("files")
def test_the_command_prints_a_line_for_each_difference_and_exits_1_where_there_is_one():
    ran = run("a.yaml", "b.yaml")
    assert ran.exit_code == 1
    assert ran.stdout.splitlines() == [
        "a.yaml -> b.yaml",
        "~ Screened for eligibility > Not enrolled: 25 -> 26  [line 6 -> line 6]",
        "~ Not enrolled > Declined: 5 -> 6  [line 7 -> line 7]",
        "~ Enrolled: 67 -> 66  [line 8 -> line 8]",
        "~ Received infusion: 55 -> 54  [line 9 -> line 9]",
        "4 differences; 5 counts are the same",
    ]
    ran = run("a.yaml", "a.yaml")
    assert (ran.exit_code, ran.stdout.splitlines()[1:]) == (0, ["no differences; 9 counts are the same"])


@pytest.mark.usefixtures("files")
def test_the_command_writes_json_with_every_change_and_its_places():
    report = json.loads(run("a.yaml", "b.yaml", "--format", "json").stdout)
    assert report["version"] == VERSION
    assert (report["before"], report["after"], report["equal"], report["same"]) == ("a.yaml", "b.yaml", False, 5)
    change = report["changes"][1]
    assert (change["what"], change["kind"], change["within"], change["label"]) == (
        "changed",
        "reason",
        "Not enrolled",
        "Declined",
    )
    assert change["before"] == {"n": 5, "low": 5, "high": 5}
    assert change["after_at"] == {"file": "b.yaml", "line": 7, "column": 29}


@pytest.mark.usefixtures("files")
def test_contradictions_are_said_and_compared_as_they_stand_and_no_study_is_compared_with_none():
    ran = run("a.yaml", "wrong.yaml")
    assert ran.exit_code == 1
    assert "error[B301]" in ran.stderr
    assert "~ Received infusion: 55 -> 56" in ran.stdout
    ran = run("a.yaml", "broken.yaml")
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "broken.yaml:1:9: error[S103]" in ran.stderr
    with pytest.raises(cf.InvalidStudyError, match=r"broken\.yaml"):
        cf.compare("a.yaml", "broken.yaml")


@pytest.mark.usefixtures("files")
def test_standard_input_can_be_one_of_the_two_and_not_both():
    assert run("-", "a.yaml", input=FIRST).exit_code == 0
    assert run("-", "-", input=FIRST).exit_code == 2


def test_what_a_box_that_is_gone_held_is_counted_not_listed():
    before = cf.loads(FIRST)
    after = cf.loads(
        FIRST.replace(
            "\n    exits:\n      - label: Not enrolled\n        reasons: {Declined: 5, Not eligible: {Infection: 11, Too ill: 9}}",
            "",
        ).replace("n: 92", "n: 67")
    )
    text = as_text(cf.compare(before, after), "a", "b")
    assert "- Screened for eligibility > Not enrolled: 25, with 4 counts inside  [line 6]\n" in text
    assert "Infection" not in text
