"""Counting participants' records: time and memory as multiples of DuckDB's own group-by, from 10^5 rows up.

    python benchmarks/records.py [--rows 100000 10000000] [--engines duckdb ours polars] [--check]

Every engine counts the same flow from the same parquet file, in a process of its own, and must find the same numbers:

- duckdb: one SQL statement written by hand for this flow, a CASE chain and a GROUP BY: the measure of the others;
- duckdb+ids: the same, and the number of distinct ids, without which nobody knows whether rows are participants;
- ours: `cf.count` of a study file, which also looks for people who are nowhere or twice, for missing values and for
  criteria that overlap, and solves and fills in the study. Its ids are texts of 11 characters, as the CDISC pilot's; in
  ours/long they have 17, as those that begin with their study (DuckDB holds a text of up to 12 characters without a
  pointer, and copies each longer one), and in ours/number they are whole numbers;
- polars, pandas, spark: the CASE chain by hand. Spark runs locally, and is left out where there is no Java.

Times, of the processor and on the clock, are those of the process and its children, less those of a process that counts
ten rows (which are printed first): what is left grows with the rows. Each is the least of `--repeat` runs, one engine
after the other: a machine that is busy with other things changes it little. `--check` ends in an error where one of
ours takes longer than LIMITS, as multiples of DuckDB's times, at 10^7 rows or more, or more than MEGABYTES.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

SIZES = (100_000, 1_000_000, 10_000_000)
FEW = 10
LARGE = 10_000_000
LIMITS = {"ours": 1.5, "ours/long": 1.6, "ours/number": 1.5}
MEGABYTES = 300
ARM = """
          - {kind: allocation, exits: [{label: Not treated, where: TREATED = 'N'}]}
          - kind: follow-up
            exits:
              - label: Discontinued
                reasons: {Died: {where: DCSREAS = 'DEATH'}, Withdrew: {where: DCSREAS = 'WITHDRAWAL'}}
          - {kind: analysis}"""
STUDY = f"""
study: {{title: A benchmark, design: parallel, unit: patients}}
records: {{id: USUBJID, missing: eligible}}
stages:
  - kind: screening
    exits:
      - label: Excluded
        reasons:
          No consent: {{where: CONSENT = false}}
          Age: {{where: AGE < 18}}
          ECOG: {{where: ECOG > 2}}
          Haemoglobin: {{where: HB is null or HB < 7}}
          Pregnant: {{where: PREGNANT = 'Y'}}
          Prior CAR-T: {{where: PRIOR = 'Y'}}
  - kind: randomization
    arms:
      - label: A
        where: ARM = 'A'
        missing: excluded
        stages:{ARM}
      - label: B
        where: ARM = 'B'
        missing: excluded
        stages:{ARM}
"""
RECORDS = """
    COPY (
        SELECT * EXCLUDE (i),
            CASE WHEN ARM IS NULL THEN NULL WHEN hash(concat(i, '/9')) % 25 = 0 THEN 'N' ELSE 'Y' END AS TREATED,
            CASE WHEN ARM IS NULL OR hash(concat(i, '/9')) % 25 = 0 THEN NULL
                ELSE CASE hash(concat(i, '/10')) % 20 WHEN 0 THEN 'DEATH' WHEN 1 THEN 'WITHDRAWAL' END END AS DCSREAS
        FROM (SELECT *, CASE WHEN CONSENT AND AGE >= 18 AND ECOG <= 2 AND HB >= 7 AND PREGNANT = 'N' AND PRIOR = 'N'
                THEN CASE WHEN hash(concat(i, '/8')) % 2 = 0 THEN 'A' ELSE 'B' END END AS ARM
            FROM (SELECT i, '01-' || lpad(CAST(i AS VARCHAR), 8, '0') AS USUBJID,
                    'STUDY01-' || lpad(CAST(i AS VARCHAR), 9, '0') AS LONGID, i AS PERSON,
                    hash(concat(i, '/1')) % 50 <> 0 AS CONSENT,
                    CAST(10 + hash(concat(i, '/2')) % 80 AS SMALLINT) AS AGE,
                    CAST(hash(concat(i, '/3')) % 5 AS TINYINT) AS ECOG,
                    CASE WHEN hash(concat(i, '/4')) % 30 <> 0
                        THEN 5.0 + (hash(concat(i, '/5')) % 100) / 10 END::DOUBLE AS HB,
                    CASE WHEN hash(concat(i, '/6')) % 40 = 0 THEN 'Y' ELSE 'N' END AS PREGNANT,
                    CASE WHEN hash(concat(i, '/7')) % 60 = 0 THEN 'Y' ELSE 'N' END AS PRIOR
                FROM range({rows}) t(i)))
    ) TO '{path}' (FORMAT parquet)
