"""Rules about how tranches are repaid: from which payments, on which days, and by payments that serve one of them."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict

from sib.errors import Refusal
from sib.scenario.rules.names import Path
from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.terms.capital import Tranche
from sib.terms.payment import Payment


def check(terms: Terms, timetable: Timetable) -> None:
    """Check how tranches are repaid."""
    for i, tranche in enumerate(terms.tranches):
        _repaid(timetable, i, tranche)
    _repaying(terms, timetable)
    alike = defaultdict[str, list[Payment]](list)  # by tranche, the payments of what falls due to it so far
    for i, payment in enumerate(terms.payments):
        if payment.of is not None and payment.of.due_to is not None:
            alike[payment.of.due_to].append(payment)
            _serves(timetable, i, payment, alike[payment.of.due_to])


def dated(terms: Terms, _: Timetable) -> None:
    """Refuse a payment of what falls due to a tranche to which nothing does on days of its own."""
    undated = {tranche.name for tranche in terms.tranches if not tranche.falls_due}
    for i, payment in enumerate(terms.payments):
        name = _due_to(payment)
        if name in undated:
            raise Refusal(
                ("payments", i, "of", "due_to"),
                name,
                f"what falls due to a tranche does so on its own days; `{name}` has none: it is repaid as money comes"
                " in",
                "give it `repaid_on`, `interest_on` or both",
            )


def _repaid(timetable: Timetable, i: int, tranche: Tranche) -> None:
    """A tranche is repaid from what goes to the vehicle, on days of its own from one pot only."""
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
        (tuple(t.name for t in timetable.repaid_from(p.name)), tuple(r.name for r in timetable.remainders(p.name)))
        for p in timetable.to_vehicle
        if tranche.repaid_from is None or p.name in tranche.repaid_from
    }
    if tranche.falls_due and len(pots) > 1:
        key, what = ("repaid_on", "repayments") if tranche.repaid_on is not None else ("interest_on", "interest")
        raise Refusal(
            ("tranches", i, key),
            f"repaid from {len(pots)} pots",
            f"money is kept for scheduled {what} in one pot: payments to the same tranches with one remainder",
            "give these payments one remainder, or name those of one pot in `repaid_from`",
        )
    if tranche.repaid_from is not None and tranche.kind == "grant":
        raise Refusal(("tranches", i, "repaid_from"), list(tranche.repaid_from), "a grant is not repaid", "remove it")


def _repaying(terms: Terms, timetable: Timetable) -> None:
    """Payments that repay a tranche on one day are of one payer: the first would leave the next less to repay.

    Those that pay shares of what is due to it are worked out before any of them is made.
    """
    repaying = [(i, p) for i, p in enumerate(terms.payments) if p.repays or (_due_to(p) and p.to is not None)]
    so_far = defaultdict[tuple[str | None, dt.date], list[Payment]](list)  # who pays a tranche on a day, each way once
    for i, payment in repaying:
        days = dict.fromkeys(occasion.date for occasion in timetable.occasions(payment.name))
        shares, due_to = timetable.shares(payment.name), _due_to(payment)
        for day in days:
            others = so_far[payment.to, day]
            for before in others:
                if timetable.shares(before.name) == shares or (due_to and _due_to(before)):
                    continue
                raise Refusal(
                    ("payments", i, "repays"),
                    f"on {day}, with `{before.name}`",
                    "two payments that repay one tranche on one day are paid by the same, in the same shares: it would"
                    " depend on their order who pays",
                    f"give them the same payers, or let `{payment.name}` fall due on another day",
                )
            if not any(timetable.shares(b.name) == shares and bool(_due_to(b)) == bool(due_to) for b in others):
                others.append(payment)


def _due_to(payment: Payment) -> str | None:
    return None if payment.of is None else payment.of.due_to


def _serves(timetable: Timetable, i: int, payment: Payment, alike: list[Payment]) -> None:
    """What falls due to a tranche goes to it, straight or through the vehicle, once."""
    at: Path = ("payments", i)
    name = _due_to(payment)
    if payment.to not in (None, name):
        raise Refusal(
            (*at, "to"),
            payment.to,
            f"what falls due to `{name}` goes to it, or to the vehicle, which pays it on",
            f'leave `to` out, or write `to = "{name}"`',
        )
    if payment.repays:
        raise Refusal(
            (*at, "repays"),
            payment.repays,
            f"what falls due to `{name}` is its interest, then its capital",
            "remove `repays`",
        )
    if payment.to is None and name not in {one.name for one in timetable.repaid_from(payment.name)}:
        raise Refusal(
            (*at, "of", "due_to"),
            name,
            f"what is paid because it falls due to `{name}` repays it; its `repaid_from` leaves `{payment.name}` out",
            f'add "{payment.name}" to `repaid_from`',
        )
    total = math.fsum(p.pays.amount or 0.0 for p in alike)
    if total > 1 + 1e-9 and not any(p.when != type(p.when)() for p in alike):  # else the later pays what is left
        raise Refusal(
            (*at, "pays", "amount"),
            f"{total:g} in all",
            f"what falls due to `{name}` is paid once: the shares of all who pay it come to 1 at most",
            "lower the shares",
        )
