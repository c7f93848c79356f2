"""`ResultDays`: which results there are, when each is published, and which metrics depend on which. From terms alone.

What the timetable of costs and payments stands on. Each answer is worked out when it is first asked for, and kept.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, wraps
from graphlib import TopologicalSorter
from typing import Any, Literal, NamedTuple, TypeVar, TypeVarTuple

from sib.scenario.terms import Terms
from sib.terms.calendar import add_months
from sib.terms.deal import Cohort, Event
from sib.terms.metric import Metric, Reporting

Of = TypeVarTuple("Of")
Self_ = TypeVar("Self_", bound="ResultDays")
Answer = TypeVar("Answer")


class Result(NamedTuple):
    """One result of a metric: of a cohort, by its name, or of a period, by its date."""

    name: str
    date: dt.date


def once(method: Callable[[Self_, *Of], Answer]) -> Callable[[Self_, *Of], Answer]:
    """A method that works out each answer once. `functools.cache` would keep every timetable as well."""

    @wraps(method)
    def asked(self: Self_, *of: *Of) -> Answer:
        key = (method.__name__, *of)
        if key not in self.known:
            self.known[key] = method(self, *of)
        answer: Answer = self.known[key]
        return answer

    return asked


class ResultDays:
    """The results of a contract's metrics, and the days on which they are known.

    Parameters
    ----------
    terms : Terms
        The terms of a scenario. They need not agree with each other yet.
    """

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.known: dict[tuple[object, ...], Any] = {}  # answers, by what was asked

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """The metrics by name, in the order of the file."""
        return {metric.name: metric for metric in self.terms.metrics}

    # Who is served, and what ends for certain

    @once
    def ended(self, kind: Literal["cohorts", "costs", "payments"]) -> Mapping[str, dt.date]:
        """The cohorts, costs or payments that end for certain, and from when."""
        dates: dict[str, dt.date] = {}
        for event in self.terms.events:
            for name in getattr(event, kind) if event.certain else ():
                dates[name] = min(event.date, dates.get(name, event.date))
        return dates

    @cached_property
    def served(self) -> tuple[Cohort, ...]:
        """The cohorts whose results are measured: all that are not given up for certain."""
        return tuple(cohort for cohort in self.terms.cohorts if cohort.name not in self.ended("cohorts"))

    # Metrics and their results

    @once
    def depends_on(self, name: str) -> tuple[str, ...]:
        """The metrics that one is worked out from, or that it can be reached from."""
        metric = self.metrics[name]
        if metric.persons_with is not None:
            return metric.persons_with.none_of + metric.persons_with.any_of
        if metric.parts:
            return tuple(dict.fromkeys(part.metric for part in metric.parts))
        return tuple(other for other in (metric.with_any, metric.interim_of, metric.among) if other is not None)

    @cached_property
    def ordered(self) -> tuple[str, ...]:
        """The metrics, each after those that it depends on. Raises CycleError where they hang on each other."""
        return tuple(TopologicalSorter({name: self.depends_on(name) for name in self.metrics}).static_order())

    def measured_by(self, name: str) -> Metric:
        """The metric whose persons are measured: itself, or the one on whose persons it is counted."""
        return self._measured_by[name]

    @cached_property
    def _measured_by(self) -> Mapping[str, Metric]:
        found: dict[str, Metric] = {}
        for name in self.ordered:
            metric = self.metrics[name]
            counted = metric.persons_with or metric.with_any or metric.interim_of
            found[name] = found[self.depends_on(name)[0]] if counted else metric
        return found

    @once
    def believed_as(self, name: str) -> str:
        """The metric under whose name beliefs hold for what is measured: itself, or the one that it is the same as."""
        measured = self.measured_by(name)
        return measured.same_as or measured.name

    def compared(self, name: str) -> bool:
        """Whether a metric is compared with anything; one that is counted on another's persons is as that one."""
        return self.measured_by(name).compared

    @cached_property
    def verified(self) -> tuple[str, ...]:
        """The metrics of outcomes that are counted and compared with nothing: some would have come anyway."""
        return tuple(
            metric.name
            for metric in self.terms.metrics
            if not metric.parts and metric.better == "higher" and not self.compared(metric.name)
        )

    def reporting(self, name: str) -> Reporting:
        """How a metric's results are published: as its own terms say, or as those of the one that it depends on."""
        return self._reporting[name]

    @cached_property
    def _reporting(self) -> Mapping[str, Reporting]:
        found: dict[str, Reporting] = {}
        for name in self.ordered:
            found[name] = self.metrics[name].reported or found[self.depends_on(name)[0]]
        return found

    def how_many(self, name: str) -> int:
        """How many results a metric has, as its terms say: no more than `results` has."""
        reported = self.reporting(name)
        many = len(reported.periods or ()) or reported.times
        return many if reported.by_period and many is not None else len(self.served)

    @cached_property
    def parts(self) -> Mapping[str, int]:
        """How many parts each metric comes to, those of the indices in it counted: one where it is no index."""
        found: dict[str, int] = {}
        for name in self.ordered:
            found[name] = sum(found[part.metric] for part in self.metrics[name].parts) or 1
        return found

    def results(self, name: str) -> tuple[Result, ...]:
        """All results of a metric, in order. One that depends on others is known when the last of these is.

        Where there are not as many dates as cohorts, or metrics that hang together are not reported alike, those that
        there are: the rules refuse it.
        """
        return self._results[name]

    @cached_property
    def _results(self) -> Mapping[str, tuple[Result, ...]]:
        found: dict[str, tuple[Result, ...]] = {}
        for name in self.ordered:
            reported, above = self.metrics[name].reported, [found[other] for other in self.depends_on(name)]
            if reported is not None:
                found[name] = tuple(self._published(reported))
            elif len(above) == 1:
                found[name] = above[0]
            else:
                found[name] = tuple(
                    Result(same[0].name, max(r.date for r in same)) for same in zip(*above, strict=False)
                )
        return found

    def _published(self, reported: Reporting) -> Iterator[Result]:
        """The results that a metric has of its own."""
        if reported.by_period:
            days = reported.periods or tuple(
                add_months(reported.first or self.terms.start, number * (reported.every_months or 0))
                for number in range(reported.times or 0)
            )
            yield from (Result(day.isoformat(), day) for day in days)
        elif reported.dates is not None:
            yield from (Result(cohort.name, day) for cohort, day in zip(self.served, reported.dates, strict=False))
        else:
            lag = reported.months_after_enrolment or 0
            yield from (Result(cohort.name, add_months(cohort.enrol.last_day, lag)) for cohort in self.served)

    @once
    def result_names(self, name: str) -> tuple[str, ...]:
        """The names of a metric's results, in order: its cohorts, or its periods."""
        return tuple(result.name for result in self.results(name))

    @once
    def positions(self, name: str) -> Mapping[str, int]:
        """Where each result of a metric stands, by its name."""
        return {result: position for position, result in enumerate(self.result_names(name))}

    def decided_on(self, event: Event) -> tuple[int, ...]:
        """The results on which an event is decided: all that are known by its date, or the latest of them."""
        if event.metric is None:
            return ()
        known = self.known_by(event.metric, event.date)
        results = self.results(event.metric)
        last = max((results[i].date for i in known), default=None)
        return tuple(i for i in known if not event.latest or results[i].date == last)

    @once
    def known_by(self, name: str, day: dt.date) -> tuple[int, ...]:
        """The results of a metric that are published by a day, by position; of a cumulative one the last."""
        places, _ = self._by_day(name)
        found = tuple(sorted(places[: self._known(name, day)]))
        return found[-1:] if self.reporting(name).cumulative else found

    def how_many_by(self, name: str, day: dt.date) -> int:
        """How many results of a metric `known_by` has."""
        return min(self._known(name, day), 1) if self.reporting(name).cumulative else self._known(name, day)

    def _known(self, name: str, day: dt.date) -> int:
        return bisect_right(self._by_day(name)[1], day)

    @once
    def _by_day(self, name: str) -> tuple[tuple[int, ...], tuple[dt.date, ...]]:
        """The results of a metric in the order in which they are published, by position; and these days."""
        dates = [result.date for result in self.results(name)]
        places = tuple(sorted(range(len(dates)), key=dates.__getitem__))
        return places, tuple(dates[place] for place in places)
