# ruff: noqa: E501 - what is changed stands as it does in the files
"""Whole trials of every design that must give no finding at all, and one change to each that a rule must find.

A warning that is not deserved teaches authors to read none of them. The files in tests/flow/trials are what careful
authors might write; all numbers in them are invented.
"""

from pathlib import Path

import pytest

import consortflow as cf
from consortflow.checking import check_text
from consortflow.schemas.study import About

FOLDER = Path(__file__).parent / "trials"
SUFFIX = ".consort.yaml"
TRIALS = {path.name.removesuffix(SUFFIX): path.read_text("utf-8") for path in sorted(FOLDER.glob(f"*{SUFFIX}"))}

CHANGES = {
    "allogeneic": [
        ("Off-the-shelf NK cells", "NK cells", "D403"),
        ("note: The trial was closed., ", "", "D201"),
        ("kind: infusion, n: 28", "kind: analysis, n: 28", "D402"),
        ("kind: enrollment", "kind: other, label: Consented", "D401"),
    ],
    "car_t": [
        ("        reasons: {Manufacturing failure: 1, Adverse event: 5, Nonmeasurable disease: 3}\n", "", "D201 D404"),
        ("{Manufacturing failure: 1, Adverse event: 5, Nonmeasurable disease: 3}", "{Died: 1}\n        partial: true", "D404"),
        ("label: Second infusion", "label: Lymphodepletion again after relapse", "S115"),
        ("n: 111, excluded: {}", "n: 108", "D204"),
    ],
    "car_t_randomised": [
        (", note: Nobody lacked a product.", "", "D404"),
        ("- {kind: analysis, n: 128}", "", "D102"),
        ("reasons: {Withdrew consent: 11}", "n: 11", "D201"),
    ],
    "cluster": [
        ("n: {clinics: 0, patients: 210}, reasons: {Left the clinic: {clinics: 0, patients: 210}}",
         "n: {clinics: 0, patients: 210}", "D201"),
        ("reasons: {Declined: {clinics: 18, patients: 2700}}", "n: {clinics: 18, patients: 2700}", "D202"),
    ],
    "cohort": [
        (", note: The register keeps no reasons.", "", "D201"),
        ("{No pregnancy: 9000, Emigrated: 200}", "{}, n: 9200", "D202"),
        ("design: cohort", "design: parallel", "S114"),
    ],
    "crossover": [
        ("{kind: other, label: Washout, id: washout-2}\n          - {kind: treatment, label: Period 3 - A}",
         "{kind: other, label: Period 2 - C, id: more}\n          - {kind: treatment, label: Period 3 - A}", "S115"),
        ("reasons: {No contact: 1}", "n: 1", "D201"),
        (", excluded: {Recording failed: 2}", "", "D204"),
    ],
    "diagnostic": [
        ("reasons: {On treatment: 30, No consent: 70}", "n: 100", "D202"),
        ("label: Negative", "label: Positive\n        id: negative", "S115"),
    ],
    "dose_escalation": [
        ("Signed consent and eligible for leukapheresis.", "Signed consent.", "D403"),
        ("reasons: {Manufacturing failure: 2, Progression: 3, Died: 1}", "n: 6", "D201 D404"),
        ("kind: lymphodepletion, n: 6}\n          - {kind: infusion", "kind: infusion, n: 6}\n          - {kind: lymphodepletion", "S113"),
    ],
    "factorial": [
        ("              - {label: No fish oil, stages: [{kind: treatment, n: 176}, {kind: analysis, n: 176}]}\n", "", "B301 D304"),
        ("{Poor adherence in run-in: 90, Bleeding: 10}", "{}, n: 100", "D202"),
    ],
    "german": [
        ("{label: Ausgeschlossen, reasons: {Protokollverletzung: {Zweite Operation: 1}}}",
         "{label: Ausgeschlossen, n: 1}", "D201"),
        ("{Protokollverletzung: {Zweite Operation: 1}}", "{Protokollverletzung: 1}", "D203"),
        ("{reasons: {Einschlusskriterien nicht erfüllt: 44, Teilnahme abgelehnt: 16}}", "{n: 60}", "D202"),
    ],
    "japanese": [
        ("治験実施計画書に適合した対象集団", "安全性の解析対象", "D305"),
        ("{プロトコル逸脱: {併用禁止薬の使用: 12, 来院の欠測: 6}}", "{プロトコル逸脱: 18}", "D203"),
        ("reasons: {有害事象: 4}", "n: 4", "D201"),
        ("{label: 追跡不能, reasons: {転居: 5}}", "{label: 追跡不能, n: 5}", "D201"),
    ],
    "multi_arm": [
        ("        note: Opened by amendment 3, June 2022.\n", "", "D307"),
        ("        note: Stopped for futility at the first interim analysis, May 2022.\n", "", "D307"),
        (", excluded: {No assessment after baseline: 4}", "", "D204"),
        ("  - {id: efficacy-20, label: Efficacy set, of: 20-mg, within: 20-mg, n: 92}\n", "", "D102"),
        ("of: 20-mg, within: 20-mg", "of: 10-mg, within: 10-mg", "D102 S115"),
    ],
    "n_of_1": [
        ("unit: cycles, n: 600", "n: 600", "B301 D303"),
        ("design: n-of-1", "design: diagnostic", "D308"),
        ("{No side effects before: 10, Declined: 5}", "{}, n: 15", "D202"),
    ],
    "non_inferiority": [
        ("  - {over: [short-lost, long-lost], reasons: {Moved away: 6, Parents unreachable: 9}}\n", "", "D201"),
        ("  - {id: pooled-screening, over: [screening/excluded], reasons: {Penicillin allergy: 12}, partial: true}\n",
         "", "D202"),
    ],
    "parallel": [
        ("{Protocol deviation: {Given melatonin on the ward: 1}}", "{Protocol deviation: 1}", "D203"),
        ("reasons: {Moved away: 4, Could not be reached: 4}", "n: 8", "D201"),
        ("{kind: discontinued, n: 0}", "{kind: discontinued, n: 1}", "B301 D201"),
        ("          - {kind: analysis, n: 190}\n", "", "D102"),
        ("kind: randomization", "kind: enrollment", "S114"),
        ("design: parallel", "design: single-arm", "D301"),
        ("design: parallel", "design: cluster", "D302"),
        ("design: parallel", "design: crossover", "D303"),
        ("design: parallel", "design: factorial", "D304"),
        ("design: parallel", "design: non-inferiority", "D305"),
        ("design: parallel", "design: pilot", "D306"),
    ],
    "pilot": [
        ("  - {label: Assessed for retention, of: randomization, n: 60, excluded: {}}\n", "", "D102"),
        ("{No answer: 60, Too far away: 20}", "{}, n: 80", "D202"),
    ],
    "platform": [
        ("design: platform", "design: multi-arm", "D102"),
        (", excluded: {Withdrew consent: 4}", "", "D204"),
    ],
    "preference": [
        ("status: non-randomised\n        stages:\n          - {kind: treatment, n: 120",
         "status: added\n        stages:\n          - {kind: treatment, n: 120", "D307"),
        ("reasons: {Moved: 6}", "n: 6", "D201"),
        ("kind: randomization", "kind: other\n            label: Random", "S114"),
    ],
    "run_in": [
        ("{No remission: 70, Adverse event: 12}", "{}, n: 82", "D202"),
        ("kind: other, label: Started", "kind: follow-up, label: Started", "D101"),
        ("{label: Flare, n: 35}", "{label: Discontinued, n: 35}", "D201"),
    ],
    "smart": [
        ("{kind: withdrew, n: 2}", "{kind: other, n: 2}", "D201"),
        ("                  - {kind: analysis, label: Nonresponders analyzed, n: 45}\n", "", "D102"),
    ],
    "stepped_wedge": [
        ("kind: died, n: {wards: 0, patients: 12}", "n: {wards: 0, patients: 12}", "D201"),
    ],
    "strata": [
        ("{No tissue: 100}", "{}, n: 100", "D202"),
        ("{kind: treatment, n: 180}, {kind: analysis, n: 180}", "{kind: treatment}, {kind: analysis}", "B201 D103"),
        ("- {label: Inhibitor, stages: [{kind: treatment, n: 180}, {kind: analysis, n: 180}]}",
         "- {label: Inhibitor, stages: [{kind: treatment, n: 180}]}", "D102"),
    ],
    "within_person": [
        ("{Moved away: {children: 4, molars: 8}, Restored elsewhere: {children: 0, molars: 1}}",
         "{}\n        n: {children: 4, molars: 9}", "D201"),
    ],
}  # fmt: skip
"""What to replace in a file, with what, and the codes that the change must yield, and no others."""


