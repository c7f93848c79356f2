"""Beliefs that move together. Truth: the copula in closed form, sums of normal beliefs, each belief's own law."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import sib
from sib.chance.common import Common, Sharing, shock
from sib.chance.sources import LAYERS, Chance
from sib.model.prior import believe, scores, sources
from sib.run.recipe import Deal
from sib.scenario.correlated import nearest, root_of, written
from tests.milestones import deal, milestone, price

NORTHAM = Path(__file__).parents[2] / "notebooks" / "northam.toml"
NAMES = ("a", "b", "c", "d")
UNIFORM = {"distribution": "uniform", "low": 0.2, "high": 0.8}
NORMAL = {"distribution": "normal", "mean": 0.5, "sd": 0.05}
PATHS = 40_000


def scenario(correlation, belief=UNIFORM, **beliefs):
    levels = dict.fromkeys(NAMES, belief)
    more = {} if correlation is None else {"correlation": correlation}
    return deal([milestone(n) for n in NAMES], [price(n, 1) for n in NAMES], [], levels, **more, **beliefs)


def levels_of(of, way="plain", rng=1, paths=PATHS):
    simulation = sib.simulate(of, paths, rng=rng, sampling=way)
    parts = list(simulation.futures.map(lambda block: [one.effect[0] for one in block.outcomes]))
    return np.concatenate(parts, axis=1)


class TestCopula:
    @pytest.mark.parametrize("rho", [-0.3, 0.5, 0.9, 1.0])
    @pytest.mark.parametrize("way", ["plain", "stratified", "sobol"])
    def test_uniform_beliefs_have_the_correlation_of_the_copula(self, rho, way):
        """Pearson's correlation of the uniform margins of a Gaussian copula: 6 / pi asin(rho / 2)."""
        found = np.corrcoef(levels_of(scenario(rho), way))
        truth = 6 / np.pi * np.arcsin(rho / 2)
        off = found[np.triu_indices(4, 1)]
        np.testing.assert_allclose(off, truth, atol=4.5 / np.sqrt(PATHS))

    @pytest.mark.parametrize("way", ["plain", "stratified", "sobol"])
    def test_each_belief_keeps_its_law(self, way):
        for one in levels_of(scenario(0.7), way):
            assert stats.kstest(one, stats.uniform(0.2, 0.6).cdf).pvalue > 1e-4

    def test_a_sum_of_normal_beliefs(self):
        total = levels_of(scenario(0.5, NORMAL)).sum(axis=0)
        assert total.mean() == pytest.approx(2, abs=4 * 0.05 * np.sqrt(10 / PATHS))
        assert total.var() == pytest.approx(0.05**2 * (4 + 12 * 0.5), rel=4 * np.sqrt(2 / PATHS))

    def test_groups_and_pairs(self):
        together = {
            "work": {"coefficient": 0.8, "between": ["levels.a", "levels.b"]},
            "home": {"coefficient": -0.5, "between": ["levels.c", "levels.d"]},
        }
        found = np.corrcoef(levels_of(scenario(together, NORMAL)))
        truth = np.eye(4)
        truth[0, 1] = truth[1, 0] = 0.8
        truth[2, 3] = truth[3, 2] = -0.5
        np.testing.assert_allclose(found, truth, atol=4.5 / np.sqrt(PATHS))

    def test_what_is_named_goes_before_what_is_said_of_all(self):
        both = {"rest": {"coefficient": 0.3}, "work": {"coefficient": 0.8, "between": ["levels.a", "levels.b"]}}
        found = np.corrcoef(levels_of(scenario(both, NORMAL)))
        assert found[0, 1] == pytest.approx(0.8, abs=0.02)
        assert found[0, 2] == pytest.approx(0.3, abs=0.03)

    def test_other_beliefs_than_levels(self):
        pair = {"late": {"coefficient": -0.6, "between": ["levels.a", "overruns.c"]}}
        simulation = sib.simulate(scenario(pair, NORMAL, overruns={"c": {"sd": 0.2}}), PATHS, rng=1)
        parts = list(simulation.futures.map(lambda b: [b.outcomes[0].effect[0], b.draws.shocks.overruns["c"]]))
        level, overrun = np.concatenate(parts, axis=1)
        assert np.corrcoef(level, overrun)[0, 1] == pytest.approx(-0.6, abs=0.02)


