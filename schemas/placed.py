"""Plain data that remembers where it stands in the text of a file.

Lines and columns count from 1, columns in characters.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, TypeAlias

from consortflow.schemas.diagnostics import Diagnostic, Span

__all__ = ["BlockText", "Faulty", "Mark", "PlacedList", "PlacedMap", "Source", "line_ends", "lines_of"]

Mark: TypeAlias = tuple[int, int, int, int]
"""Line, column, end line, end column; from 1, the end exclusive."""

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as YAML counts them; `str.splitlines` ends them at more characters."""
    return _LINE_END.split(text)


def line_ends(text: str) -> list[tuple[int, int]]:
    """Return where the lines of a text end, as YAML counts them: the offsets before and after each line end."""
    return [match.span() for match in _LINE_END.finditer(text)]


class PlacedMap(dict[str, Any]):
    """A mapping that knows where it stands, and where each of its keys and values does."""

    __slots__ = ("keys_at", "mark", "values_at")
    mark: Mark
    keys_at: dict[str, Mark]
    values_at: dict[str, Mark]


class PlacedList(list[Any]):
    """A list that knows where it stands, and where each of its items does."""

    __slots__ = ("mark", "values_at")
    mark: Mark
    values_at: list[Mark]


class BlockText(str):
    """Text from a block scalar (`|` or `>`), which an unquoted `>5` turns into."""

    __slots__ = ()


class Faulty:
    """Stands for a value that has been reported already."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "a faulty value"


class Source:
    """A file's name, its lines, its data with places, and what is wrong with it as YAML."""

    def __init__(self, name: str, text: str, root: Any = None, findings: tuple[Diagnostic, ...] = ()) -> None:
        self.name = name
        self.text = text
        self.root = root
        self.findings = findings

    def span(self, mark: Mark) -> Span:
        """Return a mark of this file as a span."""
        return Span(self.name, *mark)

    def locate(self, path: tuple[str | int, ...], *, key: bool = False) -> Span:
        """Return where the value at `path` stands, or its key.

        Parts that the file does not have (the name of a union's member, a field left out, an index into a mapping that
        stands for a list) are resolved as far as they can be: the nearest containing value is returned.
        """
        holder, part = self.holder(path)
        if holder is None or part is None:
            return self.span(self.root.mark if isinstance(self.root, PlacedMap | PlacedList) else (1, 1, 1, 1))
        if isinstance(holder, PlacedMap):
            name = str(part)
            return self.span(holder.keys_at[name] if key else holder.values_at[name])
        return self.span(holder.values_at[int(part)])

    def holder(self, path: tuple[str | int, ...]) -> tuple[PlacedMap | PlacedList | None, str | int | None]:
        """Return the mapping or list that holds the value at `path`, and the key or index it has there."""
        node: Any = self.root
        holder: PlacedMap | PlacedList | None = None
        held: str | int | None = None
        for part in path:
            here: str | int = part
            if isinstance(node, PlacedMap):
                if isinstance(part, int):
                    if not 0 <= part < len(node):
                        continue
                    here = next(islice(node, part, None))
                if here not in node:
                    continue
                holder, held, node = node, here, node[str(here)]
            elif isinstance(node, PlacedList) and isinstance(part, int) and part < len(node):
                holder, held, node = node, part, node[part]
        return holder, held
