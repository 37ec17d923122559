# ruff: noqa: E501 - documents are written as the programs write them
"""The verb and the command: what they print and refuse, and that no moment leaves a manuscript in pieces."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from manuscripts import BEFORE, IMAGES, LATER, STUDY, folder, run

import consortflow as cf
from consortflow.manuscript.forms import ManuscriptError

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    return lambda *args: run(monkeypatch, capsys, "embed", *args)


def test_the_command_says_what_it_wrote_and_then_that_nothing_changes(cli, tmp_path):
    folder(tmp_path, "md")
    assert cli("trial.consort.yaml", "paper.md") == (
        0, "wrote trial-flow.svg: trial: figure\nwrote paper.md: trial: figure\n", ""
    )  # fmt: skip
    assert cli("trial.consort.yaml", "paper.md") == (0, "paper.md is current\n", "")


def test_check_says_what_would_change_and_exits_1(cli, tmp_path):
    study, _ = folder(tmp_path, "md")
    code, out, err = cli(study, "paper.md", "--check")
    assert (code, out) == (1, "out of date trial-flow.svg: trial: figure\nout of date paper.md: trial: figure\n")
    assert "paper.md is out of date" in err
    cli(study, "paper.md")
    assert cli(study, "paper.md", "--check") == (0, "paper.md is current\n", "")
    study.write_text(LATER)
    code, out, _ = cli(study, "paper.md", "--check")
    assert (code, out) == (
        1,
        "out of date trial-flow.svg: trial: picture\nout of date paper.md: trial: picture, legend\n",
    )
    assert "Of 67 patients" in (tmp_path / "paper.md").read_text()


def test_small_counts_are_hidden_where_that_is_asked_for(cli, tmp_path):
    study, manuscript = folder(tmp_path, "md")
    assert cli(study, manuscript, "--mask", "20")[0] == 0
    said = manuscript.read_text() + (tmp_path / "trial-flow.svg").read_text()
    assert "(n &lt; 20)" in said or "&lt;20" in said or "<20" in said
    assert "n = 12" not in said
    assert "n = 55" not in said
    assert cli(study, manuscript, "--mask", "20", "--round", "5")[0] == 2


def test_a_manuscript_without_a_marker_is_told_what_to_put_where(cli, tmp_path):
    folder(tmp_path, "md", "# T\n\n<!-- consortflow: trail -->\n")
    code, out, err = cli("trial.consort.yaml", "paper.md")
    assert (code, out) == (1, "")
    assert 'paper.md: error[M102]: no marker for "trial"' in err
    assert "help: put this where the figure shall stand: <!-- consortflow: trial -->" in err
    assert "paper.md:3:1: warning[M101]" in err
    assert "3 | <!-- consortflow: trail -->\n  | ^^^" in err
    assert err.endswith("paper.md is left as it was: 1 error\n")


def test_a_study_with_errors_is_reported_and_nothing_is_written(cli, tmp_path):
    folder(tmp_path, "md", study=STUDY.replace("55", "54"))
    code, out, err = cli("trial.consort.yaml", "paper.md")
    assert (code, out) == (1, "")
    assert "trial.consort.yaml:3:" in err or "trial.consort.yaml:4:" in err
    assert "B301" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["paper.md", "trial.consort.yaml"]


def test_out_leaves_the_manuscript_alone(cli, tmp_path):
    (tmp_path / "out").mkdir()
    folder(tmp_path, "md")
    assert cli("trial.consort.yaml", "paper.md", "-o", "out/new.md")[0] == 0
    assert (tmp_path / "paper.md").read_text() == BEFORE["md"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"new.md", "trial-flow.svg"}
    assert cli("trial.consort.yaml", "paper.md", "-o", "out/new.md") == (0, "out/new.md is current\n", "")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("paper.docm", "macros"), ("paper.doc", "save it as .docx"), ("paper.odt", "save it as .docx"),
        ("paper.rtf", "save it as .docx"), ("paper.pdf", "finished"), ("paper.ipynb", "notebook"), ("paper.rst", "directive"),
        ("paper.txt", "not a kind of manuscript"), ("paper", "not a kind of manuscript"), ("PAPER.DOTX", "template"),
        ("other.consort.yaml", "this is a study file"),
    ],
)  # fmt: skip
def test_other_files_are_refused_with_what_to_do(cli, tmp_path, name, said):
    (tmp_path / "trial.consort.yaml").write_text(STUDY)
    (tmp_path / name).write_bytes(b"kept")
    code, out, err = cli("trial.consort.yaml", name)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert (tmp_path / name).read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["paper.md"], 2, "study files and, last, the manuscript"),
        (["trial.consort.yaml", "none.md"], 3, "none.md: no such file or folder"),
        (["none.yaml", "paper.md"], 3, "none.yaml: no such file or folder"),
        (["trial.consort.yaml", "folder.md"], 3, "is a folder"),
        (["-", "paper.md"], 2, "standard input has no name"),
        (["trial.consort.yaml", "trial.consort.yaml", "paper.md"], 2, "two studies are called trial"),
        (["trial.consort.yaml", "paper.md", "--editable"], 2, "only a Word document"),
        (["trial.consort.yaml", "paper.md", "--format", "docx"], 2, "Markdown takes svg, png, pdf"),
        (["trial.consort.yaml", "paper.md", "--theme", "plian"], 2, "plain"),
        (["trial.consort.yaml", "paper.md", "--width", "11mm"], 2, "needs at least"),
        (["trial.consort.yaml", "paper.md", "-o", "paper.html"], 2, "Markdown stays Markdown"),
        (["trial.consort.yaml", "paper.md", "-o", "none/paper.md"], 3, "no such file or folder"),
        (["trial.consort.yaml", "link.yaml"], 2, "study file"),
    ],
)
def test_wrong_use_is_one_line_and_nothing_is_written(cli, tmp_path, args, code, said):
    folder(tmp_path, "md")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "link.yaml").symlink_to("trial.consort.yaml")
    before = sorted(path.name for path in tmp_path.iterdir())
    found, out, err = cli(*args)
    assert (found, out) == (code, "")
    assert said in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "paper.md").read_text() == BEFORE["md"]


def test_a_manuscript_that_is_the_study_file_under_another_name_is_refused(cli, tmp_path):
    (tmp_path / "trial.consort.yaml").write_text(STUDY)
    (tmp_path / "paper.md").symlink_to("trial.consort.yaml")
    code, _, err = cli("trial.consort.yaml", "paper.md")
    assert code == 2
    assert "is the study file itself" in err


def test_a_symbolic_link_stays_one_and_images_lie_beside_the_link(tmp_path):
    (tmp_path / "there").mkdir()
    study, manuscript = folder(tmp_path, "md")
    manuscript.rename(tmp_path / "there" / "real.md")
    manuscript.symlink_to("there/real.md")
    cf.embed(study, manuscript)
    assert manuscript.is_symlink()
    assert "trial-flow.svg" in (tmp_path / "there" / "real.md").read_text()
    assert (tmp_path / "trial-flow.svg").exists()
    assert not (tmp_path / "there" / "trial-flow.svg").exists()
    assert cf.embed(study, manuscript).current


@pytest.mark.skipif(AS_ROOT, reason="root may write everything")
def test_a_file_that_is_read_only_is_refused_before_anything_is_written(tmp_path):
    study, manuscript = folder(tmp_path, "md")
    manuscript.chmod(0o444)
    with pytest.raises(cf.FileError, match="no permission"):
        cf.embed(study, manuscript)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["paper.md", "trial.consort.yaml"]


def test_a_file_without_permission_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    study, manuscript = folder(tmp_path, "md")
    monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).endswith("paper.md"))
    with pytest.raises(cf.FileError, match="no permission"):
        cf.embed(study, manuscript)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["paper.md", "trial.consort.yaml"]


def test_somebody_s_own_picture_is_not_overwritten(tmp_path):
    study, manuscript = folder(tmp_path, "md")
    (tmp_path / "trial-flow.svg").write_text("<svg>mine</svg>")
    with pytest.raises(cf.FileError, match="no figure of ours; name another in the marker: trial, image: PATH"):
        cf.embed(study, manuscript)
    assert (tmp_path / "trial-flow.svg").read_text() == "<svg>mine</svg>"
    assert manuscript.read_text() == BEFORE["md"]
    cf.draw(study, theme="plain").save(tmp_path / "trial-flow.svg")
    assert not cf.embed(study, manuscript).current


def test_two_studies_cannot_share_an_image(tmp_path):
    text = "<!-- consortflow: trial, image: a.svg -->\n\n<!-- consortflow: two, image: a.svg -->\n"
    study, manuscript = folder(tmp_path, "md", text)
    (tmp_path / "two.consort.yaml").write_text(LATER)
    with pytest.raises(cf.FileError, match="two studies"):
        cf.embed([study, tmp_path / "two.consort.yaml"], manuscript)
    assert not (tmp_path / "a.svg").exists()


def test_names_that_make_the_same_file_are_refused(tmp_path):
    folder(tmp_path, "md")
    with pytest.raises(ManuscriptError, match="the same name"):
        cf.embed({"a b": cf.loads(STUDY), "a-b": cf.loads(STUDY)}, tmp_path / "paper.md")


@pytest.mark.parametrize("image", ["x.docx", "x", "x.gif"])
def test_an_image_that_the_kind_does_not_show_is_refused(tmp_path, image):
    study, manuscript = folder(tmp_path, "md", f"<!-- consortflow: trial, image: {image} -->\n")
    with pytest.raises(ManuscriptError, match="Markdown takes"):
        cf.embed(study, manuscript)


def test_studies_of_every_sort_are_taken(tmp_path):
    study, manuscript = folder(tmp_path, "md")
    assert cf.embed(cf.read(study), manuscript).changes
    assert cf.embed([str(study)], str(manuscript)).current
    assert cf.embed({"trial": cf.loads(STUDY)}, manuscript).current
    assert not cf.embed({"trial": cf.loads(LATER)}, manuscript, check=True).current
    built = cf.Study.model_validate({"stages": [{"kind": "enrollment", "n": 1}]})
    with pytest.raises(ManuscriptError, match="has no name"):
        cf.embed(built, manuscript)
    assert not cf.embed({"trial": built}, manuscript, check=True).current


def test_formats_and_widths_reach_the_image(tmp_path):
    study, manuscript = folder(tmp_path, "md")
    cf.embed(study, manuscript, format="png", width="120mm")
    assert (tmp_path / "trial-flow.png").read_bytes() == cf.draw(study, width="120mm").to_bytes("png")
    assert "(trial-flow.png)" in manuscript.read_text()


def test_a_manuscript_that_its_author_saves_meanwhile_is_not_overwritten(tmp_path, monkeypatch):
    study, manuscript = folder(tmp_path, "md")
    from consortflow.manuscript import embedding

    drawn = embedding._drawn

    def slowly(*args):
        manuscript.write_text(BEFORE["md"] + "A new sentence.\n")
        return drawn(*args)

    monkeypatch.setattr(embedding, "_drawn", slowly)
    with pytest.raises(cf.FileError, match="was changed while"):
        cf.embed(study, manuscript)
    assert manuscript.read_text() == BEFORE["md"] + "A new sentence.\n"
    assert not (tmp_path / "trial-flow.svg").exists()


# nothing is ever left in pieces


def whole(tmp_path, kind, old, states):
    """Assert that the manuscript is whole, old or new, and that the figure it refers to is whole."""
    text = (tmp_path / f"paper.{kind}").read_bytes()
    assert text in old
    if kind in IMAGES and f"trial-flow.{IMAGES[kind]}".encode() in text:
        assert (tmp_path / f"trial-flow.{IMAGES[kind]}").read_bytes() in states


CALLS = ("open", "fsync", "fdopen", "close", "access", "umask", "replace", "rename", "chmod", "stat", "unlink", "fstat")


@pytest.mark.parametrize("kind", ["md", "tex", "html"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["disk", "interrupt"]
)
def test_whichever_call_fails_the_old_manuscript_is_whole(tmp_path, monkeypatch, kind, call, error):
    study, manuscript = folder(tmp_path, kind)
    cf.embed(study, manuscript)
    old = manuscript.read_bytes()
    image = (tmp_path / f"trial-flow.{IMAGES[kind]}").read_bytes() if kind in IMAGES else b""
    study.write_text(LATER)
    later = cf.draw(study).to_bytes(IMAGES[kind]) if kind in IMAGES else b""
    real = getattr(os, call)
    for turn in range(1, 12):
        count = 0

        def failing(*args, turn=turn, **more):
            nonlocal count
            count += sys._getframe(1).f_code.co_filename.endswith(
                ("files.py", "pathlib.py", "tempfile.py", "embedding.py")
            )
            if count == turn:
                raise error
            return real(*args, **more)

        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing)
            try:
                cf.embed(study, manuscript)
                finished = True
            except (cf.FileError, OSError, KeyboardInterrupt):
                finished = False
        if finished:
            break
        if manuscript.read_bytes() == old:
            whole(tmp_path, kind, {old}, {image, later})
        else:  # the rename is done, and what fails is what makes it last
            break
    cf.embed(study, manuscript)
    assert cf.embed(study, manuscript).current
    assert manuscript.read_bytes() != old
    stray = [
        p.name
        for p in tmp_path.iterdir()
        if not p.name.startswith(("trial", "paper")) and call not in ("unlink", "close")
    ]
    assert stray == []


KILLED = """
import itertools, sys
import consortflow as cf
one, two = cf.read(sys.argv[1]), cf.read(sys.argv[2])
cf.embed({"trial": one}, sys.argv[3])
print("ready", flush=True)
for turn in itertools.count():
    cf.embed({"trial": two if turn % 2 == 0 else one}, sys.argv[3])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
