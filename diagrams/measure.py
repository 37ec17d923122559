"""A card measured: its lines broken, with bullets, hanging indents and marks, and the box they need."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.scene import Paragraph, Run
from consortflow.diagrams.text import break_lines, chopped, glue, longest_piece, parts_hyphens, rejoined, width

if TYPE_CHECKING:
    from consortflow.diagrams.chart import Card, Footnote, Line
    from consortflow.diagrams.theme import Theme

__all__ = ["PIXEL", "Panel", "measure_card", "measure_note", "snap"]

PIXEL = 0.75
"""Points a screen pixel at a figure's own size; outlines that keep to this lattice are crisp."""
BULLET, DASH = "\u2022", "\u2013"
MARK_SIZE, MARK_RISE = 0.72, 0.34
"""Of the type size: a superscript mark's own size, and how far its baseline is raised."""
ROOM = 3.0
"""Points that programs which break lines themselves may have beside the widest one."""
BASELINE = 0.355
"""Of the type size: from the middle of a line down to its baseline."""


def snap(length: float, step: float = 2 * PIXEL) -> float:
    """Return a length rounded up to whole steps; of two pixels, so that the middle is on the lattice."""
    return ceil(length / step - 1e-6) * step


class Panel(NamedTuple):
    """A card's runs around the origin of its text block, and the smallest box that holds them."""

    runs: tuple[Run, ...]
    text_w: float
    text_h: float
    w: float
    h: float
    centred: bool
    paragraphs: tuple[Paragraph, ...]

    def placed(self, x: float, y: float, w: float, h: float, pad: float) -> tuple[Run, ...]:
        """Return the runs inside a box of the given place and size."""
        dx = x + w / 2 if self.centred else x + pad
        # headings stand in the middle of their box, lists start at its top as their neighbours do
        dy = y + ((h if self.centred else min(h, self.h)) - self.text_h) / 2
        return tuple(
            Run(run.text, run.x + dx, run.y + dy, run.width, run.size, run.bold, run.upward) for run in self.runs
        )


def measure_card(card: Card, theme: Theme, limit: float, natural: float = 0.0) -> Panel:
    """Break a card's text to lines of at most `limit` points.

    A card of headings only is centred on x = 0; every other one starts at x = 0. Where `limit` is narrower
    than the `natural` one, no word that fits the natural one is broken.
    """
    if limit < natural:
        limit = max(limit, *(min(natural, _narrowest(line, theme, natural)) for line in card.lines))
    centred = card.kind != "exit" and all(line.depth == 0 for line in card.lines)
    runs: list[Run] = []
    paragraphs: list[Paragraph] = []
    y = 0.0
    widest = 0.0
    for line in card.lines:
        added, said, y, reach = _line(line, theme, limit, y, centred)
        runs += added
        paragraphs.append(said)
        widest = max(widest, reach)
    return Panel(
        tuple(runs),
        widest,
        y,
        snap(widest + 2 * theme.pad_x),
        snap(y + 2 * theme.pad_y - 1),
        centred,
        tuple(paragraphs),
    )


def _narrowest(line: Line, theme: Theme, natural: float) -> float:
    """Return the least width that sets a line without breaking its words."""
    inset = max(line.depth, 0) * theme.indent + (_mark_width(line.mark, theme) if line.mark else 0.0)
    return inset + longest_piece(glue(line.text, line.count), natural - inset, theme.size, line.bold)


def _mark_size(size: float, theme: Theme) -> float:
    return max(size * MARK_SIZE, min(theme.min_size, size))


def _mark_width(mark: str, theme: Theme) -> float:
    return width(mark, _mark_size(theme.size, theme)) + 0.5


def _line(line: Line, theme: Theme, limit: float, y: float, centred: bool) -> tuple[list[Run], Paragraph, float, float]:
    size = theme.size
    sign = BULLET if line.depth == 1 else DASH if line.depth > 1 else ""
    # an indent never takes more than half of a narrow box
    outer = min(max(line.depth - 1, 0) * theme.indent, limit / 2)
    inner = outer + (theme.indent if sign else 0.0)
    mark_w = _mark_width(line.mark, theme) if line.mark else 0.0
    text = glue(line.text, line.count)
    broken = break_lines(text, limit - inner - mark_w, size, line.bold)
    runs: list[Run] = []
    widest = reach = 0.0
    for place, part in enumerate(broken):
        base = y + theme.leading / 2 + BASELINE * size
        wide = width(part, size, line.bold)
        last = place == len(broken) - 1
        whole = wide + (mark_w if last else 0.0)
        x = -whole / 2 if centred else inner
        if sign and place == 0:
            runs.append(Run(sign, outer, base, width(sign, size), size))
        if part:
            runs.append(Run(part, x, base, wide, size, line.bold))
        if last and line.mark:
            raised = base - MARK_RISE * size
            runs.append(Run(line.mark, x + wide + 0.5, raised, mark_w - 0.5, _mark_size(size, theme)))
        reach = max(reach, whole)
        widest = max(widest, whole if centred else x + whole)
        y += theme.leading
    joined = rejoined(text, broken)
    fixed = chopped(joined, broken) or parts_hyphens(broken, reach + ROOM, size, line.bold)
    said = Paragraph(
        joined,
        size,
        len(broken),
        reach,
        line.bold,
        depth=max(line.depth, 0),
        sign=sign,
        outer=outer,
        inner=inner,
        mark=line.mark,
        mark_size=_mark_size(size, theme),
        fixed=tuple(broken) if fixed else (),
    )
    return runs, said, y, widest


def measure_note(note: Footnote, theme: Theme, limit: float, y: float) -> tuple[list[Run], Paragraph, float]:
    """Return a footnote's runs from x = 0 and y downwards, what they say, and the y below it."""
    size = theme.size - 1 if theme.size - 1 >= theme.min_size else theme.size
    leading = theme.leading * size / theme.size
    mark_size = _mark_size(size, theme)
    indent = width(note.mark, mark_size) + 2 if note.mark else 0.0
    runs: list[Run] = []
    broken = break_lines(note.text, limit - indent, size, balance=False)
    for place, text in enumerate(broken):
        base = y + leading / 2 + BASELINE * size
        if place == 0 and note.mark:
            runs.append(Run(note.mark, 0.0, base - MARK_RISE * size, indent - 2, mark_size))
        runs.append(Run(text, indent, base, width(text, size), size))
        y += leading
    said = Paragraph(rejoined(note.text, broken), size, len(broken), inner=indent, mark=note.mark, mark_size=mark_size)
    return runs, said, y
