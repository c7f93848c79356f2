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
from sib.model.counterfactual import SERVED
from sib.model.laws.law import PersonLaw, Traits
from sib.model.levels import compared_level, usual_level, with_effect
from sib.model.model import MetricModel
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
    law = metric.of_persons
    traits = law.traits(size, clusters, rng)
    served = _measured(law, law.draw_each(levels, traits, rng), maturity, rng, took_part, dropped_out)
    groups: dict[int, Person] = {}
    kin: dict[int, Traits] = {SERVED: traits}
    values = {SERVED: (served.value, levels)}
    for number, group in enumerate(metric.groups):
        if group.result != row and not group.shared:
            continue
        if group.written:
            continue
        many = max(round(float(group.size(size))), 1)
        level = np.full(many, float(compared_level(metric, believed, number)[0]))
        if group.twin is not None and law.correlation > 0:
            kin[number] = law.traits_before(kin[group.twin], rng)
            value = law.draw_each_before(level, kin[number], values[group.twin], rng)
        else:
            kin[number] = law.traits(many, group.clusters, rng)
            value = law.draw_each(level, kin[number], rng)
        groups[number] = _measured(law, value, maturity, rng)
        values[number] = (value, level)
    return Arms(served, groups)


def _measured(
    law: PersonLaw,
    value: Floats,
    maturity: Sequence[tuple[float, float]],
    rng: np.random.Generator,
    took_part: Flags | None = None,
    dropped_out: Flags | None = None,
) -> Person:
    """Persons of whom a figure is known: when their events fell, and when they enrolled."""
    nobody = np.zeros(value.size, dtype=bool)
    events = law.times(value, maturity, rng)
    return Person(
        rng.random(value.size),
        nobody if took_part is None else took_part,
        nobody if dropped_out is None else dropped_out,
        value,
        events,
    )
