"""Data frames of any library that Narwhals takes, as they are: Polars, pandas, pyarrow, Spark, Ibis, DuckDB."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module
from typing import Any

from consortflow.participants.discretion import TableError, discreetly, extra
from consortflow.participants.naming import clash

__all__ = ["names_of", "plain_frame"]


def names_of(frame: Any, shown: str) -> tuple[str, ...]:
    """Return the names of a data frame's columns.

    Raises TableError for what is no data frame, and for names that are no text or are equal, but for their case.
    """
    nw = extra("narwhals", "records", "counting from records")
    try:
        taken = nw.from_native(frame)
    except Exception:  # noqa: BLE001 - the message may show the frame
        taken = None
    if type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "columns"):
        names = tuple(frame.columns)  # two of which may be equal, or numbers
    elif taken is None:
        raise TableError(shown, f"{type(frame).__name__} is no data frame")
    else:
        names = discreetly(shown, lambda: tuple(taken.collect_schema().names()))
    if not all(isinstance(name, str) for name in names):
        raise TableError(shown, "a column's name is no text")
    if problem := clash(names):
        raise TableError(shown, problem)
    return names


def plain_frame(frame: Any, columns: Collection[str]) -> Any:
    """Return a data frame whose columns have types of their own: pandas' columns of objects as what they hold."""
    import narwhals as nw

    taken = nw.from_native(frame)
    if not taken.implementation.is_pandas():
        return frame
    schema = taken.collect_schema()
    objects = {name: frame[name] for name in columns if schema[name] == nw.Object}
    return frame.assign(**{name: _typed(column) for name, column in objects.items()}) if objects else frame


def _typed(column: Any) -> Any:
    pandas: Any = import_module("pandas")  # there, since a frame of its own is
    if pandas.api.types.infer_dtype(column, skipna=True) in ("date", "datetime"):
        return pandas.to_datetime(column)
    return column.convert_dtypes()
