"""Columns: what is read from settled blocks, one number a path. Arrays only; figures and tables are made elsewhere.

These functions travel to the workers of an executor, and what they return travels back: it is kept small. What nobody
asks for is not worked out.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sib.analysis.figures import CASH, ROUNDING
from sib.arrays import Floats
from sib.measures.cashflow import most_out, years_to_recover
from sib.measures.discounting import Flows
from sib.measures.expected import Lots
from sib.measures.irr import irr_of
from sib.run.recipe import Block
from sib.scenario.paths import path_of
from sib.settlement import arrears
from sib.settlement.arrears import Settled
from sib.settlement.book import Amount, Book, Entry, Kind
from sib.settlement.contract import Contract
from sib.terms.metric import Measure

FIRST = ("payment", "drawn", "received", "npv", "irr")  # what has been kept of each path from the first
COLUMNS = (
    *FIRST,
    "payer_other",
    "arrears_max",
    "unpaid_cost",
    "capital_needed",
    "redrawn",
)  # what is kept of each path


class Kept(NamedTuple):
    """What figures are worked out from: columns, one number a path, and the investors' cash by lots of paths."""

    columns: dict[str, Floats]
    cash: Lots | None  # None where no figure asks for it


class Piece(NamedTuple):
    """What is kept of a piece of work: columns, cash, sums of movements, their texts, what the worlds are worth, costs.

    Columns are narrow: one number where all paths have the same.
    """

    columns: dict[str, Floats]
    cash: Lots
    sums: list[float]
    entries: list[Entry]
    effective: float
    costs: list[Settled]


class Reading:
    """What some tranches put in, received and earned together under one book, and what payers paid, (paths,).

    What a tranche owed besides its capital is taken from what it received. Payers are all that pay for outcomes, or
    some of them. A hurdle is a rate a year, or a multiple of the capital drawn.
    """

    def __init__(
        self,
        contract: Contract,
        book: Book,
        parties: Collection[str],
        payers: Collection[str] | None = None,
        *,
        hurdle: float | None = None,
        hurdle_multiple: float | None = None,
    ) -> None:
        self.contract, self.book, self.parties = contract, book, parties
        self.payers = contract.payers if payers is None else payers
        self.tranches = [tranche for tranche in contract.tranches if tranche.name in parties]
        self.hurdle, self.hurdle_multiple = hurdle, hurdle_multiple
        self._years = (contract.years - contract.years[0])[:, None]

    @cached_property
    def _together(self) -> Flows:
        return Flows(self._years, *self.book.flows(self.parties))

    @property
    def payment(self) -> Floats:
        """What was paid for outcomes in all, less what was paid back. Fixed payments are no part of it.

        What is rounding of floating point (convention 8) is nothing.
        """
        total = np.zeros(self.book.paths)
        for entry in self.book.entries:
            if entry.kind == Kind.OUTCOME and entry.payer in self.payers:
                total += entry.amount
            elif entry.kind == Kind.OUTCOME_OWED and entry.payee in self.payers:
                total -= entry.amount
        total *= np.abs(total) >= ROUNDING * self.contract.committed
        return total

    @property
    def payer_other(self) -> Floats:
        """What the outcome payers paid besides `payment`, less what came back to them besides what is owed on that."""
        payers, total = self.payers, np.zeros(1)
        for entry in self.book.entries:
            sign = (entry.payer in payers) - (entry.payee in payers)
            sign -= entry.kind == Kind.OUTCOME and entry.payer in payers  # these are in `payment`
            sign += entry.kind == Kind.OUTCOME_OWED and entry.payee in payers
            if sign:
                total = total + sign * entry.amount
        return self._on_all(total)

    @property
    def arrears_max(self) -> Floats:
        """The most that was due of costs and not paid at the end of any day."""
        return self._on_all(arrears.largest(self.book))

    @property
    def unpaid_cost(self) -> Floats:
        """What was never paid of costs."""
        return self._on_all(arrears.never_paid(self.book))

    @property
    def capital_needed(self) -> Floats:
        """The capital that would have paid every cost when it was due."""
        return self._on_all(arrears.capital_needed(self.contract, self.book))

    def _on_all(self, amount: Amount) -> Floats:
        """One number a path; one that is the same on all paths is held once."""
        return np.broadcast_to(np.asarray(amount, dtype=np.float64), (self.book.paths,))

    @cached_property
    def drawn(self) -> Floats:
        """The capital put in: the most that was out of what can be drawn again."""
        return sum((self.book.drawn(tranche.name) for tranche in self.tranches), np.zeros(self.book.paths))

    @property
    def redrawn(self) -> Floats:
        """The capital put in again, out of what had been repaid; it is taken from what was received."""
        again: Amount = 0.0
        for entry in self.book.entries:
            if entry.kind == Kind.REDRAW and entry.payer in self.parties:
                again = again + entry.amount
        return self._on_all(again)

    @property
    def received(self) -> Floats:
        """What was received, less what was owed besides the capital and what was put in again."""
        paid = sum((self.book.paid(tranche.name) for tranche in self.tranches), np.zeros(self.book.paths))
        received = sum((self.book.received(tranche.name) for tranche in self.tranches), np.zeros(self.book.paths))
        left: Floats = received - (paid - self.drawn)
        return left

    @property
    def npv(self) -> Floats:
        """Net present value, each tranche's at its own rate."""
        several = len(self.tranches) > 1
        worth = [
            (Flows(self._years, *self.book.flows((one.name,))) if several else self._together).npv(one.discount_rate)
            for one in self.tranches
        ]
        total: Floats = sum(worth, np.zeros(self.book.paths))
        return total

    @property
    def irr(self) -> Floats:
        """Internal rate of return of all together."""
        return irr_of(self._together)

    @property
    def hurdle_npv(self) -> Floats:
        """Net present value of all together at the hurdle: from nothing up where they earn it or more."""
        return self._together.npv(math.nan if self.hurdle is None else self.hurdle)

    @property
    def hurdle_gain(self) -> Floats:
        """What was received above the hurdle's multiple of the capital drawn."""
        multiple = math.nan if self.hurdle_multiple is None else self.hurdle_multiple
        return self.received - multiple * self.drawn

    @property
    def payback(self) -> Floats:
        """In how many years the money is back for good, from when it first goes out; NaN where it never is."""
        return years_to_recover(self._together.dense(), self._years[:, 0])

    @property
    def peak_out(self) -> Floats:
        """The most that is out at the end of any day."""
        return most_out(self._together.dense())

    @property
    def liquidity(self) -> Floats:
        """What of the capital committed is left once every cost is paid when due; below zero, what is missing."""
        return self.contract.committed - self.capital_needed

    @property
    def cash(self) -> Lots:
        """Their net cash, by lots of paths."""
        return Lots.of(self._together)

    def columns(self, names: Sequence[str]) -> dict[str, Floats]:
        """Some columns, by name."""
        return {name: getattr(self, name) for name in names}

    def kept(self, names: Sequence[str]) -> Kept:
        """Some columns, and their cash where it is named."""
        return Kept(self.columns([name for name in names if name != CASH]), self.cash if CASH in names else None)


