"""Many files to many figures: one line for each, none stops the rest, nothing leaves the folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from consortflow.cli import run

RIGHT = "stages: [{kind: screening, n: 5, exits: [{label: Left, n: 2}]}, {kind: enrollment}]\n"
WRONG = "stages: [{kind: screening, n: 5, exits: [{label: Left, n: 2}]}, {kind: enrollment, n: 4}]\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trials").mkdir()
    for name, text in {"a": RIGHT, "b": WRONG, "c": RIGHT}.items():
        (tmp_path / "trials" / f"{name}.consort.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def draw(monkeypatch, capsys):
    def call(*args):
        monkeypatch.setattr(sys, "argv", ["consortflow", "draw", *args])
        code = run()
        return code, *capsys.readouterr()

    return call


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_one_bad_file_never_stops_the_rest_and_each_has_a_line(folder, draw, jobs):
    code, out, err = draw("trials/*.consort.yaml", "--out-dir", "figures", "--jobs", jobs)
    assert code == 1
    assert out.splitlines() == [
        "trials/a.consort.yaml: wrote figures/a.svg",
        "trials/c.consort.yaml: wrote figures/c.svg",
    ]
    bad, summary = err.splitlines()
    assert bad.startswith("trials/b.consort.yaml: not drawn: 1 error: trials/b.consort.yaml:1:87: error[B301]: ")
    assert summary == "2 files drawn, 1 not"
    assert files(folder / "figures") == ["a.svg", "c.svg"]


def test_workers_draw_the_same_bytes(folder, draw):
    draw("trials/a.consort.yaml", "trials/c.consort.yaml", "--out-dir", "one")
    draw("trials/a.consort.yaml", "trials/c.consort.yaml", "--out-dir", "two", "-j", "2")
    assert [(folder / "one" / f).read_bytes() for f in ("a.svg", "c.svg")] == [
        (folder / "two" / f).read_bytes() for f in ("a.svg", "c.svg")
    ]


def test_each_file_is_drawn_in_every_format_that_is_asked_for(folder, draw):
    code, out, _ = draw("trials/[ac].consort.yaml", "--out-dir", "figures/new", "-f", "svg", "-f", "dot")
    assert code == 0
    assert "wrote figures/new/a.svg, figures/new/a.dot" in out
    assert files(folder / "figures") == ["new/a.dot", "new/a.svg", "new/c.dot", "new/c.svg"]


def test_several_files_are_drawn_beside_themselves_without_a_folder(folder, draw):
    assert draw("trials/a.consort.yaml", "trials/c.consort.yaml")[0] == 0
    assert {"trials/a.svg", "trials/c.svg"} <= set(files(folder))


@pytest.mark.usefixtures("folder")
def test_a_study_that_contradicts_is_drawn_when_asked_for_and_says_so(draw):
    code, out, _ = draw("trials/b.consort.yaml", "--out-dir", "figures", "--allow-invalid")
    assert code == 0
    assert out == "trials/b.consort.yaml: wrote figures/b.svg; 1 error in it\n"


def test_a_file_that_cannot_be_read_is_a_line_too(folder, draw):
    (folder / "trials" / "d.consort.yaml").write_bytes(b"\xff\xfe\x00")
    code, out, err = draw("trials/a.consort.yaml", "trials/d.consort.yaml", "gone.yaml", "--out-dir", "figures")
    assert code == 3
    assert out == "trials/a.consort.yaml: wrote figures/a.svg\n"
    assert "trials/d.consort.yaml: not drawn: trials/d.consort.yaml: not UTF-8" in err
    assert "gone.yaml: not drawn: gone.yaml: no such file" in err


def test_two_files_that_would_be_drawn_to_one_are_refused_before_anything_is_drawn(folder, draw):
    (folder / "a.yaml").write_text(RIGHT, encoding="utf-8")
    code, _, err = draw("trials/a.consort.yaml", "a.yaml", "--out-dir", "figures")
    assert code == 2
    assert "trials/a.consort.yaml and a.yaml would both be drawn to figures/a.svg" in err
    assert not (folder / "figures").exists()


def test_nothing_is_written_through_a_link_that_leads_out_of_the_folder(folder, draw):
    (folder / "figures").mkdir()
    (folder / "precious.svg").write_text("mine")
    (folder / "figures" / "a.svg").symlink_to(folder / "precious.svg")
    code, _, err = draw("trials/a.consort.yaml", "trials/c.consort.yaml", "--out-dir", "figures")
    assert code == 3
    assert "a link that leads out of figures" in err
    assert (folder / "precious.svg").read_text() == "mine"
    assert (folder / "figures" / "c.svg").exists()


def test_names_that_are_devices_elsewhere_are_refused(folder, draw):
    (folder / "NUL.consort.yaml").write_text(RIGHT, encoding="utf-8")
    code, _, err = draw("NUL.consort.yaml", "trials/a.consort.yaml", "--out-dir", "figures")
    assert code == 2
    assert "cannot be called 'NUL'" in err


def test_a_folder_that_is_a_file_is_an_outside_problem(folder, draw):
    (folder / "figures").write_text("")
    code, _, err = draw("trials/a.consort.yaml", "trials/c.consort.yaml", "--out-dir", "figures")
    assert code == 3
    assert "figures: is a file, not a folder" in err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["trials/*.txt", "--out-dir", "x"], "trials/*.txt: no file has such a name"),
        (["trials/a.consort.yaml", "--out-dir", "x", "-o", "y.svg"], "-o is for one file"),
        (["trials/a.consort.yaml", "-", "--out-dir", "x"], "standard input has no name"),
        (["trials/a.consort.yaml", "--out-dir", "x", "--watch"], "--watch takes one file"),
        (["trials/a.consort.yaml", "-o", "y.svg", "-f", "svg", "-f", "dot"], "several formats have no one OUT"),
        (["trials/a.consort.yaml", "-o", "y.svg", "-o", "./y.svg"], "two of the outputs are the same file"),
        (["trials/a.consort.yaml", "--fonts", "wingdings"], "--fonts wingdings: it is one of stack, embed, outline"),
        (["trials/a.consort.yaml", "--format", "bmp"], "--format bmp: it is one of svg"),
    ],
)
def test_wrong_usage_says_what_is_wrong_and_writes_nothing(folder, draw, args, said):
    before = files(folder)
    code, out, err = draw(*args)
    assert (code, out) == (2, "")
    assert said in err
    assert files(folder) == before


def test_one_file_is_written_to_several_outputs(folder, draw):
    code, out, _ = draw("trials/a.consort.yaml", "-o", "one.svg", "-o", "two.dot")
    assert (code, out) == (0, "wrote one.svg\nwrote two.dot\n")
    assert (folder / "two.dot").read_text().startswith("digraph")


def test_an_interrupted_batch_leaves_whole_files_only(folder):
    for number in range(60):
        (folder / "trials" / f"x{number}.consort.yaml").write_text(RIGHT, encoding="utf-8")
    command = [sys.executable, "-m", "consortflow", "draw", "trials/x*.consort.yaml", "--out-dir", "out"]
    started = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603 - our own
    assert started.stdout.readline()
    started.kill()
    started.communicate()
    drawn = list((folder / "out").glob("*.svg"))
    assert drawn
    assert all(path.read_text(encoding="utf-8").endswith("</svg>\n") for path in drawn)


def test_a_pattern_s_signs_in_a_name_are_no_pattern(folder, draw):
    (folder / "a[1].consort.yaml").write_text(RIGHT, encoding="utf-8")
    assert draw("a[1].consort.yaml")[0] == 0
    assert Path(folder, "a[1].svg").exists()
