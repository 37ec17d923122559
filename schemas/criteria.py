"""The language of criteria: which participants are meant, as comparisons of columns with and, or and not.

    AGE >= 18 and (ECOG in (0, 1) or not BRAIN_METS = 'Y') and RANDDT between 2014-01-01 and as_of

The frozen tree that a criterion is read into (`consortflow.schemas.parsing`). No SQL, no function is called, nothing is
evaluated here.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

__all__ = [
    "AllOf", "AnyOf", "AsOf", "Between", "Column", "Comparison", "CriterionError", "IsMissing", "Negated", "OneOf",
    "Operand", "Operator", "Tree", "Value", "comparisons_of", "leaves_open",
]  # fmt: skip

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]


class CriterionError(ValueError):
    """A text is no criterion; `start` and `end` are the characters at fault, `fix` what would help."""

    def __init__(self, message: str, start: int, end: int, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the records, or of the joined table that is named before a dot."""

    name: str
    table: str = ""
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.table}.{self.name}" if self.table else self.name


@dataclass(frozen=True, slots=True)
class Value:
    """A number, a text, a date, or true or false."""

    value: int | Decimal | str | datetime.date | bool
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The date that the records are counted as of."""

    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


Operand: TypeAlias = Column | Value | AsOf


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands compared; one of them at least is a column."""

    left: Operand
    operator: Operator
    right: Operand


@dataclass(frozen=True, slots=True)
class OneOf:
    """A column that has one of several values."""

    column: Column
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A column from one value to another, both included."""

    column: Column
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class IsMissing:
    """A column without a value."""

    column: Column


@dataclass(frozen=True, slots=True)
class Negated:
    """What holds where its part does not."""

    part: Tree


@dataclass(frozen=True, slots=True)
class AllOf:
    """What holds where every part does."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """What holds where a part does."""

    parts: tuple[Tree, ...]


Tree: TypeAlias = Comparison | OneOf | Between | IsMissing | Negated | AllOf | AnyOf


def comparisons_of(tree: Tree) -> Iterator[tuple[Column, tuple[Operand, ...]]]:
    """Yield each column that a criterion looks at with what it is compared with, in the order they are written."""
    match tree:
        case Negated(part):
            yield from comparisons_of(part)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from comparisons_of(part)
        case Comparison(left, _, right):
            if isinstance(left, Column):
                yield left, (right,)
            if isinstance(right, Column):
                yield right, (left,)
        case Between(column, low, high):
            yield column, (low, high)
            yield from ((bound, (column,)) for bound in (low, high) if isinstance(bound, Column))
        case OneOf(column, values):
            yield column, values
        case IsMissing(column):
            yield column, ()


def leaves_open(tree: Tree) -> bool:
    """Whether missing values can leave a criterion open: not where it asks for nothing but whether they are missing."""
    match tree:
        case IsMissing():
            return False
        case Negated(part):
            return leaves_open(part)
        case AllOf(parts) | AnyOf(parts):
            return any(map(leaves_open, parts))
        case _:
            return True
