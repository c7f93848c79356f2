"""Shipped scenarios against what was published. Truth: the contracts' own tables, and cash that was paid.

Sources stand in the scenario files; the case numbers are those of the published-facts file that the scenarios are made
from. Amounts are exact to the cent where the source has cents.
"""

from pathlib import Path

import pytest

import sib
from sib.show.text import report
from tests.shipped import NAMES as SHIPPED

CENT = 0.005


def cents(amount):
    return pytest.approx(amount, abs=CENT)


def paid(name, measured, label=None):
    """What is paid to tranches and vehicle for outcomes, in the order of the dates."""
    ledger = sib.settle(sib.load(name), measured)
    frame = ledger.to_frame()
    rows = frame[frame["label"].str.startswith(label)] if label else frame
    return ledger, rows["amount"].tolist()


class TestDenver:
    def jail(self, reduction):
        return sib.settle(sib.load("denver"), {"housing days": 0, "jail days": reduction}).received("jail loans")

    def test_t1_what_was_paid_for_jail_days(self):
        assert self.jail(0.38) == cents(5_104_000)

    @pytest.mark.parametrize(
        ("reduction", "amount"), [(0.1999, 0), (0.20, 3.2e6), (0.30, 4.8e6), (0.65, 6.13e6), (0.80, 6.13e6)]
    )
    def test_t2_the_contracts_table(self, reduction, amount):
        assert self.jail(reduction) == cents(amount)

    def test_t3_what_was_paid_for_housing(self):
        _, amounts = paid("denver", {"housing days": [258_858, 41_070], "jail days": 0.38}, "housing days")
        assert amounts == [cents(3_913_932.96), cents(620_978.40)]

    def test_t4_in_all(self):
        ledger, _ = paid("denver", {"housing days": [258_858, 41_070], "jail days": 0.38})
        tranches = ("housing loans", "jail loans")
        drawn, received = (sum(map(total, tranches)) for total in (ledger.paid, ledger.received))
        assert ledger.paid("City and County of Denver") == cents(9_638_911.36)
        assert (drawn, received - drawn) == (cents(8_600_000), cents(1_038_911.36))
        assert round(received / drawn, 4) == 1.1208
        assert ledger.received("housing loans") == cents(4_534_911.36)

    def test_units_in_all_are_spread_over_the_dates(self):
        ledger, amounts = paid("denver", {"housing days": 299_928, "jail days": 0}, "housing days")
        assert ledger.received("housing loans") == cents(4_534_911.36)
        assert len(amounts) == 2


@pytest.mark.parametrize("reduction", [0.0, -0.02, -0.5])
def test_t5_cuyahoga_pays_nothing(reduction):
    scenario = sib.load("cuyahoga")
    ledger = sib.settle(scenario, {"foster care days": reduction})
    assert ledger.paid("Cuyahoga County") == 0
    assert [ledger.received(tranche.name) for tranche in scenario.tranches] == [0] * 5
    assert sum(tranche.amount for tranche in scenario.tranches) == 4_025_000


class TestNewYork:
    def settled(self, *measured):
        ledger = sib.settle(sib.load("nyc-able"), {"bed days": measured if len(measured) > 1 else measured[0]})
        parties = ("City of New York", "Bloomberg Philanthropies", "Goldman Sachs")
        return *map(ledger.paid, parties), ledger.received("Goldman Sachs")

    @pytest.mark.parametrize("reduction", [-0.1, 0.0, 0.0849])
    def test_t6_at_exit(self, reduction):
        assert self.settled(reduction) == (0, cents(6e6), cents(7.2e6), cents(6e6))

    def test_t7_full_draw_that_failed(self):
        _, guaranteed, drawn, received = self.settled(0.10, 0.0)
        assert (guaranteed, drawn, drawn - received) == (cents(7.2e6), cents(9.6e6), cents(2.4e6))

    def test_the_guarantee_counts_what_the_city_pays(self):
        # a secondary source has the lender lose a quarter, or a sixth after year three, where the city starts to pay
        assert self.settled(0.085) == (cents(4.8e6), cents(1.2e6), cents(7.2e6), cents(6e6))

    @pytest.mark.parametrize(("reduction", "amount"), [(0.10, 9.6e6), (0.20, 11.712e6), (0.50, 11.712e6)])
    def test_t8_the_citys_table(self, reduction, amount):
        assert self.settled(reduction) == (cents(amount), 0, cents(9.6e6), cents(amount))

    @pytest.mark.parametrize(
        ("reduction", "rate"), [(0.10, 0.0), (0.11, 0.012), (0.12, 0.015), (0.13, 0.019), (0.16, 0.033), (0.20, 0.051)]
    )
    def test_t8_the_published_returns_follow_from_the_amounts(self, reduction, rate):
        city, *_ = self.settled(reduction)
        assert round((city / 9.6e6) ** 0.25 - 1, 3) == rate


def test_t10_reboot_west():
    counts = {"enters work": 126, "earns 768": 114, "earns 1631": 102, "earns 3350": 73, "earns 8155": 41}
    frame = sib.settle(sib.load("reboot-west"), counts).to_frame()
    frame = frame[frame["payer"] == "Department for Education"]
    by_item = sorted(frame.groupby(frame["label"].str.split(", 20").str[0])["amount"].sum())
    assert by_item == [cents(amount) for amount in (83_160, 112_750, 200_750, 280_500, 313_500)]
    assert frame["amount"].sum() == cents(990_660)


