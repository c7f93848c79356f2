"""Interest by day counts and on dates of its own, scheduled repayments, debt service. Truth: worked out on paper."""

import datetime as dt
import tomllib

import pytest

import sib
from sib.scenario.scenario import Scenario
from sib.terms.capital import Tranche
from tests.test_cookbook import BASE, laid_over


def deal(fragment=""):
    """A fragment over the cookbook's small deal: two cohorts, 100,000 of costs each on 1 January 2020 and 2021.

    `arrests` pays 1,000 for each of 200 arrests avoided in each cohort, on 1 July 2022 and 2023: after 912 and 1,277
    days; the second cost falls due after 366.
    """
    return laid_over(BASE, 'parties = ["borrower"]\n' + fragment)


SURPLUS = '[[remainders]]\nname = "surplus"\nshares = { city = 1.0 }\n'
PAYMENT = '[[payments]]\nname = "arrests"\nmetric = "arrests"\nscope = "cohort"\npays = { per_unit = 1_000 }\n'


def lender(more="", amount=200_000, name="lender"):
    return f'[[tranches]]\nname = "{name}"\namount = {amount}\n{more}\n'


SERVICE = (
    '[[payments]]\nname = "service"\nof = {{ due_to = "lender" }}\npays = {{ amount = {share} }}\npayer = "borrower"\n'
)
AT_START = 'draws = "at start"\ninterest = 0.06\n'


def paid(scenario, party="lender", kinds=("interest", "repayment"), **measured):
    frame = sib.settle(scenario, {name.replace("_", " "): result for name, result in measured.items()}).to_frame()
    rows = frame[frame["kind"].isin(kinds) & (frame["payee"] == party)]
    return [(str(row.date.date()), row.kind, round(row.amount, 2)) for row in rows.itertuples() if row.amount >= 0.005]


class TestDayCounts:
    @pytest.mark.parametrize(
        ("count", "first", "second"),
        [
            ("actual/365", 200_000 * 0.06 * 912 / 365, 200_000 * 0.06 * 365 / 365),
            ("actual/360", 200_000 * 0.06 * 912 / 360, 200_000 * 0.06 * 365 / 360),
            ("30/360", 200_000 * 0.06 * 900 / 360, 200_000 * 0.06 * 360 / 360),
        ],
    )
    def test_on_dates_of_its_own(self, count, first, second):
        text = AT_START + f'day_count = "{count}"\ninterest_on = {{ dates = [2022-07-01, 2023-07-01] }}\n'
        text += "repaid_on = [[2023-07-01, 1.0]]"
        assert paid(deal(lender(text) + SURPLUS), arrests=0.9) == [
            ("2022-07-01", "interest", round(first, 2)),
            ("2023-07-01", "interest", round(second, 2)),
            ("2023-07-01", "repayment", 200_000),
        ]

    @pytest.mark.parametrize("compounds", [True, False])
    def test_without_dates_of_its_own(self, compounds):
        years = 912 / 360
        interest = 1.06**years - 1 if compounds else 0.06 * years
        text = AT_START + f'day_count = "actual/360"\ncompounds = {str(compounds).lower()}'
        found = paid(deal(lender(text) + SURPLUS), arrests=1.0)
        assert found[0] == ("2022-07-01", "interest", round(200_000 * interest, 2))

    def test_a_draw_on_the_15th_earns_the_31st_and_other_dates_change_nothing(self):
        # drawn on 15 October 2020; 30/360 to 31 December is 76 days, to 15 November 30, then 46
        cost = '[[costs]]\nname = "c"\nto = "provider"\nper = "deal"\namount = 100_000\nstarts = 2020-10-15\n'
        charge = '[[payments]]\nname = "charge"\ndue = { dates = [2020-12-31] }\npays = { amount = 50_000 }\n'
        other = '[[payments]]\nname = "b"\ndue = { dates = [2020-10-31, 2020-11-15] }\npays = { amount = 1 }\n'
        other += 'to = "provider"\n'
        text = 'interest = 0.06\nday_count = "30/360"\ninterest_on = { dates = [2020-12-31] }\n'
        text += "repaid_on = [[2020-12-31, 1]]"
        for more in ("", other):
            found = paid(deal(lender(text, 100_000) + cost + charge + more + SURPLUS))
            assert found[0] == ("2020-12-31", "interest", round(100_000 * 0.06 * 76 / 360, 2))

    @pytest.mark.parametrize(
        ("dates", "days"),
        [
            ("2020-01-31, 2020-03-31, 2020-05-31", (30, 60, 60)),
            ("2020-02-15, 2020-03-31, 2020-04-15, 2020-05-31", (44, 46, 15, 46)),
            ("2020-02-29, 2020-03-31, 2020-08-31", (58, 32, 150)),
        ],
    )
    def test_each_period_is_counted_from_its_own_first_day(self, dates, days):
        text = (
            'draws = "at start"\ninterest = 0.06\nday_count = "30/360"\n' + f"interest_on = {{ dates = [{dates}] }}\n"
        )
        frame = sib.settle(deal(lender(text) + SERVICE.format(share=1) + 'to = "lender"\n'), {}).to_frame()
        # capital that is repaid as money comes in falls due on no day: the borrower pays interest alone
        interest = [200_000 * 0.06 * d / 360 for d in days]
        assert frame.loc[frame["payer"] == "borrower", "amount"].tolist() == pytest.approx(interest)
        text += f"repaid_on = [[{dates.split(', ')[-1]}, 1]]\n"
        frame = sib.settle(deal(lender(text) + SERVICE.format(share=1) + 'to = "lender"\n'), {}).to_frame()
        paid = frame.loc[frame["payer"] == "borrower", "amount"].tolist()
        assert paid == pytest.approx([*interest[:-1], 200_000 + interest[-1]])

    def test_what_ends_on_a_31st_has_earned_it(self):
        # half is repaid on 31 December 2020 of a loan that began on 1 January; interest is due in 2021
        charge = (
            '[[payments]]\nname = "charge"\ndue = { dates = [2020-12-31, 2021-06-30] }\npays = { amount = 100_000 }\n'
        )
        text = 'draws = "at start"\ninterest = 0.06\nday_count = "30/360"\ninterest_on = { dates = [2021-06-30] }\n'
        text += "repaid_on = [[2020-12-31, 0.5], [2021-06-30, 0.5]]"
        found = paid(deal(lender(text) + charge + SURPLUS))
        # by 30/360 from 1 January 2020 to 31 December it is 360 days, to 30 June 2021 539
        due = 100_000 * 0.06 * (360 + 539) / 360
        assert found[:2] == [("2020-12-31", "repayment", 100_000), ("2021-06-30", "interest", round(due, 2))]


