# ruff: noqa: E501 - study files are written as an author would
"""What a figure says of each construct of the study file, before anything is placed."""

import consortflow as cf
from consortflow.diagrams.chart import Footnote, Link, Side
from consortflow.diagrams.compose import compose

PARTIAL = "Not all reasons are given."
OVERLAPPING = "One person may have several reasons."


def chart(text):
    """Return the chart of a study, drawn as a draft where its counts contradict."""
    return compose(cf.solve(cf.loads(text)))


def lines(made, card):
    """Return a card's lines as people read them: indents, words, count, mark in brackets."""
    (found,) = (c for c in made.cards if c.id == card)
    return [
        "  " * line.depth
        + f"{line.text} {line.count}".strip().replace("\u00a0", " ")
        + (f" [{line.mark}]" if line.mark else "")
        for line in found.lines
    ]


def notes(made):
    return {note.mark: note.text.replace("\u00a0", " ") for note in made.footnotes}


def chain(*stages, rest=""):
    return "stages:\n" + "".join(f"  - {{{stage}}}\n" for stage in stages) + rest


TWO_ARMS = """\
stages:
  - kind: randomization
    n: 20
    arms:
      - label: Drug
        stages: [{kind: allocation, n: 10}, {kind: follow-up}]
      - label: Placebo
        stages: [{kind: treatment}, {kind: follow-up}]
"""


# cards


def test_a_plain_flow_is_a_card_for_each_stage_linked_in_order():
    made = chart(chain("kind: screening, n: 9", "kind: enrollment", "kind: infusion, product: X"))
    assert [(card.id, card.kind) for card in made.cards] == [
        ("screening", "stage"), ("enrollment", "stage"), ("infusion", "stage"),
    ]  # fmt: skip
    assert [(link.tail, link.kind) for link in made.links] == [("screening", "flow"), ("enrollment", "flow")]
    assert lines(made, "screening") == ["Screened for eligibility (n = 9)"]
    assert made.cards[0].lines[0].bold
    assert lines(made, "infusion") == ["Received X infusion (n = 9)"]
    assert made.sides == ()
    assert made.footnotes == ()
    assert made.title == "Participant flow"
    assert made.language == "en-US"


def test_a_card_is_told_in_one_line():
    made = chart(chain("kind: screening, n: 9, exits: [{label: Out, reasons: {A: 2, B: 1}}]", "kind: enrollment"))
    assert [card.title for card in made.cards] == [
        "Screened for eligibility (n = 9)", "Out (n = 3) A (n = 2) B (n = 1)", "Enrolled (n = 6)",
    ]  # fmt: skip


def test_an_arm_heads_its_first_box_unless_the_box_names_it():
    made = chart(TWO_ARMS)
    assert lines(made, "drug/allocation") == ["Allocated to Drug (n = 10)"]
    assert lines(made, "placebo/treatment") == ["Placebo", "Received treatment (n = 10)"]
    assert lines(made, "drug/follow-up") == ["Followed up (n = 10)"]
    assert lines(made, "placebo/follow-up") == ["Followed up (n = 10)"]


def test_an_allocation_with_a_label_of_its_own_is_headed_by_its_arm():
    made = chart(TWO_ARMS.replace("{kind: allocation, n: 10}", "{kind: allocation, label: Assigned, n: 10}"))
    assert lines(made, "drug/assigned") == ["Drug", "Assigned (n = 10)"]


def test_an_arm_without_stages_is_a_card_of_its_own():
    made = chart("stages: [{kind: randomization, n: 5, arms: [{label: A, n: 2}, {label: B, note: closed}]}]")
    assert lines(made, "a") == ["A (n = 2)"]
    assert lines(made, "b") == ["B (n = 3) [a]"]
    assert Link("randomization", "b") in made.links
    assert notes(made) == {"a": "closed"}


def test_what_an_arm_went_through_is_a_footnote_wherever_its_name_stands():
    text = TWO_ARMS.replace(
        "label: Drug\n", "label: Drug\n        status: added\n        note: Opened later.\n"
    ).replace("label: Placebo\n", "label: Placebo\n        status: dropped\n")
    made = chart(text)
    assert lines(made, "drug/allocation") == ["Allocated to Drug (n = 10) [a,b]"]
    assert lines(made, "placebo/treatment")[0] == "Placebo [c]"
    assert notes(made) == {"a": "Arm added.", "b": "Opened later.", "c": "Arm dropped."}


