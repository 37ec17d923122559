"""SAS transport files (XPT, version 5 and 8), as regulators receive them; read with pyreadstat."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consortflow.participants.discretion import discreetly, extra
from consortflow.participants.loading import load
from consortflow.participants.naming import distinct
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

__all__ = ["transport_names", "transport_table"]

_ROWS = 50_000
_RECORD = 80
_MEMBER = re.compile(rb"HEADER RECORD\*{7}MEMB(?:ER|V8)  HEADER RECORD")
_NONE = "is no SAS transport file"


def transport_names(path: Path, shown: str) -> tuple[str, ...]:
    """Return the names of the variables of a transport file. Raises FileError and MissingExtraError."""
    pyreadstat = extra("pyreadstat", "xpt", "reading .xpt")
    if (members := _members(path)) != 1:
        raise FileError(shown, f"holds {members} data sets: write each to a file of its own" if members else _NONE)
    _, about = discreetly(shown, lambda: pyreadstat.read_xport(str(path), metadataonly=True, output_format="dict"))
    return distinct(shown, about.column_names)


def transport_table(
    connection: DuckDBPyConnection, path: Path, shown: str, columns: Collection[str]
) -> DuckDBPyRelation:
    """Return some variables of a transport file, loaded into memory; dates are dates, and missing ones are missing."""
    names = [name for name in transport_names(path, shown) if name in columns]
    return discreetly(shown, lambda: load(connection, shown, names, _batches(path, names)))


def _batches(path: Path, names: Sequence[str]) -> Iterator[list[list[Any]]]:
    pyreadstat = extra("pyreadstat", "xpt", "reading .xpt")
    start = 0
    while True:
        values, _ = pyreadstat.read_xport(
            str(path), usecols=list(names), row_offset=start, row_limit=_ROWS, output_format="dict"
        )
        batch = [[_present(value) for value in _plain(values[name])] for name in names]
        if not batch[0]:
            return
        yield batch
        start += _ROWS


def _plain(values: Any) -> list[Any]:
    return list(values.tolist() if hasattr(values, "tolist") else values)


def _present(value: Any) -> Any:
    return None if value != value else value  # noqa: PLR0124 - a NaN, and NumPy's missing date, differ from themselves


def _members(path: Path) -> int:
    """Return how many data sets a transport file holds; a reader takes the first and is silent about the others."""
    with path.open("rb") as file:
        if not file.read(_RECORD).startswith(b"HEADER RECORD*******LIB"):
            return 0
        members = 0
        while records := file.read(_RECORD * 10_000):
            members += sum(found.start() % _RECORD == 0 for found in _MEMBER.finditer(records))
        return members
