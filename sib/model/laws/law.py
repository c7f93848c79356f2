"""`Law`: how what is measured varies about a true level. `PersonLaw`: where it is an average over persons.

A law draws what is measured on so many persons in one go, wherever their sum has a closed form, rather than person by
person, and by its quantile: each coordinate of its chance is named, and taken path by path, whatever the level is, so
that a shorter block is the beginning of a longer one and a change of a belief moves every result by whole persons or
events, in step. Arrays have one value a path, (paths,), unless it is said.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.chance.sources import Coordinates
from sib.model.laws.clusters import design_effect
from sib.model.laws.family import Family

Measured = tuple[Floats, Floats]  # what was measured, and the true level


@dataclass(frozen=True)
class Figures:
    """All that the beliefs may say of how a metric varies; each law takes what it needs.

    Parameters
    ----------
    shape : float
        Negative binomial shape of a person's events; infinite where they fall on all alike.
    sd : float
        Standard deviation over persons; of a compared total, of its units relative to what is expected.
    mean : float
        The level without the programme; of what is compared with nothing, the level that is believed.
    most : float
        The most that one person can have.
    correlation : float
        Between one person's figures before and after.
    intra_cluster_correlation : float
        Between two persons of one cluster.
    """

    shape: float = np.inf
    sd: float = 0.0
    mean: float = 1.0
    most: float = np.inf
    correlation: float = 0.0
    intra_cluster_correlation: float = 0.0


class Law(ABC):
    """How what is measured varies about its true level."""

    additive: ClassVar[bool] = False  # whether results are units in all, which add up
    counts_persons: ClassVar[bool] = False  # whether these units are persons, each of whom counts once
    is_share: ClassVar[bool] = False  # whether the level is a share of persons

    @classmethod
    @abstractmethod
    def of(cls, figures: Figures) -> Self:
        """The law with what it needs of these figures."""

    @property
    def highest(self) -> float:
        """The highest true level that there can be."""
        return np.inf

    @property
    def highest_result(self) -> float:
        """The highest result that can be published."""
        return self.highest

    @property
    def exact(self) -> bool:
        """Whether the true level is measured as it is, without chance."""
        return False

    @property
    def correlation(self) -> float:
        """Between one person's figures before and after."""
        return 0.0

    def counted(self, clusters: int = 0) -> Family | None:
        """The family of counts over so many clusters of persons; None where what is measured is no such count."""
        return None

    def level(self, believed: Floats, share: Floats | float) -> Floats:
        """The level in a result, given what is believed of the whole and the share of it that arises there.

        Levels are the same everywhere; only units in all are shared out. Never beyond what is possible.
        """
        possible: Floats = np.clip(believed, 0.0, self.highest)
        return possible

    def expected(self, level: Floats, persons: float | Floats) -> Floats:
        """What is measured on so many persons on average: the level itself, or of those who count how many."""
        return level

    @abstractmethod
    def draw(self, level: Floats, persons: float | Floats, coordinates: Coordinates, clusters: int = 0) -> Floats:
        """What is measured on so many persons, or of units in all how many.

        Parameters
        ----------
        level : array, (paths,)
            The true level.
        persons : float or array, (paths,)
            How many persons.
        coordinates : callable
            The coordinates of its chance, by what is added to its name.
        clusters : int
            How many clusters the persons come from; 0 where they are independent.

        Returns
        -------
        array, (paths,)
        """

    @abstractmethod
    def variance(self, level: Floats, persons: Floats, clusters: int = 0) -> Floats:
        """The variance of what is measured on so many persons, or of units in all."""

    @abstractmethod
    def third_cumulant(self, level: Floats, persons: Floats) -> Floats:
        """The third cumulant of what is measured on so many independent persons: how skew it is."""

    @abstractmethod
    def log_likelihood(self, result: float, persons: float, level: Floats) -> Floats:
        """The logarithm of how likely each true level makes a published result, but for a constant, (paths,).

        `persons` are those on whom it was measured; of units in all, those who are served.
        """


@dataclass(frozen=True)
class Traits:
    """What persons keep from one measurement to another: their rates, and the cluster that they belong to.

    Parameters
    ----------
    lasting, passing : array, (persons,)
        The part of each person's relative rate that is the same before and after, and the part that is not. The mean
        of their sum is one.
    cluster : array of int, (persons,)
        Each person's cluster.
    clusters : array, (clusters,)
        The relative rate of each cluster.
    """

    lasting: Floats
    passing: Floats
    cluster: NDArray[np.intp]
    clusters: Floats

    @property
    def rates(self) -> Floats:
        """Each person's relative rate, but for the cluster's."""
        return self.lasting + self.passing


