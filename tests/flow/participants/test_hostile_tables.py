"""Broken and hostile tables: one line that says what is wrong, no value of a cell, and little memory."""

import io
import os
import random
import sqlite3
import subprocess
import sys
import textwrap
import traceback
import zipfile
from pathlib import Path

import duckdb
import narwhals as nw
import openpyxl
import pytest
import trial_tables
from trial_tables import ROWS, WRITERS, open_table, rows, write

from consortflow.participants.discretion import discreetly
from consortflow.participants.tables import column_names, connect
from consortflow.schemas.errors import ConsortflowError, FileError

SECRET, NUMBER = "Zq7Xsecret", 918273645
"""Values that no message may hold; the first is split below where it could be cut."""
MARKS = (SECRET, SECRET[:6], str(NUMBER))


@pytest.fixture
def secret_rows(monkeypatch):
    """Fill every table with values that stand nowhere else."""
    planted = [(f"{SECRET}{i}", NUMBER + i, NUMBER + i / 2, SECRET, row[4]) for i, row in enumerate(ROWS * 20)]
    monkeypatch.setattr(trial_tables, "ROWS", planted)
    return planted


def everything(error):
    """Return all that an error and those behind it could print, as a traceback and otherwise."""
    seen, waiting, parts = set(), [error], ["".join(traceback.format_exception(error))]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        parts += [str(one), repr(one), repr(one.args), repr(vars(one)), repr(getattr(one, "__notes__", ()))]
        waiting += [one.__cause__, one.__context__]
    return "\n".join(parts)


def tried(place, **how):
    """Return the rows of a table, or the error that says why there are none."""
    try:
        return discreetly("the table", lambda: rows(open_table(place, **how)), "counted")
    except ConsortflowError as error:
        return error


def silent(outcome, *more):
    text = everything(outcome) if isinstance(outcome, Exception) else ""
    text += "".join(more)
    return [mark for mark in (*MARKS, "\n") if mark in (text if mark in MARKS else str(outcome))]


def damaged(data, seed, times=30):
    """Yield a file's bytes cut off, with bytes changed, with parts missing, doubled or replaced by noise."""
    dice = random.Random(seed)  # noqa: S311 - the same damage in each run
    for _ in range(times):
        at, length = dice.randrange(len(data)), dice.randrange(1, 64)
        match dice.randrange(5):
            case 0:
                yield data[:at]
            case 1:
                yield data[:at] + bytes([data[at] ^ (1 << dice.randrange(8))]) + data[at + 1 :]
            case 2:
                yield data[:at] + data[at + length :]
            case 3:
                yield data[: at + length] + data[at:]
            case _:
                yield data[:at] + dice.randbytes(length) + data[at + length :]


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in ("duck.db", "lite.db", "semicolons.csv")])
@pytest.mark.usefixtures("secret_rows")
def test_a_damaged_file_says_nothing_of_what_it_holds(tmp_path, capfd, caplog, recwarn, name):
    data = write(tmp_path, name).read_bytes()
    outcomes = []
    for i, bad in enumerate(damaged(data, name)):
        path = tmp_path / f"{i}{name}"
        path.write_bytes(bad)
        outcomes.append(tried(path))
        assert silent(outcomes[-1]) == [], i
        if isinstance(outcomes[-1], FileError):
            assert outcomes[-1].path in (str(path), "the table")
        path.unlink()
    printed = capfd.readouterr()
    assert silent(None, printed.out, printed.err, caplog.text, *(str(w.message) for w in recwarn)) == []
    assert sum(isinstance(outcome, Exception) for outcome in outcomes) > 3


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.usefixtures("secret_rows")
def test_what_a_backend_says_while_it_counts_is_not_passed_on(tmp_path, name):
    table = nw.from_native(open_table(write(tmp_path, name)))
    with pytest.raises(FileError) as caught:
        discreetly("adsl", lambda: rows(table.select(nw.col("SAFFL").cast(nw.Int64)).to_native()), "counted")
    assert str(caught.value).startswith("adsl: could not be counted (")
    assert silent(caught.value) == []
    assert caught.value.__context__ is None


@pytest.mark.parametrize("kind", trial_tables.FRAMES)
@pytest.mark.usefixtures("secret_rows")
def test_what_a_data_frame_says_while_it_is_counted_is_not_passed_on(kind):
    table = nw.from_native(open_table(trial_tables.FRAMES[kind]()))

    def count():
        return rows(table.select(nw.col("SAFFL").cast(nw.Int64)).to_native())

    with pytest.raises(Exception, match=SECRET):  # else this test would show nothing
        count()
    with pytest.raises(FileError) as caught:
        discreetly("the table", count, "counted")
    assert silent(caught.value) == []


def test_an_error_within_an_error_says_nothing_either():
    def fail():
        try:
            int(SECRET)
        except ValueError as error:
            raise RuntimeError(SECRET) from error

    with pytest.raises(FileError, match=r"^t: could not be read \(RuntimeError\)$") as caught:
        discreetly("t", fail)
    assert silent(caught.value) == []


