"""What is not known: counts that the statements leave open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from consortflow.schemas.diagnostics import Diagnostic, Severity, rule

if TYPE_CHECKING:
    from consortflow.balance import System
    from consortflow.determining import Open
    from consortflow.solving import Solution

__all__ = ["NOT_COUNTED", "undetermined"]

MAX_NAMED = 4
"""Counts that one message names beside its own."""

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
    why="The study names a table of participants that is not at hand, as with a study file that is published without "
    "its records. The numbers it states are solved and checked. Where only the records would give one, it is unknown, "
    "and that is an error.",
    wrong="records: {table: adsl.csv, id: USUBJID}\nstages:\n  - {kind: screening, n: 92, where: SCRNFL = 'Y'}",
    right="stages:\n  - {kind: screening, n: 92}",
    severity=Severity.WARNING,
)


def undetermined(solution: Solution, *, strict: bool = False) -> Iterator[Diagnostic]:
    """Yield a note for each box whose count is not determined, an error where `strict`."""
    system = solution.system
    opened: dict[int, Open] | None = None
    for account in solution.network.accounts.values():
        if account.kind not in ("stage", "exit", "arm", "set"):
            continue
        for unit in account.units:
            interval = solution.interval(account.id, unit)
            if interval.n is None:
                if opened is None:
                    from consortflow.determining import open_counts

                    opened = open_counts(solution)
                known = "nothing is known about it" if str(interval) == "unknown" else f"it is {interval}"
                message = f"{solution.network.name(account, unit)} is not determined: {known}"
                span = solution.network.place(account)
                fix = _would_determine(system, opened.get(system.index[account.id, unit]))
                finding = UNDETERMINED.found(message, span, fix=fix, subjects=(account.id,))
                yield finding._replace(severity=Severity.ERROR) if strict else finding


def _would_determine(system: System, found: Open | None) -> str:
    """Say which numbers would determine a count and those that hang together with it."""
    if found is None:
        return "state it, or what it is made of"
    named = [name for v in found.others if (name := system.names[v]) is not None]
    others = [system.network.name(system.network.account(full), unit) for full, unit in named]
    if found.needed == 1:
        if not others:
            return "state it"
        more = f" or {len(others) - MAX_NAMED} more" if len(others) > MAX_NAMED else ""
        determines = "the other" if len(others) == 1 else "the rest"
        return f"state one of these to determine {determines}: it, {', '.join(others[:MAX_NAMED])}{more}"
    more = f" and {len(others) - MAX_NAMED} more" if len(others) > MAX_NAMED else ""
    return f"state {found.needed} numbers to determine the rest: it, {', '.join(others[:MAX_NAMED])}{more}"
