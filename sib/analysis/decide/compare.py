"""`compare`: scenarios side by side on the same simulated futures, each difference with an error of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING

from sib.analysis.columns import columns_of, end_to_end
from sib.analysis.figures import columns_for, figures_of
from sib.analysis.futures import Sampling, settled
from sib.analysis.summary import difference_errors, rows, side_by_side
from sib.arrays import Floats
from sib.chance.sources import LAYERS, Layer, Way
from sib.chance.streams import Rng
from sib.errors import InputError, Problem, expected
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


def compare(
    scenarios: Mapping[str, Scenario],
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
    """Simulate several scenarios on the same futures and put them side by side.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        At least one, by the name it is to have in the table. Differences are from the first.
    paths, rng, executor, progress, chance, stratified, sampling
        As for `simulate`. All scenarios draw from one seed, stream by stream, so that what they have in common is the
        same chance in each and a difference has a smaller error than its parts. Those that differ only in what is paid
        are settled on one draw.
    measures : collection of str, optional
        The figures of the summary that are wanted; all by default. What only others need is not worked out.

    Returns
    -------
    DataFrame
        Indexed by measure. Columns have two levels: the scenario's name, and `estimate`, `mcse` and, from the second
        scenario on, `difference` and `difference_mcse`.

    Raises
    ------
    InputError
        Where there is no scenario, they are not in one currency, or an argument is not what `simulate` takes.

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
    figures = figures_of(measures)
    wanted = columns_for(figures)
    how = Sampling.of(
        paths, rng, chance=chance, stratified=stratified, sampling=sampling, executor=executor, progress=progress
    )
    deals = [Deal.of(scenario) for scenario in scenarios.values()]
    columns: dict[int, dict[str, Floats]] = {}
    keep = partial(columns_of, names=wanted)
    with settled(deals, how, keep, title=f"{len(deals)} scenarios", width=len(wanted)) as found:
        for position, parts in found:
            columns[position] = end_to_end(parts)
    table: dict[str, dict[str, dict[str, float]]] = {}
    base = {row.measure: row for row in rows(columns[0], how.batch, figures)}
    for position, name in enumerate(scenarios):
        of_it = rows(columns[position], how.batch, figures)
        table[name] = {
            "estimate": {row.measure: row.estimate for row in of_it},
            "mcse": {row.measure: row.mcse for row in of_it},
        }
        if position:
            table[name]["difference"] = {row.measure: row.estimate - base[row.measure].estimate for row in of_it}
            table[name]["difference_mcse"] = difference_errors(columns[0], columns[position], figures)
    return side_by_side(table, of="scenario")
