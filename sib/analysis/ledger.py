"""`Ledger`: every movement of cash of one path, or the mean over paths, with the views that people ask for."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sib.analysis.periods import Freq, Periods
from sib.analysis.statement import Line, Ruling, frame_of
from sib.calls import public
from sib.errors import InputError, Problem, nearest
from sib.measures.irr import irr
from sib.settlement.arrears import Settled
from sib.settlement.book import Entry, Kind
from sib.terms.base import spelt
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
    `drawn again`, `cost`, `outcome payment`, `fixed payment`, `owed on outcome payments`, `owed on fixed payments`,
    `interest`, `repayment`, `return`, `left over`, `redemption`, `unspent capital` or `guarantee`; and a label for
    people, most often the name of a payment, a cost or an event.

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
    lines: tuple[Line, ...] | None = field(default=None, compare=False)  # of the statement, where there is one
    rulings: tuple[Ruling, ...] = field(default=(), compare=False)  # the events that were decided on results

    @classmethod
    def of(
        cls,
        movements: Iterable[Movement],
        parties: tuple[str, ...],
        currency: str,
        dues: tuple[CostDue, ...] | None = None,
        lines: tuple[Line, ...] | None = None,
        rulings: tuple[Ruling, ...] = (),
    ) -> Ledger:
        """A ledger of the movements that are not nothing."""
        return cls(tuple(m for m in movements if m.amount != 0), parties, currency, dues, lines, rulings)

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

    def statement(self) -> pd.DataFrame:
        """Every claim as it was made, from the result to the money: a row a claim, and a row for each payer of it.

        Returns
        -------
        DataFrame
            In the order in which claims are made. `kind` is that of the movement; `payment`; `results`, the cohorts or
            periods, or the instalment, that it is on; `due` and `paid_on`, dates, the second empty where nothing is
            paid; `reads` and `result`, what the schedule read (improvement, points, units or level) and the number;
            `price`, the schedule in words; `value`, what it gave, in money or as a share of `base`; `less`, what
            earlier payments took off; `share`, the payer's; `result` is NaN where none is read, `base` where the value
            is money. Then, in the scenario's currency, `claimed`, `cut`,
            `limits` (which limit cut how much) and `paid`, never negative, with ``claimed - cut == paid``; `unmet`,
            the conditions that did not hold, on which nothing is claimed; `payer` and `payee`. What is owed back is a
            row of its kind (`owed on outcome payments`), from who owes it to the payer; its `value` is below zero.

        Raises
        ------
        InputError
            Where the ledger is the mean of many paths, on each of which claims are others.

        Examples
        --------
        >>> import sib
        >>> found = sib.settle(sib.load("denver"), {"housing days": 299_928, "jail days": 0.38}).statement()
        >>> found["paid"].round(2).tolist()
        [3900023.77, 634887.59, 5104000.0]
        """
        if self.lines is None:
            rule = "one path's ledger: each claim is made on a result of its own"
            raise InputError(Problem("ledger", "a mean over paths", rule, "ask for a path: simulation.ledger(0)"))
        return frame_of(self.lines)

    @public
    def balances(self, freq: Freq = "YE") -> pd.DataFrame:
        """What each party has received and paid, period by period.

        Parameters
        ----------
        freq : str or (int, int), default "YE"
            The periods, as pandas calls them: "YE" for years, "QE" for quarters, "ME" for months; or the month and the
            day on which a financial year begins, as in (4, 6).

        Returns
        -------
        DataFrame
            Indexed by `party` and by `period`, its last day, from the first movement of the ledger to the last; columns
            `opening`, `in`, `out` and `closing`, in the scenario's currency. ``closing = opening + in - out``: what was
            received so far less what was paid, which of an investor is negative while money is out.

        Raises
        ------
        InputError
            Where there are no such periods.

        Examples
        --------
        >>> import sib
        >>> ledger = sib.settle(sib.load("denver"), {"housing days": 299_928, "jail days": 0.38})
        >>> ledger.balances("YE").loc["Denver PFS LLC", "closing"].round(2).unique().tolist()
        [0.0]
        """
        import pandas as pd

        days = [m.date for m in self.movements]
        periods = Periods.of(freq, days)
        row = {party: i for i, party in enumerate(self.parties)}
        came, went = np.zeros((2, len(self.parties), len(periods.ends)))
        for movement, place in zip(self.movements, periods.place(days), strict=True):
            came[row[movement.payee], place] += movement.amount
            went[row[movement.payer], place] += movement.amount
        closing = np.cumsum(came - went, axis=1)
        opening = np.concatenate((np.zeros_like(closing[:, :1]), closing[:, :-1]), axis=1)
        ends = pd.DatetimeIndex(periods.ends, dtype="datetime64[s]")
        every = pd.MultiIndex.from_product([self.parties, ends], names=["party", "period"])
        columns = {"opening": opening, "in": came, "out": went, "closing": closing}
        return pd.DataFrame({name: amounts.ravel() for name, amounts in columns.items()}, index=every)

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

    @public
    def received(self, party: str) -> float:
        """What a party received in all. A tranche is a party by its name.

        Raises
        ------
        InputError
            Where the deal has no such party.
        """
        party = self._known(party)
        return math.fsum(m.amount for m in self.movements if m.payee == party)

    @public
    def paid(self, party: str) -> float:
        """What a party paid in all.

        Raises
        ------
        InputError
            Where the deal has no such party.
        """
        party = self._known(party)
        return math.fsum(m.amount for m in self.movements if m.payer == party)

    @public
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

        party = self._known(party)
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

    @public
    def multiple(self, party: str) -> float:
        """Money received for each unit of capital drawn, what is owed besides taken off; NaN where nothing was drawn.

        Of capital that is drawn again once it has been repaid, the capital is the most that was out, and what was put
        in again is taken off too.

        Of a party that puts in no capital it is what it received for each unit that it paid.
        """
        paid, received = self.paid(party), self.received(party)
        drawn = self.drawn(party) or paid
        return (received - (paid - drawn)) / drawn if drawn > 0 else math.nan

    @public
    def drawn(self, party: str) -> float:
        """The capital that a party put in: its draws; of what is drawn again once repaid, the most that was out.

        Raises
        ------
        InputError
            Where the deal has no such party.
        """
        party = self._known(party)
        return math.fsum(m.amount for m in self.movements if m.payer == party and m.kind == Kind.DRAW)

    @public
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

    def _known(self, party: str) -> str:
        """The party, in the spelling of the deal."""
        if spelt(party) not in self.parties:
            raise InputError(Problem("party", party, "a party of this deal", nearest(party, self.parties)))
        return spelt(party)
