"""PPTX: a figure of shapes that can be edited, whose lines follow the boxes, and that looks like the SVG."""

import os
import subprocess
import sys
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from officing import (
    NS,
    as_pdfs,
    check_glue,
    check_picture,
    check_words,
    clean,
    every_part_is_well_formed,
    near,
    part,
    said_of_times,
    scene_of,
    shape_of,
    violations,
    words,
)
from pptx import Presentation
from pptx.util import Pt
from printing import figure, names

from consortflow.diagrams.pages import pages_of
from consortflow.diagrams.theme import theme_names
from consortflow.diagrams.writers import Wishes, write, write_pages
from consortflow.diagrams.writers.pptx import MARGIN
from consortflow.schemas.errors import MissingExtraError

CORNER = (MARGIN, MARGIN)


@cache
def written(name):
    return write(scene_of(name), "pptx")


def slide_of(data, number=1):
    return part(data, f"ppt/slides/slide{number}.xml")


def shapes_of(slide):
    tree = slide.find("p:cSld/p:spTree", NS)
    usual = [*tree.iterfind("p:sp", NS), *tree.iterfind("p:cxnSp", NS), *tree.iterfind(".//mc:Choice/p:cxnSp", NS)]
    return [shape_of(element) for element in usual if element.find(".//a:xfrm", NS) is not None]


def lines_of(slide):
    return [shape for shape in shapes_of(slide) if shape.element.tag.endswith("}cxnSp")]


@pytest.mark.parametrize("name", [*names(), "hostile", "scripts"])
def test_every_line_is_glued_at_both_ends_and_runs_as_in_the_figure(name):
    slide = slide_of(written(name))
    check_glue(scene_of(name), shapes_of(slide), lines_of(slide), CORNER)


@pytest.mark.parametrize("name", [*names(), "hostile", "scripts"])
def test_it_is_as_the_schemas_of_office_want_it(name, tmp_path):
    assert violations(written(name), "pptx", tmp_path) == set()


@pytest.mark.parametrize("name", names())
def test_a_line_drawn_for_programs_that_bend_lines_anew_runs_where_the_glued_one_does(name):
    for pair in slide_of(written(name)).iterfind(".//mc:AlternateContent", NS):
        glued, drawn = (shape_of(pair.find(f"mc:{kind}", NS)[0]) for kind in ("Choice", "Fallback"))
        points = [
            (drawn.x + int(point.get("x")) / 12700, drawn.y + int(point.get("y")) / 12700)
            for point in drawn.element.iterfind(".//a:path//a:pt", NS)
        ]
        assert len(points) == len(glued.path()) > 2
        assert all(near(one, other, 0.15) for one, other in zip(points, glued.path(), strict=True))


@pytest.mark.parametrize("name", [*names(), "hostile", "scripts"])
def test_every_box_is_one_shape_in_its_place_with_its_words_as_paragraphs(name):
    scene = scene_of(name)
    shapes = [shape for shape in shapes_of(slide_of(written(name))) if shape.name in scene.order]
    assert [shape.name for shape in shapes] == list(scene.order), "the order in which they are read out"
    for shape, box in zip(shapes, scene.boxes, strict=True):
        assert (shape.x, shape.y) == pytest.approx((box.x + MARGIN, box.y + MARGIN), abs=0.01)
        assert (shape.w, shape.h) == pytest.approx((box.w, box.h), abs=0.01)
        assert len(shape.paragraphs()) == len(box.paragraphs)
        assert [words(text) for text in shape.paragraphs()] == [
            words(clean(said.text + said.mark)) for said in box.paragraphs
        ]
        levels = [int(p.get("lvl", 0)) for p in shape.element.iterfind(".//a:pPr", NS)]
        assert levels == [max(said.depth - 1, 0) for said in box.paragraphs]
        bullets = [p.find("a:buChar", NS) for p in shape.element.iterfind(".//a:pPr", NS)]
        assert ["" if sign is None else sign.get("char") for sign in bullets] == [said.sign for said in box.paragraphs]
        assert words(shape.alt) == words(clean(box.title))


@pytest.mark.parametrize("name", [*names(), "hostile", "scripts"])
def test_it_opens_again_with_a_title_a_description_and_ids_of_their_own(name):
    scene, data = scene_of(name), written(name)
    every_part_is_well_formed(data)
    shown = Presentation(BytesIO(data))
    assert len(shown.slides) == 1
    (slide,) = shown.slides
    assert words(slide.shapes.title.text_frame.text) == words(clean(scene.title))
    assert slide.shapes.title.top + slide.shapes.title.height <= 0, "above the slide, and not in the figure"
    assert words(slide.notes_slide.notes_text_frame.text) == words(clean(scene.description))
    assert (shown.slide_width.pt, shown.slide_height.pt) == pytest.approx(
        (scene.width + 2 * MARGIN, scene.height + 2 * MARGIN), abs=0.01
    )
    ids = slide._element.xpath("//p:cNvPr/@id")
    assert len(ids) == len(set(ids)) > len(scene.boxes)
    for shape in shapes_of(slide._element)[1:]:
        if not shape.turn:
            assert -0.01 <= shape.x <= shown.slide_width.pt - shape.w + 0.01
            assert -0.01 <= shape.y <= shown.slide_height.pt - shape.h + 0.01


