"""The engine against an oracle that shares no code with it, on random flows: every range, contradiction and status."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Any

import pytest
from flows import FLOWS, Flow, blank, corrupt, grow, ids
from oracle import Oracle, alike, feasible, superfluous
from programme import Row

import consortflow.conflict
import consortflow.unchecked
from consortflow.rules import reasons
from consortflow.schemas.study import Study
from consortflow.solving import Solution, solve

FIRST = int(os.environ.get("CONSORTFLOW_FIRST", "0"))
"""The seed of the first one; the others follow it."""
BLOCK = 25
"""Flows that are solved, examined for everything and forgotten before the next."""

BLOCKS = [range(start, min(start + BLOCK, FIRST + FLOWS)) for start in range(FIRST, FIRST + FLOWS, BLOCK)]


@dataclass
class Case:
    """A random flow of which some counts are left out, as the engine and the oracle see it."""

    seed: int
    flow: Flow
    oracle: Oracle
    solution: Solution
    names: dict[Any, str]

    @property
    def proven(self) -> bool:
        """Whether the engine claims that its ranges are the narrowest."""
        return all(note.code != "B402" for note in self.solution.notes)


@contextmanager
def seed(number: int) -> Iterator[Random]:
    """Give the random numbers of a seed; what fails names it."""
    try:
        yield Random(number)  # noqa: S311 - a seed, not a secret
    except Exception as error:
        error.add_note(f"the flow of seed {number}: CONSORTFLOW_FIRST={number} CONSORTFLOW_FLOWS=1")
        raise


def solved(number: int) -> Case:
    with seed(number) as random:
        flow = blank(random, grow(random))
        solution = solve(Study.model_validate(flow.data))
        return Case(number, flow, Oracle(flow.data), solution, ids(solution))


def named(seeds: range) -> str:
    return f"seeds {seeds.start}-{seeds.stop - 1}"


@pytest.fixture(scope="module", params=BLOCKS, ids=named)
def cases(request) -> list[Case]:
    return [solved(number) for number in request.param]


def span(case, key):
    interval = case.solution.interval(case.names[key[0]], key[1])
    return interval.low, inf if interval.high is None else interval.high


def test_every_range_is_the_narrowest(cases):
    for case in cases:
        with seed(case.seed):
            assert case.solution.network.findings == ()
            assert case.solution.conflicts == ()
            claims = {key: span(case, key) for key in case.flow.truth}
            assert [key for key, n in case.flow.truth.items() if not claims[key][0] <= n <= claims[key][1]] == []
            assert case.oracle.outside(claims) == []
            if case.proven:
                assert case.oracle.unmet(claims) == []


def test_few_flows_hang_together_in_circles_too_large_to_be_proven(cases):
    assert sum(not case.proven for case in cases) <= BLOCK // 3


@pytest.fixture
def given_up(monkeypatch):
    """Record the circles that are too large to be proven while a number is left out."""
    found = []
    settle = consortflow.unchecked.settle

    def recording(*args):
        failures, wide = settle(*args)
        found.extend(wide)
        return failures, wide

    monkeypatch.setattr(consortflow.unchecked, "settle", recording)
    return found


def test_every_status_is_right_and_a_number_unchecked_exactly_where_the_others_leave_several_values(cases, given_up):
    for case in cases:
        with seed(case.seed):
            given_up.clear()
            statuses = {key: case.solution.status(case.names[key[0]], key[1]) for key in case.flow.truth}
            proven = case.proven and not given_up
            stated = {key for key, v in case.oracle.index.items() if case.oracle.low[v] == case.oracle.high[v]}
            for key, status in statuses.items():
                least, most = span(case, key)
                assert (status in {"stated", "unchecked"}) is (key in stated)
                assert (status == "derived") is (least == most and key not in stated)
            assert case.oracle.movable([key for key, status in statuses.items() if status == "stated"]) == []
            if proven:
                assert case.oracle.immovable([key for key, status in statuses.items() if status == "unchecked"]) == []


@pytest.mark.parametrize("seeds", BLOCKS, ids=named)
def test_a_true_flow_is_no_conflict(seeds):
    for number in seeds:
        with seed(number) as random:
            flow = grow(random)
            assert Oracle(flow.data).holds(flow.truth)
            solution = solve(Study.model_validate(flow.data))
            assert solution.network.findings == ()
            assert solution.conflicts == ()
            names = ids(solution)
            assert {key: solution.n(names[key[0]], key[1]) for key in flow.truth} == flow.truth


@pytest.fixture
def conflicts(monkeypatch):
    """Record the conflicts that are put into words."""
    found = {}

    def recorded(describe):
        def recording(system, conflict, *rest):
            found[conflict] = system
            return describe(system, conflict, *rest)

        return recording

    for name in {"describe", "describe_shared"} & vars(consortflow.conflict).keys():
        monkeypatch.setattr(consortflow.conflict, name, recorded(getattr(consortflow.conflict, name)))
    return found


def mistyped(random: Random) -> Flow:
    """Return a flow in which one number or two are wrong."""
    true = grow(random)
    flow = blank(random, true) if random.random() < 0.5 else true
    wrong = corrupt(random, flow) or corrupt(random, true)
    assert wrong is not None
    return (corrupt(random, wrong) if random.random() < 0.3 else None) or wrong


@pytest.mark.parametrize("seeds", BLOCKS, ids=named)
def test_a_contradiction_is_found_exactly_where_there_is_one_and_is_minimal(seeds, conflicts):
    for number in seeds:
        with seed(number) as random:
            conflicts.clear()
            wrong = mistyped(random)
            oracle = Oracle(wrong.data)
            solution = solve(Study.model_validate(wrong.data))
            assert solution.ok is oracle.feasible()
            assert solution.ok is not bool(conflicts)
            for conflict, system in conflicts.items():
                rows = [in_the_language(oracle, system, equation) for equation in conflict.equations]
                said = {oracle.index[key_of(system, v)] for v in conflict.statements}
                low = [least if v in said else 0 for v, least in enumerate(oracle.low)]
                high = [most if v in said else inf for v, most in enumerate(oracle.high)]
                assert not feasible(rows, low, high)
                assert superfluous(rows, low, high) == []


def key_of(system, variable):
    """Return the count that a variable of the engine stands for."""
    full, unit = system.names[variable]
    network = system.network
    account = network.account(full)
    if account.kind != "movement":
        return account.path, unit
    (tail,), (head,) = network.before(full, "flow"), network.after(full, "flow")
    return (
        "move",
        *network.account(tail).path,
        "to",
        *network.account(head).path,
    ), unit


def in_the_language(oracle, system, number):
    """Return the row of the oracle that an equation of the engine is."""
    equation = system.equations[number]
    terms = {oracle.index[key_of(system, equation.whole)]: equation.factor}
    for sign, part in equation.parts:
        v = oracle.index[key_of(system, part)]
        terms[v] = terms.get(v, 0) - sign
    low, high = {"=": (0, 0), "<=": (-inf, 0), ">=": (0, inf)}[equation.relation]
    row = oracle.plain(Row(terms, low + equation.constant, high + equation.constant))
    rows = [oracle.plain(other) for other in oracle.rows]
    if row in rows:
        return row
    same = [other for other in rows if other.terms.keys() == row.terms.keys() and alike(other, row)]
    assert same, f"the language has no such sum as {equation}"
    assert equation.rule is reasons.PERCENT
    return same[0]
