"""Conflicts of small studies, worked out by hand: what is in them, what they make of a number, and what they cost."""

from math import inf

import pytest
from written import called, line, system_of

import consortflow.conflict
from consortflow import exact
from consortflow.balance import Equation, System
from consortflow.bounds import Component
from consortflow.building import build
from consortflow.conflict import Surroundings, Values, resolve_conflicts
from consortflow.messages import Messages
from consortflow.minimal import Conflict, Effort, _Shrinking, minimal
from consortflow.rules.balance import BALANCE
from consortflow.schemas.read import loads
from consortflow.solving import Failure, settle

PLENTY = 1_000_000


def failing(system):
    low, high = list(system.low), list(system.high)
    failures, _ = settle(range(len(system.terms)), system.terms, system.values, low, high)
    return failures


def named(system, conflict):
    equations = [line(system, index) for index in conflict.equations]
    return equations, [called(system, variable) for variable in conflict.statements]


def variable(system, full):
    return system.index[full, "participants"]


def only_conflict(text):
    """Return the system of a study, and the minimal conflict of its only failure."""
    system = system_of(text)
    (failure,) = failing(system)
    return system, minimal(system, failure, Effort(PLENTY))


def values_of(system, conflict, work=PLENTY):
    return Values(system, conflict, Surroundings(system), Effort(work))


CHAIN = """
stages:
  - {kind: screening, n: 50, exits: [{label: Out, n: 9, reasons: {A: 5, B: %s}}], details: {Asked: 30}}
  - {kind: enrollment, exits: [{label: Left, reasons: {C: 1, D: '>=0'}}]}
  - {kind: infusion, n: %s}
"""


@pytest.mark.parametrize(
    ("b", "n", "equations", "statements"),
    [
        (5, 40, [
            "B302 screening/out = screening/out/a + screening/out/b",
        ], "screening/out screening/out/a screening/out/b"),
        (4, 41, [
            "B301 enrollment = screening - screening/out",
            "B301 infusion = enrollment - enrollment/left",
            "B302 enrollment/left = enrollment/left/c + enrollment/left/d",
        ], "infusion screening screening/out enrollment/left/c"),
        (4, 42, [
            "B301 enrollment = screening - screening/out",
            "B301 infusion = enrollment - enrollment/left",
        ], "infusion screening screening/out"),
        ("unknown", 46, [
            "B301 enrollment = screening - screening/out",
            "B301 infusion = enrollment - enrollment/left",
        ], "infusion screening screening/out"),
    ],
)  # fmt: skip
def test_a_conflict_is_the_equations_and_the_statements_that_cannot_be_true_together(b, n, equations, statements):
    system = system_of(CHAIN % (b, n))
    (failure,) = failing(system)
    found = named(system, minimal(system, failure, Effort(PLENTY)))
    assert sorted(found[0]) == sorted(equations)
    assert sorted(found[1]) == sorted(statements.split())


@pytest.mark.parametrize(("b", "n"), [(5, 40), (4, 41), (4, 42), ("unknown", 46), (5, 46), (3, 38)])
def test_what_the_messages_of_a_tree_say_is_no_other_conflict(b, n):
    system = system_of(CHAIN % (b, n))
    for failure in failing(system):
        effort = Effort(PLENTY)
        surroundings = Surroundings(system)
        whole = surroundings.of(failure, effort)
        assert whole is not None
        assert surroundings.of(failure, effort) is whole
        assert effort.left == PLENTY - sum(len(system.terms[equation]) for equation in failure.equations)
        assert minimal(system, failure, Effort(PLENTY), whole) == minimal(system, failure, Effort(PLENTY))


def test_of_very_many_statements_in_a_tree_few_rounds_are_made():
    # 400 reasons of one person each, and 9 people: any ten of them are too many
    reasons = ", ".join(f"R{i}: 1" for i in range(400))
    text = f"stages: [{{kind: screening, exits: [{{label: Out, n: 9, reasons: {{{reasons}}}}}]}}, {{kind: infusion}}]"
    system = system_of(text)
    (failure,) = failing(system)
    effort = Effort(PLENTY)
    assert len(minimal(system, failure, effort).statements) == 11
    assert PLENTY - effort.left < 20 * sum(len(terms) for terms in system.terms)


