"""`OfCount`: what is counted on the persons whose events are known in all.

It is drawn given the events of all, from coordinates of its own, so that it agrees with them person by person and
leaves their draws as they were.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats
from sib.chance.sources import Coordinates
from sib.model.model import Drawing
from sib.model.origins.measured import Measured
from sib.model.publishing import publish
from sib.model.results import Drawn


@dataclass(frozen=True)
class OfCount(Measured):
    """A metric of the same persons as a count.

    Parameters
    ----------
    count : int
        The count, by position.
    shape : float
        The negative binomial shape of its events; infinite where they fall on all alike.
    """

    count: int
    shape: float

    @property
    def parents(self) -> tuple[int, ...]:
        """The count."""
        return (self.count,)

    def measure(self, index: int, drawing: Drawing) -> Drawn:
        """Draw what follows for those served, and for each group of the comparison."""
        metric, of = drawing.model.metrics[index], drawing.model.metrics[self.count]
        found, chance = drawing.each[self.count], drawing.chance
        compared = drawing.outcomes[self.count].groups
        if compared is None and found.comparison is not None:  # published, so that each group is where all together are
            compared = found.comparison[[group.result for group in of.groups]]
        persons = np.broadcast_to(found.persons, found.treated.shape)
        treated = [
            self.given_events(level, size, chance.of_layer("people", metric.name, name, "treated"))
            for name, level, size in zip(metric.results, found.treated, persons, strict=True)
        ]
        groups = [
            self.given_events(
                level,
                np.broadcast_to(group.size(persons[group.result]), level.shape),
                chance.of_layer("measurement", metric.name, *group.component),
            )
            for group, level in zip(of.groups, () if compared is None else compared, strict=True)
        ]
        measured = np.array(groups)
        return Drawn(None, publish(metric, self.counted(found.persons), np.array(treated), measured), measured)

    def counted(self, persons: Floats) -> Floats:
        """On how many of the count's persons it is measured."""
        return persons

    @abstractmethod
    def given_events(self, level: Floats, persons: Floats, coordinates: Coordinates | None) -> Floats:
        """What follows from so many events a person; as expected, where there are no coordinates. All (paths,)."""
