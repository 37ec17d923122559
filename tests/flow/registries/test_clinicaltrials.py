"""Reading what people download: the registry's JSON and XML, and everything that is neither or broken."""

import json
from pathlib import Path

import pytest
from trialrecords import SMALL, changed, study

from consortflow.checking import check_text
from consortflow.registries.clinicaltrials import MOST_FINDINGS, is_record, read_record
from consortflow.registries.importing import as_study_file
from consortflow.registries.record import plain

XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<clinical_study rank="1">
  <id_info><org_study_id>X-1</org_study_id><nct_id>NCT01234567</nct_id></id_info>
  <brief_title>A coaching app for insomnia</brief_title>
  <study_design_info>
    <allocation>Randomized</allocation>
    <intervention_model>Parallel Assignment</intervention_model>
  </study_design_info>
  <enrollment type="Actual">210</enrollment>
  <clinical_results>
    <participant_flow>
      <pre_assignment_details>Nine people were enrolled and not assigned.</pre_assignment_details>
      <group_list>
        <group group_id="P1"><title>Coaching app</title><description>An app.</description></group>
        <group group_id="P2"><title>Usual care</title></group>
      </group_list>
      <period_list>
        <period>
          <title>Overall Study</title>
          <milestone_list>
            <milestone><title>STARTED</title><participants_list>
              <participants group_id="P1" count="100"/><participants group_id="P2" count="101"/>
            </participants_list></milestone>
            <milestone><title>COMPLETED</title><participants_list>
              <participants group_id="P1" count="96"/><participants group_id="P2" count="93"/>
            </participants_list></milestone>
            <milestone><title>NOT COMPLETED</title><participants_list>
              <participants group_id="P1" count="4"/><participants group_id="P2" count="8"/>
            </participants_list></milestone>
          </milestone_list>
          <drop_withdraw_reason_list>
            <drop_withdraw_reason><title>Lost to Follow-up</title><participants_list>
              <participants group_id="P1" count="3"/><participants group_id="P2" count="5"/>
            </participants_list></drop_withdraw_reason>
            <drop_withdraw_reason><title>Withdrawal by Subject</title><participants_list>
              <participants group_id="P1" count="1"/><participants group_id="P2" count="3"/>
            </participants_list></drop_withdraw_reason>
          </drop_withdraw_reason_list>
        </period>
      </period_list>
    </participant_flow>
  </clinical_results>
