# ruff: noqa: E501 - study files are written as an author would
"""What CONSORT 2025 asks of a diagram (D1xx, D2xx): what makes each rule speak, and everything that answers it."""

import pytest

import consortflow as cf
from consortflow.checking import check_text

TWO_ARMS = """
stages:
  - kind: randomization
    n: 48
    {split}
    arms:
      - label: A
        {arm}
        stages:
          - {{kind: allocation, n: 24{first}}}
          - {{kind: follow-up{second}}}
          {third}
      - label: B
        stages:
          - {{kind: allocation, n: 24}}
          - {{kind: follow-up}}
          - {{kind: analysis}}
{after}
"""


def two_arms(*, split="", arm="", first="", second="", third="- {kind: analysis}", after=""):
    return TWO_ARMS.format(split=split, arm=arm, first=first, second=second, third=third, after=after)


def findings(text, *families):
    found = check_text(text, "a.yaml")[1]
    assert found.ok, str(found)
    return [finding for finding in found if finding.code.startswith(families or ("D1", "D2"))]


def codes(text, *families):
    return [finding.code for finding in findings(text, *families)]


# Item 22a: received


def test_who_received_is_asked_of_all_arms_of_a_split_at_once():
    (found,) = findings(two_arms())
    assert found.code == "D101"
    assert found.message == "how many received the intervention is not said for A, B"
    assert [related.message for related in found.related] == ["nor for B"]


@pytest.mark.parametrize(
    "answer",
    [
        {"first": ", details: {Received allocated intervention: 23}"},
        {"first": ", details: [partition: {Received: 23, Did not: 1}]"},
        {"first": ", exits: [{label: Did not receive A, reasons: {Refused: 1}}]"},
        {"second": ", details: {Received all doses: 20}"},
        {"third": "- {kind: treatment}\n          - {kind: analysis}"},
        {"third": "- {kind: infusion}\n          - {kind: analysis}"},
        {"third": "- {kind: other, label: Started A}\n          - {kind: analysis}"},
        {"after": "analysis_sets:\n  - {label: Safety, of: a/allocation, n: 23, excluded: {No dose: 1}}"},
        {"after": "analysis_sets:\n  - {label: Safety, of: a, n: 24, excluded: {}}"},
        {"after": "analysis_sets:\n  - {label: Safety, of: randomization, within: a, n: 23}"},
        {"after": "transfers:\n  - {from: a/allocation, to: b/follow-up, n: 2, kind: as-treated, counted: false}"},
    ],
    ids=[
        "a line", "a partition", "an exit of the first box", "a line later", "a treatment", "an infusion", "another step",
        "a set of a stage", "a set of the arm", "a set within the arm", "a transfer",
    ],
)  # fmt: skip
def test_one_arm_that_says_who_received_is_enough(answer):
    assert codes(two_arms(**answer)) == []


def test_exits_of_later_boxes_and_sets_of_everybody_say_nothing_of_who_received():
    lost = ", exits: [{label: Lost, reasons: {Moved: 1}}]"
    everybody = "analysis_sets:\n  - {label: Everybody, of: randomization, n: 48}"
    assert codes(two_arms(second=lost, after=everybody)) == ["D101"]


def test_five_groups_are_named_as_four_and_one_more():
    arms = "".join(f"\n      - {{label: G{i}, stages: [{{kind: allocation, n: 2}}]}}" for i in range(5))
    received, analysed = findings(f"stages:\n  - kind: randomization\n    arms:{arms}")
    assert received.message == "how many received the intervention is not said for G0, G1, G2, G3 and 1 more"
    assert analysed.message == "how many were analyzed is not said for G0, G1, G2, G3 and 1 more"
    assert len(analysed.related) == 4


def test_four_groups_are_all_named():
    arms = "".join(
        f"\n      - {{label: G{i}, stages: [{{kind: allocation, n: 2}}, {{kind: analysis}}]}}" for i in range(4)
    )
    (found,) = findings(f"stages:\n  - kind: randomization\n    arms:{arms}")
    assert found.message == "how many received the intervention is not said for G0, G1, G2, G3"


# Item 22a: analyzed

RECEIVED = ", details: {Received: 20}"


