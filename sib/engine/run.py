"""Runs blocks of paths. A block is a pure function of (plan, seed, block number), whoever works it out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from sib.engine.capital import settle
from sib.engine.evaluation import Readable
from sib.engine.ledger import Book
from sib.engine.outcomes import Chance, Layer, Outcomes, draw
from sib.engine.plan import Plan

T = TypeVar("T")

BLOCK = 16384  # paths: arrays of it fit the cache, calls of NumPy are few; part of a seed's meaning, so never change it


@dataclass(frozen=True)
class Block:
    """A block of settled paths."""

    plan: Plan
    outcomes: tuple[Outcomes, ...]
    results: tuple[Readable, ...]
    book: Book


def blocks_of(paths: int) -> list[tuple[int, int]]:
    """(block number, paths in it) for a run of so many paths."""
    return [(number, min(BLOCK, paths - number * BLOCK)) for number in range(-(-paths // BLOCK))]


def run_block(plan: Plan, seed: np.random.SeedSequence, chance: frozenset[Layer], block: tuple[int, int]) -> Block:
    """Draw and settle one block.

    Each stream is drawn from once, path by path: a shorter block is the beginning of the whole one, and a run's first
    paths do not depend on how many follow.
    """
    number, paths = block
    outcomes = draw(plan.metrics, Chance(paths, seed, number, chance), plan.profiles)
    results = tuple(outcome.results for outcome in outcomes)
    return Block(plan, outcomes, results, settle(plan, results))


def map_blocks(
    plan: Plan,
    seed: np.random.SeedSequence,
    chance: frozenset[Layer],
    paths: int,
    read: Callable[[Block], T],
    executor: Executor | None = None,
) -> Iterator[T]:
    """Run all blocks and yield what `read` makes of each, in the order of the blocks.

    By default on as many threads as there are cores; or on any executor, whose workers must be able to import `read`.
    """
    work = partial(_read_block, plan, seed, chance, read)
    if executor is not None:
        yield from executor.map(work, blocks_of(paths))
        return
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        yield from threads.map(work, blocks_of(paths))


def _read_block(
    plan: Plan,
    seed: np.random.SeedSequence,
    chance: frozenset[Layer],
    read: Callable[[Block], T],
    block: tuple[int, int],
) -> T:
    return read(run_block(plan, seed, chance, block))
