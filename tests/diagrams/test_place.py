# ruff: noqa: S311 - random charts are no secret
import sys
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consortflow.diagrams.chart import Card, Chart, Line, Link, Side
from consortflow.diagrams.errors import WidthError
from consortflow.diagrams.grid import grid_of
from consortflow.diagrams.place import place
from consortflow.diagrams.scene import faults
from consortflow.diagrams.theme import POINTS_PER_MM, load_theme

sys.path.insert(0, str(Path(__file__).parent))
import charts
import generated
from charts import box, line, middle

THEME = load_theme("consort")
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def chart(links, *, sets=(), sides=(), transfers=()):
    names = dict.fromkeys(name for link in (*links, *sets) for name in link)
    heads = {head for _, head in sets}
    cards = [Card(name, "set" if name in heads else "stage", (Line(name, "(n = 1)", bold=True),)) for name in names]
    cards += [
        Card(side.card, "exit", (Line(side.card, "(n = 2)", bold=True), Line("A reason", "(n = 2)", 1)))
        for side in sides
    ]
    every = [Link(*link) for link in links] + [Link(*link, "set") for link in sets]
    every += [Link(*link, "transfer", dotted=True, label="Crossed over") for link in transfers]
    return Chart("t", "d", tuple(cards), tuple(every), tuple(sides))


@pytest.mark.parametrize("name", charts.HAND_BUILT)
@pytest.mark.parametrize("theme", ["consort", "plain", "monochrome"])
def test_usual_trials_are_placed_without_a_fault(name, theme):
    assert faults(place(charts.HAND_BUILT[name](footnotes=charts.NOTES), load_theme(theme))) == ()


@SLOW
@given(st.integers(0, 10**6))
def test_nothing_overlaps_whatever_the_flow(seed):
    scene = place(generated.chart_of(Random(seed)), THEME)
    assert faults(scene) == ()
    assert len(scene.boxes) > 60 or charts.ambiguous(scene) == []


@SLOW
@given(st.integers(0, 10**6))
def test_nothing_overlaps_in_flows_that_are_not_series_parallel(seed):
    assert faults(place(generated.chart_of(Random(seed), tangled=True), THEME)) == ()


@pytest.mark.parametrize("arms", range(2, 9))
def test_arms_are_symmetric_at_one_pitch_and_of_one_width(arms):
    scene = place(charts.four_arms(arms), THEME)
    at = [middle(scene, f"allocation-{arm}") for arm in range(arms)]
    steps = {round(b - a, 6) for a, b in pairwise(at)}
    assert len(steps) == 1
    assert (at[0] + at[-1]) / 2 == pytest.approx(middle(scene, "randomization"), abs=1e-6)
    assert (
        len({box(scene, f"{row}-{arm}").w for row in ("allocation", "followup", "analysis") for arm in range(arms)})
        == 1
    )


def test_a_trunk_is_one_straight_line():
    scene = place(charts.single_arm(), THEME)
    assert len({middle(scene, name) for name in ("screening", "enrollment", "lymphodepletion", "infusion")}) == 1
    assert len(line(scene, "screening", "enrollment").points) == 2


def test_arms_meet_at_their_midpoint_on_one_bus():
    scene = place(charts.crossover(), THEME)
    one, two = line(scene, "both-0", "analysis").points, line(scene, "both-1", "analysis").points
    assert one[-2:] == two[-2:]
    assert one[1][1] == two[1][1]
    assert middle(scene, "analysis") == pytest.approx((middle(scene, "both-0") + middle(scene, "both-1")) / 2)


def test_some_arms_meet_halfway_between_them():
    scene = place(chart([("r", "a"), ("r", "b"), ("r", "c"), ("a", "m"), ("b", "m")]), THEME)
    assert middle(scene, "m") == pytest.approx((middle(scene, "a") + middle(scene, "b")) / 2)
    assert middle(scene, "b") == pytest.approx(middle(scene, "r"))


