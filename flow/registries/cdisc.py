"""ADSL, or DM and DS, as a proposal of a study file: planned arms, disposition with its reasons, analysis sets.

Variables are those of CDISC's ADaM and SDTM implementation guides. Only columns that hold codes are looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from consortflow.registries import codes
from consortflow.registries.codes import CodedTable, Codes, beside, comparison, none_of, one_of, quoted_column
from consortflow.registries.proposing import ArmProposal, ExitProposal, JoinProposal, LineProposal, Proposal
from consortflow.registries.terminology import COMPLETED, ONGOING, TERMS, in_words
from consortflow.rules import registries as rules
from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Rule, Span

__all__ = ["from_adsl", "from_sdtm"]

_ARMS = (("TRT01P", "TRT01A"), ("ARM", "ACTARM"), ("TRTP", "TRTA"), ("ARMCD", "ACTARMCD"))
"""Planned and actual arm, the first pair that is there; their codes are labels already, but for the last."""
_NO_ARM = re.compile(
    r"(?i)screen(ing)?[ _-]*fail|scrnfail|not[ _-]*(assigned|randomi[sz]ed|treated|enrolled)|notasgn|nottrt|run[ _-]*in"
    r"[ _-]*fail|unassigned|assigned, not treated"
)
"""Values of an arm that are none."""
_SETS = {
    "ITTFL": "Intention-to-treat population", "MITTFL": "Modified intention-to-treat population",
    "FASFL": "Full analysis set", "SAFFL": "Safety population", "PPROTFL": "Per-protocol population",
    "EFFFL": "Efficacy population", "EVALFL": "Evaluable population", "PKFL": "Pharmacokinetic population",
    "COMPLFL": "Completers",
}  # fmt: skip
_REACHED = re.compile(r"(?i)COMP(\d+)FL")
_REASONS = ("DCSREAS", "DCDECOD", "DCREASCD")
_DISPOSITION = "DISPOSITION EVENT"
_STUDY = re.compile(r"(?i)study (participation|completion|termination|conclusion|discontinuation)|end of study|eos")
"""What a subcategory or epoch of a disposition is called that is of the whole study."""


def from_adsl(
    path: str | os.PathLike[str], folder: str | os.PathLike[str] | None = None
) -> tuple[Proposal | None, Diagnostics]:
    """Return what an ADSL proposes, for a study file in a folder, and every finding; None where it is none."""
    return _Adsl(codes.opened(path), folder).proposal()


def from_sdtm(
    dm: str | os.PathLike[str],
    ds: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> tuple[Proposal | None, Diagnostics]:
    """Return what a DM, with its DS where there is one, proposes, as `from_adsl` does."""
    from consortflow.participants.tables import connect

    connection = connect()
    others = codes.opened(ds, connection) if ds is not None else None
    return _Sdtm(codes.opened(dm, connection), others, folder).proposal()


class _Arms(NamedTuple):
    """The column of the planned arm, the actual one, the codes that are arms and those that are none."""

    planned: str
    actual: str
    arms: tuple[str, ...]
    none: tuple[str, ...]
    missing: int

    @property
    def column(self) -> str:
        return quoted_column(self.planned)


class _Proposer:
    """What ADSL and DM have in common."""

    what = "table"

    def __init__(self, table: CodedTable, folder: str | os.PathLike[str] | None) -> None:
        self.table = table
        self.folder = folder
        self.found: list[Diagnostic] = []
        self.notes: list[str] = []

    def find(self, rule: Rule, message: str, fix: str = "", table: CodedTable | None = None) -> None:
        self.found.append(rule.found(message, Span((table or self.table).place), fix=fix))

    def proposal(self) -> tuple[Proposal | None, Diagnostics]:
        key = self.table.name("USUBJID", "SUBJID")
        arms = self.arms() if key else None
        if arms is None:
            lacks = "column USUBJID or SUBJID" if not key else "arm in ARM, ARMCD or TRT01P"
            fix = "name the columns as the standard does, or start from a template: consortflow init"
            self.find(rules.NOTHING_TO_PROPOSE, f"this is no {self.what}: it has no {lacks}", fix)
            return None, Diagnostics(self.found)
        made = self.proposed(key, arms)
        findings = Diagnostics(self.found)
        return (made if findings.ok else None), findings

    def proposed(self, key: str, arms: _Arms) -> Proposal:
        raise NotImplementedError

    def codes_of(self, table: CodedTable, column: str) -> Codes:
        """Return the codes of a column; one that holds no codes is found, and gives none."""
        found = table.codes(column)
        if found.too_many:
            message = f"{column} holds too many different values, or too long ones, to be codes: none is listed"
            self.find(rules.NO_CODES, message, "write the codes that matter yourself", table)
        return found

    def arms(self) -> _Arms | None:
        for planned, actual in _ARMS:
            if not (column := self.table.name(planned)):
                continue
            found = self.codes_of(self.table, column)
            arms = tuple(sorted(code for code in found.counts if not _NO_ARM.search(code)))
            none = tuple(sorted(code for code in found.counts if _NO_ARM.search(code)))
            if arms:
                return _Arms(column, self.table.name(actual), arms, none, found.missing)
        return None

    def unassigned(self, arms: _Arms) -> Iterator[ExitProposal]:
        """Yield those who have no arm: an exit for each code that says why, and one for those without any."""
        for code in arms.none:
            failed = re.search(r"(?i)fail|scrn", code) is not None
            label = in_words("SCREEN FAILURE") if failed and not code.lower().startswith("run") else in_words(code)
            yield ExitProposal(label, "excluded", one_of(arms.column, [code]))
        if arms.missing:
            why = self.table.name("ARMNRS")
            given = self.codes_of(self.table, why).counts if why else {}
            values = {code: in_words(code) for code in given}
            note = "check: those who have no arm"
            where = comparison(arms.column, (), missing=True)
            yield ExitProposal(
                "Not assigned to an arm", "excluded", where, quoted_column(why) if why else "", values, note
            )

    def left(self, where: str, reasons: str, given: Iterable[str]) -> ExitProposal:
        """Return those who left after they had an arm; reasons are codes of a column."""
        values = {code: in_words(code) for code in given if code.upper() not in COMPLETED | ONGOING}
        known = sum(code.upper() in TERMS for code in values)
        note = "" if reasons else "check: no column says why; reasons may be in another table, such as DS"
        if values and known < len(values):
            note = f"check: {len(values) - known} of the codes below are not CDISC's (codelist NCOMPLT, C66727)"
        return ExitProposal("Discontinued", "discontinued", where, reasons, values, note)

    def arm_proposals(self, arms: _Arms) -> tuple[ArmProposal, ...]:
        return tuple(ArmProposal(" ".join(code.split()), one_of(arms.column, [code])) for code in arms.arms)

    def flags(self, names: Iterable[tuple[str, str]]) -> Iterator[LineProposal]:
        """Yield lines for flags that are Y for some: columns and labels."""
        for name, label in names:
            found = self.table.codes(name)
            if set(map(str.upper, found.counts)) <= {"Y", "N"} and found.counts:
                yes = next((code for code in found.counts if code.upper() == "Y"), "Y")
                yield LineProposal(label, one_of(quoted_column(name), [yes]))

    def sets(self, arms: _Arms) -> tuple[LineProposal, ...]:
        """Return the analysis sets that the table flags."""
        there = [(self.table.name(name), label) for name, label in _SETS.items() if self.table.name(name)]
        found = list(self.flags(there))
        if found and arms.actual and len(arms.arms) > 1:
            note = "check: counted by planned arm; a safety population is usually counted by the treatment received"
            found[0] = found[0]._replace(note=note)
        return tuple(found)

    def received(self, *names: str) -> tuple[LineProposal, ...]:
        """Return those who have a date of first treatment, in the first of some columns that is there."""
        name = self.table.name(*names)
        where = f"{quoted_column(name)} is not missing"
        return (LineProposal("Received study treatment", where),) if name else ()

    def head(self, of: str) -> str:
        return (
            f"Proposed from {of}: criteria in place of numbers, to be counted from the records. Check every label, "
            "criterion and comment, then run: consortflow counts FILE"
        )


class _Adsl(_Proposer):
    what = "ADSL"

    def proposed(self, key: str, arms: _Arms) -> Proposal:
        table = self.table
        status, reasons = table.name("EOSSTT"), self.reasons()
        exits, completed = self.disposition(status, reasons)
        received = self.received("TRTSDT", "TRTSDTM")
        reached = sorted(
            ((int(found[1]), name) for name in table.names if (found := _REACHED.fullmatch(name))),
            key=lambda one: one[0],
        )
        lines = list(self.flags((name, f"Reached week {week}") for week, name in reached))
        if lines:
            lines[0] = lines[0]._replace(note="check the unit; reaching a visit is not completing the study")
        randomised = bool(table.name("RANDDT", "RANDFL", "RANDDTM"))
        if not randomised and len(arms.arms) > 1:  # ADSL of a randomized trial may hold nobody else
            randomised = bool(table.name("ITTFL"))
        unassigned = tuple(self.unassigned(arms))
        self.duplicates(key)
        sets = self.sets(arms)
        texts = table.texts(table.name("TRTSDT", "TRTSDTM"))
        return Proposal(
            self.head("ADSL"), beside(table.place, self.folder), key, tuple(sorted(texts)),
            planned_arm=arms.planned if arms.actual else "", actual_arm=arms.actual, unassigned=unassigned,
            randomised=randomised, arms=self.arm_proposals(arms),
            received=(*received, *lines), exits=exits, completed=completed, sets=sets, notes=tuple(self.notes),
        )  # fmt: skip

    def duplicates(self, key: str) -> None:
        if (rows := self.table.rows()) != (people := self.table.distinct(key)):
            message = f"{rows} rows are of {people} participants: some have several"
            self.find(rules.SEVERAL_ROWS, message, "say in `records: where:` which row of a participant counts")

    def reasons(self) -> str:
        """Return the column of reasons that speaks CDISC's terms best; empty where there is none."""
        best, most = "", -1.0
        for name in filter(None, (self.table.name(one) for one in _REASONS)):
            found = self.codes_of(self.table, name)
            given = [code for code in found.counts if code.upper() not in COMPLETED]
            share = sum(code.upper() in TERMS for code in given) / len(given) if given else 0.0
            if given and share > most:
                best, most = name, share
        others = [n for n in (self.table.name(one) for one in _REASONS) if n and n != best]
        if best and others:
            self.notes.append(
                f"Reasons are those of {best}; {' and '.join(others)} may divide the same people in another way."
            )
        return best

    def disposition(self, status: str, reasons: str) -> tuple[tuple[ExitProposal, ...], str]:
        """Return those who left and those who are still in the study, and the criterion of those who completed."""
        column = quoted_column(reasons) if reasons else ""
        given = self.codes_of(self.table, reasons).counts if reasons else {}
        if not status:
            done = [code for code in given if code.upper() in COMPLETED]
            flag = self.table.name("DISCONFL")
            if done:
                return (self.left(none_of(column, done), column, given),), one_of(column, done)
            if flag:
                return (self.left(f"{quoted_column(flag)} = 'Y'", column, given),), ""
            return ((self.left(f"{column} is not missing", column, given),), "") if column else ((), "")
        state = quoted_column(status)
        known = self.codes_of(self.table, status).counts
        done = [code for code in known if code.upper() in COMPLETED]
        here = [code for code in known if code.upper() in ONGOING]
        gone = [code for code in known if code not in done and code not in here]
        exits = [self.left(one_of(state, gone or ["DISCONTINUED"]), column, given)]
        if here:
            exits.append(ExitProposal("Still in the study", "ongoing", one_of(state, here)))
        return tuple(exits), one_of(state, done or ["COMPLETED"])


