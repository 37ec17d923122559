"""How wide text is and where it breaks, in points: sums of Arimo's advances (Arial's and Helvetica's).

A browser sets the same words within 0.7% of these sums, never wider. Ideographs, kana and full-width punctuation are
one em; other scripts that Arimo lacks are estimated so that no word is wider than its estimate.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING
from unicodedata import category, combining, east_asian_width

from consortflow.diagrams import advances

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "NBSP",
    "break_lines",
    "chopped",
    "estimated",
    "glue",
    "ideograph",
    "longest_piece",
    "parts_hyphens",
    "printable",
    "rejoined",
    "width",
]

NBSP = "\u00a0"
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
EM = {"W": 1.0, "F": 1.0, "H": 0.5}
"""What wide, full-width and half-width characters of East Asia take in every font made for them."""
HYPHENS = "-/\u2013\u2014"
"""After which a line may end within a word."""
UNKNOWN = 1.1
"""Of an em: what a character outside the table counts; Noto Sans sets words of most scripts in half to nine tenths."""
SCRIPTS = (
    ("\u0b80", "\u0bff", 1.7), ("\u0c80", "\u0cff", 1.4), ("\u0d00", "\u0d7f", 1.9), ("\u0e00", "\u0e7f", 0.95),
    ("\u1200", "\u139f", 1.4),
)  # fmt: skip
"""Tamil, Kannada and Malayalam have letters of two em; no letter of Thai or Ethiopic is wider than this."""
EMOJI = 1.4
EVEN = 12
"""Lines, above which they are not evened out further."""
WALL = float("inf")
_Broken = tuple[float, tuple[int, ...]]
"""What some lines cost, and the atoms they end before."""
_NEVER: _Broken = (WALL, ())
HANGUL = (("\u3131", "\u318e"), ("\ua960", "\ud7ff"), ("\uffa0", "\uffdc"))
# fmt: off
NEVER_FIRST = frozenset(
    "、。，．：；！？・｡､･゠‐～〜"  # noqa: RUF001 - full-width punctuation is what is meant
    "）」』】〕》〉〗〙〛｝］｣)]}’”»"  # noqa: RUF001 - as above
    ",.;:!?%‰°℃…‥·-/–—％\u3000"  # noqa: RUF001 - as above
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿｧｨｩｪｫｬｭｮｯ"
    "ーｰ々〻ゝゞヽヾﾞﾟ"
)
"""What no line beside an ideograph starts with: the strict rules of JIS X 4051 and GB/T 15834."""
THAI_BEFORE, THAI_AFTER = frozenset("เแโใไເແໂໃໄ"), frozenset("ะาำๅๆฯະາຳໆຯ")
"""Vowels and signs of Thai and Lao that stand before and after the consonant they belong to."""
NEVER_LAST = frozenset("（「『【〔《〈〖〘〚｛［｢([{‘“«￥¥$€£№")  # noqa: RUF001 - full-width punctuation is what is meant
# fmt: on


class _Advances(dict[str, float]):
    """Em a character; a character that is not in the font is estimated once and kept."""

    def __missing__(self, character: str) -> float:
        if combining(character) or category(character) in {"Mn", "Me", "Cf"}:
            em = 0.0
        elif ord(character) >= 0x1F000 and category(character) in {"So", "Sk"}:
            em = EMOJI
        elif (set_in := east_asian_width(character)) in EM:
            em = EM[set_in]
        else:
            em = next((wide for low, high, wide in SCRIPTS if low <= character <= high), UNKNOWN)
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


def printable(text: str) -> str:
    """Return a text in which what XML, and with it most formats, cannot hold is U+FFFD."""
    return NOT_TEXT.sub("\ufffd", text)


def estimated(text: str) -> bool:
    """Tell whether a text has characters whose width is only known to be no more than what `width` counts."""
    if text.isascii():
        return False
    known = _coverage()
    return any(
        character not in known
        and (east_asian_width(character) not in EM or category(character) in {"So", "Sk"})
        and category(character) not in {"Mn", "Me"}
        for character in text
    )


@cache
def _coverage() -> frozenset[str]:
    runs = (run.split("-") for run in advances.RUNS.split())
    return frozenset(chr(code) for low, high in runs for code in range(int(low, 16), int(high, 16) + 1))


def glue(text: str, count: str) -> str:
    """Text and its count as one string in which the count never leaves the last word."""
    return NBSP.join(part for part in (text, count.replace(" ", NBSP)) if part)


def break_lines(text: str, limit: float, size: float, bold: bool = False, *, balance: bool = True) -> list[str]:
    """Break a text into lines of at most `limit` points.

    Lines break at spaces and around ideographs and kana, but never before closing punctuation or after opening; a
    no-break space holds as long as its word (or the two ideographs before it) fits a line, and a word too long for one
    is broken rather than overhung. `balance` evens the lines out without adding any, and keeps what is in parentheses
    on one line where that adds none.
    """
    atoms = [atom for word in text.split(" ") if word for atom in _atoms(word, limit, size, bold) if atom[0]]
    if not atoms:
        return [""]
    space = width(" ", size, bold)
    measured = [(atom, width(atom, size, bold), space if spaced else 0.0) for atom, spaced in atoms]
    lines = _greedy(measured, limit)
    return _balanced(measured, lines, limit) if balance and len(lines) > 1 else lines


def _balanced(atoms: list[tuple[str, float, float]], lines: list[str], limit: float) -> list[str]:
    """Return as many lines as narrow as they can be, and then as even."""
    if len(whole := _parenthesised(atoms, limit)) < len(atoms) and len(tried := _greedy(whole, limit)) == len(lines):
        atoms, lines = whole, tried
    low, high = max(atom[1] for atom in atoms), limit
    if low > high:  # a sign wider than a line
        return lines
    for _ in range(12):
        middle = (low + high) / 2
        if len(tried := _greedy(atoms, middle)) > len(lines):
            low = middle
        else:
            high, lines = middle, tried
    return _even(atoms, lines, high) if 2 < len(lines) <= EVEN and len(atoms) <= 4 * EVEN else lines


def _parenthesised(atoms: list[tuple[str, float, float]], limit: float) -> list[tuple[str, float, float]]:
    """Return atoms with those of a parenthesis in one, where it fits a line."""
    out: list[tuple[str, float, float]] = []
    start, depth = 0, 0
    for atom in atoms:
        start = len(out) if depth <= 0 else start
        depth = max(depth, 0) + atom[0].count("(") - atom[0].count(")")
        out.append(atom)
        if depth <= 0 and len(out) > start + 1:
            held = out[start:]
            wide = held[0][1] + sum(space + wide for _, wide, space in held[1:])
            if wide <= limit:
                text = held[0][0] + "".join((" " if space else "") + text for text, _, space in held[1:])
                out[start:] = [(text, wide, held[0][2])]
    return out


def _even(atoms: list[tuple[str, float, float]], lines: list[str], limit: float) -> list[str]:
    """Return as many lines of at most `limit` points whose ends differ least: by the least sum of squares."""
    best: list[_Broken] = [(0.0, ()), *[_NEVER] * len(atoms)]
    for _ in lines:
        found = [_NEVER] * (len(atoms) + 1)
        for start, (cost, cuts) in enumerate(best):
            used = 0.0
            for end in range(start + 1, len(atoms) + 1) if cost < WALL else ():
                _, wide, space = atoms[end - 1]
                used += wide if end == start + 1 else space + wide
                if used > limit + 1e-6:
                    break
                if (price := cost + (limit - used) ** 2) < found[end][0] - 1e-9:
                    found[end] = price, (*cuts, end)
        best = found
    cuts = (0, *best[-1][1])
    parts = (atoms[low:high] for low, high in pairwise(cuts))
    return [part[0][0] + "".join((" " if space else "") + text for text, _, space in part[1:]) for part in parts]


def rejoined(text: str, lines: Iterable[str]) -> str:
    """Return a text that `break_lines` broke as one line, with a plain space wherever it broke at a no-break one."""
    joined, at = "", 0
    for line in lines:
        words = [word for word in line.replace(NBSP, " ").split(" ") if word]
        if joined and words and text[at] in (" ", NBSP):
            joined += " "
        for word in words:
            at = text.index(word, at) + len(word)
        joined += line
    return joined


def chopped(whole: str, lines: Iterable[str]) -> bool:
    """Tell whether lines, `rejoined` to a whole, part a word where no other program would, or with a hyphen for it."""
    at = 0
    for line in lines:
        spaced = whole[at : at + 1] == " "
        before, after = whole[max(at - 2, 0) : at], line[:1]
        if at and before and after:
            hyphened = before[-1] in HYPHENS
            if spaced and hyphened and before[0].isalpha() and after.islower():
                return True
            if not (spaced or hyphened or ideograph(before[-1]) or ideograph(after)):
                return True
        at += spaced + len(line)
    return False


def parts_hyphens(lines: Sequence[str], reach: float, size: float, bold: bool = False) -> bool:
    """Tell whether a program would draw up to a line the first part of the next one's first word, up to its hyphen.

    `reach` is how wide lines may be, in points.
    """
    for line, after in pairwise(lines):
        word = after.replace(NBSP, " ").partition(" ")[0]
        first = next((at for at, sign in enumerate(word[:-1]) if at and sign in HYPHENS), 0)
        if first and width(f"{line} {word[: first + 1]}", size, bold) <= reach:
            return True
    return False


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
        for part in _held(piece, limit, size, bold):
            parts = [part] if width(part, size, bold) <= limit else _chopped(part, limit, size, bold)
            out += [(chop, first and index == 0) for index, chop in enumerate(parts)]
            first = True
    return out


def _held(piece: str, limit: float, size: float, bold: bool) -> list[str]:
    """Return a piece too long for a line as its parts between no-break spaces, the last ones in one while they fit."""
    parts = piece.split(NBSP)
    while len(parts) > 1 and width(f"{parts[-2]}{NBSP}{parts[-1]}", size, bold) <= limit:
        parts[-2:] = [f"{parts[-2]}{NBSP}{parts[-1]}"]
    return parts


def _between_ideographs(word: str) -> list[str]:
    if word.isascii():
        return [word]
    pieces = [word[0]]
    for at, (before, after) in enumerate(pairwise(word), 2):
        wide = ideograph(before) or ideograph(after)
        held = after in NEVER_FIRST or before in NEVER_LAST or NBSP in (before, after) or _joins(before, after)
        # a count with one ideograph for company would cut the word it belongs to
        if wide and not held and not (word[at : at + 1] == NBSP and ideograph(before)):
            pieces.append(after)
        else:
            pieces[-1] += after
    return pieces


def ideograph(character: str) -> bool:
    """Tell whether lines break before and after a character; not so in Korean, whose words have spaces."""
    if character < "\u2e80" or any(low <= character <= high for low, high in HANGUL):
        return False
    return east_asian_width(character) in EM


def _joins(before: str, after: str) -> bool:
    """Tell whether two characters are one sign: a combining mark, a joiner, a modifier."""
    return (
        combining(after) != 0
        or before in THAI_BEFORE
        or after in THAI_AFTER
        or before == "\u200d"
        or category(after) in {"Mn", "Mc", "Me", "Cf"}
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    )


def _chopped(word: str, limit: float, size: float, bold: bool) -> list[str]:
    """Break a word too long for a line: after a hyphen or slash that comes late enough, else between two signs."""
    table = _table(bold)
    parts: list[str] = []
    start, used, soft, sign = 0, 0.0, 0, 0
    for at, character in enumerate(word):
        wide = table[character] * size
        if at > start and not _joins(word[at - 1], character):
            sign = at
        while at > start and used + wide > limit:
            whole = sign if sign > start else at
            end = soft if soft - start > (whole - start) // 2 else whole
            parts.append(word[start:end])
            used = width(word[end:at], size, bold)
            start, soft = end, end
        used += wide
        if character in HYPHENS and at > start:
            soft = at + 1
    return [*parts, word[start:]]
