"""What is believed after a published improvement. Truth: the same model summed and integrated on grids, or simulated.

The likelihood is the density of a ratio of two measured levels. Here it is summed over every count that the comparison
may have had, the law of those served continued between whole counts by log-gamma, as scipy's laws are not.
"""

import math
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, special, stats

import sib
from sib.chance.sources import Chance
from sib.model.improvement import of_normals
from sib.model.likelihood import likelihood
from sib.model.observed import Observed, Seen
from sib.model.prior import believe
from sib.run.recipe import Deal
from tests.analysis.test_update import FAR, verified
from tests.model.test_closed_forms import SHAPE, deal


def uneven(count, persons, level, shape=SHAPE):
    """Logarithm of a negative binomial's probabilities, as a function of the mean a person."""
    whole = shape * persons
    ways = special.gammaln(count + whole) - special.gammaln(whole) - special.gammaln(count + 1)
    return ways + whole * np.log(shape / (shape + level)) + special.xlogy(count, level / (shape + level))


def shares(count, persons, level):
    ways = special.gammaln(persons + 1) - special.gammaln(count + 1) - special.gammaln(persons - count + 1)
    within = (count >= 0) & (count <= persons)
    with np.errstate(invalid="ignore"):
        found = ways + special.xlogy(count, level) + special.xlog1py(persons - count, -level)
    return np.where(within, found, -np.inf)


def log_density(law, ratio, served, compared, level, level_compared):
    """Of a ratio of levels, at one level of those served; every count of the comparison one by one."""
    wide = 14 * math.sqrt(compared * level_compared * (1 + level_compared / SHAPE)) + 100
    counts = np.arange(max(1, int(compared * level_compared - wide)), int(compared * level_compared + wide))
    treated = ratio * served / compared * counts
    terms = law(counts, compared, level_compared) + np.log(counts)
    terms = terms + (law(treated, served, level) if ratio > 0 else law(0.0, served, level))
    return special.logsumexp(terms)


def moments(weight, effect):
    weight = weight / weight.sum()
    mean = float(np.sum(weight * effect))
    return mean, math.sqrt(np.sum(weight * (effect - mean) ** 2))


def truth(law, level, improvement, sizes, prior, effect):
    """Posterior mean and standard deviation of one effect that is believed normal, on a grid of effects."""
    logs = [log_density(law, 1 - improvement, *sizes, level * (1 - x), level) for x in effect]
    return moments(np.exp(logs - np.max(logs)) * stats.norm.pdf(effect, *prior), effect)


def weighed(scenario, improvement, effect, persons, log_likelihood=None):
    """Logarithm of the likelihood that the library gives to effects, all else as believed without chance."""
    model = Deal.of(scenario).model
    world = believe(model, Chance(effect.size, np.random.SeedSequence(1), 0, frozenset()))
    own = world.metrics[0]
    given = replace(own, effect=np.broadcast_to(effect, own.effect.shape))
    world = replace(world, metrics=(given, *world.metrics[1:]))
    if log_likelihood is None:
        return likelihood(model, world, Observed({0: {0: Seen(persons, 1.0 - improvement, 1.0)}}))
    return log_likelihood(model.metrics[0], world, 0, 0, 1.0 - improvement, persons)


PRIOR = (0.09, 0.1)
BELIEF = {"distribution": "normal", "mean": PRIOR[0], "sd": PRIOR[1]}
GRID = np.linspace(PRIOR[0] - 7 * PRIOR[1], PRIOR[0] + 7 * PRIOR[1], 281)
LAWS = {"count": (uneven, 1.5), "proportion": (shares, 0.55)}
PUBLISHED = [(20, 10, x) for x in (-0.6, 0.1, 0.4, 1.0)] + [(20, 1, x) for x in (-0.5, 0.1, 0.7)]
PUBLISHED += [(300, 0.2, x) for x in (-0.3, 0.3)] + [(1_000, 10, x) for x in (-0.2, 0.05, 0.5)]


@pytest.mark.parametrize(("size", "controls", "improvement"), PUBLISHED)
@pytest.mark.parametrize("kind", LAWS)
def test_the_likelihood_is_that_of_a_ratio_of_counts(kind, size, controls, improvement):
    law, level = LAWS[kind]
    scenario = deal(kind, {"design": "randomised", "controls": controls}, size=size, effect=BELIEF)
    sizes = (size, round(size * controls))
    inside = GRID[(level * (1 - GRID) > 0) & (level * (1 - GRID) < (1 if kind == "proportion" else np.inf))]
    mean, sd = truth(law, level, improvement, sizes, PRIOR, inside)
    log = weighed(scenario, improvement, inside, size)
    found, spread = moments(np.exp(log - log.max()) * stats.norm.pdf(inside, *PRIOR), inside)
    few = kind == "proportion" and min(sizes) < 50  # of twenty persons each smoothing is another, by a few hundredths
    assert found == pytest.approx(mean, abs=(0.04 if few else 0.01) * sd)
    assert spread == pytest.approx(sd, rel=0.03 if few else 0.01)


