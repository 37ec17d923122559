"""Names of columns: each one text, and no two that a table's users could take for one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from consortflow.schemas.diagnostics import quoted
from consortflow.schemas.errors import FileError

__all__ = ["clash", "distinct", "identifier"]

_MOST_NAMED = 5


def clash(names: Iterable[str]) -> str:
    """Return in a few words which names are equal, but for their case at most; nothing where none are.

    >>> clash(["ID", "AGE", "age"])
    'the columns "AGE" and "age" differ in case only: rename one'
    """
    names = list(names)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        return f"several columns have one name: {', '.join(map(quoted, twice[:_MOST_NAMED]))}"
    seen: dict[str, str] = {}
    for name in names:
        if (first := seen.setdefault(name.casefold(), name)) != name:
            return f"the columns {quoted(first)} and {quoted(name)} differ in case only: rename one"
    return ""


def distinct(shown: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of a file's columns; raises FileError where two are equal, but for their case at most."""
    names = tuple(names)
    if problem := clash(names):
        raise FileError(shown, problem)
    return names


def identifier(name: str) -> str:
    """Return a name as it is written in SQL.

    >>> print(identifier('in "mg" units'))
    "in ""mg"" units"
    """
    return '"' + name.replace('"', '""') + '"'
