"""Small results of any backend as plain Python values."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import narwhals as nw
    from duckdb import DuckDBPyRelation

__all__ = ["Aside", "fetched", "texts"]


class Aside:
    """Questions to DuckDB whose answers are whole numbers, and which whoever asks next takes along.

    A question that keeps one core busy costs no time of its own beside one that would use every core.
    """

    def __init__(self, questions: Iterable[DuckDBPyRelation]) -> None:
        self._questions = list(questions)
        self._answers: list[list[tuple[Any, ...]]] | None = None

    def answers(self) -> list[list[tuple[Any, ...]]]:
        """Return the rows of each question, which is asked now if nobody has taken it along."""
        if self._answers is None:
            self._answers = _together(self._questions)
        return self._answers

    def beside(self, question: DuckDBPyRelation) -> list[tuple[Any, ...]]:
        """Return the rows of a question whose answer is whole numbers, and ask these with it."""
        if self._answers is not None:
            return _together([question])[0]
        *self._answers, rows = _together([*self._questions, question])
        return rows


def _together(questions: list[DuckDBPyRelation]) -> list[list[tuple[Any, ...]]]:
    """Return the rows of each question, whose answers are whole numbers; all are asked at once."""
    widths = [len(question.columns) for question in questions]
    alike = []
    for number, question in enumerate(questions):
        values = [f"#{at + 1}" if at < widths[number] else "NULL" for at in range(max(widths))]
        alike.append(question.project(", ".join((str(number), *(f"CAST({value} AS BIGINT)" for value in values)))))
    rows: list[list[tuple[Any, ...]]] = [[] for _ in questions]
    for number, *found in reduce(lambda those, these: those.union(these), alike).fetchall():
        rows[number].append(tuple(found[: widths[number]]))
    return rows


def fetched(frame: nw.LazyFrame[Any] | nw.DataFrame[Any], aside: Aside | None = None) -> list[tuple[Any, ...]]:
    """Return the rows of a table, computed where the table is; meant for results of a few rows.

    DuckDB and Spark are asked themselves: Narwhals would need pyarrow for the same. DuckDB takes along what is to be
    asked `aside`, where the table is whole numbers.
    """
    import narwhals as nw

    if isinstance(frame, nw.LazyFrame):
        native = frame.to_native()
        if frame.implementation.is_duckdb():
            if aside is not None:
                return aside.beside(native)
            return [tuple(row) for row in native.fetchall()]
        if frame.implementation.is_pyspark():
            return [tuple(row) for row in native.collect()]
        return frame.collect().rows()
    return frame.rows()


def texts(frames: Iterable[nw.LazyFrame[Any] | nw.DataFrame[Any]]) -> list[str]:
    """Return the values of the first column of some tables as texts, sorted."""
    return sorted(str(row[0]) for frame in frames for row in fetched(frame))
