"""The sheets on which the money is made: results, claims, movements. Everything below is a formula of the results."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from sib.analysis.derivation.number import Derived
from sib.analysis.derivation.settlement import Derivation, Made, Measured
from sib.analysis.statement import Words, results_named
from sib.scenario.wording import unit_of
from sib.settlement.book import Amount, Kind
from sib.show.workbook.formulas import Cell
from sib.show.workbook.page import Content, Formula, Page, Style

_RATE: Final = frozenset({"improvement", "confidence", "interval"})


def plain(amount: Amount | None) -> Content:
    """An amount as a cell can hold it: a formula to be, or a number."""
    if amount is None or isinstance(amount, Derived):
        return amount
    value = float(np.asarray(amount).item())
    return value if math.isfinite(value) else ""


def value_of(amount: Amount | None) -> float:
    """What an amount comes to on the results given."""
    if amount is None:
        return 0.0
    return amount.value if isinstance(amount, Derived) else float(np.asarray(amount).item())


# Results


class Inputs(NamedTuple):
    """The sheet of results, where each number stands that is put in, and in which column what it was, by its column."""

    page: Page
    cells: Mapping[int, Cell]
    copies: Mapping[int, int]


def results_page(derivation: Derivation) -> Inputs:
    """The results, of which those in blue are there to be changed."""
    page = Page(
        "Results",
        "Change what is in blue: everything else follows, as sib would settle it. As written: the results that sib was"
        " given, or as the scenario believes them.",
        [
            ("Metric", 26, "text"),
            ("Result of", 16, "text"),
            ("Known on", 12, "date"),
            ("What is put in", 36, "text"),
            ("Persons", 12, "put in"),
            ("Without the programme", 16, "put in"),
            ("Improvement", 14, "put in share"),
            ("Measured", 16, "number"),
            *((f"{said}, as written", 14, "fine") for said in ("Persons", "Without", "Improvement", "Measured")),
        ],
    )
    model, timetable = derivation.deal.model, derivation.scenario.timetable
    cells: dict[int, Cell] = {}
    copies = {column: column + 4 for column in range(4, 8)}
    for one in derivation.measured:
        metric = model.metrics[one.metric]
        term = timetable.metrics[metric.name]
        counted = metric.law.additive
        unit = unit_of("units" if counted else "level", term) or ("units" if counted else "as measured, a person")
        said = "improvement, as a share of what would be without" if one.improvement is not None else unit
        direct = one.improvement is None
        row = page.add(
            [
                metric.name,
                metric.results[one.result],
                timetable.results(metric.name)[one.result].date,
                said,
                None if one.persons is None else one.persons.value,
                None if one.comparison is None else one.comparison.value,
                None if direct else one.improvement.value,  # type: ignore[union-attr]
                one.level.value if direct else one.level,
            ],
            {7: "put in"} if direct else {},
        )
        for column, number in _put_in(one, direct=direct):
            cells[number.number] = Cell(page.name, row, column)
            page.put(row, copies[column], number.value)
    return Inputs(page, cells, copies)


def _put_in(one: Measured, *, direct: bool) -> list[tuple[int, Derived]]:
    """Which columns of a row of results hold numbers that are put in."""
    found = [(4, one.persons), (5, one.comparison), (7, one.level) if direct else (6, one.improvement)]
    return [(column, number) for column, number in found if number is not None]


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
            ("", 14, "fine"),
            ("Value", 18, "number"),
        ],
    )
    for one in derivation.readings:
        metric = derivation.deal.model.metrics[one.metric]
        some = "those that count" if one.some else ""
        page.add(
            [metric.name, one.measure, results_named(metric.results, one.members), some, plain(one.value)],
            {4: "share"} if one.measure in _RATE else {},
        )
    return page


# Claims


class Claimed(NamedTuple):
    """The sheet of claims, and which of its columns hold what was claimed, each cut, and what was paid."""

    page: Page
    claimed: int
    cuts: Sequence[int]
    paid: int


def claims_page(derivation: Derivation) -> Claimed:
    """Each claim on each payer: what is read, what it is worth, what limits cut, what is paid."""
    contract, scenario = derivation.deal.contract, derivation.scenario
    limits = sorted({limit for made in derivation.claims for limit, _ in made.cuts})
    money = scenario.currency
    shown = [column for column in _SOMETIMES if any(column.of(made) is not None for made in derivation.claims)]
    before: list[tuple[str, float, Style]] = [
        ("Payment", 26, "text"),
        ("On", 18, "text"),
        ("Falls due", 12, "date"),
        ("Payer", 24, "text"),
        ("Payee", 24, "text"),
        ("Reads", 14, "text"),
        ("Price", 40, "wrapped"),
        ("Result", 14, "number"),
        ("Comes to", 16, "number"),
        *((column.head, 16, column.style) for column in shown),
        (f"Claimed, {money}", 17, "money"),
    ]
    cuts: list[tuple[str, float, Style]] = [
        (f"Cut by {scenario.limits[limit].name}, {money}", 17, "money") for limit in limits
    ]
    after: list[tuple[str, float, Style]] = [(f"Paid, {money}", 17, "money")]
    after += [("Not live", 44, "wrapped")] if any(made.fixed for made in derivation.claims) else []
    page = Page(
        "Claims",
        "Each claim as it is made: the result that is read, what its price gives, times what it is a share of, less"
        " what was paid before; nothing where a condition fails. Claimed less what limits cut is paid. Below zero: owed"
        " back.",
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
            plain(made.result),
            plain(made.given),
            *(column.of(made) for column in shown),
            plain(made.due),
            *(plain(cut.get(limit)) for limit in limits),
            plain(made.paid),
            *([made.fixed] if made.fixed else []),
        ]
        page.add(contents, _styles(made, claimed, paid))
    return Claimed(page, claimed, range(claimed + 1, paid), paid)


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


def _styles(made: Made, claimed: int, paid: int) -> dict[int, Style]:
    """Shares in per cent; and what is no formula is marked."""
    styles: dict[int, Style] = {7: "share"} if made.claim.reading in _RATE else {}
    if made.base is not None:
        styles[8] = "share"
    fixed = {7: made.result, 8: made.given, claimed: made.due, paid: made.paid} if made.fixed else {}
    return styles | {column: "fixed" for column, one in fixed.items() if not isinstance(one, Derived)}


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
    page = Page(
        "Movements",
        "Every movement of cash, in the order in which money moves: the ledger. Never below zero; what comes to nothing"
        " on these results is there all the same.",
        [
            ("Date", 12, "date"),
            ("No.", 5, "fine"),
            ("From", 28, "text"),
            ("No.", 5, "fine"),
            ("To", 28, "text"),
            ("Kind", 22, "text"),
            ("For", 36, "text"),
            (f"Amount, {derivation.scenario.currency}", 18, "money"),
        ],
        named_by=6,
    )
    moved = [one for one in derivation.movements if isinstance(one.amount, Derived) or value_of(one.amount) != 0]
    for one in moved:
        payer, payee = float(numbers[one.payer]), float(numbers[one.payee])
        amount = plain(one.amount)
        page.add([contract.dates[one.date], payer, one.payer, payee, one.payee, one.kind.value, one.label, amount])
    amounts = [(contract.dates[one.date], one.payer, one.payee, one.kind, value_of(one.amount)) for one in moved]
    return Moves(page, numbers, amounts)


def decisions_page(derivation: Derivation) -> Page:
    """The events that are decided on results."""
    contract = derivation.deal.contract
    page = Page(
        "Events",
        "What is decided on results: 1 where it happens.",
        [("Event", 30, "text"), ("Decided on", 12, "date"), ("Happens", 10, "number")],
    )
    for one in derivation.decisions:
        page.add([contract.triggers[one.event].name, contract.dates[one.date], plain(one.happened)])
    return page
