"""Sweeps. Truth: each scenario simulated by itself on the same seed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import sib
from sib.analysis.figures import figures_of

MEAN, COHORTS = "beliefs.effects.reconvictions.mean", "beliefs.effects.reconvictions.sd"


def test_a_grid_is_every_combination_on_the_same_futures(plan):
    grid = {MEAN: [0.05, 0.1, 0.15], COHORTS: [0.02, 0.04]}
    with ThreadPoolExecutor(2) as workers:
        table = sib.sweep(grid, plan, paths=3_000, rng=4, executor=workers)
    assert list(table.columns) == [
        MEAN,
        COHORTS,
        "measure",
        "estimate",
        "mcse",
        "low",
        "high",
        "unit",
        "given",
        "paths",
    ]
    assert len(table) == 6 * len(figures_of(None))
    for (mean, sd), found in table.groupby([MEAN, COHORTS]):
        alone = sib.simulate(plan.replace({MEAN: mean, COHORTS: sd}), 3_000, rng=4).summary()
        assert found.set_index("measure")[alone.columns.to_list()].equals(alone)


def test_named_scenarios(plan):
    others = {"plan": plan, "denver": sib.load("denver")}
    table = sib.sweep(others, paths=500, rng=4)
    assert table["scenario"].unique().tolist() == ["plan", "denver"]
    assert set(table.loc[table["measure"] == "npv_mean", "unit"]) == {"GBP", "USD"}


def test_common_random_numbers_make_differences_sharper(plan):
    """Twenty pairs of sweeps: the difference of two means varies far less than if they were independent."""
    differences, means = [], []
    for seed in range(20):
        table = sib.sweep({MEAN: [0.10, 0.11]}, plan, paths=400, rng=seed)
        low, high = table.loc[table["measure"] == "payment_mean", "estimate"]
        differences.append(high - low)
        means.append(low)
    spread = [sum((x - sum(s) / 20) ** 2 for x in s) / 19 for s in (differences, means)]
    assert spread[0] < 0.5 * 2 * spread[1]


@pytest.mark.parametrize(
    ("scenarios", "base", "said"),
    [
        ({}, None, "at least one"),
        ({MEAN: [0.1]}, None, "base"),
        ({"a": 3}, None, "scenarios"),
        ([1], None, "scenarios"),
        ({MEAN: []}, "plan", "at least one value"),
        ({MEAN: 0.1}, "plan", "a list"),
        ({}, "plan", "combinations"),
        ({MEAN: [0.1] * 400, COHORTS: [0.1] * 400}, "plan", "combinations"),
        ({MEAN: [0.1]}, 3, "base"),
        ({"no.such.path": [0.1]}, "plan", "no key"),
    ],
)
def test_what_cannot_be_swept_is_refused(plan, scenarios, base, said):
    with pytest.raises(sib.InputError, match=said):
        sib.sweep(scenarios, plan if base == "plan" else base, paths=10)
