"""The statement and the balances of a ledger. Truth: the small deal's claims, followed by hand from result to money.

In the small deal 1,000 is paid for each arrest avoided, of 200 in each of two cohorts.
"""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import sib
from sib.analysis.ledger import Ledger, Movement
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over, results


def statement(fragment, words):
    scenario = laid_over(BASE, fragment)
    return sib.settle(scenario, results(words, scenario)).statement()


def rows(frame, *columns):
    return list(frame[list(columns)].itertuples(index=False, name=None))


MADE = ("payment", "results", "claimed", "cut", "limits", "paid")


def test_a_claim_from_its_result_to_the_money():
    found = statement("", "arrests=[0.10, 0.05]")
    first = found.iloc[0].to_dict()
    assert first.pop("result") == pytest.approx(20)  # 10% of 100 persons' 2 arrests
    assert {key: value for key, value in first.items() if key in ("value", "claimed", "paid")} == pytest.approx(
        dict.fromkeys(("value", "claimed", "paid"), 20_000)
    )
    assert np.isnan(first["base"])
    assert {key: first[key] for key in ("kind", "payment", "results", "reads", "price", "less", "share", "cut")} == {
        "kind": "outcome payment",
        "payment": "arrests",
        "results": "1",
        "reads": "units",
        "price": "GBP 1,000 for each unit of `arrests` avoided",
        "less": 0,
        "share": 1,
        "cut": 0,
    }
    assert (first["limits"], first["unmet"], first["payer"], first["payee"]) == ("", "", "city", "vehicle")
    assert first["due"] == first["paid_on"] == pd.Timestamp(2022, 7, 1)  # 18 months after a year of enrolment
    assert found["paid"].tolist() == pytest.approx([20_000, 10_000])


def test_ceilings_and_two_limits_each_with_what_it_cut():
    # 25 enter work in each cohort at 600, 28,000 in all; 15 keep it at 1,000, of which 600 are left a person
    found = statement(CEILINGS, JOBS)
    assert rows(found, *MADE) == [
        ("enters work", "1", 15_000, 0, "", 15_000),
        ("keeps job", "1", 15_000, 6_000, "ceiling: 6,000", 9_000),
        ("enters work", "2", 15_000, 2_000, "entries: 2,000", 13_000),
        ("keeps job", "2", 15_000, 6_000, "ceiling: 6,000", 9_000),
    ]


JOBS = "jobs=50 ; keeps job=30"
CEILINGS = next(fragment for fragment in FRAGMENTS if 'name = "contract maximum"' in fragment)


def test_several_limits_on_one_claim():
    limits = "".join(
        f'[[limits]]\nname = "{name}"\non = ["arrests"]\namount = {amount}\n'
        for name, amount in (("wide", 18_000), ("narrow", 15_000))
    )
    found = statement(limits, "arrests=[0.10, 0.05]")
    assert rows(found, *MADE) == [
        ("arrests", "1", pytest.approx(20_000), pytest.approx(5_000), "wide: 2,000; narrow: 3,000", 15_000),
        ("arrests", "2", pytest.approx(10_000), pytest.approx(10_000), "wide: 7,000; narrow: 3,000", 0),
    ]
    assert found["paid_on"].isna().tolist() == [False, True]


def test_a_row_for_each_payer_and_what_its_own_limit_cut():
    fragment = next(fragment for fragment in FRAGMENTS if "ministry's cap" in fragment)
    found = statement(fragment, "arrests=0.10 ; days housed=[100, 0, 0]")
    arrests = found[found["payment"] == "arrests"]
    # 20,000 a cohort, of which the ministry pays 40% up to 10,000 in all
    assert rows(arrests, "results", "payer", "share", "claimed", "cut", "limits", "paid") == [
        ("1", "city", 0.6, pytest.approx(12_000), 0, "", pytest.approx(12_000)),
        ("1", "ministry", 0.4, pytest.approx(8_000), 0, "", pytest.approx(8_000)),
        ("2", "city", 0.6, pytest.approx(12_000), 0, "", pytest.approx(12_000)),
        (
            "2",
            "ministry",
            0.4,
            pytest.approx(8_000),
            pytest.approx(6_000),
            "ministry's cap: 6,000",
            pytest.approx(2_000),
        ),
    ]


