"""Processes for deals of many small draws. Truth: the bits of one thread, whatever becomes of who works."""

import contextlib
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path

import pytest
from loky import cpu_count

import sib
from sib.analysis.columns import piece_of
from sib.analysis.futures import Sampling, jobs_of, kept_jobs_of
from sib.run import blocks, cores
from sib.run.blocks import BLOCK
from sib.run.recipe import Deal
from sib.run.workers import map_jobs

PATHS = 5 * BLOCK + 7


@pytest.fixture
def block_by_block(monkeypatch):
    """The mean ledger's last bits are those of sums over pieces of work."""
    monkeypatch.setattr(blocks, "_TOGETHER", 1)


@pytest.fixture
def one_thread(plan, block_by_block):
    with ThreadPoolExecutor(1) as workers:
        return sib.simulate(plan, PATHS, rng=8, executor=workers)


@pytest.fixture
def away(monkeypatch, block_by_block):
    """Every run goes to processes: which, and what they are handed."""
    monkeypatch.setattr(cores, "_SLOW", -math.inf)
    monkeypatch.setattr(cores, "_LONG", -math.inf)
    processes = cores._Processes.lent()
    if processes is None:
        pytest.skip("one core")
    handed, submit = [], processes.executor.submit

    def counted(work, *args):
        handed.append(work)
        return submit(work, *args)

    monkeypatch.setattr(processes.executor, "submit", counted)
    yield processes, handed
    processes.give_back()


def same(one, other):
    assert {k: v.tobytes() for k, v in one.columns.items()} == {k: v.tobytes() for k, v in other.columns.items()}
    assert one.summary().equals(other.summary())
    assert one.ledger() == other.ledger()


def test_processes_give_the_bits_of_one_thread_and_what_they_drew_comes_home(plan, one_thread, away, drawn):
    found = sib.simulate(plan, PATHS, rng=8)
    assert away[1] == [cores.do_away] * 6
    same(found, one_thread)
    tried = len(drawn)
    cash = found.cash("investors")
    assert (len(away[1]), len(drawn)) == (6, tried)  # what is drawn is settled where it is
    assert cash.equals(one_thread.cash("investors"))


class Kills:
    """Hands work on, and kills one of the processes that do it when three pieces are handed over."""

    def __init__(self, processes, process):
        self.processes, self.process, self.handed = processes, process, 0

    def submit(self, work, *args):
        self.handed += 1
        if self.handed == 3:
            os.kill(self.process, signal.SIGKILL)
        return self.processes.submit(work, *args)


@pytest.mark.filterwarnings("default")
def test_where_a_process_dies_threads_go_on(plan, one_thread, away, monkeypatch):
    processes, _ = away
    process = processes.executor.submit(os.getpid).result()
    assert process != os.getpid()
    kills = Kills(processes.executor, process)
    monkeypatch.setattr(processes, "executor", kills)
    same(sib.simulate(plan, PATHS, rng=8), one_thread)
    assert kills.handed >= 3
    assert cores._Processes._living.get(os.getpid()) is not processes  # others are started next time
    same(sib.simulate(plan, PATHS, rng=8), one_thread)


def test_where_processes_take_no_work_threads_do_it(plan, one_thread, away, monkeypatch):
    with ProcessPoolExecutor(1) as shut:
        monkeypatch.setattr(away[0], "executor", shut)
    same(sib.simulate(plan, PATHS, rng=8), one_thread)


def test_where_no_process_can_be_started_threads_do_it(plan, one_thread, away, monkeypatch):
    def refused(*args, **kwargs):
        raise OSError(28, "No space left on device")

    away[0].forget()
    monkeypatch.setattr("loky.ProcessPoolExecutor", refused)
    same(sib.simulate(plan, PATHS, rng=8), one_thread)


def test_where_the_number_of_cores_is_none_threads_work(plan, one_thread, away, monkeypatch):
    away[0].forget()
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "many")
    same(sib.simulate(plan, PATHS, rng=8), one_thread)