def test_a_box_that_is_moved_keeps_its_lines():
    for name in ("multi-arm", "stepped-wedge"):
        shown = Presentation(BytesIO(written(name)))
        before = {line.id: (line.start, line.end) for line in lines_of(shown.slides[0]._element)}
        box = next(shape for shape in shown.slides[0].shapes if shape.element.xpath(".//a:custGeom"))
        old = shape_of(box.element)
        box.left, box.top = box.left + Pt(30), box.top + Pt(12)
        saved = BytesIO()
        shown.save(saved)
        slide = slide_of(saved.getvalue())
        assert {line.id: (line.start, line.end) for line in lines_of(slide)} == before
        new = next(shape for shape in shapes_of(slide) if shape.id == old.id)
        for ident, site in {end for ends in before.values() for end in ends}:
            if ident == old.id:
                x, y = old.site(site)
                assert near(new.site(site), (x + 30, y + 12), 0.01)


def test_a_line_with_more_bends_than_any_preset_goes_on_at_a_joint():
    scene = figure("parallel").scene
    line = scene.connectors[0]
    (x, y), (_, end) = line.points[0], line.points[-1]
    steps = [(x, y)]
    for place in range(1, 9):
        level = y + (end - y) * place / 9
        steps += [(steps[-1][0], level), (steps[-1][0] + (7 if place % 2 else -7), level)]
    winding = line._replace(points=(*steps, (steps[-1][0], end)))
    assert winding.points[-1][0] == x
    bent = scene._replace(connectors=(winding, *scene.connectors[1:]))
    slide = slide_of(write(bent, "pptx"))
    pieces = [found for found in lines_of(slide) if found.name == line.id]
    assert len(pieces) > 3
    check_glue(bent._replace(connectors=(winding,)), shapes_of(slide), pieces, CORNER)
    arrows = [piece.element.find(".//a:tailEnd", NS) is not None for piece in pieces]
    assert arrows == [False] * (len(pieces) - 1) + [True]


def test_a_line_that_does_not_begin_where_a_trunk_runs_is_glued_outside_its_box():
    scene = figure("stepped-wedge").scene
    joining = next(line for line in scene.connectors if line.kind == "enter")
    slide = slide_of(written("stepped-wedge"))
    shapes = {shape.id: shape for shape in shapes_of(slide)}
    line = next(found for found in lines_of(slide) if found.name == joining.id)
    stage = shapes[line.end[0]]
    _, y = stage.site(line.end[1])
    assert stage.name == joining.head
    assert y < stage.y


@pytest.mark.parametrize("theme", theme_names())
def test_a_theme_has_its_colours_fonts_and_type(theme):
    scene = figure("inati-cel", theme).scene
    slide = slide_of(write(scene, "pptx"))
    look = scene.theme
    assert slide.find(".//p:bg//a:srgbClr", NS).get("val") == look.paper[1:].upper()
    boxes = {shape.name: shape for shape in shapes_of(slide)}
    for box in scene.boxes:
        element = boxes[box.id].element
        fills = element.xpath("p:spPr/a:solidFill/a:srgbClr/@val", namespaces=NS)
        assert fills == [look.fill(box.kind)[1:].upper()]
        assert set(element.xpath(".//a:rPr/a:solidFill/a:srgbClr/@val", namespaces=NS)) == {look.ink[1:].upper()}
        assert set(element.xpath(".//a:rPr/a:latin/@typeface", namespaces=NS)) == {look.fonts[0]}
        assert set(element.xpath(".//a:rPr[not(@baseline)]/@sz", namespaces=NS)) == {str(round(look.size * 100))}
    strokes = {
        line.element.xpath("p:spPr/a:ln/a:solidFill/a:srgbClr/@val", namespaces=NS)[0] for line in lines_of(slide)
    }
    assert strokes == {look.ink[1:].upper()}


def test_what_contradicts_is_dashed_and_what_balances_nothing_is_dotted():
    scene = figure("parallel").scene
    marked = scene._replace(
        boxes=(scene.boxes[0]._replace(flagged=True), *scene.boxes[1:]),
        connectors=(scene.connectors[0]._replace(dotted=True), *scene.connectors[1:]),
    )
    slide = slide_of(write(marked, "pptx"))
    dashed = [shape.name for shape in shapes_of(slide) if shape.element.find("p:spPr/a:ln/a:custDash", NS) is not None]
    assert sorted(dashed) == sorted([scene.boxes[0].id, scene.connectors[0].id])


