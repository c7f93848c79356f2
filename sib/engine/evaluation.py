"""Evaluation: reads from the results of cohorts what a payment depends on. Simulated and published results alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sib.engine.schedules import Floats
from sib.terms.deal import Measure


@dataclass(frozen=True)
class Results:
    """Measured results of one metric: arrays of cohorts by paths.

    Parameters
    ----------
    sign : float
        +1 where more events are better, -1 where fewer are.
    persons : array, (cohorts, 1) or (cohorts, paths)
        Persons served.
    treated, comparison : array, (cohorts, paths)
        Events a person, among those served and those they are compared with.
    """

    sign: float
    persons: Floats
    treated: Floats
    comparison: Floats

    @property
    def paths(self) -> int:
        """How many paths there are."""
        return int(self.treated.shape[1])

    def read(self, measure: Measure, members: tuple[int, ...], counted: Floats | None = None) -> Floats:
        """One measure over the persons of some cohorts together, positive when better (convention 4).

        Parameters
        ----------
        measure : {"improvement", "points", "units"}
            Relative improvement, events a person, or events in all.
        members : tuple of int
            The cohorts.
        counted : array, (len(members), paths), optional
            1 where a cohort counts, 0 where it does not; all do by default.

        Returns
        -------
        array, (paths,)
        """
        rows = list(members)
        weight = self.persons[rows] if counted is None else self.persons[rows] * counted
        gained: Floats = (weight * (self.treated[rows] - self.comparison[rows])).sum(axis=0) * self.sign
        if measure == "units":
            return gained
        if measure == "points":
            return ratio(gained, np.broadcast_to(weight.sum(axis=0), gained.shape))
        return ratio(gained, (weight * self.comparison[rows]).sum(axis=0))


def ratio(gained: Floats, base: Floats) -> Floats:
    """Gained over base. Against a base of zero, nothing gained is zero and anything is infinite (convention 4)."""
    empty = base == 0
    if not empty.any():
        return gained / base
    over = np.divide(gained, base, out=np.zeros_like(gained), where=~empty)
    return np.where(empty & (gained != 0), np.copysign(np.inf, gained), over)
