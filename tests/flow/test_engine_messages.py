"""What the equations of a tree tell each of its numbers, against trying every value."""

from itertools import product
from math import inf
from random import Random

import pytest

from consortflow.bounds import components
from consortflow.messages import Messages

MANY = 24
"""More than any sum of these trees bounds a number by."""


def tree(random):
    """Return the equations of a random tree, and the bounds of its numbers."""
    terms, values = [], []
    count = 0
    for index in range(random.randint(1, 4)):
        shared = [random.randrange(count)] if index else []
        fresh = range(count, count + random.randint(0 if index else 1, 2))
        count += len(fresh)
        terms.append(tuple((random.choice((1, -1)), v) for v in (*shared, *fresh)))
        values.append(random.randint(-2, 5))
    low = [random.randint(0, 2) for _ in range(count)]
    high = [number + random.randint(1, 2) for number in low]
    return terms, values, low, high


def solutions(terms, values, domains):
    points = product(*domains)
    return [
        p for p in points if all(sum(c * p[v] for c, v in t) == value for t, value in zip(terms, values, strict=True))
    ]


def side(terms, variable, equation):
    """Return the equations that reach a variable through one equation."""
    found, waiting = {equation}, [equation]
    while waiting:
        for _, v in terms[waiting.pop()]:
            for other, held in enumerate(terms):
                if v != variable and other not in found and any(v == w for _, w in held):
                    found.add(other)
                    waiting.append(other)
    return sorted(found)


def around(terms, values, domains, variable, chosen):
    """Return the values a variable takes where the chosen equations hold, whatever is stated about it."""
    held = sorted({v for e in chosen for _, v in terms[e]})
    renamed = {v: i for i, v in enumerate(held)}
    rows = [tuple((c, renamed[v]) for c, v in terms[e]) for e in chosen]
    ranges = [range(MANY) if v == variable else domains[v] for v in held]
    return {p[renamed[variable]] for p in solutions(rows, [values[e] for e in chosen], ranges)}


@pytest.mark.parametrize("seed", range(8))
def test_each_side_of_a_number_says_what_it_leaves_it(seed):
    random = Random(seed)  # noqa: S311 - a seed, not a secret
    failed = 0
    for _ in range(15):
        terms, values, low, high = tree(random)
        domains = [range(a, b + 1) for a, b in zip(low, high, strict=True)]
        (component,) = components(range(len(terms)), terms, low, high)
        assert component.tree
        messages = Messages(component, terms, values, low, high)
        for equation, held in enumerate(terms):
            others = [e for e in range(len(terms)) if e != equation]
            holds = solutions([terms[e] for e in others], [values[e] for e in others], domains)
            assert messages.holds_without(equation) is bool(holds)
            failed += not holds
            for _, variable in held:
                here = around(terms, values, domains, variable, side(terms, variable, equation))
                span = messages.says(equation, variable)
                if span is None or span[0] > span[1] or span[1] < 0:
                    assert not here
                else:
                    assert (max(span[0], 0), span[1]) == (min(here), max(here))
        for variable in range(len(low)):
            holding = [e for e, held in enumerate(terms) if any(v == variable for _, v in held)]
            here = around(terms, values, domains, variable, range(len(terms)))
            left = messages.leave(variable, holding)
            assert left == ((min(here), max(here)) if here else None)
    assert failed


def test_a_number_that_nothing_bounds_is_left_without_an_end():
    # a = b + c, c = d + e, with a and b at most 9 and nothing said about the others but that d is at least 2
    terms, values = [((1, 0), (-1, 1), (-1, 2)), ((1, 2), (-1, 3), (-1, 4))], [0, 0]
    low, high = [0, 0, 0, 2, 0], [inf, 9, inf, inf, inf]
    (component,) = components(range(2), terms, low, high)
    messages = Messages(component, terms, values, low, high)
    assert messages.says(0, 0) == (2, inf)
    assert messages.says(0, 2) == (-9, inf)
    assert messages.says(1, 2) == (2, inf)
    assert messages.leave(0, [0]) == (2, inf)
    assert messages.leave(2, [0, 1]) == (2, inf)
    assert messages.leave(4, [1]) == (0, inf)
    assert messages.holds_without(0)
    assert messages.holds_without(1)


def test_a_side_that_cannot_hold_says_nothing_to_any_number_but_its_own():
    # a + b = 9 cannot hold below 4 each; b = c + d can
    terms, values = [((1, 0), (1, 1)), ((1, 1), (-1, 2), (-1, 3)), ((1, 3), (1, 4))], [9, 0, 4]
    low, high = [0] * 5, [3, 4, 9, 9, 9]
    (component,) = components(range(3), terms, low, high)
    messages = Messages(component, terms, values, low, high)
    assert messages.holds_without(0)
    assert not messages.holds_without(1)
    assert not messages.holds_without(2)
    assert messages.says(0, 1) == (6, 9)
    assert messages.says(1, 1) == (0, 13)
    assert messages.says(1, 2) is None
    assert messages.says(2, 4) is None
    assert messages.leave(1, [0, 1]) == (6, 9)
    assert messages.leave(0, [0]) == (5, 9)
    assert messages.leave(4, [2]) is None
