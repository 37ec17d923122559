"""Tables of every kind are read alike: the same rows, ids as they are written, and missing where nothing is."""

import datetime
import sqlite3
import sys
from pathlib import Path

import duckdb
import narwhals as nw
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pyreadstat
import pytest
from trial_tables import COLUMNS, FRAMES, ROWS, WRITERS, open_table, rows, write

from consortflow.participants import loading, workbooks
from consortflow.participants.discretion import TableError
from consortflow.participants.missing import looks_missing
from consortflow.participants.tables import SUFFIXES, column_names, connect, opened
from consortflow.schemas.errors import FileError, MissingExtraError

DATA = Path(__file__).parents[4] / "shared" / "data" / "participants"


def written(tmp_path, text, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(tmp_path, text, name="t.csv", **how):
    return rows(open_table(written(tmp_path, text, name), **how))


def kinds(native):
    return [str(kind) for kind in nw.from_native(native).collect_schema().values()]


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file_gives_the_same_rows(tmp_path, name):
    path = write(tmp_path, name)
    expected = rows(pl.DataFrame(ROWS, schema=list(COLUMNS), orient="row"))
    assert column_names(path) == COLUMNS
    table = open_table(path)
    assert rows(table) == expected
    assert isinstance(table, duckdb.DuckDBPyRelation)
    assert [k.split("(")[0] for k in kinds(table)] == [
        "String", "Float64" if name.endswith("xpt") else "Int64", "Float64", "String", "Date",
    ]  # fmt: skip


def test_every_kind_of_file_is_tried():
    assert {"." + name.rsplit(".", 1)[1] for name in WRITERS} == set(SUFFIXES) - {".pq", ".ipc", ".ddb", ".sqlite3"}


@pytest.mark.parametrize("kind", FRAMES)
def test_a_data_frame_stays_what_it_is(kind):
    frame = FRAMES[kind]()
    table = open_table(frame)
    assert type(table) is type(frame)
    assert column_names(frame) == COLUMNS
    present = [[None if pd.isna(value) else value for value in row] for row in rows(table)]
    assert [row[:4] for row in present] == [list(row[:4]) for row in ROWS]
    days = [value if value is None else datetime.date(value.year, value.month, value.day) for *_, value in present]
    assert days == [row[4] for row in ROWS]


@pytest.mark.parametrize("name", ["adsl.csv", "adsl.parquet", "adsl.xpt", "adsl.xlsx", "adsl.sqlite", "adsl.duckdb"])
def test_only_the_columns_that_are_wanted_are_opened(tmp_path, name):
    table = open_table(write(tmp_path, name), columns=["SAFFL", "USUBJID"])
    assert nw.from_native(table).collect_schema().names() == ["USUBJID", "SAFFL"]
    assert [row[0] for row in rows(table)] == ["001", "002", "010", "100"]
    with pytest.raises(FileError, match=r'adsl\.\w+: has no column "SAFFLE"$'):
        open_table(tmp_path / name, columns=["SAFFLE"])


def test_tables_opened_together_can_be_joined(tmp_path):
    connection = connect()
    one = open_table(write(tmp_path, "adsl.csv"), connection=connection)
    two = open_table(write(tmp_path, "adsl.sqlite"), connection=connection, columns=["USUBJID"])
    three = open_table(write(tmp_path, "adsl.duckdb"), connection=connection, columns=["USUBJID"])
    four = open_table(tmp_path / "adsl.duckdb", connection=connection, columns=["USUBJID"])
    joined = nw.from_native(one)
    for other in (two, three, four):
        joined = joined.join(nw.from_native(other), on="USUBJID")
    assert len(rows(joined.to_native())) == 4


def test_a_path_is_relative_to_the_folder_that_is_given(tmp_path, monkeypatch):
    (tmp_path / "study").mkdir()
    write(tmp_path, "adsl.csv")
    monkeypatch.chdir(tmp_path / "study")
    with pytest.raises(FileError, match=r"^adsl\.csv: no such file or folder$"):
        open_table("adsl.csv")
    assert len(rows(open_table("adsl.csv", folder=tmp_path))) == 4
    assert len(rows(open_table("../adsl.csv", folder=tmp_path / "study"))) == 4
    assert len(rows(open_table(tmp_path / "adsl.csv", folder="/nowhere"))) == 4


@pytest.mark.parametrize("folder", ["a=1", "[12]", "{x}", "a*b?", "it's"])
@pytest.mark.parametrize("name", ["adsl.csv", "adsl.parquet", "adsl.duckdb", "adsl.sqlite", "adsl.xlsx", "adsl.arrow"])
def test_a_name_is_never_a_pattern(tmp_path, folder, name):
    path = write(tmp_path, name).rename((tmp_path / folder).mkdir() or tmp_path / folder / name)
    for decoy in ("1", "2", "x", "aXbY"):
        (tmp_path / decoy).mkdir()
        write(tmp_path / decoy, name)
    assert column_names(path) == COLUMNS
    assert len(rows(open_table(path))) == 4


# Text


def test_ids_keep_their_zeros_and_numbers_that_are_too_long(tmp_path):
    text = "A,B,C,D,E\n007,1,12345678901234567890,1.10,+5\n008,2,12345678901234567891,1.1,6\n"
    table = open_table(written(tmp_path, text))
    assert kinds(table) == ["String", "Int64", "String", "Float64", "String"]
    assert [row[0] for row in rows(table)] == ["007", "008"]
    kept = open_table(written(tmp_path, text), kinds={"D": "text", "B": "number"})
    assert kinds(kept) == ["String", "Int64", "String", "String", "String"]
    assert [row[3] for row in rows(kept)] == ["1.10", "1.1"]


def test_one_row_among_many_keeps_its_column_text(tmp_path):
    text = "A\n" + "1\n" * 50_000 + "x\n"
    assert kinds(open_table(written(tmp_path, text))) == ["String"]
    assert kinds(open_table(written(tmp_path, text), kinds={"A": "number"})) == ["String"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2", "0", ""], "Int64"),
        (["1", "2.50"], "Float64"),
        (["1e+05", "2"], "Float64"),
        (["9223372036854775807"], "Int64"),
        (["9223372036854775808"], "String"),
        (["1,5"], "String"),
        (["0x10"], "String"),
        (["1_000"], "String"),
        ([" 1"], "String"),
        (["nan"], "String"),
        (["inf"], "String"),
        (["NA", "1"], "String"),
        (["2014-01-02", ""], "Date"),
        (["2014-01-02", "2014-01"], "String"),
        (["2014-02-30"], "String"),
        (["2014-01-02", "2014-01-02T11:45"], "Datetime"),
        (["02JAN2014"], "String"),
        (["TRUE", "FALSE", ""], "Boolean"),
        (["true", "1"], "String"),
        (["Y", "N"], "String"),
        (["", ""], "String"),
    ],
)
def test_a_column_is_what_all_of_its_values_are(tmp_path, values, kind):
    text = "A,B\n" + "".join(f'"{value}",x\n' for value in values)
    assert kinds(open_table(written(tmp_path, text)))[0].split("(")[0] == kind


