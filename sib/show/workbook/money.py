"""The sheets that follow the money: each party's cash by quarter, each tranche by date, and what it makes of it.

All are sums over the sheet of movements, written with what the library has.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from sib.analysis.derivation.settlement import Derivation
from sib.analysis.ledger import Ledger
from sib.analysis.periods import Periods
from sib.arrays import Floats
from sib.measures.cashflow import npv
from sib.settlement.book import Kind
from sib.show.workbook.formulas import Cell, letters
from sib.show.workbook.page import Content, Formula, Page, Style, plain
from sib.show.workbook.results import POSSIBLE, STATUS
from sib.show.workbook.settled import Days, Moves, said_of
from sib.terms.calendar import DAYS_A_YEAR

_TO_A_TRANCHE: Final = (  # what comes to a tranche, by kind
    *(Kind.OUTCOME, Kind.FIXED, Kind.INTEREST, Kind.REPAYMENT, Kind.RETURN),
    *(Kind.REDEMPTION, Kind.UNSPENT, Kind.GUARANTEE),
)
_OWED: Final = (Kind.OUTCOME_OWED, Kind.FIXED_OWED)
_BEGINNING: Final = dt.date(1899, 12, 30)  # from which spreadsheets count days


def cash_page(derivation: Derivation, moves: Moves) -> Page:
    """Each party's cash, quarter by quarter."""
    money = derivation.scenario.currency
    page = Page(
        "Cash",
        f"{said_of(derivation)} What each party has received and paid, by quarter. Closing is what it received so far"
        " less what it paid: of an investor it is below zero while money is out; of the vehicle it is what it has in"
        " hand.",
        [
            ("Party", 34, "text"),
            ("Quarter to", 12, "date"),
            (f"Opening, {money}", 18, "money"),
            (f"In, {money}", 18, "money"),
            (f"Out, {money}", 18, "money"),
            (f"Closing, {money}", 18, "money"),
        ],
    )
    periods = Periods.of("QE", derivation.deal.contract.dates)
    for party in moves.numbers:
        closing = 0.0
        for start, end in zip(periods.starts, periods.ends, strict=True):
            line = page.first + page.rows + 1  # as a spreadsheet counts
            quarter = Days(start, end, (f'"<="&$B{line}', f'">"&EOMONTH($B{line},-3)'))
            came, went = moves.total(payee=party, days=quarter), moves.total(payer=party, days=quarter)
            opening: Content = 0.0 if start == periods.starts[0] else Formula(f"=F{line - 1}", closing)
            closing += float(came.value) - float(went.value)
            page.add([party, end, opening, came, went, Formula(f"=C{line}+D{line}-E{line}", closing)])
    return page


def waterfall_page(derivation: Derivation, moves: Moves) -> Page:
    """Each tranche, date by date: what it puts in, what comes to it and as what, what it is owed in the evening."""
    contract, money = derivation.deal.contract, derivation.scenario.currency
    found = {(one.payee, one.kind) for one in derivation.movements}
    kinds = [kind for kind in _TO_A_TRANCHE if any((name, kind) in found for name in contract.investors)]
    owed = {one.kind for one in derivation.movements if one.payer in contract.investors} & {*_OWED}
    paid_in = [Kind.DRAW, *([Kind.REDRAW] if contract.revolving else []), *(kind for kind in _OWED if kind in owed)]
    columns: list[tuple[str, float, Style]] = [
        ("Tranche", 34, "text"),
        ("Date", 12, "date"),
        *((f"{kind.value.capitalize()}, {money}", 17, "money") for kind in (*paid_in, *kinds)),
        (f"Capital out at the end of the day, {money}", 18, "money"),
        (f"Interest owed at the end of the day, {money}", 18, "money"),
    ]
    page = Page(
        "Waterfall",
        f"{said_of(derivation)} Each tranche by date: what it puts in, what comes to it as what, and what it is owed"
        " when the day is over.",
        columns,
    )
    for stands in sorted(derivation.standing, key=lambda one: (one.tranche, one.date)):
        name, day = contract.tranches[stands.tranche].name, contract.dates[stands.date]
        on = Days(day, day, (f"$B{page.first + page.rows + 1}",))
        page.add(
            [
                name,
                day,
                *(moves.total(payer=name, kind=kind, days=on) for kind in paid_in),
                *(moves.total(payee=name, kind=kind, days=on) for kind in kinds),
                plain(stands.owed),
                plain(stands.interest),
            ]
        )
    return page


