"""DOCX: a figure that stands in its line as one group of shapes, with a picture for programs that know no shapes."""

from functools import cache
from io import BytesIO

import docx
import pytest
from docx.oxml import parse_xml
from lxml import etree
from officing import (
    NS,
    as_pdf,
    check_glue,
    check_picture,
    clean,
    every_part_is_well_formed,
    part,
    said_of_times,
    scripts,
    shape_of,
    violations,
    words,
)
from PIL import Image
from printing import figure, hostile, names, run

from consortflow.diagrams.pages import pages_of
from consortflow.diagrams.theme import theme_names
from consortflow.diagrams.writers import Wishes, write, write_pages
from consortflow.diagrams.writers.docx import bound
from consortflow.diagrams.writers.wordml import figure_run

DOTS = Wishes(dpi=72)
W = f"{{{NS['w']}}}"
ALL = [*names(), "hostile", "scripts"]


@cache
def written(name):
    return write(scene_of(name), "docx", DOTS)


def scene_of(name):
    return (
        {"hostile": hostile, "scripts": scripts}[name]().scene if name in ("hostile", "scripts") else figure(name).scene
    )


def document_of(data):
    return part(data, "word/document.xml")


def shapes_of(document):
    return [shape_of(element) for element in document.iterfind(".//mc:Choice//wps:wsp", NS)]


def lines_of(document):
    return [shape for shape in shapes_of(document) if shape.element.find("wps:cNvCnPr", NS) is not None]


def paragraphs_of(element):
    return ["".join(text.text or "" for text in p.iter(f"{W}t")) for p in element.iter(f"{W}p")]


@pytest.mark.parametrize("name", ALL)
def test_every_line_is_glued_at_both_ends_and_runs_as_in_the_figure(name):
    document = document_of(written(name))
    check_glue(scene_of(name), shapes_of(document), lines_of(document))


@pytest.mark.parametrize("name", ALL)
def test_it_is_as_the_schemas_of_office_want_it(name, tmp_path):
    assert violations(written(name), "docx", tmp_path) == set()


@pytest.mark.parametrize("name", ALL)
def test_every_box_is_one_shape_in_its_place_with_its_words_as_paragraphs(name):
    scene = scene_of(name)
    shapes = [shape for shape in shapes_of(document_of(written(name))) if shape.name in scene.order]
    assert [shape.name for shape in shapes] == list(scene.order)
    for shape, box in zip(shapes, scene.boxes, strict=True):
        assert (shape.x, shape.y, shape.w, shape.h) == pytest.approx((box.x, box.y, box.w, box.h), abs=0.01)
        assert [words(text) for text in paragraphs_of(shape.element)] == [
            words(clean(said.text + said.mark)) for said in box.paragraphs
        ]
        levels = [level.get(f"{W}val") for level in shape.element.iter(f"{W}ilvl")]
        assert levels == [str(said.depth - 1) for said in box.paragraphs if said.depth]
        assert words(shape.alt) == words(clean(box.title))


@pytest.mark.parametrize("name", ALL)
def test_the_figure_stands_in_its_line_as_one_and_says_what_it_shows(name):
    scene, data = scene_of(name), written(name)
    every_part_is_well_formed(data)
    opened = docx.Document(BytesIO(data))
    (paragraph,) = opened.paragraphs
    assert paragraph.text == ""
    document = document_of(data)
    (choice,) = document.iterfind(".//mc:AlternateContent/mc:Choice", NS)
    assert choice.get("Requires") == "wpg"
    (group,) = choice.iterfind("w:drawing/wp:inline//wpg:wgp", NS)
    assert {etree.QName(child).localname for child in group} == {"cNvGrpSpPr", "grpSpPr", "wsp"}
    (fallback,) = document.iterfind(".//mc:AlternateContent/mc:Fallback", NS)
    if name == "scripts":  # whose letters are in no typeface at hand
        assert words("".join(fallback.itertext())) == words(clean(scene.description))
    for branch in (choice, *([] if name == "scripts" else [fallback])):
        (about,) = branch.iterfind("w:drawing/wp:inline/wp:docPr", NS)
        assert words(about.get("descr")) == words(clean(scene.description))
        assert words(about.get("title")) == words(clean(scene.title))
        for blip in branch.iterfind(".//a:blip", NS):
            image = Image.open(BytesIO(opened.part.related_parts[blip.get(f"{{{NS['r']}}}embed")].blob))
            assert image.format == "PNG"
            assert image.width == pytest.approx(scene.width, abs=2)
    assert len(fallback.findall(".//a:blip", NS)) == (name != "scripts")
    ids = document.xpath("//wp:docPr/@id | //wps:cNvPr/@id | //pic:cNvPr/@id", namespaces=NS)
    assert len(ids) == len(set(ids)) > len(scene.boxes)