def test_what_is_owed_back_goes_from_who_owes_it_to_the_payer():
    fragment = next(fragment for fragment in FRAGMENTS if 'name = "bonus or malus"' in fragment)
    found = statement(fragment, "arrests=[-0.60, 0.10]")
    # 60% worse: 0.6 of 50,000 is owed; 10% better lies in the interval about no effect
    assert rows(found, "kind", "value", "claimed", "paid", "payer", "payee") == [
        ("owed on outcome payments", pytest.approx(-30_000), *[pytest.approx(30_000)] * 2, "lender", "city"),
        ("outcome payment", pytest.approx(5_000), 0, 0, "city", "lender"),
    ]
    assert found["unmet"].tolist()[0] == ""
    assert found["unmet"].tolist()[1].startswith("interval of arrests: ")
    assert found["unmet"].tolist()[1].endswith("%, below 90%")


@pytest.mark.parametrize(
    ("when", "words", "unmet"),
    [
        ("when = { improvement = 0.1 }\n", "arrests=0.05", "improvement of arrests: 5%, below 10%"),
        (
            "when = { improvement = 0.1, others = { reconvicted = { points = 0.05 } } }\n",
            "arrests=0.05 ; reconvicted.points=0.04",
            "improvement of arrests: 5%, below 10%; "
            "points of reconvicted: 4 percentage points, below 5 percentage points",
        ),
        (
            "when = { improvement = 0.05, others = { reconvicted = { points = 0.05 } } }\n",
            "arrests=0.05 ; reconvicted.points=0.06",
            "",
        ),
    ],
)
def test_a_condition_that_is_not_met(when, words, unmet):
    payment = f'[[payments]]\nname = "p"\nmetric = "arrests"\nscope = "pooled"\n{when}pays = {{ per_unit = 1_000 }}\n'
    found = statement(payment, words)
    claimed = 0 if unmet else pytest.approx(20_000)
    assert rows(found, "value", "claimed", "paid", "unmet") == [(pytest.approx(20_000), claimed, claimed, unmet)]


TWO = """
[[payments]]
name = "early"
metric = "arrests"
scope = "cohort"
when = { improvement = 0.1 }
pays = { per_unit = 1_000 }

[[payments]]
name = "late"
metric = "arrests"
scope = "pooled"
months_after_result = 1
"""


def test_payments_that_depend_on_others():
    found = statement(TWO + 'when = { made = ["early"] }\npays = { amount = 7 }\n', "arrests=[0.05, 0.09]")
    assert found["unmet"].iloc[2] == "'early' was not made"
    found = statement(TWO + 'when = { not_made = ["early"] }\npays = { amount = 7 }\n', "arrests=[0.05, 0.10]")
    assert found["unmet"].tolist()[1:] == ["", "'early' was made"]
    found = statement(TWO + 'when = { unpaid = "early" }\npays = { per_unit = 100 }\n', "arrests=[0.20, 0.10]")
    assert found["unmet"].iloc[2] == "no result counts: given up, or paid for already"
    found = statement(TWO + 'less = ["early"]\npays = { per_unit = 1_500 }\n', "arrests=[0.05, 0.10]")
    # 30 arrests at 1,500, less the 20,000 that was paid early
    assert rows(found, "value", "less", "claimed")[2] == tuple(map(pytest.approx, (45_000, 20_000, 25_000)))


def test_shares_of_capital_and_of_costs():
    found = sib.settle(sib.load("newpin"), {"restoration rate": 0.60}).statement()
    coupon = found[found["payment"] == "coupon"].iloc[0]
    assert (coupon["base"], coupon["claimed"]) == (7_000_000, 525_000)  # 7.5% of the 7,000,000 that are out
    assert coupon["value"] == pytest.approx(0.075)
    fragment = next(fragment for fragment in FRAGMENTS if "of = { cost = " in fragment)
    scenario = laid_over(BASE, fragment)
    found = sib.settle(scenario, {"arrests": 0.1}).statement()
    own = found[found["kind"] == "fixed payment"]
    assert (own["value"] * own["base"]).tolist() == pytest.approx(own["claimed"].tolist())
    assert own["results"].iloc[0] == "service, cohort 1, 2020-01-01"
    assert own["result"].isna().all()
    assert (own["reads"] == "").all()


