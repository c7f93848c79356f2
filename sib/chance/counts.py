"""Quantiles of counts: how many events, or persons, there are at a coordinate between 0 and 1. Arrays in, arrays out.

A sampler that rejects takes more random numbers for one mean than for another, so that a small change of a belief gives
the same persons other luck. A quantile takes one number a count, whatever the mean is: a future is a point in the unit
cube, and moving a belief moves every count by whole events, in one direction. The laws are exact.

Poisson, binomial and negative binomial are one class (Panjer 1981): with ``c`` 0, ``-p`` or ``mean / shape``, the
variance is ``mean (1 + c)``, and all else follows from the mean and c. Most quantiles come from the expansion of
Cornish & Fisher (1938) in the normal score, of the law between the whole numbers, whose cumulants are those of the
count less those of a uniform number (Sheppard 1898); for c = 0 that is the expansion of Giles (2016, *Algorithm 955*).
Where it falls near the boundary of two counts, or cannot be trusted, the distribution function itself decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sib.arrays import Floats, alike
from sib.chance.special import HIGHEST, betainc, gammaincc, gammaln, ndtri

Rows = NDArray[np.intp]
Distribution = Callable[[Floats, Rows], Floats]  # P(count <= k) at some of the coordinates

_FEW: Final = 1.5  # a mean below which counting up from none is quicker
_COUNTED: Final = 700.0  # minus the logarithm of the least chance of none from which it can count up
_STEPS: Final = 64  # how far it counts up at most
_SURE: Final = 1e-9  # the expansion's own rounding, in counts
_ROUNDING: Final = 1e-15  # and relative to the mean
_NEARLY: Final = 1e-12


def poisson(u: Floats, mean: ArrayLike) -> Floats:
    """Quantiles of the Poisson law.

    Parameters
    ----------
    u : array
        Coordinates between 0 and 1, and neither.
    mean : float or array
        From 0 up. Broadcasts to the shape of `u`.

    Returns
    -------
    array
        The least count whose distribution function is `u` or more; whole numbers.

    Examples
    --------
    >>> poisson(np.array([0.1, 0.5, 0.9]), 3.0)
    array([1., 3., 5.])
    """
    means = _flat(mean, u)
    return _panjer(means < _FEW, u, means, np.zeros(()), lambda k, at: gammaincc(k + 1.0, _some(means, at)))


def negative_binomial(u: Floats, shape: ArrayLike, mean: ArrayLike) -> Floats:
    """Quantiles of the negative binomial law: Poisson, whose mean is gamma. Its variance is ``m + m**2 / shape``.

    Parameters
    ----------
    u : array
        Coordinates between 0 and 1, and neither.
    shape : float or array
        Above 0. Infinite ones give the Poisson law.
    mean : float or array
        From 0 up. Both broadcast to the shape of `u`.

    Returns
    -------
    array
        The least count whose distribution function is `u` or more; whole numbers.

    Examples
    --------
    >>> negative_binomial(np.array([0.1, 0.5, 0.9]), 0.8, 3.0)
    array([0., 2., 8.])
    """
    shapes, means = _flat(shape, u), _flat(mean, u)
    if np.isinf(shapes).all():
        return poisson(u, mean)
    odds = means / shapes
    none = 1.0 / (1.0 + odds)
    variance, spread = means * (1.0 + odds), 1.0 + odds * (1.0 + odds)
    few = means < _FEW
    skew = spread * spread * np.sqrt(spread) > variance * variance  # too skew to expand
    if skew.any():
        few = few | skew & (shapes * np.log1p(odds) < _COUNTED)
    return _panjer(few, u, means, odds, lambda k, at: betainc(_some(shapes, at), k + 1.0, _some(none, at)))


def binomial(u: Floats, size: ArrayLike, share: ArrayLike) -> Floats:
    """Quantiles of the binomial law.

    Parameters
    ----------
    u : array
        Coordinates between 0 and 1, and neither.
    size : float or array
        How many persons there are: whole numbers from 0 up.
    share : float or array
        The chance of each, from 0 to 1. Both broadcast to the shape of `u`.

    Returns
    -------
    array
        The least count whose distribution function is `u` or more; whole numbers.

    Examples
    --------
    >>> binomial(np.array([0.1, 0.5, 0.9]), 10, 0.3)
    array([1., 3., 5.])
    """
    sizes, shares, at = _flat(size, u), _flat(share, u), u.ravel()
    some = np.flatnonzero(at > 1.0 - sizes * shares - _NEARLY)  # elsewhere nobody: Bernoulli's inequality
    if some.size < at.size / 2:
        result = np.zeros(at.size)
        if some.size:
            result[some] = binomial(at[some], _some(sizes, some), _some(shares, some))
        return result.reshape(u.shape)
    mirrored = shares > 0.5  # counted by those who have it not
    if mirrored.any():
        at, shares = np.where(mirrored, _from_above(at), at), np.where(mirrored, 1.0 - shares, shares)

    def distribution(k: Floats, rows: Rows) -> Floats:
        left = _some(sizes, rows) - k
        return np.where(left > 0, betainc(np.maximum(left, 1.0), k + 1.0, 1.0 - _some(shares, rows)), 1.0)

    means = sizes * shares
    found = np.minimum(_panjer(means < _FEW, at, means, -shares, distribution), sizes)
    if mirrored.any():
        found = np.where(mirrored, sizes - found, found)
    return found.reshape(u.shape)


def hypergeometric(u: Floats, good: ArrayLike, bad: ArrayLike, taken: ArrayLike) -> Floats:
    """Quantiles of the hypergeometric law: how many of those who are taken are good.

    Parameters
    ----------
    u : array
        Coordinates between 0 and 1, and neither.
    good, bad, taken : float or array
        How many there are of either kind, and how many are taken, without putting back: whole numbers from 0 up, no
        more taken than there are. They broadcast to the shape of `u`.

    Returns
    -------
    array
        The least count whose distribution function is `u` or more; whole numbers.

    Examples
    --------
    >>> hypergeometric(np.array([0.1, 0.5, 0.9]), 30, 70, 10)
    array([1., 3., 5.])
    """
    goods, bads, takens = (np.broadcast_to(np.asarray(x, dtype=float), u.shape).ravel() for x in (good, bad, taken))
    size = goods + bads
    left, other = takens > size / 2.0, goods > size / 2.0  # the rarer kind, among the fewer: who are left, who are bad
    few, kind = np.where(left, size - takens, takens), np.where(other, bads, goods)
    at = u.ravel()
    found = _rarer(np.where(left ^ other, _from_above(at), at), kind, size, few)
    found = np.where(other, few - found, found)
    return np.where(left, goods - found, found).reshape(u.shape)


def _flat(value: ArrayLike, u: Floats) -> Floats:
    """One value for all coordinates, without axes, or one for each in a row."""
    found = alike(np.asarray(value, dtype=float))
    return found if found.ndim == 0 else np.broadcast_to(found, u.shape).ravel()


def _from_above(u: Floats) -> Floats:
    """The same coordinates counted from one: below one, as they were above zero."""
    return np.minimum(1.0 - u, HIGHEST)


def _some(values: Floats, at: Rows) -> Floats:
    return values if values.ndim == 0 else values[at]


def _panjer(few: NDArray[np.bool_], u: Floats, mean: Floats, c: Floats, distribution: Distribution) -> Floats:
    """Quantiles of a law with this mean and the variance ``mean (1 + c)``, each one number or one a coordinate."""
    return _parted(few, u.ravel(), (mean, c), _panjer_few, _panjer_many, distribution).reshape(u.shape)


Law = Callable[
    ..., Floats
]  # quantiles at coordinates, given one parameter after the other, and a distribution function


def _parted(
    few: NDArray[np.bool_], u: Floats, parameters: tuple[Floats, ...], few_law: Law, many: Law, exact: Distribution
) -> Floats:
    """Quantiles in one way where there are few, and in another where there are many."""
    if few.all() or not few.any():
        return (few_law if few.all() else many)(u, *parameters, exact)
    found = np.empty(u.shape)
    for rows, law in ((np.flatnonzero(few), few_law), (np.flatnonzero(~few), many)):
        found[rows] = law(u[rows], *(_some(value, rows) for value in parameters), _of(exact, rows))
    return found


def _panjer_few(u: Floats, mean: Floats, c: Floats, distribution: Distribution) -> Floats:
    """By Panjer's recursion: each chance is ``a + b / k`` times the one before."""
    more = 1.0 + c
    with np.errstate(invalid="ignore"):
        log_over = np.where(more == 1.0, 1.0, np.log(more) / (more - 1.0))  # log1p(c) / c, to the last digit
    a, b = c / more, (mean - c) / more
    none = np.broadcast_to(np.exp(-mean * log_over), u.shape)
    return _counted_up(u, none, lambda k, at: np.maximum(_some(a, at) + _some(b, at) / k, 0.0), distribution)


