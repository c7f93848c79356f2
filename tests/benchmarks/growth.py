"""Deals by size: how the work of loading, compiling, settling and checking one grows with what it says.

`python -m tests.benchmarks.growth [NAME ...]` prints, for each way in which a deal can be long, the seconds of each
stage by size, and the slopes on log-log; 1 is in proportion. `tests/test_growth.py` holds small ones to their slopes.
"""

from __future__ import annotations

import datetime as dt
import gc
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sib
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

Data = dict[str, Any]

START: Final = dt.date(2020, 1, 1)
LATER: Final = {"months_after_enrolment": 12}


def monthly(times: int) -> Data:
    """Results a month, so many."""
    return {"first": dt.date(2020, 1, 31), "every_months": 1, "times": times}


def cohorts(number: int, size: int = 100) -> list[Data]:
    """Cohorts that enrol one after the other, for a year each."""
    return [
        {"name": f"c{i}", "size": size, "enrol": {"starts": dt.date(2020 + i % 20, 1 + i % 12, 1), "months": 12}}
        for i in range(number)
    ]


def total(name: str, reported: Data | None = None, **more: Any) -> Data:
    """Verified units."""
    return {"name": name, "kind": "total", "better": "higher", "reported": reported or LATER, **more}


def price(name: str, metric: str, scope: str = "cohort", **more: Any) -> Data:
    """A price for each unit."""
    return {"name": name, "metric": metric, "scope": scope, "pays": {"per_unit": 1.0}, **more}


def fixed(name: str, **more: Any) -> Data:
    """A payment on a day, whatever happens."""
    return {"name": name, "pays": {"amount": 10}, "due": {"dates": [dt.date(2025, 1, 1)]}, **more}


def loan(name: str = "lender", **more: Any) -> Data:
    """A tranche."""
    return {"name": name, "amount": 1_000_000, **more}


def deal(**more: Any) -> Data:
    """A deal of these tables; one loan, and a cost of the whole deal."""
    found: Data = {
        "name": "growth",
        "summary": "a deal of some size",
        "currency": "EUR",
        "start": START,
        "outcome_payer": "city",
        "tranches": [loan()],
        "costs": [{"name": "service", "to": "provider", "per": "deal", "amount": 1_000, "starts": START}],
    }
    found |= more
    believed: Data = {"discount_rates": {one["name"]: 0.05 for one in found["tranches"]}}
    levels = {one["name"]: 0.5 if one.get("once") else 10.0 for one in found.get("metrics", []) if "parts" not in one}
    believed |= {"levels": levels} if levels else {}
    found["beliefs"] = believed | found.get("beliefs", {})
    if len(found["tranches"]) > 1:
        found.setdefault("remainders", [{"name": "rest", "shares": {"city": 1.0}}])
    return found


# What a deal can be long in. Each is in proportion to the number that it is given, up to the limit of the language.


def cohorts_with_three_payments(n: int) -> Data:
    """Cohorts, each tested under three payments."""
    metrics = [total(f"m{i}") for i in range(3)]
    return deal(cohorts=cohorts(n), metrics=metrics, payments=[price(f"p{i}", f"m{i}") for i in range(3)])


def costs_a_cohort(n: int) -> Data:
    """Cohorts, each with four instalments of a cost."""
    cost = {"name": "service", "to": "provider", "per": "cohort", "amount": 10, "instalments": 4}
    return deal(cohorts=cohorts(n), metrics=[total("m")], payments=[price("p", "m", "pooled")], costs=[cost])


def periods(n: int) -> Data:
    """Months, each paid for."""
    return deal(metrics=[total("m", monthly(n))], payments=[price("p", "m", "period")])


def periods_to_date(n: int) -> Data:
    """Months, each paid for to date, less what was paid before."""
    to_date = price("p", "m", "to date", less=["p"])
    return deal(metrics=[total("m", {**monthly(n), "cumulative": True})], payments=[to_date])


