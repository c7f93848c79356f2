"""Workers: pieces of work on the cores of this machine or on any executor, their results in the order of the paths."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from itertools import islice
from typing import TypeVar

from sib.errors import InputError, Problem
from sib.run.cores import Cores
from sib.run.jobs import Job, do
from sib.run.recipe import Block

T = TypeVar("T")

_AHEAD = 64  # pieces of work that an executor is handed before the first is done

_LIVE = "workers that live until the run is done"
_GUARD = 'start processes under `if __name__ == "__main__":`, as each of them runs the script from its top'


def in_flight(executor: Executor | None) -> int:
    """How many pieces of work are handed over, or done and waiting, before the first is taken."""
    return 2 * (os.cpu_count() or 1) if executor is None else _AHEAD


def map_jobs(
    jobs: Sequence[Job], keep: Callable[[Block], T], executor: Executor | None = None
) -> Generator[list[T], None, None]:
    """Do pieces of work, and yield what a function keeps of each one's contracts, in order.

    By default on all cores; or on any executor, whose workers must be able to import `keep`.
    Only so many are handed over at a time that a stop is prompt and results do not pile up.

    Raises
    ------
    InputError
        Where the executor takes no work, gives some of it up, or its workers die.
    """
    workers = Cores(jobs, keep) if executor is None else _Given(executor)
    todo, waiting, done = iter(jobs), deque[Future[list[T]]](), 0
    try:
        for job in islice(todo, in_flight(executor)):
            waiting.append(workers.hand(job, keep))
        while waiting:
            found = waiting.popleft().result()
            done += 1
            for job in islice(todo, 1):
                waiting.append(workers.hand(job, keep))
            yield found
    except CancelledError as error:
        raise _closed(error) from None
    except _deaths() as error:
        raise _dead(error, done) from None
    finally:
        for future in waiting:
            future.cancel()
        workers.close()


class _Given:
    """An executor that the user gave, and closes."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def hand(self, job: Job, keep: Callable[[Block], T]) -> Future[list[T]]:
        """Hand over a piece of work."""
        try:
            return self._executor.submit(do, job, keep)
        except _deaths():
            raise
        except Exception as error:  # noqa: BLE001 -- of any executor: Python's raises a RuntimeError, Dask's its own
            if "bootstrapping" in str(error):  # a script that is run again by the processes that it starts
                came = "workers that start workers before they work themselves"
                raise InputError(Problem("executor", came, _LIVE, _GUARD)) from None
            raise _closed(error) from None

    def close(self) -> None:
        """It lives on."""


def _closed(error: Exception) -> InputError:
    """The executor takes no work, or gave up what it had taken on."""
    said = " ".join(str(error).split()).partition(". ")[0] or "it gave up what it had taken on"
    remedy = "make a new one, and leave it open until then: with ProcessPoolExecutor() as pool: ..."
    return InputError(
        Problem("executor", f"one that is closed ({said})", "one that is open until the run is done", remedy)
    )


def _dead(error: Exception, done: int) -> InputError:
    """Workers died: those that did nothing at all most likely never started."""
    when, remedy = "before the first piece of work was done", f"see what they wrote; in a script, {_GUARD}"
    if done:
        when = f"after {done} {'piece' if done == 1 else 'pieces'} of work"
        remedy = 'see what they wrote and run again; with resume="folder" what is finished is kept'
    return InputError(Problem("executor", f"workers that died {when} ({type(error).__name__})", _LIVE, remedy))


def _deaths() -> tuple[type[Exception], ...]:
    """What executors raise whose workers have died; Dask, where it is imported, has an error of its own."""
    dask = sys.modules.get("distributed")
    return (BrokenExecutor,) if dask is None else (BrokenExecutor, dask.KilledWorker)