def columns_of(block: Block, names: Sequence[str] = COLUMNS) -> dict[str, Floats]:
    """Columns of all tranches together."""
    return _of_all(block).columns(names)


def kept_of(block: Block, names: Sequence[str]) -> Kept:
    """What figures of all tranches together are worked out from, by name: see `figures.columns_for`."""
    return _of_all(block).kept(names)


def of_party(
    block: Block,
    names: Sequence[str],
    tranche: str | None = None,
    payer: str | None = None,
    *,
    hurdle: float | None = None,
    hurdle_multiple: float | None = None,
) -> Kept:
    """The same of one tranche, or of what one payer pays; and against a hurdle."""
    contract = block.deal.contract
    tranches = contract.investors if tranche is None else (tranche,)
    payers = None if payer is None else (payer,)
    reading = Reading(contract, block.book, tranches, payers, hurdle=hurdle, hurdle_multiple=hurdle_multiple)
    return reading.kept(names)


def of_tranches(block: Block, tranches: tuple[str, ...]) -> dict[str, Kept]:
    """What all figures of some tranches, each by itself, are worked out from."""
    return {name: Reading(block.deal.contract, block.book, (name,)).kept((*COLUMNS, CASH)) for name in tranches}


def _of_all(block: Block) -> Reading:
    return Reading(block.deal.contract, block.book, block.deal.contract.investors)


def joined(parts: Sequence[Kept]) -> Kept:
    """What was kept of all parts, in the order of the paths."""
    cash = [part.cash for part in parts if part.cash is not None]
    return Kept(end_to_end(part.columns for part in parts), Lots.end_to_end(cash) if cash else None)


def end_to_end(parts: Iterable[dict[str, Floats]]) -> dict[str, Floats]:
    """The columns of all parts. What is the same on all paths is held once."""
    found = list(parts)
    return {name: on_end([part[name] for part in found]) for name in found[0]}


