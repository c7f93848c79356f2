"""Costs that are not paid when due. Truth: worked out on paper; the same deal with capital enough; what cash says."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sib
from sib.analysis.columns import Reading
from sib.analysis.published import results_of
from sib.model.worlds import Shocks
from sib.run.recipe import Deal
from sib.settlement import arrears, walk
from sib.settlement.book import Kind
from tests.grammar import any_deals, any_results
from tests.settlement.test_waterfall import TestCostsThatThereIsNoMoneyFor as Revolving
from tests.settlement.test_waterfall import deal

SEEDS = st.integers(0, 2**32 - 1)
NEW = ("arrears_max", "unpaid_cost", "capital_needed")


def columns(scenario, measured):
    """The three columns on one path."""
    compiled = Deal.of(scenario)
    book = walk.settle(compiled.contract, results_of(compiled, measured))
    found = Reading(compiled.contract, book, compiled.contract.investors).columns(NEW)
    return [found[name].item() for name in NEW]


def rows(ledger):
    """(date, due, in time, late, never) of each instalment."""
    return [
        (str(row.date.date()), row.due, row.paid_in_time, row.paid_late, row.never_paid)
        for row in ledger.costs().itertuples()
    ]


class TestOnPaper:
    """100,000 on 1 January 2020 and 2021; 120,000 of capital; receipts pay costs until 31 December 2022."""

    @pytest.mark.parametrize(
        ("days", "second", "figures"),
        [
            # 30,000 on 31 December 2020 and the 20,000 of capital that is left: 50,000 waits; 40,000 comes in June 2022
            ([300, 400, 1000], (50_000, 40_000, 10_000), [50_000, 10_000, 170_000]),
            # 60,000 in June 2022: 50,000 pays what waits, and 10,000 goes on
            ([300, 600, 1000], (50_000, 50_000, 0), [50_000, 0, 170_000]),
            # 80,000 in time: nothing waits
            ([800, 0, 0], (100_000, 0, 0), [0, 0, 120_000]),
            # more than is needed in time: only the first 100,000 takes capital
            ([1500, 0, 0], (100_000, 0, 0), [0, 0, 100_000]),
            # nothing ever comes in
            ([0, 0, 0], (20_000, 0, 80_000), [80_000, 80_000, 200_000]),
        ],
    )
    def test_what_is_late_what_is_never_paid_and_what_it_would_have_taken(self, days, second, figures):
        scenario = deal(Revolving.revolving)
        first = ("2020-01-01", 100_000, 100_000, 0, 0)
        assert rows(sib.settle(scenario, {"days": days})) == [first, ("2021-01-01", 100_000, *second)]
        assert columns(scenario, {"days": days}) == figures

    @pytest.mark.parametrize(("capital", "missing"), [(170_000, 0), (169_000, 1_000)])
    def test_the_capital_that_would_be_needed_is_just_enough(self, capital, missing):
        scenario = deal(Revolving.revolving.replace("120_000", str(capital)))
        assert columns(scenario, {"days": [300, 400, 1000]}) == [missing, 0, 170_000]

    def test_what_comes_in_on_the_day_pays_in_time(self):
        """The second 100,000 falls due on the day on which 90,000 comes in: 80,000 was short in the morning."""
        scenario = deal(Revolving.revolving.replace("2020-12-31", "2021-01-01"))
        ledger = sib.settle(scenario, {"days": [900, 0, 0]})
        assert rows(ledger)[1] == ("2021-01-01", 100_000, 100_000, 0, 0)
        assert not [m for m in ledger.movements if m.label.endswith("late")]
        got = [(m.date, m.amount) for m in ledger.movements if m.payee == "provider" and m.amount]
        assert [sum(amount for date, amount in got if date.year == year) for year in (2020, 2021)] == [100_000, 100_000]
        assert columns(scenario, {"days": [900, 0, 0]}) == [0, 0, 110_000]

    @pytest.mark.parametrize(("capital", "missing"), [(210_000, 0), (209_000, 1_000)])
    def test_costs_after_the_day_are_paid_from_what_capital_is_left(self, capital, missing):
        """The 90,000 come in once costs of that day have drawn capital, and go on: 10,000 in 2023 takes more of it."""
        late = '[[costs]]\nname = "report"\nto = "evaluator"\nper = "deal"\nstarts = 2023-06-30\namount = 10_000\n'
        work = '[[costs]]\nname = "service"\nto = "provider"\nper = "cohort"\namount = 100_000\n'
        fragment = Revolving.revolving.replace("2020-12-31", "2021-01-01").replace("120_000", str(capital))
        assert columns(deal(fragment + work + late), {"days": [900, 0, 0]}) == [missing, missing, 210_000]

    def test_the_oldest_instalment_is_paid_first(self):
        costs = '[[costs]]\nname = "work"\nto = "provider"\nper = "deal"\nstarts = 2020-01-01\namount = 300_000\n'
        scenario = deal(Revolving.revolving + costs + "instalments = 3\nevery_months = 6\n")
        # 120,000 pays the first and 20,000 of the second; 30,000 in December 2020 pays of what is left of the second;
        # the third waits for the 60,000 of June 2022, of which 50,000 pays the rest of the second
        assert rows(sib.settle(scenario, {"days": [300, 600, 0]})) == [
            ("2020-01-01", 100_000, 100_000, 0, 0),
            ("2020-07-01", 100_000, 20_000, 80_000, 0),
            ("2021-01-01", 100_000, 0, 10_000, 90_000),
        ]
        assert columns(scenario, {"days": [300, 600, 0]}) == [150_000, 90_000, 270_000]

    def test_a_deferred_cost_is_never_late_and_needs_no_capital(self):
        costs = (
            '[[costs]]\nname = "service"\nto = "provider"\nper = "cohort"\namount = 100_000\n'
            '[[costs]]\nname = "fee"\nto = "manager"\nper = "deal"\namount = 50_000\nstarts = 2020-01-01\nrank = 1\n'
        )
        measured = {"arrests": [0.5, 0.0]}
        fee = sib.settle(deal(costs), measured).costs().set_index("cost").loc["fee"]
        assert (fee["deferred"], fee["due"], fee["paid_in_time"], fee["paid_late"]) == (True, 50_000, 20_000, 0)
        assert fee["never_paid"] == 30_000
        assert columns(deal(costs), measured) == [0, 0, 200_000]


class TestOverruns:
    """What the capital cannot pay of an overrun vanished: it is never paid."""

    def simulation(self, mean):
        costs = '[[costs]]\nname = "service"\nto = "provider"\nper = "cohort"\namount = 100_000\n'
        return sib.simulate(deal(f"{costs}[beliefs.overruns]\nservice = {{ mean = {mean} }}\n"), 10, rng=1, chance=())

    def test_they_show_as_never_paid(self):
        """Two times 130,000 against 200,000: the second is 60,000 short."""
        found = self.simulation(0.3)
        assert rows(found.ledger()) == [
            ("2020-01-01", 130_000, 130_000, 0, 0),
            ("2021-01-01", 130_000, 70_000, 0, 60_000),
        ]
        estimate = found.summary()["estimate"]
        assert estimate["late_cost_probability"] == estimate["unpaid_cost_probability"] == 1
        assert estimate["unpaid_cost_mean"] == estimate["arrears_max_p95"] == 60_000
        assert estimate["capital_needed_p95"] == 260_000

    def test_no_overrun_leaves_nothing(self):
        estimate = self.simulation(0.0).summary()["estimate"]
        assert estimate["late_cost_probability"] == estimate["arrears_max_mean"] == 0


def poor(scenario, seed, share):
    """A random deal's contract with a share of its capital, and with capital enough, on the same results and shocks."""
    contract = Deal.of(scenario).contract
    results = any_results(scenario, seed)
    factor = 1 + np.random.default_rng(seed).uniform(0, 1, results[0].paths)
    books = []
    for size in (share, 1e3):
        tranches = tuple(dataclasses.replace(t, committed=t.committed * size) for t in contract.tranches)
        books.append(
            walk.settle(dataclasses.replace(contract, tranches=tranches), results, Shocks({"service": factor}))
        )
    return contract, *books


