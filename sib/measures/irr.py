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

from sib.measures.cashflow import Floats, down, flows

LOWEST, HIGHEST = -40.0, 700.0  # x outside which a rate is -1, or above all floating-point numbers
_STEPS = 200  # more than enough to bisect the whole range to the last bit
_CLOSE = 1e-7  # a Newton step this small leaves an error of its square
_EPS = float(np.finfo(np.float64).eps)
_SAFE = 500.0  # exponents up to this do not overflow
_CHUNK = 16384  # columns worked on at a time: few calls of NumPy, and arrays that do not outgrow the cache by much

Rows = NDArray[np.int64]


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
        and where nothing was paid in. Where several rates do, the one nearest to zero.

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
    a = np.ascontiguousarray(np.moveaxis(amount, -1, 0)).reshape(amount.shape[-1], -1)
    t = np.ascontiguousarray(np.moveaxis(year, -1, 0)).reshape(len(a), -1)
    a, t = _in_order(a, t)
    parts = [_rates(a[:, i : i + _CHUNK], t[:, i : i + _CHUNK] if t.shape[1] > 1 else t) for i in _chunks(a)]
    return np.concatenate(parts).reshape(shape)


def _chunks(a: Floats) -> range:
    return range(0, max(a.shape[1], 1), _CHUNK)


def _rates(a: Floats, t: Floats) -> Floats:
    """Rates of flows in order of time, (columns,)."""
    changes = _changes(a)
    paid, received = (a < 0).any(axis=0), (a > 0).any(axis=0)
    rate = np.where(paid & ~received, -1.0, np.nan)
    single = changes == 1
    unsure = np.flatnonzero(changes > 1)
    if unsure.size:
        part = np.take(a, unsure, axis=1)
        forward, backward = np.cumsum(part, axis=0), np.cumsum(part[::-1], axis=0)
        level = np.abs(forward[-1]) <= len(a) * _EPS * down(np.abs(part))
        rate[unsure[level]] = 0.0  # nothing is gained or lost: zero is a rate, and none is nearer to zero
        count = np.where(level, 0, _changes(forward) + _changes(backward))
        single[unsure[count == 1]] = True
        unsure = unsure[count > 1]
    if unsure.size:
        rate[unsure] = _several(np.take(a, unsure, axis=1), _pick(t, unsure), changes[unsure])
    columns = np.flatnonzero(single)
    if columns.size:
        rate[columns] = np.expm1(_one_root(np.take(a, columns, axis=1), _pick(t, columns)))
    return rate


def _several(a: Floats, t: Floats, changes: Rows) -> Floats:
    """Rates of columns that may have several."""
    rate = np.full(a.shape[1], np.nan)
    left, right = _ends(a)
    odd = np.flatnonzero(left * right < 0)
    if odd.size:
        part, when = np.take(a, odd, axis=1), _pick(t, odd)
        found = _one_root(part, when)
        alone = _never_in_credit(part, when, found)
        rate[odd[alone]] = np.expm1(found[alone])
    open_ = np.flatnonzero(np.isnan(rate))
    for count in np.unique(changes[open_]):
        columns = open_[changes[open_] == count]
        part, when = np.take(a, columns, axis=1), _pick(t, columns)
        nearest = _nearest_to_zero(np.expm1(_roots(part, when, int(count))))
        # where the only root is below the lowest x, the rate is minus one to the last bit
        beyond = np.isnan(nearest) & (left[columns] * _sign(part, when, np.full(columns.size, LOWEST)) < 0)
        rate[columns] = np.where(beyond, -1.0, nearest)
    return rate


def _nearest_to_zero(rates: Floats) -> Floats:
    """Of several rates a column, NaN where there are fewer, the one nearest to zero; NaN where there is none."""
    distance = np.where(np.isfinite(rates), np.abs(rates), np.inf)
    nearest = np.take_along_axis(rates, distance.argmin(axis=0)[None], axis=0)[0]
    return np.where(np.isfinite(distance.min(axis=0)), nearest, np.nan)


