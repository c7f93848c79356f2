"""Contrast: mean and variance of those served less a ratio times their counterfactual, in given worlds.

That an improvement is at least x is that served less (1 - x) times the comparison is at most zero (more where more is
better), which for cohorts of hundreds is normal to a good approximation. Power and the likelihood of results in hand
both come from it; it uses no draw but those of the worlds.
"""

from __future__ import annotations

import numpy as np

from sib.arrays import Floats
from sib.model.levels import compared_level, served_level
from sib.model.model import MetricModel
from sib.model.worlds import World


def contrast(
    metric: MetricModel, world: World, index: int, row: int, ratio: float | Floats, persons: float
) -> tuple[Floats, Floats, Floats]:
    """One result's expected level of those served and of the counterfactual, and the variance of their difference.

    Parameters
    ----------
    metric : MetricModel
        A metric that is compared.
    world : World
        The worlds in which it is asked.
    index, row : int
        The metric's position, and the result's.
    ratio : float or array, (paths,)
        What the counterfactual is multiplied with in the difference.
    persons : float
        How many are served.

    Returns
    -------
    served, counterfactual, variance : array, (paths,)
        Variance of ``served - ratio * counterfactual``. Groups that all results share are as measured in each world,
        so they add no variance.
    """
    if metric.design is None:
        message = f"{metric.name} is compared with nothing"
        raise ValueError(message)
    believed = world.metrics[index]
    served = served_level(metric, world, index, row)
    levels, variances = [], []
    for number, group in enumerate(metric.design.groups):
        sure = group.written or number in believed.history
        level = np.full_like(served, group.fixed) if group.written else compared_level(metric, believed, number)
        levels.append(believed.history.get(number, level))
        size = np.array(group.size(persons))
        variances.append(np.zeros_like(served) if sure else metric.law.variance(level, size, group.clusters))
    counterfactual = np.maximum(metric.design.weights[row] @ np.array(levels), 0.0)
    rows = len(metric.results)
    mine = np.zeros((rows, served.size))
    mine[row] = 1.0
    own = np.zeros_like(mine)
    own[row] = metric.law.variance(served, np.array(persons), metric.design.clusters)
    variance = metric.design.variance(own, np.array(variances), mine, -ratio * mine, metric.law.correlation)
    return served, counterfactual, variance
