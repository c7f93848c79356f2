"""The waterfall: what each tranche has paid in and is owed, and who is paid, in which order, from what comes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sib.settlement.book import Amount, Kind, fraction
from sib.settlement.contract import Contract, Fee, Pool, TrancheTerms


class Pay(Protocol):
    """Moves money out of the vehicle."""

    def __call__(self, payee: str, kind: Kind, amount: Amount, *, label: str | None = None) -> None:
        """Pay somebody; the label is the kind's own by default."""


@dataclass
class Account:
    """One tranche: what it has paid in, what it is owed, what it has received. Numbers, or arrays of paths."""

    terms: TrancheTerms
    drawn: Amount = 0.0
    owed: Amount = 0.0  # capital that is out
    interest: Amount = 0.0  # accrued and not paid
    received: Amount = 0.0
    value: Amount = 0.0  # paid in less received, as of the first date, under a capped annual return
    opening: Amount = 0.0  # capital that was out at the start of the day
    kept: Amount = 0.0  # in the vehicle, for capital that is not due yet and its interest until then

    def draw(self, amount: Amount, date: int) -> None:
        """Take in capital."""
        self.drawn, self.owed = self.drawn + amount, self.owed + amount
        if self.terms.growth is not None:
            self.value = self.value + amount / self.terms.growth[date]

    def open(self, years: float) -> None:
        """Begin a day, so many years after the one before: interest has run on what was out."""
        self.opening = self.owed
        if self.terms.interest:
            rate = self.terms.interest
            grown = (self.owed + self.interest) * ((1.0 + rate) ** years - 1.0)
            self.interest = self.interest + (grown if self.terms.compounds else self.owed * rate * years)

    def reserve(self, date: int) -> Amount:
        """What its capital that is not due yet will come to, with its interest until then."""
        found: Amount = self.owed * self.terms.reserve[date]
        return found

    def due(self, date: int) -> Amount:
        """Interest and capital that are due by a date."""
        not_yet = self.drawn * (1.0 - self.terms.due[date])
        found: Amount = self.interest + np.maximum(self.owed - not_yet, 0.0)
        return found

    def room(self, date: int) -> Amount:
        """What its cap on return leaves, once it has what is kept for it."""
        left: Amount = np.inf
        if np.isfinite(self.terms.multiple):
            left = np.maximum(self.terms.multiple * self.drawn - self.received - self.kept, 0.0)
        if self.terms.growth is not None:
            later = self.kept * self.terms.worth[date]
            left = np.minimum(left, np.maximum(self.value * self.terms.growth[date] - later, 0.0))
        return left

    def receive(self, amount: Amount, date: int) -> None:
        """Take in what is not repayment."""
        self.received = self.received + amount
        if self.terms.growth is not None:
            self.value = self.value - amount / self.terms.growth[date]

    def repay(self, amount: Amount, date: int) -> tuple[Amount, Amount]:
        """Take in what is due: interest first, then capital. Returns the two parts."""
        interest: Amount = np.minimum(amount, self.interest) if self.terms.interest else 0.0
        capital = amount - interest
        self.interest = self.interest - interest
        self.owed = np.maximum(self.owed - capital, 0.0)  # floats: interest and capital may add up to a hair more
        self.receive(amount, date)
        return interest, capital


