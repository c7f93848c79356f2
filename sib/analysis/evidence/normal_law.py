"""The normal law, corrected for skew: how likely a threshold is reached, what is expected to be paid, in closed form.

That results improve by at least x is that a weighted sum of measured levels, those served less (1 - x) times their
counterfactual, is not negative. Such sums over cohorts of hundreds are normal to a good approximation, whatever the law
of a person, and to a better one with the first term of Edgeworth's series, which takes their skew (Hall 1992, *The
Bootstrap and Edgeworth Expansion*, 2.3). So the probability of payment and the expected payment have closed forms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats
from sib.chance.special import ndtr
from sib.model.contrast import contrast
from sib.model.levels import compared_level
from sib.model.model import MetricModel
from sib.model.worlds import World
from sib.settlement.schedules import Curve

_STEPS = 60  # grid points in a standard deviation of the narrowest sum
_REACH = 9.0  # standard deviations that a grid reaches


@dataclass(frozen=True)
class Moments:
    """Means, variances, covariance and third cumulants of one result's level of those served and of its counterfactual.

    Levels a person; `persons` is how many they stand for, `sign` +1 where more is better, -1 where less is, and
    `highest` the highest level that there can be. A tilt is the covariance of a level with the variance that is read
    off it.
    """

    served: float
    counterfactual: float
    served_variance: float
    counterfactual_variance: float
    covariance: float
    persons: float
    sign: float
    served_third: float = 0.0
    counterfactual_third: float = 0.0
    served_tilt: float = 0.0
    counterfactual_tilt: float = 0.0
    highest: float = math.inf

    @property
    def nearly_normal(self) -> bool:
        """Whether both levels are three standard errors or more from zero and from the highest that there can be.

        Of a share it is the rule of thumb ``n > 9 max(p / (1 - p), (1 - p) / p)``; of events that fall by chance
        alone, nine of them.
        """
        levels = (self.served, self.served_variance), (self.counterfactual, self.counterfactual_variance)
        return all(3.0 * math.sqrt(max(v, 0.0)) <= min(level, self.highest - level) for level, v in levels)

    def skew(self, improvement: float = 0.0) -> float:
        """Third cumulant of the units gained beyond an improvement."""
        ratio = 1.0 + self.sign * improvement
        return self.persons**3 * self.sign * (self.served_third - ratio**3 * self.counterfactual_third)

    def gain(self, improvement: float = 0.0) -> tuple[float, float]:
        """Mean and standard deviation of the units gained beyond an improvement: not negative where it is reached."""
        ratio = 1.0 + self.sign * improvement
        variance = self.served_variance + ratio**2 * self.counterfactual_variance - 2.0 * ratio * self.covariance
        mean = self.sign * (self.served - ratio * self.counterfactual)
        return self.persons * mean, self.persons * math.sqrt(max(variance, 0.0))

    def sure(self, deviations: float) -> tuple[float, float]:
        """Mean and standard deviation of the units gained beyond so many standard errors, as these are found.

        A high level comes with a large standard error: to first order the variance of ``X - z sqrt(V)`` is that of X
        less z times the covariance of X and V over the standard error.
        """
        mean, sd = self.gain()
        tilt = self.persons**3 * self.sign * (self.served_tilt - self.counterfactual_tilt)
        left = sd**2 - (deviations * tilt / sd if sd > 0 else 0.0)
        return mean - deviations * sd, math.sqrt(max(left, 0.0))

    def together(self, one: float, other: float) -> float:
        """Covariance of the units gained beyond two improvements."""
        a, b = 1.0 + self.sign * one, 1.0 + self.sign * other
        each = self.served_variance + a * b * self.counterfactual_variance - (a + b) * self.covariance
        return self.persons**2 * each


def moments(metric: MetricModel, world: World, index: int, row: int, persons: float) -> Moments:
    """The moments of one result in the first path of a world; groups that all results share vary with the rest."""
    served, counterfactual, at_zero = (x[0] for x in contrast(metric, world, index, row, 0.0, persons))
    at_one, at_two = (contrast(metric, world, index, row, ratio, persons)[2][0] for ratio in (1.0, 2.0))
    of_counterfactual = (at_two - 2.0 * at_one + at_zero) / 2.0
    covariance = (at_zero + of_counterfactual - at_one) / 2.0
    weights = () if metric.design is None else metric.design.weights[row]
    third = tilt = 0.0
    for number, (group, weight) in enumerate(zip(metric.groups, weights, strict=True)):
        if group.written or weight == 0:
            continue
        level = compared_level(metric, world.metrics[index], number)
        size = np.array(group.per_person * persons if group.per_person else group.persons)
        third += weight**3 * float(metric.law.third_cumulant(level, size)[0])
        tilt += weight**3 * _tilt(metric, level, size, group.clusters)
        if group.shared:
            of_counterfactual += weight**2 * metric.law.variance(level, size, group.clusters)[0]
    return Moments(
        float(served),
        float(counterfactual),
        float(at_zero),
        float(of_counterfactual),
        float(covariance),
        persons,
        metric.sign,
        float(metric.law.third_cumulant(np.array([served]), np.array(persons))[0]),
        third,
        _tilt(metric, np.array([served]), np.array(persons), 0 if metric.design is None else metric.design.clusters),
        tilt,
        float(metric.law.highest),
    )


def _tilt(metric: MetricModel, level: Floats, persons: Floats, clusters: int) -> float:
    """The covariance of a measured level with the variance at it: to first order its slope times its value."""
    step = 1e-4 * level
    at, below, above = (metric.law.variance(level + move, persons, clusters) for move in (0.0, -step, step))
    slope = np.divide(above - below, 2.0 * step, out=np.zeros_like(level), where=step > 0)
    return float((slope * at)[0])


def reaching(mean: float, sd: float, third: float = 0.0) -> float:
    """The probability that a nearly normal sum of this third cumulant is not negative."""
    if sd == 0:
        return float(mean >= 0)
    z = mean / sd
    return float(np.clip(ndtr(z) + third / (6.0 * sd**3) * (z * z - 1.0) * _density(z), 0.0, 1.0))


def reaching_any(results: Sequence[Moments], single: float | None, pooled: float | None) -> float:
    """The probability that a result reaches an improvement by itself, or all together one of theirs.

    Parameters
    ----------
    results : sequence of Moments
        Independent of each other.
    single, pooled : float, optional
        The improvements that pay; None where there is no such test.

    Returns
    -------
    float

    Notes
    -----
    With both, the density of each result's units beyond the pooled improvement, times the probability that it does not
    reach its own given these, is convolved over the results.
    """
    if pooled is None:
        beyond = 0.0 if single is None else single
        return 1.0 - math.prod(1.0 - reaching(*one.gain(beyond), one.skew(beyond)) for one in results)
    if single is None:
        sums = [one.gain(pooled) for one in results]
        third = sum(one.skew(pooled) for one in results)
        return reaching(sum(mean for mean, _ in sums), math.sqrt(sum(sd**2 for _, sd in sums)), third)
    step = min(one.gain(pooled)[1] for one in results) / _STEPS
    low, missed_both = 0.0, np.ones(1)
    for one in results:
        mean, sd = one.gain(pooled)
        own_mean, own_sd = one.gain(single)
        y = mean + step * np.arange(-math.ceil(_REACH * sd / step), math.ceil(_REACH * sd / step) + 1)
        tie = one.together(pooled, single) / sd**2
        left = math.sqrt(max(own_sd**2 - (tie * sd) ** 2, 0.0))
        own = own_mean + tie * (y - mean)
        missed_own = ndtr(-own / left) if left > 0 else (own < 0).astype(float)
        z = (y - mean) / sd
        density = np.exp(-0.5 * z**2) / (sd * math.sqrt(2.0 * math.pi))
        density = np.maximum(density * (1.0 + one.skew(pooled) / (6.0 * sd**3) * (z**3 - 3.0 * z)), 0.0)
        missed_both = np.convolve(missed_both, density * missed_own * step)
        low += float(y[0])
    totals = low + step * np.arange(len(missed_both))
    up_to = np.cumsum(missed_both) - missed_both / 2.0  # a point stands for half a step to either side
    return 1.0 - float(np.interp(0.0, totals, up_to, left=0.0, right=missed_both.sum()))


def expected_gain(one: Moments, improvement: float | None) -> float:
    """Expected units that are paid for: those gained where an improvement is reached; else those above zero.

    For U, the units gained, and L, those beyond the improvement, ``E[U; L >= 0] = E[U - b L] P(L >= 0) + b E[max(0,
    L)]`` with b the regression of U on L. With L for U it is the floor at zero, which but for skew is ``E[max(0, X)] =
    mu (Phi(z) + phi(z) / z)``, z being the mean over its standard deviation; Edgeworth's first term takes ``third / (6
    sd**2) z phi(z)`` off.
    """
    beyond = 0.0 if improvement is None else improvement
    mean, sd = one.gain(beyond)
    units = one.gain()[0]
    if sd == 0:
        return units * (mean >= 0)
    z, third = mean / sd, one.skew(beyond)
    above = mean * float(ndtr(z)) + sd * _density(z) - third / (6.0 * sd**2) * z * _density(z)
    slope = one.together(0.0, beyond) / sd**2
    return (units - slope * mean) * reaching(mean, sd, third) + slope * above


def expected_schedule(curve: Curve, mean: float, sd: float, third: float = 0.0) -> float:
    """The expected value of a schedule on a nearly normal result: each straight piece between two edges in closed form.

    ``E[a + b X; l < X < h] = (a + b mu) (Phi(h') - Phi(l')) + b sigma (phi(l') - phi(h'))``, primes standardising; and
    Edgeworth's first term, of the integrals of ``phi He3`` and ``w phi He3``.
    """
    if sd == 0:
        return float(curve(np.array([mean]))[0])
    edges = np.concatenate([curve.edge, [np.inf]])
    skew, total = third / (6.0 * sd**3), 0.0
    for low, high, x, y, slope in zip(edges[:-1], edges[1:], curve.x, curve.y, curve.slope, strict=True):
        a, b = ((end - mean) / sd for end in (low, high))
        mass = float(ndtr(b) - ndtr(a)) + skew * (_powers(a, 2) - _density(a) - _powers(b, 2) + _density(b))
        first = _density(a) - _density(b) + skew * (_powers(a, 3) - _powers(b, 3))
        total += (y + slope * (mean - x)) * mass + slope * sd * first
    return total


def _powers(z: float, power: int) -> float:
    """A power of z times the normal density; zero far out."""
    return z**power * _density(z) if math.isfinite(z) else 0.0


def _density(z: float) -> float:
    return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) if math.isfinite(z) else 0.0
