"""`Settling`: deals settled one after another on the same futures, drawn once and kept where memory allows.

What `futures.settled` is for deals that are known together, this is for those that follow from one another: where a
root is searched, the next price depends on what the last one gave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic, TypeVar

from sib.analysis.futures import Sampling, jobs_of, settled, worked
from sib.arrays import size_of
from sib.run.recipe import Block, Deal, Draws
from sib.run.workers import Job

T = TypeVar("T")

_MOST = 1 << 28  # bytes of futures that are kept: a quarter of a gigabyte


@dataclass(eq=False)
class Settling(Generic[T]):
    """Settles deals on futures of one seed, as they are asked for.

    What was drawn for the first deal is kept, and deals whose model equals its own are settled on it. Anew is drawn for
    others; for all, where what was drawn is more than a quarter of a gigabyte, or an executor works, whose workers draw
    sooner than they are sent what was drawn.

    Parameters
    ----------
    sampling : Sampling
        How futures are drawn.
    keep : callable
        What is kept of a settled block.
    title : str
        What the progress bar is called.
    width : int
        How many numbers of a path are kept.
    """

    sampling: Sampling
    keep: Callable[[Block], T]
    title: str
    width: int = 1
    _model: str = field(default="", init=False)  # of the first deal
    _jobs: list[Job] = field(default_factory=list, init=False)  # with what was drawn for it, where that is kept

    def each(self, deals: Sequence[Deal]) -> Iterator[list[T]]:
        """What is kept of each deal's paths, in their order."""
        if not self._model and self.sampling.executor is None:
            yield self._first(deals[0])
            deals = deals[1:]
        if not self._jobs or any(deal.model.fingerprint != self._model for deal in deals):
            with settled(deals, self.sampling, self.keep, title=self.title, width=self.width) as found:
                kept = dict(found)
            yield from (kept[position] for position in range(len(deals)))
            return
        jobs = [job._replace(contracts=(deal.contract,)) for deal in deals for job in self._jobs]
        with worked(jobs, self.keep, self.sampling, title=self.title) as results:
            for _ in deals:
                yield [kept for _ in self._jobs for kept in next(results)]

    def _first(self, deal: Deal) -> list[T]:
        """Draw futures, settle a deal on them, and keep what was drawn, unless it is too much."""
        self._model = deal.model.fingerprint
        kept, size = [], 0
        jobs = jobs_of(self.sampling.recipe(deal), (deal,), self.sampling.paths)
        with worked(jobs, partial(_with_draws, keep=self.keep), self.sampling, title=self.title) as results:
            for job, ((found, draws),) in zip(jobs, results, strict=True):
                kept.append(found)
                self._jobs.append(job._replace(draws=draws))
                size += size_of((draws.results, draws.shocks))
                if size > _MOST:
                    self._jobs.clear()
        return kept


def _with_draws(block: Block, keep: Callable[[Block], T]) -> tuple[T, Draws]:
    """What is kept of a block, and what it was settled on: of what happened to people no more than contracts read."""
    return keep(block), replace(block.draws, outcomes=())
