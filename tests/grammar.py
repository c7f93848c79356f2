"""Random deals over the whole contract language, for laws that hold whatever a contract says."""

import datetime as dt

import numpy as np
from hypothesis import strategies as st

from sib.analysis.published import assembled, precise
from sib.model.results import Results
from sib.run.recipe import Deal
from sib.scenario.scenario import Scenario

START = dt.date(2015, 1, 1)
NONE = {"design": "none"}
AFTER = {"months_after_enrolment": 12}
YEARLY = {"first": dt.date(2017, 6, 30), "every_months": 12, "times": 3}

METRICS = {
    "events": {
        "kind": "count",
        "unit": "arrests",
        "better": "lower",
        "window_months": 6,
        "compare": {"design": "matched", "controls": 2},
    },
    "share": {"kind": "proportion", "better": "lower", "compare": {"design": "historical", "level": 0.5}},
    "score": {"kind": "mean", "better": "higher", "compare": {"design": "randomised", "persons": 50}},
    "level": {"kind": "proportion", "better": "higher", "compare": NONE, "reported": {**YEARLY, "cumulative": True}},
    "units": {"kind": "total", "unit": "acres", "better": "higher", "reported": YEARLY},
    "jobs": {"kind": "total", "better": "higher", "once": True, "reported": {"months_after_enrolment": 6}},
    "kept": {"kind": "total", "better": "higher", "once": True, "among": "jobs"},
    "starts": {"kind": "total", "better": "higher", "once": True, "reported": YEARLY},
    "stays": {"kind": "total", "better": "higher", "once": True, "among": "starts"},
    "any": {"kind": "proportion", "better": "lower", "with_any": "events"},
    "early": {
        "kind": "count",
        "better": "lower",
        "window_months": 3,
        "interim_of": "events",
        "enrolled": 0.5,
        "reported": {"months_after_enrolment": 6},
    },
    "index": {
        "kind": "index",
        "better": "higher",
        "parts": [
            {"metric": "share", "reads": "points", "weight": 0.5, "target": 0.1},
            {"metric": "score", "reads": "improvement", "weight": 2.0},
        ],
    },
}
BELIEFS = {
    "maturity": {"early": 0.6},
    "comparison": {"events": {"mean": 1.5, "shape": 0.7}, "share": {"share": 0.5}, "score": {"mean": 40, "sd": 10}},
    "effects": {
        "events": {"distribution": "normal", "mean": 0.1, "sd": 0.1},
        "share": {"distribution": "uniform", "low": 0.0, "high": 0.3, "learning": 0.01},
        "score": {"distribution": "triangular", "low": -0.1, "mode": 0.1, "high": 0.2, "between_cohorts": 0.02},
    },
    "levels": {
        "level": {"distribution": "normal", "mean": 0.6, "sd": 0.1},
        "units": {"distribution": "normal", "mean": 900, "sd": 200},
        "jobs": 0.5,
        "kept": 0.6,
        "starts": {"distribution": "uniform", "low": 0.4, "high": 0.9},
        "stays": 0.7,
    },
}
BY_PERIOD = ("level", "units", "starts", "stays")
TIMINGS = [  # when milestones by period are reached
    {"months": 9},
    {"months": [3, 30], "pace_sd": 0.3},
    {"mean_months": 14.0, "never": 0.2},
    {"reached_by": [[6.0, 0.2], [24.0, 0.9]]},
]
READS = {
    "events": ("improvement", "points", "units"),
    "any": ("improvement", "points", "units"),
    "early": ("improvement", "points"),
    "share": ("improvement", "points", "units", "level"),
    "score": ("improvement", "points", "level"),
    "level": ("level", "units"),
    "units": ("units",),
    "jobs": ("units",),
    "kept": ("units",),
    "starts": ("units",),
    "stays": ("units",),
    "index": ("level",),
}
DESIGNS = [  # how `events` are compared, and how the evaluator errs
    ({"design": "matched", "controls": 2}, {"bias_sd": 0.02, "creaming": 0.05, "effective_persons": 8.0}),
    ({"design": "randomised", "persons": 60}, {"bias_between_cohorts": 0.02, "bias_of": "comparison"}),
    ({"design": "historical", "persons": 90, "years": 4, "trend": "linear"}, {"bias_sd": 0.03}),
    ({"design": "before-after"}, {"correlation": 0.3, "regression": 0.2}),
    ({"design": "difference in differences", "controls": 1}, {"correlation": 0.2, "creaming": 0.1}),
    (
        {
            "design": "mix",
            "of": [
                {"weight": 0.25, "compare": {"design": "matched", "controls": 3}},
                {"weight": 0.75, "compare": {"design": "historical", "persons": 80}},
            ],
        },
        {},
    ),
]
TOP = {"improvement": 0.4, "points": 0.3, "units": 800.0, "level": 1.0}
PARTIES = ("provider", "manager")
INTEREST = [  # the last repayment is on 1 January 2020
    {"first": dt.date(2016, 1, 31), "every_months": 6, "times": 10},
    {"dates": [dt.date(2017, 12, 31), dt.date(2020, 1, 1)]},
]


