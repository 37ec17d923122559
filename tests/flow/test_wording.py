# ruff: noqa: E501 - labels stand beside each other
import pytest

from consortflow.rules import wording
from consortflow.schemas.labels import labels, languages


def silent(label, kind="excluded", language="en-US"):
    return wording.says_no_reason(label, kind, language)


@pytest.mark.parametrize(
    "label",
    [
        "Excluded", "Exclusions", "excluded from analysis", "Excluded after randomization", "Excluded from full analysis set",
        "Lost to follow-up", "LOST TO FOLLOW UP", "Lost to follow-up for primary outcome", "Losses",
        "Lost to follow-up at week 12", "Discontinued", "Discontinued intervention", "Discontinued treatment before month 6",
        "Discontinuation", "Dropouts", "Drop-outs", "Dropped out", "Dropped out during period 2", "Withdrawn",
        "Withdrawn from study", "Not randomized", "Not randomised", "Not infused", "Were not treated", "Not analysed",
        "Not seen at 12 months", "Did not receive allocated intervention", "Didn't start treatment", "Did not complete study",
        "Failed to complete treatment", "Left the study", "Left study", "Left the trial early",
    ],
)  # fmt: skip
def test_labels_that_say_only_that_people_left_and_when(label):
    assert silent(label)


@pytest.mark.parametrize(
    "label",
    [
        "Excluded: declined", "Excluded by sponsor", "Lost by 12 months", "Exclusion criteria met", "Lost (moved away)", "Loss of eligibility",
        "Loss of efficacy", "Lost capacity to consent", "Discontinued due to adverse events", "Discontinued for toxicity",
        "Withdrawn consent", "Withdrawn by patients", "Withdrew consent", "Not eligible", "Not infused (manufacturing failure)",
        "Not treated because of progression", "Did not receive drug: pregnancy", "Left", "Left the country", "Died", "Declined",
        "Screen failure", "Adverse event", "Other reasons", "Protocol deviation", "Arm closed", "Completed", "Excluded per protocol",
    ],
)  # fmt: skip
def test_labels_that_give_a_reason_or_that_nobody_can_know_to_give_none(label):
    assert not silent(label)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    ("kind", "says_nothing"),
    [
        ("excluded", True), ("discontinued", True), ("lost-to-follow-up", True), ("other", True),
        ("withdrew", False), ("died", False), ("ongoing", False),
    ],
)  # fmt: skip
def test_the_default_label_of_an_exit_says_as_little_when_it_is_written_out(language, kind, says_nothing):
    assert silent(None, kind, language) is says_nothing
    assert silent(labels(language)["exit"][kind].upper(), kind, language) is says_nothing


@pytest.mark.parametrize(
    "label",
    [
        "Protocol deviation", "Protocol deviations", "PROTOCOL VIOLATION", "Major protocol deviation", "Study protocol breach",
        "Other significant protocol violations", "Protocol violators", "Protocol non-compliance", "Protocol nonadherence",
        "Deviation from protocol", "Violations of the study protocol", "Non-adherence to protocol", "Protokollverletzung",
        "Protokollabweichungen", "Violation du protocole", "Écarts au protocole", "Desviación del protocolo",
        "Incumplimiento del protocolo", "违反方案", "方案偏离", "プロトコル逸脱", "実施計画書からの逸脱",
    ],
)  # fmt: skip
def test_labels_that_say_only_that_the_protocol_was_not_followed(label):
    assert wording.only_deviates(label)


@pytest.mark.parametrize(
    "label",
    [
        "Protocol deviation: ineligible", "Ineligible (protocol violation)", "Protocol amendment", "Treated per protocol",
        "Deviation of the septum", "Protocol-defined progression", "Non-compliance", "Took prohibited drug",
    ],
)  # fmt: skip
def test_labels_that_say_how_or_something_else(label):
    assert not wording.only_deviates(label)


@pytest.mark.parametrize(
    "label",
    [
        "Per protocol", "Per-protocol set", "Analyzed (per‑protocol)", "PP", "PP population", "mPP", "PPS", "Set PPS",  # noqa: RUF001
        "As-treated analysis", "On treatment", "Completers", "Adherent participants", "Compliant patients",
        "Clinically evaluable", "Per-Protokoll-Population", "Per protocole", "Población por protocolo", "符合方案集",
        "治験実施計画書に適合した対象集団", "治験実施計画書適合集団", "プロトコル遵守集団",
    ],
)  # fmt: skip
def test_labels_of_per_protocol_analyses(label):
    assert wording.is_per_protocol(label)


@pytest.mark.parametrize(
    "label",
    [
        "Intention to treat", "Full analysis set", "Safety", "Analyzed", "Protocol", "Completed", "Apps used", "Upper limb",
        "Primary outcome", "PPI users", "Supplied",
    ],
)  # fmt: skip
def test_labels_of_other_analyses(label):
    assert not wording.is_per_protocol(label)


@pytest.mark.parametrize(
    "label",
    [
        "Second infusion", "2nd apheresis", "Re-apheresis", "Reapheresis", "Repeat leukapheresis", "Releukapheresis",
        "Retreatment", "Re-infused", "Another lymphodepletion", "Lymphodepletion again", "Remanufacturing",
    ],
)  # fmt: skip
def test_labels_of_steps_that_are_not_the_first(label):
    assert wording.says_again(label)


@pytest.mark.parametrize(
    "label",
    [
        "Received lymphodepletion", "Underwent apheresis", "Registered for apheresis", "Ready for infusion", "Residents",
        "Removed", "Against advice",
    ],
)  # fmt: skip
def test_labels_of_first_steps(label):
    assert not wording.says_again(label)


@pytest.mark.parametrize(
    ("says", "texts"),
    [
        (wording.says_collected, ["Underwent leukapheresis", "Aphérèse réalisée", "AFÉRESIS", "Tumor resected", "单采完成",
                                  "アフェレーシスを実施", "Cells harvested", "Apherese"]),
        (wording.says_donor, ["Allogeneic CAR T", "Off-the-shelf NK", "off the shelf", "Healthy donor", "Donneur sain",
                              "Universal CAR", "Haploidentical", "同種", "异体", "iPSC-derived"]),
        (wording.says_not_made, ["Manufacturing failure", "Out of specification", "No product", "制备失败", "製造失敗",
                                 "Fabricación fallida", "Herstellung misslungen"]),
    ],
)  # fmt: skip
def test_what_texts_say_of_cells_in_several_languages(says, texts):
    for text in texts:
        assert says([None, "", text]), text
    assert not says([None, "", "Signed consent", "Randomized", "Allocated to usual care", "Died"])
    assert not says([])