def _panjer_many(u: Floats, mean: Floats, c: Floats, distribution: Distribution) -> Floats:
    return _decided(u, *_expanded(ndtri(u), mean, c), distribution)


def _of(distribution: Distribution, rows: Rows) -> Distribution:
    """The distribution function at some of the coordinates, counted among these."""
    return lambda k, at: distribution(k, rows[at])


def _expanded(z: Floats, mean: Floats, c: Floats) -> tuple[Floats, Floats]:
    """Where the quantile lies between the whole numbers, to the third term after the normal, and how unsure that is.

    A level between k - 1 and k is the count k.
    """
    sd = np.sqrt(mean * (1.0 + c))
    skew, t = 1.0 + 2.0 * c, c * (1.0 + c)
    z2 = z * z
    level = mean - 0.5 + sd * z + skew / 6.0 * (z2 - 1.0)
    level += z * ((2.0 * t - 1.0) / 72.0 / sd * z2 - (14.0 * t + 2.0) / 72.0 / sd)
    level += skew * (2.0 - t) / 1620.0 / (sd * sd) * ((3.0 * z2 + 7.0) * z2 - 16.0)
    # three times what bounds the fourth term, and the fifth where the fourth is zero
    spread = 1.0 + np.abs(t)
    scale = 3.0 * spread * spread / (sd * sd * sd)
    unsure = np.abs(z) * ((0.0014 * z2 + 0.0066) * z2 + 0.0175) + 0.01 * np.sqrt(spread) / sd
    return level, unsure * scale + (_SURE + _ROUNDING * mean)


