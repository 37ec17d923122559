# ruff: noqa: E501 - study files are written as an author would
"""Which numbers would determine the open ones: small flows by hand, random ones by stating what the help names."""

from itertools import combinations, product
from math import inf
from random import Random

import pytest
from flows import FLOWS, blank, grow
from hypothesis import given, settings
from hypothesis import strategies as st

import consortflow as cf
from consortflow.bounds import components
from consortflow.checking import check_text
from consortflow.determining import MAX_UNKNOWNS, open_counts
from consortflow.schemas.study import Study
from consortflow.solving import settle, solve

RANDOMS = st.integers(0, 2**40).map(Random)
BOXES = ("stage", "exit", "arm", "set")


def helps(text):
    """Return the help of each undetermined count, by its message up to the colon."""
    found = [finding for finding in check_text(text, "a.yaml")[1] if finding.code == "B201"]
    return {finding.message.split(" is not determined")[0]: finding.fix for finding in found}


def flow(*stages, more=""):
    return "stages:" + "".join(f"\n  - {stage}" for stage in stages) + f"\n{more}"


# By hand


def test_where_everything_is_known_nothing_is_open():
    text = flow("{kind: screening, n: 9, exits: [{label: Out, n: 2}]}", "{kind: enrollment}")
    assert helps(text) == {}
    assert open_counts(cf.solve(cf.loads(text))) == {}


def test_a_count_on_its_own_is_to_be_stated():
    assert helps(flow("{kind: screening}")) == {"Screened for eligibility": "state it, or what it is made of"}
    assert helps(
        flow("{kind: screening, n: 9, exits: [{label: Out}]}", "{kind: enrollment, n: '>=4', cutoff: 2024-01-01}")
    ) == {
        "Out": "state it",
        "Enrolled": "state it, or what it is made of",
    }


def test_of_two_counts_each_determines_the_other():
    text = flow("{kind: screening, n: 92, exits: [{label: Out}]}", "{kind: enrollment}")
    assert helps(text) == {
        "Out": "state one of these to determine the other: it, Enrolled",
        "Enrolled": "state one of these to determine the other: it, Out",
    }


def test_of_a_chain_each_determines_the_rest():
    text = flow(
        "{kind: screening, exits: [{label: Out, n: 25}]}", "{kind: enrollment, exits: [{label: Lost, n: 3}]}", "{kind: treatment}",
        "{kind: follow-up, exits: [{label: Died, n: 1}]}", "{kind: analysis}",
    )  # fmt: skip
    found = helps(text)
    assert (
        found["Screened for eligibility"]
        == "state one of these to determine the rest: it, Enrolled, Received treatment, Followed up, Analyzed"
    )
    assert (
        found["Analyzed"]
        == "state one of these to determine the rest: it, Screened for eligibility, Enrolled, Received treatment, Followed up"
    )
    assert len(found) == 5
    more = helps(
        text.replace("kind: analysis", "kind: analysis, exits: [{label: Gone, n: 2}]") + "  - {kind: other, label: End}"
    )
    assert more["End"].endswith("it, Screened for eligibility, Enrolled, Received treatment, Followed up or 1 more")


def test_two_unknowns_need_two_numbers():
    text = flow(
        "{kind: screening, exits: [{label: Out}]}",
        "{kind: enrollment, exits: [{label: Lost, n: 3}]}",
        "{kind: analysis}",
    )
    assert helps(text) == {
        "Screened for eligibility": "state 2 numbers to determine the rest: it, Enrolled",
        "Out": "state 2 numbers to determine the rest: it, Screened for eligibility",
        "Enrolled": "state 2 numbers to determine the rest: it, Screened for eligibility",
        "Analyzed": "state 2 numbers to determine the rest: it, Screened for eligibility",
    }


def test_what_is_stated_twice_of_the_same_counts_is_told_once():
    exits = "{label: A}, {label: B}, {label: C, n: 3}"
    text = flow(
        f"{{kind: screening, n: 20, exits: [{exits}]}}", "{kind: enrollment, n: 10}", more="pooled: [{over: [a, b], reasons: {X: 7}}]"
    )  # fmt: skip
    assert helps(text) == {
        "A": "state one of these to determine the other: it, B",
        "B": "state one of these to determine the other: it, A",
    }


