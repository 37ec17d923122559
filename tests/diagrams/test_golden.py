# ruff: noqa: S314 - what is parsed here is the project's own
import importlib.util
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import consortflow as cf
from consortflow.words import digits

sys.path.insert(0, str(Path(__file__).parent))
import charts

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
COMMAND = ROOT / "tests" / "regenerate.py"


def regenerate():
    spec = importlib.util.spec_from_file_location("regenerate", COMMAND)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE = {path.relative_to(ROOT).as_posix(): data for path, data in regenerate().figures().items()}
EXAMPLES = sorted((ROOT / "examples").glob("*.consort.yaml"))


def test_every_example_has_a_golden_figure_in_each_format_and_one_in_the_documentation():
    names = [path.name.removesuffix(".consort.yaml") for path in EXAMPLES]
    assert len(names) >= 4
    assert sorted(MADE) == sorted(
        [f"tests/diagrams/golden/{name}.{form}" for name in names for form in ("svg", "dot")]
        + [f"docs/figures/{name}.svg" for name in names]
    )


@pytest.mark.parametrize("name", MADE)
def test_a_figure_is_byte_for_byte_what_the_program_makes(name):
    path = ROOT / name
    assert path.exists(), "run `python tests/regenerate.py`, and look at the figure"
    assert path.read_bytes() == MADE[name], f"{name} has changed: run `python tests/regenerate.py`, and look at it"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name.removesuffix(".consort.yaml"))
@pytest.mark.parametrize("width", [None, 180])
def test_nobody_can_be_followed_into_a_box_that_they_do_not_come_to(path, width):
    assert charts.ambiguous(cf.draw(path, width=width).scene) == []


def test_no_figure_is_left_that_nothing_makes():
    kept = {
        path.relative_to(ROOT).as_posix()
        for folder in ("tests/diagrams/golden", "docs/figures")
        for path in (ROOT / folder).iterdir()
    }
    assert kept == set(MADE)


def test_the_command_rewrites_what_differs_and_deletes_what_nothing_makes(tmp_path, monkeypatch, capsys):
    command = regenerate()
    golden, docs = tmp_path / "golden", tmp_path / "docs"
    golden.mkdir()
    (golden / "old.svg").write_text("of an example that is gone")
    monkeypatch.setattr(command, "GOLDEN", golden)
    monkeypatch.setattr(command, "DOCS", docs)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "x.consort.yaml").write_text("stages: [{kind: screening, n: 3}]\n")
    assert command.main() == 0
    assert capsys.readouterr().out.split("\n") == [
        "deleted golden/old.svg", "wrote golden/x.svg", "wrote docs/x.svg", "wrote golden/x.dot", "",
    ]  # fmt: skip
    assert sorted(path.name for path in golden.iterdir()) == ["x.dot", "x.svg"]
    assert command.main() == 0
    assert capsys.readouterr().out == "", "what is as it should be is left alone"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_a_figure_of_an_example_is_told_in_words_with_every_count(path):
    root = ET.fromstring(MADE[f"docs/figures/{path.name.removesuffix('.consort.yaml')}.svg"])
    study = cf.read(path)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == study.study.title
    told = root.find(f"{SVG}desc").text
    shown = " ".join(text.text for text in root.iter(f"{SVG}text"))
    rows = list(cf.counts(cf.solve(study)))
    assert rows
    for row in rows:
        assert row.label in told
        assert re.search(rf"(?<!\d){digits(row.n)}(?!\d)", told), row
        if row.kind != "arm" and (row.n or study.picture.zero_counts):
            assert re.search(rf"(?<!\d){digits(row.n)}(?!\d)", shown), row
    assert len(re.findall(r"\d+", told)) >= len(rows)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_a_figure_of_an_example_runs_nothing_and_asks_for_nothing(path):
    text = MADE[f"docs/figures/{path.name.removesuffix('.consort.yaml')}.svg"].decode()
    root = ET.fromstring(text)
    kinds = {item.tag.removeprefix(SVG) for item in root.iter()}
    assert kinds <= {"svg", "title", "desc", "style", "rect", "g", "path", "text"}
    assert not any(key.startswith("on") or "href" in key or key == "src" for item in root.iter() for key in item.attrib)
    assert "url(" not in text
    assert "@import" not in text
    assert text.count("http") == text.count("http://www.w3.org/2000/svg")


def test_the_figure_of_the_published_trial_shows_its_numbers():
    root = ET.fromstring(MADE["docs/figures/inati-cel.svg"])
    shown = " ".join(text.text for text in root.iter(f"{SVG}text")).replace("\u00a0", " ")
    for words in (
        "Screened for eligibility (n = 92)", "Enrolled (n = 67)", "Received lymphodepletion (n = 55)", "(n = 48)",
        "Met exclusion criteria (n = 19)",
        "34/48 (70.8%; 95% CI 55.9\u201383.0)", "41/48 (85.4%; 95% CI 72.2\u201393.9)",
    ):  # fmt: skip
        assert words in shown
