# ruff: noqa: S311 - random charts are no secret
import sys
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from consortflow.diagrams.chart import Chart
from consortflow.diagrams.figure import draw_chart
from consortflow.diagrams.pages import pages_of
from consortflow.diagrams.place import place
from consortflow.diagrams.scene import faults
from consortflow.diagrams.theme import POINTS_PER_MM, load_theme

sys.path.insert(0, str(Path(__file__).parent))
import charts
import generated

THEME = load_theme("consort")
TALL = {"single": 100, "parallel": 90, "crossover": 90, "four": 80}


def marks(page):
    return [box for box in page.boxes if box.kind == "mark"]


def cut(name, mm):
    return pages_of(place(charts.HAND_BUILT[name](footnotes=charts.NOTES), THEME), mm * POINTS_PER_MM)


@pytest.mark.parametrize("name", TALL)
def test_a_tall_figure_is_cut_into_pages_that_hold_every_box_once(name):
    pages = cut(name, TALL[name])
    assert len(pages) > 1
    whole = place(charts.HAND_BUILT[name](footnotes=charts.NOTES), THEME)
    for page in pages:
        assert faults(page) == ()
        assert page.width == whole.width
        assert page.height <= TALL[name] * POINTS_PER_MM
    shown = [box for page in pages for box in page.boxes if box.kind != "mark"]
    assert sorted((box.id, box.x, box.w, box.h) for box in shown) == sorted(
        (box.id, box.x, box.w, box.h) for box in whole.boxes
    )
    for page in pages:
        ids = [box.id for box in page.boxes if box.kind != "mark"]
        assert ids == [ident for ident in whole.order if ident in ids], "read in the order of the flow"
    assert [len(page.notes) for page in pages[:-1]] == [0] * (len(pages) - 1)
    assert len(pages[-1].notes) == len(whole.notes) > 0


@pytest.mark.parametrize("name", TALL)
def test_lines_go_on_at_the_mark_of_the_same_letter(name):
    pages = cut(name, TALL[name])
    for one, two in pairwise(pages):
        out = {box.id: box.x for box in marks(one) if any(line.head == box.id for line in one.connectors)}
        back = {box.id: box.x for box in marks(two) if any(line.tail == box.id for line in two.connectors)}
        assert out == back
        assert out
    names = [box.id for page in pages for box in marks(page)]
    assert sorted(names) == sorted(2 * list(dict.fromkeys(names))), "each letter on two pages"


def test_exits_stay_on_the_page_of_their_stage():
    for page in cut("parallel", 90):
        ids = {box.id for box in page.boxes}
        for stage, exit_ in (("screening", "excluded"), ("allocation-1", "lost-1"), ("followup-1", "excluded-1")):
            assert (stage in ids) == (exit_ in ids)


def test_bars_are_cut_with_the_figure_and_named_on_every_page_that_has_room():
    pages = cut("crossover", 90)
    assert all(page.bars for page in pages)
    named = {bar.label for page in pages for bar in page.bars if bar.runs}
    assert named == {"Enrolment", "Period 1", "Washout", "Period 2", "Analysis"}


def test_a_figure_that_fits_is_one_page():
    figure = draw_chart(charts.parallel())
    assert figure.pages() == (figure,)


def test_a_figure_s_pages_are_figures_with_names_of_their_own():
    figure = draw_chart(charts.single_arm())
    pages = figure.pages(100)
    assert [page.scene.title for page in pages] == [
        f"{figure.scene.title} ({at + 1}/{len(pages)})" for at in range(len(pages))
    ]
    assert len({page.svg() for page in pages}) == len(pages)
    assert all(page.remarks == () and page.height_mm <= 100 for page in pages)
    assert all(page.to_bytes("dot") for page in pages)


def test_a_page_lower_than_a_box_is_as_tall_as_the_box_and_says_so():
    pages = draw_chart(charts.single_arm()).pages(30)
    assert all(faults(page.scene) == () for page in pages)
    tall = [page for page in pages if page.height_mm > 30]
    assert tall
    assert all("a page holds 30 mm" in page.remarks[-1] for page in tall)


@pytest.mark.parametrize("height", [0, -1, float("nan")])
def test_a_page_without_height_is_refused(height):
    with pytest.raises(ValueError, match="holds nothing"):
        draw_chart(charts.parallel()).pages(height)


def test_nothing_is_one_page():
    assert len(pages_of(place(Chart("t", "d", (), (), ()), THEME), 5.0)) == 1


def test_marks_beyond_z_have_two_letters_and_stay_in_their_boxes():
    names = [[f"s{arm}-{visit}" for visit in range(6)] for arm in range(8)]
    cards = [charts.card(name, "stage", "Seen", 5) for name in ("r", *(name for arm in names for name in arm))]
    links = [link for arm in names for link in charts.chain("r", *arm)]
    whole = place(Chart("t", "d", tuple(cards), tuple(links), ()), THEME)
    many = pages_of(whole, 90.0)
    names = {box.runs[0].text for page in many for box in marks(page)}
    assert len(names) > 26
    assert {"A", "Z", "AA"} <= names
    assert [fault for page in many for fault in faults(page)] == []


@pytest.mark.parametrize("seed", range(40))
def test_any_flow_can_be_cut(seed):
    chart = generated.chart_of(Random(seed), tangled=seed % 4 == 0)
    if len(chart.cards) > 60:
        chart = charts.four_arms(1 + seed % 8)
    whole = place(chart, THEME)
    for height in (whole.height / 2, whole.height / 4):
        pages = pages_of(whole, height)
        assert [fault for page in pages for fault in faults(page)] == []
        assert sorted(box.id for page in pages for box in page.boxes if box.kind != "mark") == sorted(whole.order)
        for page in pages:
            ids = {box.id for box in page.boxes}
            assert all(line.tail in ids and line.head in ids for line in page.connectors)
