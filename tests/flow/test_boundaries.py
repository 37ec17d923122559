"""What still adds up where units or dates change, at the ends of arms, and next to nothing."""

import pytest
from written import between, codes, solved

CHANGES = ["unit: blocks", "cutoff: 2024-05-05"]


@pytest.mark.parametrize("change", CHANGES)
def test_no_more_leave_a_stage_than_are_in_it_whatever_is_counted_after_it(change):
    text = "stages: [{kind: screening, n: 9, exits: [{label: Out, n: %s}]}, {kind: allocation, %s}]"
    assert codes(text % (9, change)) == []
    assert codes(text % (10, change)) == ["B301"]
    assert between(solved(text % ("unknown", change)), "screening/out") == (0, 9)


@pytest.mark.parametrize("change", CHANGES)
def test_no_more_join_a_stage_than_are_in_it_whatever_was_counted_before_it(change):
    text = "stages: [{kind: screening, n: 9}, {kind: allocation, %s, n: 4, enters: {Others: %s}}]"
    assert codes(text % (change, 4)) == []
    assert codes(text % (change, 5)) == ["B309"]
    assert between(solved(text % (change, "unknown")), "allocation/others") == (0, 4)


def test_of_two_ways_from_a_stage_the_one_without_a_change_takes_no_more_than_are_in_it():
    text = """
stages:
  - {kind: screening, n: 9}
  - {kind: allocation, unit: blocks, n: 40}
  - {kind: treatment, unit: participants, n: %s, from: screening}
"""
    assert codes(text % 9) == []
    assert codes(text % 10) == ["B301"]


def test_arms_sum_to_their_split_whatever_their_first_stages_count():
    text = """
study: {unit: clusters}
stages:
  - kind: randomization
    n: 9
    arms:
      - {label: A, n: 4, stages: [{kind: allocation, unit: people, n: 80}]}
      - {label: B, n: %s, stages: [{kind: allocation, unit: people, n: 70}]}
"""
    assert codes(text % 6) == ["B303"]
    assert solved(text % "unknown").n("b") == 5


ARMS = """
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: A, stages: [{kind: treatment, n: 12}]}
      - {label: B, stages: [{kind: treatment}]}
  - {kind: follow-up}
"""


def test_people_come_from_an_arm_by_its_last_stages_wherever_else_these_lead():
    text = ARMS + "  - {kind: analysis, from: [a], n: %s}"
    assert codes(text % 12) == []
    assert codes(text % 13) == ["B301"]
    assert between(solved(text % 5), "follow-up") == (15, 15)


def test_a_set_of_an_arm_is_part_of_its_last_stages_wherever_these_lead():
    text = ARMS + "analysis_sets: [{label: S, of: a, n: %s}]"
    assert codes(text % 12) == []
    assert codes(text % 13) == ["B305"]


def test_a_transfer_from_an_arm_leaves_its_last_stage_wherever_that_leads():
    text = ARMS + "transfers: [{id: t, from: a, to: b, kind: crossover, n: 3}]"
    solution = solved(text)
    assert [solution.n("b/treatment"), solution.n("follow-up")] == [11, 20]


def test_the_people_of_an_arm_without_stages_may_divide():
    text = """
stages:
  - {kind: randomization, n: 20, arms: [{label: A, n: 12}, {label: B}]}
  - {kind: treatment, from: [a, b], n: 15}
  - {kind: follow-up, from: [a, b], n: %s}
"""
    assert codes(text % 5) == []
    assert codes(text % 6) == ["B309"]


def test_people_leave_an_arm_by_its_last_stage_alone():
    text = """
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: A, stages: [{kind: treatment, n: 12}, {kind: follow-up, label: F}]}
      - {label: B, stages: [{kind: treatment}]}
  - {kind: analysis, from: [a]}
"""
    assert solved(text).n("analysis") == 12


SHARE = "stages: [{kind: screening, n: %s, exits: [{label: Out, n: %s}]}, {kind: enrollment}]"


@pytest.mark.parametrize(
    ("of", "count", "out", "screened"),
    [
        ("<=200", "{percent: 0}", (0, 0), (0, 200)),
        ("<=201", "{percent: 0}", (0, 1), (0, 201)),
        ("<=2000", "{percent: 0.0}", (0, 0), (0, 2000)),
        ("unknown", "{n: 2, percent: 0}", (2, 2), (401, None)),
        ("unknown", "{n: 0, percent: 0}", (0, 0), (0, None)),
        ("0", "{percent: 0}", (0, 0), (0, 0)),
    ],
)
def test_0_percent_is_less_than_half_a_percent_of_anybody_and_none_of_nobody(of, count, out, screened):
    solution = solved(SHARE % (f'"{of}"' if of[0] == "<" else of, count))
    assert between(solution, "screening/out") == out
    assert between(solution, "screening") == screened


def test_0_percent_checks_the_number_that_it_is_printed_with():
    solution = solved(SHARE % (150, "{n: 0, percent: 0}"))
    assert solution.status("screening/out", "participants") == "stated"


def test_counts_without_an_end_are_proven_where_only_slack_is_not():
    solution = solved(SHARE % ('">=6"', "{percent: 0}"))
    assert solution.notes == ()
    assert between(solution, "screening") == (6, None)
    assert between(solution, "screening/out") == (0, None)
