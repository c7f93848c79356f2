"""Many columns of flows, and their value at a rate each: what rates of return are searched in.

A column is one path's cash by date. Most of it is often the same on all paths (a deal draws its capital by a plan, and
is paid on a few dates), so `Flows` holds apart what is *fixed* and the rows that *vary*, and the value of the fixed
part is read off a Taylor series about the nearest point of a grid. Nothing depends on the other columns: a path's rate
has the same bits in any company (convention 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.measures.cashflow import down

Rows = NDArray[np.int64]

NEAR = 32.0  # |x| times the last time, up to which discount factors are far from overflow
_GRID = 8.0  # up to which the fixed flows are valued off a grid
_CELLS = 512  # points of the grid in a unit of x times the last time
_TERMS = 4  # of the series: what is left out is below (1/1024)**4 / 4! = 4e-14 of the flows
ORDERS = 3  # sums of the flows' values: by themselves, weighted by time, and by its square
BLOCK = 1 << 18  # amounts that are discounted together


@dataclass(frozen=True)
class Flows:
    """Columns of flows in order of time.

    Parameters
    ----------
    years : array, (T, 1) or (T, columns)
        Ascending, the first is zero.
    fixed : array, (T,)
        What is the same in all columns; zero in the rows that vary.
    rows : array of int, (k,)
        The rows that vary, ascending.
    varying : array, (k, columns)
        Their amounts.
    """

    years: Floats
    fixed: Floats
    rows: Rows
    varying: Floats

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return int(self.varying.shape[1])

    def take(self, columns: Rows) -> Flows:
        """Some of the columns; nothing is copied where they are all of them in their order."""
        if columns.size == self.columns and bool((columns == np.arange(self.columns)).all()):
            return self
        return Flows(_pick(self.years, columns), self.fixed, self.rows, np.take(self.varying, columns, axis=1))

    @cached_property
    def extremes(self) -> tuple[Floats, Floats]:
        """The least and the largest amount in the rows that vary, or zero, (columns,)."""
        return self.varying.min(axis=0, initial=0.0), self.varying.max(axis=0, initial=0.0)

    @property
    def sides(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether anything is paid, and whether anything is received, (columns,) each."""
        low, high = self.extremes
        return low + self.fixed.min() < 0, high + self.fixed.max() > 0

    @property
    def largest(self) -> Floats:
        """The largest amount, whatever its sign, in the rows that vary, (columns,)."""
        low, high = self.extremes
        return np.maximum(-low, high)

    def where(self, mask: NDArray[np.bool_]) -> Flows:
        """The columns that a mask, (columns,), picks."""
        return self.take(np.flatnonzero(mask))

    def part(self, start: int, stop: int) -> Flows:
        """A range of the columns."""
        years = self.years if self.years.shape[1] == 1 else self.years[:, start:stop]
        return Flows(years, self.fixed, self.rows, self.varying[:, start:stop])

    def distinct(self) -> tuple[Rows, Rows]:
        """Where each different column stands first, and which of them each column is."""
        varies = self.varying if self.years.shape[1] == 1 else np.concatenate((self.varying, self.years))
        varies = varies[(varies != varies[:, :1]).any(axis=1)]
        if not len(varies):
            return np.zeros(1, dtype=np.int64), np.zeros(self.columns, dtype=np.int64)
        order = np.lexsort(varies)
        in_order = np.take(varies, order, axis=1)
        new = np.concatenate(([True], (in_order[:, 1:] != in_order[:, :-1]).any(axis=0)))
        again = np.empty(self.columns, dtype=np.int64)
        again[order] = np.cumsum(new) - 1
        return order[new], again

    def dense(self) -> Floats:
        """All amounts, (T, columns)."""
        if len(self.rows) == len(self.fixed):
            return self.varying
        amounts = np.repeat(self.fixed[:, None], self.columns, axis=1)
        amounts[self.rows] = self.varying
        return amounts

    def npv(self, rate: float) -> Floats:
        """Net present value at the first date, at an effective annual rate above -1, (columns,)."""
        discount = np.exp(-np.log1p(rate) * self.years)
        total: Floats = np.zeros(self.columns) + (self.fixed[:, None] * discount).sum(axis=0)
        for amounts, factor in zip(self.varying, discount[self.rows], strict=True):
            total += amounts * factor
        return total

    def starts(self) -> Rows:
        """The first row of each run: a row that varies by itself, fixed flows of one sign together."""
        varying = set(self.rows.tolist())
        found: list[int] = []
        running, joins = 0.0, False
        for row, amount in enumerate(self.fixed.tolist()):
            if row in varying or not joins or running * amount < 0:
                found.append(row)
                running = 0.0
            running += amount
            joins = row not in varying
        return np.array(found, dtype=np.int64)

    def runs(self) -> Floats:
        """Amounts with every run added up, (runs, columns).

        Neither the changes of sign of the flows nor those of their cumulative sums are touched by that.
        """
        if len(self.rows) == len(self.fixed):
            return self.varying
        starts = self.starts()
        found = np.repeat(np.add.reduceat(self.fixed, starts)[:, None], self.columns, axis=1)
        found[np.searchsorted(starts, self.rows)] = self.varying
        return found


def join(parts: Sequence[Flows]) -> Flows:
    """The columns of parts that have in common what is fixed, and their dates where these are shared."""
    first = parts[0]
    if len(parts) == 1:
        return first
    years = first.years if first.years.shape[1] == 1 else np.concatenate([part.years for part in parts], axis=1)
    return Flows(years, first.fixed, first.rows, np.concatenate([part.varying for part in parts], axis=1))


