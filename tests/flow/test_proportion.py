from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from scipy.stats import binomtest

from consortflow.proportion import clopper_pearson, half_up

SIZES = (1, 2, 3, 7, 16, 48, 93, 1_000, 31_337, 1_000_000)
GRID = [
    (n, of) for of in SIZES for n in sorted({0, 1, 2, of // 3, of // 2, of - of // 5, of - 1, of} & set(range(of + 1)))
]


@pytest.mark.parametrize(("n", "of"), GRID)
def test_the_interval_is_the_exact_one_of_scipy(n, of):
    low, high = clopper_pearson(n, of)
    wanted = binomtest(n, of).proportion_ci(0.95, method="exact")
    assert (low, high) == pytest.approx((wanted.low, wanted.high), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.99, 0.999])
def test_the_confidence_can_be_chosen(confidence):
    for n, of in ((0, 5), (3, 17), (34, 48), (499, 500)):
        wanted = binomtest(n, of).proportion_ci(confidence, method="exact")
        assert clopper_pearson(n, of, confidence) == pytest.approx((wanted.low, wanted.high), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("of", SIZES)
def test_nobody_and_everybody_have_one_sided_limits_at_the_ends(of):
    assert clopper_pearson(0, of)[0] == 0.0
    assert clopper_pearson(of, of)[1] == 1.0
    assert clopper_pearson(0, of)[1] == pytest.approx(1 - clopper_pearson(of, of)[0], rel=1e-9)


def test_the_limits_hold_the_proportion_and_swap_with_the_complement():
    for n, of in GRID:
        low, high = clopper_pearson(n, of)
        assert low <= n / of <= high
        assert clopper_pearson(of - n, of) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_the_published_rates():
    assert [f"{100 * limit:.1f}" for limit in clopper_pearson(34, 48)] == ["55.9", "83.0"]
    assert [f"{100 * limit:.1f}" for limit in clopper_pearson(41, 48)] == ["72.2", "93.9"]
    assert (half_up(34, 48), half_up(41, 48)) == ("70.8", "85.4")


@pytest.mark.parametrize(("n", "of"), [(0, 0), (1, 0), (-1, 5), (6, 5)])
def test_what_is_no_proportion_is_refused(n, of):
    with pytest.raises(ValueError, match="not a proportion"):
        clopper_pearson(n, of)


@pytest.mark.parametrize("digits", [0, 1, 2, 3])
def test_percentages_are_rounded_half_up_in_whole_numbers(digits):
    unit = Decimal(1).scaleb(-digits)
    ties = 0
    for of in (1, 3, 8, 16, 40, 48, 64, 93, 160, 800, 1600):
        for n in range(of + 1):
            exact = Fraction(100 * n, of)
            share = (Decimal(100 * n) / Decimal(of)).quantize(unit, ROUND_HALF_UP)
            assert half_up(n, of, digits) == str(share), (n, of)
            ties += (exact * 10**digits * 2).denominator == 1 and (exact * 10**digits * 2) % 2 == 1
    assert ties > 0, "the grid has ties to round"


def test_where_floats_round_down_half_up_does_not():
    assert f"{100 / 16:.1f}" == "6.2"
    assert half_up(1, 16) == "6.3"
    assert half_up(999_999, 1_000_000) == "100.0"
