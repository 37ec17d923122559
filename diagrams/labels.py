"""The words beside connectors: how they break, and where they stand so that they meet nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.manner import COLUMNS, LEFT, RIGHT
from consortflow.diagrams.measure import BASELINE
from consortflow.diagrams.scene import Connector, Run
from consortflow.diagrams.text import break_lines, glue, rejoined, width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consortflow.diagrams.chart import Link
    from consortflow.diagrams.maze import Rect
    from consortflow.diagrams.theme import Theme

__all__ = ["Label", "Labelled", "label_of", "labelled"]

WIDE, NARROW = 10.0, 6.5
"""Of the type size: how long a label's lines are, and how long where space is made for them."""
ASIDE, OVER = 4.5, 2.25
"""Between a line and the label beside it, or over or under it."""
AROUND = 1.75
"""Between a label and anything else."""
FARTHER = (0.0, 9.0, 18.0, 27.0)
"""How much farther from its line a label stands where it cannot stand right beside it."""
FAR = 2.0
SHARES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9)
"""Of a stretch: where along it a label is tried."""


class Label(NamedTuple):
    """The words beside a connector, broken into lines."""

    text: str
    lines: tuple[str, ...]
    widths: tuple[float, ...]
    w: float
    h: float
    size: float
    leading: float

    def runs(self, x: float, y: float) -> tuple[Run, ...]:
        """Return the label's runs with its block's top left corner at x, y."""
        return tuple(
            Run(text, x, y + (index + 0.5) * self.leading + BASELINE * self.size, wide, self.size)
            for index, (text, wide) in enumerate(zip(self.lines, self.widths, strict=True))
        )


class Labelled(NamedTuple):
    """Connectors with their labels in their places."""

    lines: list[Connector]
    wants: int
    """Where labels did not find a free place right beside their line, as a manner's `roomy` has it."""
    trouble: int
    """How many stand farther away, thrice those that cross a line."""
    covered: bool
    """Whether a label found no place but on a box."""


def label_of(link: Link, theme: Theme, *, narrow: bool = False) -> Label | None:
    """Return a link's label measured; None where it has none."""
    text = glue(link.label, link.count)
    if not text:
        return None
    size = theme.size - 1 if theme.size - 1 >= theme.min_size else theme.size
    leading = theme.leading * size / theme.size
    lines = break_lines(text, (NARROW if narrow else WIDE) * theme.size, size)
    widths = tuple(width(line, size) for line in lines)
    return Label(rejoined(text, lines), tuple(lines), widths, max(widths), len(lines) * leading, size, leading)


def labelled(lines: list[Connector], labels: Mapping[int, Label], boxes: Sequence[Rect], area: Rect) -> Labelled:
    """Stand each label beside the middle of its line, or where near that it meets neither a box nor a line.

    `labels` go by the places of their lines. Where there is no free place a label crosses lines, on a plate that hides
    them.
    """
    if not labels:
        return Labelled(lines, 0, 0, covered=False)
    taken = list(boxes)
    strokes = [
        (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
        for line in lines
        for a, b in pairwise(line.points)
    ]
    out: list[Connector] = []
    wants, trouble, covered = 0, 0, False
    for place, line in enumerate(lines):
        label = labels.get(place)
        if label is None or not line.points:
            out.append(line)
            continue
        spots = _spots(line, label, area)
        clear = [(cost, spot) for cost, spot in spots if not _hits(spot, taken)]
        free = [(cost, spot) for cost, spot in clear if not _hits(spot, strokes)]
        if not free or free[0][0] >= FAR:
            wants |= _beside(line, boxes)
            trouble += 1 if free else 3
        covered |= not clear
        _, spot = (free or clear or spots)[0]
        taken.append(spot)
        runs = label.runs(spot[0], spot[1])
        out.append(line._replace(runs=runs, plate=None if free else spot, label=label.text))
    # a plate hides lines that are drawn before it
    return Labelled(
        [line for line in out if not line.plate] + [line for line in out if line.plate], wants, trouble, covered
    )


def _spots(line: Connector, label: Label, area: Rect) -> list[tuple[float, Rect]]:
    """Return places for a label, each with its price: those right beside the middle of the line first.

    The price grows with the way along the line, more where the stretch is too short, and by FAR where the label stands
    farther from the line.
    """
    x0, y0, x1, y1 = area
    lengths = [abs(ax - bx) + abs(ay - by) for (ax, ay), (bx, by) in pairwise(line.points)]
    whole, before = sum(lengths), 0.0
    found: list[tuple[float, Rect]] = []
    for ((ax, ay), (bx, by)), long in zip(pairwise(line.points), lengths, strict=True):
        level = abs(ay - by) < 0.01
        short = long < (label.w if level else label.h)
        for share in SHARES:
            x, y = ax + (bx - ax) * share, ay + (by - ay) * share
            away = abs((before + long * share) / whole - 0.5) + short
            for place, far in enumerate(FARTHER):
                if level:
                    places = [(x - label.w / 2, y - label.h - OVER - far), (x - label.w / 2, y + OVER + far)]
                else:
                    places = [(x + ASIDE + far, y - label.h / 2), (x - ASIDE - far - label.w, y - label.h / 2)]
                for wanted_left, wanted_top in places:
                    left = min(max(wanted_left, x0), max(x1 - label.w, x0))
                    top = min(max(wanted_top, y0), max(y1 - label.h, y0))
                    found.append((away + FAR * place, (left, top, left + label.w, top + label.h)))
        before += long
    return sorted(found, key=lambda one: one[0])


def _beside(line: Connector, boxes: Sequence[Rect]) -> int:
    """Return where a line runs for most of its way: left or right of all boxes, or between them."""
    (x, _), _ = max(pairwise(line.points), key=lambda s: abs(s[0][0] - s[1][0]) + abs(s[0][1] - s[1][1]))
    if x < min(box[0] for box in boxes):
        return LEFT
    return RIGHT if x > max(box[2] for box in boxes) else COLUMNS


def _hits(spot: Rect, others: list[Rect]) -> bool:
    return any(
        spot[0] < x1 + AROUND and spot[2] > x0 - AROUND and spot[1] < y1 + AROUND and spot[3] > y0 - AROUND
        for x0, y0, x1, y1 in others
    )
