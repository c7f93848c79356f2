"""Compiles a scenario into a `Contract`: dates in order, and on each what falls due, with what it depends on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from sib.arrays import Floats
from sib.scenario.reading import reading
from sib.scenario.rules.money import remaining, takers
from sib.scenario.scenario import Scenario
from sib.scenario.timetable import Claim as Occasion
from sib.scenario.timetable import claims, instalments, metric_of, profiles, reporting, results, served, tested_alike
from sib.settlement.contract import Cap, Claim, Contract, Fee, Pool, Redemption, Reported, Step, TrancheTerms, Trigger
from sib.settlement.schedules import Curve
from sib.terms.calendar import DAYS_A_YEAR, add_months
from sib.terms.capital import Tranche
from sib.terms.deal import Event
from sib.terms.metric import Metric
from sib.terms.payment import Payment


def compile_contract(scenario: Scenario) -> Contract:
    """Compile what is paid."""
    costs = instalments(scenario)
    pools, pool_of = _pools(scenario)
    due = [
        (occasion, _claim(scenario, index, payment, occasion, pool_of))
        for index, payment in enumerate(scenario.payments)
        for occasion in claims(scenario, payment)
    ]
    kept = scenario.receipts_pay_costs_until
    scheduled = [day for tranche in scenario.tranches for day, _ in tranche.repaid_on or ()]
    days = {scenario.start, *(cost.date for cost in costs), *(occasion.date for occasion, _ in due), *scheduled}
    days |= {event.date for event in scenario.events if event.redeems or not event.certain}
    days |= {day for occasion, claim in due for day in _arrivals(scenario, claim, occasion.date)}
    dates = tuple(sorted(days | ({kept} if kept else set())))
    years = np.array([_years(scenario, day) for day in dates])
    uncertain = [event for event in scenario.events if not event.certain]
    due = [
        (occasion, replace(claim, arrivals=tuple(map(dates.index, _arrivals(scenario, claim, occasion.date)))))
        for occasion, claim in due
    ]
    steps = tuple(
        Step(
            triggers=tuple(
                i for i, e in enumerate(uncertain) if e.date == day or (e.until is not None and e.date <= day)
            ),
            redemptions=tuple(_redemptions(scenario, day, uncertain)),
            costs=tuple(cost for cost in costs if cost.date == day),
            claims=tuple(claim for occasion, claim in due if occasion.date == day),
            arrivals=tuple(
                (claim, delay) for _, claim in due for delay, date in enumerate(claim.arrivals) if dates[date] == day
            ),
        )
        for day in dates
    )
    return Contract(
        payers=payers_of(scenario),
        vehicle=scenario.vehicle,
        tranches=tuple(_tranche(scenario, tranche, dates, years) for tranche in scenario.tranches),
        dates=dates,
        years=years,
        steps=steps,
        metrics=tuple(_reported(scenario, metric) for metric in scenario.metrics),
        payments=tuple(payment.name for payment in scenario.payments),
        caps=_caps(scenario, steps, years),
        triggers=tuple(_trigger(scenario, event) for event in uncertain),
        pools=pools,
        winding_up=_pool(scenario, None),
        kept_until=None if kept is None else dates.index(kept),
        parties=parties_of(scenario),
    )


def _reported(scenario: Scenario, metric: Metric) -> Reported:
    names = tuple(result.name for result in results(scenario, metric))
    return Reported(metric.name, reporting(scenario, metric).by_period, names)


def _arrivals(scenario: Scenario, claim: Claim, decided: dt.date) -> tuple[dt.date, ...]:
    """The dates to which the delays of a claim's metric take it."""
    if claim.metric is None:
        return ()
    delay = scenario.beliefs.delays.get(scenario.metrics[claim.metric].name)
    return () if delay is None else tuple(add_months(decided, months) for months in delay.months)


def shares_of(scenario: Scenario, payment: Payment) -> tuple[tuple[str, float], ...]:
    """Who pays a payment, and in which shares."""
    return tuple(payment.payers.items()) or ((payment.payer or scenario.outcome_payer, 1.0),)


def payers_of(scenario: Scenario) -> tuple[str, ...]:
    """Everybody who pays for outcomes, each once; the outcome payer first."""
    others = [name for payment in scenario.payments for name, _ in shares_of(scenario, payment)]
    return tuple(dict.fromkeys([scenario.outcome_payer, *others]))


def parties_of(scenario: Scenario) -> tuple[str, ...]:
    """Every party of the ledger, each once."""
    found = [*payers_of(scenario), scenario.vehicle, *(tranche.name for tranche in scenario.tranches)]
    found += [cost.to for cost in scenario.costs]
    found += [name for payment in scenario.payments for name in (payment.to, payment.owed_by) if name]
    found += [tranche.guarantee.by for tranche in scenario.tranches if tranche.guarantee]
    found += [name for remainder in scenario.remainders for name in remainder.shares]
    found += [event.paid_by for event in scenario.events if event.paid_by]
    return tuple(dict.fromkeys(found))


