"""Rules about money: payments reach somebody, nothing is stuck in the vehicle, costs are funded. Last of the rules."""

from __future__ import annotations

import datetime as dt
import math

from sib.errors import Refusal
from sib.scenario.rules import receipts
from sib.scenario.rules.names import Path
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.capital import Tranche
from sib.terms.payment import Payment

MOST_INSTALMENTS = 50_000
_CENT = 0.01


def check(terms: Terms, timetable: Timetable) -> None:
    """Check where the money goes."""
    for i, payment in enumerate(terms.payments):
        _payee(terms, i, payment)
        _bounded(terms, timetable, i, payment)
    for i, tranche in enumerate(terms.tranches):
        _repaid(timetable, i, tranche)
    _repaying(terms, timetable)
    _leftover(terms, timetable)
    _revolving(terms, timetable)
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
    capped = any(payment.name in timetable.limited(limit.name) and limit.amount is not None for limit in terms.limits)
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


def _repaid(timetable: Timetable, i: int, tranche: Tranche) -> None:
    """A tranche is repaid from what goes to the vehicle, by schedule from one pot only."""
    for j, name in enumerate(tranche.repaid_from or ()):
        payment = timetable.payments[name]
        if payment.to is not None:
            raise Refusal(
                ("tranches", i, "repaid_from", j),
                name,
                f"a tranche is repaid from what goes to the vehicle; `{name}` goes straight to {payment.to}",
                "leave `to` out of that payment, or do not name it here",
            )
    pots = {
        (tuple(t.name for t in timetable.repaid_from(p.name)), tuple(timetable.remainder(p.name).items()))
        for p in timetable.to_vehicle
        if tranche.repaid_from is None or p.name in tranche.repaid_from
    }
    if tranche.repaid_on is not None and len(pots) > 1:
        raise Refusal(
            ("tranches", i, "repaid_on"),
            f"repaid from {len(pots)} pots",
            "money is kept for scheduled repayments in one pot: payments to the same tranches with one remainder",
            "give these payments one remainder, or name those of one pot in `repaid_from`",
        )
    if tranche.repaid_from is not None and tranche.kind == "grant":
        raise Refusal(("tranches", i, "repaid_from"), list(tranche.repaid_from), "a grant is not repaid", "remove it")


def _repaying(terms: Terms, timetable: Timetable) -> None:
    """Payments that repay a tranche on one day are of one payer: the first would leave the next less to repay."""
    repaying = [(i, payment) for i, payment in enumerate(terms.payments) if payment.repays]
    for number, (i, payment) in enumerate(repaying):
        days = {occasion.date for occasion in timetable.occasions(payment.name)}
        for _, before in repaying[:number]:
            same = days & {occasion.date for occasion in timetable.occasions(before.name)}
            if same and payment.to == before.to and timetable.shares(payment.name) != timetable.shares(before.name):
                raise Refusal(
                    ("payments", i, "repays"),
                    f"on {min(same)}, with `{before.name}`",
                    "two payments that repay one tranche on one day are paid by the same, in the same shares: it would"
                    " depend on their order who pays",
                    f"give them the same payers, or let `{payment.name}` fall due on another day",
                )


