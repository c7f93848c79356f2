"""A portfolio as people read it: its deals in a table, and what it says in a few sentences."""

from __future__ import annotations

import math

from sib.analysis.decide.holdings import Portfolio
from sib.show.text import figure
from sib.show.worded import Worded

_HEADS = ("held", "loses money", "expected shortfall, by itself", "contribution to the whole's", "correlation with it")


def deals(portfolio: Portfolio) -> Worded:
    """A line a deal: its name, and its figures."""
    found = []
    for name, row in portfolio.deals().to_dict("index").items():
        held, alone, added = (figure(row[key], portfolio.currency) for key in ("amount", "es_95", "contribution"))
        related = "-" if math.isnan(row["correlation"]) else f"{round(row['correlation'], 2) + 0.0:.2f}"
        found.append([str(name), held, figure(row["loss_probability"], "probability"), alone, added, related])
    return Worded("In the portfolio", ["deal", *_HEADS], found, notes=[meaning(portfolio)])


def meaning(portfolio: Portfolio) -> str:
    """What a portfolio says, in a few sentences."""
    found, money = portfolio.summary()["estimate"], portfolio.currency
    less = portfolio.diversification().to_dict("index")["es_95"]
    some = "one deal" if len(portfolio.holdings) == 1 else f"{len(portfolio.holdings)} deals"
    saved = figure(less["diversification"], "probability")
    apart = f", {saved} less than the deals do in their own worst 5%" if less["alone"] > 0 else ""
    loses, rate = figure(found["loss_probability"], "probability"), figure(found["expected_cash_irr"], "a year")
    return (
        f"{money} {portfolio.amount:,.0f} in {some}, {portfolio.n_paths:,} simulated futures. Together they lose money"
        f" in {loses} of them; on average {found['multiple_mean']:.2f} times what was drawn comes back, and the mean"
        f" cash flow has an IRR of {rate} a year. In the worst 5% of futures they lose {money} {found['es_95']:,.0f} on"
        f" average{apart}."
    )
