"""Findings for programs, as JSON."""

from __future__ import annotations

from typing import Any

from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Severity, Span

__all__ = ["VERSION", "as_data"]

VERSION = 1
"""Raised when a reader of the report would have to change."""


def as_data(findings: Diagnostics, files: list[str]) -> dict[str, Any]:
    """Return a report as plain data: version, files, diagnostics in file order, and how many of each severity."""
    return {
        "version": VERSION,
        "files": files,
        "diagnostics": [_diagnostic(finding) for finding in findings],
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
