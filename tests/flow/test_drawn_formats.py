"""The command that draws, in the formats that bring letters and dots: what it writes, and what it says where not."""

import pytest
from typer.testing import CliRunner

from consortflow.cli import app
from consortflow.diagrams import typefaces

TEXT = "stages:\n  - {kind: screening, n: 10, exits: [{label: Out, n: 3}]}\n  - {kind: enrollment, n: 7}\n"
STARTS = {"pdf": b"%PDF-1.7", "png": b"\x89PNG", "tif": b"II*\x00", "eps": b"%!PS-Adobe", "tex": b"% ", "svg": b"<?xml"}


def drawn(folder, text, *options):
    (folder / "a.consort.yaml").write_text(text, encoding="utf-8")
    return CliRunner().invoke(app, ["draw", str(folder / "a.consort.yaml"), *map(str, options)])


def test_one_study_goes_to_many_formats_at_once(tmp_path):
    outputs = [option for ending in STARTS for option in ("-o", tmp_path / f"figure.{ending}")]
    assert drawn(tmp_path, TEXT, *outputs, "--dpi", 60, "--fonts", "outline").exit_code == 0
    for ending, start in STARTS.items():
        assert (tmp_path / f"figure.{ending}").read_bytes().startswith(start)


def test_a_letter_that_one_format_cannot_have_leaves_all_unwritten(tmp_path):
    done = drawn(tmp_path, TEXT.replace("Out", "Died 😀"), "-o", tmp_path / "a.svg", "-o", tmp_path / "a.pdf")
    assert done.exit_code == 1
    assert "(GRINNING FACE) in 'Died 😀" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.consort.yaml"]


def test_ideographs_without_their_font_name_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr(typefaces, "_wide_file", lambda: None)
    done = drawn(tmp_path, TEXT.replace("Out", "患者"), "-o", tmp_path / "a.png")
    assert done.exit_code == 3
    assert "pip install 'consortflow[cjk]'" in done.stderr
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize("dpi", ["29", "1201", "many"])
def test_dots_beyond_what_is_possible_are_a_mistake_of_the_command(tmp_path, dpi):
    assert drawn(tmp_path, TEXT, "-o", tmp_path / "a.png", "--dpi", dpi).exit_code == 2
    assert not (tmp_path / "a.png").exists()


def test_a_picture_too_large_is_said_in_one_line(tmp_path):
    done = drawn(tmp_path, TEXT, "-o", tmp_path / "a.png", "--dpi", 1200, "--width", "4000mm")
    assert done.exit_code == 2
    assert "million" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
