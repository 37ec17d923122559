"""A text to the tree of a criterion, or to the characters that keep it from being one."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from consortflow.schemas.criteria import (
    AllOf,
    AnyOf,
    AsOf,
    Between,
    Column,
    Comparison,
    CriterionError,
    IsMissing,
    Negated,
    OneOf,
    Operand,
    Operator,
    Tree,
    Value,
)

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "parse_criterion"]

MAX_LENGTH = 4_000
"""How many characters a criterion may have."""
MAX_DEPTH = 32
"""How deep parentheses and `not` may nest."""


@lru_cache(maxsize=1024)
def parse_criterion(text: str) -> Tree:
    """Return the tree of a criterion.

    Raises CriterionError, with the place in the text, where it is none or is beyond a limit.
    """
    if len(text) > MAX_LENGTH:
        message = f"a criterion of {len(text):,} characters: at most {MAX_LENGTH:,} are read"
        raise CriterionError(message, 0, len(text), "count the participants by a column made beforehand")
    return _Parser(text).parse()


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<date>\d{4}-\d{1,2}-\d{1,2}(?![\w-]))
    | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
    | '(?P<single>(?:[^']|'')*)' | "(?P<double>(?:[^"]|"")*)"
    | `(?P<quoted>[^`]+)`
    | (?P<word>[^\W\d]\w*)
    | (?P<operator><=|>=|<>|!=|==|=|<|>|≤|≥|≠)
    | (?P<mark>[(),]|\.(?!\d))
    )""",
    re.VERBOSE,
)
_OPERATORS: dict[str, Operator] = {
    "=": "=", "==": "=", "!=": "!=", "<>": "!=", "≠": "!=", "<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=",
    "≥": ">=",
}  # fmt: skip
_FLIPPED: dict[Operator, Operator] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WORDS = {"and", "or", "not", "in", "is", "null", "missing", "between", "true", "false", "as_of"}
_MEANT = {"&&": "and", "&": "and", "||": "or", "|": "or", "!": "not"}


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _no_token(text, at + len(text[at:]) - len(text[at:].lstrip()))
        kind = str(match.lastgroup)
        start, at = match.start(kind), match.end()
        said = match.group(kind)
        if kind == "word" and said.lower() in _WORDS:
            kind, said = "keyword", said.lower()
        elif kind in ("single", "double"):
            quote = "'" if kind == "single" else '"'
            kind, said, start = "text", said.replace(quote * 2, quote), start - 1
        elif kind == "quoted":
            kind, start = "word", start - 1
        yield _Token(kind, said, start, at)