def months_and_payments(n: int, limits: int = 0) -> Data:
    """Payments, each on 60 months of one metric, all of them under so many limits."""
    payments = [price(f"p{i}", "m", "period") for i in range(n)]
    each = [{"name": f"l{i}", "amount": 1_000} for i in range(limits)]
    return deal(metrics=[total("m", monthly(60))], payments=payments, limits=each)


def months_and_metrics(n: int) -> Data:
    """Metrics of 60 months, each with its payment."""
    metrics = [total(f"m{i}", monthly(60)) for i in range(n)]
    return deal(metrics=metrics, payments=[price(f"p{i}", f"m{i}", "period") for i in range(n)])


def fixed_payments(n: int) -> Data:
    """Payments on a day."""
    return deal(payments=[fixed(f"p{i}") for i in range(n)])


def conditions(n: int) -> Data:
    """Payments, each made where the one before it has been."""
    metrics = [total("m")]
    chained = [price(f"p{i}", "m", when={"made": [f"p{i - 1}"]} if i else {}) for i in range(n)]
    return deal(cohorts=cohorts(2), metrics=metrics, payments=chained)


def fallbacks(n: int, long: int = 10) -> Data:
    """Payments, each made where the one before it was not open, so many in a row."""
    metrics = [total("m")]
    chain = [
        price(f"p{i}", "m", when={"level": 1 + n - i}, **({"fallback_for": f"p{i - 1}"} if i % long else {}))
        for i in range(n)
    ]
    return deal(cohorts=cohorts(2), metrics=metrics, payments=chain)


def funnels(n: int, reported: Data | None = None, long: int = 20) -> Data:
    """Milestones, each reached only by those who reached the one before, so many in a row."""
    follows: Data = {"kind": "total", "better": "higher", "once": True}
    metrics = [
        {"name": f"m{i}", **follows, "among": f"m{i - 1}"} if i % long else total(f"m{i}", reported, once=True)
        for i in range(n)
    ]
    return deal(cohorts=cohorts(2), metrics=metrics, payments=[price("p", f"m{n - 1}", "pooled")])


def funnels_backwards(n: int) -> Data:
    """The same, the last of them first in the file."""
    data = funnels(n)
    return data | {"metrics": data["metrics"][::-1]}


def indices_of_indices(n: int) -> Data:
    """Indices of two indices of two indices of something measured, and one of all of these."""
    metrics, index = [total("m")], {"kind": "index", "better": "higher"}
    for i in range(n):
        part = {"metric": f"m{i - i % 3 + (i - 1) % 3}" if i % 3 else "m", "weight": 0.5}
        reads = [{**part, "reads": "level"}, {**part, "reads": "level" if i % 3 else "units"}]
        metrics.append({"name": f"m{i}", **index, "parts": reads})
    parts = [{"metric": f"m{i}", "reads": "level", "weight": 1 / n} for i in range(2, n, 3)]
    metrics.append({"name": "all", **index, "parts": parts})
    return deal(cohorts=cohorts(2), metrics=metrics, payments=[price("p", "all", pays={"steps": [[1, 1]]})])


def indices_in_a_row(n: int, parts: int = 2) -> Data:
    """Indices, each the mean of so many parts, all of which are the one before: what is measured, again and again."""
    metrics = [total("m0")]
    for i in range(1, n + 1):
        part = {"metric": f"m{i - 1}", "reads": "level", "weight": 1 / parts}
        metrics.append({"name": f"m{i}", "kind": "index", "better": "higher", "parts": [part] * parts})
    return deal(cohorts=cohorts(2), metrics=metrics, payments=[price("p", f"m{n}", pays={"nodes": [[0, 0], [9, 9]]})])


def parts_of_an_index(n: int) -> Data:
    """Metrics that one index adds up."""
    metrics = [total(f"m{i}") for i in range(n)]
    parts = [{"metric": f"m{i}", "reads": "units", "weight": 1} for i in range(n)]
    metrics.append({"name": "index", "kind": "index", "better": "higher", "parts": parts})
    return deal(cohorts=cohorts(2), metrics=metrics, payments=[price("p", "index", pays={"steps": [[1, 1]]})])


