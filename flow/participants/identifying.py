"""How many participants a table has: rows, rows with an id, and distinct ids; its memory does not grow with rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from consortflow.participants.fetching import Aside, fetched, texts

if TYPE_CHECKING:
    import narwhals as nw
    from duckdb import DuckDBPyRelation

__all__ = ["Ids", "Look", "portions_of"]

AT_ONCE = 1_000_000
"""How many distinct ids are held at a time."""


class Ids(NamedTuple):
    """Numbers of rows, of rows that have an id, of different ids, and of ids that have several rows."""

    rows: int
    named: int
    distinct: int
    several: int


class Look:
    """A look at the column `id` of a table, which need not be asked for alone.

    Tables of trials are sorted by participant. Where each id is greater than the one before, all are distinct, and one
    look at each row has shown it. A second look counts what is sorted in any way, equal ids and all; in a table that is
    not sorted, DuckDB looks once for every AT_ONCE rows, at a portion of the ids each time.
    A file may come in parts that share no id: frames of its rows, each of which is looked at on a core of its own.
    """

    def __init__(self, frame: nw.LazyFrame[Any] | nw.DataFrame[Any], parts: Collection[nw.LazyFrame[Any]] = ()) -> None:
        self.frame = frame
        self._asked: Aside | None = None
        if frame.implementation.is_duckdb():
            self._asked = Aside(_rising(part.to_native()) for part in parts or (frame,))
        self.aside = self._asked if parts else None
        """What DuckDB may be asked about a file in parts beside something else: a table of text that two questions read
        at once would be held in memory."""

    def ids(self) -> Ids:
        """Return the numbers of ids."""
        if self._asked is None:
            return self._unordered()
        looks = [look for (look,) in self._asked.answers()]
        rows = sum(rows for rows, _ in looks)
        if all((rising and some == rising + 1) or not some for some, rising in looks):
            return Ids(rows, rows, rows, 0)
        relation = self.frame.to_native()
        named, again, several, ordered = _order(relation)
        if ordered:
            return Ids(rows, named, named - again, several)
        return Ids(rows, named, *_counted(relation, named))

    def several(self) -> list[str]:
        """Return the ids that have several rows, as texts."""
        import narwhals as nw

        if self._asked is None:
            return texts([self._several().select("id")])
        relation = self.frame.to_native()
        ((named,),) = relation.aggregate("count(id)").fetchall()
        return texts(nw.from_native(ids.filter("n > 1").project("id")) for ids in _by_id(relation, named))

    def _unordered(self) -> Ids:
        import narwhals as nw

        column = nw.col("id")
        asked = self.frame.select(nw.len().alias("n"), column.count().alias("named"), column.n_unique().alias("ids"))
        ((rows, named, distinct),) = fetched(asked)
        distinct -= rows > named
        several = fetched(self._several().select(nw.len()))[0][0] if distinct < named else 0
        return Ids(rows, named, distinct, several)

    def _several(self) -> Any:
        import narwhals as nw

        frame: Any = self.frame
        return frame.filter(~nw.col("id").is_null()).group_by("id").agg(nw.len().alias("n")).filter(nw.col("n") > 1)


def _rising(relation: DuckDBPyRelation) -> DuckDBPyRelation:
    """Return how many rows there are, and how many have an id that is greater than the one of the row before.

    In one run through all rows, whatever the number of threads.
    """
    pairs = relation.project("id, lag(id) OVER () AS before")
    return pairs.aggregate("count(*), count_if(id > before)")


def _order(relation: DuckDBPyRelation) -> tuple[int, int, int, bool]:
    """Return how many rows have an id, of these an id again, how many ids come again, and whether rows are sorted.

    The second and third are so only in sorted rows, where equal ids follow each other. Texts may be sorted by length
    first, as those are that stand for numbers: 9, 10.
    """
    pairs = relation.filter("id IS NOT NULL").project(
        "id, lag(id) OVER () AS before, lag(id, 2) OVER () AS earlier, "
        "strlen(CAST(id AS VARCHAR)) - strlen(CAST(before AS VARCHAR)) AS longer"
    )
    ((named, again, several, *in_order),) = pairs.aggregate(
        "count(*), count_if(id = before), count_if(id = before AND earlier IS DISTINCT FROM id), "
        "count_if(id >= before), count_if(id <= before), count_if(longer > 0 OR longer = 0 AND id >= before)"
    ).fetchall()
    return named, again, several, named - 1 in in_order


def _counted(relation: DuckDBPyRelation, named: int) -> tuple[int, int]:
    """Return how many different ids a relation has that has so many, and how many have several rows."""
    distinct = several = 0
    for ids in _by_id(relation, named):
        ((different, again),) = ids.aggregate("count(*), count(*) FILTER (n > 1)").fetchall()
        distinct, several = distinct + different, several + again
    return distinct, several


def _by_id(relation: DuckDBPyRelation, named: int) -> Iterator[DuckDBPyRelation]:
    """Yield how many rows `n` each id has, of a relation in which so many rows have one, a portion of the ids each."""
    for portion in portions_of(relation.filter("id IS NOT NULL"), named):
        yield portion.aggregate("id, count(*) AS n", "id")


def portions_of(relation: DuckDBPyRelation, rows: int) -> Iterator[DuckDBPyRelation]:
    """Yield a relation in portions that share no id: as many as so many rows need, the same for every relation."""
    portions = -(-rows // AT_ONCE)
    for portion in range(portions):
        yield relation.filter(f"hash(id) % {portions} = {portion}") if portions > 1 else relation