def test_marks_at_one_place_are_in_the_order_of_the_alphabet():
    made = chart(
        chain(
            "kind: screening, exits: [{label: Out, n: 3}]",
            "kind: enrollment, n: 6, exits: [{label: Left, note: Late.}]",
            "kind: treatment, n: 4",
            rest="picture: {show_derived: true}\n",
        )
    )
    assert lines(made, "screening") == ["Screened for eligibility (n = 9) [a]"]
    assert lines(made, "enrollment/left") == ["Left (n = 2) [a,b]"]
    assert notes(made) == {"a": "Derived from the other counts; the source does not state it.", "b": "Late."}


def test_arms_merge_into_the_stage_after_them():
    made = chart(TWO_ARMS + "  - {kind: analysis}\n")
    assert {(link.tail, link.head) for link in made.links} >= {
        ("drug/follow-up", "analysis"), ("placebo/follow-up", "analysis"),
    }  # fmt: skip
    assert lines(made, "analysis") == ["Analyzed (n = 20)"]


def test_nested_arms_split_again():
    made = chart(
        "stages: [{kind: randomization, n: 8, arms: [{label: A, stages: [{kind: randomization, n: 4, arms: "
        "[{label: C, stages: [{kind: treatment, n: 1}]}, {label: D, stages: [{kind: treatment}]}]}]}, {label: B}]}]"
    )
    assert lines(made, "a/randomization") == ["A", "Randomized (n = 4)"]
    assert lines(made, "a/c/treatment") == ["C", "Received treatment (n = 1)"]
    assert lines(made, "a/d/treatment") == ["D", "Received treatment (n = 3)"]
    assert Link("a/randomization", "a/d/treatment") in made.links


def test_what_a_stage_was_given_and_its_procedures_are_lines_in_its_box():
    made = chart(
        chain(
            "kind: manufacturing, n: 9, attempts: 12000", "kind: lymphodepletion, regimen: Flu/Cy",
            "kind: infusion, dose: 1 x 10^8 cells", "kind: other, label: Last",
        )
    )  # fmt: skip
    assert lines(made, "manufacturing") == ["Product manufactured (n = 9)", "  Attempts (n = 12,000)"]
    assert lines(made, "lymphodepletion") == ["Received lymphodepletion (n = 9)", "  Flu/Cy"]
    assert lines(made, "infusion") == ["Received infusion (n = 9)", "  1 x 10^8 cells"]
    assert "Attempts (n = 12,000)" in made.description


def test_procedures_that_are_known_as_a_bound_are_printed_as_one():
    made = chart(chain("kind: manufacturing, n: 9, attempts: '>=3'"))
    assert lines(made, "manufacturing")[1] == "  Attempts (n ≥ 3)"


def test_details_are_lines_inside_with_what_they_are_made_of():
    made = chart(
        chain(
            "kind: allocation, n: 9, details: [{label: Received, n: 7, note: once}, {label: Did not, reasons: {Withdrew: {Early: 1, Late: 1}}},"
            " {partition: {Full: 5, Half: 4}}]"
        )
    )
    assert lines(made, "allocation") == [
        "Allocated to intervention (n = 9)",
        "  Received (n = 7) [a]",
        "  Did not (n = 2)",
        "    Withdrew (n = 2)",
        "      Early (n = 1)",
        "      Late (n = 1)",
        "  Full (n = 5)",
        "  Half (n = 4)",
    ]
    assert notes(made) == {"a": "once"}


# exits and reasons


def test_an_exit_is_a_card_in_the_gap_below_its_stage_with_its_reasons():
    made = chart(
        chain(
            "kind: screening, n: 9, exits: [{label: Out, reasons: {A: 2, B: {C: 1, D: 1}}}, {kind: died, n: 1}]",
            "kind: enrollment",
        )
    )
    assert lines(made, "screening/out") == [
        "Out (n = 4)",
        "  A (n = 2)",
        "  B (n = 2)",
        "    C (n = 1)",
        "    D (n = 1)",
    ]
    assert lines(made, "screening/died") == ["Died (n = 1)"]
    assert made.sides == (Side("screening/out", "screening"), Side("screening/died", "screening"))
    assert [card.id for card in made.cards] == ["screening", "screening/out", "screening/died", "enrollment"]


