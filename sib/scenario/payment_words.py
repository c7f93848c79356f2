"""Payments and limits in words: what falls due when, on which condition, and how much. Part of the term sheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sib.scenario.layout import within
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.scenario.wording import (
    between,
    day,
    level,
    listed,
    money,
    months,
    names,
    number,
    percent,
    read,
    schedule,
    schedule_levels,
    schedule_lines,
    schedule_values,
    shares,
    verb,
)
from sib.terms.levels import End, Levels
from sib.terms.metric import Metric
from sib.terms.payment import Base, Limit, Payment
from sib.terms.schedule import Rise

LINES: Final = 3  # of a schedule, from which it is a table
FEW: Final = 6  # payments of a limit, which are named one by one


def payment_words(terms: Terms, timetable: Timetable, payment: Payment) -> str:
    """One payment: when it is tested, who pays whom how much, on which condition."""
    metric = None if payment.metric is None else timetable.metrics[payment.metric]
    payer = shares(payment.payers) if payment.payers else (payment.payer or terms.outcome_payer)
    pays = verb(payment.payers, "pays", "pay")
    amount = _table(terms, timetable, payment) or f"{_amount(terms, timetable, payment, metric)}. "
    text = [f"`{payment.name}`: {_when_tested(terms, payment)}, {payer} {pays} {payment.to or 'the vehicle'} {amount}"]
    text += (
        [f"{rises_words(payment.pays.rises, terms.currency, on_results=metric is not None)} "]
        if payment.pays.rises is not None
        else []
    )
    text += [f"{sentence} " for sentence in _base_words(payment)]
    text += [f"{sentence} " for sentence in only(payment)]
    asked = list(conditions(timetable, payment))
    if asked:
        text.append(f"It pays only if {listed(asked)}. ")
    if any(levels.away > 0 for levels in payment.when.others.values()):
        text.append("It waits until that later result is published. ")
    if payment.when.unpaid is not None:
        other = payment.when.unpaid
        text.append(f"What is paid counts only the cohorts for which `{other}` has not fallen due. ")
    if payment.less:
        on = "on the same result" if payment.scope in ("cohort", "period") else "so far"
        text.append(f"What {names(payment.less)} {verb(payment.less, 'has', 'have')} paid {on} comes off. ")
    if payment.repays:
        text.append("It repays capital, no more than is out. ")
    if payment.owed_by is not None:
        text.append(f"Where it comes to less than nothing, the difference is owed by {payment.owed_by} to the payer. ")
    return "".join(text).rstrip()


def _when_tested(terms: Terms, payment: Payment) -> str:
    if payment.due is not None:
        if payment.due.dates is not None:
            return f"whatever the results, on {listed(map(day, payment.due.dates))}"
        starts, every = payment.due.starts or terms.start, months(payment.due.every_months or 0)
        return f"whatever the results, {number(payment.due.times or 1)} times, every {every} from {day(starts)}"
    if payment.of is not None and payment.of.due_to is not None:
        return f"on each day on which interest or capital falls due to {payment.of.due_to}"
    if payment.metric is None:
        cost = payment.of.cost if payment.of is not None else ""
        return f"{_lag(payment, 'on')} each day on which an instalment of `{cost}` falls due"
    return tested(payment)


def tested(payment: Payment) -> str:
    """On which results a payment is tested, and how long after them."""
    lag = _lag(payment, "on the day of")
    return {
        "cohort": f"for each cohort by itself, {lag} its result",
        "period": f"for each period by itself, {lag} its result",
        "pooled": f"once, over all results together, {lag} the last of them",
        "to date": f"over all results so far, {lag} each of them",
        None: "",
    }[payment.scope]


def _lag(payment: Payment, at_once: str) -> str:
    """How long after something is known it is paid for."""
    lag = f"{months(payment.months_after_result)} after" if payment.months_after_result else at_once
    if payment.end_of_month:
        return f"at the end of the month {lag}" if payment.months_after_result else "at the end of the month of"
    return lag


def only(payment: Payment) -> Iterator[str]:
    """Which results a payment is on, a sentence each; nothing where it is on all, and what it pays says of what."""
    if payment.metric is not None and payment.pays.amount is not None and not payment.when.bounds():
        yield f"The results are those of `{payment.metric}`."
    if payment.cohorts is not None:
        yield f"It is for {only_cohorts(payment.cohorts)}."
    if payment.published_from is not None or payment.published_until is not None:
        yield f"It is for results published {published(payment)} only."


def only_cohorts(cohorts: Sequence[str]) -> str:
    """Some cohorts and no others."""
    return f"cohort{'s' if len(cohorts) > 1 else ''} {listed(cohorts)} only"


def published(payment: Payment) -> str:
    """When the results that a payment is on are published."""
    starts = f"from {day(payment.published_from)}" if payment.published_from is not None else ""
    ends = f"until {day(payment.published_until)}" if payment.published_until is not None else ""
    return f"{starts} {ends}".strip()


def conditions(timetable: Timetable, payment: Payment) -> Iterator[str]:
    """What a payment asks for, each condition by itself."""
    if payment.metric is not None:
        yield from levels_words(payment.when, timetable.metrics[payment.metric])
    for name, levels in payment.when.others.items():
        yield from levels_words(levels, timetable.metrics[name])
    if payment.when.made:
        yield f"{names(payment.when.made)} {verb(payment.when.made, 'has', 'have')} been paid"
    if payment.when.not_made:
        yield f"{names(payment.when.not_made)} {verb(payment.when.not_made, 'has', 'have')} not been paid"
    for tranches, word in ((payment.when.repaid, "has"), (payment.when.not_repaid, "has not")):
        for name in tranches or ():
            yield f"{name} {word} got back all its capital and interest by the start of that day"
    if payment.fallback_for is not None:
        yield f"what `{payment.fallback_for}` asks for does not hold"


def levels_words(levels: Levels, metric: Metric) -> Iterator[str]:
    """The levels of a condition, a clause each."""
    for bound in levels.bounds():
        later = f", {_away(bound.later)}," if bound.later else ""
        what = read(bound.measure, metric)
        what = f"{what.rstrip(',')}{later}" if later else what
        yield f"{what} is {_ENDS[bound.end]} {level(bound.level, bound.measure, metric)}"


_ENDS: Final[Mapping[End, str]] = {
    "at_least": "at least",
    "above": "more than",
    "up_to": "at most",
    "below": "less than",
}


def _away(periods: int) -> str:
    """How far another period is from the one that is paid for, in words."""
    count = f"{number(abs(periods))} period{'' if abs(periods) == 1 else 's'}"
    return f"{count} {'later' if periods > 0 else 'before'}"


def price(terms: Terms, timetable: Timetable, name: str) -> str:
    """What a payment comes to, in words."""
    payment = timetable.payments[name]
    metric = None if payment.metric is None else timetable.metrics[payment.metric]
    return ". ".join([_amount(terms, timetable, payment, metric), *_base_words(payment)]).rstrip(".")


def _amount(terms: Terms, timetable: Timetable, payment: Payment, metric: Metric | None) -> str:
    pays, of = payment.pays, payment.of
    values = [money(y, terms.currency) if of is None else f"{percent(y)} {_base(of)}" for y in schedule_values(pays)]
    if pays.per_unit is not None and metric is not None:
        return f"{values[0]} for {each_of(metric)} `{metric.name}`{came_about(metric)}"
    if metric is None or pays.per_unit is not None or pays.amount is not None:
        return schedule(pays, [], values)
    reads = timetable.reads(payment.name)
    x = [level(x, reads, metric) for x in schedule_levels(pays)]
    return f"by {read(reads, metric).rstrip(',')}: {schedule(pays, x, values)}"


def _table(terms: Terms, timetable: Timetable, payment: Payment) -> str:
    """A schedule of several lines as a table, and what it is read from; nothing for one that is said in a sentence."""
    pays, of = payment.pays, payment.of
    if payment.metric is None or len(pays.steps or pays.bands or pays.nodes or ()) < LINES:
        return ""
    metric, reads = timetable.metrics[payment.metric], timetable.reads(payment.name)
    values = [money(y, terms.currency) if of is None else f"{percent(y)} {_base(of)}" for y in schedule_values(pays)]
    lines = schedule_lines(pays, [level(x, reads, metric) for x in schedule_levels(pays)], values)
    after = f"{between(pays)[0].upper()}{between(pays)[1:]}. " if pays.nodes else ""
    return f"by {read(reads, metric).rstrip(',')}:{within(lines, ['level', 'pays'], (0, 1))}{after}"


def each_of(metric: Metric) -> str:
    """What a price is for, before the metric's name."""
    if metric.once:
        return "each person who reaches"
    return "each unit of" if metric.unit is None else f"each of the {metric.unit} of"


