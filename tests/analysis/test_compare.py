"""Scenarios side by side. Truth: each one alone, and the spread of differences over seeds."""

import numpy as np
import pytest

import sib


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


def test_differences_are_from_the_first(three):
    table = sib.compare(three, 5000, rng=3)
    assert ("downside", "difference") not in table.columns
    difference = table["upside", "estimate"] - table["downside", "estimate"]
    np.testing.assert_allclose(table["upside", "difference"], difference, atol=1e-12)


def test_errors_of_differences_are_their_spread_over_seeds(three):
    tables = [sib.compare(three, 2000, rng=seed) for seed in range(40)]
    assert np.isnan(tables[0].loc["irr_median", ("upside", "difference_mcse")])  # 2,000 paths do not tell
    for measure in ("loss_probability", "multiple_mean", "npv_mean"):
        spread = np.std([t.loc[measure, ("upside", "difference")] for t in tables], ddof=1)
        stated = np.mean([t.loc[measure, ("upside", "difference_mcse")] for t in tables])
        assert stated == pytest.approx(spread, rel=0.45), measure


def test_common_chance_makes_differences_sharper(three):
    table = sib.compare(three, 20_000, rng=1)
    apart = np.hypot(table["upside", "mcse"], table["base", "mcse"])["multiple_mean"]
    together = sib.compare({k: three[k] for k in ("base", "upside")}, 20_000, rng=1)
    assert together.loc["multiple_mean", ("upside", "difference_mcse")] < 0.7 * apart


def test_the_same_scenario_twice_does_not_differ(plan):
    table = sib.compare({"a": plan, "b": plan}, 10_000, rng=1)
    assert (table["b", "difference"].abs() == 0).all()
    assert (table["b", "difference_mcse"] == 0).all()


def test_few_paths_give_no_error_rather_than_a_wrong_one(three):
    table = sib.compare(three, 30, rng=1)
    assert table["upside", "difference_mcse"].isna().all()


def test_refuses_nothing_and_two_currencies(plan):
    with pytest.raises(sib.InputError, match="at least one scenario"):
        sib.compare({})
    with pytest.raises(sib.InputError, match="scenarios in one currency"):
        sib.compare({"a": plan, "b": plan.replace({"currency": "USD"})})
