"""How often 95% intervals hold the truth: of every kind of figure, over many seeds.

`python -m tests.coverage 400 [FILE]` prints the table, or writes it. Truth: one run of two million paths from another
seed, whose own error is a thirtieth of that of plain runs, and a seventh of that of runs of ten lots of Sobol' points.
Figures that are the same in all runs (a quantile well within a jump) are held by any interval and are not counted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

import sib
from sib.analysis.figures import FIGURES, CashFigure
from sib.chance.sources import WAYS, Way
from sib.measures.interval import LEVEL

PATHS: dict[Way, int] = {"plain": 2_000, "stratified": 10_240, "sobol": 40_960}  # ten lots of what is drawn together
TRUTH_PATHS, TRUTH_SEED = 2_000_000, 10**6
DEALS = {  # and what the deal is held against
    "peterborough": {"beliefs.effects.reconvictions.mean": 0.12},
    "denver": {"beliefs.effects.jail days.mean": 0.3},
    "memphis-what-if": {"beliefs.effects.murders.mean": 0.2},
}
FIGURE = ["deal", "sampling", "kind", "measure"]


def kind_of(measure: str) -> str:
    """What a figure is an estimate of."""
    figure = FIGURES[measure]
    return "rate of the mean" if isinstance(figure, CashFigure) else type(figure.estimator).__name__.lower()


def held(
    truth: pd.Series, low: pd.DataFrame, high: pd.DataFrame, estimates: pd.DataFrame
) -> Iterator[tuple[str, str, int, int]]:
    """Of each figure: its kind, its name, how many intervals hold the truth, and how many there are."""
    for measure in truth.index:
        varies = estimates[measure].min() < estimates[measure].max()
        known = low[measure].notna() & high[measure].notna()
        if varies and known.all():
            inside = (low[measure] <= truth[measure]) & (truth[measure] <= high[measure])
            yield kind_of(measure), measure, int(inside.sum()), len(inside)


def of_summaries(name: str, seeds: Sequence[int], way: Way) -> Iterator[tuple[str, str, int, int]]:
    """The intervals of `Simulation.summary`."""
    scenario = sib.load(name)
    truth = sib.simulate(scenario, TRUTH_PATHS, rng=TRUTH_SEED, sampling=way).summary()["estimate"]
    tables = [sib.simulate(scenario, PATHS[way], rng=seed, sampling=way).summary() for seed in seeds]
    low, high, found = (pd.DataFrame([table[key] for table in tables]) for key in ("low", "high", "estimate"))
    yield from held(truth, *(one.reset_index(drop=True) for one in (low, high, found)))


def of_differences(name: str, seeds: Sequence[int], way: Way) -> Iterator[tuple[str, str, int, int]]:
    """The intervals of the differences of `compare`."""
    pair = {"plan": sib.load(name), "other": sib.load(name).replace(DEALS[name])}
    truth = sib.compare(pair, TRUTH_PATHS, rng=TRUTH_SEED, sampling=way)["other", "difference"]
    tables = [sib.compare(pair, PATHS[way], rng=seed, sampling=way)["other"] for seed in seeds]
    low, high, found = (pd.DataFrame([table[f"difference{key}"] for table in tables]) for key in ("_low", "_high", ""))
    yield from held(truth, *(one.reset_index(drop=True) for one in (low, high, found)))


def table_of(seeds: Sequence[int], deals: Sequence[str] = tuple(DEALS)) -> pd.DataFrame:
    """Every figure of every deal: how many intervals hold the truth, and how many there are."""
    rows = []
    for name in deals:
        for way in WAYS:
            for kind, found in (("", of_summaries), (", differences", of_differences)):
                rows += [(name, f"{way}{kind}", *row) for row in found(name, seeds, way)]
    return pd.DataFrame(rows, columns=[*FIGURE, "held", "runs"])


def by_kind(table: pd.DataFrame) -> pd.DataFrame:
    """All figures of a kind together, in per cent: how many intervals hold, and those of one figure at the least."""
    share = (100 * table["held"] / table["runs"]).rename("share")
    groups = table.join(share).groupby(["sampling", "kind"], sort=True)["share"]
    return groups.agg(figures="size", mean="mean", least="min", largest="max").round(1)


def main(seeds: int, file: str | None = None) -> int:
    """Print the tables, or write them."""
    table = table_of(range(seeds))
    each = table.assign(share=(100 * table["held"] / table["runs"]).round(1)).drop(columns="runs")
    text = (
        f"Of {seeds} runs each, how many intervals of {LEVEL:.0%} hold the truth, in per cent: by kind of figure, and"
        f" of each\n\n{by_kind(table).to_string()}\n\n{each.to_string(index=False)}\n"
    )
    if file is None:
        print(text)
    else:
        Path(file).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:3]))