def test_an_arm_that_ends_before_the_analysis_is_named_and_the_others_are_not():
    (found,) = findings(two_arms(first=RECEIVED, third=""))
    assert (found.code, found.related) == ("D102", ())
    assert found.message == "how many were analyzed is not said for A"


@pytest.mark.parametrize(
    "answer",
    [
        {"third": "- {kind: analysis}"},
        {"after": "  - {kind: analysis}"},
        {"after": "  - {kind: other, label: Completed}\n  - {kind: analysis}"},
        {"after": "  - {kind: other, label: Completed}\nanalysis_sets:\n  - {label: ITT, of: completed, n: 48}"},
        {"after": "analysis_sets:\n  - {label: ITT, of: a, n: 24}"},
        {"after": "analysis_sets:\n  - {label: ITT, of: a/follow-up, n: 24}"},
        {"after": "analysis_sets:\n  - {label: ITT, of: [a/follow-up, b/follow-up], n: 48}"},
        {"after": "analysis_sets:\n  - {label: ITT, of: all, n: 24}\n  - {id: all, label: All, of: a, n: 24}"},
        {"after": "analysis_sets:\n  - {label: ITT, of: randomization, within: a, n: 24}"},
        {"after": "analysis_sets:\n  - {label: ITT, of: randomization, n: 48}"},
        {"after": "analysis_sets:\n  - {label: ITT, of: randomization, excluded: {}}"},
        {"arm": "status: dropped"},
    ],
    ids=[
        "its own analysis", "an analysis after the arms", "an analysis some stages after", "a set of a stage after the arms",
        "a set of the arm", "a set of its stage", "a set of both arms", "a set of a set", "a set within the arm",
        "a set of all who were randomized, as many", "a set that excludes nobody", "a dropped arm",
    ],
)  # fmt: skip
def test_who_was_analyzed_is_said(answer):
    assert codes(two_arms(**({"first": RECEIVED, "third": ""} | answer)), "D1") == []


@pytest.mark.parametrize(
    "answer",
    [
        {"after": "analysis_sets:\n  - {label: ITT, of: randomization, n: 40, excluded: {No data: 8}}"},
        {"after": "analysis_sets:\n  - {label: ITT, of: b/follow-up, n: 24}"},
        {"after": "analysis_sets:\n  - {label: ITT, of: randomization, within: b, n: 24}"},
        {"after": "  - {kind: analysis, from: b/analysis, id: last}"},
        {"arm": "status: added\n        note: Opened late."},
    ],
    ids=["not everybody", "the other arm", "within the other arm", "reached by the other arm", "an added arm"],
)
def test_who_was_analyzed_is_not_said(answer):
    assert codes(two_arms(**({"first": RECEIVED, "third": ""} | answer)), "D1") == ["D102"]


def test_a_set_that_excludes_nobody_holds_everybody_however_many_they_are():
    text = two_arms(first=RECEIVED, third="", after="analysis_sets:\n  - {label: ITT, of: randomization%s}").replace(
        "n: 24", "n: '>1'"
    )
    text = text.replace("n: 48", "n: '>20'")
    assert codes(text % ", excluded: {}", "D102") == []
    assert codes(text % "", "D102") == ["D102"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"after": "analysis_sets:\n  - {label: ITT, of: folow-up, n: 24}"},
        {"after": "analysis_sets:\n  - {label: ITT, of: randomization, within: aa, n: 24}"},
        {"third": "- {kind: analysis, from: folow-up}"},
    ],
)
def test_a_reference_that_is_wrong_is_no_reason_to_ask_for_what_it_was_to_give(wrong):
    found = check_text(two_arms(**({"first": RECEIVED, "third": ""} | wrong)), "a.yaml")[1]
    assert {finding.code for finding in found} - {"B201"} == {"S108"}


def test_arms_of_a_platform_that_are_not_followed_need_no_analysis():
    text = """
study: {design: DESIGN}
stages:
  - kind: randomization
    n: 90
    arms:
      - {label: A, stages: [{kind: treatment, n: 30}, {kind: analysis}]}
      - {label: B, n: 30}
      - {label: C, stages: [{kind: treatment, n: 30}]}
"""
    (found,) = findings(text.replace("DESIGN", "platform"), "D1")
    assert found.message == "how many were analyzed is not said for C"
    (found,) = findings(text.replace("DESIGN", "multi-arm"), "D1")
    assert found.message == "how many were analyzed is not said for B, C"


