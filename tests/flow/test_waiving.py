# ruff: noqa: E501 - study files are written as an author would
"""Comments that accept a finding with a reason: which findings they speak of, and what is wrong with them."""

import sys
from collections import Counter

import pytest
from typer.testing import CliRunner

import consortflow as cf
from consortflow.checking import check_text
from consortflow.cli import app
from consortflow.rules import all_rules
from consortflow.schemas.source import parse
from consortflow.waiving import read_waivers

OPEN = "  - {kind: screening, exits: [{label: Out}]}"
TWO = "\n  - {kind: enrollment, n: 67}\n"
"""Screening and its exit are not determined: two notes (B201) on one line, and they may not say why (D202)."""


def check(text, *, strict=False):
    return check_text(text, "a.yaml", strict=strict)[1]


def codes(text, **words):
    return [finding.code for finding in check(text, **words)]


def waived(text):
    return [(waived.finding.code, waived.reason) for waived in check(text).waived]


def study(comment, *, above=""):
    """Return a study whose line 2 or 3 has two open counts, with a comment behind or above them."""
    return f"stages:\n{above}{OPEN}{comment}{TWO}"


def test_without_waivers_there_are_findings():
    assert codes(study("")) == ["B201", "B201"]


# Where a waiver stands


def test_a_comment_on_its_line_waives_a_finding():
    text = study("  # consortflow: allow B201: nobody kept a log")
    assert codes(text) == []
    assert waived(text) == [("B201", "nobody kept a log")] * 2


@pytest.mark.parametrize(
    "above",
    [
        "  # consortflow: allow B201: nobody kept a log\n",
        "# consortflow: allow B201: nobody kept a log\n\n\n",
        "      # consortflow: allow B201: nobody kept a log\n  # a remark\n",
        "#consortflow: allow B201: nobody kept a log\n",
        "  #   consortflow:   allow   B201  :   nobody kept a log   \n",
        "  # consortflow: allow b201: nobody kept a log\n",
        "  # consortflow: allow B: nobody kept a log\n",
        "  # consortflow: allow B2: nobody kept a log\n",
    ],
)
def test_a_comment_alone_waives_on_the_next_line_that_says_something(above):
    text = study("", above=above)
    assert codes(text) == []
    assert waived(text) == [("B201", "nobody kept a log")] * 2


def test_a_comment_speaks_of_one_line_only():
    text = f"stages:\n  # consortflow: allow B201: first\n{OPEN}\n  - {{kind: enrollment}}\n"
    assert [(finding.code, finding.span.line) for finding in check(text)] == [("B201", 4)]
    behind = f"stages:\n{OPEN}\n  # consortflow: allow B201: second\n  - {{kind: enrollment}}\n"
    assert [(finding.code, finding.span.line) for finding in check(behind)] == [("B201", 2), ("B201", 2)]


def test_a_comment_inside_a_flow_mapping_speaks_of_its_line():
    text = "stages:\n  - {kind: screening,  # consortflow: allow B201: no log\n     exits: [{label: Out}]  # consortflow: allow B201: nor this\n    }\n  - {kind: enrollment, n: 67}\n"
    assert codes(text) == []
    assert waived(text) == [("B201", "no log"), ("B201", "nor this")]


def test_a_waiver_may_come_with_windows_line_ends_tabs_and_a_byte_order_mark():
    text = "\ufeff" + study("\t# consortflow: allow B201: no log\t").replace("\n", "\r\n")
    assert codes(text) == []
    assert waived(text) == [("B201", "no log")] * 2


def test_a_waiver_behind_another_comment_counts_and_one_that_is_commented_out_does_not():
    assert codes(study("  # see the log  # consortflow: allow B201: no log")) == []
    out = study("", above="  # - {kind: other, label: Seen}  # consortflow: allow B201: no log\n")
    assert codes(out) == ["B201", "B201"]


def test_a_waiver_at_the_end_of_the_file_speaks_of_nothing():
    text = study("") + "  # consortflow: allow B201: no log"
    found = check(text)
    assert [(finding.code, finding.span.line) for finding in found] == [("B201", 2), ("B201", 2), ("S117", 4)]
    assert found[-1].message == "line 4 has no B201 to waive"


# Several codes, several waivers


def test_several_codes_are_waived_by_one_comment():
    text = "stages:\n  - {kind: enrollment, n: 9, exits: [{label: Lost}]}  # consortflow: allow D201, b201: the registry keeps none\n  - {kind: analysis}  # consortflow: allow B: neither here\n"
    assert codes(text) == []
    assert Counter(waived(text)) == {
        ("D201", "the registry keeps none"): 1,
        ("B201", "the registry keeps none"): 1,
        ("B201", "neither here"): 1,
    }


