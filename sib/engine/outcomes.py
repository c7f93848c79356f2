"""Outcomes: draws from the beliefs what happens to people, served and compared. First step of a simulated path.

Three layers of chance, each of which can be switched off: *belief* (the true effect is not known), *people* (a finite
cohort is a sample) and *measurement* (the comparison group is a sample, and how far it is biased is not known).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
from scipy.special import ndtri

from sib.engine.evaluation import Index, Readable, Results
from sib.engine.measuring import MetricPlan, in_order, mean_of
from sib.engine.profiles import moves
from sib.engine.schedules import Floats
from sib.engine.streams import stream

Layer = Literal["belief", "people", "measurement"]
LAYERS: tuple[Layer, ...] = ("belief", "people", "measurement")

_MOST_BIAS = 0.9  # beyond it the comparison's level would run away
_SMALLEST = 2.0**-54  # a uniform draw of exactly zero has no normal quantile


@dataclass(frozen=True)
class Chance:
    """Where a block's chance comes from, and which layers of it are on."""

    paths: int
    seed: np.random.SeedSequence
    block: int
    layers: frozenset[Layer]

    def stream(self, *component: str) -> np.random.Generator:
        """The random stream of a component."""
        return stream(self.seed, self.block, *component)


@dataclass(frozen=True)
class Outcomes:
    """What happened to a metric: arrays of results by paths.

    `effect` is the true relative improvement, or the true level where there is no comparison; None for a metric that is
    worked out from others. `results` are what is measured and published.
    """

    effect: Floats | None
    results: Readable


