"""DuckDB's CASE with all its branches in one: Narwhals nests each in the ELSE of the one before, which takes longer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import narwhals as nw
    from duckdb import Expression

__all__ = ["COMPARED", "Asked", "with_cases"]

COMPARED = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


class Asked(NamedTuple):
    """A question about one column: how it compares with a value; without an operator, whether it is missing."""

    column: str
    operator: str = ""
    value: Any = None


def with_cases(frame: nw.LazyFrame[Any], cases: Mapping[str, Iterable[tuple[Asked, int]]], size: int) -> Any:
    """Return a frame over DuckDB with a column of whole numbers for each case.

    It holds the number beside the first question whose answer is yes, and 0 where there is none; numbers have `size`
    bits: 16, 32 or 64.
    """
    import duckdb
    import narwhals as nw

    def number(value: int) -> Expression:
        return duckdb.ConstantExpression(value).cast(f"INT{size // 8}")

    columns = []
    for name, branches in cases.items():
        case: Any = None
        for asked, value in branches:
            case = (duckdb.CaseExpression if case is None else case.when)(_condition(asked), number(value))
        columns.append(case.otherwise(number(0)).alias(name))
    return nw.from_native(frame.to_native().select(duckdb.StarExpression(), *columns))


def _condition(asked: Asked) -> Expression:
    import duckdb

    column = duckdb.ColumnExpression(asked.column)
    if not asked.operator:
        return column.isnull()
    compared: Expression = COMPARED[asked.operator](column, duckdb.ConstantExpression(asked.value))
    return compared
