"""Puts the live sheets of a settlement together: which stand where, and the formulas and workings between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from sib.analysis.derivation.number import FAR, Derived
from sib.analysis.derivation.settlement import Derivation
from sib.settlement.schedules import Curve
from sib.show.workbook.checks import checks_page, summary_page
from sib.show.workbook.formulas import Formulas, Table, Written, span
from sib.show.workbook.money import cash_page, returns_page, waterfall_page
from sib.show.workbook.page import Formula, Page, Placed
from sib.show.workbook.results import results_page
from sib.show.workbook.settled import claims_page, decisions_page, movements_page, readings_page

_WORKINGS: Final = 2  # the column of the sheet of workings in which they stand


class Live(NamedTuple):
    """The live sheets in their order, and what is written where a number is derived."""

    summary: Page
    pages: Sequence[Page]
    beside: Sequence[Page]  # schedules and workings, which the others refer to
    formulas: Sequence[Written]


def live(derivation: Derivation) -> Live:
    """The live sheets of a settlement."""
    ledger = derivation.ledger()
    inputs, claimed, moves = results_page(derivation), claims_page(derivation), movements_page(derivation)
    returns = returns_page(derivation, ledger, moves)
    checks = checks_page(derivation, ledger, inputs, claimed, moves, returns)
    pages = [
        inputs.page,
        readings_page(derivation),
        claimed.page,
        *([decisions_page(derivation)] if derivation.decisions else []),
        moves.page,
        cash_page(derivation, moves),
        waterfall_page(derivation, moves),
        returns.page,
        checks.page,
    ]
    summary = summary_page(derivation, moves, returns, checks, pages)
    for page in (*pages, summary):
        page.placed = [one._replace(style="fixed") if _not_live(derivation, one) else one for one in page.placed]
    schedules = _Schedules()
    workings = _workings_page()
    formulas = Formulas(
        [place for page in (*pages, summary) for place in page.derived()],
        inputs.cells,
        schedules.table,
        workings.name,
        workings.first,
        _WORKINGS,
    )
    about = {
        (page.name, one.row): str(one.content) for page in pages for one in page.placed if one.column == page.named_by
    }
    for written, cell in formulas.worked:
        workings.add([str(cell), about.get((cell.sheet, cell.row), ""), Formula(written.text, written.value)])
    beside = [page for page in (schedules.page, workings) if page.rows]
    return Live(summary, pages, beside, formulas.written)


def _not_live(derivation: Derivation, one: Placed) -> bool:
    return isinstance(one.content, Derived) and bool(derivation.reasons.get(one.content.number))


def _workings_page() -> Page:
    return Page(
        "Workings",
        "What several formulas need, or what would make one too long, in the order in which it is worked out. Each says"
        " the first cell that it is for.",
        [("For the cell", 20, "text"), ("Which is about", 34, "text"), ("Working", 24, "number")],
    )


class _Schedules:
    """The tables of schedules that are too long for a formula."""

    def __init__(self) -> None:
        self.page = Page(
            "Schedules",
            "Prices by level. From each level on what is paid is the figure there, and for each unit above it the slope"
            " more. A level is reached by what lies less than a millionth of a millionth below it.",
            [
                ("From", 24, "number"),
                ("Level", 18, "number"),
                ("Pays", 18, "number"),
                ("and for each unit", 18, "number"),
                ("counted from", 18, "number"),
            ],
        )
        self._known: dict[int, Table] = {}

    def table(self, curve: Curve) -> Table:
        """Where the table of a schedule stands; it is written where it is asked for first."""
        if id(curve) not in self._known:
            self._known[id(curve)] = self._write(curve)
        return self._known[id(curve)]

    def _write(self, curve: Curve) -> Table:
        page = self.page
        if page.rows:
            page.rows += 1  # a line between two
        first = page.first + page.rows
        last_of = np.append(curve.edge[1:] != curve.edge[:-1], True)  # of pieces from one level on the last
        columns = np.clip([curve.edge, curve.x, curve.y, curve.slope, curve.least], -FAR, FAR)[:, last_of]
        for edge, x, y, slope, least in columns.T.tolist():
            page.add([edge, x, y, slope, least])
        last = page.first + page.rows - 1
        return Table(*(span(page.name, column, first, last) for column in range(5)))
