"""Futures in step: a belief that moves a little moves each path's results a little. Truth: what a quantile does.

For every figure under the beliefs of every shipped deal. Results are counts, or means of them: they move by whole
persons and events, by about as much as the belief. A sampler that rejects puts the random numbers out of step, and the
same persons get other luck: results then move by their own standard deviations, and this fails.
"""

import numpy as np
import pytest

import sib
from sib.chance.sources import LAYERS, Chance
from sib.errors import ScenarioError
from sib.model.compile import compile_model
from sib.model.outcomes import draw
from sib.model.prior import believe
from tests.shipped import NAMES as SHIPPED

PATHS, SEED = 400, np.random.SeedSequence(12)


def measured(scenario):
    """What is measured on those served and on every group, by metric, (results and groups, paths); and on how many."""
    model = compile_model(scenario)
    chance = Chance(PATHS, SEED, 0, frozenset(LAYERS))
    found = {}
    for metric, outcome in zip(model.metrics, draw(model, believe(model, chance), chance), strict=True):
        treated = getattr(outcome.results, "treated", None)
        if treated is not None:
            rows = treated if outcome.groups is None else np.concatenate([treated, outcome.groups])
            found[metric.name] = (rows, 1.0 if metric.law.additive else float(metric.persons.min()))
    return found


def moved(scenario):
    """The scenario with one figure of its beliefs one per cent higher, or lower where that is not allowed."""
    assumptions = scenario.assumptions()
    for path, value in assumptions["value"].items():
        if path.startswith("beliefs.") and "discount" not in path and isinstance(value, float | int) and value:
            for factor in (1.01, 0.99):
                try:
                    yield path, scenario.replace({path: value * factor})
                except ScenarioError:
                    continue
                break


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_a_belief_that_moves_by_a_hundredth_moves_every_path_a_little(name):
    scenario = sib.load(name)
    before = measured(scenario)
    tried = 0
    for path, other in moved(scenario):
        tried += 1
        for metric, (rows, _) in measured(other).items():
            was, persons = before[metric]
            at_most = 0.06 * np.maximum(np.abs(was), np.abs(was).mean(axis=1, keepdims=True)) + 4.0 / persons
            assert (np.abs(rows - was) <= at_most).all(), (path, metric, np.abs(rows - was).max())
    assert tried > 0
