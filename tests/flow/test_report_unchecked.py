# ruff: noqa: E501 - study files are written as an author would
"""The list of numbers that nothing else in their file would contradict, in data and in words."""

import consortflow as cf
from consortflow.report.unchecked import MAX_RUNS, Unchecked, in_words, unchecked_counts
from consortflow.schemas.diagnostics import Span

TEXT = """\
study: {units: [homes, people]}
stages:
  - kind: screening
    n: {homes: 9, people: 90}
    exits: [{label: Out, n: {homes: 1, people: unknown}}]
  - kind: enrollment
    n: {homes: 8, people: '<=80'}
    details: {Seen: {homes: 3, people: 4-4}}
"""


def listed(text, name="a.yaml"):
    return list(unchecked_counts(cf.solve(cf.loads(text, name))))


def test_what_nothing_contradicts_is_listed_in_file_order_with_unit_number_and_place():
    found = listed(TEXT)
    assert [(count.id, count.unit, count.n, count.span.line) for count in found] == [
        ("screening", "people", 90, 4),
        ("enrollment/seen", "homes", 3, 8),
        ("enrollment/seen", "people", 4, 8),
    ]
    assert {count.stated for count in found} == {6}
    assert {count.label for count in found} == {"Screened for eligibility", "Seen"}


def test_what_the_others_confirm_is_not_listed():
    text = "stages:\n  - {kind: screening, n: 9, exits: [{label: Out, n: 2, reasons: {Old: 2}}]}\n  - {kind: enrollment, n: 7}\n"
    assert listed(text) == []
    assert in_words([]) == ""


def test_a_label_that_several_arms_have_is_named_with_its_arm():
    text = """
stages:
  - kind: randomization
    n: 20
    arms:
      - {label: A, stages: [{kind: treatment, n: 10}, {kind: follow-up, details: {Seen: 3}}]}
      - {label: B, stages: [{kind: treatment, exits: [{label: Lost, n: 4}]}, {kind: follow-up, n: 6, details: {Seen: 2}}]}
"""
    assert [(count.id, count.label) for count in listed(text)] == [
        ("a/follow-up/seen", "Seen"),
        ("b/follow-up/seen", "Seen"),
    ]
    lost = text.replace("n: 20", "n: unknown").replace("n: 10", "n: unknown")
    assert ("b/treatment/lost", "Lost (B)") in [(count.id, count.label) for count in listed(lost)]


def test_a_study_without_a_file_lists_its_numbers_without_lines():
    study = cf.Study.model_validate({"stages": [{"kind": "screening", "n": 9}]})
    (count,) = unchecked_counts(cf.solve(study))
    assert (count.n, count.span.line, count.stated) == (9, 0, 1)
    assert "line" not in in_words([count])


def at(*lines, file="a.yaml", stated=40):
    return [Unchecked("x", "X", "people", 1, Span(file, line, 3, line, 4), stated) for line in lines]


def test_words_name_how_many_and_the_lines_with_runs_joined():
    assert in_words(at(8)) == (
        "a.yaml: 1 of 40 stated numbers is unchecked: no other number would contradict it (line 8)\n"
    )
    assert in_words(at(4, 5, 5, 6, 9, 11, 12)) == (
        "a.yaml: 7 of 40 stated numbers are unchecked: no other number would contradict them (lines 4-6, 9, 11-12)\n"
    )
    assert in_words(at(5, 5)).endswith("contradict them (line 5)\n")


def test_words_are_a_line_for_each_file():
    text = in_words([*at(3), *at(4, 6, file="b.yaml", stated=2)])
    assert text == (
        "a.yaml: 1 of 40 stated numbers is unchecked: no other number would contradict it (line 3)\n"
        "b.yaml: 2 of 2 stated numbers are unchecked: no other number would contradict them (lines 4, 6)\n"
    )


def test_beyond_a_dozen_stretches_of_lines_there_are_more():
    lines = list(range(1, 2 * MAX_RUNS + 1, 2))
    assert in_words(at(*lines)).endswith("(lines 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23)\n")
    assert in_words(at(*lines, 99)).endswith("21, 23 and more)\n")
    assert in_words(at(*lines, 24)).endswith("21, 23-24)\n")
