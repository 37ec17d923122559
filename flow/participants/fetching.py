"""Small results of any backend as plain Python values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["fetched"]


def fetched(frame: nw.LazyFrame[Any] | nw.DataFrame[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a table, computed where the table is; meant for results of a few rows.

    DuckDB and Spark are asked themselves: Narwhals would need pyarrow for the same.
    """
    import narwhals as nw

    if isinstance(frame, nw.LazyFrame):
        native = frame.to_native()
        if frame.implementation.is_duckdb():
            return [tuple(row) for row in native.fetchall()]
        if frame.implementation.is_pyspark():
            return [tuple(row) for row in native.collect()]
        return frame.collect().rows()
    return frame.rows()
