"""How many participants a table has: rows, rows with an id, and distinct ids; its memory does not grow with rows."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from consortflow.participants.fetching import Aside, fetched

if TYPE_CHECKING:
    import narwhals as nw
    from duckdb import DuckDBPyRelation

__all__ = ["Ids", "Look"]

AT_ONCE = 1_500_000
"""How many distinct ids are held at a time."""


class Ids(NamedTuple):
    """Numbers of rows, of rows that have an id, and of different ids."""

    rows: int
    named: int
    distinct: int


class Look:
    """A look at the column `id` of a table, which need not be asked for alone.

    Tables of trials are sorted by participant. Where each id is greater than the one before, all are distinct, and one
    look at each row has shown it. A second look counts what is sorted in any way, equal ids and all; in a table that is
    not sorted, DuckDB looks once for every AT_ONCE rows, at a part of the ids each time.
    A table may come in parts that share no id: frames of its rows, each of which is looked at on a core of its own.
    """

    def __init__(self, frame: nw.LazyFrame[Any] | nw.DataFrame[Any], parts: Collection[nw.LazyFrame[Any]] = ()) -> None:
        self.frame = frame
        self.aside: Aside | None = None
        """What DuckDB is asked, for whoever asks it something before the ids are wanted."""
        if frame.implementation.is_duckdb():
            self.aside = Aside(_rising(part.to_native()) for part in parts or (frame,))

    def ids(self) -> Ids:
        """Return the numbers of ids."""
        import narwhals as nw

        if self.aside is not None:
            looks = [look for (look,) in self.aside.answers()]
            if all((rising and rows == rising + 1) or not rows for rows, rising in looks):
                rows = sum(rows for rows, _ in looks)
                return Ids(rows, rows, rows)
            return _counted(self.frame.to_native(), sum(rows for rows, _ in looks))
        asked = self.frame.select(
            nw.len().alias("n"), nw.col("id").count().alias("named"), nw.col("id").n_unique().alias("ids")
        )
        ((rows, named, distinct),) = fetched(asked)
        return Ids(rows, named, distinct - (rows > named))


def _rising(relation: DuckDBPyRelation) -> DuckDBPyRelation:
    """Return how many rows there are, and how many have an id that is greater than the one of the row before.

    In one run through all rows, whatever the number of threads.
    """
    pairs = relation.project("id, lag(id) OVER () AS before")
    return pairs.aggregate("count(*), count_if(id > before)")


def _counted(relation: DuckDBPyRelation, rows: int) -> Ids:
    """Return the numbers of ids of a relation with so many rows: sorted, or not.

    Texts may be sorted by length first, as those are that stand for numbers: 9, 10.
    """
    pairs = relation.filter("id IS NOT NULL").project(
        "id, lag(id) OVER () AS before, strlen(CAST(id AS VARCHAR)) - strlen(CAST(before AS VARCHAR)) AS longer"
    )
    ((named, same, *sorted_rows),) = pairs.aggregate(
        "count(*), count_if(id = before), count_if(id >= before), count_if(id <= before), "
        "count_if(longer > 0 OR longer = 0 AND id >= before)"
    ).fetchall()
    if named - 1 in sorted_rows:
        return Ids(rows, named, named - same)
    parts = -(-named // AT_ONCE)
    distinct = 0
    for part in range(parts):
        some = relation.filter(f"hash(id) % {parts} = {part}") if parts > 1 else relation
        distinct += some.aggregate("count(DISTINCT id)").fetchall()[0][0]
    return Ids(rows, named, distinct)
