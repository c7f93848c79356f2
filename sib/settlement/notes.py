"""`Notes`: how each claim came about, written down of one path as it is settled, where somebody wants to follow it.

Settling works out amounts for all paths; `Notes` is told of them and forgets them. `PathNotes` keeps the numbers of one
path: the result that was read, what the schedule gave, what each limit cut, what each payer paid. Shapes in, plain
numbers out; words are made of them elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sib.arrays import Floats
from sib.settlement.account import Account
from sib.settlement.book import Amount
from sib.settlement.contract import Claim, Test

_LEAST = 1e-12  # a share of a claim below which a cut is rounding of floating point

Parts = Sequence[tuple[str, Floats]]  # payers, and what each owes


class Condition(NamedTuple):
    """A condition of a claim: where it holds, and what it is about; about nothing, that no event ended the payment.

    `test` is what a result had to be and `value` what it was. `payment` had to be made or not to be made, `tranche` to
    be repaid or not to be, as `holds` says; or it is a `fallback` for the payment, whose conditions must not hold.
    """

    met: NDArray[np.bool_]
    test: Test | None = None
    value: Floats | None = None
    payment: int | None = None
    tranche: int | None = None
    holds: bool = True
    fallback: bool = False


class Basis(NamedTuple):
    """What a claim comes to before any limit, and how, (paths,) each.

    Parameters
    ----------
    amount : array
        What it comes to; below zero only where somebody owes that.
    plain : callable
        The result that is read, and what the schedule gives on it whatever was reached before. For a payment that reads
        no metric there is no result.
    given : array or None
        What the schedule gave; None where ceilings a person cut it, and it is as `plain` says.
    base : number or array, or None
        What it is a share of; None where it is money.
    less : sequence of numbers or arrays
        What each earlier payment took off.
    stands : array or None
        1 where what it is a share of has not been ended; None where it cannot have been.
    counted : sequence of arrays, (paths,) a result, or None
        1 where a result counts; None where all do.
    conditions : list of Condition
        The conditions.
    """

    amount: Floats
    plain: Callable[[], tuple[Floats | None, Floats]]
    given: Floats | None
    base: Amount | None
    less: Sequence[Amount]
    stands: Floats | None
    counted: Sequence[Floats] | None
    conditions: list[Condition]


class Cut(NamedTuple):
    """What a limit, by its position, did to the parts of some payers."""

    limit: int
    before: Parts
    after: Parts


class Notes:
    """Is told of every claim, and writes nothing down."""

    def claimed(self, claim: Claim, date: int, basis: Basis, cuts: Sequence[Cut]) -> None:
        """Hear what a claim came to on its date, and what each limit did to it."""

    def paid(self, claim: Claim, date: int, parts: Parts) -> None:
        """Hear what each payer pays on a claim on a date, below zero where it is owed to the payer."""

    def decided(self, trigger: int, date: int, conditions: Sequence[Condition], happened: Floats) -> None:
        """Hear of an event that is decided on results: what was read of them, and where it happened, 1 a path."""

    def ended(self, date: int, accounts: Sequence[Account]) -> None:
        """Hear that a date is over, and how each tranche stands."""


class Failed(NamedTuple):
    """A condition that did not hold, on one path."""

    test: Test | None
    value: float | None
    payment: int | None
    tranche: int | None
    holds: bool
    fallback: bool


@dataclass
class ClaimNote:
    """One claim on one path. Money is below zero where it is owed to the payer.

    Claimed less cut is paid, for each payer. A cut by no limit (None) is by ceilings a person, or by the capital that
    is out.
    """

    claim: Claim
    date: int
    result: float | None
    given: float
    base: float | None
    less: float
    counts: bool  # whether any of its results does
    stands: bool  # whether what it is a share of does
    failed: tuple[Failed, ...]
    claimed: dict[str, float]
    cuts: list[tuple[int | None, str, float]]
    paid: dict[str, float] = field(default_factory=dict)
    paid_on: int | None = None  # the date; None where nothing is


class Decision(NamedTuple):
    """An event that was decided on results, on one path: which, when, what was read for each test, and the outcome."""

    trigger: int
    date: int
    values: tuple[float, ...]
    happened: bool


class PathNotes(Notes):
    """Writes down the claims of one path, in the order in which they are made."""

    def __init__(self, path: int = 0) -> None:
        self.path = path
        self.claims: dict[Claim, ClaimNote] = {}
        self.decisions: list[Decision] = []

    def claimed(self, claim: Claim, date: int, basis: Basis, cuts: Sequence[Cut]) -> None:
        """Write down what a claim came to, and what each limit did to it."""
        result, plain = basis.plain()
        given = self._at(plain if basis.given is None else basis.given)
        base = None if basis.base is None else self._at(basis.base)
        counts = basis.counted is None or any(self._at(one) for one in basis.counted)
        stands = basis.stands is None or bool(self._at(basis.stands))
        failed = tuple(self._failed(one) for one in basis.conditions if not one.met[self.path])
        amount, less = self._at(basis.amount), sum(map(self._at, basis.less))
        whole = given * (1.0 if base is None else base) - less
        if claim.owed_by is None:
            whole = max(whole, 0.0)
        if not counts or not stands or failed:
            whole = amount
        note = ClaimNote(
            claim,
            date,
            result=None if result is None or not counts else self._at(result),
            given=given if counts else 0.0,
            base=base,
            less=less,
            counts=counts,
            stands=stands,
            failed=failed,
            claimed={payer: whole * share for payer, share in claim.payers},
            cuts=[],
        )
        for payer, share in claim.payers:
            self._cut(note, None, payer, (whole - amount) * share)
        for cut in cuts:
            for (payer, before), (_, after) in zip(cut.before, cut.after, strict=True):
                self._cut(note, cut.limit, payer, self._at(before) - self._at(after))
        self.claims[claim] = note

    def paid(self, claim: Claim, date: int, parts: Parts) -> None:
        """Write down what each payer pays on a claim."""
        note = self.claims[claim]
        for payer, part in parts:
            amount = self._at(part)
            note.paid[payer] = note.paid.get(payer, 0.0) + amount
            if amount != 0:
                note.paid_on = date

    def decided(self, trigger: int, date: int, conditions: Sequence[Condition], happened: Floats) -> None:
        """Write down what an event was decided on."""
        values = tuple(self._at(one.value) for one in conditions if one.value is not None)
        self.decisions.append(Decision(trigger, date, values, self._at(happened) > 0))

    def _cut(self, note: ClaimNote, limit: int | None, payer: str, amount: float) -> None:
        if abs(amount) > _LEAST * abs(note.claimed[payer]):
            note.cuts.append((limit, payer, amount))

    def _failed(self, one: Condition) -> Failed:
        value = None if one.value is None else self._at(one.value)
        return Failed(one.test, value, one.payment, one.tranche, one.holds, one.fallback)

    def _at(self, amount: Amount) -> float:
        return float(amount) if np.ndim(amount) == 0 else float(np.asarray(amount)[self.path])
