"""Conditioning: worlds as they are likely to be given results in hand, by importance sampling.

Worlds are drawn from the beliefs and weighed by how likely each makes what was observed (the likelihood: binomial and
Poisson where a share or a count is verified, normal where a level is compared, with the variance that the design has);
then as many are drawn again by their weights as there are paths. What has not been observed follows from these worlds
as ever; what has been is put in as it was published.

References: Rubin 1987 (sampling importance resampling); Kong 1992 (effective sample size ``(sum w)**2 / sum w**2``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from sib.arrays import Floats, take
from sib.chance.sources import Chance
from sib.errors import InputError, Problem
from sib.model.contrast import contrast
from sib.model.model import Model
from sib.model.prior import believe
from sib.model.results import Results
from sib.model.worlds import World

_POOL = 8  # worlds drawn for each path at first; doubled until they are worth as many as the paths
_MOST = 64
_TINY = 1e-300


@dataclass(frozen=True)
class Seen:
    """One result in hand: persons, the level of those served (or units) and of the comparison."""

    persons: float
    treated: float
    comparison: float


@dataclass(frozen=True)
class Observed:
    """Results in hand: by the metric's position, by the result's."""

    seen: Mapping[int, Mapping[int, Seen]]

    def put_in(self, index: int, found: Results) -> Results:
        """The results of a metric, those in hand as they were published."""
        known = self.seen.get(index)
        if not known:
            return found
        shape = found.treated.shape
        treated, persons = found.treated.copy(), np.array(np.broadcast_to(found.persons, shape))
        comparison = None if found.comparison is None else np.array(np.broadcast_to(found.comparison, shape))
        for row, seen in known.items():
            treated[row], persons[row] = seen.treated, seen.persons
            if comparison is not None:
                comparison[row] = seen.comparison
        return replace(found, treated=treated, comparison=comparison, persons=persons)


def given_observed(
    model: Model, observed: Observed, chance: Callable[[int], Chance], paths: int
) -> tuple[World, float]:
    """Worlds given what was observed, and how many independent ones they are worth.

    `chance` gives the block's chance for so many paths.

    Raises
    ------
    InputError
        Where no world makes what was observed possible.
    """
    pool = _POOL * paths
    while True:
        world = believe(model, chance(pool))
        log_weight = likelihood(model, world, observed)
        if not np.isfinite(log_weight.max()):
            rule = f"results that some world believed makes possible; none of {pool:,} does"
            raise InputError(Problem("observed", "impossible", rule, "widen the beliefs, or correct the results"))
        weight = np.exp(log_weight - log_weight.max())
        effective = float(weight.sum() ** 2 / np.square(weight).sum())
        if effective >= paths or pool >= _MOST * paths:
            break
        pool *= 2
    start = float(chance(1).stream("observed", "drawn again").random())
    edges = (np.arange(paths) + start) / paths
    which = np.searchsorted(np.cumsum(weight) / weight.sum(), edges, side="right")
    return take(world, np.minimum(which, pool - 1)), effective


def likelihood(model: Model, world: World, observed: Observed) -> Floats:
    """Logarithm of how likely each world makes what was observed, but for a constant, (paths,)."""
    total = np.zeros(world.metrics[0].common_bias.shape)
    for index, known in observed.seen.items():
        metric = model.metrics[index]
        one = _compared if metric.compared else _verified
        for row, seen in known.items():
            total = total + one(model, index, row, seen, world)
    return total


def _verified(model: Model, index: int, row: int, seen: Seen, world: World) -> Floats:
    metric = model.metrics[index]
    level = metric.law.level(world.metrics[index].effect[row], metric.share[row])
    return metric.law.log_likelihood(seen.treated, metric.persons[row] if metric.additive else seen.persons, level)


def _compared(model: Model, index: int, row: int, seen: Seen, world: World) -> Floats:
    """How likely the ratio of those served to the comparison is: served less ratio times comparison is about normal."""
    metric = model.metrics[index]
    ratio = seen.treated / seen.comparison
    served, counterfactual, variance = contrast(metric, world, index, row, ratio, seen.persons)
    found: Floats = (
        np.log(np.maximum(counterfactual, _TINY))
        - 0.5 * np.log(np.maximum(variance, _TINY))
        - 0.5 * np.square(served - ratio * counterfactual) / np.maximum(variance, _TINY)
    )
    return found
