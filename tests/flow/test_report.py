import json

import pytest

import consortflow as cf
from consortflow.checking import check_text
from consortflow.counting import Row
from consortflow.report.explain import explanation, listing
from consortflow.report.json import VERSION, as_data
from consortflow.report.table import as_csv, as_json, as_table
from consortflow.report.text import render, summary
from consortflow.schemas.diagnostics import Diagnostic, Diagnostics, Related, Rule, Severity, Span

ERROR, WARNING, NOTE = Severity
TEXT = "one: 1\ntwo: 2\nthree: 3\n"


def made(*spans, severity=ERROR, fix="", message="it is wrong"):
    first, *rest = spans
    related = tuple(Related(f"see {number}", span) for number, span in enumerate(rest, 1))
    return Diagnostic("B301", severity, message, first, related, fix)


def at(line, start, end, name="a.yaml"):
    return Span(name, line, start, line, end)


def shown(*findings, text=TEXT):
    return ["".join(piece for piece, _ in line) for line in render(Diagnostics(findings), {"a.yaml": text})]


def test_a_finding_is_its_place_its_line_and_a_caret_under_the_value():
    assert shown(made(at(2, 6, 7))) == [
        "a.yaml:2:6: error[B301]: it is wrong",
        "2 | two: 2",
        "  |      ^",
        "",
    ]


def test_related_lines_follow_with_what_they_say_and_help_comes_last():
    lines = shown(made(at(3, 8, 9), at(1, 6, 7), at(2, 1, 4), fix="write 4"))
    assert lines == [
        "a.yaml:3:8: error[B301]: it is wrong",
        "3 | three: 3",
        "  |        ^",
        "1 | one: 1",
        "  |      - see 1",
        "2 | two: 2",
        "  | --- see 2",
        "  = help: write 4",
        "",
    ]


def test_line_numbers_of_different_length_are_aligned():
    text = "a: 1\n" * 120
    lines = shown(made(at(7, 4, 5), at(120, 4, 5)), text=text)
    assert lines[1] == "  7 | a: 1"
    assert lines[3] == "120 | a: 1"
    assert {line.index("|") for line in lines if "|" in line} == {4}


def test_a_place_that_is_no_line_of_the_file_shows_none():
    assert shown(made(Span("stages/2/n"))) == ["stages/2/n: error[B301]: it is wrong", ""]
    assert shown(made(at(99, 1, 2))) == ["a.yaml:99:1: error[B301]: it is wrong", ""]
    lines = shown(made(at(1, 1, 2), Span("stages/2/n")))
    assert lines[3].strip() == "= see 1"


def test_tabs_do_not_shift_the_caret():
    lines = shown(made(at(1, 7, 8)), text="a:\t1  x\n")
    assert lines[1] == "1 | a: 1  x"
    assert lines[2].index("^") == lines[1].index("x")


