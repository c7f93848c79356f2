"""Compiles a scenario into a `Contract`: dates in order, and on each what falls due, with what it depends on.

When something falls due is known from the scenario's timetable. Here dates become steps, and names positions. Tranches
and who gets what remains are compiled in `compile_capital.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np

from sib.arrays import Floats
from sib.scenario.scenario import Scenario
from sib.scenario.terms import Terms
from sib.scenario.timetable import Instalment, Timetable
from sib.settlement.compile_capital import pool_for, pools_of, targets_of, tranche_terms
from sib.settlement.compile_ceilings import Ceilings
from sib.settlement.contract import Cap, Claim, Contract, Redemption, Reported, Step, Test, Trigger
from sib.settlement.schedules import Curve
from sib.terms.calendar import DAYS_A_YEAR, add_months
from sib.terms.deal import Event
from sib.terms.levels import Levels
from sib.terms.payment import Payment
from sib.terms.schedule import Schedule


@dataclass(frozen=True)
class _Positions:
    """Where each metric, payment, limit and tranche stands in the file, by its name."""

    metrics: dict[str, int]
    payments: dict[str, int]
    limits: dict[str, int]
    tranches: dict[str, int]
    alike: dict[str, frozenset[int]]  # payments that are tested one by one on the same cohorts or periods

    @classmethod
    def of(cls, terms: Terms, timetable: Timetable) -> Self:
        """The positions in a scenario."""
        payments = {payment.name: position for position, payment in enumerate(terms.payments)}
        groups = {names: frozenset(payments[name] for name in names) for names in set(timetable.alike.values())}
        return cls(
            {metric.name: position for position, metric in enumerate(terms.metrics)},
            payments,
            {limit.name: position for position, limit in enumerate(terms.limits)},
            {tranche.name: position for position, tranche in enumerate(terms.tranches)},
            {name: groups[names] for name, names in timetable.alike.items()},
        )


def compile_contract(scenario: Scenario) -> Contract:
    """Compile what is paid."""
    timetable, at = scenario.timetable, _Positions.of(scenario, scenario.timetable)
    dates = _dates(scenario)
    step_of = {day: step for step, day in enumerate(dates)}
    years = np.array([_years(scenario, day) for day in dates])
    targets = targets_of(scenario)
    pools, pool_of = pools_of(scenario, at.tranches, targets)
    ceilings = Ceilings(scenario)
    claims = [
        claim
        for payment in scenario.payments
        for claim in _claims(scenario, payment, at, pool_of.get(payment.name), ceilings, step_of)
    ]
    uncertain = [event for event in scenario.events if not event.certain]
    steps = _steps(scenario, claims, uncertain, at, step_of)
    kept = scenario.receipts_pay_costs_until
    return Contract(
        payers=timetable.payers,
        vehicle=scenario.vehicle,
        tranches=tuple(tranche_terms(scenario, one, dates, years, targets) for one in scenario.tranches),
        dates=dates,
        years=years,
        steps=steps,
        metrics=tuple(
            Reported(name, timetable.reporting(name).by_period, timetable.result_names(name)) for name in at.metrics
        ),
        payments=tuple(at.payments),
        caps=_caps(scenario, steps, years, at.tranches),
        ceilings=ceilings.all,
        prices=ceilings.prices,
        triggers=tuple(_triggers(scenario, at, uncertain)),
        pools=pools,
        winding_up=pool_for(scenario, None, at.tranches, targets),
        kept_until=None if kept is None else step_of[kept],
        parties=timetable.parties,
    )


# Dates


def _dates(scenario: Scenario) -> tuple[dt.date, ...]:
    """Every date on which something is decided or falls due, in order."""
    days = {scenario.start, *(instalment.date for instalment in scenario.timetable.instalments)}
    for payment in scenario.payments:
        for occasion in scenario.timetable.occasions(payment.name):
            days |= {occasion.date, *_arrivals(scenario, payment, occasion.date)}
    days |= {day for tranche in scenario.tranches for day in tranche.falls_due}
    days |= {event.date for event in scenario.events if event.redeems or not event.certain}
    if scenario.receipts_pay_costs_until is not None:
        days.add(scenario.receipts_pay_costs_until)
    return tuple(sorted(days))


def _arrivals(scenario: Scenario, payment: Payment, decided: dt.date) -> tuple[dt.date, ...]:
    """The dates to which the delays of a payment's metric take it; none where it is paid at once."""
    delay = None if payment.metric is None else scenario.beliefs.delays.get(payment.metric)
    return () if delay is None else tuple(add_months(decided, months) for months in delay.months)


