"""How likely each world makes a published improvement: exactly where events or persons are counted, else as of normals.

What is weighed is the ratio of those served to their counterfactual, one number. Its law is exact (`ratio.py`) where
persons are independent, and their counterfactual is known in the world (written, or history that all results share) or
is one group that is counted beside them. Of means, of persons in clusters or compared with themselves before, and where
a counterfactual is put together of several groups, levels are taken as normal; and where both groups have more than a
million events, as that changes nothing.
"""

from __future__ import annotations

import numpy as np

from sib.arrays import Floats
from sib.chance.special import ndtr
from sib.model.contrast import contrast
from sib.model.counterfactual import Counterfactual
from sib.model.levels import compared_level, served_level
from sib.model.model import MetricModel
from sib.model.ratio import Counted, of_ratio, of_ratio_to
from sib.model.worlds import Believed, World

_MANY = 1e6  # events: the skew of their ratio then moves a posterior by less than 0.01 of its standard deviation
_TINY = 1e-300


def log_likelihood(metric: MetricModel, world: World, index: int, row: int, ratio: float, persons: float) -> Floats:
    """Logarithm of how likely each world makes one result's ratio, but for a constant, (paths,).

    Parameters
    ----------
    metric : MetricModel
        A metric that is compared.
    world : World
        The worlds that are weighed.
    index, row : int
        The metric's position, and the result's.
    ratio : float
        The published level of those served over that of their counterfactual.
    persons : float
        How many were served.

    Notes
    -----
    Where some of those served take part and some do not, all are taken as alike at their mean level. Of shares that is
    exact; of events it leaves out what this adds to a person's variance: at most a quarter of the square of what the
    effect takes off.
    """
    exact = _of_counts(metric, world, index, row, ratio, persons)
    return of_normals(metric, world, index, row, ratio, persons) if exact is None else exact


def _of_counts(metric: MetricModel, world: World, index: int, row: int, ratio: float, persons: float) -> Floats | None:
    """By the exact law; None where there is none, or as good as none is needed."""
    design, law, believed = metric.design, metric.law, world.metrics[index]
    family = None if design is None else law.counted(design.clusters)
    if design is None or family is None:
        return None
    level = served_level(metric, world, index, row)
    served = Counted(family, persons, level, law.variance(level, np.array(persons)))
    known = _known(design, believed, row)
    if known is not None:
        return of_ratio_to(known, ratio, served)
    number, *others = np.flatnonzero(design.weights[row]).tolist()
    group = design.groups[number]
    theirs = law.counted(group.clusters)
    if theirs is None or others or (group.own and law.correlation > 0):
        return None
    level, size = compared_level(metric, believed, number), float(group.size(persons))
    compared = Counted(theirs, size, level, law.variance(level, np.array(size)))
    if min(served.expected, compared.expected) > _MANY:
        return None
    return of_ratio(ratio * float(design.weights[row, number]), served, compared)


def _known(design: Counterfactual, believed: Believed, row: int) -> Floats | None:
    """The level that a result is compared with where it is known in the world, (paths,); else None."""
    total = np.zeros_like(believed.common_bias)
    for number in np.flatnonzero(design.weights[row]).tolist():
        group = design.groups[number]
        if not group.written and number not in believed.history:
            return None
        level = group.fixed if group.written else believed.history[number]
        total = total + design.weights[row, number] * level
    return np.maximum(total, 0.0)


def of_normals(metric: MetricModel, world: World, index: int, row: int, ratio: float, persons: float) -> Floats:
    """Logarithm of the density of a ratio of two levels that are jointly normal; arguments as for `log_likelihood`.

    Notes
    -----
    The ratio is r where served less r times the counterfactual is zero. The density of that difference there is
    multiplied with the mean of the counterfactual given that it is zero, as far as this is above zero (Hinkley 1969,
    *On the ratio of two correlated normal random variables*).
    """
    served, mean, variance = contrast(metric, world, index, row, ratio, persons)
    above, below = (contrast(metric, world, index, row, ratio + step, persons)[2] for step in (1.0, -1.0))
    slope = (above - below) / 4.0  # less the covariance of the difference with the counterfactual
    variance = np.maximum(variance, _TINY)
    gap = served - ratio * mean
    given = mean + slope / variance * gap
    left = np.maximum((above + below) / 2.0 - variance - np.square(slope) / variance, 0.0)
    sd = np.maximum(np.sqrt(left), 1e-9 * np.abs(given) + _TINY)
    z = given / sd
    positive = given * ndtr(z) + sd * np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    found: Floats = np.log(np.maximum(positive, _TINY)) - 0.5 * np.log(variance) - 0.5 * np.square(gap) / variance
    return found
