"""Workers of other kinds. Truth: the bits of one thread, even where a worker dies on the way."""

import contextlib
import os
import signal
import subprocess
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import sib
from sib.run import blocks
from sib.run.blocks import BLOCK

PATHS = 15 * BLOCK  # fifteen pieces of work


@pytest.fixture(scope="module", autouse=True)
def _block_by_block():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_TOGETHER", 1)
        yield


@pytest.fixture(scope="module")
def one_thread(plan):
    with ThreadPoolExecutor(1) as workers:
        return sib.simulate(plan, PATHS, rng=8, executor=workers)


class KillsAWorker(Executor):
    """Hands work on, and kills one of the processes that do it when half is handed over."""

    def __init__(self, workers, process):
        self.workers, self.process, self.handed = workers, process, 0

    def submit(self, fn, /, *args, **kwargs):
        self.handed += 1
        if self.handed == 8:
            os.kill(self.process, signal.SIGKILL)
        return self.workers.submit(fn, *args, **kwargs)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("killed", [False, True])
def test_a_cluster_of_processes_gives_the_bits_of_one_thread(plan, one_thread, killed, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("sib.run.workers._AHEAD", 4)
    with (
        distributed.LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        workers = client.get_executor()
        if killed:
            workers = KillsAWorker(workers, next(iter(client.run(os.getpid).values())))
        found = sib.simulate(plan, PATHS, rng=8, executor=workers)
    assert {k: v.tobytes() for k, v in found.columns.items()} == {k: v.tobytes() for k, v in one_thread.columns.items()}
    assert found.ledger() == one_thread.ledger()
    assert found.n_paths == PATHS


@pytest.mark.slow
def test_a_pool_that_breaks_says_so_and_keeps_what_is_finished(plan, one_thread, monkeypatch, tmp_path):
    monkeypatch.setattr("sib.run.workers._AHEAD", 4)
    with ProcessPoolExecutor(2) as workers:
        process = workers.submit(os.getpid).result()
        with pytest.raises(sib.InputError, match=r"workers that died after \d+ pieces? of work"):
            sib.simulate(plan, PATHS, rng=8, executor=KillsAWorker(workers, process), resume=tmp_path)
    assert list(tmp_path.glob("part-*"))
    found = sib.simulate(plan, PATHS, resume=tmp_path)
    assert found.summary().equals(one_thread.summary())


class GivesUp(ThreadPoolExecutor):
    """Takes work on after it was shut down, and does none of it."""

    def submit(self, fn, /, *args, **kwargs):
        given = Future()
        given.cancel()
        return given


@pytest.mark.parametrize(
    ("pool", "said"),
    [(ThreadPoolExecutor, "cannot schedule new futures after shutdown"), (GivesUp, "it gave up what it had taken on")],
)
def test_a_pool_that_is_shut_down_says_so(plan, pool, said):
    workers = pool(1)
    workers.shutdown()
    with pytest.raises(sib.InputError) as refused:
        sib.simulate(plan, 100, rng=8, executor=workers)
    assert_says(refused.value, said, "leave it open")


def assert_says(error, came, remedy):
    """Four parts, and memory is not blamed."""
    (problem,) = error.problems
    assert problem.where == "executor"
    assert came in problem.came
    assert remedy in problem.remedy
    assert "memory" not in str(error)


class Kills(Executor):
    """Hands over, in place of a piece of work, the end of the process that takes it on."""

    def __init__(self, workers):
        self.workers = workers

    def submit(self, fn, /, *args, **kwargs):
        return self.workers.submit(os._exit, 1)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_cluster_whose_workers_are_killed_says_so(plan):
    distributed = pytest.importorskip("distributed")
    with (
        contextlib.suppress(AssertionError),  # of Dask, which may be about to start the worker anew as it closes
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        pytest.raises(sib.InputError) as refused,
    ):
        sib.simulate(plan, 100, rng=8, executor=Kills(client.get_executor(pure=False)))
    assert_says(refused.value, "before the first piece", "see what they wrote")
    assert "KilledWorker" in refused.value.problems[0].came


SCRIPT = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
import sib
workers = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
sib.simulate(sib.load("peterborough"), 100, rng=8, executor=workers)
"""


def test_a_script_that_spawns_workers_and_does_not_guard_itself_is_told(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    ended = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    child, parent = [part.split("\nTraceback")[0] for part in ended.stderr.split("sib.errors.InputError: ")[1:]]
    assert ended.returncode == 1
    for said, came in ((child, "workers that start workers"), (parent, "workers that died before the first piece")):
        assert said.startswith("executor")
        assert came in said
        assert 'under `if __name__ == "__main__":`' in said
        assert "memory" not in said


@pytest.mark.parametrize("executor", [3, "threads", ThreadPoolExecutor])
def test_what_is_no_executor_is_refused(plan, executor):
    for ask in (sib.simulate, sib.power):
        with pytest.raises(sib.InputError, match="executor"):
            ask(plan, paths=100, executor=executor)
