"""Sensitivity of functions of arrays. Truth: functions with indices in closed form; scipy; numbers of SALib."""

import numpy as np
import pytest
from scipy import stats

from sib.chance.points import sobol as points_of
from sib.measures.sensitivity import pawn, sobol


def indices(function, inputs, points, seed=1):
    """A function's indices, as the question asks for them: at Sobol' points of the unit cube."""
    cube = points_of(np.random.SeedSequence(seed), 0, points, 2 * inputs)
    one, other = cube[:, :inputs].T, cube[:, inputs:].T
    swapped = np.array([function(np.where(np.arange(inputs)[:, None] == i, other, one)) for i in range(inputs)])
    return sobol(function(one), function(other), swapped, np.random.default_rng(seed))


def ishigami(unit):
    """Ishigami & Homma (1990), a = 7, b = 0.1."""
    x = np.pi * (2 * unit - 1)
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


# by its variances: V1 = (1 + b pi^4 / 5)^2 / 2, V2 = a^2 / 8, V13 = b^2 pi^8 (1/18 - 1/50)
V1, V2, V13 = (1 + 0.1 * np.pi**4 / 5) ** 2 / 2, 49 / 8, 0.01 * np.pi**8 * (1 / 18 - 1 / 50)
ISHIGAMI = np.array([[V1, V2, 0], [V1 + V13, V2, V13]]) / (V1 + V2 + V13)

WEIGHTS = np.array([0, 1, 4.5, 9, 99, 99, 99, 99])


def g(unit):
    """Sobol' (1993)."""
    weights = WEIGHTS[:, None]
    return np.prod((np.abs(4 * unit - 2) + weights) / (1 + weights), axis=0)


ALONE = 1 / (3 * (1 + WEIGHTS) ** 2)
OF_G = np.array([ALONE, ALONE * np.prod(1 + ALONE) / (1 + ALONE)]) / (np.prod(1 + ALONE) - 1)


def test_closed_forms_are_those_that_are_published():
    assert ISHIGAMI[0] == pytest.approx([0.313905, 0.442411, 0], abs=1e-6)
    assert ISHIGAMI[1] == pytest.approx([0.557589, 0.442411, 0.243684], abs=1e-6)
    assert sum((V1, V2, V13)) == pytest.approx(13.844588, abs=1e-6)
    assert OF_G[0, :5] == pytest.approx([0.716192, 0.179048, 0.023676, 0.007162, 0.0000716], abs=1e-6)
    assert OF_G[1, :5] == pytest.approx([0.787144, 0.242198, 0.034317, 0.010460, 0.000105], abs=1e-6)


@pytest.mark.parametrize(("function", "truth"), [(ishigami, ISHIGAMI), (g, OF_G)], ids=["Ishigami", "g"])
def test_indices_of_known_functions(function, truth):
    """Of 4,096 points the bootstrap's intervals are 0.1 wide at most: four standard errors are twice that."""
    found = indices(function, truth.shape[1], 4096)
    for index, known in zip(found, truth, strict=True):
        error = (index.high - index.low) / (2 * 1.96)
        assert (np.abs(index.estimate[:-1] - known) <= 4 * error[:-1] + 1e-9).all()
        assert error.max() < 0.03


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    """Over 100 sets of 64 points: 95 times in 100 or more, as even points err less than independent ones; 3 errors."""
    held = []
    for seed in range(100):
        found = indices(lambda unit: 3 * unit[0] + unit[1] + 0.2 * unit[2], 3, 64, seed)
        share = np.array([9, 1, 0.04]) / 10.04
        held += [(index.low[:-1] <= share) & (share <= index.high[:-1]) for index in found]
    assert np.mean(held, axis=0).min() >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200)


def test_a_dummy_moves_nothing():
    found = indices(ishigami, 3, 64)
    assert [index[-1] for part in found for index in part] == [0.0] * 6


def test_one_input_alone_is_all_there_is():
    found = indices(lambda unit: unit[0] ** 2, 1, 1024)
    for index in found:
        assert index.low[0] <= 1.0 <= index.high[0]
        assert index.estimate[0] == pytest.approx(1.0, abs=0.02)


def test_of_nothing_that_varies_there_are_no_shares():
    """scipy says zero, which would be an input without any bearing."""
    found = indices(lambda unit: np.full(unit.shape[1], 0.1) * 3, 2, 64)
    assert np.isnan([index for part in found for index in part]).all()


def test_estimates_are_scipys_and_intervals_are_of_the_seed():
    found, same = indices(ishigami, 3, 256), indices(ishigami, 3, 256)
    cube = points_of(np.random.SeedSequence(1), 0, 256, 6)
    one, other = cube[:, :3].T, cube[:, 3:].T
    pages = [ishigami(np.where(np.arange(3)[:, None] == i, other, one)) for i in range(3)]
    func = {"f_A": ishigami(one)[None], "f_B": ishigami(other)[None], "f_AB": np.array(pages)[:, None]}
    theirs = stats.sobol_indices(func=func, n=256)
    np.testing.assert_allclose(found.first.estimate[:-1], theirs.first_order)
    np.testing.assert_allclose(found.total.estimate[:-1], theirs.total_order)
    boot = theirs.bootstrap()
    for index, ours in zip((boot.first_order, boot.total_order), found, strict=True):
        width = (ours.high - ours.low)[:-1]
        np.testing.assert_allclose(ours.low[:-1], index.confidence_interval.low, atol=0.2 * width.max())
        np.testing.assert_allclose(ours.high[:-1], index.confidence_interval.high, atol=0.2 * width.max())
    assert all(np.array_equal(a, b) for a, b in zip(found.first, same.first, strict=True))


def test_pawn_is_what_salib_finds_of_ishigami():
    """SALib 1.6.0 on 10,000 points, ten slices. A distance of 1,000 points has a standard error of 0.016 at most."""
    cube = np.random.default_rng(1).random((3, 10_000))
    found = np.array([pawn(x, ishigami(cube)) for x in cube])
    np.testing.assert_allclose(found[:, 0], [0.237, 0.386, 0.086], atol=0.03)
    np.testing.assert_allclose(found[:, 1], [0.289, 0.502, 0.202], atol=4 * 0.016)


def test_a_dummys_distance_is_that_of_few_points():
    """The median of Kolmogorov's law over the root of the points in a slice, which are part of all: 0.83 sqrt(9/10)."""
    rng = np.random.default_rng(2)
    found = [pawn(rng.random(1_000), rng.random(1_000)).median for _ in range(50)]
    assert np.mean(found) == pytest.approx(stats.kstwobign.median() * np.sqrt(0.9 / 100), rel=0.1)


def test_distances_are_scipys_slice_by_slice():
    rng = np.random.default_rng(3)
    x, y = rng.random(200), rng.integers(0, 5, 200).astype(float)  # values with many ties
    order = np.argsort(x)
    theirs = [stats.ks_2samp(y[part], y).statistic for part in np.array_split(order, 10)]
    assert pawn(x, y) == pytest.approx((np.median(theirs), max(theirs)))


def test_no_point_is_left_out():
    """Half of the values are one figure at the greatest inputs: cut off there, the distance would be none."""
    x = np.repeat([1.0, 2.0, 3.0], [10, 10, 20])
    y = (x == 3).astype(float)
    assert pawn(x, y) == pytest.approx((0.5, 0.5))
    assert pawn(np.full(40, 7.0), y) == (0.0, 0.0)
