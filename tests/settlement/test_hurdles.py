"""Tiers of what remains, and remainders that hold once somebody has been repaid. Truth: worked out on paper."""

import pytest

import sib
from tests.test_cookbook import BASE, laid_over


def deal(fragment=""):
    """A fragment over the cookbook's small deal: two cohorts, 100,000 of costs each on 1 January 2020 and 2021.

    `arrests` pays 1,000 for each of 200 arrests avoided in each cohort, on 1 July 2022 and 2023: after 912 and 1,277
    days; the second cost falls due after 366.
    """
    return laid_over(BASE, fragment)


def tranche(name, amount, more=""):
    return f'[[tranches]]\nname = "{name}"\namount = {amount}\n{more}\n'


def tiers(*found):
    """A remainder in tiers: each its shares, and its hurdle where it has one."""
    text = '[[remainders]]\nname = "promote"\n'
    for shares, until in found:
        text += f"[[remainders.tiers]]\nshares = {{ {shares} }}\n" + (f"until = {{ {until} }}\n" if until else "")
    return text


LP = tranche("LP", 180_000) + tranche("GP", 20_000)
TWELVE = tiers(("LP = 0.9, GP = 0.1", 'tranche = "LP", annual_return = 0.12'), ("LP = 0.8, GP = 0.2", None))


def received(scenario, *parties, **measured):
    ledger = sib.settle(scenario, {name.replace("_", " "): result for name, result in measured.items()})
    return [ledger.received(party) for party in parties]


