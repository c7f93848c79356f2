"""Values of many columns at once against plain sums, and rates of flows that are partly fixed against rates of all."""

import math

import numpy as np
import pytest

import sib
from sib.measures.discounting import NEAR, Direct, Flows, join, net
from sib.measures.irr import irr_of

YEARS = np.array([0.0, 91, 182, 274, 365, 456, 730, 1096, 1461, 2922]) / 365


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1883)


def flows(rng: np.random.Generator, columns: int = 300) -> Flows:
    """Draws on most dates, receipts on some that vary; some columns of a single sign."""
    rows = np.array([4, 7, 9])
    fixed = -rng.uniform(0.5, 20.0, YEARS.size)
    fixed[6] = 3.0
    fixed[rows] = 0.0
    varying = rng.normal(20.0, 25.0, (3, columns)) * (rng.random((3, columns)) < 0.7)
    return Flows(YEARS[:, None], fixed, rows, varying)


@pytest.mark.parametrize("reach", [0.01, 0.5, 3.0])
def test_values_are_plain_sums(reach, rng):
    some = flows(rng, 50)
    x = rng.uniform(-reach, reach, 50)
    found = Direct(some)(x)
    for i, column in enumerate(some.dense().T):
        terms = [(a * math.exp(-x[i] * t), t) for a, t in zip(column, YEARS, strict=True)]
        expected = [
            math.fsum(max(v, 0.0) for v, _ in terms),
            math.fsum(max(-v, 0.0) for v, _ in terms),
            math.fsum(max(v, 0.0) * t for v, t in terms),
            math.fsum(max(-v, 0.0) * t for v, t in terms),
            math.fsum(max(v, 0.0) * t**2 for v, t in terms),
            math.fsum(max(-v, 0.0) * t**2 for v, t in terms),
        ]
        assert found[:2, i] == pytest.approx(expected[:2], rel=1e-12)
        assert found[2:4, i] == pytest.approx(expected[2:4], rel=1e-8)  # only the size of a step hangs on these
        assert found[4:, i] == pytest.approx(expected[4:], rel=1e-5)


@pytest.mark.parametrize("reach", [0.01, 0.5, 3.0])
def test_net_values_are_plain_sums(reach, rng):
    """Those of fixed flows come off a grid, or are summed where it does not reach."""
    some = flows(rng, 50)
    x = rng.uniform(-reach, reach, 50)
    own_dates = Flows(np.repeat(YEARS[:, None], 50, axis=1), np.zeros(YEARS.size), np.arange(YEARS.size), some.dense())
    for found in (net(some, x), net(own_dates, x)):
        for i, column in enumerate(some.dense().T):
            terms = column * np.exp(-x[i] * YEARS)
            assert found[0, i] == pytest.approx(math.fsum(terms), abs=1e-12 * np.abs(terms).sum())
            weighted = terms * YEARS
            assert found[1, i] == pytest.approx(math.fsum(weighted), abs=1e-9 * np.abs(weighted).sum())


def test_parts_that_are_joined_are_the_whole(rng):
    some = flows(rng, 30)
    again = join([some.part(0, 7), some.part(7, 7), some.part(7, 30)])
    np.testing.assert_array_equal(again.dense(), some.dense())
    years = np.cumsum(rng.random((YEARS.size, 30)), axis=0)
    own_dates = Flows(years, np.zeros(YEARS.size), np.arange(YEARS.size), some.dense())
    np.testing.assert_array_equal(join([own_dates.part(0, 20), own_dates.part(20, 30)]).years, years)


@pytest.mark.parametrize("x", [-400.0, -30.0, 30.0, 690.0])
def test_far_values_keep_the_balance_of_both_sides(x, rng):
    """Beyond the grid values are scaled; the logarithm of received over paid is what it is."""
    some = flows(rng, 20)
    received, paid, *_ = Direct(some)(np.full(20, x))
    for i, column in enumerate(some.dense().T):
        logs = np.where(column != 0, np.log(np.abs(np.where(column != 0, column, 1.0))) - x * YEARS, -np.inf)
        up, down = (np.logaddexp.reduce(logs[side]) for side in (column > 0, column < 0))
        if received[i] > 0 and paid[i] > 0:
            assert math.log(received[i]) - math.log(paid[i]) == pytest.approx(up - down, rel=1e-9)
        else:  # one side is less than the other by more than floats hold
            assert abs(up - down) > 600
            assert abs(x) * YEARS[-1] > NEAR


def test_rates_of_partly_fixed_flows_are_those_of_all(rng):
    some = flows(rng, 3000)
    expected = sib.irr(some.dense().T, YEARS)
    found = irr_of(some)
    assert np.isnan(found).tolist() == np.isnan(expected).tolist()
    for kind in (np.isnan(found), found < 0, found > 0):
        assert kind.any()
    assert found == pytest.approx(expected, abs=1e-11, nan_ok=True)


def test_a_rate_has_the_same_bits_in_any_company(rng):
    some = flows(rng, 2000)
    together = irr_of(some)
    alone = np.concatenate([irr_of(some.part(i, i + 1)) for i in range(200)])
    np.testing.assert_array_equal(together[:200], alone)
    mixed = rng.permutation(2000)
    np.testing.assert_array_equal(irr_of(some.take(mixed)), together[mixed])


def test_present_value_is_that_of_all_flows(rng):
    some = flows(rng)
    assert some.npv(0.07) == pytest.approx(sib.npv(some.dense().T, YEARS, 0.07), rel=1e-12)


def test_same_columns_are_found(rng):
    some = flows(rng, 40).take(np.repeat(np.arange(40), 3))
    first, again = some.distinct()
    np.testing.assert_array_equal(some.take(first[again]).varying, some.varying)
    assert first.size == np.unique(some.varying, axis=1).shape[1]


@pytest.mark.parametrize("columns", [0, 1, 5])
def test_where_nothing_varies_all_columns_are_one(columns):
    fixed = np.array([-100.0, 0.0, 0.0, 0.0, 55.0, 0.0, 0.0, 60.5, 0.0, 0.0])
    nothing = Flows(YEARS[:, None], fixed, np.array([], dtype=np.intp), np.empty((0, columns)))
    np.testing.assert_allclose(irr_of(nothing), np.full(columns, sib.irr(fixed, YEARS)), rtol=1e-12)
