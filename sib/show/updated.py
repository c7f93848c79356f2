"""A deal in mid-contract as people read it: beliefs, forecast, money at stake. Works nothing out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sib.analysis.evidence.forecast import Forecast
from sib.analysis.evidence.update import Update
from sib.errors import InputError
from sib.show import cash_text, text
from sib.show.worded import Worded

if TYPE_CHECKING:
    import pandas as pd


_SURPRISES, _SOME = 0.01, 5  # how unlikely what surprises was, and how many are named


def page(update: Update, forecast: Forecast) -> str:
    """What is believed now, what is to be expected, and what it is worth."""
    scenario = update.prior.scenario
    until = forecast.through or update.date
    head = f"{scenario.name}\n\nGiven results up to {until} of: {', '.join(update.observed)}."
    paths = update.posterior.n_paths
    worth = f"{paths:,} futures, worth {min(update.effective_paths, paths):,.0f} independent ones."
    known = beliefs(believed(update))
    said = known.text() if known.rows else "Nothing that results could tell of is left open by the beliefs."
    parts = [f"{head} {worth}", *_surprises(update.surprise), said]
    if counted(forecast):
        parts.append(counts(forecast).text())
    if scenario.tranches:
        parts.append(rest(update).text())
    return "\n\n".join([*parts, cash_text.bills(update.posterior, forecast.budget)])


def tables(update: Update, forecast: Forecast) -> dict[str, pd.DataFrame]:
    """What is written as files, by their names."""
    found = {"beliefs.csv": believed(update).set_index(["belief", "of"])}
    if counted(forecast):
        units = {"forecast.csv": forecast.by_period, "to_date.csv": forecast.to_date}
        found |= {name: _until(table, forecast) for name, table in units.items()}
    found |= {"money.csv": forecast.money, "budget.csv": forecast.budget}
    if update.prior.scenario.tranches:
        found["remaining.csv"] = update.remaining()
    return found


def counted(forecast: Forecast) -> tuple[str, ...]:
    """The metrics of which units are counted by period; none, where there are none."""
    try:
        return forecast.metrics
    except InputError:
        return ()


def believed(update: Update) -> pd.DataFrame:
    """What is believed before and now: of a deal that counts no units by period the effects."""
    try:
        return update.beliefs.reset_index()
    except InputError:
        effects = update.effects.reset_index().rename(columns={"metric": "belief", "result": "of"})
        return effects.assign(belief="effect on " + effects["belief"], unit="relative improvement")


def _until(table: pd.DataFrame, forecast: Forecast) -> pd.DataFrame:
    """Counts with the day up to which each actual is counted: in a last period that is not over, before its end."""
    days, through = table.index.get_level_values("period"), f"{forecast.through}"
    until = days if forecast.through is None else days.where(days <= through, through)
    return table.assign(actual_to=until.where(table["actual"].notna()))


def _surprises(found: pd.DataFrame) -> list[str]:
    """Results that the beliefs hardly let expect, the most surprising first; nothing where there is none."""
    rows = found.reset_index().to_dict("records")
    tails = [row["below"] if row["observed"] <= row["mean"] else 1.0 - row["below"] for row in rows]
    odd = [row for tail, row in sorted(zip(tails, rows, strict=True), key=lambda one: one[0]) if tail < _SURPRISES][
        :_SOME
    ]
    if not odd:
        return []
    heads = ["metric", "result", "came", "expected", "sd", "chance of no more"]
    cells = []
    for row in odd:
        figures = [_digits(row[column]) for column in ("observed", "mean", "sd")]
        cells.append([str(row["metric"]), str(row["result"]), *figures, text.figure(row["below"], "probability")])
    return [Worded("Results that surprise", heads, cells, (0, 1)).text()]


def beliefs(found: pd.DataFrame) -> Worded:
    """What is believed, before and now."""
    heads = ["belief", "of", "before", "sd", "now", "sd", "90% between", "unit"]
    rows = []
    for row in found.reset_index().to_dict("records"):
        between = f"{_digits(row['p05'])} and {_digits(row['p95'])}"
        figures = [_digits(row[column]) for column in ("prior_mean", "prior_sd", "mean", "sd")]
        rows.append([str(row["belief"]), str(row["of"]), *figures, between, str(row["unit"])])
    return Worded("What is believed", heads, rows, (0, 1, 7))


def counts(forecast: Forecast) -> Worded:
    """Of each metric: plan and actual by the last actual; plan and forecast in all."""
    heads = ["metric", "by", "plan", "actual", "in all by", "plan", "forecast", "8 in 10 between"]
    rows = []
    for name in forecast.metrics:
        found = forecast.to_date.loc[name]
        known = found[found["actual"].notna()]
        now = ["-", "-", "-"]
        if len(known):
            until = forecast.through or known.index[-1]
            now = [str(until), _digits(known["plan"].iloc[-1], 0), _digits(known["actual"].iloc[-1], 0)]
            if forecast.through is not None:
                now[1] = "-"  # the plan is of the whole period
        last = found.iloc[-1]
        between = f"{_digits(last['p10'], 0)} and {_digits(last['p90'], 0)}"
        ends = [str(found.index[-1]), _digits(last["plan"], 0), _digits(last["mean"], 0)]
        rows.append([name, *now, *ends, between])
    return Worded("Units to date", heads, rows, (0, 1, 4))


def rest(update: Update) -> Worded:
    """What the rest of the deal is worth to its investors, before and after."""
    found, money = update.remaining(), update.prior.scenario.currency
    heads = ["figure", "before", "now", "std error", "unit"]
    rows = []
    for measure in found.index:
        unit = "probability" if str(measure).endswith("probability") else money
        figures = [
            text.figure(found.loc[measure, key], unit)
            for key in (("prior", "estimate"), ("posterior", "estimate"), ("posterior", "mcse"))
        ]
        rows.append([str(measure).replace("_", " "), *figures, text.UNITS.get(unit, unit)])
    return Worded(f"Investors' cash after {update.date}", heads, rows, (0, 4))


def _digits(value: float, digits: int = 3) -> str:
    return "-" if math.isnan(value) else f"{round(value, digits) + 0.0:,.{digits}f}"
