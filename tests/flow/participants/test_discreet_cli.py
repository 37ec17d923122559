"""The command line, asked to count broken and wrong tables: nothing it prints holds a value of theirs."""

import subprocess
import sys

import pytest
import trial_tables
from test_hostile_tables import MARKS, SECRET, WRONG_TEXT, damaged
from trial_tables import write

from consortflow.cli.terminal import run

STUDY = """
study: {title: Discreet, unit: patients}
records: {id: USUBJID}
stages:
  - kind: screening
    exits:
      - {label: Left, reasons: {Age: {where: AGE > 900000000 and WEIGHT < 10}, Flag: {where: SAFFL = 'Y'}}}
  - {kind: analysis, where: RANDDT >= 2014-01-01}
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setattr(trial_tables, "ROWS", [
        (f"{SECRET}{i}", 918273645 + i, 918273645 + i / 2, SECRET, row[4]) for i, row in enumerate(trial_tables.ROWS)
    ])  # fmt: skip
    path = tmp_path / "discreet.consort.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def asked(monkeypatch, capfd, *arguments):
    """Return the exit code of the command line and everything it printed."""
    monkeypatch.setattr(sys, "argv", ["consortflow", *map(str, arguments)])
    code = run()
    printed = "".join(capfd.readouterr())
    assert "Traceback" not in printed
    return code, printed


@pytest.mark.parametrize(
    "name", ["adsl.csv", "adsl.parquet", "adsl.xpt", "adsl.xlsx", "adsl.duckdb", "adsl.sqlite", "adsl.feather"]
)
def test_damaged_tables_are_counted_or_refused_without_a_word_of_theirs(tmp_path, monkeypatch, capfd, study, name):
    data = write(tmp_path, name).read_bytes()
    codes = []
    for bad in [data, *damaged(data, f"cli {name}", 12)]:
        (tmp_path / name).write_bytes(bad)
        code, printed = asked(monkeypatch, capfd, "counts", study, "--records", tmp_path / name)
        codes.append(code)
        assert [mark for mark in MARKS if mark in printed] == []
        assert printed.strip()
    assert set(codes) <= {0, 1, 3}
    assert 3 in codes


@pytest.mark.parametrize("case", WRONG_TEXT)
def test_wrong_texts_are_refused_without_a_word_of_theirs(tmp_path, monkeypatch, capfd, study, case):
    text = WRONG_TEXT[case]
    (tmp_path / "t.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    study.write_text(STUDY.replace("USUBJID", "A").replace("AGE", "B").replace("WEIGHT", "B").replace("SAFFL", "A"))
    for arguments in (["counts", study, "--records", tmp_path / "t.csv"], ["check", study]):
        code, printed = asked(monkeypatch, capfd, *arguments)
        assert code in (0, 1, 3)
        assert [mark for mark in MARKS if mark in printed] == []


@pytest.mark.parametrize("how", ["twice", "without an id", "of a wrong type", "no such column"])
def test_findings_about_records_hold_numbers_of_rows_only(tmp_path, monkeypatch, capfd, study, how):
    rows = list(trial_tables.ROWS)
    if how == "twice":
        rows = rows * 2
    elif how == "without an id":
        rows[1] = (None, *rows[1][1:])
    elif how == "of a wrong type":
        rows[1] = (rows[1][0], SECRET, *rows[1][2:])
    monkeypatch.setattr(trial_tables, "ROWS", rows)
    if how == "no such column":
        study.write_text(STUDY.replace("SAFFL", "SAFLE"))
    code, printed = asked(monkeypatch, capfd, "counts", study, "--records", write(tmp_path, "adsl.csv"))
    assert code == 1
    assert "error[N" in printed
    assert [mark for mark in MARKS if mark in printed] == []


def test_a_missing_library_is_one_line_at_the_command_line(tmp_path, study):
    write(tmp_path, "adsl.xpt")
    code = "import sys; sys.modules['pyreadstat'] = None; from consortflow.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "counts", str(study), "--records", str(tmp_path / "adsl.xpt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert done.returncode == 3
    assert done.stderr == "consortflow: reading .xpt needs pyreadstat: pip install 'consortflow[xpt]'\n"
    assert done.stdout == ""
