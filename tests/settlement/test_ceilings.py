"""What is left for each person under limits a person. Truth: sums over all sets of milestones, hand computation."""

import datetime as dt
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy import stats

import sib
from sib.run.recipe import Deal
from tests.milestones import LAG, PERIODS, deal, milestone, price

TEN = (700, 1_300, 1_200, 3_300, 2_000, 5_100, 2_600, 900, 600, 1_500)
SHARES = (0.55, 0.4, 0.3, 0.2, 0.35, 0.15, 0.25, 0.5, 0.6, 0.3)
TIMING = (0.1, 0.2, 0.3, 0.4)


def ten(by, size=200, sizes=None, **limit):
    """Ten outcomes, none of which follows on another."""
    names = [f"m{i}" for i in range(10)]
    reported = LAG if by == "cohort" else PERIODS | {"times": 4}
    timing = {} if by == "cohort" else {"timing": {name: {"shares": list(TIMING)} for name in names}}
    return deal(
        [milestone(name, reported) for name in names],
        [price(name, amount, by) for name, amount in zip(names, TEN, strict=True)],
        [{"name": "a person", "on": names} | limit],
        dict(zip(names, SHARES, strict=True)),
        sizes=sizes or (size,),
        **timing,
    )


@cache
def binomial(n, share):
    """The chance of each number of so many, none to ten."""
    return stats.binom(n, share).pmf(range(11))


@cache
def a_person(ceiling, items, timing):
    """Mean paid for one person: over all 2^10 sets of milestones, of each those reached first, ties as they stand."""
    mean = 0.0
    for has in product((False, True), repeat=10):
        weight = np.prod([share if one else 1 - share for share, one in zip(SHARES, has, strict=True)])
        prices = [amount for amount, one in zip(TEN, has, strict=True) if one]
        if items is None:
            mean += weight * min(sum(prices), ceiling)
            continue
        for i, amount in enumerate(prices):  # it is among the first if fewer than so many come before it
            until, among_first = np.cumsum(timing), 0.0
            for t, chance in enumerate(timing):
                same = binomial(i, until[t])
                sooner = binomial(len(prices) - 1 - i, until[t] - timing[t])
                among_first += chance * np.convolve(same, sooner)[:items].sum()
            mean += weight * amount * among_first
    return mean


class TestTenThatAreFree:
    @pytest.mark.parametrize("limit", [{"per_person": 8_200}, {"items_per_person": 3}])
    @pytest.mark.parametrize("by", ["cohort", "period"])
    def test_the_mean_is_that_over_all_sets(self, by, limit):
        paths = 4_000
        payment = sib.simulate(ten(by, **limit), paths, rng=3).columns["payment"]
        timing = (1.0,) if by == "cohort" else TIMING
        mean = 200 * a_person(limit.get("per_person"), limit.get("items_per_person"), timing)
        assert abs(payment.mean() - mean) < 4 * payment.std() / np.sqrt(paths)
        assert payment.mean() < 0.95 * 200 * np.dot(TEN, SHARES)  # it cuts

    @pytest.mark.parametrize("limit", [{"per_person": 8_200}, {"items_per_person": 3}])
    @pytest.mark.parametrize("by", ["cohort", "period"])
    def test_without_chance_typical_persons_stand_for_all(self, by, limit):
        paid = sib.simulate(ten(by, **limit), 1, rng=3, chance=()).columns["payment"]
        timing = (1.0,) if by == "cohort" else TIMING
        mean = 200 * a_person(limit.get("per_person"), limit.get("items_per_person"), timing)
        assert paid == pytest.approx(mean, rel=3e-3)

    def test_prices_and_ceilings_change_no_future(self):
        one = ten("period", per_person=8_200)
        for change in (
            {"limits.a person.per_person": 5_000},
            {"limits.a person.items_per_person": 2},
            {"payments.m3.pays.per_unit": 1},
            {"limits.a person.per_person": 1e9},
        ):
            assert Deal.of(one.replace(change)).model.fingerprint == Deal.of(one).model.fingerprint

    def test_another_cohort_changes_nothing_for_the_first(self):
        few, many = (ten("cohort", sizes=sizes, per_person=8_200) for sizes in ((50,), (50, 70)))
        one, other = (sib.simulate(scenario, 300, rng=5) for scenario in (few, many))
        first = [next(s.futures.map(lambda block: block.book.cash("government"))) for s in (one, other)]
        np.testing.assert_array_equal(first[0][1], first[1][1])

    def test_the_end_of_a_run_is_the_same_in_lots_of_another_size(self, monkeypatch):
        scenario = ten("period", per_person=8_200)
        whole = sib.simulate(scenario, 500, rng=5).columns["payment"]
        monkeypatch.setattr("sib.model.followed._HELD", 70_000)
        np.testing.assert_array_equal(sib.simulate(scenario, 500, rng=5).columns["payment"], whole)

    def test_nobody_is_paid_above_the_ceiling(self):
        payment = sib.simulate(ten("cohort", size=1, per_person=8_200), 3_000, rng=1).columns["payment"]
        assert payment.max() == 8_200


