"""A table of records, wherever it is, as an object that Narwhals takes: lazily from files, as they are from memory."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from consortflow.participants.columnar import ROW, Footer, arrow_table, parquet_table
from consortflow.participants.databases import duckdb_table, sqlite_names, sqlite_table
from consortflow.participants.delimited import Delimited
from consortflow.participants.discretion import TableError, discreetly, extra
from consortflow.participants.frames import names_of, plain_frame
from consortflow.participants.kinds import Kind, as_kinds, found_types, text_columns
from consortflow.participants.missing import UNKNOWN, MissingValues, full_columns, with_missing
from consortflow.participants.naming import distinct
from consortflow.participants.progress import watched
from consortflow.participants.transport import transport_names, transport_table
from consortflow.participants.workbooks import workbook_names, workbook_table
from consortflow.schemas.diagnostics import quoted
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

__all__ = ["SUFFIXES", "Opened", "column_names", "connect", "opened"]

SUFFIXES = {
    ".csv": "text", ".tsv": "text", ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "arrow",
    ".ipc": "arrow", ".xpt": "xpt", ".xlsx": "xlsx", ".duckdb": "duckdb", ".ddb": "duckdb", ".sqlite": "sqlite",
    ".sqlite3": "sqlite", ".db": "database",
}  # fmt: skip
"""The kind of table that a file name stands for; a .db is a DuckDB or an SQLite file, as its first bytes say."""
_ELSEWHERE = {
    ".xls": "save it as .xlsx or CSV", ".xlsb": "save it as .xlsx or CSV", ".ods": "save it as .xlsx or CSV",
    ".xlsm": "save it as .xlsx or CSV", ".sas7bdat": "write it as .xpt or CSV", ".sav": "save it as CSV",
    ".dta": "save it as CSV", ".rds": "write it as CSV or parquet", ".gz": "unpack it first",
    ".zip": "unpack it first", ".txt": "name it .csv or .tsv", ".json": "write it as CSV or parquet",
}  # fmt: skip
_PARTED = ("xlsx", "duckdb", "sqlite")
_SQLITE, _DUCKDB, _DUCKDB_AT = b"SQLite format 3\0", b"DUCK", 8


class _Place(NamedTuple):
    """A file of records that is there: which, what it is called in messages, its kind, and the table in it."""

    path: Path
    shown: str
    kind: str
    part: str


class Opened(NamedTuple):
    """A table to be read."""

    table: Any
    """An object for `narwhals.from_native`: a DuckDB relation for a file, a data frame as it is."""
    full: frozenset[str] = frozenset()
    """The columns of which it is known that nothing in them is missing."""
    parts: tuple[tuple[int, int], ...] = ()
    """The first and last rows of parts that share no id, where the table has been found to come in some."""


def connect() -> DuckDBPyConnection:
    """Return an empty DuckDB in memory: it downloads nothing and writes no record to a disk.

    Tables that are to be joined are opened with the same connection. Raises MissingExtraError.
    """
    duckdb = extra("duckdb", "records", "reading records")
    extra("narwhals", "records", "reading records")
    connection: DuckDBPyConnection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "perfect_ht_threshold": "16",  # bits: as many answers as patterns are counted by without a hash
            "preserve_insertion_order": "false",
            "temp_directory": "",
        }
    )
    connection.execute("SET parquet_metadata_cache = true")  # a footer is asked for more than once
    return watched(connection)


def opened(
    place: Any,
    *,
    name: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    columns: Collection[str] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    missing_values: MissingValues = (),
    key: str | None = None,
    connection: DuckDBPyConnection | None = None,
) -> Opened:
    """Return a table, and what is known of it without reading its rows.

    `place` is a data frame, or a path (`trial.duckdb::adsl` for a table of a database, `adsl.xlsx::Sheet1` for a sheet
    of a workbook), relative to `folder` where it is relative. `name` stands for it in errors. `columns` are those that
    will be used (all, where None). `kinds` says what columns of text are read as: one of them of which every value is a
    number (a date, true or false) is read as that, else it stays text. Without it, columns of CSV, TSV, XLSX and SQLite
    become what all of their values are, but a text with a leading zero is never a number.
    `key` is a column that may tell rows apart: where it is known to do so for parts of a large table, these are named,
    and the table has a column ROW with the number of each row.
    An empty text is missing, so is a NaN, and so is a text in `missing_values`.
    Raises FileError, TableError for a data frame, and MissingExtraError; none of them holds a value of a cell.
    """
    if not isinstance(place, str | os.PathLike):
        return Opened(_open_frame(place, name or "the table", columns, missing_values))
    found = _placed(place, name, folder)
    used = connection or connect()
    if found.kind == "text":
        table = Delimited(found.path, found.shown)
        wanted = _known(found.shown, table.names, columns)

        def ready(rows: DuckDBPyRelation) -> DuckDBPyRelation:
            present: DuckDBPyRelation = with_missing(rows, wanted, missing_values)
            return present

        types = table.checked(used, lambda rows: found_types(ready(rows), _asked(wanted, kinds)))
        return Opened(as_kinds(ready(table.relation(used)), types))
    names = _names(found, used)
    wanted = _known(found.shown, names, columns)
    known, parts = UNKNOWN, []
    if found.kind == "parquet":
        numbered = key is not None and ROW not in map(str.lower, names)
        rows = parquet_table(used, found.path, found.shown, numbered=numbered)
        footer = discreetly(found.shown, lambda: Footer(used, found.path))
        known = footer.complete()
        if numbered and key is not None:
            parts = footer.apart(key, str(rows.types[rows.columns.index(key)]), _threads(used))
        wanted = (*wanted, ROW) if parts else wanted
    else:
        rows = _rows(found, used, wanted)
    present = discreetly(found.shown, lambda: with_missing(rows, wanted, missing_values, known))
    full = full_columns(rows, wanted, missing_values, known)
    texts = text_columns(present)
    if kinds is not None or found.kind in ("xlsx", "sqlite"):
        asked = {name: kind for name, kind in _asked(texts, kinds).items() if kind != "text"}
        present = as_kinds(present, discreetly(found.shown, lambda: found_types(present, asked)))
    return Opened(present, full, tuple(parts))


def column_names(
    place: Any,
    *,
    name: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    connection: DuckDBPyConnection | None = None,
) -> tuple[str, ...]:
    """Return the names of a table's columns, without reading its rows. Raises what `opened` does."""
    if not isinstance(place, str | os.PathLike):
        return names_of(place, name or "the table")
    return _names(_placed(place, name, folder), connection or connect())


