"""Rules about metrics: none depends on itself, results are known when they are reported and read as they can be."""

from __future__ import annotations

import datetime as dt
import math
from graphlib import CycleError
from itertools import count

from sib.errors import MISSING, Refusal
from sib.scenario.rules.names import Path, one_of
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.calendar import add_months
from sib.terms.deal import Cohort
from sib.terms.levels import Levels
from sib.terms.metric import Metric


def dependencies(terms: Terms, timetable: Timetable) -> None:
    """Refuse metrics that depend on one that is not there, or on themselves."""
    for i, metric in enumerate(terms.metrics):
        key = _key(metric)
        for name in timetable.depends_on(metric.name):
            one_of(name, timetable.metrics, ("metrics", i, key), f"`{key}` names metrics")
    try:
        _ = timetable.ordered
    except CycleError as error:
        circle = set(error.args[1])
        i = next(i for i, metric in enumerate(terms.metrics) if metric.name in circle)
        raise Refusal(
            ("metrics", i, _key(terms.metrics[i])),
            ", ".join(sorted(circle)),
            "metrics do not hang on each other in a circle",
            "decide which of them is measured by itself",
        ) from None


def _key(metric: Metric) -> str:
    """The key that names the metrics that one depends on."""
    keys = ("persons_with", "parts", "with_any", "interim_of")
    return next((key for key in keys if getattr(metric, key)), "among")


def check(terms: Terms, timetable: Timetable) -> None:
    """Check what is measured."""
    _persons(terms, timetable)
    for i, metric in enumerate(terms.metrics):
        _depends(timetable, i, metric)
        _results(terms, timetable, i, metric)
    _read(terms, timetable)


def _persons(terms: Terms, timetable: Timetable) -> None:
    """Somebody is served where persons are counted: by a metric, by a cost, or because results are by cohort."""
    if terms.cohorts:
        return
    for metric in terms.metrics:
        counts = not metric.parts and (metric.kind != "total" or metric.once)
        if counts or not timetable.reporting(metric.name).by_period:
            raise Refusal(
                ("cohorts",),
                MISSING,
                f"`{metric.name}` is of persons, who are served in cohorts"
                if counts
                else f"`{metric.name}` has a result for each cohort",
                "add [[cohorts]] with their size and enrolment"
                + ("" if counts else ", or report it by period: `reported = { periods = [...] }`"),
            )
    for i, cost in enumerate(terms.costs):
        if cost.per != "deal":
            raise Refusal(
                ("costs", i, "per"),
                cost.per,
                "a cost for each cohort or person needs cohorts, and there are none",
                'write `per = "deal"` and `starts`, or add [[cohorts]]',
            )


def _depends(timetable: Timetable, i: int, metric: Metric) -> None:
    """What one metric is worked out from, or can be reached from, is measured as that needs."""
    above = [timetable.metrics[name] for name in timetable.depends_on(metric.name)]
    path: Path = ("metrics", i, "persons_with" if metric.persons_with else "parts" if metric.parts else "among")
    for other in above:
        if metric.among is not None and not (other.once or other.kind == "proportion"):
            raise Refusal(
                path,
                other.name,
                "a funnel is of persons: those who reached a milestone",
                "name a milestone or a proportion",
            )
        if metric.persons_with is not None and (other.kind != "proportion" or other.derived or other.among):
            raise Refusal(
                path,
                other.name,
                "a composite is counted from proportions that are measured by themselves",
                "name those",
            )
        alike = timetable.reporting(other.name), timetable.reporting(metric.name)
        if alike[0].by_period != alike[1].by_period or (metric.derived and alike[0].cumulative != alike[1].cumulative):
            raise Refusal(
                path,
                other.name,
                "metrics that hang together have results alike, by cohort or by period",
                "report alike",
            )
        if metric.persons_with is not None and (alike[0].by_period or other.compare != above[0].compare):
            raise Refusal(
                path,
                other.name,
                "a composite is of proportions by cohort that are compared alike",
                "compare them alike",
            )
        if (
            metric.persons_with is not None
            and other.compare is not None
            and (other.compare.level is not None or other.compare.levels is not None)
        ):
            raise Refusal(
                path,
                other.name,
                "a written baseline says nothing of persons: a composite needs a group",
                "compare with a group",
            )
        alike_in_time = metric.derived or alike[0] == alike[1]
        if alike_in_time and timetable.result_names(above[0].name) != timetable.result_names(other.name):
            raise Refusal(
                path, other.name, "metrics that hang together have the same cohorts or periods", "report them alike"
            )
    for j, part in enumerate(metric.parts):
        other = timetable.metrics[part.metric]
        fits: str = "level" if other.parts else part.reads
        if part.reads in ("improvement", "points") and not timetable.compared(part.metric):
            fits = "units or level"
        if part.reads not in fits:
            raise Refusal(
                ("metrics", i, "parts", j, "reads"),
                part.reads,
                f"what can be read from `{part.metric}` is its {fits}",
                f'write "{fits.split()[0]}"',
            )