def test_a_count_that_moves_by_two_where_others_move_by_one_is_one_of_them():
    text = flow(
        "{kind: screening, exits: [{label: A}, {label: C}]}", "{kind: enrollment, n: 9, exits: [{label: B}]}", "{kind: analysis}",
        more="pooled: [{over: [a, b], reasons: {X: 8}}, {id: q, over: [b, c], reasons: {Y: 7}}]",
    )  # fmt: skip
    found = helps(text)
    assert found["Screened for eligibility"] == "state one of these to determine the rest: it, Analyzed, A, C, B"
    assert len(found) == 5
    assert helps(text.replace("screening,", "screening, n: 14,")) == {}


def test_transfers_may_be_stated_but_need_not_be():
    text = flow(
        "{kind: screening, n: 20, exits: [{label: Out}]}", "{kind: enrollment}", "{kind: analysis}",
        more="transfers: [{id: t, from: screening, to: analysis}, {id: u, from: screening, to: analysis}]",
    )  # fmt: skip
    assert helps(text) == {
        "Out": "state 2 numbers to determine the rest: it, Enrolled",
        "Enrolled": "state 2 numbers to determine the rest: it, Analyzed",
        "Analyzed": "state 2 numbers to determine the rest: it, Enrolled",
    }
    one = flow(
        "{kind: screening, n: 20}",
        "{kind: enrollment}",
        "{kind: analysis, n: 20}",
        more="transfers: [{id: t, from: screening, to: analysis, label: Direct}]",
    )
    assert helps(one) == {"Enrolled": "state one of these to determine the other: it, Direct"}


def test_many_unknowns_are_named_as_four_and_how_many_more():
    exits = ", ".join(f"{{label: E{i}}}" for i in range(6))
    found = helps(flow(f"{{kind: screening, exits: [{exits}]}}", "{kind: enrollment, n: 9}"))
    assert found["E5"] == "state 6 numbers to determine the rest: it, Screened for eligibility, E0, E1, E2 and 1 more"
    assert found["Screened for eligibility"].endswith(": it, E0, E1, E2, E3 and 1 more")


def test_four_others_are_all_named():
    exits = ", ".join(f"{{label: E{i}}}" for i in range(5))
    found = helps(flow(f"{{kind: screening, exits: [{exits}]}}", "{kind: enrollment, n: 9}"))
    assert found["E4"] == "state 5 numbers to determine the rest: it, Screened for eligibility, E0, E1, E2"


def test_a_message_says_what_is_known_of_a_count():
    text = flow(
        "{kind: screening, exits: [{label: Out}]}",
        "{kind: enrollment, exits: [{label: Lost, n: 3}]}",
        "{kind: analysis, n: '<=40'}",
    )
    found = {
        finding.subjects[0]: finding.message.split(" is not determined: ")[1]
        for finding in check_text(text, "a.yaml")[1]
        if finding.code == "B201"
    }
    assert found == {
        "screening": "it is at least 3", "screening/out": "nothing is known about it", "enrollment": "it is 3 to 43", "analysis": "it is 0 to 40",
    }  # fmt: skip


def test_reasons_may_be_stated_but_need_not_be():
    text = flow("{kind: screening, n: 92, exits: [{label: Out, reasons: {A: unknown%s}}]}", "{kind: enrollment}")
    assert helps(text % "")["Out"] == "state one of these to determine the rest: it, Enrolled, A"
    assert helps(text % ", B: 4")["Enrolled"] == "state one of these to determine the rest: it, Out, A"
    assert helps(text % ", B: unknown")["Out"] == "state one of these to determine the other: it, Enrolled"


def test_what_cannot_be_stated_is_not_named():
    text = flow(
        "{kind: screening, n: 50, exits: [{label: Out}, {label: Gone}]}", "{kind: analysis, n: 40}",
        more="pooled: [{over: [out, gone], reasons: {X: unknown, Y: 2}}, {id: p, over: [out], reasons: {Z: unknown}}]",
    )  # fmt: skip
    found = helps(text)
    assert found["Out"] == "state one of these to determine the rest: it, Gone, Z"
    assert "Reasons given together" not in str(found)


