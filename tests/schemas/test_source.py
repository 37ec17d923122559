from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortflow.schemas import source
from consortflow.schemas.placed import BlockText, Faulty, lines_of
from consortflow.schemas.source import parse


def found(text):
    """Return code, line and column of each finding."""
    return [(d.code, d.span.line, d.span.column) for d in parse(text).findings]


def only(text):
    (finding,) = parse(text).findings
    return finding


@pytest.mark.parametrize(
    ("written", "help_"),
    [
        ("010", "write 10 for the number, or '010' in quotation marks for text"),
        ("1_000", "write 1000 for the number"),
        ("1,553", "write 1553 for the number"),
        ("1_553", "write 1553 for the number"),
        ("1:30", "'1:30' in quotation marks"),
        ("no", "write false, or 'no' in quotation marks"),
        ("NO", "write false"),
        ("off", "write false"),
        ("yes", "write true"),
        ("y", "write true"),
        ("0x1F", "in quotation marks"),
        ("0o17", "in quotation marks"),
        ("1e3", "in quotation marks"),
        (".5", "in quotation marks"),
        ("5.", "in quotation marks"),
        ("-.inf", "in quotation marks"),
        (".nan", "in quotation marks"),
    ],
)
def test_a_scalar_that_yaml_readers_understand_differently_is_refused(written, help_):
    finding = only(f"stages:\n  - kind: screening\n    n: {written}\n")
    assert (finding.code, finding.span.line, finding.span.column) == ("Y003", 3, 8)
    assert finding.span.end_column == 8 + len(written)
    assert help_ in finding.fix


@pytest.mark.parametrize("written", ["'010'", '"no"', "'1:30'", '"1,553"'])
def test_a_quoted_scalar_is_text(written):
    result = parse(f"n: {written}")
    assert result.findings == ()
    assert result.root["n"] == written[1:-1]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0", 0),
        ("-3", -3),
        ("+3", 3),
        ("12.50", Decimal("12.50")),
        ("true", True),
        ("False", False),
        ("2024-13-01", "2024-13-01"),
        ("2024-01-31", "2024-01-31"),
        ("1.2.3", "1.2.3"),
        ("nobody", "nobody"),
        ("yes please", "yes please"),
    ],
)
def test_a_plain_scalar_is_read_as_yaml_1_2_reads_it(written, value):
    result = parse(f"n: {written}")
    assert result.findings == ()
    assert result.root["n"] == value
    assert type(result.root["n"]) is type(value)


@pytest.mark.parametrize("written", ["", "~", "null", "NULL", "# nothing"])
def test_a_key_without_a_value_is_reported_at_its_place(written):
    finding = only(f"stages:\n  - kind: screening\n    n: {written}\n    label: Screened\n")
    assert finding.code == "Y009"
    assert finding.span.line in (3, 4)  # an empty value has the place where the next thing starts, or its own
    assert "write unknown" in finding.fix


def test_a_count_with_a_comma_inside_braces_is_reported_as_a_key_without_a_value():
    finding = only("reasons: {Age: 1,553}")
    assert (finding.code, finding.span.line) == ("Y009", 1)
    assert '"553"' in finding.message
    assert "comma" in finding.fix


@pytest.mark.parametrize("written", ["|\n  5", ">\n  5", ">-\n  5"])
def test_text_from_a_block_is_remembered_as_such(written):
    assert isinstance(parse(f"n: {written}\n").root["n"], BlockText)


def test_every_duplicate_key_is_found_with_the_place_of_the_first():
    text = "a: 1\nb: 2\na: 3\nc:\n  d: 1\n  d: 2\na: 4\n"
    findings = parse(text).findings
    assert [(d.code, d.span.line, d.span.column) for d in findings] == [("Y002", 3, 1), ("Y002", 6, 3), ("Y002", 7, 1)]
    assert [d.related[0].span.line for d in findings] == [1, 5, 1]


def test_the_first_of_two_equal_keys_is_kept():
    assert parse("a: 1\na: 2").root == {"a": 1}


def test_a_quoted_and_a_plain_key_that_read_the_same_are_duplicates():
    assert found("a: 1\n'a': 2") == [("Y002", 2, 1)]


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("a: &x 1\nb: 2", 1, 4, "anchors (&x)"),
        ("a: &x {c: 1}", 1, 4, "anchors (&x)"),
        ("a: 1\nb: *x", 2, 4, "aliases"),
        ("a: !!int 1", 1, 4, "tags"),
        ("a: !!python/object:os.system x", 1, 4, "tags"),
        ("a: !x {b: 1}", 1, 4, "tags"),
        ("a:\n  <<: {b: 1}", 2, 3, "merge keys"),
        ("a: 1\n---\nb: 2", 2, 1, "second document"),
        ("%TAG ! tag:x,2024:\n---\na: 1", 1, 1, "tags (%TAG)"),
    ],
)
def test_yaml_that_a_study_does_not_use_is_refused_at_its_place(text, line, column, what):
    findings = [d for d in parse(text).findings if d.code == "Y004"]
    assert findings
    assert (findings[0].span.line, findings[0].span.column) == (line, column)
    assert what in findings[0].message
    assert findings[0].fix


def test_an_alias_bomb_is_refused_and_not_expanded():
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    findings = parse("\n".join(lines)).findings
    assert {d.code for d in findings} == {"Y004"}