def test_another_division_of_the_same_people_stands_under_its_own_name():
    made = chart(
        chain(
            "kind: screening, n: 9, exits: [{label: Out, n: 3, reasons: {A: 2, B: 1}, also: [{label: By site, reasons: {N: 1, S: {T: 2}}},"
            " {label: By sex, partial: true, reasons: {F: 1}}]}]", "kind: enrollment",
        )
    )  # fmt: skip
    assert lines(made, "screening/out") == [
        "Out (n = 3)",
        "  A (n = 2)", "  B (n = 1)",
        "  By site", "    N (n = 1)", "    S (n = 2)", "      T (n = 2)",
        "  By sex [a]", "    F (n = 1)",
    ]  # fmt: skip
    assert notes(made) == {"a": PARTIAL}
    assert (
        "Out (n = 3): A (n = 2); B (n = 1); By site: N (n = 1); S (n = 2) [T (n = 2)]; By sex: F (n = 1) [Not all reasons are given]."
        in made.description
    )


def test_what_is_said_of_a_list_of_reasons_is_a_footnote_marked_once():
    made = chart(
        chain(
            "kind: screening, n: 19, exits: [{label: Out, n: 9, partial: true, reasons: {A: {n: 4, overlapping: true, reasons: {X: 3, Y: 2}}}}]",
            "kind: enrollment, exits: [{label: Lost, n: 2, partial: true, overlapping: true, reasons: {B: 1}}]",
            "kind: infusion",
        )
    )
    assert lines(made, "screening/out")[0] == "Out (n = 9) [a]"
    assert lines(made, "screening/out")[1] == "  A (n = 4) [b]"
    assert lines(made, "enrollment/lost")[0] == "Lost (n = 2) [a,b]"
    assert notes(made) == {"a": PARTIAL, "b": OVERLAPPING}


def test_gaps_of_the_source_are_footnotes_in_its_own_words_or_ours():
    made = chart(
        "study: {unit: patients}\n"
        + chain(
            "kind: screening, n: 109, exits: [{label: Out, n: 39, reasons: {A: 21, B: 10}, unexplained: {n: 8}}]",
            "kind: enrollment, n: 70, unexplained: {n: 2, note: Two files were lost.}",
            "kind: infusion, n: 68, unexplained: {n: -1}",
            "kind: follow-up, n: 69",
        )
    )
    assert lines(made, "screening/out")[0] == "Out (n = 39) [a]"
    assert lines(made, "enrollment") == ["Enrolled (n = 70) [b]"]
    assert notes(made) == {
        "a": "Patients the source does not account for: 8.",
        "b": "Two files were lost.",
        "c": "Patients more than the source accounts for: 1.",
    }


def test_notes_definitions_and_other_dates_are_footnotes_in_reading_order():
    made = chart(
        "study: {data_cutoff: 2024-01-31}\n"
        + chain(
            "kind: enrollment, n: 9, note: all sites, definition: Signed consent., exits: [{label: Lost, n: 1, note: moved}]",
            "kind: infusion, n: 8, cutoff: 2024-01-31",
            "kind: follow-up, n: 8, cutoff: 2024-06-30, exits: [{kind: ongoing, n: 3}]",
        )
    )
    assert lines(made, "enrollment") == ["Enrolled (n = 9) [a,b]"]
    assert lines(made, "enrollment/lost") == ["Lost (n = 1) [c]"]
    assert lines(made, "infusion") == ["Received infusion (n = 8)"]
    assert lines(made, "follow-up") == ["Followed up (n = 8) [d]"]
    assert lines(made, "follow-up/ongoing") == ["Ongoing (n = 3) [e]"]
    assert notes(made) == {
        "a": "Signed consent.", "b": "all sites", "c": "moved", "d": "As of 2024-06-30.",
        "e": "Still in the study at the data cutoff.",
    }  # fmt: skip


def test_more_than_26_footnotes_have_marks_of_two_letters():
    reasons = ", ".join(f"R{i}: {{n: 1, note: note {i}}}" for i in range(30))
    made = chart(chain(f"kind: screening, n: 30, exits: [{{label: Out, reasons: {{{reasons}}}}}]"))
    assert [note.mark for note in made.footnotes][24:29] == ["y", "z", "aa", "ab", "ac"]
    assert len({note.mark for note in made.footnotes}) == 30


