"""Standard errors of differences between figures of two deals on the same futures.

Path i of both is the same future. To first order each figure is a mean over paths of what a path moves it by, its
influence; so is the difference of two, and its error is the spread of the differences of their influences. What paths
have in common cancels in them, and no more of them are needed than for the figures themselves. (Batches of paths tell
the same, but those of quantiles have to be large, so that there are few.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from sib.analysis.columns import Kept
from sib.analysis.figures import AnyFigure, CashFigure, Figure, Mean, Part, Quantile, Share, Values
from sib.analysis.summary import FEWEST_BATCHES
from sib.arrays import Floats
from sib.measures import risk
from sib.measures.expected import Lots, spread


def difference_errors(
    one: Kept, other: Kept, figures: Sequence[AnyFigure], batch: int | None = None
) -> Mapping[str, float]:
    """Standard error of each figure's difference.

    Parameters
    ----------
    one, other : Kept
        What the figures are worked out from, path by path on the same futures.
    figures : sequence of Figure or CashFigure
        Those that are asked for.
    batch : int, optional
        Where paths are drawn together: so many in a row.

    Returns
    -------
    mapping of str to float
        By figure. NaN where there are fewer than ten paths or, of a quantile and the expected shortfall, too few to
        bound it.

    Notes
    -----
    The influence of a path on a quantile is that of Bahadur (1966), with the density that its own standard error has;
    on the expected shortfall that of Rockafellar & Uryasev (2002), in which the value at risk has none.
    """
    pair = [(Part(kept.columns), kept.cash) for kept in (one, other)]
    found = {}
    for figure in figures:
        before, after = (_influences(figure, part, cash, batch) for part, cash in pair)
        found[figure.name] = spread(after - before)
    return found


def _influences(figure: AnyFigure, part: Part, cash: Lots | None, batch: int | None) -> Floats:
    """How far each path, or all that are drawn together, move a figure; they add up to nothing."""
    match figure:
        case CashFigure():
            return np.empty(0) if cash is None else cash.influences(batch)
        case _:
            values = part.values(figure.sample)
            moved, _ = part.spread_out(_moved(figure, values) / max(values.size, 1), figure.sample.given)
    if batch is None or moved.size <= batch * (FEWEST_BATCHES - 1):
        return moved
    return np.add.reduceat(moved, np.arange(0, moved.size, batch))


def _moved(figure: Figure, values: Values) -> Floats:
    """How far each value moves a figure of a sample, times how many there are."""
    sample = np.asarray(values, dtype=np.float64)
    match figure.estimator:
        case Mean():
            moved = sample
        case Share(event):
            moved = np.asarray(event(values), dtype=np.float64)
        case Quantile(level):
            low, high = risk.quantile_bounds(sample, level)
            slope = (high - low) / 4 * math.sqrt(sample.size / (level * (1 - level)))
            moved = slope * np.asarray(sample > risk.quantile(sample, level).estimate, dtype=np.float64)
        case shortfall:
            known = math.isfinite(risk.quantile_bounds(sample, shortfall.level).high)
            at = risk.quantile(sample, shortfall.level).estimate if known else math.nan
            moved = np.maximum(sample - at, 0.0) / (1 - shortfall.level)
    found: Floats = moved - (float(moved.mean()) if moved.size else math.nan)
    return found
