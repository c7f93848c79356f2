"""The prior: worlds drawn from what is believed. First stage of a simulated path; `outcomes.py` follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from sib.arrays import Floats
from sib.chance.common import Asking
from sib.chance.distributions import Beta
from sib.chance.sources import LAYERS, TOGETHER, Chance, Component
from sib.chance.special import ndtr, ndtri
from sib.model.beliefs import Drift, Programme
from sib.model.levels import compared_level
from sib.model.model import MetricModel, Model
from sib.model.worlds import Believed, Shocks, World
from sib.scenario.paths import path_of

_MOST_BIAS = 0.9  # beyond it the comparison's level would run away
_FEWEST = 0.01  # a share of the planned persons


def believe(model: Model, chance: Chance) -> World:
    """Draw one block of worlds."""
    if model.together is not None:
        chance = replace(chance, together=model.together)
    metrics, programme = model.metrics, model.programme
    part = None
    if programme.engagement is not None:
        known = programme.engagement
        part = np.full(chance.paths, known.share)
        if chance.believing and known.sd > 0:
            part = Beta(known.share, known.sd).of_score(chance.normal("engagement", "engagement"))
    coming, late, slower = {}, {}, {}
    if programme.referrals is not None:
        known_of = programme.referrals
        for cohort in programme.cohorts:
            sure = np.full(chance.paths, known_of.mean)
            share = _spread(sure, known_of.sd, chance, "referrals", ("referrals", cohort))
            coming[cohort] = np.maximum(share * known_of.slowly[cohort], _FEWEST)
            if known_of.late[1] > 0:
                late[cohort] = _late(known_of.late, chance, cohort)
            if known_of.pace_sd > 0:
                slower[cohort] = _factor(known_of.pace_sd, chance, "referrals", ("referrals", cohort, "pace"))
    enrolled = {
        intake.cohort: intake.come(coming[intake.cohort])
        * intake.chances(months - 1, late.get(intake.cohort), slower.get(intake.cohort))
        for intake, months in programme.enrolling
    }
    believed = tuple(_metric(model, metric, chance) for metric in metrics)
    shocks = _shocks(programme, chance, enrolled)
    return World(believed, part, coming, shocks, programme.engagement, late, slower)


def _late(months: tuple[int, int], chance: Chance, cohort: str) -> Floats:
    """By how many months the persons of a cohort come late: each number as likely; on average without chance."""
    least, most = months
    if not chance.believing or least == most:
        return np.full(chance.paths, (least + most) / 2.0)
    found: Floats = np.floor(least + (most - least + 1) * ndtr(chance.normal("referrals", "referrals", cohort, "late")))
    return found


def _factor(sd: float, chance: Chance, source: str, names: tuple[str, ...]) -> Floats:
    """A factor about which all that is known is how it spreads: lognormal with mean one."""
    if not chance.believing:
        return np.ones(chance.paths)
    variance = np.log1p(sd**2)  # of its logarithm
    found: Floats = np.exp(np.sqrt(variance) * chance.normal(source, *names) - variance / 2.0)
    return found


def _spread(sure: Floats, sd: float, chance: Chance, source: str, names: tuple[str, ...]) -> Floats:
    """A normal belief about something: surely its mean where what is believed does not vary."""
    if not chance.believing or sd == 0:
        return sure
    return sure + sd * chance.normal(source, *names)


def _metric(model: Model, metric: MetricModel, chance: Chance) -> Believed:
    """Draw what holds for one metric: for two estimates of one effect the same, from coordinates of one name."""
    same = metric.origin.same_as
    first = metric if same is None else model.metrics[same]
    flattered = first if _shares_bias(metric) else metric
    effect = _effect(first, chance)
    known, source = metric.evaluation, path_of(["evaluation", flattered.name])
    common = np.full(chance.paths, known.bias)
    if "measurement" in chance.layers and known.bias_sd > 0:
        common = common + known.bias_sd * chance.normal(source, flattered.name, "bias")
    bounded = np.clip(common, -_MOST_BIAS, _MOST_BIAS)
    bias = np.broadcast_to(bounded, effect.shape)
    if "measurement" in chance.layers and known.bias_between_cohorts > 0:
        own = [chance.normal(source, flattered.name, result, "bias") for result in metric.results]
        bias = np.clip(common + known.bias_between_cohorts * np.array(own), -_MOST_BIAS, _MOST_BIAS)
    drift = None if metric.drift is None else _drift(first, metric.drift, chance)
    stretch = None
    if metric.pace_sd > 0:
        stretch = _factor(metric.pace_sd, chance, path_of(["timing", metric.name]), (metric.name, "pace"))
    believed = Believed(effect, bias, bounded, drift, stretch=stretch)
    return replace(believed, history=_history(metric, first, believed, chance))


def _shares_bias(metric: MetricModel) -> bool:
    """Whether the group that a metric is compared with, and so its bias, is that of the one that it is the same as."""
    return any(metric.groups[number].biased and not metric.groups[number].own for number in metric.origin.shared)


def _drift(metric: MetricModel, drift: Drift, chance: Chance) -> Floats:
    """The level relative to the start's at each moment: a trend, times a random walk from the start both ways."""
    times = metric.moments
    found: Floats = np.repeat(((1.0 + drift.trend) ** times)[:, None], chance.paths, axis=1)
    if not chance.believing or drift.sd == 0:
        return found
    source = path_of(["drift", metric.name])
    steps = ndtri(np.array([chance.uniform(source, metric.name, "drift", f"{time:.9f}") for time in times]))
    walk = np.zeros_like(found)
    for away in (np.flatnonzero(times > 0), np.flatnonzero(times < 0)[::-1]):
        gaps = np.diff(np.abs(times[away]), prepend=0.0)
        walk[away] = np.cumsum(np.sqrt(gaps)[:, None] * steps[away], axis=0)
    factor: Floats = found * np.exp(drift.sd * walk - 0.5 * drift.sd**2 * np.abs(times)[:, None])
    return factor


