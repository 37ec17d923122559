# ruff: noqa: E501 - study files are written as an author would
import pytest

import consortflow as cf
from consortflow.checking import check_text

BASE = """\
stages:
  - {kind: screening, n: 10, exits: [{label: Out, n: 3}]}
  - {kind: enrollment, n: 7, exits: [{label: Lost}]}
  - {kind: infusion}
"""


def codes(text):
    return [finding.code for finding in cf.check(cf.loads(text))]


def test_what_is_not_determined_is_a_note_for_each_box():
    found = cf.check(cf.loads(BASE))
    assert [(d.code, d.severity, d.subjects) for d in found] == [
        ("B201", cf.Severity.NOTE, ("enrollment/lost",)),
        ("B201", cf.Severity.NOTE, ("infusion",)),
    ]
    assert "it is 0 to 7" in found[0].message
    assert found.ok


def test_reasons_alone_that_are_not_determined_are_no_news():
    assert codes("stages:\n  - {kind: screening, n: 9, details: [{label: Seen}]}\n") == []


def test_a_contradiction_is_not_drowned_in_what_is_not_determined():
    assert codes(BASE.replace("n: 7", "n: 8")) == ["B301"]


def test_structure_and_arithmetic_are_reported_together():
    text = BASE.replace("n: 7", "n: 8") + "analysis_sets: [{label: Safety, of: infused, n: 1}]\n"
    assert sorted(set(codes(text))) == ["B301", "S108"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("stages:\n  - {kind: treatment, n: 9}\n  - {kind: treatment, n: 8}\n", "S107"),
        ("stages:\n  - {kind: screening, n: 9, from: enrollment}\n  - {kind: enrollment, n: 8}\n", "S110"),
        ("stages:\n  - {kind: screening, n: 9, from: screening}\n  - {kind: enrollment, n: 8}\n", "S110"),
    ],
)
def test_broken_structure_is_not_blamed_on_the_counts(text, code):
    solution, found = check_text(text, "a.yaml")
    assert solution is None
    assert {finding.code for finding in found} == {code}


def test_a_damaged_count_does_not_hide_a_contradiction_elsewhere():
    solution, found = check_text(
        "stages:\n"
        "  - {kind: screening, n: 1O, exits: [{label: Out, n: 3}]}\n"
        "  - {kind: enrollment, n: 7, exits: [{label: Lost, n: 1}]}\n"
        "  - {kind: infusion, n: 5}\n",
        "a.yaml",
    )
    assert solution is None
    assert [(finding.code, finding.span.line) for finding in found] == [("S105", 2), ("B301", 4)]


def test_what_a_damaged_count_leaves_open_is_no_news():
    _, found = check_text("stages:\n  - {kind: screening, n: ten}\n", "a.yaml")
    assert [finding.code for finding in found] == ["S105"]


def test_records_that_are_not_read_are_a_warning_at_their_key():
    (found,) = cf.check(cf.loads("stages:\n  - {kind: screening, n: 9}\nrecords: {table: adsl.csv, id: USUBJID}\n"))
    assert (found.code, found.severity, found.span.line) == ("N101", cf.Severity.WARNING, 3)


def test_findings_come_in_file_order_and_none_twice():
    text = BASE.replace("n: 3", "n: 4, reasons: {A: 1, B: 1}") + "analysis_sets: [{label: Safety, of: infused, n: 1}]\n"
    found = cf.check(cf.loads(text))
    assert len(found) > 2
    assert list(found) == sorted(found, key=lambda d: (d.span, d.code))
    assert len(set(found)) == len(found)


def test_several_independent_contradictions_are_all_reported():
    found = cf.check(
        cf.loads(
            "stages:\n"
            "  - kind: randomization\n"
            "    n: 20\n"
            "    arms:\n"
            "      - {label: A, stages: [{kind: allocation, n: 10, exits: [{label: Lost, n: 2}]}, {kind: analysis, n: 9}]}\n"
            "      - {label: B, stages: [{kind: allocation, n: 10, exits: [{label: Lost, n: 3}]}, {kind: analysis, n: 8}]}\n"
        )
    )
    assert [(finding.code, finding.span.line) for finding in found] == [("B301", 5), ("B301", 6)]
    assert "(A)" in found[0].message
    assert "(B)" in found[1].message
