"""The forecast plot: persons so far, as planned, and as they are to be expected, against dates."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.evidence.chain_ladder import ChainLadder
from sib.analysis.evidence.update import Update
from sib.calls import public
from sib.errors import InputError, Problem, nearest
from sib.scenario.wording import unit_of
from sib.show.plot import style
from sib.show.plot.colours import mixed, palette
from sib.show.plot.fit import finish
from sib.show.plot.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_WHOLE = 0.5  # counts that differ by less are the same


@public
def forecast(
    update: Update, metric: str | None = None, *, chain_ladder: ChainLadder | None = None, ax: Axes | None = None
) -> Axes:
    """Units to date: actual, as planned, and the forecast from the last actual on.

    Parameters
    ----------
    update : Update
        What `sib.update` returned, of a deal that counts units by period.
    metric : str, optional
        Which; by default the first.
    chain_ladder : ChainLadder, optional
        What `sib.chain_ladder` makes of those who have come so far: how many of these reach it in the end, shown beside
        the last actual with an error bar of two standard errors. It knows nothing of those who are yet to come.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Units in all so far against the date. Bands are eight paths in ten.

    Raises
    ------
    InputError
        Where the deal counts no units by period, or not of that metric; or the chain ladder is of more than came.

    Examples
    --------
    >>> import sib
    >>> claims = {"enters work": {"2018-11-30": 0, "2018-12-31": 2}}
    >>> known = sib.update(sib.load("reboot-west"), claims, paths=2_000, rng=1)
    >>> sib.plot.forecast(known, "enters work").get_ylabel()
    'enters work, to date (persons)'
    """
    found, scenario = update.forecast(), update.prior.scenario
    name = found.metrics[0] if metric is None else metric
    if name not in found.metrics:
        rule = "a metric of which units are counted by period"
        raise InputError(Problem("metric", metric, rule, nearest(str(metric), found.metrics)))
    table = found.to_date.loc[name]
    start = np.datetime64(scenario.start, "D")
    days = [result.date for result in scenario.timetable.results(name)]
    dates = np.array([start, *(np.datetime64(day, "D") for day in days)])
    columns = {column: np.concatenate([[0.0], table[column]]) for column in table.columns}
    known = np.flatnonzero(np.isfinite(columns["actual"]))
    seen = dates.copy()
    if found.through is not None and known[-1]:
        seen[known[-1]] = np.datetime64(_within(found.through, days, int(known[-1]) - 1), "D")
    last, actual = seen[known[-1]], columns["actual"][known[-1]]
    ahead = np.flatnonzero(dates > last)
    later = np.concatenate([[last], dates[ahead]])
    low, middle, high = (np.concatenate([[actual], columns[level][ahead]]) for level in ("p10", "p50", "p90"))

    ax = style.axes(ax)
    colours = palette(ax)
    ink = colours.ink
    band = ax.fill_between(dates, columns["plan_p10"], columns["plan_p90"], color=colours.grey, alpha=0.3, linewidth=0)
    (plan,) = ax.plot(dates, columns["plan"], color=ink, linewidth=1.4, linestyle="--")
    fan = ax.fill_between(later, low, high, color=mixed(colours.blue, colours.paper, 0.45), linewidth=0)
    (median,) = ax.plot(later, middle, color=colours.blue, linewidth=2.2)
    (points,) = ax.plot(seen[known], columns["actual"][known], color=ink, linewidth=2.2, marker="o", markersize=5)
    points.set_visible(known.size > 1)
    handles: list[Any] = [points, (band, plan), (fan, median)][known.size == 1 :]
    ends = f"{columns['p50'][-1]:,.0f} in the end ({columns['p10'][-1]:,.0f} to {columns['p90'][-1]:,.0f})"
    labels = [
        f"actual: {actual:,.0f} by {last}",
        f"plan: mean {columns['plan'][-1]:,.0f}, eight paths in ten",
        f"forecast: median {ends}",
    ]
    labels = labels[known.size == 1 :]  # nothing is known of it so far
    if chain_ladder is not None:
        latest, ultimate, error = (float(chain_ladder.total[key]) for key in ("latest", "ultimate", "standard_error"))
        if latest > actual + _WHOLE:
            rule = f"a triangle of {name!r} up to {last}: of {actual:,.0f} at most"
            raise InputError(Problem("chain_ladder", f"{latest:,.0f} so far", rule, "make it of the same claims"))
        marks: dict[str, Any] = {"color": colours.red, "markersize": 7, "capsize": 4, "linewidth": 1.6}
        handles.append(ax.errorbar(later[:1], [ultimate], [[2.0 * error]], fmt="s", **marks))
        labels.append(
            f"chain ladder: {latest:,.0f} so far, {ultimate:,.0f} in the end, give or take {2.0 * error:,.0f}"
        )
    style.frame(ax)
    style.dates(ax.xaxis)
    ax.set_ylim(bottom=0.0)
    ax.margins(x=0.02)
    words = unit_of("units", scenario.timetable.metrics[name]) or "units"
    return finish(
        ax,
        title=f"Plan, actual and forecast\n{short(scenario.name)}",
        x="date (year)",
        y=f"{short(name, 32)}, to date ({short(words, 32)})",
        entries=list(zip(handles, labels, strict=True)),
    )


def _within(day: dt.date, days: list[dt.date], row: int) -> dt.date:
    """The day up to which a result goes: the one given, where it is in its period."""
    before = days[row - 1] if row else dt.date.min
    return day if before < day <= days[row] else days[row]
