"""Flows between milestones. Truth: enumeration of all tables, binomial laws, calibration by simulation."""

from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import sib
from sib.chance.sources import LAYERS, Chance
from sib.model.flows import divided, leniently, log_likelihood_of_flows, shared_out
from sib.model.likelihood import given_observed
from sib.model.observed import Observed, Seen
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.run.recipe import Deal

NORTHAM = Path(__file__).parents[2] / "notebooks" / "northam.toml"


def coordinates(paths, seed):
    rng = np.random.default_rng(seed)
    return lambda _: lambda: rng.uniform(1e-12, 1 - 1e-12, paths)


class TestDivided:
    def test_is_multinomial(self):
        chances = [np.full(1, p) for p in (0.2, 0.1, 0.4)]
        found = np.array(list(divided(np.full(1, 30.0), chances, coordinates(40_000, 1))))
        truth = stats.multinomial(30, [0.2, 0.1, 0.4, 0.3]).cov()[:3, :3]
        np.testing.assert_allclose(found.mean(axis=1), [6, 3, 12], atol=0.06)
        np.testing.assert_allclose(np.cov(found), truth, atol=0.2)

    def test_without_chance_as_expected(self):
        found = list(divided(np.full(1, 30.0), [np.full(1, 0.2), np.full(1, 0.5)], lambda _: None))
        assert [one.item() for one in found] == pytest.approx([6, 15])


class TestSharedOut:
    """From where those came who came. Truth: binomial counts, given their sum, by enumeration."""

    @pytest.mark.parametrize(
        ("persons", "chance", "count"),
        [
            ([5, 5, 5], [0.8, 0.8, 0.8], 12),
            ([6, 4, 8], [0.3, 0.3, 0.3], 5),
            ([6, 7, 5], [0.1, 0.5, 0.3], 6),
            ([6, 6, 20], [0.8, 0.8, 0.002], 11),
            ([4, 6], [0.9, 0.4], 9),
        ],
    )
    def test_binomial_counts_given_their_sum(self, persons, chance, count):
        paths = 60_000
        tables = [t for t in product(*(range(n + 1) for n in persons)) if sum(t) == count]
        laws = [stats.binom(n, p) for n, p in zip(persons, chance, strict=True)]
        weight = np.array([np.prod([law.pmf(k) for law, k in zip(laws, table, strict=True)]) for table in tables])
        weight /= weight.sum()
        mean = weight @ np.array(tables)
        spread = np.sqrt(weight @ (np.array(tables) - mean) ** 2)
        wide = [np.repeat(np.array(one, dtype=float)[:, None], paths, axis=1) for one in (persons, chance)]
        found = shared_out(np.full(paths, float(count)), *wide, coordinates(paths, 2))
        assert (found.sum(axis=0) == count).all()
        assert (found <= np.array(persons)[:, None]).all()
        exact = len(set(chance)) == 1 or len(persons) == 2
        error = 5 * spread.max() / np.sqrt(paths)
        np.testing.assert_allclose(found.mean(axis=1), mean, atol=error + (0 if exact else 0.05))
        np.testing.assert_allclose(found.std(axis=1), spread, atol=0.02 if exact else 0.06)

    def test_nobody_from_where_nobody_can_come(self):
        persons, chance = np.array([[3.0], [9.0]]), np.array([[0.5], [0.0]])
        assert shared_out(np.array([5.0]), persons, chance, coordinates(1, 3)).tolist() == [[3], [0]]