@pytest.mark.parametrize("kind", ["tex", "qmd", "docx"])
@pytest.mark.parametrize("turn", range(3))
def test_a_killed_run_leaves_a_whole_manuscript_and_a_whole_figure(tmp_path, kind, turn):
    states, images = set(), set()
    two = tmp_path / "two.yaml"
    two.write_text(LATER)
    if kind == "docx":
        pytest.importorskip("docx", reason="python-docx makes the documents")
        from documents import paragraph, with_body

        study, manuscript = folder(tmp_path, "md")
        manuscript = tmp_path / "paper.docx"
        manuscript.write_bytes(with_body(paragraph("[consortflow: trial]")))
    else:
        study, manuscript = folder(tmp_path, kind)
    for source in (STUDY, LATER):
        cf.embed({"trial": cf.loads(source)}, manuscript)
        states.add(manuscript.read_bytes())
        if kind in IMAGES:
            images.add((tmp_path / f"trial-flow.{IMAGES[kind]}").read_bytes())
    with subprocess.Popen([sys.executable, "-c", KILLED, study, two, manuscript], stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout.readline() == b"ready\n"
        seen = []
        while len(seen) < 2 + turn:
            data = manuscript.read_bytes()
            if not seen or seen[-1] != data:
                seen.append(data)
        process.send_signal(signal.SIGKILL)
    assert manuscript.read_bytes() in states
    if kind in IMAGES:
        assert (tmp_path / f"trial-flow.{IMAGES[kind]}").read_bytes() in images
    assert set(seen) <= states
    assert Path(manuscript).stat().st_size > 0
