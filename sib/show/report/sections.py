"""What the template of a report is filled with: tables in words. Rounds with `show/text`, and works nothing out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from sib.analysis.figures import FIGURES
from sib.analysis.summary import unit_of
from sib.scenario.payment_words import limit_words, price
from sib.scenario.wording import day, listed, money, number
from sib.show import text, updated
from sib.show.report.gathered import ASKED_PATHS, DRIVERS_PATHS, Gathered
from sib.show.settled import by_payment
from sib.show.tornado import taken_from
from sib.show.worded import Worded
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


def paid(found: Gathered) -> Worded:
    """What is paid for what, on average over the futures: a line a payment and payer."""
    simulation, scenario = found.simulation, found.simulation.scenario
    rows = [
        [payer, payment, price(scenario, scenario.timetable, payment), text.figure(amount, scenario.currency)]
        for (payer, payment), amount in by_payment(scenario, simulation.ledger()).items()
    ]
    heads = ["payer", "payment", "price", f"paid on average, {scenario.currency}"]
    return Worded("What is paid for what", heads, rows, (0, 1, 2))


# Risk


def eight(found: Gathered) -> Worded:
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
    heads = ["figure", "estimate", "std error", "95% interval", "unit"]
    return Worded("What investors risk and payers pay", heads, rows, (0, 4))


def tranches(found: Gathered) -> Worded | None:
    """What each tranche risks, where there are several."""
    return text.tranches(found.simulation) if len(found.simulation.scenario.tranches) > 1 else None


def drivers(found: Gathered) -> Worded | str:
    """What share of the variance each source of risk carries."""
    if isinstance(found.drivers, str):
        return found.drivers
    shown = [name for name in ("loss", "multiple", "payment") if found.drivers[name].notna().all()]
    rows = []
    for source, row in found.drivers.iterrows():
        cells = [f"{_share(row[name])} ({_share(row[f'{name}_mcse'])})" for name in shown]
        rows.append([str(source), *cells])
    caption = "Share of the variance that each source of risk carries (standard error)"
    return Worded(caption, ["source", *(_SAID[name] for name in shown)], rows)


_SAID: Final = {"loss": "of whether money is lost", "multiple": "of the multiple", "payment": "of the payment"}


def _share(value: float) -> str:
    return text.figure(value, "probability")


def cases(found: Gathered) -> Worded | None:
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
    return Worded("Cases side by side", heads, rows, (0, len(heads) - 1))


def swings(found: Gathered) -> Worded | str:
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
            f"{text.number(row['low'])} to {text.number(row['high'])} {row['unit']}".strip(),
            f"{text.figure(row['least'], unit)} to {text.figure(row['most'], unit)}",
        ]
        for path, row in table.head(_MOST).iterrows()
    ]
    label = FIGURES[str(table["measure"].iloc[0])].label
    ranges = listed(dict.fromkeys(taken_from(str(one)) for one in table["range"]))
    more = f" {len(table) - _MOST} more inputs move it less." if len(table) > _MOST else ""
    caption = f"How far each input by itself moves it (ranges: {ranges}).{more}"
    return Worded(caption, ["input", "from, to", f"{label}: from, to"], rows, (0, 1))


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


# In mid-contract


def update(found: Gathered) -> list[Worded]:
    """What results in hand make of the beliefs, of the counts and of the rest of the deal."""
    if found.update is None:
        return []
    return [
        *([] if found.beliefs is None else [updated.beliefs(found.beliefs)]),
        *([] if found.forecast is None else [updated.counts(found.forecast)]),
        *([updated.rest(found.update)] if found.simulation.scenario.tranches else []),
    ]


def footer(found: Gathered) -> Iterator[str]:
    """How the same figures are had again, and what they are not."""
    simulation = found.simulation
    yield f"sib {VERSION}. {simulation.n_paths:,} simulated futures. {text.again(simulation)}"
    yield (
        f"Cases and single inputs: {ASKED_PATHS:,} futures each, sources of risk {DRIVERS_PATHS:,}, from the same seed."
        " A standard error is that of the simulation alone: how far a figure would move with another seed. It says"
        " nothing of whether the assumptions are right."
    )
