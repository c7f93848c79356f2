"""`Model`: what may happen, compiled for arrays: metrics with the beliefs about them, and the programme.

Worked out once from a scenario by `compile.py`. Nothing in it says what is paid, so that one set of futures can be
settled under any number of contracts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from typing import ClassVar, Literal

import numpy as np

from sib.arrays import Floats, fingerprint
from sib.chance.sources import Chance, Together
from sib.model.beliefs import Belief, Drift, Evaluation, Programme
from sib.model.counterfactual import Counterfactual, Group
from sib.model.dated import Flow
from sib.model.followed import Followed
from sib.model.laws.law import Law, PersonLaw
from sib.model.observed import Observed
from sib.model.results import Outcomes, Readable, Results
from sib.model.worlds import World
from sib.scenario.paths import path_of
from sib.terms.metric import Measure


class Origin(ABC):
    """How a metric comes about: it draws itself, and says which metrics it depends on."""

    weighed: ClassVar[bool] = False  # whether beliefs about it can be weighed by its results
    published: ClassVar[bool] = True  # False where anybody works it out from the published results of others

    @property
    def parents(self) -> tuple[int, ...]:
        """The metrics that it depends on, by position."""
        return ()

    def possible(self, row: int) -> float:
        """How many persons, as planned, can have reached a milestone by a result: without bound, where others say."""
        return np.inf

    @property
    def after(self) -> int | None:
        """The metric that a person must have reached first, by position."""
        return None

    @property
    def same_as(self) -> int | None:
        """The metric that it is another estimate of, by position."""
        return None

    @property
    def shared(self) -> Mapping[int, int]:
        """The groups of its comparison that are groups of the metric that it is the same as, by position in each."""
        return {}

    @abstractmethod
    def draw(self, index: int, drawing: Drawing) -> Outcomes:
        """Draw what happens to the metric at a position, given what was drawn of its parents."""

    def from_published(self, results: Mapping[int, Readable]) -> Readable | None:
        """What follows from published results of other metrics alone; None where nothing does."""
        return None

    def arising(self, index: int, model: Model, given: Mapping[int, Results]) -> Floats:
        """How units in all are spread over results: shares that add up to 1, (results,).

        As the beliefs expect, or as they follow from published results that are `given`.
        """
        metric = model.metrics[index]
        return shares_of(metric.base if metric.compared else metric.persons / metric.persons.sum())

    def log_likelihood(self, index: int, observed: Observed, model: Model, world: World) -> Floats:
        """The logarithm of how likely each world makes its results in hand, but for a constant, (paths,).

        Raises
        ------
        TypeError
            Where results do not stand by themselves.
        """
        message = f"{model.metrics[index].name} depends on other metrics: weigh their results"
        raise TypeError(message)


@dataclass(frozen=True)
class MetricModel:
    """A metric with the beliefs about it. Arrays have one value a result."""

    name: str
    origin: Origin  # how it comes about
    law: Law  # how what is measured varies
    sign: float  # +1 where more is better, -1 where less is
    results: tuple[str, ...]
    by_period: bool  # one result a period, rather than one a cohort
    cumulative: bool  # each result is over everybody so far
    persons: Floats  # who is served in each result
    base: Floats  # the level without the programme, in units in all for a total; ones where there is no comparison
    belief: Belief | None  # an improvement on the base where it is compared, else a level; None where others say all
    design: Counterfactual | None  # how the counterfactual is found; None where it is compared with nothing
    times: Floats  # years from the start to the middle of the time over which each result is measured
    moments: Floats  # all times at which somebody is measured
    drift: Drift | None  # how the level without the programme moves
    evaluation: Evaluation
    tested: bool  # whether the contract asks how sure a result is
    pace_sd: float = 0.0  # of the factor of the months that persons take to reach it

    @property
    def compared(self) -> bool:
        """Whether it is compared with anything."""
        return self.design is not None

    @property
    def each(self) -> Literal["period", "cohort"]:
        """What there is one result of."""
        return "period" if self.by_period else "cohort"

    @property
    def publishes(self) -> Measure:
        """What its evaluator would publish as a bare number."""
        if self.compared:
            return "improvement"
        return "units" if self.law.additive else "level"

    @property
    def written(self) -> Floats | None:
        """The baseline that the contract writes down, (results,)."""
        return None if self.design is None else self.design.written

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups of persons that those served are compared with."""
        return () if self.design is None else self.design.groups

    @property
    def source(self) -> str:
        """The source of risk that the belief about it is: its path under `beliefs`."""
        return path_of(["effects" if self.compared else "levels", self.name])

    @property
    def of_persons(self) -> PersonLaw:
        """Its law, where it is measured on persons one by one."""
        if not isinstance(self.law, PersonLaw):
            message = f"{self.name} is not measured on persons one by one"
            raise TypeError(message)
        return self.law

    @property
    def weights(self) -> Floats:
        """Persons of each result; ones for units in all."""
        return np.ones(len(self.results)) if self.law.additive else self.persons

    @property
    def published_weights(self) -> Floats:
        """The same of each published result: persons so far, where it is over everybody so far."""
        return self.weights if self.law.additive else self.to_date(self.weights)

    @property
    def published_comparison(self) -> Floats:
        """The comparison's level of each published result, as it is written or believed; ones where there is none."""
        each = self.base if self.written is None else self.written
        if not self.cumulative or self.law.additive:
            return self.to_date(each)
        return np.cumsum(self.persons * each) / np.cumsum(self.persons)

    def to_date(self, each: Floats) -> Floats:
        """How many there are in each result as it is published, given how many are in each by itself, (results,)."""
        return np.cumsum(each) if self.cumulative else each

    def so_far(self, published: Floats) -> Floats:
        """How many there are up to each result, given how many are published, (results,)."""
        return published if self.cumulative else np.cumsum(published)


