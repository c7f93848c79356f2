"""Persons who reach a milestone: units in all, of which each person is one at most. Binomial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from sib.arrays import Floats
from sib.chance.counts import binomial
from sib.chance.sources import Coordinates
from sib.chance.special import xlog1py, xlogy
from sib.model.laws.law import Figures, Law


@dataclass(frozen=True)
class Milestone(Law):
    """How many persons reach a milestone. The level is the share of persons who do; results are persons."""

    additive: ClassVar[bool] = True
    counts_persons: ClassVar[bool] = True

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """The level says all."""
        return cls()

    @property
    def highest(self) -> float:
        """All persons."""
        return 1.0

    @property
    def highest_result(self) -> float:
        """No bound: how many persons could reach it is another question."""
        return np.inf

    def expected(self, level: Floats, persons: float | Floats) -> Floats:
        """That share of the persons."""
        return level * persons

    def draw(self, level: Floats, persons: float | Floats, coordinates: Coordinates, clusters: int = 0) -> Floats:
        """Binomial."""
        return binomial(coordinates(), np.rint(persons), level)

    def variance(self, level: Floats, persons: Floats, clusters: int = 0) -> Floats:
        """``n p (1 - p)``."""
        return persons * level * (1.0 - level)

    def third_cumulant(self, level: Floats, persons: Floats) -> Floats:
        """``n p (1 - p) (1 - 2 p)``."""
        return persons * level * (1.0 - level) * (1.0 - 2.0 * level)

    def log_likelihood(self, result: float, persons: float, level: Floats) -> Floats:
        """Binomial."""
        found: Floats = xlogy(result, level) + xlog1py(persons - result, -level)
        return found
