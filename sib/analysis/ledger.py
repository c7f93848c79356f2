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
from sib.settlement.arrears import Settled
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


class CostDue(NamedTuple):
    """An instalment of a cost: when it fell due, who is owed it, and what was paid of it. Money, never negative."""

    date: dt.date
    party: str
    cost: str
    deferred: bool
    due: float
    paid_in_time: float
    paid_late: float
    never_paid: float

    @classmethod
    def of(cls, owed: Settled, dates: Sequence[dt.date], paths: int = 1) -> CostDue:
        """What an instalment comes to on average of so many paths over which it was summed."""
        parts = [float(amount) / paths for amount in (owed.in_time, owed.late, owed.never)]
        return cls(dates[owed.step], owed.to, owed.label, owed.deferred, math.fsum(parts), *parts)


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
    dues: tuple[CostDue, ...] | None = None  # what costs there were; None in a file of an older version

    @classmethod
    def of(
        cls,
        movements: Iterable[Movement],
        parties: tuple[str, ...],
        currency: str,
        dues: tuple[CostDue, ...] | None = None,
    ) -> Ledger:
        """A ledger of the movements that are not nothing."""
        return cls(tuple(m for m in movements if m.amount != 0), parties, currency, dues)

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

    def costs(self) -> pd.DataFrame:
        """Every instalment of every cost, and what of it is paid in time, late and never: which is no movement.

        Returns
        -------
        DataFrame
            Columns `date` (when it falls due), `party` (who is owed it), `cost`, `deferred`, `due`, `paid_in_time`,
            `paid_late` and `never_paid`, in the scenario's currency, never negative; the last three add up to `due`.
            In time is by the end of the day; what is paid late pays the oldest instalment first. A deferred cost falls
            due on no day: all that is ever paid of it is in time.

        Raises
        ------
        InputError
            Where the ledger is of a file that an older version saved.

        Examples
        --------
        >>> import sib
        >>> ledger = sib.settle(sib.load("peterborough-2017"), {"reconvictions": [0.084, 0.097]})
        >>> float(ledger.costs()["never_paid"].sum())
        0.0
        """
        import pandas as pd

        if self.dues is None:
            remedy = "simulate again, or ask for the ledger of one path"
            raise InputError(
                Problem("ledger", "saved before costs were kept", "the mean ledger of a newer simulation", remedy)
            )
        frame = pd.DataFrame(list(self.dues), columns=list(CostDue._fields))
        money = dict.fromkeys(("due", "paid_in_time", "paid_late", "never_paid"), "float64")
        return frame.astype({"date": "datetime64[s]", "deferred": "bool", **money})

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
