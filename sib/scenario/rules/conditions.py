"""Rules about conditions: what a payment or event falls back on, looks at in other periods, or asks of a tranche."""

from __future__ import annotations

from sib.errors import Refusal
from sib.scenario.rules.names import Path
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.metric import Names
from sib.terms.payment import Payment


def check(terms: Terms, timetable: Timetable) -> None:
    """Refuse conditions that never hold, always hold, or are not known when they are asked for."""
    for i, payment in enumerate(terms.payments):
        _gates(timetable, i, payment)
        _priced(timetable, i, payment)
        _both_ways(i, payment)
    _repaid(terms)
    for i, payment in enumerate(terms.payments):
        if payment.fallback_for is not None:
            _after(
                timetable, payment, payment.fallback_for, ("payments", i, "fallback_for"), "a payment falls back on one"
            )
        if payment.of is not None and payment.of.cut_from is not None:
            _cut(timetable, i, payment, payment.of.cut_from)
        _fallback(timetable, i, payment)
    _fallback_events(terms)


def _gates(timetable: Timetable, i: int, payment: Payment) -> None:
    """What a payment looks at in another period is published."""
    for name, levels in payment.when.others.items():
        if not levels.away:
            continue
        path: Path = ("payments", i, "when", "others", name)
        key = "periods_later" if levels.away > 0 else "periods_before"
        way = "later" if levels.away > 0 else "before"
        away = f"{abs(levels.away)} period{'' if abs(levels.away) == 1 else 's'} {way}"
        if payment.scope != "period" or not timetable.reporting(name).by_period:
            raise Refusal(
                (*path, key),
                abs(levels.away),
                f"periods {way} are of metrics that are reported by period, for a payment on each period",
                'report it by period, and write `scope = "period"`, or leave the key out',
            )
        for occasion in timetable.occasions(payment.name):
            if timetable.period_away(payment, name, occasion.results[0]) is None:
                own = timetable.result_names(payment.metric or "")[occasion.results[0]]
                until = "published_until" if levels.away > 0 else "published_from"
                raise Refusal(
                    (*path, key),
                    abs(levels.away),
                    f"each period that is paid for has a result of `{name}` {away}; {own} has none",
                    f"leave those periods out by `{until}`, or report `{name}` on the same days and for longer",
                )


def _both_ways(i: int, payment: Payment) -> None:
    """Nothing is asked both to hold and not to."""
    when = payment.when
    for yes, no, keys in ((when.repaid, when.not_repaid, "not_repaid"), (when.made, when.not_made, "not_made")):
        both = [name for name in yes or () if name in (no or ())]
        if both:
            raise Refusal(
                ("payments", i, "when", keys),
                both[0],
                "a payment that asks for something and for its opposite is never made",
                "keep one of the two",
            )


def _repaid(terms: Terms) -> None:
    """Only who is repaid can have been."""
    ranked = [tranche.name for tranche in terms.tranches if tranche.ranked]
    asked: list[tuple[Path, Names | None]] = []
    for i, payment in enumerate(terms.payments):
        asked.append((("payments", i, "when", "repaid"), payment.when.repaid))
        asked.append((("payments", i, "when", "not_repaid"), payment.when.not_repaid))
    asked += [(("limits", i, "until_repaid"), limit.until_repaid) for i, limit in enumerate(terms.limits)]
    for path, names in asked:
        for j, name in enumerate(names or ()):
            if name in (names or ())[:j]:
                raise Refusal((*path, j), name, "a tranche is named once", "leave it out")
            if name not in ranked:
                raise Refusal(
                    (*path, j),
                    name,
                    "a tranche that is repaid is a loan, a note or a recyclable grant",
                    f"name one of these: {', '.join(ranked)}" if ranked else "remove the condition",
                )


