# ruff: noqa: E501 - study files are written as an author would
"""What a reader of a cell therapy's flow needs for the rates of all who were enrolled and of those infused (D4xx)."""

import pytest

from consortflow.checking import check_text

ENROLLED = "{kind: enrollment, n: 67, definition: The apheresis product was received.}"
APHERESIS = "{kind: apheresis, n: 67}"
PREPARED = "{kind: lymphodepletion, n: 67}"
INFUSED = "{kind: infusion, n: 67}"


def findings(text):
    found = check_text(text, "a.yaml")[1]
    assert found.ok, str(found)
    return [finding for finding in found if finding.code.startswith("D4")]


def flow(*stages, about="", more=""):
    lines = "".join(f"\n  - {stage}" for stage in stages)
    return f"study: {{unit: patients{about}}}\nstages:{lines}{more}"


def codes(*stages, **words):
    return [finding.code for finding in findings(flow(*stages, **words))]


def test_nothing_is_asked_of_other_treatments():
    assert codes("{kind: enrollment}", "{kind: infusion}", "{kind: bridging}") == []
    assert codes("{kind: screening, n: 9}", "{kind: treatment}") == []


def test_a_complete_flow_answers_everything():
    assert codes(ENROLLED, PREPARED, INFUSED) == []
    assert codes(APHERESIS, "{kind: manufacturing, n: 67}", PREPARED, INFUSED) == []


# D401


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ("{kind: screening, n: 70, exits: [{label: Ineligible}]}", ["D401"]),
        ("{kind: other, label: Referred, n: 70, exits: [{label: Ineligible}]}", ["D401"]),
        ("{kind: apheresis, exits: [{label: Too ill}]}", ["D401"]),
        ("{kind: apheresis, n: '>=67', exits: [{label: Too ill}]}", ["D401"]),
        ("{kind: apheresis, n: 70, exits: [{label: Too ill}]}", []),
        ("{kind: apheresis, exits: [{label: Too ill, n: 3}]}", []),
        ("{kind: randomization, label: Randomized after collection, n: 67}", []),
        ("{kind: enrollment, label: Consented to apheresis, n: 67}", []),
    ],
)
def test_who_was_meant_to_be_treated_is_known_or_not(start, wanted):
    found = findings(flow(start, PREPARED, INFUSED))
    assert [finding.code for finding in found] == wanted
    assert [finding.span.line for finding in found] == [3] * len(wanted)


def test_the_first_start_without_a_number_is_pointed_at():
    (found,) = findings(
        flow("{kind: screening, n: 70, exits: [{kind: died}]}", "{kind: apheresis, exits: [{kind: died}]}", INFUSED)
    )
    assert (found.code, found.span.line) == ("D401", 4)


def test_one_number_of_several_starts_is_enough():
    assert codes("{kind: enrollment, exits: [{label: Too ill}]}", APHERESIS, INFUSED) == []


# D402


def test_a_flow_that_goes_on_without_infusion_does_not_say_who_was_infused():
    (found,) = findings(flow(APHERESIS, "{kind: analysis, n: 67}"))
    assert (found.code, found.message) == ("D402", "how many were infused is not known")
    assert found.span.line == 4


@pytest.mark.parametrize(
    ("stages", "wanted"),
    [
        ([APHERESIS], []),
        ([APHERESIS, "{kind: manufacturing}"], []),
        ([APHERESIS, "{kind: manufacturing, arms: [{label: In specification, n: 60}, {label: Out of it}]}"], []),
        ([APHERESIS, "{kind: manufacturing, arms: [{label: In it, n: 60}, {label: Out}]}", "{kind: follow-up}"], ["D402"]),
        ([APHERESIS, "{kind: infusion}"], []),
        ([f"{APHERESIS[:-1]}, exits: [{{kind: died}}]}}", "{kind: infusion}"], ["D402"]),
        ([f"{APHERESIS[:-1]}, exits: [{{kind: died}}]}}", "{kind: infusion}", "{kind: infusion, id: second, label: Second, n: 9}"], []),
        ([f"{APHERESIS[:-1]}, exits: [{{kind: died}}]}}", "{kind: treatment, label: Cells given, n: 60}"], []),
        ([f"{APHERESIS[:-1]}, exits: [{{kind: died}}]}}", "{kind: treatment, label: Cells given}"], ["D402"]),
        (["{kind: treatment, n: 67}", APHERESIS, "{kind: follow-up}"], ["D402"]),
    ],
    ids=[
        "not yet made", "not yet given", "made, by quality", "pooled after it was made", "derived", "open", "one of two", "a treatment",
        "a treatment without number", "a treatment before",
    ],
)  # fmt: skip
def test_who_was_infused_is_known_or_not_or_not_yet(stages, wanted):
    assert codes(*stages) == wanted


