"""Points that fill the unit cube evenly. Truth: uniform coordinates, nets of Sobol', and the spread of many runs."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats

import sib
from sib.chance.points import LOT, MOST, sobol
from sib.run.blocks import BLOCK
from sib.run.recipe import Deal, Recipe

SEED = np.random.SeedSequence(5)
RUNS, PATHS = 40, 10 * LOT


class TestPoints:
    def test_every_coordinate_is_uniform(self):
        """The first point of each lot is as random as any: one from each of many lots."""
        first = np.concatenate([sobol(SEED, block, BLOCK, 5)[::LOT] for block in range(150)])
        for column in first.T:
            assert stats.kstest(column, "uniform").pvalue > 1e-3

    def test_a_lot_has_one_point_in_each_part_of_every_coordinate(self):
        """A net: of 2**12 points one in each of 2**12 equal parts, and of two coordinates in each of 64 by 64."""
        lot = sobol(SEED, 0, LOT, 5)
        for column in lot.T:
            np.testing.assert_array_equal(np.sort(np.floor(column * LOT)), np.arange(LOT))
        cells = np.floor(lot[:, 0] * 64) * 64 + np.floor(lot[:, 1] * 64)
        assert np.unique(cells).size == LOT

    def test_lots_are_independent(self):
        lots = np.array([sobol(SEED, block, BLOCK, 2)[:, 0].reshape(-1, LOT)[:, :64] for block in range(20)]).reshape(
            -1, 64
        )
        apart = np.corrcoef(lots)[np.triu_indices(len(lots), 1)]
        assert apart.mean() == pytest.approx(0, abs=4 / 8 / np.sqrt(apart.size))

    @pytest.mark.parametrize("paths", [1, 7, LOT, LOT + 1])
    def test_fewer_are_the_first_of_more(self, paths):
        np.testing.assert_array_equal(sobol(SEED, 3, paths, 4), sobol(SEED, 3, BLOCK, 4)[:paths])

    def test_none_is_at_the_edge(self):
        points = sobol(SEED, 0, BLOCK, MOST)
        assert 0 < points.min() <= points.max() < 1
        assert BLOCK % LOT == 0


class TestChance:
    def test_what_matters_most_has_the_first_coordinates(self, plan):
        chance = Recipe(Deal.of(plan).model, SEED, way="sobol").chance(0, 100)
        first = min(chance.columns, key=lambda component: chance.columns[component])
        assert first == ("reconvictions", "effect")
        assert chance.dimensions == 10  # the effect, three cohorts' own, those served and their controls in each
        np.testing.assert_array_equal(
            chance.coordinates("effects.reconvictions", *first), sobol(SEED, 0, 100, 10)[:, 0]
        )

    def test_what_finds_no_place_is_drawn_plainly(self):
        chance = Recipe(Deal.of(sib.load("reboot-west")).model, SEED, way="sobol").chance(0, 100)
        assert MOST - 5 <= chance.dimensions <= MOST
        assert chance.coordinates("people", "not there").size == 100

    def test_a_source_that_is_drawn_again_leaves_the_others(self, plan):
        model, other = Deal.of(plan).model, np.random.SeedSequence(6)
        once = Recipe(model, SEED, way="sobol").chance(0, 50)
        again = Recipe(model, SEED, redrawn=frozenset({"people"}), other=other, way="sobol").chance(0, 50)
        for component in once.columns:
            source = "people" if component[-1] == "treated" else "measurement"
            same = np.array_equal(once.coordinates(source, *component), again.coordinates(source, *component))
            assert same == (source != "people")


@pytest.fixture(scope="module")
def runs(plan):
    """Estimates and standard errors of many runs, by way of drawing, (runs, figures)."""
    found = {}
    for way in ("plain", "sobol"):
        tables = [sib.simulate(plan, PATHS, rng=seed, sampling=way).summary() for seed in range(RUNS)]
        found[way] = {
            name: np.array([(t.loc[name, "estimate"], t.loc[name, "mcse"]) for t in tables]) for name in NAMES
        }
    return found


NAMES = {"loss_probability": 0.5, "payment_mean": 0.35, "npv_mean": 0.35, "multiple_mean": 0.35}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_errors_are_smaller_and_what_they_are_said_to_be(runs, name):
    plain, even = runs["plain"][name], runs["sobol"][name]
    spread = even[:, 0].std(ddof=1)
    assert spread < NAMES[name] * plain[:, 0].std(ddof=1)
    assert even[:, 1].mean() == pytest.approx(spread, rel=0.4)
    apart = even[:, 0].mean() - plain[:, 0].mean()
    assert abs(apart) < 4 * np.hypot(spread, plain[:, 0].std(ddof=1)) / np.sqrt(RUNS), "no bias"


def test_the_same_bits_whatever_the_workers_and_however_many_paths_follow(plan):
    few, many = (sib.simulate(plan, n, rng=3, sampling="sobol").paths for n in (5_000, 40_000))
    assert few.equals(many.iloc[:5_000])
    with ThreadPoolExecutor(3) as workers:
        assert sib.simulate(plan, 40_000, rng=3, sampling="sobol", executor=workers).paths.equals(many)


def test_what_is_kept_knows_how_it_was_drawn(plan, tmp_path):
    made = sib.simulate(plan, 3_000, rng=1, sampling="sobol")
    made.save(tmp_path / "a.sib")
    opened = sib.open(tmp_path / "a.sib")
    assert opened.summary().equals(made.summary())
    assert opened.position().equals(made.position())  # drawn again
    sib.simulate(plan, 3_000, rng=1, sampling="sobol", resume=tmp_path / "run")
    with pytest.raises(sib.InputError, match="drawn in the same way"):
        sib.simulate(plan, 3_000, rng=1, resume=tmp_path / "run")


@pytest.mark.parametrize("way", ["sobol", "stratified"])
def test_worlds_that_are_weighed_are_drawn_plainly(plan, way):
    """Every eighth of points that fill the cube evenly does not."""
    even = sib.update(sib.simulate(plan, 3_000, rng=1, sampling=way), {"reconvictions": {"1": 0.084}})
    plain = sib.update(sib.simulate(plan, 3_000, rng=1), {"reconvictions": {"1": 0.084}})
    assert even.posterior.paths.equals(plain.posterior.paths)
    assert not even.prior.paths.equals(plain.prior.paths)


def test_the_order_of_metrics_changes_no_draw():
    deal = sib.load("reboot-west")
    data = deal.data()
    data["metrics"] = data["metrics"][::-1]
    turned = sib.Scenario.from_data(data)
    one, other = (sib.simulate(s, 500, rng=1, sampling="sobol").summary()["estimate"] for s in (deal, turned))
    assert np.allclose(one, other, rtol=1e-12, equal_nan=True)


def test_stratified_has_two_names(plan):
    one, other = (
        sib.simulate(plan, 2_000, rng=1, stratified=True),
        sib.simulate(plan, 2_000, rng=1, sampling="stratified"),
    )
    assert one.paths.equals(other.paths)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"sampling": "soble"}, "one of plain, stratified, sobol"),
        ({"sampling": True}, "one of plain, stratified, sobol"),
        ({"sampling": ["sobol"]}, "one of plain, stratified, sobol"),
        ({"sampling": "sobol", "stratified": True}, "one way of drawing"),
    ],
)
def test_ways_that_are_none(plan, options, rule):
    with pytest.raises(sib.InputError, match=rule):
        sib.simulate(plan, 100, rng=1, **options)
