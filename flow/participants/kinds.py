"""What a column of text holds: whole numbers, numbers, dates, true and false, or text.

A column is taken as something else only where every one of its values is written as that, so that nothing changes by
it: 007, 1e and 2014-07 keep their column text. No sample decides: all rows are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from consortflow.participants.naming import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

__all__ = ["Kind", "as_kinds", "found_types", "text_columns"]

Kind: TypeAlias = Literal["text", "number", "date", "boolean"]
"""What a criterion takes a column for."""

_FIRST_ROWS = 1000
_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?"


def _whole(c: str) -> str:
    # written back, the number is the text it came from: no leading zeros, signs or spaces, and no overflow
    return f"CAST(TRY_CAST({c} AS BIGINT) AS VARCHAR) = {c}"


def _real(c: str) -> str:
    # at most 15 digits: beyond them a number is no longer the one that was written
    short, digits = f"length({c}) <= 15", f"length(regexp_replace({c}, '([eE].*|[-.])', '', 'g'))"
    number = f"regexp_full_match({c}, '{_NUMBER}')"
    return (
        f"CASE WHEN {short} AND {_whole(c)} THEN true WHEN {short} THEN {number} ELSE {number} AND {digits} <= 15 END"
    )


_TESTS: dict[str, Callable[[str], str]] = {
    "BIGINT": _whole,
    "DOUBLE": _real,
    "DATE": lambda c: f"CAST(TRY_CAST({c} AS DATE) AS VARCHAR) = {c}",
    "TIMESTAMP": lambda c: f"regexp_full_match({c}, '{_MOMENT}') AND TRY_CAST({c} AS TIMESTAMP) IS NOT NULL",
    "BOOLEAN": lambda c: f"{c} IN ('true', 'false', 'True', 'False', 'TRUE', 'FALSE')",
}
_WANTED: dict[Kind, tuple[str, ...]] = {
    "text": (), "number": ("BIGINT", "DOUBLE"), "date": ("DATE", "TIMESTAMP"), "boolean": ("BOOLEAN",),
}  # fmt: skip


def text_columns(relation: DuckDBPyRelation) -> list[str]:
    """Return the names of the columns that hold text."""
    return [name for name, kind in zip(relation.columns, relation.types, strict=True) if str(kind) == "VARCHAR"]


def found_types(relation: DuckDBPyRelation, wanted: Mapping[str, Kind | None]) -> dict[str, str]:
    """Return the type of each column of text that `wanted` names and that all rows allow; others stay text.

    None stands for whatever the rows show. All rows of all columns are read once. A column without a value has the
    type that is wanted, and is text where none is.
    """
    allowed = {name: tuple(_TESTS) if kind is None else _WANTED[kind] for name, kind in wanted.items()}
    likely = _passed(relation.limit(_FIRST_ROWS), allowed)
    passed = _passed(relation, {name: types for name, (types, _) in likely.items()})
    found = {}
    for name, (types, filled) in passed.items():
        if types and (filled or wanted[name] is not None):
            found[name] = types[0] if filled else types[-1]
    return found


def as_kinds(relation: DuckDBPyRelation, types: Mapping[str, str]) -> DuckDBPyRelation:
    """Return the rows with some columns of text as other types; every value must allow it (see `found_types`)."""
    if not types:
        return relation
    columns = [
        f"CAST({identifier(name)} AS {types[name]}) AS {identifier(name)}" if name in types else identifier(name)
        for name in relation.columns
    ]
    return relation.project(", ".join(columns))


def _passed(
    relation: DuckDBPyRelation, allowed: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[tuple[str, ...], int]]:
    """Return for each column the types that its values allow, and how many values it has."""
    if not allowed:
        return {}
    asked = ["count(*)"]
    for name, types in allowed.items():
        column = identifier(name)
        asked.append(f"count({column})")
        asked += [f"count(*) FILTER ({_TESTS[kind](column)})" for kind in types]
    row = iter(relation.aggregate(", ".join(asked)).fetchall()[0][1:])
    passed = {}
    for name, types in allowed.items():
        filled = next(row)
        passed[name] = tuple(kind for kind, n in [(kind, next(row)) for kind in types] if n == filled), filled
    return passed
