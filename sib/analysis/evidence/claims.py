"""Claims so far, as people keep them: a mapping, a table of metrics by periods, or the long form of a file of results.

What one figure may be is said in `one_result.py`. Here a table becomes the mapping that `update` takes, and what is
impossible of all counts together is refused: a hole between two periods, more persons than could be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sib.analysis.written import measured_of
from sib.errors import InputError, Problem, nearest, shown
from sib.model.model import MetricModel, Model
from sib.model.observed import Observed
from sib.model.origins.reached import After, Reached
from sib.scenario.scenario import Scenario
from sib.terms.base import spelt

if TYPE_CHECKING:
    import pandas as pd

_LONG = {"metric", "value"}  # columns by which the long form is known
_SLACK = 1e-9


def claims_of(model: Model, claims: Any) -> Any:
    """Results in hand as a mapping by metric, then by cohort or period; what is no table stays as it is.

    Parameters
    ----------
    model : Model
        Of the deal.
    claims : mapping or DataFrame
        As a table: metrics by periods or periods by metrics, NaN or nothing where not yet reported; or the long form, a
        row a result, with columns `metric`, `value` and `period` or `cohort`. A period goes by the day of its result:
        a date, a Timestamp, a Period that ends on it, or text.

    Raises
    ------
    InputError
        Where the table names no metric of the deal, another one, or one twice, a period that is not reported, or one
        twice; or as `settle` does for the long form.
    """
    if not (hasattr(claims, "columns") and hasattr(claims, "reset_index")):
        return claims
    named = {str(name) for name in (*claims.columns, *claims.index.names)}
    if named >= _LONG:
        return measured_of(model, _reported(claims))
    table = _by_metric(model, claims)
    _once(table.index, "metric")
    known = {metric.name: metric for metric in model.metrics}
    for name in table.index:
        if name not in known:
            row = table.loc[name].dropna().to_dict()
            raise InputError(Problem(f"claims[{shown(name)}]", row, "a metric of the deal", nearest(name, known)))
    periods = [_period(label) for label in table.columns]
    _once(periods, "period")
    found: dict[str, dict[str, Any]] = {name: {} for name in table.index}
    for period, (_, column) in zip(periods, table.items(), strict=True):
        _is_reported(period, [known[name] for name in table.index], last=period == periods[-1])
        for name, value in column.items():
            if not _empty(value):
                found[str(name)][period] = value
    return {name: by_period for name, by_period in found.items() if by_period}


def possible(scenario: Scenario, model: Model, seen: Observed, through: dt.date | None = None) -> None:
    """Refuse counts that cannot be, and a day that is none of the last period.

    Raises
    ------
    InputError
        Where a period between two that are known is not, more persons have reached a milestone than could have by then,
        or `through` is no day of the last period that is known. All that is wrong is said at once.
    """
    problems = [*_through(scenario, model, seen, through), *_holes(model, seen)]
    problems += [] if problems else _too_many(scenario, model, seen)
    if problems:
        raise InputError(*problems)


def _reported(claims: pd.DataFrame) -> pd.DataFrame:
    """The rows of the long form in which a value stands."""
    named = [name for name in claims.index.names if name is not None]
    table = claims.reset_index(named) if named else claims
    return table[~table["value"].map(_empty)]


def _by_metric(model: Model, claims: pd.DataFrame) -> pd.DataFrame:
    """A table with a row a metric, whichever way round it came."""
    names = {metric.name for metric in model.metrics}
    for own in ("metric", "period"):
        if own in claims.columns:
            claims = claims.set_index(own)
    down, across = ([spelt(label) for label in axis] for axis in (claims.index, claims.columns))
    if not names & set(map(str, (*down, *across))):
        rule = f"a row a metric and a column a period, or the other way round; metrics: {', '.join(names)}"
        came = [str(label) for label in down]
        raise InputError(Problem("claims", came, rule, nearest(came[0] if came else "", names)))
    if sum(name in names for name in across) > sum(name in names for name in down):
        return claims.set_axis(across, axis=1).T
    return claims.set_axis(down, axis=0)


def _empty(value: Any) -> bool:
    """Whether nothing is reported in a cell."""
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def _period(label: Any) -> str:
    """The name of a period: the day of its result."""
    day = getattr(label, "end_time", label)
    text = day.isoformat() if hasattr(day, "isoformat") else str(spelt(label)).strip()
    try:
        return dt.datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        return text


def _once(labels: Any, what: str) -> None:
    """Refuse a name that stands twice."""
    seen: set[str] = set()
    for label in map(str, labels):
        if label in seen:
            rule = f"each {what} once"
            raise InputError(Problem(f"claims, {what}", label, rule, "add the two up, or leave one of them out"))
        seen.add(label)


def _is_reported(period: str, metrics: list[MetricModel], *, last: bool) -> None:
    """Refuse a period of which no metric has a result."""
    every = list(dict.fromkeys(name for metric in metrics for name in metric.results))
    if period in every:
        return
    rule = f"the day of a result of the deal: {', '.join(every)}"
    remedy = nearest(period, every)
    later = next((name for name in every if name > period), None)
    if last and later is not None and period[:4].isdigit():
        remedy = (
            f"for counts of a period that is not over call it {later} and pass through=datetime.date"
            f"({', '.join(str(int(part)) for part in period.split('-'))})"
        )
    raise InputError(Problem("claims, period", period, rule, remedy))


def _through(scenario: Scenario, model: Model, seen: Observed, through: dt.date | None) -> Iterator[Problem]:
    """What is wrong with the day up to which the counts of the last period go."""
    if through is None:
        return
    if not isinstance(through, dt.date) or isinstance(through, dt.datetime):
        yield Problem("through", through, "a date", "pass, for example, datetime.date(2027, 8, 15)")
        return
    days = sorted({day for i in seen.seen for day in _days(scenario, model.metrics[i])})
    known = [_days(scenario, model.metrics[index])[row] for index, rows in seen.seen.items() for row in rows]
    end = max(known)
    before = max((day for day in days if day < end), default=scenario.start - dt.timedelta(days=1))
    if not before < through <= end:
        first = before + dt.timedelta(days=1)
        rule = f"a day of the last period that is reported: from {first} to {end}"
        yield Problem("through", through, rule, "leave it out where that period is over")


def _days(scenario: Scenario, metric: MetricModel) -> list[dt.date]:
    return [result.date for result in scenario.timetable.results(metric.name)]


def _holes(model: Model, seen: Observed) -> Iterator[Problem]:
    """Periods of milestones that are not known between two that are."""
    for index, rows in seen.seen.items():
        metric = model.metrics[index]
        missing = sorted(set(range(min(rows), max(rows))) - set(rows)) if rows else []
        if missing and metric.by_period and metric.law.counts_persons:
            names = ", ".join(metric.results[row] for row in missing)
            rule = f"every period from the first that is reported to the last, {metric.results[max(rows)]}"
            yield Problem(
                f"claims[{shown(metric.name)}]", f"nothing for {names}", rule, "give its count; 0 where nobody did"
            )


def _too_many(scenario: Scenario, model: Model, seen: Observed) -> Iterator[Problem]:
    """Milestones that more persons have reached by a period than could."""
    for index, rows in seen.seen.items():
        metric = model.metrics[index]
        if not (metric.by_period and metric.law.counts_persons):
            continue
        total = 0.0
        for row in sorted(rows):
            total += rows[row].treated
            most = _most(scenario, model, seen, index, row)
            if total > most.persons + _SLACK:
                where = f"claims[{shown(metric.name)}], period {metric.results[row]}"
                rule = f"at most {most.persons:,.12g} by then: {most.who}"
                yield Problem(where, f"{total:,.12g} so far", rule, most.remedy)
                break


@dataclass(frozen=True)
class _Most:
    """How many persons can have reached a milestone, who they are, and what to do where more are claimed."""

    persons: float
    who: str
    remedy: str = "correct the counts"


def _most(scenario: Scenario, model: Model, seen: Observed, index: int, row: int) -> _Most:
    """How many persons can have reached a milestone by a result: those who had reached the one before in time."""
    above = model.metrics[index].origin.after
    if above is None:
        return _who_come(scenario, model)
    known, before = seen.seen.get(above, {}), model.metrics[above]
    last = _last_in_time(model, index, row)
    if last is None:
        return _Most(0.0, f"nobody can have reached `{before.name}` long enough before")
    if all(earlier in known for earlier in range(last + 1)):
        reached = sum(known[earlier].treated for earlier in range(last + 1))
        return _Most(reached, f"so many had reached `{before.name}` by {before.results[last]}, in time for it")
    return _most(scenario, model, seen, above, last)


def _last_in_time(model: Model, index: int, row: int) -> int | None:
    """The last result of the milestone above from which persons can be in this one's; None where there is none."""
    metric = model.metrics[index]
    origin = cast(After, metric.origin)
    above = cast(Reached, model.metrics[origin.above].origin)
    months = origin.places.shape[1]
    ever = np.ones(months, dtype=bool) if metric.pace_sd > 0 else origin.delay.chances(months - 1)[:, 0] > 0
    reach = (origin.places >= 0) & ever & (origin.months.result[origin.places] <= row)
    found = above.months.result[reach.any(axis=1)]
    return int(found.max()) if found.size else None


def _who_come(scenario: Scenario, model: Model) -> _Most:
    """How many persons can come in all: the planned ones, as far as the volume is known."""
    known = model.programme.referrals
    sizes = {cohort.name: cohort.size for cohort in scenario.timetable.served}
    if known is None:
        remedy = "correct the counts, or believe in `referrals` with a spread"
        return _Most(float(sum(sizes.values())), "so many persons are planned", remedy)
    if known.sd > 0:
        return _Most(np.inf, "as many as are referred")
    come = sum(round(size * known.mean * known.slowly[name]) for name, size in sizes.items())
    return _Most(
        float(come), "so many persons are referred, surely", "correct the counts, or give `referrals` a spread"
    )