def _claim(scenario: Scenario, index: int, payment: Payment, occasion: Occasion, pool_of: dict[str, int]) -> Claim:
    payments = [p.name for p in scenario.payments]
    tranches = [t.name for t in scenario.tranches]
    metrics = [m.name for m in scenario.metrics]
    to = payment.to or scenario.vehicle
    of = payment.of
    own = None if payment.metric is None else metrics.index(payment.metric)
    return Claim(
        payment=index,
        label=occasion.label,
        metric=own,
        members=occasion.results,
        single=payment.scope in ("cohort", "period"),
        alike=frozenset(i for i, other in enumerate(scenario.payments) if tested_alike(scenario, payment, other)),
        tests=tuple((own, occasion.results, m, x) for m, x in payment.when.levels().items() if own is not None),
        others=tuple(
            (metrics.index(name), _known_with(scenario, payment, name, occasion), measure, level)
            for name, levels in payment.when.others.items()
            for measure, level in levels.levels().items()
        ),
        unpaid=None if payment.when.unpaid is None else payments.index(payment.when.unpaid),
        made=tuple(payments.index(name) for name in payment.when.made or ()),
        not_made=tuple(payments.index(name) for name in payment.when.not_made or ()),
        reading=reading(scenario, payment),
        curve=Curve.of(payment.pays),
        principal=tranches.index(of.principal) if of is not None and of.principal is not None else None,
        instalment=occasion.instalment,
        years=None if of is None else of.years,
        compounds=of is not None and of.compounds,
        less=tuple(payments.index(name) for name in payment.less or ()),
        ceilings=_ceilings(scenario, payment),
        limits=tuple(
            i
            for i, limit in enumerate(scenario.limits)
            if payment.name in limit.on and (limit.amount is not None or limit.annual_return is not None)
        ),
        payers=shares_of(scenario, payment),
        to=to,
        tranche=tranches.index(to) if to in tranches else None,
        repays=payment.repays,
        pool=pool_of.get(payment.name) if payment.to is None else None,
        owed_by=payment.owed_by,
        arrivals=(),
    )


def _known_with(scenario: Scenario, payment: Payment, name: str, occasion: Occasion) -> tuple[int, ...]:
    """The results of another metric that a condition is tested on: the same ones, or all that are known by then."""
    other = results(scenario, metric_of(scenario, name))
    if payment.metric is not None and payment.scope in ("cohort", "period"):
        mine = results(scenario, metric_of(scenario, payment.metric))[occasion.results[0]].name
        same = tuple(i for i, result in enumerate(other) if result.name == mine)
        if same:
            return same
    return known_by(scenario, name, occasion.date)


def known_by(scenario: Scenario, name: str, day: dt.date) -> tuple[int, ...]:
    """The results of a metric that are published by a day; of a cumulative one the last."""
    metric = metric_of(scenario, name)
    found = tuple(i for i, result in enumerate(results(scenario, metric)) if result.date <= day)
    return found[-1:] if reporting(scenario, metric).cumulative else found


def _ceilings(scenario: Scenario, payment: Payment) -> tuple[tuple[frozenset[int], float], ...]:
    """What is due for one more person who had reached these milestones before, under ceilings a person."""
    metrics = [m.name for m in scenario.metrics]
    prices = {p.name: p.pays.per_unit or 0.0 for p in scenario.payments}
    about = {p.name: p.metric for p in scenario.payments}
    limits = [limit for limit in scenario.limits if payment.name in limit.on and limit.per_person is not None]
    if not limits or payment.metric is None:
        return ()
    mine = metrics.index(payment.metric)
    found: dict[frozenset[int], float] = {}
    for before in profiles(scenario):
        if mine in before:
            continue
        due = prices[payment.name]
        for limit in limits:
            paid = sum(prices[name] for name in limit.on if about[name] in {metrics[i] for i in before})
            most = limit.per_person or 0.0
            due = min(due, max(min(paid + prices[payment.name], most) - min(paid, most), 0.0))
        found[before] = due
    return tuple(found.items())


def _trigger(scenario: Scenario, event: Event) -> Trigger:
    levels = event.when or event.unless
    known = () if event.metric is None else known_by(scenario, event.metric, event.date)
    firsts: dict[str, float] = {}
    for metric in scenario.metrics if event.until is not None else ():
        for result in results(scenario, metric):
            years = _years(scenario, result.date)
            firsts[result.name] = min(years, firsts.get(result.name, years))
    return Trigger(
        name=event.name,
        metric=None if event.metric is None else [m.name for m in scenario.metrics].index(event.metric),
        members=known,
        levels=tuple(levels.levels().items()) if levels is not None else (),
        if_reached=event.when is not None,
        cohorts=frozenset(event.cohorts),
        costs=frozenset(event.costs),
        payments=frozenset([p.name for p in scenario.payments].index(name) for name in event.payments),
        opens=_years(scenario, event.date),
        closes=_years(scenario, event.until or event.date),
        first_results=firsts,
    )