class Accounts(list[Account]):
    """The accounts of all tranches, and what is owed to those whose fees are deferred."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(Account(tranche) for tranche in contract.tranches)
        self.contract = contract
        self.deferred: dict[Fee, Amount] = {}  # what is owed

    def call(self, needed: Amount, date: int, draw: Callable[[str, Amount], None]) -> Amount:
        """Draw what is needed, by draw rank and in proportion to what is undrawn; returns what was not to be had."""
        for rank in sorted({account.terms.draw_rank for account in self}):
            group = [account for account in self if account.terms.draw_rank == rank and not account.terms.at_start]
            rooms = [account.terms.committed - account.drawn for account in group]
            room = sum(rooms, 0.0)
            taken = np.minimum(needed, np.maximum(room, 0.0))
            for account, own in zip(group, rooms, strict=True):
                part = taken if len(group) == 1 else taken * fraction(own, room)
                draw(account.terms.name, part)
                account.draw(part, date)
            needed = needed - taken
        return needed

    def distribute(self, pool: Pool, cash: Amount, date: int, pay: Pay, *, unspent: bool = False) -> Amount:
        """Share out money by rank and then what remains; returns what is kept for capital that is not due yet.

        Capital that is `unspent` is their own coming back: it counts neither as interest nor as repayment, and the
        whole of it goes.
        """
        kept: Amount = 0.0
        for tranches, fees in pool.ranks:
            dues = [self[i].due(date) for i in tranches] + [self.deferred.get(fee, 0.0) for fee in fees]
            total = sum(dues, 0.0)
            paid = np.minimum(cash, total)
            for place, due in enumerate(dues):
                part = paid if len(dues) == 1 else paid * fraction(due, total)
                if place < len(tranches):
                    account = self[tranches[place]]
                    interest, capital = account.repay(part, date)
                    pay(account.terms.name, Kind.UNSPENT if unspent else Kind.INTEREST, interest)
                    pay(account.terms.name, Kind.UNSPENT if unspent else Kind.REPAYMENT, capital)
                else:
                    fee = fees[place - len(tranches)]
                    self.deferred[fee] = due - part
                    pay(fee.to, Kind.COST, part, label=f"{fee.cost}, deferred")
            cash = cash - paid
            for i in tranches:
                self[i].kept = 0.0
            waiting = [self[i] for i in tranches if self[i].terms.due[date] < 1.0]
            reserves = [account.reserve(date) for account in waiting]
            total = sum(reserves, 0.0)
            held = np.minimum(cash, total)
            for account, reserve in zip(waiting, reserves, strict=True):  # kept: nobody below is paid from it
                account.kept = held if len(waiting) == 1 else held * fraction(reserve, total)
            kept, cash = kept + held, cash - held
        self.remain(pool, cash, date, pay, whole=unspent)
        return kept

    def remain(self, pool: Pool, cash: Amount, date: int, pay: Pay, *, whole: bool) -> None:
        """Share out what remains; what is above a tranche's cap goes to the others.

        Where all are capped and the `whole` has to go, as when the deal is wound up, the rest goes by their shares.
        """
        takers = [(party, share, None if i is None else self[i]) for party, share, i in pool.remainder]
        rooms = [np.inf if account is None else account.room(date) for _, _, account in takers]
        parts = _filled(cash, [share for _, share, _ in takers], rooms)
        if whole:
            rest = cash - sum(parts, 0.0 * cash)
            parts = [part + share * rest for part, (_, share, _) in zip(parts, takers, strict=True)]
        for (party, _, account), part in zip(takers, parts, strict=True):
            pay(party, Kind.LEFT_OVER if account is None else Kind.RETURN, part)
            if account is not None:
                account.receive(part, date)


def _filled(cash: Amount, shares: Sequence[float], rooms: Sequence[Amount]) -> list[Amount]:
    """Split money by shares, nobody above their room; what is over is split among the others, until all is placed.

    Those with a share of zero take what is over once all others are at their caps.
    """
    if len(shares) == 1 and np.isinf(rooms[0]).all():
        return [cash]
    parts: list[Amount] = [0.0 * cash for _ in shares]
    for _ in shares:
        free = [
            share * np.asarray(part < room, dtype=float) for share, part, room in zip(shares, parts, rooms, strict=True)
        ]
        weight = sum(free, 0.0 * cash)
        left = cash - sum(parts, 0.0 * cash)
        parts = [
            np.minimum(part + left * fraction(own, weight), room)
            for part, own, room in zip(parts, free, rooms, strict=True)
        ]
    spare = [
        i for i, (share, room) in enumerate(zip(shares, rooms, strict=True)) if share == 0 and np.isinf(room).all()
    ]
    if spare:
        parts[spare[0]] = parts[spare[0]] + (cash - sum(parts, 0.0 * cash))
    return parts