@pytest.mark.parametrize(
    ("growth", "amount"),
    [
        *((-0.037, 0), (0, 0), (0.01, 5_503_500), (0.02, 5_503_500)),
        *((0.03, 11_007_000), (0.04, 11_007_000), (0.0401, 13_759_500), (0.0765, 13_759_500)),
    ],
)
def test_t12_rhino_bond(growth, amount):
    ledger = sib.settle(sib.load("rhino-bond"), {"rhino growth": growth})
    assert ledger.received("bondholders") == cents(150_000_000 + amount)
    assert ledger.paid("Global Environment Facility") == cents(amount)


class TestNewpin:
    def coupons(self, *rates):
        """What is paid each year, the floor included; without early redemption, which would end it."""
        scenario = sib.load("newpin").replace({"events": None})
        measured = rates if len(rates) > 1 else rates[0]
        frame = sib.settle(scenario, {"restoration rate": measured}).to_frame()
        return frame[frame["label"].str.match("coupon|floor")].groupby("date")["amount"].sum().tolist()

    def test_t14_at_sixty_per_cent(self):
        assert self.coupons(0.60) == [cents(525_000)] * 7

    @pytest.mark.parametrize(("rate", "coupon"), [(0.55, 0.05), (0.60, 0.075), (0.65, 0.12), (0.70, 0.15), (0.9, 0.15)])
    def test_t14_the_published_points(self, rate, coupon):
        assert self.coupons(rate)[0] == cents(7e6 * coupon)

    def test_t15_the_floor_ends_after_three_years(self):
        assert self.coupons(0.50) == [cents(350_000)] * 3

    def test_the_first_two_published_coupons(self):
        first, second, *_ = self.coupons(0.60, 0.616, 0.6525, 0.61, 0.61, 0.61, 0.61)
        assert (first / 7e6, round(second / 7e6, 3)) == (pytest.approx(0.075), 0.089)


class TestBenevolent:
    @pytest.mark.parametrize(("improvement", "p", "e"), [(0.05, 0.05, 0.08), (0.19, 0.06, 0.105), (0.24, 0.07, 0.15)])
    def test_t16_rates_a_year(self, improvement, p, e):
        ledger = sib.settle(sib.load("benevolent"), {"performance": improvement})
        for name, amount, rate in (("class P", 7.5e6, p), ("class E", 2.5e6, e)):  # the file assumes that they compound
            assert ledger.received(name) == cents(amount * (1 + rate) ** 5)

    def test_t16_below_five_per_cent(self):
        ledger = sib.settle(sib.load("benevolent"), {"performance": 0.04})
        assert (ledger.received("class P"), ledger.received("class E")) == (cents(7.5e6), 0)


@pytest.mark.parametrize(("villages", "amount"), [(0, 0), (500, 3_125_000), (1_780, 9_999_999)])
def test_t17_cambodia(villages, amount):
    assert sib.settle(sib.load("cambodia"), {"verified villages": villages}).paid("USAID") == cents(amount)


class TestDoncaster:
    def test_t19_keeps_or_returns_a_tenth_of_the_years_price(self):
        falls = [{"points": fall} for fall in (0.057, 0.033, 0.05)]
        frame = sib.settle(sib.load("doncaster"), {"reconviction rate": falls}).to_frame()
        amounts = frame.groupby("label")["amount"].sum()
        returned = frame[(frame["payer"] == "Serco") & (frame["payee"] == "Ministry of Justice")]
        assert returned["label"].tolist() == ["second year's result, cohort 2, owed"]
        assert returned["amount"].tolist() == [cents(amounts["tenth of the second year's price, 2013-01-01"] * 4)]


def test_t23_essex_in_all():
    scenario = sib.load("essex")
    published = {"care days": {"level": 99}}
    ledger = sib.settle(scenario, published)
    assert scenario.tranches[0].amount == 3_100_000
    assert any(limit.amount == 7_100_000 for limit in scenario.limits)
    assert ledger.received(scenario.tranches[0].name) == cents(4_495_000)


@pytest.mark.parametrize("name", SHIPPED)
def test_each_scenario_runs_and_its_report_can_be_read(name):
    simulation = sib.simulate(sib.load(name), 2_000, rng=1)
    table = simulation.summary()
    assert 0 < table.loc["drawn_mean", "estimate"] <= simulation.futures.deal.contract.committed * (1 + 1e-9)
    assert table["mcse"].dropna().ge(0).all()
    assert table.loc[["loss_probability", "multiple_mean", "npv_mean", "payment_mean"], "estimate"].notna().all()
    said = report(simulation)
    assert simulation.scenario.name in said
    assert "WITHOUT SOURCE" not in said


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.endswith("-what-if")])
def test_a_what_if_says_so_first(name):
    text = (Path(__file__).parents[1] / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
    assert text.startswith("# NO SUCH BOND EXISTED")
    assert "no such bond existed" in sib.load(name).name
