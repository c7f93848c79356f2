"""How results in hand compare with what was believed they would be. What `Update.surprise` says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sib.analysis.simulation import Simulation
from sib.arrays import Floats
from sib.model.results import Results
from sib.run.recipe import Block

if TYPE_CHECKING:
    import pandas as pd


Key = tuple[int, int]  # a metric and its result, by position


class _Expected(NamedTuple):
    """Of a result on some paths: how many paths, the mean, the squares about it, how often it is what came or less."""

    paths: int
    mean: float
    squares: float
    below: int


def surprise_of(prior: Simulation, posterior: Simulation, names: tuple[str, ...]) -> pd.DataFrame:
    """A row a result of these metrics that is in hand: see `Update.surprise`."""
    import pandas as pd

    model, seen = prior.futures.deal.model, posterior.futures.recipe.observed
    known, through = ({}, None) if seen is None else (seen.seen, seen.through)
    keys = [
        (index, row)
        for index, metric in enumerate(model.metrics)
        for row in (known.get(index, {}) if metric.name in names else ())
        if through is None or not metric.by_period or metric.results[row] <= through
    ]
    came = {key: float(found[0]) for key, found in _measured(posterior.futures.block(0), keys).items()} if keys else {}
    parts = list(prior.futures.map(partial(_expected, came=came))) if keys else []
    table: dict[tuple[str, str], dict[str, float]] = {}
    for (index, row), value in came.items():
        metric = model.metrics[index]
        found = _together([part[index, row] for part in parts])
        table[metric.name, metric.results[row]] = {
            "observed": value,
            "mean": found.mean,
            "sd": math.sqrt(found.squares / found.paths),
            "below": found.below / found.paths,
        }
    of_each = [[name for name, _ in table], [result for _, result in table]]
    frame = pd.DataFrame(list(table.values()), columns=["observed", "mean", "sd", "below"])
    return frame.set_index(pd.MultiIndex.from_arrays(of_each, names=["metric", "result"]))


def _measured(block: Block, keys: Iterable[Key]) -> dict[Key, Floats]:
    """What is measured: improvements where metrics are compared, else the figure itself."""
    found = {}
    for index, row in keys:
        result = block.results[index]
        if isinstance(result, Results):
            found[index, row] = result.read(block.deal.model.metrics[index].publishes, (row,))
    return found


def _expected(block: Block, came: Mapping[Key, float]) -> dict[Key, _Expected]:
    """What was expected of results, beside what came of them."""
    found = {}
    for key, values in _measured(block, came).items():
        mean = float(values.mean())
        below = int((values <= came[key]).sum())
        found[key] = _Expected(values.size, mean, float(np.square(values - mean).sum()), below)
    return found


def _together(parts: Sequence[_Expected]) -> _Expected:
    """Of all paths (Chan, Golub & LeVeque 1983)."""
    paths = sum(part.paths for part in parts)
    mean = parts[0].mean if len(parts) == 1 else math.fsum(part.paths * part.mean for part in parts) / paths
    squares = math.fsum(part.squares + part.paths * (part.mean - mean) ** 2 for part in parts)
    return _Expected(paths, mean, squares, sum(part.below for part in parts))
