"""The sheet of checks: what has to be so whatever the results, and whether these are still those that sib was given.

And the sheet that comes first: what the workbook says in a dozen lines, and whether all checks hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from sib.analysis.derivation.settlement import Derivation
from sib.analysis.ledger import Ledger
from sib.settlement.book import Kind
from sib.show.workbook.formulas import span
from sib.show.workbook.money import STOPPED, Returns
from sib.show.workbook.page import Content, Formula, Page, Style, plain, value_of
from sib.show.workbook.results import POSSIBLE, STATUS, Inputs, unchanged
from sib.show.workbook.settled import Claimed, Moves, said_of

_CENT: Final = 0.005
_OK: Final = "OK"


class Checks(NamedTuple):
    """The sheet of checks, where the verdicts stand that hold whatever the results, and whether all hold now."""

    page: Page
    verdicts: str
    hold: bool


def checks_page(
    derivation: Derivation, ledger: Ledger, inputs: Inputs, claimed: Claimed, moves: Moves, returns: Returns
) -> Checks:
    """Each check with the figure that it is about."""
    contract, money = derivation.deal.contract, derivation.scenario.currency
    page = Page(
        "Checks",
        f"{said_of(derivation)} What has to be so whatever is put in. Below it, the figures that sib has on the results"
        " as written: they agree as long as no result is changed.",
        [("Check", 74, "text"), ("Figure", 20, "money"), ("Verdict", 44, "verdict"), ("As written", 20, "money")],
    )
    if inputs.page.rows:
        line = page.add(["Every result is a number that there can be"])
        page.put(line, 2, Formula(f'=IF({STATUS}="{POSSIBLE}","{_OK}",{STATUS})', _OK))
    vehicle = contract.vehicle
    left = moves.total(payee=vehicle).less(moves.total(payer=vehicle))
    _within(page, f"Nothing is left in {vehicle} at the end, {money}", left, _CENT, "NOT NIL")
    above = claimed.page.column(claimed.paid), claimed.page.column(claimed.claimed)
    over = Formula(f"=SUMPRODUCT(({above[0]}-{above[1]}>{_CENT})*({above[0]}-{above[1]}))", 0.0)
    _within(page, f"Nothing is paid above what is claimed, {money}", over, _CENT, "MORE IS PAID")
    _within(page, f"What is paid on claims is what moves, {money}", _moved(claimed, moves), _CENT, "NOT ALIKE")
    _limits(page, derivation, claimed)
    for place, tranche in enumerate(derivation.scenario.tranches):
        drawn, found = returns.figures[place]["Capital drawn"]
        said = f"{tranche.name} draws no more than the {money} {tranche.amount:,.2f} that it commits"
        now = Formula(f"={drawn}", found.value if isinstance(found, Formula) else 0.0)
        _within(page, said, now, tranche.amount + _CENT, "MORE IS DRAWN")
    for name, found_of in zip(contract.investors, returns.figures, strict=True):
        cell, content = found_of["Is the net present value nil?"]
        line = page.add([f"The internal rate of return of {name} is one, where there is one"])
        verdict = content.value if isinstance(content, Formula) else ""
        page.put(line, 2, Formula(f'=IF({cell}="{STOPPED}",{cell},"{_OK}")', _OK))
        page.put(line, 3, str(verdict), "fine")
    never = page.add([f"Of costs that are due none is never paid, {money}", plain(derivation.costs.never)])
    unpaid = "COSTS ARE NEVER PAID"
    holds = value_of(derivation.costs.never) < _CENT
    page.put(never, 2, Formula(f'=IF(B{never + 1}<{_CENT},"{_OK}","{unpaid}")', _OK if holds else unpaid))
    verdicts = span(page.name, 2, page.first, page.last)
    page.add([])
    line = page.add(["Are the results those that the workbook was written with?"])
    page.put(line, 2, unchanged(inputs))
    asked = f"C{line + 1}"
    compared = [
        (f"Paid for outcomes, {money}", moves.total(kind=Kind.OUTCOME), _total(ledger, Kind.OUTCOME)),
        *((f"Received by {one}, {money}", moves.total(payee=one), ledger.received(one)) for one in contract.investors),
        *((f"Paid by {one}, {money}", moves.total(payer=one), ledger.paid(one)) for one in contract.payers),
    ]
    for said, figure, written in compared:
        line = page.add([said, figure])
        page.put(line, 3, written)
        apart = f"ABS(B{line + 1}-D{line + 1})<{_CENT}"
        text = f'=IF({asked}="yes",IF(IFERROR({apart},FALSE),"{_OK}","NOT AS SIB HAS IT"),"results changed")'
        page.put(line, 2, Formula(text, _OK))
    return Checks(page, verdicts, holds)


def _within(page: Page, said: str, figure: Formula, most: float, otherwise: str) -> None:
    """A figure that is no more than so much, either way."""
    line = page.add([said, figure])
    test = f"IFERROR(ABS(B{line + 1})<={most!r},FALSE)"
    page.put(line, 2, Formula(f'=IF({test},"{_OK}","{otherwise}")', _OK))


def _limits(page: Page, derivation: Derivation, claimed: Claimed) -> None:
    """Under each limit in money on all cohorts and payers together no more is paid than it lets."""
    contract, scenario = derivation.deal.contract, derivation.scenario
    for limit, column in claimed.cuts.items():
        cap = contract.caps[limit]
        if np.isinf(cap.amount) or cap.by_cohort or cap.payer is not None:
            continue
        cut, paid = claimed.page.column(column), claimed.page.column(claimed.paid)
        now = sum(one.now for one in claimed.rows if limit in one.limits)
        said = f"{scenario.limits[limit].name} lets no more through than {scenario.currency} {cap.amount:,.2f}"
        under = Formula(f'=SUMPRODUCT(({cut}<>"")*{paid})', now)
        _within(page, said, under, cap.amount + _CENT, "MORE IS PAID")


def _moved(claimed: Claimed, moves: Moves) -> Formula:
    """What was paid on claims, less the movements on them; what is owed back goes the other way."""
    parts = [moves.total(kind=kind) for kind in (Kind.OUTCOME, Kind.FIXED, Kind.OUTCOME_OWED, Kind.FIXED_OWED)]
    there, back = parts[:2], parts[2:]
    text = f"=SUM({claimed.page.column(claimed.paid)})"
    text += "".join(f"-{one.text[1:]}" for one in there) + "".join(f"+{one.text[1:]}" for one in back)
    return Formula(text, 0.0)


def _total(ledger: Ledger, kind: Kind) -> float:
    return math.fsum(one.amount for one in ledger.movements if one.kind == kind)


# The sheet that comes first


def summary_page(derivation: Derivation, moves: Moves, returns: Returns, checks: Checks, pages: Sequence[Page]) -> Page:
    """What the workbook says, whether its checks hold, and what is on which sheet."""
    contract, money = derivation.deal.contract, derivation.scenario.currency
    page = Page(
        "Summary",
        f"{said_of(derivation)} Blue may be changed, on the sheet Results; black is a formula; grey is a figure that no"
        " result changes.",
        [("", 64, "text"), ("", 26, "money"), ("", 70, "wrapped")],
    )

    def line(said: str, content: Content, style: Style = "money") -> None:
        page.put(page.add([said]), 1, content, style)

    holds, fail = "all hold", "LOOK AT THE SHEET CHECKS"
    failing = f'SUMPRODUCT(--({checks.verdicts}<>"{_OK}"))'
    now = holds if checks.hold else fail
    line("Do all checks hold?", Formula(f'=IF({failing}=0,"{holds}","{fail}")', now), "verdict")
    for payer in contract.payers:
        line(f"Paid by {payer}, {money}", moves.total(payer=payer))
    for name, found in zip(contract.investors, returns.figures, strict=True):
        for label, style in _SHOWN.items():
            cell, content = found[label]
            value = content.value if isinstance(content, Formula) else 0.0
            line(f"{name}: {label[0].lower()}{label[1:]}", Formula(f"={cell}", value), style)
    costs = derivation.costs
    line(f"Costs paid when due, {money}", plain(costs.in_time))
    line(f"Costs paid late, {money}", plain(costs.late))
    line(f"Costs never paid, {money}", plain(costs.never))
    page.add([])
    for one in pages:
        row = page.add([one.name])
        page.put(row, 2, one.about.removeprefix(said_of(derivation)).strip())
    return page


_SHOWN: Final[dict[str, Style]] = {
    "Capital drawn": "money",
    "Received, less what was paid in again or besides": "money",
    "Multiple of the capital drawn": "multiple",
    "Internal rate of return a year, by XIRR": "share",
}
