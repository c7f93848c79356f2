"""Believing: draws what is believed but not known: the effects, how the evaluator errs, what happens to the programme.

First stage of a simulated path; `outcomes.py` then draws what happens to people in such a *world*. The two are apart so
that worlds can be weighed by results that are in hand (`conditioning.py`) before anything follows from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sib.arrays import Floats, by_path
from sib.chance.sources import Chance
from sib.chance.special import ndtr
from sib.model.model import MetricModel, Model, Programme, mean_of
from sib.model.sampling import measured
from sib.terms.programme import Drift, Engagement

_MOST_BIAS = 0.9  # beyond it the comparison's level would run away
_FEWEST = 0.01  # a share of the planned persons


@dataclass(frozen=True)
class Believed:
    """What holds for one metric. Arrays of results, or of moments, by paths.

    Parameters
    ----------
    effect : array, (results, paths)
        Improvement of those who take part, or the level where nothing is compared.
    bias : array, (results, paths)
        How much the comparison flatters.
    common_bias : array, (paths,)
        The part of it that all results share.
    drift : array, (moments, paths), or None
        The level without the programme relative to the start's, at each of the metric's moments; None where it stays.
    history : mapping of int to array, (paths,)
        What was measured on the groups that all results share, by the group's position.
    """

    effect: Floats = by_path()
    bias: Floats = by_path()
    common_bias: Floats = by_path()
    drift: Floats | None = by_path(default=None)
    history: Mapping[int, Floats] = by_path(default_factory=dict)


@dataclass(frozen=True)
class Shocks:
    """What goes wrong: arrays of paths.

    `overruns` are the factors of costs, by name; `hazards` the years until each event that may happen on any day, by
    its name; `delays` which of its delays each metric's payments have, by the metric's name.
    """

    overruns: Mapping[str, Floats] = by_path(default_factory=dict)
    hazards: Mapping[str, Floats] = by_path(default_factory=dict)
    delays: Mapping[str, Floats] = by_path(default_factory=dict)


@dataclass(frozen=True)
class World:
    """All that is believed and not known, drawn: what holds for each metric, who comes and takes part, what happens."""

    metrics: tuple[Believed, ...] = by_path()
    taking_part: Floats | None = by_path()  # the share of persons who do, (paths,)
    coming: Mapping[str, Floats] = by_path()  # by cohort: the share of the planned persons, (paths,)
    shocks: Shocks = by_path()
    engagement: Engagement | None = None


def believe(model: Model, chance: Chance) -> World:
    """Draw one block of worlds."""
    metrics, programme = model.metrics, model.programme
    part = None
    if programme.engagement is not None:
        sure = np.full(chance.paths, programme.engagement.share)
        part = _spread(sure, programme.engagement.sd, chance, "engagement", ("engagement",))
        part = np.clip(part, 0.0, 1.0)
    coming = {}
    if programme.referrals is not None:
        for cohort in programme.cohorts:
            sure = np.full(chance.paths, programme.referrals.mean)
            share = _spread(sure, programme.referrals.sd, chance, "referrals", ("referrals", cohort))
            coming[cohort] = np.maximum(share, _FEWEST)
    believed = tuple(_metric(metric, chance) for metric in metrics)
    return World(believed, part, coming, _shocks(programme, chance), programme.engagement)


def _spread(sure: Floats, sd: float, chance: Chance, source: str, names: tuple[str, ...]) -> Floats:
    """A normal belief about something: surely its mean where what is believed does not vary."""
    if not chance.believing or sd == 0:
        return sure
    return sure + sd * chance.normal(source, *names)


def _metric(metric: MetricModel, chance: Chance) -> Believed:
    effect = _effect(metric, chance)
    known, source = metric.evaluation, f"evaluation.{metric.name}"
    common = np.full(chance.paths, known.bias)
    if "measurement" in chance.layers and known.bias_sd > 0:
        common = common + known.bias_sd * chance.normal(source, metric.name, "bias")
    bounded = np.clip(common, -_MOST_BIAS, _MOST_BIAS)
    bias = np.broadcast_to(bounded, effect.shape)
    if "measurement" in chance.layers and known.bias_between_cohorts > 0:
        own = [chance.normal(source, metric.name, result, "bias") for result in metric.results]
        bias = np.clip(common + known.bias_between_cohorts * np.array(own), -_MOST_BIAS, _MOST_BIAS)
    drift = None if metric.drift is None else _drift(metric, metric.drift, chance)
    believed = Believed(effect, bias, bounded, drift)
    return replace(believed, history=_history(metric, believed, chance))


def _drift(metric: MetricModel, drift: Drift, chance: Chance) -> Floats:
    """The level relative to the start's at each moment: a trend, times a random walk from the start both ways."""
    times = metric.moments
    found: Floats = np.repeat(((1.0 + drift.trend) ** times)[:, None], chance.paths, axis=1)
    if not chance.believing or drift.sd == 0:
        return found
    steps = chance.stream(f"drift.{metric.name}", metric.name, "drift").standard_normal((chance.paths, len(times))).T
    walk = np.zeros_like(found)
    for away in (np.flatnonzero(times > 0), np.flatnonzero(times < 0)[::-1]):
        gaps = np.diff(np.abs(times[away]), prepend=0.0)
        walk[away] = np.cumsum(np.sqrt(gaps)[:, None] * steps[away], axis=0)
    factor: Floats = found * np.exp(drift.sd * walk - 0.5 * drift.sd**2 * np.abs(times)[:, None])
    return factor


