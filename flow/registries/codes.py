"""The coded columns of a table of records: which codes stand in one, and how often, and nothing of any other column."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, NamedTuple

__all__ = [
    "CodedTable", "Codes", "beside", "comparison", "none_of", "one_of", "opened", "quoted_column", "quoted_text",
]  # fmt: skip

MOST_CODES = 60
"""Different values, beyond which a column holds no codes."""
LONGEST_CODE = 100
"""Characters, beyond which a value is no code."""
MISSING = (".", "#N/A", "<NA>", "N/A", "NA", "n/a", "NaN", "NaT", "NULL", "null")
"""Texts that mean missing in columns that nobody would write them in for anything else."""


class Codes(NamedTuple):
    """What stands in a coded column: each code with its number of rows, the most frequent first."""

    column: str
    counts: dict[str, int]
    missing: int = 0
    texts: tuple[str, ...] = ()
    """Those that stand for a missing value, as NA."""
    too_many: bool = False
    """Whether the column holds so many different values, or such long ones, that they are no codes: none is kept."""


class CodedTable:
    """A table, of which only columns that are known to hold codes are ever looked at."""

    def __init__(self, place: str, native: Any, names: tuple[str, ...]) -> None:
        self.place = place
        self.native = native
        self.names = names
        self._upper = {name.upper(): name for name in reversed(names)}
        self._codes: dict[str, Codes] = {}

    def name(self, *wanted: str) -> str:
        """Return the first of some columns that the table has, as it writes it; empty where it has none."""
        return next((self._upper[name.upper()] for name in wanted if name.upper() in self._upper), "")

    def codes(self, column: str) -> Codes:
        """Return the codes of a column."""
        if column not in self._codes:
            self._codes[column] = self._counted(self.native, column)
        return self._codes[column]

    def texts(self, *columns: str) -> set[str]:
        """Return the texts that stand for a missing value in any coded column looked at, and in some others.

        Of the others only how often each such text stands in them is asked, and no value.
        """
        from consortflow.participants.missing import looks_missing

        found = {text for codes in self._codes.values() for text in codes.texts}
        asked = [column for column in columns if column]
        spelled = looks_missing(self.native, asked) if asked else {}
        return found | {text for texts in spelled.values() for text in texts if text in MISSING}

    def rows(self) -> int:
        """Return how many rows the table has."""
        import narwhals as nw

        return int(self._fetched(self._lazy().select(nw.len()))[0][0])

    def where(self, column: str, values: Iterable[str]) -> CodedTable:
        """Return the rows in which a column has one of some codes."""
        import narwhals as nw

        kept = self._lazy().filter(nw.col(column).is_in(list(values)))
        return CodedTable(self.place, kept.to_native(), self.names)

    def filled(self, column: str, texts: Collection[str]) -> CodedTable:
        """Return the rows in which a column has a value that is none of some texts."""
        import narwhals as nw

        kept = self._lazy().filter(~nw.col(column).is_null())
        if texts and kept.collect_schema()[column] == nw.String:
            kept = kept.filter(~nw.col(column).is_in(list(texts)))
        return CodedTable(self.place, kept.to_native(), self.names)

    def distinct(self, column: str) -> int:
        """Return how many different values stand in a column, and none of them."""
        import narwhals as nw

        return int(self._fetched(self._lazy().select(nw.col(column).n_unique()))[0][0])

    def without(self, column: str, other: CodedTable, other_column: str) -> int:
        """Return how many rows have a value in a column that another table has not."""
        import narwhals as nw

        ids = other._lazy().select(nw.col(other_column).alias(column)).unique()
        left = self._lazy().select(column).join(ids, on=column, how="anti")
        return int(self._fetched(left.select(nw.len()))[0][0])

    def _lazy(self) -> Any:
        import narwhals as nw

        return nw.from_native(self.native).lazy()

    def _fetched(self, frame: Any) -> list[tuple[Any, ...]]:
        from consortflow.participants.discretion import discreetly
        from consortflow.participants.fetching import fetched

        return discreetly(self.place, lambda: fetched(frame))

    def _counted(self, native: Any, column: str) -> Codes:
        import narwhals as nw

        frame = nw.from_native(native).lazy().select(nw.col(column).cast(nw.String).alias("code"))
        if self.distinct(column) > MOST_CODES:
            return Codes(column, {}, too_many=True)
        rows = self._fetched(frame.group_by("code").agg(nw.len().alias("n")))
        counts: dict[str, int] = {}
        missing, texts = 0, []
        for code, n in rows:
            text = "" if code is None else str(code)
            if not text.strip() or text in MISSING:
                missing += int(n)
                texts += [text] if text in MISSING else []
            else:
                counts[text] = int(n)
        if any(len(code) > LONGEST_CODE or not code.isprintable() for code in counts):
            return Codes(column, {}, missing, too_many=True)
        ordered = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
        return Codes(column, ordered, missing, tuple(sorted(texts)))


def opened(place: str | os.PathLike[str], connection: Any = None) -> CodedTable:
    """Return a table of records, every column of text as text. Raises FileError, MissingExtraError."""
    from consortflow.participants.tables import column_names, connect, opened

    path = os.fspath(place)
    used = connection or connect()
    names = column_names(path, connection=used)
    return CodedTable(path, opened(path, kinds={}, connection=used).table, tuple(names))


def quoted_column(name: str, table: str = "") -> str:
    """Return a column as a criterion writes it."""
    plain = re.fullmatch(r"[^\W\d]\w*", name) is not None
    keyword = name.lower() in {"and", "or", "not", "in", "is", "null", "missing", "between", "true", "false", "as_of"}
    written = name if plain and not keyword else f"`{name}`"
    return f"{table}.{written}" if table else written


def quoted_text(value: str) -> str:
    """Return a text as a criterion writes it."""
    return "'" + value.replace("'", "''") + "'"


def none_of(column: str, values: Iterable[str]) -> str:
    """Return the criterion that a column, as a criterion writes it, has another value than some."""
    listed = list(values)
    if len(listed) == 1:
        return f"{column} != {quoted_text(listed[0])}"
    return f"{column} not in ({', '.join(map(quoted_text, listed))})"


def one_of(column: str, values: Iterable[str]) -> str:
    """Return the criterion that a column, as a criterion writes it, has one of some values."""
    listed = list(values)
    if len(listed) == 1:
        return f"{column} = {quoted_text(listed[0])}"
    return f"{column} in ({', '.join(map(quoted_text, listed))})"


def comparison(column: str, values: Iterable[str], *, missing: bool) -> str:
    """Return the criterion that a column has one of some values or, where `missing`, none at all."""
    listed = list(values)
    parts = [one_of(column, listed)] if listed else []
    return " or ".join([*parts, *([f"{column} is missing"] if missing else [])])


def beside(table: str, folder: str | os.PathLike[str] | None) -> str:
    """Return the path of a table as a study file in a folder names it."""
    if folder is None:
        return table
    file, mark, part = table.partition("::")
    return Path(os.path.relpath(file, os.fspath(folder) or ".")).as_posix() + mark + part