def test_depth_beyond_the_limit_is_reported_where_it_is_passed():
    finding = only("a: " + "[" * 30_000)
    assert (finding.code, finding.span.line, finding.span.column) == ("Y007", 1, 4 + source.MAX_DEPTH - 1)


def test_depth_at_the_limit_is_read():
    text = "a: " + "[" * (source.MAX_DEPTH - 1) + "]" * (source.MAX_DEPTH - 1)
    assert parse(text).findings == ()


def test_too_many_values_are_refused(monkeypatch):
    monkeypatch.setattr(source, "MAX_VALUES", 10)
    assert found("a: [1, 2, 3, 4, 5, 6]") == []
    assert [code for code, _, _ in found("a: [1, 2, 3, 4, 5, 6, 7, 8, 9]")] == ["Y007"]


def test_a_number_of_too_many_digits_is_refused():
    assert found("n: 999999999999999") == []
    assert found("n: 1000000000000000") == [("Y007", 1, 4)]


def test_text_that_is_too_long_is_refused():
    assert found("a: " + "x" * source.MAX_SCALAR) == []
    assert found("a: " + "x" * (source.MAX_SCALAR + 1)) == [("Y007", 1, 4)]


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\u202e", "\u2066", "\ufffe", "\x90"])
def test_a_character_that_cannot_be_printed_is_reported_at_its_place(character):
    finding = only(f"stages:\n  label: Scr{character}eened\n")
    assert (finding.code, finding.span.line, finding.span.column) == ("Y005", 2, 13)
    assert f"U+{ord(character):04X}" in finding.message


@pytest.mark.parametrize("written", [r'"\x07"', r'"\u202E"', r'"\0"'])
def test_an_escape_for_a_character_that_cannot_be_printed_is_reported(written):
    assert found(f"label: {written}") == [("Y005", 1, 8)]


def test_marks_that_right_to_left_writing_needs_are_text():
    assert parse("label: \u05d0\u200f \u0627\u200e").findings == ()


def test_a_tab_for_indentation_is_an_error_that_names_the_tab():
    finding = only("stages:\n\t- kind: screening\n")
    assert (finding.code, finding.span.line) == ("Y001", 2)
    assert "tab" in finding.fix


@pytest.mark.parametrize(
    ("text", "line", "help_"),
    [
        ("label: Screened: first visit", 1, "quotation marks"),
        ('a: 1\nlabel: "never closed\n', None, "quotation mark"),
        ("a: @x", 1, "quotation marks"),
        ("a: 1\n b: 2\n", 2, "quotation marks"),
        ("a: [1, 2\nb: 3", 2, ""),
    ],
)
def test_a_syntax_error_has_a_place_and_a_fix(text, line, help_):
    finding = only(text)
    assert finding.code == "Y001"
    assert line is None or finding.span.line == line
    assert help_ in finding.fix


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n", "[]", "just text", "3"])
def test_a_file_that_holds_no_study_says_so(text):
    assert [code for code, _, _ in found(text)] == ["Y006"]


@pytest.mark.parametrize("key", ["", "''", "[a]", "{a: 1}", "' '"])
def test_a_key_that_is_not_text_is_refused(key):
    assert [code for code, _, _ in found(f"? {key}\n: 1\n")] == ["Y008"]


def test_numbers_as_keys_are_labels():
    assert parse("010: a\n3: b\nno: c").root == {"010": "a", "3": "b", "no": "c"}


def test_a_byte_order_mark_is_accepted_and_does_not_move_columns():
    assert found("\ufeffa: 010") == [("Y003", 1, 4)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_count_lines_alike(end):
    result = parse(end.join(["a: 1", "b:", "  c: 010", ""]))
    assert [(d.span.line, d.span.column) for d in result.findings] == [(3, 6)]
    assert lines_of(result.text)[2] == "  c: 010"


def test_every_key_and_value_has_its_place():
    result = parse("stages:\n  - kind: screening\n    n: {a: 1, b: 22}\n")
    span = result.locate(("stages", 0, "n", "b"))
    assert (span.line, span.column, span.end_line, span.end_column) == (3, 18, 3, 20)
    assert result.locate(("stages", 0, "n", "b"), key=True).column == 15
    assert result.locate(("stages", 0, "n", 1)).column == 18
    assert result.locate(("stages", 0, "exits", 3)).line == 2  # not in the file: what would hold it


def test_columns_count_characters_where_letters_are_wide():
    assert found("患者: 010") == [("Y003", 1, 5)]


def test_reported_values_stand_as_faulty():
    assert isinstance(parse("n: 010").root["n"], Faulty)


def test_the_reader_in_python_gives_what_the_reader_in_c_gives(monkeypatch):
    import yaml

    texts = ["a: {b: [1, 010, 'x'], c: >5}\nd: no\na: 2\n", "a: &x 1\nb: *x\n", "x:\n\t- a\n", "a: [", "? [a]\n: 1"]
    before = [[d.code for d in parse(text).findings] for text in texts]
    monkeypatch.setattr(source, "_Loader", yaml.SafeLoader)
    assert [[d.code for d in parse(text).findings] for text in texts] == before


@given(
    st.text(alphabet=st.characters(), max_size=200)
    | st.text(alphabet="ab:-[]{}&*!|>'\"#,%? \n\t~019_.\0\ufeff", max_size=80)
)
def test_any_text_gives_findings_and_never_an_exception(text):
    result = parse(text)
    assert isinstance(result.root, dict) or result.findings
    assert all(d.span.line >= 1 and d.span.column >= 1 for d in result.findings)
