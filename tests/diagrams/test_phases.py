import pytest

import consortflow as cf
from consortflow.diagrams.compose import compose


def phases(text):
    """Return the bars, and the name of the bar that each card stands under."""
    made = compose(cf.solve(cf.loads(text)))
    names = {card.id: made.phases[card.phase] for card in made.cards if card.phase is not None}
    index = {card.id: card.phase for card in made.cards}
    for link in made.links:
        if link.kind != "transfer":
            assert index[link.tail] <= index[link.head], "a phase never comes before the one it follows"
    assert {card.phase for card in made.cards if card.kind == "exit"} <= {None}
    assert set(range(len(made.phases))) == {phase for phase in index.values() if phase is not None}, "no empty bar"
    return made.phases, names


def chain(*kinds):
    return "stages: [" + ", ".join(f"{{kind: {kind}}}" if ":" not in kind else f"{{{kind}}}" for kind in kinds) + "]\n"


def test_a_parallel_trial_has_the_phases_of_consort():
    names, of = phases(
        "stages:\n  - kind: screening\n  - kind: randomization\n    arms:\n"
        "      - {label: A, stages: [{kind: allocation}, {kind: follow-up}, {kind: analysis}]}\n"
        "      - {label: B, stages: [{kind: allocation}, {kind: follow-up}, {kind: analysis}]}\n"
    )
    assert names == ("Enrollment", "Allocation", "Follow-up", "Analysis")
    assert of["randomization"] == "Enrollment"
    assert of["b/allocation"] == "Allocation"


def test_a_cell_therapy_trial_has_treatment_instead_of_allocation():
    names, of = phases(
        chain("screening", "enrollment", "apheresis", "manufacturing", "lymphodepletion", "infusion", "follow-up")
    )
    assert names == ("Enrollment", "Treatment", "Follow-up")
    assert {full for full, name in of.items() if name == "Treatment"} == {
        "apheresis", "manufacturing", "lymphodepletion", "infusion",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["screening", "enrollment", "run-in", "randomization"])
def test_what_comes_before_treatment_is_enrollment(kind):
    assert phases(chain(kind))[0] == ("Enrollment",)


def test_sets_are_analysis_and_their_stage_is_not():
    names, of = phases(
        chain("screening", "infusion") + "analysis_sets: [{label: S, of: infusion}, {label: T, of: s}]\n"
    )
    assert names == ("Enrollment", "Treatment", "Analysis")
    assert (of["s"], of["t"], of["infusion"]) == ("Analysis", "Analysis", "Treatment")


def test_other_stages_stand_in_the_phase_before_them():
    names, of = phases(chain("kind: other, label: First", "infusion", "kind: other, label: Biopsy", "follow-up"))
    assert names == ("Enrollment", "Treatment", "Follow-up")
    assert (of["first"], of["biopsy"]) == ("Enrollment", "Treatment")


def test_a_stage_may_name_its_phase():
    names, of = phases(
        chain(
            "screening", "kind: treatment, phase: Induction", "kind: treatment, id: m, phase: Maintenance", "analysis"
        )
    )
    assert names == ("Enrollment", "Induction", "Maintenance", "Analysis")
    assert of["m"] == "Maintenance"


def test_a_phase_that_comes_back_stands_twice():
    names, of = phases(chain("treatment", "follow-up", "kind: treatment, id: again", "analysis"))
    assert names == ("Treatment", "Follow-up", "Treatment", "Analysis")
    assert of["again"] == "Treatment"


def test_arms_that_pass_phases_in_another_order_still_never_go_back():
    names, _ = phases(
        "stages:\n  - kind: randomization\n    arms:\n"
        "      - {label: A, stages: [{kind: treatment}, {kind: follow-up}]}\n"
        "      - {label: B, stages: [{kind: follow-up}, {kind: treatment}]}\n"
        "  - kind: analysis\n"
    )
    assert names[0] == "Enrollment"
    assert names[-1] == "Analysis"
    assert len(names) > len(set(names))


NESTED = """\
stages:
  - kind: randomization
    arms:
      - label: A
        stages:
          - {kind: treatment}
          - kind: randomization
            arms:
              - {label: C, stages: [{kind: treatment}, {kind: analysis}]}
              - {label: D, stages: [{kind: follow-up}, {kind: analysis}]}
      - {label: B, stages: [{kind: treatment}, {kind: analysis}]}
  - {kind: other, label: Registry, phase: Long-term}
"""


def test_a_second_randomisation_is_an_allocation_not_another_enrollment():
    names, of = phases(NESTED)
    assert of["randomization"] == "Enrollment"
    assert of["a/randomization"] == "Allocation"
    assert names.count("Enrollment") == 1


def test_a_short_arm_waits_for_the_others_to_reach_its_phase():
    names, of = phases(NESTED)
    assert names == ("Enrollment", "Treatment", "Allocation", "Treatment", "Follow-up", "Analysis", "Long-term")
    assert {full for full, name in of.items() if name == "Analysis"} == {"a/c/analysis", "a/d/analysis", "b/analysis"}


def test_sources_stand_in_the_phase_they_lead_to():
    names, of = phases("stages: [{kind: infusion, enters: {Centre A: 3, Centre B: 4}}]")
    assert names == ("Treatment",)
    assert set(of.values()) == {"Treatment"}
    assert len(of) == 3


def test_phases_are_of_the_study_s_language():
    assert phases("study: {language: en-GB}\n" + chain("screening"))[0] == ("Enrolment",)


def test_phases_do_not_depend_on_the_order_of_stages_in_other_arms():
    one = "{label: A, stages: [{kind: allocation}, {kind: treatment}]}"
    two = "{label: B, stages: [{kind: allocation}, {kind: follow-up}]}"
    made = [
        phases(f"stages: [{{kind: randomization, arms: [{arms}]}}, {{kind: analysis}}]")[0]
        for arms in (f"{one}, {two}", f"{two}, {one}")
    ]
    assert made[0] == made[1] == ("Enrollment", "Allocation", "Treatment", "Follow-up", "Analysis")


def test_an_arm_without_stages_stands_under_allocation_only_where_it_is_one():
    arms = "arms: [{label: A, n: 3}, {label: B, n: 4}]"
    assert phases(f"stages: [{{kind: randomization, {arms}}}]\n")[1]["a"] == "Allocation"
    assert phases(f"stages: [{{kind: infusion, {arms}}}]\n")[1]["a"] == "Treatment"
    said = arms.replace("label: A,", "label: A, phase: Dose,").replace("label: B,", "label: B, phase: Dose,")
    assert phases(f"stages: [{{kind: infusion, {said}}}]\n")[1]["b"] == "Dose"


def test_a_first_randomization_is_enrollment_whatever_came_before_it():
    text = "stages: [{kind: screening}, {kind: run-in, phase: Run-in}, {kind: randomization}, {kind: treatment}]\n"
    names, of = phases(text)
    assert names == ("Enrollment", "Run-in", "Enrollment", "Treatment")
    assert of["randomization"] == "Enrollment"
