# ruff: noqa: RUF001 - full-width punctuation is what is tested
import re
from xml.etree import ElementTree as ET

import pytest

from consortflow.diagrams.chart import Card, Chart, Line
from consortflow.diagrams.figure import draw_chart
from consortflow.diagrams.fonts import CJK_FONTS, fallbacks


def figure(*lines, language="en-US", phases=()):
    made = tuple(Line(line, bold=True) if isinstance(line, str) else line for line in lines)
    card = Card("a", "stage", made, phase=0 if phases else None)
    return draw_chart(Chart("title", "description", (card,), (), (), phases=phases, language=language))


def families(svg):
    return [name.strip(" '") for name in re.search("font-family:([^;]*);", svg)[1].split(",")]


def test_latin_greek_and_cyrillic_words_need_no_other_fonts():
    assert fallbacks("ja", ["Analysé", "Ανάλυση", "Анализ", "\u2022"]) == ()
    assert fallbacks("zh", []) == ()


@pytest.mark.parametrize(
    ("language", "texts", "first"),
    [
        ("zh", ["患者"], "Noto Sans CJK SC"),
        ("ja", ["患者"], "Noto Sans CJK JP"),
        ("zh", ["チサゲン"], "Noto Sans CJK SC"),
        ("de", ["患者"], "Noto Sans CJK SC"),
        ("en-US", ["患者の評価"], "Noto Sans CJK JP"),
        ("en-US", ["ｶﾅ"], "Noto Sans CJK JP"),
        ("en-US", ["대상자"], "Noto Sans CJK KR"),
        ("en-US", ["（）"], "Noto Sans CJK SC"),
    ],
)
def test_the_language_decides_which_form_of_a_character_is_drawn_then_the_script(language, texts, first):
    assert fallbacks(language, texts)[0] == first


def test_hangul_in_a_japanese_figure_has_a_font_too():
    asked = fallbacks("ja", ["患者", "대상자"])
    assert asked == (*CJK_FONTS["ja"], *CJK_FONTS["ko"])


def test_a_figure_asks_for_its_theme_s_fonts_first_then_for_its_language_s_and_last_for_any_sans_serif():
    asked = families(figure("適格性の評価", language="ja").svg())
    assert asked[0] == "Arial"
    assert asked[-1] == "sans-serif"
    assert asked.index("Nimbus Sans") < asked.index("Noto Sans CJK JP") < asked.index("Hiragino Sans")
    assert "Noto Sans CJK SC" not in asked
    assert families(figure("Assessed", language="ja").svg())[-2] == "Nimbus Sans"


def text_of(svg, start):
    texts = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - our own
    return next(text for text in texts if text.text.startswith(start))


def test_text_whose_width_is_known_is_held_to_it():
    for text in ("Assessed", "接受筛选", "적격성", "Скрининг"):
        assert "textLength" in text_of(figure(text).svg(), text).attrib


def test_text_whose_width_is_only_estimated_keeps_its_shape_and_stays_in_the_middle_of_its_box():
    drawn = figure(Line("ไม่ผ่านเกณฑ์", "(n = 3)", bold=True))
    text = text_of(drawn.svg(), "ไม่")
    (box,) = drawn.scene.boxes
    assert "textLength" not in text.attrib
    assert text.get("text-anchor") == "middle"
    assert float(text.get("x")) == pytest.approx(box.x + box.w / 2, abs=0.01)


def test_estimated_text_beside_a_bullet_starts_where_its_line_does():
    drawn = figure("Excluded", Line("ไม่ผ่านเกณฑ์", "(n = 3)", depth=1))
    text = text_of(drawn.svg(), "ไม่")
    assert text.get("text-anchor") is None
    assert "textLength" not in text.attrib
    start = next(run.x for _, run in drawn.scene.runs() if run.text.startswith("ไม่"))
    assert float(text.get("x")) == pytest.approx(start, abs=0.01)


def test_an_estimated_phase_stands_in_the_middle_of_its_bar():
    drawn = figure("A", phases=("การติดตาม",))
    (bar,) = drawn.scene.bars
    text = text_of(drawn.svg(), "การ")
    assert text.get("text-anchor") == "middle"
    assert float(text.get("y")) == pytest.approx(bar.y + bar.h / 2, abs=0.1)
    assert text.get("transform") == f"rotate(-90 {text.get('x')} {text.get('y')})"
