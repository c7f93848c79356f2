"""Payments and limits in words: what falls due when, on which condition, and how much. Part of the term sheet."""

from __future__ import annotations

from collections.abc import Iterator

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
    schedule,
    schedule_levels,
    schedule_values,
    shares,
    verb,
)
from sib.terms.metric import Metric
from sib.terms.payment import Base, Levels, Limit, Payment


def payment_words(terms: Terms, timetable: Timetable, payment: Payment) -> str:
    """One payment: when it is tested, on which condition, who pays whom, and how much."""
    metric = None if payment.metric is None else timetable.metrics[payment.metric]
    text = [f"`{payment.name}`: {_when_tested(terms, payment)}"]
    conditions = [f"if {words}" for words in _conditions(timetable, payment)]
    if conditions:
        text.append(listed(conditions))
    payer = shares(payment.payers) if payment.payers else (payment.payer or terms.outcome_payer)
    pays = verb(payment.payers, "pays", "pay")
    text.append(f"{payer} {pays} {payment.to or 'the vehicle'} {_amount(terms, timetable, payment, metric)}")
    sentences = ", ".join(text) + "."
    if payment.when.unpaid is not None:
        other = payment.when.unpaid
        sentences += f" What is paid counts only the cohorts for which `{other}` has not fallen due."
    if payment.less:
        on = "on the same result" if payment.scope in ("cohort", "period") else "so far"
        sentences += f" What {names(payment.less)} {verb(payment.less, 'has', 'have')} paid {on} comes off."
    if payment.repays:
        sentences += " It repays capital, no more than is out."
    if payment.owed_by is not None:
        sentences += f" Where it comes to less than nothing, {payment.owed_by} owes the difference to the payer."
    return sentences


def _when_tested(terms: Terms, payment: Payment) -> str:
    lag = f"{months(payment.months_after_result)} after" if payment.months_after_result else "on"
    if payment.due is not None:
        if payment.due.dates is not None:
            return f"fixed, on {listed(map(day, payment.due.dates))}"
        starts = payment.due.starts or terms.start
        return f"fixed, {payment.due.times} times, every {months(payment.due.every_months or 0)} from {day(starts)}"
    if payment.metric is None:
        return f"{lag} each day on which an instalment of `{payment.of.cost if payment.of else ''}` falls due"
    which = {
        "cohort": f"for each cohort by itself, {lag} its result",
        "period": f"for each period by itself, {lag} its result",
        "pooled": f"once, over all results together, {lag} the last of them",
        "to date": f"over all results so far, {lag} each of them",
        None: "",
    }[payment.scope]
    only = []
    if payment.cohorts is not None:
        only.append(f"for cohort{'s' if len(payment.cohorts) > 1 else ''} {listed(payment.cohorts)} only")
    if payment.published_from is not None:
        only.append(f"for results published from {day(payment.published_from)}")
    if payment.published_until is not None:
        only.append(f"for results published until {day(payment.published_until)}")
    return ", ".join([which, *only])


def _conditions(timetable: Timetable, payment: Payment) -> Iterator[str]:
    if payment.metric is not None:
        yield from levels_words(payment.when, timetable.metrics[payment.metric])
    for name, levels in payment.when.others.items():
        yield from levels_words(levels, timetable.metrics[name])
    if payment.when.made:
        yield f"{names(payment.when.made)} {verb(payment.when.made, 'has', 'have')} been paid"
    if payment.when.not_made:
        yield f"{names(payment.when.not_made)} {verb(payment.when.not_made, 'has', 'have')} not been paid"


def levels_words(levels: Levels, metric: Metric) -> Iterator[str]:
    """The levels of a condition, a clause each."""
    for measure, value in levels.levels().items():
        yield f"{read(measure, metric)} is at least {level(value, measure, metric)}"


def price(terms: Terms, timetable: Timetable, name: str) -> str:
    """What a payment comes to, in words."""
    payment = timetable.payments[name]
    return _amount(terms, timetable, payment, None if payment.metric is None else timetable.metrics[payment.metric])