def _priced(timetable: Timetable, i: int, payment: Payment) -> None:
    """A table of prices has one for each year in which something is paid for."""
    rises = payment.pays.rises
    if rises is None or rises.ends is None:
        return
    for occasion in timetable.occasions(payment.name):
        if not rises.from_ <= occasion.priced < rises.ends:
            raise Refusal(
                ("payments", i, "pays", "rises", "to"),
                f"from {rises.from_} to before {rises.ends}",
                f"a table of years leaves none out in which something is paid for; a result is of {occasion.priced}",
                "add a figure for each year that is missing, or correct `from`",
            )


def _fallback(timetable: Timetable, i: int, payment: Payment) -> None:
    """What a payment falls back on may fail, is tested on the same results, and is decided by then."""
    name, path = payment.fallback_for, ("payments", i, "fallback_for")
    if name is None:
        return
    other = timetable.payments[name]
    if not other.when.model_fields_set:
        raise Refusal(
            path,
            name,
            f"a payment falls back on another where that one's conditions do not hold; `{name}` has none",
            f"give `{name}` its conditions under `when`, or write `when = {{ not_made = [...] }}` here",
        )


def _cut(timetable: Timetable, i: int, payment: Payment, name: str) -> None:
    """What is cut from another payment is cut by a limit, on the same results."""
    path: Path = ("payments", i, "of", "cut_from")
    limits = timetable.limits_on(name)
    if not any(limit.in_money for limit in limits):
        raise Refusal(
            path,
            name,
            f"it is a share of what limits cut from `{name}`, and none is on it",
            f'add a limit: [[limits]] with `on = ["{name}"]` and an `amount`, or `until_repaid`',
        )
    for limit in limits:
        if limit.a_person:
            raise Refusal(
                path,
                name,
                f"what a limit a person cuts is lost; `{limit.name}` is on `{name}`",
                "take it up from a payment that is under limits in money alone",
            )
    cutting = [limit for limit in limits if limit.in_money]
    if {limit.name for limit in cutting} <= {limit.name for limit in timetable.limits_on(payment.name)}:
        raise Refusal(
            path,
            name,
            f"what cuts `{name}`, {', '.join(f'`{limit.name}`' for limit in cutting)}, is on this payment too: it would"
            " leave nothing for it",
            f'name what the limit is on: on = ["{name}"], or take this one out: except = ["{payment.name}"]',
        )
    _after(timetable, payment, name, path, "a payment takes up what is cut from one")


def _after(timetable: Timetable, payment: Payment, name: str, path: Path, what: str) -> None:
    """Another payment is tested on the same results, and is decided by then."""
    other = timetable.payments[name]
    together = payment.scope == other.scope and (
        payment.scope == "pooled"
        or timetable.result_names(payment.metric or "") == timetable.result_names(other.metric or "")
    )
    if payment.metric is None or other.metric is None or not together:
        raise Refusal(
            path,
            name,
            f"{what} that is tested on the same results: alike by cohort or period, or pooled",
            "give both the same scope, on metrics that are reported alike",
        )
    due = {occasion.results: occasion.date for occasion in timetable.occasions(name)}
    for occasion in timetable.occasions(payment.name):
        before = max(due.values(), default=None) if payment.scope == "pooled" else due.get(occasion.results)
        if before is not None and before > occasion.date:
            raise Refusal(
                path,
                f"`{name}` is due {before}, this {occasion.date}",
                f"{what} that has been decided by then",
                f"raise `months_after_result` here, or lower it in `{name}`",
            )


def _fallback_events(terms: Terms) -> None:
    """An event that falls back on another is decided once that one has happened or not."""
    events = {event.name: event for event in terms.events}
    for i, event in enumerate(terms.events):
        if event.fallback_for is None:
            continue
        other, path = events[event.fallback_for], ("events", i, "fallback_for")
        if other.certain:
            raise Refusal(
                path, other.name, f"`{other.name}` happens for certain, so this one never does", "remove one of the two"
            )
        if (other.until or other.date) > event.date:
            raise Refusal(
                path,
                f"`{other.name}` until {other.until or other.date}, this on {event.date}",
                "an event that falls back on another is decided once that one has happened or not",
                "correct one of the two dates",
            )
