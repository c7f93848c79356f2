"""A sample that comes in parts: its mean, and its quantiles at levels known beforehand, in memory that does not grow.

Different values are kept with how often they came. Once they are too many, only those near each level are: a window of
ranks about it, so wide that the level cannot leave it but by a chance that no run will see. Of the values between two
windows what is kept is how many they are, their sum and the sum of their squares. A quantile so found is a value that
occurred, the very one that `risk.quantile` finds in the whole sample; should a level leave its window, that is said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.measures.arguments import numbers
from sib.measures.interval import UNKNOWN, Interval
from sib.measures.risk import TWO, Estimate, beyond, order_statistics, ranks

Counts = NDArray[np.int64]

MOST = 1 << 20  # values that are kept before any is dropped
WIDE = 12.0  # standard deviations of a level's rank, of which the window is this many to each side


class LeftError(Exception):
    """A quantile is not among the values that were kept."""


@dataclass
class _Between:
    """Values of which only sums are kept, ascending and apart: the least and the largest of each lot, and its sums."""

    low: Floats = field(default_factory=lambda: np.empty(0))
    high: Floats = field(default_factory=lambda: np.empty(0))
    sums: Floats = field(default_factory=lambda: np.empty((3, 0)))  # how many, their sum, the sum of their squares

    def take(self, values: Floats, away: Floats) -> NDArray[np.bool_]:
        """Add up the values that fall into a lot; returns where the others are."""
        others = np.ones(values.size, dtype=bool)
        for low, high, sums in zip(self.low, self.high, self.sums.T, strict=True):
            inside = (values >= low) & (values <= high)
            part = away * inside
            sums += (np.count_nonzero(inside), part.sum(), np.square(part).sum())
            others &= ~inside
        return others


class Tally:
    """A sample that comes in parts.

    A part that repeats one value without holding it many times (`numpy.broadcast_to`) takes no work while all do.

    Parameters
    ----------
    levels : sequence of float
        Between 0 and 1: the quantiles that will be asked for.
    most : int
        How many values are kept before any is dropped.
    """

    def __init__(self, levels: Sequence[float] = (), most: int = MOST) -> None:
        self.levels, self.most = tuple(levels), most
        self.size = 0
        self._only: float | None = None  # where all that was added is one value, and said to be by its strides
        self._origin = 0.0  # sums are taken from the first value, so that a sample of one value has no spread
        self._sum, self._squares = 0.0, 0.0
        self._values, self._counts = np.empty(0), np.empty(0, dtype=np.int64)
        self._new: list[Floats] = []
        self._between = _Between()
        self._found: dict[tuple[float, float], list[float]] = {}  # by level and deviations, values once asked for

    def add(self, values: Floats) -> None:
        """Add a part, (any,); it is not copied and must not change.

        Raises
        ------
        InputError
            Where a value is not finite.
        """
        if not values.size:
            return
        same = values.strides == (0,) and math.isfinite(values[0])
        if same and (not self.size or self._only == values[0]):
            self._only = float(values[0])
            self.size += values.size
            return
        if self._only is not None:  # it was one value, and is no longer
            before, self.size = np.full(self.size, self._only), 0
            self._only = None
            self.add(before)
        self._found = {}
        if not self.size:
            self._origin = float(values[0])
        self.size += values.size
        away = values - self._origin
        total = float(away.sum())
        if not math.isfinite(total):
            numbers("sample", values)
        self._sum += total
        self._squares += float(np.square(away).sum())
        if not self.levels:
            return
        if self._between.low.size:
            values = values[self._between.take(values, away)]
        self._new.append(values)
        if sum(part.size for part in self._new) > self.most:
            self._gather()
            self._narrow()

    def mean(self) -> Estimate:
        """As `risk.mean`."""
        if not self.size:
            return Estimate(math.nan, math.nan)
        if self._only is not None:
            return self._certain(self._only)
        mean = self._sum / self.size
        error = math.nan
        if self.size > 1:
            variance = max(self._squares - self._sum * mean, 0.0) / (self.size - 1)
            error = math.sqrt(variance / self.size)
        return Estimate(self._origin + mean, error)

    def quantile(self, level: float, deviations: float = TWO) -> Estimate:
        """As `risk.quantile`, at one of the levels; its error from the values so many deviations of its rank away.

        Raises
        ------
        LeftError
            Where the values about this level were not kept.
        """
        if not self.size:
            return Estimate(math.nan, math.nan)
        if self._only is not None:
            return self._certain(self._only)
        at, low, high = self._about(level, deviations)
        return Estimate(at, (high - low) / 4 if self.size > 1 else math.nan)

    def bounds(self, level: float, deviations: float = TWO) -> Interval:
        """As `risk.quantile_bounds`, at one of the levels; same raises as `quantile`."""
        if not self.size:
            return UNKNOWN
        low, high = (self._only, self._only) if self._only is not None else self._about(level, deviations)[1:]
        below, above = beyond(self.size, level, deviations)
        return Interval(math.nan if below else low, math.nan if above else high)

    def expected_shortfall(self, level: float) -> Estimate:
        """As `risk.expected_shortfall`, at one of the levels; same raises as `quantile`."""
        if not self.size:
            return Estimate(math.nan, math.nan)
        if self._only is not None:
            return self._certain(self._only)
        at = self.quantile(level).estimate
        new = [part[part > at] for part in self._new]
        above = np.concatenate((self._values[self._values > at], *new)) - at
        times = np.ones(above.size, dtype=np.int64)
        counts = self._counts[self._values > at]
        times[: counts.size] = counts
        lots = self._between.sums[:, self._between.low > at]
        gap = self._origin - at
        excess = float((above * times).sum() + (lots[1] + gap * lots[0]).sum())
        squares = float((np.square(above) * times).sum() + (lots[2] + 2 * gap * lots[1] + gap**2 * lots[0]).sum())
        mean = excess / self.size
        error = math.nan
        if self.size > 1:
            error = math.sqrt(max(squares - excess * mean, 0.0) / (self.size - 1) / self.size)
        return Estimate(at + mean / (1 - level), error / (1 - level))

    def _about(self, level: float, deviations: float = TWO) -> list[float]:
        """The values at the ranks of a level."""
        if (level, deviations) not in self._found:
            self._found[level, deviations] = self._at(ranks(self.size, level, deviations))
        return self._found[level, deviations]

    def _certain(self, value: float) -> Estimate:
        """What a sample of one value has for its mean, its quantiles and its shortfall."""
        return Estimate(value, 0.0 if self.size > 1 else math.nan)

    def _at(self, places: list[int]) -> list[float]:
        """The values at some positions of the sorted sample, from 0."""
        if not self._values.size:  # nothing has been dropped, nor sorted
            self._new = [np.concatenate(self._new)]
            return order_statistics(self._new[0], places)
        self._gather()
        last = self._last()
        found = np.minimum(np.searchsorted(last, places, side="right"), last.size - 1)
        first = last[found] - self._counts[found]
        if ((np.array(places) < first) | (np.array(places) >= last[found])).any():
            raise LeftError
        return [float(value) for value in self._values[found]]

    def _last(self) -> Counts:
        """How many of the sample are at or below each kept value."""
        below = np.concatenate(([0.0], np.cumsum(self._between.sums[0]))).astype(np.int64)
        return np.cumsum(self._counts) + below[np.searchsorted(self._between.high, self._values)]

    def _gather(self) -> None:
        """Sort what is new in among what is kept."""
        if not self._new:
            return
        new = np.sort(np.concatenate(self._new))
        self._new = []
        new, times = _different(new, np.ones(new.size, dtype=np.int64))
        values, counts = np.concatenate((self._values, new)), np.concatenate((self._counts, times))
        order = np.argsort(values, kind="stable")
        self._values, self._counts = _different(values[order], counts[order])

    def _narrow(self) -> None:
        """Drop the values that are far from every level."""
        last = self._last()
        near = np.zeros(last.size, dtype=bool)
        for level in self.levels:
            reach = WIDE * math.sqrt(self.size * level * (1 - level)) + 1
            near |= (last >= self.size * level - reach) & (last - self._counts <= self.size * level + reach)
        lots, dropped = self._between, self._values[~near]
        # a lot is what lies between two neighbours among the values that stay
        kept = self._values[near]
        place = np.concatenate((np.searchsorted(kept, lots.low), np.searchsorted(kept, dropped)))
        low, high = np.concatenate((lots.low, dropped)), np.concatenate((lots.high, dropped))
        away, times = dropped - self._origin, self._counts[~near]
        sums = np.concatenate((lots.sums, np.array([times, times * away, times * np.square(away)])), axis=1)
        names, lot = np.unique(place, return_inverse=True)
        merged = _Between(np.full(names.size, np.inf), np.full(names.size, -np.inf), np.zeros((3, names.size)))
        np.minimum.at(merged.low, lot, low)
        np.maximum.at(merged.high, lot, high)
        for total, values in zip(merged.sums, sums, strict=True):
            total += np.bincount(lot, weights=values, minlength=names.size)
        self._between, self._values, self._counts = merged, kept, self._counts[near]


def _different(values: Floats, counts: Counts) -> tuple[Floats, Counts]:
    """The different ones of sorted values, and how often each comes."""
    if not values.size:
        return values, counts
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    return values[starts], np.add.reduceat(counts, starts)