class TestTiers:
    def test_the_hurdle_is_split_on_its_day(self):
        # 180,000 each time. LP paid in 90,000 on days 0 and 366, got 162,000 on day 912 and 18,000 of capital on 1,277
        need = 90_000 * 1.12 ** (1277 / 365) + 90_000 * 1.12 ** (911 / 365) - 162_000 * 1.12 - 18_000
        first = need / 0.9
        lp = 180_000 + need + 0.8 * (160_000 - first)
        assert received(deal(LP + TWELVE), "LP", "GP", arrests=0.9) == pytest.approx([lp, 360_000 - lp], abs=0.005)

    def test_what_exactly_reaches_it_earns_it(self):
        need = 90_000 * 1.12 ** (1277 / 365) + 90_000 * 1.12 ** (911 / 365) - 162_000 * 1.12 - 18_000
        second = (20_000 + need / 0.9) / 200_000  # the capital that is left, and the first tier to its end
        at, less, more = (
            sib.settle(deal(LP + TWELVE), {"arrests": [0.9, second + step]}) for step in (0.0, -0.01, 0.01)
        )
        assert at.irr("LP") == pytest.approx(0.12, abs=1e-12)
        assert at.received("LP") - less.received("LP") == pytest.approx(0.9 * 2_000)
        assert more.received("LP") - at.received("LP") == pytest.approx(0.8 * 2_000)

    def test_a_hurdle_on_a_later_day_is_the_same_hurdle(self):
        # the hurdle is passed on 1 July 2022 already: all that comes later goes 80 to 20
        early = tiers(("LP = 0.9, GP = 0.1", 'tranche = "LP", multiple = 1'), ("LP = 0.8, GP = 0.2", None))
        frame = sib.settle(deal(LP + early), {"arrests": [1.0, 0.5]}).to_frame()
        paid = frame[(frame["kind"] == "return") & (frame["date"] == "2023-07-01")]
        assert dict(zip(paid["payee"], paid["amount"], strict=True)) == pytest.approx({"LP": 80_000, "GP": 20_000})

    def test_three_tiers_and_a_gp_without_money(self):
        # 160,000 remain: LP gets all to 1.1 (20,000), 3/4 to 1.25 (30,000 of 40,000), then half of the other 100,000
        found = tiers(
            ("lender = 1.0", 'tranche = "lender", multiple = 1.1'),
            ("lender = 0.75, provider = 0.25", 'tranche = "lender", multiple = 1.25'),
            ("lender = 0.5, provider = 0.5", None),
        )
        assert received(deal(found), "lender", "provider", arrests=0.9) == pytest.approx(
            [200_000 + 20_000 + 30_000 + 50_000, 200_000 + 10_000 + 50_000]
        )

    def test_the_cap_is_on_what_it_gets_in_whatever_tier(self):
        # LP to 1.2 is 216,000: 36,000 of what remains. Tier one: 18,000 to LP (1.1) of 20,000. In tier two it gets 4/5
        # until it is capped after another 18,000, with 4,500 to GP; the rest of 160,000 goes to GP
        capped = tranche("LP", 180_000, "return_cap = { multiple = 1.2 }") + tranche("GP", 20_000)
        found = tiers(("LP = 0.9, GP = 0.1", 'tranche = "LP", multiple = 1.1'), ("LP = 0.8, GP = 0.2", None))
        assert received(deal(capped + found), "LP", "GP", arrests=0.9) == pytest.approx([216_000, 144_000])

    def test_another_that_is_capped_brings_the_hurdle_nearer(self):
        # GP is capped at 1.05 of 20,000: 1,000. LP needs 18,000 for 1.1: 1,000 goes to GP with 9,000 to LP, then 9,000
        # more go to LP alone; of the other 141,000 LP gets all but what the provider gets
        both = tranche("LP", 180_000) + tranche("GP", 20_000, "return_cap = { multiple = 1.05 }")
        found = tiers(("LP = 0.9, GP = 0.1", 'tranche = "LP", multiple = 1.1'), ("LP = 0.5, provider = 0.5", None))
        got = received(deal(both + found), "LP", "GP", "provider", arrests=0.9)
        assert got == pytest.approx([198_000 + 70_500, 21_000, 200_000 + 70_500])

    def test_a_cap_at_the_hurdle_leaves_the_next_tier_to_the_others(self):
        capped = tranche("LP", 180_000, "return_cap = { annual_return = 0.12 }") + tranche("GP", 20_000)
        found = tiers(
            ("LP = 0.9, GP = 0.1", 'tranche = "LP", annual_return = 0.12'),
            ("LP = 0.5, GP = 0.2, provider = 0.3", None),
        )
        need = 90_000 * 1.12 ** (1277 / 365) + 90_000 * 1.12 ** (911 / 365) - 162_000 * 1.12 - 18_000
        rest = 160_000 - need / 0.9
        got = received(deal(capped + found), "LP", "GP", "provider", arrests=0.9)
        assert got == pytest.approx([180_000 + need, 20_000 + need / 9 + 0.4 * rest, 200_000 + 0.6 * rest], abs=0.01)

    def test_a_tier_goes_on_where_a_cap_keeps_its_tranche_below_the_hurdle(self):
        # LP may come to 1.1, 18,000 on top, which is less than 20% a year: GP gets the other 142,000, the provider none
        capped = tranche("LP", 180_000, "return_cap = { multiple = 1.1 }") + tranche("GP", 20_000)
        found = tiers(("LP = 0.9, GP = 0.1", 'tranche = "LP", annual_return = 0.2'), ("provider = 1.0", None))
        got = received(deal(capped + found), "LP", "GP", "provider", arrests=0.9)
        assert got == pytest.approx([198_000, 162_000, 200_000])

    def test_interest_counts_towards_a_hurdle(self):
        # simple interest: 100,000 for 912 days and for 546; then 20,000 + interest for a year
        lender = tranche("lender", 200_000, "interest = 0.1\ncompounds = false")
        found = tiers(("lender = 0.5, city = 0.5", 'tranche = "lender", multiple = 1.3'), ("city = 1.0", None))
        assert received(deal(lender + found), "lender", arrests=1.0) == pytest.approx([260_000])

    def test_equity_before_and_after_its_money_is_back(self):
        # 60,000 remain of 120,000 and 90,000 once the loan of 150,000 is repaid: 50,000 first, then a half
        text = tranche("lender", 150_000) + tranche("sponsor", 50_000, 'kind = "equity"')
        found = tiers(("sponsor = 1.0", 'tranche = "sponsor", multiple = 1'), ("sponsor = 0.5, city = 0.5", None))
        assert received(deal(text + found), "sponsor", "city", arrests=[0.6, 0.45]) == pytest.approx([55_000, 5_000])


