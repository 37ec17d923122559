"""Word documents: a picture or shapes in the place of a marker paragraph, and a caption below; all else stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape, quoteattr
from zlib import crc32

from consortflow.diagrams.writers.drawingml import cleaned
from consortflow.manuscript.archive import Archive, ArchiveError
from consortflow.manuscript.elements import Element, XmlError, read
from consortflow.manuscript.markers import Marker, Place, paired
from consortflow.manuscript.package import Package
from consortflow.manuscript.paragraphs import (
    MARKED,
    WP,
    WPG,
    A,
    R,
    W,
    edges,
    number_of,
    own_text,
    room_mm,
    text_of,
)
from consortflow.schemas.diagnostics import Diagnostics, Span
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from consortflow.diagrams.writers.wordml import FigureRun
    from consortflow.manuscript.piece import Piece

__all__ = ["WordManuscript"]

OURS = "consortflow: "
"""How the name of each of our drawings begins."""
_DPI = 300
_ASIDE = re.compile(r"(?:header|footer|footnotes|endnotes|comments)[0-9]*\.xml\Z")
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_NUMBERED = (" docPr", " cNvPr")
"""Elements that carry a drawing's identifier."""
_CAPTION_ROOM_MM = 25
"""Of a page's height, for the caption below the figure."""


class _Found(NamedTuple):
    """A marker paragraph, or a figure that is there: its run, and its properties."""

    paragraph: Element
    run: Element | None = None
    properties: Element | None = None


