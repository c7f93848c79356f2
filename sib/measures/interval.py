"""Intervals of 95% about a figure of simulated paths: where it would lie with very many paths, not what may happen.

A standard error of zero is not certainty: an event that no path met may be met by the next one. So a share has Wilson's
interval, which is never a point; a quantile has the values at two ranks; the rest have as many standard errors as
Student's law asks for where these come from few lots. NaN where the paths do not tell.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sib.chance.special import student_quantile

LEVEL = 0.95


class Interval(NamedTuple):
    """The ends of an interval."""

    low: float
    high: float


UNKNOWN = Interval(math.nan, math.nan)


def errors(freedom: float) -> float:
    """Standard errors to either side, where the standard error has so many degrees of freedom.

    Examples
    --------
    >>> round(errors(9), 3), round(errors(math.inf), 3)
    (2.262, 1.96)
    """
    return float(student_quantile(min(freedom, 1e9), (1.0 + LEVEL) / 2)) if freedom >= 1 else math.nan


def about(estimate: float, error: float, freedom: float) -> Interval:
    """So many standard errors to either side of an estimate that is nearly normal.

    NaN where the error is zero: of what is the same on all paths these do not tell how it may differ on others.
    """
    reach = errors(freedom) * error if error > 0 else math.nan
    return Interval(estimate - reach, estimate + reach)


def of_share(share: float, size: float, freedom: float = math.inf) -> Interval:
    """Wilson's score interval of a probability.

    Parameters
    ----------
    share : float
        Of the paths on which an event happened.
    size : float
        How many independent paths the share is worth: as many as there are, but where the paths are drawn together or
        share worlds.
    freedom : float
        Degrees of freedom of the standard error that says so.

    Returns
    -------
    Interval
        Those probabilities from which the share is as far as `errors` standard errors at most (Wilson 1927; with the
        effective size Korn & Graubard 1998). It holds 0 and 1 where the share is 0 or 1, and is never a point.

    Examples
    --------
    Of 2,000 paths no one met the event:

    >>> low, high = of_share(0.0, 2_000)
    >>> low, round(high, 4)
    (0.0, 0.0019)
    """
    square = errors(freedom) ** 2 / size if size > 0 else math.nan
    if math.isnan(square + share):
        return UNKNOWN
    middle = (share + square / 2) / (1 + square)
    reach = math.sqrt(square * share * (1 - share) + square**2 / 4) / (1 + square)
    return Interval(middle - reach if share > 0 else 0.0, middle + reach if share < 1 else 1.0)
