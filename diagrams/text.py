"""How wide text is and where it breaks, in points: sums of Arimo's advances (Arial's and Helvetica's).

A browser sets the same words within 0.7% of these sums, never wider.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from unicodedata import category, combining, east_asian_width

from consortflow.diagrams import advances

__all__ = ["NBSP", "break_lines", "glue", "longest_piece", "width"]

NBSP = "\u00a0"
UNKNOWN = 1.1
"""Of an em: what a character outside the table counts, on the safe side."""
EMOJI = 1.4
NEVER_FIRST = frozenset(
    "\u3001\u3002\uff0c\uff0e\uff1a\uff1b\uff01\uff1f\uff09\u300d\u300f\u3011\u3015\u300b\u3009)]}\u2019\u201d,.;:!?%\u30fc\u3005\u2026"
)
NEVER_LAST = frozenset("\uff08\u300c\u300e\u3010\u3014\u300a\u3008([{\u2018\u201c")


class _Advances(dict[str, float]):
    """Em a character; a character that is not in the font is estimated once and kept."""

    def __missing__(self, character: str) -> float:
        if combining(character) or category(character) in {"Mn", "Me", "Cf"}:
            em = 0.0
        elif ord(character) >= 0x1F000 and category(character) in {"So", "Sk"}:
            em = EMOJI
        else:
            em = 1.0 if east_asian_width(character) in {"W", "F"} else UNKNOWN
        if len(self) < 100_000:
            self[character] = em
        return em


@cache
def _table(bold: bool) -> _Advances:
    packed = bytes.fromhex(advances.BOLD if bold else advances.REGULAR)
    table = _Advances()
    at = 0
    for run in advances.RUNS.split():
        low, high = run.split("-")
        for code in range(int(low, 16), int(high, 16) + 1):
            table[chr(code)] = ((packed[at] << 8) | packed[at + 1]) / advances.UNITS
            at += 2
    return table


def width(text: str, size: float, bold: bool = False) -> float:
    """Return the advance width of a text in points, set at `size` points without kerning."""
    return sum(map(_table(bold).__getitem__, text)) * size


def glue(text: str, count: str) -> str:
    """Text and its count as one string in which the count never leaves the last word."""
    return NBSP.join(part for part in (text, count.replace(" ", NBSP)) if part)


def break_lines(text: str, limit: float, size: float, bold: bool = False, *, balance: bool = True) -> list[str]:
    """Break a text into lines of at most `limit` points.

    Lines break at spaces and around ideographs; a no-break space holds as long as its word fits a line, and
    a word too long for one is broken rather than overhung. `balance` evens the lines out without adding any.
    """
    atoms = [atom for word in text.split(" ") if word for atom in _atoms(word, limit, size, bold)]
    if not atoms:
        return [""]
    space = width(" ", size, bold)
    measured = [(atom, width(atom, size, bold), space if spaced else 0.0) for atom, spaced in atoms]
    lines = _greedy(measured, limit)
    if balance and len(lines) > 1:
        low, high = max(atom[1] for atom in measured), limit
        for _ in range(12):
            middle = (low + high) / 2
            if len(tried := _greedy(measured, middle)) > len(lines):
                low = middle
            else:
                high, lines = middle, tried
    return lines


def longest_piece(text: str, limit: float, size: float, bold: bool = False) -> float:
    """Return the width in points of the longest piece that lines of at most `limit` points keep whole."""
    pieces = (piece for word in text.split(" ") for piece, _ in _atoms(word, limit, size, bold))
    return max((width(piece, size, bold) for piece in pieces), default=0.0)


def _greedy(atoms: list[tuple[str, float, float]], limit: float) -> list[str]:
    lines: list[str] = []
    current, used = "", 0.0
    for atom, wide, space in atoms:
        if current and used + space + wide > limit + 1e-6:
            lines.append(current)
            current, used = atom, wide
        elif current:
            current += (" " if space else "") + atom
            used += space + wide
        else:
            current, used = atom, wide
    lines.append(current)
    return lines


def _atoms(word: str, limit: float, size: float, bold: bool) -> list[tuple[str, bool]]:
    """Return what a word may be broken into: (piece, whether a space stands before it)."""
    pieces = _between_ideographs(word) if word else []
    out: list[tuple[str, bool]] = []
    for place, piece in enumerate(pieces):
        first = place == 0
        if width(piece, size, bold) <= limit:
            out.append((piece, first))
            continue
        for part in piece.split(NBSP):
            parts = [part] if width(part, size, bold) <= limit else _chopped(part, limit, size, bold)
            out += [(chop, first and index == 0) for index, chop in enumerate(parts)]
            first = True
    return out


def _between_ideographs(word: str) -> list[str]:
    if word.isascii():
        return [word]
    pieces = [word[0]]
    for before, after in pairwise(word):
        wide = _ideograph(before) or _ideograph(after)
        held = after in NEVER_FIRST or before in NEVER_LAST or NBSP in (before, after) or _joins(before, after)
        if wide and not held:
            pieces.append(after)
        else:
            pieces[-1] += after
    return pieces


def _ideograph(character: str) -> bool:
    return character >= "\u2e80" and east_asian_width(character) in {"W", "F"}


def _joins(before: str, after: str) -> bool:
    """Tell whether two characters are one sign: a combining mark, a joiner, a modifier."""
    return (
        combining(after) != 0
        or before == "\u200d"
        or category(after) in {"Mn", "Me", "Cf"}
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    )


def _chopped(word: str, limit: float, size: float, bold: bool) -> list[str]:
    """Break a word too long for a line: after a hyphen or slash that comes late enough, else anywhere."""
    table = _table(bold)
    parts: list[str] = []
    start, used, soft = 0, 0.0, 0
    for at, character in enumerate(word):
        wide = table[character] * size
        if at > start and used + wide > limit and not _joins(word[at - 1], character):
            end = soft if soft - start > (at - start) // 2 else at
            parts.append(word[start:end])
            used = width(word[end:at], size, bold)
            start, soft = end, end
        used += wide
        if character in "-/\u2013\u2014" and at > start:
            soft = at + 1
    return [*parts, word[start:]]
