"""`Sums`: numbers of each path summed over the paths, and over the lots that are drawn together. For ratios of means.

What tables have in common whose figures are means of money over the same paths, and ratios of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sib.analysis.futures import Futures
from sib.arrays import Floats
from sib.measures.expected import FEWEST
from sib.measures.ratio import Moments


class Sums(NamedTuple):
    """Of some paths: path by path, and by lots where paths are drawn together."""

    paths: Moments
    lots: Moments | None

    @classmethod
    def of(cls, numbers: Floats, batch: int | None) -> Sums:
        """Of (numbers, paths), so many paths in a row drawn together."""
        if batch is None:
            return cls(Moments.of(numbers), None)
        starts = np.arange(0, numbers.shape[1], batch)
        return cls(Moments.of(numbers), Moments.of(np.add.reduceat(numbers, starts, axis=1)))


class Means(NamedTuple):
    """Sums over all paths, and how these spread."""

    paths: int
    sums: Floats  # (numbers,)
    spread: Floats  # (numbers, numbers), their variances and covariances
    freedom: float  # degrees of freedom of these

    @classmethod
    def over(cls, futures: Futures, parts: Sequence[Sums]) -> Means:
        """Of all paths; by lots where these are enough to tell, else as though paths were independent."""
        found = Moments.together([part.paths for part in parts])
        lots = [part.lots for part in parts if part.lots is not None]
        if lots and sum(one.lots for one in lots) >= FEWEST:
            found = Moments.together(lots)
        return cls(futures.paths, found.sums, found.spread() * futures.widening**2, found.lots - 1)

    @property
    def mean(self) -> Floats:
        """The mean of each number, (numbers,)."""
        return self.sums / self.paths

    @property
    def error(self) -> Floats:
        """The standard error of each, (numbers,)."""
        found: Floats = np.sqrt(np.diag(self.spread)) / self.paths
        return found