class TestInterestDates:
    def test_what_is_not_paid_earns_interest_from_its_date_where_it_compounds(self):
        # due on 31 December 2020 and 2021 and unpaid: 365 days of 200,000, then 365 of what that makes; then 182
        first = 200_000 * 0.06 * 365 / 365
        dates = "interest_on = { dates = [2020-12-31, 2021-12-31] }\n"
        for compounds in (True, False):
            earns = 200_000 + first if compounds else 200_000
            second = earns * 0.06
            earns = earns + second if compounds else 200_000
            text = AT_START + dates + f"compounds = {str(compounds).lower()}"
            found = paid(deal(lender(text) + SURPLUS), arrests=[0.5, 1.0])
            # 100,000 on 1 July 2022 pay the two that are due, then capital; what has accrued since is due at the end
            due = first + second
            capital = 100_000 - due
            third = earns * 0.06 * 182 / 365 + (200_000 - capital) * 0.06
            assert found == [
                ("2022-07-01", "interest", round(due, 2)),
                ("2022-07-01", "repayment", round(capital, 2)),
                ("2023-07-01", "interest", round(third, 2)),
                ("2023-07-01", "repayment", round(200_000 - capital, 2)),
            ]

    def test_money_between_the_dates_repays_capital_and_is_kept_for_interest(self):
        # 220,000 on 1 July 2022 repay 200,000; 912 days of interest are due a year later: the rest is kept for it
        cap = AT_START + "interest_on = { dates = [2023-01-01] }\n"
        interest = 200_000 * 0.06 * 912 / 365
        scenario = deal(lender(cap) + SURPLUS + PAYMENT.replace("1_000", "1_100"))
        assert paid(scenario, arrests=[1.0, 0.0]) == [
            ("2022-07-01", "repayment", 200_000),
            ("2023-01-01", "interest", 20_000),
        ]
        plenty = deal(lender(cap) + SURPLUS + PAYMENT.replace("1_000", "1_300"))
        assert paid(plenty, arrests=[1.0, 0.0]) == [
            ("2022-07-01", "repayment", 200_000),
            ("2023-01-01", "interest", round(interest, 2)),
        ]
        assert paid(plenty, "city", ("left over",), arrests=[1.0, 0.0]) == [
            ("2022-07-01", "left over", round(60_000 - interest, 2))
        ]

    def test_what_is_kept_is_enough_to_the_cent(self):
        # nothing comes in after 1 July 2022. By 30/360 from 1 January 2020: 50,000 to 31 October 2022 is 1,020 days,
        # the other 150,000 to 31 December 1,080; then quarters of 90 days, but 45 for what is repaid on 15 May
        text = AT_START + 'day_count = "30/360"\ninterest_on = { first = 2022-12-31, every_months = 3, times = 5 }\n'
        text += "repaid_on = [[2022-10-31, 0.25], [2023-05-15, 0.25], [2023-12-31, 0.5]]"
        scenario = deal(lender(text) + SURPLUS + PAYMENT.replace("1_000", "2_000"))
        ledger = sib.settle(scenario, {"arrests": [1.0, 0.0]})
        interest = 0.06 / 360 * (50_000 * 1020 + 150_000 * (1080 + 90) + 100_000 * 270 + 50_000 * 45)
        assert ledger.received("lender") == pytest.approx(200_000 + interest)
        over = ledger.to_frame().query("kind == 'left over' and amount > 0.005")
        assert over["date"].astype(str).tolist() == ["2022-07-01"]
        assert over["amount"].item() == pytest.approx(200_000 - interest)

    def test_a_cap_counts_what_is_kept_at_the_day_on_which_it_comes(self):
        # on 1 July 2022 money is kept for interest half a year later, that has accrued, and for a bullet with its own
        text = AT_START + "interest_on = { dates = [2022-12-31, 2023-07-01] }\nrepaid_on = [[2023-07-01, 1.0]]\n"
        text += "return_cap = { annual_return = 0.12 }"
        rest = '[[remainders]]\nname = "rest"\nshares = { lender = 1.0, city = 0 }\n'
        ledger = sib.settle(deal(lender(text) + rest + PAYMENT.replace("1_000", "2_000")), {"arrests": [1.0, 0.5]})
        assert ledger.irr("lender") == pytest.approx(0.12, abs=1e-9)


