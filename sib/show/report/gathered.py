"""What a report asks: public calls and their tables, nothing else. A question that a deal cannot be asked says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sib.analysis.decide.compare import compare
from sib.analysis.decide.holdings import Portfolio
from sib.analysis.decide.tornado import tornado
from sib.analysis.evidence.attribution import OUTPUTS, attribute_risk
from sib.analysis.evidence.forecast import Forecast
from sib.analysis.evidence.update import Update
from sib.analysis.simulation import Simulation
from sib.errors import InputError, Problem
from sib.show.updated import believed

if TYPE_CHECKING:
    import pandas as pd

ASKED_PATHS: Final = 5_000  # futures of each further question
DRIVERS_PATHS: Final = 2_000  # and for each set of sources of risk, of which there are many
_POINTS: Final = 3  # of each input's range: its ends, and the middle
GIVEN: Final = "These futures are drawn given results in hand: what drives the rest is not told apart."


@dataclass(frozen=True)
class Gathered:
    """The tables of a report. In place of one that cannot be had stands why, in a sentence.

    Parameters
    ----------
    simulation : Simulation
        What is reported.
    hurdle : float, optional
        A rate of return a year that is to be reached.
    drivers, swings : DataFrame or str
        What `attribute_risk` and `tornado` found.
    cases : DataFrame or None
        What `compare` found of the cases of the file; None where it has none.
    budget : DataFrame
        What each payer pays by financial year.
    update : Update, optional
        What results in hand make of it, with its `beliefs`, a row each, and its `forecast`, where it has one.
    portfolio : Portfolio, optional
        The deals among which it is held.
    """

    simulation: Simulation
    hurdle: float | None
    drivers: pd.DataFrame | str
    swings: pd.DataFrame | str
    cases: pd.DataFrame | None
    budget: pd.DataFrame
    update: Update | None
    beliefs: pd.DataFrame | None
    forecast: Forecast | None
    portfolio: Portfolio | None

    @classmethod
    def of(
        cls, simulation: Simulation, *, hurdle: float | None, update: Update | None, portfolio: Portfolio | None
    ) -> Gathered:
        """Ask all that a report tells."""
        scenario, layers, rng = simulation.scenario, simulation.chance, simulation.rng
        given = simulation.futures.recipe.observed is not None
        measure = "loss_probability" if scenario.tranches else "payment_mean"
        cases = scenario.by_case() if scenario.cases and not given else {}
        return cls(
            simulation,
            hurdle,
            GIVEN if given else _or_why(lambda: _drivers(simulation)),
            GIVEN
            if given
            else _or_why(
                lambda: tornado(scenario, measure=measure, paths=ASKED_PATHS, points=_POINTS, rng=rng, chance=layers)
            ),
            compare(cases, ASKED_PATHS, rng=rng, chance=layers) if cases else None,
            simulation.budget(),
            update,
            None if update is None else believed(update),
            None if update is None else _forecast(update),
            portfolio,
        )


def _forecast(update: Update) -> Forecast | None:
    """Plan, actual and forecast, where the deal counts units by period."""
    try:
        forecast = update.forecast()
        return forecast if len(forecast.to_date) else None
    except InputError:
        return None


def _drivers(simulation: Simulation) -> pd.DataFrame:
    """Whose doing the risk is, where there is any."""
    table = attribute_risk(simulation.scenario, DRIVERS_PATHS, rng=simulation.rng, chance=simulation.chance)
    if not table[list(OUTPUTS)].notna().all().any():
        raise InputError(Problem("simulation", "no risk", "a figure that varies", "leave more to chance"))
    return table


def _or_why(ask: Callable[[], pd.DataFrame]) -> pd.DataFrame | str:
    """The table, or the rule by which the deal cannot be asked for it."""
    try:
        return ask()
    except InputError as refused:
        return f"Not told: the question asks for {refused.problems[0].rule}."