def _never_in_credit(a: Floats, t: Floats, x: Floats) -> NDArray[np.bool_]:
    """Whether the balance at a root x has one sign all the way, and so the root is the only one.

    The balance is what is still out, with interest at that rate (Soper 1959). By the second rule above, applied to
    the flows discounted at x, there is then no root on either side of x.
    """
    value = a * np.exp(np.minimum(x * (np.where(x >= 0, *_span(a, t)) - t), 0.0))
    balance = np.cumsum(value, axis=0)
    rounding = len(a) * _EPS * down(np.abs(value))
    return np.asarray((balance <= rounding).all(axis=0) | (balance >= -rounding).all(axis=0))


def _one_root(a: Floats, t: Floats) -> Floats:
    """A root x of columns whose first and last flows have opposite signs, or that are known to have one."""
    low, high = np.full(a.shape[1], LOWEST), np.full(a.shape[1], HIGHEST)
    return _solve(a, t, low, high, _ends(a)[1], _guess(a, t))


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
    signs = (a > 0).view(np.int8) - (a < 0).view(np.int8)
    count = np.zeros(a.shape[1], dtype=np.int16)
    last = signs[0]
    for sign in signs[1:]:
        count += last * sign < 0
        last = np.where(sign, sign, last)
    return count.astype(np.int64)


def _pick(t: Floats, columns: Rows) -> Floats:
    return t if t.shape[1] == 1 else np.take(t, columns, axis=1)


def _ends(a: Floats) -> tuple[Floats, Floats]:
    """Sign of f far to the left, that of the last flow, and far to the right, that of the first."""
    first, last = _first_and_last(a)
    return (
        np.sign(np.take_along_axis(a, last, axis=0)[0]),
        np.sign(np.take_along_axis(a, first, axis=0)[0]),
    )


def _first_and_last(a: Floats) -> tuple[Rows, Rows]:
    """Rows of the first and the last flow of each column, (1, columns)."""
    nonzero = a != 0
    return nonzero.argmax(axis=0)[None], len(a) - 1 - nonzero[::-1].argmax(axis=0)[None]


