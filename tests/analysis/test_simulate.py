"""Simulation and its summary. Truth: a simulation by another hand, closed forms, its own paths, pyxirr."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
import pyxirr
from scipy import stats
from scipy.optimize import brentq

import sib
from sib.analysis.figures import figures_of
from sib.analysis.summary import rows
from sib.measures.discounting import Flows
from sib.measures.expected import Lots

ROWS = [
    *("payment_probability", "loss_probability", "total_loss_probability", "no_irr_probability"),
    *("expected_cash_irr", "multiple_mean", "multiple_median"),
    *("irr_mean", "irr_median", "irr_p05", "irr_p95", "npv_mean"),
    *("var_95", "es_95", "drawn_mean", "payment_mean", "payment_p95", "payer_net_mean", "payer_net_p95"),
    *("late_cost_probability", "unpaid_cost_probability", "unpaid_cost_mean"),
    *("arrears_max_mean", "arrears_max_p95", "capital_needed_p95", "redrawn_mean"),
]


def triggered_by_hand(cohorts, effect, rng, paths=200_000, men=1000, mean=1.55, share=0.557):
    """Share of pilots with a payment, written out for this one contract: another hand's simulation."""
    shape = brentq(lambda k: (k / (k + mean)) ** k - (1 - share), 0.1, 5)
    treated = rng.negative_binomial(men * shape, shape / (shape + mean * (1 - effect)), (cohorts, paths)) / men
    matched = rng.negative_binomial(10 * men * shape, shape / (shape + mean), (cohorts, paths)) / (10 * men)
    early = (1 - treated / matched >= 0.10).any(axis=0)
    pooled = 1 - treated.mean(axis=0) / matched.mean(axis=0) >= 0.075
    return (early | pooled).mean()


class TestTriggers:
    """How often some payment is made when nothing works, and when the programme does what it should."""

    @pytest.mark.parametrize(("name", "cohorts"), [("peterborough", 3), ("peterborough-2017", 2)])
    @pytest.mark.parametrize("effect", [0.0, 0.05, 0.10])
    def test_agrees_with_a_simulation_by_another_hand(self, name, cohorts, effect):
        scenario = sib.load(name).replace({"beliefs.effects.reconvictions": effect})
        ours = sib.simulate(scenario, 200_000, rng=1).summary().loc["payment_probability", "estimate"]
        theirs = triggered_by_hand(cohorts, effect, np.random.default_rng(99))
        assert abs(ours - theirs) < 4 * math.sqrt(2 * theirs * (1 - theirs) / 200_000)

    @pytest.mark.parametrize(
        ("name", "effect", "probability"),
        [
            ("peterborough", 0.0, 0.048),
            ("peterborough-2017", 0.0, 0.036),
            ("peterborough", 0.10, 0.91),
            ("peterborough-2017", 0.10, 0.84),
        ],
    )
    def test_share_of_pilots_in_which_some_payment_is_made(self, name, effect, probability):
        scenario = sib.load(name).replace({"beliefs.effects.reconvictions": effect})
        row = sib.simulate(scenario, 200_000, rng=1).summary().loc["payment_probability"]
        assert row["estimate"] == pytest.approx(probability, abs=0.005)

    def test_one_cohort_against_its_closed_form(self, plan):
        # delta method for a ratio of two means of negative binomials, men and ten controls each
        alone = plan.replace(
            {
                "cohorts.2": None,
                "cohorts.3": None,
                "payments.pooled": None,
                "limits": None,
                "beliefs.effects.reconvictions": 0.05,
                "cohorts.1.size": 50_000,
                "payments.early.when.improvement": 0.06,
            }
        )
        shape, mean, men = sib.dispersion_from(1.55, 0.557), 1.55, 50_000
        treated = mean * 0.95
        variance = 0.95**2 * ((1 / treated + 1 / shape) + (1 / mean + 1 / shape) / 10) / men
        expected = stats.norm.sf(0.06, 0.05, math.sqrt(variance))
        row = sib.simulate(alone, 100_000, rng=2).summary().loc["payment_probability"]
        assert abs(row["estimate"] - expected) < 4 * row["mcse"] + 0.002


