"""The commands `import clinicaltrials` and `compare STUDY RECORD`, as a person would use them."""

import json

import pytest
from trialrecords import SMALL, changed

from consortflow.report.json import VERSION


@pytest.fixture(autouse=True)
def _record(tmp_path):
    (tmp_path / "NCT.json").write_text(json.dumps(SMALL))


def test_a_record_goes_to_standard_output_or_to_a_file(cli, tmp_path):
    code, out, err = cli("import", "clinicaltrials", "NCT.json")
    assert (code, err) == (0, "")
    assert out.startswith("# yaml-language-server: $schema=file:")
    assert cli("import", "clinicaltrials", "-", stdin=json.dumps(SMALL).encode())[1].replace("<stdin>", "x") == out
    code, said, _ = cli("import", "clinicaltrials", "NCT.json", "-o", "a.consort.yaml")
    assert (code, said) == (0, "wrote a.consort.yaml; next: consortflow draw a.consort.yaml\n")
    assert (tmp_path / "a.consort.yaml").read_text(encoding="utf-8") == out
    assert cli("check", "a.consort.yaml")[0] == 0
    assert cli("draw", "a.consort.yaml")[0] == 0
    counts = json.loads(cli("counts", "a.consort.yaml", "--format", "json")[1])["counts"]
    assert {100, 101, 96, 93, 3, 5, 1} <= {row["n"] for row in counts}


def test_an_existing_file_is_kept_unless_forced(cli, tmp_path):
    (tmp_path / "a.yaml").write_text("mine")
    code, _, err = cli("import", "clinicaltrials", "NCT.json", "-o", "a.yaml")
    assert (code, err) == (2, "consortflow: a.yaml exists; --force overwrites it\n")
    assert (tmp_path / "a.yaml").read_text() == "mine"
    assert cli("import", "clinicaltrials", "NCT.json", "-o", "a.yaml", "--force")[0] == 0
    assert (tmp_path / "a.yaml").read_text() != "mine"


@pytest.mark.parametrize(
    ("content", "exit_code", "says"),
    [
        (b"", 1, "error[R101]: this is no record of ClinicalTrials.gov: the file is empty"),
        (b"{", 1, "error[R101]"),
        (b'{"FullStudiesResponse": 1}', 1, "error[R102]"),
        (b'{"protocolSection": {}}', 1, "error[R103]"),
        ("{}".encode("utf-16"), 3, "not UTF-8"),
        (b"\xff\x00", 3, "not UTF-8"),
        (None, 3, "no such file or folder"),
    ],
)
def test_what_cannot_be_imported_writes_nothing(cli, tmp_path, content, exit_code, says):
    if content is not None:
        (tmp_path / "x.json").write_bytes(content)
    code, out, err = cli("import", "clinicaltrials", "x.json", "-o", "made.yaml")
    assert (code, out) == (exit_code, "")
    assert says in err
    assert len(err.splitlines()) <= 3
    assert not (tmp_path / "made.yaml").exists()


def test_warnings_do_not_stand_in_the_way_and_do_not_mix_with_the_file(cli, tmp_path):
    data = changed(SMALL, "periods", 0, "milestones", 2, "achievements", 0, "numSubjects", to="3")
    (tmp_path / "NCT.json").write_text(json.dumps(data))
    code, out, err = cli("import", "clinicaltrials", "NCT.json")
    assert code == 0
    assert "warning[R107]" in err
    assert "R107" not in out
    assert all(len(line) < 400 for line in err.splitlines())


def test_a_study_is_compared_with_its_record(cli, tmp_path):
    cli("import", "clinicaltrials", "NCT.json", "-o", "a.yaml")
    code, out, err = cli("compare", "a.yaml", "NCT.json")
    assert (code, err) == (0, "")
    assert out == "a.yaml and NCT.json: no differences; 9 counts are the same\n"
    text = (tmp_path / "a.yaml").read_text(encoding="utf-8")
    (tmp_path / "b.yaml").write_text(text.replace("n: 96", "n: 95").replace("Subject: 1", "Subject: 2"))
    code, out, err = cli("compare", "b.yaml", "NCT.json")
    assert code == 1
    assert "warning[R205]: 95 of Coaching app completed, and in the registry 96" in out
    assert "warning[R206]: 2 of Coaching app left for Withdrawal by Subject, and in the registry 1" in out
    assert out.splitlines()[-1] == "b.yaml and NCT.json: 2 differences; 7 counts are the same"
    assert "error[B" in err  # what contradicts is said, too
    report = json.loads(cli("compare", "b.yaml", "NCT.json", "--format", "json")[1])
    assert report["version"] == VERSION
    assert (report["files"], report["equal"], report["same"]) == (["b.yaml", "NCT.json"], False, 7)
    assert [found["code"] for found in report["diagnostics"]] == ["R206", "R205"]
    assert all(found["line"] for found in report["diagnostics"])


def test_a_record_that_is_none_is_not_compared(cli, tmp_path):
    (tmp_path / "a.yaml").write_text("stages: [{kind: screening, n: 3}]")
    (tmp_path / "bad.json").write_text('{"protocolSection": {}}')
    code, out, err = cli("compare", "a.yaml", "bad.json")
    assert (code, out) == (1, "")
    assert "error[R103]" in err
    (tmp_path / "b.yaml").write_text("stages: 3")
    assert cli("compare", "b.yaml", "NCT.json")[0] == 1


def test_the_record_may_come_first_and_two_records_are_wrong_usage(cli):
    cli("import", "clinicaltrials", "NCT.json", "-o", "a.yaml")
    assert cli("compare", "NCT.json", "a.yaml") == cli("compare", "a.yaml", "NCT.json")
    code, out, err = cli("compare", "NCT.json", "NCT.json")
    assert (code, out) == (2, "")
    assert err == "consortflow: two records, and no study file: import one of them\n"


def test_standard_input_can_be_either(cli, tmp_path):
    cli("import", "clinicaltrials", "NCT.json", "-o", "a.yaml")
    assert cli("compare", "a.yaml", "-", stdin=json.dumps(SMALL).encode())[0] == 0
    assert cli("compare", "-", "NCT.json", stdin=(tmp_path / "a.yaml").read_bytes())[0] == 0


def test_the_command_has_help_without_a_source(cli):
    code, out, _ = cli("import", "clinicaltrials", "--help")
    assert code == 0
    assert "Nothing is downloaded" in out
    assert "clinicaltrials" in "".join(cli("import")[1:])
