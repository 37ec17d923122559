"""HTML: a figure element with the SVG itself and its caption between two comments."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from consortflow.manuscript.markdown import COMMENT, closing, opening
from consortflow.manuscript.markers import Marker
from consortflow.manuscript.piece import Caption, Edit, Piece, edited

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["block", "closing", "markers", "opening", "picture", "unicode"]

_PART = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))"
    r"|<(?P<raw>script|style|textarea|title|xmp|iframe|noembed|noframes|template|noscript)(?=[\s/>])(?:[^>\"']|\"[^\"]*\"|'[^']*')*>"
    r"(?:.*?</(?P=raw)\s*>|.*\Z)"
    r"|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|</?[A-Za-z](?:[^>\"']|\"[^\"]*\"|'[^']*')*>",
    re.DOTALL | re.IGNORECASE,
)
"""A comment, an element whose content is no markup, or a tag, whose attributes may hold anything."""
_PICTURE = re.compile(r"<svg\b.*?</svg\s*>", re.DOTALL | re.IGNORECASE)
_CAPTION = re.compile(r"(?P<open><figcaption\b[^>]*>)(?P<text>.*?)(?=</figcaption\s*>)", re.DOTALL | re.IGNORECASE)
_DECLARED = re.compile(
    r"<meta\b[^>]*charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml\b[^>]*encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE
)


def markers(text: str) -> Iterator[Marker]:
    """Yield the markers of a text in order: comments, but none in scripts, styles, text fields or attributes."""
    for part in _PART.finditer(text):
        match = part["comment"] and COMMENT.fullmatch(part["comment"])
        if match:
            line = max(text.rfind("\n", 0, part.start()), text.rfind("\r", 0, part.start())) + 1
            before = text[line : part.start()]
            prefix = before if not before.strip() else ""
            yield Marker(match["body"], part.start(), part.end(), bool(match["close"]), prefix)


def unicode(text: str) -> bool:
    """Whether a page says that it is in UTF-8: browsers take it for something else where it does not."""
    found = _DECLARED.search(text[:4096])
    return found is not None and (found[1] or found[2]).lower() in ("utf-8", "utf8")


def picture(piece: Piece) -> str:
    """Return the figure as an svg element for a page: as wide as it is drawn, or as the page lets it be."""
    svg = piece.figure.svg(f"consortflow-{piece.identifier}")
    start = svg.index("<svg")
    return '<svg style="max-width: 100%; height: auto"' + svg[start + 4 :].rstrip("\n")


def block(piece: Piece, old: str) -> str:
    """Return what stands between a marker and its end: the old block with a new figure, or a new one."""
    svg = piece.referring(picture(piece)).replace(
        "\n", piece.eol
    )  # no prefix: the lines of an svg element need no indent
    found = _PICTURE.search(old)
    if found is None:
        caption = [] if piece.legend is None else [f"<figcaption>{_legend(piece, piece.legend)}</figcaption>"]
        return piece.lines(f'<figure id="fig-{piece.identifier}" class="consortflow">', svg, *caption, "</figure>")
    edits: list[Edit] = [(*found.span(), svg)]
    if piece.legend is not None:
        legend = _legend(piece, piece.legend)
        caption_found = _CAPTION.search(old, found.end()) or _CAPTION.search(old, 0, found.start())
        if caption_found:
            edits.append((*caption_found.span("text"), legend))
        else:
            edits.append((found.end(), found.end(), f"{piece.eol}{piece.prefix}<figcaption>{legend}</figcaption>"))
    return edited(old, edits)


def _legend(piece: Piece, legend: Caption) -> str:
    title, text = (escape(part, quote=False) for part in legend)
    return piece.referring(f"<strong>{title}</strong> {text}")
