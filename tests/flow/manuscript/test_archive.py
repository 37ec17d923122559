"""Archives that are damaged, hostile or no documents are refused in a sentence, and nothing is unpacked beyond need."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manuscripts import STUDY

import consortflow as cf
from consortflow.manuscript.archive import Archive, ArchiveError

pytest.importorskip("docx", reason="python-docx makes the documents")
from documents import paragraph, parts, with_body, zipped

GOOD = with_body(paragraph("[consortflow: trial]"))
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


def refused(tmp_path, data):
    (tmp_path / "trial.consort.yaml").write_text(STUDY)
    path = tmp_path / "paper.docx"
    path.write_bytes(data)
    with pytest.raises(cf.FileError) as caught:
        cf.embed(tmp_path / "trial.consort.yaml", path)
    assert path.read_bytes() == data
    assert "\n" not in str(caught.value)
    return caught.value.problem


def changed(**more):
    return zipped(parts(GOOD) | {name.replace("__", "/"): data for name, data in more.items()})


def encrypted(data):
    at = data.index(b"PK\x01\x02")
    return data[: at + 8] + struct.pack("<H", 1) + data[at + 10 :]


BAD = {
    "nothing": (b"", "not a zip file"),
    "text": (b"hello", "not a zip file"),
    "cut short": (GOOD[:-30], "not a zip file"),
    "an old document": (b"\xd0\xcf\x11\xe0" + bytes(600), "password"),
    "another archive": (zipped({"a.txt": b"x"}), "it has no word/document.xml"),
    "no document": (
        zipped({n: d for n, d in parts(GOOD).items() if n != "word/document.xml"}),
        "it has no word/document.xml",
    ),
    "broken XML": (changed(word__document=b""), None),
    "encrypted": (encrypted(GOOD), "encrypted"),
}


@pytest.mark.parametrize("what", [name for name in BAD if BAD[name][1]])
def test_what_is_no_document_is_refused_in_a_sentence(tmp_path, what):
    data, said = BAD[what]
    assert said in refused(tmp_path, data)


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (b"<w:document", "not well-formed"),
        (b"", "not well-formed"),
        (DOCTYPE + b"<x>&a;&c;</x>", "declares a document type"),
        (b"<x/>", "not a Word document"),
        (b'<document xmlns="http://purl.oclc.org/ooxml/wordprocessingml/main"/>', "strict"),
        ('<?xml version="1.0" encoding="utf-16"?><x/>'.encode("utf-16"), "not in UTF-8"),
        (b'<?xml version="1.0" encoding="latin-1"?><x/>', "not in UTF-8 but latin-1"),
        (b"<a>" * 100_000 + b"</a>" * 100_000, "nest deeper"),
    ],
)
def test_a_text_that_is_not_word_s_is_refused(tmp_path, xml, said):
    assert said in refused(tmp_path, zipped(parts(GOOD) | {"word/document.xml": xml}))


def test_a_part_that_unpacks_to_too_much_is_refused_before_it_does(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in parts(GOOD).items():
            archive.writestr(name, content if name != "word/document.xml" else bytes(200 * 1024 * 1024))
    assert len(out.getvalue()) < 1_000_000
    assert "unpacks to more than" in refused(tmp_path, out.getvalue())


def test_a_part_that_lies_about_its_size_is_refused(tmp_path):
    data = bytearray(changed(**{"word__document.xml": b"x" * 5_000_000}))
    at = data.index(b"PK\x01\x02")
    while b"word/document.xml" not in data[at + 46 : at + 80]:
        at = data.index(b"PK\x01\x02", at + 4)
    data[at + 24 : at + 28] = struct.pack("<L", 100)
    assert "damaged" in refused(tmp_path, bytes(data))


def test_parts_that_share_bytes_are_refused(tmp_path):
    data = bytearray(zipped({"a": b"x" * 100, "b": b"y" * 100}))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<L", 0)
    with pytest.raises(ArchiveError, match="overlap"):
        Archive(bytes(data))
    assert "overlap" in refused(tmp_path, bytes(data))


def test_a_part_that_is_there_twice_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "x")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", "y")
    with pytest.raises(ArchiveError, match="twice"):
        Archive(out.getvalue())


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_flipped_byte_is_read_or_refused_and_never_crashes(at, value):
    data = GOOD[:at] + bytes([value]) + GOOD[at + 1 :]
    try:
        archive = Archive(data)
        for name in archive.members:
            archive.read(name)
    except ArchiveError:
        return


@given(
    st.dictionaries(st.text("ab/é.", min_size=1, max_size=8), st.binary(max_size=300), max_size=6),
    st.dictionaries(st.text("ab/é.", min_size=1, max_size=8), st.none() | st.binary(max_size=300), max_size=4),
)
def test_replaced_members_hold_what_they_were_given_and_all_others_what_they_had(old, new):
    made = Archive(zipped(old)).replaced(new)
    expected = {name: content for name, content in (old | new).items() if content is not None}
    assert parts(made) == expected
    assert {name: Archive(made).read(name) for name in expected} == expected
    assert Archive(made).replaced({}) == made
