"""The rows of a summary: each figure asked for, what it is conditional on, and its standard error.

Works on the columns of paths that come in parts or at once, so that a summary of some paths is made as one of all is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sib.analysis.figures import FIGURES, Columns, Figure, Mean, Part, Quantile, Sample, Share, figures_of
from sib.arrays import Floats
from sib.measures import risk
from sib.measures.risk import Estimate
from sib.measures.tally import MOST, Tally

if TYPE_CHECKING:
    import pandas as pd

_PART = 1 << 16  # paths that are added at a time: few calls of NumPy, and arrays that fit the cache
FEWEST_BATCHES = 10  # that a standard error is taken from


class Row(NamedTuple):
    """One figure of a summary. `unit` "money" stands for the currency; `given` says on which paths it is taken."""

    measure: str
    estimate: float
    mcse: float
    unit: str
    given: str
    paths: int


class Summary:
    """Figures of a sample of paths that comes in parts.

    Parameters
    ----------
    figures : sequence of Figure
        Those that are asked for.
    most : int
        How many values are kept of each sample before any is dropped.
    batch : int, optional
        Where paths are drawn together: so many in a row. Standard errors of means are then taken from batch to batch.
    """

    def __init__(self, figures: Sequence[Figure], most: int = MOST, batch: int | None = None) -> None:
        self.figures, self.batch = figures, batch
        self._batches: dict[str, list[Floats]] = {}  # by figure: in each batch the sum, and over how many paths
        self._happened = {figure.name: 0 for figure in figures if isinstance(figure.estimator, Share)}
        self._sizes: dict[Sample, int] = {figure.sample: 0 for figure in figures}
        levels: dict[Sample, list[float]] = {}
        for figure in figures:
            if not isinstance(figure.estimator, Share):
                wanted = levels.setdefault(figure.sample, [])
                wanted += [] if isinstance(figure.estimator, Mean) else [figure.estimator.level]
        self._tallies = {sample: Tally(tuple(dict.fromkeys(asked)), most) for sample, asked in levels.items()}

    def add(self, columns: Columns) -> None:
        """Add some paths: the columns that the figures are worked out from, each (paths,)."""
        part = Part(columns)
        for sample in self._sizes:
            self._sizes[sample] += part.values(sample).size
        for sample, tally in self._tallies.items():
            tally.add(np.asarray(part.values(sample), dtype=float))
        for figure in self.figures:
            values = part.values(figure.sample)
            if isinstance(figure.estimator, Share):
                values = figure.estimator.event(values)
                self._happened[figure.name] += int(np.count_nonzero(values))
            if self.batch is not None and figure.smooth:
                pair = part.spread_out(values, figure.sample.given)
                starts = np.arange(0, pair[0].size, self.batch)
                sums = np.array([np.add.reduceat(one, starts) for one in pair])
                self._batches.setdefault(figure.name, []).append(sums)

    def rows(self) -> list[Row]:
        """Every figure. NaN where no path meets the condition.

        Raises
        ------
        LeftError
            Where a quantile is not among the values that were kept.
        """
        found = []
        for figure in self.figures:
            estimate, error = self._estimate(figure)
            size = self._sizes[figure.sample]
            given = figure.sample.given.text
            found.append(Row(figure.name, estimate, self._error(figure.name, error), figure.unit, given, size))
        return found

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

    def _error(self, name: str, error: float) -> float:
        """The standard error of a figure; from batch to batch where it can be.

        The figure is a ratio of sums over batches, which are independent (Cochran 1977, *Sampling Techniques*, 6.3).
        """
        if name not in self._batches:
            return error
        sums, counts = np.concatenate(self._batches[name], axis=1)
        if counts.size < FEWEST_BATCHES or counts.sum() == 0:
            return error
        left = sums - sums.sum() / counts.sum() * counts
        return float(np.sqrt(np.square(left).sum() * counts.size / (counts.size - 1)) / counts.sum())


def rows(columns: Columns, batch: int | None = None, figures: Sequence[Figure] | None = None) -> list[Row]:
    """Figures of paths that are at hand together, all that the columns allow by default; see `Summary.add`."""
    size = next(iter(columns.values())).size
    if figures is None:  # a file of an older version may lack columns
        figures = [figure for figure in figures_of(None) if figure.columns <= set(columns)]
    found = Summary(figures, size, batch)
    for start in range(0, size, _PART):
        found.add({name: values[start : start + _PART] for name, values in columns.items()})
    return found.rows()


def difference_errors(one: Columns, other: Columns, figures: Sequence[Figure]) -> dict[str, float]:
    """Standard error of each figure's difference between two simulations of the same futures, by batch means.

    Path i of both is the same future, so the difference is taken batch by batch and the spread of the batches tells
    its error (Asmussen & Glynn 2007, *Stochastic Simulation*, IV.5). Figures that depend on few paths, or on where a
    jump falls, need larger batches. NaN where there are fewer than ten batches.
    """
    found: dict[str, float] = {}
    for smooth, least in ((True, 20), (False, 1000)):
        found |= _by_batches(one, other, [figure for figure in figures if figure.smooth == smooth], least)
    return {figure.name: found[figure.name] for figure in figures}


def _by_batches(one: Columns, other: Columns, figures: Sequence[Figure], least: int) -> dict[str, float]:
    """Standard errors from up to 50 batches of at least so many paths each."""
    size = next(iter(one.values())).size
    batches = min(50, size // least)
    if batches < FEWEST_BATCHES:
        return {figure.name: math.nan for figure in figures}
    edges = np.linspace(0, size, batches + 1).astype(int)
    found: dict[str, list[float]] = {figure.name: [] for figure in figures}
    for low, high in pairwise(edges):
        pair = [
            rows({key: values[low:high] for key, values in columns.items()}, figures=figures)
            for columns in (one, other)
        ]
        for a, b in zip(*pair, strict=True):
            found[a.measure].append(b.estimate - a.estimate)
    return {name: float(np.std(values, ddof=1) / math.sqrt(batches)) for name, values in found.items()}


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
