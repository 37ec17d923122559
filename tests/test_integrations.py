"""What runs consortflow elsewhere: the hook for pre-commit and the GitHub action, as their own files say it."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from consortflow.cli import app

ROOT = Path(__file__).parents[1]
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
RIGHT = "stages: [{kind: screening, n: 9}, {kind: enrollment, n: 9}]\n"
WRONG = RIGHT.replace("9}]", "8}]")
OPEN = "stages: [{kind: screening, n: 9, exits: [{label: Died}]}, {kind: enrollment}]\n"


def test_the_hook_runs_a_command_that_exists_on_study_files():
    import re

    program, command = shlex.split(HOOK["entry"])
    assert program == "consortflow"
    assert command in get_command(app).commands
    assert HOOK["language"] == "python"
    pattern = re.compile(HOOK["files"])
    assert pattern.search("trials/a.consort.yaml")
    assert pattern.search("a.consort.yml")
    assert not pattern.search("consort.yaml")
    assert not pattern.search("a.consort.yaml.txt")


def test_every_input_of_the_action_is_used_and_described():
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    for name, about in ACTION["inputs"].items():
        assert about["description"].endswith(".")
        assert text.count(f"inputs.{name} ") == 1
    steps = ACTION["runs"]["steps"]
    assert all("${{" not in step.get("run", "") for step in steps), (
        "an input in the text of a script could be a command"
    )


@pytest.fixture
def action(tmp_path):
    """Run the step that checks, as GitHub's bash would, with the program of this environment first on the path."""
    if shutil.which("bash") is None or shutil.which("consortflow") is None:
        pytest.skip("needs bash and the installed program")
    step = next(step for step in ACTION["runs"]["steps"] if step.get("name") == "Check")

    def run(**inputs):
        values = {name: about["default"] for name, about in ACTION["inputs"].items()} | inputs
        env = {name: values[value.split("inputs.")[1].split()[0]] for name, value in step["env"].items()}
        return subprocess.run(  # noqa: S603
            [shutil.which("bash"), "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=tmp_path, env={**os.environ, **env, "GITHUB_ACTIONS": "true"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    (tmp_path / "a trial").mkdir()
    (tmp_path / "a trial" / "one.consort.yaml").write_text(RIGHT)
    (tmp_path / "two.consort.yaml").write_text(WRONG)
    (tmp_path / "open.consort.yaml").write_text(OPEN)
    return run


def test_the_action_checks_every_study_file_and_annotates_the_wrong_line(action):
    ran = action()
    assert ran.returncode == 1
    assert "in 3 files" in ran.stdout
    assert "::error file=two.consort.yaml,line=1," in ran.stdout


def test_the_action_passes_where_the_files_it_is_given_are_right(action):
    assert action(files="a trial/*.yaml").returncode == 0
    assert action(files="open.consort.yaml\na trial/one.consort.yaml").returncode == 0
    assert action(files="open.consort.yaml", strict="true").returncode == 1
    assert action(ignore="B").returncode == 0


def test_the_action_says_which_pattern_fits_nothing(action):
    ran = action(files="*.consort.yaml\nnothing/*.yaml")
    assert ran.returncode == 3
    assert "::error::no file fits nothing/*.yaml" in ran.stdout


def test_the_action_takes_no_orders_from_a_file_s_name(action, tmp_path):
    (tmp_path / "$(touch owned).consort.yaml").write_text(RIGHT)
    (tmp_path / "--help.consort.yaml").write_text(RIGHT)
    assert action(files="*owned*\n--help*").returncode == 0
    assert not (tmp_path / "owned").exists()


def test_the_action_writes_a_sarif_report_and_still_fails(action, tmp_path):
    import json

    ran = action(sarif="out.sarif", select="B301")
    assert ran.returncode == 1
    log = json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8"))
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["B301"]
