"""The internal rate of return of expected cash: that of the mean cash flow over all paths, and its Monte Carlo error.

A rate of each path is no mean of anything: where a path has none it drops out, and what is left is no sample of what
may happen. The mean cash flow is one flow of all paths. Its rate has an error by the delta method, for which sums of
cash over lots of paths are enough: `Lots`, which a run of any length can keep.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats
from sib.chance.sources import STRATA
from sib.measures.discounting import Flows
from sib.measures.irr import irr
from sib.measures.risk import Estimate

EACH = 32  # lots into which paths in a row are dealt, of as many paths as are stratified together
MOST = 1 << 13  # lots that are kept; a whole number of those into which as many paths are dealt
FEWEST = 10  # lots that a standard error is taken from


@dataclass(frozen=True)
class Lots:
    """Net cash by date, summed over lots of paths.

    Paths are dealt into lots one by one: of each `STRATA` in a row the first goes to the first of `EACH` lots, the next
    to the next. So few paths are many lots, and the lots of paths that are stratified together stand side by side.

    Parameters
    ----------
    years : array, (dates,)
        Ascending, the first is zero.
    paths : array, (lots,)
        How many paths are in each.
    cash : array, (lots, dates)
        Their cash, positive = received.
    """

    years: Floats
    paths: Floats
    cash: Floats

    @classmethod
    def of(cls, flows: Flows) -> Lots:
        """The cash of paths in a row, of which the first begins a stratum."""
        size = flows.columns
        filled = np.zeros((len(flows.rows) + 1, -(-size // STRATA) * STRATA))
        filled[:-1, :size] = flows.varying
        filled[-1, :size] = 1.0
        sums = filled.reshape(len(filled), -1, STRATA // EACH, EACH).sum(axis=2).reshape(len(filled), -1)
        sums = sums[:, : np.count_nonzero(sums[-1])]
        cash = sums[-1][:, None] * flows.fixed
        cash[:, flows.rows] = sums[:-1].T
        return cls(flows.years[:, 0], sums[-1], cash)

    @classmethod
    def end_to_end(cls, parts: Iterable[Lots]) -> Lots:
        """Of parts that follow one another; where there are `MOST` lots, others are added to those of fewest paths.

        Sums are taken lot by lot, in the order of the paths, so that their bits do not depend on the parts.
        """
        years, kept = np.empty(0), np.empty((0, 0))
        for part in parts:
            years, rows = part.years, np.column_stack((part.paths, part.cash))
            while len(rows):
                room = MOST - len(kept)
                place = 0 if room else int(kept[:, 0].argmin())
                now, rows = np.split(rows, [room or MOST - place])
                if room:
                    kept = np.concatenate((kept, now)) if len(kept) else now
                else:
                    kept[place : place + len(now)] += now
        return cls(years, kept[:, 0], kept[:, 1:])

    def rate(self) -> float:
        """The internal rate of return of the mean cash flow; see convention 6 for where it is not plain."""
        return float(irr(self.cash.sum(axis=0) / self.paths.sum(), self.years))

    def influences(self, batch: int | None = None) -> Floats:
        """How far each lot moves the rate from where it is, (lots,): they add up to nothing.

        Parameters
        ----------
        batch : int, optional
            How many paths are drawn together, so that their lots are one where there are enough of them.

        Returns
        -------
        array
            Of a lot the net present value of its cash at the rate, over the paths and over what the value of the mean
            cash flow falls by for a rise of the rate: its influence on a root (Serfling 1980, *Approximation Theorems*,
            6.6). NaN where nothing comes back on any path, and where the value does not change with the rate.
        """
        rate = self.rate()
        if not rate > -1.0:
            return np.full(len(self.paths), math.nan)
        moves = self.cash.any(axis=0)  # on other dates a discount factor may be above all floating-point numbers
        years, cash = self.years[moves], self.cash[:, moves]
        discount = np.exp(-np.log1p(rate) * years)
        value = (cash * discount).sum(axis=1)
        slope = float((cash * (years * discount)).sum()) / (1.0 + rate)
        moved: Floats = value / slope if slope else np.full(value.size, math.nan)
        return together(moved, _lots(batch))

    def mean(self, batch: int | None = None) -> tuple[Floats, Floats]:
        """Mean cash by date, and its standard errors, (dates,) each; `batch` as of `influences`."""
        mean = self.cash.sum(axis=0) / self.paths.sum()
        moved = self.cash - self.paths[:, None] * mean
        moved *= np.abs(moved) > 1e-12 * np.abs(self.cash)  # what is the same on all paths moves nothing
        moved /= self.paths.sum()
        return mean, np.array([spread(together(of_date, _lots(batch))) for of_date in moved.T])

    def irr(self, batch: int | None = None) -> tuple[Estimate, float]:
        """The rate with its standard error, and how many degrees of freedom this has."""
        moved = self.influences(batch)
        return Estimate(self.rate(), spread(moved)), moved.size - 1.0


def _lots(batch: int | None) -> int | None:
    """How many lots hold the paths that are drawn together."""
    return None if batch is None else batch * EACH // STRATA


def together(influences: Floats, each: int | None) -> Floats:
    """How far paths (or lots) move a figure, so many in a row added up, where there are enough that belong together."""
    if each is None or influences.size <= each * (FEWEST - 1):
        return influences
    found: Floats = np.add.reduceat(influences, np.arange(0, influences.size, each))
    return found


def spread(influences: Floats) -> float:
    """The standard error of a figure from how far independent lots of paths move it, which adds up to nothing.

    NaN where there are too few.
    """
    lots = influences.size
    return math.sqrt(float(np.square(influences).sum()) * lots / (lots - 1)) if lots >= FEWEST else math.nan
