"""What a verified outcome costs the outcome payers: a ratio of means. What `Simulation.cost_per_outcome` says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sib.analysis.columns import Reading
from sib.analysis.futures import Futures
from sib.measures.expected import FEWEST
from sib.measures.ratio import Moments, ratio_of_means
from sib.run.recipe import Block
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


class _Summed(NamedTuple):
    """What is paid and how many outcomes there are, path by path and by what is drawn together."""

    paths: Moments
    batches: Moments | None


_COLUMNS = [
    *("paid_mean", "paid_mean_mcse", "outcomes_mean", "outcomes_mean_mcse"),
    *("cost_per_outcome", "cost_per_outcome_mcse", "low", "high"),
]


def cost_per_outcome(scenario: Scenario, futures: Futures, payers: tuple[str, ...]) -> pd.DataFrame:
    """See `Simulation.cost_per_outcome`."""
    import pandas as pd

    counted = {m.name: m.unit or "units" for m in scenario.metrics if m.kind != "index"}
    read = partial(_paid_and_counted, metrics=tuple(counted), payers=payers, batch=futures.batch)
    parts = list(futures.map(read))
    rows = {name: _row(futures, [part[name] for part in parts]) for name in counted}
    index = pd.Index(list(rows), name="metric", dtype="object")
    frame = pd.DataFrame(list(rows.values()), index=index, columns=_COLUMNS, dtype="float64")
    return frame.assign(unit=[f"{scenario.currency} over {unit}" for unit in counted.values()])


def _row(futures: Futures, parts: list[_Summed]) -> dict[str, float]:
    size = futures.paths
    found = Moments.together([part.paths for part in parts])
    batches = [part.batches for part in parts if part.batches is not None]
    if batches and sum(one.lots for one in batches) >= FEWEST:
        found = Moments.together(batches)
    spread = found.spread() * futures.widening**2
    cost, (low, high) = ratio_of_means(found.sums, spread, found.lots - 1)
    (paid, units), (paid_error, units_error) = found.sums / size, np.sqrt(np.diag(spread)) / size
    return {
        "paid_mean": paid,
        "paid_mean_mcse": paid_error,
        "outcomes_mean": units,
        "outcomes_mean_mcse": units_error,
        "cost_per_outcome": cost.estimate,
        "cost_per_outcome_mcse": cost.mcse,
        "low": low,
        "high": high,
    }


def _paid_and_counted(
    block: Block, metrics: tuple[str, ...], payers: tuple[str, ...], batch: int | None
) -> dict[str, _Summed]:
    """By metric what is paid on a path, and how many units were published in all."""
    reading = Reading(block.deal.contract, block.book, block.deal.contract.investors, payers)
    paid = reading.payment + reading.payer_other
    found = {}
    for metric, result in zip(block.deal.model.metrics, block.results, strict=True):
        if metric.name in metrics:
            everyone = tuple(range(len(metric.results)))
            units = result.read("units", everyone[-1:] if metric.cumulative else everyone)
            pairs = np.stack((paid, units))
            lots = None if batch is None else np.add.reduceat(pairs, np.arange(0, paid.size, batch), axis=1)
            found[metric.name] = _Summed(Moments.of(pairs), None if lots is None else Moments.of(lots))
    return found
