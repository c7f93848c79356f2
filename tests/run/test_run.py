"""Blocks. Truth: the same seed gives the same bits, whoever works them out and in whatever order."""

import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import sib
from sib.chance.streams import seed_of
from sib.measures.tally import LeftError
from sib.run.blocks import BLOCK, run_block
from sib.run.recipe import Deal, Recipe

PATHS = 9 * BLOCK + 17  # several blocks that are settled together, and some that are not

NUMBERS = ["estimate", "mcse", "low", "high"]
BLOCKS = [(0, BLOCK), (1, BLOCK), (2, 5)]


class Backwards(ThreadPoolExecutor):
    """Has later blocks done first."""

    def __init__(self):
        super().__init__(8)
        self.wait = 0.2

    def submit(self, fn, /, *args, **kwargs):
        self.wait -= 0.05
        return super().submit(_after, max(self.wait, 0.0), fn, *args, **kwargs)


def _after(seconds, fn, *args, **kwargs):
    time.sleep(seconds)
    return fn(*args, **kwargs)


def bits(simulation):
    return {key: values.tobytes() for key, values in simulation.columns.items()}


@pytest.fixture(scope="module")
def reference(plan):
    return sib.simulate(plan, PATHS, rng=3)


@pytest.mark.parametrize(
    "executor",
    [lambda: ThreadPoolExecutor(1), lambda: ThreadPoolExecutor(5), Backwards, lambda: ProcessPoolExecutor(2)],
    ids=["one thread", "five threads", "backwards", "two processes"],
)
def test_same_bits_whatever_the_workers(plan, reference, executor):
    with executor() as workers:
        other = sib.simulate(plan, PATHS, rng=3, executor=workers)
    assert bits(other) == bits(reference)
    assert other.ledger() == reference.ledger()
    assert other.summary().equals(reference.summary())


@pytest.mark.parametrize("paths", [1, 2, 5, 100, 500, BLOCK, BLOCK + 5])
def test_first_paths_do_not_depend_on_how_many_follow(plan, reference, paths):
    for key, values in sib.simulate(plan, paths, rng=3).columns.items():
        assert values.tobytes() == reference.columns[key][:paths].tobytes(), key


@pytest.mark.parametrize("name", ["peterborough", "denver", "essex", "newpin"])
def test_blocks_settled_together_are_the_blocks_settled_one_by_one(name):
    deal = Deal.of(sib.load(name))
    recipe, contracts = Recipe(deal.model, seed_of(5)), (deal.contract,)
    (together,) = run_block(recipe, contracts, 0, 2 * BLOCK + 5)
    each = [next(run_block(recipe, contracts, i, n)) for i, n in BLOCKS]
    assert [e[:4] for e in together.book.entries] == [e[:4] for e in each[0].book.entries]
    for one, *parts in zip(together.book.entries, *(block.book.entries for block in each), strict=True):
        amounts = [np.broadcast_to(part.amount, n) for part, (_, n) in zip(parts, BLOCKS, strict=True)]
        np.testing.assert_array_equal(np.broadcast_to(one.amount, 2 * BLOCK + 5), np.concatenate(amounts))
    assert together.effective == sum(block.effective for block in each)


@pytest.mark.parametrize("cores", [1, 2, 3, 64])
def test_deals_that_share_futures_keep_every_core_at_work_and_their_bits(plan, cores, monkeypatch):
    handed = []

    class Counts(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            handed.append(args[0].run)
            return super().submit(fn, *args, **kwargs)

    deals = {"base": plan, "dearer": plan.replace({"payments.early.pays.per_unit": 3000.0})}
    ask = {"paths": 4 * BLOCK + 17, "rng": 1, "measures": ["payment_mean", "npv_mean", "expected_cash_irr"]}
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    alone = sib.compare(deals, **ask)
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    with Counts(2) as workers:
        assert sib.compare(deals, executor=workers, **ask).equals(alone)
    assert len(handed) >= min(cores, 5)  # there are five blocks
    assert [first for first, _ in handed] == np.cumsum([0, *(-(-n // BLOCK) for _, n in handed)])[:-1].tolist()
    assert sum(n for _, n in handed) == ask["paths"]


def test_another_seed_gives_another_future(plan, reference):
    assert bits(sib.simulate(plan, PATHS, rng=4)) != bits(reference)


def test_a_simulation_says_how_to_have_it_again(plan):
    first = sib.simulate(plan, 100)
    assert bits(sib.simulate(plan, 100, rng=first.rng)) == bits(first)
    assert bits(sib.simulate(plan, 100, rng=first.seed.entropy)) == bits(first)
    sequence = np.random.SeedSequence(7)
    assert bits(sib.simulate(plan, 100, rng=sequence)) == bits(sib.simulate(plan, 100, rng=sequence))
    generator = np.random.default_rng(1)
    sib.simulate(plan, 100, rng=generator)
    second = sib.simulate(plan, 100, rng=generator)
    assert bits(sib.simulate(plan, 100, rng=second.rng)) == bits(second)


def test_what_is_drawn_again_is_what_was_drawn(reference):
    frame = reference.paths
    assert len(frame) == PATHS
    claims = frame.filter(like="payments.").sum(axis=1)
    np.testing.assert_allclose(claims, frame["payment"], rtol=1e-12)
    for path in (0, BLOCK - 1, BLOCK, PATHS - 1):
        ledger = reference.ledger(path)
        assert ledger.received("investors") == pytest.approx(frame.loc[path, "received"], rel=1e-12, abs=1e-9)
        assert ledger.irr("investors") == pytest.approx(frame.loc[path, "irr"], rel=1e-9, nan_ok=True)


def test_the_mean_ledger_is_the_mean(reference):
    mean = reference.ledger()
    assert mean.received("investors") == pytest.approx(reference.columns["received"].mean())
    assert mean.paid("investors") == pytest.approx(reference.columns["drawn"].mean())


def test_a_run_too_long_to_keep_has_the_same_figures(plan, reference, monkeypatch):
    monkeypatch.setattr("sib.analysis.simulate.KEPT_PATHS", 10)
    monkeypatch.setattr("sib.analysis.summary.Summary.__init__.__defaults__", (20_000, None))
    long = sib.simulate(plan, PATHS, rng=3)
    assert long._columns is None
    np.testing.assert_allclose(long.summary()[NUMBERS], reference.summary()[NUMBERS], rtol=1e-9, atol=1e-12)
    assert "columns" not in vars(long), "nothing was drawn again"
    assert bits(long) == bits(reference)


def test_a_long_run_of_which_a_quantile_was_not_kept_is_drawn_again(plan, reference, monkeypatch):
    def left(self, level):
        raise LeftError

    monkeypatch.setattr("sib.analysis.simulate.KEPT_PATHS", 10)
    monkeypatch.setattr("sib.analysis.summary.Tally.quantile", left)
    long = sib.simulate(plan, PATHS, rng=3)
    monkeypatch.undo()
    assert (long._columns, long._found) == (None, None)
    assert long.summary().equals(reference.summary())
