# ruff: noqa: E501 - documents are written as the programs write them
"""Word documents: only what belongs to the figure changes, whoever wrote the document."""

import io
import re
import zipfile

import pytest
from manuscripts import LATER, STUDY, program, ran

import consortflow as cf

pytest.importorskip("docx", reason="python-docx makes the documents")
import docx
from documents import W, dot_picture, long_document, paragraph, parts, saved, with_body, zipped

DOCUMENT = "word/document.xml"
RELS = "word/_rels/document.xml.rels"
TYPES = "[Content_Types].xml"
MARKER = paragraph("[consortflow: trial]")
PNG, SVG = "word/media/consortflow-trial.png", "word/media/consortflow-trial.svg"
NAMESPACES = {
    "w": W,
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wpg": "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup",
}


@pytest.fixture
def paper(tmp_path):
    """Write a document and a study beside it, and return a function that embeds and returns the document's parts."""

    def make(data, study=STUDY, **wishes):
        (tmp_path / "trial.consort.yaml").write_text(study)
        path = tmp_path / "paper.docx"
        if data is not None:
            path.write_bytes(data)
        make.done = cf.embed(tmp_path / "trial.consort.yaml", path, **wishes)
        return parts(path.read_bytes())

    make.path = tmp_path / "paper.docx"
    return make


def text_around(xml):
    """Return a document's XML before and after the figure and its caption."""
    start = xml.rfind(b"<w:p>", 0, xml.index(b'name="consortflow: trial"'))
    start = max(start, xml.rfind(b"<w:p ", 0, xml.index(b'name="consortflow: trial"')))
    end = xml.index(b"</w:p>", xml.index(b"<w:bookmarkEnd", xml.index(b"_consortflow_"))) + len(b"</w:p>")
    return xml[:start], xml[end:]


@pytest.mark.parametrize("editable", [False, True])
def test_in_a_long_document_only_the_marker_s_paragraph_and_its_parts_change(paper, editable):
    data = long_document()
    before = parts(data)
    after = paper(data, editable=editable)
    assert set(after) - set(before) == {PNG, SVG}
    assert {name for name in before if before[name] != after[name]} == {DOCUMENT, RELS, TYPES}
    start, end = text_around(after[DOCUMENT])
    old = before[DOCUMENT]
    marker = old[len(start) : len(old) - len(end)]
    assert old == start + marker + end
    assert re.sub(rb"<[^>]*>", b"", marker) == b"[consortflow: trial]"
    assert (b"wpg:wgp" in after[DOCUMENT]) is editable
    for name in (RELS, TYPES):  # only lines of ours are added
        added = after[name]
        for line in re.findall(rb'<(?:Relationship|Default)[^>]*(?:consortflow-trial|"svg"|"png")[^>]*/>', added):
            added = added.replace(line, b"") if line not in before[name] else added
        assert added == before[name]


def test_other_members_keep_their_bytes_stamps_and_order(paper):
    data = long_document()
    paper(data)
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(paper.path) as new:
        names = old.namelist()
        assert new.namelist() == [*names, PNG, SVG]
        for name in names:
            a, b = old.getinfo(name), new.getinfo(name)
            assert (a.date_time, a.external_attr, a.create_system) == (b.date_time, b.external_attr, b.create_system)
            if name not in (DOCUMENT, RELS, TYPES):
                assert (a.CRC, a.compress_size, a.flag_bits, a.extra) == (b.CRC, b.compress_size, b.flag_bits, b.extra)


@pytest.mark.parametrize("editable", [False, True])
def test_a_second_run_writes_nothing_and_new_counts_change_only_the_figure(paper, editable):
    first = paper(long_document(), editable=editable)
    stamp = paper.path.stat().st_mtime_ns, paper.path.stat().st_ino
    paper(None, editable=editable)
    assert paper.done.current
    assert (paper.path.stat().st_mtime_ns, paper.path.stat().st_ino) == stamp
    paper(None, editable=False)
    assert paper.done.current, "shapes stay shapes"
    second = paper(None, LATER, editable=editable)
    assert {change.parts for change in paper.done.changes} == {("picture", "legend")}
    assert {name for name in first if first[name] != second.get(name)} == {DOCUMENT, PNG, SVG}
    assert set(second) == set(first)
    assert text_around(first[DOCUMENT]) == text_around(second[DOCUMENT])
    third = paper(None, STUDY, editable=editable)
    assert third == first


