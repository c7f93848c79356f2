"""Risk figures. Truth: definitions worked by hand, closed forms of known distributions, and what errors must do."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import sib
from sib import risk
from sib.measures.risk import order_statistics, ranks

SAMPLE = [5.0, 1.0, 4.0, 2.0, 3.0]


@pytest.mark.parametrize(("level", "value"), [(0.2, 1), (0.21, 2), (0.5, 3), (0.8, 4), (0.81, 5), (0.999, 5)])
def test_quantile_is_the_least_value_with_the_share_at_or_below_it(level, value):
    assert risk.quantile(SAMPLE, level).estimate == value


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(0.01, 0.99))
def test_quantile_agrees_with_numpy(sample, level):
    if abs(level * len(sample) - round(level * len(sample))) < 1e-6:  # on a step numpy may take either side
        return
    assert risk.quantile(sample, level).estimate == np.quantile(sample, level, method="inverted_cdf")


def test_expected_shortfall_counts_an_atom_only_as_far_as_the_tail_reaches():
    # ten paths, tail of a quarter: the two worst wholly and half of the third (Acerbi and Tasche's definition)
    loss = np.array([1.0, 0.9, 0.5, 0.5, 0.5, 0, 0, 0, 0, 0])
    assert risk.expected_shortfall(loss, 0.75).estimate == pytest.approx((1.0 + 0.9 + 0.5 * 0.5) / 2.5)


@given(st.integers(0, 1000), st.sampled_from([0.5, 0.9, 0.95]))
def test_expected_shortfall_is_the_mean_of_the_worst(seed, level):
    sample = np.random.default_rng(seed).normal(size=200)
    worst = np.sort(sample)[-round(200 * (1 - level)) :]
    assert risk.expected_shortfall(sample, level).estimate == pytest.approx(worst.mean())


@given(st.lists(st.floats(-10, 1), min_size=2, max_size=60))
def test_order_of_the_measures(loss):
    at_risk, shortfall = risk.value_at_risk(loss, 0.9), risk.expected_shortfall(loss, 0.9)
    assert min(loss) <= at_risk.estimate <= shortfall.estimate + 1e-12
    assert shortfall.estimate <= max(loss) + 1e-9


def test_normal_closed_forms():
    # value at risk is the normal quantile, expected shortfall is density over tail (McNeil, Frey and Embrechts 2.2)
    sample = np.random.default_rng(1).normal(size=400_000)
    for found, truth in [
        (risk.value_at_risk(sample), stats.norm.ppf(0.95)),
        (risk.expected_shortfall(sample), stats.norm.pdf(stats.norm.ppf(0.95)) / 0.05),
        (risk.mean(sample), 0.0),
        (risk.probability(sample > 1), stats.norm.sf(1)),
    ]:
        assert abs(found.estimate - truth) < 4 * found.mcse


@pytest.mark.parametrize(
    "figure",
    [
        risk.mean,
        lambda x: risk.quantile(x, 0.5),
        risk.value_at_risk,
        risk.expected_shortfall,
        lambda x: risk.probability(x > 1),
        lambda x: risk.loss_probability(x - 0.5),
    ],
    ids=["mean", "median", "value at risk", "expected shortfall", "probability", "loss probability"],
)
def test_standard_errors_are_the_spread_over_repetitions(figure):
    # the law that defines them: repeat the whole simulation and look at how the figure scatters
    rng = np.random.default_rng(7)
    runs = [figure(rng.exponential(size=2000)) for _ in range(600)]
    spread = np.std([run.estimate for run in runs])
    stated = np.mean([run.mcse for run in runs])
    assert stated == pytest.approx(spread, rel=0.15)


def test_within_an_atom_a_quantile_is_certain():
    sample = np.repeat([0.0, 1.0], [300, 700])
    assert risk.quantile(sample, 0.6) == (1.0, 0.0)


def test_total_loss_is_all_of_it():
    assert risk.total_loss_probability([1.0, 0.999999, 0.0, -0.2]).estimate == 0.25
    assert risk.loss_probability([1.0, 0.999999, 0.0, -0.2]).estimate == 0.5


def test_no_paths_tell_nothing():
    for found in (risk.mean([]), risk.quantile([], 0.5), risk.expected_shortfall([]), risk.probability([])):
        assert math.isnan(found.estimate)
        assert math.isnan(found.mcse)


def test_one_path_has_no_standard_error():
    assert risk.mean([2.0]).estimate == 2.0
    assert math.isnan(risk.mean([2.0]).mcse)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, math.nan])
def test_refuses_levels_that_are_not_shares(level):
    with pytest.raises(sib.InputError, match="between 0 and 1"):
        risk.quantile(SAMPLE, level)


def test_refuses_nan():
    with pytest.raises(sib.InputError, match="1 of 2 not finite"):
        risk.mean([1.0, math.nan])


SHAPES = {
    "random": lambda n, rng: rng.normal(size=n),
    "ascending": lambda n, rng: np.arange(n, dtype=float),
    "constant": lambda n, rng: np.full(n, 0.13),
    "an atom": lambda n, rng: np.minimum(rng.normal(size=n), 0.2),
    "unlike the few that are looked at": lambda n, rng: np.where(np.arange(n) % (n // 4096), 1.0, -1.0) * rng.random(n),
}


@pytest.mark.parametrize("size", [1, 1 << 16, (1 << 16) + 1, 200_003])
@pytest.mark.parametrize("shape", SHAPES)
def test_order_statistics_are_those_of_the_sorted_sample(shape, size):
    values = SHAPES[shape](size, np.random.default_rng(1)) if size > 4096 else np.ones(size)
    for level in (0.001, 0.05, 0.5, 0.95, 0.999):
        places = ranks(size, level)
        assert order_statistics(values, places) == np.sort(values)[places].tolist()
