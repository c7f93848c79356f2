"""The budget plot: a payer's bill year by year, and in all so far, against what it can come to at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.cash import Above
from sib.analysis.headroom import limit_on
from sib.analysis.simulation import Simulation
from sib.errors import InputError, Problem
from sib.show.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from sib.arrays import Floats

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_MANY = 8  # years from which their names stand slantwise


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
    style.checked(simulation)
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
    ax.fill_between(
        *(dates, low, high), step="post", color=style.BLUE, alpha=0.3, linewidth=0, label="so far: eight paths in ten"
    )
    ax.step(dates, middle, where="post", color=style.BLUE, linewidth=2.2, label="so far: median")
    place, width = (starts + ends + 1) / 2, 0.7 * (ends + 1 - starts)
    ax.bar(
        *(place, years["mean"], width),
        facecolor=style.ORANGE,
        edgecolor=style.ink(ax),
        linewidth=0.6,
        hatch="///",
        label="in the year: mean",
    )
    reach = [years["p50"] - years["p10"], years["p90"] - years["p50"]]
    marks = {"color": style.ink(ax), "markersize": 7, "capsize": 4, "linewidth": 1.4}
    ax.errorbar(place, years["p50"], reach, fmt="_", label="in the year: median, eight paths in ten", **marks)
    if above is not None and years["budget"].notna().any():
        worst = years["chance_above"].max()
        said = f"budget of the year: exceeded in {worst:.1%} at worst"
        ax.hlines(years["budget"], starts, ends + 1, color=style.RED, linewidth=2, linestyle=":", label=said)
    limit = limit_on(simulation.scenario, name)
    if limit is not None:
        whose = "" if limit.payer else " (of all payers together)"
        said = style.words(f"{limit.name}{whose}: {limit.amount / 1e6:,.10g} million")
        ax.axhline(limit.amount, color=style.RED, linewidth=1.4, linestyle="--")
        note: dict[str, Any] = {"xytext": (4, 4), "textcoords": "offset points", "fontsize": 9}
        ax.annotate(said, (starts[0], limit.amount), color=style.ink(ax), **note)
    ax.axhline(0, color=style.ink(ax), linewidth=1)
    style.plain(ax)
    style.millions(ax.yaxis)
    many = len(years) >= _MANY
    ax.set_xticks(place, list(years.index), rotation=45 if many else 0, ha="right" if many else "center")
    ax.set_xlim(starts[0], ends[-1] + 1)
    month, day = year_starts
    ax.set_xlabel(f"financial year (from {day} {_MONTHS[month - 1]})")
    ax.set_ylabel(f"paid, net ({money} million)")
    title = style.words(f"What {name} pays, and when\n{simulation.scenario.name}")
    ax.set_title(title, loc="left", fontsize=11)
    style.legend_above(ax, rows=4, ncols=2)
    return ax


def _days(dates: ArrayLike) -> Floats:
    """Dates as numbers of days."""
    return np.asarray(dates, dtype="datetime64[D]").astype(np.float64)
