"""The same random flows on every run, small enough to try each change of the engine on them; see `.ci/mutation`."""

from math import inf
from random import Random

import pytest
from flows import blank, corrupt, grow, ids
from oracle import Oracle

from consortflow.schemas.study import Study
from consortflow.solving import solve


def seeded(seed):
    return Random(seed)  # noqa: S311 - a seed, not a secret


SEEDS = [seed for seed in range(60) if len(grow(seeded(seed)).truth) <= 50]
"""Those of flows with few counts: the integer programme is asked about every one of them."""


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_left_out_is_between_the_ends_that_an_integer_programme_finds(seed):
    random = seeded(seed)
    flow = blank(random, grow(random))
    oracle = Oracle(flow.data)
    solution = solve(Study.model_validate(flow.data))
    assert solution.conflicts == ()
    assert not [note for note in solution.notes if note.code == "B402"]
    names = ids(solution)
    for key, n in flow.truth.items():
        low, high = solution.interval(names[key[0]], key[1])
        assert low <= n
        assert high is None or n <= high
        assert oracle.spans(key, (low, inf if high is None else high)), key


@pytest.mark.parametrize("seed", SEEDS)
def test_unchecked_are_the_numbers_that_could_be_others_if_they_were_left_out(seed):
    random = seeded(seed)
    flow = blank(random, grow(random))
    oracle = Oracle(flow.data)
    solution = solve(Study.model_validate(flow.data))
    names = ids(solution)
    for path, unit in flow.truth:
        v = oracle.index[path, unit]
        if oracle.low[v] == oracle.high[v]:
            said = solution.system.index[names[path], unit] in solution.unchecked
            assert said is oracle.unchecked((path, unit)), (path, unit)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wrong_number_is_a_conflict_exactly_where_nothing_could_be_true(seed):
    random = seeded(seed)
    flow = grow(random)
    wrong = corrupt(random, blank(random, flow, share=0.3) if seed % 2 else flow)
    assert wrong is not None
    assert solve(Study.model_validate(wrong.data)).ok is Oracle(wrong.data).feasible()
