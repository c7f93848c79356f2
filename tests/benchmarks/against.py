"""Today's code beside an older revision's, in one run: `python -m tests.benchmarks.against REVISION [--times 7]`.

Both simulate the same scenarios on one thread, in processes of their own that take turns, so that both meet the same
machine. Ratios are of the least times; below one today's is quicker.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASES = {"peterborough": 500_000, "denver": 300_000, "nyc-able": 300_000, "reboot-west": 30_000}
WORK = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
import sib
name, paths = sys.argv[1], int(sys.argv[2])
scenario = sib.load(name)
sib.simulate(scenario, 1_000, rng=1).summary()
least = float("inf")
with ThreadPoolExecutor(1) as worker:
    for _ in range(3):
        start = time.perf_counter()
        sib.simulate(scenario, paths, rng=1, executor=worker).summary()
        least = min(least, time.perf_counter() - start)
print(least)
"""


def taken(tree: Path, name: str, paths: int) -> float:
    """Seconds that one tree's code takes, the least of three."""
    there = {**os.environ, "PYTHONPATH": str(tree)}
    command = [sys.executable, "-c", WORK, name, str(paths)]
    return float(subprocess.run(command, cwd=tree, env=there, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Take the ratios and print them."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.against", description=__doc__)
    parser.add_argument("revision", help="what today's code is compared with")
    parser.add_argument("--times", type=int, default=5, help="how often each takes its turn")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        old = Path(folder)
        archive = subprocess.run(["git", "archive", given.revision], cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(old, filter="data")
        for name, paths in CASES.items():
            pairs = [(taken(ROOT, name, paths), taken(old, name, paths)) for _ in range(given.times)]
            today, before = (min(one) for one in zip(*pairs, strict=True))
            print(f"{name:<14} {paths:>9,} paths  {today:8.3f} s  before {before:8.3f} s  ratio {today / before:.2f}")


if __name__ == "__main__":
    main()
