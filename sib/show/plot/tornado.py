"""Plot of how far each input by itself moves a figure. Draws what `sib.tornado` returned and works nothing out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.decide.measure import label_of
from sib.calls import public
from sib.errors import InputError, Problem
from sib.show.plot import style
from sib.show.plot.colours import palette
from sib.show.plot.fit import finish, note, place
from sib.show.plot.rows import rows, unshown
from sib.show.plot.words import width
from sib.show.text import figure, number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sib.show.plot.colours import Palette

_COLUMNS = ("base", "low", "high", "unit", "at_base", "least", "most", "least_at", "most_at", "difference", "measure")
_LOW, _HIGH, _INSIDE = "input at its low end", "input at its high end", "input between its ends"
_HATCHES = {_LOW: "", _HIGH: "....", _INSIDE: "////"}


@public
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
        The measure in its unit, with a line at the base case, from which each bar goes to the least and to the most, as
        many bars as have room, twenty at most. Colours and hatches say whether the input is then at its low or at its
        high end, which the numbers beside the bar are; in brackets where it is between them. Where the base case is an
        end of a bar, what the input is in it stands there. How many inputs have no bar, since a rule refuses them or
        their range is a table's, is said above.

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
    bars = table[table["difference"].notna()]
    if not len(bars):
        raise InputError(Problem("table", "no bar", "a row in which the measure was found", "see its column `refused`"))
    ax = style.axes(ax)
    ink, here = palette(ax), place(ax)
    said = [_named(str(path), row) for path, row in bars.iterrows()]
    drawn = rows(ax, bars, said, entries=2)
    unit, base = str(drawn["measure_unit"].iloc[0]), float(drawn["at_base"].iloc[0])
    used = {way for at, (_, row) in enumerate(drawn.iterrows()) for way in _bar(ax, ink, at, row, base)}
    line = ax.axvline(base, color=ink.ink, linewidth=1.4)
    ax.set_ylim(-0.6, len(drawn) - 0.4)
    numbers = [width(number(value), here.small) for value in drawn[["low", "high", "base"]].to_numpy(float).ravel()]
    ax.margins(x=min((max(numbers) + 8) / (0.5 * here.width), 0.4))
    more = unshown(bars, drawn)
    more += f"; not looked at (see `refused`): {len(table) - len(bars)}" if len(bars) < len(table) else ""
    return finish(
        ax,
        title=f"How far each input moves it by itself{more}",
        x=f"{label_of(str(drawn['measure'].iloc[0]))} ({style.measure_axis(ax.xaxis, unit)})",
        y="input (its unit)",
        entries=[(line, f"base case: {figure(base, unit)}"), *_entries(ink, used)],
    )


def _bar(ax: Axes, ink: Palette, at: int, row: pd.Series[Any], base: float) -> list[str]:
    """Draw one bar, in two parts where the base case lies within it; returns how they are drawn."""
    least, most = float(row["least"]), float(row["most"])
    middle = float(np.clip(base, least, most))
    used = []
    for end, value, side in ((least, row["least_at"], -1), (most, row["most_at"], 1)):
        beside: dict[str, Any] = {"shift": (4 * side, 0), "va": "center", "ha": "left" if side > 0 else "right"}
        if middle == end:  # nothing on this side: the bar ends at the base case
            note(ax, number(row["base"]), (end, at), **beside)
            continue
        way = {row["low"]: _LOW, row["high"]: _HIGH}.get(value, _INSIDE)
        used.append(way)
        ax.barh(at, end - middle, 0.66, left=middle, **_looks(ink, way))
        note(ax, f"({number(value)})" if way is _INSIDE else number(value), (end, at), **beside)
    return used


def _looks(ink: Palette, way: str) -> dict[str, Any]:
    colour = {_LOW: ink.blue, _HIGH: ink.orange, _INSIDE: ink.pale}[way]
    return {"facecolor": colour, "hatch": _HATCHES[way], "edgecolor": ink.ink, "linewidth": 0.6}


def _entries(ink: Palette, used: set[str]) -> list[tuple[Any, str]]:
    """What the legend says of the bars."""
    from matplotlib.patches import Patch

    return [(Patch(**_looks(ink, way)), way) for way in _HATCHES if way in used]


def _named(path: str, row: pd.Series[Any]) -> str:
    """An input with its unit, on as few lines as it takes."""
    return f"{style.lines(path)} ({row['unit'] or 'as in the file'})"
