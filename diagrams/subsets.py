"""A face with some of its characters as a font file of its own, to embed: TrueType, one weight, only what is used."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from consortflow.diagrams.typefaces import ARIMO, Face, glyph_of

if TYPE_CHECKING:
    from typing import Any

    from consortflow.diagrams.typefaces import Glyph

__all__ = ["EM", "subset"]

EM = 2048
ASCENT, DESCENT = 1854, -434
"""Arimo's own, which are those of Arial."""
CAPITALS, SMALL = 1409, 1082
"""How high they are."""
STAMP = 3_029_529_600
"""2000-01-01 in seconds since 1904: no clock is in a font's bytes."""
LICENCE = "This font is a subset, licensed under the SIL Open Font License, Version 1.1: https://openfontlicense.org"
COPYRIGHT = {
    "Arimo": "Copyright 2020 The Arimo Project Authors (https://github.com/googlefonts/arimo)",
    "Noto": "Copyright 2014-2021 Adobe (http://www.adobe.com/), with Reserved Font Name 'Source'",
}
CURVE_ERROR = 1.0
"""Units an outline of cubic curves may be off as quadratic ones: less than a 2000th of an em."""


@lru_cache(maxsize=16)
def subset(face: Face, characters: str) -> bytes:
    """Return a TrueType font with these characters of a face; the same ones give the same bytes.

    It has no hints, kerning or ligatures: the letters of a figure stand where they were measured.
    """
    from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped] # it ships no types

    signs = sorted(set(characters) | {" "})
    glyphs = {f"u{ord(sign):04X}": glyph_of(face, sign) for sign in signs}
    # outlines in cubic curves wind as PostScript's do, the other way around than TrueType's
    reverse = face.family != ARIMO
    drawn = {".notdef": _drawn(None), **{name: _drawn(glyph, reverse) for name, glyph in glyphs.items()}}
    builder = FontBuilder(EM, isTTF=True)
    builder.font.recalcTimestamp = False
    builder.setupGlyphOrder([*drawn])
    builder.setupCharacterMap({ord(sign): f"u{ord(sign):04X}" for sign in signs})
    builder.setupGlyf(drawn)
    advances = {".notdef": EM // 2, **{name: round(glyph.advance * EM) for name, glyph in glyphs.items()}}
    builder.setupHorizontalMetrics({name: (wide, drawn[name].xMin) for name, wide in advances.items()})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupHead(unitsPerEm=EM, created=STAMP, modified=STAMP, macStyle=int(face.bold), fontRevision=1.0)
    builder.setupOS2(
        version=4,
        usWeightClass=700 if face.bold else 400,
        fsSelection=0x20 if face.bold else 0x40,
        fsType=0,
        sTypoAscender=ASCENT,
        sTypoDescender=DESCENT,
        usWinAscent=ASCENT,
        usWinDescent=-DESCENT,
        sCapHeight=CAPITALS,
        sxHeight=SMALL,
    )
    builder.setupNameTable(
        {
            "copyright": COPYRIGHT[face.family.partition(" ")[0]],
            "familyName": face.family,
            "styleName": "Bold" if face.bold else "Regular",
            "uniqueFontIdentifier": face.name,
            "fullName": face.name.replace("-", " "),
            "version": "Version 1.0",
            "psName": face.name,
            "licenseDescription": LICENCE,
        },
        mac=False,
    )
    builder.setupPost(keepGlyphNames=False)
    out = BytesIO()
    builder.save(out)
    return out.getvalue()


def _drawn(glyph: Glyph | None, reverse: bool = False) -> Any:
    """Return a glyph as TrueType's, in quadratic curves; a missing one is empty."""
    from fontTools.pens.cu2quPen import Cu2QuPen  # type: ignore[import-untyped] # it ships no types
    from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped] # as above

    pen = TTGlyphPen(None)
    smooth = Cu2QuPen(pen, CURVE_ERROR, reverse_direction=reverse)
    for mark, points in glyph.strokes if glyph else ():
        at = [(x * EM, y * EM) for x, y in points]
        match mark:
            case "M":
                smooth.moveTo(*at)
            case "L":
                smooth.lineTo(*at)
            case "Q":
                smooth.qCurveTo(*at)
            case "C":
                smooth.curveTo(*at)
            case _:
                smooth.closePath()
    drawn = pen.glyph()
    if not drawn.numberOfContours:
        drawn.xMin = drawn.yMin = drawn.xMax = drawn.yMax = 0
    return drawn
