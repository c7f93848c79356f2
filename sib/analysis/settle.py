"""`settle`: turns measured results into every movement of cash. Where published outcomes enter the flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.ledger import CostDue, Ledger, Movement
from sib.analysis.published import results_of
from sib.analysis.statement import lines_of, rulings_of
from sib.analysis.written import measured_of
from sib.calls import public
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario
from sib.settlement import arrears, walk
from sib.settlement.book import Book
from sib.settlement.contract import Contract
from sib.settlement.notes import PathNotes

if TYPE_CHECKING:
    import pandas as pd


@public
def settle(scenario: Scenario, measured: Mapping[str, Any] | pd.DataFrame) -> Ledger:
    """Settle a scenario on measured results: who pays whom, what, when.

    Parameters
    ----------
    scenario : Scenario
        The deal. Its beliefs serve only to turn a bare improvement into events (they give the comparison's level)
        and to spread units given in all over the dates on which they are published.
    measured : mapping or DataFrame
        For each metric that the contract reads, what its evaluator would publish: one result over all, a sequence with
        one a cohort or period, or a mapping by cohort or by the period's date. A result is an improvement where the
        metric is compared (0.084, positive when better), units in all for a total (258_858), and else a level (0.60).
        It may also be a mapping that says what it is: `improvement`, `points`, `units` or `level`; or `treated` and
        `comparison`, events a person. What is measured a person may have `n` beside it, the persons assessed (by
        default the cohort's size). Where the contract asks how sure a result is, `standard_error`, of the difference
        between treated and comparison, may stand there too; by default it is worked out from the design. One result
        over all is over all in everything: units, `n` and `standard_error` are spread over cohorts or periods
        (convention 12).
        A table says the same with a row a result: columns `metric` and `value`, and any of `cohort` or `period` (empty
        for the result over all), `n`, `standard_error` and `reads`, which says what the value is.

    Returns
    -------
    Ledger

    Raises
    ------
    InputError
        Where a metric is unknown or missing, there are too few or too many results, or one is impossible; where a table
        has other columns, or a result twice.

    Examples
    --------
    >>> import sib
    >>> plan = sib.load("peterborough")
    >>> sib.settle(plan, {"reconvictions": 0.05}).received("investors")
    0.0
    >>> nearly = {"treated": 1.42, "comparison": 1.55, "n": 936}
    >>> sib.settle(plan, {"reconvictions": [nearly, 0.05, 0.05]}).received("investors")
    0.0
    """
    deal = Deal.of(scenario)
    results = results_of(deal, measured_of(deal.model, measured))
    notes = PathNotes()
    book = walk.settle(deal.contract, results, notes=notes)
    return ledger_of(scenario, deal.contract, book, notes)


def ledger_of(scenario: Scenario, contract: Contract, book: Book, notes: PathNotes) -> Ledger:
    """The ledger of the path whose claims were written down."""
    path = notes.path
    return Ledger.of(
        (
            Movement.of(entry, contract.dates, float(np.broadcast_to(entry.amount, book.paths)[path]))
            for entry in book.entries
        ),
        contract.parties,
        scenario.currency,
        tuple(
            CostDue.of(one.each(lambda amount: float(np.broadcast_to(amount, book.paths)[path])), contract.dates)
            for one in arrears.instalments(book)
        ),
        lines_of(scenario, contract, notes.claims.values()),
        rulings_of(scenario, contract, notes.decisions),
    )
