"""`Cores`: who works where no executor is given. Threads; where a deal has very many small draws, for long, processes.

Threads begin at once, share what is kept, and hand back nothing; but between calls of NumPy they wait for one another,
and where these are very many and short, as on a rate card, several are slower than one. Processes do not wait, but take
a second or two to start, and what they find has to travel: of most deals that costs more than it spares. So a few paths
are tried first. The processes are loky's, which do not run the script again that started them (so it needs no main
guard), live on for the next question, and end by themselves. What a process cannot do a thread does, and the bits are
the same whoever works.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from sib.run.blocks import BLOCK
from sib.run.jobs import Job, brought_home, do, do_away
from sib.run.recipe import Block, Draws

T = TypeVar("T")

_SLOW = 1e-5  # seconds a path and contract: shipped deals take 1e-6 to 5e-6, and rate cards 7e-5, where threads fail
_LONG = 4.0  # seconds of all paths on one thread, from which on processes are worth their start
_TRIED = 2048  # paths
_MANY = 4 * BLOCK  # paths of a run, of which these are few
_IDLE = 30  # seconds without work after which a process ends


class Cores:
    """The cores of this machine, for the pieces of work of one run.

    Parameters
    ----------
    jobs : sequence of Job
        The pieces.
    keep : callable
        What is kept of each.
    """

    def __init__(self, jobs: Sequence[Job], keep: Callable[[Block], T]) -> None:
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1)
        self._processes = _processes() if _slow_and_long(jobs, keep) else None
        self._away: list[Future[Any]] = []
        self._closed = False

    def hand(self, job: Job, keep: Callable[[Block], T]) -> Future[list[T]]:
        """Hand over a piece of work."""
        if self._processes is None or job.drawn is not None:  # what is drawn is here
            return self._threads.submit(do, job, keep)
        try:
            sent = self._processes.submit(do_away, job, keep)
        except (RuntimeError, OSError):  # they have died, were shut down, or cannot be started
            self._give_up()
            return self._threads.submit(do, job, keep)
        handed = Future[list[T]]()
        handed.set_running_or_notify_cancel()
        self._away.append(sent)
        sent.add_done_callback(partial(self._home, handed, job, keep))
        return handed

    def close(self) -> None:
        """Have nothing more done than what is under way."""
        self._closed = True
        for sent in self._away:
            sent.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _home(
        self,
        handed: Future[list[T]],
        job: Job,
        keep: Callable[[Block], T],
        sent: Future[tuple[list[T], Draws | None]],
    ) -> None:
        """A piece of work was done away, or was not: then a thread does it, and what is wrong with it is said here."""
        if self._closed or sent.cancelled():
            return
        failed = sent.exception()
        if failed is None:
            handed.set_result(brought_home(job, sent.result()))
            return
        if isinstance(failed, BrokenExecutor):
            self._give_up()
        with suppress(RuntimeError):  # closed meanwhile, so that nobody waits for it
            self._threads.submit(do, job, keep).add_done_callback(partial(_pass_on, handed))

    def _give_up(self) -> None:
        """Go on without processes; others are started for the next run."""
        self._processes = None
        with _lock:
            _living.pop(os.getpid(), None)


def _slow_and_long(jobs: Sequence[Job], keep: Callable[[Block], object]) -> bool:
    """Whether pieces of work that are not drawn yet take long enough, a path and in all, for processes."""
    paths = sum(job.run[1] for job in jobs)
    if paths < _MANY or jobs[0].drawn is not None:
        return False
    trial = jobs[0]._replace(run=(jobs[0].run[0], _TRIED), kept_of=0)
    for _ in range(2):  # the first may have taken long to be made ready
        begun = time.perf_counter()
        do(trial, keep)
        each = (time.perf_counter() - begun) / _TRIED
        if each < _SLOW * len(trial.contracts) or each * paths < _LONG:
            return False
    return True


def _pass_on(handed: Future[T], done: Future[T]) -> None:
    """Hand back what a thread came to."""
    if done.cancelled():
        return
    failed = done.exception()
    if failed is None:
        handed.set_result(done.result())
    else:
        handed.set_exception(failed)


_living: dict[int, Executor] = {}  # by the process that started them: a fork of it has none
_lock = Lock()


def _processes() -> Executor | None:
    """Processes, one a core, that live or are started; None where there can be none, or this is itself one of many."""
    if multiprocessing.parent_process() is not None:
        return None
    from loky import ProcessPoolExecutor, cpu_count  # not for who does without

    with _lock, suppress(ImportError, NotImplementedError, OSError):  # systems without semaphores, or full
        if os.getpid() not in _living and cpu_count() > 1:
            _living[os.getpid()] = ProcessPoolExecutor(cpu_count(), timeout=_IDLE, initializer=_leave_stops_to_others)
    return _living.get(os.getpid())


def _leave_stops_to_others() -> None:
    """A run is stopped by who asked for it: Ctrl-C reaches all processes of a terminal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
