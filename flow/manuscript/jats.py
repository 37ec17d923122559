"""JATS, the XML of journals and archives: a fig element with a graphic, between two instructions or comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape

from consortflow.manuscript import markdown
from consortflow.manuscript.coding import UNREAD
from consortflow.manuscript.elements import Element, read
from consortflow.manuscript.markdown import COMMENT
from consortflow.manuscript.markers import Marker
from consortflow.manuscript.piece import Caption, Edit, Piece, edited

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["block", "closing", "figures_before", "markers", "opening", "unicode"]

XLINK = "http://www.w3.org/1999/xlink"
_FIT = (
    "sec", "body", "p", "app", "app-group", "floats-group", "fig-group", "boxed-text", "disp-quote", "list-item", "def",
    "statement", "supplementary-material", "abstract", "back", "ref-list", "notes", "bio", "front-stub", "alternatives",
)  # fmt: skip
"""Elements that may hold a figure, in JATS 1.3."""
_DECLARED = re.compile(r"\A\s*<\?xml\b[^>]*encoding\s*=\s*[\"']([\w.:-]+)")
_HREF = re.compile(r"(<(?:[\w.-]+:)?graphic\b[^>]*?\s(?:[\w.-]+:)?href\s*=\s*)(\"[^\"]*\"|'[^']*')")
_CAPTION = re.compile(r"<caption\b[^>]*?(?:/>|>(?P<text>.*?)</caption\s*>)", re.DOTALL)
_ALTERNATIVE = re.compile(r"<alt-text\b[^>]*?(?:/>|>(?P<text>.*?)</alt-text\s*>)", re.DOTALL)
_GRAPHIC = re.compile(r"[ \t]*<(?:[\w.-]+:)?graphic\b")
_MIME = {"svg": "svg+xml", "png": "png", "pdf": "pdf", "tiff": "tiff"}


def opening(body: str) -> str:
    """Return a marker."""
    return f"<?consortflow {body}?>"


def closing(name: str, style: str = "") -> str:
    """Return what ends a figure, in the form of its marker."""
    return markdown.closing(name) if style == "#comment" else f"<?consortflow-end {name}?>"


def unicode(text: str) -> bool:
    """Whether a document is in UTF-8, as XML is where it declares nothing else, or in UTF-16."""
    found = _DECLARED.match(text)
    return found is None or found[1].lower() in ("utf-8", "utf8", "utf-16", "us-ascii")


def markers(text: str) -> Iterator[Marker]:
    """Yield the markers of a document in order. Raises `XmlError` where it is no XML."""
    if "consortflow" not in text:
        return
    data = UNREAD.sub("?", text).encode("utf-8")
    plain = len(data) == len(text)
    for element in read(data, doctype=True, encoding="utf-8").walk():
        said = _said(element)
        if said is None:
            continue
        body, ends = said
        start, end = ((at if plain else len(data[:at].decode("utf-8"))) for at in (element.start, element.end))
        before = text[max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1 : start]
        holder = element.parent.tag.split(" ")[-1] if element.parent is not None else ""
        fault = "" if holder in _FIT else f"a figure cannot stand in {holder or 'no element'}"
        style = "#comment" if element.tag == "#comment" else ""
        yield Marker(body, start, end, ends, before if not before.strip() else "", fault, style)


def _said(element: Element) -> tuple[str, bool] | None:
    """Return what a marker says, and whether it ends a figure; None for everything else."""
    text = "".join(element.text)
    if element.tag in ("?consortflow", "?consortflow-end"):
        return text.strip(), element.tag.endswith("end")
    if element.tag == "#comment" and (match := COMMENT.fullmatch(f"<!--{text}-->")):
        return match["body"], bool(match["close"])
    return None


def figures_before(text: str, marker: Marker) -> int:
    """Return how many figures of a document come before a marker."""
    return len(re.findall(r"<fig[\s>]", text[: marker.start]))


def block(piece: Piece, old: str) -> str:
    """Return what stands between a marker and its end: the old block with a new figure, or a new one."""
    href = _HREF.search(old)
    path = '"' + quote(piece.image, safe="/-_.~") + '"'
    alternative = piece.referring(escape(piece.alternative))
    legend = None if piece.legend is None else _legend(piece, piece.legend)
    if href is None:
        form = piece.image.rpartition(".")[2].lower()
        return piece.lines(
            f'<fig id="fig-{piece.identifier}" fig-type="diagram">',
            f"  <label>Figure {piece.number}</label>",
            f"  <caption>{legend or ''}</caption>",
            f"  <alt-text>{alternative}</alt-text>",
            f'  <graphic xmlns:xlink="{XLINK}" xlink:href={path} mimetype="image" '
            f'mime-subtype="{_MIME.get(form, form)}"/>',
            "</fig>",
        )
    edits: list[Edit] = [(*href.span(2), path)]
    if legend is not None and (found := _CAPTION.search(old)):
        edits.append((*found.span(), f"<caption>{legend}</caption>"))
    if found := _ALTERNATIVE.search(old):
        edits.append((*found.span(), f"<alt-text>{alternative}</alt-text>"))
    elif graphic := _GRAPHIC.search(old):
        edits.append(
            (graphic.start(), graphic.start(), f"{piece.prefix}  <alt-text>{alternative}</alt-text>{piece.eol}")
        )
    return edited(old, edits)


def _legend(piece: Piece, legend: Caption) -> str:
    return piece.referring(f"<title>{escape(legend.title)}</title><p>{escape(legend.text)}</p>")
