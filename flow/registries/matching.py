"""Which arm of a study file is which group of a record: by label, by words they share, by number, or as the last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from difflib import SequenceMatcher
from typing import TypeVar

from consortflow.schemas.names import slug

__all__ = ["likeness", "paired"]

ALIKE = 0.6
"""How much of their words two labels share, at least, to be taken for one; 1 for all."""
APART = 0.1
"""By how much more than any other."""
_COMMON = frozenset({
    "a", "allocated", "and", "arm", "assigned", "group", "of", "participants", "patients", "randomised", "randomized",
    "the", "therapy", "to", "treatment", "with",
})  # fmt: skip

One = TypeVar("One", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)


def paired(
    ones: Mapping[One, tuple[str, int | None]], others: Mapping[Other, tuple[str, int | None]]
) -> dict[One, Other]:
    """Return which of some things is which of others; each has a label and, where it is known, a number.

    The same label is the same thing, then the closest one, then the only one with a number, then what is left over.
    """
    pairs: dict[One, Other] = {}

    def left(of: Mapping[One, tuple[str, int | None]]) -> list[One]:
        return [one for one in of if one not in pairs]

    def free() -> list[Other]:
        return [other for other in others if other not in pairs.values()]

    def join(key: Callable[[str, int | None], Hashable]) -> None:
        mine = Counter(key(*ones[one]) for one in left(ones))
        theirs = Counter(key(*others[other]) for other in free())
        by_key = {key(*others[other]): other for other in free()}
        for one in left(ones):
            name = key(*ones[one])
            if name is not None and mine[name] == theirs[name] == 1:
                pairs[one] = by_key[name]

    join(lambda label, _: slug(label))
    join(lambda label, number: (slug(label), number))
    scores = {(one, other): likeness(ones[one][0], others[other][0]) for one in left(ones) for other in free()}
    for (one, other), score in sorted(scores.items(), key=lambda item: -item[1]):
        rivals = [s for (a, b), s in scores.items() if (a == one) != (b == other) and a not in pairs]
        untaken = one not in pairs and other not in pairs.values()
        if score >= ALIKE and untaken and all(score >= rival + APART for rival in rivals):
            pairs[one] = other
    join(lambda _, number: number)
    if len(left(ones)) == len(free()) == 1:
        pairs[left(ones)[0]] = free()[0]
    return pairs


def likeness(one: str, other: str) -> float:
    """Return how much of the words of two labels is shared, from 0 to 1; words that every arm has do not count.

    >>> likeness("Arm A: Coaching app", "Allocated to coaching app")
    1.0
    """
    mine, theirs = _words(one), _words(other)
    if not mine or not theirs:
        return 0.0
    shared = mine & theirs
    words = 2 * len(shared) / (len(mine) + len(theirs))
    letters = SequenceMatcher(None, " ".join(sorted(mine)), " ".join(sorted(theirs))).ratio()
    return max(words, letters if letters > 0.85 else 0.0)


def _words(label: str) -> frozenset[str]:
    words = slug(label).split("-")
    kept = frozenset(word for word in words if word and word not in _COMMON)
    return kept or frozenset(words)
