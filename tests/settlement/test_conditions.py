"""Conditions of payments and events: each end of a range, fallbacks, gates in time, tranches that are repaid.

Truth: arithmetic by hand on a deal of a few rows; and, for ranges, that they divide the results between them.
"""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.settlement.schedules import Curve, reached
from sib.terms.schedule import Schedule

START = dt.date(2020, 1, 1)
PERIODS = [dt.date(2020, 6, 30), dt.date(2020, 12, 31), dt.date(2021, 6, 30), dt.date(2021, 12, 31)]


def units(name, days=PERIODS):
    return {"name": name, "kind": "total", "better": "higher", "reported": {"periods": list(days)}}


def payment(name, price, metric="acres", **more):
    return {"name": name, "metric": metric, "scope": "period", "pays": {"per_unit": price}, **more}


def deal(*payments, **over):
    """A lender's 1,000, spent on the first day, and payments on two counts by half-year."""
    data = {
        "name": "conditions",
        "summary": "payments on conditions",
        "currency": "EUR",
        "start": START,
        "outcome_payer": "city",
        "parties": ["fund"],
        "metrics": [units("acres"), units("trees")],
        "payments": list(payments),
        "tranches": [{"name": "lender", "amount": 1000}],
        "costs": [{"name": "planting", "to": "farm", "per": "deal", "amount": 1000, "starts": START}],
        "beliefs": {"levels": {"acres": 10, "trees": 10}, "discount_rates": {"lender": 0.0}},
    }
    return sib.Scenario.from_data(data | over)


def paid(scenario, **results):
    """What each payment pays in all."""
    lines = sib.settle(scenario, results).statement()
    return lines.groupby("payment")["paid"].sum().to_dict()


