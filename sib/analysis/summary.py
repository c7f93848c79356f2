"""The rows of a summary: each figure asked for, what it is conditional on, and its standard error.

Works on the columns of paths that come in parts or at once, so that a summary of some paths is made as one of all is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sib.analysis.batches import Batches, Spread
from sib.analysis.figures import (
    ALL,
    CASH,
    FIGURES,
    AnyFigure,
    CashFigure,
    Columns,
    Figure,
    Mean,
    Part,
    Quantile,
    Sample,
    Share,
    figures_of,
)
from sib.measures import interval, risk
from sib.measures.expected import Lots
from sib.measures.interval import UNKNOWN, Interval
from sib.measures.risk import TWO, Estimate
from sib.measures.tally import MOST, Tally

if TYPE_CHECKING:
    import pandas as pd

_PART = 1 << 16  # paths that are added at a time: few calls of NumPy, and arrays that fit the cache


class Row(NamedTuple):
    """One figure of a summary. `unit` "money" stands for the currency; `given` says on which paths it is taken."""

    measure: str
    estimate: float
    mcse: float
    low: float
    high: float
    unit: str
    given: str
    paths: int


class _Found(NamedTuple):
    """A figure, its interval, and over how many paths."""

    figure: Estimate
    interval: Interval
    given: str
    paths: int


class Summary:
    """Figures of a sample of paths that comes in parts.

    Parameters
    ----------
    figures : sequence of Figure or CashFigure
        Those that are asked for.
    most : int
        How many values are kept of each sample before any is dropped.
    batch : int, optional
        Where paths are drawn together: so many in a row. Standard errors are then taken from batch to batch.
    """

    def __init__(self, figures: Sequence[AnyFigure], most: int = MOST, batch: int | None = None) -> None:
        self.figures, self.batch = figures, batch
        self._by_path = [figure for figure in figures if isinstance(figure, Figure)]
        self._paths = 0
        self._cash: Lots | None = None
        self._batches = {} if batch is None else {figure.name: Batches(figure, batch) for figure in self._by_path}
        self._happened = {figure.name: 0 for figure in self._by_path if isinstance(figure.estimator, Share)}
        self._sizes: dict[Sample, int] = {figure.sample: 0 for figure in self._by_path}
        levels: dict[Sample, list[float]] = {}
        for figure in self._by_path:
            if not isinstance(figure.estimator, Share):
                wanted = levels.setdefault(figure.sample, [])
                wanted += [] if isinstance(figure.estimator, Mean) else [figure.estimator.level]
        self._tallies = {sample: Tally(tuple(dict.fromkeys(asked)), most) for sample, asked in levels.items()}

    def add(self, columns: Columns) -> None:
        """Add some paths: the columns that the figures are worked out from, each (paths,)."""
        if not columns:  # all that is asked for is worked out from cash
            return
        part = Part(columns)
        self._paths += part.size
        for sample in self._sizes:
            self._sizes[sample] += part.values(sample).size
        for sample, tally in self._tallies.items():
            tally.add(np.asarray(part.values(sample), dtype=float))
        for figure in self._by_path:
            values = part.values(figure.sample)
            if isinstance(figure.estimator, Share):
                values = figure.estimator.event(values)
                self._happened[figure.name] += int(np.count_nonzero(values))
        for batches in self._batches.values():
            batches.add(part)

    def add_cash(self, cash: Lots) -> None:
        """Add the cash of some paths, which follow on those that were added before."""
        self._cash = Lots.end_to_end((cash,) if self._cash is None else (self._cash, cash))

    def rows(self, widening: float = 1.0) -> list[Row]:
        """Every figure. NaN where no path meets the condition, or too few do.

        Parameters
        ----------
        widening : float
            By how much standard errors are to be wider than those of independent paths.

        Raises
        ------
        LeftError
            Where a quantile is not among the values that were kept.
        """
        rows = []
        for figure in self.figures:
            match figure:
                case CashFigure():
                    found = self._of_cash(widening)
                case _:
                    found = self._of_paths(figure, widening)
            (estimate, error), (low, high), given, size = found
            rows.append(Row(figure.name, estimate, error, low, high, figure.unit, given, size))
        return rows

    def _of_cash(self, widening: float) -> _Found:
        """The internal rate of return of the mean cash flow.

        Its interval is of the logarithm of one and the rate, which is more nearly normal and is never below nothing.
        """
        if self._cash is None:
            return _Found(Estimate(math.nan, math.nan), UNKNOWN, ALL.text, 0)
        (rate, error), freedom = self._cash.irr(self.batch)
        error *= widening
        growth = 1.0 + rate
        ends = interval.about(0.0, error / growth, freedom) if growth > 0 else UNKNOWN
        limits = Interval(*(growth * math.exp(end) - 1.0 for end in ends))
        said = f"{ALL.text}; the mean cash flow has no IRR" if math.isnan(rate) else ALL.text
        return _Found(Estimate(rate, error), limits, said, round(self._cash.paths.sum()))

    def _of_paths(self, figure: Figure, widening: float) -> _Found:
        size, given = self._sizes[figure.sample], figure.sample.given.text
        if size < figure.least * self._paths:
            said = f"{given}: too few, more than {1 - figure.least:.0%} have none"
            return _Found(Estimate(math.nan, math.nan), UNKNOWN, said, size)
        estimate, error = self._estimate(figure)
        spread = self._batches[figure.name].spread() if self._batches else None
        error, evenness, freedom = spread or Spread(error, 1.0, size - 1)
        match figure.estimator:
            case Share():
                error *= widening
                worth = estimate * (1 - estimate) / error**2 if error > 0 else size / widening**2
                limits = interval.of_share(estimate, worth, freedom)
            case Mean():
                error *= widening
                limits = interval.about(estimate, error, freedom)
            case Quantile(level):
                tally, deviations = self._tallies[figure.sample], TWO * evenness
                error = widening * tally.quantile(level, deviations).mcse
                if spread is not None:
                    deviations *= interval.errors(freedom) / interval.errors(math.inf)
                ends = tally.bounds(level, deviations)
                limits = Interval(*(estimate + (end - estimate) * widening for end in ends))
            case shortfall:
                tally = self._tallies[figure.sample]
                error = widening * evenness * tally.expected_shortfall(shortfall.level).mcse
                known = size - 1 if math.isfinite(tally.bounds(shortfall.level).high) else 0
                limits = interval.about(estimate, error, min(freedom, known * (1 - shortfall.level)))
        return _Found(Estimate(estimate, error), limits, given, size)

    def _estimate(self, figure: Figure) -> Estimate:
        match figure.estimator:
            case Share():
                return risk.share(self._happened[figure.name], self._sizes[figure.sample])
            case Mean():
                return self._tallies[figure.sample].mean()
            case Quantile(level):
                return self._tallies[figure.sample].quantile(level)
            case shortfall:
                return self._tallies[figure.sample].expected_shortfall(shortfall.level)


def rows(
    columns: Columns,
    batch: int | None = None,
    figures: Sequence[AnyFigure] | None = None,
    *,
    cash: Lots | None = None,
    widening: float = 1.0,
) -> list[Row]:
    """Figures of paths that are at hand together, all that the columns allow by default; see `Summary`."""
    size = max((values.size for values in columns.values()), default=0)
    if figures is None:  # a file of an older version may lack columns
        has = {*columns} if cash is None else {*columns, CASH}
        figures = [figure for figure in figures_of(None) if figure.columns <= has]
    found = Summary(figures, size, batch)
    for start in range(0, size, _PART):
        found.add({name: values[start : start + _PART] for name, values in columns.items()})
    if cash is not None:
        found.add_cash(cash)
    return found.rows(widening)


def estimates(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Figures with their errors, as `side_by_side` takes them."""
    return {key: {row.measure: getattr(row, key) for row in rows} for key in ("estimate", "mcse", "low", "high")}


def side_by_side(figures: Mapping[str, Mapping[str, Mapping[str, float]]], of: str) -> pd.DataFrame:
    """Figures of several things side by side: the one layout of tables that carry estimates with their errors.

    Parameters
    ----------
    figures : mapping
        By what the columns are about, then `estimate`, `mcse` and the like, then the measure.
    of : str
        What the columns are about: the name of their first level.

    Returns
    -------
    DataFrame
        Indexed by measure; columns have two levels, the second named `figure`.
    """
    import pandas as pd

    table = {
        (name, key): pd.Series(values, dtype=float) for name, of_it in figures.items() for key, values in of_it.items()
    }
    if not table:
        return pd.DataFrame(columns=pd.MultiIndex.from_arrays([[], []], names=[of, "figure"])).rename_axis("measure")
    frame = pd.DataFrame(table)
    return frame.rename_axis("measure").rename_axis(columns=[of, "figure"])


def unit_of(measure: str, currency: str) -> str:
    """The unit of a figure."""
    return FIGURES[measure].unit.replace("money", currency)
