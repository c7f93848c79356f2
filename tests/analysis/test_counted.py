"""Results in hand of funnels by period. Truth: what was counted stays; claims at known rates; whole messages."""

import datetime as dt
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, multinomial

import sib
from sib.analysis.futures import Sampling
from sib.analysis.observing import observed_of
from sib.chance.sources import LAYERS, Chance
from sib.model.likelihood import given_observed
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.run.recipe import Deal
from sib.show.updated import tables
from tests.milestones import deal, milestone, price
from tests.model.person_by_person import CHAIN, Northam

NORTHAM = Path(__file__).parents[2] / "notebooks" / "northam.toml"
RATES = {
    "moves in": 0.80,
    "housed 3 months": 0.75,
    "housed 12 months": 0.60,
    "housed 24 months": 0.70,
    "treatment 12 weeks": 0.40,
    "in work 13 weeks": 0.20,
}


@pytest.fixture(scope="module")
def scenario():
    return sib.load(NORTHAM)


def claims_of(scenario, quarters, seed=5, persons=300, only=tuple(CHAIN)):
    """Counts of so many quarters, of persons followed one by one at known rates."""
    periods = Deal.of(scenario).model.metrics[0].results
    counts = Northam.drawn(1, seed, persons, RATES).counts
    return {name: {periods[q]: int(counts[name][q, 0]) for q in range(quarters)} for name in only}


def counts_of(simulation):
    parts = list(simulation.futures.map(lambda block: [one.treated for one in block.results]))
    return [np.concatenate(each, axis=1) for each in zip(*parts, strict=True)]


@pytest.fixture(scope="module")
def known(scenario):
    return sib.update(scenario, claims_of(scenario, 6), paths=4_000, rng=1)


def test_what_was_counted_stays_and_nobody_counts_twice(scenario, known):
    found, seen = counts_of(known.posterior), claims_of(scenario, 6)
    place = {metric.name: i for i, metric in enumerate(scenario.metrics)}
    for name, i in place.items():
        assert (found[i][:6] == np.array([*seen[name].values()])[:, None]).all()
        above = scenario.metrics[i].among
        most = found[place[above]] if above else np.full_like(found[i], 300)
        assert (found[i].cumsum(axis=0) <= (most.cumsum(axis=0) if above else most)).all(), name


def test_rates_move_to_what_was_seen(known):
    """Six quarters know most of moving in and staying three months, little of two years."""
    table = known.effects.xs("2026-06-30", level="result")
    for name, rate in RATES.items():
        row = table.loc[name]
        assert abs(row["mean"] - rate) < max(abs(row["prior_mean"] - rate), 1.5 * row["sd"]), name
    assert table.loc["moves in", "sd"] < 0.75 * table.loc["moves in", "prior_sd"]
    assert table.loc["housed 24 months", "sd"] == pytest.approx(table.loc["housed 24 months", "prior_sd"], rel=0.05)


@pytest.mark.slow
def test_half_the_starts_are_volume_or_pace_and_not_the_rate_alone(scenario):
    """Where it is not known how many come, half the planned starts say little of the rate; where it is, they must."""
    half = claims_of(scenario, 4, persons=150, only=["moves in"])
    open_to = {"mean": 1.0, "sd": 0.3, "pace_sd": 0.3, "months_late": [0, 6]}
    unsure = sib.update(scenario.replace({"beliefs.referrals": open_to}), half, paths=4_000, rng=1)
    sure = sib.update(scenario, half, paths=4_000, rng=1)
    rates = [one.effects.xs("2026-06-30", level="result").loc["moves in", "mean"] for one in (unsure, sure)]
    assert rates[0] > 0.69
    assert rates[1] < 0.67
    deal_, seed = Deal.of(scenario.replace({"beliefs.referrals": open_to})), np.random.SeedSequence(1)
    chance = partial(_chance, seed=seed)
    world, _ = given_observed(deal_.model, observed_of(deal_, half), chance, 4_000)
    coming, slower = world.coming["rough sleepers"], world.slower["rough sleepers"]
    assert coming.mean() < 0.85
    assert slower.mean() > 1.05
    assert np.corrcoef(coming, slower)[0, 1] > 0.2  # which of the two it was, is not known


