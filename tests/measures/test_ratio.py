"""A ratio of means. Truth: Fieller's interval as its own definition has it, and coverage over many samples."""

import math

import numpy as np
import pytest
from scipy.stats import t as student

from sib.measures.ratio import Moments, ratio_of_means


def sample(rng, size, mean=2.0):
    """Two correlated numbers a path: about 6 and `mean`."""
    common = rng.normal(size=size)
    return np.stack((6 + 2 * common + rng.normal(size=size), mean + common + 0.5 * rng.normal(size=size)))


@pytest.mark.parametrize("size", [2, 500])  # two are the fewest that differ
def test_moments_of_parts_are_those_of_the_whole(size):
    pairs = sample(np.random.default_rng(1), size)
    first = 2 * size // 5 or 1
    parts = Moments.together([Moments.of(pairs[:, :first]), Moments.of(pairs[:, first:])])
    np.testing.assert_allclose(parts.sums, pairs.sum(axis=1))
    np.testing.assert_allclose(parts.spread(), size * np.cov(pairs))


def test_the_ends_are_where_the_difference_is_just_as_sure():
    """Fieller: r is in the interval where the mean of the numerator less r times the denominator may be nothing."""
    pairs = sample(np.random.default_rng(2), 300)
    found = Moments.of(pairs)
    _, ends = ratio_of_means(found.sums, found.spread(), 299)
    for end in ends:
        left = pairs[0] - end * pairs[1]
        score = left.mean() / (left.std(ddof=1) / math.sqrt(300))
        assert abs(score) == pytest.approx(student.ppf(0.975, 299), rel=1e-6)


def test_it_holds_the_ratio_of_the_means_nineteen_times_in_twenty():
    rng, size = np.random.default_rng(3), 2_000
    held = 0
    for _ in range(size):
        found = Moments.of(sample(rng, 25, mean=1.0))  # so few that an even interval would not
        _, (low, high) = ratio_of_means(found.sums, found.spread(), 24)
        held += math.isnan(low) or low <= 6.0 <= high
    assert held / size == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / size))


def test_the_error_is_that_of_the_delta_method():
    rng = np.random.default_rng(4)
    pairs = [Moments.of(sample(rng, 400)) for _ in range(3_000)]
    found = [ratio_of_means(one.sums, one.spread(), 399)[0] for one in pairs]
    spread = np.std([one.estimate for one in found], ddof=1)
    assert np.mean([one.mcse for one in found]) == pytest.approx(spread, rel=4 / math.sqrt(2 * 3_000))


@pytest.mark.parametrize("below", [0.0, -3.0])
def test_of_no_outcomes_there_is_no_ratio(below):
    found, ends = ratio_of_means(np.array([5.0, below]), np.eye(2), 50)
    assert all(math.isnan(one) for one in (*found, *ends))


def test_of_one_path_there_is_no_error():
    found = Moments.of(np.array([[6.0], [2.0]]))
    estimate, ends = ratio_of_means(found.sums, found.spread(), found.lots - 1)
    assert estimate.estimate == 3.0
    assert all(math.isnan(one) for one in (estimate.mcse, *ends))
