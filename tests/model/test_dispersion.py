"""The negative binomial shape. Truth: scipy's and statsmodels' distributions, and published margins."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import sib


@pytest.mark.parametrize(
    ("mean", "share", "shape"),
    [
        (1.55, 0.557, 0.693),  # matched control of Peterborough's cohort 1
        (1.42, 0.534, 0.673),  # cohort 1 itself
        (0.78, 0.386, 0.557),  # cohort 1, six months
        (0.87, 0.416, 0.601),  # Peterborough, September 2008 to March 2010
        (0.79, 0.393, 0.582),  # national, September 2010 to March 2012
    ],
)
def test_published_margins(mean, share, shape):
    assert sib.dispersion_from(mean, share) == pytest.approx(shape, abs=5e-4)


@given(st.floats(0.01, 50), st.floats(0.01, 0.99))
def test_scipys_negative_binomial_has_both_margins(mean, fraction):
    share = fraction * -math.expm1(-mean)
    shape = sib.dispersion_from(mean, share)
    distribution = stats.nbinom(shape, shape / (shape + mean))
    assert distribution.mean() == pytest.approx(mean, rel=1e-9)
    assert distribution.sf(0) == pytest.approx(share, rel=1e-6)


def test_poisson_is_the_limit():
    assert sib.dispersion_from(1.55, -math.expm1(-1.55) * (1 - 1e-6)) > 1e5


@pytest.mark.parametrize("mean", [1e-3, 1.55, 50.0])
@pytest.mark.parametrize("gap", [1e-4, 1e-6, 1e-9, 1e-13])
def test_near_a_poisson(mean, gap):
    shape = sib.dispersion_from(mean, -math.expm1(-mean) * (1 - gap))
    assert shape > 0  # and never NaN
    if gap > 1e-8 and mean < 50:
        assert math.exp(-shape * math.log1p(mean / shape)) == pytest.approx(
            1 + math.expm1(-mean) * (1 - gap), rel=1e-12
        )


@pytest.mark.parametrize(
    ("mean", "share", "where"),
    [(1.55, 0.8, "share_with_any"), (1.55, 0, "share_with_any"), (0, 0.5, "mean"), (math.nan, 0.5, "mean")],
)
def test_refuses_impossible_statistics(mean, share, where):
    with pytest.raises(sib.InputError) as error:
        sib.dispersion_from(mean, share)
    assert error.value.where == where


def test_takes_any_real_number():
    assert sib.dispersion_from(Decimal("1.55"), Decimal("0.557")) == sib.dispersion_from(1.55, 0.557)