def metrics_of_months(n: int) -> Data:
    """Metrics of 60 months that nothing is paid for."""
    metrics = [total(f"m{i}", monthly(60)) for i in range(n)]
    return deal(metrics=metrics, payments=[price("p", "m0", "pooled")])


def limits(n: int) -> Data:
    """Limits, each on its own payment."""
    metrics, payments = [total("m")], [price(f"p{i}", "m") for i in range(n)]
    each = [{"name": f"l{i}", "on": [f"p{i}"], "amount": 100} for i in range(n)]
    return deal(cohorts=cohorts(2), metrics=metrics, payments=payments, limits=each)


def payers(n: int) -> Data:
    """Payers, each with a payment and a limit of its own."""
    names = [f"payer {i} of {n}, number {i * i}" for i in range(n)]
    payments = [price(f"p{i}", "m", payer=name) for i, name in enumerate(names)]
    each = [{"name": f"l{i}", "payer": name, "on": [f"p{i}"], "amount": 100} for i, name in enumerate(names)]
    return deal(cohorts=cohorts(2), metrics=[total("m")], payments=payments, limits=each, parties=names)


def ceilings(n: int) -> Data:
    """A ceiling a person over eight milestones, by month."""
    months = monthly(n)
    metrics = [total(f"m{i}", months, once=True) for i in range(8)]
    payments = [price(f"p{i}", f"m{i}", "period") for i in range(8)]
    ceiling = {"name": "a person", "per_person": 3, "on": [one["name"] for one in payments]}
    timing = {one["name"]: {"months": [1, 12]} for one in metrics}
    return deal(
        cohorts=cohorts(2, 10), metrics=metrics, payments=payments, limits=[ceiling], beliefs={"timing": timing}
    )


def milestones_under_a_ceiling(n: int) -> Data:
    """Milestones of cohorts under one ceiling a person, in funnels."""
    data = funnels(n)
    payments = [price(f"p{i}", f"m{i}") for i in range(n)]
    ceiling = {"name": "a person", "per_person": 3, "on": [one["name"] for one in payments]}
    return data | {"payments": payments, "limits": [ceiling]}


def tranches(n: int) -> Data:
    """Loans, by rank."""
    loans = [loan(f"t{i}", rank=i + 1) for i in range(n)]
    return deal(metrics=[total("m", monthly(60))], payments=[price("p", "m", "period")], tranches=loans)


def tiers(n: int) -> Data:
    """Tiers of what remains."""
    each: list[Data] = [
        {"shares": {"lender": 0.5, "city": 0.5}, "until": {"tranche": "lender", "multiple": 1 + (i + 1) / 10}}
        for i in range(n - 1)
    ]
    rest = [{"name": "rest", "tiers": [*each, {"shares": {"city": 1.0}}]}]
    return deal(metrics=[total("m", monthly(12))], payments=[price("p", "m", "period")], remainders=rest)


def instalments(n: int) -> Data:
    """Instalments of a cost, monthly."""
    cost = {"name": "service", "to": "provider", "per": "deal", "amount": 1_000, "starts": START}
    return deal(payments=[fixed("p")], costs=[{**cost, "instalments": n, "every_months": 1}])


def costs(n: int) -> Data:
    """Costs, each paid to somebody else."""
    each = [
        {"name": f"k{i}", "to": f"party {i} of {n}, number {i * i}", "per": "deal", "amount": 1, "starts": START}
        for i in range(n)
    ]
    return deal(payments=[fixed("p")], costs=each)


