"""Elimination and ranges over whole numbers, against trying every value."""

from fractions import Fraction
from itertools import product
from math import inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consortflow import exact
from consortflow.exact import Contradiction, OutOfBudgetError, eliminate, ranges


def test_elimination_solves_for_what_is_determined():
    # a + b = 10 and a + b + c = 15 give c = 5
    solved = eliminate([({0: 1, 1: 1}, 10), ({0: 1, 1: 1, 2: 1}, 15)])
    assert solved[2] == ({2: 1}, 5)


def test_elimination_keeps_fractions_exact():
    solved = eliminate([({0: 3, 1: 1}, 1), ({1: 3}, 1)])
    assert solved[1] == ({1: 1}, Fraction(1, 3))
    assert solved[0] == ({0: 1}, Fraction(2, 9))


def test_an_inconsistency_names_the_rows_it_comes_from():
    rows = [({5: 1, 6: 1}, 1), ({0: 1, 1: -1}, 0), ({7: 1}, 2), ({1: 1, 0: -1}, 1)]
    with pytest.raises(Contradiction) as caught:
        eliminate(rows)
    assert caught.value.equations == (1, 3)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([({0: 2, 1: 4}, 6), ({2: 1}, 1), ({0: 3, 1: 6}, 8)], (0, 2)),
        ([({0: 1, 1: 1}, 4), ({1: 1, 2: 1}, 5), ({0: 1, 2: -1}, -1), ({2: 1, 3: 1}, 3), ({0: 1, 2: -1}, 0)], (0, 1, 4)),
        ([({0: 1, 1: 1}, 4), ({1: 1, 2: 1}, 5), ({2: 1, 3: 1}, 6), ({3: 1, 0: 1}, 6), ({3: 1, 4: 1}, 6)], (0, 1, 2, 3)),
        ([({0: 3, 1: 2}, 7), ({0: 1, 1: -1}, 0), ({1: 5}, 9), ({2: 1}, 4)], (0, 1, 2)),
        ([({0: 1, 1: 2, 2: 3}, 6), ({0: 2, 1: -1, 2: 1}, 2), ({0: 3, 1: 1, 2: 4}, 9)], (0, 1, 2)),
        ([({}, 3)], (0,)),
    ],
)
def test_the_rows_of_an_inconsistency_are_named_and_no_others(rows, named):
    with pytest.raises(Contradiction) as caught:
        eliminate(rows)
    assert caught.value.equations == named
    for left_out in named:
        eliminate([row for index, row in enumerate(rows) if index in named and index != left_out])


def test_a_contradiction_without_a_reason_names_none():
    assert Contradiction().equations == ()
    assert str(Contradiction([2])) == "no solution"


def test_a_row_that_repeats_another_is_no_contradiction():
    solved = eliminate([({0: 1, 1: 1}, 4), ({0: 2, 1: 2}, 8)])
    assert len(solved) == 1


def test_a_range_without_an_end_has_none():
    found, proven = ranges(eliminate([({0: 1, 1: -1}, 2)]), [0, 1], {0: 0, 1: 0}, {0: inf, 1: inf})
    assert (found, proven) == ({0: (2, inf), 1: (0, inf)}, True)


def test_fractions_only_are_no_solution():
    # 2a = 2b + 1 has no whole solution
    with pytest.raises(Contradiction):
        ranges(eliminate([({0: 2, 1: -2}, 1)]), [0, 1], {0: 0, 1: 0}, {0: 9, 1: 9})


def test_a_search_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(exact, "MAX_BRANCHES", 0)
    with pytest.raises(OutOfBudgetError):
        ranges(eliminate([({0: 2, 1: -2}, 1)]), [0, 1], {0: 0, 1: 0}, {0: 9, 1: 9})


def small(random):
    variables = range(random.randint(2, 4))
    rows = []
    for _ in range(random.randint(1, 4)):
        chosen = random.sample(variables, random.randint(1, len(variables)))
        rows.append(({v: random.choice((1, 1, 2, 3, -1, -2)) for v in chosen}, random.randint(-3, 8)))
    low = {v: random.randint(0, 2) for v in variables}
    high = {v: low[v] + random.randint(0, 4) for v in variables}
    return variables, rows, low, high


def solutions(variables, rows, low, high):
    points = product(*(range(low[v], high[v] + 1) for v in variables))
    return [p for p in points if all(sum(c * p[v] for v, c in row.items()) == value for row, value in rows)]


RANDOMS = st.integers(0, 2**40).map(Random)


@settings(max_examples=300, deadline=None)
@given(RANDOMS)
def test_ranges_are_those_of_every_solution(random):
    variables, rows, low, high = small(random)
    fitting = solutions(variables, rows, low, high)
    held = sorted({v for row, _ in rows for v in row})
    try:
        found, proven = ranges(eliminate(rows), held, low, high)
    except Contradiction:
        assert not fitting
        return
    assert proven
    assert found == {v: (min(p[v] for p in fitting), max(p[v] for p in fitting)) for v in held}


@settings(max_examples=100, deadline=None)
@given(RANDOMS)
def test_ranges_that_are_not_proven_lose_no_solution(random):
    variables, rows, low, high = small(random)
    fitting = solutions(variables, rows, low, high)
    held = sorted({v for row, _ in rows for v in row})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "MAX_BRANCHES", 1)
        patch.setattr(exact, "MAX_WORK", 12)
        try:
            found, _ = ranges(eliminate(rows), held, low, high)
        except Contradiction:
            assert not fitting
        except OutOfBudgetError:
            return
        else:
            for v in held:
                assert all(found[v][0] <= p[v] <= found[v][1] for p in fitting)


