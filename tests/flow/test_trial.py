import sys
from collections import Counter
from random import Random

import pytest
from flows import FLOWS, blank, grow
from hypothesis import given, settings
from hypothesis import strategies as st
from plan import Plan, accounts_of

import consortflow as cf
from consortflow.rules import by_design
from consortflow.rules.trial import Trial
from consortflow.schemas.study import About, Study

DESIGNS = About.model_fields["design"].annotation.__args__[0].__args__

NESTED = """
stages:
  - {kind: screening, n: 100}
  - kind: randomization
    n: 100
    arms:
      - label: A
        stages:
          - kind: treatment
            n: 50
            arms:
              - {label: Responders, stages: [{kind: follow-up, n: 20}]}
              - label: Others
                stages:
                  - kind: randomization
                    id: again
                    n: 30
                    arms:
                      - {label: C, stages: [{kind: treatment, n: 10}]}
                      - {label: D, n: 20}
      - {label: B, status: non-randomised, n: 50}
  - {kind: analysis, n: 100}
"""


def trial(text):
    return Trial(cf.solve(cf.loads(text)))


def ids(accounts):
    return [account.id for account in accounts]


@pytest.fixture(scope="module")
def nested():
    return trial(NESTED)


def test_the_arms_of_the_first_split_after_a_randomization_are_the_randomized_ones(nested):
    assert ids(nested.randomised) == ["a", "a/others/c", "a/others/d"]


def test_a_split_some_stages_after_the_randomization_is_still_the_randomization():
    found = trial(
        "stages:\n  - {kind: randomization, n: 4}\n  - {kind: other, label: Kit dispensed}\n"
        "  - {kind: allocation, arms: [{label: A, n: 2}, {label: B, n: 2}]}"
    )
    assert ids(found.randomised) == ["a", "b"]


def test_arms_before_the_randomization_and_arms_in_cohorts_are_not_randomized():
    found = trial(
        "stages:\n  - {kind: screening, arms: [{label: North, n: 2}, {label: South, n: 2}]}\n  - {kind: randomization}"
    )
    assert found.randomised == ()
    assert ids(found.leaves) == ["north", "south"]


def test_arms_that_pool_before_a_randomization_do_not_hide_it():
    found = trial(
        "stages:\n  - {kind: screening, arms: [{label: North, n: 2}, {label: South, n: 2}]}\n"
        "  - {kind: randomization, arms: [{label: A, n: 2}, {label: B, n: 2}]}"
    )
    assert ids(found.randomised) == ["a", "b"]


def test_splits_and_leaves(nested):
    assert {split: ids(arms) for split, arms in nested.splits.items()} == {
        "randomization": ["a", "b"],
        "a/treatment": ["a/responders", "a/others"],
        "a/others/again": ["a/others/c", "a/others/d"],
    }
    assert ids(nested.leaves) == ["a/responders", "a/others/c", "a/others/d", "b"]


def test_stages_in_an_arm_are_those_of_its_arms_too(nested):
    arms = {arm.id: arm for arm in nested.arms}
    assert ids(nested.stages_in(arms["a"])) == [
        "a/treatment", "a/responders/follow-up", "a/others/again", "a/others/c/treatment",
    ]  # fmt: skip
    assert nested.stages_in(arms["b"]) == []
    assert arms["a/others/c"].inside == ("a", "others", "c")


def test_before_names_the_kinds_that_people_may_have_passed_and_such_a_stage(nested):
    assert nested.before["screening"] == {}
    assert nested.before["a"] == {"screening": "screening", "randomization": "randomization"}
    assert nested.before["a/others/c/treatment"].keys() == {"screening", "randomization", "treatment"}
    assert nested.before["analysis"].keys() == {"screening", "randomization", "treatment", "follow-up"}
    assert nested.before["analysis"]["follow-up"] == "a/responders/follow-up"


def test_before_follows_from_wherever_in_the_file_it_leads():
    study = cf.loads(
        "stages:\n  - {kind: screening, n: 9}\n  - {kind: analysis, from: treatment}\n"
        "  - {kind: treatment, from: enrollment}\n  - {kind: enrollment, from: screening}\n"
        "  - {kind: follow-up, from: [analysis, treatment]}"
    )
    assert cf.check(study).ok
    found = Trial(cf.solve(study))
    assert found.before["analysis"].keys() == {"treatment", "enrollment", "screening"}
    assert found.before["follow-up"].keys() == {"analysis", "treatment", "enrollment", "screening"}
    assert found.leading_to({"treatment"}) == {"treatment", "enrollment", "screening"}


def test_leading_to_holds_the_targets_and_whoever_comes_to_them(nested):
    assert nested.leading_to({"a/others/d"}) == {
        "screening", "randomization", "a", "a/treatment", "a/others", "a/others/again", "a/others/d",
    }  # fmt: skip
    assert nested.leading_to([]) == set()
    assert nested.goes_on_to("a/treatment", {"a/others"})
    assert not nested.goes_on_to("a/treatment", {"analysis"})


def test_a_stage_ends_a_flow_where_no_stage_follows_whatever_arms_do(nested):
    assert nested.ends("analysis")
    assert not nested.ends("a/others/c/treatment")
    assert trial("stages: [{kind: screening, arms: [{label: A, n: 1}, {label: B, n: 1}]}]").ends("screening")


