"""The share of persons with an outcome: binomial over how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from sib.arrays import Floats
from sib.chance.counts import binomial
from sib.chance.quantiles import beta
from sib.chance.sources import Coordinates
from sib.chance.special import betainc, xlog1py, xlogy
from sib.model.laws.clusters import sizes
from sib.model.laws.family import Binomial
from sib.model.laws.law import Figures, Measured, PersonLaw, Traits

_INSIDE = 1e-9  # a beta distribution has no mean at 0 or 1


@dataclass(frozen=True)
class Proportion(PersonLaw):
    """The share of persons with an outcome. In clusters, each cluster's own share is beta."""

    is_share: ClassVar[bool] = True
    counts_whole: ClassVar[bool] = True

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """With both correlations; the level says the rest."""
        alike = figures.intra_cluster_correlation
        return cls(correlation=figures.correlation, intra_cluster_correlation=alike)

    @property
    def highest(self) -> float:
        """All persons."""
        return 1.0

    @property
    def family(self) -> Binomial:
        """Binomial."""
        return Binomial()

    def person_variance(self, level: Floats) -> Floats:
        """``p (1 - p)``."""
        return level * (1.0 - level)

    def person_third_cumulant(self, level: Floats) -> Floats:
        """``p (1 - p) (1 - 2 p)``."""
        return level * (1.0 - level) * (1.0 - 2.0 * level)

    def at_most(self, units: Floats, level: float, persons: float) -> Floats:
        """Binomial."""
        whole = max(round(persons), 1)
        some = np.clip(units, 0.0, whole - 1.0)
        found = np.where(units < 0, 0.0, betainc(whole - some, some + 1.0, 1.0 - level))
        return np.where(units >= whole, 1.0, found)

    def log_likelihood(self, result: float, persons: float, level: Floats) -> Floats:
        """Binomial."""
        had = result * persons
        found: Floats = xlogy(had, level) + xlog1py(persons - had, -level)
        return found

    def _draw_independent(self, level: Floats, persons: float | Floats, coordinates: Coordinates) -> Floats:
        whole = np.maximum(np.rint(persons), 1.0)
        share: Floats = binomial(coordinates(), whole, level) / whole
        return share

    def _draw_in_clusters(self, level: Floats, persons: Floats, clusters: int, coordinates: Coordinates) -> Floats:
        size = sizes(persons, clusters)
        inside = np.clip(level, _INSIDE, 1.0 - _INSIDE)[:, None]
        strength = self._strength
        shares = beta(coordinates("clusters", each=clusters), inside * strength, (1.0 - inside) * strength)
        had = binomial(coordinates(each=clusters), size, np.clip(shares, 0.0, 1.0)).sum(axis=1)
        share: Floats = had / np.maximum(persons, 1.0)
        return share

    @property
    def _strength(self) -> float:
        """The sum of both shapes of a beta whose variance is ``rho p (1 - p)``."""
        return (1.0 - self.intra_cluster_correlation) / self.intra_cluster_correlation

    def draw_before(self, level: Floats, after: Measured, persons: float | Floats, coordinates: Coordinates) -> Floats:
        """Binomial twice: among those who had the outcome afterwards, and among those who did not."""
        found, true = after
        whole = np.broadcast_to(np.maximum(np.rint(persons), 1.0), level.shape)
        together = self.correlation * np.sqrt(true * (1.0 - true) * level * (1.0 - level))
        had = np.rint(found * whole)
        of_those = np.clip(np.divide(true * level + together, true, out=level.copy(), where=true > 0), 0.0, 1.0)
        of_others = (1.0 - true) * level - together
        of_others = np.clip(np.divide(of_others, 1.0 - true, out=level.copy(), where=true < 1), 0.0, 1.0)
        earlier = binomial(coordinates("those"), had, of_those)
        earlier = earlier + binomial(coordinates("others"), whole - had, of_others)
        share: Floats = earlier / whole
        return share

    def draw_each(self, levels: Floats, traits: Traits, rng: np.random.Generator) -> Floats:
        """1 for who has the outcome, else 0; in clusters by the cluster's own share."""
        shares = levels
        if self.alike(traits) > 0:
            means = levels[: traits.clusters.size]
            shares = rng.beta(means * self._strength, (1.0 - means) * self._strength)[traits.cluster]
        return (rng.random(levels.size) < shares).astype(np.float64)

    def draw_each_before(self, levels: Floats, traits: Traits, after: Measured, rng: np.random.Generator) -> Floats:
        """1 for who had the outcome, which is likelier for who has it afterwards."""
        value, level = after
        together = self.correlation * np.sqrt(level * (1 - level) * levels * (1 - levels))
        chance = np.where(value > 0, levels + together / level, levels - together / (1 - level))
        return (rng.random(levels.size) < np.clip(chance, 0.0, 1.0)).astype(np.float64)