def without_programme(metric: MetricModel, believed: Believed, result: int, time: float) -> Floats:
    """The true level without the programme at a moment, of who is compared, (paths,)."""
    level = np.full(believed.common_bias.shape, metric.base[result])
    return level if believed.drift is None else level * believed.drift[int(np.searchsorted(metric.moments, time))]


def strata(world: World) -> tuple[tuple[str, Floats, float], ...]:
    """Those who do not take part, who drop out, who stay: each one's share of persons, and of the effect."""
    part, known = world.taking_part, world.engagement
    if part is None or known is None:
        return ()
    out = known.drop_out
    return (("apart", 1.0 - part, 0.0), ("dropped out", part * out, known.kept), ("stayed", part * (1.0 - out), 1.0))


def usual_level(metric: MetricModel, believed: Believed, result: int) -> Floats:
    """The true level that those served would have without the programme, (paths,)."""
    base = without_programme(metric, believed, result, metric.times[result])
    return base * (1.0 + metric.sign * metric.evaluation.creaming) if metric.evaluation.creaming else base


def with_effect(metric: MetricModel, base: Floats, effect: Floats) -> Floats:
    """A level with an effect, within what is possible."""
    level: Floats = np.clip(base * (1.0 + metric.sign * effect), 0.0, metric.highest)
    return level


def served_level(metric: MetricModel, world: World, index: int, result: int) -> Floats:
    """The true level of all those served together, (paths,)."""
    believed = world.metrics[index]
    base, effect = usual_level(metric, believed, result), believed.effect[result]
    parts = () if metric.additive else strata(world)
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
        level = level / (1.0 + metric.sign * bias)
    return np.clip(level, 0.0, metric.highest)


def _history(metric: MetricModel, believed: Believed, chance: Chance) -> dict[int, Floats]:
    """What was measured on groups that all results share."""
    found = {}
    for number, group in enumerate(metric.groups):
        if group.shared:
            level = compared_level(metric, believed, number)
            sampled = "measurement" in chance.layers
            found[number] = (
                measured(metric, level, group.persons, chance, "measurement", group.component) if sampled else level
            )
    return found