def test_arms_and_their_units_are_named_in_full():
    text = """
study: {units: [homes, people]}
stages:
  - kind: randomization
    n: {homes: 8, people: 80}
    arms:
      - {label: A, stages: [{kind: treatment, n: {homes: 4}}]}
      - {label: B, stages: [{kind: treatment, n: {homes: 4}}]}
"""
    found = helps(text)
    rest = "Received treatment (A) (people), Received treatment (B) (people), B (people)"
    assert found["A (people)"] == f"state one of these to determine the rest: it, {rest}"
    assert len(found) == 4


def test_tables_with_two_margins_need_what_is_free_in_them():
    cells = ", ".join(f"{{label: C{i}}}" for i in range(4))
    text = flow(
        f"{{kind: screening, n: 20, exits: [{cells}]}}", "{kind: enrollment, n: 10}",
        more="pooled: [{over: [c0, c1], reasons: {X: 5}}, {over: [c0, c2], reasons: {Y: 5}}]",
    )  # fmt: skip
    assert helps(text)["C3"] == "state one of these to determine the rest: it, C0, C1, C2"


def test_a_fraction_of_a_count_determines_it():
    text = flow("{kind: screening, exits: [{label: Out, n: {percent: 50.000, of: screening}}]}", "{kind: enrollment}")
    found = helps(text)
    assert len(found) == 3
    assert all(fix.startswith("state ") for fix in found.values())


def test_what_hangs_together_beyond_a_limit_is_not_looked_at():
    def exits(number):
        return flow(
            f"{{kind: screening, n: 999, exits: [{', '.join(f'{{label: E{i}}}' for i in range(number))}]}}",
            "{kind: enrollment}",
        )

    assert helps(exits(MAX_UNKNOWNS - 1))["E0"].startswith(f"state {MAX_UNKNOWNS - 1} numbers")
    assert helps(exits(MAX_UNKNOWNS))["E0"] == "state it, or what it is made of"


def test_only_boxes_are_reported_and_only_with_the_reasons_they_have():
    text = flow(
        "{kind: screening, n: 9, details: {Seen: unknown}, exits: [{label: Out, n: 3, reasons: {A: unknown, B: unknown}}]}",
        "{kind: enrollment}",
    )
    assert helps(text) == {}


# Strict


def test_a_count_that_is_not_determined_is_an_error_where_the_check_is_strict():
    text = flow("{kind: screening, n: 92, exits: [{label: Out}]}", "{kind: enrollment}")
    notes, errors = (check_text(text, "a.yaml", strict=strict)[1] for strict in (False, True))
    assert {finding.severity for finding in notes} == {"note"}
    assert {finding.severity for finding in errors} == {"error"}
    assert [finding._replace(severity=cf.Severity.NOTE) for finding in errors] == list(notes)
    assert notes.ok
    assert not errors.ok
    assert [finding.severity for finding in cf.check(cf.loads(text), strict=True)] == ["error", "error"]


def test_reading_from_records_is_a_warning_strict_or_not():
    text = "records: {table: adsl.csv, id: USUBJID}\nstages: [{kind: screening, n: 9}]"
    for strict in (False, True):
        (found,) = check_text(text, "a.yaml", strict=strict)[1]
        assert (found.code, found.severity) == ("N101", "warning")
        assert "adsl.csv" in found.message


# Random flows


def truth_of(solution, truth):
    """Return the true number of each variable that has a name."""
    system, accounts = solution.system, solution.network.accounts
    return {
        system.index[full, unit]: truth[account.path, unit]
        for full, account in accounts.items()
        for unit in account.units
        if (account.path, unit) in truth
    }


def with_stated(solution, values):
    """Return the lows and highs once variables are stated, or nothing where they cannot be."""
    system = solution.system
    low, high = list(system.low), list(system.high)
    for variable, value in values.items():
        if not low[variable] <= value <= high[variable]:
            return None
        low[variable] = high[variable] = value
    failures, _ = settle(range(len(system.terms)), system.terms, system.values, low, high)
    return None if failures else (low, high)


def boxes_of(solution, variables):
    """Return those of the variables that count a box."""
    system, network = solution.system, solution.network
    return [v for v in variables if system.names[v] is not None and network.account(system.names[v][0]).kind in BOXES]


def open_components(solution):
    system = solution.system
    return components(range(len(system.terms)), system.terms, list(solution.low), list(solution.high))


