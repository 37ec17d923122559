"""How many participants a table has: rows, rows with an id, and distinct ids; its memory does not grow with rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from consortflow.participants.fetching import fetched

if TYPE_CHECKING:
    import narwhals as nw
    from duckdb import DuckDBPyRelation

__all__ = ["Ids", "ids_of"]

AT_ONCE = 1_500_000
"""How many distinct ids are held at a time."""


class Ids(NamedTuple):
    """Numbers of rows, of rows that have an id, and of different ids."""

    rows: int
    named: int
    distinct: int


def ids_of(frame: nw.LazyFrame[Any] | nw.DataFrame[Any]) -> Ids:
    """Return the numbers of a table's column `id`.

    Tables of trials are sorted by participant. Where each id is greater than the one before, all are distinct, and one
    look at each row has shown it; otherwise DuckDB looks once for every AT_ONCE rows, at a part of the ids each time.
    """
    import narwhals as nw

    if frame.implementation.is_duckdb():
        return _of_relation(frame.to_native())
    asked = frame.select(nw.len().alias("n"), nw.col("id").count().alias("named"), nw.col("id").n_unique().alias("ids"))
    ((rows, named, distinct),) = fetched(asked)
    return Ids(rows, named, distinct - (rows > named))


def _of_relation(relation: DuckDBPyRelation) -> Ids:
    pairs = relation.project("id, lag(id) OVER () AS before")
    ((rows, sorted_rows),) = pairs.aggregate("count(*), count_if(id > before)").fetchall()
    if rows > 1 and sorted_rows == rows - 1:  # in one run through all rows, whatever the number of threads
        return Ids(rows, rows, rows)
    ((named,),) = relation.aggregate("count(id)").fetchall()
    parts = -(-named // AT_ONCE)
    distinct = 0
    for part in range(parts):
        some = relation.filter(f"hash(id) % {parts} = {part}") if parts > 1 else relation
        distinct += some.aggregate("count(DISTINCT id)").fetchall()[0][0]
    return Ids(rows, named, distinct)