def _history(metric: MetricModel, first: MetricModel, believed: Believed, chance: Chance) -> dict[int, Floats]:
    """What was measured on groups that all results share, some of them with the metric that comes `first`."""
    found = {}
    for number, group in enumerate(metric.groups):
        if group.shared:
            level = compared_level(metric, believed, number)
            if "measurement" in chance.layers:
                name, whose = metric.name, group
                if number in metric.origin.shared:
                    name, whose = first.name, first.groups[metric.origin.shared[number]]
                coordinates = partial(chance.coordinates, "measurement", name, *whose.component)
                level = metric.law.draw(level, group.persons, coordinates)
            found[number] = level
    return found


def _shocks(programme: Programme, chance: Chance, enrolled: Mapping[str, Floats]) -> Shocks:
    """What goes wrong. Without chance costs overrun by their mean, delays are the likeliest, nothing else happens."""
    overruns, hazards, delays = {}, {}, {}
    for cost, overrun in programme.overruns.items():
        sure = np.full(chance.paths, 1.0 + overrun.mean)
        factor = _spread(sure, overrun.sd, chance, path_of(["overruns", cost]), ("overruns", cost))
        overruns[cost] = np.maximum(factor, 0.0)
    for name, rate in programme.hazards.items():
        hazards[name] = np.full(chance.paths, np.inf)
        if chance.believing and rate > 0:
            hazards[name] = chance.exponential(path_of(["hazards", name]), "hazards", name) / rate
    for name, delay in programme.delays.items():
        delays[name] = np.full(chance.paths, int(np.argmax(delay.chances)))
        if chance.believing:
            uniform = chance.uniform(path_of(["delays", name]), "delays", name)
            delays[name] = np.minimum(
                np.searchsorted(np.cumsum(delay.chances), uniform, side="right"), len(delay.chances) - 1
            )
    return Shocks(overruns, hazards, delays, enrolled)


def _effect(metric: MetricModel, chance: Chance) -> Floats:
    """True improvement, or true level as it can be, of each result, (results, paths)."""
    belief, paths = metric.belief, chance.paths
    shape = (len(metric.results), paths)
    if belief is None:
        return np.zeros(shape)
    source = metric.source
    deal = np.full(paths, belief.deal.mean)
    if chance.believing and belief.deal.varies:
        deal = belief.deal.of_score(chance.normal(source, metric.name, "effect"))
    low, high = (-np.inf, np.inf) if metric.compared else (0.0, metric.law.highest)
    if belief.learning == 0 and not (chance.believing and belief.between_results > 0):
        return np.broadcast_to(np.clip(deal, low, high), shape)
    effects: Floats = deal + belief.learning * np.arange(shape[0])[:, None]
    if chance.believing and belief.between_results > 0:
        for i, result in enumerate(metric.results):
            effects[i] += belief.between_results * chance.normal(
                f"{source}.between_cohorts", metric.name, result, "effect"
            )
    return np.clip(effects, low, high)


def sources(model: Model) -> tuple[str, ...]:
    """The beliefs that something is drawn from, by their paths under `beliefs`."""
    metrics, programme = model.metrics, model.programme
    found: list[str] = []
    for metric in metrics:
        belief, known = metric.belief, metric.evaluation
        path = metric.source
        alone = metric.origin.same_as is None
        if belief is not None and alone:
            found += [path] if belief.deal.varies else []
            found += [f"{path}.between_cohorts"] if belief.between_results > 0 else []
        unsure = known.bias_sd > 0 or known.bias_between_cohorts > 0
        if belief is not None and unsure and not _shares_bias(metric):
            found.append(path_of(["evaluation", metric.name]))
        if belief is not None and alone and metric.drift is not None and metric.drift.sd > 0:
            found.append(path_of(["drift", metric.name]))
        found += [path_of(["timing", metric.name])] if metric.pace_sd > 0 else []
    found += ["engagement"] if programme.engagement is not None and programme.engagement.sd > 0 else []
    found += ["referrals"] if programme.referrals is not None and programme.referrals.varies else []
    found += [path_of(["overruns", name]) for name, overrun in programme.overruns.items() if overrun.sd > 0]
    found += [path_of(["hazards", name]) for name, rate in programme.hazards.items() if rate > 0]
    found += [path_of(["delays", name]) for name, delay in programme.delays.items() if len(delay.chances) > 1]
    if model.together is None:
        return tuple(found)
    asking = Asking(1, np.random.SeedSequence(0), 0, frozenset(LAYERS))
    believe(model, asking)  # of a belief that is correlated, more may be drawn for each cohort by itself
    own = {*found} - ({*model.together.paths} - {*asking.asked})
    return (*(path for path in found if path in own), TOGETHER)


def scores(model: Model) -> dict[str, Component]:
    """The beliefs of which one number is drawn for the whole deal, by their paths under `beliefs`: from what component.

    What is drawn for each cohort by itself (referrals, how effects differ between cohorts) and what moves step by step
    (drift) is not among them.
    """
    asking = Asking(1, np.random.SeedSequence(0), 0, frozenset(LAYERS))
    believe(replace(model, together=None), asking)
    whole = {source: [one for one in found if len(one) <= 2] for source, found in asking.asked.items()}
    return {source: found[0] for source, found in whole.items() if len(found) == 1}
