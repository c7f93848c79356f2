"""The order of the file changes no figure. Truth: a contract is the same whichever of its terms is written first."""

import datetime as dt
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario
from sib.settlement import walk
from tests.grammar import any_deals, any_results
from tests.test_cookbook import BASE, laid_over

SEEDS = st.integers(0, 2**32 - 1)


def named_by(payment):
    """The other payments that one depends on, which stand above it."""
    when = payment.get("when", {})
    found = {*when.get("made", ()), *when.get("not_made", ()), *payment.get("less", ())}
    found |= {payment["of"]["cut_from"]} if "cut_from" in payment.get("of", {}) else set()
    found |= {payment["fallback_for"]} if "fallback_for" in payment else set()
    return (found | ({when["unpaid"]} if "unpaid" in when else set())) - {payment["name"]}


def shuffled(draw, data):
    """The data with payments, limits, tranches, costs and remainders in another order, where they may be."""
    changed = dict(data)
    for key in ("limits", "tranches", "costs", "remainders"):
        if data.get(key):
            changed[key] = draw(st.permutations(data[key]))
    changed["remainders"] = deepcopy(changed.get("remainders", []))
    for item in (tier for remainder in changed["remainders"] for tier in remainder.get("tiers", [remainder])):
        names = draw(st.permutations(list(item["shares"])))
        item["shares"] = {name: item["shares"][name] for name in names}
    left, above = draw(st.permutations(data["payments"])), []
    while left:
        ready = next(p for p in left if named_by(p) <= {one["name"] for one in above})
        above.append(ready)
        left.remove(ready)
    return changed | {"payments": above}


def cash_of(scenario, seed):
    plan = Deal.of(scenario).contract
    book = walk.settle(plan, any_results(scenario, seed, paths=8))
    return plan, {party: book.cash(party) for party in plan.parties}


def of_several_pots(draw, data):
    """The data with tranches that are repaid from some payments only, and payments with remainders of their own."""
    first = next(payment for payment in data["payments"] if "to" not in payment)
    plain = {key: first[key] for key in ("metric", "scope", "reads", "pays") if key in first}
    data["payments"] += [{"name": name} | plain for name in ("again", "and again")]  # on the same days
    through = [payment["name"] for payment in data["payments"] if "to" not in payment]
    for tranche in data["tranches"]:
        if tranche.get("kind") != "grant" and "repaid_on" not in tranche and draw(st.booleans()):
            tranche["repaid_from"] = draw(st.lists(st.sampled_from(through), min_size=1, unique=True))
    on = draw(st.lists(st.sampled_from(through), unique=True))
    if on:
        shares = {data["tranches"][0]["name"]: 0.5, "government": 0.5}
        data["remainders"].append({"name": "own", "on": on, "shares": shares})
    return data


def assert_same(before, after, data):
    """Every party's cash by date; where payments share a limit, which of them is cut may differ: what is paid."""
    (plan, found), (_, other) = before, after
    assert found.keys() == other.keys()
    rounding = 1e-9 * (plan.committed + max(np.abs(cash).max() for cash in found.values()))
    whole = ({"amount", "until_repaid"} & limit.keys() for limit in data.get("limits", ()))
    shared = (len(limit.get("on", data["payments"])) > 1 for limit in data.get("limits", ()))
    cut = any(one and several for one, several in zip(whole, shared, strict=True))
    for party in () if cut else found:
        np.testing.assert_allclose(found[party], other[party], rtol=0, atol=rounding, err_msg=party)
    paid = (sum(cash[payer] for payer in plan.payers) for cash in (found, other))
    if cut and not any("of" in payment for payment in data["payments"]) and len(data.get("remainders", ())) < 2:
        np.testing.assert_allclose(*paid, rtol=0, atol=rounding)


@pytest.mark.slow
@given(any_deals(), SEEDS, st.data())
def test_of_the_file_changes_no_figure(scenario, seed, data):
    terms = scenario.data()
    other = Scenario.from_data(shuffled(data.draw, terms))
    assert_same(cash_of(scenario, seed), cash_of(other, seed), terms)


@pytest.mark.slow
@given(any_deals(plain=True), SEEDS, st.data())
def test_nor_where_there_are_several_pots(scenario, seed, data):
    terms = of_several_pots(data.draw, scenario.data() | {"limits": []})
    terms.pop("receipts_pay_costs_until", None)
    try:
        first = Scenario.from_data(terms)
    except sib.ScenarioError:
        return
    other = Scenario.from_data(shuffled(data.draw, terms))
    assert_same(cash_of(first, seed), cash_of(other, seed), terms)


