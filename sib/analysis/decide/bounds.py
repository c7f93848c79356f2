"""Bounds: between which values of an input to look, and which of these a scenario allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import takewhile

import numpy as np

from sib.analysis.decide.inputs import Input, Range
from sib.analysis.decide.roots import RESOLUTION, Line, shortest
from sib.errors import InputError, Problem, ScenarioError
from sib.measures.arguments import numbers


def line_of(varied: Input, within: tuple[float, float] | None) -> Line:
    """The values between the bounds that were passed, or those of the file; whole numbers alone where it is one.

    Raises
    ------
    InputError
        Where there are no bounds, or they are not two numbers of which the first is the lower.
    """
    low, high = _bounds(varied, within)
    if not varied.whole:
        return Line(low, high)
    least, most = math.ceil(low), math.floor(high)
    if least >= most:
        rule = "bounds with two whole numbers between them at least: the figure is one"
        raise InputError(Problem("within", (low, high), rule, f"pass, for example, within=({least}, {least + 1})"))
    return Line(least, most, whole=True)


def partly_refused(varied: Input, line: Line, points: int) -> InputError:
    """What is said where a scenario refuses some of the values: by which rule, and which part of them it does not."""
    values = line.spread(points)
    refused = _refusals(varied, values)
    problem = next(problem for problem in refused if problem is not None)
    came = (line.low, line.high)
    if all(refused):
        rule = f"values that the scenario allows; at {problem.where}: {problem.rule}"
        return InputError(Problem("within", came, rule, problem.remedy))
    first = refused.index(None)
    last = first + len(list(takewhile(lambda one: one is None, refused[first:]))) - 1
    low = values[0] if first == 0 else _edge(varied, line, values[first], values[first - 1])
    high = values[-1] if last == len(values) - 1 else _edge(varied, line, values[last], values[last + 1])
    if low == high:
        rule = f"values that the scenario allows: {low:.12g} alone; beyond, at {problem.where}: {problem.rule}"
        return InputError(Problem("within", came, rule, "vary another figure, or several that have to move together"))
    rule = (
        f"values that the scenario allows: from {low:.12g} to {high:.12g}; beyond, at {problem.where}: {problem.rule}"
    )
    return InputError(Problem("within", came, rule, f"pass within=({low:.12g}, {high:.12g})"))


def _bounds(varied: Input, within: tuple[float, float] | None) -> Range:
    """The bounds that were passed, or those of the file."""
    if within is None and varied.range is not None and varied.range.low < varied.range.high:
        return varied.range
    if within is None:
        why = "a factor has none of its own" if varied.unit == "times" else "the file gives this figure no range"
        example = (varied.base / 2, varied.base * 2) if varied.base > 0 else (0.0, 0.1)
        remedy = f"pass, for example, within=({example[0]:.12g}, {example[1]:.12g})"
        raise InputError(Problem("within", None, f"bounds between which to look; {why}", remedy))
    found = numbers("within", within if np.ndim(within) else [within])
    if found.shape != (2,):
        raise InputError(Problem("within", within, "two numbers, the lower bound first", "pass within=(low, high)"))
    low, high = found.tolist()
    if not low < high:
        remedy = f"pass within=({high:.12g}, {low:.12g})" if high < low else "pass two different bounds"
        raise InputError(Problem("within", within, "the lower bound first, and the upper above it", remedy))
    return Range(low, high)


def _refusals(varied: Input, values: Sequence[float]) -> list[Problem | None]:
    """Why a scenario refuses each value; None where it does not."""
    found: list[Problem | None] = []
    for value in values:
        try:
            varied.at(value)
        except ScenarioError as error:
            found.append(error.problems[0])
        else:
            found.append(None)
    return found


def _edge(varied: Input, line: Line, inside: float, outside: float) -> float:
    """The plainest value near the end of what is allowed that is itself allowed."""
    while line.share(inside, outside) > RESOLUTION:
        middle = line.middle(inside, outside)
        if middle in (inside, outside):
            return inside
        inside, outside = (inside, middle) if _refusals(varied, [middle])[0] else (middle, outside)
    plain = shortest(min(inside, outside), max(inside, outside))
    return inside if _refusals(varied, [plain])[0] else plain
