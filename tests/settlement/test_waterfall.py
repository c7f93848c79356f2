"""The waterfall, draws, redemption and late costs on small deals. Truth: worked out on paper."""

import datetime as dt

import pytest

import sib
from tests.test_cookbook import BASE, laid_over


def deal(fragment=""):
    """A fragment over the cookbook's small deal: two cohorts, 100,000 of costs each on 1 January 2020 and 2021.

    `arrests` pays 1,000 for each of 200 arrests avoided in each cohort, on 1 July 2022 and 2023.
    """
    return laid_over(BASE, fragment)


def moves(scenario, label=None, **measured):
    """(date, payee, amount) of the movements with a label."""
    frame = sib.settle(scenario, {name.replace("_", " "): result for name, result in measured.items()}).to_frame()
    rows = frame if label is None else frame[frame["label"] == label]
    return [(str(row.date.date()), row.payee, round(row.amount, 2)) for row in rows.itertuples()]


PAYMENT = '[[payments]]\nname = "arrests"\nmetric = "arrests"\nscope = "cohort"\npays = { per_unit = 1_000 }\n'
SURPLUS = '[[remainders]]\nname = "surplus"\nshares = { city = 1.0 }\n'


class TestSchedules:
    def test_money_is_kept_for_capital_that_is_not_due_yet(self):
        bullet = '[[tranches]]\nname = "lender"\namount = 200_000\nrepaid_on = [[2023-07-01, 1.0]]\n'
        scenario = deal(bullet + SURPLUS)
        assert moves(scenario, "repayment", arrests=0.9) == [("2023-07-01", "lender", 200_000)]
        assert moves(scenario, "what remains", arrests=0.9) == [("2023-07-01", "city", 160_000)]

    def test_nobody_below_is_paid_from_it(self):
        notes = (
            '[[tranches]]\nname = "senior"\namount = 150_000\nrepaid_on = [[2023-07-01, 1.0]]\n'
            '[[tranches]]\nname = "junior"\namount = 50_000\nrank = 2\n'
        )
        scenario = deal(notes + SURPLUS + PAYMENT)
        # 160,000 on 1 July 2022: 150,000 is kept for the senior, 10,000 goes to the junior; then the rest
        assert moves(scenario, "repayment", arrests=0.8) == [
            ("2022-07-01", "junior", 10_000),
            ("2023-07-01", "senior", 150_000),
            ("2023-07-01", "junior", 40_000),
        ]

    def test_what_is_due_and_not_there_is_paid_when_money_comes(self):
        early = '[[tranches]]\nname = "lender"\namount = 200_000\nrepaid_on = [[2021-07-01, 0.5], [2022-07-01, 0.5]]\n'
        assert moves(deal(early + SURPLUS), "repayment", arrests=0.45) == [
            ("2022-07-01", "lender", 90_000),
            ("2023-07-01", "lender", 90_000),
        ]


class TestDraws:
    tranches = (
        '[[tranches]]\nname = "second"\namount = 120_000\ndraw_rank = 2\n'
        '[[tranches]]\nname = "first"\namount = 90_000\n'
        '[[tranches]]\nname = "with it"\namount = 30_000\n'
        '[[remainders]]\nname = "rest"\nshares = { first = 1.0 }\n'
    )

    def test_low_ranks_first_and_equal_ones_in_proportion(self):
        frame = sib.settle(deal(self.tranches), {"arrests": 0.0}).to_frame()
        drawn = frame[frame["label"] == "draw"]
        assert [(row.payer, round(row.amount)) for row in drawn.itertuples()] == [
            ("first", 75_000),
            ("with it", 25_000),
            ("first", 15_000),
            ("with it", 5_000),
            ("second", 80_000),
        ]

    def test_repayment_within_a_rank_is_in_proportion_to_what_is_owed(self):
        paid = moves(deal(self.tranches), "repayment", arrests=0.4)
        assert sum(amount for _, payee, amount in paid if payee == "second") == pytest.approx(160_000 * 80 / 200)


class TestRedemption:
    events = (
        '[[tranches]]\nname = "lender"\namount = 200_000\ndraws = "at start"\n'
        '[[events]]\nname = "exit"\ndate = 2020-12-31\ncohorts = ["2"]\npayments = ["arrests"]\n'
        "redeems = { lender = 0.75 }\n"
    )

    def test_unspent_capital_pays_first_and_then_the_payer(self):
        ledger = sib.settle(deal(self.events), {})
        assert [(m.payer, m.payee, m.amount) for m in ledger.movements if m.label == "exit"] == [
            ("vehicle", "lender", 100_000),
            ("city", "lender", 50_000),
        ]
        assert ledger.received("lender") == 150_000
        assert ledger.received("provider") == 100_000


