"""The returns plot: how the investors' multiple or internal rate of return is distributed, the loss zone marked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sib.analysis.asked import Asked
from sib.analysis.columns import joined, of_party
from sib.analysis.simulation import Simulation
from sib.calls import public
from sib.errors import InputError, Problem, nearest
from sib.show.plot import style
from sib.show.plot.colours import mixed, palette
from sib.show.plot.fit import finish, note, place
from sib.show.plot.words import short
from sib.show.plot.words import width as words_width

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from sib.arrays import Floats

_LABELS = {
    "multiple": "received by {} (times capital drawn)",
    "irr": "internal rate of return of {} (% a year)",
}
_NAMES = {"multiple": "multiple", "irr": "IRR"}
_BREAK_EVEN = {"multiple": 1.0, "irr": 0.0}
_NOTHING = {"multiple": 0.0, "irr": -1.0}
_HURDLES = {"multiple": "hurdle_multiple", "irr": "hurdle"}
_ZONE = "money lost"
_GAP = 4  # bars between a total loss and the worst of the other paths, where these are far apart


@public
def returns(
    simulation: Simulation,
    measure: Literal["multiple", "irr"] = "multiple",
    *,
    tranche: str | None = None,
    hurdle: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Distribution of the investors' return over the simulated paths, its median marked.

    Parameters
    ----------
    simulation : Simulation
    measure : {"multiple", "irr"}, default "multiple"
        The multiple of capital drawn, or the internal rate of return of the paths that have one.
    tranche : str, optional
        Of one tranche; by default of all of them together.
    hurdle : float, optional
        What is to be reached, in the measure's unit: 1.2, or 0.05 a year. It is marked, with its chance.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Share of all paths in each bin, in per cent; losses are hatched, and the zone in which they lie is shaded and
        named. Total losses are one bar of their own, of rates beside the worst of the other paths: between the two the
        axis is broken.

    Raises
    ------
    InputError
        Where the measure is neither, there is no such tranche, or the hurdle is not in the measure's unit.

    Examples
    --------
    >>> import sib
    >>> axes = sib.plot.returns(sib.simulate(sib.load("peterborough"), paths=1000, rng=1))
    >>> axes.get_ylabel()
    'simulated paths (%)'
    """
    from matplotlib.patches import Patch

    style.with_capital(simulation)
    if measure not in _LABELS:
        raise InputError(Problem("measure", measure, "multiple or irr", nearest(str(measure), _LABELS)))
    against: Any = {} if hurdle is None else {_HURDLES[measure]: hurdle}
    asked = Asked.of([simulation.futures.deal.contract], tranche=tranche, **against)
    columns = _columns(simulation, asked.tranche)
    found = _figures(simulation, measure, asked.tranche, against)
    values = columns["irr"] if measure == "irr" else columns["received"] / columns["drawn"]
    exists = np.isfinite(values)
    even, nothing = _BREAK_EVEN[measure], _NOTHING[measure]
    total_loss = exists & (columns["received"] == 0)
    some = values[exists & ~total_loss]
    low, high = (some.min(), some.max()) if some.size else (even, even)
    width = style.round_width((max(high, even) - min(low, even) or even - nothing) / 60)
    edges = even + width * np.arange(
        np.floor((min(low, even) - even) / width + 1e-9), np.ceil((max(high, even) - even) / width - 1e-9) + 2
    )
    share = np.histogram(some, edges)[0] / values.size
    gain = edges[:-1] >= even - width / 2
    lost = max(nothing, edges[0] - _GAP * width) if measure == "irr" else nothing  # where total losses stand

    ax = style.axes(ax)
    ink = palette(ax)
    hatched: dict[str, Any] = {"facecolor": ink.orange, "edgecolor": ink.red, "hatch": "////", "linewidth": 0.6}
    ax.bar(edges[:-1][~gain], share[~gain], width, align="edge", **hatched)
    ax.bar([lost], [total_loss.mean()], 2 * width, **hatched)
    solid: dict[str, Any] = {"facecolor": ink.blue, "edgecolor": ink.paper, "linewidth": 0.4}
    ax.bar(edges[:-1][gain], share[gain], width, align="edge", **solid)
    begin = lost - 2 * width if total_loss.any() or measure == "multiple" else edges[0] - width
    ax.axvspan(begin, even, color=mixed(ink.orange, ink.paper, 0.12), zorder=0)
    ax.axvline(even, color=ink.ink, linewidth=1)
    labels = [
        f"money lost: {found['loss_probability']:.1%} of paths, all of it: {found['total_loss_probability']:.1%}"
        + ("" if exists.all() else f" (not drawn: {(~exists).mean():.1%} that have no {_NAMES[measure]})"),
        f"money back or more: {1 - found['loss_probability']:.1%}",
    ]
    marks = _marked(ax, measure, found, getattr(asked, _HURDLES[measure]))
    style.frame(ax)
    style.percent(ax.yaxis)
    ax.set_xlim(begin, edges[-1] + width)
    if measure == "irr":
        style.percent(ax.xaxis)
    ax.set_ylim(0, 1.2 * max(share.max(initial=0.0), total_loss.mean(), 0.01))
    _zone(ax, (even - begin) / (edges[-1] + width - begin), even)
    whose = short(asked.tranche or "investors", 32)
    finish(
        ax,
        title=f"What comes back to {whose}\n{short(simulation.scenario.name)}",
        x=_LABELS[measure].format(whose),
        y="simulated paths (%)",
        entries=list(zip([Patch(**hatched), Patch(**solid), *marks], [*labels, *map(_label, marks)], strict=True)),
    )
    if measure == "irr" and total_loss.any() and lost > nothing:
        _broken(ax, lost, edges[0] - width / 2)
    return ax


