"""`simulate`: `settle` over many draws of the beliefs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor
from itertools import count

import numpy as np

from sib.analysis.figures import COLUMNS, Kept, kept_of
from sib.analysis.keeping import Parts
from sib.analysis.ledger import Ledger, Movement
from sib.analysis.progress import Interrupted, followed
from sib.analysis.simulation import Simulation, batch_of
from sib.analysis.summary import Summary
from sib.engine.chance import LAYERS, Layer
from sib.engine.compiling import compile_plan
from sib.engine.ledger import Entry
from sib.engine.run import Recipe, map_runs, run_block, runs_of
from sib.engine.streams import Rng, seed_of
from sib.measures.tally import MOST, LeftError
from sib.terms.errors import InputError, Problem, expected, nearest
from sib.terms.scenario import Scenario

MOST_PATHS = 1_000_000_000
KEPT_PATHS = MOST  # of longer runs the columns are not kept, so that their memory does not grow with the paths


def simulate(
    scenario: Scenario,
    paths: int = 100_000,
    *,
    rng: Rng = None,
    executor: Executor | None = None,
    progress: bool = False,
    chance: Collection[Layer] = LAYERS,
    resume: str | os.PathLike[str] | None = None,
    stratified: bool = False,
) -> Simulation:
    """Simulate what a deal pays and what its investors risk.

    Parameters
    ----------
    scenario : Scenario
        The deal and the beliefs about it.
    paths : int, default 100_000
        How many futures to draw.
    rng : None, int, Generator, BitGenerator or SeedSequence, optional
        Where the randomness comes from, as `numpy.random.default_rng` takes it. The same number gives the same bits,
        whatever the workers; the first paths do not depend on how many there are.
    executor : concurrent.futures.Executor, optional
        Who works the blocks out; threads on all cores by default. A pool of processes or a cluster will do as well.
    progress : bool, default False
        Show a progress bar.
    chance : collection of {"belief", "people", "measurement"}
        The layers of chance that are on; all by default. Without "belief" effects are at their means, without
        "people" the cohort does just as expected, without "measurement" the comparison does, its bias at the mean.
    resume : str or path, optional
        A folder that keeps the finished parts of the run, so that it can be stopped and taken up again, or made longer:
        the same call goes on where it was, to the same bits. Without `rng` the folder's own seed is taken.
    stratified : bool, default False
        Draw beliefs stratum by stratum (a Latin hypercube in each 1,024 paths). Means and probabilities have a smaller
        standard error at the same cost, the more of the risk is in beliefs; `mcse` says how small. That of a quantile
        or of the expected shortfall is what it would be without, which is no less than it is.

    Returns
    -------
    Simulation

    Raises
    ------
    InputError
        Where `paths` is not a whole number from 1 up, `chance` names no layer, `executor` is none, its workers die, or
        `resume` belongs to another scenario, seed or version.
    Interrupted
        Where the run is stopped by hand; a `KeyboardInterrupt` that says how to go on.

    Examples
    --------
    >>> import sib
    >>> risk = sib.simulate(sib.load("peterborough"), paths=10_000, rng=1).summary()
    >>> bool(0 < risk.loc["loss_probability", "estimate"] < 1)
    True
    """
    layers = checked(scenario, paths, chance)
    on(executor)
    if resume is None:
        seed, parts = seed_of(rng), None
    else:
        parts = Parts.of(resume, scenario, rng, layers, stratified=stratified)
        seed = parts.seed
    recipe = Recipe(compile_plan(scenario), seed, layers, stratified=stratified)
    return run(scenario, int(paths), recipe, executor, progress, parts)


def checked(scenario: Scenario, paths: int, chance: Collection[Layer]) -> frozenset[Layer]:
    """The layers that are on.

    Raises
    ------
    InputError
        Where there is no scenario, `paths` is not a whole number from 1 up, or `chance` names no layer.
    """
    expected(scenario, Scenario, "scenario", 'load it first: sib.load("peterborough")')
    if isinstance(paths, bool) or not isinstance(paths, int | np.integer) or not 1 <= paths <= MOST_PATHS:
        raise InputError(
            Problem("paths", paths, f"a whole number from 1 to {MOST_PATHS:,}", "pass, for example, paths=100_000")
        )
    expected(chance, Collection, "chance", 'name the layers that are on, as in chance=("people",)')
    for layer in chance:
        if layer not in LAYERS:
            raise InputError(Problem("chance", layer, f"layers out of {', '.join(LAYERS)}", nearest(layer, LAYERS)))
    return frozenset(chance)


def run(
    scenario: Scenario,
    paths: int,
    recipe: Recipe,
    executor: Executor | None = None,
    progress: bool = False,
    parts: Parts | None = None,
) -> Simulation:
    """Simulate by a recipe; what all questions that need simulated futures share.

    Raises
    ------
    Interrupted
        Where it is stopped by hand, wherever that finds it.
    """
    runs, done = runs_of(recipe.plan, paths), count()
    with contextlib.closing(_results(recipe, runs, executor, parts, done)) as results:
        try:
            return gathered(scenario, paths, recipe, followed(results, len(runs), show=progress, title=scenario.name))
        except KeyboardInterrupt:
            raise Interrupted(next(done), len(runs), None if parts is None else parts.folder) from None


def _results(
    recipe: Recipe, runs: list[tuple[int, int]], executor: Executor | None, parts: Parts | None, done: Iterator[int]
) -> Generator[Kept, None, None]:
    """What is kept of each piece of work, in order: those that were finished before are read from their folder.

    `done` goes up by one for each.
    """
    finished = set() if parts is None else {run for run in runs if parts.find(run)}
    results = map_runs(((recipe, run) for run in runs if run not in finished), kept_of, on(executor))
    try:
        for run in runs:
            if parts is None:
                part = next(results)
            elif run in finished:
                part = parts.read(run) or kept_of(run_block(recipe, *run))
            else:
                part = next(results)
                parts.write(run, part)
            next(done)
            yield part
    except BrokenExecutor as error:
        raise InputError(
            Problem(
                "executor",
                f"workers that died ({error})",
                "workers that live until the run is done",
                'run again, on fewer workers where memory is short; with resume="folder" what is finished is kept',
            )
        ) from None
    finally:
        results.close()


def gathered(scenario: Scenario, paths: int, recipe: Recipe, results: Iterable[Kept]) -> Simulation:
    """A simulation from what was kept of each piece of work."""
    plan = recipe.plan
    kept = {name: np.empty(paths) for name in COLUMNS} if paths <= KEPT_PATHS else None
    summed, done, effective = Summary(batch=batch_of(recipe)), 0, 0.0
    totals: list[float] = []
    entries: list[Entry] = []
    for columns, sums, texts, worth in results:
        if kept is None:
            summed.add(columns)
        else:
            for name, values in columns.items():
                kept[name][done : done + values.size] = values
        done += columns["payment"].size
        effective += worth
        totals = sums if not totals else [a + b for a, b in zip(totals, sums, strict=True)]
        entries = texts
    mean = Ledger.of(
        (
            Movement(plan.dates[e.step], e.payer, e.payee, e.label, total / paths)
            for e, total in zip(entries, totals, strict=True)
        ),
        plan.parties,
        scenario.currency,
    )
    found = None
    if kept is None:
        with contextlib.suppress(LeftError):  # then the columns are drawn again
            found = tuple(summed.rows())
    return Simulation(
        scenario=scenario,
        n_paths=paths,
        recipe=recipe,
        kept=kept,
        found=found,
        mean_ledger=mean,
        effective_paths=effective,
    )


def on(executor: Executor | None) -> Executor | None:
    """The executor.

    Raises
    ------
    InputError
        Where it is none.
    """
    if executor is not None:
        remedy = "pass one of concurrent.futures, or client.get_executor() of Dask; without, threads are used"
        expected(executor, Executor, "executor", remedy)
    return executor
