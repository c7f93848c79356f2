"""`MeasuredDeal`: a figure of a deal that is settled on measured results, where nothing is left to chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sib.analysis.columns import Reading
from sib.analysis.decide.measure import known_parties
from sib.analysis.published import results_of
from sib.analysis.written import measured_of
from sib.arrays import Floats
from sib.errors import InputError, Problem, nearest
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario
from sib.settlement import walk

if TYPE_CHECKING:
    import pandas as pd


class _Figure(NamedTuple):
    """A figure of one settlement: its label, its unit ("money" stands for the currency), and what it is read from."""

    label: str
    unit: str
    of: Callable[[Reading], Floats]


def _multiple(reading: Reading) -> Floats:
    drawn = reading.drawn
    return reading.received / drawn if drawn[0] > 0 else drawn * math.nan


FIGURES: Mapping[str, _Figure] = {
    "irr": _Figure("IRR", "a year", lambda reading: reading.irr),
    "multiple": _Figure("Multiple of capital drawn", "times capital drawn", _multiple),
    "npv": _Figure("Net present value", "money", lambda reading: reading.npv),
    "drawn": _Figure("Capital drawn", "money", lambda reading: reading.drawn),
    "received": _Figure("Received by investors", "money", lambda reading: reading.received),
    "payment": _Figure("Outcome payments (for results only)", "money", lambda reading: reading.payment),
    "payer_net": _Figure(
        "All that outcome payers pay, net", "money", lambda reading: reading.payment + reading.payer_other
    ),
}


@dataclass(frozen=True)
class MeasuredDeal:
    """What is asked about a deal on measured results.

    Parameters
    ----------
    figure : _Figure
        Which figure.
    results : mapping or DataFrame
        Measured results, as `settle` takes them.
    tranche, payer : str, optional
        Of one tranche, or of what one payer pays; else of all.
    """

    figure: _Figure
    results: Mapping[str, Any] | pd.DataFrame
    tranche: str | None
    payer: str | None

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        name: str,
        results: Mapping[str, Any] | pd.DataFrame,
        tranche: str | None = None,
        payer: str | None = None,
    ) -> MeasuredDeal:
        """A figure by its name. The IRR of the expected cash is, of cash that is known, its IRR.

        Raises
        ------
        InputError
            Where there is no such figure, tranche or payer.
        """
        name = "irr" if name == "expected_cash_irr" else name
        if name not in FIGURES:
            rule = "a figure of one settlement, where results are measured"
            raise InputError(Problem("measure", name, rule, nearest(name, FIGURES)))
        known_parties(scenario, tranche, payer)
        return cls(FIGURES[name], results, tranche, payer)

    def at(self, scenario: Scenario) -> float:
        """The figure where the deal is this; NaN where there is none.

        Raises
        ------
        InputError
            As `settle` does, of results that the deal cannot have.
        """
        deal = Deal.of(scenario)
        contract = deal.contract
        book = walk.settle(contract, results_of(deal, measured_of(deal.model, self.results)))
        tranches = contract.investors if self.tranche is None else (self.tranche,)
        payers = None if self.payer is None else (self.payer,)
        return float(self.figure.of(Reading(contract, book, tranches, payers))[0])
