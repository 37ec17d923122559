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


def numbers(data):
    """Return the study that is made, the count of every box by its full id, and the stages that come from nowhere."""
    made, solution, _ = examined(data)
    apart = {box.id for box in solution.network.stages() if box.item.come_from == ()}
    return made, {row.id: row.n for row in cf.counts(solution)}, apart


def test_periods_follow_one_another_only_where_as_many_start_as_completed():
    periods = [
        {"title": "One", "started": [10, 12], "completed": [9, 12]},
        {"title": "Two", "started": [9, 12], "completed": [7, 11]},
        {"title": "Three", "started": [6, 11], "completed": [6, 10]},
    ]
    made, n, apart = numbers(study(["A", "B"], periods, model="CROSSOVER"))
    assert apart == {"a/three", "b/three"}  # fewer of A went on, and nobody knows who of B did
    assert (n["a/one/completed"], n["a/two"], n["a/completed-two"], n["a/three"], n["a/completed-three"]) == (
        9,
        9,
        7,
        6,
        6,
    )
    assert made.study.design == "crossover"


def test_groups_that_begin_in_a_later_period_stand_under_a_stage_of_their_own():
    periods = [
        {"title": "Core", "started": [20, 20, 0], "completed": [18, 17, 0], "reasons": {"Death": [2, 3, 0]}},
        {"title": "Extension", "started": [0, 0, 30], "completed": [0, 0, 29], "reasons": {"Death": [0, 0, 1]}},
    ]
    made, n, apart = numbers(study(["A", "B", "A and B"], periods))
    assert [stage.kind for stage in made.stages] == ["enrollment", "randomization", "other"]
    assert apart == {"extension"}
    assert (n["randomization"], n["extension"], n["a-and-b/extension"]) == (40, 30, 30)
    assert n["a/core/extension"] == 0  # the record's noughts are kept, as a line that is not printed


def test_groups_that_pause_and_come_back_are_counted_anew_in_every_period():
    periods = [
        {"title": f"Step {step}", "started": counts, "completed": counts}
        for step, counts in ((1, [2, 0]), (2, [0, 1]), (3, [3, 1]))
    ]
    made, n, apart = numbers(study(["ICU 1", "ICU 2"], periods, enrolment=7))
    assert apart == {"step-1", "icu-1/step-2", "icu-2/step-2", "icu-1/step-3", "icu-2/step-3"}
    assert (n["enrollment"], n["step-1"], n["icu-1/step-2"], n["icu-2/step-1"]) == (7, 2, 0, 0)
    assert made.stages[1].come_from == ()


def test_more_groups_than_stand_abreast_stand_in_rows_that_fit_a_page():
    started = list(range(1, 37))
    data = study([f"Cohort {n}" for n in started], [{"started": started, "completed": started}], allocation="NA")
    made, n, apart = numbers(data)
    assert [stage.label for stage in made.stages[1:]] == [f"Groups {low} to {low + 5}" for low in range(1, 37, 6)]
    assert n["enrollment"] == sum(started)
    assert n["groups-1-to-6"] == n["enrollment/groups-1-to-6"] == 21
    assert len(apart) == 6
    figure = cf.draw(made)
    assert figure.scene.width <= made.picture.width / 25.4 * 72 + 1
    assert not made.picture.bars


@pytest.mark.parametrize(
    ("enrolled", "said"),
    [
        (210, {"enrollment/not-assigned-to-a-group": 9}),
        (201, {}),
        (None, {}),
        (190, {"enrollment": 190}),
    ],
)
def test_the_enrollment_and_those_who_started_are_told_apart(enrolled, said):
    data = study(["A", "B"], [{"started": [100, 101], "completed": [100, 101]}])
    info = data["protocolSection"]["designModule"]["enrollmentInfo"]
    info.update({"count": enrolled} if enrolled else {"count": 240, "type": "ESTIMATED"})
    made, n, _ = numbers(data)
    assert n["randomization"] == 201
    assert said.items() <= n.items()
    gap = getattr(made.stages[0], "unexplained", None)
    assert (gap.n if gap else None) == (-11 if enrolled == 190 else None)
    assert ("enrollment" in n) == (enrolled is not None)


def test_milestones_are_lines_or_divide_everyone_or_are_a_note():
    milestones = {"Dosed": [9, 8], "Safety set": [12, 6], "Samples": [40, 2]}
    made, n, _ = numbers(
        study(["A", "B"], [{"started": [10, 10], "completed": [10, 10], "milestones": milestones}], allocation="NA")
    )
    assert (n["a/started/dosed"], n["b/started/dosed"]) == (9, 8)
    assert (n["enrollment/safety-set"], n["enrollment/safety-set/a"]) == (18, 12)
    arms = made.stages[-1].arms
    assert arms[0].stages[0].note == "Samples: 40."


def test_a_group_that_nobody_was_randomized_to_is_marked_and_nobody_is_called_randomized():
    made, _, _ = numbers(study(["Drug", "Non-randomized patients"], [{"started": [5, 3], "completed": [5, 3]}]))
    assert [stage.kind for stage in made.stages] == ["enrollment"]
    assert [arm.status for arm in made.stages[0].arms] == [None, "non-randomised"]


def test_what_the_record_says_in_words_is_a_note():
    data = study(
        ["A"], [{"started": [5], "completed": [5]}], allocation="NA", recruitmentDetails="In 2 clinics.",
        preAssignmentDetails="All had a wash-out.",
    )  # fmt: skip
    made, _, _ = numbers(data)
    assert made.stages[0].note == "Before assignment: All had a wash-out. Recruitment: In 2 clinics."