def test_a_criterion_decides_what_a_column_is_read_as(tmp_path):
    text = "SITE,DAY,DEATH,AGE\n701,2014-01-02,,063\n702,2014-02-03,,64\n"
    wanted = {"SITE": "text", "DAY": "date", "DEATH": "date", "AGE": "number"}
    table = open_table(written(tmp_path, text), kinds=wanted)
    assert [kind.split("(")[0] for kind in kinds(table)] == ["String", "Date", "Datetime", "String"]
    assert {row[0] for row in rows(table)} == {"701", "702"}


@pytest.mark.parametrize("name", ["t.parquet", "t.sqlite", "t.xlsx", "t.csv"])
def test_dates_and_numbers_that_are_text_are_read_as_such_where_asked(tmp_path, name):
    values = {"ID": ["1", "2"], "DTC": ["2014-01-02", "2014-02-03"], "SEQ": ["7", "8"]}
    frame = pd.DataFrame(values)
    match name.split(".")[1]:
        case "parquet":
            frame.to_parquet(tmp_path / name)
        case "xlsx":
            frame.to_excel(tmp_path / name, index=False)
        case "csv":
            frame.to_csv(tmp_path / name, index=False)
        case _:
            with sqlite3.connect(tmp_path / name) as database:
                frame.to_sql("t", database, index=False)
            database.close()
    table = open_table(tmp_path / name, kinds={"ID": "text", "DTC": "date", "SEQ": "number"})
    assert kinds(table) == ["String", "Date", "Int64"]