def came_about(metric: Metric) -> str:
    """How a unit that is paid for came about, after the metric's name."""
    if metric.once:
        return ""
    return " verified" if not metric.compared else " avoided" if metric.better == "lower" else " gained"


def _base_words(payment: Payment) -> Iterator[str]:
    """What a rate is for, and what it is of, a sentence each."""
    of = payment.of
    if of is None or of.principal is None:
        return
    if of.years is not None:
        yield f"It is paid for {number(of.years)} years, {'compounded yearly' if of.compounds else 'simple'}."
    yield f"Principal is that of {of.principal}."


def principal_words(terms: Terms) -> Iterator[str]:
    """What principal is, once for all payments that are a share of it or a rate on it."""
    if any(payment.of is not None and payment.of.principal is not None for payment in terms.payments):
        yield "Principal is the capital that a tranche has out at the start of the day of the payment."


def rises_words(rises: Rise, currency: str, *, on_results: bool = True) -> str:
    """How amounts rise from year to year, a sentence."""
    starts = f"in the year from {day(rises.from_)}"
    if rises.to is None:
        rate = percent(rises.a_year or 0.0)
        how = f"This holds {starts} and before, and rises by {rate} a year from then on, compounded"
    else:
        later = "in the year after it" if len(rises.to) == 1 else f"in the {number(len(rises.to))} years after it"
        how = f"This holds {starts}; {later} it is {listed(money(y, currency) for y in rises.to)}"
    return f"{how}, by the day of the {'result' if on_results else 'payment'}."


