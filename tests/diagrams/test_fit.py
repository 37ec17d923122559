# ruff: noqa: S311 - random charts are no secret
import os
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from consortflow.diagrams.chart import Card, Chart, Footnote, Line, Link, Side
from consortflow.diagrams.deck import Deck
from consortflow.diagrams.errors import WidthError
from consortflow.diagrams.manner import Manner
from consortflow.diagrams.place import place
from consortflow.diagrams.scene import faults
from consortflow.diagrams.sheet import sheet_of
from consortflow.diagrams.theme import POINTS_PER_MM, load_theme

sys.path.insert(0, str(Path(__file__).parent))
import charts
import generated
from charts import box, line, middle

THEME = load_theme("consort")
WIDTHS = (85, 114, 170, 180)
FLOWS = int(os.environ.get("CONSORTFLOW_FIGURES", "150"))
"""Random flows in the default run; each is drawn at one of the widths, and at all of them in a longer run."""
LARGEST = 40
"""Cards of a random flow in the default run."""


def drawn(chart, mm, theme=THEME, height=None):
    """Return the scene of a chart at a width, held to everything a figure promises."""
    scene = place(chart, theme, mm * POINTS_PER_MM, None if height is None else height * POINTS_PER_MM)
    assert faults(scene) == ()
    assert scene.width == pytest.approx(mm * POINTS_PER_MM)
    assert min(run.size for _, run in scene.runs()) >= theme.min_size
    assert all(line.points for line in scene.connectors)
    return scene


def words(scene):
    return {run.text.replace("\u00a0", " ") for _, run in scene.runs()}


# Usual trials on a journal's page


@pytest.mark.parametrize("mm", WIDTHS)
@pytest.mark.parametrize("name", ["single", "parallel", "crossover", "four"])
@pytest.mark.parametrize("theme", ["consort", "plain"])
def test_usual_trials_fit_every_column_of_a_journal(name, mm, theme):
    drawn(charts.HAND_BUILT[name](footnotes=charts.NOTES), mm, load_theme(theme))


@pytest.mark.parametrize(("arms", "mm", "least"), [(2, 85, 9), (3, 170, 9), (5, 170, 9), (8, 170, 6), (8, 180, 6.5)])
def test_many_arms_with_exits_and_reasons_fit_a_page(arms, mm, least):
    scene = drawn(charts.four_arms(arms), mm)
    assert scene.theme.size >= least
    assert len(scene.boxes) == len(charts.four_arms(arms).cards)


@pytest.mark.parametrize("mm", WIDTHS)
@pytest.mark.parametrize("arms", range(2, 9))
def test_arms_stay_symmetric_and_trunks_straight_however_narrow(arms, mm):
    chart = charts.four_arms(arms)
    scene = drawn_or_named(chart, mm)
    at = [middle(scene, f"allocation-{arm}") for arm in range(arms)]
    assert len({round(b - a, 6) for a, b in pairwise(at)}) == 1
    assert (at[0] + at[-1]) / 2 == pytest.approx(middle(scene, "randomization"), abs=1e-6)
    for row in ("allocation", "followup", "analysis"):
        boxes = [box(scene, f"{row}-{arm}") for arm in range(arms)]
        assert len({(found.w, found.h, found.y) for found in boxes}) == 1
    lines = [line(scene, "screening", "randomization")]
    for arm in range(arms):
        lines += [
            line(scene, f"allocation-{arm}", f"followup-{arm}"),
            line(scene, f"followup-{arm}", f"analysis-{arm}"),
        ]
    assert all(len(found.points) == 2 and found.points[0][0] == found.points[1][0] for found in lines)


def test_lines_get_shorter_before_cards_move_and_cards_move_before_type_gets_smaller():
    seen = []
    for mm in range(330, 60, -10):
        try:
            scene = drawn(charts.four_arms(), mm)
        except WidthError:
            break
        stage, card = box(scene, "allocation-3"), box(scene, "lost-3")
        seen.append((scene.theme.size, card.x + card.w <= stage.x + stage.w))
    assert seen[0] == (9.0, False)
    assert (9.0, True) in seen
    sizes = [size for size, _ in seen]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == THEME.min_size
    assert all(under for size, under in seen if size < THEME.size)


