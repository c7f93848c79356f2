"""The cash plot: the investors' cumulative position over time, a J-curve, as a fan of quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sib.analysis.simulation import Simulation
from sib.show.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def cash(simulation: Simulation, *, ax: Axes | None = None) -> Axes:
    """Investors' cumulative cash over time: median, middle half and nine tenths of the paths.

    Parameters
    ----------
    simulation : Simulation
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Millions of money against the date; below zero while money is out.

    Examples
    --------
    >>> import sib
    >>> axes = sib.plot.cash(sib.simulate(sib.load("peterborough"), paths=1000, rng=1))
    >>> axes.get_ylabel()
    'cumulative cash of investors (GBP million)'
    """
    import pandas as pd

    style.with_capital(simulation)
    scenario = simulation.scenario
    position = simulation.position((0.05, 0.25, 0.5, 0.75, 0.95))
    after = position.index[-1] + (position.index[-1] - position.index[0]) / 20  # so that the last step has a width
    position = pd.concat([position, position.iloc[-1:].set_axis([after])])
    dates = position.index.to_numpy()
    ax = style.axes(ax)
    bands = ((0.05, 0.95, 0.18, "nine paths in ten"), (0.25, 0.75, 0.4, "half of the paths"))
    for low, high, alpha, label in bands:
        ax.fill_between(
            dates, position[low], position[high], step="post", color=style.BLUE, alpha=alpha, linewidth=0, label=label
        )
    ax.step(dates, position[0.5], where="post", color=style.BLUE, linewidth=2.2, label="median")
    ax.axhline(0, color="black", linewidth=1)
    ax.annotate("money back", (dates[0], 0), xytext=(4, 4), textcoords="offset points", fontsize=9)
    style.plain(ax)
    style.millions(ax.yaxis)
    ax.set_xlabel("date (year)")
    whose = scenario.tranches[0].name if len(scenario.tranches) == 1 else "all tranches"
    ax.set_ylabel(f"cumulative cash of {style.words(whose)} ({scenario.currency} million)")
    ax.set_title(f"Money out and money back\n{style.words(scenario.name)}", loc="left", fontsize=11)
    ax.legend(loc="lower left", frameon=False)
    return ax
