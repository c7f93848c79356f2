"""Quantiles of counts. Truth: SciPy's distribution functions, of which a quantile is the inverse; laws of order."""

import numpy as np
import pytest
from scipy import stats

from sib.chance.counts import binomial, hypergeometric, negative_binomial, poisson

RNG = np.random.default_rng(20)
SPREAD = np.concatenate([RNG.random(400), 10.0 ** -RNG.uniform(1, 15, 50), 1 - 10.0 ** -RNG.uniform(1, 12, 50)])
MEANS = 10.0 ** np.arange(-9.0, 9.5, 0.5)


def is_quantile(found, u, law, rounding=4e-16):
    """Whether the distribution function passes u at these counts, but for its own rounding."""
    slack = 1e-10 * np.minimum(u, 1 - u) + rounding
    assert (found == np.rint(found)).all()
    assert (found >= 0).all()
    assert (law.cdf(found) >= u - slack).all()
    assert (law.cdf(found - 1) < u + slack).all()


def at_boundaries(law, counts, by=1e-9):
    """Coordinates a little on either side of where one count gives way to the next, and their counts."""
    counts = np.unique(np.maximum(np.rint(counts), 0.0))
    edge = law.cdf(counts)
    inside = (edge > 1e-6) & (edge < 1 - 1e-6)
    counts, edge = counts[inside], edge[inside]
    little = by * np.minimum(edge, 1 - edge)
    return np.concatenate([edge - little, edge + little]), np.concatenate([counts, counts + 1])


def by_standard_deviations(law):
    with np.errstate(divide="ignore", invalid="ignore"):  # SciPy's, of a law without variance
        return law.mean() + np.nan_to_num(law.std()) * np.linspace(-6, 6, 61)


@pytest.mark.parametrize("mean", MEANS)
def test_poisson(mean):
    law = stats.poisson(mean)
    if mean > 1e5:  # SciPy's own function is off by more than its last digits in the tails there
        assert np.abs(poisson(SPREAD, mean) - law.ppf(SPREAD)).max() <= 1
        u = stats.norm.cdf(np.linspace(-4, 4, 801))
        is_quantile(poisson(u, mean), u, law, rounding=1e-13)
    else:
        is_quantile(poisson(SPREAD, mean), SPREAD, law)
        u, counts = at_boundaries(law, by_standard_deviations(law))
        np.testing.assert_array_equal(poisson(u, np.full(u.size, mean)), counts)


@pytest.mark.parametrize("share", [1e-9, 1e-3, 0.05, 0.3, 0.5, 0.5000001, 0.62, 0.97, 1 - 1e-6])
@pytest.mark.parametrize("size", [1, 2, 7, 40, 300, 1_000, 10**6, 10**9])
def test_binomial(size, share):
    law = stats.binom(size, share)
    is_quantile(binomial(SPREAD, size, share), SPREAD, law)
    if size <= 1_000:
        u, counts = at_boundaries(law, by_standard_deviations(law))
        np.testing.assert_array_equal(binomial(u, np.full(u.size, size), share), np.minimum(counts, size))


@pytest.mark.parametrize("mean", [1e-6, 0.3, 1.6, 9.0, 150.0, 1e4])
@pytest.mark.parametrize("shape", [0.02, 0.8, 5.0, 40.0, 800.0, 1e6])
def test_negative_binomial(shape, mean):
    law = stats.nbinom(shape, shape / (shape + mean))
    is_quantile(negative_binomial(SPREAD, shape, mean), SPREAD, law)
    u, counts = at_boundaries(law, by_standard_deviations(law))
    np.testing.assert_array_equal(negative_binomial(u, shape, np.full(u.size, mean)), counts)