# Item 22a: assigned


def test_an_arm_whose_number_nobody_knows_is_named():
    (found, other) = findings("stages:\n  - kind: randomization\n    n: 9\n    arms:\n      - {label: A, stages: [{kind: treatment}, {kind: analysis}]}\n"
                              "      - {label: B, stages: [{kind: treatment}, {kind: analysis}]}", "D1")  # fmt: skip
    assert (found.code, other.code) == ("D103", "D103")
    assert found.message == "how many were assigned to A is not known"


@pytest.mark.parametrize(
    ("a", "b", "unknown"),
    [
        ("{label: A, n: 4}", "{label: B, n: 5}", 0),
        ("{label: A, n: 4}", "{label: B}", 0),
        ("{label: A, n: 4, stages: [{kind: treatment, enters: {Others: unknown}}]}", "{label: B}", 0),
        ("{label: A, stages: [{kind: treatment, n: 4}]}", "{label: B, stages: [{kind: treatment}]}", 0),
        ("{label: A, stages: [{kind: treatment, n: <5}]}", "{label: B, stages: [{kind: treatment}]}", 2),
        ("{label: A}", "{label: B}", 2),
        ("{label: A}", "{label: B, status: non-randomised}", 1),
    ],
)
def test_the_number_assigned_is_that_of_the_arm_or_of_its_first_stage(a, b, unknown):
    text = f"stages:\n  - kind: randomization\n    n: 9\n    arms:\n      - {a}\n      - {b}\n  - {{kind: analysis}}"
    assert codes(text, "D103") == ["D103"] * unknown


def test_contradictions_are_reported_and_not_what_follows_from_them():
    text = two_arms(first=RECEIVED).replace("n: 48", "n: 50")
    assert [finding.code for finding in check_text(text, "a.yaml")[1]] == ["B303"]


def test_what_a_contradiction_leaves_unknown_is_not_asked_for():
    text = """
stages:
  - kind: randomization
    n: 20
    exits: [{label: Ineligible, n: 30}]
    arms: [{label: A, stages: [{kind: treatment}]}, {label: B, stages: [{kind: treatment}]}]
  - {kind: analysis}
"""
    assert [finding.code for finding in check_text(text, "a.yaml")[1]] == ["B303"]
    assert codes(text.replace("n: 30", "n: 3"), "D") == ["D103", "D103"]


def test_a_later_stage_of_an_arm_does_not_tell_how_many_were_assigned_to_it():
    arm = "{label: %s, stages: [{kind: allocation, exits: [{label: Refused}]}, {kind: treatment, n: 4}, {kind: analysis}]}"
    text = f"stages:\n  - kind: randomization\n    n: 20\n    arms:\n      - {arm % 'A'}\n      - {arm % 'B'}\n"
    assert codes(text, "D") == ["D103", "D103"]


# Groups

SMART = """
stages:
  - kind: randomization
    n: 100
    arms:
      - label: A
        stages:
          - kind: {kind}
            n: 50
            arms:
              - {{label: Responders, stages: [{{kind: follow-up, n: 20}}, {{kind: analysis}}]}}
              - label: Others
                stages:
                  - kind: randomization
                    id: again
                    n: 30
                    arms:
                      - {{label: C, stages: [{{kind: {inner}, n: 15}}]}}
                      - {{label: D, stages: [{{kind: follow-up, n: 15}}]}}
                  - {{kind: analysis, id: together}}
      - {{label: B, stages: [{{kind: follow-up, n: 50}}, {{kind: analysis}}]}}
"""


def test_responders_are_no_group_that_people_were_assigned_to():
    assert codes(SMART.format(kind="treatment", inner="treatment")) == []


def test_the_groups_of_a_second_randomization_are_asked_on_their_own():
    (found,) = findings(SMART.format(kind="treatment", inner="follow-up"))
    assert found.message == "how many received the intervention is not said for C, D"


def test_an_arm_that_is_randomized_again_answers_by_its_own_groups():
    assert codes(SMART.format(kind="follow-up", inner="treatment")) == []


