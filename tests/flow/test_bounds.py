"""Narrowing one equation, and the components that equations fall into."""

from itertools import product
from math import inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consortflow.bounds import components, narrow, trace
from consortflow.exact import Contradiction


def test_a_total_narrows_its_parts_and_they_it():
    low, high = [0, 2, 0], [10, 4, inf]
    assert sorted(narrow(((1, 0), (-1, 1), (-1, 2)), 0, low, high)) == [0, 2]
    assert (low, high) == ([2, 2, 0], [10, 4, 8])


def test_an_equation_that_cannot_hold_is_a_contradiction():
    with pytest.raises(Contradiction):
        narrow(((1, 0), (1, 1)), 9, [0, 0], [4, 4])
    with pytest.raises(Contradiction):
        narrow(((2, 0),), 5, [0], [9])


def test_without_upper_bounds_nothing_is_narrowed_from_above():
    low, high = [0, 0], [inf, inf]
    assert narrow(((1, 0), (-1, 1)), 3, low, high) == [0]
    assert (low, high) == ([3, 0], [inf, inf])


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**40).map(Random))
def test_narrowing_an_equation_of_ones_gives_the_ranges_of_its_solutions(random):
    count = random.randint(1, 4)
    terms = tuple((random.choice((1, -1)), v) for v in range(count))
    value = random.randint(-5, 8)
    low = [random.randint(0, 3) for _ in range(count)]
    high = [number + random.randint(0, 4) for number in low]
    points = product(*(range(a, b + 1) for a, b in zip(low, high, strict=True)))
    fitting = [p for p in points if sum(c * p[v] for c, v in terms) == value]
    try:
        narrow(terms, value, low, high)
    except Contradiction:
        assert not fitting
    else:
        assert fitting
        assert low == [min(p[v] for p in fitting) for v in range(count)]
        assert high == [max(p[v] for p in fitting) for v in range(count)]


def parts(terms, low, high):
    return [(sorted(c.equations), c.tree) for c in components(range(len(terms)), terms, low, high)]


def test_equations_fall_into_what_hangs_together_through_unknowns():
    terms = [((1, 0), (1, 1)), ((1, 1), (1, 2)), ((1, 3), (1, 4))]
    assert parts(terms, [0] * 5, [9] * 5) == [([0, 1], True), ([2], True)]
    assert parts(terms, [0, 4, 0, 0, 0], [9, 4, 9, 9, 9]) == [([0], True), ([1], True), ([2], True)]
    assert parts(terms, [4] * 5, [4] * 5) == []


def test_a_circle_and_a_multiple_are_no_tree():
    assert parts([((1, 0), (1, 1)), ((1, 0), (-1, 1))], [0, 0], [9, 9]) == [([0, 1], False)]
    assert parts([((2, 0), (1, 1))], [0, 0], [9, 9]) == [([0], False)]


def test_tracing_names_the_equations_that_led_to_a_failure_and_no_others():
    terms = [((1, 0), (-1, 1)), ((1, 1), (-1, 2)), ((1, 5), (1, 6)), ((1, 2), (1, 3))]
    values = [0, 0, 4, 2]
    low = dict.fromkeys(range(7), 0)
    high = dict.fromkeys(range(7), inf)
    low[0] = high[0] = 3
    assert trace(range(4), terms, values, low, high, 12) == [0, 1, 3]


def test_tracing_gives_all_equations_where_none_fails():
    assert trace([0], [((1, 0), (1, 1))], [4], {0: 0, 1: 0}, {0: 9, 1: 9}, 3) == [0]


UNRELATED = ((1, 90), (1, 91))


def traced(terms, values, rounds, stated=()):
    """Trace equations over counts of 0 or more, but for those that are stated: their least and their most."""
    terms = [*terms, UNRELATED]
    low = {v: 0 for equation in terms for _, v in equation}
    high = dict.fromkeys(low, inf)
    for v, (least, most) in dict(stated).items():
        low[v], high[v] = least, most
    return trace(range(len(terms)), terms, [*values, 4], low, high, rounds)


def test_tracing_sweeps_from_the_last_equation_to_the_first_and_back():
    # a + b = 5, a = 3, b = 3: one sweep from the end meets the sum last
    assert traced([((1, 0), (1, 1)), ((1, 0),), ((1, 1),)], [5, 3, 3], 1) == [0, 1, 2]
    # the other way around it needs a second sweep
    assert traced([((1, 0),), ((1, 1),), ((1, 0), (1, 1))], [3, 3, 5], 1) == [0, 1, 2, 3]
    assert traced([((1, 0),), ((1, 1),), ((1, 0), (1, 1))], [3, 3, 5], 2) == [0, 1, 2]


def test_the_third_sweep_of_a_trace_is_from_the_last_equation_again():
    # z + v = 5, x = 3, z = y, v = y, y = x
    terms = [((1, 0), (1, 1)), ((1, 2),), ((1, 0), (-1, 3)), ((1, 1), (-1, 3)), ((1, 3), (-1, 2))]
    values = [5, 3, 0, 0, 0]
    assert traced(terms, values, 2) == [0, 1, 2, 3, 4, 5]
    assert traced(terms, values, 3) == [0, 1, 2, 3, 4]


def test_a_trace_follows_lower_ends_and_upper_ends():
    # a + b = 3, a - s = 5: a is at least 5
    assert traced([((1, 0), (1, 1)), ((1, 0), (-1, 2))], [3, 5], 1) == [0, 1]
    # a - b = 7, a + s = 5: a is at most 5
    assert traced([((1, 0), (-1, 1)), ((1, 0), (1, 2))], [7, 5], 1) == [0, 1]


def test_a_trace_leaves_out_the_other_end_and_what_came_later():
    # a - b = 7 fails for a <= 5, from c = a and c + s = 5; that c >= 1, and later c <= 4, has no part in it
    fails, lower, later = ((1, 0), (-1, 1)), ((1, 2), (-1, 3)), ((1, 2), (1, 4))
    equal, upper = ((1, 2), (-1, 0)), ((1, 2), (1, 5))
    assert traced([fails, lower, later, equal, upper], [7, 1, 4, 0, 5], 1) == [0, 3, 4]
    # with the signs of the equality the other way around
    assert traced([fails, lower, later, ((-1, 2), (1, 0)), upper], [7, 1, 4, 0, 5], 1) == [0, 3, 4]
    # and where it is doubled: 2a = 2c
    assert traced([fails, lower, later, ((2, 2), (-2, 0)), upper], [7, 1, 4, 0, 5], 1) == [0, 3, 4]


def test_a_trace_turns_from_an_upper_end_to_the_lower_end_of_what_it_was_subtracted_from():
    # a + b = 9 fails for a <= 4 and b <= 4: a = 10 - c with c >= 6; that c <= 8 has no part in it
    fails, most = ((1, 0), (1, 1)), ((1, 1), (1, 3))
    apart, least, other = ((1, 0), (1, 2)), ((1, 2), (-1, 4)), ((1, 2), (1, 5))
    assert traced([fails, most, other, apart, least], [9, 4, 8, 10, 6], 1) == [0, 1, 3, 4]


def test_what_is_stated_needs_no_equation_to_take_part():
    assert traced([((1, 0), (1, 1))], [3], 1, {0: (4, 4)}) == [0]
    assert traced([((1, 0), (1, 1))], [3], 1, {0: (1, 1)}) == [0, 1]