def test_a_card_in_its_own_column_stands_right_of_its_line_and_within_its_stage():
    scene = drawn(charts.four_arms(), 170)
    for arm in range(4):
        stage, card = box(scene, f"allocation-{arm}"), box(scene, f"lost-{arm}")
        assert stage.x < card.x
        assert card.x + card.w == pytest.approx(stage.x + stage.w)
        assert stage.y + stage.h < card.y < card.y + card.h < box(scene, f"followup-{arm}").y
        passing = line(scene, f"allocation-{arm}", f"followup-{arm}").points[0][0]
        assert stage.x < passing < card.x
        (ax, ay), (bx, by) = line(scene, f"allocation-{arm}", f"lost-{arm}").points
        assert (ax, bx) == (passing, card.x)
        assert ay == by == pytest.approx(card.y + card.h / 2)


def test_lines_of_arms_that_run_abreast_run_alike():
    scene = drawn(charts.crossover(), 85)
    for tail, head in (("first", "washout"), ("washout", "second"), ("second", "both")):
        inside = [
            line(scene, f"{tail}-{arm}", f"{head}-{arm}").points[0][0] - box(scene, f"{tail}-{arm}").x for arm in (0, 1)
        ]
        assert inside[0] == pytest.approx(inside[1])


def test_those_who_join_stand_in_the_column_too_with_their_arrow_towards_the_line():
    cards = [charts.card(name, "stage", "A stage of the trial", 5) for name in ("r", "a", "b", "c", "d")]
    cards += [charts.card(name, "enter", "Replacements who joined", 2) for name in ("in-a", "in-b")]
    links = [Link("r", "a"), Link("r", "b"), Link("a", "c"), Link("b", "d")]
    sides = [Side("in-a", "c", "above", inward=True), Side("in-b", "d", "above", inward=True)]
    scene = drawn(Chart("t", "d", tuple(cards), tuple(links), tuple(sides)), 60)
    for joining, stage in (("in-a", "c"), ("in-b", "d")):
        points = line(scene, joining, stage).points
        assert points[0][0] == box(scene, joining).x > points[-1][0]
        assert box(scene, stage).x < points[-1][0]


# What is left when lines, places and gaps are as tight as they can be


def wordy(word, arms=4):
    cards = [charts.card("r", "stage", "Randomised", 40)]
    links, sides = [], []
    for arm in range(arms):
        cards += [
            charts.card(f"a{arm}", "stage", f"Arm {arm}", 10),
            charts.card(f"x{arm}", "exit", "Left", 2, (word, 2)),
            charts.card(f"b{arm}", "stage", "Analysed", 8),
        ]
        links += [Link("r", f"a{arm}"), Link(f"a{arm}", f"b{arm}")]
        sides.append(Side(f"x{arm}", f"a{arm}"))
    return Chart("t", "d", tuple(cards), tuple(links), tuple(sides))


def test_a_word_is_hyphenated_only_where_type_would_get_too_small_for_it():
    chart = wordy("Hypophosphatemia")
    whole, parted, narrow = drawn(chart, 130), drawn(chart, 115), drawn(chart, 66)
    assert any(text.startswith("Hypophosphatemia") for text in words(whole))
    assert not any(text.startswith("Hypophosphatemia") for text in words(parted) | words(narrow))
    assert {"Hypophos-", "Hypophospha-"} & words(parted)
    assert whole.theme.size < parted.theme.size
    assert narrow.theme.size == THEME.min_size


def test_a_count_stands_on_a_line_of_its_own_only_where_it_must():
    chart = wordy("Withdrawal")
    assert "Withdrawal (n = 2)" in words(drawn(chart, 170))
    assert {"Withdrawal", "(n = 2)"} <= words(drawn(chart, 85))


@pytest.mark.parametrize("mm", [20, 40, 85])
@pytest.mark.parametrize("arms", [5, 8])
def test_a_width_that_cannot_be_met_names_one_that_can_and_what_would_help(arms, mm):
    with pytest.raises(WidthError) as caught:
        place(charts.four_arms(arms), THEME, mm * POINTS_PER_MM)
    error = caught.value
    assert error.asked_mm == mm < error.needed_mm
    assert error.size == THEME.min_size
    assert drawn(charts.four_arms(arms), error.needed_mm).theme.size == THEME.min_size
    assert f"at least {error.needed_mm:g} mm" in str(error)
    assert f"{mm} mm was asked for" in str(error)
    wide = min(width for width in THEME.columns.values() if width >= error.needed_mm)
    assert f"({wide:g} mm) is wide enough" in error.remedy in str(error)


