"""Counts that are left out: recovered exactly as far as the others determine them."""

import copy
from math import inf
from pathlib import Path
from random import Random

import pytest
from flows import FLOWS, blank, grow
from hypothesis import given, settings
from hypothesis import strategies as st

from consortflow.bounds import components
from consortflow.schemas.read import examine, loads, read
from consortflow.schemas.study import Study
from consortflow.solving import settle, solve

SHARED = Path(__file__).parents[3] / "shared"
RANDOMS = st.integers(0, 2**40).map(Random)


def renamed(data, random):
    """Return a study with its labels changed and its reasons in another order, and where each path went."""
    data = copy.deepcopy(data)

    def walk(item):
        if isinstance(item, dict):
            for key, inner in item.items():
                if key == "label":
                    item[key] = f"{inner} renamed"
                elif key in ("reasons", "excluded"):
                    random.shuffle(inner)
                walk(inner)
        elif isinstance(item, list):
            for inner in item:
                walk(inner)

    walk(data)
    return data


def stages_and_exits(solution):
    found = {}
    for full, account in solution.network.accounts.items():
        if account.kind in ("stage", "exit", "arm", "set", "transfer"):
            name = full.rsplit("/", 1)[-1]
            found.update({(name, unit): solution.interval(full, unit) for unit in account.units})
    return found