def _years(scenario: Scenario, day: dt.date) -> float:
    return (day - scenario.start).days / DAYS_A_YEAR


def _steps(
    scenario: Scenario,
    claims: Iterable[tuple[int, Claim]],
    uncertain: Sequence[Event],
    at: _Positions,
    step_of: Mapping[dt.date, int],
) -> tuple[Step, ...]:
    """What is decided and falls due on each date, in the order of the file."""
    every = range(len(step_of))
    triggers: list[list[int]] = [[] for _ in every]
    redemptions: list[list[Redemption]] = [[] for _ in every]
    costs: list[list[Instalment]] = [[] for _ in every]
    due: list[list[Claim]] = [[] for _ in every]
    arrivals: list[list[tuple[Claim, int]]] = [[] for _ in every]
    trigger_of = {event.name: trigger for trigger, event in enumerate(uncertain)}
    for event in sorted(scenario.events, key=lambda event: event.date):  # the first that happens redeems
        trigger = trigger_of.get(event.name)
        if trigger is None and not event.redeems:
            continue  # what ends for certain is not in the timetable
        payer = event.paid_by or scenario.outcome_payer
        redeemed = [Redemption(event.name, trigger, at.tranches[t], share, payer) for t, share in event.redeems.items()]
        first = step_of[event.date]
        for step in range(
            first, first + 1 if event.until is None else len(step_of)
        ):  # on its date, or on any from it on
            redemptions[step] += redeemed
            triggers[step] += [] if trigger is None else [trigger]
    for instalment in scenario.timetable.instalments:
        costs[step_of[instalment.date]].append(instalment)
    for step, claim in claims:
        due[step].append(claim)
        for delay, arrives in enumerate(claim.arrivals):
            arrivals[arrives].append((claim, delay))
    return tuple(
        Step(tuple(triggers[i]), tuple(redemptions[i]), tuple(costs[i]), tuple(due[i]), tuple(arrivals[i]))
        for i in every
    )


def _triggers(scenario: Scenario, at: _Positions, uncertain: Sequence[Event]) -> Iterator[Trigger]:
    """The events that may or may not happen."""
    timetable, position = scenario.timetable, {event.name: i for i, event in enumerate(uncertain)}
    firsts: dict[str, float] = {}  # of each cohort or period the first result
    for metric in scenario.metrics if any(event.until is not None for event in uncertain) else ():
        for result in timetable.results(metric.name):
            years = _years(scenario, result.date)
            firsts[result.name] = min(years, firsts.get(result.name, years))
    for event in uncertain:
        yield Trigger(
            name=event.name,
            any_day=event.until is not None,
            tests=_tests(at, event.metric, timetable.decided_on(event), event.when or event.unless),
            if_reached=event.unless is None,
            instead_of=tuple(position[name] for name in timetable.instead_of("events", event.name)),
            cohorts=frozenset(event.cohorts),
            costs=frozenset(event.costs),
            payments=frozenset(at.payments[name] for name in event.payments),
            opens=_years(scenario, event.date),
            closes=_years(scenario, event.until or event.date),
            first_results=firsts if event.until is not None else {},
        )


def _tests(at: _Positions, metric: str | None, results: tuple[int, ...], levels: Levels | None) -> tuple[Test, ...]:
    """What some results of a metric have to be."""
    if metric is None or levels is None:
        return ()
    return tuple(Test(at.metrics[metric], results, one.measure, one.level, one.end) for one in levels.bounds())


# Payments


