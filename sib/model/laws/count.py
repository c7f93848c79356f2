"""Events a person: negative binomial, which is Poisson with a rate of each person's own that is gamma."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from sib.arrays import Floats
from sib.chance.sources import Streams
from sib.chance.special import xlogy
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

    def log_likelihood(self, result: float, persons: float, level: Floats) -> Floats:
        """Poisson: of how the rates of verified counts differ nothing is believed."""
        found: Floats = xlogy(result * persons, level) - persons * level
        return found

    def _draw_independent(self, level: Floats, persons: float | Floats, streams: Streams) -> Floats:
        """The sum in closed form.

        Gamma and Poisson have streams of their own, so that a change of the mean leaves the persons' rates as they
        were: scenarios compared on one seed share most of their chance.
        """
        expected = level * persons
        if np.isfinite(self.shape):
            rates = streams("rates").standard_gamma(self.shape * persons, level.size)
            expected = rates * (level / self.shape)
        events = streams("events").poisson(expected, level.size).astype(np.float64)
        found: Floats = events / np.maximum(persons, 1.0)
        return found if np.isinf(self.most) else np.minimum(found, self.most)

    def _draw_in_clusters(self, level: Floats, persons: Floats, clusters: int, streams: Streams) -> Floats:
        """The rates of clusters are gamma, and so are those of persons within them."""
        size = sizes(persons, clusters)
        between, within = self.frailty
        rates = streams("clusters").standard_gamma(1.0 / between, size.shape) * between
        persons_rates = size.astype(float)
        if within > 0:
            persons_rates = streams("rates").standard_gamma(size / within) * within
        events = streams("events").poisson(level[:, None] * rates * persons_rates).sum(axis=1)
        found: Floats = events / np.maximum(persons, 1.0)
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

    def draw_before(self, level: Floats, after: Measured, persons: float | Floats, streams: Streams) -> Floats:
        """By what the later events tell of the rates: gamma given Poisson is gamma. A part of each was there before."""
        found, true = after
        whole = np.broadcast_to(np.maximum(np.rint(persons), 1.0), level.shape)
        shape, shared = self.shape, self.persistence
        rates = streams("rates after").standard_gamma(shape * whole + np.rint(found * whole)) / (1.0 + true / shape)
        kept = streams("kept").beta(shape * whole * shared, np.maximum(shape * whole * (1.0 - shared), _LEAST))
        new = streams("new").standard_gamma(np.maximum(shape * whole * (1.0 - shared), _LEAST))
        earlier: Floats = streams("events").poisson((rates * kept + new) * level / shape) / whole
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
