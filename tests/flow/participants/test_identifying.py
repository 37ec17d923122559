"""Ids are counted exactly, whether they are sorted or not, a part at a time."""

import duckdb
import narwhals as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortflow.participants import identifying
from consortflow.participants.identifying import Ids, ids_of

IDS = st.lists(st.one_of(st.none(), st.integers(0, 30).map(str)), max_size=40)


def tables(ids):
    frame = pl.DataFrame({"id": ids}, schema={"id": pl.String})
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (id VARCHAR)")
    if ids:
        connection.execute("INSERT INTO t SELECT unnest($1::VARCHAR[])", [ids])
    return {"DuckDB": connection.table("t"), "Polars": frame, "Polars, lazy": frame.lazy(), "pandas": frame.to_pandas()}


@pytest.mark.parametrize("arranged", [list, lambda ids: sorted(ids, key=lambda one: (one is None, one))])
@given(ids=IDS, at_once=st.integers(1, 50))
def test_every_backend_counts_ids_alike(arranged, ids, at_once):
    given_ids = arranged(ids)
    named = [one for one in given_ids if one is not None]
    expected = Ids(len(given_ids), len(named), len(set(named)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identifying, "AT_ONCE", at_once)
        for backend, table in tables(given_ids).items():
            assert ids_of(nw.from_native(table)) == expected, backend


@pytest.mark.parametrize("ids", [[None], ["a"], [1], [], [3, 4, 4], [4, 3, None], [1, 2, 3]])
def test_few_ids_and_ids_that_are_numbers_are_counted(ids):
    kind = pl.String if ids in ([None], ["a"], []) else pl.Int64
    frame = pl.DataFrame({"id": ids}, schema={"id": kind})
    named = [one for one in ids if one is not None]
    for table in (duckdb.connect().from_arrow(frame.to_arrow()), frame, frame.lazy()):
        assert ids_of(nw.from_native(table)) == Ids(len(ids), len(named), len(set(named)))


@pytest.mark.parametrize("twice", [0, 1, 59_998, 119_999])
def test_one_id_given_twice_is_found_wherever_it_is(twice):
    ids = [f"S{i:07}" for i in range(120_000)]
    for arranged in (sorted([*ids, ids[twice]]), [*ids, ids[twice]], [ids[twice], *reversed(ids)]):
        table = duckdb.connect().from_arrow(pl.DataFrame({"id": arranged}).to_arrow())
        assert ids_of(nw.from_native(table)) == Ids(120_001, 120_001, 120_000)