class TestSummary:
    def test_rows_and_columns(self, simulation):
        table = simulation.summary()
        assert list(table.index) == ROWS
        assert list(table.columns) == ["estimate", "mcse", "low", "high", "unit", "given", "paths"]
        assert table["estimate"].dtype == table["mcse"].dtype == table["low"].dtype == np.float64
        assert np.isfinite(table["estimate"]).all()
        assert (table["mcse"] >= 0).all()
        assert (table["low"].dropna() <= table["estimate"][table["low"].notna()]).all()
        assert (table["estimate"][table["high"].notna()] <= table["high"].dropna()).all()

    def test_is_what_its_paths_say(self, simulation):
        found, paths = simulation.summary()["estimate"], simulation.paths
        loss = 1 - paths["multiple"]
        rate = paths["irr"].dropna()
        assert found["payment_probability"] == (paths["payment"] > 0).mean()
        assert found["loss_probability"] == (paths["received"] < paths["drawn"] - 1e-6).mean()
        assert found["total_loss_probability"] == (paths["received"] == 0).mean()
        assert found["no_irr_probability"] == paths["irr"].isna().mean()
        assert found["multiple_mean"] == pytest.approx(paths["multiple"].mean())
        assert found["irr_mean"] == pytest.approx(rate.mean())
        assert found["irr_p05"] == np.quantile(rate, 0.05, method="inverted_cdf")
        assert found["es_95"] == pytest.approx(loss.sort_values().tail(1000).mean())
        assert found["payment_mean"] == pytest.approx(paths["payment"].mean())
        assert found["npv_mean"] == pytest.approx(paths["npv"].mean())

    def test_conditional_rows_say_on_what(self, simulation):
        table = simulation.summary()
        assert table.loc["irr_mean", "given"] == "there is an IRR"
        assert table.loc["irr_mean", "paths"] == simulation.paths["irr"].notna().sum()
        assert table.loc["multiple_mean", "given"] == "capital was drawn"
        assert table.loc["payment_mean", "given"] == "all paths"

    def test_paths_without_an_irr_are_counted_not_dropped(self, simulation):
        share = simulation.summary().loc["no_irr_probability", "estimate"]
        assert 0.01 < share < 0.1  # an early cohort pays and later draws are lost: an ordinary path
        assert simulation.summary().loc["multiple_mean", "paths"] == simulation.n_paths

    def test_standard_errors_are_the_spread_over_seeds(self, plan):
        tables = [sib.simulate(plan, 2000, rng=seed).summary() for seed in range(60)]
        for measure in ("loss_probability", "multiple_mean", "npv_mean", "irr_median", "payment_mean"):
            spread = np.std([table.loc[measure, "estimate"] for table in tables], ddof=1)
            stated = np.mean([table.loc[measure, "mcse"] for table in tables])
            assert stated == pytest.approx(spread, rel=0.4), measure


class TestRateOfTheExpectedCash:
    """Truth: pyxirr on the mean ledger; its error is that of the value at that rate, over how steep the value is."""

    @pytest.mark.parametrize("name", ["peterborough", "denver", "reboot-west"])
    def test_is_that_of_the_mean_ledger(self, name):
        made = sib.simulate(sib.load(name), 3_000, rng=1)
        investors = [tranche.name for tranche in made.scenario.tranches]
        cash = pd.concat([made.ledger().cashflow(name) for name in investors]).groupby(level=0).sum()
        theirs = pyxirr.xirr(cash.index.date, cash.to_numpy())
        row = made.summary().loc["expected_cash_irr"]
        assert row["estimate"] == pytest.approx(theirs, abs=1e-9)
        assert (row["given"], row["paths"]) == ("all paths", 3_000)
        for tranche in investors:
            cash = made.ledger().cashflow(tranche)
            theirs = pyxirr.xirr(cash.index.date, cash.to_numpy())
            assert made.summary(tranche).loc["expected_cash_irr", "estimate"] == pytest.approx(theirs, abs=1e-9)
            assert made.tranches().loc["expected_cash_irr", (tranche, "estimate")] == pytest.approx(theirs, abs=1e-9)

    @pytest.mark.parametrize("options", [{}, {"stratified": True}], ids=["plain", "stratified"])
    def test_has_the_error_of_the_value_at_that_rate(self, plan, options):
        self.check(lambda scenario: sib.simulate(scenario, 20_480, rng=2, **options).summary(), plan, options)

    def test_has_it_given_results_in_hand(self, plan):
        known = {"reconvictions": {"1": 0.084}}
        self.check(lambda scenario: sib.update(scenario, known, paths=20_480, rng=2).posterior.summary(), plan, {})

    def check(self, summary, plan, options):
        row = summary(plan).loc["expected_cash_irr"]
        at, below, above = (
            summary(plan.replace({"beliefs.discount_rates.investors": row["estimate"] + step})).loc["npv_mean"]
            for step in (0.0, -1e-4, 1e-4)
        )
        slope = (below["estimate"] - above["estimate"]) / 2e-4
        lots = 20 if options else 640
        assert abs(at["estimate"]) < 1e-6 * at["mcse"]
        assert row["mcse"] == pytest.approx(at["mcse"] / slope, rel=1e-5 if options else 4 / math.sqrt(2 * lots))

    def test_is_given_where_the_mean_of_the_rates_is_not(self):
        """On 6% of paths money comes early and is lost later: no rate. The mean cash flow has one."""
        table = sib.simulate(sib.load("peace-squares-what-if"), 20_000, rng=1).summary()
        rows = ["irr_mean", "irr_median", "irr_p05", "irr_p95"]
        assert table.loc[rows, ["estimate", "mcse", "low", "high"]].isna().all(axis=None)
        assert set(table.loc[rows, "given"]) == {"there is an IRR: too few, more than 5% have none"}
        assert -0.25 < table.loc["expected_cash_irr", "estimate"] < -0.15

    def test_is_none_where_the_mean_cash_flow_has_none(self):
        """Doncaster pays in advance and takes back: in and out by turns, and less than a third of it stays lost."""
        row = sib.simulate(sib.load("doncaster"), 2_000, rng=1).summary().loc["expected_cash_irr"]
        assert row[["estimate", "mcse", "low", "high"]].isna().all()
        assert row["given"] == "all paths; the mean cash flow has no IRR"