class TestUpdate:
    """Drawn, weighed and drawn again: within the Monte Carlo error that is told."""

    @pytest.mark.parametrize(("size", "controls", "improvement"), [(20, 10, 1.0), (20, 10, -0.6), (1_000, 10, 0.5)])
    @pytest.mark.parametrize("kind", LAWS)
    def test_means_are_those_of_integration(self, kind, size, controls, improvement):
        law, level = LAWS[kind]
        scenario = deal(kind, {"design": "matched", "controls": controls}, size=size, effect=BELIEF)
        inside = GRID[(level * (1 - GRID) > 0) & (level * (1 - GRID) < (1 if kind == "proportion" else np.inf))]
        mean, sd = truth(law, level, improvement, (size, size * controls), PRIOR, inside)
        row = sib.update(scenario, {"it": {"1": improvement}}, paths=40_000, rng=1).effects.iloc[0]
        assert abs(row["mean"] - mean) < 4 * row["mean_mcse"] + 0.01 * sd
        assert row["sd"] == pytest.approx(sd, rel=0.03)

    def test_a_bias_that_is_not_known_is_integrated_over(self):
        known = {"bias": 0.02, "bias_sd": 0.06}
        scenario = deal("count", {"design": "matched", "controls": 2}, size=100, effect=BELIEF, evaluation=known)
        effect, bias = GRID[::4], np.linspace(-0.22, 0.26, 41)
        logs = np.array(
            [[log_density(uneven, 0.6, 100, 200, 1.5 * (1 - x), 1.5 / (1 - b)) for b in bias] for x in effect]
        )
        logs[~np.isfinite(logs)] = -np.inf
        weight = np.exp(logs - logs.max()) * stats.norm.pdf(bias, 0.02, 0.06)
        mean, sd = moments(weight.sum(axis=1) * stats.norm.pdf(effect, *PRIOR), effect)
        row = sib.update(scenario, {"it": {"1": 0.4}}, paths=40_000, rng=1).effects.iloc[0]
        assert abs(row["mean"] - mean) < 4 * row["mean_mcse"] + 0.01 * sd

    @pytest.mark.parametrize("kind", LAWS)
    @pytest.mark.parametrize("compare", [{"design": "historical", "persons": 150}, {"design": "before-after"}])
    def test_history_is_a_group_that_was_counted(self, kind, compare):
        """Measured once for all results, or on those served before: for one result it is a group like any."""
        law, level = LAWS[kind]
        scenario = deal(kind, compare, size=150, effect=BELIEF)
        inside = GRID[(level * (1 - GRID) > 0) & (level * (1 - GRID) < (1 if kind == "proportion" else np.inf))]
        mean, sd = truth(law, level, 0.35, (150, 150), PRIOR, inside)
        row = sib.update(scenario, {"it": {"1": 0.35}}, paths=40_000, rng=1).effects.iloc[0]
        assert abs(row["mean"] - mean) < 4 * row["mean_mcse"] + 0.01 * sd

    @pytest.mark.parametrize("kind", LAWS)
    def test_against_a_written_baseline_it_is_the_law_of_one_count(self, kind):
        law, level = LAWS[kind]
        scenario = deal(kind, {"design": "historical", "level": level}, size=40, effect=BELIEF)
        inside = GRID[(level * (1 - GRID) > 0) & (level * (1 - GRID) < (1 if kind == "proportion" else np.inf))]
        had = round(40 * level * 0.5)
        likely = np.exp([law(float(had), 40, level * (1 - x)) for x in inside])
        mean, sd = moments(likely * stats.norm.pdf(inside, *PRIOR), inside)
        row = sib.update(scenario, {"it": {"1": 1 - had / 40 / level}}, paths=40_000, rng=1).effects.iloc[0]
        assert abs(row["mean"] - mean) < 4 * row["mean_mcse"] + 0.002 * sd

    def test_who_keeps_what_was_published_keeps_such_worlds(self):
        """No formula: futures are simulated, and those kept in which the improvement rounds to the published one."""
        rng, draws = np.random.default_rng(2), 4_000_000
        effect = rng.normal(*PRIOR, draws)
        arms = [(30, 1.5 * np.maximum(1 - effect, 1e-9)), (90, 1.5)]
        served, compared = (rng.negative_binomial(n * SHAPE, SHAPE / (SHAPE + m), draws) / n for n, m in arms)
        kept = effect[np.abs(1 - served / np.maximum(compared, 1e-9) - 0.5) <= 0.005]
        scenario = deal("count", {"design": "matched", "controls": 3}, size=30, effect=BELIEF)
        row = sib.update(scenario, {"it": {"1": 0.5}}, paths=40_000, rng=1).effects.iloc[0]
        error = math.hypot(row["mean_mcse"], kept.std() / math.sqrt(kept.size))
        assert kept.size > 10_000
        assert abs(row["mean"] - kept.mean()) < 4 * error
        assert row["sd"] == pytest.approx(kept.std(), rel=0.03)

    @pytest.mark.slow
    def test_the_normal_law_of_means_is_that_of_a_ratio(self):
        """A mean over twelve persons with a deviation of three quarters of it: the ratio's density by quadrature."""
        scenario = deal("mean", {"design": "randomised", "controls": 1}, size=12, effect=BELIEF)
        spread = 0.75 / math.sqrt(12)  # of each mean's level
        compared = stats.norm(40, 40 * spread)

        def density(x):
            served = stats.norm(40 * (1 + x), 40 * (1 + x) * spread)
            return integrate.quad(lambda y: y * served.pdf(1.4 * y) * compared.pdf(y), 0, 120)[0]

        mean, sd = moments(np.array([density(x) for x in GRID]) * stats.norm.pdf(GRID, *PRIOR), GRID)
        log = weighed(scenario, -0.4, GRID, 12)
        found, spread = moments(np.exp(log - log.max()) * stats.norm.pdf(GRID, *PRIOR), GRID)
        assert found == pytest.approx(mean, abs=1e-4 * sd)
        assert spread == pytest.approx(sd, rel=1e-4)


