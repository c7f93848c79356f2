"""What outcomes can bring in at most before a day, as far as the terms tell: a bound on what receipts can pay of costs.

Where a schedule goes on for ever and nothing caps it, there is none: how much comes in is then a matter of beliefs, and
`sib check` says what they come to.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

from sib.scenario.terms import Terms
from sib.scenario.timetable import Occasion, Timetable
from sib.terms.payment import Payment


def most(terms: Terms, timetable: Timetable, until: dt.date) -> float:
    """The most that can go to the vehicle before a day, in money; infinite where the terms do not bound it."""
    return _most_in_all(terms, timetable, timetable.to_vehicle, until)


def to_draw_again(terms: Terms, timetable: Timetable) -> float:
    """The most that can ever repay tranches whose capital can be drawn again, in money; infinite likewise."""
    again = {tranche.name for tranche in terms.tranches if tranche.revolving}
    straight = [payment for payment in terms.payments if payment.to in again]
    return _most_in_all(terms, timetable, [*timetable.to_vehicle, *straight], dt.date.max)


def _most_in_all(terms: Terms, timetable: Timetable, payments: Iterable[Payment], until: dt.date) -> float:
    """The most that some payments can come to before a day."""
    left = {payment.name: _most_of(terms, timetable, payment, until) for payment in payments}
    total = 0.0
    caps = [limit for limit in terms.limits if limit.amount is not None and limit.payer is None]
    for limit in sorted(caps, key=lambda limit: limit.amount or 0.0):  # each payment under one limit: that is a bound
        room = (limit.amount or 0.0) * (len(timetable.served) if limit.scope == "cohort" else 1)
        total += min(room, math.fsum(left.pop(name) for name in timetable.limited(limit.name) if name in left))
    return total + math.fsum(left.values())


def _most_of(terms: Terms, timetable: Timetable, payment: Payment, until: dt.date) -> float:
    """The most that one payment can come to before a day, whatever its limits."""
    occasions = [one for one in timetable.occasions(payment.name) if one.date < until]
    return math.fsum(_most_on(terms, timetable, payment, occasion) for occasion in occasions)


def _most_on(terms: Terms, timetable: Timetable, payment: Payment, occasion: Occasion) -> float:
    """The most that a payment can come to on one occasion."""
    pays = payment.pays.on(occasion.priced)
    knots = pays.knots()
    value = max(*knots.y, 0.0)
    if knots.extended:
        metric = timetable.metrics[payment.metric or ""]
        price = pays.per_unit
        each_once = (metric.once or metric.kind == "proportion") and not metric.compared
        if price is None or not each_once or terms.beliefs.referrals is not None:
            return 0.0 if price == 0 else math.inf
        return price * sum(cohort.size for cohort in timetable.served)
    of = payment.of
    if of is None:
        return value
    if of.cut_from is not None:
        return value * _most_on(terms, timetable, timetable.payments[of.cut_from], occasion)
    if of.due_to is not None:
        return math.inf if value else 0.0  # its interest follows what is out, and for how long
    if of.principal is not None:
        share = value if of.years is None else value * of.years
        share = (1.0 + value) ** (of.years or 0.0) - 1.0 if of.compounds else share
        return share * math.fsum(tranche.amount for tranche in terms.tranches if tranche.name == of.principal)
    return value * (0.0 if occasion.instalment is None else occasion.instalment.amount)
