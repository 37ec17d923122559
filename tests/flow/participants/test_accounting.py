# ruff: noqa: E501 - study files and criteria are written as an author would
"""Everyone is in exactly one place: what counting says of flows of every shape, and of participants who are not."""

import re
from pathlib import Path

import polars as pl
import pytest

import consortflow as cf
from consortflow.checking import check_text
from consortflow.participants.discretion import TableError
from consortflow.participants.from_records import count_records


def table(**columns):
    rows = max(len(values) for values in columns.values())
    return pl.DataFrame({"ID": [f"P{n}" for n in range(rows)], **columns}, strict=False)


def counted(stages, records, more="", **tables):
    study = cf.loads(f"records: {{id: ID{more}}}\n{stages}")
    return count_records(study, {"table": records, **tables} if tables else records)


def codes(made):
    return [(finding.code, int(found[0]) if (found := re.findall(r"\b\d+(?= participant)", finding.message)) else None)
            for finding in made.findings]  # fmt: skip


# Flows of every shape

SKIPPED = """\
stages:
  - {kind: apheresis, exits: [{label: Died, where: STEP = 'died'}]}
  - {kind: bridging, where: BRIDGED = true}
  - {kind: lymphodepletion, from: [apheresis, bridging]}
"""


def test_a_stage_may_be_skipped_by_some():
    records = table(STEP=["on", "on", "on", "died"], BRIDGED=[True, False, True, False])
    made = counted(SKIPPED, records)
    assert made.numbers == {"apheresis": 4, "apheresis/died": 1, "bridging": 2, "lymphodepletion": 3}
    assert made.findings == ()


def test_arms_come_together_again_and_replacements_join():
    made = counted(
        """\
stages:
  - kind: randomization
    where: ARM != 'late'
    arms:
      - {label: A, where: ARM = 'a', stages: [{kind: treatment, exits: [{label: Lost, where: LOST = 1}]}]}
      - {label: B, where: ARM = 'b'}
  - {kind: follow-up, enters: {Replacements: {where: ARM = 'late'}}}
""",
        table(ARM=["a", "a", "b", "late", "late"], LOST=[1, 0, 0, 0, 0]),
    )
    assert made.numbers["follow-up"] == 4
    assert made.numbers["follow-up/replacements"] == 2
    assert made.numbers["a/treatment/lost"] == 1
    assert made.findings == ()
    assert cf.solve(made.study).ok


def test_records_may_begin_at_a_later_stage():
    made = counted(
        "stages:\n"
        "  - {kind: screening, n: 9, exits: [{label: Excluded, n: 6}]}\n"
        "  - {kind: randomization, exits: [{label: Lost, where: LOST = 1}]}\n",
        table(LOST=[1, 0, 0]),
        more=", start: randomization",
    )
    assert made.numbers == {"randomization": 3, "randomization/lost": 1}
    assert cf.solve(made.study).ok


def test_what_another_unit_counts_is_left_as_it_is_stated():
    text = """\
study: {units: [homes, residents]}
records: {id: ID, unit: residents}
stages:
  - {kind: screening, n: {homes: 2, residents: 3}}
  - {kind: enrollment, n: {homes: 2}}
"""
    made = count_records(cf.loads(text), table(X=[1, 2, 3]))
    assert made.findings == ()
    assert cf.solve(made.study).n("enrollment", "homes") == 2
    assert cf.solve(made.study).n("enrollment", "residents") == 3
    wrong = count_records(cf.loads(text.replace(", unit: residents", "")), table(X=[1]))
    assert [finding.code for finding in wrong.findings] == ["S106"]


def test_reasons_overlap_where_the_study_says_so_and_else_the_first_counts():
    exits = "exits: [{label: Out, %s reasons: {Young: {where: AGE < 18}, Ill: {where: ILL = true}}}]"
    records = table(AGE=[10, 20, 10, 40], ILL=[True, True, False, False])
    overlapping = counted(f"stages: [{{kind: screening, {exits % 'overlapping: true,'}}}]", records)
    assert overlapping.numbers["screening/out"] == 3
    assert [overlapping.numbers[f"screening/out/{name}"] for name in ("young", "ill")] == [2, 2]
    assert overlapping.findings == ()
    first = counted(f"stages: [{{kind: screening, {exits % ''}}}]", records)
    assert [first.numbers[f"screening/out/{name}"] for name in ("young", "ill")] == [2, 1]
    assert codes(first) == [("N114", 1)]


