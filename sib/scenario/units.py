"""The units of figures in the words of the metric that they are about: "GBP a unit (acres)", "acres a person"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sib.scenario.terms import Terms
from sib.scenario.timetable import Timetable
from sib.scenario.wording import unit_of
from sib.terms.metric import Measure, Metric

_VALUE: Final = "money, or share of what `of` names"  # of a schedule by itself
_READ: Final[Mapping[str, Measure]] = {  # what figures of a unit are of a metric, where nothing else says so
    "events": "units",
    "events a person": "points",
    "as measured": "level",
    "a person": "level",
    "units a result": "units",
}


def in_words(unit: str, steps: Sequence[str], terms: Terms, timetable: Timetable) -> str:
    """The unit of the figure that these steps lead to; with what one unit is, where its metric says so."""
    unit = _worth(unit, steps, timetable)
    metric, reads = _read(steps, terms, timetable)
    if metric is None or metric.unit is None:
        return unit
    if unit == "money a unit":
        return f"{unit} ({metric.unit})"
    if unit.startswith("level as read"):
        return unit.replace("level as read", unit_of(reads or "level", metric) or "level as read")
    if unit not in _READ or (metric.once and tuple(steps[:2]) == ("beliefs", "levels")):
        return unit  # of a milestone a share of persons is believed
    said = unit_of(reads if "parts" in steps and reads else _READ[unit], metric) or unit
    return f"{said} a result" if unit == "units a result" else said


def _worth(unit: str, steps: Sequence[str], timetable: Timetable) -> str:
    """The unit of what a schedule pays: money, or a share of what its payment names under `of`."""
    if "pays" not in steps and _VALUE not in unit:
        return unit
    shares = steps[0] == "payments" and timetable.payments[steps[1]].of is not None
    return unit.replace(_VALUE, "money").replace("money", "share of what `of` names" if shares else "money")


def _read(steps: Sequence[str], terms: Terms, timetable: Timetable) -> tuple[Metric | None, Measure | None]:
    """The metric that a figure is about, and what is read from it where the terms say so."""
    metrics = timetable.metrics
    match list(steps):
        case ["metrics", name, "parts", index, *_]:
            part = metrics[name].parts[int(index)]
            return metrics[part.metric], part.reads
        case ["metrics", name, *_] | ["payments", _, "when", "others", name, *_]:
            return metrics[name], None
        case ["payments", name, *_]:
            metric = timetable.payments[name].metric
            return (None, None) if metric is None else (metrics[metric], timetable.reads(name))
        case ["events", name, *_]:
            on = next(event.metric for event in terms.events if event.name == name)
            return (None if on is None else metrics[on]), None
        case ["beliefs", "comparison" | "levels", name, *_]:
            return metrics[name], None
    return None, None
