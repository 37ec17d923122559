"""Markdown, Quarto and R Markdown: an image with its caption, identifier and alternative text between two comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from consortflow.manuscript.markers import Marker
from consortflow.manuscript.piece import Edit, Piece, balanced, edited
from consortflow.report.escaping import in_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["COMMENT", "block", "closing", "markers", "opening"]

COMMENT = re.compile(r"<!--[ \t]*(?P<close>/?)consortflow:[ \t]*(?P<body>[^\r\n]*?)[ \t]*-->")
"""A marker of Markdown and HTML, and of JATS among others."""
_FRONT = re.compile(r"\A---[ \t]*(?:\r\n|\n|\r)(?:.*(?:\r\n|\n|\r))*?(?:---|\.\.\.)[ \t]*(?:\r\n|\n|\r|\Z)")
_PREFIX = re.compile(r"[ \t>]*")
_IMAGE = re.compile(r"!\[")
_RAW = re.compile(r"\s*<(?:pre|script|style|textarea)\b|\s*<!--", re.IGNORECASE)
_INLINE = "a figure is a paragraph of its own, and this marker stands inside one, or inside HTML"


def opening(body: str) -> str:
    """Return a marker."""
    return f"<!-- consortflow: {body} -->"


def closing(name: str, style: str = "") -> str:  # noqa: ARG001 - a form's signature; Markdown has one style
    """Return what ends a figure."""
    return f"<!-- /consortflow: {name} -->"


def markers(text: str) -> Iterator[Marker]:
    """Yield the markers of a text in order, as CommonMark reads it: none in code, in comments or in raw elements."""
    if "consortflow:" not in text:
        return
    from markdown_it import MarkdownIt

    front = _FRONT.match(text)
    read = text
    if front:  # metadata: as many empty lines, so that the others keep their numbers
        read = re.sub(r"[^\r\n]", "", front.group()) + text[front.end() :]
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text)), len(text)]
    for token in MarkdownIt("commonmark").parse(read):
        if token.map is None or token.type not in ("html_block", "inline") or "consortflow:" not in token.content:
            continue
        first, last = (starts[min(line, len(starts) - 1)] for line in token.map)
        if token.type == "inline":
            if any(child.type == "html_inline" and COMMENT.fullmatch(child.content) for child in token.children or ()):
                yield from (_marker(text, match, _INLINE) for match in COMMENT.finditer(text, first, last))
            continue
        if (alone := COMMENT.match(token.content.lstrip())) is not None:
            found = COMMENT.search(text, first, last)
            if found is not None:
                more = token.content.lstrip()[alone.end() :].strip()
                yield _marker(text, found, _INLINE if more and not COMMENT.match(more) else "")
        elif not _RAW.match(token.content):
            yield from (_marker(text, match, _INLINE) for match in COMMENT.finditer(text, first, last))


def _marker(text: str, match: re.Match[str], fault: str) -> Marker:
    line = max(text.rfind("\n", 0, match.start()), text.rfind("\r", 0, match.start())) + 1
    before = text[line : match.start()]
    prefix = before if _PREFIX.fullmatch(before) else " " * len(before)  # after the bullet of a list: its indent
    return Marker(match["body"], match.start(), match.end(), bool(match["close"]), prefix, fault)


def block(piece: Piece, old: str) -> str:
    """Return what stands between a marker and its end: the old block with a new figure, or a new one."""
    found = _IMAGE.search(old)
    stop = balanced(old, found.end() - 1, "[]") if found else -1
    after = balanced(old, stop, "()") if stop > 0 and old[stop : stop + 1] == "(" else -1
    if found is None or after < 0:
        return _fresh(piece)
    caption = old[found.end() : stop - 1]
    if not piece.attributes:
        return edited(
            old,
            [
                (found.start(), after, _image(piece, piece.referring(in_markdown(piece.alternative)))),
                *_paragraph(piece, old, after),
            ],
        )
    tail = balanced(old, after, "{}") if old[after : after + 1] == "{" else after
    attributes = _attributes(piece, old[after:tail])
    legend = caption if piece.legend is None else _legend(piece)
    return edited(old, [(found.start(), tail, _image(piece, legend) + attributes)])


def _fresh(piece: Piece) -> str:
    if piece.attributes:
        return piece.lines("", _image(piece, _legend(piece)) + _attributes(piece, ""), "")
    image = _image(piece, piece.referring(in_markdown(piece.alternative)))
    return piece.lines("", image, *([] if piece.legend is None else ["", f"{_legend(piece)}"]), "")


def _paragraph(piece: Piece, old: str, after: int) -> list[Edit]:
    """Return the edit of the legend that follows an image without attributes."""
    if piece.legend is None:
        return []
    new = f"{_legend(piece)}"
    found = re.compile(r"\s*(\*\*[^\r\n]*)").match(old, after)
    return (
        [(*found.span(1), new)]
        if found
        else [(after, after, piece.lines("", new).removesuffix(piece.eol + piece.prefix))]
    )


def _image(piece: Piece, caption: str) -> str:
    return f"![{caption}]({quote(piece.image, safe='/-_.~')})"


def _attributes(piece: Piece, old: str) -> str:
    """Return the attributes in braces: those that are there, with the alternative text of now."""
    value = piece.referring(piece.alternative.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;"))
    alternative = f'{piece.alternative_key}="{value}"'
    if not old:
        return "{" + f"#fig-{piece.identifier} {alternative}" + "}"
    found = re.search(r'(?<![\w-])(?:fig-)?alt="(?:\\.|[^"\\])*"', old)
    if found:
        return edited(old, [(*found.span(), alternative)])
    return f"{old[:-1].rstrip()} {alternative}" + "}"


def _legend(piece: Piece) -> str:
    if piece.legend is None:
        return ""
    return piece.referring(f"**{in_markdown(piece.legend.title)}** {in_markdown(piece.legend.text)}")
