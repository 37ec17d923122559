import pytest

import consortflow.schemas.source  # noqa: F401 - registers its rules
from consortflow.schemas.diagnostics import RULES, Diagnostic, Diagnostics, Severity, Span, rule


def made(code="B301", line=1, severity=Severity.ERROR, message="m"):
    return Diagnostic(code, severity, message, Span("f", line, 1, line, 2))


def test_findings_come_in_file_order_and_once():
    findings = Diagnostics([made(line=3), made(line=1), made(line=3), made("B302", line=1)])
    assert [(d.span.line, d.code) for d in findings] == [(1, "B301"), (1, "B302"), (3, "B301")]


def test_warnings_and_notes_are_no_errors():
    findings = Diagnostics([made(severity=Severity.WARNING), made(severity=Severity.NOTE, line=2)])
    assert findings.ok
    assert findings.errors == ()
    assert not Diagnostics([*findings, made()]).ok


def test_a_finding_prints_as_file_line_column_and_code():
    assert str(made(line=27)) == "f:27:1: error[B301]: m"
    assert str(Span("stages/0")) == "stages/0"


def test_a_code_is_registered_once():
    code = next(iter(RULES)) if RULES else "Y001"
    rule_ = RULES.get(code)
    with pytest.raises(ValueError, match="registered twice"):
        rule(code, "again", why="", wrong="", right="")
    assert RULES[code] is rule_
