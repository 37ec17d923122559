"""From a chart to its scene: cards measured, rows and columns found, connectors routed.

The order of work: `grid` says what follows what, `measure` how large each card is, `columns` and `heights`
where it stands, `routes` how the lines run. Lengths are points; y grows downwards.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.columns import Columns, Extents, columns_of
from consortflow.diagrams.errors import WidthError
from consortflow.diagrams.grid import Grid, grid_of
from consortflow.diagrams.heights import bar_lines, bar_width, bars_of, buses_of, heights_of, stretched
from consortflow.diagrams.measure import PIXEL, Panel, measure_card, measure_note, snap
from consortflow.diagrams.routes import Label, Router, label_of
from consortflow.diagrams.scene import Bar, Box, Connector, Run, Scene
from consortflow.diagrams.tangles import left_to_right
from consortflow.diagrams.theme import POINTS_PER_MM, Theme

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consortflow.diagrams.chart import Card, Chart, Side

__all__ = ["place"]

WIDEST = 1.25
"""How much wider than its theme says a figure's text may run to fill a given width."""
NARROWEST = 0.3
EASED = (1.0, 0.85, 0.7, 0.55)
MOST_EASED = 30
"""Groups of cards that are widened one by one; larger figures keep one width for all."""
LANE = 15.0
"""Free space at either side of a figure with connectors that have no place on the grid."""
NARROWEST_NOTE = 150.0


class _Sheet(NamedTuple):
    """A chart measured at one text width: sizes and columns, before any height is known."""

    theme: Theme
    panels: dict[str, Panel]
    widths: dict[str, float]
    sides: dict[str, str]
    extents: dict[str, Extents]
    columns: Columns
    left: float
    right: float
    labels: dict[tuple[str, str], Label]

    @property
    def width(self) -> float:
        return self.right - self.left


def place(chart: Chart, theme: Theme, width: float | None = None) -> Scene:
    """Place a chart; `width` in points makes the canvas exactly that wide, with the type unchanged.

    `WidthError` where the words do not fit that width.
    """
    grid = grid_of(chart)
    sheet = _sheet(chart, grid, theme, 1.0) if width is None else _fitted(chart, grid, theme, width)
    return _Canvas(chart, grid, sheet, width).scene()


def _fitted(chart: Chart, grid: Grid, theme: Theme, width: float) -> _Sheet:
    """Return the sheet with the widest text that fits; tighter gaps where nothing else does."""
    needed = 0.0
    tight = replace(theme, side_gap=15.0, column_gap=12.0, bar_gap=9.0, pad_x=6.0, bar_width=18.0)
    for look in (theme, tight):
        low, high = NARROWEST, WIDEST
        if (widest := _sheet(chart, grid, look, high)).width <= width:
            return widest
        best = _sheet(chart, grid, look, low)
        needed = best.width
        if best.width > width:
            continue
        for _ in range(8):
            middle = (low + high) / 2
            tried = _sheet(chart, grid, look, middle)
            if tried.width <= width:
                low, best = middle, tried
            else:
                high = middle
        return _eased(chart, grid, best, width, low)
    raise WidthError(round(width / POINTS_PER_MM, 1), ceil(needed / POINTS_PER_MM), theme.size)


def _eased(chart: Chart, grid: Grid, best: _Sheet, width: float, scale: float) -> _Sheet:
    """Give their own width back to the cards that do not make the figure wide, group by group."""
    groups: dict[object, list[str]] = {}
    for side in chart.sides:
        groups.setdefault((grid.row[side.at], side.where), []).append(side.card)
    for stage in grid.order:
        groups.setdefault(_level(grid, stage) or stage, []).append(stage)
    if scale >= 1 or len(groups) > MOST_EASED:
        return best
    scales: dict[str, float] = {}
    for cards in groups.values():
        for share in EASED:
            wider = {**scales, **dict.fromkeys(cards, share)}
            tried = _sheet(chart, grid, best.theme, scale, wider)
            if tried.width <= width:
                scales, best = wider, tried
                break
    return best


