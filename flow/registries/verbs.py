"""The verbs of registries and data standards: records imported, compared with, and proposed from."""

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

__all__ = ["agreement", "compare_record", "import_record", "imported", "propose", "proposed"]


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


def proposed(
    adsl: str | None = None, dm: str | None = None, ds: str | None = None, redcap: str | None = None,
    dictionary: str | None = None, *, folder: str | os.PathLike[str] | None = None,
) -> tuple[str | None, Diagnostics]:  # fmt: skip
    """Return the text of a study file that counts from an ADSL, from DM and DS, or from a REDCap export.

    `folder` is where the file will stand, which names its tables from there. None, and findings, where nothing can be
    proposed. Raises FileError, MissingExtraError; no value of a record is in either but for codes.
    """
    from consortflow.registries import proposing
    from consortflow.registries.cdisc import from_adsl, from_sdtm
    from consortflow.registries.redcap import from_redcap

    if adsl is not None:
        proposal, findings = from_adsl(adsl, folder)
    elif dm is not None:
        proposal, findings = from_sdtm(dm, ds, folder)
    elif redcap is not None and dictionary is not None:
        proposal, findings = from_redcap(redcap, dictionary, folder)
    else:
        raise TypeError("name an ADSL, a DM, or a REDCap export with its dictionary")
    return (None if proposal is None else proposing.as_study_file(proposal)), findings


def propose(
    *, adsl: str | os.PathLike[str] | None = None, dm: str | os.PathLike[str] | None = None,
    ds: str | os.PathLike[str] | None = None, redcap: str | os.PathLike[str] | None = None,
    dictionary: str | os.PathLike[str] | None = None,
) -> str:  # fmt: skip
    """Return the text of a study file, for a person to edit, that counts from coded records.

    From an ADSL; from DM, with DS where there is one; or from a REDCap export with its data dictionary: any table that
    counts are read from (CSV, XPT, parquet, XLSX ...). Its labels are codes of the records (arms, reasons); nothing
    else of them is in it. Raises InvalidStudyError where nothing can be proposed, FileError where a file cannot be
    read, MissingExtraError where a library is not installed, TypeError where no source is named.
    """
    paths = {"adsl": adsl, "dm": dm, "ds": ds, "redcap": redcap, "dictionary": dictionary}
    text, findings = proposed(**{name: os.fspath(path) for name, path in paths.items() if path is not None})
    if text is None:
        raise InvalidStudyError(findings)
    return text


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
