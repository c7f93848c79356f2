"""How much more precise other ways of drawing are: `python -m tests.benchmarks.evenness [--paths 131072] [DEAL ...]`.

Of each figure of each deal the standard error of independent paths over that of strata and of Sobol' points, each the
root mean square of a few runs (how often intervals by these errors hold is in `tests/coverage.py`); and the time that
the run takes over that of independent paths. A figure that does not vary, and one that is not given, is left out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

import sib
from sib.chance.sources import WAYS

PATHS, RUNS = 1 << 17, 4
TIME = "(time)"


def gains(name: str, paths: int = PATHS, runs: int = RUNS) -> pd.DataFrame:
    """Standard errors of independent paths over those of other ways, by figure; and seconds of these over those."""
    scenario = sib.load(name)
    squares = {way: pd.Series(dtype=float) for way in WAYS}
    taken = dict.fromkeys(WAYS, np.inf)
    for seed in range(runs):
        for way in WAYS:
            start = time.perf_counter()
            found = sib.simulate(scenario, paths, rng=seed, sampling=way).summary()["mcse"]
            taken[way] = min(taken[way], time.perf_counter() - start)
            squares[way] = found**2 if squares[way].empty else squares[way] + found**2
    table = pd.DataFrame({way: np.sqrt(squares["plain"] / squares[way]) for way in WAYS[1:]})
    table = table[np.isfinite(table).all(axis=1) & (squares["plain"] > 0)]
    table.loc[TIME] = [taken[way] / taken["plain"] for way in WAYS[1:]]
    return table


def main(arguments: Sequence[str] | None = None) -> pd.DataFrame:
    """Print the table of each deal."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.evenness", description=__doc__)
    parser.add_argument("deals", nargs="*", default=[*sib.scenarios().index], metavar="DEAL")
    parser.add_argument("--paths", type=int, default=PATHS)
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args(arguments)
    table = pd.concat({name: gains(name, given.paths, given.runs) for name in given.deals}, names=["deal", "figure"])
    print(table.round(2).to_string())
    return table


if __name__ == "__main__":
    main()
