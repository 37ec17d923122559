# ruff: noqa: E501, S603 - study files are written as an author would; the processes started here are our own
import csv
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from pypdf import PdfReader

from consortflow.rules import all_rules
from consortflow.schemas.json_schema import SCHEMA_FILE

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.consort.yaml"))
RIGHT = """\
study: {unit: patients}
stages:
  - {kind: enrollment, n: 67, exits: [{label: Died, n: 12}]}
  - {kind: lymphodepletion, n: 55}
"""
WRONG = RIGHT.replace("55", "56")
OPEN = "stages:\n  - {kind: screening, n: 9, exits: [{label: Not enrolled}]}\n  - {kind: enrollment}\n"
WARNED = RIGHT + "records: {table: adsl.csv, id: USUBJID}\n"
DEADLINE = 60


class Ran:
    """What a run of the command line came to: its exit code, and what it printed."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path):
    """Run the command line in this process, in a folder of its own, as `python -m consortflow` would."""
    from consortflow.cli import run

    monkeypatch.chdir(tmp_path)

    def call(*args, stdin=None):
        monkeypatch.setattr(sys, "argv", ["consortflow", *map(str, args)])
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Ran(code, out, err)

    return call


@pytest.fixture
def right(tmp_path):
    path = tmp_path / "x.consort.yaml"
    path.write_text(RIGHT)
    return path


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "wrong.consort.yaml"
    path.write_text(WRONG)
    return path


def process(*args, env=None, **options):
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "consortflow", *map(str, args)],
        env={**os.environ, **(env or {})},
        check=False,
        capture_output="stdout" not in options,
        timeout=DEADLINE,
        **options,
    )


# draw


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("x.consort.yaml", "x.svg"),
        ("x.consort.yml", "x.svg"),
        ("x.yaml", "x.svg"),
        ("x.yml", "x.svg"),
        ("x", "x.svg"),
        ("a.b.consort.yaml", "a.b.svg"),
        (".consort.yaml", ".consort.yaml.svg"),
    ],
)
def test_a_figure_is_written_beside_its_file(cli, tmp_path, name, made):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name).write_text(RIGHT)
    ran = cli("draw", folder / name)
    assert (ran.code, ran.err) == (0, "")
    assert (folder / made).read_text().startswith("<?xml")
    assert made in ran.out
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, made])


def test_the_ending_of_out_says_the_format_and_format_wins(cli, right, tmp_path):
    assert cli("draw", right, "-o", "a.dot").code == 0
    assert (tmp_path / "a.dot").read_text().lstrip().startswith(("digraph", "strict digraph"))
    assert cli("draw", right, "-o", "a.gv").code == 0
    assert (tmp_path / "a.gv").read_bytes() == (tmp_path / "a.dot").read_bytes()
    assert cli("draw", right, "-o", "A.SVG").code == 0
    assert (tmp_path / "A.SVG").read_text().startswith("<?xml")
    assert cli("draw", right, "-o", "odd.txt", "--format", "dot").code == 0
    assert (tmp_path / "odd.txt").read_bytes() == (tmp_path / "a.dot").read_bytes()
    assert cli("draw", right, "--format", "dot").code == 0
    assert (tmp_path / "x.dot").read_bytes() == (tmp_path / "a.dot").read_bytes()


@pytest.mark.parametrize("out", ["figure.xls", "figure", "figure.svg.txt", ""])
def test_an_ending_that_says_no_format_is_wrong_usage(cli, right, tmp_path, out):
    ran = cli("draw", right, "-o", out)
    assert ran.code == 2
    assert "--format" in ran.err
    assert list(tmp_path.iterdir()) == [right]


def test_a_figure_goes_to_standard_output_and_nothing_else_does(cli, right, tmp_path):
    ran = cli("draw", right, "-o", "-")
    assert ran.code == 0
    assert ran.out.startswith("<?xml")
    assert ran.out.rstrip().endswith("</svg>")
    assert list(tmp_path.iterdir()) == [right]
    assert cli("draw", right, "-o", "-", "-f", "dot").out.lstrip().startswith(("digraph", "strict digraph"))


def test_a_study_from_standard_input_is_drawn_to_standard_output(cli, tmp_path):
    ran = cli("draw", "-", stdin=RIGHT.encode())
    assert ran.code == 0
    assert ran.out.startswith("<?xml")
    assert list(tmp_path.iterdir()) == []
    assert cli("draw", "-", "-o", "out.svg", stdin=RIGHT.encode()).code == 0
    assert (tmp_path / "out.svg").read_text() == ran.out


def test_an_invalid_study_is_not_drawn_and_the_old_figure_stays(cli, wrong, tmp_path):
    old = tmp_path / "wrong.svg"
    old.write_text("the old figure")
    ran = cli("draw", wrong)
    assert ran.code == 1
    assert "error[B301]" in ran.err
    assert "is not drawn: 1 error" in ran.err
    assert ran.out == ""
    assert old.read_text() == "the old figure"
    old.unlink()
    assert cli("draw", wrong).code == 1
    assert cli("draw", wrong, "-o", "-").out == ""
    assert list(tmp_path.iterdir()) == [wrong]


def test_an_invalid_study_is_drawn_marked_when_it_is_asked_for(cli, wrong, tmp_path):
    ran = cli("draw", wrong, "--allow-invalid")
    assert ran.code == 0
    assert "error[B301]" in ran.err
    assert "Enrolled 67 - 12 = 55, but Received lymphodepletion says 56" in (
        " ".join(re.findall(r"<text[^>]*>([^<]*)", (tmp_path / "wrong.svg").read_text())).replace("\u00a0", " ")
    )


def test_a_file_that_is_no_study_is_never_drawn(cli, tmp_path):
    (tmp_path / "a.yaml").write_text("stages: 12\n")
    ran = cli("draw", "a.yaml", "--allow-invalid")
    assert ran.code == 1
    assert "error[S103]" in ran.err
    assert not (tmp_path / "a.svg").exists()


def test_warnings_and_notes_do_not_stop_a_drawing(cli, tmp_path):
    (tmp_path / "open.yaml").write_text(OPEN)
    (tmp_path / "warned.yaml").write_text(WARNED)
    assert cli("draw", "open.yaml").code == 0
    assert cli("draw", "warned.yaml").code == 0
    assert (tmp_path / "open.svg").exists()
    assert (tmp_path / "warned.svg").exists()


def test_a_width_is_kept_to_a_point(cli, right, tmp_path):
    widths = {}
    for width in ("170mm", "17cm", "170", "middle", "85"):
        assert cli("draw", right, "--width", width).code == 0
        text = (tmp_path / "x.svg").read_text()
        widths[width] = float(re.search(r'width="([0-9.]+)pt"', text).group(1)) / 72 * 25.4
    assert widths == pytest.approx({"170mm": 170, "17cm": 170, "170": 170, "middle": 114, "85": 85}, abs=0.1)


@pytest.mark.parametrize(
    "width", ["0", "-1", "abc", "1e9", "nan", "inf", "", "9999999", "20", "170 km", "\u0661\u0667\u0660mm"]
)
def test_a_width_that_is_none_or_does_not_fit_is_wrong_usage(cli, right, tmp_path, width):
    ran = cli("draw", right, "--width", width)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "mm" in ran.err
    assert list(tmp_path.iterdir()) == [right]


def test_a_width_the_file_asks_for_that_does_not_fit_is_a_problem_of_the_file(cli, right):
    right.write_text(RIGHT + "picture: {width: 20}\n")
    ran = cli("draw", right)
    assert ran.code == 1
    assert right.name in ran.err
    assert cli("draw", right, "--width", "80").code == 0


def test_themes_are_chosen_by_name_and_an_unknown_one_is_wrong_usage(cli, right, tmp_path):
    assert cli("draw", right, "--theme", "plain").code == 0
    assert 'class="bars' not in (tmp_path / "x.svg").read_text()
    ran = cli("draw", right, "--theme", "plian")
    assert ran.code == 2
    assert "did you mean 'plain'" in ran.err
    right.write_text(RIGHT + "picture: {theme: plian}\n")
    assert cli("draw", right).code == 1
    ran = cli("draw", right, "--width", "80")
    assert ran.code == 1, "the file's theme is at fault, not the option"


@pytest.mark.parametrize("out", ["x.consort.yaml", "./x.consort.yaml", "link.svg"])
def test_a_figure_never_replaces_its_own_study_file(cli, right, tmp_path, out):
    (tmp_path / "link.svg").symlink_to(right)
    ran = cli("draw", right, "-o", out, "-f", "svg")
    assert ran.code == 2
    assert "is the study file itself" in ran.err
    assert right.read_text() == RIGHT


def test_a_figure_that_cannot_be_written_is_an_outside_problem(cli, right, tmp_path):
    (tmp_path / "folder.svg").mkdir()
    for out, problem in {
        "missing/x.svg": "no such file or folder",
        "folder.svg": "is a folder",
        "x.consort.yaml/y.svg": "not a directory",
        f"{'n' * 300}.svg": "too long",
    }.items():
        ran = cli("draw", right, "-o", out)
        assert (ran.code, ran.out) == (3, "")
        assert problem in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.svg", "x.consort.yaml"]


def test_watching_needs_files(cli, right):
    assert cli("draw", "-", "--watch").code == 2
    assert cli("draw", right, "--watch", "-o", "-").code == 2


def test_watching_draws_again_when_the_file_changes_and_ends_when_interrupted(right, tmp_path):
    out = tmp_path / "x.svg"
    here = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its background jobs ignore it
    try:
        running = subprocess.Popen(
            [sys.executable, "-m", "consortflow", "draw", right, "--watch"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, here)

    def until(reached):
        stop = time.monotonic() + DEADLINE
        while not reached():
            assert time.monotonic() < stop
            assert running.poll() is None
            time.sleep(0.02)

    try:
        until(out.exists)
        first = out.read_bytes()
        right.write_text(WRONG + "# longer\n")  # nothing is drawn, and the watching goes on
        with running.stderr as err:
            lines = iter(err.readline, "")
            assert any("is not drawn" in line for line in lines)
            assert out.read_bytes() == first
            right.unlink()
            assert any("no such file" in line for line in lines)
            right.write_text(RIGHT.replace("67", "68").replace("55", "56"))
            until(lambda: out.read_bytes() != first)
            running.send_signal(signal.SIGINT)
            late = threading.Timer(DEADLINE, running.kill)
            late.start()
            rest = err.read()
            late.cancel()
        assert running.wait(DEADLINE) == 0
        assert "Traceback" not in rest
    finally:
        if running.poll() is None:
            running.kill()
        running.stdout.close()
        running.wait()


# check


def test_a_clean_file_is_said_to_be_clean(cli, right):
    ran = cli("check", right)
    assert (ran.code, ran.out, ran.err) == (0, "no problems in 1 file\n", "")


def test_findings_name_their_place_show_the_line_and_say_what_would_help(cli, wrong):
    ran = cli("check", wrong.name)
    assert (ran.code, ran.err) == (1, "")
    lines = ran.out.splitlines()
    assert lines[0] == (
        "wrong.consort.yaml:4:32: error[B301]: Enrolled 67 - 12 = 55, but Received lymphodepletion says 56"
    )
    assert lines[1] == "4 |   - {kind: lymphodepletion, n: 56}"
    assert lines[2] == f"  | {' ' * 31}^^"
    assert "  = help: Received lymphodepletion: 55, or Died: 11, or Enrolled: 68 would add up" in lines
    assert lines[-1] == "1 error in 1 file"


def test_findings_as_json_hold_all_that_the_text_says(cli, wrong):
    ran = cli("check", wrong.name, "--format", "json")
    assert ran.code == 1
    report = json.loads(ran.out)
    assert list(report) == ["version", "files", "diagnostics", "waived", "unchecked", "summary"]
    assert report["files"] == ["wrong.consort.yaml"]
    assert report["summary"] == {"error": 1, "warning": 0, "note": 0}
    (finding,) = report["diagnostics"]
    assert finding["code"] == "B301"
    assert finding["severity"] == "error"
    assert (finding["line"], finding["column"], finding["end_line"], finding["end_column"]) == (4, 32, 4, 34)
    assert finding["help"] == "Received lymphodepletion: 55, or Died: 11, or Enrolled: 68 would add up"
    assert [(r["message"], r["line"]) for r in finding["related"]] == [
        ("Enrolled says 67", 3),
        ("Died says 12", 3),
    ]


def test_json_of_nothing_wrong_is_an_empty_report(cli, right):
    report = json.loads(cli("check", right, "-f", "json").out)
    assert report["diagnostics"] == []
    assert report["summary"] == {"error": 0, "warning": 0, "note": 0}


def test_warnings_fail_only_when_checking_is_strict(cli, tmp_path):
    (tmp_path / "warned.yaml").write_text(WARNED)
    (tmp_path / "open.yaml").write_text(OPEN)
    ran = cli("check", "warned.yaml")
    assert ran.code == 0
    assert "warning[N101]" in ran.out
    assert "1 warning in 1 file" in ran.out
    assert cli("check", "--strict", "warned.yaml").code == 1
    ran = cli("check", "open.yaml", "--select", "B")
    assert ran.code == 0, "a note only informs"
    assert "note[B201]" in ran.out
    ran = cli("check", "--strict", "open.yaml", "--select", "B")
    assert ran.code == 1, "strictly, every count must be determined"
    assert "error[B201]" in ran.out


def test_several_files_are_checked_in_one_run_and_one_that_cannot_be_read_stops_none(cli, right, wrong):
    ran = cli("check", "missing.yaml", wrong, ".", right)
    assert ran.code == 3
    assert "missing.yaml: no such file or folder" in ran.err
    assert ".: is a folder" in ran.err
    assert "error[B301]" in ran.out
    assert "1 error in 2 files" in ran.out
    ran = cli("check", wrong, "missing.yaml", right, "--format", "json")
    assert ran.code == 3
    report = json.loads(ran.out)
    assert report["files"] == [str(wrong), str(right)]
    assert [finding["code"] for finding in report["diagnostics"]] == ["B301"]


def test_a_file_named_twice_is_checked_once(cli, wrong):
    assert "1 error in 1 file" in cli("check", wrong, wrong).out


def test_every_problem_of_a_file_comes_out_in_one_run_in_file_order(cli, tmp_path):
    (tmp_path / "a.yaml").write_text(
        "stages:\n"
        "  - {kind: screening, n: 10, exits: [{label: Out, n: 3, reasons: {A: 1, B: 1}}]}\n"
        "  - {kind: enrollment, n: 7, exits: [{label: Out, n: 3}]}\n"
        "  - {kind: infusion, n: 5}\n"
        "analysis_sets:\n"
        "  - {label: Safety, of: infused, n: 5}\n"
    )
    ran = cli("check", "a.yaml", "-f", "json")
    found = json.loads(ran.out)["diagnostics"]
    assert {finding["code"] for finding in found} == {"B302", "B301", "S108"}
    assert [finding["line"] for finding in found] == sorted(finding["line"] for finding in found)


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing\n", "---\n", "null\n", "[]\n", "12\n", "stages: []\n", "a: [\n", "\tx\n", "\0"]
)
def test_an_empty_file_or_one_that_is_no_study_is_a_problem_of_the_file(cli, tmp_path, text):
    (tmp_path / "a.yaml").write_text(text)
    for command in ("check", "draw", "counts"):
        ran = cli(command, "a.yaml")
        assert ran.code == 1, command
        assert "error[" in ran.out + ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


@pytest.mark.parametrize("command", ["draw", "check", "counts"])
def test_what_cannot_be_read_is_an_outside_problem_in_one_line(cli, tmp_path, monkeypatch, command):
    (tmp_path / "latin.yaml").write_bytes("stages: [{kind: other, label: caf\xe9}]".encode("latin-1"))
    (tmp_path / "utf16.yaml").write_text(RIGHT, encoding="utf-16")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    with (tmp_path / "large.yaml").open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    for name, problem in {
        "missing.yaml": "no such file or folder",
        ".": "is a folder",
        "/": "is a folder",
        "latin.yaml": "not UTF-8",
        "utf16.yaml": "looks like UTF-16",
        "large.yaml": "larger than 64 MB",
        "loop.yaml": "symbolic links",
        "": "",
    }.items():
        ran = cli(command, name)
        assert (ran.code, ran.out) == (3, ""), name
        assert ran.err.startswith("consortflow: ")
        assert ran.err.count("\n") == 1
        assert problem in ran.err

    def refused(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "mine.yaml").write_text(RIGHT)
    monkeypatch.setattr(Path, "open", refused)
    ran = cli(command, "mine.yaml")
    assert ran.code == 3
    assert "no permission" in ran.err


def test_a_byte_order_mark_and_windows_line_ends_are_no_problem(cli, tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode())
    assert cli("check", "a.yaml").code == 0
    assert cli("check", "-", stdin=b"\xef\xbb\xbf" + RIGHT.encode()).code == 0


def test_standard_input_is_named_in_findings(cli):
    ran = cli("check", "-", stdin=WRONG.encode())
    assert ran.code == 1
    assert ran.out.startswith("<stdin>:4:32: error[B301]")
    ran = cli("counts", "-", stdin=b"\xff\xfe")
    assert ran.code == 3
    assert "<stdin>: not UTF-8" in ran.err


# counts

ALL_KINDS = """\
study: {unit: patients}
stages:
  - kind: screening
    enters: {Clinic A: 30, Clinic B: 10}
    exits: [{label: Excluded, n: 10, reasons: {Declined: 4, Ineligible: {Age: 5, Other: 1}}}]
  - kind: randomization
    arms:
      - label: Drug
        stages:
          - {kind: allocation, n: 15, details: [{label: Received, n: 14, reasons: {Twice: 3, Once: 11}}], exits: [{label: Lost, n: 2}]}
          - {kind: follow-up}
      - label: Placebo
        stages:
          - {kind: allocation, exits: [{label: Lost, n: 1}]}
          - {kind: follow-up, n: '>=3'}
  - {kind: analysis, exits: [{label: Died, n: <5}]}
