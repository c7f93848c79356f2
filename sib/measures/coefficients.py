"""Values of flows in a window, as Bernstein coefficients of polynomials: what `windows.py` reads roots off.

What coefficients may be wrong by is added up, and they are summed exactly, whatever the order: amounts and weights are
cut to whole numbers that leave no sum to be rounded (Ozaki, Ogita, Oishi & Rump 2012, *Numerical Algorithms* 59).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sib.arrays import Floats
from sib.measures.cashflow import down
from sib.measures.discounting import Flows, Rows

_BITS = 50  # of two whole numbers together and of how many products are added up; weights are below 8
_SMALLEST = -970  # powers of two below which amounts are as good as nothing
_ALONE = 1 << 18  # multiplications up to which a product of matrices is left to one thread
_EPS = float(np.finfo(np.float64).eps)


class Window(NamedTuple):
    """What flows are worth between two x, but for a factor exp(x * pivot * the last time), (columns,) each."""

    low: Floats
    high: Floats
    points: Floats  # Bernstein coefficients, (degree + 1, columns)
    error: Floats  # what each may be wrong by; their differences by twice as much
    pivot: Floats

    @staticmethod
    def join(parts: Sequence[Window]) -> Window:
        """All of several, of one degree."""
        return Window(*(np.concatenate(each, axis=-1) for each in zip(*parts, strict=True)))

    def take(self, columns: Rows) -> Window:
        """Some of the columns."""
        if columns.size == self.low.size:
            return self
        return Window(*(np.take(each, columns, axis=-1) for each in self))


def window(columns: Flows, low: Floats, high: Floats, degree: int, cuts: int) -> Window:
    """The window from low to high, which are the same for all columns that have their dates in common.

    For these `cuts`, 1 or 2, says how finely amounts and weights are cut.
    """
    pivot = 0.5 if low[0] < 0 < high[0] else float(high[0] <= 0)
    since = columns.years[-1] * pivot
    centre, half = (low + high) / 2.0, (high - low) / 2.0
    if columns.years.shape[1] > 1:
        points, error = _one_by_one(columns, since, centre, half, degree)
    else:
        weights = _weights(columns.years.tobytes(), float(since[0]), float(centre[0]), float(half[0]), degree)
        points, error = _at_once(columns, weights, cuts)
    return Window(low, high, points, error, np.full(low.size, pivot))


def _one_by_one(columns: Flows, pivot: Floats, centre: Floats, half: Floats, degree: int) -> tuple[Floats, Floats]:
    """For columns with dates of their own."""
    since, amounts = columns.years - pivot, columns.dense()
    size = np.abs(amounts) * np.exp(half * np.abs(since) - centre * since)
    error = down(size * (_left_out(half * np.abs(since), degree) + 32 * len(since) * _EPS))
    term = amounts * np.exp(-centre * since)
    points = np.zeros((degree + 1, centre.size))
    for order, row in enumerate(_bernstein(degree)):
        points += row[:, None] * down(term)
        term *= since
        term *= -half / (order + 1)
    return points, error


def _at_once(columns: Flows, weights: _Weights, cuts: int) -> tuple[Floats, Floats]:
    """For columns with dates in common."""
    rows, amounts, largest = columns.rows, columns.varying, columns.largest
    fixed, most, left_out = columns.fixed * weights.most, weights.most[rows], weights.left_out[rows]
    error = float(np.abs(fixed) @ (weights.left_out + 32 * len(fixed) * _EPS))
    varying_error = largest * float(most @ left_out)
    bits = (_BITS - math.ceil(math.log2(len(rows) + 1))) // 2
    if most.max() <= 8.0 * min(most.min(), 1.0):  # hardly one date from the next: it goes with the weights
        found, size = _product(weights.unit[rows].T * most, amounts, largest, bits, cuts)
    else:
        amounts = amounts * most[:, None]
        largest = np.maximum(amounts.max(axis=0), -amounts.min(axis=0))
        varying_error = np.minimum(varying_error, largest * float(left_out.sum()))
        found, size = _product(weights.unit[rows].T, amounts, largest, bits, cuts)
    if fixed.any():
        found += (fixed[:, None] * weights.unit).sum(axis=0)[:, None]
    return found, error + varying_error + 5.0 * len(rows) * 2.0 ** (-cuts * bits) * size


def _product(weights: Floats, amounts: Floats, largest: Floats, bits: int, cuts: int) -> tuple[Floats, Floats]:
    """Weights times amounts, each cut to so many bits of the largest, or cut again; and twice the largest at the most.

    In pieces that are done where they are asked for.
    """
    power = np.maximum(np.frexp(largest)[1], _SMALLEST)
    scale, back = np.ldexp(1.0, bits - power), np.ldexp(1.0, power - 2 * bits)
    weights = np.ldexp(weights, bits)
    whole_weights = np.rint(weights)
    found, step = np.empty((len(weights), amounts.shape[1])), max(_ALONE // weights.size, 1)
    for start in range(0, amounts.shape[1], step):
        part = slice(start, start + step)
        scaled = amounts[:, part] * scale[part]
        whole = np.rint(scaled)
        np.matmul(whole_weights, whole, out=found[:, part])
        if cuts == 2:
            rest, more = np.rint(np.ldexp(scaled - whole, bits)), np.rint(np.ldexp(weights - whole_weights, bits))
            found[:, part] += np.ldexp(whole_weights @ rest + more @ whole, -bits)
    found *= back
    return found, np.ldexp(1.0, power)


class _Weights(NamedTuple):
    """What one unit on each date is worth in a window."""

    most: Floats  # at the most, (T,)
    unit: Floats  # coefficients of its value, as a share of that, (T, degree + 1)
    left_out: Floats  # what they leave out, as a share of that, (T,)


@lru_cache(maxsize=256)
def _weights(years: bytes, pivot: float, centre: float, half: float, degree: int) -> _Weights:
    since = np.frombuffer(years) - pivot
    reach = half * np.abs(since)
    terms = -half * since[:, None] / np.arange(1, degree + 1)
    powers = np.cumprod(np.concatenate((np.exp(-reach)[:, None], terms), axis=1), axis=1)
    unit = (powers[:, :, None] * _bernstein(degree)).sum(axis=1)
    return _Weights(np.exp(reach - centre * since), unit, _left_out(reach, degree))


def _left_out(reach: Floats, degree: int) -> Floats:
    """What the series leaves out of a value, as a share of the most, and of half a step between coefficients."""
    left: Floats = reach ** (degree + 1) / (math.factorial(degree) * float(degree))
    return left


@lru_cache(maxsize=2)
def _bernstein(degree: int) -> Floats:
    """Bernstein coefficients of the powers of y on -1 <= y <= 1, (power, degree + 1).

    The one at place j of a power k is the mean product of k out of j ones and the rest minus ones.
    """

    def mean(k: int, j: int) -> float:
        terms = ((-1) ** (k - i) * math.comb(j, i) * math.comb(degree - j, k - i) for i in range(k + 1))
        return float(sum(terms)) / math.comb(degree, k)

    return np.array([[mean(k, j) for j in range(degree + 1)] for k in range(degree + 1)])
