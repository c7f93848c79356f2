"""`Scenario.describe()`: the term sheet in plain English, from the terms alone. A sentence or two for each noun.

Complete: every figure that a payment depends on is named, with all its digits, so that somebody who knows the contract
would catch a wrong one. Beliefs are not part of a contract and are left out.
"""

from __future__ import annotations

from sib.scenario.capital_words import receipts_words, tranche_words
from sib.scenario.party_list import party_list
from sib.scenario.payment_words import levels_words, limit_words, payment_words, tests_words
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.scenario.wording import (
    day,
    level,
    listed,
    money,
    months,
    names,
    number,
    percent,
    read,
    unit_of,
    verb,
)
from sib.terms.deal import Cohort, Cost, Event
from sib.terms.design import Comparison
from sib.terms.metric import Metric, Reporting


def term_sheet(terms: Terms, timetable: Timetable) -> str:
    """The whole term sheet."""
    parts = [
        f"{terms.name}\n{terms.summary}",
        f"All amounts are in {terms.currency}. The deal starts on {day(terms.start)}.",
    ]
    sections = {
        "PARTIES": party_list(terms, timetable),
        "WHO IS SERVED": [_cohort(cohort) for cohort in terms.cohorts],
        "WHAT IS MEASURED": [_metric(timetable, metric) for metric in terms.metrics],
        "WHAT IS PAID FOR IT": [
            *(payment_words(terms, timetable, payment) for payment in terms.payments),
            *tests_words(terms, timetable),
        ],
        "LIMITS": [limit_words(terms, timetable, limit) for limit in terms.limits],
        "WHAT IT COSTS": [_cost(terms, cost) for cost in terms.costs],
        "WHOSE MONEY IS AT RISK": [tranche_words(terms, timetable, tranche) for tranche in terms.tranches],
        "WHERE RECEIPTS GO": list(receipts_words(terms, timetable)),
        "WHAT MAY END IT": [_event(terms, timetable, event) for event in terms.events],
    }
    parts += [
        "\n".join([heading, *(f"- {sentence}" for sentence in lines)]) for heading, lines in sections.items() if lines
    ]
    return "\n\n".join(parts) + "\n"


def _cohort(cohort: Cohort) -> str:
    enrol = cohort.enrol
    lasts = f" for {months(enrol.months)}" if enrol.months is not None else ""
    return (
        f"Cohort {cohort.name}: {number(cohort.size)} persons, who enrol from {day(enrol.starts)}{lasts}"
        f" to {day(enrol.last_day)}."
    )


def _metric(timetable: Timetable, metric: Metric) -> str:
    what = {
        "count": "events a person",
        "proportion": "the share of persons with it",
        "mean": "a quantity a person",
        "total": "verified units in all",
        "index": "an index",
    }[metric.kind]
    text = [f"`{metric.name}`: {what}{'' if metric.unit is None else f' ({metric.unit})'}"]
    if metric.once:
        text.append("each person counting once at most")
    elif metric.kind == "total" and not metric.compared:
        text.append("where a person may count several times")
    if metric.among is not None:
        text.append(f"among those only who reached `{metric.among}`")
    if metric.window_months is not None:
        text.append(f"within {months(metric.window_months)}")
    if metric.most is not None:
        text.append(f"{number(metric.most)} {unit_of('level', metric) or 'a person'} at most")
    if metric.persons_with is not None:
        of = metric.persons_with
        none = f"none of {names(of.none_of)}" if of.none_of else ""
        some = f"at least one of {names(of.any_of)}" if of.any_of else ""
        text.append("counting the persons with " + listed([x for x in (none, some) if x]))
    if metric.with_any is not None:
        text.append(f"the same persons' share with at least one event of `{metric.with_any}`")
    if metric.interim_of is not None:
        first = f", of the first {percent(metric.enrolled)} of persons" if metric.enrolled < 1 else ""
        text.append(f"an early result of `{metric.interim_of}`{first}")
    if metric.same_as is not None:
        text.append(f"another estimate of `{metric.same_as}`, of the same persons")
    if metric.parts:
        parts = [
            f"{number(part.weight)} times {read(part.reads, timetable.metrics[part.metric]).rstrip(',')}"
            + (
                f" counted in {level(part.target, part.reads, timetable.metrics[part.metric])}"
                if part.target is not None
                else ""
            )
            for part in metric.parts
        ]
        text.append("the sum of " + listed(parts))
    return f"{', '.join(text)}; {metric.better} is better.{_compared(metric)}{_reported(metric)}"


