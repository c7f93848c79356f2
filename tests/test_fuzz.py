"""Fuzzed files. Truth: a file is a valid scenario or a `ScenarioError`. `python -m tests.fuzz` looks longer."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from sib.scenario.scenario import json_schema
from tests import splices


@pytest.mark.parametrize("kind", ["changed", "spliced", "bounds"])
def test_no_file_ends_in_anything_else(kind):
    command = [sys.executable, "-m", "tests.fuzz", "3", "2010", kind]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "'valid'" in done.stdout
    assert "'refused'" in done.stdout
    assert "without a word" not in done.stdout


def test_bounds_are_those_of_the_schema():
    found = splices.at_its_bounds(json_schema(), ("costs", 0, "amount"), 1_600_000)
    assert {0, 1, 1e15} <= set(found)
    assert min(found) < 0 < 1e15 < max(found)
    whole = splices.at_its_bounds(json_schema(), ("cohorts", 0, "size"), 1000)
    assert {0, 1, 100_000_000, 100_000_001} <= set(whole)


def test_every_figure_of_every_shipped_file_is_put_at_its_bounds():
    named = {what.partition(":")[0] for what, _ in splices.bounds(None)}
    assert named == {file.stem for file in splices.SHIPPED}
    what, data = next(islice(splices.bounds(None), 3, None))
    assert isinstance(data, dict)
    assert "=" in what