def test_none_leaves_all_draws_as_they_were():
    plain, none = levels_of(scenario(None), paths=100), levels_of(scenario(0.0), paths=100)
    np.testing.assert_array_equal(plain, none)
    np.testing.assert_array_equal(plain[0], levels_of(scenario(0.4), paths=100)[0])  # the first is its own


@pytest.mark.slow
def test_of_northam():
    """By another hand: P(loss) .246 of both tranches and .269 of the junior with 0.5, over 400,000 paths."""
    simulation = sib.simulate(sib.load(NORTHAM).replace({"beliefs.correlation": 0.5}), 40_000, rng=1)
    for tranche, truth in ((None, 0.246), ("junior", 0.269)):
        found = simulation.summary(tranche=tranche).loc["loss_probability"]
        assert found["estimate"] == pytest.approx(truth, abs=3 * np.hypot(found["mcse"], 0.0007))


class TestElsewhere:
    def test_in_a_portfolio_shocks_come_on_top(self):
        """Own scores correlated by 0.5, each with a loading of 0.6 on a shock: 0.36 + 0.64 x 0.5 within a deal."""
        model, loadings = Deal.of(scenario(0.5, NORMAL)).model, {(name, "effect"): {"economy": 0.6} for name in NAMES}
        common = Common(np.random.SeedSequence(5), (shock("economy"),), loadings, {})
        deals = [Chance(PATHS, np.random.SeedSequence(seed), 0, frozenset(LAYERS)) for seed in (1, 2)]
        worlds = [believe(model, Sharing.of(chance, common)) for chance in deals]
        found = np.corrcoef([one.effect[0] for world in worlds for one in world.metrics])
        assert found[0, 1] == pytest.approx(0.36 + 0.64 * 0.5, abs=0.02)
        assert found[0, 4] == pytest.approx(0.36, abs=0.02)

    def test_risk_is_attributed_to_them_together(self):
        model = Deal.of(scenario(0.5, NORMAL, overruns={"c": {"sd": 0.2}})).model
        assert sources(model) == ("overruns.c", "correlation")
        assert {f"levels.{n}" for n in NAMES} <= set(scores(model))

    def test_what_is_learnt_of_one_is_learnt_of_the_other(self):
        """Bayes' theorem on a grid of two normal scores with a correlation of 0.8; 18 of 60 persons reached `a`."""
        two = {"it": {"coefficient": 0.8, "between": ["levels.a", "levels.b"]}}
        found = sib.update(scenario(two, {**NORMAL, "sd": 0.1}), {"a": {"c0": 18}}, paths=20_000, rng=1).effects
        score = np.linspace(-6, 6, 2_001)
        weight = stats.norm.pdf(score) * stats.binom(60, np.clip(0.5 + 0.1 * score, 0, 1)).pmf(18)
        mean = (score * weight).sum() / weight.sum()
        for name, truth in (("a", 0.5 + 0.1 * mean), ("b", 0.5 + 0.08 * mean), ("c", 0.5)):
            assert found.loc[(name, "c0"), "mean"] == pytest.approx(truth, abs=0.004)

    def test_it_is_written_and_said(self):
        one = scenario(0.5)
        assert sib.Scenario.from_data(tomllib.loads(one.to_toml())) == one
        assert "`levels.c` and `levels.d` have a correlation of 0.5, as normal scores" in " ".join(
            one.describe().split()
        )
        assert "are independent of each other" in " ".join(scenario(None).describe().split())
        moved = one.replace({'beliefs.correlation."effects and levels".coefficient': 0.2})
        assert moved.beliefs.correlation == scenario(0.2).beliefs.correlation