@dataclass(frozen=True, kw_only=True)
class PersonLaw(Law):
    """The law of an average over persons.

    Parameters
    ----------
    correlation : float
        Between one person's figures before and after.
    intra_cluster_correlation : float
        Between two persons of one cluster.
    """

    correlation: float = 0.0
    intra_cluster_correlation: float = 0.0
    counts_whole: ClassVar[bool] = False  # whether persons have whole units, of which `at_most` knows the law

    @property
    def family(self) -> Family | None:
        """The family of counts over independent persons; None where a person's figure is no count."""
        return None

    def counted(self, clusters: int = 0) -> Family | None:
        """Persons who are alike in clusters are not independent: their count is of no such family."""
        return None if clusters and self.intra_cluster_correlation > 0 else self.family

    def draw(self, level: Floats, persons: float | Floats, coordinates: Coordinates, clusters: int = 0) -> Floats:
        """What is measured on so many persons, independent or alike in clusters that are as equal as can be."""
        if clusters and self.intra_cluster_correlation > 0:
            whole = np.broadcast_to(np.rint(persons), level.shape)
            return self._draw_in_clusters(level, whole, clusters, coordinates)
        return self._draw_independent(level, persons, coordinates)

    def variance(self, level: Floats, persons: Floats, clusters: int = 0) -> Floats:
        """The variance of a person, over how many there are, times the design effect of clusters."""
        each = self.person_variance(level)
        effect = design_effect(persons, clusters, self.intra_cluster_correlation)
        mean: Floats = each * effect / np.maximum(persons, 1.0)
        return mean

    def third_cumulant(self, level: Floats, persons: Floats) -> Floats:
        """The third cumulant of a person, over the square of how many there are."""
        mean: Floats = self.person_third_cumulant(level) / np.maximum(persons, 1.0) ** 2
        return mean

    @abstractmethod
    def person_variance(self, level: Floats) -> Floats:
        """The variance of one person's figure."""

    @abstractmethod
    def person_third_cumulant(self, level: Floats) -> Floats:
        """The third cumulant of one person's figure."""

    def at_most(self, units: Floats, level: float, persons: float) -> Floats:
        """How likely so many independent persons have at most so many units in all; of laws that count whole ones."""
        message = f"{type(self).__name__} counts no whole units"
        raise TypeError(message)

    @abstractmethod
    def _draw_independent(self, level: Floats, persons: float | Floats, coordinates: Coordinates) -> Floats:
        """What is measured on independent persons."""

    @abstractmethod
    def _draw_in_clusters(self, level: Floats, persons: Floats, clusters: int, coordinates: Coordinates) -> Floats:
        """What is measured on persons in clusters. They have the variance of one person and the correlation within."""

    @abstractmethod
    def draw_before(self, level: Floats, after: Measured, persons: float | Floats, coordinates: Coordinates) -> Floats:
        """What is measured earlier on the same persons, given what was measured on them afterwards.

        Each person's two figures have the believed correlation. `level` is the true level of then.
        """

    # Person by person, for `persons.py`. Arrays have one value a person.

    def traits(self, size: int, clusters: int, rng: np.random.Generator) -> Traits:
        """Draw what so many persons keep; nothing but their cluster, where the figure of one is all that there is."""
        cluster = np.arange(size) % max(clusters, 1)
        return Traits(np.ones(size), np.zeros(size), cluster, np.ones(max(clusters, 1)))

    def traits_before(self, after: Traits, rng: np.random.Generator) -> Traits:
        """Draw what the same persons had earlier."""
        return after

    @abstractmethod
    def draw_each(self, levels: Floats, traits: Traits, rng: np.random.Generator) -> Floats:
        """Draw each person's figure."""

    @abstractmethod
    def draw_each_before(self, levels: Floats, traits: Traits, after: Measured, rng: np.random.Generator) -> Floats:
        """Draw each person's earlier figure, given the later one."""

    def times(
        self, figures: Floats, maturity: Sequence[tuple[float, float]], rng: np.random.Generator
    ) -> tuple[Floats, ...]:
        """Draw when each person's events fall, as shares of the window, rising; none where no events are counted.

        `maturity` has shares of the window, each with the share of events that fall within it.
        """
        return ()

    def alike(self, traits: Traits) -> float:
        """The correlation between persons of one cluster; none where there are no clusters."""
        return self.intra_cluster_correlation if traits.clusters.size > 1 else 0.0
