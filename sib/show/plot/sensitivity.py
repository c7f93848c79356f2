"""Plot of how much of a figure hangs on each input. Draws what `sib.sensitivity` returned and works nothing out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from sib.calls import public
from sib.errors import InputError, Problem
from sib.show.plot import style
from sib.show.plot.colours import palette
from sib.show.plot.fit import finish
from sib.show.plot.rows import bars, rows, unshown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_DUMMY: Final = "dummy"
_BARS: Final = {
    "total": ("with all that it does together with others (total)", "////"),
    "first": ("by itself (first order)", ""),
}
_NARROWED: Final = " (over a part of the file's range)"
_PAWN: Final = "distance of the figure's distribution (PAWN)"


@public
def sensitivity(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How much of a figure hangs on each assumption: the inputs, the one with the largest total share on top.

    Parameters
    ----------
    table : DataFrame
        What `sib.sensitivity` returned.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Two bars an input, of as many as have room, twenty at most: the share of the figure's variance that it carries
        by itself and in all, in per cent, with 95% intervals; and a diamond at its PAWN distance, where 100% is the
        largest that there can be. An input whose range in the file a rule narrows is marked; one that it holds is left
        out. A dotted line stands at the dummy's: of an input about as far no bearing can be seen.

    Raises
    ------
    InputError
        Where the table is another one, or the figure does not vary.

    Examples
    --------
    >>> import sib
    >>> ranges = {"beliefs.effects.reconvictions.mean": (0.05, 0.15), "payments.*.pays.per_unit": (0.8, 1.2)}
    >>> asked = {"measure": "loss_probability", "points": 16, "paths": 200, "rng": 1}
    >>> table = sib.sensitivity(sib.load("peterborough"), ranges, **asked)
    >>> sib.plot.sensitivity(table).get_xlabel()
    'share of the variance, or distance (%)'
    """
    ends = tuple(f"{name}{end}" for name in _BARS for end in ("", "_low", "_high"))
    style.has(table, (*ends, "pawn", "refused"), "sensitivity")
    inputs = table.drop(index=_DUMMY, errors="ignore").dropna(subset="total")
    if inputs.empty:
        raise InputError(Problem("table", "shares of nothing", "a figure that varies", "widen the ranges"))
    ax = style.axes(ax)
    ink = palette(ax)
    ranked = inputs.sort_values("total", ascending=False)
    said = [style.lines(str(path)) + (_NARROWED if refused else "") for path, refused in ranked["refused"].items()]
    drawn = rows(ax, ranked, said, entries=4)
    place, height = np.arange(len(drawn)), 0.36
    colours = (ink.orange, ink.blue)
    for side, colour, (name, (label, hatch)) in zip((-0.5, 0.5), colours, _BARS.items(), strict=True):
        shares = drawn[name].to_numpy()
        reach = np.maximum([shares - drawn[f"{name}_low"], drawn[f"{name}_high"] - shares], 0.0)
        bars(ax, ink, place + side * height, shares, reach, height=height, color=colour, hatch=hatch, label=label)
    ax.plot(drawn["pawn"], place, linestyle="", marker="D", color=ink.paper, markeredgecolor=ink.ink, label=_PAWN)
    if _DUMMY in table.index:
        ax.axvline(
            float(table["pawn"][_DUMMY]), color=ink.ink, linestyle=":", label="that of a dummy, which moves nothing"
        )
    ax.axvline(0, color=ink.ink, linewidth=0.8)
    style.percent(ax.xaxis)
    return finish(
        ax,
        title=f"Which assumption matters (with 95% intervals{unshown(ranked, drawn)})",
        x="share of the variance, or distance (%)",
        y="input (by its path)",
    )