def _base(of: Base) -> str:
    """What a value is a share or a rate of."""
    if of.cost is not None:
        return f"of that instalment of `{of.cost}`"
    if of.cut_from is not None:
        return f"of what limits cut from `{of.cut_from}` on the same results"
    if of.due_to is not None:
        return f"of what is due to {of.due_to} then, its interest first"
    return "of principal" if of.years is None else "of principal a year"


def tests_words(terms: Terms, timetable: Timetable) -> Iterator[str]:
    """What several tests on compared results do to the chance of paying for nothing, a sentence for each metric."""
    tests = defaultdict[str | None, list[Payment]](list)
    for payment in terms.payments:
        if _tests(timetable, payment):
            tests[payment.metric].append(payment)
    for metric in terms.metrics:
        tested = tests[metric.name]
        times = sum(len(timetable.occasions(payment.name)) for payment in tested)
        if times == 0 or not timetable.compared(metric.name):
            continue
        text = f"A threshold on `{metric.name}` is a test that chance alone may pass though nothing has changed"
        if times > 1:
            text += f". It is tested {times} times by {names(p.name for p in tested)}, which makes that likelier"
        sure = {p.when.confidence for p in tested}
        if len(sure) == 1 and None not in sure:
            one = 1.0 - (next(iter(sure)) or 0.0)
            text += f". A test passes so with a chance of {percent(round(one, 6))}"
            if times > 1:
                any_of = percent(round(1.0 - (1.0 - one) ** times, 3))
                text += f". One of {times} tests that are independent passes so with {any_of}"
        yield text + "."


def _tests(timetable: Timetable, payment: Payment) -> bool:
    """Whether a payment on results jumps somewhere: at a level that it asks for, or in its schedule."""
    pays = payment.pays
    x = pays.knots().x if pays.per_unit is None and pays.amount is None else ()
    return bool(payment.when.bounds()) or len(set(x)) < len(x)


def limit_words(terms: Terms, timetable: Timetable, limit: Limit) -> str:
    """One limit: on which payments, and the most that they come to."""
    on, payer = timetable.limited(limit.name), limit.payer
    several = len(on) > 1 and payer is None
    every, after = timetable.on_results, ""
    if limit.on is not None and (len(on) <= FEW or on != every):
        which = f"{names(on)}{' together' if several else ''}"
        if payer is None and limit.amount is not None and len(on) < len(every):
            after = " It is on no other outcome payment."
    else:
        but = f" but {names(limit.except_)}" if limit.except_ else ""
        listing = f"these are {names(on)}" if len(on) <= FEW else f"{len(on)} payments"
        which = f"all outcome payments{but}{' together' if several else ''} ({listing})"
        several = payer is None
    text = f"`{limit.name}`: {'' if payer is None else f'what {payer} pays on '}{which}"
    comes = "come" if several else "comes"
    each = " for each cohort" if limit.scope == "cohort" else " in all"
    most = []
    if limit.amount is not None:
        most.append(f"{comes} to {money(limit.amount, terms.currency)} at most{each}")
    if limit.per_person is not None:
        most.append(f"{comes} to {money(limit.per_person, terms.currency)} at most for any one person")
    if limit.items_per_person is not None:
        items = "one milestone" if limit.items_per_person == 1 else f"{limit.items_per_person} milestones"
        first = "the one reached first" if limit.items_per_person == 1 else "those reached first"
        paid = "are" if several else "is"
        most.append(f"{paid} paid on {items} of any one person at most, {first}")
    if limit.until_repaid is not None:
        owed = verb(limit.until_repaid, "is", "are")
        most.append(
            f"{comes} on any day to no more than {listed(limit.until_repaid)} {owed} owed at its start, with interest"
        )
    if limit.return_on_costs is not None:
        cut = "are" if several else "is"
        rate = percent(limit.return_on_costs)
        most.append(
            f"{cut} cut so that the money spent{each} on costs, from the day on which each was paid, has earned {rate}"
            " a year at most"
        )
        after += " It is no cap on what investors earn, whose money may wait: that is a tranche's `return_cap`."
    return f"{text} {listed(most)}.{after}"
