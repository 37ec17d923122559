"""How high a measured chart stands: the height of every box, and the rows, buses and bars from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.buses import Buses, buses_of
from consortflow.diagrams.grid import MADE
from consortflow.diagrams.heights import Heights, bar_lines, heights_of, stretched
from consortflow.diagrams.manner import ROWS
from consortflow.diagrams.measure import snap

if TYPE_CHECKING:
    from consortflow.diagrams.chart import Chart
    from consortflow.diagrams.sheet import Sheet
    from consortflow.diagrams.theme import Theme

__all__ = ["Stack", "stack_of"]

STRETCH = 1.6
"""How much taller than it needs to be a box may get for the sake of its row."""
LINES = 2.5
"""How many lines of text a box may stand empty for the sake of the other arms of its split."""
WALL = float("inf")


class Stack(NamedTuple):
    """A sheet stacked."""

    heights: Heights
    buses: Buses
    tall: dict[str, float]
    """The height of each box."""
    bars: list[list[str]]
    """The lines of each bar's label; empty where there are no bars."""

    @property
    def height(self) -> float:
        """From the top of the first card to the end of the last, in points."""
        return self.heights.end - self.heights.start


def stack_of(chart: Chart, sheet: Sheet) -> Stack:
    """Stack the rows of a sheet."""
    grid, theme = sheet.grid, sheet.theme
    buses = buses_of(grid, sheet)
    rows, tall = _rows(sheet)
    tall |= _side_heights(sheet)
    below, above = _zones(sheet, tall, len(rows))
    spare = _spare(sheet)
    heights = heights_of(rows, below=below, above=above, buses=buses, spare=spare, extra=[0.0] * len(rows), theme=theme)
    bars: list[list[str]] = []
    if theme.bars and grid.phase_rows:
        bars = bar_lines(grid, chart.phases, theme)
        extra = stretched(grid, heights, bars, theme)
        heights = heights_of(rows, below=below, above=above, buses=buses, spare=spare, extra=extra, theme=theme)
    return Stack(heights, buses, tall, bars)


def _rows(sheet: Sheet) -> tuple[list[float], dict[str, float]]:
    """Return the height of each row and of each stage's box.

    The arms of one split share their height in a row as far as they are alike; what is much longer than the others
    stands out below them. Any other box takes its row's height only where it is not much taller.
    """
    grid = sheet.grid
    rows = [0.0] * (max(grid.row.values(), default=-1) + 1)
    abreast: dict[tuple[int, str], list[str]] = {}
    for stage in grid.order:
        row, arm = grid.row[stage], grid.arm[stage]
        rows[row] = max(rows[row], sheet.panels[stage].h)
        abreast.setdefault((row, arm.split if arm else MADE if stage in grid.made else stage), []).append(stage)
    tall: dict[str, float] = {}
    for (row, _), stages in abreast.items():
        for stage, own in _evened({stage: sheet.panels[stage].h for stage in stages}, sheet.theme).items():
            tall[stage] = rows[row] if rows[row] <= STRETCH * own else own
    return rows, tall


def _evened(heights: dict[str, float], theme: Theme) -> dict[str, float]:
    """Return heights made alike where they differ little: from the tallest down, all that it does not leave empty."""
    evened: dict[str, float] = {}
    most = WALL
    for name, own in sorted(heights.items(), key=lambda item: -item[1]):
        if most > max(STRETCH * own, own + LINES * theme.leading):
            most = own
        evened[name] = most
    return evened


def _side_heights(sheet: Sheet) -> dict[str, float]:
    """Return the height of each side card: alike in the arms of a split, where they are not too different."""
    grid = sheet.grid
    tall: dict[str, float] = {}
    abreast: dict[tuple[object, ...], list[str]] = {}
    for stage, sides in grid.sides.items():
        arm = grid.arm[stage]
        before = {"below": 0, "above": 0}
        for side in sides:
            tall[side.card] = sheet.panels[side.card].h
            if arm:
                abreast.setdefault((arm.split, grid.row[stage], side.where, before[side.where]), []).append(side.card)
                before[side.where] += 1
    for cards in abreast.values():
        tall |= _evened({card: tall[card] for card in cards}, sheet.theme)
    return tall


def _zones(sheet: Sheet, tall: dict[str, float], rows: int) -> tuple[list[float], list[float]]:
    """Return what the cards below and above each row need, with the space around them."""
    grid, theme = sheet.grid, sheet.theme
    needs = {"below": [0.0] * (rows + 1), "above": [0.0] * (rows + 1)}
    for stage, sides in grid.sides.items():
        piles: dict[tuple[str, str], float] = {}
        for side in sides:
            key = (side.where, sheet.hands[side.card])
            piles[key] = piles.get(key, 2 * theme.side_pad - theme.stack_gap) + tall[side.card] + theme.stack_gap
        for (where, _), high in piles.items():
            row = grid.row[stage]
            needs[where][row] = max(needs[where][row], snap(high))
    return needs["below"], needs["above"]


def _spare(sheet: Sheet) -> dict[int, float]:
    """Return what routed connectors and labels need in the gap below a row."""
    grid = sheet.grid
    spare: dict[int, float] = {}
    beside = {
        side.card: grid.row[stage] - (side.where == "above") for stage, sides in grid.sides.items() for side in sides
    }
    for link in grid.free if sheet.manner.roomy & ROWS else ():
        tail, head = (beside.get(end, grid.row.get(end, 0)) for end in (link.tail, link.head))
        label = sheet.labels.get(link)
        # in the gap below a tail that stands above its head, in the one above it otherwise
        low = tail - (tail > head and link.tail not in beside)
        high = head - (head > tail and link.head not in beside)
        for gap, more in ((low, snap(label.h) if label else 0.0), (high, 0.0)):
            spare[max(gap, 0)] = spare.get(max(gap, 0), 0.0) + sheet.theme.track_gap + more
    for link, label in sheet.labels.items():
        if link not in grid.free:
            spare[grid.row[link.tail]] = max(spare.get(grid.row[link.tail], 0.0), snap(label.h + 6))
    return spare
