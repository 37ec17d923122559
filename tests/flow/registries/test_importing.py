"""A registry's record becomes a study file that loads, checks, draws and holds every count."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from trialrecords import HOSTILE, SMALL, held, records, study

import consortflow as cf
from consortflow.checking import check_text
from consortflow.registries.clinicaltrials import read_record
from consortflow.registries.importing import as_study_file
from consortflow.schemas.study import Study

SHARED = Path(__file__).parents[4] / "shared" / "data" / "clinicaltrials"
REAL = sorted(SHARED.glob("*.json"))


def imported(data):
    record, findings = read_record(json.dumps(data), "NCT.json")
    assert record is not None, str(findings)
    return as_study_file(record)


def examined(data):
    text = imported(data)
    solution, findings = check_text(text, "x.consort.yaml")
    assert findings.ok, f"{findings.errors}\n{text}"
    return cf.loads(text), solution, text


def counted(solution):
    return Counter(row.n for row in cf.counts(solution) if row.unit == row_unit(solution))


def row_unit(solution):
    return solution.network.study.study.counts[0]


@pytest.mark.parametrize("path", REAL or [None], ids=lambda path: path.stem if path else "none")
def test_real_records_import_check_and_draw_with_every_count(path):
    if path is None:
        pytest.skip("no ../shared here")
    data = json.loads(path.read_text(encoding="utf-8"))
    made, solution, _ = examined(data)
    assert not held(data) - counted(solution)
    figure = cf.draw(made)
    assert figure.to_bytes("svg").startswith(b"<")
    assert made.study.registration == data["protocolSection"]["identificationModule"]["nctId"]


@settings(max_examples=300)
@given(records())
def test_generated_records_round_trip_with_every_count(data):
    made, solution, text = examined(data)
    assert isinstance(made, Study)
    assert not held(data) - counted(solution), text
    assert imported(data) == text


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_are_data_wherever_they_stand(label):
    data = study(
        [label, "B"],
        [
            {
                "title": label,
                "started": [5, 4],
                "completed": [3, 4],
                "reasons": [(label, [1, 0]), (label, [1, 0])],
                "milestones": {label: [2, 2]},
            }
        ],
        unit=label,
        preAssignmentDetails=label,
    )
    data["protocolSection"]["identificationModule"]["briefTitle"] = label
    made, solution, _ = examined(data)
    assert not held(data) - counted(solution)
    if label.isprintable() and label.strip() and len(label) < 300 and "\\" not in label:
        arms = made.stages[-1].arms
        assert arms[0].label == " ".join(label.split()) or label in made.study.counts
    cf.draw(made)


def test_the_small_record_reads_as_a_person_would_write_it():
    text = imported(SMALL)
    body = text[text.index("stages:") :]
    assert body == (
        """\
stages:
  - kind: enrollment
    n: 210
    note: "Before assignment: Nine people were enrolled and not assigned."
    exits:
      # 210 enrolled, 201 assigned: give the reasons
      - label: Not assigned to a group
        n: 9
  - kind: randomization
    n: 201
    arms:
      - label: Coaching app
        stages:
          - kind: allocation
            n: 100
            exits:
              - label: Not completed
                kind: discontinued
                n: 4
                reasons:
                  Lost to Follow-up: 3
                  Withdrawal by Subject: 1
          - kind: follow-up
            label: Completed
            n: 96
      - label: Usual care
        stages:
          - kind: allocation
            n: 101
            exits:
              - label: Not completed
                kind: discontinued
                n: 8
                reasons:
                  Lost to Follow-up: 5
                  Withdrawal by Subject: 3
          - kind: follow-up
            label: Completed
            n: 93

picture:
  zero_counts: false  # true prints lines that count nobody
"""
    )
