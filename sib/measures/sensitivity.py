"""How much of what a function gives hangs on each of its inputs: Sobol' indices, PAWN distances. Arrays in, arrays out.

Sobol' indices are shares of the variance of the function's values, PAWN distances between their distributions: how
far that of all values is from that of the values where one input is nearly known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sib.arrays import Floats

SLICES = 10  # of an input's range, in each of which it counts as nearly known
_RESAMPLES = 999
_ROUNDING = 1e-9


class Index(NamedTuple):
    """A figure of each input and the ends of its 95% interval, each (inputs,)."""

    estimate: Floats
    low: Floats
    high: Floats


class Sobol(NamedTuple):
    """Of the variance: the share of each input alone, and the share of all in which it has a part."""

    first: Index
    total: Index


class Distance(NamedTuple):
    """Kolmogorov-Smirnov distances between the values in a slice of an input and all of them: over all slices."""

    median: float
    largest: float


def sobol(one: Floats, other: Floats, swapped: Floats, rng: np.random.Generator) -> Sobol:
    """First and total order Sobol' indices of every input and, last, of a dummy.

    Parameters
    ----------
    one, other : array, (points,)
        The function's values at two independent sets of points; a power of two.
    swapped : array, (inputs, points)
        Its values at the first set of points, with one input taken from the second.
    rng : Generator
        Points are drawn again with it, for the intervals.

    Returns
    -------
    Sobol
        NaN where the values do not vary: shares of nothing. Of the dummy, which moves no value, zero. Chance may carry
        a small index below zero.

    Notes
    -----
    The estimators are those of `scipy.stats.sobol_indices` (Saltelli et al. 2010). The intervals are between quantiles
    of its bootstrap, on points that are drawn again together: its own takes no seed.

    Examples
    --------
    Where one input is all there is:

    >>> one, other = np.array([0.0, 1.0, 2.0, 3.0]), np.array([2.0, 0.0, 3.0, 1.0])
    >>> sobol(one, other, other[None], np.random.default_rng(1)).total.estimate.round(2).tolist()
    [1.0, 0.0]
    """
    pages = np.concatenate((swapped, one[None]))
    if np.ptp((one, other)) <= _ROUNDING * np.abs((one, other)).max():
        unknown = Index(*np.full((3, len(pages)), np.nan))
        return Sobol(unknown, unknown)
    size = one.size
    resampled = (rng.integers(0, size, size) for _ in range(_RESAMPLES))
    again = np.array([_indices(one[to], other[to], pages[:, to]) for to in resampled])
    low, high = np.quantile(again, (0.025, 0.975), axis=0)
    found = _indices(one, other, pages)
    first, total = (Index(found[order], low[order], high[order]) for order in (0, 1))
    return Sobol(first, total)


def _indices(one: Floats, other: Floats, pages: Floats) -> Floats:
    """First and total order of each page, (2, pages)."""
    from scipy.stats import sobol_indices  # loaded when it is first asked for: that takes a second

    found = sobol_indices(func={"f_A": one[None], "f_B": other[None], "f_AB": pages[:, None]}, n=one.size)
    return np.array((found.first_order, found.total_order))


def pawn(inputs: Floats, values: Floats, slices: int = SLICES) -> Distance:
    """How far the distribution of a function's values moves where one input is nearly known.

    Parameters
    ----------
    inputs, values : array, (points,)
        The input, and the function's values.
    slices : int
        Into how many slices of as many points the input's range is cut. Points with the same input are in the same
        slice, and every point is in one.

    Returns
    -------
    Distance
        Between 0 and 1. An input without any bearing has a distance too: few points lie in a slice.

    Notes
    -----
    Pianosi & Wagener (2015, 2018), *Environ. Model. Softw.* 67 and 108.

    Examples
    --------
    >>> known = np.repeat([1.0, 2.0], 50)
    >>> pawn(known, known)
    Distance(median=0.5, largest=0.5)
    """
    edges = np.unique(np.quantile(inputs, np.arange(1, slices) / slices))
    slice_of = np.searchsorted(edges, inputs, side="right")
    found = [_distance(values[slice_of == number], values) for number in np.unique(slice_of)]
    return Distance(float(np.median(found)), max(found))


def _distance(some: Floats, every: Floats) -> float:
    """The largest gap between the shares of some and of all values that are at or below a level."""
    shares = [np.searchsorted(np.sort(part), every, side="right") / part.size for part in (some, every)]
    return float(np.abs(shares[0] - shares[1]).max())
