"""Capital: walks through the dates and moves the money. Events, draws, costs, claims, the waterfall, wind-up.

On each date come first the events that are decided then, and redemptions; then costs, paid from the vehicle's account
and drawn from the tranches where that is short; then the claims in the order of the file, each cut to the room its
limits leave. What goes to the vehicle for outcomes is shared out the same day by the waterfall: by rank, and what
remains as the contract says. It does not pay costs, unless the contract lets it until a day: before that day it is kept
and pays those that are due or overdue, from that day on it goes on, and what is overdue then is never paid. Where
capital can be drawn again, what has come back on the day then pays costs that wait. On the last date what is left of
the capital goes back, and guarantees are called. The vehicle ends empty.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby, takewhile

import numpy as np

from sib.arrays import Floats
from sib.model.results import Readable
from sib.model.worlds import Shocks
from sib.scenario.timetable import Instalment
from sib.settlement.book import Amount, Bill, Book, Kind, fraction
from sib.settlement.claims import Claims
from sib.settlement.contract import Claim, Contract, Fee, Redemption, Step
from sib.settlement.notes import Notes
from sib.settlement.waterfall import Accounts, Pay

_ROUNDING = 1e-12  # a share of the commitment that is not money


def settle(
    contract: Contract,
    results: Sequence[Readable | None],
    shocks: Shocks | None = None,
    notes: Notes | None = None,
    paths: int = 1,
) -> Book:
    """Turn measured results into every movement of cash.

    Parameters
    ----------
    contract : Contract
        What is paid for what, compiled.
    results : sequence of Results or Index
        Measured results, one a metric, all with the same number of paths; None for a metric that nothing reads.
    shocks : Shocks, optional
        What goes wrong; nothing by default.
    notes : Notes, optional
        Where each claim is written down as it is made; nowhere by default.
    paths : int, optional
        How many paths there are where no result is read, as of a loan; one by default.

    Returns
    -------
    Book
    """
    paths = next((found.paths for found in results if found is not None), paths)
    walk = _Walk(contract, results, paths, shocks or Shocks(), notes or Notes())
    for date, step in enumerate(contract.steps):
        walk.on(date, step)
    walk.wind_up()
    return walk.book


class _Walk:
    """The state of a settlement between one date and the next. Money is one number for all paths, or one a path."""

    def __init__(
        self, contract: Contract, results: Sequence[Readable | None], paths: int, shocks: Shocks, notes: Notes
    ) -> None:
        self.contract, self.shocks = contract, shocks
        self.book = Book(paths, len(contract.steps))
        self.accounts = Accounts(contract)
        self.claims = Claims(contract, results, self.accounts, paths, shocks, notes)
        self.balance: Amount = 0.0  # capital in the vehicle
        self.kept: list[Amount] = [0.0] * len(contract.pools)  # receipts in the vehicle, by pool
        self.since: dict[Bill, int] = {}  # the date on which each bill first fell due
        self.delayed: dict[Claim, list[tuple[str, Floats]]] = {}  # what each payer owes on claims that come late

    def on(self, date: int, step: Step) -> None:
        """Everything that happens on one date."""
        for account in self.accounts:
            account.open(date)
        for trigger in step.triggers:
            self.claims.decide(trigger, date)
        self._costs(date, step)
        unspent = self.balance
        for redemption in step.redemptions:
            self._redeem(date, redemption, unspent)
        received: list[Amount | None] = [None] * len(self.kept)
        for tranche in {claim.due_to for claim in step.claims if claim.due_to is not None}:
            self.accounts[tranche].fall_due(date)
        for claim in step.claims:
            parts = self.claims.amounts(claim, date)
            if claim.arrivals:
                self.delayed[claim] = parts
            else:
                self._receive(date, claim, parts, received)
        for claim, delay in step.arrivals:
            on_time = np.full(self.book.paths, int(np.argmin(claim.arrivals)))
            now = (self.shocks.delays.get(self._metric(claim), on_time) == delay).astype(np.float64)
            self._receive(date, claim, [(payer, part * now) for payer, part in self.delayed[claim]], received)
        self._share_out(date, received)
        if self.contract.revolving and (step.claims or step.arrivals):
            self._draw_again(date)
        self.claims.notes.ended(date, self.accounts)

    def _metric(self, claim: Claim) -> str:
        return "" if claim.metric is None else self.contract.metrics[claim.metric].name

    def _costs(self, date: int, step: Step) -> None:
        contract = self.contract
        standing = [self.claims.standing(cost=cost.cost, cohort=cost.cohort) for cost in step.costs]
        due: list[tuple[Instalment, Amount]] = []
        for cost, alive in zip(step.costs, standing, strict=True):
            planned = self._planned(cost)
            due.append((cost, planned * self.shocks.overruns.get(cost.cost, 1.0) * (1.0 if alive is None else alive)))
            self.claims.instalments[cost] = planned, alive
        now = [(cost, amount) for cost, amount in due if cost.rank is None]
        for cost, amount in due:
            if cost.rank is not None:
                fee = Fee(cost.cost, cost.to)
                self.accounts.deferred[fee] = self.accounts.deferred.get(fee, 0.0) + amount
                self.book.owe(date, _deferred(fee), paid=0.0, missing=amount)
        if date == 0:
            for account in self.accounts:
                if account.terms.at_start:
                    self.book.pay(date, account.terms.name, contract.vehicle, Kind.DRAW, account.terms.committed)
                    account.draw(account.terms.committed, date)
                    self.balance = self.balance + account.terms.committed
        scalar = all(np.ndim(amount) == 0 for _, amount in now)
        needed = math.fsum(amount for _, amount in now) if scalar else sum((amount for _, amount in now), 0.0)
        receipts: Amount = 0.0
        if contract.kept_until is not None and date < contract.kept_until:
            receipts = np.minimum(self.kept[0], needed)
            self.kept[0] = self.kept[0] - receipts
        wanted = np.maximum(needed - receipts - self.balance, 0.0)

        missing = self.accounts.call(wanted, date, self._to_vehicle(date))
        self.balance = self.balance + wanted - missing
        beyond = self.shocks.overruns or self.shocks.enrolled
        short = contract.kept_until is not None or contract.revolving or bool(beyond)
        if not short:  # the terms refuse costs above the capital: what is missing is rounding
            missing = 0.0
        waits = short and bool(np.max(missing) > _ROUNDING * contract.committed)
        for cost, amount in now:  # what the capital cannot pay waits for receipts, or is borne by who is owed it
            late = amount * fraction(missing, needed) if short else 0.0
            paid = amount - late if short else amount
            self.book.pay(date, contract.vehicle, cost.to, Kind.COST, paid, label=cost.label)
            bill = Bill(cost.cost, cost.cohort, cost.to, cost.label, deferred=False)
            self.since.setdefault(bill, date)
            self.book.owe(date, bill, paid=paid, missing=late if waits else 0.0)
        self.balance = self.balance - (needed - receipts - missing)
        self.balance = self.balance * (np.abs(self.balance) >= _ROUNDING * contract.committed)

    def _planned(self, cost: Instalment) -> Amount:
        """What an instalment comes to but for overruns: as planned, or for those who have enrolled."""
        enrolled = self.shocks.enrolled.get(cost.cohort or "")
        if not cost.months or enrolled is None:
            return cost.amount
        planned: Floats = cost.price * enrolled[list(cost.months)].sum(axis=0)
        return planned

    def _redeem(self, date: int, redemption: Redemption, unspent: Amount) -> None:
        """Redeem a tranche at a share of the capital it has out: from unspent capital first, then from who pays."""
        account = self.accounts[redemption.tranche]
        alive = 1.0 if redemption.trigger is None else self.claims.newly[redemption.trigger]
        amount = redemption.share * account.owed * alive
        drawn = sum((one.drawn for one in self.accounts), 0.0)
        own = np.minimum(amount, unspent * fraction(account.drawn, drawn))  # of its own part of what is unspent
        self.balance = self.balance - own
        for payer, part in ((self.contract.vehicle, own), (redemption.paid_by, amount - own)):
            self.book.pay(date, payer, account.terms.name, Kind.REDEMPTION, part, label=redemption.event)
        account.redeem(amount, alive, date)

    def _receive(self, date: int, claim: Claim, parts: list[tuple[str, Floats]], received: list[Amount | None]) -> None:
        """Move what is paid on a claim; what goes to the vehicle is added to what its pool received."""
        self.claims.notes.paid(claim, date, parts)
        total: Amount = 0.0
        for payer, part in parts:
            paid = part if claim.owed_by is None else np.maximum(part, 0.0)
            move = partial(self.book.pay, date, payment=claim.payment, claim=claim.label)
            move(payer, claim.to, claim.kind, paid, label=claim.label)
            if claim.owed_by is not None:
                move(claim.owed_by, payer, claim.kind_owed, np.maximum(-part, 0.0), label=f"{claim.label}, owed")
            total = total + paid
        self.claims.arrive(claim, date, total)
        if claim.tranche is not None:
            account = self.accounts[claim.tranche]
            if claim.due_to is not None:
                account.repay(total, date)
            else:
                account.receive(total, date)
            if claim.repays:
                account.give_back(total, date)
        if claim.pool is not None:
            before = received[claim.pool]
            received[claim.pool] = total if before is None else before + total

    def _share_out(self, date: int, received: Sequence[Amount | None]) -> None:
        """Share out what came in on a date and what was kept, pot by pot: those that repay fewest tranches first."""
        ready = {
            pool: found for pool, cash in enumerate(received) if (found := self._ready(date, pool, cash)) is not None
        }
        if not ready:
            return
        for pools in self.contract.turns:
            now = [pool for pool in pools if pool in ready]
            pots = [self.contract.pools[pool] for pool in now]
            left = self.accounts.share_out(pots, [ready[pool] for pool in now], date, self._from_vehicle(date))
            self.kept = [left[now.index(pool)] if pool in now else kept for pool, kept in enumerate(self.kept)]

    def _ready(self, date: int, pool: int, cash: Amount | None) -> Amount | None:
        """What there is in a pot to share out on a date once costs that wait are paid; None where there is nothing."""
        contract = self.contract
        if contract.kept_until is not None and date < contract.kept_until:
            if cash is not None:
                self.kept[pool] = self._make_up(date, self.kept[pool] + cash)
            return None
        opens = date == contract.kept_until or any(
            account.terms.due[date] > account.terms.due[date - 1]
            or (account.terms.coupons is not None and account.terms.coupons.due[date])
            for account in self.accounts
            if date
        )
        if cash is None and not (opens and contract.pools):
            return None
        cash = self.kept[pool] + (0.0 if cash is None else cash)
        if np.ndim(cash) == 0 and cash == 0:
            return None
        return cash

    def _make_up(self, date: int, cash: Amount) -> Amount:
        """Pay the costs that wait for money, those that began on one day in proportion; returns what is left."""
        fell_due = {due.bill for due in takewhile(lambda due: due.step == date, reversed(self.book.dues))}
        waiting = [bill for bill in self.book.unpaid if not bill.deferred]
        for _, bills in groupby(waiting, key=self.since.__getitem__):
            owed = {bill: self.book.unpaid[bill] for bill in bills}
            total = sum(owed.values(), 0.0)
            most = np.minimum(cash, total)
            for bill, own in owed.items():
                paid = today = np.zeros(self.book.paths)  # the entries are the same ones whatever the results
                if np.ndim(own) or own:
                    paid = paid + (most if len(owed) == 1 else most * fraction(own, total))
                    today = today + self.book.make_up(date, bill, paid)
                pay = self._from_vehicle(date)
                if bill in fell_due:
                    pay(bill.to, Kind.COST, today, label=bill.label)
                pay(bill.to, Kind.COST, np.maximum(paid - today, 0.0), label=f"{bill.label}, late")
            cash = cash - most
        return cash

    def _draw_again(self, date: int) -> None:
        """Draw capital that has come back for the costs that wait for money."""
        waiting = sum((owed for bill, owed in self.book.unpaid.items() if not bill.deferred), np.zeros(self.book.paths))
        missing = self.accounts.call(waiting, date, self._to_vehicle(date))
        self._make_up(date, waiting - missing)

    def wind_up(self) -> None:
        """What is left of the capital goes back, by rank; then guarantees make good what is still missing."""
        last = len(self.contract.steps) - 1
        if np.ndim(self.balance) or self.balance:
            pay = self._from_vehicle(last)
            self.accounts.distribute(self.contract.winding_up, self.balance, last, pay, unspent=True)
        for account in self.accounts:
            if account.terms.guarantor is not None and account.terms.covers is not None:
                most = account.terms.covers(np.atleast_1d(account.drawn))
                if account.terms.tops_up:
                    most = np.maximum(most - account.received, 0.0)
                called = np.minimum(account.owed, most)
                self.book.pay(last, account.terms.guarantor, account.terms.name, Kind.GUARANTEE, called)
                account.receive(called, last)
        self.book.unpaid |= {_deferred(fee): owed for fee, owed in self.accounts.deferred.items()}

    def _to_vehicle(self, date: int) -> Callable[[str, Kind, Amount], None]:
        def draw(party: str, kind: Kind, amount: Amount) -> None:
            self.book.pay(date, party, self.contract.vehicle, kind, amount)

        return draw

    def _from_vehicle(self, date: int) -> Pay:
        def pay(payee: str, kind: Kind, amount: Amount, *, label: str | None = None) -> None:
            self.book.pay(date, self.contract.vehicle, payee, kind, amount, label=label)

        return pay


def _deferred(fee: Fee) -> Bill:
    """A deferred cost as money is owed on it."""
    return Bill(fee.cost, None, fee.to, fee.cost, deferred=True)
