"""Capital: walks through the dates and moves the money. Draws, costs, claims under their limits, repayment, wind-up.

On each date costs come first, paid from the vehicle's account and drawn from the investors where that is short; then
the claims in the order of the file, each cut to the room its limits leave; then everything received for outcomes goes
on to the investors, as repayment until they have back what they paid in, as return after that. On the last date what
is left of their capital goes back. So money received for outcomes never pays costs, and the account ends at zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sib.engine.evaluation import Results
from sib.engine.ledger import Amount, Book
from sib.engine.plan import Cap, Claim, Plan
from sib.engine.schedules import Floats, reached

_ROUNDING = 1e-12  # a share of the commitment that is not money


def settle(plan: Plan, results: Sequence[Results]) -> Book:
    """Turn measured results into every movement of cash.

    Parameters
    ----------
    plan : Plan
        The compiled scenario.
    results : sequence of Results
        Measured results, one a metric, all with the same number of paths.

    Returns
    -------
    Book
    """
    paths = results[0].paths
    book = Book(paths, len(plan.steps))
    rooms = [_Room(cap, paths) for cap in plan.caps]
    made: dict[tuple[int, int], Floats] = {}  # (payment, cohort): 1 where it has fallen due, whatever a limit left
    balance = 0.0  # capital in the vehicle: the same on every path
    owed: Amount = 0.0  # capital not yet repaid
    for date, step in enumerate(plan.steps):
        needed = math.fsum(cost.amount for cost in step.costs)
        call = plan.committed if plan.drawn_at_start and date == 0 else max(needed - balance, 0.0)
        book.pay(date, plan.tranche, plan.vehicle, "draw", call)
        balance, owed = balance + call, owed + call
        for cost in step.costs:
            book.pay(date, plan.vehicle, cost.to, cost.label, cost.amount)
        balance -= needed
        if balance < _ROUNDING * plan.committed:  # of floats: the terms refuse costs above the capital
            balance = 0.0
        received: Amount = 0.0
        for claim in step.claims:
            paid = _claim(claim, date, results[claim.metric], made, rooms)
            book.pay(date, plan.payer, plan.vehicle, claim.label, paid)
            received = received + paid
        if step.claims:
            repaid = np.minimum(received, owed)
            book.pay(date, plan.vehicle, plan.tranche, "repayment", repaid)
            book.pay(date, plan.vehicle, plan.tranche, "return", received - repaid)
            owed = owed - repaid
    book.pay(len(plan.steps) - 1, plan.vehicle, plan.tranche, "wind-up: unspent capital", balance)
    return book


def _claim(
    claim: Claim, date: int, results: Results, made: dict[tuple[int, int], Floats], rooms: Sequence[_Room]
) -> Floats:
    """What is paid on a claim, (paths,): what is due, cut to the room that each limit leaves."""
    counted = None
    if claim.unpaid is not None:
        already = [made.get((claim.unpaid, cohort)) for cohort in claim.members]
        counted = np.array([np.ones(results.paths) if paid is None else 1.0 - paid for paid in already])
    amount = due(claim, results, counted)
    for cohort in claim.members:
        made[claim.payment, cohort] = (amount > 0).astype(np.float64)
    for limit in claim.limits:
        amount = np.minimum(amount, rooms[limit].left(date, claim.members, counted))
    for limit in claim.limits:
        rooms[limit].use(date, claim.members, counted, amount)
    return amount


def due(claim: Claim, results: Results, counted: Floats | None) -> Floats:
    """What a claim comes to before any limit, (paths,); never below zero.

    The levels are tested on all members; the schedule reads those that count, and pays nothing where none does.
    """
    amount = np.maximum(claim.curve(results.read(claim.reading, claim.members, counted)), 0.0)
    if counted is not None:
        amount = np.where(counted.any(axis=0), amount, 0.0)
    for measure, level in claim.levels:
        amount = np.where(reached(results.read(measure, claim.members), level), amount, 0.0)
    return amount


class _Room:
    """What a limit still leaves, by account. Values are kept as of the first date, so that nothing is compounded."""

    def __init__(self, cap: Cap, paths: int) -> None:
        self.cap = cap
        accounts = len(cap.spent)
        self.paid = np.zeros((accounts, paths))
        self.value = np.zeros((accounts, paths))

    def left(self, date: int, members: tuple[int, ...], counted: Floats | None) -> Floats:
        """Room for a claim on these cohorts, (paths,)."""
        total: Floats = self._rooms(date, members, counted).sum(axis=0)
        return total

    def use(self, date: int, members: tuple[int, ...], counted: Floats | None, amount: Floats) -> None:
        """Take a payment from the accounts, in proportion to the room each had."""
        accounts = self._accounts(members)
        part = amount[None, :]
        if len(accounts) > 1:
            rooms = self._rooms(date, members, counted)
            total = rooms.sum(axis=0)
            part = rooms * np.divide(amount, total, out=np.zeros_like(amount), where=total > 0)
        self.paid[accounts] += part
        self.value[accounts] += part / self.cap.growth[date]

    def _accounts(self, members: tuple[int, ...]) -> list[int]:
        return list(members) if self.cap.by_cohort else [0]

    def _rooms(self, date: int, members: tuple[int, ...], counted: Floats | None) -> Floats:
        accounts = self._accounts(members)
        by_return = (self.cap.spent[accounts, date][:, None] - self.value[accounts]) * self.cap.growth[date]
        room: Floats = np.maximum(np.minimum(self.cap.amount - self.paid[accounts], by_return), 0.0)
        return room if counted is None or not self.cap.by_cohort else room * counted
