"""Figures as people read them: rounded, with their unit. The only place that rounds (convention 8)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sib.analysis.figures import ALL, FIGURES, figures_of
from sib.analysis.ledger import Ledger
from sib.analysis.simulation import Simulation
from sib.chance.sources import LAYERS
from sib.scenario.layout import table
from sib.scenario.scenario import Scenario
from sib.scenario.wording import listed
from sib.show.worded import Worded

if TYPE_CHECKING:
    import pandas as pd


UNITS = {
    "probability": "of paths",
    "times capital drawn": "x",
    "a year": "a year",
    "share of capital drawn": "of capital drawn lost",
}


@dataclass(frozen=True)
class Line:
    """One line of a printed summary: a figure of some measure, in words."""

    measure: str
    label: str
    value: str
    error: str
    unit: str
    given: str
    between: str  # its 95% interval


def figure(value: float, unit: str) -> str:
    """One figure as text: shares and rates in per cent, money in whole units, multiples with two decimals.

    Examples
    --------
    >>> figure(0.0843, "a year"), figure(3829478.2, "GBP"), figure(1.149, "times capital drawn")
    ('8.4%', '3,829,478', '1.15')
    """
    return _rounded(value, unit, 2, 1)


def between(low: float, high: float, unit: str) -> str:
    """An interval as text; a dash where there is none.

    Examples
    --------
    >>> between(0.0789, 0.0912, "a year"), between(math.nan, math.nan, "a year")
    ('7.9% to 9.1%', '-')
    """
    return "-" if math.isnan(low) or math.isnan(high) else f"{figure(low, unit)} to {figure(high, unit)}"


def number(value: float) -> str:
    """A figure of a scenario, of which the unit stands elsewhere: in full, whole from 100,000 on.

    Examples
    --------
    >>> number(0.0875), number(1_666_666.4)
    ('0.0875', '1,666,666')
    """
    return f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:,.6g}"


def _error(value: float, unit: str) -> str:
    return _rounded(value, unit, 4, 2)


def _rounded(value: float, unit: str, multiple_digits: int, percent_digits: int) -> str:
    value = float(value)  # NumPy's numbers round in their own way
    if math.isnan(value):
        return "-"
    if unit == "years":
        return f"{value:.{percent_digits}f}"
    if unit == "times capital drawn":
        return f"{round(value, multiple_digits) + 0.0:.{multiple_digits}f}"  # adding zero: never "-0.00"
    if unit in UNITS:
        return f"{round(100 * value, percent_digits) + 0.0:.{percent_digits}f}%"
    return f"{round(value) + 0.0:,.0f}"


def error_of_difference(row: Mapping[Hashable, Any], unit: str) -> str:
    """The standard error of a difference; where no simulated future differs, within what bound others may."""
    if row["difference_mcse"] == 0 and row["difference_high"] > 0:
        high = row["difference_high"]
        return f"within {_little(high) if unit == 'probability' else figure(high, unit)}"
    return figure(row["difference_mcse"], unit)


OF_PAYERS: Final = ("payment_probability", "payment_mean", "payment_p95", "payer_net_mean", "payer_net_p95")


def lines(simulation: Simulation, *, hurdle: float | None = None) -> list[Line]:
    """The lines of a simulation's summary; with the chance that a hurdle is reached, where one is given."""
    scenario = simulation.scenario
    rates = dict.fromkeys(f"{scenario.beliefs.discount_rates[t.name]:.1%}" for t in scenario.tranches)
    again = any(tranche.revolving for tranche in scenario.tranches)
    notes = {"npv_mean": f"at {', '.join(rates)} a year, on {scenario.start}"}
    found = []
    for row in simulation.summary(hurdle=hurdle).reset_index().to_dict("records"):
        measure = str(row["measure"])
        if (measure == "redrawn_mean" and not again) or (not scenario.tranches and measure not in OF_PAYERS):
            continue  # nothing can be said of it in this deal
        unit = str(row["unit"])
        found.append(
            Line(
                measure,
                label_of(measure, hurdle),
                figure(float(row["estimate"]), unit),
                "-" if _bound(row) else _error(float(row["mcse"]), unit),
                UNITS.get(unit, unit),
                "; ".join(said for said in (notes.get(measure, ""), *_on_which_paths(row)) if said),
                between(float(row["low"]), float(row["high"]), unit),
            )
        )
    return found


def label_of(measure: str, hurdle: float | None = None) -> str:
    """What a figure of the summary is called; of a hurdle with its rate."""
    label = FIGURES[measure].label
    return label if hurdle is None or measure != "hurdle_probability" else f"{label} ({hurdle:.1%} a year)"


