"""`Settling`: deals settled one after another on the same futures, drawn once and kept where memory allows.

What `futures.settled` is for deals that are known together, this is for those that follow from one another: where a
root is searched, the next price depends on what the last one gave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sib.analysis.futures import Sampling, kept_jobs_of, settled, worked
from sib.run.jobs import Job
from sib.run.recipe import Block, Deal

T = TypeVar("T")


@dataclass(eq=False)
class Settling(Generic[T]):
    """Settles deals on futures of one seed, as they are asked for.

    What was drawn for the first deal is kept, and deals whose model equals its own are settled on it. Anew is drawn for
    others; for all, where what was drawn is too much to be kept, or an executor works, whose workers draw sooner than
    they are sent what was drawn.

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
    _jobs: list[Job] = field(default_factory=list, init=False)  # of the first deal

    def each(self, deals: Sequence[Deal]) -> Iterator[list[T]]:
        """What is kept of each deal's paths, in their order."""
        if not self._jobs and self.sampling.executor is None:
            self._jobs = kept_jobs_of(self.sampling.recipe(deals[0]), deals[0], self.sampling.paths)
            yield from self._on_kept(deals[:1])
            deals = deals[1:]
        if self._may_be_kept(deals):
            yield from self._on_kept(deals)
            return
        with settled(deals, self.sampling, self.keep, title=self.title, width=self.width) as found:
            kept = dict(found)
        yield from (kept[position] for position in range(len(deals)))

    def _may_be_kept(self, deals: Sequence[Deal]) -> bool:
        """Whether what was drawn for the first deal is what these are settled on, and is kept."""
        if not self._jobs or not self._jobs[0].recipe.kept:
            return False
        first = self._jobs[0].recipe.model.fingerprint
        return all(deal.model.fingerprint == first for deal in deals)

    def _on_kept(self, deals: Sequence[Deal]) -> Iterator[list[T]]:
        """Settle deals on what is kept, or is kept as it is drawn."""
        jobs = [job._replace(contracts=(deal.contract,)) for deal in deals for job in self._jobs]
        with worked(jobs, self.keep, self.sampling, title=self.title) as results:
            for _ in deals:
                yield [kept for _ in self._jobs for kept in next(results)]
