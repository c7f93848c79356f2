"""Results in hand: what is known of some cohorts or periods, as it was published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sib.model.results import Results


@dataclass(frozen=True)
class Seen:
    """One result in hand: persons, the level of those served (or units) and of the comparison."""

    persons: float
    treated: float
    comparison: float


@dataclass(frozen=True)
class Observed:
    """Results in hand: by the metric's position, by the result's.

    Parameters
    ----------
    seen : mapping
        The results.
    through : str, optional
        The day up to which milestones by period are counted, where their last result goes on after it.
    """

    seen: Mapping[int, Mapping[int, Seen]]
    through: str | None = None

    def put_in(self, index: int, found: Results) -> Results:
        """The results of a metric, those in hand as they were published."""
        known = self.seen.get(index)
        if not known:
            return found
        shape = found.treated.shape
        treated, persons = found.treated.copy(), np.array(np.broadcast_to(found.persons, shape))
        comparison = None if found.comparison is None else np.array(np.broadcast_to(found.comparison, shape))
        for row, seen in known.items():
            treated[row], persons[row] = seen.treated, seen.persons
            if comparison is not None:
                comparison[row] = seen.comparison
        return replace(found, treated=treated, comparison=comparison, persons=persons)