def test_marks_are_raised_and_bars_are_read_upwards():
    scene = figure("inati-cel").scene
    slide = slide_of(written("inati-cel"))
    raised = slide.xpath(".//a:r[a:rPr/@baseline > 0]/a:t/text()", namespaces=NS)
    marks = [said.mark for box in scene.boxes for said in box.paragraphs if said.mark]
    assert raised == [*marks, *(note.mark for note in scene.footnotes)]
    assert marks
    upward = [shape for shape in shapes_of(slide) if shape.element.find(".//a:bodyPr[@vert='vert270']", NS) is not None]
    assert [shape.paragraphs() for shape in upward] == [[bar.label] for bar in scene.bars]


def test_text_says_which_language_it_is_in():
    slide = slide_of(written("scripts"))
    assert set(slide.xpath(".//a:rPr/@lang", namespaces=NS)) == {"zh-CN"}
    assert set(slide_of(written("non-inferiority")).xpath(".//a:rPr/@lang", namespaces=NS)) == {"en-GB"}


def test_every_page_is_a_slide_of_one_size():
    scene = figure("inati-cel").scene
    pages = pages_of(scene, 330)
    assert len(pages) > 2
    data = write_pages(pages, "pptx")
    shown = Presentation(BytesIO(data))
    assert [slide.shapes.title.text_frame.text for slide in shown.slides] == [page.title for page in pages]
    for number, page in enumerate(pages, start=1):
        slide = slide_of(data, number)
        check_glue(page, shapes_of(slide), lines_of(slide), CORNER)
    assert shown.slide_height.pt == pytest.approx(max(page.height for page in pages) + 2 * MARGIN, abs=0.01)


def test_a_figure_larger_than_any_slide_is_drawn_smaller_as_a_whole():
    scene = figure("parallel").scene
    wide = scene._replace(width=6000.0)
    data = write(wide, "pptx")
    shown = Presentation(BytesIO(data))
    assert shown.slide_width.pt == pytest.approx(4032, abs=0.01)
    scale = 4032 / (6000 + 2 * MARGIN)
    slide = slide_of(data)
    check_glue(wide, shapes_of(slide), lines_of(slide), (MARGIN * scale, MARGIN * scale), scale)
    sizes = {int(size) for size in slide.xpath(".//a:rPr[not(@baseline)]/@sz", namespaces=NS)}
    assert round(scene.theme.size * scale * 100) in sizes


def test_a_figure_a_hundred_times_as_large_as_a_slide_is_still_one_that_opens(tmp_path):
    scene = figure("parallel").scene
    assert violations(write(scene._replace(width=400_000.0), "pptx"), "pptx", tmp_path) == set()


def test_a_slide_is_never_smaller_than_programs_allow():
    scene = figure("parallel").scene._replace(width=20.0, height=20.0)
    assert Presentation(BytesIO(write(scene, "pptx"))).slide_width.pt >= 72


def test_the_same_figure_gives_the_same_bytes_and_says_nothing_of_when_or_by_whom():
    scene = figure("multi-arm").scene
    assert write(scene, "pptx") == write(scene, "pptx", Wishes(dpi=72))
    times, made, authors = said_of_times(written("multi-arm"))
    assert times == {(1980, 1, 1, 0, 0, 0)}
    assert made == {"2000-01-01T00:00:00Z"}
    assert set(authors) <= {""}


@pytest.mark.parametrize("form", ["pptx", "docx"])
def test_the_same_figure_gives_the_same_bytes_in_another_process(form, tmp_path):
    example = Path(__file__).parents[3] / "examples" / "single-arm.consort.yaml"
    script = (
        f"import sys, consortflow as cf; sys.stdout.buffer.write(cf.draw({str(example)!r}).to_bytes({form!r}, dpi=72))"
    )
    made = {
        subprocess.run(  # noqa: S603 - what is run is this test's own
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=tmp_path,
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "7")
    }
    assert len(made) == 1


@pytest.mark.parametrize(("form", "library"), [("pptx", "pptx"), ("docx", "docx")])
def test_where_a_library_is_missing_the_message_names_the_extra(form, library, monkeypatch):
    scene = figure("parallel").scene
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"consortflow.diagrams.writers.{form}", raising=False)
    with pytest.raises(
        MissingExtraError, match=rf"{form.upper()} needs {library}: pip install 'consortflow\[office\]'"
    ):
        write(scene, form)


SHOWN = [*names(), "hostile", "scripts"]


@pytest.fixture(scope="module")
def pdfs(tmp_path_factory):
    """Every figure as LibreOffice shows it."""
    return as_pdfs({name: written(name) for name in SHOWN}, "pptx", tmp_path_factory.mktemp("pptx"))


@pytest.mark.parametrize("name", SHOWN)
def test_libreoffice_shows_every_word(name, pdfs):
    check_words(scene_of(name), pdfs[name])


@pytest.mark.parametrize("name", names())
def test_libreoffice_shows_the_figure_of_the_svg(name, pdfs, tmp_path):
    check_picture(scene_of(name), pdfs[name], tmp_path, CORNER)
