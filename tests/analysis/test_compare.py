"""Scenarios side by side. Truth: each one alone, and the spread of differences over seeds."""

import numpy as np
import pytest
from scipy import stats

import sib
from sib.analysis.figures import FIGURES


@pytest.fixture(scope="module")
def three(plan):
    effects = {"downside": 0.03, "base": 0.09, "upside": 0.12}
    return {name: plan.replace({"beliefs.effects.reconvictions.mean": mean}) for name, mean in effects.items()}


def test_each_is_what_it_is_alone(three):
    table = sib.compare(three, 5000, rng=3)
    for name, scenario in three.items():
        alone = sib.simulate(scenario, 5000, rng=3).summary()
        np.testing.assert_array_equal(table[name, "estimate"], alone["estimate"])
        np.testing.assert_array_equal(table[name, "mcse"], alone["mcse"])


def test_what_is_not_asked_for_is_not_worked_out(plan, monkeypatch):
    few = ["payment_probability", "loss_probability", "payment_mean", "payment_p95"]
    whole = sib.simulate(plan, 5000, rng=3).summary()
    monkeypatch.setattr("sib.analysis.columns.irr_of", lambda flows: pytest.fail("no rate of return was asked for"))
    table = sib.compare({"plan": plan}, 5000, rng=3, measures=few)["plan"]
    assert set(table.index) == set(few)
    np.testing.assert_array_equal(table["estimate"], whole.loc[table.index, "estimate"])


def test_differences_are_from_the_first(three):
    table = sib.compare(three, 5000, rng=3)
    assert ("downside", "difference") not in table.columns
    difference = table["upside", "estimate"] - table["downside", "estimate"]
    np.testing.assert_allclose(table["upside", "difference"], difference, atol=1e-12)


def test_the_luck_of_persons_cancels_in_a_difference(plan):
    """Where every future that pays for an effect pays for a larger one too, a difference d has variance d (1 - d)."""
    pair = {mean: plan.replace({"beliefs.effects.reconvictions.mean": mean}) for mean in (0.12, 0.13)}
    table = sib.compare(pair, 100_000, rng=1, measures=["payment_probability"]).loc["payment_probability"]
    shares, difference = [table[mean]["estimate"] for mean in pair], table[0.13]["difference"]
    apart = sum(share * (1 - share) for share in shares)
    assert table[0.13]["difference_mcse"] < 0.4 * np.hypot(*(table[mean]["mcse"] for mean in pair))
    assert table[0.13]["difference_mcse"] == pytest.approx(np.sqrt(difference * (1 - difference) / 100_000), rel=1e-4)
    assert np.sqrt(difference * (1 - difference) / apart) < 0.4


@pytest.mark.slow
def test_so_it_does_from_seed_to_seed(plan):
    pair = {mean: plan.replace({"beliefs.effects.reconvictions.mean": mean}) for mean in (0.12, 0.13)}
    names = ["payment_probability", "multiple_mean"]
    for name in names:
        tables = [sib.compare(pair, 1_000, rng=seed, measures=names)[0.13].loc[name] for seed in range(100)]
        spread = np.std([table["difference"] for table in tables], ddof=1)
        alone = np.std([table["estimate"] for table in tables], ddof=1)
        assert spread < 0.5 * np.sqrt(2) * alone
        assert np.mean([table["difference_mcse"] for table in tables]) == pytest.approx(spread, rel=0.25)


OF_EACH_KIND = ["loss_probability", "multiple_mean", "multiple_median", "es_95", "irr_p95", "expected_cash_irr"]
RUNS = 60


@pytest.fixture(scope="module")
def differences():
    """Runs of a deal whose losses have no jump at any level, held against a better one."""
    plan = sib.load("denver")
    pair = {"plan": plan, "better": plan.replace({"beliefs.effects.jail days.mean": 0.36})}
    tables = [sib.compare(pair, 2_000, rng=seed, measures=OF_EACH_KIND)["better"] for seed in range(RUNS)]
    return {key: np.array([table[key] for table in tables]) for key in ("difference", "difference_mcse")}


@pytest.mark.slow
@pytest.mark.parametrize("measure", OF_EACH_KIND)
def test_errors_of_differences_are_their_spread_over_seeds(differences, measure):
    """Within four standard errors of a spread over so many runs."""
    place = [name for name in FIGURES if name in OF_EACH_KIND].index(measure)
    found, stated = (differences[key][:, place] for key in ("difference", "difference_mcse"))
    assert np.sqrt(np.mean(stated**2)) == pytest.approx(found.std(ddof=1), rel=4 / np.sqrt(2 * (RUNS - 1)))


