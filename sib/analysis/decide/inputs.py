"""`Input`: what is varied when a question is asked of a scenario: one figure by its value, or several by one factor.

First file of the questions that vary something (solve, tornado, sensitivity, agreement). Figures that one name stands
for move together: "payments.*.pays.per_unit" is all prices, times the same factor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from sib.errors import InputError, Problem, nearest
from sib.scenario.paths import by_name, lookup, steps_of
from sib.scenario.scenario import Scenario


class Range(NamedTuple):
    """From where to where an input may go."""

    low: float
    high: float


@dataclass(frozen=True)
class Input:
    """One thing that is varied.

    Parameters
    ----------
    scenario : Scenario
        Where it is varied.
    name : str
        As it was asked for.
    shares : dict of str to float
        By path: what the figure there is for each unit of the input. Of one figure that is 1; of figures that move
        together it is what they are today, so that the input is a factor.
    base : float
        What the input is today.
    unit : str
        Of the figure; "times" of a factor.
    range : Range, optional
        What the file gives as the range of this very figure; a range that a table has is not lent to each figure in it.
    whole : bool
        Whether it is one figure that counts: persons, months, instalments.
    """

    scenario: Scenario
    name: str
    shares: dict[str, float]
    base: float
    unit: str
    range: Range | None
    whole: bool = False

    @classmethod
    def of(cls, scenario: Scenario, vary: str | Sequence[str], argument: str = "vary") -> Input:
        """What is varied: a path, a pattern of paths, in which `*` stands for a step or a part of one, or several.

        Raises
        ------
        InputError
            Where a path leads nowhere or to no number, a pattern is met by nothing, or a factor is on zero.
        """
        asked = [vary] if isinstance(vary, str) else list(vary) if isinstance(vary, Sequence) else []
        if not asked or not all(isinstance(path, str) for path in asked):
            rule = "the path of a figure, a pattern of paths, or a list of these"
            raise InputError(Problem(argument, vary, rule, 'pass, for example, "payments.*.pays.per_unit"'))
        figures = scenario.assumptions()
        known = dict(_figures(scenario, figures["value"].items()))
        paths = list(dict.fromkeys(path for one in asked for path in _meant(scenario, known, one, argument)))
        name = ", ".join(asked)
        if len(paths) == 1 and "*" not in name:
            path, base = paths[0], known[paths[0]]
            unit, whole = figures["unit"].get(path, figures["unit"].get(f"{path}.value", "")), isinstance(base, int)
            return cls(scenario, name, {path: 1.0}, float(base), str(unit), _range(scenario, path), whole)
        for path in paths:
            if known[path] == 0:
                rule = "figures other than zero where several move by one factor: of zero any factor is zero"
                raise InputError(Problem(argument, f"{path} = 0", rule, "leave it out, or vary it by itself"))
        return cls(scenario, name, {path: float(known[path]) for path in paths}, 1.0, "times", None)

    def changes(self, value: float) -> dict[str, float]:
        """The figures by path, as `Scenario.replace` takes them, where the input is this."""
        return {path: share * value for path, share in self.shares.items()}

    def at(self, value: float) -> Scenario:
        """The scenario where the input is this.

        Raises
        ------
        ScenarioError
            Where that is no valid scenario.
        """
        return self.scenario.replace(self.changes(value))


def _meant(scenario: Scenario, known: dict[str, float], asked: str, argument: str) -> list[str]:
    """The paths of the figures that a path or a pattern means."""
    if "*" in asked:
        pattern = steps_of(asked)
        found = [path for path in known if _fits(steps_of(path), pattern)]
        if not found:
            rule = "a pattern that is met by figures of the scenario: * stands for one step, or a part of it"
            remedy = "assumptions() lists the path of every figure"
            raise InputError(Problem(argument, asked, rule, remedy))
        return found
    path = by_name(scenario.data(), asked)
    if path in known:
        return [path]
    depth = len(steps_of(path))
    below = [other for other in known if steps_of(other)[:depth] == steps_of(path) and other != path]
    if below:
        rule = f"one figure; in this table there are {len(below)}" if len(below) > 1 else "a figure, and not its table"
        raise InputError(Problem(argument, asked, rule, f"name it, as in {below[0]!r}"))
    try:
        came = lookup(scenario.data(), path)
    except (KeyError, TypeError):
        raise InputError(
            Problem(argument, asked, "the path of a figure of the scenario", nearest(asked, known))
        ) from None
    rule = f"a number; this is {came}"
    raise InputError(Problem(argument, asked, rule, "assumptions() lists the path of every figure"))


def _fits(steps: Sequence[str], pattern: Sequence[str]) -> bool:
    return len(steps) == len(pattern) and all(map(fnmatchcase, steps, pattern))


def _figures(scenario: Scenario, values: Iterable[tuple[Any, Any]]) -> Iterator[tuple[str, float]]:
    """Every number of a scenario by its path; one that stands by itself for a belief also by the belief's."""
    for path, value in values:
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield str(path), value
            if steps_of(str(path))[-1] == "value":
                bare = str(path).removesuffix(".value")
                if isinstance(_written(scenario, bare), int | float):
                    yield bare, value


def _written(scenario: Scenario, path: str) -> Any:
    try:
        return lookup(scenario.data(), path)
    except (KeyError, TypeError):
        return None


def _range(scenario: Scenario, path: str) -> Range | None:
    cited = scenario.sources.get(path)
    return Range(*cited.range) if cited is not None and cited.range else None
