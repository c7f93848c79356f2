"""Rules about money: payments reach somebody, nothing is stuck in the vehicle, costs are funded. Last of the rules."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Mapping

from sib.errors import Refusal
from sib.scenario.rules import loans, receipts, remainders
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.payment import Payment

MOST_INSTALMENTS = 50_000
_CENT = 0.01


def check(terms: Terms, timetable: Timetable) -> None:
    """Check where the money goes."""
    for i, payment in enumerate(terms.payments):
        _payee(terms, i, payment)
        _bounded(terms, timetable, i, payment)
    loans.check(terms, timetable)
    remainders.check(terms, timetable)
    _one_pot(terms, timetable)
    _redemptions(terms, timetable)
    _funding(terms, timetable)


def _payee(terms: Terms, i: int, payment: Payment) -> None:
    """A payment goes from one party to another, and repays only who put capital in."""
    tranches = [tranche.name for tranche in terms.tranches]
    payers = [*payment.payers, payment.payer or terms.outcome_payer]
    if payment.to == terms.vehicle or payment.to in payers:
        raise Refusal(
            ("payments", i, "to"),
            payment.to,
            "a payment goes to the vehicle unless `to` names another party, who does not pay it",
            "leave `to` out" if payment.to == terms.vehicle else "name the party that is paid",
        )
    if payment.repays and payment.to not in tranches:
        raise Refusal(
            ("payments", i, "repays"),
            payment.repays,
            "capital is repaid to a tranche",
            f"name one under `to`: {', '.join(tranches)}",
        )
    if payment.owed_by is not None and payment.owed_by in payers:
        raise Refusal(
            ("payments", i, "owed_by"), payment.owed_by, "nobody owes to themselves", "name the investor or provider"
        )


def _bounded(terms: Terms, timetable: Timetable, i: int, payment: Payment) -> None:
    """What a schedule that goes on beyond its ends may come to has a bound."""
    capped = any(limit.amount is not None for limit in timetable.limits_on(payment.name))
    unbounded = payment.metric is not None and payment.pays.beyond == "extended" and payment.owed_by is not None
    if unbounded and (timetable.reads(payment.name) == "improvement" or timetable.metrics[payment.metric or ""].parts):
        raise Refusal(
            ("payments", i, "pays", "beyond"),
            "extended",
            "an improvement has no bound where the comparison has no events, so what is owed on it would have none",
            "leave `beyond` out, so that the ends are flat, or let it read points or units",
        )
    if payment.pays.beyond == "extended" and timetable.reads(payment.name) == "improvement" and not capped:
        raise Refusal(
            ("payments", i, "pays", "beyond"),
            "extended",
            "an improvement has no bound where the comparison has no events; a payment on it needs one",
            "add a limit with an amount on this payment, or let it read units",
        )


def _one_pot(terms: Terms, timetable: Timetable) -> None:
    """Receipts that pay costs are one pot, and do not repay capital that is drawn again for them."""
    if terms.receipts_pay_costs_until is None:
        return
    linked = [i for i, tranche in enumerate(terms.tranches) if tranche.repaid_from is not None]
    shared = {frozenset(remainder.on or ()) for remainder in terms.remainders}
    if linked or len(shared) > 1 or not timetable.to_vehicle:
        raise Refusal(
            ("receipts_pay_costs_until",),
            terms.receipts_pay_costs_until,
            "receipts that pay costs are one pot: no tranche is repaid from some only, what remains is shared once",
            "remove `repaid_from`, or leave this key out",
        )
    again = next((i for i, tranche in enumerate(terms.tranches) if tranche.revolving), None)
    if again is not None:
        raise Refusal(
            ("tranches", again, "revolving"),
            terms.tranches[again].revolving,
            "receipts pay costs themselves, or repay capital that is drawn again for them",
            "remove `revolving`, or `receipts_pay_costs_until`",
        )


def _receipts_pay(terms: Terms, timetable: Timetable, committed: float, spent: float) -> None:
    """Where receipts may pay costs, all the money that there can be is enough for the plan."""
    until = terms.receipts_pay_costs_until
    if until is None:
        return
    after = math.fsum(item.amount for item in timetable.instalments if item.rank is None and item.date >= until)
    if after > committed * (1 + 1e-12):
        raise Refusal(
            ("costs",),
            f"{after:,.2f} from {until} on",
            f"costs that fall due once receipts pay no more are paid from the capital committed, {committed:,.2f}",
            "raise the tranche's amount, lower the costs, or let receipts pay costs until a later day",
        )
    brought = receipts.most(terms, timetable, until)
    if spent > (committed + brought) * (1 + 1e-12):
        raise Refusal(
            ("costs",),
            f"{spent:,.2f} in all",
            f"costs are paid from the capital committed, {committed:,.2f}, and from what can come in before {until},"
            f" {brought:,.2f} at the very most",
            "raise the tranche's amount, lower the costs, or let receipts pay costs until a later day",
        )


def _drawn_again(terms: Terms, timetable: Timetable, committed: float, spent: float) -> None:
    """Where capital can be drawn again, what repays it and the capital together are enough for the plan."""
    brought = receipts.to_draw_again(terms, timetable)
    if spent > (committed + brought) * (1 + 1e-12):
        raise Refusal(
            ("costs",),
            f"{spent:,.2f} in all",
            f"costs are paid from the capital committed, {committed:,.2f}, and from what can come in to repay it and be"
            f" drawn again, {brought:,.2f} at the very most",
            "raise the tranche's amount, or lower the costs",
        )


def _redemptions(terms: Terms, timetable: Timetable) -> None:
    """Costs end with the capital that would have paid them."""
    together = _on_one_day(terms)
    last = {(item.cost, item.cohort): item for item in timetable.instalments if item.rank is None}  # they are by date
    for i, event in enumerate(terms.events):
        if not event.redeems:
            continue
        for other in (terms.events[j] for j in sorted(together[i])):
            twice = next(name for name in event.redeems if name in other.redeems)
            either = event.metric == other.metric is not None and (event.when, event.unless) == (
                other.unless,
                other.when,
            )
            either &= event.date == other.date
            if not either and other.name not in timetable.instead_of("events", event.name):
                raise Refusal(
                    ("events", i, "redeems", twice),
                    f"`{other.name}` may redeem it on the same days",
                    "on one day one event redeems a tranche: which comes first would not be known",
                    "let the two be one event, or let one begin after the other's `until`",
                )
        costs, cohorts = set(event.costs), set(event.cohorts)
        going_on = {
            of for of, item in last.items() if item.date >= event.date and not (of[0] in costs or of[1] in cohorts)
        }
        if going_on:
            first = next(
                item
                for item in timetable.instalments
                if (item.cost, item.cohort) in going_on and item.date >= event.date and item.rank is None
            )
            raise Refusal(
                ("events", i, "costs"),
                f"`{first.cost}` on {first.date}",
                "capital that goes back pays no more costs: those from that day on end with the event",
                f'add "{first.cost}" to `costs`',
            )


def _on_one_day(terms: Terms) -> Mapping[int, set[int]]:
    """Of each event the earlier ones in the file that may redeem the same tranche on the same day, by position."""
    by_tranche = defaultdict[str, list[tuple[dt.date, dt.date, int]]](list)
    for i, event in enumerate(terms.events):
        for name in event.redeems:
            by_tranche[name].append((event.date, event.until or event.date, i))
    found = defaultdict[int, set[int]](set)
    for spans in by_tranche.values():
        under_way: list[tuple[dt.date, int]] = []
        for begins, ends, i in sorted(spans):
            under_way = [(until, j) for until, j in under_way if until >= begins]
            for _, j in under_way:
                found[max(i, j)].add(min(i, j))
            under_way.append((ends, i))
    return found


def _funding(terms: Terms, timetable: Timetable) -> None:
    """The capital pays the costs, and there are some."""
    intakes = sum(timetable.enrolling(cohort) for cohort in terms.cohorts)
    each = {"deal": 1, "cohort": len(terms.cohorts), "person": len(terms.cohorts), "person enrolled": intakes}
    count = sum(cost.instalments * each[cost.per] for cost in terms.costs)
    if count > MOST_INSTALMENTS:
        raise Refusal(
            ("costs",),
            f"{count:,} instalments",
            f"at most {MOST_INSTALMENTS:,} instalments in all",
            "lower `instalments`, or put costs together",
        )
    for i, cost in enumerate(terms.costs):
        if cost.rank is not None and not timetable.to_vehicle:
            raise Refusal(
                ("costs", i, "rank"),
                cost.rank,
                "a deferred cost is paid from what goes to the vehicle",
                "remove `rank`",
            )
    committed = math.fsum(tranche.amount for tranche in terms.tranches)
    spent = math.fsum(item.amount for item in timetable.instalments if item.rank is None)
    if any(tranche.revolving for tranche in terms.tranches):
        _drawn_again(terms, timetable, committed, spent)
    elif spent > committed * (1 + 1e-12) and terms.receipts_pay_costs_until is None:
        comes = min(
            (one.date for payment in timetable.to_vehicle for one in timetable.occasions(payment.name)), default=None
        )
        last = max(item.date for item in timetable.instalments if item.rank is None)
        last = max(last, comes or last) + dt.timedelta(days=1)
        raise Refusal(
            ("costs",),
            f"{spent:,.2f} in all",
            f"costs are paid from the capital committed, {committed:,.2f}",
            "raise the tranche's amount or lower the costs; or let what comes in for outcomes pay costs until a day,"
            f" after the last is due and the first comes in: `receipts_pay_costs_until = {last}`",
        )
    _receipts_pay(terms, timetable, committed, spent)
    for i, limit in enumerate(terms.limits):
        if limit.return_on_costs is not None and spent > committed * (1 + 1e-12):
            raise Refusal(
                ("limits", i, "return_on_costs"),
                f"{spent:,.2f} of costs, {committed:,.2f} of capital",
                "a cap on what the money spent has earned counts costs as planned; some may never be paid where capital"
                " alone does not pay for all of them",
                "raise the tranche's amount, or cap what is paid by an `amount`",
            )
    if spent < _CENT and terms.tranches and all(tranche.draws == "as needed" for tranche in terms.tranches):
        raise Refusal(
            ("costs",),
            f"{spent:g} in all",
            "the programme costs something: nothing is drawn and nothing is at risk otherwise",
            "give a cost an amount above 0",
        )
