"""The same model person by person: one future of one metric, written to be read. The fast draws are tested against it.

`outcomes.py` draws sums over persons, with the laws that these sums have; here every person is drawn: when they enrol,
whether they take part and stay, the rate at which events come to them, each event's time, and what was measured on
them before. Nothing else in the library uses it but `sib.people`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.model.designs import SERVED
from sib.model.levels import compared_level, usual_level, with_effect
from sib.model.model import MetricModel
from sib.model.sampling import cluster_frailty, persistence
from sib.model.worlds import World

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Person:
    """Persons of one arm, one value each.

    Parameters
    ----------
    enrolled : array, (persons,)
        When they enrolled: a share of the time over which the cohort enrols.
    took_part, dropped_out : array of bool, (persons,)
        Whether they took part, and left before the end.
    value : array, (persons,)
        Events in the window, 1 or 0 for an outcome, or the quantity.
    events : tuple of array
        The times of each person's events, as shares of the window, rising; empty for what is no count.
    """

    enrolled: Floats
    took_part: Flags
    dropped_out: Flags
    value: Floats
    events: tuple[Floats, ...] = field(default=())

    @property
    def level(self) -> float:
        """What is measured on them."""
        return float(self.value.mean())

    @property
    def first(self) -> Floats:
        """The time of each person's first event, as a share of the window; infinite where there is none."""
        return np.array([times[0] if times.size else np.inf for times in self.events])

    def early(self, share: float, window: float) -> float:
        """Events a person among the first to enrol, within a share of the window."""
        first = max(round(share * self.value.size), 1)
        order = np.argsort(self.enrolled, kind="stable")[:first]
        return sum(int((self.events[i] <= window).sum()) for i in order) / first


@dataclass(frozen=True)
class Arms:
    """Those served in one result, and every group of its comparison, by the group's number."""

    served: Person
    groups: dict[int, Person]


def draw_persons(
    metric: MetricModel,
    world: World,
    index: int,
    row: int,
    rng: np.random.Generator,
    maturity: Sequence[tuple[float, float]] = (),
) -> Arms:
    """Draw all persons of one result, in the first path of a world.

    Parameters
    ----------
    metric : MetricModel
        A count, a proportion or a mean that is compared.
    world : World
        Gives the true effect, bias and drift.
    index, row : int
        The metric's position, and the result's.
    rng : Generator
        The random stream.
    maturity : sequence of (float, float)
        Shares of the window, each with the share of events that fall within it; between them events fall evenly.

    Returns
    -------
    Arms
    """
    believed, known = world.metrics[index], world.engagement
    coming = world.coming.get(metric.results[row])
    size = max(round(metric.persons[row] * (1.0 if coming is None else float(coming[0]))), 1)
    base, effect = float(usual_level(metric, believed, row)[0]), float(believed.effect[row][0])
    part = 1.0 if world.taking_part is None else float(world.taking_part[0])
    took_part = rng.random(size) < part
    dropped_out = took_part & (rng.random(size) < (0.0 if known is None else known.drop_out))
    kept = np.where(took_part, np.where(dropped_out, 0.0 if known is None else known.kept, 1.0), 0.0)
    levels = with_effect(metric, np.full(size, base), kept * effect)
    clusters = 0 if metric.design is None else metric.design.clusters
    traits = _traits(metric, size, clusters, rng)
    served = _person(metric, levels, traits, rng, maturity, took_part, dropped_out)
    groups: dict[int, Person] = {}
    kin: dict[int, Traits] = {SERVED: traits}
    values = {SERVED: (served.value, levels)}
    for number, group in enumerate(metric.groups):
        if group.result != row and not group.shared:
            continue
        if group.written:
            continue
        many = max(round(group.per_person * size if group.per_person else group.persons), 1)
        level = np.full(many, float(compared_level(metric, believed, number)[0]))
        alike = metric.evaluation.correlation
        if group.twin is not None and alike > 0:
            kin[number] = _before(metric, kin[group.twin], alike, rng)
            groups[number] = _earlier(metric, level, kin[number], values[group.twin], alike, rng, maturity)
        else:
            kin[number] = _traits(metric, many, group.clusters, rng)
            groups[number] = _person(metric, level, kin[number], rng, maturity)
        values[number] = (groups[number].value, level)
    return Arms(served, groups)


@dataclass(frozen=True)
class Traits:
    """What persons keep: the parts of their rates (of mean 1) that last and that pass, and their cluster."""

    lasting: Floats
    passing: Floats
    cluster: NDArray[np.intp]
    clusters: Floats  # relative rates of the clusters, or normal shares of them

    @property
    def rates(self) -> Floats:
        """Each person's relative rate, but for the cluster's."""
        return self.lasting + self.passing


