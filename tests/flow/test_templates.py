import re
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree as ET

import pytest

import consortflow as cf
from consortflow.cli import Template
from consortflow.diagrams.scene import faults
from consortflow.schemas.study import Design

FOLDER = Path(cf.__file__).with_name("templates")
TEMPLATES = sorted(FOLDER.glob("*.yaml"))
ROOT = Path(__file__).parents[2]
DESIGNS = set(get_args(Design)) - {"other"}


def codes(text):
    return {finding.code for finding in cf.check(cf.loads(text))}


def template(name):
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def called(name, design):
    """Return a template whose design is given another name."""
    text, changes = re.subn(r"^  design: .*$", f"  design: {design}", template(name), flags=re.MULTILINE)
    assert changes == 1
    return text


def test_there_is_a_template_for_each_choice_and_no_other():
    assert sorted(path.stem for path in TEMPLATES) == sorted(str(template) for template in Template)


def test_there_is_a_template_for_each_design_and_it_says_so():
    designs = {path.stem: cf.read(path).study.design for path in TEMPLATES}
    assert {design for name, design in designs.items() if name == design} == DESIGNS
    others = {name: design for name, design in designs.items() if name != design}
    assert others == {
        "single-arm-cell-therapy": "single-arm", "non-randomised": "cohort", "run-in": "parallel", "smart": "multi-arm",
    }  # fmt: skip


def test_the_documentation_lists_every_template():
    page = (ROOT / "docs" / "study-file.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"^## Designs\n(.*?)^## ", page, re.DOTALL | re.MULTILINE)
    assert re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE) == [str(template) for template in Template]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_has_no_findings_at_all(path):
    assert cf.check(path) == ()
    assert cf.check(path).waived == (), "nothing is waved through"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_count_of_a_template_is_known(path):
    rows = list(cf.counts(cf.solve(cf.read(path))))
    assert len(rows) > 10
    assert [row.id for row in rows if row.n is None] == []
    assert any(row.status == "derived" for row in rows), "it shows that a number may be left out"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_draws_without_faults(path):
    figure = cf.draw(path)
    assert faults(figure.scene) == ()
    ET.fromstring(figure.svg())  # noqa: S314 - our own


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_says_what_to_do_next(path):
    head = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert any("consortflow draw" in line for line in head)
    study = cf.read(path).study
    assert study.design is not None
    assert study.registration == "NCT00000000"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_is_short_and_fits_a_terminal(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 90
    assert max(map(len, lines)) <= 122


@pytest.mark.parametrize(
    ("name", "design", "code"),
    [
        ("parallel", "single-arm", "D301"), ("single-arm", "parallel", "D301"), ("parallel", "cluster", "D302"),
        ("parallel", "stepped-wedge", "D302"), ("parallel", "within-person", "D302"), ("parallel", "crossover", "D303"),
        ("cluster", "stepped-wedge", "D303"), ("parallel", "factorial", "D304"),
        ("parallel", "non-inferiority", "D305"), ("parallel", "pilot", "D306"), ("n-of-1", "diagnostic", "D308"),
    ],
)  # fmt: skip
def test_the_flow_of_another_design_does_not_do(name, design, code):
    assert code in codes(called(name, design))


def test_an_arm_of_the_platform_that_was_dropped_or_added_says_why():
    text, changes = re.subn(r"^ +note: .*\n", "", template("platform"), flags=re.MULTILINE)
    assert changes == 2
    assert [finding.code for finding in cf.check(cf.loads(text))] == ["D307", "D307"]


@pytest.mark.parametrize("unit", ["wards", "patients"])
def test_each_unit_of_the_stepped_wedge_adds_up_on_its_own(unit):
    text, changes = re.subn(rf"({unit}: )(\d+)(}}|, patients: \d+}})\n\Z", r"\g<1>9\g<3>\n", template("stepped-wedge"))
    assert changes == 1
    found = cf.check(cf.loads(text)).errors
    assert found
    assert all(f"({unit})" in finding.message for finding in found)


def test_the_main_comparisons_of_the_factorial_trial_divide_everybody():
    text = template("factorial")
    assert text.count("Without A: 192") == 1
    assert codes(text.replace("Without A: 192", "Without A: 191")) == {"B304"}


def test_the_sets_of_the_non_inferiority_trial_account_for_everybody():
    text = template("non-inferiority")
    assert text.count("n: 148") == 1
    assert codes(text.replace("n: 148", "n: 149")) == {"B305"}


def test_the_cell_therapy_template_has_the_steps_of_cell_therapy():
    study = cf.read(FOLDER / "single-arm-cell-therapy.yaml")
    kinds = [stage.kind for stage in study.stages]
    assert kinds == ["screening", "enrollment", "apheresis", "manufacturing", "lymphodepletion", "infusion"]
    assert study.analysis_sets


def test_the_smart_template_randomizes_only_those_who_do_not_respond_again():
    first = cf.read(FOLDER / "smart.yaml").stages[-1]
    assert first.kind == "randomization"
    for arm in first.arms:
        responders, others = arm.stages[-1].arms
        assert (responders.status, others.status) == ("non-randomised", "non-randomised")
        assert [stage.kind for stage in responders.stages] == ["treatment", "analysis"]
        assert [stage.kind for stage in others.stages] == ["randomization"]
        assert len(others.stages[0].arms) == 2
