"""Capital that is drawn again once it has been repaid. Truth: worked out on paper."""

import pytest

import sib
from tests.test_cookbook import BASE, laid_over

METRIC = (
    '[[metrics]]\nname = "first days"\nkind = "total"\nbetter = "higher"\n'
    "reported = { periods = [2020-12-31, 2021-12-31] }\n"
    '[beliefs.levels]\n"first days" = { distribution = "normal", mean = 2_000, sd = 200 }\n'
)
PAYMENT = '[[payments]]\nname = "days"\nmetric = "first days"\nscope = "period"\npays = { per_unit = 100 }\n'
LENDER = '[[tranches]]\nname = "lender"\namount = 100_000\nrevolving = true\n'


def deal(more="", lender=LENDER, costs=""):
    """Two costs of 100,000 on 1 January 2020 and 2021, 100 a day housed on 31 December of both years."""
    return laid_over(BASE, lender + more + costs + PAYMENT + METRIC)


def settled(scenario, *days):
    return sib.settle(scenario, {"first days": list(days)})


def moves(ledger, *kinds):
    frame = ledger.to_frame()
    rows = frame[frame["kind"].isin(kinds)]
    return [(str(row.date.date()), row.kind, round(row.amount, 2)) for row in rows.itertuples()]


class TestDraws:
    def test_what_has_been_repaid_is_drawn_again(self):
        assert moves(settled(deal(), 1200, 800), "draw", "drawn again", "repayment", "return") == [
            ("2020-01-01", "draw", 100_000),
            ("2020-12-31", "repayment", 100_000),
            ("2020-12-31", "return", 20_000),
            ("2021-01-01", "drawn again", 100_000),
            ("2021-12-31", "repayment", 80_000),
        ]

    def test_a_cost_waits_until_capital_comes_back(self):
        ledger = settled(deal(), 600, 1400)
        assert moves(ledger, "draw", "drawn again", "repayment", "return", "cost") == [
            ("2020-01-01", "draw", 100_000),
            ("2020-01-01", "cost", 100_000),
            ("2020-12-31", "repayment", 60_000),
            ("2021-01-01", "drawn again", 60_000),
            ("2021-01-01", "cost", 60_000),
            ("2021-12-31", "repayment", 100_000),
            ("2021-12-31", "return", 40_000),
            ("2021-12-31", "drawn again", 40_000),
            ("2021-12-31", "cost", 40_000),
        ]
        costs = ledger.costs()
        assert costs["paid_late"].tolist() == [0, 40_000]

    def test_or_is_never_paid(self):
        costs = settled(deal(), 600, 100).costs()
        assert costs[["paid_in_time", "paid_late", "never_paid"]].to_numpy().tolist() == [
            [100_000, 0, 0],
            [60_000, 10_000, 30_000],
        ]

    def test_by_draw_rank_with_capital_that_is_drawn_once(self):
        # the donor's 40,000 goes first; 60,000 of the lender's then comes back and is drawn again with 40,000 of new
        donor = '[[tranches]]\nname = "donor"\namount = 40_000\nkind = "grant"\n'
        ledger = settled(
            deal(donor + '[[remainders]]\nname = "rest"\nshares = { city = 1.0 }\n', LENDER + "draw_rank = 2\n"), 900, 0
        )
        assert (ledger.paid("donor"), ledger.paid("lender"), ledger.drawn("lender")) == (40_000, 160_000, 100_000)
        assert ledger.received("city") == 30_000


