"""PDF: fonts inside, words in order, a description for who cannot see, and nothing of when and where it was made."""

import re
import threading
from io import BytesIO

import pytest
from printing import figure, hostile, names, run
from pypdf import PdfReader

from consortflow.diagrams.subsets import subset
from consortflow.diagrams.text import NBSP
from consortflow.diagrams.typefaces import Face
from consortflow.diagrams.writers import Wishes, write
from consortflow.diagrams.writers.pdf import write_pages


def saved(figure, folder):
    file = folder / "figure.pdf"
    file.write_bytes(figure.to_bytes("pdf"))
    return file


def words(text):
    return " ".join(text.replace(NBSP, " ").split())


@pytest.mark.parametrize("name", names())
def test_every_font_is_embedded_and_a_subset(name, tmp_path):
    rows = run("pdffonts", saved(figure(name), tmp_path)).splitlines()[2:]
    assert rows
    for row in rows:
        assert re.search(r"[A-Z]{6}\+Arimo-(Regular|Bold) +TrueType +\S+ +yes yes yes", row), row


@pytest.mark.parametrize("name", names())
def test_text_is_read_box_by_box_in_the_order_of_the_flow(name, tmp_path):
    scene = figure(name).scene
    said = words(run("pdftotext", "-raw", saved(figure(name), tmp_path), "-"))
    at = 0
    for box in scene.boxes:
        for line in box.runs:
            at = said.index(words(line.text), at)


def test_words_at_the_end_of_a_line_are_not_grown_into_those_of_the_next(tmp_path):
    said = run("pdfinfo", "-struct-text", saved(figure("inati-cel"), tmp_path))
    assert "Did not meet inclusion criteria (<5% blasts in bone marrow at screening) (n = 4)" in words(said)
    assert 'Figure "Inaticabtagene' in said


def test_hostile_labels_are_read_as_they_are_written(tmp_path):
    said = words(run("pdftotext", "-raw", saved(hostile(), tmp_path), "-"))
    for _, line in hostile().scene.runs():
        assert words(line.text.replace("\u200b\u200d", "")) in said


def test_the_document_says_what_it_is_and_in_which_language():
    drawn = figure("inati-cel")
    reader = PdfReader(BytesIO(drawn.to_bytes("pdf")))
    assert reader.metadata.title == drawn.scene.title
    assert reader.metadata.subject == drawn.scene.description
    assert reader.metadata.creator == "consortflow"
    root = reader.trailer["/Root"]
    assert root["/Lang"] == drawn.scene.language
    assert root["/MarkInfo"]["/Marked"]
    page = reader.pages[0]
    assert [float(side) for side in page.mediabox] == pytest.approx([0, 0, drawn.scene.width, drawn.scene.height])
    (document,) = root["/StructTreeRoot"]["/K"]
    (shown,) = document.get_object()["/K"]
    element = shown.get_object()
    assert (element["/S"], element["/K"]) == ("/Figure", 0)
    assert element["/Alt"] == drawn.scene.description
    assert element["/Pg"] == page
    assert root["/StructTreeRoot"]["/ParentTree"]["/Nums"][1][0].get_object() == element
    assert page["/StructParents"] == 0
    assert b"/MCID 0" in page.get_contents().get_data()


def test_no_clock_and_no_machine_is_in_the_bytes(tmp_path):
    said = run("pdfinfo", "-isodates", saved(figure("inati-cel"), tmp_path))
    assert re.search(r"CreationDate: +2000-01-01T00:00:00Z", said)
    assert "anonymous" not in said
    assert re.search(r"Tagged: +yes", said)


def test_it_is_lines_and_letters_and_no_dots():
    data = figure("inati-cel").to_bytes("pdf")
    assert b"/Subtype /Image" not in data
    assert b"/XObject" not in data


def test_a_program_s_own_fonts_of_the_same_name_are_as_they_were():
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    wanted = figure("inati-cel").to_bytes("pdf")
    theirs = TTFont("mine", BytesIO(subset(Face("Arimo", False), "x")))
    pdfmetrics.registerFont(theirs)
    try:
        assert figure("inati-cel").to_bytes("pdf") == wanted
        assert pdfmetrics.getFont("mine") is theirs
    finally:
        theirs.unregister()
    assert not [name for name in pdfmetrics.getRegisteredFontNames() if "consortflow" in name]


def test_threads_do_not_mix_their_letters():
    scenes = [figure(name).scene for name in names()[:6]]
    alone = [write(scene, "pdf") for scene in scenes]
    found = {}

    def work(place):
        found[place] = write(scenes[place], "pdf")

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(scenes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[place] for place in range(len(scenes))] == alone


def test_a_scene_without_a_word_is_written_too(tmp_path):
    scene = figure("inati-cel").scene
    bare = scene._replace(
        boxes=tuple(box._replace(runs=()) for box in scene.boxes), bars=(), notes=(), connectors=scene.connectors[:1]
    )
    file = tmp_path / "bare.pdf"
    file.write_bytes(write_pages([bare], Wishes()))
    assert run("pdftotext", file, "-").strip() == ""


@pytest.mark.parametrize(
    ("text", "language"), [("筛选的患者\uff08n = 92\uff09", "zh"), ("대상자 선정", "ko"), ("アフェレーシス", "ja")]
)
def test_ideographs_are_embedded_and_can_be_read(text, language, tmp_path):
    pytest.importorskip("manimgx_fonts_cjk", reason="the extra cjk is not installed")
    scene = figure("single-arm").scene
    box = scene.boxes[0]
    runs = (box.runs[0]._replace(text=text), *box.runs[1:])
    file = tmp_path / "wide.pdf"
    file.write_bytes(write(scene._replace(language=language, boxes=(box._replace(runs=runs), *scene.boxes[1:])), "pdf"))
    assert words(text).replace(" ", "") in run("pdftotext", "-raw", file, "-").replace(" ", "")
    assert "+NotoSansCJK" in run("pdffonts", file)
