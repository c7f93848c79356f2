"""One published result as people write it: persons, and the levels of those served and of their comparison.

What each way of writing a result means stands here, with what is refused; `published.py` and `observing.py` put results
together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np

from sib.errors import InputError, Problem, nearest
from sib.model.model import MetricModel
from sib.terms.base import spelt
from sib.terms.metric import Measure

LEVELS: Final = ("treated", "comparison", "n", "standard_error")
WAYS: Final[tuple[Measure, ...]] = ("improvement", "points", "units", "level")  # in which a result can be given
TOLERANCE: Final = 1e-9
_MOST = 1e15
_PER_CENT = 100.0


def known_name(key: Any) -> Any:
    """The name of a result: a period's may be given as a date."""
    return key.isoformat()[:10] if hasattr(key, "isoformat") else spelt(key)


def arms(
    metric: MetricModel, i: int, result: Any, where: str, reached: float | None = None
) -> tuple[float, float, float]:
    """Persons, treated and comparison level of one result as it is published; `where` names it in an error.

    `reached` are those who could reach it, in a funnel.

    Raises
    ------
    InputError
        Where it is given in no way, or in several, or is impossible.
    """
    persons = reached if reached is not None else float(metric.published_weights[i])
    comparison = float(metric.published_comparison[i])
    reads, value = way_of(metric, result, where)
    if isinstance(result, Mapping) and "n" in result:
        persons = persons_assessed(metric, result["n"], where)
    if reads is None:
        treated = number(result["treated"], where, "not negative", "treated")
        other = number(result["comparison"], where, "not negative", "comparison") if metric.compared else 0.0
        return persons, _possible(metric, treated, result, where, treated), other
    figure = number(value, where, "any", reads if isinstance(result, Mapping) else None)
    if reads == "units":
        of_somebody(figure, persons, result, where)
    change = {
        "improvement": comparison * figure,
        "points": figure,
        "units": figure / persons if persons else 0.0,
        "level": figure,
    }[reads]
    if not metric.compared or reads == "level":
        return persons, _possible(metric, change, result, where, None if reads == "units" else figure), comparison
    if reads == "units":
        units_possible(metric, figure, comparison, persons, result, where)
    rate = figure if reads == "improvement" else None
    return persons, _possible(metric, comparison + metric.sign * change, result, where, rate), comparison


def way_of(metric: MetricModel, result: Any, where: str) -> tuple[Measure | None, Any]:
    """In which way a result is given, and its figure; None where it is given as `treated` and `comparison`.

    Raises
    ------
    InputError
        Where it is given in no way that there is for the metric, or in several.
    """
    if not isinstance(result, Mapping):
        return metric.publishes, result
    for key in result:
        if key not in (*LEVELS, *WAYS):
            allowed = (*LEVELS, *WAYS)
            raise InputError(Problem(where, key, f"keys {', '.join(allowed)}", nearest(key, allowed)))
    named = [key for key in WAYS if key in result]
    if "treated" in result or "comparison" in result or not named:
        for key in ("treated", "comparison") if metric.compared else ("treated",):
            if key not in result:
                rule = "both levels, treated and comparison" if metric.compared else "the level, as treated"
                raise InputError(Problem(where, dict(result), rule, f"add {key!r}"))
        if named:
            raise InputError(
                Problem(where, dict(result), "a result is given in one way", f"leave out {', '.join(named)}")
            )
        return None, None
    if len(named) > 1:
        raise InputError(Problem(where, dict(result), "a result is given in one way", f"keep {named[0]!r} alone"))
    if named[0] in ("improvement", "points") and not metric.compared:
        raise InputError(
            Problem(where, dict(result), "what is compared with nothing has a level, or units", "write its level")
        )
    return named[0], result[named[0]]


def persons_assessed(metric: MetricModel, given: Any, where: str) -> float:
    """The persons on whom a result was measured, where it is measured a person."""
    if metric.law.additive:
        what = "persons who reach it" if metric.law.counts_persons else "units"
        rule = f"`{metric.name}` is so many {what} in all, whatever the number of persons assessed"
        raise InputError(Problem(f"{where}, n", given, rule, "leave `n` out"))
    return number(given, where, "positive", "n")


def of_somebody(units: float, persons: float, result: Any, where: str) -> None:
    """Units are of persons; where there are none, there are no units."""
    if units and not persons:
        rule = "units of nobody are none: nobody could reach it"
        raise InputError(Problem(where, result, rule, "correct the figure"))


