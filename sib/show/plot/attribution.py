"""Plot of whose doing the risk is. Draws what `sib.attribute_risk` returned and works nothing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sib.errors import InputError, Problem
from sib.scenario.paths import steps_of
from sib.show.plot import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

# each figure: its name, colour, hatch
_FIGURES = {
    "payment": ("outcome payments", style.BLUE, ""),
    "multiple": ("investors' multiple", style.ORANGE, "///"),
    "loss": ("whether investors lose money", "#DDDDDD", "..."),
}
_WORDS = {
    "effects": "the true effect on {}",
    "levels": "the true level of {}",
    "evaluation": "the evaluator's bias in {}",
    "drift": "drift of {}",
    "overruns": "overrun of {}",
    "hazards": "{}, on some day",
    "delays": "delayed results of {}",
}
_LAYERS = {
    "people": "people: luck of those served",
    "measurement": "measurement: luck of the comparison",
    "engagement": "how many take part",
    "referrals": "how many come",
}


def attribution(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Whose doing the risk is: the share of variance that each source carries.

    Parameters
    ----------
    table : DataFrame
        What `sib.attribute_risk` returned.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        One group of bars a source, the largest share of payment on top: shares of the variance of payment, multiple and
        loss in per cent, with two standard errors. Figures that do not vary are left out.

    Raises
    ------
    InputError
        Where the table is another one, or nothing in it varies.

    Examples
    --------
    >>> import sib
    >>> table = sib.attribute_risk(sib.load("peterborough"), paths=1_000, rng=1)
    >>> sib.plot.attribution(table).get_xlabel()
    'share of the variance (%)'
    """
    style.has(table, tuple(column for name in _FIGURES for column in (name, f"{name}_mcse")), "attribute_risk")
    shown = [name for name in _FIGURES if table[name].notna().all()]
    if not shown:
        raise InputError(Problem("table", "shares of nothing", "some figure varies", "leave more to chance"))
    rows = table.sort_values(shown[0])
    ax = style.axes(ax)
    place, height = np.arange(len(rows)), 0.8 / len(shown)
    for number, name in enumerate(shown):
        label, colour, hatch = _FIGURES[name]
        ax.barh(
            place + height * ((len(shown) - 1) / 2 - number),
            rows[name],
            height,
            xerr=2 * rows[f"{name}_mcse"],
            color=colour,
            hatch=hatch,
            edgecolor="white" if name == "payment" else "#444444",
            linewidth=0.5,
            error_kw={"ecolor": style.ink(ax), "capsize": 2, "linewidth": 1},
            label=label,
        )
    ax.set_yticks(place, [style.words(_named(str(source))) for source in rows.index])
    style.plain(ax)
    ax.grid(visible=False, axis="y")
    style.percent(ax.xaxis)
    ax.axvline(0, color=style.ink(ax), linewidth=0.8)
    ax.legend(loc="lower right", frameon=False, fontsize=9)
    ax.set_xlabel("share of the variance (%)")
    ax.set_ylabel("source of risk")
    ax.set_title("Whose doing the risk is (± 2 standard errors)", loc="left", fontsize=11)
    return ax


def _named(source: str) -> str:
    """A source in words, on two lines at most."""
    if source in _LAYERS:
        return _LAYERS[source].replace(": ", ":\n")
    kind, name, *between = steps_of(source)
    words = _WORDS[kind].format(name)
    return f"{words},\nfrom cohort to cohort" if between else words
