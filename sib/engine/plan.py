"""Compiles a scenario into a `Plan`: dates in order, and on each what falls due. All that the engine reads.

Everything that is the same on every path is worked out here, once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from sib.engine.dispersion import dispersion_from
from sib.engine.schedules import Curve, Floats
from sib.terms.beliefs import CountComparison, Effect, Evaluation
from sib.terms.calendar import DAYS_A_YEAR
from sib.terms.deal import Measure
from sib.terms.scenario import Scenario
from sib.terms.timetable import Instalment, instalments, payment_dates, served


@dataclass(frozen=True)
class MetricPlan:
    """A metric with the beliefs about it. Arrays have one value a cohort."""

    name: str
    sign: float  # +1 where more events are better, -1 where fewer are
    cohorts: tuple[str, ...]
    persons: Floats
    controls: int  # controls for each person
    mean: float  # events a person without the programme
    shape: float  # of the negative binomial; infinite for a Poisson
    effect: Effect
    evaluation: Evaluation


@dataclass(frozen=True)
class Claim:
    """A payment on one group of cohorts, at one date."""

    payment: int
    label: str
    metric: int
    members: tuple[int, ...]  # cohorts, by position in the metric
    levels: tuple[tuple[Measure, float], ...]
    unpaid: int | None  # count only the cohorts that this payment has not paid for
    reading: Measure
    curve: Curve
    limits: tuple[int, ...]


@dataclass(frozen=True)
class Cap:
    """A limit with one account for all cohorts, or one for each."""

    by_cohort: bool
    amount: float  # infinite where there is none
    growth: Floats  # dates: value at each date of one unit at the first, at the capped return; ones without
    spent: Floats  # (accounts, dates): costs so far, valued at the first date; infinite without a capped return


@dataclass(frozen=True)
class Step:
    """One date: the instalments and the claims that fall due."""

    costs: tuple[Instalment, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Plan:
    """A scenario, compiled. `years` counts from the first date, the scenario's start."""

    payer: str
    vehicle: str
    tranche: str
    committed: float
    drawn_at_start: bool
    discount_rate: float
    dates: tuple[dt.date, ...]
    years: Floats
    steps: tuple[Step, ...]
    metrics: tuple[MetricPlan, ...]
    payments: tuple[str, ...]
    caps: tuple[Cap, ...]

    @property
    def parties(self) -> tuple[str, ...]:
        """Every party of the ledger, each once."""
        payees = [cost.to for step in self.steps for cost in step.costs]
        return tuple(dict.fromkeys([self.payer, self.vehicle, self.tranche, *payees]))


def compile_plan(scenario: Scenario) -> Plan:
    """Compile a scenario."""
    tranche = scenario.tranches[0]
    costs = instalments(scenario)
    claims = _claims(scenario)
    dates = sorted({scenario.start, *(cost.date for cost in costs), *(day for day, _ in claims)})
    years = np.array([(day - scenario.start).days / DAYS_A_YEAR for day in dates])
    costs_on: dict[dt.date, list[Instalment]] = {}
    claims_on: dict[dt.date, list[Claim]] = {}
    for cost in costs:
        costs_on.setdefault(cost.date, []).append(cost)
    for day, claim in claims:
        claims_on.setdefault(day, []).append(claim)
    steps = tuple(Step(tuple(costs_on.get(day, ())), tuple(claims_on.get(day, ()))) for day in dates)
    return Plan(
        payer=scenario.outcome_payer,
        vehicle=scenario.vehicle,
        tranche=tranche.name,
        committed=tranche.amount,
        drawn_at_start=tranche.draws == "at start",
        discount_rate=scenario.beliefs.discount_rates[tranche.name],
        dates=tuple(dates),
        years=years,
        steps=steps,
        metrics=_metrics(scenario),
        payments=tuple(payment.name for payment in scenario.payments),
        caps=_caps(scenario, steps, years),
    )


def _metrics(scenario: Scenario) -> tuple[MetricPlan, ...]:
    cohorts = served(scenario)
    beliefs = scenario.beliefs
    return tuple(
        MetricPlan(
            name=metric.name,
            sign=1.0 if metric.better == "higher" else -1.0,
            cohorts=tuple(cohort.name for cohort in cohorts),
            persons=np.array([float(cohort.size) for cohort in cohorts]),
            controls=metric.compare.controls,
            mean=beliefs.comparison[metric.name].mean,
            shape=_shape(beliefs.comparison[metric.name]),
            effect=beliefs.effects[metric.name],
            evaluation=beliefs.evaluation.get(metric.name, Evaluation()),
        )
        for metric in scenario.metrics
    )


def _shape(comparison: CountComparison) -> float:
    if comparison.shape is not None:
        return comparison.shape
    if comparison.share_with_any is not None:
        return dispersion_from(comparison.mean, comparison.share_with_any)
    return np.inf


def _claims(scenario: Scenario) -> list[tuple[dt.date, Claim]]:
    """All claims with their dates; those of one date in the order of the file (convention 5)."""
    payments = [payment.name for payment in scenario.payments]
    metrics = [metric.name for metric in scenario.metrics]
    cohorts = [cohort.name for cohort in served(scenario)]
    claims = []
    for index, payment in enumerate(scenario.payments):
        for members, day in payment_dates(scenario, payment).items():
            label = f"{payment.name}, cohort {members[0]}" if payment.scope == "cohort" else payment.name
            claim = Claim(
                payment=index,
                label=label,
                metric=metrics.index(payment.metric),
                members=tuple(cohorts.index(name) for name in members),
                levels=tuple(payment.when.levels().items()),
                unpaid=None if payment.when.unpaid is None else payments.index(payment.when.unpaid),
                reading=payment.reading,
                curve=Curve.of(payment.pays),
                limits=tuple(i for i, limit in enumerate(scenario.limits) if payment.name in limit.on),
            )
            claims.append((day, claim))
    return claims


def _caps(scenario: Scenario, steps: tuple[Step, ...], years: Floats) -> tuple[Cap, ...]:
    """The limits. A cost of the whole deal counts for each cohort in proportion to its size."""
    cohorts = served(scenario)
    persons = sum(cohort.size for cohort in cohorts)
    caps = []
    for limit in scenario.limits:
        by_cohort = limit.scope == "cohort"
        spent = np.full((len(cohorts) if by_cohort else 1, len(years)), np.inf)
        growth = np.ones(len(years))
        if limit.annual_return is not None:
            growth = (1.0 + limit.annual_return) ** years
            shares = [{None: cohort.size / persons, cohort.name: 1.0} if by_cohort else None for cohort in cohorts][
                : len(spent)
            ]
            for account, share in enumerate(shares):
                paid = [
                    sum(cost.amount * (1.0 if share is None else share.get(cost.cohort, 0.0)) for cost in step.costs)
                    for step in steps
                ]
                spent[account] = np.cumsum(np.array(paid) / growth)
        amount = np.inf if limit.amount is None else limit.amount
        caps.append(Cap(by_cohort=by_cohort, amount=amount, growth=growth, spent=spent))
    return tuple(caps)
