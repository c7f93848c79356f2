"""Distributions to paid-in (DPI) by date: how much of the capital put in so far is back. `Simulation.dpi` says it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.figures import Given
from sib.analysis.futures import Futures
from sib.analysis.spreads import Figures, levels_of, quantiles_and_mean, spreads
from sib.arrays import Floats
from sib.run.recipe import Block
from sib.settlement.book import Kind

if TYPE_CHECKING:
    import pandas as pd

_ALL = "dates"


def dpi(futures: Futures, tranches: tuple[str, ...], levels: Sequence[float]) -> pd.DataFrame:
    """See `Simulation.dpi`."""
    import pandas as pd

    _levels = levels_of(levels)

    def asked(_: str, column: str) -> Figures:
        given = Given("capital was drawn", column, lambda share: ~np.isnan(share))
        return quantiles_and_mean(column, _levels, given)

    found = spreads(futures, partial(_so_far, tranches=tranches), asked)[_ALL]
    dates = pd.DatetimeIndex(futures.deal.contract.dates, dtype="datetime64[s]", name="date")
    return pd.DataFrame(list(found.values()), index=dates)


def _so_far(block: Block, tranches: tuple[str, ...]) -> dict[str, dict[str, Floats]]:
    """On each date what has come back so far, less what was owed besides or put in again, over the capital put in.

    NaN where none was.
    """
    book = block.book
    drawn, back = np.zeros((2, book.steps, book.paths))
    for entry in book.entries:
        if entry.payer in tranches and entry.kind == Kind.DRAW:
            drawn[entry.step] += entry.amount
        else:
            sign = (entry.payee in tranches) - (entry.payer in tranches)
            back[entry.step] += sign * entry.amount
    drawn, back = np.cumsum(drawn, axis=0), np.cumsum(back, axis=0)
    share = np.divide(back, drawn, out=np.full_like(drawn, np.nan), where=drawn > 0)
    return {_ALL: {str(step): one for step, one in enumerate(share)}}
