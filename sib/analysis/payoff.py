"""`payoff`: what a deal pays as a function of its measured result. The figures behind the payoff plot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sib.analysis.columns import Reading
from sib.analysis.published import needed_by, nothing, partly, precise
from sib.arrays import Floats
from sib.calls import public
from sib.chance.sources import Chance
from sib.errors import InputError, Problem, nearest
from sib.measures.arguments import numbers
from sib.model.model import Model
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.model.results import Results
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario
from sib.settlement import walk
from sib.terms.base import spelt

if TYPE_CHECKING:
    import pandas as pd

_ROUNDS, _POINTS = 5, 33  # in which a break-even is sought: four times 32 parts of the parts before
_CENT = 1e-9  # of the capital, which counts as nothing


@public
def payoff(
    scenario: Scenario, results: ArrayLike, metric: str | None = None, *, others: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """What is paid when every cohort's or period's measured result is the same.

    Parameters
    ----------
    scenario : Scenario
        The deal.
    results : array_like, (n,)
        Measured results as they would be published: relative improvements, positive when better, for a metric that is
        compared; units in all for a total; else levels.
    metric : str, optional
        Which metric; may be left out where the contract reads one.
    others : mapping, optional
        Results of other metrics, as `settle` takes them; those that are left out are as believed, without chance; in a
        funnel they follow from the milestone before.

    Returns
    -------
    DataFrame
        Indexed by `improvement`, `units` or `level`; columns `payment` (by the outcome payers, less what is paid back
        to them, in money), `multiple` (of the capital drawn) and `irr` (a year), both of all tranches together. Its
        `attrs["break_even"]` is the least result, from the least to the greatest asked for, at which investors get back
        what they put in, all else as believed; NaN where they do at none of them. Between two results that were asked
        for it is sought to a millionth of their distance. What is paid then is less than the capital where costs are
        met from earlier payments, as what came back is not put in twice (convention 6).

    Raises
    ------
    InputError
        Where the metric is unknown or not named, or a result is not finite or not possible.

    Examples
    --------
    >>> import sib
    >>> table = payoff(sib.load("peterborough"), [0.05, 0.08, 0.11])
    >>> table["payment"].gt(0).tolist(), round(table.attrs["break_even"], 4)
    ([False, True, True], 0.0784)
    """
    import pandas as pd

    deal = Deal.of(scenario)
    index = chosen(deal, metric)
    grid = numbers("results", results).ravel()
    given = {i: one for i, one in enumerate(partly(deal.model, others or {})) if isinstance(one, Results)}

    def found(at: Floats) -> dict[str, Floats]:
        return _figures(deal, index, at, given)

    columns = found(grid)
    table = pd.DataFrame(columns, index=pd.Index(grid, name=deal.model.metrics[index].publishes))
    order = np.argsort(grid, kind="stable")
    table.attrs["break_even"] = _break_even(grid[order], columns["multiple"][order], found)
    return table


def _figures(deal: Deal, index: int, grid: Floats, given: Mapping[int, Results]) -> dict[str, Floats]:
    """Payment, multiple and rate at each result of a metric; of other metrics those given, or what is believed."""
    known = {i: _repeated(one, grid.size) for i, one in given.items()} | {index: _alike(deal.model, index, grid)}
    surely = Chance(grid.size, np.random.SeedSequence(0), 0, frozenset())
    outcomes = draw(deal.model, believe(deal.model, surely), surely, known)
    book = walk.settle(deal.contract, [one.results for one in outcomes])
    found = Reading(deal.contract, book, deal.contract.investors).columns(("payment", "drawn", "received", "irr"))
    drawn = found["drawn"]
    return {
        "payment": found["payment"],
        "multiple": np.divide(found["received"], drawn, out=np.full_like(drawn, np.nan), where=drawn > 0),
        "irr": found["irr"],
    }


def _break_even(grid: Floats, multiple: Floats, found: Callable[[Floats], dict[str, Floats]]) -> float:
    """The least result at which the multiple is 1, results ascending; NaN where it is at none of them."""
    for left in reversed(range(_ROUNDS)):
        back = multiple >= 1.0 - _CENT
        if not back.any():
            return np.nan
        first = int(np.argmax(back))
        if first == 0 or not left:
            break
        grid = np.linspace(grid[first - 1], grid[first], _POINTS)
        multiple = found(grid)["multiple"]
    return float(grid[first])


def chosen(deal: Deal, metric: str | None) -> int:
    """The metric that is meant: the one named, or the only one that the contract reads.

    Raises
    ------
    InputError
        Where there is no such metric, or several and none is named.
    """
    names = readable(deal)
    name = names[0] if metric is None and len(names) == 1 else spelt(metric)
    if name not in names:
        raise InputError(Problem("metric", metric, "a metric that the contract reads", nearest(str(metric), names)))
    return next(i for i, one in enumerate(deal.model.metrics) if one.name == name)


def readable(deal: Deal) -> list[str]:
    """The metrics that the contract reads and that are measured by themselves, by name."""
    return [deal.model.metrics[i].name for i in sorted(needed_by(deal)) if deal.model.metrics[i].origin.published]


def _alike(model: Model, index: int, grid: Floats) -> Results:
    """The same result in each cohort or period, one path for each of the grid."""
    metric = model.metrics[index]
    none = nothing(metric, grid.size)
    if metric.compared and none.comparison is not None:
        treated: Floats = none.comparison * (1.0 + metric.sign * grid)
    elif metric.law.additive:
        shares = metric.origin.arising(index, model, {})
        treated = metric.to_date(shares)[:, None] * grid
    else:
        treated = np.broadcast_to(grid, none.treated.shape)
    over = treated > metric.law.highest_result * (1 + 1e-9)
    if (treated < 0).any() or over.any():
        raise InputError(
            Problem(
                "results",
                float(grid[((treated < 0) | over).any(axis=0)][0]),
                "an improvement that leaves no fewer than zero events a person"
                if metric.compared
                else "a level from 0 to the most that there can be",
                "write 0.20 for 20 per cent",
            )
        )
    return precise(metric, replace(none, treated=treated), np.full_like(treated, np.nan))


def _repeated(one: Results, paths: int) -> Results:
    """One path's results, so many times."""
    shape = (one.treated.shape[0], paths)
    comparison = None if one.comparison is None else np.broadcast_to(one.comparison, shape)
    return Results(one.sign, one.persons, np.broadcast_to(one.treated, shape), comparison, one.additive)
