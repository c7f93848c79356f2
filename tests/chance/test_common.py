"""Chance that is shared between runs. Truth: scipy's normal and exponential laws, Poisson arrivals worked out here."""

import numpy as np
import pytest
from scipy import stats

from sib.chance.common import Arrivals, Common, Sharing
from sib.chance.points import LOT
from sib.chance.sources import LAYERS, Chance
from sib.chance.streams import named

PATHS, BLOCKS = 16_384, 2
WAYS = ("plain", "stratified", "sobol")
SEED = np.random.SeedSequence(7)
EFFECT, LEVEL, CLOSED = ("it", "effect"), ("other", "effect"), ("hazards", "closed")
RATE, DAYS = 0.7, (10.0, 11.5, 14.0)
DRAWN = (*Arrivals("storm", RATE, DAYS).components(), ("shocks", "policy"), ("shocks", "prices"))  # by any of the runs


def chance(way, name, loadings=None, arrivals=None, *, paths=PATHS, block=0):
    common = Common(SEED, DRAWN, loadings or {}, arrivals or {})
    columns = {EFFECT: 0, LEVEL: 1, CLOSED: 2} if way == "sobol" else {}
    own = Chance(
        paths, named(SEED, "deal", name), block, frozenset(LAYERS), way=way, columns=columns, dimensions=len(columns)
    )
    return Sharing.of(own, common)


def scores(way, name, loadings, component=EFFECT):
    """Scores of some blocks."""
    return np.concatenate(
        [
            chance(way, name, {component: loadings}, block=block).normal("a source", *component)
            for block in range(BLOCKS)
        ]
    )


@pytest.mark.parametrize("way", WAYS)
class TestShocks:
    LOADINGS = ({"policy": 0.6, "prices": 0.5}, {"policy": -0.8, "prices": 0.2}, {"prices": 1.0}, {})

    def test_each_score_is_standard_normal(self, way):
        for number, loadings in enumerate(self.LOADINGS):
            assert stats.kstest(scores(way, str(number), loadings), "norm").pvalue > 1e-3

    def test_scores_are_correlated_as_their_loadings_say(self, way):
        drawn = [scores(way, str(number), loadings) for number, loadings in enumerate(self.LOADINGS)]
        found = np.corrcoef(drawn)
        for i, one in enumerate(self.LOADINGS):
            for j, other in enumerate(self.LOADINGS[:i]):
                truth = sum(one[name] * other.get(name, 0.0) for name in one)
                assert abs(found[i, j] - truth) < 4 * (1 - truth**2) / np.sqrt(PATHS * BLOCKS)

    def test_two_shocks_are_independent(self, way):
        one, other = (scores(way, "a", {name: 1.0}) for name in ("policy", "prices"))
        assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(one.size)

    def test_a_loading_of_one_leaves_nothing_of_its_own(self, way):
        one, other = (scores(way, name, {"policy": 1.0}) for name in ("a", "b"))
        np.testing.assert_array_equal(one, other)

    def test_what_is_read_as_a_share_is_the_same_score(self, way):
        share = chance(way, "a", {EFFECT: {"policy": -0.7}}).uniform("a source", *EFFECT)
        assert stats.norm.ppf(share) == pytest.approx(scores(way, "a", {"policy": -0.7})[:PATHS], abs=1e-9)

    def test_what_has_no_shock_is_as_ever(self, way):
        one, other = (chance(way, "a", loadings) for loadings in ({EFFECT: {"policy": 0.5}}, {}))
        np.testing.assert_array_equal(one.normal("a source", *LEVEL), other.normal("a source", *LEVEL))

    @pytest.mark.parametrize("paths", [1, 7, LOT, LOT + 1])
    def test_fewer_paths_are_the_first_of_more(self, way, paths):
        few, all_of_them = (
            chance(way, "a", {EFFECT: {"policy": 0.5}}, paths=size).normal("a source", *EFFECT)
            for size in (paths, PATHS)
        )
        np.testing.assert_array_equal(few, all_of_them[:paths])


class TestLotsOfTwoRuns:
    """Scrambled by themselves Sobol' points of two runs are in step bit by bit; in orders of their own they are not."""

    def test_halves_meet_by_chance(self):
        one, other = (chance("sobol", name).coordinates("a source", *EFFECT) < 0.5 for name in ("a", "b"))
        for lot in range(PATHS // LOT):
            both = np.count_nonzero((one & other)[lot * LOT : (lot + 1) * LOT])
            # one half of the lot is drawn without return, of which half lie in the other's half: hypergeometric
            assert 1e-5 < stats.hypergeom(LOT, LOT // 2, LOT // 2).cdf(both) < 1 - 1e-5

    def test_each_lot_is_as_even_as_ever(self):
        lot = chance("sobol", "a").coordinates("a source", *EFFECT)[:LOT]
        np.testing.assert_array_equal(np.sort(np.floor(lot * LOT)), np.arange(LOT))


@pytest.mark.parametrize("way", WAYS)
class TestArrivals:
    def waits(self, way):
        """How long each of three runs waits, in years, (3, paths)."""
        found = []
        for number in range(3):
            wait = Arrivals("storm", RATE, DAYS[: number + 1])
            parts = [
                chance(way, str(number), arrivals={CLOSED: wait}, block=block).exponential("hazards.closed", *CLOSED)
                for block in range(BLOCKS)
            ]
            found.append(np.concatenate(parts) / RATE)
        return np.array(found)

    def test_each_waits_as_long_as_it_would_alone(self, way):
        for wait in self.waits(way):
            assert stats.kstest(wait, stats.expon(scale=1 / RATE).cdf).pvalue > 1e-3

    def test_who_waits_at_the_same_time_meets_it_on_the_same_day(self, way):
        days = self.waits(way) + np.array(DAYS)[:, None]
        for one, other in ((0, 1), (1, 2), (0, 2)):
            still_waiting = days[one] > DAYS[other]
            np.testing.assert_allclose(days[other][still_waiting], days[one][still_waiting], rtol=1e-12)
            assert (days[other][~still_waiting] > days[one][~still_waiting]).all()
            truth = np.exp(-RATE * (DAYS[other] - DAYS[one]))
            assert abs(still_waiting.mean() - truth) < 4 * np.sqrt(truth * (1 - truth) / still_waiting.size)

    def test_who_begins_later_waits_for_the_next_one_whenever_the_first_came(self, way):
        first, second, _ = self.waits(way)
        before = first < DAYS[1] - DAYS[0]
        related = np.corrcoef(first[before], second[before])[0, 1]
        assert abs(related) < 4 / np.sqrt(before.sum())