def test_pooled_reasons_are_a_footnote_at_each_exit_that_shares_them():
    made = chart(
        TWO_ARMS.replace("n: 10}", "n: 10, exits: [{label: Lost, n: 2}]}").replace(
            "{kind: treatment}", "{kind: treatment, exits: [{label: Lost, n: 1}]}"
        )
        + "pooled: [{over: [drug/allocation/lost, placebo/treatment/lost], reasons: {Moved: 2, Died: 1}, note: From the text.}]\n"
    )
    assert lines(made, "drug/allocation/lost") == ["Lost (n = 2) [a]"]
    assert lines(made, "placebo/treatment/lost") == ["Lost (n = 1) [a]"]
    assert notes(made) == {"a": "Reasons given together (n = 3): Moved (n = 2); Died (n = 1). From the text."}
    assert "Died (n\u00a0=\u00a01)" in made.footnotes[0].text
    assert "Moved (n = 2); Died (n = 1)" in made.description


# people who join


def test_sources_of_the_first_stage_stand_above_it_as_boxes_of_the_flow():
    made = chart(chain("kind: screening, enters: {Clinic: 6, Press: {n: 3, note: two papers}}", "kind: enrollment"))
    assert [(card.id, card.kind) for card in made.cards][:3] == [
        ("screening/clinic", "enter"), ("screening/press", "enter"), ("screening", "stage"),
    ]  # fmt: skip
    assert lines(made, "screening/press") == ["Press (n = 3) [a]"]
    assert notes(made) == {"a": "two papers"}
    assert made.links[:2] == (Link("screening/clinic", "screening"), Link("screening/press", "screening"))
    assert made.sides == ()
    assert {card.phase for card in made.cards} == {0}


def test_people_who_join_later_come_from_the_side():
    made = chart(chain("kind: screening, n: 9", "kind: enrollment, enters: {Replacements: 2}"))
    assert lines(made, "enrollment/replacements") == ["Replacements (n = 2)"]
    assert made.sides == (Side("enrollment/replacements", "enrollment", "above", None, inward=True),)
    assert Link("screening", "enrollment") in made.links


# sets


def test_a_set_is_a_card_below_its_stage_with_those_it_leaves_out_beside_it():
    made = chart(
        chain("kind: infusion, n: 48")
        + "analysis_sets: [{label: Efficacy, of: infusion, n: 46, note: ITT, excluded: {No scan: {Refused: 1, Lost: 1}}}]\n"
    )
    assert lines(made, "efficacy") == ["Efficacy (n = 46) [a]"]
    assert lines(made, "efficacy/excluded") == [
        "Not in the set",
        "  No scan (n = 2)",
        "    Refused (n = 1)",
        "    Lost (n = 1)",
    ]
    assert Link("infusion", "efficacy", "set") in made.links
    assert Side("efficacy/excluded", "efficacy", "above") in made.sides


def test_a_set_that_leaves_nobody_out_has_no_card_beside_it():
    made = chart(chain("kind: infusion, n: 8") + "analysis_sets: [{label: Safety, of: infusion, n: 8, excluded: {}}]\n")
    assert [card.id for card in made.cards] == ["infusion", "safety"]


def test_a_partial_list_of_those_left_out_says_so():
    made = chart(
        chain("kind: infusion, n: 8")
        + "analysis_sets: [{label: PP, of: infusion, n: 4, excluded: {Violation: 1}, partial: true}]\n"
    )
    assert lines(made, "pp/excluded")[0] == "Not in the set [a]"
    assert notes(made) == {"a": PARTIAL}


def test_sets_come_from_sets_and_from_several_stages():
    made = chart(
        TWO_ARMS
        + "analysis_sets: [{label: All, of: [drug/follow-up, placebo/follow-up], n: 20}, {label: PP, of: all, n: 18}, {label: Other, of: all, n: 3}]\n"
    )
    wanted = [("drug/follow-up", "all"), ("placebo/follow-up", "all"), ("all", "pp"), ("all", "other")]
    assert [(link.tail, link.head) for link in made.links if link.kind == "set"] == wanted


def test_outcomes_are_lines_with_their_rate_and_its_interval():
    made = chart(
        chain("kind: infusion, n: 48")
        + "analysis_sets: [{label: S, of: infusion, n: 48, outcomes: {Remission: {n: 34, note: central}, Open: <5, partition: {CR: 30, PR: 4, None: 14}}}]\n"
    )
    assert lines(made, "s") == [
        "S (n = 48)",
        "  Remission: 34/48 (70.8%; 95% CI 55.9\u201383.0) [a]",
        "  Open (n ≤ 4)",
        "  CR: 30/48 (62.5%; 95% CI 47.4\u201376.0)",
        "  PR: 4/48 (8.3%; 95% CI 2.3\u201320.0)",
        "  None: 14/48 (29.2%; 95% CI 17.0\u201344.1)",
    ]