def _decided(u: Floats, level: Floats, unsure: Floats, distribution: Distribution) -> Floats:
    """The count in which a level lies; by the law itself where the level is no further from a boundary than unsure."""
    boundary, found = np.rint(level), np.ceil(level)
    at = np.flatnonzero(np.abs(level - boundary) < unsure)
    if at.size:
        k = np.maximum(boundary[at], 0.0)
        found[at] = np.where(distribution(k, at) >= u[at], k, k + 1.0)
        far = at[unsure[at] >= 0.5]
        if far.size:
            found[far] = _searched(u[far], np.maximum(boundary[far], 0.0), _of(distribution, far))
    return np.maximum(found, 0.0)


def _searched(u: Floats, start: Floats, distribution: Distribution) -> Floats:
    """The least count whose distribution function is u or more: bracketed from a start, then halved."""
    low, high = start - 1.0, start.copy()  # the function is below u at low, and at high it is not
    step, rows = 1.0, np.arange(u.size)
    while (rows := rows[distribution(high[rows], rows) < u[rows]]).size:
        low[rows] = high[rows]
        high[rows] += step
        step *= 2.0
    step, rows = 1.0, np.arange(u.size)
    while (rows := rows[low[rows] >= 0]).size and (rows := rows[distribution(low[rows], rows) >= u[rows]]).size:
        high[rows] = low[rows]
        low[rows] = np.maximum(low[rows] - step, -1.0)
        step *= 2.0
    while (rows := np.flatnonzero(high - low > 1.0)).size:
        middle = np.floor((low[rows] + high[rows]) / 2.0)
        enough = distribution(middle, rows) >= u[rows]
        high[rows[enough]] = middle[enough]
        low[rows[~enough]] = middle[~enough]
    return high


Ratio = Callable[[int, Rows], Floats]  # P(count = k) / P(count = k - 1) at some of the coordinates