def test_without_randomization_there_are_no_groups_to_ask_of():
    text = (
        two_arms(third="")
        .replace("kind: randomization", "kind: enrollment")
        .replace("{kind: analysis}", "{kind: other, label: End}")
    )
    assert codes(text) == []
    assert codes("stages: [{kind: randomization, n: 5}, {kind: analysis}]") == []


def test_a_set_within_an_outer_arm_is_of_the_arms_inside_it():
    text = """
stages:
  - kind: randomization
    arms:
      - label: A
        stages:
          - kind: randomization
            id: again
            arms:
              - {label: C, stages: [{kind: treatment, n: 15}]}
              - {label: D, stages: [{kind: treatment, n: 15}]}
      - {label: B, stages: [{kind: treatment, n: 30}, {kind: analysis}]}
analysis_sets:
  - {label: Analyzed, of: randomization, within: a, n: 30}
"""
    assert codes(text, "D1") == []
    assert codes(text.replace("within: a", "within: b"), "D1") == ["D102"]


def test_clusters_that_are_known_are_a_number_assigned():
    text = """
study: {units: [homes, people]}
stages:
  - kind: randomization
    arms:
      - {label: A, stages: [{kind: treatment, n: {homes: 3}}, {kind: analysis}]}
      - {label: B, stages: [{kind: treatment, n: {homes: 3}}, {kind: analysis}]}
"""
    assert codes(text, "D1") == []


# Item 22b: reasons

LEAVE = "stages:\n  - {{kind: enrollment, n: 20, exits: [{exit}]}}\n  - {{kind: follow-up}}\n{after}"


def leave(exit_, after=""):
    return LEAVE.format(exit=exit_, after=after)


@pytest.mark.parametrize(
    "exit_",
    [
        "{n: 3}", "{kind: excluded, n: 3}", "{kind: discontinued, n: 3}", "{kind: lost-to-follow-up, n: 3}", "{kind: other, n: 3}",
        "{label: Lost to follow-up, n: 3}", "{label: Discontinued intervention, n: 3}", "{label: Excluded}",
        "{label: Lost to follow-up, n: <5}", "{label: Lost, kind: died, n: 2}", "{label: Did not receive treatment, n: 2}",
    ],
)  # fmt: skip
def test_people_leave_without_a_reason(exit_):
    (found,) = findings(leave(exit_))
    assert found.code == "D201"
    assert found.message.endswith(": nothing says why they left")


@pytest.mark.parametrize(
    "exit_",
    [
        "{n: 0}", "{kind: withdrew, n: 3}", "{kind: died, n: 3}", "{kind: ongoing, n: 3}", "{label: Lost, kind: ongoing, n: 3}",
        "{label: Adverse event, n: 3}", "{label: Loss of eligibility, n: 3}", "{label: Discontinued due to toxicity, n: 3}",
        "{n: 3, reasons: {Moved: 3}}", "{reasons: {Moved: {Abroad: 1, Elsewhere: 2}}}", "{n: 3, note: The log was lost.}",
        "{n: 3, also: [{label: By site, reasons: {X: 1, Y: 2}}]}", "{n: 3, by: DCSREAS}",
        "{n: 3, details: {After an adverse event: 2}}", "{n: 3, unexplained: {n: 3, note: The paper gives no reasons.}}",
        "{n: 3, partial: true, reasons: {Moved: 1}}",
    ],
)  # fmt: skip
def test_people_leave_and_something_says_why_or_nobody_left(exit_):
    assert codes(leave(exit_)) == []


def test_reasons_pooled_with_other_exits_are_reasons():
    assert codes(leave("{n: 3}", "pooled: [{over: [enrollment/excluded], reasons: {Moved: 3}}]")) == []


@pytest.mark.parametrize(("homes", "people", "wanted"), [(0, 3, ["D201"]), (1, 0, ["D201"]), (0, 0, [])])
def test_people_who_leave_a_cluster_that_stays_are_losses_too(homes, people, wanted):
    text = leave(f"{{n: {{homes: {homes}, people: {people}}}}}").replace("n: 20", "n: {homes: 4, people: 80}")
    assert codes("study: {units: [homes, people]}\n" + text) == wanted


