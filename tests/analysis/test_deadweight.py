"""What is paid for what would have come anyway. Truth: price times persons times share; sums over single paths."""

import math

import numpy as np
import pytest
from hypothesis import given

import sib
from sib.chance.points import LOT
from tests.grammar import any_deals
from tests.milestones import PERIODS, deal, milestone, price
from tests.test_cookbook import BASE, FRAGMENTS, TITLES, laid_over

SHARES = {"starts": 0.35, "stays": 0.2}
FIGURES = ("paid_mean", "paid_for_nothing_mean")


def funnel(shares=SHARES, *, levels=None, **beliefs):
    """1,000 for each of 60 who starts work, 2,500 for each of those who stay, by year; 100 for each certificate."""
    metrics = [milestone("starts", PERIODS | {"times": 3}), milestone("certificate")]
    metrics.insert(1, {"name": "stays", "kind": "total", "better": "higher", "once": True, "among": "starts"})
    prices = [price("starts", 1_000, "period"), price("stays", 2_500, "period"), price("certificate", 100)]
    known = {"starts": 0.5, "stays": 0.8, "certificate": 0.9} | (levels or {})
    return deal(metrics, prices, [], known, deadweight=shares, **beliefs)


UNSURE = {name: {"distribution": "uniform", "low": 0.4, "high": 0.9} for name in ("starts", "stays")}


def by_hand(simulation):
    """What each payment pays on each path, from the columns of `paths`, and all that is paid."""
    scenario = simulation.scenario
    paid = {}
    for payment in scenario.payments:
        if payment.metric in scenario.beliefs.deadweight:
            labels = {
                sib.scenario.paths.path_of(["payments", o.label]) for o in scenario.timetable.occasions(payment.name)
            }
            paid[payment.name] = simulation.paths[[c for c in simulation.paths if c in labels]].sum(axis=1).to_numpy()
    shares = {p.name: scenario.beliefs.deadweight[p.metric] for p in scenario.payments if p.name in paid}
    return paid, shares, simulation.columns["payment"]


def error(values):
    """The standard error of a mean over independent paths."""
    return values.std(ddof=1) / math.sqrt(values.size)