def _amount(terms: Terms, timetable: Timetable, payment: Payment, metric: Metric | None) -> str:
    pays, of = payment.pays, payment.of
    values = [money(y, terms.currency) if of is None else f"{percent(y)} {_base(of)}" for y in schedule_values(pays)]
    if metric is None or pays.per_unit is not None or pays.amount is not None:
        words = schedule(pays, [], values, None if metric is None else metric.unit)
    else:
        reads = timetable.reads(payment.name)
        x = [level(x, reads, metric) for x in schedule_levels(pays)]
        words = f"by {read(reads, metric).rstrip(',')}: {schedule(pays, x, values)}"
    if pays.per_unit is not None and metric is not None:
        how = "verified" if not metric.compared else "avoided" if metric.better == "lower" else "gained"
        words += f" of `{metric.name}` {how}"
    if of is None or of.principal is None:
        return words
    years = ""
    if of.years is not None:
        years = f", for {number(of.years)} years, {'compounded yearly' if of.compounds else 'simple'}"
    return f"{words}{years}, where principal is the capital that {of.principal} has out at the start of that day"


def _base(of: Base) -> str:
    """What a value is a share or a rate of."""
    if of.cost is not None:
        return f"of that instalment of `{of.cost}`"
    return "of principal" if of.years is None else "of principal a year"


def tests_words(terms: Terms, timetable: Timetable) -> Iterator[str]:
    """What several tests on compared results do to the chance of paying for nothing, a sentence for each metric."""
    for metric in terms.metrics:
        tested = [p for p in terms.payments if p.metric == metric.name and _tests(timetable, p)]
        times = sum(len(timetable.occasions(payment.name)) for payment in tested)
        if times == 0 or not timetable.compared(metric.name):
            continue
        text = f"A threshold on `{metric.name}` is a test that chance alone may pass though nothing has changed"
        if times > 1:
            text += f"; it is tested {times} times by {names(p.name for p in tested)}, which makes that likelier"
        sure = {p.when.confidence for p in tested}
        if len(sure) == 1 and None not in sure:
            one = 1.0 - (next(iter(sure)) or 0.0)
            text += f". A test passes so with a chance of {percent(round(one, 6))}"
            if times > 1:
                text += f", one of {times} that are independent with {percent(round(1.0 - (1.0 - one) ** times, 3))}"
        yield text + "."


def _tests(timetable: Timetable, payment: Payment) -> bool:
    """Whether a payment on results jumps somewhere: at a level that it asks for, or in its schedule."""
    pays = payment.pays
    x = pays.knots().x if pays.per_unit is None and pays.amount is None else ()
    return bool(payment.when.levels()) or len(set(x)) < len(x)


def limit_words(terms: Terms, timetable: Timetable, limit: Limit) -> str:
    """One limit: on which payments, and the most that they come to."""
    on, payer = timetable.limited(limit.name), limit.payer
    several = len(on) > 1 and payer is None
    if limit.on is not None:
        which = f"{names(on)}{' together' if several else ''}"
        left = [one.name for one in terms.payments if one.metric is not None and one.name not in on]
        which += f", and not on {names(left)}," if left and payer is None and limit.amount is not None else ""
    else:
        but = f" but {names(limit.except_)}" if limit.except_ else ""
        which = f"all outcome payments{but}{' together' if several else ''} ({names(on)})"
        several = payer is None
    text = f"`{limit.name}`: {'' if payer is None else f'what {payer} pays on '}{which}"
    comes = "come" if several else "comes"
    each = " for each cohort" if limit.scope == "cohort" else " in all"
    most = []
    if limit.amount is not None:
        most.append(f"{comes} to {money(limit.amount, terms.currency)} at most{each}")
    if limit.per_person is not None:
        most.append(f"{comes} to {money(limit.per_person, terms.currency)} at most for any one person")
    if limit.return_on_costs is not None:
        cut = "are" if several else "is"
        rate = percent(limit.return_on_costs)
        most.append(
            f"{cut} cut so that the money spent{each} on costs, from the day on which each was paid, has earned {rate}"
            " a year at most (no cap on what investors earn, whose money may wait: that is a tranche's `return_cap`)"
        )
    return f"{text} {listed(most)}. What is over it is not paid, then or later."