# Returns

SOLVED: Final = "yes"
_NO_RATE, _NO_CASH, _ALL_LOST, STOPPED = "no rate", "nothing moves", "all is lost", "NO: XIRR stopped beside the rate"
FIGURES: Final = (
    "Capital drawn",
    "Received, less what was paid in again or besides",
    "Multiple of the capital drawn",
    "Average day of what goes out, net",
    "Average day of what comes in, net",
    "Guess of the rate, from these",
    "First line below with cash, from which XIRR is asked",
    "Internal rate of return a year, by XIRR",
    "The same by sib, on the results as written",
    "Net present value at that rate, a unit of capital drawn",
    "Is the net present value nil?",
)


class Returns(NamedTuple):
    """The sheet of returns, and where each tranche's figures stand, as they are named, with what they come to."""

    page: Page
    figures: Sequence[Mapping[str, tuple[Cell, Content]]]


def returns_page(derivation: Derivation, ledger: Ledger, moves: Moves) -> Returns:
    """What each tranche makes of it, from its net cash by date."""
    contract, money = derivation.deal.contract, derivation.scenario.currency
    days = contract.dates
    page = Page(
        "Returns",
        f"{said_of(derivation)} Each tranche's multiple and internal rate of return, from its net cash by date, below,"
        f" in {money}. A spreadsheet's XIRR can stop beside the rate, most often where money is lost: the last line"
        " says if it did.",
        [("Figure", 52, "text"), *((name, 24, "money") for name in contract.investors)],
    )
    head = page.first + len(FIGURES) + 1
    for place, label in enumerate(FIGURES):
        page.put(page.first + place, 0, label)
    page.put(head, 0, "Net cash on", "head")
    for place, day in enumerate(days, head + 1):
        page.put(place, 0, day, "date")
    figures = []
    for column, name in enumerate(contract.investors, 1):
        page.put(head, column, name, "head of figures")
        net = np.zeros(len(days))
        for place, day in enumerate(days):
            on = Days(day, day, (f"$A{head + place + 2}",))
            cash = moves.total(payee=name, days=on).less(moves.total(payer=name, days=on))
            net[place] = float(cash.value)
            page.put(head + 1 + place, column, cash)
        tranche = _Tranche(name, moves, ledger, days, net, letters(column), page.first + 1, head + 2)
        found = {
            label: (page.put(page.first + row, column, content, style), content)
            for row, (label, (content, style)) in enumerate(zip(FIGURES, tranche.figures(), strict=True))
        }
        figures.append(found)
    return Returns(page, figures)


