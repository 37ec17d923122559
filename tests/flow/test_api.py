# ruff: noqa: E501 - study files are written as an author would
import pickle
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import consortflow as cf
from consortflow.diagrams.errors import ThemeError, WidthError
from consortflow.schemas.people import Exit, Reason
from consortflow.schemas.stages import Allocation, Arm, Enrollment, Randomization, Screening
from consortflow.schemas.study import Study

ROOT = Path(__file__).parents[2]
INATI = ROOT / "examples" / "inati-cel.consort.yaml"
RIGHT = "stages:\n  - {kind: enrollment, n: 67, exits: [{label: Discontinued, n: 12}]}\n  - {kind: lymphodepletion, n: 55}\n"
WRONG = RIGHT.replace("55", "56")


def test_the_verbs_of_the_readme():
    study = cf.read(INATI)
    assert isinstance(study, cf.Study)
    assert cf.check(study) == ()
    assert cf.solve(study).n("enrollment") == 67
    assert cf.draw(study).svg().startswith("<?xml")


@pytest.mark.parametrize("make", [str, Path])
def test_files_are_named_by_text_or_path(make):
    same = cf.loads(INATI.read_text(encoding="utf-8"))
    assert cf.read(make(INATI)).model_dump() == same.model_dump()
    assert cf.check(make(INATI)).ok
    assert cf.draw(make(INATI)).svg() == cf.draw(cf.read(INATI)).svg()


def test_a_wrong_study_raises_with_every_finding_and_where_it_is():
    text = "stages:\n  - {kind: screening, n: ten, lable: x}\n  - {kind: enrolment}\n"
    with pytest.raises(cf.InvalidStudyError) as caught:
        cf.loads(text, "mine.yaml")
    error = caught.value
    assert isinstance(error, cf.ConsortflowError)
    assert isinstance(error, ValueError)
    assert isinstance(error.diagnostics, cf.Diagnostics)
    assert sorted(finding.code for finding in error.diagnostics) == ["S101", "S104", "S105"]
    assert str(error).startswith("mine.yaml:2:")
    assert str(error).endswith("(and 2 more)")


