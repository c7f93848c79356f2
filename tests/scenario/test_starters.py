"""What `sib new` writes. Truth: round results by hand, and the chance of paying for nothing, simulated."""

import tomllib

import pytest

import sib
from sib.scenario.starters import STARTERS

DEALS = {kind: sib.Scenario.from_data(tomllib.loads(text)) for kind, text in STARTERS.items()}


@pytest.mark.parametrize("kind", STARTERS)
class TestEach:
    def test_an_editor_finds_the_schema_and_a_reader_the_cookbook(self, kind):
        assert STARTERS[kind].startswith("#:schema sib.schema.json\n")
        assert "sib docs cookbook" in STARTERS[kind]
        assert max(map(len, STARTERS[kind].splitlines())) <= 120

    def test_nothing_is_suspicious_and_every_figure_has_a_source(self, kind):
        assert DEALS[kind].suspicions() == []
        assert set(DEALS[kind].assumptions()["status"]) == {"source", "assumption", "default"}

    def test_every_source_is_of_a_figure_that_has_no_nearer_one(self, kind):
        figures = DEALS[kind].assumptions()
        used = {cited.source or cited.assumption for cited in DEALS[kind].sources.values()}
        assert used == set(figures["source"]) - {""}

    def test_it_is_described_and_run(self, kind):
        deal = DEALS[kind]
        assert all(f"`{payment.name}`" in deal.describe() for payment in deal.payments)
        found = sib.simulate(deal, 4_000, rng=1).summary()["estimate"]
        assert found["unpaid_cost_probability"] == 0
        assert found["payment_probability"] > 0.75
        assert found["loss_probability"] < 0.25
        assert found["npv_mean"] > 0


@pytest.mark.parametrize("kind", ["cohort", "loan"])
def test_it_seldom_pays_for_nothing(kind):
    """One test at 95%: 5 in 100, and at most 10 whatever chance does with 4,000 futures."""
    power = sib.power(DEALS[kind], [0.0], target=0.1, paths=4_000, rng=1)
    assert power.loc[0.0, "false_payment_probability"] == pytest.approx(0.05, abs=0.015)


def test_a_rate_card_pays_for_nobody_who_reaches_nothing():
    deal = DEALS["rate-card"]
    assert all(payment.metric is not None and payment.pays.per_unit is not None for payment in deal.payments)
    ledger = sib.settle(deal, dict.fromkeys(("enters training", "enters work", "26 weeks in work"), 0))
    assert ledger.paid("Outcome payer") == 0
    assert "Rate card of 3 items" in deal.describe()


def test_the_cohorts_are_settled():
    """2,000 persons with 1.4 events each: 10% fewer is 280 avoided, at 10,000 each; half of that is not enough."""
    deal = DEALS["cohort"]
    assert sib.settle(deal, {"reoffending": 0.10}).paid("Outcome payer") == pytest.approx(2_800_000)
    assert sib.settle(deal, {"reoffending": 0.20}).paid("Outcome payer") == pytest.approx(3_500_000)  # the budget
    assert sib.settle(deal, {"reoffending": 0.04}).paid("Outcome payer") == 0


def test_the_rate_card_is_settled():
    """200 x 500 + 100 x 2,000 + 60 x 6,500 = 690,000; 60 persons would have 9,000 each, and have 8,500."""
    measured = {"enters training": 200, "enters work": 100, "26 weeks in work": 60}
    assert sib.settle(DEALS["rate-card"], measured).paid("Outcome payer") == pytest.approx(690_000 - 60 * 500)


def test_the_loan_is_settled():
    """Interest of 2% on a million for 3 years and on half of it for one; 4% a year for 4 years where 20% fewer."""
    ledger = sib.settle(DEALS["loan"], {"children in care": 0.20})
    assert ledger.paid("Charity") == pytest.approx(1_000_000 + 3 * 20_000 + 10_000)
    assert ledger.paid("Foundation") == pytest.approx(4 * 0.04 * 1_000_000)
    assert ledger.received("lender") == pytest.approx(1_230_000)
    assert sib.settle(DEALS["loan"], {"children in care": 0.0}).paid("Foundation") == 0
