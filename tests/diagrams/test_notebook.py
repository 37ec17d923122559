"""What notebooks get: every format there is a library for, or the one that the page Quarto makes can hold."""

import json
from base64 import b64decode
from importlib.util import find_spec

import charts
import pytest

from consortflow.diagrams import notebook
from consortflow.diagrams.figure import draw_chart

SVG, PNG, PDF, PLAIN = "image/svg+xml", "image/png", "application/pdf", "text/plain"
raster = pytest.mark.skipif(find_spec("resvg_py") is None, reason="needs resvg-py")
pdf = pytest.mark.skipif(find_spec("reportlab") is None, reason="needs reportlab")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("QUARTO_FIG_FORMAT", "QUARTO_FIG_DPI", "QUARTO_EXECUTE_INFO"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture(scope="module")
def figure():
    return draw_chart(charts.single_arm())


def installed(monkeypatch, *libraries):
    monkeypatch.setattr(notebook, "find_spec", lambda name: name if name in libraries else None)


def quarto(monkeypatch, form, base="", folder=None, dpi="96"):
    monkeypatch.setenv("QUARTO_FIG_FORMAT", form)
    monkeypatch.setenv("QUARTO_FIG_DPI", dpi)
    if folder is not None:
        path = folder / "info.json"
        path.write_text(json.dumps({"format": {"identifier": {"base-format": base}}}), encoding="utf-8")
        monkeypatch.setenv("QUARTO_EXECUTE_INFO", str(path))


def kinds(figure, **more):
    return set(figure._repr_mimebundle_(**more)[0])


@raster
@pdf
def test_jupyter_gets_every_format_it_may_need(figure):
    made, about = figure._repr_mimebundle_()
    assert set(made) == {SVG, PNG, PDF, PLAIN}
    assert b64decode(made[PNG]).startswith(b"\x89PNG")
    assert b64decode(made[PDF]).startswith(b"%PDF")
    assert made[PLAIN] == figure.chart.description
    assert about[PNG] == about[SVG]
    assert about[PNG]["alt"] == figure.chart.description
    assert about[PNG]["width"] == round(figure.scene.width * 96 / 72)


def test_without_their_libraries_formats_are_not_offered(figure, environment):
    installed(environment)
    assert kinds(figure) == {SVG, PLAIN}
    installed(environment, "reportlab")
    quarto(environment, "png")
    assert kinds(figure) == {SVG, PLAIN}, "better one that a program may convert than none"


def test_only_what_is_asked_for_is_made(figure):
    assert kinds(figure, include={PLAIN}) == {PLAIN}
    assert kinds(figure, include=[SVG]) == {SVG}
    assert kinds(figure, exclude=[SVG, PNG, PDF]) == {PLAIN}


@raster
@pdf
@pytest.mark.parametrize(
    ("form", "base", "kind"),
    [
        ("pdf", "pdf", PDF), ("png", "docx", PNG), ("png", "pptx", PNG), ("png", "html", SVG), ("svg", "typst", SVG),
        ("png", "revealjs", SVG), ("jpeg", "docx", PNG), ("svg", "docx", SVG), ("png", "", PNG), ("pdf", "beamer", PDF),
    ],
)  # fmt: skip
def test_quarto_gets_what_its_page_can_hold(figure, environment, tmp_path, form, base, kind):
    quarto(environment, form, base, tmp_path)
    assert kinds(figure) == {kind, PLAIN}


@raster
@pytest.mark.parametrize("told", ["", "not json", "[]", '{"format": {"identifier": {"base-format": 3}}}'])
def test_what_quarto_says_badly_is_as_if_it_said_nothing(figure, environment, tmp_path, told):
    quarto(environment, "png", dpi="many")
    (tmp_path / "info.json").write_text(told, encoding="utf-8")
    environment.setenv("QUARTO_EXECUTE_INFO", str(tmp_path / "info.json"))
    assert kinds(figure) == {PNG, PLAIN}
    environment.setenv("QUARTO_EXECUTE_INFO", str(tmp_path / "missing.json"))
    assert kinds(figure) == {PNG, PLAIN}


@raster
def test_dots_are_fine_enough_to_print_and_never_too_many(figure, environment):
    widths = {}
    for dpi in ("96", "600"):
        quarto(environment, "png", dpi=dpi)
        widths[dpi] = int.from_bytes(b64decode(figure._repr_mimebundle_()[0][PNG])[16:20], "big")
    assert widths["96"] == pytest.approx(figure.scene.width / 72 * 300, abs=2)
    assert widths["600"] == pytest.approx(figure.scene.width / 72 * 600, abs=2)


@raster
def test_a_figure_too_large_for_dots_is_shown_as_svg(figure, environment):
    large = figure.scene._replace(width=100_000.0, height=100_000.0)
    from consortflow.diagrams.figure import Figure

    assert kinds(Figure(figure.chart, large)) >= {SVG, PLAIN}
    assert PNG not in kinds(Figure(figure.chart, large))
    quarto(environment, "png")
    assert kinds(Figure(figure.chart, large)) == {SVG, PLAIN}
