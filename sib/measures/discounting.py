"""Many columns of flows, and their value at a rate each: what `irr.py` searches in, and where its time goes.

A column is one path's cash by date. Most of it is often the same on all paths (a deal draws its capital by a plan, and
is paid on a few dates), so `Flows` holds apart what is *fixed* and the rows that *vary*, and the value of the fixed
part is read off a Taylor series about the nearest point of a grid. Where columns have their dates in common nothing
depends on the other columns: a path's rate has the same bits in any company (convention 9).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

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
_SAME = 12  # decimals of a year to which two gaps are one


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
        """Some of the columns."""
        return Flows(_pick(self.years, columns), self.fixed, self.rows, np.take(self.varying, columns, axis=1))

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
        starts = self.starts()
        found = np.repeat(np.add.reduceat(self.fixed, starts)[:, None], self.columns, axis=1)
        found[np.searchsorted(starts, self.rows)] = self.varying
        return found


class Value(Protocol):
    """Value of flows at x, those received and those paid apart, each also weighted by time and by its square.

    All are scaled by a common positive factor where they could overflow.
    """

    def __call__(self, x: Floats) -> Floats:
        """Received and paid at x, both weighted by time, and by its square, (6, columns)."""

    def moments(self) -> Floats:
        """Received and paid at x = 0, weighted by time to the powers from 0 to 3, (4, 2, columns)."""

    def keep(self, columns: Rows) -> None:
        """Go on with some of the columns only."""


class Direct:
    """One exponential a flow, however far x is."""

    def __init__(self, flows: Flows) -> None:
        self.flows = flows
        amounts = flows.dense()
        self.sides = []
        for side in (np.maximum(amounts, 0.0), np.maximum(-amounts, 0.0)):
            rows = np.flatnonzero(side.any(axis=1))
            self.sides.append((rows, side[rows]))

    def __call__(self, x: Floats) -> Floats:
        """As `Value`."""
        years = self.flows.years
        weight = np.exp(exponents(self.flows, x))
        sums = np.empty((2 * ORDERS, x.size))
        for side, (rows, amounts) in enumerate(self.sides):
            value = amounts * weight[rows]
            for order in range(ORDERS):
                sums[2 * order + side] = down(value)
                value *= years[rows]
        return sums

    def moments(self) -> Floats:
        """As `Value`."""
        found = np.empty((ORDERS + 1, 2, self.flows.columns))
        for side, (rows, amounts) in enumerate(self.sides):
            for order in range(ORDERS + 1):
                found[order, side] = down(amounts * self.flows.years[rows] ** order)
        return found

    def keep(self, columns: Rows) -> None:
        """As `Value`."""
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


class Stepwise:
    """For many columns with dates in common: discount factors of one date and the next differ by that of the gap.

    There are few different gaps between dates, and what is fixed costs the same however many flows it is.
    """

    def __init__(self, flows: Flows) -> None:
        self.flows = flows
        times = flows.years[:, 0]
        gaps = np.diff(times[flows.rows], prepend=0.0)
        _, first, self.gap = np.unique(np.round(gaps, _SAME), return_index=True, return_inverse=True)
        self.gaps = gaps[first]
        self.grid = _grid(flows.fixed.tobytes(), times.tobytes()) if flows.fixed.any() else None
        self.sides = [
            [(i, np.maximum(sign * row, 0.0)) for i, sign in enumerate((1.0, -1.0)) if (sign * row > 0).any()]
            for row in flows.varying
        ]

    def __call__(self, x: Floats) -> Floats:
        """As `Value`."""
        last = float(self.flows.years[-1, 0])
        far = ~(np.abs(x) * last <= (NEAR if self.grid is None else _GRID))  # NaN goes there too
        if not far.any():
            return self._near(x, last)
        values = self._near(np.where(far, 0.0, x), last)
        values[:, far] = Direct(self.flows.take(np.flatnonzero(far)))(x[far])
        return values

    def moments(self) -> Floats:
        """As `Value`."""
        powers = self.flows.years[:, 0] ** np.arange(ORDERS + 1)[:, None]
        found = np.empty((ORDERS + 1, 2, self.flows.columns))
        for side, sign in enumerate((1.0, -1.0)):
            found[:, side] = (powers * np.maximum(sign * self.flows.fixed, 0.0)).sum(axis=1, keepdims=True)
        for power, sides in zip(powers.T[self.flows.rows], self.sides, strict=True):
            for side, amounts in sides:
                for total, weight in zip(found[:, side], power, strict=True):
                    total += amounts * weight
        return found

    def keep(self, columns: Rows) -> None:
        """As `Value`."""
        self.flows = self.flows.take(columns)
        self.sides = [[(i, amounts[columns]) for i, amounts in row] for row in self.sides]

    def _near(self, x: Floats, last: float) -> Floats:
        sums = np.zeros((2 * ORDERS, x.size)) if self.grid is None else _series(self.grid, last, x)
        factors = [np.exp(-gap * x) for gap in self.gaps]
        weight, value = np.ones_like(x), np.empty_like(x)
        for gap, when, sides in zip(self.gap, self.flows.years[self.flows.rows, 0].tolist(), self.sides, strict=True):
            weight *= factors[gap]
            for side, amounts in sides:
                np.multiply(amounts, weight, out=value)
                sums[side] += value
                for order in range(1, ORDERS):
                    value *= when
                    sums[2 * order + side] += value
        return sums


@lru_cache(maxsize=64)
def _grid(fixed: bytes, years: bytes) -> Floats:
    """Coefficients of the value of fixed flows about points of x times the last time, (2 sides, terms, points).

    In powers of that product's distance from the point; the same of all paths, so it is worked out once.
    """
    amounts, times = np.frombuffer(fixed), np.frombuffer(years)
    part = times / times[-1]
    points = np.arange(-_GRID * _CELLS, _GRID * _CELLS + 1) / _CELLS
    found = np.zeros((2, _TERMS, len(points)))
    for side, row in enumerate((np.maximum(amounts, 0.0), np.maximum(-amounts, 0.0))):
        for amount, when in zip(row[row > 0], part[row > 0], strict=True):
            weight = amount * np.exp(-when * points)
            for term in range(_TERMS):
                found[side, term] += weight
                weight *= -when / (term + 1)
    return found


def _series(grid: Floats, last: float, x: Floats) -> Floats:
    """Value of the fixed flows, received and paid, both weighted by time, and by its square, (6, columns)."""
    product = x * last
    point = np.rint(product * _CELLS)
    away = product - point / _CELLS
    index = point.astype(np.intp) + grid.shape[2] // 2
    sums = np.zeros((2 * ORDERS, x.size))
    term = np.empty_like(x)
    for side, terms in enumerate(grid):
        if not terms.any():
            continue
        value, slope, bend = sums[side::2]
        for row in terms[::-1]:  # Horner's rule, for the series, its derivative and half the second one
            bend *= away
            bend += slope
            slope *= away
            slope += value
            value *= away
            value += np.take(row, index, out=term, mode="clip")
        slope *= -last
        bend *= 2.0 * last**2
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
