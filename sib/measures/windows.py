r"""Rates near zero, found and proved window by window: the bulk of `irr`.

In a window of :math:`x = \ln(1 + r)`, with :math:`x = c + h y` and :math:`-1 \le y \le 1`, the value of flows is, but for
the positive factor :math:`e^{-x T / 2}` which moves no root,

.. math:: g(y) = \sum_i a_i\, e^{-c s_i} e^{-h s_i y}, \qquad s_i = t_i - T / 2,

and hardly differs from a polynomial of degree 12, whose Bernstein coefficients are one product of matrices away from the
amounts. A polynomial lies between its least and its largest coefficient, and rises where each is above the one before
(Farouki 2012, *Computer Aided Geometric Design* 29). So a window holds no root where all coefficients have one sign,
and one at the most where they go one way: then the signs at its ends say whether. A window that tells neither is halved.

What the coefficients may be wrong by is added up and allowed for, so that what is said of a window is certain. They are
summed exactly, whatever the order: amounts and weights are cut to whole numbers that leave no sum to be rounded
(Ozaki, Ogita, Oishi & Rump 2012, *Numerical Algorithms* 59). A rate has the same bits in any company (convention 9).

Windows are looked at from zero outwards, to the same distance in r on both sides: the first root is the nearest to zero.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.measures.cashflow import down
from sib.measures.discounting import Direct, Flows, Rows, net
from sib.measures.search import HIGHEST, LOWEST, cumulative, sign, solve, values

Mask = NDArray[np.bool_]

_DEGREE, _FINE = 12, 20  # at a first look, and at a closer one
_REACH = 1.5  # the largest h s in the window about zero
_WIDER = 5.0 / 3.0  # how much further from zero each window reaches than the one before
_RINGS = 64  # windows to a side of zero, by which all are reached
_HALVINGS = 12
_NEWTON = 3  # steps on the polynomial
_STEPS = 3  # on the flows
_CLOSE = 1e-6  # a step this small a part of the last time leaves an error of its square
_UP_TO = 1.0 - 1e-9
_BITS = 50  # of two whole numbers together and of how many products are added up; weights are below 8
_ALONE = 1 << 18  # multiplications up to which a product of matrices is left to one thread
_EPS = float(np.finfo(np.float64).eps)


class Search(NamedTuple):
    """What was found in each column, (columns,)."""

    x: Floats  # the root nearest to zero in exp(x) - 1; NaN where there is none, and where that is not known
    known: Mask  # whether what x says is certain

    def nearer(self, columns: Rows, x: Floats) -> None:
        """Take over roots of some of the columns, which may come twice, where they are nearer to zero in r."""
        distance = np.where(np.isnan(self.x), np.inf, np.abs(np.expm1(self.x)))
        new = np.where(np.isnan(x), np.inf, np.abs(np.expm1(x)))
        closest = distance.copy()
        np.minimum.at(closest, columns, new)
        closer = (new == closest[columns]) & (new < distance[columns])
        self.x[columns[closer]] = x[closer]

    def note(self, columns: Rows, found: Search) -> None:
        """Write down what was found in some of the columns."""
        self.x[columns], self.known[columns] = found

    @property
    def none(self) -> Mask:
        """Where there certainly is no root."""
        return self.known & np.isnan(self.x)


def nearest(columns: Flows) -> Search:
    """The root nearest to zero, from LOWEST to HIGHEST, of columns that each have flows of both signs."""
    distance = np.tanh(2.0 * _REACH / columns.years[-1])
    edges = np.maximum(np.log1p(-np.minimum(distance, 1.0 - _EPS)), LOWEST), np.log1p(distance)
    left, right = (np.broadcast_to(each, columns.columns) for each in edges)
    found = _inside(columns, left, right)
    rest = np.flatnonzero(found.none)
    if rest.size:
        found.note(rest, _outside(columns.take(rest), left[rest], right[rest]))
    return found


def _outside(columns: Flows, left: Floats, right: Floats) -> Search:
    """The same of columns that have no root between left and right: outwards, as long as there may be one."""
    found = Search(np.full(left.size, np.nan), np.ones(left.size, dtype=bool))
    below, above, high = _may_be_beyond(columns, left, -1), _may_be_beyond(columns, right, 1), right.copy()
    at = np.flatnonzero(below)
    for _ in range(_RINGS):
        if not at.size:
            break
        part, inner, inner_right = columns.take(at), left[at], right[at]
        left[at] = np.maximum(inner * _WIDER, LOWEST)
        right[at] = np.log1p(-np.expm1(left[at]))
        now, up = _inside(part, left[at], inner), np.flatnonzero(above[at])
        if up.size:
            other = _inside(part.take(up), inner_right[up], right[at[up]])
            now.nearer(up, other.x)
            now.known[up] &= other.known
        found.note(at, now)
        at = at[now.none]
        part = columns.take(at)
        below[at] = _may_be_beyond(part, left[at], -1) & (left[at] > LOWEST)
        above[at] &= _may_be_beyond(part, right[at], 1)
        at = at[below[at]]
    found.known[at] = False
    at = np.flatnonzero(~below & above & found.none)
    for _ in range(_RINGS):  # on the right alone, where no distance from zero is to be kept
        if not at.size:
            break
        low, high[at] = high[at], np.minimum(high[at] * _WIDER, HIGHEST)
        found.note(at, _inside(columns.take(at), low, high[at]))
        at = at[found.none[at]]
        at = at[_may_be_beyond(columns.take(at), high[at], 1)]
    found.known[at] = False
    return found


def _may_be_beyond(columns: Flows, edge: Floats, side: int) -> Mask:
    """Whether there may be roots to the left (-1) or the right (1) of an edge.

    There is none where the cumulative sums of the flows discounted there, from the last or from the first, all have one
    sign (Laguerre 1883).
    """
    value = values(columns, edge)[::side]
    total, size = cumulative(value), cumulative(np.abs(value))
    size *= len(value) * _EPS
    beyond: Mask = ~((total >= size).all(axis=0) | (total <= -size).all(axis=0))
    return beyond


def _inside(columns: Flows, low: Floats, high: Floats) -> Search:
    """The root nearest to zero between low and high: at a first look, else at a closer one that also halves."""
    found = _read(columns, *_coefficients(columns, low, high, _DEGREE, 1), low, high, 0)
    at = np.flatnonzero(~found.known)
    if at.size:
        part, low, high = columns.take(at), low[at], high[at]
        found.note(at, _read(part, *_coefficients(part, low, high, _FINE, 2), low, high, _HALVINGS))
    return found


def _read(columns: Flows, points: Floats, error: Floats, low: Floats, high: Floats, halvings: int) -> Search:
    """What coefficients say of columns between low and high; each may be wrong by `error`, their differences by twice it."""
    found = Search(np.full(low.size, np.nan), np.ones(low.size, dtype=bool))
    of = np.arange(low.size)  # the column that each window belongs to
    for level in range(halvings + 1):
        unknown = (points.min(axis=0) <= error) & (points.max(axis=0) >= -error)
        steps = points[1:] - points[:-1]
        one_way = unknown & ((steps.min(axis=0) > 2.0 * error) | (steps.max(axis=0) < -2.0 * error))
        at = np.flatnonzero(one_way)
        if at.size:
            some = slice(None) if at.size == of.size else at
            part = columns if at.size == columns.columns == of.size else columns.take(of[at])
            crossing = _crossing(part, points[:, some], error[some], low[some], high[some])
            if level:
                found.nearer(of[at], crossing.x)
            else:
                found.x[at] = crossing.x
            unknown[at] = ~crossing.known
        at = np.flatnonzero(unknown)
        if not at.size:
            return found
        if level < halvings:
            middle = (low[at] + high[at]) / 2.0
            low, high = np.concatenate((low[at], middle)), np.concatenate((middle, high[at]))
            points, error, of = _halves(points[:, at]), np.tile(error[at], 2), np.tile(of[at], 2)
    found.known[of[at]] = False
    return found


def _halves(points: Floats) -> Floats:
    """Coefficients on the left halves and then on the right ones, by de Casteljau's rule, (degree + 1, 2 columns)."""
    left, right = [points[0]], [points[-1]]
    while len(points) > 1:
        points = (points[1:] + points[:-1]) / 2.0
        left.append(points[0])
        right.append(points[-1])
    return np.concatenate((np.array(left), np.array(right[::-1])), axis=1)


