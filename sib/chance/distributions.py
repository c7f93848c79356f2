"""Distributions of what is believed: each knows its mean, and what it makes of a standard normal score.

A draw is the quantile at the score's probability, so that beliefs of different shapes share their chance: a scenario
whose belief is changed is compared with the old one on the same scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from sib.arrays import Floats
from sib.chance.quantiles import beta
from sib.chance.special import ndtr, student_quantile


class Distribution(Protocol):
    """A distribution of one number."""

    varies: ClassVar[bool]  # False where the number is certain, and no score is asked for

    @property
    def mean(self) -> float:
        """Its mean."""

    def of_score(self, z: Floats) -> Floats:
        """The quantiles at the probabilities ``Phi(z)`` of standard normal scores."""


@dataclass(frozen=True)
class Certain:
    """One value, for sure."""

    value: float
    varies: ClassVar[bool] = False

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    def of_score(self, z: Floats) -> Floats:
        """The value, whatever the score."""
        return np.full_like(z, self.value)


@dataclass(frozen=True)
class Normal:
    """Normal, with this mean and standard deviation."""

    mean: float
    sd: float
    varies: ClassVar[bool] = True

    def of_score(self, z: Floats) -> Floats:
        """So many standard deviations from the mean."""
        return self.mean + self.sd * z


@dataclass(frozen=True)
class Student:
    """Student's t, with this mean and standard deviation: as a normal belief, with heavier tails."""

    mean: float
    sd: float
    degrees_of_freedom: float
    varies: ClassVar[bool] = True

    def of_score(self, z: Floats) -> Floats:
        """The quantile of Student's law, each tail by its own probability, scaled to the standard deviation."""
        degrees = self.degrees_of_freedom
        quantile = np.copysign(student_quantile(degrees, ndtr(-np.abs(z))), z)
        found: Floats = self.mean + self.sd * np.sqrt((degrees - 2.0) / degrees) * quantile
        return found


@dataclass(frozen=True)
class Beta:
    """A share between 0 and 1, with this mean and standard deviation."""

    mean: float
    sd: float
    varies: ClassVar[bool] = True

    def of_score(self, z: Floats) -> Floats:
        """The quantiles of the beta law that has these moments."""
        strength = self.mean * (1.0 - self.mean) / self.sd**2 - 1.0
        return beta(ndtr(z), self.mean * strength, (1.0 - self.mean) * strength)


@dataclass(frozen=True)
class Uniform:
    """Every value between two is as likely."""

    low: float
    high: float
    varies: ClassVar[bool] = True

    @property
    def mean(self) -> float:
        """The middle."""
        return (self.low + self.high) / 2

    def of_score(self, z: Floats) -> Floats:
        """The share ``Phi(z)`` of the way from low to high."""
        return self.low + (self.high - self.low) * ndtr(z)


@dataclass(frozen=True)
class Triangular:
    """The density rises straight from low to mode and falls straight to high."""

    low: float
    mode: float
    high: float
    varies: ClassVar[bool] = True

    @property
    def mean(self) -> float:
        """The mean of the three."""
        return (self.low + self.mode + self.high) / 3

    def of_score(self, z: Floats) -> Floats:
        """The inverse of the distribution function, which is a square on either side of the mode."""
        u = ndtr(z)
        width = self.high - self.low
        turn = (self.mode - self.low) / width if width > 0 else 0.0
        rising = self.low + np.sqrt(u * width * (self.mode - self.low))
        falling = self.high - np.sqrt((1 - u) * width * (self.high - self.mode))
        drawn: Floats = np.where(u < turn, rising, falling)
        return drawn
