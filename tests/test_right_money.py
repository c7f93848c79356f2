"""The right money, or a refusal: natural ways of writing a term, each with the money worked out by hand.

Each case was once accepted and paid something else, or would be easy to get wrong.
"""

import copy
import datetime as dt
import tomllib

import numpy as np
import pytest

import sib
from tests.settlement.test_waterfall import TestCostsThatThereIsNoMoneyFor as Revolving
from tests.settlement.test_waterfall import deal as revolving
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

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


def over(fragment):
    """A fragment over the small deal: 1,000 for each of 200 arrests a cohort that is avoided."""
    return laid_over(BASE, fragment)


ARRESTS = '[[payments]]\nname = "arrests"\nmetric = "arrests"\nscope = "cohort"\n'
BONUS = '[[payments]]\nname = "bonus"\nmetric = "arrests"\nscope = "cohort"\npays = { amount = 7 }\n'


class TestAPaymentThatHangsOnAnother:
    """Made is what something was paid on: `describe` says that it has been paid."""

    def test_a_malus_is_not_made(self):
        # 20 more arrests in cohort 1, for which 20,000 is owed back; 60 fewer in cohort 2
        malus = (
            ARRESTS + 'owed_by = "lender"\npays = { per_unit = 1_000 }\n' + BONUS + 'when = { made = ["arrests"] }\n'
        )
        ledger = sib.settle(over(malus), {"arrests": [-0.10, 0.30]})
        assert ledger.paid("city") == pytest.approx(60_000 + 7)

    @pytest.mark.parametrize("key", ["made", "not_made"])
    def test_what_a_limit_cut_to_nothing_is_not_made(self, key):
        # cohort 1 takes all 20,000 of the limit: cohort 2 is paid nothing
        cut = ARRESTS + "pays = { per_unit = 1_000 }\n" + BONUS + f'when = {{ {key} = ["arrests"] }}\n'
        cut += '[[limits]]\nname = "most"\non = ["arrests"]\namount = 20_000\n'
        ledger = sib.settle(over(cut), {"arrests": [0.10, 0.10]})
        bonuses = [m.label for m in ledger.movements if m.label.startswith("bonus")]
        assert bonuses == ["bonus, cohort 1" if key == "made" else "bonus, cohort 2"]

    def test_what_rounding_leaves_is_not_made(self):
        # 100.1 and 200.2 come off 300.3: nothing is left but 4.5e-13 in cohort 1
        parts = [("a", 100.1, ""), ("b", 200.2, ""), ("top", 300.3, 'less = ["a", "b"]\n')]
        parts.append(("bonus", 5_000, 'when = { made = ["top"] }\n'))
        fragment = "".join(
            f'[[payments]]\nname = "{name}"\nmetric = "arrests"\nscope = "cohort"\n{more}'
            f"pays = {{ {'amount' if name == 'bonus' else 'per_unit'} = {pays} }}\n"
            for name, pays, more in parts
        )
        paid = sib.settle(over(fragment), {"arrests": [0.10, 0.17]}).paid("city")
        assert paid == pytest.approx(300.3 * (20 + 34))

    @pytest.mark.parametrize("hangs", ['less = ["arrests"]', 'when = { not_made = ["arrests"] }'])
    def test_a_pooled_one_waits_for_all_of_the_others(self, hangs):
        # cohort 2's falls due three months after its result, and so after the pooled one: both would be paid for it
        late = ARRESTS + "months_after_result = 3\npays = { per_unit = 500 }\n"
        late += (
            f'[[payments]]\nname = "all"\nmetric = "arrests"\nscope = "pooled"\n{hangs}\npays = {{ per_unit = 800 }}\n'
        )
        with pytest.raises(sib.InputError, match="what a payment hangs on has fallen due by then"):
            over(late)
        early = late.replace('scope = "pooled"', 'scope = "pooled"\ncohorts = ["1"]\nmonths_after_result = 3')
        assert over(early)  # cohort 2's is none of its business
        waits = late.replace('scope = "pooled"', 'scope = "pooled"\nmonths_after_result = 3')
        paid = sib.settle(over(waits), {"arrests": [0.20, 0.10]}).paid("city")
        assert paid == pytest.approx(60 * 800 if "less" in hangs else 60 * 500)


class TestMoneySpentOnCosts:
    def scenario(self, **terms):
        """1,000 put in at the start, 250 spent each quarter, 900 due for results half a year after the start."""
        start, pays = dt.date(2020, 1, 1), dt.date(2020, 7, 1)
        lender = {"name": "lender", "amount": 1_000, "draws": "at start"} | terms.pop("lender", {})
        return deal(
            start=start,
            cohorts=[{"name": "1", "size": 100, "enrol": {"starts": start, "months": 6}}],
            metrics=[{"name": "units", "kind": "total", "better": "higher", "reported": {"periods": [pays]}}],
            payments=[{"name": "units", "metric": "units", "scope": "period", "pays": {"per_unit": 1}}],
            tranches=[lender],
            costs=[
                {"name": "service", "to": "provider", "per": "deal", "amount": 1_000, "starts": start}
                | {"instalments": 4, "every_months": 3}
            ],
            beliefs={"levels": {"units": 900}},
            **terms,
        )

    def test_may_earn_so_much_from_the_day_on_which_it_was_spent(self):
        limited = self.scenario(limits=[{"name": "cap", "return_on_costs": 0.066}])
        most = 250 * 1.066 ** (182 / 365) + 250 * 1.066 ** (91 / 365) + 250  # the third falls due on the day itself
        assert sib.settle(limited, {"units": 900}).paid("city") == pytest.approx(most)

    def test_is_not_what_investors_put_in(self):
        rest = {"name": "rest", "shares": {"lender": 1.0, "city": 0.0}}
        capped = self.scenario(lender={"return_cap": {"annual_return": 0.066}}, remainders=[rest])
        assert sib.settle(capped, {"units": 900}).paid("city") == pytest.approx(900)

    def test_is_not_counted_before_it_is_sure_to_be_spent(self):
        """240,000 of costs, 120,000 of capital: at 0% the lender could otherwise more than double its money."""
        with pytest.raises(sib.InputError, match="counts costs as planned"):
            revolving(Revolving.revolving + '[[limits]]\nname = "cap"\nreturn_on_costs = 0\n')