def test_reasons_have_reasons_and_one_takes_who_is_left():
    made = counted(
        """\
stages:
  - kind: screening
    exits:
      - label: Out
        where: OUT = true
        reasons:
          Ineligible: {Young: {where: AGE < 18}, Old: {where: AGE > 80}}
          Other: unknown
""",
        table(OUT=[True, True, True, False], AGE=[10, 90, 50, 50]),
    )
    names = ("ineligible", "ineligible/young", "ineligible/old", "other")
    assert [made.numbers[f"screening/out/{name}"] for name in names] == [2, 1, 1, 1]
    assert made.findings == ()


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ("by: WHY", {"Moved": 2, "died": 1}),
        ("by: WHY, values: {Moved: Moved away, died: Died}", {"Moved away": 2, "Died": 1}),
        ("by: WHY, values: {Moved: Gone, died: Gone}", {"Gone": 3}),
        ("by: WHY, values: {Moved: Moved away}, other: Other", {"Moved away": 2, "Other": 1}),
        ("by: WHY, reasons: {Moved: 2, died: unknown}", {"Moved": 2, "died": 1}),
        ("by: CODE, values: {'1': Moved, '2': Died}", {"Moved": 2, "Died": 1}),
    ],
)
def test_reasons_are_the_values_of_a_column(said, reasons):
    records = table(WHY=["Moved", "died", "Moved", None], CODE=[1, 2, 1, None])
    made = counted(f"stages: [{{kind: treatment, exits: [{{label: Left, {said}}}]}}]", records)
    assert made.findings == ()
    (exit_,) = made.study.stages[0].exits
    assert {reason.label: reason.n.exact for reason in exit_.reasons} == reasons
    assert exit_.n.exact == 3


def test_sets_outcomes_and_divisions_of_a_box_are_counted():
    made = counted(
        """\
stages:
  - kind: infusion
    details: [{label: Seen, where: SEEN = 1}, {partition: {Low: {where: DOSE < 5}, High: unknown}}]
analysis_sets:
  - label: Evaluable
    of: infusion
    where: EVAL = true
    excluded: {Too early: {where: SEEN = 0}, Other: unknown}
    outcomes: {Response: {where: RESP = 'CR'}}
  - {label: Not seen, of: infusion, excluded: {Seen: {where: SEEN = 1}}}
  - {label: Of the first, of: evaluable, where: DOSE < 5}
""",
        table(SEEN=[1, 1, 0, 0], DOSE=[1, 9, 1, 9], EVAL=[True, True, False, False], RESP=["CR", "PD", "CR", None]),
        more=", missing: excluded",
    )
    n = made.numbers
    assert [n[f"infusion/{name}"] for name in ("seen", "low", "high")] == [2, 2, 2]
    assert (n["evaluable"], n["evaluable/too-early"], n["evaluable/other"], n["evaluable/response"]) == (2, 2, 0, 1)
    assert (n["not-seen"], n["of-the-first"]) == (2, 1)
    assert made.findings == ()
    assert cf.solve(made.study).ok


def test_tables_are_joined_by_id_and_rows_picked_from_them():
    disposition = pl.DataFrame(
        {"ID": ["P0", "P0", "P1"], "CAT": ["event", "other", "event"], "TERM": ["DIED", "X", "MOVED"]}
    )
    more = ", join: {DS: {table: none.csv, where: \"CAT = 'event'\"}}"
    stages = "stages: [{kind: treatment, exits: [{label: Left, where: DS.ID is not null, by: DS.TERM}]}]"
    made = counted(stages, table(AGE=[1, 2, 3]), more=more, DS=disposition)
    assert made.findings == ()
    assert made.numbers["treatment/left"] == 2
    every = counted(stages, table(AGE=[1, 2, 3]), more=more.replace(", where: \"CAT = 'event'\"", ""), DS=disposition)
    assert [finding.code for finding in every.findings] == ["N105"]
    assert "1 participant has several rows in DS: 1 row too many" in str(every.findings)
    fewer = counted(stages, table(AGE=[1]), more=more, DS=disposition)
    assert "1 row of DS belongs to no participant" in str(fewer.findings)


def test_the_same_column_name_in_two_tables_is_told_apart():
    left = table(ARM=["a", "b"], KIND=["x", "x"])
    right = pl.DataFrame({"ID": ["P0", "P1"], "KIND": ["y", "z"], "ONLY": [1, 2]})
    stages = 'stages: [{kind: treatment, exits: [{label: Out, where: "%s"}]}]'
    more = ", where: KIND = 'x', join: {R: {table: r.csv, where: \"KIND in ('y', 'z')\"}}"
    assert counted(stages % "R.KIND = 'z'", left, more=more, R=right).numbers["treatment/out"] == 1
    assert counted(stages % "ONLY = 2 and KIND = 'x'", left, more=more, R=right).numbers["treatment/out"] == 1
    two = ", join: {R: {table: r.csv}, S: {table: s.csv}}"
    made = counted(stages % "ONLY = 2", left, more=two, R=right, S=right)
    assert [(f.code, f.fix) for f in made.findings] == [("N102", "write R.ONLY")]
    with pytest.raises(TableError, match="no table of the study is called so"):
        counted(stages % "ARM = 'a'", left, Q=right)