STAYS_NORMAL = {
    "in clusters": (
        {"design": "cluster-randomised", "controls": 1, "clusters": 20},
        {"intra_cluster_correlation": 0.05},
    ),
    "correlated with themselves before": ({"design": "before-after"}, {"correlation": 0.4}),
    "several groups": ({"design": "difference in differences", "controls": 2}, {}),
    "a mix": (
        {
            "design": "mix",
            "of": [
                {"weight": 0.5, "compare": {"design": "matched", "controls": 2}},
                {"weight": 0.5, "compare": {"design": "historical", "persons": 300}},
            ],
        },
        {},
    ),
}


@pytest.mark.parametrize("case", STAYS_NORMAL)
@pytest.mark.parametrize("kind", LAWS)
def test_where_no_exact_law_is_known_levels_are_normal(kind, case):
    """And their variance is that of the design, as `tests/model/test_designs.py` holds it to textbooks."""
    compare, evaluation = STAYS_NORMAL[case]
    scenario = deal(kind, compare, size=100, effect=BELIEF, evaluation=evaluation)
    near = np.linspace(0.0, 0.3, 31)
    assert np.array_equal(weighed(scenario, 0.1, near, 100), weighed(scenario, 0.1, near, 100, of_normals))


@pytest.mark.parametrize("kind", LAWS)
@pytest.mark.parametrize(("controls", "improvement"), [(1, 0.09), (1, 0.5), (3, -0.3)])
def test_of_more_than_a_million_events_the_normal_law_is_as_good(kind, controls, improvement):
    """Within a hundredth of the posterior's standard deviation, and nothing is summed."""
    law, level = LAWS[kind]
    size = round(1.05e6 / level / 0.5)
    belief = BELIEF | {"sd": 0.05}
    scenario = deal(kind, {"design": "randomised", "controls": controls}, size=size, effect=belief)
    near = improvement + 0.02 * np.linspace(-1, 1, 81)
    log = weighed(scenario, improvement, near, size)
    assert np.array_equal(log, weighed(scenario, improvement, near, size, of_normals))
    counts = np.linspace(0.98, 1.02, 4_001) * size * level * (1 - improvement)
    controls_count = counts * controls / (1 - improvement)
    logs = [
        special.logsumexp(
            law(counts, size, level * (1 - x)) + law(controls_count, size * controls, level) + np.log(counts)
        )
        for x in near
    ]
    prior = stats.norm.pdf(near, PRIOR[0], 0.05)
    mean, sd = moments(np.exp(logs - np.max(logs)) * prior, near)
    found, _ = moments(np.exp(log - log.max()) * prior, near)
    assert found == pytest.approx(mean, abs=0.01 * sd)


