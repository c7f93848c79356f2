"""`sweep`: many scenarios on the same simulated futures, as one tidy table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

from sib.analysis.columns import joined, kept_of
from sib.analysis.figures import columns_for, figures_of
from sib.analysis.futures import Sampling, settled
from sib.analysis.summary import rows, unit_of
from sib.chance.sources import LAYERS, Layer, Way
from sib.chance.streams import Rng
from sib.errors import InputError, Problem, expected
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

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
    stratified: bool = False,
    sampling: Way = "plain",
    measures: Collection[str] | None = None,
) -> pd.DataFrame:
    """Simulate many scenarios on the same futures.

    Parameters
    ----------
    scenarios : mapping of str to Scenario, or of str to sequence
        Scenarios by name; or, with a `base`, a grid: several values for each of some dotted paths, as
        `Scenario.replace` takes them. Every combination is simulated.
    base : Scenario, optional
        What the grid's values are put into.
    paths, rng, executor, progress, chance, stratified, sampling
        As for `simulate`. All scenarios draw from one seed, component by component, so that what they have in common is
        the same chance in each; with ``sampling="sobol"`` as far as they have the same components. Those that differ
        only in what is paid are settled on one draw. Their work is handed to the executor together.
    measures : collection of str, optional
        The figures of the summary that are wanted; all by default. What only others need is not worked out.

    Returns
    -------
    DataFrame
        One row for each scenario and measure. Columns `scenario`, or one for each path of the grid; then `measure`,
        `estimate`, `mcse`, `low`, `high`, `unit`, `given` and `paths`, as in `Simulation.summary`.

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
    figures = figures_of(measures)
    wanted = columns_for(figures)
    how = Sampling.of(
        paths, rng, chance=chance, stratified=stratified, sampling=sampling, executor=executor, progress=progress
    )
    deals = [Deal.of(scenario) for _, scenario in cases]
    keep = partial(kept_of, names=wanted)
    table: dict[int, list[dict[str, Any]]] = {}
    with settled(deals, how, keep, title=f"{len(cases)} scenarios", width=len(wanted)) as found:
        for position, parts in found:
            (labels, scenario), kept = cases[position], joined(parts)
            table[position] = [
                {**labels, **row._asdict(), "unit": unit_of(row.measure, scenario.currency)}
                for row in rows(kept.columns, how.batch, figures, cash=kept.cash)
            ]
    import pandas as pd

    return pd.DataFrame([line for position in range(len(cases)) for line in table[position]])


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
    return [({"scenario": _label(name)}, scenario) for name, scenario in scenarios.items()]


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
    return [({path: _label(value) for path, value in point.items()}, base.replace(point)) for point in points]


def _label(value: Any) -> Any:
    """A value as it stands in the table: itself, or what is no number or text in words."""
    import pandas as pd

    return value if pd.api.types.is_scalar(value) else str(value)
