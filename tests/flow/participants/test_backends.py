"""One flow, counted on every backend: the same numbers and the same findings, with NULL and NaN in what is compared."""

import datetime
import random
import shutil

import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

import consortflow as cf
from consortflow.participants.from_records import count_records

NAN = float("nan")
STUDY = """
study: {title: Every backend, design: parallel, unit: patients}
records: {id: USUBJID, as_of: 2024-06-30, missing_values: [NA]}
stages:
  - kind: screening
    exits:
      - label: Excluded
        reasons:
          No consent: {where: CONSENT = false, missing: excluded}
          Age: {where: not AGE between 18 and 75, missing: eligible}
          Weight: {where: WEIGHT is null or WEIGHT < 45.5}
          ECOG: {where: "ECOG in (3, 4)", missing: eligible}
          Site closed: {where: SITE != '01' and SITE != '02' and SITE != '003', missing: excluded}
  - kind: randomization
    where: RANDDT <= as_of
    missing: eligible
    arms:
      - label: A
        where: ARM = 'A'
        missing: eligible
        stages: &a
          - kind: follow-up
            exits:
              - label: Discontinued
                where: REASON is not null
                by: REASON
                values: {AE: Adverse event, DEATH: Died}
                other: Other
          - {kind: analysis}
      - label: B
        where: ARM = 'B'
        missing: excluded
        stages:
          - kind: follow-up
            exits:
              - label: Discontinued
                where: REASON is not null
                by: REASON
                values: {AE: Adverse event, DEATH: Died}
                other: Other
          - {kind: analysis}
analysis_sets:
  - {label: Safety, of: randomization, where: SAFFL = 'Y' and WEIGHT > 50, missing: excluded}
""".replace(" &a", "")
COLUMNS = {
    "USUBJID": pa.string(), "CONSENT": pa.bool_(), "AGE": pa.int64(), "WEIGHT": pa.float64(), "ECOG": pa.float64(),
    "SITE": pa.string(), "RANDDT": pa.date32(), "ARM": pa.string(), "REASON": pa.string(), "SAFFL": pa.string(),
}  # fmt: skip
DAYS = [datetime.date(2024, 1, 31), datetime.date(2024, 6, 30), datetime.date(2024, 7, 1), None]


def drawn(rows=2000, seed=11):
    """Return records in which everything that can be missing is, in each of the ways it can be written."""
    dice = random.Random(seed)  # noqa: S311 - the same records in each run
    choose = dice.choice
    return [
        (
            f"P{i:04}", choose([True] * 8 + [False, None]), choose([17, 18, 40, 60, 75, 76, None]),
            choose([45.5, 45.4, 60.0, 81.25, NAN, None]), choose([0.0, 1.0, 3.0, NAN, None]),
            choose(["01", "02", "003", "04", "", "NA", None]), choose(DAYS), choose(["A", "B", "B", "", None]),
            choose([None, None, "", "NA", "AE", "DEATH", "MOVED"]), choose(["Y", "N", "", None]),
        )
        for i in range(rows)
    ]  # fmt: skip


ROWS = drawn()


def table():
    """Return the records with NaN and NULL apart, as Arrow keeps them."""
    columns = zip(*ROWS, strict=True)
    return pa.table({
        name: pa.array(values, type=kind, from_pandas=False)
        for (name, kind), values in zip(COLUMNS.items(), columns, strict=True)
    })  # fmt: skip


def parquet(folder):
    pa.parquet.write_table(table(), folder / "t.parquet")
    return folder / "t.parquet"


def csv(folder):
    pl.from_arrow(table()).with_columns(pl.col("WEIGHT", "ECOG").fill_nan(None)).write_csv(folder / "t.csv")
    return folder / "t.csv"


def spark(folder):
    pyspark = pytest.importorskip("pyspark", reason="Spark is not installed: pip install 'consortflow[spark]'")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    from pyspark.sql import SparkSession

    assert pyspark.__version__
    session = (
        SparkSession.builder.master("local[1]").config("spark.ui.enabled", False)
        .config("spark.sql.shuffle.partitions", 1).config("spark.sql.warehouse.dir", str(folder)).getOrCreate()
    )  # fmt: skip
    session.sparkContext.setLogLevel("OFF")
    return session.read.parquet(str(parquet(folder)))


BACKENDS = {
    "DuckDB": lambda _: duckdb.connect().from_arrow(table()),
    "a parquet file": parquet,
    "a CSV file": csv,
    "Polars": lambda _: pl.from_arrow(table()),
    "Polars, lazy": lambda _: pl.from_arrow(table()).lazy(),
    "pandas": lambda _: table().to_pandas(),
    "pandas, nullable": lambda _: table().to_pandas().convert_dtypes(),
    "pandas, pyarrow": lambda _: table().to_pandas(types_mapper=pd.ArrowDtype),
    "pandas, objects": lambda _: table().to_pandas().astype(object),
    "pyarrow": lambda _: table(),
    "Ibis": lambda folder: ibis.duckdb.connect().read_parquet(str(parquet(folder))),
    "Spark": spark,
}


@pytest.fixture(scope="module")
def expected():
    """What DuckDB counts and finds."""
    counted = count_records(cf.loads(STUDY), duckdb.connect().from_arrow(table()))
    return counted.numbers, [(f.code, f.message) for f in counted.findings]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_every_backend_counts_the_same(tmp_path, backend, expected):
    records = BACKENDS[backend](tmp_path)
    counted = count_records(cf.loads(STUDY), str(records) if hasattr(records, "suffix") else records)
    numbers, findings = expected
    assert counted.numbers == numbers
    assert [(f.code, f.message) for f in counted.findings] == findings


def missing(value):
    return value is None or value in ("", "NA") or value != value  # noqa: PLR0124 - NaN


def leaves(row):
    """Return by which reason one participant leaves at screening, in plain Python."""
    _, consent, age, weight, ecog, site, *_ = row
    if consent is None or consent is False:
        return "no-consent"
    if not missing(age) and not 18 <= age <= 75:
        return "age"
    if missing(weight) or weight < 45.5:
        return "weight"
    if not missing(ecog) and ecog in (3, 4):
        return "ecog"
    return "site-closed" if missing(site) or site not in ("01", "02", "003") else ""


def test_the_numbers_are_those_that_a_loop_counts(expected):
    numbers, _ = expected
    left = [leaves(row) for row in ROWS]
    assert {key: numbers[f"screening/excluded/{key}"] for key in sorted(set(left) - {""})} == {
        key: left.count(key) for key in sorted(set(left) - {""})
    }
    assert numbers["screening"] == len(ROWS)
    assert all(n > 0 for n in numbers.values())
