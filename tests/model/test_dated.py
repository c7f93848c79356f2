"""Who reached what under limits a person, where each person has a date. Truth: persons followed one by one."""

import datetime as dt

import numpy as np
import pytest
from scipy import stats

import sib
from sib.model.dated import Flow, reached_in
from sib.run.blocks import run_block
from sib.run.recipe import Deal, Recipe
from tests.milestones import deal, milestone, price

QUARTERLY = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 16}
SIZE, PATHS = 60, 8_000
PRICES = {"assessed": 500.0, "qualifies": 1_800.0, "starts": 2_500.0, "stays": 3_000.0}
LEVELS = {"assessed": 0.9, "qualifies": 0.5, "starts": 0.6, "stays": 0.8}
ABOVE = {"assessed": None, "qualifies": "assessed", "starts": "assessed", "stays": "starts"}
NOWHERE = 10**6


def youth(limit, prices=PRICES, **beliefs):
    """Assessed soon after enrolment; then, each by itself, a qualification, and a job that lasts."""
    metrics = [
        milestone(name, QUARTERLY if above is None else None, **({"among": above} if above else {}))
        for name, above in ABOVE.items()
    ]
    for metric in metrics[1:]:
        del metric["reported"]
    timing = {
        "assessed": {"months": [1, 3]},
        "qualifies": {"mean_months": 9},
        "starts": {"reached_by": [[3, 0.2], [6, 0.6], [15, 1.0]]},
        "stays": {"months": 6},
    }
    payments = [price(name, amount, "period") for name, amount in prices.items()]
    limits = [{"name": "l", "on": list(prices)} | limit]
    return deal(metrics, payments, limits, LEVELS, (SIZE,), timing=timing, **beliefs)