@pytest.mark.parametrize("taken", [0, 1, 9, 250, 990])
@pytest.mark.parametrize(("good", "bad"), [(0, 1_000), (1, 999), (30, 970), (400, 600), (700, 300), (1_000, 0)])
def test_hypergeometric(good, bad, taken):
    law = stats.hypergeom(good + bad, good, taken)
    is_quantile(hypergeometric(SPREAD, good, bad, taken), SPREAD, law, rounding=1e-11)
    u, counts = at_boundaries(law, by_standard_deviations(law), by=1e-5)
    np.testing.assert_array_equal(hypergeometric(u, np.full(u.size, good), bad, taken), counts)


def test_parameters_that_differ_are_each_met():
    """Few and many, none and all, in one call: as one by one."""
    means = np.array([0.0, 1e-3, 1.0, 1.7, 30.0, 1e5])
    u = np.full(means.size, 0.3)
    each = [poisson(np.array([0.3]), mean)[0] for mean in means]
    np.testing.assert_array_equal(poisson(u, means), each)
    shares = np.array([0.0, 0.2, 0.5, 0.9, 1.0, 0.01])
    sizes = np.array([5.0, 0.0, 100.0, 100.0, 7.0, 3.0])
    each = [binomial(np.array([0.3]), size, share)[0] for size, share in zip(sizes, shares, strict=True)]
    np.testing.assert_array_equal(binomial(u, sizes, shares), each)
    assert each[0] == each[1] == 0
    assert each[4] == 7


def test_shapes_are_kept():
    u = RNG.random((7, 3))
    assert poisson(u, 2.0).shape == u.shape
    assert negative_binomial(u, np.array([1.0, 2.0, 3.0]), RNG.random((7, 1))).shape == u.shape
    assert binomial(u, np.array([1, 2, 3]), RNG.random((7, 1))).shape == u.shape
    assert hypergeometric(u, 5, 5, np.array([1, 2, 3])).shape == u.shape


def test_an_infinite_shape_is_poisson():
    np.testing.assert_array_equal(negative_binomial(SPREAD, np.inf, 12.0), poisson(SPREAD, 12.0))


STEADY = np.linspace(0.001, 0.999, 999)
RISING = np.linspace(0.0, 1.0, 4_001)


@pytest.mark.parametrize(
    "law",
    [
        lambda u, level: poisson(u, 60 * level),
        lambda u, level: negative_binomial(u, 8.0, 60 * level),
        lambda u, level: binomial(u, 80, level),
        lambda u, level: hypergeometric(u, np.rint(80 * level), 80 - np.rint(80 * level), 30),
    ],
)
def test_a_rising_level_never_lowers_a_count_and_moves_it_by_whole_ones(law):
    """In step: with the chance of a path as it is. A sampler that rejects fails here."""
    found = np.array([law(np.full(RISING.size, u), RISING) for u in STEADY[::100]])
    steps = np.diff(found, axis=1)
    assert (steps >= 0).all()
    assert steps.max() <= 1 + 60 / RISING.size


@pytest.mark.parametrize(("shape", "mean"), [(100, 2e6), (85, 1e9), (888, 1.6e6), (1_000, 5e5), (750, 3_000)])
def test_where_the_chance_of_none_is_below_all_floating_point_numbers(shape, mean):
    law = stats.nbinom(shape, shape / (shape + mean))
    u = np.array([1e-6, 0.05, 0.5, 0.95, 1 - 1e-6])
    np.testing.assert_allclose(negative_binomial(u, shape, mean), law.ppf(u), atol=1)
    np.testing.assert_allclose(negative_binomial(u, np.full(5, shape), mean), law.ppf(u), atol=1)


def test_the_first_coordinate_and_the_last():
    ends = np.array([2.0**-54, 1 - 2.0**-53])
    assert binomial(ends, 100, 0.7).tolist() == stats.binom(100, 0.7).ppf(ends).tolist()
    for good, bad, taken in ((60, 40, 10), (30, 70, 80), (70, 30, 90)):
        low, high = hypergeometric(ends, good, bad, taken)
        assert max(0, taken - bad) <= low < high <= min(good, taken)
