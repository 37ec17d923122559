"""What a Word document's text says: paragraphs across their runs, the room a page has, the numbers of figures."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consortflow.manuscript.elements import Element

__all__ = ["MARKED", "WP", "WPG", "A", "R", "W", "edges", "number_of", "own_text", "room_mm", "text_of"]

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
WPG = "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

MARKED = re.compile(r"\[consortflow:\s*(?P<body>[^\[\]]+?)\s*\]")
_GONE = (f"{W} del", f"{W} moveFrom")
_RANGES = (
    "bookmarkStart", "bookmarkEnd", "commentRangeStart", "commentRangeEnd", "permStart", "permEnd", "moveToRangeStart",
    "moveToRangeEnd", "moveFromRangeStart", "moveFromRangeEnd",
)  # fmt: skip
"""What begins or ends a stretch of text, and may have its other end elsewhere."""
_MM_PER_TWIP = 25.4 / 1440
_PAGE = (11906, 16838, 1440)
"""Twips of A4 and of its margins, where a document says nothing."""


def text_of(paragraph: Element) -> str:
    """Return what a paragraph reads as: not what is deleted, nor the text of boxes in it."""
    return "".join(_said(element) for element in _own(paragraph))


def own_text(element: Element) -> str:
    """Return what an element inside a paragraph reads as."""
    return "".join(_said(inner) for inner in element.walk())


def _said(element: Element) -> str:
    if element.tag == f"{W} t":
        return "".join(element.text)
    return " " if element.tag in (f"{W} tab", f"{W} br") else ""


def _own(paragraph: Element) -> list[Element]:
    """Return a paragraph's elements but those of paragraphs inside it, and of deleted text."""
    found: list[Element] = []
    ahead = [*reversed(paragraph.children)]
    while ahead:
        element = ahead.pop()
        if element.tag == f"{W} p" or element.tag in _GONE or element.tag == f"{W} pPr":
            continue
        found.append(element)
        ahead.extend(reversed(element.children))
    return found


def edges(paragraph: Element, data: bytes) -> tuple[str, str]:
    """Return what begins before a paragraph's text, and what ends or begins behind it, as it is written."""
    own = _own(paragraph)
    first = next((element.start for element in own if element.tag == f"{W} t"), paragraph.end)
    kept = [element for element in own if element.tag in {f"{W} {name}" for name in _RANGES}]
    before = "".join(data[element.start : element.end].decode() for element in kept if element.start < first)
    return before, "".join(data[element.start : element.end].decode() for element in kept if element.start >= first)


def number_of(root: Element, at: int) -> int:
    """Return the number of a figure at a place: one more than the numbered ones before it."""
    before = 0
    for element in takewhile(lambda element: element.start < at, root.walk()):
        said = element.attributes.get(f"{W} instr", "") if element.tag == f"{W} fldSimple" else ""
        if element.tag == f"{W} instrText":
            said = "".join(element.text)
        before += bool(re.match(r"\s*SEQ\s+Figure\b", said, re.IGNORECASE))
    return before + 1


def room_mm(root: Element, paragraph: Element) -> tuple[float, float]:
    """Return width and height of the text where a paragraph stands: of its page, its column, or its cell."""
    section = next((e for e in root.walk() if e.tag == f"{W} sectPr" and e.end > paragraph.start), None)
    width, height, margin = _PAGE
    across, down = width - 2 * margin, height - 2 * margin
    if section is not None:
        size, margins = (_numbers(section.child(f"{W} {tag}")) for tag in ("pgSz", "pgMar"))
        width, height = size.get("w", width), size.get("h", height)
        across = width - margins.get("left", margin) - margins.get("right", margin) - margins.get("gutter", 0)
        down = height - abs(margins.get("top", margin)) - abs(margins.get("bottom", margin))
        columns = _numbers(section.child(f"{W} cols"))
        if (number := columns.get("num", 1)) > 1:
            across = (across - (number - 1) * columns.get("space", 720)) // number
    cell = next((element for element in paragraph.around() if element.tag == f"{W} tc"), None)
    if cell is not None and (properties := cell.child(f"{W} tcPr")) is not None:
        said = properties.child(f"{W} tcW")
        if said is not None and said.attributes.get(f"{W} type") == "dxa":
            across = min(across, _numbers(said).get("w", across) - 216)  # a cell's margins
    return max(across, 720) * _MM_PER_TWIP, max(down, 2880) * _MM_PER_TWIP


def _numbers(element: Element | None) -> dict[str, int]:
    found = element.attributes.items() if element is not None else ()
    return {key.removeprefix(f"{W} "): int(value) for key, value in found if re.fullmatch(r"-?[0-9]{1,6}", value)}
