"""The rate of the mean cash flow. Truth: pyxirr on the mean, a closed form of its error, and many repetitions."""

import datetime as dt

import numpy as np
import pytest
import pyxirr

from sib.measures import expected
from sib.measures.discounting import Flows
from sib.measures.expected import Lots, spread
from sib.measures.interval import errors

DATES = [dt.date(2020, 1, 1), dt.date(2021, 7, 1), dt.date(2023, 1, 1), dt.date(2026, 4, 1)]
YEARS = np.array([(day - DATES[0]).days / 365 for day in DATES])


def flows(paths, seed, *, spread=40.0):
    """Money goes out by a plan and comes back by chance, on two dates together."""
    rng = np.random.default_rng(seed)
    back = np.maximum(rng.normal(60.0, spread, (2, paths)), 0.0)
    back[1] += 0.5 * back[0]
    return Flows(YEARS[:, None], np.array([-100.0, -10.0, 0.0, 0.0]), np.array([2, 3]), back)


def test_the_rate_is_that_of_the_mean_cash_flow():
    made = flows(3_000, 1)
    theirs = pyxirr.xirr(DATES, made.dense().mean(axis=1))
    assert Lots.of(made).rate() == pytest.approx(theirs, rel=1e-9)


def test_the_error_has_a_closed_form_where_all_is_paid_in_and_comes_back_on_one_day():
    back = np.random.default_rng(2).normal(110.0, 30.0, (1, 50_000))
    made = Flows(np.array([[0.0], [1.0]]), np.array([-100.0, 0.0]), np.array([1]), back)
    (rate, error), freedom = Lots.of(made).irr()
    assert rate == pytest.approx(back.mean() / 100 - 1, rel=1e-12)
    assert error == pytest.approx(back.std(ddof=1) / 100 / np.sqrt(50_000), rel=4 / np.sqrt(2 * freedom))


@pytest.mark.parametrize("paths", [200, 3_000])
def test_intervals_hold_as_often_as_they_say(paths):
    truth = Lots.of(flows(2_000_000, 10**6)).rate()
    held = 0
    for seed in range(400):
        (rate, error), freedom = Lots.of(flows(paths, seed)).irr()
        held += abs(rate - truth) <= errors(freedom) * error
    assert held / 400 == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 400))


@pytest.mark.parametrize("paths", [1, 31, 33, 1023, 1024, 1025, 5_000])
def test_each_path_is_in_one_lot(paths):
    made = flows(paths, 3)
    lots = Lots.of(made)
    assert lots.paths.sum() == paths
    assert lots.paths.min() > 0
    np.testing.assert_allclose(lots.cash.sum(axis=0), made.dense().sum(axis=1), rtol=1e-12)


def test_bits_do_not_depend_on_the_parts():
    made = flows(9 * 1024 + 77, 4)
    whole = Lots.of(made)
    for size in (1024, 4096):
        parts = Lots.end_to_end(Lots.of(made.part(i, i + size)) for i in range(0, made.columns, size))
        assert (parts.cash.tobytes(), parts.paths.tobytes()) == (whole.cash.tobytes(), whole.paths.tobytes())


def test_a_long_run_has_the_same_rate_in_lots_that_do_not_grow(monkeypatch):
    made = flows(40 * 1024, 5)
    plain = Lots.of(made).irr()
    monkeypatch.setattr(expected, "MOST", 256)
    lots = None
    for start in range(0, made.columns, 2048):
        part = Lots.of(made.part(start, start + 2048))
        lots = part if lots is None else Lots.end_to_end((lots, part))
    assert lots.paths.size == 256
    assert np.ptp(lots.paths) == 0
    (rate, error), freedom = lots.irr()
    assert rate == pytest.approx(plain[0].estimate, rel=1e-12)
    assert freedom == 255
    assert error == pytest.approx(plain[0].mcse, rel=4 / np.sqrt(2 * 255))


def test_paths_that_are_drawn_together_are_one_lot():
    """What all 1,024 paths that are drawn together have in common: with lots of their own it would be missed."""
    rng = np.random.default_rng(6)
    sets = 400
    common = np.repeat(rng.normal(0.0, 10.0, sets), 1024)
    back = (110.0 + common)[None]
    made = Flows(np.array([[0.0], [1.0]]), np.array([-100.0, 0.0]), np.array([1]), back)
    lots = Lots.of(made)
    (_, error), freedom = lots.irr(batch=1024)
    assert freedom == lots.paths.size / 32 - 1
    truth = back.std() / 100 / np.sqrt(sets)
    assert error == pytest.approx(truth, rel=4 / np.sqrt(2 * freedom))
    assert lots.irr()[0].mcse < 0.2 * truth


@pytest.mark.parametrize("amount", [0.0, 1e-12])
def test_where_nothing_comes_back_on_any_path_no_error_is_claimed(amount):
    """Another path may bring something: that none of these did is no certainty."""
    made = Flows(YEARS[:, None], np.array([-100.0, 0.0, 0.0, 0.0]), np.array([3]), np.full((1, 50), amount - 1e-12))
    (rate, error), _ = Lots.of(made).irr()
    assert rate == -1.0
    assert np.isnan(error)


def test_a_rate_near_to_a_total_loss_has_its_error():
    """After three months next to nothing comes back, and after 25 years nothing does: (1 + r) ** -25 is no float."""
    back = 100 * np.exp(-9) * np.random.default_rng(7).uniform(0.5, 1.5, (1, 30_000))
    made = Flows(np.array([[0.0], [0.25], [25.0]]), np.array([-100.0, 0.0, 0.0]), np.array([1]), back)
    (rate, error), freedom = Lots.of(made).irr()
    growth = (back.mean() / 100) ** 4
    assert 1 + rate == pytest.approx(growth, rel=1e-1)  # one and the rate have one digit of floating point left
    relative = back.std(ddof=1) / back.mean() / np.sqrt(30_000)
    assert error == pytest.approx(4 * (1 + rate) * relative, rel=4 / np.sqrt(2 * freedom))


def test_a_mean_without_a_rate_has_none():
    made = Flows(YEARS[:, None], np.array([-100.0, 150.0, 0.0, 0.0]), np.array([3]), np.full((1, 50), -100.0))
    assert np.isnan(Lots.of(made).irr()[0]).all()


def test_few_lots_tell_no_error():
    assert np.isnan(spread(np.zeros(9)))
    assert spread(np.zeros(10)) == 0
