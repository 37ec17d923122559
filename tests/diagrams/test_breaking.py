from itertools import pairwise

import pytest

from consortflow.diagrams.breaking import hyphenated, loosened, needs_of, syllables
from consortflow.diagrams.chart import Card, Line
from consortflow.diagrams.text import NBSP, width
from consortflow.diagrams.theme import load_theme

THEME = load_theme("consort")


def card(text, count="", **more):
    return Card("c", "exit", (Line(text, count, **more),))


def parts(word):
    cuts = [0, *(cut for cut, _ in syllables(word)), len(word)]
    return [word[a:b] for a, b in pairwise(cuts)]


@pytest.mark.parametrize(
    ("word", "parted"),
    [
        ("Discontinued", "Dis con ti nued"),
        ("intervention", "inter ven tion"),
        ("Hypophosphatemia", "Hypo phos pha temia"),
        ("lymphodepletion", "lym pho de ple tion"),
        ("Intention-to-treat", "Inten tion- to- treat"),
        ("and/or", "and/ or"),
        ("2.2\u20138.3)", "2.2\u20138.3)"),
        ("day-7", "day-7"),
        ("randomised", "ran do mised"),
        ("WWWWWWWWWWWW", "WWWWWWWWWWWW"),
        ("screened", "screened"),
        ("(n\u00a0=\u00a0123,456)", "(n\u00a0=\u00a0123,456)"),
        ("患者登録後に同意を撤回", "患者登録後に同意を撤回"),
        ("", ""),
    ],
)
def test_words_are_parted_between_syllables_and_after_their_own_hyphens(word, parted):
    assert parts(word) == parted.split(" ")


@pytest.mark.parametrize("word", ["discontinued", "thrombocytopenia", "Randomisierung", "étudiants", "x-y"])
def test_a_parted_word_has_a_hyphen_unless_it_had_one_and_enough_letters_on_either_side(word):
    for cut, sign in syllables(word):
        assert sign == ("" if word[cut - 1] in "-/" else "-")
        assert sign == "" or (cut >= 3 and len(word) - cut >= 4)


def test_a_loosened_count_stays_whole_but_may_leave_its_word():
    (line,) = loosened(card("Lost to follow-up", "(n = 12)", depth=1, mark="a")).lines
    assert line.text == f"Lost to follow-up (n{NBSP}={NBSP}12)"
    assert (line.count, line.depth, line.mark) == ("", 1, "a")


def test_a_count_of_two_units_may_break_between_them_and_at_last_before_their_numbers():
    text = f"Analysed (practices:{NBSP}4282;{NBSP}physicians:{NBSP}5179)"
    (line,) = loosened(card(text)).lines
    assert line.text == f"Analysed (practices:{NBSP}4282; physicians:{NBSP}5179)"
    (line,) = hyphenated(loosened(card(text)), THEME, 60.0).lines
    assert line.text == "Analysed (practices: 4282; physicians: 5179)"
    (line,) = hyphenated(loosened(card(text)), THEME, 80.0).lines
    assert line.text == f"Analysed (practices:{NBSP}4282; physicians:{NBSP}5179)"


def test_an_interval_may_stand_below_its_name_at_last_and_a_count_never_breaks():
    text = f"Fell: 88/292 (30.1%; 95%{NBSP}CI{NBSP}24.9\u201335.8)"
    assert loosened(card(text)).lines[0].text == text
    (line,) = hyphenated(loosened(card(text)), THEME, 60.0).lines
    assert line.text == f"Fell: 88/292 (30.1%; 95%{NBSP}CI 24.9\u201335.8)"
    (line,) = hyphenated(loosened(card("Screened", "(n = 123,456)")), THEME, 50.0).lines
    assert line.text == f"Screened (n{NBSP}={NBSP}123,456)"


def test_only_words_that_fit_no_line_are_hyphenated():
    text = "Withdrawal because of hypophosphatemia"
    limit = width("hypophospha-", THEME.size) + 1
    (line,) = hyphenated(card(text), THEME, limit).lines
    assert line.text == "Withdrawal because of hypophospha- temia"
    assert hyphenated(card(text), THEME, 200.0) == card(text)


def test_a_word_takes_as_many_hyphens_as_it_needs():
    (line,) = hyphenated(card("hypophosphatemia"), THEME, width("phos-", THEME.size) + 0.5).lines
    assert line.text == "hypo- phos- pha- temia"
    assert line.text.replace("- ", "") == "hypophosphatemia"


def test_indents_and_marks_take_their_share_of_a_line():
    limit = width("hypophospha-", THEME.size) + 1
    (bare,) = hyphenated(card("hypophosphatemia"), THEME, limit).lines
    (deep,) = hyphenated(card("hypophosphatemia", depth=2, mark="a"), THEME, limit).lines
    assert bare.text.count("-") < deep.text.count("-")


def test_what_a_line_needs_is_its_longest_piece():
    (need,) = needs_of(card("Withdrew consent", "(n = 2)", depth=2, mark="b"), hyphens=False)
    assert need.piece == pytest.approx(width(f"consent{NBSP}(n{NBSP}={NBSP}2)", 1.0))
    assert need.whole == pytest.approx(width(f"Withdrew consent{NBSP}(n{NBSP}={NBSP}2)", 1.0))
    assert need.depth == 2
    assert need.mark == pytest.approx(width("b", 1.0))
    (loose,) = needs_of(loosened(card("Withdrew consent", "(n = 2)")), hyphens=False)
    assert loose.piece == pytest.approx(width("Withdrew", 1.0))
    (parted,) = needs_of(loosened(card("Hypophosphatemia", "(n = 2)")), hyphens=True)
    assert parted.piece == pytest.approx(
        max(width(part, 1.0) for part in ("Hypo-", "phos-", "temia", f"(n{NBSP}={NBSP}2)"))
    )
