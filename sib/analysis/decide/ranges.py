"""`Varied`: inputs with the ranges over which they are varied, one at a time; what `tornado` asks about.

A range is given, or the file's own (that of an assumption about this very figure), or ten per cent either way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any, Final, Literal

import numpy as np

from sib.analysis.decide.inputs import Input, Range
from sib.errors import InputError, Problem
from sib.scenario.paths import lookup, steps_of
from sib.scenario.scenario import Scenario

From = Literal["given", "file", "ten per cent"]
_EITHER_WAY: Final = 0.1


@dataclass
class Varied:
    """One input, and what becomes of the scenario at some points of its range.

    Parameters
    ----------
    name : str
        The path or pattern of the input; the paths of those that move together.
    of : Input or None
        None where a range is given for what is no single figure.
    low, high : float
        The range.
    taken : {"given", "file", "ten per cent"}
        Where the range is from.
    points : sequence of float
        Where the input is looked at: the ends of the range first.
    scenarios : dict of float to Scenario
        By point, those that are valid.
    refusals : dict of str to list of float
        The points that are refused, by the reason.
    """

    name: str
    of: Input | None
    low: float
    high: float
    taken: From
    points: Sequence[float] = ()
    scenarios: dict[float, Scenario] = field(default_factory=dict)
    refusals: dict[str, list[float]] = field(default_factory=dict)

    @property
    def refused(self) -> str:
        """At which points which rule refuses the scenario; empty where none does."""
        return "; ".join(
            f"at {', '.join(f'{point:.10g}' for point in sorted(points))}: {why}" if points else why
            for why, points in self.refusals.items()
        )

    def is_end(self, point: float) -> bool:
        """Whether a point is an end of the range."""
        return point in (self.low, self.high)


def varied(scenario: Scenario, ranges: Mapping[Any, Any] | None, points: int) -> list[Varied]:
    """The inputs that are asked about, each with its scenarios.

    Parameters
    ----------
    scenario : Scenario
        In which they are varied.
    ranges : mapping or None
        As `tornado` takes it.
    points : int
        At how many points of each range.

    Raises
    ------
    InputError
        Where an input or its range is none, or there is nothing to vary.
    """
    found = list(_of_file(scenario) if ranges is None else _given(scenario, ranges))
    if not found:
        rule = "figures that can be varied: the file has no range of any, and none that is written and not zero"
        raise InputError(Problem("scenario", scenario.name, rule, 'pass ranges={"path": (low, high)}'))
    for one in found:
        _look(one, points)
    return _tied(found, points) if ranges is None else found


def _of_file(scenario: Scenario) -> Iterator[Varied]:
    """Inputs with the ranges of the file's assumptions; where it has none, every figure and ten per cent of it."""
    own = {
        path: cited.range
        for path, cited in scenario.sources.items()
        if cited.range is not None and steps_of(path)[0] != "cases"
    }
    for path, (low, high) in own.items():
        try:
            yield Varied(path, Input.of(scenario, path), low, high, "file")
        except InputError:
            why = "the range of a table or a list, which is that of no single figure in it"
            yield Varied(path, None, low, high, "file", refusals={why: []})
    if own:
        return
    figures = scenario.assumptions()
    for path in map(str, figures.index[figures["status"] != "default"]):
        bare = path.removesuffix(".value")
        try:
            of = Input.of(scenario, bare if isinstance(lookup(scenario.data(), bare), Real) else path)
        except InputError:  # a date, a list
            continue
        if of.base != 0:
            yield _ten_per_cent(of)


def _given(scenario: Scenario, ranges: Mapping[Any, Any]) -> Iterator[Varied]:
    """Inputs with the ranges that are given; of one that is given as None, what the file has, or ten per cent."""
    remedy = 'pass {"path": (low, high)}'
    if not ranges:
        rule = "ranges of one input at least"
        raise InputError(Problem("ranges", ranges, rule, f"{remedy}, or leave it out for the ranges of the file"))
    for key, given in ranges.items():
        of, where = Input.of(scenario, key, "ranges"), f"ranges[{key!r}]"
        if given is not None:
            low, high = _pair(given, where)
            yield Varied(of.name, of, low, high, "given")
        elif of.range is not None:
            yield Varied(of.name, of, *of.range, "file")
        elif of.base == 0:
            rule = "a range: the file has none for it, and ten per cent of zero is zero"
            raise InputError(Problem(where, None, rule, f"write the range: {{{key!r}: (low, high)}}"))
        else:
            yield _ten_per_cent(of)


def _pair(given: tuple[float, float], where: str) -> Range:
    if given[0] >= given[1]:
        rule = "two numbers, the lower one first; None for the range in the file, or ten per cent either way"
        raise InputError(Problem(where, given, rule, "write, for example, (0.05, 0.15)"))
    return Range(*map(float, given))


def _ten_per_cent(of: Input) -> Varied:
    low, high = sorted(of.base * (1 + way) for way in (-_EITHER_WAY, _EITHER_WAY))
    if of.whole:
        low, high = min(math.floor(low + 0.5), of.base - 1.0), max(math.ceil(high - 0.5), of.base + 1.0)
    return Varied(of.name, of, low, high, "ten per cent")


def _look(one: Varied, points: int) -> None:
    """Put the input where it is looked at, and note what is refused."""
    if one.of is None:
        return
    inside = np.linspace(one.low, one.high, points)[1:-1]
    inside = np.round(inside) if one.of.whole else inside
    one.points = list(dict.fromkeys([one.low, one.high, *inside.tolist()]))
    for point in one.points:
        try:
            one.scenarios[point] = one.of.at(point)
        except InputError as error:
            first = error.problems[0]
            one.refusals.setdefault(f"{first.where}: {first.rule}", []).append(point)


def _tied(found: list[Varied], points: int) -> list[Varied]:
    """Those together that can be moved together only.

    A rule refuses to move one of them alone; they are the same figure (of the same name, with the same value and the
    same range) of several nouns; and moving all of them together is refused nowhere.
    """
    kinds: dict[Any, list[Varied]] = {}
    for one in found:
        of = one.of
        kind = id(one) if of is None else (steps_of(one.name)[-1], of.base, of.unit, one.low, one.high, one.taken)
        kinds.setdefault(kind, []).append(one)
    left: list[Varied] = []
    for alike in kinds.values():
        together = _together(alike, points) if len(alike) > 1 and any(one.refusals for one in alike) else None
        left += alike if together is None or together.refusals else [together]
    return left


def _together(alike: Sequence[Varied], points: int) -> Varied:
    """Several figures as one, which all of them are."""
    name, first = ", ".join(one.name for one in alike), alike[0]
    of = first.of and replace(first.of, name=name, shares=dict.fromkeys((one.name for one in alike), 1.0))
    together = Varied(name, of, first.low, first.high, first.taken)
    _look(together, points)
    return together
