"""`Grid`: several values for each of some inputs, and the scenario of every combination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from sib.analysis.decide.inputs import Input
from sib.calls import held
from sib.errors import InputError, Problem
from sib.scenario.changes import BASE
from sib.scenario.paths import by_name
from sib.scenario.scenario import Scenario

MOST_SCENARIOS = 100_000


@dataclass(frozen=True)
class Axis:
    """One input of a grid: a path, or a pattern or several paths, which are one factor."""

    name: str
    unit: str
    values: Sequence[Any]
    changes: Sequence[Mapping[str, Any]]  # what `Scenario.replace` takes, by value


@dataclass(frozen=True)
class Grid:
    """Inputs with their values, and what they are put into."""

    base: Scenario
    axes: Sequence[Axis]

    @classmethod
    def of(cls, given: Mapping[Any, Any], base: Scenario) -> Grid:
        """A grid, as `sweep` takes it.

        Raises
        ------
        InputError
            Where an input has no list of values, is none of the base, or stands in two of the grid's keys.
        """
        base = base.case("base")
        units = base.assumptions()["unit"].to_dict()
        grid = cls(base, [_axis(base, key, values, units) for key, values in given.items()])
        if not grid.axes:
            raise InputError(
                Problem("scenarios", {}, "combinations of at least one input's values", 'pass {"path": [values]}')
            )
        taken: dict[str, str] = {}
        for axis in grid.axes:
            for path in axis.changes[0]:
                other = taken.setdefault(by_name(base.data(), path), axis.name)
                if other != axis.name:
                    rule = f"a figure under one key; it stands under {other!r} too"
                    raise InputError(Problem(f"scenarios[{axis.name!r}]", path, rule, "leave one of the two out"))
        return grid

    @property
    def units(self) -> dict[str, str]:
        """The unit of each input by its name; empty where it has none."""
        return {axis.name: axis.unit for axis in self.axes}

    @property
    def size(self) -> int:
        """How many combinations there are."""
        return prod(len(axis.values) for axis in self.axes)

    def cases(self) -> Iterator[tuple[dict[str, Any], Scenario]]:
        """Each combination's values by input, as they stand in a table, and its scenario; the last input moves first.

        Raises
        ------
        ScenarioError
            Where a combination is not a valid scenario.
        """
        names, base = [axis.name for axis in self.axes], self.base.case(BASE)
        for values, changes in zip(
            product(*(axis.values for axis in self.axes)), product(*(axis.changes for axis in self.axes)), strict=True
        ):
            merged = {path: value for change in changes for path, value in change.items()}
            yield dict(zip(names, map(label, values), strict=True)), base.replace(merged)


def _axis(base: Scenario, key: Any, values: Any, units: Mapping[Any, str]) -> Axis:
    where = f"scenarios[{key!r}]"
    if isinstance(values, Scenario) or not values:
        rule = "a list of at least one value for each path"
        raise InputError(Problem(where, values, rule, "write, for example, [0.05, 0.10]"))
    if isinstance(key, str) and "*" not in key:
        path = by_name(base.data(), key)
        return Axis(key, units.get(path, units.get(f"{path}.value", "")), values, [{key: value} for value in values])
    of = Input.of(base, key, "scenarios")
    factors = held(values, Sequence[float], where)  # several figures move together
    return Axis(of.name, of.unit, values, [of.changes(factor) for factor in factors])


def label(value: Any) -> Any:
    """A value as it stands in a table: itself, or what is no number or text in words."""
    import pandas as pd

    return value if pd.api.types.is_scalar(value) else str(value)
