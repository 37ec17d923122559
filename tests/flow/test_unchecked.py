"""Numbers that nothing else would contradict; on random flows, against the definition, see `test_differential`."""

import consortflow.unchecked
from consortflow.schemas.read import loads
from consortflow.solving import solve


def unchecked(text):
    solution = solve(loads(text))
    return {
        full
        for full, a in solution.network.accounts.items()
        if solution.system.index[full, a.units[0]] in solution.unchecked
    }


def test_a_total_beside_all_of_its_parts_is_checked_and_so_are_they():
    assert unchecked("stages: [{kind: screening, exits: [{label: Out, n: 3, reasons: {A: 1, B: 2}}]}]") == set()


def test_a_lone_number_is_unchecked():
    assert unchecked("stages: [{kind: screening, n: 9}]") == {"screening"}
    assert unchecked("stages: [{kind: screening, n: 9, exits: [{label: Out}]}, {kind: enrollment, n: 4}]") == {
        "screening",
        "enrollment",
    }


def test_a_number_in_two_equations_of_one_tree_is_left_out_of_both():
    text = """
stages:
  - {kind: other, id: a, label: a, n: 21, exits: [{label: Out}]}
  - {kind: other, id: b, label: b, n: 9}
  - {kind: other, id: c, label: c, from: [a, b], n: 21}
"""
    assert "b" in unchecked(text)


def test_numbers_around_circles_too_large_to_look_at_count_as_unchecked(monkeypatch):
    text = """
stages:
  - {kind: other, id: a, label: a, n: 10}
  - {kind: other, id: b, label: b}
  - {kind: other, id: c, label: c, from: [a, b]}
  - {kind: other, id: d, label: d, from: [b, c], n: 10}
"""
    assert unchecked(text) == set()
    monkeypatch.setattr(consortflow.unchecked, "MAX_WORK", 0)
    assert unchecked(text) == {"a", "d"}


def test_a_number_among_very_many_is_looked_at_once():
    reasons = ", ".join(f"R{i}: 1" for i in range(2_000))
    assert (
        unchecked(f"stages: [{{kind: screening, exits: [{{label: Out, n: 2000, reasons: {{{reasons}}}}}]}}]") == set()
    )
