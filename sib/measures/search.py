r"""The general search for rates, for what windows do not decide: slow, and right wherever floating point can tell.

With :math:`x = \ln(1 + r)` the value of flows :math:`a_i` at times :math:`t_i` is
:math:`f(x) = \sum_i a_i e^{-x t_i}`. The roots of the derivative of :math:`e^{x\tau} f(x)`, with :math:`\tau` between
the flows of the first change of sign, lie between those of f (Rolle), and its amounts have one change of sign fewer:
all roots of f follow by recursion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.measures.cashflow import down
from sib.measures.discounting import Direct, Flows, Rows, exponents, signs

LOWEST, HIGHEST = -40.0, 709.0  # x outside which a rate is -1, or above all floating-point numbers
_FARTHEST = -1500.0  # x times the time between two flows, below which the last one outweighs all others
_ALL_LOST = -37.5  # x below which a rate is -1 to the last bit
_STEPS = 200  # more than enough to bisect the whole range to the last bit
_CLOSE = 1e-7  # a step this small leaves an error of its square at the most
_EPS = float(np.finfo(np.float64).eps)
_NONE = 4 * _EPS  # a net value this small a part of what is received and paid is none


def all_roots(a: Floats, t: Floats, turns: Rows) -> Floats:
    """All roots x from LOWEST to HIGHEST of columns with so many changes of sign, (most changes, columns).

    Works down to a derivative with a single change of sign, and up again, each one's roots parting the next one's.
    NaN where there is none; a column without any change of sign has no root, and neither have its derivatives.
    """
    order = np.argsort(-turns, kind="stable")
    derivatives = [dense(a, t).take(order)]
    for known in range(1, int(turns.max())):  # a column has as many derivatives as it has further changes of sign
        above = derivatives[-1].part(0, int(np.count_nonzero(turns > known)))
        b = above.varying * (_first_turn(above.varying, above.years) - above.years)
        derivatives.append(dense(b / np.abs(b).max(axis=0), above.years))
    inner = np.empty((0, 0))
    for derivative in reversed(derivatives):
        wider = np.full((len(inner), derivative.columns), np.nan)
        wider[:, : inner.shape[1]] = inner
        inner = _between(derivative, wider)
    found = np.empty_like(inner)
    found[:, order] = inner
    return found


def _first_turn(a: Floats, t: Floats) -> Floats:
    """A time between the flows of the first change of sign, (columns,); after the last flow where there is none."""
    head = np.sign(a) == signs(a)[1]
    turned = np.logical_or.accumulate((a != 0) & ~head, axis=0)
    times = np.broadcast_to(t, a.shape)
    last_of_first_run = np.where(~turned & head, times, -np.inf).max(axis=0)
    first_of_second_run = np.where(turned, times, np.inf).min(axis=0)
    middle: Floats = (last_of_first_run + np.minimum(first_of_second_run, times[-1] + 1.0)) / 2
    return np.where(np.isfinite(first_of_second_run), middle, times[-1] + 1.0)


def _between(columns: Flows, inner: Floats) -> Floats:
    """The roots of columns of which those of the derivative are `inner`: ascending, NaN last, (one more, columns).

    There is at most one between two neighbours of them, or before the first, or after the last.
    """
    lowest, highest = np.full((2, 1, columns.columns), [[[LOWEST]], [[HIGHEST]]])
    edges = np.concatenate((lowest, inner, highest))
    sides, roots = np.empty_like(edges), np.full((len(inner) + 1, columns.columns), np.nan)
    row, column = np.nonzero(~np.isnan(edges))
    sides[row, column] = sign(columns.take(column), edges[row, column])
    missing = np.isnan(edges)
    edges[missing], sides[missing] = HIGHEST, np.broadcast_to(sides[-1], edges.shape)[missing]
    row, column = np.nonzero((sides[1:-1] == 0) & ~missing[1:-1])
    roots[row, column] = inner[row, column]  # touches zero there
    row, column = np.nonzero((sides[:-1] * sides[1:] < 0) & (edges[:-1] < edges[1:]))
    if row.size:
        low, high = edges[row, column], edges[row + 1, column]
        roots[row, column] = solve(Direct(columns.take(column)), low, high, sides[row + 1, column], np.zeros(row.size))
    return np.sort(roots, axis=0)


def solve(value: Direct, low: Floats, high: Floats, sign_high: Floats, x: Floats) -> Floats:
    """The root between low and high, where f has the sign `sign_high` just below high and the other above low.

    Halley's method from x, or the end that is nearest to it; a step that leaves the bracket, and every fourth step of a
    long search, is a bisection.
    """
    x = np.clip(x, low, high)
    root = x.copy()
    active = np.arange(x.size)
    searching = np.ones(x.size, dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for step in range(_STEPS):
            sums = value(x)
            net = sums[0] - sums[1]
            there = np.abs(net) <= _NONE * (sums[0] + sums[1])
            below = np.sign(net) != sign_high
            low, high = np.where(below, x, low), np.where(below, high, x)
            along, turn = _step(sums)
            new = np.where(there, x, x + along)
            astray = ~((new > low) & (new < high)) | (turn > 1.0)  # where f hardly falls steps are short for that alone
            halve = ~there & (astray | (step >= 8 and step % 4 == 3))
            if halve.any():
                new = np.where(halve, _middle(low, high), new)
            close = ~halve & (np.abs(new - x) < _CLOSE * np.maximum(1.0, np.abs(x)))
            found = searching & (close | (high <= _ALL_LOST) | (high - low <= 2 * _EPS * np.abs(new)))
            root[active[found]] = new[found]
            searching &= ~found
            if not searching.any():
                return root
            x = new
            if 2 * searching.sum() < searching.size:
                keep = np.flatnonzero(searching)
                active, low, high, x, sign_high = active[keep], low[keep], high[keep], x[keep], sign_high[keep]
                searching = searching[keep]
                value.keep(keep)
    root[active[searching]] = x[searching]
    return root


def _middle(low: Floats, high: Floats) -> Floats:
    """Between low and high; nearer to zero in a wide bracket, where most roots are."""
    near = np.sinh((np.arcsinh(low) + np.arcsinh(high)) / 2)
    return np.where(high - low > 1.0, near, (low + high) / 2)


def _step(sums: Floats) -> tuple[Floats, Floats]:
    """A step of Halley's method on the logarithm of received over paid, nearly a straight line in x, (columns,).

    And by how much the line bends on the way, as a share of its slope.
    """
    received, paid, received_when, paid_when, received_square, paid_square = sums
    mean, mean_paid = received_when / received, paid_when / paid
    slope = mean - mean_paid  # downwards
    bend = received_square / received - mean**2 - paid_square / paid + mean_paid**2
    newton = np.log(received / paid) / slope
    turn = -0.5 * newton * bend / slope
    return newton / (1.0 + np.maximum(turn, -0.5)), turn


def sign(columns: Flows, x: Floats) -> Floats:
    """Sign of f at x; zero where it is within its own rounding error."""
    value = values(columns, x)
    net = down(value)
    return np.where(np.abs(net) <= len(value) * _EPS * down(np.abs(value)), 0.0, np.sign(net))


def any_below(columns: Flows) -> NDArray[np.bool_]:
    """Whether there is a root below the lowest x, however far: time runs so much faster that it is above it."""
    value = values(columns, np.full(columns.columns, LOWEST))
    step = np.diff(columns.years, axis=0)
    faster = _FARTHEST / LOWEST / np.min(step, axis=0, where=step > 0, initial=1.0)
    below: NDArray[np.bool_] = np.logical_or.reduce(
        all_roots(value, columns.years * faster, changes(value)) < 0, axis=0
    )
    return below


def changes(a: Floats) -> Rows:
    """Changes of sign down each column, zeros passed over."""
    side = (a > 0).view(np.int8) - (a < 0).view(np.int8)
    count = np.zeros(a.shape[1], dtype=np.int16)
    last = side[0].copy()
    for one in side[1:]:
        count += last * one < 0
        last *= one == 0
        last += one
    return count.astype(np.int64)


def values(columns: Flows, x: Floats) -> Floats:
    """Each flow discounted at x, (T, columns); all scaled by a common positive factor where they could overflow."""
    found = exponents(columns, x)
    np.exp(found, out=found)
    found *= columns.dense()
    return found


def dense(a: Floats, t: Floats) -> Flows:
    """Columns of which nothing is known to be fixed."""
    return Flows(t, np.zeros(len(a)), np.arange(len(a)), a)
