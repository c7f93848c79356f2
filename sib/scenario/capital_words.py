"""Capital in words: each tranche, and where receipts go. Part of the term sheet."""

from __future__ import annotations

from collections.abc import Iterator

from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.scenario.wording import (
    day,
    listed,
    money,
    months,
    names,
    number,
    percent,
    schedule,
    schedule_levels,
    schedule_values,
    shares,
    verb,
)
from sib.terms.capital import ReturnLevel, Series, Tranche
from sib.terms.remainder import Remainder, Tier


def tranche_words(terms: Terms, timetable: Timetable, tranche: Tranche) -> str:
    """One tranche: what it puts in and when, how it is repaid, what protects it."""
    paid_in = [item.date for item in timetable.instalments if item.rank is None and item.amount > 0]
    span = ""
    if paid_in:
        once = paid_in[0] == paid_in[-1]
        span = f", on {day(paid_in[0])}" if once else f", from {day(paid_in[0])} to {day(paid_in[-1])}"
    several = len(terms.tranches) > 1
    order = f", in draw rank {tranche.draw_rank}" if several else ""
    drawn = f"paid in on {day(terms.start)}" if tranche.draws == "at start" else f"drawn as costs fall due{span}"
    kind = "equity" if tranche.kind == "equity" else f"a {tranche.kind}"
    text = [f"{tranche.name}: {kind} of {money(tranche.amount, terms.currency)}. It is {drawn}{order}."]
    if tranche.revolving:
        text.append(
            f"What has been repaid can be drawn again, {money(tranche.amount, terms.currency)} out at most at any time."
        )
    fed = [p for p in timetable.to_vehicle if not tranche.repaid_from or p.name in tranche.repaid_from]
    rank = f" in rank {tranche.rank}" if several and fed else ""
    if tranche.ranked and not fed:
        text.append("It is paid straight, by the payments that name it, and gets back what is not spent.")
    elif tranche.ranked and tranche.repaid_on is None:
        text.append(f"It is repaid{rank} as money comes in.")
    if tranche.repaid_on is not None:
        parts = listed(f"{_part(tranche, share, terms.currency)} on {day(date)}" for date, share in tranche.repaid_on)
        text.append(f"Its capital is {'repaid' if fed else 'due'}{rank} as follows: {parts}.")
    if fed and tranche.falls_due:
        capital = "for capital that is not due yet" if tranche.repaid_on is not None else ""
        interest = "its interest to the day on which it is due" if tranche.interest else ""
        text.append(
            f"What comes in earlier is kept for it, {' and '.join(filter(None, (capital, interest)))}. Nobody below it"
            " is paid from that, and it is no part of what remains."
        )
    if tranche.kind == "equity":
        text.append("It is paid only from what remains once those who are repaid have been, capital and return alike.")
    if tranche.kind == "grant":
        text.append("It is not repaid.")
    if tranche.interest:
        text.append(_interest(tranche))
    if tranche.repaid_from is not None:
        text.append(f"It is repaid from {names(tranche.repaid_from)} only.")
    if tranche.return_cap is not None:
        text.append(f"Out of what remains it gets no more than brings it to {_return(tranche.return_cap)}.")
    if tranche.guarantee is not None:
        by, covers = tranche.guarantee.by, tranche.guarantee.covers
        text.append(f"{by} makes good at the end what capital it has not got back.")
        x = [money(v, terms.currency) for v in schedule_levels(covers)]
        if covers.per_unit is not None:
            most = f"{percent(covers.per_unit)} of the capital drawn"
        else:
            words = [money(v, terms.currency) for v in schedule_values(covers)]
            amount = schedule(covers, x, words)
            most = amount if amount == words[0] else f"an amount that follows the capital drawn ({amount})"
        less = ", less what it has received" if tranche.guarantee.tops_up else ""
        text.append(f"That is up to {most}{less}.")
        redeemed = [event.name for event in terms.events if tranche.name in event.redeems]
        if redeemed:
            text.append(f"It is nothing once the tranche has been redeemed under {names(redeemed)}.")
    return " ".join(text)


