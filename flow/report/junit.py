"""Findings as JUnit XML, which most CI servers show: a suite for each file, a case for each error and warning."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Severity

__all__ = ["as_junit"]


def as_junit(findings: Diagnostics, files: Sequence[str], *, strict: bool = False) -> str:
    """Return JUnit XML. Errors fail, warnings too where `strict`; a file without either has one case, which passes."""
    suites = []
    total = failed = 0
    for file in files:
        cases = [d for d in findings if d.span.file == file and d.severity is not Severity.NOTE]
        fails = [d for d in cases if d.severity is Severity.ERROR or strict]
        total += max(1, len(cases))
        failed += len(fails)
        inside = "".join(_case(d, failing=d in fails) for d in cases) or _passed(file)
        counts = f'tests="{max(1, len(cases))}" failures="{len(fails)}" errors="0"'
        suites.append(f"  <testsuite name={quoteattr(file)} {counts}>\n{inside}  </testsuite>\n")
    head = f'<testsuites name="consortflow" tests="{total}" failures="{failed}" errors="0">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{"".join(suites)}</testsuites>\n'


def _case(finding: Diagnostic, *, failing: bool) -> str:
    name = quoteattr(f"{finding.code} line {finding.span.line}")
    text = "\n".join([str(finding), *(f"{r.span}: {r.message}" for r in finding.related), finding.fix]).strip()
    tag, kind = ("failure", f" message={quoteattr(finding.message)}") if failing else ("system-out", "")
    inside = f"<{tag}{kind}>{escape(text)}</{tag}>"
    return f"    <testcase classname={quoteattr(finding.span.file)} name={name}>{inside}</testcase>\n"


def _passed(file: str) -> str:
    return f'    <testcase classname={quoteattr(file)} name="counts add up"/>\n'
