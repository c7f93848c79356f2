"""`Job`, one piece of work: some futures, and the contracts that they are settled under; and how it is done.

Here, or away, in a process that has nothing of what is kept: then what it drew comes home with what is asked for, so
that the next question finds it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import NamedTuple, TypeVar

from sib.run.blocks import Run, draws_of, keep_draws, kept_draws_of, settled_on
from sib.run.recipe import Block, Draws, Recipe
from sib.settlement.contract import Contract

T = TypeVar("T")

_REUSED = 31 * 2**20  # bytes
_ANEW_FROM, _GIVEN_BACK_FROM = -3, -1  # M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of malloc.h


class Job(NamedTuple):
    """One piece of work: some futures, and the contracts that they are settled under.

    Parameters
    ----------
    recipe : Recipe
        What the futures are drawn from.
    contracts : tuple of Contract
        What they are settled under.
    run : tuple of int
        Which they are: the first block, and how many paths.
    kept_of : int
        Paths of the whole run where more may be asked of it, so that what is drawn is kept; zero where it is not.
    """

    recipe: Recipe
    contracts: tuple[Contract, ...]
    run: Run
    kept_of: int = 0

    @property
    def drawn(self) -> Draws | None:
        """What is kept of it, in this process."""
        return self.recipe.kept.find(self.run) if self.kept_of else None


def do(job: Job, keep: Callable[[Block], T]) -> list[T]:
    """One piece of work: what is kept under each contract."""
    reuse_memory()  # of whoever works
    draws = kept_draws_of(job.recipe, *job.run, run=job.kept_of) if job.kept_of else draws_of(job.recipe, *job.run)
    return [keep(block) for block in settled_on(draws, job.recipe.model, job.contracts)]


def do_away(job: Job, keep: Callable[[Block], T]) -> tuple[list[T], Draws | None]:
    """One piece of work in a process of its own, with what it drew, where that is kept."""
    return do(job, keep), job.drawn


def brought_home(job: Job, travelled: tuple[list[T], Draws | None]) -> list[T]:
    """What was made of a job away, as if it had been done here."""
    found, draws = travelled
    if draws is not None:
        keep_draws(job.recipe, job.run, draws, job.kept_of)
    return found


@cache
def reuse_memory() -> None:
    """Have arrays of paths reuse memory from here on.

    The C library of Linux asks the system for memory anew for each array above a size, which it learns as arrays are
    freed, unless an environment variable has forbidden it, as Dask's workers do. Without, workers wait for the system
    to hand out pages more than they work. Other C libraries reuse memory by themselves.
    """
    with suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(_ANEW_FROM, _REUSED)
        library.mallopt(_GIVEN_BACK_FROM, 2 * _REUSED)
