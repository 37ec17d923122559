"""Columns of records, typed, and criteria as truths over them.

Backends differ in what NULL and NaN do to a comparison. So a table is opened with NaN and empty text missing, and every
criterion becomes two columns that never are: whether it is met, and whether missing values leave that open (Kleene's
three-valued logic, spelled out).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from operator import and_, or_
from typing import TYPE_CHECKING, Any, NamedTuple

from consortflow.participants.cases import COMPARED, Asked
from consortflow.participants.routes import Criterion
from consortflow.schemas.criteria import (
    AllOf,
    AnyOf,
    AsOf,
    Between,
    Column,
    Comparison,
    IsMissing,
    Negated,
    OneOf,
    Operand,
    Tree,
    Value,
)

if TYPE_CHECKING:
    import narwhals as nw

    from consortflow.participants.fetching import Aside

__all__ = ["Absence", "Kind", "Known", "Mismatch", "Prepared", "first_of", "kind_of", "mismatches", "plain", "together"]

CHAIN = 50
"""Branches of one CASE: a backend nests them, and nests too deep where there are hundreds."""
FEW = 16
"""Values that are compared one by one: faster than a search in a list."""
_DAY = r"^\d{4}-\d{2}-\d{2}"


class Kind(StrEnum):
    """What a column holds."""

    NUMBER = "numbers"
    TEXT = "texts"
    DATE = "dates"
    TRUTH = "true and false"
    OTHER = "values that cannot be compared"


class Known(NamedTuple):
    """A column of the records: its name among the prepared ones, and what it holds."""

    name: str
    kind: Kind


class Absence(NamedTuple):
    """A value that may be missing: the column, and what of it is compared."""

    column: str
    part: str = ""


class Mismatch(NamedTuple):
    """A comparison that means nothing, what is wrong with it, and where it stands in its criterion."""

    message: str
    start: int
    end: int
    fix: str


def together(join: Callable[[Any, Any], Any], parts: Iterable[Any]) -> Any:
    """Return the parts joined two by two: a chain of hundreds would be nested as deep as it is long."""
    held = list(parts)
    while len(held) > 1:
        pairs = zip(held[::2], held[1::2], strict=False)
        held = [*(join(first, second) for first, second in pairs), *held[len(held) & ~1 :]]
    return held[0]


def first_of(branches: Iterable[tuple[nw.Expr, nw.Expr]], last: nw.Expr) -> nw.Expr:
    """Return the value beside the first condition that holds; where none does, the last."""
    import narwhals as nw

    held = list(branches)
    found: list[Any] = []
    for start in range(0, len(held), CHAIN):
        chain: Any = nw
        for condition, value in held[start : start + CHAIN]:
            chain = chain.when(condition).then(value)
        found.append(chain)
    if not found:
        return last
    whole: nw.Expr = found[0].otherwise(last) if len(found) == 1 else nw.coalesce(*found, last)
    return whole


def kind_of(dtype: Any) -> Kind:
    """Return what a column of a Narwhals type holds."""
    import narwhals as nw

    if dtype.is_numeric():
        return Kind.NUMBER
    if dtype == nw.Boolean:
        return Kind.TRUTH
    if dtype in (nw.String, nw.Categorical) or isinstance(dtype, nw.Enum):
        return Kind.TEXT
    if dtype == nw.Date or dtype == nw.Datetime:  # noqa: PLR1714 - a Datetime has no hash that equals its class
        return Kind.DATE
    return Kind.OTHER


def plain(name: str, dtype: Any) -> nw.Expr:
    """Return a column as one of few types, so that comparisons are alike: wide numbers, and moments as their days."""
    import narwhals as nw

    column = nw.col(name)
    match kind_of(dtype):
        case Kind.NUMBER if not dtype.is_integer() and dtype != nw.Float64:
            return column.cast(nw.Float64)
        case Kind.DATE if dtype == nw.Datetime:
            return (column.dt.replace_time_zone(None) if dtype.time_zone else column).dt.truncate("1d")
        case Kind.DATE:
            return column.cast(nw.Datetime("us"))
        case _:
            return column


class Prepared:
    """Records ready to be counted: one row per participant, with columns named c0, c1, ... and `id`."""

    def __init__(
        self,
        frames: Sequence[Any],
        columns: dict[tuple[str, str], Known],
        name: str,
        as_of: date | None = None,
        full: Collection[str] = (),
        aside: Aside | None = None,
    ) -> None:
        self.frames = frames
        """The rows, each in one of them; more than one where they are too many to be joined to others at once."""
        self.columns = columns
        self.name = name
        """What errors call the table."""
        self.as_of = as_of
        self.full = full
        """The columns of which it is known that no value is missing."""
        self.aside = aside
        """What else is to be asked of where the records are, when they are counted."""

    def truths(self, criteria: Mapping[int, Criterion]) -> dict[str, nw.Expr]:
        """Return, by the number of each criterion, whether it is met (k) and whether nobody can tell (m)."""
        found: dict[str, nw.Expr] = {}
        for number, criterion in criteria.items():
            met, unmet = self.pair(criterion.tree)
            found[f"k{number}"] = ~unmet if criterion.unsure else met
            if criterion.unsure is None:
                found[f"m{number}"] = ~(met | unmet)
        return found

    def pair(self, tree: Tree) -> tuple[nw.Expr, nw.Expr]:
        """Return whether a criterion is surely met, and surely not: Kleene's logic, spelled out."""
        match tree:
            case Negated(part):
                met, unmet = self.pair(part)
                return unmet, met
            case AllOf(parts):
                pairs = [self.pair(part) for part in parts]
                return together(and_, (met for met, _ in pairs)), together(or_, (unmet for _, unmet in pairs))
            case AnyOf(parts):
                pairs = [self.pair(part) for part in parts]
                return together(or_, (met for met, _ in pairs)), together(and_, (unmet for _, unmet in pairs))
            case IsMissing(column):
                missing = self.absence(column)[1]
                return missing, ~missing
            case Between(column, low, high):
                return self.pair(AllOf((Comparison(column, ">=", low), Comparison(column, "<=", high))))
            case _:
                met, absences = self.answer(tree)
                if not absences:
                    return met, ~met
                missing = together(or_, absences.values())
                return met & ~missing, ~met & ~missing

    def absence(self, column: Column) -> tuple[Absence, nw.Expr]:
        """Return whether a column has no value, and what to call that question."""
        held = self.known(column).name
        return Absence(held), self._column(held).is_null()

    def answer(self, tree: Comparison | OneOf) -> tuple[nw.Expr, dict[Absence, nw.Expr]]:
        """Return whether a comparison holds, of no meaning where a value is missing, and which may be missing."""
        match tree:
            case OneOf(column, values):
                key, missing = self.absence(column)
                return self._one_of(column, values), {key: missing} if key.column not in self.full else {}
            case Comparison(left, operator, right):
                sides = [self._side(side, left, right) for side in (left, right)]
                absences = {
                    key: side.is_null()
                    for key, side in sides
                    if key is not None and (key.part or key.column not in self.full)
                }
                return COMPARED[operator](sides[0][1], sides[1][1]), absences

    def asked(self, key: Absence | Tree) -> Asked | None:
        """Return what is asked of one column: how it compares with a value, or whether it is missing; else None."""
        match key:
            case Absence(column, ""):
                return Asked(column)
            case Comparison(Column() as column, operator, Value(value)) if not isinstance(value, date):
                known = self.known(column)
                if known.kind in (Kind.NUMBER, Kind.TEXT, Kind.TRUTH):
                    return Asked(known.name, operator, _literal(value, None))
        return None

    def _one_of(self, column: Column, values: Iterable[Value]) -> nw.Expr:
        held, kind = self._column(self.known(column).name), self.known(column).kind
        wanted = [value for v in values if (value := _literal(v.value, kind)) is not None]
        if not wanted:
            return held.is_null()
        few = len(wanted) <= FEW or kind in (Kind.DATE, Kind.TRUTH)
        return together(or_, (held == value for value in wanted)) if few else held.is_in(wanted)

    def known(self, column: Column) -> Known:
        """Return what a column is called here, and what it holds."""
        return self.columns[column.table, column.name]

    def _column(self, name: str) -> nw.Expr:
        import narwhals as nw

        return nw.col(name)

    def _side(self, side: Operand, left: Operand, right: Operand) -> tuple[Absence | None, Any]:
        """Return a side as it is compared: of text beside a date, the day that it starts with, where it does."""
        import narwhals as nw

        dates = any(self._is_date(operand) for operand in (left, right))
        texts = any(isinstance(s, Column) and self.known(s).kind is Kind.TEXT for s in (left, right))
        if not isinstance(side, Column):
            value = self.as_of if isinstance(side, AsOf) else side.value
            if isinstance(value, date) and texts:
                return None, value.isoformat()
            return None, _literal(value, Kind.DATE if dates else None)
        name, kind = self.known(side)
        column = nw.col(name)
        if dates and kind is Kind.TEXT:
            return Absence(name, "day"), nw.when(column.str.contains(_DAY)).then(column.str.slice(0, 10))
        if dates and texts:
            return Absence(name), column.dt.to_string("%Y-%m-%d")
        return Absence(name), column

    def _is_date(self, side: Operand) -> bool:
        if isinstance(side, Column):
            return self.known(side).kind is Kind.DATE
        return isinstance(side, AsOf) or isinstance(side.value, date)