def _chance(paths, seed):
    return Chance(paths, seed, 0, frozenset(LAYERS))


class TestPartialPeriod:
    """Counts up to a month of a period that goes on."""

    def test_are_those_of_its_months(self):
        """Of 240 who come in a year, of whom all are counted as they come: 20 a month, known to the end of May."""
        quarterly = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 4}
        scenario = deal([milestone("job", quarterly)], [price("job", 1, "period")], [], {"job": 1.0}, (240,))
        sizes = {"beliefs.referrals": {"mean": 1.0, "sd": 0.3}}
        seen = {"job": {"2015-03-31": 60, "2015-06-30": 40}}
        through = sib.update(scenario.replace(sizes), seen, through=dt.date(2015, 5, 31), paths=2_000, rng=1)
        whole = sib.update(scenario.replace(sizes), seen, paths=2_000, rng=1)
        assert through.date == dt.date(2015, 5, 31)
        found, other = counts_of(through.posterior)[0], counts_of(whole.posterior)[0]
        assert (other[1] == 40).all()
        assert (found[1] >= 40).all()
        assert found[1].mean() == pytest.approx(60, abs=2)
        assert found.sum(axis=0).mean() == pytest.approx(240, abs=12)
        assert other.sum(axis=0).mean() == pytest.approx(205, abs=12)  # 100 in half a year, shrunk towards 240

    def test_of_a_funnel(self, scenario):
        seen = claims_of(scenario, 5)
        found = sib.update(scenario, seen, through=dt.date(2027, 4, 30), paths=1_000, rng=1)
        counts = counts_of(found.posterior)
        for i, name in enumerate(CHAIN):
            last = [*seen[name].values()][-1]
            assert (counts[i][4] >= last).all()
        assert counts[0][4].mean() > [*seen["moves in"].values()][-1] + 8  # two more months


def test_ordinary_records_are_never_impossible(scenario):
    """Nobody takes exactly three months in the records; some take two, or seven."""
    seen = claims_of(scenario, 6)
    shifted = [*seen["housed 3 months"].values()]
    shifted[1], shifted[2], shifted[4], shifted[5] = shifted[1] + 1, shifted[2] - 3, shifted[4] + 3, shifted[5] - 1
    seen["housed 3 months"] = dict(zip(seen["housed 3 months"], shifted, strict=True))
    found = sib.update(scenario, seen, paths=2_000, rng=1)
    assert found.effective_paths > 200


REFUSED = {
    "more than came by then": (
        {"moves in": {"2026-06-30": 4, "2026-09-30": 2}, "housed 3 months": {"2026-06-30": 0, "2026-09-30": 7}},
        """observed['housed 3 months'], period 2026-09-30
  came:  '7 so far'
  rule:  at most the 6 who reached 'moves in' by then: each counts once
  to do: correct one of the figures""",
    ),
    "more than there are": ({"moves in": {"2026-06-30": 301}}, "301"),
    "a fraction of a person": ({"moves in": {"2026-06-30": 3.5}}, "3.5"),
    "a period that is not reported": ({"moves in": {"2026-07-31": 3}}, "2026-07-31"),
    "a hole": (
        {"moves in": {"2026-06-30": 3, "2026-12-31": 4}},
        """observed['moves in']
  came:  'counts of 2 periods to 2026-12-31, none of 2026-09-30'
  rule:  a count for each period from the first on
  to do: add them, a zero where nobody was counted""",
    ),
    "without the milestone above": (
        {"housed 3 months": {"2026-06-30": 0}},
        """observed['housed 3 months']
  came:  'counts to 2026-06-30'
  rule:  with the counts of 'moves in' up to the same period: only who reached that can reach this
  to do: give 'moves in' as well""",
    ),
    "none at all": ({}, "one result at least"),
}


