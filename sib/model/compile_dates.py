"""Compiles when persons enrol and reach milestones: the months of each, and the laws of the delays between them."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sib.arrays import Floats
from sib.model.delays import Curve, Delay, EachAsLikely, Exponential, Intake, later
from sib.model.months import Months, by_result
from sib.model.origins.after import After
from sib.model.origins.reached import First
from sib.scenario.result_days import Result
from sib.scenario.scenario import Scenario
from sib.terms.calendar import add_months
from sib.terms.deal import Cohort
from sib.terms.metric import Metric
from sib.terms.programme import Timing

_IRREGULAR: Final = 12  # months beyond what is believed, in which records may show somebody
_FIRST = Timing(months=0)  # a milestone is reached on enrolment, or with the one before, unless the beliefs say later


@dataclass(frozen=True)
class _Days:
    """The days from which months count, and how many persons are expected in each, were all to reach it."""

    days: tuple[dt.date, ...]
    expected: Floats


class Dates:
    """When the persons of a scenario enrol and reach milestones by period.

    Parameters
    ----------
    scenario : Scenario
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._days: dict[str, _Days] = {}
        self._lines: dict[dt.date, list[dt.date]] = {}
        self._place = {metric.name: i for i, metric in enumerate(scenario.metrics)}
        self._split = {
            metric.among for metric in scenario.metrics if metric.once
        }  # another milestone counts from there

    def reached(self, metric: Metric) -> First | After:
        """How a milestone by period is reached."""
        scenario = self.scenario
        days, results, timing = self._of(metric), self._results(metric), self._timing(metric)
        result = _falls_in(results)
        months = Months(tuple(day.isoformat() for day in days.days), np.array([result(day) for day in days.days]))
        place = {day: i for i, day in enumerate(days.days)}
        split = metric.name in self._split
        if metric.among is not None:
            above = self._of(scenario.timetable.metrics[metric.among])
            most = _most(timing, above.days[0], results[-1].date) if above.days else 0
            places = [[place.get(then, -1) for then in self._onwards(day, most)] for day in above.days]
            table = np.array(places, dtype=np.intp).reshape(len(above.days), most + 1)
            return After(months, days.expected, split, self._place[metric.among], _delay(timing), table)
        served = scenario.timetable.served
        each = [[place.get(day, -1) for day in self._until(cohort, results[-1].date)] for cohort in served]
        everybody = days.expected.sum()
        return First(
            months,
            days.expected,
            split,
            intakes=tuple(intake_of(scenario, cohort) for cohort in served),
            places=tuple(np.array(one, dtype=np.intp) for one in each),
            delay=None if timing.shares is not None else _delay(timing),
            shares=days.expected / everybody if everybody > 0 else days.expected,
        )

    def shares(self, metric: Metric) -> Floats:
        """The share of persons that falls in each result; who comes after the last is lost."""
        days, results = self._of(metric), self._results(metric)
        result = _falls_in(results)
        persons = by_result(np.array([result(day) for day in days.days], dtype=np.intp), days.expected, len(results))
        shares: Floats = persons / sum(cohort.size for cohort in self.scenario.timetable.served)
        return shares

    def _of(self, metric: Metric) -> _Days:
        """The days of the months in which a metric by period can be reached."""
        if metric.name not in self._days:
            shares = self._timing(metric).shares
            if shares is not None:
                found = _believed(self.scenario, self._results(metric), shares)
            elif metric.among is None:
                found = self._from_enrolment(metric)
            else:
                found = self._from_another(metric, self._of(self.scenario.timetable.metrics[metric.among]))
            self._days[metric.name] = _Days(tuple(sorted(found)), np.array([found[day] for day in sorted(found)]))
        return self._days[metric.name]

    def _from_enrolment(self, metric: Metric) -> dict[dt.date, float]:
        scenario, takes, last = self.scenario, _delay(self._timing(metric)), self._results(metric)[-1].date
        referrals, found = scenario.beliefs.referrals, dict[dt.date, float]()
        late = np.zeros(1) if referrals is None else np.full(1, sum(referrals.late) / 2.0)
        for cohort in scenario.timetable.served:
            intake, days = intake_of(scenario, cohort), self._until(cohort, last)
            come = 1.0 if referrals is None else referrals.mean * come_slowly(scenario, cohort)
            chances = later(intake.chances(len(days) - 1, late), takes.chances(len(days) - 1))[:, 0]
            for day, chance in zip(days, chances, strict=True):
                if day <= last:
                    found[day] = found.get(day, 0.0) + intake.persons * come * float(chance)
        return found

    def _from_another(self, metric: Metric, above: _Days) -> dict[dt.date, float]:
        timing, last = self._timing(metric), self._results(metric)[-1].date
        chances = _delay(timing).chances(_most(timing, above.days[0], last) if above.days else 0)[:, 0]
        found = dict[dt.date, float]()
        for day, persons in zip(above.days, above.expected, strict=True):
            for then, share in zip(self._onwards(day, len(chances) - 1), (persons * chances).tolist(), strict=True):
                if then > last:
                    break
                found[then] = found.get(then, 0.0) + share
        return found

    def _timing(self, metric: Metric) -> Timing:
        return self.scenario.beliefs.timing.get(metric.same_as or metric.name, _FIRST)

    def _results(self, metric: Metric) -> tuple[Result, ...]:
        return self.scenario.timetable.results(metric.name)

    def _until(self, cohort: Cohort, last: dt.date) -> list[dt.date]:
        """The first days of the months from a cohort's first to the last result; the first month at least."""
        first = cohort.enrol.starts
        days = self._onwards(first, max((last.year - first.year) * 12 + last.month - first.month, 0))
        return days[: max(bisect_right(days, last), 1)]

    def _onwards(self, day: dt.date, number: int) -> list[dt.date]:
        """A day, and the days up to so many months later.

        Days lie on few lines: each is so many months after some day in the first January.
        """
        months = (day.year - self.scenario.start.year) * 12 + day.month - 1
        first = add_months(day, -months)
        line = self._lines.setdefault(first, [])
        while len(line) <= months + number:
            line.append(add_months(first, len(line)))
        return line[months : months + number + 1]


