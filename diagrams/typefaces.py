"""The typefaces of files that bring their letters along: Arimo, and Noto Sans CJK where its extra is installed.

A letter stands where it was measured: without kerning or ligatures, and in the middle of its measure where the
typeface's own is another. A theme's own fonts are the reader's, so they are none of these.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from consortflow.diagrams.errors import TypefaceError
from consortflow.diagrams.fonts import wide_family
from consortflow.diagrams.text import printable, width
from consortflow.schemas.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consortflow.diagrams.scene import Point, Run, Scene

__all__ = ["ARIMO", "Face", "Glyph", "Lettering", "Piece", "Strokes", "glyph_of"]

ARIMO = "Arimo"
WIDE = ("JP", "KR", "SC", "TC", "HK")
"""The families of Noto Sans CJK, as they stand in its collection."""
LANGUAGE_OF_WIDE = "Chinese, Japanese or Korean text with its letters in the file"
_LOCK = RLock()
"""fontTools reads a font's tables from one open file as they are asked for."""

Strokes = tuple[tuple[str, tuple["Point", ...]], ...]
"""An outline as M, L, Q, C and Z with their points; y runs upwards, and what is inside winds around."""


class Face(NamedTuple):
    """One weight of a family."""

    family: str
    bold: bool

    @property
    def name(self) -> str:
        """The PostScript name."""
        return f"{self.family.replace(' ', '')}-{'Bold' if self.bold else 'Regular'}"


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """The picture of a character: its outline and advance, in em. There is one of each, told apart by being it."""

    strokes: Strokes
    advance: float


class Piece(NamedTuple):
    """Characters of a run that one face sets; `start` is where on the baseline they do, in points from the run's."""

    face: Face
    text: str
    start: float
    gap: float
    """Points between any two letters and half of it before the first: what their measure is more than their advance."""


class Lettering:
    """How the runs of scenes are set. They share one choice of families."""

    def __init__(self, *scenes: Scene) -> None:
        self.runs = [run for scene in scenes for _, run in scene.runs()]
        self.wide = wide_family(scenes[0].language, (run.text for run in self.runs))

    def used(self) -> dict[Face, str]:
        """Return the characters of each face, sorted; faces in the order regular, bold, Arimo first."""
        found: dict[Face, set[str]] = {}
        for run in self.runs:
            for piece in self.pieces(run):
                found.setdefault(piece.face, set()).update(piece.text)
        return {face: "".join(sorted(found[face])) for face in sorted(found)}

    def pieces(self, run: Run) -> list[Piece]:
        """Return a run as pieces of one face each, in reading order.

        Raises TypefaceError for a character that none of the faces can set, and MissingExtraError where one that can
        is not installed.
        """
        if _plain().issuperset(run.text):
            return [Piece(Face(ARIMO, run.bold), run.text, 0.0, 0.0)]
        out: list[Piece] = []
        at = 0.0
        for character in _signs(run.text):
            face, gap = self._face(character, run), 0.0
            wide = width(character, run.size, run.bold)
            if face.family != ARIMO:
                gap = wide - glyph_of(face, character).advance * run.size
            if out and out[-1].face == face and abs(out[-1].gap - gap) < 1e-6:
                out[-1] = out[-1]._replace(text=out[-1].text + character)
            else:
                out.append(Piece(face, character, at, gap))
            at += wide
        return out

    def letters(self, run: Run) -> Iterator[tuple[Glyph, float]]:
        """Yield each glyph of a run that has an outline, and where it starts on the baseline, in points."""
        for piece in self.pieces(run):
            at = piece.start + piece.gap / 2
            for character in piece.text:
                glyph = glyph_of(piece.face, character)
                if glyph.strokes:
                    yield glyph, at
                at += glyph.advance * run.size + piece.gap

    def _face(self, character: str, run: Run) -> Face:
        if _leftward(character):
            raise TypefaceError(character, run.text, "runs from right to left")
        if character in _characters(ARIMO):
            return Face(ARIMO, run.bold)
        if _wide_file() and character in _characters(self.wide):
            return Face(self.wide, run.bold)
        if not _wide_file() and unicodedata.east_asian_width(character) in "WFHA" and character < "\U0001f000":
            raise MissingExtraError("cjk", LANGUAGE_OF_WIDE, "manimgx-fonts-cjk")
        raise TypefaceError(character, run.text, "is in no typeface that comes along")


