# ruff: noqa: S314 - what is parsed here is the project's own
"""The attrition table, against counts worked out by hand, and what each format does to a label."""

import csv
import io
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner
from typesetting import needs_pdflatex, typeset

import consortflow as cf
from consortflow.cli import app
from consortflow.report.attrition import as_csv, as_html, as_latex, as_markdown, as_text

STUDY = """\
study: {unit: patients}
stages:
  - {kind: screening, n: 92, exits: [{label: Not enrolled, n: 25}]}
  - kind: randomization
    arms:
      - label: "Drug | 5% & more_$"
        stages:
          - {kind: treatment, n: 33, exits: [{label: Died, n: 2}, {kind: ongoing, n: 1}]}
          - {kind: analysis}
      - {label: Placebo, stages: [{kind: treatment, exits: [{label: Lost}]}, {kind: analysis}]}
"""


def rows(study):
    return [(step.arm, step.stage, str(step.n), str(step.left), step.previous, step.first) for step in cf.table(study)]


def test_each_stage_says_how_many_left_and_which_share_of_those_before_went_on():
    drug = "Drug | 5% & more_$"
    assert rows(cf.loads(STUDY)) == [
        ("", "Assessed for eligibility", "92", "25", None, None),
        ("", "Randomized", "67", "0", "72.8", "72.8"),
        (drug, "Received treatment", "33", "2", "49.3", "35.9"),
        (drug, "Analyzed", "30", "0", "90.9", "32.6"),
        ("Placebo", "Received treatment", "34", "0 to 34", "50.7", "37.0"),
        ("Placebo", "Analyzed", "0 to 34", "0", None, None),
    ]
    assert [step.ongoing.n for step in cf.table(cf.loads(STUDY))] == [0, 0, 1, 0, 0, 0]


def test_units_are_rows_of_their_own_and_shares_do_not_cross_them():
    study = cf.loads(
        "study: {units: [homes, residents]}\nstages:\n  - {kind: screening, n: {homes: 40, residents: 2210}}\n"
        "  - {kind: randomization, n: {homes: 40, residents: 2210}}\n  - {kind: analysis, unit: visits, n: 10}\n"
    )
    assert [(step.unit, step.n.n, step.previous, step.first) for step in cf.table(study)] == [
        ("homes", 40, None, None), ("residents", 2210, None, None), ("homes", 40, "100.0", "100.0"),
        ("residents", 2210, "100.0", "100.0"), ("visits", 10, None, None),
    ]  # fmt: skip


def test_text_has_the_columns_that_are_needed_and_numbers_to_the_right():
    lines = as_text(cf.table(cf.loads(STUDY))).splitlines()
    assert lines[0].split("  ")[0] == "Arm"
    assert "Ongoing" in lines[0]
    assert "Unit" not in lines[0]
    ends = {line.rindex("72.8") + 4 for line in lines if "72.8" in line}
    assert ends == {len(lines[0])}
    plain = as_text(cf.table(cf.loads("stages: [{kind: screening, n: 3}]"))).splitlines()
    assert plain[0].split() == ["Stage", "n", "Left", "%", "of", "previous", "%", "of", "first"]


def test_markdown_escapes_what_would_end_a_cell_or_start_markup():
    text = as_markdown(cf.table(cf.loads(STUDY)))
    assert "| Drug \\| 5% & more\\_\\$ | Received treatment | 33 | 2 | 1 | 49.3 | 35.9 |\n" in text
    assert len({line.replace("\\|", "").count("|") for line in text.splitlines()}) == 1


def test_csv_has_numbers_as_numbers_and_runs_no_formula():
    text = as_csv(cf.table(cf.loads(STUDY.replace('"Drug | 5% & more_$"', '"=1+1"'))))
    read = list(csv.DictReader(io.StringIO(text)))
    assert [row["n"] for row in read] == ["92", "67", "33", "30", "34", ""]
    assert (read[5]["n_low"], read[5]["n_high"], read[4]["left"], read[2]["ongoing"]) == ("0", "34", "", "1")
    assert read[2]["arm"] == "'=1+1"


def test_html_is_well_formed_with_heads_for_rows_and_columns():
    root = ET.fromstring(as_html(cf.table(cf.loads(STUDY))))
    assert [cell.get("scope") for cell in root.iter("th")][:3] == ["col", "col", "col"]
    assert "Drug | 5% & more_$" in {cell.text for cell in root.iter("th")}
    assert cf.table(cf.loads(STUDY))._repr_html_().startswith("<table>")


