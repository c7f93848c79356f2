"""`Space`: several inputs that are varied at once. Each point of it, a value of each input, is a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sib.analysis.decide.inputs import Input
from sib.arrays import Floats
from sib.errors import InputError, Problem
from sib.scenario.changes import BASE
from sib.scenario.scenario import Scenario


@dataclass(frozen=True)
class Space:
    """Inputs of a scenario that move independently of one another.

    Parameters
    ----------
    scenario : Scenario
        What their values are put into.
    inputs : tuple of Input
        What is varied.
    argument : str
        What they were passed as.
    """

    scenario: Scenario
    inputs: tuple[Input, ...]
    argument: str

    @classmethod
    def of(cls, scenario: Scenario, inputs: Sequence[Input], argument: str) -> Space:
        """The space of some inputs.

        Raises
        ------
        InputError
            Where two of them move one figure.
        """
        moved: dict[str, str] = {}
        for one in inputs:
            for path in one.shares:
                if path in moved:
                    rule = f"each figure is moved by one input; {path!r} is moved by {moved[path]!r} too"
                    raise InputError(Problem(argument, one.name, rule, "leave one of the two out"))
                moved[path] = one.name
        return cls(scenario, tuple(inputs), argument)

    def at(self, point: Sequence[float] | Floats) -> Scenario:
        """The scenario where each input has its value.

        Raises
        ------
        ScenarioError
            Where that is no valid scenario.
        """
        changes: dict[str, float] = {}
        for one, value in zip(self.inputs, point, strict=True):
            changes |= one.changes(float(value))
        return self.scenario.case(BASE).replace(changes)

    def scenarios(self, points: Floats) -> list[Scenario]:
        """The scenario at each of the points, (points, inputs).

        Raises
        ------
        InputError
            Where a rule refuses any of them: where, which, and what may be narrowed.
        """
        found: list[Scenario] = []
        refused: dict[int, Problem] = {}
        for number, point in enumerate(points):
            try:
                found.append(self.at(point))
            except InputError as error:
                refused[number] = error.problems[0]
        if refused:
            raise InputError(self._refusal(points, refused))
        return found

    def valid(self, point: Sequence[float]) -> bool:
        """Whether no rule refuses a point."""
        try:
            self.at(point)
        except InputError:
            return False
        return True

    def _refusal(self, points: Floats, refused: dict[int, Problem]) -> Problem:
        number, problem = next(iter(refused.items()))
        point = list(zip(self.inputs, points[number].tolist(), points.T, strict=True))
        remedy = 'narrow what is refused; or pass what has to move together as one input, as in {("a", "b"): ...}'
        alone = [one for one in point if not self._valid(*one[:2])]
        for one, value, values in alone:
            met = np.delete(values, list(refused))
            if not met.size or not met.min() <= value <= met.max():
                known = f" to what is valid: {met.min():.6g} to {met.max():.6g}" if met.size else ""
                remedy, alone = f"narrow {one.name!r}{known}; or leave it out", [(one, value, values)]
                break
        where = ", ".join(f"{one.name} = {value:.6g}" for one, value, _ in alone or point)
        came = f"{len(refused):,} of {len(points):,} points, as where {where}"
        return Problem(self.argument, came, f"{problem.where}: {problem.rule}", remedy)

    def _valid(self, one: Input, value: float) -> bool:
        try:
            one.at(value)
        except InputError:
            return False
        return True

    def words(self, point: Sequence[float] | Floats) -> str:
        """A point in words."""
        return ", ".join(f"{one.name} = {value:.6g}" for one, value in zip(self.inputs, point, strict=True))
