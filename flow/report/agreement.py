"""A study compared with a registry's record, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consortflow.report.json import as_data as report

if TYPE_CHECKING:
    from consortflow.registries.comparing import Agreement

__all__ = ["as_data", "in_words"]


def in_words(agreement: Agreement, study: str, record: str) -> str:
    """Return the last line of a comparison: how much differs, and how much is the same."""
    number = len(agreement.findings)
    differences = f"{number or 'no'} {'difference' if number == 1 else 'differences'}"
    waived = f", {len(agreement.findings.waived)} waived" if agreement.findings.waived else ""
    same = f"{agreement.same} {'count is' if agreement.same == 1 else 'counts are'} the same"
    return f"{study} and {record}: {differences}{waived}; {same}\n"


def as_data(agreement: Agreement, study: str, record: str) -> dict[str, Any]:
    """Return a comparison as plain data: a report as `check` writes it, whether they are equal, how many counts are."""
    return {**report(agreement.findings, [study, record]), "equal": agreement.equal, "same": agreement.same}
