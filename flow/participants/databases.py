"""Tables of DuckDB and SQLite database files, which are opened to be read only."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from consortflow.participants.discretion import discreetly
from consortflow.participants.loading import BATCH, load
from consortflow.participants.naming import distinct, identifier
from consortflow.schemas.diagnostics import quoted
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

__all__ = ["chosen", "duckdb_table", "sqlite_names", "sqlite_table"]

_MOST_LISTED = 20
_LARGEST_CELL = 1_000_000


def chosen(shown: str, part: str, there: Sequence[str], what: str) -> str:
    """Return which table (or sheet) of a file is meant: the one that is named, or the only one.

    Raises FileError that lists what there is.
    """
    if part in there:
        return part
    alike = [name for name in there if name.casefold() == part.casefold()]
    if len(alike) == 1:
        return alike[0]
    if not part and len(there) == 1:
        return there[0]
    if not there:
        raise FileError(shown, f"holds no {what}")
    listed = ", ".join(map(quoted, there[:_MOST_LISTED])) + (" and more" if len(there) > _MOST_LISTED else "")
    if part:
        raise FileError(shown, f"holds no {what} {quoted(part)}; there is {listed}")
    raise FileError(shown, f"holds several {what}s: write {Path(shown).name}::{there[0]} for one of {listed}")


def duckdb_table(connection: DuckDBPyConnection, path: Path, shown: str, part: str) -> DuckDBPyRelation:
    """Return a table or view of a DuckDB file, without a copy of it."""
    alias = discreetly(shown, lambda: _attached(connection, path))
    found = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1 AND NOT internal UNION "
        "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $1 AND NOT internal",
        [alias],
    ).fetchall()
    names = {table if schema == "main" else f"{schema}.{table}": (schema, table) for schema, table in found}
    schema, table = names[chosen(shown, part, sorted(names), "table")]
    return discreetly(
        shown, lambda: connection.sql(f"FROM {identifier(alias)}.{identifier(schema)}.{identifier(table)}")
    )


def _attached(connection: DuckDBPyConnection, path: Path) -> str:
    place = str(path.resolve())
    databases = connection.execute("SELECT database_name, path FROM duckdb_databases()").fetchall()
    for name, known in databases:
        if known == place:
            return str(name)
    alias = f"file_{len(databases)}"
    connection.execute(f"ATTACH '{place.replace(chr(39), chr(39) * 2)}' AS {alias} (TYPE duckdb, READ_ONLY)")
    return alias


def sqlite_names(path: Path, shown: str, part: str) -> tuple[str, ...]:
    """Return the names of the columns of a table or view of an SQLite file."""
    with closing(_sqlite(path, shown)) as database:
        return discreetly(shown, lambda: _columns(database, shown, _sqlite_table(database, shown, part)))


def sqlite_table(
    connection: DuckDBPyConnection, path: Path, shown: str, part: str, columns: Collection[str]
) -> DuckDBPyRelation:
    """Return some columns of a table or view of an SQLite file, loaded into memory."""
    with closing(_sqlite(path, shown)) as database:
        table = discreetly(shown, lambda: _sqlite_table(database, shown, part))
        names = [name for name in _columns(database, shown, table) if name in columns]
        return discreetly(shown, lambda: load(connection, shown, names, _batches(database, table, names)))


def _sqlite(path: Path, shown: str) -> sqlite3.Connection:
    def opened() -> sqlite3.Connection:
        database = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_CELL)
        database.execute("PRAGMA trusted_schema = OFF")  # a schema may come from anyone
        database.execute("PRAGMA query_only = ON")
        return database

    return discreetly(shown, opened)


def _sqlite_table(database: sqlite3.Connection, shown: str, part: str) -> str:
    rows = database.execute(
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND substr(name, 1, 7) != 'sqlite_' ORDER BY 1"
    ).fetchall()
    return chosen(shown, part, [name for (name,) in rows], "table")


def _columns(database: sqlite3.Connection, shown: str, table: str) -> tuple[str, ...]:
    rows = database.execute("SELECT name FROM pragma_table_info(?)", [table]).fetchall()
    return distinct(shown, [name for (name,) in rows])


def _batches(database: sqlite3.Connection, table: str, columns: Sequence[str]) -> Iterator[list[list[Any]]]:
    rows = database.execute(f"SELECT {', '.join(map(identifier, columns))} FROM {identifier(table)}")  # noqa: S608 - quoted
    while batch := rows.fetchmany(BATCH):
        yield [list(values) for values in zip(*batch, strict=True)]