def test_the_equations_of_a_tree_that_are_needed_are_known_without_leaving_any_out(monkeypatch):
    # 200 stages of which only the first and the last are counted, and one more person in the last
    stages = ", ".join(f"{{kind: other, label: S{i}, details: {{Seen: '>=0'}}}}" for i in range(200))
    text = f"stages: [{{kind: screening, n: 4}}, {stages}, {{kind: infusion, n: 5}}]"
    system = system_of(text)
    (failure,) = failing(system)
    most = sum(len(terms) for terms in system.terms)
    effort = Effort(PLENTY)
    conflict = minimal(system, failure, effort, Surroundings(system).of(failure, effort))
    assert (len(failure.equations), len(conflict.equations), len(conflict.statements)) == (401, 201, 2)
    assert PLENTY - effort.left < 4 * most
    given = []
    monkeypatch.setattr(consortflow.conflict, "minimal", lambda *args: given.append(args[3]) or minimal(*args))
    low, high = list(system.low), list(system.high)
    resolve_conflicts(system, [failure], low, high)
    assert [type(messages) for messages in given] == [Messages]


def test_around_a_circle_there_are_no_messages():
    system = system_of(CIRCLE % (10, 11))
    (failure,) = failing(system)
    surroundings = Surroundings(system)
    assert surroundings.of(failure, Effort(PLENTY)) is None
    assert surroundings.messages == dict.fromkeys(failure.equations)
    system = system_of(CHAIN % (5, 40))
    (failure,) = failing(system)
    assert Surroundings(system).of(failure, Effort(1)) is None


def test_a_failure_that_names_too_few_is_taken_from_all_of_its_equations():
    system, conflict = only_conflict(CHAIN % (4, 41))
    (failure,) = failing(system)
    none = failure._replace(suspected=())
    assert minimal(system, none, Effort(PLENTY)) == conflict
    one = failure._replace(suspected=failure.equations[:1])
    assert minimal(system, one, Effort(PLENTY)) == conflict
    suspected = failure._replace(equations=(), suspected=conflict.equations)
    assert minimal(system, suspected, Effort(PLENTY)) == conflict


def test_a_conflict_that_may_not_be_looked_at_is_given_as_found():
    # with 41 left of 50 - 9, and one of them gone: 4 + 5 take no part, but where nothing may be looked at
    system = system_of("""
stages:
  - {kind: screening, n: 50, exits: [{label: Out, reasons: {A: 5, B: '>=4', C: '>=0'}}]}
  - {kind: infusion, n: 43}
""")
    (failure,) = failing(system)
    given = named(system, minimal(system, failure, Effort(0)))
    assert given == named(system, minimal(system, failure, Effort(1)))
    assert set(given[1]) == {"screening", "infusion", "screening/out/a", "screening/out/b"}
    least = named(system, minimal(system, failure, Effort(PLENTY)))
    assert least == given
    # 6 + 7 is more than 5 of its own accord, so that the third is not needed
    system = system_of("stages: [{kind: screening, exits: [{label: Out, n: 5, reasons: {A: 6, B: 7, C: <9}}]}]")
    failure = Failure((0, 1), (0, 1), Component([0, 1], [], tree=True))
    assert len(minimal(system, failure, Effort(0)).statements) == 4
    assert len(minimal(system, failure, Effort(PLENTY)).statements) == 2


def test_a_trace_that_cannot_be_confirmed_is_not_believed(monkeypatch):
    # a + b = c <= 16, a + b = d >= 17: more sweeps narrow it to nothing than are made where ranges are proven
    counts = {"A": "unknown", "B": "unknown", "C": "<=16", "D": "'>=17'", "E": "unknown", "F": "unknown"}
    system, letters = made_of(counts, [("C", "AB"), ("D", "AB"), ("E", "AF")])
    (failure,) = failing(system)
    assert failure.equations == (0, 1, 2)
    assert told(system, letters) == ((0, 1), "CD")
    monkeypatch.setattr(exact, "MAX_WORK", 0)
    assert minimal(system, failure, Effort(PLENTY)).equations == (0, 1, 2)


def shares(items, fails, effort):
    return _Shrinking(None, effort).shares(items, fails)