def _last(metric: Metric, cohort: Cohort) -> dt.date:
    """The day by which all persons of a cohort whom a metric counts have enrolled."""
    days = (cohort.enrol.last_day - cohort.enrol.starts).days
    return cohort.enrol.starts + dt.timedelta(days=math.ceil(metric.enrolled * days))


def _results(terms: Terms, timetable: Timetable, i: int, metric: Metric) -> None:
    """There is a level, and a date, for each result, and none is published before it can be known."""
    cohorts = timetable.served
    path: Path = ("metrics", i, "reported")
    window = metric.window_months or 0
    if metric.compare is not None and metric.compare.levels is not None:
        by_dates = metric.reported is not None and metric.reported.dates is not None
        many = len(cohorts) if by_dates else len(timetable.results(metric.name))
        if len(metric.compare.levels) != many:
            raise Refusal(
                ("metrics", i, "compare", "levels"),
                f"{len(metric.compare.levels)} levels",
                f"there is one level for each result: {many}",
                "give one a result, or a single `level`",
            )
    if metric.reported is None:
        return
    lag, dates = metric.reported.months_after_enrolment, metric.reported.dates
    known = [(cohort, add_months(_last(metric, cohort), window)) for cohort in cohorts]
    if lag is not None and any(add_months(cohort.enrol.last_day, lag) < day for cohort, day in known):
        enough = next(
            months for months in count(lag) if all(add_months(c.enrol.last_day, months) >= day for c, day in known)
        )
        raise Refusal(
            (*path, "months_after_enrolment"),
            lag,
            f"a result is known once the last person's window of {window} months has passed",
            f"write {enough} or more",
        )
    for position, day in enumerate(metric.reported.periods or (metric.reported.first,)):
        if day is not None and day < terms.start:
            raise Refusal(
                (*path, *(("periods", position) if metric.reported.periods else ("first",))),
                day,
                f"nothing happens before the scenario starts ({terms.start})",
                "correct the date, or move `start` back",
            )
    if dates is None:
        return
    if len(dates) != len(cohorts):
        raise Refusal(
            (*path, "dates"),
            f"{len(dates)} dates",
            f"there is one date for each cohort that is measured: {len(cohorts)}",
            f"give the dates of cohorts {', '.join(cohort.name for cohort in cohorts)}",
        )
    for position, ((cohort, earliest), day) in enumerate(zip(known, dates, strict=True)):
        if day < earliest:
            raise Refusal(
                (*path, "dates", position),
                day,
                f"cohort {cohort.name}'s result is known once the last person's window has passed ({earliest})",
                "correct the date, the cohort's enrolment or the metric's window",
            )


def _read(terms: Terms, timetable: Timetable) -> None:
    """What a payment, a condition or an event reads can be read from its metric."""
    reads: list[tuple[Path, str, str | None]] = []
    for i, payment in enumerate(terms.payments):
        if payment.metric is not None:
            metric = timetable.metrics[payment.metric]
            by_period = timetable.reporting(metric.name).by_period
            if payment.scope in ("cohort", "period") and (payment.scope == "period") != by_period:
                raise Refusal(
                    ("payments", i, "scope"),
                    payment.scope,
                    f"`{metric.name}` has one result a {'period' if by_period else 'cohort'}",
                    f'write "{"period" if by_period else "cohort"}", or report the metric otherwise',
                )
            if by_period and payment.cohorts is not None:
                raise Refusal(
                    ("payments", i, "cohorts"),
                    payment.cohorts,
                    f"`{metric.name}` has one result a period, over all cohorts",
                    "choose periods with `published_from` and `published_until`",
                )
            per_unit = "units" if payment.pays.per_unit is not None else None
            reads.append((("payments", i, "reads"), metric.name, payment.reads or per_unit))
        for name, levels in payment.when.others.items():
            if not levels.bounds():
                raise Refusal(
                    ("payments", i, "when", "others", name),
                    MISSING,
                    "a condition names a level",
                    "add `level = 0.9`, say",
                )
    for i, event in enumerate(terms.events):
        for which in ("when", "unless"):
            decision: Levels | None = getattr(event, which)
            if decision is not None and not decision.bounds():
                raise Refusal(
                    ("events", i, which), MISSING, "a decision names a level", "add `improvement = 0.05`, say"
                )
    reads += [(one.path, one.metric, one.bound.measure) for one in timetable.demands]
    for path, name, key in reads:
        metric = timetable.metrics[name]
        if metric.parts and key not in (None, "level", "units"):
            raise Refusal(path, key, f"`{name}` is an index: its level is all that can be read", 'read its "level"')
        if key in ("improvement", "points") and not timetable.compared(metric.name):
            raise Refusal(
                path,
                key,
                f"`{name}` is compared with nothing, so it has a level and units but no improvement",
                "read its level or units, or give it a comparison",
            )
