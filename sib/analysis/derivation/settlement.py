"""`derive`: settles a scenario on numbers that remember, and keeps what somebody who follows the money looks for.

The contract and the settlement are those of `settle`; the results are put in as `Derived` numbers, so that each figure
below is a formula of them. What is worked out for persons one by one, or from how sure a result is, stays the number
that it is on the results given; `not_live` says of whatever follows from it that it does, and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import and_
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from sib.analysis.derivation.graph import reasons
from sib.analysis.derivation.number import Derived, on_curve
from sib.analysis.derivation.put_in import Measured, Reading, Remembers, now, on_cells
from sib.analysis.ledger import Ledger, Movement
from sib.analysis.published import needed_by, results_of
from sib.analysis.simulate import simulate
from sib.analysis.written import measured_of
from sib.arrays import Floats
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario
from sib.settlement import arrears, walk
from sib.settlement.account import Account
from sib.settlement.book import Amount, Book, Kind
from sib.settlement.contract import Claim, Contract
from sib.settlement.notes import Basis, Condition, Cut, Notes, Parts
from sib.settlement.schedules import Curve

if TYPE_CHECKING:
    import pandas as pd


class Made(NamedTuple):
    """A claim on one payer, as numbers or derived numbers; money, below zero where it is owed to the payer."""

    claim: Claim
    date: int
    payer: str
    share: float
    result: Amount | None
    given: Amount
    base: Amount | None
    less: Amount
    met: Amount | None  # one where all its conditions hold; None where it has none
    due: Amount  # before any limit
    cuts: tuple[tuple[int, Amount], ...]  # by a limit, by its position
    paid: Amount


class Stands(NamedTuple):
    """How a tranche stands at the end of a date: capital and interest that it is owed."""

    date: int
    tranche: int
    owed: Amount
    interest: Amount  # due, with what has accrued


class Moved(NamedTuple):
    """A movement of cash."""

    date: int
    payer: str
    payee: str
    kind: Kind
    label: str
    amount: Amount


class Owed(NamedTuple):
    """What all costs come to: what is paid when it is due, later, and never. Money, never below zero.

    A deferred cost is due on no day: all that is ever paid of it is in time, and what is not is not owed any more.
    """

    in_time: Amount
    late: Amount
    never: Amount


class Decided(NamedTuple):
    """An event that is decided on results: 1 where it happens."""

    event: int
    date: int
    happened: Amount


@dataclass(frozen=True)
class Derivation:
    """A settlement that can be followed from the results to the cash."""

    scenario: Scenario
    deal: Deal
    measured: tuple[Measured, ...]
    readings: tuple[Reading, ...]
    claims: tuple[Made, ...]
    movements: tuple[Moved, ...]
    standing: tuple[Stands, ...]
    decisions: tuple[Decided, ...]
    costs: Owed
    believed: bool  # whether the results are those that the scenario believes, as none were given

    @cached_property
    def reasons(self) -> dict[int, str]:
        """Why numbers, by their `number`, do not follow the results that are put in; empty where they do."""
        amounts: list[Any] = []
        for made in self.claims:
            amounts += [made.result, made.given, made.base, made.less, made.met, made.due, made.paid]
            amounts += [cut for _, cut in made.cuts]
        amounts += [moved.amount for moved in self.movements] + [one.happened for one in self.decisions]
        amounts += [amount for one in self.standing for amount in (one.owed, one.interest)] + list(self.costs)
        amounts += [reading.value for reading in self.readings]
        return reasons(amount for amount in amounts if isinstance(amount, Derived))

    def not_live(self, *amounts: Any) -> str:
        """Why any of some amounts does not follow the results that are put in; empty where all do."""
        found = [self.reasons.get(one.number, "") for one in amounts if isinstance(one, Derived)]
        return "; ".join(dict.fromkeys(why for each in found for why in each.split("; ") if why))

    def ledger(self) -> Ledger:
        """The movements on the results given, as `settle` has them."""
        contract = self.deal.contract
        moved = (
            Movement(
                contract.dates[one.date], one.payer, one.payee, one.kind.value, one.label, float(now(one.amount)[0])
            )
            for one in self.movements
        )
        return Ledger.of(moved, contract.parties, self.scenario.currency)


def derive(scenario: Scenario, measured: Mapping[str, Any] | pd.DataFrame | None) -> Derivation:
    """Settle a scenario on numbers that remember how they were worked out.

    Parameters
    ----------
    scenario : Scenario
        The deal.
    measured : mapping or DataFrame, or None
        Measured results, as `settle` takes them; as all goes on average where there are none (`expected_case`).

    Returns
    -------
    Derivation

    Raises
    ------
    InputError
        As `settle`.
    """
    deal = Deal.of(scenario)
    if measured is None:
        believed = simulate(scenario, 1, rng=0, chance=()).futures.block(0).results
        needed = needed_by(deal)
        plain = [one if i in needed else None for i, one in enumerate(believed)]
    else:
        plain = results_of(deal, measured_of(deal.model, measured))
    results, put_in = on_cells(deal, plain)
    notes = _Keeps()
    contract = _with_curves(deal.contract)
    book = walk.settle(contract, results, notes=notes)
    return Derivation(
        scenario,
        deal,
        tuple(put_in),
        tuple(reading for one in results if one is not None for reading in cast(Remembers, one).readings()),
        tuple(made for noted in notes.claims.values() for made in noted.made()),
        tuple(Moved(one.step, one.payer, one.payee, one.kind, one.label, one.amount) for one in book.entries),
        tuple(notes.standing),
        tuple(notes.decisions),
        _owed(book),
        believed=measured is None,
    )


def _owed(book: Book) -> Owed:
    """What the costs in a book come to."""
    each = arrears.instalments(book)
    due = [one for one in each if not one.deferred]
    in_time: Amount = sum((one.in_time for one in each), 0.0)
    return Owed(in_time, sum((one.late for one in due), 0.0), sum((one.never for one in due), 0.0))


# Schedules


class _OnCurve(Curve):
    """A schedule that can be read on a derived number."""

    def __call__(self, x: Any) -> Any:
        return on_curve(self, x) if isinstance(x, Derived) else super().__call__(x)


def _with_curves(contract: Contract) -> Contract:
    """The contract, with schedules that can be read on derived numbers."""
    curves: dict[int, Curve] = {}

    def followed(curve: Curve) -> Curve:
        return curves.setdefault(id(curve), _OnCurve(**vars(curve)))

    claims = {claim: replace(claim, curve=followed(claim.curve)) for step in contract.steps for claim in step.claims}
    steps = tuple(
        replace(
            step,
            claims=tuple(claims[claim] for claim in step.claims),
            arrivals=tuple((claims[claim], delay) for claim, delay in step.arrivals),
        )
        for step in contract.steps
    )
    tranches = tuple(
        replace(one, covers=None if one.covers is None else followed(one.covers)) for one in contract.tranches
    )
    return replace(contract, steps=steps, tranches=tranches)


# What is written down


@dataclass
class _Noted:
    """A claim as it was made."""

    claim: Claim
    date: int
    basis: Basis
    cuts: Sequence[Cut]
    paid: dict[str, Amount] = field(default_factory=dict)

    def made(self) -> list[Made]:
        """The claim on each of its payers."""
        basis, claim = self.basis, self.claim
        result, plain = basis.plain()
        less: Amount = sum(basis.less, 0.0)
        return [
            Made(
                claim,
                self.date,
                payer,
                share,
                result,
                plain if basis.given is None else basis.given,
                basis.base,
                less,
                self._met(),
                basis.amount * share,
                tuple(
                    (cut.limit, before - after)
                    for cut in self.cuts
                    for (name, before), (_, after) in zip(cut.before, cut.after, strict=True)
                    if name == payer
                ),
                self.paid.get(payer, 0.0),
            )
            for payer, share in claim.payers
        ]

    def _met(self) -> Amount | None:
        """One where all its conditions hold."""
        conditions = [condition.met for condition in self.basis.conditions]
        if not conditions:
            return None
        met: Amount = np.multiply(reduce(and_, conditions), 1.0)
        return met


class _Keeps(Notes):
    """Writes down what a settlement on derived numbers is asked for."""

    def __init__(self) -> None:
        self.claims: dict[Claim, _Noted] = {}
        self.standing: list[Stands] = []
        self.decisions: list[Decided] = []

    def claimed(self, claim: Claim, date: int, basis: Basis, cuts: Sequence[Cut]) -> None:
        """Write down what a claim came to, and what each limit did to it."""
        self.claims[claim] = _Noted(claim, date, basis, list(cuts))

    def paid(self, claim: Claim, date: int, parts: Parts) -> None:
        """Write down what each payer pays on a claim."""
        paid = self.claims[claim].paid
        for payer, part in parts:
            paid[payer] = paid[payer] + part if payer in paid else part

    def decided(self, trigger: int, date: int, conditions: Sequence[Condition], happened: Floats) -> None:
        """Write down whether an event happened."""
        self.decisions.append(Decided(trigger, date, happened))

    def ended(self, date: int, accounts: Sequence[Account]) -> None:
        """Write down what each tranche is owed."""
        for tranche, account in enumerate(accounts):
            self.standing.append(Stands(date, tranche, account.owed, account.interest + account.accrued))