class TestTotals:
    def test_they_do_not_say_who_reached_what(self):
        with pytest.raises(sib.InputError, match="which milestones each person reached"):
            sib.settle(ten("cohort", per_person=8_200), {f"m{i}": 20 for i in range(10)})

    @pytest.mark.parametrize("by", ["cohort", "period"])
    def test_they_do_where_all_together_come_to_no_more(self, by):
        measured = {f"m{i}": 20 for i in range(10)}
        for limit in ({"per_person": sum(TEN)}, {"items_per_person": 10}, {"per_person": sum(TEN), "amount": 1e9}):
            assert sib.settle(ten(by, **limit), measured).paid("government") == pytest.approx(20 * sum(TEN))
        with pytest.raises(sib.InputError, match="which milestones each person reached"):
            sib.settle(ten(by, per_person=sum(TEN) - 1), measured)

    def test_a_funnel_at_prices_that_differ_from_cohort_to_cohort(self):
        # at most 1,500 a person. First cohort: 40 x 600, 30 x 700. Second: 20 x 800, and 10 x 700 of 1,000
        metrics = [milestone("x"), milestone("y", among="x")]
        old, new = {"published_until": dt.date(2017, 6, 30)}, {"published_from": dt.date(2017, 7, 1)}
        payments = [price("x", 600, **old), price("y", 700, **old)]
        payments += [price("x", 800, **new) | {"name": "x new"}, price("y", 1_000, **new) | {"name": "y new"}]
        limits = [{"name": "l", "per_person": 1_500}]
        scenario = deal(metrics, payments, limits, {"x": 0.5, "y": 0.5}, sizes=(60, 60))
        ledger = sib.settle(scenario, {"x": [40, 20], "y": [30, 10]})
        assert ledger.paid("government") == pytest.approx(40 * 600 + 30 * 700 + 20 * 800 + 10 * 700)


class TestTheOrderInWhichPersonsReachThem:
    def paid(self, first, second, **payments):
        metrics = [
            milestone("a", {"months_after_enrolment": first}),
            milestone("z", {"months_after_enrolment": second}),
        ]
        named = [price(name, 1_000) for name in payments.get("order", "az")]
        limits = [{"name": "l", "items_per_person": 1}]
        ledger = sib.simulate(deal(metrics, named, limits, {"a": 1.0, "z": 1.0}), 1, rng=1, chance=()).ledger(0)
        return {line.payment: line.paid for line in ledger.lines}

    def test_by_the_dates_of_their_results(self):
        assert self.paid(6, 12) == {"a": 60_000, "z": 0}
        assert self.paid(12, 6) == {"z": 60_000, "a": 0}

    def test_on_one_day_as_the_payments_stand_in_the_file(self):
        assert self.paid(6, 6) == {"a": 60_000, "z": 0}
        assert self.paid(6, 6, order="za") == {"z": 60_000, "a": 0}


def test_those_who_reached_what_nobody_pays_for():
    # y and z are reached by half of the half who reach x: a quarter of these reach both, an eighth of all persons
    metrics = [milestone("x"), milestone("y", among="x"), milestone("z", among="x")]
    scenario = deal(
        metrics,
        [price("y", 100), price("z", 100)],
        [{"name": "l", "items_per_person": 1}],
        {"x": 0.5, "y": 0.5, "z": 0.5},
        sizes=(1_000,),
    )
    payment = sib.simulate(scenario, 4_000, rng=2).columns["payment"]
    assert abs(payment.mean() - 100 * 1_000 * (0.25 + 0.25 - 0.125)) < 4 * payment.std() / np.sqrt(4_000)