class TestRepayments:
    def lender(self, repaid_on, **more):
        data = tomllib.loads(BASE)
        data["beliefs"]["discount_rates"] = {"lender": 0.03}
        data["tranches"][0] |= {"repaid_on": repaid_on} | more
        return Scenario.from_data(data)

    def test_money_shares_and_a_series_are_one_scenario(self):
        days = [dt.date(2022, 7, 1), dt.date(2023, 7, 1)]
        shares, money, series = (
            self.lender(given)
            for given in (
                [[day, 0.5] for day in days],
                [[day, 100_000] for day in days],
                {"first": days[0], "every_months": 12, "times": 2},
            )
        )
        assert shares == money == series == self.lender({"dates": days})
        assert Scenario.from_data(tomllib.loads(money.to_toml())) == shares

    def test_parts_of_a_deal_in_millions_are_money_where_they_add_up_to_it(self):
        days = [dt.date(2022, 7, 1), dt.date(2023, 7, 1)]
        small = Tranche(name="lender", amount=0.5, repaid_on=[[days[0], 0.125], [days[1], 0.375]])
        assert small.repaid_on == ((days[0], 0.25), (days[1], 0.75))
        assert Tranche(name="lender", amount=0.5, repaid_on=[[days[0], 1]]).repaid_on == ((days[0], 1.0),)


LOAN = (
    'draws = "at start"\ninterest = 0.05\nday_count = "30/360"\n'
    "interest_on = { first = 2021-01-01, every_months = 12, times = 4 }\n"
    "repaid_on = { first = 2021-01-01, every_months = 12, times = 4 }\n"
)


class TestDebtService:
    def parties(self, *payments):
        return lender(LOAN) + "".join(payments) + SURPLUS

    def test_it_pays_interest_and_capital_on_each_day(self):
        ledger = sib.settle(deal(self.parties(SERVICE.format(share=1), 'to = "lender"\n')), {})
        frame = ledger.to_frame()
        paid = frame[frame["payer"] == "borrower"]
        assert paid["amount"].tolist() == pytest.approx([60_000, 57_500, 55_000, 52_500])
        assert paid["date"].astype(str).tolist() == [f"{year}-01-01" for year in (2021, 2022, 2023, 2024)]
        assert ledger.multiple("lender") == pytest.approx(1.125)

    def test_through_the_vehicle_it_comes_to_the_same(self):
        scenario = deal(self.parties(SERVICE.format(share=1)))
        ledger = sib.settle(scenario, {})
        assert ledger.received("lender") == pytest.approx(225_000)
        assert paid(scenario)[:2] == [("2021-01-01", "interest", 10_000), ("2021-01-01", "repayment", 50_000)]

    def test_what_was_not_paid_is_due_again_with_its_interest(self):
        # half of what is due: 30,000 of 60,000 (interest 10,000, capital 20,000); a year on 180,000 makes 9,000, and
        # 30,000 are overdue with 50,000 more: half of 89,000; then 144,500 (interest 9,000, capital 35,500) are out
        ledger = sib.settle(deal(self.parties(SERVICE.format(share=0.5), 'to = "lender"\n')), {})
        frame = ledger.to_frame()
        paid = frame.loc[frame["payer"] == "borrower", "amount"].tolist()
        assert paid[:2] == pytest.approx([30_000, 44_500])
        assert paid[2] == pytest.approx((144_500 * 0.05 + 144_500 - 50_000) / 2)

    def test_two_who_pay_half_each_pay_alike_in_any_order(self):
        one = SERVICE.format(share=0.5) + 'to = "lender"\n'
        other = one.replace('"service"', '"other half"').replace('payer = "borrower"\n', "")
        for text in (one + other, other + one):
            ledger = sib.settle(deal(self.parties(text)), {})
            assert ledger.paid("borrower") == ledger.paid("city") == pytest.approx(112_500)

    def test_a_limit_cuts_it(self):
        cap = '[[limits]]\nname = "cap"\non = ["service"]\namount = 100_000\n'
        ledger = sib.settle(deal(self.parties(SERVICE.format(share=1), 'to = "lender"\n') + cap), {})
        assert ledger.received("lender") == pytest.approx(100_000)
        assert ledger.statement()["cut"].iloc[1] == pytest.approx(57_500 - 40_000)
