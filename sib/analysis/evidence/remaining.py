"""What the rest of a deal is worth on a day to who holds it then: cash after that day alone. What `Update` says."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.simulation import Simulation
from sib.arrays import Floats
from sib.errors import InputError, Problem, nearest
from sib.measures import risk
from sib.measures.cashflow import npv
from sib.run.recipe import Block
from sib.terms.calendar import DAYS_A_YEAR

if TYPE_CHECKING:
    import pandas as pd


def rest_of(simulation: Simulation, day: dt.date, tranche: str | None) -> pd.DataFrame:
    """Cash after a day, one row a path: see `Update.rest`."""
    import pandas as pd

    investors = simulation.futures.deal.contract.investors
    if tranche is not None and tranche not in investors:
        raise InputError(Problem("tranche", tranche, "a tranche of the deal", nearest(str(tranche), investors)))
    parties = investors if tranche is None else (tranche,)
    parts = list(simulation.futures.map(partial(_of_block, parties=parties, day=day)))
    return pd.DataFrame({key: np.concatenate([p[key] for p in parts]) for key in parts[0]}).rename_axis("path")


def remaining_of(rest: pd.DataFrame, widening: float) -> dict[str, dict[str, float]]:
    """Estimates and Monte Carlo errors by measure: see `Update.remaining`."""
    value, drawn, received = (rest[key].to_numpy() for key in ("value", "drawn", "received"))
    found = {
        "remaining_value_mean": risk.mean(value),
        "remaining_value_p05": risk.quantile(value, 0.05),
        "remaining_value_median": risk.quantile(value, 0.5),
        "remaining_value_p95": risk.quantile(value, 0.95),
        "remaining_drawn_mean": risk.mean(drawn),
        "remaining_received_mean": risk.mean(received),
        "remaining_loss_probability": risk.probability(received < drawn * (1.0 - 1e-9)),
        "remaining_nothing_probability": risk.probability(received == 0),
    }
    return {
        "estimate": {key: one.estimate for key, one in found.items()},
        "mcse": {key: one.mcse * widening for key, one in found.items()},
    }


def _of_block(block: Block, parties: tuple[str, ...], day: dt.date) -> dict[str, Floats]:
    """Of some tranches, the cash after a day: its net present value on that day, what is paid in, what comes."""
    deal, book = block.deal, block.book
    later = [i for i, date in enumerate(deal.contract.dates) if date > day]
    years = np.array([(deal.contract.dates[i] - day).days / DAYS_A_YEAR for i in later])
    found = {key: np.zeros(book.paths) for key in ("value", "drawn", "received")}
    for tranche in deal.contract.tranches:
        if tranche.name in parties and later:
            cash = book.cash(tranche.name)[later]
            found["value"] = found["value"] + npv(cash.T, years, tranche.discount_rate)
            found["drawn"] = found["drawn"] + np.maximum(-cash, 0.0).sum(axis=0)
            found["received"] = found["received"] + np.maximum(cash, 0.0).sum(axis=0)
    return found