def test_a_frozen_application_starts_no_processes(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert cores._Processes.lent() is None


def fails(block):
    """What is wrong with the last piece of work."""
    return 1 // (block.draws.paths - 7)


def test_what_is_wrong_with_a_piece_of_work_is_said_and_the_others_are_done(plan, away):
    deal = Deal.of(plan)
    jobs = jobs_of(Sampling.of(PATHS, 8).recipe(deal), (deal,), PATHS)
    came = map_jobs(jobs, fails)
    assert [next(came) for _ in range(5)] == [[0]] * 5
    with pytest.raises(ZeroDivisionError):
        next(came)


def test_nothing_that_came_home_is_held(plan, away):
    workers = cores.Cores(jobs(plan), piece_of)
    handed = [workers.hand(job, piece_of) for job in jobs(plan)]
    assert len([future.result() for future in handed]) == 6
    assert not workers._away
    workers.close()


@pytest.mark.parametrize("of", ["brought_home", "threads"])
def test_what_cannot_be_brought_home_or_done_here_is_said_and_not_waited_for(plan, away, monkeypatch, of):
    def full(*args):
        raise MemoryError(of)

    monkeypatch.setattr(
        *(cores, "brought_home") if of == "brought_home" else (cores.ThreadPoolExecutor, "submit"), full
    )
    with pytest.raises(MemoryError, match=of):
        list(map_jobs(jobs(plan), piece_of if of == "brought_home" else fails))


def test_processes_end_when_nobody_has_asked_for_a_while(plan, one_thread, away, monkeypatch):
    def ended(within):
        until = time.monotonic() + within
        while cores._Processes._living.get(os.getpid()) is mine and time.monotonic() < until:
            time.sleep(0.01)
        return cores._Processes._living.get(os.getpid()) is not mine

    away[0].forget()
    monkeypatch.setattr(cores, "_IDLE", 0.2)
    same(sib.simulate(plan, PATHS, rng=8), one_thread)
    mine = cores._Processes._living[os.getpid()]
    again = cores._Processes.lent()  # before they end
    assert again is mine
    assert not ended(within=0.5)  # somebody has them
    again.give_back()
    assert ended(within=30)
    same(sib.simulate(plan, PATHS, rng=8), one_thread)  # by others
    with pytest.raises(RuntimeError):
        mine.executor.submit(os.getpid)


def test_a_process_starts_no_processes():
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(cores._Processes.lent).result() is None


def jobs(plan, paths=PATHS, kept=False):
    deal = Deal.of(plan)
    recipe = Sampling.of(paths, 8).recipe(deal)
    return kept_jobs_of(recipe, deal, paths) if kept else jobs_of(recipe, (deal,), paths)


@pytest.mark.parametrize(
    ("seconds", "paths", "goes"),
    [
        ([1.0, 1.0, 2.0], PATHS, True),
        ([1.0, 0.01], PATHS, False),  # what took long was to be made ready
        ([0.03, 0.03, 0.06], PATHS, False),  # slow, but soon done
        ([0.03, 0.03, 0.06], 20 * PATHS, True),
        ([0.03, 0.03, 0.045], 20 * PATHS, False),  # what took long does not grow with paths
        ([0.01], 1000 * PATHS, False),  # long, but not slow
        ([1.0, 1.0, 2.0], 4 * BLOCK - 1, False),
    ],
)
def test_what_goes_to_processes_is_slow_and_long(plan, block_by_block, monkeypatch, seconds, paths, goes):
    clock = chain.from_iterable(zip(repeat(0.0), seconds, strict=False))
    monkeypatch.setattr(cores.time, "thread_time", lambda: next(clock))
    assert cores._slow_and_long(jobs(plan, paths), lambda block: None) is goes


def test_one_piece_of_work_stays_and_so_does_what_is_drawn_or_weighed(plan, monkeypatch):
    monkeypatch.setattr(cores.time, "thread_time", chain.from_iterable(repeat([0.0, 1.0, 0.0, 1.0, 0.0, 2.0])).__next__)
    assert len(jobs(plan)) == 1
    assert not cores._slow_and_long(jobs(plan), lambda block: None)
    monkeypatch.setattr(blocks, "_TOGETHER", 1)
    pieces = jobs(plan, kept=True)
    assert cores._slow_and_long(pieces, lambda block: None)
    assert pieces[0].drawn is None  # what is tried is not kept
    weighed = [piece._replace(recipe=replace(piece.recipe, observed=object())) for piece in pieces]
    assert not cores._slow_and_long(weighed, lambda block: None)
    cores.do(pieces[0], piece_of)
    assert not cores._slow_and_long(pieces, lambda block: None)


def test_where_no_start_is_possible_a_stop_is_heard_as_before(plan, one_thread, away, monkeypatch):
    def refused():
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.resource_tracker.ensure_running", refused)
    handler, mask = signal.getsignal(signal.SIGINT), signal.pthread_sigmask(signal.SIG_BLOCK, [])
    same(sib.simulate(plan, PATHS, rng=8), one_thread)
    assert (signal.getsignal(signal.SIGINT), signal.pthread_sigmask(signal.SIG_BLOCK, [])) == (handler, mask)


SCRIPT = """
import sib
from sib.run import blocks, cores
cores._SLOW = cores._LONG = -float("inf")
blocks._TOGETHER = 1
plan = sib.load("peterborough")
print("the top of the script", flush=True)
risk = sib.simulate(plan, {paths}, rng=8)
print(*(type(one.executor).__name__ for one in cores._Processes._living.values()), risk.columns["payment"].sum().hex())
"""


def run(script, folder, **how):
    (folder / "script.py").write_text(script)
    command, pipes = [sys.executable, "script.py"], {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, **pipes, **how)


@pytest.mark.skipif(cpu_count() < 2, reason="one core: no process is started")
def test_a_script_needs_no_main_guard(one_thread, tmp_path):
    said, wrong = run(SCRIPT.format(paths=PATHS), tmp_path).communicate()
    assert said.split("\n") == [
        "the top of the script",
        f"ProcessPoolExecutor {one_thread.columns['payment'].sum().hex()}",
        "",
    ]
    assert not wrong


def started_by(process):
    """How many processes a process has started that live."""
    stats = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            stats.append(file.read_text())
    return sum(int(stat.rpartition(")")[2].split()[1]) == process for stat in stats)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="processes are counted as Linux does")
