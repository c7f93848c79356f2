"""Beliefs drawn near what was observed. Truth: scipy's normal densities, moments by numpy, and what weights mean."""

import numpy as np
import pytest
from scipy import stats

from sib.chance.sources import LAYERS, Chance
from sib.model.leaning import Lean, Leaning, effective

PATHS = 200_000
MEAN = np.array([1.5, -0.5, 2.0])
COVARIANCE = np.array([[0.2, -0.1, 0.05], [-0.1, 0.3, 0.0], [0.05, 0.0, 0.8]])
LEAN = Lean(MEAN, np.linalg.cholesky(COVARIANCE))
NEAR = Lean(MEAN / 10, np.linalg.cholesky(0.9 * np.eye(3)))  # where each world counts for about one
NAMES = ("effect", "of the first", "of the second")


def leaning(lean=LEAN, attempt=1, paths=PATHS):
    return Leaning.of(Chance(paths, np.random.SeedSequence(11), 0, frozenset(LAYERS)), lean, attempt)


def drawn(chance):
    return np.array([chance.normal("effects.it", name) for name in NAMES])


def test_scores_have_the_law_that_they_lean_to_but_every_tenth():
    scores = drawn(leaning())
    plain = np.arange(PATHS) % 10 == 0
    for some, mean, covariance in ((~plain, MEAN, COVARIANCE), (plain, np.zeros(3), np.eye(3))):
        error = np.sqrt(np.diag(covariance) / some.sum())
        assert np.all(np.abs(scores[:, some].mean(axis=1) - mean) < 4 * error)
        assert np.cov(scores[:, some]) == pytest.approx(covariance, abs=0.03)


@pytest.mark.parametrize("lean", [LEAN, NEAR], ids=["far", "near"])
def test_what_worlds_count_for_gives_back_the_prior(lean):
    chance = leaning(lean)
    scores = drawn(chance)
    count = np.exp(chance.log_count)
    assert count.max() <= 10
    for function, truth in (
        (np.ones(PATHS), 1.0),
        (scores[0], 0.0),
        (scores[2] ** 2, 1.0),
        (scores[0] * scores[1], 0.0),
        (scores[1] > 1.0, stats.norm.sf(1.0)),
    ):
        part = count * function
        assert abs(part.mean() - truth) < 4 * part.std() / np.sqrt(PATHS)


def test_density_is_that_of_normal_laws():
    scores = np.random.default_rng(1).standard_normal((3, 50)) * 2
    truth = stats.multivariate_normal(MEAN, COVARIANCE).logpdf(scores.T) - stats.norm.logpdf(scores).sum(axis=0)
    assert LEAN.log_density(scores) == pytest.approx(truth)


def test_a_law_is_fitted_to_weighed_worlds():
    rng = np.random.default_rng(2)
    scores, weight = rng.multivariate_normal(MEAN, COVARIANCE, 50_000).T, rng.random(50_000)
    found = Lean.fitted(scores, weight)
    assert found.mean == pytest.approx(np.average(scores, axis=1, weights=weight))
    assert found.root @ found.root.T == pytest.approx(np.cov(scores, aweights=weight, ddof=0), rel=1e-3)


def test_a_law_is_fitted_to_fewer_worlds_than_scores():
    scores = np.random.default_rng(3).standard_normal((20, 6))
    found = Lean.fitted(scores, np.ones(6))
    assert np.isfinite(found.root).all()
    assert np.diag(found.root @ found.root.T) == pytest.approx(scores.var(axis=1))


def test_without_a_lean_it_is_the_chance_that_it_was():
    plain = Chance(500, np.random.SeedSequence(11), 0, frozenset(LAYERS))
    chance = leaning(None, 0, 500)
    assert np.array_equal(drawn(chance), drawn(plain))
    assert not chance.log_count.any()


def test_a_belief_that_is_asked_for_twice_is_the_same():
    chance = leaning()
    assert np.array_equal(drawn(chance), drawn(chance))


def test_each_attempt_has_draws_of_its_own():
    one, other = (drawn(leaning(None, attempt, 20_000)) for attempt in (1, 2))
    assert abs(np.corrcoef(one[0], other[0])[0, 1]) < 4 / np.sqrt(20_000)


def test_alike_weights_are_worth_all_and_one_weight_is_worth_one():
    assert effective(np.full(50, 0.3)) == pytest.approx(50)
    assert effective(np.array([1.0, 0.0, 0.0])) == 1.0
