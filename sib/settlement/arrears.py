"""Arrears: what was not paid of costs when it was due, read off a book. Worked out only where it is asked for.

A cost that there is no money for on its day is paid late, from receipts that may pay costs, or never (convention 11).
Money, never negative, one number for all paths or one a path. Deferred costs are due on no day: they are paid by their
rank from what comes in, so they are never late, and no capital is needed for them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from sib.settlement.book import Amount, Book, Kind
from sib.settlement.contract import Contract


class Settled(NamedTuple):
    """An instalment of a cost: who was owed it, and what was paid of it in time, late and never."""

    step: int
    to: str
    label: str
    deferred: bool
    in_time: Amount  # of a deferred cost all that was ever paid
    late: Amount
    never: Amount

    def each(self, change: Callable[[Amount], float]) -> Settled:
        """The same with each amount changed: to that of one path, or to a sum over paths."""
        return self._replace(in_time=change(self.in_time), late=change(self.late), never=change(self.never))

    def plus(self, other: Settled) -> Settled:
        """The same instalment on more paths, summed."""
        in_time, late, never = self.in_time + other.in_time, self.late + other.late, self.never + other.never
        return self._replace(in_time=in_time, late=late, never=never)


def instalments(book: Book) -> list[Settled]:
    """All instalments of all costs, in the order in which they fell due; the oldest are paid first."""
    left, found = dict(book.unpaid), list[Settled]()
    for due in reversed(book.dues):
        bill = due.bill
        never: Amount = np.minimum(left.get(bill, 0.0), due.missing)
        left[bill] = left.get(bill, 0.0) - never
        made_up = due.missing - never
        in_time, late = (due.paid + made_up, 0.0) if bill.deferred else (due.paid, made_up)
        found.append(Settled(due.step, bill.to, bill.label, bill.deferred, in_time, late, never))
    return found[::-1]


def largest(book: Book) -> Amount:
    """The most that is due and not paid at the end of any day."""
    changes: dict[int, Amount] = {}
    for due in book.dues:
        if not due.bill.deferred and not _nothing(due.missing):
            changes[due.step] = changes.get(due.step, 0.0) + due.missing
    for step, amount in book.paid_late:
        changes[step] = changes.get(step, 0.0) - amount
    found: Amount = 0.0
    arrears: Amount = 0.0
    for step in sorted(changes):
        arrears = arrears + changes[step]
        found = np.maximum(found, arrears)
    return found


def never_paid(book: Book) -> Amount:
    """What is never paid in all."""
    return sum((owed for bill, owed in book.unpaid.items() if not bill.deferred), 0.0)


def capital_needed(contract: Contract, book: Book) -> Amount:
    """The least capital with which every cost is paid by the end of the day on which it falls due.

    What comes in is taken as it came. Without receipts that pay costs it is the costs in all. Before the day until
    which they do, capital and receipts together have to cover what has fallen due, at the end of each day. Costs from
    that day on are paid from capital alone, of which earlier costs have drawn what receipts of days before did not pay.
    Capital that can be drawn again has to cover what costs have drawn and nothing has repaid yet.
    """
    if contract.revolving:
        return _needed_to_draw_again(contract, book)
    until = contract.kept_until
    plain = [due for due in book.dues if not due.bill.deferred]
    if until is None:
        return _total(book, [amount for due in plain for amount in (due.paid, due.missing)])
    costs, receipts = dict[int, Amount](), dict[int, Amount]()
    for due in plain:
        costs[due.step] = costs.get(due.step, 0.0) + due.paid + due.missing
    for entry in book.entries:
        if entry.payee == contract.vehicle and entry.kind in (Kind.OUTCOME, Kind.FIXED) and entry.step < until:
            receipts[entry.step] = receipts.get(entry.step, 0.0) + entry.amount
    by_evening: Amount = 0.0  # the capital that is needed where what comes in on a day pays costs of that day
    by_morning: Amount = 0.0  # the capital that costs draw: they fall due before anything comes in
    short: Amount = 0.0  # what has fallen due, less what has come in
    for step in range(until):
        short = short + costs.get(step, 0.0)
        by_morning = np.maximum(by_morning, short)
        short = short - receipts.get(step, 0.0)
        by_evening = np.maximum(by_evening, short)
    after = sum((amount for step, amount in costs.items() if step >= until), 0.0)
    found: Amount = np.maximum(by_evening, (by_morning + after) * (np.asarray(after) > 0))
    return found


def _needed_to_draw_again(contract: Contract, book: Book) -> Amount:
    """What costs have drawn and nothing has repaid yet, at its most.

    What repays is what repaid it, and what remained: more of that would have repaid more. Interest is taken as it came.
    What is out on the morning of a day may be repaid on it and drawn again once, so that half of it is enough.
    """
    again = {tranche.name for tranche in contract.tranches if tranche.revolving}
    straight = {one.payment for step in contract.steps for one in step.claims if one.repays or one.due_to is not None}
    due: list[Amount] = [0.0] * book.steps
    repaid: list[Amount] = [0.0] * book.steps
    other: list[Amount] = [0.0] * book.steps  # capital that is drawn once
    for instalment in book.dues:
        if not instalment.bill.deferred:
            due[instalment.step] = due[instalment.step] + instalment.paid + instalment.missing
    for entry in book.entries:
        remains = entry.kind in (Kind.RETURN, Kind.LEFT_OVER)
        if remains or (entry.payee in again and (entry.kind == Kind.REPAYMENT or entry.payment in straight)):
            repaid[entry.step] = repaid[entry.step] + entry.amount
        elif entry.kind == Kind.DRAW and entry.payer not in again:
            other[entry.step] = other[entry.step] + entry.amount
    out: Amount = 0.0
    spent: Amount = 0.0
    found: Amount = 0.0
    for step in range(book.steps):
        spent = spent + other[step]
        morning = out + due[step]
        out = np.maximum(morning - repaid[step], spent)
        found = np.maximum(found, np.maximum(out, (morning + spent) / 2.0))
    return found


def _total(book: Book, amounts: Sequence[Amount]) -> Amount:
    """All amounts together: one number where none of them varies."""
    fixed = math.fsum(float(amount) for amount in amounts if np.ndim(amount) == 0)
    varying = [amount for amount in amounts if np.ndim(amount)]
    if not varying:
        return fixed
    total = np.full(book.paths, fixed)
    for amount in varying:
        total += amount
    return total


def _nothing(amount: Amount) -> bool:
    """Whether an amount is zero on all paths by construction."""
    return bool(np.ndim(amount) == 0 and amount == 0)
