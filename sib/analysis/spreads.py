"""How each of many columns spreads over the paths: quantiles, mean and chances, each with its Monte Carlo error.

What tables by period, by date and by limit have in common. The columns are read off settled blocks, part by part, so
that a long run takes no more memory; the figures are those of a summary (`figures`, `summary`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sib.analysis.figures import ALL, Figure, Given, Mean, Quantile, Sample, Share, Values
from sib.analysis.futures import Futures
from sib.analysis.summary import Summary
from sib.arrays import Floats
from sib.errors import InputError, Problem, between
from sib.measures.tally import MOST, LeftError
from sib.run.recipe import Block

Figures = dict[str, Figure]
Spreads = dict[str, dict[str, dict[str, float]]]  # by group, column and figure; `x_mcse` is the error of `x`

_FEWEST = 1 << 16  # values that are kept of a column, however many columns there are


def levels_of(levels: Sequence[float]) -> tuple[float, ...]:
    """The levels of quantiles, each once.

    Raises
    ------
    InputError
        Where there is none, or one is not between 0 and 1.
    """
    remedy = "write 0.95 for ninety-five per cent, as in (0.1, 0.5, 0.9)"
    if not levels:
        raise InputError(Problem("levels", levels, "one level or more, each between 0 and 1", remedy))
    rule = "each level is above 0 and below 1"
    return tuple(dict.fromkeys(between(level, 0.0, 1.0, "levels", rule, remedy) for level in levels))


def level_name(level: float) -> str:
    """What the column of a quantile is called.

    Examples
    --------
    >>> level_name(0.05), level_name(0.5), level_name(0.975)
    ('p05', 'p50', 'p97.5')
    """
    return f"p{f'{100 * level:.10g}'.zfill(2)}"


def sample_of(column: str, given: Given = ALL) -> Sample:
    """A column itself, on the paths on which something is given."""
    return Sample((column,), lambda part: part.column(column, given), given)


def quantiles_and_mean(column: str, levels: Sequence[float], given: Given = ALL) -> Figures:
    """The quantiles of a column at some levels, and its mean."""
    sample = sample_of(column, given)
    found = {level_name(level): Figure(f"{column} {level}", "", "money", sample, Quantile(level)) for level in levels}
    return found | {"mean": Figure(f"{column} mean", "", "money", sample, Mean())}


def chance(column: str, name: str, event: Callable[[Values], NDArray[np.bool_]]) -> Figures:
    """How often something is so of a column."""
    return {name: Figure(f"{column} {name}", "", "probability", sample_of(column), Share(event))}


def spreads(
    futures: Futures,
    read: Callable[[Block], Mapping[str, Mapping[str, Floats]]],
    figures: Callable[[str, str], Figures],
    most: int | None = None,
) -> Spreads:
    """Draw futures again, and work out figures of each column that is read.

    Parameters
    ----------
    futures : Futures
        Which.
    read : callable
        From a settled block columns, (paths,), by group and name; of every block the same. It travels to workers.
    figures : callable
        What is asked of a column, by its group and name.
    most : int, optional
        How many values are kept of each column before any is dropped.
    """
    found: dict[str, Summary] = {}
    asked: dict[str, list[tuple[str, str]]] = {}
    for part in futures.map(read):
        for group, columns in part.items():
            if group not in found:
                of_each = {column: figures(group, column) for column in columns}
                asked[group] = [(column, name) for column, of_one in of_each.items() for name in of_one]
                kept = most or max(MOST // (len(part) * len(columns)), _FEWEST)
                every = [figure for of_one in of_each.values() for figure in of_one.values()]
                found[group] = Summary(every, kept, futures.batch)
            found[group].add(columns)
    try:
        rows = {group: summary.rows(futures.widening) for group, summary in found.items()}
    except LeftError:
        return spreads(futures, read, figures, most=futures.paths)
    table: Spreads = {}
    for group, names in asked.items():
        for (column, name), row in zip(names, rows[group], strict=True):
            cells = table.setdefault(group, {}).setdefault(column, {})
            cells |= {name: row.estimate, f"{name}_mcse": row.mcse}
    return table


def by_entry(amounts: Mapping[str, Any], paths: int) -> dict[str, Floats]:
    """Columns of amounts that are one number for all paths, or one a path; the first are held once."""
    return {
        name: np.broadcast_to(np.asarray(of_it, dtype=np.float64) + 0.0, (paths,)) for name, of_it in amounts.items()
    }