def _sheet(chart: Chart, grid: Grid, theme: Theme, scale: float, scales: Mapping[str, float] | None = None) -> _Sheet:
    """Measure a chart with its text widths scaled; `scales` says otherwise for some cards."""
    own = scales or {}
    cards = {card.id: card for card in chart.cards}
    beside = {side.card for side in chart.sides}
    natural = {card.id: theme.side_width if card.id in beside else theme.stage_width for card in chart.cards}
    panels = {
        card.id: measure_card(card, theme, own.get(card.id, scale) * natural[card.id], natural[card.id])
        for card in chart.cards
    }
    widths = {card.id: panels[card.id].w for card in chart.cards}
    _share(grid.order, partial(_level, grid), widths)
    row_of = {side.card: (grid.row[side.at], side.where) for side in chart.sides}
    _share([side.card for side in chart.sides], row_of.__getitem__, widths)
    if scale < 1:
        # a box that a long word or a neighbour made wide has room for longer lines
        panels = {card.id: measure_card(card, theme, widths[card.id] - 2 * theme.pad_x) for card in chart.cards}
    sides = {side.card: _direction(side, cards[side.card], grid) for side in chart.sides}
    extents = {stage: _extents(stage, grid, widths, sides, theme) for stage in grid.order}
    labels = {(link.tail, link.head): found for link in chart.links if (found := label_of(link, theme))}
    gap = theme.column_gap
    if grid.free:
        gap = max([gap, 24.0, *(label.w + 21.0 for label in labels.values())])
    columns = columns_of(grid, extents, gap, lambda stages: left_to_right(stages, grid, widths, panels))
    reach = [(0.0, 0.0)]
    if grid.order:
        reach = [
            (
                columns.x[stage] + min(-item.half, item.below[0], item.above[0]),
                columns.x[stage] + max(item.half, item.below[1], item.above[1]),
            )
            for stage, item in extents.items()
        ]
        reach += [(x - 6, x + 6) for x in columns.lanes.values()]
    aside = LANE if grid.free or columns.tangled else 0.0
    left = min(low for low, _ in reach) - aside - theme.margin
    right = max(high for _, high in reach) + aside + theme.margin
    for link in chart.links:
        if (link.tail, link.head) in labels and not grid.free:
            right = max(right, max(columns.x.values()) + labels[link.tail, link.head].w + 12)
    if theme.bars and grid.phase_rows:
        left -= theme.bar_gap + bar_width(bar_lines(grid, chart.phases, theme), theme)
    return _Sheet(theme, panels, widths, sides, extents, columns, left, right, labels)


def _level(grid: Grid, stage: str) -> int | None:
    arm = grid.arm[stage]
    return arm.level if arm else None


def _share(cards: list[str], group_of: Callable[[str], object], widths: dict[str, float]) -> None:
    """Give the cards of each group the width of the widest; a card whose group is None keeps its own."""
    most: dict[object, float] = {}
    for card in cards:
        group = group_of(card)
        if group is not None:
            most[group] = max(most.get(group, 0.0), widths[card])
    for card in cards:
        group = group_of(card)
        if group is not None:
            widths[card] = most[group]


def _direction(side: Side, card: Card, grid: Grid) -> str:
    """Right by default; joining from the left; outwards for the outer arms of two."""
    if side.side:
        return side.side
    if side.inward or card.kind == "enter":
        return "left"
    arm = grid.arm[side.at]
    return "left" if arm and arm.level == 1 and arm.of == 2 and arm.place == 0 else "right"


def _extents(stage: str, grid: Grid, widths: dict[str, float], sides: dict[str, str], theme: Theme) -> Extents:
    reach = {"below": [-4.5, 4.5], "above": [-4.5, 4.5]}
    for side in grid.sides.get(stage, ()):
        out = theme.side_gap + widths[side.card]
        if sides[side.card] == "left":
            reach[side.where][0] = min(reach[side.where][0], -out)
        else:
            reach[side.where][1] = max(reach[side.where][1], out)
    below, above = reach["below"], reach["above"]
    return Extents(widths[stage] / 2, (below[0], below[1]), (above[0], above[1]))