def draw(
    metrics: Sequence[MetricPlan],
    chance: Chance,
    profiles: Sequence[frozenset[int]] = (frozenset(),),
    given: Mapping[int, Results] | None = None,
) -> tuple[Outcomes, ...]:
    """Draw one block of outcomes of all metrics, in their order.

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
        effect, found = (
            (None, _composite(metric, periods, chance)) if metric.derived else _draw(metric, periods, chance)
        )
        periods[index] = found
        done[index] = Outcomes(effect, cumulated(found) if metric.cumulative else found)
    tracked = set().union(*profiles)
    if tracked:
        random = partial(chance.stream, "who reached what before") if "people" in chance.layers else None
        counts = {i: periods[i].treated for i in in_order(tuple(metrics)) if i in tracked}
        for index, by_profile in moves(metrics, counts, profiles, random).items():
            done[index] = replace(done[index], results=replace(periods[index], moves=by_profile))
    return tuple(done[index] for index in range(len(metrics)))


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


def _draw(metric: MetricPlan, done: Mapping[int, Results], chance: Chance) -> tuple[Floats, Results]:
    """Draw a metric that is measured by itself.

    Totals of counts are drawn exactly: the sum over n persons of negative binomial counts of mean m and shape k is
    Poisson with a gamma mean of shape nk and scale m/k. The effect scales each person's rate, so both arms share k.
    """
    effect = _beliefs(metric, chance)
    served = effect
    if metric.compared:
        served = metric.base[:, None] * (1.0 + metric.sign * effect)
    elif metric.additive and not metric.once:
        served = effect * metric.share[:, None]
    served = np.clip(served, 0.0, metric.highest)
    if metric.above is not None:
        return effect, _reached(metric, served, done[metric.above], chance)
    people = "people" in chance.layers
    treated = np.empty_like(served)
    for i, result in enumerate(metric.results):
        names = (metric.name, result, "treated")
        treated[i] = (
            _sample(metric, served[i], metric.persons[i], names, chance) if people else _sure(metric, served, i)
        )
    return effect, Results(metric.sign, metric.weights[:, None], treated, _comparison(metric, chance), metric.additive)


def _sure(metric: MetricPlan, served: Floats, i: int) -> Floats:
    """A result just as expected."""
    expected: Floats = served[i] * metric.persons[i] if metric.once else served[i]
    return expected


def _comparison(metric: MetricPlan, chance: Chance) -> Floats | None:
    """What is measured of those that persons are compared with, (results, paths)."""
    if not metric.compared:
        return None
    if metric.written is not None:
        written: Floats = np.broadcast_to(metric.written[:, None], (len(metric.results), chance.paths))
        return written
    measured = "measurement" in chance.layers
    bias = np.full(chance.paths, metric.evaluation.bias)
    if measured and metric.evaluation.bias_sd > 0:
        bias += metric.evaluation.bias_sd * chance.stream(metric.name, "bias").standard_normal(chance.paths)
    compared = metric.base[:, None] / (1.0 + metric.sign * np.clip(bias, -_MOST_BIAS, _MOST_BIAS))
    compared = np.minimum(compared, metric.highest)
    found: Floats = np.empty_like(compared)
    for i, result in enumerate(metric.results):
        if not measured:
            found[i] = compared[i]
        elif metric.one_group and i > 0:
            found[i] = found[0] * (compared[i] / compared[0])
        else:
            found[i] = _sample(metric, compared[i], metric.controls[i], (metric.name, result, "comparison"), chance)
    return found


def _sample(metric: MetricPlan, level: Floats, persons: float, names: tuple[str, ...], chance: Chance) -> Floats:
    """What is measured on so many persons whose true level is given, (paths,)."""
    match metric.kind:
        case "count":
            found = _totals(level, persons, metric.spread, chance, names) / persons
            return found if np.isinf(metric.most) else np.minimum(found, metric.most)
        case "proportion":
            return chance.stream(*names).binomial(max(round(persons), 1), level) / max(round(persons), 1)
        case "total" if metric.once:
            return chance.stream(*names).binomial(round(persons), level).astype(np.float64)
        case "total":
            sd = metric.spread * level if metric.compared else metric.spread * np.sqrt(persons)
        case _:
            sd = metric.spread / np.sqrt(persons)
    if metric.spread == 0:
        return level
    noise = chance.stream(*names).standard_normal(chance.paths)
    return np.clip(level + sd * noise, 0.0, metric.highest)


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
                    chance.stream(metric.name, result, "treated").binomial(whole[i], level[i])
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
            random = chance.stream(metric.name, metric.results[place], source, "treated")
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
    first = done[(none + some)[0]]
    for arm in ("treated", "comparison") if first.comparison is not None else ("treated",):
        layer: Layer = "people" if arm == "treated" else "measurement"
        persons = metric.persons if arm == "treated" else metric.controls
        found = np.empty((len(metric.results), chance.paths))
        for i, result in enumerate(metric.results):
            size = max(round(persons[i]), 1)
            free = np.full(chance.paths, float(size))
            bare = free
            for number, part in enumerate((*none, *some)):
                names = (metric.name, arm, result, str(number))
                random = chance.stream(*names) if layer in chance.layers else None
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


def _totals(mean: Floats, persons: float, shape: float, chance: Chance, names: tuple[str, ...]) -> Floats:
    """Events in all among `persons`.

    Gamma and Poisson have streams of their own, so that a change of the mean leaves the persons' rates as they were:
    scenarios compared on one seed share most of their chance.
    """
    expected = mean * persons
    if np.isfinite(shape):
        rates = chance.stream(*names, "rates").standard_gamma(shape * persons, chance.paths)
        expected = rates * (mean / shape)
    return chance.stream(*names, "events").poisson(expected).astype(np.float64)


def _beliefs(metric: MetricPlan, chance: Chance) -> Floats:
    """True improvement, or true level, of each result, (results, paths)."""
    belief, paths = metric.belief, chance.paths
    shape = (len(metric.results), paths)
    if belief is None:
        return np.zeros(shape)
    believed = "belief" in chance.layers
    deal = np.full(paths, mean_of(belief))
    if believed and belief.distribution != "certain":
        uniform = chance.stream(metric.name, "effect").random(paths)
        deal = _QUANTILES[belief.distribution](np.maximum(uniform, _SMALLEST), belief)
    learning, between = getattr(belief, "learning", 0.0), getattr(belief, "between_cohorts", 0.0)
    effects: Floats = deal + learning * np.arange(shape[0])[:, None]
    if believed and between > 0:
        for i, result in enumerate(metric.results):
            own = chance.stream(metric.name, result, "effect").standard_normal(paths)
            effects[i] += between * own
    return effects


def _triangular(u: Floats, e: Any) -> Floats:
    width = e.high - e.low
    turn = (e.mode - e.low) / width if width > 0 else 0.0
    rising = e.low + np.sqrt(u * width * (e.mode - e.low))
    falling = e.high - np.sqrt((1 - u) * width * (e.high - e.mode))
    drawn: Floats = np.where(u < turn, rising, falling)
    return drawn


_QUANTILES: dict[str, Callable[[Floats, Any], Floats]] = {
    "normal": lambda u, e: e.mean + e.sd * ndtri(u),
    "uniform": lambda u, e: e.low + (e.high - e.low) * u,
    "triangular": _triangular,
}
