"""Pictures with a row a name, the first on top: how many rows there is room for, their names, and bars along them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sib.show.plot import style
from sib.show.plot.fit import place
from sib.show.plot.words import plain, wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from sib.show.plot.colours import Palette

_MOST: Final = 20  # rows
_HIGH: Final = 1.45  # font sizes that a line of the name of a row takes
_WIDE: Final = 0.4  # share of a panel that the names of rows take at most
_LINES: Final = 2  # of a name


def rows(ax: Axes, table: pd.DataFrame, said: Sequence[str], *, entries: int) -> pd.DataFrame:
    """Name the rows of a table on the y axis, the first on top: as many as have room, twenty at most.

    Parameters
    ----------
    ax : Axes
        Where the picture will be; gets its frame, with no lines across.
    table : DataFrame
        What is shown, the most important row first.
    said : sequence of str
        The name of each row.
    entries : int
        How many entries the legend will have.

    Returns
    -------
    DataFrame
        Those that have room, from the bottom up, at the heights 0, 1, 2, and so on.
    """
    here = place(ax)
    names = [wrapped(name, here.small, _WIDE * here.width, _LINES) for name in said[:_MOST]]
    room, lines, count = here.inside(entries) / (_HIGH * here.small), 0, 0
    for name in names:
        lines = max(lines, name.count("\n") + 1)  # all are as high as the highest
        if count and lines * (count + 1) > room:
            break
        count += 1
    ax.set_yticks(range(count), [plain(name) for name in reversed(names[:count])])
    style.frame(ax)
    ax.grid(visible=False, axis="y")
    return table.iloc[:count][::-1]


def unshown(table: pd.DataFrame, shown: pd.DataFrame) -> str:
    """How many rows had no room, for a title; empty where all had."""
    left = len(table) - len(shown)
    return f"; not shown: {left} more" if left else ""


def bars(ax: Axes, ink: Palette, at: ArrayLike, values: ArrayLike, reach: ArrayLike, **looks: Any) -> None:
    """Bars along rows from zero on, with what each may be off by; `looks` are matplotlib's, of `Axes.barh`."""
    error = {"ecolor": ink.ink, "capsize": 2, "linewidth": 1}
    ax.barh(at, values, xerr=reach, error_kw=error, edgecolor=ink.ink, linewidth=0.5, **looks)