class _Canvas:
    """One sheet being turned into a scene."""

    def __init__(self, chart: Chart, grid: Grid, sheet: _Sheet, width: float | None) -> None:
        self.chart = chart
        self.grid = grid
        self.sheet = sheet
        self.width = width
        self.theme = sheet.theme
        self.rects: dict[str, tuple[float, float, float, float]] = {}

    def scene(self) -> Scene:
        """Stack, route and bring everything to the canvas."""
        grid, sheet, theme = self.grid, self.sheet, self.theme
        columns = sheet.columns
        buses = buses_of(grid, columns.x, columns.lanes)
        rows = [0.0] * (max(grid.row.values(), default=-1) + 1)
        for stage in grid.order:
            rows[grid.row[stage]] = max(rows[grid.row[stage]], sheet.panels[stage].h)
        below, above = self._stacks(len(rows))
        spare: dict[int, float] = {}
        for link in grid.free:
            for end, over in ((link.tail, 0), (link.head, 1)):
                if end in grid.row:
                    gap = max(grid.row[end] - over, 0)
                    label = sheet.labels.get((link.tail, link.head))
                    spare[gap] = spare.get(gap, 0.0) + theme.track_gap + (label.h if label and over == 0 else 0.0)
        for link in self.chart.links:
            label = sheet.labels.get((link.tail, link.head))
            if label and link not in grid.free:
                spare[grid.row[link.tail]] = max(spare.get(grid.row[link.tail], 0.0), snap(label.h + 6))
        heights = heights_of(
            rows, below=below, above=above, buses=buses, spare=spare, extra=[0.0] * len(rows), theme=theme
        )
        lines: list[list[str]] = []
        if theme.bars and grid.phase_rows:
            lines = bar_lines(grid, self.chart.phases, theme)
            extra = stretched(grid, heights, lines, theme)
            heights = heights_of(rows, below=below, above=above, buses=buses, spare=spare, extra=extra, theme=theme)
        for stage in grid.order:
            row, wide = grid.row[stage], sheet.widths[stage]
            self.rects[stage] = (columns.x[stage] - wide / 2, heights.top[row], wide, rows[row])
        self._stand_sides(heights.below, heights.above)
        inner = sheet.left + theme.margin
        bars: list[Bar] = []
        if lines:
            edge = inner + bar_width(lines, theme)
            bars = bars_of(grid, heights, labels=lines, phases=self.chart.phases, x=edge, theme=theme)
            inner += bar_width(lines, theme) + theme.bar_gap
        area = (inner, heights.start, sheet.right - theme.margin, heights.end)
        router = Router(
            self.chart,
            grid,
            columns=columns,
            buses=buses,
            heights=heights,
            rects=self.rects,
            labels=sheet.labels,
            area=area,
            theme=theme,
        )
        return self._shifted(bars, router.connectors(sheet.sides), heights.start, heights.end)

    def _stacks(self, rows: int) -> tuple[list[float], list[float]]:
        """Return what the cards below and above each row need, with the space around them."""
        needs = {"below": [0.0] * (rows + 1), "above": [0.0] * (rows + 1)}
        for stage, sides in self.grid.sides.items():
            stacks: dict[tuple[str, str], float] = {}
            for side in sides:
                key = (side.where, self.sheet.sides[side.card])
                high = self.sheet.panels[side.card].h
                stacks[key] = (
                    stacks.get(key, 2 * self.theme.side_pad - self.theme.stack_gap) + high + self.theme.stack_gap
                )
            for (where, _), high in stacks.items():
                row = self.grid.row[stage]
                needs[where][row] = max(needs[where][row], snap(high))
        return needs["below"], needs["above"]

    def _stand_sides(self, below: list[float], above: list[float]) -> None:
        """Stack the side cards of each stage around the middle of their zone."""
        for stage, sides in self.grid.sides.items():
            row, x = self.grid.row[stage], self.sheet.columns.x[stage]
            stacks: dict[tuple[str, str], list[str]] = {}
            for side in sides:
                stacks.setdefault((side.where, self.sheet.sides[side.card]), []).append(side.card)
            for (where, hand), cards in stacks.items():
                high = [self.sheet.panels[card].h for card in cards]
                y = (below if where == "below" else above)[row]
                y -= (sum(high) + self.theme.stack_gap * (len(cards) - 1)) / 2
                y = round(y / PIXEL) * PIXEL
                for card, tall in zip(cards, high, strict=True):
                    wide = self.sheet.widths[card]
                    left = x + self.theme.side_gap if hand == "right" else x - self.theme.side_gap - wide
                    self.rects[card] = (left, y, wide, tall)
                    y += tall + self.theme.stack_gap

    def _shifted(self, bars: list[Bar], connectors: list[Connector], top: float, bottom: float) -> Scene:
        """Return the scene with the content in the middle of the canvas, and the notes below it."""
        theme, sheet = self.theme, self.sheet
        wide = sheet.width if self.width is None else self.width
        wide = max(wide, NARROWEST_NOTE) if self.width is None and self.chart.footnotes else wide
        wide = snap(wide, PIXEL) if self.width is None else wide
        dx = (wide - sheet.width) / 2 - sheet.left
        dx = round(dx / PIXEL) * PIXEL + PIXEL / 2
        # boxes' left edges stand on the lattice; half a pixel to the left keeps the right margin as well
        dx -= PIXEL if dx + sheet.right > wide + 0.01 else 0.0
        dy = theme.margin + PIXEL / 2 - top
        boxes = [self._box(card, dx, dy) for card in self.chart.cards]
        height = bottom - top + 2 * theme.margin
        notes: list[Run] = []
        if self.chart.footnotes:
            y = height
            for note in self.chart.footnotes:
                runs, y = measure_note(note, theme, wide - 2 * theme.margin, y)
                notes += [run._replace(x=run.x + theme.margin) for run in runs]
            height = y + theme.margin
        return Scene(
            wide,
            snap(height + PIXEL / 2, PIXEL),
            tuple(boxes),
            tuple(
                line._replace(
                    points=tuple((x + dx, y + dy) for x, y in line.points),
                    runs=_moved(line.runs, dx, dy),
                )
                for line in connectors
            ),
            tuple(bar._replace(x=bar.x + dx, y=bar.y + dy, runs=_moved(bar.runs, dx, dy)) for bar in bars),
            tuple(notes),
            self.chart.title,
            self.chart.description,
            self.chart.language,
            theme,
        )

    def _box(self, card: Card, dx: float, dy: float) -> Box:
        x, y, w, h = self.rects[card.id]
        x, y = x + dx, y + dy
        runs = self.sheet.panels[card.id].placed(x, y, w, h, self.theme.pad_x)
        return Box(card.id, card.kind, x, y, w, h, card.title, runs, card.flagged)


def _moved(runs: tuple[Run, ...], dx: float, dy: float) -> tuple[Run, ...]:
    return tuple(run._replace(x=run.x + dx, y=run.y + dy) for run in runs)
