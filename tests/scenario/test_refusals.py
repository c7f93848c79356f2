"""Contracts that make no sense are refused in four parts. Whole messages, which stand in tests/cases/refusals.txt."""

import datetime as dt
from copy import deepcopy
from pathlib import Path

import pytest

from tests.benchmarks import growth
from tests.scenario.test_errors import BASE, message

TEXTS = (Path(__file__).parents[1] / "cases" / "refusals.txt").read_text(encoding="utf-8")
EXPECTED = {name: text for name, _, text in (case.partition("\n") for case in TEXTS.removeprefix("## ").split("\n## "))}


def base(**over):
    d = deepcopy(BASE)
    d.update(deepcopy(over))
    return d


P = BASE["payments"][0]


def pays(p, **more):
    return base(payments=[{**P, "pays": p, **more}])


M = BASE["metrics"][0]
job = {"name": "jobs", "kind": "total", "better": "higher", "once": True, "reported": {"months_after_enrolment": 6}}
kept = {"name": "kept", "kind": "total", "better": "higher", "once": True, "among": "jobs"}


def metrics(*ms, **over):
    d = base(**over)
    d["metrics"] += deepcopy(list(ms))
    return d


def under_a_limit(*milestones, limit=None, second=None, **over):
    """A price of 10 for each milestone, and a limit a person; the second price may be another one."""
    prices = [
        {"name": f"for {one['name']}", "metric": one["name"], "scope": "cohort", "pays": {"per_unit": 10}}
        for one in milestones
    ]
    if second is not None:
        prices[1] |= second
    levels = {one["name"]: 0.5 for one in milestones}
    limits = [{"name": "a person", "on": [one["name"] for one in prices]} | (limit or {"per_person": 15})]
    beliefs = {**BASE["beliefs"], "levels": levels}
    return metrics(*milestones, payments=[P, *prices], limits=limits, beliefs=beliefs, **over)


T = {"name": "lender", "amount": 1000}
TWICE = {"first": dt.date(2017, 1, 1), "every_months": 12, "times": 2}
DAYS = [dt.date(2017, 1, 1), dt.date(2018, 1, 1)]


def tiers(*found, **more):
    """What remains in tiers, each its shares and its hurdle where it has one; `more` is of the lender."""
    listed = [{"shares": shares} | ({"until": until} if until else {}) for shares, until in found]
    return base(tranches=[T | more], parties=["charity"], remainders=[{"name": "rest", "tiers": listed}])


def loan(**more):
    return base(tranches=[T | more])


def once(*remainders, **more):
    """A loan of 600 that the first payment repays, one of 400 that the second does."""
    return base(
        payments=[P, {**P, "name": "second"}],
        tranches=[
            T | {"amount": 600, "repaid_from": ["result"]},
            {"name": "junior", "amount": 400, "repaid_from": ["second"]} | more,
        ],
        remainders=[{"name": f"r{i}", "shares": {"city": 1.0}} | one for i, one in enumerate(remainders)],
        beliefs={**BASE["beliefs"], "discount_rates": {"lender": 0, "junior": 0}},
    )


def service(payment, **more):
    made = {"name": "service", "of": {"due_to": "lender"}, "pays": {"amount": 1}} | payment
    return base(payments=[P, made], tranches=[T | {"repaid_on": TWICE} | more])


def in_case(*changes, name="downside"):
    return base(cases=[{"name": name, "changes": one} for one in changes])


ALL, HALF = {"lender": 1.0}, {"lender": 0.5, "charity": 0.5}


def until(**level):
    return {"tranche": "lender"} | level


