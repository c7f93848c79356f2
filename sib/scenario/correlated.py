"""`Correlated`: which beliefs are drawn once for the whole deal, and how they move together. From terms alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from sib.arrays import Floats
from sib.scenario.paths import path_of
from sib.scenario.timetable import Timetable

Pair = frozenset[str]
_ROUNDING = -1e-9  # an eigenvalue that is zero


@dataclass(frozen=True)
class Correlated:
    """The beliefs that may be correlated, and how they are.

    Parameters
    ----------
    timetable : Timetable
        What follows from the terms.
    """

    timetable: Timetable

    @cached_property
    def components(self) -> dict[str, tuple[str, ...]]:
        """Of each belief that varies and is drawn once for the deal, by its path: what its score is called."""
        terms, beliefs = self.timetable.terms, self.timetable.terms.beliefs
        found: dict[str, tuple[str, ...]] = {}
        for metric in terms.metrics:
            for table in ("effects", "levels"):
                belief = getattr(beliefs, table).get(metric.name)
                if belief is not None and belief.distribution != "certain":
                    found[path_of([table, metric.name])] = (metric.name, "effect")
            evaluation, timing = beliefs.evaluation.get(metric.name), beliefs.timing.get(metric.name)
            if evaluation is not None and evaluation.bias_sd > 0:
                found[path_of(["evaluation", metric.name])] = (metric.name, "bias")
            if timing is not None and timing.pace_sd > 0:
                found[path_of(["timing", metric.name])] = (metric.name, "pace")
        if beliefs.engagement is not None and beliefs.engagement.sd > 0:
            found["engagement"] = ("engagement", "engagement")
        served = self.timetable.served
        if beliefs.referrals is not None and beliefs.referrals.sd > 0 and len(served) == 1:
            found["referrals"] = ("referrals", served[0].name)
        for name, overrun in beliefs.overruns.items():
            if overrun.sd > 0:
                found[path_of(["overruns", name])] = ("overruns", name)
        return found

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """The beliefs among them about effects and levels."""
        return tuple(path for path, component in self.components.items() if component[1:] == ("effect",))

    @cached_property
    def pairs(self) -> dict[Pair, float]:
        """The correlation of each pair of which any is believed; what names pairs goes before what is said of all."""
        found: dict[Pair, float] = {}
        known = self.timetable.terms.beliefs.correlation
        for one in sorted(known.values(), key=lambda item: item.between is None):
            for pair in combinations(self.outcomes if one.between is None else one.between, 2):
                found.setdefault(frozenset(pair), one.coefficient)
        return {pair: value for pair, value in found.items() if value != 0}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The beliefs that are correlated with any, by their alphabet: the order of the file changes no draw."""
        return tuple(sorted({name for pair in self.pairs for name in pair}))

    @property
    def matrix(self) -> Floats:
        """Their correlations, (names, names)."""
        found = np.eye(len(self.names))
        for i, j in combinations(range(len(self.names)), 2):
            found[i, j] = found[j, i] = self.pairs.get(frozenset((self.names[i], self.names[j])), 0.0)
        return found


def nearest(matrix: Floats) -> Floats:
    """The nearest matrix that correlations can have (Higham 2002, *IMA Journal of Numerical Analysis* 22)."""
    found, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(200):
        away = found - correction
        values, vectors = np.linalg.eigh(away)
        possible = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction = possible - away
        found = possible.copy()
        np.fill_diagonal(found, 1.0)
    return found


def written(matrix: Floats) -> Floats:
    """The nearest one that is possible with three decimals: where rounding spoils it, drawn to none by thousandths."""
    near = nearest(matrix)
    for kept in np.linspace(1.0, 0.0, 1001):
        found: Floats = np.round(kept * near, 3)
        np.fill_diagonal(found, 1.0)
        if possible(found):
            break
    return found


def possible(matrix: Floats) -> bool:
    """Whether correlations can be together: no eigenvalue is below zero, but for rounding."""
    return bool(np.linalg.eigvalsh(matrix)[0] >= _ROUNDING)


def root_of(matrix: Floats) -> Floats:
    """The lower triangular root of a matrix of correlations, also of one that leaves nothing to some of them."""
    root = np.zeros_like(matrix)
    for i in range(len(matrix)):
        for j in range(i + 1):
            left = matrix[i, j] - root[i, :j] @ root[j, :j]
            if i == j:
                root[i, i] = np.sqrt(max(left, 0.0))
            elif root[j, j] > 1e-9:
                root[i, j] = left / root[j, j]
    return root