def repayments(n: int) -> Data:
    """Months on which a loan is repaid in equal parts, with its interest on the same days."""
    days = [(2020 * 12 + i + 1) for i in range(n)]
    due = [[dt.date(month // 12, month % 12 + 1, 1), 1 / n] for month in days]
    due[-1][1] = 1 - sum(share for _, share in due[:-1])
    lender = loan(interest=0.04, repaid_on=due, interest_on={"first": due[0][0], "every_months": 1, "times": n})
    return deal(payments=[fixed("p")], tranches=[lender])


def triggers(n: int) -> Data:
    """Events that may stop a payment, as a result has it."""
    payments = [price(f"p{i}", "m") for i in range(n)]
    event = {"metric": "first", "when": {"level": 5}, "date": dt.date(2043, 1, 1)}
    events = [{"name": f"e{i}", **event, "payments": [f"p{i}"]} for i in range(n)]
    return deal(cohorts=cohorts(2), metrics=[total("first"), total("m")], payments=payments, events=events)


def any_day(n: int) -> Data:
    """Events that may happen on any day, over 60 months."""
    event = {"date": START, "until": dt.date(2024, 12, 31), "costs": ["service"]}
    events = [{"name": f"e{i}", **event} for i in range(n)]
    return deal(
        metrics=[total("m", monthly(60))],
        payments=[price("p", "m", "period")],
        events=events,
        beliefs={"hazards": {one["name"]: 0.01 for one in events}},
    )


def steps_of_a_schedule(n: int) -> Data:
    """Steps of one schedule."""
    steps = [[i / n, i] for i in range(n)]
    return deal(cohorts=cohorts(2), metrics=[total("m")], payments=[price("p", "m", pays={"steps": steps})])


def items_of_a_rate_card(n: int) -> Data:
    """Items of a rate card, by cohort."""
    items = [{"metric": f"m{i}", "price": 1, "believed": 0.5} for i in range(n)]
    return deal(cohorts=cohorts(2), rate_cards=[{"name": "card", "reported": LATER, "items": items}])


def named_sources(n: int) -> Data:
    """Payments on a day, each with a source."""
    data = fixed_payments(n)
    return data | {"sources": {f"payments.p{i}.pays.amount": {"source": "the contract"} for i in range(n)}}


def cases(n: int) -> Data:
    """Cases of one figure each."""
    each = [{"name": f"x{i}", "changes": {"tranches.lender.amount": 2_000 + i}} for i in range(n)]
    return deal(payments=[fixed("p")], cases=each)


def rate_card_by_month(n: int) -> Data:
    """Items of a rate card, by month over five years: milestones that a person reaches on a date."""
    items = [{"metric": f"m{i}", "price": 1, "believed": 0.5} for i in range(n)]
    return deal(cohorts=cohorts(1), rate_cards=[{"name": "card", "reported": monthly(60), "items": items}])


def months_of_milestones(n: int) -> Data:
    """Months of a milestone that takes a while, and of one after it."""
    first = total("m0", monthly(n), once=True)
    second = {"name": "m1", "kind": "total", "better": "higher", "once": True, "among": "m0"}
    payments = [price("p0", "m0", "period"), price("p1", "m1", "period")]
    timing = {"m0": {"months": [1, 12]}, "m1": {"months": [1, 24], "pace_sd": 0.2}}
    return deal(cohorts=cohorts(2), metrics=[first, second], payments=payments, beliefs={"timing": timing})


def cohorts_by_month(n: int) -> Data:
    """Cohorts that reach a milestone by month, and one after it, on dates of their own, as many as come."""
    data = months_of_milestones(60)
    beliefs = {**data["beliefs"], "referrals": {"mean": 0.9, "sd": 0.1, "months_late": [0, 6]}}
    return data | {"cohorts": cohorts(n), "beliefs": beliefs}


def cohorts_under_a_limit_each(n: int) -> Data:
    """Cohorts, each under a cap on what the costs of it have earned."""
    data = costs_a_cohort(n)
    cap = {"name": "cap", "scope": "cohort", "return_on_costs": 0.1, "on": ["p", "p0"]}
    return data | {"payments": [price("p0", "m"), *data["payments"]], "limits": [cap]}


def cohorts_not_yet_paid_for(n: int) -> Data:
    """Cohorts, each tested early, and together for those not paid for."""
    metric = {"name": "m", "kind": "total", "better": "higher", "reported": LATER}
    early, late = price("early", "m", when={"units": 5}), price("late", "m", "pooled", when={"unpaid": "early"})
    return deal(cohorts=cohorts(n), metrics=[metric], payments=[early, late])


def cohorts_to_date(n: int) -> Data:
    """Cohorts, each paid for together with those before it."""
    return deal(cohorts=cohorts(n), metrics=[total("m")], payments=[price("p", "m", "to date", less=["p"])])


def months_so_far(n: int, payments: int = 1) -> Data:
    """Months, each paid for together with those before it, under each payment."""
    to_date = [price(f"p{i}", "m", "to date", less=[f"p{i}"]) for i in range(payments)]
    return deal(metrics=[total("m", monthly(n))], payments=to_date)


def months_under_conditions(n: int) -> Data:
    """Months paid for where another metric has been so high so far."""
    metrics = [total("m", monthly(n)), total("other", {"first": START, "every_months": 1, "times": n})]
    gate = {"others": {"other": {"units": 5}}}
    return deal(metrics=metrics, payments=[price("p", "m", "pooled"), price("q", "m", "to date", when=gate)])


def compared_cohorts(n: int) -> Data:
    """Cohorts that are compared with a matched group each."""
    metric = {
        "name": "m",
        "kind": "count",
        "better": "lower",
        "window_months": 6,
        "reported": LATER,
        "compare": {"design": "matched", "controls": 2},
    }
    beliefs = {"comparison": {"m": {"mean": 1.5, "shape": 0.7}}, "effects": {"m": 0.1}, "levels": {}}
    payments = [price("p", "m"), price("q", "m", "pooled", when={"confidence": 0.9})]
    return deal(cohorts=cohorts(n), metrics=[metric], payments=payments, beliefs=beliefs)


def compared(name: str, kind: str = "count", **more: Any) -> Data:
    """A metric that is compared with a matched group."""
    window = {"window_months": 6} if kind == "count" else {}
    compare = {"design": "matched", "controls": 2}
    return {"name": name, "kind": kind, "better": "lower", **window, "reported": LATER, "compare": compare, **more}


def counts_and_what_follows(n: int) -> Data:
    """Counts, each with an early result, a share with any event, and another estimate of it."""
    metrics: list[Data] = []
    for i in range(n):
        of = compared(f"m{i}")
        metrics += [
            of,
            {"name": f"early{i}", "kind": "count", "better": "lower", "window_months": 3, "interim_of": f"m{i}"}
            | {"reported": {"months_after_enrolment": 6}},
            {"name": f"any{i}", "kind": "proportion", "better": "lower", "with_any": f"m{i}"},
            of | {"name": f"again{i}", "same_as": f"m{i}", "compare": {"design": "randomised", "persons": 50}},
        ]
    names = [f"m{i}" for i in range(n)]
    beliefs = {
        "comparison": {name: {"mean": 1.5, "shape": 0.7} for name in names},
        "effects": dict.fromkeys(names, 0.1),
        "maturity": {f"early{i}": 0.5 for i in range(n)},
        "levels": {},
    }
    payments = [price("p", f"any{n - 1}"), price("q", f"again{n - 1}", when={"confidence": 0.9})]
    return deal(cohorts=cohorts(2), metrics=metrics, payments=payments, beliefs=beliefs)


def composites(n: int) -> Data:
    """Shares of persons, and as many shares of those with one and without another."""
    shares = [compared(f"m{i}", "proportion") for i in range(n)]
    of = [
        {"name": f"c{i}", "kind": "proportion", "better": "lower"}
        | {"persons_with": {"none_of": [f"m{i}"], "any_of": [f"m{(i + 1) % n}"]}}
        for i in range(n)
    ]
    names = [one["name"] for one in shares]
    beliefs = {
        "comparison": {name: {"share": 0.5} for name in names},
        "effects": dict.fromkeys(names, 0.1),
        "levels": {},
    }
    return deal(cohorts=cohorts(2), metrics=[*shares, *of], payments=[price("p", f"m{n - 1}")], beliefs=beliefs)


def receipts_that_pay_costs(n: int) -> Data:
    """Months, in each of which receipts pay twenty costs."""
    cost = {"to": "provider", "per": "deal", "amount": 100 * n, "starts": START, "instalments": n, "every_months": 1}
    costs = [{"name": f"k{i}", **cost} for i in range(20)]
    return deal(
        metrics=[total("m", monthly(n))],
        payments=[price("p", "m", "period", pays={"steps": [[0, 3_000]]})],
        costs=costs,
        receipts_pay_costs_until=dt.date(2020 + n // 12 + 1, 6, 30),
    )


def loans_drawn_again(n: int) -> Data:
    """Months, in each of which capital that has come back pays what waits."""
    data = receipts_that_pay_costs(n)
    del data["receipts_pay_costs_until"]
    return data | {"tranches": [loan(revolving=True)]}


def delays(n: int) -> Data:
    """Payments on metrics of a year of months, each of which may be up to three months late."""
    data = months_and_metrics(n)
    late = {"months": [0, 1, 2, 3], "chances": [0.4, 0.3, 0.2, 0.1]}
    return data | {"beliefs": {**data["beliefs"], "delays": {f"m{i}": late for i in range(n)}}}


def events_for_cohorts(n: int) -> Data:
    """Events, each of which may end a cohort on any day."""
    event = {"date": START, "until": dt.date(2020, 12, 31)}
    events = [{"name": f"e{i}", **event, "cohorts": [f"c{i}"]} for i in range(n)]
    people = [one | {"enrol": {"starts": START, "months": 12}} for one in cohorts(n)]
    hazards = {one["name"]: 0.01 for one in events}
    return deal(
        cohorts=people, metrics=[total("m")], payments=[price("p", "m")], events=events, beliefs={"hazards": hazards}
    )


# Pairs of limits: one number is what grows, the other as large as it is for all sizes.


def payments_and_tranches(n: int) -> Data:
    """Payments, each of which repays one of ten loans; what remains of some of them is shared in another way."""
    loans = [loan(f"t{i}", repaid_from=[f"p{j}" for j in range(i, n, 10)]) for i in range(10)]
    rest = [{"name": f"r{i}", "on": [f"p{i}"], "shares": {f"t{i}": 1.0}} for i in range(5)]
    return deal(
        cohorts=cohorts(2),
        metrics=[total("m")],
        payments=[price(f"p{i}", "m") for i in range(n)],
        tranches=loans,
        remainders=[*rest, {"name": "others", "shares": {"city": 1.0}}],
    )


def payments_and_deferred_costs(n: int) -> Data:
    """Payments, out of which a hundred deferred costs are paid."""
    cost = {"to": "provider", "per": "deal", "amount": 1, "starts": START}
    costs = [{"name": f"k{i}", **cost, "rank": 1 + i % 100} for i in range(100)]
    metrics, payments = [total("m")], [price(f"p{i}", "m") for i in range(n)]
    return deal(cohorts=cohorts(2), metrics=metrics, payments=payments, costs=[*costs, {"name": "service", **cost}])


def payments_and_limits(n: int) -> Data:
    """Payments, all of them under twenty limits."""
    each = [{"name": f"l{i}", "amount": 1_000} for i in range(20)]
    metrics, payments = [total("m")], [price(f"p{i}", "m") for i in range(n)]
    return deal(cohorts=cohorts(2), metrics=metrics, payments=payments, limits=each)


def payments_and_payers(n: int) -> Data:
    """Payments, each shared by ten payers."""
    names = [f"payer {i} of ten, number {i * i}" for i in range(10)]
    payments = [price(f"p{i}", "m", payers=dict.fromkeys(names, 0.1)) for i in range(n)]
    return deal(cohorts=cohorts(2), metrics=[total("m")], payments=payments, parties=names)


def months_and_tranches(n: int) -> Data:
    """Months, in each of which twenty loans are repaid."""
    data = periods(n)
    loans = [loan(f"t{i}", rank=i + 1, interest=0.05) for i in range(20)]
    return deal(metrics=data["metrics"], payments=data["payments"], tranches=loans)


def months_and_events(n: int) -> Data:
    """Months, in each of which fifty events may happen."""
    data, event = periods(n), {"date": START, "until": dt.date(2024, 12, 31), "costs": ["service"]}
    events = [{"name": f"e{i}", **event} for i in range(50)]
    hazards = {one["name"]: 0.01 for one in events}
    return deal(metrics=data["metrics"], payments=data["payments"], events=events, beliefs={"hazards": hazards})


def redemptions(n: int) -> Data:
    """Events, each of which may redeem a loan on a day of its own, out of what another has left."""
    event = {"metric": "m", "when": {"units": 5}, "redeems": {"lender": 1.0}, "costs": ["service"]}
    days = [dt.date(2042 + i // 300, 1 + i // 25 % 12, 1 + i % 25) for i in range(n)]
    events = [{"name": f"e{i}", "date": day, **event} for i, day in enumerate(days)]
    return deal(cohorts=cohorts(2), metrics=[total("m")], payments=[price("p", "m")], events=events)


def service_of_loans(n: int) -> Data:
    """Payments, each of which repays one of ten loans on a day of its own."""
    days = [dt.date(2022 + i // 300, 1 + i // 25 % 12, 1 + i % 25) for i in range(n)]
    loans = [loan(f"t{i}") for i in range(10)]
    payments = [fixed(f"p{i}", to=f"t{i % 10}", repays=True, due={"dates": [day]}) for i, day in enumerate(days)]
    return deal(payments=[fixed("p"), *payments], tranches=loans)


def cohorts_and_metrics(n: int) -> Data:
    """Cohorts, each with ten results, five of them shares of persons who reached what came before."""
    data = funnels(10, long=2)
    return data | {"cohorts": cohorts(n)}


@dataclass(frozen=True)
class Growth:
    """A way in which a deal can be long: what makes it, and how long it can be."""

    make: Callable[[int], Data]
    most: int  # as far as the language goes, or as the benchmark does
    step: int = 60  # from one small size to the next: of all that comes round in it, so often

    @property
    def name(self) -> str:
        """What it is called."""
        return self.make.__name__

    def sizes(self, number: int = 4) -> list[int]:
        """Sizes up to the most, each twice the one before."""
        return [max(self.most >> i, 1) for i in reversed(range(number))]

    @property
    def small(self) -> tuple[int, int, int]:
        """Three sizes, evenly apart, that a test can trace line by line."""
        return self.step, 2 * self.step, 3 * self.step


GROWTHS: Final = (
    Growth(cohorts_with_three_payments, 1000),
    Growth(costs_a_cohort, 1000),
    Growth(periods, 1200),
    Growth(periods_to_date, 1200),
    Growth(months_and_payments, 320, step=4),
    Growth(months_and_metrics, 320, step=4),
    Growth(fixed_payments, 1000),
    Growth(conditions, 1000, step=30),
    Growth(fallbacks, 1000, step=30),
    Growth(funnels, 1000),
    Growth(funnels_backwards, 1000),
    Growth(indices_of_indices, 600),
    Growth(parts_of_an_index, 999),
    Growth(metrics_of_months, 330, step=6),
    Growth(limits, 1000, step=30),
    Growth(payers, 1000, step=30),
    Growth(ceilings, 240, step=12),
    Growth(milestones_under_a_ceiling, 1000, step=40),
    Growth(tranches, 100, step=10),
    Growth(tiers, 100, step=20),
    Growth(instalments, 1200),
    Growth(costs, 1000),
    Growth(repayments, 1000),
    Growth(triggers, 1000, step=30),
    Growth(any_day, 1000, step=10),
    Growth(steps_of_a_schedule, 10_000, step=200),
    Growth(items_of_a_rate_card, 1000, step=30),
    Growth(named_sources, 1000),
    Growth(cases, 100, step=10),
    Growth(rate_card_by_month, 160, step=4),
    Growth(months_of_milestones, 1200),
    Growth(cohorts_by_month, 1000),
    Growth(cohorts_under_a_limit_each, 1000),
    Growth(cohorts_not_yet_paid_for, 1000),
    Growth(cohorts_to_date, 1000),
    Growth(months_so_far, 1200),
    Growth(months_under_conditions, 1200),
    Growth(compared_cohorts, 1000),
    Growth(events_for_cohorts, 1000),
    Growth(counts_and_what_follows, 250, step=10),
    Growth(composites, 500, step=30),
    Growth(receipts_that_pay_costs, 1200, step=10),
    Growth(loans_drawn_again, 1200, step=10),
    Growth(delays, 320, step=4),
    Growth(payments_and_tranches, 1000, step=20),
    Growth(payments_and_deferred_costs, 1000, step=20),
    Growth(payments_and_limits, 1000, step=20),
    Growth(payments_and_payers, 1000, step=30),
    Growth(months_and_tranches, 1200, step=12),
    Growth(months_and_events, 1200, step=12),
    Growth(redemptions, 1000, step=50),
    Growth(service_of_loans, 999, step=50),
    Growth(cohorts_and_metrics, 1000, step=20),
)
LONGEST: Final = 30  # seconds of one size
STAGES: Final = ("load", "compile", "settle", "check", "describe")


def stages(data: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is done with a deal, stage by stage, each to be called once before the next is asked for."""
    kept: list[Any] = []

    def load() -> None:
        kept.append(Scenario.from_data(data))

    def compiled() -> None:
        kept.append(Deal.of(kept[0]))

    def settle() -> None:
        sib.settle(kept[0], {metric.name: 0.0 for metric in kept[0].metrics if not metric.parts})

    yield "load", load
    yield "compile", compiled
    yield "settle", settle
    yield "check", lambda: kept[0].suspicions()
    yield "describe", lambda: kept[0].describe()


def timed(data: Mapping[str, Any]) -> dict[str, float]:
    """Seconds of each stage, of the processor."""
    found = {}
    for stage, work in stages(data):
        gc.collect()
        before = time.process_time()
        work()
        found[stage] = time.process_time() - before
    return found


def slope(sizes: Sequence[int], taken: Sequence[float]) -> float:
    """By which power of the size the work grows, from the largest of two neighbours on log-log to the last."""
    return math.log(taken[-1] / taken[-2]) / math.log(sizes[-1] / sizes[-2])


def _too_long(*_: object) -> None:
    message = f"more than {LONGEST} seconds"
    raise TimeoutError(message)


def main() -> None:
    """Print seconds and slopes."""
    asked = sys.argv[1:]
    print(f"{'':<32} {'size':>7}" + "".join(f"{stage:>10} {'':>5}" for stage in STAGES))
    signal.signal(signal.SIGALRM, _too_long)
    timed(GROWTHS[0].make(2))  # once for what is built on the first call
    for growth in GROWTHS:
        if asked and growth.name not in asked:
            continue
        before: tuple[int, dict[str, float]] | None = None
        for size in growth.sizes():
            signal.alarm(LONGEST)
            try:
                taken = timed(growth.make(size))
            except (sib.ScenarioError, TimeoutError, RecursionError) as error:
                print(f"{growth.name:<32} {size:>7} {type(error).__name__}: {str(error)[:300]}", flush=True)
                break
            finally:
                signal.alarm(0)
            row = f"{growth.name:<32} {size:>7}"
            for stage in STAGES:
                power = "" if before is None else f"{slope((before[0], size), (before[1][stage], taken[stage])):.1f}"
                row += f"{taken[stage]:>10.3f} {power:>5}"
            print(row, flush=True)
            before = size, taken
            if sum(taken.values()) > 25:
                break


if __name__ == "__main__":
    main()
