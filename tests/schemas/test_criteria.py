# ruff: noqa: E501 - study files and criteria are written as an author would
"""The language of criteria: what is understood, and what is said about everything else."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Value,
    comparisons_of,
    leaves_open,
)
from consortflow.schemas.parsing import MAX_DEPTH, MAX_LENGTH, parse_criterion

A, B = Column("A"), Column("B")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("A = 1", Comparison(A, "=", Value(1))),
        ("A == 1", Comparison(A, "=", Value(1))),
        ("A <> 'x'", Comparison(A, "!=", Value("x"))),
        ("A≥1", Comparison(A, ">=", Value(1))),
        ("18 < A", Comparison(A, ">", Value(18))),
        ("A < -2", Comparison(A, "<", Value(-2))),
        ("A = B", Comparison(A, "=", B)),
        ("T.A = true", Comparison(Column("A", "T"), "=", Value(value=True))),
        ('A = "it""s"', Comparison(A, "=", Value('it"s'))),
        ("A = 'it''s  two'", Comparison(A, "=", Value("it's  two"))),
        ("`a b` = 'AND'", Comparison(Column("a b"), "=", Value("AND"))),
        ("A = 2024-02-29", Comparison(A, "=", Value(datetime.date(2024, 2, 29)))),
        ("A <= as_of", Comparison(A, "<=", AsOf())),
        ("A IS NOT NULL", Negated(IsMissing(A))),
        ("A is missing", IsMissing(A)),
        ("A in (1, 2)", OneOf(A, (Value(1), Value(2)))),
        ("A not in ('x')", Negated(OneOf(A, (Value("x"),)))),
        ("A between 1 and B", Between(A, Value(1), B)),
        ("A not between 1 and 2 and B = 3", AllOf((Negated(Between(A, Value(1), Value(2))), Comparison(B, "=", Value(3))))),
        ("not A = 1 or B = 2", AnyOf((Negated(Comparison(A, "=", Value(1))), Comparison(B, "=", Value(2))))),
        ("A = 1 or B = 2 and A = 3", AnyOf((Comparison(A, "=", Value(1)), AllOf((Comparison(B, "=", Value(2)), Comparison(A, "=", Value(3))))))),
        ("(A = 1 or B = 2) and A = 3", AllOf((AnyOf((Comparison(A, "=", Value(1)), Comparison(B, "=", Value(2)))), Comparison(A, "=", Value(3))))),
        ("ÄGE_1 = 'ü'", Comparison(Column("ÄGE_1"), "=", Value("ü"))),
    ],
)  # fmt: skip
def test_a_criterion_is_read_as_its_author_means_it(text, tree):
    assert parse_criterion(text) == tree


@pytest.mark.parametrize(
    ("text", "at", "message", "fix"),
    [
        ("", 0, "empty", "AGE >= 18"),
        ("A", 1, "not compared", "A = 'Y'"),
        ("A =", 3, "something to compare", ""),
        ("1 < A < 5", 6, "two comparisons", "between"),
        ("1 = 2", 0, "neither side", "column"),
        ("A = null", 4, "nothing equals", "is null"),
        ("A && B", 2, "&&", "and"),
        ("!A = 1", 0, "!", "not"),
        ("A = 'x", 4, "never closed", "close"),
        ("A = 1,000", 5, "could end here", "and"),
        ("A = 1e3", 4, "not a number", "plain digits"),
        ("A = .5", 4, "not a number", "plain digits"),
        ("A = 2024-13-01", 4, "no such date", "year-month-day"),
        ("A = 1234567890123456", 4, "15 digits", ""),
        ("(A = 1", 6, "not closed", ")"),
        ("A = 1)", 5, "never opened", "delete"),
        ("lower(A) = 'x'", 0, "functions", ""),
        ("A in 1", 5, "parentheses", "in ("),
        ("A in (1", 7, "comma", ""),
        ("A in (B)", 6, "values only", "quotation"),
        ("A between 1", 11, "two values", "18 and 65"),
        ("A is 3", 5, "followed by", "="),
        ("T. = 1", 3, "after the dot", "table.column"),
        ("A = 1; drop table x", 5, "no part of a criterion", ""),
        ("A = 1 B = 2", 6, "could end here", "and"),
    ],
)
def test_what_is_no_criterion_is_refused_where_it_goes_wrong(text, at, message, fix):
    with pytest.raises(CriterionError) as raised:
        parse_criterion(text)
    assert raised.value.start == at
    assert raised.value.start < max(raised.value.end, 1)
    assert message in raised.value.message
    assert fix in raised.value.fix


def test_length_and_nesting_are_limited():
    with pytest.raises(CriterionError, match="characters"):
        parse_criterion("A = '" + "x" * MAX_LENGTH + "'")
    for text in ("(" * 100 + "A = 1" + ")" * 100, "not " * 100 + "A = 1"):
        with pytest.raises(CriterionError, match=f"{MAX_DEPTH} levels"):
            parse_criterion(text)
    parse_criterion(" and ".join(["(A = 1)"] * 100))


@given(st.text(alphabet="AB.'\"`()<>=!,0123456789- \nandornotisnull", max_size=60))
def test_any_text_is_a_criterion_or_says_why_not(text):
    wrong = None
    try:
        parse_criterion(text)
    except CriterionError as error:
        wrong = error
    if wrong is not None:
        assert 0 <= wrong.start <= len(text)
        assert wrong.message


def test_columns_come_with_what_they_are_compared_with():
    tree = parse_criterion("A = 1 and not (B in (2, 3) or T.C is null) and A < B")
    found = [(str(column), len(others)) for column, others in comparisons_of(tree)]
    assert found == [("A", 1), ("B", 2), ("T.C", 0), ("A", 1), ("B", 1)]


@pytest.mark.parametrize(
    ("text", "opens"), [("A is null", False), ("not A is null and B is not null", False), ("A is null or B = 1", True)]
)
def test_only_comparisons_can_be_left_open_by_missing_values(text, opens):
    assert leaves_open(parse_criterion(text)) is opens


def test_equal_parts_of_different_kinds_are_different_trees():
    parts = (parse_criterion("A = 1"), parse_criterion("B = 1"))
    assert AllOf(parts) != AnyOf(parts)
