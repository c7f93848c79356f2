"""The sheets on which the money is made: readings, claims, movements, events. All are formulas of the results."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sib.analysis.derivation.number import Derived
from sib.analysis.derivation.settlement import Derivation, Made
from sib.analysis.statement import Words, results_named
from sib.scenario.payment_words import conditions
from sib.settlement.book import Amount, Kind
from sib.show.workbook.page import Content, Formula, Page, Style, plain, value_of

RATES: Final = frozenset({"improvement", "confidence", "interval"})


def said_of(derivation: Derivation) -> str:
    """Whether what is written is on results that happened, and whether all of it follows them."""
    said = "On the results that were given to sib."
    if derivation.believed:
        said = "NOT MEASURED: on results as the scenario believes them."
    why = dict.fromkeys(filter(None, derivation.reasons.values()))
    return f"{said} WHAT IS GREY AND SLANTED DOES NOT FOLLOW THEM: {'; '.join(why)}." if why else said


# Readings


def readings_page(derivation: Derivation) -> Page:
    """What claims and events read of the results."""
    page = Page(
        "Readings",
        "What is read of the results: over one or over several together, weighted by persons. Positive is better."
        " Where only some count (a cohort may have been given up, or paid for before), over those that do.",
        [
            ("Metric", 26, "text"),
            ("Reads", 16, "text"),
            ("Over", 26, "text"),
            ("Which", 18, "text"),
            ("Value", 18, "number"),
        ],
    )
    for one in derivation.readings:
        metric = derivation.deal.model.metrics[one.metric]
        some = "those that count" if one.some else "all"
        page.add(
            [metric.name, one.measure, results_named(metric.results, one.members), some, plain(one.value)],
            {4: "share"} if one.measure in RATES else {},
        )
    return page


# Claims


class Row(NamedTuple):
    """A claim on the sheet: the limits that it is under, and what is paid on it now."""

    limits: frozenset[int]
    now: float


class Claimed(NamedTuple):
    """The sheet of claims, and which of its columns hold what was claimed, each cut, and what was paid."""

    page: Page
    claimed: int
    cuts: Mapping[int, int]  # by limit
    paid: int
    rows: Sequence[Row]


def claims_page(derivation: Derivation) -> Claimed:
    """Each claim on each payer: what is read, what it is worth, what limits cut, what is paid."""
    contract, scenario = derivation.deal.contract, derivation.scenario
    limits = sorted({limit for made in derivation.claims for limit, _ in made.cuts})
    money = scenario.currency
    shown = [column for column in _SOMETIMES if any(column.of(made) is not None for made in derivation.claims)]
    asks = {payment.name: "; ".join(conditions(scenario.timetable, payment)) for payment in scenario.payments}
    some = any(asks.values())
    asked: list[tuple[str, float, Style]] = [("Asks for", 34, "wrapped"), ("Holds", 8, "number")] if some else []
    before: list[tuple[str, float, Style]] = [
        ("Payment", 26, "text"),
        ("For the result of", 18, "text"),
        ("Falls due", 12, "date"),
        ("Payer", 36, "text"),
        ("Payee", 36, "text"),
        ("Reads", 14, "text"),
        ("Price", 40, "wrapped"),
        *asked,
        ("Result", 14, "number"),
        ("Comes to", 16, "number"),
        *((column.head, 16, column.style) for column in shown),
        (f"Claimed, {money}", 17, "money"),
    ]
    cuts: list[tuple[str, float, Style]] = [
        (f"Cut by {scenario.limits[limit].name}, {money}", 17, "money") for limit in limits
    ]
    after: list[tuple[str, float, Style]] = [(f"Paid, {money}", 17, "money")]
    after += [("Not live", 44, "wrapped")] if any(_why(derivation, made) for made in derivation.claims) else []
    page = Page(
        "Claims",
        f"{said_of(derivation)} Each claim as it is made: the result that is read, what its price gives, times what it"
        " is a share of, less what was paid before; nothing where a condition fails. Claimed less what limits cut is"
        " paid. Below zero: owed back.",
        [*before, *cuts, *after],
    )
    words = Words(scenario, contract)
    claimed, paid = len(before) - 1, len(before) + len(cuts)
    for made in derivation.claims:
        claim, name, cut = made.claim, contract.payments[made.claim.payment], dict(made.cuts)
        contents: list[Content] = [
            name,
            words.results(claim),
            contract.dates[made.date],
            made.payer,
            claim.to,
            "" if claim.metric is None else claim.reading,
            words.price(name),
            *([asks[name], plain(made.met)] if some else []),
            plain(made.result),
            plain(made.given),
            *(column.of(made) for column in shown),
            plain(made.due),
            *(plain(cut.get(limit)) for limit in limits),
            plain(made.paid),
            *([why] if (why := _why(derivation, made)) else []),
        ]
        page.add(contents, _styles(made, 9 if some else 7))
    rows = [Row(frozenset(limit for limit, _ in made.cuts), value_of(made.paid)) for made in derivation.claims]
    return Claimed(page, claimed, dict(zip(limits, range(claimed + 1, paid), strict=True)), paid, rows)


class _Sometimes(NamedTuple):
    """A column that is there where some claim has something in it."""

    head: str
    style: Style
    of: Callable[[Made], Content]


_SOMETIMES: Final = (
    _Sometimes("Of", "money", lambda made: plain(made.base)),
    _Sometimes("Less what was paid before", "money", lambda made: _unless(made.less, 0.0)),
    _Sometimes("Payer's share", "share", lambda made: _unless(made.share, 1.0)),
)


def _unless(amount: Amount, value: float) -> Content:
    """An amount, where it is not the one that goes without saying."""
    return None if isinstance(amount, float) and amount == value else plain(amount)


def _styles(made: Made, result: int) -> dict[int, Style]:
    """Shares in per cent."""
    styles: dict[int, Style] = {result: "share"} if made.claim.reading in RATES else {}
    return styles | ({result + 1: "share"} if made.base is not None else {})


def _why(derivation: Derivation, made: Made) -> str:
    """Why a claim does not follow the results; empty where it does."""
    cuts = [cut for _, cut in made.cuts]
    return derivation.not_live(made.result, made.given, made.base, made.less, made.met, made.due, made.paid, *cuts)


# Movements


class Days(NamedTuple):
    """The days from one to another, and what a formula asks of a date to be among them."""

    first: dt.date
    last: dt.date
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Moves:
    """The sheet of movements, and sums over it.

    Parties go by numbers: a name may hold what a formula would take for a pattern.
    """

    page: Page
    numbers: Mapping[str, int]
    moved: Sequence[tuple[dt.date, str, str, Kind, float]]

    def total(
        self, *, payer: str | None = None, payee: str | None = None, kind: Kind | None = None, days: Days | None = None
    ) -> Formula:
        """What was moved of some sort: as a formula, and what it comes to."""
        asked = {
            1: None if payer is None else str(self.numbers[payer]),
            3: None if payee is None else str(self.numbers[payee]),
            5: None if kind is None else f'"{kind.value}"',
        }
        tests = [(column, what) for column, what in asked.items() if what is not None]
        tests += [(0, test) for test in (() if days is None else days.tests)]
        said = "".join(f",{self.page.column(column)},{what}" for column, what in tests)
        found = math.fsum(
            amount
            for day, by, to, what, amount in self.moved
            if (payer in (None, by) and payee in (None, to) and kind in (None, what))
            and (days is None or days.first <= day <= days.last)
        )
        return Formula(f"=SUMIFS({self.page.column(7)}{said})", found)


def movements_page(derivation: Derivation) -> Moves:
    """Every movement of cash, in the order in which money moves."""
    contract = derivation.deal.contract
    numbers = {party: number for number, party in enumerate(contract.parties, 1)}
    why = [derivation.not_live(one.amount) for one in derivation.movements]
    unlike: list[tuple[str, float, Style]] = [("Not live", 44, "text")] if any(why) else []
    page = Page(
        "Movements",
        f"{said_of(derivation)} Every movement of cash, in the order in which money moves: the ledger. Never below"
        " zero; what comes to nothing on these results is there all the same.",
        [
            ("Date", 12, "date"),
            ("Party", 7, "fine"),
            ("From", 28, "text"),
            ("Party", 7, "fine"),
            ("To", 28, "text"),
            ("Kind", 22, "text"),
            ("For", 36, "text"),
            (f"Amount, {derivation.scenario.currency}", 18, "money"),
            *unlike,
        ],
        named_by=6,
    )
    moved = [one for one in derivation.movements if isinstance(one.amount, Derived) or value_of(one.amount) != 0]
    for one in moved:
        payer, payee = float(numbers[one.payer]), float(numbers[one.payee])
        amount = plain(one.amount)
        said = [derivation.not_live(one.amount)] if unlike else []
        page.add(
            [contract.dates[one.date], payer, one.payer, payee, one.payee, one.kind.value, one.label, amount, *said]
        )
    amounts = [(contract.dates[one.date], one.payer, one.payee, one.kind, value_of(one.amount)) for one in moved]
    return Moves(page, numbers, amounts)


def decisions_page(derivation: Derivation) -> Page:
    """The events that are decided on results."""
    contract = derivation.deal.contract
    page = Page(
        "Events",
        f"{said_of(derivation)} What is decided on results: 1 where what it asks for holds. Of several that would"
        " redeem the same capital the first does; the others then find none.",
        [("Event", 30, "text"), ("Decided on", 12, "date"), ("Happens", 10, "number")],
    )
    for one in derivation.decisions:
        page.add([contract.triggers[one.event].name, contract.dates[one.date], plain(one.happened)])
    return page