def by_instalment(book, amounts):
    """Amounts by date and label, (paths,) each."""
    found = {}
    for step, label, amount in amounts:
        found[step, label] = found.get((step, label), 0.0) + np.broadcast_to(amount, book.paths)
    return found


@pytest.mark.slow
@given(any_deals(), SEEDS, st.sampled_from([0.05, 0.3, 0.8, 1.0]))
def test_what_was_due_was_paid_in_time_or_late_or_never(scenario, seed, share):
    """Due: what the same deal pays where there is capital enough."""
    contract, book, rich = poor(scenario, seed, share)
    plain = [one for one in arrears.instalments(book) if not one.deferred]
    due = by_instalment(book, [(one.step, one.label, one.in_time + one.late + one.never) for one in plain])
    labels = {one.label for one in plain}
    costs = [entry for entry in rich.entries if entry.kind == Kind.COST and entry.label in labels]
    truth = by_instalment(rich, [(entry.step, entry.label, entry.amount) for entry in costs])
    for key, amount in truth.items():
        np.testing.assert_allclose(due.get(key, 0.0), amount, rtol=1e-9, atol=1e-9 * contract.committed)
    paid = sum((entry.amount for entry in book.entries if entry.kind == Kind.COST), np.zeros(book.paths))
    moved = sum((one.in_time + one.late for one in arrears.instalments(book)), np.zeros(book.paths))
    np.testing.assert_allclose(moved, paid, rtol=1e-9, atol=1e-9 * contract.committed)
    for one in arrears.instalments(book):
        assert min(np.min(one.in_time), np.min(one.late), np.min(one.never)) >= -1e-9 * contract.committed
    never = sum((one.never for one in plain), np.zeros(book.paths))
    np.testing.assert_allclose(arrears.never_paid(book), never, rtol=1e-9, atol=1e-9 * contract.committed)
    assert (never <= arrears.largest(book) + 1e-9 * contract.committed).all()


