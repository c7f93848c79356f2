"""Settling published results. Truth: the published outcome, arithmetic on paper, and the four parts of an error."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

import sib

PUBLISHED = {"reconvictions": [0.084, 0.097]}


class TestPeterborough2017:
    """One payment in August 2017, capital back with just over 3% a year (barrowcadbury.org.uk)."""

    def test_one_payment_in_august_2017(self, went):
        payments = sib.settle(went, PUBLISHED).cashflow(went.outcome_payer)
        assert len(payments) == 1
        assert (payments.index[0].year, payments.index[0].month) == (2017, 8)

    def test_investors_earn_just_over_three_per_cent(self, went):
        assert sib.settle(went, PUBLISHED).irr("investors") == pytest.approx(0.031, abs=5e-5)

    def test_the_price_is_the_one_that_gives_the_return(self, went):
        prices = ("payments.early.pays.per_unit", "payments.pooled.pays.per_unit")

        def miss(price):
            ledger = sib.settle(went.replace(dict.fromkeys(prices, price)), PUBLISHED)
            return ledger.irr("investors") - 0.031

        assert round(brentq(miss, 10_000, 18_000), -1) == went.payments[1].pays.per_unit == 13_720

    def test_pooled_result_is_nine_per_cent(self, went):
        simulation = sib.simulate(went.replace({"beliefs.effects.reconvictions": 0.0905}), 1, rng=0, chance=())
        assert simulation.paths.loc[0, "reconvictions.pooled.improvement"] == pytest.approx(0.09, abs=0.001)

    def test_two_thirds_of_the_capital_is_drawn(self, went):
        assert sib.settle(went, PUBLISHED).paid("investors") == pytest.approx(5_000_000 * 2 / 3, abs=2)

    def test_nothing_is_spent_on_the_third_cohort(self, went):
        frame = sib.settle(went, PUBLISHED).to_frame()
        assert not frame["label"].str.contains("cohort 3").any()

    def test_the_first_result_alone_pays_nothing(self, went):
        # cohort 1 missed its 10% in 2014; had cohort 2 failed, the pooled test would have too
        assert sib.settle(went, {"reconvictions": [0.084, 0.05]}).received("investors") == 0

    def test_one_event_more_or_less_at_the_threshold(self, went):
        # 139.5 events per 100 men against 155 is exactly 10%, 139.6 is not
        level = {"comparison": 1.55, "n": 1000}
        paid = [
            sib.settle(went, {"reconvictions": [{"treated": t, **level}, 0.0]}).received("investors")
            for t in (1.395, 1.396)
        ]
        assert paid == pytest.approx([155 * 13_720, 0])


class TestForms:
    def test_one_result_for_all_one_a_cohort_and_by_cohort(self, plan):
        same = [
            {"reconvictions": 0.11},
            {"reconvictions": [0.11, 0.11, 0.11]},
            {"reconvictions": np.full(3, 0.11)},
            {"reconvictions": {"3": 0.11, "1": 0.11, "2": 0.11}},
        ]
        ledgers = [sib.settle(plan, measured) for measured in same]
        assert all(ledger == ledgers[0] for ledger in ledgers)

    def test_a_labelled_series_goes_by_its_labels(self, went):
        by_name = sib.settle(went, {"reconvictions": {"2": 0.12, "1": 0.084}})
        assert sib.settle(went, {"reconvictions": pd.Series({"2": 0.12, "1": 0.084})}) == by_name
        with pytest.raises(sib.InputError, match="results by cohort name"):
            sib.settle(went, {"reconvictions": pd.Series([0.084, 0.12])})

    def test_levels_and_numbers_of_persons(self, plan):
        levels = {"treated": [1.2], "comparison": [1.6], "n": [500]}
        one = {key: value[0] for key, value in levels.items()}
        ledger = sib.settle(plan.replace({"limits": None}), {"reconvictions": [one, 0.0, 0.0]})
        assert ledger.received("investors") == pytest.approx(0.4 * 500 * 13_720)

    def test_published_cohort_one(self, plan):
        # 142 against 155 events per 100 men is 8.39%: no early payment
        levels = {"treated": 1.42, "comparison": 1.55, "n": 936}
        assert sib.settle(plan, {"reconvictions": [levels, 0.0, 0.0]}).received("investors") == 0

    def test_a_comparison_without_events(self, plan):
        none = {"treated": 0.0, "comparison": 0.0}
        worse = {"treated": 0.5, "comparison": 0.0}
        assert sib.settle(plan, {"reconvictions": none}).received("investors") == 0
        assert sib.settle(plan, {"reconvictions": worse}).received("investors") == 0

    def test_any_gain_over_a_comparison_without_events_reaches_every_level(self, plan):
        more = plan.replace({"metrics.reconvictions.better": "higher", "limits": None})
        ledger = sib.settle(more, {"reconvictions": {"treated": 0.5, "comparison": 0.0}})
        assert ledger.received("investors") == pytest.approx(3 * 0.5 * 1000 * 13_720)

    def test_dates_are_python_dates(self, plan):
        assert isinstance(sib.settle(plan, {"reconvictions": 0.1}).movements[0].date, dt.date)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda p: sib.settle(p, [0.2, 0.2]),
            "measured\n  came:  [0.2, 0.2]\n  rule:  a mapping of texts to anything, or a DataFrame, not a list",
        ),
        (lambda p: sib.settle("peterborough", {}), "load it first"),
        (lambda p: sib.simulate("peterborough"), "load it first"),
        (lambda p: sib.compare({"a": "peterborough"}), "scenarios['a']"),
        (lambda p: sib.compare([p, p]), "a mapping of anything to Scenarios, not a list"),
        (lambda p: sib.payoff(p, 20), "write 0.20 for 20 per cent"),
        (lambda p: sib.simulate(p, 10, rng=-1), "a whole number from 0 up"),
        (lambda p: sib.simulate(p, 10, rng="a"), "a whole number from 0 up"),
        (lambda p: sib.settle(p, {5: 0.1}), "a name in measured\n  came:  5\n  rule:  text, not an int"),
        (lambda p: sib.settle(p, {"reconvictions": 10**400}), "a finite number"),
        (lambda p: sib.simulate(p, 10, chance=[1]), "one of belief, people, measurement"),
        (lambda p: sib.simulate(p, 10, chance=None), "a list of words out of belief, people, measurement"),
        (lambda p: sib.simulate(p, 10, rng=1).position(0.5), "a list of finite numbers"),
        (lambda p: p.replace({1: 2}), "a name in changes\n  came:  1\n  rule:  text, not an int"),
        (lambda p: p.replace(None), "a mapping of texts to anything, not a NoneType"),
        (lambda p: sib.load(5), "text or a path"),
        (lambda p: sib.load("a\0b.toml"), "a path and numbers that can be read"),
        (lambda p: sib.Scenario.from_data(None), "a mapping of texts to anything, not a NoneType"),
        (lambda p: sib.npv([[1.0], [1.0]], [1.0], [0.1, 0.2, 0.3]), "one rate, or one for each row"),
        (lambda p: sib.multiple([[1.0], [1.0, 2.0]]), "in rows of equal length"),
        (lambda p: sib.plot.payoff(p), "simulate first"),
        (lambda p: sib.plot.cash(p), "simulate first"),
        (lambda p: sib.plot.returns(p), "simulate first"),
    ],
)
def test_things_of_another_kind(plan, call, says):
    with pytest.raises(sib.InputError) as error:
        call(plan)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("measured", "where", "says"),
    [
        ({"reconviction": 0.1}, "measured['reconviction']", 'did you mean "reconvictions"?'),
        ({}, "measured", "add 'reconvictions'"),
        ({"reconvictions": [0.1, 0.2]}, "measured['reconvictions']", "one for each of 3: 1, 2, 3"),
        ({"reconvictions": []}, "measured['reconvictions']", "0 results"),
        ({"reconvictions": [0.1, 0.2, float("nan")]}, "measured['reconvictions'], cohort 3", "a finite number"),
        ({"reconvictions": "0.1"}, "measured['reconvictions'], cohort 1", "a finite number"),
        ({"reconvictions": None}, "measured['reconvictions'], cohort 1", "a finite number"),
        ({"reconvictions": True}, "measured['reconvictions'], cohort 1", "a finite number"),
        ({"reconvictions": 8.4}, "measured['reconvictions'], cohort 1", "write 0.084 for 8.4 per cent"),
        ({"reconvictions": {"treated": 1.4}}, "measured['reconvictions'], cohort 1", "add 'comparison'"),
        (
            {"reconvictions": {"treated": -1, "comparison": 1}},
            "measured['reconvictions'], cohort 1, treated",
            "not negative",
        ),
        (
            {"reconvictions": {"treated": 1, "comparison": 1, "n": 0}},
            "measured['reconvictions'], n",
            "positive",
        ),
        ({"reconvictions": [{"treatd": 1}] * 3}, "measured['reconvictions'], cohort 1", 'did you mean "treated"?'),
        ({"reconvictions": {"1": 0.1, "2": 0.1}}, "measured['reconvictions']", "add 3"),
        ({"reconvictions": {"1": 0.1, "2": 0.1, "4": 0.1}}, "measured['reconvictions']", "results by cohort name"),
    ],
)
def test_refuses(plan, measured, where, says):
    with pytest.raises(sib.InputError) as error:
        sib.settle(plan, measured)
    assert error.value.where == where
    assert says in str(error.value)


def test_a_reading_that_is_written_into_the_name_is_put_where_it_belongs():
    with pytest.raises(sib.InputError) as error:
        sib.settle(sib.load("doncaster"), {"reconviction rate.points": [0.057, 0.033, 0.033]})
    assert str(error.value).endswith(
        "to do: write {'reconviction rate': [{'points': ...}, ...]}, one for each result, or"
        " {'reconviction rate': {'points': ...}} over all"
    )