@dataclass(frozen=True)
class _Tranche:
    """One tranche's column on the sheet of returns: its figures from line `top` on, its cash from line `below` on."""

    name: str
    moves: Moves
    ledger: Ledger
    days: Sequence[dt.date]
    net: Floats
    column: str
    top: int
    below: int

    @property
    def _begins(self) -> int:
        """The first date with cash on the results as written: a spreadsheet's XIRR asks for cash on the first."""
        return int(np.flatnonzero(self.net)[0]) if self.net.any() else 0

    def _range(self, column: str) -> str:
        return f"{column}${self.below}:{column}${self.below + len(self.days) - 1}"

    def figures(self) -> list[tuple[Content, Style]]:
        """The figures, one below the other, each with its style."""
        cash, when = self._range(self.column), self._range("$A")
        drawn, net, _, out, came, guess, begin, rate, _, value, _ = (
            f"{self.column}{self.top + i}" for i in range(len(FIGURES))
        )
        multiple, own = self.ledger.multiple(self.name), self.ledger.irr(self.name)
        found = own if math.isfinite(own) else _NO_RATE if self.net.any() else _NO_CASH
        received, paid = self.moves.total(payee=self.name), self.moves.total(payer=self.name)
        capital = self.moves.total(payer=self.name, kind=Kind.DRAW)
        back = float(received.value) - (float(paid.value) - float(capital.value))
        gains, losses = f'SUMIF({cash},">0")', f'SUMIF({cash},"<0")'
        begins = when.split(":")[0]
        asked, days = (f"INDEX({each},{begin}):{each.split(':')[1]}" for each in (cash, when))
        year = f"{DAYS_A_YEAR:.0f}"
        solves = f"SUMPRODUCT({cash},(1+{rate})^(({begins}-{when})/{year}))/MAX({drawn},1)"
        return [
            (capital, "money"),
            (Formula(f"{received.text}-({paid.text[1:]}-{drawn})", back), "money"),
            (Formula(f'=IF({drawn}>0,{net}/{drawn},"-")', "-" if math.isnan(multiple) else multiple), "multiple"),
            (Formula(f"=IFERROR(SUMPRODUCT(({cash}<0)*{cash},{when})/{losses},{begins})", self._mean(-1)), "date"),
            (Formula(f"=IFERROR(SUMPRODUCT(({cash}>0)*{cash},{when})/{gains},{begins})", self._mean(+1)), "date"),
            (
                Formula(f"=IFERROR(MAX((-{gains}/{losses})^({year}/MAX({came}-{out},1))-1,-0.99),0)", self._guess()),
                "share",
            ),
            (Formula(f"=IFERROR(MATCH(TRUE,INDEX({cash}<>0,0),0),1)", float(self._begins + 1)), "number"),
            (
                Formula(
                    f'=IF({STATUS}<>"{POSSIBLE}",{STATUS},IF({losses}=0,IF({gains}=0,"{_NO_CASH}","{_NO_RATE}"),'
                    f'IF({gains}=0,-1,IFERROR(XIRR({asked},{days},{guess}),"{_NO_RATE}"))))',
                    found,
                ),
                "share",
            ),
            (found, "share"),
            (Formula(f"=IF(ISNUMBER({rate}),IF({rate}>-1,{solves},0),0)", self._present(own)), "number"),
            (
                Formula(
                    f'=IF(ISNUMBER({rate}),IF({rate}=-1,"{_ALL_LOST}",'
                    f'IF(ABS({value})<0.000001,"{SOLVED}","{STOPPED}")),{rate})',
                    found if not math.isfinite(own) else _ALL_LOST if own == -1 else SOLVED,
                ),
                "verdict",
            ),
        ]

    def _mean(self, sign: int) -> float:
        """The average day of what goes out (-1) or comes in (+1), as spreadsheets count days."""
        amounts = np.maximum(sign * self.net, 0.0)
        numbers = np.array([(day - _BEGINNING).days for day in self.days], dtype=float)
        return float(amounts @ numbers / amounts.sum()) if amounts.any() else float(numbers[0])

    def _guess(self) -> float:
        """The rate if all that goes out went on its average day and all that comes in came on its own."""
        gained, lost = np.maximum(self.net, 0.0).sum(), np.maximum(-self.net, 0.0).sum()
        if not lost:
            return 0.0
        years = max(self._mean(+1) - self._mean(-1), 1.0) / DAYS_A_YEAR
        return max(float((gained / lost) ** (1.0 / years)) - 1.0, -0.99)

    def _present(self, rate: float) -> float:
        """The net present value at a rate, a unit of capital drawn."""
        if not math.isfinite(rate) or rate <= -1:
            return 0.0
        years = np.array([(day - self.days[0]).days / DAYS_A_YEAR for day in self.days])
        return float(npv(self.net, years, rate)) / max(self.ledger.drawn(self.name), 1.0)
