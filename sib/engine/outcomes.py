"""Outcomes: draws what happens to people in a world, served and compared, and what is measured. Second stage of a path.

Three layers of chance, each of which can be switched off: *belief* (the true effect is not known), *people* (a finite
cohort is a sample) and *measurement* (the comparison group is a sample, and how far it is biased is not known).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from sib.engine.believing import Believed, World, compared_level, served_level, strata, usual_level, with_effect
from sib.engine.chance import Chance, Layer
from sib.engine.conditioning import Observed
from sib.engine.evaluation import Index, Noise, Readable, Results
from sib.engine.measuring import Interim, MetricPlan, in_order
from sib.engine.occupancy import with_any
from sib.engine.profiles import moves
from sib.engine.sampling import before, measured
from sib.engine.schedules import Floats


@dataclass(frozen=True)
class Outcomes:
    """What happened to a metric: arrays of results by paths.

    `effect` is the true relative improvement of all persons together, or the true level where there is no comparison;
    None for a metric that is worked out from others. `results` are what is measured and published. `groups` are what
    was measured on each group of the comparison.
    """

    effect: Floats | None
    results: Readable
    groups: Floats | None = None


@dataclass(frozen=True)
class Drawn(Outcomes):
    """Outcomes of a metric that is measured on persons, before its results are cumulated."""

    results: Results


def draw(
    metrics: Sequence[MetricPlan],
    world: World,
    chance: Chance,
    profiles: Sequence[frozenset[int]] = (frozenset(),),
    given: Mapping[int, Results] | None = None,
    observed: Observed | None = None,
) -> tuple[Outcomes, ...]:
    """Draw one block of outcomes of all metrics in a world, in their order.

    `profiles` are the sets of milestones that a person can have reached, where there are ceilings a person. Metrics
    whose results are `given` are not drawn, and what hangs on them follows from these.
    """
    done: dict[int, Outcomes] = {}
    periods: dict[int, Results] = {}  # before results are cumulated
    for index in in_order(tuple(metrics)):
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
    tracked = set().union(*profiles)
    if tracked:
        random = partial(chance.stream, "people", "who reached what before") if "people" in chance.layers else None
        counts = {i: periods[i].treated for i in in_order(tuple(metrics)) if i in tracked}
        for index, by_profile in moves(metrics, counts, profiles, random).items():
            done[index] = replace(done[index], results=replace(periods[index], moves=by_profile))
    return tuple(done[index] for index in range(len(metrics)))


def _drawn(
    metrics: Sequence[MetricPlan],
    index: int,
    world: World,
    chance: Chance,
    done: Mapping[int, Outcomes],
    periods: Mapping[int, Results],
) -> Drawn:
    """Draw one metric, given those that it hangs on."""
    metric = metrics[index]
    if metric.with_any is not None:
        shape = metrics[metric.with_any].spread
        return _with_any(metric, done[metric.with_any], periods[metric.with_any], shape, chance)
    if metric.interim is not None:
        return _interim(metric, metric.interim, done[metric.interim.of], periods[metric.interim.of], chance)
    if metric.derived:
        return Drawn(None, _composite(metric, periods, chance))
    if not metric.compared:
        return _verified(metric, world.metrics[index], periods, world, chance)
    return _compared(metric, index, world, chance)


def cumulated(found: Results) -> Results:
    """The results as they are published where each is over everybody so far."""
    if found.additive:
        compared = None if found.comparison is None else np.cumsum(found.comparison, axis=0)
        return replace(found, treated=np.cumsum(found.treated, axis=0), comparison=compared)
    persons = np.cumsum(np.broadcast_to(found.persons, found.treated.shape), axis=0)

    def mean(arm: Floats) -> Floats:
        averaged: Floats = np.cumsum(found.persons * arm, axis=0) / persons
        return averaged

    compared = None if found.comparison is None else mean(found.comparison)
    return replace(found, persons=persons, treated=mean(found.treated), comparison=compared)


def _persons(metric: MetricPlan, world: World) -> Floats:
    """Persons of each result: as planned, or those who came, (results, 1) or (results, paths)."""
    planned = metric.persons[:, None]
    if metric.by_period or not world.coming:
        return planned
    share = np.array([world.coming[name] for name in metric.results])
    came: Floats = np.maximum(np.rint(planned * share), 1.0)
    return came


def _verified(
    metric: MetricPlan, believed: Believed, done: Mapping[int, Results], world: World, chance: Chance
) -> Drawn:
    """Draw a metric that is compared with nothing."""
    served = believed.effect
    if metric.additive and not metric.once:
        served = served * metric.share[:, None]
    served = np.clip(served, 0.0, metric.highest)
    if metric.above is not None:
        return Drawn(believed.effect, _reached(metric, served, done[metric.above], chance))
    persons = _persons(metric, world)
    treated = np.empty_like(served)
    for i, result in enumerate(metric.results):
        if "people" in chance.layers:
            treated[i] = measured(metric, served[i], _one(persons[i]), chance, "people", (result, "treated"))
        else:
            treated[i] = served[i] * persons[i] if metric.once else served[i]
    weights = np.ones_like(persons) if metric.additive else persons
    return Drawn(believed.effect, Results(metric.sign, weights, treated, None, metric.additive))


def _one(persons: Floats) -> float | Floats:
    """Persons as one number where they are the same on all paths."""
    return float(persons[0]) if persons.size == 1 else persons


def _compared(metric: MetricPlan, index: int, world: World, chance: Chance) -> Drawn:
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
    part = sum((share * kept for _, share, kept in strata(world)), np.zeros(chance.paths))
    effect = believed.effect if metric.additive or world.taking_part is None else believed.effect * part
    groups = _groups(metric, believed, treated, served, persons, chance)
    weights = np.ones_like(persons) if metric.additive else persons
    return Drawn(effect, _results(metric, weights, treated, groups, persons), groups)


def _results(metric: MetricPlan, weights: Floats, treated: Floats, groups: Floats, persons: Floats) -> Results:
    """The results that are published, with how precise they are where the contract asks."""
    if metric.design is None:
        return Results(metric.sign, weights, treated, None, metric.additive)
    written = metric.design.written
    if written is not None:
        comparison: Floats = np.broadcast_to(written[:, None], treated.shape)
    else:
        comparison = combined(metric.design.weights, groups)
    noise = None
    if metric.tested:
        differ = metric.persons_differ
        sizes = [
            group.per_person * persons[group.result] if group.per_person else np.array([group.persons])
            for group in metric.groups
        ]
        noise = Noise(
            metric.design,
            differ.variance(treated, np.broadcast_to(persons, treated.shape), metric.design.clusters),
            np.array(
                [
                    np.zeros(treated.shape[1]) if group.written else differ.variance(level, size, group.clusters)
                    for group, level, size in zip(metric.groups, groups, sizes, strict=True)
                ]
            ),
            differ.correlation,
        )
    return Results(metric.sign, weights, treated, comparison, metric.additive, noise=noise)


def combined(weights: Floats, groups: Floats) -> Floats:
    """The counterfactual of each result: a weighted sum of what was measured on groups, never below zero."""
    found = np.zeros((len(weights), groups.shape[1]))
    for i, row in enumerate(weights):
        for number in np.flatnonzero(row):
            found[i] = found[i] + row[number] * groups[number]
    return np.maximum(found, 0.0)


def _served(
    metric: MetricPlan, index: int, i: int, level: Floats, persons: Floats, world: World, chance: Chance
) -> Floats:
    """What is measured on those served in one result, (paths,): on each stratum of them, where there are several."""
    result, parts = metric.results[i], () if metric.additive else strata(world)
    clusters = 0 if metric.design is None else metric.design.clusters
    if not parts:
        return measured(metric, level, _one(persons), chance, "people", (result, "treated"), clusters)
    believed = world.metrics[index]
    base, effect = usual_level(metric, believed, i), believed.effect[i]
    left = np.broadcast_to(np.rint(persons), effect.shape).astype(np.int64)
    total, rest = np.zeros_like(effect), np.ones_like(effect)
    for stratum, share, kept in parts:
        odds = np.clip(np.divide(share, rest, out=np.zeros_like(rest), where=rest > 0), 0.0, 1.0)
        last = stratum == parts[-1][0]
        here = left if last else chance.stream("people", "taking part", result, stratum).binomial(left, odds)
        of_them = with_effect(metric, base, kept * effect)
        found = measured(metric, of_them, here.astype(float), chance, "people", (result, "treated", stratum))
        total = total + np.where(here > 0, found * here, 0.0)
        left, rest = left - here, rest - share
    mean: Floats = total / np.maximum(np.rint(persons), 1.0)
    return mean


def _groups(
    metric: MetricPlan, believed: Believed, treated: Floats, served: Floats, persons: Floats, chance: Chance
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
        size = _one(persons[group.result] * group.per_person) if group.per_person else group.persons
        if "measurement" not in chance.layers:
            found[number] = true[number]
        elif group.twin is not None and metric.evaluation.correlation > 0 and "people" in chance.layers:
            pair = (treated, served) if group.own else (found, true)
            twin = group.result if group.own else group.twin
            after = (pair[0][twin], pair[1][twin])
            found[number] = before(metric, true[number], after, size, chance, group.component)
        else:
            found[number] = measured(metric, true[number], size, chance, "measurement", group.component, group.clusters)
    return found


def _with_any(metric: MetricPlan, count: Outcomes, found: Results, shape: float, chance: Chance) -> Drawn:
    """The share of persons with any event, on the persons whose events are known in all: served and compared."""
    persons = np.broadcast_to(found.persons, found.treated.shape)
    people, measuring = ("people" in chance.layers), ("measurement" in chance.layers)
    treated = np.array(
        [
            with_any(level, size, shape, _random(chance, "people", metric, (name, "treated")) if people else None)
            for name, level, size in zip(metric.results, found.treated, persons, strict=True)
        ]
    )
    groups = np.zeros((0, chance.paths))
    if count.groups is not None:
        groups = np.array(
            [
                with_any(
                    level,
                    group.per_person * persons[group.result]
                    if group.per_person
                    else np.full(chance.paths, group.persons),
                    shape,
                    _random(chance, "measurement", metric, group.component) if measuring else None,
                )
                for group, level in zip(metric.groups, count.groups, strict=True)
            ]
        )
    return Drawn(None, _results(metric, found.persons, treated, groups, found.persons), groups)


def _random(chance: Chance, source: str, metric: MetricPlan, names: tuple[str, ...]) -> partial[np.random.Generator]:
    return partial(chance.stream, source, metric.name, *names)


def _interim(metric: MetricPlan, interim: Interim, count: Outcomes, found: Results, chance: Chance) -> Drawn:
    """An early result: those who came first hold a part of all events, and a part of these has happened by then."""
    persons = np.broadcast_to(found.persons, found.treated.shape)
    early = np.maximum(np.rint(interim.persons * persons), 1.0)
    people, measuring = ("people" in chance.layers), ("measurement" in chance.layers)
    treated = np.array(
        [
            _thinned(
                metric, interim, level, size, _random(chance, "people", metric, (name, "treated")) if people else None
            )
            for name, level, size in zip(metric.results, found.treated, persons, strict=True)
        ]
    )
    groups = np.zeros((0, chance.paths))
    if count.groups is not None:
        groups = np.array(
            [
                _thinned(
                    metric,
                    interim,
                    level,
                    group.per_person * persons[group.result]
                    if group.per_person
                    else np.full(chance.paths, group.persons),
                    _random(chance, "measurement", metric, group.component) if measuring else None,
                )
                for group, level in zip(metric.groups, count.groups, strict=True)
            ]
        )
    return Drawn(None, _results(metric, early, treated, groups, early), groups)


def _thinned(
    metric: MetricPlan, interim: Interim, level: Floats, persons: Floats, random: partial[np.random.Generator] | None
) -> Floats:
    """The level measured early on the first persons. Given all events, each person's share of them is Dirichlet."""
    if random is None:
        return level * interim.events
    whole = np.maximum(np.rint(persons), 1.0)
    first = np.maximum(np.rint(interim.persons * whole), 1.0)
    share = first / whole
    if np.isfinite(metric.spread):
        rest = np.maximum(metric.spread * (whole - first), 1e-9)
        share = np.where(first < whole, random("persons").beta(metric.spread * first, rest), 1.0)
    events = np.rint(level * whole).astype(np.int64)
    return random("events").binomial(events, np.clip(share * interim.events, 0.0, 1.0)) / first