class TestIntervals:
    def test_what_no_path_met_is_bounded(self, simulation):
        table = simulation.summary()
        never = table.loc["late_cost_probability"]
        assert (never["estimate"], never["mcse"], never["low"]) == (0, 0, 0)
        assert never["high"] == pytest.approx(stats.binomtest(0, 20_000).proportion_ci(method="wilson").high, rel=1e-3)

    def test_shares_and_means_have_those_of_other_libraries(self, simulation):
        table, multiple = simulation.summary(), simulation.paths["multiple"]
        happened = int((simulation.paths["received"] < simulation.paths["drawn"] - 1e-6).sum())
        share = stats.binomtest(happened, 20_000).proportion_ci(method="wilson")
        assert table.loc["loss_probability", ["low", "high"]].tolist() == pytest.approx([*share], rel=1e-4)
        mean = stats.t.interval(0.95, 19_999, multiple.mean(), multiple.sem())
        assert table.loc["multiple_mean", ["low", "high"]].tolist() == pytest.approx([*mean], rel=1e-9)

    def test_of_strata_they_are_as_wide_as_student_asks_for_so_few(self, plan):
        made = sib.simulate(plan, 10 * 1024, rng=1, stratified=True)
        table, means = made.summary(), made.columns["npv"].reshape(10, 1024).mean(axis=1)
        ends = stats.t.interval(0.95, 9, means.mean(), stats.sem(means))
        assert table.loc["npv_mean", ["low", "high"]].tolist() == pytest.approx([*ends], rel=1e-9)

    def test_given_results_in_hand_what_no_path_met_is_bounded_by_what_the_paths_are_worth(self, plan):
        found = sib.update(plan, {"reconvictions": {"1": 0.084}}, paths=2_000, rng=1).posterior
        worth = 2_000 / (1 + 2_000 / found.effective_paths)
        high = found.summary().loc["late_cost_probability", "high"]
        assert high == pytest.approx(1.96**2 / (worth + 1.96**2), rel=1e-2)

    def test_of_paths_that_are_worth_a_fourth_they_are_twice_as_wide(self, simulation):
        columns = {name: values[:2_000] for name, values in simulation.columns.items()}
        flows = Flows(np.array([[0.0], [2.0]]), np.array([-5e6, 0.0]), np.array([1]), columns["received"][None])
        plain, wide = (
            {row.measure: row for row in rows(columns, cash=Lots.of(flows), widening=widening)} for widening in (1, 2)
        )
        for name in ("multiple_mean", "multiple_median", "expected_cash_irr"):
            one, other = plain[name], wide[name]
            assert other.mcse == pytest.approx(2 * one.mcse)
            assert other.high - other.low == pytest.approx(2 * (one.high - one.low), rel=1e-2)
        happened = round(2_000 * plain["loss_probability"].estimate / 4)
        share = stats.binomtest(happened, 500).proportion_ci(method="wilson")
        found = wide["loss_probability"]
        assert (found.low, found.high) == pytest.approx((share.low, share.high), abs=1e-3)

    def test_one_path_tells_none(self, plan):
        table = sib.simulate(plan, 1, rng=0).summary()
        probabilities = [name for name in table.index if name.endswith("probability")]
        assert table.loc[[*probabilities, "multiple_mean", "expected_cash_irr"], ["low", "high"]].isna().all(axis=None)
        assert table[["low", "high"]].isna().any(axis=1).all()


def test_rounding_of_floating_point_is_not_a_loss():
    parts = {"drawn": np.array([0.1 + 0.2]), "received": np.array([0.3])}  # 0.30000000000000004 against 0.3
    other = {"payment": np.array([0.3]), "npv": np.array([0.0]), "irr": np.array([0.0])}
    found = {row.measure: row.estimate for row in rows({**parts, **other})}
    assert found["loss_probability"] == found["var_95"] == 0


