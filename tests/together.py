"""Runs that share a folder: `python -m tests.together [TRIES] [SEED]` from the root of a checkout.

Two processes begin in one empty folder at once, without `rng`; then one begins, is killed at any moment (SIGKILL), and
the other takes its folder up. Each has to end with the bits of an unbroken run with the seed that the folder says.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from unittest import mock

import sib
from sib.analysis.simulation import Simulation
from sib.run import blocks
from sib.run.blocks import BLOCK

ROOT = Path(__file__).parents[1]
PATHS = 2 * BLOCK + 5  # three parts


class Runner:
    """A process that simulates in whichever folder it is told."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.together", "runner"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.said()

    def begin(self, folder: Path) -> None:
        """Have it begin."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{folder}\n")
        self.process.stdin.flush()

    def said(self) -> str:
        """What it says once it is done: the digest of its bits, or an error."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.communicate()


def bits(simulation: Simulation) -> str:
    """A digest of all columns and of the mean ledger."""
    whole = [values.tobytes() for values in simulation.columns.values()]
    return hashlib.sha256(b"".join([*whole, repr(simulation.ledger().movements).encode()])).hexdigest()


def runner() -> None:
    """What a process does."""
    blocks._TOGETHER = 1  # so that few paths are several parts
    plan = sib.load("peterborough")
    sib.simulate(plan, 10)
    print("ready", flush=True)
    for folder in sys.stdin:
        try:
            print(bits(sib.simulate(plan, PATHS, resume=folder.strip())), flush=True)
        except sib.InputError as error:
            print(" ".join(str(error).split()), flush=True)


def truth(folder: Path) -> str:
    """The bits of an unbroken run with the seed that a folder says."""
    seed = json.loads((folder / "run.json").read_text(encoding="utf-8"))["seed"]["entropy"]
    with mock.patch("sib.run.blocks._TOGETHER", 1):
        return bits(sib.simulate(sib.load("peterborough"), PATHS, rng=seed))


def raced(tries: int, kills: int, seed: int) -> Counter[str]:
    """What came of it, so many times at once and so many times one after a killed one.

    Raises
    ------
    AssertionError
        Where a run has other bits, or none.
    """
    rnd = random.Random(seed)  # noqa: S311 -- moments, not secrets
    found, usual = Counter[str](), 1.0
    runners = [Runner(), Runner()]
    with tempfile.TemporaryDirectory() as memory:
        for number in range(tries + kills):
            folder = Path(memory) / str(number)
            folder.mkdir()
            begun = time.monotonic()
            runners[0].begin(folder)
            if number < tries:
                runners[1].begin(folder)
                said = [runners[0].said(), runners[1].said()]
                usual = time.monotonic() - begun
                how = "two at once"
            else:
                time.sleep(rnd.uniform(0.0, usual))
                runners[0].end()
                left = [file.name for file in folder.iterdir()]
                whole = sum(name.startswith("part-") for name in left)
                how = f"one killed: {'with' if 'run.json' in left else 'no'} run.json, {whole} parts of 3"
                runners[1].begin(folder)
                said = [runners[1].said()]
                runners[0] = Runner()
            assert set(said) == {truth(folder)}, f"{how}: {said}"
            found[how] += 1
    for one in runners:
        one.end()
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["runner"]:
        runner()
    else:
        counts = raced(int(sys.argv[1]) if len(sys.argv) > 1 else 200, 20, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
        for what in sorted(counts):
            print(f"{what}: {counts[what]:,}")
