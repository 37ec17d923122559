# ruff: noqa: RUF001 - full-width punctuation is what is tested
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortflow.diagrams import advances, measure_font
from consortflow.diagrams.text import NBSP, break_lines, glue, longest_piece, width


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