@given(any_deals(), SEEDS)
def test_the_capital_needed_is_just_enough(scenario, seed):
    """With it nothing is late on that path; with a little less something is."""
    if any(payment.of and (payment.of.principal or payment.of.due_to) for payment in scenario.payments):
        return  # what comes in depends on the capital
    asked = [payment.when for payment in scenario.payments if payment.when is not None]
    if any(limit.until_repaid for limit in scenario.limits) or any(one.repaid or one.not_repaid for one in asked):
        return  # or on whether it has been repaid
    if any(tranche.revolving for tranche in scenario.tranches) and (
        len(scenario.tranches) > 1 or scenario.tranches[0].interest or any(cost.rank for cost in scenario.costs)
    ):
        return  # so does what repays it
    contract, book, _ = poor(scenario, seed, 0.3)
    needed = np.broadcast_to(arrears.capital_needed(contract, book), book.paths)[0]
    results = any_results(scenario, seed)
    factor = 1 + np.random.default_rng(seed).uniform(0, 1, results[0].paths)
    for share, late in ((1 + 1e-6, False), (0.99, True)):
        size = needed * share / contract.committed
        tranches = tuple(dataclasses.replace(t, committed=t.committed * size) for t in contract.tranches)
        settled = walk.settle(dataclasses.replace(contract, tranches=tranches), results, Shocks({"service": factor}))
        worst = np.broadcast_to(arrears.largest(settled), book.paths)[0]
        assert (worst > 1e-9 * contract.committed) == late


@pytest.fixture(scope="module")
def halved():
    whole = sib.load("reboot-west")
    (tranche,) = whole.tranches
    return sib.simulate(whole.replace({f"tranches.{tranche.name}.amount": tranche.amount / 2}), 60, rng=3)


class TestHalfTheCapital:
    """Halved, a deal's multiple is better. Truth: its ledgers, path by path."""

    @pytest.mark.slow
    def test_figures_are_what_the_ledgers_say(self, halved):
        found = halved.summary()["estimate"]
        costs = [halved.ledger(path).costs() for path in range(60)]
        paths = halved.paths
        never = [one["never_paid"].sum() for one in costs]
        late = [one["paid_late"].sum() + one["never_paid"].sum() for one in costs]
        assert paths["unpaid_cost"].to_numpy() == pytest.approx(never, abs=1e-6)
        assert ((paths["arrears_max"] > 1e-6) == (np.array(late) > 1e-6)).all()
        assert found["late_cost_probability"] == 1
        assert found["unpaid_cost_mean"] == pytest.approx(halved.paths["unpaid_cost"].mean())
        assert found["arrears_max_p95"] == np.quantile(halved.paths["arrears_max"], 0.95, method="inverted_cdf")
        assert found["capital_needed_p95"] > halved.scenario.tranches[0].amount
        assert (halved.summary()["mcse"] >= 0).all()

    def test_arrears_are_what_the_dates_say(self, halved):
        """Of one path by hand: due so far, less what was paid so far, at the end of each day."""
        worst = int(halved.paths["arrears_max"].argmax())
        ledger = halved.ledger(worst)
        frame, costs = ledger.to_frame(), ledger.costs()
        paid = frame[frame["kind"] == "cost"].groupby("date")["amount"].sum()
        due = costs.groupby("date")["due"].sum()
        days = due.index.union(paid.index)
        owed = due.reindex(days, fill_value=0.0).cumsum() - paid.reindex(days, fill_value=0.0).cumsum()
        assert owed.max() == pytest.approx(halved.paths["arrears_max"].max())

    @pytest.mark.slow
    def test_the_mean_ledger_is_of_all_blocks(self, halved):
        """What is never paid on average, by instalment and by path."""
        found = sib.simulate(halved.scenario, 17_000, rng=3)
        assert found.ledger().costs()["never_paid"].sum() == pytest.approx(found.columns["unpaid_cost"].mean())

    @pytest.mark.slow
    def test_the_mean_ledger_is_the_mean(self, halved):
        mean = np.mean([halved.ledger(path).costs()["paid_late"].to_numpy() for path in range(60)], axis=0)
        assert halved.ledger().costs()["paid_late"].to_numpy() == pytest.approx(mean)


def test_what_is_certain_is_held_once(plan):
    found = sib.simulate(plan, 20_000, rng=1).columns
    assert {name for name, values in found.items() if values.strides == (0,)} == {"payer_other", "redrawn", *NEW}
