from pathlib import Path

import pytest
from pydantic import ValidationError

from consortflow.schemas.count import Count, PerUnit
from consortflow.schemas.people import Detail, Partition
from consortflow.schemas.read import loads, read
from consortflow.schemas.stages import STAGE_MODELS
from consortflow.schemas.study import Study

SHARED = Path(__file__).parents[3] / "shared"


def reasons(text, units=""):
    study = loads(f"{units}stages:\n  - kind: screening\n    exits:\n      - label: Out\n        reasons: {text}\n")
    return study.stages[0].exits[0].reasons


def shape(items):
    return [(item.label, item.n.exact if isinstance(item.n, Count) else item.n, shape(item.reasons)) for item in items]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{A: 1, B: unknown}", [("A", 1, []), ("B", None, [])]),
        ("[{label: A, n: 1}, {label: B}]", [("A", 1, []), ("B", None, [])]),
        ("{A: {B: 1, C: 2}}", [("A", None, [("B", 1, []), ("C", 2, [])])]),
        ("{A: {n: 3, reasons: {B: 1, C: 2}}}", [("A", 3, [("B", 1, []), ("C", 2, [])])]),
        ("[{label: A, reasons: [{label: B, n: 1}]}]", [("A", None, [("B", 1, [])])]),
        ("{A: {B: {C: {D: 4}}}}", [("A", None, [("B", None, [("C", None, [("D", 4, [])])])])]),
        ("{1: 2}", [("1", 2, [])]),
        ("{}", []),
    ],
)
def test_every_form_of_reasons_reads_alike(text, expected):
    assert shape(reasons(text)) == expected


def test_a_long_form_keeps_its_flags():
    (reason,) = reasons("{A: {n: 3, overlapping: true, partial: true, note: x, reasons: {B: 1}}}")
    assert (reason.overlapping, reason.partial, reason.note) == (True, True, "x")


@pytest.mark.parametrize(
    "text",
    [
        "{A: {n: 3, percent: 8.0}}",
        "{A: {percent: 8.0, n: 3}}",
        "[{label: A, n: 3, percent: 8.0}]",
        "{A: {n: {n: 3, percent: 8.0}}}",
    ],
)
def test_a_percentage_may_stand_beside_its_number(text):
    (reason,) = reasons(text)
    assert reason.n.exact == 3
    assert str(reason.n.percent.value) == "8.0"


def test_a_mapping_whose_keys_are_all_units_is_a_count():
    (one, other) = reasons("{A: {homes: 1, people: 20}, B: {homes: 2}}", "study: {units: [homes, people]}\n")
    assert isinstance(one.n, PerUnit)
    assert one.reasons == other.reasons == ()


def test_a_unit_that_only_a_later_stage_names_is_a_unit():
    study = loads("stages:\n  - {kind: screening, n: 3}\n  - {kind: allocation, unit: blocks, n: {blocks: 2}}")
    assert isinstance(study.stages[1].n, PerUnit)


def test_details_and_partitions_stand_side_by_side():
    study = loads("stages:\n  - kind: infusion\n    details: {Seen: 3, partition: {Received: 4, Did not: 1}}\n")
    line, parts = study.stages[0].details
    assert isinstance(line, Detail)
    assert isinstance(parts, Partition)
    assert [part.label for part in parts.partition] == ["Received", "Did not"]


def test_labels_are_one_line_of_text_with_single_spaces():
    study = loads('stages:\n  - {kind: screening, label: "Assessed \\n  for\\teligibility "}')
    assert study.stages[0].label == "Assessed for eligibility"


def test_labels_are_data_and_kept_as_written():
    label = r"\N <b>&lt; ]]> 患者 \\"
    assert Study.model_validate({"stages": [{"kind": "screening", "label": label}]}).stages[0].label == label


def test_a_label_of_a_thousand_characters_is_accepted_and_a_longer_one_is_not():
    Study.model_validate({"stages": [{"kind": "screening", "label": "x" * 1000}]})
    with pytest.raises(ValidationError):
        Study.model_validate({"stages": [{"kind": "screening", "label": "x" * 1001}]})


def test_every_kind_of_stage_is_a_model_of_its_own():
    study = Study.model_validate({"stages": [{"kind": kind, "label": "x"} for kind in STAGE_MODELS]})
    assert len({type(stage) for stage in study.stages}) == len(STAGE_MODELS) == 14


def test_a_study_is_frozen():
    study = loads("stages: [{kind: screening, n: 3}]")
    with pytest.raises(ValidationError):
        study.stages[0].label = "x"


def test_one_reference_and_a_list_of_them_read_alike():
    text = "stages: [{kind: apheresis, id: a}, {kind: bridging, id: b, from: %s}]"
    assert loads(text % "a").stages[1].come_from == loads(text % "[a]").stages[1].come_from == ("a",)


def test_nobody_excluded_is_not_the_same_as_nothing_said():
    text = "stages: [{kind: infusion, n: 3}]\nanalysis_sets: [{label: A, of: infusion%s}]"
    assert loads(text % ", excluded: {}").analysis_sets[0].excluded == ()
    assert loads(text % "").analysis_sets[0].excluded is None


FULL = """
study: {title: T, design: cluster, units: [homes, people], data_cutoff: 2024-01-31, language: en-GB}
stages:
  - kind: screening
    n: {homes: "<5", people: {n: 40, percent: 12.5, of: b}}
    enters: {One: {homes: 1}, Two: unknown}
    exits:
      - label: Out
        kind: died
        n: {people: ">=10"}
        reasons: {A: {B: {people: 3-7}}}
        also: [{label: By, reasons: {C: {homes: {n: 3, percent: 8}}}}]
      - label: More
        unexplained: {n: {people: -2}, note: x}
        overlapping: true
        partial: true
        reasons: {D: {people: {percent: 8.0}}}
  - kind: infusion
    id: b
    product: P
    cutoff: 2024-02-02
    details: {Seen: {people: 3}, partition: {X: {people: 1}}}
  - kind: randomization
    from: [b]
    arms: [{label: L, ratio: 2, status: dropped, stages: [{kind: allocation, unit: blocks, n: 3}]}]
analysis_sets: [{label: S, of: [b], within: l, excluded: {Z: {people: 1}}, outcomes: {O: {people: 1}}}]
transfers: [{from: screening/out, to: b, kind: re-entry, counted: false}]
pooled: [{over: [screening/out], reasons: {P: {people: 1}}}]
picture: {theme: x, width: 90, sides: {screening/out: left}, order: [l]}
"""


def fields(study):
    return {name: getattr(study, name) for name in type(study).model_fields}


@pytest.mark.parametrize(
    "text", [FULL, "stages: [{kind: screening, n: {percent: 12.5}}, {kind: other, label: x, n: 0}]"]
)
def test_a_study_written_as_json_reads_back_equal(text):
    study = loads(text)
    again = Study.model_validate(study.model_dump(mode="json", by_alias=True))
    assert fields(again) == fields(study)


@pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared here")
@pytest.mark.parametrize("name", ["cluster", "crossover", "inati-cel", "parallel"])
def test_the_reference_files_read_and_read_back_equal(name):
    study = read(SHARED / "examples" / f"{name}.consort.yaml")
    again = Study.model_validate(study.model_dump(mode="json", by_alias=True))
    assert fields(again) == fields(study)