def test_reading_a_wrong_file_raises_with_its_name(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("stages: 3")
    with pytest.raises(cf.InvalidStudyError, match=r"a\.yaml:1:9: error\[S103\]"):
        cf.read(path)
    with pytest.raises(cf.FileError, match="no such file") as caught:
        cf.read(tmp_path / "b.yaml")
    assert isinstance(caught.value, OSError)
    assert caught.value.path == str(tmp_path / "b.yaml")
    with pytest.raises(cf.FileError, match="not a file name"):
        cf.read("a\0b")


def test_reading_does_not_look_at_the_arithmetic():
    assert isinstance(cf.loads(WRONG), cf.Study)


def test_checking_a_file_with_errors_returns_them_as_data(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(WRONG)
    found = cf.check(path)
    assert [finding.code for finding in found.errors] == ["B301"]
    assert not found.ok
    found = found.errors
    assert found.errors == found
    assert found[0].span.file == str(path)
    assert found[0].severity is cf.Severity.ERROR
    path.write_text("stages: [")
    assert not cf.check(path).ok
    with pytest.raises(cf.FileError):
        cf.check(tmp_path)


def test_a_contradiction_is_not_drawn_unless_it_is_allowed():
    study = cf.loads(WRONG)
    with pytest.raises(cf.InvalidStudyError, match="B301"):
        cf.draw(study)
    figure = cf.draw(study, allow_invalid=True)
    assert any(card.flagged for card in figure.chart.cards)
    solution = cf.solve(study)
    assert not solution.ok
    assert [conflict.code for conflict in solution.conflicts] == ["B301"]


def test_a_file_that_is_no_study_is_never_drawn(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("stages: 3")
    with pytest.raises(cf.InvalidStudyError):
        cf.draw(path, allow_invalid=True)


def test_a_figure_holds_its_chart_and_its_scene():
    figure = cf.draw(INATI)
    assert isinstance(figure, cf.Figure)
    assert figure.chart.title.startswith("Inaticabtagene")
    assert [card.id for card in figure.chart.cards] == [box.id for box in figure.scene.boxes]
    assert figure.scene.width > 0
    assert figure.scene.height > 0
    with pytest.raises(AttributeError):
        figure.chart = None


def test_notebooks_show_the_figure_and_its_words():
    figure = cf.draw(INATI)
    assert figure._repr_svg_() == figure.svg()
    bundle = figure._repr_mimebundle_()
    assert bundle == {"image/svg+xml": figure.svg(), "text/plain": figure.chart.description}
    assert "92" in bundle["text/plain"]
    assert figure._repr_mimebundle_(include={"text/plain"}) == {"text/plain": figure.chart.description}
    assert figure._repr_mimebundle_(exclude={"text/plain"}) == {"image/svg+xml": figure.svg()}


@pytest.mark.parametrize(("ending", "form"), [("svg", "svg"), ("SVG", "svg"), ("dot", "dot")])
def test_a_figure_is_saved_by_its_ending(tmp_path, ending, form):
    figure = cf.draw(INATI)
    path = tmp_path / f"figure.{ending}"
    assert figure.save(path) is None
    assert path.read_bytes() == figure.to_bytes(form)
    figure.save(str(tmp_path / "odd.txt"), format=form)
    assert (tmp_path / "odd.txt").read_bytes() == figure.to_bytes(form)


def test_an_unknown_ending_or_folder_is_refused_and_nothing_is_written(tmp_path):
    figure = cf.draw(INATI)
    for name in ("figure.xls", "figure"):
        with pytest.raises(ValueError, match="there are svg, pdf"):
            figure.save(tmp_path / name)
    with pytest.raises(cf.FileError, match="no such file or folder"):
        figure.save(tmp_path / "missing" / "figure.svg")
    with pytest.raises(cf.FileError, match="is a folder"):
        figure.save(tmp_path, format="svg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("width", [170, 170.0, "170mm", "17 cm", "170"])
def test_a_width_is_a_number_of_millimetres_or_text(width):
    assert cf.draw(INATI, width=width).scene.width == pytest.approx(170 / 25.4 * 72, abs=0.1)


def test_a_width_or_theme_that_is_none_is_a_value_error():
    for width in ("abc", 0, -3, "", float("nan"), float("inf")):
        with pytest.raises(ThemeError) as caught:
            cf.draw(INATI, width=width)
        assert isinstance(caught.value, ValueError)
    with pytest.raises(WidthError) as caught:
        cf.draw(INATI, width=20)
    assert isinstance(caught.value, ValueError)
    assert caught.value.asked_mm == 20
    assert caught.value.needed_mm > 20
    with pytest.raises(ThemeError, match="plain"):
        cf.draw(INATI, theme="plian")


def test_the_study_s_own_picture_is_used_and_an_argument_wins():
    study = cf.loads(RIGHT + "picture: {theme: plain, width: 90}\n")
    assert cf.draw(study).scene.theme.name == "plain"
    assert cf.draw(study).scene.width == pytest.approx(90 / 25.4 * 72, abs=0.1)
    assert cf.draw(study, theme="monochrome").scene.theme.name == "monochrome"
    assert cf.draw(study, width=120).scene.width == pytest.approx(120 / 25.4 * 72, abs=0.1)


# studies without a file


def built(last=55):
    return Study(
        stages=(
            Screening(
                kind="screening", n=92, exits=(Exit(label="Not enrolled", reasons=(Reason(label="Declined", n=25),)),)
            ),
            Enrollment(kind="enrollment", exits=(Exit(label="Discontinued", n=12),)),
            Randomization(
                kind="randomization",
                n=last,
                arms=(
                    Arm(label="A", stages=(Allocation(kind="allocation", n=28),)),
                    Arm(label="B", stages=(Allocation(kind="allocation"),)),
                ),
            ),
        )
    )


def test_a_study_built_in_python_is_solved_checked_and_drawn():
    study = built()
    assert study.source is None
    assert cf.check(study).ok
    assert cf.solve(study).n("b/allocation") == 27
    ET.fromstring(cf.draw(study).svg())  # noqa: S314 - our own


def test_findings_about_a_study_built_in_python_point_into_it():
    (found,) = cf.check(built(56)).errors
    assert found.code == "B301"
    assert found.message == "Enrolled 67 - 12 = 55, but Randomized says 56"
    assert found.span == ("stages/2/n", 0, 0, 0, 0)
    assert str(found) == "stages/2/n: error[B301]: Enrolled 67 - 12 = 55, but Randomized says 56"
    with pytest.raises(cf.InvalidStudyError, match="stages/2/n"):
        cf.draw(built(56))
    figure = cf.draw(built(56), allow_invalid=True)
    assert {card.id for card in figure.chart.cards if card.flagged} >= {"randomization"}


def test_structure_is_checked_without_a_file():
    study = Study.model_validate({"stages": [{"kind": "treatment"}, {"kind": "treatment"}]})
    found = cf.check(study)
    assert [finding.code for finding in found.errors] == ["S107"]
    assert found.errors[0].span.line == 0


def test_a_study_compares_and_survives_a_round_trip():
    study = built()
    assert study == built()
    assert study != built(56)
    again = Study.model_validate(study.model_dump(by_alias=True))
    assert cf.solve(again).n("b/allocation") == 27
    assert pickle.loads(pickle.dumps(study)) == study  # noqa: S301 - our own


def test_asking_for_a_count_that_is_not_there_is_a_key_error():
    with pytest.raises(KeyError):
        cf.solve(built()).n("nowhere")
    with pytest.raises(KeyError):
        cf.solve(built()).n("screening", "clusters")
