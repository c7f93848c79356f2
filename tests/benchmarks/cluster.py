"""A long run over a cluster: `python -m tests.benchmarks.cluster [PATHS] [WORKERS]`.

`peterborough` on one thread of one process, and over worker processes of Dask: seconds, their ratio against the cores
that there are, and the most memory that each process ever had. Where cores are fewer than workers, they share them.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import Executor, ThreadPoolExecutor

import distributed

import sib
from tests.memory import peak

PATHS, WORKERS = 100_000_000, 4


def taken(executor: Executor, paths: int) -> float:
    """Seconds from draws to summary."""
    start = time.perf_counter()
    sib.simulate(sib.load("peterborough"), paths, rng=1, executor=executor).summary()
    return time.perf_counter() - start


def main(paths: int = PATHS, workers: int = WORKERS) -> None:
    """Print both."""
    with ThreadPoolExecutor(1) as thread:
        taken(thread, 1_000_000)  # whatever is to be made ready is
        alone = taken(thread, paths)
    print(f"{paths:,} paths, one thread: {alone:.1f} s, {peak():.0f} MB", flush=True)
    with (
        distributed.LocalCluster(workers, threads_per_worker=1, dashboard_address=None, memory_limit=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = client.get_executor(pure=False)
        taken(executor, 1_000_000)
        together = taken(executor, paths)
        most = max(client.run(peak).values())
    print(f"{workers} worker processes: {together:.1f} s, {most:.0f} MB at most each; {peak():.0f} MB who asked")
    cores = min(workers, os.cpu_count() or 1)
    print(f"{alone / together:.2f} times as fast on {cores} cores; wanted: at least {0.75 * cores:g}")


if __name__ == "__main__":
    main(*(int(float(word)) for word in sys.argv[1:]))
