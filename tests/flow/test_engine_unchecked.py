"""Which numbers of small studies nothing else would contradict, worked out by hand."""

import pytest
from written import called, system_of

import consortflow.unchecked
from consortflow.unchecked import unchecked


def alone(text):
    system = system_of(text)
    return {called(system, variable) for variable in unchecked(system)}


SUM = "stages: [{kind: screening, exits: [{label: Out, n: %s, reasons: {A: %s, B: %s, C: %s}}]}, {kind: infusion}]"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((9, 2, 3, 4), ""),
        ((9, 2, 3, "unknown"), "out a b"),
        ((9, 2, 3, "<=4"), "out a b"),  # without one of them there would be several for it
        ((9, 0, 0, 9), ""),
        ((0, 0, "unknown", "unknown"), "out"),  # nobody left, or whoever: but no part is less than nobody
        ((0, "unknown", "unknown", "unknown"), "out"),
        (("unknown", 2, 3, 4), "a b c"),
        (("'>=9'", 2, 3, 4), "a b c"),
        (("5-9", 2, 3, 4), "a b c"),
    ],
)
def test_a_part_and_its_total_are_checked_by_all_the_others_or_not_at_all(counts, expected):
    names = {"out": "screening/out", **{letter: f"screening/out/{letter}" for letter in "abc"}}
    assert alone(SUM % counts) == {names[name] for name in expected.split()}


def test_a_total_that_the_stages_give_is_checked_by_them_alone():
    text = """
stages:
  - {kind: screening, n: %s, exits: [{label: Out, n: %s, reasons: {A: 2, B: unknown}}]}
  - {kind: enrollment, n: %s}
  - {kind: infusion, n: %s}
"""
    assert alone(text % (20, 9, 11, 11)) == {"screening/out/a"}
    assert alone(text % (20, 9, 11, "unknown")) == {"screening/out/a"}
    assert alone(text % (20, "unknown", 11, 11)) == {"screening", "screening/out/a"}
    assert alone(text % (20, "unknown", 11, "unknown")) == {"screening", "enrollment", "screening/out/a"}
    assert alone(text % ("unknown", 9, 11, 11)) == {"screening/out", "screening/out/a"}


def test_what_is_told_to_a_number_leaves_out_what_the_number_said():
    # the exits 4 + 5 make 9; each reason is told 9 less what is known beside it, across two equations
    text = """
stages:
  - kind: screening
    n: 30
    exits:
      - {label: One, reasons: {A: 1, B: %s}}
      - {label: Other, reasons: {C: 2, D: %s}}
  - {kind: infusion, n: 21}
"""
    assert alone(text % (3, 3)) == set()
    assert alone(text % (3, "unknown")) == {
        "screening", "infusion", "screening/one/a", "screening/one/b", "screening/other/c",
    }  # fmt: skip
    assert alone(text % (3, "<=3")) == {
        "screening", "infusion", "screening/one/a", "screening/one/b", "screening/other/c",
    }  # fmt: skip
    assert alone(text % (6, "unknown")) == {
        "screening", "infusion", "screening/one/a", "screening/one/b", "screening/other/c",
    }  # fmt: skip


def test_several_tellings_agree_on_one_value():
    # at most 4 says one, at least 4 another
    text = """
stages:
  - {kind: screening, n: 9}
  - kind: infusion
    details: [{label: Seen, n: %s}, {partition: {One: 4, Other: %s}}]
    exits: [{label: Out, n: %s}]
"""
    assert alone(text % (9, 5, 9)) == {"infusion/seen", "infusion/out"}
    assert alone(text % (0, 5, 0)) == {"infusion/seen", "infusion/out"}
    assert alone(text % (3, "unknown", 2)) == {"screening", "infusion/one", "infusion/seen", "infusion/out"}


CIRCLE = """
stages:
  - {kind: other, id: a, label: a, n: %s}
  - {kind: other, id: b, label: b, n: %s}
  - {kind: other, id: c, label: c, from: [a, b]}
  - {kind: other, id: d, label: d, from: [b, c], n: %s}
"""


def test_around_a_circle_a_number_is_left_out_and_all_is_settled_again():
    assert alone(CIRCLE % (10, "unknown", 10)) == set()
    assert alone(CIRCLE % (10, 4, 10)) == {"b"}
    assert alone(CIRCLE % ("unknown", "unknown", 10)) == {"d"}
    assert alone((CIRCLE % (10, "unknown", 10)).replace("from: [a, b]", "from: [a, b], exits: [{label: Out}]")) == {
        "a", "d",
    }  # fmt: skip


def test_work_around_circles_is_counted_in_terms_and_what_is_too_much_counts_as_unchecked(monkeypatch):
    text = CIRCLE % (10, "unknown", 10)
    system = system_of(text)
    each = sum(len(terms) for terms in system.terms)
    monkeypatch.setattr(consortflow.unchecked, "MAX_WORK", 2 * each)
    assert alone(text) == set()
    monkeypatch.setattr(consortflow.unchecked, "MAX_WORK", 2 * each - 1)
    assert alone(text) == {"d"}
    monkeypatch.setattr(consortflow.unchecked, "MAX_WORK", each - 1)
    assert alone(text) == {"a", "d"}


def test_the_numbers_of_each_unit_are_checked_by_their_own():
    assert alone("""
study: {units: [homes, people]}
stages:
  - {kind: screening, n: {homes: 9, people: 40}, exits: [{label: Out, n: {homes: 2}}]}
  - {kind: enrollment, n: {homes: 7, people: 31}}
""") == {"screening:people", "enrollment:people"}


def test_of_a_sum_that_nothing_opens_each_number_is_checked():
    assert alone("stages: [{kind: screening, n: 9}, {kind: enrollment, n: 9}, {kind: infusion, n: 9}]") == set()
    assert alone("stages: [{kind: screening, n: 9}]") == {"screening"}
    assert alone("stages: [{kind: screening}, {kind: enrollment}]") == set()
