"""`Scenario.describe()`: the term sheet in plain English, from the terms alone.

A sentence a thought, and a table where a contract has one. Complete: every figure that a payment depends on is named,
with all its digits, so that somebody who knows the contract would catch a wrong one. Beliefs are not part of a contract
and are left out, but for which move together and what would have come anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from sib.scenario.belief_words import anyway_words, together_words
from sib.scenario.capital_words import receipts_words, tranche_words
from sib.scenario.layout import item, paragraph, within
from sib.scenario.party_list import party_list
from sib.scenario.payment_words import levels_words, limit_words, principal_words, tests_words
from sib.scenario.rate_card_words import alike, card_words, cards, metric_words
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

_SEVERAL: Final = 4  # cohorts, from which they are a table


def term_sheet(terms: Terms, timetable: Timetable) -> str:
    """The whole term sheet."""
    parts = [
        f"{paragraph(terms.name)}\n{paragraph(terms.summary)}",
        f"All amounts are in {terms.currency}. The deal starts on {day(terms.start)}.",
    ]
    over = "What is over a limit is not paid, then or later."
    sections = {
        "PARTIES": party_list(terms, timetable),
        "WHO IS SERVED": list(_served(terms)),
        "WHAT IS MEASURED": [
            metric_words(terms, timetable, group, partial(_metric, timetable)) for group in alike(terms, timetable)
        ],
        "WHAT IS PAID FOR IT": [
            *(card_words(terms, timetable, card) for card in cards(terms, timetable)),
            *principal_words(terms),
            *tests_words(terms, timetable),
        ],
        "LIMITS": [*(limit_words(terms, timetable, limit) for limit in terms.limits), *([over] * bool(terms.limits))],
        "WHAT IT COSTS": [_cost(terms, cost) for cost in terms.costs],
        "WHOSE MONEY IS AT RISK": [tranche_words(terms, timetable, tranche) for tranche in terms.tranches],
        "WHERE RECEIPTS GO": list(receipts_words(terms, timetable)),
        "WHAT MAY END IT": [_event(terms, timetable, event) for event in terms.events],
        "WHAT IS BELIEVED TOGETHER": list(together_words(timetable)),
        "WHAT WOULD HAVE COME ANYWAY": list(anyway_words(timetable)),
    }
    parts += ["\n".join([heading, *map(item, lines)]) for heading, lines in sections.items() if lines]
    return "\n\n".join(parts) + "\n"


def _served(terms: Terms) -> Iterator[str]:
    """The cohorts: a sentence or two each, or a table of several."""
    if len(terms.cohorts) < _SEVERAL:
        for cohort in terms.cohorts:
            enrol = cohort.enrol
            lasts = f", over {months(enrol.months)}" if enrol.months is not None else ""
            yield (
                f"Cohort {cohort.name}: {_persons(cohort)}. They enrol from {day(enrol.starts)}"
                f" to {day(enrol.until)}{lasts}."
            )
        return
    rows = [
        [
            cohort.name,
            _persons(cohort),
            day(cohort.enrol.starts),
            day(cohort.enrol.until),
            "" if cohort.enrol.months is None else months(cohort.enrol.months),
        ]
        for cohort in terms.cohorts
    ]
    heads = ["cohort", "size", "enrols from", "to", "over"]
    if all(cohort.enrol.months is None for cohort in terms.cohorts):
        rows, heads = [row[:-1] for row in rows], heads[:-1]
    yield f"There are {len(rows)} cohorts:{within(rows, heads, (0, 2, 3, 4))}".rstrip()


def _persons(cohort: Cohort) -> str:
    return f"{number(cohort.size)} person{'' if cohort.size == 1 else 's'}"


def _metric(timetable: Timetable, metric: Metric) -> str:
    what = {
        "count": "events a person",
        "proportion": "the share of persons who have it",
        "mean": "a quantity a person",
        "total": "verified units in all",
        "index": "an index",
    }[metric.kind]
    if metric.once:
        what = "persons who reach it, each counting once at most"
    if metric.unit is not None:
        what += f" ({metric.unit})"
    within_months = f", within {months(metric.window_months)}" if metric.window_months is not None else ""
    text = [f"`{metric.name}`: {what}{within_months}."]
    of_persons = bool(timetable.terms.cohorts) and metric.unit is None
    if metric.kind == "total" and not metric.once and not metric.compared and of_persons:
        text.append("A person may count several times.")
    if metric.among is not None:
        text.append(f"Only those who reached `{metric.among}` can reach it.")
    if metric.most is not None:
        text.append(f"It is {number(metric.most)} {unit_of('level', metric) or 'a person'} at most.")
    if metric.persons_with is not None:
        of = metric.persons_with
        none = f"none of {names(of.none_of)}" if of.none_of else ""
        some = f"at least one of {names(of.any_of)}" if of.any_of else ""
        text.append(f"It counts the persons with {listed([x for x in (none, some) if x])}.")
    if metric.with_any is not None:
        text.append(f"It is the share of the same persons with at least one event of `{metric.with_any}`.")
    if metric.interim_of is not None:
        first = f", of the first {percent(metric.enrolled)} of persons" if metric.enrolled < 1 else ""
        text.append(f"It is an early result of `{metric.interim_of}`{first}.")
    if metric.same_as is not None:
        text.append(f"It is another estimate of `{metric.same_as}`, of the same persons.")
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
        text.append(f"It is the sum of {listed(parts)}.")
    text.append(f"{metric.better.capitalize()} is better.")
    return f"{' '.join(text)}{_compared(metric)}{_reported(metric)}"


def _compared(metric: Metric) -> str:
    if metric.derived:
        return ""
    if metric.compare is None or metric.compare.design == "none":
        return (
            " It is verified, and compared with nothing." if metric.kind != "total" else " It is compared with nothing."
        )
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
        group += f", those served from {number(compare.clusters)} clusters and the group from {others} clusters"
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
        if metric.derived:
            return " Its results are known when those are that it is worked out from."
        return "" if metric.among is None else f" Its results are published with those of `{metric.among}`."
    if reported.months_after_enrolment == 0:
        return " Each cohort's result is published when its enrolment ends."
    if reported.months_after_enrolment is not None:
        return f" Each cohort's result is published {months(reported.months_after_enrolment)} after its enrolment ends."
    if reported.dates is not None:
        several = len(reported.dates) > 1
        whose = "The cohorts' results are" if several else "The result is"
        return f" {whose} published on {listed(map(day, reported.dates))}."
    over = " Each is over everybody so far." if reported.cumulative else ""
    if reported.periods is not None:
        return f" Results are published by period, on {listed(map(day, reported.periods))}.{over}"
    if reported.first is None:
        return ""
    return (
        f" {number(reported.times or 0)} results are published, one a period, every"
        f" {months(reported.every_months or 0)} from {day(reported.first)}.{over}"
    )


_PER: Final = {  # for whom a cost is, and from when it falls due
    "deal": ("", ""),
    "cohort": (" for each cohort", "the first day of a cohort's enrolment"),
    "person": (" for each person planned", "the first day of a cohort's enrolment"),
    "person enrolled": (" for each person who enrols", "the first day of the month in which each enrols"),
}


def _cost(terms: Terms, cost: Cost) -> str:
    per, first = _PER[cost.per]
    first = first if cost.starts is None else day(cost.starts)
    starts = f"{'from' if cost.instalments > 1 else 'on'} {first}"
    parts = (
        f" in {cost.instalments} equal instalments, every {months(cost.every_months)}" if cost.instalments > 1 else ""
    )
    late = f" It is deferred: paid only out of receipts, in rank {cost.rank}." if cost.rank is not None else ""
    return (
        f"`{cost.name}`: {money(cost.amount, terms.currency)}{per} to {cost.to},{parts or ' at once'} {starts}.{late}"
    )


def _event(terms: Terms, timetable: Timetable, event: Event) -> str:
    condition = ""
    levels, word = (event.when, "if") if event.when is not None else (event.unless, "unless")
    if levels is not None and event.metric is not None:
        metric = timetable.metrics[event.metric]
        known = " in all so far" if timetable.reporting(metric.name).by_period else ""
        known = " by the latest result" if event.latest else known
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
    return f"`{event.name}`: {when}{condition}. {' '.join(f'Then {end}.' for end in ends)}"
