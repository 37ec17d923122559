"""A face's characters as a font file of its own."""

from io import BytesIO

import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

from consortflow.diagrams import typefaces
from consortflow.diagrams.subsets import EM, subset
from consortflow.diagrams.text import width
from consortflow.diagrams.typefaces import Face

FACES = [Face("Arimo", False), Face("Arimo", True)]


def opened(face, characters):
    return TTFont(BytesIO(subset(face, characters)))


@pytest.mark.parametrize("face", FACES)
def test_a_subset_has_its_characters_and_a_space(face):
    font = opened(face, "n=12≥é")
    assert {chr(code) for code in font.getBestCmap()} == set("n=12≥é ")
    assert font["OS/2"].usWeightClass == (700 if face.bold else 400)
    assert font["OS/2"].fsType == 0
    assert font["name"].getDebugName(6) == face.name
    assert "Open Font License" in font["name"].getDebugName(13)
    assert not {"GPOS", "GSUB", "fvar", "gvar", "kern"} & set(font.keys())


@pytest.mark.parametrize("face", FACES)
def test_letters_are_as_wide_as_they_are_measured(face):
    font = opened(face, "Wiñ4—")
    for code, name in font.getBestCmap().items():
        assert font["hmtx"][name][0] == pytest.approx(width(chr(code), EM, face.bold)), chr(code)


def test_outlines_are_those_of_the_typeface():
    font = opened(FACES[1], "g")
    whole = typefaces._font("Arimo")
    shapes = []
    for glyphs, name in (
        (font.getGlyphSet(), font.getBestCmap()[ord("g")]),
        (whole.getGlyphSet(location={"wght": 700}), whole.getBestCmap()[ord("g")]),
    ):
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        shapes.append(pen.bounds)
    assert shapes[0] == pytest.approx(shapes[1], abs=1.5)


def test_the_same_characters_give_the_same_bytes():
    one = subset(FACES[0], "abc")
    subset.cache_clear()
    assert subset(FACES[0], "cba") == one


def area(points):
    """Return twice the area inside points, negative where they run clockwise."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True))


def test_curves_of_ideographs_become_truetypes_and_wind_as_they_should():
    if typefaces._wide_file() is None:
        pytest.skip("manimgx-fonts-cjk, of the extra cjk, is not installed")
    font = opened(Face("Noto Sans CJK SC", False), "口患")
    glyphs = font.getGlyphSet()
    pen = BoundsPen(glyphs)
    name = font.getBestCmap()[ord("口")]
    glyphs[name].draw(pen)
    assert pen.bounds[2] - pen.bounds[0] > 0.6 * EM
    coordinates, ends, _ = font["glyf"][name].getCoordinates(font["glyf"])
    starts = [0, *(end + 1 for end in ends[:-1])]
    areas = [area(coordinates[start : end + 1]) for start, end in zip(starts, ends, strict=True)]
    assert len(areas) == 2
    assert max(areas, key=abs) < 0, "TrueType's outer contours run clockwise"