def _crossing(columns: Flows, points: Floats, error: Floats, low: Floats, high: Floats) -> Search:
    """The root, if any, of columns whose value goes one way from low to high."""
    sides = []
    for point, edge in ((points[0], low), (points[-1], high)):
        side, close = np.sign(point), np.flatnonzero(np.abs(point) <= error)
        if close.size:
            side[close] = sign(columns.take(close), edge[close])
        sides.append(side)
    found = Search(np.full(low.size, np.nan), sides[0] * sides[1] != 0)
    crosses = sides[0] * sides[1] < 0
    at = np.flatnonzero(crosses)
    if at.size:
        start = low[at] + _polynomial_root(points[:, at]) * (high[at] - low[at])
        found.x[at] = _sharpened(columns.where(crosses), start, low[at], high[at], sides[1][at])
    return found


def _polynomial_root(points: Floats) -> Floats:
    """Where polynomials between 0 and 1 that go one way are about zero, by Newton's method, (columns,).

    With z = u / (1 - u) they are (1 - u)**degree times a polynomial in z.
    """
    degree = len(points) - 1
    weighted = points * np.array([[float(math.comb(degree, j))] for j in range(degree + 1)])
    u = np.clip(points[0] / (points[0] - points[-1]), 0.0, _UP_TO)
    value, slope = np.empty_like(u), np.empty_like(u)
    with np.errstate(all="ignore"):
        for _ in range(_NEWTON):
            rest = 1.0 - u
            z = u / rest
            value[:], slope[:] = weighted[-1], 0.0
            for row in weighted[-2::-1]:
                slope *= z
                slope += value
                value *= z
                value += row
            u = np.clip(u - rest * value / (slope / rest - degree * value), 0.0, _UP_TO)
    return np.nan_to_num(u, nan=0.5)