def _traits(metric: MetricModel, size: int, clusters: int, rng: np.random.Generator) -> Traits:
    alike = metric.evaluation.intra_cluster_correlation
    cluster = np.arange(size) % max(clusters, 1)
    ones = np.ones(max(clusters, 1))
    if metric.kind != "count":
        return Traits(np.ones(size), np.zeros(size), cluster, ones)
    shape, mean = metric.spread, float(metric.base.max())
    if np.isinf(shape):
        return Traits(np.ones(size), np.zeros(size), cluster, ones)
    if clusters and alike > 0:
        between, within = cluster_frailty(mean, shape, alike)
        rates = rng.standard_gamma(1.0 / within, size) * within if within > 0 else np.ones(size)
        return Traits(rates, np.zeros(size), cluster, rng.standard_gamma(1.0 / between, clusters) * between)
    lasts = min(persistence(mean, shape, metric.evaluation.correlation), 1.0)
    lasting = rng.standard_gamma(shape * lasts, size) / shape if lasts > 0 else np.zeros(size)
    passing = rng.standard_gamma(shape * (1.0 - lasts), size) / shape if lasts < 1 else np.zeros(size)
    return Traits(lasting, passing, cluster, ones)


def _before(metric: MetricModel, after: Traits, correlation: float, rng: np.random.Generator) -> Traits:
    """The same persons earlier: what lasts of their rates is the same, the rest is another."""
    if metric.kind != "count" or np.isinf(metric.spread):
        return after
    lasts = min(persistence(float(metric.base.max()), metric.spread, correlation), 1.0)
    size = after.lasting.size
    passing = rng.standard_gamma(metric.spread * (1.0 - lasts), size) / metric.spread if lasts < 1 else np.zeros(size)
    return Traits(after.lasting, passing, after.cluster, after.clusters)


def _person(
    metric: MetricModel,
    levels: Floats,
    traits: Traits,
    rng: np.random.Generator,
    maturity: Sequence[tuple[float, float]],
    took_part: Flags | None = None,
    dropped_out: Flags | None = None,
) -> Person:
    """Measure persons whose true levels are given."""
    size, nobody = levels.size, np.zeros(levels.size, dtype=bool)
    alike = metric.evaluation.intra_cluster_correlation
    events: tuple[Floats, ...] = ()
    clustered = traits.clusters.size > 1 and alike > 0
    match metric.kind:
        case "count":
            counts = rng.poisson(levels * traits.rates * traits.clusters[traits.cluster])
            events = _times(counts, maturity, rng)
            value = counts.astype(np.float64)
        case "proportion":
            shares = levels
            if clustered:
                strength = (1.0 - alike) / alike
                means = levels[: traits.clusters.size]
                shares = rng.beta(means * strength, (1.0 - means) * strength)[traits.cluster]
            value = (rng.random(size) < shares).astype(np.float64)
        case _:
            between = np.sqrt(alike) * rng.standard_normal(traits.clusters.size)[traits.cluster] if clustered else 0.0
            own = rng.standard_normal(size) * np.sqrt(1.0 - (alike if clustered else 0.0))
            value = levels + metric.spread * (between + own)
    enrolled = rng.random(size)
    return Person(
        enrolled,
        nobody if took_part is None else took_part,
        nobody if dropped_out is None else dropped_out,
        value,
        events,
    )


def _earlier(
    metric: MetricModel,
    levels: Floats,
    traits: Traits,
    after: tuple[Floats, Floats],
    correlation: float,
    rng: np.random.Generator,
    maturity: Sequence[tuple[float, float]],
) -> Person:
    """Measure the same persons earlier, given what was measured afterwards and their true levels then."""
    if metric.kind == "count":
        return _person(metric, levels, traits, rng, maturity)
    value, level = after
    size = levels.size
    if metric.kind == "proportion":
        together = correlation * np.sqrt(level * (1 - level) * levels * (1 - levels))
        chance = np.where(value > 0, levels + together / level, levels - together / (1 - level))
        drawn = (rng.random(size) < np.clip(chance, 0.0, 1.0)).astype(np.float64)
    else:
        drawn = levels + correlation * (value - level)
        drawn = drawn + metric.spread * np.sqrt(1 - correlation**2) * rng.standard_normal(size)
    nobody = np.zeros(size, dtype=bool)
    return Person(rng.random(size), nobody, nobody, drawn)


def _times(
    counts: NDArray[np.int64], maturity: Sequence[tuple[float, float]], rng: np.random.Generator
) -> tuple[Floats, ...]:
    """When each person's events fall, as shares of the window: given a rate they are Poisson, so independent."""
    points = np.array([(0.0, 0.0), *sorted(maturity), (1.0, 1.0)])
    drawn = np.interp(rng.random(int(counts.sum())), points[:, 1], points[:, 0])
    return tuple(np.sort(times) for times in np.split(drawn, np.cumsum(counts)[:-1]))
