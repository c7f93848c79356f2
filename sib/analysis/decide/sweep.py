"""`sweep`: many scenarios on the same simulated futures, as one tidy table."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sib.analysis.asked import Asked
from sib.analysis.columns import Kept, joined
from sib.analysis.decide.grids import MOST_SCENARIOS, Grid, label
from sib.analysis.figures import AnyFigure, columns_for
from sib.analysis.futures import Sampling, settled
from sib.analysis.summary import rows, unit_of
from sib.calls import public
from sib.chance.sources import LAYERS, Layer, Way
from sib.chance.streams import Rng
from sib.errors import InputError, Problem, nearest
from sib.run.blocks import BLOCK
from sib.run.recipe import Block, Deal
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

_TRIED: Final = 8  # points of a grid that tell how long all would take
_FIGURE: Final = ("estimate", "mcse", "low", "high")


@public
def sweep(
    scenarios: Mapping[Any, Scenario | Sequence[Any]],
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
    hurdle: float | None = None,
    hurdle_multiple: float | None = None,
    by: str | None = None,
) -> pd.DataFrame:
    """Simulate many scenarios on the same futures.

    Parameters
    ----------
    scenarios : mapping of str to Scenario, or of str to sequence
        Scenarios by name; or, with a `base`, a grid: several values for each of some dotted paths, as
        `Scenario.replace` takes them. Every combination is simulated. A pattern, in which `*` stands for a step of a
        path or a part of one, or several paths are figures that move together: each of their values is a factor.
    base : Scenario, optional
        What the grid's values are put into.
    paths, rng, executor, progress, chance, stratified, sampling
        As for `compare`: all scenarios are on one seed. Their work is handed to the executor together.
    measures : collection of str, optional
        The figures of the summary that are wanted; all by default. What only others need is not worked out.
    hurdle, hurdle_multiple : float, optional
        Add `hurdle_probability` and `hurdle_multiple_probability`, as in `Simulation.summary`.
    by : str, optional
        The input of a grid that goes across, where `measures` names one figure; the others go down.

    Returns
    -------
    DataFrame
        One row for each scenario and measure. Columns `scenario`, or one for each path of the grid (several paths
        with commas between them); then `measure`, `estimate`, `mcse`, `low`, `high`, `unit`, `given` and `paths`, as in
        `Simulation.summary`. With `by` one row for each value of the other inputs, and columns of two levels: the
        values of the one that goes across, and `estimate`, `mcse`, `low` and `high`. The units of the grid's inputs are
        in `attrs["units"]`.

    Raises
    ------
    InputError
        Where there is nothing to simulate, a grid has no base or is too large (it is said how long it would take), an
        input across is none of the grid's, or an argument is not what `simulate` takes.
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
    >>> grid |= {"payments.*.pays.per_unit": [0.9, 1.0, 1.1]}
    >>> table = sib.sweep(
    ...     grid, plan, paths=2_000, rng=1, measures=["npv_mean"], by="beliefs.effects.reconvictions.mean"
    ... )
    >>> table.xs("estimate", axis=1, level="figure").shape
    (3, 3)
    """
    grid = None if base is None else Grid.of(scenarios, base)
    asked = Asked.of([], hurdle=hurdle, hurdle_multiple=hurdle_multiple)
    figures = asked.figures(measures)
    if by is not None:
        _check_across(by, grid, figures)
    wanted = columns_for(figures)
    how = Sampling.of(
        paths, rng, chance=chance, stratified=stratified, sampling=sampling, executor=executor, progress=progress
    )
    keep = asked.keep(figures)
    cases = _named(scenarios) if grid is None else list(_checked(grid, keep, how).cases())
    deals = [Deal.of(scenario) for _, scenario in cases]
    table: dict[int, list[dict[str, Any]]] = {}
    with settled(deals, how, keep, title=f"{len(cases)} scenarios", width=len(wanted)) as found:
        for position, parts in found:
            (labels, scenario), kept = cases[position], joined(parts)
            table[position] = [
                {**labels, **row._asdict(), "unit": unit_of(row.measure, scenario.currency)}
                for row in rows(kept.columns, how.batch, figures, cash=kept.cash)
            ]
    import pandas as pd

    frame = pd.DataFrame([line for position in range(len(cases)) for line in table[position]])
    if grid is None:
        return frame
    swept = frame if by is None else _pivoted(frame, by, grid)
    swept.attrs["units"] = grid.units
    return swept


def _check_across(by: Any, grid: Grid | None, figures: Sequence[AnyFigure]) -> None:
    """Refuse an input across that is none of the grid's, stands alone in it, or of more than one figure."""
    if grid is None:
        raise InputError(Problem("by", by, "one input of a grid", "pass a grid and its base, or leave `by` out"))
    names = [axis.name for axis in grid.axes]
    if by not in names:
        raise InputError(Problem("by", by, "one input of the grid", nearest(str(by), names)))
    if len(names) < 2:
        raise InputError(Problem("by", by, "a grid with an input for the rows too", "add one, or leave `by` out"))
    if len(figures) > 1:
        rule = "one figure, where an input goes across"
        raise InputError(Problem("measures", len(figures), rule, 'name it: measures=["loss_probability"]'))
    for axis in grid.axes:
        if len(set(map(label, axis.values))) < len(axis.values):
            rule = "each value once, where an input goes across"
            raise InputError(Problem(f"scenarios[{axis.name!r}]", list(axis.values), rule, "leave out what is twice"))


def _named(scenarios: Mapping[Any, Any]) -> list[tuple[dict[str, Any], Scenario]]:
    """Each scenario with its name."""
    if not scenarios:
        raise InputError(Problem("scenarios", {}, "at least one scenario", 'pass {"name": scenario, ...}'))
    for scenario in scenarios.values():
        if not isinstance(scenario, Scenario):
            rule = "a scenario that the grid's values are put into"
            raise InputError(Problem("base", None, rule, "pass base=scenario"))
    return [({"scenario": label(name)}, scenario) for name, scenario in scenarios.items()]


def _checked(grid: Grid, keep: Callable[[Block], Kept], how: Sampling) -> Grid:
    """Refuse a grid that is too large, with how long it would take: a few of its points tell."""
    if grid.size <= MOST_SCENARIOS:
        return grid
    few = replace(how, paths=min(how.paths, BLOCK), progress=False)
    began = time.perf_counter()
    deals = [Deal.of(scenario) for _, scenario in islice(grid.cases(), _TRIED)]
    with settled(deals, few, keep, title="") as found:
        for _ in found:
            pass
    seconds = (time.perf_counter() - began) / _TRIED * how.paths / few.paths * grid.size
    rule = f"at most {MOST_SCENARIOS:,} combinations; these would take about {_in_words(seconds)} here"
    raise InputError(Problem("scenarios", f"{grid.size:,} combinations", rule, "pass fewer values, or fewer paths"))


def _in_words(seconds: float) -> str:
    """A time of minutes and more, to one or two digits."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{float(f'{seconds / size:.2g}'):,.0f} {unit}"
    return "two minutes"


def _pivoted(frame: pd.DataFrame, by: str, grid: Grid) -> pd.DataFrame:
    """One figure, with one input across and the others down, in the order of the grid."""
    import pandas as pd

    others = [axis.name for axis in grid.axes if axis.name != by]
    across = next(axis.values for axis in grid.axes if axis.name == by)
    rows = frame.groupby(by, sort=False)
    columns = {
        (label(value), key): rows.get_group(label(value)).set_index(others)[key] for value in across for key in _FIGURE
    }
    return pd.DataFrame(columns).rename_axis(columns=[by, "figure"])
