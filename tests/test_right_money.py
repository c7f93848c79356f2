"""The right money, or a refusal: natural ways of writing a term, each with the money worked out by hand.

Each case was once accepted and paid something else, or would be easy to get wrong.
"""

import copy
import datetime as dt
import tomllib

import numpy as np
import pytest

import sib
from tests.test_cookbook import BASE, FRAGMENTS, laid_over

DEAL = tomllib.loads(BASE)


def deal(**changes):
    """The small deal of the cookbook with some of its keys replaced; discount rates follow the tranches."""
    data = copy.deepcopy(DEAL) | changes
    data["beliefs"] = copy.deepcopy(changes.get("beliefs", DEAL["beliefs"]))
    data["beliefs"]["discount_rates"] = {tranche["name"]: 0.03 for tranche in data["tranches"]}
    return sib.Scenario.from_data(data)


RETURN = {
    "name": "return",
    "due": {"dates": [dt.date(2033, 1, 1)]},
    "to": "school",
    "of": {"principal": "school", "years": 12},
    "pays": {"amount": 0.013},
}
PRINCIPAL = {
    "name": "principal",
    "due": {"dates": [dt.date(2033, 1, 1)]},
    "to": "school",
    "of": {"principal": "school"},
    "pays": {"amount": 1},
    "repays": True,
}


class TestWhatFallsDueOnOneDay:
    """Is worked out on the state at the start of the day, whatever the order in the file."""

    @pytest.mark.parametrize("order", [0, 1])
    def test_a_return_beside_the_principal(self, order):
        # 1,000,000 at 1.3% simple for 12 years: 1,000,000 * 0.013 * 12 = 156,000, and the principal
        payments = [RETURN, PRINCIPAL] if order else [PRINCIPAL, RETURN]
        scenario = deal(
            start=dt.date(2021, 1, 1),
            cohorts=[{"name": "1", "size": 100, "enrol": {"starts": dt.date(2021, 1, 1), "months": 12}}],
            payments=payments,
            tranches=[{"name": "school", "amount": 1_000_000, "draws": "at start"}],
            costs=[
                {"name": "building", "to": "builder", "per": "deal", "starts": dt.date(2021, 1, 1), "amount": 1_000_000}
            ],
            limits=[],
        )
        assert sib.settle(scenario, {}).received("school") == pytest.approx(1_156_000)


class TestALoanIsSafe:
    """What is kept for a tranche that is repaid on dates covers its capital and its interest to the day it is due."""

    def scenario(self, spent=100_000, price=1_000, surplus=None, **tranche):
        return deal(
            start=dt.date(2021, 1, 1),
            cohorts=[{"name": "1", "size": 100, "enrol": {"starts": dt.date(2021, 1, 1), "months": 6}}],
            metrics=[
                {"name": "units", "kind": "total", "better": "higher", "reported": {"periods": [dt.date(2022, 1, 1)]}}
            ],
            payments=[{"name": "units", "metric": "units", "scope": "period", "pays": {"per_unit": price}}],
            tranches=[
                {"name": "lender", "amount": spent, "repaid_on": [[dt.date(2023, 1, 1), 1.0]], "draws": "at start"}
                | tranche
            ],
            costs=[
                {"name": "service", "to": "provider", "per": "deal", "starts": dt.date(2021, 1, 1), "amount": spent}
            ],
            remainders=[{"name": "surplus", "shares": surplus or {"city": 1.0}}],
            beliefs={"levels": {"units": 1_000}},
        )

    def test_with_simple_interest(self):
        # 730 days at 10% simple on 100,000: 20,000, besides the capital; the rest goes to the city
        ledger = sib.settle(self.scenario(interest=0.10, compounds=False), {"units": 1_000})
        assert ledger.received("lender") == pytest.approx(120_000)
        assert ledger.received("city") == pytest.approx(880_000)

    def test_with_compound_interest(self):
        # the first year's 10,000 is paid when the money comes in, so that nothing compounds: 100,000 + 2 * 10,000
        ledger = sib.settle(self.scenario(interest=0.10), {"units": 1_000})
        assert ledger.received("lender") == pytest.approx(120_000)

    def test_in_two_repayments(self):
        # 10,000 on 2022-01-01; 10% on 100,000 for 181 days to 2022-07-01; on the other half for 365 days to 2023-07-01
        twice = [[dt.date(2022, 7, 1), 0.5], [dt.date(2023, 7, 1), 0.5]]
        ledger = sib.settle(self.scenario(interest=0.10, compounds=False, repaid_on=twice), {"units": 1_000})
        interest = 10_000 + 100_000 * 0.10 * 181 / 365 + 50_000 * 0.10
        assert ledger.received("lender") == pytest.approx(100_000 + interest)
        assert ledger.received("city") == pytest.approx(1_000_000 - 100_000 - interest)

    @pytest.mark.parametrize(("units", "lender", "city"), [(2_000, 1_100, 900), (1_050, 1_050, 0), (900, 900, 0)])
    def test_a_cap_on_return_counts_what_is_kept(self, units, lender, city):
        # 1,000 put in, at most 1.1 times that comes back, however much there is
        cap = {"multiple": 1.1}
        scenario = self.scenario(1_000, 1, surplus={"lender": 1.0, "city": 0.0}, return_cap=cap)
        ledger = sib.settle(scenario, {"units": units})
        assert ledger.received("lender") == pytest.approx(lender)
        assert ledger.received("city") == pytest.approx(city)

    def test_a_cap_on_annual_return_counts_what_is_kept_as_it_comes(self):
        # 1,000 put in on 2021-01-01 and kept until 2023-01-01; at 10% a year 1,100 are worth what was put in on
        # 2022-01-01, of which the 1,000 that come a year later are worth 1,000 / 1.1
        cap = {"annual_return": 0.1}
        scenario = self.scenario(1_000, 1, surplus={"lender": 1.0, "city": 0.0}, return_cap=cap)
        ledger = sib.settle(scenario, {"units": 5_000})
        assert ledger.received("lender") == pytest.approx(1_000 + 1_100 - 1_000 / 1.1)
        assert ledger.irr("lender") == pytest.approx(0.1)

    def test_where_there_is_less_than_that(self):
        # 115,000 come in: all of it is kept, and all of it is the lender's
        ledger = sib.settle(self.scenario(interest=0.10, compounds=False), {"units": 115})
        assert ledger.received("lender") == pytest.approx(115_000)


def test_what_is_owed_back_is_below_zero_on_each_path():
    # 60% more arrests: by the contract 30,000 of 50,000 is owed back in each of the two cohorts
    fragment = next(fragment for fragment in FRAGMENTS if 'name = "bonus or malus"' in fragment)
    scenario = laid_over(BASE, fragment).replace({"beliefs.effects.arrests": -0.6})
    paths = sib.simulate(scenario, 1, rng=0, chance=()).paths
    owed = paths[["payments.bonus or malus, cohort 1", "payments.bonus or malus, cohort 2"]]
    assert owed.to_numpy().tolist() == [[pytest.approx(-30_000)] * 2]
    assert paths["payment"].tolist() == [pytest.approx(-60_000)]
    many = sib.simulate(scenario, 500, rng=1).paths
    np.testing.assert_allclose(many.filter(like="payments.").sum(axis=1), many["payment"])
