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