class TestMatrix:
    def test_the_root_is_cholesky(self):
        matrix = np.array([[1, 0.5, 0.2], [0.5, 1, -0.3], [0.2, -0.3, 1]])
        np.testing.assert_allclose(root_of(matrix), np.linalg.cholesky(matrix))
        ones = np.ones((3, 3))
        np.testing.assert_allclose(root_of(ones) @ root_of(ones).T, ones)

    def test_the_nearest_is_highams(self):
        """The example of Higham (2002), section 4: a tridiagonal matrix of three."""
        found = nearest(np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]]))
        truth = np.array([[1, 0.7607, 0.1573], [0.7607, 1, 0.7607], [0.1573, 0.7607, 1]])
        np.testing.assert_allclose(found, truth, atol=5e-5)

    @pytest.mark.parametrize("size", [3, 4, 6, 10])
    def test_what_is_advised_is_possible_as_it_is_written(self, size):
        rng = np.random.default_rng(size)
        for _ in range(20):
            part = np.triu(rng.uniform(-1, 1, (size, size)), 1)
            matrix = part + part.T + np.eye(size)
            found = written(matrix)
            assert np.linalg.eigvalsh(found)[0] > -1e-8
            np.testing.assert_allclose(found, nearest(matrix), atol=0.004)


def test_what_is_drawn_for_each_cohort_stays_a_source_of_its_own():
    data = tomllib.loads(sib.load("peterborough").to_toml())
    data.pop("sources", None)
    beliefs, name = data["beliefs"], "reconvictions"
    beliefs["effects"][name] = {"distribution": "normal", "mean": 0.1, "sd": 0.03}
    beliefs["correlation"] = {"it": {"coefficient": 0.5, "between": [f"effects.{name}", f"evaluation.{name}"]}}
    for between, truth in ((0.0, ("correlation",)), (0.02, (f"evaluation.{name}", "correlation"))):
        beliefs["evaluation"] = {name: {"bias_sd": 0.02, "bias_between_cohorts": between}}
        assert sources(Deal.of(sib.Scenario.from_data(data)).model) == truth


REFUSED = {
    "above one": (1.5, "at most 1"),
    "a percentage": (50, "at most 1"),
    "a name that is none": ({"x": {"coefficient": 0.5, "between": ["levels.a", "levels.bb"]}}, "levels.b"),
    "one alone": ({"x": {"coefficient": 0.5, "between": ["levels.a"]}}, "at least 2"),
    "twice the same": ({"x": {"coefficient": 0.5, "between": ["levels.a", "levels.a"]}}, "named once"),
    "a pair twice": (
        {
            "x": {"coefficient": 0.5, "between": ["levels.a", "levels.b"]},
            "y": {"coefficient": 0.4, "between": ["levels.b", "levels.a", "levels.c"]},
        },
        "one correlation for each pair",
    ),
    "two of all": ({"x": {"coefficient": 0.5}, "y": {"coefficient": 0.4}}, "keep one"),
    "what cannot be": (-0.5, "the nearest that can"),
    "not a number": ("high", "correlation"),
}


@pytest.mark.parametrize(("correlation", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(correlation, says):
    with pytest.raises(sib.ScenarioError, match=says):
        scenario(correlation)


def test_what_does_not_vary_does_not_move():
    with pytest.raises(sib.ScenarioError, match="varies and is drawn once"):
        scenario({"x": {"coefficient": 0.5, "between": ["levels.a", "overruns.c"]}})
    with pytest.raises(sib.ScenarioError, match="two effects or levels that vary"):
        scenario(0.5, 0.5)


def test_a_chance_without_any_is_as_it_was():
    chance = Chance(10, np.random.SeedSequence(1), 0, frozenset(LAYERS))
    assert believe(Deal.of(scenario(None)).model, chance).metrics[0].effect.shape == (1, 10)
