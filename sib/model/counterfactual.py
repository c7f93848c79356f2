"""`Counterfactual`: an evaluator's comparison as groups of persons and what each weighs in each result. Shapes only.

Every design is one matrix: the counterfactual of each result is a weighted sum of levels that are measured on groups.
The laws say how precise each level is, and this how precise the sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sib.arrays import Floats

SERVED = -1  # the twin of a group that is those served themselves, before


@dataclass(frozen=True)
class Group:
    """Persons who are measured beside those served, once; or a level that is written down.

    Parameters
    ----------
    component : tuple of str
        Its random stream, after the metric's name.
    result : int
        The result whose level without the programme it has.
    time : float
        When it is measured, in years from the start.
    persons : float
        How many, or what they are worth; nan for a written level.
    per_person : float
        Persons for each person served, where their number follows those who come; 0 where it is fixed.
    clusters : int
        How many clusters they come from; 0 where persons are independent.
    fixed : float
        The written level; nan where it is measured.
    biased : bool
        Whether the evaluator's bias is in it.
    own : bool
        Whether it is those served themselves, before.
    twin : int, optional
        The group of the same persons afterwards; `SERVED` for those served.
    shared : bool
        Whether it is one group for all results.
    """

    component: tuple[str, ...]
    result: int
    time: float
    persons: float = np.nan
    per_person: float = 0.0
    clusters: int = 0
    fixed: float = np.nan
    biased: bool = True
    own: bool = False
    twin: int | None = None
    shared: bool = False

    @property
    def written(self) -> bool:
        """Whether it is a level that the contract writes down."""
        return bool(np.isfinite(self.fixed))

    def size(self, served: float | Floats) -> float | Floats:
        """How many persons it has where so many are served."""
        return self.per_person * served if self.per_person else self.persons


@dataclass(frozen=True)
class Counterfactual:
    """How the counterfactual of each result is put together.

    Parameters
    ----------
    groups : tuple of Group
        What is measured.
    weights : array, (results, groups)
        What each weighs in each result.
    clusters : int
        How many clusters those served in a result come from; 0 where persons are independent.
    """

    groups: tuple[Group, ...]
    weights: Floats
    clusters: int = 0

    @property
    def written(self) -> Floats | None:
        """The baseline of each result where the contract writes it down, (results,); else None."""
        if not all(group.written for group in self.groups):
            return None
        levels: Floats = self.weights @ np.array([group.fixed for group in self.groups])
        return levels

    def level(self, groups: Floats) -> Floats:
        """The counterfactual of each result: a weighted sum of what was measured on groups, never below zero."""
        found = np.zeros((len(self.weights), groups.shape[1]))
        for i, row in enumerate(self.weights):
            for number in np.flatnonzero(row):
                found[i] = found[i] + row[number] * groups[number]
        return np.maximum(found, 0.0)

    def variance(self, served: Floats, groups: Floats, each: Floats, comparison: Floats, correlation: float) -> Floats:
        """Variance of a weighted sum over results of those served and of their counterfactuals.

        Parameters
        ----------
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
        weights = np.einsum("ig,in->gn", self.weights, comparison)
        found: Floats = np.sum(each**2 * served, axis=0) + np.sum(weights**2 * groups, axis=0)
        for number, group in enumerate(self.groups):
            if group.twin is not None and correlation > 0:
                own = group.twin == SERVED
                other = each[group.result] if own else weights[group.twin]
                variance = served[group.result] if own else groups[group.twin]
                found = found + 2.0 * correlation * weights[number] * other * np.sqrt(groups[number] * variance)
        return np.maximum(found, 0.0)