class WordManuscript:
    """A .docx. Raises FileError where it is none, is encrypted, damaged, or unpacks to too much."""

    def __init__(self, name: str, data: bytes, known: Collection[str], *, editable: bool) -> None:
        self.name = name
        self.editable = editable
        try:
            if data.startswith(b"\xd0\xcf\x11\xe0"):
                raise FileError(name, "locked with a password, or in the old format under a new name")
            self.package = Package(Archive(data))
            self.part = self.package.document()
            self.data = self.package.read(self.part)
            self.root = read(self.data)
        except (ArchiveError, XmlError) as error:
            raise FileError(name, f"not a Word document that can be read: {error}") from error
        except KeyError as error:
            raise FileError(name, f"not a Word document: it has no {error.args[0]}") from error
        if self.root.tag != f"{W} document":
            strict = self.root.tag.startswith(_STRICT)
            raise FileError(name, f"not a Word document{'' if not strict else ' but a strict one: save it as .docx'}")
        self.found: dict[int, _Found] = {}
        markers = [*self._markers(), *self._elsewhere()]
        # a figure that is there is a marker and its end
        places = [self._place(marker) for marker in markers]
        self.places, findings = paired(markers, known, places, "a paragraph [consortflow: {}]")
        self.findings = Diagnostics(findings)

    def paste(self, name: str) -> str:
        """Return what to put where a figure shall stand."""
        return f"a paragraph with nothing but [consortflow: {name}]"

    def reference(self, image: str) -> str:  # pragma: no cover - a document holds its pictures itself
        """Return how the document refers to an image file."""
        return image

    def number(self, place: Place) -> int:
        """Return which figure of the document stands at a place."""
        return number_of(self.root, place.marker.start)

    def width_mm(self, place: Place) -> float | None:
        """Return how wide a figure can be: the text's width there, a column's or a cell's."""
        return room_mm(self.root, self.found[place.marker.start].paragraph)[0]

    def _markers(self) -> Iterator[Marker]:
        runs: set[int] = set()
        for element in self.root.walk():
            if element.tag == f"{W} p" and (match := MARKED.fullmatch(text_of(element).strip())):
                around = {other.tag for other in element.around()}
                fault = "a text box cannot hold a figure" if f"{W} txbxContent" in around else ""
                self.found[element.start] = _Found(element)
                if not (fault and any(tag.endswith(" Fallback") for tag in around)):
                    yield Marker(match["body"], element.start, element.end, fault=fault)
            elif element.tag == f"{WP} docPr" and element.attributes.get("name", "").startswith(OURS):
                run = next((other for other in element.around() if other.tag == f"{W} r"), None)
                paragraph = next((other for other in element.around() if other.tag == f"{W} p"), None)
                if run is None or paragraph is None or run.start in runs:
                    continue
                runs.add(run.start)
                body = element.attributes["name"].removeprefix(OURS)
                self.found[run.start] = _Found(paragraph, run, element)
                yield Marker(body, run.start, run.end)
                yield Marker(body, run.end, run.end, closing=True)

    def _elsewhere(self) -> Iterator[Marker]:
        """Yield the markers in parts that hold no figures."""
        for name in self.package.archive.members:
            match = _ASIDE.search(name)
            if match is None:
                continue
            try:
                content = self.package.read(name)
                if b"consortflow" not in re.sub(rb"<[^>]*>", b"", content):
                    continue
                for element in read(content).walk():
                    if element.tag == f"{W} p" and (marked := MARKED.fullmatch(text_of(element).strip())):
                        where = re.sub(r"[0-9]*\.xml", "", match.group())
                        fault = f"a {where.removesuffix('s')} cannot hold a figure"
                        yield Marker(marked["body"], -1, -1, fault=fault)
            except (ArchiveError, XmlError) as error:
                raise FileError(self.name, f"not a Word document that can be read: {error}") from error

    def _place(self, marker: Marker) -> Span:
        """Return where a marker is, as far as a document has places: by its paragraph."""
        if marker.start < 0:
            return Span(self.name)
        before = sum(element.tag == f"{W} p" and element.start <= marker.start for element in self.root.walk())
        return Span(f"{self.name}, paragraph {before}")

    def holding(self, pieces: Mapping[str, Piece]) -> tuple[bytes, dict[str, tuple[str, ...]]]:
        """Return the document's bytes with the figures in it, and what changes of each."""
        edits: list[tuple[int, int, bytes]] = []
        changes: dict[str, tuple[str, ...]] = {}
        loose: set[str] = set()
        ids = _Numbers(self.root)
        for place in self.places:
            piece, found = pieces[place.name], self.found[place.marker.start]
            if found.run is None:
                edits += self._fresh(piece, place, found.paragraph, ids)
                changes[place.name] = ("figure",)
            else:
                picture = list(self._refreshed(piece, place, found, ids, loose))
                legend = [] if piece.legend is None else list(self._retold(piece))
                edits += [*picture, *legend]
                changes[place.name] = (*(["picture"] if picture else []), *(["legend"] if legend else []))
        if edits:
            new = _spliced(self.data, edits)
            self.package.parts[self.part] = new
            used = {match.decode() for match in re.findall(rb'"(rId[^"<>]*|[^"<>]*)"', new)}
            self.package.drop(self.part, sorted(loose - used))
        return self.package.archive.replaced(
            self.package.parts
        ) if self.package.parts else self.package.archive.data, changes

    def _fresh(self, piece: Piece, place: Place, paragraph: Element, ids: _Numbers) -> list[tuple[int, int, bytes]]:
        """Return the edit that makes a marker paragraph the figure, and puts its caption behind it."""
        old = paragraph.child(f"{W} pPr")
        style, section, rest = (
            self._bytes(old.child(f"{W} {tag}") if old else None) for tag in ("pStyle", "sectPr", "rPr")
        )
        legend = piece.legend is not None
        shape = (
            f"<w:pPr>{style}{'<w:keepNext/>' if legend else ''}"
            '<w:spacing w:line="240" w:lineRule="auto"/><w:ind w:left="0" w:right="0" w:firstLine="0"/>'
            '<w:jc w:val="center"/>'
            f"{rest}{'' if legend else section}</w:pPr>"
        )
        before, after = edges(paragraph, self.data)
        run = self._run(piece, place, _Found(paragraph), ids, shapes=self.editable)
        declared = self._declared("w")
        opening = f"<w:p{declared}>" if declared else self.data[paragraph.start : paragraph.inner].decode()
        made = f"{opening}{shape}{before}{run}{after}</w:p>"
        if legend:
            made += self._caption(piece, section, ids)
        return [(paragraph.start, paragraph.end, made.encode())]

    def _caption(self, piece: Piece, section: str, ids: _Numbers) -> str:
        field = (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
            '<w:r><w:instrText xml:space="preserve"> SEQ Figure \\* ARABIC </w:instrText></w:r>'
            f'<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{piece.number}</w:t></w:r>'
            '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        )
        mark = ids.bookmark()
        return (
            f"<w:p{self._declared('w')}><w:pPr><w:pStyle w:val={quoteattr(self._style())}/>{section}</w:pPr>"
            f'<w:r><w:t xml:space="preserve">Figure </w:t></w:r>{field}<w:r><w:t xml:space="preserve">. </w:t></w:r>'
            f'<w:bookmarkStart w:id="{mark}" w:name="{_bookmark(piece)}"/>{_told(piece)}'
            f'<w:bookmarkEnd w:id="{mark}"/></w:p>'
        )

    def _refreshed(
        self,
        piece: Piece,
        place: Place,
        found: _Found,
        ids: _Numbers,
        loose: set[str],
    ) -> Iterator[tuple[int, int, bytes]]:
        """Yield the edits that bring a figure that is there up to date; none where it is."""
        run, properties = found.run, found.properties
        if run is None or properties is None:
            return
        shapes = run.find(f"{WPG} wgp") is not None
        embedded = [value for e in run.walk() for key, value in e.attributes.items() if key == f"{R} embed"]
        targets = {r.id: r.target for r in self.package.relationships(self.part)}
        there = [self.package.read(targets[id_]) for id_ in embedded if self.package.holds(targets.get(id_, ""))]
        drawn = self._pictures(piece)
        told = properties.attributes.get("descr", "") == piece.figure.scene.description
        if told and all(data in there for data in drawn.values()) and (shapes or not self.editable):
            return
        loose.update(embedded)
        new = self._run(piece, place, found, ids, shapes=shapes or self.editable)
        wrapped = run.find(f"{WP} anchor")
        if wrapped is not None and not shapes and not self.editable:  # placed by its author, with text around it
            yield from self._inside(wrapped, new)
        else:
            yield run.start, run.end, new.encode()

    def _inside(self, wrapped: Element, run: str) -> Iterator[tuple[int, int, bytes]]:
        """Yield the edits that change a picture and leave where it floats."""
        made = run.encode()
        new = read(made)
        declared = "".join(
            f' xmlns:{prefix}="{space}"' for prefix, space in new.names.items() if self.root.names.get(prefix) != space
        ).encode()
        for tag in (f"{WP} extent", f"{WP} docPr", f"{A} graphic"):
            old, element = wrapped.child(tag), new.find(tag)
            if old is not None and element is not None:
                name = re.match(rb"<[^\s/>]+", made[element.start : element.inner])
                at = element.start + len(name.group() if name else b"")
                yield old.start, old.end, made[element.start : at] + declared + made[at : element.end]

    def _retold(self, piece: Piece) -> Iterator[tuple[int, int, bytes]]:
        """Yield the edit of the legend between its bookmark's ends; none where it says the same, or is gone."""
        wanted = _bookmark(piece)
        start = next(
            (e for e in self.root.walk() if e.tag == f"{W} bookmarkStart" and e.attributes.get(f"{W} name") == wanted),
            None,
        )
        if start is None or start.parent is None:
            return
        id_ = start.attributes.get(f"{W} id")
        siblings = start.parent.children
        inside = siblings[siblings.index(start) + 1 :]
        end = next((e for e in inside if e.tag == f"{W} bookmarkEnd" and e.attributes.get(f"{W} id") == id_), None)
        if end is None:
            return
        told = inside[: inside.index(end)]
        if "".join(own_text(e) for e in told) == cleaned(str(piece.legend)):
            return
        runs = [run for e in told for run in e.walk() if run.tag == f"{W} r"]
        looks = [self._bytes(run.child(f"{W} rPr")) for run in runs] or [""]
        yield start.end, end.start, _told(piece, (looks[0], looks[-1])).encode()

    def _run(self, piece: Piece, place: Place, found: _Found, ids: _Numbers, *, shapes: bool) -> str:
        """Return the run of a figure, with all its namespaces: an inline picture, or shapes."""
        from consortflow.diagrams.writers.wordml import figure_run

        png, svg = (self.package.picture(self.part, name, data) for name, data in self._pictures(piece).items())

        def drawn(first: int) -> FigureRun:
            return figure_run(
                piece.figure.scene,
                picture=png,
                vector=svg,
                editable=shapes,
                width=self._width(piece, found.paragraph),
                first_id=first,
                name=f"{OURS}{place.marker.body}",
            )

        taken = ids.drawings(found.run)
        first = ids.first(found.run) or max(taken, default=0) + 1
        made = drawn(first)
        if not taken.isdisjoint(range(first, made.next_id)):  # it has more shapes now, and others' ids come next
            first = max(taken) + 1
            made = drawn(first)
        ids.given.update(range(first, made.next_id))
        return made.xml

    def _pictures(self, piece: Piece) -> dict[str, bytes]:
        """Return the picture in dots, and the one that Word shows where it can, by the names of their files."""
        stem = f"consortflow-{piece.identifier}"
        return {
            f"{stem}.png": piece.figure.to_bytes("png", dpi=_DPI),
            f"{stem}.svg": piece.figure.to_bytes("svg"),
        }

    def _width(self, piece: Piece, paragraph: Element) -> float:
        """Return the width in points: no larger than the page has room for, across and down."""
        across, down = room_mm(self.root, paragraph)
        width, height = piece.figure.width_mm, piece.figure.height_mm
        return piece.figure.scene.width * min(1.0, across / width, (down - _CAPTION_ROOM_MM) / height)

    def _style(self) -> str:
        """Return the identifier of the style of captions: Word gives it another in other languages."""
        for related in self.package.relationships(self.part):
            if related.kind.endswith("/styles") and self.package.holds(related.target):
                for style in read(self.package.read(related.target)).children:
                    name = style.child(f"{W} name")
                    if name is not None and name.attributes.get(f"{W} val", "").lower() == "caption":
                        return style.attributes.get(f"{W} styleId", "Caption")
        return "Caption"

    def _declared(self, prefix: str) -> str:
        """Return the declaration of a prefix where the document's root has another, or none."""
        space = {"w": W}[prefix]
        return "" if self.root.names.get(prefix) == space else f' xmlns:{prefix}="{space}"'

    def _bytes(self, element: Element | None) -> str:
        return "" if element is None else self.data[element.start : element.end].decode()


class _Numbers:
    """Identifiers that no other drawing and no other bookmark of a document has."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.given: set[int] = set()
        """Of the drawings that were put in."""
        self.bookmarks = max(
            (_integer(e.attributes.get(f"{W} id")) for e in root.walk() if e.tag == f"{W} bookmarkStart"), default=0
        )

    def drawings(self, but: Element | None = None) -> set[int]:
        """Return the identifiers of all drawings but those of a run."""
        return self.given | {
            _integer(e.attributes.get("id"))
            for e in self.root.walk()
            if e.tag.endswith(_NUMBERED) and not (but is not None and but.start <= e.start < but.end)
        }

    @staticmethod
    def first(run: Element | None) -> int:
        """Return the least identifier of a run's drawings, 0 for no run."""
        found = (_integer(e.attributes.get("id")) for e in run.walk() if e.tag.endswith(_NUMBERED)) if run else ()
        return min((number for number in found if number), default=0)

    def bookmark(self) -> int:
        """Return an identifier for a new bookmark."""
        self.bookmarks += 1
        return self.bookmarks


def _integer(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else 0


def _bookmark(piece: Piece) -> str:
    """Return the name of the hidden bookmark around a legend: at most 40 letters, the first an underscore."""
    return f"_consortflow_{crc32(piece.name.encode('utf-8')):08x}"


def _told(piece: Piece, looks: tuple[str, str] = ("<w:rPr><w:b/></w:rPr>", "")) -> str:
    """Return the legend as two runs, of which each keeps its looks."""
    if piece.legend is None:
        return ""
    said = (cleaned(piece.legend.title), f" {cleaned(piece.legend.text)}")
    return "".join(
        f'<w:r>{look}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
        for look, text in zip(looks, said, strict=True)
    )


def _spliced(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    parts: list[bytes] = []
    at = 0
    for start, end, new in sorted(edits):
        parts += [data[at:start], new]
        at = end
    return b"".join([*parts, data[at:]])
