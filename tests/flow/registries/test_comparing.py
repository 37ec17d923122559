"""A study file compared with its record: what differs is said at its place, and nothing else is."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from trialrecords import SMALL, changed, records, study

import consortflow as cf
from consortflow.checking import check_text
from consortflow.registries.clinicaltrials import read_record
from consortflow.registries.comparing import compare_with_record
from consortflow.registries.importing import as_study_file
from consortflow.registries.verbs import agreement

REAL = sorted((Path(__file__).parents[4] / "shared" / "data" / "clinicaltrials").glob("*.json"))
PAPER = """\
study: {registration: NCT01234567, design: parallel}
stages:
  - kind: screening
    n: 300
    exits: [{label: Excluded, n: 90}]
  - kind: enrollment
    n: 210
    exits: [{label: Not assigned, n: 9}]
  - kind: randomization
    arms:
      - label: Coaching
        stages:
          - kind: allocation
            n: 100
            exits:
              - {kind: lost-to-follow-up, n: 3}
              - {label: Withdrew consent, kind: withdrew, n: 1}
          - {kind: analysis, n: 96}
      - label: Care as usual
        stages:
          - kind: allocation
            n: 101
            exits:
              - label: Lost to follow-up
                reasons: {Withdrew: 3, Moved away: 5}
          - {kind: follow-up}
"""


def compared(text, data):
    record, findings = read_record(json.dumps(data), "NCT.json")
    assert record is not None, str(findings)
    solution, _ = check_text(text, "x.yaml")
    return agreement(solution, record)


def said(text, data):
    """Return the codes and lines of what a study says otherwise than a record, with the messages."""
    return [(f.code, f.span.line, f.message) for f in compared(text, data).findings]


@pytest.mark.parametrize("path", REAL or [None], ids=lambda path: path.stem if path else "none")
def test_what_was_imported_from_a_record_agrees_with_it(path):
    if path is None:
        pytest.skip("no ../shared here")
    record, _ = read_record(path.read_text(encoding="utf-8"), path.name)
    solution, _ = check_text(as_study_file(record), "x.yaml")
    found = compare_with_record(solution, record)
    assert found.findings == ()
    assert found.same >= 3


@settings(max_examples=200)
@given(records())
def test_comparing_ends_in_findings_whatever_the_record_says(data):
    record, _ = read_record(json.dumps(data), "NCT.json")
    text = as_study_file(record)
    solution, _ = check_text(text, "x.yaml")
    found = compare_with_record(solution, record)
    for finding in found.findings:
        assert finding.code.startswith("R2")
        assert 1 <= finding.span.line <= len(text.splitlines())


def test_a_paper_in_its_own_words_agrees_with_its_record():
    found = compared(PAPER, SMALL)
    assert found.findings == ()
    assert found.same == 9  # enrolled; started, completed and two reasons in each of two arms
    assert found.equal


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "says"),
    [
        ("n: 210", "n: 209", "R202", 7, "209 were enrolled, and in the registry 210"),
        ("n: 100\n", "n: 99\n", "R204", 11, "99 of Coaching app started, and in the registry 100"),
        ("n: 96}", "n: 95}", "R205", 18, "95 of Coaching app completed, and in the registry 96"),
        (
            "follow-up, n: 3}",
            "follow-up, n: 2}",
            "R206",
            16,
            "2 of Coaching app left for Lost to Follow-up, and in the",
        ),
        ("Moved away: 5", "Moved away: 6", "R206", 25, "6 of Usual care left for Moved away, and the registry has no"),
    ],
)
def test_each_difference_is_said_at_its_place(old, new, code, line, says):
    found = said(PAPER.replace(old, new), SMALL)
    assert any(c == code and at == line and says in message for c, at, message in found), found


def test_another_trial_is_said_first():
    found = said(PAPER.replace("NCT01234567", "NCT00000001"), SMALL)
    assert found == [("R201", 1, "the study file is of NCT00000001, the record of NCT01234567")]


def test_groups_and_arms_without_a_counterpart_are_said_on_either_side():
    two = study(["Coaching app", "Usual care", "Booklet"], [{"started": [100, 101, 7], "completed": [96, 93, 7]}])
    found = said(PAPER, two)
    assert ("R203", 9, 'the record\'s group "Booklet" is no arm of the study file') in found
    one = study(["Coaching app"], [{"started": [100], "completed": [96]}], enrolment=210)
    assert 'the arm "Care as usual" is no group of the record' in [m for _, _, m in said(PAPER, one)]
    flat = "stages:\n  - {kind: enrollment, n: 201}\n  - {kind: treatment}\n"
    ((code, _, message),) = [f for f in said(flat, SMALL) if f[0] == "R203"]
    assert message == "the record has 2 groups and the study file no arms"
    assert code == "R203"


def test_a_count_between_two_numbers_agrees_with_every_number_between():
    text = PAPER.replace("n: 100\n", "n: 99-101\n").replace("n: 96}", "n: unknown}").replace("n: 3}", "n: <=3}")
    assert [code for code, _, _ in said(text, SMALL)] == []
    text = text.replace("n: 99-101", "n: 90-99").replace("      - label: Care", "      - label: Care")
    assert [code for code, _, _ in said(text, SMALL)] == ["R204"]


def test_a_trial_of_one_group_needs_no_arms():
    data = study(
        ["Everybody"], [{"started": [20], "completed": [17], "reasons": {"Death": [3]}}], allocation="NA", enrolment=22
    )
    text = """\