def _believed(scenario: Scenario, results: Sequence[Result], shares: Sequence[float]) -> dict[dt.date, float]:
    """The months back from each result to the one before, of which each is as likely."""
    persons, before = sum(cohort.size for cohort in scenario.timetable.served), scenario.start
    found: dict[dt.date, float] = {}
    for result, share in zip(results, shares, strict=True):
        days, number = [result.date], 1
        while add_months(result.date, -number) > before:
            days.append(add_months(result.date, -number))
            number += 1
        found |= {day: persons * share / len(days) for day in days}
        before = result.date
    return found


def intake_of(scenario: Scenario, cohort: Cohort) -> Intake:
    """Who enrols when: evenly over the months, but for a slow beginning."""
    return Intake(cohort.name, float(cohort.size), _pace(scenario, cohort))


def _pace(scenario: Scenario, cohort: Cohort) -> Floats:
    """How many come in each month, relative to an even intake of the planned persons, (months,)."""
    referrals, months = scenario.beliefs.referrals, cohort.enrol.over_months
    pace = np.ones(months)
    if referrals is not None and referrals.ramp_up is not None:
        early = np.repeat(referrals.ramp_up.shares, referrals.ramp_up.every_months)[:months]
        pace[: len(early)] = early
    return pace


def come_slowly(scenario: Scenario, cohort: Cohort) -> float:
    """The share of the planned persons of a cohort who come, for a slow beginning."""
    return float(_pace(scenario, cohort).mean())


def _delay(timing: Timing) -> Delay:
    """The law of the months that persons take."""
    if timing.mean_months is not None:
        return Exponential(timing.mean_months, timing.never)
    if timing.reached_by is not None:
        months, shares = zip(*timing.reached_by, strict=True)
        return Curve(np.array(months), np.array(shares))
    return EachAsLikely(*timing.range)


def _most(timing: Timing, first: dt.date, last: dt.date) -> int:
    """The most months that somebody takes who is counted: to the last result, or as the delay has it and some more."""
    longest = math.inf if timing.pace_sd > 0 else _delay(timing).longest + _IRREGULAR
    number = max((last.year - first.year) * 12 + last.month - first.month, 0)
    return number if longest > number else math.ceil(longest)


def _falls_in(results: Sequence[Result]) -> Callable[[dt.date], int]:
    """In which result who reaches something on a day is counted: the first from that day on."""
    return lambda day: bisect_left(results, day, key=lambda result: result.date)
