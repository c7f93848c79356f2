"""Turns results in hand, as people write them, into what beliefs are weighed by. What cannot be weighed raises."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

from sib.analysis.counted import counted_once, day_of, most_persons
from sib.analysis.one_result import arms, known_name, whole_persons
from sib.errors import InputError, Problem, nearest, shown
from sib.model.model import MetricModel
from sib.model.observed import Observed, Seen
from sib.run.recipe import Deal
from sib.scenario.paths import path_of
from sib.scenario.scenario import Scenario
from sib.terms.base import spelt

_SOME: Final = 8  # results that a message lists
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def observed_of(deal: Deal, observed: Mapping[str, Any], through: dt.date | None = None) -> Observed:
    """Results in hand of some cohorts or periods, by metric; of a period that is not over, up to a day.

    Raises
    ------
    InputError
        Where there is no such metric, cohort or period, a result is impossible, or it has no chance in it that could
        tell one belief from another.
    """
    names = [metric.name for metric in deal.model.metrics]
    found = {}
    for written, given in observed.items():
        name = spelt(written)
        where = f"observed[{shown(name)}]"
        if name not in names:
            raise InputError(Problem(where, given, "a metric of the deal", nearest(name, names)))
        index = names.index(name)
        metric = deal.model.metrics[index]
        can_be_weighed(metric, where)
        if not isinstance(given, Mapping):
            rule, remedy = f"a result by {metric.each}", f"name the {metric.each}: {{{metric.results[0]!r}: ...}}"
            raise InputError(Problem(where, given, rule, remedy))
        rows = {}
        for key, result in given.items():
            which = known_name(key)
            if which not in metric.results:
                raise InputError(not_reported(where, key, which, metric))
            row = metric.results.index(which)
            if row in rows:
                raise InputError(Problem(where, key, f"each {metric.each} once", f"keep one of those of {which}"))
            at = f"{where}, {metric.each} {which}"
            persons, treated, comparison = arms(metric, row, result, at)
            whole_persons(metric, result, most_persons(deal, metric, row), at)
            if metric.compared and comparison <= 0:
                raise InputError(
                    Problem(where, result, "a comparison above zero", "an improvement on nothing cannot be weighed")
                )
            rows[row] = Seen(persons, treated, comparison)
        found[index] = dict(sorted(rows.items()))
    if not any(found.values()):
        raise InputError(
            Problem("observed", dict(observed), "one result at least", 'pass {"reconvictions": {"1": 0.084}}')
        )
    given = Observed({index: rows for index, rows in found.items() if rows}, day_of(through))
    counted_once(deal, given)
    return given


def not_reported(where: str, came: object, called: object, metric: MetricModel) -> Problem:
    """What is wrong with a cohort or period of which a metric has no result."""
    names, name = metric.results, str(called)
    every = ", ".join(names) if len(names) <= _SOME else f"{names[0]}, {names[1]}, ... to {names[-1]}"
    remedy = nearest(name, names)
    if metric.by_period and not _DAY.fullmatch(name):
        remedy = f"write the day of the result as YYYY-MM-DD: {names[0]}"
    elif metric.by_period:
        later = next((one for one in names if one > name), None)
        remedy = f"the last result is {names[-1]}"
        if later is not None:
            remedy = f"name the period by the day of its result, {later}"
            remedy += f"; where it is not over, add through={name}" if name[-2:] >= "28" else ""
    return Problem(where, came, f"a {metric.each} whose result the deal reads: {every}", remedy)


def can_be_weighed(metric: MetricModel, where: str) -> None:
    """Refuse what no likelihood is known of."""
    if metric.origin.same_as is not None:
        rule = "results in hand of one of two estimates of one effect: the other follows from the same persons"
        raise InputError(Problem(where, metric.name, rule, "observe the metric that it is the same as"))
    if not metric.origin.weighed:
        raise InputError(
            Problem(where, metric.name, "a metric that is measured by itself", "observe the metric that it hangs on")
        )
    if metric.cumulative:
        raise InputError(
            Problem(
                where,
                metric.name,
                "results that stand by themselves; those of this metric are over everybody so far",
                "report it by period without `cumulative`, and observe each period's own result",
            )
        )
    certain = metric.law.exact
    if certain and not metric.compared:
        raise InputError(
            Problem(
                where,
                metric.name,
                "a result with chance in it: without, it cannot be weighed against what was believed",
                f"say how it varies: `person_sd` in {path_of(['beliefs', 'levels', metric.name])}",
            )
        )


def published_by(scenario: Scenario, deal: Deal, observed: Observed) -> dt.date:
    """The day on which the last of the results in hand is published."""
    days = [
        scenario.timetable.results(scenario.metrics[index].name)[row].date
        for index, rows in observed.seen.items()
        for row in rows
    ]
    return max(days)
