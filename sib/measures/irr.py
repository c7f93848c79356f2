r"""Internal rate of return, over many paths at once. Convention 6 says what is returned where the answer is not plain.

With :math:`x = \ln(1 + r)` the value of flows :math:`a_i` at times :math:`t_i` is
:math:`f(x) = \sum_i a_i e^{-x t_i}`, and a rate is a root of f. How many roots there are is counted before any is
looked for, so that none is invented or overlooked:

- f has at most as many roots as its amounts, in order of time, have changes of sign (Descartes' rule for real
  exponents), and exactly one where they have one;
- on x > 0 at most as many as the cumulative sums from the first flow have changes of sign, on x < 0 as those from the
  last flow (Laguerre 1883); the difference is even in each case;
- where that leaves more than one, the roots of the derivative of :math:`e^{x\tau} f(x)`, with :math:`\tau` between the
  flows of the first change of sign, lie between those of f (Rolle) and its amounts have one change of sign fewer: all
  roots of f follow by recursion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sib.measures.cashflow import Floats, flows

LOWEST, HIGHEST = -40.0, 700.0  # x outside which a rate is -1, or above all floating-point numbers
_STEPS = 200  # more than enough to bisect the whole range to the last bit
_CLOSE = 1e-7  # a Newton step this small leaves an error of its square
_SAFE = 500.0  # exponents up to this do not overflow
_CHUNK = 8192  # columns worked on at a time, so that they stay in the cache

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
    several = np.flatnonzero(changes > 1)
    unsure = several
    if several.size:
        part = a[:, several]
        count = _changes(np.cumsum(part, axis=0)) + _changes(np.cumsum(part[::-1], axis=0))
        single[several[count == 1]] = True
        unsure = several[count > 1]
        left, right = _ends(a[:, unsure])
        odd = unsure[left * right < 0]
        if odd.size:
            found = _one_root(a[:, odd], _pick(t, odd))
            alone = _never_in_credit(a[:, odd], _pick(t, odd), found)
            rate[odd[alone]] = np.expm1(found[alone])
            unsure = np.setdiff1d(unsure, odd[alone], assume_unique=True)
    for count in np.unique(changes[unsure]):
        columns = unsure[changes[unsure] == count]
        rate[columns] = _nearest_to_zero(np.expm1(_roots(a[:, columns], _pick(t, columns), int(count))))
    columns = np.flatnonzero(single)
    if columns.size:
        rate[columns] = np.expm1(_one_root(a[:, columns], _pick(t, columns)))
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
    rounding = len(a) * np.finfo(float).eps * np.abs(value).sum(axis=0)
    one_way: NDArray[np.bool_] = (balance <= rounding).all(axis=0) | (balance >= -rounding).all(axis=0)
    return one_way


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
    return t if t.shape[1] == 1 else t[:, columns]


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
    in_all, out_all = received.sum(axis=0), paid.sum(axis=0)
    later = (received * t).sum(axis=0) / in_all - (paid * t).sum(axis=0) / out_all
    with np.errstate(divide="ignore", invalid="ignore"):
        guess = np.log(in_all / out_all) / later
    return np.where(np.isfinite(guess), np.clip(guess, LOWEST, HIGHEST), 0.0)


class _Value:
    """Value of the flows at x, those received and those paid apart, each with its time-weighted value.

    All are scaled by a common positive factor that keeps them from overflowing. Flows that are the same in all
    columns, as draws mostly are, are summed without being spread over the columns.
    """

    def __init__(self, a: Floats, t: Floats) -> None:
        self.t = t
        self.span = _span(a, t)
        same = (a == a[:, :1]).all(axis=1) if t.shape[1] == 1 else np.zeros(len(a), dtype=bool)
        self.same, self.varying = np.flatnonzero(same & (a[:, 0] != 0)), np.flatnonzero(~same)
        shared = a[self.same, 0]
        self.shared = [(half, half * t[self.same, 0]) for half in (np.maximum(shared, 0.0), np.maximum(-shared, 0.0))]
        self.a = a[self.varying]
        self.when = t[self.varying]

    def __call__(self, x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Received and paid at x, and both weighted by time."""
        weight = -self.t * x
        if np.abs(x).max() * self.t.max() > _SAFE:  # as of the first date or the last, whichever cannot overflow
            weight += x * np.where(x >= 0, *self.span)
            np.minimum(weight, 0.0, out=weight)  # above zero only before the first flow or after the last
        np.exp(weight, out=weight)
        own = weight[self.varying]
        own *= self.a
        received, paid = np.maximum(own, 0.0), np.maximum(-own, 0.0)
        sums = [
            received.sum(axis=0),
            paid.sum(axis=0),
            (received * self.when).sum(axis=0),
            (paid * self.when).sum(axis=0),
        ]
        if self.same.size:
            common = weight[self.same]
            for side, (amounts, weighted) in enumerate(self.shared):
                if amounts.any():
                    sums[side] += np.einsum("t,tn->n", amounts, common)
                    sums[side + 2] += np.einsum("t,tn->n", weighted, common)
        return sums[0], sums[1], sums[2], sums[3]

    def keep(self, columns: Rows) -> None:
        """Go on with some of the columns only."""
        self.span = (self.span[0][columns], self.span[1][columns])
        self.a, self.t, self.when = self.a[:, columns], _pick(self.t, columns), _pick(self.when, columns)


