"""`Scenario.describe()`: the term sheet in plain English, from the terms alone. A sentence or two for each noun.

Complete: every figure that a payment depends on is named, with all its digits, so that somebody who knows the contract
would catch a wrong one. Beliefs are not part of a contract and are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.scenario.wording import (
    day,
    level,
    listed,
    money,
    months,
    number,
    percent,
    read,
    schedule,
    schedule_levels,
    schedule_values,
    shares,
)
from sib.terms.capital import Remainder, Tranche
from sib.terms.deal import Cohort, Cost, Event
from sib.terms.design import Comparison
from sib.terms.metric import Metric, Reporting
from sib.terms.payment import Levels, Limit, Payment


def term_sheet(terms: Terms, timetable: Timetable) -> str:
    """The whole term sheet."""
    parts = [
        f"{terms.name}\n{terms.summary}",
        f"All amounts are in {terms.currency}. The deal starts on {day(terms.start)}. Outcomes are paid"
        f" for by {listed(_payers(terms))}; {_vehicle(terms)} holds the money between the parties.",
    ]
    sections = {
        "WHO IS SERVED": [_cohort(cohort) for cohort in terms.cohorts],
        "WHAT IS MEASURED": [_metric(timetable, metric) for metric in terms.metrics],
        "WHAT IS PAID FOR IT": [_payment(terms, timetable, payment) for payment in terms.payments],
        "LIMITS": [_limit(terms, limit) for limit in terms.limits],
        "WHAT IT COSTS": [_cost(terms, cost) for cost in terms.costs],
        "WHOSE MONEY IS AT RISK": [_tranche(terms, timetable, tranche) for tranche in terms.tranches],
        "WHERE RECEIPTS GO": list(_waterfall(terms, timetable)),
        "WHAT MAY END IT": [_event(terms, timetable, event) for event in terms.events],
    }
    parts += [
        "\n".join([heading, *(f"- {sentence}" for sentence in lines)]) for heading, lines in sections.items() if lines
    ]
    return "\n\n".join(parts) + "\n"


def _payers(terms: Terms) -> list[str]:
    """Everybody who pays for outcomes, each once."""
    named = [
        name for p in terms.payments if p.metric is not None for name in p.payers or (p.payer or terms.outcome_payer,)
    ]
    return list(dict.fromkeys(named)) or [terms.outcome_payer]


def _vehicle(terms: Terms) -> str:
    return "a vehicle" if terms.vehicle == "vehicle" else terms.vehicle


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
    text = [f"`{metric.name}`: {what}"]
    if metric.once:
        text.append("each person counting once at most")
    if metric.among is not None:
        text.append(f"among those only who reached `{metric.among}`")
    if metric.window_months is not None:
        text.append(f"within {months(metric.window_months)}")
    if metric.most is not None:
        text.append(f"{number(metric.most)} a person at most")
    if metric.persons_with is not None:
        of = metric.persons_with
        none = f"none of {_names(of.none_of)}" if of.none_of else ""
        some = f"at least one of {_names(of.any_of)}" if of.any_of else ""
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


def _payment(terms: Terms, timetable: Timetable, payment: Payment) -> str:
    metric = None if payment.metric is None else timetable.metrics[payment.metric]
    text = [f"`{payment.name}`: {_when_tested(terms, payment)}"]
    conditions = [f"if {words}" for words in _conditions(timetable, payment)]
    if conditions:
        text.append(listed(conditions))
    payer = shares(payment.payers) if payment.payers else (payment.payer or terms.outcome_payer)
    pays = _verb(payment.payers, "pays", "pay")
    text.append(f"{payer} {pays} {payment.to or 'the vehicle'} {_amount(terms, timetable, payment, metric)}")
    sentences = ", ".join(text) + "."
    if payment.when.unpaid is not None:
        other = payment.when.unpaid
        sentences += f" What is paid counts only the cohorts for which `{other}` has not fallen due."
    if payment.less:
        on = "on the same result" if payment.scope in ("cohort", "period") else "so far"
        sentences += f" What {_names(payment.less)} {_verb(payment.less, 'has', 'have')} paid {on} comes off."
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
        yield from _levels(payment.when, timetable.metrics[payment.metric])
    for name, levels in payment.when.others.items():
        yield from _levels(levels, timetable.metrics[name])
    if payment.when.made:
        yield f"{_names(payment.when.made)} {_verb(payment.when.made, 'has', 'have')} been paid"
    if payment.when.not_made:
        yield f"{_names(payment.when.not_made)} {_verb(payment.when.not_made, 'has', 'have')} not been paid"


def _levels(levels: Levels, metric: Metric) -> Iterator[str]:
    for measure, value in levels.levels().items():
        yield f"{read(measure, metric)} is at least {level(value, measure, metric)}"


def _amount(terms: Terms, timetable: Timetable, payment: Payment, metric: Metric | None) -> str:
    pays, of = payment.pays, payment.of
    values = [money(y, terms.currency) if of is None else percent(y) for y in schedule_values(pays)]
    if metric is None or pays.per_unit is not None or pays.amount is not None:
        words = schedule(pays, [], values)
    else:
        reads = timetable.reads(payment.name)
        x = [level(x, reads, metric) for x in schedule_levels(pays)]
        words = f"by {read(reads, metric).rstrip(',')}: {schedule(pays, x, values)}"
    if pays.per_unit is not None and metric is not None:
        unit = "verified" if not metric.compared else "avoided" if metric.better == "lower" else "gained"
        words += f" of `{metric.name}` {unit}"
    if of is None:
        return words
    base = f"of the capital that {of.principal} has out" if of.principal else f"of that instalment of `{of.cost}`"
    if of.years is None:
        return f"{words} {base}"
    way = "compounded" if of.compounds else "simple"
    return f"{words} a year, {way}, for {number(of.years)} years, {base}"


def _limit(terms: Terms, limit: Limit) -> str:
    whose = f"what {limit.payer} pays on " if limit.payer is not None else ""
    several = len(limit.on) > 1 and limit.payer is None
    text = f"`{limit.name}`: {whose}{_names(limit.on)}{' together' if several else ''}"
    comes = "come" if several else "comes"
    each = " for each cohort" if limit.scope == "cohort" else " in all"
    most = []
    if limit.amount is not None:
        most.append(f"{comes} to {money(limit.amount, terms.currency)} at most{each}")
    if limit.per_person is not None:
        most.append(f"{comes} to {money(limit.per_person, terms.currency)} at most for any one person")
    if limit.annual_return is not None:
        cut = "are" if several else "is"
        rate = percent(limit.annual_return)
        most.append(f"{cut} cut so that the money spent{each} has earned {rate} a year at most")
    return f"{text} {listed(most)}. What is over it is not paid, then or later."


def _cost(terms: Terms, cost: Cost) -> str:
    per = {"deal": "", "cohort": " for each cohort", "person": " for each person"}[cost.per]
    amount = f"{money(cost.amount, terms.currency)}{per} to {cost.to}"
    starts = f"from {day(cost.starts)}" if cost.starts is not None else "from the first day of a cohort's enrolment"
    parts = (
        f" in {cost.instalments} equal instalments, every {months(cost.every_months)}" if cost.instalments > 1 else ""
    )
    late = f" It is deferred: paid only out of receipts, in rank {cost.rank}." if cost.rank is not None else ""
    return f"`{cost.name}`: {amount}{parts} {starts}.{late}"


def _tranche(terms: Terms, timetable: Timetable, tranche: Tranche) -> str:
    drawn = "paid in on the first day" if tranche.draws == "at start" else "drawn as costs fall due"
    several = len(terms.tranches) > 1
    order = f", draw rank {tranche.draw_rank}" if several else ""
    kind = "equity" if tranche.kind == "equity" else f"a {tranche.kind}"
    text = [f"{tranche.name}: {kind} of {money(tranche.amount, terms.currency)}, {drawn}{order}."]
    fed = [p for p in timetable.to_vehicle if not tranche.repaid_from or p.name in tranche.repaid_from]
    if tranche.ranked and not fed:
        text.append("It is paid straight, by the payments that name it, and gets back what is not spent.")
    elif tranche.ranked:
        rank = f" in rank {tranche.rank}" if several else ""
        if tranche.repaid_on is not None:
            parts = listed(f"{percent(share)} on {day(date)}" for date, share in tranche.repaid_on)
            text.append(f"Its capital is repaid{rank} as follows: {parts}.")
        else:
            text.append(f"It is repaid{rank} as money comes in.")
    if tranche.kind == "equity":
        text.append("It is paid only from what remains once those who are repaid have been, capital and return alike.")
    if tranche.kind == "grant":
        text.append("It is not repaid.")
    if tranche.interest:
        way = "compounded yearly" if tranche.compounds else "simple"
        text.append(f"It earns interest of {percent(tranche.interest)} a year, {way}, on the capital that is out.")
    if tranche.repaid_from is not None:
        text.append(f"It is repaid from {_names(tranche.repaid_from)} only.")
    if tranche.return_cap is not None:
        cap = tranche.return_cap
        most = (
            f"{number(cap.multiple)} times what it paid in"
            if cap.multiple is not None
            else f"{percent(cap.annual_return or 0.0)} a year"
        )
        text.append(f"Out of what remains it gets no more than brings it to {most}.")
    if tranche.guarantee is not None:
        covers = tranche.guarantee.covers
        x = [money(v, terms.currency) for v in schedule_levels(covers)]
        values = schedule_values(covers)
        words = (
            [percent(v) for v in values] if covers.per_unit is not None else [money(v, terms.currency) for v in values]
        )
        most = (
            f"{words[0]} of the capital drawn"
            if covers.per_unit is not None
            else f"an amount that follows the capital drawn ({schedule(covers, x, words)})"
        )
        less = ", less what it has received" if tranche.guarantee.tops_up else ""
        text.append(
            f"{tranche.guarantee.by} makes good at the end what capital it has not got back, up to {most}{less}."
        )
    return " ".join(text)


def _waterfall(terms: Terms, timetable: Timetable) -> Iterator[str]:
    if terms.receipts_pay_costs_until is not None:
        until = day(terms.receipts_pay_costs_until)
        yield f"Until {until} receipts stay in the vehicle and pay costs before capital does."
    if timetable.to_vehicle and not terms.remainders:
        ranked = sorted((t for t in terms.tranches if t.ranked), key=lambda t: t.rank)
        for tranche in ranked if all(t.repaid_from for t in ranked) else ranked[:1]:
            name = tranche.name
            yield f"What remains once {name} has its capital and interest back goes to {name} as return."
    for remainder in terms.remainders:
        yield _remainder(remainder, "all receipts" if len(terms.remainders) == 1 else "all other receipts")
    yield "On the last day unspent capital goes back by rank, and the rest of it as what remains."


def _remainder(remainder: Remainder, rest: str) -> str:
    of = _names(remainder.on) if remainder.on is not None else rest
    shared = shares({name: share for name, share in remainder.shares.items() if share > 0})
    over = [name for name, share in remainder.shares.items() if share == 0]
    caps = f", and to {over[0]} 0% and what is over the others' caps" if over else ""
    return f"`{remainder.name}`: what remains of {of} once all who are repaid from it have been goes to {shared}{caps}."


def _event(terms: Terms, timetable: Timetable, event: Event) -> str:
    condition = ""
    levels, word = (event.when, "if") if event.when is not None else (event.unless, "unless")
    if levels is not None and event.metric is not None:
        metric = timetable.metrics[event.metric]
        known = " to date" if timetable.reporting(metric.name).by_period else ""
        condition = f", {word} by then {listed(_levels(levels, metric))}{known}"
    ends = []
    if event.cohorts:
        several = len(event.cohorts) > 1
        ends.append(f"cohort{'s' if several else ''} {listed(event.cohorts)} {'are' if several else 'is'} given up")
    if event.costs:
        ends.append(f"{_names(event.costs)} {_verb(event.costs, 'costs', 'cost')} nothing more")
    if event.payments:
        ends.append(f"{_names(event.payments)} {_verb(event.payments, 'pays', 'pay')} nothing more")
    for name, share in event.redeems.items():
        by = event.paid_by or terms.outcome_payer
        ends.append(
            f"{name} is redeemed at {percent(share)} of its capital, from unspent capital first and then by {by}"
        )
    when = f"on {day(event.date)}"
    if event.until is not None:
        when = f"it may happen on any day from {day(event.date)} to {day(event.until)}"
    return f"`{event.name}`: {when}{condition}: {listed(ends)}."


def _verb(names: Collection[str], one: str, several: str) -> str:
    return several if len(names) > 1 else one


def _names(names: tuple[str, ...]) -> str:
    return listed(f"`{name}`" for name in names)
