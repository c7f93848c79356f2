"""Plots of evidence: how often a deal pays by its true effect, what would be measured, what results in hand say."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.evidence.update import Update
from sib.analysis.payoff import chosen
from sib.analysis.payoff import payoff as payoff_table
from sib.analysis.simulation import Simulation
from sib.calls import public
from sib.errors import InputError, Problem, nearest
from sib.scenario.paths import path_of
from sib.scenario.scenario import Scenario
from sib.scenario.wording import unit_of
from sib.show.plot import style
from sib.show.plot.colours import mixed, palette
from sib.show.plot.fit import finish, place
from sib.show.plot.words import plain, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sib.arrays import Floats
    from sib.model.model import MetricModel
    from sib.show.plot.colours import Palette

_ROWS, _NAMED = 4, 3  # counts that have a row of their own; results that are named one by one


@public
def power(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How often a deal pays, by the true effect; both errors marked.

    Parameters
    ----------
    table : DataFrame
        What `sib.power` returned.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Probability of any outcome payment in per cent against the true improvement in per cent: dots with two standard
        errors from simulation, a line in closed form where there is one.

    Examples
    --------
    >>> import sib
    >>> table = sib.power(sib.load("peterborough"), [0.0, 0.05, 0.10], paths=1000, rng=1)
    >>> sib.plot.power(table).get_ylabel()
    'paths on which anything is paid (%)'
    """
    style.has(table, ("payment_probability", "payment_probability_mcse", "closed_form"), "power")
    ax = style.axes(ax)
    ink = palette(ax)
    effect = table.index.to_numpy(dtype=float)
    pays, error = table["payment_probability"].to_numpy(), table["payment_probability_mcse"].to_numpy()
    law = table["closed_form"].to_numpy()
    if np.isfinite(law).all():
        ax.plot(effect, law, color=ink.blue, linewidth=1.8, label="in closed form")
    else:
        ax.plot(effect, pays, color=mixed(ink.blue, ink.paper, 0.6), linewidth=1.2)
    ax.errorbar(
        effect,
        pays,
        2 * error,
        fmt="o",
        color=ink.ink,
        markersize=4,
        capsize=2,
        label="simulated, ± 2 standard errors",
    )
    false, missed = table["false_payment_probability"], table["missed_payment_probability"]
    for name, rows, at, kind in (
        ("pays for nothing", false.dropna(), -1, "-"),
        ("withholds for something", missed.dropna(), 0, ":"),
    ):
        if rows.empty:
            continue
        where = float(rows.index[at])
        here = float(pays[int(np.flatnonzero(effect == where)[0])])
        low, high = (0.0, here) if at == -1 else (here, 1.0)
        said = f"{name}: {float(rows.iloc[at]):.1%} where the true effect is {100 * where:g}%"
        looks: dict[str, Any] = {"color": mixed(ink.red, ink.paper, 0.7), "linestyle": kind, "linewidth": 5}
        ax.plot([where, where], [low, high], label=said, zorder=1.5, solid_capstyle="butt", **looks)
    style.frame(ax)
    style.percent(ax.xaxis)
    style.percent(ax.yaxis)
    ax.set_ylim(-0.02, 1.05)
    return finish(
        ax,
        title="How often the deal pays, by what is true",
        x="true improvement, the same in each cohort (%)",
        y="paths on which anything is paid (%)",
    )


