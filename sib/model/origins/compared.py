"""`Compared`: what is measured on those served and on every group of the evaluator's comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from sib.arrays import Floats
from sib.chance.counts import binomial
from sib.chance.sources import Chance
from sib.model.improvement import log_likelihood
from sib.model.levels import compared_level, persons_served, served_level, single, strata, usual_level, with_effect
from sib.model.model import Drawing, MetricModel, Model
from sib.model.observed import Seen
from sib.model.origins.measured import Measured
from sib.model.publishing import publish
from sib.model.results import Drawn
from sib.model.worlds import Believed, World


@dataclass(frozen=True)
class Compared(Measured):
    """A metric that is compared, as its design says."""

    weighed: ClassVar[bool] = True

    def measure(self, index: int, drawing: Drawing) -> Drawn:
        """Draw those served, then every group of the comparison, some of whom are the same persons earlier."""
        metric, world, chance = drawing.model.metrics[index], drawing.world, drawing.chance
        persons = persons_served(metric, world)
        rows = range(len(metric.results))
        served = np.array([served_level(metric, world, index, i) for i in rows])
        treated = served
        if "people" in chance.layers:
            treated = np.array([_served(metric, index, i, served[i], persons[i], world, chance) for i in rows])
        return compared_with_groups(metric, index, drawing, treated, served, {})

    def log_likelihood_of(self, index: int, row: int, seen: Seen, model: Model, world: World) -> Floats:
        """Of the ratio of those served to the comparison."""
        ratio = seen.treated / seen.comparison
        return log_likelihood(model.metrics[index], world, index, row, ratio, seen.persons)


def _served(
    metric: MetricModel, index: int, i: int, level: Floats, persons: Floats, world: World, chance: Chance
) -> Floats:
    """What is measured on those served in one result, (paths,): on each stratum of them, where there are several."""
    result, parts = metric.results[i], strata(metric, world)
    coordinates = partial(chance.coordinates, "people", metric.name, result, "treated")
    if not parts:
        clusters = 0 if metric.design is None else metric.design.clusters
        return metric.law.draw(level, single(persons), coordinates, clusters)
    believed = world.metrics[index]
    base, effect = usual_level(metric, believed, i), believed.effect[i]
    left = np.broadcast_to(np.rint(persons), effect.shape)
    total, rest = np.zeros_like(effect), np.ones_like(effect)
    for stratum, share, kept in parts:
        odds = np.clip(np.divide(share, rest, out=np.zeros_like(rest), where=rest > 0), 0.0, 1.0)
        last = stratum == parts[-1][0]
        here = left if last else binomial(chance.coordinates("people", "taking part", result, stratum), left, odds)
        of_them = with_effect(metric, base, kept * effect)
        found = metric.law.draw(of_them, here, partial(coordinates, stratum))
        total = total + np.where(here > 0, found * here, 0.0)
        left, rest = left - here, rest - share
    mean: Floats = total / np.maximum(np.rint(persons), 1.0)
    return mean


def compared_with_groups(
    metric: MetricModel, index: int, drawing: Drawing, treated: Floats, served: Floats, known: Mapping[int, Floats]
) -> Drawn:
    """Draw every group of the comparison, and compare.

    `treated` is what was measured on those served, `served` their true level, both (results, paths); `known` what was
    measured on some groups, by position, each (paths,).
    """
    world, chance = drawing.world, drawing.chance
    believed, persons = world.metrics[index], persons_served(metric, world)
    effect, parts = believed.effect, strata(metric, world)
    if parts:
        effect = effect * sum((share * kept for _, share, kept in parts), np.zeros(chance.paths))
    groups = _groups(metric, believed, treated, served, persons, chance, known)
    return Drawn(effect, publish(metric, persons, treated, groups), groups)


def _groups(
    metric: MetricModel,
    believed: Believed,
    treated: Floats,
    served: Floats,
    persons: Floats,
    chance: Chance,
    known: Mapping[int, Floats],
) -> Floats:
    """What is measured on each group of the comparison, (groups, paths)."""
    found = np.empty((len(metric.groups), chance.paths))
    true = np.empty_like(found)
    for number, group in enumerate(metric.groups):
        if group.written:
            found[number] = true[number] = group.fixed
            continue
        if number in believed.history:
            found[number] = believed.history[number]
            continue
        true[number] = compared_level(metric, believed, number)
        if number in known:
            found[number] = known[number]
            continue
        size = group.size(single(persons[group.result]))
        coordinates = chance.of_layer("measurement", metric.name, *group.component)
        if coordinates is None:
            found[number] = true[number]
        elif group.twin is not None and metric.law.correlation > 0 and "people" in chance.layers:
            pair = (treated, served) if group.own else (found, true)
            twin = group.result if group.own else group.twin
            after = (pair[0][twin], pair[1][twin])
            found[number] = metric.of_persons.draw_before(true[number], after, size, coordinates)
        else:
            found[number] = metric.law.draw(true[number], size, coordinates, group.clusters)
    return found