def _reached(metric: MetricPlan, level: Floats, above: Results, chance: Chance) -> Results:
    """Draw a funnel: of those who reached the metric above, who reach this one, and in which result."""
    people = "people" in chance.layers
    came = above.treated if above.additive else above.treated * above.persons
    if not metric.once:  # a proportion of those who reached the metric above
        share = level
        if people:
            whole = np.rint(came).astype(np.int64)
            reached = np.array(
                [
                    chance.stream("people", metric.name, result, "treated").binomial(whole[i], level[i])
                    for i, result in enumerate(metric.results)
                ]
            )
            share = np.where(came > 0, reached / np.maximum(came, 1.0), 0.0)
        return Results(metric.sign, came, share, None)
    treated = np.zeros((len(metric.results), chance.paths))
    for i, row in enumerate(metric.flow):
        left, rest = came[i], 1.0
        for place in np.flatnonzero(row):
            source = str(i) if metric.by_period else ""
            random = chance.stream("people", metric.name, metric.results[place], source, "treated")
            share = np.minimum(level[place] * row[place] / rest, 1.0)  # of those who have not gone elsewhere
            moved = random.binomial(np.rint(left).astype(np.int64), share) if people else left * share
            treated[place] += moved
            left, rest = left - moved, np.maximum(rest - level[place] * row[place], 1e-300)
    return Results(metric.sign, metric.weights[:, None], treated, None, additive=True)