def _literal(value: Any, kind: Kind | None) -> Any:
    """Return a value as the backend compares it; a text that stands for a number in a column of numbers as one."""
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str) and kind is Kind.NUMBER:
        try:
            return float(value) if "." in value else int(value)
        except ValueError:
            return None
    if isinstance(value, str) and kind is Kind.TRUTH:
        return {"true": True, "false": False}.get(value.lower())
    return value


def mismatches(tree: Tree, columns: dict[tuple[str, str], Known], *, lenient: bool = False) -> Iterable[Mismatch]:
    """Yield what a criterion compares that cannot be compared. `lenient`: values of a column may be typed as text."""
    match tree:
        case Negated(part):
            yield from mismatches(part, columns, lenient=lenient)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from mismatches(part, columns, lenient=lenient)
        case Comparison(left, operator, right):
            if isinstance(left, Column):
                yield from _mismatch(left, operator, right, columns)
            elif isinstance(right, Column):
                yield from _mismatch(right, operator, left, columns)
        case Between(column, low, high):
            yield from _mismatch(column, ">=", low, columns)
            yield from _mismatch(column, "<=", high, columns)
        case OneOf(column, values):
            if lenient and (held := columns.get((column.table, column.name))) and held.kind in (Kind.DATE, Kind.OTHER):
                fix = "group by a column of text, or of numbers"
                message = f"{column} holds {held.kind}, which are no labels of reasons"
                yield Mismatch(message, column.start, column.end, fix)
            for value in values if not lenient else ():
                yield from _mismatch(column, "=", value, columns)
        case IsMissing():
            return


