"""The cash plot: a party's cumulative position over time, of investors a J-curve, as a fan of quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sib.analysis.asked import Asked
from sib.analysis.simulation import Simulation
from sib.calls import public
from sib.errors import InputError, Problem
from sib.show.plot import style
from sib.show.plot.colours import mixed, palette
from sib.show.plot.fit import finish
from sib.show.plot.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@public
def cash(
    simulation: Simulation,
    *,
    tranche: str | None = None,
    party: str | None = None,
    hurdle: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Cumulative cash over time: median, middle half and eight or nine tenths of the paths.

    Parameters
    ----------
    simulation : Simulation
    tranche : str, optional
        Of one tranche; by default of all of them together.
    party : str, optional
        Of any party of the ledger, in place of a tranche.
    hurdle : float, optional
        A rate of return a year, as in 0.05: cash is discounted to the start at it, so that who ends above zero has
        earned it.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Millions of money against the date; below zero while money is out.

    Raises
    ------
    InputError
        Where there is no such tranche or party, both are named, or the hurdle is no decimal.

    Examples
    --------
    >>> import sib
    >>> axes = sib.plot.cash(sib.simulate(sib.load("peterborough"), paths=1000, rng=1))
    >>> axes.get_ylabel()
    'cumulative cash of investors (GBP million)'
    """
    import pandas as pd

    if party is None:
        style.with_capital(simulation)
    if tranche is not None and party is not None:
        rule, remedy = "a tranche, or a party", "leave one of the two out: a tranche is a party by its name"
        raise InputError(Problem("party", party, rule, remedy))
    asked = Asked.of([simulation.futures.deal.contract], tranche=tranche, hurdle=hurdle)
    scenario, whose = simulation.scenario, asked.tranche or party
    position = simulation.position((0.05, 0.25, 0.5, 0.75, 0.95), party=whose, rate=asked.hurdle or 0.0)
    after = position.index[-1] + (position.index[-1] - position.index[0]) / 20  # so that the last step has a width
    position = pd.concat([position, position.iloc[-1:].set_axis([after])])
    dates = position.index.to_numpy()
    ax = style.axes(ax)
    ink = palette(ax)
    meet = bool((position[0.05] == position[0.25]).mean() > 0.5)  # as where a quarter of the paths lose everything
    half = "half of the paths" + (" (the lower edges meet)" if meet else "")
    bands = ((0.05, 0.95, 0.22, "nine paths in ten", "--"), (0.25, 0.75, 0.5, half, "-"))
    for low, high, dark, label, kind in bands:
        looks: dict[str, Any] = {"facecolor": mixed(ink.blue, ink.paper, dark), "edgecolor": ink.blue}
        ax.fill_between(
            *(dates, position[low], position[high]), step="post", linewidth=0.8, linestyle=kind, label=label, **looks
        )
    median = position[0.5]
    ends = f"median; at the end {median.iloc[-1] / 1e6 + 0.0:,.3g} million"
    ax.step(dates, median, where="post", color=ink.ink, linewidth=2.2, label=ends)
    even = "money back" if party is None else "as much received as paid"
    if asked.hurdle is not None:
        even = f"{100 * asked.hurdle:.10g}% a year earned"
    ax.axhline(0, color=ink.red, linewidth=1.2, linestyle="-.", label=even)
    style.frame(ax)
    style.dates(ax.xaxis)
    style.millions(ax.yaxis)
    names = [one.name for one in scenario.tranches]
    name = whose or (names[0] if len(names) == 1 else "all tranches")
    what = "cumulative cash" if asked.hurdle is None else "cumulative discounted cash"
    return finish(
        ax,
        title=f"Money out and money back\n{short(scenario.name)}",
        x="date (year)",
        y=f"{what} of {short(name, 32)} ({scenario.currency} million)",
    )
