"""How results in hand compare with what was believed they would be. What `Update.surprise` says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.simulation import Simulation
from sib.arrays import Floats
from sib.model.results import Results
from sib.run.recipe import Block

if TYPE_CHECKING:
    import pandas as pd


def surprise_of(prior: Simulation, posterior: Simulation, names: tuple[str, ...]) -> pd.DataFrame:
    """A row a result of these metrics that is in hand: see `Update.surprise`."""
    import pandas as pd

    rows: dict[tuple[int, int], dict[str, Floats]] = {}
    for simulation, keep in ((prior, "expected"), (posterior, "observed")):
        parts = list(simulation.futures.map(partial(_measured, names=names)))
        for key in parts[0]:
            rows.setdefault(key, {})[keep] = np.concatenate([part[key] for part in parts])
    seen = posterior.futures.recipe.observed
    table: dict[tuple[str, str], dict[str, float]] = {}
    for (index, row), found in rows.items():
        metric = prior.futures.deal.model.metrics[index]
        if seen is None or row not in seen.seen.get(index, {}):
            continue
        if seen.through is not None and metric.by_period and metric.results[row] > seen.through:
            continue
        value = float(found["observed"][0])
        table[metric.name, metric.results[row]] = {
            "observed": value,
            "mean": float(found["expected"].mean()),
            "sd": float(found["expected"].std()),
            "below": float(np.mean(found["expected"] <= value)),
        }
    of_each = [[name for name, _ in table], [result for _, result in table]]
    frame = pd.DataFrame(list(table.values()), columns=["observed", "mean", "sd", "below"])
    return frame.set_index(pd.MultiIndex.from_arrays(of_each, names=["metric", "result"]))


def _measured(block: Block, names: tuple[str, ...]) -> dict[tuple[int, int], Floats]:
    """What is measured of some metrics: improvements where they are compared, else the figure itself."""
    found = {}
    for index, (metric, result) in enumerate(zip(block.deal.model.metrics, block.results, strict=True)):
        if metric.name in names and isinstance(result, Results):
            for row in range(len(metric.results)):
                found[index, row] = result.read(metric.publishes, (row,))
    return found
