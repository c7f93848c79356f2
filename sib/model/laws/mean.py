"""A quantity a person: its mean over persons is normal, whatever one person's law is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from sib.arrays import Floats
from sib.chance.sources import Coordinates
from sib.chance.special import ndtri
from sib.model.laws.law import Figures, Measured, PersonLaw, Traits


@dataclass(frozen=True)
class Mean(PersonLaw):
    """A quantity a person, from zero to the most that one can have.

    Parameters
    ----------
    sd : float
        Standard deviation over persons; 0 where nothing is left to chance.
    most : float
        The most that one person can have.
    """

    sd: float
    most: float = np.inf

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """With the standard deviation, the most, and both correlations."""
        return cls(
            figures.sd,
            figures.most,
            correlation=figures.correlation,
            intra_cluster_correlation=figures.intra_cluster_correlation,
        )

    @property
    def highest(self) -> float:
        """The most that a person can have."""
        return self.most

    @property
    def exact(self) -> bool:
        """Whether persons do not differ."""
        return self.sd == 0

    def person_variance(self, level: Floats) -> Floats:
        """The same at every level."""
        return np.full_like(level, self.sd**2)

    def person_third_cumulant(self, level: Floats) -> Floats:
        """None."""
        return np.zeros_like(level)

    def log_likelihood(self, result: float, persons: float, level: Floats) -> Floats:
        """Normal."""
        variance = self.sd**2 * (1.0 / persons)
        found: Floats = -0.5 * np.square(result - level) / variance
        return found

    def _draw_independent(self, level: Floats, persons: float | Floats, coordinates: Coordinates) -> Floats:
        if self.exact:
            return level
        sd = self.sd / np.sqrt(np.maximum(persons, 1.0))
        return self._possible(level + sd * ndtri(coordinates()))

    def _draw_in_clusters(self, level: Floats, persons: Floats, clusters: int, coordinates: Coordinates) -> Floats:
        noise = ndtri(coordinates())
        return self._possible(level + np.sqrt(self.variance(level, persons, clusters)) * noise)

    def _possible(self, level: Floats) -> Floats:
        found: Floats = np.clip(level, 0.0, self.most)
        return found

    def draw_before(self, level: Floats, after: Measured, persons: float | Floats, coordinates: Coordinates) -> Floats:
        """Normal, about where the later figure leads by its correlation."""
        found, true = after
        sd = self.sd / np.sqrt(np.maximum(persons, 1.0))
        noise = ndtri(coordinates()) * sd
        drawn = level + self.correlation * (found - true) + np.sqrt(1.0 - self.correlation**2) * noise
        return self._possible(drawn)

    def draw_each(self, levels: Floats, traits: Traits, rng: np.random.Generator) -> Floats:
        """Each person's quantity is normal, a part of its variance being the cluster's; negative ones are left in."""
        alike, size, between = self.alike(traits), levels.size, np.zeros(1)
        if alike > 0:
            between = np.sqrt(alike) * rng.standard_normal(traits.clusters.size)[traits.cluster]
        own = rng.standard_normal(size) * np.sqrt(1.0 - alike)
        found: Floats = levels + self.sd * (between + own)
        return found

    def draw_each_before(self, levels: Floats, traits: Traits, after: Measured, rng: np.random.Generator) -> Floats:
        """Normal, about where each person's later quantity leads."""
        value, level = after
        noise: Floats = self.sd * np.sqrt(1 - self.correlation**2) * rng.standard_normal(levels.size)
        return levels + self.correlation * (value - level) + noise
