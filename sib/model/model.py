"""`Model`: what may happen, compiled for arrays: metrics with the beliefs about them, and the programme. Shapes only.

Worked out once from a scenario by `compile.py`. Nothing in it says what is paid, so that one set of futures can be
settled under any number of contracts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sib.arrays import Floats, fingerprint
from sib.model.beliefs import Belief, Drift, Evaluation, Programme
from sib.model.designs import Counterfactual, Group
from sib.model.laws.law import Law, PersonLaw
from sib.terms.metric import Measure


@dataclass(frozen=True)
class Interim:
    """An early result: of which count, on which share of its persons, with which share of their events."""

    of: int
    persons: float
    events: float


@dataclass(frozen=True)
class MetricModel:
    """A metric with the beliefs about it. Arrays have one value a result."""

    name: str
    law: Law  # how what is measured varies
    sign: float  # +1 where more is better, -1 where less is
    results: tuple[str, ...]
    by_period: bool  # one result a period, rather than one a cohort
    cumulative: bool  # each result is over everybody so far
    persons: Floats  # who is served in each result
    base: Floats  # the level without the programme, in units in all for a total; ones where there is no comparison
    belief: Belief | None  # an improvement on the base where it is compared, else a level; None where it is derived
    share: Floats  # of the units in all that arise in each result
    compared: bool
    design: Counterfactual | None  # how the counterfactual is found; None where there is none
    times: Floats  # years from the start to the middle of the time over which each result is measured
    moments: Floats  # all times at which somebody is measured
    drift: Drift | None  # how the level without the programme moves
    evaluation: Evaluation
    tested: bool  # whether the contract asks how sure a result is
    above: int | None  # the metric that must be reached first
    flow: Floats  # (results of the metric above, results): the share of those who reach it that come to each result
    parts: tuple[tuple[int, Measure, float], ...]  # of an index: metric, what is read, weight over target
    composite: tuple[tuple[int, ...], tuple[int, ...]]  # none of these, at least one of those
    with_any: int | None = None  # the count whose persons with any event it is
    interim: Interim | None = None  # the count of which it is an early result

    @property
    def written(self) -> Floats | None:
        """The baseline that the contract writes down, (results,)."""
        return None if self.design is None else self.design.written

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups of persons that those served are compared with."""
        return () if self.design is None else self.design.groups

    @property
    def additive(self) -> bool:
        """Whether results are units in all, which add up."""
        return self.law.additive

    @property
    def derived(self) -> bool:
        """Whether it is worked out from other metrics."""
        return bool(self.parts) or any(self.composite) or self.with_any is not None or self.interim is not None

    @property
    def weights(self) -> Floats:
        """Persons of each result; ones for units in all."""
        return np.ones(len(self.results)) if self.additive else self.persons

    @property
    def of_persons(self) -> PersonLaw:
        """Its law, where it is measured on persons one by one."""
        if not isinstance(self.law, PersonLaw):
            message = f"{self.name} is not measured on persons one by one"
            raise TypeError(message)
        return self.law


@dataclass(frozen=True)
class Model:
    """What may happen. Two scenarios whose models are equal have the same futures.

    Parameters
    ----------
    metrics : tuple of MetricModel
        What is measured, in the order of the file.
    programme : Programme
        Who comes and takes part, what may go wrong.
    profiles : tuple of frozenset
        What one person can have reached of the milestones that a contract follows person by person.
    """

    metrics: tuple[MetricModel, ...]
    programme: Programme
    profiles: tuple[frozenset[int], ...]

    @cached_property
    def fingerprint(self) -> str:
        """Equal for models that are equal to the last bit."""
        return fingerprint((self.metrics, self.programme, self.profiles))


def in_order(metrics: tuple[MetricModel, ...]) -> list[int]:
    """The positions of the metrics, each after those that it hangs on."""
    order: list[int] = []

    def put(index: int) -> None:
        metric = metrics[index]
        above = [] if metric.above is None else [metric.above]
        above += [] if metric.with_any is None else [metric.with_any]
        above += [] if metric.interim is None else [metric.interim.of]
        for other in (*above, *(part[0] for part in metric.parts), *metric.composite[0], *metric.composite[1]):
            put(other)
        if index not in order:
            order.append(index)

    for index in range(len(metrics)):
        put(index)
    return order


def spread(metrics: tuple[MetricModel, ...], index: int) -> Floats:
    """How units in all are spread over results, as the beliefs expect: shares that add up to 1, (results,)."""
    metric = metrics[index]
    shares = metric.base if metric.compared else metric.share
    if metric.above is not None:
        shares = spread(metrics, metric.above) @ metric.flow
    total = shares.sum()
    return shares / total if total > 0 else np.full(len(shares), 1.0 / len(shares))