def _claims(
    scenario: Scenario,
    payment: Payment,
    at: _Positions,
    pool: int | None,
    ceilings: Ceilings,
    step_of: Mapping[dt.date, int],
) -> Iterator[tuple[int, Claim]]:
    """The claims of one payment, each with the step on which it falls due."""
    timetable, of = scenario.timetable, payment.of
    metric = None if payment.metric is None else at.metrics[payment.metric]
    to = payment.to or scenario.vehicle
    claim = partial(  # what is the same on every occasion
        Claim,
        payment=at.payments[payment.name],
        metric=metric,
        single=payment.scope in ("cohort", "period"),
        alike=at.alike.get(payment.name, frozenset()),
        unpaid=None if payment.when.unpaid is None else at.payments[payment.when.unpaid],
        made=tuple(at.payments[name] for name in payment.when.made or ()),
        not_made=tuple(at.payments[name] for name in payment.when.not_made or ()),
        repaid=tuple(
            (at.tranches[name], repaid)
            for names, repaid in ((payment.when.repaid, True), (payment.when.not_repaid, False))
            for name in names or ()
        ),
        instead_of=tuple(at.payments[name] for name in timetable.instead_of("payments", payment.name)),
        reading=timetable.reads(payment.name),
        principal=at.tranches[of.principal] if of is not None and of.principal is not None else None,
        cut_from=at.payments[of.cut_from] if of is not None and of.cut_from is not None else None,
        due_to=at.tranches[of.due_to] if of is not None and of.due_to is not None else None,
        years=None if of is None else of.years,
        compounds=of is not None and of.compounds,
        less=tuple(at.payments[name] for name in payment.less or ()),
        ceilings=ceilings.on(payment.name),
        limits=tuple(at.limits[limit.name] for limit in timetable.limits_on(payment.name) if limit.in_money),
        payers=tuple(timetable.shares(payment.name).items()),
        to=to,
        tranche=at.tranches.get(to),
        repays=payment.repays,
        pool=pool,
        owed_by=payment.owed_by,
    )
    curves: dict[Schedule, Curve] = {}
    last, curve = None, None
    above = timetable.instead_of("payments", payment.name)
    for occasion in timetable.occasions(payment.name):
        if any(occasion.results in timetable.ended_early(other) for other in above):
            continue  # what it falls back on has been ended, which opens no other
        pays = payment.pays.on(occasion.priced)
        if curve is None or pays is not last:  # most stay as they are: no need to read all of it again
            last, curve = pays, curves.get(pays) or curves.setdefault(pays, Curve.of(pays))
        yield (
            step_of[occasion.date],
            claim(
                label=occasion.label,
                members=occasion.results,
                occasion=() if payment.scope == "pooled" else occasion.results,
                curve=curve,
                tests=_tests(at, payment.metric, occasion.results, payment.when),
                others=tuple(
                    test
                    for name, levels in payment.when.others.items()
                    for test in _tests(at, name, timetable.tested_on(payment, name, occasion), levels)
                ),
                instalment=occasion.instalment,
                arrivals=tuple(step_of[day] for day in _arrivals(scenario, payment, occasion.date)),
            ),
        )


# Limits


def _caps(scenario: Scenario, steps: tuple[Step, ...], years: Floats, tranches: Mapping[str, int]) -> tuple[Cap, ...]:
    """The limits, each with an account for all cohorts or one for each."""
    caps = []
    for limit in scenario.limits:
        by_cohort = limit.scope == "cohort"
        accounts = len(scenario.timetable.served) if by_cohort else 1
        spent = np.full((accounts, len(years)), np.inf)
        growth = np.ones(len(years))
        if limit.return_on_costs is not None:
            growth = (1.0 + limit.return_on_costs) ** years
            spent = np.cumsum(_costs(scenario, steps, by_cohort=by_cohort) / growth, axis=1)
        amount = np.inf if limit.amount is None else limit.amount
        owed_to = tuple(tranches[name] for name in limit.until_repaid or ())
        caps.append(Cap(by_cohort, amount, growth, spent, limit.payer, owed_to))
    return tuple(caps)


def _costs(scenario: Scenario, steps: Sequence[Step], *, by_cohort: bool) -> Floats:
    """What is spent on each date, (accounts, dates). A cost of the whole deal counts for cohorts by their sizes."""
    cohorts = scenario.timetable.served
    persons = sum(cohort.size for cohort in cohorts)
    shares = np.array([cohort.size / persons for cohort in cohorts]) if by_cohort else np.ones(1)
    account = {cohort.name: i for i, cohort in enumerate(cohorts)}
    paid = np.zeros((len(shares), len(steps)))
    for date, step in enumerate(steps):
        for cost in step.costs:
            if cost.rank is not None:
                continue
            if cost.cohort is None or not by_cohort:
                paid[:, date] += cost.amount * shares
            elif cost.cohort in account:
                paid[account[cost.cohort], date] += cost.amount
    return paid
