"""Which typeface sets which letter, and where each letter stands."""

import subprocess
import sys

import charts
import pytest
from printing import ROOT

from consortflow.diagrams import advances, typefaces
from consortflow.diagrams.errors import TypefaceError
from consortflow.diagrams.figure import draw_chart
from consortflow.diagrams.scene import Run
from consortflow.diagrams.text import width
from consortflow.diagrams.typefaces import Face, Lettering, glyph_of
from consortflow.schemas.errors import MissingExtraError

SCENE = draw_chart(charts.parallel()).scene


def run(text, bold=False, size=10.0):
    return Run(text, 0.0, 0.0, width(text, size, bold), size, bold)


def lettering(language="en", *texts):
    return Lettering(SCENE._replace(language=language, notes=tuple(map(run, texts))))


noto = pytest.mark.skipif(
    typefaces._wide_file() is None, reason="manimgx-fonts-cjk, of the extra cjk, is not installed"
)


@pytest.mark.parametrize("bold", [False, True])
def test_letters_are_as_wide_as_they_are_measured(bold):
    for low, high in (span.split("-") for span in advances.RUNS.split()):
        for code in range(int(low, 16), int(high, 16) + 1):
            glyph = glyph_of(Face("Arimo", bold), chr(code))
            assert glyph.advance * advances.UNITS == pytest.approx(width(chr(code), advances.UNITS, bold)), hex(code)


def test_each_letter_starts_where_the_letters_before_it_end():
    text = "AV To 12\u00a0≥\u00a03"
    starts = [at for _, at in lettering().letters(run(text))]
    wanted = [width(text[:place], 10) for place, sign in enumerate(text) if sign.strip("\u00a0 ")]
    assert starts == pytest.approx(wanted)


def test_an_upper_case_letter_is_as_high_as_capitals_are():
    strokes = glyph_of(Face("Arimo", False), "H").strokes
    assert max(y for _, points in strokes for _, y in points) == pytest.approx(0.688, abs=0.01)
    assert min(y for _, points in strokes for _, y in points) == 0


def test_bold_is_another_outline_and_not_a_heavier_line():
    plain, strong = (glyph_of(Face("Arimo", bold), "n") for bold in (False, True))
    assert plain.strokes != strong.strokes
    assert strong.advance > plain.advance


def test_a_letter_and_its_accent_are_one_and_what_is_unseen_is_left_out():
    (piece,) = lettering().pieces(run("cafe\u0301\u200b\u2066\ufe0f!"))
    assert piece.text == "café!"


def test_what_no_format_can_hold_is_the_sign_for_that():
    (piece,) = lettering().pieces(run("a\x07b\ud800"))
    assert piece.text == "a\ufffdb\ufffd"


def test_used_characters_are_sorted_by_face():
    found = lettering("en").used()
    assert list(found) == [Face("Arimo", False), Face("Arimo", True)]
    assert all(list(text) == sorted(set(text)) for text in found.values())


@pytest.mark.parametrize(
    ("text", "sign", "why"),
    [
        ("ציות", "צ", "runs from right to left"),
        ("نص", "ن", "runs from right to left"),
        ("died 😀", "😀", "is in no typeface"),
        ("ภาษาไทย", "ภ", "is in no typeface"),
    ],
)
def test_letters_that_cannot_be_set_are_refused_by_name(text, sign, why):
    with pytest.raises(TypefaceError, match=why) as caught:
        lettering("en", text).pieces(run(text))
    assert (caught.value.character, caught.value.text) == (sign, text)
    assert "svg" in str(caught.value)


@noto
@pytest.mark.parametrize(
    ("language", "texts", "family"),
    [
        ("zh", ("患者",), "SC"),
        ("zh-Hant-TW", ("患者",), "TC"),
        ("zh-HK", ("患者",), "TC"),
        ("ja", ("患者",), "JP"),
        ("ko", ("患者",), "KR"),
        ("en", ("患者の",), "JP"),
        ("en", ("대상자",), "KR"),
        ("en", ("患者",), "SC"),
    ],
)
def test_the_language_decides_between_the_forms_of_an_ideograph(language, texts, family):
    hand = lettering(language, *texts)
    assert hand.wide == f"Noto Sans CJK {family}"
    assert {piece.face.family for piece in hand.pieces(run(texts[0]))} == {hand.wide}


@noto
def test_ideographs_fill_their_em_and_hangul_stand_in_the_middle_of_theirs():
    (han,) = lettering("zh", "患者").pieces(run("患者"))
    (hangul,) = lettering("ko", "대상").pieces(run("대상"))
    assert han.gap == 0
    assert hangul.gap == pytest.approx(0.8)
    assert [at for _, at in lettering("ko", "대상").letters(run("대상"))] == pytest.approx([0.4, 10.4])


@noto
def test_latin_among_ideographs_stays_arimo():
    pieces = lettering("zh", "患者").pieces(run("患者 (n = 3)"))
    assert [piece.text for piece in pieces] == ["患者", " (n = 3)"]
    assert [piece.face.family for piece in pieces] == ["Noto Sans CJK SC", "Arimo"]
    assert pieces[1].start == 20


def test_a_missing_font_of_ideographs_names_its_extra(monkeypatch):
    monkeypatch.setattr(typefaces, "_wide_file", lambda: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'consortflow\[cjk\]'"):
        lettering("zh", "患者").pieces(run("患者"))


def test_nothing_of_this_is_read_for_a_plain_svg():
    code = (
        "import sys, consortflow; consortflow.draw(sys.argv[1]).svg(); "
        "print([m for m in sys.modules if m.split('.')[0] in ('fontTools', 'reportlab', 'PIL', 'resvg_py')"
        " or m in ('consortflow.diagrams.typefaces', 'consortflow.diagrams.subsets')])"
    )
    example = ROOT / "examples" / "inati-cel.consort.yaml"
    done = subprocess.run([sys.executable, "-c", code, str(example)], capture_output=True, text=True, check=True)  # noqa: S603 - ourselves
    assert done.stdout.strip() == "[]"
