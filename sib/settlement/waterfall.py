"""The waterfall: who is paid, in which order, from what comes in; and who gets what remains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from sib.settlement.account import Account
from sib.settlement.book import Amount, Kind, fraction, one_where
from sib.settlement.contract import Contract, Fee, Pool, Remainder, Tier

_ROUNDING = 1e-12  # a share of the money in hand that is not money


class Pay(Protocol):
    """Moves money out of the vehicle."""

    def __call__(self, payee: str, kind: Kind, amount: Amount, *, label: str | None = None) -> None:
        """Pay somebody; the label is the kind's own by default."""


class Accounts(list[Account]):
    """The accounts of all tranches, and what is owed to those whose fees are deferred."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(Account(tranche) for tranche in contract.tranches)
        self.contract = contract
        self.deferred: dict[Fee, Amount] = {}  # what is owed

    def call(self, needed: Amount, date: int, draw: Callable[[str, Kind, Amount], None]) -> Amount:
        """Draw what is needed, by draw rank and in proportion to what can be; returns what was not to be had."""
        for rank in sorted({account.terms.draw_rank for account in self}):
            group = [account for account in self if account.terms.draw_rank == rank and not account.terms.at_start]
            rooms = [account.left_to_draw for account in group]
            room = sum(rooms, 0.0)
            taken = np.minimum(needed, np.maximum(room, 0.0))
            for account, own in zip(group, rooms, strict=True):
                part = taken if len(group) == 1 else taken * fraction(own, room)
                first, again = account.draw(part, date)
                draw(account.terms.name, Kind.DRAW, first)
                draw(account.terms.name, Kind.REDRAW, again)
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
        self.remain(pool, cash, date, pay, self._rooms(pool, date), whole=unspent)
        return kept

    def _rooms(self, pool: Pool, date: int) -> dict[int, Amount]:
        """What each tranche may get of what remains."""
        return {i: self[i].room(date) for _, _, i in pool.takers if i is not None}

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
        self._remain_of_several(pools, left, date, pay)
        return kept

    def _remain_of_several(self, pools: Sequence[Pool], left: Sequence[Amount], date: int, pay: Pay) -> None:
        """Share out what remains in several pots; what goes to the same in the same way is shared out together.

        What a cap leaves to somebody who gets some of several is divided in proportion to what is left in each. Where
        shares change with a return, that is looked at once all others have been paid.
        """
        alike: dict[tuple[Remainder, ...], tuple[Pool, Amount]] = {}
        for pool, rest in zip(pools, left, strict=True):
            before = alike.get(pool.remainders)
            alike[pool.remainders] = (pool, rest if before is None else before[1] + rest)
        pots = sorted(alike.values(), key=lambda pot: pot[0].tiered)
        rooms = {i: room for pool, _ in pots for i, room in self._rooms(pool, date).items()}
        shared = Counter(i for pool, _ in pots for i in {taker.tranche for taker in pool.takers})
        capped = [i for i, room in rooms.items() if shared[i] > 1 and not np.isinf(room).all()]
        for pool, rest in pots:
            part = fraction(rest, sum(left, 0.0))
            self.remain(pool, rest, date, pay, rooms | {i: rooms[i] * part for i in capped}, whole=False)

    def _keep(self, tranches: Sequence[int], cash: Amount, date: int) -> Amount:
        """Set aside what those of one rank will be due later, as far as there is money; returns how much."""
        for i in tranches:
            self[i].kept = 0.0
        waiting = [self[i] for i in tranches if self[i].waits(date)]
        if not waiting:
            return 0.0
        reserves = [account.reserve(date) for account in waiting]
        total = sum(reserves, 0.0)
        held = np.minimum(cash, total)
        for account, reserve in zip(waiting, reserves, strict=True):  # kept: nobody below is paid from it
            account.kept = held if len(waiting) == 1 else held * fraction(reserve, total)
        return held

    def remain(
        self, pool: Pool, cash: Amount, date: int, pay: Pay, rooms: Mapping[int, Amount], *, whole: bool
    ) -> None:
        """Share out what remains; what is above a tranche's cap, which leaves its `rooms`, goes to the others.

        Where all are capped and the `whole` has to go, as when the deal is wound up, the rest goes by their shares.
        """
        left = dict(rooms)
        got: dict[tuple[str, int | None], Amount] = {}
        for remainder, money in self._holding(pool, cash):
            for tier in remainder.tiers:
                most = [np.inf if i is None else left[i] for _, _, i in tier.takers]
                own = money if tier.until is None else self._until(tier.until, tier, money, most, date)
                shares = [taker.share for taker in tier.takers]
                parts = _filled(own, shares, most)
                if whole and tier.until is None:
                    rest = own - sum(parts, 0.0 * own)
                    parts = [part + share * rest for part, share in zip(parts, shares, strict=True)]
                for (party, _, i), part in zip(tier.takers, parts, strict=True):
                    got[party, i] = part if (party, i) not in got else got[party, i] + part
                    if i is not None:
                        self[i].receive(part, date)
                        if self[i].terms.cap is not None:
                            left[i] = left[i] - part
                money = money if tier.until is None else np.maximum(money - own, 0.0)
        for (party, i), amount in got.items():
            pay(party, Kind.LEFT_OVER if i is None else Kind.RETURN, amount)

    def _holding(self, pool: Pool, cash: Amount) -> Iterator[tuple[Remainder, Amount]]:
        """Each way of sharing what remains, with the money of those paths on which it holds."""
        for remainder in pool.remainders[:-1]:
            holds: Amount = 1.0
            for i in remainder.once_repaid:
                holds = holds * self[i].standing.whole.astype(np.float64)
            yield remainder, cash * holds
            cash = cash * (1.0 - holds)
        yield pool.remainders[-1], cash

    def _until(self, until: tuple[int, int], tier: Tier, cash: Amount, rooms: Sequence[Amount], date: int) -> Amount:
        """How much of the money goes into a tier before its tranche has come to the return at which it ends.

        It goes in by shares until one of them has all that a cap leaves it, and on among the others: that happens at
        most as often as there are parties. Where a cap keeps the tranche below that return, all of it goes in.
        """
        tranche, target = until
        need = self[tranche].left(target, date)
        ends = next(place for place, taker in enumerate(tier.takers) if taker.tranche == tranche)
        parts: list[Amount] = [0.0 * cash for _ in tier.takers]
        for _ in tier.takers:
            gaps = [_gap(room, part, cash) for room, part in zip(rooms, parts, strict=True)]
            gaps[ends] = _gap(np.minimum(need, rooms[ends]), parts[ends], cash)
            open_ = [one_where(gap > _ROUNDING * cash) for gap in gaps]
            free = [taker.share * one for taker, one in zip(tier.takers, open_, strict=True)]
            weight = sum(free, 0.0 * cash)
            step = (cash - sum(parts, 0.0 * cash)) * open_[ends]  # no more once it is there
            for gap, own in zip(gaps, free, strict=True):
                step = np.minimum(step, fraction(gap * weight, own) + cash * (own <= 0.0))
            parts = [part + step * fraction(own, weight) for part, own in zip(parts, free, strict=True)]
        capped = rooms[ends] < need * (1.0 - _ROUNDING)
        return np.where(capped, cash, sum(parts, 0.0 * cash))


def _gap(most: Amount, part: Amount, cash: Amount) -> Amount:
    """What somebody can still get: up to the most that may be, and never more than there is."""
    found: Amount = np.minimum(np.maximum(most - part, 0.0), cash)
    return found


def _overlap(pools: Sequence[Pool]) -> bool:
    """Whether somebody is paid from several pots, so that it would matter which of them came first."""
    paid = [
        {*(i for tranches, _ in pool.ranks for i in tranches), *(i for _, _, i in pool.takers if i is not None)}
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
        free = [share * one_where(part < room) for share, part, room in zip(shares, parts, rooms, strict=True)]
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
