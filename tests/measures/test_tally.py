"""Samples in parts. Truth: the figures of `risk.py` on the whole sample."""

import numpy as np
import pytest

import sib
from sib.measures.risk import quantile_bounds
from sib.measures.tally import LeftError, Tally

LEVELS = (0.05, 0.5, 0.95)
RNG = np.random.default_rng(1888)
SAMPLES = {
    "continuous": RNG.normal(0.04, 0.3, 200_000),
    "heavy tails": RNG.standard_cauchy(200_000),
    "jumps": np.round(RNG.normal(0.04, 0.3, 200_000), 1),
    "mostly lost": np.where(RNG.random(200_000) < 0.7, -1.0, RNG.normal(0.1, 0.02, 200_000)),
    "an atom at the level": np.where(RNG.random(200_000) < 0.5, 1.0, RNG.random(200_000)),
    "one value": np.full(200_000, 5e6),
    "money": 5e6 + RNG.integers(0, 3, 200_000) * 1e-2,
    "few": RNG.random(7),
    "one": np.array([0.25]),
    "none": np.empty(0),
}


def tally(sample, parts, most):
    found = Tally(LEVELS, most)
    for part in np.array_split(sample, parts):
        found.add(part)
    return found


@pytest.mark.parametrize("most", [5_000, 40_000, 1_000_000])
@pytest.mark.parametrize("parts", [1, 37])
@pytest.mark.parametrize("name", SAMPLES)
def test_figures_are_those_of_the_whole_sample(name, parts, most):
    sample, found = SAMPLES[name], tally(SAMPLES[name], parts, most)
    for level in LEVELS:
        assert found.quantile(level) == pytest.approx(sib.risk.quantile(sample, level), rel=0, abs=0, nan_ok=True)
        assert found.bounds(level) == pytest.approx(quantile_bounds(sample, level), rel=0, abs=0, nan_ok=True)
        expected = sib.risk.expected_shortfall(sample, level)
        assert found.expected_shortfall(level) == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)
    if name != "heavy tails":  # whose sums lose digits in any order
        assert found.mean() == pytest.approx(sib.risk.mean(sample), rel=1e-9, abs=1e-15, nan_ok=True)


def test_memory_does_not_grow():
    found = Tally(LEVELS, most=5_000)
    for _ in range(200):
        found.add(RNG.normal(size=5_000))
    assert found.size == 1_000_000
    assert found._values.size + sum(part.size for part in found._new) < 40_000


def test_a_level_that_leaves_its_window_is_said():
    """A sample whose parts are not alike: the first tells nothing of the last."""
    found = Tally((0.5,), most=1_000)
    found.add(np.linspace(0.0, 1.0, 2_000))
    found.add(np.full(10_000, 0.9))
    with pytest.raises(LeftError):
        found.quantile(0.5)


def test_nothing_but_numbers():
    with pytest.raises(sib.InputError, match="not finite"):
        Tally().add(np.array([1.0, np.nan]))


@pytest.mark.parametrize("last", [[], [2.0], [3.0]])
def test_a_value_that_is_repeated_without_being_held_counts_as_often(last):
    """Truth: the same sample, held."""
    found = Tally(LEVELS)
    for size in (70_000, 30_000):
        found.add(np.broadcast_to(3.0, (size,)))
    found.add(np.array(last))
    found.add(np.broadcast_to(3.0, (100,)))
    sample = np.concatenate((np.full(100_000, 3.0), last, np.full(100, 3.0)))
    assert found.size == sample.size
    assert found.mean() == pytest.approx(sib.risk.mean(sample), abs=1e-15)
    for level in LEVELS:
        assert found.quantile(level) == sib.risk.quantile(sample, level)
        assert found.bounds(level) == quantile_bounds(sample, level)
        assert found.expected_shortfall(level) == pytest.approx(sib.risk.expected_shortfall(sample, level), abs=1e-9)
