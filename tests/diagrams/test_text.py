# ruff: noqa: RUF001 - full-width punctuation is what is tested
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortflow.diagrams import advances, measure_font
from consortflow.diagrams.text import (
    NBSP,
    break_lines,
    chopped,
    estimated,
    glue,
    longest_piece,
    parts_hyphens,
    rejoined,
    width,
)


@pytest.mark.parametrize(("weight", "bold"), [(400, False), (700, True)])
def test_every_advance_equals_the_font(weight, bold):
    for code, advance in measure_font.advances_of(weight).items():
        assert width(chr(code), advances.UNITS, bold) == pytest.approx(advance), hex(code)


def test_the_committed_table_is_what_the_command_writes():
    assert measure_font.module_text() == Path(advances.__file__).read_text(encoding="utf-8")


def test_ideographs_are_one_em_and_combining_marks_nothing():
    assert width("患者", 9) == 18
    assert width("\uff21", 9) == 9
    assert width("e\u0301\U000e0100", 9) == width("e", 9)


def test_full_width_punctuation_and_kana_are_one_em():
    assert width("（「患者」、アフェレーシス。）", 10) == 150
    assert width("대상자", 10) == 30
    assert width("ｱﾌｪﾚｰｼｽ", 10) == 35


def test_accented_latin_greek_and_cyrillic_are_in_the_table():
    for text in (
        "ÄÖÜäöüß",
        "éèêëàâçœŒùûîïÿ",
        "ñÑáíóú¿¡",
        "ŁódźČeštinağİő",
        "Αναλύθηκαν",
        "Рандомизированы",
        "≥≤±µ’“”–•",
    ):
        assert not estimated(text)
        assert 0.2 * len(text) < width(text, 1) < len(text)
    assert width("Ä", 1) == width("A", 1)
    assert width("ñ", 1000, bold=True) > width("ñ", 1000)


def test_a_width_is_estimated_where_neither_the_font_nor_the_script_says_it():
    assert estimated("ไทย")
    assert estimated("ok 😀")
    for text in ("患者（全部）", "アフェレーシス", "대상자", "e\u0301", "a\u200db", "Assessed", ""):
        assert not estimated(text)


@pytest.mark.parametrize(
    ("word", "em"),
    [
        # the widest set in Noto Sans Bold, shaped by HarfBuzz: what any word of the script may reach
        ("ติดตามผล", 4.3), ("कौन", 1.7), ("ஔவை", 4.7), ("ఝాన్సీ", 3.1), ("ಊಟ", 2.7), ("ഈ", 1.9), ("ඖෂධ", 3.3), ("ணண", 3.4),
        ("סגן", 1.3), ("რანდომიზებული", 9.3), ("Պատահականացված", 11.4), ("ጨጭ", 2.5), ("ຄຸນສົມບັດ", 3.9),
    ],
)  # fmt: skip
def test_words_of_other_scripts_are_never_measured_too_narrow(word, em):
    assert width(word, 1, bold=True) >= em


def test_unknown_characters_are_estimated_on_the_safe_side():
    assert width("\U00010330", 10) >= 10
    assert width("\U0001f600", 10) >= 13


def test_a_count_stays_with_the_last_word():
    lines = break_lines(glue("Received lymphodepletion", "(n = 55)"), 120, 9, bold=True)
    assert lines == ["Received", f"lymphodepletion{NBSP}(n{NBSP}={NBSP}55)"]


def test_lines_are_balanced_without_adding_any():
    text = "Analysed in the paired comparison of both"
    limit = width("Analysed in the paired comparison of", 9)
    even, greedy = break_lines(text, limit, 9), break_lines(text, limit, 9, balance=False)
    assert len(even) == len(greedy) == 2
    assert max(width(line, 9) for line in even) < max(width(line, 9) for line in greedy)


def test_closing_punctuation_never_starts_a_line():
    for limit in range(30, 120):
        assert all(line[0] not in "、。」）" for line in break_lines("「患者」、「同意」。（全部）" * 3, limit, 9))


CHINESE = "不符合纳入标准（骨髓原始细胞<5%，或既往接受过CD19靶向治疗）；“主动”退出：《方案》第3.2节、30%患者…等。"
JAPANESE = (
    "「本人の申し出」による同意撤回。アフェレーシス・ブリッジング療法、エプスタイン・バーウイルスをもって、人々（ｱｧｯｰ）"
)


@pytest.mark.parametrize("text", [CHINESE, JAPANESE])
@pytest.mark.parametrize("bold", [False, True])
def test_lines_of_ideographs_and_kana_keep_the_rules_of_their_typesetting(text, bold):
    for limit in range(90, 300, 3):
        lines = break_lines(glue(text, "(n = 12)"), limit, 9, bold)
        assert "".join(lines) == glue(text, "(n = 12)")
        for line in lines:
            assert line[0] not in "、。，；：！？）》」』”％%…・ーァィゥェォッャュョっゃゅょぁぃぅぇぉゝ々ｧｯｰ", lines
            assert line[-1] not in "（《「『“", lines


def test_latin_words_and_numbers_among_ideographs_stay_whole():
    text = "接受阿基仑赛注射液(axicabtagene ciloleucel)治疗CD19+患者30.5%后12个月"
    whole = {"(axicabtagene", "ciloleucel)", "CD19+", "30.5%", "12"}
    for limit in range(70, 200, 3):
        latin = {run for line in break_lines(text, limit, 9) for run in re.findall(r"[!-~]+", line)}
        assert latin == whole


