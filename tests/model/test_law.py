"""Laws of what is measured. Truth: scipy.stats' laws and moments, textbook variances, and the believed correlations."""

from functools import partial

import numpy as np
import pytest
from scipy import stats

from sib.chance.streams import stream
from sib.model.compile import LAWS
from sib.model.laws.count import Count
from sib.model.laws.law import Figures
from sib.model.laws.mean import Mean
from sib.model.laws.milestone import Milestone
from sib.model.laws.proportion import Proportion
from sib.model.laws.units import ComparedUnits, VerifiedUnits

PATHS = 60_000
SEED = np.random.SeedSequence(31)


def coordinates(*names, each=None):
    return np.maximum(stream(SEED, 0, "law", *names).random(PATHS if each is None else (PATHS, each)), 2.0**-54)


def level_of(value):
    return np.full(PATHS, value)


def negative_binomial(mean, shape, persons=1):
    return stats.nbinom(shape * persons, shape / (shape + mean))


PERSONS = [
    ("counts", Count(0.7), 1.5, negative_binomial(1.5, 0.7)),
    ("counts, all alike", Count(np.inf), 1.5, stats.poisson(1.5)),
    ("shares", Proportion(), 0.3, stats.bernoulli(0.3)),
    ("means", Mean(0.75), 40.0, stats.gamma(1 / 0.75**2, scale=40.0 * 0.75**2)),
]


@pytest.mark.parametrize(("law", "level", "one"), [case[1:] for case in PERSONS], ids=[case[0] for case in PERSONS])
class TestAnAverageOverPersons:
    @pytest.mark.parametrize("persons", [1.0, 50.0])
    def test_moments_are_one_persons_over_how_many_there_are(self, law, level, one, persons):
        at, size = np.array([level]), np.array([persons])
        third = float(one.stats(moments="s")) * one.var() ** 1.5
        assert law.variance(at, size)[0] == pytest.approx(one.var() / persons)
        assert law.third_cumulant(at, size)[0] == pytest.approx(third / persons**2, abs=1e-12)

    def test_what_is_drawn_has_these_moments(self, law, level, one):
        drawn = law.draw(level_of(level), 60.0, coordinates)
        variance = law.variance(np.array([level]), np.array([60.0]))[0]
        assert drawn.mean() == pytest.approx(level, abs=4 * np.sqrt(variance / PATHS))
        assert drawn.var() == pytest.approx(variance, rel=0.03)
        skew = law.third_cumulant(np.array([level]), np.array([60.0]))[0] / variance**1.5
        assert stats.skew(drawn) == pytest.approx(skew, abs=0.06)

    def test_each_person_has_them(self, law, level, one):
        rng = np.random.default_rng(5)
        each = law.draw_each(level_of(level), law.traits(PATHS, 0, rng), rng)
        assert each.mean() == pytest.approx(level, abs=4 * one.std() / np.sqrt(PATHS))
        assert each.var() == pytest.approx(one.var(), rel=0.06)


def test_draws_are_of_the_exact_law():
    counts = Count(0.7).draw(level_of(1.5), 20.0, coordinates) * 20
    shares = Proportion().draw(level_of(0.3), 20.0, coordinates) * 20
    reached = Milestone().draw(level_of(0.3), 20.0, coordinates)
    for drawn, law in (
        (counts, negative_binomial(1.5, 0.7, 20)),
        (shares, stats.binom(20, 0.3)),
        (reached, stats.binom(20, 0.3)),
    ):
        found = np.bincount(np.rint(drawn).astype(int), minlength=200)
        expected = law.pmf(np.arange(found.size)) * PATHS
        often = expected > 5
        table = [np.append(x[often], x[~often].sum()) for x in (found, expected)]
        table = [x[:-1] for x in table] if table[1][-1] < 1e-9 else table
        assert stats.chisquare(table[0], table[1] * PATHS / table[1].sum()).pvalue > 1e-4