class _Sdtm(_Proposer):
    what = "DM"

    def __init__(self, dm: CodedTable, ds: CodedTable | None, folder: str | os.PathLike[str] | None) -> None:
        super().__init__(dm, folder)
        self.ds = ds

    def proposed(self, key: str, arms: _Arms) -> Proposal:
        table = self.table
        join, exits, completed, randomised = self.disposition(self.ds, key, arms)
        received = self.received("RFXSTDTC")
        unassigned = tuple(self.unassigned(arms))
        texts = table.texts(table.name("RFXSTDTC")) | (self.ds.texts() if self.ds is not None else set())
        return Proposal(
            self.head("DM and DS" if self.ds is not None else "DM"), beside(table.place, self.folder), key,
            tuple(sorted(texts)), joins=(join,) if join is not None else (),
            planned_arm=arms.planned if arms.actual else "", actual_arm=arms.actual, unassigned=unassigned,
            randomised=randomised or bool(arms.none), arms=self.arm_proposals(arms), received=received,
            exits=exits, completed=completed, notes=tuple(self.notes),
        )  # fmt: skip

    def disposition(
        self, ds: CodedTable | None, key: str, arms: _Arms
    ) -> tuple[JoinProposal | None, tuple[ExitProposal, ...], str, bool]:
        """Return the join of DS, those who left, who completed as a criterion, and whether any is randomized."""
        if ds is None:
            return None, (), "", False
        own, term = ds.name(key, "USUBJID", "SUBJID"), ds.name("DSDECOD")
        if not own or not term:
            lacks = "USUBJID" if not own else "DSDECOD"
            self.find(rules.NOTHING_TO_PROPOSE, f"this is no DS: it has no column {lacks}", table=ds)
            return None, (), "", False
        parts: list[str] = []
        rows, randomised = ds, False
        if category := ds.name("DSCAT"):
            kinds = self.codes_of(ds, category).counts
            wanted = [code for code in kinds if code.upper() == _DISPOSITION]
            milestones = [code for code in kinds if code.upper() == "PROTOCOL MILESTONE"]
            if milestones:
                given = self.codes_of(ds.where(category, milestones), term).counts
                randomised = any(code.upper().startswith("RANDOMI") for code in given)
            if wanted:
                parts.append(one_of(quoted_column(category, "ds"), wanted))
                rows = ds.where(category, wanted)
        rows, narrower = self.narrowed(rows, own)
        parts += narrower
        given = self.codes_of(rows, term).counts
        done = [code for code in given if code.upper() in COMPLETED]
        column = quoted_column(term, "ds")
        state = none_of(column, done) if done else f"{column} is not missing"
        failures = {code for code in given if code.upper() in ("SCREEN FAILURE", "SCREENING NOT COMPLETED")}
        exits = [self.left(state, column, [code for code in given if code not in failures or not arms.none])]
        assigned = self.table.where(arms.planned, arms.arms)
        if absent := assigned.without(self.table.name(key), rows, own):
            note = f"check: {absent} participants with an arm have no disposition"
            still = ExitProposal("No disposition recorded", "ongoing", f"{column} is missing", note=note)
            exits.insert(0, still)
        note = "one row for each participant: their disposition" if parts else ""
        join = JoinProposal("ds", beside(ds.place, self.folder), own, " and ".join(parts), note)
        return join, tuple(exits), one_of(column, done) if done else "", randomised

    def narrowed(self, rows: CodedTable, key: str) -> tuple[CodedTable, list[str]]:
        """Return the rows of which each participant has one, and how they are picked: by subcategory or epoch."""
        if rows.rows() == rows.distinct(key):
            return rows, []
        best: tuple[int, int, CodedTable, str] | None = None
        for column in filter(None, (rows.name("DSSCAT"), rows.name("EPOCH"))):
            for code in self.codes_of(rows, column).counts:
                some = rows.where(column, [code])
                if (people := some.distinct(key)) == some.rows():
                    rank = (int(_STUDY.search(code) is not None), people)
                    if best is None or rank > best[:2]:
                        best = (*rank, some, one_of(quoted_column(column, "ds"), [code]))
        if best is None:
            more = rows.rows() - rows.distinct(key)
            message = f"{more} more rows than participants are dispositions"
            self.find(rules.SEVERAL_ROWS, message, "say in the `where` of ds which row of a participant counts", rows)
            return rows, []
        return best[2], [best[3]]