def _zone(ax: Axes, share: float, even: float) -> None:
    """Name the shaded part of the axes, in which money is lost, where that is wide enough for the name."""
    here = place(ax)
    if share * 0.7 * here.width > words_width(_ZONE, here.small) + 8:
        note(ax, _ZONE, (even, 1.0), shift=(-4, -3), xycoords=("data", "axes fraction"), ha="right", va="top")


def _label(line: Line2D) -> str:
    return str(line.get_label())


def _columns(simulation: Simulation, tranche: str | None) -> Mapping[str, Floats]:
    """What each path drew, received and earned."""
    if tranche is None:
        return simulation.columns
    read = partial(of_party, names=("drawn", "received", "irr"), tranche=tranche)
    return joined(list(simulation.futures.map(read))).columns


def _figures(simulation: Simulation, measure: str, tranche: str | None, against: Any) -> pd.Series[float]:
    """The figures that the picture names."""
    wanted = ["loss_probability", "total_loss_probability", f"{measure}_median"]
    wanted += [f"{name}_probability" for name in against]
    return simulation.summary(tranche, measures=wanted, **against)["estimate"]


def _marked(ax: Axes, measure: str, found: pd.Series[float], hurdle: float | None) -> list[Line2D]:
    """Lines at the median and at the hurdle, as far as there are any."""
    ink = palette(ax)
    marks = []
    median = float(found[f"{measure}_median"])
    if np.isfinite(median):
        label = f"median: {_written(measure, median)}"
        marks.append(ax.axvline(median, color=ink.ink, linewidth=2, linestyle=":", label=label))
    if hurdle is not None:
        chance = found[f"{_HURDLES[measure]}_probability"]
        label = f"hurdle of {_written(measure, hurdle)}: reached in {chance:.1%}"
        marks.append(ax.axvline(hurdle, color=ink.red, linewidth=1.8, linestyle="--", label=label))
    return marks


def _written(measure: str, value: float) -> str:
    return f"{100 * value + 0.0:.3g}% a year" if measure == "irr" else f"{value:.3g} times the capital"


def _broken(ax: Axes, lost: float, least: float) -> None:
    """Name the bar of total losses, and leave out the ticks between it and the other paths."""
    from matplotlib.ticker import FixedLocator, FuncFormatter

    low, high = ax.get_xlim()
    ticks = [tick for tick in ax.xaxis.get_major_locator().tick_values(low, high) if least <= tick <= high]
    shown = ax.xaxis.get_major_formatter()
    ax.xaxis.set_major_locator(FixedLocator([lost, *ticks]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, at: "all\nlost" if x == lost else shown(x, at)))
