"""A quantity a person: gamma, so that its spread keeps in proportion to its mean, and sums of persons are gamma too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from sib.arrays import Floats
from sib.chance.quantiles import beta, gamma
from sib.chance.sources import Coordinates
from sib.model.laws.law import Figures, Measured, PersonLaw, Traits

_NOTHING = 1e-300  # of a level
_SURE = 1e-12  # a coefficient of variation below which a sum over persons does not vary
_LEAST = 1e-9  # a gamma or a beta distribution has no shape of 0


@dataclass(frozen=True)
class Mean(PersonLaw):
    """A quantity a person, from zero to the most that one can have.

    Parameters
    ----------
    variation : float
        Coefficient of variation over persons: the standard deviation over the mean, at any mean. 0 where nothing is
        left to chance.
    most : float
        The most that one person can have.

    Notes
    -----
    An effect scales what each person has. The mean over n persons is gamma with shape ``n / variation**2``, exactly;
    above the most that one can have it counts as that.
    """

    variation: float
    most: float = np.inf

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """With the standard deviation relative to the mean, the most, and both correlations."""
        return cls(
            figures.sd / figures.mean if figures.mean > 0 else 0.0,
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
        """Whether persons do not differ, but for the last digit."""
        return self.variation < _SURE

    def person_variance(self, level: Floats) -> Floats:
        """In proportion to the square of the level."""
        return np.square(self.variation * level)

    def person_third_cumulant(self, level: Floats) -> Floats:
        """``2 v**4 m**3``."""
        return 2.0 * self.variation**4 * level**3

    def log_likelihood(self, result: float, persons: float, level: Floats) -> Floats:
        """Gamma. Of a level of nothing nothing follows."""
        shape, some = persons / self.variation**2, np.maximum(level, _NOTHING)
        with np.errstate(over="ignore"):
            found: Floats = -shape * (np.log(some) + result / some)
        return found

    def _draw_independent(self, level: Floats, persons: float | Floats, coordinates: Coordinates) -> Floats:
        if self.exact:
            return level
        return self._of_shape(level, np.maximum(persons, 1.0) / self.variation**2, coordinates())

    def _draw_in_clusters(self, level: Floats, persons: Floats, clusters: int, coordinates: Coordinates) -> Floats:
        """Gamma with the variance of clusters."""
        if self.exact:
            return level
        each = persons[0] if persons.strides == (0,) else persons  # one shape where it is the same on all paths
        return self._of_shape(level, 1.0 / self.variance(np.ones_like(each), each, clusters), coordinates())

    def _of_shape(self, level: Floats, shape: float | Floats, at: Floats) -> Floats:
        return self._possible(level * (gamma(at, shape) / shape))

    def _possible(self, level: Floats) -> Floats:
        found: Floats = np.clip(level, 0.0, self.most)
        return found

    def draw_before(self, level: Floats, after: Measured, persons: float | Floats, coordinates: Coordinates) -> Floats:
        """A part of what each person has later, beta, was there before; the rest of then has passed."""
        if self.exact:
            return level
        found, true = after
        shape = np.maximum(np.rint(persons), 1.0) / self.variation**2
        lasting, passing = shape * self.correlation, np.maximum(shape * (1.0 - self.correlation), _LEAST)
        relative = np.divide(found, true, out=np.ones_like(found), where=true > 0)
        kept = relative * beta(coordinates("kept"), lasting, passing)
        return self._possible(level * (kept + gamma(coordinates("passing"), passing) / shape))

    def draw_each(self, levels: Floats, traits: Traits, rng: np.random.Generator) -> Floats:
        """Each person's quantity is gamma, a part of it the cluster's."""
        if self.exact:
            return levels
        shape, alike = 1.0 / self.variation**2, self.alike(traits)
        found = rng.standard_gamma(shape * (1.0 - alike), levels.size)
        if alike > 0:
            found = found + rng.standard_gamma(shape * alike, traits.clusters.size)[traits.cluster]
        each: Floats = levels * found / shape
        return each

    def draw_each_before(self, levels: Floats, traits: Traits, after: Measured, rng: np.random.Generator) -> Floats:
        """As of all persons together."""
        if self.exact:
            return levels
        value, level = after
        shape = 1.0 / self.variation**2
        lasting, passing = shape * self.correlation, max(shape * (1.0 - self.correlation), _LEAST)
        relative = np.divide(value, level, out=np.ones_like(value), where=level > 0)
        kept = rng.beta(lasting, passing, levels.size) if lasting > 0 else np.zeros(levels.size)
        each: Floats = levels * (relative * kept + rng.standard_gamma(passing, levels.size) / shape)
        return each