def test_na_is_text_unless_a_study_says_otherwise(tmp_path):
    text = "ID,REGION,AGE,FL\n1,NA,NA,NA\n2,EU,64,Y\n"
    assert read(tmp_path, text)[0] == (1, "NA", "NA", "NA")
    assert read(tmp_path, text, missing_values=["NA"])[0] == (1, None, None, None)
    assert kinds(open_table(written(tmp_path, text), missing_values=["NA"])) == ["Int64", "String", "Int64", "String"]
    some = {"AGE": ["NA", "."], "FL": ["NA"]}
    assert read(tmp_path, text, missing_values=some)[0] == (1, "NA", None, None)


@pytest.mark.parametrize("kind", ["parquet", "pandas", "polars", "xpt"])
def test_what_is_missing_is_so_in_every_kind_of_table(tmp_path, kind):
    frame = pd.DataFrame({"ID": ["a", "b", "c"], "X": [1.0, float("nan"), 3.0], "FL": ["", "NA", "Y"]})
    given = {
        "parquet": lambda: frame.to_parquet(tmp_path / "t.parquet") or tmp_path / "t.parquet",
        "pandas": lambda: frame,
        "polars": lambda: pl.DataFrame({name: list(frame[name]) for name in frame}),
        "xpt": lambda: pyreadstat.write_xport(frame, str(tmp_path / "t.xpt")) or tmp_path / "t.xpt",
    }[kind]()
    found = [[None if pd.isna(v) else v for v in row] for row in rows(open_table(given, missing_values=["NA"]))]
    assert found == [["a", 1.0, None], ["b", None, None], ["c", 3.0, "Y"]]


def test_spellings_of_missing_are_counted_and_never_guessed(tmp_path):
    text = "ID,REGION,FL\n1,NA,.\n2,NA,.\n3,EU,N/A\n"
    table = open_table(written(tmp_path, text))
    assert looks_missing(table, ["ID", "REGION", "FL"]) == {"REGION": {"NA": 2}, "FL": {".": 2, "N/A": 1}}
    assert looks_missing(table, ["ID"]) == {}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("\ufeffA,B\n1,2\n", ("A", "B")),
        ('"A, first","B ""x"""\n1,2\n', ("A, first", 'B "x"')),
        ('"A\nb",C\n1,2\n', ("A\nb", "C")),
        (" A , B\n1,2\n", ("A", "B")),
        ('"","A"\n1,2\n', ("column 1", "A")),
        ("A;B\n1,5;2\n", ("A", "B")),
        ("A|B\n1|2\n", ("A", "B")),
        ("A\tB\n1\t2\n", ("A", "B")),
        ("A,B\r\n1,2\r\n", ("A", "B")),
        ("A,B\r1,2\r", ("A", "B")),
        ("A,B", ("A", "B")),
        ("Größe,中\n1,2\n", ("Größe", "中")),
    ],
)
def test_the_first_line_names_the_columns(tmp_path, text, names):
    path = written(tmp_path, text)
    assert column_names(path) == names
    assert len(rows(open_table(path))) == (0 if text == "A,B" else 1)


def test_quotation_marks_hold_line_ends_and_commas(tmp_path):
    assert read(tmp_path, 'A,B\n1,"x, ""y""\nz"\n2,\n') == [(1, 'x, "y"\nz'), (2, None)]


def test_blank_rows_of_one_column_are_people_without_a_value(tmp_path):
    assert read(tmp_path, "A\n1\n\n3\n") == [(1,), (3,), (None,)]


