"""Parquet and Arrow (Feather) files, which are read where they are, a batch at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from consortflow.participants.delimited import literal
from consortflow.participants.discretion import discreetly, extra
from consortflow.participants.missing import Complete
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

__all__ = ["arrow_table", "complete", "parquet_table"]


def parquet_table(connection: DuckDBPyConnection, path: Path, shown: str) -> DuckDBPyRelation:
    """Return the rows of a parquet file; folders named `arm=1` above it add no column."""
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(-min(4, path.stat().st_size), 2)
        end = file.read(4)
    if start != b"PAR1":
        raise FileError(shown, "is no parquet file")
    if end != b"PAR1":
        raise FileError(shown, "is cut off: it does not end as a parquet file does")
    return discreetly(
        shown, lambda: connection.read_parquet(literal(path), hive_partitioning=False, binary_as_string=True)
    )


def complete(connection: DuckDBPyConnection, path: Path) -> Complete:
    """Return what the footer of a parquet file says; a column that it says nothing of may hold anything."""
    footer = connection.sql("SELECT * FROM parquet_metadata($1)", params=[literal(path)])
    nan = "stats_nan_count = 0" if "stats_nan_count" in footer.columns else "false"  # of files since 2026
    shown = footer.aggregate(
        "path_in_schema, bool_and(coalesce(stats_null_count = 0, false)), "
        "bool_and(coalesce(type = 'BYTE_ARRAY' AND (stats_min_value > '' OR stats_null_count = num_values), false)), "
        f"bool_and(coalesce({nan}, false))",
        "path_in_schema",
    ).fetchall()
    null, blank, nans = (frozenset(row[0] for row in shown if row[at]) for at in (1, 2, 3))
    return Complete(null, blank, nans)


def arrow_table(connection: DuckDBPyConnection, path: Path, shown: str) -> DuckDBPyRelation:
    """Return the rows of an Arrow IPC (Feather version 2) file. Raises FileError and MissingExtraError."""
    dataset = extra("pyarrow.dataset", "arrow", f"reading {path.suffix}")
    ipc = extra("pyarrow.ipc", "arrow", f"reading {path.suffix}")
    with path.open("rb") as file:
        if file.read(6) != b"ARROW1":
            raise FileError(shown, "is no Arrow file (a stream is none): save it as Arrow IPC, Feather 2 or parquet")

    def sound() -> Any:
        with ipc.open_file(str(path)) as file:
            for number in range(file.num_record_batches):
                file.get_batch(number).validate(full=True)  # an offset beyond its text would end the process
        return dataset.dataset(str(path), format="ipc")

    rows = discreetly(shown, sound)
    return discreetly(shown, lambda: connection.from_arrow(rows))
