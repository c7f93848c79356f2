"""The solve plot: a measure over the values of an input, the target, and where the one meets the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.decide.roots import Line
from sib.calls import public
from sib.errors import InputError, Problem
from sib.show import solved
from sib.show.plot import style
from sib.show.plot.colours import palette
from sib.show.plot.fit import finish, note
from sib.show.plot.words import short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sib.show.plot.colours import Palette


@public
def solve(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Where a measure meets its target, over all that was scanned.

    Parameters
    ----------
    table : DataFrame
        What `sib.solve` returned.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        The measure with two standard errors at each value that was scanned; the target, dashed; each root with the band
        of its 95% interval; jumps as a bar from one side to the other; what stays at the target as a thick line; what
        has no figure hatched.

    Raises
    ------
    InputError
        Where the table is none that `sib.solve` returned, or has lost what was scanned.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> found = sib.solve(plan, "payments.pooled.pays.per_unit", -0.07, paths=1_000, rng=1)
    >>> sib.plot.solve(found).get_xlabel()
    'payments.pooled.pays.per_unit (GBP a unit)'
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    style.has(table, ("value", "mcse", "low", "high", "direction", "jump", "left", "right"), "solve")
    if "scan" not in table.attrs:
        rule = "the table of sib.solve with its attrs, in which what was scanned is kept"
        raise InputError(Problem("table", "a table without attrs", rule, "pass what sib.solve returned, as it is"))
    about = table.attrs
    scan = {name: np.asarray(values, dtype=float) for name, values in about["scan"].items() if name != "given"}
    x, y = scan["value"], scan["estimate"]
    ax = style.axes(ax)
    ink = palette(ax)
    error: dict[str, Any] = {"fmt": "o-", "color": ink.blue, "linewidth": 1.2, "markersize": 4, "capsize": 2}
    ax.errorbar(x, y, np.nan_to_num(2 * scan["mcse"]), label="scanned, ± 2 standard errors", **error)
    target = solved.figure(about["target"], about["measure_unit"])
    ax.axhline(about["target"], color=ink.ink, linewidth=1, linestyle="--", label=f"target: {target}")
    for row in table.to_dict("records"):
        _draw(ax, ink, row, about["target"], solved.place(row))
    for begin, end in _gaps(x, y):
        ax.axvspan(begin, end, facecolor="none", edgecolor=ink.grey, hatch="///", linewidth=0)
        note(ax, "no figure", ((begin + end) / 2, 0.02), xycoords=("data", "axes fraction"), ha="center")
    style.frame(ax)
    if Line(x[0], x[-1]).geometric:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: solved.number(value, 4)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: solved.number(value, 4)))
    if about["measure_unit"] in solved.DECIMALS:
        style.percent(ax.yaxis)
    return finish(
        ax,
        title=f"Where the target is met\n{short(about['name'])}",
        x=f"{short(about['vary'], 80)} ({about['unit'] or 'as written'})",
        y=f"{about['measure']} ({solved.DECIMALS.get(about['measure_unit'], about['measure_unit'])})",
    )


def _draw(ax: Axes, ink: Palette, row: dict[Any, Any], target: float, label: str) -> None:
    """One root."""
    if row["direction"] == "flat":
        ax.plot([row["low"], row["high"]], [target, target], color=ink.red, linewidth=5, alpha=0.6, label=label)
    elif row["direction"] == "gap":
        ax.plot([row["low"], row["high"]], [row["left"], row["right"]], "x", color=ink.red, label=label)
    elif row["jump"]:
        value = row["value"]
        ax.plot([value, value], [row["left"], row["right"]], color=ink.red, linewidth=3, marker="_", label=label)
    else:
        if np.isfinite([row["low"], row["high"]]).all():
            ax.axvspan(row["low"], row["high"], color=ink.red, alpha=0.15, linewidth=0)
        ax.axvline(row["value"], color=ink.red, linewidth=1, linestyle=":")
        ax.plot(row["value"], target, "o", color=ink.red, markersize=8, zorder=5, label=label)


def _gaps(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> list[tuple[float, float]]:
    """Stretches of the scan in which the measure is not given, each from its first point to its last."""
    missing = np.flatnonzero(np.isnan(y))
    runs = np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1)
    return [(float(x[run[0]]), float(x[run[-1]])) for run in runs if run.size]
