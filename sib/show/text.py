"""Figures as people read them: rounded, with their unit. The only place that rounds (convention 8)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from sib.analysis.simulate import Simulation

LABELS = {
    "payment_probability": "Outcome payer pays something",
    "loss_probability": "Investors lose money",
    "total_loss_probability": "Investors lose everything",
    "no_irr_probability": "No IRR exists",
    "multiple_mean": "Multiple of capital drawn, mean",
    "multiple_median": "Multiple of capital drawn, median",
    "irr_mean": "IRR, mean",
    "irr_median": "IRR, median",
    "irr_p05": "IRR, 5th percentile",
    "irr_p95": "IRR, 95th percentile",
    "npv_mean": "Net present value, mean",
    "var_95": "Value at risk, 95%",
    "es_95": "Expected shortfall, 95%",
    "drawn_mean": "Capital drawn, mean",
    "payment_mean": "Outcome payments, mean",
    "payment_p95": "Outcome payments, 95th percentile",
}

UNITS = {
    "probability": "of paths",
    "times capital drawn": "x",
    "a year": "a year",
    "share of capital drawn": "of capital drawn lost",
}


@dataclass(frozen=True)
class Line:
    """One line of a printed summary."""

    label: str
    value: str
    error: str
    unit: str
    given: str


def figure(value: float, unit: str) -> str:
    """One figure as text: shares and rates in per cent, money in whole units, multiples with two decimals.

    Examples
    --------
    >>> figure(0.0843, "a year"), figure(3829478.2, "GBP"), figure(1.149, "times capital drawn")
    ('8.4%', '3,829,478', '1.15')
    """
    if math.isnan(value):
        return "-"
    if unit == "times capital drawn":
        return f"{value:.2f}"
    return f"{100 * value:.1f}%" if unit in UNITS else f"{value:,.0f}"


def _error(value: float, unit: str) -> str:
    if math.isnan(value):
        return "-"
    if unit == "times capital drawn":
        return f"{value:.4f}"
    return f"{100 * value:.2f}%" if unit in UNITS else f"{value:,.0f}"


def lines(summary: pd.DataFrame) -> list[Line]:
    """The lines of a summary."""
    found = []
    for row in summary.reset_index().to_dict("records"):
        unit = str(row["unit"])
        found.append(
            Line(
                LABELS[str(row["measure"])],
                figure(float(row["estimate"]), unit),
                _error(float(row["mcse"]), unit),
                UNITS.get(unit, unit),
                "" if row["given"] == "all paths" else f"where {row['given']} ({int(row['paths']):,} paths)",
            )
        )
    return found


def table(rows: list[list[str]], heads: list[str], left: tuple[int, ...] = (0,)) -> str:
    """Columns of text, numbers to the right; the columns in `left` to the left."""
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]

    def line(cells: list[str]) -> str:
        cells = [c.ljust(w) if i in left else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "  ".join(cells).rstrip()

    return "\n".join([line(heads), line(["-" * width for width in widths]), *(line(row) for row in rows)])


def report(simulation: Simulation) -> str:
    """A simulation as a table, with a sentence that says what it means."""
    rows = [[x.label, x.value, x.error, x.unit, x.given] for x in lines(simulation.summary())]
    heads = ["", "estimate", "std error", "unit", "on which paths"]
    return f"{simulation.scenario.name}\n\n{table(rows, heads, (0, 3, 4))}\n\n{meaning(simulation)}"


def meaning(simulation: Simulation) -> str:
    """What a simulation says, in a few sentences."""
    found = simulation.summary()["estimate"]
    scenario = simulation.scenario
    money = scenario.currency
    tranche = scenario.tranches[0]
    text = [
        f"In {simulation.n_paths:,} simulated futures, {money} {found['drawn_mean']:,.0f} is drawn on average"
        f" of the {money} {tranche.amount:,.0f} committed by {tranche.name}.",
        f"Money is lost in {figure(found['loss_probability'], 'probability')} of futures,"
        f" all of it in {figure(found['total_loss_probability'], 'probability')};"
        f" on average {found['multiple_mean']:.2f} times what was drawn comes back"
        f" (median {found['multiple_median']:.2f}).",
        f"In the worst 5% of futures {figure(found['es_95'], 'probability')} of it is lost on average.",
        f"Something is paid by {scenario.outcome_payer}"
        f" in {figure(found['payment_probability'], 'probability')} of futures,"
        f" {money} {found['payment_mean']:,.0f} on average.",
    ]
    if found["no_irr_probability"] > 0:
        text.append(
            f"In {figure(found['no_irr_probability'], 'probability')} no rate of return exists"
            " (early payments, later losses): read the multiple there."
        )
    return " ".join(text) + f"\n{_again(simulation)}"


def _again(simulation: Simulation) -> str:
    if simulation.seed.spawn_key == (0,):  # made from a number, which alone gives the same futures
        return f"The same futures again: seed {simulation.seed.entropy}."
    return "The same futures again: pass this simulation's `rng`."
