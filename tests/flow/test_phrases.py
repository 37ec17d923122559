# ruff: noqa: E501 - labels stand several to a line
"""English labels inside a sentence, and what numbers and names become there."""

import doctest

import pytest

from consortflow.diagrams import dusk
from consortflow.diagrams.writers import mermaid
from consortflow.prose import naming, phrases
from consortflow.prose.naming import added, opening, sentence
from consortflow.prose.phrases import Speaker, singular
from consortflow.report import escaping


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Withdrew voluntarily", "3 withdrew voluntarily"),
        ("Excluded", "3 were excluded"),
        ("Not enrolled", "3 were not enrolled"),
        ("Not yet recruited", ""),
        ("Not meeting inclusion criteria", "3 did not meet inclusion criteria"),
        ("Never treated", "3 were never treated"),
        ("Never started", "3 never started"),
        ("Did not come", "3 did not come"),
        ("Lost to follow-up", "3 were lost to follow-up"),
        ("Lost interest", "3 lost interest"),
        ("Left the study", "3 left the study"),
        ("Left ventricular failure", ""),
        ("Sent", ""),
        ("Sent readings", "3 sent readings"),
        ("Unable to exercise", "3 were unable to exercise"),
        ("Too ill", "3 were too ill"),
        ("Too few patients", ""),
        ("Already taking vitamin D", "3 were already taking vitamin D"),
        ("Potentially eligible", "3 were potentially eligible"),
        ("Received it but not treated", "3 received it but were not treated"),
        ("Consented and randomized", "3 consented and were randomized"),
        ("Completed, but with no data", ""),
        ("Treated population", ""),
        ("Included in the analysis", "3 were included in the analysis"),
        ("Screened patients", "3 were screened"),
        ("Patients screened in clinics", "3 were screened in clinics"),
        ("Patients who were screened", "3 were screened"),
        ("Patients who died", "3 died"),
        ("Adverse event", ""),
        ("患者", ""),
        ("", ""),
    ],
)
def test_a_label_says_something_of_people_or_is_a_thing(label, said):
    phrase = Speaker([label]).phrase(label)
    assert (f"3 {phrase.predicate(one=False)}" if phrase.verbal else "") == said


def test_one_is_singular():
    speaker = Speaker([])
    assert speaker.phrase("Excluded").predicate(one=True) == "was excluded"
    assert speaker.phrase("Received it but not treated").predicate(one=True) == "received it but was not treated"
    assert speaker.phrase("Withdrew").predicate(one=True) == "withdrew"


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Screened for eligibility", "screened for eligibility"), ("Received treatment", "who received treatment"),
        ("Eligible", "who were eligible"), ("Seen at 6 months", "seen at 6 months"),
    ],
)  # fmt: skip
def test_people_of_whom_more_is_said_are_named_by_their_label(label, said):
    assert Speaker([]).phrase(label).relative(one=False) == said


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Hepatitis B", "hepatitis B"), ("CNS disease", "CNS disease"), ("PGA and stent", "PGA and stent"),
        ("Epstein-Barr virus", "Epstein-Barr virus"), ("African sites", "African sites"),
        ("Crohn's disease", "Crohn's disease"), ("5 mg", "5 mg"), ("Drug A", "drug A"), ("B", "B"), ("CD4 count", "CD4 count"),
        ("Ide-cel", "ide-cel"), ("March", "March"), ("Älter", "älter"), ("\u201cQuoted\u201d", "\u201cQuoted\u201d"), ("", ""),
    ],
)  # fmt: skip
def test_a_label_keeps_its_capital_inside_a_sentence_only_where_it_is_a_name(label, said):
    assert Speaker(["Infected with Epstein-Barr virus"]).lower(label) == said


def test_a_word_that_a_study_writes_small_is_no_name():
    assert Speaker(["Allocated to Usual care", "usual care or drug"]).lower("Usual care") == "usual care"
    assert Speaker(["Treated with Avastin"]).lower("Avastin again") == "Avastin again"


@pytest.mark.parametrize(
    ("unit", "one"),
    [
        ("patients", "patient"), ("people", "person"), ("nursing homes", "nursing home"), ("TAP blocks", "TAP block"),
        ("biopsies", "biopsy"), ("women", "woman"), ("boxes", "box"), ("series", "series"), ("virus", "virus"), ("eyes", "eye"),
    ],
)  # fmt: skip
def test_one_of_a_unit(unit, one):
    assert singular(unit) == one


def test_what_is_added_in_parentheses_joins_those_there_are():
    assert added("5 homes", "all") == "5 homes (all)"
    assert added("5 homes (9 people)", "all") == "5 homes (9 people; all)"
    assert added("care (usual) here", "n = 3") == "care (usual) here (n = 3)"
    assert added("care", "") == "care"


def test_a_sentence_never_opens_with_a_number_of_several():
    assert sentence(f"{opening('30 people')} came") == "A total of 30 people came."
    assert sentence(f"{opening('1 person')} came") == "1 person came."
    assert sentence("8 weeks of training: 30 people") == "8 weeks of training: 30 people."


@pytest.mark.parametrize("module", [naming, phrases, escaping, mermaid, dusk], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_hold(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
