"""The cards of one chart, with its graph and with all that was measured of them so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consortflow.diagrams.breaking import MARK, Need, hyphenated, loosened, needs_of
from consortflow.diagrams.grid import Grid, grid_of
from consortflow.diagrams.measure import Panel, measure_card, snap
from consortflow.diagrams.tangles import left_to_right

if TYPE_CHECKING:
    from consortflow.diagrams.chart import Card, Chart
    from consortflow.diagrams.manner import Manner
    from consortflow.diagrams.theme import Theme

__all__ = ["Deck"]


class Deck:
    """The cards of one chart with its graph, and what has been measured so far."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.grid = grid_of(chart)
        self.cards = {card.id: card for card in chart.cards}
        self.beside = {side.card for side in chart.sides}
        self._low: Grid | None = None
        self._loose: dict[str, Card] = {}
        self._needs: dict[tuple[str, bool, bool], tuple[Need, ...]] = {}
        self._panels: dict[tuple[object, ...], tuple[Panel, float]] = {}
        self._orders: dict[tuple[str, ...], list[str]] = {}

    def grid_in(self, manner: Manner) -> Grid:
        """Return the graph of the chart with its rows as a manner has them."""
        if not manner.low:
            return self.grid
        if self._low is None:
            self._low = grid_of(self.chart, low=True)
        return self._low

    def level(self, stage: str) -> int:
        """Return how many splits deep a stage stands; a set beside or below the trunks is as narrow as one more."""
        arm = self.grid.arm[stage]
        return (arm.level if arm else 0) + (stage in self.grid.hung or stage in self.grid.made)

    def natural(self, card: str, theme: Theme) -> float:
        """Return the width a theme gives the text of a card, in points."""
        return theme.side_width if card in self.beside else theme.stage_width

    def most(self, card: str, manner: Manner, limit: float) -> float:
        """Return the most width that the text of a card takes, its lines ending at `limit` where its words let them."""
        key = (card, manner.loose, manner.hyphens)
        if (needs := self._needs.get(key)) is None:
            needs = self._needs[key] = needs_of(self._shown(card, manner), hyphens=manner.hyphens)
        size, indent = manner.theme.size, manner.theme.indent
        least = whole = 0.0
        for piece, all_of_it, depth, mark in needs:
            inset = depth * indent + (mark * size + MARK if mark else 0.0)
            least = max(least, inset + piece * size)
            whole = max(whole, inset + all_of_it * size)
        return min(max(limit, min(least, self.natural(card, manner.theme))), whole)

    def panel(self, card: str, manner: Manner, limit: float) -> Panel:
        """Return a card measured with lines of at most `limit` points, or what its words need."""
        theme = manner.theme
        if limit < self.natural(card, theme):
            limit = max(limit, self.most(card, manner, 0.0))
        key = (card, manner.loose, manner.hyphens, theme.size, theme.indent, round(limit, 2))
        if (found := self._panels.get(key)) is None:
            shown = self._shown(card, manner)
            if manner.hyphens:
                shown = hyphenated(shown, theme, limit)
            found = self._panels[key] = measure_card(shown, theme, limit), theme.pad_x
        panel, pad = found
        return panel if pad == theme.pad_x else panel._replace(w=snap(panel.text_w + 2 * theme.pad_x))

    def order(self, stages: list[str], widths: dict[str, float]) -> list[str]:
        """Return the stages of a tangle from left to right; the same ones always alike."""
        key = tuple(stages)
        if key not in self._orders:
            self._orders[key] = left_to_right(stages, self.grid, widths)
        return self._orders[key]

    def _shown(self, card: str, manner: Manner) -> Card:
        if not manner.loose:
            return self.cards[card]
        if card not in self._loose:
            self._loose[card] = loosened(self.cards[card])
        return self._loose[card]
