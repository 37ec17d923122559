import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from consortflow.schemas.errors import ConsortflowError, InvalidStudyError
from consortflow.schemas.read import examine, loads, read


def only(text):
    study, (finding,) = examine(text)
    return finding, study


def place(finding):
    return finding.code, finding.span.line, finding.span.column


def in_stage(fields):
    return "stages:\n  - kind: screening\n" + "".join(f"    {line}\n" for line in fields.split("\n"))


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "help_"),
    [
        (in_stage("lable: Screened"), "S101", 3, 5, "did you mean label?"),
        (in_stage("exits:\n  - {label: Out, resons: {A: 1}}"), "S101", 4, 22, "did you mean reasons?"),
        (in_stage("exits:\n  - {label: Out, reasons: {A: {n: 1, foo: 2}}}"), "S101", 4, 42, "the keys here are"),
        (in_stage("exits:\n  - {label: Out, reasons: [{label: A, n: 1, foo: 2}]}"), "S101", 4, 49, "the keys here are"),
        (in_stage("dose: 5 mg"), "S101", 3, 5, "infusion"),
        (in_stage("regimen: FC"), "S101", 3, 5, "bridging and lymphodepletion"),
        ("stage:\n  - kind: screening\nstages: [{kind: screening}]", "S101", 1, 1, "did you mean stages?"),
        ("study: {titel: x}\nstages: [{kind: screening}]", "S101", 1, 9, "did you mean title?"),
        ("study: {title: x}", "S102", 1, 1, "stages"),
        ("stages:\n  - {n: 3}", "S102", 2, 5, "the kinds are"),
        ("stages:\n  - {kind: other, n: 3}", "S102", 2, 5, "what the figure should print"),
        ("stages: [{kind: infusion}]\nanalysis_sets: [{label: A}]", "S102", 2, 17, "part of"),
        ("stages:\n  - {kind: screned}", "S104", 2, 12, "did you mean screening?"),
        ("stages:\n  - {kind: zzz}", "S104", 2, 12, "the kinds are"),
        (in_stage("n: about 90"), "S105", 3, 8, "whole number"),
        (in_stage("n: >5"), "S105", 3, 8, "'>5'"),
        (in_stage("n: >\n  5"), "S105", 3, 8, "'>5'"),
        (in_stage("n: 12.0"), "S105", 3, 8, "percentage"),
        (in_stage("n: true"), "S105", 3, 8, "whole number"),
        (in_stage("n: -1"), "S105", 3, 8, "0 or more"),
        (in_stage("n: '?'"), "S105", 3, 8, "whole number"),
        (in_stage("n: {percent: 120}"), "S105", 3, 8, "part of"),
        (in_stage("n: {homes: 3}"), "S105", 3, 8, "whole number"),
        (in_stage("exits: Excluded"), "S103", 3, 12, ""),
        (in_stage("exits: {label: Out}"), "S103", 3, 12, ""),
        (in_stage("label: 12"), "S103", 3, 12, ""),
        (in_stage("label: ''"), "S103", 3, 12, ""),
        (in_stage("id: a b"), "S103", 3, 9, ""),
        (in_stage("cutoff: 2024-13-01"), "S103", 3, 13, ""),
        (in_stage("exits: [{label: A, kind: excluted}]"), "S103", 3, 30, "did you mean excluded?"),
        (in_stage("exits: [{label: A, partial: 'true'}]"), "S103", 3, 33, ""),
        ("stages: []", "S103", 1, 9, ""),
        ("stages: {}", "S103", 1, 9, ""),
        ("stages: [3]", "S103", 1, 10, ""),
        ("study: {unit: a, units: [b]}\nstages: [{kind: screening}]", "S106", 1, 8, "keep one"),
        ("study: {units: [a, a]}\nstages: [{kind: screening}]", "S106", 1, 8, "once"),
        ("study: {units: [homes, people]}\nstages:\n  - {kind: screening, n: {homes: 3, residents: 4}}", "S106", 3, 26, "homes, people"),  # noqa: E501 - one study on one line
        ("study: {units: [homes, people]}\nstages:\n  - {kind: screening, exits: [{reasons: {homes: 3, A: 1}}]}", "S106", 3, 42, "another label"),  # noqa: E501 - one study on one line
        ("transfers: [{from: a, to: b, kind: swap}]\nstages: [{kind: screening}]", "S103", 1, 36, "crossover"),
    ],
)  # fmt: skip
def test_a_wrong_line_has_its_code_its_place_and_what_would_help(text, code, line, column, help_):
    finding, _ = only(text)
    assert place(finding) == (code, line, column)
    assert help_ in finding.fix
    assert finding.message
    assert "pydantic" not in finding.message.lower()


