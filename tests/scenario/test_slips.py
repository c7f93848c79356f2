"""Natural slips of the pen are refused, with the message that helps. Whole messages stand in tests/cases/slips.txt."""

import datetime as dt
from copy import deepcopy
from pathlib import Path

import pytest

from tests.scenario.test_errors import BASE, message

TEXTS = (Path(__file__).parents[1] / "cases" / "slips.txt").read_text(encoding="utf-8")
EXPECTED = {name: text for name, _, text in (case.partition("\n") for case in TEXTS.removeprefix("## ").split("\n## "))}
P, M, T = BASE["payments"][0], BASE["metrics"][0], BASE["tranches"][0]


def base(**over):
    return deepcopy(BASE) | deepcopy(over)


def payment(**over):
    return base(payments=[P | over])


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
}


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    assert message(CASES[case]) == EXPECTED[case].rstrip("\n")


def test_each_text_has_its_case():
    assert list(EXPECTED) == list(CASES)
