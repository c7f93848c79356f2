"""Rules about dates: nothing happens before the start, and what something depends on is known by then."""

from __future__ import annotations

import datetime as dt

from sib.errors import Refusal
from sib.scenario.rules.names import Path
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.calendar import add_months


def dates(terms: Terms, _: Timetable) -> None:
    """Refuse a date before the scenario starts."""
    dated: list[tuple[Path, dt.date]] = [
        (("cohorts", i, "enrol", "starts"), c.enrol.starts) for i, c in enumerate(terms.cohorts)
    ]
    dated += [(("costs", i, "starts"), c.starts) for i, c in enumerate(terms.costs) if c.starts]
    dated += [(("events", i, "date"), e.date) for i, e in enumerate(terms.events)]
    for i, payment in enumerate(terms.payments):
        if payment.due is not None:
            dated += [(("payments", i, "due", "dates", j), day) for j, day in enumerate(payment.due.dates or ())]
            dated += [(("payments", i, "due", "starts"), payment.due.starts)] if payment.due.starts else []
    for i, tranche in enumerate(terms.tranches):
        dated += [(("tranches", i, "repaid_on", j, 0), day) for j, (day, _) in enumerate(tranche.repaid_on or ())]
        interest = () if tranche.interest_on is None else tranche.interest_on.days
        dated += [(("tranches", i, "interest_on"), day) for day in interest[:1]]
    if terms.receipts_pay_costs_until is not None:
        dated.append((("receipts_pay_costs_until",), terms.receipts_pay_costs_until))
    for path, day in dated:
        if day < terms.start:
            raise Refusal(
                path,
                day,
                f"nothing happens before the scenario starts ({terms.start})",
                "correct the date, or move `start` back",
            )


def conditions(terms: Terms, timetable: Timetable) -> None:
    """Refuse a condition on a result that is not known when it is tested, and a decision with nothing to decide on."""
    for i, payment in enumerate(terms.payments):
        found = timetable.occasions(payment.name)
        first = min((occasion.date for occasion in found), default=None)
        for name, levels in payment.when.others.items():
            if levels.away:
                continue  # the payment waits for them
            published = {result.name: result.date for result in timetable.results(name)}
            known = min(published.values())
            if payment.metric is not None and payment.scope in ("cohort", "period"):
                mine = timetable.results(payment.metric)
                for occasion in found:
                    of_it = published.get(mine[occasion.results[0]].name, known)
                    if of_it > occasion.date:
                        known, first = of_it, occasion.date
            if first is not None and known > first:
                raise Refusal(
                    ("payments", i, "when", "others", name),
                    f"first published on {known}, tested on {first}",
                    "a result is published before a payment depends on it",
                    "raise `months_after_result`, or correct when the metric is reported",
                )
    for i, event in enumerate(terms.events):
        if event.metric is not None:
            known = min(result.date for result in timetable.results(event.metric))
            if known > event.date:
                raise Refusal(
                    ("events", i, "date"),
                    event.date,
                    f"an event is decided on results known by then; the first of `{event.metric}` is of {known}",
                    "correct the date, or when the metric is reported",
                )


def occasions(terms: Terms, timetable: Timetable) -> None:
    """Refuse a payment that is never tested."""
    stopped = {name for event in terms.events for name in event.payments}
    for i, payment in enumerate(terms.payments):
        if not timetable.occasions(payment.name) and payment.name not in stopped:
            raise Refusal(
                ("payments", i),
                payment.name,
                "a payment is tested on one result at least; none is left by `cohorts`, `published_from` and the like",
                "correct the cohorts or the dates",
            )


def dependencies(terms: Terms, timetable: Timetable) -> None:
    """Refuse a payment that falls due before another that it depends on, on the same result or at all."""
    for i, payment in enumerate(terms.payments):
        found = timetable.occasions(payment.name)
        for key, names in (("made", payment.when.made), ("not_made", payment.when.not_made), ("less", payment.less)):
            path: Path = ("payments", i, "less") if key == "less" else ("payments", i, "when", key)
            for name in names or ():
                alike = timetable.tested_alike(payment.name, name)
                single = payment.scope in ("cohort", "period")
                if key == "less" and single and not alike:
                    raise Refusal(
                        path,
                        name,
                        "a payment for each cohort or period takes off what was paid on the same one",
                        f"let `{name}` be tested on the same cohorts or periods, or take it off a pooled payment",
                    )
                due = {other.results if alike else (): other.date for other in reversed(timetable.occasions(name))}
                for occasion in found:
                    before = due.get(occasion.results if alike else ())
                    if payment.scope == "pooled" and timetable.payments[name].metric == payment.metric:
                        on_its_own = (o for o in timetable.occasions(name) if set(o.results) & set(occasion.results))
                        before = max((other.date for other in on_its_own), default=None)
                    if name != payment.name and before is not None and before > occasion.date:
                        raise Refusal(
                            path,
                            f"`{name}` is due {before}, this {occasion.date}",
                            "what a payment hangs on has fallen due by then",
                            f"raise `months_after_result` here, or lower it in `{name}`",
                        )


def unpaid(terms: Terms, timetable: Timetable) -> None:
    """Refuse a payment for those that another has not paid for before that one is due: it would pay for them twice."""
    for index, payment in enumerate(terms.payments):
        other = payment.when.unpaid
        if other is None:
            continue
        before = {occasion.results[0]: occasion.date for occasion in timetable.occasions(other)}
        for occasion in timetable.occasions(payment.name):
            last = max((before[result] for result in occasion.results if result in before), default=occasion.date)
            if occasion.date < last:
                raise Refusal(
                    ("payments", index, "when", "unpaid"),
                    f"due {occasion.date}, before `{other}` on {last}",
                    "what another payment has not paid for is known once that payment has fallen due",
                    f"raise `months_after_result` here, or lower it in `{other}`",
                )


def cancellations(terms: Terms, timetable: Timetable) -> None:
    """Refuse to give up a cohort that has been measured, or one whose results cannot be told from the others'."""
    window = min((metric.window_months or 0 for metric in terms.metrics), default=0)
    places = {cohort.name: place for place, cohort in enumerate(terms.cohorts)}
    by_period = [p for p in terms.payments if p.metric is not None and timetable.reporting(p.metric).by_period]
    for index, event in enumerate(terms.events):
        for payment in by_period if event.cohorts and not event.certain else ():
            if payment.name not in event.payments:
                raise Refusal(
                    ("events", index, "cohorts"),
                    f"`{payment.name}` is on `{payment.metric}`",
                    "results by period are over all cohorts: what is paid on them cannot leave out a cohort that ends",
                    f"report `{payment.metric}` by cohort; or, where the event is to stop it for all cohorts, add"
                    f' "{payment.name}" to the event\'s `payments`',
                )
        for cohort in (terms.cohorts[place] for place in sorted(places[name] for name in set(event.cohorts))):
            first = add_months(cohort.enrol.last_day, window)
            if event.date >= first:
                raise Refusal(
                    ("events", index, "date"),
                    event.date,
                    f"cohort {cohort.name} is measured once its last window has ended ({first}), and paid for",
                    "correct the date, or leave the cohort out of the event",
                )
