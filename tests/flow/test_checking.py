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


def counting(findings):
    """Leave out what a guideline asks for."""
    return [finding for finding in findings if finding.code[0] != "D"]


def codes(text):
    return [finding.code for finding in counting(cf.check(cf.loads(text)))]


def test_what_is_not_determined_is_a_note_for_each_box():
    found = cf.Diagnostics(counting(cf.check(cf.loads(BASE))))
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


TORN = """
study: {title: T, design: parallel}
stages:
  - {kind: screening, n: 300, exits: [{label: Excluded, n: 100}]}  # consortflow: allow D202: no log
  - kind: randomization
    arms:
      - label: A
        stages: [{kind: allocation, n: 100, exits: [{kind: lost-to-follow-up, n: 4}]}, {kind: analysis}]
      - label: B
        stages: [{kind: allocation, n: 100, exits: [{kind: lost-to-follow-up}]}, {kind: analysis}]
"""


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("  - {kind: analysis, id: all, from: [a/analysis, c/analysis], n: 189}\n", "S108"),
        ("  - {kind: analysis, id: all, from: analysis, n: 189}\n", "S109"),
        ("analysis_sets: [{label: Full, of: [a/analysis, b/analyses], n: 188, excluded: {}}]\n", "S108"),
        ("analysis_sets: [{label: Full, of: analysis, n: 900}]\n", "S109"),
        ("analysis_sets: [{label: Full, of: randomization, within: c, n: 9}]\n", "S108"),
        ("pooled: [{over: [a/allocation/lost-to-follow-up, c/lost], reasons: {Moved: 40}}]\n", "S108"),
        ("transfers: [{from: a/allocation, to: c/analysis, kind: crossover, n: 3}]\n", "S108"),
        ("transfers: [{from: c/allocation, to: b/analysis, kind: crossover, n: 3, counted: false}]\n", "S108"),
    ],
)
def test_where_a_reference_is_wrong_nothing_else_speaks_for_that_reason(more, code):
    _, found = check_text(TORN + more, "a.yaml")
    assert [finding.code for finding in found] == [code]


def test_where_only_the_picture_or_a_percentage_refers_to_nothing_the_rules_speak():
    _, found = check_text(TORN + "picture: {order: [c]}\n", "a.yaml")
    assert {"D201", "S108"} <= {finding.code for finding in found}
    assert "D202" not in {finding.code for finding in found}


def test_a_contradiction_apart_from_a_set_of_nothing_is_reported_beside_it():
    _, found = check_text(TORN.replace("300", "310") + "analysis_sets: [{label: Full, of: all, n: 9}]\n", "a.yaml")
    assert [finding.code for finding in found] == ["B303", "S108"]


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
    assert [(finding.code, finding.span.line) for finding in counting(found)] == [("B301", 5), ("B301", 6)]
    assert "(A)" in found.errors[0].message
    assert "(B)" in found.errors[1].message


def helps(text):
    return [finding.fix for finding in check_text(text, "a.yaml")[1].errors]


def test_a_number_in_several_conflicts_is_the_prime_suspect_of_each():
    text = """
stages:
  - {kind: screening, n: 92, exits: [{label: Out, n: 25}]}
  - {kind: enrollment, n: 60, exits: [{label: Left, n: 12}]}
  - {kind: lymphodepletion, n: 55}
"""
    first, second = check_text(text, "a.yaml")[1].errors
    assert first.span == second.span
    assert first.span.line == 4
    assert first.message == "Received lymphodepletion 55 + 12 = 67, but Enrolled says 60"
    assert second.message == "Screened for eligibility 92 - 25 = 67, but Enrolled says 60"
    assert first.fix.startswith("prime suspect: Enrolled: 67 would settle both contradictions it is in; ")
    assert first.fix.endswith("Received lymphodepletion: 48, or Left: 5 would settle only this one")
    assert second.fix.endswith("Out: 32, or Screened for eligibility: 85 would settle only this one")


def test_a_suspect_that_no_one_number_settles_is_still_named():
    text = "stages: [{kind: enrollment, n: 40}, {kind: infusion, n: 39, details: {Seen: 41}}]"
    prime = "prime suspect: Received infusion, which is in 2 contradictions"
    assert helps(text) == [f"{prime}; Enrolled: 39 would add up", f"{prime}; Seen: at most 39 would add up"]


def test_conflicts_that_share_nothing_name_no_prime_suspect():
    text = """
stages:
  - {kind: screening, n: 50, exits: [{label: Out, reasons: {A: 5, B: 6}, n: 10}]}
  - {kind: enrollment, n: 40, details: {Seen: 41}}
"""
    first, second = helps(text)
    assert first == "B: 5, or A: 4 would add up"  # 11 who left would not
    assert second == "Seen: at most 40 would add up"


def test_ten_errors_are_ten_findings_in_file_order():
    stages = "".join(
        f"\n  - {{kind: other, label: S{i}, n: 100, exits: [{{label: Out, n: 0}}], details: {{Seen: {100 + i % 2}}}}}"
        for i in range(20)
    )
    findings = check_text(f"stages:{stages}\n", "a.yaml")[1]
    assert [finding.code for finding in findings] == ["B304"] * 10
    assert [finding.span.line for finding in findings] == list(range(3, 22, 2))


WAIVED = """
stages:
  - {kind: enrollment, label: Enrolled after apheresis, n: 9}
  - {kind: infusion, n: 9}
  - {kind: lymphodepletion, n: 9}  # consortflow: allow S113: it was so
"""


def test_a_study_that_was_read_keeps_its_waivers(tmp_path):
    path = tmp_path / "a.consort.yaml"
    path.write_text(WAIVED)
    study = cf.read(path)
    assert [waived.finding.code for waived in cf.check(study).waived] == ["S113"]
    assert cf.draw(study).svg() == cf.draw(path).svg()
    assert len(cf.table(study)) == 3
    path.write_text(WAIVED.split("#", maxsplit=1)[0])
    with pytest.raises(cf.InvalidStudyError, match="S113"):
        cf.draw(cf.read(path))
