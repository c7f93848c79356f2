"""What a verified outcome costs the outcome payers: a ratio of means. What `Simulation.cost_per_outcome` says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sib.analysis.columns import Reading, over_all
from sib.analysis.futures import Futures
from sib.analysis.sums import Means, Sums
from sib.measures.ratio import ratio_of_means
from sib.run.recipe import Block
from sib.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

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
    rows = {name: _row(Means.over(futures, [part[name] for part in parts])) for name in counted}
    index = pd.Index(list(rows), name="metric", dtype="object")
    frame = pd.DataFrame(list(rows.values()), index=index, columns=_COLUMNS, dtype="float64")
    if scenario.beliefs.deadweight:
        share = [_deadweight(scenario, name) for name in counted]
        frame = frame.assign(deadweight=share)
        for column in ("cost_per_outcome", "cost_per_outcome_mcse"):
            frame[column.replace("per", "per_additional")] = frame[column] / (1.0 - frame["deadweight"])
    return frame.assign(unit=[f"{scenario.currency} over {unit}" for unit in counted.values()])


def _deadweight(scenario: Scenario, metric: str) -> float:
    """The share of a metric's outcomes that would have come anyway; NaN where nothing is compared or believed."""
    compared = scenario.timetable.compared(metric)
    return scenario.beliefs.deadweight.get(metric, 0.0 if compared else math.nan)


def _row(found: Means) -> dict[str, float]:
    cost, (low, high) = ratio_of_means(found.sums, found.spread, found.freedom)
    (paid, units), (paid_error, units_error) = found.mean, found.error
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
) -> Mapping[str, Sums]:
    """By metric what is paid on a path, and how many units were published in all."""
    reading = Reading(block.deal.contract, block.book, block.deal.contract.investors, payers)
    paid = reading.payment + reading.payer_other
    found = {}
    for place, metric in enumerate(block.deal.model.metrics):
        if metric.name in metrics:
            found[metric.name] = Sums.of(np.stack((paid, over_all(block, place, "units"))), batch)
    return found