def test_exits_of_two_arms_point_outwards_and_of_more_arms_to_the_right():
    two, four = place(charts.crossover(), THEME), place(charts.four_arms(), THEME)
    assert middle(two, "adverse") < middle(two, "first-0")
    assert middle(two, "lost") > middle(two, "washout-1")
    assert all(middle(four, f"lost-{arm}") > middle(four, f"allocation-{arm}") for arm in range(4))


def test_exits_leave_horizontally_from_the_gap_below_their_stage():
    scene = place(charts.single_arm(), THEME)
    (ax, ay), (bx, by) = line(scene, "screening", "not-enrolled").points
    assert ay == by
    assert ax == middle(scene, "screening")
    assert bx == box(scene, "not-enrolled").x
    above, below = box(scene, "screening"), box(scene, "enrollment")
    assert ay == pytest.approx((above.y + above.h + below.y) / 2, abs=0.5)


def test_those_who_join_point_at_the_trunk():
    scene = place(chart([("a", "b")], sides=[Side("in", "b", "above", inward=True)]), THEME)
    points = line(scene, "in", "b").points
    assert points[-1][0] == middle(scene, "b")
    assert points[0][0] < points[-1][0]


def test_a_set_hangs_at_the_right_and_leaves_the_trunk_alone():
    plain = chart([("a", "b"), ("b", "c"), ("b", "d")])
    scene = place(chart([("a", "b"), ("b", "c"), ("b", "d")], sets=[("a", "s"), ("b", "t")]), THEME)
    assert faults(scene) == ()
    assert middle(scene, "a") == middle(scene, "b") == pytest.approx((middle(scene, "c") + middle(scene, "d")) / 2)
    assert middle(scene, "d") - middle(scene, "c") == pytest.approx(
        middle(place(plain, THEME), "d") - middle(place(plain, THEME), "c")
    )
    assert middle(scene, "s") > middle(scene, "b")
    assert middle(scene, "t") > middle(scene, "d")


def test_sets_alone_are_spread_like_arms():
    scene = place(chart([("a", "b")], sets=[("b", "s"), ("b", "t")]), THEME)
    assert (middle(scene, "s") + middle(scene, "t")) / 2 == pytest.approx(middle(scene, "b"))


def test_a_stage_that_some_skip_stays_on_the_trunk():
    scene = place(chart([("a", "b"), ("b", "c"), ("a", "c")], sides=[Side("x", "b")]), THEME)
    assert middle(scene, "a") == middle(scene, "b") == middle(scene, "c")
    assert len(line(scene, "a", "c").points) == 6
    assert faults(scene) == ()


def test_roots_that_meet_stand_around_their_meeting():
    scene = place(chart([("a", "c"), ("b", "c"), ("c", "d")]), THEME)
    assert (middle(scene, "a") + middle(scene, "b")) / 2 == pytest.approx(middle(scene, "c"))


def test_a_transfer_is_routed_around_every_box():
    scene = place(
        chart(
            [("r", "a"), ("r", "b"), ("a", "c"), ("b", "d")], sides=[Side("x", "a"), Side("y", "b")],
            transfers=[("a", "d"), ("d", "c"), ("x", "y")],
        ),
        THEME,
    )  # fmt: skip
    assert faults(scene) == ()
    routed = [line for line in scene.connectors if line.kind == "transfer"]
    assert len(routed) == 3
    assert all(line.dotted and line.runs for line in routed)


def test_labels_of_transfers_stand_beside_their_line_and_meet_nothing():
    links = [("r", "a"), ("r", "b"), ("a", "c"), ("b", "d"), ("c", "e"), ("d", "f")]
    sides = [Side("x", "a"), Side("y", "b")]
    for transfers in ([("a", "d"), ("b", "c")], [("b", "e")], [("f", "c"), ("a", "f")]):
        scene = place(chart(links, sides=sides, transfers=transfers), THEME)
        assert faults(scene) == ()
        strokes = [stretch for found in scene.connectors for stretch in pairwise(found.points)]
        for found in (one for one in scene.connectors if one.runs):
            assert found.plate is None
            spots = [run.extent for run in found.runs]
            left, top = min(spot[0] for spot in spots), min(spot[1] for spot in spots)
            right, bottom = max(spot[2] for spot in spots), max(spot[3] for spot in spots)
            assert not any(
                min(ax, bx) < right and max(ax, bx) > left and min(ay, by) < bottom and max(ay, by) > top
                for (ax, ay), (bx, by) in strokes
            )
            near = min(
                max(min(ax, bx) - right, left - max(ax, bx), 0) + max(min(ay, by) - bottom, top - max(ay, by), 0)
                for (ax, ay), (bx, by) in pairwise(found.points)
            )
            assert near < 10