class TestTwoEventsThatRedeemOneTranche:
    """On days that both can happen on, the order in the file would say which comes first."""

    fragment = FRAGMENTS[TITLES.index("Early redemption at a share of principal, by year")]
    hazards = (
        '[[events]]\nname = "b"\ndate = {0}\nredeems = {{ lender = 0.5 }}\n'
        '[[events]]\nname = "a"\ndate = 2021-01-02\nuntil = 2021-06-30\nredeems = {{ lender = 1.0 }}\n'
        "[beliefs.hazards]\na = 0.5\n"
    )

    def test_do_not_on_one_day(self):
        with pytest.raises(sib.InputError, match="on one day one event redeems a tranche"):
            over(self.fragment.replace("2022-06-30", "2021-06-30"))
        with pytest.raises(sib.InputError, match="on one day one event redeems a tranche"):
            over(self.hazards.format("2021-06-30"))

    def test_may_where_only_one_of_them_can_happen(self):
        fragment = self.fragment.replace("2022-06-30", "2021-06-30")
        fragment = fragment.replace("unless = { units = 100 }", "when = { units = 100 }").replace("= 300", "= 100")
        ledger = sib.settle(over(fragment), {"arrests": 0.10, "days housed": [150, 0, 0]})
        assert sum(m.amount for m in ledger.movements if m.label == "redemption in year two") == 150_000
        ledger = sib.settle(over(fragment), {"arrests": 0.10, "days housed": [50, 0, 0]})
        assert sum(m.amount for m in ledger.movements if m.label == "redemption in year three") == 100_000

    def test_follow_one_another_whatever_the_order_of_the_file(self):
        one, other = (f"[[events]]{text}" for text in self.hazards.split("[beliefs")[0].split("[[events]]")[1:])
        beliefs = "[beliefs" + self.hazards.split("[beliefs")[1]
        found = [
            sib.simulate(over((first + second + beliefs).format("2021-07-01")), 500, rng=1).columns["received"]
            for first, second in ((one, other), (other, one))
        ]
        np.testing.assert_array_equal(*found)


class TestOneFigureOverAll:
    def test_a_level_needs_one_baseline(self):
        """15 of 60 + 30 expected are avoided: not 30 in the one cohort and none in the other."""
        fragment = (
            '[[metrics]]\nname = "reconvicted"\nkind = "proportion"\nbetter = "lower"\nwindow_months = 12\n'
            'compare = { design = "historical", levels = [0.6, 0.3] }\nreported = { months_after_enrolment = 18 }\n'
            '[[payments]]\nname = "fewer"\nmetric = "reconvicted"\nscope = "cohort"\npays = { per_unit = 1_000 }\n'
            "[beliefs.comparison]\nreconvicted = { share = 0.45 }\n[beliefs.effects]\nreconvicted = 0.1\n"
        )
        differ = over(fragment)
        with pytest.raises(sib.InputError, match="one level over all cohorts where all are measured against the same"):
            sib.settle(differ, {"reconvicted": {"level": 0.375}})
        assert sib.settle(differ, {"reconvicted": {"units": 15}}).paid("city") == pytest.approx(15_000)
        alike = over(fragment.replace("levels = [0.6, 0.3]", "levels = [0.45, 0.45]"))
        assert sib.settle(alike, {"reconvicted": {"level": 0.375}}).paid("city") == pytest.approx(15_000)

    def test_results_to_date_never_fall(self):
        fragment = (
            '[[metrics]]\nname = "jobs"\nkind = "total"\nbetter = "higher"\nonce = true\n'
            "reported = { first = 2021-06-30, every_months = 12, times = 3, cumulative = true }\n"
            '[[payments]]\nname = "jobs"\nmetric = "jobs"\nscope = "to date"\nless = ["jobs"]\n'
            "pays = { per_unit = 10 }\n"
            "[beliefs.levels]\njobs = 0.5\n"
        )
        assert sib.settle(over(fragment), {"jobs": [50, 80, 120]}).paid("city") == pytest.approx(1_200)
        with pytest.raises(sib.InputError, match="results to date never fall"):
            sib.settle(over(fragment), {"jobs": [50, 40, 120]})


def test_a_name_is_the_same_however_its_accent_was_typed():
    composed, decomposed = "d\u00e9lits", "de\u0301lits"
    metric = copy.deepcopy(DEAL["metrics"][0]) | {"name": composed}
    payment = copy.deepcopy(DEAL["payments"][0]) | {"name": composed, "metric": composed}
    beliefs = {table: {composed: DEAL["beliefs"][table]["arrests"]} for table in ("comparison", "effects")}
    tranche = copy.deepcopy(DEAL["tranches"][0]) | {"name": f"{composed} fund"}
    scenario = deal(metrics=[metric], payments=[payment], tranches=[tranche], beliefs=beliefs)
    ledger = sib.settle(scenario, {decomposed: 0.10})
    assert ledger.received(f"{decomposed} fund") == pytest.approx(ledger.received(f"{composed} fund"))
    assert ledger.paid("city") == pytest.approx(40_000)
    assert sib.payoff(scenario, [0.10], decomposed)["payment"].tolist() == pytest.approx([40_000])
