"""Themes of one's own from the command line: what is drawn, what is refused, and with which exit code."""

import re
import subprocess
import sys

import pytest

RIGHT = """\
stages:
  - {kind: enrollment, n: 67, exits: [{label: Died, n: 12}]}
  - {kind: lymphodepletion, n: 55}
"""


@pytest.fixture
def draw(tmp_path):
    (tmp_path / "x.consort.yaml").write_text(RIGHT)

    def run(*arguments, file="x.consort.yaml", text=None):
        command = [sys.executable, "-m", "consortflow", "draw", file, "-o", "x.svg", *arguments]
        return subprocess.run(  # noqa: S603 - our own program
            command, cwd=tmp_path, capture_output=True, encoding="utf-8", input=text, timeout=60, check=False
        )

    return run


def drawn(tmp_path):
    return (tmp_path / "x.svg").read_text(encoding="utf-8")


def test_a_file_named_on_the_command_line_is_read_from_where_the_command_runs(draw, tmp_path):
    (tmp_path / "mine.toml").write_text('paper = "#fafafa"\ncolumns = { poster = 300 }\n')
    ran = draw("--theme", "mine.toml", "--width", "poster")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert 'fill="#fafafa"' in drawn(tmp_path)
    assert float(re.search(r'width="([\d.]+)pt"', drawn(tmp_path))[1]) == pytest.approx(300 / 25.4 * 72, abs=0.01)


def test_a_file_named_in_a_study_is_read_from_beside_the_study(draw, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "mine.toml").write_text('paper = "#fafafa"\n')
    (tmp_path / "sub" / "y.consort.yaml").write_text(RIGHT + "picture: {theme: mine.toml}\n")
    assert draw(file="sub/y.consort.yaml").returncode == 0
    assert 'fill="#fafafa"' in drawn(tmp_path)
    ran = draw(file="-", text=RIGHT + "picture: {theme: mine.toml}\n")
    assert ran.returncode == 3, "from standard input there is no folder but the one the command runs in"
    assert ran.stderr == "consortflow: mine.toml: no such file or folder\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('base = "bloood"', "mine.toml: `base` is 'bloood', and no theme is called 'bloood'; did you mean 'blood'?"),
        ("size = ", "mine.toml: this is not TOML"),
        ('ink = "blue"\nsise = 3', "mine.toml: `ink` is a colour, as in #1b3a5c, and this is 'blue'; `sise` is no key"),
    ],
)
def test_a_wrong_file_is_wrong_usage_on_the_command_line_and_a_problem_in_a_study(draw, tmp_path, text, said):
    (tmp_path / "mine.toml").write_text(text)
    ran = draw("--theme", "mine.toml")
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"consortflow: {said}")
    assert ran.stderr.count("\n") == 1
    (tmp_path / "y.consort.yaml").write_text(RIGHT + "picture: {theme: mine.toml}\n")
    ran = draw(file="y.consort.yaml")
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"consortflow: y.consort.yaml: {said}")
    assert not (tmp_path / "x.svg").exists()


def test_a_width_that_no_column_of_the_own_theme_has_is_the_width_s_fault(draw, tmp_path):
    (tmp_path / "mine.toml").write_text("columns = { poster = 300 }\n")
    (tmp_path / "y.consort.yaml").write_text(RIGHT + "picture: {width: narrow}\n")
    ran = draw("--theme", "mine.toml", file="y.consort.yaml")
    assert ran.returncode == 1, "the theme was asked for on the command line, the width was not"
    assert ran.stderr == (
        "consortflow: y.consort.yaml: 'narrow' is not a width: write millimetres, as in 170mm, or a column: poster\n"
    )
