"""Where investors get back what they put in. Truth: the deal settled on either side of it, and sums by hand."""

import numpy as np
import pytest

import sib


def multiple(scenario, metric, result):
    """What comes back for what was put in, of the whole deal settled by itself."""
    return sib.payoff(scenario, [result], metric)["multiple"].item()


@pytest.mark.parametrize(
    ("name", "metric", "results"),
    [
        ("peterborough", None, [0.0, 0.05, 0.08, 0.2]),
        ("denver", "jail days", np.linspace(0.0, 0.8, 9)),  # housing payments are lent again
        ("reboot-west", "enters work", [0, 50, 150, 200]),  # later costs are met from what came in
        ("newpin", None, [0.40, 0.43, 0.62]),
    ],
)
def test_just_below_it_less_comes_back_and_at_it_all(name, metric, results):
    scenario = sib.load(name)
    table = sib.payoff(scenario, results, metric)
    even, step = table.attrs["break_even"], max(results) - min(results)
    assert min(results) < even < max(results)
    assert multiple(scenario, metric, even) >= 1 - 1e-9
    assert multiple(scenario, metric, even - 2e-6 * step) < 1 - 1e-9


def test_of_peterborough_by_hand():
    """Payments are in proportion to events avoided: those that come to 5,000,000 are the break-even."""
    plan = sib.load("peterborough")
    table = sib.payoff(plan, [0.076, 0.08])
    even, paid = table.attrs["break_even"], table.loc[0.08, "payment"]
    assert even == pytest.approx(0.08 * 5_000_000 / paid, rel=1e-6)


def test_none_and_everywhere():
    plan = sib.load("peterborough")
    assert np.isnan(sib.payoff(plan, [0.0, 0.05]).attrs["break_even"])
    assert sib.payoff(plan, [0.15, 0.1, 0.2]).attrs["break_even"] == 0.1
