"""Small systems settled by hand: what is narrowed, what is eliminated, what is given up, and which equations fail."""

from math import inf

import pytest

from consortflow import exact
from consortflow.bounds import Component
from consortflow.schemas.read import loads
from consortflow.solving import Interval, settle, solve


def settled(terms, values, low, high, wanted=None, chosen=None):
    """Settle equations in place; return the failures (their equations, and those suspected) and what was too large."""
    failures, wide = settle(range(len(terms)) if chosen is None else chosen, terms, values, low, high, wanted)
    for failure in failures:
        assert sorted(failure.component.equations) == sorted(failure.equations)
    return [(failure.equations, failure.suspected) for failure in failures], wide


@pytest.mark.parametrize(
    ("interval", "text", "n"),
    [
        (Interval(3, 3), "3", 3),
        (Interval(0, 0), "0", 0),
        (Interval(3, 5), "3 to 5", None),
        (Interval(3, None), "at least 3", None),
        (Interval(0, None), "unknown", None),
    ],
)
def test_an_interval_reads_as_what_is_known(interval, text, n):
    assert str(interval) == text
    assert interval.n == n


BOTH = "study: {units: [homes, people]}\nstages: [{kind: screening, n: {homes: 4, people: %s}, exits: [{label: Out, n: {homes: 1, people: <9}}]}, {kind: enrollment, n: {homes: 3}}]"  # noqa: E501 - one study on one line


def test_counts_are_asked_for_by_unit_and_without_one_in_the_first():
    solution = solve(loads(BOTH % 90))
    assert solution.interval("screening") == solution.interval("screening", "homes") == Interval(4, 4)
    assert solution.interval("screening", "people") == Interval(90, 90)
    assert solution.interval("screening/out", "people") == Interval(0, 8)
    assert solution.interval("enrollment", "people") == Interval(82, 90)
    assert solution.n("enrollment", "people") is None
    assert solution.n("enrollment") == 3


def test_an_upper_end_that_nothing_bounds_is_none():
    solution = solve(loads("stages: [{kind: screening, n: '>=4'}]"))
    assert solution.interval("screening") == Interval(4, None)
    assert type(solve(loads("stages: [{kind: screening, n: 2-4}]")).interval("screening").high) is int


def test_how_a_count_is_known_is_told_for_each_unit():
    solution = solve(loads(BOTH % 90))
    assert solution.status("screening", "homes") == "stated"
    assert solution.status("screening", "people") == "unchecked"
    assert solution.status("screening/out", "people") == "interval"
    assert solution.status("enrollment", "homes") == "stated"
    assert solution.status("enrollment", "people") == "interval"
    derived = solve(loads("stages: [{kind: screening, n: 5}, {kind: enrollment}]"))
    assert derived.status("enrollment", "participants") == "derived"


def test_a_solution_says_how_many_counts_it_has_and_whether_they_contradict():
    agreed = solve(loads("stages: [{kind: screening, n: 5}, {kind: enrollment}]"))
    assert repr(agreed) == f"<Solution: {len(agreed.network.accounts)} counts, no conflict>"
    assert agreed.ok
    against = solve(loads("stages: [{kind: screening, n: 5}, {kind: enrollment, n: 4}]"))
    assert repr(against).endswith(" counts, 1 conflicts>")
    assert not against.ok


def test_what_the_network_notes_and_what_is_too_large_are_both_notes(monkeypatch):
    monkeypatch.setattr(exact, "MAX_WORK", 5)
    solution = solve(
        loads("""
stages:
  - {kind: other, id: a, label: a, n: 10, cutoff: 2024-01-31}
  - {kind: other, id: b, label: b, n: 9, cutoff: 2024-06-30}
  - {kind: other, id: c, label: c, cutoff: 2024-06-30}
  - {kind: other, id: d, label: d, from: [b, c], cutoff: 2024-06-30, exits: [{label: Out}]}
  - {kind: other, id: e, label: e, from: [c, d], cutoff: 2024-06-30, n: 7}
""")
    )
    assert [note.code for note in solution.notes] == ["B401", "B402"]
    assert solution.conflicts == ()


