"""Outcomes: draws what happens to people in a world, served and compared, and what is measured. Second stage of a path.

Three layers of chance, each of which can be switched off: *belief* (the true effect is not known), *people* (a finite
cohort is a sample) and *measurement* (the comparison group is a sample, and how far it is biased is not known).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from sib.arrays import Floats
from sib.chance.sources import Chance
from sib.model.hanging import composite, early_result, reached, share_with_any
from sib.model.levels import compared_level, served_level, usual_level, with_effect
from sib.model.likelihood import Observed
from sib.model.milestones import moves
from sib.model.model import MetricModel, Model, in_order
from sib.model.publishing import Drawn, Outcomes, cumulated, publish
from sib.model.results import Index, Results
from sib.model.worlds import Believed, World


def draw(
    model: Model,
    world: World,
    chance: Chance,
    given: Mapping[int, Results] | None = None,
    observed: Observed | None = None,
) -> tuple[Outcomes, ...]:
    """Draw one block of outcomes of all metrics in a world, in their order.

    Metrics whose results are `given` are not drawn, and what hangs on them follows from these.
    """
    metrics = model.metrics
    done: dict[int, Outcomes] = {}
    periods: dict[int, Results] = {}  # before results are cumulated
    for index in in_order(metrics):
        metric = metrics[index]
        if metric.parts:
            parts = tuple((done[i].results, measure, weight) for i, measure, weight in metric.parts)
            done[index] = Outcomes(None, Index(parts))
            continue
        if given is not None and index in given:
            periods[index] = given[index]
            done[index] = Outcomes(None, given[index])
            continue
        outcome = _drawn(metrics, index, world, chance, done, periods)
        found = outcome.results if observed is None else observed.put_in(index, outcome.results)
        periods[index] = found
        done[index] = Outcomes(outcome.effect, cumulated(found) if metric.cumulative else found, outcome.groups)
    tracked = set().union(*model.profiles)
    if tracked:
        random = partial(chance.stream, "people", "who reached what before") if "people" in chance.layers else None
        counts = {i: periods[i].treated for i in in_order(metrics) if i in tracked}
        for index, by_profile in moves(metrics, counts, model.profiles, random).items():
            done[index] = replace(done[index], results=replace(periods[index], moves=by_profile))
    return tuple(done[index] for index in range(len(metrics)))


def _drawn(
    metrics: Sequence[MetricModel],
    index: int,
    world: World,
    chance: Chance,
    done: Mapping[int, Outcomes],
    periods: Mapping[int, Results],
) -> Drawn:
    """Draw one metric, given those that it hangs on."""
    metric = metrics[index]
    if metric.with_any is not None:
        of = metric.with_any
        return share_with_any(metric, metrics[of], done[of], periods[of], chance)
    if metric.interim is not None:
        of = metric.interim.of
        return early_result(metric, metric.interim, metrics[of], done[of], periods[of], chance)
    if metric.derived:
        return Drawn(None, composite(metric, periods, chance))
    if not metric.compared:
        return _verified(metric, world.metrics[index], periods, world, chance)
    return _compared(metric, index, world, chance)


def _persons(metric: MetricModel, world: World) -> Floats:
    """Persons of each result: as planned, or those who came, (results, 1) or (results, paths)."""
    planned = metric.persons[:, None]
    if metric.by_period or not world.coming:
        return planned
    share = np.array([world.coming[name] for name in metric.results])
    came: Floats = np.maximum(np.rint(planned * share), 1.0)
    return came


def _verified(
    metric: MetricModel, believed: Believed, done: Mapping[int, Results], world: World, chance: Chance
) -> Drawn:
    """Draw a metric that is compared with nothing."""
    served = metric.law.level(believed.effect, metric.share[:, None])
    if metric.above is not None:
        return Drawn(believed.effect, reached(metric, served, done[metric.above], chance))
    persons = _persons(metric, world)
    treated = np.empty_like(served)
    for i, result in enumerate(metric.results):
        if "people" in chance.layers:
            streams = partial(chance.stream, "people", metric.name, result, "treated")
            treated[i] = metric.law.draw(served[i], _one(persons[i]), streams)
        else:
            treated[i] = metric.law.expected(served[i], persons[i])
    weights = np.ones_like(persons) if metric.additive else persons
    return Drawn(believed.effect, Results(metric.sign, weights, treated, None, metric.additive))


def _one(persons: Floats) -> float | Floats:
    """Persons as one number where they are the same on all paths."""
    return float(persons[0]) if persons.size == 1 else persons


def _compared(metric: MetricModel, index: int, world: World, chance: Chance) -> Drawn:
    """Draw a metric that is compared: those served, every group of the comparison, and the counterfactual.

    Totals of counts are drawn exactly: the sum over n persons of negative binomial counts of mean m and shape k is
    Poisson with a gamma mean of shape nk and scale m/k. The effect scales each person's rate, so both arms share k.
    """
    believed, persons = world.metrics[index], _persons(metric, world)
    rows = range(len(metric.results))
    served = np.array([served_level(metric, world, index, i) for i in rows])
    treated = served
    if "people" in chance.layers:
        treated = np.array([_served(metric, index, i, served[i], persons[i], world, chance) for i in rows])
    part = sum((share * kept for _, share, kept in world.strata), np.zeros(chance.paths))
    effect = believed.effect if metric.additive or world.taking_part is None else believed.effect * part
    groups = _groups(metric, believed, treated, served, persons, chance)
    weights = np.ones_like(persons) if metric.additive else persons
    return Drawn(effect, publish(metric, weights, treated, groups, persons), groups)


def _served(
    metric: MetricModel, index: int, i: int, level: Floats, persons: Floats, world: World, chance: Chance
) -> Floats:
    """What is measured on those served in one result, (paths,): on each stratum of them, where there are several."""
    result, parts = metric.results[i], () if metric.additive else world.strata
    clusters = 0 if metric.design is None else metric.design.clusters
    streams = partial(chance.stream, "people", metric.name, result, "treated")
    if not parts:
        return metric.law.draw(level, _one(persons), streams, clusters)
    believed = world.metrics[index]
    base, effect = usual_level(metric, believed, i), believed.effect[i]
    left = np.broadcast_to(np.rint(persons), effect.shape).astype(np.int64)
    total, rest = np.zeros_like(effect), np.ones_like(effect)
    for stratum, share, kept in parts:
        odds = np.clip(np.divide(share, rest, out=np.zeros_like(rest), where=rest > 0), 0.0, 1.0)
        last = stratum == parts[-1][0]
        here = left if last else chance.stream("people", "taking part", result, stratum).binomial(left, odds)
        of_them = with_effect(metric, base, kept * effect)
        found = metric.law.draw(of_them, here.astype(float), partial(streams, stratum))
        total = total + np.where(here > 0, found * here, 0.0)
        left, rest = left - here, rest - share
    mean: Floats = total / np.maximum(np.rint(persons), 1.0)
    return mean


def _groups(
    metric: MetricModel, believed: Believed, treated: Floats, served: Floats, persons: Floats, chance: Chance
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
        size = group.size(_one(persons[group.result]))
        streams = partial(chance.stream, "measurement", metric.name, *group.component)
        if "measurement" not in chance.layers:
            found[number] = true[number]
        elif group.twin is not None and metric.law.correlation > 0 and "people" in chance.layers:
            pair = (treated, served) if group.own else (found, true)
            twin = group.result if group.own else group.twin
            after = (pair[0][twin], pair[1][twin])
            found[number] = metric.of_persons.draw_before(true[number], after, size, streams)
        else:
            found[number] = metric.law.draw(true[number], size, streams, group.clusters)
    return found
