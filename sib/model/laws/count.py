"""Events a person: negative binomial, which is Poisson with a rate of each person's own that is gamma."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from sib.arrays import Floats
from sib.chance.counts import binomial, negative_binomial
from sib.chance.quantiles import beta, gamma
from sib.chance.sources import Coordinates
from sib.chance.special import betainc, gammaincc, xlogy
from sib.model.laws.clusters import sizes
from sib.model.laws.family import NegativeBinomial
from sib.model.laws.law import Figures, Measured, PersonLaw, Traits

_LEAST = 1e-9  # a gamma or a beta distribution has no shape of 0


@dataclass(frozen=True)
class Count(PersonLaw):
    """Events a person.

    Parameters
    ----------
    shape : float
        Negative binomial shape k: a person's variance is ``m + m**2 / k``. Infinite where persons' rates are the same.
    mean : float
        Events a person without the programme, at which the two correlations hold.
    most : float
        The most events that one person can have.

    Notes
    -----
    The sum over n persons is Poisson with a gamma mean of shape nk and scale m/k, exactly. An effect scales each
    person's rate, so all arms share k.
    """

    shape: float
    mean: float = 1.0
    most: float = np.inf
    counts_whole: ClassVar[bool] = True

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """With the shape, the mean, the most, and both correlations."""
        return cls(
            figures.shape,
            figures.mean,
            figures.most,
            correlation=figures.correlation,
            intra_cluster_correlation=figures.intra_cluster_correlation,
        )

    @property
    def highest(self) -> float:
        """The most that a person can have."""
        return self.most

    @property
    def family(self) -> NegativeBinomial:
        """Negative binomial."""
        return NegativeBinomial(self.shape)

    def person_variance(self, level: Floats) -> Floats:
        """``m + m**2 / k``."""
        return level + np.square(level) / self.shape

    def person_third_cumulant(self, level: Floats) -> Floats:
        """``m (1 + m/k) (1 + 2 m/k)``."""
        return level * (1.0 + level / self.shape) * (1.0 + 2.0 * level / self.shape)

    def at_most(self, units: Floats, level: float, persons: float) -> Floats:
        """Negative binomial; Poisson where persons' rates are the same."""
        some = np.maximum(units, 0.0)
        if np.isinf(self.shape):
            found = gammaincc(some + 1.0, level * persons)
        else:
            found = betainc(self.shape * persons, some + 1.0, self.shape / (self.shape + level))
        return np.where(units < 0, 0.0, found)

    def log_likelihood(self, result: float, persons: float, level: Floats) -> Floats:
        """Poisson: of how the rates of verified counts differ nothing is believed."""
        found: Floats = xlogy(result * persons, level) - persons * level
        return found

    def _draw_independent(self, level: Floats, persons: float | Floats, coordinates: Coordinates) -> Floats:
        """The sum in closed form: one negative binomial count."""
        whole = np.maximum(persons, 1.0)
        found: Floats = negative_binomial(coordinates(), self.shape * whole, level * persons) / whole
        return found if np.isinf(self.most) else np.minimum(found, self.most)

    def _draw_in_clusters(self, level: Floats, persons: Floats, clusters: int, coordinates: Coordinates) -> Floats:
        """The rates of clusters are gamma, and so are those of persons within them."""
        size = sizes(persons, clusters)
        between, within = self.frailty
        rates = gamma(coordinates("clusters", each=clusters), 1.0 / between) * between
        shapes = np.maximum(size, 1) / within if within > 0 else np.inf
        events = negative_binomial(coordinates("events", each=clusters), shapes, level[:, None] * rates * size)
        found: Floats = np.minimum(events.sum(axis=1) / np.maximum(persons, 1.0), self.most)
        return found

    @property
    def frailty(self) -> tuple[float, float]:
        """Variances of the relative rates of clusters, and of persons within them.

        A person's count has variance ``m + m**2 / k``; two persons of one cluster share the cluster's rate, so their
        covariance is ``m**2 * between``. Below zero `within` says that so high a correlation cannot be.
        """
        between = self.intra_cluster_correlation * (1.0 / self.mean + 1.0 / self.shape)
        return between, (1.0 / self.shape - between) / (1.0 + between)

    @property
    def persistence(self) -> float:
        """The part of persons' rates that is the same before and after."""
        mean, shape = self.mean, self.shape
        return self.correlation * (mean + mean**2 / shape) * shape / mean**2

    def draw_before(self, level: Floats, after: Measured, persons: float | Floats, coordinates: Coordinates) -> Floats:
        """By what the later events tell of the rates, of which a part was there before.

        Of the later events a beta-binomial number is that part's. Gamma given Poisson is gamma, so what it brought
        about earlier is negative binomial, as is what the part brought about that has passed since.
        """
        found, true = after
        whole = np.maximum(np.rint(persons), 1.0)
        lasting = self.shape * whole * self.persistence
        passing = np.maximum(self.shape * whole * (1.0 - self.persistence), _LEAST)
        share = beta(coordinates("kept"), lasting, passing)
        known = lasting + binomial(coordinates("known"), np.rint(found * whole), share)
        expected = known * level / (self.shape + true)
        events = negative_binomial(coordinates("lasting"), known, expected)
        events = events + negative_binomial(coordinates("passing"), passing, passing * level / self.shape)
        earlier: Floats = events / whole
        return earlier

    def traits(self, size: int, clusters: int, rng: np.random.Generator) -> Traits:
        """Draw rates: of clusters and of persons within them, or what lasts and what passes of each person's."""
        alike = super().traits(size, clusters, rng)
        if np.isinf(self.shape):
            return alike
        if clusters and self.intra_cluster_correlation > 0:
            between, within = self.frailty
            rates = rng.standard_gamma(1.0 / within, size) * within if within > 0 else np.ones(size)
            of_clusters = rng.standard_gamma(1.0 / between, clusters) * between
            return Traits(rates, np.zeros(size), alike.cluster, of_clusters)
        lasts = min(self.persistence, 1.0)
        lasting = rng.standard_gamma(self.shape * lasts, size) / self.shape if lasts > 0 else np.zeros(size)
        return Traits(lasting, self._passing(size, rng), alike.cluster, alike.clusters)

    def traits_before(self, after: Traits, rng: np.random.Generator) -> Traits:
        """What lasts of their rates is the same, the rest is another."""
        if np.isinf(self.shape):
            return after
        return Traits(after.lasting, self._passing(after.lasting.size, rng), after.cluster, after.clusters)

    def _passing(self, size: int, rng: np.random.Generator) -> Floats:
        lasts = min(self.persistence, 1.0)
        return rng.standard_gamma(self.shape * (1.0 - lasts), size) / self.shape if lasts < 1 else np.zeros(size)

    def draw_each(self, levels: Floats, traits: Traits, rng: np.random.Generator) -> Floats:
        """Each person's events are Poisson, given the person's rate and the cluster's."""
        return rng.poisson(levels * traits.rates * traits.clusters[traits.cluster]).astype(np.float64)

    def draw_each_before(self, levels: Floats, traits: Traits, after: Measured, rng: np.random.Generator) -> Floats:
        """Given their rates of then, earlier events are independent of the later ones."""
        return self.draw_each(levels, traits, rng)

    def times(
        self, figures: Floats, maturity: Sequence[tuple[float, float]], rng: np.random.Generator
    ) -> tuple[Floats, ...]:
        """Given a rate events are Poisson, so each falls by itself; between two shares of the window, evenly."""
        counts = figures.astype(np.int64)
        points = np.array([(0.0, 0.0), *sorted(maturity), (1.0, 1.0)])
        drawn = np.interp(rng.random(int(counts.sum())), points[:, 1], points[:, 0])
        return tuple(np.sort(times) for times in np.split(drawn, np.cumsum(counts)[:-1]))
