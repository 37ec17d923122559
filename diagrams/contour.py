"""What a column covers, slot by slot, left and right of its own trunk.

A row has four slots: its boxes, the cards below them, the bus, the cards above the next row. Lengths are points.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ABOVE", "BELOW", "BUS", "LINE", "SLOTS", "Contour", "Extents", "cover", "keep_clear", "merge"]

SLOTS = 4
BELOW, BUS, ABOVE = 1, 2, 3
"""Slots after a row's own: SLOTS * row + BELOW holds the cards below that row, and so on."""
LINE = 4.5
"""Points a trunk line keeps clear on either side."""

Contour = dict[int, tuple[float, float]]


class Extents(NamedTuple):
    """What one stage covers left and right of its middle: its box, the cards below it and above it, its lines."""

    half: float
    below: tuple[float, float] = (-LINE, LINE)
    above: tuple[float, float] = (-LINE, LINE)
    leave: float = 0.0
    enter: float = 0.0
    """Where the lines below and above it run."""


def cover(contour: Contour, slot: int, low: float, high: float) -> None:
    """Widen what a contour covers in a slot."""
    old = contour.get(slot)
    contour[slot] = (low, high) if old is None else (min(old[0], low), max(old[1], high))


def keep_clear(contour: Contour, slots: range, one: float, other: float) -> None:
    """Keep the slots clear that a line passes, from one place to another."""
    low, high = (one - LINE, other + LINE) if one <= other else (other - LINE, one + LINE)
    for slot in slots:
        cover(contour, slot, low, high)


def merge(contour: Contour, other: Contour, dx: float) -> None:
    """Widen a contour by another that stands `dx` to its right."""
    for slot, (low, high) in other.items():
        cover(contour, slot, low + dx, high + dx)
