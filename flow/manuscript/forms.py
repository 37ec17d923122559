"""The kinds of manuscripts there are, by their files' endings, and what is said of files that are none."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from consortflow.schemas.errors import ConsortflowError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consortflow.manuscript.markers import Marker
    from consortflow.manuscript.piece import Piece

__all__ = ["FORMS", "Form", "ManuscriptError", "Markup", "form_of"]


class ManuscriptError(ConsortflowError, ValueError):
    """A file is no manuscript that a figure can be put into, or not with what was asked for."""


class Markup(Protocol):
    """What a module for a markup holds."""

    def opening(self, body: str, /) -> str:
        """Return a marker."""

    def closing(self, name: str, style: str = "", /) -> str:
        """Return what ends a figure."""

    def markers(self, text: str, /) -> Iterator[Marker]:
        """Yield the markers of a text in order."""

    def block(self, piece: Piece, old: str, /) -> str:
        """Return what stands between a marker and its end."""


class Form(NamedTuple):
    """A kind of manuscript."""

    title: str
    endings: tuple[str, ...]
    module: str
    images: tuple[str, ...] = ()
    """Formats of the image files it can show, the usual one first; none where the picture lies in the manuscript."""

    @property
    def markup(self) -> Markup:
        """The module that reads and writes it; not of Word, which is no text."""
        return cast("Markup", import_module(f"consortflow.manuscript.{self.module}"))


FORMS = (
    Form("Markdown", (".md", ".markdown"), "markdown", ("svg", "png", "pdf")),
    Form("Quarto", (".qmd",), "markdown", ("svg", "png", "pdf")),
    Form("R Markdown", (".rmd",), "markdown", ("svg", "png", "pdf")),
    Form("LaTeX", (".tex", ".ltx"), "tex", ("pdf", "png", "eps")),
    Form("HTML", (".html", ".htm", ".xhtml"), "html"),
    Form("Typst", (".typ",), "typst", ("svg", "png", "pdf")),
    Form("JATS", (".xml",), "jats", ("svg", "png", "tiff", "eps", "pdf")),
    Form("Word", (".docx",), "word"),
)
"""Every kind, by its files' endings."""
_OTHERS = {
    ".docm": "a Word document with macros is not touched: save it as .docx",
    ".dotx": "a template is not touched: save a document made from it as .docx",
    ".doc": "the old Word format cannot be taken apart: save it as .docx",
    ".odt": "an OpenDocument text is not supported: save it as .docx",
    ".rtf": "rich text is not supported: save it as .docx",
    ".pages": "Pages is not supported: export it to Word",
    ".pdf": "a PDF is finished: embed the figure in what it is made from",
    ".ipynb": "a notebook shows the figure itself: cf.draw(...) as the last line of a cell",
    ".rst": "reStructuredText has a directive: .. consortflow:: FILE, with the Sphinx extension "
    "consortflow.manuscript.sphinx",
    ".adoc": "AsciiDoc is not supported: draw an SVG, and refer to it",
    ".rnw": "Sweave is not supported: move the figure to a .tex file that it includes",
    ".yaml": "this is a study file; the manuscript comes last",
    ".yml": "this is a study file; the manuscript comes last",
}


def form_of(path: str) -> Form:
    """Return the kind of a manuscript by its name; raises `ManuscriptError` where it is none."""
    ending = os.path.splitext(path)[1].lower()  # noqa: PTH122 - a name ending in a slash stays one
    for form in FORMS:
        if ending in form.endings:
            return form
    known = ", ".join(ending for form in FORMS for ending in form.endings)
    raise ManuscriptError(f"{path}: {_OTHERS.get(ending, f'not a kind of manuscript that is known ({known})')}")
