"""Connectors as office programs draw them: presets with their bends, and what their ends hold on to."""

import itertools
import time

import pytest
from lxml import etree
from officing import near, shape_of, straight

from consortflow.diagrams.scene import Box, Connector, Scene
from consortflow.diagrams.theme import Theme
from consortflow.diagrams.writers.drawingml import connector
from consortflow.diagrams.writers.joints import End, elbow, glued

THEME = Theme()


def scene(*lines, boxes=()):
    held = boxes or (Box("a", "stage", 0, 0, 40, 20), Box("b", "stage", 0, 100, 40, 20))
    return Scene(400, 400, held, tuple(lines), (), (), "t", "d", "en-US", THEME)


def line(*points, tail="a", head="b", dotted=False, name=""):
    return Connector(name or f"{tail}>{head}", tail, head, "flow", points, dotted)


def drawn(points):
    """Return the points through which a program draws the preset that is written for a line."""
    held = (Box("a", "stage", -900, -900, 1800, 1800), Box("b", "stage", -900, -900, 1800, 1800))
    (piece,) = glued(scene(line(*points), boxes=held)).pieces
    space = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    return shape_of(etree.fromstring(f'<x {space}><cNvPr id="1" name="x"/>{connector(piece, THEME)}</x>')).path()


STEPS = [
    points
    for bends in range(5)
    for upright in (False, True)
    for signs in itertools.product((1, -1), repeat=bends + 1)
    for points in [
        tuple(
            itertools.accumulate(
                (
                    (sign * (10 + 7 * place), 0) if (place % 2 == 0) != upright else (0, sign * (12 + 5 * place))
                    for place, sign in enumerate(signs)
                ),
                lambda one, step: (one[0] + step[0], one[1] + step[1]),
                initial=(0, 0),
            )
        )
    ]
]


@pytest.mark.parametrize("points", STEPS)
def test_a_line_of_up_to_five_stretches_is_one_preset_whichever_way_it_turns(points):
    assert len(straight(drawn(points))) == len(points)
    for one, other in zip(straight(drawn(points)), points, strict=True):
        assert near(one, other, 0.1)


@pytest.mark.parametrize(
    "points", [((0, 0), (30, 0), (30, 50), (0, 50)), ((0, 0), (0, 20), (30, 20), (30, 60), (0, 60), (0, 80))]
)
def test_a_detour_that_ends_in_line_with_its_beginning_keeps_its_way(points):
    assert all(near(one, other, 0.11) for one, other in zip(drawn(points), points, strict=True))


def test_the_middles_of_sides_are_sites_of_their_own():
    found = glued(scene(line((20, 20), (20, 100))))
    assert (found.pieces[0].start, found.pieces[0].end) == (End("a", 2), End("b", 0))
    assert found.sites == {}


def test_lines_that_meet_a_box_at_one_place_share_a_site():
    found = glued(scene(line((5, 20), (5, 100)), line((5, 20), (5, 60), (35, 60), (35, 100), name="other")))
    assert [piece.start for piece in found.pieces] == [End("a", 4), End("a", 4)]
    assert [piece.end for piece in found.pieces] == [End("b", 4), End("b", 5)]
    assert [(site.x, site.y, site.angle) for site in found.sites["a"]] == [(5, 20, 90)]


SIDE = Box("c", "exit", 80, 50, 40, 20)
BOXES = (*scene().boxes, SIDE)


@pytest.mark.parametrize(("trunk", "points"), [(False, 3), (True, 2)])
def test_a_side_line_begins_at_its_box_where_a_whole_line_runs_that_way(trunk, points):
    lines = line((20, 20), (20, 100), dotted=trunk), line((20, 60), (80, 60), head="c")
    side = glued(scene(*lines, boxes=BOXES)).pieces[1]
    assert len(side.points) == points
    assert side.start == (End("a", 2) if points == 3 else End("a", 4))


def test_a_line_that_joins_a_trunk_is_glued_to_a_site_outside_the_box_it_leads_to():
    lines = line((20, 20), (20, 100)), line((80, 60), (20, 60), tail="c")
    found = glued(scene(*lines, boxes=BOXES))
    assert found.pieces[1].end == End("b", 4)
    assert [(site.x, site.y, site.angle) for site in found.sites["b"]] == [(20, -40, 0)]


def test_what_every_program_draws_alike_is_known():
    assert elbow(((0, 0), (0, 50), (40, 50), (40, 100))).adjust == (50_000,)
    halfway = line((20, 20), (20, 60), (60, 60), (60, 100))
    early = line((20, 20), (20, 30), (60, 30), (60, 100))
    boxes = (scene().boxes[0], Box("b", "stage", 40, 100, 40, 20))
    usual = [glued(scene(one, boxes=boxes)).pieces[0].usual for one in (halfway, early)]
    assert usual == [True, False]


def test_a_trunk_of_thousands_of_boxes_is_glued_at_once():
    count = 3000
    boxes = [Box(f"s{n}", "stage", 0, 100 * n, 40, 20) for n in range(count)]
    boxes += [Box(f"x{n}", "exit", 80, 100 * n + 50, 40, 20) for n in range(count - 1)]
    lines = [line((20, 100 * n + 20), (20, 100 * n + 100), tail=f"s{n}", head=f"s{n + 1}") for n in range(count - 1)]
    lines += [line((20, 100 * n + 60), (80, 100 * n + 60), tail=f"s{n}", head=f"x{n}") for n in range(count - 1)]
    start = time.process_time()
    found = glued(scene(*lines, boxes=tuple(boxes)))
    assert time.process_time() - start < 1
    assert [len(piece.points) for piece in found.pieces] == [2] * (count - 1) + [3] * (count - 1)
    assert found.sites == {}
