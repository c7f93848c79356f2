"""What is drawn for one question and kept for the next. Truth: what is drawn anew, and counts of what is done."""

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import sib
from sib.run import kept
from sib.run.kept import Store

PATHS = 20_000
QUESTIONS = {
    "cash": lambda s: s.cash("investors"),
    "budget": lambda s: s.budget(),
    "position": lambda s: s.position(),
    "tranche": lambda s: s.summary("investors"),
    "headroom": lambda s: s.headroom(),
    "dpi": lambda s: s.dpi(),
    "hurdle": lambda s: s.summary(hurdle=0.05),
}


def test_all_questions_read_what_was_drawn_once(plan, drawn):
    simulation = sib.simulate(plan, PATHS, rng=1)
    once = len(drawn)
    for ask in QUESTIONS.values():
        ask(simulation)
    sib.plot.payoff(simulation)
    assert len(drawn) == once


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_what_is_kept_is_what_is_drawn_again(plan, monkeypatch, ask):
    found = ask(sib.simulate(plan, PATHS, rng=1))
    monkeypatch.setattr(kept, "_MOST", 0)
    assert found.equals(ask(sib.simulate(plan, PATHS, rng=1)))


def test_what_happened_to_people_is_drawn_again(plan, monkeypatch):
    found = sib.simulate(plan, PATHS, rng=1).paths
    monkeypatch.setattr(kept, "_MOST", 0)
    assert found.equals(sib.simulate(plan, PATHS, rng=1).paths)


def test_of_what_other_workers_draw_nothing_is_kept_until_it_is_drawn_here(plan, drawn):
    with ThreadPoolExecutor(1) as workers:
        simulation = sib.simulate(plan, 1_000, rng=1, executor=workers)
    assert not simulation.futures.recipe.kept
    for _ in range(2):
        simulation.position()
    assert len(drawn) == 2


class TestMemory:
    @pytest.fixture(autouse=True)
    def room(self, monkeypatch):
        gc.collect()
        monkeypatch.setattr(kept, "_MOST", 100)
        monkeypatch.setattr(Store, "_sizes", type(Store._sizes)())

    def test_the_oldest_run_makes_room(self):
        first, second, third = Store(), Store(), Store()
        for store in (first, second, third):
            store.put((0, 1), "some", 40)
            store.put((1, 1), "more", 40)
        assert (first.find((0, 1)), first.find((1, 1))) == (None, None)
        assert second.find((0, 1)) == third.find((0, 1)) == "some"
        assert sum(Store._sizes.values()) <= 100

    def test_a_run_that_is_too_large_keeps_nothing_and_drops_nothing(self):
        small, large = Store(), Store()
        small.put((0, 1), "some", 40)
        large.put((0, 1), "some", 101)
        assert not large
        assert small

    def test_it_goes_with_the_run(self):
        store = Store()
        store.put((0, 1), "some", 60)
        del store
        gc.collect()
        assert not Store._sizes

    def test_a_simulation_that_is_gone_keeps_nothing(self, plan, monkeypatch):
        monkeypatch.setattr(kept, "_MOST", 1 << 28)
        simulation = sib.simulate(plan, 1000, rng=1)
        assert sum(Store._sizes.values()) >= 8 * np.prod(simulation.futures.block(0).results[0].treated.shape)
        del simulation
        assert not Store._sizes, "and is not waited for by the garbage collector"
