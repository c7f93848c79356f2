"""A ratio of two means over paths, with its Monte Carlo error and Fieller's interval. Arrays in, numbers out.

The mean of the paths' ratios is another figure: it weighs a path with few outcomes as one with many, and one without
any has none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce

import numpy as np

from sib.arrays import Floats
from sib.measures.interval import UNKNOWN, Interval, errors
from sib.measures.risk import Estimate

_ROUNDING = 1e-12  # of the products below which what is left of them is floating-point rounding, and no variance


@dataclass(frozen=True)
class Moments:
    """Some numbers a path, summed: over how many independent lots of paths, the sums, and the sums of their products.

    Parameters
    ----------
    lots : float
        How many.
    sums : array, (numbers,)
        Of each; of a ratio the numerator, then the denominator.
    products : array, (numbers, numbers)
        Of what a lot has of each.
    """

    lots: float
    sums: Floats
    products: Floats

    @classmethod
    def of(cls, numbers: Floats) -> Moments:
        """Of so many lots, (numbers, lots)."""
        return cls(numbers.shape[1], numbers.sum(axis=1), numbers @ numbers.T)

    def plus(self, other: Moments) -> Moments:
        """Of the lots of both."""
        return Moments(self.lots + other.lots, self.sums + other.sums, self.products + other.products)

    @classmethod
    def together(cls, parts: list[Moments]) -> Moments:
        """Of the lots of all."""
        return reduce(Moments.plus, parts)

    def spread(self) -> Floats:
        """The variances and covariances of the sums, (numbers, numbers); NaN of one lot."""
        if self.lots < 2:
            return np.full_like(self.products, math.nan)
        left: Floats = self.products - np.outer(self.sums, self.sums) / self.lots
        left[np.abs(left) <= _ROUNDING * np.abs(self.products)] = 0.0
        return left * (self.lots / (self.lots - 1))


def ratio_of_means(sums: Floats, spread: Floats, freedom: float) -> tuple[Estimate, Interval]:
    """The ratio of two means, with the standard error of the delta method and Fieller's interval.

    Parameters
    ----------
    sums : array, (2,)
        The numerator's sum and the denominator's.
    spread : array, (2, 2)
        Their variances and covariance.
    freedom : float
        Degrees of freedom of these.

    Returns
    -------
    Estimate, Interval
        NaN where the denominator is not above zero; an interval is NaN where the denominator may be none, so that the
        ratio has no bound (Fieller 1954, *J. R. Stat. Soc. B* 16).

    Examples
    --------
    >>> found, ends = ratio_of_means(np.array([100.0, 50.0]), np.diag([4.0, 1.0]), 1e6)
    >>> round(found.estimate, 2), round(found.mcse, 4), [round(end, 3) for end in ends]
    (2.0, 0.0566, [1.892, 2.114])
    """
    above, below = (float(one) for one in sums)
    if below <= 0:
        return Estimate(math.nan, math.nan), UNKNOWN
    ratio = above / below
    variance = float(spread[0, 0] - 2 * ratio * spread[0, 1] + ratio**2 * spread[1, 1])
    error = math.sqrt(max(variance, 0.0)) / below
    square = errors(freedom) ** 2
    a = below**2 - square * float(spread[1, 1])
    b = above * below - square * float(spread[0, 1])
    c = above**2 - square * float(spread[0, 0])
    if not a > 0:
        return Estimate(ratio, error), UNKNOWN
    reach = math.sqrt(max(b**2 - a * c, 0.0))
    return Estimate(ratio, error), Interval((b - reach) / a, (b + reach) / a)
