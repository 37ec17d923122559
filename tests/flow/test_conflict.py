"""What is said where counts contradict: a conflict with a place and arithmetic; see also `test_differential`."""

import re
from math import inf
from pathlib import Path
from random import Random

import pytest
from flows import corrupt, grow, stated
from oracle import feasible
from programme import Row

import consortflow.conflict
from consortflow.schemas.read import examine, loads
from consortflow.schemas.study import Study
from consortflow.solving import solve

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="module")
def conflicts():
    """Record the conflicts that are put into words."""
    found = []
    describe = consortflow.conflict.describe

    def recording(system, conflict, values):
        found.append((system, conflict))
        return describe(system, conflict, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consortflow.conflict, "describe", recording)
        yield found


def possible(system, equations, statements):
    """Whether equations can hold where only some statements are made, says the integer programme."""
    index, low, high, rows = {}, [], [], []
    for equation in equations:
        row = {}
        for coefficient, variable in system.terms[equation]:
            if variable not in index:
                index[variable] = len(index)
                low.append(system.low[variable] if variable in statements else 0)
                high.append(system.high[variable] if variable in statements else inf)
            row[index[variable]] = coefficient
        rows.append(Row(row, system.values[equation], system.values[equation]))
    return feasible(rows, low, high)


def test_a_conflict_holds_what_narrowed_the_numbers_that_failed(conflicts):
    conflicts.clear()
    solution = solve(
        loads("""
stages:
  - {kind: screening, id: s1, n: 20}
  - {kind: other, id: s2, label: two, exits: [{label: Out, n: 0}]}
  - {kind: other, id: s3, label: three, n: <5, exits: [{label: Out, reasons: {A: 0}}]}
  - {kind: analysis, id: s4, n: 19, from: [s1, s2, s3]}
""")
    )
    assert not solution.ok
    for system, conflict in conflicts:
        assert not possible(system, conflict.equations, set(conflict.statements))


def test_a_sum_that_a_gap_makes_negative_is_a_conflict():
    solution = solve(loads("stages: [{kind: screening, exits: [{label: Out, unexplained: {n: -5}, reasons: {A: 3}}]}]"))
    (conflict,) = solution.conflicts
    assert "-2" in conflict.message


def test_independent_conflicts_are_all_reported_in_one_run():
    solution = solve(
        loads("""
stages:
  - {kind: screening, n: 50, exits: [{label: Out, n: 9, reasons: {A: 5, B: 5}}]}
  - {kind: enrollment, n: 40}
  - {kind: infusion, n: 39, details: {Seen: 41}}
""")
    )
    assert sorted(d.code for d in solution.conflicts) == ["B301", "B301", "B302", "B304"]


def test_the_other_counts_are_still_solved_beside_a_conflict():
    solution = solve(
        loads("""
stages:
  - {kind: screening, n: 50, exits: [{label: Out, n: 9, reasons: {A: 5, B: 5}}]}
  - {kind: enrollment, exits: [{label: Out, n: 1}]}
  - {kind: infusion}
""")
    )
    assert [d.code for d in solution.conflicts] == ["B302"]
    assert solution.n("infusion") == 40


def test_more_conflicts_than_anyone_reads_are_cut_off():
    stages = ", ".join(f"{{kind: other, label: S{i}, n: {i % 2}}}" for i in range(400))
    solution = solve(loads(f"stages: [{stages}]"))
    assert len(solution.conflicts) == consortflow.conflict.MAX_CONFLICTS


def test_a_conflict_of_very_many_numbers_is_reported_without_making_it_minimal(monkeypatch):
    monkeypatch.setattr(consortflow.conflict, "MAX_WORK", 2_000)
    reasons = ", ".join(f"R{i}: 1" for i in range(300))
    solution = solve(
        loads(
            f"stages: [{{kind: screening, n: 9, exits: [{{label: Out, reasons: {{{reasons}}}}}]}}, {{kind: enrollment}}]"  # noqa: E501 - one study on one line
        )
    )
    (conflict,) = solution.conflicts
    assert len(conflict.message) < 2_000


@pytest.fixture(scope="module")
def inaticel():
    if not SHARED.is_dir():
        pytest.skip("no ../shared here")
    return (SHARED / "examples" / "inati-cel.consort.yaml").read_text(encoding="utf-8")


TOTALS = {
    "kind: screening\n": 92,
    "label: Not enrolled\n": 25,
    "kind: enrollment\n": 67,
    "label: Discontinued before lymphodepletion\n": 12,
    "kind: lymphodepletion\n": 55,
}


def with_totals(text):
    """Return the example with the numbers written that its paper leaves out."""
    for line, n in TOTALS.items():
        at = text.index(line)
        indent = at - text.rindex("\n", 0, at) - 1
        assert text.count(line) == 1
        text = text.replace(line, f"{line}{' ' * indent}n: {n}\n")
    return text


def numbers(text):
    """Return where the counts of the stages are written."""
    stages = range(text.index("stages:"), text.index("analysis_sets:"))
    return [match.span(1) for match in re.finditer(r": (\d+)$", text, re.MULTILINE) if match.start() in stages]


def test_the_totals_that_the_example_leaves_out_agree_with_it(inaticel):
    assert solve(loads(with_totals(inaticel))).ok
    assert len(numbers(inaticel)) == 18


@pytest.mark.parametrize("by", [1, -1])
@pytest.mark.parametrize("index", range(18 + len(TOTALS)))
def test_each_number_of_the_example_changed_by_one_is_a_conflict_with_a_place_and_arithmetic(inaticel, index, by):
    text = with_totals(inaticel)
    start, end = numbers(text)[index]
    study, findings = examine(f"{text[:start]}{int(text[start:end]) + by}{text[end:]}")
    assert findings == ()
    conflicts = solve(study).conflicts
    assert conflicts
    line = text.count("\n", 0, start) + 1
    places = {d.span.line for d in conflicts} | {r.span.line for d in conflicts for r in d.related}
    assert line in places
    arithmetic = re.compile(r"\d.* = \d+, but .* says \d+|has only \d+|leave \d+|counts \d+")
    assert all(arithmetic.search(conflict.message) for conflict in conflicts)


def test_an_analysis_set_larger_than_its_stage_is_a_conflict_at_its_number(inaticel):
    at = inaticel.rindex("n: 48")
    solution = solve(loads(inaticel[:at] + "n: 49" + inaticel[at + 5 :]))
    (conflict,) = solution.conflicts
    assert conflict.code == "B305"
    assert conflict.span.line == inaticel.count("\n", 0, at) + 1
    assert "49" in conflict.message
    assert "48" in conflict.message


def test_every_conflict_has_a_place_a_statement_and_words():
    random = Random(7)  # noqa: S311 - a seed, not a secret
    seen = 0
    for _ in range(60):
        wrong = corrupt(random, grow(random))
        if wrong is None or not stated(wrong.data):
            continue
        for conflict in solve(Study.model_validate(wrong.data)).conflicts:
            seen += 1
            assert conflict.message
            assert conflict.subjects
            assert conflict.span.file != "<study>"
    assert seen > 20
