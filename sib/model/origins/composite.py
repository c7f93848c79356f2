"""`Composite`: the share of persons who have none of some outcomes and at least one of others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats
from sib.chance.counts import hypergeometric
from sib.chance.sources import Layer
from sib.model.model import Drawing, MetricModel
from sib.model.origins.measured import Measured
from sib.model.results import Drawn, Results


@dataclass(frozen=True)
class Composite(Measured):
    """Persons with none of some outcomes and at least one of others, counted person by person.

    Parameters
    ----------
    none_of, any_of : tuple of int
        The outcomes, by position.

    Notes
    -----
    The outcomes fall on persons independently. Given how many have each, the overlaps are hypergeometric, so that the
    composite agrees with its parts person by person and leaves their draws as they were.
    """

    none_of: tuple[int, ...]
    any_of: tuple[int, ...]

    @property
    def parents(self) -> tuple[int, ...]:
        """The outcomes."""
        return self.none_of + self.any_of

    def measure(self, index: int, drawing: Drawing) -> Drawn:
        """Draw it for those served and for those they are compared with."""
        metric, parts = drawing.model.metrics[index], [drawing.each[i] for i in self.parents]
        treated = self._arm(metric, "treated", metric.persons, [part.treated for part in parts], drawing)
        compared = [part.comparison for part in parts if part.comparison is not None]
        comparison = None
        if compared:
            groups = metric.groups
            persons = np.array([groups[min(i, len(groups) - 1)].persons for i in range(len(metric.results))])
            comparison = self._arm(metric, "comparison", persons, compared, drawing)
        return Drawn(None, Results(metric.sign, metric.persons[:, None], treated, comparison))

    def _arm(self, metric: MetricModel, arm: str, persons: Floats, parts: list[Floats], drawing: Drawing) -> Floats:
        """The share of one arm, (results, paths), given the share with each outcome."""
        layer: Layer = "people" if arm == "treated" else "measurement"
        some = len(self.none_of)
        found = np.empty((len(metric.results), drawing.chance.paths))
        for i, result in enumerate(metric.results):
            size = max(round(persons[i]), 1)
            free = np.full(drawing.chance.paths, float(size))  # who has none of what one should have none of
            bare = free  # who, moreover, has none of the others
            for number, part in enumerate(parts):
                coordinates = drawing.chance.of_layer(layer, metric.name, arm, result, str(number))
                if number == some:
                    bare = free.copy()
                here = free if number < some else bare
                here -= _overlap(part[i], here, size, None if coordinates is None else coordinates())
            found[i] = (free - bare if self.any_of else free) / size
        return found


def _overlap(share: Floats, among: Floats, size: int, at: Floats | None) -> Floats:
    """How many of `among` have an outcome that a share of all `size` persons have."""
    if at is None:
        return among * share
    return hypergeometric(at, among, size - among, np.rint(share * size))