# transfers


def test_transfers_are_arrows_with_a_label_dotted_where_they_are_not_counted():
    made = chart(
        TWO_ARMS + "transfers:\n"
        "  - {from: drug/allocation, to: placebo/treatment, n: 2, kind: as-treated, counted: false, note: By choice.}\n"
        "  - {from: placebo/treatment, to: drug/follow-up, n: 1}\n"
    )
    transfers = [link for link in made.links if link.kind == "transfer"]
    assert transfers == [
        Link(
            "drug/allocation",
            "placebo/treatment",
            "transfer",
            dotted=True,
            label="Treated as in the other arm",
            count="(n\u00a0=\u00a02)",
        ),
        Link("placebo/treatment", "drug/follow-up", "transfer", label="Crossed over", count="(n\u00a0=\u00a01)"),
    ]
    assert made.footnotes == (Footnote("", "Treated as in the other arm: By choice."),)
    assert "from Allocated to Drug to Received treatment (Placebo)." in made.description


def test_people_may_return_from_an_exit():
    made = chart(
        chain("kind: treatment, n: 9, exits: [{label: Relapsed, n: 3}]", "kind: follow-up", "kind: analysis")
        + "transfers: [{from: relapsed, to: analysis, n: 1, kind: retreatment}]\n"
    )
    assert any(
        (link.tail, link.head) == ("treatment/relapsed", "analysis") for link in made.links if link.kind == "transfer"
    )
    assert lines(made, "analysis") == ["Analyzed (n = 7)"]
    cf.draw(cf.loads(
        chain("kind: treatment, n: 9, exits: [{label: Relapsed, n: 3}]", "kind: follow-up", "kind: analysis")
        + "transfers: [{from: relapsed, to: analysis, n: 1, kind: retreatment}]\n"
    ))  # fmt: skip


# what the picture asks for

PICTURED = TWO_ARMS.replace(
    "kind: randomization\n",
    "kind: screening\n    n: 40\n    exits: [{label: Out, reasons: {A: 5, B: 15, C: 0}}, {label: Nobody, n: 0}]\n  - kind: randomization\n",
)


def test_percentages_are_of_what_the_picture_says():
    by = {
        percent: [lines(made, card) for card in ("screening/out", "randomization", "drug/follow-up")]
        for percent in ("none", "previous", "randomised", "parent")
        for made in [chart(PICTURED + f"picture: {{percent: {percent}}}\n")]
    }
    assert by["none"][0][:2] == ["Out (n = 20)", "  A (n = 5)"]
    assert by["previous"][0][:2] == ["Out (n = 20; 50.0%)", "  A (n = 5)"]
    assert by["previous"][1:] == [["Randomized (n = 20; 50.0%)"], ["Followed up (n = 10; 100.0%)"]]
    assert by["randomised"][1:] == [["Randomized (n = 20)"], ["Followed up (n = 10; 50.0%)"]]
    assert by["parent"][0][:3] == ["Out (n = 20; 50.0%)", "  A (n = 5; 25.0%)", "  B (n = 15; 75.0%)"]


def test_a_percentage_the_study_prints_is_printed_as_it_is():
    made = chart(
        chain("kind: screening, n: 93, exits: [{label: Out, n: {n: 37, percent: 40}}]", "kind: enrollment")
        + "picture: {percent: parent}\n"
    )
    assert lines(made, "screening/out") == ["Out (n = 37; 40%)"]


def test_derived_counts_can_be_marked():
    made = chart(
        chain("kind: screening, n: 9, exits: [{label: Out, n: 3}]", "kind: enrollment")
        + "picture: {show_derived: true}\n"
    )
    assert lines(made, "screening") == ["Screened for eligibility (n = 9)"]
    assert lines(made, "enrollment") == ["Enrolled (n = 6) [a]"]
    assert notes(made) == {"a": "Derived from the other counts; the source does not state it."}