def _compared(metric: Metric) -> str:
    if metric.derived:
        return ""
    if metric.compare is None or metric.compare.design == "none":
        return " It is verified, and compared with nothing."
    group = ", a group of its own" if metric.own_group else ""
    return f" It is compared with {_counterfactual(metric.compare, metric)}{group}."


def _counterfactual(compare: Comparison, metric: Metric) -> str:
    """What a result is compared with, in words."""
    if compare.of:
        parts = [
            f"{percent(one.weight)} {_counterfactual(one.compare, metric)}"
            + (" (the same group)" if one.shares_group else "")
            for one in compare.of
        ]
        return f"a weighted mean: {listed(parts)}"
    if compare.written is not None:
        each = " one result after another" if compare.levels else ""
        return f"a written baseline of {listed(level(x, 'level', metric) for x in compare.written)}{each}"
    if compare.design == "before-after":
        return "those served themselves, before"
    if compare.controls is not None:
        group = f"{_DESIGNS[compare.design]} controls, {number(compare.controls)} for each person served"
    else:
        group = f"{_DESIGNS[compare.design]} comparison group of {number(compare.persons or 0)} persons"
        group = f"a {group}" if compare.design != "historical" else group
    if compare.design == "historical":
        group = f"a historical group of {number(compare.persons or 0)} persons"
        line = "the straight line through" if compare.trend == "linear" else "the mean of"
        group += f" a year, {line} {number(compare.years)} years" if compare.years > 1 else ""
    if compare.clusters is not None:
        others = number(compare.comparison_clusters or compare.clusters)
        group += f", those served from {number(compare.clusters)} clusters and the group from {others}"
    if compare.design == "difference in differences":
        return f"their own change less that of {group}"
    return group


_DESIGNS = {
    "matched": "matched",
    "randomised": "randomised",
    "cluster-randomised": "cluster-randomised",
    "difference in differences": "untreated",
    "historical": "historical",
}


def _reported(metric: Metric) -> str:
    reported: Reporting | None = metric.reported
    if reported is None:
        return "" if metric.among is None and not metric.derived else " Its results are known with those it hangs on."
    if reported.months_after_enrolment is not None:
        return f" Each cohort's result is published {months(reported.months_after_enrolment)} after its enrolment ends."
    if reported.dates is not None:
        return f" The cohorts' results are published on {listed(map(day, reported.dates))}."
    over = ", each over everybody so far" if reported.cumulative else ""
    if reported.periods is not None:
        return f" Results are published by period{over}, on {listed(map(day, reported.periods))}."
    if reported.first is None:
        return ""
    return (
        f" Results are published by period{over}: {number(reported.times or 0)} of them, every"
        f" {months(reported.every_months or 0)} from {day(reported.first)}."
    )


def _cost(terms: Terms, cost: Cost) -> str:
    per = {"deal": "", "cohort": " for each cohort", "person": " for each person"}[cost.per]
    amount = f"{money(cost.amount, terms.currency)}{per} to {cost.to}"
    starts = f"from {day(cost.starts)}" if cost.starts is not None else "from the first day of a cohort's enrolment"
    parts = (
        f" in {cost.instalments} equal instalments, every {months(cost.every_months)}" if cost.instalments > 1 else ""
    )
    late = f" It is deferred: paid only out of receipts, in rank {cost.rank}." if cost.rank is not None else ""
    return f"`{cost.name}`: {amount}{parts} {starts}.{late}"


def _event(terms: Terms, timetable: Timetable, event: Event) -> str:
    condition = ""
    levels, word = (event.when, "if") if event.when is not None else (event.unless, "unless")
    if levels is not None and event.metric is not None:
        metric = timetable.metrics[event.metric]
        known = " to date" if timetable.reporting(metric.name).by_period else ""
        condition = f", {word} by then {listed(levels_words(levels, metric))}{known}"
    ends = []
    if event.cohorts:
        several = len(event.cohorts) > 1
        ends.append(f"cohort{'s' if several else ''} {listed(event.cohorts)} {'are' if several else 'is'} given up")
    if event.costs:
        ends.append(f"{names(event.costs)} {verb(event.costs, 'costs', 'cost')} nothing more")
    if event.payments:
        ends.append(f"{names(event.payments)} {verb(event.payments, 'pays', 'pay')} nothing more")
    for name, share in event.redeems.items():
        by = event.paid_by or terms.outcome_payer
        ends.append(
            f"{name} is redeemed at {percent(share)} of its capital, from unspent capital first and then by {by}"
        )
    when = f"on {day(event.date)}"
    if event.until is not None:
        when = f"it may happen on any day from {day(event.date)} to {day(event.until)}"
    return f"`{event.name}`: {when}{condition}: {listed(ends)}."