@pytest.mark.parametrize(("observed", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_impossible_names_metric_period_and_limit(scenario, observed, says):
    with pytest.raises(sib.InputError) as error:
        sib.update(scenario, observed, paths=100, rng=1)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("through", "says"),
    [
        (dt.date(2026, 8, 15), "the last day of a month"),
        (
            dt.date(2026, 12, 31),
            "one day for all metrics, in the last period that has a count; of 'moves in' that ends on 2026-09-30",
        ),
        (dt.date(2026, 6, 30), "in the last period that has a count"),
        ("2026-08-31", "a date or None"),
    ],
)
def test_a_partial_period_says_so(scenario, through, says):
    with pytest.raises(sib.InputError, match=says):
        sib.update(scenario, {"moves in": {"2026-06-30": 4, "2026-09-30": 2}}, through=through, paths=100, rng=1)


class TestSeveralCohorts:
    """Truth: the chance of counts of two cohorts, over all ways in which both can have come to them."""

    SIZES = (60, 40)
    RATES = np.linspace(0.3, 0.9, 401)

    def scenario(self):
        """Two cohorts a year apart, each of whom reaches it one to three months after enrolment; by quarter."""
        quarterly = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 9}
        level = {"job": {"distribution": "uniform", "low": 0.3, "high": 0.9}}
        job = [milestone("job", quarterly)], [price("job", 1, "period")]
        return deal(*job, [], level, self.SIZES, timing={"job": {"months": [1, 3]}})

    def shares(self, first):
        """Of a cohort that begins in a quarter, the share whose date falls into each of nine, person by person."""
        months = [month + delay for month in range(12) for delay in (1, 2, 3)]
        return np.bincount([first + month // 3 for month in months], minlength=13)[:9] / len(months)

    def exact(self, counts):
        """Mean and standard deviation of the rate."""
        early, late = (self.shares(first) for first in (0, 4))
        known = len(counts)
        likely = np.array([self._chance(counts, p * early[:known], p * late[:known]) for p in self.RATES])
        weight = likely / likely.sum()
        mean = weight @ self.RATES
        return mean, np.sqrt(weight @ (self.RATES - mean) ** 2)

    def _chance(self, counts, early, late):
        def way(mine, sizes=self.SIZES):
            theirs = np.array(counts) - mine
            if (theirs < 0).any():
                return 0.0
            each = zip((mine, theirs), (early, late), sizes, strict=True)
            return np.prod([multinomial(n, [*p, 1 - p.sum()]).pmf([*m, n - sum(m)]) for m, p, n in each])

        both = [q for q in range(len(counts)) if early[q] > 0 and late[q] > 0]
        alone = np.array([c if p > 0 else 0 for c, p in zip(counts, early, strict=True)])
        assert len(both) <= 1
        if not both:
            return way(alone)
        total = 0.0
        for here in range(counts[both[0]] + 1):
            alone[both[0]] = here
            total += way(alone)
        return total

    @pytest.mark.slow
    @pytest.mark.parametrize("counts", [[4, 11, 11, 10], [5, 12, 13, 12, 11], [3, 9, 8, 10, 9, 8]])
    def test_rates_are_learnt_cohort_by_cohort(self, counts):
        seen = {"job": dict(zip(Deal.of(self.scenario()).model.metrics[0].results, counts, strict=False))}
        known = sib.update(self.scenario(), seen, paths=20_000, rng=1)
        mean, sd = self.exact(counts)
        row = known.effects.iloc[0]
        assert row["mean"] == pytest.approx(mean, abs=0.05 * sd)
        assert row["sd"] == pytest.approx(sd, rel=0.03)

    def test_what_is_left_is_of_those_who_have_not_come(self):
        # of the first cohort those are left who did not come in its first year; of the second all
        counts = [4, 11, 11, 10]
        seen = {"job": dict(zip(Deal.of(self.scenario()).model.metrics[0].results, counts, strict=False))}
        known = sib.update(self.scenario(), seen, paths=20_000, rng=1)
        found = counts_of(known.posterior)[0]
        rate, early = known.draws(known.posterior).to_numpy()[:, 0], self.shares(0)
        done = early[:4].sum()
        next_quarter = rate * early[4] / (1 - rate * done) * (self.SIZES[0] - sum(counts))
        expected = next_quarter + rate * self.shares(4)[4] * self.SIZES[1]
        assert found[4].mean() == pytest.approx(expected.mean(), abs=4 * found[4].std() / np.sqrt(20_000) + 0.02)


def test_records_that_are_not_regular_are_not_impossible():
    """Who reached a milestone a quarter after the last month that was believed is somebody who took longer."""
    quarterly = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 8}
    level = {"job": {"distribution": "uniform", "low": 0.3, "high": 0.9}}
    scenario = deal(
        [milestone("job", quarterly)], [price("job", 1, "period")], [], level, timing={"job": {"months": [1, 3]}}
    )
    counts = [4, 9, 8, 9, 8, 2]  # twelve months of enrolment and three of delay end in the fifth quarter
    seen = {"job": dict(zip(Deal.of(scenario).model.metrics[0].results, counts, strict=False))}
    known = sib.update(scenario, seen, paths=2_000, rng=1)
    assert known.effects.iloc[0]["mean"] == pytest.approx(41 / 62, abs=0.02)


@pytest.mark.slow
def test_a_period_that_is_not_over_surprises_nobody(scenario):
    seen = claims_of(scenario, 3, only=["moves in"])
    whole, partly = (sib.update(scenario, seen, through=day, paths=500, rng=1) for day in (None, dt.date(2026, 11, 30)))
    assert whole.surprise["observed"].tolist() == list(seen["moves in"].values())
    assert partly.surprise.index.to_list() == whole.surprise.index.to_list()[:2]


@pytest.mark.parametrize("day", [pd.Timestamp("2026-11-30"), np.datetime64("2026-11-30"), dt.datetime(2026, 11, 30)])
def test_a_day_is_a_day_whoever_holds_it(scenario, day):
    seen = claims_of(scenario, 3, only=["moves in"])
    known = sib.update(scenario, seen, through=day, date=day, paths=200, rng=1)
    assert known.date == known.forecast().through == dt.date(2026, 11, 30)
    with pytest.raises(sib.InputError, match="a date or None, not a datetime"):
        sib.update(scenario, seen, date=dt.datetime(2026, 11, 30, 9), paths=200, rng=1)


def test_an_update_says_in_a_line_what_it_is_given(known):
    said = repr(known)
    assert "moves in (6), housed 3 months (6)" in said
    assert "worth 4,000 independent ones" in said
    assert len(said) < 300


def test_more_than_can_come_in_any_world_names_the_period():
    """Of 60 planned persons, give or take six, 150 are not to be had."""
    quarterly = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 8}
    level = {"job": {"distribution": "uniform", "low": 0.3, "high": 0.9}}
    job = [milestone("job", quarterly)], [price("job", 1, "period")]
    scenario = deal(*job, [], level, referrals={"mean": 1.0, "sd": 0.1})
    with pytest.raises(sib.InputError, match=r"observed\['job'\], period 2015-06-30\n  came:  '110, 150 so far'"):
        sib.update(scenario, {"job": {"2015-03-31": 40, "2015-06-30": 110, "2015-09-30": 9}}, paths=200, rng=1)


