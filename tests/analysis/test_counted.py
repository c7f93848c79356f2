"""Results in hand of funnels by period. Truth: what was counted stays; claims at known rates; whole messages."""

import datetime as dt
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import sib
from sib.analysis.observing import observed_of
from sib.chance.sources import LAYERS, Chance
from sib.model.likelihood import given_observed
from sib.run.recipe import Deal
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
            "a day within the last period of 'moves in' that has a count, which ends on 2026-09-30",
        ),
        (dt.date(2026, 6, 30), "a day within the last period"),
        ("2026-08-31", "pass, for example, datetime.date"),
    ],
)
def test_a_partial_period_says_so(scenario, through, says):
    with pytest.raises(sib.InputError, match=says):
        sib.update(scenario, {"moves in": {"2026-06-30": 4, "2026-09-30": 2}}, through=through, paths=100, rng=1)
