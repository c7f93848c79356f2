"""The option to stop: what the right to give up the rest of a deal is worth, given what will be known by then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from sib.analysis.evidence.exercise import Reading, exercise
from sib.analysis.simulation import Simulation
from sib.arrays import Floats
from sib.errors import InputError, Problem, ScenarioError
from sib.measures import risk
from sib.measures.cashflow import npv
from sib.run.recipe import Block, Deal
from sib.scenario.scenario import Scenario
from sib.settlement.contract import Contract
from sib.terms.calendar import DAYS_A_YEAR, add_months
from sib.terms.metric import Measure

if TYPE_CHECKING:
    import pandas as pd


_NAME = "stopped by the investors"

Figure = tuple[int, tuple[int, ...], Measure]  # a metric, some of its results, and what is read of them


def option_to_stop(posterior: Simulation, today: dt.date, day: dt.date) -> pd.Series[float]:
    """The value of the right to stop on a day; see `Update.option_to_stop`."""
    import pandas as pd

    stopped = stopped_on(posterior.scenario, day)
    deal = Deal.of(stopped)
    futures = posterior.futures
    recipe = replace(futures.recipe, model=deal.model, whole=futures.recipe.model)
    value = partial(value_on, day=today)
    goes_on = np.concatenate(list(futures.map(value)))
    stops = np.concatenate(list(replace(futures, deal=deal, recipe=recipe).map(value)))
    levels = _levels(posterior.scenario, futures.deal, day)
    known = np.hstack(list(futures.map(partial(_read, figures=tuple(levels)))))
    gain = stops - goes_on
    right = exercise(gain, [Reading(*one) for one in zip(known, levels.values(), strict=True)])
    found = {
        "remaining_value_continue": risk.mean(goes_on),
        "remaining_value_stop": risk.mean(stops),
        "option_value": right.value,
        "option_value_upper": risk.mean(np.maximum(gain, 0.0)),
        "stop_probability": right.used,
    }
    figures: dict[str, float] = {}
    for name, one in found.items():
        figures |= {name: one.estimate, f"{name}_mcse": one.mcse * futures.widening}
    return pd.Series(figures, name=f"right to stop on {day}, rest of the deal from {today}")


def stopped_on(scenario: Scenario, day: dt.date) -> Scenario:
    """The scenario without the cohorts that have not been followed to the end by a day, and without later costs."""
    by_period = [m.name for m in scenario.metrics if scenario.timetable.reporting(m.name).by_period]
    if by_period:
        raise InputError(
            Problem(
                "on",
                day,
                f"results by cohort; those of {', '.join(by_period)} are by period",
                "say what stops as an event of the scenario, and compare the two scenarios",
            )
        )
    window = min(metric.window_months or 0 for metric in scenario.metrics)
    gone = [cohort.name for cohort in scenario.timetable.served if day < add_months(cohort.enrol.last_day, window)]
    if len(gone) == len(scenario.timetable.served):
        raise InputError(
            Problem("on", day, "a day by which one cohort at least has been followed to its end", "pass a later day")
        )
    costs = [cost.name for cost in scenario.costs]
    if not gone and not costs:
        return scenario
    data = scenario.data()
    event = {"name": _NAME, "date": max(day, scenario.start), "cohorts": gone, "costs": costs}
    data["events"] = [*data.get("events", []), {key: value for key, value in event.items() if value}]
    data.pop("sources", None)
    try:
        return Scenario.from_data(_without(data, set(gone)))
    except ScenarioError as error:
        first = f"{error.where}: {error.problems[0].rule}"
        rule = f"a deal that can be written without the cohorts that are given up; {first}"
        remedy = "say what stops as an event of the scenario, and compare the two scenarios"
        raise InputError(Problem("on", day, rule, remedy)) from None


def _without(data: dict[str, Any], gone: set[str]) -> dict[str, Any]:
    """What a contract says of each cohort, for those that are left: dates and baselines by position, own payments."""
    lost = {one["name"] for one in data["payments"] if one.get("cohorts") and set(one["cohorts"]) <= gone}
    data["payments"] = [one for one in data["payments"] if one["name"] not in lost]
    for limit in data.get("limits", []):
        limit |= {key: [name for name in limit[key] if name not in lost] for key in ("on", "except") if limit.get(key)}
    if "limits" in data:
        data["limits"] = [limit for limit in data["limits"] if limit.get("on") != []]
    names = [cohort["name"] for cohort in data["cohorts"]]
    kept = [i for i, name in enumerate(names) if name not in gone]
    before = [i for i, name in enumerate(names) if name not in _ended(data, before_stop=True)]
    for metric in data["metrics"]:
        for table, key in (("reported", "dates"), ("compare", "levels")):
            written = metric.get(table, {}).get(key)
            if written is not None and len(written) == len(before):
                metric[table][key] = [one for one, i in zip(written, before, strict=True) if i in kept]
    return data


def _ended(data: dict[str, Any], *, before_stop: bool) -> set[str]:
    """The cohorts that certain events end."""
    events = [e for e in data.get("events", []) if not (before_stop and e["name"] == _NAME)]
    return {c for e in events if not {"metric", "until"} & set(e) for c in e.get("cohorts", [])}


def value_on(block: Block, day: dt.date) -> Floats:
    """Net present value on a day of all later cash of the investors, each at its own rate, (paths,)."""
    later = [i for i, date in enumerate(block.deal.contract.dates) if date > day]
    years = np.array([(block.deal.contract.dates[i] - day).days / DAYS_A_YEAR for i in later])
    total = np.zeros(block.book.paths)
    for tranche in block.deal.contract.tranches if later else ():
        total = total + npv(block.book.cash(tranche.name)[later].T, years, tranche.discount_rate)
    return total


def _levels(scenario: Scenario, deal: Deal, day: dt.date) -> dict[Figure, tuple[float, ...]]:
    """The figures that are known by a day, each with the levels at which the contract tests or prices it.

    Each result by itself, and whatever the contract reads: over several results, over those of them that are published.
    """
    published = [
        [row for row, one in enumerate(scenario.timetable.results(written.name)) if one.date <= day]
        for written in scenario.metrics
    ]
    found: dict[Figure, set[float]] = {}
    for index, metric in enumerate(deal.model.metrics):
        found |= {(index, (row,), metric.publishes): set() for row in published[index]}
    for index, members, measure, levels in _asked(deal.contract):
        rows = tuple(row for row in members if row in published[index])
        if rows:
            found.setdefault((index, rows, measure), set()).update(levels)
    return {figure: tuple(sorted(levels)) for figure, levels in found.items()}


def _asked(contract: Contract) -> Iterator[tuple[int, tuple[int, ...], Measure, list[float]]]:
    """What a contract reads of which results, and the levels at which something changes."""
    claims = [claim for step in contract.steps for claim in step.claims]
    tests = [test for claim in claims for test in (*claim.tests, *claim.others)]
    for test in (*tests, *(test for trigger in contract.triggers for test in trigger.tests)):
        yield test.metric, test.members, test.measure, [test.level]
    for claim in claims:
        if claim.metric is not None:
            yield claim.metric, claim.members, claim.reading, [] if claim.curve.straight else claim.curve.x.tolist()


def _read(block: Block, figures: tuple[Figure, ...]) -> Floats:
    """Some figures, (figures, paths)."""
    read = [block.results[metric].read(measure, rows) for metric, rows, measure in figures]
    return np.array(read).reshape(len(figures), block.book.paths)
