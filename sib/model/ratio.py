r"""The exact law of a published ratio: what was counted on those served to what was counted on a group beside them.

What is published is one number: by how much those served had fewer events a person, or more. Many pairs of counts lead
to it. What is true stands in the probability of each in exponents alone (`laws/family.py`), so that the sum over pairs
depends on one number in each world: it is worked out for some values of that, and read off between them.

Notes
-----
A published figure stands for the pairs of counts whose ratio rounds to it, and where these are many its probability is
the width to which it is rounded times the density

.. math:: \sum_{t \ge 1} P(T = t)\, g(c_t)\, c_t / r, \qquad c_t = t\, m / (r\, n),

r being the ratio, T the count on the n persons served, and g the law of the count on the m compared, continued between
whole counts. The sum may as well be over the compared, with the law of those served continued: it is over the smaller
group, as the counts of the larger lie closer. Where pairs are few, as on twenty persons of whom some have an outcome,
this is the mean over neighbouring figures: that only certain pairs have a ratio of exactly 9/10 is not taken as news.
No event at all among those served is a ratio of zero whatever their comparison had, which has a probability.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats
from sib.model.laws.family import Family

_FEW, _MANY = 2_048, 16_384  # terms of a sum; over more counts every second is taken, or every third, ...
_REACH = 12.0  # standard deviations that the counts of a sum reach
_FAR = 48.0  # beyond which a count is out of the question
_TAIL = 40.0  # and by how many e-folds of a geometric tail
_STEP = 0.125  # of parameter times mean count between two nodes: the square of a third of a standard deviation


@dataclass(frozen=True)
class Counted:
    """Persons on whom events are counted.

    Parameters
    ----------
    family : Family
        The law of their count.
    persons : float
        How many.
    level : array, (paths,)
        True events a person in each world.
    variance : array, (paths,)
        The variance of events a person as measured on all of them.
    """

    family: Family
    persons: float
    level: Floats
    variance: Floats

    @property
    def natural(self) -> Floats:
        """The natural parameter in each world."""
        return self.family.natural(self.level)

    @property
    def expected(self) -> float:
        """The most events that any world expects."""
        return self.persons * float(self.level.max())

    @property
    def none(self) -> Floats:
        """Logarithm of the probability that they have no event."""
        return -self.persons * self.family.cumulant(self.level)

    def carrier(self, count: Floats) -> Floats:
        """What is the same in all worlds of the probability of a count."""
        return self.family.carrier(count, self.persons)

    def within(self, reach: float, per_count: float = 1.0) -> tuple[float, float, float]:
        """From where to where counts are likely in any world, and how little they vary, in units of so many.

        They reach so many standard deviations to either side, and beyond as far as a geometric tail does.
        """
        there = self.level > 0
        mean, variance = self.persons * self.level[there], self.persons**2 * self.variance[there]
        sd = np.sqrt(variance)
        low, high = mean - reach * sd, mean + reach * sd + _TAIL * variance / mean
        return float(low.min() / per_count), float(high.max() / per_count), float(sd.min() / per_count)


def of_ratio(ratio: float, served: Counted, compared: Counted) -> Floats:
    """Logarithm of how likely each world makes a ratio of two measured levels, but for a constant, (paths,).

    Parameters
    ----------
    ratio : float
        The level of those served over that of the comparison, not below zero.
    served, compared : Counted
        Independent of each other.
    """
    if ratio == 0:
        some = -np.expm1(compared.none)
        return served.none + np.log(some, out=np.full_like(some, -np.inf), where=some > 0)
    alike = ratio * served.persons / compared.persons  # of the counts
    one, other, per_count = served, compared, 1.0 / alike
    if served.persons > compared.persons:
        one, other, per_count = compared, served, alike
    tilt = one.natural + other.natural * per_count
    found = np.full_like(tilt, -np.inf)
    possible = np.isfinite(tilt)
    if possible.any():
        found[possible] = _log_sums(tilt[possible], one, other, per_count)
    return found + served.none + compared.none


def of_ratio_to(comparison: Floats, ratio: float, served: Counted) -> Floats:
    """The same where the level of the comparison, (paths,), is known in each world."""
    if ratio == 0:
        return served.none
    positive = comparison > 0
    level = np.where(positive, comparison, 1.0)
    count = ratio * served.persons * level
    found = served.natural * count + served.none + served.carrier(count) + np.log(level)
    return np.where(positive, found, -np.inf)


def _log_sums(tilt: Floats, one: Counted, other: Counted, per_count: float) -> Floats:
    """Logarithms of the sums over the counts of `one`, `per_count` of `other` for each, at each tilt."""
    near, far = ((one.within(reach), other.within(reach, per_count)) for reach in (_REACH, _FAR))
    lows, highs, sds = zip(*near, strict=True)
    low, high = min(lows), max(highs)
    both = max(first for first, _, _ in far), min(last for _, last, _ in far)
    if both[0] < both[1]:  # no count that is out of the question for either of the two
        low, high = max(low, both[0]), min(high, both[1])
    low = max(np.floor(low), 1.0)
    high = max(np.ceil(high), low)
    span = high - low + 1.0
    step = max(min(span // _FEW, min(sds) // 2.0), np.ceil(span / _MANY))  # a smooth sum is as good in such steps
    count = np.arange(low, high + 1.0, step)
    weight = one.carrier(count) + other.carrier(count * per_count) + np.log(count * step)
    possible = np.isfinite(weight) & (count * per_count > 0.5)  # nobody has a ratio to no event
    if not possible.any():
        return np.full_like(tilt, -np.inf)
    count, weight = count[possible], weight[possible]
    nodes = np.unique(np.array([tilt.min(), tilt.max()]))
    sums, means = _sums(nodes, count, weight)
    while True:
        wide = np.flatnonzero(np.diff(nodes) * np.diff(means) > _STEP)
        if not wide.size:
            return _between(tilt, nodes, sums, means)
        middle = (nodes[wide] + nodes[wide + 1]) / 2.0
        more = _sums(middle, count, weight)
        nodes, sums, means = (
            np.insert(old, wide + 1, new) for old, new in zip((nodes, sums, means), (middle, *more), strict=True)
        )


def _sums(nodes: Floats, count: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Logarithm of the sum of ``exp(weight + node count)``, and the mean count under it, at each node."""
    sums, means = np.empty_like(nodes), np.empty_like(nodes)
    for i, node in enumerate(nodes):
        term = weight + node * count
        most = term.max()
        term = np.exp(term - most)
        total = term.sum()
        sums[i], means[i] = most + np.log(total), np.sum(term * count) / total
    return sums, means


def _between(tilt: Floats, nodes: Floats, sums: Floats, means: Floats) -> Floats:
    """Between two nodes a cubic with the sums, and their slopes, which are the means (Hermite)."""
    if nodes.size == 1:
        return np.full_like(tilt, sums[0])
    left = np.clip(np.searchsorted(nodes, tilt, side="right") - 1, 0, nodes.size - 2)
    width = np.diff(nodes)[left]
    u = (tilt - nodes[left]) / width
    v = 1.0 - u
    straight = sums[left] * v * v * (1.0 + 2.0 * u) + sums[left + 1] * u * u * (1.0 + 2.0 * v)
    found: Floats = straight + width * u * v * (means[left] * v - means[left + 1] * u)
    return found
