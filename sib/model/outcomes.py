"""Outcomes: draws what happens to people in a world, served and compared, and what is measured. Second stage of a path.

Three layers of chance, each of which can be switched off: *belief* (the true effect is not known), *people* (a finite
cohort is a sample) and *measurement* (the comparison group is a sample, and how far it is biased is not known).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sib.chance.sources import Chance
from sib.model.milestones import moves
from sib.model.model import Drawing, Model
from sib.model.observed import Observed
from sib.model.results import Outcomes, Results
from sib.model.worlds import World


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
    if model.tracked:
        _follow_persons(drawing)
    return tuple(drawing.outcomes[index] for index in range(len(model.metrics)))


def _follow_persons(drawing: Drawing) -> None:
    """Draw which milestones those had reached before who reach each one, where a contract asks."""
    model, each = drawing.model, drawing.each
    counts = {index: each[index].treated for index in model.tracked}
    streams = drawing.chance.streams("people", "who reached what before")
    for index, by_profile in moves(model.metrics, counts, model.profiles, streams).items():
        followed = replace(each[index], moves=by_profile)
        drawing.outcomes[index] = replace(drawing.outcomes[index], results=followed)
