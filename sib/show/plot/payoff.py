"""The payoff plot: payment against the measured result, with what the evaluator is likely to measure under it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.columns import over_all
from sib.analysis.payoff import chosen, readable
from sib.analysis.payoff import payoff as payoff_table
from sib.analysis.simulation import Simulation
from sib.calls import public
from sib.show.plot import style
from sib.show.plot.colours import palette
from sib.show.plot.fit import finish
from sib.show.plot.words import short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sib.arrays import Floats
    from sib.model.model import MetricModel
    from sib.scenario.scenario import Scenario
    from sib.show.plot.colours import Palette

_ENOUGH = 0.15  # an axis of improvements reaches at least to here, so that thresholds are in view


@public
def payoff(simulation: Simulation, metric: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Payment as a function of what is measured, over the density of what is measured.

    Parameters
    ----------
    simulation : Simulation
        Gives the deal, and the simulated results of all cohorts or periods together.
    metric : str, optional
        Which metric; may be left out where the contract reads one. Other metrics are as believed.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Payments in millions of money against the result as it is published (an improvement or a share in per cent,
        units, a level): a line for the same result in each cohort, and dots for the mean payment of the simulated
        futures, in which cohorts differ. A diamond marks the least result at which investors get back what they put in
        (`break_even` of `sib.payoff`), a dashed line the capital that they drew. How likely a result is to be measured
        is on a second axis, in per cent of paths.

    Examples
    --------
    >>> import sib
    >>> axes = sib.plot.payoff(sib.simulate(sib.load("peterborough"), paths=1000, rng=1))
    >>> axes.get_xlabel()
    'measured improvement in reconvictions over all cohorts (%)'
    """
    scenario = simulation.scenario
    place = chosen(simulation.futures.deal, metric)
    found = simulation.futures.deal.model.metrics[place]
    reads = found.publishes
    measured = np.concatenate(list(simulation.futures.map(partial(over_all, metric=place, reads=reads))))
    paid = simulation.columns["payment"]
    finite = np.isfinite(measured)
    measured, paid = measured[finite], paid[finite]
    edges = _edges(found, measured)
    table = payoff_table(scenario, np.linspace(edges[0], edges[-1], 2001), found.name)
    count = np.histogram(measured, edges)[0]
    mean = np.histogram(measured, edges, weights=paid)[0] / np.maximum(count, 1)

    ax = style.axes(ax)
    ink = palette(ax)
    under = style.second(ax)
    under.stairs(count / simulation.n_paths, edges, fill=True, color=ink.grey, alpha=0.4)
    under.set_ylim(0, max(count.max(), 1) / simulation.n_paths * 2.5)
    style.percent(under.yaxis)
    each = found.each
    alike = f"paid if each {each} improves alike" if reads == "improvement" else f"paid if each {each} has its share"
    several = len(readable(simulation.futures.deal)) > 1
    alike += ", other metrics as believed" if several else ""
    ax.plot(table.index, table["payment"], color=ink.blue, linewidth=2.2, label=alike)
    often = count >= max(0.001 * simulation.n_paths, 1)
    middle = (edges[:-1] + edges[1:]) / 2
    differ = f"mean of simulated futures, where {each}s differ" + (", other metrics by chance" if several else "")
    dots: dict[str, Any] = {"markersize": 4, "markerfacecolor": ink.paper, "markeredgecolor": ink.ink, "label": differ}
    ax.plot(middle[often], mean[often], "o", **dots)
    drawn = float(simulation.columns["drawn"].mean())
    said = f"capital drawn: {drawn / 1e6:,.3g} million"
    ax.axhline(drawn, color=ink.red, linewidth=1.2, linestyle="--", label=said)
    style.frame(ax)
    unit = style.result_axis(ax.xaxis, found, scenario)
    style.millions(ax.yaxis)
    ax.set_xlim(float(edges[0]), float(edges[-1]))
    bottom, top = min(0.0, 1.1 * float(table["payment"].min())), max(float(table["payment"].max()), drawn)
    ax.set_ylim(bottom, top + 0.08 * (top - bottom))
    _even(ax, ink, scenario, found, table)
    what = {"improvement": f"improvement in {short(found.name)}", "units": short(found.name)}
    return finish(
        ax,
        title=f"What is paid, and what is likely to be measured\n{short(scenario.name)}",
        x=f"measured {what.get(reads, short(found.name))} over all {each}s ({unit})",
        y=f"outcome payments in all ({scenario.currency} million)",
        right=(under, "grey: simulated paths in each bar (%)"),
    )


def _even(ax: Axes, ink: Palette, scenario: Scenario, metric: MetricModel, table: pd.DataFrame) -> None:
    """Mark from which result on investors get back what they put in, where it lies within the axes."""
    even = table.attrs["break_even"]
    if not even > table.index[0]:  # there is none, or all comes back whatever is measured
        return
    paid = payoff_table(scenario, [even], metric.name)["payment"].iloc[0]
    written = style.result(metric, even)
    ax.vlines(even, ax.get_ylim()[0], paid, color=ink.red, linewidth=1.2, linestyle=":")
    looks: dict[str, Any] = {"markersize": 8, "color": ink.red, "markeredgecolor": ink.ink, "zorder": 5}
    ax.plot([even], [paid], "D", label=f"investors' money back from {written}, all else as believed", **looks)


def _edges(metric: MetricModel, measured: Floats) -> Floats:
    """Edges of bars of a round width over what is likely to be measured, and over what is possible at most."""
    low, high = (float(x) for x in np.quantile(measured, (0.001, 0.999))) if measured.size else (0.0, 0.0)
    if metric.compared:
        low, high = min(low, -0.02), max(high, _ENOUGH)
        most = 1.0 if metric.sign < 0 else metric.law.highest / metric.base.max() - 1.0
    else:
        low, most = max(low - (high - low) / 4, 0.0), metric.law.highest_result
    if high - low <= 1e-9 * max(abs(high), 1.0):  # nothing is left to chance: a bar about the one result
        low, high = low - 0.02 * abs(low), high + 0.02 * abs(high) + 1e-9
    width = style.round_width(max((high - low) / 40, 1e-9 * max(abs(high), 1.0)))
    edges: Floats = width * np.arange(np.floor(low / width), np.ceil(high / width) + 1)
    return np.minimum(edges, most)[: np.searchsorted(edges, most) + 1]
