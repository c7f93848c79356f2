"""Metrics that hang on others: shares with any event, early results, funnels, composites. Counted on the same persons.

Each is drawn given what was drawn of the metrics that it hangs on, from streams of its own, so that it agrees with them
person by person and leaves their draws as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from sib.arrays import Floats
from sib.chance.sources import Chance, Layer
from sib.model.laws.count import Count
from sib.model.model import Interim, MetricModel
from sib.model.occupancy import with_any
from sib.model.publishing import Drawn, Outcomes, publish
from sib.model.results import Results

_LEAST = 1e-9  # a beta distribution has no shape of 0


def share_with_any(metric: MetricModel, of: MetricModel, count: Outcomes, found: Results, chance: Chance) -> Drawn:
    """The share of persons with any event, on the persons whose events are known in all: served and compared."""
    treated, groups = _each(metric, of, count, found, chance, partial(with_any, shape=_shape(of)))
    return Drawn(None, publish(metric, found.persons, treated, groups, found.persons), groups)


def early_result(
    metric: MetricModel, interim: Interim, of: MetricModel, count: Outcomes, found: Results, chance: Chance
) -> Drawn:
    """An early result: those who came first hold a part of all events, and a part of these has happened by then."""
    treated, groups = _each(metric, of, count, found, chance, partial(_thinned, shape=_shape(of), interim=interim))
    persons = np.maximum(np.rint(interim.persons * found.persons), 1.0)
    return Drawn(None, publish(metric, persons, treated, groups, persons), groups)


def _each(
    metric: MetricModel,
    of: MetricModel,
    count: Outcomes,
    found: Results,
    chance: Chance,
    draw: Callable[..., Floats],
) -> tuple[Floats, Floats]:
    """What follows from a count for those served and for each group: levels, (results, paths) and (groups, paths)."""

    def random(layer: Layer, names: tuple[str, ...]) -> Callable[..., np.random.Generator] | None:
        return partial(chance.stream, layer, metric.name, *names) if layer in chance.layers else None

    persons = np.broadcast_to(found.persons, found.treated.shape)
    treated = [
        draw(level, size, random=random("people", (name, "treated")))
        for name, level, size in zip(metric.results, found.treated, persons, strict=True)
    ]
    groups = [
        draw(
            level,
            group.per_person * persons[group.result] if group.per_person else np.full(chance.paths, group.persons),
            random=random("measurement", group.component),
        )
        for group, level in zip(of.groups, () if count.groups is None else count.groups, strict=True)
    ]
    return np.array(treated), np.array(groups)


def _shape(of: MetricModel) -> float:
    """The negative binomial shape of a count."""
    if not isinstance(of.law, Count):
        message = f"{of.name} is not a count"
        raise TypeError(message)
    return of.law.shape


def _thinned(
    level: Floats,
    persons: Floats,
    shape: float,
    interim: Interim,
    random: Callable[..., np.random.Generator] | None,
) -> Floats:
    """The level measured early on the first persons. Given all events, each person's share of them is Dirichlet."""
    if random is None:
        return level * interim.events
    whole = np.maximum(np.rint(persons), 1.0)
    first = np.maximum(np.rint(interim.persons * whole), 1.0)
    share = first / whole
    if np.isfinite(shape):
        rest = np.maximum(shape * (whole - first), _LEAST)
        share = np.where(first < whole, random("persons").beta(shape * first, rest), 1.0)
    events = np.rint(level * whole).astype(np.int64)
    early: Floats = random("events").binomial(events, np.clip(share * interim.events, 0.0, 1.0)) / first
    return early


def reached(metric: MetricModel, level: Floats, above: Results, chance: Chance) -> Results:
    """Draw a funnel: of those who reached the metric above, who reach this one, and in which result."""
    people = "people" in chance.layers
    came = above.treated if above.additive else above.treated * above.persons
    if not metric.law.counts_persons:  # a proportion of those who reached the metric above
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


def composite(metric: MetricModel, done: Mapping[int, Results], chance: Chance) -> Results:
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