def codes(text):
    return [finding.code for finding in check_text(text, "trial.consort.yaml", strict=True)[1]]


def test_there_is_a_trial_of_every_design_but_those_with_no_rules_of_their_own():
    designs = {cf.loads(text).study.design for text in TRIALS.values()}
    assert designs == {*About.model_fields["design"].annotation.__args__[0].__args__} - {"other"}
    assert CHANGES.keys() == TRIALS.keys()


@pytest.mark.parametrize("name", TRIALS)
def test_a_plausible_trial_has_no_finding_at_all_and_every_count(name):
    assert codes(TRIALS[name]) == []


@pytest.mark.parametrize("name", TRIALS)
def test_a_trial_built_in_python_has_no_finding_either(name):
    assert cf.check(cf.Study.model_validate(cf.loads(TRIALS[name]).model_dump(by_alias=True, exclude_unset=True))) == ()


EACH = [(name, *change) for name, changes in CHANGES.items() for change in changes]


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"), EACH, ids=[f"{name} {wanted}" for name, _, _, wanted in EACH]
)
def test_one_change_to_a_plausible_trial_is_found_and_nothing_else(name, old, new, wanted):
    text = TRIALS[name]
    assert old in text
    assert sorted(set(codes(text.replace(old, new)))) == wanted.split()


def test_every_rule_about_designs_and_reporting_finds_a_change_to_some_trial():
    found = {code for changes in CHANGES.values() for *_, wanted in changes for code in wanted.split()}
    rules = {code for code in cf.rules.all_rules() if code[0] == "D"} | {"S113", "S114", "S115"}
    assert rules - found == set()