def made_of(counts, sums):
    """Return a system of sums over counts inside one box, by letter, with what is stated about each."""
    details = ", ".join(f"{letter}: {count}" for letter, count in counts.items())
    system = System(build(loads(f"stages: [{{kind: infusion, details: {{{details}}}}}]")))
    of = {letter: system.variable(f"infusion/{letter.lower()}", "participants") for letter in counts}
    for whole, parts in sums:
        system.add(Equation(BALANCE, of[whole], tuple((1, of[part]) for part in parts), ("stages", 0)))
    return system, {v: letter for letter, v in of.items()}


def told(system, letters):
    (failure,) = failing(system)
    conflict = minimal(system, failure, Effort(PLENTY))
    return conflict.equations, "".join(sorted(letters[v] for v in conflict.statements))


def test_what_elimination_suspects_is_the_conflict():
    # a + b is 400 and 401
    counts = {"A": "unknown", "B": "unknown", "C": 400, "D": 401, "E": "unknown", "F": 700}
    system, letters = made_of(counts, [("C", "AB"), ("D", "AB"), ("F", "BE")])
    (failure,) = failing(system)
    assert failure.suspected == (0, 1)
    assert told(system, letters) == ((0, 1), "CD")


@pytest.mark.parametrize(("w", "needed"), [(100, "KPW"), (99, "PW")])
def test_a_number_in_two_sums_is_needed_where_another_would_do_in_both(w, needed):
    # u = k + p and w = u + k, where k is 5 and p is 2: w is 12; 100 would do for k = 49, and 99 for no number
    system, letters = made_of({"U": "unknown", "K": 5, "P": 2, "W": w}, [("U", "KP"), ("W", "UK")])
    assert told(system, letters) == ((0, 1), needed)


def test_leaving_out_finds_the_least_that_still_fails():
    def holding(needed):
        return lambda kept: set(needed) <= set(kept)

    effort = Effort(PLENTY)
    items = list(range(11))
    for needed in ([], [0], [10], [4, 5], [0, 3, 10], [1, 2, 3, 7], items):
        assert shares(items, holding(needed), effort) == needed
    assert shares([], holding([]), effort) == []
    assert shares([7], holding([]), effort) == []
    assert shares([7], holding([7]), effort) == [7]
    assert items == list(range(11))


def spare(ways):
    """Return whether items fail (they hold all of one of these ways), and which of them are needed for it."""

    def fails(kept):
        return any(way <= set(kept) for way in ways)

    def needed(kept):
        return {item for item in kept if not fails([other for other in kept if other != item])}

    return fails, needed


@pytest.mark.parametrize(
    ("ways", "least"),
    [
        ([{3, 7}], {3, 7}),
        ([{0, 11}, {5}], {5}),
        ([{0, 1}, {10, 11}], {10, 11}),
        ([{0, 5, 11}, {2, 5, 8}], {2, 5, 8}),
        ([set(range(12))], set(range(12))),
        ([{1}, {2}, {3}, {4}], {4}),
        ([{4, 6}, {4, 7}, {5, 7}], {5, 7}),
    ],
)
def test_what_is_not_needed_is_left_out_a_row_at_a_time(ways, least):
    fails, needed = spare(ways)
    assert set(_Shrinking(None, Effort(PLENTY)).least(list(range(12)), fails, needed)) == least


def test_of_very_many_that_are_not_needed_few_rows_are_tried():
    fails, needed = spare([{3, 900}, {901, 902}])
    tried = []

    def counted(kept):
        tried.append(len(kept))
        return fails(kept)

    least = _Shrinking(None, Effort(PLENTY)).least(list(range(1000)), counted, needed)
    assert set(least) == {901, 902}
    assert len(tried) < 30


def test_where_it_is_not_known_what_is_needed_shares_are_tried():
    fails, _ = spare([{3, 7}])
    assert _Shrinking(None, Effort(PLENTY)).least(list(range(12)), fails, lambda _: None) == [3, 7]
    assert _Shrinking(None, Effort(0)).least(list(range(12)), fails, lambda _: None) == list(range(12))


