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
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, ClassVar, TypeVar

from sib.run.blocks import BLOCK
from sib.run.jobs import Job, brought_home, do, do_away
from sib.run.recipe import Block, Draws

T = TypeVar("T")

_SLOW = 1e-5  # seconds a path and contract: shipped deals take 1e-6 to 5e-6, and rate cards 7e-5, where threads fail
_LONG = 4.0  # seconds of all paths on one thread, from which on processes are worth their start
_TRIED = 2048  # paths
_MANY = 4 * BLOCK  # paths of a run, of which these are few
_IDLE = 30.0  # seconds without work after which processes end
_NO_START = (ImportError, NotImplementedError, OSError, ValueError)  # none here; no semaphores; full; cores no number


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
        self._lent = _Processes.lent() if _slow_and_long(jobs, keep) else None
        self._processes = self._lent
        self._away: set[Future[Any]] = set()
        self._closed = False

    def hand(self, job: Job, keep: Callable[[Block], T]) -> Future[list[T]]:
        """Hand over a piece of work."""
        processes = self._processes
        if processes is None or job.drawn is not None:  # what is drawn is here
            return self._threads.submit(do, job, keep)
        try:
            with _stops_held():
                sent = processes.executor.submit(do_away, job, keep)
                self._away.add(sent)
        except (RuntimeError, OSError):  # they have died, were shut down, or cannot be started
            self._give_up()
            return self._threads.submit(do, job, keep)
        handed = Future[list[T]]()
        handed.set_running_or_notify_cancel()
        sent.add_done_callback(partial(self._home, handed, job, keep))
        return handed

    def close(self) -> None:
        """Have nothing more done than what is under way."""
        self._closed = True
        for sent in list(self._away):
            sent.cancel()
        if self._lent is not None:
            self._lent.give_back()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _home(
        self,
        handed: Future[list[T]],
        job: Job,
        keep: Callable[[Block], T],
        sent: Future[tuple[list[T], Draws | None]],
    ) -> None:
        """A piece of work was done away, or was not: then a thread does it, and what is wrong with it is said here."""
        self._away.discard(sent)  # and what it brought
        if self._closed or sent.cancelled():
            return
        failed = sent.exception()
        if isinstance(failed, BrokenExecutor):
            self._give_up()
        try:
            if failed is None:
                handed.set_result(brought_home(job, sent.result()))
            else:
                self._threads.submit(do, job, keep).add_done_callback(partial(_pass_on, handed))
        except Exception as error:  # noqa: BLE001 -- whatever it is is raised where the work is waited for
            handed.set_exception(error)

    def _give_up(self) -> None:
        """Go on without processes; others are started for the next run."""
        died, self._processes = self._processes, None
        if died is not None:
            died.forget()


def _slow_and_long(jobs: Sequence[Job], keep: Callable[[Block], object]) -> bool:
    """Whether pieces of work that are not drawn yet take long enough, a path and in all, for processes.

    What a path more takes is told by two trials, in time of the processor: whoever else is at work, and whatever there
    is to be done once. Given results in hand, worlds are weighed once for all questions, so these stay here.
    """
    paths = sum(job.run[1] for job in jobs)
    if len(jobs) < 2 or paths < _MANY or jobs[0].drawn is not None or jobs[0].recipe.observed is not None:
        return False
    taken = []
    for tried in (_TRIED, _TRIED, 2 * _TRIED):  # the first may have to make things ready
        trial = jobs[0]._replace(run=(jobs[0].run[0], tried), kept_of=0)
        begun = time.thread_time()
        do(trial, keep)
        taken.append(time.thread_time() - begun)
        if taken[-1] < _SLOW * len(trial.contracts) * tried:
            return False
    each = (taken[2] - taken[1]) / _TRIED
    return each >= _SLOW * len(trial.contracts) and each * paths >= _LONG


def _pass_on(handed: Future[T], done: Future[T]) -> None:
    """Hand back what a thread came to."""
    if done.cancelled():
        return
    failed = done.exception()
    if failed is None:
        handed.set_result(done.result())
    else:
        handed.set_exception(failed)


class _Processes:
    """Processes, one a core, that live from run to run, and end when nobody has asked for them for a while.

    Loky's own end of idle processes may come as work is handed over: then it warns, and old versions stop for good.
    """

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _living: ClassVar[dict[int, _Processes]] = {}  # by the process that started them: a fork of it has none

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._users = self._lendings = 0

    @classmethod
    def lent(cls) -> _Processes | None:
        """Those that live, or are started; None where there can be none, or this is itself one of many.

        An application that is frozen into one file would be run once more by each.
        """
        if multiprocessing.parent_process() is not None or getattr(sys, "frozen", False):
            return None
        with cls._lock, suppress(*_NO_START):  # then threads work
            from loky import ProcessPoolExecutor, cpu_count  # not for who does without

            found = cls._living.get(os.getpid())
            if found is None:
                if cpu_count() < 2:
                    return None
                found = cls(ProcessPoolExecutor(cpu_count(), initializer=_leave_stops_to_others))
                cls._living[os.getpid()] = found
            found._users += 1
            found._lendings += 1
            return found
        return None

    def give_back(self) -> None:
        """They are not needed any more; where nobody else has them they end in a while."""
        with self._lock:
            self._users -= 1
            if self._users:
                return
            waiting = threading.Timer(_IDLE, self._end, [self._lendings])
        waiting.daemon = True
        with suppress(RuntimeError):  # no thread can be started: they end with this process
            waiting.start()

    def forget(self) -> None:
        """They have died: others are started for the next run."""
        with self._lock:
            if self._living.get(os.getpid()) is self:
                del self._living[os.getpid()]

    def _end(self, lendings: int) -> None:
        """End them, unless they were lent since then."""
        with self._lock:
            if self._lendings != lendings:
                return
            if self._living.get(os.getpid()) is self:
                del self._living[os.getpid()]
        self.executor.shutdown(wait=False)


@contextmanager
def _stops_held() -> Iterator[None]:
    """Hold back Ctrl-C while work is handed over: processes that are started never hear of it, and no start is cut."""
    masked = hasattr(signal, "pthread_sigmask")  # not on Windows
    if masked:
        from multiprocessing import resource_tracker  # not where there are no processes

        from loky.backend import resource_tracker as of_loky

        for tracker in (resource_tracker, of_loky):
            tracker.ensure_running()  # which would undo what follows
    came: list[int] = []
    handler = signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masked else None
    try:
        if handler is not None:
            signal.signal(signal.SIGINT, lambda number, _: came.append(number))
        yield
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
        for number in came[:1]:
            signal.raise_signal(number)


def _leave_stops_to_others() -> None:
    """A run is stopped by who asked for it: Ctrl-C reaches all processes of a terminal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