def test_a_transfer_between_boxes_that_people_pass_anyway_keeps_its_words_to_itself():
    cards = [charts.card(name, "stage", name, 1) for name in ("a", "b")]
    links = [Link("a", "b"), Link("a", "b", "transfer", dotted=True, label="Treated at once")]
    links.append(Link("a", "b", "transfer", label="Treated later"))
    scene = place(Chart("t", "d", tuple(cards), tuple(links), ()), THEME)
    assert faults(scene) == ()
    said = [(line.kind, " ".join(run.text for run in line.runs)) for line in scene.connectors]
    assert sorted(said) == [("flow", ""), ("transfer", "Treated at once"), ("transfer", "Treated later")]


def test_routed_lines_keep_clear_of_boxes_they_do_not_lead_to():
    links = [("r", "a"), ("r", "b"), ("a", "c"), ("b", "d"), ("c", "e"), ("d", "f")]
    scene = place(chart(links, transfers=[("a", "f"), ("b", "e")]), THEME)
    for found in (one for one in scene.connectors if one.kind == "transfer"):
        for (ax, ay), (bx, by) in pairwise(found.points):
            for other in scene.boxes:
                if ax == bx and min(ay, by) < other.y + other.h and max(ay, by) > other.y:
                    assert ax <= other.x - 4 or ax >= other.x + other.w + 4


def listed(ident, kind, lines, phase=None):
    return charts.card(ident, kind, ident, 5, *((f"Outcome {number}", number) for number in range(lines)), phase=phase)


@pytest.mark.parametrize(("lines", "alike"), [((0, 1), True), ((0, 2), True), ((6, 9), True), ((0, 4), False)])
def test_arms_that_are_alike_share_the_height_of_a_row(lines, alike):
    cards = [listed("r", "stage", 0)]
    cards += [listed(name, "stage", many) for name, many in zip("abc", (lines[0], *lines), strict=True)]
    scene = place(Chart("t", "d", tuple(cards), tuple(Link("r", name) for name in "abc"), ()), THEME)
    assert box(scene, "a").h == box(scene, "b").h
    assert (box(scene, "a").h == box(scene, "c").h) == alike
    assert box(scene, "a").y == box(scene, "b").y == box(scene, "c").y
    heads = [next(run.y for run in box(scene, name).runs) for name in "abc"]
    assert alike or max(heads) - min(heads) < 1


def test_nothing_is_stretched_far():
    cards = [listed(name, "stage", lines) for name, lines in (("r", 0), ("a", 0), ("b", 8), ("m", 0), ("z", 0))]
    cards += [listed("tall", "set", 12), listed("short", "set", 0)]
    links = [Link("r", "a"), Link("r", "b"), Link("a", "m"), Link("b", "m"), Link("m", "z")]
    links += [Link("m", "tall", "set", dotted=True), Link("m", "short", "set", dotted=True)]
    scene = place(Chart("t", "d", tuple(cards), tuple(links), ()), THEME)
    assert faults(scene) == ()
    assert box(scene, "a").h == box(scene, "m").h
    assert box(scene, "tall").y == box(scene, "short").y == box(scene, "z").y
    assert box(scene, "short").h == box(scene, "z").h == box(scene, "m").h < box(scene, "tall").h / 4


def test_a_box_little_lower_than_its_row_takes_the_row_s_height():
    cards = [listed(name, "stage", 0) for name in ("a", "b", "c")]
    cards.append(charts.card("s", "set", "A set whose name takes two lines of the box", 5))
    links = [Link("a", "b"), Link("b", "c"), Link("a", "s", "set")]
    scene = place(Chart("t", "d", tuple(cards), tuple(links), ()), THEME)
    assert box(scene, "s").h == box(scene, "b").h > box(scene, "c").h


