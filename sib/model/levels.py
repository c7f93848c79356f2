"""True levels in given worlds: without the programme, of those served, of groups; and how many persons come."""

from __future__ import annotations

from typing import Literal

import numpy as np

from sib.arrays import Floats
from sib.model.model import MetricModel
from sib.model.worlds import Believed, World


def without_programme(metric: MetricModel, believed: Believed, result: int, time: float) -> Floats:
    """The true level without the programme at a moment, of who is compared, (paths,)."""
    level = np.full(believed.common_bias.shape, metric.base[result])
    return level if believed.drift is None else level * believed.drift[int(np.searchsorted(metric.moments, time))]


def usual_level(metric: MetricModel, believed: Believed, result: int) -> Floats:
    """The true level that those served would have without the programme, (paths,)."""
    base = without_programme(metric, believed, result, metric.times[result])
    return base * (1.0 + metric.sign * metric.evaluation.creaming) if metric.evaluation.creaming else base


def with_effect(metric: MetricModel, base: Floats, effect: Floats) -> Floats:
    """A level with an effect, within what is possible."""
    level: Floats = np.clip(base * (1.0 + metric.sign * effect), 0.0, metric.law.highest)
    return level


def strata(metric: MetricModel, world: World) -> tuple[tuple[str, Floats, float], ...]:
    """Those who take part or not, as far as a metric tells them apart: units in all belong to no person."""
    return () if metric.law.additive else world.strata


def served_level(metric: MetricModel, world: World, index: int, result: int) -> Floats:
    """The true level of all those served together, (paths,)."""
    believed = world.metrics[index]
    base, effect = usual_level(metric, believed, result), believed.effect[result]
    parts = strata(metric, world)
    if not parts:
        return with_effect(metric, base, effect)
    return sum((share * with_effect(metric, base, kept * effect) for _, share, kept in parts), np.zeros_like(base))


def compared_level(metric: MetricModel, believed: Believed, number: int) -> Floats:
    """The true level of a group of the comparison, with the evaluator's bias in it, (paths,)."""
    group, known = metric.groups[number], metric.evaluation
    level = without_programme(metric, believed, group.result, group.time)
    if group.own:
        level = level * (1.0 + metric.sign * known.creaming) * (1.0 - metric.sign * known.regression)
    if group.biased:
        bias = believed.common_bias if group.shared else believed.bias[group.result]
        level = _biased(level, metric.sign * bias, known.bias_of)
    return np.clip(level, 0.0, metric.law.highest)


def _biased(level: Floats, bias: Floats, of: Literal["improvement", "comparison"]) -> Floats:
    """The level of a group than which those served do better by the bias without any effect; or which itself is off."""
    return level / (1.0 + bias) if of == "improvement" else level * (1.0 - bias)


def persons_served(metric: MetricModel, world: World) -> Floats:
    """Persons of each result: as planned, or those who came, (results, 1) or (results, paths)."""
    planned = metric.persons[:, None]
    if metric.by_period or not world.coming:
        return planned
    share = np.array([world.coming[name] for name in metric.results])
    came: Floats = np.maximum(np.rint(planned * share), 1.0)
    return came


def single(persons: Floats) -> float | Floats:
    """Persons as one number where they are the same on all paths."""
    return float(persons[0]) if persons.size == 1 else persons
