"""The payoff plot: payment against improvement, with what the evaluator is likely to measure under it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.payoff import payoff as payoff_table
from sib.analysis.simulate import Simulation
from sib.show.plot import style
from sib.terms.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def payoff(simulation: Simulation, metric: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Payment as a function of measured improvement, over the density of what is measured.

    Parameters
    ----------
    simulation : Simulation
        Gives the deal, and the simulated improvements of all cohorts pooled.
    metric : str, optional
        Which metric; may be left out where there is one.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Payments in millions of money against improvement in per cent: a line for the same improvement in each cohort,
        and dots for the mean payment of the simulated futures, in which cohorts differ. How likely a result is to be
        measured is on a second axis, in per cent of paths.

    Examples
    --------
    >>> import sib
    >>> axes = sib.plot.payoff(sib.simulate(sib.load("peterborough"), paths=1000, rng=1))
    >>> axes.get_xlabel()
    'measured improvement in reconvictions over all cohorts (%)'
    """
    style.checked(simulation)
    scenario = simulation.scenario
    name = metric or scenario.metrics[0].name
    paths = simulation.paths
    table_at = partial(payoff_table, scenario, metric=metric)
    table_at([0.0])  # refuses an unknown metric before anything is drawn
    measured, paid = paths[f"{name}.pooled.improvement"].to_numpy(), paths["payment"].to_numpy()
    finite = np.isfinite(measured)
    measured, paid = measured[finite], paid[finite]
    low, high = (float(x) for x in np.quantile(measured, (0.001, 0.999))) if measured.size else (0.0, 0.0)
    width = style.round_width((max(high, 0.15) - min(low, -0.02)) / 40)
    edges = width * np.arange(np.floor(min(low, -0.02) / width), np.ceil(max(high, 0.15) / width) + 1)
    table = table_at(np.linspace(edges[0], min(edges[-1], 1.0) if _fewer(scenario, name) else edges[-1], 2001))
    count = np.histogram(measured, edges)[0]
    mean = np.histogram(measured, edges, weights=paid)[0] / np.maximum(count, 1)

    ax = style.axes(ax)
    under = ax.twinx()
    under.stairs(count / simulation.n_paths, edges, fill=True, color=style.GREY, alpha=0.35)
    under.set_ylim(0, max(count.max(), 1) / simulation.n_paths * 2.5)
    style.percent(under.yaxis)
    under.set_ylabel("simulated paths in each bar (%)", color="#5A5A5A")
    under.tick_params(axis="y", colors="#5A5A5A")
    under.spines["top"].set_visible(False)
    ax.set_zorder(under.get_zorder() + 1)
    ax.patch.set_visible(False)
    ax.plot(table.index, table["payment"], color=style.BLUE, linewidth=2.2, label="paid if each cohort improves alike")
    often = count >= max(0.001 * simulation.n_paths, 1)
    middle = (edges[:-1] + edges[1:]) / 2
    ax.plot(
        middle[often],
        mean[often],
        "o",
        markersize=4,
        markerfacecolor="white",
        markeredgecolor="black",
        label="paid on average in simulated futures, where cohorts differ",
    )
    drawn = float(simulation.columns["drawn"].mean())
    ax.axhline(drawn, color=style.RED, linewidth=1.2, linestyle="--")
    note: dict[str, Any] = {"xytext": (4, 4), "textcoords": "offset points", "color": style.RED, "fontsize": 9}
    ax.annotate("capital drawn", (float(edges[0]), drawn), **note)
    style.plain(ax)
    style.percent(ax.xaxis)
    style.millions(ax.yaxis)
    ax.set_xlim(float(edges[0]), float(edges[-1]))
    ax.set_ylim(0, 1.25 * max(float(table["payment"].max()), drawn))
    ax.legend(loc="upper left", frameon=False, fontsize=9)
    ax.set_xlabel(f"measured improvement in {name} over all cohorts (%)")
    ax.set_ylabel(f"outcome payments in all ({scenario.currency} million)", color=style.BLUE)
    ax.set_title(f"What is paid, and what is likely to be measured\n{scenario.name}", loc="left", fontsize=11)
    return ax


def _fewer(scenario: Scenario, name: str) -> bool:
    return next(metric for metric in scenario.metrics if metric.name == name).better == "lower"