@dataclass(frozen=True)
class Model:
    """What may happen. Two scenarios whose models are equal have the same futures.

    Parameters
    ----------
    metrics : tuple of MetricModel
        What is measured, in the order of the file.
    programme : Programme
        Who comes and takes part, what may go wrong.
    followed : Followed
        The milestones that a contract follows person by person.
    together : Together, optional
        The scores of beliefs that move together.
    """

    metrics: tuple[MetricModel, ...]
    programme: Programme
    followed: Followed
    together: Together | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Equal for models that are equal to the last bit."""
        return fingerprint((self.metrics, self.programme, self.followed, self.together))

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The positions of the metrics, each after those that it depends on."""
        parents = {index: metric.origin.parents for index, metric in enumerate(self.metrics)}
        return tuple(TopologicalSorter(parents).static_order())


@dataclass(frozen=True)
class Drawing:
    """A block of paths while it is drawn, metric by metric.

    Parameters
    ----------
    model : Model
        What may happen.
    world : World
        What holds on each path.
    chance : Chance
        Where the block's randomness comes from.
    observed : Observed, optional
        Results in hand.
    each : dict of int to Results
        Of each metric drawn so far: its results one by one, before they are put together up to a date.
    months : dict of int to array, (months, paths)
        Of each milestone by period, where another counts from there: how many reached it in each month.
    flows : dict of int to Flow
        Of each milestone by period whose persons are followed: how many reached it, and from where.
    outcomes : dict of int to Outcomes
        What happened to each metric drawn so far.
    """

    model: Model
    world: World
    chance: Chance
    observed: Observed | None = None
    each: dict[int, Results] = field(default_factory=dict)
    months: dict[int, Floats] = field(default_factory=dict)
    flows: dict[int, Flow] = field(default_factory=dict)
    outcomes: dict[int, Outcomes] = field(default_factory=dict)


def shares_of(units: Floats) -> Floats:
    """The share of each in all; alike where there are none."""
    total = units.sum()
    return units / total if total > 0 else np.full(len(units), 1.0 / len(units))
