"""What a claim comes to: its schedule on the results that count, its conditions, and the room that its limits leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial, reduce
from operator import and_

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.errors import MISSING, InputError, Problem
from sib.model.results import Readable
from sib.model.worlds import Shocks
from sib.scenario.timetable import Instalment
from sib.settlement.book import Amount, fraction, where
from sib.settlement.ceilings import UnderCeilings
from sib.settlement.contract import Cap, Claim, Contract, Test
from sib.settlement.notes import Basis, Condition, Cut, Notes
from sib.settlement.schedules import reached
from sib.settlement.waterfall import Accounts


class Claims:
    """The state of all claims: what has been made so far, and what each limit still leaves."""

    def __init__(
        self,
        contract: Contract,
        results: Sequence[Readable | None],
        accounts: Accounts,
        paths: int,
        shocks: Shocks,
        notes: Notes,
    ) -> None:
        self.notes = notes
        self.contract, self.accounts, self.paths, self.shocks = contract, accounts, paths, shocks
        self._results = results
        self._under_ceilings = UnderCeilings(contract, results)
        self._rooms = [_Room(cap, accounts) for cap in contract.caps]
        self._fell_due: dict[tuple[int, int], Floats] = {}  # (payment, result): 1 where it has, whatever a limit left
        self._made: dict[tuple[int, int], Floats] = {}  # (payment, result): 1 where something was paid on it
        self._ever: dict[int, Floats] = {}  # payment: 1 where something was paid on any result
        self._paid: dict[tuple[int, int], Floats] = {}  # (payment, result): money so far, on single results
        self._paid_in_all: dict[int, Floats] = {}  # payment: money so far
        self.instalments: dict[Instalment, tuple[Amount, Floats | None]] = {}  # as due, and 1 where no event ended it
        claims = [claim for step in contract.steps for claim in step.claims]
        self._asked = {other for claim in claims for other in claim.less}  # payments of which the money so far counts
        self._watched = {other for claim in claims for other in (*claim.made, *claim.not_made)}  # made, or not?
        self._cut_for = {claim.cut_from for claim in claims if claim.cut_from is not None}
        self._cut: dict[tuple[int, tuple[int, ...]], Floats] = {}  # (payment, results): what limits have cut
        self._served: dict[tuple[int, int], Amount] = {}  # (tranche, date): what is paid of what falls due to it
        self._fallen_back_on = {other for claim in claims for other in claim.instead_of}
        self._held: dict[
            tuple[int, tuple[int, ...]], NDArray[np.bool_]
        ] = {}  # by payment and results: where its conditions hold
        self._last_under = {limit: claim for claim in claims for limit in claim.limits}
        self._covering = {claim.unpaid for claim in claims if claim.unpaid is not None}  # due, or not?
        self._ends = defaultdict[tuple[str, str | int | None], list[int]](list)  # by what it is: triggers that end it
        for trigger, event in enumerate(contract.triggers):
            for kind, ended in (("cost", event.costs), ("cohort", event.cohorts), ("payment", event.payments)):
                for one in ended:
                    self._ends[kind, one].append(trigger)
        self.happened: dict[int, Floats] = {}  # trigger: 1 where it has happened
        self.newly: dict[int, Floats] = {}  # trigger: 1 where it happened when it was last decided

    def results(self, metric: int) -> Readable:
        """The results of a metric that something reads."""
        found = self._results[metric]
        if found is None:
            name = self.contract.metrics[metric].name
            raise InputError(
                Problem("results", MISSING, "a result of each metric that is read", f"add one of {name!r}")
            )
        return found

    def decide(self, trigger: int, date: int) -> None:
        """Decide an event on the results known by its date, or by the day on which chance has it happen."""
        event = self.contract.triggers[trigger]
        before = self.happened.get(trigger, np.zeros(self.paths))
        if event.any_day:
            self.happened[trigger] = self._come(trigger, float(self.contract.years[date]))
        else:
            tested = [self._tested(test, self._standing(test.members, test.metric)) for test in event.tests]
            met = np.ones(self.paths, dtype=bool)
            for condition in tested:
                met &= condition.met
            happened = (met if event.if_reached else ~met).astype(np.float64)
            for other in event.instead_of:
                happened = happened * (1.0 - self.happened[other])
            self.happened[trigger] = happened
            self.notes.decided(trigger, date, tested, happened)
        self.newly[trigger] = self.happened[trigger] - before

    def _come(self, trigger: int, years: float) -> Floats:
        """1 where what may happen on any day has happened by then, (paths,)."""
        event = self.contract.triggers[trigger]
        after = self.shocks.hazards.get(event.name, np.full(self.paths, np.inf))
        return (event.opens + after <= min(years, event.closes)).astype(np.float64)

    def standing(
        self, *, cost: str | None = None, cohort: str | None = None, payment: int | None = None
    ) -> Floats | None:
        """1 where a cost, a cohort or a payment has not been ended, (paths,); None where nothing could have."""
        found: Floats | None = None
        ends = {*self._ends["cost", cost], *self._ends["cohort", cohort], *self._ends["payment", payment]}
        for trigger in sorted(ends & self.happened.keys()):
            event, happened = self.contract.triggers[trigger], self.happened[trigger]
            if cost in event.costs or payment in event.payments:
                found = (1.0 if found is None else found) * (1.0 - happened)
            elif cohort in event.cohorts:
                first = event.first_results.get(cohort or "")
                gone = happened if first is None else np.minimum(happened, self._come(trigger, first))
                found = (1.0 if found is None else found) * (1.0 - gone)
        return found

    def amounts(self, claim: Claim, date: int) -> list[tuple[str, Floats]]:
        """What each payer owes on a claim, below zero where it is owed to the payer; after all limits."""
        standing = self._standing(claim.members, claim.metric)
        counted = standing
        if claim.unpaid is not None:
            none = np.zeros(self.paths)
            unpaid = [1.0 - self._fell_due.get((claim.unpaid, member), none) for member in claim.members]
            counted = unpaid if standing is None else [one * two for one, two in zip(unpaid, standing, strict=True)]
        basis = self._due(claim, date, counted, standing)
        amount, cuts = basis.amount, list[Cut]()
        if claim.payment in self._covering:
            fell = (amount != 0).astype(np.float64)
            self._fell_due |= {(claim.payment, member): fell for member in claim.members}
        parts = [
            (payer, self._part(claim, date, payer, amount if share == 1.0 else amount * share, cuts))
            for payer, share in claim.payers
        ]
        total = parts[0][1] if len(parts) == 1 else sum((part for _, part in parts), np.zeros(self.paths))
        for limit in claim.limits:
            if self.contract.caps[limit].payer is None:
                cut, before = np.minimum(total, self._rooms[limit].left(date, claim.members, counted)), parts
                if len(parts) == 1:
                    parts = [(parts[0][0], cut)]
                else:
                    kept = np.divide(cut, total, out=np.ones_like(total), where=total > 0)
                    parts = [(payer, part * kept) for payer, part in parts]
                total = cut
                cuts.append(Cut(limit, before, parts))
        for limit in claim.limits:
            if claim is self._last_under[limit]:  # what it still leaves nobody asks
                continue
            payer = self.contract.caps[limit].payer
            used = (
                total if payer is None else sum((part for name, part in parts if name == payer), np.zeros(self.paths))
            )
            self._rooms[limit].use(date, claim.members, counted, used)
        if claim.payment in self._watched:
            # what came to nothing or was cut to it, up to rounding, or somebody owes back was not paid
            made = (total > 1e-9 * self.contract.committed).astype(np.float64)
            self._made |= {(claim.payment, member): made for member in claim.members}
            self._ever[claim.payment] = np.maximum(self._ever.get(claim.payment, 0.0), made)
        if claim.due_to is not None:
            self._served[claim.due_to, date] = self._served.get((claim.due_to, date), 0.0) + total
        if claim.payment in self._cut_for:
            self._cut[claim.payment, claim.occasion] = np.maximum(basis.amount, 0.0) - np.maximum(total, 0.0)
        if claim.payment in self._asked:
            self._paid_in_all[claim.payment] = self._paid_in_all.get(claim.payment, 0.0) + total
            if claim.single:
                self._paid[claim.payment, claim.members[0]] = total
        self.notes.claimed(claim, date, basis, cuts)
        return parts

    def arrive(self, claim: Claim, date: int, amount: Amount) -> None:
        """Hear that what was decided on a claim is paid, now or after a delay."""
        for limit in claim.limits:
            self._rooms[limit].arrive(date, amount)

    def _part(self, claim: Claim, date: int, payer: str, amount: Floats, cuts: list[Cut]) -> Floats:
        """One payer's part, cut to the room that its own limits leave."""
        for limit in claim.limits:
            if self.contract.caps[limit].payer == payer:
                cut = np.minimum(amount, self._rooms[limit].left(date, claim.members, None))
                cuts.append(Cut(limit, [(payer, amount)], [(payer, cut)]))
                amount = cut
        return amount

    def _due(
        self, claim: Claim, date: int, counted: Sequence[Floats] | None, standing: Sequence[Floats] | None
    ) -> Basis:
        """What a claim comes to before any limit, (paths,); below zero only where somebody owes that.

        The levels are tested on all that stand; the schedule reads those that count, and pays nothing where none does.
        """
        if claim.metric is None:
            result, amount = None, np.full(self.paths, float(claim.curve(np.zeros(1))[0]))
        elif claim.ceilings:
            result, amount = None, self._under_ceilings.due(claim)
            amount = amount if counted is None else amount * counted[0]
        else:
            result = self.results(claim.metric).read(claim.reading, claim.members, counted)
            amount = claim.curve(result)
        if counted is not None:
            amount = where(reduce(np.maximum, counted) != 0, amount)
        base: Amount | None = None
        alive: Floats | None = None
        given = amount
        if claim.principal is not None:
            given, base = _rate(amount, claim), self.accounts[claim.principal].opening.owed
            amount = given * base
        if claim.due_to is not None:
            base = self.accounts[claim.due_to].falling_due
            amount = np.minimum(amount * base, base - self._served.get((claim.due_to, date), 0.0))
            if claim.tranche is not None:  # no more than another payment has left of it
                amount = np.minimum(amount, self.accounts[claim.tranche].due(date))
        if claim.cut_from is not None:
            base = self._cut.get((claim.cut_from, claim.occasion), 0.0)
            amount = amount * base
        if claim.instalment is not None:
            base, alive = self.instalments[claim.instalment]
            amount = amount * base
            amount = amount if alive is None else amount * alive
        less = [
            self._paid.get((other, claim.members[0]), 0.0) if claim.single else self._paid_in_all.get(other, 0.0)
            for other in claim.less
        ]
        for earlier in less:
            amount = amount - earlier
        if claim.repays and claim.tranche is not None:  # no more than is out
            amount = np.minimum(amount, self.accounts[claim.tranche].owed)
        if claim.owed_by is None:
            amount = np.maximum(amount, 0.0)
        conditions = self._conditions(claim, standing)
        for condition in conditions:
            amount = where(condition.met, amount)
        plain = partial(self._plain, claim, counted) if claim.ceilings else lambda: (result, given)
        return Basis(amount, plain, None if claim.ceilings else given, base, less, alive, counted, conditions)

    def _plain(self, claim: Claim, counted: Sequence[Floats] | None) -> tuple[Floats, Floats]:
        """What a claim under ceilings a person reads, and what its schedule would give without them."""
        result = self.results(claim.metric or 0).read(claim.reading, claim.members, counted)
        return result, claim.curve(result)

    def _conditions(self, claim: Claim, standing: Sequence[Floats] | None) -> list[Condition]:
        """Where each condition of a claim holds, (paths,)."""
        found = [self._tested(test, standing) for test in claim.tests]
        found += [self._tested(test, self._standing(test.members, test.metric)) for test in claim.others]
        for payments, made in ((claim.made, True), (claim.not_made, False)):
            for other in payments:
                met = (self._was_made(other, claim) > 0) == made
                found.append(Condition(met, payment=other, holds=made))
        for tranche, repaid in claim.repaid:
            met = np.broadcast_to(self.accounts[tranche].opening.whole == repaid, self.paths)
            found.append(Condition(met, tranche=tranche, holds=repaid))
        if claim.payment in self._fallen_back_on:
            held = np.ones(self.paths, dtype=bool)
            self._held[claim.payment, claim.occasion] = reduce(and_, (condition.met for condition in found), held)
        for other in claim.instead_of:
            above = self._held.get((other, claim.occasion), np.zeros(self.paths, dtype=bool))
            found.append(Condition(~above, payment=other, fallback=True))
        alive = self.standing(payment=claim.payment)
        return found if alive is None else [*found, Condition(alive > 0)]

    def _tested(self, test: Test, standing: Sequence[Floats] | None) -> Condition:
        """Where results are what they have to be."""
        value = self.results(test.metric).read(test.measure, test.members, standing)
        return Condition(reached(value, test.level, test.end), test=test, value=value)

    def _was_made(self, payment: int, claim: Claim) -> Floats:
        """1 where something was paid on the same single result, or at all where it is not tested on that."""
        none = np.zeros(self.paths)
        if claim.single and payment in claim.alike:
            return self._made.get((payment, claim.members[0]), none)
        return self._ever.get(payment, none)

    def _standing(self, members: tuple[int, ...], metric: int | None) -> list[Floats] | None:
        """1 where the cohort of a result has not been ended, (paths,) a member; None where none can have been."""
        if metric is None or self.contract.metrics[metric].by_period or not self.happened:
            return None
        names = self.contract.metrics[metric].results
        found = [self.standing(cohort=names[member]) for member in members]
        if all(one is None for one in found):
            return None
        return [np.ones(self.paths) if one is None else one for one in found]