def test_dates_are_compared_with_dates_days_of_text_and_the_date_of_the_records():
    records = pl.DataFrame({
        "ID": ["P0", "P1", "P2"],
        "DAY": pl.Series(["2024-01-01", "2024-03-31", "2024-06-01"]).str.to_date(),
        "AT": pl.Series(["2024-01-01T10:00", "2024-03-31T23:59", None]).str.to_datetime(),
        "DTC": ["2024-01-01T10:00", "2024-03", "2024-06-01"],
    })  # fmt: skip
    more = ", as_of: 2024-03-31, missing: eligible"
    for where, n in {
        "DAY <= as_of": 2, "DAY = 2024-03-31": 1, "AT <= as_of": 2, "AT = 2024-03-31": 1, "AT < 2024-03-31": 1,
        "DTC <= as_of": 1, "DTC > 2024-01-01": 1, "DAY = AT": 2, "DAY in (2024-01-01, 2024-06-01)": 2, "DTC = DAY": 2, "DTC in (2024-06-01)": 1,
        "DAY between 2024-01-01 and as_of": 2,
    }.items():  # fmt: skip
        made = counted(f'stages: [{{kind: treatment, exits: [{{label: Out, where: "{where}"}}]}}]', records, more=more)
        assert (made.numbers["treatment/out"], where) == (n, where)
    made = counted("stages: [{kind: treatment, exits: [{label: Out, where: DAY <= as_of}]}]", records)
    assert [(f.code, f.span.column) for f in made.findings] == [("S118", 63)]


def test_people_who_move_sideways_are_not_guessed_at():
    stages = (
        "stages: [{kind: treatment, id: a}, {kind: follow-up, id: b}]\n"
        "transfers: [{from: a, to: b, n: 1, kind: retreatment%s}]"
    )
    made = counted(stages % "", table(A=[1]))
    assert [finding.code for finding in made.findings] == ["N117"]
    assert counted(stages % ", counted: false", table(A=[1])).findings == ()


# Missing values


@pytest.mark.parametrize(("policy", "out", "in_"), [("excluded", 2, 0), ("eligible", 1, 2)])
def test_missing_values_mean_what_the_study_says(policy, out, in_):
    stages = f"""\
stages:
  - kind: screening
    exits: [{{label: Young, where: AGE < 18, missing: {policy}}}]
  - kind: treatment
    details: [{{label: Seen, where: SEEN = 1, missing: {policy}}}]
"""
    made = counted(stages, table(AGE=[10, None, 30], SEEN=[1, 1, None]))
    assert made.numbers["screening/young"] == out
    assert made.numbers["treatment/seen"] == in_
    assert made.findings == () or codes(made) == [("N115", None)]


def test_missing_values_without_a_policy_are_an_error_with_their_number_only_where_they_matter():
    stages = "stages: [{kind: screening, exits: [{label: A, where: X = 1}, {label: B, where: Y = 1 or X = 2}]}]"
    made = counted(stages, table(X=[1, 2, 3, None], Y=[None, None, None, 1]))
    assert codes(made) == [("N113", 1), ("N113", 1)]
    assert [finding.span.column for finding in made.findings] == [54, 80]
    assert "X" in made.findings[0].message
    assert [found for _, found in made.ids()] == ["P3", "P2"]


def test_blank_text_and_what_the_study_says_is_missing_is_missing():
    records = table(X=["NA", "", "a", None])
    for more, missing in (("", 2), (", missing_values: [NA]", 3)):
        made = counted("stages: [{kind: screening, details: [{label: None, where: X is null}]}]", records, more=more)
        assert made.numbers["screening/none"] == missing


# People who are not in exactly one place


def test_each_fault_of_the_flawed_records_is_found_with_its_number(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[3] / "examples" / "records")
    text = """\
records: {table: flawed.csv, id: ID, missing: eligible, planned_arm: ARM, actual_arm: ACTUAL}
stages:
  - kind: screening
    exits: [{label: Excluded, reasons: {Under 18: {where: AGE < 18}, Declined: {where: CONSENT = 'N'}, Unfit: {where: ECOG > 2}}}]
  - kind: randomization
    arms:
      - label: A
        where: ARM = 'A'
        missing: excluded
        stages:
          - {kind: allocation, exits: [{label: Left, where: STATUS = 'DISCONTINUED', by: REASON, values: {ADVERSE EVENT: AE}}]}
          - {kind: analysis, where: STATUS = 'COMPLETED'}
      - label: B
        where: ARM = 'B'
        missing: excluded
        stages:
          - {kind: allocation}
          - {kind: analysis, where: STATUS = 'COMPLETED', missing: excluded}
"""
    solution, found = check_text(text, "flawed.consort.yaml")
    by_code = {finding.code: finding.message for finding in found}
    assert {code: int(re.findall(r"\d+", message)[0]) for code, message in by_code.items()} == {
        "N105": 1, "N106": 1, "N107": 1, "N108": 1, "N109": 1, "N110": 1, "N112": 1, "N114": 1, "N116": 1,
    }  # fmt: skip
    assert "P0" not in str(found)
    assert "MOVED" not in str(found)
    assert solution is not None