def test_counts_of_zero_can_be_left_out_but_for_stages():
    kept, left = (chart(PICTURED + f"picture: {{zero_counts: {switch}}}\n") for switch in ("true", "false"))
    assert "  C (n = 0)" in lines(kept, "screening/out")
    assert lines(kept, "screening/nobody") == ["Nobody (n = 0)"]
    assert lines(left, "screening/out") == ["Out (n = 20)", "  A (n = 5)", "  B (n = 15)"]
    assert "screening/nobody" not in [card.id for card in left.cards]
    assert [side.card for side in left.sides] == ["screening/out"]
    assert "Nobody (n = 0)" in left.description, "who hears the figure is told everything"
    empty = chart(
        chain("kind: screening, n: 3, exits: [{label: Out, n: 3}]", "kind: enrollment")
        + "picture: {zero_counts: false}\n"
    )
    assert lines(empty, "enrollment") == ["Enrolled (n = 0)"]


def test_an_exit_stands_on_the_side_that_is_asked_for():
    made = chart(PICTURED + "picture: {sides: {out: left, screening/nobody: right}}\n")
    assert [(side.card, side.side) for side in made.sides] == [("screening/out", "left"), ("screening/nobody", "right")]


def test_arms_stand_in_the_order_that_is_asked_for():
    stated = chart(TWO_ARMS)
    asked = chart(TWO_ARMS + "picture: {order: [placebo]}\n")
    assert [link.head for link in stated.links if link.tail == "randomization"] == [
        "drug/allocation",
        "placebo/treatment",
    ]
    assert [link.head for link in asked.links if link.tail == "randomization"] == [
        "placebo/treatment",
        "drug/allocation",
    ]


def test_bars_can_be_left_out():
    made = chart(TWO_ARMS + "picture: {bars: false}\n")
    assert made.phases == ()
    assert {card.phase for card in made.cards} == {None}


# numbers


def test_each_unit_is_counted_in_one_line():
    made = chart(
        "study: {units: [sites, people]}\n"
        + chain("kind: screening, n: {sites: 4, people: 12000}", "kind: enrollment, n: {sites: 4}")
    )
    assert lines(made, "screening") == ["Screened for eligibility (sites: 4; people: 12,000)"]


def test_a_unit_that_changes_is_named():
    made = chart(
        "study: {unit: patients}\n" + chain("kind: treatment, n: 29", "kind: other, label: Blocks, unit: blocks, n: 58")
    )
    assert lines(made, "treatment") == ["Received treatment (n = 29)"]
    assert lines(made, "blocks") == ["Blocks (blocks: 58)"]


def test_what_is_not_known_is_shown_as_a_bound_a_range_or_a_question_mark():
    made = chart(
        chain(
            "kind: screening, exits: [{label: Out, n: 3-7}]",
            "kind: enrollment, n: 20, exits: [{label: Lost, n: <5}]",
            "kind: other, label: More, n: '>=2', from: screening",
        )
    )
    assert lines(made, "screening/out") == ["Out (n = 3\u20137)"]
    assert lines(made, "enrollment/lost") == ["Lost (n ≤ 4)"]
    assert lines(made, "more") == ["More (n ≥ 2)"]
    assert lines(chart(chain("kind: screening")), "screening") == ["Screened for eligibility (n = ?)"]


def test_large_numbers_are_grouped():
    made = chart(chain("kind: screening, n: 1234567", "kind: enrollment"))
    assert lines(made, "screening") == ["Screened for eligibility (n = 1,234,567)"]


def test_labels_are_of_the_study_s_language():
    made = chart("study: {language: en-GB}\n" + TWO_ARMS + "  - {kind: analysis}\n")
    assert lines(made, "randomization") == ["Randomised (n = 20)"]
    assert lines(made, "analysis") == ["Analysed (n = 20)"]
    assert made.language == "en-GB"


# contradictions


def flagged(made):
    return {card.id for card in made.cards if card.flagged}


def test_a_contradiction_marks_its_cards_and_writes_its_arithmetic_under_the_figure():
    made = chart(
        chain(
            "kind: screening, n: 92, exits: [{label: Out, n: 25}]",
            "kind: enrollment, n: 68, exits: [{label: Lost, n: 1}]",
            "kind: infusion",
        )
    )
    assert flagged(made) >= {"screening", "screening/out", "enrollment"}
    assert "infusion" not in flagged(made)
    (note,) = made.footnotes
    assert note.mark == ""
    assert "92 - 25 = 67, but Enrolled says 68" in note.text


