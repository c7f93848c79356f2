"""All that outcome payers pay, net. Truth: what the ledger of each path says that they paid and received."""

import numpy as np
import pytest
from hypothesis import given

import sib
from tests.grammar import any_deals


def net(ledger, payers):
    return sum(ledger.paid(payer) - ledger.received(payer) for payer in payers)


@pytest.mark.parametrize("name", ["newpin", "benevolent", "doncaster", "essex", "memphis-what-if", "nyc-able"])
def test_of_shipped_deals_it_is_what_the_ledgers_say(name):
    simulation = sib.simulate(sib.load(name), 40, rng=7)
    payers = simulation.futures.deal.contract.payers
    truth = [net(simulation.ledger(path), payers) for path in range(40)]
    assert simulation.paths["payer_net"].to_numpy() == pytest.approx(truth, rel=1e-9, abs=1e-4)
    found = simulation.summary()["estimate"]
    assert found["payer_net_mean"] == pytest.approx(np.mean(truth), rel=1e-9)
    assert found["payer_net_mean"] == pytest.approx(net(simulation.ledger(), payers), rel=1e-9)
    assert found["payer_net_p95"] == pytest.approx(np.quantile(truth, 0.95, method="inverted_cdf"), rel=1e-9)


@pytest.mark.slow
@given(any_deals())
def test_of_random_deals_too(scenario):
    simulation = sib.simulate(scenario, 3, rng=5)
    payers = simulation.futures.deal.contract.payers
    truth = [net(simulation.ledger(path), payers) for path in range(3)]
    assert simulation.paths["payer_net"].to_numpy() == pytest.approx(truth, rel=1e-9, abs=1e-4)
    assert simulation.summary().loc["payer_net_mean", "estimate"] == pytest.approx(np.mean(truth), rel=1e-9, abs=1e-4)


def test_fixed_payments_are_in_it_and_not_in_the_outcome_payments():
    """Newpin's standing charges, principal and what is paid to redeem it, besides what is paid for results."""
    simulation = sib.simulate(sib.load("newpin"), 200, rng=7)
    frame = simulation.ledger().to_frame()
    paid = frame[frame["payer"] == simulation.scenario.outcome_payer].groupby("kind")["amount"].sum()
    found = simulation.summary()["estimate"]
    assert set(paid.index) == {"outcome payment", "fixed payment", "redemption"}
    assert found["payment_mean"] == pytest.approx(paid["outcome payment"])
    assert found["payer_net_mean"] == pytest.approx(paid.sum())
    assert found["payer_net_mean"] > found["payment_mean"] + 6_000_000


def test_where_nothing_else_is_paid_the_two_are_one(plan):
    found = sib.simulate(plan, 2_000, rng=7).summary()["estimate"]
    assert found["payer_net_mean"] == found["payment_mean"]
    assert found["payer_net_p95"] == found["payment_p95"]