def units_possible(
    metric: MetricModel, units: float, comparison: float, persons: float, result: Any, where: str
) -> None:
    """Units are what changed against the comparison, and leave no fewer than none of what there would have been.

    `comparison` is its level; `persons` those on whom it is measured, 1 for units in all.
    """
    most = comparison * persons
    if most + metric.sign * units >= -TOLERANCE * most:
        return
    against = "avoided" if metric.sign < 0 else "gained"
    rule = (
        f"units are those {against} against the comparison, not how many there were;"
        f" at its level there would be {most:,.12g} in all"
    )
    counted = "how many there were" if metric.law.additive else f"how many there were a person, of {persons:,.12g},"
    remedy = f'give {counted} as the level: {{"level": {abs(units) / persons:.12g}}}'
    raise InputError(Problem(where, result, rule, remedy))


def whole_persons(metric: MetricModel, result: Any, most: float, where: str) -> None:
    """A milestone counts persons, each once, so a result of it is a whole number; `most` could have reached it."""
    if not metric.law.counts_persons:
        return
    reads, value = way_of(metric, result, where)
    if isinstance(result, Mapping):
        figure = number(result[reads or "treated"], where, "any", reads or "treated")
    else:
        figure = number(value, where, "any")
    if abs(figure - round(figure)) <= TOLERANCE * max(figure, 1.0):
        return
    rule = "a whole number of persons: it counts those who reach it, each once"
    remedy = "correct the figure"
    if figure < 1 and most:
        most = most if math.isfinite(most) else float(metric.persons.sum())  # as planned, where more may come
        meant = figure * most
        rule += f"; {figure:g} of the {most:,.12g} who could are {meant:,.6g} persons"
        remedy = f"write {round(meant)}, if a share of them was meant"
    raise InputError(Problem(where, result, rule, remedy))


def _share(figure: float | None) -> str | None:
    """What to do where a share was meant by a figure in per cent; None where that cannot be."""
    if figure is None or not 1 < figure <= _PER_CENT:
        return None
    return f"write {figure / _PER_CENT:.12g} for {figure:.12g} per cent"


def _least(metric: MetricModel) -> str:
    """What can change at most, where fewer are better."""
    believed = ", as believed" if metric.written is None else ""
    return f"no more than there is without the programme: {metric.published_comparison.max():.6g} a person{believed}"


_BOTH = 'correct the figure, or give what was measured of both: {"treated": ..., "comparison": ...}'


def _possible(metric: MetricModel, treated: float, result: Any, where: str, figure: float | None = None) -> float:
    """The level of those served, if there can be one such; `figure` is what was written for it, where it is a rate."""
    if treated < 0 and not metric.compared:
        raise InputError(Problem(where, result, "a level or a number of units, not negative", "correct the figure"))
    if treated < -TOLERANCE * metric.published_comparison.max():
        raise InputError(
            Problem(
                where,
                result,
                "an improvement that leaves no fewer than zero events a person"
                if figure is not None
                else _least(metric),
                _share(figure) or ("write 0.084 for 8.4 per cent" if figure is not None else _BOTH),
            )
        )
    most = metric.law.highest_result
    if treated > most * (1 + TOLERANCE):
        what = "a share of persons, at most 1" if metric.law.is_share else f"at most {most:g} a person"
        remedy = "correct the figure"
        if metric.law.is_share:
            remedy = _share(figure) or "write 0.60 for 60 per cent"
        raise InputError(Problem(where, result, what, remedy))
    return max(min(treated, most), 0.0)


def number(value: Any, where: str, sign: Literal["any", "positive", "not negative"], key: str | None = None) -> float:
    """The figure, where it is one; `key` is that under which it stands in its result, where it stands under one.

    Raises
    ------
    InputError
        Where it is no number, or none that a result can be.
    """
    where = where if key is None else f"{where}, {key}"
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str):
        each = "..." if key is None else f'{{"{key}": ...}}'
        raise InputError(
            Problem(
                where,
                list(value),
                "one figure in each result",
                f"give a list of results instead: [{each}, {each}]",
            )
        )
    try:
        figure = math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        figure = math.nan
    fits = {"any": True, "positive": figure > 0, "not negative": figure >= 0}[sign]
    if not (abs(figure) <= _MOST and fits):
        rule = "a finite number" if sign == "any" else f"a finite number, {sign}"
        raise InputError(Problem(where, value, rule, "give the published figure as a decimal, as 0.084"))
    return figure
