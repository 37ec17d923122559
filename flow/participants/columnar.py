"""Parquet and Arrow (Feather) files, which are read where they are, a batch at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from consortflow.participants.delimited import literal
from consortflow.participants.discretion import discreetly, extra
from consortflow.participants.missing import Complete
from consortflow.schemas.errors import FileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

__all__ = ["ROW", "Footer", "arrow_table", "parquet_table"]

ROW = "file_row_number"
"""The column that numbers the rows of a parquet file, from 0."""
PART = 1_000_000
"""Rows that are worth a part of their own."""
_READ: dict[str, Callable[[str], Any]] = {"VARCHAR": str, **dict.fromkeys(("BIGINT", "INTEGER", "SMALLINT"), int)}
_PLAIN = re.compile(r"[ -\[\]-~]+")
"""A bound that is shown as it is: other characters, and a backslash, may stand for something else."""


def parquet_table(
    connection: DuckDBPyConnection, path: Path, shown: str, *, numbered: bool = False
) -> DuckDBPyRelation:
    """Return the rows of a parquet file; folders named `arm=1` above it add no column. `numbered` adds ROW."""
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(-min(4, path.stat().st_size), 2)
        end = file.read(4)
    if start != b"PAR1":
        raise FileError(shown, "is no parquet file")
    if end != b"PAR1":
        raise FileError(shown, "is cut off: it does not end as a parquet file does")
    return discreetly(
        shown,
        lambda: connection.read_parquet(
            literal(path), hive_partitioning=False, binary_as_string=True, file_row_number=numbered
        ),
    )


class _Chunk(NamedTuple):
    """What the footer says of a column in a group of rows; what it does not say is None."""

    rows: int
    values: int
    text: bool
    """Whether values may have any length, as texts have."""
    nulls: int | None
    low: str | None
    """A lower bound of the values, as a text."""
    high: str | None
    nans: int | None


class Footer:
    """What a parquet file says of its rows where it ends, so that they need not be looked at to know it."""

    def __init__(self, connection: DuckDBPyConnection, path: Path) -> None:
        footer = connection.sql("SELECT * FROM parquet_metadata($1)", params=[literal(path)])
        nans = "stats_nan_count" if "stats_nan_count" in footer.columns else "NULL"  # of files since 2026
        said = footer.order("row_group_id").project(
            "path_in_schema, row_group_num_rows, num_values, type = 'BYTE_ARRAY', stats_null_count, stats_min_value, "
            f"stats_max_value, {nans}"
        )
        self._chunks: dict[str, list[_Chunk]] = {}
        for column, *chunk in said.fetchall():
            self._chunks.setdefault(column, []).append(_Chunk(*chunk))

    def complete(self) -> Complete:
        """Return the columns of which something is never missing; one that nothing is said of may hold anything."""
        return Complete(
            self._where(lambda chunk: chunk.nulls == 0),
            self._where(lambda chunk: chunk.text and (bool(chunk.low) or chunk.nulls == chunk.values)),
            self._where(lambda chunk: chunk.nans == 0),
        )

    def _where(self, holds: Callable[[_Chunk], bool]) -> frozenset[str]:
        return frozenset(column for column, chunks in self._chunks.items() if all(map(holds, chunks)))

    def apart(self, column: str, kind: str, most: int) -> list[tuple[int, int]]:
        """Return the first and last rows of parts that share no value of a column: so many at most, of about one size.

        None where the file is small, or where nothing shows that all values of a part are less than those of the next.
        `kind` is DuckDB's type of the column: bounds of texts and of whole numbers are read as what they are.
        """
        chunks = self._chunks.get(column, [])
        bounds = [bound for chunk in chunks for bound in (chunk.low, chunk.high) if bound and _PLAIN.fullmatch(bound)]
        if kind not in _READ or len(bounds) < 2 * len(chunks):
            return []
        ends = list(accumulate(chunk.rows for chunk in chunks))
        greatest = list(accumulate(map(_READ[kind], bounds[1::2]), max))
        least = list(accumulate(map(_READ[kind], bounds[-2::-2]), min))[::-1]
        cuts = [end for end, high, low in zip(ends, greatest, least[1:], strict=False) if high < low]
        if not cuts:
            return []
        size = max(-(-ends[-1] // most), PART)
        wanted = range(size, ends[-1] - size // 2, size)
        chosen = sorted({min(cuts, key=lambda cut: abs(cut - want)) for want in wanted})
        return [(start, end - 1) for start, end in pairwise((0, *chosen, ends[-1]))] if chosen else []


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
