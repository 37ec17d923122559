"""Counted numbers written into the study file they were counted for; every other character stays as it was.

A number goes beside the criterion it was counted by: in place of `unknown`, or as an `n` of its own before `where` (or
`by`). Numbers that a file states already are left alone: that they agree has been checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from consortflow.schemas.errors import ConsortflowError
from consortflow.schemas.placed import Faulty, Mark, PlacedList, PlacedMap, Source, line_ends
from consortflow.schemas.source import parse

__all__ = ["Number", "UnwritableError", "counted"]

_BESIDE = ("where", "by")
UNKNOWN = "unknown"
_PLAIN = re.compile(r"[^\W\d_][\w ()/'+-]*(?<! )\Z")
_RESERVED = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null|~)\Z")


class Number(NamedTuple):
    """A number that was counted: the path of the item it belongs to, in the data of the study file."""

    path: tuple[str | int, ...]
    n: int | Mapping[str, int]
    """How many; for each unit that was counted, where the study has several."""
    reasons: Mapping[str, int] = {}
    """How many people each value of the column `by` has, by its label."""


class UnwritableError(ConsortflowError, ValueError):
    """A study file is written in a way that numbers cannot be put into."""


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def counted(source: Source, numbers: Iterable[Number]) -> str:
    """Return the text of a study file with numbers filled in; its comments, order and style are kept.

    Items without a `where` or `by`, and items that state a number, stay as they are. The result is read again before
    it is returned: raises UnwritableError where it would say anything but what the file said and the numbers.
    """
    page = _Page(source)
    expected = _plain(source.root)
    edits: list[_Edit] = []
    for number in numbers:
        item = _at(source.root, number.path)
        if not isinstance(item, PlacedMap) or not any(key in item for key in _BESIDE):
            continue
        edits += page.filled(item, number, within_flow=page.within_flow(number.path))
        _fill(_at(expected, number.path), number)
    text = source.text
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    if _plain(parse(text).root) != expected:
        msg = f"{source.name}: the counts cannot be written into it: write each key on a line of its own"
        raise UnwritableError(msg)
    return text


class _Page:
    """The text of a study file by offset."""

    def __init__(self, source: Source) -> None:
        self.text = source.text
        self.root = source.root
        ends = line_ends(self.text)
        self.starts = [0, *(end for _, end in ends)]
        self.line_end = self.text[slice(*ends[0])] if ends else "\n"

    def at(self, mark: Mark) -> int:
        return self.starts[mark[0] - 1] + mark[1] - 1

    def until(self, mark: Mark) -> int:
        return self.starts[mark[2] - 1] + mark[3] - 1

    def within_flow(self, path: Sequence[str | int]) -> bool:
        """Whether an item stands within brackets or braces."""
        holders = accumulate(path, _step, initial=self.root)
        return any(self.text[self.at(h.mark)] in "[{" for h in list(holders)[:-1] if isinstance(h, _PLACED))

    def filled(self, item: PlacedMap, number: Number, *, within_flow: bool) -> list[_Edit]:
        new: list[str] = []
        edits: list[_Edit] = []
        stated = item.get("n")
        if "n" not in item:
            new.append(f"n: {_value(number.n)}")
        elif stated == UNKNOWN:
            edits.append(self._replaced(item.values_at["n"], _value(number.n)))
        elif isinstance(stated, PlacedMap) and not isinstance(number.n, int) and "percent" not in stated:
            known = [unit for unit in number.n if stated.get(unit) == UNKNOWN]
            edits += [self._replaced(stated.values_at[unit], str(number.n[unit])) for unit in known]
            if absent := [f"{_key(unit)}: {n}" for unit, n in number.n.items() if unit not in stated]:
                edits.append(self._before(stated, next(iter(stated)), absent, within_flow))
        if number.reasons and "reasons" not in item:
            new.append(f"reasons: {_mapping(number.reasons)}")
        if new:
            edits.append(self._before(item, next(key for key in _BESIDE if key in item), new, within_flow))
        return edits

    def _replaced(self, mark: Mark, text: str) -> _Edit:
        return _Edit(self.at(mark), self.until(mark), text)

    def _before(self, holder: PlacedMap, key: str, new: Sequence[str], within_flow: bool) -> _Edit:
        """Return what puts keys and values before a key, in the style of its mapping."""
        start = self.at(holder.keys_at[key])
        if asked := re.search(r"(?:(?<=[\s,{\[])|^)\?\s+\Z", self.text[:start]):  # `? key`, the long form of a key
            start = asked.start()
        if self.text[self.at(holder.mark)] == "{":
            return _Edit(start, start, "".join(f"{line}, " for line in new))
        if within_flow:  # [key: value], a mapping without braces
            end = self.until(holder.values_at[key])
            return _Edit(start, end, f"{{{', '.join(new)}, {self.text[start:end]}}}")
        indent = " " * (start - max(at for at in self.starts if at <= start))
        return _Edit(start, start, "".join(f"{line}{self.line_end}{indent}" for line in new))


_PLACED = PlacedMap | PlacedList


def _step(node: Any, part: str | int) -> Any:
    """Return what a part of a path leads to; an index into a mapping counts its items, which stand for a list."""
    if isinstance(part, int) and isinstance(node, dict):
        values = list(node.values())
        return values[part] if part < len(values) else None
    try:
        return node[part]
    except (KeyError, IndexError, TypeError):
        return None


def _at(root: Any, path: Sequence[str | int]) -> Any:
    node = root
    for part in path:
        node = _step(node, part)
    return node


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return None if isinstance(node, Faulty) else node


def _fill(item: dict[str, Any], number: Number) -> None:
    """Put a number into plain data, as it is to be read back."""
    stated = item.get("n", UNKNOWN)
    if stated == UNKNOWN:
        item["n"] = number.n if isinstance(number.n, int) else dict(number.n)
    elif isinstance(stated, dict) and not isinstance(number.n, int) and "percent" not in stated:
        item["n"] = stated | {unit: n for unit, n in number.n.items() if stated.get(unit, UNKNOWN) == UNKNOWN}
    if number.reasons and "reasons" not in item:
        item["reasons"] = dict(number.reasons)


def _value(n: int | Mapping[str, int]) -> str:
    return str(n) if isinstance(n, int) else _mapping(n)


def _mapping(numbers: Mapping[str, int]) -> str:
    return f"{{{', '.join(f'{_key(label)}: {n}' for label, n in numbers.items())}}}"


def _key(text: str) -> str:
    """Return a text as a key of YAML, in quotation marks where it could be read as anything else."""
    if _PLAIN.match(text) and not _RESERVED.match(text):
        return text
    return json.dumps(text, ensure_ascii=False)
