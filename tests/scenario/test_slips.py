"""Natural slips of the pen are refused, with the message that helps. Whole messages stand in tests/cases/slips.txt."""

import datetime as dt
from copy import deepcopy
from pathlib import Path

import pytest

import sib
from tests.scenario.test_errors import BASE, message

TEXTS = (Path(__file__).parents[1] / "cases" / "slips.txt").read_text(encoding="utf-8")
EXPECTED = {name: text for name, _, text in (case.partition("\n") for case in TEXTS.removeprefix("## ").split("\n## "))}
P, M, T = BASE["payments"][0], BASE["metrics"][0], BASE["tranches"][0]


def base(**over):
    return deepcopy(BASE) | deepcopy(over)


def payment(*, metrics=(), **over):
    data = base(payments=[P | over])
    data["metrics"] += deepcopy(list(metrics))
    data["beliefs"]["levels"] = {metric["name"]: 0.5 for metric in metrics}
    return data


HOUSED = [
    {
        "name": "housed",
        "kind": "proportion",
        "better": "higher",
        "compare": {"design": "none"},
        "reported": {"months_after_enrolment": 18},
    }
]


def share(*, compare=None, **over):
    """A payment on a share of persons, against a written baseline."""
    metric = HOUSED[0] | {"compare": compare or {"design": "historical", "level": 0.5}}
    data = base(payments=[P | {"metric": "housed"} | over])
    data["metrics"].append(metric)
    data["beliefs"]["comparison"]["housed"] = {"share": 0.5}
    data["beliefs"]["effects"]["housed"] = 0.1
    return data


def index(first, second, **part):
    """An index of an improvement and a share of persons in targets, or of two improvements."""
    parts = [
        {"metric": "arrests", "reads": "improvement", "weight": first} | ({"target": 0.1} if part else {}),
        {"metric": "housed", "reads": "level", "weight": second} | part
        if part
        else {"metric": "assaults", "reads": "improvement", "weight": second},
    ]
    data = payment(metrics=HOUSED)
    data["metrics"].append(M | {"name": "assaults"})
    data["metrics"].append({"name": "progress", "kind": "index", "better": "higher", "parts": parts})
    for table in ("comparison", "effects"):
        data["beliefs"][table]["assaults"] = data["beliefs"][table]["arrests"]
    return data


def limit(**over):
    return base(limits=[{"name": "cap"} | over])


def fixed_and(**over):
    charge = {"name": "charge", "due": {"dates": [dt.date(2016, 1, 1)]}, "pays": {"amount": 5}}
    return base(payments=[P, charge], limits=[{"name": "cap"} | over])


def by_period(**over):
    days = {"name": "days", "kind": "total", "better": "higher", "reported": {"periods": [dt.date(2017, 1, 1)]}}
    data = limit(**over)
    data["metrics"].append(days)
    data["payments"].append({"name": "days", "metric": "days", "scope": "period", "pays": {"per_unit": 1}})
    data["beliefs"]["levels"] = {"days": 10}
    return data


def lender(**over):
    return base(tranches=[T | over])


def lender_and(**over):
    return lender(return_cap={"multiple": 1.1}) | {"remainders": [{"name": "rest"} | over]}


def repaying():
    back = P | {"to": "lender", "repays": True}
    return base(parties=["state"], payments=[back, back | {"name": "state's", "payer": "state"}])


def milestones(first, second):
    jobs = {"name": "jobs", "kind": "total", "better": "higher", "once": True}
    data = base()
    data["metrics"].append(jobs | {"reported": {"months_after_enrolment": 6}} | first)
    data["metrics"].append(jobs | {"name": "kept", "among": "jobs"} | second)
    data["beliefs"]["levels"] = {"jobs": 0.5, "kept": 0.5}
    return data


def mean():
    metric = {key: value for key, value in M.items() if key != "window_months"} | {"kind": "mean"}
    return base(metrics=[metric], beliefs=BASE["beliefs"] | {"comparison": {"arrests": {"mean": 77}}})


