"""The remarks of a study at the end of its legend, each said once with the boxes that it is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consortflow.network import Account
    from consortflow.words import Words

__all__ = ["ENDS", "Notes"]

ENDS = (".", "!", "?", "。", "！", "？")  # noqa: RUF001 - full-width marks end sentences as well
_DIGITS = re.compile(r"\d+")


class Notes:
    """Takes up what is remarked about the boxes that are told."""

    def __init__(self, words: Words, name: Callable[[str], str] = str) -> None:
        """`name` makes of a box's label what stands before its remark."""
        self.words = words
        self.name = name
        self.found: dict[str, dict[str, None]] = {}

    def take(self, account: Account) -> None:
        """Take up the remarks about a box, without those that are said with its parts."""
        said = {*self.words.flags(account.item), self.words.text["word"]["ongoing"]}
        texts = [text for text in self.words.remarks(account) if text not in said]
        gap = getattr(account.item, "unexplained", None)
        if gap is not None and gap.note and not _numbers(gap.n) <= _numbers(gap.note):
            texts.append(self.words.gap(gap.n, account))
        if texts:
            told = " ".join(text if text.endswith(ENDS) else f"{text}." for text in texts)
            self.found.setdefault(told, {})[self.name(self.words.network.name(account))] = None

    def lines(self, colon: str = ": ") -> Iterator[str]:
        """Yield the remarks, each after the boxes it is about."""
        for text, names in self.found.items():
            said = "; ".join(names)
            yield f"{said[:1].upper()}{said[1:]}{colon}{text}"


def _numbers(said: object) -> set[str]:
    return set(_DIGITS.findall(str(said)))
