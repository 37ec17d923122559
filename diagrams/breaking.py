"""Where the words of a card may break when room is short: before their count, and long words at a hyphen.

Hyphens stand before the consonant that begins a syllable, as most languages in Latin letters have it, and only in
words that fit no line otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from consortflow.diagrams.text import NBSP, glue, longest_piece, width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consortflow.diagrams.chart import Card, Line
    from consortflow.diagrams.theme import Theme

__all__ = ["Need", "hyphenated", "loosened", "needs_of", "syllables"]

WHOLE = 1e9
MARK = 0.5
"""Points before a footnote's mark."""
LONG_COUNT = 16
"""Characters of a count, above which it may itself be broken."""
LONG_HELD = 12
"""Characters of words held together, above which the last may stand on a line of its own where nothing else helps."""
SHORTEST = 8
"""Letters of a word, below which it is never hyphenated; and what a hyphen leaves before and after itself."""
BEFORE, AFTER = 3, 4
VOWELS = frozenset("aeiouyàâäáãåæèéêëìíîïòóôöõøœùúûüýÿ")
TOGETHER = frozenset(
    ["bl", "br", "ch", "cl", "cr", "dr", "fl", "fr", "gh", "gl", "gr", "ph", "pl", "pr", "qu", "sh", "th", "tr", "wh"]
)
"""Consonants that begin a syllable together."""


def loosened(card: Card) -> Card:
    """Return a card whose counts may stand on a line below their text, and several units on a line each."""
    return card._replace(lines=tuple(_loose(line) for line in card.lines))


def _loose(line: Line) -> Line:
    count = line.count if len(line.count) > LONG_COUNT else line.count.replace(" ", NBSP)
    return replace(line, text=f"{line.text} {count}".strip().replace(f";{NBSP}", "; "), count="")


def _before_number(word: str) -> str:
    """Return words that no-break spaces hold together with a space before the last; "(n = 12)" stays whole."""
    first, held, last = word.rpartition(NBSP)
    return f"{first} {last}" if held and len(word) > LONG_HELD and "=" not in word else word


def hyphenated(card: Card, theme: Theme, limit: float) -> Card:
    """Return a loosened card whose long words are parted, with hyphens, so that they fit lines of `limit` points.

    A number stands below its unit, or an interval below what it is, where the two do not fit a line together.
    """
    return card._replace(lines=tuple(_hyphenated(line, theme, limit - _inset(line, theme)) for line in card.lines))


def _hyphenated(line: Line, theme: Theme, limit: float) -> Line:
    held = line.text.split(" ")
    if all(width(word, theme.size, line.bold) <= limit for word in held):
        return line
    long = (_before_number(word) if width(word, theme.size, line.bold) > limit else word for word in held)
    words: list[str] = []
    for word in " ".join(long).split(" "):
        start, end, ended = 0, 0, ""
        pieces = _pieces(word) if width(word, theme.size, line.bold) > limit else ()
        for cut, sign in pieces:
            if end > start and width(word[start:cut] + sign, theme.size, line.bold) > limit:
                words.append(word[start:end] + ended)
                start = end
            end, ended = cut, sign
        words.append(word[start:])
    return replace(line, text=" ".join(words))


class Need(NamedTuple):
    """What one line of a card needs, in ems: its longest piece that stays whole, and all of it; its depth and mark."""

    piece: float
    whole: float
    depth: int
    mark: float


def needs_of(card: Card, *, hyphens: bool) -> tuple[Need, ...]:
    """Return what the lines of a card need; `hyphens` where its long words may be parted."""
    found: list[Need] = []
    for line in card.lines:
        text = glue(line.text, line.count)
        if hyphens:
            words = (part for word in text.split(" ") for part in _before_number(word).split(" "))
            pieces = (piece for word in words for piece in _parted(word))
            piece = max((width(piece, 1.0, line.bold) for piece in pieces), default=0.0)
        else:
            piece = longest_piece(text, WHOLE, 1.0, line.bold)
        mark = width(line.mark, 1.0) if line.mark else 0.0
        found.append(Need(piece, width(text, 1.0, line.bold), max(line.depth, 0), mark))
    return tuple(found)


def _parted(word: str) -> Iterator[str]:
    start = 0
    for cut, sign in _pieces(word):
        yield word[start:cut] + sign
        start = cut


def _inset(line: Line, theme: Theme) -> float:
    return max(line.depth, 0) * theme.indent + (width(line.mark, theme.size) + MARK if line.mark else 0.0)


def _pieces(word: str) -> tuple[tuple[int, str], ...]:
    """Return where a word may end a line, each with the hyphen it then needs, and its end."""
    return (*syllables(word), (len(word), ""))


@cache
def syllables(word: str) -> tuple[tuple[int, str], ...]:
    """Return where a word may be parted: after its own hyphens and slashes, and between syllables with a new one.

    >>> syllables("discontinued"), syllables("dose-limiting")
    (((3, '-'), (6, '-'), (8, '-')), ((5, ''),))
    """
    found: list[tuple[int, str]] = []
    start = 0
    letters = word.lower()
    for at in range(1, len(word)):
        if at > 1 and word[at - 1] in "-/\u2013\u2014" and word[at - 2].isalpha() and word[at].isalpha():
            found.append((at, ""))
            start = at
        elif not word[at].isalpha():
            start = at + 1
        elif at - start >= BEFORE and _begins(letters, at):
            end = next((place for place in range(at, len(word)) if not word[place].isalpha()), len(word))
            if end - at >= AFTER and end - start >= SHORTEST:
                found.append((at, "-"))
    return tuple(found)


def _begins(letters: str, at: int) -> bool:
    """Whether a syllable begins at a letter: a consonant, or two that go together, with a vowel after and before."""
    before, here, after = letters[at - 2 : at], letters[at], letters[at + 1 : at + 3]
    if here in VOWELS or not after:
        return False
    opens = after[0] in VOWELS or (here + after[0] in TOGETHER and after[1:] in VOWELS)
    if not opens or before[-1] + here in TOGETHER:
        return False
    return before[-1] in VOWELS or (before[0] in VOWELS and before[-1].isalpha())
