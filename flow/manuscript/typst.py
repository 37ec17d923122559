"""Typst: a figure with an SVG between two comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from consortflow.manuscript.markers import Marker
from consortflow.manuscript.piece import Edit, Piece, balanced, edited

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["block", "closing", "markers", "opening"]

_MARKER = re.compile(r"//[ \t]*(?P<close>/?)consortflow:[ \t]*(?P<body>[^\r\n]*?)[ \t]*(?=\r|\n|\Z)")
_PART = re.compile(
    r"(?P<raw>`{3,}).*?(?:(?P=raw)|\Z)|`[^`]*(?:`|\Z)|(?P<nested>/\*)|https?://\S*|(?P<comment>//[^\r\n]*)|\\.",
    re.DOTALL,
)
"""Raw text, comments, addresses, and escaped characters, which begin none of them."""
_NESTED = re.compile(r"/\*|\*/")
_STRING = r'"(?:\\.|[^"\\])*"'
_IMAGE = re.compile(rf"\bimage\(\s*(?P<path>{_STRING})")
_ALTERNATIVE = re.compile(rf"\balt:\s*(?P<text>{_STRING})")
_CAPTION = re.compile(r"\bcaption:\s*(?=\[)")


def opening(body: str) -> str:
    """Return a marker."""
    return f"// consortflow: {body}"


def closing(name: str, style: str = "") -> str:  # noqa: ARG001 - a form's signature; Typst has one style
    """Return what ends a figure."""
    return f"// /consortflow: {name}"


def markers(text: str) -> Iterator[Marker]:
    """Yield the markers of a text in order: line comments of their own, none in raw text or in block comments."""
    at = 0
    while (part := _PART.search(text, at)) is not None:
        at = part.end()
        if part["nested"]:
            at = _after_comment(text, at)
        elif part["comment"] and (match := _MARKER.fullmatch(part["comment"].rstrip(" \t"))):
            line = max(text.rfind("\n", 0, part.start()), text.rfind("\r", 0, part.start())) + 1
            before = text[line : part.start()]
            if not before.strip():
                yield Marker(
                    match["body"], part.start(), part.start() + len(match.group()), bool(match["close"]), before
                )


def _after_comment(text: str, at: int) -> int:
    """Return where a block comment ends: they nest."""
    depth = 1
    while depth and (part := _NESTED.search(text, at)) is not None:
        depth += 1 if part.group() == "/*" else -1
        at = part.end()
    return at if not depth else len(text)


def block(piece: Piece, old: str) -> str:
    """Return what stands between a marker and its end: the old block with a new figure, or a new one."""
    image = _IMAGE.search(old)
    path, alternative = _string(piece, piece.image), _string(piece, piece.alternative)
    if image is None:
        return piece.lines(
            "#figure(",
            f"  image({path}, {_width(piece)}alt: {alternative}),",
            f"  caption: [{_legend(piece)}],",
            f") <fig-{piece.identifier}>",
        )
    edits: list[Edit] = [(*image.span("path"), path)]
    if found := _ALTERNATIVE.search(old, image.end()):
        edits.append((*found.span("text"), alternative))
    else:
        edits.append((image.end(), image.end(), f", alt: {alternative}"))
    if piece.legend is not None and (caption := _CAPTION.search(old)) is not None:
        stop = balanced(old, caption.end(), "[]")
        if stop > 0:
            edits.append((caption.end(), stop, f"[{_legend(piece)}]"))
    return edited(old, edits)


def _width(piece: Piece) -> str:
    return "" if piece.width_mm is None else f"width: {piece.width_mm:.4g}mm, "


def _string(piece: Piece, text: str) -> str:
    return piece.held('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')


def _legend(piece: Piece) -> str:
    if piece.legend is None:
        return ""
    return piece.held(f"#strong[{_escaped(piece.legend.title)}] {_escaped(piece.legend.text)}")


def _escaped(text: str) -> str:
    plain = re.sub(r"([\\#$*_`<>@\[\]~])", r"\\\1", text).replace("--", r"-\-").replace("//", r"/\/")
    return re.sub(r"\A([-+=/])|\A(\d+)\.", lambda first: f"\\{first[1]}" if first[1] else f"{first[2]}\\.", plain)
