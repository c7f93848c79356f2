"""What travels between processes. Truth: what it was before it was pickled."""

import pickle
from pathlib import Path

import pytest

import sib
from sib.errors import MISSING, Problem

PROBLEMS = (Problem("paths", -1, "a whole number", "pass one"), Problem("results", MISSING, "a result", "add one"))
ERRORS = [
    sib.InputError(*PROBLEMS),
    sib.ScenarioError(*PROBLEMS, file="a.toml"),
    sib.Interrupted(3, 7, None),
    sib.Interrupted(3, 7, Path("run")),
    *(kind("what is to be known") for kind in (sib.EvidenceWarning, sib.NoiseWarning, sib.TriangleWarning)),
]


def test_all_public_errors_are_here():
    public = (getattr(sib, name) for name in sib.__all__)
    assert {one for one in public if isinstance(one, type) and issubclass(one, BaseException)} == set(map(type, ERRORS))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_says_the_same(error, protocol):
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_results_are_the_same(plan, simulation):
    known = sib.update(simulation, {"reconvictions": {"1": 0.084}})
    ladder = sib.chain_ladder([[1, 3, 4], [2, 5], [3]])
    held = sib.portfolio({"a": plan, "b": sib.load("peterborough-2017")}, paths=200, rng=1)
    simulation.summary()
    known.remaining()
    for result, ask in (
        (plan, lambda one: one.to_toml()),
        (simulation, lambda one: one.summary().to_csv()),
        (simulation, lambda one: one.ledger(7)),
        (simulation.ledger(), lambda one: one.to_frame().to_csv()),
        (sib.settle(plan, {"reconvictions": 0.1}), lambda one: one.statement().to_csv()),
        (known, lambda one: one.posterior.summary().to_csv()),
        (known, lambda one: one.remaining().to_csv()),
        (ladder, repr),
        (held, lambda one: one.summary().to_csv()),
        (simulation.cash_paths("investors"), lambda one: one.amounts.tolist()),
    ):
        assert ask(pickle.loads(pickle.dumps(result))) == ask(result)
