r"""Rates near zero, found and proved window by window: the bulk of `irr`.

In a window of :math:`x = \ln(1 + r)`, with :math:`x = c + h y` and :math:`-1 \le y \le 1`, the value of flows is, but
for the positive factor :math:`e^{-x T / 2}` which moves no root,

.. math:: g(y) = \sum_i a_i\, e^{-c s_i} e^{-h s_i y}, \qquad s_i = t_i - T / 2,

and hardly differs from a polynomial of degree 12, whose Bernstein coefficients are one product of matrices away from
the amounts. A polynomial lies between its least and its largest coefficient, and rises where each is above the one
before (Farouki 2012, *Computer Aided Geometric Design* 29). So a window holds no root where all coefficients have one
sign, and one at the most where they go one way: then the signs at its ends say whether. A window that tells neither is
looked at more closely, and halved; at last each half is looked at by itself.

What the coefficients may be wrong by is allowed for, so that what is said of a window is certain, and they are summed
exactly (`coefficients.py`): a rate has the same bits in any company (convention 9).

Windows are looked at from zero outwards, to the same distance in r on both sides: roots in the first that has any are
the nearest to zero.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats, running
from sib.measures.coefficients import Window, window
from sib.measures.discounting import BLOCK, Direct, Flows, Rows, net, signs
from sib.measures.search import HIGHEST, LOWEST, any_below, sign, solve, values

Mask = NDArray[np.bool_]

_DEGREE, _FINE = 12, 20  # at a first look, and at a closer one
_REACH = 1.5  # the largest h s in the window about zero
_WIDER = 5.0 / 3.0  # how much further from zero each window reaches than the one before
_RINGS = 40  # windows to a side of zero, by which nearly all are reached
_HALVINGS = 12
_SPLITS = 5  # of a window in which rounding, or what a series leaves out, hides all
_HALLEY = 2  # steps on the polynomial
_STEPS = 3  # on the flows
_CLOSE = 3e-5  # a step this small a part of the last time leaves an error of its third power
_BENT = 1e-10  # where what it is turned by is no more
_UP_TO = 1.0 - 1e-9
_EPS, _TINY = float(np.finfo(np.float64).eps), float(np.finfo(np.float64).tiny)


class Search(NamedTuple):
    """What was found in each column, (columns,)."""

    x: Floats  # of the roots that were found the one nearest to zero in exp(x) - 1, or NaN
    known: Mask  # whether there certainly is none nearer

    @property
    def none(self) -> Mask:
        """Where there certainly is no root."""
        return self.known & np.isnan(self.x)

    def take_over(self, columns: Flows, crossings: list[Crossing]) -> None:
        """Work out roots, of which a column may have several, and take over the nearest."""
        for degree in {len(each.seen.points) for each in crossings}:
            one = Crossing.join([each for each in crossings if len(each.seen.points) == degree])
            x = _sharpened(columns.take(one.of), one)
            new, closest = np.abs(np.expm1(x)), np.where(np.isnan(self.x), np.inf, np.abs(np.expm1(self.x)))
            np.minimum.at(closest, one.of, new)
            nearest = new == closest[one.of]
            self.x[one.of[nearest]] = x[nearest]


class Crossing(NamedTuple):
    """Windows in which the value goes one way and crosses zero."""

    of: Rows  # the columns that they belong to
    seen: Window
    upwards: Floats  # 1, or -1 where it falls

    @staticmethod
    def join(parts: list[Crossing]) -> Crossing:
        """All of several, of one degree."""
        of, seen, upwards = zip(*parts, strict=True)
        return Crossing(np.concatenate(of), Window.join(seen), np.concatenate(upwards))


class Look(NamedTuple):
    """What was seen of columns in a window."""

    known: Mask  # whether all roots there are in `crossings`
    crossings: list[Crossing]

    @property
    def none(self) -> Mask:
        """Where there certainly is no root."""
        none = self.known.copy()
        for each in self.crossings:
            none[each.of] = False
        return none

    def add(self, columns: Rows, other: Look) -> None:
        """Put with it what was seen of some of the columns in another window."""
        self.known[columns] &= other.known
        self.crossings.extend(each._replace(of=columns[each.of]) for each in other.crossings)


def near(columns: Flows) -> Search:
    """A first look at columns, about zero: many have their nearest root there, and it is found and proved at once."""
    look = _read(columns, window(columns, *_about_zero(columns), _DEGREE, 1), 0)
    found = Search(np.full(columns.columns, np.nan), look.known)
    found.take_over(columns, look.crossings)
    return found


def beyond(columns: Flows, found: Search) -> None:
    """Go on from a first look, where flows have both signs: the root nearest to zero, from LOWEST to HIGHEST."""
    left, right = _about_zero(columns)
    done = np.flatnonzero(found.known & ~found.none)
    look = Look(found.known, [])
    _look_closer(columns, look, left, right)
    rest = look.none
    rest[done] = False
    at = np.flatnonzero(rest)
    if at.size:
        look.add(at, _outside(columns.take(at), left[at], right[at]))
    found.take_over(columns, look.crossings)


def _about_zero(columns: Flows) -> tuple[Floats, Floats]:
    """The ends of the window about zero, as far in r on both sides, (columns,) each."""
    distance = np.tanh(2.0 * _REACH / np.maximum(columns.years[-1], _TINY))
    left, right = np.maximum(np.log1p(-np.minimum(distance, 1.0 - _EPS)), LOWEST), np.log1p(distance)
    return np.broadcast_to(left, columns.columns), np.broadcast_to(right, columns.columns)


def _outside(columns: Flows, left: Floats, right: Floats) -> Look:
    """Columns that have no root between left and right: outwards, as long as there may be one, to the nearest."""
    seen = Look(np.ones(left.size, dtype=bool), [])
    part, at, above = columns, np.arange(left.size), np.ones(left.size, dtype=bool)
    for _ in range(_RINGS):
        if not at.size:
            break
        further = np.maximum(left * _WIDER, LOWEST)
        further_right = np.log1p(-np.expm1(further))
        look, up = _inside(part, further, left), np.flatnonzero(above)
        if up.size:
            look.add(up, _inside(part.take(up), right[up], further_right[up]))
        seen.add(at, look)
        rest = np.flatnonzero(look.none)
        part, at = part.take(rest), at[rest]
        left, right, above = further[rest], further_right[rest], above[rest]
        if at.size:
            below = _may_be_beyond(part, left, -1) & (left > LOWEST)
            above &= _may_be_beyond(part, right, 1)
            alone = np.flatnonzero(~below & above)
            if alone.size:
                seen.add(at[alone], _onwards(part.take(alone), right[alone], 1))
            part, at, left, right, above = part.where(below), at[below], left[below], right[below], above[below]
    seen.known[at] = False
    return seen


def _onwards(columns: Flows, edge: Floats, side: int) -> Look:
    """On one side alone, to the left (-1) or the right (1), so that no distance on the other is to be kept."""
    seen = Look(np.ones(edge.size, dtype=bool), [])
    part, at = columns, np.arange(edge.size)
    for ring in range(_RINGS):
        if not at.size:
            break
        further = np.minimum(edge * _WIDER, HIGHEST)
        look = _inside(part, np.minimum(edge, further), np.maximum(edge, further))
        seen.add(at, look)
        rest = np.flatnonzero(look.none)
        part, at, edge = part.take(rest), at[rest], further[rest]
        if at.size and ring % 2:
            rest = np.flatnonzero(_may_be_beyond(part, edge, side))
            part, at, edge = part.take(rest), at[rest], edge[rest]
    seen.known[at] = False
    return seen


def lost(columns: Flows) -> Mask:
    """Whether there is a root below the lowest x, where the rate is minus one to the last bit."""
    lowest = np.full(columns.columns, LOWEST)
    below = signs(columns.runs())[0] * sign(columns, lowest) < 0
    even = np.flatnonzero(~below & _may_be_beyond(columns, lowest, -1))
    if even.size:  # many of them, or none
        part = columns.take(even)
        look = _onwards(part, lowest[even], -1)
        below[even] = look.known & ~look.none
        rest = np.flatnonzero(~look.known)
        if rest.size:
            below[even[rest]] = any_below(part.take(rest))
    return below


def _may_be_beyond(columns: Flows, edge: Floats, side: int) -> Mask:
    """Whether there may be roots to the left (-1) or the right (1) of an edge.

    There is none where the cumulative sums of the flows discounted there, from the last or from the first, all have one
    sign (Laguerre 1883).
    """
    beyond, step = np.empty(edge.size, dtype=bool), max(BLOCK // len(columns.years), 1)
    for start in range(0, edge.size, step):
        part = slice(start, start + step)
        value = values(columns.part(start, start + step), edge[part])[::side]
        total, size = running(value), running(np.abs(value))
        size *= len(value) * _EPS
        beyond[part] = ~((total >= size).all(axis=0) | (total <= -size).all(axis=0))
    return beyond


def _inside(columns: Flows, low: Floats, high: Floats) -> Look:
    """Columns between low and high."""
    look = _read(columns, window(columns, low, high, _DEGREE, 1), 0)
    _look_closer(columns, look, low, high)
    return look


def _look_closer(columns: Flows, look: Look, low: Floats, high: Floats, splits: int = _SPLITS) -> None:
    """Look again at what a first look did not tell: at a higher degree, halving, and last at both halves by themselves.

    A half has a series of its own, which leaves out far less of a flow that is large and long ago.
    """
    at = np.flatnonzero(~look.known)
    if at.size:
        part, low, high = columns.take(at), low[at], high[at]
        closer = _read(part, window(part, low, high, _FINE, 2), _HALVINGS)
        rest = np.flatnonzero(~closer.known)
        if rest.size and splits:
            closer.known[rest] = True
            part, low, high = part.take(rest), low[rest], high[rest]
            middle = (low + high) / 2.0
            for left, right in ((low, middle), (middle, high)):
                half = Look(np.zeros(rest.size, dtype=bool), [])
                _look_closer(part, half, left, right, splits - 1)
                closer.add(rest, half)
        look.known[at] = True
        look.add(at, closer)


def _read(columns: Flows, seen: Window, halvings: int) -> Look:
    """What a window says of columns, which is halved so often where it says nothing."""
    look = Look(np.ones(columns.columns, dtype=bool), [])
    of = np.arange(columns.columns)  # the column that each window belongs to
    for level in range(halvings + 1):
        points, error = seen.points, seen.error
        unknown = (points.min(axis=0) <= error) & (points.max(axis=0) >= -error)
        steps = points[1:] - points[:-1]
        one_way = np.flatnonzero(unknown & ((steps.min(axis=0) > 2.0 * error) | (steps.max(axis=0) < -2.0 * error)))
        if one_way.size:
            before, after = _ends(columns, of[one_way], seen.take(one_way))
            unknown[one_way] = before * after == 0
            crosses = np.flatnonzero(before * after < 0)
            if crosses.size:
                at = one_way[crosses]
                look.crossings.append(Crossing(of[at], seen.take(at), after[crosses]))
        may_be_told = np.abs(points).max(axis=0) > error  # if not, halves are within the error too
        look.known[of[unknown & ~may_be_told]] = False
        at = np.flatnonzero(unknown & may_be_told)
        if not at.size:
            return look
        if level < halvings:
            seen, of = _halves(seen.take(at)), np.tile(of[at], 2)
    look.known[of[at]] = False
    return look


def _halves(seen: Window) -> Window:
    """The left halves of a window and then the right ones, by de Casteljau's rule."""
    middle, right = (seen.low + seen.high) / 2.0, seen.points.copy()
    left = np.empty_like(right)
    left[0] = right[0]
    for row, stop in zip(left[1:], range(len(right) - 1, 0, -1), strict=True):
        right[:stop] += right[1 : stop + 1]
        right[:stop] /= 2.0
        row[:] = right[0]
    low, high = np.concatenate((seen.low, middle)), np.concatenate((middle, seen.high))
    return Window(low, high, np.concatenate((left, right), axis=1), np.tile(seen.error, 2), np.tile(seen.pivot, 2))


