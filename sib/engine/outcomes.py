"""Outcomes: draws from the beliefs what happens to people, served and compared. First step of a simulated path.

Three layers of chance, each of which can be switched off: *belief* (the true effect is not known), *people* (a finite
cohort is a sample) and *measurement* (the comparison group is a sample, and how far it is biased is not known).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import ndtri

from sib.engine.plan import MetricPlan
from sib.engine.schedules import Floats
from sib.engine.streams import stream
from sib.terms.beliefs import Effect

Layer = Literal["belief", "people", "measurement"]
LAYERS: tuple[Layer, ...] = ("belief", "people", "measurement")

_MOST_BIAS = 0.9  # beyond it the comparison's level would run away
_SMALLEST = 2.0**-54  # a uniform draw of exactly zero has no normal quantile


@dataclass(frozen=True)
class Outcomes:
    """What happened to a metric: arrays of cohorts by paths.

    `effect` is the true relative improvement, `treated` and `comparison` are events a person.
    """

    effect: Floats
    treated: Floats
    comparison: Floats


def draw(
    metric: MetricPlan, paths: int, seed: np.random.SeedSequence, block: int, chance: frozenset[Layer]
) -> Outcomes:
    """Draw one block of a metric's outcomes.

    Totals are drawn exactly: the sum over n persons of negative binomial counts of mean m and shape k is Poisson with
    a gamma mean of shape nk and scale m/k. The effect scales each person's rate, so both arms share k.
    """
    cohorts = len(metric.cohorts)
    effect = _effects(metric, paths, seed, block, "belief" in chance)
    bias = np.full(paths, metric.evaluation.bias)
    if "measurement" in chance and metric.evaluation.bias_sd > 0:
        bias += metric.evaluation.bias_sd * stream(seed, block, metric.name, "bias").standard_normal(paths)
    served = np.maximum(metric.mean * (1.0 + metric.sign * effect), 0.0)
    compared = metric.mean / (1.0 + metric.sign * np.clip(bias, -_MOST_BIAS, _MOST_BIAS))
    treated, comparison = np.empty((cohorts, paths)), np.empty((cohorts, paths))
    for i, (cohort, persons) in enumerate(zip(metric.cohorts, metric.persons, strict=True)):
        arms = (
            ("treated", treated, served[i], persons, "people"),
            ("comparison", comparison, compared, persons * metric.controls, "measurement"),
        )
        for arm, levels, mean, size, layer in arms:
            if layer in chance:
                names = (metric.name, cohort, arm)
                levels[i] = _totals(mean, size, metric.shape, paths, seed, block, names) / size
            else:
                levels[i] = mean
    return Outcomes(effect=effect, treated=treated, comparison=comparison)


def _totals(
    mean: Floats,
    persons: float,
    shape: float,
    paths: int,
    seed: np.random.SeedSequence,
    block: int,
    names: tuple[str, ...],
) -> Floats:
    """Events in all among `persons`.

    Gamma and Poisson have streams of their own, so that a change of the mean leaves the persons' rates as they were:
    scenarios compared on one seed share most of their chance.
    """
    expected = mean * persons
    if np.isfinite(shape):
        rates = stream(seed, block, *names, "rates").standard_gamma(shape * persons, paths)
        expected = rates * (mean / shape)
    return stream(seed, block, *names, "events").poisson(expected).astype(np.float64)


def _effects(metric: MetricPlan, paths: int, seed: np.random.SeedSequence, block: int, believed: bool) -> Floats:
    """True improvement of each cohort, (cohorts, paths)."""
    effect = metric.effect
    cohorts = len(metric.cohorts)
    if effect.distribution == "certain":
        return np.full((cohorts, paths), effect.value)
    deal = np.full(paths, _mean(effect))
    if believed:
        uniform = stream(seed, block, metric.name, "effect").random(paths)
        deal = _QUANTILES[effect.distribution](np.maximum(uniform, _SMALLEST), effect)
    effects: Floats = deal + effect.learning * np.arange(cohorts)[:, None]
    if believed and effect.between_cohorts > 0:
        for i, cohort in enumerate(metric.cohorts):
            own = stream(seed, block, metric.name, cohort, "effect").standard_normal(paths)
            effects[i] += effect.between_cohorts * own
    return effects


def _mean(effect: Effect) -> float:
    match effect.distribution:
        case "certain":
            return effect.value
        case "normal":
            return effect.mean
        case "uniform":
            return (effect.low + effect.high) / 2
        case "triangular":
            return (effect.low + effect.mode + effect.high) / 3


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
