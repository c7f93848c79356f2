"""`Space`: several inputs that are varied at once. Each point of it, a value of each input, is a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sib.analysis.decide.inputs import Input
from sib.arrays import Floats
from sib.errors import InputError, Problem
from sib.scenario.scenario import Scenario

_MOST_OF_IT = 0.98  # of an input's range: where as much of it is valid beside other values, they are refused together


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
        return self.scenario.replace(changes)

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

    def _refusal(self, points: Floats, refused: dict[int, Problem]) -> Problem:
        number, problem = next(iter(refused.items()))
        where, rule = self.words(points[number]), f"{problem.where}: {problem.rule}"
        remedy = 'pass what has to move together as one input, as in {("a", "b"): ...}; or narrow what is refused'
        for one, values in zip(self.inputs, points.T, strict=True):
            met = np.delete(values, list(refused))
            if self._valid(one, float(values[number])) or (met.size and np.ptp(met) > _MOST_OF_IT * np.ptp(values)):
                continue
            where = f"{one.name} = {values[number]:.6g}"
            known = f" to what is valid: {met.min():.6g} to {met.max():.6g}" if met.size else ""
            remedy = f"narrow {one.name!r}{known}; or leave it out"
            break
        came = f"{len(refused):,} of {len(points):,} points, as where {where}"
        return Problem(self.argument, came, rule, remedy)

    def _valid(self, one: Input, value: float) -> bool:
        try:
            one.at(value)
        except InputError:
            return False
        return True

    def words(self, point: Sequence[float] | Floats) -> str:
        """A point in words."""
        return ", ".join(f"{one.name} = {value:.6g}" for one, value in zip(self.inputs, point, strict=True))