def test_leaving_out_halves_the_shares_that_it_tries():
    tried = []

    def fails(kept):
        tried.append(kept)
        return {1, 6} <= set(kept)

    assert shares(list(range(8)), fails, Effort(PLENTY)) == [1, 6]
    assert tried == [
        [4, 5, 6, 7], [0, 1, 2, 3],
        [2, 3, 4, 5, 6, 7], [0, 1, 4, 5, 6, 7], [0, 1, 6, 7], [0, 1],
        [1, 6, 7], [6, 7], [1, 7], [1, 6],
    ]  # fmt: skip


def test_nothing_is_left_out_once_the_effort_is_spent():
    effort = Effort(2)

    def fails(kept):
        effort.left -= 1
        return 3 in kept

    assert shares([0, 1, 2, 3], fails, effort) == [2, 3]
    assert effort.left == 0
    assert shares([0, 1, 2, 3], fails, effort) == [0, 1, 2, 3]
    assert effort.left == 0
    effort.left = 1
    assert shares([0, 1, 2, 3], fails, effort) == [2, 3]


def test_effort_is_counted_in_the_terms_of_equations():
    system = system_of(CHAIN % (5, 40))
    costs = [len(terms) for terms in system.terms]
    effort = Effort(costs[0] + costs[1] + 1)
    assert effort.spend(system, [0, 1])
    assert effort.left == 1
    assert not effort.spend(system, [2])
    assert effort.left == 1 - costs[2]
    assert not effort.spend(system, [0])
    assert effort.left == 1 - costs[2]
    assert not Effort(costs[0]).spend(system, [0])


def test_a_number_that_is_left_out_is_what_the_others_make_it():
    system, conflict = only_conflict(CHAIN % (4, 42))
    values = values_of(system, conflict)

    def ranges(**left_out):
        found = values.without(**left_out)
        return {called(system, v): found[v] for v in found if system.names[v]}

    last, first, out = (variable(system, full) for full in ("infusion", "screening", "screening/out"))
    assert ranges(statement=last) == {
        "screening": (50, 50), "screening/out": (9, 9), "enrollment": (41, 41),
        "infusion": (0, 41), "enrollment/left": (0, 41),
    }  # fmt: skip
    assert ranges(statement=first)["screening"] == (51, inf)
    assert ranges(statement=out)["screening/out"] == (0, 8)
    # without an equation, all that is stated about its counts is made
    left, right = conflict.equations
    assert ranges(equation=left)["infusion"] == (42, 42)
    assert ranges(equation=left)["screening"] == (50, 50)
    assert ranges(equation=right)["enrollment"] == (41, 41)
    assert values.without() is None


def test_without_an_equation_more_is_stated_than_the_conflict_needs():
    # 3 + 4 are more than 5 whatever the third reason says
    system, conflict = only_conflict(
        "stages: [{kind: screening, exits: [{label: Out, n: 5, reasons: {A: 3, B: 4, C: 2}}]}, {kind: infusion}]"
    )
    assert len(conflict.statements) == 3
    values = values_of(system, conflict)
    (equation,) = conflict.equations
    found = values.without(equation=equation)
    assert {called(system, v): found[v] for v in found} == {
        "screening/out": (5, 5), "screening/out/a": (3, 3), "screening/out/b": (4, 4), "screening/out/c": (2, 2),
    }  # fmt: skip


def test_what_may_not_be_looked_at_is_not_known():
    system, conflict = only_conflict(CHAIN % (4, 42))
    (statement, *_) = conflict.statements
    values = values_of(system, conflict, 1)
    assert values.without(statement=statement) is None
    assert not values.would_add_up(variable(system, "infusion"), 41)
    assert values.effort.left <= 0


