"""`Batches`: how a figure spreads from batch to batch, where paths are drawn together and are not independent.

Below `summary.py`, above `figures.py`. A mean or a share is a ratio of sums over batches, which are independent. A
quantile and an expected shortfall are not, but to first order they move as such a ratio does: the share of paths above
the quantile, the mean of what losses exceed it by. The quantile is not known while paths come in; that of the first
batch stands for it, since all that is taken from there is how evenly the paths lie.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sib.analysis.figures import Figure, Mean, Part, Quantile, Share, Values
from sib.arrays import Floats
from sib.measures import risk

FEWEST = 10  # batches that a standard error is taken from


def together(moved: Floats, batch: int | None) -> Floats:
    """How far paths move a figure, those added up that are drawn together, where there are enough batches of them."""
    if batch is None or moved.size <= batch * (FEWEST - 1):
        return moved
    found: Floats = np.add.reduceat(moved, np.arange(0, moved.size, batch))
    return found


class Spread(NamedTuple):
    """Of the mean that a figure is, or moves as.

    Parameters
    ----------
    error : float
        Its standard error, from batch to batch.
    evenness : float
        That over the standard error it would have if the paths were independent; 1 where this is zero.
    freedom : int
        Degrees of freedom of the error.
    """

    error: float
    evenness: float
    freedom: int


class Batches:
    """The sums of one figure over batches of paths.

    Parameters
    ----------
    figure : Figure
        What is estimated.
    batch : int
        How many paths in a row are drawn together. Parts that are added hold whole batches, but the last.
    """

    def __init__(self, figure: Figure, batch: int) -> None:
        self._figure, self._batch = figure, batch
        self._sums: list[Floats] = []  # in each batch the sum, that of squares, and over how many paths
        self._level: float | None = None

    def add(self, part: Part) -> None:
        """Add some paths."""
        given = self._figure.sample.given
        values, taken = part.spread_out(self._moves(part), given)
        starts = np.arange(0, values.size, self._batch)
        self._sums.append(np.array([np.add.reduceat(one, starts) for one in (values, np.square(values), taken)]))

    def spread(self) -> Spread | None:
        """How it spreads (Cochran 1977, *Sampling Techniques*, 6.3); None where there are too few batches to tell."""
        sums, squares, counts = np.concatenate(self._sums, axis=1) if self._sums else np.empty((3, 0))
        size = counts.sum()
        if counts.size < FEWEST or size == 0:
            return None
        mean = sums.sum() / size
        left = sums - mean * counts
        error = math.sqrt(float(np.square(left).sum()) * counts.size / (counts.size - 1)) / size
        alone = math.sqrt(max(float(squares.sum() / size - mean**2), 0.0) / size)
        return Spread(float(error), error / alone if alone > 0 else 1.0, counts.size - 1)

    def _moves(self, part: Part) -> Values:
        """What the figure is a mean of, or moves as the mean of."""
        values = part.values(self._figure.sample)
        match self._figure.estimator:
            case Mean():
                return values
            case Share(event):
                return event(values)
            case Quantile(level):
                return values > self._near(values, level)
            case shortfall:
                found: Floats = np.maximum(values - self._near(values, shortfall.level), 0.0)
                return found

    def _near(self, values: Values, level: float) -> float:
        """A value near the quantile: that of the first batch."""
        if self._level is None and values.size:
            self._level = risk.quantile(values[: self._batch], level).estimate
        return math.nan if self._level is None else self._level
