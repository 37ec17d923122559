"""Every equation of the study's language, each by what it makes of a count that is left out."""

import pytest
from written import between, codes, solved


def test_a_stage_holds_the_one_before_it_less_its_exits():
    solution = solved("stages: [{kind: screening, n: 92, exits: [{label: Out, n: 25}]}, {kind: enrollment}]")
    assert solution.n("enrollment") == 67


def test_without_exits_nobody_left():
    solution = solved("stages: [{kind: screening, n: 92}, {kind: enrollment}]")
    assert solution.n("enrollment") == 92
    assert codes("stages: [{kind: screening, n: 92}, {kind: enrollment, n: 91}]") == ["B301"]


def test_an_unknown_exit_may_be_anyone():
    solution = solved("stages: [{kind: screening, n: 92, exits: [{label: Out, n: unknown}]}, {kind: enrollment}]")
    assert between(solution, "enrollment") == (0, 92)
    assert between(solution, "screening/out") == (0, 92)


def test_from_the_last_stage_no_more_leave_than_are_in_it():
    text = "stages: [{kind: infusion, n: 9, exits: [{label: A, n: 4}, {label: B%s}]}]"
    assert between(solved(text % ""), "infusion/b") == (0, 5)
    assert codes(text % ", n: 6") == ["B301"]


ARMS = """
stages:
  - kind: randomization
    n: 48
    exits: [{label: Out, n: 2}]
    arms:
      - {label: A, stages: [{kind: allocation, n: %s, exits: [{label: Lost, n: 3}]}]}
      - {label: B, stages: [{kind: allocation}]}
  - kind: analysis
"""


def test_arms_sum_to_their_split_less_its_exits_and_are_pooled_after_it():
    solution = solved(ARMS % 20)
    assert solution.n("b") == solution.n("b/allocation") == 26
    assert solution.n("analysis") == 43
    assert codes(ARMS % 47) == ["B303"]


def test_arms_nest():
    solution = solved("""
stages:
  - kind: randomization
    arms:
      - label: A
        stages:
          - kind: treatment
            exits: [{label: Out, n: 1}]
            arms:
              - {label: A1, stages: [{kind: follow-up, n: 4}]}
              - {label: A2, stages: [{kind: follow-up, n: 5}]}
      - {label: B, stages: [{kind: treatment, n: 7}]}
  - kind: analysis
""")
    assert [solution.n(full) for full in ("a", "randomization", "analysis")] == [10, 17, 16]


def test_an_arm_without_stages_is_a_count_of_its_own():
    solution = solved("stages: [{kind: randomization, n: 9, arms: [{label: A, n: 4}, {label: B}]}, {kind: analysis}]")
    assert solution.n("b") == 5
    assert solution.n("analysis") == 9


def test_arms_without_stages_sum_to_their_split_even_where_the_unit_changes_after_them():
    text = """
stages:
  - {kind: randomization, n: 9, arms: [{label: A, n: 4}, {label: B, n: %s}]}
  - {kind: analysis, unit: blocks, n: 2}
"""
    assert solved(text % "unknown").n("b") == 5
    assert codes(text % 6) == ["B303"]


SKIPPED = """
stages:
  - {kind: apheresis, n: 249, exits: [{label: Left, n: %s}]}
  - {kind: bridging, n: 212}
  - {kind: lymphodepletion, n: 227, from: [apheresis, bridging]}
"""


def test_a_stage_may_be_skipped_by_some():
    solution = solved(SKIPPED % 22)
    assert solution.n("apheresis > lymphodepletion") == 15
    assert len(codes(SKIPPED % 23)) == 1
    assert solved(SKIPPED % "unknown").n("apheresis/left") == 22


def test_enters_make_up_a_first_stage():
    text = "stages: [{kind: screening, n: %s, enters: {One: 40, Two: 30}}]"
    assert solved(text % "unknown").n("screening") == 70
    assert codes(text % 71) == ["B309"]


def test_those_who_enter_join_those_who_come():
    text = "stages: [{kind: screening, n: 10}, {kind: enrollment, enters: {More: %s}, n: %s}]"
    assert solved(text % (5, "unknown")).n("enrollment") == 15
    assert solved(text % ("unknown", 13)).n("enrollment/more") == 3
    assert codes(text % (5, 14)) == ["B309"]


TWO_ARMS = """
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: A, stages: [{kind: allocation, n: 12}, {kind: treatment}]}
      - {label: B, stages: [{kind: allocation}, {kind: treatment}]}
  - {kind: analysis}
transfers: [{from: a/allocation, to: b/treatment, n: 3, kind: %s, counted: %s}]
"""


