"""Precision: how much a measured level varies by chance. Evaluators report it; power and updates work with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats
from sib.model.designs import SERVED, Counterfactual


@dataclass(frozen=True)
class Persons:
    """How persons of one metric differ. All that the variance of a measured level depends on.

    Parameters
    ----------
    kind : str
        The metric's kind.
    spread : float
        Negative binomial shape of a count, standard deviation of a mean; of a compared total, relative.
    correlation : float
        Between one person's figures before and after.
    alike : float
        Intra-cluster correlation.
    """

    kind: str
    spread: float
    correlation: float = 0.0
    alike: float = 0.0

    def variance(self, level: Floats, persons: Floats, clusters: int = 0) -> Floats:
        """Variance of the level measured on so many persons; of a total, of its units."""
        if self.kind == "total":
            found: Floats = np.square(self.spread * level)
            return found
        match self.kind:
            case "count":
                each = level + np.square(level) / self.spread
            case "proportion":
                each = level * (1.0 - level)
            case _:
                each = np.full_like(level, self.spread**2)
        whole: Floats = each * design_effect(persons, clusters, self.alike) / np.maximum(persons, 1.0)
        return whole

    def third_cumulant(self, level: Floats, persons: Floats) -> Floats:
        """Third cumulant of the level measured on so many independent persons: how skew it is."""
        match self.kind:
            case "count":
                each = level * (1.0 + level / self.spread) * (1.0 + 2.0 * level / self.spread)
            case "proportion":
                each = level * (1.0 - level) * (1.0 - 2.0 * level)
            case _:
                each = np.zeros_like(level)
        whole: Floats = each / np.maximum(persons, 1.0) ** 2
        return whole


def design_effect(persons: Floats, clusters: int, alike: float) -> Floats:
    """How many times the variance of independent persons (Kish 1965): ``1 + (m - 1) rho`` for clusters of m.

    Clusters are as equal as can be.
    """
    if not clusters:
        return np.ones_like(np.asarray(persons, dtype=float))
    whole = np.rint(np.asarray(persons, dtype=float))
    small, larger = np.divmod(whole, clusters)
    squares = (clusters - larger) * small**2 + larger * (small + 1) ** 2
    found: Floats = 1.0 + (squares / np.maximum(whole, 1.0) - 1.0) * alike
    return found


def of_difference(
    design: Counterfactual, served: Floats, groups: Floats, each: Floats, comparison: Floats, correlation: float
) -> Floats:
    """Variance of a weighted sum over results of those served and of their counterfactuals.

    Parameters
    ----------
    design : Counterfactual
    served, groups : array, (results, n) and (groups, n)
        Variances of the measured levels.
    each, comparison : array, (results, n)
        What the level of those served and the counterfactual of each result weigh in the sum.
    correlation : float
        Between one person's figures before and after: of twins.

    Returns
    -------
    array, (n,)
    """
    weights = np.einsum("ig,in->gn", design.weights, comparison)
    found: Floats = np.sum(each**2 * served, axis=0) + np.sum(weights**2 * groups, axis=0)
    for number, group in enumerate(design.groups):
        if group.twin is not None and correlation > 0:
            own = group.twin == SERVED
            other = each[group.result] if own else weights[group.twin]
            variance = served[group.result] if own else groups[group.twin]
            found = found + 2.0 * correlation * weights[number] * other * np.sqrt(groups[number] * variance)
    return np.maximum(found, 0.0)