def test_a_code_of_several_that_waives_nothing_is_named():
    found = check(study("  # consortflow: allow B201, D202, D203: no log"))
    assert [finding.code for finding in found] == ["S117"]
    assert found[0].message == "line 2 has no D202 and no D203 to waive"
    assert found[0].fix == "delete D202 and D203"


def test_a_second_waiver_of_the_same_is_not_needed():
    text = study("  # consortflow: allow B201: behind", above="  # consortflow: allow B201: above\n")
    (found,) = check(text)
    assert (found.code, found.span.line) == ("S117", 3)
    assert waived(text) == [("B201", "above")] * 2


def test_two_waivers_of_one_line_each_waive_their_own():
    text = "stages:\n  # consortflow: allow B201: unknown\n  - {kind: enrollment, exits: [{label: Lost}]}  # consortflow: allow D: no reasons\n  - {kind: analysis, n: 9}\n"
    assert codes(text) == []
    assert {reason for _, reason in waived(text)} == {"unknown", "no reasons"}


# What is no waiver


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("allow B201", '"allow B201" is no waiver'),
        ("allow B201:", '"allow B201:" is no waiver'),
        ("allow B201:   ", '"allow B201:" is no waiver'),
        ("ignore B201: no log", '"ignore B201: no log" is no waiver'),
        ("allow: no log", '"allow: no log" is no waiver'),
        ("allow 201: no log", '"allow 201: no log" is no waiver'),
        ("allow B201 D202: no log", '"allow B201 D202: no log" is no waiver'),
        ("allow B201,: no log", '"allow B201,: no log" is no waiver'),
        ("", '"" is no waiver'),
        ("allow Q1: no log", "no finding has the code Q1"),
        ("allow B201, D999: no log", "no finding has the code D999"),
        ("allow B2011: no log", "no finding has the code B2011"),
    ],
)
def test_a_comment_that_looks_like_a_waiver_and_is_none_is_said(comment, message):
    found = check(study(f" # consortflow: {comment}"))
    assert [finding.code for finding in found] == ["B201", "B201", "S116"]
    assert found[-1].message == message
    assert found[-1].severity == "warning"
    assert found[-1].fix
    assert (found[-1].span.line, found[-1].span.column) == (2, len(OPEN) + 2)


@pytest.mark.parametrize(
    "comment",
    [
        "# consortflow allow B201: no colon", "# uses consortflow: allow B201: words before", "# Consortflow: allow B201: a name",
        "#: consortflow: allow B201: more before",
    ],
)  # fmt: skip
def test_other_comments_are_left_alone(comment):
    assert codes(study(f" {comment}")) == ["B201", "B201"]


@pytest.mark.parametrize(
    "value",
    [
        '"Seen # consortflow: allow Q1: text"', "'Seen # consortflow: allow Q1: text'", "|\n      Seen\n      # consortflow: allow Q1: text\n      # consortflow: more",
        ">-\n      Seen # consortflow: allow Q1: text", '"two\n      # consortflow: allow Q1: lines"', "Seen#consortflow:it",
    ],
    ids=["double quotation marks", "single quotation marks", "a block", "a folded block", "two lines", "no space before"],
)  # fmt: skip
def test_a_hash_inside_text_starts_no_comment(value):
    text = f"stages:\n  - kind: screening\n    n: 9\n    note: {value}\n  # consortflow: allow B201: no log\n{OPEN.replace('screening', 'enrollment')}\n  - {{kind: analysis}}\n"
    found = check(text)
    assert {finding.code for finding in found} == {"B201"}
    assert [waived.finding.code for waived in found.waived] == ["B201"]


def test_a_comment_right_after_a_block_of_text_is_a_comment():
    text = "stages:\n  - kind: screening\n    n: 9\n    note: |\n      Seen\n# consortflow: allow Q1: text\n  - {kind: enrollment}\n"
    assert codes(text) == ["S116"]


def test_the_first_key_of_a_file_may_hold_a_hash():
    assert read_waivers(parse('"a # consortflow: x": 1'))[1] == []


def test_a_key_may_hold_a_hash_and_a_waiver_may_follow_such_a_text_on_its_line():
    text = 'stages:\n  - {kind: screening, n: 9, exits: [{label: Out, reasons: {"A # consortflow: allow Q1: b": 1, C: unknown}}]}  # consortflow: allow B201: no log\n  - {kind: enrollment, n: 5, enters: {X: unknown}}\n'
    assert codes(text) == []
    assert waived(text) == [("B201", "no log")]


