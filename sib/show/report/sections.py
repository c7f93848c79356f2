"""Tables as rows of words: what the template of a report is filled with. Rounds with `show/text`, works nothing out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sib.analysis.figures import FIGURES
from sib.analysis.summary import unit_of
from sib.scenario.payment_words import limit_words, price
from sib.scenario.wording import day, listed, money, number
from sib.show import holdings, text
from sib.show.report.gathered import ASKED_PATHS, DRIVERS_PATHS, Gathered
from sib.show.settled import by_payment
from sib.show.tornado import taken_from
from sib.version import VERSION

if TYPE_CHECKING:
    import pandas as pd

_EIGHT: Final = (
    *("loss_probability", "total_loss_probability", "multiple_mean", "expected_cash_irr", "es_95"),
    *("payment_probability", "payment_mean", "payer_net_mean"),
)
_OF_PAYERS: Final = (*text.OF_PAYERS[:3], "payer_net_mean", "payer_net_p95")
_COMPARED: Final = ("loss_probability", "multiple_mean", "expected_cash_irr", "es_95", "payment_mean")
_FEW, _SOME, _MOST = 4, 10, 8  # cohorts that are named, assumptions, and inputs that are listed


@dataclass(frozen=True)
class Grid:
    """A table: headings, and rows of words; so many columns from the left are no figures."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    notes: Sequence[str] = field(default_factory=tuple)


# The deal


def deal(found: Gathered) -> list[tuple[str, str]]:
    """Who pays, who invests, who is served, how long: a line each."""
    scenario = found.simulation.scenario
    contract, timetable = found.simulation.futures.deal.contract, scenario.timetable
    capital = [f"{tranche.name} {money(tranche.amount, scenario.currency)}" for tranche in scenario.tranches]
    cohorts = [f"{cohort.name} ({number(cohort.size)} persons)" for cohort in scenario.cohorts]
    served = f"{len(cohorts)} cohorts" if len(cohorts) > _FEW else listed(cohorts)
    lines = [
        ("Outcome payer" if len(timetable.payers) == 1 else "Outcome payers", listed(timetable.payers)),
        ("Capital", listed(capital) or "none"),
        ("Providers", listed(dict.fromkeys(cost.to for cost in scenario.costs))),
        ("Served", served),
        ("Measured", listed(metric.name for metric in scenario.metrics[:_SOME])),
        ("Runs", f"{day(contract.dates[0])} to {day(contract.dates[-1])}"),
        ("Limits", " ".join(limit_words(scenario, timetable, limit) for limit in scenario.limits)),
    ]
    return [(name, said) for name, said in lines if said]


def paid(found: Gathered) -> Grid:
    """What is paid for what, on average over the futures: a line a payment and payer."""
    simulation, scenario = found.simulation, found.simulation.scenario
    rows = [
        [payer, payment, price(scenario, scenario.timetable, payment), text.figure(amount, scenario.currency)]
        for (payer, payment), amount in by_payment(scenario, simulation.ledger()).items()
    ]
    heads = ["payer", "payment", "price", f"paid on average, {scenario.currency}"]
    return Grid("What is paid for what", heads, rows, 3)


# Risk


def eight(found: Gathered) -> Grid:
    """Eight figures with their errors and intervals; and the chance that a hurdle is reached, where there is one."""
    simulation, scenario = found.simulation, found.simulation.scenario
    lines = {line.measure: line for line in text.lines(simulation, hurdle=found.hurdle)}
    wanted = [
        *(_EIGHT if scenario.tranches else _OF_PAYERS),
        *(["hurdle_probability"] if found.hurdle is not None else []),
    ]
    rows = [
        [one.label, one.value, one.error, one.between, one.unit]
        for one in (lines[name] for name in wanted if name in lines)
    ]
    return Grid("What investors risk and payers pay", ["figure", "estimate", "std error", "95% interval", "unit"], rows)


def tranches(found: Gathered) -> Grid | None:
    """What each tranche risks, where there are several."""
    if len(found.simulation.scenario.tranches) < 2:
        return None
    heads, rows = text.tranche_rows(found.simulation)
    return Grid("Each tranche", heads, rows)


def drivers(found: Gathered) -> Grid | str:
    """What share of the variance each source of risk carries."""
    if isinstance(found.drivers, str):
        return found.drivers
    shown = [name for name in ("loss", "multiple", "payment") if found.drivers[name].notna().all()]
    rows = []
    for source, row in found.drivers.iterrows():
        cells = [f"{_share(row[name])} ({_share(row[f'{name}_mcse'])})" for name in shown]
        rows.append([str(source), *cells])
    caption = "Share of the variance that each source of risk carries (standard error)"
    return Grid(caption, ["source", *(_SAID[name] for name in shown)], rows)


_SAID: Final = {"loss": "of whether money is lost", "multiple": "of the multiple", "payment": "of the payment"}


def _share(value: float) -> str:
    return text.figure(value, "probability")


def cases(found: Gathered) -> Grid | None:
    """The cases of the file side by side."""
    if found.cases is None:
        return None
    table, scenario = found.cases, found.simulation.scenario
    names = list(dict.fromkeys(table.columns.get_level_values(0)))
    rows = []
    for measure in _COMPARED if scenario.tranches else ("payment_probability", "payment_mean"):
        unit = unit_of(measure, scenario.currency)
        cells = []
        for name in names:
            error = text.figure(table.loc[measure, (name, "mcse")], unit)
            cells.append(f"{text.figure(table.loc[measure, (name, 'estimate')], unit)} ({error})")
        rows.append([FIGURES[measure].label, *cells, text.UNITS.get(unit, unit)])
    heads = ["figure (std error)", *names, "unit"]
    return Grid("Cases side by side", heads, rows)


