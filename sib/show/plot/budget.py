"""The budget plot: a payer's bill year by year, and in all so far, against what it can come to at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.cash import Above
from sib.analysis.headroom import limit_on
from sib.analysis.simulation import Simulation
from sib.calls import public
from sib.errors import InputError, Problem
from sib.show.plot import style
from sib.show.plot.colours import mixed, palette
from sib.show.plot.fit import finish, place
from sib.show.plot.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from sib.arrays import Floats

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WIDE = 6.0  # font sizes that the name of a year takes


@public
def budget(
    simulation: Simulation,
    *,
    payer: str | None = None,
    year_starts: tuple[int, int] = (4, 1),
    above: Above | None = None,
    ax: Axes | None = None,
) -> Axes:
    """An outcome payer's bill in each financial year, and as it adds up, with the limit that it can come to.

    Parameters
    ----------
    simulation : Simulation
    payer : str, optional
        Who pays; may be left out where one does.
    year_starts : (int, int), default (4, 1)
        The month and the day on which a financial year begins.
    above : float or mapping, optional
        A budget for each year, as `Simulation.budget` takes it: it is marked, with the chance that it is exceeded.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Millions of money by year: bars are what is paid in a year in the mean, whiskers eight paths in ten, the fan
        what has been paid so far; a line is the least limit that is on all that the payer pays for outcomes.

    Raises
    ------
    InputError
        Where several pay and none is named, or what is given is not what `Simulation.budget` takes.

    Examples
    --------
    >>> import sib
    >>> axes = sib.plot.budget(sib.simulate(sib.load("peterborough"), paths=1000, rng=1))
    >>> axes.get_xlabel()
    'financial year (from 1 April)'
    """
    payers = simulation.futures.deal.contract.payers
    if payer is None and len(payers) > 1:
        rule = "the name of one, where several pay: each has a bill of its own"
        raise InputError(Problem("payer", payer, rule, f"choose from: {', '.join(payers)}"))
    table = simulation.budget(levels=(0.1, 0.5, 0.9), year_starts=year_starts, payer=payer, above=above)
    name = str(table.index[0][0])
    years, money = table.loc[name].drop("total"), simulation.scenario.currency
    starts, ends = (_days(years[column]) for column in ("starts", "ends"))
    so_far = -simulation.position((0.1, 0.5, 0.9), party=name)
    dates = np.append(_days(so_far.index), ends[-1] + 1)
    low, middle, high = (np.append(so_far[level], so_far[level].iloc[-1]) for level in (0.9, 0.5, 0.1))

    ax = style.axes(ax)
    ink = palette(ax)
    fan: dict[str, Any] = {"color": mixed(ink.blue, ink.paper, 0.3), "linewidth": 0, "step": "post"}
    ax.fill_between(dates, low, high, label="so far: eight paths in ten", **fan)
    ax.step(dates, middle, where="post", color=ink.blue, linewidth=2.2, label="so far: median")
    middles, width = (starts + ends + 1) / 2, 0.7 * (ends + 1 - starts)
    ax.bar(
        *(middles, years["mean"], width),
        facecolor=ink.orange,
        edgecolor=ink.ink,
        linewidth=0.6,
        hatch="///",
        label="in the year: mean",
    )
    reach = [years["p50"] - years["p10"], years["p90"] - years["p50"]]
    marks: dict[str, Any] = {"color": ink.ink, "markersize": 7, "capsize": 4, "linewidth": 1.4}
    ax.errorbar(middles, years["p50"], reach, fmt="_", label="in the year: median, eight paths in ten", **marks)
    if above is not None and years["budget"].notna().any():
        worst = years["chance_above"].max()
        said = f"budget of the year: exceeded in {worst:.1%} at worst"
        ax.hlines(years["budget"], starts, ends + 1, color=ink.red, linewidth=2.4, linestyle=":", label=said)
    limit = limit_on(simulation.scenario, name)
    if limit is not None:
        whose = "" if limit.payer else " (of all payers together)"
        said = f"{short(limit.name, 32)}{whose}: {limit.amount / 1e6:,.10g} million"
        ax.axhline(limit.amount, color=ink.red, linewidth=1.6, linestyle="--", label=said)
    ax.axhline(0, color=ink.ink, linewidth=1)
    style.frame(ax)
    style.millions(ax.yaxis)
    here = place(ax)
    every = -(-len(years) * _WIDE * here.small // here.width)  # of many years, as many as have room are named
    ax.set_xticks(middles[:: int(every)], list(years.index[:: int(every)]))
    ax.set_xlim(starts[0], ends[-1] + 1)
    month, day = year_starts
    return finish(
        ax,
        title=f"What {short(name, 32)} pays, and when\n{short(simulation.scenario.name)}",
        x=f"financial year (from {day} {_MONTHS[month - 1]})",
        y=f"paid, net ({money} million)",
    )


def _days(dates: ArrayLike) -> Floats:
    """Dates as numbers of days."""
    return np.asarray(dates, dtype="datetime64[D]").astype(np.float64)