def test_a_count_keeps_two_ideographs_for_company():
    text = glue("接受淋巴细胞清除", "(n = 55)")
    limit = width(text, 9) - 1
    assert break_lines(text, limit, 9, balance=False) == ["接受淋巴细胞", f"清除{NBSP}(n{NBSP}={NBSP}55)"]


def test_korean_breaks_at_its_spaces():
    text = "무작위 배정 후 중재를 받은 대상자"
    for limit in range(40, 160, 5):
        assert " ".join(break_lines(text, limit, 9)) == text


def test_a_count_is_whole_on_a_line_of_its_own_where_its_word_fills_one():
    text = glue("ไม่ผ่านเกณฑ์การคัดเลือกเข้าร่วมการวิจัย", "(n = 10)")
    lines = break_lines(text, 100, 9)
    assert lines[-1].endswith(f"(n{NBSP}={NBSP}10)")
    assert len(lines) > 2


def test_vowels_of_thai_stay_with_their_consonant():
    for limit in range(40, 120):
        for line in break_lines("ผู้ป่วยที่ได้รับการรักษาและเข้าร่วมโครงการ", limit, 9):
            assert line[0] not in "ะาำๅัิีึืุู็่้๊๋์"
            assert line[-1] not in "เแโใไ"


def test_long_words_are_broken_after_a_hyphen_where_one_comes_late():
    assert (
        break_lines("Pneumonoultra-microscopic", width("Pneumonoultra-mi", 9), 9, balance=False)[0] == "Pneumonoultra-"
    )


@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=80),
    st.floats(16, 200),
    st.booleans(),
)
def test_no_line_is_longer_than_its_limit_and_no_character_is_lost(text, limit, bold):
    lines = break_lines(text, limit, 9, bold)
    for line in lines:
        assert width(line, 9, bold) <= limit + 1e-6
    assert "".join(lines).replace(" ", "").replace(NBSP, "") == text.replace(" ", "").replace(NBSP, "")


def test_the_longest_piece_is_the_narrowest_limit_that_breaks_no_word():
    text = glue("Did not meet inclusion criteria", "(n = 4)")
    narrow = longest_piece(text, 200, 9)
    assert " ".join(break_lines(text, narrow + 0.01, 9)) == text


def test_lines_are_even_and_no_little_word_stands_alone():
    text = f"Eligible to be randomised to dexamethasone{NBSP}(n{NBSP}={NBSP}9355)"
    assert break_lines(text, 118, 9, bold=True) == [
        "Eligible to be",
        "randomised to",
        f"dexamethasone{NBSP}(n{NBSP}={NBSP}9355)",
    ]


def test_what_is_in_parentheses_stays_on_one_line_where_that_adds_none():
    text = "Fell: 88/292 (30.1%; 95% CI 24.9\u201335.8)"
    assert break_lines(text, 120, 9) == ["Fell: 88/292", "(30.1%; 95% CI 24.9\u201335.8)"]
    assert break_lines(text, 100, 9)[0] == "Fell: 88/292 (30.1%;"
    assert break_lines("Died (at home) or left (no reason given) early", 95, 9)[0] == "Died (at home) or left"


@given(st.lists(st.sampled_from(["a", "(bb", "cc)", "(d)", "eeee", ")", "ff ("]), max_size=40), st.floats(5, 200))
def test_evening_out_keeps_every_word_and_the_number_of_lines(words, limit):
    text = " ".join(words)
    even, greedy = break_lines(text, limit, 9), break_lines(text, limit, 9, balance=False)
    assert len(even) == len(greedy)
    assert "".join(even).replace(" ", "") == text.replace(" ", "")
    assert all(width(line, 9) <= limit + 1e-6 for line in even) or any(width(word, 9) > limit for word in text.split())


@given(st.text(alphabet="ab- \u00a0\u4e2d\u6587(,", max_size=30), st.sampled_from([10, 20, 40, 90]), st.booleans())
def test_lines_that_are_joined_again_say_what_they_said(text, limit, balance):
    lines = break_lines(text, limit, 9, balance=balance)
    joined = rejoined(text, lines)
    assert joined.replace(NBSP, " ").split() == text.replace(NBSP, " ").split()
    assert sum(map(len, lines)) <= len(joined) <= sum(map(len, lines)) + len(lines)


def test_lines_broken_at_a_no_break_space_are_joined_with_a_plain_one():
    text = glue("progression", "(n = 33)")
    assert rejoined(text, break_lines(text, 60, 8)) == f"progression (n{NBSP}={NBSP}33)"
    assert rejoined(text, break_lines(text, 200, 8)) == text


@pytest.mark.parametrize(
    ("text", "limit", "parted"),
    [
        ("two words", 25, False),
        ("self-help", 25, False),
        ("a" * 40, 50, True),
        ("lympho- depletion", 45, True),
        ("A- B", 12, False),
        ("\u4e0d\u7b26\u5408\u7eb3\u5165", 20, False),
    ],
)
def test_a_word_parted_where_no_program_would_part_it_is_known(text, limit, parted):
    lines = break_lines(text, limit, 9)
    assert len(lines) > 1
    assert chopped(rejoined(text, lines), lines) is parted


def test_a_hyphen_that_would_end_the_line_before_is_known():
    lines = ["Lost to", f"follow-up{NBSP}(n = 9)"]
    assert parts_hyphens(lines, width("Lost to follow-", 9), 9)
    assert not parts_hyphens(lines, width("Lost to follow", 9), 9)
    assert not parts_hyphens(["Lost to", f"follow{NBSP}(n = 9-)"], 500, 9)
    assert not parts_hyphens(["Lost to", "-5"], 500, 9)
