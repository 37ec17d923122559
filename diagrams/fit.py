"""The search for the manner in which a chart fits a width: lines first, then where its cards stand, then its type.

Tried in this order: the theme's own gaps, tighter ones; side cards beside their trunk, then in their own column, from
the innermost splits outwards; counts on lines of their own; smaller type, by half points, down to the theme's least,
with hyphens in long words where it would get too small for them. Of what fits alike the least tall figure is taken.
"""

from __future__ import annotations

from bisect import bisect_left
from math import ceil
from typing import TYPE_CHECKING

from consortflow.diagrams.errors import WidthError
from consortflow.diagrams.grid import MADE
from consortflow.diagrams.manner import BESIDE, CLOSE, TIGHT, Manner, set_at
from consortflow.diagrams.measure import measure_note
from consortflow.diagrams.sheet import draft_of, settled, sheet_of
from consortflow.diagrams.stack import stack_of
from consortflow.diagrams.theme import POINTS_PER_MM
from consortflow.diagrams.width import remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consortflow.diagrams.deck import Deck
    from consortflow.diagrams.sheet import Sheet
    from consortflow.diagrams.theme import Theme

__all__ = ["fitted"]

WIDEST = 1.25
"""How much wider than its theme says a figure's text may run to fill a given width."""
SCALES = tuple(step * WIDEST / 20 for step in range(21))
"""The widths of text that are tried, in shares of the theme's own; none is as narrow as words allow."""
BENT = 1.05
"""How much taller a figure may be for its side cards, its sets or its gaps to be as in figures with room."""
NEAR = 1.35
"""How much taller than the least tall a figure may be before its cards are widened, and yet be the best after it."""
TRIED = 3
"""How many of those are tried."""
LARGE = 400
"""Cards, above which the first manner that fits is taken."""
EASED = (1.0, 0.85, 0.7, 0.55)
MOST_EASED = 30
"""Groups of cards that are widened one by one; larger figures keep one width for all."""
EASY = 0.8
"""Of a theme's type: what is still easy to read, and worth hyphens where long words ask for two steps less."""
STEP = 0.5
"""Points from one type size to the next smaller one."""


def fitted(deck: Deck, theme: Theme, width: float, height: float | None = None, *, roomy: int = 0) -> Sheet:
    """Return the sheet that shows a chart best in `width` points; `WidthError` where none fits.

    Where that is taller than `height`, smaller type is tried, and taken if it makes the figure fit.
    """
    sizes = _sizes(theme)
    places = _places(deck)

    def at(size: float, looks: tuple[Mapping[str, float], ...], *, hyphens: bool | None = None) -> list[Manner]:
        loose = hyphens is not None
        return [
            Manner(set_at(theme, size, look), under, low, loose=loose, hyphens=bool(hyphens), roomy=roomy)
            for look in looks
            for under, low in places
        ]

    def needed(size: float, *, hyphens: bool) -> float:
        return min(draft_of(deck, manner, 0.0).width for manner in at(size, (CLOSE,), hyphens=hyphens))

    def largest(start: int, *, hyphens: bool) -> int:
        """Return the place of the first size from `start` on that fits; past the last where none does."""
        if needed(sizes[-1], hyphens=hyphens) > width:
            return len(sizes)
        return bisect_left(sizes, True, start, key=lambda size: needed(size, hyphens=hyphens) <= width)

    def best_at(size: float, *, hyphens: bool) -> Sheet:
        last = at(size, (CLOSE,), hyphens=hyphens)
        groups = (last,) if hyphens else (at(size, ({}, TIGHT)), at(size, (CLOSE,)), last)
        return next(found for group in groups if (found := _best(deck, group, width)) is not None)

    easy = sum(size >= EASY * theme.size for size in sizes) - 1
    first, hyphens = largest(0, hyphens=False), False
    if first > easy:
        parted = largest(easy, hyphens=True)
        if parted < first - 1 or first == len(sizes):
            first, hyphens = parted, True
    if first == len(sizes):
        least_mm = ceil(needed(sizes[-1], hyphens=True) / POINTS_PER_MM)
        raise WidthError(round(width / POINTS_PER_MM, 1), least_mm, sizes[-1], remedy(theme, least_mm))
    best = best_at(sizes[first], hyphens=hyphens)
    if height is not None and _height(deck, best, width) > height:
        for size in sizes[first + 1 :]:
            if _height(deck, tried := best_at(size, hyphens=hyphens), width) <= height:
                return tried
    return best


