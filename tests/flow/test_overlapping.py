"""Units of which one may be in several arms, units kept across a change, and sets with a date of their own."""

import pytest
from written import between, codes, solved

import consortflow as cf

TWO = """
study: {{units: [people, eyes]}}
stages:
  - kind: randomization
    n: {{people: 80, eyes: 160}}
    exits: [{{label: Left, n: {{people: {left}, eyes: 0}}}}]
    {overlapping}
    arms:
      - label: Laser
        stages:
          - {{kind: treatment, n: {{people: {laser}, eyes: 80}}, exits: [{{label: Lost, n: {{people: 3, eyes: 3}}}}]}}
      - label: Drops
        stages:
          - {{kind: treatment, n: {{people: {drops}, eyes: 80}}, exits: [{{label: Lost, n: {{people: 4, eyes: 4}}}}]}}
  - kind: analysis
    n: {pool}
"""


def two(overlapping="overlapping: people", *, left=0, laser=80, drops=80, pool="{people: 78, eyes: 153}"):
    return TWO.format(overlapping=overlapping, left=left, laser=laser, drops=drops, pool=pool)


def test_everybody_may_be_in_both_arms():
    assert codes(two()) == []
    assert set(codes(two(""))) == {"B303", "B309"}


def test_an_arm_is_at_most_what_is_left_of_its_split():
    assert codes(two(left=2, laser=78, drops=78, pool="unknown")) == []
    assert codes(two(left=2, laser=79, drops=78, pool="unknown")) == ["B303"]


def test_arms_together_are_at_least_what_is_left_of_their_split():
    assert codes(two(laser=40, drops=40, pool="unknown")) == []
    assert codes(two(laser=40, drops=39, pool="unknown")) == ["B303"]


def test_where_arms_meet_again_the_pool_is_at_least_each_and_at_most_all():
    solution = solved(two(pool="unknown"))
    assert between(solution, "analysis", "people") == (77, 153)
    assert solution.n("analysis", "eyes") == 153
    assert codes(two(pool="{people: 76}")) == ["B309"]
    assert codes(two(pool="{people: 154}")) == ["B309"]


def test_a_unit_that_is_not_named_adds_up_as_ever():
    assert codes(two(pool="{people: 78, eyes: 154}")) == ["B309"]
    assert codes(two("overlapping: [people, eyes]", pool="{people: 78, eyes: 80}")) == []


NESTED = """
study: {{unit: people}}
stages:
  - kind: randomization
    n: 80
    overlapping: people
    arms:
      - label: A
        stages:
          - {{kind: other, label: Seen, n: 80, {inner}arms: [{{label: Well, n: {well}}}, {{label: Ill, n: {ill}}}]}}
      - {{label: B, n: {b}}}
  - {{kind: analysis{joining}}}
"""


def test_the_ends_of_one_arm_add_up_and_what_joins_comes_on_top():
    text = NESTED.format(inner="", well=50, ill=30, b=10, joining=", enters: {Others: 5}")
    assert between(solved(text), "analysis") == (85, 95)


def test_arms_that_overlap_within_arms_that_overlap_are_each_at_most_the_pool():
    text = NESTED.format(inner="overlapping: people, ", well=60, ill=50, b=70, joining="")
    assert between(solved(text), "analysis") == (70, 180)


def test_a_set_made_of_arms_that_overlap_is_at_most_all_of_them():
    sets = "analysis_sets: [{{label: Any, of: [laser/treatment, drops/treatment], n: {n}, excluded: {{}}}}]\n"
    assert codes(two() + sets.format(n="{people: 90, eyes: 160}")) == []
    assert codes(two() + sets.format(n="{people: 161, eyes: 160}")) == ["B305"]
    assert codes(two() + sets.format(n="{people: 90, eyes: 159}")) == ["B305"]


KEPT = """
study: {{units: [people, eyes]}}
stages:
  - {{kind: treatment, n: {{people: 80, eyes: 153}}, exits: [{{label: Left, n: {{people: 4, eyes: 8}}}}]}}
  - {{kind: analysis, units: [people, pairs]{keeps}, n: {{people: {people}, pairs: 71}}}}
"""


def test_a_unit_that_is_kept_adds_up_across_a_change_and_no_other_does():
    assert codes(KEPT.format(keeps=", keeps: people", people=76)) == []
    assert codes(KEPT.format(keeps=", keeps: people", people=75)) == ["B301"]
    assert codes(KEPT.format(keeps="", people=75)) == []
    assert solved(KEPT.format(keeps=", keeps: people", people="unknown")).n("analysis", "people") == 76


def test_a_unit_is_not_kept_from_one_date_to_another():
    text = KEPT.format(keeps=", keeps: people, cutoff: 2025-01-01", people=75)
    solution = solved(text)
    assert solution.conflicts == ()
    assert [note.code for note in solution.notes] == ["B401"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (two("overlapping: knees"), '"knees" is not counted here: Randomized counts people and eyes'),
        (two().replace("  - kind: analysis\n", "  - kind: analysis\n    overlapping: eyes\n"), "Analyzed has no arms"),
        (KEPT.format(keeps=", keeps: eyes", people=76), '"eyes" is not counted here'),
        (KEPT.format(keeps=", keeps: pairs", people=76), '"pairs" is not counted before'),
        (KEPT.format(keeps=", keeps: limbs", people=76), '"limbs" is not counted here'),
    ],
)
def test_a_unit_that_is_not_there_is_refused_with_its_place(text, said):
    found = cf.check(cf.loads(text)).errors
    assert [finding.code for finding in found] == ["S106"]
    assert said in found[0].message
    assert found[0].span.line > 1


SETS = """
study: {{data_cutoff: 2024-03-31}}
stages:
  - {{kind: infusion, n: 48, arms: [{{label: A, n: 20}}, {{label: B}}]}}
analysis_sets:
  - {{label: Treated, of: infusion, n: {n}{more}}}
  - {{label: Evaluated, of: treated, n: {part}}}
"""


def test_a_set_of_another_date_is_not_held_to_what_it_comes_from():
    later = ", cutoff: 2024-09-30"
    assert codes(SETS.format(n=49, more="", part=40)) == ["B305"]
    solution = solved(SETS.format(n=49, more=later, part=40))
    assert solution.conflicts == ()
    (note,) = solution.notes
    assert note.code == "B401"
    assert "infusion (n = 48)" not in note.message
    assert "2024-09-30" in note.message
    assert codes(SETS.format(n=49, more=later, part=50)) == ["B305"]
    assert codes(SETS.format(n=49, more=", cutoff: 2024-03-31", part=40)) == ["B305"]


def test_a_set_of_another_date_is_not_held_to_its_arm_either():
    assert codes(SETS.format(n=21, more=", within: a", part=1)) == ["B305"]
    assert codes(SETS.format(n=21, more=", within: a, cutoff: 2024-09-30", part=1)) == []


def test_nobody_is_asked_why_a_later_cut_leaves_people_out():
    text = SETS.format(n=30, more=", cutoff: 2024-09-30", part=30)
    assert "D204" not in {finding.code for finding in cf.check(cf.loads(text))}
    assert "D204" in {finding.code for finding in cf.check(cf.loads(SETS.format(n=30, more="", part=30)))}


def test_the_date_of_a_set_is_a_footnote():
    figure = cf.draw(cf.loads(SETS.format(n=49, more=", cutoff: 2024-09-30", part=40)))
    assert [note.text for note in figure.chart.footnotes] == ["As of 2024-09-30."]
