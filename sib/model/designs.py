"""Designs: compiles each way of finding the counterfactual into groups of persons and one matrix of weights.

A control group has weight one; a historical baseline is a mean or a straight line through years of history; a
difference in differences is those served before, plus the controls after, less the controls before; a mix is a mean of
such rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sib.arrays import Floats
from sib.model.counterfactual import SERVED, Counterfactual, Group
from sib.terms.design import Comparison


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
    groups: list[Group] = []
    weights = np.zeros((len(setting.names), 0))
    mixed = [(one.weight, one.compare, one.shares_group) for one in compare.of] or [(1.0, compare, False)]
    for number, (share, each, shares) in enumerate(mixed):
        found = _single(each, setting, effective)
        place: list[int] = []  # of each of its groups, among all
        for group in found.groups:
            same = next((i for i, one in enumerate(groups) if alike(one, group)), None) if shares else None
            place.append(len(groups) if same is None else same)
            if same is None:
                component = (*group.component, *([str(number)] if number else []))
                groups.append(replace(group, component=component))
        for position, group in zip(place, found.groups, strict=True):
            if group.twin is not None and group.twin != SERVED:
                groups[position] = replace(groups[position], twin=place[group.twin])
        weights = np.hstack([weights, np.zeros((len(weights), len(groups) - weights.shape[1]))])
        weights[:, place] += share * found.weights
    return Counterfactual(tuple(groups), weights, compare.clusters or 0)


def alike(one: Group, other: Group) -> bool:
    """Whether two groups can be the same persons: measured at the same time, as many of them, for the same result."""
    keys = ("result", "time", "persons", "per_person", "clusters", "biased", "own", "shared")
    sizes = all(getattr(one, key) == getattr(other, key) for key in keys)
    return sizes and not one.written and not other.written


def in_both(mine: Counterfactual, theirs: Counterfactual, *, own_group: bool) -> tuple[tuple[int, int], ...]:
    """The groups that two designs for the same persons have in common, by position in each.

    Those served are the same before, too. With `own_group` nobody else is.
    """
    found: dict[int, int] = {}
    for number, group in enumerate(mine.groups):
        same = [i for i, other in enumerate(theirs.groups) if alike(group, other) and i not in found.values()]
        if same and (group.own or not own_group):
            found[number] = same[0]
    return tuple(found.items())


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
