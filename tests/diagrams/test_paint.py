"""What is painted of a scene, in which order, and what of it every writer shares."""

import charts
import pytest

from consortflow.diagrams.figure import Figure, draw_chart
from consortflow.diagrams.paint import DASHED, DOTTED, HEAVY, Polygon, Polyline, Rectangle, Text, outline, paint, shaft
from consortflow.diagrams.scene import Box, Connector
from consortflow.diagrams.theme import load_theme

THEME = load_theme("consort")


def test_everything_of_a_scene_is_painted_once_and_the_ground_first():
    scene = draw_chart(charts.parallel()).scene
    marks = list(paint(scene))
    assert marks[0] == Rectangle(0, 0, scene.width, scene.height, scene.theme.paper)
    assert sum(isinstance(mark, Text) for mark in marks) == len(list(scene.runs()))
    assert sum(isinstance(mark, Rectangle) for mark in marks) == 1 + len(scene.solids)
    assert sum(isinstance(mark, Polyline) for mark in marks) == len(scene.connectors)
    assert sum(isinstance(mark, Polygon) for mark in marks) == len(scene.connectors)


def test_a_label_on_a_line_lies_on_a_plate_of_the_paper():
    scene = draw_chart(charts.parallel()).scene
    label = scene.boxes[0].runs[0]
    line = scene.connectors[0]._replace(runs=(label,), plate=(1.0, 2.0, 11.0, 8.0))
    marks = list(paint(scene._replace(connectors=(line,))))
    place = marks.index(Text(label, scene.theme.ink))
    assert marks[place - 1] == Rectangle(1.0, 2.0, 10.0, 6.0, scene.theme.paper)
    svg = Figure(charts.parallel(), scene._replace(connectors=(line,))).svg()
    assert '<rect x="1" y="2" width="10" height="6" fill="#ffffff"/><text' in svg


def test_the_line_ends_where_its_arrow_begins():
    line = Connector("l", "a", "b", "flow", ((10, 10), (10, 40), (60, 40)))
    points, head = shaft(line, THEME)
    assert points == ((10, 10), (10, 40), (60 - THEME.arrow_length, 40))
    assert head[0] == (60, 40)
    assert [abs(y - 40) for _, y in head[1:]] == pytest.approx([THEME.arrow_half] * 2)


def test_an_arrow_is_no_longer_than_the_last_part_of_its_line():
    points, head = shaft(Connector("l", "a", "b", "flow", ((0, 0), (0, 2))), THEME)
    assert points == ((0, 0), (0, 0))
    assert head[0] == (0, 2)


def test_a_box_whose_counts_contradict_is_dashed_and_heavy():
    box = Box("a", "stage", 0, 0, 10, 10)
    assert outline(box, THEME).dash is None
    marked = outline(box._replace(flagged=True), THEME)
    assert (marked.dash, marked.width) == (DASHED, HEAVY * THEME.line_width)


def test_what_balances_nothing_is_dotted():
    scene = draw_chart(charts.parallel()).scene
    line = scene.connectors[0]._replace(dotted=True)
    (mark,) = (m for m in paint(scene._replace(connectors=(line,))) if isinstance(m, Polyline))
    assert mark.dash == DOTTED