def _mismatch(
    column: Column, operator: str, other: Operand, columns: dict[tuple[str, str], Known]
) -> Iterable[Mismatch]:
    if (column.table, column.name) not in columns:
        return
    kind = columns[column.table, column.name].kind
    if isinstance(other, Column):
        if (other.table, other.name) not in columns:
            return
        theirs = columns[other.table, other.name].kind
    else:
        theirs = _kind_of_value(other)
    at = min(column.start, other.start), max(column.end, other.end)
    message = f"{column} holds {kind}, and is compared with {theirs}"
    if kind is Kind.OTHER or theirs is Kind.OTHER:
        yield Mismatch(message, *at, "use a column of numbers, text, dates, or true and false")
    elif kind is not theirs and {kind, theirs} != {Kind.TEXT, Kind.DATE}:
        yield Mismatch(message, *at, _FIXES.get((kind, theirs), ""))
    elif kind is Kind.DATE and theirs is Kind.TEXT and not isinstance(other, Column):
        yield Mismatch(message, *at, "write the date without quotation marks")
    elif operator not in ("=", "!=") and kind is theirs and kind in (Kind.TEXT, Kind.TRUTH):
        fix = "write = or in; numbers and dates stand without quotation marks"
        yield Mismatch(f"{column} is compared as {kind}, which have no order", *at, fix)


_FIXES = {
    (Kind.NUMBER, Kind.TEXT): "write the number without quotation marks",
    (Kind.TEXT, Kind.NUMBER): "put the value in quotation marks",
    (Kind.TEXT, Kind.TRUTH): "put the value in quotation marks",
    (Kind.TRUTH, Kind.TEXT): "write true or false without quotation marks",
    (Kind.TRUTH, Kind.NUMBER): "write true or false",
    (Kind.NUMBER, Kind.TRUTH): "write the number",
    (Kind.DATE, Kind.NUMBER): "write a date, as in 2024-03-31",
    (Kind.NUMBER, Kind.DATE): "write a number",
}


def _kind_of_value(value: Value | AsOf) -> Kind:
    if isinstance(value, AsOf):
        return Kind.DATE
    match value.value:
        case bool():
            return Kind.TRUTH
        case str():
            return Kind.TEXT
        case date():
            return Kind.DATE
        case _:
            return Kind.NUMBER
