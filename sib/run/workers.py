"""Workers: pieces of work on threads or on any executor, their results in the order of the paths."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cache
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np

from sib.run.blocks import Run, draws_of, settled_on
from sib.run.recipe import Block, Draws, Recipe
from sib.settlement.contract import Contract

T = TypeVar("T")

_REUSED = 31 * 2**20  # bytes; from 32 MiB on nothing is learnt
_AHEAD = 64  # pieces of work that an executor is handed before the first is done


def in_flight(executor: Executor | None) -> int:
    """How many pieces of work are handed over, or done and waiting, before the first is taken."""
    return 2 * (os.cpu_count() or 1) if executor is None else _AHEAD


class Job(NamedTuple):
    """One piece of work: some futures, and the contracts that they are settled under."""

    recipe: Recipe
    contracts: tuple[Contract, ...]
    run: Run
    draws: Callable[[Recipe, int, int], Draws] = draws_of  # how they are had: drawn, or where they are kept, found


def map_jobs(
    jobs: Iterable[Job], keep: Callable[[Block], T], executor: Executor | None = None
) -> Generator[list[T], None, None]:
    """Do pieces of work, and yield what a function keeps of each one's contracts, in order.

    By default on as many threads as there are cores; or on any executor, whose workers must be able to import `keep`.
    Only so many are handed over at a time that a stop is prompt and results do not pile up.
    """
    _reuse_memory()
    workers, ahead = executor or ThreadPoolExecutor(os.cpu_count() or 1), in_flight(executor)
    todo, waiting = iter(jobs), deque[Future[list[T]]]()
    try:
        for job in islice(todo, ahead):
            waiting.append(workers.submit(do, job, keep))
        while waiting:
            done = waiting.popleft().result()
            for job in islice(todo, 1):
                waiting.append(workers.submit(do, job, keep))
            yield done
    finally:
        for future in waiting:
            future.cancel()
        if executor is None:
            workers.shutdown(wait=False, cancel_futures=True)


def do(job: Job, keep: Callable[[Block], T]) -> list[T]:
    """One piece of work: what is kept under each contract."""
    draws = job.draws(job.recipe, *job.run)
    return [keep(block) for block in settled_on(draws, job.recipe.model, job.contracts)]


@cache
def _reuse_memory() -> None:
    """Have arrays of paths reuse memory from here on.

    The C library asks the system for memory anew for each array above a size, and learns from what is freed how large
    that size should be: from one large array, of which no page is ever touched. Without, threads wait for the system's
    lock on the memory map more than they work.
    """
    np.empty(_REUSED, dtype=np.uint8)