def test_equations_of_known_numbers_are_checked_one_by_one():
    terms = [((1, 0), (-1, 1)), ((2, 0), (1, 1)), ((1, 0), (1, 1))]
    low = high = [3, 4]
    assert settled(terms, [0, 10, 7], low, high) == ([((0,), (0,))], [])
    assert settled(terms, [-1, 10, 7], low, high) == ([], [])
    assert settled(terms, [-1, 11, 8], low, high) == ([((1,), (1,)), ((2,), (2,))], [])
    assert settled(terms, [0, 11, 7], low, high, chosen=[2]) == ([], [])


def test_only_the_chosen_equations_are_settled():
    low, high = [0, 0], [9, 9]
    settled([((1, 0),), ((1, 1),)], [4, 5], low, high, chosen=[1])
    assert (low, high) == ([0, 5], [9, 5])


def test_one_failure_is_named_for_each_component_and_the_others_are_settled():
    terms = [((1, 0), (1, 1)), ((1, 0),), ((1, 2), (1, 3)), ((1, 4),)]
    low, high = [0] * 5, [9] * 5
    failures, wide = settled(terms, [4, 6, 30, 5], low, high)
    assert [equations for equations, _ in failures] == [(0, 1), (2,)]
    assert failures[1] == ((2,), (2,))
    assert wide == []
    assert (low[4], high[4]) == (5, 5)


def test_an_elimination_that_fails_suspects_the_equations_of_the_failure_alone():
    # a + b is 400 and 401; b + c = 700 hangs together with them. Narrowing moves an end by one a sweep
    terms = [((1, 0), (1, 1)), ((1, 0), (1, 1)), ((1, 1), (1, 2))]
    failures, _ = settled(terms, [400, 401, 700], [0] * 3, [inf] * 3)
    assert failures == [((0, 1, 2), (0, 1))]


def test_a_failure_that_elimination_cannot_name_suspects_the_whole_component():
    # a + b + c = 1000 and a + b - c = 998: c is 1, but said to be between 2 and 5
    terms = [((1, 0), (1, 1), (1, 2)), ((1, 0), (1, 1), (-1, 2))]
    assert settled(terms, [1000, 998], [0, 0, 2], [inf, inf, 5]) == ([((0, 1), (0, 1))], [])
    assert settled(terms, [1000, 988], [0, 0, 2], [inf, inf, 5]) == ([((0, 1), (0, 1))], [])
    low, high = [0, 0, 2], [inf, inf, 5]
    assert settled(terms, [1000, 994], low, high) == ([], [])
    assert (low, high) == ([0, 0, 3], [997, 997, 3])
    low, high = [0, 0, 2], [inf, inf, 5]
    assert settled(terms, [1000, 990], low, high) == ([], [])
    assert (low, high) == ([0, 0, 5], [995, 995, 5])
    low, high = [0, 0, 2], [inf, inf, 5]
    assert settled(terms, [1000, 996], low, high) == ([], [])
    assert (low, high) == ([0, 0, 2], [998, 998, 2])


def test_numbers_that_the_last_sweep_fixes_are_checked_against_the_sums_before_them():
    # a + b is 7 and 8, each at most 7: six sweeps end with 4 for both
    terms = [((1, 0), (1, 1)), ((1, 0), (1, 1))]
    assert settled(terms, [7, 8], [0, 0], [7, 7]) == ([((0, 1), (0, 1))], [])


def test_a_number_that_would_have_to_be_half_a_person_is_a_failure():
    # a + b + c = 1000 and a + b - c = 997: c is 3/2
    terms = [((1, 0), (1, 1), (1, 2)), ((1, 0), (1, 1), (-1, 2))]
    assert settled(terms, [1000, 997], [0, 0, 0], [inf, inf, 5]) == ([((0, 1), (0, 1))], [])