def _height(deck: Deck, sheet: Sheet, width: float) -> float:
    """Return how tall the figure gets, its footnotes included."""
    theme = sheet.theme
    tall = stack_of(deck.chart, sheet).height + 2 * theme.margin
    for note in deck.chart.footnotes:
        *_, tall = measure_note(note, theme, width - 2 * theme.margin, tall)
    return tall + (theme.margin if deck.chart.footnotes else 0.0)


def _places(deck: Deck) -> list[tuple[int, bool]]:
    """Return where side cards and sets may stand, as a manner's `under` and `low`, what is natural first."""
    levels = sorted({deck.level(stage) for stage in deck.grid.sides}, reverse=True)
    return [(under, low) for low in ((False, True) if deck.grid.hung else (False,)) for under in (BESIDE, *levels)]


def _sizes(theme: Theme) -> list[float]:
    sizes = [theme.size]
    while sizes[-1] > theme.min_size:
        sizes.append(max(ceil(sizes[-1] / STEP - 1) * STEP, theme.min_size))
    return sizes


def _best(deck: Deck, manners: list[Manner], width: float) -> Sheet | None:
    """Return the least tall figure that fits, with what is natural preferred; None where none fits.

    Those that come near it are compared once more when the cards with room to spare have been widened.
    """
    found: list[tuple[float, float, Sheet, int]] = []
    for manner in manners:
        step = _widest(deck, manner, width)
        if step is None:
            continue
        if (sheet := sheet_of(deck, manner, SCALES[step])).width > width:
            sheet = settled(deck, draft_of(deck, manner, SCALES[step]))
        bent = (manner.under != BESIDE) + manner.low + 0.5 * (manner.theme.column_gap != manners[0].theme.column_gap)
        found.append((stack_of(deck.chart, sheet).height * BENT**bent, BENT**bent, sheet, step))
        if len(deck.cards) > LARGE or (SCALES[step] >= 1 and manner is manners[0]):
            break
    if not found:
        return None
    least = min(cost for cost, _, _, _ in found)
    if len(deck.cards) > LARGE:
        return next(sheet for cost, _, sheet, _ in found if cost == least)
    near = sorted((one for one in found if one[0] <= NEAR * least), key=lambda one: one[0])[:TRIED]
    eased = [(_eased(deck, sheet, width, step), bent) for _, bent, sheet, step in near]
    return min(eased, key=lambda one: stack_of(deck.chart, one[0]).height * one[1])[0]


def _widest(deck: Deck, manner: Manner, width: float) -> int | None:
    """Return the place in SCALES of the widest text that fits, as drafts have it; None where none fits."""
    if draft_of(deck, manner, 0.0).width > width:
        return None
    low, high = 0, len(SCALES)
    while high - low > 1:
        middle = (low + high) // 2
        if draft_of(deck, manner, SCALES[middle]).width <= width:
            low = middle
        else:
            high = middle
    return low


def _eased(deck: Deck, best: Sheet, width: float, step: int) -> Sheet:
    """Widen the text as far as it fits, then that of the cards that do not make the figure wide, group by group."""
    manner = best.manner
    while step + 1 < len(SCALES) and (wider := sheet_of(deck, manner, SCALES[step + 1])).width <= width:
        best, step = wider, step + 1
    scale = SCALES[step]
    groups = _groups(deck, best)
    if scale >= 1 or len(groups) > MOST_EASED:
        return best
    scales: dict[str, float] = {}
    for cards in groups:
        for share in EASED:
            if share <= scale:
                break
            tried = sheet_of(deck, manner, scale, more := {**scales, **dict.fromkeys(cards, share)})
            if tried.width <= width:
                scales, best = more, tried
                break
    return best


def _groups(deck: Deck, sheet: Sheet) -> list[list[str]]:
    """Return the cards that share their width."""
    grid = sheet.grid
    groups: dict[object, list[str]] = {}
    for side in deck.chart.sides:
        if sheet.hands[side.card] in ("left", "right"):
            groups.setdefault((grid.row[side.at], side.where), []).append(side.card)
    for stage in grid.order:
        arm = grid.arm[stage]
        groups.setdefault(arm.level if arm else MADE if stage in grid.made else stage, []).append(stage)
    return list(groups.values())