@needs_pdflatex
def test_latex_compiles_whatever_the_labels_hold(tmp_path):
    label = "\\ { } $ & # _ % ~ ^ < > -"
    typeset(tmp_path, as_latex(cf.table(cf.loads(STUDY.replace("Drug | 5% & more_$", label.replace("\\", "\\\\"))))))


def test_latex_escapes_every_special_character():
    text = as_latex(cf.table(cf.loads(STUDY)))
    assert r"Drug \textbar{} 5\% \& more\_\$ & Received treatment & 33 & 2 & 1 & 49.3 & 35.9 \\" in text
    assert r"0\textendash{}34 & 0 &" in text


def test_a_data_frame_is_tidy_with_missing_numbers_where_none_is_known():
    pandas = pytest.importorskip("pandas")
    frame = cf.table(cf.loads(STUDY)).to_pandas()
    assert list(frame["n"].fillna(-1)) == [92, 67, 33, 30, 34, -1]
    assert str(frame["n"].dtype) == "Int64"
    assert pandas.isna(frame["previous"][0])


def test_a_polars_frame_has_the_same_rows():
    pytest.importorskip("polars")
    frame = cf.table(cf.loads(STUDY)).to_polars()
    assert frame["n"].to_list() == [92, 67, 33, 30, 34, None]
    assert frame["first"].to_list()[1] == 72.8


def test_a_study_with_errors_has_no_table(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(STUDY.replace("n: 33", "n: 99"))
    with pytest.raises(cf.InvalidStudyError):
        cf.table(path)
    ran = CliRunner().invoke(app, ["table", str(path)])
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "error[" in ran.stderr


@pytest.mark.parametrize("form", ["text", "markdown", "csv", "latex", "html"])
def test_the_command_prints_every_format(tmp_path, form):
    path = tmp_path / "a.yaml"
    path.write_text(STUDY, encoding="utf-8")
    writer = {"text": as_text, "markdown": as_markdown, "csv": as_csv, "latex": as_latex, "html": as_html}[form]
    ran = CliRunner().invoke(app, ["table", str(path), "--format", form])
    assert ran.exit_code == 0
    assert ran.stdout_bytes.decode() == writer(cf.table(path))


def test_the_heads_are_in_the_language_of_the_study():
    study = cf.loads(
        "study: {language: de, unit: Kinder}\nstages: [{kind: screening, n: 12345}, {kind: enrollment, n: 12345}]\n"
    )
    assert as_text(cf.table(study)).splitlines() == [
        "Schritt                     n  Ausgeschieden  % des vorigen  % des ersten",
        "---------------------  ------  -------------  -------------  ------------",
        "Auf Eignung gescreent  12,345              0",
        "Eingeschlossen         12,345              0          100.0         100.0",
    ]
    assert as_csv(cf.table(study)).splitlines()[0].startswith("id,arm,stage,unit,n,"), "files can be stacked"
    assert "12345" in as_csv(cf.table(study))


def test_ideographs_take_two_columns_of_a_terminal():
    study = cf.loads("study: {language: zh}\nstages: [{kind: screening, n: 9}, {kind: analysis, label: e\u0301tude}]\n")
    head, rule, first, last = as_text(cf.table(study)).splitlines()
    assert first.startswith("接受筛选  9")
    assert last.startswith("e\u0301tude     9")
    assert rule.startswith("--------  -")
    assert head.startswith("阶段      n")


@needs_pdflatex
@pytest.mark.parametrize("label", ["[4pt] x", "* star", "[x"])
def test_what_starts_a_row_is_no_option_of_the_row_before(tmp_path, label):
    steps = cf.table(cf.loads(f"stages: [{{kind: screening, n: 3}}, {{kind: enrollment, label: '{label}', n: 3}}]"))
    assert "\n{}" in as_latex(steps)
    assert label in (typeset(tmp_path, as_latex(steps)) or label)


def test_a_stage_that_comes_from_nowhere_is_no_share_of_the_one_before_it():
    steps = rows(cf.loads("stages:\n  - {kind: enrollment, n: 10}\n  - {kind: follow-up, n: 30, from: []}"))
    assert [(stage, previous) for _, stage, _, _, previous, _ in steps] == [("Enrolled", None), ("Followed up", None)]