def _part(tranche: Tranche, share: float, currency: str) -> str:
    """A scheduled repayment, as a share and in money."""
    return f"{percent(share)} ({money(round(share * tranche.amount, 6), currency)})"


def _interest(tranche: Tranche) -> str:
    """How a tranche's interest is counted, and when it falls due."""
    days = {"actual/365": "actual days over 365", "actual/360": "actual days over 360"}
    count = days.get(tranche.day_count, "months of 30 days over 360")
    rate = f"It earns interest of {percent(tranche.interest)} a year"
    if tranche.interest_on is None:
        way = "compounded yearly" if tranche.compounds else "simple"
        return f"{rate}, {way}, on the capital that is out, by {count}."
    after = "earns interest from then on" if tranche.compounds else "earns none"
    on = series(tranche.interest_on)
    return (
        f"{rate}, simple, on the capital that is out, by {count}, due {on} and on the last day; what is not paid then"
        f" {after}."
    )


def series(days: Series) -> str:
    """Days that follow one another."""
    if days.first is None:
        return f"on {listed(map(day, days.dates or ()))}"
    return f"{days.times} times, every {months(days.every_months or 0)} from {day(days.first)}"


def _return(level: ReturnLevel) -> str:
    """A return that a tranche may come to."""
    if level.multiple is not None:
        return f"{number(level.multiple)} times what it paid in"
    return f"{percent(level.annual_return or 0.0)} a year"


def receipts_words(terms: Terms, timetable: Timetable) -> Iterator[str]:
    """What receipts are for, and who gets what remains, a sentence each."""
    if terms.receipts_pay_costs_until is not None:
        until = day(terms.receipts_pay_costs_until)
        yield f"Until {until} receipts stay in the vehicle and pay costs before capital does."
    if timetable.to_vehicle and not terms.remainders:
        ranked = sorted((t for t in terms.tranches if t.ranked), key=lambda t: t.rank)
        for tranche in ranked if all(t.repaid_from for t in ranked) else ranked[:1]:
            name = tranche.name
            yield f"What remains once the capital and interest of {name} are back goes to {name} as return."
    shared = {frozenset(remainder.on or ()) for remainder in terms.remainders}
    for remainder in terms.remainders:
        alike = [one for one in terms.remainders if set(one.on or ()) == set(remainder.on or ()) and one.once_repaid]
        later = alike[0] if alike and remainder.once_repaid is None else None
        yield _remainder(remainder, later, "all receipts" if len(shared) == 1 else "all other receipts")
    if terms.tranches:
        yield "On the last day unspent capital goes back by rank, and the rest of it as what remains."


def _remainder(remainder: Remainder, later: Remainder | None, rest: str) -> str:
    """One remainder; `later` is one of the same payments that holds once somebody has been repaid."""
    of = names(remainder.on) if remainder.on is not None else rest
    waits = f", from when {_whole(remainder)}" if remainder.once_repaid else ""
    ends = f", until {_whole(later)}" if later is not None else ""
    text = f"`{remainder.name}`: what remains of {of}, once all who are repaid from it have been{waits}{ends}, goes"
    tiers = []
    for tier in remainder.in_tiers:
        until = "" if tier.until is None else f" until {tier.until.tranche} has {_come_to(tier.until)}"
        tiers.append(f"to {_shared(tier)}{until}")
    over = [name for name in remainder.takers if all(tier.shares.get(name, 0) == 0 for tier in remainder.in_tiers)]
    caps = f" What is over their caps goes to {listed(over)}, which gets 0% besides." if over else ""
    return f"{text} {'; then '.join(tiers)}.{caps}"


def _whole(remainder: Remainder) -> str:
    """The condition on which a remainder holds."""
    repaid = remainder.once_repaid or ()
    return f"{listed(repaid)} {verb(repaid, 'has its', 'have their')} capital and interest back"


def _come_to(level: ReturnLevel) -> str:
    """A return that a tranche has come to."""
    if level.multiple is not None:
        return f"received {_return(level)}"
    return f"earned {_return(level)} on all that it paid in and received"


def _shared(tier: Tier) -> str:
    """The shares of one tier."""
    return shares({name: share for name, share in tier.shares.items() if share > 0})
