"""Futures: how they are drawn, and what every question goes through that settles many of them.

`settled` draws and settles deals, those whose models are equal on the same draws; `worked` does given pieces of work;
`Futures.map` draws again what was drawn, or finds it kept. Nothing else in the library maps work over workers. What
needs no settlement draws worlds by itself: `calibration` and `people`, and without any chance `payoff` and closed
forms.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final, Protocol, TypeVar

import numpy as np

from sib.analysis.progress import Interrupted, followed
from sib.chance.common import Common
from sib.chance.points import LOT
from sib.chance.sources import LAYERS, STRATA, Layer, Way
from sib.chance.streams import Rng, seed_of
from sib.errors import InputError, Problem
from sib.model.observed import Observed
from sib.model.worlds import World
from sib.run.blocks import BLOCK, MOST_TOGETHER, Run, run_block, runs_of, worlds_of
from sib.run.jobs import Job, do
from sib.run.recipe import Block, Deal, Recipe
from sib.run.workers import in_flight, map_jobs
from sib.settlement.notes import Notes
from sib.version import VERSION

T = TypeVar("T")

MOST_PATHS = 1_000_000_000
_HELD = 1 << 25  # numbers that are held at a time, of deals that share their futures: a quarter of a gigabyte
_TOGETHER: Final[dict[Way, int | None]] = {"plain": None, "stratified": STRATA, "sobol": LOT}


class Parts(Protocol[T]):
    """Where finished pieces of a run are kept."""

    @property
    def folder(self) -> Path:
        """Where that is."""

    def find(self, run: Run) -> bool:
        """Whether a piece was finished before."""

    def load(self, run: Run) -> T | None:
        """A finished piece; None where it is damaged."""

    def write(self, run: Run, part: T) -> None:
        """Keep a finished piece."""


@dataclass(frozen=True)
class Sampling:
    """How futures are drawn: what `simulate` and all questions like it take.

    Parameters
    ----------
    paths : int
        How many.
    seed : SeedSequence
        The seed.
    layers : frozenset of str
        The layers of chance that are on.
    way : {"plain", "stratified", "sobol"}
        How points in the unit cube are drawn.
    executor : Executor, optional
        Who works; all cores of this machine by default.
    progress : bool
        Whether to show a bar.
    """

    paths: int
    seed: np.random.SeedSequence
    layers: frozenset[Layer] = frozenset(LAYERS)
    way: Way = "plain"
    executor: Executor | None = None
    progress: bool = False

    @classmethod
    def of(
        cls,
        paths: int,
        rng: Rng,
        *,
        chance: Collection[Layer] = LAYERS,
        stratified: bool = False,
        sampling: Way = "plain",
        executor: Executor | None = None,
        progress: bool = False,
    ) -> Sampling:
        """Check what a user passed.

        Raises
        ------
        InputError
            Where `paths` is not from 1 up, or there are two ways of drawing.
        """
        if not 1 <= paths <= MOST_PATHS:
            raise InputError(
                Problem("paths", paths, f"a whole number from 1 to {MOST_PATHS:,}", "pass, for example, paths=100_000")
            )
        if stratified and sampling == "sobol":
            rule = 'one way of drawing: stratified=True is sampling="stratified"'
            raise InputError(Problem("sampling", sampling, rule, "leave one of the two out"))
        way: Way = "stratified" if stratified else sampling
        return cls(paths, seed_of(rng), frozenset(chance), way, executor, progress)

    @property
    def batch(self) -> int | None:
        """Over how many paths in a row a figure is taken before its spread is: those that are drawn together."""
        return _TOGETHER[self.way]

    def recipe(
        self,
        deal: Deal,
        *,
        observed: Observed | None = None,
        redrawn: frozenset[str] = frozenset(),
        other: np.random.SeedSequence | None = None,
        common: Common | None = None,
    ) -> Recipe:
        """The recipe of a deal's futures.

        Results in hand, what is drawn from another seed, and what is shared with other deals may be added.
        """
        way = self.way if observed is None else "plain"  # worlds that are weighed and picked fill nothing evenly
        return Recipe(deal.model, self.seed, self.layers, observed, redrawn, other, way, common=common)


@dataclass(frozen=True)
class Futures:
    """Futures that were drawn, and can be drawn again to the last bit.

    Parameters
    ----------
    deal : Deal
        What was settled on them.
    recipe : Recipe
        What they are drawn from.
    paths : int
        How many.
    effective : float
        How many independent worlds they are worth: as many as there are, but where they are conditioned on results in
        hand.
    version : str
        The version of sib that drew them.
    """

    deal: Deal
    recipe: Recipe
    paths: int
    effective: float
    version: str = VERSION

    @property
    def widening(self) -> float:
        """By how much standard errors widen where paths share worlds: at most ``sqrt(1 + paths / effective)``."""
        return 1.0 if self.recipe.observed is None else math.sqrt(1.0 + self.paths / self.effective)

    @property
    def batch(self) -> int | None:
        """Over how many paths in a row a figure is taken before its spread is: those that are drawn together.

        None where each is by itself.
        """
        return _TOGETHER[self.recipe.way]

    def map(self, keep: Callable[[Block], T]) -> Iterator[T]:
        """Draw them again, and yield what a function makes of each piece of work, in the order of the paths.

        Raises
        ------
        InputError
            Where another version of sib drew them: these may be others.
        """
        self._same_version()
        jobs = kept_jobs_of(self.recipe, self.deal, self.paths)
        return (found for (found,) in map_jobs(jobs, keep))

    def worlds(self) -> Iterator[World]:
        """Draw their worlds alone again, block by block, in the order of the paths; same raises as `map`."""
        self._same_version()
        for number, start in enumerate(range(0, self.paths, BLOCK)):
            yield worlds_of(self.recipe, number, min(BLOCK, self.paths - start))[0]

    def block(self, number: int, notes: Notes | None = None) -> Block:
        """One block of them, drawn again; same raises as `map`. Claims are written down where there are notes."""
        self._same_version()
        paths = min(BLOCK, self.paths - number * BLOCK)
        return next(run_block(self.recipe, (self.deal.contract,), number, paths, notes))

    def _same_version(self) -> None:
        if self.version != VERSION:
            raise InputError(
                Problem(
                    "simulation",
                    f"made by sib {self.version}",
                    f"one made by this version, {VERSION}, where futures are drawn again",
                    "simulate again, or ask for what was saved: summary() and ledger()",
                )
            )


def jobs_of(recipe: Recipe, deals: Sequence[Deal], paths: int, least: int = 1) -> list[Job]:
    """The pieces of work of deals that share their futures, so many at least."""
    contracts = tuple(deal.contract for deal in deals)
    return [Job(recipe, contracts, run) for run in runs_of(contracts, paths, least)]


def kept_jobs_of(recipe: Recipe, deal: Deal, paths: int) -> list[Job]:
    """The pieces of work of a deal of which more may be asked: what is drawn is kept, where it is not too much."""
    return [job._replace(kept_of=paths) for job in jobs_of(recipe, (deal,), paths)]


@contextlib.contextmanager
def settled(
    deals: Sequence[Deal],
    sampling: Sampling,
    keep: Callable[[Block], T],
    *,
    title: str,
    width: int = 1,
) -> Iterator[Iterator[tuple[int, list[T]]]]:
    """Draw futures and settle deals on them: a context, so that a stop is met wherever it comes.

    Parameters
    ----------
    deals : sequence of Deal
        Those whose models are equal share their futures.
    sampling : Sampling
        How futures are drawn.
    keep : callable
        What is kept of a settled block: one number a path, or sums by lots, so that it is the same by whichever pieces.
        It travels to the workers.
    title : str
        What the progress bar is called.
    width : int
        How many numbers of a path are kept: so that no more deals are settled together than memory can hold.

    Yields
    ------
    iterator of (int, list)
        A deal's position, and what was kept of its paths, in their order; deals that share futures one after the other.
    """
    together: dict[str, list[int]] = {}
    for position, deal in enumerate(deals):
        together.setdefault(deal.model.fingerprint, []).append(position)
    waiting = in_flight(sampling.executor) * min(sampling.paths, MOST_TOGETHER)  # done, while others are taken
    size = max(_HELD // (width * (sampling.paths + waiting)), 1)
    groups = [of_it[i : i + size] for of_it in together.values() for i in range(0, len(of_it), size)]
    least = math.ceil((os.cpu_count() or 1) / max(len(groups), 1))  # pieces of each, so that every core has one
    work = [
        jobs_of(sampling.recipe(deals[of_it[0]]), [deals[i] for i in of_it], sampling.paths, least) for of_it in groups
    ]

    def each(results: Iterator[list[T]]) -> Iterator[tuple[int, list[T]]]:
        for group, jobs in zip(groups, work, strict=True):
            pieces = [next(results) for _ in jobs]
            yield from zip(group, map(list, zip(*pieces, strict=True)), strict=True)

    with worked([job for jobs in work for job in jobs], keep, sampling, title=title) as results:
        yield each(results)


@contextlib.contextmanager
def worked(
    jobs: Sequence[Job],
    keep: Callable[[Block], T],
    sampling: Sampling,
    *,
    title: str,
    parts: Parts[T] | None = None,
) -> Iterator[Iterator[list[T]]]:
    """Do pieces of work, in order: with a bar, and a word on how to go on where they are stopped.

    Those of one contract may be kept in `parts`; what was finished before is read from there.

    Raises
    ------
    Interrupted
        Where it is stopped by hand, wherever that finds it.
    InputError
        Where the executor takes no work, gives some of it up, or its workers die.
    """
    done = count()
    with contextlib.closing(_results(jobs, keep, sampling.executor, parts, done)) as results:
        try:
            yield iter(followed(results, len(jobs), show=sampling.progress, title=title))
        except KeyboardInterrupt:
            raise Interrupted(next(done), len(jobs), None if parts is None else parts.folder) from None


def _results(
    jobs: Sequence[Job],
    keep: Callable[[Block], T],
    executor: Executor | None,
    parts: Parts[T] | None,
    done: Iterator[int],
) -> Generator[list[T], None, None]:
    """What is kept of each piece of work, in order. `done` goes up by one for each."""
    finished = set() if parts is None else {job.run for job in jobs if parts.find(job.run)}
    results = map_jobs(_left(jobs, finished), keep, executor)
    try:
        for job in jobs:
            if parts is not None and job.run in finished:
                before = parts.load(job.run)
                found = do(job, keep) if before is None else [before]
                if before is None:
                    parts.write(job.run, found[0])
            else:
                found = next(results)
                if parts is not None:
                    parts.write(job.run, found[0])
            next(done)
            yield found
    finally:
        results.close()


def _left(jobs: Iterable[Job], finished: Collection[Run]) -> list[Job]:
    return [job for job in jobs if job.run not in finished]
