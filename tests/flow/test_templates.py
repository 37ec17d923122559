from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import consortflow as cf
from consortflow.cli import Template
from consortflow.diagrams.scene import faults

FOLDER = Path(cf.__file__).with_name("templates")
TEMPLATES = sorted(FOLDER.glob("*.yaml"))


def test_there_is_a_template_for_each_choice_and_no_other():
    assert [path.stem for path in TEMPLATES] == sorted(str(template) for template in Template)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_has_no_findings_at_all(path):
    assert cf.check(path) == ()


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


def test_the_cell_therapy_template_has_the_steps_of_cell_therapy():
    study = cf.read(FOLDER / "single-arm-cell-therapy.yaml")
    kinds = [stage.kind for stage in study.stages]
    assert kinds == ["screening", "enrollment", "apheresis", "manufacturing", "lymphodepletion", "infusion"]
    assert study.analysis_sets
