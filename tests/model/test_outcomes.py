"""Draws of outcomes. Truth: scipy's exact distributions, published standard deviations, independence of streams."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

import sib
from sib.chance.sources import LAYERS, Chance
from sib.chance.streams import again, seed_of, stream
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.run.recipe import Deal

SEED = np.random.SeedSequence(11)
ALL = frozenset(LAYERS)


def outcomes(scenario, paths=20_000, chance=ALL, block=0):
    model, source = Deal.of(scenario).model, Chance(paths, SEED, block, frozenset(chance))
    found = draw(model, believe(model, source), source)[0]
    return SimpleNamespace(
        effect=found.effect, treated=found.results.treated, comparison=found.results.comparison, results=found.results
    )


def certain(scenario, effect, **changes):
    return scenario.replace({"beliefs.effects.reconvictions": effect, **changes})


class TestCounts:
    @pytest.mark.parametrize("size", [1, 30])
    def test_totals_are_negative_binomial_to_the_last_event(self, plan, size):
        # a sum of n negative binomials of shape k is one of shape nk: chi-square against its exact probabilities
        scenario = certain(plan, 0.1, **{"cohorts.1.size": size})
        totals = np.rint(outcomes(scenario).treated[0] * size).astype(int)
        shape = size * sib.dispersion_from(1.55, 0.557)
        mean = size * 1.55 * 0.9
        law = stats.nbinom(shape, shape / (shape + mean))
        edges = np.unique(law.ppf(np.linspace(0.02, 0.98, 25))).astype(int)
        bins = np.concatenate(([-1], edges, [10**9]))
        expected = np.diff(law.cdf(bins)) * totals.size
        observed = np.histogram(totals, bins + 0.5)[0]
        assert stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue > 1e-3

    def test_share_of_persons_with_any_event_is_the_published_one(self, plan):
        one_man = certain(plan, 0.0, **{"cohorts.1.size": 1})
        share = (outcomes(one_man, 200_000).treated[0] > 0).mean()
        assert share == pytest.approx(0.557, abs=4 * math.sqrt(0.557 * 0.443 / 200_000))

    @pytest.mark.parametrize(
        ("comparison", "points"),
        [({"mean": 1.55, "share_with_any": 0.557}, 4.8), ({"mean": 1.55, "spread": "poisson"}, 2.7)],
        ids=["negative binomial", "poisson"],
    )
    def test_standard_deviation_of_one_cohorts_estimate(self, plan, comparison, points):
        drawn = outcomes(certain(plan, 0.0, **{"beliefs.comparison.reconvictions": comparison}), 100_000)
        improvement = 1 - drawn.treated[0] / drawn.comparison[0]
        assert 100 * improvement.std() == pytest.approx(points, abs=0.05)

    def test_more_events_are_better_where_the_metric_says_so(self, plan):
        better = certain(plan, 0.2, **{"metrics.reconvictions.better": "higher"})
        assert outcomes(better).treated[0].mean() == pytest.approx(1.55 * 1.2, rel=0.01)
        assert outcomes(certain(plan, 0.2)).treated[0].mean() == pytest.approx(1.55 * 0.8, rel=0.01)

    def test_no_fewer_events_than_none(self, plan):
        assert outcomes(certain(plan, 1.0)).treated.max() == 0
        learning = {"distribution": "uniform", "low": 0.8, "high": 1.0, "learning": 0.5}
        assert outcomes(certain(plan, learning)).treated[2].max() == 0


class TestBeliefs:
    @pytest.mark.parametrize(
        ("belief", "law"),
        [
            ({"distribution": "normal", "mean": 0.1, "sd": 0.05}, stats.norm(0.1, 0.05)),
            ({"distribution": "uniform", "low": -0.1, "high": 0.3}, stats.uniform(-0.1, 0.4)),
            ({"distribution": "triangular", "low": 0.0, "mode": 0.05, "high": 0.2}, stats.triang(0.25, 0, 0.2)),
        ],
        ids=["normal", "uniform", "triangular"],
    )
    def test_effects_follow_their_distribution(self, plan, belief, law):
        effect = outcomes(certain(plan, belief)).effect
        assert stats.kstest(effect[0], law.cdf).pvalue > 1e-3
        assert (effect[0] == effect[2]).all()

    def test_cohorts_differ_by_their_own_spread_and_learn(self, plan):
        belief = {"distribution": "normal", "mean": 0.1, "sd": 0.05, "between_cohorts": 0.03, "learning": 0.02}
        effect = outcomes(certain(plan, belief), 200_000).effect
        np.testing.assert_allclose(effect.mean(axis=1), [0.1, 0.12, 0.14], atol=1e-3)
        np.testing.assert_allclose(effect.std(axis=1), math.hypot(0.05, 0.03), rtol=0.01)
        correlation = np.corrcoef(effect)[0, 1]
        assert correlation == pytest.approx(0.05**2 / (0.05**2 + 0.03**2), abs=0.01)

    @pytest.mark.parametrize("better", ["lower", "higher"])
    def test_bias_flatters_a_programme_without_effect(self, plan, better):
        changes = {"beliefs.evaluation.reconvictions": {"bias": 0.05}, "metrics.reconvictions.better": better}
        drawn = outcomes(certain(plan, 0.0, **changes), chance=())
        sign = {"lower": -1, "higher": 1}[better]
        np.testing.assert_allclose(sign * (drawn.treated - drawn.comparison) / drawn.comparison, 0.05, rtol=1e-12)

    def test_an_unsure_bias_is_shared_by_the_cohorts(self, plan):
        changes = {"beliefs.evaluation.reconvictions": {"bias_sd": 0.05}}
        drawn = outcomes(certain(plan, 0.0, **changes), 100_000)
        noise = 1.55**2 * (1 / 1.55 + 1 / sib.dispersion_from(1.55, 0.557)) / 10_000
        shared = np.cov(drawn.comparison)[0, 1]
        assert shared == pytest.approx((1.55 * 0.05) ** 2, rel=0.05)
        assert drawn.comparison[0].var() == pytest.approx(shared + noise, rel=0.05)


class TestLayers:
    def test_without_chance_everything_is_as_expected(self, plan):
        drawn = outcomes(plan, chance=())
        assert np.ptp(drawn.effect) == np.ptp(drawn.treated) == np.ptp(drawn.comparison) == 0
        assert drawn.effect[0, 0] == pytest.approx(0.09)
        assert drawn.treated[0, 0] == pytest.approx(1.55 * 0.91)

    @pytest.mark.parametrize(
        ("layer", "varies"), [("belief", "effect"), ("people", "treated"), ("measurement", "comparison")]
    )
    def test_each_layer_by_itself(self, plan, layer, varies):
        drawn = outcomes(plan, chance=(layer,))
        for name in ("effect", "comparison"):
            assert (np.ptp(getattr(drawn, name)) > 0) == (name == varies)
        assert (np.ptp(drawn.treated) > 0) == (layer in ("belief", "people"))

    def test_an_unsure_bias_is_measurement(self, plan):
        unsure = plan.replace({"beliefs.evaluation.reconvictions": {"bias": 0.1, "bias_sd": 0.05}})
        for chance in (("belief",), ("people",), ()):
            assert np.ptp(outcomes(unsure, chance=chance).comparison) == 0
            assert outcomes(unsure, chance=chance).comparison[0, 0] == pytest.approx(1.55 / 0.9)
        assert np.ptp(outcomes(unsure, chance=("measurement",)).comparison) > 0


class TestStreams:
    def test_one_stream_a_component(self):
        names = [("m", "1", "treated"), ("m", "1", "comparison"), ("m", "2", "treated"), ("m1", "", "treated")]
        draws = [stream(SEED, block, *name).random(1000) for name in names for block in (0, 1)]
        correlation = np.corrcoef(draws) - np.eye(len(draws))
        assert np.abs(correlation).max() < 5 / math.sqrt(1000)

    def test_another_cohort_leaves_the_draws_of_the_others(self, plan, went):
        fewer = plan.replace({"cohorts.1": None})
        np.testing.assert_array_equal(outcomes(plan).treated[1:], outcomes(fewer).treated)
        np.testing.assert_array_equal(outcomes(plan).treated[:2], outcomes(went).treated)

    def test_a_number_gives_the_same_seed_twice_and_a_generator_two(self):
        assert seed_of(5).generate_state(4).tolist() == seed_of(5).generate_state(4).tolist()
        generator = np.random.default_rng(5)
        first, second = seed_of(generator), seed_of(generator)
        assert first.generate_state(4).tolist() == seed_of(5).generate_state(4).tolist()
        assert first.generate_state(4).tolist() != second.generate_state(4).tolist()
        assert seed_of(again(second)).generate_state(4).tolist() == second.generate_state(4).tolist()

    def test_no_seed_is_a_new_one_each_time(self):
        assert seed_of(None).entropy != seed_of(None).entropy


@pytest.mark.parametrize("shape", [("triangular", {"mode": 0.1}), ("uniform", {})])
def test_a_belief_between_a_figure_and_itself_is_that_figure(plan, shape):
    distribution, more = shape
    belief = {"distribution": distribution, "low": 0.1, "high": 0.1, **more}
    sure = plan.replace({"beliefs.effects.reconvictions": belief})
    effects = sib.simulate(sure, 50, rng=1).paths.filter(regex="effect$")
    np.testing.assert_allclose(effects, 0.1, rtol=1e-12)