stages:
  - kind: enrollment
    n: 22
    exits: [{label: Not treated, n: 2}]
  - kind: treatment
    exits: [{kind: died, n: 3}]
  - {kind: follow-up}
"""
    found = compared(text, data)
    assert (found.findings, found.same) == ((), 4)
    assert [(c, line) for c, line, _ in said(text.replace("n: 3", "n: 4"), data)] == [("R206", 6), ("R205", 7)]


def test_units_are_compared_where_both_count_them():
    data = study(
        ["Early", "Late"],
        [{"started": [20, 21], "completed": [20, 21], "units": [6, 5]}],
        unit="Clinics",
    )
    record, _ = read_record(json.dumps(data), "NCT.json")
    text = as_study_file(record)
    assert "units: [participants, clinics]" in text
    assert compared(text, data).findings == ()
    other = text.replace("{participants: 20, clinics: 6}", "{participants: 20, clinics: 7}", 1)
    assert any("7 clinics of Early started, and in the registry 6" in m for _, _, m in said(other, data))


def test_periods_are_compared_by_their_titles():
    data = study(
        ["A", "B"],
        [
            {"title": "Core", "started": [10, 10], "completed": [9, 8]},
            {"title": "Extension", "started": [7, 8], "completed": [7, 6]},
        ],
    )
    record, _ = read_record(json.dumps(data), "NCT.json")
    text = as_study_file(record)
    assert compared(text, data).findings == ()
    line = next(number for number, words in enumerate(text.splitlines(), 1) if "n: 7" in words)
    other = text.replace("n: 7", "n: 6", 1)
    assert ("R204", line, "6 of A started Extension, and in the registry 7") in said(other, data)


def test_a_record_without_reasons_asks_for_none():
    data = changed(SMALL, "periods", 0, "dropWithdraws", to=[])
    assert said(PAPER, data) == []


def test_people_who_are_ongoing_have_not_left():
    text = PAPER.replace("{label: Withdrew consent, kind: withdrew, n: 1}", "{kind: ongoing, n: 1}")
    message = "the study file gives nobody of Coaching app who left for Withdrawal by Subject, the registry 1"
    assert message in [m for _, _, m in said(text, SMALL)]


def test_a_difference_can_be_waived_and_checking_alone_does_not_miss_it():
    text = PAPER.replace("n: 96}", "n: 95}  # consortflow: allow R205: one came back after the data cut").replace(
        "n: 1}", "n: 2}  # consortflow: allow R206: as in the paper"
    )
    found = compared(text, SMALL)
    assert found.findings == ()
    assert [(w.finding.code, w.reason) for w in found.findings.waived] == [
        ("R206", "as in the paper"),
        ("R205", "one came back after the data cut"),
    ]
    assert "S117" not in [f.code for f in check_text(text, "x.yaml")[1]]


def test_the_verb_takes_files(tmp_path):
    (tmp_path / "x.yaml").write_text(PAPER.replace("n: 210", "n: 209").replace("n: 9}", "n: 8}"))
    (tmp_path / "NCT.json").write_text(json.dumps(SMALL))
    found = cf.compare_record(tmp_path / "x.yaml", tmp_path / "NCT.json")
    assert [f.code for f in found.findings] == ["R202"]
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(cf.InvalidStudyError, match="R101"):
        cf.compare_record(tmp_path / "x.yaml", tmp_path / "bad.json")
    assert cf.import_record(tmp_path / "NCT.json").startswith("# yaml-language-server")
    with pytest.raises(cf.InvalidStudyError, match="R101"):
        cf.import_record(tmp_path / "bad.json")
    with pytest.raises(cf.FileError):
        cf.import_record(tmp_path / "none.json")
