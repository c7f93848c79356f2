"""A settled deal as text: the figures as they were read, and each claim as it was made, for an auditor to follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sib.analysis.published import known_name
from sib.model.model import MetricModel, Model


def read(model: Model, measured: Mapping[str, Any]) -> str:
    """Every figure that was given, as it was read: a line a metric."""
    metrics = {metric.name: metric for metric in model.metrics}
    return "\n".join(f"Read: {name}: {_figures(metrics[name], given)}" for name, given in measured.items())


def _figures(metric: MetricModel, given: Any) -> str:
    """The figures of one metric."""
    results = "periods" if metric.by_period else "cohorts"
    if isinstance(given, Mapping) and {known_name(key) for key in given} <= set(metric.results):
        return "; ".join(f"{known_name(name)}: {_figure(metric, one)}" for name, one in given.items())
    if isinstance(given, Sequence):
        return "; ".join(f"{name}: {_figure(metric, one)}" for name, one in zip(metric.results, given, strict=True))
    said = _figure(metric, given)
    in_all = given.get("units") is not None if isinstance(given, Mapping) else metric.publishes == "units"
    said += " in all" if in_all else ""
    if len(metric.results) == 1:
        return said
    many = f"{len(metric.results)} {results}"
    return f"{said}, spread over {many} as believed" if in_all else f"{said}, the same in each of {many}"


def _figure(metric: MetricModel, given: Any) -> str:
    """One result: each of its figures with what it is."""
    figures = given if isinstance(given, Mapping) else {metric.publishes: given}
    return ", ".join(_worded(key, value) for key, value in figures.items())


def _worded(key: str, value: float) -> str:
    number = f"{float(value):,.15g}"
    return f"{number} {key}" if key == "units" else f"{key.replace('_', ' ')} {number}"