WRONG_TEXT = {
    "too few cells": f"A,B\n{SECRET},{NUMBER}\n{SECRET}\n",
    "too many cells": f"A,B\n{SECRET},{NUMBER},{SECRET}\n",
    "an open quotation mark": f'A,B\n"{SECRET},{NUMBER}\n{SECRET},1\n',
    "text after a quotation mark": f'A,B\n"{SECRET}"{SECRET},{NUMBER}\n',
    "no UTF-8": f"A,B\n{SECRET},{NUMBER}\n".encode() + b"\xff\xfe" + SECRET.encode() + b",1\n",
    "a row without an end": "A,B\n" + SECRET * 300_000 + ",1\n",
    "two kinds of line end": f"A,B\r\n{SECRET},1\n{NUMBER},2\r\n{SECRET},3\r",
    "a NUL": f"A,B\n{SECRET}\0,1\n",
    "UTF-16": f"A,B\n{SECRET},{NUMBER}\n".encode("utf-16"),
    "no numbers": f"A,B\n{SECRET},1\n" + f"{NUMBER},2\n" * 3000,
}


@pytest.mark.parametrize("case", WRONG_TEXT)
def test_a_wrong_text_says_nothing_of_what_it_holds(tmp_path, capfd, case):
    text = WRONG_TEXT[case]
    (tmp_path / "t.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    for how in ({}, {"kinds": {"A": "number", "B": "date"}}, {"missing_values": [SECRET]}):
        outcome = tried(tmp_path / "t.csv", **how)
        assert isinstance(outcome, FileError) == (case != "no numbers")
        assert silent(outcome, *capfd.readouterr()) == []


# What is no file of records


def test_a_folder_is_no_table(tmp_path):
    for name in ("t.csv", "t.parquet", "t.xpt", "t.xlsx", "t.duckdb", "t.sqlite"):
        (tmp_path / name).mkdir()
        assert str(tried(tmp_path / name)) == f"{tmp_path / name}: is a folder, not a file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.xpt", "t.xlsx", "t.duckdb", "t.sqlite", "t.arrow"])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    assert str(tried(tmp_path / name)) == f"{tmp_path / name}: is no regular file"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_device_is_no_table(tmp_path):
    (tmp_path / "t.csv").symlink_to("/dev/zero")
    assert str(tried(tmp_path / "t.csv")).endswith(": is no regular file")


