"""Bernstein coefficients of the value of flows. Truth: the value itself and its slope, added up without error."""

import math

import numpy as np
import pytest

from sib.measures.coefficients import window
from sib.measures.discounting import Flows

# with a last time of one: about zero, next to that on either side, and far away
WINDOWS = [(-5.3, 0.69), (-3.0, 3.0), (0.69, 1.15), (-8.8, -5.3), (30.0, 50.0), (-33.3, -20.0)]


def bernstein(points, u):
    """A polynomial by its definition, at one u for each column."""
    degree = len(points) - 1
    return sum(math.comb(degree, j) * u**j * (1 - u) ** (degree - j) * point for j, point in enumerate(points))


def shared_dates(rng):
    """Draws that are the same in all columns, and receipts of all sizes."""
    years, rows = np.linspace(0.0, 1.0, 12)[:, None], np.array([5, 8, 11])
    fixed = -rng.uniform(0.5, 2.0, 12)
    fixed[rows] = 0.0
    return Flows(years, fixed, rows, rng.normal(size=(3, 40)) * 10.0 ** rng.uniform(-6, 6, (3, 40)))


def late_receipts(rng):
    """The same, with nothing that varies before the end."""
    some, rows = shared_dates(rng), np.array([10, 11])
    fixed = some.fixed.copy()
    fixed[rows] = 0.0
    return Flows(some.years, fixed, rows, some.varying[:2])


def nothing_fixed(rng):
    return Flows(np.linspace(0.0, 1.0, 60)[:, None], np.zeros(60), np.arange(60), rng.normal(size=(60, 40)))


def own_dates(rng):
    years = np.sort(rng.random((12, 40)), axis=0)
    years[0], years[-1] = 0.0, 1.0
    return Flows(years, np.zeros(12), np.arange(12), rng.normal(size=(12, 40)))


@pytest.mark.parametrize("kind", [shared_dates, late_receipts, nothing_fixed, own_dates])
@pytest.mark.parametrize(("degree", "cuts"), [(12, 1), (20, 2)])
@pytest.mark.parametrize(("low", "high"), WINDOWS)
def test_values_and_slopes_are_within_what_they_may_be_wrong_by(low, high, degree, cuts, kind):
    flows = kind(np.random.default_rng(1912))
    seen = window(flows, np.full(40, low), np.full(40, high), degree, cuts)
    steps, amounts = degree * np.diff(seen.points, axis=0), flows.dense()
    years = np.broadcast_to(flows.years, amounts.shape)
    for u in np.linspace(0.0, 1.0, 9):
        x, value, slope = low + u * (high - low), bernstein(seen.points, u), bernstein(steps, u)
        for i in range(40):
            away = seen.pivot[i] - years[:, i]
            terms = amounts[:, i] * np.exp(x * away)
            rounding = 1e-15 * np.abs(terms).sum()
            assert abs(value[i] - math.fsum(terms)) <= seen.error[i] + rounding
            exact = (high - low) * math.fsum(terms * away)
            assert abs(slope[i] - exact) <= 2 * degree * seen.error[i] + (high - low) * rounding


@pytest.mark.parametrize(("low", "high"), WINDOWS)
def test_what_they_may_be_wrong_by_is_little(low, high):
    """Or nothing would ever be decided: at a closer look less than a hundred-millionth of what is added up."""
    flows = nothing_fixed(np.random.default_rng(1912))
    for degree, cuts, most in ((12, 1, 1e-2), (20, 2, 1e-8)):
        seen = window(flows, np.full(40, low), np.full(40, high), degree, cuts)
        x = np.linspace(low, high, 9)[:, None, None]
        total = (np.abs(flows.dense()) * np.exp(x * (seen.pivot - flows.years))).sum(axis=1)
        assert (seen.error <= most * total.max(axis=0)).all()


def test_a_column_has_the_same_bits_in_any_company():
    flows = nothing_fixed(np.random.default_rng(1912))
    together = window(flows, np.full(40, -3.0), np.full(40, 3.0), 12, 1)
    for i in range(40):
        alone = window(flows.part(i, i + 1), np.full(1, -3.0), np.full(1, 3.0), 12, 1)
        np.testing.assert_array_equal(alone.points[:, 0], together.points[:, i])


def test_parts_of_windows_are_joined_again():
    flows = shared_dates(np.random.default_rng(1912))
    seen = window(flows, np.full(40, -3.0), np.full(40, 3.0), 12, 1)
    again = type(seen).join([seen.take(np.arange(13)), seen.take(np.arange(13, 40))])
    for one, other in zip(seen, again, strict=True):
        np.testing.assert_array_equal(one, other)