class TestPaths:
    @pytest.mark.slow
    def test_rates_agree_with_pyxirr(self, simulation):
        checked = 0
        for path in range(0, 2000, 10):
            cash = simulation.ledger(path).cashflow("investors")
            rate = simulation.paths.loc[path, "irr"]
            if (cash <= 0).all():
                assert rate == -1
                continue
            theirs = pyxirr.xirr(cash.index.date, cash.to_numpy())
            if theirs is None or math.isnan(rate):
                assert math.isnan(rate)
                continue
            assert rate == pytest.approx(theirs, rel=1e-9, abs=1e-9)
            checked += 1
        assert checked > 100

    @pytest.mark.slow
    def test_value_at_each_rate_is_zero(self, simulation):
        rates = simulation.paths["irr"]
        for path in np.flatnonzero((rates > -1).to_numpy())[:300]:
            cash = simulation.ledger(int(path)).cashflow("investors")
            years = (cash.index - cash.index[0]).days.to_numpy() / 365
            terms = cash.to_numpy() * (1 + rates[path]) ** -years
            assert abs(terms.sum()) < 1e-9 * np.abs(terms).sum()

    def test_caps_hold(self, simulation):
        assert simulation.paths["payment"].max() <= 8_000_000 + 0.01
        assert simulation.paths["irr"].max() <= 0.13 + 1e-9

    def test_no_such_path(self, simulation):
        with pytest.raises(sib.InputError, match="a path from 0 to 19999"):
            simulation.ledger(20_000)


class TestPosition:
    def test_is_the_cumulated_cash(self, simulation):
        table = simulation.position((0.5,))
        assert table.index[0] == dt.datetime(2010, 9, 9)
        assert table.iloc[0, 0] == pytest.approx(-1_666_666 / 12)
        final = simulation.paths["received"] - simulation.paths["drawn"]
        assert table.iloc[-1, 0] == pytest.approx(np.quantile(final, 0.5, method="inverted_cdf"), abs=0.01)


@pytest.mark.parametrize("paths", [0, -1, 10**10])
def test_refuses_a_number_of_paths_that_is_none(plan, paths):
    with pytest.raises(sib.InputError, match="a whole number from 1 to"):
        sib.simulate(plan, paths)


@pytest.mark.parametrize("paths", [1.5, "many", True])
def test_refuses_paths_that_are_no_number(plan, paths):
    with pytest.raises(sib.InputError, match="a whole number"):
        sib.simulate(plan, paths)


def test_refuses_an_unknown_layer(plan):
    with pytest.raises(sib.InputError, match='did you mean "belief"'):
        sib.simulate(plan, 10, chance=("beliefs",))


def test_one_path_is_enough(plan):
    table = sib.simulate(plan, 1, rng=0).summary()
    assert table.loc["payment_probability", "estimate"] in (0.0, 1.0)


def test_progress_goes_to_the_error_stream(plan, capsys):
    sib.simulate(plan, 10, rng=0, progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "1/1" in captured.err


def test_repr_says_what_it_is(simulation):
    assert repr(simulation).startswith("<Simulation of 'HMP Peterborough: the plan of 2010': 20,000 paths, loss prob")
    assert "entropy 1>" in repr(simulation)


class TestWhatNoPathTells:
    def test_a_mean_that_is_the_same_on_all_paths_has_no_interval(self, plan):
        simulation = sib.simulate(plan, 2_000, rng=1)
        row = simulation.summary().loc["unpaid_cost_mean"]
        assert (row["estimate"], row["mcse"]) == (0.0, 0.0)
        assert np.isnan([row["low"], row["high"]]).all()
        same = sib.compare({"a": plan, "b": plan}, 500, rng=1)["b"]
        assert (same["difference"].dropna() == 0).all()
        assert same.loc[["payment_mean", "multiple_mean", "expected_cash_irr"], "difference_low"].isna().all()
        assert (same.loc[["loss_probability"], "difference_high"] > 0).all()

    @pytest.mark.parametrize("taken", [1, 3, 9])
    def test_lots_without_any_path_of_a_figure_tell_nothing(self, taken):
        """Of twenty lots a few have a path that draws capital: as of so many independent paths."""
        drawn = np.zeros(20 * 1024)
        drawn[np.arange(taken) * 2_048] = 100.0
        received = drawn * np.linspace(0.5, 1.3, drawn.size)
        columns = {"drawn": drawn, "received": received}
        figures = figures_of(["multiple_mean", "loss_probability"])
        lots, alone = rows(columns, 1024, figures), rows(columns, None, figures)
        for one, other in zip(lots, alone, strict=True):
            assert one._asdict() == pytest.approx(other._asdict(), nan_ok=True)