def _on_which_paths(row: Mapping[Hashable, Any]) -> tuple[str, str]:
    """On which paths a figure is taken, how many these are, and what they say of what none or all of them met."""
    given, paths, bound = str(row["given"]), int(row["paths"]), _bound(row)
    if given.startswith(ALL.text):
        said = given.removeprefix(ALL.text).removeprefix("; ")
    else:
        said = f"where {given}" if bound else f"where {given} ({paths:,} paths)"
    return said, bound and f"{paths if row['estimate'] else 0:,} of {paths:,}: {bound}"


def _bound(row: Mapping[Hashable, Any]) -> str:
    """What is known of the probability of what no path met, or every path did: no standard error says it."""
    if row["unit"] != "probability" or 0.0 < row["estimate"] < 1.0 or math.isnan(row["high"] - row["low"]):
        return ""
    return f"at most {_little(row['high'])}" if row["estimate"] == 0 else f"at least {_little(1 - row['low'], of=1)}"


def _little(share: float, of: float = 0.0) -> str:
    """A small share, or what it leaves of a whole, in per cent, with two digits of the share."""
    return f"{100 * abs(of - share):.{max(1 - math.floor(math.log10(100 * share)), 2)}f}%"


def _happens(row: Mapping[Hashable, Any]) -> str:
    """In how many futures something happens."""
    bound, paths = _bound(row), int(row["paths"])
    if not bound:
        return f"in {figure(row['estimate'], 'probability')} of futures"
    return f"in {'all' if row['estimate'] else 'none of'} {paths:,} futures ({bound})"


def report(simulation: Simulation) -> str:
    """A simulation as a table, with a sentence that says what it means."""
    rows = [[x.label, x.value, x.error, x.unit, x.given] for x in lines(simulation)]
    heads = ["", "estimate", "std error", "unit", "on which paths"]
    parts = [simulation.scenario.name, table(rows, heads, (0, 3, 4)), meaning(simulation)]
    if len(simulation.scenario.tranches) > 1:
        parts.insert(2, tranches(simulation).text())
    return "\n\n".join(parts)


def tranches(simulation: Simulation) -> Worded:
    """What each tranche risks, a line each."""
    found = simulation.tranches()
    measures = ("drawn_mean", "loss_probability", "multiple_mean", "expected_cash_irr", "es_95")
    heads = ["tranche", f"drawn, mean ({simulation.scenario.currency})", "loses money", "multiple, mean"]
    heads += ["IRR of the expected cash", "expected shortfall, 95%"]
    rows = [
        [
            str(name),
            *(figure(float(found.loc[measure, (name, "estimate")]), FIGURES[measure].unit) for measure in measures),
        ]
        for name in found.columns.get_level_values(0).unique()
    ]
    return Worded("Each tranche", heads, rows)


def meaning(simulation: Simulation) -> str:
    """What a simulation says, in a few sentences, where its figures come from, and how to have it again."""
    return f"{in_short(simulation)}\n{provenance(simulation.scenario)}\n{again(simulation)}"


def in_short(simulation: Simulation) -> str:
    """What a simulation says, in a few sentences."""
    table = simulation.summary()
    found, row = table["estimate"], table.to_dict("index")
    scenario = simulation.scenario
    money = scenario.currency
    committed = math.fsum(tranche.amount for tranche in scenario.tranches)
    capital = [
        f"In {simulation.n_paths:,} simulated futures, {money} {found['drawn_mean']:,.0f} is drawn on average"
        f" of the {money} {committed:,.0f} committed by {listed(tranche.name for tranche in scenario.tranches)}.",
        f"Money is lost {_happens(row['loss_probability'])}, all of it {_happens(row['total_loss_probability'])};"
        f" on average {found['multiple_mean']:.2f} times what was drawn comes back"
        f" (median {found['multiple_median']:.2f}){_expected(found)}.",
        f"In the worst 5% of futures {_lost(found['es_95'])} on average.",
    ]
    observed = simulation.futures.recipe.observed is not None
    text = [
        *([_chance(simulation)] if simulation.chance != frozenset(LAYERS) else []),
        *(["Given results in hand, and of the whole deal, past cash included."] if observed else []),
        *(capital if scenario.tranches else [f"{simulation.n_paths:,} simulated futures; nobody puts capital in."]),
        f"Something is paid for outcomes by {listed(scenario.timetable.payers)}"
        f" {_happens(row['payment_probability'])},"
        f" {money} {found['payment_mean']:,.0f} on average{_bill(found, money)}.",
    ]
    if found["no_irr_probability"] > 0 and scenario.tranches:
        text.append(
            f"In {figure(found['no_irr_probability'], 'probability')} no rate of return exists"
            " (early payments, later losses; or nothing drawn): read the multiple there."
        )
    text += _arrears(table, money, committed)
    if len(found) < len(figures_of(None)):
        text.append("Saved by an older version: figures that came later are not in it; simulate again to have them.")
    return " ".join(text)


