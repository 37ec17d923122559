"""The CDISC pilot study, counted from its own tables: every number that is known of it."""

import json
from pathlib import Path

import pyreadstat
import pytest

import consortflow as cf
from consortflow.participants.from_records import count_records

HERE = Path(__file__).parent
STUDY = HERE / "pilot.consort.yaml"
DATA = Path(__file__).parents[4] / "shared" / "data" / "participants"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no ../shared here")


def adsl_as(kind, folder):
    if kind == "xpt":
        return DATA / "adsl.xpt"
    frame, _ = pyreadstat.read_xport(str(DATA / "adsl.xpt"))
    path = folder / "adsl.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(params=["xpt", "csv"])
def tables(request, tmp_path):
    return {
        "table": DATA / "sdtm_dm.csv",
        "ADSL": adsl_as(request.param, tmp_path),
        "DISPOSITION": DATA / "sdtm_ds.csv",
    }


@pytest.fixture
def expected():
    return json.loads((DATA / "pilot_expected_counts.json").read_text(encoding="utf-8"))


def reasons(counted, exit_):
    return {a.label: counted.numbers[full] for full, a in cf.solve(counted.study).network.accounts.items()
            if a.kind == "reason" and a.box == exit_}  # fmt: skip


def test_every_known_number_is_counted(tables, expected):
    counted = count_records(cf.read(STUDY), tables)
    n = counted.numbers
    assert n["screening"] == expected["screened_DM"] == 306
    assert n["screening/screen-failures"] == expected["screen_failures_ARMCD_Scrnfail"] == 52
    assert n["randomization"] == expected["randomised_ADSL"] == 254
    for label, arm in expected["arms"].items():
        name = label.lower().replace(" ", "-")
        assert n[name] == n[f"{name}/allocation"] == arm["randomised"]
        assert n[f"{name}/completed"] == arm["completed"]
        for week in (8, 16, 24):
            assert n[f"{name}/allocation/reached-week-{week}"] == arm[f"COMP{week}FL"]
        for set_, flag in (("itt", "ITTFL"), ("safety", "SAFFL"), ("efficacy", "EFFFL")):
            assert n[f"{name}-{set_}"] == arm[flag]
        known = {reason.capitalize(): number for reason, number in arm["DCDECOD"].items() if reason != "COMPLETED"}
        found = reasons(counted, f"{name}/allocation/discontinued")
        assert {reason: number for reason, number in found.items() if number} == known


def test_the_values_of_another_column_are_its_reasons_by_themselves(tables, expected, tmp_path):
    text = STUDY.read_text(encoding="utf-8")
    start = text.index("                values:\n")
    block = text[start : text.index("          - {kind: follow-up")]
    other = tmp_path / "other.consort.yaml"
    other.write_text(text.replace(block, "").replace("by: DISPOSITION.DSDECOD", "by: DCSREAS"), encoding="utf-8")
    counted = count_records(cf.read(other), tables)
    assert counted.findings.ok
    for label, arm in expected["arms"].items():
        name = label.lower().replace(" ", "-")
        known = {reason: number for reason, number in arm["DCREASCD"].items() if reason != "Completed"}
        assert reasons(counted, f"{name}/allocation/discontinued") == known


def test_the_only_thing_wrong_is_what_is_known_to_be(tables, expected):
    counted = count_records(cf.read(STUDY), tables)
    assert [(finding.code, finding.severity) for finding in counted.findings if finding.code != "N115"] == [
        ("N112", "warning")
    ]
    apart = expected["planned_vs_actual_arm_DM"]["Xan_Hi->Xan_Lo"]
    assert f"{apart} participants were in another arm" in str(counted.findings)


def test_the_counted_study_adds_up_and_is_drawn(tables):
    study = cf.count(STUDY, tables)
    assert cf.check(study).ok
    solution = cf.solve(study)
    assert solution.ok
    assert solution.n("xanomeline-low-dose/completed") == 25
    svg = cf.draw(study).to_bytes("svg").decode()
    assert "(n=306)" in svg or "(n = 306)" in svg


def test_a_stated_number_has_to_be_the_counted_one(tables, tmp_path):
    text = STUDY.read_text(encoding="utf-8").replace("where: ARMCD = 'Scrnfail'", "n: 51, where: ARMCD = 'Scrnfail'")
    wrong = tmp_path / "wrong.consort.yaml"
    wrong.write_text(text, encoding="utf-8")
    with pytest.raises(cf.InvalidStudyError) as raised:
        cf.count(wrong, tables)
    (finding,) = raised.value.diagnostics.errors
    assert (finding.code, finding.span.line) == ("N104", 18)
    assert "says 51, and 52 are counted" in finding.message