</clinical_study>
"""
STARTED = ("periods", 0, "milestones", 0, "achievements", 0, "numSubjects")


def read(data, name="NCT.json"):
    return read_record(data if isinstance(data, str) else json.dumps(data, indent=1), name)


def codes(data):
    record, findings = read(data)
    assert (record is None) == (not findings.ok)
    assert all("\n" not in found.message and len(found.message) < 400 for found in findings)
    return [finding.code for finding in findings]


def test_a_record_is_read_with_every_count():
    record, findings = read(SMALL)
    assert findings == ()
    assert (record.registration, record.enrolment, record.allocation) == ("NCT01234567", 210, "RANDOMIZED")
    (period,) = record.periods
    assert [period.started.n(group.id) for group in record.groups] == [100, 101]
    assert [(line.label, line.n("FG001")) for line in period.reasons] == [
        ("Lost to Follow-up", 5),
        ("Withdrawal by Subject", 3),
    ]


def test_the_older_xml_makes_the_same_study_file():
    record, findings = read(XML, "NCT.xml")
    assert findings == ()
    assert as_study_file(record) == as_study_file(read(SMALL)[0])


def test_the_xml_of_before_2017_has_its_design_in_one_sentence():
    old = XML[: XML.index("  <study_design_info>")] + (
        "<study_design>Allocation: Non-Randomized, Intervention Model: Crossover Assignment</study_design>"
        + XML[XML.index("</study_design_info>") + len("</study_design_info>") :]
    )
    record, _ = read(old)
    assert (record.allocation, record.model) == ("NON_RANDOMIZED", "CROSSOVER")


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_no_document_type_and_no_entity_is_ever_read(head):
    text = XML.replace("<clinical_study ", f"{head}<clinical_study ").replace("Usual care", "&a;")
    record, (finding,) = read(text)
    assert record is None
    assert (finding.code, "declares a document type or entities" in finding.message) == ("R101", True)


def test_entities_that_no_one_declares_are_no_xml():
    assert codes(XML.replace("Usual care", "&a;")) == ["R101"]


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", "R101", "the file is empty"),
        ("  \n ", "R101", "the file is empty"),
        ("not json", "R101", "neither JSON nor XML (line 1, column 1)"),
        ('{"protocolSection": ', "R101", "neither JSON nor XML (line 1"),
        ("NCT01234567", "R101", "neither JSON nor XML"),
        ("study: {}\nstages: []", "R101", "neither JSON nor XML"),
        ("[1, 2]", "R102", "list of studies"),
        ('"text"', "R101", "no protocolSection"),
        ("3", "R101", "no protocolSection"),
        ("{}", "R101", "no protocolSection"),
        ('{"studies": [], "totalCount": 0}', "R102", "list of studies"),
        ('{"FullStudiesResponse": {}}', "R102", "first API"),
        ('{"Study": {"ProtocolSection": {}}}', "R102", "first API"),
        ('{"protocolSection": {"a": NaN}}', "R101", "a number that is none"),
        ('{"protocolSection": {"a": ' + "9" * 5000 + "}}", "R101", "a number that is none"),
        ('{"protocolSection": {}, "protocolSection": {}}', "R101", 'gives the key "protocolSection" twice'),
        ('{"protocolSection": ' + "[" * 200_000 + "]" * 200_000 + "}", "R101", "nests too deeply"),
        ('{"protocolSection": {"identificationModule": {"nctId": "NCT1"}}}', "R103", "NCT1 has no participant flow"),
        ('{"protocolSection": 3, "resultsSection": []}', "R103", "no participant flow"),
        ('{"resultsSection": {"participantFlowModule": {"groups": [], "periods": []}}}', "R103", "has no groups"),
        ('{"resultsSection": {"participantFlowModule": {"groups": "all"}}}', "R101", "its groups are not a list"),
        (
            '{"resultsSection": {"participantFlowModule": {"groups": [{"id": "A", "title": "A"}]}}}',
            "R103",
            "no periods",
        ),
        ("<a><b></a>", "R101", "no valid XML (line 1, column 9)"),
        ("<a/>", "R101", "holds no clinical_study"),
        ("<clinical_study/>", "R103", "no participant flow"),
    ],
)
def test_what_is_no_record_is_one_finding_that_says_why(text, code, says):
    record, findings = read(text)
    assert record is None
    assert code in [finding.code for finding in findings]
    assert any(says in finding.message for finding in findings), str(findings)
    assert len(findings) <= 2


@pytest.mark.parametrize("value", ["NA", "12.5", "-3", "1e3", "1,55", "", "١٢", None, True, -3, 1.5, [], {}, "9" * 40])
def test_a_count_that_is_no_number_is_found_at_its_line(value):
    data = changed(SMALL, *STARTED, to=value)
    record, findings = read(data)
    assert record is None
    (finding,) = findings.errors
    assert finding.code == "R104"
    assert 'period "Overall Study", "STARTED", group FG000' in finding.message
    line = json.dumps(data, indent=1).splitlines()[finding.span.line - 1]
    assert '"numSubjects"' in line


def test_thousands_commas_are_read_and_said():
    data = changed(SMALL, *STARTED, to="1,100")
    data = changed(data, "periods", 0, "milestones", 1, "achievements", 0, "numSubjects", to="1,096")
    record, findings = read(data)
    assert record.periods[0].started.n("FG000") == 1100
    assert [finding.code for finding in findings] == ["R105", "R105"]
    assert "1,100 is read as 1100" in findings[0].message


def test_what_is_missing_is_named_by_its_place():
    assert codes(changed(SMALL, "groups", 0, "title", to=" ")) == ["R106"]
    assert codes(changed(SMALL, "groups", 0, to={"id": "FG000"})) == ["R106"]
    assert codes(changed(SMALL, "periods", 0, "title", to="")) == ["R106"]
    assert codes(changed(SMALL, "periods", 0, "dropWithdraws", 0, "type", to="")) == ["R106"]
    assert "R106" in codes(changed(SMALL, "groups", to=SMALL["resultsSection"]["participantFlowModule"]["groups"][:1]))
    assert "R106" in codes(changed(SMALL, "groups", 1, "id", to="FG000"))
    record, findings = read(changed(SMALL, "periods", 0, "milestones", to=[]))
    assert [finding.code for finding in findings] == ["R106", "R106"]
    assert "how many started" in findings[0].message or "how many started" in findings[1].message
    assert "unknown" in as_study_file(record)


def test_a_group_that_is_counted_and_not_described_is_not_lost():
    record, findings = read(changed(SMALL, "groups", to=SMALL["resultsSection"]["participantFlowModule"]["groups"][:1]))
    assert [group.title for group in record.groups] == ["Coaching app", "Group FG001"]
    assert {finding.code for finding in findings} == {"R106"}


def test_those_who_did_not_complete_are_computed_where_the_record_leaves_them_out():
    milestones = SMALL["resultsSection"]["participantFlowModule"]["periods"][0]["milestones"]
    record, findings = read(changed(SMALL, "periods", 0, "milestones", to=milestones[:2]))
    assert findings == ()
    assert record.periods[0].left.n("FG001") == 8


def test_numbers_that_do_not_add_up_are_found_and_stated_as_a_gap():
    record, findings = read(changed(SMALL, *STARTED, to="102"))
    assert [finding.code for finding in findings] == ["R107"]
    assert "96 completed and 4 did not, but 102 started" in findings[0].message
    assert "unexplained:" in as_study_file(record)
    reason = ("periods", 0, "dropWithdraws", 0, "reasons", 0, "numSubjects")
    record, findings = read(changed(SMALL, *reason, to="2"))
    assert "the reasons sum to 3, but 4 did not complete" in findings[0].message
    assert "The registry's reasons sum to 3, and 4 did not complete." in as_study_file(record)


def test_a_damaged_file_does_not_fill_the_screen():
    data = study([f"Group {n}" for n in range(60)], [{"started": [7] * 60, "completed": [0] * 60, "left": [0] * 60}])
    data = json.loads(json.dumps(data).replace('"7"', '"x"'))
    _, findings = read(data)
    assert len(findings.errors) == MOST_FINDINGS + 1
    assert any(finding.message == "40 more findings like these" for finding in findings)


def test_texts_of_megabytes_are_cut():
    long = "word " * 2_000_000
    data = changed(SMALL, "preAssignmentDetails", to=long)
    data = changed(data, "groups", 0, "title", to=long)
    data = changed(data, "periods", 0, "dropWithdraws", 0, "type", to="x" * 10_000_000)
    record, findings = read(data)
    assert findings == ()
    assert len(as_study_file(record)) < 20_000


def test_hundreds_of_milestones_that_exceed_their_group_are_a_note_of_bearable_length():
    milestones = {f"{n} {'word ' * 50}": [9] for n in range(300)}
    data = study(["A"], [{"started": [5], "completed": [5], "milestones": milestones}], allocation="NA")
    text = as_study_file(read(data)[0])
    assert max(map(len, text.splitlines())) < 5_000
    assert check_text(text, "x.yaml")[1].ok


def test_markdown_s_escapes_are_the_registry_s_and_not_the_trial_s():
    assert plain(r"aged \>= 18 \& \< 65, \\ stays, \d too") == r"aged >= 18 & < 65, \ stays, \d too"
    assert plain(None) == plain(3) == ""


def test_records_are_told_from_study_files():
    for text in (json.dumps(SMALL), json.dumps(SMALL, indent=2), XML, '{"studies": []}', "[" + json.dumps(SMALL) + "]"):
        assert is_record(text)
        assert is_record("\ufeff" + text)
    for text in ("stages: []", '{"stages": []}', "{stages: []}", "", "# <x>\nstages: []", '{"study": {"title": "x"}}'):
        assert not is_record(text)
    for path in (Path(__file__).parents[3] / "examples").glob("*.yaml"):
        assert not is_record(path.read_text(encoding="utf-8"))
