"""Workers of other kinds. Truth: the bits of one thread, even where a worker dies on the way."""

import os
import signal
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import sib
from sib.run.blocks import BLOCK

PATHS = 120 * BLOCK  # fifteen pieces of work


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
        with pytest.raises(sib.InputError, match="workers that died"):
            sib.simulate(plan, PATHS, rng=8, executor=KillsAWorker(workers, process), resume=tmp_path)
    assert list(tmp_path.glob("part-*"))
    found = sib.simulate(plan, PATHS, resume=tmp_path)
    assert found.summary().equals(one_thread.summary())


@pytest.mark.parametrize("executor", [3, "threads", ThreadPoolExecutor])
def test_what_is_no_executor_is_refused(plan, executor):
    for ask in (sib.simulate, sib.power):
        with pytest.raises(sib.InputError, match="executor"):
            ask(plan, paths=100, executor=executor)
