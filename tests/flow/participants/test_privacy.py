# ruff: noqa: E501 - study files and criteria are written as an author would
"""No value of a record and no id leaves the records, whatever goes wrong, unless it is asked for."""

import logging
import stat
import traceback
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest
from typer.testing import CliRunner

import consortflow as cf
from consortflow.cli import app
from consortflow.participants import assembling
from consortflow.participants.from_records import count_records
from consortflow.schemas.errors import ConsortflowError

PLANTED = [f"zq{column}x{row}w" for column in ("id", "arm", "why", "day", "site") for row in range(12)]
NUMBER = 987654321
STUDY = """\
records: {table: planted.csv, id: ID}
stages:
  - kind: screening
    exits: [{label: Young, where: AGE < 18}, {label: Other, where: ARM = 'b', by: WHY, values: {x: X}}]
  - kind: randomization
    where: DAY = 'x'
    arms: [{label: A, where: ARM = 'a'}, {label: B, where: ARM = 'b'}]
"""


def rows(**changes):
    data = {name: [f"zq{name.lower()}x{row}w" for row in range(12)] for name in ("ID", "ARM", "WHY", "DAY", "SITE")}
    data |= {"AGE": [NUMBER, None, *range(10)], **changes}
    data["ID"][1] = data["ID"][0]
    return pl.DataFrame(data, strict=False)


def clean(text):
    low = text.lower()
    return not [planted for planted in PLANTED if planted in low] and str(NUMBER) not in text


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows().write_csv("planted.csv")
    Path("study.consort.yaml").write_text(STUDY, encoding="utf-8")
    return "study.consort.yaml"


def run(*args):
    ran = CliRunner().invoke(app, list(args))
    return ran, ran.output + (ran.stderr or "") + (
        "".join(traceback.format_exception(ran.exception))
        if ran.exception and not isinstance(ran.exception, SystemExit)
        else ""
    )


@pytest.mark.parametrize("args", [
    ("check",), ("check", "-f", "json"), ("check", "-f", "sarif"), ("check", "-f", "junit"), ("check", "-f", "github"),
    ("counts",), ("counts", "-f", "json"), ("counts", "-f", "csv"), ("table",), ("draw", "-o", "out.svg"),
    ("draw", "--allow-invalid", "-o", "out.svg"), ("counts", "--write", "out.yaml"),
])  # fmt: skip
def test_no_command_tells_a_value(study, args):
    ran, said = run(args[0], study, *args[1:])
    assert ran.exit_code == (0 if "--allow-invalid" in args else 1)
    assert "N10" in said
    assert clean(said)
    for path in Path().glob("out*"):
        assert clean(path.read_text(encoding="utf-8"))


def test_values_are_not_told_where_nothing_is_wrong_either(study):
    text = "records: {table: planted.csv, id: ID, where: SITE is not null}\nstages: [{kind: screening, details: [{label: Old, where: AGE > 5, missing: excluded}]}]\n"
    clean_rows = rows()
    clean_rows = clean_rows.with_columns(ID=pl.Series([f"zqidx{row}w" for row in range(12)]))
    clean_rows.write_csv("planted.csv")
    Path(study).write_text(text, encoding="utf-8")
    for args in (("check",), ("counts", "--write", "out.yaml"), ("draw", "-o", "out.svg")):
        ran, said = run(args[0], study, *args[1:])
        assert ran.exit_code == 0, said
        assert clean(said)
    for path in Path().glob("out*"):
        assert clean(path.read_text(encoding="utf-8"))


def test_ids_are_written_where_they_are_asked_for_for_their_owner_alone(study):
    Path("ids.csv").write_text("open to all", encoding="utf-8")
    Path("ids.csv").chmod(0o666)
    ran, said = run("counts", study, "--list-ids", "ids.csv")
    assert ran.exit_code == 1
    assert clean(said)
    assert stat.S_IMODE(Path("ids.csv").stat().st_mode) == 0o600
    lines = Path("ids.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "code,line,id"
    assert len(lines) > 3
    assert {line.split(",")[2] for line in lines[1:]} <= {f"zqidx{row}w" for row in range(12)}
    assert "N113,4,zqidx0w" in lines
    assert "N105,1,zqidx0w" in lines


def errors(study, records):
    """Return all that can be read from what an error carries: its words, its causes, its traceback, the log."""
    raised = None
    try:
        made = count_records(cf.loads(study), records)
    except ConsortflowError as error:
        raised = error
    if raised is None:
        return str(made.findings)
    assert raised.__cause__ is None
    assert raised.__context__ is None
    return "".join(traceback.format_exception(raised)) + repr(raised.args)


def test_an_error_of_a_backend_does_not_tell_a_value(monkeypatch, caplog):
    """What a library says of a cell that it cannot convert is a stranger's sentence with the cell in it."""
    caplog.set_level(logging.DEBUG)

    def breaking(_prepared, _tree):
        import narwhals as nw

        return nw.col("c0").cast(nw.Int64) > 3, {}

    monkeypatch.setattr(assembling.Prepared, "answer", breaking)
    study = "records: {id: ID}\nstages: [{kind: screening, exits: [{label: Out, where: ARM = 'a'}]}]"
    frame = rows(ID=PLANTED[:12])
    kept = {
        "polars": frame,
        "pandas": frame.to_pandas(),
        "pyarrow": frame.to_arrow(),
        "duckdb": duckdb.from_arrow(frame.to_arrow()),
    }
    for name, records in kept.items():
        said = errors(study, records)
        assert "could not be counted" in said, name
        assert clean(said), name
    assert clean(caplog.text)


def test_broken_files_do_not_tell_a_value(study):
    for name, data in {
        "ragged.csv": b"ID,AGE\nzqidx0w,1\nzqidx1w,2,zqwhyx1w\n",
        "quoted.csv": b'ID,AGE\n"zqidx0w,1\nzqidx1w,2\n',
        "binary.csv": b"ID,AGE\nzqidx0w\x00\xff,zqwhyx1w\n",
        "cut.parquet": b"PAR1zqidx0w",
        "cut.xpt": b"HEADER RECORD*******zqidx0w",
    }.items():
        Path(name).write_bytes(data)
        ran, said = run("counts", study, "--records", name)
        assert ran.exit_code in (1, 3), name
        assert clean(said), name


def test_labels_are_values_only_where_the_study_asks_for_them_and_never_ids():
    study = "records: {id: ID}\nstages: [{kind: treatment, exits: [{label: Out, by: %s}]}]"
    frame = pl.DataFrame({"ID": PLANTED[:12], "TEXT": [f"zqwhyx{row}w " * 30 for row in range(12)]})
    for column in ("ID", "TEXT"):
        made = count_records(cf.loads(study % column), frame)
        assert [finding.code for finding in made.findings.errors][:1] == ["N116"]
        assert clean(str(made.findings))
        assert clean(str(made.study))
    many = pl.DataFrame({"ID": [str(n) for n in range(60)], "TEXT": [f"zqwhyx{n}w" for n in range(60)]})
    assert clean(str(count_records(cf.loads(study % "TEXT"), many).findings))


def test_pandas_objects_of_any_kind_are_refused_without_their_values():
    frame = pd.DataFrame({"ID": ["a", "b"], "ODD": [{"zqwhyx1w": 1}, ["zqwhyx2w"]]})
    study = "records: {id: ID}\nstages: [{kind: screening, exits: [{label: Out, where: ODD = 'x'}]}]"
    assert clean(errors(study, frame))