def test_a_number_would_add_up_where_all_that_hangs_together_with_it_agrees():
    system = system_of("""
stages:
  - {kind: screening, n: 50, exits: [{label: Out, n: 9}]}
  - {kind: enrollment, exits: [{label: Left, reasons: {A: 1, B: 2}}]}
  - {kind: infusion, n: 40, details: {Seen: 37}}
  - {kind: analysis, n: 36}
""")
    effort = Effort(PLENTY)
    values = Values(system, Conflict((), ()), Surroundings(system), effort)
    infusion = variable(system, "infusion")
    # 50 - 9 - 1 - 2 = 38, at least 37, and 36 of analysis
    assert not values.would_add_up(infusion, 38)
    assert not values.would_add_up(infusion, 36)
    assert system.low[infusion] == system.high[infusion] == 40
    assert values.would_add_up(variable(system, "analysis"), 40) is True
    assert not values.would_add_up(variable(system, "screening"), 51)
    assert values.would_add_up(variable(system, "screening"), 52)
    assert values.would_add_up(variable(system, "screening/out"), 7)
    assert not values.would_add_up(variable(system, "screening/out"), 8)
    assert all(values.would_add_up(variable(system, "infusion/seen"), n) for n in (0, 36, 38, 40))
    assert not values.would_add_up(variable(system, "infusion/seen"), 41)
    assert effort.left < PLENTY


CIRCLE = """
stages:
  - {kind: other, id: a, label: a, n: %s}
  - {kind: other, id: b, label: b}
  - {kind: other, id: c, label: c, from: [a, b]}
  - {kind: other, id: d, label: d, from: [b, c], n: %s}
"""


def test_around_a_circle_a_number_would_add_up_where_all_of_it_can_be_solved():
    system = system_of(CIRCLE % (10, 11))
    effort = Effort(PLENTY)
    values = Values(system, Conflict((), ()), Surroundings(system), effort)
    first, last = (system.index[full, "participants"] for full in "ad")
    assert not values.would_add_up(last, 11)
    assert values.would_add_up(last, 10)
    assert values.would_add_up(first, 11)
    assert not values.would_add_up(first, 12)
    assert effort.left <= PLENTY - 4 * sum(len(terms) for terms in system.terms)
    effort.left = 0
    assert not values.would_add_up(last, 10)


def test_a_number_in_two_sums_of_one_tree_would_add_up_where_both_do():
    # b holds those of a who did not leave, and is part of c
    system = system_of("""
stages:
  - {kind: other, id: a, label: a, n: 21, exits: [{label: Out, n: '<=12'}]}
  - {kind: other, id: b, label: b, n: 9}
  - {kind: other, id: c, label: c, from: [a, b], n: 21}
""")
    values = values_of(system, Conflict((), ()))
    between = [n for n in range(30) if values.would_add_up(system.index["b", "participants"], n)]
    low, high = list(system.low), list(system.high)
    low[system.index["b", "participants"]], high[system.index["b", "participants"]] = 0, inf
    settle(range(len(system.terms)), system.terms, system.values, low, high)
    assert between == list(range(low[system.index["b", "participants"]], high[system.index["b", "participants"]] + 1))


def test_a_statement_reaches_through_unknown_numbers_only():
    system = system_of("""
stages:
  - {kind: screening, n: 50, exits: [{label: Out, n: 9}]}
  - {kind: enrollment, exits: [{label: Left, reasons: {A: 1, B: 2}}]}
  - {kind: infusion, n: 40, details: {Seen: 37}, exits: [{label: Late}]}
  - {kind: analysis}
""")
    values = values_of(system, Conflict((), ()))

    def reached(full):
        return [line(system, index) for index in values.surroundings._reached(system.holding[variable(system, full)])]

    above = [
        "B301 enrollment = screening - screening/out",
        "B301 infusion = enrollment - enrollment/left",
        "B302 enrollment/left = enrollment/left/a + enrollment/left/b",
    ]
    assert reached("screening") == reached("enrollment/left/b") == above
    assert reached("infusion/seen") == ["B304 infusion/seen <= infusion"]
    assert set(reached("infusion")) == {
        *above, "B301 analysis = infusion - infusion/late", "B304 infusion/seen <= infusion"
    }  # fmt: skip


def resolved(text):
    """Return the codes of the conflicts of a study, the equations that are set aside, and the ranges that are left."""
    system = system_of(text)
    low, high = list(system.low), list(system.high)
    found, _ = settle(range(len(system.terms)), system.terms, system.values, low, high)
    aside = []
    describe = consortflow.conflict.describe

    def recording(system, conflict, values):
        diagnostic, equation = describe(system, conflict, values)
        aside.append(line(system, equation))
        return diagnostic, equation

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consortflow.conflict, "describe", recording)
        conflicts = resolve_conflicts(system, found, low, high)
    left = {called(system, v): (low[v], high[v]) for v in range(len(low)) if system.names[v]}
    return [d.code for d in conflicts], sorted(aside), left