"""
SQL = """
    SELECT CASE WHEN e < 'F' THEN '-' ELSE ARM END AS a, e, count(*) FROM (
        SELECT ARM, CASE WHEN NOT CONSENT THEN 'E1' WHEN AGE < 18 THEN 'E2' WHEN ECOG > 2 THEN 'E3'
            WHEN HB IS NULL OR HB < 7 THEN 'E4' WHEN PREGNANT = 'Y' THEN 'E5' WHEN PRIOR = 'Y' THEN 'E6'
            WHEN TREATED = 'N' THEN 'F1' WHEN DCSREAS = 'DEATH' THEN 'F2' WHEN DCSREAS = 'WITHDRAWAL' THEN 'F3'
            ELSE 'F4' END AS e FROM read_parquet('{path}')) GROUP BY ALL ORDER BY ALL
"""
IDS = "SELECT count(DISTINCT USUBJID) FROM read_parquet('{path}')"
_DUCKDB = f"""
    import duckdb
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    counted = connection.execute({SQL!r}.format(path=path)).fetchall()
"""
OURS = """
    import consortflow as cf
    study = cf.loads({study!r}.replace("USUBJID", {id!r}))
    solved = cf.solve(cf.count(study, path))
    reasons = ("no-consent", "age", "ecog", "haemoglobin", "pregnant", "prior-car-t")
    counted = [("-", f"E{{i}}", solved.n(f"screening/excluded/{{r}}")) for i, r in enumerate(reasons, 1)]
    for arm in "ab":
        left = ("allocation/not-treated", "follow-up/discontinued/died", "follow-up/discontinued/withdrew")
        names = enumerate((*left, "analysis"), 1)
        counted += [(arm.upper(), f"F{{i}}", solved.n(f"{{arm}}/{{name}}")) for i, name in names]
"""
ENGINES = {
    "duckdb": _DUCKDB,
    "duckdb+ids": f"""{_DUCKDB}
    ids = connection.execute({IDS!r}.format(path=path)).fetchall()
    """,
    "ours": OURS.format(study=STUDY, id="USUBJID"),
    "ours/long": OURS.format(study=STUDY, id="LONGID"),
    "ours/number": OURS.format(study=STUDY, id="PERSON"),
    "polars": """
    import polars as pl
    c = pl.col
    e = (pl.when(~c("CONSENT")).then(pl.lit("E1")).when(c("AGE") < 18).then(pl.lit("E2"))
        .when(c("ECOG") > 2).then(pl.lit("E3")).when(c("HB").is_null() | (c("HB") < 7)).then(pl.lit("E4"))
        .when(c("PREGNANT") == "Y").then(pl.lit("E5")).when(c("PRIOR") == "Y").then(pl.lit("E6"))
        .when(c("TREATED") == "N").then(pl.lit("F1")).when(c("DCSREAS") == "DEATH").then(pl.lit("F2"))
        .when(c("DCSREAS") == "WITHDRAWAL").then(pl.lit("F3")).otherwise(pl.lit("F4")))
    a = pl.when(c("e") < "F").then(pl.lit("-")).otherwise(c("ARM"))
    table = pl.scan_parquet(path).select("ARM", e=e).group_by(a=a, e=c("e")).len()
    counted = sorted(table.collect(engine="streaming").rows())
    """,
    "pandas": """
    import numpy as np
    import pandas as pd
    import pyarrow.parquet
    t = pd.read_parquet(path)
    e = np.select(
        [~t.CONSENT, t.AGE < 18, t.ECOG > 2, t.HB.isna() | (t.HB < 7), t.PREGNANT == "Y", t.PRIOR == "Y",
         t.TREATED == "N", t.DCSREAS == "DEATH", t.DCSREAS == "WITHDRAWAL"],
        ["E1", "E2", "E3", "E4", "E5", "E6", "F1", "F2", "F3"], "F4")
    a = np.where(e < "F", "-", t.ARM)
    counted = [(*key, int(n)) for key, n in pd.Series(1, index=t.index).groupby([a, e]).sum().items()]
    """,
    "spark": """
    from pyspark.sql import SparkSession, functions as F
    spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", False)
        .config("spark.sql.shuffle.partitions", 2).config("spark.driver.memory", "4g").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    c = F.col
    e = (F.when(~c("CONSENT"), "E1").when(c("AGE") < 18, "E2").when(c("ECOG") > 2, "E3")
        .when(c("HB").isNull() | (c("HB") < 7), "E4").when(c("PREGNANT") == "Y", "E5").when(c("PRIOR") == "Y", "E6")
        .when(c("TREATED") == "N", "F1").when(c("DCSREAS") == "DEATH", "F2")
        .when(c("DCSREAS") == "WITHDRAWAL", "F3").otherwise("F4"))
    table = spark.read.parquet(path).select("ARM", e.alias("e"))
    table = table.select(F.when(c("e") < "F", "-").otherwise(c("ARM")).alias("a"), "e").groupBy("a", "e").count()
    counted = sorted(map(tuple, table.collect()))
    gateway = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()  # what Java took is known once it has ended
    """,
}  # fmt: skip
BEFORE = """
    import json, resource, sys, time
    path = sys.argv[1]
    began = time.perf_counter()
