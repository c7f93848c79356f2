"""Contracts that make no sense are refused in four parts. Whole messages, which stand in tests/cases/refusals.txt."""

import datetime as dt
from copy import deepcopy
from pathlib import Path

import pytest

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


T = {"name": "lender", "amount": 1000}
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
    "a band without a beginning": pays({"bands": [{"below": 0.2, "pays": 100}]}),
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
    "interest on a grant": base(tranches=[T, {"name": "fund", "amount": 5, "kind": "grant", "interest": 0.05}]),
    "repayments that do not add up": base(tranches=[{**T, "repaid_on": [[dt.date(2018, 1, 1), 0.5]]}]),
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
    "a guarantor who lends": base(tranches=[{**T, "guarantee": {"by": "lender", "covers": {"per_unit": 1}}}]),
}


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    assert message(CASES[case]) == EXPECTED[case].rstrip("\n")


def test_each_text_has_its_case():
    assert set(EXPECTED) == set(CASES)