def _span(a: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Times of the first and the last flow of each column, (columns,)."""
    first, last = _first_and_last(a)
    times = np.broadcast_to(t, a.shape)
    return np.take_along_axis(times, first, axis=0)[0], np.take_along_axis(times, last, axis=0)[0]


def _guess(a: Floats, t: Floats) -> Floats:
    """The rate at which one receipt and one payment at their mean times would balance."""
    received, paid = np.maximum(a, 0), np.maximum(-a, 0)
    in_all, out_all = down(received), down(paid)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        guess = np.log(in_all / out_all) / (down(received * t) / in_all - down(paid * t) / out_all)
    return np.where(np.isfinite(guess), np.clip(guess, LOWEST, HIGHEST), 0.0)


class _Value:
    """Value of the flows at x, those received and those paid apart, each with its time-weighted value.

    All are scaled by a common positive factor where they could overflow. Every sum runs down the dates in order, and
    nothing depends on the other columns: a path's rate has the same bits in any company (convention 9).
    """

    def __init__(self, a: Floats, t: Floats) -> None:
        self.t = t
        self.span = _span(a, t)
        self.sides = []
        for side in (np.maximum(a, 0.0), np.maximum(-a, 0.0)):
            rows = np.flatnonzero(side.any(axis=1))
            self.sides.append((rows, side[rows], t[rows]))

    def __call__(self, x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Received and paid at x, and both weighted by time."""
        large = np.abs(x) * self.t[-1] > _SAFE
        since = np.where(large, np.where(x >= 0, *self.span), 0.0)
        weight = x * (since - self.t)
        if large.any():  # above zero only before the first flow or after the last, where the amount is zero
            np.minimum(weight, np.where(large, 0.0, np.inf), out=weight)
        np.exp(weight, out=weight)
        sums = []
        for rows, amounts, when in self.sides:
            value = amounts * weight[rows]
            sums.append((down(value), down(value * when)))
        (received, received_when), (paid, paid_when) = sums
        return received, paid, received_when, paid_when

    def keep(self, columns: Rows) -> None:
        """Go on with some of the columns only."""
        self.span = (self.span[0][columns], self.span[1][columns])
        self.t = _pick(self.t, columns)
        self.sides = [(rows, np.take(a, columns, axis=1), _pick(when, columns)) for rows, a, when in self.sides]


def _sign(a: Floats, t: Floats, x: Floats) -> Floats:
    """Sign of f at x; zero where it is within its own rounding error."""
    received, paid, _, _ = _Value(a, t)(x)
    net = received - paid
    return np.where(np.abs(net) <= len(a) * _EPS * (received + paid), 0.0, np.sign(net))


def _roots(a: Floats, t: Floats, changes: int) -> Floats:
    """All roots x from LOWEST to HIGHEST of columns with so many changes of sign, (changes, columns), NaN for none.

    Works down to a derivative with a single change of sign, and up again, each one's roots parting the next one's.
    """
    derivatives = [a]
    for _ in range(changes - 1):
        b = derivatives[-1] * (_first_turn(derivatives[-1], t) - t)
        derivatives.append(b / np.abs(b).max(axis=0))
    lowest, highest = np.full((1, a.shape[1]), LOWEST), np.full((1, a.shape[1]), HIGHEST)
    inner = np.empty((0, a.shape[1]))
    for b in reversed(derivatives):
        edges = (lowest, np.where(np.isnan(inner), HIGHEST, inner), highest)
        inner = _between(b, t, np.concatenate(edges))
    return inner


def _first_turn(a: Floats, t: Floats) -> Floats:
    """A time between the flows of the first change of sign, (columns,)."""
    head = np.sign(a) == _ends(a)[1]
    turned = np.logical_or.accumulate((a != 0) & ~head, axis=0)
    times = np.broadcast_to(t, a.shape)
    last_of_first_run = np.where(~turned & head, times, -np.inf).max(axis=0)
    first_of_second_run = np.where(turned, times, np.inf).min(axis=0)
    middle: Floats = (last_of_first_run + first_of_second_run) / 2
    return middle


def _between(a: Floats, t: Floats, edges: Floats) -> Floats:
    """The roots that lie between neighbouring edges, at most one each: ascending, NaN last, (edges - 1, columns)."""
    signs = [_sign(a, t, x) for x in edges]
    roots = np.full((len(edges) - 1, a.shape[1]), np.nan)
    for i in range(len(roots)):
        touches = (signs[i + 1] == 0) & (edges[i + 1] < HIGHEST)
        roots[i, touches] = edges[i + 1, touches]
        columns = np.flatnonzero((signs[i] * signs[i + 1] < 0) & (edges[i] < edges[i + 1]))
        if columns.size:
            part, when = np.take(a, columns, axis=1), _pick(t, columns)
            low, high = edges[i, columns], edges[i + 1, columns]
            roots[i, columns] = _solve(part, when, low, high, signs[i + 1][columns], _guess(part, when))
    return np.sort(roots, axis=0)


def _solve(a: Floats, t: Floats, low: Floats, high: Floats, sign_high: Floats, x: Floats) -> Floats:
    """The root between low and high, where f has the sign `sign_high` just below high and the other above low.

    Newton's method on the logarithm of received over paid, nearly a straight line in x; a step that leaves the
    bracket, and every fourth step of a long search, is a bisection.
    """
    x = np.clip(x, low, high)
    root = x.copy()
    active = np.arange(a.shape[1])
    searching = np.ones(a.shape[1], dtype=bool)
    value = _Value(a, t)
    for step in range(_STEPS):
        received, paid, received_when, paid_when = value(x)
        net = received - paid
        below = np.sign(net) != sign_high
        low, high = np.where(below, x, low), np.where(below, high, x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            new = x + np.log(received / paid) / (received_when / received - paid_when / paid)
        middle = (low + high) / 2
        halve = ~((new > low) & (new < high)) | (step >= 8 and step % 4 == 3)
        new = np.where(halve, middle, new)
        new = np.where(net == 0, x, new)
        close = ~halve & (np.abs(new - x) < _CLOSE * np.maximum(1.0, np.abs(x)))
        found = searching & ((net == 0) | close | (high - low <= 2 * _EPS * np.abs(middle)))
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
