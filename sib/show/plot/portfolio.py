"""Plot of a portfolio's risk: what each deal would lose by itself, and what it adds to what the whole loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.decide.holdings import Portfolio
from sib.calls import public
from sib.show.plot import style
from sib.show.plot.colours import palette
from sib.show.plot.fit import finish
from sib.show.plot.rows import bars, rows
from sib.show.plot.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@public
def portfolio(portfolio: Portfolio, *, ax: Axes | None = None) -> Axes:
    """What each deal loses in its own worst 5% of futures, and what it adds to the worst 5% of the whole.

    Parameters
    ----------
    portfolio : Portfolio
        What `sib.portfolio` returned.
    ax : Axes, optional
        Where to draw; new axes by default.

    Returns
    -------
    Axes
        Two bars a deal, in millions of money, positive = lost: its expected shortfall by itself, and its contribution
        to that of the whole, with two standard errors; the deal that contributes most on top. What is missing of the
        first is diversified away. As many deals as have room have bars, twenty at
        most; what others contribute stands in the title.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> held = sib.portfolio({"north": plan, "south": plan}, paths=1_000, rng=1)
    >>> sib.plot.portfolio(held).get_xlabel()
    'loss in the worst 5% of futures (GBP million)'
    """
    table = portfolio.deals().sort_values("contribution", ascending=False)
    ax = style.axes(ax)
    ink = palette(ax)
    shown = rows(ax, table, [short(name) for name in table.index], entries=2)
    left = table["contribution"].iloc[len(shown) :]
    place, height = np.arange(len(shown)), 0.38
    measures = (
        ("es_95", height / 2, ink.pale, "////", "by itself, in its own worst 5%"),
        ("contribution", -height / 2, ink.blue, "", "contribution, in the worst 5% of the whole"),
    )
    for name, above, colour, hatch, label in measures:
        error = 2 * shown[f"{name}_mcse"]
        bars(ax, ink, place + above, shown[name], error, height=height, color=colour, hatch=hatch, label=label)
    style.millions(ax.xaxis)
    ax.axvline(0, color=ink.ink, linewidth=0.8)
    row = portfolio.diversification().loc["es_95"]
    whole, apart, others = (f"{amount / 1e6:,.2f}m" for amount in (row["whole"], row["alone"], left.sum()))
    said = f"together {portfolio.currency} {whole}; each by itself, added up, {apart}"
    said += f"; {len(left)} others add {others}" if len(left) else ""
    said += " (± 2 standard errors)"
    return finish(
        ax,
        title=f"What each deal adds to the risk of the whole\n{said}",
        x=f"loss in the worst 5% of futures ({portfolio.currency} million)",
        y="deal (largest contribution first)",
    )