def test_findings_of_counting_stand_alone_and_others_come_once_they_are_mended():
    text = "records: {id: ID}\nstages:\n  - {kind: screening}\n  - {kind: randomization, where: A = 1}\n"
    made = count_records(cf.loads(text), table(A=[1, 2, 2]))
    assert codes(made) == [("N107", 2)]


def test_a_stated_number_that_is_a_bound_or_has_a_percentage_agrees_where_it_can():
    exits = "exits: [{label: Out, n: %s, where: A = 1}]"
    for stated, agrees in (("<5", True), ("<=1", False), ("2-3", True), ("{n: 2, percent: 50}", True), ("3", False)):
        made = counted(f"stages: [{{kind: screening, {exits % stated}}}]", table(A=[1, 1, 2, 3]))
        assert made.findings.ok is agrees, stated
        assert agrees or codes(made) == [("N104", None)]
        assert made.numbers["screening/out"] == 2


def test_a_criterion_that_nobody_meets_is_noted_but_where_the_study_says_0():
    exits = "stages: [{kind: screening, exits: [{label: Out, %swhere: A = 'z'}]}]"
    assert codes(counted(exits % "", table(A=["a"]))) == [("N115", None)]
    assert codes(counted(exits % "n: 0, ", table(A=["a"]))) == []


@pytest.mark.parametrize(
    ("where", "code", "column", "help_"),
    [
        ("AEG < 3", "N102", 45, "did you mean AGE?"),
        ("age < 3", "N102", 45, "did you mean AGE?"),
        ("X.AGE < 3", "N102", 45, "join"),
        ("AGE < 'x'", "N103", 45, "without quotation marks"),
        ("SEX = 1", "N103", 45, "quotation marks"),
        ("SEX < 'b'", "N103", 45, "= or in"),
        ("AGE = SEX", "N103", 45, "quotation marks"),
        ("OK = 1", "N103", 45, "true or false"),
        ("AGE = 2024-01-01", "N103", 45, "a number"),
        ("SEX = 'f' and AEG = 1", "N102", 59, "AGE"),
        ("AGE <", "S118", 50, ""),
    ],
)
def test_what_cannot_be_asked_of_the_records_is_said_at_its_place(where, code, column, help_):
    records = table(AGE=[1], SEX=["f"], OK=[True])
    text = f'stages: [{{kind: screening, exits: [{{where: "{where}"}}]}}]'
    made = count_records(cf.loads(f"{text}\nrecords: {{id: ID}}"), records)
    assert [(f.code, f.span.line) for f in made.findings] == [(code, 1)]
    (finding,) = made.findings
    assert finding.span.column == text.index(where) + 1 + {"AEG = 1": 0}.get(where, 0) + column - 45
    assert help_ in finding.fix
    assert made.numbers == {}


def test_places_in_a_criterion_follow_quotation_marks_and_give_way_to_escapes_and_lines():
    for written, at in (
        ("'A = ''x'' and Q = 1'", 16), ('"A = 1 and Q = 1"', 12), ("A = 1 and Q = 1", 11), ('"A = 1 \\u0061nd Q = 1"', 1),
        ("A = 1\n          and Q = 1", 1),
    ):  # fmt: skip
        text = f"records: {{id: ID}}\nstages:\n  - kind: screening\n    exits:\n      - where: {written}\n"
        made = count_records(cf.loads(text), table(A=["x"] if "x" in written else [1]))
        (finding,) = made.findings
        assert (finding.code, finding.span.line, finding.span.column) == ("N102", 5, 15 + at)


def test_a_study_without_its_table_is_checked_as_it_is_stated(tmp_path):
    stated = "records: {table: gone.csv, id: ID}\nstages: [{kind: screening, n: 3, exits: [{n: %s, where: A = 1}]}, {kind: treatment, n: 2}]"
    ((code, severity),) = [(f.code, f.severity) for f in cf.check(cf.loads(stated % 1)) if f.code != "D202"]
    assert (code, severity) == ("N101", "warning")
    assert {f.code for f in cf.check(cf.loads(stated % 2)).errors} == {"B301"}
    unknown = cf.check(cf.loads((stated % 1).replace("n: 1, ", "")))
    assert [f.code for f in unknown.errors] == ["N101"]
    with pytest.raises(cf.FileError):
        count_records(cf.loads(stated % 1), tmp_path / "gone.csv")
