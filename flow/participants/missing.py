"""What is missing: NULL, NaN, an empty text, and the texts that a study says stand for nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any, NamedTuple

from consortflow.participants.fetching import fetched

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["UNKNOWN", "Complete", "MissingValues", "full_columns", "looks_missing", "with_missing"]

MissingValues = Collection[str] | Mapping[str, Collection[str]]
"""Texts that mean missing: in every column, or for each column that is named."""

SPELLINGS = (
    ".", "-", "--", "#N/A", "#NULL!", "<NA>", "N/A", "NA", "n/a", "na", "NaN", "nan", "NaT", "None", "none", "NULL",
    "Null", "null", "NIL", "nil", "Missing", "missing", "MISSING", "?",
)  # fmt: skip
"""Texts that often mean missing, and never do unless a study says so: NA is also North America."""


class Complete(NamedTuple):
    """The columns of a table of which it is known that something is never in them."""

    null: Collection[str] = ()
    blank: Collection[str] = ()
    """Those of text without an empty one."""
    nan: Collection[str] = ()
    """Those of floating-point numbers without NaN."""


UNKNOWN = Complete()
"""A table of which nothing is known beforehand."""


def with_missing(
    native: Any, columns: Collection[str], missing_values: MissingValues = (), complete: Complete = UNKNOWN
) -> Any:
    """Return some columns of a table, with NULL for everything that is missing.

    Lazy where the table is; in a data frame only the columns asked for are looked at. What is known to be `complete` is
    not looked at for it.
    """
    import narwhals as nw

    frame = nw.from_native(native)
    schema = frame.collect_schema()
    selected = []
    for name in columns:
        column, kind = nw.col(name), schema[name]
        if isinstance(kind, nw.Categorical | nw.Enum):
            column = column.cast(nw.String)
        there = _there(column, name, kind, missing_values, complete)
        selected.append(column if there is None else nw.when(there).then(column).alias(name))
    return frame.select(*selected).to_native()


def full_columns(
    native: Any, columns: Collection[str], missing_values: MissingValues, complete: Complete
) -> frozenset[str]:
    """Return the columns of which it is known that nothing in them is missing."""
    import narwhals as nw

    schema = nw.from_native(native).collect_schema()
    known = [name for name in columns if name in complete.null]
    return frozenset(
        name for name in known if _there(nw.col(name), name, schema[name], missing_values, complete) is None
    )


def _there(
    column: nw.Expr, name: str, kind: nw.dtypes.DType, missing_values: MissingValues, complete: Complete
) -> nw.Expr | None:
    """Return where something that is not NULL is no missing value; None where that is everywhere."""
    import narwhals as nw

    if kind.is_float():
        return None if name in complete.nan else ~column.is_nan()
    if kind != nw.String and not isinstance(kind, nw.Categorical | nw.Enum):
        return None
    meant = missing_values.get(name, ()) if isinstance(missing_values, Mapping) else missing_values
    texts = dict.fromkeys((*(() if name in complete.blank else ("",)), *meant))
    return reduce(and_, (column != text for text in texts)) if texts else None


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
