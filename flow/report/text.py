"""Findings for people: the place, the line of the file with a caret, the lines involved, and what would help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Severity, Span
from consortflow.schemas.placed import lines_of

__all__ = ["render", "summary"]

Segment = tuple[str, str]
"""A piece of text and its style (empty for plain)."""

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
_MOST_RELATED = 12
_WIDEST = 160


def render(findings: Diagnostics, texts: Mapping[str, str]) -> Iterator[list[Segment]]:
    """Yield the lines of a report, each as styled segments. `texts` holds the text of each file by name."""
    lines = {name: lines_of(text) for name, text in texts.items()}

    def line_of(span: Span) -> str:
        known = lines.get(span.file, [])
        return known[span.line - 1] if 0 < span.line <= len(known) else ""

    for finding in findings:
        yield from _finding(finding, line_of)
        yield [("", "")]


def _finding(finding: Diagnostic, line_of: Callable[[Span], str]) -> Iterator[list[Segment]]:
    style = _STYLES[finding.severity]
    yield [
        (f"{finding.span}: ", "bold"),
        (f"{finding.severity}[{finding.code}]", style),
        (f": {finding.message}", "bold"),
    ]
    places = [finding.span, *(r.span for r in finding.related)]
    margin = max(len(str(span.line)) for span in places)
    yield from _snippet(finding.span, "", line_of, margin, "^", style)
    for related in finding.related[:_MOST_RELATED]:
        yield from _snippet(related.span, related.message, line_of, margin, "-", "cyan")
    if len(finding.related) > _MOST_RELATED:
        yield [(f"{'':>{margin}} ... and {len(finding.related) - _MOST_RELATED} more lines", "dim")]
    if finding.fix:
        yield [(f"{'':>{margin}} = ", "dim"), ("help: ", "bold green"), (finding.fix, "")]


def _snippet(
    span: Span, message: str, line_of: Callable[[Span], str], margin: int, pointer: str, style: str
) -> Iterator[list[Segment]]:
    line = line_of(span).replace("\t", " ")
    if not line.strip():
        if message:
            yield [(f"{'':>{margin}} = {message}", "")]
        return
    start, width = span.column - 1, 1
    if span.end_line == span.line:
        width = max(1, span.end_column - span.column)
    cut = max(0, min(start - 20, start + width - _WIDEST + 40)) if len(line) > _WIDEST else 0
    shown = line[cut : cut + _WIDEST]
    start -= cut
    width = max(1, min(width, len(shown) - start))
    yield [(f"{span.line:>{margin}} | ", "dim"), (f"{'...' if cut else ''}{shown}", "")]
    under = " " * (start + (3 if cut else 0)) + pointer * width
    yield [(f"{'':>{margin}} | ", "dim"), (under, style), (f" {message}" if message else "", style)]


def summary(findings: Diagnostics, files: int) -> str:
    """Return the last line of a report: how many errors, warnings and notes in how many files."""
    parts = []
    for severity in Severity:
        if number := sum(d.severity is severity for d in findings):
            parts.append(f"{number} {severity}{'s' if number > 1 else ''}")
    where = f"{files} file{'s' if files != 1 else ''}"
    if findings.waived:
        where += f", {len(findings.waived)} waived"
    return f"{', '.join(parts)} in {where}" if parts else f"no problems in {where}"
