"""The work of loading, compiling, settling, checking and describing a deal grows with what it says, and no faster.

Work is counted in lines of the library that are run, each turn of a comprehension among them, which no busy machine
changes. The lines at three sizes lie on a parabola; its slope on log-log at the largest size of the language is at most
1.2. `python -m tests.benchmarks.growth` takes the seconds, up to that size.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

import sib
from sib.run import recipe
from sib.scenario.rules.names import alike
from tests.benchmarks import growth

HOUSE = str(Path(sib.__file__).parent)
STEEPEST = 1.2
PRODUCTS = {  # what is written down is itself a product; `sib/scenario/rules/size.py` bounds it, or each limit does
    ("months_of_milestones", "compile"),  # who reaches a milestone in which month, and the next one in which
    ("cohorts_to_date", "settle"),  # all results so far, on each
    ("months_so_far", "settle"),
    ("months_under_conditions", "settle"),
    ("tiers", "settle"),  # each tier pays a tranche, which keeps the value of what it got at each hurdle
}


def lines(work):
    """How many lines of the library a piece of work runs."""
    count = 0

    def within(_, event, __):
        nonlocal count
        count += event == "line"
        return within

    before = sys.gettrace()
    sys.settrace(lambda frame, *_: within if frame.f_code.co_filename.startswith(HOUSE) else None)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def steepness(sizes, counts, most):
    """The slope on log-log, at the largest size, of the parabola through what was counted at three sizes."""
    a, b, c = np.polyfit(np.array(sizes, float), np.array(counts, float), 2)
    return float((2 * a * most**2 + b * most) / (a * most**2 + b * most + c))


@pytest.fixture(scope="module", autouse=True)
def _built():
    """What is built on the first call is no work of a deal."""
    for _, work in growth.stages(growth.cohorts_with_three_payments(2)):
        work()


@pytest.mark.parametrize("one", growth.GROWTHS, ids=lambda one: one.name)
def test_work_grows_with_what_a_deal_says(one):
    counts = {}
    for size in one.small:
        for stage, work in growth.stages(one.make(size)):
            counts.setdefault(stage, []).append(lines(work))
    found = {stage: steepness(one.small, each, one.most) for stage, each in counts.items()}
    assert {stage for stage, slope in found.items() if slope > STEEPEST and (one.name, stage) not in PRODUCTS} == set()


def test_pairs_are_seen():
    """Each of some names with each other: as many calls as the square of how many there are."""
    names, sizes = [f"p{i}" for i in range(60)], (20, 40, 60)
    counts = [lines(lambda n=n: [alike(x, y) for x in names[:n] for y in names[:n]]) for n in sizes]
    assert steepness(sizes, counts, 1000) > 1.9


def test_a_row_of_metrics_settles_and_is_drawn():
    """A hundred milestones in a row, the most that there can be: who has reached the last has reached all."""
    scenario = sib.Scenario.from_data(growth.funnels(100, long=100))
    last = {f"m{i}": [50, 40] for i in range(100)}
    assert sib.settle(scenario, last).paid("city") == 90.0
    sure = scenario.replace({"beliefs.levels": {f"m{i}": 1.0 for i in range(100)}})
    assert sib.simulate(sure, 10, rng=1).ledger(0).paid("city") == 200.0  # both cohorts, of 100


def test_a_row_of_months_settles_and_is_drawn():
    """The same, by month: each is reached on a date that counts from the one before."""
    scenario = sib.Scenario.from_data(growth.funnels(100, growth.monthly(27), long=100))
    sure = scenario.replace({"beliefs.levels": {f"m{i}": 1.0 for i in range(100)}})
    assert sib.simulate(sure, 10, rng=1).ledger(0).paid("city") == 200.0


@pytest.mark.parametrize("row", [1, 10])
def test_an_index_of_indices_is_what_is_measured(row):
    """Each is the mean of two parts, both of which are the one before; the last is paid as it is."""
    scenario = sib.Scenario.from_data(growth.indices_in_a_row(row))
    assert sib.settle(scenario, {"m0": [3, 4]}).paid("city") == pytest.approx(7.0, abs=1e-12)


class TestAScenarioIsCompiledOnce:
    def test_and_kept_while_it_is(self, monkeypatch):
        count = []
        monkeypatch.setattr(
            recipe, "compile_contract", lambda s, real=recipe.compile_contract: count.append(1) or real(s)
        )
        plan = sib.load("peterborough")
        for _ in range(3):
            sib.settle(plan, {"reconvictions": 0.05})
        sib.simulate(plan, 100, rng=1)
        assert len(count) == 1
        sib.settle(plan.replace({"tranches.investors.amount": 6_000_000}), {"reconvictions": 0.05})
        assert len(count) == 2