def _signs(text: str) -> Iterable[str]:
    """Return the characters to set: composed, and without those that only steer how others look."""
    if text.isascii():
        return printable(text)
    whole = unicodedata.normalize("NFC", printable(text))
    return [sign for sign in whole if unicodedata.category(sign) != "Cf" and not "\ufe00" <= sign <= "\ufe0f"]


@cache
def _plain() -> frozenset[str]:
    """Return the characters that Arimo sets one by one: nearly all that there ever are."""
    return frozenset(
        sign
        for sign in _characters(ARIMO)
        if sign.isprintable() or unicodedata.category(sign) == "Zs"
        if not (_leftward(sign) or unicodedata.combining(sign) or unicodedata.category(sign) in {"Mn", "Me", "Cf"})
    )


@cache
def _leftward(character: str) -> bool:
    return unicodedata.bidirectional(character) in {"R", "AL"}


@lru_cache(maxsize=20_000)
def glyph_of(face: Face, character: str) -> Glyph:
    """Return the glyph of a character that the face has."""
    with _LOCK:
        glyphs, codes, em = _opened(face)
        name = codes[ord(character)]
        pen = _pen()(glyphs)
        glyphs[name].draw(pen)
        strokes = tuple((mark, tuple((x / em, y / em) for x, y in points)) for mark, points in pen.strokes)
        return Glyph(strokes, round(glyphs[name].width) / em)


@cache
def _characters(family: str) -> frozenset[str]:
    with _LOCK:
        return frozenset(map(chr, _font(family).getBestCmap()))


@cache
def _font(family: str) -> Any:
    """Return the variable font of a family, read as it is used."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # it ships no types

    if family == ARIMO:
        import fontpkg_arimo  # type: ignore[import-untyped] # it ships no types

        return TTFont(fontpkg_arimo.ROOT / "files" / "Arimo[wght].ttf", lazy=True)
    return TTFont(_wide_file(), fontNumber=WIDE.index(family.rpartition(" ")[2]), lazy=True)


@cache
def _wide_file() -> Path | None:
    """Return where the collection of Noto Sans CJK is, without importing its package; None where it is not."""
    found = find_spec("manimgx_fonts_cjk")
    places = list(found.submodule_search_locations or ()) if found else []
    return next((path for place in places for path in sorted(Path(place).glob("*CJK*.ttc"))), None)


@cache
def _opened(face: Face) -> tuple[Any, dict[int, str], int]:
    font = _font(face.family)
    return font.getGlyphSet(location={"wght": 700 if face.bold else 400}), font.getBestCmap(), font["head"].unitsPerEm


@cache
def _pen() -> Any:
    from fontTools.pens.basePen import BasePen  # type: ignore[import-untyped] # it ships no types

    class Pen(BasePen):  # type: ignore[misc] # as above
        """Notes an outline, its components included."""

        def __init__(self, glyphs: Any) -> None:
            super().__init__(glyphs)
            self.strokes: list[tuple[str, tuple[Point, ...]]] = []

        def _moveTo(self, point: Point) -> None:  # noqa: N802 - the names of fontTools
            self.strokes.append(("M", (point,)))

        def _lineTo(self, point: Point) -> None:  # noqa: N802
            self.strokes.append(("L", (point,)))

        def _qCurveToOne(self, by: Point, point: Point) -> None:  # noqa: N802
            self.strokes.append(("Q", (by, point)))

        def _curveToOne(self, one: Point, other: Point, point: Point) -> None:  # noqa: N802
            self.strokes.append(("C", (one, other, point)))

        def _closePath(self) -> None:  # noqa: N802
            self.strokes.append(("Z", ()))

    return Pen