def _rate(value: Floats, claim: Claim) -> Floats:
    """A value as a share: itself, or what a rate comes to over the years for which it is earned."""
    if claim.years is None:
        return value
    return (1.0 + value) ** claim.years - 1.0 if claim.compounds else value * claim.years


class _Room:
    """What a limit still leaves, by account. Values are kept as of the first date, so that nothing is compounded."""

    def __init__(self, cap: Cap, accounts: Accounts) -> None:
        self.cap = cap
        self.owed_to = [accounts[i] for i in cap.until_repaid]
        self.coming: Amount = 0.0  # what is decided and not in the accounts by the start of the day
        self.arriving: dict[int, Amount] = {}  # by date, what arrives of it, from the day on up to which it is added up
        self.arrived: Amount = 0.0  # on days before that
        self.caps_return = bool(np.isfinite(cap.spent).all())
        self.paid: list[Amount] = [0.0] * len(cap.spent)
        self.value: list[Amount] = [0.0] * len(cap.spent)

    def left(self, date: int, members: tuple[int, ...], counted: Sequence[Floats] | None) -> Amount:
        """Room for a claim on these cohorts, one number or (paths,)."""
        return _sum(self._rooms(date, members, counted))

    def use(self, date: int, members: tuple[int, ...], counted: Sequence[Floats] | None, amount: Floats) -> None:
        """Take a payment from the accounts, in proportion to the room each had; what is paid back makes room."""
        if self.owed_to:
            self.coming = self.coming + amount
        accounts = self._accounts(members)
        parts: Sequence[Amount] = [amount]
        if len(accounts) > 1:
            rooms = self._rooms(date, members, counted)
            share = fraction(amount, _sum(rooms))
            parts = [room * share for room in rooms]
        for account, part in zip(accounts, parts, strict=True):
            self.paid[account] = self.paid[account] + part
            if self.caps_return:
                self.value[account] = self.value[account] + part / self.cap.growth[date]

    def arrive(self, date: int, amount: Amount) -> None:
        """Hear that what was decided is paid on a date: who is owed it has it from the next day on."""
        if self.owed_to:
            self.arriving[date] = self.arriving.get(date, 0.0) + amount

    def _accounts(self, members: tuple[int, ...]) -> Sequence[int]:
        return members if self.cap.by_cohort else (0,)

    def _rooms(self, date: int, members: tuple[int, ...], counted: Sequence[Floats] | None) -> list[Amount]:
        found: list[Amount] = []
        for place, account in enumerate(self._accounts(members)):
            room: Amount = self.cap.amount - self.paid[account]
            if self.caps_return:
                by_return = (self.cap.spent[account, date] - self.value[account]) * self.cap.growth[date]
                room = np.minimum(room, by_return)
            if self.owed_to:
                owed = sum((account.at_start for account in self.owed_to), 0.0)
                for day in [day for day in self.arriving if day < date]:
                    self.arrived = self.arrived + self.arriving.pop(day)
                room = np.minimum(room, owed - (self.coming - self.arrived))
            room = np.maximum(room, 0.0)
            found.append(room if counted is None or not self.cap.by_cohort else room * counted[place])
        return found


def _sum(amounts: Sequence[Amount]) -> Amount:
    return amounts[0] if len(amounts) == 1 else sum(amounts[1:], amounts[0])