def together(rows):
    """Whether rows can hold together in fractions, each cleared of the first variables of those before it."""
    done = []
    for row, value in rows:
        left, rest = {v: Fraction(c) for v, c in row.items()}, Fraction(value)
        for pivot, other, other_value in done:
            times = left.get(pivot, 0)
            left = {v: left.get(v, 0) - times * other.get(v, 0) for v in {**left, **other}}
            rest -= times * other_value
        left = {v: c for v, c in left.items() if c}
        if left:
            pivot = min(left)
            done.append((pivot, {v: c / left[pivot] for v, c in left.items()}, rest / left[pivot]))
        elif rest:
            return False
    return True


@pytest.mark.parametrize("seed", range(8))
def test_rows_that_are_named_cannot_hold_together_and_the_others_solved_can(seed):
    random = Random(seed)  # noqa: S311 - a seed, not a secret
    contradictions = 0
    for _ in range(50):
        variables = range(random.randint(2, 6))
        rows = []
        for _ in range(random.randint(2, 8)):
            chosen = random.sample(variables, random.randint(1, min(3, len(variables))))
            rows.append(({v: random.choice((1, 1, -1, 2, 3)) for v in chosen}, random.randint(0, 4)))
        try:
            solved = eliminate(rows)
        except Contradiction as found:
            contradictions += 1
            named = [rows[index] for index in found.equations]
            assert not together(named)
            assert all(together([*named[:index], *named[index + 1 :]]) for index in range(len(named)))
        else:
            assert together(rows)
            for row, value in solved.values():
                assert not together([*rows, ({v: c * 6**9 for v, c in row.items()}, value * 6**9 + 1)])
    assert contradictions > 5


@pytest.mark.parametrize(
    ("rows", "work"),
    [
        ([({0: 1, 1: 1, 2: 1}, 2), ({0: 1, 1: -1}, 0)], 7),
        ([({0: 1, 1: -1, 2: -1}, 0), ({0: 1, 1: 3, 2: -2}, 0)], 18),
        ([({i: 1, i + 1: 1, i + 2: -1}, 1) for i in range(3)], 150),
        ([(dict.fromkeys(range(40), 1), 30), ({i: 2 - i % 2 for i in range(40)}, 44)], 1636),
    ],
)
def test_a_search_costs_what_it_did_when_it_was_last_looked_at(monkeypatch, rows, work):
    # more: what is proven of large studies today is not tomorrow. Less: write the new number here
    variables = sorted({v for row, _ in rows for v in row})
    low, high = dict.fromkeys(variables, 0), dict.fromkeys(variables, 6)
    monkeypatch.setattr(exact, "MAX_WORK", work)
    assert ranges(eliminate(rows), variables, low, high)[1]
    monkeypatch.setattr(exact, "MAX_WORK", work - 1)
    assert not ranges(eliminate(rows), variables, low, high)[1]


def test_ranges_of_what_no_row_holds_are_its_bounds():
    solved = eliminate([({0: 1, 1: 1}, 4)])
    assert ranges(solved, [7, 1], {0: 0, 1: 0, 7: 2}, {0: 3, 1: 9, 7: inf}) == ({7: (2, inf), 1: (1, 4)}, True)


def test_the_end_of_a_search_that_is_given_up_is_that_of_fractions(monkeypatch):
    # a = 5b and c = 4b: nobody or (5, 1, 4); in fractions a is at most 6. d = 6 - a
    solved = eliminate([({0: 1, 1: -1, 2: -1}, 0), ({0: 1, 1: 3, 2: -2}, 0), ({0: 1, 3: 1}, 6)])
    low, high = dict.fromkeys(range(4), 0), dict.fromkeys(range(4), 6)
    monkeypatch.setattr(exact, "MAX_BRANCHES", 0)
    assert ranges(solved, [0, 1, 2, 3], low, high) == ({0: (0, 6), 1: (0, 1), 2: (0, 4), 3: (0, 6)}, False)
    monkeypatch.setattr(exact, "MAX_BRANCHES", 1)
    assert ranges(solved, [0, 1, 2, 3], low, high) == ({0: (0, 5), 1: (0, 1), 2: (0, 4), 3: (1, 6)}, True)


@pytest.mark.parametrize("work", range(18))
def test_wherever_a_search_is_given_up_it_keeps_what_is_possible(monkeypatch, work):
    # a = 5b, c = 4b, d = 6 - a
    solved = eliminate([({0: 1, 1: -1, 2: -1}, 0), ({0: 1, 1: 3, 2: -2}, 0), ({0: 1, 3: 1}, 6)])
    low, high = dict.fromkeys(range(4), 0), {0: 6, 1: 3, 2: 5, 3: 9}
    monkeypatch.setattr(exact, "MAX_WORK", work)
    if work < len(low):
        with pytest.raises(OutOfBudgetError):
            ranges(solved, [3, 2, 1, 0], low, high)
        return
    found, proven = ranges(solved, [3, 2, 1, 0], low, high)
    assert not proven
    for v, (least, most) in {0: (0, 5), 1: (0, 1), 2: (0, 4), 3: (1, 6)}.items():
        assert low[v] <= found[v][0] <= least
        assert most <= found[v][1] <= high[v]
