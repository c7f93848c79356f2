"""When people come and how long they take: laws of months, kept to whole months. Arrays in, arrays out.

A date is kept to its month, and the day within it is as likely as any. So what takes T months from a day in month 0
falls into month ``floor(u + T)``, u being uniform: with the chance that follows from how many months are left of any
deadline on average, ``E(x - T)+``, of which the chance of month k is the second difference at k. The mean is kept, and
whole numbers of months stay what they are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats

_NOBODY = 1e-300


class Delay(ABC):
    """How many months somebody takes, of whom some may never."""

    @property
    @abstractmethod
    def longest(self) -> float:
        """The most months that anybody takes who does; infinite where there is no bound."""

    @abstractmethod
    def left(self, deadline: Floats) -> Floats:
        """How many months are left of a deadline on average when it is done, ``E(x - T)+``: none where it is later.

        Parameters
        ----------
        deadline : array
            Months, from 0 up.

        Returns
        -------
        array
            Of the same shape.
        """

    def chances(self, most: int, stretch: Floats | None = None) -> Floats:
        """The chance of each month, from the one in which it begins.

        Parameters
        ----------
        most : int
            The last month that is asked for.
        stretch : array, (paths,), optional
            A factor of all months.

        Returns
        -------
        array, (most + 1, 1) or (most + 1, paths)
            Adding up to one at most: the rest takes longer, or never does.
        """
        factor = np.ones(1) if stretch is None else stretch
        ends = np.maximum(np.arange(-1.0, most + 2.0), 0.0)[:, None]
        area = factor * self.left(ends / factor)
        found: Floats = np.maximum(area[2:] - 2.0 * area[1:-1] + area[:-2], 0.0)
        return found


@dataclass(frozen=True)
class EachAsLikely(Delay):
    """A whole number of months between two, each as likely."""

    least: int
    most: int

    @property
    def longest(self) -> float:
        """The last month."""
        return float(self.most)

    def left(self, deadline: Floats) -> Floats:
        """The mean over the months, of which those up to the deadline count."""
        number = self.most - self.least + 1
        over = np.clip(np.floor(deadline) - (self.least - 1), 0.0, number)
        found: Floats = over * (deadline - self.least - (over - 1.0) / 2.0) / number
        return found


@dataclass(frozen=True)
class Exponential(Delay):
    """As likely in each month as in the one before, of those who have not yet; a share never do (a cure fraction).

    The mixture model of Boag 1949 (*J. Royal Statistical Society B* 11) with an exponential law.
    """

    mean: float
    never: float

    @property
    def longest(self) -> float:
        """There is no bound."""
        return np.inf

    def left(self, deadline: Floats) -> Floats:
        """``x - m (1 - exp(-x / m))``, of those who ever do."""
        found: Floats = (1.0 - self.never) * (deadline + self.mean * np.expm1(-deadline / self.mean))
        return found


@dataclass(frozen=True)
class Curve(Delay):
    """A curve of cumulative shares, straight between its points; who has not by its end never does."""

    months: Floats
    shares: Floats

    @property
    def longest(self) -> float:
        """The end of the curve."""
        return float(self.months[-1])

    def left(self, deadline: Floats) -> Floats:
        """The area under the curve up to the deadline."""
        at, share = np.concatenate([[0.0], self.months]), np.concatenate([[0.0], self.shares])
        area = np.concatenate([[0.0], np.cumsum(np.diff(at) * (share[1:] + share[:-1]) / 2.0)])
        piece = np.clip(np.searchsorted(at, deadline, side="right") - 1, 0, len(at) - 2)
        into = np.minimum(deadline - at[piece], at[piece + 1] - at[piece])
        slope = (share[piece + 1] - share[piece]) / (at[piece + 1] - at[piece])
        beyond = np.maximum(deadline - at[-1], 0.0) * share[-1]
        found: Floats = area[piece] + into * (share[piece] + slope * into / 2.0) + beyond
        return found


@dataclass(frozen=True)
class Intake:
    """Over which months the persons of a cohort enrol.

    Parameters
    ----------
    cohort : str
        Whose persons they are.
    persons : float
        How many are planned.
    pace : array, (months,)
        How many come in each month of the plan, relative to an even intake; one where all is as planned.
    """

    cohort: str
    persons: float
    pace: Floats

    def come(self, share: Floats) -> Floats:
        """How many persons come, in whole numbers, given which share of the plan, of the same shape."""
        found: Floats = np.rint(self.persons * share)
        return found

    def chances(self, most: int, late: Floats | None = None, stretch: Floats | None = None) -> Floats:
        """Of those who come, the share that enrol in each month from the first of the plan.

        Parameters
        ----------
        most : int
            The last month that is asked for.
        late : array, (paths,), optional
            By how many months all is later.
        stretch : array, (paths,), optional
            A factor of the months over which they enrol.

        Returns
        -------
        array, (most + 1, 1) or (most + 1, paths)
            Adding up to one at most: the rest come later.
        """
        after = np.zeros(1) if late is None else late
        factor = np.ones(1) if stretch is None else stretch
        ends = (np.arange(most + 2.0)[:, None] - after) / factor
        so_far = np.concatenate([[0.0], np.cumsum(self.pace)]) / max(self.pace.sum(), _NOBODY)
        found: Floats = np.diff(np.interp(ends, np.arange(len(so_far)), so_far), axis=0)
        return found


def later(first: Floats, then: Floats) -> Floats:
    """The chance of each month of what takes one number of months after another.

    Parameters
    ----------
    first, then : array, (months, 1) or (months, paths)
        The chances of the months of either, from month 0.

    Returns
    -------
    array, (months of the first, 1 or paths)

    Examples
    --------
    >>> later(np.array([[0.5], [0.5], [0.0]]), np.array([[0.0], [1.0]])).ravel()
    array([0. , 0.5, 0.5])
    """
    found = np.zeros((len(first), max(first.shape[1], then.shape[1])))
    for months in np.flatnonzero(then.any(axis=1)):
        found[months:] += then[months] * first[: len(first) - months]
    return found
