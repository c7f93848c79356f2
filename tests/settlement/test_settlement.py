"""Settlement of random deals. Truth: laws that hold whatever the contract says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.run.recipe import Deal
from sib.settlement import walk
from tests.deals import deals, improvements, results_of

CENT = 0.01


def book_of(scenario, levels):
    return walk.settle(Deal.of(scenario).contract, results_of(scenario, levels))


class TestMoney:
    @given(deals(), improvements())
    def test_is_conserved_on_each_path_and_date(self, scenario, levels):
        plan = Deal.of(scenario).contract
        book = book_of(scenario, levels)
        cash = np.array([book.cash(party) for party in plan.parties])
        np.testing.assert_allclose(cash.sum(axis=0), 0, atol=1e-9 * plan.committed)
        for entry in book.entries:
            assert np.min(entry.amount) >= 0
            assert {entry.payer, entry.payee} <= set(plan.parties)

    @given(deals(), improvements())
    def test_the_vehicle_never_overdraws_and_ends_empty(self, scenario, levels):
        plan = Deal.of(scenario).contract
        balance = np.cumsum(book_of(scenario, levels).cash(plan.vehicle), axis=0)
        rounding = 1e-9 * (plan.committed + balance.max(initial=0.0))
        assert balance.min() >= -rounding
        assert np.abs(balance[-1]).max() <= rounding

    @given(deals(), improvements())
    def test_every_cost_is_paid_and_no_more_than_the_commitment_is_drawn(self, scenario, levels):
        plan, book = Deal.of(scenario).contract, book_of(scenario, levels)
        spent = sum(book.received(party) for party in ("provider", "intermediary") if party in plan.parties)
        np.testing.assert_allclose(spent, sum(cost.amount for step in plan.steps for cost in step.costs), rtol=1e-9)
        assert (book.paid("investors") <= plan.committed * (1 + 1e-12)).all()

    @given(deals(), improvements())
    def test_what_is_drawn_comes_out_as_costs_or_goes_back(self, scenario, levels):
        plan, book = Deal.of(scenario).contract, book_of(scenario, levels)
        spent = sum(book.received(party) for party in ("provider", "intermediary") if party in plan.parties)
        paid_in, got = book.paid("investors") + book.paid("government"), book.received("investors")
        np.testing.assert_allclose(paid_in - spent, got, rtol=1e-9, atol=1e-9 * plan.committed)


class TestCaps:
    @given(deals(limits=("amount",)), improvements())
    def test_nothing_is_paid_above_an_amount(self, scenario, levels):
        assert (book_of(scenario, levels).paid("government") <= scenario.limits[0].amount + CENT / 1e3).all()

    @given(deals(limits=("return", "each cohort")), improvements())
    def test_nobody_earns_more_than_the_capped_return(self, scenario, levels):
        plan, book = Deal.of(scenario).contract, book_of(scenario, levels)
        rate = scenario.limits[0].return_on_costs
        value = sib.npv(book.cash("investors").T, plan.years, rate)
        assert (value <= 1e-9 * plan.committed).all()
        rates = sib.irr(book.cash("investors").T, plan.years)
        assert not (rates > rate + 1e-9).any()

    @given(deals(limits=("none",)), improvements(), st.integers(0, 10**6))
    def test_an_amount_cuts_the_latest_claims(self, scenario, levels, amount):
        on = [payment.name for payment in scenario.payments]
        limited = scenario.replace({"limits": [{"name": "cap", "on": on, "amount": amount}]})
        free = np.cumsum(book_of(scenario, levels).cash("government"), axis=0)
        capped = np.cumsum(book_of(limited, levels).cash("government"), axis=0)
        np.testing.assert_allclose(capped, np.maximum(free, -amount), atol=1e-6)


class TestBetter:
    @given(deals(limits=("none", "amount")), improvements(1), st.integers(0, 2), st.floats(0, 0.5))
    def test_never_pays_less(self, scenario, levels, cohort, gain):
        better = levels.copy()
        better[cohort] += gain
        before, after = (book_of(scenario, x).paid("government") for x in (levels, better))
        assert (after >= before - CENT / 1e3).all()

    @given(deals(limits=("return",), pairs=False), improvements(1), st.integers(0, 2), st.floats(0, 0.5))
    def test_is_never_worth_less_under_a_capped_return(self, scenario, levels, cohort, gain):
        # in money it may pay less: what is paid early uses up more of the room (convention 5)
        better = levels.copy()
        better[cohort] += gain
        plan, rate = Deal.of(scenario).contract, scenario.limits[0].return_on_costs
        before, after = (sib.npv(book_of(scenario, x).cash("government").T, plan.years, rate) for x in (levels, better))
        assert (after <= before + 1e-9 * plan.committed + CENT / 1e3).all()

    @given(st.lists(st.floats(-0.3, 0.6), min_size=3, max_size=3), st.integers(0, 2), st.floats(0, 0.5))
    def test_never_pays_less_in_peterborough(self, plan, levels, cohort, gain):
        better = list(levels)
        better[cohort] = min(better[cohort] + gain, 1.0)
        before, after = (sib.settle(plan, {"reconvictions": x}).received("investors") for x in (levels, better))
        assert after >= before - CENT / 1e3


@given(deals())
def test_settling_the_expected_results_is_simulating_without_chance(scenario):
    simulation = sib.simulate(scenario, paths=1, rng=0, chance=())
    row = simulation.paths.iloc[0]
    measured = {
        metric.name: [float(row[f"{metric.name}.{cohort}.improvement"]) for cohort in metric.results]
        for metric in Deal.of(scenario).model.metrics
    }
    settled, simulated = sib.settle(scenario, measured).to_frame(), simulation.ledger(0).to_frame()
    assert settled.drop(columns="amount").equals(simulated.drop(columns="amount"))
    np.testing.assert_allclose(settled["amount"], simulated["amount"], rtol=1e-9, atol=1e-6)


class TestByHand:
    """A deal small enough to settle on paper."""

    @pytest.fixture
    def deal(self, plan):
        return plan.replace(
            {
                "cohorts": [
                    {"name": "a", "size": 100, "enrol": {"starts": plan.start, "months": 12}},
                    {"name": "b", "size": 300, "enrol": {"starts": plan.start, "months": 12}},
                ],
                "limits": [],
                "costs": [
                    {
                        "name": "care",
                        "to": "provider",
                        "per": "person",
                        "amount": 1000,
                        "instalments": 2,
                        "every_months": 6,
                    },
                    {"name": "audit", "to": "auditor", "per": "deal", "amount": 5000, "starts": plan.start},
                ],
                "payments.early.pays.per_unit": 1000,
                "payments.pooled.pays.per_unit": 1000,
                "tranches.investors.amount": 500_000,
            }
        )

    def test_early_for_one_and_pooled_for_the_other(self, deal):
        # a: 20% of 1.55 events of 100 persons = 31 avoided, paid early; b: 5% of 300 = 23.25, paid by the pooled test,
        # which reads (31 + 23.25) / (1.55 x 400) = 8.75%
        ledger = sib.settle(deal, {"reconvictions": [0.2, 0.05]})
        paid = ledger.to_frame().set_index("label")["amount"]
        assert paid["early, cohort a"] == pytest.approx(31_000)
        assert paid["pooled"] == pytest.approx(23_250)
        assert ledger.received("provider") == pytest.approx(400_000)
        assert ledger.received("auditor") == 5000
        assert ledger.paid("investors") == pytest.approx(405_000)
        assert ledger.received("investors") == pytest.approx(54_250)

    def test_pooled_weighs_persons(self, deal):
        # 7.5% over all needs the large cohort: 0.075 = (100 x 0.0 + 300 x 0.10 - tiny) / 400 just fails at 9.99%
        paid = [sib.settle(deal, {"reconvictions": [0.0, b]}).received("investors") for b in (0.0999, 0.1)]
        assert paid == pytest.approx([0, 1000 * 0.1 * 1.55 * 300])

    def test_capital_paid_in_at_the_start_goes_back_where_it_is_not_spent(self, deal):
        early = deal.replace({"tranches.investors.draws": "at start"})
        frame = sib.settle(early, {"reconvictions": 0.0}).to_frame()
        assert frame.iloc[0][["label", "amount"]].tolist() == ["draw", 500_000]
        assert frame.iloc[-1]["label"] == "wind-up: unspent capital"
        assert frame.iloc[-1]["amount"] == pytest.approx(95_000)

    def test_a_capped_return_cuts_to_the_cent(self, deal):
        capped = deal.replace(
            {
                "limits": [{"name": "cap", "on": ["early"], "scope": "cohort", "return_on_costs": 0.10}],
                "payments.early.pays.per_unit": 1_000_000,
            }
        )
        frame = sib.settle(capped, {"reconvictions": [0.2, 0.0]}).to_frame().set_index("label")
        day = frame.loc["early, cohort a", "date"]
        halves = [frame.loc["care, cohort a", "date"].iloc[i] for i in (0, 1)]
        own = sum(50_000 * 1.1 ** ((day - half).days / 365) for half in halves)
        shared = 5000 * 100 / 400 * 1.1 ** ((day - halves[0]).days / 365)
        assert frame.loc["early, cohort a", "amount"] == pytest.approx(own + shared, abs=0.005)

    def test_two_payments_share_the_room_that_each_cohort_leaves(self, deal):
        pooled = {"metric": "reconvictions", "scope": "pooled", "pays": {"amount": 300_000}}
        shared = deal.replace(
            {
                "payments": [{**pooled, "name": "one"}, {**pooled, "name": "two", "months_after_result": 1}],
                "limits": [{"name": "cap", "on": ["one", "two"], "scope": "cohort", "return_on_costs": 0.0}],
            }
        )
        # without any return the room is what was spent: 400,000 of care and 5,000 of audit, over both cohorts
        paid = sib.settle(shared, {"reconvictions": 0.2}).to_frame().set_index("label")["amount"]
        assert paid["one"] == pytest.approx(300_000)
        assert paid["two"] == pytest.approx(105_000)

    def test_where_every_cohort_has_been_paid_the_pooled_payment_pays_nothing(self, deal):
        flat = deal.replace({"payments.pooled.pays": {"amount": 1_000_000}})
        assert sib.settle(flat, {"reconvictions": 0.2}).received("investors") == pytest.approx(31_000 + 93_000)
        assert sib.settle(flat, {"reconvictions": [0.2, 0.0]}).received("investors") == pytest.approx(31_000)
        assert sib.settle(flat, {"reconvictions": [0.2, 0.05]}).received("investors") == pytest.approx(1_031_000)

    @pytest.mark.parametrize("cap", [0, 1, 20_000, 10**9])
    def test_what_a_cap_cuts_is_not_claimed_again(self, deal, cap):
        capped = deal.replace({"limits": [{"name": "cap", "on": ["early"], "amount": cap}]})
        paid = sib.settle(capped, {"reconvictions": 0.2}).received("investors")
        assert paid == pytest.approx(min(cap, 31_000 + 93_000))

    def test_a_cohort_that_has_been_paid_lends_its_room_to_nobody(self, deal):
        limited = deal.replace(
            {
                "limits": [{"name": "cap", "on": ["early", "pooled"], "scope": "cohort", "amount": 50_000}],
                "payments.pooled.pays": {"amount": 1_000_000},
            }
        )
        # cohort a is paid 31,000 of its 50,000; the pooled payment is for b alone, which has 50,000
        assert sib.settle(limited, {"reconvictions": [0.2, 0.05]}).received("investors") == pytest.approx(81_000)

    def test_pennies_leave_nothing_in_the_account(self, deal):
        costs = [
            {"name": str(i), "to": "provider", "per": "cohort", "amount": a, "instalments": 12, "every_months": 1}
            for i, a in enumerate((10_000.1, 20_000.2, 30_000.3))
        ]
        ledger = sib.settle(deal.replace({"costs": costs}), {"reconvictions": 0.0})
        assert ledger.received("investors") == 0
        assert ledger.irr("investors") == -1
        assert not ledger.to_frame()["label"].str.contains("wind-up").any()

    def test_of_two_cancellations_the_first_counts(self, deal):
        event = {"cohorts": ["b"]}
        both = [
            {**event, "name": "late", "date": plan_date(deal, 7)},
            {**event, "name": "soon", "date": plan_date(deal, 3)},
        ]
        assert sib.settle(deal.replace({"events": both}), {"reconvictions": 0.2}).received("provider") == pytest.approx(
            250_000
        )

    def test_capital_is_repaid_before_there_is_a_return(self, deal):
        rich = deal.replace({"payments.early.pays.per_unit": 10_000, "limits": None})
        frame = sib.settle(rich, {"reconvictions": [0.2, 0.1]}).to_frame()
        steps = frame[frame["payee"] == "investors"]
        # 31 and 46.5 events avoided at 10,000, paid on one day, against 405,000 drawn
        assert steps["label"].tolist() == ["repayment", "return"]
        assert steps["amount"].tolist() == pytest.approx([405_000, 370_000])

    def test_costs_of_a_cancelled_cohort_stop(self, deal):
        stopped = deal.replace({"events": [{"name": "stop", "date": plan_date(deal, 3), "cohorts": ["b"]}]})
        ledger = sib.settle(stopped, {"reconvictions": 0.2})
        assert ledger.received("provider") == pytest.approx(100_000 + 150_000)
        assert ledger.received("investors") == pytest.approx(31_000)

    def test_a_cost_on_the_day_of_the_cancellation_is_not_paid(self, deal):
        stopped = deal.replace({"events": [{"name": "stop", "date": plan_date(deal, 6), "cohorts": ["b"]}]})
        assert sib.settle(stopped, {"reconvictions": 0.2}).received("provider") == pytest.approx(250_000)


def plan_date(scenario, months):
    return sib.terms.calendar.add_months(scenario.start, months)
