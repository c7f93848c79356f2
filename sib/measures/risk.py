"""Risk figures of a sample of paths, each with its Monte Carlo standard error. Arrays in, numbers out.

Losses are positive here: a loss of 1 is all that was paid in, a negative one is a gain. The sample is what it is:
a path without a number, as one that has no internal rate of return, is refused and not passed over, because figures of
the other paths are conditional on their having one. Who means these takes the paths out, ``rates[~np.isnan(rates)]``,
and says how many they are, ``probability(np.isnan(rates))``. Infinity is refused too: no mean or shortfall has it.
Quantiles are values that occurred, the least one with at least the level's share of paths at or below it, because a
contract pays in jumps and a value between two jumps is one that nobody can receive.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sib.arrays import Floats
from sib.errors import between
from sib.measures import arguments
from sib.measures.interval import UNKNOWN, Interval

__all__ = [
    "Estimate",
    "Interval",
    "expected_shortfall",
    "loss_probability",
    "mean",
    "probability",
    "quantile",
    "quantile_bounds",
    "total_loss_probability",
    "value_at_risk",
]

TWO = 2.0  # binomial standard deviations of a rank, that hold a quantile 95 times in 100
_LARGE = 1 << 16  # values above which only a part is sorted
_LOOK = 4096  # values that say where that part is
_REACH = 2.5  # how far it reaches, in roots of that number: five standard deviations of a median's rank, or more


class Estimate(NamedTuple):
    """A figure and its Monte Carlo standard error; both are NaN where no path tells anything."""

    estimate: float
    mcse: float


def mean(sample: ArrayLike) -> Estimate:
    """Mean of a sample.

    Parameters
    ----------
    sample : array_like, (paths,)

    Returns
    -------
    Estimate
        The standard error is the sample's standard deviation over the root of its size.

    Raises
    ------
    InputError
        Where a value is no finite real number.

    Examples
    --------
    >>> mean([1.0, 2.0, 3.0]).estimate
    2.0
    """
    values = _sample("sample", sample)
    if values.size == 0:
        return Estimate(math.nan, math.nan)
    error = values.std(ddof=1) / math.sqrt(values.size) if values.size > 1 else math.nan
    return Estimate(float(values.mean()), float(error))


def probability(event: ArrayLike) -> Estimate:
    """Share of paths on which an event happened.

    Parameters
    ----------
    event : array_like of bool, (paths,)
        Or of numbers that are 0 or 1.

    Returns
    -------
    Estimate
        The standard error is ``sqrt(p (1 - p) / paths)``.

    Raises
    ------
    InputError
        Where a value is neither: NaN does not say whether the event happened.

    Examples
    --------
    >>> probability([True, False, False, True]).estimate
    0.5
    """
    happened = arguments.events("event", event).ravel()
    return share(int(np.count_nonzero(happened)), happened.size)


def share(happened: int, paths: int) -> Estimate:
    """As `probability`, of an event that happened on so many of so many paths."""
    if paths == 0:
        return Estimate(math.nan, math.nan)
    part = happened / paths
    return Estimate(part, math.sqrt(part * (1 - part) / paths) if paths > 1 else math.nan)


def loss_probability(loss: ArrayLike) -> Estimate:
    """Share of paths with a loss above zero.

    Parameters
    ----------
    loss : array_like, (paths,)
        Positive = lost. Same raises as `mean`.

    Examples
    --------
    >>> loss_probability([1.0, 0.2, 0.0, -0.4]).estimate
    0.5
    """
    return probability(_sample("loss", loss) > 0)


def total_loss_probability(loss: ArrayLike) -> Estimate:
    """Share of paths on which all is lost.

    Parameters
    ----------
    loss : array_like, (paths,)
        As a share of what was paid in; 1 is all of it. Same raises as `mean`.

    Examples
    --------
    >>> total_loss_probability([1.0, 0.2, 0.0, -0.4]).estimate
    0.25
    """
    return probability(_sample("loss", loss) >= 1)


def quantile(sample: ArrayLike, level: float) -> Estimate:
    """Quantile of a sample: the least value with at least a share `level` of paths at or below it.

    Parameters
    ----------
    sample : array_like, (paths,)
    level : float
        Above 0 and below 1.

    Returns
    -------
    Estimate
        The standard error is a quarter of the distance between the order statistics two binomial standard
        deviations to either side (Serfling 1980, *Approximation Theorems*, 2.6). It is zero well within an atom. Where
        the level falls close to the edge of one, the quantile may still be on its other side with another seed.

    Raises
    ------
    InputError
        Where the level is not between 0 and 1, or a value is no finite real number.

    Examples
    --------
    >>> quantile([4.0, 1.0, 3.0, 2.0], 0.5).estimate
    2.0
    """
    values, inside = _sample("sample", sample), arguments.level("level", level)
    size = values.size
    if size == 0:
        return Estimate(math.nan, math.nan)
    places = ranks(size, inside)
    at, low, high = order_statistics(values, places)
    return Estimate(at, (high - low) / 4 if size > 1 else math.nan)


def quantile_bounds(sample: ArrayLike, level: float, deviations: float = TWO) -> Interval:
    """Interval of a quantile: the values two binomial standard deviations of its rank below and above.

    Parameters
    ----------
    sample : array_like, (paths,)
    level : float
        Above 0 and below 1.
    deviations : float, default 2
        How many deviations, above 0 and below 100: fewer where paths are spread more evenly than independent ones.

    Returns
    -------
    Interval
        It holds the quantile of very many paths with a probability of about 95%, whatever the distribution, and of more
        where it has jumps (David & Nagaraja 2003, *Order Statistics*, 7.1). An end is NaN where the sample is too
        small to have that rank. Same raises as `quantile`.

    Examples
    --------
    >>> quantile_bounds(range(100), 0.5)
    Interval(low=39.0, high=60.0)
    """
    values, inside = _sample("sample", sample), arguments.level("level", level)
    rule, remedy = "above 0 and below 100", "pass 2.0 for about 95 per cent"
    deviations = between(deviations, 0.0, 100.0, "deviations", rule, remedy)
    if values.size == 0:
        return UNKNOWN
    _, low, high = order_statistics(values, ranks(values.size, inside, deviations))
    below, above = beyond(values.size, inside, deviations)
    return Interval(math.nan if below else low, math.nan if above else high)


def value_at_risk(loss: ArrayLike, level: float = 0.95) -> Estimate:
    """Value at risk: the loss that is not exceeded with probability `level`.

    Parameters
    ----------
    loss : array_like, (paths,)
        Positive = lost.
    level : float, default 0.95

    Returns
    -------
    Estimate
        In the units of the losses, positive = lost. Same raises as `quantile`.

    Examples
    --------
    >>> value_at_risk([1.0, 0.5, 0.0, -0.5], 0.5).estimate
    0.0
    """
    return quantile(_sample("loss", loss), level)


def expected_shortfall(loss: ArrayLike, level: float = 0.95) -> Estimate:
    """Expected shortfall: the mean of the worst ``1 - level`` share of paths.

    Parameters
    ----------
    loss : array_like, (paths,)
        Positive = lost.
    level : float, default 0.95

    Returns
    -------
    Estimate
        ``VaR + mean(max(loss - VaR, 0)) / (1 - level)``, which counts an atom at the value at risk only as far as it
        reaches into the tail (Acerbi & Tasche 2002; Rockafellar & Uryasev 2002). The standard error is that of the
        mean, the value at risk being a minimum of the expression. Same raises as `quantile`.

    Examples
    --------
    >>> expected_shortfall([1.0, 0.5, 0.0, -0.5], 0.5).estimate
    0.75
    """
    values, inside = _sample("loss", loss), arguments.level("level", level)
    at = quantile(values, inside).estimate
    if values.size == 0:
        return Estimate(math.nan, math.nan)
    excess = mean(np.maximum(values - at, 0.0))
    return Estimate(at + excess.estimate / (1 - inside), excess.mcse / (1 - inside))


def _sample(name: str, sample: ArrayLike) -> Floats:
    return arguments.numbers(name, sample).ravel()


def order_statistics(values: Floats, places: Sequence[int]) -> list[float]:
    """The values at some positions, from 0, of a sample if it were sorted; quickest where these are close together.

    Of a large sample only a window about them is sorted, which is put by a look at a few thousand values.
    """
    part, shift = values, 0
    if values.size > _LARGE:
        step = values.size // _LOOK
        some = np.sort(values[::step])
        reach = math.ceil(_REACH * math.sqrt(some.size))
        first, last = min(places) // step - reach, max(places) // step + reach
        low = some[first] if first >= 0 else -np.inf
        high = some[last] if last < some.size else np.inf
        inside = values >= low
        shift = values.size - int(np.count_nonzero(inside))
        inside &= values <= high
        part = values[inside]
        if min(places) < shift or max(places) - shift >= part.size:  # the few were not like the many
            part, shift = values, 0
    wanted = [place - shift for place in places]
    return [float(value) for value in np.partition(part, sorted(set(wanted)))[wanted]]


def quantiles(values: Floats, levels: Sequence[float]) -> list[float]:
    """As `quantile` at several levels, of a sample of finite numbers that is not empty, and without errors."""
    if values.strides == (0,):  # one value, held once
        return [float(values[0])] * len(levels)
    places = [_rank(values.size, level) for level in levels]
    return [float(value) for value in np.partition(values, sorted(set(places)))[places]]


def ranks(size: int, level: float, deviations: float = TWO) -> list[int]:
    """Positions from 0 in the sorted sample of a quantile, and so many deviations of its rank below and above."""
    return [_rank(size, level), *(min(max(rank, 1), size) - 1 for rank in _bounds(size, level, deviations))]


def beyond(size: int, level: float, deviations: float = TWO) -> tuple[bool, bool]:
    """Whether the ranks below and above a quantile lie outside the sample, which is too small to bound it there."""
    low, high = _bounds(size, level, deviations)
    return low < 1, high > size


def _bounds(size: int, level: float, deviations: float) -> tuple[int, int]:
    """Ranks, from 1, of the values that hold a quantile.

    Of the paths between so many binomial standard deviations below and above the level's share of them lie at or below
    the quantile: it is at least the value of the first of these ranks, and below that of the one after the last.
    """
    spread = deviations * math.sqrt(size * level * (1 - level))
    return round(size * level - spread), round(size * level + spread) + 1


def _rank(size: int, level: float) -> int:
    """Position from 0 of the least value with at least a share `level` at or below it."""
    return min(max(math.ceil(size * level - 1e-9) - 1, 0), size - 1)