transfers: [{from: drug/follow-up, to: placebo/follow-up, n: 1, kind: crossover}]
pooled: [{over: [drug/allocation/lost, placebo/allocation/lost], reasons: {Moved: 3}}]
analysis_sets:
  - label: Safety
    of: randomization
    n: 29
    excluded: {Never treated: 1}
    outcomes: {Any event: 20, partition: {Mild: 25, Severe: 4}}
"""
ROW = ["id", "label", "kind", "unit", "n", "low", "high", "status"]
RATE = ["of", "percent", "ci_low", "ci_high"]


@pytest.fixture
def all_kinds(cli, tmp_path):
    (tmp_path / "all.yaml").write_text(ALL_KINDS)
    return json.loads(cli("counts", "all.yaml", "--format", "json").out)


def test_counts_as_json_have_a_row_for_everything_that_is_counted(all_kinds):
    assert list(all_kinds) == ["counts"]
    rows = all_kinds["counts"]
    assert {row["kind"] for row in rows} == {
        "stage", "exit", "reason", "detail", "arm", "enter", "transfer", "pooled", "set", "outcome",
    }  # fmt: skip
    assert all(list(row) == [*ROW, *(RATE if row["kind"] == "outcome" else ())] for row in rows)
    assert {row["unit"] for row in rows} == {"patients"}
    assert len({row["id"] for row in rows}) == len(rows)


def test_counts_come_in_file_order_and_parts_extend_the_id_of_their_whole(all_kinds):
    assert [(row["id"], row["kind"], row["n"]) for row in all_kinds["counts"]] == [
        ("screening", "stage", 40),
        ("screening/clinic-a", "enter", 30),
        ("screening/clinic-b", "enter", 10),
        ("screening/excluded", "exit", 10),
        ("screening/excluded/declined", "reason", 4),
        ("screening/excluded/ineligible", "reason", 6),
        ("screening/excluded/ineligible/age", "reason", 5),
        ("screening/excluded/ineligible/other", "reason", 1),
        ("randomization", "stage", 30),
        ("drug", "arm", 15),
        ("drug/allocation", "stage", 15),
        ("drug/allocation/received", "detail", 14),
        ("drug/allocation/received/twice", "reason", 3),
        ("drug/allocation/received/once", "reason", 11),
        ("drug/allocation/lost", "exit", 2),
        ("drug/follow-up", "stage", 13),
        ("placebo", "arm", 15),
        ("placebo/allocation", "stage", 15),
        ("placebo/allocation/lost", "exit", 1),
        ("placebo/follow-up", "stage", 15),
        ("analysis", "stage", 27),
        ("analysis/died", "exit", None),
        ("crossed-over", "transfer", 1),
        ("reasons-given-together", "pooled", 3),
        ("reasons-given-together/moved", "reason", 3),
        ("safety", "set", 29),
        ("safety/never-treated", "reason", 1),
        ("safety/any-event", "outcome", 20),
        ("safety/mild", "outcome", 25),
        ("safety/severe", "outcome", 4),
    ]


def test_a_count_says_how_it_is_known(all_kinds):
    known = {row["id"]: (row["n"], row["low"], row["high"], row["status"]) for row in all_kinds["counts"]}
    assert known["screening"] == (40, 40, 40, "derived")
    assert known["drug/allocation"] == (15, 15, 15, "unchecked")
    assert known["analysis/died"] == (None, 0, 4, "interval")
    assert known["drug/allocation/lost"][3] == "stated"
    assert known["placebo/follow-up"] == (15, 15, 15, "derived")
    assert {status for *_, status in known.values()} == {"stated", "derived", "interval", "unchecked"}


def test_a_count_without_an_upper_bound_says_so(cli, tmp_path):
    (tmp_path / "a.yaml").write_text("stages:\n  - {kind: screening, n: '>=10'}\n")
    rows = json.loads(cli("counts", "a.yaml", "-f", "json").out)["counts"]
    assert rows == [
        {"id": "screening", "label": "Screened for eligibility", "kind": "stage", "unit": "participants", "n": None,
         "low": 10, "high": None, "status": "interval"}
    ]  # fmt: skip


def test_outcomes_have_their_rate_and_exact_interval_in_percent(all_kinds):
    rates = {row["id"]: [row[key] for key in RATE] for row in all_kinds["counts"] if row["kind"] == "outcome"}
    assert rates["safety/any-event"] == ["safety", 69.0, 49.2, 84.7]
    assert rates["safety/severe"] == ["safety", 13.8, 3.9, 31.7]


def test_the_published_trial_is_derived_end_to_end(cli):
    inati = next(path for path in EXAMPLES if path.name.startswith("inati"))
    rows = {row["id"]: row for row in json.loads(cli("counts", inati, "-f", "json").out)["counts"]}
    n = {full: row["n"] for full, row in rows.items()}
    derived = {full for full, row in rows.items() if row["status"] == "derived"}
    assert (n["screening"], n["enrollment"], n["lymphodepletion"]) == (92, 67, 55)
    assert {"screening", "enrollment", "lymphodepletion", "screening/not-enrolled"} <= derived
    assert n["screening/not-enrolled"] == 25
    assert n["enrollment/discontinued-before-lymphodepletion"] == 12
    assert n["lymphodepletion/not-infused"] == 7
    exclusion = "screening/not-enrolled/met-exclusion-criteria"
    assert n[exclusion] == 19
    assert sorted(n[full] for full in n if full.startswith(f"{exclusion}/")) == [1, 3, 4, 11]
    assert n["received-inati-cel-infusion"] == n["evaluated-for-efficacy-and-safety"] == 48
    month, best = (row for row in rows.values() if row["kind"] == "outcome")
    assert [month[key] for key in ("n", *RATE)] == [34, "evaluated-for-efficacy-and-safety", 70.8, 55.9, 83.0]
    assert [best[key] for key in ("n", *RATE)] == [41, "evaluated-for-efficacy-and-safety", 85.4, 72.2, 93.9]


def test_each_unit_has_a_row_of_its_own(cli):
    cluster = next(path for path in EXAMPLES if path.name.startswith("cluster"))
    rows = json.loads(cli("counts", cluster, "-f", "json").out)["counts"]
    assert [(row["id"], row["unit"], row["n"]) for row in rows[:4]] == [
        ("screening", "nursing homes", 40),
        ("screening", "residents", 2210),
        ("screening/excluded", "nursing homes", 8),
        ("screening/excluded", "residents", 384),
    ]
    assert len({(row["id"], row["unit"]) for row in rows}) == len(rows)


def test_counts_as_csv_are_the_counts_as_json(cli, all_kinds):
    raw = cli("counts", "all.yaml", "-f", "csv").out
    table = list(csv.DictReader(io.StringIO(raw, newline="")))
    assert list(table[0]) == [*ROW, *RATE]
    assert len(table) == len(all_kinds["counts"])
    for line, row in zip(table, all_kinds["counts"], strict=True):
        assert line == {key: "" if row.get(key) is None else str(row[key]) for key in line}


def test_a_table_of_counts_shows_each_number_and_how_it_is_known(cli, all_kinds):
    lines = cli("counts", "all.yaml").out.splitlines()
    assert len(lines) == len(all_kinds["counts"])
    assert lines[0].split() == ["Screened", "for", "eligibility", "40", "derived"] or "Assessed" in lines[0]
    for line, row in zip(lines, all_kinds["counts"], strict=True):
        number = str(row["n"]) if row["n"] is not None else f"{row['low']}-{row['high']}"
        assert re.search(rf"{re.escape(row['label'])}\s+{number}\s+{row['status']}", line)
    assert any(line.endswith("69.0% (49.2-84.7)") for line in lines)


@pytest.mark.parametrize("label", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\uff1dcmd()"])
def test_a_spreadsheet_runs_no_label_as_a_formula(cli, tmp_path, label):
    (tmp_path / "a.yaml").write_text(
        f'stages:\n  - {{kind: other, id: "=x", label: "{label}", n: 1}}\n', encoding="utf-8"
    )
    (row,) = csv.DictReader(io.StringIO(cli("counts", "a.yaml", "-f", "csv").out, newline=""))
    assert row["label"].removeprefix("'") == label
    assert not row["label"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row["id"] == "'=x"
    (row,) = json.loads(cli("counts", "a.yaml", "-f", "json").out)["counts"]
    assert row["label"] == label


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_contradiction_gives_no_counts_but_its_findings(cli, wrong, form):
    ran = cli("counts", wrong, "-f", form)
    assert (ran.code, ran.out) == (1, "")
    assert "error[B301]: Enrolled 67 - 12 = 55" in ran.err


# explain, schema, init, help


def test_every_rule_is_explained_and_listed(cli):
    rules = all_rules()
    assert len(rules) > 30
    listed = cli("explain").out.splitlines()
    assert [line.split()[0] for line in listed] == list(rules)
    for code, rule in rules.items():
        ran = cli("explain", code.lower())
        assert ran.code == 0
        text = " ".join(ran.out.split())
        assert f"{code} ({rule.severity}): {rule.title}" in text
        assert rule.why in text
        for example in (rule.wrong, rule.right):
            assert " ".join(example.split()) in text


def test_an_unknown_code_is_wrong_usage_and_the_nearest_is_named(cli):
    ran = cli("explain", "B300")
    assert ran.code == 2
    assert "did you mean B30" in ran.err
    assert cli("explain", "").code == 2


def test_the_schema_is_printed_as_it_is_shipped(cli):
    ran = cli("schema")
    assert ran.code == 0
    assert json.loads(ran.out) == json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def test_derived_counts_are_marked_where_asked_for(cli, tmp_path):
    (tmp_path / "a.yaml").write_text(RIGHT.replace(", n: 55", ""))
    for option, marked in (((), False), (("--show-derived",), True), (("--hide-derived",), False)):
        ran = cli("draw", "a.yaml", *option, "-o", "a.svg")
        assert ran.code == 0
        assert ("Derived from the other counts" in (tmp_path / "a.svg").read_text()) is marked


@pytest.mark.parametrize("template", ["single-arm-cell-therapy", "parallel", "crossover", "cluster"])
def test_a_new_file_is_clean_draws_and_names_the_schema(cli, tmp_path, template):
    ran = cli("init", "--template", template, "new.consort.yaml")
    assert ran.code == 0
    assert "consortflow draw new.consort.yaml" in ran.out
    first = (tmp_path / "new.consort.yaml").read_text().splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE.as_uri()}"
    ran = cli("check", "--strict", "new.consort.yaml")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "no problems in 1 file")
    assert cli("draw", "new.consort.yaml").code == 0
    assert (tmp_path / "new.svg").exists()


def test_an_existing_file_is_not_overwritten_unless_it_is_forced(cli, tmp_path):
    assert cli("init").code == 0
    path = tmp_path / "study.consort.yaml"
    fresh = path.read_text()
    path.write_text("mine")
    ran = cli("init", "-t", "parallel")
    assert ran.code == 2
    assert "--force" in ran.err
    assert path.read_text() == "mine"
    assert cli("init", "--force").code == 0
    assert path.read_text() == fresh


def test_a_template_goes_to_standard_output(cli, tmp_path):
    ran = cli("init", "-")
    assert ran.out.startswith("# yaml-language-server: $schema=")
    assert list(tmp_path.iterdir()) == []
    assert cli("check", "-", stdin=ran.out.encode()).code == 0


def test_a_template_that_cannot_be_written_is_an_outside_problem(cli, tmp_path):
    (tmp_path / "folder").mkdir()
    assert cli("init", "missing/x.yaml").code == 3
    assert cli("init", "--force", "folder").code == 3


@pytest.mark.parametrize(
    "args",
    [
        [], ["nonsense"], ["draw"], ["check"], ["counts"], ["draw", "a", "b", "-o", "c"], ["draw", "--nonsense", "a"],
        ["draw", "a", "--format", "bmp"], ["check", "a", "--format", "svg"], ["counts", "a", "--format", "xml"],
        ["init", "--template", "nonsense"], ["draw", "a", "-o"], ["explain", "Q999"],
    ],
)  # fmt: skip
def test_wrong_usage_exits_with_2(cli, args):
    ran = cli(*args)
    assert ran.code == 2
    assert ran.out + ran.err


@pytest.mark.parametrize("command", ["draw", "check", "counts", "explain", "schema", "init"])
def test_each_command_has_help(cli, command):
    ran = cli(command, "--help")
    assert ran.code == 0
    assert f"consortflow {command}" in ran.out


def test_help_and_version_load_neither_networkx_nor_pydantic():
    code = (
        "import sys\nfrom consortflow.cli import run\n"
        "for args in (['--help'], ['--version']):\n"
        "    sys.argv = ['consortflow', *args]\n"
        "    assert run() == 0\n"
        "print(sorted({'networkx', 'pydantic', 'yaml', 'graphviz'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=DEADLINE)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "draw" in done.stdout
    assert "0.1.0" in done.stdout


# processes


def test_exit_codes_reach_the_shell_without_a_traceback(right, wrong):
    for args, code in [
        (["check", right], 0),
        (["check", wrong], 1),
        (["draw", "--nonsense"], 2),
        (["draw", right.with_name("missing.yaml")], 3),
    ]:
        done = process(*args)
        assert done.returncode == code
        assert b"Traceback" not in done.stderr


def test_figures_and_reports_are_the_same_bytes_in_every_process(tmp_path):
    code = (
        "import hashlib, io, sys; from contextlib import redirect_stdout; from pathlib import Path\n"
        "from consortflow.cli import run\n"
        "for file in sys.argv[2:]:\n"
        "    for args in (['draw', file, '-o', f'{sys.argv[1]}.svg'], ['draw', file, '-o', f'{sys.argv[1]}.dot']):\n"
        "        sys.argv[0:0], saved = [], sys.argv\n"
        "        sys.argv = ['consortflow', *args]\n"
        "        with redirect_stdout(io.StringIO()): assert run() == 0\n"
        "        sys.argv = saved\n"
        "        print(hashlib.sha256(Path(args[-1]).read_bytes()).hexdigest())\n"
        "    for args in (['counts', file, '-f', 'json'], ['check', file, '-f', 'json']):\n"
        "        sys.argv, saved = ['consortflow', *args], sys.argv\n"
        "        run()\n"
        "        sys.argv = saved\n"
    )
    (tmp_path / "wrong.yaml").write_text(ALL_KINDS)
    outputs = []
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "figure"), *map(str, EXAMPLES), str(tmp_path / "wrong.yaml")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=DEADLINE,
        )
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert len(re.findall(rb"^[0-9a-f]{64}\r?$", outputs[0], re.MULTILINE)) == 2 * (1 + len(EXAMPLES))


def test_a_study_is_read_from_a_pipe(right):
    done = process("draw", "-", input=right.read_bytes())
    assert done.returncode == 0
    assert done.stdout.startswith(b"<?xml")


def test_a_reader_that_has_seen_enough_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = process("counts", EXAMPLES[0], stdout=writing, stderr=subprocess.PIPE)
    finally:
        os.close(writing)
    assert done.returncode == 0
    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device of a full disk is Linux's")
@pytest.mark.parametrize("args", [["draw", "-o", "-"], ["check"], ["counts"]])
def test_output_onto_a_full_disk_is_an_outside_problem(args):
    with Path("/dev/full").open("wb") as full:
        done = process(args[0], EXAMPLES[0], *args[1:], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 3
    assert done.stderr == b"consortflow: standard output: no space left on device\n"


def test_figures_are_drawn_where_no_program_is_on_the_path(right, tmp_path):
    out = tmp_path / "alone.svg"
    done = process("draw", right, "-o", out, env={"PATH": "/nonexistent"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert out.read_text().startswith("<?xml")


def on_a_terminal(*args, env=None):
    """Run the command line on a terminal; return its exit code and everything it showed."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "consortflow", *map(str, args)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={
            **{k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")},
            "TERM": "xterm",
            **(env or {}),
        },
    )
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], DEADLINE)[0]:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return running.wait(DEADLINE), shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is a POSIX thing")
def test_colour_is_for_terminals_that_want_it(cli, wrong):
    plain = cli("check", wrong).out
    assert "\x1b" not in plain
    code, shown = on_a_terminal("check", wrong)
    assert code == 1
    assert "\x1b[1;31m" in shown
    uncoloured = re.sub(r"\x1b\[[0-9;]*m", "", shown).replace("\r\n", "\n")
    assert uncoloured == plain, "colour changes no word"
    code, shown = on_a_terminal("check", wrong, env={"NO_COLOR": "1"})
    assert code == 1
    assert shown.replace("\r\n", "\n") == plain