def _composite(metric: MetricPlan, done: Mapping[int, Results], chance: Chance) -> Results:
    """Draw who has none of some outcomes and at least one of others.

    The outcomes fall on persons independently. Given how many have each, the overlaps are hypergeometric, so that the
    composite agrees with its parts person by person and leaves their draws as they were.
    """
    none, some = metric.composite
    arms: dict[str, Floats] = {}
    every = range(len(metric.results))
    first = done[(none + some)[0]]
    for arm in ("treated", "comparison") if first.comparison is not None else ("treated",):
        layer: Layer = "people" if arm == "treated" else "measurement"
        groups = metric.groups
        persons = metric.persons if arm == "treated" else [groups[min(i, len(groups) - 1)].persons for i in every]
        found = np.empty((len(metric.results), chance.paths))
        for i, result in enumerate(metric.results):
            size = max(round(persons[i]), 1)
            free = np.full(chance.paths, float(size))
            bare = free
            for number, part in enumerate((*none, *some)):
                names = (metric.name, arm, result, str(number))
                random = chance.stream(layer, *names) if layer in chance.layers else None
                if number == len(none):
                    bare = free.copy()
                here = free if number < len(none) else bare
                here -= _overlap(getattr(done[part], arm)[i], here, size, random)
            found[i] = (free - bare if some else free) / size
        arms[arm] = found
    return Results(metric.sign, metric.persons[:, None], arms["treated"], arms.get("comparison"))


def _overlap(share: Floats, among: Floats, size: int, random: np.random.Generator | None) -> Floats:
    """How many of `among` have an outcome that a share of all `size` persons have."""
    if random is None:
        return among * share
    have = np.rint(share * size).astype(np.int64)
    inside = among.astype(np.int64)
    return random.hypergeometric(inside, size - inside, have).astype(np.float64)
