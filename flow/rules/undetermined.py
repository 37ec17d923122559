"""What is not known: counts that the statements leave open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from consortflow.schemas.diagnostics import Diagnostic, Severity, rule

if TYPE_CHECKING:
    from consortflow.network import FlowNetwork
    from consortflow.schemas.study import Study
    from consortflow.solving import Solution

__all__ = ["not_counted", "undetermined"]

UNDETERMINED = rule(
    "B201",
    "a count is not determined",
    why="Several numbers fit what the study states, so the figure shows a range or a question mark. State this "
    "count, or "
    "another one that determines it.",
    wrong="stages:\n  - kind: screening\n    n: 92\n    exits: [{label: Not enrolled}]\n  - kind: enrollment",
    right="stages:\n  - kind: screening\n    n: 92\n    exits: [{label: Not enrolled}]\n  - {kind: enrollment, n: 67}",
    severity=Severity.NOTE,
)
NOT_COUNTED = rule(
    "N101",
    "records are not counted",
    why="The study names a table of participants and criteria to count them by. This version solves and checks the "
    "numbers "
    "that the study states, and takes counts that only records would give as unknown.",
    wrong="records: {table: adsl.csv, id: USUBJID}\nstages:\n  - {kind: screening, where: SCRNFL = 'Y'}",
    right="stages:\n  - {kind: screening, n: 92}",
    severity=Severity.WARNING,
)


def undetermined(solution: Solution) -> Iterator[Diagnostic]:
    """Yield a note for each box whose count is not determined."""
    for account in solution.network.accounts.values():
        if account.kind not in ("stage", "exit", "arm", "set"):
            continue
        for unit in account.units:
            interval = solution.interval(account.id, unit)
            if interval.n is None:
                of = f" ({unit})" if len(account.units) > 1 else ""
                known = "nothing is known about it" if str(interval) == "unknown" else f"it is {interval}"
                message = f"{account.label}{of} is not determined: {known}"
                span = solution.network.place(account)
                yield UNDETERMINED.found(message, span, fix="state it, or what it is made of", subjects=(account.id,))


def not_counted(study: Study, network: FlowNetwork) -> Iterator[Diagnostic]:
    """Yield a warning where a study asks to be counted from records."""
    if study.records is not None:
        message = f"{study.records.table} is not read: counts that only records would give are unknown"
        yield NOT_COUNTED.found(message, network.span(("records",), key=True), fix="state the counts with `n`")