def _no_token(text: str, at: int) -> CriterionError:
    rest = text[at:]
    for sign, word in _MEANT.items():
        if rest.startswith(sign):
            return CriterionError(f"{sign} is not an operator", at, at + len(sign), f"write {word}")
    if rest[0] in "'\"`":
        return CriterionError("a quotation mark is never closed", at, len(text), "close it")
    if rest[0].isdigit() or rest[0] in "+-.":
        wrong = re.match(r"[+\-.\w,]+", rest)
        end = at + len(wrong.group()) if wrong else at + 1
        fix = "write plain digits, as in 18 or 7.5; text needs quotation marks"
        return CriterionError("this is not a number", at, end, fix)
    return CriterionError("this is no part of a criterion", at, at + 1, "see the page on counts from records")


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [*_tokens(text), _Token("end", "", len(text), len(text))]
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def takes(self, *words: str) -> bool:
        """Take the next tokens where they are these words or marks."""
        ahead = self.tokens[self.at : self.at + len(words)]
        if len(ahead) < len(words) or any(
            t.text != word or t.kind not in ("keyword", "mark") for t, word in zip(ahead, words, strict=True)
        ):
            return False
        self.at += len(words)
        return True

    def wrong(self, message: str, fix: str = "") -> CriterionError:
        token = self.next
        return CriterionError(message, token.start, max(token.end, token.start + 1), fix)

    def parse(self) -> Tree:
        if self.next.kind == "end":
            raise self.wrong("the criterion is empty", "write a comparison, as in AGE >= 18")
        tree = self.either()
        if self.next.kind == "mark" and self.next.text == ")":
            raise self.wrong("this parenthesis was never opened", "delete it")
        if self.next.kind == "operator":
            raise self.wrong("two comparisons in a row", "write `between`, or join them with `and`")
        if self.next.kind != "end":
            raise self.wrong("the criterion could end here, and goes on", "join comparisons with `and` or `or`")
        return tree

    def either(self) -> Tree:
        parts = [self.both()]
        while self.takes("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def both(self) -> Tree:
        parts = [self.one()]
        while self.takes("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def one(self) -> Tree:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.wrong(f"nested deeper than {MAX_DEPTH} levels")
        if self.takes("not"):
            tree: Tree = Negated(self.one())
        elif self.takes("("):
            tree = self.either()
            if not self.takes(")"):
                raise self.wrong("a parenthesis is not closed here", "add `)`")
        else:
            tree = self.predicate()
        self.depth -= 1
        return tree

    def predicate(self) -> Tree:
        left = self.operand("a column is needed here")
        if self.next.kind == "operator":
            operator = _OPERATORS[self.take().text]
            right = self.operand("something to compare with is needed here")
            if not isinstance(left, Column):
                if not isinstance(right, Column):
                    fix = "name a column"
                    raise CriterionError("neither side is a column", left.start, right.end, fix)
                left, right, operator = right, left, _FLIPPED[operator]
            return Comparison(left, operator, right)
        if not isinstance(left, Column):
            raise self.wrong("a comparison is needed here", "write =, !=, <, <=, > or >= and a column")
        if self.takes("is", "not", "null") or self.takes("is", "not", "missing"):
            return Negated(IsMissing(left))
        if self.takes("is", "null") or self.takes("is", "missing"):
            return IsMissing(left)
        if self.takes("not", "in"):
            return Negated(self.one_of(left))
        if self.takes("in"):
            return self.one_of(left)
        if self.takes("not", "between"):
            return Negated(self.between(left))
        if self.takes("between"):
            return self.between(left)
        if self.takes("is"):
            raise self.wrong("`is` is followed by `null` or `not null`", f"write {left} = ... to compare")
        if self.next.text == "(":
            message = "functions are not called in a criterion"
            raise CriterionError(message, left.start, left.end, "count by a column made beforehand")
        raise self.wrong(
            f"{left} is not compared with anything", f"write {left} = 'Y', {left} = true or {left} is not null"
        )

    def one_of(self, column: Column) -> Tree:
        """Return whether a column has one of some values; dates are compared one by one, as a column of text needs."""
        values = self.values()
        if any(isinstance(value.value, datetime.date) for value in values):
            return AnyOf(tuple(Comparison(column, "=", value) for value in values))
        return OneOf(column, values)

    def between(self, column: Column) -> Between:
        low = self.operand("the lower value is needed here")
        if not self.takes("and"):
            raise self.wrong("`between` takes two values", "write between 18 and 65")
        return Between(column, low, self.operand("the upper value is needed here"))

    def values(self) -> tuple[Value, ...]:
        if not self.takes("("):
            raise self.wrong("`in` is followed by values in parentheses", "write in ('A', 'B')")
        found: list[Value] = []
        while True:
            operand = self.operand("a value is needed here")
            if not isinstance(operand, Value):
                fix = "put text in quotation marks"
                raise CriterionError("a list holds values only", operand.start, operand.end, fix)
            found.append(operand)
            if self.takes(")"):
                return tuple(found)
            if not self.takes(","):
                raise self.wrong("a comma or a parenthesis is needed here", "write in ('A', 'B')")

    def operand(self, needed: str) -> Operand:
        token = self.next
        match token.kind, token.text:
            case "number", said:
                self.take()
                number = Decimal(said) if "." in said else int(said)
                if len(said.strip("-").replace(".", "")) > 15:
                    message = "a number of more than 15 digits"
                    raise CriterionError(message, token.start, token.end, "tables are not exact beyond them")
                return Value(number, token.start, token.end)
            case "date", said:
                self.take()
                try:
                    year, month, day = map(int, said.split("-"))
                    date = datetime.date(year, month, day)
                except ValueError:
                    message, fix = "there is no such date", "write year-month-day, as in 2024-03-31"
                    raise CriterionError(message, token.start, token.end, fix) from None
                return Value(date, token.start, token.end)
            case "text", said:
                self.take()
                return Value(said, token.start, token.end)
            case "keyword", ("true" | "false") as said:
                self.take()
                return Value(said == "true", token.start, token.end)
            case "keyword", "as_of":
                self.take()
                return AsOf(token.start, token.end)
            case "word", said:
                return self.column()
            case "keyword", ("null" | "missing"):
                raise self.wrong("nothing equals a missing value", "write `is null`, or `is not null`")
            case _:
                raise self.wrong(needed, "as in AGE >= 18")

    def column(self) -> Column:
        token = self.take()
        if not (self.next.kind == "mark" and self.next.text == "."):
            return Column(token.text, "", token.start, token.end)
        self.take()
        if self.next.kind not in ("word", "keyword"):
            raise self.wrong("a column is needed after the dot", "write table.column")
        name = self.take()
        return Column(name.text, token.text, token.start, name.end)
