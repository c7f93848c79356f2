"""Map of who would sign. Draws what `sib.agreement` returned and works nothing out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sib.arrays import Floats
from sib.errors import InputError, Problem
from sib.show.plot import style
from sib.show.text import number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLUMNS: Final = ("party", "worth", "worth_mcse", "needs", "agrees", "all_agree", "near")
_LINES: Final = ((style.BLUE, "solid"), (style.RED, "dashed"), (style.ORANGE, "dashdot"), (style.GREY, "dotted"))
_ZONE: Final = "#B5D6C0"


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
    ends = (*_ends(table[x]), *_ends(table[y]))
    from matplotlib.patches import Patch

    ax.imshow([[1.0]], extent=ends, aspect="auto", cmap=_one_colour(_ZONE), zorder=0.5)  # less what somebody refuses
    handles: list[Any] = [Patch(facecolor=_ZONE, label="all agree" + ("" if table["all_agree"].any() else ": nowhere"))]
    for position, (party, rows) in enumerate(table.groupby("party", sort=False)):
        handles.append(_border(ax, str(party), rows, (x, y), *_LINES[position % len(_LINES)]))
    near = table[table["near"]]
    if len(near):
        label = "another seed may find the opposite"
        handles += ax.plot(
            near[x], near[y], linestyle="", marker=".", color=ax.xaxis.label.get_color(), clip_on=False, label=label
        )
    style.plain(ax)
    ax.grid(visible=False)
    units = table.attrs.get("units", {})
    ax.set_xlabel(style.words(f"{style.lines(x)} ({units.get(x) or 'as in the file'})"), fontsize=9)
    ax.set_ylabel(style.words(f"{style.lines(y)}\n({units.get(y) or 'as in the file'})"), fontsize=9)
    ax.set_title("Who would sign", loc="left", fontsize=11)
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.14),
        ncols=2,
        frameon=False,
        fontsize=8,
        handlelength=3,
    )
    return ax


def _border(ax: Axes, party: str, rows: pd.DataFrame, inputs: tuple[str, str], colour: str, style_of: Any) -> Any:
    """Draw a party's border, and take what it refuses out of the zone; returns what the legend says of it."""
    from matplotlib.lines import Line2D

    needs, agrees = float(rows["needs"].iloc[0]), rows["agrees"]
    up = ((rows["worth"] > needs) == agrees).mean() > 0.5
    margin = rows["worth"] - needs if up else needs - rows["worth"]
    x, y, found = _map(rows.assign(margin=margin), *inputs)
    known = np.ma.masked_invalid(found)
    refused: dict[str, Any] = {"cmap": _one_colour(ax.get_facecolor()), "zorder": 0.6}
    if known.count() and known.min() < 0:
        ax.contourf(x, y, known, levels=[known.min() - 1.0, 0.0], **refused)
    if known.count() < known.size:
        ax.pcolormesh(x, y, np.ma.masked_where(~known.mask, np.zeros(known.shape)), shading="nearest", **refused)
    if known.count() and known.min() <= 0 <= known.max():
        ax.contour(x, y, known, levels=[0.0], colors=[colour], linestyles=[style_of], linewidths=2)
    where = ", everywhere" if agrees.all() else "" if agrees.any() else ", nowhere"
    label = style.words(f"{party}: {'at least' if up else 'at most'} {number(needs)}{where}")
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
