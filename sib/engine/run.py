"""Runs blocks of paths. A block is a pure function of (recipe, block number), whoever works it out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from sib.engine.believing import World, believe
from sib.engine.capital import settle
from sib.engine.chance import LAYERS, Chance, Layer
from sib.engine.conditioning import Observed, given_observed
from sib.engine.evaluation import Readable
from sib.engine.ledger import Book
from sib.engine.outcomes import draw
from sib.engine.plan import Plan
from sib.engine.publishing import Outcomes

T = TypeVar("T")

BLOCK = 16384  # paths: arrays of it fit the cache, calls of NumPy are few; part of a seed's meaning, so never change it


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
    """

    plan: Plan
    seed: np.random.SeedSequence
    layers: frozenset[Layer] = frozenset(LAYERS)
    observed: Observed | None = None
    redrawn: frozenset[str] = frozenset()
    other: np.random.SeedSequence | None = None

    def chance(self, block: int, paths: int) -> Chance:
        """The chance of one block."""
        return Chance(paths, self.seed, block, self.layers, self.redrawn, self.other)


@dataclass(frozen=True)
class Block:
    """A block of settled paths."""

    plan: Plan
    world: World
    outcomes: tuple[Outcomes, ...]
    results: tuple[Readable, ...]
    book: Book
    effective: float  # how many independent paths the worlds are worth, given what was observed


def blocks_of(paths: int) -> list[tuple[int, int]]:
    """(block number, paths in it) for a run of so many paths."""
    return [(number, min(BLOCK, paths - number * BLOCK)) for number in range(-(-paths // BLOCK))]


def run_block(recipe: Recipe, block: tuple[int, int]) -> Block:
    """Draw and settle one block.

    Each stream is drawn from once, path by path: a shorter block is the beginning of the whole one, and a run's first
    paths do not depend on how many follow.
    """
    number, paths = block
    plan, effective = recipe.plan, float(paths)
    chance = recipe.chance(number, paths)
    if recipe.observed is None:
        world = believe(plan.metrics, plan.programme, chance)
    else:
        world, effective = given_observed(plan, recipe.observed, partial(recipe.chance, number), BLOCK)
        world, effective = world.take(np.arange(paths)), effective * paths / BLOCK
    outcomes = draw(plan.metrics, world, chance, plan.profiles, observed=recipe.observed)
    results = tuple(outcome.results for outcome in outcomes)
    return Block(plan, world, outcomes, results, settle(plan, results, world.shocks), effective)


def map_blocks(recipe: Recipe, paths: int, read: Callable[[Block], T], executor: Executor | None = None) -> Iterator[T]:
    """Run all blocks and yield what `read` makes of each, in the order of the blocks.

    By default on as many threads as there are cores; or on any executor, whose workers must be able to import `read`.
    """
    work = partial(_read_block, recipe, read)
    if executor is not None:
        yield from executor.map(work, blocks_of(paths))
        return
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        yield from threads.map(work, blocks_of(paths))


def _read_block(recipe: Recipe, read: Callable[[Block], T], block: tuple[int, int]) -> T:
    return read(run_block(recipe, block))