@pytest.mark.parametrize("name", WRITERS)
def test_an_empty_file_is_said_to_be_empty(tmp_path, name):
    (tmp_path / name).touch()
    assert str(tried(tmp_path / name)) == f"{tmp_path / name}: is empty"


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_of_another_kind_is_refused_by_its_first_bytes(tmp_path, name):
    noise = bytes(range(256)) * 20
    (tmp_path / name).write_bytes(noise)
    outcome = tried(tmp_path / name)
    assert isinstance(outcome, FileError)
    assert outcome.path == str(tmp_path / name)
    assert "could not be read" not in outcome.problem


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_without_permission_is_said_to_be_so(tmp_path, monkeypatch, name):
    path = write(tmp_path, name)
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read it: the refusal is simulated

        def refused(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(type(path), "open", refused)
    assert str(tried(path)) == f"{path}: no permission"
    path.chmod(0o600)


PLACES = {
    "nowhere.csv": "nowhere.csv: no such file or folder",
    "a\0b.csv": "a\\0b.csv: not a file name",
    "https://example.org/adsl.csv": "https://example.org/adsl.csv: is an address: records are read from files of this "
    "machine",
    "s3://bucket/adsl.parquet": "s3://bucket/adsl.parquet: is an address: records are read from files of this machine",
    "x" * 300 + ".csv": "x" * 300 + ".csv: file name too long",
    "": "no file is named",
}


@pytest.mark.parametrize("place", PLACES, ids=range(len(PLACES)))
def test_a_place_that_is_no_file_is_refused_in_one_sentence(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    assert PLACES[place] in str(tried(place))
    with pytest.raises(FileError):
        column_names(place)


@pytest.mark.parametrize(
    "name", ["adsl.xls", "adsl.sas7bdat", "adsl.csv.gz", "adsl.rds", "adsl.txt", "adsl", "adsl.doc"]
)
def test_other_kinds_of_file_are_refused_with_what_to_do(tmp_path, name):
    (tmp_path / name).write_bytes(b"something")
    outcome = tried(tmp_path / name)
    assert outcome.problem.startswith("is no kind of table that is read: ")
    assert len(outcome.problem) > 40


def test_a_file_that_holds_one_table_has_no_parts(tmp_path):
    assert "holds one table: leave out ::x" in str(tried(f"{write(tmp_path, 'adsl.csv')}::x"))


# Bombs, each in a process of its own that may take little


def packed(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, data in parts.items():
            with file.open(name, "w", force_zip64=True) as part:
                for block in data if not isinstance(data, bytes) else [data]:
                    part.write(block)


def workbook_parts(sheet=None, **more):
    """Return the files of a small workbook, with other content for some."""
    book = openpyxl.Workbook()
    for row in [("ID", "AGE"), ("1", 2), ("3", 4)]:
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    if sheet is not None:
        parts["xl/worksheets/sheet1.xml"] = sheet
    return parts | more


HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
NAMES = (
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>ID</t></is></c><c r="B1" t="inlineStr"><is><t>AGE</t></is></c></row>'
)
LAUGHS = (
    b"<!DOCTYPE l [<!ENTITY a0 'ha'>"
    + b"".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>".encode() for i in range(1, 10))
    + b"]>"
)


def far_cells():
    yield HEAD + NAMES
    for row in range(2, 20_000):
        yield f'<row r="{row}"><c r="A{row}"><v>1</v></c><c r="XFD{row}"><v>1</v></c></row>'.encode()
    yield b"</sheetData></worksheet>"


BOMBS = {
    "half a gigabyte of blanks": (lambda: [HEAD, *[b" " * (1 << 20)] * 520], "unpacks to more than 512 MB"),
    "one far cell": (
        lambda: HEAD + NAMES + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>',
        "0 rows",
    ),
    "many far cells": (far_cells, "19998 rows"),
    "entities within entities": (
        lambda: LAUGHS + HEAD + NAMES + b'<row r="2"><c r="A2" t="inlineStr"><is><t>&a9;</t></is></c></row>'
        b"</sheetData></worksheet>",
        "could not be read",
    ),
    "rows out of order": (
        lambda: HEAD + NAMES + b'<row r="9"><c r="A9"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
        b"</sheetData></worksheet>",
        "",
    ),
    "a row number beyond the last": (
        lambda: HEAD + NAMES + b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData></worksheet>',
        "0 rows",
    ),
    "a huge cell": (
        lambda: [HEAD + NAMES + b'<row r="2"><c r="A2" t="inlineStr"><is><t>', *[b"x" * (1 << 20)] * 100,
                 b"</t></is></c></row></sheetData></worksheet>"], "a cell holds more text than one can have",
    ),
}  # fmt: skip


def limited(place, megabytes, seconds=60):
    """Return what a process prints that opens a table, and how much memory it took at most."""
    code = f"""
        import resource, sys
        from consortflow.participants.tables import opened
        from consortflow.schemas.errors import ConsortflowError
        resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
        try:
            print(opened({str(place)!r}).table.shape[0], "rows")
        except ConsortflowError as error:
            print(error)
        for line in open("/proc/self/status"):  # what getrusage says begins with what the parent took
            if line.startswith("VmHWM"):
                print(int(line.split()[1]) // 1024, file=sys.stderr)
    """
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not say how much memory a process took")
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stderr) < megabytes, f"{done.stderr.strip()} MB"
    return done.stdout.strip()


@pytest.mark.parametrize("case", BOMBS)
def test_a_workbook_made_to_overwhelm_takes_little_memory(tmp_path, case):
    sheet, outcome = BOMBS[case]
    packed(tmp_path / "t.xlsx", workbook_parts(sheet()))
    said = limited(tmp_path / "t.xlsx", 200)
    assert outcome in said
    assert "\n" not in said


def test_a_workbook_of_too_many_files_is_refused(tmp_path):
    packed(tmp_path / "t.xlsx", workbook_parts() | {f"xl/x{i}": b"" for i in range(10_001)})
    assert "unpacks to more than" in str(tried(tmp_path / "t.xlsx"))


def test_a_workbook_that_lies_about_its_size_is_no_bomb(tmp_path):
    packed(tmp_path / "t.xlsx", workbook_parts([HEAD + NAMES, *[b" " * (1 << 20)] * 520]))
    data = (tmp_path / "t.xlsx").read_bytes()
    size = (520 * (1 << 20) + len(HEAD + NAMES)).to_bytes(4, "little")
    assert data.count(size) >= 1
    (tmp_path / "t.xlsx").write_bytes(data.replace(size, (4000).to_bytes(4, "little")))
    assert limited(tmp_path / "t.xlsx", 200).endswith(": is no workbook, or is damaged")


def test_a_huge_cell_of_a_database_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "t.sqlite") as database:
        database.execute("CREATE TABLE t (ID TEXT)")
        database.execute("INSERT INTO t VALUES (?)", ["x" * 2_000_000])
    database.close()
    assert str(tried(tmp_path / "t.sqlite")).endswith("t.sqlite: could not be read (DataError)")


def test_a_huge_cell_of_text_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("A,B\n" + "x" * 5_000_000 + ",1\n", encoding="utf-8")
    assert "1 row has more text than a table's row can have (at line 2)" in str(tried(tmp_path / "t.csv"))


def test_memory_does_not_grow_with_the_rows_of_a_text(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("ID,AGE,FL\n")
        for start in range(0, 2_000_000, 100_000):
            file.write("".join(f"S{i:08},{i % 90},Y\n" for i in range(start, start + 100_000)))
    assert limited(path, 300) == "2000000 rows"


def test_nothing_is_downloaded():
    for place in ("https://127.0.0.1:9/x.parquet", "s3://127.0.0.1/x.parquet"):
        with pytest.raises(duckdb.Error, match="httpfs"):
            connect().read_parquet(place)


def test_nothing_is_left_beside_a_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in WRITERS:
        rows(open_table(write(tmp_path, name)))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(WRITERS)
