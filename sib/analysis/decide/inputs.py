"""`Input`: what is varied when a question is asked of a scenario: one figure by its value, or several by one factor.

First file of the questions that vary something (solve, tornado, sensitivity, agreement). Figures that one name stands
for move together: "payments.*.pays.per_unit" is all prices, times the same factor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from sib.errors import InputError, Problem, nearest
from sib.scenario.changes import BASE
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
    counts : frozenset of str
        Which of the figures are whole numbers, as of persons or months: a factor takes them to the nearest.
    """

    scenario: Scenario
    name: str
    shares: dict[str, float]
    base: float
    unit: str
    range: Range | None
    counts: frozenset[str] = frozenset()

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
        meant = (path for one in asked for path in _meant(scenario, known, one, argument))
        paths = list(dict.fromkeys(_bare(scenario, path) or path for path in meant))
        name = ", ".join(asked)
        if len(paths) == 1 and "*" not in name:
            path, units = paths[0], figures["unit"]
            unit, given = str(units.get(path, units.get(f"{path}.value", ""))), _range(scenario, path)
            return cls(scenario, name, {path: 1.0}, float(known[path]), unit, given, _counts(known, paths))
        for path in paths:
            if known[path] == 0:
                rule = "figures other than zero where several move by one factor: of zero any factor is zero"
                raise InputError(Problem(argument, f"{path} = 0", rule, "leave it out, or vary it by itself"))
        shares = {path: float(known[path]) for path in paths}
        return cls(scenario, name, shares, 1.0, "times", None, _counts(known, paths))

    @property
    def whole(self) -> bool:
        """Whether the input itself is a whole number."""
        return self.unit != "times" and bool(self.counts)

    def changes(self, value: float) -> dict[str, float]:
        """The figures by path, as `Scenario.replace` takes them, where the input is this."""
        rounded = () if self.whole else self.counts
        return {path: round(share * value) if path in rounded else share * value for path, share in self.shares.items()}

    def at(self, value: float) -> Scenario:
        """The scenario where the input is this.

        Raises
        ------
        ScenarioError
            Where that is no valid scenario.
        """
        return self.scenario.case(BASE).replace(self.changes(value))


def _counts(known: Mapping[str, float], paths: Sequence[str]) -> frozenset[str]:
    """Those of the figures that are whole numbers by what they are."""
    return frozenset(path for path in paths if isinstance(known[path], int))


def _meant(scenario: Scenario, known: Mapping[str, float], asked: str, argument: str) -> list[str]:
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
    """Every number but those of cases by its path, an `int` where it must be one; a bare one also by its belief's."""
    for path, value in values:
        if isinstance(value, int | float) and not isinstance(value, bool) and steps_of(str(path))[0] != "cases":
            yield str(path), value
            bare = _bare(scenario, str(path))
            if bare is not None:
                yield bare, value


def _bare(scenario: Scenario, path: str) -> str | None:
    """The path of the belief of which this is the value, where it is written as a number and not as a table."""
    belief = path.removesuffix(".value")
    try:
        written = lookup(scenario.data(), belief) if belief != path else None
    except (KeyError, TypeError):
        return None
    return belief if isinstance(written, int | float) else None


def _range(scenario: Scenario, path: str) -> Range | None:
    cited = scenario.sources.get(path)
    return Range(*cited.range) if cited is not None and cited.range else None
