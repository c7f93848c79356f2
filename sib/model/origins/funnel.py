"""Funnels: what only those can reach who have reached another metric before: a share of them, or a milestone.

Of a cohort; milestones by period, of which each person reaches each on a date of its own, are in `reached.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats
from sib.chance.counts import binomial
from sib.model.model import Drawing, Model, shares_of
from sib.model.origins.measured import Measured
from sib.model.publishing import publish
from sib.model.results import Drawn, Results


@dataclass(frozen=True)
class Funnel(Measured):
    """What only those can reach who have reached another metric.

    Parameters
    ----------
    above : int
        The other metric, by position.
    """

    above: int

    @property
    def parents(self) -> tuple[int, ...]:
        """The metric above."""
        return (self.above,)

    @property
    def after(self) -> int:
        """The metric above."""
        return self.above

    def arising(self, index: int, model: Model, given: Mapping[int, Results]) -> Floats:
        """As those arise who reached the metric above: as many as published where milestones are, else as expected."""
        above = model.metrics[self.above]
        if self.above in given and above.law.counts_persons:
            came = given[self.above].treated[:, 0]
            if came.sum() > 0:
                return shares_of(came)
        return above.origin.arising(self.above, model, {})


@dataclass(frozen=True)
class ShareOfReached(Funnel):
    """A proportion of those who reached the metric above, result by result."""

    def measure(self, index: int, drawing: Drawing) -> Drawn:
        """Binomial of those who came."""
        metric, effect = drawing.model.metrics[index], drawing.world.metrics[index].effect
        share = np.clip(effect, 0.0, metric.law.highest)
        came = drawing.each[self.above].counts
        if "people" in drawing.chance.layers:
            reached = np.array(
                [
                    binomial(
                        drawing.chance.coordinates("people", metric.name, result, "treated"), np.rint(came[i]), share[i]
                    )
                    for i, result in enumerate(metric.results)
                ]
            )
            share = np.where(came > 0, reached / np.maximum(came, 1.0), 0.0)
        return Drawn(effect, publish(metric, came, share))


@dataclass(frozen=True)
class ReachedAfter(Funnel):
    """A milestone by cohort that some of those reach who reached the metric above."""

    def measure(self, index: int, drawing: Drawing) -> Drawn:
        """Binomial of those who came."""
        metric = drawing.model.metrics[index]
        effect, came = drawing.world.metrics[index].effect, drawing.each[self.above].counts
        level, treated = np.clip(effect, 0.0, metric.law.highest), np.zeros(effect.shape)
        for i, result in enumerate(metric.results):
            coordinates = drawing.chance.of_layer("people", metric.name, result, "", "treated")
            share = level[i]
            treated[i] = came[i] * share if coordinates is None else binomial(coordinates(), np.rint(came[i]), share)
        return Drawn(effect, publish(metric, metric.persons[:, None], treated))
