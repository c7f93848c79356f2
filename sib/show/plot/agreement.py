"""Map of who would sign. Draws what `sib.agreement` returned and works nothing out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sib.arrays import Floats
from sib.calls import public
from sib.errors import InputError, Problem
from sib.show.plot import style
from sib.show.plot.colours import palette
from sib.show.plot.fit import finish
from sib.show.plot.words import short
from sib.show.text import number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from sib.show.plot.colours import Palette

_COLUMNS: Final = ("party", "worth", "worth_mcse", "needs", "agrees", "all_agree", "near")
_SHARES: Final = ("share", "probability", "relative", "a year")  # units that are shown in per cent begin so
_MARGIN: Final = 0.03  # of the map, about it


@public
def agreement(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Who would sign: the map of two inputs, with each party's border and the zone in which all agree.

    Parameters
    ----------
    table : DataFrame
        What `sib.agreement` returned, of two values at least of each input.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Along the axes the inputs, in their units. A line a party is where its worth is what it needs, between points of
        the grid by straight lines; within all of them, where all agree, the map is green. Small dots are points near to
        a border, where another seed may find the opposite.

    Raises
    ------
    InputError
        Where the table is another one, or there is no grid in it.

    Examples
    --------
    >>> import sib
    >>> grid = {"payments.*.pays.per_unit": [0.5, 1, 2], "payments.pooled.when.improvement": [0.05, 0.1]}
    >>> parties = {"investors": {"measure": "loss_probability", "at_most": 0.5}, "payer": {"values_outcome_at": 15_000}}
    >>> table = sib.agreement(sib.load("peterborough"), grid, parties, paths=500, rng=1)
    >>> sib.plot.agreement(table).get_xlabel()
    'payments.*.pays.per_unit (times)'
    """
    style.has(table, _COLUMNS, "agreement")
    x, y = (str(name) for name in table.columns[:2])
    if min(table[x].nunique(), table[y].nunique()) < 2:
        rule = "two values at least of each input"
        raise InputError(
            Problem("table", f"{table[x].nunique()} x {table[y].nunique()} points", rule, "widen the grid")
        )
    ax = style.axes(ax)
    ink = palette(ax)
    ends = (*_ends(table[x]), *_ends(table[y]))
    from matplotlib.patches import Patch

    ax.imshow(
        [[1.0]], extent=ends, aspect="auto", cmap=_one_colour(ink.green), zorder=0.5
    )  # less what somebody refuses
    handles: list[Any] = [
        Patch(facecolor=ink.green, label="all agree" + ("" if table["all_agree"].any() else ": nowhere"))
    ]
    for position, (party, rows) in enumerate(table.groupby("party", sort=False)):
        handles.append(_border(ax, str(party), rows, (x, y), ink, position % len(ink.lines)))
    near = table[table["near"]]
    if len(near):
        label = "another seed may find the opposite"
        handles += ax.plot(near[x], near[y], linestyle="", marker=".", color=ink.ink, label=label)
    style.frame(ax)
    ax.grid(visible=False)
    for (low, high), limits in ((ends[:2], ax.set_xlim), (ends[2:], ax.set_ylim)):
        limits(low - _MARGIN * (high - low), high + _MARGIN * (high - low))  # so that no point lies on the frame
    units = table.attrs.get("units", {})
    said = [_axis(axis, name, units.get(name) or "") for axis, name in ((ax.xaxis, x), (ax.yaxis, y))]
    entries = [(handle, str(handle.get_label())) for handle in handles]
    return finish(ax, title="Who would sign", x=said[0], y=said[1], entries=entries)


def _axis(axis: Axis, name: str, unit: str) -> str:
    """Show an axis of an input as its unit wants it; returns what is along it."""
    if unit.startswith(_SHARES):
        style.percent(axis)
        return f"{style.lines(name)} ({unit}, %)"
    axis.set_major_formatter(lambda value, _: number(value))
    return f"{style.lines(name)} ({unit or 'as in the file'})"


def _border(ax: Axes, party: str, rows: pd.DataFrame, inputs: tuple[str, str], ink: Palette, which: int) -> Any:
    """Draw a party's border, and take what it refuses out of the zone; returns what the legend says of it."""
    from matplotlib.lines import Line2D

    colour, style_of = ink.lines[which]
    needs, agrees = float(rows["needs"].iloc[0]), rows["agrees"]
    up = ((rows["worth"] > needs) == agrees).mean() > 0.5
    margin = rows["worth"] - needs if up else needs - rows["worth"]
    x, y, found = _map(rows.assign(margin=margin), *inputs)
    known = np.ma.masked_invalid(found)
    refused: dict[str, Any] = {"cmap": _one_colour(ink.paper), "zorder": 0.6}
    if known.count() and known.min() < 0:
        ax.contourf(x, y, known, levels=[known.min() - 1.0, 0.0], **refused)
    if known.count() < known.size:
        ax.pcolormesh(x, y, np.ma.masked_where(~known.mask, np.zeros(known.shape)), shading="nearest", **refused)
    if known.count() and known.min() <= 0 <= known.max():
        ax.contour(x, y, known, levels=[0.0], colors=[colour], linestyles=[style_of], linewidths=2)
    where = ", everywhere" if agrees.all() else "" if agrees.any() else ", nowhere"
    label = f"{short(party, 32)}: {'at least' if up else 'at most'} {number(needs)}{where}"
    return Line2D([], [], color=colour, linestyle=style_of, linewidth=2, label=label)


def _map(rows: pd.DataFrame, x: str, y: str) -> tuple[Floats, Floats, Floats]:
    """The inputs' values, ascending, and the margin at each of their points, (values of y, values of x)."""
    found = rows.pivot_table(index=y, columns=x, values="margin", dropna=False, sort=True).astype(float)
    return found.columns.to_numpy(dtype=float), found.index.to_numpy(dtype=float), found.to_numpy()


def _ends(values: pd.Series[Any]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _one_colour(colour: Any) -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap([colour])
