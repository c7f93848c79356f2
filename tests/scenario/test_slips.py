"""Natural slips of the pen are refused, with the message that helps. Whole messages stand in tests/cases/slips.txt."""

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
}


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    assert message(CASES[case]) == EXPECTED[case].rstrip("\n")


def test_each_text_has_its_case():
    assert list(EXPECTED) == list(CASES)