ALIKE = {"correlation": 0.4, "intra_cluster_correlation": 0.15}
TOGETHER = [
    (Count(0.7, 1.5, **ALIKE), 1.5),
    (Proportion(**ALIKE), 0.3),
    (Mean(0.3, **ALIKE), 400.0),
]


@pytest.mark.parametrize(("law", "level"), TOGETHER, ids=["counts", "shares", "means"])
class TestPersonsWhoAreAlike:
    def test_in_clusters_the_variance_has_the_design_effect(self, law, level):
        drawn = law.draw(level_of(level), 70.0, coordinates, clusters=7)
        alone = law.person_variance(np.array([level]))[0] / 70
        assert law.variance(np.array([level]), np.array([70.0]), 7)[0] == pytest.approx(alone * (1 + 9 * 0.15))
        assert drawn.var() == pytest.approx(alone * (1 + 9 * 0.15), rel=0.03)

    def test_before_and_after_correlate_as_believed(self, law, level):
        true = level_of(level)
        after = law.draw(true, 200.0, coordinates)
        before = law.draw_before(true, (after, true), 200.0, partial(coordinates, "before"))
        assert np.corrcoef(before, after)[0, 1] == pytest.approx(0.4, abs=0.015)
        assert before.mean() == pytest.approx(level, rel=0.01)
        assert before.var() == pytest.approx(law.person_variance(np.array([level]))[0] / 200, rel=0.03)

    def test_person_by_person_as_well(self, law, level):
        rng = np.random.default_rng(8)
        levels, traits = level_of(level), law.traits(PATHS, 0, rng)
        after = law.draw_each(levels, traits, rng)
        before = law.draw_each_before(levels, law.traits_before(traits, rng), (after, levels), rng)
        assert np.corrcoef(before, after)[0, 1] == pytest.approx(0.4, abs=0.02)
        traits = law.traits(PATHS, PATHS // 10, rng)
        pairs = law.draw_each(levels, traits, rng).reshape(10, -1)  # persons of a cluster stand one below another
        mean = pairs.mean()
        within = np.mean([(pairs[i] - mean) @ (pairs[j] - mean) for i in range(10) for j in range(i)])
        assert within / pairs.shape[1] / pairs.var() == pytest.approx(0.15, abs=0.02)


def test_frailty_gives_back_variance_and_correlation():
    law = Count(0.7, 1.5, intra_cluster_correlation=0.15)
    between, within = law.frailty
    variance = 1.5 + 1.5**2 / 0.7
    assert 1.5**2 * between == pytest.approx(0.15 * variance)  # the covariance of two of a cluster
    assert 1.5 + 1.5**2 * ((1 + between) * (1 + within) - 1) == pytest.approx(variance)


class TestUnits:
    def test_verified_ones_vary_with_the_root_of_persons(self):
        law = VerifiedUnits(3.0)
        drawn = law.draw(level_of(900.0), 400.0, coordinates)
        assert law.variance(np.array([900.0]), np.array([400.0]))[0] == pytest.approx(3600.0)
        assert drawn.std() == pytest.approx(60.0, rel=0.02)

    def test_compared_ones_vary_with_their_level(self):
        law = ComparedUnits(0.08)
        drawn = law.draw(level_of(400.0), 1.0, coordinates)
        assert law.variance(np.array([400.0]), np.array([1.0]))[0] == pytest.approx(32.0**2)
        assert drawn.std() == pytest.approx(32.0, rel=0.02)

    def test_only_verified_units_are_shared_out(self):
        believed, share = np.array([900.0]), 0.3
        assert VerifiedUnits(1.0).level(believed, share)[0] == pytest.approx(270.0)
        for law in (Count(1.0), Proportion(), Mean(1.0), Milestone()):
            assert law.level(np.array([0.5]), share)[0] == 0.5

    def test_they_are_never_negative(self):
        assert VerifiedUnits(3.0).draw(level_of(1.0), 1.0, coordinates).min() == 0.0
        assert ComparedUnits(1.0).draw(level_of(1.0), 1.0, coordinates).min() == 0.0


class TestMilestones:
    def test_moments_are_binomial(self):
        law, at, size = Milestone(), np.array([0.3]), np.array([60.0])
        truth = stats.binom(60, 0.3)
        assert law.variance(at, size)[0] == pytest.approx(truth.var())
        assert law.third_cumulant(at, size)[0] == pytest.approx(float(truth.stats(moments="s")) * truth.var() ** 1.5)
        assert law.expected(at, 60.0)[0] == pytest.approx(truth.mean())

    def test_the_share_has_a_bound_and_the_result_has_none(self):
        assert (Milestone().highest, Milestone().highest_result) == (1.0, np.inf)


LIKELIHOODS = [
    (Count(np.inf), 1.2, 50.0, np.array([0.8, 1.2, 2.0]), lambda m: stats.poisson.logpmf(60, 50 * m)),
    (Proportion(), 0.3, 50.0, np.array([0.2, 0.3, 0.6]), lambda p: stats.binom.logpmf(15, 50, p)),
    (
        Mean(0.7),
        42.0,
        50.0,
        np.array([35.0, 42.0, 50.0]),
        lambda m: stats.gamma.logpdf(42, 50 / 0.49, scale=m * 0.0098),
    ),
    (VerifiedUnits(3.0), 900.0, 400.0, np.array([800.0, 900.0, 990.0]), lambda m: stats.norm.logpdf(900, m, 60)),
    (ComparedUnits(0.1), 90.0, 1.0, np.array([80.0, 90.0, 99.0]), lambda m: stats.norm.logpdf(90, m, 0.1 * m)),
    (Milestone(), 15.0, 50.0, np.array([0.2, 0.3, 0.6]), lambda p: stats.binom.logpmf(15, 50, p)),
]


@pytest.mark.parametrize(("law", "result", "persons", "levels", "truth"), LIKELIHOODS)
def test_likelihoods_are_the_laws_but_for_a_constant(law, result, persons, levels, truth):
    found, wanted = law.log_likelihood(result, persons, levels), truth(levels)
    np.testing.assert_allclose(found - found[0], wanted - wanted[0], rtol=1e-9)


def test_what_is_impossible_has_no_likelihood():
    assert Proportion().log_likelihood(0.5, 10.0, np.array([0.0, 1.0])).tolist() == [-np.inf, -np.inf]
    assert Count(np.inf).log_likelihood(0.5, 10.0, np.array([0.0])).tolist() == [-np.inf]


class TestWhatALawIs:
    @pytest.mark.parametrize("name", LAWS)
    def test_it_is_made_from_figures(self, name):
        figures = Figures(shape=0.7, sd=2.0, mean=1.5, most=9.0, correlation=0.2, intra_cluster_correlation=0.1)
        law = LAWS[name].of(figures)
        for field in ("shape", "sd", "mean", "most", "correlation", "intra_cluster_correlation"):
            if field in getattr(type(law), "__dataclass_fields__", {}):
                assert getattr(law, field) == getattr(figures, field)

    def test_what_adds_up(self):
        assert {name for name, law in LAWS.items() if law.additive} == {"total", "compared total", "milestone"}
        assert {name for name, law in LAWS.items() if law.counts_persons} == {"milestone"}
        assert {name for name, law in LAWS.items() if law.is_share} == {"proportion"}

    def test_nobody_has_more_than_the_most(self):
        for law in (Count(0.7, 1.5, most=2.0), Mean(50.0, most=2.0)):
            assert law.highest == law.highest_result == 2.0
            assert law.draw(level_of(1.9), 1.0, coordinates).max() <= 2.0

    def test_without_a_deviation_nothing_is_left_to_chance(self):
        exact = (Mean(0.0), VerifiedUnits(0.0), ComparedUnits(0.0))
        for law in exact:
            assert law.exact
            np.testing.assert_array_equal(law.draw(level_of(0.5), 10.0, coordinates), level_of(0.5))
        assert not any(law.exact for law in (Count(np.inf), Proportion(), Milestone(), Mean(1.0)))