def test_the_figure_has_alternative_text_a_vector_and_dots_and_a_caption(paper):
    paper(long_document())
    document = docx.Document(paper.path)
    (shape,) = [s for s in document.inline_shapes if s._inline.docPr.get("name") == "consortflow: trial"]
    figure = cf.draw(paper.path.parent / "trial.consort.yaml")
    assert shape._inline.docPr.get("descr") == figure.scene.description
    embedded = [document.part.related_parts[id_].blob for id_ in re.findall(r'r:embed="([^"]+)"', shape._inline.xml)]
    assert embedded == [figure.to_bytes("png", dpi=300), figure.to_bytes("svg")]
    assert shape.width.mm == pytest.approx(figure.width_mm, abs=0.1)
    caption = next(p for p in document.paragraphs if p.text.startswith("Figure 1. Participant flow: Sleep & light."))
    assert caption.style.name == "Caption"
    ids = re.findall(r'<wp:docPr[^>]* id="(\d+)"', parts(paper.path.read_bytes())[DOCUMENT].decode())
    assert len(ids) == len(set(ids)) > 3


def test_a_figure_wider_than_the_text_is_drawn_for_its_width(paper):
    section = (
        '<w:p><w:pPr><w:sectPr><w:pgSz w:w="6000" w:h="15840"/><w:pgMar w:left="600" w:right="600" w:top="720" w:bottom="720"/>'
        "</w:sectPr></w:pPr></w:p>"
    )
    xml = paper(with_body(MARKER + section + paragraph("x")))[DOCUMENT].decode()
    width = int(re.search(r'<wp:extent cx="(\d+)"', xml)[1]) / 36000
    assert width <= (6000 - 1200) / 1440 * 25.4 + 0.1


KEPT = {
    "a section's end": ('<w:pPr><w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr></w:pPr>', "", ""),
    "a style": ('<w:pPr><w:pStyle w:val="BodyText"/></w:pPr>', "", ""),
    "a bookmark over more": ("", '<w:bookmarkStart w:id="5" w:name="here"/>', ""),
    "a comment's range": ("", '<w:commentRangeStart w:id="1"/>', '<w:commentRangeEnd w:id="1"/>'),
}


@pytest.mark.parametrize("what", KEPT)
def test_what_hangs_on_the_marker_s_paragraph_is_kept(paper, what):
    properties, before, after = KEPT[what]
    body = f'<w:p w:rsidR="00AA">{properties}{before}<w:r><w:t>[consortflow: trial]</w:t></w:r>{after}</w:p>'
    xml = paper(
        with_body(
            body
            + paragraph("x", properties="")
            + ('<w:p><w:bookmarkEnd w:id="5"/></w:p>' if "bookmark" in what else "")
        )
    )[DOCUMENT].decode()
    for piece in (re.sub(r"</?w:pPr>", "", properties), before, after):
        assert xml.count(piece) >= 1 if piece else True
    if "section" in what:
        assert xml.index("_consortflow_") > xml.index("<w:sectPr") > xml.index("<wp:extent")
    docx.Document(paper.path)


FORMS = {
    "split runs": paragraph("[", "consort", "flow: ", "tri", "al", "]"),
    "spelling marks": '<w:p><w:r><w:t>[</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:t>consortflow</w:t></w:r>'
    '<w:proofErr w:type="spellEnd"/><w:r><w:t>: trial]</w:t></w:r></w:p>',
    "blanks around": paragraph("  [consortflow:  trial ] "),
    "a tracked insertion": '<w:p><w:ins w:id="7" w:author="A" w:date="2024-01-01T00:00:00Z"><w:r><w:t>[consortflow: trial]</w:t></w:r></w:ins></w:p>',
    "with deleted words": '<w:p><w:r><w:t>[consortflow: trial]</w:t></w:r><w:del w:id="7" w:author="A" w:date="2024-01-01T00:00:00Z"><w:r><w:delText>x</w:delText></w:r></w:del></w:p>',
    "in a cell": f'<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w="5000" w:type="dxa"/></w:tcPr>{MARKER}</w:tc></w:tr></w:tbl>',
    "in a content control": f"<w:sdt><w:sdtContent>{MARKER}</w:sdtContent></w:sdt>",
    "in a smart tag": '<w:p><w:smartTag w:uri="x" w:element="y"><w:r><w:t>[consortflow: trial]</w:t></w:r></w:smartTag></w:p>',
}


