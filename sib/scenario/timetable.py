"""The timetable: when each thing that the contract says falls due. Used by the checks and compiled by the engine."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from sib.terms.calendar import add_months

if TYPE_CHECKING:
    from sib.scenario.scenario import Scenario
    from sib.terms.deal import Cohort, Cost
    from sib.terms.metric import Metric, Reporting
    from sib.terms.payment import Payment


class Instalment(NamedTuple):
    """One instalment of a cost. `cohort` is None for a cost of the whole deal; `rank` for one that is not deferred."""

    date: dt.date
    cost: str
    to: str
    label: str
    amount: float
    cohort: str | None
    rank: int | None


class Result(NamedTuple):
    """One result of a metric: of a cohort, by its name, or of a period, by its date."""

    name: str
    date: dt.date


class Claim(NamedTuple):
    """One occasion on which a payment is tested: on which results, by position; when it falls due; for which cost."""

    results: tuple[int, ...]
    date: dt.date
    label: str
    instalment: Instalment | None


def cancelled(scenario: Scenario) -> dict[str, dt.date]:
    """The cohorts that are given up for certain, and from when."""
    dates: dict[str, dt.date] = {}
    for event in scenario.events:
        for cohort in event.cohorts if event.certain else ():
            dates[cohort] = min(event.date, dates.get(cohort, event.date))
    return dates


def ended(scenario: Scenario, kind: str) -> dict[str, dt.date]:
    """The costs or the payments that end for certain, and from when."""
    dates: dict[str, dt.date] = {}
    for event in scenario.events:
        for name in getattr(event, kind) if event.certain else ():
            dates[name] = min(event.date, dates.get(name, event.date))
    return dates


def served(scenario: Scenario) -> tuple[Cohort, ...]:
    """The cohorts whose results are measured: all that are not given up for certain."""
    gone = cancelled(scenario)
    return tuple(cohort for cohort in scenario.cohorts if cohort.name not in gone)


def instalments(scenario: Scenario) -> list[Instalment]:
    """All instalments of all costs, by date; those that a certain event ends are left out."""
    due = [item for cost in scenario.costs for item in _instalments(scenario, cost)]
    return sorted(due, key=lambda item: item.date)


def _instalments(scenario: Scenario, cost: Cost) -> list[Instalment]:
    gone, stopped = cancelled(scenario), ended(scenario, "costs")
    starts: list[tuple[dt.date, float, str | None]]
    if cost.per == "deal":
        starts = [(cost.starts or scenario.start, cost.amount, None)]
    else:
        starts = [
            (cohort.enrol.starts, cost.amount * (cohort.size if cost.per == "person" else 1), cohort.name)
            for cohort in scenario.cohorts
        ]
    due = []
    for first, amount, name in starts:
        label = cost.name if name is None else f"{cost.name}, cohort {name}"
        for number in range(cost.instalments):
            date = add_months(first, number * cost.every_months)
            ends = [end for end in (gone.get(name or ""), stopped.get(cost.name)) if end is not None]
            if not ends or date < min(ends):
                due.append(Instalment(date, cost.name, cost.to, label, amount / cost.instalments, name, cost.rank))
    return due


def metric_of(scenario: Scenario, name: str) -> Metric:
    """The metric of a name."""
    return next(metric for metric in scenario.metrics if metric.name == name)


def parents(metric: Metric) -> tuple[str, ...]:
    """The metrics that one is worked out from, or that it can be reached from."""
    if metric.persons_with is not None:
        return metric.persons_with.none_of + metric.persons_with.any_of
    if metric.parts:
        return tuple(dict.fromkeys(part.metric for part in metric.parts))
    return tuple(name for name in (metric.with_any, metric.interim_of, metric.among) if name is not None)


def reporting(scenario: Scenario, metric: Metric) -> Reporting:
    """How a metric's results are published: as its own terms say, or as the metric's that it hangs on."""
    while metric.reported is None:
        metric = metric_of(scenario, parents(metric)[0])
    return metric.reported


def results(scenario: Scenario, metric: Metric) -> tuple[Result, ...]:
    """All results of a metric, in order. One that is worked out from others is known when the last of these is."""
    if metric.reported is None:
        above = [results(scenario, metric_of(scenario, name)) for name in parents(metric)]
        return tuple(Result(same[0].name, max(r.date for r in same)) for same in zip(*above, strict=True))
    reported = metric.reported
    if reported.by_period:
        days = reported.periods or tuple(
            add_months(reported.first or scenario.start, number * (reported.every_months or 0))
            for number in range(reported.times or 0)
        )
        return tuple(Result(day.isoformat(), day) for day in days)
    cohorts = served(scenario)
    if reported.dates is not None:
        return tuple(Result(cohort.name, day) for cohort, day in zip(cohorts, reported.dates, strict=True))
    lag = reported.months_after_enrolment or 0
    return tuple(Result(cohort.name, add_months(cohort.enrol.last_day, lag)) for cohort in cohorts)


def tested_alike(scenario: Scenario, payment: Payment, other: Payment) -> bool:
    """Whether two payments are tested one by one on the same cohorts or periods."""
    if payment.metric is None or other.metric is None or {payment.scope, other.scope} - {"cohort", "period"}:
        return False
    names = [[r.name for r in results(scenario, metric_of(scenario, p.metric or ""))] for p in (payment, other)]
    return names[0] == names[1]


def claims(scenario: Scenario, payment: Payment) -> list[Claim]:
    """All occasions on which a payment is tested, by date; those that a certain event ends are left out."""
    stopped = ended(scenario, "payments").get(payment.name)
    found = _fixed(scenario, payment) if payment.metric is None else _measured(scenario, payment, payment.metric)
    return [claim for claim in found if stopped is None or claim.date < stopped]


def _fixed(scenario: Scenario, payment: Payment) -> list[Claim]:
    if payment.of is not None and payment.of.cost is not None:
        cost = next(cost for cost in scenario.costs if cost.name == payment.of.cost)
        return [
            Claim((), add_months(item.date, payment.months_after_result), f"{payment.name}, {item.date}", item)
            for item in sorted(_instalments(scenario, cost), key=lambda item: item.date)
        ]
    due = payment.due
    if due is None:
        return []
    days = due.dates or tuple(
        add_months(due.starts or scenario.start, number * (due.every_months or 0)) for number in range(due.times or 0)
    )
    several = len(days) > 1
    return [Claim((), day, f"{payment.name}, {day}" if several else payment.name, None) for day in sorted(days)]


def _measured(scenario: Scenario, payment: Payment, name: str) -> list[Claim]:
    metric = metric_of(scenario, name)
    known = results(scenario, metric)
    first, last = payment.published_from, payment.published_until
    chosen = [
        (position, result)
        for position, result in enumerate(known)
        if (payment.cohorts is None or result.name in payment.cohorts)
        and (first is None or result.date >= first)
        and (last is None or result.date <= last)
    ]
    cumulative = reporting(scenario, metric).cumulative
    groups: list[tuple[tuple[int, ...], str]]
    match payment.scope:
        case "cohort":
            groups = [((position,), f"{payment.name}, cohort {result.name}") for position, result in chosen]
        case "period":
            groups = [((position,), f"{payment.name}, {result.name}") for position, result in chosen]
        case "to date":
            ordered = sorted(chosen, key=lambda item: item[1].date)
            groups = [
                (
                    (position,) if cumulative else tuple(p for p, _ in ordered[: number + 1]),
                    f"{payment.name}, to {result.name}",
                )
                for number, (position, result) in enumerate(ordered)
            ]
        case _:
            everybody = tuple(position for position, _ in chosen)
            groups = [(everybody[-1:] if cumulative else everybody, payment.name)] if chosen else []
    return [
        Claim(
            members,
            add_months(max(known[position].date for position in members), payment.months_after_result),
            label,
            None,
        )
        for members, label in groups
    ]


def profiles(scenario: Scenario) -> tuple[frozenset[int], ...]:
    """The sets of milestones under ceilings that one person can have reached, fewest first."""
    names = [m.name for m in scenario.metrics]
    on = {name for limit in scenario.limits if limit.per_person is not None for name in limit.on}
    tracked = {p.metric for p in scenario.payments if p.name in on and p.metric is not None}
    found = {frozenset[int]()}
    for index, metric in enumerate(scenario.metrics):
        if metric.name in tracked:
            above = metric.among if metric.among in tracked else None
            found |= {before | {index} for before in found if above is None or names.index(above) in before}
    return tuple(sorted(found, key=lambda profile: (len(profile), sorted(profile))))
