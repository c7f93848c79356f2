"""Fuzzed files. Truth: a file is a valid scenario or a `ScenarioError`. `python -m tests.fuzz` looks longer."""

import subprocess
import sys
from pathlib import Path


def test_no_file_ends_in_anything_else(tmp_path):
    command = [sys.executable, "-m", "tests.fuzz", "15", "2010"]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "'valid'" in done.stdout
    assert "'refused'" in done.stdout
    assert "without a word" not in done.stdout