@st.composite
def schedules(draw, reading, *, below=False, shares=False):
    """A schedule that never falls; below nothing, or of shares, where asked for."""
    size = draw(st.integers(1, 4))
    levels = sorted(draw(st.lists(st.integers(-20, 100), min_size=size, max_size=size, unique=True)))
    levels = [TOP[reading] * x / 100 for x in levels]
    most = 100 if shares else 200_000
    amounts = sorted(draw(st.lists(st.integers(-most // 2 if below else 0, most), min_size=size, max_size=size)))
    amounts = [amount / 1000 for amount in amounts] if shares else amounts
    ways = ["steps", "nodes"] if below or shares else ["steps", "nodes", "bands", "per_unit"]
    way = draw(st.sampled_from(ways))
    if way == "per_unit":
        return {"per_unit": draw(st.integers(0, 2_000))} if reading == "units" else {"amount": amounts[0]}
    if way == "bands":
        ends = draw(st.booleans())
        first, last = ("above", "up_to") if ends else ("at_least", "below")
        return {
            "bands": [
                {first: x, "pays": y} | ({last: levels[i + 1]} if i + 1 < size else {})
                for i, (x, y) in enumerate(zip(levels, amounts, strict=True))
            ]
        }
    return {way: [[x, y] for x, y in zip(levels, amounts, strict=True)]}


@st.composite
def conditions(draw, payment, tranches):
    """Conditions that look at a range, at the period before, or at whether a tranche has been repaid."""
    metric, reading = payment["metric"], payment["reads"]
    found = {}
    if reading in ("improvement", "points", "units", "level") and metric != "index" and draw(st.booleans()):
        low, high = sorted(draw(st.lists(st.integers(-20, 100), min_size=2, max_size=2, unique=True)))
        ends = {draw(st.sampled_from(["at_least", "above"])): TOP[reading] * low / 100}
        ends |= {draw(st.sampled_from(["up_to", "below"])): TOP[reading] * high / 100}
        found[reading] = draw(st.sampled_from([ends, dict([list(ends.items())[1]])]))
    if payment["scope"] == "period" and draw(st.booleans()):
        later = draw(st.booleans())
        gate = {"units": 300} | ({"periods_later": 1} if later else {"periods_before": 2})
        found["others"] = {"units": gate}
        payment |= {
            "published_until" if later else "published_from": YEARLY["first"].replace(year=2018 if later else 2019)
        }
    if draw(st.booleans()):
        found[draw(st.sampled_from(["repaid", "not_repaid"]))] = [tranches[0]]
    return found


@st.composite
def payments(draw, metrics, tranches, *, plain):
    """One payment for each metric chosen, and some that are fixed; only plain ones to the vehicle where asked."""
    found = []
    for metric in metrics:
        by_period = metric in BY_PERIOD
        scopes = ["period", "pooled", "to date"] if by_period else ["cohort", "pooled", "to date"]
        reading = draw(
            st.sampled_from([r for r in READS[metric] if not (plain and metric == "share" and r == "level")])
        )
        payment = {"name": f"for {metric}", "metric": metric, "scope": draw(st.sampled_from(scopes)), "reads": reading}
        kind = "plain" if plain else draw(st.sampled_from(["plain", "plain", "principal", "owed", "shared", "direct"]))
        payment["pays"] = draw(schedules(reading, below=kind == "owed", shares=kind == "principal"))
        if kind == "principal":
            payment |= {"of": {"principal": tranches[0]}, "to": tranches[0], "repays": draw(st.booleans())}
        if kind == "owed":
            payment |= {"owed_by": draw(st.sampled_from([tranches[0], "provider"])), "to": "provider"}
            payment |= {"owed_by": tranches[0]} if payment["owed_by"] == "provider" and draw(st.booleans()) else {}
        if kind == "shared":
            payment |= {"payers": {"government": 0.25, "fund": 0.75}}
        if kind == "direct":
            payment |= {"to": draw(st.sampled_from([tranches[-1], "provider"]))}
        if "per_unit" in payment["pays"]:
            payment.pop("of", None)
        when = {}
        if found and draw(st.booleans()) and not plain:
            when[draw(st.sampled_from(["made", "not_made"]))] = [found[-1]["name"]]
            payment["months_after_result"] = 48 * len(found)  # by when the one before has fallen due
        if draw(st.booleans()) and payment["scope"] == "pooled" and metric != "index":
            when["others"] = {"jobs": {"units": 20}}
        if metric in ("events", "any", "share", "score") and draw(st.booleans()):
            when["confidence"] = 0.7
        if "of" not in payment and draw(st.booleans()):
            payment["pays"] |= {"rises": {"from": dt.date(2016, 1, 1), "a_year": draw(st.integers(0, 10)) / 100}}
        if not plain:
            when |= draw(conditions(payment, tranches))
            before = found[-1] if found else {}
            if before.get("when") and {payment["scope"], before["scope"]} <= {"pooled"} and draw(st.booleans()):
                payment |= {"fallback_for": before["name"], "months_after_result": 48 * len(found)}
        if payment["scope"] == "to date" and kind == "plain":
            payment["less"] = [payment["name"]]
        elif not plain and metric == "events" and draw(st.booleans()):
            when["interval"] = 0.3
        found.append(payment | ({"when": when} if when else {}))
    if not plain and draw(st.booleans()):
        found.append({"name": "reimbursed", "of": {"cost": "service"}, "pays": {"amount": 0.2}})
    if not plain and draw(st.booleans()):
        due = {"starts": dt.date(2016, 1, 1), "times": 3, "every_months": 6}
        found.append({"name": "fixed", "due": due, "pays": {"amount": 1_000}, "to": "provider"})
    if all("to" in payment for payment in found):
        found.append({"name": "plain", "metric": "jobs", "scope": "cohort", "pays": {"per_unit": 100}})
    return found


@st.composite
def tranches(draw, names, *, protected):
    """Ranked tranches with interest, schedules and guarantees."""
    found = []
    for name in names:
        kind = draw(st.sampled_from(["loan", "note", "recyclable grant", "equity", "grant"])) if name != "a" else "loan"
        item = {"name": name, "kind": kind, "amount": draw(st.integers(50_000, 400_000))}
        item["draws"] = draw(st.sampled_from(["as needed", "as needed", "at start"]))
        item["draw_rank"] = draw(st.integers(1, 2))
        if kind in ("loan", "note", "recyclable grant"):
            item["rank"] = draw(st.integers(1, 3))
            item |= {"interest": draw(st.integers(0, 10)) / 100, "compounds": draw(st.booleans())}
            if draw(st.booleans()):
                item["return_cap"] = draw(st.sampled_from([{"multiple": 1.2}, {"annual_return": 0.08}]))
            if protected and draw(st.booleans()):
                item["repaid_on"] = [[dt.date(2018, 1, 1), 0.5], [dt.date(2020, 1, 1), 0.5]]
            elif protected and item["draws"] == "as needed" and draw(st.booleans()):
                item["revolving"] = True
            if protected and draw(st.booleans()):
                item["interest_on"] = draw(st.sampled_from(INTEREST))
                item["day_count"] = draw(st.sampled_from(["actual/365", "actual/360", "30/360"]))
            if protected and draw(st.booleans()):
                item["guarantee"] = {"by": "guarantor", "covers": {"nodes": [[0, 0], [100_000, 60_000]]}}
        found.append(item)
    return found


@st.composite
def remainders(draw, shares, money):
    """Shares of what remains; or tiers of them, each until a tranche has a return; or others once one is repaid."""
    turned = dict(zip(shares, reversed(shares.values()), strict=True))
    own = [item["name"] for item in money if shares.get(item["name"]) and turned[item["name"]]]
    ways = [{"shares": shares}]
    if own and draw(st.booleans()):
        until = [{"multiple": 1.1}, {"annual_return": 0.06}, {"multiple": 1.15}, {"annual_return": 0.07}]
        first = draw(st.integers(0, 3))
        ends = until[first : draw(st.integers(first + 1, 4))]
        every = [turned if number % 2 else shares for number in range(len(ends) + 1)]
        hurdles = [{"until": {"tranche": draw(st.sampled_from(own))} | level} for level in ends]
        ways = [{"tiers": [{"shares": one} | end for one, end in zip(every, [*hurdles, {}], strict=True)]}]
    dated = [item["name"] for item in money if {"repaid_on", "interest_on"} & set(item)]
    if dated and draw(st.booleans()):
        ways.append({"shares": {"fund": 1.0}, "once_repaid": [draw(st.sampled_from(dated))]})
    return [{"name": f"rest {number}"} | way for number, way in enumerate(ways)]


@st.composite
def any_deals(draw, plain=False):
    """A valid scenario that uses many mechanics at once; `plain` leaves out what may pay less for a better result."""
    cohorts = [
        {
            "name": f"no. {i}",
            "size": draw(st.integers(5, 300)),
            "enrol": {"starts": dt.date(2015 + i, 1, 1), "months": 6},
        }
        for i in range(draw(st.integers(1, 3)))
    ]
    names = ["a", "b", "c"][: draw(st.integers(1, 3))]
    chosen = draw(st.lists(st.sampled_from(list(METRICS)), min_size=1, max_size=4, unique=True))
    paid = draw(payments(chosen, names, plain=plain))
    money = draw(tranches(names, protected=not plain))
    committed = sum(tranche["amount"] for tranche in money)
    fees = 0 if plain else draw(st.sampled_from([0, 5_000]))
    costs = [
        {"name": "service", "to": "provider", "per": "cohort", "instalments": 4}
        | {"amount": committed * draw(st.sampled_from([0.6, 1.0])) / len(cohorts)}
    ]
    if draw(st.booleans()):
        persons = sum(cohort["size"] for cohort in cohorts)
        costs[0] |= {"per": "person enrolled", "amount": costs[0]["amount"] * len(cohorts) / persons}
    if fees:
        costs.append({"name": "fee", "to": "manager", "per": "deal", "amount": fees, "starts": START, "rank": 2})
    if {"repaid_on", "interest_on"} & set(money[0]) and draw(st.booleans()):
        paid.append(
            {"name": "debt service", "of": {"due_to": "a"}, "pays": {"amount": draw(st.sampled_from([0.5, 1]))}}
        )
        paid[-1] |= draw(st.sampled_from([{}, {"to": "a"}]))
    through = [payment["name"] for payment in paid if "to" not in payment]
    limits = []
    if draw(st.booleans()):
        most = [{"amount": draw(st.integers(1_000, 400_000))}, *([] if plain else [{"until_repaid": ["a"]}])]
        limits.append({"name": "cap", "on": through} | draw(st.sampled_from(most)))
        cut = [p for p in paid if p["name"] in through and "metric" in p and not plain]
        cut = [p for p in cut if "others" not in p.get("when", {})]  # a gate would have it wait
        if cut and draw(st.booleans()):  # a share of what is cut goes on
            keys = ("metric", "scope", "published_from", "published_until", "months_after_result")
            own = {"name": "taken up", "of": {"cut_from": cut[0]["name"]}, "pays": {"amount": 0.5}, "to": "provider"}
            paid.append({key: cut[0][key] for key in keys if key in cut[0]} | own)
            limits[0]["on"] = [cut[0]["name"]]  # which of several is cut depends on the order of the file
    prices = [p["name"] for p in paid if p["name"] in ("for jobs", "for kept") and "per_unit" in p["pays"]]
    prices = [
        name
        for name in prices
        for p in paid
        if p["name"] == name and p["scope"] == "cohort" and not {"less", "when"} & set(p)
    ]
    if len(prices) == 2 and draw(st.booleans()):
        most = {"per_person": draw(st.integers(100, 3_000)), "items_per_person": draw(st.integers(1, 2))}
        keys = draw(st.sampled_from([["per_person"], ["items_per_person"], list(most)]))
        ceiling = {"name": "ceiling", "on": prices} | {key: most[key] for key in keys}
        limits.append(ceiling)
        if draw(st.booleans()):  # one within the other: persons are followed one by one
            limits.append({"name": "within", "on": prices[:1], "per_person": draw(st.integers(100, 1_500))})
        if draw(st.booleans()):  # another price from some day on
            old, day = next(p for p in paid if p["name"] == prices[1]), dt.date(2016, draw(st.integers(1, 12)), 1)
            new = {"name": "later", "published_from": day, "pays": {"per_unit": draw(st.integers(1, 900))}}
            paid.append(old | new)
            old["published_until"] = day - dt.timedelta(days=1)
            ceiling["on"] = [*prices, "later"]
    events = []
    if not plain and len(cohorts) > 1 and draw(st.booleans()):
        event = {"name": "stop", "date": dt.date(2016, 1, 1), "cohorts": [cohorts[-1]["name"]]}
        decided = [
            {},
            {"metric": "jobs", "unless": {"units": 40}, "latest": draw(st.booleans())},
        ]  # results by period cannot leave out a cohort
        events.append(event | draw(st.sampled_from(decided[: 1 if {*BY_PERIOD} & set(chosen) else 2])))
        events[0]["date"] = dt.date(2016, 6, 1) if "metric" in events[0] else events[0]["date"]
    if not plain and len(cohorts) > 1 and not events and not {*BY_PERIOD} & set(chosen) and draw(st.booleans()):
        events = [{"name": "cancelled", "date": dt.date(2015, 3, 1), "until": dt.date(2016, 6, 1)}]
        events[0] |= {"cohorts": [cohorts[-1]["name"]], "costs": ["service"]}
    shares = {names[0]: 0.6, "provider": 0.4} if draw(st.booleans()) else {"government": 1.0}
    for item in money:  # equity is paid from what remains
        if item["kind"] == "equity":
            last = list(shares)[-1]
            shares |= {item["name"]: 0.125, last: shares[last] - 0.125}
    compare, evaluation = draw(st.sampled_from(DESIGNS))
    beliefs = BELIEFS | {"evaluation": {"events": evaluation}, "discount_rates": dict.fromkeys(names, 0.03)}
    beliefs |= {"hazards": {event["name"]: 0.4 for event in events if "until" in event}}
    named = {"pair": {"coefficient": -0.4, "between": ["effects.events", "levels.units"]}}
    beliefs["correlation"] = draw(st.sampled_from([{}, 0.5, named, {"all": {"coefficient": 0.3}} | named]))
    if "correlation" not in evaluation and draw(st.booleans()):
        beliefs["engagement"] = {"share": 0.7, "sd": 0.1, "drop_out": 0.2, "kept": 0.5}
    beliefs["timing"] = {name: draw(st.sampled_from(TIMINGS)) for name in ("starts", "stays") if draw(st.booleans())}
    verified = draw(st.lists(st.sampled_from([*BELIEFS["levels"]]), max_size=3, unique=True))
    beliefs["deadweight"] = {name: draw(st.integers(0, 9)) / 10 for name in verified}
    if draw(st.booleans()):
        beliefs["drift"] = {"events": {"trend": -0.02, "sd": 0.02}}
    if not plain and draw(st.booleans()):
        beliefs["overruns"] = {"service": {"sd": 0.2}}
    late = [p["metric"] for p in paid if "metric" in p and not {"of", "repays"} & set(p)]
    early = {p.get("metric") for p in paid if {"of", "repays"} & set(p)}
    if not plain and set(late) - early and draw(st.booleans()):
        beliefs["delays"] = {sorted(set(late) - early)[0]: {"months": [0, 7], "chances": [0.6, 0.4]}}
    data = {
        "name": "random",
        "summary": "a random deal",
        "currency": "EUR",
        "start": START,
        "outcome_payer": "government",
        "parties": ["fund", "guarantor"],
        "cohorts": cohorts,
        "metrics": [
            {"name": name, **metric}
            | ({"compare": compare} if name == "events" else {})
            | ({} if {"reported", "parts", "among", "with_any"} & set(metric) else {"reported": AFTER})
            for name, metric in METRICS.items()
        ],
        "payments": paid,
        "limits": limits,
        "tranches": money,
        "remainders": draw(remainders(shares, money)),
        "costs": costs,
        "events": events,
        "beliefs": beliefs,
    }
    if draw(st.booleans()):
        changes = {"beliefs.discount_rates.a": 0.1, 'cohorts."no. 0".enrol.months': 3, "beliefs.levels.jobs": 0.25}
        chosen = draw(st.lists(st.sampled_from([*changes]), min_size=1, unique=True))
        data["cases"] = [{"name": "downside", "changes": {path: changes[path] for path in chosen}}]
    again = any(item.get("revolving") for item in money)
    receipts_pay = not plain and not again and draw(st.booleans())
    return Scenario.from_data(data | ({"receipts_pay_costs_until": dt.date(2017, 1, 1)} if receipts_pay else {}))


def any_results(scenario, seed, paths=16, better=None):
    """Random results of all metrics, (results, paths) each; `better` adds to how good those of one metric are."""
    plan, rng, given = Deal.of(scenario).model, np.random.default_rng(seed), {}
    for i, metric in enumerate(plan.metrics):
        if not metric.origin.published:
            continue
        good = rng.uniform(-0.3, 0.5, (len(metric.results), paths))
        if better is not None and metric.name == better[0]:
            good[0] += better[1]
        base = (metric.base if metric.written is None else metric.written)[:, None]
        if metric.compared:
            level = np.clip(base * (1 + metric.sign * good), 0, metric.law.highest)
            found = Results(metric.sign, metric.weights[:, None], level, np.broadcast_to(base, level.shape), False)
            given[i] = precise(metric, found, np.full(level.shape, np.nan))
        elif metric.law.counts_persons:
            above = metric.origin.after
            size = metric.persons[:, None] if above is None else given[above].treated
            given[i] = Results(1.0, metric.weights[:, None], np.floor(size * np.clip(good + 0.4, 0, 1)), None, True)
        else:
            top = 1.0 if metric.law.is_share else 400.0
            level = np.clip(top * (good + 0.5), 0, top)
            given[i] = Results(1.0, metric.weights[:, None], level, None, metric.law.additive)
    return assembled(plan, given)


def renamed(scenario, names):
    """The same deal with other names: `names` has, for payments, costs and events, each new name by the old."""
    payments, costs, events = ({**names.get(group, {})} for group in ("payments", "costs", "events"))

    def of(words, name):
        return [words.get(one, one) for one in name] if isinstance(name, list) else words.get(name, name)

    def change(item, words, *keys):
        item.update({key: of(words, item[key]) for key in keys if item.get(key)})

    data = scenario.data()
    for payment in data["payments"]:
        change(payment, payments, "name", "less", "fallback_for")
        change(payment.get("when", {}), payments, "made", "not_made", "unpaid")
        change(payment.get("of", {}), costs, "cost")
        change(payment.get("of", {}), payments, "cut_from")
    for item in (*data.get("limits", ()), *data.get("remainders", ())):
        change(item, payments, "on")
    for cost in data["costs"]:
        change(cost, costs, "name")
    for event in data.get("events", ()):
        change(event, events, "name")
        change(event, payments, "payments")
        change(event, costs, "costs")
    for key, words in (("overruns", costs), ("hazards", events)):
        if key in data["beliefs"]:
            data["beliefs"][key] = {of(words, name): value for name, value in data["beliefs"][key].items()}
    return Scenario.from_data(data)
