"""Deals that pay for milestones, some of them under limits a person."""

import datetime as dt

import sib

START = dt.date(2015, 1, 1)
LAG = {"months_after_enrolment": 12}
PERIODS = {"first": dt.date(2015, 12, 31), "every_months": 12}


def milestone(name, reported=LAG, **more):
    return {"name": name, "kind": "total", "better": "higher", "once": True} | more | {"reported": reported}


def price(name, amount, scope="cohort", **more):
    return {"name": name, "metric": name, "scope": scope, "pays": {"per_unit": amount}} | more


def deal(metrics, payments, limits, levels, sizes=(60,), **beliefs):
    """A deal that pays for milestones."""
    return sib.Scenario.from_data(
        {
            "name": "n",
            "summary": "s",
            "currency": "EUR",
            "start": START,
            "outcome_payer": "government",
            "cohorts": [
                {"name": f"c{i}", "size": size, "enrol": {"starts": dt.date(2015 + i, 1, 1), "months": 12}}
                for i, size in enumerate(sizes)
            ],
            "metrics": metrics,
            "payments": payments,
            "limits": limits,
            "tranches": [{"name": "a", "amount": 1000}],
            "costs": [{"name": "c", "to": "provider", "per": "deal", "amount": 1000, "starts": START}],
            "beliefs": {"discount_rates": {"a": 0.0}, "levels": levels} | beliefs,
        }
    )


def funnel(size=200):
    """A job, and a job that lasts three months; by quarter for two years."""
    metrics = [
        milestone("job", {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 8}),
        {"name": "lasts", "kind": "total", "better": "higher", "once": True, "among": "job"},
    ]
    levels = {name: {"distribution": "triangular", "low": 0.3, "mode": 0.5, "high": 0.7} for name in ("job", "lasts")}
    timing = {"job": {"months": [0, 6]}, "lasts": {"months": 3}}
    prices = [price("job", 5, "period"), price("lasts", 10, "period")]
    return deal(metrics, prices, [], levels, (size,), timing=timing)