class TestByHand:
    def test_what_is_certain_is_price_times_persons_times_share(self):
        table = sib.simulate(funnel(), 3, rng=1, chance=()).deadweight()
        assert table.index.tolist() == ["starts", "stays", "total"]
        assert table["metric"].tolist() == ["starts", "stays", ""]
        assert table["share"].tolist()[:2] == [0.35, 0.2]
        # 60 persons: 30 start, 24 stay, 54 have a certificate
        assert table["paid_mean"].tolist() == pytest.approx([30_000, 60_000, 30_000 + 60_000 + 5_400])
        assert table["paid_for_nothing_mean"].tolist() == pytest.approx([10_500, 12_000, 22_500])
        assert table.loc["total", "share"] == pytest.approx(22_500 / 95_400)
        assert not table.filter(like="mcse").to_numpy().any()

    def test_an_additional_outcome_costs_the_cost_over_what_is_left(self):
        costs = sib.simulate(funnel(), 3, rng=1, chance=()).cost_per_outcome()
        assert costs["cost_per_outcome"].tolist() == pytest.approx([95_400 / 30, 95_400 / 24, 95_400 / 54])
        assert costs["cost_per_additional_outcome"].tolist() == pytest.approx(
            [95_400 / (30 * 0.65), 95_400 / (24 * 0.8), math.nan], nan_ok=True
        )
        assert costs["deadweight"].tolist() == pytest.approx([0.35, 0.2, math.nan], nan_ok=True)

    def test_its_error_is_as_much_larger(self):
        costs = sib.simulate(funnel(levels=UNSURE), 500, rng=1).cost_per_outcome().loc["starts"]
        assert costs["cost_per_outcome_mcse"] > 0
        for column in ("", "_mcse"):
            larger = costs[f"cost_per_additional_outcome{column}"] / costs[f"cost_per_outcome{column}"]
            assert larger == pytest.approx(1 / 0.65)

    def test_units_against_a_comparison_are_additional(self):
        fragment = FRAGMENTS[TITLES.index("What would have come anyway")]
        row = sib.simulate(laid_over(BASE, fragment), 200, rng=1).cost_per_outcome().loc["arrests"]
        assert row["deadweight"] == 0.0
        assert row["cost_per_additional_outcome"] == row["cost_per_outcome"]
        assert row["cost_per_additional_outcome_mcse"] == row["cost_per_outcome_mcse"]

    def test_without_any_belief_the_costs_are_as_they_were(self):
        costs = sib.simulate(funnel({}), 3, rng=1, chance=()).cost_per_outcome()
        assert not [column for column in costs if "additional" in column or "deadweight" in column]

    def test_what_the_cookbook_says(self):
        fragment = FRAGMENTS[TITLES.index("What would have come anyway")]
        simulation = sib.simulate(laid_over(BASE, fragment), 1, rng=1, chance=())
        found = simulation.deadweight()["paid_for_nothing_mean"]
        assert found.tolist() == pytest.approx([28_000, 19_200, 47_200])
        cost = simulation.cost_per_outcome().loc["keeps it", "cost_per_additional_outcome"]
        assert cost == pytest.approx(176_000 / (48 * 0.8))

    def test_a_cap_is_shared_alike(self):
        """Half of what is due is cut: half of it is paid for nothing."""
        capped = funnel().replace({"limits": [{"name": "cap", "amount": 12_000, "on": ["starts"]}]})
        row = sib.simulate(capped, 1, rng=1, chance=()).deadweight().loc["starts"]
        assert row["paid_for_nothing_mean"] == pytest.approx(0.35 * 12_000)

    def test_what_is_owed_back_is_taken_off(self):
        """With 24 who stay the manager owes 100 for each below 30, of which a fifth is for nothing too."""
        malus = {"name": "malus", "metric": "stays", "scope": "pooled", "reads": "units", "owed_by": "manager"}
        malus |= {"to": "manager", "pays": {"nodes": [[0, -3_000], [30, 0]]}}
        data = funnel().data()
        data |= {"parties": ["manager"], "payments": [*data["payments"], malus]}
        table = sib.simulate(sib.Scenario.from_data(data), 1, rng=1, chance=()).deadweight()
        assert table.loc["malus", list(FIGURES)].tolist() == pytest.approx([-600, -120])
        assert table.loc["total", list(FIGURES)].tolist() == pytest.approx([94_800, 22_380])

    def test_of_one_payer_it_is_its_part(self):
        shared = funnel().replace(
            {"parties": ["health"], "payments.stays.payers": {"government": 0.75, "health": 0.25}}
        )
        simulation = sib.simulate(shared, 1, rng=1, chance=())
        assert simulation.deadweight("health")["paid_for_nothing_mean"].to_dict() == pytest.approx(
            {"stays": 3_000, "total": 3_000}
        )
        assert simulation.deadweight("health").loc["total", "share"] == pytest.approx(0.2)
        both = sum(simulation.deadweight(one).loc["total", list(FIGURES)] for one in ("government", "health"))
        assert both.tolist() == pytest.approx(simulation.deadweight().loc["total", list(FIGURES)].tolist())