def test_nobody_is_certain_in_every_unit():
    found = trial(
        "study: {units: [homes, people]}\nstages:\n"
        "  - {kind: screening, n: {homes: 0, people: 3}}\n  - {kind: enrollment, n: {homes: 0, people: 0}}\n"
        "  - {kind: analysis, n: {homes: 0}, unit: homes}"
    )
    stages = {stage.id: stage for stage in found.stages}
    assert [found.nobody(stages[full]) for full in ("screening", "enrollment", "analysis")] == [False, True, True]
    assert found.n(stages["screening"]) == 0


def test_sets_lead_to_what_they_are_of_however_many_steps_up():
    found = trial(
        "stages: [{kind: treatment, n: 9}]\nanalysis_sets:\n  - {label: A, of: treatment, n: 9}\n"
        "  - {label: B, of: a, n: 8}\n  - {label: C, of: [b], n: 7}"
    )
    assert found.with_wholes(["c"]) == {"c", "b", "a", "treatment"}
    assert found.with_wholes(["a", "b"]) == {"b", "a", "treatment"}


@settings(max_examples=max(FLOWS // 10, 1), deadline=None)
@given(st.integers(0, 2**40).map(Random))
def test_every_rule_has_an_answer_for_every_flow_and_reasons_settle_every_loss(random):
    data = blank(random, grow(random)).data
    data["study"]["design"] = random.choice(DESIGNS)
    exits = []
    for path, item, _, _ in accounts_of(data, Plan(data)):
        if len(path) > 1 and path[-2] == "arms":
            item["status"] = random.choice(("dropped", "added", "non-randomised"))
        elif len(path) > 1 and path[-2] == "exits":
            item["label"] = random.choice(("Excluded", "Lost to follow-up", "Protocol deviation"))
            exits.append(item)
    first, again = (sorted(by_design(cf.solve(Study.model_validate(data)))) for _ in range(2))
    assert first == again
    losses = {"D201", "D202"} & {finding.code for finding in first}
    silent = [item for item in exits if item["label"] != "Protocol deviation" and "reasons" not in item]
    assert not losses or silent
    for item in exits:
        item["note"] = "As the source says."
    assert {"D201", "D202", "D203"}.isdisjoint(
        finding.code for finding in by_design(cf.solve(Study.model_validate(data)))
    )


def work(study):
    """Return how many functions are called to find what there is to say about a design."""
    solution = cf.solve(study)
    calls = Counter()
    before = sys.getprofile()
    sys.setprofile(lambda _frame, event, _argument: calls.update((event,)))
    try:
        list(by_design(solution))
    finally:
        sys.setprofile(before)
    return calls["call"] + calls["c_call"]


def trunk(stages):
    """A single list, each stage with a loss that gives no reason."""
    kinds = ("treatment", "follow-up", "other")
    return {
        "study": {"design": "parallel"},
        "stages": [
            {"kind": "randomization", "n": 10**6},
            *(
                {"kind": kinds[i % 3], "id": f"s{i}", "label": f"S {i}", "exits": [{"label": "Lost", "n": 1}]}
                for i in range(stages)
            ),
        ],
    }


def wide(stages, *, design="factorial"):
    """200 arms, with stages that make as many as asked for, and two analysis sets in each."""
    each = stages // 200
    arms = [
        {
            "label": f"A {arm}",
            "stages": [
                {"kind": "treatment", "id": f"s{i}", "label": f"S {i}", **({"n": 900} if i == 0 else {}),
                 "exits": [{"label": "Lost", "n": 1}]}
                for i in range(each)
            ],
        }
        for arm in range(200)
    ]  # fmt: skip
    sets = [
        {"label": f"Set {arm} {number}", "of": of, "n": 900 - each - number}
        for arm in range(200)
        for number, of in enumerate((f"a-{arm}/s{each - 1}", f"set-{arm}-0"))
    ]
    return {
        "study": {"design": design},
        "stages": [{"kind": "randomization", "arms": arms}],
        "analysis_sets": sets,
    }


def many_arms(stages):
    """As many arms, of one stage each, and as many sets of the one stage that splits."""
    arms = [{"label": f"A {arm}", "stages": [{"kind": "treatment", "n": 9}]} for arm in range(stages)]
    sets = [{"label": f"Set {arm}", "of": "randomization", "n": 9} for arm in range(stages)]
    return {
        "study": {"design": "crossover"},
        "stages": [{"kind": "randomization", "arms": arms}],
        "analysis_sets": sets,
    }


def backwards(stages):
    """Each stage but the first comes from the next one in the file, and the last from the first."""
    chain = [{"kind": "other", "id": f"s{i}", "label": f"S {i}", "from": f"s{i + 1}"} for i in range(stages)]
    return {
        "stages": [
            {"kind": "enrollment", "n": 9},
            *chain,
            {"kind": "analysis", "id": f"s{stages}", "from": "enrollment"},
        ]
    }


@pytest.mark.parametrize("form", [trunk, wide, many_arms, backwards])
def test_looking_at_a_design_takes_work_as_its_stages_do(form):
    assert cf.check(Study.model_validate(form(200))).ok
    once, twice = (work(Study.model_validate(form(size))) for size in (800, 1600))
    assert once < 300 * 800, "as measured, with room"
    assert twice < 2.2 * once
