# ruff: noqa: E501 - tables are written as they would be exported
"""Coded records propose a study file that counts to what they hold, and that says nothing else of them."""

import json
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="needs the extra `records`")

import consortflow as cf
from consortflow.checking import check_text
from consortflow.participants.from_records import count_records
from consortflow.registries.cdisc import from_adsl, from_sdtm
from consortflow.registries.codes import MOST_CODES, quoted_column
from consortflow.registries.proposing import as_study_file
from consortflow.registries.redcap import from_redcap
from consortflow.registries.terminology import TERMS, in_words
from consortflow.registries.verbs import proposed

PARTICIPANTS = Path(__file__).parents[4] / "shared" / "data" / "participants"
pilot = pytest.mark.skipif(not PARTICIPANTS.is_dir(), reason="no ../shared here")


def counted(text, folder):
    """Return the numbers of a study file that stands in a folder, by full id, once its records are counted."""
    solution, findings = check_text(text, str(folder / "x.consort.yaml"), count=count_records)
    assert findings.ok, f"{findings.errors}\n{text}"
    return {row.id: row.n for row in cf.counts(solution)}


def write(folder, name, head, rows):
    path = folder / name
    lines = [",".join(head), *(",".join(f'"{cell}"' if cell else "" for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# CDISC's pilot


@pytest.fixture(scope="module")
def expected():
    return json.loads((PARTICIPANTS / "pilot_expected_counts.json").read_text(encoding="utf-8"))


def arm_of(n, expected_arms):
    return {label: label.lower().replace(" ", "-") for label in expected_arms}[n]


@pilot
def test_the_pilot_s_adsl_from_xpt_counts_to_what_is_expected(expected, tmp_path):
    text, findings = proposed(adsl=str(PARTICIPANTS / "adsl.xpt"), folder=tmp_path)
    assert findings == ()
    n = counted(text, tmp_path)
    assert n["randomization"] == expected["randomised_ADSL"]
    for label, arm in expected["arms"].items():
        at = arm_of(label, expected["arms"])
        assert n[at] == n[f"{at}/allocation"] == arm["randomised"]
        assert n[f"{at}/completed"] == arm["completed"]
        assert n[f"{at}/allocation/discontinued"] == arm["randomised"] - arm["completed"]
        for term in TERMS:
            words = in_words(term)
            reasons = {k.rsplit("/", 1)[-1]: v for k, v in n.items() if k.startswith(f"{at}/allocation/discontinued/")}
            name = "-".join(words.lower().replace("'", " ").split())
            assert reasons.get(name, 0) == arm["DCDECOD"].get(term, 0), (label, term)
        assert n[f"{at}/allocation/discontinued/other-reasons"] == 0
        for week, flag in ((8, "COMP8FL"), (16, "COMP16FL"), (24, "COMP24FL")):
            assert n[f"{at}/allocation/reached-week-{week}"] == arm[flag]
        assert n[f"efficacy-population-{at}"] == arm["EFFFL"]
        assert n[f"safety-population-{at}"] == arm["SAFFL"]
        assert n[f"intention-to-treat-population-{at}"] == arm["ITTFL"]


@pilot
def test_the_pilot_s_adsl_from_csv_takes_na_for_missing(expected, tmp_path):
    text, findings = proposed(adsl=str(PARTICIPANTS / "adsl.csv"), folder=tmp_path)
    assert findings == ()
    assert "missing_values: [NA]" in text
    n = counted(text, tmp_path)
    assert n["screening"] == expected["screened_DM"]
    assert n["screening/did-not-meet-eligibility-criteria"] == expected["screen_failures_ARMCD_Scrnfail"]
    for label, arm in expected["arms"].items():
        at = arm_of(label, expected["arms"])
        assert (n[at], n[f"{at}/completed"]) == (arm["randomised"], arm["completed"])
        assert n[f"safety-population-{at}"] == arm["SAFFL"]


@pilot
def test_the_pilot_s_dm_and_ds_count_dispositions_only(expected, tmp_path):
    paths = {"dm": str(PARTICIPANTS / "sdtm_dm.csv"), "ds": str(PARTICIPANTS / "sdtm_ds.csv")}
    text, findings = proposed(**paths, folder=tmp_path)
    assert findings == ()
    assert "where: ds.DSCAT = 'DISPOSITION EVENT'" in text
    n = counted(text, tmp_path)
    assert n["screening"] == expected["screened_DM"]
    assert n["randomization"] == expected["randomised_ADSL"]
    for label, arm in expected["arms"].items():
        at = arm_of(label, expected["arms"])
        assert (n[at], n[f"{at}/completed"]) == (arm["randomised"], arm["completed"])
        assert n[f"{at}/allocation/discontinued/adverse-event"] == arm["DCDECOD"]["ADVERSE EVENT"]
        assert n[f"{at}/allocation/discontinued/withdrew"] == arm["DCDECOD"]["WITHDRAWAL BY SUBJECT"]
    _, found = check_text(text, str(tmp_path / "x.consort.yaml"), count=count_records)
    assert any(f.message == "12 participants were in another arm than planned" for f in found)


@pilot
def test_no_id_date_or_free_text_of_the_pilot_is_in_a_proposal():
    import csv

    free = (
        "USUBJID",
        "SUBJID",
        "RFSTDTC",
        "RFENDTC",
        "DMDTC",
        "DSTERM",
        "DSSTDTC",
        "BRTHDTC",
        "TRTSDT",
        "RACE",
        "ETHNIC",
    )
    texts = [
        proposed(adsl=str(PARTICIPANTS / "adsl.csv"))[0],
        proposed(adsl=str(PARTICIPANTS / "adsl.xpt"))[0],
        proposed(dm=str(PARTICIPANTS / "sdtm_dm.csv"), ds=str(PARTICIPANTS / "sdtm_ds.csv"))[0],
    ]
    for name in ("adsl.csv", "sdtm_dm.csv", "sdtm_ds.csv"):
        with (PARTICIPANTS / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                planted = {row[column] for column in free if row.get(column)} - {"NA"}
                codes = {row.get("DSDECOD"), row.get("ARM"), "RANDOMIZED"}
                for value in planted - codes:
                    assert all(f"{value}" not in text for text in texts if len(value) > 4), value


# Tables made here

HEAD = ("USUBJID", "TRT01P", "TRT01A", "EOSSTT", "DCSREAS", "SAFFL", "RANDDT", "NOTE")


def adsl(folder, rows, head=HEAD, name="adsl.csv"):
    return write(folder, name, head, rows)


ROWS = [
    ("SECRET-1", "A", "A", "COMPLETED", "", "Y", "2020-01-01", "planted"),
    ("SECRET-2", "A", "B", "DISCONTINUED", "ADVERSE EVENT", "Y", "2020-01-02", "planted"),
    ("SECRET-3", "B", "B", "DISCONTINUED", "MOVED ABROAD", "N", "2020-01-03", "planted"),
    ("SECRET-4", "B", "B", "ONGOING", "", "Y", "2020-01-04", "planted"),
    ("SECRET-5", "Not Assigned", "", "", "", "N", "", "planted"),
]


def test_those_who_are_still_in_the_study_and_codes_of_one_s_own_are_counted(tmp_path):
    text, findings = proposed(adsl=str(adsl(tmp_path, ROWS)), folder=tmp_path)
    assert findings == ()
    n = counted(text, tmp_path)
    assert (n["screening"], n["screening/not-assigned"], n["randomization"]) == (5, 1, 4)
    assert (n["a"], n["a/completed"], n["a/allocation/discontinued/adverse-event"]) == (2, 1, 1)
    assert (n["b/allocation/discontinued/moved-abroad"], n["b/allocation/still-in-the-study"]) == (1, 1)
    assert n["safety-population-b"] == 1
    assert "check: 1 of the codes below are not CDISC's" in text
    assert not any(word in text for word in ("SECRET", "planted", "2020-01"))


def test_a_file_names_its_tables_from_where_it_stands(tmp_path):
    path = adsl(tmp_path, ROWS)
    (tmp_path / "figures").mkdir()
    text, _ = proposed(adsl=str(path), folder=tmp_path / "figures")
    assert 'table: "../adsl.csv"' in text
    assert counted(text, tmp_path / "figures")["screening"] == 5
    assert f'table: "{path}"' in proposed(adsl=str(path))[0]


@pytest.mark.parametrize(
    "arm",
    ['it\'s "B": 5 mg, #1', "no", "n", "participants", "药物 B", "a\\b", "1,553", "010", "x" * 90, "B {y}", "- b"],
)
def test_arms_are_data_whatever_they_are_called(tmp_path, arm):
    rows = [
        ("1", "A", "A", "COMPLETED", ""),
        ("2", arm, arm, "DISCONTINUED", "DEATH"),
        ("3", arm, arm, "COMPLETED", ""),
    ]
    rows = [tuple(cell.replace('"', '""') for cell in row) for row in rows]
    text, findings = proposed(adsl=str(adsl(tmp_path, rows, HEAD[:5])), folder=tmp_path)
    assert findings == ()
    study = cf.loads(text)
    numbers = counted(text, tmp_path)
    wanted = f"{arm} (as labelled)" if arm == "participants" else arm
    assert {a.label for a in study.stages[-1].arms} == {"A", wanted}
    assert sorted(n for full, n in numbers.items() if full.endswith("/allocation")) == [1, 2]


def test_one_arm_needs_no_split(tmp_path):
    rows = [("1", "Drug", "Drug", "COMPLETED", ""), ("2", "Drug", "Drug", "DISCONTINUED", "DEATH")]
    text, _ = proposed(adsl=str(adsl(tmp_path, rows, HEAD[:5])), folder=tmp_path)
    n = counted(text, tmp_path)
    assert (n["enrollment"], n["treatment"], n["completed"], n["treatment/discontinued/died"]) == (2, 2, 1, 1)
    assert "arms:" not in text


def test_the_column_of_reasons_that_speaks_cdisc_s_terms_is_taken(tmp_path):
    head = ("USUBJID", "ARM", "EOSSTT", "DCSREAS", "DCDECOD")
    rows = [
        ("1", "A", "DISCONTINUED", "Withdrew Consent", "WITHDRAWAL BY SUBJECT"),
        ("2", "B", "COMPLETED", "", "COMPLETED"),
    ]
    text, _ = proposed(adsl=str(adsl(tmp_path, rows, head)), folder=tmp_path)
    assert "by: DCDECOD" in text
    assert "DCSREAS may divide the same people in another way" in text
    assert "COMPLETED: " not in text
    assert counted(text, tmp_path)["a/allocation/discontinued/withdrew"] == 1


def test_free_text_in_a_column_of_codes_is_never_written(tmp_path):
    rows = [(str(n), "A" if n % 2 else "B", "", "DISCONTINUED", f"private story {n}") for n in range(MOST_CODES + 5)]
    text, findings = proposed(adsl=str(adsl(tmp_path, rows, HEAD[:5])), folder=tmp_path)
    assert [f.code for f in findings] == ["R302"]
    assert "private" not in text + str(findings)
    rows = [("1", "A", "A", "DISCONTINUED", "y" * 200), ("2", "B", "B", "COMPLETED", "")]
    text, findings = proposed(adsl=str(adsl(tmp_path, rows, HEAD[:5])), folder=tmp_path)
    assert [f.code for f in findings] == ["R302"]
    assert "yyy" not in text + str(findings)


def test_several_rows_of_a_participant_are_found_and_not_named(tmp_path):
    text, findings = proposed(adsl=str(adsl(tmp_path, [*ROWS, ROWS[0]])), folder=tmp_path)
    assert [(f.code, f.message) for f in findings] == [("R303", "6 rows are of 5 participants: some have several")]
    assert text is not None


@pytest.mark.parametrize("head", [("ID", "TRT01P"), ("USUBJID", "AGE")])
def test_a_table_without_the_standard_s_names_proposes_nothing(tmp_path, head):
    text, findings = proposed(adsl=str(adsl(tmp_path, [("1", "A")], head)), folder=tmp_path)
    assert text is None
    assert [f.code for f in findings] == ["R301"]


DM = [("1", "A", "2020-01-01"), ("2", "A", ""), ("3", "B", "2020-01-01"), ("4", "", "")]
DS_HEAD = ("USUBJID", "DSCAT", "DSSCAT", "EPOCH", "DSDECOD", "DSTERM")


def dm(folder, rows=DM, head=("USUBJID", "ARM", "RFXSTDTC")):
    return str(write(folder, "dm.csv", head, rows))


def ds(folder, rows, head=DS_HEAD):
    return str(write(folder, "ds.csv", head, rows))


def test_the_disposition_of_the_study_is_told_from_that_of_the_treatment(tmp_path):
    rows = [
        (who, "DISPOSITION EVENT", sub, epoch, code, "secret words")
        for who, code in (("1", "COMPLETED"), ("2", "DEATH"), ("3", "ADVERSE EVENT"))
        for sub, epoch in (("STUDY TREATMENT", "TREATMENT"), ("STUDY PARTICIPATION", "FOLLOW-UP"))
    ]
    rows.append(("1", "PROTOCOL MILESTONE", "", "SCREENING", "RANDOMIZED", "secret words"))
    text, findings = proposed(dm=dm(tmp_path), ds=ds(tmp_path, rows), folder=tmp_path)
    assert findings == ()
    assert "ds.DSCAT = 'DISPOSITION EVENT' and ds.DSSCAT = 'STUDY PARTICIPATION'" in text
    n = counted(text, tmp_path)
    assert (n["screening"], n["screening/not-assigned-to-an-arm"], n["randomization"]) == (4, 1, 3)
    assert (n["a/completed"], n["a/allocation/discontinued/died"], n["b/allocation/discontinued/adverse-event"]) == (
        1,
        1,
        1,
    )
    assert n["a/allocation/received-study-treatment"] == 1
    assert "secret" not in text


def test_several_dispositions_that_nothing_tells_apart_are_found(tmp_path):
    rows = [("1", "DISPOSITION EVENT", "", "", code, "") for code in ("COMPLETED", "DEATH")]
    text, findings = proposed(dm=dm(tmp_path), ds=ds(tmp_path, rows), folder=tmp_path)
    assert [(f.code, f.message) for f in findings] == [("R303", "1 more rows than participants are dispositions")]
    assert text is not None


def test_those_without_a_disposition_are_ongoing_until_somebody_knows_better(tmp_path):
    rows = [("1", "DISPOSITION EVENT", "", "", "COMPLETED", "")]
    text, _ = proposed(dm=dm(tmp_path), ds=ds(tmp_path, rows), folder=tmp_path)
    assert "check: 2 participants with an arm have no disposition" in text
    n = counted(text, tmp_path)
    assert (n["a/allocation/no-disposition-recorded"], n["b/allocation/no-disposition-recorded"]) == (1, 1)


def test_a_ds_without_its_columns_is_no_ds(tmp_path):
    text, findings = proposed(dm=dm(tmp_path), ds=ds(tmp_path, [("1", "x")], ("USUBJID", "WHAT")), folder=tmp_path)
    assert [f.code for f in findings] == ["R301"]
    assert text is None


# REDCap

DICTIONARY = """\
"Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider Labels",Identifier?
record_id,a,,text,Study ID,,
full_name,a,,radio,Name of the group leader,"1, SECRET LEADER | 2, Other",y
eligible,a,,yesno,Is the patient eligible?,,
excl_reason,a,,dropdown,Reason not eligible,"1, Age | 2, Comorbidity",
rand_arm,b,,radio,Randomised to,"1, Drug <b>A</b> | 2, Placebo",
eos_status,c,,radio,End of study status,"1, Completed | 2, Withdrew early | 3, Ongoing",
wd_reason,c,,dropdown,Reason for withdrawal,"1, Adverse event | 2, Lost to follow-up",
itt,c,,yesno,ITT population,,
notes,c,,notes,Comments,,
"""
EXPORT_HEAD = (
    "record_id",
    "full_name",
    "eligible",
    "excl_reason",
    "rand_arm",
    "eos_status",
    "wd_reason",
    "itt",
    "notes",
)
EXPORT = [
    ("S1", "1", "1", "", "1", "1", "", "1", "secret"),
    ("S2", "2", "1", "", "1", "2", "2", "1", "secret"),
    ("S3", "1", "1", "", "2", "3", "", "1", "secret"),
    ("S4", "1", "0", "2", "", "", "", "", "secret"),
    ("S5", "1", "1", "", "2", "2", "1", "0", "secret"),
]


@pytest.fixture
def dictionary(tmp_path):
    (tmp_path / "dict.csv").write_text(DICTIONARY, encoding="utf-8")
    return str(tmp_path / "dict.csv")


def redcap(folder, rows=EXPORT, head=EXPORT_HEAD):
    return str(write(folder, "export.csv", head, rows))


def test_a_redcap_export_is_read_by_its_dictionary(tmp_path, dictionary):
    text, findings = proposed(redcap=redcap(tmp_path), dictionary=dictionary, folder=tmp_path)
    assert findings == ()
    n = counted(text, tmp_path)
    assert (n["screening"], n["screening/not-eligible"], n["screening/not-eligible/comorbidity"]) == (5, 1, 1)
    assert (n["drug-a"], n["placebo"], n["drug-a/completed"]) == (2, 2, 1)
    assert n["drug-a/allocation/discontinued/lost-to-follow-up"] == 1
    assert n["placebo/allocation/still-in-the-study"] == 1
    assert n["itt-population-placebo"] == 1
    assert not any(word in text for word in ("secret", "SECRET", "S1"))


def test_an_export_of_labels_is_told_from_one_of_codes(tmp_path, dictionary):
    labels = {
        "eligible": {"1": "Yes", "0": "No"}, "rand_arm": {"1": "Drug A", "2": "Placebo"}, "itt": {"1": "Yes", "0": "No"},
        "eos_status": {"1": "Completed", "2": "Withdrew early", "3": "Ongoing"},
        "wd_reason": {"1": "Adverse event", "2": "Lost to follow-up"}, "excl_reason": {"1": "Age", "2": "Comorbidity"},
    }  # fmt: skip
    rows = [
        tuple(labels.get(name, {}).get(cell, cell) for name, cell in zip(EXPORT_HEAD, row, strict=True))
        for row in EXPORT
    ]
    text, findings = proposed(redcap=redcap(tmp_path, rows), dictionary=dictionary, folder=tmp_path)
    assert findings == ()
    assert "rand_arm = 'Drug A'" in text
    n = counted(text, tmp_path)
    assert (n["drug-a"], n["placebo"], n["drug-a/completed"]) == (2, 2, 1)


def test_events_and_repeats_of_a_longitudinal_project_are_joined(tmp_path, dictionary):
    head = ("record_id", "redcap_event_name", "redcap_repeat_instrument", *EXPORT_HEAD[1:])
    rows = []
    for one in EXPORT:
        who, name, eligible, why, arm, status, left, itt, notes = one
        rows.append((who, "screening_arm_1", "", name, eligible, why, "", "", "", "", notes))
        if arm:
            rows.append((who, "baseline_arm_1", "", "", "", "", arm, "", "", "", ""))
            rows.append((who, "end_arm_1", "", "", "", "", "", status, left, itt, ""))
            rows.append((who, "end_arm_1", "visits", "", "", "", "", "", "", "", "x"))
    text, findings = proposed(redcap=redcap(tmp_path, rows, head), dictionary=dictionary, folder=tmp_path)
    assert findings == ()
    assert "redcap_event_name = 'screening_arm_1' and redcap_repeat_instrument is missing" in text
    n = counted(text, tmp_path)
    assert (n["screening"], n["screening/not-eligible"], n["randomization"]) == (5, 1, 4)
    assert (n["drug-a/completed"], n["placebo/allocation/still-in-the-study"]) == (1, 1)


def test_codes_that_the_dictionary_does_not_list_are_found_and_not_shown(tmp_path, dictionary):
    rows = [*EXPORT, ("S6", "1", "1", "", "70717", "1", "", "1", "")]
    _, findings = proposed(redcap=redcap(tmp_path, rows), dictionary=dictionary, folder=tmp_path)
    assert [f.code for f in findings] == ["R302"]
    assert "70717" not in str(findings)


def test_a_dictionary_that_is_none_is_refused(tmp_path):
    (tmp_path / "dict.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(cf.FileError, match="no data dictionary"):
        from_redcap(redcap(tmp_path), tmp_path / "dict.csv")
    (tmp_path / "dict.csv").write_text(DICTIONARY.replace("rand_arm,b,,radio,Randomised to", "x,b,,radio,Colour"))
    text, findings = proposed(redcap=redcap(tmp_path), dictionary=str(tmp_path / "dict.csv"))
    assert text is None
    assert [f.code for f in findings] == ["R301"]


# The command and the verb


def test_init_proposes_from_records(cli, tmp_path, dictionary):
    adsl(tmp_path, ROWS)
    code, out, err = cli("init", "a.consort.yaml", "--from-adsl", "adsl.csv")
    assert (code, out, err) == (0, "wrote a.consort.yaml; next: consortflow counts a.consort.yaml\n", "")
    assert cli("counts", "a.consort.yaml")[0] == 0
    assert cli("init", "a.consort.yaml", "--from-adsl", "adsl.csv")[0] == 2
    dm(tmp_path)
    assert "kind: screening" in cli("init", "-", "--from-dm", "dm.csv")[1]
    redcap(tmp_path)
    assert "by: wd_reason" in cli("init", "-", "--from-redcap", "export.csv", "--dictionary", dictionary)[1]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--from-adsl", "a", "--from-dm", "b"), "exclude each other"),
        (("--from-adsl", "a", "--from-ds", "b"), "exclude each other"),
        (("--from-ds", "b"), "--from-ds needs --from-dm"),
        (("--from-redcap", "b"), "--from-redcap needs --dictionary"),
        (("--dictionary", "b"), "--dictionary needs --from-redcap"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(cli, args, says):
    code, out, err = cli("init", "x.yaml", *args)
    assert (code, out) == (2, "")
    assert says in err


def test_what_nothing_can_be_proposed_from_writes_nothing(cli, tmp_path):
    adsl(tmp_path, [("1", "A")], ("ID", "AGE"))
    code, out, err = cli("init", "x.yaml", "--from-adsl", "adsl.csv")
    assert (code, out) == (1, "")
    assert "error[R301]" in err
    assert cli("init", "x.yaml", "--from-adsl", "none.csv")[0] == 3
    (tmp_path / "bad.xpt").write_bytes(b"not a transport file")
    assert cli("init", "x.yaml", "--from-adsl", "bad.xpt")[0] == 3
    assert not (tmp_path / "x.yaml").exists()


def test_the_verb_raises_what_the_command_prints(tmp_path):
    path = adsl(tmp_path, ROWS)
    assert cf.propose(adsl=path) == as_study_file(from_adsl(path)[0])
    assert cf.propose(dm=dm(tmp_path)) == as_study_file(from_sdtm(dm(tmp_path))[0])
    with pytest.raises(cf.InvalidStudyError, match="R301"):
        cf.propose(adsl=adsl(tmp_path, [("1", "A")], ("ID", "AGE")))
    with pytest.raises(TypeError, match="name an ADSL"):
        cf.propose()


def test_columns_are_written_as_criteria_read_them():
    assert quoted_column("EOSSTT") == "EOSSTT"
    assert quoted_column("in") == "`in`"
    assert quoted_column("two words", "ds") == "ds.`two words`"
