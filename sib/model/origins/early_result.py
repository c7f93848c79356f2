"""`EarlyResult`: a count within a shorter window, on the persons who came first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats
from sib.chance.counts import binomial
from sib.chance.quantiles import beta
from sib.chance.sources import Coordinates
from sib.model.origins.of_count import OfCount

_LEAST = 1e-9  # a beta distribution has no shape of 0


@dataclass(frozen=True)
class EarlyResult(OfCount):
    """An early result of a count: those who came first hold a part of all events, of which a part has happened by then.

    Parameters
    ----------
    enrolled : float
        The share of the persons whom it counts.
    matured : float
        The share of their events that fall within its window.
    """

    enrolled: float
    matured: float

    def counted(self, persons: Floats) -> Floats:
        """The first to come, one at least."""
        found: Floats = np.maximum(np.rint(self.enrolled * persons), 1.0)
        return found

    def given_events(self, level: Floats, persons: Floats, coordinates: Coordinates | None) -> Floats:
        """Given all events, each person's share of them is Dirichlet, so that of the first is beta."""
        if coordinates is None:
            return level * self.matured
        whole = np.maximum(np.rint(persons), 1.0)
        first = self.counted(whole)
        share = first / whole
        if np.isfinite(self.shape):
            rest = np.maximum(self.shape * (whole - first), _LEAST)
            share = np.where(first < whole, beta(coordinates("persons"), self.shape * first, rest), 1.0)
        matured = np.clip(share * self.matured, 0.0, 1.0)
        early: Floats = binomial(coordinates("events"), np.rint(level * whole), matured) / first
        return early
