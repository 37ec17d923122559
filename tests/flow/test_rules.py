# ruff: noqa: E501 - study files are written as an author would
import re
from pathlib import Path

import pytest

from consortflow.checking import check_text
from consortflow.rules import all_rules
from consortflow.schemas.diagnostics import RULES, Rule, Severity, rule

RULES_NOW = all_rules()
WITHOUT_EXAMPLES = {
    "B402": "needs a circle of hundreds of unknown counts: too long to read as an example",
    **dict.fromkeys(
        ("M101", "M102", "M103", "M104", "M105", "M106", "M107"),
        "is about a manuscript, not a study file: tests/flow/manuscript/test_markers.py finds each",
    ),
    **dict.fromkeys(
        ("R101", "R102", "R103", "R104", "R105", "R106", "R107"), "is about a registry's record, which is no study file"
    ),
    **dict.fromkeys(
        ("R201", "R202", "R203", "R204", "R205", "R206"), "needs a registry's record beside the study file"
    ),
    **dict.fromkeys(("R301", "R302", "R303"), "is about participants' records, before there is a study file"),
}
FAMILIES = {"Y", "S", "B", "D", "N", "R", "M"}


@pytest.fixture(autouse=True)
def _tables(monkeypatch):
    """Study files name tables beside them: rules about records have theirs among the examples."""
    monkeypatch.chdir(Path(__file__).parents[2] / "examples" / "records")


def found(text):
    return check_text(text, "example.consort.yaml")[1]


WITH_EXAMPLES = [code for code in RULES_NOW if code not in WITHOUT_EXAMPLES]


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_the_wrong_example_of_a_rule_breaks_it(code):
    findings = found(RULES_NOW[code].wrong)
    assert code in {finding.code for finding in findings}
    assert all(finding.severity is RULES_NOW[code].severity for finding in findings if finding.code == code)


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_the_right_example_of_a_rule_keeps_it_and_has_no_errors(code):
    findings = found(RULES_NOW[code].right)
    assert code not in {finding.code for finding in findings}
    assert findings.ok, str(findings)


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_a_finding_points_into_the_file_and_says_a_sentence(code):
    wrong = RULES_NOW[code].wrong
    lines = wrong.splitlines() or [""]
    for finding in found(wrong):
        if finding.code == code:
            span = finding.span
            assert span.file == "example.consort.yaml"
            assert 1 <= span.line <= len(lines) + 1
            assert span.column >= 1
            assert (span.end_line, span.end_column) >= (span.line, span.column)
            assert len(finding.message) > 10
            assert "\n" not in finding.message


def test_rules_without_examples_are_those_we_know_of():
    bare = {code for code, about in RULES_NOW.items() if not about.wrong or not about.right}
    assert bare == set(WITHOUT_EXAMPLES)


@pytest.mark.parametrize("code", RULES_NOW)
def test_a_rule_has_a_family_a_title_and_a_reason(code):
    about = RULES_NOW[code]
    assert re.fullmatch(r"[A-Z][0-9]{3}", code)
    assert code == about.code
    assert code[0] in FAMILIES
    assert about.title
    assert not about.title.endswith(".")
    assert about.why.endswith(".")
    assert isinstance(about.severity, Severity)


def test_every_registered_rule_is_listed_in_order():
    assert list(RULES_NOW) == sorted(RULES)
    assert len({about.title for about in RULES_NOW.values()}) == len(RULES_NOW)


def test_a_code_is_registered_once():
    code = next(iter(RULES_NOW))
    with pytest.raises(ValueError, match=f"{code} is registered twice"):
        rule(code, "again", why="", wrong="", right="")
    assert isinstance(RULES[code], Rule)
    assert RULES[code].title != "again"


def test_codes_are_stable():
    """A code that a user has written down never comes to mean something else: titles may be reworded, not moved."""
    known = {
        "B201": "determined", "B301": "stages", "B302": "reasons", "B303": "arms", "B304": "box", "B305": "analysis set",
        "B306": "outcomes", "B307": "pooled", "B308": "percentage", "B309": "join", "B401": "cutoffs", "B402": "ranges",
        "N101": "records", "S101": "unknown key", "S102": "missing", "S103": "kind", "S104": "kind of stage",
        "S105": "count", "S106": "units", "S107": "same id", "S108": "reference", "S109": "several boxes",
        "R101": "not a record", "R102": "version", "R103": "participant flow", "R104": "whole number", "R105": "separators",
        "R106": "missing", "R107": "add up", "R201": "registration", "R202": "enrollment", "R203": "arm", "R204": "started",
        "R205": "completed", "R206": "reasons", "R301": "proposed", "R302": "codes", "R303": "several rows",
        "S110": "circle", "S111": "arm", "S112": "twice", "Y001": "YAML", "Y002": "twice", "Y003": "differently",
        "Y004": "does not use", "Y005": "character", "Y006": "no study", "Y007": "limit", "Y008": "not text", "Y009": "without a value",
    }  # fmt: skip
    assert {code: word for code, word in known.items() if word not in RULES_NOW[code].title} == {}
