"""`compare`: scenarios side by side on the same simulated futures, each difference with an error of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from sib.analysis.asked import Asked
from sib.analysis.columns import Kept, joined
from sib.analysis.decide.differences import differences
from sib.analysis.figures import columns_for
from sib.analysis.futures import Sampling, settled
from sib.analysis.summary import estimates, rows, side_by_side
from sib.calls import public
from sib.chance.sources import LAYERS, Layer, Way
from sib.chance.streams import Rng
from sib.errors import InputError, Problem
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


@public
def compare(
    scenarios: Mapping[Any, Scenario],
    paths: int = 100_000,
    *,
    rng: Rng = None,
    executor: Executor | None = None,
    progress: bool = False,
    chance: Collection[Layer] = LAYERS,
    stratified: bool = False,
    sampling: Way = "plain",
    measures: Collection[str] | None = None,
    tranche: str | None = None,
    payer: str | None = None,
    hurdle: float | None = None,
    hurdle_multiple: float | None = None,
) -> pd.DataFrame:
    """Simulate several scenarios on the same futures and put them side by side.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        At least one, by the name it is to have in the table. Differences are from the first.
    paths, rng, executor, progress, chance, stratified, sampling
        As for `simulate`. All scenarios draw from one seed, component by component, so that what they have in common is
        the same chance in each and a difference has a smaller error than its parts; with ``sampling="sobol"`` as far as
        they have the same components. Those that differ only in what is paid are settled on one draw.
    measures : collection of str, optional
        The figures of the summary that are wanted; all by default. What only others need is not worked out.
    tranche, payer, hurdle, hurdle_multiple
        As for `Simulation.summary`: of one tranche, of one payer, against a hurdle. Each scenario has to have them.

    Returns
    -------
    DataFrame
        Indexed by measure. Columns have two levels: the scenario's name, and `estimate`, `mcse`, `low`, `high` and,
        from the second scenario on, `difference`, `difference_mcse`, `difference_low` and `difference_high` (the ends
        of a 95% interval), of every figure, on paths paired with those of the first. An error of zero says that no
        simulated future differs; how far others may, the interval says.

    Raises
    ------
    InputError
        Where there is no scenario, they are not in one currency, one has no such tranche or payer, or an argument is
        not what `simulate` and `summary` take.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> better = plan.replace({"beliefs.effects.reconvictions.mean": 0.12})
    >>> table = sib.compare({"base": plan, "upside": better}, paths=10_000, rng=1)
    >>> bool(table.loc["loss_probability", ("upside", "difference")] < 0)
    True
    """
    if not scenarios:
        raise InputError(Problem("scenarios", {}, "at least one scenario", 'pass {"base": scenario, ...}'))
    currencies = {scenario.currency for scenario in scenarios.values()}
    if len(currencies) > 1:
        raise InputError(
            Problem("scenarios", sorted(currencies), "scenarios in one currency", "compare those of one currency")
        )
    deals = [Deal.of(scenario) for scenario in scenarios.values()]
    contracts = [deal.contract for deal in deals]
    asked = Asked.of(contracts, tranche=tranche, payer=payer, hurdle=hurdle, hurdle_multiple=hurdle_multiple)
    figures = asked.figures(measures)
    how = Sampling.of(
        paths, rng, chance=chance, stratified=stratified, sampling=sampling, executor=executor, progress=progress
    )
    kept: dict[int, Kept] = {}
    width = len(columns_for(figures))
    with settled(deals, how, asked.keep(figures), title=f"{len(deals)} scenarios", width=width) as found:
        for position, parts in found:
            kept[position] = joined(parts)
    table: dict[str, dict[str, dict[str, float]]] = {}
    of_each = [rows(kept[i].columns, how.batch, figures, cash=kept[i].cash) for i in range(len(deals))]
    for position, name in enumerate(scenarios):
        table[name] = estimates(of_each[position])
        if position:
            one, other = ((kept[i], of_each[i]) for i in (0, position))
            table[name] |= differences(one, other, figures, how.batch)
    return side_by_side(table, of="scenario")
