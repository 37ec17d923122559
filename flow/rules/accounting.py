"""What counting from participants' records finds: everyone is in exactly one place, or it is said how many are not.

Findings say numbers of rows. No value of a cell and no id is in any of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from consortflow.schemas.diagnostics import Diagnostic, Severity, rule

if TYPE_CHECKING:
    from consortflow.network import FlowNetwork

__all__ = [
    "CANNOT_COMPARE", "DIFFERENT_DATES", "DISAGREES", "EXCLUDES_NOBODY", "MISSING_VALUES", "NOT_IN_ONE_ARM",
    "NOT_IN_ONE_PART", "NO_ARM", "NO_CRITERION_READ", "NO_DISPOSITION", "NO_ID", "NO_REASON", "OVERLAP",
    "PLANNED_AND_ACTUAL", "SEVERAL_ROWS", "UNDECIDED", "UNKNOWN_COLUMN", "UNLISTED", "WENT_ON", "WITHOUT_RECORDS",
    "without_records",
]  # fmt: skip


def _study(table: str, *lines: str) -> str:
    return f"records: {{table: {table}.csv, id: ID}}\nstages:\n" + "\n".join(lines)


NO_CRITERION_READ = rule(
    "S118",
    "a criterion that cannot be read",
    why="A criterion compares columns of the records: =, !=, <, <=, >, >=, in, between, is null, joined by and, or and "
    "not. Text stands in quotation marks, dates are 2024-03-31. Nothing else is understood, so nothing else can be "
    "slipped in.",
    wrong=_study("trial", "  - kind: screening", "    exits: [{label: Excluded, where: 'AGE <'}]"),
    right=_study("trial", "  - kind: screening", "    exits: [{label: Excluded, where: 'AGE < 18'}]"),
)
WITHOUT_RECORDS = rule(
    "S119",
    "criteria, and no records to count by them",
    why="`where` and `by` say which participants of a table are meant. Without `records`, which names the column that "
    "identifies them, nobody can count them.",
    wrong="stages:\n  - {kind: screening, n: 14, exits: [{label: Excluded, n: 2, where: 'AGE < 18'}]}",
    right=_study("trial", "  - {kind: screening, n: 14, exits: [{label: Excluded, n: 2, where: 'AGE < 18'}]}"),
    severity=Severity.WARNING,
)
UNKNOWN_COLUMN = rule(
    "N102",
    "a column that the records do not have",
    why="Nobody can be counted by a column that is not there. Names are compared letter by letter, capitals included; "
    "a column of a joined table is written table.COLUMN.",
    wrong=_study("trial", "  - kind: screening", "    exits: [{label: Excluded, where: AEG < 18}]"),
    right=_study("trial", "  - kind: screening", "    exits: [{label: Excluded, where: AGE < 18}]"),
)
CANNOT_COMPARE = rule(
    "N103",
    "a comparison that means nothing",
    why="Numbers are compared with numbers, text with text, dates with dates. Databases convert one into another in "
    "ways that differ, and a count would depend on which one was used.",
    wrong=_study("trial", "  - kind: screening", "    exits: [{label: Excluded, where: AGE < 'eighteen'}]"),
    right=_study("trial", "  - kind: screening", "    exits: [{label: Excluded, where: AGE < 18}]"),
)
DISAGREES = rule(
    "N104",
    "the stated count is not the counted one",
    why="The file says a number and the records say another. One of them is out of date, or the criterion does not say "
    "what the number meant.",
    wrong=_study("trial", "  - kind: screening", "    exits: [{label: Excluded, n: 3, where: AGE < 18}]"),
    right=_study("trial", "  - kind: screening", "    exits: [{label: Excluded, n: 2, where: AGE < 18}]"),
)
SEVERAL_ROWS = rule(
    "N105",
    "a participant has several rows",
    why="One row is one participant. Who has two rows is counted twice; in a joined table, a `where` should pick the "
    "row that is meant.",
    wrong=_study("flawed", "  - {kind: screening}"),
    right=_study("trial", "  - {kind: screening}"),
)
NO_ID = rule(
    "N106",
    "a row that is nobody's",
    why="A row without an id, or a row of a joined table whose id no participant has, belongs to nobody who is "
    "counted.",
    wrong=_study("flawed", "  - {kind: screening}"),
    right=_study("trial", "  - {kind: screening}"),
)
NO_DISPOSITION = rule(
    "N107",
    "participants without a disposition",
    why="They were in a box, left it by no exit, and are not in the next one. Everyone has to be in exactly one place.",
    wrong=_study(
        "trial",
        "  - kind: screening",
        "    exits: [{label: Under 18, where: AGE < 18}]",
        "  - {kind: randomization, where: ARM is not null}",
    ),
    right=_study(
        "trial",
        "  - kind: screening",
        "    exits: [{label: Excluded, where: AGE < 18 or CONSENT = 'N' or ECOG > 2}]",
        "  - {kind: randomization, where: ARM is not null}",
    ),
)
WENT_ON = rule(
    "N108",
    "participants who left and went on",
    why="They meet the criterion of an exit and that of the next stage: excluded and yet randomised, for one. They are "
    "counted as having left.",
    wrong=_study(
        "flawed",
        "  - kind: screening",
        "    exits: [{label: Under 18, where: AGE < 18, missing: eligible}, {label: Other}]",
        "  - {kind: randomization, where: ARM is not null}",
    ),
    right=_study(
        "trial",
        "  - kind: screening",
        "    exits: [{label: Under 18, where: AGE < 18}, {label: Other}]",
        "  - {kind: randomization, where: ARM is not null}",
    ),
)
NO_REASON = rule(
    "N109",
    "participants who left without a reason",
    why="They left by an exit and none of its reasons applies to them, so the reasons do not add up to the exit. Add "
    "the reason, or write `partial: true` where reasons were not kept for everyone.",
    wrong=_study(
        "trial",
        "  - kind: screening",
        "    exits:",
        "      - {label: Excluded, where: ARM is null, reasons: {Under 18: {where: AGE < 18}}}",
        "  - {kind: randomization}",
    ),
    right=_study(
        "trial",
        "  - kind: screening",
        "    exits:",
        "      - {label: Excluded, where: ARM is null, partial: true, reasons: {Under 18: {where: AGE < 18}}}",
        "  - {kind: randomization}",
    ),
)
_ARMS = "    arms: [{label: A, where: ARM = 'A'}, {label: B, where: ARM = 'B'}]"
_WITH_MISSING = (
    "    arms: [{label: A, where: ARM = 'A', missing: excluded}, {label: B, where: ARM = 'B', missing: excluded}]"
)
NO_ARM = rule(
    "N110",
    "participants in no arm",
    why="They reached a split and meet the criterion of none of its arms: randomised, and no arm is recorded.",
    wrong=_study("trial", "  - kind: randomization", _WITH_MISSING),
    right=_study("trial", "  - kind: randomization", "    where: ARM is not null", _ARMS),
)
NOT_IN_ONE_ARM = rule(
    "N111",
    "participants in several arms",
    why="They meet the criteria of two arms. They are counted in the first, and the second is too small.",
    wrong=_study(
        "trial",
        "  - kind: randomization",
        "    where: ARM is not null",
        "    arms: [{label: A, where: ARM = 'A'}, {label: B, where: ARM is not null}]",
    ),
    right=_study("trial", "  - kind: randomization", "    where: ARM is not null", _ARMS),
)
PLANNED_AND_ACTUAL = rule(
    "N112",
    "planned and actual arm apart",
    why="Some participants were in another arm than the one they were assigned to. The figure shows the assigned one; "
    "readers are told how many did not receive it.",
    wrong="records: {table: flawed.csv, id: ID, planned_arm: ARM, actual_arm: ACTUAL}\nstages:\n"
    "  - kind: randomization\n    where: ARM is not null\n" + _ARMS,
    right="records: {table: trial.csv, id: ID, planned_arm: ARM, actual_arm: ACTUAL}\nstages:\n"
    "  - kind: randomization\n    where: ARM is not null\n" + _ARMS,
    severity=Severity.WARNING,
)
MISSING_VALUES = rule(
    "N113",
    "missing values, and nobody says what they mean",
    why="A criterion over a missing value is neither met nor not met. Databases take it for not met in silence. Say "
    "`missing: excluded` or `missing: eligible`, or ask for it in the criterion: AGE is null.",
    wrong=_study("flawed", "  - kind: screening", "    exits: [{label: Excluded, where: AGE < 18}]"),
    right=_study("trial", "  - kind: screening", "    exits: [{label: Excluded, where: AGE < 18}]"),
)
OVERLAP = rule(
    "N114",
    "criteria that overlap",
    why="Some participants meet several criteria. Each is counted once, for the first in the file's order, so another "
    "order gives other numbers. Say in the paper which order it was.",
    wrong=_study(
        "trial",
        "  - kind: screening",
        "    exits: [{label: Excluded, reasons: {Under 18: {where: AGE < 18}, Declined: {where: CONSENT = 'N'}}}]",
    ),
    right=_study(
        "trial",
        "  - kind: screening",
        "    exits: [{label: Excluded, reasons: {Under 18: {where: AGE < 18}, Unfit: {where: ECOG > 2}}}]",
    ),
    severity=Severity.NOTE,
)
EXCLUDES_NOBODY = rule(
    "N115",
    "a criterion that nobody meets",
    why="It may be right. It may also compare with a value that the records spell in another way.",
    wrong=_study("trial", "  - kind: screening", "    exits: [{label: Declined, where: CONSENT = 'No'}]"),
    right=_study("trial", "  - kind: screening", "    exits: [{label: Declined, where: CONSENT = 'N'}]"),
    severity=Severity.NOTE,
)
UNLISTED = rule(
    "N116",
    "values outside the declared reasons",
    why="The column that reasons are grouped by holds values that the file gives no label. Add them to `values`, or "
    "give them one label with `other`.",
    wrong=_study(
        "trial",
        "  - kind: randomization",
        "    exits: [{label: Left, by: REASON, values: {ADVERSE EVENT: Adverse event}}]",
    ),
    right=_study(
        "trial",
        "  - kind: randomization",
        "    exits: [{label: Left, by: REASON, values: {ADVERSE EVENT: Adverse event}, other: Other}]",
    ),
)
UNDECIDED = rule(
    "N117",
    "the records do not tell who is meant",
    why="Somebody leaves, or goes one of several ways, and no criterion says who. One exit may take everyone who is "
    "left over where the next stage has a criterion; one reason may take everyone for whom no other applies.",
    wrong=_study("trial", "  - kind: screening", "    exits: [{label: Excluded}]", "  - {kind: enrollment}"),
    right=_study(
        "trial",
        "  - kind: screening",
        "    exits: [{label: Excluded}]",
        "  - {kind: enrollment, where: ARM is not null}",
    ),
)
NOT_IN_ONE_PART = rule(
    "N118",
    "participants in no line of a division",
    why="Lines that together make up a box have to have everyone in it in one of them.",
    wrong=_study(
        "trial",
        "  - kind: screening",
        "    details: [{partition: {Adults: {where: AGE >= 18}, Children: {where: AGE < 17}}}]",
    ),
    right=_study(
        "trial",
        "  - kind: screening",
        "    details: [{partition: {Adults: {where: AGE >= 18}, Children: {where: AGE < 18}}}]",
    ),
)
DIFFERENT_DATES = rule(
    "N119",
    "records as of another date than the numbers",
    why="The study's `data_cutoff` is what the figure says its numbers refer to, and `as_of` is the date they were "
    "counted by.",
    wrong="study: {data_cutoff: 2024-06-30}\nrecords: {table: trial.csv, id: ID, as_of: 2024-03-31}\n"
    "stages:\n  - {kind: screening}",
    right="study: {data_cutoff: 2024-03-31}\nrecords: {table: trial.csv, id: ID, as_of: 2024-03-31}\n"
    "stages:\n  - {kind: screening}",
    severity=Severity.WARNING,
)


def without_records(network: FlowNetwork) -> Iterator[Diagnostic]:
    """Yield a warning where a study has criteria, and no records to count by them."""
    for account in network.accounts.values():
        for key in ("where", "by"):
            if getattr(account.item, key, None) is not None:
                message = f"{network.name(account)} has a criterion, and the study names no records"
                fix = "add `records: {table: ..., id: ...}`, or delete the criterion"
                yield WITHOUT_RECORDS.found(message, network.span((*account.path, key)), fix=fix)
                return
