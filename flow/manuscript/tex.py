"""LaTeX: a figure environment with a PDF between two comments; what its author changed around the figure stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from consortflow.manuscript.markers import Marker
from consortflow.manuscript.piece import Edit, Piece, balanced, edited
from consortflow.report.escaping import in_latex

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["block", "closing", "markers", "opening", "root", "unicode"]

_LINE = r"(?:^|(?<=\r))"
"""Where a line begins, after a carriage return of its own as well."""
_MARKER = re.compile(
    rf"{_LINE}(?P<prefix>[ \t]*)%[ \t]*(?P<close>/?)consortflow:[ \t]*(?P<body>[^\r\n]*?)[ \t]*(?=\r|\n|\Z)",
    re.MULTILINE,
)
_VERBATIM = (
    "verbatim", "verbatim*", "Verbatim", "BVerbatim", "LVerbatim", "lstlisting", "minted", "comment", "filecontents",
    "filecontents*", "alltt", "tcblisting",
)  # fmt: skip
_BEGIN = re.compile(rf"{_LINE}[^%\r\n]*?\\begin\{{(?P<name>{'|'.join(map(re.escape, _VERBATIM))})\}}", re.MULTILINE)
_END = re.compile(_LINE + r"[^%\r\n]*?(?:\\end\{document\}|\\endinput\b)", re.MULTILINE)
_ROOT = re.compile(
    _LINE + r"%[ \t]*!TEX[ \t]+root[ \t]*=[ \t]*(\S[^\r\n]*?)[ \t]*(?=\r|\n|\Z)", re.MULTILINE | re.IGNORECASE
)
_ENCODING = re.compile(_LINE + r"[^%\r\n]*\\usepackage\s*\[([^\]]+)\]\s*\{inputenc\}", re.MULTILINE)
_GRAPHIC = re.compile(r"\\includegraphics\*?\s*")
_CAPTION = re.compile(r"\\caption\*?\s*(?=[\[{])")
_LABEL = re.compile(r"\\label\s*\{[^{}]*\}")
_ON_A_PAGE = 3600
"""Letters of a caption that would fill a page: 45 lines of 80."""
NARROW_MM = 110
"""A figure that is narrower keeps its width; a wider one takes the line's. Both leave a page room for the caption."""


def opening(body: str) -> str:
    """Return a marker."""
    return f"% consortflow: {body}"


def closing(name: str, style: str = "") -> str:  # noqa: ARG001 - a form's signature; TeX has one style
    """Return what ends a figure."""
    return f"% /consortflow: {name}"


def markers(text: str) -> Iterator[Marker]:
    """Yield the markers of a text in order: comment lines outside verbatim text, before the document's end."""
    skipped = list(_verbatim(text))

    def shown(match: re.Match[str]) -> bool:
        return any(start <= match.start() < stop for start, stop in skipped)

    end = next((match.start() for match in _END.finditer(text) if not shown(match)), len(text))
    for match in _MARKER.finditer(text, 0, end):
        if not shown(match):
            yield Marker(match["body"], match.end("prefix"), match.end(), bool(match["close"]), match["prefix"])


def _verbatim(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while (begin := _BEGIN.search(text, at)) is not None:
        stop = text.find(f"\\end{{{begin['name']}}}", begin.end())
        at = len(text) if stop < 0 else stop + 1
        yield begin.start(), at


def root(text: str) -> str:
    """Return the path of the document this file is a part of, as editors write it (`% !TEX root = ../main.tex`)."""
    found = _ROOT.search(text)
    return found[1].replace("\\", "/") if found else ""


def unicode(text: str) -> bool:
    """Whether the document reads its letters as UTF-8."""
    found = _ENCODING.search(text)
    return found is None or found[1].strip() in ("utf8", "utf8x")


def block(piece: Piece, old: str) -> str:
    """Return what stands between a marker and its end: the old block with a new figure, or a new one."""
    bare = re.sub(r"(?<!\\)%[^\r\n]*", lambda comment: " " * len(comment.group()), old)
    found = _GRAPHIC.search(bare)
    if found is None:
        label = _LABEL.search(bare)
        return _fresh(piece, label.group() if label else f"\\label{{fig:{piece.identifier}}}")
    at = found.end()
    edits: list[Edit] = []
    options = balanced(bare, at, "[]") if bare[at : at + 1] == "[" else at
    said = _options(piece, old[at + 1 : options - 1] if options > at else "")
    edits.append((at, options, f"[{said}]"))
    start = len(bare) - len(bare[options:].lstrip())
    stop = balanced(bare, start, "{}") if bare[start : start + 1] == "{" else -1
    if options < 0 or stop < 0:
        return _fresh(piece, f"\\label{{fig:{piece.identifier}}}")
    edits.append((start, stop, f"{{{piece.image}}}"))
    if piece.legend is not None:
        edits.append(_caption(piece, bare, stop))
    return edited(old, edits)


def _caption(piece: Piece, bare: str, after: int) -> Edit:
    """Return the edit of the caption; one is put behind the graphic where there is none."""
    new = f"{{{_legend(piece)}}}"
    found = _CAPTION.search(bare)
    if found is not None:
        start = found.end()
        if bare[start] == "[":  # the short form, for the list of figures, is its author's
            start = balanced(bare, start, "[]")
        if start > 0 and (stop := balanced(bare, start, "{}")) > 0:
            return start, stop, new
    return after, after, f"{piece.eol}{piece.prefix}  \\caption{new}"


def _fresh(piece: Piece, label: str) -> str:
    return piece.lines(
        r"\begin{figure}[htbp]",
        r"  \centering",
        f"  \\includegraphics[{_options(piece, '')}]{{{piece.image}}}",
        f"  \\caption{{{_legend(piece)}}}",
        f"  {label}",
        r"\end{figure}",
    )


def _options(piece: Piece, old: str) -> str:
    """Return the graphic's options: those that are there, with the alternative text of now."""
    alternative = f"alt={{{piece.held(in_latex(piece.alternative))}}}"
    if found := re.search(r"(?<![A-Za-z])alt\s*=\s*(?=\{)", old):
        stop = balanced(old, found.end(), "{}")
        if stop > 0:
            return edited(old, [(found.start(), stop, alternative)])
    if old.strip():
        return f"{old.rstrip()}, {alternative}"
    width_mm = piece.width_mm or (piece.figure.width_mm if piece.figure.width_mm < NARROW_MM else None)
    width = r"\linewidth" if width_mm is None else f"{width_mm:.4g}mm"
    caption = 0 if piece.legend is None else len(str(piece.legend)) / _ON_A_PAGE
    share = min(max(0.93 - caption, 0.7), 0.85)
    return f"width={width}, height={share:.2f}\\textheight, keepaspectratio, {alternative}"


def _legend(piece: Piece) -> str:
    if piece.legend is None:
        return ""
    return piece.held(rf"\textbf{{{in_latex(piece.legend.title)}}} {in_latex(piece.legend.text)}")
