"""Plot of one figure over a grid of two inputs. Draws what `sib.sweep` returned and works nothing out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sib.analysis.decide.measure import label_of
from sib.calls import public
from sib.errors import InputError, Problem, between, nearest
from sib.show.plot import style
from sib.show.plot.fit import finish, place
from sib.show.plot.words import short
from sib.show.text import figure, number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sib.arrays import Floats

_NEAR = 2  # standard errors


@public
def grid(
    table: pd.DataFrame, x: str, y: str, measure: str, *, contour: float | None = None, ax: Axes | None = None
) -> Axes:
    """One figure over a grid of two inputs: a map, with the line on which it is what is asked for.

    Parameters
    ----------
    table : DataFrame
        What `sib.sweep` returned for a grid, without `by`; of a third input one value.
    x, y : str
        The inputs across and up, as they are named in the table.
    measure : str
        A figure that the table has.
    contour : float, optional
        A target: where the figure is this, a line is drawn, straight between the points of the grid; points at which
        it is within two standard errors of it are marked.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        A cell for each point of the grid, the darker the lower the figure; its scale stands beside it.

    Raises
    ------
    InputError
        Where the table is another one, has no such input or figure, more than one row for a point, or inputs that are
        no numbers; where the target is none.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> price, threshold = "payments.*.pays.per_unit", "payments.pooled.when.improvement"
    >>> inputs = {price: [0.8, 1.0, 1.2], threshold: [0.05, 0.075, 0.10]}
    >>> table = sib.sweep(inputs, plan, paths=500, rng=1, measures=["loss_probability"])
    >>> sib.plot.grid(table, price, threshold, "loss_probability", contour=0.5).get_xlabel()
    'payments.*.pays.per_unit (times)'
    """
    style.has(table, ("measure", "estimate", "mcse", "unit"), "sweep")
    across, up, found, error = _cells(table, x, y, measure)
    unit = str(table.loc[table["measure"] == measure, "unit"].iloc[0])
    ax = style.axes(ax)
    colours = ax.pcolormesh(_edges(across), _edges(up), found, cmap="cividis", rasterized=True)
    bar = ax.figure.colorbar(colours, ax=ax)
    scale = f"{label_of(measure)} ({style.measure_axis(bar.ax.yaxis, unit)})"
    cast(Any, bar.outline).set_visible(False)
    said = ""
    if contour is not None:
        target = between(contour, -np.inf, np.inf, "contour", "a number", "pass the target, as in contour=0.45")
        drawn = _line(ax, (across, up), found, target)
        rows, columns = np.nonzero(np.abs(found - target) <= _NEAR * error)
        ax.plot(across[columns], up[rows], "o", markersize=4, markerfacecolor="white", markeredgecolor="black")
        near = f"; circles: within {_NEAR} standard errors" if rows.size else ""
        said = f"\n{'line' if drawn else 'nowhere crossed'}: {figure(target, unit)}{near}"
    here = place(ax)
    units = table.attrs.get("units", {})
    said_of = [f"{short(name, 80)} ({units.get(name) or 'as in the scenario'})" for name in (x, y)]
    _ticks(ax.xaxis, across, 0.6 * here.width / here.small)
    _ticks(ax.yaxis, up, 0.6 * here.height / here.small)
    ax.spines[:].set_visible(False)
    return finish(ax, title=f"{label_of(measure)}{said}", x=said_of[0], y=said_of[1], right=(bar.ax, scale))


def _cells(table: pd.DataFrame, x: str, y: str, measure: str) -> tuple[Floats, Floats, Floats, Floats]:
    """The values across, those up, and the figure and its error at each point, (up, across)."""
    inputs = table.columns[: list(table.columns).index("measure")].map(str)
    for name, asked in (("x", x), ("y", y)):
        if asked not in inputs:
            raise InputError(Problem(name, asked, "an input of the grid", nearest(str(asked), inputs)))
        if table[asked].dtype.kind not in "iuf":
            rule = "an input whose values are numbers"
            raise InputError(Problem(name, asked, rule, "draw those that are, for one value of this"))
    if x == y:
        raise InputError(Problem("y", y, "another input than across", nearest("", {*inputs} - {x})))
    rows = table[table["measure"] == measure]
    if not len(rows):
        known = set(map(str, table["measure"]))
        raise InputError(Problem("measure", measure, "a figure that the table has", nearest(str(measure), known)))
    if rows.duplicated([x, y]).any():
        rule = "one row for each point; there are several, of other inputs"
        raise InputError(Problem("table", f"{len(rows)} rows", rule, "take one value of each other input"))
    (across, column), (up, row) = (np.unique(rows[name].to_numpy(float), return_inverse=True) for name in (x, y))
    found, error = np.full((2, up.size, across.size), np.nan)
    found[row, column], error[row, column] = rows["estimate"], rows["mcse"]
    return across, up, found, error


def _edges(values: Floats) -> Floats:
    """Where the cells about some values meet: half way."""
    if len(values) == 1:
        return np.add(values, np.array([-0.5, 0.5]) * (abs(values[0]) or 1.0), dtype=np.float64)
    middles = (values[:-1] + values[1:]) / 2
    edges: Floats = np.concatenate([2 * values[:1] - middles[:1], middles, 2 * values[-1:] - middles[-1:]])
    return edges


def _line(ax: Axes, at: tuple[Floats, Floats], found: Floats, target: float) -> bool:
    """The line on which the figure is the target, black with a white rim; whether the grid crosses it."""
    from matplotlib.patheffects import withStroke

    crosses = min(found.shape) > 1 and bool(np.nanmin(found) <= target <= np.nanmax(found))
    if crosses:
        lines = ax.contour(*at, found, [target], colors="black", linewidths=1.6, linestyles="solid")
        lines.set_path_effects([withStroke(linewidth=3.6, foreground="white")])
    return crosses


def _ticks(axis: Any, values: Floats, room: float) -> None:
    """The values of a small grid as they are, as far as there is room (font sizes); of a large one matplotlib's."""
    from matplotlib.ticker import FuncFormatter

    if len(values) <= 12:
        wide = 1.0 + 0.6 * max(len(number(value)) for value in values)
        axis.set_ticks(values[:: max(int(-(-len(values) * wide // room)), 1)])
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