def _shocks(programme: Programme, chance: Chance) -> Shocks:
    """What goes wrong. Without chance costs overrun by their mean, delays are the likeliest, nothing else happens."""
    overruns, hazards, delays = {}, {}, {}
    for cost, overrun in programme.overruns.items():
        sure = np.full(chance.paths, 1.0 + overrun.mean)
        factor = _spread(sure, overrun.sd, chance, f"overruns.{cost}", ("overruns", cost))
        overruns[cost] = np.maximum(factor, 0.0)
    for name, rate in programme.hazards.items():
        hazards[name] = np.full(chance.paths, np.inf)
        if chance.believing and rate > 0:
            hazards[name] = chance.exponential(f"hazards.{name}", "hazards", name) / rate
    for name, delay in programme.delays.items():
        delays[name] = np.full(chance.paths, int(np.argmax(delay.chances)))
        if chance.believing:
            uniform = chance.uniform(f"delays.{name}", "delays", name)
            delays[name] = np.minimum(
                np.searchsorted(np.cumsum(delay.chances), uniform, side="right"), len(delay.chances) - 1
            )
    return Shocks(overruns, hazards, delays)


def _effect(metric: MetricModel, chance: Chance) -> Floats:
    """True improvement, or true level, of each result, (results, paths)."""
    belief, paths = metric.belief, chance.paths
    shape = (len(metric.results), paths)
    if belief is None:
        return np.zeros(shape)
    source = f"{'effects' if metric.compared else 'levels'}.{metric.name}"
    deal = np.full(paths, mean_of(belief))
    if chance.believing and belief.distribution != "certain":
        deal = _BELIEVED[belief.distribution](chance.normal(source, metric.name, "effect"), belief)
    learning, between = getattr(belief, "learning", 0.0), getattr(belief, "between_cohorts", 0.0)
    effects: Floats = deal + learning * np.arange(shape[0])[:, None]
    if chance.believing and between > 0:
        for i, result in enumerate(metric.results):
            effects[i] += between * chance.normal(f"{source}.between_cohorts", metric.name, result, "effect")
    return effects


def _triangular(z: Floats, e: Any) -> Floats:
    u = ndtr(z)
    width = e.high - e.low
    turn = (e.mode - e.low) / width if width > 0 else 0.0
    rising = e.low + np.sqrt(u * width * (e.mode - e.low))
    falling = e.high - np.sqrt((1 - u) * width * (e.high - e.mode))
    drawn: Floats = np.where(u < turn, rising, falling)
    return drawn


# What a standard normal draw makes of each distribution: beliefs of different shapes share their chance.
_BELIEVED: dict[str, Callable[[Floats, Any], Floats]] = {
    "normal": lambda z, e: e.mean + e.sd * z,
    "uniform": lambda z, e: e.low + (e.high - e.low) * ndtr(z),
    "triangular": _triangular,
}


def sources(model: Model) -> tuple[str, ...]:
    """The beliefs that something is drawn from, by their paths under `beliefs`."""
    metrics, programme = model.metrics, model.programme
    found: list[str] = []
    for metric in metrics:
        belief, known = metric.belief, metric.evaluation
        path = f"{'effects' if metric.compared else 'levels'}.{metric.name}"
        if belief is not None:
            found += [path] if belief.distribution != "certain" else []
            found += [f"{path}.between_cohorts"] if getattr(belief, "between_cohorts", 0.0) > 0 else []
        if belief is not None and (known.bias_sd > 0 or known.bias_between_cohorts > 0):
            found.append(f"evaluation.{metric.name}")
        if belief is not None and metric.drift is not None and metric.drift.sd > 0:
            found.append(f"drift.{metric.name}")
    found += ["engagement"] if programme.engagement is not None and programme.engagement.sd > 0 else []
    found += ["referrals"] if programme.referrals is not None and programme.referrals.sd > 0 else []
    found += [f"overruns.{name}" for name, overrun in programme.overruns.items() if overrun.sd > 0]
    found += [f"hazards.{name}" for name, rate in programme.hazards.items() if rate > 0]
    found += [f"delays.{name}" for name, delay in programme.delays.items() if len(delay.chances) > 1]
    return tuple(found)
