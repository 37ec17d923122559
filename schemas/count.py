"""A count as a trial states it: a whole number, an interval, a percentage or unknown; for each unit of several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import ContextVar
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeAlias

from pydantic import GetJsonSchemaHandler, PlainSerializer, PlainValidator
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

from consortflow.schemas.diagnostics import quoted
from consortflow.schemas.names import nearest
from consortflow.schemas.placed import BlockText, Faulty

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

__all__ = ["UNITS", "Count", "CountValue", "PerUnit", "Percent", "StatedCount", "count_for", "parse_count"]

UNITS: ContextVar[frozenset[str]] = ContextVar("UNITS", default=frozenset())
"""The units of the study that is being validated: they tell a count per unit from reasons within a reason."""

_BOUND = re.compile(r"\s*(<=|>=|<|>|≤|≥)\s*(0|[1-9][0-9]{0,14})\s*\Z", re.ASCII)
_RANGE = re.compile(r"\s*(0|[1-9][0-9]{0,14})\s*(?:-|–|to)\s*(0|[1-9][0-9]{0,14})\s*\Z", re.ASCII)  # noqa: RUF001 - authors paste en dashes
_GROUPED = re.compile(r"\d{1,3}(?:[, \u00a0\u2009\u202f_]\d{3})+\Z")


class Percent(NamedTuple):
    """A percentage as printed, and of which count."""

    value: Decimal
    """With the decimals as typed: 12.50 is a claim about two of them."""
    of: str | None = None
    """A reference to the count that is 100%; None for the box that holds this count."""

    def bounds(self) -> tuple[Fraction, Fraction]:
        """Return low and high, as shares of 1: every share s with low <= s < high rounds (half up) to the value."""
        exponent = self.value.as_tuple().exponent
        half = Fraction(1, 2 * 10 ** -int(exponent)) if isinstance(exponent, int) else Fraction(0)
        value = Fraction(self.value)
        return (value - half) / 100, (value + half) / 100


class Count(NamedTuple):
    """How many of one unit: every whole number from `low` to `high` (None: no upper bound) may be meant."""

    low: int = 0
    high: int | None = None
    percent: Percent | None = None
    """The percentage that is printed with the number, or in its place."""

    @property
    def exact(self) -> int | None:
        """The number, where exactly one is meant."""
        return self.low if self.low == self.high else None

    @property
    def stated(self) -> bool:
        """Whether the source says anything about this count."""
        return self.low > 0 or self.high is not None or self.percent is not None

    def __str__(self) -> str:
        if self.percent is not None and not (self.low or self.high is not None):
            return f"{self.percent.value}%"
        if self.high is None:
            return f">={self.low}" if self.low else "unknown"
        if self.low == self.high:
            return str(self.low)
        return f"<={self.high}" if self.low == 0 else f"{self.low}-{self.high}"


class PerUnit(NamedTuple):
    """One count for each unit that is named; a unit that is not named is unknown."""

    counts: tuple[tuple[str, Count], ...]


CountValue: TypeAlias = Count | PerUnit


def count_for(value: CountValue | None, unit: str) -> Count:
    """Return what is stated for `unit`: the unknown count where nothing is."""
    if value is None:
        return Count()
    if isinstance(value, Count):
        return value
    return next((count for name, count in value.counts if name == unit), Count())


def _wrong(message: str, fix: str = "") -> PydanticCustomError:
    return PydanticCustomError("count", "{message}", {"message": message, "fix": fix})


def _number(value: Any) -> int:
    """Return a whole number of participants, or say what to write instead."""
    if type(value) is int:
        if value < 0:
            raise _wrong(f"{value} is negative", "a count is 0 or more")
        if value >= 10**15:
            raise _wrong(f"{value} is too large", "no trial has as many participants")
        return value
    if isinstance(value, bool):
        raise _wrong(f"{str(value).lower()} is not a count", "write a whole number")
    if isinstance(value, float | Decimal):
        raise _wrong(
            f"{value} is not a whole number",
            "participants are counted in whole numbers; a percentage is {percent: ..., of: ...}",
        )
    raise _wrong(f"{quoted(value)} is not a whole number", "write digits only")


def _text(value: str) -> Count:
    if isinstance(value, BlockText):
        raise _wrong(
            "a block of text is not a count (an unquoted > starts one)", "put the bound in quotation marks: '>5'"
        )
    if value.strip().lower() == "unknown":
        return Count()
    if match := _BOUND.match(value):
        sign, number = match.group(1), int(match.group(2))
        if sign == "<" and number == 0:
            raise _wrong("<0 leaves no count", "a count is 0 or more")
        return {
            "<": Count(0, number - 1),
            "<=": Count(0, number),
            "≤": Count(0, number),
            ">": Count(number + 1),
            ">=": Count(number),
            "≥": Count(number),
        }[sign]
    if match := _RANGE.match(value):
        low, high = int(match.group(1)), int(match.group(2))
        if low > high:
            raise _wrong(f"{low}-{high} runs backwards", f"write {high}-{low}")
        return Count(low, high)
    bare = value.strip()
    if bare.isascii() and bare.isdigit():
        raise _wrong(f'"{bare}" is text', f"write {int(bare)} without quotation marks")
    if _GROUPED.match(bare):
        raise _wrong(f"{bare} is not plain digits", f"write {re.sub('[^0-9]', '', bare)}")
    if bare.endswith("%"):
        raise _wrong(f"{quoted(bare)} is not a count", f"write {{percent: {bare[:-1].strip() or 12.5}, of: ...}}")
    raise _wrong(
        f"{quoted(bare)} is not a count", "write a whole number, unknown, or a bound such as <5, '>=10' or 3-7"
    )


def _percent(value: Any, of: Any) -> Percent:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _wrong(
            f"{quoted(value)} is not a percentage", "write a number from 0 to 100, with the decimals as printed"
        )
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite() or not 0 <= number <= 100:
        raise _wrong(f"{number}% is not between 0 and 100", "a count is a part of what it is a percentage of")
    if of is not None and not (isinstance(of, str) and of.strip()):
        raise _wrong("`of` names no box", "write the id of the count that is 100%")
    return Percent(number, of.strip() if of else None)


def _one(value: Any) -> Count:
    if isinstance(value, Count):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        if "percent" in value and not (unknown := [key for key in value if key not in ("n", "percent", "of")]):
            stated = Count() if value.get("n") is None else _one(value["n"])
            return Count(stated.low, stated.high, _percent(value["percent"], value.get("of")))
        if "percent" in value:
            raise _wrong(
                f"{quoted(unknown[0])} does not belong in a count", "a count with a percentage has n, percent and of"
            )
        if set(value) == {"n"}:
            return _one(value["n"])
        raise _wrong("a mapping is not a count", "write a whole number")
    if value is None:
        raise _wrong("no count is written here", "write a whole number, or unknown")
    if isinstance(value, list | tuple):
        raise _wrong("a list is not a count", "write a whole number")
    number = _number(value)
    return Count(number, number)


def parse_count(value: Any) -> CountValue:
    """Return what a study file writes for a count, read with the units of the study under validation.

    Raises PydanticCustomError, of type `count`, or `units` where they are mixed up, whose context has `message`
    and `fix`.
    """
    if isinstance(value, PerUnit):
        return value
    if isinstance(value, Faulty):
        return Count()
    units = UNITS.get()
    if isinstance(value, Mapping) and value and units and all(key in units for key in value):
        return PerUnit(
            tuple((str(unit), Count() if isinstance(count, Faulty) else _one(count)) for unit, count in value.items())
        )
    if len(units) > 1 and isinstance(value, Mapping) and value and not {"n", "percent"} & set(value):
        stranger = next(key for key in value if key not in units)
        raise PydanticCustomError(
            "units",
            "{message}",
            {
                "message": f"{quoted(stranger)} is not a unit of this study",
                "fix": nearest(str(stranger), sorted(units), "the units are"),
            },
        )
    return _one(value)


def _plain(count: Count) -> Any:
    if count.percent is not None:
        printed = count.percent.value
        value: dict[str, Any] = {"percent": float(printed) if int(printed.as_tuple().exponent) < 0 else int(printed)}
        if count.low or count.high is not None:
            value = {"n": count.low if count.exact is not None else _interval(count), **value}
        if count.percent.of is not None:
            value["of"] = count.percent.of
        return value
    return count.low if count.exact is not None else _interval(count)


def _interval(count: Count) -> str:
    if count.high is None:
        return f">={count.low}" if count.low else "unknown"
    return f"<={count.high}" if count.low == 0 else f"{count.low}-{count.high}"


def _serialize(value: CountValue | None) -> Any:
    if value is None:
        return None
    if isinstance(value, PerUnit):
        return {unit: _plain(count) for unit, count in value.counts}
    return _plain(value)


class _CountJson:
    """The JSON Schema of a count: one definition that every count refers to."""

    def __get_pydantic_json_schema__(self, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"consortflow": "Count"}


StatedCount = TypeAliasType(
    "StatedCount", Annotated[CountValue, PlainValidator(parse_count), PlainSerializer(_serialize), _CountJson()]
)
"""The annotation of a count in a model."""
