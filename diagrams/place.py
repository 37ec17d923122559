"""From a chart to its scene: cards measured, rows and columns found, connectors routed.

The order of work: `grid` says what follows what, `sheet` how large each card is and where it stands from left to
right, `stack` where from top to bottom, `routes` how the lines run; `fit` finds the manner that a width asks for.
Lengths are points; y grows downwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consortflow.diagrams.deck import Deck
from consortflow.diagrams.errors import WidthError
from consortflow.diagrams.heights import bar_width, bars_of
from consortflow.diagrams.manner import COLUMNS, ROWS, Manner
from consortflow.diagrams.measure import PIXEL, measure_note, snap
from consortflow.diagrams.rails import LEFTWARD, run_of
from consortflow.diagrams.routes import Router
from consortflow.diagrams.scene import Bar, Box, Connector, Paragraph, Run, Scene
from consortflow.diagrams.sheet import sheet_of
from consortflow.diagrams.stack import Stack, stack_of
from consortflow.diagrams.theme import POINTS_PER_MM

if TYPE_CHECKING:
    from consortflow.diagrams.chart import Card, Chart
    from consortflow.diagrams.sheet import Sheet
    from consortflow.diagrams.theme import Theme

__all__ = ["place"]

NARROWEST_NOTE = 150.0
LARGE = 400
"""Cards, above which routed lines get more space at once, without a look at whether they need it."""


def place(chart: Chart, theme: Theme, width: float | None = None, height: float | None = None) -> Scene:
    """Place a chart; `width` in points makes the canvas exactly that wide, and `height` at most that tall if it can be.

    To fit a width, text is set in narrower and wider lines, side cards move from beside their trunk into their own
    column, and only then the type gets smaller, never below the theme's least size. `WidthError` where nothing fits.
    """
    deck = Deck(chart)
    found: tuple[int, Scene] | None = None
    roomy, last = (0, False) if len(chart.cards) <= LARGE else (COLUMNS | ROWS, True)
    while True:
        try:
            canvas = _canvas(deck, theme, width, height, roomy)
        except WidthError as error:
            if found is None:
                raise _confirmed(chart, theme, error) from None
            return found[1]
        if found is not None and canvas.theme.size < found[1].theme.size - _worth(found[1]):
            return found[1]
        scene = canvas.scene()
        if not canvas.trouble or not deck.grid.free:
            return scene
        if not canvas.covered and (found is None or canvas.trouble < found[0]):
            found = canvas.trouble, scene
        more = roomy | canvas.wants
        more = more if more > roomy else roomy | ROWS
        if more == roomy or last:
            return found[1] if found else scene
        roomy = more


def _worth(scene: Scene) -> float:
    """Return how many points of type more space for routed lines may cost, where they found a way without it."""
    return 1.5 if any(line.plate for line in scene.connectors) else 0.5


def _confirmed(chart: Chart, theme: Theme, error: WidthError) -> WidthError:
    """Return an error that names a width at which the figure is drawn, the labels of routed lines included."""
    if any(link.label and link.kind == "transfer" for link in chart.links):
        try:
            place(chart, theme, error.needed_mm * POINTS_PER_MM)
        except WidthError as wider:
            return WidthError(error.asked_mm, wider.needed_mm, wider.size, wider.remedy)
    return error


def _canvas(deck: Deck, theme: Theme, width: float | None, height: float | None, roomy: int) -> _Canvas:
    if width is None:
        sheet = sheet_of(deck, Manner(theme, roomy=roomy))
    else:
        from consortflow.diagrams.fit import fitted

        sheet = fitted(deck, theme, width, height, roomy=roomy)
    return _Canvas(deck.chart, sheet, stack_of(deck.chart, sheet), width)


class _Canvas:
    """One sheet being turned into a scene."""

    def __init__(self, chart: Chart, sheet: Sheet, stack: Stack, width: float | None) -> None:
        self.chart = chart
        self.grid = sheet.grid
        self.sheet = sheet
        self.stack = stack
        self.width = width
        self.theme = sheet.theme
        self.rects: dict[str, tuple[float, float, float, float]] = {}
        self.wants, self.trouble, self.covered = 0, 0, False
        """Known when the scene is made; see `Router`."""

    def scene(self) -> Scene:
        """Stand the boxes, route the lines and bring everything to the canvas."""
        grid, sheet, stack, theme = self.grid, self.sheet, self.stack, self.theme
        heights = stack.heights
        for stage in grid.order:
            wide = sheet.widths[stage]
            self.rects[stage] = (
                sheet.columns.x[stage] - wide / 2, heights.top[grid.row[stage]], wide, stack.tall[stage],
            )  # fmt: skip
        self._stand_sides()
        inner = sheet.left + theme.margin
        bars: list[Bar] = []
        if stack.bars:
            edge = inner + bar_width(stack.bars, theme)
            bars = bars_of(grid, heights, labels=stack.bars, phases=self.chart.phases, x=edge, theme=theme)
            inner = edge + theme.bar_gap
        area = (inner, heights.start, sheet.right - theme.margin, heights.end)
        router = Router(self.chart, grid, sheet=sheet, stack=stack, rects=self.rects, area=area)
        lines = router.connectors()
        self.wants, self.trouble, self.covered = router.wants, router.trouble, router.covered
        return self._shifted(bars, lines, heights.start, heights.end)

    def _stand_sides(self) -> None:
        """Pile the side cards of each stage around the middle of their zone."""
        sheet, heights, theme = self.sheet, self.stack.heights, self.theme
        for stage, sides in self.grid.sides.items():
            row = self.grid.row[stage]
            piles: dict[tuple[str, str], list[str]] = {}
            for side in sides:
                piles.setdefault((side.where, sheet.hands[side.card]), []).append(side.card)
            for (where, hand), cards in piles.items():
                line = (sheet.leave if where == "below" else sheet.enter)[stage]
                away = run_of(theme) if hand in ("under", "back") else theme.side_gap
                high = [self.stack.tall[card] for card in cards]
                y = (heights.below if where == "below" else heights.above)[row]
                y -= (sum(high) + theme.stack_gap * (len(cards) - 1)) / 2
                y = round(y / PIXEL) * PIXEL
                for card, tall in zip(cards, high, strict=True):
                    wide = sheet.widths[card]
                    self.rects[card] = (line - away - wide if hand in LEFTWARD else line + away, y, wide, tall)
                    y += tall + theme.stack_gap

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
        footnotes: list[Paragraph] = []
        if self.chart.footnotes:
            y = height
            for note in self.chart.footnotes:
                runs, said, y = measure_note(note, theme, wide - 2 * theme.margin, y)
                footnotes.append(said)
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
                    plate=line.plate
                    and (line.plate[0] + dx, line.plate[1] + dy, line.plate[2] + dx, line.plate[3] + dy),
                )
                for line in connectors
            ),
            tuple(bar._replace(x=bar.x + dx, y=bar.y + dy, runs=_moved(bar.runs, dx, dy)) for bar in bars),
            tuple(notes),
            self.chart.title,
            self.chart.description,
            self.chart.language,
            theme,
            tuple(footnotes),
            self.chart.telling,
        )

    def _box(self, card: Card, dx: float, dy: float) -> Box:
        x, y, w, h = self.rects[card.id]
        x, y = x + dx, y + dy
        panel = self.sheet.panels[card.id]
        runs = panel.placed(x, y, w, h, self.theme.pad_x)
        return Box(card.id, card.kind, x, y, w, h, card.title, runs, card.flagged, panel.paragraphs, panel.centred)


def _moved(runs: tuple[Run, ...], dx: float, dy: float) -> tuple[Run, ...]:
    return tuple(run._replace(x=run.x + dx, y=run.y + dy) for run in runs)