class TestFigures:
    def test_the_multiple_is_on_the_most_that_was_out(self):
        # 100,000 twice in, 120,000 and 80,000 back: nothing gained on the 100,000 that was at risk
        ledger = settled(deal(), 1200, 800)
        assert (ledger.paid("lender"), ledger.received("lender")) == (200_000, 200_000)
        assert (ledger.drawn("lender"), ledger.multiple("lender")) == (100_000, 1.0)
        assert settled(deal(), 1200, 1100).multiple("lender") == pytest.approx(1.3)
        # 60,000 back, put in again, and nothing more: all is lost
        assert settled(deal(), 600, 0).multiple("lender") == pytest.approx(0.0)

    def test_in_a_simulation_gross_and_net_are_both_there(self):
        surely = deal().replace({"beliefs.levels.first days": 2_000.0})
        simulation = sib.simulate(surely, 1, rng=0, chance=())
        found = simulation.summary()["estimate"]
        days = simulation.paths[["first days.2020-12-31.units", "first days.2021-12-31.units"]].iloc[0]
        back = 100 * days.sum()
        again = min(100 * days.iloc[0], 100_000)
        assert found["drawn_mean"] == pytest.approx(100_000)
        assert found["redrawn_mean"] == pytest.approx(again)
        assert found["multiple_mean"] == pytest.approx((back - again) / 100_000)

    def test_a_cap_and_a_hurdle_are_on_it_too(self):
        # 1.2 times 100,000: 20,000 on top, once and not with each draw, whenever they come
        capped = LENDER + "return_cap = { multiple = 1.2 }\n"
        rest = '[[remainders]]\nname = "rest"\nshares = { lender = 1.0, city = 0 }\n'
        ledger = settled(deal(rest, capped), 1300, 1500)
        assert ledger.received("lender") == pytest.approx(220_000)
        assert ledger.received("city") == pytest.approx(60_000)
        assert settled(deal(rest, capped), 1000, 1500).received("city") == pytest.approx(30_000)
        tiers = '[[remainders]]\nname = "rest"\n[[remainders.tiers]]\nshares = { lender = 1.0 }\n'
        tiers += 'until = { tranche = "lender", multiple = 1.2 }\n[[remainders.tiers]]\nshares = { city = 1.0 }\n'
        assert settled(deal(tiers), 1300, 1500).received("city") == pytest.approx(60_000)

    def test_a_guarantee_is_of_it_too(self):
        # 60,000 back and drawn again; 100,000 is out at the end, of which all but 25,000 are covered
        safe = LENDER + 'guarantee = { by = "city", covers = { nodes = [[0, 0], [100_000, 75_000]] } }\n'
        assert moves(settled(deal("", safe), 600, 0), "guarantee") == [("2021-12-31", "guarantee", 75_000)]

    def test_interest_is_on_what_is_out(self):
        # 365 days on 100,000: 10,000, of 120,000; nothing is out on New Year's Eve; 364 days on 100,000
        rest = '[[remainders]]\nname = "rest"\nshares = { city = 1.0 }\n'
        ledger = settled(deal(rest, LENDER + "interest = 0.1\ncompounds = false\n"), 1200, 1200)
        assert ledger.received("lender") == pytest.approx(200_000 + 10_000 + 10_000 * 364 / 365)

    def test_the_capital_that_is_needed(self):
        # what the first days do not bring of 100,000 by the second cost comes on top of 100,000
        few = deal().replace({"beliefs.levels.first days": {"distribution": "normal", "mean": 1_800, "sd": 400}})
        paths = sib.simulate(few, 2_000, rng=1).paths
        back = (100 * paths["first days.2020-12-31.units"]).clip(upper=100_000)
        assert (back < 100_000).sum() > 100
        assert paths["capital_needed"].to_numpy() == pytest.approx((200_000 - back).to_numpy())
        assert paths["arrears_max"].to_numpy() == pytest.approx((100_000 - back).to_numpy())

    def test_with_that_capital_every_cost_is_paid_in_time(self):
        for days in ((600, 1400), (300, 100)):
            short = settled(deal(), *days).costs()
            waits = short["due"].sum() - short["paid_in_time"].sum()
            enough = deal().replace({"tranches.lender.amount": 100_000 + waits})
            assert settled(enough, *days).costs()["paid_in_time"].sum() == pytest.approx(200_000)

    def test_a_cost_that_falls_due_with_receipts_is_paid_in_time(self):
        # 50,000 of capital: half of a cost of 100,000 on a day on which 100,000 come in, the other half that evening
        cost = '[[costs]]\nname = "care"\nto = "provider"\nper = "deal"\namount = 100_000\nstarts = 2020-12-31\n'
        scenario = deal("", LENDER.replace("100_000", "50_000"), cost)
        assert settled(scenario, 1000, 0).costs()["paid_in_time"].tolist() == [100_000]
