"""Capital in words: each tranche, and where receipts go. Part of the term sheet."""

from __future__ import annotations

from collections.abc import Iterator

from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.scenario.wording import (
    day,
    listed,
    money,
    names,
    number,
    percent,
    schedule,
    schedule_levels,
    schedule_values,
    shares,
)
from sib.terms.capital import Remainder, Tranche


def tranche_words(terms: Terms, timetable: Timetable, tranche: Tranche) -> str:
    """One tranche: what it puts in and when, how it is repaid, what protects it."""
    paid_in = [item.date for item in timetable.instalments if item.rank is None]
    span = f", from {day(paid_in[0])} to {day(paid_in[-1])}" if paid_in else ""
    several = len(terms.tranches) > 1
    order = f", in draw rank {tranche.draw_rank}" if several else ""
    drawn = f"paid in on {day(terms.start)}" if tranche.draws == "at start" else f"drawn as costs fall due{span}"
    kind = "equity" if tranche.kind == "equity" else f"a {tranche.kind}"
    text = [f"{tranche.name}: {kind} of {money(tranche.amount, terms.currency)}. It is {drawn}{order}."]
    fed = [p for p in timetable.to_vehicle if not tranche.repaid_from or p.name in tranche.repaid_from]
    if tranche.ranked and not fed:
        text.append("It is paid straight, by the payments that name it, and gets back what is not spent.")
    elif tranche.ranked:
        rank = f" in rank {tranche.rank}" if several else ""
        if tranche.repaid_on is not None:
            parts = listed(f"{percent(share)} on {day(date)}" for date, share in tranche.repaid_on)
            text.append(f"Its capital is repaid{rank} as follows: {parts}.")
            interest = " and its interest to the day on which it is due" if tranche.interest else ""
            text.append(
                f"What comes in earlier is kept for it, for capital that is not due yet{interest}. Nobody below it is"
                " paid from that, and it is no part of what remains."
            )
        else:
            text.append(f"It is repaid{rank} as money comes in.")
    if tranche.kind == "equity":
        text.append("It is paid only from what remains once those who are repaid have been, capital and return alike.")
    if tranche.kind == "grant":
        text.append("It is not repaid.")
    if tranche.interest:
        way = "compounded yearly" if tranche.compounds else "simple"
        text.append(
            f"It earns interest of {percent(tranche.interest)} a year, {way}, on the capital that is out, by actual"
            " days over 365."
        )
    if tranche.repaid_from is not None:
        text.append(f"It is repaid from {names(tranche.repaid_from)} only.")
    if tranche.return_cap is not None:
        cap = tranche.return_cap
        most = (
            f"{number(cap.multiple)} times what it paid in"
            if cap.multiple is not None
            else f"{percent(cap.annual_return or 0.0)} a year"
        )
        text.append(f"Out of what remains it gets no more than brings it to {most}.")
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


def receipts_words(terms: Terms, timetable: Timetable) -> Iterator[str]:
    """What receipts are for, and who gets what remains, a sentence each."""
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
    of = names(remainder.on) if remainder.on is not None else rest
    shared = shares({name: share for name, share in remainder.shares.items() if share > 0})
    over = [name for name, share in remainder.shares.items() if share == 0]
    caps = f" What is over their caps goes to {over[0]}, which gets 0% besides." if over else ""
    return (
        f"`{remainder.name}`: what remains of {of}, once all who are repaid from it have been, goes to {shared}.{caps}"
    )
