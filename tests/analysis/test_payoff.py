"""The payoff table. Truth: settling the same results one by one."""

import tomllib

import numpy as np
import pytest

import sib
from sib.scenario.starters import STARTERS


def test_is_settling_each_result(plan):
    grid = [-0.1, 0.0, 0.0749, 0.075, 0.0999, 0.1, 0.2, 0.9]
    table = sib.payoff(plan, grid)
    for improvement, row in table.iterrows():
        ledger = sib.settle(plan, {"reconvictions": float(improvement)})
        assert row["payment"] == pytest.approx(ledger.paid(plan.outcome_payer), rel=1e-12)
        assert row["multiple"] == pytest.approx(ledger.multiple("investors"), rel=1e-12)
        assert row["irr"] == pytest.approx(ledger.irr("investors"), rel=1e-9)


def test_thresholds_are_met_at_equality(plan):
    paid = sib.payoff(plan, [0.075 - 1e-9, 0.075])["payment"]
    assert paid.iloc[0] == 0
    # 7.5% of 1.55 events of 3,000 men, at the price of an event
    assert paid.iloc[1] == pytest.approx(0.075 * 1.55 * 3000 * 13_720)


def test_a_result_that_has_to_be_sure_is_as_sure_as_where_it_is_settled():
    """The starter asks for 95% confidence: a fall of 5% is not sure enough, one of 9% is."""
    deal = sib.Scenario.from_data(tomllib.loads(STARTERS["cohort"]))
    table = sib.payoff(deal, [0.05, 0.06, 0.09])
    settled = [sib.settle(deal, {"reoffending": result}).paid("Outcome payer") for result in table.index]
    assert table["payment"].to_list() == pytest.approx(settled, rel=1e-12)
    assert settled[0] == 0 < settled[-1]


def test_it_never_falls_in_peterborough(plan, went):
    for scenario in (plan, went):
        assert (np.diff(sib.payoff(scenario, np.linspace(-0.2, 1, 500))["payment"]) >= -1e-6).all()


def test_refuses_an_unknown_metric(plan):
    with pytest.raises(sib.InputError, match='did you mean "reconvictions"'):
        sib.payoff(plan, [0.1], "reconviction")
