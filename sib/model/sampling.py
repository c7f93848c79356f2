"""Sampling: what is measured on so many persons whose true level is given. Exact wherever a closed form exists.

Sums over persons are drawn, not persons; `sib/engine/persons.py` draws the same model person by person. Each draw has a
stream of its own and takes from it path by path, so that a shorter block is the beginning of a longer one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sib.arrays import Floats
from sib.chance.sources import Chance

if TYPE_CHECKING:
    from collections.abc import Callable

    from sib.model.model import MetricModel

    Random = Callable[..., np.random.Generator]

_INSIDE = 1e-9  # a beta distribution has no mean at 0 or 1


def measured(
    metric: MetricModel,
    level: Floats,
    persons: float | Floats,
    chance: Chance,
    source: str,
    names: tuple[str, ...],
    clusters: int = 0,
) -> Floats:
    """The level that is measured on so many persons, or units in all for a total, (paths,)."""
    random = partial(chance.stream, source, metric.name, *names)
    if clusters and metric.evaluation.intra_cluster_correlation > 0:
        return _clustered(metric, level, persons, clusters, random, chance.paths)
    match metric.kind:
        case "count":
            found = totals(level, persons, metric.spread, chance.paths, random) / np.maximum(persons, 1.0)
            return found if np.isinf(metric.most) else np.minimum(found, metric.most)
        case "proportion":
            whole = np.maximum(np.rint(persons).astype(np.int64), 1)
            share: Floats = random().binomial(whole, level, chance.paths) / whole
            return share
        case "total" if metric.once:
            return random().binomial(np.rint(persons).astype(np.int64), level, chance.paths).astype(np.float64)
        case "total":
            sd = metric.spread * level if metric.compared else metric.spread * np.sqrt(persons)
        case _:
            sd = metric.spread / np.sqrt(np.maximum(persons, 1.0))
    if metric.spread == 0:
        return level
    mean: Floats = np.clip(level + sd * random().standard_normal(chance.paths), 0.0, metric.highest)
    return mean


def totals(mean: Floats, persons: float | Floats, shape: float, paths: int, random: Random) -> Floats:
    """Events in all among `persons`, whose counts are negative binomial: Poisson with a gamma mean.

    Gamma and Poisson have streams of their own, so that a change of the mean leaves the persons' rates as they were:
    scenarios compared on one seed share most of their chance.
    """
    expected = mean * persons
    if np.isfinite(shape):
        rates = random("rates").standard_gamma(shape * persons, paths)
        expected = rates * (mean / shape)
    return random("events").poisson(expected, paths).astype(np.float64)


def _clustered(
    metric: MetricModel, level: Floats, persons: float | Floats, clusters: int, random: Random, paths: int
) -> Floats:
    """The level measured on persons who come in clusters as equal as can be, alike within each.

    Shares of clusters are beta, rates of clusters gamma, so that the variance of one person and the intra-cluster
    correlation are as believed; a mean has the variance of its clusters in one normal draw.
    """
    alike, whole = metric.evaluation.intra_cluster_correlation, np.broadcast_to(np.rint(persons), (paths,))
    if metric.kind == "mean":
        noise = random().standard_normal(paths)
        sd = np.sqrt(metric.persons_differ.variance(level, whole, clusters))
        mean: Floats = np.clip(level + sd * noise, 0.0, metric.highest)
        return mean
    small, larger = np.divmod(whole.astype(np.int64), clusters)
    sizes = small[:, None] + (np.arange(clusters) < larger[:, None])
    if metric.kind == "proportion":
        inside = np.clip(level, _INSIDE, 1.0 - _INSIDE)[:, None]
        strength = (1.0 - alike) / alike
        shares = random("clusters").beta(inside * strength, (1.0 - inside) * strength, (paths, clusters))
        share: Floats = random().binomial(sizes, np.clip(shares, 0.0, 1.0)).sum(axis=1) / np.maximum(whole, 1.0)
        return share
    between, within = cluster_frailty(float(metric.base.max()), metric.spread, alike)
    rates = random("clusters").standard_gamma(1.0 / between, (paths, clusters)) * between
    persons_rates = sizes.astype(float)
    if within > 0:
        persons_rates = random("rates").standard_gamma(sizes / within) * within
    events = random("events").poisson(level[:, None] * rates * persons_rates).sum(axis=1)
    found: Floats = events / np.maximum(whole, 1.0)
    return found


def cluster_frailty(mean: float, shape: float, alike: float) -> tuple[float, float]:
    """Variances of the relative rates of clusters, and of persons within them, with a given intra-cluster correlation.

    A person's count has variance ``mean + mean**2 / shape``; two persons of one cluster share the cluster's rate, so
    their covariance is ``mean**2 * between``. Below zero `within` says that so high a correlation cannot be.
    """
    between = alike * (1.0 / mean + 1.0 / shape)
    return between, (1.0 / shape - between) / (1.0 + between)


def before(
    metric: MetricModel,
    level: Floats,
    after: tuple[Floats, Floats],
    persons: float | Floats,
    chance: Chance,
    names: tuple[str, ...],
) -> Floats:
    """The level that is measured on persons earlier, given what was measured on the same persons `after`.

    `after` is the measured level and the true one. A person's two figures have the correlation that is believed:
    exact for shares and means, and for counts by what their events tell of the persons' rates (gamma given Poisson).
    """
    found, true = after
    alike = metric.evaluation.correlation
    random = partial(chance.stream, "measurement", metric.name, *names)
    if metric.kind == "mean":
        sd = metric.spread / np.sqrt(np.maximum(persons, 1.0))
        noise = random().standard_normal(chance.paths) * sd
        drawn: Floats = level + alike * (found - true) + np.sqrt(1.0 - alike**2) * noise
        mean_before: Floats = np.clip(drawn, 0.0, metric.highest)
        return mean_before
    whole = np.broadcast_to(np.maximum(np.rint(persons), 1.0), (chance.paths,))
    if metric.kind == "proportion":
        together = alike * np.sqrt(true * (1.0 - true) * level * (1.0 - level))
        had = np.rint(found * whole).astype(np.int64)
        of_those = np.clip(np.divide(true * level + together, true, out=level.copy(), where=true > 0), 0.0, 1.0)
        of_others = (1.0 - true) * level - together
        of_others = np.clip(np.divide(of_others, 1.0 - true, out=level.copy(), where=true < 1), 0.0, 1.0)
        others = whole.astype(np.int64) - had
        share: Floats = (random("those").binomial(had, of_those) + random("others").binomial(others, of_others)) / whole
        return share
    shape, mean = metric.spread, float(metric.base.max())
    shared = persistence(mean, shape, alike)
    # rates of all persons together, given their later events; a part of them was there before
    rates = random("rates after").standard_gamma(shape * whole + np.rint(found * whole)) / (1.0 + true / shape)
    kept = random("kept").beta(shape * whole * shared, np.maximum(shape * whole * (1.0 - shared), _INSIDE))
    new = random("new").standard_gamma(np.maximum(shape * whole * (1.0 - shared), _INSIDE))
    earlier: Floats = random("events").poisson((rates * kept + new) * level / shape) / whole
    return earlier


def persistence(mean: float, shape: float, correlation: float) -> float:
    """The part of persons' rates that is the same before and after, for a given correlation of their counts."""
    return correlation * (mean + mean**2 / shape) * shape / mean**2