class TestOverThePaths:
    @pytest.mark.slow
    @given(any_deals())
    def test_of_random_deals_it_is_the_share_of_each_payment_path_by_path(self, scenario):
        simulation = sib.simulate(scenario, 5, rng=7)
        if not scenario.beliefs.deadweight:
            with pytest.raises(sib.InputError, match="that would have come anyway"):
                simulation.deadweight()
            return
        table, (paid, shares, in_all) = simulation.deadweight(), by_hand(simulation)
        assert table.index.tolist() == [*paid, "total"]
        for name, values in paid.items():
            assert table.loc[name, "paid_mean"] == pytest.approx(values.mean())
            assert table.loc[name, "paid_for_nothing_mean"] == pytest.approx(shares[name] * values.mean())
        nothing = table["paid_for_nothing_mean"]
        assert nothing["total"] == pytest.approx(nothing.iloc[:-1].sum(), abs=1e-9)
        assert table.loc["total", "paid_mean"] == pytest.approx(in_all.mean(), abs=1e-6)

    def test_errors_are_those_of_the_paths_with_what_payments_have_in_common(self):
        simulation = sib.simulate(funnel(levels=UNSURE), 4_000, rng=2)
        table, (paid, shares, in_all) = simulation.deadweight(), by_hand(simulation)
        for name, values in paid.items():
            assert table.loc[name, "paid_mean_mcse"] == pytest.approx(error(values))
            assert table.loc[name, "paid_for_nothing_mean_mcse"] == pytest.approx(shares[name] * error(values))
        nothing, total = sum(shares[name] * values for name, values in paid.items()), table.loc["total"]
        assert total["paid_for_nothing_mean_mcse"] == pytest.approx(error(nothing))
        apart = np.hypot(*(shares[name] * error(values) for name, values in paid.items()))
        assert total["paid_for_nothing_mean_mcse"] > 1.1 * apart  # who stays has started: they vary together
        # the ratio by the delta method: as the mean of nothing - share x paid, over the mean that is paid
        share = nothing.mean() / in_all.mean()
        assert total["share"] == pytest.approx(share)
        assert total["share_mcse"] == pytest.approx(error(nothing - share * in_all) / in_all.mean())

    def test_paths_that_are_drawn_together_are_one_draw(self):
        simulation = sib.simulate(funnel(levels=UNSURE), 12 * LOT, rng=2, sampling="sobol")
        _, shares, _ = found = by_hand(simulation)
        nothing = sum(shares[name] * values for name, values in found[0].items())
        lots = nothing.reshape(12, LOT).mean(axis=1)
        row = simulation.deadweight().loc["total"]
        assert row["paid_for_nothing_mean_mcse"] == pytest.approx(lots.std(ddof=1) / math.sqrt(12))
        assert row["paid_for_nothing_mean_mcse"] < error(nothing) / 2

    def test_it_is_linear_in_the_share(self):
        tables = {x: sib.simulate(funnel(dict.fromkeys(SHARES, x)), 200, rng=3).deadweight() for x in (0.0, 0.2, 0.4)}
        assert not tables[0.0][["share", "paid_for_nothing_mean", "paid_for_nothing_mean_mcse"]].to_numpy().any()
        for column in ("paid_for_nothing_mean", "paid_for_nothing_mean_mcse", "share"):
            assert tables[0.4][column].tolist() == pytest.approx((2 * tables[0.2][column]).tolist())
        for column in ("paid_mean", "paid_mean_mcse"):
            assert tables[0.4][column].equals(tables[0.0][column])

    def test_after_it_was_saved_it_says_the_same(self, tmp_path):
        simulation = sib.simulate(funnel(levels=UNSURE), 300, rng=4)
        simulation.save(tmp_path / "run.sib")
        opened = sib.open(tmp_path / "run.sib")
        assert opened.deadweight().equals(simulation.deadweight())
        assert opened.cost_per_outcome().equals(simulation.cost_per_outcome())

    def test_worlds_that_paths_share_widen_its_errors(self):
        seen = {"starts": {"2015-12-31": 40}}
        posterior = sib.update(funnel(levels=UNSURE), seen, paths=2_000, rng=5).posterior
        paid, shares, _ = by_hand(posterior)
        nothing = sum(shares[name] * values for name, values in paid.items())
        wider = math.sqrt(1 + posterior.n_paths / posterior.effective_paths)
        row = posterior.deadweight().loc["total"]
        assert row["paid_for_nothing_mean"] == pytest.approx(nothing.mean())
        assert row["paid_for_nothing_mean_mcse"] == pytest.approx(wider * error(nothing))