@pytest.mark.parametrize("kind", ["crossover", "re-entry", "retreatment", "as-treated", "extension"])
def test_a_counted_transfer_leaves_one_stage_and_joins_another(kind):
    solution = solved(TWO_ARMS % (kind, "true"))
    assert [solution.n(full) for full in ("a/treatment", "b/treatment", "analysis")] == [9, 11, 20]


@pytest.mark.parametrize("kind", ["crossover", "as-treated"])
def test_a_transfer_that_is_not_counted_balances_nothing(kind):
    solution = solved(TWO_ARMS % (kind, "false"))
    assert [solution.n(full) for full in ("a/treatment", "b/treatment", "analysis")] == [12, 8, 20]


RETURNING = """
stages:
  - {kind: screening, n: 50, exits: [{label: Failed, n: 20}]}
  - {kind: enrollment}
transfers: [{from: screening/failed, to: %s, n: %s, kind: re-entry}]
"""


def test_those_who_return_from_an_exit_stay_in_its_count():
    solution = solved(RETURNING % ("enrollment", 6))
    assert solution.n("enrollment") == 36
    assert solution.n("screening/failed") == 20


def test_no_more_return_from_an_exit_than_left_by_it():
    solution = solved(RETURNING % ("enrollment", "unknown"))
    (returned,) = [full for full, account in solution.network.accounts.items() if account.kind == "transfer"]
    assert between(solution, returned) == (0, 20)
    assert codes(RETURNING % ("enrollment", 21)) == ["B301"]


def test_a_first_stage_holds_at_least_those_who_return_to_it():
    solution = solved("""
stages: [{kind: screening, exits: [{label: Failed, n: 20}]}, {kind: enrollment}]
transfers: [{from: screening/failed, to: screening, n: 6, kind: re-entry}]
""")
    assert between(solution, "screening") == (20, None)


EXIT = "stages: [{kind: screening, n: 99, exits: [{label: Out, n: %s, reasons: %s%s}]}]"


@pytest.mark.parametrize(
    ("n", "reasons", "flags", "possible"),
    [
        (5, "{A: 2, B: 3}", "", True),
        (6, "{A: 2, B: 3}", "", False),
        (4, "{A: 2, B: 3}", "", False),
        (6, "{A: 2, B: 3}", ", partial: true", True),
        (4, "{A: 2, B: 3}", ", partial: true", False),
        (4, "{A: 2, B: 3}", ", overlapping: true", True),
        (3, "{A: 2, B: 3}", ", overlapping: true", True),
        (2, "{A: 2, B: 3}", ", overlapping: true", False),
        (6, "{A: 2, B: 3}", ", overlapping: true", False),
        (9, "{A: 2, B: 3}", ", overlapping: true, partial: true", True),
        (2, "{A: 2, B: 3}", ", overlapping: true, partial: true", False),
        (8, "{A: 2, B: 3}", ", unexplained: {n: 3}", True),
        (5, "{A: 2, B: 3}", ", unexplained: {n: 3}", False),
        (4, "{A: 2, B: 3}", ", unexplained: {n: -1}", True),
        (5, "{A: 2, B: {C: 1, D: 2}}", "", True),
        (5, "{A: 2, B: {n: 3, reasons: {C: 1, D: 1}}}", "", False),
        (5, "{A: 2, B: {n: 3, partial: true, reasons: {C: 1, D: 1}}}", "", True),
        (5, "{A: 2, B: 3}", ", also: [{label: By age, reasons: {C: 4, D: 1}}]", True),
        (5, "{A: 2, B: 3}", ", also: [{label: By age, reasons: {C: 4, D: 2}}]", False),
        (5, "{A: 2, B: 3}", ", also: [{label: By age, partial: true, reasons: {C: 4}}]", True),
        (5, "{A: 2, B: 3}", ", details: {Seen: 5}", True),
        (5, "{A: 2, B: 3}", ", details: {Seen: 6}", False),
        (5, "{A: 2, B: <2}", ", unexplained: {n: 3}", True),
        (5, "{A: 2, B: '>=1'}", ", unexplained: {n: 3}", False),
        (5, "{A: 2, B: 3-7}", "", True),
        (5, "{A: '>3', B: '>=2'}", "", False),
    ],
)
def test_reasons_are_part_of_their_exit(n, reasons, flags, possible):
    assert codes(EXIT % (n, reasons, flags)) == ([] if possible else ["B304" if "details" in flags else "B302"])


def test_a_gap_between_stages_is_subtracted():
    text = "stages: [{kind: screening, n: 50, unexplained: {n: %s}}, {kind: enrollment}]"
    assert solved(text % 4).n("enrollment") == 46
    assert solved(text % -4).n("enrollment") == 54


