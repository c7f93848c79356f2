"""Contributions to a tail. Truth: normal laws, derivatives by differences, the spread of many samples."""

import numpy as np
import pytest
from scipy import stats

from sib.measures import risk
from sib.measures.expected import spread
from sib.measures.tail import Tail, correlation, deviation

LEVEL = 0.95
MEAN = np.array([-1.0, 0.5, 0.0])
COVARIANCE = np.array([[1.0, 0.6, -0.2], [0.6, 2.0, 0.3], [-0.2, 0.3, 0.5]])


def losses(paths, seed=0):
    return np.random.default_rng(seed).multivariate_normal(MEAN, COVARIANCE, paths).T


def contributions(parts, level=LEVEL):
    tail = Tail(parts.sum(axis=0), level)
    return np.array([tail.contribution(part) for part in parts])


class TestContributions:
    def test_of_normal_losses_are_their_covariances_with_the_whole(self):
        """McNeil, Frey & Embrechts 2015, 8.5: mean + cov(part, whole) / sd(whole) phi(z) / (1 - level)."""
        parts = losses(200_000)
        tail = Tail(parts.sum(axis=0), LEVEL)
        sd = np.sqrt(COVARIANCE.sum())
        truth = MEAN + COVARIANCE.sum(axis=1) / sd * stats.norm.pdf(stats.norm.ppf(LEVEL)) / (1 - LEVEL)
        for part, right in zip(parts, truth, strict=True):
            assert abs(tail.contribution(part) - right) < 4 * spread(tail.moves(part))

    @pytest.mark.parametrize("paths", [1, 10, 19, 1_000, 1_007])
    @pytest.mark.parametrize("step", [None, 0.5])
    def test_add_up_to_the_expected_shortfall(self, paths, step):
        parts = losses(paths)
        parts = parts if step is None else np.round(parts / step) * step
        whole = risk.expected_shortfall(parts.sum(axis=0), LEVEL).estimate
        assert contributions(parts).sum() == pytest.approx(whole, rel=1e-12)

    def test_are_what_the_shortfall_rises_by_with_an_amount(self):
        parts, little = losses(2_000), 1e-7
        for number in range(3):
            more, less = (
                risk.expected_shortfall((parts * np.where(np.arange(3) == number, share, 1.0)[:, None]).sum(0)).estimate
                for share in (1 + little, 1 - little)
            )
            assert contributions(parts)[number] == pytest.approx((more - less) / (2 * little), rel=1e-6)

    def test_who_loses_alike_where_many_paths_are_alike_contributes_alike(self):
        """One of two deals fails on each path: the whole loses 0.1 + 0.2 or 0.2 + 0.1, which is one loss."""
        small, large = np.tile([0.1, 0.2], 500), np.tile([0.2, 0.1], 500)
        bits = np.array([small + 0.7, large, -0.7 * np.ones(1_000)])  # sums that differ in their last bit
        assert np.unique(bits.sum(axis=0)).size == 2
        assert contributions(bits) == pytest.approx([0.85, 0.15, -0.7])


class TestErrors:
    PATHS, SAMPLES = 2_000, 500

    @pytest.mark.parametrize("step", [None, 1.0], ids=["smooth", "in steps"])
    def test_are_how_far_figures_spread_from_sample_to_sample(self, step):
        found, errors = [], []
        for seed in range(self.SAMPLES):
            parts = losses(self.PATHS, seed)
            parts = parts if step is None else np.round(parts / step) * step
            whole = parts.sum(axis=0)
            tail, (related, moves), (sd, away) = Tail(whole, LEVEL), correlation(parts[0], whole), deviation(whole)
            found.append([*(tail.contribution(part) for part in parts), related, sd])
            errors.append([*(spread(tail.moves(part)) for part in parts), spread(moves), spread(away)])
        ratio = np.sqrt(np.mean(np.square(errors), axis=0)) / np.std(found, axis=0)
        assert ratio == pytest.approx(np.ones(5), abs=4 / np.sqrt(2 * self.SAMPLES) + 0.05)

    def test_those_of_the_whole_are_what_its_shortfall_has(self):
        parts = losses(20_000)
        whole = parts.sum(axis=0)
        tail = Tail(whole, LEVEL)
        moved = sum(tail.moves(part) for part in parts)
        assert moved == pytest.approx(tail.moves(whole), abs=1e-12)
        assert spread(moved) == pytest.approx(risk.expected_shortfall(whole, LEVEL).mcse, rel=0.02)

    def test_too_few_paths_say_nothing(self):
        parts = losses(20)
        assert np.isnan(Tail(parts.sum(axis=0), LEVEL).moves(parts[0])).all()


def test_what_does_not_vary_has_no_correlation():
    related, moves = correlation(np.full(100, 0.1), np.arange(100.0))
    assert np.isnan(related)
    assert np.isnan(moves).all()
    assert deviation(np.full(100, 0.25))[0] == 0.0
