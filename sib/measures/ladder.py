"""The chain ladder: what is still to come of what matures with age, and Mack's standard error. Arrays in, arrays out.

Nothing is believed: what later ages add is learnt from the rows that have reached them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np

from sib.arrays import Floats
from sib.errors import InputError, Problem, nearest

LastSigma = Literal["mack", "log-linear"]


class Ladder(NamedTuple):
    """A triangle carried on to its last age, with how sure that is."""

    factors: Floats  # (ages - 1,), from each age to the next
    sigmas: Floats  # (ages - 1,), the root of a figure's variance at the next age for one unit at this age
    pairs: Floats  # (ages - 1,), how many rows are known at both ages
    figures: Floats  # (rows, ages), as known or carried on
    errors: Floats  # (rows, ages), standard errors of prediction; 0 where known
    total_error: float  # of the sum over rows at the last age


def mack(cumulative: Floats, last_sigma: LastSigma = "mack") -> Ladder:
    r"""The chain ladder with Mack's standard errors, of a triangle of any shape.

    Parameters
    ----------
    cumulative : array, (rows, ages)
        Figures to date, none below zero; NaN where not yet known, which in each row is from some age on. Each age is
        known of one row at least, and of the rows that go on from it something is there. A row with nothing at an age
        is in the factor from there, and in the sigma only if nothing comes.
    last_sigma : {"mack", "log-linear"}
        What stands for a sigma where one row alone is known at both ages: Mack's rule, the least of the two sigmas
        squared before it and of the square of the nearer over the farther; or a straight line through the logarithms of
        those above zero. Of a single sigma before it, Mack's rule takes that one.

    Returns
    -------
    Ladder
        Standard errors are NaN where no age has two rows.

    Raises
    ------
    InputError
        Where there is no such rule, or no line through fewer than two sigmas above zero.

    Notes
    -----
    Mack (1993), *ASTIN Bulletin* 23(2), with :math:`f_k` the factor from age k, :math:`\sigma_k` its sigma, and
    :math:`S_k` the sum at age k of the rows from which it is estimated. The matrix of the covariances of what is
    predicted of the rows goes from age to age by

    .. math:: V_{k+1} = f_k^2 V_k + \sigma_k^2 \left( \mathrm{diag}(c_k) + c_k c_k^\top / S_k \right),

    :math:`c_k` being the figures at age k of the rows that are not known at the next. The first part is chance to come,
    the second that factors are estimated, which all rows share. On a square triangle this is his formula, for the rows
    and for their sum; it asks nothing of the shape.

    Examples
    --------
    >>> found = mack(np.array([[10.0, 20.0, 22.0], [12.0, 28.0, np.nan], [11.0, np.nan, np.nan]]))
    >>> found.factors.round(3).tolist(), found.figures[:, -1].round(2).tolist()
    ([2.182, 1.1], [22.0, 30.8, 26.4])
    """
    known = ~np.isnan(cumulative)
    pair = known[:, 1:]
    here, there = (np.where(pair, part, 0.0) for part in (cumulative[:, :-1], cumulative[:, 1:]))
    volume, pairs = here.sum(axis=0), pair.sum(axis=0).astype(float)
    factors = there.sum(axis=0) / volume
    squares = np.divide((there - factors * here) ** 2, here, out=np.zeros_like(here), where=pair & (here > 0))
    alone, from_nothing = pairs < 2, (pair & (here <= 0) & (there > 0)).sum(axis=0)
    free = np.maximum(pairs - from_nothing - 1.0, 1.0)
    variances = np.divide(squares.sum(axis=0), free, out=np.full_like(pairs, np.nan), where=~alone)
    variances = _completed(variances, last_sigma)

    figures, errors = cumulative.copy(), np.zeros_like(cumulative)
    covariance = np.zeros((len(cumulative), len(cumulative)))
    for age, (factor, variance) in enumerate(zip(factors, variances, strict=True)):
        to_come = ~known[:, age + 1]
        figures[to_come, age + 1] = factor * figures[to_come, age]
        base = np.where(to_come, figures[:, age], 0.0)
        if to_come.any():
            chance, estimate = np.diag(base), np.outer(base, base) / volume[age]
            covariance = factor**2 * covariance + variance * (chance + estimate)
        errors[:, age + 1] = np.where(to_come, np.sqrt(covariance.diagonal()), 0.0)
    return Ladder(factors, np.sqrt(variances), pairs, figures, errors, float(np.sqrt(covariance.sum())))


def _completed(variances: Floats, rule: LastSigma) -> Floats:
    """Sigmas squared, with those that are not known, which are the last, by a rule."""
    if rule not in get_args(LastSigma):
        known = get_args(LastSigma)
        raise InputError(Problem("last_sigma", rule, f"one of {', '.join(known)}", nearest(rule, known)))
    found = variances.copy()
    first = int(np.isfinite(found).sum())
    if first == 0 or first == len(found):
        return found
    if rule == "log-linear":
        (ages,) = np.nonzero(found[:first] > 0)
        if ages.size < 2:
            line = "two ages at least with sigmas above zero, to lay a line through"
            raise InputError(Problem("last_sigma", rule, line, 'use Mack\'s own rule: last_sigma="mack"'))
        slope, level = np.polyfit(ages, np.log(found[ages]), 1)
        found[first:] = np.exp(level + slope * np.arange(first, len(found)))
        return found
    for age in range(first, len(found)):
        near, far = found[age - 1], found[max(age - 2, 0)]
        found[age] = min(near**2 / far, near, far) if far > 0 else 0.0
    return found
