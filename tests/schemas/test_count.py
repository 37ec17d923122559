from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from consortflow.schemas.count import UNITS, Count, Percent, PerUnit, count_for, parse_count
from consortflow.schemas.placed import BlockText


@pytest.fixture
def two_units():
    token = UNITS.set(frozenset({"homes", "people"}))
    yield
    UNITS.reset(token)


def refused(value):
    with pytest.raises(PydanticCustomError) as caught:
        parse_count(value)
    assert caught.value.type == "count"
    return caught.value.context


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        (0, 0, 0),
        (92, 92, 92),
        ("unknown", 0, None),
        ("Unknown", 0, None),
        ("<5", 0, 4),
        ("< 5", 0, 4),
        ("<=5", 0, 5),
        ("≤5", 0, 5),
        (">5", 6, None),
        (">=10", 10, None),
        ("≥10", 10, None),
        ("3-7", 3, 7),
        ("3 – 7", 3, 7),  # noqa: RUF001 - an en dash
        ("3 to 7", 3, 7),
        ("0-0", 0, 0),
        ("<1", 0, 0),
        ({"n": 4}, 4, 4),
    ],
)
def test_a_count_has_the_bounds_it_is_written_with(value, low, high):
    assert parse_count(value) == Count(low, high)


@pytest.mark.parametrize(
    ("value", "help_"),
    [
        (True, "write a whole number"),
        (False, "write a whole number"),
        (12.5, "percentage"),
        (Decimal("12.0"), "percentage"),
        (-1, "0 or more"),
        (10**15, "no trial"),
        ("1,553", "write 1553"),
        ("1_553", "write 1553"),
        ("1 553", "write 1553"),
        ("1\u202f553", "write 1553"),
        ("12", "write 12 without"),
        ("010", "write 10 without"),
        ("?", "write a whole number"),
        ("", "write a whole number"),
        ("about 90", "write a whole number"),
        ("12.5%", "{percent: 12.5"),
        ("12%", "{percent: 12"),
        ("<0", "0 or more"),
        ("7-3", "write 3-7"),
        ("<010", "write a whole number"),
        ("٣", "write a whole number"),  # a digit, but not one of ours
        (BlockText("5"), "'>5'"),
        (None, "unknown"),
        ([3], "whole number"),
        ({}, "whole number"),
        ({"a": 1}, "whole number"),
        ({"n": 3, "percent": 5, "x": 1}, "n, percent and of"),
        ({"percent": "12"}, "0 to 100"),
        ({"percent": True}, "0 to 100"),
        ({"percent": 101}, "part of"),
        ({"percent": -1}, "part of"),
        ({"percent": 5, "of": 3}, "id"),
        ({"percent": 5, "of": " "}, "id"),
    ],
)
def test_what_is_not_a_count_is_refused_with_what_to_write(value, help_):
    assert help_ in refused(value)["fix"]


def test_a_percentage_keeps_the_decimals_as_typed():
    count = parse_count({"percent": Decimal("12.50"), "of": "randomization"})
    assert count.percent == Percent(Decimal("12.50"), "randomization")
    assert str(count.percent.value) == "12.50"


@pytest.mark.parametrize(
    ("typed", "low", "high"),
    [
        ("8", "0.075", "0.085"),
        ("8.0", "0.0795", "0.0805"),
        ("12.50", "0.12495", "0.12505"),
        ("0", "-0.005", "0.005"),
        ("100", "0.995", "1.005"),
    ],
)
def test_a_percentage_stands_for_shares_that_round_half_up_to_it(typed, low, high):
    assert Percent(Decimal(typed)).bounds() == (Fraction(low), Fraction(high))


@pytest.mark.parametrize(
    "value",
    [{"n": 3, "percent": 8}, {"n": "<5", "percent": 8, "of": "a"}, {"n": "unknown", "percent": 8}, {"percent": 8}],
)
def test_a_count_may_carry_its_percentage(value):
    assert parse_count(value).percent is not None


@pytest.mark.usefixtures("two_units")
def test_a_count_for_each_unit_leaves_the_others_unknown():
    value = parse_count({"homes": 4})
    assert isinstance(value, PerUnit)
    assert count_for(value, "homes") == Count(4, 4)
    assert count_for(value, "people") == Count()
    assert count_for(None, "people") == Count()


@pytest.mark.usefixtures("two_units")
def test_a_count_for_each_unit_may_be_any_count():
    value = parse_count({"homes": "<5", "people": {"percent": 5}})
    assert count_for(value, "homes") == Count(0, 4)
    assert count_for(value, "people").percent == Percent(Decimal(5))


@pytest.mark.usefixtures("two_units")
def test_a_unit_that_the_study_does_not_have_is_named():
    with pytest.raises(PydanticCustomError) as caught:
        parse_count({"homes": 4, "residents": 80})
    context = caught.value.context
    assert "residents" in context["message"]
    assert "homes, people" in context["fix"]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (Count(), "unknown"),
        (Count(4, 4), "4"),
        (Count(0, 4), "<=4"),
        (Count(3), ">=3"),
        (Count(3, 7), "3-7"),
        (Count(percent=Percent(Decimal("8.0"))), "8.0%"),
    ],
)
def test_a_count_prints_as_it_could_be_written(count, text):
    assert str(count) == text


@given(st.integers(0, 10**15 - 1), st.integers(0, 10**15 - 1))
def test_a_range_reads_back(one, other):
    low, high = sorted((one, other))
    assert parse_count(str(Count(low, high)) if low != high else low) == Count(low, high)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["n", "percent", "of", "x"]), inner, max_size=4)
        ),
        max_leaves=6,
    )
)
def test_any_value_is_a_count_or_refused_as_one(value):
    refusal = None
    try:
        count = parse_count(value)
    except PydanticCustomError as error:
        refusal = error
    if refusal is None:
        assert isinstance(count, Count)
    else:
        assert refusal.type == "count"
        assert refusal.context["message"]
