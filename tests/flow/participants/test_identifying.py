"""Ids are counted exactly, whether they are sorted or not, a part at a time."""

from collections import Counter
from decimal import Decimal

import duckdb
import narwhals as nw
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

import consortflow as cf
from consortflow.participants import columnar, fetching, identifying, tables
from consortflow.participants.fetching import Aside, fetched
from consortflow.participants.from_records import count_records
from consortflow.participants.identifying import Ids, Look

IDS = st.lists(st.one_of(st.none(), st.integers(0, 30).map(str)), max_size=40)


def numbers(ids):
    found = Counter(one for one in ids if one not in (None, ""))
    return Ids(len(ids), found.total(), len(found), sum(n > 1 for n in found.values()))


def several(ids):
    return sorted(str(one) for one, n in Counter(ids).items() if n > 1 and one not in (None, ""))


def every_kind(ids):
    frame = pl.DataFrame({"id": ids}, schema={"id": pl.String})
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (id VARCHAR)")
    if ids:
        connection.execute("INSERT INTO t SELECT unnest($1::VARCHAR[])", [ids])
    return {"DuckDB": connection.table("t"), "Polars": frame, "Polars, lazy": frame.lazy(), "pandas": frame.to_pandas()}


ARRANGED = {
    "as they come": list,
    "sorted": lambda ids: sorted(ids, key=lambda one: (one is None, one)),
    "falling": lambda ids: sorted(ids, key=lambda one: (one is not None, one), reverse=True),
    "as numbers": lambda ids: sorted(ids, key=lambda one: -1 if one is None else int(one)),
}


@pytest.mark.parametrize("arranged", ARRANGED.values(), ids=ARRANGED)
@given(ids=IDS, at_once=st.integers(1, 50))
def test_every_backend_counts_ids_alike(arranged, ids, at_once):
    given_ids = arranged(ids)
    expected = numbers(given_ids)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identifying, "AT_ONCE", at_once)
        for backend, table in every_kind(given_ids).items():
            look = Look(nw.from_native(table))
            assert look.ids() == expected, backend
            assert look.several() == several(given_ids), backend


@pytest.mark.parametrize("ids", [[None], ["a"], [1], [], [3, 4, 4], [4, 3, None], [1, 2, 3]])
def test_few_ids_and_ids_that_are_numbers_are_counted(ids):
    kind = pl.String if ids in ([None], ["a"], []) else pl.Int64
    frame = pl.DataFrame({"id": ids}, schema={"id": kind})
    for table in (duckdb.connect().from_arrow(frame.to_arrow()), frame, frame.lazy()):
        look = Look(nw.from_native(table))
        assert look.ids() == numbers(ids)
        assert look.several() == several(ids)


@pytest.mark.parametrize("arranged", ["sorted", "falling", "as numbers"])
def test_sorted_ids_are_looked_at_twice_at_most_in_whatever_way_they_are_sorted(arranged, monkeypatch):
    ids = ARRANGED[arranged]([None, None, *(str(number) for number in range(2000)), "7", "700", "700"])
    table = duckdb.connect().from_arrow(pl.DataFrame({"id": ids}, schema={"id": pl.String}).to_arrow())
    monkeypatch.setattr(identifying, "AT_ONCE", 0)  # there is no third look
    assert Look(nw.from_native(table)).ids() == Ids(2005, 2003, 2000, 2)
    for number in (0, 1, 500, 1999, 2004):
        moved = [*ids[:number], *ids[number + 1 :], ids[number]]
        table = duckdb.connect().from_arrow(pl.DataFrame({"id": moved}, schema={"id": pl.String}).to_arrow())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(identifying, "AT_ONCE", 1000)
            assert Look(nw.from_native(table)).ids() == Ids(2005, 2003, 2000, 2)


@pytest.mark.parametrize("twice", [0, 1, 59_998, 119_999])
def test_one_id_given_twice_is_found_wherever_it_is(twice):
    ids = [f"S{i:07}" for i in range(120_000)]
    for arranged in (sorted([*ids, ids[twice]]), [*ids, ids[twice]], [ids[twice], *reversed(ids)]):
        table = duckdb.connect().from_arrow(pl.DataFrame({"id": arranged}).to_arrow())
        assert Look(nw.from_native(table)).ids() == Ids(120_001, 120_001, 120_000, 1)


# Parts of a parquet file

