"""`Measured`: what all metrics have in common that have results of their own."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from sib.arrays import Floats
from sib.model.model import Drawing, Model, Origin
from sib.model.observed import Observed, Seen
from sib.model.results import Drawn, Outcomes, Results
from sib.model.worlds import World


class Measured(Origin):
    """A metric with results of its own: they are drawn, or in hand, and then published one by one or up to a date."""

    def draw(self, index: int, drawing: Drawing) -> Outcomes:
        """Measure, put in what is in hand, and publish."""
        found = self.measure(index, drawing)
        each = found.results
        if drawing.observed is not None:
            each = self.in_hand(index, each, drawing.observed)
        drawing.each[index] = each
        published = each.to_date() if drawing.model.metrics[index].cumulative else each
        return Outcomes(found.effect, published, found.groups)

    def in_hand(self, index: int, found: Results, observed: Observed) -> Results:
        """The results, those in hand as they were published."""
        return observed.put_in(index, found)

    def log_likelihood(self, index: int, observed: Observed, model: Model, world: World) -> Floats:
        """Results that stand by themselves: the sum over them."""
        known = observed.seen[index].items()
        each = (self.log_likelihood_of(index, row, seen, model, world) for row, seen in known)
        return sum(each, np.zeros(world.metrics[index].common_bias.shape))

    def log_likelihood_of(self, index: int, row: int, seen: Seen, model: Model, world: World) -> Floats:
        """The logarithm of how likely each world makes one published result, but for a constant, (paths,).

        Raises
        ------
        TypeError
            Where results do not stand by themselves.
        """
        message = f"{model.metrics[index].name} depends on other metrics: weigh their results"
        raise TypeError(message)

    @abstractmethod
    def measure(self, index: int, drawing: Drawing) -> Drawn:
        """Draw each result by itself."""
