"""Likelihood: worlds as they are likely to be given results in hand, by importance sampling.

Worlds are drawn from the beliefs and weighed by how likely each makes what was observed (the likelihood: binomial and
Poisson where a share or a count is verified, the law of a ratio where a level is compared: `improvement.py`); then as
many are drawn again by their weights as there are paths. Where too few agree with what was observed, beliefs are drawn
near it, step by step (`leaning.py`): each step is fitted to worlds that are weighed by a power of the likelihood, as
high a one as enough of them bear, until it is the likelihood itself. What has not been observed follows from these
worlds as ever; what has been is put in as it was published.

References: Rubin 1987 (sampling importance resampling); Kong 1992 (effective sample size ``(sum w)**2 / sum w**2``);
Del Moral, Doucet & Jasra 2006, *Sequential Monte Carlo samplers* (powers of the likelihood); Bugallo et al. 2017,
*Adaptive importance sampling*.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sib.arrays import Floats, take
from sib.chance.sources import Chance
from sib.errors import InputError, Problem
from sib.model.leaning import Lean, Leaning, effective
from sib.model.model import Model
from sib.model.observed import Observed
from sib.model.prior import believe
from sib.model.worlds import World

_POOL = 2  # worlds drawn for each path at first; more where no step is left, until they are worth as many as paths
_MOST = 64
_MORE = 1.2  # times as many as seem enough
_FIT = 0.1  # independent worlds for each path that a step is fitted to
_FITTED = 1_000  # or so many, of few paths
_ONWARD = 1.5  # by how much a step raises the power at least
_FEWEST = 200  # independent worlds, below which nothing is said


def given_observed(
    model: Model, observed: Observed, chance: Callable[[int], Chance], paths: int
) -> tuple[World, float]:
    """Worlds given what was observed, and how many independent ones they are worth.

    `chance` gives the block's chance for so many paths.

    Raises
    ------
    InputError
        Where no world makes what was observed possible, or too few do.
    """
    pool, power, attempt = _POOL * paths, 0.0, 0
    lean: Lean | None = None
    while True:
        leaning = Leaning.of(chance(pool), lean, attempt)
        world = believe(model, leaning)
        log_likely, log_count = likelihood(model, world, observed), leaning.log_count
        if not np.isfinite(log_likely.max()):
            raise InputError(_impossible(model, world, observed))
        weight = _weight(log_likely, log_count, 1.0)
        worth = effective(weight)
        if worth >= paths:
            break
        borne = _power(log_likely, log_count, power, max(_FIT * paths, min(_FITTED, 0.5 * paths)))
        onward = bool(leaning.scores) and borne > power and borne >= min(_ONWARD * power, 1.0)
        if onward:
            power, attempt = borne, attempt + 1
            lean = Lean.fitted(np.array([*leaning.scores.values()]), _weight(log_likely, log_count, power))
        elif pool < _MOST * paths:
            pool = min(max(math.ceil(_MORE * pool * paths / worth), 2 * pool), _MOST * paths)
        else:
            break
    if worth < min(_FEWEST, paths):
        came = f"results with which of {pool:,} worlds so few agree that they are worth {worth:,.0f} independent ones"
        rule = f"worlds that agree with the results, worth {min(_FEWEST, paths)} independent ones at least"
        remedy = "widen the beliefs that they surprise; or correct the results: of each period, not to date, in persons"
        raise InputError(Problem("observed", came, rule, remedy))
    start = float(chance(1).stream("observed", "drawn again").random())
    edges = (np.arange(paths) + start) / paths
    which = np.searchsorted(np.cumsum(weight) / weight.sum(), edges, side="right")
    return take(world, np.minimum(which, pool - 1)), worth


def likelihood(model: Model, world: World, observed: Observed) -> Floats:
    """Logarithm of how likely each world makes what was observed, but for a constant, (paths,)."""
    total = np.zeros(world.metrics[0].common_bias.shape)
    for index, known in observed.seen.items():
        if known:
            total = total + model.metrics[index].origin.log_likelihood(index, observed, model, world)
    return total


def _impossible(model: Model, world: World, observed: Observed) -> Problem:
    """The first result that none of the worlds makes possible, with those of its metric before it."""
    rule = f"results that some world believed makes possible; none of {world.metrics[0].common_bias.size:,} does"
    remedy = "widen the beliefs, or correct the results"
    for index, known in observed.seen.items():
        metric = model.metrics[index]
        for number, (row, seen) in enumerate(known.items(), 1):
            part = replace(observed, seen={**observed.seen, index: dict(list(known.items())[:number])})
            if not np.isfinite(metric.origin.log_likelihood(index, part, model, world).max()):
                where = f"observed[{metric.name!r}], {metric.each} {metric.results[row]}"
                so_far = sum(one.treated for one in list(known.values())[:number])
                came = f"{seen.treated:g}, {so_far:g} so far" if metric.by_period else seen.treated
                return Problem(where, came, rule, remedy)
    return Problem("observed", "these results together", rule, remedy)


def _weight(log_likely: Floats, log_count: Floats, power: float) -> Floats:
    """Weights of worlds by a power of their likelihood; the greatest is one."""
    log_weight = power * log_likely + log_count
    found: Floats = np.exp(log_weight - log_weight.max())
    return found


def _power(log_likely: Floats, log_count: Floats, low: float, enough: float) -> float:
    """The highest power of the likelihood, from a low one up to one, by which worlds are still worth enough."""
    high = 1.0
    if effective(_weight(log_likely, log_count, high)) >= enough:
        return high
    for _ in range(30):
        middle = (low + high) / 2.0
        borne = effective(_weight(log_likely, log_count, middle)) >= enough
        low, high = (middle, high) if borne else (low, middle)
    return low
