"""What a figure shows, before anything is measured: cards with their lines, and the links between them.

A chart knows words and structure and no coordinates. It stands between the counted flow and the picture, so that
placing never asks where a number came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from consortflow.telling import Told

__all__ = ["Card", "Chart", "Footnote", "Line", "Link", "Side", "Table"]


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of a card, before it is broken into lines."""

    text: str
    count: str = ""
    """What follows the text and never leaves its last word: "(n = 12)". Empty where nothing is counted."""
    depth: int = 0
    """0 is flush left (or centred in a card of headings only), 1 a bullet, 2 and more an en dash, indented."""
    bold: bool = False
    mark: str = ""
    """A footnote's mark, set as a superscript after the count."""


class Card(NamedTuple):
    """A box of the figure: a stage, people who left or joined beside the trunk, or an analysis set."""

    id: str
    kind: Literal["stage", "exit", "enter", "set"]
    lines: tuple[Line, ...]
    phase: int | None = None
    """Index into the chart's phases; None on side cards, and where the chart has no phases."""
    title: str = ""
    """The card in one line of words, for people who hear the figure."""
    flagged: bool = False
    """True where the counts in this card contradict another statement."""


@dataclass(frozen=True, slots=True)
class Link:
    """People who move from one card to another down the grid, or across it."""

    tail: str
    head: str
    kind: Literal["flow", "set", "transfer"] = "flow"
    """A set is a part of its stage: it never pulls the trunk aside. A transfer has no place on the grid."""
    dotted: bool = False
    label: str = ""
    count: str = ""


class Side(NamedTuple):
    """A card beside the trunk: people who left below a card, or left or joined above one."""

    card: str
    at: str
    where: Literal["below", "above"] = "below"
    """In the gap below the card `at`, before any split; or in the gap above it, after any split."""
    side: Literal["left", "right"] | None = None
    """None lets the placing decide: right by default, outwards for the outer arms of two."""
    inward: bool = False
    """True where the arrow points at the trunk: people who join."""


class Footnote(NamedTuple):
    """A sentence under the figure, and the mark that leads to it (empty for a general note)."""

    mark: str
    text: str


class Table(NamedTuple):
    """Counts beside the figure, as text in rows."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """As many cells in each as there are heads."""
    names: int
    """How many of the first columns name the row; the others hold numbers."""


class Chart(NamedTuple):
    """Everything a figure shows.

    `cards` come in reading order. Along every flow or set link the phase never decreases; `phases` are the names of
    the bars at the left, top to bottom (the same name may stand twice). Links of kind flow and set form an acyclic
    graph over the cards that are not side cards; every side card has one `Side`.
    """

    title: str
    description: str
    """The whole flow told in words with its counts."""
    cards: tuple[Card, ...]
    links: tuple[Link, ...]
    sides: tuple[Side, ...]
    phases: tuple[str, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    language: str = "en-US"
    telling: tuple[Told, ...] = ()
    """The same words by what belongs to what."""
