r"""Internal rate of return, over many paths at once. Convention 6 says what is returned where the answer is not plain.

With :math:`x = \ln(1 + r)` the value of flows :math:`a_i` at times :math:`t_i` is
:math:`f(x) = \sum_i a_i e^{-x t_i}`, and a rate is a root of f. How many roots there are is counted before any is
looked for, so that none is invented or overlooked:

- f has at most as many roots as its amounts, in order of time, have changes of sign (Descartes' rule for real
  exponents), and exactly one where they have one;
- on x > 0 at most as many as the cumulative sums from the first flow have changes of sign, on x < 0 as those from the
  last flow (Laguerre 1883); the difference is even in each case;
- where the sum of all flows is zero, x = 0 is a root;
- where that leaves more than one, the roots of the derivative of :math:`e^{x\tau} f(x)`, with :math:`\tau` between the
  flows of the first change of sign, lie between those of f (Rolle) and its amounts have one change of sign fewer: all
  roots of f follow by recursion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sib.arrays import Floats
from sib.measures.cashflow import down, flows
from sib.measures.discounting import NEAR, Direct, Flows, Rows, Stepwise, Value, exponents, signs

LOWEST, HIGHEST = -40.0, 709.0  # x outside which a rate is -1, or above all floating-point numbers
_ALL_LOST = -37.5  # x below which a rate is -1 to the last bit
_TOO_HIGH = 708.999  # x above which a search has come to the end of the range, not to a root
_STEPS = 200  # more than enough to bisect the whole range to the last bit
_CLOSE = 1e-7  # a step this small leaves an error of its square at the most
_CUBED = 2e-5  # one this small, that the curve bends as little, leaves an error of its cube
_EPS = float(np.finfo(np.float64).eps)
_NONE = 4 * _EPS  # a net value this small a part of what is received and paid is none
_CHUNK = 65536  # columns worked on at a time: few calls, and arrays that do not outgrow the memory that is reused


def irr(amounts: ArrayLike, years: ArrayLike) -> Floats:
    """Internal rate of return, effective a year (ACT/365 with years of 365 days).

    Parameters
    ----------
    amounts : array_like, (..., T)
        Cash flows in money, positive = received by the party in view.
    years : array_like, (T,) or (..., T)
        When, in years; in any order, repeated times allowed.

    Returns
    -------
    array, (...)
        The rate as a decimal. -1 where money was paid and none came back. NaN where no rate makes the value zero,
        where nothing was paid in, and where the rate is above all floating-point numbers. Where several rates do, the
        one nearest to zero.

    Raises
    ------
    InputError
        Where amounts or years are not finite or their shapes do not fit.

    Examples
    --------
    >>> irr([[-100.0, 0.0, 121.0], [-100.0, 0.0, 0.0], [-100.0, 150.0, -100.0]], [0.0, 1.0, 2.0]).round(6)
    array([ 0.1, -1. ,  nan])
    """
    amount, year = flows(amounts, years)
    shape = amount.shape[:-1]
    _, size = np.frexp(np.abs(amount).max(axis=-1, initial=0.0, keepdims=True))
    amount = np.ldexp(amount, -size)  # by a power of two, which changes no rate and no bit: sums cannot overflow
    a = np.ascontiguousarray(np.moveaxis(amount, -1, 0)).reshape(amount.shape[-1], -1)
    t = np.ascontiguousarray(np.moveaxis(year, -1, 0)).reshape(len(a), -1)
    return irr_of(_dense(*_in_order(a, t))).reshape(shape)


def irr_of(columns: Flows) -> Floats:
    """The rate of each column of flows, (columns,): `irr` where more is known of the flows, as that most are fixed."""
    starts = range(0, max(columns.columns, 1), _CHUNK)
    return np.concatenate([_rates(columns.part(start, start + _CHUNK)) for start in starts])


def _dense(a: Floats, t: Floats) -> Flows:
    """Columns of which nothing is known to be fixed."""
    return Flows(t, np.zeros(len(a)), np.arange(len(a)), a)


def _rates(columns: Flows) -> Floats:
    """The counting: which columns have no rate, one, or perhaps several."""
    a = columns.runs()
    changes = _changes(a)
    paid, received = (a < 0).any(axis=0), (a > 0).any(axis=0)
    rate = np.full(columns.columns, np.nan)
    rate[np.flatnonzero(paid & ~received)] = -1.0
    single = changes == 1
    unsure = np.flatnonzero(changes > 1)
    if unsure.size:
        part = np.take(a, unsure, axis=1)
        forward, backward = _cumulative(part), _cumulative(part[::-1])
        level = np.abs(forward[-1]) <= len(columns.fixed) * _EPS * down(np.abs(part))
        rate[unsure[level]] = 0.0  # nothing is gained or lost: zero is a rate, and none is nearer to zero
        count = (_changes(forward) + _changes(backward)) * ~level
        single[unsure[np.flatnonzero(count == 1)]] = True
        unsure = unsure[np.flatnonzero(count > 1)]
    if unsure.size:
        rate[unsure] = _several(columns.take(unsure), np.take(a, unsure, axis=1), changes[unsure])
    found = np.flatnonzero(single)
    if found.size:
        rate[found] = _rate(_one_root(columns.take(found)))
    return rate


def _rate(x: Floats) -> Floats:
    """The rate at a root; NaN at the highest x, where it is above all floating-point numbers."""
    rate: Floats = np.expm1(np.where(x < _TOO_HIGH, x, np.nan))
    return rate


def _several(columns: Flows, runs: Floats, changes: Rows) -> Floats:
    """Rates of columns that may have several."""
    rate = np.full(columns.columns, np.nan)
    left, right = signs(runs)
    odd = np.flatnonzero(left * right < 0)
    if odd.size:
        part = columns.take(odd)
        found = _one_root(part)
        alone = np.flatnonzero(_never_in_credit(part, found))
        rate[odd[alone]] = _rate(found[alone])
    rest = np.flatnonzero(np.isnan(rate))
    if rest.size:
        same = columns.take(rest)
        first, again = same.distinct()
        part = same.take(first)
        nearest = _nearest_to_zero(_rate(_roots(part.dense(), part.years, changes[rest[first]])))
        # where the only root is below the lowest x, the rate is minus one to the last bit
        beyond = np.isnan(nearest) & (left[rest[first]] * _sign(part, np.full(first.size, LOWEST)) < 0)
        rate[rest] = np.where(beyond, -1.0, nearest)[again]
    return rate


def _nearest_to_zero(rates: Floats) -> Floats:
    """Of several rates a column, NaN where there are fewer, the one nearest to zero; NaN where there is none."""
    distance = np.where(np.isfinite(rates), np.abs(rates), np.inf)
    nearest = np.take_along_axis(rates, distance.argmin(axis=0)[None], axis=0)[0]
    return np.where(np.isfinite(distance.min(axis=0)), nearest, np.nan)


def _never_in_credit(columns: Flows, x: Floats) -> NDArray[np.bool_]:
    """Whether the balance at a root x has one sign all the way, and so the root is the only one.

    The balance is what is still out, with interest at that rate (Soper 1959). By the second rule above, applied to
    the flows discounted at x, there is then no root on either side of x. As all flows add up to nothing, the balance is
    known from those before and from those after; it is read from the side that is less, which rounding leaves clearer.
    """
    values = np.add.reduceat(_values(columns, x), columns.starts(), axis=0)  # within a run the balance goes one way
    size = np.abs(values)
    before, moved = _cumulative(values)[:-1], _cumulative(size)[:-1]
    after, moving = -_cumulative(values[::-1])[-2::-1], _cumulative(size[::-1])[-2::-1]
    rounding = len(columns.fixed) * _EPS
    early = moved <= moving
    moved *= rounding
    moving *= rounding
    never_above = np.where(early, before <= moved, after <= moving).all(axis=0)
    never_below = np.where(early, before >= -moved, after >= -moving).all(axis=0)
    near: NDArray[np.bool_] = np.abs(x) * columns.years[-1] <= NEAR  # beyond it small flows may have been lost
    return near & (never_above | never_below)


def _one_root(columns: Flows) -> Floats:
    """A root x of columns whose first and last flows have opposite signs, or that are known to have one.

    One step from where the flows' moments put it finds nearly all; for the others the search goes on in a bracket.
    """
    value = Stepwise(columns) if columns.years.shape[1] == 1 else Direct(columns)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        x = _guess(value.moments())
        step, turn = _step(value(x))
        x = np.clip(x + step, LOWEST, HIGHEST)
        found = (np.abs(step) < _CUBED) & (np.abs(turn) < _CUBED) & (x > LOWEST) & (x < HIGHEST)
    rest = np.flatnonzero(~found)
    if rest.size:
        low, high = np.full(rest.size, LOWEST), np.full(rest.size, HIGHEST)
        value.keep(rest)
        sign_high = signs(columns.take(rest).runs())[1]
        x[rest] = _solve(value, low, high, sign_high, np.nan_to_num(x[rest]))
    return x


def _guess(moments: Floats) -> Floats:
    """A root of the logarithm of received over paid, expanded about x = 0 to the third power, (columns,).

    The coefficients are the cumulants of the times of the flows, as the logarithm of a sum of exponentials has them.
    """
    mean = moments[1] / moments[0]
    spread = moments[2] / moments[0] - mean**2
    skew = moments[3] / moments[0] - mean * (3.0 * spread + mean**2)
    level = np.log(moments[0, 0] / moments[0, 1])
    slope, bend, twist = mean[0] - mean[1], spread[0] - spread[1], skew[0] - skew[1]
    root = np.copysign(np.sqrt(np.maximum(slope**2 - 2.0 * bend * level, 0.0)), slope)
    x = 2.0 * level / (slope + root)
    square = x * x
    x -= square * x * twist / (6.0 * slope - 6.0 * bend * x + 3.0 * twist * square)
    guess: Floats = np.clip(np.nan_to_num(x), -1.0, 1.0)
    return guess


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


def _in_order(a: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Flows by time, those of one time added up; times are counted from the first."""
    order = np.argsort(t, axis=0, kind="stable")
    if not (order == np.arange(len(t))[:, None]).all():
        a = np.take_along_axis(a, np.broadcast_to(order, a.shape), axis=0)
        t = np.take_along_axis(t, order, axis=0)
    same = t[1:] == t[:-1]
    if same.any():
        a = a.copy()
        for i in np.flatnonzero(same.any(axis=1)):
            moved = np.where(same[i], a[i], 0.0)
            a[i + 1] += moved
            a[i] -= moved
    return a, t - t[:1]