def test_capital_that_is_out_is_the_most_that_is_repaid():
    due = "due = { dates = [2022-01-01, 2023-01-01] }\n"
    payment = f'[[payments]]\nname = "back"\n{due}to = "lender"\nrepays = true\nof = {{ principal = "lender" }}\n'
    found = statement(payment.replace(' of = { principal = "lender" }', "") + "pays = { amount = 0.6 }\n", "")
    # 200,000 is out: 120,000 of it, then 60% of the 80,000 that are left
    assert rows(found, "base", "claimed", "cut", "limits", "paid") == [
        (200_000, 120_000, 0, "", 120_000),
        (80_000, 48_000, 0, "", 48_000),
    ]
    found = statement(payment.replace('of = { principal = "lender" }\n', "") + "pays = { amount = 150_000 }\n", "")
    assert rows(found, "claimed", "cut", "limits", "paid") == [
        (150_000, 0, "", 150_000),
        (150_000, 100_000, "capital that is out: 100,000", 50_000),
    ]


def test_a_delay_shows_as_a_later_day():
    scenario = laid_over(BASE, "[beliefs.delays]\narrests = { months = [0, 7], chances = [0.5, 0.5] }\n")
    simulation, later = sib.simulate(scenario, 40, rng=1), set()
    for path in range(40):
        found = simulation.ledger(path).statement()
        paid = found[found["paid"] > 0]
        later |= set((paid["paid_on"] - paid["due"]).dt.days)
        assert (found["due"] == [pd.Timestamp(2022, 7, 1), pd.Timestamp(2023, 7, 1)]).all()
    assert later == {0, 215}  # 1 July to 1 February


def test_the_mean_of_many_paths_has_no_statement():
    with pytest.raises(sib.InputError) as error:
        sib.simulate(laid_over(BASE, ""), 10, rng=1).ledger().statement()
    assert str(error.value) == (
        "ledger\n  came:  'a mean over paths'\n  rule:  one path's ledger: each claim is made on a result of its own\n"
        "  to do: ask for a path: simulation.ledger(0)"
    )


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=TITLES)
def test_of_each_mechanic_of_the_cookbook(fragment):
    scenario = laid_over(BASE, fragment)
    for path in range(3):
        ledger = sib.simulate(scenario, 3, rng=7).ledger(path)
        found, moved = ledger.statement(), ledger.to_frame()
        np.testing.assert_allclose(found["claimed"] - found["cut"], found["paid"], atol=1e-6)
        made = moved[moved["kind"].isin(["outcome payment", "fixed payment"]) | moved["kind"].str.startswith("owed")]
        by = ["kind", "payer", "payee"]
        paid = found[found["paid"] != 0].groupby(by)["paid"].sum()
        pd.testing.assert_series_equal(paid, made.groupby(by)["amount"].sum(), check_names=False)


DAY = dt.date(2020, 3, 1)
LEDGER = Ledger.of(
    [
        Movement(DAY, "lender", "vehicle", "draw", "draw", 100.0),
        Movement(DAY.replace(month=9), "vehicle", "provider", "cost", "service", 60.0),
        Movement(DAY.replace(year=2022), "city", "vehicle", "outcome payment", "result", 121.0),
        Movement(DAY.replace(year=2022), "vehicle", "lender", "return", "return", 161.0),
    ],
    ("city", "vehicle", "lender", "provider"),
    "GBP",
)


class TestBalances:
    def test_by_hand(self):
        found = LEDGER.balances("YE")
        assert list(found.columns) == ["opening", "in", "out", "closing"]
        assert found.index.names == ["party", "period"]
        assert found.loc["vehicle"].to_numpy().tolist() == [[0, 100, 60, 40], [40, 0, 0, 40], [40, 121, 161, 0]]
        assert found.loc["lender"].to_numpy().tolist() == [[0, 0, 100, -100], [-100, 0, 0, -100], [-100, 161, 0, 61]]
        assert found.loc["city"].index.strftime("%Y-%m-%d").tolist() == ["2020-12-31", "2021-12-31", "2022-12-31"]
        assert found.index.get_level_values("party").unique().tolist() == list(LEDGER.parties)
        assert len(LEDGER.balances("QE")) == 4 * 9

    def test_of_nothing(self):
        assert Ledger.of([], ("a",), "GBP").balances().empty

    def test_no_such_periods(self):
        with pytest.raises(sib.InputError) as error:
            LEDGER.balances("fortnight")
        assert str(error.value) == (
            "freq\n  came:  'fortnight'\n  rule:  periods as pandas calls them\n"
            '  to do: pass, for example, "ME", "QE" or "YE"; or the day on which financial years begin, as in (4, 1)'
        )