def test_all_problems_come_in_one_run_in_file_order():
    text = in_stage("n: 010\nlable: x\nexits:\n  - {label: A, n: -1}\n  - {label: B, n: 2, n: 3}")
    _, findings = examine(text)
    assert [(d.code, d.span.line) for d in findings] == [("Y003", 3), ("S101", 4), ("S105", 6), ("Y002", 7)]


def test_a_study_with_damaged_counts_is_returned_with_those_counts_unknown():
    study, findings = examine(in_stage("n: about 90\nexits: [{label: A, n: 3}]"))
    assert not findings.ok
    assert study is not None
    assert study.stages[0].exits[0].n.exact == 3
    assert study.stages[0].n.exact is None


@pytest.mark.parametrize("text", [in_stage("lable: x"), in_stage("n: 1\nn: 2"), "a: [", "", "stages: 3"])
def test_a_study_with_a_damaged_form_is_not_returned(text):
    assert examine(text)[0] is None


def test_reading_a_file_names_it_in_findings(tmp_path):
    path = tmp_path / "a.consort.yaml"
    path.write_text(in_stage("n: 010"))
    with pytest.raises(InvalidStudyError) as caught:
        read(path)
    assert isinstance(caught.value, ConsortflowError)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).startswith(f"{path}:3:8: error[Y003]")
    path.write_text(in_stage("n: 10"))
    assert read(path).stages[0].n.exact == 10


def test_a_text_without_errors_is_a_study():
    assert loads(in_stage("n: 10")).stages[0].n.exact == 10
    with pytest.raises(InvalidStudyError):
        loads("stages: []")


KEYS = st.sampled_from(
    ["study", "stages", "kind", "n", "exits", "label", "reasons", "arms", "id", "details", "partition", "also", "from", "unit",  # noqa: E501 - one study on one line
     "units", "enters", "percent", "of", "analysis_sets", "outcomes", "excluded", "transfers", "to", "pooled", "over", "picture",  # noqa: E501 - one study on one line
     "width", "sides", "order", "records", "unexplained", "cutoff", "where", "by", "overlapping", "partial", "people", "x"]  # noqa: E501 - one study on one line
)  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers(-5, 10**16) | st.floats() | st.dates()
    | st.sampled_from(["screening", "infusion", "other", "unknown", "<5", "a", "", "people", "homes"]) | st.text(max_size=5)  # noqa: E501 - one study on one line
)  # fmt: skip
DATA = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=25
)
STAGES = st.dictionaries(KEYS, DATA, max_size=4).map(lambda stage: {"kind": "screening", **stage})
STUDIES = st.dictionaries(KEYS, DATA, max_size=4).flatmap(
    lambda top: st.lists(STAGES, max_size=3).map(lambda stages: {"stages": stages, **top})
)


@given(DATA | STUDIES)
def test_any_structure_gives_a_study_or_findings_with_places(data):
    study, findings = examine(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
    assert study is not None or not findings.ok
    assert all(d.span.line >= 1 and d.span.column >= 1 and d.message for d in findings)


@given(DATA | STUDIES)
def test_any_structure_in_json_gives_a_study_or_findings(data):
    examine(json.dumps(data, default=str))


@given(st.text(max_size=300))
def test_any_text_gives_findings_and_never_an_exception(text):
    study, findings = examine(text)
    assert study is not None or not findings.ok


@given(st.data())
def test_a_study_file_cut_or_changed_anywhere_gives_findings_and_never_an_exception(data):
    text = in_stage(
        "n: {percent: 12.5, of: b}\nexits:\n  - label: Out\n    reasons: {A: 1, B: {C: <5, D: 3-7}}\n    also: [{label: By, reasons: {E: 2}}]"  # noqa: E501 - one study on one line
    )
    at, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 5))
    changed = text[:at] + data.draw(st.text(alphabet="ab:-[]{}&*!|>'\"#,%? \n\t0", max_size=4)) + text[at + length :]
    study, findings = examine(changed)
    assert study is not None or not findings.ok