class Direct:
    """Value of flows at x, those received and those paid apart: one exponential a flow, however far x is.

    All are scaled by a common positive factor where they could overflow.
    """

    def __init__(self, flows: Flows) -> None:
        self.flows = flows
        amounts = flows.dense()
        self.sides = []
        for side in (np.maximum(amounts, 0.0), np.maximum(-amounts, 0.0)):
            rows = np.flatnonzero(side.any(axis=1))
            self.sides.append((rows, side[rows]))

    def __call__(self, x: Floats) -> Floats:
        """Received and paid at x, both weighted by time, and by its square, (6, columns)."""
        years = self.flows.years
        weight = np.exp(exponents(self.flows, x))
        sums = np.empty((2 * ORDERS, x.size))
        for side, (rows, amounts) in enumerate(self.sides):
            value = amounts * weight[rows]
            for order in range(ORDERS):
                sums[2 * order + side] = down(value)
                value *= years[rows]
        return sums

    def keep(self, columns: Rows) -> None:
        """Go on with some of the columns only."""
        self.flows = self.flows.take(columns)
        self.sides = [(rows, np.take(amounts, columns, axis=1)) for rows, amounts in self.sides]


def exponents(flows: Flows, x: Floats) -> Floats:
    """Exponents of the discount factors at x, (T, columns).

    Where they could overflow, factors are those to the first flow or the last, whichever counts most: then exponents
    are above zero only before the first flow or after the last, where the amount is zero.
    """
    found = -x * flows.years
    far = np.flatnonzero(~(np.abs(x) * flows.years[-1] <= NEAR))
    if far.size:
        column = flows.take(far)
        since = np.where(x[far] >= 0, *_span(column.dense(), column.years))
        found[:, far] = np.minimum(x[far] * (since - column.years), 0.0)
    return found


def net(flows: Flows, x: Floats) -> Floats:
    """Net value at x, and weighted by time, (2, columns), where nothing overflows.

    Where columns have their dates in common, what is fixed costs the same however many flows it is.
    """
    if flows.years.shape[1] > 1:
        value = flows.dense() * np.exp(-x * flows.years)
        return np.array([down(value), down(value * flows.years)])
    times = flows.years[:, 0]
    sums = np.zeros((2, x.size))
    if flows.fixed.any():
        product = x * times[-1]
        near = np.abs(product) <= _GRID
        if not near.all():
            far = flows.where(~near)
            sums[:, near] = net(flows.where(near), x[near])
            sums[:, ~near] = net(Flows(far.years, np.zeros(len(times)), np.arange(len(times)), far.dense()), x[~near])
            return sums
        sums = _series(_grid(flows.fixed.tobytes(), times.tobytes()), float(times[-1]), product)
    when = times[flows.rows, None]
    step = max(BLOCK // max(len(when), 1), 1)
    for start in range(0, x.size, step):
        part = slice(start, start + step)
        value = -when * x[part]
        np.exp(value, out=value)
        value *= flows.varying[:, part]
        sums[0, part] += down(value)
        value *= when
        sums[1, part] += down(value)
    return sums


@lru_cache(maxsize=64)
def _grid(fixed: bytes, years: bytes) -> Floats:
    """Coefficients of the value of fixed flows about points of x times the last time, (terms, points).

    In powers of that product's distance from the point; the same of all paths, so it is worked out once.
    """
    amounts, times = np.frombuffer(fixed), np.frombuffer(years)
    part = times / times[-1]
    points = np.arange(-_GRID * _CELLS, _GRID * _CELLS + 1) / _CELLS
    found = np.zeros((_TERMS, len(points)))
    for amount, when in zip(amounts[amounts != 0], part[amounts != 0], strict=True):
        weight = amount * np.exp(-when * points)
        for term in range(_TERMS):
            found[term] += weight
            weight *= -when / (term + 1)
    return found


def _series(grid: Floats, last: float, product: Floats) -> Floats:
    """Value of the fixed flows, and weighted by time, at x times the last time, (2, columns)."""
    point = np.rint(product * _CELLS)
    away = product - point / _CELLS
    index = point.astype(np.intp) + grid.shape[1] // 2
    sums = np.zeros((2, product.size))
    value, slope = sums
    term = np.empty_like(product)
    for row in grid[::-1]:  # Horner's rule, for the series and its derivative
        slope *= away
        slope += value
        value *= away
        value += np.take(row, index, out=term, mode="clip")
    slope *= -last
    return sums


def signs(amounts: Floats) -> tuple[Floats, Floats]:
    """Signs of the last flow of each column, which the value has far to the left, and of the first, far to the right.

    Zero for a column without flows.
    """
    sides = (amounts > 0).view(np.int8) - (amounts < 0).view(np.int8)
    last, first = np.zeros((2, amounts.shape[1]), dtype=np.int8)
    for found, rows in ((last, sides), (first, sides[::-1])):
        for side in rows:
            found *= side == 0
            found += side
    return last.astype(np.float64), first.astype(np.float64)


def _span(amounts: Floats, years: Floats) -> tuple[Floats, Floats]:
    """Times of the first and the last flow of each column, (columns,)."""
    nonzero = amounts != 0
    first, last = nonzero.argmax(axis=0)[None], len(amounts) - 1 - nonzero[::-1].argmax(axis=0)[None]
    times = np.broadcast_to(years, amounts.shape)
    return np.take_along_axis(times, first, axis=0)[0], np.take_along_axis(times, last, axis=0)[0]


def _pick(years: Floats, columns: Rows) -> Floats:
    return years if years.shape[1] == 1 else np.take(years, columns, axis=1)