def _years(scenario: Scenario, day: dt.date) -> float:
    return (day - scenario.start).days / DAYS_A_YEAR


def _redemptions(scenario: Scenario, day: dt.date, uncertain: list[Event]) -> Iterable[Redemption]:
    tranches = [t.name for t in scenario.tranches]
    for event in scenario.events:
        if event.date == day or (event.until is not None and event.date <= day):
            trigger = None if event.certain else uncertain.index(event)
            for name, share in event.redeems.items():
                payer = event.paid_by or scenario.outcome_payer
                yield Redemption(event.name, trigger, tranches.index(name), share, payer)


def _tranche(scenario: Scenario, tranche: Tranche, dates: tuple[dt.date, ...], years: Floats) -> TrancheTerms:
    due = np.ones(len(dates))
    if tranche.repaid_on is not None:
        due = np.array([sum(share for day, share in tranche.repaid_on if day <= date) for date in dates])
        due[-1] = 1.0
    cap, guarantee = tranche.return_cap, tranche.guarantee
    rate = None if cap is None else cap.annual_return
    return TrancheTerms(
        name=tranche.name,
        committed=tranche.amount,
        at_start=tranche.draws == "at start",
        draw_rank=tranche.draw_rank,
        rank=tranche.rank if tranche.ranked else None,
        interest=tranche.interest,
        compounds=tranche.compounds,
        due=due,
        multiple=np.inf if cap is None or cap.multiple is None else cap.multiple,
        growth=None if rate is None else (1.0 + rate) ** years,
        guarantor=None if guarantee is None else guarantee.by,
        covers=None if guarantee is None else Curve.of(guarantee.covers),
        tops_up=guarantee is not None and guarantee.tops_up,
        discount_rate=scenario.beliefs.discount_rates[tranche.name],
    )


def _pools(scenario: Scenario) -> tuple[tuple[Pool, ...], dict[str, int]]:
    """The pools of what goes to the vehicle, and which pool each payment goes to."""
    found: dict[Pool, int] = {}
    pool_of = {}
    for payment in scenario.payments:
        if payment.to is None:
            pool_of[payment.name] = found.setdefault(_pool(scenario, payment.name), len(found))
    return tuple(found), pool_of


def repaid_from(scenario: Scenario, payment: str | None) -> list[Tranche]:
    """The tranches that a payment repays; all for what is left of the capital at the end."""
    return takers(scenario, payment) if payment is not None else [t for t in scenario.tranches if t.kind != "grant"]


def remains_to(scenario: Scenario, payment: str | None) -> dict[str, float]:
    """Who gets what remains of a payment once all who are repaid from it have been; empty where nobody does."""
    written = remaining(scenario, payment)
    repaid = repaid_from(scenario, payment)
    if written or payment is not None:
        return written or {repaid[0].name: 1.0}
    own = repaid or list(scenario.tranches)  # their own money coming back
    total = sum(tranche.amount for tranche in own)
    return {tranche.name: tranche.amount / total for tranche in own}


def _pool(scenario: Scenario, payment: str | None) -> Pool:
    tranches = [t.name for t in scenario.tranches]
    takers = [t for t in repaid_from(scenario, payment) if t.ranked]
    deferred = [cost for cost in scenario.costs if cost.rank is not None] if payment is not None else []
    ranks = sorted({t.rank for t in takers} | {cost.rank for cost in deferred if cost.rank is not None})
    return Pool(
        ranks=tuple(
            (
                tuple(tranches.index(t.name) for t in takers if t.rank == rank),
                tuple(Fee(cost.name, cost.to) for cost in deferred if cost.rank == rank),
            )
            for rank in ranks
        ),
        remainder=tuple(
            (name, share, tranches.index(name) if name in tranches else None)
            for name, share in remains_to(scenario, payment).items()
        ),
    )


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
                    sum(
                        cost.amount * (1.0 if share is None else share.get(cost.cohort, 0.0))
                        for cost in step.costs
                        if cost.rank is None
                    )
                    for step in steps
                ]
                spent[account] = np.cumsum(np.array(paid) / growth)
        amount = np.inf if limit.amount is None else limit.amount
        caps.append(Cap(by_cohort=by_cohort, amount=amount, growth=growth, spent=spent, payer=limit.payer))
    return tuple(caps)