def test_a_label_of_another_language_is_silent_where_it_is_its_default():
    text = "study: {language: fr}\n" + leave("{label: exclus, n: 3}")
    assert codes(text) == ["D201"]
    assert codes(text.replace("fr", "en-US")) == [], "no word that we know"


IN_AND_OUT = """
stages:
  - {kind: other, label: Invited, n: 100, exits: [{id: no-reply, n: 1}]}
  - {kind: screening, exits: [{id: ineligible, n: 1}]}
  - {kind: enrollment, exits: [{id: changed-mind, n: 1}]}
  - {kind: run-in, exits: [{id: poor-adherence, n: 1}]}
  - kind: randomization
    exits: [{id: mistaken, n: 1}]
    arms:
      - label: A
        stages:
          - kind: treatment
            n: 40
            exits: [{id: gone, n: 1}]
            arms:
              - {label: C, stages: [{kind: randomization, id: again, n: 20, exits: [{id: late, n: 1}]}, {kind: analysis}]}
              - {label: D, stages: [{kind: analysis, n: 19}]}
      - {label: B, stages: [{kind: treatment, n: 55, exits: [{id: left, n: 1}]}, {kind: analysis}]}
"""


def test_exclusions_are_before_the_randomization_and_losses_after_it():
    found = {finding.span.line: finding.code for finding in findings(IN_AND_OUT, "D2")}
    assert found == {3: "D202", 4: "D202", 5: "D202", 6: "D202", 8: "D201", 14: "D201", 16: "D201", 18: "D201"}


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("screening", "enrollment", ["D202", "D201"]),
        ("screening", "treatment", ["D202", "D201"]),
        ("other", "enrollment", ["D202", "D201"]),
        ("other", "screening", ["D202", "D202"]),
        ("enrollment", "treatment", ["D201", "D201"]),
        ("apheresis", "lymphodepletion", ["D201", "D201"]),
        ("other", "follow-up", ["D201", "D201"]),
        ("enrollment", "randomization", ["D202", "D201"]),
        ("randomization", "enrollment", ["D201", "D201"]),
        ("screening", "screening", ["D202", "D202"]),
    ],
)
def test_which_steps_lie_before_the_trial(first, second, wanted):
    stages = "".join(
        f"\n  - {{kind: {kind}, id: s{at}, label: S{at}, exits: [{{n: 1}}], n: {20 - at}}}"
        for at, kind in enumerate((first, second))
    )
    assert codes(f"stages:{stages}\n  - {{kind: other, label: End}}") == wanted


def test_a_cohort_beside_the_randomized_ones_is_in_the_trial_once_it_is_enrolled():
    text = """
stages:
  - kind: enrollment
    n: 100
    arms:
      - label: Randomized
        stages:
          - kind: randomization
            n: 60
            arms:
              - {label: A, stages: [{kind: treatment, n: 30}, {kind: analysis}]}
              - {label: B, stages: [{kind: treatment, n: 30}, {kind: analysis}]}
      - label: Chose
        status: non-randomised
        stages: [{kind: treatment, n: 40, exits: [{n: 2}]}, {kind: analysis}]
"""
    assert codes(text) == ["D201"]


# Item 22b: protocol deviations


@pytest.mark.parametrize(
    "reasons",
    ["{Protocol deviation: 2}", "{Moved: 1, Major protocol violations: 1}", "[{label: Protocol deviation, n: 1}]",
     "{Other: {Protocol deviation: 2}}", "{Protocol deviation: unknown}"],
)  # fmt: skip
def test_protocol_deviation_alone_is_no_reason(reasons):
    (found,) = findings(leave(f"{{reasons: {reasons}}}"), "D")
    assert found.code == "D203"
    assert found.message.endswith(" alone does not say why")


def test_protocol_deviation_as_the_label_of_an_exit_is_no_reason():
    assert codes(leave("{label: Protocol deviation, n: 2}")) == ["D203"]


