"""Counts in hand of milestones by period: what they may be, before beliefs are weighed by them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

from sib.analysis.one_result import TOLERANCE
from sib.errors import InputError, Problem
from sib.model.model import MetricModel, Model
from sib.model.observed import Observed, Seen
from sib.model.origins.reached import milestone_of
from sib.run.recipe import Deal
from sib.terms.calendar import end_of_month


def most_persons(deal: Deal, metric: MetricModel, row: int) -> float:
    """How many persons there can be in one result; infinite where more may come than are planned."""
    if deal.model.programme.referrals is not None:
        return math.inf
    return float(metric.persons.sum() if metric.by_period else metric.persons[row])


def day_of(through: dt.date | None) -> str | None:
    """The day up to which last results count, as its name; None where they are whole."""
    return None if through is None else through.isoformat()


def counted_once(deal: Deal, observed: Observed) -> None:
    """Counts of a milestone by period begin with the first period; nobody reaches it before the one above, or twice.

    Raises
    ------
    InputError
        Where a period is missing, the milestone above is not given, or more reached it than could have by then.
    """
    metrics, through = deal.model.metrics, observed.through
    if through is not None and not any(_dated(metrics[index]) for index in observed.seen):
        rule = "a day up to which milestones by period are counted; none is among these results"
        raise InputError(Problem("through", through, rule, "leave it out"))
    for index, rows in observed.seen.items():
        metric, above = metrics[index], metrics[index].origin.after
        if not _dated(metric):
            ends = metric.results[max(rows)]
            if through is not None and metric.by_period and ends > through:
                rule = f"periods that are over by {through}; of milestones alone a part of one can be counted"
                raise InputError(
                    Problem(f"observed[{metric.name!r}]", f"period {ends}", rule, "leave it out until then")
                )
            continue
        where, last = f"observed[{metric.name!r}]", max(rows)
        _from_the_first(metric, rows, where)
        _to_the_month(metric, rows, observed, _months(deal.model, index))
        theirs = {} if above is None else observed.seen.get(above, {})
        if above is not None and (not theirs or max(theirs) < last):
            other = metrics[above].name
            rule = f"with the counts of {other!r} up to the same period: only who reached that can reach this"
            raise InputError(Problem(where, f"counts to {metric.results[last]}", rule, f"give {other!r} as well"))
        unsure = deal.model.programme.referrals is not None
        who, remedy = "planned persons", "correct one of the figures; or say in `beliefs.referrals` that more may come"
        if above is not None:
            who, remedy = f"who reached {metrics[above].name!r} by then", "correct one of the figures"
        so_far, others = 0.0, 0.0
        for row, seen in rows.items():
            so_far += seen.treated
            others += theirs[row].treated if theirs else 0.0
            limit = others if theirs else math.inf if unsure else metric.origin.possible(row)
            who = who if theirs or limit == metric.persons.sum() else "planned persons of the cohorts that have begun"
            if so_far > limit + TOLERANCE:
                rule = f"at most the {limit:g} {who}: each counts once"
                raise InputError(Problem(f"{where}, period {metric.results[row]}", f"{so_far:g} so far", rule, remedy))


def _dated(metric: MetricModel) -> bool:
    """Whether it is a milestone by period, which each person reaches on a date."""
    return metric.by_period and metric.law.counts_persons


def _from_the_first(metric: MetricModel, rows: Mapping[int, Seen], where: str) -> None:
    """A hole between known periods is refused: who was counted in it would be counted later."""
    missing = [metric.results[row] for row in range(max(rows)) if row not in rows]
    if missing:
        came = f"counts of {len(rows)} periods to {metric.results[max(rows)]}, none of {', '.join(missing[:4])}"
        rule = "a count for each period from the first on"
        raise InputError(Problem(where, came, rule, "add them, a zero where nobody was counted"))


def _months(model: Model, index: int) -> tuple[str, ...]:
    """The first days of the months of who reaches a milestone, from the first milestone on."""
    while (above := model.metrics[index].origin.after) is not None:
        index = above
    return milestone_of(model, index).months.names


def _to_the_month(metric: MetricModel, rows: Mapping[int, Seen], observed: Observed, months: tuple[str, ...]) -> None:
    """The day up to which a last period is counted is in that period, and ends a month of the persons."""
    through, last = observed.through, max(rows)
    if through is None or not months:
        return
    ends, begins = metric.results[last], metric.results[last - 1] if last else months[0]
    if not begins < through <= ends:
        rule = f"one day for all metrics, in the last period that has a count; of {metric.name!r} that ends on {ends}"
        remedy = "correct it, or the counts; leave it out where that period is over"
        if through > ends and last + 1 < len(metric.results):
            remedy = f"add the count of {metric.name!r} from then to {through}, as that of {metric.results[last + 1]}"
        raise InputError(Problem("through", through, rule, remedy))
    day = dt.date.fromisoformat(through)
    over = (day + dt.timedelta(days=1)).isoformat()
    if over not in months and not (end_of_month(day) == day and through in months) and through != ends:
        first = [dt.date.fromisoformat(name) for name in months]
        last_days = [one if end_of_month(one) == one else one - dt.timedelta(days=1) for one in first]
        near = [f"{one}" for one in sorted(last_days, key=lambda one: abs((one - day).days))[:2]]
        rule = "the last day of a month, counted from the first day of enrolment: dates of persons are kept to these"
        raise InputError(Problem("through", through, rule, f"give the counts to {' or '.join(sorted(near))}"))