CASES = {
    "a party almost like a tranche": payment(owed_by="lendr", to="charity", pays={"nodes": [[0, -50], [0.1, 100]]}),
    "a party like no other": payment(payer="ministry"),
    "a payee of costs almost like another": base(
        costs=[
            {"name": "care", "to": "charity", "per": "cohort", "amount": 500},
            {"name": "more care", "to": "charitty", "per": "cohort", "amount": 500},
        ]
    ),
    "a payee of costs almost like a tranche": base(costs=[BASE["costs"][0] | {"to": "lenders"}]),
    "a party listed twice": base(parties=["ministry", "ministry"]),
    "an annual return for a limit": limit(annual_return=0.066),
    "a limit on some and but for others": limit(**{"on": ["result"], "except": ["result"]}, amount=50),
    "a limit but for a fixed payment": fixed_and(**{"except": ["charge"]}, amount=50),
    "a limit but for a payment that is not there": limit(**{"except": ["reslt"]}, amount=50),
    "a limit on nothing": limit(**{"except": ["result"]}, amount=50),
    "a limit on one payer's nothing": limit(payer="charity", amount=50),
    "a limit for each cohort on all payments": by_period(scope="cohort", amount=50),
    "a ceiling a person on all payments": limit(per_person=50),
    "a limit of nothing": limit(on=["result"]),
    "money where a share of principal belongs": payment(
        of={"principal": "lender"}, to="lender", pays={"steps": [[0.1, 750_000]]}
    ),
    "1.3 for 0.013 of principal a year": payment(
        of={"principal": "lender", "years": 12}, to="lender", pays={"steps": [[0.1, 1.3]]}
    ),
    "money where a share of a cost belongs": base(
        payments=[P, {"name": "back", "of": {"cost": "care"}, "pays": {"amount": 500}}]
    ),
    "a step on an improvement in per cent": payment(pays={"steps": [[7.5, 100]]}),
    "a band on a share of persons in per cent": share(reads="level", pays={"bands": [{"at_least": 75, "pays": 100}]}),
    "a node in points in per cent": share(reads="points", pays={"nodes": [[0, 0], [10, 100]]}),
    "a condition on another share in per cent": payment(
        when={"others": {"housed": {"level": 90}}}, months_after_result=6, metrics=HOUSED
    ),
    "a baseline of a share in per cent": share(compare={"design": "historical", "level": 58}),
    "weights of an index in per cent": index(80, 20),
    "weights of an index, one of them in per cent": index(80, 0.2),
    "weights of an index that come to 1.1": index(0.8, 0.3),
    "a target of an index in per cent": index(0.8, 0.2, target=90),
    "a guarantee of all and more": base(
        parties=["state"], tranches=[T | {"guarantee": {"by": "state", "covers": {"per_unit": 75}}}]
    ),
    "two that take what is over the caps": lender_and(shares={"lender": 1.0, "city": 0.0, "charity": 0.0}),
    "two payers that repay one tranche on one day": repaying(),
    "repayments of ten times the loan": lender(repaid_on=[[dt.date(2018, 1, 1), 5_000], [dt.date(2019, 1, 1), 5_000]]),
    "repayments in per cent of a large tranche": lender(
        amount=5_000_000, repaid_on=[[dt.date(2018, 1, 1), 50], [dt.date(2019, 1, 1), 50]]
    ),
    "no metrics": base(metrics=[]),
    "no cohorts": base(cohorts=[]),
    "no steps": payment(pays={"steps": []}),
    "steps of four numbers": payment(pays={"steps": [0.1, 100, 0.2, 200]}),
    "a step of three": payment(pays={"steps": [[0.1, 0.2, 100]]}),
    "a node of one": payment(pays={"nodes": [[0.1]]}),
    "a milestone that may count a person twice": milestones({"once": False}, {}),
    "a milestone that follows and may count a person twice": milestones({}, {"once": False}),
    "levels that are no part of the contract": base(levels={"arrests": 0.4}),
    "one limit as a table": base(limits={"name": "cap", "on": ["result"], "amount": 50}),
    "costs above the capital": base(costs=[BASE["costs"][0] | {"amount": 1_001}]),
    "bands that fall": payment(
        pays={"bands": [{"at_least": 0.2, "pays": 200}, {"at_least": 0.1, "below": 0.2, "pays": 100}]}
    ),
    "a band without an end in the middle": payment(
        pays={"bands": [{"at_least": 0.1, "pays": 100}, {"at_least": 0.2, "pays": 200}]}
    ),
    "a price by another name": payment(pays={"price": 500}),
    "a price for each person": payment(pays={"per_person": 500}),
    "a price outside of what a payment pays": payment(per_unit=500),
    "a mean without its spread": mean(),
    "a share of a cost for results": payment(of={"cost": "care"}, pays={"amount": 0.5}),
    "a cap on return without its kind": lender(return_cap=0.066),
    "a cap on return above one": lender(return_cap=1.45),
    "a whole number of 401 digits": base(cohorts=[BASE["cohorts"][0] | {"size": 10**400}]),
    "an amount of 401 digits": lender(amount=10**400),
    "one word typed in two ways": base(
        parties=["pr\u00eateur"], remainders=[{"name": "rest", "shares": {"pr\u00eateur": 0.5, "pre\u0302teur": 0.5}}]
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    assert message(CASES[case]) == EXPECTED[case].rstrip("\n")


@pytest.mark.parametrize("given", [dt.date(2025, 1, 1), 5, True, "soon", [1], [[1, 2, 3]]])
def test_repayments_that_are_no_list_of_pairs_are_refused(given):
    with pytest.raises(sib.InputError, match="repaid_on"):
        sib.Scenario.from_data(lender(repaid_on=given))


def test_each_text_has_its_case():
    assert list(EXPECTED) == list(CASES)


def test_a_word_is_one_however_it_was_typed():
    composed, decomposed = "pr\u00eateur", "pre\u0302teur"
    rates = BASE["beliefs"] | {"discount_rates": {decomposed: 0.01}}
    scenario = sib.Scenario.from_data(base(tranches=[T | {"name": composed}], beliefs=rates))
    assert scenario.beliefs.discount_rates[composed] == 0.01
    assert scenario.replace({f"tranches.{decomposed}.amount": 2_000}).tranches[0].amount == 2_000