def test_a_first_period_that_is_not_over_has_nothing_to_surprise_with(scenario):
    known = sib.update(scenario, {"moves in": {"2026-06-30": 2}}, through=dt.date(2026, 5, 31), paths=200, rng=1)
    assert known.surprise.empty
    assert known.surprise.index.names == ["metric", "result"]


class TestWhatCannotBe:
    """Truth: how many can have come by then; the figure that came; no traceback."""

    def cohorts(self, **beliefs):
        quarterly = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 9}
        level = {"job": {"distribution": "uniform", "low": 0.3, "high": 0.9}}
        timing = {"job": {"months": [1, 3]}}
        job = [milestone("job", quarterly)], [price("job", 1, "period")]
        return deal(*job, [], level, (60, 40), timing=timing, **beliefs)

    def counts(self, *each):
        return {"job": dict(zip(Deal.of(self.cohorts()).model.metrics[0].results, each, strict=False))}

    def test_more_than_the_cohorts_that_have_begun(self):
        with pytest.raises(sib.InputError, match=r"2015-12-31\n  came:  '61 so far'\n  rule:  at most the 60 planned"):
            sib.update(self.cohorts(), self.counts(10, 20, 21, 10), paths=200, rng=1)
        sib.update(self.cohorts(), self.counts(10, 20, 20, 10, 9), paths=200, rng=1)

    def test_of_those_who_come_no_more_than_came_of_the_cohorts_that_have_begun(self):
        scenario = self.cohorts(referrals={"mean": 1.0, "sd": 0.1})
        known = sib.update(scenario, self.counts(10, 20, 20, 14), paths=2_000, rng=1)
        assert known.beliefs.loc[("volume", "c0"), "p05"] >= 64 / 60 - 0.01
        assert (np.concatenate([one[0].sum(axis=0) for one in [counts_of(known.posterior)]]) >= 64).all()
        with pytest.raises(sib.InputError, match=r"period 2015-12-31\n  came:  '100, 150 so far'"):
            sib.update(scenario, self.counts(10, 20, 20, 100), paths=200, rng=1)

    def test_a_share_for_a_count_where_more_may_come(self):
        scenario = self.cohorts(referrals={"mean": 1.0, "sd": 0.1})
        with pytest.raises(sib.InputError, match=r"0\.6 of the 100 who could are 60 persons"):
            sib.update(scenario, self.counts(0, 0.6), paths=200, rng=1)

    def test_one_day_is_for_all_metrics(self, scenario):
        seen = claims_of(scenario, 3, only=["moves in", "housed 3 months"])
        del seen["housed 3 months"]["2026-12-31"]
        with pytest.raises(
            sib.InputError, match="add the count of 'housed 3 months' from then to 2026-11-30, as that of"
        ):
            sib.update(scenario, seen, through=dt.date(2026, 11, 30), paths=200, rng=1)