def on_end(parts: Sequence[Floats]) -> Floats:
    """One column of all parts."""
    if all(part.strides == (0,) and part[0] == parts[0][0] for part in parts):
        return np.broadcast_to(parts[0][0], (sum(part.size for part in parts),))
    return np.concatenate(parts)


def narrow(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """Columns of which those that are the same on all paths are one number, to be kept or sent: (paths,) or (1,)."""
    return {name: values[:1].copy() if values.strides == (0,) else values for name, values in columns.items()}


def wide(columns: Mapping[str, Floats], paths: int) -> dict[str, Floats]:
    """Narrow columns, each (paths,)."""
    return {
        name: values if values.size == paths else np.broadcast_to(values, (paths,)) for name, values in columns.items()
    }


def fits(columns: Mapping[str, Floats], paths: int) -> bool:
    """Whether columns that were kept are those of so many paths."""
    return all(
        values.shape == (paths,) or (values.shape == (1,) and name not in FIRST) for name, values in columns.items()
    )


def piece_of(block: Block) -> Piece:
    """What a simulation keeps of a piece of work."""
    book = block.book
    sums = [_sum(entry.amount, book.paths) for entry in book.entries]
    entries = [entry._replace(amount=0.0) for entry in book.entries]
    costs = [one.each(lambda amount: _sum(amount, book.paths)) for one in arrears.instalments(book)]
    reading = _of_all(block)
    return Piece(narrow(reading.columns(COLUMNS)), reading.cash, sums, entries, block.effective, costs)


def _sum(amount: Amount, paths: int) -> float:
    """An amount summed over the paths."""
    return float(np.sum(amount)) * (paths if np.ndim(amount) == 0 else 1)


def over_all(block: Block, metric: int, reads: Measure) -> Floats:
    """What is measured of a metric, by its position, over all its results together, (paths,)."""
    found = block.deal.model.metrics[metric]
    each = tuple(range(len(found.results)))
    return block.results[metric].read(reads, each[-1:] if found.cumulative else each)


def positions(block: Block, parties: Collection[str], rate: float = 0.0) -> list[Floats]:
    """The cumulative cash of some parties together by date, each movement discounted to the first date at a rate.

    One that is the same on all paths is held once; on a date without cash it is the very array of the date before.
    """
    discount, paths = (1.0 + rate) ** -block.deal.contract.years, block.book.paths
    flows = [block.book.flows((name,)) for name in parties]
    position: Amount = 0.0
    found: list[Floats] = []
    for step, factor in enumerate(discount.tolist()):
        cash = sum((each.on(step) for each in flows), 0.0)
        if found and np.ndim(cash) == 0 and cash == 0:
            found.append(found[-1])
            continue
        position = position + cash * factor
        found.append(np.broadcast_to(np.asarray(position), (paths,)))
    return found


def effects_of(block: Block) -> dict[tuple[str, str], Floats]:
    """True effects by metric and result; true levels where nothing is compared."""
    return {
        (metric.name, result): outcome.effect[i]
        for metric, outcome in zip(block.deal.model.metrics, block.outcomes, strict=True)
        if outcome.effect is not None
        for i, result in enumerate(metric.results)
    }


def detail(block: Block) -> dict[str, Floats]:
    """Everything about each path, as `Simulation.paths` names it."""
    columns: dict[str, Floats] = {}
    contract, model = block.deal.contract, block.deal.model
    effects = effects_of(block)
    for place, (metric, result) in enumerate(zip(model.metrics, block.results, strict=True)):
        reads = metric.publishes
        for i, name in enumerate(metric.results):
            if (metric.name, name) in effects:
                true = "effect" if metric.compared else "expected"
                columns[path_of([metric.name, name, true])] = effects[metric.name, name]
            columns[path_of([metric.name, name, reads])] = result.read(reads, (i,))
        columns[path_of([metric.name, "pooled", reads])] = over_all(block, place, reads)
    for entry in block.book.entries:
        if entry.claim is not None:
            key = path_of(["payments", entry.claim])  # the rules see to it that no two claims are called alike
            owed = entry.kind in (Kind.OUTCOME_OWED, Kind.FIXED_OWED)
            columns[key] = columns.get(key, np.zeros(block.book.paths)) + (-entry.amount if owed else entry.amount)
    for party in contract.investors if len(contract.investors) > 1 else ():
        columns[path_of([party, "drawn"])] = block.book.paid(party)
        columns[path_of([party, "received"])] = block.book.received(party)
    return columns
