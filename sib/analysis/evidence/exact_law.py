"""The exact law: how likely whole units, counted on independent persons, reach a threshold, as a finite sum.

What those served have in all is binomial, negative binomial or Poisson, and so is what one group of the comparison has,
unless its level is written down. So the probability that an improvement is reached is a sum over all that the group may
have. The normal law (`normal_law.py`) knows neither that units are whole, which matters against a written level however
many persons there are, nor where they are few.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from sib.arrays import Floats
from sib.chance.special import ndtr
from sib.model.laws.law import PersonLaw
from sib.model.levels import compared_level, served_level, strata
from sib.model.model import MetricModel
from sib.model.results import ratio
from sib.model.worlds import World
from sib.settlement.schedules import reached

_REST = 1e-13  # what is left of a sum beyond its last term
_PAIRS = 2_000_000  # of levels at most, of those served and their comparison; beyond, the normal law is near
_SAME = 2e-13  # how far apart, relatively, floating point may put what is equal; less than a tie (convention 3)


@dataclass(frozen=True)
class ExactLaw:
    """One result of whole units: the law of those served, and the levels that their comparison may have.

    Parameters
    ----------
    law : PersonLaw
        How units vary.
    sign : float
        +1 where more is better, -1 where less is.
    served, persons : float
        The true level of those served, and how many they are.
    levels, chances, variances : array, (n,)
        What may be measured of the comparison, how likely each is, and the variance that its evaluator finds then; one
        level where it is written down.
    """

    law: PersonLaw
    sign: float
    served: float
    persons: float
    levels: Floats
    chances: Floats
    variances: Floats

    @classmethod
    def of(cls, metric: MetricModel, world: World, index: int, row: int, persons: float) -> Self | None:
        """The law of one result in the first path of a world; None where it has none.

        So it is where units are not whole, persons are alike in clusters or are measured twice, not all of them take
        part, or the comparison is put together from several groups.
        """
        design = metric.design
        compared_with = [] if design is None else np.flatnonzero(design.weights[row]).tolist()
        if design is None or len(compared_with) != 1 or metric.law.additive or strata(metric, world):
            return None
        number, law = compared_with[0], metric.of_persons
        group, weight = design.groups[number], float(design.weights[row, number])
        in_clusters = law.intra_cluster_correlation > 0 and max(design.clusters, group.clusters) > 0
        twice = law.correlation > 0 and group.twin is not None
        if not law.counts_whole or in_clusters or twice:
            return None
        levels, chances, variances = np.array([group.fixed]), np.ones(1), np.zeros(1)
        if not group.written:
            size = float(group.size(persons))
            levels, chances = _measured(law, float(compared_level(metric, world.metrics[index], number)[0]), size)
            variances = law.variance(levels, np.array(size))
        served = float(served_level(metric, world, index, row)[0])
        whole = _whole(law, persons)
        return cls(law, metric.sign, served, whole, weight * levels, chances, weight**2 * variances)

    def reaching(self, improvement: float) -> float:
        """The probability that an improvement is reached. Against a comparison without any unit, see convention 4."""
        least = self._least(improvement)
        if self.sign < 0:
            return float(self.chances @ self.law.at_most(least, self.served, self.persons))
        return 1.0 - float(self.chances @ self.law.at_most(least - 1.0, self.served, self.persons))

    def sure(self, confidence: float) -> float | None:
        """The probability that a result is so sure (convention 14); None where too many pairs of levels can be."""
        own, likely = _measured(self.law, self.served, self.persons)
        if own.size * self.levels.size > _PAIRS:
            return None
        gained = self.sign * (own[:, None] - self.levels)
        variance = self.law.variance(own, np.array(self.persons))[:, None] + self.variances
        sure = reached(ndtr(ratio(gained, np.sqrt(variance))), confidence)
        return float(likely @ sure @ self.chances)

    def attained(self, improvement: float) -> float:
        """The least improvement that a result can have from one on: any threshold between the two pays as often."""
        results = self._least(improvement) / self.persons
        some = (self.levels > 0) & (results <= self.law.highest)
        return float(np.min(self.sign * (results[some] / self.levels[some] - 1.0))) if some.any() else improvement

    def _least(self, improvement: float) -> Floats:
        """The units that just reach an improvement, against each level; -1 where none do though fewer are better."""
        bound = self.persons * max(1.0 + self.sign * improvement, 0.0) * self.levels
        if self.sign < 0:
            found = np.floor(bound * (1.0 + _SAME))
            return np.where((self.levels == 0) & (improvement > 0), -1.0, found)
        found = np.ceil(bound * (1.0 - _SAME))
        return np.where((self.levels == 0) & (improvement > 0), 1.0, found)


def _whole(law: PersonLaw, persons: float) -> float:
    """How many persons a level is a mean over, as results are drawn: of a share, whole ones."""
    return float(max(round(persons) if law.is_share else persons, 1.0))


def _measured(law: PersonLaw, level: float, persons: float) -> tuple[Floats, Floats]:
    """The levels that may be measured on so many persons, and how likely each is."""
    mean, sd = level * persons, persons * math.sqrt(law.variance(np.array([level]), np.array(persons))[0])
    first, last = max(math.floor(mean - 9.0 * sd), 0), math.ceil(mean + 9.0 * sd) + 1
    while law.at_most(np.array([last]), level, persons)[0] < 1.0 - _REST:
        last *= 2
    whole = _whole(law, persons)
    units = np.arange(first - 1.0, min(last, law.highest * whole) + 1.0)
    return units[1:] / whole, np.diff(law.at_most(units, level, persons))