def _changes(a: Floats) -> Rows:
    """Changes of sign down each column, zeros passed over."""
    side = (a > 0).view(np.int8) - (a < 0).view(np.int8)
    count = np.zeros(a.shape[1], dtype=np.int16)
    last = side[0].copy()
    for sign in side[1:]:
        count += last * sign < 0
        last *= sign == 0
        last += sign
    return count.astype(np.int64)


def _cumulative(a: Floats) -> Floats:
    """Sums from the first row to each."""
    total = a.copy()
    for row, before in zip(total[1:], total, strict=False):
        row += before
    return total


def _sign(columns: Flows, x: Floats) -> Floats:
    """Sign of f at x; zero where it is within its own rounding error."""
    values = _values(columns, x)
    net = down(values)
    return np.where(np.abs(net) <= len(values) * _EPS * down(np.abs(values)), 0.0, np.sign(net))


def _values(columns: Flows, x: Floats) -> Floats:
    """Each flow discounted at x, (T, columns); all scaled by a common positive factor where they could overflow."""
    values = exponents(columns, x)
    np.exp(values, out=values)
    values *= columns.dense()
    return values


def _roots(a: Floats, t: Floats, changes: Rows) -> Floats:
    """All roots x from LOWEST to HIGHEST of columns with so many changes of sign, (most changes, columns).

    Works down to a derivative with a single change of sign, and up again, each one's roots parting the next one's.
    NaN where there is none; a column without any change of sign has no root, and neither have its derivatives.
    """
    order = np.argsort(-changes, kind="stable")
    derivatives = [_dense(a, t).take(order)]
    for known in range(1, int(changes.max())):  # a column has as many derivatives as it has further changes of sign
        above = derivatives[-1].part(0, int(np.count_nonzero(changes > known)))
        b = above.varying * (_first_turn(above.varying, above.years) - above.years)
        derivatives.append(_dense(b / np.abs(b).max(axis=0), above.years))
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
    sides[row, column] = _sign(columns.take(column), edges[row, column])
    missing = np.isnan(edges)
    edges[missing], sides[missing] = HIGHEST, np.broadcast_to(sides[-1], edges.shape)[missing]
    row, column = np.nonzero((sides[1:-1] == 0) & ~missing[1:-1])
    roots[row, column] = inner[row, column]  # touches zero there
    row, column = np.nonzero((sides[:-1] * sides[1:] < 0) & (edges[:-1] < edges[1:]))
    if row.size:
        low, high = edges[row, column], edges[row + 1, column]
        roots[row, column] = _solve(Direct(columns.take(column)), low, high, sides[row + 1, column], np.zeros(row.size))
    return np.sort(roots, axis=0)


def _solve(value: Value, low: Floats, high: Floats, sign_high: Floats, x: Floats) -> Floats:
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
            new = np.where(there, x, x + _step(sums)[0])
            halve = ~there & (~((new > low) & (new < high)) | (step >= 8 and step % 4 == 3))
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
