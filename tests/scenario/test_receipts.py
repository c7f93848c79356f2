"""Costs that no money can pay, where receipts may pay costs. Truth: bounds by hand; what random results bring in."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.run.recipe import Deal
from sib.scenario.rules import receipts
from sib.settlement import walk
from sib.settlement.book import Kind
from tests.grammar import any_deals, any_results
from tests.settlement.test_waterfall import deal

DAYS = (
    "receipts_pay_costs_until = 2022-12-31\n"
    '[[tranches]]\nname = "lender"\namount = 120_000\n'
    '[[metrics]]\nname = "days"\nkind = "total"\nbetter = "higher"\n'
    "reported = { periods = [2020-12-31, 2022-06-30, 2023-06-30] }\n"
    "[beliefs.levels]\ndays = 3_000\n"
)
PAYS = '[[payments]]\nname = "days"\nmetric = "days"\nscope = "period"\npays = '
CAP = '[[limits]]\nname = "cap"\non = ["days"]\namount = '


@pytest.mark.parametrize(
    ("fragment", "most"),
    [
        (f"{PAYS}{{ per_unit = 100 }}\n", float("inf")),
        (f"{PAYS}{{ per_unit = 100 }}\n{CAP}90_000\n", 90_000),
        (f"{PAYS}{{ amount = 50_000 }}\n", 100_000),  # two of the three periods are before the day
        (f"{PAYS}{{ steps = [[10, 20_000], [20, 60_000], [30, 45_000]] }}\n", 120_000),
        (f"{PAYS}{{ amount = 50_000 }}\n{CAP}90_000\n", 90_000),
    ],
)
def test_what_comes_in_at_most(fragment, most):
    scenario = deal(DAYS + fragment)
    assert receipts.most(scenario, scenario.timetable, dt.date(2022, 12, 31)) == most


@pytest.mark.slow
@given(any_deals(), st.integers(0, 2**32 - 1), st.integers(2015, 2022))
def test_nothing_brings_in_more(scenario, seed, year):
    contract = Deal.of(scenario).contract
    book = walk.settle(contract, any_results(scenario, seed))
    until = dt.date(year, 7, 1)
    came = np.zeros(book.paths)
    for entry in book.entries:
        receipt = entry.payee == contract.vehicle and entry.kind in (Kind.OUTCOME, Kind.FIXED)
        if receipt and contract.dates[entry.step] < until:
            came += entry.amount
    assert (came <= receipts.most(scenario, scenario.timetable, until) * (1 + 1e-9) + 1e-6).all()


def said(fragment):
    with pytest.raises(sib.ScenarioError) as caught:
        deal(DAYS + fragment)
    return str(caught.value).removeprefix("The small deal: ")


def test_costs_above_all_money_are_refused():
    """200,000 of costs, 120,000 of capital, and two payments of 30,000 before the day."""
    assert said(f"{PAYS}{{ amount = 30_000 }}\n") == (
        "costs\n  came:  '200,000.00 in all'\n"
        "  rule:  costs are paid from the capital committed, 120,000.00, and from what can come in before 2022-12-31,"
        " 60,000.00 at the very most\n"
        "  to do: raise the tranche's amount, lower the costs, or let receipts pay costs until a later day"
    )
    assert deal(f"{DAYS}{PAYS}{{ amount = 40_000 }}\n")


def test_so_are_costs_after_the_day_above_the_capital():
    costs = '[[costs]]\nname = "work"\nto = "provider"\nper = "deal"\nstarts = 2022-12-31\namount = 120_001\n'
    assert said(f"{PAYS}{{ per_unit = 100 }}\n{costs}") == (
        "costs\n  came:  '120,001.00 from 2022-12-31 on'\n"
        "  rule:  costs that fall due once receipts pay no more are paid from the capital committed, 120,000.00\n"
        "  to do: raise the tranche's amount, lower the costs, or let receipts pay costs until a later day"
    )
    assert deal(f"{DAYS}{PAYS}{{ per_unit = 100 }}\n{costs.replace('120_001', '120_000')}")


@pytest.mark.parametrize(("referrals", "most"), [({}, 20_000), ({"referrals": {"mean": 1.2, "sd": 0.1}}, float("inf"))])
def test_each_person_counts_once_where_no_more_come_than_are_planned(referrals, most):
    """Two cohorts of 100 persons at 100 each."""
    fragment = (
        '[[metrics]]\nname = "entry"\nkind = "total"\nbetter = "higher"\nonce = true\n'
        "reported = { months_after_enrolment = 6 }\n"
        '[[payments]]\nname = "entry"\nmetric = "entry"\nscope = "pooled"\npays = { per_unit = 100 }\n'
        "[beliefs.levels]\nentry = 0.5\n"
    )
    data = deal(fragment).data()
    data["metrics"] = [metric for metric in data["metrics"] if metric["name"] != "days housed"]
    del data["beliefs"]["levels"]["days housed"]
    data["beliefs"] |= referrals
    scenario = sib.Scenario.from_data(data)
    assert receipts.most(scenario, scenario.timetable, dt.date(2025, 1, 1)) == most
