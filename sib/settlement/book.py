"""`Book`: every movement of cash of a block of paths, double entry. What the capital walk writes and all else reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats

Amount = float | Floats

LEAST = 1e-100  # nobody pays less


class Kind(StrEnum):
    """What a movement of cash is. All code reads kinds; a label is for people, and any name may stand in it."""

    DRAW = "draw"  # capital that a tranche puts in
    REDRAW = "drawn again"  # capital that a tranche puts in again, out of what it was repaid
    COST = "cost"  # what the vehicle pays those who run the programme: in time, late or deferred
    OUTCOME = "outcome payment"  # what is paid for results
    FIXED = "fixed payment"  # what is paid whatever the results: principal, standing charges, reimbursed costs
    OUTCOME_OWED = "owed on outcome payments"  # what `owed_by` pays back where results come to less than nothing
    FIXED_OWED = "owed on fixed payments"  # what `owed_by` pays back where a fixed payment does
    INTEREST = "interest"  # interest to a tranche
    REPAYMENT = "repayment"  # capital back to a tranche
    RETURN = "return"  # what a tranche gets of what remains once all who are due have been paid
    LEFT_OVER = "left over"  # what a party that is no tranche gets of it
    REDEMPTION = "redemption"  # what a tranche gets when an event redeems it early
    UNSPENT = "unspent capital"  # capital that was not spent, back to the tranches that are owed it, at the end
    GUARANTEE = "guarantee"  # what a guarantor makes good


_LABELS = {Kind.LEFT_OVER: "what remains", Kind.UNSPENT: "wind-up: unspent capital"}  # the others': the kind itself


def fraction(part: Amount, whole: Amount) -> Amount:
    """Part over whole, both finite; nothing where the whole is not above zero."""
    found: Amount = part / np.maximum(whole, LEAST) * (whole > LEAST)
    return found


def one_where(met: bool | NDArray[np.bool_]) -> Amount:
    """One where something is met, zero elsewhere."""
    found: Amount = np.multiply(met, 1.0)
    return found


def where(met: NDArray[np.bool_], amount: Floats) -> Floats:
    """The amount, of floats, where something is met, zero elsewhere, (paths,).

    To the bit what `np.where` gives; that one takes six times as long on conditions that no processor foresees. It is
    left to that one where either is no plain array but keeps how it was worked out.
    """
    if type(met) is not np.ndarray or type(amount) is not np.ndarray:
        found: Floats = np.where(met, amount, 0.0)
        return found
    kept: Floats = (amount.view(np.int64) & -met.astype(np.int64)).view(np.float64)
    return kept


class Entry(NamedTuple):
    """Money from one party to another: `amount` is one number for all paths, or one a path; never negative."""

    step: int
    payer: str
    payee: str
    kind: Kind
    label: str
    amount: Amount
    payment: int | None = None  # the payment that it is made on, by its position in the contract
    claim: str | None = None  # what the claim is called that it is made on


class Bill(NamedTuple):
    """A cost as money is owed on it: which one and for which cohort, who is paid, and what it is called."""

    cost: str
    cohort: str | None
    to: str
    label: str
    deferred: bool  # paid by its rank from what comes in, and due on no day


class Due(NamedTuple):
    """An instalment of a cost: what was paid of it by the end of the day on which it fell due, and what was not.

    Money, never negative, one number for all paths or one a path.
    """

    step: int
    bill: Bill
    paid: Amount
    missing: Amount


class Cash(NamedTuple):
    """Net cash by date, positive = received: what is the same on all paths apart from the dates on which it varies."""

    fixed: Floats  # (dates,), zero on the dates that vary
    rows: NDArray[np.int64]  # the dates that vary, ascending
    varying: Floats  # (those dates, paths)

    def on(self, step: int) -> Amount:
        """What is received on a date: one number, or one a path."""
        place = int(np.searchsorted(self.rows, step))
        varies = place < self.rows.size and self.rows[place] == step
        return self.varying[place] if varies else float(self.fixed[step])


class Book:
    """The entries of a block of paths, in the order in which they happen.

    Entries are cash. What costs there were, and what was not paid of them, stands beside: `dues` in the order in which
    they fell due, `paid_late` on which step how much was paid of what was overdue, `unpaid` what is still owed.
    """

    def __init__(self, paths: int, steps: int) -> None:
        self.paths = paths
        self.steps = steps
        self.entries: list[Entry] = []
        self.dues: list[Due] = []
        self.paid_late: list[tuple[int, Amount]] = []
        self.unpaid: dict[Bill, Amount] = {}

    def pay(
        self,
        step: int,
        payer: str,
        payee: str,
        kind: Kind,
        amount: Amount,
        *,
        label: str | None = None,
        payment: int | None = None,
        claim: str | None = None,
    ) -> None:
        """Write one movement; nothing is written where there is nothing to pay on any path by construction."""
        if not (np.isscalar(amount) and amount == 0):
            said = _LABELS.get(kind, kind.value) if label is None else label
            self.entries.append(Entry(step, payer, payee, kind, said, amount, payment, claim))

    def owe(self, step: int, bill: Bill, *, paid: Amount, missing: Amount) -> None:
        """Write that a cost fell due, and what of it is paid that day."""
        self.dues.append(Due(step, bill, paid, missing))
        self.unpaid[bill] = self.unpaid.get(bill, 0.0) + missing

    def make_up(self, step: int, bill: Bill, amount: Amount) -> Amount:
        """Write that so much of what is unpaid is paid, the oldest first; returns what of it fell due today."""
        left = self.unpaid[bill] = self.unpaid[bill] - amount
        today: Amount = 0.0
        for place in range(len(self.dues) - 1, -1, -1):
            due = self.dues[place]
            if due.step < step:
                break
            if due.bill == bill:
                still = np.minimum(due.missing, left)
                left = left - still
                today = today + (due.missing - still)
                self.dues[place] = due._replace(paid=due.paid + (due.missing - still), missing=still)
        self.paid_late.append((step, amount - today))
        return today

    def received(self, party: str) -> Floats:
        """What a party received in all, (paths,)."""
        return self._total(entry.amount for entry in self.entries if entry.payee == party)

    def paid(self, party: str) -> Floats:
        """What a party paid in all, (paths,)."""
        return self._total(entry.amount for entry in self.entries if entry.payer == party)

    def drawn(self, tranche: str) -> Floats:
        """The capital that a tranche put in, (paths,): the most that was out of one that is drawn again.

        What it put in again, and what it owed besides, is left out.
        """
        return self._total(e.amount for e in self.entries if e.payer == tranche and e.kind == Kind.DRAW)

    def flows(self, parties: Collection[str]) -> Cash:
        """The net cash of some parties together at each date (convention 1)."""
        fixed = np.zeros(self.steps)
        varying: dict[int, Floats] = {}
        for entry in self.entries:
            sign = (entry.payee in parties) - (entry.payer in parties)
            if sign and np.ndim(entry.amount) == 0:
                fixed[entry.step] += sign * entry.amount
            elif sign:
                varying.setdefault(entry.step, np.zeros(self.paths))
                varying[entry.step] += sign * entry.amount
        rows = np.array(sorted(varying), dtype=np.int64)
        amounts = np.array([varying[row] + fixed[row] for row in rows]).reshape(rows.size, self.paths)
        fixed[rows] = 0.0
        return Cash(fixed, rows, amounts)

    def cash(self, party: str) -> Floats:
        """A party's net cash at each date, (dates, paths), positive = received (convention 1)."""
        found = self.flows((party,))
        cash = np.repeat(found.fixed[:, None], self.paths, axis=1)
        cash[found.rows] = found.varying
        return cash

    def _total(self, amounts: Iterator[Amount]) -> Floats:
        """All amounts together; those that are the same on all paths first, as one number."""
        fixed, total = 0.0, np.zeros(self.paths)
        for amount in amounts:
            if np.ndim(amount) == 0:
                fixed += float(amount)
            else:
                total += amount
        total += fixed
        return total
