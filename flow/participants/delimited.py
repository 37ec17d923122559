"""Text tables: CSV and TSV. Every cell is text first; what a column holds is decided from all of its rows.

A table is UTF-8, with or without a byte order mark, and its first line holds the names of its columns.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from consortflow.participants.discretion import discreetly
from consortflow.participants.naming import distinct
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

__all__ = ["MAX_HEADER", "Delimited"]

T = TypeVar("T")

MAX_HEADER = 1024 * 1024
"""How long the line of column names may be, in bytes."""
_MOST_REJECTED = 1000
_SEPARATORS = ",;\t|"
_FAULTS = {
    "MISSING COLUMNS": "fewer cells than there are columns",
    "TOO MANY COLUMNS": "more cells than there are columns",
    "UNQUOTED VALUE": "a quotation mark that is never closed, or text after one",
    "LINE SIZE OVER MAXIMUM": "more text than a table's row can have",
    "INVALID ENCODING": "text that is not UTF-8",
}


class Delimited:
    """A text table whose line of names has been read. Raises FileError where it cannot be."""

    def __init__(self, path: Path, shown: str) -> None:
        self.path = path
        self.shown = shown
        self.separator, self.names = _header(path, shown)

    def relation(self, connection: DuckDBPyConnection) -> DuckDBPyRelation:
        """Return the rows, every cell a text, an empty one NULL."""
        return self._read(connection)

    def checked(self, connection: DuckDBPyConnection, look: Callable[[DuckDBPyRelation], T]) -> T:
        """Return what `look` finds in all rows; raises FileError with the number of rows that are no rows."""
        suffix = len(connection.execute("SELECT 1 FROM duckdb_tables() WHERE temporary").fetchall())
        rejects = f"rejected_{suffix}"
        rows = self._read(
            connection, store_rejects=True, rejects_limit=_MOST_REJECTED, rejects_table=rejects,
            rejects_scan=f"scans_{suffix}",
        )  # fmt: skip
        try:
            found = discreetly(self.shown, lambda: look(rows))
        except FileError:
            raise FileError(self.shown, self._why_unreadable()) from None
        faults = connection.execute(
            f"SELECT error_type::VARCHAR, count(DISTINCT line), min(line) FROM {rejects} GROUP BY ALL ORDER BY ALL"  # noqa: S608 - a name of ours
        ).fetchall()
        if faults:
            raise FileError(self.shown, "; ".join(_fault(*fault) for fault in faults))
        return found

    def _read(self, connection: DuckDBPyConnection, **more: Any) -> DuckDBPyRelation:
        return discreetly(
            self.shown,
            lambda: connection.read_csv(
                literal(self.path), header=True, sep=self.separator, quotechar='"', escapechar='"', auto_detect=False,
                strict_mode=True, columns=dict.fromkeys(self.names, "VARCHAR"), hive_partitioning=False, **more,
            ),
        )  # fmt: skip

    def _why_unreadable(self) -> str:
        with self.path.open("rb") as file:
            start = file.read(MAX_HEADER)
        ends = {end for end in (b"\r\n", b"\n", b"\r") if end in start.replace(b"\r\n", b"" if end != b"\r\n" else end)}
        if len(ends) > 1:
            return "its lines end in different ways: save it again, with one kind of line end"
        return "could not be read as a table of text"


def literal(path: Path) -> str:
    """Return a path as DuckDB must have it: absolute, and with nothing in it that stands for several files.

    >>> literal(Path("/data/part[1]*.csv"))
    '/data/part[[]1][*].csv'
    """
    return "".join(f"[{character}]" if character in "*?[" else character for character in str(path.absolute()))


def _fault(kind: str, rows: int, line: int) -> str:
    many = f"{rows} or more rows have" if rows >= _MOST_REJECTED else "1 row has" if rows == 1 else f"{rows} rows have"
    what = _FAULTS.get(kind, "cells that cannot be read")
    return f"{many} {what} ({'at' if rows == 1 else 'the first at'} line {line})"


def _header(path: Path, shown: str) -> tuple[str, tuple[str, ...]]:
    with path.open("rb") as file:
        start = file.read(MAX_HEADER)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or start[1:2] == b"\0":
        raise FileError(shown, "is UTF-16: save it as UTF-8 (in Excel, as CSV UTF-8)")
    if start[:2] == b"\x1f\x8b":
        raise FileError(shown, "is compressed: unpack it first")
    if b"\0" in start:
        raise FileError(shown, "holds NUL bytes: it is no table of text")
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(start.split(b"\n", 1)[0] if _whole(start) else start)
    except UnicodeDecodeError:
        raise FileError(shown, "the line of column names is not UTF-8: save the file as UTF-8") from None
    separator = "\t" if path.suffix.lower() == ".tsv" else _separator(text)
    try:
        names = next(csv.reader(_lines(text), delimiter=separator, strict=True), [])
    except csv.Error:
        raise FileError(shown, "the line of column names has a quotation mark that is never closed") from None
    if not any(name.strip() for name in names):
        raise FileError(shown, "its first line is blank: it must hold the names of the columns")
    return separator, distinct(shown, [name.strip() or f"column {i}" for i, name in enumerate(names, 1)])


def _lines(text: str) -> Sequence[str]:
    return text.splitlines(keepends=True)


def _whole(start: bytes) -> bool:
    """Whether the first line holds every quotation mark that it opens."""
    return start.split(b"\n", 1)[0].count(b'"') % 2 == 0


def _separator(text: str) -> str:
    """Return the separator that is most frequent outside quotation marks in the line of names."""
    outside = "".join(text.split('"')[::2]).lstrip("\r\n").replace("\r", "\n").split("\n", 1)[0]
    return max(_SEPARATORS, key=outside.count)
