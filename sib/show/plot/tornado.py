"""Plot of how far each input by itself moves a figure. Draws what `sib.tornado` returned and works nothing out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.decide.measure import label_of
from sib.errors import InputError, Problem
from sib.show.plot import style
from sib.show.text import figure, number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MOST = 20  # bars that are drawn
_COLUMNS = ("base", "low", "high", "unit", "at_base", "least", "most", "least_at", "most_at", "difference", "measure")
_LOW, _HIGH, _INSIDE = (style.BLUE, ""), (style.ORANGE, ""), ("#DDDDDD", "////")
_LEGEND = {_LOW: "input at its low end", _HIGH: "input at its high end", _INSIDE: "input between its ends"}


def tornado(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How far each input by itself moves a figure: a bar an input, the longest on top.

    Parameters
    ----------
    table : DataFrame
        What `sib.tornado` returned, or the rows of it that are to be drawn.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        The measure in its unit, with a line at the base case, from which each bar goes to the least and to the most,
        twenty bars at most. Colours say whether the input is then at its low or at its high end, which the numbers
        beside the bar are; hatched, and with the value in brackets, where it is between them. How many inputs have
        no bar, since a rule refuses them or their range is a table's, is said above.

    Raises
    ------
    InputError
        Where the table is another one, or no row of it has a bar.

    Examples
    --------
    >>> import sib
    >>> table = sib.tornado(sib.load("peterborough"), paths=1_000, points=2, rng=1)
    >>> sib.plot.tornado(table).get_xlabel()
    'Investors lose money (% of paths)'
    """
    style.has(table, _COLUMNS, "tornado")
    rows = table[table["difference"].notna()].iloc[:_MOST][::-1]
    if not len(rows):
        raise InputError(Problem("table", "no bar", "a row in which the measure was found", "see its column `refused`"))
    ax = style.axes(ax)
    unit, base = str(rows["measure_unit"].iloc[0]), float(rows["at_base"].iloc[0])
    used = {way for place, (_, row) in enumerate(rows.iterrows()) for way in _bar(ax, place, row, base)}
    style.plain(ax)
    ax.grid(visible=False, axis="y")
    ax.axvline(base, color=style.GREY, linewidth=1.4)
    note: dict[str, Any] = {"xytext": (0, 3), "textcoords": "offset points", "ha": "center", "fontsize": 9}
    ax.annotate(style.words(f"base case: {figure(base, unit)}"), (base, len(rows) - 0.5), **note)
    ax.set_yticks(range(len(rows)), [style.words(_named(str(path), row)) for path, row in rows.iterrows()], fontsize=8)
    ax.set_ylim(-0.6, len(rows) - 0.5)
    ax.margins(x=0.16)
    ax.set_xlabel(style.words(f"{label_of(str(rows['measure'].iloc[0]))} ({style.measure_axis(ax.xaxis, unit)})"))
    ax.set_ylabel("input (its unit)")
    left = int(table["difference"].isna().sum())
    more = f"; not looked at: {left}, see `refused` in the table" if left else ""
    ax.set_title(f"How far each input moves it by itself{more}", loc="left", fontsize=11, pad=18)
    _legend(ax, used)
    return ax


def _bar(ax: Axes, place: int, row: pd.Series[Any], base: float) -> list[tuple[str, str]]:
    """Draw one bar, in two parts where the base case lies within it; returns how they are drawn."""
    least, most = float(row["least"]), float(row["most"])
    middle = float(np.clip(base, least, most))
    used = []
    for start, end, at, side in ((middle, least, row["least_at"], -1), (middle, most, row["most_at"], 1)):
        if start == end:
            continue
        way = {row["low"]: _LOW, row["high"]: _HIGH}.get(at, _INSIDE)
        used.append(way)
        ax.barh(place, end - start, 0.66, left=start, color=way[0], hatch=way[1], edgecolor="#444444", linewidth=0.6)
        said = f"({number(at)})" if way is _INSIDE else number(at)
        shift: dict[str, Any] = {"xytext": (4 * side, 0), "textcoords": "offset points", "va": "center", "fontsize": 8}
        ax.annotate(said, (end, place), ha="left" if side > 0 else "right", **shift)
    return used


def _named(path: str, row: pd.Series[Any]) -> str:
    """An input with its unit, on as few lines as it takes."""
    paths = path.split(", ")
    shown = paths if len(paths) < 4 else [*paths[:2], f"and {len(paths) - 2} more"]
    return "\n".join([*shown[:-1], f"{shown[-1]} ({row['unit'] or 'as in the file'})"])


def _legend(ax: Axes, used: set[tuple[str, str]]) -> None:
    from matplotlib.patches import Patch

    ways = [way for way in _LEGEND if way in used]
    handles = [Patch(facecolor=way[0], hatch=way[1], edgecolor="#444444", label=_LEGEND[way]) for way in ways]
    ax.legend(handles=handles, loc="upper right", bbox_to_anchor=(1.0, -0.14), ncols=3, frameon=False, fontsize=8)
