"""Random deals and random results, for laws that hold for every deal."""

import datetime as dt

import numpy as np
from hypothesis import strategies as st

from sib.model.results import Results
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

START = dt.date(2015, 1, 1)


@st.composite
def schedules(draw, reading):
    """A schedule that never falls."""
    top = {"improvement": 0.3, "points": 0.5, "units": 500.0}[reading]
    if reading == "units" and draw(st.booleans()):
        return {"per_unit": draw(st.integers(0, 20_000))}
    size = draw(st.integers(1, 4))
    levels = sorted(draw(st.lists(st.integers(-100, 100), min_size=size, max_size=size, unique=True)))
    levels = [top * level / 100 for level in levels]
    amounts = sorted(draw(st.lists(st.integers(0, 3_000_000), min_size=2 * size, max_size=2 * size)))
    way = draw(st.sampled_from(["amount", "steps", "nodes", "jumps"]))
    if way == "amount":
        return {"amount": amounts[0]}
    if way == "steps":
        return {"steps": [[x, y] for x, y in zip(levels, amounts, strict=False)]}
    if way == "nodes":
        return {
            "nodes": [[x, y] for x, y in zip(levels, amounts, strict=False)],
            "beyond": draw(st.sampled_from(["flat", "extended"])) if size > 1 and reading != "improvement" else "flat",
        }
    nodes = [[x, amounts[2 * i + side]] for i, x in enumerate(levels) for side in (0, 1)]
    return {"nodes": nodes, "more_than": [x for x in levels if draw(st.booleans())]}


@st.composite
def deals(draw, limits=("none", "amount", "return"), pairs=True):
    """A valid scenario: cohorts, one or two metrics, payments, at most one limit over all of them, costs, beliefs."""
    cohorts, first = [], START
    for number in range(draw(st.integers(1, 3))):
        months = draw(st.integers(1, 24))
        cohorts.append(
            {"name": f"c{number}", "size": draw(st.integers(1, 2000)), "enrol": {"starts": first, "months": months}}
        )
        first = first.replace(year=first.year + draw(st.integers(0, 2)))
    metrics = [f"m{number}" for number in range(draw(st.integers(1, 2)))]
    payments = []
    for metric in metrics:
        for scope in draw(st.sampled_from([["cohort"], ["pooled"], ["cohort", "pooled"]])):
            reading = draw(st.sampled_from(["improvement", "points", "units"]))
            when = {}
            if draw(st.booleans()):
                when[draw(st.sampled_from(["improvement", "points"]))] = draw(st.integers(-10, 30)) / 100
            payments.append(
                {
                    "name": f"{metric} {scope}",
                    "metric": metric,
                    "scope": scope,
                    "when": when,
                    "reads": reading,
                    "pays": draw(schedules(reading)),
                    "months_after_result": draw(st.integers(0, 6)),
                }
            )
        if pairs and draw(st.booleans()):  # an early test with a price, and a pooled one for those not yet paid
            price = {"per_unit": draw(st.integers(0, 20_000))}
            early = {"name": f"{metric} early", "metric": metric, "scope": "cohort", "when": {"improvement": 0.1}}
            late = {"name": f"{metric} late", "metric": metric, "scope": "pooled"}
            late["when"] = {"improvement": 0.05, "unpaid": early["name"]}
            payments += [{**early, "pays": price}, {**late, "pays": price}]
    costs = [
        {
            "name": "service",
            "to": "provider",
            "per": draw(st.sampled_from(["cohort", "person", "person enrolled"])),
            "amount": draw(st.integers(1, 2000)),
            "instalments": draw(st.integers(1, 8)),
            "every_months": draw(st.integers(1, 6)),
        },
        {"name": "set-up", "to": "intermediary", "per": "deal", "amount": draw(st.integers(0, 10**5)), "starts": START},
    ]
    people = len(cohorts) if costs[0]["per"] == "cohort" else sum(cohort["size"] for cohort in cohorts)
    needed = people * costs[0]["amount"] + costs[1]["amount"]
    limit = draw(st.sampled_from(limits))
    everything = {"name": "cap", "on": [payment["name"] for payment in payments]}
    kinds = {
        "none": [],
        "amount": [{**everything, "amount": draw(st.integers(0, 3_000_000))}],
        "return": [{**everything, "return_on_costs": draw(st.integers(0, 20)) / 100}],
        "each cohort": [{**everything, "return_on_costs": draw(st.integers(0, 20)) / 100, "scope": "cohort"}],
    }
    events = []
    if len(cohorts) > 1 and draw(st.booleans()):
        events = [
            {
                "name": "stop",
                "date": cohorts[-1]["enrol"]["starts"],
                "cohorts": [cohorts[-1]["name"]],
            }
        ]
    return Scenario.from_data(
        {
            "name": "random",
            "summary": "a random deal",
            "currency": "EUR",
            "start": START,
            "outcome_payer": "government",
            "cohorts": cohorts,
            "metrics": [
                {
                    "name": metric,
                    "kind": "count",
                    "better": draw(st.sampled_from(["lower", "higher"])),
                    "window_months": 6,
                    "compare": {"design": "matched", "controls": draw(st.integers(1, 10))},
                    "reported": {"months_after_enrolment": draw(st.integers(6, 24))},
                }
                for metric in metrics
            ],
            "payments": payments,
            "limits": kinds[limit],
            "tranches": [
                {
                    "name": "investors",
                    "amount": needed * draw(st.sampled_from([1, 1.5])),
                    "draws": draw(st.sampled_from(["as needed", "at start"])),
                }
            ],
            "costs": costs,
            "events": events,
            "beliefs": {
                "comparison": {metric: {"mean": draw(st.integers(1, 30)) / 10, "shape": 0.7} for metric in metrics},
                "effects": {
                    metric: {"distribution": "normal", "mean": draw(st.integers(-10, 30)) / 100, "sd": 0.1}
                    for metric in metrics
                },
                "discount_rates": {"investors": 0.03},
            },
        }
    )


def results_of(scenario, improvements):
    """Results in which cohort i of each metric improves by improvements[i], (cohorts, paths)."""
    found = []
    for metric in Deal.of(scenario).model.metrics:
        levels = np.maximum(metric.base[:, None] * (1 + metric.sign * improvements[: len(metric.results)]), 0.0)
        comparison = np.broadcast_to(metric.base[:, None], levels.shape)
        found.append(Results(metric.sign, metric.persons[:, None], levels, comparison))
    return found


def improvements(paths=16):
    """Random improvements of up to three cohorts, (3, paths), between the impossible and the enormous."""
    return st.integers(0, 2**32 - 1).map(
        lambda seed: np.round(np.random.default_rng(seed).uniform(-0.3, 0.6, (3, paths)), 2)
    )
