"""Results: what was measured, simulated or published alike, and what a contract reads from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_
from typing import Protocol

import numpy as np

from sib.arrays import Floats, by_path, running
from sib.chance.special import ndtr
from sib.errors import MISSING, InputError, Problem
from sib.model.counterfactual import Counterfactual
from sib.model.followed import Luck
from sib.terms.metric import Measure


class Readable(Protocol):
    """What a contract reads: the results of a metric, measured by itself or worked out from others."""

    @property
    def paths(self) -> int:
        """How many paths there are."""

    def read(self, measure: Measure, members: tuple[int, ...], counted: Sequence[Floats] | None = None) -> Floats:
        """One measure over some results together, (paths,), positive when better (convention 4)."""


@dataclass(frozen=True)
class Noise:
    """How precise results are, as an evaluator works it out from what was measured.

    Variances of the level of those served, (results, paths), and of each group of the comparison, (groups, paths); and
    the correlation between one person's figures before and after.
    """

    design: Counterfactual
    served: Floats = by_path()
    groups: Floats = by_path()
    correlation: float = 0.0

    def variance(self, rows: list[int], weight: Floats) -> Floats:
        """Variance of the gain over some results, each with its weight, (paths,)."""
        each = np.zeros_like(self.served)
        each[rows] = weight
        return self.design.variance(self.served, self.groups, each, -each, self.correlation)


@dataclass(frozen=True)
class Results:
    """Measured results of one metric: arrays of results by paths. There is one result a cohort, or one a period.

    Parameters
    ----------
    sign : float
        +1 where more is better, -1 where less is.
    persons : array, (results, 1) or (results, paths)
        Persons served; ones for units in all.
    treated : array, (results, paths)
        What was measured: a level a person, or units in all.
    comparison : array, (results, paths), or None
        The same for those they are compared with; None for what is verified and not compared.
    additive : bool
        Whether results are units in all, which add up, rather than levels a person, which are averaged.
    moves : mapping of frozenset to array, (results, paths)
        For a milestone that is followed person by person: how many reached it who had reached these milestones before.
    luck : Luck, optional
        For one that is followed and has no moves: which of the persons who could reach it did.
    noise : Noise, optional
        How precise the results are, where the contract asks.
    """

    sign: float
    persons: Floats = by_path(or_one=True)
    treated: Floats = by_path()
    comparison: Floats | None = by_path()
    additive: bool = False
    moves: Mapping[frozenset[int], Floats] = by_path(default_factory=dict)
    luck: Luck | None = by_path(default=None)
    noise: Noise | None = by_path(default=None)

    @property
    def paths(self) -> int:
        """How many paths there are."""
        return int(self.treated.shape[1])

    def read(self, measure: Measure, members: tuple[int, ...], counted: Sequence[Floats] | None = None) -> Floats:
        """One measure over the persons of some results together, positive when better (convention 4).

        Parameters
        ----------
        measure : {"improvement", "points", "units", "level", "confidence", "interval"}
            Relative improvement, the difference a person, units in all, or the level itself; how confident one can be
            that there is any improvement, or the interval about none, outside which it lies.
        members : tuple of int
            The results.
        counted : sequence of arrays, (paths,), one a member, optional
            1 where a result counts, 0 where it does not; all do by default.

        Returns
        -------
        array, (paths,)
        """
        weights = [
            self.persons[row] if counted is None else self.persons[row] * counted[i] for i, row in enumerate(members)
        ]
        if measure == "level" or self.comparison is None:
            level = _weighted(weights, [self.treated[row] for row in members])
            return level if self.additive or measure == "units" else self._a_person(level, weights)
        gained = _weighted(weights, [self.treated[row] - self.comparison[row] for row in members])
        gained *= self.sign
        if measure in ("confidence", "interval"):
            return self._sure(measure, gained, list(members), weights)
        if measure == "units" or (measure == "points" and self.additive):
            return gained
        if measure == "points":
            return self._a_person(gained, weights)
        return ratio(gained, _weighted(weights, [self.comparison[row] for row in members]))

    @property
    def counts(self) -> Floats:
        """How many there are in each result: units in all, or persons times their level, (results, paths)."""
        return self.treated if self.additive else self.treated * self.persons

    def of_persons(self, amount: Floats) -> Floats:
        """What was worked out person by person from who reached what, (paths,)."""
        return amount

    def to_date(self) -> Results:
        """The results as they are published where each is over everybody so far."""
        if self.additive:
            compared = None if self.comparison is None else running(self.comparison)
            return replace(self, treated=running(self.treated), comparison=compared)
        persons = running(self.persons)

        def mean(arm: Floats) -> Floats:
            return running(self.persons * arm) / persons

        compared = None if self.comparison is None else mean(self.comparison)
        return replace(self, persons=persons, treated=mean(self.treated), comparison=compared)

    def _sure(self, measure: Measure, gained: Floats, rows: list[int], weights: list[Floats]) -> Floats:
        """One less the p-value of no improvement, one-sided (confidence) or two-sided (interval), by the normal law."""
        if self.noise is None:
            raise InputError(
                Problem(
                    "results", MISSING, "how precise a result is, where the contract asks", "give its standard error"
                )
            )
        weight = np.array([np.broadcast_to(one, gained.shape) for one in weights])
        z = ratio(gained, np.sqrt(self.noise.variance(rows, weight)))
        confidence: Floats = ndtr(z)
        return confidence if measure == "confidence" else 2.0 * ndtr(np.abs(z)) - 1.0

    def _a_person(self, total: Floats, weights: list[Floats]) -> Floats:
        return ratio(total, np.broadcast_to(sum(weights[1:], weights[0]), total.shape))


def _weighted(weights: list[Floats], values: list[Floats]) -> Floats:
    """Sum of the values of some results, each with its weight; row by row, so that no table of them is made."""
    total = weights[0] * values[0]
    for weight, value in zip(weights[1:], values[1:], strict=True):
        total += weight * value
    return total


@dataclass(frozen=True)
class IndexResults:
    """A weighted sum of what is read from other metrics; its level is all that can be read."""

    parts: tuple[tuple[Readable, Measure, float], ...] = by_path()  # a weight counts targets: weight over target

    @property
    def paths(self) -> int:
        """How many paths there are."""
        return self.parts[0][0].paths

    def read(self, measure: Measure, members: tuple[int, ...], counted: Sequence[Floats] | None = None) -> Floats:
        """The index over some results together: each part is read over them.

        Where a part cannot be measured (an improvement against a comparison without any event) no level is reached.
        """
        values = [metric.read(reads, members, counted) for metric, reads, _ in self.parts]
        known = reduce(and_, map(np.isfinite, values))
        total = np.zeros(self.paths)
        for value, (_, _, weight) in zip(values, self.parts, strict=True):
            total += weight * np.where(known, value, 0.0)
        return np.where(known, total, -np.inf)


@dataclass(frozen=True)
class Outcomes:
    """What happened to a metric: arrays of results by paths.

    `effect` is the true relative improvement of all persons together, or the true level where there is no comparison;
    None for a metric that depends on others. `results` are what is measured and published. `groups` are what
    was measured on each group of the comparison.
    """

    effect: Floats | None = by_path()
    results: Readable = by_path()
    groups: Floats | None = by_path(default=None)


@dataclass(frozen=True)
class Drawn(Outcomes):
    """Outcomes of a metric that is measured on persons, before its results are cumulated."""

    results: Results = by_path()


def ratio(gained: Floats, base: Floats) -> Floats:
    """Gained over base. Against a base of zero, nothing gained is zero and anything is infinite (convention 4)."""
    empty = base == 0
    if not empty.any():
        return gained / base
    over = np.divide(gained, base, out=np.zeros_like(gained), where=~empty)
    return np.where(empty & (gained != 0), np.copysign(np.inf, gained), over)