def test_what_it_took_to_fit_a_width_is_said_beside_the_figure(cli, tmp_path):
    (tmp_path / "a.yaml").write_bytes(next(path for path in EXAMPLES if path.name.startswith("eight-arm")).read_bytes())
    ran = cli("draw", "a.yaml", "--width", "170mm", "-o", "a.svg")
    assert ran.code == 0
    assert re.fullmatch(r"a\.yaml: the type is \d(\.5)? pt, not 9 pt, to fit 170 mm\n", ran.err)
    assert cli("draw", "a.yaml", "--width", "500mm", "-o", "a.svg").err == ""


@pytest.fixture
def tall(tmp_path):
    visits = "".join(
        f"  - {{kind: other, label: Visit {visit}, n: {400 - visit}, exits: [{{label: Left {visit}, n: 1}}]}}\n"
        for visit in range(20)
    )
    path = tmp_path / "tall.consort.yaml"
    path.write_text(f"stages:\n{visits}", encoding="utf-8")
    return path


def test_pages_are_files_of_their_own_and_one_page_keeps_its_name(cli, tall, right, tmp_path):
    ran = cli("draw", str(tall), "--pages", "--height", "150mm", "-f", "svg", "-f", "dot")
    assert ran.code == 0
    made = sorted(path.name for path in tmp_path.glob("tall-*"))
    count = len(made) // 2
    assert count > 1
    assert made == sorted(f"tall-{page}.{form}" for page in range(1, count + 1) for form in ("dot", "svg"))
    assert ran.out.count("wrote ") == len(made)
    assert not (tmp_path / "tall.svg").exists()
    ran = cli("draw", str(right), "--pages", "-o", str(tmp_path / "one.svg"))
    assert (ran.code, (tmp_path / "one.svg").exists(), list(tmp_path.glob("one-*"))) == (0, True, [])


