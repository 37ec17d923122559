"""Where rows, buses and phase bars stand from top to bottom.

The gap below a row holds, downwards: the cards of those who leave, the buses of splits and merges, and the
cards that stand above the next row. A bus is shared by everything one split feeds, or one merge collects.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.measure import PIXEL, snap
from consortflow.diagrams.scene import Bar, Run
from consortflow.diagrams.text import break_lines, width

if TYPE_CHECKING:
    from consortflow.diagrams.buses import Buses
    from consortflow.diagrams.grid import Grid
    from consortflow.diagrams.theme import Theme

__all__ = ["Heights", "bar_lines", "bar_width", "bars_of", "edges_of", "heights_of", "stretched"]

LONGEST_LABEL = 110.0
ENDS = 4.5
"""Points between the ends of a bar and its label."""


class Heights(NamedTuple):
    """Tops and bottoms of rows and the zones between them; y = 0 is the top of the first row."""

    top: list[float]
    bottom: list[float]
    bus: list[float]
    """The first track of the gap below each row."""
    below: list[float]
    """The middle of the cards below each row."""
    above: list[float]
    """The middle of the cards above each row."""
    start: float
    end: float


def heights_of(
    rows: list[float],
    *,
    below: list[float],
    above: list[float],
    buses: Buses,
    spare: dict[int, float],
    extra: list[float],
    theme: Theme,
) -> Heights:
    """Stack the rows.

    `rows` are the rows' heights, `below` and `above` what the cards in the gaps need, `spare` what routed
    connectors need in a gap, `extra` what the bars ask for.
    """
    start = -above[0] if rows else 0.0
    top, bottom, bus, low, high = [], [], [], [], [start / 2]
    y = 0.0
    for row, height in enumerate(rows):
        top.append(y)
        y += height
        bottom.append(y)
        last = row == len(rows) - 1
        tracks = buses.tracks.get(row, 0)
        more = extra[row] + spare.get(row, 0.0)
        under, over = below[row], 0.0 if last else above[row + 1]
        if last and not tracks:
            upper, lower = under + more, 0.0
        elif tracks:
            upper = max(under, theme.bus_gap) + more
            lower = (tracks - 1) * theme.track_gap + max(over, theme.bus_gap)
        elif under and over:
            upper, lower = under + more, over
        elif over:
            upper, lower = 0.0, max(over, theme.arrow_gap) + more
        else:
            upper, lower = max(under, theme.arrow_gap) + more, 0.0
        bus.append(y + upper)
        low.append(y + upper / 2)
        y += upper
        high.append(y + lower - (over or lower) / 2 if tracks else y + lower / 2)
        y += lower
    return Heights(top, bottom, bus, low, high, start, y)


def stretched(grid: Grid, heights: Heights, labels: list[list[str]], theme: Theme) -> list[float]:
    """Return what the gap below each row must grow by, in points, to make every bar hold its label."""
    grown = [0.0] * len(heights.top)
    last = len(heights.top) - 1
    spans = _meetings(grid, heights)
    edge, shift = heights.start, 0.0
    for place, (_, first, end) in enumerate(grid.phase_rows):
        low, high = spans[place] if place < len(spans) else (heights.end, heights.end)
        needed = edge + _length(labels[place], theme)
        lack = snap(max(needed - high - shift, 0.0), PIXEL)
        if lack and end > first:
            for row in range(first, end):
                grown[row] += snap(lack / (end - first), PIXEL)
        elif lack:
            grown[end if end < last or not first else first - 1] += lack
        shift += lack
        edge = max(low + shift - lack, needed)
    return grown


def _length(lines: list[str], theme: Theme) -> float:
    """Return the shortest bar that holds its label."""
    return max(width(line, theme.size, bold=True) for line in lines) + 2 * ENDS


def _meetings(grid: Grid, heights: Heights) -> list[tuple[float, float]]:
    """Return where bars may meet: anywhere in the gap between two phases."""
    return [(heights.bottom[one[2]], heights.top[two[1]]) for one, two in pairwise(grid.phase_rows)]


def edges_of(grid: Grid, heights: Heights, labels: list[list[str]], theme: Theme) -> list[float]:
    """Return where bars begin, meet and end: in the middle of the gap between two phases, if their labels let them."""
    if not grid.phase_rows:
        return []
    needed = [_length(lines, theme) for lines in labels]
    spans = _meetings(grid, heights)
    latest = [heights.end]
    for (_, high), length in zip(reversed(spans), reversed(needed), strict=False):
        latest.insert(0, min(high, latest[0] - length))
    edges = [heights.start]
    for (low, high), length, end in zip(spans, needed, latest, strict=False):
        edges.append(min(max((low + high) / 2, edges[-1] + length), max(end, low)))
    return [*edges, heights.end]


def bar_lines(grid: Grid, phases: tuple[str, ...], theme: Theme) -> list[list[str]]:
    """Each bar's label, in two lines where one would make the bar longer than LONGEST_LABEL."""
    return [break_lines(phases[phase], LONGEST_LABEL, theme.size, bold=True) for phase, _, _ in grid.phase_rows]


def bars_of(
    grid: Grid, heights: Heights, *, labels: list[list[str]], phases: tuple[str, ...], x: float, theme: Theme
) -> list[Bar]:
    """Return the phase bars with their right edge at x."""
    wide = bar_width(labels, theme)
    edges = edges_of(grid, heights, labels, theme)
    bars: list[Bar] = []
    for place, (phase, _, _) in enumerate(grid.phase_rows):
        top = round((edges[place] + (3 * theme.line_width if place else 0.0)) / PIXEL) * PIXEL
        end = round(edges[place + 1] / PIXEL) * PIXEL
        lines = labels[place]
        runs = []
        for index, text in enumerate(lines):
            measured = width(text, theme.size, bold=True)
            middle = x - wide / 2 + (index - (len(lines) - 1) / 2) * theme.leading
            runs.append(
                Run(
                    text,
                    middle + 0.355 * theme.size,
                    (top + end + measured) / 2,
                    measured,
                    theme.size,
                    bold=True,
                    upward=True,
                )
            )
        bars.append(Bar(f"phase-{place + 1}", phases[phase], x - wide, top, wide, end - top, tuple(runs)))
    return bars


def bar_width(labels: list[list[str]], theme: Theme) -> float:
    """Return the width that all bars share, in points."""
    most = max((len(lines) for lines in labels), default=1)
    return snap(theme.bar_width + (most - 1) * theme.leading)