REFUSED = {
    "A,B\n1\n2,3\n4,5,6\n": "1 row has fewer cells than there are columns (at line 2); "
    "1 row has more cells than there are columns (at line 4)",
    "A,B\n" + "1\n" * 3: "3 rows have fewer cells than there are columns (the first at line 2)",
    "A,B\n" + "1\n" * 1500: "1000 or more rows have fewer cells than there are columns (the first at line 2)",
    'A,B\n1,"2\n3,4\n': "1 row has a quotation mark that is never closed, or text after one (at line 2)",
    b"A,B\n1,\xff\xe9x\n": "1 row has text that is not UTF-8 (at line 2)",
    b"A\xe9,B\n1,2\n": "the line of column names is not UTF-8: save the file as UTF-8",
    "A,B,A\n1,2,3\n": 'several columns have one name: "A"',
    "AGE,age\n1,2\n": 'the columns "AGE" and "age" differ in case only: rename one',
    "\nA,B\n1,2\n": "its first line is blank: it must hold the names of the columns",
    ",,\n1,2,3\n": "its first line is blank: it must hold the names of the columns",
    '"A,B\n1,2\n': "the line of column names has a quotation mark that is never closed",
    "A,B\r\n1,2\n3,4\r\n": "its lines end in different ways: save it again, with one kind of line end",
    "A,B\n1,2\0\n": "holds NUL bytes: it is no table of text",
    "": "is empty",
    "A,B\n1,2\n".encode("utf-16"): "is UTF-16: save it as UTF-8 (in Excel, as CSV UTF-8)",
    "A,B\n1,2\n".encode("utf-16-le"): "is UTF-16: save it as UTF-8 (in Excel, as CSV UTF-8)",
    b"\x1f\x8b\x08\0\0\0\0\0": "is compressed: unpack it first",
}


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_text_that_is_no_table_is_refused_in_one_sentence(tmp_path, text):
    with pytest.raises(FileError) as caught:
        open_table(written(tmp_path, text))
    assert caught.value.problem == REFUSED[text]


@pytest.mark.parametrize("row", [2, 100_000, 200_000])
def test_a_short_row_is_found_wherever_it_is_and_whatever_is_looked_at(tmp_path, row):
    lines = ["A,B,C"] + ["1,2,3"] * 200_000
    lines[row - 1] = "1,2"
    path = written(tmp_path, "\n".join(lines))
    for columns in (["A"], ["C"], None):
        with pytest.raises(FileError, match=rf"1 row has fewer cells than there are columns \(at line {row}\)"):
            open_table(path, columns=columns, kinds={} if columns else None)


def test_text_that_is_not_utf8_is_found_in_every_column_that_is_used(tmp_path):
    path = written(tmp_path, b"A,B\n" + b"1,2\n" * 100_000 + b"1,\xe9\n" * 3)
    with pytest.raises(FileError, match=r"3 rows have text that is not UTF-8 \(the first at line 100002\)"):
        open_table(path, kinds={})


# Databases, workbooks, transport files


