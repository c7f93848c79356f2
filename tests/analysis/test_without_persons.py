"""Deals that count no persons: a plain loan, acres. Truth: arithmetic by hand, and another library's root finder."""

import datetime as dt
import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

import sib
from sib.show import text
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

START = dt.date(2020, 1, 1)
LOAN = {
    "name": "A loan",
    "summary": "a bank lends, a borrower repays in four equal parts",
    "currency": "USD",
    "start": START,
    "outcome_payer": "borrower",
    "payments": [
        {
            "name": "instalment",
            "due": {"starts": dt.date(2020, 6, 30), "times": 4, "every_months": 6},
            "pays": {"amount": 2_700},
        }
    ],
    "tranches": [{"name": "bank", "amount": 10_000, "draws": "at start", "interest": 0.05}],
    "costs": [{"name": "works", "to": "builder", "per": "deal", "amount": 10_000, "starts": START}],
    "beliefs": {"discount_rates": {"bank": 0.03}},
}
DAYS = [START, dt.date(2020, 6, 30), dt.date(2020, 12, 31), dt.date(2021, 6, 30), dt.date(2021, 12, 31)]


@pytest.fixture(scope="module")
def loan():
    return sib.Scenario.from_data(LOAN)


def rate():
    years = [(day - START).days / 365 for day in DAYS]
    return brentq(lambda r: sum(c * (1 + r) ** -t for c, t in zip([-10_000, *[2_700] * 4], years, strict=True)), 0, 1)


def test_a_loan_settles_on_nothing_measured(loan):
    ledger = sib.settle(loan, {})
    cash = ledger.cashflow("bank")
    assert [day.date() for day in cash.index] == DAYS
    np.testing.assert_allclose(cash, [-10_000, 2_700, 2_700, 2_700, 2_700])
    assert sib.irr(cash.to_numpy(), [(day - START).days / 365 for day in DAYS]) == pytest.approx(rate(), abs=1e-9)


def test_every_future_of_a_loan_is_the_same(loan):
    simulation = sib.simulate(loan, 3_000, rng=1)
    summary = simulation.summary()
    assert summary.loc["irr_mean", "estimate"] == pytest.approx(rate(), abs=1e-9)
    assert summary.loc["irr_mean", "mcse"] == pytest.approx(0, abs=1e-12)
    assert summary.loc["multiple_mean", "estimate"] == pytest.approx(1.08, rel=1e-12)
    assert len(simulation.paths) == 3_000
    assert simulation.ledger(2_999).received("bank") == pytest.approx(10_800)


@pytest.mark.parametrize("question", [sib.power, sib.overpayment, sib.people])
def test_questions_about_effects_say_that_there_is_none(loan, question):
    arguments = ([0.1],) if question is sib.power else ()
    with pytest.raises(sib.InputError, match="compared with something"):
        question(loan, *arguments, rng=1)


def test_payoff_says_that_no_metric_is_read(loan):
    with pytest.raises(sib.InputError, match="a metric that the contract reads"):
        sib.payoff(loan, [1.0])


def test_a_purchase_in_which_nobody_puts_money_in():
    """At most 10 million tonnes at 5; a normal belief about 9, sd 1: the mean is that of the smaller of it and 10."""
    fragment = FRAGMENTS[TITLES.index("A purchase: nobody puts money in")]
    simulation = sib.simulate(laid_over(BASE, fragment), 40_000, rng=1)
    summary = simulation.summary()
    z = 1.0  # (10 - 9) / 1
    mean = 5e6 * (9 - (norm.pdf(z) - z * norm.sf(z)))
    assert summary.loc["payment_mean", "estimate"] == pytest.approx(mean, abs=4 * summary.loc["payment_mean", "mcse"])
    assert math.isnan(summary.loc["multiple_mean", "estimate"])
    assert simulation.tranches().empty
    assert (simulation.position() == 0).all().all()
    assert "nobody puts capital in" in text.report(simulation)
    assert repr(simulation).endswith("paths, no capital drawn, entropy 1>")
    for picture in (sib.plot.returns, sib.plot.cash):
        with pytest.raises(sib.InputError, match="somebody puts capital in"):
            picture(simulation)


def test_a_metric_without_chance_has_a_payoff_to_look_at():
    acres = {"name": "acres", "kind": "total", "better": "higher", "reported": {"periods": [dt.date(2020, 12, 31)]}}
    payment = {"name": "acres", "metric": "acres", "scope": "period", "pays": {"per_unit": 100}}
    beliefs = {"levels": {"acres": 40}, "discount_rates": {"bank": 0.03}}
    scenario = sib.Scenario.from_data(LOAN | {"metrics": [acres], "payments": [payment], "beliefs": beliefs})
    low, high = sib.plot.payoff(sib.simulate(scenario, 100, rng=1), ax=plt.figure().add_subplot()).get_xlim()
    plt.close()
    assert low < 40 < high