@pytest.mark.parametrize("form", FORMS)
def test_a_marker_is_found_however_its_paragraph_is_written(paper, form):
    xml = paper(with_body(paragraph("before") + FORMS[form] + paragraph("after")))[DOCUMENT].decode()
    assert "[consortflow" not in re.sub(r"<[^>]*>", "", xml)
    assert 'name="consortflow: trial"' in xml
    paper(None)
    assert paper.done.current
    docx.Document(paper.path)


TEXT_BOX = (
    '<w:p><w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice '
    f'Requires="wps"><w:drawing><w:txbxContent>{MARKER}</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict>'
    f"<w:txbxContent>{MARKER}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
)
HEADER = {"word/header9.xml": f'<w:hdr xmlns:w="{W}">{MARKER}</w:hdr>'.encode()}


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (with_body(paragraph("x")), "M102", 'no marker for "trial"'),
        (with_body(paragraph("text [consortflow: trial] text")), "M102", "no marker"),
        (with_body('<w:p><w:del w:id="1" w:author="A"><w:r><w:delText>[consortflow: trial]</w:delText></w:r></w:del></w:p>'), "M102", "no marker"),
        (with_body(TEXT_BOX), "M103", "a text box cannot hold a figure"),
        (with_body(paragraph("x"), **HEADER), "M103", "a header cannot hold a figure"),
        (with_body(MARKER + MARKER), "M104", "marked twice"),
        (with_body(paragraph("[consortflow: trail]")), "M101", "did you mean trial?"),
        (with_body(paragraph("[consortflow: trial, wide: 3]")), "M106", "did you mean width?"),
    ],
)  # fmt: skip
def test_markers_that_cannot_be_followed_are_told(paper, data, code, said):
    with pytest.raises(cf.InvalidManuscriptError) as caught:
        paper(data)
    finding = next(d for d in caught.value.diagnostics if d.code == code)
    assert said in finding.message
    assert str(finding.span).startswith(str(paper.path))
    assert paper.path.read_bytes() == data


def test_a_document_may_call_its_namespaces_what_it_likes(paper):
    found = parts(with_body(MARKER + paragraph("after")))
    found[DOCUMENT] = found[DOCUMENT].replace(b"<w:", b"<ns0:").replace(b"</w:", b"</ns0:").replace(b" w:", b" ns0:")
    found[DOCUMENT] = (
        found[DOCUMENT].replace(b"xmlns:w=", b"xmlns:ns0=").replace(b"xmlns:wp=", b"xmlns:q=").replace(b"<wp:", b"<q:")
    )
    paper(zipped(found))
    (_, caption, after) = docx.Document(paper.path).paragraphs
    assert caption.text.startswith("Figure 1. Participant flow")
    assert after.text == "after"
    paper(None, LATER)
    paper(None, LATER)
    assert paper.done.current
    assert "Of 68" in docx.Document(paper.path).paragraphs[1].text


def test_options_stay_with_the_figure_and_a_caption_of_the_author_s_own_is_kept(paper):
    paper(with_body(paragraph("[consortflow: trial, legend: keep, theme: plain]") + paragraph("My caption.")))
    xml = parts(paper.path.read_bytes())[DOCUMENT].decode()
    assert "_consortflow_" not in xml
    assert 'name="consortflow: trial, legend: keep, theme: plain"' in xml
    after = paper(None, LATER)
    assert {change.parts for change in paper.done.changes} == {("picture",)}
    assert after[SVG] == cf.draw(paper.path.parent / "trial.consort.yaml", theme="plain").to_bytes("svg")


