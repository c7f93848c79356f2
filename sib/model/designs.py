"""Designs: an evaluator's comparison as groups of persons and what each weighs in the counterfactual.

Every design is one matrix: the counterfactual of each result is a weighted sum of levels that are measured on groups.
A control group has weight one; a historical baseline is a mean or a straight line through years of history; a
difference in differences is those served before, plus the controls after, less the controls before; a mix is a mean of
such rows. Shapes and compilation only: `outcomes.py` draws the groups, the laws say how precise each level is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sib.arrays import Floats
from sib.terms.design import Comparison

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

    @property
    def simple(self) -> bool:
        """Whether each result is compared with one group, measured once."""
        return not any(group.own for group in self.groups) and bool(np.all((self.weights != 0).sum(axis=1) == 1))

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


@dataclass(frozen=True)
class Setting:
    """What a design is compiled for: the results of one metric. Arrays have one value a result."""

    names: tuple[str, ...]
    persons: Floats
    base: Floats
    times: Floats
    window: float  # years


def counterfactual(compare: Comparison, setting: Setting, effective: float | None) -> Counterfactual:
    """Compile a design. `effective` is what each result's comparison group is worth, where some stand in it twice."""
    results = len(setting.names)
    groups: list[Group] = []
    weights = np.zeros((results, 0))
    shares = [one.weight for one in compare.of] or [1.0]
    for number, (share, each) in enumerate(zip(shares, compare.each, strict=True)):
        found = _single(each, setting, effective)
        start = len(groups)
        groups += [
            replace(
                group,
                component=(*group.component, *([str(number)] if number else [])),
                twin=group.twin if group.twin in (None, SERVED) else start + (group.twin or 0),
            )
            for group in found.groups
        ]
        weights = np.hstack([weights, share * found.weights])
    return Counterfactual(tuple(groups), weights, compare.clusters or 0)


def _single(compare: Comparison, setting: Setting, effective: float | None) -> Counterfactual:
    """A design that is not a mix."""
    results = range(len(setting.names))
    one_each = np.eye(len(setting.names))
    written = compare.written
    if written is not None:
        levels = [written[i if len(written) > 1 else 0] for i in results]
        groups = [
            Group((name, "comparison"), i, setting.times[i], fixed=level)
            for i, (name, level) in enumerate(zip(setting.names, levels, strict=True))
        ]
        return Counterfactual(tuple(groups), one_each)
    if compare.design == "historical":
        return _history(compare, setting)
    if compare.design == "before-after":
        return Counterfactual(tuple(_before(setting)), one_each)
    ratio = compare.controls or 0.0
    sizes = setting.persons * ratio if ratio else np.full(len(setting.names), float(compare.persons or 0))
    after = [
        Group(
            (name, "comparison"),
            i,
            setting.times[i],
            persons=effective or sizes[i],
            per_person=0.0 if effective else ratio,
            clusters=compare.comparison_clusters or compare.clusters or 0,
        )
        for i, name in enumerate(setting.names)
    ]
    if compare.design != "difference in differences":
        return Counterfactual(tuple(after), one_each)
    earlier = [
        replace(
            group,
            component=(*group.component, "before"),
            time=group.time - setting.window,
            biased=False,
            twin=len(after) + i,
        )
        for i, group in enumerate(after)
    ]
    own = [replace(group, biased=False) for group in _before(setting)]
    return Counterfactual((*own, *after, *earlier), np.hstack([one_each, one_each, -one_each]))


def _before(setting: Setting) -> list[Group]:
    """Those served, each as long before the programme as they are followed after."""
    return [
        Group(
            (name, "before"),
            i,
            setting.times[i] - setting.window,
            persons=setting.persons[i],
            per_person=1.0,
            own=True,
            twin=SERVED,
        )
        for i, name in enumerate(setting.names)
    ]


def _history(compare: Comparison, setting: Setting) -> Counterfactual:
    """Years of history that end with the start: their mean, or their straight line carried on to each result."""
    middles = -(np.arange(compare.years) + 0.5)
    groups = [
        Group(
            (setting.names[0], "comparison", *([str(year)] if year else [])),
            0,
            float(middle),
            persons=float(compare.persons or 0),
            shared=True,
        )
        for year, middle in enumerate(middles)
    ]
    weights = np.full((len(setting.names), compare.years), 1.0 / compare.years)
    if compare.trend == "linear":
        centred = middles - middles.mean()
        weights += np.outer(setting.times - middles.mean(), centred / (centred**2).sum())
    return Counterfactual(tuple(groups), weights * (setting.base / setting.base[0])[:, None])


def moments(times: Sequence[float] | Floats, design: Counterfactual | None) -> Floats:
    """All times at which somebody is measured, rising, each once."""
    groups = () if design is None else design.groups
    found: Floats = np.unique(np.array([*times, *(group.time for group in groups)], dtype=float))
    return found
