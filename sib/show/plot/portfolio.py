"""Plot of a portfolio's risk: what each deal would lose by itself, and what it adds to what the whole loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.decide.holdings import Portfolio
from sib.errors import expected
from sib.show.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST = 20  # deals that have a bar of their own


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
        first is diversified away. Twenty deals have bars; what others contribute stands in the title.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> held = sib.portfolio({"north": plan, "south": plan}, paths=1_000, rng=1)
    >>> sib.plot.portfolio(held).get_xlabel()
    'loss in the worst 5% of futures (GBP million)'
    """
    expected(portfolio, Portfolio, "portfolio", 'make one first: sib.portfolio({"a deal": scenario, ...})')
    table = portfolio.deals().sort_values("contribution", ascending=False)
    shown, left = table.iloc[:_MOST], table["contribution"].iloc[_MOST:]
    ax = style.axes(ax)
    ink = ax.xaxis.label.get_color()
    place, height = np.arange(len(shown))[::-1], 0.38
    bars = (
        ("es_95", height / 2, "#DDDDDD", "///", "by itself, in its own worst 5%"),
        ("contribution", -height / 2, style.BLUE, "", "contribution, in the worst 5% of the whole"),
    )
    for name, above, colour, hatch, label in bars:
        ax.barh(
            place + above,
            shown[name],
            height,
            xerr=2 * shown[f"{name}_mcse"],
            color=colour,
            hatch=hatch,
            edgecolor="#444444",
            linewidth=0.5,
            error_kw={"ecolor": ink, "capsize": 2, "linewidth": 1},
            label=label,
        )
    ax.set_yticks(place, [style.words(str(name)) for name in shown.index])
    style.plain(ax)
    ax.grid(visible=False, axis="y")
    style.millions(ax.xaxis)
    ax.axvline(0, color=ink, linewidth=0.8)
    ax.set_xlabel(f"loss in the worst 5% of futures ({portfolio.currency} million)")
    ax.set_ylabel("deal (largest contribution first)")
    row = portfolio.diversification().loc["es_95"]
    whole, apart, others = (f"{amount / 1e6:,.2f}m" for amount in (row["whole"], row["alone"], left.sum()))
    said = f"together {portfolio.currency} {whole}; each by itself, added up, {apart}"
    said += f"; {len(left)} others add {others}" if len(left) else ""
    ax.set_title(f"What each deal adds to the risk of the whole (± 2 standard errors)\n{said}", loc="left", fontsize=11)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, frameon=False, fontsize=9)
    return ax