BOX = "stages: [{kind: infusion, n: 48, details: %s}]"


@pytest.mark.parametrize(
    ("details", "possible"),
    [
        ("{Received: 48}", True),
        ("{Received: 49}", False),
        ("{One: 40, Other: 40}", True),
        ("{partition: {Received: 40, Did not: 8}}", True),
        ("{partition: {Received: 40, Did not: 9}}", False),
        ("[{partition: {A: 40, B: 8}}, {partition: {C: 47, D: 1}}]", True),
        ("{Did not: {n: 7, reasons: {Withdrew: 5, Other: 2}}}", True),
        ("{Did not: {n: 7, reasons: {Withdrew: 5, Other: 3}}}", False),
        ("{Did not: {Withdrew: 40, Other: 9}}", False),
    ],
)
def test_lines_inside_a_box_fit_it(details, possible):
    assert solved(BOX % details).ok is possible


SETS = """
stages:
  - kind: randomization
    n: 40
    arms:
      - {label: A, stages: [{kind: treatment, n: 18}]}
      - {label: B, stages: [{kind: treatment}]}
analysis_sets:
"""


@pytest.mark.parametrize(
    ("item", "bounds"),
    [
        ("{label: S, of: randomization}", (0, 40)),
        ("{label: S, of: randomization, excluded: {}}", (40, 40)),
        ("{label: S, of: randomization, excluded: {No data: 3}}", (37, 37)),
        ("{label: S, of: randomization, excluded: {No data: {Lost: 1, Died: 1}}}", (38, 38)),
        ("{label: S, of: randomization, excluded: {No data: 3}, partial: true}", (0, 37)),
        ("{label: S, of: randomization, excluded: {No data: 3}, unexplained: {n: 2}}", (35, 35)),
        ("{label: S, of: randomization, unexplained: {n: -2}}", (42, 42)),
        ("{label: S, of: randomization, within: a}", (0, 18)),
        ("{label: S, of: a/treatment}", (0, 18)),
        ("{label: S, of: a}", (0, 18)),
        ("{label: S, of: [a/treatment, b/treatment], excluded: {No data: 3}}", (37, 37)),
        ("{label: S, of: randomization, n: '>=30'}", (30, 40)),
    ],
)
def test_a_set_is_part_of_what_it_comes_from(item, bounds):
    assert between(solved(SETS + f"  - {item}\n"), "s") == bounds


def test_a_set_may_come_from_a_set():
    solution = solved(SETS + "  - {label: S, of: t, excluded: {Late: 2}}\n  - {label: T, of: randomization, n: 30}\n")
    assert solution.n("s") == 28


@pytest.mark.parametrize(
    ("outcomes", "possible"),
    [
        ("{Response: 18}", True),
        ("{Response: 19}", False),
        ("{One: 10, Other: 10}", True),
        ("[{partition: {Complete: 10, Partial: 5, None: 3}}, {label: Alive, n: 18}]", True),
        ("[{partition: {Complete: 10, Partial: 5, None: 4}}]", False),
        ("{Response: {Complete: 10, Partial: 9}}", False),
    ],
)
def test_outcomes_fit_their_set(outcomes, possible):
    solution = solved(SETS + f"  - {{label: S, of: a/treatment, n: 18, outcomes: {outcomes}}}\n")
    assert solution.ok is possible
    assert {d.code for d in solution.conflicts} <= {"B306"}


def test_pooled_reasons_sum_to_their_exits_together():
    text = """
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: A, stages: [{kind: allocation, exits: [{label: Lost, n: 2}]}]}
      - {label: B, stages: [{kind: allocation, exits: [{label: Lost, n: %s}]}]}
pooled: [{over: [a/allocation/lost, b/allocation/lost], reasons: {Moved: 4, Died: %s}%s}]
"""
    assert solved(text % (3, 1, "")).ok
    assert codes(text % (3, 2, "")) == ["B307"]
    assert solved(text % ("unknown", 1, "")).n("b/allocation/lost") == 3
    assert between(solved(text % ("unknown", 1, ", partial: true")), "b/allocation/lost") == (
        3,
        18,
    )  # 2 of the 20 left by the other


UNITS = """
study: {units: [homes, people]}
stages:
  - {kind: screening, n: {homes: 40, people: 800}, exits: [{label: Out, n: {homes: 6, people: %s}}]}
  - {kind: randomization, n: {people: 600}}
"""


def test_each_unit_balances_on_its_own():
    solution = solved(UNITS % 200)
    assert solution.n("randomization", "homes") == 34
    assert codes(UNITS % 201) == ["B301"]
    assert solved(UNITS % "unknown").n("screening/out", "people") == 200


