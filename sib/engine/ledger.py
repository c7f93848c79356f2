"""`Book`: every movement of cash of a block of paths, double entry. What the capital walk writes and all else reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sib.engine.schedules import Floats

Amount = float | Floats
DRAW = "draw"  # the label under which capital is put in


class Entry(NamedTuple):
    """Money from one party to another: `amount` is one number for all paths, or one a path; never negative."""

    step: int
    payer: str
    payee: str
    label: str
    amount: Amount


class Book:
    """The entries of a block of paths, in the order in which they happen."""

    def __init__(self, paths: int, steps: int) -> None:
        self.paths = paths
        self.steps = steps
        self.entries: list[Entry] = []

    def pay(self, step: int, payer: str, payee: str, label: str, amount: Amount) -> None:
        """Write one movement; nothing is written where there is nothing to pay on any path by construction."""
        if not (np.isscalar(amount) and amount == 0):
            self.entries.append(Entry(step, payer, payee, label, amount))

    def received(self, party: str) -> Floats:
        """What a party received in all, (paths,)."""
        return self._total(entry.amount for entry in self.entries if entry.payee == party)

    def paid(self, party: str) -> Floats:
        """What a party paid in all, (paths,)."""
        return self._total(entry.amount for entry in self.entries if entry.payer == party)

    def drawn(self, tranche: str) -> Floats:
        """The capital that a tranche put in, (paths,); what it owed besides is left out."""
        return self._total(e.amount for e in self.entries if e.payer == tranche and e.label == DRAW)

    def cash(self, party: str) -> Floats:
        """A party's net cash at each date, (dates, paths), positive = received (convention 1)."""
        cash = np.zeros((self.steps, self.paths))
        for entry in self.entries:
            if entry.payee == party:
                cash[entry.step] += entry.amount
            if entry.payer == party:
                cash[entry.step] -= entry.amount
        return cash

    def _total(self, amounts: Iterator[Amount]) -> Floats:
        total = np.zeros(self.paths)
        for amount in amounts:
            total += amount
        return total
