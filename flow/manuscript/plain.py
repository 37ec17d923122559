"""Manuscripts that are text: their markers read, and figures put between a marker and its end."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from consortflow.manuscript import findings as rules
from consortflow.manuscript.coding import decode, encode
from consortflow.manuscript.elements import XmlError
from consortflow.manuscript.markers import paired, spans
from consortflow.manuscript.piece import edited
from consortflow.schemas.diagnostics import Diagnostics, quoted
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from consortflow.manuscript.forms import Form
    from consortflow.manuscript.markers import Place
    from consortflow.manuscript.piece import Edit, Piece

__all__ = ["TextManuscript"]


class TextManuscript:
    """A manuscript in a markup.

    Raises FileError where its bytes are no text, or not of the markup its ending names.
    """

    def __init__(self, name: str, data: bytes, form: Form, known: Collection[str]) -> None:
        self.name = name
        self.form = form
        self.markup = form.markup
        self.coded = decode(name, data)
        text = self.coded.text
        try:
            marks = list(self.markup.markers(text))
        except XmlError as error:
            raise FileError(name, str(error)) from error
        self.spans = spans(text, marks, name)
        self.span_of = dict(zip(marks, self.spans, strict=True))
        self.places, found = paired(marks, known, self.spans, self.markup.opening("{}"))
        self.findings = Diagnostics(found)
        declares = getattr(self.markup, "unicode", None)
        self.unicode = self.coded.mark != b"" or (self.coded.unicode and (declares is None or declares(text)))

    def paste(self, name: str) -> str:
        """Return what to put where a figure shall stand."""
        return self.markup.opening(name)

    def width_mm(self, place: Place) -> float | None:  # noqa: ARG002 - as Word's, which knows its page
        """Return how wide a figure can be there; None where the text does not say."""
        return None

    def reference(self, image: str) -> str:
        """Return how the manuscript refers to an image file whose path is relative to its folder."""
        root = getattr(self.markup, "root", None)
        main = posixpath.dirname(root(self.coded.text)) if root else ""
        if not main:
            return image
        here = Path(self.name).resolve().parent
        return os.path.relpath(here / image, (here / main).resolve()).replace(os.sep, "/")

    def number(self, place: Place) -> int:
        """Return which figure of the manuscript stands at a place."""
        before = getattr(self.markup, "figures_before", None)
        return before(self.coded.text, place.marker) + 1 if before else 1

    def holding(self, pieces: Mapping[str, Piece]) -> tuple[bytes, dict[str, tuple[str, ...]]]:
        """Return the manuscript's bytes with the figures in it, and what changes of each.

        Raises `InvalidManuscriptError` where its encoding cannot hold a legend.
        """
        text = self.coded.text
        edits: list[Edit] = []
        changes: dict[str, tuple[str, ...]] = {}
        for place in self.places:
            piece = self._set(pieces[place.name], place)
            marker, close = place.marker, place.close
            old = text[marker.end : close.start] if close else ""
            new = self._block(piece, old, place)
            if close is None:
                end = self.markup.closing(place.name, marker.style)
                edits.append((marker.end, marker.end, new + end))
                changes[place.name] = ("figure",)
            else:
                edits.append((marker.end, close.start, new))
                kept = self._block(piece._replace(legend=None), old, place)
                changes[place.name] = (*(("picture",) if kept != old else ()), *(("legend",) if kept != new else ()))
        return encode(self.coded, edited(text, edits)), changes

    def _set(self, piece: Piece, place: Place) -> Piece:
        """Return a piece with what its place says: ends and beginnings of lines."""
        text, at = self.coded.text, place.marker.end
        following = [(text.find(eol, at) % (len(text) + 1), -len(eol), eol) for eol in ("\r\n", "\n", "\r")]
        nearest, _, eol = min(following)
        if nearest == len(text):  # the marker is on the last line, which need not end
            eol = next((eol for eol in ("\r\n", "\n", "\r") if eol in text), "\n")
        key = "fig-alt" if self.form.title == "Quarto" else "alt"
        return piece._replace(eol=eol, prefix=place.marker.prefix, alternative_key=key, narrow=not self.unicode)

    def _block(self, piece: Piece, old: str, place: Place) -> str:
        try:
            return self.markup.block(piece, old)
        except UnicodeEncodeError as error:
            letter = str(error.object)[error.start]
            finding = rules.LETTER.found(
                f"the figure of {quoted(place.name)} needs the letter {letter}, and this file is not in UTF-8",
                self.span_of[place.marker],
                fix="save the manuscript as UTF-8",
            )
            raise rules.InvalidManuscriptError(Diagnostics([finding])) from error
