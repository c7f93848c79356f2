"""What a payment reads from its metric where the contract does not say. Used by checks, term sheet and engine alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sib.scenario.timetable import metric_of, parents

if TYPE_CHECKING:
    from sib.scenario.scenario import Scenario
    from sib.terms.metric import Measure, Metric
    from sib.terms.payment import Payment


def compared(scenario: Scenario, metric: Metric) -> bool:
    """Whether a metric is compared with anything; one that is counted on the same persons is as those it hangs on."""
    if metric.persons_with or metric.with_any or metric.interim_of:
        return compared(scenario, metric_of(scenario, parents(metric)[0]))
    return metric.compared


def reading(scenario: Scenario, payment: Payment) -> Measure:
    """What a payment's schedule is a function of."""
    if payment.reads is not None:
        return payment.reads
    if payment.pays.per_unit is not None or payment.metric is None:
        return "units"
    metric = metric_of(scenario, payment.metric)
    if compared(scenario, metric):
        return "improvement"
    return "units" if metric.kind == "total" else "level"
