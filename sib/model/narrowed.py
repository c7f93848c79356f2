"""A world of a deal with many results as one of the same deal with fewer: what is given up leaves the rest as it was.

Who asks what a deal would be without some of its cohorts wants the same worlds, weighed by the same results: they are
drawn for the whole deal, and what belongs to the others is left out.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sib.model.model import MetricModel, Model
from sib.model.observed import Observed
from sib.model.worlds import Believed, World


def narrowed(world: World, wide: Model, narrow: Model) -> World:
    """The world of a model whose metrics are those of a wider one, with some of their results."""
    metrics = tuple(
        _believed(believed, one, other)
        for believed, one, other in zip(world.metrics, wide.metrics, narrow.metrics, strict=True)
    )
    return replace(world, metrics=metrics)


def seen_in(observed: Observed, wide: Model, narrow: Model) -> Observed:
    """Results in hand of a wider model, as far as they are results of the narrower one."""
    found = {}
    for index, known in observed.seen.items():
        rows = enumerate(_rows(wide.metrics[index], narrow.metrics[index]).tolist())
        found[index] = {row: known[place] for row, place in rows if place in known}
    return Observed(found, observed.through)


def _rows(wide: MetricModel, narrow: MetricModel) -> NDArray[np.intp]:
    """Where the results of the narrower metric stand in the wider one."""
    return np.array([wide.results.index(name) for name in narrow.results], dtype=np.intp)


def _believed(believed: Believed, wide: MetricModel, narrow: MetricModel) -> Believed:
    rows = _rows(wide, narrow)
    shared = {group.component: number for number, group in enumerate(wide.groups) if group.shared}
    return Believed(
        believed.effect[rows],
        believed.bias[rows],
        believed.common_bias,
        None if believed.drift is None else believed.drift[np.searchsorted(wide.moments, narrow.moments)],
        {i: believed.history[shared[g.component]] for i, g in enumerate(narrow.groups) if g.shared},
    )