def test_a_table_of_several_is_named_after_two_colons(tmp_path):
    path = tmp_path / "trial.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE SCHEMA derived; CREATE TABLE dm (ID INT); CREATE TABLE derived.adsl (ID INT, AGE INT)")
        database.execute("CREATE VIEW adults AS SELECT * FROM dm; INSERT INTO dm VALUES (1), (2)")
    before = path.read_bytes()
    assert column_names(f"{path}::derived.adsl") == ("ID", "AGE")
    assert rows(open_table(f"{path}::DM")) == rows(open_table(f"{path}::adults")) == [(1,), (2,)]
    for place, problem in {
        path: 'holds several tables: write trial.duckdb::adults for one of "adults", "derived.adsl", "dm"',
        f"{path}::ds": 'holds no table "ds"; there is "adults", "derived.adsl", "dm"',
    }.items():
        with pytest.raises(FileError) as caught:
            open_table(place)
        assert caught.value.problem == problem
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_database_is_only_read(tmp_path):
    path = write(tmp_path, "adsl.sqlite")
    before = path.read_bytes()
    path.chmod(0o444)
    open_table(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    connection = connect()
    open_table(write(tmp_path, "adsl.duckdb"), connection=connection)
    names = [name for (name,) in connection.execute("SELECT database_name FROM duckdb_databases()").fetchall()]
    (attached,) = [name for name in names if name.startswith("file_")]
    with pytest.raises(duckdb.Error, match="read-only"):
        connection.execute(f"CREATE TABLE {attached}.x AS SELECT 1 AS a")


def test_columns_of_mixed_values_are_text(tmp_path):
    book = openpyxl.Workbook()
    for row in [("ID", "SITE", "N", "FLAG"), (701, 1, 1.5, True), ("701A", 2.0, 2, False), (None, None, None, None)]:
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    table = open_table(tmp_path / "t.xlsx")
    assert kinds(table) == ["String", "Int64", "Float64", "Boolean"]
    assert rows(table) == [("701", 1, 1.5, True), ("701A", 2, 2.0, False)]


def test_a_sheet_of_several_is_named_and_a_hidden_one_is_no_choice(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "DM"
    book.active.append(["ID"])
    book.create_sheet("notes").sheet_state = "hidden"
    book.save(tmp_path / "t.xlsx")
    assert column_names(tmp_path / "t.xlsx") == ("ID",)
    book.create_sheet("AD SL").append(["USUBJID"])
    book.save(tmp_path / "t.xlsx")
    assert column_names(f"{tmp_path / 't.xlsx'}::AD SL") == ("USUBJID",)
    with pytest.raises(FileError, match=r'holds several sheets: write t\.xlsx::DM for one of "DM", "AD SL"'):
        column_names(tmp_path / "t.xlsx")


def test_a_sheet_is_its_first_row_and_the_rows_that_are_not_blank(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [("ID", None, "AGE"), (1, "x", 2), (None,), ("  ",), (3, None, 4)]:
        sheet.append(row)
    sheet["Z9"] = "a remark far away"
    book.save(tmp_path / "t.xlsx")
    assert column_names(tmp_path / "t.xlsx") == ("ID", "column 2", "AGE")
    assert rows(open_table(tmp_path / "t.xlsx")) == [(1, "x", 2), (3, None, 4)]


WORKBOOKS = {
    "a value beside the columns": (
        lambda sheet: sheet.__setitem__("F3", "x"),
        "1 cell holds a value beside the 2 columns that have names",
    ),
    "the error of a formula": (
        lambda sheet: [sheet.__setitem__(cell, "#N/A") for cell in ("A3", "B4")],
        "2 cells hold the error of a formula (#N/A and the like)",
    ),
    "a formula without its result": (
        lambda sheet: sheet.__setitem__("B3", "=1+1"),
        "1 cell holds a formula whose result was never saved: open it in Excel or LibreOffice and save it",
    ),
    "a cell far below": (
        lambda sheet: sheet.__setitem__("A1048576", 1),
        "a cell stands more than 1,000 blank rows below the table: delete it",
    ),
    "a name far to the right": (lambda sheet: sheet.__setitem__("XFD1", "FAR"), "has more than 4,096 columns"),
    "a blank first row": (
        lambda sheet: sheet.delete_rows(1) or sheet.insert_rows(1),
        "its first row is blank: it must hold the names of the columns",
    ),
    "names that differ in case": (
        lambda sheet: sheet.__setitem__("B1", "id"),
        'the columns "ID" and "id" differ in case only: rename one',
    ),
}


@pytest.mark.parametrize("case", WORKBOOKS)
def test_a_sheet_that_is_no_table_is_refused_in_one_sentence(tmp_path, case):
    spoil, problem = WORKBOOKS[case]
    book = openpyxl.Workbook()
    for row in [("ID", "AGE"), (1, 2), (3, 4)]:
        book.active.append(row)
    spoil(book.active)
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(FileError) as caught:
        open_table(tmp_path / "t.xlsx")
    assert caught.value.problem == problem


def test_a_cell_far_to_the_right_is_no_part_of_the_table(tmp_path):
    book = openpyxl.Workbook()
    for row in [("ID", "AGE"), (1, 2)]:
        book.active.append(row)
    book.active["XFD1048576"] = "far"
    book.save(tmp_path / "t.xlsx")
    assert rows(open_table(tmp_path / "t.xlsx")) == [(1, 2)]


def test_a_transport_file_of_several_data_sets_is_refused(tmp_path):
    path = write(tmp_path, "adsl.xpt")
    data = path.read_bytes()
    path.write_bytes(data + data[240:])
    with pytest.raises(FileError, match="holds 2 data sets: write each to a file of its own"):
        open_table(path)


def test_a_transport_file_is_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("consortflow.participants.transport._ROWS", 3)
    assert len(rows(open_table(write(tmp_path, "adsl.xpt")))) == 4


def test_what_is_loaded_is_limited(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "MAX_CELLS", 10)
    with pytest.raises(FileError, match="more than 10 cells: save it as parquet"):
        open_table(write(tmp_path, "adsl.sqlite"))
    monkeypatch.setattr(workbooks, "MAX_UNPACKED", 2 * 1024 * 1024)
    book = openpyxl.Workbook()
    book.active.append(["A"])
    book.active.append(["x" * 32_000])
    for _ in range(100):
        book.active.append(["y" * 32_000 + str(_)])
    book.save(tmp_path / "big.xlsx")
    with pytest.raises(FileError, match="unpacks to more than 2 MB: save the sheet as CSV"):
        open_table(tmp_path / "big.xlsx")


def test_binary_columns_are_refused_where_they_are_used(tmp_path):
    with sqlite3.connect(tmp_path / "t.sqlite") as database:
        database.execute("CREATE TABLE t (ID TEXT, SCAN BLOB)")
        database.execute("INSERT INTO t VALUES ('1', x'00ff')")
    database.close()
    assert rows(open_table(tmp_path / "t.sqlite", columns=["ID"], kinds={})) == [("1",)]
    with pytest.raises(FileError, match='the column "SCAN" holds binary data'):
        open_table(tmp_path / "t.sqlite")


# Data frames

NO_FRAMES = {
    "a list": ([1], "list is no data frame"),
    "a dictionary": ({"a": 1}, "dict is no data frame"),
    "nothing": (None, "NoneType is no data frame"),
    "a series": (pl.Series([1]), "Series is no data frame"),
    "names that are numbers": (pd.DataFrame({1: [1]}), "a column's name is no text"),
    "names given twice": (pd.DataFrame([[1, 2]], columns=["a", "a"]), 'several columns have one name: "a"'),
    "names that differ in case": (
        pl.DataFrame({"a": [1], "A": [2]}), 'the columns "a" and "A" differ in case only: rename one',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_FRAMES)
def test_what_is_no_data_frame_is_refused_in_one_sentence(case):
    frame, problem = NO_FRAMES[case]
    for verb in (open_table, column_names):
        with pytest.raises(TableError) as caught:
            verb(frame, name="records")
        assert str(caught.value) == f"records: {problem}"
    with pytest.raises(TableError, match='the table: has no column "b"'):
        open_table(pl.DataFrame({"a": [1]}), columns=["b"])


def test_objects_of_pandas_become_what_they_are():
    frame = pd.DataFrame(
        {
            "truth": pd.Series([True, None], dtype=object),
            "text": pd.Series(["a", None], dtype=object),
            "number": pd.Series([1, None], dtype=object),
            "moment": pd.Series([datetime.datetime(2014, 1, 2, 3, 4), None], dtype=object),
        }
    )
    before = frame.copy(deep=True)
    assert [kind.split("(")[0] for kind in kinds(open_table(frame))] == ["Boolean", "String", "Int64", "Datetime"]
    pd.testing.assert_frame_equal(frame, before)


def test_categories_are_text():
    table = pl.DataFrame({"arm": pl.Series(["A", "B", ""], dtype=pl.Categorical)})
    assert rows(open_table(table)) == [("A",), ("B",), (None,)]
    dictionary = pa.table({"arm": pa.array(["A", ""]).dictionary_encode()})
    assert rows(open_table(dictionary)) == [("A",), (None,)]


@pytest.mark.parametrize(
    ("module", "place", "extra"),
    [
        ("duckdb", "adsl.csv", "records"),
        ("narwhals", "adsl.csv", "records"),
        ("pyreadstat", "adsl.xpt", "xpt"),
        ("openpyxl", "adsl.xlsx", "xlsx"),
        ("pyarrow.dataset", "adsl.arrow", "arrow"),
    ],
)
def test_a_missing_library_is_named_with_the_line_that_installs_it(tmp_path, monkeypatch, module, place, extra):
    path = write(tmp_path, place)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as caught:
        open_table(path)
    assert str(caught.value).endswith(f": pip install 'consortflow[{extra}]'")
    assert "\n" not in str(caught.value)


# The CDISC pilot


@pytest.mark.skipif(not DATA.exists(), reason="the shared data are not beside the project")
def test_the_pilot_s_records_are_read_from_text_and_from_a_transport_file():
    text = open_table(DATA / "adsl.csv", missing_values=["NA"], columns=["USUBJID", "AGE", "RANDDT", "SAFFL", "SITEID"])
    assert dict(zip(text.columns, kinds(text), strict=True)) == {
        "USUBJID": "String", "SITEID": "Int64", "AGE": "Int64", "RANDDT": "Date", "SAFFL": "String",
    }  # fmt: skip
    assert len(rows(text)) == 306
    assert text.filter("RANDDT IS NOT NULL").shape[0] == 254
    sas = open_table(DATA / "adsl.xpt", columns=["USUBJID", "AGE", "TRTSDT", "DISCONFL"])
    assert dict(zip(sas.columns, kinds(sas), strict=True)) == {
        "USUBJID": "String", "TRTSDT": "Date", "AGE": "Float64", "DISCONFL": "String",
    }  # fmt: skip
    assert len(rows(sas)) == 254


def test_statistics_of_a_parquet_file_tell_what_is_never_in_a_column(tmp_path):
    from consortflow.participants.columnar import Footer

    columns = {
        "full": ["a", "b", "c", None], "blank": ["a", "", "b", "c"], "late": ["a", "b", "c", ""],
        "absent": [None, None, None, None], "number": [1, 2, 3, 4], "every": ["a", "b", "c", "d"],
        "hb": [1.5, 2.5, 3.5, 4.5],
    }  # fmt: skip
    frame = pa.table(
        {name: pa.array(values, pa.string() if name == "absent" else None) for name, values in columns.items()}
    )
    pa.parquet.write_table(frame, tmp_path / "t.parquet", row_group_size=2)
    known = Footer(connect(), tmp_path / "t.parquet").complete()
    assert known.null == {"blank", "late", "number", "every", "hb"}
    assert known.blank == {"full", "absent", "every"}
    assert known.nan == set(), "pyarrow does not count NaN"
    assert opened(tmp_path / "t.parquet").full == {"number", "every"}
    assert opened(tmp_path / "t.parquet", missing_values={"every": ["a"]}).full == {"number"}
    assert opened(tmp_path / "t.parquet", kinds={"every": "number"}).full == {"number", "every"}
    pa.parquet.write_table(frame, tmp_path / "u.parquet", write_statistics=False)
    assert Footer(connect(), tmp_path / "u.parquet").complete() == (set(), set(), set())
    assert opened(tmp_path / "u.parquet").full == set()
    for name in ("t.parquet", "u.parquet"):
        found = rows(open_table(tmp_path / name, missing_values={"full": ["b"]}))
        assert found == rows(pl.DataFrame({
            "full": ["a", None, "c", None], "blank": ["a", None, "b", "c"], "late": ["a", "b", "c", None],
            "absent": [None] * 4, "number": [1, 2, 3, 4], "every": ["a", "b", "c", "d"], "hb": [1.5, 2.5, 3.5, 4.5],
        }))  # fmt: skip