class TestLikelihood:
    def test_of_one_source_is_binomial(self):
        level = np.linspace(0.1, 0.9, 9)
        found = log_likelihood_of_flows(np.array([[20.0]]), np.ones((1, 1, 9)), level[None], np.array([13.0]))
        truth = stats.binom(20, level).logpmf(13)
        np.testing.assert_allclose(found - found[0], truth - truth[0], atol=1e-9)

    def test_two_results_of_one_source_are_multinomial(self):
        level = np.linspace(0.1, 0.95, 9)
        flow = np.broadcast_to(np.array([[[0.3], [0.6]]]), (1, 2, 9))
        found = log_likelihood_of_flows(np.array([[20.0]]), flow, np.stack([level, level]), np.array([4.0, 9.0]))
        truth = [stats.multinomial(20, [0.3 * p, 0.6 * p, 1 - 0.9 * p]).logpmf([4, 9, 7]) for p in level]
        np.testing.assert_allclose(found - found[0], np.array(truth) - truth[0], atol=1e-9)

    @pytest.mark.slow
    def test_of_several_sources_is_near_the_sum_over_all_tables(self):
        came, counts = np.array([12.0, 9.0, 10.0]), np.array([3.0, 7.0, 6.0])
        shares = np.array([[0.3, 0.5, 0.2], [0.0, 0.4, 0.4], [0.0, 0.0, 0.5]])
        level = np.linspace(0.3, 0.99, 24)
        flow = np.repeat(shares[:, :, None], 24, axis=2)
        found = log_likelihood_of_flows(came[:, None], flow, np.broadcast_to(level, (3, 24)), counts)
        truth = np.array([_all_tables(came, shares * p, counts) for p in level])
        ours, exact = (np.exp(one - one.max()) / np.exp(one - one.max()).sum() for one in (found, np.log(truth)))
        mean = level @ exact
        spread = np.sqrt((level - mean) ** 2 @ exact)
        assert level @ ours == pytest.approx(mean, abs=0.15 * spread)
        assert np.sqrt((level - level @ ours) ** 2 @ ours) == pytest.approx(spread, rel=0.1)

    def test_records_that_are_not_regular_are_not_impossible(self):
        takes = leniently(np.array([[0.0], [0.0], [0.0], [1.0], [0.0]]), 5)
        assert takes.sum() == pytest.approx(1)
        assert (takes > 0).all()


def _all_tables(came, chance, counts):
    """The chance of counts of a sum of multinomials, by convolution."""
    total = {(0, 0, 0): 1.0}
    for n, each in zip(came.astype(int), chance, strict=True):
        law = stats.multinomial(n, [*each, 1 - each.sum()])
        new = {}
        for table in product(range(n + 1), repeat=3):
            if sum(table) <= n and (p := law.pmf([*table, n - sum(table)])) > 1e-14:
                for before, q in total.items():
                    key = tuple(a + b for a, b in zip(table, before, strict=True))
                    if all(a <= b for a, b in zip(key, counts, strict=True)):
                        new[key] = new.get(key, 0.0) + p * q
        total = new
    return total[tuple(counts.astype(int))]


class TestCalibration:
    """Ranks of what is true among what is believed are uniform, whatever was counted (Talts et al. 2018)."""

    DRAWS, WORLDS, QUARTERS = 50, 256, 6

    @pytest.fixture(scope="class")
    @classmethod
    def ranks(cls):
        unsure = {"beliefs.referrals": {"mean": 0.9, "sd": 0.2, "pace_sd": 0.2}}
        unsure['beliefs.timing."treatment 12 weeks".pace_sd'] = 0.3
        model, layers = Deal.of(sib.load(NORTHAM).replace(unsure)).model, frozenset(LAYERS)
        chance = Chance(cls.DRAWS, np.random.SeedSequence(2026), 0, layers)
        world = believe(model, chance)
        truth, true = draw(model, world, chance), _figures(model, world)
        rng, ranks = np.random.default_rng(3), {}
        for j in range(cls.DRAWS):
            seen = {
                i: {q: Seen(1.0, float(one.results.treated[q, j]), 0.0) for q in range(cls.QUARTERS)}
                for i, one in enumerate(truth)
            }
            own = partial(_chance, seed=np.random.SeedSequence([7, j]), layers=layers)
            after, _ = given_observed(model, Observed(seen), own, cls.WORLDS)
            for name, values in _figures(model, after).items():
                ranks.setdefault(name, []).append((values < true[name][j]).mean())
            for i, one in enumerate(draw(model, after, own(cls.WORLDS), None, Observed(seen))):
                rest, actual = (x.results.treated[cls.QUARTERS :].sum(axis=0) for x in (one, truth[i]))
                low, high = (rest < actual[j]).mean(), (rest <= actual[j]).mean()
                ranks.setdefault(f"still to come of {model.metrics[i].name}", []).append(rng.uniform(low, high))
        return ranks

    @pytest.mark.slow
    def test_of_rates_pace_and_volume_and_of_what_is_still_to_come(self, ranks):
        assert len(ranks) == 6 + 3 + 6
        for name, values in ranks.items():
            assert stats.kstest(values, "uniform").pvalue > 1e-4, name
            assert np.mean(values) == pytest.approx(0.5, abs=4 * 0.289 / np.sqrt(self.DRAWS)), name


def _chance(paths, seed, layers):
    return Chance(paths, seed, 0, layers)


def _figures(model, world):
    """What is believed of northam, by name."""
    found = {metric.name: world.metrics[i].effect[0] for i, metric in enumerate(model.metrics)}
    found |= {"volume": world.coming["rough sleepers"], "pace of the intake": world.slower["rough sleepers"]}
    return found | {"pace of treatment": world.metrics[4].stretch}