def test_the_exits_of_arms_share_their_height_where_they_are_alike():
    cards = [listed(name, "stage", 0) for name in ("r", "a", "b", "c")]
    cards += [listed("x", "exit", 4), listed("y", "exit", 3), listed("z", "exit", 0)]
    links = [Link("r", "a"), Link("r", "b"), Link("r", "c")]
    sides = [Side("x", "a"), Side("y", "b"), Side("z", "c")]
    scene = place(Chart("t", "d", tuple(cards), tuple(links), tuple(sides)), THEME)
    assert box(scene, "x").h == box(scene, "y").h > 2 * box(scene, "z").h


def test_a_set_below_the_end_of_a_trunk_stands_under_it():
    cards = [listed(name, "stage", 0, phase) for name, phase in (("a", 0), ("b", 0), ("c", 0))]
    cards.append(listed("s", "set", 6, 1))
    links = [Link("a", "b"), Link("b", "c"), Link("a", "s", "set", dotted=True)]
    scene = place(Chart("t", "d", tuple(cards), tuple(links), (), ("Treatment", "Analysis")), THEME)
    assert faults(scene) == ()
    points = line(scene, "a", "s").points
    assert box(scene, "b").x + box(scene, "b").w < points[-1][0] < box(scene, "s").x + box(scene, "s").w
    assert box(scene, "s").x < box(scene, "b").x + box(scene, "b").w


def test_bars_hold_their_labels_without_growing_gaps_that_have_room():
    cards = [listed(name, "stage", 0, phase) for name, phase in (("a", 0), ("b", 1), ("c", 2))]
    made = Chart("t", "d", tuple(cards), (Link("a", "b"), Link("b", "c")), (Side("x", "b"),))
    made = made._replace(cards=(*made.cards, listed("x", "exit", 3)), phases=("Enrolment", "Allocation", "End"))
    plain, barred = (place(made, load_theme(theme)) for theme in ("plain", "consort"))
    assert [bar.label for bar in barred.bars] == ["Enrolment", "Allocation", "End"]
    assert all(run.width < bar.h for bar in barred.bars for run in bar.runs)
    assert barred.height - plain.height < 12
    for one, two in pairwise(barred.bars):
        assert one.y + one.h < two.y < one.y + one.h + 6


def test_phases_are_named_by_bars_that_hold_their_labels():
    scene = place(charts.parallel(), THEME)
    assert [bar.label for bar in scene.bars] == ["Enrolment", "Allocation", "Follow-up", "Analysis"]
    for bar in scene.bars:
        assert all(run.upward and run.width < bar.h for run in bar.runs)


@pytest.mark.parametrize(("name", "mm"), [("single", 85), ("parallel", 114), ("parallel", 174), ("four", 320)])
def test_a_width_is_met_exactly_with_the_type_unchanged(name, mm):
    scene = place(charts.HAND_BUILT[name](), THEME, mm * POINTS_PER_MM)
    assert scene.width == pytest.approx(mm * POINTS_PER_MM)
    assert {run.size for found in scene.boxes for run in found.runs} == {THEME.size}
    assert faults(scene) == ()


def test_a_width_that_cannot_be_met_says_what_can():
    with pytest.raises(WidthError, match="needs at least") as caught:
        place(charts.four_arms(8), THEME, 85 * POINTS_PER_MM)
    assert caught.value.asked_mm == 85
    assert place(charts.four_arms(8), THEME, caught.value.needed_mm * POINTS_PER_MM).width > 0


def test_a_chart_of_nothing_is_an_empty_canvas():
    assert faults(place(Chart("t", "d", (), (), ()), THEME)) == ()


@pytest.mark.parametrize("shape", ["long", "wide"])
def test_thousands_of_stages_are_placed(shape):
    many = 2000
    links = [(f"s{i}", f"s{i + 1}") for i in range(many)]
    if shape == "wide":
        links = [("r", f"s{i}") for i in range(many)] + [(f"s{i}", "m") for i in range(many)]
    scene = place(chart(links), THEME)
    assert len(scene.boxes) > many
    assert faults(scene) == ()