KEYS = {
    "texts": st.one_of(st.integers(0, 40).map("P{:02}".format), st.sampled_from(["", "é", "Z\\", "\x01"])),
    "whole numbers": st.integers(-20, 40),
    "decimals": st.integers(-20, 40).map(lambda one: Decimal(one).scaleb(-1)),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("parts")


@pytest.mark.parametrize("keys", KEYS)
@given(data=st.data())
def test_ids_are_counted_alike_in_whatever_parts_a_file_comes(folder, keys, data):
    ids = data.draw(st.lists(st.one_of(st.none(), KEYS[keys]) if data.draw(st.booleans()) else KEYS[keys], max_size=30))
    if data.draw(st.booleans()):
        ids = sorted({one for one in ids if one is not None})
        ids += ids[-1:] * data.draw(st.integers(0, 1))
    table = pa.table({"ID": pa.array(ids, pa.string() if keys == "texts" else None), "N": range(len(ids))})
    pa.parquet.write_table(table, folder / "t.parquet", row_group_size=data.draw(st.integers(1, 6)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columnar, "PART", data.draw(st.integers(1, 12)))
        threads = data.draw(st.integers(1, 5))
        patch.setattr(tables, "_threads", lambda _: threads)
        rows, _, parts = tables.opened(folder / "t.parquet", key="ID", columns=["ID"])
    frame = nw.from_native(rows).with_columns(nw.col("ID").alias("id"))
    some = [frame.filter(nw.col("file_row_number").is_between(*part)) for part in parts]
    held = [{row[0] for row in fetched(part.select("id")) if row[0] is not None} for part in some]
    assert [row for first, last in parts for row in range(first, last + 1)] == list(range(len(ids) if parts else 0))
    assert len(parts) <= threads
    assert sum(map(len, held)) == len(set().union(*held)), "parts share no id"
    look = Look(frame, some)
    assert look.ids() == numbers(ids)
    assert look.several() == several(ids)


def test_a_sorted_file_comes_in_parts_of_one_size_and_an_unsorted_one_whole(tmp_path):
    connection = tables.connect()
    for name, order in (("sorted", "PERSON"), ("shuffled", "hash(PERSON)"), ("late", "(PERSON + 500_000) % 3_000_000")):
        people = connection.sql("SELECT 'P' || lpad(i::VARCHAR, 7, '0') AS ID, i AS PERSON FROM range(3_000_000) t(i)")
        people.order(order).write_parquet(str(tmp_path / f"{name}.parquet"), row_group_size=102_400)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_threads", lambda _: 2)
        for key in ("ID", "PERSON"):
            parts = tables.opened(tmp_path / "sorted.parquet", key=key, columns=[key]).parts
            assert [end - start + 1 for start, end in parts] == [1_536_000, 1_464_000]
            assert tables.opened(tmp_path / "shuffled.parquet", key=key, columns=[key]).parts == ()
            assert tables.opened(tmp_path / "late.parquet", key=key, columns=[key]).parts == ()
    assert tables.opened(tmp_path / "sorted.parquet", columns=["ID"]).parts == (), "nobody asked"


def test_a_file_that_numbers_its_rows_itself_comes_whole(tmp_path):
    pa.parquet.write_table(
        pa.table({"ID": ["a", "b"], "File_Row_Number": [7, 7]}), tmp_path / "t.parquet", row_group_size=1
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columnar, "PART", 1)
        found = tables.opened(tmp_path / "t.parquet", key="ID")
    assert found.parts == ()
    assert sorted(fetched(nw.from_native(found.table))) == [("a", 7), ("b", 7)]


def test_the_ids_of_a_large_file_are_looked_at_while_it_is_counted(tmp_path, monkeypatch):
    asked = []
    together = fetching._together

    def noted(questions):
        asked.append(len(questions))
        return together(questions)

    monkeypatch.setattr(fetching, "_together", noted)
    monkeypatch.setattr(columnar, "PART", 100)
    monkeypatch.setattr(tables, "_threads", lambda _: 3)
    study = cf.loads(
        "records: {id: ID}\nstages: [{kind: screening, exits: [{label: Out, where: N = 3}]}, {kind: enrollment}]\n"
    )
    for twice in (None, 0, 500, 999):
        ids = sorted([*range(1000), *([] if twice is None else [twice])])
        table = pa.table({"ID": [f"P{one:04}" for one in ids], "N": [one % 5 for one in ids]})
        pa.parquet.write_table(table, tmp_path / "t.parquet", row_group_size=100)
        asked.clear()
        counted = count_records(study, tmp_path / "t.parquet")
        assert asked == [4], "three parts and the flow in one query"
        pa.csv.write_csv(table, tmp_path / "t.csv")
        asked.clear()
        assert count_records(study, tmp_path / "t.csv").numbers == counted.numbers
        assert asked == [1], "text is read by one question at a time"
        assert counted.numbers["screening/out"] == sum(one % 5 == 3 for one in ids)
        found = [finding.code for finding in counted.findings if finding.code == "N105"]
        assert found == ([] if twice is None else ["N105"])
        assert [one for _, one in counted.ids()] == ([] if twice is None else [f"P{twice:04}"])


def test_what_is_asked_aside_is_asked_once():
    connection = duckdb.connect()
    one, two = connection.sql("SELECT 1"), connection.sql("SELECT 2::TINYINT AS a, 3 AS b, 4::HUGEINT AS c")
    none = connection.sql("SELECT 1 WHERE false")
    assert Aside([one, none]).beside(two) == [(2, 3, 4)]
    aside = Aside([one, two, none])
    assert aside.beside(one.union(one)) == [(1,), (1,)]
    connection.close()
    assert aside.answers() == [[(1,)], [(2, 3, 4)], []], "these came along"