def test_a_narrowest_width_is_the_narrowest():
    with pytest.raises(WidthError) as caught:
        place(charts.four_arms(8), THEME, 85 * POINTS_PER_MM)
    with pytest.raises(WidthError) as again:
        place(charts.four_arms(8), THEME, (caught.value.needed_mm - 1) * POINTS_PER_MM)
    assert again.value.needed_mm == caught.value.needed_mm


@pytest.mark.parametrize(("size", "least"), [(9.0, 8.0), (9.0, 9.0), (12.0, 7.0), (7.0, 7.5)])
def test_type_is_never_smaller_than_the_theme_allows(size, least):
    theme = replace(THEME, size=size, min_size=least, leading=size * 1.28)
    for mm in (114, 170, 180):
        try:
            scene = place(charts.four_arms(5), theme, mm * POINTS_PER_MM)
        except WidthError as error:
            scene = place(charts.four_arms(5), theme, error.needed_mm * POINTS_PER_MM)
        assert faults(scene) == ()
        assert min(size, least) <= scene.theme.size <= size
        assert {run.size for found in scene.boxes for run in found.runs} == {scene.theme.size}


# Sets that hang beside the flow


def with_sets():
    chart = charts.four_arms(5)
    sets = [
        charts.card("full", "set", "Full analysis set", 590, phase=3),
        charts.card("left-out", "exit", "Not in the set", 10, ("No measurement", 10)),
        charts.card("safety", "set", "Safety set", 600, ("Any adverse event", 400), ("Death", 3), phase=3),
    ]
    links = [Link("randomization", "full", "set", dotted=True), Link("randomization", "safety", "set", dotted=True)]
    sides = [Side("left-out", "full", "above")]
    return chart._replace(cards=(*chart.cards, *sets), links=(*chart.links, *links), sides=(*chart.sides, *sides))


def test_sets_beside_the_arms_stand_below_them_where_the_page_is_narrow():
    scene = drawn(with_sets(), 170)
    lowest = max(box(scene, f"analysis-{arm}").y for arm in range(5))
    full, left_out, safety = (box(scene, name) for name in ("full", "left-out", "safety"))
    assert lowest < left_out.y < full.y < safety.y
    assert full.x < box(scene, "analysis-4").x + box(scene, "analysis-4").w
    assert scene.theme.size >= 7


def test_a_line_to_a_set_leaves_the_trunk_and_does_not_run_along_it():
    for mm in (170, 400):
        scene = drawn(with_sets(), mm)
        points = line(scene, "randomization", "full").points
        assert points[0][1] == points[1][1] > box(scene, "randomization").y + box(scene, "randomization").h


@pytest.mark.parametrize("mm", [None, 114, 170, 400])
def test_a_set_of_a_stage_leaves_it_before_those_who_leave_the_stage(mm):
    chart = charts.parallel()
    held = {side.at for side in chart.sides if side.where == "below"}
    of = next(card.id for card in chart.cards if card.id in held)
    cards = (*chart.cards, charts.card("safety", "set", "Safety set", 3, phase=len(chart.phases) - 1))
    chart = chart._replace(cards=cards, links=(*chart.links, Link(of, "safety", "set", dotted=True)))
    scene = place(chart, THEME) if mm is None else drawn(chart, mm)
    leaves = line(scene, of, "safety").points[0][1]
    first = min(box(scene, side.card).y for side in chart.sides if side.at == of and side.where == "below")
    assert box(scene, of).y + box(scene, of).h < leaves < first
    assert faults(scene) == ()


# Lines that are routed around the boxes, and their labels


def crossing():
    chart = charts.parallel()
    links = [
        ("allocation-0", "followup-1", "Crossed over to usual care"),
        ("allocation-1", "followup-0", "Crossed over"),
    ]
    moved = [Link(tail, head, "transfer", dotted=True, label=label, count="(n = 3)") for tail, head, label in links]
    return chart._replace(links=(*chart.links, *moved))


def returning():
    chart = charts.single_arm()
    back = Link("infusion", "enrollment", "transfer", dotted=True, label="Treated again after relapse", count="(n = 5)")
    return chart._replace(links=(*chart.links, back))


