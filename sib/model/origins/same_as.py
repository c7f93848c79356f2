"""`SameAs`: another estimate of the effect that another metric estimates, of the same persons by another comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sib.model.levels import served_level
from sib.model.model import Drawing
from sib.model.origins.compared import Compared, compared_with_groups
from sib.model.results import Drawn


@dataclass(frozen=True)
class SameAs(Compared):
    """A metric whose persons served are those of another metric, and some of whose groups may be.

    Parameters
    ----------
    other : int
        The other metric, by position.
    groups : tuple of (int, int)
        The groups that both are compared with: their positions here and there.
    """

    other: int
    groups: tuple[tuple[int, int], ...]

    @property
    def parents(self) -> tuple[int, ...]:
        """The other metric."""
        return (self.other,)

    @property
    def same_as(self) -> int:
        """The other metric."""
        return self.other

    @property
    def shared(self) -> Mapping[int, int]:
        """The groups that both are compared with."""
        return dict(self.groups)

    def measure(self, index: int, drawing: Drawing) -> Drawn:
        """What was measured on those served, and on shared groups, stays; draw the groups that it has alone."""
        metric, outcomes = drawing.model.metrics[index], drawing.outcomes[self.other]
        served = np.array([served_level(metric, drawing.world, index, i) for i in range(len(metric.results))])
        measured = outcomes.groups
        known = {} if measured is None else {mine: measured[theirs] for mine, theirs in self.groups}
        return compared_with_groups(metric, index, drawing, drawing.each[self.other].treated, served, known)