def _sign(a: Floats, t: Floats, x: Floats) -> Floats:
    """Sign of f at x; zero where it is within its own rounding error."""
    received, paid, _, _ = _Value(a, t)(x)
    net = received - paid
    rounding = len(a) * np.finfo(float).eps * (received + paid)
    return np.where(np.abs(net) <= rounding, 0.0, np.sign(net))


def _roots(a: Floats, t: Floats, changes: int) -> Floats:
    """All roots x of columns with so many changes of sign: (changes, columns), ascending, NaN where there are fewer."""
    left, right = _ends(a)
    if changes == 1:
        return _one_root(a, t)[None]
    sign = np.sign(a)
    head = sign == right
    turned = np.logical_or.accumulate((sign != 0) & ~head, axis=0)
    times = np.broadcast_to(t, a.shape)
    last_of_first_run = np.where(~turned & head, times, -np.inf).max(axis=0)
    first_of_second_run = np.where(turned, times, np.inf).min(axis=0)
    tau = (last_of_first_run + first_of_second_run) / 2
    inner = _roots(a * (tau - t), t, changes - 1)
    inner = np.sort(np.where(np.isnan(inner), HIGHEST, inner), axis=0)
    edges = np.concatenate((np.full((1, a.shape[1]), LOWEST), inner, np.full((1, a.shape[1]), HIGHEST)))
    signs = [left, *(_sign(a, t, x) for x in inner), right]
    roots = np.full((changes, a.shape[1]), np.nan)
    for i in range(changes):
        touches = (signs[i + 1] == 0) & (edges[i + 1] < HIGHEST)
        roots[i, touches] = edges[i + 1, touches]
        columns = np.flatnonzero((signs[i] * signs[i + 1] < 0) & (edges[i] < edges[i + 1]))
        if columns.size:
            low, high = edges[i, columns], edges[i + 1, columns]
            part, when = a[:, columns], _pick(t, columns)
            start = np.clip(_guess(part, when), low, high)
            roots[i, columns] = _solve(part, when, low, high, signs[i + 1][columns], start)
    return np.sort(roots, axis=0)


def _solve(a: Floats, t: Floats, low: Floats, high: Floats, sign_high: Floats, x: Floats) -> Floats:
    """The root between low and high, where f has the sign `sign_high` just below high and the other above low.

    Newton's method on the logarithm of received over paid, nearly a straight line in x; a step that leaves the
    bracket, or the fourth in a row that has not ended the search, is a bisection.
    """
    root = np.array(x)
    active = np.arange(a.shape[1])
    low, high, x = low.copy(), high.copy(), np.clip(x, low, high)
    value = _Value(a, t)
    for step in range(_STEPS):
        received, paid, received_when, paid_when = value(x)
        net = received - paid
        below = np.sign(net) != sign_high
        low, high = np.where(below, x, low), np.where(below, high, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            new = x + np.log(received / paid) / (received_when / received - paid_when / paid)
        inside = (new > low) & (new < high)
        middle = (low + high) / 2
        bisect = ~inside if step % 4 != 3 or step < 8 else np.ones_like(inside)
        new = np.where(bisect, middle, new)
        close = _CLOSE * np.maximum(1.0, np.abs(x))
        done = (net == 0) | (~bisect & (np.abs(new - x) < close)) | (high - low <= 4e-16 * np.abs(middle))
        root[active] = np.where(net == 0, x, new)
        if done.all():
            break
        x = new
        if 2 * done.sum() > done.size:
            keep = np.flatnonzero(~done)
            active, low, high, x, sign_high = active[keep], low[keep], high[keep], x[keep], sign_high[keep]
            value.keep(keep)
    return root
