"""Values of cash flows. Truth: closed forms, numpy-financial's and pyxirr's definitions."""

import datetime as dt
import math

import numpy as np
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.measures.cashflow import most_out, payback, years_to_recover


class TestNpv:
    def test_level_annuity(self):
        # closed form: (1 - v^n) / r
        amounts, years = np.full(10, 100.0), np.arange(1, 11)
        assert float(sib.npv(amounts, years, 0.05)) == pytest.approx(100 * (1 - 1.05**-10) / 0.05, rel=1e-13)

    def test_no_discounting_is_a_sum(self):
        assert float(sib.npv([1.0, 2.0, -4.0], [0, 1, 5], 0.0)) == -1.0

    @given(st.integers(0, 10**6), st.floats(-0.5, 2))
    def test_agrees_with_pyxirr(self, seed, rate):
        rng = np.random.default_rng(seed)
        amounts, days = rng.normal(size=6), np.sort(rng.integers(0, 3000, 6))
        dates = [dt.date(2010, 1, 1) + dt.timedelta(days=int(day)) for day in days]
        ours = float(sib.npv(amounts, (days - days[0]) / 365, rate))
        assert ours == pytest.approx(pyxirr.xnpv(rate, dates, amounts), rel=1e-9, abs=1e-9)

    def test_a_rate_for_each_row(self):
        np.testing.assert_allclose(sib.npv([[110.0], [121.0]], [1.0], [0.1, 0.21]), [100, 100])

    @pytest.mark.parametrize("rate", [-1.0, -2.0])
    def test_refuses_a_rate_of_minus_one(self, rate):
        with pytest.raises(sib.InputError, match="a rate above -1"):
            sib.npv([1.0], [1.0], rate)


class TestMultiple:
    def test_received_over_paid(self):
        np.testing.assert_allclose(sib.multiple([[-4.0, 5.0], [-4.0, 0.0], [0.0, 3.0]]), [1.25, 0.0, math.nan])


class TestPayback:
    @pytest.mark.parametrize(
        ("amounts", "years", "expected"),
        [
            ([-100, 50, 50], [0, 1, 2], 2),
            ([-100, 150, -60, 20], [0, 1, 2, 3], 3),  # back at 1, out again at 2: back for good at 3
            ([-100, 99], [0, 1], math.nan),
            ([100, -50], [0, 1], math.nan),  # never below zero: nothing to be paid back
            ([-0.1, -0.2, 0.3], [0, 1, 2], 2),  # 0.1 + 0.2 is not 0.3 in floating point
            ([50, -100, 60], [2, 0, 2], 2),  # out of order, two flows on one date
            ([-100, 100], [1, 1], math.nan),
        ],
    )
    def test_back_for_good(self, amounts, years, expected):
        assert float(sib.payback(amounts, years)) == pytest.approx(expected, nan_ok=True)

    def test_rows(self):
        np.testing.assert_allclose(sib.payback([[-1.0, 1.0], [-1.0, 0.5]], [0, 4]), [4, math.nan])


@given(
    st.lists(st.lists(st.integers(-50, 50), min_size=5, max_size=5), min_size=1, max_size=6),
    st.lists(st.integers(1, 900), min_size=4, max_size=4),
)
def test_years_to_recover_are_those_of_payback_from_the_first_outlay(paths, gaps):
    years = np.cumsum([0, *gaps]) / 365
    cash = np.array(paths, dtype=float)
    found = years_to_recover(cash.T, years)
    for row, back in zip(cash, found, strict=True):
        out = years[row < 0]
        np.testing.assert_allclose(back, float(payback(row, years)) - (out[0] if out.size else 0.0))
    np.testing.assert_array_equal(
        most_out(cash.T), [max(0.0, *(-row[: i + 1].sum() for i in range(5))) for row in cash]
    )