# Sets that several boxes make up in turns


def factorial(cells, sets, **more):
    """A trial whose arms are the cells, and sets of several cells each, as main comparisons are."""
    links = [("r", f"cell-{cell}") for cell in range(cells)]
    made = [(f"cell-{cell}", f"set-{place}") for place, parts in enumerate(sets) for cell in parts]
    return chart(links, sets=made, **more)


MARGINS = [(0, 1), (2, 3), (0, 2), (1, 3)]
THREE = [(0, 1, 2, 3), (4, 5, 6, 7), (0, 1, 4, 5), (2, 3, 6, 7), (0, 2, 4, 6), (1, 3, 5, 7)]


@pytest.mark.parametrize(("cells", "sets"), [(4, MARGINS), (8, THREE), (3, [(0, 1), (0, 2)]), (2, [(0, 1), (0, 1)])])
@pytest.mark.parametrize("mm", [None, 170])
def test_nobody_can_be_followed_into_a_set_that_their_box_is_no_part_of(cells, sets, mm):
    scene = place(factorial(cells, sets), THEME, mm and mm * POINTS_PER_MM)
    assert faults(scene) == ()
    assert charts.ambiguous(scene) == []


def test_main_comparisons_stand_in_one_row_below_the_cells_which_keep_their_order():
    scene = place(factorial(4, MARGINS), THEME)
    cells = [middle(scene, f"cell-{cell}") for cell in range(4)]
    assert cells == sorted(cells)
    assert len({round(b - a, 3) for a, b in pairwise(cells)}) == 1
    made = sorted((box(scene, f"set-{place}") for place in range(4)), key=lambda found: found.x)
    assert len({(found.y, found.w, found.h) for found in made}) == 1
    at = [found.x + found.w / 2 for found in made]
    assert max(abs((b - a) - (at[1] - at[0])) for a, b in pairwise(at)) <= 1.5
    assert at[0] + at[-1] == pytest.approx(cells[0] + cells[-1], abs=1.5)
    assert [found.id for found in made] == ["set-0", "set-2", "set-3", "set-1"]


@SLOW
@given(st.integers(0, 10**6))
def test_nobody_can_be_followed_into_a_wrong_set_whatever_the_sets(seed):
    random = Random(seed)
    cells = random.randint(2, 7)
    parts = [random.sample(range(cells), random.randint(2, min(cells, 4))) for _ in range(random.randint(1, 6))]
    sides = [Side(f"left-{cell}", f"cell-{cell}") for cell in range(cells) if random.random() < 0.2]
    scene = place(factorial(cells, parts, sides=sides), THEME)
    assert faults(scene) == ()
    assert charts.ambiguous(scene) == []


@pytest.mark.parametrize("made", ["later", "beside"])
def test_sets_of_cells_that_go_on_or_have_sets_of_their_own_are_drawn_too(made):
    sets = [(f"cell-{cell}", f"set-{place}") for place, parts in enumerate(MARGINS) for cell in parts]
    links = [("r", f"cell-{cell}") for cell in range(4)]
    links += [("cell-0", "later")] if made == "later" else []
    sets += [("cell-0", "own"), ("set-0", "part"), ("set-0", "other")] if made == "beside" else []
    assert faults(place(chart(links, sets=sets), THEME)) == ()


@pytest.mark.parametrize("seed", range(40))
def test_arms_keep_their_order_where_graphviz_places_them(seed):
    made = generated.chart_of(Random(seed), tangled=True)
    grid = grid_of(made)
    scene = place(made, THEME)
    for tail, heads in grid.succ.items():
        at = [middle(scene, head) for head in heads if grid.pred[head] == [tail]]
        assert at == sorted(at)


def test_a_line_that_leaves_a_bus_never_runs_on_in_one_that_comes_down_to_another():
    scene = place(generated.chart_of(Random(272), tangled=True), THEME)
    assert faults(scene) == ()
    assert charts.ambiguous(scene) == []
