"""Publishing: what was measured, as results that a contract can read, with how precise they are where it asks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sib.arrays import Floats, by_path
from sib.model.model import MetricModel
from sib.model.results import Noise, Readable, Results


@dataclass(frozen=True)
class Outcomes:
    """What happened to a metric: arrays of results by paths.

    `effect` is the true relative improvement of all persons together, or the true level where there is no comparison;
    None for a metric that is worked out from others. `results` are what is measured and published. `groups` are what
    was measured on each group of the comparison.
    """

    effect: Floats | None = by_path()
    results: Readable = by_path()
    groups: Floats | None = by_path(default=None)


@dataclass(frozen=True)
class Drawn(Outcomes):
    """Outcomes of a metric that is measured on persons, before its results are cumulated."""

    results: Results = by_path()


def publish(metric: MetricModel, weights: Floats, treated: Floats, groups: Floats, persons: Floats) -> Results:
    """The results that are published, with how precise they are where the contract asks."""
    if metric.design is None:
        return Results(metric.sign, weights, treated, None, metric.additive)
    written = metric.design.written
    if written is not None:
        comparison: Floats = np.broadcast_to(written[:, None], treated.shape)
    else:
        comparison = combined(metric.design.weights, groups)
    noise = None
    if metric.tested:
        law = metric.law
        sizes = [np.atleast_1d(group.size(persons[group.result])) for group in metric.groups]
        noise = Noise(
            metric.design,
            law.variance(treated, np.broadcast_to(persons, treated.shape), metric.design.clusters),
            np.array(
                [
                    np.zeros(treated.shape[1]) if group.written else law.variance(level, size, group.clusters)
                    for group, level, size in zip(metric.groups, groups, sizes, strict=True)
                ]
            ),
            law.correlation,
        )
    return Results(metric.sign, weights, treated, comparison, metric.additive, noise=noise)


def combined(weights: Floats, groups: Floats) -> Floats:
    """The counterfactual of each result: a weighted sum of what was measured on groups, never below zero."""
    found = np.zeros((len(weights), groups.shape[1]))
    for i, row in enumerate(weights):
        for number in np.flatnonzero(row):
            found[i] = found[i] + row[number] * groups[number]
    return np.maximum(found, 0.0)


def cumulated(found: Results) -> Results:
    """The results as they are published where each is over everybody so far."""
    if found.additive:
        compared = None if found.comparison is None else _running(found.comparison)
        return replace(found, treated=_running(found.treated), comparison=compared)
    persons = _running(found.persons)

    def mean(arm: Floats) -> Floats:
        return _running(found.persons * arm) / persons

    compared = None if found.comparison is None else mean(found.comparison)
    return replace(found, persons=persons, treated=mean(found.treated), comparison=compared)


def _running(rows: Floats) -> Floats:
    """Sums from the first row to each; a row at a time, which NumPy does several times as fast."""
    total = rows.copy()
    for row, before in zip(total[1:], total, strict=False):
        row += before
    return total