def test_a_contradiction_among_reasons_marks_the_card_that_prints_them():
    made = chart(
        chain(
            "kind: screening, n: 9, exits: [{label: Out, n: 3, reasons: {A: 1, B: 1}}]",
            "kind: enrollment",
            "kind: infusion",
        )
    )
    assert flagged(made) == {"screening/out"}


def test_a_contradiction_among_those_left_out_of_a_set_marks_their_card():
    made = chart(
        chain("kind: infusion, n: 9", "kind: follow-up")
        + "analysis_sets: [{label: S, of: infusion, n: 7, excluded: {A: {n: 2, reasons: {X: 1, Y: 2}}}}]\n"
    )
    assert "s/excluded" in flagged(made)
    assert "follow-up" not in flagged(made)


def test_several_contradictions_are_all_written_out():
    made = chart(
        chain(
            "kind: screening, n: 9, exits: [{label: Out, n: 3, reasons: {A: 1}}]",
            "kind: enrollment, details: [{label: D, n: 3, reasons: {E: 2}}]",
        )
    )
    assert len([note for note in made.footnotes if not note.mark]) == 2
    assert flagged(made) == {"screening/out", "enrollment"}


def test_nothing_is_marked_where_everything_holds():
    assert flagged(chart(PICTURED)) == set()


def test_pooled_reasons_say_that_they_overlap_or_are_not_all():
    exits = "exits: [{label: Lost, n: 2}]"
    made = chart(
        chain(f"kind: screening, n: 9, {exits}", f"kind: enrollment, {exits}")
        + "pooled: [{over: [screening/lost, enrollment/lost], reasons: {Moved: 2, Died: 1}, overlapping: true, partial: true}]\n"
    )
    (note,) = notes(made).values()
    assert note.startswith("Reasons given together (n = 4): ")
    assert note.endswith("Not all reasons are given. One person may have several reasons.")


def test_a_set_prints_lines_that_are_no_outcomes_without_a_rate():
    made = chart(
        "stages: [{kind: infusion, n: 9}]\n"
        "analysis_sets: [{label: Evaluated, of: infusion, n: 9, details: [partition: {Drug: 5, Placebo: 4}],"
        " outcomes: {Remission: 3}}]\n"
    )
    assert lines(made, "evaluated") == [
        "Evaluated (n = 9)", "  Drug (n = 5)", "  Placebo (n = 4)",
        "  Remission: 3/9 (33.3%; 95% CI 7.5\u201370.1)",
    ]  # fmt: skip
    assert "Evaluated (n = 9); of them: Drug (n = 5); Placebo (n = 4); outcomes: Remission: 3/9" in made.description


FROM_NOWHERE = """\
stages:
  - kind: enrollment
    n: 20
    arms:
      - label: A
        stages:
          - {kind: treatment, label: Step 1, n: 10, exits: [{label: Left, n: 1}]}
          - {kind: treatment, label: Step 2, n: 14, from: []}
      - {label: B}
  - {kind: follow-up, n: 30, from: []}
"""


def test_a_stage_that_comes_from_nowhere_stands_below_the_one_before_it_and_no_line_leads_to_it():
    orders = [(link.tail, link.head) for link in chart(FROM_NOWHERE).links if link.kind == "order"]
    assert orders == [("a/step-1", "a/step-2"), ("a/step-2", "follow-up"), ("b", "follow-up")]
    scene = cf.draw(cf.loads(FROM_NOWHERE)).scene
    assert {(line.tail, line.head) for line in scene.connectors} == {
        ("enrollment", "a/step-1"),
        ("enrollment", "b"),
        ("a/step-1", "a/step-1/left"),
    }
    boxes = {box.id: box for box in scene.boxes}
    one, two = boxes["a/step-1"], boxes["a/step-2"]
    assert two.y > one.y + one.h
    assert abs((one.x + one.w / 2) - (two.x + two.w / 2)) < 1
    assert boxes["follow-up"].y > two.y + two.h


def test_people_who_go_on_elsewhere_leave_a_stage_from_nowhere_at_its_side():
    text = FROM_NOWHERE.replace(
        "Step 2, n: 14, from: []}", "Step 2, n: 14, from: []}\n          - {kind: follow-up, n: 9, from: a/step-1}"
    )
    links = chart(text).links
    assert [(link.tail, link.head) for link in links if link.kind == "order" and link.head == "a/step-2"] == []
