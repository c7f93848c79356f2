"""The waterfall: what each tranche has paid in and is owed, and who is paid, in which order, from what comes in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
    whole: Amount = 0.0  # 1 where, by the start of the day, all that it put in is back with interest; 0 before it draws
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
        least = 1e-9 * self.terms.committed  # less than that is rounding
        self.whole = 1.0 * np.asarray((self.drawn > 0) & (self.owed + self.interest <= least))

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
            held = self._keep(tranches, cash, date)
            kept, cash = kept + held, cash - held
        self.remain(pool, cash, date, pay, whole=unspent)
        return kept

    def share_out(self, pools: Sequence[Pool], cash: Sequence[Amount], date: int, pay: Pay) -> list[Amount]:
        """Share out several pots on one day, so that it does not matter which is named first; returns what is kept.

        Rank by rank each pot pays its own, and what several pots could pay each pays in proportion to what it has.
        """
        if not _overlap(pools):
            return [self.distribute(pool, one, date, pay) for pool, one in zip(pools, cash, strict=True)]
        left, kept = list(cash), [0.0 * one for one in cash]
        for place in sorted({place for pool in pools for place in pool.places}):
            own = [dict(zip(pool.places, pool.ranks, strict=True)).get(place, ((), ())) for pool in pools]
            tranches = sorted({i for found, _ in own for i in found})
            fees = sorted({fee for _, found in own for fee in found})
            dues = [self[i].due(date) for i in tranches] + [self.deferred.get(fee, 0.0) for fee in fees]
            may = [[i in found for i in tranches] + [fee in owed for fee in fees] for found, owed in own]
            parts = _matched(left, dues, may)
            paid = [sum(column, 0.0) for column in zip(*parts, strict=True)]
            left = [one - sum(row, 0.0) for one, row in zip(left, parts, strict=True)]
            for i, part in zip(tranches, paid, strict=False):
                interest, capital = self[i].repay(part, date)
                pay(self[i].terms.name, Kind.INTEREST, interest)
                pay(self[i].terms.name, Kind.REPAYMENT, capital)
            for fee, part in zip(fees, paid[len(tranches) :], strict=True):
                self.deferred[fee] = self.deferred.get(fee, 0.0) - part
                pay(fee.to, Kind.COST, part, label=f"{fee.cost}, deferred")
            for pot, (found, _) in enumerate(own):
                held = self._keep(found, left[pot], date)
                kept[pot], left[pot] = kept[pot] + held, left[pot] - held
        rooms = {i: self[i].room(date) for pool in pools for _, _, i in pool.remainder if i is not None}
        shared = Counter(i for pool in pools for _, _, i in pool.remainder)
        capped = [i for i, room in rooms.items() if shared[i] > 1 and not np.isinf(room).all()]
        for pool, rest in zip(pools, left, strict=True):
            part = fraction(rest, sum(left, 0.0))
            own_rooms = rooms | {i: rooms[i] * part for i in capped}
            self.remain(pool, rest, date, pay, whole=False, rooms=own_rooms)
        return kept

    def _keep(self, tranches: Sequence[int], cash: Amount, date: int) -> Amount:
        """Set aside what those of one rank will be due later, as far as there is money; returns how much."""
        for i in tranches:
            self[i].kept = 0.0
        waiting = [self[i] for i in tranches if self[i].terms.due[date] < 1.0]
        reserves = [account.reserve(date) for account in waiting]
        total = sum(reserves, 0.0)
        held = np.minimum(cash, total)
        for account, reserve in zip(waiting, reserves, strict=True):  # kept: nobody below is paid from it
            account.kept = held if len(waiting) == 1 else held * fraction(reserve, total)
        return held

    def remain(
        self,
        pool: Pool,
        cash: Amount,
        date: int,
        pay: Pay,
        *,
        whole: bool,
        rooms: Mapping[int, Amount] | None = None,
    ) -> None:
        """Share out what remains; what is above a tranche's cap goes to the others.

        Where all are capped and the `whole` has to go, as when the deal is wound up, the rest goes by their shares.
        `rooms` is what the caps leave for this pot, where several are shared out.
        """
        takers = [(party, share, None if i is None else self[i]) for party, share, i in pool.remainder]
        most = [
            np.inf if i is None else self[i].room(date) if rooms is None else rooms[i] for _, _, i in pool.remainder
        ]
        parts = _filled(cash, [share for _, share, _ in takers], most)
        if whole:
            rest = cash - sum(parts, 0.0 * cash)
            parts = [part + share * rest for part, (_, share, _) in zip(parts, takers, strict=True)]
        for (party, _, account), part in zip(takers, parts, strict=True):
            pay(party, Kind.LEFT_OVER if account is None else Kind.RETURN, part)
            if account is not None:
                account.receive(part, date)


def _overlap(pools: Sequence[Pool]) -> bool:
    """Whether somebody is paid from several pots, so that it would matter which of them came first."""
    paid = [
        {*(i for tranches, _ in pool.ranks for i in tranches), *(i for _, _, i in pool.remainder if i is not None)}
        for pool in pools
    ]
    fees = [{fee for _, owed in pool.ranks for fee in owed} for pool in pools]
    return any(sum(map(len, found)) > len(set[object]().union(*found)) for found in (paid, fees))


def _matched(cash: Sequence[Amount], dues: Sequence[Amount], may: Sequence[Sequence[bool]]) -> list[list[Amount]]:
    """What each pot pays of each due that it may pay.

    Each offers what it has in proportion to what is due; of a due that is offered too much all pay less, and offer the
    rest again.
    """
    paid: list[list[Amount]] = [[0.0 * one for _ in dues] for one in cash]
    for _ in dues:
        open_ = [due - sum((row[d] for row in paid), 0.0) for d, due in enumerate(dues)]
        offers = []
        for pot, one in enumerate(cash):
            asked = [due if fits else 0.0 * due for due, fits in zip(open_, may[pot], strict=True)]
            total = sum(asked, 0.0)
            offer = np.maximum(one - sum(paid[pot], 0.0), 0.0)
            offers.append([offer * fraction(due, total) for due in asked])
        for d, due in enumerate(open_):
            offered = sum((row[d] for row in offers), 0.0)
            cut = np.minimum(fraction(due, offered), 1.0)
            for pot, row in enumerate(offers):
                paid[pot][d] = paid[pot][d] + row[d] * cut
    return paid


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