@pytest.mark.parametrize("name", ALL)
def test_no_shape_leaves_the_group_and_the_page_holds_it(name):
    document = document_of(written(name))
    extent = document.find(".//mc:Choice//wp:extent", NS)
    wide, tall = int(extent.get("cx")) / 12700, int(extent.get("cy")) / 12700
    scene = scene_of(name)
    assert (wide, tall) == pytest.approx((scene.width, scene.height), abs=0.01)
    for shape in shapes_of(document):
        if not shape.turn:
            assert -0.01 <= shape.x <= wide - shape.w + 0.01
            assert -0.01 <= shape.y <= tall - shape.h + 0.01
    page, margins = document.find(".//w:pgSz", NS), document.find(".//w:pgMar", NS)
    room = int(page.get(f"{W}w")) - int(margins.get(f"{W}left")) - int(margins.get(f"{W}right"))
    depth = int(page.get(f"{W}h")) - int(margins.get(f"{W}top")) - int(margins.get(f"{W}bottom"))
    assert wide * 20 <= room + 1
    assert tall * 20 < depth
    assert (page.get(f"{W}orient") == "landscape") == (int(page.get(f"{W}w")) > int(page.get(f"{W}h")))


@pytest.mark.parametrize(
    ("width", "height", "page"),
    [
        (300, 300, (612, 792, 72)),
        (600, 400, (792, 612, 72)),
        (500, 600, (612, 792, 54)),
        (1000, 400, (1072, 478, 36)),
    ],
)
def test_a_page_is_the_usual_one_that_the_figure_fits_or_one_made_for_it(width, height, page):
    scene = figure("parallel").scene._replace(width=float(width), height=float(height))
    section = docx.Document(BytesIO(write(scene, "docx", DOTS))).sections[0]
    assert (section.page_width.pt, section.page_height.pt, section.left_margin.pt) == pytest.approx(page, abs=0.1)


def test_a_figure_larger_than_any_page_is_drawn_smaller_type_and_all():
    scene = figure("parallel").scene
    wide = scene._replace(width=3024.0)
    document = document_of(write(wide, "docx", DOTS))
    check_glue(wide, shapes_of(document), lines_of(document), scale=0.5)
    assert {size.get(f"{W}val") for size in document.iterfind(".//mc:Choice//w:r//w:sz", NS)} == {"9"}


def test_a_figure_a_hundred_times_as_large_as_a_page_is_still_one_that_opens(tmp_path):
    scene = figure("parallel").scene
    assert violations(bound([scene._replace(width=200_000.0)], [b""]), "docx", tmp_path) == set()


def test_outside_america_a_page_is_a4():
    section = docx.Document(BytesIO(written("non-inferiority"))).sections[0]
    assert {round(section.page_width.pt), round(section.page_height.pt)} == {595, 842}


@pytest.mark.parametrize("theme", theme_names())
def test_a_theme_has_its_colours_fonts_and_type(theme):
    scene = figure("inati-cel", theme).scene
    document = document_of(write(scene, "docx", DOTS))
    look = scene.theme
    shapes = {shape.name: shape for shape in shapes_of(document)}
    fills = "wps:spPr/a:solidFill/a:srgbClr/@val"
    assert shapes["paper"].element.xpath(fills, namespaces=NS) == [look.paper[1:].upper()]
    assert (shapes["paper"].w, shapes["paper"].h) == pytest.approx((scene.width, scene.height), abs=0.01)
    for box in scene.boxes:
        element = shapes[box.id].element
        assert element.xpath(fills, namespaces=NS) == [look.fill(box.kind)[1:].upper()]
        assert {color.get(f"{W}val") for color in element.iter(f"{W}color")} == {look.ink[1:].upper()}
        assert {font.get(f"{W}ascii") for font in element.iter(f"{W}rFonts")} == {look.fonts[0]}


def test_marks_are_raised_and_bars_are_read_upwards():
    scene = figure("inati-cel").scene
    document = document_of(written("inati-cel"))
    raised = document.xpath(".//mc:Choice//w:r[w:rPr/w:vertAlign/@w:val='superscript']/w:t/text()", namespaces=NS)
    marks = [said.mark for box in scene.boxes for said in box.paragraphs if said.mark]
    assert marks
    assert raised == [*marks, *(note.mark for note in scene.footnotes)]
    upward = document.xpath(".//w:tc[w:tcPr/w:textDirection/@w:val='btLr']", namespaces=NS)
    assert [paragraphs_of(cell) for cell in upward] == [[bar.label] for bar in scene.bars]


def test_points_are_a_list_of_the_document_whose_signs_are_those_of_the_figure():
    data = written("inati-cel")
    numbers = set(document_of(data).xpath(".//w:numId/@w:val", namespaces=NS))
    assert len(numbers) == 1
    numbering = part(data, "word/numbering.xml")
    (kind,) = numbering.xpath(f"w:num[@w:numId='{numbers.pop()}']/w:abstractNumId/@w:val", namespaces=NS)
    signs = numbering.xpath(f"w:abstractNum[@w:abstractNumId='{kind}']/w:lvl/w:lvlText/@w:val", namespaces=NS)
    assert signs[:3] == ["\u2022", "\u2013", "\u2013"]
    order = [etree.QName(child).localname for child in numbering]
    assert order == sorted(order, key=lambda name: name != "abstractNum"), "kinds of lists come before lists"


