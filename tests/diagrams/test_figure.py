# ruff: noqa: E402, S314, S603 - what is read and started here is the project's own
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from consortflow.diagrams import dot, figure
from consortflow.diagrams.chart import Card, Chart, Line, Link
from consortflow.diagrams.errors import GraphvizError, PictureError, ThemeError
from consortflow.diagrams.figure import FORMATS, draw_chart
from consortflow.diagrams.graphviz import run

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import charts

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "\\N \\G \\l",
    "<b>bold</b>",
    "a &lt;b&gt; &amp; &#60;",
    "]]>",
    'x" onload="alert(1)',
    "'single'",
    "ends\\",
    "<5>",
    "javascript:alert(1)",
    "%d {x} $y",
    "≥18 患者",
    "R&D",
]


def labelled(*labels):
    cards = tuple(Card(f"c{i}", "stage", (Line(text, bold=True),), title=text) for i, text in enumerate(labels))
    return Chart("T <&>", "D ]]>", cards, charts.chain(*(card.id for card in cards)), ())


def words(root):
    return [text.text.replace("\u00a0", " ") for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", charts.HAND_BUILT)
def test_an_svg_is_valid_told_in_words_and_free_of_scripts(name):
    drawn = draw_chart(charts.HAND_BUILT[name](footnotes=charts.NOTES))
    root = ET.fromstring(drawn.svg())
    assert root.get("role") == "img"
    ids = [item.get("id") for item in root.iter() if item.get("id")]
    assert len(ids) == len(set(ids))
    assert all(part in ids for part in root.get("aria-labelledby").split())
    kinds = {item.tag.removeprefix(SVG) for item in root.iter()}
    assert kinds == {"svg", "title", "desc", "style", "rect", "g", "path", "text"}
    assert not any(key.startswith("on") or "href" in key for item in root.iter() for key in item.attrib)
    assert all(text.get("textLength") for text in root.iter(f"{SVG}text") if len(text.text) > 1)


def test_boxes_are_read_in_the_order_of_the_flow():
    chart = charts.parallel()
    root = ET.fromstring(draw_chart(chart).svg("p"))
    boxes = next(item for item in root.iter(f"{SVG}g") if item.get("class") == "boxes")
    assert [box.get("id") for box in boxes] == [f"p-box-{card.id}" for card in chart.cards]
    assert [box.find(f"{SVG}title").text for box in boxes] == [card.title for card in chart.cards]


def test_labels_are_data_in_svg():
    root = ET.fromstring(draw_chart(labelled(*HOSTILE)).svg())
    assert " ".join(words(root)) == " ".join(HOSTILE)
    assert root.find(f"{SVG}title").text == "T <&>"


def test_labels_are_data_in_dot():
    drawn = run(draw_chart(labelled(*HOSTILE)).dot(), form="svg").decode()
    assert " ".join(words(ET.fromstring(drawn))) == " ".join(HOSTILE)


def test_exported_dot_keeps_every_place_in_graphviz():
    drawn = draw_chart(charts.parallel())
    assert "neato" not in drawn.dot()
    root = ET.fromstring(run(drawn.dot(), form="svg").decode())
    shapes = [item for item in root.iter(f"{SVG}polygon") if item.get("points").count(",") == 5]
    assert len(shapes) >= len(drawn.scene.boxes) + len(drawn.scene.bars)


def test_control_characters_never_reach_the_xml():
    ET.fromstring(draw_chart(labelled("a\x07b\ud800c\ufffe")).svg())


def test_flagged_boxes_differ_in_more_than_colour():
    cards = (Card("a", "stage", (Line("A"),), flagged=True), Card("b", "stage", (Line("B"),)))
    root = ET.fromstring(draw_chart(Chart("t", "d", cards, (Link("a", "b"),), ())).svg())
    marked = [rect for rect in root.iter(f"{SVG}rect") if rect.get("stroke-dasharray")]
    assert len(marked) == 1


def test_two_figures_share_no_id():
    one, two = draw_chart(charts.parallel()).svg(), draw_chart(charts.crossover()).svg()
    ids = [{item.get("id") for item in ET.fromstring(svg).iter()} - {None} for svg in (one, two)]
    assert not ids[0] & ids[1]


def test_the_same_chart_gives_the_same_bytes_in_every_process():
    code = (
        "import sys, zlib; sys.path.insert(0, sys.argv[1]); import charts, generated\n"
        "from random import Random; from consortflow.diagrams.figure import draw_chart, FORMATS\n"
        "made = [charts.parallel(), charts.single_arm(), generated.chart_of(Random(7), True)]\n"
        "print([zlib.crc32(draw_chart(chart).to_bytes(form)) for chart in made for form in FORMATS])"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code, str(HERE)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(seen) == 1


def test_importing_the_parts_loads_nothing_heavy():
    code = (
        "import sys; import consortflow.diagrams.figure\n"
        "heavy = {'graphviz', 'fontTools', 'importlib.metadata', 'subprocess', 'json', 'tomllib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_notebooks_get_the_picture_and_its_words():
    drawn = draw_chart(charts.single_arm())
    assert drawn._repr_svg_() == drawn.svg()
    assert set(drawn._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
    assert set(drawn._repr_mimebundle_(exclude=["image/svg+xml"])) == {"text/plain"}
    assert set(drawn._repr_mimebundle_(include=["image/svg+xml"])) == {"image/svg+xml"}


def test_formats_are_written_by_name_and_unknown_ones_refused():
    drawn = draw_chart(charts.single_arm())
    assert all(drawn.to_bytes(form) for form in FORMATS)
    with pytest.raises(ValueError, match="there are svg, pdf"):
        drawn.to_bytes("xls")


def test_a_figure_that_fails_its_check_is_an_error(monkeypatch):
    monkeypatch.setattr(figure, "faults", lambda _: ("'a' and 'b' overlap",))
    with pytest.raises(PictureError, match="overlap") as caught:
        draw_chart(charts.single_arm())
    assert caught.value.faults == ("'a' and 'b' overlap",)


def test_an_unknown_theme_is_refused():
    with pytest.raises(ThemeError):
        draw_chart(charts.single_arm(), theme="consrt")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"not json", "garbage"),
        (b"[1]", "garbage"),
        (b'{"edges": [{}]}', "garbage"),
        (b"{}", "moved"),
        (b'{"objects": [{"name": "phase-1", "pos": "x"}]}', "moved"),
    ],
)
def test_an_answer_that_is_another_drawing_is_refused(monkeypatch, answer, code):
    monkeypatch.setattr(dot, "run", lambda _: answer)
    with pytest.raises(GraphvizError) as caught:
        draw_chart(charts.single_arm())
    assert caught.value.code == code


def test_a_theme_may_be_given_as_a_value():
    from consortflow.diagrams.theme import load_theme

    large = replace(load_theme("plain"), size=12.0, leading=15.0)
    assert (
        draw_chart(charts.single_arm(), theme=large).scene.height
        > draw_chart(charts.single_arm(), "plain").scene.height
    )


def test_a_figure_tells_its_size_and_what_was_done_to_fit_it():
    natural = draw_chart(charts.four_arms(8))
    assert natural.remarks == ()
    assert natural.width_mm > 500
    narrow = draw_chart(charts.four_arms(8), width_mm=170)
    assert narrow.width_mm == pytest.approx(170)
    assert narrow.height_mm == pytest.approx(narrow.scene.height / 72 * 25.4)
    assert narrow.remarks == (f"the type is {narrow.scene.theme.size:g} pt, not 9 pt, to fit 170 mm",)


def test_a_figure_taller_than_a_page_says_so():
    assert draw_chart(charts.parallel(), width_mm=85).height_mm < 247
    assert draw_chart(charts.parallel(), width_mm=85).remarks == ()
    (remark,) = draw_chart(charts.parallel(), width_mm=85, height_mm=100).remarks
    assert "mm tall, and a page holds 100 mm" in remark
    (remark,) = draw_chart(charts.single_arm(), width_mm=60).remarks[-1:]
    assert "a page holds 247 mm" in remark
