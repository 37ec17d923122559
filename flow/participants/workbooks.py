"""Sheets of Excel workbooks (XLSX), read row by row with openpyxl, within limits that no real table comes near.

A workbook is a ZIP of XML: a few kilobytes can unpack to gigabytes, and one cell far away can stretch a sheet to
seventeen billion. Neither is ever held in memory.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consortflow.participants.databases import chosen
from consortflow.participants.discretion import discreetly, extra
from consortflow.participants.loading import BATCH, load
from consortflow.participants.naming import distinct
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

__all__ = ["MAX_COLUMNS", "MAX_GAP", "MAX_UNPACKED", "workbook_names", "workbook_table"]

MAX_UNPACKED = 512 * 1024 * 1024
"""How many bytes a workbook may unpack to."""
MAX_PARTS = 10_000
"""How many files a workbook may pack."""
MAX_ROWS = 1_048_576
"""How many rows a sheet can have."""
MAX_COLUMNS = 4_096
"""How many columns a sheet may have."""
MAX_GAP = 1_000
"""How many blank rows may stand between two rows of a table: beyond them, a cell is no part of it."""
_BLOCK = 1 << 20
_BESIDE = 16
"""How far beside the named columns a value is looked for: a row that is shifted, not a remark far away."""


def workbook_names(path: Path, shown: str, part: str) -> tuple[str, ...]:
    """Return the names of the columns of a sheet, from its first row. Raises FileError and MissingExtraError."""
    with _sheet(path, shown, part) as sheet:
        return _names(sheet, shown)


def workbook_table(
    connection: DuckDBPyConnection, path: Path, shown: str, part: str, columns: Collection[str]
) -> DuckDBPyRelation:
    """Return some columns of a sheet, loaded into memory.

    Blank rows are no rows. Raises FileError, with numbers of cells, for values beside the named columns, for a
    formula's errors and for formulas whose results were never saved.
    """
    with _sheet(path, shown, part) as sheet:
        names = _names(sheet, shown)
        wanted = [i for i, name in enumerate(names) if name in columns]
        batches = _batches(sheet, shown, names, wanted)
        rows = discreetly(shown, lambda: load(connection, shown, [names[i] for i in wanted], batches))
    if discreetly(shown, lambda: _formulas(path)) and (n := discreetly(shown, lambda: _unsaved(path, shown, part))):
        fix = "open it in Excel or LibreOffice and save it"
        raise FileError(shown, f"{_cells(n)} a formula whose result was never saved: {fix}")
    return rows


@contextmanager
def _sheet(path: Path, shown: str, part: str, *, formulas: bool = False) -> Iterator[Any]:
    openpyxl = extra("openpyxl", "xlsx", "reading .xlsx")
    discreetly(shown, lambda: _within_limits(path, shown))
    with path.open("rb") as file:  # a file of our own is closed, whatever still reads from it
        book = discreetly(
            shown, lambda: openpyxl.load_workbook(file, read_only=True, data_only=not formulas, keep_links=False)
        )
        seen = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
        yield book[chosen(shown, part, seen, "sheet")]


def _within_limits(path: Path, shown: str) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise FileError(shown, "is protected by a password")
            # what is unpacked is never more than what each part says it is: zipfile reads no further
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                most = f"{MAX_UNPACKED // 1024 // 1024} MB"
                raise FileError(shown, f"unpacks to more than {most}: save the sheet as CSV")
            read = [part.filename for part in parts if part.filename.endswith(".xml")]
            if any(len(block) == _BLOCK and b"<" not in block for name in read for block in _blocks(packed, name)):
                raise FileError(shown, "a cell holds more text than one can have")
    except zipfile.BadZipFile:
        raise FileError(shown, "is no workbook, or is damaged") from None


def _names(sheet: Any, shown: str) -> tuple[str, ...]:
    rows = sheet.iter_rows(min_row=1, max_row=1, values_only=True)
    row = list(discreetly(shown, lambda: next(rows, ())))
    while row and _blank(row[-1]):
        row.pop()
    if not row:
        raise FileError(shown, "its first row is blank: it must hold the names of the columns")
    if len(row) > MAX_COLUMNS:
        raise FileError(shown, f"has more than {MAX_COLUMNS:,} columns")
    return distinct(shown, [f"column {i}" if _blank(cell) else str(cell).strip() for i, cell in enumerate(row, 1)])


def _blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _batches(sheet: Any, shown: str, names: Sequence[str], wanted: Sequence[int]) -> Iterator[list[list[Any]]]:
    rows = _rows(sheet, shown, names)
    while batch := list(islice(rows, BATCH)):
        yield [[row[i] for row in batch] for i in wanted]


def _rows(sheet: Any, shown: str, names: Sequence[str]) -> Iterator[list[Any]]:
    """Yield the rows that are not blank, and report what is no value of a column once all are read."""
    errors = beside = gap = 0
    width = len(names)
    absent = None
    for row in sheet.iter_rows(min_row=2, max_row=MAX_ROWS, max_col=width + _BESIDE):
        if row is absent:
            gap += 1
            continue
        values = [_day(cell.value) for cell in row[:width]]
        errors += sum(cell.data_type == "e" for cell in row[:width])
        beside += sum(not _blank(cell.value) for cell in row[width:])
        if all(map(_blank, values)):
            absent = row  # openpyxl yields one and the same row for all that a sheet does not have
            gap += 1
            continue
        if gap > MAX_GAP:
            raise FileError(shown, f"a cell stands more than {MAX_GAP:,} blank rows below the table: delete it")
        gap = 0
        yield values + [None] * (width - len(values))
    if beside:
        raise FileError(shown, f"{_cells(beside)} a value beside the {width} columns that have names")
    if errors:
        raise FileError(shown, f"{_cells(errors)} the error of a formula (#N/A and the like)")


def _day(value: Any) -> Any:
    """Return a moment at midnight as the date that Excel keeps as one."""
    return value.date() if isinstance(value, datetime) and value.time() == time.min else value


def _formulas(path: Path) -> bool:
    """Whether any sheet has a formula, without parsing it."""
    with zipfile.ZipFile(path) as packed:
        sheets = [name for name in packed.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<f" in last[-1:] + block for name in sheets for last, block in pairwise(_blocks(packed, name)))


def _blocks(packed: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield nothing, and then a part of a workbook, unpacked a megabyte at a time."""
    yield b""
    with packed.open(name) as file:
        while block := file.read(_BLOCK):
            yield block


def _unsaved(path: Path, shown: str, part: str) -> int:
    """Return how many formulas have no result."""
    with _sheet(path, shown, part) as saved, _sheet(path, shown, part, formulas=True) as written:
        pairs = zip(*(sheet.iter_rows(min_row=2, max_row=MAX_ROWS) for sheet in (saved, written)), strict=False)
        return sum(
            formula.data_type == "f" and result.value is None
            for results, formulas in pairs
            for result, formula in zip(results, formulas, strict=False)
        )


def _cells(n: int) -> str:
    return f"{n} cell{' holds' if n == 1 else 's hold'}"