def test_every_page_of_a_figure_is_a_page_with_ids_of_its_own():
    pages = pages_of(figure("inati-cel").scene, 330)
    data = write_pages(pages, "docx", DOTS)
    document = document_of(data)
    groups = document.findall(".//mc:AlternateContent", NS)
    assert len(groups) == len(pages) > 2
    for page, group in zip(pages, groups, strict=True):
        check_glue(page, shapes_of(group.getparent()), lines_of(group.getparent()))
    ids = document.xpath("//wp:docPr/@id | //wps:cNvPr/@id | //pic:cNvPr/@id", namespaces=NS)
    assert len(ids) == len(set(ids))
    opened = docx.Document(BytesIO(data))
    assert [p.paragraph_format.page_break_before for p in opened.paragraphs] == [False, *[True] * (len(pages) - 1)]


def test_the_picture_has_the_dots_that_were_asked_for():
    scene = figure("parallel").scene
    for dpi in (72, 144):
        opened = docx.Document(BytesIO(write(scene, "docx", Wishes(dpi=dpi))))
        (image,) = opened.part.package.image_parts
        assert Image.open(BytesIO(image.blob)).width == pytest.approx(scene.width * dpi / 72, abs=2)


def test_the_same_figure_gives_the_same_bytes_and_says_nothing_of_when_or_by_whom():
    scene = figure("multi-arm").scene
    assert write(scene, "docx", DOTS) == written("multi-arm")
    times, made, authors = said_of_times(written("multi-arm"))
    assert times == {(1980, 1, 1, 0, 0, 0)}
    assert made == {"2000-01-01T00:00:00Z"}
    assert set(authors) <= {""}
    assert docx.Document(BytesIO(written("multi-arm"))).core_properties.title == scene.title


def test_a_run_for_a_manuscript_is_a_vector_with_a_picture():
    scene = figure("parallel").scene
    made = figure_run(scene, picture="rId7", vector="rId8", width=234.0, first_id=40)
    run_of = parse_xml(made.xml)
    assert run_of.tag == f"{W}r"
    assert made.next_id == 42
    assert run_of.xpath(".//a:blip/@r:embed") == ["rId7"]
    svg = "{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip"
    assert [found.get(f"{{{NS['r']}}}embed") for found in run_of.iter(svg)] == ["rId8"]
    assert [int(i) for i in run_of.xpath(".//wp:docPr/@id | .//pic:cNvPr/@id")] == [40, 41]
    (extent,) = run_of.xpath(".//wp:extent")
    assert int(extent.get("cx")) / 12700 == pytest.approx(234)
    assert int(extent.get("cy")) / 12700 == pytest.approx(scene.height * 234 / scene.width, abs=0.01)
    assert not list(run_of.iter(f"{{{NS['mc']}}}AlternateContent"))


def test_a_run_that_is_no_group_must_have_a_picture():
    with pytest.raises(ValueError, match="is a picture"):
        figure_run(figure("parallel").scene)


def test_a_run_of_shapes_for_a_manuscript_has_bullets_as_text_and_fits_the_width():
    scene = figure("parallel").scene
    made = figure_run(scene, picture="rId7", editable=True, width=scene.width / 2, first_id=5)
    run_of = parse_xml(made.xml)
    check_glue(scene, shapes_of(run_of), lines_of(run_of), scale=0.5)
    assert not list(run_of.iter(f"{W}numPr"))
    assert "\u2022" in "".join(run_of.itertext())
    ids = [int(i) for i in run_of.xpath("//wp:docPr/@id") + [s.id for s in shapes_of(run_of)]]
    assert min(ids) >= 5
    assert max(ids) == made.next_id - 1


@pytest.fixture(scope="module")
def pdfs(tmp_path_factory):
    """Every figure as LibreOffice shows it."""
    folder = tmp_path_factory.mktemp("documents")
    files = []
    for name in ALL:
        files.append(folder / f"{name}.docx")
        files[-1].write_bytes(written(name))
    return dict(zip(ALL, as_pdf(files, folder), strict=True))


@pytest.mark.parametrize("name", ALL)
def test_libreoffice_shows_every_word_on_one_page(name, pdfs):
    text = words(run("pdftotext", "-layout", pdfs[name], "-"))
    for box in scene_of(name).boxes:
        for said in box.paragraphs:
            for word in clean(said.text).replace("\u00a0", " ").split():
                if word.isascii() and len(word) < 20:
                    assert words(word) in text, (box.id, word)
    assert run("pdfinfo", pdfs[name]).count("Pages:           1") == 1


@pytest.mark.parametrize("name", names())
def test_libreoffice_shows_the_figure_of_the_svg(name, pdfs, tmp_path):
    scene = scene_of(name)
    section = docx.Document(BytesIO(written(name))).sections[0]
    corner = (section.page_width.pt - scene.width) / 2, section.top_margin.pt
    check_picture(scene, pdfs[name], tmp_path, corner)