class TestRanges:
    @pytest.mark.parametrize(
        ("ends", "opens"),
        [
            ({"at_least": 10}, [False, True, True]),
            ({"more_than": 10}, [False, False, True]),
            ({"at_most": 10}, [True, True, False]),
            ({"fewer_than": 10}, [True, False, False]),
            ({"at_least": 10, "up_to": 10}, [False, True, False]),
            ({"more_than": 9, "less_than": 11}, [False, True, False]),
        ],
    )
    def test_each_end_at_its_level_and_beside_it(self, ends, opens):
        found = paid(
            deal(payment("a", 1, when={"units": ends}, published_until=PERIODS[2])), acres=[9, 10, 11, 0], trees=0
        )
        assert found["a"] == sum(x for x, open_ in zip((9, 10, 11), opens, strict=True) if open_)

    @given(st.floats(-1e6, 1e6), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
    def test_a_level_divides_results_between_below_and_at_least(self, level, results):
        x = np.array([*results, level, level * (1 + 1e-15), level * (1 - 1e-15)])
        np.testing.assert_array_equal(reached(x, level, "below"), ~reached(x, level, "at_least"))
        np.testing.assert_array_equal(reached(x, level, "up_to"), ~reached(x, level, "above"))

    @given(
        st.lists(st.integers(-50, 50), min_size=1, max_size=4, unique=True),
        st.lists(st.booleans(), min_size=4, max_size=4),
    )
    def test_bands_that_go_on_at_both_ends_pay_for_every_result(self, levels, closed):
        """Band i of 1, 2, ... pays its number: the count of levels that a result is at or beyond, and one."""
        levels = sorted(levels)
        bands = [{"pays": float(i + 1)} for i in range(len(levels) + 1)]
        for level, below, after, up_to in zip(levels, bands, bands[1:], closed, strict=False):
            below["up_to" if up_to else "below"] = float(level)
            after["above" if up_to else "at_least"] = float(level)
        curve = Curve.of(Schedule.model_validate({"bands": bands}))
        x = np.arange(-60, 61) / 1.0
        count = sum((x > level) if up_to else (x >= level) for level, up_to in zip(levels, closed, strict=False))
        np.testing.assert_array_equal(curve(x), count + 1.0)


CHAIN = (
    payment("a", 100, when={"units": 10}),
    payment("b", 10, when={"units": 5}, fallback_for="a"),
    payment("c", 1, fallback_for="b"),
)


class TestFallbacks:
    def test_the_first_whose_conditions_hold(self):
        assert paid(deal(*CHAIN), acres=[10, 9, 5, 4], trees=0) == {"a": 1000, "b": 140, "c": 4}

    def test_a_cap_that_cuts_the_first_to_nothing_opens_no_other(self):
        none = deal(*CHAIN, limits=[{"name": "cap", "on": ["a"], "amount": 0}])
        assert paid(none, acres=[10, 10, 10, 10], trees=0) == {"a": 0, "b": 0, "c": 0}

    def test_pooled_payments_fall_back_on_each_other(self):
        scenario = deal(
            payment("a", 1, scope="pooled", when={"units": 20}),
            payment("b", 5, "trees", scope="pooled", fallback_for="a", months_after_result=1),
        )
        assert paid(scenario, acres=20, trees=3) == {"a": 20, "b": 0}
        assert paid(scenario, acres=19, trees=3) == {"a": 0, "b": 15}

    def test_events_fall_back_on_each_other(self):
        def event(name, **more):
            return {"name": name, "date": PERIODS[0], "payments": ["a"], **more}

        half = event("half", metric="acres", when={"units": {"less_than": 5}}, redeems={"lender": 0.5})
        most = event("most", fallback_for="half", metric="trees", unless={"units": 5}, redeems={"lender": 0.75})
        rest = event("rest", fallback_for="most", redeems={"lender": 0.9})
        scenario = deal(payment("a", 1), events=[half, most, rest])
        for acres, trees, redeemed in [(4, 0, 500), (4, 9, 500), (5, 4, 750), (5, 5, 900)]:
            ledger = sib.settle(scenario, {"acres": [acres, 0, 0, 0], "trees": [trees, 0, 0, 0]})
            assert ledger.received("lender") == redeemed


class TestGates:
    def test_two_periods_later(self):
        scenario = deal(
            payment("a", 1, published_until=PERIODS[1], when={"others": {"trees": {"units": 5, "periods_later": 2}}})
        )
        ledger = sib.settle(scenario, {"acres": [100, 10, 1, 1], "trees": [0, 0, 5, 4]})
        entries = ledger.statement().set_index("results")
        assert entries.loc["2020-06-30", "paid"] == 100
        assert entries.loc["2020-06-30", "paid_on"].date() == PERIODS[2]
        assert entries.loc["2020-12-31", "paid"] == 0
        assert entries.loc["2020-12-31", "due"].date() == PERIODS[3]
        assert entries.loc["2020-12-31", "unmet"] == "units of trees: 4 units, below 5 units"

    def test_the_period_before_of_the_same_metric(self):
        gate = {"others": {"acres": {"units": 5, "periods_before": 1}}}
        scenario = deal(payment("a", 1, published_from=PERIODS[1], when=gate))
        assert paid(scenario, acres=[5, 4, 100, 5], trees=0) == {"a": 4 + 5}

    def test_a_simulation_waits_for_it_as_well(self):
        """Acres are 10 in all, 2.5 in each period: the gate of 2.6 never opens, that of 2.5 always does."""
        for level, share in ((2.6, 0.0), (2.5, 1.0)):
            gate = {"others": {"acres": {"units": level, "periods_later": 1}}}
            scenario = deal(payment("a", 1, published_until=PERIODS[2], when=gate))
            assert sib.simulate(scenario, 50, rng=1).summary()["estimate"]["payment_probability"] == share


class TestRepaid:
    def test_at_the_start_of_the_day(self):
        """600, then 600 (of which 200 is return), then 5 x 7: who is whole on a day is so for what comes after it."""
        scenario = deal(
            payment("until", 100, when={"not_repaid": ["lender"]}), payment("after", 7, when={"repaid": ["lender"]})
        )
        assert paid(scenario, acres=[6, 6, 5, 0], trees=0) == {"until": 1200, "after": 35}

    def test_interest_is_part_of_it(self):
        """1,000 at 10% simple for 181 days is 1,049.59 on 30 June: 1,049 leaves it owed something, 1,050 does not."""
        lender = [{"name": "lender", "amount": 1000, "interest": 0.1, "compounds": False}]
        for first, after in ((1049, 0), (1050, 5)):
            scenario = deal(payment("until", 1), payment("after", 1, when={"repaid": ["lender"]}), tranches=lender)
            found = paid(scenario, acres=[first, 5, 0, 0], trees=0)
            assert found == {"until": first + 5, "after": after}

    def test_nobody_is_repaid_before_anything_is_drawn(self):
        """The lender pays in on 30 June and is repaid on 30 July: of four results the first comes before that."""
        costs = [{"name": "planting", "to": "farm", "per": "deal", "amount": 1000, "starts": PERIODS[0]}]
        scenario = deal(
            payment("after", 7, when={"repaid": ["lender"]}),
            payment("until", 1, "trees", months_after_result=1),
            costs=costs,
        )
        assert paid(scenario, acres=[5, 5, 5, 5], trees=[1000, 0, 0, 0])["after"] == 7 * 15


LENDER = {"name": "lender", "amount": 1000, "interest": 0.1, "compounds": False}
SAVED = payment("saved", 100)
FEE = {**payment("fee", 0), "pays": {"amount": 0.4}, "of": {"cut_from": "saved"}}


class TestWhatLimitsCut:
    """1,000 lent on 1 January 2020 at 10% simple is 1,049.59 on 30 June (181 days): 950.41 of 2,000 is cut."""

    def test_another_payment_takes_up_a_share_of_it_from_the_very_day(self):
        limits = [{"name": "until whole", "on": ["saved"], "until_repaid": ["lender"]}]
        scenario = deal(SAVED, FEE, tranches=[LENDER], limits=limits)
        owed = 1000 + 1000 * 0.1 * 181 / 365
        found = paid(scenario, acres=[20, 3, 0, 0], trees=0)
        assert found["saved"] == pytest.approx(owed, rel=1e-12)
        assert found["fee"] == pytest.approx(0.4 * (2000 - owed) + 0.4 * 300, rel=1e-12)

    def test_what_one_pays_no_more_another_does(self):
        rest = {**payment("rest", 0, payer="fund"), "pays": {"amount": 1}, "of": {"cut_from": "saved"}}
        limits = [{"name": "cap", "on": ["saved"], "amount": 250}]
        scenario = deal(SAVED, rest, limits=limits)
        ledger = sib.settle(scenario, {"acres": [1, 1, 1, 1], "trees": 0})
        assert (ledger.paid("city"), ledger.paid("fund")) == (250, 150)

    @given(st.lists(st.integers(0, 30), min_size=4, max_size=4))
    def test_nothing_is_lost_between_the_two(self, acres):
        """Whatever the results: what is paid, and what the fee is a share of, is the price of all acres."""
        limits = [{"name": "until whole", "on": ["saved"], "until_repaid": ["lender"]}]
        found = paid(deal(SAVED, FEE, tranches=[LENDER], limits=limits), acres=acres, trees=0)
        assert found["saved"] + found["fee"] / 0.4 == pytest.approx(100 * sum(acres), rel=1e-9)


class TestToDate:
    """Each claim to date looks at what was asked, or cut, on its own results; also where it is made later."""

    def test_a_fallback_that_is_made_after_the_next_result(self):
        first = payment("a", 0, scope="to date", pays={"amount": 100}, when={"units": 10})
        other = payment("b", 0, scope="to date", pays={"amount": 7}, fallback_for="a", months_after_result=7)
        assert paid(deal(first, other), acres=[5, 5, 3, 0], trees=0) == {"a": 300, "b": 7}

    def test_a_share_of_what_was_cut_before_the_next_result(self):
        saved = payment("saved", 100, scope="to date", less=["saved"])
        fee = payment("fee", 0, scope="to date", pays={"amount": 0.5}, of={"cut_from": "saved"}, months_after_result=7)
        limits = [{"name": "cap", "on": ["saved"], "amount": 500}]
        found = sib.settle(deal(saved, fee, limits=limits), {"acres": [10, 0, 3, 0], "trees": 0}).statement()
        fees = found[found["payment"] == "fee"].sort_values("due")["paid"].tolist()
        assert fees == [250, 250, 400, 400]  # 10, 10, 13, 13 acres at 100, less 500 paid: cut by 500, 500, 800, 800


class TestWhatEnds:
    def test_an_event_that_ends_the_first_opens_no_other_certain_or_not(self):
        first, other = payment("a", 100, when={"units": 10}), payment("b", 10, fallback_for="a")
        for decided in ({}, {"metric": "trees", "when": {"units": 0}}):
            scenario = deal(first, other, events=[{"name": "e", "date": PERIODS[1], "payments": ["a"]} | decided])
            found = paid(scenario, acres=[9, 10, 5, 4], trees=0)
            assert found["b"] == 90 + (10 * (5 + 4) if decided else 0)

    def test_who_was_redeemed_at_half_has_not_been_repaid(self):
        event = {"name": "e", "date": PERIODS[0], "redeems": {"lender": 0.5}}
        scenario = deal(
            payment("x", 1, when={"repaid": ["lender"]}),
            payment("y", 1, when={"not_repaid": ["lender"]}),
            events=[event],
        )
        assert paid(scenario, acres=[1, 1, 1, 1], trees=0) == {"x": 0, "y": 4}
        whole = scenario.replace({"events.e.redeems.lender": 1.0})
        assert paid(whole, acres=[1, 1, 1, 1], trees=0) == {"x": 3, "y": 1}

    def test_a_debt_is_paid_once_also_where_its_payments_come_late(self):
        limits = [{"name": "cap", "until_repaid": ["lender"]}]
        beliefs = {"levels": {"acres": 80, "trees": 1}, "discount_rates": {"lender": 0.0}}
        beliefs["delays"] = {"acres": {"months": [0, 12], "chances": [0.01, 0.99]}}
        scenario = deal(payment("s", 100), limits=limits, beliefs=beliefs)
        assert sib.simulate(scenario, 200, rng=1).paths["payment"].max() == pytest.approx(1000)

    def test_what_falls_due_is_paid_once_by_whom_so_ever(self):
        loan = {"name": "lender", "amount": 1000, "interest": 0.1, "compounds": False, "draws": "at start"}
        loan |= {"repaid_on": [[PERIODS[0], 0.25], [PERIODS[3], 0.75]]}
        due = {"of": {"due_to": "lender"}, "pays": {"amount": 1.0}}
        first = {"name": "first", **due, "when": {"others": {"trees": {"units": 0}}}}
        scenario = deal(payment("a", 0), first, {"name": "second", **due, "payer": "fund"}, tranches=[loan])
        ledger = sib.settle(scenario, {"acres": 0, "trees": 0})
        assert ledger.paid("fund") == pytest.approx(0, abs=1e-9)
        assert ledger.paid("city") == pytest.approx(ledger.received("lender"))


class TestEventsOnResults:
    def settled(self, **more):
        stop = {"name": "stop", "date": PERIODS[1], "metric": "trees", "payments": ["a"]}
        stop["when"] = {"units": {"fewer_than": 10}}
        scenario = deal(payment("a", 1, published_from=PERIODS[2]), events=[stop | more])
        return sib.settle(scenario, {"acres": [0, 0, 7, 0], "trees": [50, 9, 0, 0]})

    def test_on_all_so_far_or_on_the_latest_alone(self):
        assert self.settled().paid("city") == 7
        assert self.settled(latest=True).paid("city") == 0

    def test_a_ledger_says_what_each_was_decided_on(self):
        (all_of_them,), (latest,) = self.settled().rulings, self.settled(latest=True).rulings
        assert all_of_them == ("stop", PERIODS[1], "units of trees: 59 units", False)
        assert latest == ("stop", PERIODS[1], "units of trees: 9 units", True)


class TestRisingPrices:
    def test_one_per_cent_a_year(self):
        """From 1 July 2020: 100, 100, 100 (30 June 2021 is still the first year), then 101."""
        rises = {"from": dt.date(2020, 7, 1), "a_year": 0.01}
        scenario = deal(payment("a", 100, pays={"per_unit": 100, "rises": rises}))
        assert paid(scenario, acres=[1, 1, 1, 1], trees=0) == {"a": pytest.approx(401, abs=1e-9)}

    def test_the_year_is_that_of_the_result_and_not_of_the_payment(self):
        rises = {"from": dt.date(2020, 7, 1), "to": [200]}
        scenario = deal(
            payment("a", 0, published_from=PERIODS[2], months_after_result=6, pays={"per_unit": 100, "rises": rises})
        )
        assert paid(scenario, acres=[0, 0, 1, 1], trees=0) == {"a": 300}

    def test_a_fixed_payment_rises_by_the_day_on_which_it_is_due(self):
        rises = {"from": dt.date(2020, 1, 1), "a_year": 0.5}
        charge = {"name": "charge", "due": {"dates": [dt.date(2020, 12, 31), dt.date(2021, 1, 1)]}}
        scenario = deal(payment("a", 1), charge | {"pays": {"amount": 10, "rises": rises}})
        assert paid(scenario, acres=0, trees=0)["charge"] == 25