def _counted_up(u: Floats, none: Floats, ratio: Ratio, distribution: Distribution) -> Floats:
    """The quantile, found by adding up the chances of 0, 1, 2 ..., each from the one before."""
    found = np.zeros(u.shape)
    rows = np.flatnonzero(none < u)
    chance = none[rows]
    up_to = chance
    for k in range(1, _STEPS):
        if not rows.size:
            return found
        chance = chance * ratio(k, rows)
        up_to = up_to + chance
        found[rows] = k
        left = np.flatnonzero((up_to < u[rows]) & (chance > 0))
        rows, chance, up_to = rows[left], chance[left], up_to[left]
    if rows.size:
        found[rows] = _searched(u[rows], np.full(rows.size, float(_STEPS)), _of(distribution, rows))
    return found


def _rarer(u: Floats, kind: Floats, size: Floats, taken: Floats) -> Floats:
    """Hypergeometric quantiles, where the kind is half of all at most, and half of all are taken at most."""
    others = size - kind - taken

    def log_chance(k: Floats, at: Rows) -> Floats:
        among, few, all_of = kind[at], taken[at], size[at]
        ways = _log_choose(among, k) + _log_choose(all_of - among, few - k)
        return ways - _log_choose(all_of, few)

    def distribution(k: Floats, at: Rows) -> Floats:
        """Adds up the chances of k and fewer, or of more, whichever are further from the mean, until they vanish."""
        below = k * size[at] < kind[at] * taken[at]
        j = np.where(below, k, k + 1.0)
        among, few, rest = kind[at], taken[at], others[at]
        possible = j <= np.minimum(among, few)
        j = np.minimum(j, np.minimum(among, few))
        term = np.where(possible, np.exp(log_chance(j, at)), 0.0)
        total = np.zeros_like(term)
        rows = np.arange(j.size)
        while rows.size:
            total[rows] += term[rows]
            here, up = j[rows], ~below[rows]
            more = (among[rows] - here) * (few[rows] - here) / ((here + 1.0) * (rest[rows] + here + 1.0))
            fewer = here * (rest[rows] + here) / ((among[rows] - here + 1.0) * (few[rows] - here + 1.0))
            term[rows] *= np.where(up, more, fewer)
            j[rows] += np.where(up, 1.0, -1.0)
            rows = rows[term[rows] > 1e-18 * total[rows]]
        return np.where(below, total, 1.0 - total)

    mean = np.divide(kind * taken, size, out=np.zeros_like(size), where=size > 0)
    found = np.empty(u.shape)
    few = mean < 12.0
    rows = np.flatnonzero(few)
    if rows.size:
        none = np.exp(log_chance(np.zeros(rows.size), rows))

        def ratio(k: int, at: Rows) -> Floats:
            at = rows[at]
            return (kind[at] - k + 1.0) * (taken[at] - k + 1.0) / (k * (others[at] + k))

        found[rows] = _counted_up(u[rows], none, ratio, _of(distribution, rows))
    rows = np.flatnonzero(~few)
    if rows.size:
        level, unsure = _without_putting_back(ndtri(u[rows]), mean[rows], kind[rows], size[rows], taken[rows])
        found[rows] = _decided(u[rows], level, unsure, _of(distribution, rows))
    return np.minimum(found, np.minimum(kind, taken))


def _log_choose(n: Floats, k: Floats) -> Floats:
    return gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)


def _without_putting_back(z: Floats, mean: Floats, kind: Floats, size: Floats, taken: Floats) -> tuple[Floats, Floats]:
    """As `_expanded`, to the second term, from the hypergeometric law's skewness and excess kurtosis."""
    apart = kind * (size - kind) * taken * (size - taken)
    sd = np.sqrt(apart / (size - 1.0)) / size
    skew = (size - 2.0 * kind) * (size - 2.0 * taken) / (size - 2.0) * np.sqrt((size - 1.0) / apart)
    both = kind * (size - kind) + taken * (size - taken)
    kurtosis = (size - 1.0) * size**2 * (size * (size + 1.0) - 6.0 * both) + 6.0 * apart * (5.0 * size - 6.0)
    kurtosis /= apart * (size - 2.0) * (size - 3.0)
    z2 = z * z
    level = mean - 0.5 + sd * z + sd * skew * (z2 - 1.0) / 6.0 - z / (24.0 * sd)
    level += sd * z * (kurtosis * (z2 - 3.0) / 24.0 - skew**2 * (2.0 * z2 - 5.0) / 36.0)
    unsure = 3.0 * ((0.004 * z2 + 0.009) * z2 + 0.01) / (sd * sd)
    return level, unsure + (_SURE + _ROUNDING * mean)