class TestWhereNothingCanBeSaid:
    def refused(self, scenario, *asked):
        with pytest.raises(sib.InputError) as caught:
            sib.simulate(scenario, 10, rng=1).deadweight(*asked)
        return str(caught.value)

    def test_nothing_is_believed(self):
        rule = "what is paid for nothing follows from the share of a metric's outcomes that would have come anyway"
        remedy = 'add, for example, `"starts" = 0.35` to the table [beliefs.deadweight]; simulate again'
        assert self.refused(funnel({})) == f"beliefs.deadweight\n  came:  nothing\n  rule:  {rule}\n  to do: {remedy}"

    def test_nothing_is_verified(self, plan):
        assert self.refused(plan).endswith("a comparison takes out what would have come anyway")

    def test_there_is_no_such_payer(self):
        assert 'did you mean "government"?' in self.refused(funnel(), "goverment")

    def test_nobody_pays_on_it(self):
        """A share of nothing: what is believed of certificates alone is no part of what health pays."""
        data = funnel({"certificate": 0.5}).data()
        data["payments"].pop()
        table = sib.simulate(sib.Scenario.from_data(data), 3, rng=1, chance=()).deadweight()
        assert table.loc["total", ["share", "paid_for_nothing_mean"]].tolist() == [0.0, 0.0]
        nobody = funnel(levels={"starts": 0.0, "certificate": 0.0})
        assert math.isnan(sib.simulate(nobody, 3, rng=1, chance=()).deadweight().loc["total", "share"])


class TestWhatIsSaid:
    def words(self, scenario):
        return " ".join(scenario.describe().partition("WHAT WOULD HAVE COME ANYWAY")[2].split())

    def test_the_term_sheet_says_what_is_believed_and_what_is_not(self):
        assert self.words(funnel()) == (
            "- `starts`: 35% of what is verified would have come anyway."
            " - `stays`: 20% of what is verified would have come anyway."
            " - Of `certificate` it is not said how much would have."
        )
        assert self.words(funnel(dict.fromkeys(["starts", "stays", "certificate"], 0.3))) == (
            "- `starts`, `stays` and `certificate`: 30% of what is verified of each would have come anyway."
        )
        assert self.words(funnel({})) == ""  # no figure of the deal depends on it

    def test_a_figure_with_its_unit_and_its_source(self):
        path = "beliefs.deadweight.starts"
        assert funnel().assumptions().loc[path, ["unit", "status"]].tolist() == ["share of what is verified", "none"]
        cited = funnel().replace({f"sources.{path}": "a survey of those turned away"})
        found = cited.assumptions().loc[path, ["value", "status", "source"]]
        assert found.tolist() == [0.35, "source", "a survey of those turned away"]
        assert cited.replace({path: 0.3}).assumptions().loc[path, ["value", "status"]].tolist() == [0.3, "analyst"]

    def test_a_share_of_persons_that_is_worked_out_from_what_is_verified_has_one(self):
        metrics = [
            {"name": name, "kind": "proportion", "better": "higher", "compare": {"design": "none"}}
            | {"reported": {"months_after_enrolment": 12}}
            for name in ("housed", "employed")
        ]
        settled = {"name": "settled", "kind": "proportion", "better": "higher"}
        settled |= {"persons_with": {"any_of": ["housed", "employed"]}}
        paid = {"name": "settled", "metric": "settled", "scope": "cohort", "pays": {"per_unit": 10}}
        levels = {"housed": 0.5, "employed": 0.5}
        scenario = deal([*metrics, settled], [paid], [], levels, deadweight={"settled": 0.4})
        row = sib.simulate(scenario, 50, rng=1).deadweight().loc["settled"]
        assert row["paid_for_nothing_mean"] == pytest.approx(0.4 * row["paid_mean"])