def test_a_component_that_falls_apart_is_settled_part_by_part(monkeypatch):
    # 3k = 9 parts 2a + 2b + k = 23 from c + d - k = 17
    terms = [((2, 0), (2, 1), (1, 4)), ((1, 2), (1, 3), (-1, 4)), ((3, 4),)]
    low, high = [0] * 5, [inf] * 5
    assert settled(terms, [23, 17, 9], low, high) == ([], [])
    assert (low, high) == ([0, 0, 0, 0, 3], [10, 10, 20, 20, 3])
    monkeypatch.setattr(exact, "MAX_WORK", 0)
    low, high = [0] * 5, [inf] * 5
    assert settled(terms, [23, 17, 9], low, high) == ([], [Component([0], [0, 1], tree=False)])
    assert (low, high) == ([0, 0, 0, 0, 3], [10, 10, 20, 20, 3])


def test_every_part_that_is_too_large_is_named(monkeypatch):
    monkeypatch.setattr(exact, "MAX_WORK", 0)
    terms = [((2, 0), (2, 1), (1, 4)), ((2, 2), (2, 3), (-1, 4)), ((3, 4),), ((2, 5), (2, 6))]
    failures, wide = settled(terms, [23, 17, 9, 8], [0] * 7, [inf] * 7)
    assert failures == []
    assert [part.equations for part in wide] == [[0], [1], [3]]


CIRCLE = [((1, 0), (1, 1), (1, 2), (1, 3)), ((1, 0), (1, 1), (1, 2), (-1, 3)), ((1, 0), (-1, 1))]


@pytest.mark.parametrize(
    ("wanted", "most"), [(None, [1, 1, 2, 1]), ((0,), [1, 2, 2, 1]), ((0, 1), [1, 1, 2, 1]), ((), [2, 2, 2, 1])]
)
def test_in_a_circle_only_what_is_wanted_is_proven_to_be_the_narrowest(wanted, most):
    # a + b + c + d = 3 and a + b + c - d = 1 give d = 1; a = b then leaves at most one for each of them
    low, high = [0] * 4, [inf] * 4
    assert settled(CIRCLE, [3, 1, 0], low, high, wanted) == ([], [])
    assert (low, high) == ([0, 0, 0, 1], most)


def test_an_end_that_is_not_proven_is_that_of_fractions_and_its_component_is_named(monkeypatch):
    # a = b + c and a + 3b = 2c: a = 5b and c = 4b, so that nobody or (5, 1, 4); in fractions a may be 6
    terms, values = [((1, 0), (-1, 1), (-1, 2)), ((1, 0), (3, 1), (-2, 2))], [0, 0]
    low, high = [0] * 3, [6] * 3
    assert settled(terms, values, low, high) == ([], [])
    assert (low, high) == ([0, 0, 0], [5, 1, 4])
    monkeypatch.setattr(exact, "MAX_BRANCHES", 0)
    low, high = [0] * 3, [6] * 3
    assert settled(terms, values, low, high) == ([], [Component([0, 1], [0, 1, 2], tree=False)])
    assert (low, high) == ([0, 0, 0], [6, 1, 4])


def test_a_tree_is_narrowed_from_its_leaves_to_its_root_and_back():
    # a = b + c, b = d + e, c = f + g
    terms = [((1, 0), (-1, 1), (-1, 2)), ((1, 1), (-1, 3), (-1, 4)), ((1, 2), (-1, 5), (-1, 6))]
    low, high = [10, 0, 0, 0, 0, 0, 0], [12, inf, inf, 2, 3, 1, inf]
    assert settled(terms, [0, 0, 0], low, high) == ([], [])
    assert low == [10, 0, 5, 0, 0, 0, 4]
    assert high == [12, 5, 12, 2, 3, 1, 12]
