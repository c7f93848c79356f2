"""A settled deal as text: the figures as they were read, and each claim as it was made, for an auditor to follow."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sib.analysis.ledger import Ledger
from sib.analysis.one_result import known_name
from sib.analysis.statement import Line
from sib.model.model import MetricModel, Model
from sib.scenario.layout import table
from sib.scenario.scenario import Scenario
from sib.scenario.wording import unit_of
from sib.terms.metric import MEASURES, Metric

_MEASURE = {"treated": "level", "comparison": "level"}
_FEW = 7  # claims of a payment that are printed one by one
_HEADS = ["claim", "on", "result", "gives", "claimed", "cut", "paid", "by", "because"]


def read(scenario: Scenario, model: Model, measured: Mapping[str, Any]) -> str:
    """Every figure that was given, as it was read: a line a metric."""
    metrics = {metric.name: metric for metric in model.metrics}
    terms = scenario.timetable.metrics
    timing = scenario.beliefs.timing
    return "\n".join(
        f"Read: {name}: {_figures(metrics[name], terms[name], given, timed=name in timing)}"
        f"{_believed(metrics[name], given)}"
        for name, given in measured.items()
    )


def _believed(metric: MetricModel, given: Any) -> str:
    """The level of the comparison, where units and points follow from it and it is not given."""
    said = given.values() if isinstance(given, Mapping) else given if isinstance(given, Sequence) else [given]
    figures = [one if isinstance(one, Mapping) else {metric.publishes: one} for one in said]
    figures = [given] if isinstance(given, Mapping) and {*given} & {*MEASURES, "treated"} else figures
    follow = any({"improvement", "level"} & {*one} and "comparison" not in one for one in figures)
    if not metric.compared or metric.written is not None or not follow:
        return ""
    levels = dict.fromkeys(f"{level:.6g}" for level in metric.published_comparison)
    a_person = "" if metric.law.additive else " a person"
    return f" (against {' and '.join(levels)}{a_person} without the programme, as believed)"


def _figures(metric: MetricModel, terms: Metric, given: Any, *, timed: bool) -> str:
    """The figures of one metric; `timed` says whether it is believed when they arise."""
    results = "periods" if metric.by_period else "cohorts"
    if isinstance(given, Mapping) and {known_name(key) for key in given} <= set(metric.results):
        return "; ".join(f"{known_name(name)}: {_figure(metric, terms, one)}" for name, one in given.items())
    if isinstance(given, Sequence):
        return "; ".join(
            f"{name}: {_figure(metric, terms, one)}" for name, one in zip(metric.results, given, strict=True)
        )
    said = _figure(metric, terms, given)
    in_all = given.get("units") is not None if isinstance(given, Mapping) else metric.publishes == "units"
    said += " in all" if in_all else ""
    if len(metric.results) == 1:
        return said
    many = f"{len(metric.results)} {results}"
    by = "as believed"
    if metric.compared:
        by = "so that the improvement is the same in each"
    elif metric.by_period and metric.origin.after is None and not timed and not terms.once:
        by = "evenly, as no timing is believed"
    return f"{said}, spread over {many} {by}" if in_all else f"{said}, the same in each of {many}"


def _figure(metric: MetricModel, terms: Metric, given: Any) -> str:
    """One result: each of its figures with what it is."""
    figures = given if isinstance(given, Mapping) else {metric.publishes: given}
    return ", ".join(_worded(key, value, terms) for key, value in figures.items())


def _worded(key: str, value: float, metric: Metric) -> str:
    number = f"{float(value) + 0.0:,.15g}"  # adding zero: never "-0"
    if key == "units":
        return f"{number} {unit_of('units', metric) or key}"
    unit = _unit(_MEASURE.get(key, key), metric)
    return f"{key.replace('_', ' ')} {number}{'' if unit is None else f' {unit}'}"


def _unit(reads: str, metric: Metric) -> str | None:
    """The unit of a result in words; None where it has none, or no words for it."""
    return next((unit_of(measure, metric) for measure in MEASURES if measure == reads), None)


def statement(scenario: Scenario, ledger: Ledger) -> str:
    """Each claim from its result to the money, and below them what each payment pays, in words.

    A payment that is claimed many times is one line for each who pays it: `Ledger.statement` has every claim.
    """
    lines = ledger.lines or ()
    times = Counter((line.payment, line.payer) for line in lines)
    alike: dict[tuple[str, ...], list[Line]] = {}
    for number, line in enumerate(lines):
        many = times[line.payment, line.payer] > _FEW
        own = (line.kind, line.payment, line.payer, line.payee) if many else (str(number),)
        alike.setdefault(own, []).append(line)
    rows = [_row(scenario, found) for found in alike.values()]
    prices = {line.payment: line.price for line in lines}
    words = "\n".join(f"{payment}: {price}" for payment, price in prices.items())
    said = f"{table(rows, _HEADS, (0, 1, 7, 8))}\n\n{words}" if rows else "Nothing is claimed."
    events = "\n".join(
        f"Event {ruling.event}, {ruling.date}: {'happens' if ruling.happened else 'does not happen'}; {ruling.because}"
        for ruling in ledger.rulings
    )
    return f"{events}\n\n{said}" if events else said


def _row(scenario: Scenario, lines: list[Line]) -> list[str]:
    """One claim, or all claims of a payment on one payer."""
    first = lines[0]
    name = f"{first.payment}, {first.results}" if first.results else first.payment
    if len(lines) == 1:
        result, gives = _result(scenario, first), _gives(first)
        because = f"not met: {first.unmet}" if first.unmet else ""
        on = str(first.paid_on or first.due)
    else:
        name, because = f"{first.payment}, {len(lines)} claims", ""
        counted = [line for line in lines if not line.unmet]
        by_unit = scenario.timetable.payments[first.payment].pays.per_unit is not None
        result = _figured(scenario, first, math.fsum(line.result or 0.0 for line in counted)) if by_unit else ""
        gives = "" if first.base is not None else _money(math.fsum(line.value * line.share for line in counted))
        on = f"{min(line.due for line in lines)} to {max(line.paid_on or line.due for line in lines)}"
        unmet = len(lines) - len(counted)
        because = f"not met: {unmet} times" if unmet else ""
    cuts: dict[str, list[float]] = {}
    for line in lines:
        for limit, amount in line.cuts:
            cuts.setdefault(limit, []).append(amount)
    said = [f"{limit} {_money(math.fsum(amounts))}" for limit, amounts in cuts.items()]
    totals = [math.fsum(getattr(line, key) for line in lines) for key in ("claimed", "cut", "paid")]
    owed = " (owed back)" if first.kind.startswith("owed") else ""
    return [name, on, result, gives, *map(_money, totals), first.payer + owed, "; ".join([*said, because]).strip("; ")]


def _result(scenario: Scenario, line: Line) -> str:
    return "" if line.result is None else _figured(scenario, line, line.result)


def _figured(scenario: Scenario, line: Line, value: float) -> str:
    """A result with what it is, in the words of its metric where it has any."""
    reads, metric = line.reads, scenario.timetable.payments[line.payment].metric
    if not math.isfinite(value):
        return f"{value} {reads}"
    if reads in ("improvement", "confidence", "interval"):
        return f"{100 * value + 0.0:.6g}% {reads}"
    number = f"{value:,.2f}" if abs(value) >= 1_000 else f"{value + 0.0:.6g}"
    unit = None if metric is None else _unit(reads, scenario.timetable.metrics[metric])
    if unit is None:
        return f"{number} {reads}"
    return f"{number} {unit}" if reads == "units" else f"{number} {reads} ({unit})"


def _gives(line: Line) -> str:
    """What the schedule gave: money, or a share of something; what is taken off; and the payer's share of that."""
    said = _money(line.value) if line.base is None else f"{100 * line.value:.6g}% of {_money(line.base)}"
    said += f" less {_money(line.less)}" if line.less else ""
    return said if line.share == 1.0 else f"{line.share:.6g} x {said}"


def _money(amount: float) -> str:
    return f"{round(amount, 2) + 0.0:,.2f}"  # adding zero: never "-0.00"