CASES = {
    "bands that overlap": pays(
        {"bands": [{"at_least": 0.1, "below": 0.25, "pays": 100}, {"at_least": 0.2, "pays": 200}]}
    ),
    "bands that leave a gap": pays(
        {"bands": [{"at_least": 0.1, "below": 0.15, "pays": 100}, {"at_least": 0.2, "pays": 200}]}
    ),
    "a level that two bands claim": pays(
        {"bands": [{"at_least": 0.1, "up_to": 0.2, "pays": 100}, {"at_least": 0.2, "pays": 200}]}
    ),
    "a level that no band has": pays(
        {"bands": [{"at_least": 0.1, "below": 0.2, "pays": 100}, {"above": 0.2, "pays": 200}]}
    ),
    "a band that ends before it begins": pays({"bands": [{"at_least": 0.2, "below": 0.1, "pays": 100}]}),
    "a schedule below nothing that nobody owes": pays({"nodes": [[0, -50], [0.1, 100]]}),
    "a cap below a fixed payment": base(
        payments=[P, {"name": "charge", "due": {"dates": [dt.date(2016, 1, 1)]}, "pays": {"amount": 500}}],
        limits=[{"name": "cap", "on": ["result", "charge"], "amount": 400}],
    ),
    "payers' shares that do not add up": pays(P["pays"], payers={"city": 0.5, "state": 0.4}),
    "shares of what remains that do not add up": base(
        remainders=[{"name": "rest", "shares": {"lender": 0.5, "charity": 0.4}}]
    ),
    "a waterfall that ranks nobody": base(tranches=[{**T, "kind": "grant"}]),
    "two tranches and nothing said of what remains": base(
        tranches=[{**T, "amount": 600}, {"name": "second", "amount": 400}],
        beliefs={**BASE["beliefs"], "discount_rates": {"lender": 0, "second": 0}},
    ),
    "caps on return and nobody to take what is over": base(tranches=[{**T, "return_cap": {"multiple": 1.2}}]),
    "a tranche repaid from what nobody pays": base(tranches=[{**T, "repaid_from": ["arrest"]}]),
    "a tranche repaid from a metric nobody pays for": metrics(
        job, tranches=[{**T, "repaid_from": ["jobs"]}], beliefs={**BASE["beliefs"], "levels": {"jobs": 0.5}}
    ),
    "a payment that takes off one below": base(payments=[{**P, "less": ["second"]}, {**P, "name": "second"}]),
    "a tranche repaid from what goes elsewhere": base(
        payments=[P, {**P, "name": "bonus", "to": "charity"}], tranches=[{**T, "repaid_from": ["bonus"]}]
    ),
    "a funnel in a circle": metrics({**job, "among": "kept"}, kept),
    "a funnel of events": metrics({**job, "among": "arrests"}),
    "a condition on a payment below": base(payments=[{**P, "when": {"made": ["second"]}}, {**P, "name": "second"}]),
    "a condition on a result not yet known": metrics(
        {**job, "reported": {"months_after_enrolment": 60}},
        payments=[{**P, "when": {"others": {"jobs": {"units": 5}}}}],
        beliefs={**BASE["beliefs"], "levels": {"jobs": 0.5}},
    ),
    "an improvement of what is not compared": metrics(
        job,
        payments=[{**P, "metric": "jobs", "reads": "improvement"}],
        beliefs={**BASE["beliefs"], "levels": {"jobs": 0.5}},
    ),
    "a period's scope on a cohort's result": base(payments=[{**P, "scope": "period"}]),
    "a payment that never falls due": base(payments=[{"name": "result", "pays": {"amount": 5}}]),
    "a comparison of another kind": base(beliefs={**BASE["beliefs"], "comparison": {"arrests": {"share": 0.5}}}),
    "a belief out of bounds in a union": base(
        beliefs={**BASE["beliefs"], "comparison": {"arrests": {"mean": -1, "shape": 1}}}
    ),
    "a milestone believed in per cent": metrics(job, beliefs={**BASE["beliefs"], "levels": {"jobs": 50}}),
    "a missing belief about what is verified": metrics(job),
    "a metric without a comparison": base(metrics=[{k: v for k, v in M.items() if k != "compare"}]),
    "a comparison with a level for controls": base(metrics=[{**M, "compare": {"design": "randomised", "level": 1.0}}]),
    "results published in no way": base(metrics=[{**M, "reported": {}}]),
    "a redemption while costs go on": base(
        events=[{"name": "exit", "date": dt.date(2015, 1, 1), "redeems": {"lender": 0.5}}]
    ),
    "an event that ends nothing": base(events=[{"name": "exit", "date": dt.date(2015, 6, 1)}]),
    "an event decided on nothing known": base(
        events=[
            {
                "name": "exit",
                "date": dt.date(2015, 6, 1),
                "metric": "arrests",
                "unless": {"improvement": 0.1},
                "costs": ["care"],
            }
        ]
    ),
    "a ceiling a person on events": base(limits=[{"name": "ceiling", "on": ["result"], "per_person": 50}]),
    "too many persons to follow one by one": under_a_limit(
        *({**job, "name": f"job {i}"} for i in range(12)),
        cohorts=[{**BASE["cohorts"][0], "size": 100_000}],
    ),
    "two prices of one milestone on one result under a limit a person": under_a_limit(
        job, {**job, "name": "training"}, second={"metric": "jobs"}
    ),
    "milestones of one person reported in two ways": under_a_limit(
        job, {**job, "name": "training", "reported": {"periods": [dt.date(2017, 1, 1)]}}, second={"scope": "period"}
    ),
    "items of one person for each cohort": under_a_limit(job, limit={"items_per_person": 1, "scope": "cohort"}),
    "interest on a grant": base(tranches=[T, {"name": "fund", "amount": 5, "kind": "grant", "interest": 0.05}]),
    "repayments that do not add up": base(tranches=[{**T, "repaid_on": [[dt.date(2018, 1, 1), 0.5]]}]),
    "repayments below the loan": loan(repaid_on=[[DAYS[0], 500], [DAYS[1], 400]]),
    "repayments above the loan": loan(repaid_on=[[DAYS[0], 500], [DAYS[1], 600]]),
    "repayments in a series without an end": loan(repaid_on={"first": DAYS[0], "every_months": 12}),
    "repayments in a series that begins with a word": loan(repaid_on=TWICE | {"first": "soon"}),
    "interest on no dates": loan(interest_on={"first": DAYS[0]}),
    "interest on dates in no order": loan(interest_on={"dates": DAYS[::-1]}),
    "interest that ends before the loan": loan(
        interest=0.05, interest_on={"dates": DAYS[:1]}, repaid_on=[[DAYS[1], 1]]
    ),
    "interest dates before the start": loan(interest=0.05, interest_on={"dates": [dt.date(2000, 1, 1)]}),
    "30/360 without dates": loan(interest=0.05, day_count="30/360"),
    "a day count that there is not": loan(interest=0.05, day_count="actual/actual"),
    "interest dates from two pots": base(
        payments=[P, {**P, "name": "second"}],
        tranches=[T | {"interest": 0.05, "interest_on": {"dates": DAYS}}],
        remainders=[{"name": "a", "on": ["second"], "shares": {"city": 1.0}}],
    ),
    "interest dates of equity": loan(kind="equity", interest_on={"dates": DAYS}),
    "a tier that gives its own hurdle nothing": tiers(({"charity": 1.0}, until(multiple=1.2)), (ALL, None)),
    "a tier after the last": tiers((ALL, None), (HALF, None)),
    "a last tier with an end": tiers((ALL, until(multiple=1.2))),
    "hurdles that fall": tiers((ALL, until(multiple=1.2)), (HALF, until(multiple=1.1)), (HALF, None)),
    "two hurdles at one return": tiers((ALL, until(annual_return=0.1)), (HALF, until(annual_return=0.1)), (HALF, None)),
    "a hurdle without a return": tiers((ALL, until()), (HALF, None)),
    "a hurdle of nobody": tiers(({"charity": 1.0}, {"tranche": "charity", "multiple": 1.2}), (ALL, None)),
    "a hurdle above the cap": tiers(
        ({"lender": 0.9, "charity": 0.1}, until(multiple=1.3)), (HALF, None), return_cap={"multiple": 1.2}
    ),
    "shares of a tier that do not add up": tiers(({"lender": 0.5}, until(multiple=1.2)), (ALL, None)),
    "shares and tiers": base(remainders=[{"name": "rest", "shares": ALL, "tiers": [{"shares": ALL}]}]),
    "neither shares nor tiers": base(remainders=[{"name": "rest"}]),
    "a stranger in a tier": tiers(({"lender": 0.5, "bank": 0.5}, until(multiple=1.2)), (ALL, None)),
    "a tier of capped ones": tiers((ALL, until(multiple=1.1)), (HALF, None), return_cap={"multiple": 1.2}),
    "a hurdle on what comes in other tiers too": once(
        {"on": ["result"], "shares": {}, "tiers": [{"shares": ALL, "until": until(multiple=2)}, {"shares": ALL}]},
        {"on": ["second"], "shares": {}, "tiers": [{"shares": ALL, "until": until(multiple=3)}, {"shares": ALL}]},
    ),
    "once repaid, and nothing until then": once({"on": ["result"]}, {"on": ["second"], "once_repaid": ["lender"]}),
    "two that hold once repaid": once(
        {"on": ["result"]},
        {"on": ["second"]},
        {"on": ["second"], "once_repaid": ["lender"]},
        {"on": ["second"], "once_repaid": ["junior"]},
    ),
    "once a stranger is repaid": once({"on": ["result"]}, {}, {"once_repaid": ["bank"]}),
    "once equity is repaid": once({"shares": {"junior": 1.0}}, {"once_repaid": ["junior"]}, kind="equity"),
    "once repaid by what it is about": once(
        {"on": ["result"]}, {"on": ["second"]}, {"on": ["second"], "once_repaid": ["junior"]}
    ),
    "capital drawn again that is paid in at the start": loan(revolving=True, draws="at start"),
    "capital drawn again with dates": loan(revolving=True, repaid_on=[[DAYS[0], 1]]),
    "equity drawn again": loan(revolving=True, kind="equity"),
    "capital drawn again, and receipts that pay costs": base(
        tranches=[T | {"revolving": True}], receipts_pay_costs_until=dt.date(2018, 1, 1)
    ),
    "costs above all that can be drawn again": base(
        payments=[{**P, "pays": {"amount": 50}}],
        tranches=[T | {"amount": 10, "revolving": True}],
    ),
    "what is due to one to whom nothing is": service({"to": "lender"}, repaid_on=None),
    "what is due to a stranger": service({"of": {"due_to": "bank"}}),
    "what is due to one goes to another": service({"to": "charity"}),
    "what is due to one is repaid besides": service({"to": "lender", "repays": True}),
    "what is due has dates of its own": service({"due": {"dates": DAYS}}),
    "more than what is due": base(
        payments=[
            P,
            *(
                {"name": f"service {i}", "of": {"due_to": "lender"}, "pays": {"amount": 0.6}, "to": "lender"}
                for i in (1, 2)
            ),
        ],
        tranches=[T | {"repaid_on": TWICE}],
    ),
    "what is due from one that it does not repay": service({}, repaid_from=["result"]),
    "a share of two things": service({"of": {"due_to": "lender", "principal": "lender"}}),
    "principal of nobody": pays(P["pays"], of={"principal": "lendr"}),
    "a repayment to nobody": pays(P["pays"], repays=True),
    "a payment to its payer": pays(P["pays"], to="city"),
    "a unit of a share": metrics(
        {
            "name": "housed",
            "kind": "proportion",
            "unit": "households",
            "better": "higher",
            "compare": {"design": "none"},
            "reported": {"months_after_enrolment": 6},
        },
        beliefs={**BASE["beliefs"], "levels": {"housed": 0.5}},
    ),
    "a unit of a sum of improvements": metrics(
        {
            "name": "progress",
            "kind": "index",
            "unit": "points",
            "better": "higher",
            "parts": [{"metric": "arrests", "reads": "improvement", "weight": 1}],
        }
    ),
    "a unit of many words": base(metrics=[{**M, "unit": "arrests of those who are served, by the police of the city"}]),
    "a case of the base case's name": in_case({"costs.care.amount": 900}, name="base"),
    "two cases of one name": in_case({"costs.care.amount": 900}, {"costs.care.amount": 800}),
    "a case without a change": in_case({}),
    "a case that changes its own name": in_case({"cases.downside.name": "worse"}),
    "a case that calls the scenario otherwise": in_case({"name": "worse"}),
    "a case that cites": in_case({"sources.start": "the press"}),
    "a case that takes something away": in_case({"costs.care.amount": None}),
    "a case with a path that leads nowhere": in_case({"costs.cure.amount": 900}),
    "a case with an unknown key": in_case({"costs.care.amonut": 900}),
    "a case with a value that cannot be": in_case({"beliefs.effects.arrests": 1.5}),
    "a case that is not funded": in_case({"costs.care.amount": 1100}),
    "a case that changes one figure twice": in_case({"costs.care.amount": 900, "costs.0.amount": 800}),
    "one table of cases": base(cases={"name": "downside", "changes": {"costs.care.amount": 900}}),
    "a share next to nothing": base(
        parties=["charity"], remainders=[{"name": "rest", "shares": {"lender": 1e-100, "charity": 1.0}}]
    ),
    "capital next to nothing": loan(amount=1e-150),
    "a shape next to nothing": base(
        beliefs={**BASE["beliefs"], "comparison": {"arrests": {"mean": 2, "shape": 1e-310}}}
    ),
    "nodes closer than rounding": pays({"nodes": [[0, 0], [5e-324, 100]]}),
    "steps closer than rounding": pays({"steps": [[0.1, 50], [0.1 + 1e-15, 100]]}),
    "a band narrower than rounding": pays({"bands": [{"at_least": 0.1, "below": 0.1 + 1e-15, "pays": 50}]}),
    "a figure of 400 digits": loan(amount=10**400),
    "text for a table": base(costs=["x"]),
    "too many results in all": growth.metrics_of_months(334),
    "too many metrics in a row": growth.funnels(101, long=101),
    "too many indices in a row": growth.indices_in_a_row(11),
    "an index of too many parts": growth.indices_in_a_row(2, parts=45),
    "too many fallbacks in a row": growth.fallbacks(102, long=102),
    "too many cases of a long deal": growth.fixed_payments(300) | {"cases": growth.cases(67)["cases"]},
    "too many occasions": growth.months_and_payments(334),
    "too many results read on all occasions": growth.months_so_far(800, payments=7),
    "too many limits on all occasions": growth.months_and_payments(100, limits=17),
    "a guarantor who lends": base(tranches=[{**T, "guarantee": {"by": "lender", "covers": {"per_unit": 1}}}]),
}


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    assert message(CASES[case]) == EXPECTED[case].rstrip("\n")


def test_each_text_has_its_case():
    assert set(EXPECTED) == set(CASES)