def together(results, sizes, mean=0.09, sd=0.05, between=0.02):
    """Posterior means of cohorts' effects, which have a deal's own in common, by sums over both."""
    shape = sib.dispersion_from(1.55, 0.557)
    whole, effect = np.linspace(mean - 8 * sd, mean + 8 * sd, 401), np.linspace(-0.4, 0.58, 491)

    def law(count, persons, level):
        return uneven(count, persons, level, shape)

    given = stats.norm.pdf(effect, whole[:, None], between)
    weight, inner = stats.norm.pdf(whole, mean, sd), {}
    for cohort, improvement in results.items():
        logs = np.array([log_density(law, 1 - improvement, *sizes, 1.55 * (1 - x), 1.55) for x in effect])
        likely = given * np.exp(logs - logs.max())
        total = likely.sum(axis=1)
        weight = weight * total
        inner[cohort] = (likely @ effect) / np.maximum(total, 1e-300)
    return {cohort: np.sum(weight * mean_of) / weight.sum() for cohort, mean_of in inner.items()}


PETERBOROUGH = [  # results, persons in a cohort, and posterior means that were worked out elsewhere
    ({"1": -0.10, "2": 0.25}, 1_000, {"1": 0.056, "2": 0.115}),
    ({"1": 0.40}, 1_000, {"1": 0.307}),
    ({"1": 1.0}, 20, {"1": 0.120}),
]


@pytest.mark.parametrize(("results", "size", "expected"), PETERBOROUGH)
def test_peterborough_by_an_independent_model(plan, results, size, expected):
    means = together(results, (size, 10 * size))
    assert means == {cohort: pytest.approx(mean, abs=0.0005) for cohort, mean in expected.items()}
    scenario = plan.replace({f"cohorts.{name}.size": size for name in "123"})
    known = sib.update(scenario, {"reconvictions": results}, paths=60_000, rng=1)
    for cohort, mean in means.items():
        row = known.effects.loc[("reconvictions", cohort)]
        assert abs(row["mean"] - mean) < 4 * row["mean_mcse"] + 0.0002


class TestSurprising:
    """Results far from what is believed: beliefs are drawn near them."""

    def test_most_worlds_agree(self, plan):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for improvement in (-0.4, 0.4, 0.6):
                known = sib.update(plan, {"reconvictions": {"1": improvement}}, paths=5_000, rng=1)
                assert known.effective_paths > 5_000

    def test_a_mean_believed_normal_stays_normal(self):
        # eight standard deviations away: the conjugate posterior, of which no world drawn from the belief would be
        belief = FAR | {"sd": 4.0, "person_sd": 30.0, "between_cohorts": 2.0}
        known = sib.update(verified("mean", belief, size=900), {"jobs": {"a": 10_086.0}}, paths=20_000, rng=1)
        seen = 2.0**2 + 30.0**2 / 900
        mean, variance = 10_050 + 4**2 / (4**2 + seen) * 36, 1 / (1 / 4**2 + 1 / seen)
        row = known.effects.loc[("jobs", "b")]
        assert abs(row["mean"] - mean) < 4 * row["mean_mcse"]
        assert row["sd"] == pytest.approx(math.sqrt(variance + 4), rel=0.03)

    @pytest.mark.parametrize("improvement", [-0.3, 0.4])
    def test_beliefs_with_ends_are_pressed_against_them(self, improvement):
        belief = {"distribution": "triangular", "low": -0.05, "mode": 0.1, "high": 0.2}
        scenario = deal("count", {"design": "matched", "controls": 10}, size=1_000, effect=belief)
        effect = -0.05 + 0.25 * (np.arange(400) + 0.5) / 400
        logs = [log_density(uneven, 1 - improvement, 1_000, 10_000, 1.5 * (1 - x), 1.5) for x in effect]
        mean, sd = moments(np.exp(logs - np.max(logs)) * stats.triang.pdf(effect, 0.6, -0.05, 0.25), effect)
        row = sib.update(scenario, {"it": {"1": improvement}}, paths=40_000, rng=1).effects.iloc[0]
        assert abs(row["mean"] - mean) < 4 * row["mean_mcse"]
        assert row["sd"] == pytest.approx(sd, rel=0.03)

    def test_workers_do_not_change_the_bits(self, plan):
        observed = {"reconvictions": {"1": 0.4}}
        one = sib.update(plan, observed, paths=20_000, rng=3)
        with ThreadPoolExecutor(3) as workers:
            other = sib.update(plan, observed, paths=20_000, rng=3, executor=workers)
        assert np.array_equal(one.posterior.columns["payment"], other.posterior.columns["payment"])