DAYS = '[[payments]]\nname = "days"\nmetric = "days housed"\nscope = "period"\npays = { per_unit = 30 }\n'
ARRESTS = '[[payments]]\nname = "arrests"\nmetric = "arrests"\nscope = "cohort"\npays = { per_unit = 1_000 }\n'


class TestPotsOfOneRemainder:
    def test_what_remains_of_several_pots_comes_to_one_hurdle(self):
        # each loan from its own payments, all that remains in one remainder; on 1 July 2022 both pots are shared out
        same_day = DAYS.replace("days housed", "first days").replace("= 30", "= 100")
        metric = '[[metrics]]\nname = "first days"\nkind = "total"\nbetter = "higher"\n'
        metric += 'reported = { periods = [2022-07-01] }\n[beliefs.levels]\n"first days" = 10\n'
        loans = tranche("A", 150_000, 'repaid_from = ["arrests"]') + tranche("B", 50_000, 'repaid_from = ["days"]')
        found = tiers(("A = 0.5, B = 0.5", 'tranche = "A", multiple = 1.1'), ("provider = 1.0", None))
        # arrests 180,000 less 150,000; days 70,000 less 50,000; 50,000 remain: A to 1.1 is 15,000, with as much to B
        text = loans + found + ARRESTS + same_day + metric
        got = received(deal(text), "A", "B", "provider", arrests=[0.9, 0], first_days=700)
        assert got == pytest.approx([165_000, 65_000, 220_000])


class TestOnceRepaid:
    loans = (
        tranche("arrest loans", 150_000, 'repaid_from = ["arrests"]')
        + tranche("housing loans", 50_000, 'repaid_from = ["days"]')
        + '[[remainders]]\nname = "of arrests"\non = ["arrests"]\nshares = { city = 1.0 }\n'
    )
    until = '[[remainders]]\nname = "until"\non = ["days"]\nshares = { city = 1.0 }\n'
    once = '[[remainders]]\nname = "once"\non = ["days"]\nonce_repaid = ["arrest loans"]\nshares = { provider = 1.0 }\n'

    @pytest.mark.parametrize("order", [until + once, once + until])
    def test_it_holds_from_when_they_are_whole(self, order):
        # days: 60,000 on 30 June 2021, 30,000 a year later and two; arrests: 150,000 on 1 July 2022
        scenario = deal(self.loans + order + ARRESTS + DAYS)
        got = received(scenario, "city", "provider", arrests=[0.75, 0], days_housed=[2000, 1000, 1000])
        assert got == pytest.approx([40_000, 230_000])
        got = received(scenario, "city", "provider", arrests=[0.745, 0], days_housed=[2000, 1000, 1000])
        assert got == pytest.approx([70_000, 200_000])

    def test_it_is_looked_at_path_by_path(self):
        scenario = deal(self.loans + self.until + self.once + ARRESTS + DAYS)
        simulation = sib.simulate(
            scenario.replace({"beliefs.effects.arrests": {"distribution": "uniform", "low": 0.5, "high": 0.9}}),
            200,
            rng=1,
        )
        for path in range(0, 200, 20):
            ledger = simulation.ledger(path)
            frame = ledger.to_frame()
            arrests = frame.loc[frame["label"] == "arrests, cohort 1", "amount"].sum()
            last = frame[(frame["date"] == "2023-06-30") & frame["kind"].isin(["left over"])]
            assert set(last["payee"]) <= ({"provider"} if arrests >= 150_000 - 0.01 else {"city"})

    def test_a_loan_with_a_date_is_whole_on_it(self):
        # of 180,000 on 1 July 2022 80,000 are due and 70,000 are kept; 30,000 remain while it is not whole
        text = tranche("lender", 150_000, "repaid_on = [[2022-07-01, 80_000], [2023-07-01, 70_000]]")
        text += tranche("donor", 50_000, 'kind = "grant"')
        text += '[[remainders]]\nname = "until"\nshares = { city = 1.0 }\n'
        text += '[[remainders]]\nname = "once"\nonce_repaid = ["lender"]\nshares = { provider = 1.0 }\n'
        assert received(deal(text), "city", "provider", arrests=[0.9, 0.1]) == pytest.approx([30_000, 220_000])
