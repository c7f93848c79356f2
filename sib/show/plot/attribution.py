"""Plot of whose doing the risk is. Draws what `sib.attribute_risk` returned and works nothing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sib.calls import public
from sib.chance.sources import TOGETHER
from sib.errors import InputError, Problem
from sib.scenario.paths import steps_of
from sib.show.plot import style
from sib.show.plot.colours import palette
from sib.show.plot.fit import finish
from sib.show.plot.rows import bars, rows, unshown
from sib.show.plot.words import short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

# each figure: its name, hatch
_FIGURES = {
    "payment": ("outcome payments", ""),
    "multiple": ("investors' multiple", "////"),
    "loss": ("whether investors lose money", "...."),
}
_WORDS = {
    "effects": "the true effect on {}",
    "levels": "the true level of {}",
    "evaluation": "the evaluator's bias in {}",
    "drift": "drift of {}",
    "overruns": "overrun of {}",
    "hazards": "{}, on some day",
    "delays": "delayed results of {}",
    "timing": "the pace to {}",
}
_LAYERS = {
    "people": "people: luck of those served",
    "measurement": "measurement: luck of the comparison",
    "engagement": "how many take part",
    "referrals": "how many come",
    TOGETHER: "beliefs that move together",
}


@public
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
    ax = style.axes(ax)
    ink = palette(ax)
    colours = dict(zip(_FIGURES, (ink.blue, ink.orange, ink.pale), strict=True))
    ranked = table.sort_values(shown[0], ascending=False)
    said = [named(str(source)) for source in ranked.index]
    drawn = rows(ax, ranked, said, entries=len(shown))
    place, height = np.arange(len(drawn)), 0.8 / len(shown)
    for number, name in enumerate(shown):
        label, hatch = _FIGURES[name]
        at, error = place + height * ((len(shown) - 1) / 2 - number), 2 * drawn[f"{name}_mcse"]
        bars(ax, ink, at, drawn[name], error, height=height, color=colours[name], hatch=hatch, label=label)
    style.percent(ax.xaxis)
    ax.axvline(0, color=ink.ink, linewidth=0.8)
    return finish(
        ax,
        title=f"Whose doing the risk is (± 2 standard errors{unshown(ranked, drawn)})",
        x="share of the variance (%)",
        y="source of risk (by name)",
    )


def named(source: str) -> str:
    """A source in words."""
    if source in _LAYERS:
        return _LAYERS[source]
    kind, name, *between = steps_of(source)
    words = _WORDS[kind].format(short(name, 32))
    return f"{words}, from cohort to cohort" if between else words