@pytest.mark.parametrize("seconds", [0.0, 0.5, 3.0])  # after processes are started: they import, then work
def test_a_run_that_is_stopped_says_so_once_and_ends(tmp_path, seconds):
    script = run(SCRIPT.format(paths=2000 * BLOCK), tmp_path, start_new_session=True)
    assert "top" in script.stdout.readline()
    until = time.monotonic() + 60
    while started_by(script.pid) < 3:  # two of these keep count of what processes share
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(seconds)
    os.killpg(script.pid, signal.SIGINT)
    _, wrong = script.communicate(timeout=60)
    assert wrong.count("Traceback (most recent call last)") == 1
    assert "stopped after" in wrong.splitlines()[-1]
    assert script.returncode


FAULTS = """
import resource
from concurrent.futures import ThreadPoolExecutor
import sib
with ThreadPoolExecutor(1) as worker:
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        sib.compare({"plan": sib.load("peterborough")}, 1 << 17, rng=1, executor=worker, measures=["payment_mean"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="pages are counted as Linux does")
def test_memory_is_used_again_where_the_environment_forbids_to_learn_it(tmp_path):
    # as in the workers of a Dask cluster: some 200,000 pages for a piece of work, where each array has its own anew
    environment = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536"}
    said, wrong = run(FAULTS, tmp_path, env=environment).communicate()
    assert int(said) < 40_000, wrong