@settings(max_examples=max(FLOWS // 20, 1), deadline=None)
@given(RANDOMS)
def test_other_labels_and_another_order_of_reasons_change_no_count(random):
    data = blank(random, grow(random)).data
    one, other = solve(Study.model_validate(data)), solve(Study.model_validate(renamed(data, random)))
    if not (one.notes or other.notes):
        assert stages_and_exits(one) == stages_and_exits(other)


@settings(max_examples=max(FLOWS // 20, 1), deadline=None)
@given(RANDOMS)
def test_a_reason_split_in_two_changes_no_other_count(random):
    flow = grow(random)
    data = blank(random, flow).data
    split = copy.deepcopy(data)
    for stage in split["stages"]:
        for left in stage.get("exits", ()):
            for reason in left.get("reasons", ()):
                if isinstance(reason.get("n"), int) and "reasons" not in reason:
                    part = random.randint(0, reason["n"])
                    reason["reasons"] = [{"label": "One", "n": part}, {"label": "Other", "n": reason.pop("n") - part}]
    one, other = solve(Study.model_validate(data)), solve(Study.model_validate(split))
    if not (one.notes or other.notes):
        assert stages_and_exits(one) == stages_and_exits(other)


def test_arms_in_another_order_have_the_same_counts():
    arms = [
        {
            "label": f"A{index}",
            "n": n,
            "stages": [
                {"kind": "treatment", "id": f"t{index}", "exits": [{"label": f"Out {index}"}]},
                {"kind": "follow-up", "id": f"f{index}", "n": m},
            ],
        }
        for index, (n, m) in enumerate([(5, 4), (7, 7), (None, 3)])
    ]
    both = []
    for order in (arms, arms[::-1]):
        data = {"stages": [{"kind": "randomization", "n": 20, "arms": order}, {"kind": "analysis"}]}
        both.append(stages_and_exits(solve(Study.model_validate(data))))
    assert both[0] == both[1]
    assert both[0]["analysis", "participants"].n == 14
    assert both[0]["out-2", "participants"].n == 5


def test_the_form_of_a_file_changes_no_count():
    lists = "stages: [{kind: screening, n: 9, exits: [{label: Out, reasons: [{label: A, n: 2}, {label: B, reasons: [{label: C, n: 1}]}]}]}, {kind: enrollment}]"  # noqa: E501 - one study on one line
    maps = "stages: [{kind: screening, n: 9, exits: [{label: Out, reasons: {A: 2, B: {C: 1}}}]}, {kind: enrollment}]"
    assert stages_and_exits(solve(loads(lists))) == stages_and_exits(solve(loads(maps)))
    assert solve(loads(maps)).n("enrollment") == 6


def test_a_chain_of_merges_is_solved_by_elimination():
    solution = solve(
        loads("""
stages:
  - {kind: other, id: a, label: a, n: 15}
  - {kind: other, id: b, label: b}
  - {kind: other, id: c, label: c, from: [a, b], exits: [{label: Out}]}
  - {kind: other, id: d, label: d, from: [b, c], n: 15}
""")
    )
    assert solution.n("c/out") == 0
    assert solution.n("c") is None


def test_a_circle_of_sums_has_whole_numbers_or_none():
    # three sums around a circle: elimination finds 2, or halves
    terms = [((1, 0), (1, 1)), ((1, 1), (1, 2)), ((1, 2), (1, 0))]
    for values, ok in (([4, 4, 4], True), ([4, 4, 5], False)):
        low, high = [0, 0, 0], [inf, inf, inf]
        failures, _ = settle(range(3), terms, values, low, high)
        assert (not failures) is ok
        if ok:
            assert low == high == [2, 2, 2]


@settings(max_examples=FLOWS, deadline=None)
@given(RANDOMS)
def test_small_systems_are_settled_as_trying_every_value_says(random):
    variables, most = random.randint(1, 4), 4
    terms, values = [], []
    for _ in range(random.randint(1, 5)):
        chosen = random.sample(range(variables), random.randint(1, variables))
        terms.append(tuple((random.choice((1, 1, 1, -1, -1, 2)), v) for v in chosen))
        values.append(random.randint(-2, 6))
    low, high = (
        [random.choice((0, 0, 1)) for _ in range(variables)],
        [random.choice((most, most, 2)) for _ in range(variables)],
    )
    points = [()]
    for v in range(variables):
        points = [(*point, x) for point in points for x in range(low[v], high[v] + 1)]
    fitting = [
        p for p in points if all(sum(c * p[v] for c, v in t) == value for t, value in zip(terms, values, strict=True))
    ]
    failures, wide = settle(range(len(terms)), terms, values, low, high)
    assert not wide
    assert bool(failures) is not bool(fitting)
    if fitting:
        held = {v for t in terms for _, v in t}
        for v in held:
            assert (low[v], high[v]) == (min(p[v] for p in fitting), max(p[v] for p in fitting))


def test_known_numbers_connect_nothing():
    terms = [((1, 0), (1, 1)), ((1, 1), (1, 2))]
    assert len(list(components([0, 1], terms, [0, 4, 0], [9, 4, 9]))) == 2
    assert len(list(components([0, 1], terms, [0, 0, 0], [9, 9, 9]))) == 1


def test_a_circle_beyond_the_limits_keeps_every_possible_value_and_says_so(monkeypatch):
    monkeypatch.setattr("consortflow.exact.MAX_WORK", 5)
    text = """
stages:
  - {kind: other, id: a, label: a, n: 10}
  - {kind: other, id: b, label: b}
  - {kind: other, id: c, label: c, from: [a, b], exits: [{label: Out}]}
  - {kind: other, id: d, label: d, from: [b, c], n: 7}
"""
    solution = solve(loads(text))
    assert [note.code for note in solution.notes] == ["B402"]
    assert solution.interval("c").low <= 3
    assert solution.interval("c").high == 10
    assert solution.conflicts == ()


def test_a_count_of_an_unknown_id_is_a_key_error():
    with pytest.raises(KeyError):
        solve(loads("stages: [{kind: screening}]")).n("nobody")


def test_each_count_says_how_it_is_known():
    solution = solve(
        loads(
            "stages: [{kind: screening, n: 9, exits: [{label: Out, n: 3}]}, {kind: enrollment}, {kind: infusion, n: 6, details: {Seen: <5}}]"  # noqa: E501 - one study on one line
        )
    )
    assert solution.status("enrollment", "participants") == "derived"
    assert solution.status("infusion", "participants") == "stated"
    assert solution.status("infusion/seen", "participants") == "interval"
    text = "stages: [{kind: screening, n: 9, exits: [{label: Out}]}]"
    assert solve(loads(text)).status("screening", "participants") == "unchecked"


@pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared here")
def test_the_example_that_states_no_totals_has_them_derived():
    solution = solve(read(SHARED / "examples" / "inati-cel.consort.yaml"))
    assert [
        solution.n(full) for full in ("screening", "enrollment", "lymphodepletion", "received-inati-cel-infusion")
    ] == [92, 67, 55, 48]
    assert [solution.n(f) for f, a in solution.network.accounts.items() if a.kind == "exit"] == [25, 12, 7]
    assert solution.conflicts == solution.notes == solution.network.findings == ()


@pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared here")
@pytest.mark.parametrize("name", ["cluster", "crossover", "inati-cel", "parallel"])
def test_the_reference_files_are_clean(name):
    study, findings = examine((SHARED / "examples" / f"{name}.consort.yaml").read_text(encoding="utf-8"))
    assert findings == ()
    solution = solve(study)
    assert solution.ok
    assert solution.network.findings == ()