def test_waivers_are_read_from_a_file_that_is_no_study():
    assert codes("# consortflow: allow Q1: x\n") == ["Y006", "S116"]
    waivers, wrong = read_waivers(parse("[a, 'b # consortflow: x', [c, d]]  # consortflow: allow D: list"))
    assert [waiver.line for waiver in waivers] == [1]
    assert wrong == []


# What can be waived


def test_a_contradiction_cannot_be_waived():
    text = "stages:\n  - {kind: enrollment, n: 9}\n  - {kind: analysis, n: 8}  # consortflow: allow B301: a typing error of the paper\n"
    found = check(text)
    assert [(finding.code, finding.severity) for finding in found] == [("B301", "error"), ("S116", "warning")]
    assert found[1].message == f"B301 cannot be waived: {all_rules()['B301'].title}"
    assert found[1].fix == "correct the numbers, or state the gap that the source has with `unexplained`"
    assert found.waived == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("stages:\n  - {kind: enrolment, n: 9}  # consortflow: allow S104: spelling\n", "S104"),
        ("stages:\n  - {kind: enrollment, n: 010}  # consortflow: allow Y003: octal\n", "Y003"),
        ("stages:\n  - {kind: enrollment, n: 9, from: nowhere}  # consortflow: allow S: later\n", "S108"),
        (
            "stages:\n  - {kind: treatment, id: a}\n  - {kind: treatment, id: a}  # consortflow: allow S107: twice\n",
            "S107",
        ),
    ],
)
def test_a_wrong_form_cannot_be_waived(text, code):
    found = check(text)
    assert found.errors
    assert code in {finding.code for finding in found.errors}
    (finding,) = (finding for finding in found if finding.code == "S116")
    assert finding.message == f"{code} cannot be waived: {all_rules()[code].title}"
    assert finding.fix == "correct it"


def test_an_order_that_the_trial_really_had_can_be_waived():
    text = "stages:\n  - {kind: infusion, n: 9}\n  - {kind: lymphodepletion, n: 9}  # consortflow: allow S113: the first infusion had none\n"
    assert check(text.replace("allow S113", "see S113")).errors
    found = check(text)
    assert found.ok
    assert [waived.finding.code for waived in found.waived] == ["S113"]


@pytest.mark.parametrize("code", ["S116", "S117"])
def test_what_is_wrong_with_waivers_cannot_be_waived(code):
    text = f"stages:\n  - {{kind: screening, n: 9}}  # consortflow: allow {code}: no\n"
    assert codes(text) == ["S117"]
    assert not all_rules()[code].waivable


def test_every_warning_and_note_about_a_study_file_can_be_waived_but_those_about_waivers():
    elsewhere = ("M", "R1", "R3")  # at places of manuscripts, records and tables, which hold no comments of ours
    for code, rule in all_rules().items():
        unwaived = code in ("S116", "S117") or code.startswith(elsewhere)
        assert rule.waivable == ((rule.severity != "error" or code == "S113") and not unwaived)


# Waivers that nothing needs


def test_a_waiver_that_waives_nothing_is_said_at_the_comment():
    text = "stages:\n  # consortflow: allow D202, B201: no log\n  - {kind: screening, n: 9}\n"
    (found,) = check(text)
    assert (found.code, found.message, found.fix) == (
        "S117",
        "line 3 has no D202 and no B201 to waive",
        "delete the comment",
    )
    assert (found.span.line, found.span.column, found.span.end_column) == (2, 3, 42)


@pytest.mark.parametrize(
    "wrong",
    [
        "  - {kind: enrollment, n: 8}", "  - {kind: enrollment, n: x}", "  - {kind: enrolment}", "  - {kind: enrollment, from: nowhere}",
        "  - {kind: screening}", "  - {kind: enrollment, n: 010}", "  - {kind: enrollment, n: 9",
    ],
    ids=["a contradiction", "no count", "no kind", "no such stage", "the same id", "no number", "no YAML"],
)  # fmt: skip
def test_while_errors_hide_findings_no_waiver_is_said_to_be_useless(wrong):
    text = f"stages:\n  - {{kind: screening, n: 9}}  # consortflow: allow D202: no log\n{wrong}\n"
    found = check(text)
    assert not found.ok
    assert "S117" not in {finding.code for finding in found}
    assert "S117" in codes(text.replace(wrong, "  - {kind: enrollment, n: 9}"))