def one_by_one(paths, seed, came=None):
    """The quarter in which each person reaches each milestone, {name: (paths, persons)}; NOWHERE for never."""
    rng = np.random.default_rng(seed)
    shape = (paths, SIZE if came is None else int(came.max()))
    enrols = rng.integers(0, 12, shape)
    takes = {
        "assessed": rng.integers(1, 4, shape).astype(float),
        "qualifies": rng.exponential(9, shape),
        "starts": np.interp(rng.random(shape), [0, 0.2, 0.6, 1], [0, 3, 6, 15]),
        "stays": np.full(shape, 6.0),
    }
    month = {None: enrols if came is None else np.where(np.arange(shape[1]) < came[:, None], enrols, NOWHERE)}
    quarter = {}
    for name, above in ABOVE.items():
        then = np.floor(month[above] + rng.random(shape) + takes[name]).astype(int)  # of any day of the month
        goes = (rng.random(shape) < LEVELS[name]) & (month[above] < NOWHERE) & (then < 48)
        month[name] = np.where(goes, then, NOWHERE)
        quarter[name] = np.where(goes, then // 3, NOWHERE)
    return quarter


def due_by_person(quarter, most=np.inf, items=np.inf):
    """What is due for each milestone, {name: (paths,)}: what comes last for a person is cut."""
    shape = quarter["assessed"].shape
    money, number = np.full(shape, most), np.full(shape, items)
    due = {name: np.zeros(shape[0]) for name in PRICES}
    for q in range(16):
        for name, amount in PRICES.items():  # on one day in the order of the file, which is that of the funnel
            pays = np.where((quarter[name] == q) & (number > 0), np.minimum(amount, money), 0.0)
            money, number = money - pays, number - (pays > 0)
            due[name] += pays.sum(axis=1)
    return due


def paid(scenario, seed, paths=PATHS):
    compiled = Deal.of(scenario)
    recipe = Recipe(compiled.model, np.random.SeedSequence(seed))
    book = next(run_block(recipe, [compiled.contract], 0, paths)).book
    found = {}
    for i, name in enumerate(PRICES):
        found[name] = sum((e.amount for e in book.entries if e.payment == i), np.zeros(paths))
    return found


def agrees(mine, other, paths=PATHS):
    for name in PRICES:
        error = np.sqrt((mine[name].var() + other[name].var()) / paths)
        assert abs(mine[name].mean() - other[name].mean()) <= 4 * error, name
    whole, truth = (sum(each.values()) for each in (mine, other))
    assert whole.var() == pytest.approx(truth.var(), rel=0.08)


@pytest.mark.parametrize("limit", [{"per_person": 4_900}, {"per_person": 2_700}, {"items_per_person": 2}])
def test_what_limits_leave_is_what_they_leave_for_persons_one_by_one(limit):
    other = due_by_person(one_by_one(PATHS, 1), limit.get("per_person", np.inf), limit.get("items_per_person", np.inf))
    agrees(paid(youth(limit), 2), other)


def test_of_those_who_come():
    rng = np.random.default_rng(3)
    came = np.maximum(np.rint(SIZE * np.maximum(rng.normal(0.7, 0.2, PATHS), 0.01)), 1)
    other = due_by_person(one_by_one(PATHS, 4, came), 4_900)
    agrees(paid(youth({"per_person": 4_900}, referrals={"mean": 0.7, "sd": 0.2}), 5), other)


@pytest.mark.slow
def test_where_the_pace_is_not_known_blocks_are_put_together():
    # how far months reach differs from block to block
    unsure = youth({"per_person": 4_900}).replace({"beliefs.timing.starts.pace_sd": 0.3})
    one = sib.simulate(unsure, 18_000, rng=1)
    few = sib.simulate(unsure, 17_000, rng=1)
    paths = one.paths["payment"].to_numpy()
    np.testing.assert_array_equal(few.paths["payment"].to_numpy(), paths[:17_000])


@pytest.mark.slow
def test_those_who_are_known_are_followed_too():
    scenario = youth({"per_person": 4_900})
    names = Deal.of(scenario).model.metrics[0].results
    quarter = {name: each[:1] for name, each in one_by_one(1, 7).items()}
    counts = {name: {names[q]: int((each == q).sum()) for q in range(6)} for name, each in quarter.items()}
    known = sib.update(scenario, counts, paths=4_000, rng=1)
    # nobody is paid for more than all that they reach, and no more than so many persons are above the limit
    settled = known.posterior.paths
    uncut = sum(settled.filter(regex=rf"^{name}\.\d.*units$").sum(axis=1) * p for name, p in PRICES.items())
    cut = uncut - settled["payment"]
    assert (cut >= -1e-6).all()
    assert (cut <= SIZE * (sum(PRICES.values()) - 4_900)).all()
    assert cut.mean() > 0


@pytest.mark.slow
def test_without_chance_typical_persons_are_as_likely_to_be_cut():
    exact = sum(one.mean() for one in due_by_person(one_by_one(40_000, 9), 4_900).values())
    ledger = sib.simulate(youth({"per_person": 4_900}), 1, rng=1, chance=[])
    assert ledger.summary().loc["payment_mean", "estimate"] == pytest.approx(exact, rel=0.005)


class TestReachedIn:
    """Truth: counting, and uniform laws."""

    flow = Flow.of(
        [(0, 1, np.array([2.0, 0.0])), (0, 2, np.array([1.0, 3.0])), (1, 2, np.array([4.0, 1.0]))],
        np.zeros(3, dtype=int),
        2,
    )

    def test_as_many_go_from_where_to_where(self):
        before = np.array([[0] * 5 + [1] * 5 + [-1] * 2, [1] * 3 + [0] * 4 + [-1] * 5])
        keys = np.random.default_rng(1).integers(1, 2**64, before.shape, dtype=np.uint64)
        found = reached_in(self.flow, before, np.ones(2), keys)
        for row in (0, 1):
            for (source, month), counts in self.flow._each.items():
                assert ((before[row] == source) & (found[row] == month)).sum() == counts[row]
        assert (found[before < 0] == -1).all()

    def test_any_of_one_source_are_as_likely(self):
        paths = 20_000
        flow = Flow.of([(0, 1, np.full(paths, 3.0))], np.zeros(2, dtype=int), paths)
        keys = np.random.default_rng(2).integers(1, 2**64, (paths, 10), dtype=np.uint64)
        found = reached_in(flow, np.zeros((paths, 10), dtype=np.int32), np.ones(paths), keys)
        assert stats.chisquare((found == 1).sum(axis=0)).pvalue > 1e-4
