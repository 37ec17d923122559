"""EPS: one page that keeps to its bounding box, in ASCII, with no font to look for."""

import re

import pytest
from printing import figure, hostile, names, run

from consortflow.diagrams.writers import write


def comments(text):
    return dict(re.findall(r"^%%(\w+): (.*)$", text, re.MULTILINE))


@pytest.mark.parametrize("name", [*names(), "hostile"])
def test_it_is_ascii_of_short_lines_with_the_comments_that_a_journal_reads(name):
    scene = hostile().scene if name == "hostile" else figure(name).scene
    text = write(scene, "eps").decode("ascii")
    assert text.startswith("%!PS-Adobe-3.0 EPSF-3.0\n")
    assert text.endswith("%%EOF\n")
    assert max(map(len, text.splitlines())) <= 255
    said = comments(text)
    left, bottom, right, top = map(int, said["BoundingBox"].split())
    exact = [float(side) for side in said["HiResBoundingBox"].split()]
    assert (left, bottom) == (0, 0)
    assert exact == pytest.approx([0, 0, scene.width, scene.height], abs=0.001)
    assert 0 <= right - exact[2] < 1
    assert 0 <= top - exact[3] < 1
    assert text.count("%%EOF") == 1
    assert text.count("%%BoundingBox") == 1


def test_the_title_is_one_string_whatever_is_in_it():
    scene = figure("single-arm").scene._replace(title="a (b \\ c\n%%EOF é ≥ " + "x" * 500)
    text = write(scene, "eps").decode("ascii")
    (line,) = (line for line in text.splitlines() if line.startswith("%%Title"))
    assert line.startswith(r"%%Title: (a \050b \134 c\012%%EOF \351 ? xxx")
    assert len(line) <= 255


def test_it_asks_for_no_font_and_sets_no_device():
    text = write(figure("inati-cel").scene, "eps").decode("ascii")
    for word in ("findfont", "show\n", "setpagedevice", "exch"):
        assert word not in text.replace("showpage\n", "")


def test_what_it_does_to_an_interpreter_is_undone(tmp_path):
    file = tmp_path / "figure.eps"
    file.write_bytes(write(figure("inati-cel").scene, "eps"))
    check = tmp_path / "check.ps"
    check.write_text(f"countdictstack ({file}) run countdictstack eq (dictionaries ) print = (operands ) print count =")
    said = run("gs", "-q", "-dNOSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=nullpage", check)
    assert said.split("\n")[:2] == ["dictionaries true", "operands 0"]


def test_ghostscript_paints_up_to_the_edges_and_not_beyond(tmp_path):
    file = tmp_path / "figure.eps"
    scene = figure("single-arm").scene
    file.write_bytes(write(scene, "eps"))
    done = run(
        "gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-dEPSCrop", f"-o{tmp_path}/x.pdf", file
    )
    assert "rror" not in done
    size = re.search(r"Page size: +([\d.]+) x ([\d.]+) pts", run("pdfinfo", tmp_path / "x.pdf"))
    assert float(size[1]) == pytest.approx(scene.width, abs=1)
    assert float(size[2]) == pytest.approx(scene.height, abs=1)