def test_a_useless_waiver_is_said_beside_errors_that_an_author_decides():
    order = "stages:\n  - {kind: infusion, n: 9}  # consortflow: allow D201: nobody left\n  - {kind: lymphodepletion, n: 9}\n"
    assert Counter(codes(order)) == Counter(["S113", "S117", "D401"])
    strict = f"stages:\n{OPEN}\n  - {{kind: enrollment, n: 9}}  # consortflow: allow D201: nobody left\n"
    assert codes(strict, strict=True) == ["B201", "B201", "S117"]


# Their effect


def test_a_strict_check_accepts_what_is_waived():
    text = study("  # consortflow: allow B201: no log")
    assert check(study(""), strict=True).errors
    found = check(text, strict=True)
    assert found == ()
    assert {waived.finding.severity for waived in found.waived} == {"error"}


def test_a_study_that_was_read_keeps_its_waivers_and_a_changed_one_has_none():
    text = study("  # consortflow: allow B201: no log")
    read = cf.loads(text)
    assert cf.check(read) == ()
    assert len(cf.check(read).waived) == 2
    changed = read.model_copy(update={"transfers": ()})
    assert [finding.code for finding in cf.check(changed)] == ["B201", "B201"]
    built = cf.Study.model_validate({"stages": [{"kind": "screening", "note": "# consortflow: allow B201: no file"}]})
    assert [finding.code for finding in cf.check(built)] == ["B201"]
    assert cf.check(built).waived == ()


ORDER = "stages:\n  - {kind: infusion, n: 9}\n  - {kind: lymphodepletion, n: 9}\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(text, *arguments):
        (tmp_path / "a.consort.yaml").write_text(text, encoding="utf-8")
        return CliRunner().invoke(app, [arguments[0], "a.consort.yaml", *arguments[1:]])

    return run


def test_a_waived_warning_passes_a_strict_check(run):
    waiver = "  # consortflow: allow D201: no reasons were kept"
    text = "stages:\n  - {kind: enrollment, n: 9, exits: [{label: Lost, n: 2}]}%s\n  - {kind: follow-up, n: 7}\n"
    assert run(text % "", "check").exit_code == 0
    assert run(text % "", "check", "--strict").exit_code == 1
    done = run(text % waiver, "check", "--strict")
    assert done.exit_code == 0
    assert "1 waived" in done.stdout
    assert run(text % "  # consortflow: allow D202: wrong code", "check").exit_code == 0
    assert run(text % "  # consortflow: allow D202: wrong code", "check", "--strict").exit_code == 1


def test_a_waived_error_lets_a_study_be_checked_counted_and_drawn(run, tmp_path):
    assert run(ORDER, "check").exit_code == 1
    assert run(ORDER, "draw").exit_code == 1
    assert not (tmp_path / "a.consort.svg").exists()
    text = ORDER.replace("lymphodepletion, n: 9}", "lymphodepletion, n: 9}  # consortflow: allow S113: it was so")
    assert run(text, "check").exit_code == 0
    assert run(text, "counts").exit_code == 0
    assert run(text, "draw", "-o", "a.svg").exit_code == 0
    assert (tmp_path / "a.svg").exists()
    assert cf.draw(tmp_path / "a.consort.yaml").svg()


def test_a_waiver_of_a_contradiction_changes_nothing(run, tmp_path):
    text = "stages:\n  - {kind: enrollment, n: 9}\n  - {kind: analysis, n: 8}  # consortflow: allow B: no\n"
    assert run(text, "check").exit_code == 1
    assert run(text, "draw", "-o", "a.svg").exit_code == 1
    assert not (tmp_path / "a.svg").exists()


# Cost


def work(text):
    """Return how many functions are called to read the waivers of a text and apply them."""
    source = parse(text)
    calls = Counter()
    before = sys.getprofile()
    sys.setprofile(lambda _frame, event, _argument: calls.update((event,)))
    try:
        read_waivers(source)
    finally:
        sys.setprofile(before)
    return calls["call"] + calls["c_call"]


def test_reading_waivers_takes_work_as_the_file_is_long():
    def text(lines):
        return "stages:\n" + "".join(
            f"  # consortflow: allow D201: reason {line}\n  - {{kind: other, label: S {line}, n: 9}}\n"
            for line in range(lines)
        )

    all_rules()
    once, twice = work(text(300)), work(text(600))
    assert twice < 2.3 * once
