"""`sweep`: many scenarios on the same simulated futures, as one tidy table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from itertools import islice, product
from typing import Any

import pandas as pd

from sib.analysis.figures import kept_of
from sib.analysis.progress import followed
from sib.analysis.simulate import checked, gathered, on
from sib.engine.chance import LAYERS, Layer
from sib.engine.compiling import compile_plan
from sib.engine.run import Recipe, map_runs, runs_of
from sib.engine.streams import Rng, seed_of
from sib.terms.errors import InputError, Problem, expected
from sib.terms.scenario import Scenario

MOST_SCENARIOS = 100_000


def sweep(
    scenarios: Mapping[str, Scenario] | Mapping[str, Sequence[Any]],
    base: Scenario | None = None,
    paths: int = 100_000,
    *,
    rng: Rng = None,
    executor: Executor | None = None,
    progress: bool = False,
    chance: Collection[Layer] = LAYERS,
) -> pd.DataFrame:
    """Simulate many scenarios on the same futures.

    Parameters
    ----------
    scenarios : mapping of str to Scenario, or of str to sequence
        Scenarios by name; or, with a `base`, a grid: several values for each of some dotted paths, as
        `Scenario.replace` takes them. Every combination is simulated.
    base : Scenario, optional
        What the grid's values are put into.
    paths, rng, executor, progress, chance
        As for `simulate`. All scenarios draw from one seed, stream by stream, so that what they have in common is the
        same chance in each. Their work is handed to the executor together.

    Returns
    -------
    DataFrame
        One row for each scenario and measure. Columns `scenario`, or one for each path of the grid; then `measure`,
        `estimate`, `mcse`, `unit`, `given` and `paths`, as in `Simulation.summary`.

    Raises
    ------
    InputError
        Where there is nothing to simulate, a grid has no base, or an argument is not what `simulate` takes.
    ScenarioError
        Where a combination is not a valid scenario.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> grid = {"beliefs.effects.reconvictions.mean": [0.06, 0.10, 0.14]}
    >>> table = sib.sweep(grid, plan, paths=2_000, rng=1)
    >>> loss = table[table["measure"] == "loss_probability"]
    >>> bool(loss["estimate"].is_monotonic_decreasing)
    True
    """
    expected(scenarios, Mapping, "scenarios", 'pass {"name": scenario, ...}, or a grid {"path": [values]} and a base')
    cases = _grid(scenarios, base) if base is not None else _named(scenarios)
    on(executor)
    seed = seed_of(rng)
    recipes = []
    for _, scenario in cases:
        layers = checked(scenario, paths, chance)
        recipes.append(Recipe(compile_plan(scenario), seed, layers))
    runs = [runs_of(recipe.plan, int(paths)) for recipe in recipes]
    jobs = [(recipe, run) for recipe, of_it in zip(recipes, runs, strict=True) for run in of_it]
    results = followed(map_runs(jobs, kept_of, executor), len(jobs), show=progress, title=f"{len(cases)} scenarios")
    frames = []
    for (labels, scenario), recipe, of_it in zip(cases, recipes, runs, strict=True):
        found = gathered(scenario, int(paths), recipe, islice(results, len(of_it))).summary().reset_index()
        for place, (name, value) in enumerate(labels.items()):
            found.insert(place, name, value if pd.api.types.is_scalar(value) else str(value))
        frames.append(found)
    return pd.concat(frames, ignore_index=True)


def _named(scenarios: Mapping[str, Any]) -> list[tuple[dict[str, Any], Scenario]]:
    """Each scenario with its name."""
    if not scenarios:
        raise InputError(Problem("scenarios", {}, "at least one scenario", 'pass {"name": scenario, ...}'))
    for name, scenario in scenarios.items():
        if not isinstance(scenario, Scenario) and isinstance(scenario, Sequence):
            raise InputError(
                Problem("base", None, "a scenario that the grid's values are put into", "pass base=scenario")
            )
        expected(scenario, Scenario, f"scenarios[{name!r}]", 'load it first: sib.load("peterborough")')
    return [({"scenario": name}, scenario) for name, scenario in scenarios.items()]


def _grid(grid: Mapping[str, Any], base: Scenario) -> list[tuple[dict[str, Any], Scenario]]:
    """Each combination of the grid's values, put into the base."""
    expected(base, Scenario, "base", 'load it first: sib.load("peterborough")')
    number = 1
    for path, values in grid.items():
        if isinstance(values, str) or not isinstance(values, Sequence) or not len(values):
            rule = "a list of at least one value for each path"
            raise InputError(Problem(f"scenarios[{path!r}]", values, rule, "write, for example, [0.05, 0.10]"))
        number *= len(values)
    if number > MOST_SCENARIOS or not grid:
        rule = f"from 1 to {MOST_SCENARIOS:,} combinations"
        raise InputError(Problem("scenarios", f"{number if grid else 0:,} combinations", rule, "pass a smaller grid"))
    points = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    return [(point, base.replace(point)) for point in points]
