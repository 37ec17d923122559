"""The verbs of registries: a record imported as a study file, a study compared with a record."""

from __future__ import annotations

import os

from consortflow.registries.clinicaltrials import read_record
from consortflow.registries.record import Record
from consortflow.schemas.diagnostics import Diagnostics
from consortflow.schemas.errors import InvalidStudyError
from consortflow.schemas.files import read_text

__all__ = ["import_record", "imported", "record_at"]


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


def record_at(path: str | os.PathLike[str]) -> Record:
    """Return the record in a file. Raises InvalidStudyError where it is none, FileError where it cannot be read."""
    record, findings = read_record(read_text(path), os.fspath(path))
    if record is None:
        raise InvalidStudyError(findings)
    return record
