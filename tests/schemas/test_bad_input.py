"""What bad input gets: a code, a line and column, and a sentence that helps; each row was seen in the wild."""

import os
import stat
from pathlib import Path

import pytest

from consortflow.schemas.errors import FileError, InvalidStudyError
from consortflow.schemas.files import decode, read_text
from consortflow.schemas.read import examine, loads, read
from consortflow.schemas.source import MAX_DEPTH, parse

STAGE = "stages:\n  - kind: screening\n"
REASON = STAGE + "    exits:\n      - label: Excluded\n        reasons:\n"

TABLE = [
    # the text, the code, line and column, words of the help
    pytest.param(STAGE + "    n: 010\n", "Y003", 3, 8, "write 10 for the number", id="octal or decimal"),
    pytest.param(STAGE + "    n: 1_000\n", "Y003", 3, 8, "write 1000 for the number", id="underscores"),
    pytest.param(STAGE + "    n: 1,553\n", "Y003", 3, 8, "write 1553 for the number", id="thousands comma"),
    pytest.param(STAGE + "    n: 1:30\n", "Y003", 3, 8, "quotation marks", id="sexagesimal"),
    pytest.param(STAGE + "    n: 0x1F\n", "Y003", 3, 8, "quotation marks", id="hexadecimal"),
    pytest.param(STAGE + "    n: 1e3\n", "Y003", 3, 8, "plain number", id="exponent"),
    pytest.param(STAGE + "    n: .inf\n", "Y003", 3, 8, "plain number", id="infinity"),
    pytest.param(STAGE + "    label: no\n", "Y003", 3, 12, "write false", id="no"),
    pytest.param(STAGE + "    label: On\n", "Y003", 3, 12, "write true", id="on"),
    pytest.param(STAGE + "    cutoff: 2024-13-01\n", "S103", 3, 13, "", id="month 13"),
    pytest.param(STAGE + "    n: true\n", "S105", 3, 8, "whole number", id="boolean"),
    pytest.param(STAGE + "    n: 3.5\n", "S105", 3, 8, "{percent:", id="a fraction of a person"),
    pytest.param(STAGE + "    n: -3\n", "S105", 3, 8, "0 or more", id="negative"),
    pytest.param(STAGE + '    n: "?"\n', "S105", 3, 8, "unknown", id="question mark"),
    pytest.param(STAGE + '    n: "12"\n', "S105", 3, 8, "write 12 without quotation marks", id="digits in quotes"),
    pytest.param(STAGE + '    n: "1,553"\n', "S105", 3, 8, "write 1553", id="quoted thousands"),
    pytest.param(STAGE + "    n: 12%\n", "S105", 3, 8, "{percent: 12, of: ...}", id="percent sign"),
    pytest.param(STAGE + "    n: 7-3\n", "S105", 3, 8, "write 3-7", id="backwards range"),
    pytest.param(STAGE + "    n: <0\n", "S105", 3, 8, "0 or more", id="fewer than none"),
    pytest.param(STAGE + "    n: [1]\n", "S105", 3, 8, "whole number", id="list for a count"),
    pytest.param(STAGE + "    n: {percent: 120}\n", "S105", 3, 8, "a part of", id="more than all"),
    pytest.param(STAGE + "    n:\n", "Y009", 3, 7, "unknown", id="empty value"),
    pytest.param(STAGE + "    n: ~\n", "Y009", 3, 8, "unknown", id="null"),
    pytest.param(STAGE + "    n: >5\n    label: x\n", "S105", 3, 8, "'>5'", id="unquoted >5 starts a block"),
    pytest.param(STAGE + "    n: >=5\n", "Y001", 3, 9, "'>=10'", id="unquoted >=5 is no YAML"),
    pytest.param(STAGE + "    n: 12345678901234567890\n", "Y007", 3, 8, "", id="twenty digits"),
    pytest.param(STAGE + "    n: 1\n    n: 2\n", "Y002", 4, 5, "keep one", id="duplicate key"),
    pytest.param(REASON + "          A: {Age: 1,553}\n", "Y009", 6, 25, "comma", id="a comma that splits a number"),
    pytest.param("stages:\n  - &a {kind: screening}\n", "Y004", 2, 5, "anchor", id="anchor"),
    pytest.param("stages: *a\n", "Y004", 1, 9, "write the value out", id="alias"),
    pytest.param(STAGE + "    <<: {n: 3}\n", "Y004", 3, 5, "write the values out", id="merge key"),
    pytest.param(STAGE + "    n: !!int 3\n", "Y004", 3, 8, "tag", id="tag"),
    pytest.param(STAGE + "---\nstages: []\n", "Y004", 3, 1, "one study in one file", id="second document"),
    pytest.param(STAGE + "\tn: 3\n", "Y001", 3, 1, "replace the tab", id="tab"),
    pytest.param(STAGE + "    label: a: b\n", "Y001", 3, 13, "quotation marks", id="colon in a label"),
    pytest.param(STAGE + '    label: "a\n', "Y001", 4, 1, "close the quotation mark", id="open quotation mark"),
    pytest.param(STAGE + "    label: a\x00b\n", "Y005", 3, 13, "delete it", id="NUL"),
    pytest.param(STAGE + '    label: "a\\x07b"\n', "Y005", 3, 12, "delete it", id="escaped bell"),
    pytest.param(STAGE + "    label: a\u202eb\n", "Y005", 3, 13, "delete it", id="right-to-left override"),
    pytest.param("", "Y006", 1, 1, "stages:", id="empty file"),
    pytest.param("# only a comment\n", "Y006", 1, 1, "stages:", id="only a comment"),
    pytest.param("just text\n", "Y006", 1, 1, "stages:", id="text"),
    pytest.param("- a list\n", "Y006", 1, 1, "stages:", id="a list"),
    pytest.param("? [a]\n: 1\n", "Y008", 1, 3, "a field's name", id="a list as a key"),
    pytest.param(STAGE + "    lable: x\n", "S101", 3, 5, "did you mean label?", id="misspelt key"),
    pytest.param(STAGE + "    regimen: x\n", "S101", 3, 5, "bridging and lymphodepletion", id="key of another kind"),
    pytest.param("stages:\n  - kind: screned\n", "S104", 2, 11, "did you mean screening?", id="misspelt kind"),
    pytest.param("stages:\n  - n: 3\n", "S102", 2, 5, "the kinds are", id="no kind"),
    pytest.param("study: {title: x}\n", "S102", 1, 1, "start with `stages:`", id="no stages"),
    pytest.param("stages:\n  kind: screening\n", "S103", 2, 3, "", id="a mapping for a list"),
    pytest.param("stages: []\n", "S103", 1, 9, "", id="no stage"),
    pytest.param(STAGE + "    label: 2024\n", "S103", 3, 12, "", id="a number for text"),
    pytest.param(STAGE + "    id: a b\n", "S103", 3, 9, "", id="a space in an id"),
    pytest.param(STAGE + '    label: ""\n', "S103", 3, 12, "", id="empty label"),
    pytest.param(REASON + "          A: {n: 3, reasonz: {}}\n", "S101", 6, 21, "did you mean reasons?", id="long form"),
    pytest.param(
        "study: {units: [homes, people]}\n" + STAGE + "    n: {homes: 3, beds: 4}\n", "S106", 4, 8, "homes, people",
        id="a unit the study does not have",
    ),
    pytest.param(
        "study: {units: [homes, people]}\n" + REASON + "          A: 3\n          homes: 3\n",
        "S106", 8, 11, "another label",
        id="a label that is a unit",
    ),
    pytest.param(
        "study: {unit: homes, units: [homes, people]}\n" + STAGE, "S106", 1, 8, "keep one of them", id="unit and units"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line", "column", "help_"), TABLE)
def test_bad_input_gets_a_code_a_place_and_help(text, code, line, column, help_):
    study, findings = examine(text, "file.yaml")
    found = [d for d in findings if d.code == code]
    assert found, findings
    assert (found[0].span.file, found[0].span.line, found[0].span.column) == ("file.yaml", line, column), found[0]
    assert help_ in f"{found[0].message} {found[0].fix}", found[0]
    assert not findings.ok
    with pytest.raises(InvalidStudyError):
        loads(text)
    assert study is None or code in ("Y003", "Y007", "Y009", "S105")


def test_every_problem_comes_out_in_one_run_in_file_order():
    text = (
        STAGE + "    n: 010\n    n: 3\n    lable: x\n    exits:\n      - label: 3\n        reasons: {A: true, A: 2}\n"
    )
    _, findings = examine(text)
    assert [(d.code, d.span.line) for d in findings] == [
        ("Y003", 3), ("Y002", 4), ("S101", 5), ("S103", 7), ("S105", 8), ("Y002", 8),
    ]  # fmt: skip


def test_a_duplicate_key_shows_both_places():
    _, findings = examine(STAGE + "    n: 1\n    label: x\n    n: 2\n")
    (finding,) = findings
    assert (finding.span.line, finding.related[0].span.line) == (5, 3)


def test_nesting_is_capped_and_does_not_overflow_the_stack():
    for depth in (MAX_DEPTH + 1, 30_000):
        findings = parse("[" * depth + "]" * depth).findings
        assert [d.code for d in findings] == ["Y007"]


def test_the_deepest_nesting_allowed_is_read():
    nested = "1"
    for _ in range(MAX_DEPTH - 6):
        nested = "{R: " + nested + "}"
    study, findings = examine("stages: [{kind: screening, exits: [{label: X, reasons: " + nested + "}]}]")
    assert study is not None, findings


def test_a_byte_order_mark_is_accepted(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + (STAGE + "    n: 3\n").encode())
    assert read(file).stages[0].n is not None


def test_windows_line_endings_keep_places():
    _, findings = examine((STAGE + "    n: 010\n").replace("\n", "\r\n"))
    assert (findings[0].span.line, findings[0].span.column) == (3, 8)


def test_columns_count_characters_not_bytes():
    text = "stages: [{kind: screening, label: 患者筛选, n: 010}]"
    _, findings = examine(text)
    assert findings[0].span.column == text.index("010") + 1


@pytest.mark.parametrize("data", ["stages: []".encode("utf-16"), b"\xff\xfe\x00", b"caf\xe9"])
def test_what_is_not_utf8_is_an_error_of_the_file(tmp_path, data):
    file = tmp_path / "x.yaml"
    file.write_bytes(data)
    with pytest.raises(FileError, match="not UTF-8"):
        read_text(file)


def test_a_folder_a_missing_file_and_a_name_with_nul_are_errors_of_the_file(tmp_path):
    with pytest.raises(FileError, match="folder"):
        read_text(tmp_path)
    with pytest.raises(FileError, match="no such file"):
        read_text(tmp_path / "nothing.yaml")
    with pytest.raises(FileError, match="not a file name"):
        read_text("a\0b")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_an_error_of_the_file(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text(STAGE)
    file.chmod(0)
    with pytest.raises(FileError, match="no permission"):
        read_text(file)


def test_a_file_over_the_size_cap_is_not_read(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("#" * 3_000_000)
    with pytest.raises(FileError, match="larger than 1 MB"):
        read_text(file, max_bytes=1024 * 1024)
    with pytest.raises(FileError, match="larger than 1 MB"):
        decode("<stdin>", b"#" * 3_000_000, max_bytes=1024 * 1024)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless device here")
def test_an_endless_device_is_not_read_to_its_end():
    with pytest.raises(FileError, match="larger than"):
        read_text("/dev/zero", max_bytes=1024)


def test_labels_are_data():
    awkward = [
        "R&D",
        "a &lt;b&gt;",
        r"\N \G \l",
        "ends\\",
        "<b>x</b>",
        "]]>",
        'x" onload="y',
        "患者 ≥18",
        "'''",
        "{x} $y #z",
    ]
    text = "stages:\n" + "".join(
        f"  - {{kind: other, id: s{i}, label: {label!r}}}\n"
        if "'" not in label
        else f'  - {{kind: other, label: "{label}"}}\n'
        for i, label in enumerate(awkward)
    ).replace("\\\\", "\\")
    assert [stage.label for stage in loads(text).stages] == awkward


def test_only_damaged_counts_leave_the_rest_to_be_checked():
    damaged, _ = examine(STAGE + "    n: 1,553\n")
    assert damaged is not None
    assert damaged.stages[0].n.low == 0
    assert damaged.stages[0].n.high is None
    unknown_key, _ = examine(STAGE + "    n: 1,553\n    exitz: []\n")
    assert unknown_key is None


def test_written_files_are_private_only_as_the_umask_says(tmp_path):
    from consortflow.schemas.files import write_atomically

    target = tmp_path / "x.svg"
    write_atomically(target, b"one")
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~mask
