"""`simulate`: `settle` over many draws of the beliefs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from sib.analysis.checkpoint import Checkpoint
from sib.analysis.columns import FIRST, Piece, end_to_end, piece_of, wide
from sib.analysis.figures import BY_PATH, OF_CASH
from sib.analysis.futures import Futures, Sampling, jobs_of, kept_jobs_of, worked
from sib.analysis.ledger import CostDue, Ledger, Movement
from sib.analysis.simulation import Simulation
from sib.analysis.summary import Summary
from sib.arrays import Floats
from sib.calls import public
from sib.chance.sources import LAYERS, Layer, Way
from sib.chance.streams import Rng
from sib.measures.tally import MOST, LeftError
from sib.run.recipe import Deal, Recipe
from sib.scenario.scenario import Scenario
from sib.settlement.arrears import Settled
from sib.settlement.book import Entry

KEPT_PATHS = MOST  # of longer runs the columns are not kept, so that their memory does not grow with the paths


@public
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
    sampling: Way = "plain",
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
        Scenarios on one seed share the draws of what is called alike in them (a metric, a cohort), which is meant for
        variants of one deal: to add up deals that have nothing in common, hold them in a `portfolio`.
    executor : concurrent.futures.Executor, optional
        Who works the blocks out; this machine's cores by default. A pool of processes or a cluster will do as well.
    progress : bool, default False
        Show a progress bar.
    chance : collection of {"belief", "people", "measurement"}
        The layers of chance that are on; all by default. Without "belief" effects are at their means, without
        "people" the cohort does just as expected, without "measurement" the comparison does, its bias at the mean.
    resume : str or path, optional
        A folder that keeps the finished parts of the run, so that it can be stopped and taken up again, or made longer:
        the same call goes on where it was, to the same bits. Without `rng` the folder's own seed is taken. Several
        processes may share it: of those that begin at once the first chooses the seed.
    stratified : bool, default False
        Draw beliefs stratum by stratum (a Latin hypercube in each 1,024 paths): the same as ``sampling="stratified"``.
    sampling : {"plain", "stratified", "sobol"}, default "plain"
        How futures are drawn. Stratified, means and probabilities have a smaller standard error at the same cost, the
        more of the risk is in beliefs. Sobol' points fill the space of all chances evenly, 4,096 of them at a time:
        the errors are smaller still, from 40,960 paths on; below, what is claimed is what plain futures would have. In
        all three `mcse` says how small.

    Returns
    -------
    Simulation

    Raises
    ------
    InputError
        Where an argument is not what its annotation says, `paths` is not from 1 up, `executor` is closed or its workers
        die, or `resume` belongs to another scenario, seed or version, or what says so was changed.
    Interrupted
        Where the run is stopped by hand; a `KeyboardInterrupt` that says how to go on.

    Notes
    -----
    Every path's rate of return is found and proved, which is a third of the time and more. `compare` works out the
    figures that it is asked for and no other, of one scenario too:
    ``compare({"plan": scenario}, measures=["payment_mean", "loss_probability"])``.

    Work is done by threads, one a core. Where a deal has very many small draws, as a rate card has, threads wait for
    one another more than they work, so what takes seconds is done by processes; a few paths are tried first to tell.
    A script needs no main guard for these; ``executor=concurrent.futures.ThreadPoolExecutor()`` has threads alone,
    of whose draws, as of any executor's, none are kept for the next question.

    Examples
    --------
    >>> import sib
    >>> risk = sib.simulate(sib.load("peterborough"), paths=10_000, rng=1).summary()
    >>> bool(0 < risk.loc["loss_probability", "estimate"] < 1)
    True
    """
    how = Sampling.of(
        paths, rng, chance=chance, stratified=stratified, sampling=sampling, executor=executor, progress=progress
    )
    parts = None
    if resume is not None:
        parts = Checkpoint.of(resume, scenario, None if rng is None else how.seed, how.layers, way=how.way)
        how = replace(how, seed=parts.seed)
    deal = Deal.of(scenario)
    return drawn(scenario, deal, how, how.recipe(deal), parts)


def drawn(
    scenario: Scenario, deal: Deal, sampling: Sampling, recipe: Recipe, parts: Checkpoint | None = None
) -> Simulation:
    """Simulate by a recipe.

    Raises
    ------
    Interrupted
        Where it is stopped by hand, wherever that finds it.
    """
    here = sampling.executor is None  # of what other workers draw nothing comes back
    jobs = kept_jobs_of(recipe, deal, sampling.paths) if here else jobs_of(recipe, (deal,), sampling.paths)
    with worked(jobs, piece_of, sampling, title=scenario.name, parts=parts) as results:
        return _gathered(scenario, deal, recipe, sampling.paths, (piece for (piece,) in results))


def _gathered(scenario: Scenario, deal: Deal, recipe: Recipe, paths: int, pieces: Iterable[Piece]) -> Simulation:
    """A simulation from what was kept of each piece of work."""
    columns = {name: np.empty(paths) for name in FIRST} if paths <= KEPT_PATHS else None
    others: list[dict[str, Floats]] = []  # of the other columns the parts: most are the same on all paths
    futures = Futures(deal, recipe, paths, 0.0)
    summed, of_cash = (Summary(figures, batch=futures.batch) for figures in (BY_PATH, OF_CASH))
    done, effective = 0, 0.0
    totals: list[float] = []
    entries: list[Entry] = []
    costs: list[Settled] = []
    for piece in pieces:
        size = piece.columns["payment"].size
        found_here = wide(piece.columns, size)
        if columns is None:
            summed.add(found_here)
        else:
            for name in FIRST:
                columns[name][done : done + size] = found_here.pop(name)
            others.append(found_here)
        of_cash.add_cash(piece.cash)
        done += size
        effective += piece.effective
        totals = piece.sums if not totals else [a + b for a, b in zip(totals, piece.sums, strict=True)]
        entries = piece.entries
        costs = piece.costs if not costs else [a.plus(b) for a, b in zip(costs, piece.costs, strict=True)]
    mean = Ledger.of(
        (Movement.of(entry, deal.contract.dates, total / paths) for entry, total in zip(entries, totals, strict=True)),
        deal.contract.parties,
        scenario.currency,
        tuple(CostDue.of(owed, deal.contract.dates, paths) for owed in costs),
    )
    futures, found = replace(futures, effective=effective), None
    if columns is None:
        with contextlib.suppress(LeftError):  # then the columns are drawn again
            found = tuple(summed.rows(futures.widening))
    kept = None if columns is None else columns | end_to_end(others)
    return Simulation(scenario, futures, kept, found, tuple(of_cash.rows(futures.widening)), mean)