@settings(max_examples=max(FLOWS // 10, 1), deadline=None)
@given(RANDOMS)
def test_stating_what_the_help_names_determines_every_box_that_hangs_together(random):
    flow = blank(random, grow(random))
    solution = solve(Study.model_validate(flow.data))
    if solution.notes:
        return
    true = truth_of(solution, flow.truth)
    opened = open_counts(solution)
    for component in open_components(solution):
        boxes = boxes_of(solution, component.unknowns)
        assert (opened.keys() >= set(boxes)) == (len(component.unknowns) <= MAX_UNKNOWNS or not boxes)
        for variable in random.sample(boxes, min(3, len(boxes))) if opened.keys() >= set(boxes) else ():
            needed, others = opened[variable]
            assert variable not in others
            assert len(set(others)) == len(others)
            if needed == 1:
                claims = [[variable], *([other] for other in others)]
                expected = {variable, *others, *boxes}
            else:
                assert len(others) == needed - 1
                claims, expected = [[variable, *others]], set(boxes)
            for claim in random.sample(claims, min(3, len(claims))):
                low, high = with_stated(solution, {v: true[v] for v in claim})
                assert {v: low[v] for v in expected} == {v: true[v] for v in expected}
                assert all(low[v] == high[v] for v in expected)


def leaves_open(solution, chosen, boxes):
    """Whether some values of the chosen counts leave a box open."""
    for pick in product((0, 1, 2), repeat=len(chosen)):
        values = {}
        low, high = solution.low, solution.high
        for variable, which in zip(chosen, pick, strict=True):
            top = high[variable] if high[variable] != inf else low[variable] + 50
            values[variable] = (low[variable], int((low[variable] + top) // 2), int(top))[which]
            bounds = with_stated(solution, values)
            if bounds is None:
                break
            low, high = bounds
        else:
            if any(low[box] != high[box] for box in boxes):
                return True
    return False


def without(random, flow):
    """Return a flow without some of its counts."""
    data, holders = flow.data, []

    def walk(item):
        if isinstance(item, dict):
            if "n" in item and item["n"] not in (None, "unknown"):
                holders.append(item)
            for key, inner in item.items():
                if key != "unexplained":
                    walk(inner)
        elif isinstance(item, list):
            for inner in item:
                walk(inner)

    walk({key: data[key] for key in ("stages", "analysis_sets") if key in data})
    for item in random.sample(holders, int(len(holders) * random.choice((0.3, 0.6)))):
        del item["n"]
    return data


@settings(max_examples=max(FLOWS // 10, 1), deadline=None)
@given(RANDOMS)
def test_fewer_numbers_than_the_help_asks_for_leave_something_open(random):
    data = without(random, grow(random))
    solution = solve(Study.model_validate(data))
    if solution.notes:
        return
    opened = open_counts(solution)
    system, network = solution.system, solution.network
    for component in open_components(solution):
        boxes = boxes_of(solution, component.unknowns)
        if not boxes or boxes[0] not in opened or not 2 <= opened[boxes[0]].needed <= 3:
            continue
        named = [
            v
            for v in component.unknowns
            if system.names[v] is not None and network.account(system.names[v][0]).kind not in ("movement", "pooled")
        ]
        subsets = list(combinations(named, opened[boxes[0]].needed - 1))
        for subset in random.sample(subsets, min(12, len(subsets))):
            assert leaves_open(solution, subset, boxes), [system.names[v] for v in subset]


@pytest.mark.parametrize("seed", range(3))
def test_a_number_that_the_help_names_is_enough_in_the_file_itself(seed):
    random = Random(seed)  # noqa: S311 - not for secrets
    first, left = random.randint(50, 90), random.randint(0, 20)
    text = flow(
        f"{{kind: screening, n: {first}, exits: [{{label: Out}}]}}", "{kind: enrollment, details: {Seen: unknown}}"
    )
    fixed = text.replace("label: Out", f"label: Out, n: {left}")
    assert helps(text)
    assert helps(fixed) == {}
    assert solve(cf.loads(fixed)).n("enrollment") == first - left


def test_what_bounds_hold_together_counts_as_one():
    text = (
        "stages: [{kind: screening}, {kind: randomization, overlapping: participants,"
        " arms: [{label: A}, {label: B, n: 0}]}]"
    )
    opened = open_counts(solve(cf.loads(text)))
    assert {found.needed for found in opened.values()} == {1}
