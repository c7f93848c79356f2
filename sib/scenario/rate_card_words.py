"""Rate cards in words: payments that are plain prices in one table, and the metrics that they are for in one item.

What is grouped follows from the payments and metrics alone, however they are written. Part of the term sheet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import Final, TypeVar

from sib.scenario.layout import within
from sib.scenario.payment_words import (
    came_about,
    each_of,
    only,
    only_cohorts,
    payment_words,
    published,
    rises_words,
    tested,
)
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.scenario.wording import day, listed, money, names, percent, shares, verb
from sib.terms.metric import Metric
from sib.terms.payment import Payment
from sib.terms.schedule import Rise, Schedule

T = TypeVar("T")

FEWEST: Final = 3  # lines of a table
# what the sentence above a rate card says of all its payments, and what the table says of each: a payment with any
# other key is said by itself
_SENTENCE: Final = ("metric", "scope", "to", "months_after_result", "end_of_month", "reads")
_ALWAYS: Final = ("payment", "item", "price")
_TABLE: Final = ("name", "pays", "payer", "payers", "cohorts", "published_from", "published_until")


def cards(terms: Terms, timetable: Timetable) -> list[list[Payment]]:
    """The payments in the order of the contract: those of a rate card together, any other by itself."""

    def same(payment: Payment) -> Hashable:
        if payment.metric is None or not _plain(payment):
            return None
        metric = timetable.metrics[payment.metric]
        lag = payment.months_after_result, payment.end_of_month
        return payment.scope, payment.to, lag, metric.once, metric.unit, metric.compared, metric.better

    return _together(terms.payments, same)


def alike(terms: Terms, timetable: Timetable) -> list[list[Metric]]:
    """The metrics in the order of the contract: those that differ in their names and in what they follow on in one."""

    def same(metric: Metric) -> Hashable:
        if metric.derived or metric.same_as is not None:
            return None
        own = {"name": "", "among": None, "reported": timetable.reporting(metric.name)}
        return metric.model_copy(update=own)

    return _together(terms.metrics, same)


def card_words(terms: Terms, timetable: Timetable, card: list[Payment]) -> str:
    """A rate card, or one payment by itself: what all its payments have in common, and a line for each."""
    if len(card) == 1:
        return payment_words(terms, timetable, card[0])
    first, to = card[0], card[0].to or "the vehicle"
    metrics = [timetable.metrics[payment.metric or ""] for payment in card]
    payers = [shares(p.payers) if p.payers else (p.payer or terms.outcome_payer) for p in card]
    payer = Counter(payers).most_common(1)[0][0]
    pays = verb(card[payers.index(payer)].payers, "pays", "pay")
    unless = ", where the table names nobody else," if len(set(payers)) > 1 else ""
    columns = {
        "payment": [f"`{payment.name}`" for payment in card],
        "item": [f"`{metric.name}`" for metric in metrics],
        "price": [money(payment.pays.per_unit or 0.0, terms.currency) for payment in card],
        "only those who reached": ["" if metric.among is None else f"`{metric.among}`" for metric in metrics],
        "cohorts": ["all" if payment.cohorts is None else only_cohorts(payment.cohorts) for payment in card],
        "results published": [published(payment) or "on any day" for payment in card],
        "from year to year": ["as it is" if p.pays.rises is None else _rising(p.pays.rises, terms) for p in card],
        "paid by": ["" if one == payer else one for one in payers],
    }
    if columns["payment"] == columns["item"]:
        del columns["payment"]
    kept = {head: cells for head, cells in columns.items() if head in _ALWAYS or len(set(cells)) > 1}
    rows = [list(row) for row in zip(*kept.values(), strict=True)]
    left = [i for i, head in enumerate(kept) if head != "price"]
    shared = [*only(first)] if not {"cohorts", "results published"} & set(kept) else []
    if first.pays.rises is not None and "from year to year" not in kept:
        shared.append(rises_words(first.pays.rises, terms.currency))
    return (
        f"Rate card of {len(card)} items: {tested(first)}, {payer} {pays} {to}{unless} a price for {_each(metrics[0])}:"
        f"{within(rows, list(kept), left)}{' '.join(shared)}"
    ).rstrip()


def metric_words(terms: Terms, timetable: Timetable, group: list[Metric], one: Callable[[Metric], str]) -> str:
    """Metrics that are alike in one item: what holds of each, and who can reach which."""
    if len(group) == 1:
        return one(group[0])
    described = group[0].model_copy(update={"among": None, "reported": timetable.reporting(group[0].name)})
    text = one(described).replace(f"`{group[0].name}`", f"{names(metric.name for metric in group)}, each by itself", 1)
    if all(metric.among is None for metric in group):
        return text
    on_cards = {p.metric for card in cards(terms, timetable) if len(card) > 1 for p in card}
    reached = {metric.among for metric in group}
    if len(reached) > 1 and all(metric.name in on_cards for metric in group):
        return f"{text} Some can be reached by those only who reached another, as the rate card says."
    rows = [[f"`{metric.name}`", f"`{metric.among}`" if metric.among is not None else ""] for metric in group]
    return f"{text} Who can reach which:{within(rows, ['metric', 'only those who reached'], (0, 1))}".rstrip()


def _rising(rises: Rise, terms: Terms) -> str:
    """How a price rises, for the cell of a table."""
    later = listed(money(y, terms.currency) for y in rises.to or ())
    how = f"to {later}" if later else f"by {percent(rises.a_year or 0.0)} a year"
    return f"{how} after the year from {day(rises.from_)}"


def _each(metric: Metric) -> str:
    """What a price is for."""
    return f"{each_of(metric)} an item{came_about(metric)}"


def _plain(payment: Payment) -> bool:
    """Whether a payment is a price and nothing else: all that a rate card does not say is as it is by default."""
    fields = Payment.model_fields.items()
    unsaid = ((name, field) for name, field in fields if name not in (*_SENTENCE, *_TABLE))
    price = payment.pays.per_unit
    return (
        price is not None
        and payment.pays == Schedule(per_unit=price, rises=payment.pays.rises)
        and all(getattr(payment, name) == field.get_default(call_default_factory=True) for name, field in unsaid)
    )


def _together(items: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Items of one key together, where the first of them stands, if there are enough of them; the others alone."""
    keys = [(item, key(item)) for item in items]
    groups: dict[Hashable, list[T]] = {}
    for item, its in keys:
        groups.setdefault(its, []).append(item)
    found = []
    for item, its in keys:
        group = groups[its]
        if its is None or len(group) < FEWEST:
            found.append([item])
        elif item is group[0]:
            found.append(group)
    return found
