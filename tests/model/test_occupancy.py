"""How many persons have any event, given all events. Truth: all ways of sharing them out, counted one by one; the
classical occupancy law; the binomial law that comes back when the total is drawn too."""

from itertools import product
from math import comb, factorial

import numpy as np
import pytest
from scipy import special, stats

from sib.model import occupancy


def drawn(events, persons, shape, draws, seed=3):
    level = np.full(draws, events / persons)
    rng = np.random.default_rng(seed)
    share = occupancy.with_any(level, np.full(draws, float(persons)), shape, lambda: 1 - rng.random(level.size))
    return np.rint(share * persons).astype(int)


def every_way(events, persons, shape):
    """P(so many have any), by all ways of sharing events out among persons: Dirichlet-multinomial, or multinomial."""
    law = np.zeros(persons + 1)
    for counts in product(range(events + 1), repeat=persons):
        if sum(counts) != events:
            continue
        if np.isinf(shape):
            weight = factorial(events) / np.prod([factorial(c) for c in counts]) / persons**events
        else:
            logs = sum(special.gammaln(c + shape) - special.gammaln(shape) - special.gammaln(c + 1) for c in counts)
            weight = np.exp(
                special.gammaln(events + 1)
                + special.gammaln(persons * shape)
                - special.gammaln(events + persons * shape)
                + logs
            )
        law[sum(c > 0 for c in counts)] += weight
    assert law.sum() == pytest.approx(1)
    return law


@pytest.mark.parametrize("shape", [0.3, 0.7, 5.0, np.inf])
@pytest.mark.parametrize(("events", "persons"), [(0, 3), (1, 4), (4, 4), (7, 3), (5, 5)])
def test_every_chance_is_right(events, persons, shape):
    law = every_way(events, persons, shape)
    edges = np.cumsum(law)
    for have in range(persons + 1):
        if law[have] < 1e-9:
            continue
        inside = np.array([edges[have] - law[have] + 1e-7 * law[have], edges[have] - 1e-7 * law[have]])
        share = occupancy.with_any(
            np.full(2, events / persons), np.full(2, float(persons)), shape, lambda known=inside: known
        )
        assert np.rint(share * persons).tolist() == [have, have]


def test_the_classical_law():
    # balls thrown into boxes: P(exactly m boxes empty), Feller 1968, II.11
    events, persons = 30, 12
    law = np.array(
        [
            comb(persons, m)
            * sum((-1) ** j * comb(persons - m, j) * (1 - (m + j) / persons) ** events for j in range(persons - m + 1))
            for m in range(persons)
        ]
    )
    found = np.bincount(persons - drawn(events, persons, np.inf, 40_000), minlength=persons)
    keep = law * 40_000 >= 5
    observed = np.append(found[keep], 40_000 - found[keep].sum())
    assert stats.chisquare(observed, np.append(law[keep], 1 - law[keep].sum()) * 40_000).pvalue > 1e-4


@pytest.mark.parametrize("persons", [25, 900, 3_000])
@pytest.mark.parametrize("shape", [0.7, np.inf])
def test_with_the_total_drawn_too_persons_are_independent_again(persons, shape):
    # the share is binomial with P(any) = 1 - (1 + mean / shape) ** -shape; above 2,000 persons by the normal law
    paths, mean, rng = 40_000, 0.8, np.random.default_rng(8)
    rates = np.ones(paths) if np.isinf(shape) else rng.standard_gamma(shape * persons, paths) / (shape * persons)
    level = rng.poisson(mean * persons * rates) / persons
    share = occupancy.with_any(level, np.full(paths, float(persons)), shape, lambda: 1 - rng.random(level.size))
    chance = 1 - (np.exp(-mean) if np.isinf(shape) else (1 + mean / shape) ** -shape)
    have = np.rint(share * persons)
    law = stats.binom(persons, chance)
    assert abs(have.mean() - law.mean()) < 4 * law.std() / np.sqrt(paths)
    assert have.var() == pytest.approx(law.var(), rel=4 * np.sqrt(2 / paths))
    for tail in (0.02, 0.3, 0.9):
        place = law.ppf(tail)
        truth = law.cdf(place)
        assert (have <= place).mean() == pytest.approx(truth, abs=4 * np.sqrt(truth * (1 - truth) / paths) + 2e-3)
    together = np.cov(have, level * persons)[0, 1] / persons
    # one person's: Cov(N, any) = mean - mean * P(any) = mean * P(none)
    assert together == pytest.approx(mean * (1 - chance), rel=0.06)


@pytest.mark.parametrize("shape", [0.5, np.inf])
def test_moments(shape):
    law = every_way(6, 4, shape)
    have = np.arange(5)
    mean, sd = occupancy.moments(np.array([6.0]), np.array([4.0]), shape)
    assert mean[0] == pytest.approx(law @ have)
    assert sd[0] == pytest.approx(np.sqrt(law @ have**2 - (law @ have) ** 2))


def test_moments_of_one_person_and_of_no_event():
    mean, sd = occupancy.moments(np.array([0.0, 3.0, 0.0]), np.array([1.0, 1.0, 2.0]), 0.7)
    assert mean.tolist() == [0, 1, 0]
    assert sd == pytest.approx(0, abs=1e-7)


def test_never_more_persons_than_events():
    for events, persons, shape in ((3, 3_000, 0.7), (0, 3_000, 0.7), (2_500, 2_500, 1e-3), (1, 2_500, np.inf)):
        have = drawn(events, persons, shape, 2_000)
        assert have.max() <= min(events, persons)
        assert have.min() >= min(events, 1)


def expected_share(mean, shape):
    return 1 - stats.nbinom(shape, shape / (shape + mean)).pmf(0)


def test_without_chance_it_is_as_expected():
    share = occupancy.with_any(np.array([1.5]), np.array([10.0]), 0.7, None)
    assert share[0] == pytest.approx(expected_share(1.5, 0.7))
    assert occupancy.with_any(np.array([1.5]), np.array([10.0]), np.inf, None)[0] == pytest.approx(1 - np.exp(-1.5))