def _sharpened(columns: Flows, x: Floats, low: Floats, high: Floats, sign_high: Floats) -> Floats:
    """The one root between low and high to the last digits, by Newton's method from x, which is close to it."""
    at, part, x = np.arange(x.size), columns, x.copy()
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(_STEPS):
            value, slope = net(part, x[at])
            step = value / slope
            x[at] += step
            done = (np.abs(step) * part.years[-1] < _CLOSE) & (x[at] >= low[at]) & (x[at] <= high[at])
            if done.all():
                return x
            at, part = at[~done], part.where(~done)
            x[at] = np.clip(np.nan_to_num(x[at]), low[at], high[at])
    x[at] = solve(Direct(part), low[at], high[at], sign_high[at], x[at])
    return x


def _coefficients(columns: Flows, low: Floats, high: Floats, degree: int, cuts: int) -> tuple[Floats, Floats]:
    """Bernstein coefficients of the value between low and high, (degree + 1, columns), and what they may be wrong by.

    Where dates are shared, so are low and high, and `cuts`, 1 or 2, says how finely amounts and weights are cut.
    """
    pivot = columns.years[-1] * (0.5 if low[0] < 0 < high[0] else float(high[0] <= 0))
    centre, half = (low + high) / 2.0, (high - low) / 2.0
    if columns.years.shape[1] > 1:
        return _one_by_one(columns, pivot, centre, half, degree)
    return _at_once(columns, _weights(columns.years.tobytes(), float(pivot[0]), centre[0], half[0], degree), cuts)


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
    unit = weights.unit[rows].T
    if most.max() <= 8.0 * most.min():  # hardly one date from the next: it goes with the weights
        unit = unit * most
    else:
        amounts = amounts * most[:, None]
        largest = np.maximum(amounts.max(axis=0), -amounts.min(axis=0))
        varying_error = np.minimum(varying_error, largest * left_out.sum())
    bits = (_BITS - math.ceil(math.log2(len(rows) + 1))) // 2
    _, power = np.frexp(largest)
    found = _product(np.ldexp(unit, bits), amounts, np.ldexp(1.0, bits - power), bits, cuts)
    found *= np.ldexp(1.0, power - 2 * bits)
    if fixed.any():
        found += (fixed[:, None] * weights.unit).sum(axis=0)[:, None]
    return found, error + varying_error + np.ldexp(5.0 * len(rows), power - cuts * bits)


def _product(weights: Floats, amounts: Floats, scale: Floats, bits: int, cuts: int) -> Floats:
    """Weights times scaled amounts, cut to so many bits once or twice; in pieces that are done where they are asked for."""
    found = np.empty((len(weights), amounts.shape[1]))
    whole_weights = np.rint(weights)
    step = max(_ALONE // weights.size, 1)
    for start in range(0, amounts.shape[1], step):
        part = slice(start, start + step)
        scaled = amounts[:, part] * scale[part]
        whole = np.rint(scaled)
        np.matmul(whole_weights, whole, out=found[:, part])
        if cuts == 2:
            rest = np.rint(np.ldexp(scaled - whole, bits))
            more = whole_weights @ rest + np.rint(np.ldexp(weights - whole_weights, bits)) @ whole
            found[:, part] += np.ldexp(more, -bits)
    return found


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
    """What the series leaves out, as a share of the most: of a value, and as much of half a step between coefficients."""
    left: Floats = reach ** (degree + 1) / (math.factorial(degree) * float(degree))
    return left


@lru_cache(maxsize=2)
def _bernstein(degree: int) -> Floats:
    """Bernstein coefficients of the powers of y on -1 <= y <= 1, (power, degree + 1).

    The one at place j of a power k is the mean product of k out of j ones and the rest minus ones.
    """

    def mean(k: int, j: int) -> float:
        terms = ((-1) ** (k - i) * math.comb(j, i) * math.comb(degree - j, k - i) for i in range(k + 1))
        return sum(terms) / math.comb(degree, k)

    return np.array([[mean(k, j) for j in range(degree + 1)] for k in range(degree + 1)])
