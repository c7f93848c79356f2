"""Differences between figures of two deals on the same futures, with errors of their own.

Path i of both is the same future. To first order each figure is a mean over paths of what a path moves it by, its
influence; so is the difference of two, and its error is the spread of the differences of their influences. What paths
have in common cancels in them, and no more of them are needed than for the figures themselves. (Batches of paths tell
the same, but those of quantiles have to be large, so that there are few.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sib.analysis.columns import Kept
from sib.analysis.figures import AnyFigure, CashFigure, Figure, Mean, Part, Quantile, Share
from sib.analysis.summary import Row
from sib.arrays import Floats
from sib.measures import risk
from sib.measures.expected import FEWEST, Lots, spread, together


class _Moves(NamedTuple):
    """How far each path, or all that are drawn together, move a figure: they add up to nothing."""

    influences: Floats
    least: float  # by how much a single path moves it that lies on the other side of a step; zero where there is none


def differences(
    one: tuple[Kept, Sequence[Row]],
    other: tuple[Kept, Sequence[Row]],
    figures: Sequence[AnyFigure],
    batch: int | None = None,
) -> dict[str, dict[str, float]]:
    """Each figure's difference, its standard error, and the ends of its 95% interval.

    Parameters
    ----------
    one, other : (Kept, sequence of Row)
        What the figures are worked out from, path by path on the same futures, and the figures.
    figures : sequence of Figure or CashFigure
        Those that are asked for.
    batch : int, optional
        Where paths are drawn together: so many in a row.

    Returns
    -------
    dict
        `difference`, `difference_mcse`, `difference_low` and `difference_high` by figure. NaN where one of the two is
        not given, there are fewer than ten paths or, of a quantile and the expected shortfall, too few to bound it.

    Notes
    -----
    The influence of a path on a quantile is that of Bahadur (1966), with the density that its own standard error has;
    on the expected shortfall that of Rockafellar & Uryasev (2002), in which the value at risk has none.

    The interval is put together from those of the two figures, which need not be even, and the correlation of the
    influences (Zou & Donner 2008, *Stat. Med.* 27; of shares it is Newcombe's for paired ones). Shares and quantiles
    differ by the paths that are on one side of a step here, and on the other side there. Where these are few they tell
    badly how many there may be; so the correlation counts two such paths more, one each way (Bonett & Price 2012,
    *J. Educ. Behav. Stat.* 37).
    """
    pair = [(Part(kept.columns), kept.cash) for kept, _ in (one, other)]
    found: dict[str, dict[str, float]] = {}
    for figure, before, after in zip(figures, one[1], other[1], strict=True):
        here, there = (_moves(figure, part, cash, batch) for part, cash in pair)
        gap = after.estimate - before.estimate
        low, high = _between(before, after, _correlation(here, there))
        error = spread(there.influences - here.influences) if math.isfinite(gap) else math.nan
        if error == 0 and not max(here.least, there.least):  # no path tells how far others may differ
            low = high = math.nan
        found[figure.name] = {
            "difference": gap,
            "difference_mcse": error,
            "difference_low": gap - low,
            "difference_high": gap + high,
        }
    return _turned(found)


def _correlation(one: _Moves, other: _Moves) -> float:
    """The correlation of two figures on the same futures, with two paths more that move one of them only."""
    if one.influences.size < FEWEST:
        return math.nan
    sizes = [float(np.square(moves.influences).sum()) + moves.least**2 for moves in (one, other)]
    return float((one.influences * other.influences).sum()) / math.sqrt(sizes[0] * sizes[1]) if min(sizes) > 0 else 0.0


def _between(one: Row, other: Row, correlation: float) -> tuple[float, float]:
    """How far the interval of the other less the one reaches below their difference, and how far above it."""
    below, above = (
        ((other.estimate - other.low), (one.high - one.estimate)),
        ((other.high - other.estimate), (one.estimate - one.low)),
    )
    low, high = (math.sqrt(max(a**2 + b**2 - 2 * correlation * a * b, 0.0)) for a, b in (below, above))
    return low, high


def _turned(table: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """By what is said of a figure, and then by figure."""
    keys = dict.fromkeys(key for row in table.values() for key in row)
    return {key: {name: row[key] for name, row in table.items()} for key in keys}


def _moves(figure: AnyFigure, part: Part, cash: Lots | None, batch: int | None) -> _Moves:
    match figure:
        case CashFigure():
            return _Moves(np.empty(0) if cash is None else cash.influences(batch), 0.0)
        case _:
            sample = np.asarray(part.values(figure.sample), dtype=np.float64)
            each, step = _moved(figure, sample)
            size = max(sample.size, 1)
            moved, _ = part.spread_out(each / size, figure.sample.given)
    return _Moves(together(moved, batch), step / size)


def _moved(figure: Figure, sample: Floats) -> tuple[Floats, float]:
    """How far each value moves a figure of a sample, times how many there are; and a step from one side to another."""
    moved, step = sample, 0.0
    match figure.estimator:
        case Mean():
            pass
        case Share(event):
            moved, step = np.asarray(event(sample), dtype=np.float64), 1.0
        case Quantile(level):
            low, high = risk.quantile_bounds(sample, level)
            step = (high - low) / 4 * math.sqrt(sample.size / (level * (1 - level)))
            moved = step * np.asarray(sample > risk.quantile(sample, level).estimate, dtype=np.float64)
        case shortfall:
            known = math.isfinite(risk.quantile_bounds(sample, shortfall.level).high)
            at = risk.quantile(sample, shortfall.level).estimate if known else math.nan
            moved = np.maximum(sample - at, 0.0) / (1 - shortfall.level)
    found: Floats = moved - (float(moved.mean()) if moved.size else math.nan)
    return found, step
