"""The payoff plot: payment against improvement, with what the evaluator is likely to measure under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.payoff import payoff as payoff_table
from sib.analysis.simulate import Simulation
from sib.show.plot import style

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
        Payments in millions of money against improvement in per cent, every cohort having the same improvement. The
        density is on a second axis, in per cent of paths for each percentage point.

    Examples
    --------
    >>> import sib
    >>> axes = sib.plot.payoff(sib.simulate(sib.load("peterborough"), paths=1000, rng=1))
    >>> axes.get_xlabel()
    'measured improvement in reconvictions, the same in each cohort (%)'
    """
    scenario = simulation.scenario
    name = metric or scenario.metrics[0].name
    measured = simulation.paths[f"{name}.pooled.improvement"].to_numpy()
    low, high = (float(x) for x in np.quantile(measured, (0.001, 0.999)))
    low, high = min(low, -0.02), max(high, 0.15)
    table = payoff_table(scenario, np.linspace(low, high, 2001), metric)
    ax = style.axes(ax)
    under = ax.twinx()
    edges = np.arange(np.floor(low * 100), np.ceil(high * 100) + 1) / 100
    share = np.histogram(measured, edges)[0] / measured.size
    under.stairs(share, edges, fill=True, color=style.GREY, alpha=0.35)
    under.set_ylim(0, share.max() * 2.5)
    style.percent(under.yaxis)
    under.set_ylabel("paths for each point of improvement, pooled (%)", color="#5A5A5A")
    under.tick_params(axis="y", colors="#5A5A5A")
    under.spines["top"].set_visible(False)
    ax.set_zorder(under.get_zorder() + 1)
    ax.patch.set_visible(False)
    ax.plot(table.index, table["payment"], color=style.BLUE, linewidth=2.2)
    capital = sum(tranche.amount for tranche in scenario.tranches)
    ax.axhline(capital, color=style.RED, linewidth=1.2, linestyle="--")
    ax.annotate(
        "capital committed", (low, capital), xytext=(4, 4), textcoords="offset points", color=style.RED, fontsize=9
    )
    style.plain(ax)
    style.percent(ax.xaxis)
    style.millions(ax.yaxis)
    ax.set_xlim(low, high)
    ax.set_ylim(0, None)
    ax.set_xlabel(f"measured improvement in {name}, the same in each cohort (%)")
    ax.set_ylabel(f"outcome payments in all ({scenario.currency} million)", color=style.BLUE)
    ax.set_title(f"What is paid, and what is likely to be measured\n{scenario.name}", loc="left", fontsize=11)
    return ax