def test_nothing_is_balanced_where_the_unit_changes():
    solution = solved("stages: [{kind: screening, n: 9}, {kind: allocation, unit: blocks}, {kind: treatment, n: 4}]")
    assert solution.n("allocation") == 4
    assert solution.ok


def test_nothing_is_balanced_across_two_cutoffs_which_is_noted():
    solution = solved(
        "stages: [{kind: infusion, n: 48, cutoff: 2024-01-31}, {kind: follow-up, n: 99, cutoff: 2024-06-30}]"
    )
    assert solution.ok
    assert [d.code for d in solution.notes] == ["B401"]
    assert "2024-01-31" in solution.notes[0].message


def test_the_cutoff_of_a_stage_is_the_study_s_unless_it_says_otherwise():
    text = "study: {data_cutoff: 2024-01-31}\nstages: [{kind: infusion, n: 48, cutoff: 2024-01-31}, {kind: follow-up}]"
    solution = solved(text)
    assert solution.n("follow-up") == 48
    assert solution.notes == ()


SHARE = "stages: [{kind: screening, n: %s, exits: [{label: Out, n: %s}]}, {kind: enrollment}]"


@pytest.mark.parametrize(
    ("n", "count", "possible"),
    [
        (93, "{n: 37, percent: 40}", True),  # 39.78
        (93, "{n: 37, percent: 39.8}", True),
        (93, "{n: 37, percent: 39.9}", False),
        (93, "{n: 37, percent: 41}", False),
        (16, "{n: 1, percent: 6.3}", True),  # 6.25 rounds half up
        (16, "{n: 1, percent: 6.2}", False),
        (16, "{n: 1, percent: 6.25}", True),
        (16, "{n: 1, percent: 6.250}", True),
        (200, "{n: 1, percent: 1}", True),  # 0.5
        (200, "{n: 1, percent: 0}", False),
        (201, "{n: 1, percent: 0}", True),
        (200, "{n: 199, percent: 100}", True),  # 99.5
        (201, "{n: 200, percent: 100.0}", False),
        (9, "{n: 0, percent: 0}", True),
        (0, "{n: 0, percent: 0}", True),
        (0, "{n: 0, percent: 50}", False),
        (7, "{percent: 50}", False),
    ],
)
def test_a_percentage_is_checked_as_printed_half_up(n, count, possible):
    assert solved(SHARE % (n, count)).ok is possible
    assert {d.code for d in solved(SHARE % (n, count)).conflicts} <= {"B308"}


def test_a_percentage_stands_for_every_number_that_rounds_to_it():
    assert between(solved(SHARE % (93, "{percent: 40}")), "screening/out") == (37, 37)
    assert between(solved(SHARE % (1000, "{percent: 12.5}")), "screening/out") == (125, 125)
    assert between(solved(SHARE % (1000, "{percent: 12}")), "screening/out") == (115, 124)
    assert between(solved(SHARE % ("unknown", "{n: 10, percent: 10}")), "screening") == (96, 105)


def test_none_of_nobody_is_no_contradiction_where_nobody_is_derived():
    solution = solved("""
stages:
  - {kind: screening, n: 9, exits: [{label: Out, reasons: {A: {n: 0, percent: 0}, B: {n: 0, percent: 0}}}]}
  - {kind: enrollment, n: 9}
""")
    assert solution.ok
    assert solution.n("screening/out") == 0


def test_nobody_is_0_percent_of_nobody_where_both_are_derived():
    solution = solved("""
stages:
  - {kind: screening, n: 9, exits: [{label: Out, reasons: {A: {percent: 0}, B: {percent: 0}}}]}
  - {kind: enrollment, n: 9}
""")
    assert solution.ok
    assert solution.n("screening/out/a") == 0


def test_a_percentage_is_of_what_it_names():
    text = "stages: [{kind: screening, n: 200}, {kind: infusion, n: 200, exits: [{label: Out, n: 50}], details: {Seen: {percent: 10, of: %s}}}]"  # noqa: E501 - one study on one line
    assert between(solved(text % "screening"), "infusion/seen") == (19, 20)
    assert between(solved(text % "out"), "infusion/seen") == (5, 5)


def test_bounds_narrow_what_they_are_part_of():
    solution = solved(
        "stages: [{kind: screening, n: 20, exits: [{label: Out, reasons: {A: <5, B: '>=3', C: 2-4}}]}, {kind: enrollment, n: 3-9}]"  # noqa: E501 - one study on one line
    )
    assert between(solution, "screening/out") == (11, 17)
    assert between(solution, "screening/out/b") == (3, 15)
