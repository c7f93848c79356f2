"""Benchmarks. Every case runs, and the peers settle the deal as sib does; what they measure is no test."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sib
from sib.chance.streams import seed_of
from sib.run.blocks import run_block
from sib.run.recipe import Deal, Recipe

ROOT = Path(__file__).parents[1]


def test_every_case_runs(tmp_path):
    command = [sys.executable, "-m", "tests.benchmarks", "--smoke", "--out", str(tmp_path / "b.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "b.json").read_text())["ratios"]
    assert len(found) == 45
    assert all(row["ratio"] >= 0 for row in found)
    assert all(row["met"] for row in found if "differ" in row["what"])


def test_the_peer_is_the_same_deal(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    from tests.benchmarks import peers

    deal = Deal.of(sib.load("peterborough"))
    block = next(run_block(Recipe(deal.model, seed_of(3)), (deal.contract,), 0, 5_000))
    result = block.results[0]
    paid = peers.payments(result.treated, result.comparison)
    mine = sib.simulate(sib.load("peterborough"), 5_000, rng=3)
    np.testing.assert_allclose(paid.sum(axis=0), mine.columns["payment"], atol=0.01)
    assert peers.DRAWN.sum() == pytest.approx(mine.columns["drawn"][0])
    found = peers.vectorised(20_000, np.random.default_rng(1))
    for name, row in sib.simulate(sib.load("peterborough"), 200_000, rng=3).summary().iterrows():
        if row["unit"] == "probability" or name.endswith("_mean"):
            value = found.get(name, row["estimate"])
            assert value == pytest.approx(row["estimate"], abs=5 * row["mcse"] * 3.2 + 1e-9), name