@pytest.mark.slow
def test_errors_of_differences_of_strata_are_their_spread_too(plan):
    """Most of what differs is believed, which is stratified: batch by batch the error is what remains."""
    pair = {"plan": plan, "better": plan.replace({"beliefs.effects.reconvictions.mean": 0.12})}
    measures = ["multiple_mean", "expected_cash_irr"]
    tables = [sib.compare(pair, 10_240, rng=s, stratified=True, measures=measures)["better"] for s in range(40)]
    for measure in measures:
        found, stated = (np.array([t.loc[measure, key] for t in tables]) for key in ("difference", "difference_mcse"))
        spread = found.std(ddof=1)
        assert np.sqrt(np.mean(stated**2)) == pytest.approx(spread, rel=4 / np.sqrt(2 * 39)), measure


def test_common_chance_makes_differences_sharper(three):
    table = sib.compare(three, 20_000, rng=1)
    apart = np.hypot(table["upside", "mcse"], table["base", "mcse"])["multiple_mean"]
    together = sib.compare({k: three[k] for k in ("base", "upside")}, 20_000, rng=1)
    assert together.loc["multiple_mean", ("upside", "difference_mcse")] < 0.7 * apart


def test_the_same_scenario_twice_does_not_differ(plan):
    table = sib.compare({"a": plan, "b": plan}, 10_000, rng=1)
    assert (table["b", "difference"].abs() == 0).all()
    assert (table["b", "difference_mcse"] == 0).all()


def test_what_no_future_met_under_either_deal_may_still_differ(plan):
    """Newcombe 1998 (*Stat. Med.* 17, 2635-2650), method 10: of no event in 2,000 pairs Wilson's bound both ways."""
    table = sib.compare({"a": plan, "b": plan}, 2_000, rng=1, measures=["late_cost_probability"])["b"]
    row, wilson = table.loc["late_cost_probability"], stats.binomtest(0, 2_000).proportion_ci(method="wilson").high
    assert (row["difference"], row["difference_mcse"]) == (0, 0)
    assert row[["difference_low", "difference_high"]].tolist() == pytest.approx([-wilson, wilson], rel=2e-3)


def test_intervals_of_differences_of_means_are_students(plan):
    pair = {"plan": plan, "better": plan.replace({"beliefs.effects.reconvictions.mean": 0.12})}
    row = sib.compare(pair, 3_000, rng=1, measures=["npv_mean"])["better"].loc["npv_mean"]
    gaps = np.subtract(*(sib.simulate(pair[name], 3_000, rng=1).columns["npv"] for name in ("better", "plan")))
    ends = stats.t.interval(0.95, 2_999, gaps.mean(), stats.sem(gaps))
    assert row["difference_mcse"] == pytest.approx(stats.sem(gaps), rel=1e-9)
    assert row[["difference_low", "difference_high"]].tolist() == pytest.approx([*ends], rel=1e-6)


def test_errors_of_differences_of_strata_are_taken_from_one_lot_to_the_next(plan):
    pair = {"plan": plan, "better": plan.replace({"beliefs.effects.reconvictions.mean": 0.12})}
    row = sib.compare(pair, 12 * 1024, rng=1, stratified=True, measures=["npv_mean"])["better"].loc["npv_mean"]
    one, other = (sib.simulate(pair[name], 12 * 1024, rng=1, stratified=True).columns["npv"] for name in pair)
    gaps = (other - one).reshape(12, 1024).mean(axis=1)
    ends = stats.t.interval(0.95, 11, gaps.mean(), stats.sem(gaps))
    assert row["difference_mcse"] == pytest.approx(stats.sem(gaps), rel=1e-9)
    assert row[["difference_low", "difference_high"]].tolist() == pytest.approx([*ends], rel=1e-6)


def test_few_paths_give_no_error_rather_than_a_wrong_one(three):
    """Of nine paths none; of thirty none of what only the worst of them tell."""
    assert sib.compare(three, 9, rng=1)["upside", "difference_mcse"].isna().all()
    error = sib.compare(three, 30, rng=1)["upside", "difference_mcse"]
    assert error.index[error.isna()].tolist() == [
        *("irr_p05", "irr_p95", "var_95", "es_95", "payment_p95", "payer_net_p95", "arrears_max_p95"),
        "capital_needed_p95",
    ]


def test_what_is_not_given_of_one_has_no_difference():
    """On most paths of the worse deal money is owed back after it came in, and no rate of return exists."""
    pair = {"denver": sib.load("doncaster"), "other": sib.load("doncaster").replace({"outcome_payer": "the Crown"})}
    table = sib.compare(pair, 2_000, rng=1, measures=["irr_mean", "multiple_mean"])["other"]
    assert table.loc["irr_mean"].isna().all()
    assert table.loc["multiple_mean", ["estimate", "mcse", "low", "high", "difference"]].notna().all()


def test_refuses_nothing_and_two_currencies(plan):
    with pytest.raises(sib.InputError, match="at least one scenario"):
        sib.compare({})
    with pytest.raises(sib.InputError, match="scenarios in one currency"):
        sib.compare({"a": plan, "b": plan.replace({"currency": "USD"})})
