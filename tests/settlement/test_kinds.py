"""Kinds of movements: labels are for people, no name is reserved. Truth: worked out on paper; names change no figure.

The cookbook's small deal costs 100,000 on 1 January 2020 and 2021, lent by `lender`. It pays 1,000 for each arrest
avoided, on 1 July 2022 and 2023; 10% are 20 arrests in each of two cohorts.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.analysis.columns import COLUMNS, Reading
from sib.analysis.format1 import kinds_of
from sib.model.worlds import Shocks
from sib.run.recipe import Deal
from sib.settlement import walk
from sib.settlement.book import Kind
from sib.show.settled import settlement
from tests.grammar import any_deals, any_results, renamed
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over
from tests.test_found import fixed, payment

WORDS = [
    *("draw", "cost", "outcome payment", "fixed payment", "interest", "repayment", "return", "what remains"),
    *("left over", "redemption", "unspent capital", "wind-up: unspent capital", "guarantee", "owed"),
    *("draw, owed", "draw, late", "draw, deferred", "interest, owed", "repayment, late", "return, deferred"),
]
FOUNDATION = 'parties = ["foundation"]\n'
LENDER = (
    '[[tranches]]\nname = "lender"\namount = 250_000\ndraws = "at start"\n'
    'guarantee = { by = "foundation", covers = { amount = 10_000 } }\n'
)
SURPLUS = '[[remainders]]\nname = "surplus"\nshares = { city = 1.0 }\n'


def cost(name, amount, *, to="provider", per="deal", **more):
    keys = {"starts": "2020-01-01"} if per == "deal" else {}
    lines = "".join(f"{key} = {value}\n" for key, value in {**keys, **more}.items())
    return f'[[costs]]\nname = "{name}"\nto = "{to}"\nper = "{per}"\namount = {amount}\n{lines}'


def by_kind(ledger):
    return ledger.to_frame().groupby("kind")["amount"].sum().round(6).to_dict()


class TestPaymentsByAnyName:
    """One pooled payment of 1,000 for each arrest avoided, to a lender of 250,000 with a guarantee of 10,000."""

    @pytest.mark.parametrize("name", ["arrests", *WORDS])
    def test_pays_what_the_contract_says(self, name):
        scenario = laid_over(BASE, FOUNDATION + payment(name, scope="pooled") + LENDER + SURPLUS)
        ledger = sib.settle(scenario, {"arrests": 0.1})
        # 40 arrests avoided; 50,000 of 250,000 was not spent; of the 160,000 that are missing 10,000 are made good
        assert by_kind(ledger) == {
            "draw": 250_000,
            "cost": 200_000,
            "outcome payment": 40_000,
            "repayment": 40_000,
            "unspent capital": 50_000,
            "guarantee": 10_000,
        }
        assert (ledger.drawn("lender"), ledger.multiple("lender")) == (250_000, pytest.approx(0.4))
        assert settlement(scenario, ledger).endswith("Paid for outcomes by city: GBP 40,000.00.")

    @pytest.mark.parametrize("name", ["arrests", *WORDS])
    def test_stands_by_itself_in_a_simulation(self, name):
        paths = sib.simulate(
            laid_over(BASE, FOUNDATION + payment(name, scope="pooled") + LENDER + SURPLUS), 100, rng=1
        ).paths
        assert [column for column in paths if column.startswith("payments.")] == [f"payments.{name}"]
        np.testing.assert_allclose(paths[f"payments.{name}"], paths["payment"], atol=1e-6)  # convention 8
        assert paths["payment"].max() > 0
        assert (paths["drawn"] == 250_000).all()

    def test_each_kind_comes_to_what_it_does_on_paper(self):
        fragment = (
            payment("good", scope="pooled")
            + payment("poor", "days housed", "pooled", pays="{ steps = [[0, -7_000], [500, 0]] }", owed_by='"provider"')
            + fixed("retainer", "2023-07-01", 9_000)
            + fixed("account", "2024-07-01", 1_000, less='["retainer"]', owed_by='"provider"')
            + '[[tranches]]\nname = "lender"\namount = 100_000\ndraws = "at start"\ninterest = 0.05\n'
            + 'compounds = false\n[[tranches]]\nname = "sponsor"\namount = 150_000\n'
            + 'kind = "equity"\ndraws = "at start"\n'
            + '[[remainders]]\nname = "rest"\nshares = { sponsor = 0.75, city = 0.25 }\n'
        )
        ledger = sib.settle(laid_over(BASE, fragment), {"arrests": 0.3, "days housed": 100})
        # 129,000 on 1 July 2023, after 1,277 days: simple interest, capital, and the rest of it remains;
        # so do the 50,000 that were not spent
        interest = 100_000 * 0.05 * 1277 / 365
        rest = 129_000 - 100_000 - interest
        assert by_kind(ledger) == {
            "draw": 250_000,
            "cost": 200_000,
            "outcome payment": 120_000,
            "owed on outcome payments": 7_000,
            "fixed payment": 9_000,
            "owed on fixed payments": 8_000,
            "interest": pytest.approx(interest, abs=0.01),
            "repayment": 100_000,
            "return": pytest.approx(0.75 * (rest + 50_000), abs=0.01),
            "left over": pytest.approx(0.25 * (rest + 50_000), abs=0.01),
        }

    def test_what_is_owed_is_none_of_what_is_called_so(self):
        fragment = payment("days", "days housed", "pooled", pays="{ steps = [[0, -5_000], [500, 0]] }", to='"lender"')
        fragment += 'owed_by = "provider"\n' + payment("days, owed", scope="pooled", pays="{ amount = 3_000 }")
        scenario = laid_over(BASE, fragment)
        ledger = sib.settle(scenario, {"days housed": 100, "arrests": 0.1})
        assert [(m.payer, m.kind, m.amount) for m in ledger.movements if m.label == "days, owed"] == [
            ("provider", "owed on outcome payments", 5_000),
            ("city", "outcome payment", 3_000),
        ]
        assert settlement(scenario, ledger).endswith(
            "Paid for outcomes by city: GBP 3,000.00; owed back to them: GBP 5,000.00."
        )
        columns = sib.simulate(scenario, 200, rng=1, chance=()).columns  # 3,000 days are expected, and nothing is owed
        assert set(columns["payment"]) == {3_000}

    def test_what_a_lender_owes_is_no_capital(self):
        pays = "{ steps = [[0, -5_000], [5_000, 0]] }"
        back = payment("draw", "days housed", "pooled", pays=pays, to='"provider"', owed_by='"lender"')
        scenario = laid_over(BASE, back + payment("arrests"))
        ledger = sib.settle(scenario, {"days housed": 100, "arrests": 0.1})
        assert (ledger.drawn("lender"), ledger.paid("lender")) == (200_000, 205_000)
        assert ledger.multiple("lender") == pytest.approx((40_000 - 5_000) / 200_000)
        columns = sib.simulate(scenario, 50, rng=1, chance=()).columns  # 3,000 days are expected
        assert set(columns["drawn"]) == {200_000}
        assert columns["received"] == pytest.approx(35_000)

    def test_what_is_owed_on_a_fixed_payment_is_not_about_outcomes(self):
        top_up = fixed("top up", "2025-06-30", 10_000, less='["arrests"]', owed_by='"provider"')
        scenario = laid_over(BASE, payment("arrests") + top_up)
        said = settlement(scenario, sib.settle(scenario, {"arrests": 0.1}))
        assert said.endswith("Paid for outcomes by city: GBP 40,000.00. Fixed payments besides: GBP -30,000.00.")


class TestCostsByAnyName:
    @pytest.mark.parametrize("name", ["care", *WORDS])
    def test_is_a_cost(self, name):
        scenario = laid_over(BASE, cost(name, 200_000))
        ledger = sib.settle(scenario, {"arrests": 0.1})
        assert by_kind(ledger) == {"draw": 2e5, "cost": 2e5, "outcome payment": 4e4, "repayment": 4e4}
        assert (ledger.drawn("lender"), ledger.multiple("lender")) == (200_000, pytest.approx(0.2))
        assert ledger.drawn("vehicle") == 0
        assert set(sib.simulate(scenario, 50, rng=1).columns["drawn"]) == {200_000}

    def test_called_like_a_payment_to_the_tranche(self):
        fragment = payment("service", scope="pooled", to='"lender"') + cost("service", 200_000)
        scenario = laid_over(BASE, fragment)
        assert by_kind(sib.settle(scenario, {"arrests": 0.1})) == {"draw": 2e5, "cost": 2e5, "outcome payment": 4e4}
        paths = sib.simulate(scenario, 100, rng=1).paths
        np.testing.assert_allclose(paths["payments.service"], paths["payment"], atol=1e-6)
        np.testing.assert_allclose(paths["payments.service"], paths["received"], atol=1e-6)

    def test_two_that_wait_under_one_label_are_two(self):
        fragment = (
            'receipts_pay_costs_until = 2022-12-31\n[[tranches]]\nname = "lender"\namount = 50_000\n'
            + cost("care", 100_000, per="cohort")
            + cost("care, cohort 2", 50_000, starts="2021-01-01")
            + payment("days", "days housed", "period")
        )
        ledger = sib.settle(laid_over(BASE, fragment), {"days housed": [170, 0, 0]})
        # 50,000 wait from 2020, 100,000 and 50,000 from 2021; 170,000 on 30 June 2021 pay the first, and of the others
        # the 120,000 that are left, in proportion
        waited = [(m.label, m.amount) for m in ledger.movements if m.payee == "provider" and m.date.year == 2021]
        assert waited == [
            ("care, cohort 1, late", 50_000),
            ("care, cohort 2, late", 80_000),
            ("care, cohort 2, late", 40_000),
        ]

    def test_a_deferred_one_called_like_another_that_is_deferred(self):
        fees = cost("fee", 30_000, to="manager", rank=1) + cost("fee, deferred", 50_000, to="manager", rank=2)
        ledger = sib.settle(laid_over(BASE, cost("service", 200_000) + fees), {"arrests": 0.7})
        # 140,000 on each of two days: rank 1 is owed 200,000 and 30,000, and shares; 50,000 left are just rank 2's
        assert by_kind(ledger)["cost"] == 200_000 + 30_000 + 50_000
        deferred = [m for m in ledger.movements if m.payee == "manager"]
        assert {m.kind for m in deferred} == {"cost"}
        assert sum(m.amount for m in deferred if m.label == "fee, deferred") == pytest.approx(30_000)
        assert sum(m.amount for m in deferred if m.label == "fee, deferred, deferred") == pytest.approx(50_000)


@pytest.mark.parametrize("name", ["exit", "arrests, cohort 1", *WORDS])
def test_an_event_by_any_name_redeems(name):
    event = f'[[events]]\nname = "{name}"\ndate = 2022-07-01\nredeems = {{ lender = 0.5 }}\n'
    scenario = laid_over(BASE, event)
    ledger = sib.settle(scenario, {"arrests": 0.1})
    # it comes before the payment of that day: half of the 200,000 is redeemed, and whatever is paid then is a return
    assert by_kind(ledger) == {
        "draw": 200_000,
        "cost": 200_000,
        "outcome payment": 40_000,
        "redemption": 100_000,
        "return": 40_000,
    }
    said = settlement(scenario, ledger)
    assert said.endswith("Paid for outcomes by city: GBP 40,000.00. Early redemption besides: GBP 100,000.00.")
    paths = sib.simulate(scenario, 100, rng=1).paths
    np.testing.assert_allclose(
        paths["payments.arrests, cohort 1"] + paths["payments.arrests, cohort 2"], paths["payment"]
    )


class TestInWords:
    def lines(self, fragment, **measured):
        scenario = laid_over(BASE, fragment)
        return settlement(scenario, sib.settle(scenario, measured)).splitlines()

    def test_a_cost_called_what_remains_is_not_what_remains(self):
        shares = '[[remainders]]\nname = "surplus"\nshares = { provider = 1.0 }\n'
        found = self.lines(cost("what remains", 200_000) + shares, arrests=0.6)
        # 240,000 come in, of which 200,000 go back
        assert [line.split()[-1] for line in found if "what remains" in line] == ["200,000.00", "40,000.00"]

    def test_what_came_back_to_payers_is_what_remained_and_no_cost(self):
        fragment = cost("inspection", 1_000, to="ministry") + cost("service", 199_000)
        fragment += payment("arrests", payers="{ city = 0.5, ministry = 0.5 }") + SURPLUS
        said = self.lines(fragment, arrests=0.6)[-1]
        assert "All payments of each: city 120,000.00 and ministry 120,000.00." in said
        assert said.endswith("Came back to them of what remained: GBP 40,000.00.")

    def test_a_cost_called_like_one_of_many_payments_is_a_line_of_its_own(self):
        due = '[[payments]]\nname = "fee"\ndue = { starts = 2022-01-01, times = 9, every_months = 1 }\n'
        found = self.lines(due + "pays = { amount = 10 }\n" + cost("fee, 2022-01-01", 200_000))
        assert [line.split("  ")[0] for line in found if "fee" in line] == ["vehicle", "city"]
        assert [line.split()[2:4] for line in found if "fee" in line] == [["fee,", "2022-01-01"], ["fee", "2022-01-01"]]


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=TITLES)
def test_labels_of_the_first_format_tell_the_kind_in_the_cookbook(fragment):
    futures = sib.simulate(laid_over(BASE, fragment), 20, rng=1).futures
    kinds = kinds_of(futures.deal.contract)
    for entry in futures.block(0).book.entries:
        assert kinds[entry.payer, entry.payee, entry.label] is entry.kind


def names_of(scenario, group):
    return [item.name for item in getattr(scenario, group)]


@st.composite
def other_names(draw):
    """A deal, and the same with its payments, costs and events called by words of the ledger."""
    scenario = draw(any_deals())
    names = {
        group: dict(zip(names_of(scenario, group), draw(st.permutations(WORDS)), strict=False))
        for group in ("payments", "costs", "events")
    }
    return scenario, names, renamed(scenario, names)


def shocks_of(scenario, names, seed, paths=16):
    """What goes wrong wherever it can."""
    rng, beliefs = np.random.default_rng(seed), scenario.beliefs
    costs, events = names.get("costs", {}), names.get("events", {})
    return Shocks(
        overruns={costs.get(cost, cost): rng.uniform(0.8, 1.6, paths) for cost in beliefs.overruns},
        hazards={events.get(event, event): rng.uniform(0, 1, paths) for event in beliefs.hazards},
        delays={name: rng.integers(0, 2, paths) for name in beliefs.delays},
    )


@pytest.mark.slow
@given(other_names(), st.integers(0, 2**32 - 1))
def test_a_name_changes_no_figure(named, seed):
    scenario, names, other = named
    contracts = Deal.of(scenario).contract, Deal.of(other).contract
    books = [
        walk.settle(contract, any_results(scenario, seed), shocks_of(scenario, called, seed))
        for contract, called in zip(contracts, ({}, names), strict=True)
    ]
    assert contracts[0].parties == contracts[1].parties
    for party in contracts[0].parties:
        np.testing.assert_array_equal(*(book.cash(party) for book in books))
    before, after = ([(e.step, e.payer, e.payee, e.kind, e.payment) for e in book.entries] for book in books)
    assert before == after
    for parties in (contracts[0].investors, *((name,) for name in contracts[0].investors)):
        before, after = (Reading(c, b, parties).columns(COLUMNS) for c, b in zip(contracts, books, strict=True))
        for key, values in before.items():
            np.testing.assert_array_equal(values, after[key], err_msg=key)


@pytest.mark.slow
@given(other_names())
def test_a_name_changes_no_column_of_a_simulation(named):
    scenario, names, _ = named
    # the draws of an overrun and of an event on any day are named after it, so that these keep their names
    kept = {**scenario.beliefs.overruns, **scenario.beliefs.hazards}
    names = {group: {old: new for old, new in of.items() if old not in kept} for group, of in names.items()}
    before, after = (sib.simulate(one, 4, rng=3) for one in (scenario, renamed(scenario, names)))
    assert before.paths.to_numpy().tobytes() == after.paths.to_numpy().tobytes()
    paid = [[column for column in one.paths if column.startswith("payments.")] for one in (before, after)]
    assert len(set(paid[1])) == len(paid[0])
    moved = [[(m.amount, m.kind) for m in one.ledger().movements] for one in (before, after)]
    assert moved[0] == moved[1]


@given(any_deals(), st.integers(0, 2**32 - 1))
def test_labels_of_the_first_format_tell_the_kind(scenario, seed):
    contract = Deal.of(scenario).contract
    kinds = kinds_of(contract)
    book = walk.settle(contract, any_results(scenario, seed), shocks_of(scenario, {}, seed))
    for entry in book.entries:
        assert kinds[entry.payer, entry.payee, entry.label] is entry.kind


@pytest.mark.slow
@given(any_deals(), st.integers(0, 2**32 - 1))
def test_each_kind_is_between_its_parties(scenario, seed):
    contract = Deal.of(scenario).contract
    vehicle, tranches = contract.vehicle, set(contract.investors)
    for entry in walk.settle(contract, any_results(scenario, seed)).entries:
        made = entry.kind in (Kind.OUTCOME, Kind.FIXED, Kind.OUTCOME_OWED, Kind.FIXED_OWED)
        assert made == (entry.payment is not None)
        match entry.kind:
            case Kind.DRAW:
                assert entry.payer in tranches
                assert entry.payee == vehicle
            case Kind.INTEREST | Kind.REPAYMENT | Kind.RETURN | Kind.UNSPENT:
                assert entry.payer == vehicle
                assert entry.payee in tranches
            case Kind.COST | Kind.LEFT_OVER:
                assert entry.payer == vehicle
                assert entry.payee not in tranches
            case Kind.OUTCOME | Kind.FIXED:
                assert entry.payer in contract.payers
                assert (scenario.payments[entry.payment].metric is None) == (entry.kind == Kind.FIXED)
            case Kind.OUTCOME_OWED | Kind.FIXED_OWED:
                assert entry.payee in contract.payers
                assert entry.payer == scenario.payments[entry.payment].owed_by
            case Kind.GUARANTEE | Kind.REDEMPTION:
                assert entry.payee in tranches
