"""What is missing: NULL, NaN, an empty text, and the texts that a study says stand for nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce
from operator import and_
from typing import Any

from consortflow.participants.fetching import fetched

__all__ = ["MissingValues", "looks_missing", "with_missing"]

MissingValues = Collection[str] | Mapping[str, Collection[str]]
"""Texts that mean missing: in every column, or for each column that is named."""

SPELLINGS = (
    ".", "-", "--", "#N/A", "#NULL!", "<NA>", "N/A", "NA", "n/a", "na", "NaN", "nan", "NaT", "None", "none", "NULL",
    "Null", "null", "NIL", "nil", "Missing", "missing", "MISSING", "?",
)  # fmt: skip
"""Texts that often mean missing, and never do unless a study says so: NA is also North America."""


def with_missing(
    native: Any, columns: Collection[str], missing_values: MissingValues = (), never_blank: Collection[str] = ()
) -> Any:
    """Return some columns of a table, with NULL for everything that is missing.

    Lazy where the table is; in a data frame only the columns asked for are looked at. `never_blank` are columns of text
    that are known to hold no empty one.
    """
    import narwhals as nw

    frame = nw.from_native(native)
    schema = frame.collect_schema()
    selected = []
    for name in columns:
        column, kind = nw.col(name), schema[name]
        if isinstance(kind, nw.Categorical | nw.Enum):
            column, kind = column.cast(nw.String), nw.String()
        if kind == nw.String:
            meant = dict.fromkeys((*(() if name in never_blank else ("",)), *_meant(name, missing_values)))
            if meant:
                column = nw.when(reduce(and_, (column != text for text in meant))).then(column).alias(name)
        elif kind.is_float():
            column = nw.when(~column.is_nan()).then(column).alias(name)
        selected.append(column)
    return frame.select(*selected).to_native()


def looks_missing(native: Any, columns: Collection[str]) -> dict[str, dict[str, int]]:
    """Return how often each of the well-known spellings of "missing" stands as a text in each column of text.

    Columns and spellings without any are left out. One pass.
    """
    import narwhals as nw

    frame = nw.from_native(native).lazy()
    schema = frame.collect_schema()
    texts = [name for name in columns if schema[name] == nw.String]
    if not texts:
        return {}
    asked = {(name, spelling): f"n{i}" for i, (name, spelling) in enumerate((n, s) for n in texts for s in SPELLINGS)}
    sums = [(nw.col(name) == spelling).cast(nw.Int64).sum().alias(key) for (name, spelling), key in asked.items()]
    row = dict(zip(asked.values(), fetched(frame.select(*sums))[0], strict=True))
    found: dict[str, dict[str, int]] = {}
    for (name, spelling), key in asked.items():
        if row[key]:
            found.setdefault(name, {})[spelling] = int(row[key])
    return found


def _meant(name: str, missing_values: MissingValues) -> Collection[str]:
    return missing_values.get(name, ()) if isinstance(missing_values, Mapping) else missing_values