def _leftover(terms: Terms, timetable: Timetable) -> None:
    """Money that nobody would get is refused by name."""
    names = {tranche.name: tranche for tranche in terms.tranches}
    for i, payment in enumerate(terms.payments):
        if payment.to is not None:
            continue
        shares = timetable.remainder(payment.name)
        repaid = timetable.repaid_from(payment.name)
        at: Path = ("payments", i)
        if not shares and not repaid:
            raise Refusal(
                at,
                payment.name,
                f"somebody gets what goes to the vehicle; no tranche is repaid from `{payment.name}`",
                "name it in a tranche's `repaid_from`, name a party under `to`, or add [[remainders]] with shares",
            )
        if not shares and len(repaid) > 1:
            raise Refusal(
                ("remainders",),
                "nothing said",
                f"somebody gets what remains of `{payment.name}` once {', '.join(t.name for t in repaid)} are repaid",
                "add [[remainders]] with the shares of what remains",
            )
        capped = [name for name in shares or (repaid[0].name,) if name in names and names[name].return_cap is not None]
        if len(capped) == len(shares or (1,)):
            raise Refusal(
                ("remainders",),
                ", ".join(capped),
                f"somebody without a cap gets what is over the caps; `{payment.name}` could leave money behind",
                "add a party to [[remainders]] that takes what is over, such as the outcome payer; its share may be 0",
            )
    for i, remainder in enumerate(terms.remainders):
        spare = [
            name
            for name, share in remainder.shares.items()
            if share == 0 and (name not in names or names[name].return_cap is None)
        ]
        if len(spare) > 1:
            raise Refusal(
                ("remainders", i, "shares", spare[1]),
                0,
                f"one party with a share of 0 takes what is over the others' caps; `{spare[0]}` and `{spare[1]}` would",
                "leave one of them out, or give it a share",
            )
    for i, tranche in enumerate(terms.tranches):
        shared = any(tranche.name in remainder.shares for remainder in terms.remainders)
        straight = any(payment.to == tranche.name for payment in terms.payments)
        if tranche.kind == "equity" and terms.remainders and not shared and not straight:
            raise Refusal(
                ("tranches", i, "kind"),
                tranche.kind,
                f"equity is paid from what remains; no remainder has a share for `{tranche.name}`",
                "give it a share under [[remainders]], or make it a loan",
            )
    for i, remainder in enumerate(terms.remainders):
        for j, name in enumerate(remainder.on or ()):
            if timetable.payments[name].to is not None:
                raise Refusal(
                    ("remainders", i, "on", j), name, "what remains is of what goes to the vehicle", "leave it out"
                )
            if any(name in (other.on or ()) for other in terms.remainders[:i]):
                raise Refusal(
                    ("remainders", i, "on", j), name, "what remains of a payment is shared once", "name it once"
                )
        if remainder.on is None and any(other.on is None for other in terms.remainders[:i]):
            raise Refusal(
                ("remainders", i, "on"), "all payments", "what remains of a payment is shared once", "name the payments"
            )


def _revolving(terms: Terms, timetable: Timetable) -> None:
    """Receipts that pay costs are one pot."""
    if terms.receipts_pay_costs_until is None:
        return
    linked = [i for i, tranche in enumerate(terms.tranches) if tranche.repaid_from is not None]
    if linked or len(terms.remainders) > 1 or not timetable.to_vehicle:
        raise Refusal(
            ("receipts_pay_costs_until",),
            terms.receipts_pay_costs_until,
            "receipts that pay costs are one pot: no tranche is repaid from some only, what remains is shared once",
            "remove `repaid_from`, or leave this key out",
        )


def _revolving_costs(terms: Terms, timetable: Timetable, committed: float, spent: float) -> None:
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


def _redemptions(terms: Terms, timetable: Timetable) -> None:
    """Costs end with the capital that would have paid them."""
    for i, event in enumerate(terms.events):
        if not event.redeems:
            continue
        for other in terms.events[:i]:
            twice = [name for name in event.redeems if name in other.redeems]
            apart = (event.until or event.date) < other.date or (other.until or other.date) < event.date
            either = event.metric == other.metric is not None and (event.when, event.unless) == (
                other.unless,
                other.when,
            )
            either &= event.date == other.date
            if twice and not apart and not either and other.name not in timetable.instead_of("events", event.name):
                raise Refusal(
                    ("events", i, "redeems", twice[0]),
                    f"`{other.name}` may redeem it on the same days",
                    "on one day one event redeems a tranche: which comes first would not be known",
                    "let the two be one event, or let one begin after the other's `until`",
                )
        for item in timetable.instalments:
            ends = item.cost in event.costs or item.cohort in event.cohorts
            if item.date >= event.date and not ends and item.rank is None:
                raise Refusal(
                    ("events", i, "costs"),
                    f"`{item.cost}` on {item.date}",
                    "capital that goes back pays no more costs: those from that day on end with the event",
                    f'add "{item.cost}" to `costs`',
                )


def _funding(terms: Terms, timetable: Timetable) -> None:
    """The capital pays the costs, and there are some."""
    count = sum(cost.instalments * (1 if cost.per == "deal" else len(terms.cohorts)) for cost in terms.costs)
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
    if spent > committed * (1 + 1e-12) and terms.receipts_pay_costs_until is None:
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
    _revolving_costs(terms, timetable, committed, spent)
    for i, limit in enumerate(terms.limits):
        if limit.return_on_costs is not None and spent > committed * (1 + 1e-12):
            raise Refusal(
                ("limits", i, "return_on_costs"),
                f"{spent:,.2f} of costs, {committed:,.2f} of capital",
                "a cap on what the money spent has earned counts costs as planned; some may never be paid where capital"
                " alone does not pay for all of them",
                "raise the tranche's amount, or cap what is paid by an `amount`",
            )
    if spent < _CENT and all(tranche.draws == "as needed" for tranche in terms.tranches):
        raise Refusal(
            ("costs",),
            f"{spent:g} in all",
            "the programme costs something: nothing is drawn and nothing is at risk otherwise",
            "give a cost an amount above 0",
        )
