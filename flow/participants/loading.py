"""Rows of Python values into a DuckDB in memory, for tables that DuckDB cannot read itself."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from consortflow.participants.naming import identifier
from consortflow.schemas.diagnostics import quoted
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

__all__ = ["BATCH", "MAX_CELLS", "load"]

BATCH = 10_000
"""Rows that are held as Python values at a time."""
MAX_CELLS = 200_000_000
"""How many cells are loaded into memory at most; larger tables belong in a parquet file, which is read where it is."""

_TYPES: dict[frozenset[type], str] = {
    frozenset({bool}): "BOOLEAN", frozenset({int}): "BIGINT", frozenset({float}): "DOUBLE",
    frozenset({int, float}): "DOUBLE", frozenset({datetime.date}): "DATE", frozenset({datetime.datetime}): "TIMESTAMP",
    frozenset({datetime.date, datetime.datetime}): "TIMESTAMP",
}  # fmt: skip


def load(
    connection: DuckDBPyConnection, shown: str, columns: Sequence[str], batches: Iterable[Sequence[Sequence[Any]]]
) -> DuckDBPyRelation:
    """Return a table in memory from batches, each of them a list of values for each column.

    A column of numbers, of dates or of true and false has their type; any other is text, numbers in it included, as
    they are written. Raises FileError for binary data, and where there are more than MAX_CELLS cells.
    """
    table = f"loaded_{len(connection.execute('SHOW TABLES').fetchall())}"
    places = [f"c{i}" for i in range(len(columns))]
    connection.execute(f"CREATE TABLE {table} ({', '.join(f'{place} VARCHAR' for place in places)})")
    insert = f"INSERT INTO {table} SELECT {', '.join(f'unnest(${i}::VARCHAR[])' for i in range(1, len(columns) + 1))}"
    kinds: list[set[type]] = [set() for _ in columns]
    cells = 0
    for batch in batches:
        cells += sum(map(len, batch))
        if cells > MAX_CELLS:
            raise FileError(shown, f"more than {MAX_CELLS:,} cells: save it as parquet, which is read where it is")
        for kind, values in zip(kinds, batch, strict=True):
            kind.update(map(type, values))
        connection.execute(insert, [[_written(value) for value in values] for values in batch])
    typed = []
    for name, place, kind in zip(columns, places, kinds, strict=True):
        kind.discard(type(None))
        if kind & {bytes, bytearray, memoryview}:
            raise FileError(shown, f"the column {quoted(name)} holds binary data")
        typed.append(f"CAST({place} AS {_TYPES.get(frozenset(kind), 'VARCHAR')}) AS {identifier(name)}")
    return connection.table(table).project(", ".join(typed))


def _written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
