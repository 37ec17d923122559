"""Findings for programs, as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Severity, Span

if TYPE_CHECKING:
    from consortflow.report.unchecked import Unchecked

__all__ = ["VERSION", "as_data"]

VERSION = 1
"""Raised when a reader of the report would have to change."""


def as_data(findings: Diagnostics, files: list[str], unchecked: Iterable[Unchecked] = ()) -> dict[str, Any]:
    """Return a report as plain data, in the form that `report.schema.json` beside this module lays down.

    Findings in file order, those that the files waive with the reason, stated numbers that nothing else would
    contradict, and how many findings of each severity there are.
    """
    return {
        "version": VERSION,
        "files": files,
        "diagnostics": [_diagnostic(finding) for finding in findings],
        "waived": [{**_diagnostic(waived.finding), "reason": waived.reason} for waived in findings.waived],
        "unchecked": [
            {"id": count.id, "label": count.label, "unit": count.unit, "n": count.n, **_place(count.span)}
            for count in unchecked
        ],
        "summary": {str(severity): sum(d.severity is severity for d in findings) for severity in Severity},
    }


def _diagnostic(finding: Diagnostic) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": finding.message,
        **_place(finding.span),
        "related": [{"message": related.message, **_place(related.span)} for related in finding.related],
        "help": finding.fix or None,
    }


def _place(span: Span) -> dict[str, Any]:
    return {
        "file": span.file,
        "line": span.line or None,
        "column": span.column or None,
        "end_line": span.end_line or None,
        "end_column": span.end_column or None,
    }