def test_the_sum_that_is_wrong_is_set_aside_and_the_rest_is_solved():
    codes, aside, left = resolved(CHAIN % (5, "unknown"))
    assert codes == ["B302"]
    assert aside == ["B302 screening/out = screening/out/a + screening/out/b"]
    assert left["enrollment"] == (41, 41)
    assert left["infusion"] == (0, 40)
    assert left["screening/out"] == (9, 9)


def test_the_rest_is_looked_at_again_until_all_of_it_can_be_true():
    codes, aside, left = resolved("""
stages:
  - {kind: screening, n: 20, exits: [{label: Out, n: 9, reasons: {A: 5, B: 5}}]}
  - {kind: enrollment, n: 12, exits: [{label: Left, n: 3}]}
  - {kind: infusion, n: 8, details: {Seen: 9}}
  - {kind: analysis}
""")
    assert sorted(codes) == ["B301", "B301", "B302", "B304"]
    assert aside == [
        "B301 enrollment = screening - screening/out",
        "B301 infusion = enrollment - enrollment/left",
        "B302 screening/out = screening/out/a + screening/out/b",
        "B304 infusion/seen <= infusion",
    ]
    assert left["analysis"] == (8, 8)


def test_a_conflict_may_hide_another_about_the_same_number():
    # enrollment is 10, 13, and at least 14
    codes, aside, left = resolved("""
stages:
  - {kind: screening, n: 10}
  - {kind: enrollment, details: {Seen: 14}}
  - {kind: infusion, n: 13}
""")
    assert len(codes) == len(aside) == 2
    assert left["enrollment"] in ((10, 10), (13, 13))


def test_no_more_conflicts_are_told_than_anyone_reads_but_all_are_set_aside(monkeypatch):
    monkeypatch.setattr(consortflow.conflict, "MAX_CONFLICTS", 2)
    stages = ", ".join(f"{{kind: other, label: S{i}, n: {i}}}" for i in range(6))
    codes, aside, _ = resolved(f"stages: [{stages}]")
    assert codes == ["B301", "B301"]
    assert len(aside) == 5


SHARED = """
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: A, n: 12, stages: [{kind: treatment, n: 11}, {kind: follow-up, n: 11}]}
      - {label: B, n: 9}
"""


def test_conflicts_that_share_a_statement_are_told_around_it(monkeypatch):
    told = []
    describe_shared = consortflow.conflict.describe_shared

    def recording(system, conflict, values, shared):
        told.append({called(system, v): number for v, number in shared.items()})
        return describe_shared(system, conflict, values, shared)

    monkeypatch.setattr(consortflow.conflict, "describe_shared", recording)
    codes, aside, _ = resolved(SHARED)
    assert sorted(codes) == ["B303", "B309"]
    assert aside == ["B303 randomization = a + b", "B309 a/treatment = a"]
    assert told == [{"a": 2}, {"a": 2}]
    told.clear()
    resolved(CHAIN % (5, 46))
    assert told == [{"screening/out": 2}] * 2
    told.clear()
    resolved("stages: [{kind: infusion, n: 9, details: {Seen: 10, Asked: 9}}, {kind: analysis, n: 9}]")
    assert told == []


@pytest.mark.parametrize("most", [100_000, 280])
def test_each_conflict_is_given_half_of_the_work_that_is_left_but_never_less_than_a_fortieth(monkeypatch, most):
    made = []

    class Recorded(Effort):
        def __init__(self, most):
            super().__init__(most)
            made.append((most, self))

    monkeypatch.setattr(consortflow.conflict, "Effort", Recorded)
    monkeypatch.setattr(consortflow.conflict, "MAX_WORK", most)
    stages = ", ".join(f"{{kind: other, label: S{i}, n: {i}}}" for i in range(24))
    resolved(f"stages: [{stages}]")  # 23 conflicts, each with a number of the one before it
    assert len(made) == 46
    left = most
    for given, effort in made:
        assert given == max(left // 2, most // 40)
        assert effort.left < given
        left -= given - effort.left
    assert (made[-1][0] == most // 40) is (most == 280)