def _threads(connection: DuckDBPyConnection) -> int:
    """Return how many cores DuckDB uses."""
    return int(connection.execute("SELECT current_setting('threads')").fetchall()[0][0])


def _open_frame(frame: Any, shown: str, columns: Collection[str] | None, missing_values: MissingValues) -> Any:
    names = names_of(frame, shown)
    wanted = _known(shown, names, columns, TableError)
    return discreetly(shown, lambda: with_missing(plain_frame(frame, wanted), wanted, missing_values))


def _known(
    shown: str, names: Collection[str], columns: Collection[str] | None, error: type[FileError | TableError] = FileError
) -> tuple[str, ...]:
    """Return the columns that are wanted, in the order of the table."""
    absent = [name for name in columns or () if name not in names]
    if absent:
        raise error(shown, f"has no column {', '.join(map(quoted, absent))}")
    return tuple(name for name in names if columns is None or name in columns)


def _asked(texts: Collection[str], kinds: Mapping[str, Kind] | None) -> dict[str, Kind | None]:
    if kinds is None:
        return dict.fromkeys(texts)
    return {name: kinds.get(name, "text") for name in texts}


def _names(place: _Place, connection: DuckDBPyConnection) -> tuple[str, ...]:
    match place.kind:
        case "text":
            return Delimited(place.path, place.shown).names
        case "xpt":
            return transport_names(place.path, place.shown)
        case "xlsx":
            return workbook_names(place.path, place.shown, place.part)
        case "sqlite":
            return sqlite_names(place.path, place.shown, place.part)
        case _:
            return distinct(place.shown, _rows(place, connection, ()).columns)


def _rows(place: _Place, connection: DuckDBPyConnection, columns: Collection[str]) -> DuckDBPyRelation:
    path, shown = place.path, place.shown
    match place.kind:
        case "parquet":
            return parquet_table(connection, path, shown)
        case "arrow":
            return arrow_table(connection, path, shown)
        case "duckdb":
            return duckdb_table(connection, path, shown, place.part)
        case "xpt":
            return transport_table(connection, path, shown, columns)
        case "xlsx":
            return workbook_table(connection, path, shown, place.part, columns)
        case _:
            return sqlite_table(connection, path, shown, place.part, columns)


def _placed(place: str | os.PathLike[str], name: str | None, folder: str | os.PathLike[str] | None) -> _Place:
    """Return which file is meant, once it is one that can be read."""
    written = os.fspath(place)
    if "://" in written:
        raise FileError(name or written, "is an address: records are read from files of this machine")
    file, _, part = written.partition("::")
    path = Path(os.fspath(folder) if folder is not None else "") / file
    shown = name or str(path)
    if not file:
        raise FileError(shown, "no file is named")
    if "\0" in file:
        raise FileError(shown.replace("\0", "\\0"), "not a file name")
    start = _start(path, shown)
    kind = SUFFIXES.get(path.suffix.lower(), "")
    if start.startswith(_SQLITE):
        kind = "sqlite" if kind in ("sqlite", "duckdb", "database") else kind
    elif start[_DUCKDB_AT:].startswith(_DUCKDB):
        kind = "duckdb" if kind in ("sqlite", "duckdb", "database") else kind
    elif kind in ("sqlite", "duckdb", "database"):
        raise FileError(shown, "is no database of DuckDB or SQLite")
    if not kind:
        known = ", ".join(SUFFIXES)
        fix = _ELSEWHERE.get(path.suffix.lower(), f"the names of tables end in {known}")
        raise FileError(shown, f"is no kind of table that is read: {fix}")
    if part and kind not in _PARTED:
        raise FileError(shown, f"holds one table: leave out ::{part}")
    return _Place(path, shown, kind, part)


def _start(path: Path, shown: str) -> bytes:
    """Return the first bytes of a regular file, so that no pipe or device is waited for. Raises FileError."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileError(shown, "is a folder, not a file")
        if not stat.S_ISREG(mode):
            raise FileError(shown, "is no regular file")
        with path.open("rb") as file:
            start = file.read(16)
    except FileNotFoundError:
        raise FileError(shown, "no such file or folder") from None
    except PermissionError:
        raise FileError(shown, "no permission") from None
    except FileError:
        raise
    except OSError as error:
        raise FileError(shown, (error.strerror or type(error).__name__).lower()) from None
    if not start:
        raise FileError(shown, "is empty")
    return start
