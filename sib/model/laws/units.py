"""Units in all, which belong to no person: verified, or compared with a level of history. Normal, never below zero."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from sib.arrays import Floats
from sib.chance.sources import Coordinates
from sib.chance.special import ndtri
from sib.model.laws.law import Figures, Law


@dataclass(frozen=True)
class _Units(Law):
    """Units in all.

    Parameters
    ----------
    sd : float
        How they vary; 0 where nothing is left to chance.
    """

    sd: float
    additive: ClassVar[bool] = True

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """With the standard deviation."""
        return cls(figures.sd)

    @property
    def exact(self) -> bool:
        """Whether nothing is left to chance."""
        return self.sd == 0

    @abstractmethod
    def deviation(self, level: Floats, persons: float | Floats) -> float | Floats:
        """The standard deviation of the units in a result."""

    def draw(self, level: Floats, persons: float | Floats, coordinates: Coordinates, clusters: int = 0) -> Floats:
        """Normal about the level."""
        if self.exact:
            return level
        drawn = level + self.deviation(level, persons) * ndtri(coordinates())
        found: Floats = np.clip(drawn, 0.0, np.inf)
        return found

    def third_cumulant(self, level: Floats, persons: Floats) -> Floats:
        """None."""
        return np.zeros_like(level)


class VerifiedUnits(_Units):
    """Verified units, whose standard deviation is `sd` for one person and grows with the square root of persons."""

    def deviation(self, level: Floats, persons: float | Floats) -> float | Floats:
        """For so many persons."""
        found: float | Floats = self.sd * np.sqrt(persons)
        return found

    def level(self, believed: Floats, share: Floats | float) -> Floats:
        """Of the units believed in all, the share that arises in a result."""
        found: Floats = np.clip(believed * share, 0.0, np.inf)
        return found

    def variance(self, level: Floats, persons: Floats, clusters: int = 0) -> Floats:
        """The same at every level."""
        return np.full_like(level, self.sd**2) * persons

    def log_likelihood(self, result: float, persons: float, level: Floats) -> Floats:
        """Normal."""
        found: Floats = -0.5 * np.square(result - level) / (self.sd**2 * persons)
        return found


class ComparedUnits(_Units):
    """Units that are compared with a level of history, whose standard deviation is `sd` times what is expected."""

    def deviation(self, level: Floats, persons: float | Floats) -> Floats:
        """Relative to the level."""
        return self.sd * level

    def variance(self, level: Floats, persons: Floats, clusters: int = 0) -> Floats:
        """Relative to the square of the level."""
        found: Floats = np.square(self.sd * level)
        return found

    def log_likelihood(self, result: float, persons: float, level: Floats) -> Floats:
        """Normal, with a variance that moves with the level."""
        sd = self.deviation(level, persons)
        found: Floats = -np.log(sd) - 0.5 * np.square((result - level) / sd)
        return found
