"""The sheet of checks: what has to be so whatever the results, and whether these are still those that sib was given."""

from __future__ import annotations

import math
from typing import Final

from sib.analysis.derivation.settlement import Derivation
from sib.analysis.ledger import Ledger
from sib.settlement.book import Kind
from sib.show.workbook.money import Returns
from sib.show.workbook.page import Formula, Page
from sib.show.workbook.settled import Claimed, Inputs, Moves

_CENT: Final = 0.005


def checks_page(
    derivation: Derivation, ledger: Ledger, inputs: Inputs, claimed: Claimed, moves: Moves, returns: Returns
) -> Page:
    """Each check with the figure that it is about."""
    contract, money = derivation.deal.contract, derivation.scenario.currency
    page = Page(
        "Checks",
        "What has to be so whatever is put in. Below it, the figures that sib has on the results as written: they agree"
        " as long as no result is changed.",
        [("Check", 74, "text"), ("Figure", 20, "money"), ("Verdict", 40, "verdict"), ("As written", 20, "money")],
    )
    vehicle = contract.vehicle
    left = moves.total(payee=vehicle).less(moves.total(payer=vehicle))
    _small(page, f"What is left in {vehicle} at the end, {money}", left)
    _small(page, f"Claimed, less what was cut and what was paid, {money}", _added_up(claimed))
    _small(page, f"Paid on claims, less what moved on them, {money}", _moved(claimed, moves))
    for name, cell in zip(contract.investors, returns.solved, strict=True):
        said = next(one.content for one in returns.page.placed if (one.row, one.column) == (cell.row, cell.column))
        value = said.value if isinstance(said, Formula) else ""
        line = page.add([f"The internal rate of return of {name} is one: its net present value is nil"])
        page.put(line, 2, Formula(f"={cell}", str(value)))
    line = page.add(["Is every result that is put in a number?"])
    page.put(line, 2, _numbers(inputs))
    page.add([])
    line = page.add(["Are the results those that the workbook was written with?"])
    page.put(line, 2, _unchanged(inputs))
    asked = f"C{line + 1}"
    compared = [
        (f"Paid for outcomes, {money}", moves.total(kind=Kind.OUTCOME), _total(ledger, Kind.OUTCOME)),
        *((f"Received by {one}, {money}", moves.total(payee=one), ledger.received(one)) for one in contract.investors),
        *((f"Paid by {one}, {money}", moves.total(payer=one), ledger.paid(one)) for one in contract.payers),
    ]
    for said, now, written in compared:
        line = page.add([said, now])
        page.put(line, 3, written)
        verdict = (
            f'=IF({asked}="yes",IF(ABS(B{line + 1}-D{line + 1})<{_CENT},"OK","NOT AS SIB HAS IT"),"results changed")'
        )
        page.put(line, 2, Formula(verdict, "OK"))
    return page


def _small(page: Page, said: str, figure: Formula) -> None:
    """A figure that is nil but for rounding."""
    line = page.add([said, figure])
    page.put(line, 2, Formula(f'=IF(ABS(B{line + 1})<{_CENT},"OK","NOT NIL")', "OK"))


def _added_up(claimed: Claimed) -> Formula:
    """The sum over all claims of how far claimed, less cuts, is from paid."""
    column = claimed.page.column
    cuts = "".join(f"-{column(one)}" for one in claimed.cuts)
    return Formula(f"=SUMPRODUCT(ABS({column(claimed.claimed)}{cuts}-{column(claimed.paid)}))", 0.0)


def _moved(claimed: Claimed, moves: Moves) -> Formula:
    """What was paid on claims, less the movements on them; what is owed back goes the other way."""
    parts = [moves.total(kind=kind) for kind in (Kind.OUTCOME, Kind.FIXED, Kind.OUTCOME_OWED, Kind.FIXED_OWED)]
    there, back = parts[:2], parts[2:]
    text = f"=SUM({claimed.page.column(claimed.paid)})"
    text += "".join(f"-{one.text[1:]}" for one in there) + "".join(f"+{one.text[1:]}" for one in back)
    return Formula(text, 0.0)


def _unchanged(inputs: Inputs) -> Formula:
    """Whether every result is what it was."""
    page = inputs.page
    column = page.column
    same = [
        f'SUMPRODUCT(({column(copy)}<>"")*({column(now)}<>{column(copy)}))=0' for now, copy in inputs.copies.items()
    ]
    return Formula(f'=IF(AND({",".join(same)}),"yes","no")', "yes")


def _numbers(inputs: Inputs) -> Formula:
    """Whether no result was left blank or is text."""
    column = inputs.page.column
    found = "+".join(
        f'SUMPRODUCT(({column(copy)}<>"")*(1-ISNUMBER({column(now)})))' for now, copy in inputs.copies.items()
    )
    return Formula(f'=IF({found}=0,"OK","A RESULT IS BLANK OR TEXT")', "OK")


def _total(ledger: Ledger, kind: Kind) -> float:
    return math.fsum(one.amount for one in ledger.movements if one.kind == kind)
