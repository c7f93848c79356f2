"""Contracts that ship nowhere, written from the cookbook by people who had not seen the code. Truth: published figures.

Each file says on top where its terms and its figure come from, and what it pays; amounts beyond the published ones are
arithmetic on the terms.
"""

import math
import tomllib
from pathlib import Path

import pytest

import sib
from tests.test_cookbook import SETTLE, results

FILES = sorted((Path(__file__).parent / "cases" / "contracts").glob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_settles_to_the_published_figure(file):
    text = file.read_text(encoding="utf-8")
    scenario = sib.Scenario.from_data(tomllib.loads(text))
    lines = SETTLE.findall(text)
    assert len(lines) > 1
    for given, party, verb, amount in lines:
        ledger = sib.settle(scenario, results(given, scenario))
        total = {"pays": ledger.paid, "receives": ledger.received}[verb](party)
        assert total == pytest.approx(float(amount.replace("_", "")), abs=0.005), (given, party)
    assert sib.Scenario.from_data(tomllib.loads(scenario.to_toml())) == scenario
    assert math.isfinite(sib.simulate(scenario, 200, rng=1).summary().loc["payment_mean", "estimate"])