@pytest.mark.parametrize("start", [5, 60, 150, 300, 580])
def test_a_long_line_is_cut_around_its_place(start):
    text = "".join(chr(ord("a") + i // 10 % 26) for i in range(600))
    text = text[: start - 1] + "#" + text[start:]
    _, line, caret, _ = shown(made(at(1, start, start + 1)), text=text)
    assert len(line) < 180
    assert line[caret.index("^")] == "#"


def test_lines_end_where_yaml_ends_them():
    text = 'stages:\n  - kind: screening\r\n    label: "a\x0cb\x1cc\u2028d"\r    n: x\n'
    places = [finding.span.line for finding in check_text(text.replace("\x0c", " ").replace("\x1c", " "), "a.yaml")[1]]
    assert places == [5]
    assert shown(made(at(5, 8, 9)), text=text)[1] == "5 |     n: x"


def test_a_span_over_several_lines_is_marked_where_it_starts():
    lines = shown(made(Span("a.yaml", 1, 6, 3, 2)))
    assert lines[2] == "  |      ^"


def test_many_related_lines_are_cut_short_and_counted():
    text = "a: 1\n" * 30
    lines = shown(made(at(1, 1, 2), *(at(line, 1, 2) for line in range(2, 22))), text=text)
    assert sum(line.startswith((" ", "1")) and "see" in line for line in lines) == 12
    assert "... and 8 more lines" in lines[-2]


def test_severities_have_styles_of_their_own():
    styles = {
        severity: [
            style for line in render(Diagnostics([made(at(1, 1, 2), severity=severity)]), {}) for _, style in line
        ][1]
        for severity in Severity
    }
    assert len(set(styles.values())) == 3


def test_a_summary_counts_what_there_is():
    many = Diagnostics([made(at(1, 1, 2)), made(at(2, 1, 2)), made(at(3, 1, 2), severity=WARNING)])
    assert summary(many, 2) == "2 errors, 1 warning in 2 files"
    assert summary(Diagnostics([made(at(1, 1, 2), severity=NOTE)]), 1) == "1 note in 1 file"
    assert summary(Diagnostics(), 3) == "no problems in 3 files"


def test_json_of_findings_is_plain_data_and_says_its_version():
    data = as_data(
        Diagnostics([made(at(2, 6, 7), at(1, 1, 2), fix="write 4"), made(Span("stages/2/n"), severity=NOTE)]),
        ["a.yaml"],
    )
    assert data == json.loads(json.dumps(data))
    assert data["version"] == VERSION == 1
    assert data["files"] == ["a.yaml"]
    assert data["summary"] == {"error": 1, "warning": 0, "note": 1}
    first, second = data["diagnostics"]
    assert first == {
        "code": "B301", "severity": "error", "message": "it is wrong", "file": "a.yaml", "line": 2, "column": 6,
        "end_line": 2, "end_column": 7,
        "related": [{"message": "see 1", "file": "a.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 2}],
        "help": "write 4",
    }  # fmt: skip
    assert (second["line"], second["column"], second["help"], second["related"]) == (None, None, None, [])


def test_an_explanation_holds_title_reason_and_both_examples():
    about = Rule("B999", "a title", WARNING, "It matters.", "a: 1\nb: 2", "a: 2")
    assert explanation(about) == (
        "B999 (warning): a title\n\nIt matters.\n\nWrong:\n\n    a: 1\n    b: 2\n\nRight:\n\n    a: 2\n"
    )
    assert explanation(about._replace(wrong="", right="")) == "B999 (warning): a title\n\nIt matters.\n"
    assert listing({"B999": about}) == "B999  warning  a title\n"


ROW = Row("a/b", "B", "exit", "people", 3, 3, 3, "stated")


def test_no_rows_are_an_empty_table():
    assert as_table([]) == ""
    assert json.loads(as_json([])) == {"counts": []}
    assert as_csv([]).count("\r\n") == 1


def test_a_table_indents_parts_and_shows_what_is_not_known():
    rows = [
        ROW._replace(id="a", label="A", n=12, low=12, high=12),
        ROW,
        ROW._replace(id="a/c", label="C", n=None, low=0, high=7, status="interval"),
        ROW._replace(id="a/d", label="D", n=None, low=2, high=None, status="interval"),
        ROW._replace(id="a/e", label="E", n=None, low=0, high=None, status="interval"),
    ]
    assert [line.split() for line in as_table(rows).splitlines()] == [
        ["A", "12", "stated"],
        ["B", "3", "stated"],
        ["C", "0-7", "interval"],
        ["D", ">=2", "interval"],
        ["E", "?", "interval"],
    ]
    assert as_table(rows).splitlines()[1].startswith("  B")


def test_a_table_names_the_unit_where_there_are_several():
    assert "people" not in as_table([ROW])
    assert "people" in as_table([ROW, ROW._replace(unit="clusters")])


def test_csv_has_a_line_for_each_row_and_windows_line_ends():
    text = as_csv([ROW._replace(label='has "quotes", commas\nand lines')])
    assert text == (
        "id,label,kind,unit,n,low,high,status,of,percent,ci_low,ci_high\r\n"
        'a/b,"has ""quotes"", commas\nand lines",exit,people,3,3,3,stated,,,,\r\n'
    )


def test_numbers_are_never_quoted_as_formulas():
    assert ",-1," in as_csv([ROW._replace(low=-1)])


def test_wide_characters_do_not_break_the_report():
    text = "stages:\n  - {kind: other, label: 患者\U0001f9d1\u200d\U0001f52c, n: x}\n"
    findings = check_text(text, "a.yaml")[1]
    assert [finding.code for finding in findings] == ["S105"]
    lines = ["".join(piece for piece, _ in line) for line in render(findings, {"a.yaml": text})]
    assert "患者" in lines[1]
    assert isinstance(findings, cf.Diagnostics)
