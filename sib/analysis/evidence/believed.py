"""What is believed of rates, volume and pace, before and after results: a slow start may be any of the three.

A row a belief of which one number is drawn, for the deal or for a cohort. Costs, events and delays of payments, of
which results say nothing, are not among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sib.analysis.simulation import Simulation
from sib.arrays import Floats
from sib.measures import risk
from sib.model.model import MetricModel, Model
from sib.model.worlds import World

if TYPE_CHECKING:
    import pandas as pd

Draws = dict[tuple[str, str, str], Floats]  # by belief, of what, and unit


class _Spread(NamedTuple):
    """How a belief spreads."""

    mean: float
    sd: float
    p05: float
    p50: float
    p95: float

    @classmethod
    def of(cls, draws: Floats) -> _Spread:
        """Of so many draws."""
        sd = float(draws.std(ddof=1)) if draws.size > 1 else np.nan
        levels = [risk.quantile(draws, level).estimate for level in (0.05, 0.5, 0.95)]
        return cls(float(draws.mean()), sd, *levels)


def beliefs(prior: Simulation, posterior: Simulation) -> pd.DataFrame:
    """See `Update.beliefs`."""
    import pandas as pd

    before, after = _drawn(prior), _drawn(posterior)
    rows = []
    for key, old in before.items():
        if np.ptp(old) > 0:
            spread = {f"prior_{name}": value for name, value in _Spread.of(old)._asdict().items()}
            new = after[key]
            mcse = risk.mean(new).mcse * posterior.futures.widening
            belief, of, unit = key
            rows.append(
                {"belief": belief, "of": of, "unit": unit, **spread, **_Spread.of(new)._asdict(), "mean_mcse": mcse}
            )
    columns = ["belief", "of", "unit", *(f"prior_{name}" for name in _Spread._fields), *_Spread._fields, "mean_mcse"]
    return pd.DataFrame(rows, columns=columns).set_index(["belief", "of"])


def _drawn(simulation: Simulation) -> Draws:
    """What was drawn of each belief, (paths,)."""
    model = simulation.futures.deal.model
    parts: list[Draws] = [dict(_of_world(model, world)) for world in simulation.futures.worlds()]
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def _of_world(model: Model, world: World) -> Iterator[tuple[tuple[str, str, str], Floats]]:
    for metric, believed in zip(model.metrics, world.metrics, strict=True):
        if metric.belief is None or metric.origin.same_as is not None:
            continue
        name, unit = ("effect", "relative improvement") if metric.compared else ("rate", _unit(metric))
        together = metric.belief.between_results == 0 and metric.belief.learning == 0
        for row, result in enumerate(metric.results[:1] if together else metric.results):
            yield (name, metric.name if together else f"{metric.name}, {result}", unit), believed.effect[row]
    if world.taking_part is not None:
        yield ("taking part", "all", "share of persons"), world.taking_part
    for cohort, share in world.coming.items():
        yield ("volume", cohort, "share of the planned persons"), share
    for cohort, months in world.late.items():
        yield ("months late", cohort, "months"), months
    for cohort, factor in world.slower.items():
        yield ("months of intake", cohort, "times the planned months"), factor
    for metric, believed in zip(model.metrics, world.metrics, strict=True):
        if believed.stretch is not None:
            yield ("months to reach", metric.name, "times the believed months"), believed.stretch


def _unit(metric: MetricModel) -> str:
    if metric.law.counts_persons or metric.law.is_share:
        return "share of persons"
    return "units in all" if metric.law.additive else "a person"
