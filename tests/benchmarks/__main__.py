"""Run the benchmarks: `python -m tests.benchmarks [--smoke] [--out benchmarks.json]`."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyxirr

import sib
from tests.benchmarks import floor, peers
from tests.benchmarks.flows import FAMILIES, Floats

MILLION = 1_000_000
FEW = ["payment_mean", "payment_p95", "payment_probability", "loss_probability"]

MEASURE = """
import sys, time
import sib
from tests.memory import peak
paths = int(sys.argv[1])
start = time.perf_counter()
sib.simulate(sib.load("peterborough"), paths, rng=1).summary()
print(time.perf_counter() - start, peak())
"""


class Table:
    """Ratios, printed as they are taken."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def add(self, what: str, against: str, ratio: float, wanted: str, *, met: bool, **seconds: float) -> None:
        row = {"what": what, "against": against, "ratio": round(ratio, 3), "wanted": wanted, "met": met, **seconds}
        self.rows.append(row)
        print(f"{what:<54} {against:<40} {ratio:>9.2f}  {wanted:<16} {'' if met else 'missed'}", flush=True)


def seconds(*work: Callable[[], object], times: int = 3, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """The least time of each piece of work, taken in turn so that all meet the same machine."""
    least = [float("inf")] * len(work)
    for _ in range(times):
        for i, one in enumerate(work):
            start = clock()
            one()
            least[i] = min(least[i], clock() - start)
    return least


def on_one_thread(ask: Callable[[Executor], object]) -> Callable[[], object]:
    """A question whose futures are drawn and settled on one thread."""

    def work() -> object:
        with ThreadPoolExecutor(1) as pool:
            return ask(pool)

    return work


def simulated(name: str, paths: int) -> Callable[[Executor | None], object]:
    """Draws to summary."""
    scenario = sib.load(name)
    return lambda pool: sib.simulate(scenario, paths, rng=1, executor=pool).summary()


def asked(name: str, paths: int) -> Callable[[Executor | None], object]:
    """Payments and probabilities alone."""
    scenario = sib.load(name)
    return lambda pool: sib.compare({name: scenario}, paths, rng=1, executor=pool, measures=FEW)


def floors(table: Table, scale: float) -> None:
    """Against drawing the random numbers alone, on one thread: processor time, whoever else is at work."""
    for name, paths, most in (
        ("peterborough", MILLION, 1.8),
        ("denver", MILLION, 2.0),
        ("nyc-able", MILLION, 2.0),
        ("reboot-west", MILLION // 10, 2.0),
    ):
        size = int(paths * scale)
        calls = floor.calls_of(sib.load(name))
        mine, few, least = seconds(
            *(on_one_thread(ask(name, size)) for ask in (simulated, asked)),
            lambda c=calls, n=size: floor.draw(c, n, 1),
            clock=time.process_time,
        )
        for what, taken, at_most in (("draws to summary", mine, most), ("payments and probabilities", few, 1.4)):
            met, wanted = taken <= at_most * least, f"at most {at_most}"
            what = f"{name}, {size:,} paths, {what}"
            table.add(what, "its random numbers", taken / least, wanted, met=met, sib=taken, peer=least)


def notebooks(table: Table, scale: float) -> None:
    """Against an analyst's notebooks; theirs are run on fewer paths, and their time is in proportion."""
    size = int(MILLION * scale)
    (mine,) = seconds(on_one_thread(simulated("peterborough", size)))
    for name, paths, least in (("vectorised", size // 5, 5.0), ("looped", size // 500, 100.0)):
        (other,) = seconds(lambda n=name, p=paths: peers.PEERS[n](p, np.random.default_rng(1)), times=1)
        other *= size / paths
        what, against = f"peterborough, {size:,} paths", f"notebook, {name}"
        table.add(what, against, other / mine, f"at least {least:g}", met=other >= least * mine, sib=mine, peer=other)


def rates(table: Table, scale: float) -> None:
    """`irr` against pyxirr path by path, on the same flows: how long they take, and whether they may differ."""
    for name, (columns, family) in FAMILIES.items():
        dates, amounts = family(max(int(columns * scale), 10), np.random.default_rng(1))
        years = np.array([(day - dates[0]).days / 365 for day in dates])

        def theirs(dates: list[dt.date] = dates, amounts: Floats = amounts) -> list[float | None]:
            return [pyxirr.xirr(dates, row, silent=True) for row in amounts]

        (mine,) = seconds(lambda a=amounts, y=years: sib.irr(a, y))
        (other,) = seconds(theirs, times=1)
        what, against = f"irr, {len(amounts):,} paths: {name}", "pyxirr, path by path"
        table.add(what, against, other / mine, "at least 5", met=other >= 5 * mine, sib=mine, peer=other)
        rate, found = sib.irr(amounts, years), np.array(theirs(), dtype=float)
        apart = np.flatnonzero(np.abs(rate - found) > 1e-9 * np.maximum(1.0, np.abs(found)))
        wrong = sum(not right(amounts[i], years, rate[i], found[i]) for i in apart)
        what = f"  of {np.isfinite(rate - found).sum():,} rates differ, ours being wrong"
        table.add(what, "one's value and distance from zero", wrong, "at most 0", met=not wrong)


def right(amounts: Floats, years: Floats, mine: float, other: float) -> bool:
    """Whether a rate is one, and the other is none or further from zero."""
    return is_rate(amounts, years, mine) and (not is_rate(amounts, years, other) or abs(other) > abs(mine))


def is_rate(amounts: Floats, years: Floats, rate: float) -> bool:
    """Whether the value is zero but for rounding, of the rate too; -1 is what floats have of any rate close to it."""
    if rate <= -1:
        return True
    value = amounts * np.exp(-np.log1p(rate) * years)
    moved = abs((value * years).sum()) * np.spacing(abs(rate)) / (1 + rate)
    return bool(abs(value.sum()) <= 1e-12 * np.abs(value).sum() + 4 * moved)


def threads(table: Table, scale: float) -> None:
    """The threads that are there by default, one a core, against one."""
    for name, paths in (
        ("peterborough", MILLION),
        ("denver", MILLION),
        ("nyc-able", MILLION),
        ("reboot-west", MILLION // 10),
    ):
        work = simulated(name, int(paths * scale))
        one, all_cores = seconds(on_one_thread(work), partial(work, None))
        met = one >= 1.7 * all_cores
        what = f"{name}, {os.cpu_count()} threads"
        table.add(what, "one thread", one / all_cores, "at least 1.7", met=met, sib=all_cores, peer=one)


def portfolios(table: Table, scale: float) -> None:
    """All shipped deals held together, one portfolio a currency, with every table, against each simulated by itself."""
    size = int(MILLION // 10 * scale)
    deals = {name: sib.load(name) for name in sib.scenarios().index}
    held: dict[str, dict[str, sib.Scenario]] = {}
    for name, scenario in deals.items():
        if scenario.tranches:
            held.setdefault(scenario.currency, {})[name] = scenario

    def together(pool: Executor) -> None:
        for of_currency in held.values():
            whole = sib.portfolio(of_currency, paths=size, rng=1, executor=pool)
            for each in (whole.summary, whole.deals, whole.diversification, whole.cash):
                each()

    def apart(pool: Executor) -> None:
        for of_currency in held.values():
            for scenario in of_currency.values():
                sib.simulate(scenario, size, rng=1, executor=pool).summary()

    mine, singly = seconds(*(on_one_thread(ask) for ask in (together, apart)), clock=time.process_time)
    what, against = f"portfolios of {sum(map(len, held.values()))} deals, {size:,} paths", "each by itself"
    table.add(what, against, mine / singly, "at most 1.3", met=mine <= 1.3 * singly, sib=mine, peer=singly)


def sweeps(table: Table, scale: float) -> None:
    """Twenty prices on shared futures, one figure of each, against one simulation with its whole summary."""
    for name, payment, most in (("peterborough", "early", 5.0), ("reboot-west", "entry", 3.0)):
        scenario, paths = sib.load(name), int(MILLION // 10 * scale)
        path = f"payments.{payment}.pays.per_unit"
        price = next(one for one in scenario.payments if one.name == payment).pays.per_unit or 0.0
        grid = {path: [price * (1.0 + step / 20) for step in range(20)]}
        swept, one = seconds(
            lambda g=grid, s=scenario, n=paths: sib.sweep(g, s, n, rng=1, measures=["loss_probability"]),
            lambda s=scenario, n=paths: sib.simulate(s, n, rng=1).summary(),
        )
        table.add(
            f"{name}, {paths:,} paths, 20 prices, loss_probability",
            "one simulate",
            swept / one,
            f"at most {most:g}",
            met=swept <= most * one,
            sib=swept,
            peer=one,
        )


def growth(table: Table, scale: float) -> None:
    """Time and peak memory by the number of paths, each in a process of its own."""
    sizes = [int(n * scale) for n in (MILLION // 10, MILLION, 10 * MILLION)]
    taken = {}
    for size in sizes:
        ran = subprocess.run([sys.executable, "-c", MEASURE, str(size)], capture_output=True, text=True, check=True)
        taken[size] = tuple(map(float, ran.stdout.split()))
    for small, large in pairwise(sizes):
        ratio = taken[large][0] / taken[small][0] / (large / small)
        table.add(
            f"peterborough, {large:,} paths, time a path", f"{small:,} paths", ratio, "at most 1.2", met=ratio <= 1.2
        )
    peak = taken[sizes[-1]][1]
    table.add(f"peterborough, {sizes[-1]:,} paths, peak MB", "MB", peak, "at most 500", met=peak <= 500)
    ratio = peak / taken[sizes[-2]][1]
    table.add(
        f"peterborough, {sizes[-1]:,} paths, peak memory",
        f"{sizes[-2]:,} paths",
        ratio,
        "at most 1.1",
        met=ratio <= 1.1,
    )


def starts(table: Table, scale: float) -> None:
    """Cold starts, and what tables and pictures take besides, each in a process of its own."""

    def process(*arguments: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    base, mine, run = seconds(
        process("-c", "import numpy, pandas, pydantic"),
        process("-c", "import sib"),
        process("-m", "sib", "run", "peterborough", "--seed", "1"),
        times=7,
    )
    for what, taken, most in (("import sib", mine, 1.2), ("sib run peterborough", run, 6.0)):
        against, met = "import numpy, pandas, pydantic", taken <= most * base
        table.add(what, against, taken / base, f"at most {most:g}", met=met, sib=taken, peer=base)
    for name in ("peterborough", "reboot-west"):
        paths = str(max(int(100_000 * scale), 100))
        words = ("-m", "sib", "run", name, "--seed", "1", "--paths", paths)
        with tempfile.TemporaryDirectory() as folder:
            plain, out = seconds(process(*words), process(*words, "--out", folder), times=max(int(3 * scale), 1))
        what, met = f"sib run {name} --out", out <= 1.7 * plain
        table.add(what, "the same without --out", out / plain, "at most 1.7", met=met, sib=out, peer=plain)


def main() -> None:
    """Take every ratio, print and write them."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a hundredth of the size: does every case run?")
    parser.add_argument("--out", type=Path, default=Path("benchmarks.json"), help="the file of results")
    given = parser.parse_args()
    table = Table()
    for case in (floors, notebooks, rates, threads, portfolios, sweeps, growth, starts):
        case(table, 0.01 if given.smoke else 1.0)
    machine = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "sib": sib.__version__,
        "cores": os.cpu_count(),
        "machine": platform.machine(),
    }
    given.out.write_text(json.dumps({"machine": machine, "ratios": table.rows}, indent=1) + "\n")
    print(f"Written to {given.out}")


if __name__ == "__main__":
    main()
