"""Quantiles of gamma and beta laws. Truth: SciPy's inverses, and where these lose digits its distribution functions."""

import numpy as np
import pytest
from scipy import special, stats

from sib.chance.quantiles import beta, gamma

Z = np.linspace(-6.0, 6.0, 5_003)
U = special.ndtr(Z)


@pytest.mark.parametrize("shape", [0.01, 0.05, 0.3, 0.8, 1.0, 2.7, 40.0, 800.0, 9e4])
def test_gamma_has_ten_digits(shape):
    upper = special.gammainccinv(shape, special.ndtr(-Z))  # where one less the coordinate loses digits
    lower = special.gammaincinv(shape, U)
    seen = U < 1 - 1e-5
    np.testing.assert_allclose(gamma(U, shape)[seen], np.where(Z <= 0, lower, upper)[seen], rtol=2e-10)


@pytest.mark.parametrize("shape", [1.1e5, 1e6, 1e9])
def test_gamma_of_a_great_shape_is_the_inverse_of_the_law(shape):
    """The score at which SciPy's law puts what is found, in standard deviations; SciPy's inverse itself is off here."""
    seen = np.abs(Z) < 4
    score = special.ndtri(special.gammainc(shape, gamma(U, shape)))
    np.testing.assert_allclose(score[seen], Z[seen], atol=2e-7 * np.sqrt(shape / 1e5))


@pytest.mark.parametrize(
    ("a", "b"), [(0.05, 0.2), (0.5, 0.5), (1.0, 3.0), (2.0, 2.0), (30.0, 70.0), (800.0, 3.0), (1e5, 2e5)]
)
def test_beta_has_ten_digits(a, b):
    seen = U < 1 - 1e-5
    np.testing.assert_allclose(beta(U, a, b)[seen], special.betaincinv(a, b, U)[seen], rtol=1e-9)


def test_shapes_that_vary_are_each_met():
    shapes = np.linspace(0.1, 50.0, U.size)
    np.testing.assert_allclose(gamma(U, shapes), stats.gamma(shapes).ppf(U), rtol=1e-12)
    np.testing.assert_allclose(beta(U, shapes, 3.0), stats.beta(shapes, 3.0).ppf(U), rtol=1e-12)


@pytest.mark.parametrize("shape", [0.02, 0.8, 2e5])
def test_a_path_does_not_depend_on_the_others(shape):
    """Whatever the shapes of those that are drawn with it, and how many they are."""
    shapes = np.full(U.size, shape)
    shapes[-1] = 3.0
    found = gamma(U, shapes)
    assert found[0] == gamma(U[:1], shapes[:1])[0]
    np.testing.assert_array_equal(found[:-1], gamma(U[:-1], shapes[:-1]))
    found = beta(U, shapes, 2.0)
    assert found[0] == beta(U[:1], shapes[:1], 2.0)[0]
    np.testing.assert_array_equal(found[:-1], beta(U[:-1], shapes[:-1], 2.0))


def test_a_shape_of_nothing():
    np.testing.assert_allclose(beta(U[U < 1 - 1e-6], 0.0, 2.0), 0.0, atol=1e-300)
    np.testing.assert_allclose(beta(U[U > 1e-6], 2.0, 0.0), 1.0, atol=1e-15)


@pytest.mark.parametrize("draw", [lambda u: gamma(u, 0.7), lambda u: gamma(u, 2e5), lambda u: beta(u, 0.6, 9.0)])
def test_they_rise_with_the_coordinate(draw):
    assert (np.diff(draw(U)) >= 0).all()


def test_moments_of_many():
    """By the trapezium rule over the coordinates: mean and variance of gamma (k, k) and beta."""
    u = (np.arange(400_000) + 0.5) / 400_000
    assert gamma(u, 3.0).mean() == pytest.approx(3.0, rel=1e-4)
    assert gamma(u, 3.0).var() == pytest.approx(3.0, rel=1e-3)
    assert beta(u, 2.0, 3.0).mean() == pytest.approx(0.4, rel=1e-6)
    assert beta(u, 2.0, 3.0).var() == pytest.approx(0.04, rel=1e-4)
