"""A table of records, wherever it is, as an object that Narwhals takes lazily."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consortflow.participants.discretion import MissingExtraError, TableError, discreetly
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["column_names", "connect", "open_table"]


def connect() -> DuckDBPyConnection:
    """Return an empty DuckDB in memory: it downloads nothing and writes no record to a disk.

    Tables that are to be joined are opened with the same connection. Raises MissingExtraError.
    """
    try:
        import duckdb
    except ImportError:
        msg = "reading tables of records needs: pip install 'consortflow[records]'"
        raise MissingExtraError(msg) from None
    return duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": "",
        }
    )


def open_table(
    place: Any,
    *,
    name: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    columns: Collection[str] | None = None,
    text: Collection[str] = (),
    missing_values: Collection[str] = (),
    connection: DuckDBPyConnection | None = None,
) -> Any:
    """Return a table as an object for `narwhals.from_native`: a DuckDB relation for a file, a data frame as it is.

    `place` is a path (`trial.duckdb::adsl` for a table of a database or a sheet of a workbook), relative to `folder`
    where it is relative, or a data frame. `name` stands for it in errors. `columns` are those that will be used (all,
    where None); those in `text` are never read as numbers or dates (ids, and what is compared with text). A text that
    is empty or equals one of `missing_values` is missing, and so is a NaN.
    Raises FileError, TableError for a data frame, and MissingExtraError; none of them holds a value of a cell.
    """
    if not isinstance(place, str | os.PathLike):
        return place
    path = Path(folder or ".") / place
    shown = name or os.fspath(path)
    used = connection or connect()
    if path.suffix.lower() == ".parquet":
        return discreetly(shown, lambda: used.read_parquet(str(path), hive_partitioning=False))
    if path.suffix.lower() in (".csv", ".tsv"):
        return discreetly(shown, lambda: used.read_csv(str(path), header=True))
    raise FileError(shown, "no kind of table that is known")


def column_names(
    place: Any,
    *,
    name: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    connection: DuckDBPyConnection | None = None,
) -> tuple[str, ...]:
    """Return the names of a table's columns, without reading its rows. Raises what `open_table` does."""
    import narwhals as nw

    native = open_table(place, name=name, folder=folder, connection=connection)
    shown = name or (os.fspath(place) if isinstance(place, str | os.PathLike) else "the table")
    try:
        frame = nw.from_native(native)
    except TypeError:
        raise TableError(shown, f"{type(native).__name__} is no data frame that Narwhals takes") from None
    return discreetly(shown, lambda: tuple(frame.collect_schema().names()))
