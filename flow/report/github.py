"""Findings as workflow commands, which GitHub Actions shows beside the lines of a pull request."""

from __future__ import annotations

from consortflow.schemas.diagnostics import Diagnostics, Severity

__all__ = ["as_commands"]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def as_commands(findings: Diagnostics) -> str:
    """Return a workflow command for each finding, a line each."""
    lines = []
    for finding in findings:
        span = finding.span
        place = {"file": span.file, "line": span.line, "endLine": span.end_line, "col": span.column}
        if span.end_line == span.line:
            place["endColumn"] = span.end_column
        properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items() if value)
        text = "\n".join([finding.message, *(f"help: {finding.fix}" for _ in (1,) if finding.fix)])
        title = _property(finding.code)
        lines.append(f"::{_COMMANDS[finding.severity]} {properties},title={title}::{_data(text)}\n")
    return "".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