class TestCostsThatThereIsNoMoneyFor:
    revolving = (
        "receipts_pay_costs_until = 2022-12-31\n"
        '[[tranches]]\nname = "lender"\namount = 120_000\n'
        '[[metrics]]\nname = "days"\nkind = "total"\nbetter = "higher"\n'
        "reported = { periods = [2020-12-31, 2022-06-30, 2023-06-30] }\n"
        '[[payments]]\nname = "days"\nmetric = "days"\nscope = "period"\npays = { per_unit = 100 }\n'
        "[beliefs.levels]\ndays = 3_000\n"
    )

    def test_receipts_pay_costs_before_capital_does(self):
        scenario = deal(self.revolving)
        drawn = [m.amount for m in sib.settle(scenario, {"days": [1500, 0, 0]}).movements if m.label == "draw"]
        assert drawn == [100_000]

    def test_what_is_missing_waits_and_is_paid_first(self):
        ledger = sib.settle(deal(self.revolving), {"days": [300, 400, 1000]})
        # 30,000 came in and 20,000 was left to draw: 50,000 of the second 100,000 waits. 40,000 comes in before the day
        # until which receipts pay costs, and pays as much of it. The 100,000 of 2023 goes on
        late = [(m.date, m.amount) for m in ledger.movements if m.label.endswith("late")]
        assert late == [(dt.date(2022, 6, 30), 40_000)]
        assert ledger.received("provider") == 190_000
        assert ledger.received("lender") == 100_000

    @pytest.mark.parametrize(("until", "late", "lender"), [("2023-06-30", 0, 100_000), ("2023-07-01", 50_000, 50_000)])
    def test_receipts_of_the_day_itself_go_on(self, until, late, lender):
        """They pay costs until the day: those of 30 June 2023 do where it is later, and do not where it is that one."""
        scenario = deal(self.revolving.replace("2022-12-31", until))
        ledger = sib.settle(scenario, {"days": [300, 0, 1000]})
        assert sum(m.amount for m in ledger.movements if m.label.endswith("late")) == late
        assert ledger.received("lender") == lender

    def test_what_is_never_there_is_never_paid(self):
        ledger = sib.settle(deal(self.revolving), {"days": 0})
        assert ledger.received("provider") == 120_000


def test_a_deferred_cost_ranks_with_the_tranches():
    costs = (
        '[[costs]]\nname = "service"\nto = "provider"\nper = "cohort"\namount = 100_000\n'
        '[[costs]]\nname = "fee"\nto = "manager"\nper = "deal"\namount = 50_000\nstarts = 2020-01-01\nrank = 1\n'
    )
    # rank 1 is owed 200,000 and 50,000 when 100,000 comes in, and shares it four to one
    ledger = sib.settle(deal(costs), {"arrests": [0.5, 0.0]})
    assert (ledger.received("lender"), ledger.received("manager")) == (pytest.approx(80_000), pytest.approx(20_000))


def test_a_capped_annual_return_earns_just_that():
    capped = (
        '[[tranches]]\nname = "lender"\namount = 200_000\nreturn_cap = { annual_return = 0.05 }\n'
        '[[remainders]]\nname = "rest"\nshares = { lender = 1.0, city = 0 }\n'
    )
    ledger = sib.settle(deal(capped), {"arrests": 0.9})
    assert ledger.irr("lender") == pytest.approx(0.05, abs=1e-9)
    assert ledger.received("city") > 0


def test_an_event_may_happen_where_a_result_is_reached():
    event = (
        '[[metrics]]\nname = "early days"\nkind = "total"\nbetter = "higher"\nreported = { periods = [2020-12-31] }\n'
        '[[events]]\nname = "enough"\ndate = 2020-12-31\nmetric = "early days"\nwhen = { units = 100 }\n'
        'costs = ["service"]\n'
        '[beliefs.levels]\n"early days" = 100\n'
    )
    scenario = deal(event)
    spent = [sib.settle(scenario, {"arrests": 0.1, "early days": days}).received("provider") for days in (99, 100)]
    assert spent == [200_000, 100_000]


def test_an_event_is_decided_on_what_is_known_by_then():
    event = (
        '[[events]]\nname = "stop"\ndate = 2022-06-30\nmetric = "days housed"\nunless = { units = 500 }\n'
        'payments = ["arrests"]\n'
    )
    # 300 days known on 30 June 2022: it stops, whatever comes a year later
    assert sib.settle(deal(event), {"arrests": 0.1, "days housed": [200, 100, 9000]}).received("lender") == 0
    assert sib.settle(deal(event), {"arrests": 0.1, "days housed": [200, 300, 0]}).received("lender") == pytest.approx(
        40_000
    )


class TestPaymentsThatHangOnOthers:
    payments = (
        '[[payments]]\nname = "early"\nmetric = "arrests"\nscope = "cohort"\nwhen = { improvement = 0.1 }\n'
        "pays = { amount = 10_000 }\n"
        '[[payments]]\nname = "bonus"\nmetric = "arrests"\nscope = "cohort"\nwhen = { made = ["early"] }\n'
        "pays = { amount = 1_000 }\n"
        '[[payments]]\nname = "consolation"\nmetric = "arrests"\nscope = "cohort"\nwhen = { not_made = ["early"] }\n'
        "pays = { amount = 100 }\n"
        '[[payments]]\nname = "at all"\nmetric = "arrests"\nscope = "pooled"\nwhen = { made = ["early"] }\n'
        "pays = { amount = 10 }\n"
    )

    @pytest.mark.parametrize(
        ("improvements", "paid"), [([0.1, 0.0], 11_110), ([0.1, 0.1], 22_010), ([0.0, 0.0], 200), ([0.0, 0.1], 11_110)]
    )
    def test_on_the_same_cohort_or_at_all(self, improvements, paid):
        assert sib.settle(deal(self.payments), {"arrests": improvements}).paid("city") == paid
