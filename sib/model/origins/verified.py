"""`Verified`: what is measured on those served, or counted in all, and compared with nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sib.arrays import Floats
from sib.model.levels import persons_served, single
from sib.model.model import Drawing, Model, shares_of
from sib.model.observed import Seen
from sib.model.origins.measured import Measured
from sib.model.publishing import publish
from sib.model.results import Drawn, Results
from sib.model.worlds import World


@dataclass(frozen=True)
class Verified(Measured):
    """A metric that is compared with nothing.

    Parameters
    ----------
    shares : array, (results,)
        Of the units in all, the share that arises in each result.
    """

    shares: Floats

    weighed: ClassVar[bool] = True

    def arising(self, index: int, model: Model, given: Mapping[int, Results]) -> Floats:
        """As believed."""
        return shares_of(self.shares)

    def measure(self, index: int, drawing: Drawing) -> Drawn:
        """Draw what is measured on the persons of each result."""
        metric, world = drawing.model.metrics[index], drawing.world
        effect, persons = world.metrics[index].effect, persons_served(metric, world)
        level = metric.law.level(effect, self.shares[:, None])
        treated = np.empty_like(level)
        for i, result in enumerate(metric.results):
            coordinates = drawing.chance.of_layer("people", metric.name, result, "treated")
            if coordinates is None:
                treated[i] = metric.law.expected(level[i], persons[i])
            else:
                treated[i] = metric.law.draw(level[i], single(persons[i]), coordinates)
        return Drawn(effect, publish(metric, persons, treated))

    def log_likelihood_of(self, index: int, row: int, seen: Seen, model: Model, world: World) -> Floats:
        """By the metric's law."""
        metric = model.metrics[index]
        level = metric.law.level(world.metrics[index].effect[row], self.shares[row])
        persons = metric.persons[row] if metric.law.additive else seen.persons
        return metric.law.log_likelihood(seen.treated, persons, level)
