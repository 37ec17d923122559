"""Data frames of any library that Narwhals takes, as they are: Polars, pandas, pyarrow, Spark, Ibis, DuckDB."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from consortflow.participants.discretion import TableError, discreetly, extra
from consortflow.participants.naming import clash

__all__ = ["names_of", "plain_frame"]


def names_of(frame: Any, shown: str) -> tuple[str, ...]:
    """Return the names of a data frame's columns.

    Raises TableError for what is no data frame, and for names that are no text or are equal, but for their case.
    """
    nw = extra("narwhals", "records", "counting from records")
    given = getattr(frame, "columns", ())
    if any(not isinstance(name, str) for name in given if not callable(given)):
        raise TableError(shown, "a column's name is no text")
    if problem := clash(given if not callable(given) else ()):
        raise TableError(shown, problem)
    try:
        taken = nw.from_native(frame)
    except Exception:  # noqa: BLE001 - the message may show the frame
        taken = None
    if taken is None or not isinstance(taken, nw.DataFrame | nw.LazyFrame):
        raise TableError(shown, f"{type(frame).__name__} is no data frame")
    return discreetly(shown, lambda: tuple(taken.collect_schema().names()))


def plain_frame(frame: Any, columns: Collection[str]) -> Any:
    """Return a data frame whose columns have types of their own: pandas' columns of objects as what they hold."""
    import narwhals as nw

    taken = nw.from_native(frame)
    if not taken.implementation.is_pandas():
        return frame
    objects = [name for name in columns if taken.schema[name] == nw.Object]
    return frame.assign(**{name: frame[name].convert_dtypes() for name in objects}) if objects else frame
