"""Likelihood: worlds as they are likely to be given results in hand, by importance sampling.

Worlds are drawn from the beliefs and weighed by how likely each makes what was observed (the likelihood: binomial and
Poisson where a share or a count is verified, normal where a level is compared, with the variance that the design has);
then as many are drawn again by their weights as there are paths. What has not been observed follows from these worlds
as ever; what has been is put in as it was published.

References: Rubin 1987 (sampling importance resampling); Kong 1992 (effective sample size ``(sum w)**2 / sum w**2``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sib.arrays import Floats, take
from sib.chance.sources import Chance
from sib.errors import InputError, Problem
from sib.model.model import Model
from sib.model.observed import Observed
from sib.model.prior import believe
from sib.model.worlds import World

_POOL = 8  # worlds drawn for each path at first; doubled until they are worth as many as the paths
_MOST = 64


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
        origin = model.metrics[index].origin
        for row, seen in known.items():
            total = total + origin.log_likelihood(index, row, seen, model, world)
    return total
