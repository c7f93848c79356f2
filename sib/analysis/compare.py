"""`compare`: scenarios side by side on the same simulated futures, each difference with an error of its own."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor

import pandas as pd

from sib.analysis.simulate import simulate
from sib.analysis.simulation import Simulation
from sib.analysis.summary import difference_errors, rows
from sib.engine.streams import Rng, again, seed_of
from sib.terms.errors import InputError, Problem, expected
from sib.terms.scenario import Scenario


def compare(
    scenarios: Mapping[str, Scenario],
    paths: int = 100_000,
    *,
    rng: Rng = None,
    executor: Executor | None = None,
    progress: bool = False,
) -> pd.DataFrame:
    """Simulate several scenarios on the same futures and put them side by side.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        At least one, by the name it is to have in the table. Differences are from the first.
    paths, rng, executor, progress
        As for `simulate`. All scenarios draw from one seed, stream by stream, so that what they have in common is the
        same chance in each and a difference has a smaller error than its parts.

    Returns
    -------
    DataFrame
        Indexed by measure. Columns have two levels: the scenario's name, and `estimate`, `mcse` and, from the second
        scenario on, `difference` and `difference_mcse`.

    Raises
    ------
    InputError
        Where there is no scenario, or they are not in one currency.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> better = plan.replace({"beliefs.effects.reconvictions.mean": 0.12})
    >>> table = sib.compare({"base": plan, "upside": better}, paths=10_000, rng=1)
    >>> bool(table.loc["loss_probability", ("upside", "difference")] < 0)
    True
    """
    expected(scenarios, Mapping, "scenarios", 'give each a name: {"base": scenario, ...}')
    for name, scenario in scenarios.items():
        expected(scenario, Scenario, f"scenarios[{name!r}]", 'load it first: sib.load("peterborough")')
    if not scenarios:
        raise InputError(Problem("scenarios", {}, "at least one scenario", 'pass {"base": scenario, ...}'))
    currencies = {scenario.currency for scenario in scenarios.values()}
    if len(currencies) > 1:
        raise InputError(
            Problem("scenarios", sorted(currencies), "scenarios in one currency", "compare those of one currency")
        )
    seed = seed_of(rng)
    done: dict[str, Simulation] = {}
    for name, scenario in scenarios.items():
        done[name] = simulate(scenario, paths, rng=again(seed), executor=executor, progress=progress)
    first = next(iter(done.values()))
    table: dict[tuple[str, str], list[float]] = {}
    base = rows(first.columns)
    for name, simulation in done.items():
        found = rows(simulation.columns)
        table[name, "estimate"] = [row.estimate for row in found]
        table[name, "mcse"] = [row.mcse for row in found]
        if simulation is not first:
            errors = difference_errors(first.columns, simulation.columns)
            table[name, "difference"] = [row.estimate - b.estimate for row, b in zip(found, base, strict=True)]
            table[name, "difference_mcse"] = [errors[row.measure] for row in found]
    index = pd.Index([row.measure for row in base], name="measure")
    frame = pd.DataFrame(table, index=index)
    frame.columns.names = ["scenario", "figure"]
    return frame