def test_a_caption_that_its_author_wrote_anew_is_left_alone(paper):
    xml = paper(with_body(MARKER))[DOCUMENT].decode()
    found = parts(paper.path.read_bytes())
    own = re.sub(r"<w:bookmarkStart[^>]*_consortflow_.*?<w:bookmarkEnd[^>]*/>", "<w:r><w:t>Mine</w:t></w:r>", xml)
    assert own != xml
    after = paper(zipped(found | {DOCUMENT: own.encode()}), LATER)[DOCUMENT].decode()
    assert "<w:t>Mine</w:t>" in after
    assert "Sleep" not in re.sub(r"<wp:docPr[^>]*>", "", after)


def test_a_figure_that_floats_keeps_its_place(paper):
    xml = paper(with_body(MARKER))[DOCUMENT].decode()
    found = parts(paper.path.read_bytes())
    anchor = (
        '<wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="5" behindDoc="0" locked="0" '
        'layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/><wp:positionH relativeFrom="column"><wp:posOffset>1234'
        '</wp:posOffset></wp:positionH><wp:positionV relativeFrom="paragraph"><wp:posOffset>77</wp:posOffset></wp:positionV>'
    )
    floating = re.sub(r"<wp:inline[^>]*>", anchor, xml).replace("</wp:inline>", "</wp:anchor>")
    floating = floating.replace("<wp:docPr", '<wp:wrapSquare wrapText="bothSides"/><wp:docPr')
    after = paper(zipped(found | {DOCUMENT: floating.encode()}), LATER)[DOCUMENT].decode()
    assert anchor in after
    assert 'wrapText="bothSides"' in after
    assert after.count("<wp:docPr") == 1
    assert "(n = 68)" in re.search(r"<wp:docPr[^>]*>", after).group()
    docx.Document(paper.path)
    assert paper(None, LATER)
    assert paper.done.current


def test_pictures_under_other_names_are_replaced_and_not_left_behind(paper):
    """Programs that save a document give its pictures names of their own."""
    found = paper(with_body(MARKER))
    found["word/media/image7.png"] = found.pop(PNG)
    found["word/media/image8.svg"] = found.pop(SVG)
    for old, new in (("consortflow-trial.png", "image7.png"), ("consortflow-trial.svg", "image8.svg")):
        found[RELS] = found[RELS].replace(old.encode(), new.encode())
    data = zipped(found)
    paper(data)
    assert paper.done.current
    after = paper(None, LATER)
    assert {name for name in after if "media/" in name} == {PNG, SVG}


def test_a_picture_of_somebody_else_s_is_never_dropped(paper):
    document = docx.Document()
    document.add_paragraph("[consortflow: trial]")
    document.add_picture(io.BytesIO(dot_picture()))
    found = paper(saved(document))
    names = {name for name in found if "media/" in name}
    assert len(names) == 3
    assert {name for name in paper(None, LATER) if "media/" in name} == names


def test_libre_office_opens_it_saves_it_and_the_figure_is_found_again(paper, tmp_path):
    office = program("soffice")
    paper(long_document())
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    ran(office, home, "--headless", "--convert-to", "pdf", paper.path, cwd=tmp_path)
    text = ran(program("pdftotext"), "-layout", "paper.pdf", "-", cwd=tmp_path)
    assert "Figure 1. Participant flow: Sleep & light." in text
    assert "[consortflow" not in text
    pages = int(re.search(r"Pages:\s+(\d+)", ran(program("pdfinfo"), "paper.pdf", cwd=tmp_path))[1])
    assert 18 <= pages <= 24
    (tmp_path / "again").mkdir()
    ran(
        office,
        home,
        "--headless",
        "--convert-to",
        "docx:MS Word 2007 XML",
        "--outdir",
        "again",
        paper.path,
        cwd=tmp_path,
    )
    paper.path.write_bytes((tmp_path / "again" / "paper.docx").read_bytes())
    xml = paper(None, LATER)[DOCUMENT].decode()
    assert len(re.findall(r'<wp:docPr[^>]*name="consortflow: trial"', xml)) == 1
    assert "(n = 68)" in re.search(r'<wp:docPr[^>]*name="consortflow: trial"[^>]*>', xml).group()
    told = re.search(r"<w:bookmarkStart[^>]*_consortflow_.*?<w:bookmarkEnd", xml, re.DOTALL).group()
    assert "Of 68 patients" in told
    assert not re.search(r"Of 67|n.=.67", re.sub(r"<[^>]*>", "", xml))
    paper(None, LATER)
    assert paper.done.current
