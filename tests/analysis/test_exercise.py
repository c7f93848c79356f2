"""A right that is used on one day or never. Truth: expectations of the best use, integrated by scipy or summed here."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from sib.analysis.evidence.exercise import Reading, exercise

PATHS = 40_000


def within(found, truth):
    assert abs(found.estimate - truth) <= 4 * found.mcse + 1e-12, (found, truth)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_a_jump_where_the_contract_has_a_level(rng):
    # 40 is gained beyond the level, and what is seen is lost all along: worth the integral of the positive part
    seen = rng.standard_normal(PATHS)
    gain = np.where(seen >= 0.3, 40.0, 0.0) - 15.0 - 10.0 * seen + 20.0 * rng.standard_normal(PATHS)
    right = exercise(gain, [Reading(seen, (0.3,))])

    def better(x):
        return max((40.0 if x >= 0.3 else 0.0) - 15.0 - 10.0 * x, 0.0) * stats.norm.pdf(x)

    truth = integrate.quad(better, -9, 9, points=[-1.5, 0.3, 2.5], limit=200)[0]
    within(right.value, truth)
    chance = stats.norm.cdf(-1.5) + stats.norm.cdf(2.5) - stats.norm.cdf(0.3)
    within(right.used, chance)


def test_several_figures_of_which_each_counts_by_the_other(rng):
    # 10 is gained where one and only one of two levels is reached, else 10 lost: no sum of two functions sees it
    one, other = rng.standard_normal((2, PATHS))
    sides = (one >= 0.5) != (other >= -0.2)
    gain = np.where(sides, 10.0, -10.0) + 20.0 * rng.standard_normal(PATHS)
    p, q = stats.norm.sf(0.5), stats.norm.sf(-0.2)
    right = exercise(gain, [Reading(one, (0.5,)), Reading(other, (-0.2,))])
    within(right.value, 10.0 * (p * (1 - q) + q * (1 - p)))
    # no path is on one side only where no level is known; lines and their product do worse, and never seem better
    assert exercise(gain, [Reading(one), Reading(other)]).value.estimate < right.value.estimate


def test_many_results_that_add_up(rng):
    # the expected gain is the sum of eight figures: normal, so Bachelier's formula
    seen = rng.standard_normal((8, PATHS))
    gain = -1.0 + seen.sum(axis=0) + 10.0 * rng.standard_normal(PATHS)
    sd = math.sqrt(8)
    truth = -stats.norm.cdf(-1 / sd) + sd * stats.norm.pdf(-1 / sd)
    within(exercise(gain, [Reading(one, (-1.0, 0.0, 1.0)) for one in seen]).value, truth)


@pytest.mark.slow
def test_no_path_knows_its_own_future(rng):
    # nothing seen tells anything: any rule earns nothing, however many figures there are and few paths
    found = [
        exercise(
            rng.standard_normal(300), [Reading(one, (0.0,)) for one in rng.standard_normal((4, 300))]
        ).value.estimate
        for _ in range(200)
    ]
    assert abs(np.mean(found)) <= 4 * np.std(found) / math.sqrt(200)


def test_its_standard_error_covers_the_rule_and_the_mean(rng):
    # over 200 samples, each with a rule of its own: no less than they spread, and at most twice that
    found = []
    for _ in range(200):
        seen = rng.standard_normal(2_000)
        gain = np.where(seen >= 0.3, 1.0, -1.0) + 5.0 * rng.standard_normal(2_000)
        right = exercise(gain, [Reading(seen, (0.3,))])
        found.append([right.value.estimate, right.value.mcse, right.used.estimate, right.used.mcse])
    value, error, used, its_error = np.array(found).T
    assert 1.0 - 4 / math.sqrt(2 * 200) <= np.mean(error) / value.std() <= 2.0
    assert 1.0 - 4 / math.sqrt(2 * 200) <= np.mean(its_error) / used.std() <= 2.0


@pytest.mark.parametrize("far", [[np.inf, -np.inf], [np.nan, np.inf]])
def test_what_is_infinitely_good_or_bad_is_as_far_out_as_any(rng, far):
    seen = rng.standard_normal(PATHS)
    gain = seen + rng.standard_normal(PATHS)
    wild = seen.copy()
    wild[:2] = far
    plain, found = (exercise(gain, [Reading(x, (0.0,))]).value for x in (seen, wild))
    assert found.estimate == pytest.approx(plain.estimate, abs=1e-3)


@pytest.mark.parametrize("paths", [1, 2, 7])
def test_few_paths(paths):
    right = exercise(np.ones(paths), [Reading(np.arange(paths) * 1.0)])
    assert 0.0 <= right.value.estimate <= 1.0
    assert math.isnan(right.value.mcse) == (paths == 1)
