"""Counting from records at the command line."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import consortflow as cf
from consortflow.cli import app

pytestmark = pytest.mark.usefixtures("folder")
EXAMPLES = Path(__file__).parents[2] / "examples" / "records"


def run(*args, stdin=None):
    return CliRunner().invoke(app, list(args), input=stdin)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for path in EXAMPLES.iterdir():
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_counts_come_with_the_order_that_participants_were_counted_in():
    ran = run("counts", "trial.consort.yaml")
    assert ran.exit_code == 0, ran.stderr
    assert "Counted in this order" in ran.stdout
    first, second = (
        next(line for line in ran.stdout.splitlines() if line.lstrip().startswith(f"{n} ")) for n in (1, 2)
    )
    assert "AGE < 18" in first
    assert "CONSENT = 'N'" in second
    assert "note[N114]" in ran.stderr


def test_counts_as_json_hold_nothing_but_counts():
    rows = json.loads(run("counts", "trial.consort.yaml", "-f", "json").stdout)["counts"]
    assert {row["id"]: row["n"] for row in rows}["randomization"] == 9


def test_what_is_counted_is_said_to_be_and_needs_no_other_proof():
    rows = json.loads(run("counts", "trial.consort.yaml", "-f", "json").stdout)["counts"]
    assert {row["status"] for row in rows} == {"counted"}
    assert "unchecked" not in run("check", "trial.consort.yaml").stdout
    study = cf.read("trial.consort.yaml")
    statuses = {row.status for row in cf.counts(cf.solve(cf.count(study)))}
    assert statuses == {"counted"}
    assert study._tallied == frozenset(), "the study that was handed over stays as it was"
    run("counts", "trial.consort.yaml", "--write", "counted.consort.yaml")
    counted = cf.read("counted.consort.yaml")
    assert {row.status for row in cf.counts(cf.solve(cf.count(counted)))} == {"counted"}
    assert counted._counted is None
    Path("trial.csv").unlink()
    alone = json.loads(run("counts", "counted.consort.yaml", "-f", "json").stdout)["counts"]
    assert {row["status"] for row in alone} == {"stated", "derived", "unchecked"}


def test_check_draw_and_table_count_first(folder):
    assert run("check", "trial.consort.yaml").exit_code == 0
    assert run("draw", "trial.consort.yaml").exit_code == 0
    assert "9" in (folder / "trial.svg").read_text(encoding="utf-8")
    assert run("table", "trial.consort.yaml").exit_code == 0


def test_other_records_are_counted_and_stated_numbers_must_be_theirs(folder):
    assert run("counts", "trial.consort.yaml", "--write", "counted.consort.yaml").exit_code == 0
    assert run("check", "counted.consort.yaml").exit_code == 0
    text = (folder / "trial.csv").read_text(encoding="utf-8")
    (folder / "fewer.csv").write_text("\n".join(text.splitlines()[:-1]) + "\n", encoding="utf-8")
    ran = run("counts", "counted.consort.yaml", "--records", "fewer.csv")
    assert ran.exit_code == 1
    assert "N104" in ran.stderr
    assert "and 1 are counted" in ran.stderr or "says 2" in ran.stderr


def test_a_counted_file_is_whole_without_its_records(folder):
    run("counts", "trial.consort.yaml", "--write", "counted.consort.yaml")
    (folder / "trial.csv").unlink()
    ran = run("check", "counted.consort.yaml")
    assert ran.exit_code == 0
    assert "warning[N101]" in ran.stdout
    assert run("draw", "counted.consort.yaml").exit_code == 0
    assert run("check", "trial.consort.yaml").exit_code == 1


def test_a_joined_table_is_named_by_its_name():
    Path("joined.consort.yaml").write_text(
        "records: {id: ID, join: {X: {table: none.csv}}}\n"
        "stages: [{kind: screening, exits: [{label: Out, where: X.AGE < 18}]}]\n",
        encoding="utf-8",
    )
    ran = run("counts", "joined.consort.yaml", "--records", "trial.csv", "--records", "X=trial.csv")
    assert ran.exit_code == 0, ran.stderr
    assert "Out" in ran.stdout
    assert "none.csv" in str(run("counts", "joined.consort.yaml", "--records", "trial.csv").exception)
    other = run("counts", "joined.consort.yaml", "--records", "trial.csv", "--records", "Y=trial.csv")
    assert "no table of the study is called so" in str(other.exception)
    assert run("counts", "joined.consort.yaml", "--records", "trial.csv", "--records", "trial.csv").exit_code == 2


@pytest.mark.parametrize("option", ["--records", "--write", "--list-ids"])
def test_options_of_records_need_records(option):
    Path("plain.consort.yaml").write_text("stages: [{kind: screening, n: 3}]\n", encoding="utf-8")
    ran = run("counts", "plain.consort.yaml", option, "out.csv")
    assert ran.exit_code == 2
    assert "has no records" in ran.stderr
    assert not Path("out.csv").exists()


def test_the_study_file_is_not_written_over_and_a_masked_one_holds_no_small_count():
    before = Path("trial.consort.yaml").read_bytes()
    for option in ("--write", "--list-ids"):
        assert run("counts", "trial.consort.yaml", option, "./trial.consort.yaml").exit_code == 2
    assert run("counts", "trial.consort.yaml", "--mask", "5", "--write", "out.yaml").exit_code == 0
    masked = Path("out.yaml").read_text(encoding="utf-8")
    assert "n: <=4" in masked
    assert not re.search(r"n: [1-4]\b", masked)
    assert all(word not in masked for word in ("where", "records", "by:", "values", "AGE", "SAFETY", "STATUS"))
    assert run("check", "out.yaml").exit_code == 0
    assert Path("trial.consort.yaml").read_bytes() == before
    masked = run("counts", "trial.consort.yaml", "--mask", "5")
    assert "Counted in this order" not in masked.stdout
    assert "N114" not in masked.stderr


def test_a_study_from_standard_input_is_counted_and_written_to_standard_output():
    text = Path("trial.consort.yaml").read_text(encoding="utf-8")
    ran = run("counts", "-", "--write", "-", stdin=text)
    assert ran.exit_code == 0, ran.stderr
    assert "n: 2, where: AGE < 18" in ran.stdout or "n: 2" in ran.stdout
    assert cf.loads(ran.stdout).records is not None


def test_a_missing_table_is_one_line():
    command = [sys.executable, "-m", "consortflow", "counts", "trial.consort.yaml", "--records", "gone.parquet"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - ours
    assert ran.returncode == 3
    assert ran.stderr == "consortflow: gone.parquet: no such file or folder\n"


def test_without_the_extra_one_line_names_it():
    code = (
        "import sys; sys.modules['duckdb'] = None; sys.modules['narwhals'] = None\n"
        "from consortflow.cli import run; sys.argv = ['consortflow', 'counts', 'trial.consort.yaml']; sys.exit(run())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - ours
    assert ran.returncode == 3
    assert ran.stderr.count("\n") == 1
    assert "consortflow[records]" in ran.stderr


def test_studies_without_records_import_nothing_of_them():
    code = (
        "import sys, consortflow as cf\n"
        "cf.check(cf.loads('stages: [{kind: screening, n: 3}]'))\n"
        "assert not {'narwhals', 'duckdb', 'consortflow.participants'} & sys.modules.keys(), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)  # noqa: S603 - ours


def test_what_the_documentation_shows_is_counted_as_it_says():
    page = (EXAMPLES.parents[1] / "docs" / "records.md").read_text(encoding="utf-8")
    shown = page.split("```yaml\n")[1].split("```")[0]
    Path("shown.consort.yaml").write_text(shown, encoding="utf-8")
    study = cf.count("shown.consort.yaml")
    assert cf.solve(study).n("treatment-a") == 5
    assert cf.solve(study).n("screening/excluded") == 5


def test_where_records_cannot_be_counted_only_that_is_said():
    Path("trial.csv").unlink()
    ran = run("check", "trial.consort.yaml")
    assert ran.exit_code == 1
    assert re.findall(r"\[([A-Z]\d+)\]", ran.stdout) == ["N101"]
    wrong = Path("trial.consort.yaml").read_text(encoding="utf-8").replace("AGE < 18", "AGEE < 18")
    shutil.copy(EXAMPLES / "trial.csv", ".")
    Path("wrong.consort.yaml").write_text(wrong, encoding="utf-8")
    ran = run("check", "wrong.consort.yaml")
    assert re.findall(r"\[([A-Z]\d+)\]", ran.stdout) == ["N102"]
    waived = wrong.replace(
        "  - kind: randomization", "  - kind: randomization  # consortflow: allow D202: no log was kept"
    )
    Path("wrong.consort.yaml").write_text(waived, encoding="utf-8")
    ran = run("check", "wrong.consort.yaml")
    assert re.findall(r"\[([A-Z]\d+)\]", ran.stdout) == ["N102"], "a rule that has not spoken may need its waiver"


VERBS = {
    "check": [],
    "counts": [],
    "table": [],
    "legend": ["-o", "-"],
    "draw": ["-o", "-"],
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_counts_the_records_that_it_is_given(folder, verb):
    names, *rows = (folder / "trial.csv").read_text(encoding="utf-8").splitlines()
    many = [f"{copy}{row}" for copy in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJK" for row in rows]
    (folder / "many.csv").write_text("\n".join([names, *many]), encoding="utf-8")
    (folder / "again.csv").write_text("\n".join([names, *rows, rows[0]]), encoding="utf-8")
    own = run(verb, "trial.consort.yaml", *VERBS[verb])
    other = run(verb, "trial.consort.yaml", *VERBS[verb], "--records", "many.csv")
    assert own.exit_code == other.exit_code == 0, other.stderr
    assert "333" not in own.stdout
    assert "333" in other.stdout or verb == "check"
    same = run(verb, "trial.consort.yaml", *VERBS[verb], "--records", "again.csv")
    assert same.exit_code == 1
    assert "1 participant has several rows" in same.stdout + same.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_takes_records_for_a_study_without(verb):
    Path("plain.consort.yaml").write_text("stages: [{kind: screening, n: 3}]\n", encoding="utf-8")
    ran = run(verb, "plain.consort.yaml", *VERBS[verb], "--records", "trial.csv")
    assert ran.exit_code == 2
    assert "--records: plain.consort.yaml has no records" in ran.stderr
    assert not ran.stdout


def test_many_files_are_drawn_from_the_records_that_are_given(folder):
    shutil.copy("trial.consort.yaml", "again.consort.yaml")
    Path("plain.consort.yaml").write_text("stages: [{kind: screening, n: 3}]\n", encoding="utf-8")
    shutil.move("trial.csv", "other.csv")
    files = ["trial.consort.yaml", "again.consort.yaml", "plain.consort.yaml"]
    ran = run("draw", *files, "--out-dir", "out", "--records", "other.csv")
    assert ran.exit_code == 2
    assert "plain.consort.yaml: not drawn: --records: plain.consort.yaml has no records" in ran.stderr
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["again.svg", "trial.svg"]


def test_a_manuscript_gets_the_figure_of_the_records_that_are_given(folder):
    shutil.move("trial.csv", "other.csv")
    Path("paper.md").write_text("# Paper\n\n<!-- consortflow: trial -->\n", encoding="utf-8")
    ran = run("embed", "trial.consort.yaml", "paper.md", "--records", "other.csv")
    assert ran.exit_code == 0, ran.stderr
    assert "9" in re.findall(r">Randomi[sz]ed \(n = (\d+)\)<", (folder / "trial-flow.svg").read_text(encoding="utf-8"))
    Path("plain.consort.yaml").write_text("stages: [{kind: screening, n: 3}]\n", encoding="utf-8")
    assert run("embed", "plain.consort.yaml", "paper.md", "--records", "other.csv").exit_code == 2


def test_a_table_that_cannot_be_read_stops_no_other_file(folder):
    shutil.copy("trial.consort.yaml", "broken.consort.yaml")
    text = Path("broken.consort.yaml").read_text(encoding="utf-8")
    Path("broken.consort.yaml").write_text(text.replace("trial.csv", "broken.parquet"), encoding="utf-8")
    Path("broken.parquet").write_bytes(b"PAR1 and no more")
    Path("wrong.consort.yaml").write_text("stages: [{kind: screening, n: 3}, {kind: randomization, n: 4}]\n")
    files = ["broken.consort.yaml", "wrong.consort.yaml", "trial.consort.yaml"]
    ran = run("check", *files)
    assert ran.exit_code == 3
    assert "consortflow: broken.parquet: is cut off" in ran.stderr
    assert "wrong.consort.yaml:1:" in ran.stdout
    ran = run("draw", *files, "--out-dir", "out")
    assert ran.exit_code == 3
    assert "broken.consort.yaml: not drawn: broken.parquet: is cut off" in ran.stderr
    assert "1 file drawn, 2 not" in ran.stderr
    assert [path.name for path in (folder / "out").iterdir()] == ["trial.svg"]