def swings(found: Gathered) -> Grid | str:
    """How far each input by itself moves the figure."""
    if isinstance(found.swings, str):
        return found.swings
    table = found.swings[found.swings["difference"] > 0]
    if not len(table):
        return "No input that could be looked at moves it."
    unit = str(table["measure_unit"].iloc[0])
    rows = [
        [
            str(path),
            f"{text.number(row['low'])} to {text.number(row['high'])}{f' {unit_}' if (unit_ := row['unit']) else ''}",
            f"{text.figure(row['least'], unit)} to {text.figure(row['most'], unit)}",
        ]
        for path, row in table.head(_MOST).iterrows()
    ]
    label = FIGURES[str(table["measure"].iloc[0])].label
    ranges = listed(dict.fromkeys(taken_from(str(one)) for one in table["range"]))
    more = f" {len(table) - _MOST} more inputs move it less." if len(table) > _MOST else ""
    caption = f"How far each input by itself moves it (ranges: {ranges}).{more}"
    return Grid(caption, ["input", "from, to", f"{label}: from, to"], rows, 2)


# Money


def budget(found: Gathered) -> list[Grid]:
    """What each payer pays by financial year."""
    money, table = found.simulation.scenario.currency, found.budget
    names = list(dict.fromkeys(table.index.get_level_values("payer")))
    grids = []
    for payer in names:
        rows = [
            [
                str(year),
                *(text.figure(row[name], money) for name in ("p10", "p50", "p90", "mean", "mean_mcse")),
                text.figure(row["chance_of_any"], "probability"),
            ]
            for year, row in table.loc[payer].iterrows()
        ]
        heads = ["financial year", "10%", "median", "90%", "mean", "std error", "anything is due"]
        grids.append(Grid(f"What {payer} pays, {money}, net of what comes back", heads, rows))
    return grids


# Where figures come from


def assumptions(found: Gathered) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Figures that nobody vouches for first, then what is left at its default, then what is assumed and why."""
    figures = found.simulation.scenario.assumptions()
    said = {
        "none": "Without source or assumption",
        "default": "Left at their defaults",
        "assumption": "Assumed",
        "analyst": "Set by the analyst",
    }
    groups = []
    for status, heading in said.items():
        rows = figures[figures["status"] == status]
        if not len(rows):
            continue
        some = [(str(path), _value(row), str(row["source"])) for path, row in rows.head(_SOME).iterrows()]
        left = f", the first {_SOME} of which are" if len(rows) > _SOME else ""
        groups.append((f"{heading}: {len(rows)}{left}", some))
    return groups


def _value(row: Mapping[str, Any] | pd.Series[Any]) -> str:
    unit = str(row["unit"])
    return f"{row['value']} {unit}".strip()


# In mid-contract, and among others


def update(found: Gathered) -> list[Grid]:
    """What results in hand make of the beliefs, of the counts and of the rest of the deal."""
    if found.update is None:
        return []
    known, forecast = found.update, found.forecast
    beliefs = [
        [
            *(str(row[name]) for name in ("belief", "of")),
            *(_digits(row[name]) for name in ("prior_mean", "prior_sd", "mean", "sd", "p05", "p95")),
            str(row["unit"]),
        ]
        for row in ([] if found.beliefs is None else found.beliefs.to_dict("records"))
    ]
    heads = ["belief", "of", "mean before", "sd", "mean now", "sd", "from (5%)", "to (95%)", "unit"]
    grids = [Grid("What is believed, before and now", heads, beliefs, 2)] if beliefs else []
    if forecast is not None:
        counts = [
            [name, str(period), *(_digits(row[key], 0) for key in ("plan", "actual", "mean", "p10", "p90"))]
            for name in forecast.metrics
            for period, row in list(forecast.to_date.loc[name].iterrows())[-1:]
        ]
        heads = ["units to date", "by", "plan", "actual", "forecast", "10%", "90%"]
        grids.append(Grid("Plan, actual and forecast", heads, counts, 2))
    scenario = known.prior.scenario
    if scenario.tranches:
        table, rows = known.remaining(), []
        for measure in table.index:
            unit = "probability" if str(measure).endswith("probability") else scenario.currency
            cells = [text.figure(table.loc[measure, key], unit) for key in _REST]
            rows.append([str(measure).replace("_", " "), *cells, text.UNITS.get(unit, unit)])
        heads = [f"cash after {known.date}", "before", "now", "std error", "unit"]
        grids.append(Grid("What the rest is worth to the investors", heads, rows))
    return grids


_REST: Final = (("prior", "estimate"), ("posterior", "estimate"), ("posterior", "mcse"))


def _digits(value: float, digits: int = 3) -> str:
    return "-" if math.isnan(value) else f"{round(value, digits) + 0.0:,.{digits}f}"


def portfolio(found: Gathered) -> Grid | None:
    """The deals among which it is held."""
    if found.portfolio is None:
        return None
    said = holdings.meaning(found.portfolio)
    heads = ["deal", *holdings.HEADS]
    return Grid("In the portfolio", heads, holdings.rows(found.portfolio), 1, [said])


def footer(found: Gathered) -> Iterator[str]:
    """How the same figures are had again, and what they are not."""
    simulation = found.simulation
    yield f"sib {VERSION}. {simulation.n_paths:,} simulated futures. {text.again(simulation)}"
    yield (
        f"Cases and single inputs: {ASKED_PATHS:,} futures each, sources of risk {DRIVERS_PATHS:,}, from the same seed."
        " A standard error is that of the simulation alone: how far a figure would move with another seed. It says"
        " nothing of whether the assumptions are right."
    )