def _ends(columns: Flows, of: Rows, seen: Window) -> list[Floats]:
    """Signs of the value at the two ends of windows; `of` are the columns that they belong to."""
    ends = []
    for point, edge in ((seen.points[0], seen.low), (seen.points[-1], seen.high)):
        end, close = np.sign(point), np.flatnonzero(np.abs(point) <= seen.error)
        if close.size:
            end[close] = sign(columns.take(of[close]), edge[close])
        ends.append(end)
    return ends


def _polynomial_root(points: Floats) -> tuple[Floats, Floats]:
    """Where polynomials p between 0 and 1 that go one way are zero, or nearly, and p'' / (2 p') there, (columns,) each.

    Halley's method, from where the line between the coefficients crosses zero. With z = u / (1 - u) and n the degree
    p(u) is (1 - u)**n P(z).
    """
    n, at = len(points) - 1, np.arange(points.shape[1])
    before = np.clip(((points > 0) == (points[0] > 0)).sum(axis=0), 1, n) - 1
    first, second = points[before, at], points[before + 1, at]
    u = (before + np.clip(first / (first - second), 0.0, 1.0)) / n
    weighted = points * np.array([[float(math.comb(n, j))] for j in range(n + 1)])
    sums, new = np.empty((4, at.size)), np.empty((4, at.size))
    for _ in range(_HALLEY):
        rest = 1.0 - np.minimum(u, _UP_TO)
        z = 1.0 / rest - 1.0
        sums[1:] = 0.0
        for row in weighted[::-1]:  # Horner's rule for P, P' and P'' / 2
            sums[0] = row
            np.multiply(sums[1:], z, out=new[1:])
            new[1:] += sums[:3]
            sums, new = new, sums
        value, slope, turn = sums[1] * rest, sums[2], sums[3] / rest
        down_by = slope - n * value
        bend = ((n - 1) * (n / 2 * value - slope) + turn) / (rest * down_by)
        newton = -rest * value / down_by
        u = np.clip(u + newton / np.maximum(1.0 + bend * newton, 0.5), 0.0, 1.0)
    return u, bend


def _sharpened(columns: Flows, crossing: Crossing) -> Floats:
    """The root in each window of its column of flows, to the last digits, by Halley's method."""
    seen, last = crossing.seen, columns.years[-1]
    low, high = seen.low, seen.high
    u, bend = _polynomial_root(seen.points)
    x = low + u * (high - low)
    bend = bend / (high - low) - seen.pivot * last
    at, part = np.arange(x.size), columns
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(_STEPS):
            value, slope = net(part, x[at])
            newton = value / slope
            turn = bend[at] * newton
            x[at] += newton / np.maximum(1.0 + turn, 0.5)
            size = np.abs(newton) * part.years[-1]
            done = (size < _CLOSE) & (size * np.abs(turn) < _BENT) & (x[at] >= low[at]) & (x[at] <= high[at])
            if done.all():
                return x
            at, part = at[~done], part.where(~done)
            x[at] = np.clip(np.nan_to_num(x[at]), low[at], high[at])
    x[at] = solve(Direct(part), low[at], high[at], crossing.upwards[at], x[at])
    return x