def test_the_first_infusion_without_a_number_is_pointed_at():
    stages = (APHERESIS.replace("n: 67", "n: 67, exits: [{kind: died}]"), "{kind: infusion}", "{kind: follow-up}")
    (found,) = findings(flow(*stages))
    assert (found.code, found.span.line) == ("D402", 4)


def test_an_arm_that_waits_for_its_product_excuses_no_other():
    text = """
stages:
  - kind: randomization
    n: 90
    arms:
      - {label: A, stages: [{kind: apheresis, n: 30}]}
      - {label: B, stages: [{kind: apheresis, n: 60, exits: [{kind: died}]}, {kind: infusion%s}]}
"""
    assert [finding.code for finding in findings(text % "")] == ["D402"]
    assert findings(text % ", n: 50") == []


def test_before_anybody_is_infused_nothing_else_is_asked():
    assert codes("{kind: enrollment, n: 9, exits: [{n: 2}]}", "{kind: lymphodepletion}") == []


TRIAL = """
stages:
  - kind: randomization
    n: 100
    arms:
      - label: Cells
        stages:
          - {kind: allocation, n: 50}
          - {kind: apheresis, exits: [{label: Not infused, reasons: {Died: 2, Manufacturing failure: 1}}]}
          - {kind: infusion, n: 47}
          - {kind: analysis}
      - label: Standard care
        stages:
          - {kind: allocation, n: 50, exits: [{label: Not treated, n: 4, note: They refused.}]}
          - {kind: treatment, exits: [{label: Lost, reasons: {Moved: 1}, n: 3, partial: true}]}
          - {kind: analysis}
"""


def test_arms_without_infusion_are_asked_nothing():
    assert findings(TRIAL) == []
    assert findings(TRIAL.replace(", note: They refused.", "")) == [], "whoever leaves standard care lacked no product"
    (found,) = findings(TRIAL.replace("reasons: {Died: 2, Manufacturing failure: 1}", "n: 3"))
    assert (found.code, found.span.line) == ("D404", 10)
    assert [related.span.line for related in found.related] == [9]


# D403


@pytest.mark.parametrize(
    "start",
    [
        "{kind: enrollment, n: 67}",
        "{kind: enrollment, n: 67, definition: Signed consent.}",
        "{kind: enrollment, n: 67, note: At nine centers.}",
        "{kind: randomization, n: 67}",
    ],
)
def test_it_is_not_said_whose_cells_were_collected(start):
    (found,) = findings(flow(start, PREPARED, INFUSED))
    assert found.code == "D403"
    assert found.message in {
        f"{label} does not say whether their cells were collected" for label in ("Enrolled", "Randomized")
    }
    assert found.span.line == 3


def test_what_is_collected_later_is_not_meant():
    assert codes("{kind: enrollment, n: 67}", PREPARED, INFUSED, "{kind: follow-up, label: Blood collected}") == [
        "D403"
    ]


@pytest.mark.parametrize(
    ("stages", "about"),
    [
        (["{kind: enrollment, n: 67, definition: Leukapheresis was done.}"], ""),
        (["{kind: enrollment, n: 67, note: Cells had been harvested.}"], ""),
        (["{kind: enrollment, label: Apheresed, n: 67}"], ""),
        (["{kind: enrollment, n: 70, exits: [{label: Left, reasons: {Apheresis failed: 3}}]}"], ""),
        (["{kind: enrollment, n: 70, exits: [{label: No apheresis, n: 3}]}"], ""),
        (["{kind: enrollment, n: 67}", "{kind: other, label: Tumor resected}"], ""),
        (["{kind: enrollment, n: 67}", "{kind: manufacturing, note: From biopsies.}"], ""),
        (["{kind: enrollment, n: 67}"], ", title: Off-the-shelf CAR T cells"),
        (["{kind: enrollment, n: 67, definition: A haploidentical donor was found.}"], ""),
    ],
)
def test_it_is_said_whose_cells_were_collected_or_that_they_are_a_donor_s(stages, about):
    assert codes(*stages, PREPARED, INFUSED, about=about) == []


