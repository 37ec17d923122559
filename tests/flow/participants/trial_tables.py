"""One small table of records, in every kind of file that can be read, and as every kind of data frame."""

import csv
import datetime
import sqlite3
from contextlib import closing

import duckdb
import narwhals as nw
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pyreadstat

from consortflow.participants.fetching import fetched
from consortflow.participants.tables import opened

COLUMNS = ("USUBJID", "AGE", "WEIGHT", "SAFFL", "RANDDT")
DAY = datetime.date
ROWS = [
    ("001", 64, 70.5, "Y", DAY(2014, 1, 2)),
    ("002", 71, None, None, DAY(2014, 2, 28)),
    ("010", None, 66.25, "N", None),
    ("100", 18, 80.0, "Y", DAY(2013, 12, 31)),
]


def column(name):
    return [row[COLUMNS.index(name)] for row in ROWS]


def open_table(place, **how):
    """Return a table as an object for Narwhals."""
    return opened(place, **how).table


def rows(native):
    """Return the rows of any table, in order of the first column."""
    return sorted(fetched(nw.from_native(native)), key=lambda row: tuple((value is None, str(value)) for value in row))


def as_arrow():
    return pa.table({name: column(name) for name in COLUMNS})


def text_table(path, separator=","):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(COLUMNS)
        writer.writerows(["" if value is None else value for value in row] for row in ROWS)


def workbook(path):
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    for row in ROWS:
        book.active.append(row)
    book.save(path)


def transport(path):
    frame = pd.DataFrame({name: column(name) for name in COLUMNS}).astype({"AGE": "float64", "WEIGHT": "float64"})
    frame["SAFFL"] = frame["SAFFL"].where(frame["SAFFL"].notna(), "")
    frame["RANDDT"] = pd.Series(column("RANDDT"), dtype=object)
    pyreadstat.write_xport(frame, str(path))


def duckdb_file(path):
    table = as_arrow()
    with duckdb.connect(str(path)) as database:
        database.register("given", table)
        database.execute("CREATE TABLE adsl AS FROM given")


def sqlite_file(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE adsl (USUBJID TEXT, AGE INT, WEIGHT REAL, SAFFL TEXT, RANDDT TEXT)")
        texts = [(*row[:4], row[4] and row[4].isoformat()) for row in ROWS]
        database.executemany("INSERT INTO adsl VALUES (?, ?, ?, ?, ?)", texts)
        database.commit()


WRITERS = {
    "adsl.csv": text_table,
    "semicolons.csv": lambda path: text_table(path, ";"),
    "adsl.tsv": lambda path: text_table(path, "\t"),
    "adsl.parquet": lambda path: pa.parquet.write_table(as_arrow(), path),
    "adsl.arrow": lambda path: pa.feather.write_feather(as_arrow(), str(path), compression="uncompressed"),
    "adsl.feather": lambda path: pa.feather.write_feather(as_arrow(), str(path)),
    "adsl.xlsx": workbook,
    "adsl.xpt": transport,
    "adsl.duckdb": duckdb_file,
    "adsl.sqlite": sqlite_file,
    "duck.db": duckdb_file,
    "lite.db": sqlite_file,
}  # fmt: skip


def write(folder, name):
    WRITERS[name](folder / name)
    return folder / name


FRAMES = {
    "Polars": lambda: pl.from_arrow(as_arrow()),
    "Polars, lazy": lambda: pl.from_arrow(as_arrow()).lazy(),
    "pandas": lambda: as_arrow().to_pandas(),
    "pandas, nullable": lambda: as_arrow().to_pandas().convert_dtypes(),
    "pandas, pyarrow": lambda: as_arrow().to_pandas(types_mapper=pd.ArrowDtype),
    "pyarrow": as_arrow,
    "DuckDB": lambda: duckdb.connect().from_arrow(as_arrow()),
}