@pytest.mark.parametrize(
    "exit_",
    [
        "{reasons: {Protocol deviation: {Ineligible: 2}}}", "{reasons: {Protocol deviation: {n: 2, note: Took aspirin.}}}",
        "{reasons: {Protocol deviation: 2}, note: They took aspirin.}", "{reasons: {Protocol deviation: 0, Moved: 1}}",
        "{reasons: {Other: {n: 2, note: Took aspirin., reasons: {Protocol deviation: 2}}}}",
        "{label: Protocol deviation, n: 2, note: They took aspirin.}", "{label: Protocol deviation, n: 0}",
        "{label: Protocol deviation, reasons: {Took aspirin: 2}}", "{label: Excluded, reasons: {Took aspirin: 2}}",
        "{label: Lost, reasons: {X: 3}, also: [{label: By kind, reasons: {Protocol deviation - aspirin: 3}}]}",
    ],
)  # fmt: skip
def test_protocol_deviation_with_what_happened_is_a_reason(exit_):
    assert codes(leave(exit_)) == []


def test_protocol_deviation_is_no_reason_in_a_set_or_where_reasons_are_pooled():
    excluded = "analysis_sets: [{label: PP, of: follow-up, n: 15, excluded: {Protocol deviation: 5}%s}]"
    assert codes(leave("{n: 0}", excluded % "")) == ["D203"]
    assert codes(leave("{n: 0}", excluded % ", note: They took aspirin.")) == []
    pooled = "pooled: [{over: [enrollment/excluded], reasons: {Protocol deviation: 2}%s}]"
    assert codes(leave("{n: 2}", pooled % "")) == ["D203"]
    assert codes(leave("{n: 2}", pooled % ", note: They took aspirin.")) == []


# Item 22b: exclusions from an analysis

SET = "stages:\n  - {{kind: enrollment, n: 48}}\n  - {{kind: follow-up, exits: [{{kind: died, n: 3}}]}}\n  - {{kind: other, label: End, n: 45}}\nanalysis_sets:\n  - {{label: Evaluated, {set}}}\n{more}"


def of_set(text, more=""):
    return SET.format(set=text, more=more)


def test_a_set_that_leaves_people_out_says_whom():
    (found,) = findings(of_set("of: end, n: 40"))
    assert found.code == "D204"
    assert found.message == "Evaluated leaves out 5 of End, and does not say why"


@pytest.mark.parametrize(
    "said",
    [
        "of: end, n: 45", "of: end, n: 40, excluded: {No scan: 5}", "of: end, n: 40, excluded: {No scan: 2}, partial: true",
        "of: end, n: 40, unexplained: {n: 5}", "of: end, n: 40, note: Five had no scan.", "of: end, n: 40, partial: true",
        "of: end, n: unknown", "of: end, excluded: {}", "of: enrollment, n: 45", "of: follow-up, n: 45",
    ],
)  # fmt: skip
def test_a_set_that_says_whom_it_leaves_out_or_leaves_out_nobody_or_those_who_left(said):
    assert codes(of_set(said)) == []


def test_a_set_as_large_as_an_earlier_stage_or_one_of_another_arm_is_not_explained_by_it():
    assert codes(of_set("of: end, n: 40", "  - {label: All, of: enrollment, n: 48}")) == ["D204"]
    text = two_arms(
        first=", details: {Received: 20}", after="analysis_sets:\n  - {label: Some, of: randomization, n: 24}"
    )
    assert codes(text) == ["D204"], "an arm has 24, and they are not this set"


def test_a_set_within_an_arm_is_smaller_than_what_holds_the_arm():
    assert (
        codes(two_arms(first=RECEIVED, after="analysis_sets:\n  - {label: Some, of: randomization, within: a, n: 24}"))
        == []
    )


def sets(*counts, of="end"):
    return "\n".join(f"  - {{label: Part {at}, of: {of}, n: {n}}}" for at, n in enumerate(counts))


@pytest.mark.parametrize(
    ("first", "others", "wanted"),
    [
        (20, (25,), 0), (20, (15, 10), 0), (20, (10, 15, 45), 0), (20, (24,), 2), (15, (30, 30, 15), 0), (40, (40,), 2),
        (20, (20,), 2), (5, (4,) * 10, 0), (5, (3,) * 12, 13), (4, (4,) * 12, 13),
    ],
)  # fmt: skip
def test_sets_that_divide_what_they_are_of_leave_out_nobody(first, others, wanted):
    assert codes(of_set(f"of: end, n: {first}", sets(*others))) == ["D204"] * wanted


