"""The returns plot: how the investors' multiple or internal rate of return is distributed, the loss zone marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sib.analysis.simulation import Simulation
from sib.errors import InputError, Problem, nearest
from sib.show.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS = {
    "multiple": "received by investors (times capital drawn)",
    "irr": "internal rate of return of investors (% a year)",
}
_NAMES = {"multiple": "multiple", "irr": "IRR"}
_BREAK_EVEN = {"multiple": 1.0, "irr": 0.0}
_NOTHING = {"multiple": 0.0, "irr": -1.0}


def returns(
    simulation: Simulation, measure: Literal["multiple", "irr"] = "multiple", *, ax: Axes | None = None
) -> Axes:
    """Distribution of the investors' return over the simulated paths.

    Parameters
    ----------
    simulation : Simulation
    measure : {"multiple", "irr"}, default "multiple"
        The multiple of capital drawn, or the internal rate of return of the paths that have one.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Share of all paths in each bin, in per cent; losses are hatched, and total losses are one bar of their own.

    Raises
    ------
    InputError
        Where the measure is neither.

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
    columns = simulation.columns
    values = columns["irr"] if measure == "irr" else columns["received"] / columns["drawn"]
    exists = np.isfinite(values)
    even, nothing = _BREAK_EVEN[measure], _NOTHING[measure]
    total_loss = exists & (columns["received"] == 0)
    partial = values[exists & ~total_loss]
    ax = style.axes(ax)
    low, high = (partial.min(), partial.max()) if partial.size else (even, even)
    width = style.round_width((max(high, even) - min(low, even) or even - nothing) / 60)
    edges = even + width * np.arange(
        np.floor((min(low, even) - even) / width + 1e-9), np.ceil((max(high, even) - even) / width - 1e-9) + 2
    )
    share = np.histogram(partial, edges)[0] / values.size
    gain = edges[:-1] >= even - width / 2
    found = simulation.summary()["estimate"]
    labels = [
        f"money lost: {found['loss_probability']:.1%} of paths, all of it: {found['total_loss_probability']:.1%}",
        f"money back or more: {1 - found['loss_probability']:.1%}",
    ]
    if not exists.all():
        labels[0] += f"\n(not drawn: {(~exists).mean():.1%} that have no {_NAMES[measure]})"
    hatched: dict[str, Any] = {"facecolor": style.ORANGE, "edgecolor": style.RED, "hatch": "////", "linewidth": 0.6}
    ax.bar(edges[:-1][~gain], share[~gain], width, align="edge", **hatched)
    ax.bar([nothing], [total_loss.mean()], 2 * width, **hatched)
    solid: dict[str, Any] = {"facecolor": style.BLUE, "edgecolor": "white", "linewidth": 0.4}
    ax.bar(edges[:-1][gain], share[gain], width, align="edge", **solid)
    ax.axvspan(nothing - 3 * width, even, color=style.ORANGE, alpha=0.08, zorder=0)
    ax.axvline(even, color="black", linewidth=1)
    style.plain(ax)
    style.percent(ax.yaxis)
    if measure == "irr":
        style.percent(ax.xaxis)
    ax.set_xlim(nothing - 3 * width, None)
    ax.set_ylim(0, 1.3 * max(share.max(initial=0.0), total_loss.mean(), 0.01))
    ax.legend([Patch(**hatched), Patch(**solid)], labels, loc="upper center", framealpha=0.9, edgecolor="none")
    ax.set_xlabel(_LABELS[measure])
    ax.set_ylabel("simulated paths (%)")
    ax.set_title(f"What investors get back\n{style.words(simulation.scenario.name)}", loc="left", fontsize=11)
    return ax