@public
def estimate(
    simulations: Mapping[str, Simulation],
    metric: str | None = None,
    result: str | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """What would be measured under several truths, over what is paid for it.

    Parameters
    ----------
    simulations : mapping of str to Simulation
        Simulations of one deal, each by what is true in it: `{"no effect": ..., "10% fewer": ...}`.
    metric : str, optional
        Which metric; may be left out where the contract reads one.
    result : str, optional
        Which cohort or period; by default all of them pooled.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        For each truth the share of paths in each bar, in per cent, against what is measured; behind it what is paid for
        the same result in each cohort, in millions of money.

    Raises
    ------
    InputError
        Where there is no simulation, or the deal has no such metric or result.

    Examples
    --------
    >>> import sib
    >>> nothing = sib.load("peterborough").replace({"beliefs.effects.reconvictions": 0.0})
    >>> axes = sib.plot.estimate({"no effect": sib.simulate(nothing, paths=1000, rng=1)})
    >>> axes.get_xlabel()
    'measured improvement in reconvictions, all cohorts pooled (%)'
    """
    if not simulations:
        raise InputError(Problem("simulations", {}, "one at least", 'pass {"no effect": simulation}'))
    first = next(iter(simulations.values()))
    known = first.futures.deal.model.metrics[chosen(first.futures.deal, metric)]
    each = known.each
    if result is not None and result not in known.results:
        raise InputError(Problem("result", result, f"a {each} of the deal", nearest(str(result), known.results)))
    reads = known.publishes
    column = path_of([known.name, result or "pooled", reads])
    samples = {name: _finite(simulation.paths[column].to_numpy()) for name, simulation in simulations.items()}
    together = np.concatenate(list(samples.values()))
    low, high = (float(x) for x in np.quantile(together, (0.001, 0.999))) if together.size else (0.0, 0.1)
    width = style.round_width(max((high - low) / 60, 1e-9))
    edges = width * np.arange(np.floor(low / width), np.ceil(high / width) + 2)
    ax = style.axes(ax)
    ink = palette(ax)
    paid = style.second(ax)
    table = payoff_table(first.scenario, np.linspace(max(edges[0], -1.0), edges[-1], 1001), known.name)
    paid.fill_between(table.index, table["payment"], color=ink.grey, alpha=0.3, linewidth=0)
    style.millions(paid.yaxis)
    paid.set_ylim(0, 1.15 * max(float(table["payment"].max()), 1.0))
    for (name, sample), (color, line) in zip(samples.items(), cycle(ink.lines), strict=False):
        share = np.histogram(sample, edges)[0] / max(sample.size, 1)
        ax.stairs(share, edges, color=color, linestyle=line, linewidth=1.8, label=f"true: {short(name)}")
    style.frame(ax)
    style.percent(ax.yaxis)
    unit = style.result_axis(ax.xaxis, known, first.scenario)
    ax.set_ylim(0, None)
    what = f"improvement in {short(known.name)}" if reads == "improvement" else short(known.name)
    where = f"all {each}s pooled" if result is None else f"{each} {result}"
    return finish(
        ax,
        title=f"What would be measured, and what is paid for it\n{short(first.scenario.name)}",
        x=f"measured {what}, {where} ({unit})",
        y="simulated paths in each bar (%)",
        right=(paid, f"grey: paid if each {each} has it ({first.scenario.currency} million)"),
    )


@public
def posterior(known: Update, metric: str | None = None, result: str | None = None, *, ax: Axes | None = None) -> Axes:
    """What was believed of a true effect before results in hand, and what is believed after them.

    Parameters
    ----------
    known : Update
        What `sib.update` returned.
    metric : str, optional
        Which metric; by default the first that was observed.
    result : str, optional
        The effect on which cohort (or in which period); by default the last.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Share of paths in each bar, in per cent, against the true effect; results in hand are marked on the axis. Of a
        milestone, of which a share is believed and persons are counted, the last four counts stand above, on an axis of
        persons, each with what was expected of it and two standard deviations.

    Raises
    ------
    InputError
        Where the deal has no such metric or result.

    Examples
    --------
    >>> import sib
    >>> known = sib.update(sib.load("peterborough"), {"reconvictions": {"1": 0.084}}, paths=1000, rng=1)
    >>> sib.plot.posterior(known).get_xlabel()
    'true improvement in reconvictions, cohort 3 (%)'
    """
    before, after = known.draws(known.prior), known.draws(known.posterior)
    names = list(dict.fromkeys(after.columns.get_level_values("metric")))
    name = next(iter(known.observed)) if metric is None else metric
    if name not in names:
        raise InputError(Problem("metric", metric, "a metric of the deal", nearest(str(metric), names)))
    about = next(one for one in known.prior.futures.deal.model.metrics if one.name == name)
    which = about.results[-1] if result is None else result
    each = about.each
    if which not in about.results:
        raise InputError(Problem("result", result, f"a {each} of the deal", nearest(str(result), about.results)))
    old, new = (frame[(name, which)].to_numpy() for frame in (before, after))
    low, high = (float(x) for x in np.quantile(np.concatenate([old, new]), (0.001, 0.999)))
    width = style.round_width(max((high - low) / 60, 1e-9))
    edges = width * np.arange(np.floor(low / width), np.ceil(high / width) + 2)
    ax = style.axes(ax)
    ink = palette(ax)
    apart = about.law.counts_persons and about.publishes == "units"  # shares are believed, persons are counted
    shares = about.compared or about.law.is_share or apart
    filled: dict[str, Any] = {"fill": True, "color": ink.grey, "alpha": 0.45}
    ax.stairs(np.histogram(old, edges)[0] / old.size, edges, label=f"before: {_spoken(old, shares)}", **filled)
    share = np.histogram(new, edges)[0] / new.size
    ax.stairs(share, edges, color=ink.blue, linewidth=2.0, label=f"after: {_spoken(new, shares)}")
    style.frame(ax)
    style.percent(ax.yaxis)
    unit = _unit(ax, about, known.prior.scenario)
    seen: Any = known.surprise.loc[name]
    top = max(share.max(), 1e-9)
    ax.set_ylim(0, (1.9 if apart else 1.1) * top)
    if apart:
        words = unit_of("units", known.prior.scenario.timetable.metrics[name]) or "persons"
        _counts(ax, ink, seen.iloc[-_ROWS:], (1.15 * top, 1.75 * top), f"expected before, and counted ({short(words)})")
    else:
        looks: dict[str, Any] = {"markersize": 9, "color": ink.red, "markeredgecolor": ink.ink, "zorder": 5}
        ax.plot(
            seen["observed"], np.zeros(len(seen)), "^", clip_on=False, label=_seen(about, seen["observed"]), **looks
        )
    what = f"{'improvement in ' if about.compared else ''}{short(name)}"
    return finish(
        ax,
        title=f"What is believed before and after the results in hand\n{short(known.prior.scenario.name)}",
        x=f"true {what}, {each} {which} ({unit})",
        y="simulated paths in each bar (%)",
    )


def _counts(ax: Axes, ink: Palette, seen: pd.DataFrame, heights: tuple[float, float], label: str) -> None:
    """Counts beside what was expected of them, each with two standard deviations, on an axis of their own above."""
    above, here = ax.twiny(), place(ax)
    at = np.linspace(heights[1], heights[0], len(seen) + 1)[:-1]
    looks: dict[str, Any] = {"markeredgecolor": ink.ink, "markersize": 6}
    error: dict[str, Any] = {"fmt": "s", "color": ink.grey, "capsize": 2, "linewidth": 1.2, **looks}
    above.errorbar(seen["mean"], at, xerr=2 * seen["sd"], **error)
    above.plot(seen["observed"], at, "^", color=ink.red, **looks)
    above.spines["right"].set_visible(False)
    above.tick_params(labelsize=here.small)
    above.locator_params(axis="x", nbins=6)
    above.set_xlabel(plain(label), fontsize=here.small)
    last = len(seen)
    said = "counted" + (f" (the last {last}, from above)" if last > 1 else "")
    ax.plot([], [], "^", color=ink.red, label=said, **looks)
    ax.errorbar([], [], [], label="expected of it before, ± 2 standard deviations", **error)


def _seen(about: MetricModel, values: pd.Series[float]) -> str:
    """What was measured, in words: each result where they are few."""
    if len(values) > _NAMED:
        low, high = (style.result(about, float(end)) for end in (values.min(), values.max()))
        return f"measured in {len(values)} {about.each}s: {low} to {high}"
    return "measured: " + ", ".join(
        f"{style.result(about, value)} in {about.each} {key}" for key, value in values.items()
    )


@public
def calibration(ranks: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Whether posteriors are right: ranks of true effects among posterior draws, which should be uniform.

    Parameters
    ----------
    ranks : DataFrame
        What `sib.calibration` returned.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        For each result the difference between the share of ranks up to a point and the uniform law's, in percentage
        points; the grey band holds 95% of the differences of a right posterior at each point.

    Examples
    --------
    >>> import sib
    >>> ranks = sib.calibration(sib.load("peterborough"), draws=50, posterior=31, rng=1)
    >>> sib.plot.calibration(ranks).get_xlabel()
    'rank of the true effect among the posterior draws (% of draws)'
    """
    if not len(ranks) or ranks.index.name != "future":
        remedy = "pass what sib.calibration returned"
        raise InputError(Problem("ranks", list(ranks.columns), "a row for each future, as sib.calibration has", remedy))
    ax = style.axes(ax)
    ink = palette(ax)
    size, most = len(ranks), max(int(np.max(ranks.to_numpy(), initial=1)), 1)
    points = np.linspace(0, 1, 201)
    band = 1.96 * np.sqrt(points * (1 - points) / size)
    ax.fill_between(points, -band, band, color=ink.grey, alpha=0.3, linewidth=0, label="95% of right posteriors")
    for result, (color, line) in zip(ranks, cycle(ink.lines), strict=False):
        share = (ranks[result].to_numpy()[:, None] + 0.5 <= points * (most + 1)).mean(axis=0)
        ax.plot(points, share - points, color=color, linestyle=line, linewidth=1.6, label=f"result {short(result, 32)}")
    ax.axhline(0, color=ink.ink, linewidth=0.8)
    style.frame(ax)
    style.percent(ax.xaxis)
    style.percent(ax.yaxis)
    return finish(
        ax,
        title=f"Are the posteriors right? {size:,} futures",
        x="rank of the true effect among the posterior draws (% of draws)",
        y="share of futures up to it, less the uniform law's (% points)",
    )


def _finite(sample: Floats) -> Floats:
    return sample[np.isfinite(sample)]


def _unit(ax: Axes, about: MetricModel, scenario: Scenario) -> str:
    """The unit of the true effects on an axis, which is made to show them."""
    if about.compared or about.law.is_share:
        return style.result_axis(ax.xaxis, about, scenario)
    if about.law.counts_persons:  # of a milestone it is a share of persons
        style.percent(ax.xaxis)
        return "% of persons"
    words = unit_of("level", scenario.timetable.metrics[about.name])
    return words or "as measured"


def _spoken(sample: Floats, shares: bool) -> str:
    """Mean and standard deviation in words."""
    if shares:
        return f"mean {sample.mean():.1%}, standard deviation {sample.std():.1%}"
    return f"mean {sample.mean():.4g}, standard deviation {sample.std():.3g}"
