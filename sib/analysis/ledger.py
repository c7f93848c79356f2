"""`Ledger`: every movement of cash of one path, or the mean over paths, with the views that people ask for."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sib.errors import InputError, Problem, nearest
from sib.measures.irr import irr
from sib.settlement.book import Entry, Kind
from sib.terms.calendar import DAYS_A_YEAR

if TYPE_CHECKING:
    import pandas as pd


class Movement(NamedTuple):
    """Money from one party to another, on a date: of which kind, and under which label for people."""

    date: dt.date
    payer: str
    payee: str
    kind: str
    label: str
    amount: float

    @classmethod
    def of(cls, entry: Entry, dates: Sequence[dt.date], amount: float) -> Movement:
        """What an entry of a book comes to."""
        return cls(dates[entry.step], entry.payer, entry.payee, entry.kind.value, entry.label, amount)


@dataclass(frozen=True, repr=False)
class Ledger:
    """Every movement of cash, double entry: what one party pays another receives.

    Made by `sib.settle` and `Simulation.ledger`. Movements of nothing are left out. Each has a kind, which is `draw`,
    `cost`, `outcome payment`, `fixed payment`, `owed on outcome payments`, `owed on fixed payments`, `interest`,
    `repayment`, `return`, `left over`, `redemption`, `unspent capital` or `guarantee`; and a label for people, most
    often the name of a payment, a cost or an event.

    Examples
    --------
    >>> import sib
    >>> ledger = sib.settle(sib.load("peterborough-2017"), {"reconvictions": [0.084, 0.097]})
    >>> round(ledger.irr("investors"), 3)
    0.031
    """

    movements: tuple[Movement, ...]
    parties: tuple[str, ...]
    currency: str

    @classmethod
    def of(cls, movements: Iterable[Movement], parties: tuple[str, ...], currency: str) -> Ledger:
        """A ledger of the movements that are not nothing."""
        return cls(tuple(m for m in movements if m.amount != 0), parties, currency)

    def to_frame(self) -> pd.DataFrame:
        """The ledger as a table, in the order in which money moves.

        Returns
        -------
        DataFrame
            Columns `date`, `payer`, `payee`, `kind`, `label` and `amount`, in the scenario's currency, never negative.
        """
        import pandas as pd

        frame = pd.DataFrame(list(self.movements), columns=list(Movement._fields))
        return frame.astype({"date": "datetime64[s]", "amount": "float64"})

    def received(self, party: str) -> float:
        """What a party received in all. A tranche is a party by its name.

        Raises
        ------
        InputError
            Where the deal has no such party.
        """
        self._known(party)
        return math.fsum(m.amount for m in self.movements if m.payee == party)

    def paid(self, party: str) -> float:
        """What a party paid in all.

        Raises
        ------
        InputError
            Where the deal has no such party.
        """
        self._known(party)
        return math.fsum(m.amount for m in self.movements if m.payer == party)

    def cashflow(self, party: str) -> pd.Series[float]:
        """A party's net cash by date, positive = received (convention 1).

        Returns
        -------
        Series
            Indexed by date; empty where the party neither paid nor received.

        Raises
        ------
        InputError
            Where the deal has no such party.
        """
        import pandas as pd

        self._known(party)
        net: dict[dt.date, list[float]] = {}
        for m in self.movements:
            if party in (m.payer, m.payee):
                net.setdefault(m.date, []).append(m.amount if m.payee == party else -m.amount)
        days = sorted(net)
        return pd.Series(
            [math.fsum(net[day]) for day in days],
            index=pd.DatetimeIndex(days, dtype="datetime64[s]", name="date"),
            name=party,
            dtype="float64",
        )

    def multiple(self, party: str) -> float:
        """Money received for each unit of capital drawn, what is owed besides taken off; NaN where nothing was drawn.

        Of a party that puts in no capital it is what it received for each unit that it paid.
        """
        paid, received = self.paid(party), self.received(party)
        drawn = self.drawn(party) or paid
        return (received - (paid - drawn)) / drawn if drawn > 0 else math.nan

    def drawn(self, party: str) -> float:
        """The capital that a party put in: its draws.

        Raises
        ------
        InputError
            Where the deal has no such party.
        """
        self._known(party)
        return math.fsum(m.amount for m in self.movements if m.payer == party and m.kind == Kind.DRAW)

    def irr(self, party: str) -> float:
        """Internal rate of return of a party's cash, effective a year; see `sib.irr` for total losses and NaN.

        It speaks of those who pay in to be repaid; of an outcome payer it says only that no cash comes back.
        """
        cash = self.cashflow(party)
        if cash.empty:
            return math.nan
        years = (cash.index - cash.index[0]).days.to_numpy() / DAYS_A_YEAR
        return float(irr(cash.to_numpy(), np.asarray(years, dtype=np.float64)))

    def __repr__(self) -> str:
        return f"<Ledger of {len(self.movements)} movements in {self.currency} between {', '.join(self.parties)}>"

    def _repr_html_(self) -> str:
        html: str = self.to_frame().to_html(index=False, float_format="{:,.2f}".format)
        return html

    def _known(self, party: str) -> None:
        if party not in self.parties:
            raise InputError(Problem("party", party, "a party of this deal", nearest(party, self.parties)))
