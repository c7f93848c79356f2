"""The timetable: when each thing that the contract says falls due. Used by the checks and compiled by the engine."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from sib.terms.calendar import add_months

if TYPE_CHECKING:
    from sib.terms.deal import Cohort, Metric, Payment
    from sib.terms.scenario import Scenario


class Instalment(NamedTuple):
    """One instalment of a cost. `cohort` is None for a cost of the whole deal."""

    date: dt.date
    to: str
    label: str
    amount: float
    cohort: str | None


def cancelled(scenario: Scenario) -> dict[str, dt.date]:
    """The cohorts that are given up, and from when."""
    dates: dict[str, dt.date] = {}
    for event in scenario.events:
        for cohort in event.cohorts:
            dates[cohort] = min(event.date, dates.get(cohort, event.date))
    return dates


def served(scenario: Scenario) -> tuple[Cohort, ...]:
    """The cohorts whose results are measured: all that are not given up."""
    gone = cancelled(scenario)
    return tuple(cohort for cohort in scenario.cohorts if cohort.name not in gone)


def instalments(scenario: Scenario) -> list[Instalment]:
    """All instalments of all costs, by date; those of a cohort stop on the day it is given up."""
    gone = cancelled(scenario)
    due = []
    for cost in scenario.costs:
        starts: list[tuple[dt.date, float, str | None]]
        if cost.per == "deal":
            starts = [(cost.starts or scenario.start, cost.amount, None)]
        else:
            starts = [
                (
                    cohort.enrol.starts,
                    cost.amount * (cohort.size if cost.per == "person" else 1),
                    cohort.name,
                )
                for cohort in scenario.cohorts
            ]
        for first, amount, name in starts:
            label = cost.name if name is None else f"{cost.name}, cohort {name}"
            for number in range(cost.instalments):
                date = add_months(first, number * cost.every_months)
                if name is None or name not in gone or date < gone[name]:
                    due.append(Instalment(date, cost.to, label, amount / cost.instalments, name))
    return sorted(due, key=lambda item: item.date)


def result_dates(scenario: Scenario, metric: Metric) -> dict[str, dt.date]:
    """When each served cohort's result is published."""
    cohorts = served(scenario)
    if metric.reported.dates is not None:
        return {cohort.name: day for cohort, day in zip(cohorts, metric.reported.dates, strict=True)}
    lag = metric.reported.months_after_enrolment or 0
    return {cohort.name: add_months(cohort.enrol.last_day, lag) for cohort in cohorts}


def payment_dates(scenario: Scenario, payment: Payment) -> dict[tuple[str, ...], dt.date]:
    """When a payment falls due, for each group of cohorts that it is tested on."""
    metric = next(metric for metric in scenario.metrics if metric.name == payment.metric)
    published = result_dates(scenario, metric)
    groups = [(name,) for name in published] if payment.scope == "cohort" else [tuple(published)]
    return {group: add_months(max(published[name] for name in group), payment.months_after_result) for group in groups}