@pytest.mark.slow
def test_a_table_says_up_to_which_day_actuals_are_counted(scenario):
    seen = claims_of(scenario, 3, only=["moves in"])
    known = sib.update(scenario, seen, through=dt.date(2026, 11, 30), paths=200, rng=1)
    days = tables(known, known.forecast())["forecast.csv"].loc["moves in", "actual_to"]
    assert days.iloc[:3].to_list() == ["2026-06-30", "2026-09-30", "2026-11-30"]
    assert days.iloc[3:].isna().all()


class TestFoundByAReader:
    """Deals on which this broke, or said something else. Truth: what was written."""

    def follows(self, starts=dt.date(2015, 1, 1), **reported):
        """A milestone on enrolment, and one some months after it."""
        metrics = [
            milestone("comes", {"first": dt.date(2015, 3, 10), "every_months": 3, "times": 4} | reported),
            {"name": "stays", "kind": "total", "better": "higher", "once": True, "among": "comes"},
        ]
        levels = {"comes": 1.0, "stays": {"distribution": "uniform", "low": 0.3, "high": 0.7}}
        timing = {"comes": {"months": 0}, "stays": {"mean_months": 4}}
        prices = [price("comes", 1, "period"), price("stays", 1, "period")]
        data = deal(metrics, prices, [], levels, (12,), timing=timing).data()
        data["cohorts"][0]["enrol"] = {"starts": starts, "months": 3}
        return sib.Scenario.from_data(data)

    def test_enrolment_on_a_later_day_of_the_month_than_results(self):
        counts = counts_of(sib.simulate(self.follows(dt.date(2015, 1, 15)), 500, rng=1))
        assert (counts[1].cumsum(axis=0) <= counts[0].cumsum(axis=0)).all()
        assert counts[0].sum(axis=0).max() == 12

    def test_a_cohort_after_the_last_result_is_counted_in_none(self):
        data = self.follows().data()
        data["cohorts"].append({"name": "late", "size": 7, "enrol": {"starts": dt.date(2018, 1, 1), "months": 3}})
        counts = counts_of(sib.simulate(sib.Scenario.from_data(data), 200, rng=1))
        assert (counts[0].sum(axis=0) == 12).all()

    def test_a_day_is_kept_with_what_it_is_the_day_of(self, scenario, tmp_path):
        seen = claims_of(scenario, 3, only=["moves in"])
        known = sib.update(scenario, seen, through=dt.date(2026, 11, 30), paths=300, rng=1)
        known.posterior.save(tmp_path / "known.sib")
        again = sib.open(tmp_path / "known.sib")
        for one, other in zip(counts_of(known.posterior), counts_of(again), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_a_day_is_for_milestones(self):
        units = {"name": "acres", "kind": "total", "better": "higher", "reported": {"periods": [dt.date(2015, 6, 30)]}}
        level = {"acres": {"distribution": "normal", "mean": 100, "sd": 10, "person_sd": 3.0}}
        scenario = deal([units], [price("acres", 1, "period")], [], level)
        with pytest.raises(sib.InputError, match="none is among these results"):
            sib.update(scenario, {"acres": {"2015-06-30": 40}}, through=dt.date(2015, 4, 30), paths=200, rng=1)

    def test_a_period_in_two_spellings(self, scenario):
        twice = {"moves in": {"2026-06-30": 5, dt.date(2026, 6, 30): 17}}
        with pytest.raises(sib.InputError, match="each period once"):
            sib.update(scenario, twice, paths=200, rng=1)

    @pytest.mark.parametrize("key", [1, ("2026-06-30",), None])
    def test_a_key_that_is_no_text(self, scenario, key):
        with pytest.raises(sib.InputError, match="a period whose result the deal reads"):
            sib.update(scenario, {"moves in": {key: 5}}, paths=200, rng=1)

    def test_pandas_own_nothing_is_nothing(self, scenario):
        table = pd.DataFrame({"2026-06-30": [5, 1], "2026-09-30": [20, pd.NA]}, ["moves in", "housed 3 months"])
        known = sib.update(scenario, table.astype("Int64"), paths=200, rng=1)
        assert known.observed == {"moves in": {"2026-06-30": 5, "2026-09-30": 20}, "housed 3 months": {"2026-06-30": 1}}

    def test_of_text_in_a_table_the_cell_that_is_no_number_is_named(self, scenario):
        table = pd.DataFrame({"2026-06-30": ["5"], "2026-09-30": ["1,020"]}, ["moves in"])
        with pytest.raises(sib.InputError, match="1,020"):
            sib.update(scenario, table, paths=200, rng=1)

    def test_who_came_before_anybody_was_expected_may_go_on(self):
        """One of the first milestone a quarter early, and one of the next with it: neither is impossible."""
        metrics = [
            milestone("a", {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 6}),
            {"name": "b", "kind": "total", "better": "higher", "once": True, "among": "a"},
        ]
        levels = {name: {"distribution": "uniform", "low": 0.3, "high": 0.9} for name in "ab"}
        timing = {"a": {"months": 4}, "b": {"months": 1}}
        scenario = deal(metrics, [price("a", 1, "period"), price("b", 1, "period")], [], levels, timing=timing)
        known = sib.update(scenario, {"a": {"2015-03-31": 1}, "b": {"2015-03-31": 1}}, paths=500, rng=1)
        assert (counts_of(known.posterior)[1][0] == 1).all()

    def test_ranks_of_a_milestone_after_another_are_refused(self, scenario):
        with pytest.raises(sib.InputError, match="name the one that it is reached after: 'moves in'"):
            sib.calibration(scenario, "housed 3 months", draws=20, posterior=15, rng=1)


class TestMonthsOfThoseWhoCame:
    """Counts of the next milestone say when persons came. Truth: Bayes' theorem, person by person."""

    def scenario(self, size, months, rate, times=6):
        """All come on enrolment; of them some stay exactly two months, by quarter."""
        metrics = [
            milestone("comes", {"first": dt.date(2015, 3, 31), "every_months": 3, "times": times}),
            {"name": "stays", "kind": "total", "better": "higher", "once": True, "among": "comes"},
        ]
        levels = {"comes": {"distribution": "certain", "value": 1.0}, "stays": rate}
        prices = [price("comes", 1, "period"), price("stays", 1, "period")]
        timing = {"comes": {"months": 0}, "stays": {"months": 2}}
        data = deal(metrics, prices, [], levels, (size,), timing=timing).data()
        data["cohorts"][0]["enrol"]["months"] = months
        return sib.Scenario.from_data(data)

    def forecast(self, scenario, comes, stays):
        names = Deal.of(scenario).model.metrics[0].results
        seen = {name: dict(zip(names, each, strict=False)) for name, each in (("comes", comes), ("stays", stays))}
        known = sib.update(scenario, seen, paths=16_000, rng=1)
        return known.forecast().by_period.loc["stays", "mean"].iloc[len(stays)]

    @pytest.mark.parametrize(("stayed", "off"), [(4, 0.02), (8, 0.02), (12, 0.04)])
    def test_of_one_quarter(self, stayed, off):
        # who came in the first month and stays is counted; of the others (2/3 x .8) / (1 - .8/3) are yet to be
        rate = {"distribution": "triangular", "low": 0.7999, "mode": 0.8, "high": 0.8001}
        truth = (30 - stayed) * (2 / 3 * 0.8) / (1 - 0.8 / 3)
        assert self.forecast(self.scenario(30, 3, rate), [30], [stayed]) == pytest.approx(truth, rel=off)

    @pytest.mark.slow
    @pytest.mark.parametrize("last", [30, 42, 54])
    def test_of_four_quarters(self, last):
        # the months of each quarter are multinomial; who came in its last two months is counted in the next
        rates, first = np.linspace(0.5, 0.9, 41), np.arange(61)
        early = binom.pmf(first, 60, 1 / 3)
        weight = total = 0.0
        for rate in rates:
            likely = np.array([early[k] * binom.pmf(14, k, rate) for k in first])
            for count in (42, 42, last):
                both = binom.pmf(count, 60 - first[:, None] + first[None, :], rate)
                likely = (likely[:, None] * early[None, :] * both).sum(axis=0)
            weight += likely.sum()
            total += (likely * (60 - first) * rate).sum()
        rate = {"distribution": "uniform", "low": 0.5, "high": 0.9}
        found = self.forecast(self.scenario(240, 12, rate), [60] * 4, [14, 42, 42, last])
        assert found == pytest.approx(total / weight, rel=0.02)


class TestMonthsFromTheMiddle:
    """Who enrols from the 15th on has months that end on the 14th."""

    @pytest.fixture(scope="class")
    @classmethod
    def enrolling(cls):
        quarterly = {"first": dt.date(2015, 3, 31), "every_months": 3, "times": 6}
        level = {"job": {"distribution": "uniform", "low": 0.2, "high": 1.0}}
        data = deal([milestone("job", quarterly)], [price("job", 1, "period")], [], level, (120,)).data()
        data["cohorts"][0]["enrol"] = {"starts": dt.date(2015, 1, 15), "months": 6}
        return sib.Scenario.from_data(data)

    def test_counts_go_to_the_end_of_such_a_month(self, enrolling):
        # 12 of the 20 who enrol in the first month: six in ten
        known = sib.update(enrolling, {"job": {"2015-03-31": 12}}, through=dt.date(2015, 2, 14), paths=4_000, rng=1)
        assert known.effects.iloc[0]["mean"] == pytest.approx(0.6, abs=0.05)

    @pytest.mark.parametrize(
        ("day", "near"), [((2015, 1, 31), "2015-01-14 or 2015-02-14"), ((2015, 1, 10), "in the last")]
    )
    def test_other_days_are_refused(self, enrolling, day, near):
        with pytest.raises(sib.InputError, match=near):
            sib.update(enrolling, {"job": {"2015-03-31": 5}}, through=dt.date(*day), paths=200, rng=1)


@pytest.mark.slow
def test_what_is_known_of_many_quarters_takes_no_more_memory_than_it_has_to(scenario):
    """Fourteen quarters of six milestones: from which of 45 months persons went to which result, one result at a time.

    All at once these chances take 14 x 45 numbers a path, 5 kB of each of which there are two at a time.
    """
    deal, paths = Deal.of(scenario), 1_000
    observed = observed_of(deal, claims_of(scenario, 14), None)
    chance = Sampling.of(paths, 1).recipe(deal, observed=observed).chance(0, paths)
    world = believe(deal.model, chance)
    tracemalloc.start()
    try:
        draw(deal.model, world, chance, observed=observed)
        taken = tracemalloc.get_traced_memory()[1] / paths
    finally:
        tracemalloc.stop()
    assert taken < 12_000, f"{taken:,.0f} bytes a path"
