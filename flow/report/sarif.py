"""Findings as SARIF 2.1.0, which code hosts and editors show in place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from consortflow._version import __version__
from consortflow.report.explain import explanation
from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Rule, Span

__all__ = ["as_sarif"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(findings: Diagnostics, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """Return a SARIF log of one run; `rules` describe the codes that occur (OASIS SARIF 2.1.0, 3.19 to 3.35)."""
    accepted = [waived.finding for waived in findings.waived]
    used = sorted({finding.code for finding in (*findings, *accepted)})
    index = {code: number for number, code in enumerate(used)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "consortflow",
                        "semanticVersion": __version__,
                        "rules": [_rule(code, rules) for code in used],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    *(_result(finding, index) for finding in findings),
                    *(
                        {**_result(finding, index), "suppressions": [_suppression(reason)]}
                        for finding, reason in findings.waived
                    ),
                ],
            }
        ],
    }


def _rule(code: str, rules: Mapping[str, Rule]) -> dict[str, Any]:
    rule = rules[code]
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in rule.title.replace("'", "").replace("-", " ").split()),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": explanation(rule)},
        "defaultConfiguration": {"level": str(rule.severity)},
    }


def _result(finding: Diagnostic, index: Mapping[str, int]) -> dict[str, Any]:
    text = f"{finding.message}. Help: {finding.fix}" if finding.fix else finding.message
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": str(finding.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": _place(finding.span)}],
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": related.message}, "physicalLocation": _place(related.span)}
            for number, related in enumerate(finding.related)
        ]
    return result


def _suppression(reason: str) -> dict[str, Any]:
    """Return a waiver in the file as SARIF has it (3.35)."""
    return {"kind": "inSource", "status": "accepted", "justification": reason}


def _place(span: Span) -> dict[str, Any]:
    path = PurePath(span.file)
    uri = path.as_uri() if path.is_absolute() else _quoted(path.as_posix())
    place: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if span.line:
        place["region"] = {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        }
    return place


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(path)
