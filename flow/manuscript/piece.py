"""What one study gives to a manuscript, and how text is set in each markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consortflow.diagrams.figure import Figure
    from consortflow.solving import Solution

__all__ = ["Caption", "Edit", "Piece", "balanced", "captioned", "edited", "slug"]


class Caption(NamedTuple):
    """A figure's legend: one sentence that names it, set in bold type, and the flow in prose."""

    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.title} {self.text}"


def captioned(solution: Solution) -> Caption:
    """Return the legend of a solved flow, as `consortflow legend` writes it, in one paragraph."""
    from consortflow.prose import write_legend

    made = write_legend(solution)
    return Caption(made.title, " ".join(made.paragraphs()))


class Piece(NamedTuple):
    """A study's figure with its words, ready for a manuscript."""

    name: str
    figure: Figure
    legend: Caption | None
    """None where the caption that is there stays."""
    image: str = ""
    """The image file as the manuscript refers to it, with slashes; empty where the picture lies in the manuscript."""
    width_mm: float | None = None
    """How wide the figure was asked to be."""
    number: int = 1
    """Which figure of the manuscript it is, where the format counts none itself."""
    attributes: bool = True
    """Markdown: whether the image carries attributes in braces."""
    alternative_key: str = "alt"
    """Markdown: which of them holds the alternative text."""
    eol: str = "\n"
    """What ends a line of the manuscript."""
    prefix: str = ""
    """What begins each of the figure's."""
    narrow: bool = False
    """Whether only ASCII can be written, for the manuscript's encoding is not UTF-8."""

    def referring(self, markup: str) -> str:
        """Return markup as the encoding holds it: other letters as XML's references to characters."""
        return markup.encode("ascii", "xmlcharrefreplace").decode() if self.narrow else markup

    def held(self, markup: str) -> str:
        """Return markup that the encoding holds; UnicodeEncodeError says which letter it does not."""
        if self.narrow:
            markup.encode("ascii")
        return markup

    @property
    def alternative(self) -> str:
        """What the figure tells, for who cannot see it, on one line."""
        return " ".join(self.figure.scene.description.split())

    def lines(self, *lines: str) -> str:
        """Return lines as they stand between a marker and its end."""
        begun = [(self.prefix if line else self.prefix.rstrip()) + line for line in lines]
        return "".join(f"{self.eol}{line}" for line in begun) + self.eol + self.prefix

    @property
    def identifier(self) -> str:
        """The name as an identifier of TeX, HTML and XML."""
        return slug(self.name)


def slug(name: str) -> str:
    """Return a name as every identifier and every file system takes it."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")
    return plain or "study"


Edit = tuple[int, int, str]
"""A stretch of a text, and what takes its place."""


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with stretches replaced; they do not overlap."""
    parts, at = [], 0
    for start, end, new in sorted(edits):
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def balanced(text: str, start: int, brackets: str, escape: str = "\\") -> int:
    """Return where the bracket that opens at `start` closes, one past it; -1 where it does not."""
    opening, closing = brackets[0], brackets[1]
    depth, at = 0, start
    while at < len(text):
        if text[at] == escape:
            at += 1
        elif text[at] == opening:
            depth += 1
        elif text[at] == closing:
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return -1