@pytest.mark.parametrize("mm", [None, *WIDTHS])
@pytest.mark.parametrize("made", [crossing, returning])
def test_labels_of_routed_lines_find_a_free_place_at_any_width(made, mm):
    scene = place(made(), THEME) if mm is None else drawn(made(), mm)
    assert faults(scene) == ()
    labelled = [line for line in scene.connectors if line.runs]
    assert len(labelled) == len([link for link in made().links if link.label])
    assert not any(line.plate for line in labelled)


def test_space_for_labels_costs_little_type():
    for mm in WIDTHS:
        bare = drawn(crossing()._replace(links=charts.parallel().links), mm)
        assert drawn(crossing(), mm).theme.size >= bare.theme.size - 1.5


# A page has a height too


def test_type_gets_smaller_to_fit_a_height_and_stays_where_that_does_not_help():
    free = drawn(charts.four_arms(5), 170)
    tall = free.height / POINTS_PER_MM
    low = drawn(charts.four_arms(5), 170, height=tall - 20)
    assert low.theme.size < free.theme.size
    assert low.height / POINTS_PER_MM <= tall - 20
    assert drawn(charts.four_arms(5), 170, height=40).theme.size == free.theme.size


def test_footnotes_count_for_the_height():
    notes = tuple(Footnote(sign, "Participants could leave for more than one reason. " * 6) for sign in "abcdef")
    bare = drawn(charts.four_arms(5), 170).height / POINTS_PER_MM
    noted = drawn(charts.four_arms(5, footnotes=notes), 170, height=bare + 5)
    assert noted.theme.size < THEME.size
    assert noted.height / POINTS_PER_MM <= bare + 5


# Any flow at all


def flow(seed, *, tangled=False):
    """Return a random flow; in the default run one that is small, the first from the seed on."""
    chart = generated.chart_of(Random(seed), tangled)
    small = len(chart.cards) <= LARGEST or FLOWS > 150
    return chart if small else flow(seed + 1_000_003, tangled=tangled)


def drawn_or_named(chart, mm):
    """Draw a chart at a width, or at the one that the error names."""
    try:
        return drawn(chart, mm)
    except WidthError as error:
        needed = error.needed_mm
    assert needed > mm
    return drawn(chart, needed)


def assert_straight_and_symmetric(chart, scene):
    """Trunks are straight; the arms of a split stand at one pitch, and the split in their middle."""
    deck = Deck(chart)
    grid = deck.grid
    if sheet_of(deck, Manner(THEME)).columns.tangled:
        return
    for tail in grid.order:
        heads = grid.succ[tail]
        if len(heads) == 1 and len(grid.pred[heads[0]]) == 1:
            points = line(scene, tail, heads[0]).points
            assert len(points) == 2
            assert points[0][0] == points[1][0]
        arms = [head for head in heads if head != grid.after[tail]]
        if len(arms) > 1:
            at = sorted(middle(scene, head) for head in arms)
            assert len({round(b - a, 3) for a, b in pairwise(at)}) == 1
            assert (at[0] + at[-1]) / 2 == pytest.approx(middle(scene, tail), abs=0.01)


@pytest.mark.parametrize("seed", range(FLOWS))
def test_any_flow_is_drawn_at_a_width_or_at_the_one_the_error_names(seed):
    chart = flow(seed)
    for mm in WIDTHS if FLOWS > 150 else WIDTHS[seed % 4 : seed % 4 + 1]:
        assert_straight_and_symmetric(chart, drawn_or_named(chart, mm))


@pytest.mark.parametrize("seed", range(max(FLOWS // 10, 1)))
def test_a_flow_that_is_not_series_parallel_is_fitted_too(seed):
    drawn_or_named(flow(seed, tangled=True), WIDTHS[seed % 4])


def test_a_thousand_boxes_are_fitted():
    arms = range(4)
    names = [f"s{arm}-{step}" for arm in arms for step in range(125)]
    cards = [Card(name, "stage", (Line(f"Visit {name}", "(n = 1)", bold=True),)) for name in ("r", *names)]
    cards += [Card(f"x-{name}", "exit", (Line("Left the study", "(n = 1)"),)) for name in names]
    links = [Link("r", f"s{arm}-0") for arm in arms]
    links += [Link(f"s{arm}-{step}", f"s{arm}-{step + 1}") for arm in arms for step in range(124)]
    sides = [Side(f"x-{name}", name) for name in names]
    scene = drawn(Chart("t", "d", tuple(cards), tuple(links), tuple(sides)), 85)
    assert len(scene.boxes) == 1001