def _chance(simulation: Simulation) -> str:
    """Which layers of chance are on, where some are off."""
    on = [layer for layer in LAYERS if layer in simulation.chance]
    if not on:
        return "CHANCE IS SWITCHED OFF: this is one future, and errors and intervals say nothing."
    return f"CHANCE IS SWITCHED OFF but for {listed(on)}."


def _lost(share: float) -> str:
    """A share of the capital drawn that is lost, or gained; more than all of it where money may be owed besides."""
    if share > 1:
        return f"{figure(share, 'probability')} of it is lost, as money is owed besides the capital,"
    if share < 0:
        return f"it all comes back and {figure(-share, 'probability')} of it more,"
    return f"{figure(share, 'probability')} of it is lost"


def _bill(found: pd.Series[float], money: str) -> str:
    """What outcome payers pay in all, where that is not what they pay for outcomes."""
    net = found.get("payer_net_mean")
    if net is None or round(net) == round(found["payment_mean"]):
        return ""
    return (
        f"; all that they pay, fixed payments and redemptions with it, less what comes back to them, is"
        f" {money} {net:,.0f} on average"
    )


def _expected(found: pd.Series[float]) -> str:
    """What the mean cash flow of the investors earns."""
    rate = found.get("expected_cash_irr", math.nan)
    return "" if math.isnan(rate) else f", and the mean cash flow has an IRR of {figure(rate, 'a year')} a year"


def _arrears(table: pd.DataFrame, money: str, committed: float) -> list[str]:
    """Costs that are not paid when due, where there are any."""
    found, row = table["estimate"], table.to_dict("index")
    if not found.get("late_cost_probability", 0.0) > 0:
        return []
    late, never = _happens(row["late_cost_probability"]), figure(found["unpaid_cost_probability"], "probability")
    mean, worst = found["arrears_max_mean"], found["arrears_max_p95"]
    text = [
        f"COSTS ARE NOT PAID IN TIME {late}: at its worst {money} {mean:,.0f} is overdue on average"
        + (f", {money} {worst:,.0f} or more in 5% of futures." if round(worst) > 0 else ".")
    ]
    if found["unpaid_cost_probability"] > 0:
        text.append(
            f"In {never} some are never paid, {money} {found['unpaid_cost_mean']:,.0f} on average over all futures:"
            " those who are owed them bear that, and the investors' figures look better for it."
        )
    needed = (
        f"To pay all of them when due in 95% of futures takes {money} {found['capital_needed_p95']:,.0f} of capital"
    )
    return [*text, f"{needed}; {money} {committed:,.0f} is committed."]


def as_believed(scenario: Scenario, ledger: Ledger) -> str:
    """What of the costs is late or never paid where all goes as believed, without chance; nothing where nothing is."""
    costs = ledger.costs()
    costs = costs[~costs["deferred"]]
    due, late, never = (math.fsum(costs[name]) for name in ("due", "paid_late", "never_paid"))
    if round(late) + round(never) == 0:
        return ""
    money = scenario.currency
    return (
        f"SUSPICIOUS: where all goes as believed, of {money} {due:,.0f} of costs {money} {late:,.0f} is paid late and"
        f" {money} {never:,.0f} never: capital and what comes in do not pay them when due.\n"
    )


def provenance(scenario: Scenario) -> str:
    """How many figures of a scenario have a source, are assumed, or have neither."""
    status = scenario.assumptions()["status"]
    words = {
        "source": "with a source",
        "assumption": "assumed",
        "analyst": "set by the analyst",
        "default": "left at their defaults",
        "none": "WITHOUT SOURCE OR ASSUMPTION",
    }
    counts = [f"{int((status == key).sum())} {said}" for key, said in words.items() if (status == key).any()]
    return f"{len(status)} figures: {', '.join(counts)}."


def again(simulation: Simulation) -> str:
    """How to have the same futures again."""
    recipe = simulation.futures.recipe
    made = simulation.seed.spawn_key == (0,)  # from a number, which alone gives the same futures
    parts = [f"seed {simulation.seed.entropy}" if made else "pass this simulation's `rng`"]
    if recipe.layers != frozenset(LAYERS):
        parts.append(f"chance={tuple(layer for layer in LAYERS if layer in recipe.layers)!r}")
    parts += [] if recipe.way == "plain" else [f'sampling="{recipe.way}"']
    return f"The same futures again: {', '.join(parts)}."
