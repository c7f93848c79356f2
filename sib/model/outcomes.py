"""Outcomes: draws what happens to people in a world, served and compared, and what is measured. Second stage of a path.

Three layers of chance, each of which can be switched off: *belief* (the true effect is not known), *people* (a finite
cohort is a sample) and *measurement* (the comparison group is a sample, and how far it is biased is not known).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sib.chance.sources import Chance
from sib.model.followed import Luck
from sib.model.milestones import moves
from sib.model.model import Drawing, MetricModel, Model
from sib.model.observed import Observed
from sib.model.results import Outcomes, Results
from sib.model.worlds import World

_WHO: Final = ("who reached what before",)


def draw(
    model: Model,
    world: World,
    chance: Chance,
    given: Mapping[int, Results] | None = None,
    observed: Observed | None = None,
) -> tuple[Outcomes, ...]:
    """Draw one block of outcomes of all metrics in a world, in their order.

    Metrics whose results are `given` are not drawn, and what depends on them follows from these.
    """
    drawing = Drawing(model, world, chance, observed)
    for index in model.order:
        if given is not None and index in given:
            drawing.each[index] = given[index]
            drawing.outcomes[index] = Outcomes(None, given[index])
        else:
            drawing.outcomes[index] = model.metrics[index].origin.draw(index, drawing)
    if model.followed.milestones:
        _follow_persons(drawing)
    return tuple(drawing.outcomes[index] for index in range(len(model.metrics)))


def _follow_persons(drawing: Drawing) -> None:
    """Draw who reached each milestone, where a contract asks: by what they had reached before, or person by person."""
    model, each, followed = drawing.model, drawing.each, drawing.model.followed
    served = np.array([group.served(drawing.world.coming, drawing.chance.paths) for group in followed.groups])
    if followed.profiles:
        counts = {index: each[index].treated for index in followed.milestones}
        found = moves(model.metrics, counts, followed, [*served], drawing.chance.of_layer("people", *_WHO))
        who = {index: replace(each[index], moves=by_profile) for index, by_profile in found.items()}
    else:
        known = followed.through if followed.dated <= set(drawing.flows) else {}
        who = {}
        for index in followed.milestones:
            flows = tuple(drawing.flows[one] for one in known.get(index, ()))
            luck = Luck(followed, served, _seeds(model.metrics[index], drawing.chance), flows)
            who[index] = replace(each[index], luck=luck)
    for index, results in who.items():
        drawing.outcomes[index] = replace(drawing.outcomes[index], results=results)


def _seeds(metric: MetricModel, chance: Chance) -> NDArray[np.uint64] | None:
    """One number a path from which it follows which persons reach a milestone: of each cohort, or of all persons."""
    if "people" not in chance.layers:
        return None
    names = [()] if metric.by_period else [(result,) for result in metric.results]
    return np.array([chance.numbers("people", *_WHO, metric.name, *name) for name in names])
