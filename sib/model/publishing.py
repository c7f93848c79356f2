"""Publishing: what was measured, as results that a contract can read, with how precise they are where it asks."""

from __future__ import annotations

import numpy as np

from sib.arrays import Floats
from sib.model.model import MetricModel
from sib.model.results import Noise, Results


def publish(metric: MetricModel, persons: Floats, treated: Floats, groups: Floats | None = None) -> Results:
    """The results that are published, with how precise they are where the contract asks.

    Parameters
    ----------
    metric : MetricModel
    persons : array, (results, 1) or (results, paths)
        On whom each result was measured.
    treated : array, (results, paths)
        What was measured on them.
    groups : array, (groups, paths), optional
        What was measured on each group of the comparison, where there is one.
    """
    law = metric.law
    weights = np.ones_like(persons) if law.additive else persons
    if metric.design is None or groups is None:
        return Results(metric.sign, weights, treated, None, law.additive)
    written = metric.design.written
    if written is not None:
        comparison: Floats = np.broadcast_to(written[:, None], treated.shape)
    else:
        comparison = metric.design.level(groups)
    noise = None
    if metric.tested:
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
    return Results(metric.sign, weights, treated, comparison, law.additive, noise=noise)
