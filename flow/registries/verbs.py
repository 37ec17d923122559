"""The verbs of registries: a record imported as a study file, a study compared with a record."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from consortflow.registries.clinicaltrials import read_record
from consortflow.schemas.diagnostics import Diagnostics
from consortflow.schemas.errors import InvalidStudyError
from consortflow.schemas.files import read_text

if TYPE_CHECKING:
    from consortflow.registries.comparing import Agreement
    from consortflow.registries.record import Record
    from consortflow.schemas.study import Study
    from consortflow.solving import Solution

__all__ = ["agreement", "compare_record", "import_record", "imported"]


def import_record(path: str | os.PathLike[str]) -> str:
    """Return a downloaded record of ClinicalTrials.gov as the text of a study file, for a person to edit.

    Reads version 2 of the registry's JSON, and its older XML. Raises InvalidStudyError with every finding where the
    file is no such record or has no participant flow, FileError where it cannot be read.
    """
    text, findings = imported(read_text(path), os.fspath(path))
    if text is None:
        raise InvalidStudyError(findings)
    return text


def imported(text: str, name: str) -> tuple[str | None, Diagnostics]:
    """Return the text of a record as that of a study file, and every finding; None where it is no record."""
    from consortflow.registries.importing import as_study_file

    record, findings = read_record(text, name)
    return (None if record is None else as_study_file(record)), findings


def compare_record(study: Study | str | os.PathLike[str], record: str | os.PathLike[str]) -> Agreement:
    """Return what a study, or the study file at a path, says otherwise than the registry's record at a path.

    Findings have their places in the study file; those that the file waives are in the findings' `waived`. Raises
    InvalidStudyError where either is none, FileError where a file cannot be read.
    """
    from consortflow.checking import solved

    found, findings = read_record(read_text(record), os.fspath(record))
    if found is None:
        raise InvalidStudyError(findings)
    return agreement(solved(study, contradictions=True), found)


def agreement(solution: Solution, record: Record) -> Agreement:
    """Return what a solved study says otherwise than a record, without what its file waives."""
    from consortflow.registries.comparing import Agreement, compare_with_record

    compared = compare_with_record(solution, record)
    source = solution.network.study.source
    if source is None or "consortflow:" not in source.text:
        return compared
    from consortflow.waiving import waive

    found = waive(compared.findings, source, complete=False)
    return Agreement(Diagnostics((d for d in found if d.code.startswith("R")), found.waived), compared.same)
