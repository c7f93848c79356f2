"""The contract plot: what a deal pays for a result, as a share of its capital. From the terms alone, no chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sib.analysis.payoff import chosen
from sib.analysis.payoff import payoff as payoff_table
from sib.calls import public
from sib.errors import InputError, Problem
from sib.measures.arguments import numbers
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario
from sib.show.plot import style
from sib.show.plot.colours import palette
from sib.show.plot.fit import finish
from sib.show.plot.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@public
def contract(
    scenario: Scenario,
    results: ArrayLike,
    metric: str | None = None,
    *,
    measured: float | None = None,
    others: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """What a deal pays as a function of a measured result, as a share of the capital committed.

    Parameters
    ----------
    scenario : Scenario
        The deal.
    results : array_like, (n,)
        The range of results to show, as they are published; only its least and its greatest count.
    metric : str, optional
        Which metric; may be left out where the contract reads one.
    measured : float, optional
        The result that was published, marked with a dot.
    others : mapping, optional
        Results of other metrics, as `settle` takes them; those that are left out are as believed.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Outcome payments in per cent of the capital committed, against the result.

    Raises
    ------
    InputError
        Where the metric is unknown or not named, or a result is not possible.

    Examples
    --------
    >>> import sib
    >>> axes = sib.plot.contract(sib.load("rhino-bond"), [-0.02, 0.08])
    >>> axes.get_ylabel()
    'paid (% of capital committed)'
    """
    deal = Deal.of(scenario)
    found = deal.model.metrics[chosen(deal, metric)]
    ends = numbers("results", results)
    if ends.size < 2 or ends.min() == ends.max():
        raise InputError(Problem("results", results, "two results at least, from and to", "pass, say, [0, 0.2]"))
    grid = np.linspace(ends.min(), ends.max(), 2001)
    table = payoff_table(scenario, grid, found.name, others=others)
    capital = deal.contract.committed
    ax = style.axes(ax)
    ink = palette(ax)
    ax.plot(table.index, table["payment"] / capital, color=ink.blue, linewidth=2.0, label="paid")
    ax.axhline(1.0, color=ink.red, linewidth=1.2, linestyle="--", label="capital committed")
    ax.axhline(0.0, color=ink.ink, linewidth=0.8)
    if measured is not None:
        paid = payoff_table(scenario, [measured], found.name, others=others)["payment"].iloc[0] / capital
        said = f"published: {style.result(found, measured)}, {100 * paid + 0.0:.3g}% of capital paid"
        looks: dict[str, Any] = {"markersize": 8, "markerfacecolor": ink.orange, "markeredgecolor": ink.ink}
        ax.plot([measured], [paid], "o", zorder=5, label=said, **looks)
    style.frame(ax)
    style.percent(ax.yaxis)
    unit = style.result_axis(ax.xaxis, found, scenario)
    name = short(found.name)
    ax.set_xlim(grid[0], grid[-1])
    return finish(
        ax,
        title=f"What is paid for a result\n{short(scenario.name)}",
        x=f"{f'improvement in {name}' if found.publishes == 'improvement' else name} ({unit})",
        y="paid (% of capital committed)",
    )
