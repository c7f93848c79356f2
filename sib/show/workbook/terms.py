"""The sheets that are read: the terms in plain English, every figure with its source, and what a simulation says."""

from __future__ import annotations

import math

from sib.analysis.figures import FIGURES
from sib.analysis.simulation import Simulation
from sib.scenario.scenario import Scenario
from sib.show import text
from sib.show.workbook.page import Page
from sib.version import VERSION

_FIRST = ("none", "default", "assumption", "analyst", "source")  # what nobody vouches for comes first


def terms_page(scenario: Scenario) -> Page:
    """The contract as the term sheet reads it back."""
    page = Page(
        "Terms",
        f"The contract, read back from the scenario by sib {VERSION}.",
        [(scenario.name, 150, "plan")],
    )
    for line in scenario.describe().splitlines():
        page.add([line or " "])
    return page


def assumptions_page(scenario: Scenario) -> Page:
    """Every figure of the scenario with its unit, its source and its range; what nobody vouches for first."""
    page = Page(
        "Assumptions",
        f"Every figure of the scenario, as it was written: no formula reads these. {text.provenance(scenario)} What"
        " nobody vouches for comes first.",
        [
            ("Figure", 52, "text"),
            ("Value", 22, "number"),
            ("Unit", 26, "text"),
            ("Status", 14, "text"),
            ("Low", 12, "number"),
            ("High", 12, "number"),
            ("Source", 60, "wrapped"),
            ("Note", 40, "wrapped"),
        ],
    )
    figures = scenario.assumptions()
    order = figures["status"].map(_FIRST.index).sort_values(kind="stable").index
    for path, row in figures.loc[order].iterrows():
        numbers = [None if math.isnan(float(row[end])) else float(row[end]) for end in ("low", "high")]
        page.add([str(path), _value(row["value"]), row["unit"], row["status"], *numbers, row["source"], row["note"]])
    return page


def _value(value: object) -> str | float:
    """A figure as a number where it is one."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return str(value)


def summary_page(simulation: Simulation) -> Page:
    """The summary of a simulation, with the error of every figure. Not live: it does not follow the results."""
    page = Page(
        "Simulation",
        f"{simulation.n_paths:,} simulated futures. These figures follow from the beliefs, not from the results on the"
        f" sheet Results: they are not live. {text.again(simulation)}",
        [
            ("Figure", 44, "text"),
            ("Estimate", 18, "fixed"),
            ("Standard error", 16, "fixed"),
            ("95% from", 18, "fixed"),
            ("to", 18, "fixed"),
            ("Unit", 26, "text"),
            ("On which paths", 44, "text"),
            ("Paths", 12, "fixed"),
        ],
    )
    for measure, row in simulation.summary().iterrows():
        figures = [_known(row[name]) for name in ("estimate", "mcse", "low", "high")]
        page.add([FIGURES[str(measure)].label, *figures, row["unit"], row["given"], float(row["paths"])])
    return page


def quantiles_page(simulation: Simulation) -> Page:
    """Each party's cash by year in the simulated futures: mean and quantiles. Not live."""
    page = Page(
        "Quantiles",
        "Net cash of each party by year over the simulated futures, received less paid: its mean, with its standard"
        " error, and what it is below in 10%, 50% and 90% of them. Not live.",
        [("Party", 34, "text"), ("Year to", 12, "date"), *((head, 20, "fixed") for head in _HEADS)],
    )
    contract = simulation.futures.deal.contract
    for party in (*contract.investors, *contract.payers):
        for row in simulation.cash(party, freq="YE").reset_index().to_dict("records"):
            until = "all years" if row["period"] == "total" else row["ends"].date()
            page.add([party, until, *(_known(row[name]) for name in _COLUMNS)])
    return page


_HEADS = ("Mean", "Standard error", "10%", "50%", "90%")
_COLUMNS = ("mean", "mean_mcse", "p10", "p50", "p90")


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
