"""`Measured`: what all metrics have in common that have results of their own."""

from __future__ import annotations

from abc import abstractmethod

from sib.model.model import Drawing, Origin
from sib.model.results import Drawn, Outcomes


class Measured(Origin):
    """A metric with results of its own: they are drawn, or in hand, and then published one by one or up to a date."""

    def draw(self, index: int, drawing: Drawing) -> Outcomes:
        """Measure, put in what is in hand, and publish."""
        found = self.measure(index, drawing)
        each = found.results if drawing.observed is None else drawing.observed.put_in(index, found.results)
        drawing.each[index] = each
        published = each.to_date() if drawing.model.metrics[index].cumulative else each
        return Outcomes(found.effect, published, found.groups)

    @abstractmethod
    def measure(self, index: int, drawing: Drawing) -> Drawn:
        """Draw each result by itself."""