class TestByHand:
    """What used to depend on the order, worked out on paper over the cookbook's small deal."""

    def both_ways(self, key, **changes):
        data = laid_over(BASE, "").data() | changes
        data["beliefs"]["discount_rates"] = {tranche["name"]: 0.03 for tranche in data["tranches"]}
        return [Scenario.from_data(data | {key: order}) for order in (data[key], data[key][::-1])]

    def payments(self, **more):
        arrests = {"metric": "arrests", "scope": "cohort"}
        return [
            {"name": "a", "pays": {"per_unit": 1_000}} | arrests,
            {"name": "b", "pays": {"per_unit": 3_000}} | arrests | more,
        ]

    def test_two_pots_of_one_day_repay_one_loan_in_proportion(self):
        remainders = [{"name": "own", "on": ["a"], "shares": {"provider": 1}}, {"name": "rest", "shares": {"city": 1}}]
        for scenario in self.both_ways("payments", payments=self.payments(), remainders=remainders):
            ledger = sib.settle(scenario, {"arrests": 0.5})
            # 100 arrests a cohort. First 100,000 and 300,000 come in: a quarter of the 200,000 is repaid from `a`,
            # 50,000, of which 50,000 are left; then 100,000 more, for the provider besides its 200,000 of costs
            assert ledger.received("lender") == pytest.approx(200_000)
            assert ledger.received("provider") == pytest.approx(200_000 + 150_000)
            assert ledger.received("city") == pytest.approx(450_000)

    def test_the_pot_that_repays_fewer_goes_first(self):
        tranches = [{"name": "lender", "amount": 150_000}, {"name": "other", "amount": 50_000, "repaid_from": ["b"]}]
        remainders = [{"name": "rest", "shares": {"city": 1}}]
        for scenario in self.both_ways("payments", payments=self.payments(), tranches=tranches, remainders=remainders):
            ledger = sib.settle(scenario, {"arrests": 0.1})
            # twice 20,000 for the lender alone; then 60,000 for what both are owed, 130,000 and 50,000; then what is
            # left: 130,000 - 43,333.33 - 20,000 for the lender, 50,000 - 16,666.67 for the other, where 60,000 come
            first, second = 60_000 * 130 / 180, 60_000 * 50 / 180
            owed = 130_000 - first - 20_000, 50_000 - second
            lender = 20_000 + first + 20_000 + 60_000 * owed[0] / sum(owed)
            assert ledger.received("lender") == pytest.approx(lender)
            assert ledger.received("other") == pytest.approx(160_000 - lender)

    def test_a_cap_leaves_each_pot_room_in_proportion(self):
        cap = {"name": "lender", "amount": 200_000, "return_cap": {"multiple": 1.2}}
        remainders = [
            {"name": "own", "on": ["a"], "shares": {"lender": 1, "provider": 0}},
            {"name": "rest", "shares": {"lender": 1, "city": 0}},
        ]
        for scenario in self.both_ways("payments", payments=self.payments(), tranches=[cap], remainders=remainders):
            ledger = sib.settle(scenario, {"arrests": 0.5})
            # 50,000 and 150,000 are left of the first day's money, and the cap leaves 40,000: 10,000 and 30,000
            assert ledger.received("lender") == pytest.approx(240_000)
            assert ledger.received("provider") == pytest.approx(200_000 + 40_000 + 100_000)
            assert ledger.received("city") == pytest.approx(120_000 + 300_000)

    def test_each_tranche_that_is_redeemed_has_its_own_part_of_what_is_unspent(self):
        tranches = [
            {"name": "a", "amount": 100_000, "draws": "at start"},
            {"name": "b", "amount": 200_000, "draws": "at start"},
        ]
        for redeems in ({"a": 1.0, "b": 1.0}, {"b": 1.0, "a": 1.0}):
            event = {"name": "exit", "date": dt.date(2020, 12, 31), "cohorts": ["2"], "redeems": redeems}
            remainders = [{"name": "rest", "shares": {"city": 1}}]
            (scenario, _) = self.both_ways("tranches", tranches=tranches, events=[event], remainders=remainders)
            ledger = sib.settle(scenario, {"arrests": 0.0})
            # 300,000 paid in and 100,000 spent: two thirds of each is unspent, the city pays the last
            assert ledger.received("a") == pytest.approx(100_000)
            assert ledger.received("b") == pytest.approx(200_000)
            assert ledger.paid("city") == pytest.approx(100_000)

    def test_costs_of_one_day_that_wait_are_paid_in_proportion(self):
        costs = [
            {"name": "one", "to": "first", "per": "deal", "amount": 150_000, "starts": dt.date(2020, 1, 1)},
            {"name": "two", "to": "second", "per": "deal", "amount": 50_000, "starts": dt.date(2020, 1, 1)},
        ]
        days = {"name": "days", "metric": "days housed", "scope": "period", "pays": {"per_unit": 100}}
        for scenario in self.both_ways(
            "costs",
            costs=costs,
            payments=[days],
            tranches=[{"name": "lender", "amount": 100_000}],
            receipts_pay_costs_until=dt.date(2021, 12, 31),
        ):
            ledger = sib.settle(scenario, {"days housed": [600, 0, 0]})
            # half of each is paid at once; of the 60,000 that come in three quarters are the first's
            assert ledger.received("first") == pytest.approx(75_000 + 45_000)
            assert ledger.received("second") == pytest.approx(25_000 + 15_000)
