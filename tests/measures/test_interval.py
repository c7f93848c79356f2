"""Intervals of 95%. Truth: other libraries, published intervals, and binomial laws of how often they hold."""

import math

import numpy as np
import pytest
from scipy import stats

from sib.measures import risk
from sib.measures.interval import about, errors, of_share


@pytest.mark.parametrize("freedom", [1, 4, 9, 19, 511, 10**6])
def test_as_many_errors_as_students_law_asks_for(freedom):
    assert errors(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-9)


def test_of_many_paths_they_are_those_of_the_normal_law():
    assert errors(math.inf) == pytest.approx(stats.norm.ppf(0.975), rel=1e-6)


def test_of_one_lot_nothing_is_known():
    assert np.isnan(about(1.0, 0.1, 0)).all()
    assert np.isnan(of_share(0.5, 1, 0)).all()
    assert np.isnan(of_share(math.nan, 0)).all()


@pytest.mark.parametrize(
    ("happened", "paths", "low", "high"),  # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_shares_as_published(happened, paths, low, high):
    assert of_share(happened / paths, paths) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("happened", "paths"), [(0, 1), (0, 2_000), (3, 10), (1_999, 2_000), (2_000, 2_000)])
def test_shares_are_those_of_scipy(happened, paths):
    theirs = stats.binomtest(happened, paths).proportion_ci(method="wilson")
    assert of_share(happened / paths, paths) == pytest.approx((theirs.low, theirs.high), rel=1e-6, abs=1e-12)


def test_a_share_that_is_worth_fewer_paths_is_known_less_well():
    assert of_share(0.0, 2_000 / 2).high == pytest.approx(2 * of_share(0.0, 2_000).high, rel=1e-2)


@pytest.mark.parametrize("size", [100, 2_000, 100_000])
@pytest.mark.parametrize("level", [0.05, 0.5, 0.95])
def test_quantiles_are_held_as_often_as_the_binomial_law_says(size, level):
    """The values at two ranks hold the quantile where the number of paths at or below it is between the two."""
    low, high = risk.quantile_bounds(np.arange(1.0, size + 1), level)
    held = stats.binom.cdf(high - 1, size, level) - stats.binom.cdf(low - 1, size, level)
    assert held == pytest.approx(0.9545, abs=0.025 if size == 100 else 0.006)


def test_a_sample_that_is_too_small_does_not_bound_a_quantile():
    assert np.isnan(risk.quantile_bounds(range(30), 0.05).low)
    assert np.isnan(risk.quantile_bounds(range(30), 0.95).high)
    assert np.isfinite(risk.quantile_bounds(range(30), 0.5)).all()
    assert np.isnan(risk.quantile_bounds([], 0.5)).all()
    assert np.isnan(risk.quantile_bounds([3.0], 0.95)).any()
