"""A right that is used on one day or never: a rule found by regression on what is known then, and what it is worth.

Lots of paths take turns: the rule is fitted on all others and used on one, so that no path knows its own future. What a
rule earns on paths that it was not fitted on is no more than the best rule would: a lower bound (Longstaff & Schwartz
2001, *Review of Financial Studies* 14(1); Andersen & Broadie 2004, *Management Science* 50(9)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.measures.risk import Estimate
from sib.settlement.schedules import reached

_LOTS = 20
_BENDS = 8  # where each figure's line may bend besides, with as many paths between one and the next
_LEVELS = 12  # of one figure at most: what has more steps is nearly a line
_PRODUCTS = 120  # beyond so many columns figures only add up
_RIDGE = 1e-9  # of a column's square: columns that say the same share what they say


@dataclass(frozen=True)
class Reading:
    """A figure that is known on the day, (paths,), and the levels at which something hangs on it."""

    values: Floats
    levels: tuple[float, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """What a right adds, at least, and how often it is used."""

    value: Estimate
    used: Estimate


def exercise(gain: Floats, known: Sequence[Reading]) -> Exercise:
    """Use a right where a gain is expected, by a regression on what is known.

    Parameters
    ----------
    gain : array, (paths,)
        What using it gains on each path, in money; below zero where it loses.
    known : sequence of Reading
        What is known by then.

    Returns
    -------
    Exercise
        Standard errors are of the whole procedure, the fitting of the rule included: by the jackknife, which leaves out
        one lot after the other and is rather too large than too small (Efron & Stein 1981, *Annals of Statistics* 9).

    Notes
    -----
    The expected gain is a line in each figure that bends at its quantiles, and that bends and jumps at its levels, plus
    products of each two figures and of the sides of their levels on which they are.

    Examples
    --------
    Who sees a coin may keep the gain and leave the loss; who does not see it takes either or neither:

    >>> heads = np.arange(1_000) % 2.0
    >>> exercise(2.0 * heads - 1.0, [Reading(heads, (1.0,))]).value.estimate
    0.5
    >>> exercise(2.0 * heads - 1.5, []).value.estimate
    0.0
    """
    figures = [_Figure.of(reading) for reading in known if np.ptp(_finite(reading.values)) > 0]
    lots = np.array_split(np.arange(gain.size), min(_LOTS, gain.size))
    sums = [(table.T @ table, table.T @ gain[lot]) for lot in lots for table in [_table(figures, lot)]]
    squares, products = (np.array(each) for each in zip(*sums, strict=True))
    earned, used = np.zeros((2, len(lots), len(lots)))  # on each lot, where another is left out of the fit as well
    for one, lot in enumerate(lots):
        others = (np.arange(len(lots)) != one)[:, None].astype(np.float64)
        left = squares.sum(axis=0) - squares[one] - others[..., None] * squares
        rules = _solved(left, products.sum(axis=0) - products[one] - others * products)
        use = (_table(figures, lot) @ rules.T > 0).astype(np.float64)
        earned[one], used[one] = gain[lot] @ use, use.sum(axis=0)
    sizes = np.array([lot.size for lot in lots])
    return Exercise(_jackknife(earned, sizes), _jackknife(used, sizes))


@dataclass(frozen=True)
class _Figure:
    """A reading in units of its spread; where it bends, and where it may jump."""

    values: Floats
    bends: Floats
    levels: Floats

    @classmethod
    def of(cls, reading: Reading) -> _Figure:
        """Scale a reading, and leave out levels that no path is on one side of."""
        values = _finite(reading.values)
        centre, spread = values.mean(), values.std()
        scaled = (values - centre) / spread
        levels = np.unique([level for level in reading.levels if values.min() < level <= values.max()])
        if levels.size > _LEVELS:
            levels = levels[np.linspace(0, levels.size - 1, _LEVELS).astype(int)]
        bends = np.unique(np.quantile(scaled, np.arange(1, _BENDS + 1) / (_BENDS + 1)))
        return cls(scaled, bends, (levels - centre) / spread)

    def line(self, lot: NDArray[np.intp]) -> list[Floats]:
        """The figure itself, and on which side of each level it is."""
        values = self.values[lot]
        return [values, *(reached(values, level).astype(np.float64) for level in self.levels)]

    def bent(self, lot: NDArray[np.intp]) -> list[Floats]:
        """How far it is beyond each bend and each level."""
        return [np.maximum(self.values[lot] - at, 0.0) for at in (*self.bends, *self.levels)]


def _finite(values: Floats) -> Floats:
    """Values of which the infinite are as far out as any finite one; nothing where there is none."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return np.zeros_like(values)
    return np.nan_to_num(np.clip(values, known.min(), known.max()), nan=known.min())


def _table(figures: Sequence[_Figure], lot: NDArray[np.intp]) -> Floats:
    """The columns of the regression on some paths."""
    lines = [figure.line(lot) for figure in figures]
    products = [one * other for a, b in combinations(lines, 2) for one in a for other in b]
    alone = [column for figure, line in zip(figures, lines, strict=True) for column in (*line, *figure.bent(lot))]
    few = len(alone) + len(products) <= _PRODUCTS
    return np.column_stack([np.ones(lot.size), *alone, *(products if few else [])])


def _solved(squares: Floats, moments: Floats) -> Floats:
    """Least squares of several fits from their sums of squares."""
    ridge = _RIDGE * np.trace(squares, axis1=1, axis2=2)[:, None, None] + np.finfo(float).tiny
    found: Floats = np.linalg.solve(squares + ridge * np.eye(squares.shape[1]), moments[..., None])[..., 0]
    return found


def _jackknife(sums: Floats, sizes: NDArray[np.intp]) -> Estimate:
    """A mean over lots, and its standard error from what it would be without each."""
    lots = len(sizes)
    if lots == 1:
        return Estimate(float(sums[0, 0] / sizes[0]), np.nan)
    without = (sums.sum(axis=0) - np.diag(sums)) / (sizes.sum() - sizes)
    spread = float(np.sum((without - without.mean()) ** 2)) * (lots - 1) / lots
    return Estimate(float(np.trace(sums) / sizes.sum()), np.sqrt(spread))
