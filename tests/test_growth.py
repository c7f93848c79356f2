"""The work of loading, compiling, settling and checking a deal grows with what it says, and no faster.

Work is counted in lines of the library that are run, each turn of a comprehension among them, which no busy machine
changes. Lines at three sizes lie on a parabola; at the largest size of the language its slope on log-log is at most
1.2. `python -m tests.benchmarks.growth` takes the seconds, up to that size.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

import sib
from tests.benchmarks import growth

HOUSE = str(Path(sib.__file__).parent)
STEEPEST = 1.2
PRODUCTS = {"months_of_milestones", "months_so_far", "months_under_conditions", "cohorts_to_date"}  # bounded: `size`


def lines(work):
    """How many lines of the library a piece of work runs."""
    count = 0

    def within(frame, event, _):
        nonlocal count
        count += event == "line"
        return within

    def entered(frame, event, _):
        return within if frame.f_code.co_filename.startswith(HOUSE) else None

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def steepness(one, most):
    """The slope on log-log at the largest size of the parabola through the lines at three sizes, by stage."""
    counts = {}
    for size in one.small:
        for stage, work in growth.stages(one.make(size)):
            counts.setdefault(stage, []).append(lines(work))
    found = {}
    for stage, each in counts.items():
        a, b, c = np.polyfit(np.array(one.small, float), np.array(each, float), 2)
        found[stage] = (2 * a * most**2 + b * most) / (a * most**2 + b * most + c)
    return found


@pytest.fixture(scope="module", autouse=True)
def _warm():
    for _, work in growth.stages(growth.cohorts_with_three_payments(2)):
        work()


@pytest.mark.parametrize("one", [g for g in growth.GROWTHS if g.name not in PRODUCTS], ids=lambda one: one.name)
def test_work_grows_with_what_a_deal_says(one):
    found = steepness(one, one.most)
    assert {stage: round(slope, 2) for stage, slope in found.items() if slope > STEEPEST} == {}


def test_what_is_a_product_is_seen():
    """Pairs of payments: the count sees them."""
    names = [f"p{i}" for i in range(60)]
    one = growth.Growth(growth.fixed_payments, 1000, step=20)
    counts = [
        lines(lambda n=n: [sib.scenario.rules.names.alike(x, y) for x in names[:n] for y in names[:n]])
        for n in one.small
    ]
    a, b, c = np.polyfit(np.array(one.small, float), np.array(counts, float), 2)
    assert (2 * a * 1e6 + b * 1e3) / (a * 1e6 + b * 1e3 + c) > 1.9
