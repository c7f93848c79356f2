"""Sweeps. Truth: each scenario simulated by itself on the same seed."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

import sib
from sib.analysis.figures import figures_of

PRICES = "payments.*.pays.per_unit"
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


def test_figures_that_move_together_move_by_one_factor(plan):
    table = sib.sweep({PRICES: [0.5, 2]}, plan, paths=500, rng=4)
    for factor, found in table.groupby(PRICES):
        changed = {f"payments.{name}.pays.per_unit": 13_720 * factor for name in ("early", "pooled")}
        alone = sib.simulate(plan.replace(changed), 500, rng=4).summary()
        assert found.set_index("measure")[alone.columns.to_list()].equals(alone)
    several = ("payments.early.pays.per_unit", "payments.pooled.pays.per_unit")
    named = sib.sweep({several: [0.5, 2]}, plan, paths=500, rng=4)
    assert named.drop(columns=", ".join(several)).equals(table.drop(columns=PRICES))


def test_one_input_across_is_the_tidy_table_turned(plan):
    """Against pandas' own pivot; rows and columns keep the order in which values were given."""
    grid = {MEAN: [0.15, 0.05], PRICES: [1.0, 0.9, 1.1]}
    how = {"paths": 500, "rng": 4, "measures": ["loss_probability"]}
    tidy, table = sib.sweep(grid, plan, **how), sib.sweep(grid, plan, by=PRICES, **how)
    assert table.index.tolist() == grid[MEAN]
    assert table.columns.names == [PRICES, "figure"]
    assert table.columns.get_level_values(0).unique().tolist() == grid[PRICES]
    for figure in ("estimate", "mcse", "low", "high"):
        expected = tidy.pivot_table(index=MEAN, columns=PRICES, values=figure).loc[grid[MEAN], grid[PRICES]]
        pd.testing.assert_frame_equal(table.xs(figure, axis=1, level="figure"), expected)
    three = sib.sweep(grid | {COHORTS: [0.02, 0.03]}, plan, by=PRICES, **how)
    assert three.index.names == [MEAN, COHORTS]
    assert three.shape == (4, 12)


def test_units_of_the_inputs_are_with_the_table(plan):
    grid = {PRICES: [1.0], "tranches.investors.amount": [5e6], "beliefs.effects.reconvictions": [0.1, 0.2]}
    table = sib.sweep(grid, plan, paths=10)
    units = {PRICES: "times", "tranches.investors.amount": "GBP", "beliefs.effects.reconvictions": ""}
    assert table.attrs["units"] == units


def test_a_grid_that_is_too_large_says_how_long_it_would_take(plan):
    grid = {PRICES: list(np.linspace(0.5, 2, 400)), "payments.pooled.when.improvement": list(np.linspace(0, 0.2, 400))}
    with pytest.raises(
        sib.InputError, match=r"160,000 combinations[^$]+would take about [\d,]+ (minutes|hours|days) here"
    ):
        sib.sweep(grid, plan, paths=20_000, measures=["loss_probability"])


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
        ({"payments.*.nothing": [1.1]}, "plan", "met by figures"),
        ({PRICES: ["more"]}, "plan", "a finite number"),
        ({PRICES: [1.1], "payments.early.pays.per_unit": [1]}, "plan", "stands under 'payments.*.pays.per_unit' too"),
        ({"cohorts.1.size": [1], "cohorts.0.size": [1]}, "plan", "a figure under one key"),
    ],
)
def test_what_cannot_be_swept_is_refused(plan, scenarios, base, said):
    with pytest.raises(sib.InputError, match=said):
        sib.sweep(scenarios, plan if base == "plan" else base, paths=10)


@pytest.mark.parametrize(
    ("grid", "given", "said"),
    [
        ({MEAN: [0.1], PRICES: [1]}, {"by": "payments.*.pay.per_unit"}, "did you mean"),
        ({MEAN: [0.1]}, {"by": MEAN}, "an input for the rows too"),
        ({MEAN: [0.1], PRICES: [1]}, {"by": MEAN, "measures": None}, "one figure"),
        ({MEAN: [0.1, 0.1], PRICES: [1]}, {"by": MEAN}, "each value once"),
        ({"a": "plan"}, {"by": MEAN}, "one input of a grid"),
    ],
)
def test_what_cannot_go_across_is_refused(plan, grid, given, said):
    named = "a" in grid
    with pytest.raises(sib.InputError, match=said):
        sib.sweep(
            {"a": plan} if named else grid,
            None if named else plan,
            **({"paths": 10, "measures": ["npv_mean"]} | given),
        )