"""
AFTER = """
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
    print("MEASURED", json.dumps([
        sum(one.ru_utime + one.ru_stime for one in spent), time.perf_counter() - began,
        max(int(peak[0]), spent[1].ru_maxrss) / 1024, counted]))
"""


class Measured(NamedTuple):
    """What a process took, in seconds and MB, and what it counted."""

    cpu: float
    wall: float
    megabytes: float
    counted: list[Any]

    @property
    def numbers(self) -> list[Any]:
        """What was counted, without what nobody is in."""
        return [row for row in self.counted if row[2]]


def measured(engine: str, path: Path) -> Measured:
    """Count a table with an engine in a process of its own."""
    code = "".join(map(textwrap.dedent, (BEFORE, ENGINES[engine], AFTER)))
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{engine} failed:\n{done.stderr[-3000:]}")
    line = next(line for line in done.stdout.splitlines() if line.startswith("MEASURED "))
    return Measured(*json.loads(line.removeprefix("MEASURED ")))


def least(engines: Iterable[str], path: Path, repeat: int) -> dict[str, Measured]:
    """Return the least that each engine took for a table; stop where one counted otherwise."""
    found: dict[str, list[Measured]] = {engine: [] for engine in engines}
    for _ in range(repeat):
        for engine, runs in found.items():
            runs.append(measured(engine, path))
            if runs[-1].numbers != found["duckdb"][0].numbers:
                sys.exit(f"{engine} counted {runs[-1].numbers}, and DuckDB {found['duckdb'][0].numbers}")
    return {
        engine: Measured(*(min(numbers) for numbers in zip(*(run[:3] for run in runs), strict=True)), runs[0].counted)
        for engine, runs in found.items()
    }


def main() -> None:
    """Print a table of multiples for each size."""
    parser = argparse.ArgumentParser(description="Counting participants' records, as multiples of DuckDB's group-by.")
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES)
    parser.add_argument("--engines", nargs="*", default=list(ENGINES), choices=list(ENGINES))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--check", action="store_true", help="end in an error where ours is beyond the limits")
    parser.add_argument("--folder", help="where to keep the tables between runs")
    asked = parser.parse_args()
    engines = dict.fromkeys(["duckdb", *asked.engines])
    for engine, library in {"polars": "polars", "pandas": "pandas", "spark": "pyspark"}.items():
        missing = library if find_spec(library) is None else ""
        if engine == "spark" and shutil.which("java") is None:
            missing = "Java"
        if engine in engines and missing:
            print(f"{engine}: left out, there is no {missing}")
            del engines[engine]
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
    beyond = []
    with tempfile.TemporaryDirectory() as folder:
        starts: dict[str, Measured] = {}
        for rows in (FEW, *asked.rows):
            path = Path(asked.folder or folder) / f"{rows}.parquet"
            if not path.exists():
                connection.execute(RECORDS.format(rows=rows, path=path))
            found = least(engines, path, asked.repeat)
            multiples = report(rows, found, starts)
            for engine, limit in LIMITS.items():
                if engine not in found:
                    continue
                for time, of in zip(multiples[engine], ("of CPU", "on the clock"), strict=True):
                    if rows >= LARGE and time > limit:
                        beyond.append(f"{rows:,} rows: {engine} takes {time:.2f} of DuckDB's time {of} ({limit})")
                if found[engine].megabytes > MEGABYTES:
                    beyond.append(f"{rows:,} rows: {engine} takes {found[engine].megabytes:.0f} MB ({MEGABYTES})")
            starts = starts or found
            if not asked.folder:
                path.unlink()
    if asked.check and beyond:
        sys.exit(f"beyond the limits: {'; '.join(beyond)}")


def report(rows: int, found: Mapping[str, Measured], starts: Mapping[str, Measured]) -> dict[str, tuple[float, float]]:
    """Print what each engine took for one size; return how many times DuckDB's times that was: of CPU, on the clock."""
    none = Measured(0, 0, 0, [])
    took = {}
    for engine, one in found.items():
        start = starts.get(engine, none)
        took[engine] = max(one.cpu - start.cpu, 0.01), max(one.wall - start.wall, 0.01)
    base = found["duckdb"]
    multiples = {}
    print(f"\n{rows:,} rows" if starts else f"{rows:,} rows, with the start of each")
    for engine, one in found.items():
        cpu, wall = (took[engine][at] / took["duckdb"][at] for at in (0, 1))
        multiples[engine] = cpu, wall
        print(
            f"  {engine:<11} {took[engine][0]:7.2f} s of CPU ({cpu:5.2f} x) {took[engine][1]:7.2f} s on the clock "
            f"({wall:5.2f} x) {one.megabytes:7.0f} MB ({one.megabytes / base.megabytes:4.1f} x)"
        )
    return multiples


if __name__ == "__main__":
    main()
