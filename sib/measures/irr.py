r"""Internal rate of return, over many paths at once. Convention 6 says what is returned where the answer is not plain.

With :math:`x = \ln(1 + r)` the value of flows :math:`a_i` at times :math:`t_i` is
:math:`f(x) = \sum_i a_i e^{-x t_i}`, and a rate is a root of f. None is returned without a proof that it is one and
that none is nearer to zero. Nearly all paths have theirs from `windows.py`. For the others roots are counted before any
is looked for (`search.py`):

- f has at most as many roots as its amounts, in order of time, have changes of sign (Descartes' rule for real
  exponents), and exactly one where they have one;
- on x > 0 at most as many as the cumulative sums from the first flow have changes of sign, on x < 0 as those from the
  last flow (Laguerre 1883); the difference is even in each case;
- where the sum of all flows is zero, x = 0 is a root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sib.arrays import Floats
from sib.measures.arguments import flows
from sib.measures.cashflow import down
from sib.measures.discounting import Direct, Flows, Rows, join, signs
from sib.measures.search import HIGHEST, LOWEST, all_roots, changes, dense, solve
from sib.measures.windows import Search, beyond, lost, near

_TOO_HIGH = 708.999  # x above which a search has come to the end of the range, not to a root
_PLAIN = -300, 300  # powers of two between which amounts are as they come
_LEVEL = 1e-3  # x below which the sum of all flows may be zero
_CELLS, _COLUMNS = 1 << 18, 1024  # amounts that are looked at together, near the processor; but no fewer columns
_LOT = 1 << 22  # amounts of which the rest is looked at together: few calls
_EPS = float(np.finfo(np.float64).eps)


def irr(amounts: ArrayLike, years: ArrayLike) -> Floats:
    """Internal rate of return, effective a year (ACT/365 with years of 365 days).

    Parameters
    ----------
    amounts : array_like, (..., T)
        Cash flows in money, positive = received by the party in view.
    years : array_like, (T,) or (..., T)
        When, in years, or dates; in any order, repeated times allowed.

    Returns
    -------
    array, (...)
        The rate as a decimal. -1 where money was paid and none came back. NaN where no rate makes the value zero,
        where nothing was paid in, and where the rate is above all floating-point numbers. Where several rates do, the
        one nearest to zero.

    Raises
    ------
    InputError
        Where amounts are not finite real numbers, years are neither these nor dates, or their shapes do not fit.

    Examples
    --------
    >>> irr([[-100.0, 0.0, 121.0], [-100.0, 0.0, 0.0], [-100.0, 150.0, -100.0]], [0.0, 1.0, 2.0]).round(6)
    array([ 0.1, -1. ,  nan])

    A cash flow of the library has its dates as index:

    >>> import sib
    >>> cash = sib.settle(sib.load("peterborough"), {"reconvictions": 0.09}).cashflow("investors")
    >>> float(irr(cash, cash.index).round(4))
    0.0312
    """
    amount, year = flows(amounts, years)
    shape = amount.shape[:-1]
    amount = amount.reshape(-1, amount.shape[-1]) if amount.size else np.zeros((0, amount.shape[-1]))
    year = year.reshape(amount.shape) if year.ndim > 1 else year[None]

    def columns_of(part: slice) -> Flows:
        return _columns(amount[part], year[part] if len(year) > 1 else year)

    return _by_lots(columns_of, *amount.shape).reshape(shape)


def irr_of(columns: Flows) -> Floats:
    """The rate of each column of flows, (columns,): `irr` where more is known of the flows, as that most are fixed."""
    if not columns.rows.size:  # all are one
        return np.full(columns.columns, irr(columns.fixed, columns.years[:, 0]))
    return _by_lots(lambda part: columns.part(part.start, part.stop), columns.columns, len(columns.rows))


def _by_lots(columns_of: Callable[[slice], Flows], count: int, rows: int) -> Floats:
    """Rates of so many columns, (count,): in pieces that fit a processor's memory, and many of these together."""
    rate, step = np.empty(count), max(_CELLS // max(rows, 8), _COLUMNS)
    lot = max(_LOT // max(rows * step, 1), 1) * step
    for start in range(0, count, lot):
        stop = min(start + lot, count)
        pieces = [columns_of(slice(first, min(first + step, stop))) for first in range(start, stop, step)]
        rate[start:stop] = _rates(pieces)
    return rate


def _columns(amount: Floats, year: Floats) -> Flows:
    """Rows of amounts, (columns, T), as columns in order of time.

    Very large or small ones are multiplied by a power of two, which changes no rate and no bit: sums cannot overflow.
    """
    columns = dense(*_in_order(np.ascontiguousarray(amount.T), np.ascontiguousarray(year.T)))
    _, size = np.frexp(columns.largest)
    if size.min(initial=0) < _PLAIN[0] or size.max(initial=0) > _PLAIN[1]:
        columns = dense(np.ldexp(columns.varying, -size), columns.years)
    return columns


def _rates(pieces: Sequence[Flows]) -> Floats:
    """Rates of columns in order of time, which come in pieces: a first look at each, the rest of all together."""
    looks = [near(piece) for piece in pieces]
    found = Search(*(np.concatenate(each) for each in zip(*looks, strict=True)))
    sides = [piece.sides for piece in pieces]
    paid, received = (np.concatenate(each) for each in zip(*sides, strict=True))
    rate = np.where(paid & ~received, -1.0, _rate(found.x))
    rest = paid & received & ~(np.abs(found.x) >= _LEVEL)
    at = np.flatnonzero(rest)
    if at.size:
        ends = np.cumsum([piece.columns for piece in pieces])[:-1]
        open_to = [piece.where(mask) for piece, mask in zip(pieces, np.split(rest, ends), strict=True)]
        rate[at] = _rates_beyond(join(open_to), Search(found.x[at], found.known[at]))
    return rate


def _rates_beyond(columns: Flows, found: Search) -> Floats:
    """Rates of columns with flows of both signs that a first look did not settle, or found about zero."""
    beyond(columns, found)
    rate = _rate(found.x)
    flat = np.flatnonzero(np.abs(found.x) < _LEVEL)
    if flat.size:
        rate[flat[_level(columns.take(flat).runs())]] = 0.0
    none = np.flatnonzero(found.none)
    if none.size:
        rate[none[lost(columns.take(none))]] = -1.0
    rest = np.flatnonzero(~found.known)
    if rest.size:
        rate[rest] = _counted(columns.take(rest))
    return rate


def _level(runs: Floats) -> NDArray[np.bool_]:
    """Whether all flows add up to nothing, and so zero is a rate."""
    even: NDArray[np.bool_] = np.abs(down(runs)) <= len(runs) * _EPS * down(np.abs(runs))
    return even


def _counted(columns: Flows) -> Floats:
    """Rates of columns with flows of both signs: whether there is no root, one, or perhaps several comes first."""
    a = columns.runs()
    turns, level = changes(a), _level(a)
    rate = np.where(level, 0.0, np.nan)  # nothing is gained or lost: zero is a rate, and none is nearer to zero
    count = changes(np.cumsum(a, axis=0)) + changes(np.cumsum(a[::-1], axis=0))
    single = (turns == 1) | (~level & (count == 1))
    several = np.flatnonzero(~single & ~level & (count > 1))
    if several.size:
        rate[several] = _several(columns.take(several), turns[several])
    at = np.flatnonzero(single)
    if at.size:
        part = columns.take(at)
        low, high = np.full(at.size, LOWEST), np.full(at.size, HIGHEST)
        rate[at] = _rate(solve(Direct(part), low, high, signs(part.runs())[1], np.zeros(at.size)))
    return rate


def _rate(x: Floats) -> Floats:
    """The rate at a root; NaN at the highest x, where it is above all floating-point numbers."""
    rate: Floats = np.expm1(np.where(x < _TOO_HIGH, x, np.nan))
    return rate


def _several(columns: Flows, turns: Rows) -> Floats:
    """Rates of columns that may have several."""
    first, again = columns.distinct()
    part = columns.take(first)
    found = _nearest_to_zero(_rate(all_roots(part.dense(), part.years, turns[first])))
    return np.where(np.isnan(found) & lost(part), -1.0, found)[again]


def _nearest_to_zero(rates: Floats) -> Floats:
    """Of several rates a column, NaN where there are fewer, the one nearest to zero; NaN where there is none."""
    distance = np.where(np.isfinite(rates), np.abs(rates), np.inf)
    nearest = np.take_along_axis(rates, distance.argmin(axis=0)[None], axis=0)[0]
    return np.where(np.isfinite(distance.min(axis=0)), nearest, np.nan)


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
