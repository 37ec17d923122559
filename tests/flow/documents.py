# ruff: noqa: E501 - documents are written as the programs write them
"""Word documents for tests: a long one as authors have them, small ones, and their parts."""

import io
import struct
import zipfile
import zlib

import docx
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from docx.shared import Inches

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NS = f'xmlns:w="{W}"'
WORDS = (
    "Participants were assessed at nine centres and gave written informed consent before any procedure of the trial. "
)


def dot_picture():
    """Return a small PNG."""

    def chunk(kind, data):
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((x * 8 % 256, y * 8 % 256, 90)) * 32 for y in range(32) for x in (y,))
    head = struct.pack(">2L5B", 32, 32, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def long_document(marker="[consortflow: trial]"):
    """Return a document of about 20 pages, with tables, pictures, captions, a header, footnotes, tracked changes."""
    document = docx.Document()
    document.core_properties.title = "A trial"
    document.sections[0].header.paragraphs[0].text = "Running head"
    document.sections[0].footer.paragraphs[0].text = "Page"
    for chapter in range(1, 21):
        document.add_heading(f"Section {chapter}", 1)
        for _ in range(4):
            document.add_paragraph(WORDS * 3)
        if chapter == 3:
            paragraph = document.add_paragraph()
            half = len(marker) // 2
            paragraph.add_run(marker[:half])
            paragraph.add_run(marker[half:]).bold = True
        if chapter % 5 == 0:
            document.add_picture(io.BytesIO(dot_picture()), width=Inches(1))
            document.add_paragraph(f"Figure {chapter}. Another picture.", style="Caption")
        if chapter % 4 == 0:
            table = document.add_table(4, 3, style="Table Grid")
            for row in table.rows:
                for cell in row.cells:
                    cell.text = "12 (34%)"
        if chapter == 7:
            document.paragraphs[-1]._p.append(
                parse_xml(
                    f'<w:ins {NS} w:id="900" w:author="A" w:date="2024-01-01T00:00:00Z"><w:r><w:t>new words</w:t></w:r></w:ins>'
                )
            )
            document.paragraphs[-1]._p.append(
                parse_xml(
                    f'<w:del {NS} w:id="901" w:author="A" w:date="2024-01-01T00:00:00Z"><w:r><w:delText>old words</w:delText>'
                    "</w:r></w:del>"
                )
            )
        document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
    return with_footnotes(saved(document))


def saved(document):
    """Return a document's bytes."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_footnotes(data):
    """Return a document with a part of footnotes, as Word writes it."""
    note = (
        f'<w:footnotes {NS}><w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
        '<w:footnote w:id="1"><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    found = parts(data)
    found["word/footnotes.xml"] = note.encode()
    found["[Content_Types].xml"] = found["[Content_Types].xml"].replace(
        b"</Types>",
        b'<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        b'wordprocessingml.footnotes+xml"/></Types>',
    )
    found["word/_rels/document.xml.rels"] = found["word/_rels/document.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rId90" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes" '
        b'Target="footnotes.xml"/></Relationships>',
    )
    text = found["word/document.xml"].decode()
    at = text.index("</w:p>", text.index("gave written"))
    found["word/document.xml"] = (text[:at] + '<w:r><w:footnoteReference w:id="1"/></w:r>' + text[at:]).encode()
    return zipped(found)


def parts(data):
    """Return what each part of a document holds."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(found, stamp=(2024, 5, 6, 7, 8, 10)):
    """Return parts as a zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(zipfile.ZipInfo(name, stamp), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def with_body(body, **more):
    """Return a small document whose body is XML as it is given, with parts besides."""
    found = parts(saved(docx.Document()))
    text = found["word/document.xml"].decode()
    start = text.index("<w:body>") + len("<w:body>")
    found["word/document.xml"] = (text[:start] + body + text[text.index("<w:sectPr", start) :]).encode()
    return zipped(found | more)


def paragraph(*texts, properties=""):
    """Return a paragraph with a run for each text."""
    runs = "".join(f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' for text in texts)
    return f"<w:p>{properties}{runs}</w:p>"