def test_a_product_may_name_the_donor():
    infused = "{kind: infusion, n: 60, product: allogeneic CD19 cells}"
    left = "{kind: lymphodepletion, n: 67, exits: [{label: Not infused, n: 7}]}"
    assert codes("{kind: enrollment, n: 67}", left, infused) == []
    assert codes("{kind: enrollment, n: 67}", left, infused.replace("allogeneic ", "")) == ["D403", "D404"]


# D404


@pytest.mark.parametrize(
    "exit_",
    [
        "{label: Not infused, n: 7}",
        "{n: 7}",
        "{label: Not infused}",
        "{label: Left, n: 7, partial: true, reasons: {Died: 2}}",
    ],
)
def test_it_is_not_said_who_had_no_product(exit_):
    (found,) = findings(
        flow(f"{{kind: apheresis, n: 67, exits: [{exit_}]}}", "{kind: infusion, product: axi-cel, n: 60}")
    )
    assert (found.code, found.message) == ("D404", "who had no product before Received axi-cel infusion is not said")
    assert found.span.line == 4
    assert [related.span.line for related in found.related] == [3]


@pytest.mark.parametrize(
    "exit_",
    [
        "{label: Not infused, reasons: {Died: 7}}", "{label: Manufacturing failure, n: 7}", "{kind: died, n: 7}",
        "{label: Not infused, n: 7, note: All had a product.}", "{kind: ongoing, n: 7}", "{label: Not infused, n: 7, reasons: {No product: 2}, partial: true}",
        "{label: Not infused, n: 7, reasons: {Died: 2}, partial: true, note: All had a product.}",
    ],
)  # fmt: skip
def test_it_is_said_who_had_no_product(exit_):
    assert codes(f"{{kind: apheresis, n: 67, exits: [{exit_}]}}", "{kind: infusion, n: 60}") == []


@pytest.mark.parametrize(
    ("stages", "wanted"),
    [
        (["{kind: screening, n: 70, exits: [{n: 3}]}", APHERESIS, INFUSED], []),
        ([APHERESIS, "{kind: infusion, n: 67, exits: [{n: 3}]}", "{kind: analysis}"], []),
        (["{kind: apheresis, n: 70, exits: [{n: 3}]}", "{kind: manufacturing}", INFUSED], []),
        (["{kind: apheresis, n: 70, exits: [{n: 1}]}", "{kind: lymphodepletion, exits: [{n: 2}]}", INFUSED], ["D404"]),
        (["{kind: apheresis, n: 67, exits: [{n: 0}]}", INFUSED], []),
        (["{kind: apheresis, n: 67, exits: [{n: 0, partial: true, reasons: {Died: 0}}]}", INFUSED], []),
        ([APHERESIS, INFUSED, "{kind: lymphodepletion, id: again, label: Again, exits: [{n: 3}]}", "{kind: infusion, id: second, label: Second}"], []),
    ],
    ids=["before the start", "after the infusion", "a stage for it", "once for two exits", "nobody left", "nobody, partly", "before a second infusion"],
)  # fmt: skip
def test_losses_count_between_the_start_and_the_first_infusion(stages, wanted):
    found = findings(flow(*stages))
    assert [finding.code for finding in found] == wanted


@pytest.mark.parametrize(
    "stages",
    [
        ["{kind: apheresis, details: {Young: 30}, exits: [{kind: died, n: 3}]}", "{kind: infusion, n: 20}"],
        [APHERESIS, "{kind: infusion, enters: {Others: unknown}, details: {Young: 30}, exits: [{kind: died, n: 3}]}", "{kind: follow-up, n: 20}"],
    ],
    ids=["who was collected", "who was infused"],
)  # fmt: skip
def test_what_a_contradiction_leaves_unknown_is_not_asked_for(stages):
    assert [finding.code for finding in check_text(flow(*stages), "a.yaml")[1]] == ["B301"]