@pytest.mark.parametrize("others", [1, 12])
def test_a_set_whose_number_nobody_knows_divides_nothing(others):
    unknown = "\n".join(f"  - {{label: Part {at}, of: end, n: unknown}}" for at in range(others))
    assert codes(of_set("of: end, n: 44", unknown)) == ["D204"]


def test_where_the_whole_is_not_known_nobody_knows_who_is_left_out():
    text = of_set("of: end, n: 40").replace("n: 45", "n: '>=41'").replace("n: 48", "n: unknown")
    assert codes(text) == []
    both = "stages:\n  - {kind: enrollment, n: 30, arms: [{label: A, n: 9}, {label: B, n: '<9'}, {label: C}]}\nanalysis_sets:\n  - {label: Two, of: [a, b], n: 5}"
    assert codes(both) == []


def test_a_set_of_a_set_does_not_answer_for_it():
    text = of_set("of: end, n: 40", "  - {label: Again, of: evaluated, n: 40}")
    assert codes(text) == ["D204"]
    assert codes(text.replace("of: evaluated, n: 40", "of: evaluated, n: 30")) == ["D204", "D204"]


def test_what_the_parts_of_a_set_leave_out_is_for_the_set_to_say():
    more = "  - {label: Other half, of: follow-up, n: 10}\n  - {label: Together, of: [evaluated, other-half], n: 30%s}"
    assert codes(of_set("of: follow-up, n: 20", more % "")) == []
    missing = more.replace("n: 30", "n: 29")
    (found,) = findings(of_set("of: follow-up, n: 20", missing % ""))
    assert found.message == "Together leaves out 1 of Evaluated and Other half, and does not say why"
    assert codes(of_set("of: follow-up, n: 20", missing % ", excluded: {No scan: 1}")) == []


def test_a_set_of_several_stages_is_as_large_as_they_are_together():
    assert (
        codes(two_arms(first=RECEIVED, after="analysis_sets:\n  - {label: All, of: [a/analysis, b/analysis], n: 48}"))
        == []
    )
    assert codes(
        two_arms(first=RECEIVED, after="analysis_sets:\n  - {label: All, of: [a/analysis, b/analysis], n: 24}")
    ) == ["D204"]
    assert codes(two_arms(first=RECEIVED, after="analysis_sets:\n  - {label: Some, of: a, n: 20}")) == ["D204"]


def test_a_later_stage_of_one_arm_is_not_what_several_arms_have_together():
    text = two_arms(first=RECEIVED, after="analysis_sets:\n  - {label: All, of: [a/follow-up, b/follow-up], n: 24}")
    assert codes(text) == ["D204"]


def test_a_set_leaves_out_people_where_it_leaves_out_no_cluster():
    text = of_set("of: enrollment, n: {homes: 4, people: 70}").replace("n: 48", "n: {homes: 4, people: 80}")
    text = "study: {units: [homes, people]}\n" + text.replace("n: 45", "n: {homes: 4}").replace(
        "n: 3", "n: {homes: 0}"
    ).replace("kind: died", "label: Moved")
    (found,) = findings(text)
    assert found.message == "Evaluated leaves out 10 of Enrolled, and does not say why"
    assert codes(text.replace("people: 70", "people: 80")) == []


# Where findings point, and studies without a file


def test_findings_point_at_the_number_or_at_the_label():
    found = findings(leave("{label: Lost, n: 3}") + "analysis_sets:\n  - {label: Seen, of: follow-up, n: 16}", "D")
    assert [(d.code, d.span.line, d.span.column) for d in found] == [("D201", 2, 56), ("D204", 5, 37)]


def test_a_study_built_in_python_is_asked_the_same():
    study = cf.loads(two_arms(third="") + "  - {kind: other, label: End, exits: [{n: 1}]}")
    built = cf.Study.model_validate(study.model_dump(by_alias=True, exclude_unset=True))
    assert built.source is None
    found = cf.check(built)
    assert {d.code for d in found} >= {"D101", "D102", "D201"}
    assert {d.span.line for d in found} == {0}
    assert [d.message for d in found if d.code == "D102"] == ["how many were analyzed is not said for A"]