def test_pages_are_one_file_where_a_format_has_pages(cli, tall, tmp_path):
    ran = cli(
        "draw", str(tall), "--pages", "--height", "150mm", "-o", str(tmp_path / "t.pdf"), "-o", str(tmp_path / "t.svg")
    )
    assert ran.code == 0
    pages = len(list(tmp_path.glob("t-*.svg")))
    assert pages > 1
    assert len(PdfReader(tmp_path / "t.pdf").pages) == pages
    assert list(tmp_path.glob("t-*.pdf")) == []


def test_several_pages_do_not_go_to_standard_output(cli, tall):
    ran = cli("draw", str(tall), "--pages", "--height", "150mm", "-o", "-")
    assert (ran.code, ran.out) == (2, "")
    assert "pages do not go to one standard output" in ran.err


def test_a_page_may_be_turned(cli, right, tmp_path):
    for option, wide in (("--landscape", 257), ("--portrait", 170)):
        assert cli("draw", str(right), option, "-o", str(tmp_path / "a.svg")).code == 0
        svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
        points = float(re.search(r'width="([0-9.]+)pt"', svg)[1])
        assert points == pytest.approx(wide / 25.4 * 72, abs=0.01)


@pytest.mark.parametrize("height", ["tall", "5", "-1", ""])
def test_a_height_that_is_none_is_wrong_usage(cli, right, height):
    ran = cli("draw", str(right), "--height", height)
    assert ran.code == 2
    assert "is not a height" in ran.err
