"""What an answer may be: finite figures, but where it is documented that there is none; and which refusals are true."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

import sib
from sib.analysis.evidence.forecast import Forecast


def gaps(answer: Any) -> set[str]:
    """Where an answer has figures that are not finite, by column or, in tables of figures, by row and column.

    Raises
    ------
    TypeError
        Where something else was answered than a question here is answered with.
    """
    if isinstance(answer, list | tuple):
        return set().union(*map(gaps, answer))
    if isinstance(answer, pd.Series):
        return gaps(answer.to_frame(str(answer.name))) if answer.dtype != object else set()
    if isinstance(answer, pd.DataFrame):
        found = set()
        if {"estimate", "given", "paths"} <= set(answer.columns):  # a summary: a figure that paths tell is given
            told = (answer["paths"] > 0) & ~answer["given"].str.contains("too few, more than|has no IRR")
            if not np.isfinite(answer.loc[told, "estimate"]).all():
                found.add("an estimate of some paths")
        for column in answer.columns:
            values = answer[column]
            if pd.api.types.is_numeric_dtype(values) and not np.isfinite(values.to_numpy(float)).all():
                found.add(column if isinstance(column, str) else str(column[-1]))
        return found
    if isinstance(answer, np.ndarray):
        return set() if np.isfinite(answer).all() else {"values"}
    if isinstance(answer, MaybeNaN) or answer is None or isinstance(answer, bool | str | dt.date):
        return set()
    if isinstance(answer, int | float | np.number):
        return set() if np.isfinite(float(answer)) else {"value"}
    if isinstance(answer, sib.Ledger):
        return gaps(answer.to_frame())
    if isinstance(answer, sib.Simulation | sib.Update | sib.Portfolio | Forecast | Axes):
        return set() if repr(answer) else {"repr"}
    raise TypeError(type(answer))


class MaybeNaN(float):
    """A figure that is documented to be NaN where there is none: the rate and the multiple of who puts nothing in."""


INTERVAL = {"low", "high"}  # paths do not always tell
NOT_GIVEN = {"estimate", "mcse", *INTERVAL}  # of a deal in which nobody puts capital in
DIFFERENCE = {f"difference{part}" for part in ("", "_mcse", "_low", "_high")}
GAPS: dict[str, set[str]] = {  # where figures are documented to be NaN, or infinite, that are not there
    **dict.fromkeys(("Simulation.summary", "Simulation.tranches", "open", "Portfolio.summary"), NOT_GIVEN),
    "compare": NOT_GIVEN | DIFFERENCE,
    "solve": INTERVAL | {"mcse"},  # this and the next two of what the payer pays, which is always given
    "sweep": INTERVAL,
    "tornado": {"difference_low", "difference_high"},
    **{name: {"actual"} for name in ("Forecast.by_period", "Forecast.to_date", "Forecast.money")},
    **{name: {"base", "result"} for name in ("Ledger.statement", "Simulation.ledger")},  # of what is on no result
    "Simulation.columns": {"irr"},
    **{name: {"irr", "multiple"} for name in ("Simulation.paths", "payoff")},
    "Simulation.budget": {"budget", "chance_above", "chance_above_mcse"},  # a total has no budget for each year
    "Simulation.cost_per_outcome": {"deadweight", "cost_per_additional_outcome", "cost_per_additional_outcome_mcse"},
    "Portfolio.deals": {"correlation", "correlation_mcse"},
    "Portfolio.diversification": {"diversification", "diversification_mcse"},
    "power": {"closed_form", "false_payment_probability", "missed_payment_probability"},
    "overpayment": {"closed_form", "overpayment_ratio"},
    "people": {"first_event"},
    "attribute_risk": {f"{of}{error}" for of in ("payment", "multiple", "loss") for error in ("", "_mcse")},
    "sensitivity": {"low", "high", *(f"{share}{end}" for share in ("first", "total") for end in ("", "_low", "_high"))},
}
WITHOUT_CAPITAL = {"Simulation.dpi"}  # is NaN throughout where nobody puts capital in

TRUE: list[tuple[str, str]] = [  # what is refused, by question and rule; each was read, and holds of the deal
    (r"Simulation\.deadweight", "what is paid for nothing follows from the share"),  # no deadweight is believed
    (r"portfolio|.*Portfolio.*|plot\.(portfolio|returns)", "a deal in which somebody puts capital in"),
    (
        r"power|overpayment|sample_size|minimum.*|calibration|people|plot\.(power|calibration)",
        "a metric that is compared",
    ),
    (r"overpayment|(plot\.)?calibration", "a metric that the contract reads"),  # it pays nothing on the others
    (r"people", "a metric that is measured on persons, with results by cohort"),
    (r"sample_size", "measured on persons: units in all|persons a cohort at most|three standard errors"),
    (r"minimum.*", "three standard errors or more from zero|no effect up to"),
    (r".*[uU]pdate.*|Forecast.*|.*forecast|.*posterior", "a metric that is measured by itself"),  # a composite
    (
        r".*[uU]pdate.*|Forecast.*|.*forecast|.*posterior|(plot\.)?calibration",
        "a result with chance in it",
    ),  # a level believed for sure
    (r".*[uU]pdate.*|Forecast.*|.*forecast|.*posterior", "results that stand by themselves"),  # cumulative ones
    (r"Forecast.*|.*forecast", "a deal in which units in all are counted by period"),
    (r"Update\.option_to_stop", "results by cohort"),
    (r"plot\.budget", "the name of one, where several pay"),  # without one
    (r"plot\.attribution", "some figure varies"),  # of a deal in which nothing is left to chance
    (r"plot\.sensitivity", "a figure that varies"),  # by the input that is varied
]


MET: set[tuple[str, str]] = set()  # those of both that were met in this process


def unmet() -> list[tuple[str, str]]:
    """What is known above and was not met: it may have come true no longer, and would hide what does."""
    return [one for one in [*((name, gap) for name, known in GAPS.items() for gap in known), *TRUE] if one not in MET]


def unknown(name: str, found: set[str]) -> set[str]:
    """The gaps in the answer to a question that are not documented."""
    known = GAPS.get(name, set())
    MET.update((name, gap) for gap in found & known)
    return found - known


def is_true(name: str, error: BaseException) -> bool:
    """Whether what is refused is one of the refusals that were read."""
    text = str(error)
    met = {(question, rule) for question, rule in TRUE if re.fullmatch(question, name) and re.search(rule, text)}
    MET.update(met)
    return bool(met)
