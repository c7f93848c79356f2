"""Runs blocks of paths. A block is a pure function of (recipe, block number), whoever works it out.

A *run* of a few blocks is one piece of work: drawn block by block, settled together.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import TypeVar

import numpy as np

from sib.engine.believing import World, believe
from sib.engine.capital import settle
from sib.engine.chance import LAYERS, Chance, Layer
from sib.engine.conditioning import Observed, given_observed
from sib.engine.evaluation import Readable
from sib.engine.joining import joined
from sib.engine.ledger import Book
from sib.engine.outcomes import draw
from sib.engine.plan import Plan
from sib.engine.publishing import Outcomes

T = TypeVar("T")

BLOCK = 16384  # paths that are drawn together; part of a seed's meaning, so never change it
_TOGETHER = 8  # blocks that are settled together at most: enough that threads seldom wait for one another
_REUSED = 31 * 2**20  # bytes; from 32 MiB on nothing is learnt
_AHEAD = 64  # pieces of work that an executor is handed before the first is done
_CLAIMS = 128  # claims on which fewer are, so that the ledger of a long contract fits into memory

# The C library asks the system for memory anew for each array above a size, and learns from what is freed how large
# that size should be. Freeing one large array, of which no page is ever touched, has arrays of paths reused from here
# on; without, threads wait for the system's lock on the memory map more than they work.
np.empty(_REUSED, dtype=np.uint8)


@dataclass(frozen=True)
class Recipe:
    """All that a run of simulated paths depends on.

    Parameters
    ----------
    plan : Plan
        The compiled scenario.
    seed : SeedSequence
        The seed of the run.
    layers : frozenset of str
        The layers of chance that are on.
    observed : Observed, optional
        Results in hand, on which the paths are conditioned.
    redrawn : frozenset of str
        Sources of risk that are drawn from `other` instead.
    other : SeedSequence, optional
        The seed of what is redrawn.
    stratified : bool
        Whether beliefs are drawn stratum by stratum.
    """

    plan: Plan
    seed: np.random.SeedSequence
    layers: frozenset[Layer] = frozenset(LAYERS)
    observed: Observed | None = None
    redrawn: frozenset[str] = frozenset()
    other: np.random.SeedSequence | None = None
    stratified: bool = False

    def chance(self, block: int, paths: int) -> Chance:
        """The chance of one block."""
        return Chance(paths, self.seed, block, self.layers, self.redrawn, self.other, self.stratified)


@dataclass(frozen=True)
class Block:
    """Settled paths of one or several blocks."""

    plan: Plan
    drawn: tuple[tuple[Outcomes, ...], ...]  # by block
    results: tuple[Readable, ...]
    book: Book
    effective: float  # how many independent paths the worlds are worth, given what was observed

    @cached_property
    def outcomes(self) -> tuple[Outcomes, ...]:
        """What happened to each metric, on all paths."""
        return joined(self.drawn, BLOCK)


def runs_of(plan: Plan, paths: int) -> list[tuple[int, int]]:
    """(first block, paths) of each piece of work of so many paths."""
    claims = sum(len(step.claims) for step in plan.steps)
    together = min(max(_CLAIMS // max(claims, 1), 1), _TOGETHER)
    size = together * BLOCK
    return [(start // BLOCK, min(size, paths - start)) for start in range(0, paths, size)]


def run_block(recipe: Recipe, block: int, paths: int) -> Block:
    """Draw and settle the first paths of one block, or the paths from its first on.

    Each stream is drawn from once, path by path: a shorter block is the beginning of the whole one, and a run's first
    paths do not depend on how many follow.
    """
    plan, numbers = recipe.plan, range(block, block - (-paths // BLOCK))
    drawn = [_draw(recipe, number, min(BLOCK, paths - (number - block) * BLOCK)) for number in numbers]
    read = [(tuple(outcome.results for outcome in outcomes), world.shocks) for world, outcomes, _ in drawn]
    results, shocks = joined(read, BLOCK)
    effective = sum(worth for _, _, worth in drawn)
    return Block(plan, tuple(outcomes for _, outcomes, _ in drawn), results, settle(plan, results, shocks), effective)


def _draw(recipe: Recipe, number: int, paths: int) -> tuple[World, tuple[Outcomes, ...], float]:
    """One block's worlds, what happens in them, and how many independent worlds they are worth."""
    plan, effective = recipe.plan, float(paths)
    chance = recipe.chance(number, paths)
    if recipe.observed is None:
        world = believe(plan.metrics, plan.programme, chance)
    else:
        world, effective = given_observed(plan, recipe.observed, partial(recipe.chance, number), BLOCK)
        world, effective = world.take(np.arange(paths)), effective * paths / BLOCK
    return world, draw(plan.metrics, world, chance, plan.profiles, observed=recipe.observed), effective


def map_blocks(recipe: Recipe, paths: int, read: Callable[[Block], T], executor: Executor | None = None) -> Iterator[T]:
    """Run all blocks of a recipe and yield what `read` makes of each piece of work, in the order of the paths."""
    return map_runs(((recipe, run) for run in runs_of(recipe.plan, paths)), read, executor)


def map_runs(
    jobs: Iterable[tuple[Recipe, tuple[int, int]]], read: Callable[[Block], T], executor: Executor | None = None
) -> Generator[T, None, None]:
    """Run pieces of work, of one recipe or several, and yield what `read` makes of each, in order.

    By default on as many threads as there are cores; or on any executor, whose workers must be able to import `read`.
    Only so many are handed over at a time that a stop is prompt and results do not pile up.
    """
    cores = os.cpu_count() or 1
    workers, ahead = (ThreadPoolExecutor(cores), 2 * cores) if executor is None else (executor, _AHEAD)
    todo, waiting = iter(jobs), deque[Future[T]]()
    try:
        for recipe, run in islice(todo, ahead):
            waiting.append(workers.submit(_read, recipe, read, run))
        while waiting:
            done = waiting.popleft().result()
            for recipe, run in islice(todo, 1):
                waiting.append(workers.submit(_read, recipe, read, run))
            yield done
    finally:
        for future in waiting:
            future.cancel()
        if executor is None:
            workers.shutdown(wait=False, cancel_futures=True)


def _read(recipe: Recipe, read: Callable[[Block], T], run: tuple[int, int]) -> T:
    return read(run_block(recipe, *run))
