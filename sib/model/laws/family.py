"""Families of counts over independent persons, each with one true level. For the exact law of published results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats
from sib.chance.special import gammaln, xlogy

_MOST = 1.0 - 1e-12  # a share of one has no natural parameter


class Family(ABC):
    """Counts t over n persons with the probability ``exp(natural t - n cumulant + carrier)``: an exponential family.

    Between whole counts the same formula continues it, and by half a count beyond the last that there can be.

    Notes
    -----
    What the true level does stands in two numbers, the natural parameter and the cumulant; the carrier is the same in
    all worlds (Brown 1986, *Fundamentals of Statistical Exponential Families*).
    """

    @abstractmethod
    def natural(self, level: Floats) -> Floats:
        """What each event counts for at a level, in logarithms; minus infinity where the level is zero."""

    @abstractmethod
    def cumulant(self, level: Floats) -> Floats:
        """Minus the logarithm of the chance that nothing is counted on a person."""

    @abstractmethod
    def carrier(self, count: Floats, persons: float) -> Floats:
        """What is the same at all levels; zero at no event, minus infinity where there can be no such count."""


@dataclass(frozen=True)
class NegativeBinomial(Family):
    """Events; a person's have variance ``m + m**2 / shape``. Poisson where the shape is infinite."""

    shape: float

    def natural(self, level: Floats) -> Floats:
        """``log(m / (1 + m / shape))``."""
        log = np.log(level, out=np.full_like(level, -np.inf), where=level > 0)
        return log - np.log1p(level / self.shape)

    def cumulant(self, level: Floats) -> Floats:
        """``shape log(1 + m / shape)``."""
        return self.shape * np.log1p(level / self.shape) if np.isfinite(self.shape) else level

    def carrier(self, count: Floats, persons: float) -> Floats:
        """Of ``Gamma(n shape + t) / (Gamma(n shape) shape**t t!)``; of ``n**t / t!`` where all are alike."""
        if np.isinf(self.shape):
            return xlogy(count, persons) - gammaln(count + 1.0)
        whole = self.shape * persons
        ways = gammaln(whole + count) - gammaln(whole) - gammaln(count + 1.0)
        found: Floats = ways - count * np.log(self.shape)
        return found


@dataclass(frozen=True)
class Binomial(Family):
    """Persons with an outcome, out of all."""

    def natural(self, level: Floats) -> Floats:
        """``log(p / (1 - p))``."""
        share = np.minimum(level, _MOST)
        found: Floats = np.log(share, out=np.full_like(share, -np.inf), where=share > 0) - np.log1p(-share)
        return found

    def cumulant(self, level: Floats) -> Floats:
        """``-log(1 - p)``."""
        found: Floats = -np.log1p(-np.minimum(level, _MOST))
        return found

    def carrier(self, count: Floats, persons: float) -> Floats:
        """Of ``n! / (t! (n - t)!)``."""
        left = persons - count
        ways = gammaln(persons + 1.0) - gammaln(count + 1.0) - gammaln(np.maximum(left, -0.5) + 1.0)
        found: Floats = np.where(left > -0.5, ways, -np.inf)
        return found
