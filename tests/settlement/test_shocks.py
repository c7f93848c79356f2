"""What goes wrong, who comes, what drifts. Truth: the laws that the beliefs name (exponential, normal, the wheel of
chances), a random walk's variance, cash that is the same but later."""

import datetime as dt
import tomllib

import numpy as np
import pytest
from scipy import stats

import sib
from tests.model.test_closed_forms import START, deal

PATHS = 20_000
CHEAP = {"name": "work", "to": "provider", "per": "cohort", "amount": 1_000}
MATCHED = {"design": "matched", "controls": 2}
WRITTEN = {"design": "historical", "level": 1.5}


def scenario(*, effect=0.1, size=100, compare=WRITTEN, data=None, events=(), **beliefs):
    found = tomllib.loads(deal("count", MATCHED, size=size, effect=effect).to_toml())
    found["metrics"][0]["compare"] = compare
    found |= data or {}
    found["beliefs"] |= beliefs
    if events:
        found["events"] = list(events)
    return sib.Scenario.from_data(found)


def close(found, truth, paths=PATHS):
    assert abs(found - truth) <= 4 * np.sqrt(max(truth * (1 - truth), 1e-9) / paths), (found, truth)


def cash(simulation, payer, payee=None):
    """What one pays (another) on each date, (dates, paths)."""
    parts = list(simulation.futures.map(lambda block: block.book))
    dates = len(simulation.futures.deal.contract.dates)
    found = []
    for book in parts:
        table = np.zeros((dates, book.paths))
        for entry in book.entries:
            if entry.payer == payer and payee in (None, entry.payee):
                table[entry.step] += entry.amount
        found.append(table)
    return np.hstack(found)


class TestHazards:
    # costs fall due every quarter for two years; the provider may walk away on any day from the second quarter on
    CHANCE = 0.4  # within a year
    COSTS = (
        {
            "name": "work",
            "to": "provider",
            "per": "deal",
            "starts": START,
            "amount": 800_000,
            "instalments": 8,
            "every_months": 3,
        },
    )
    LEAVES = (
        {"name": "provider leaves", "date": dt.date(2010, 4, 1), "until": dt.date(2011, 4, 1), "costs": ["work"]},
    )

    def deal(self):
        return scenario(data={"costs": list(self.COSTS)}, events=self.LEAVES, hazards={"provider leaves": self.CHANCE})

    def left(self):
        simulation = sib.simulate(self.deal(), PATHS, rng=1)
        return simulation, cash(simulation, simulation.futures.deal.contract.vehicle, "provider")

    def test_each_cost_is_paid_where_nothing_has_happened_by_then(self):
        simulation, paid = self.left()
        for date, day in enumerate(simulation.futures.deal.contract.dates):
            if not paid[date].any():
                continue
            since = max((min(day, dt.date(2011, 4, 1)) - dt.date(2010, 4, 1)).days / 365.25, 0.0)
            close((paid[date] > 0).mean(), (1 - self.CHANCE) ** since)

    def test_what_is_ended_does_not_come_back(self):
        _, paid = self.left()
        rows = paid[paid.any(axis=1)]
        assert len(rows) == 8
        assert (np.diff((rows > 0).astype(int), axis=0) <= 0).all()

    @pytest.mark.parametrize("chance", [0.05, 0.4, 0.9])
    def test_it_has_happened_within_a_year_on_that_share_of_paths(self, chance):
        # one cost falls due after exactly a year in which it may have happened, another after two
        dates = (dt.date(2010, 1, 1), dt.date(2011, 1, 1), dt.date(2012, 1, 1))
        cost = {"name": "work", "to": "provider", "per": "deal", "starts": dates[0], "amount": 300, "instalments": 3}
        found = scenario(
            data={"costs": [cost | {"every_months": 12}]},
            events=[{"name": "leaves", "date": dates[0], "until": dates[2], "costs": ["work"]}],
            hazards={"leaves": chance},
        )
        simulation = sib.simulate(found, PATHS, rng=8)
        paid = cash(simulation, simulation.futures.deal.contract.vehicle, "provider")
        for years, date in enumerate(dates):
            ended = int((paid[simulation.futures.deal.contract.dates.index(date)] == 0).sum())
            if years:
                low, high = stats.binom.ppf([1e-5, 1 - 1e-5], PATHS, 1 - (1 - chance) ** years)
                assert low <= ended <= high
            else:
                assert ended == 0

    def test_without_belief_nothing_happens(self):
        simulation = sib.simulate(self.deal(), 500, rng=1, chance=("people", "measurement"))
        assert (cash(simulation, simulation.futures.deal.contract.vehicle, "provider").sum(axis=0) == 800_000).all()

    @pytest.mark.parametrize("months", [None, 36], ids=["one result", "and a later one, of what is not paid for"])
    def test_a_cohort_is_given_up_only_before_its_first_result(self, months):
        # the result is known after 36 months, and paid for 11 months later; what comes in between comes too late
        event = {"name": "given up", "date": START, "until": dt.date(2014, 1, 1), "cohorts": ["1"]}
        both = tomllib.loads(scenario(size=1_000).to_toml())
        both["cohorts"].append(both["cohorts"][0] | {"name": "2"})
        if months is not None:
            later = {
                "name": "homes",
                "kind": "proportion",
                "better": "higher",
                "compare": {"design": "none"},
                "reported": {"months_after_enrolment": months},
            }
            both["metrics"].append(later)
        deal = scenario(
            data={
                "metrics": [both["metrics"][0] | {"compare": WRITTEN}, *both["metrics"][1:]],
                "payments": [both["payments"][0] | {"months_after_result": 11}],
                "cohorts": both["cohorts"],
                "tranches": [{"name": "fund", "amount": 2_000_000, "draws": "as needed"}],
            },
            events=[event],
            hazards={"given up": 0.5},
            effect=0.5,
            size=1_000,
            levels={} if months is None else {"homes": 0.5},
        )
        simulation = sib.simulate(deal, PATHS, rng=2)
        known = (dt.date(2013, 1, 1) - START).days / 365
        whole = cash(simulation, "payer").sum(axis=0) / (1_000 * 1_000 * 1.5 * 0.5)  # both cohorts: about two
        assert (whole > 0.5).all()
        close((whole > 1.5).mean(), 0.5**known)


class TestDelays:
    def test_the_same_is_paid_but_later(self):
        prompt = sib.simulate(scenario(), PATHS, rng=3)
        late = sib.simulate(scenario(delays={"it": {"months": [0, 6, 12], "chances": [0.6, 0.3, 0.1]}}), PATHS, rng=3)
        np.testing.assert_array_equal(prompt.paths["payment"], late.paths["payment"])
        paid = cash(late, "payer")
        due = late.futures.deal.contract.dates.index(dt.date(2013, 1, 1))
        some = paid.sum(axis=0) > 0
        for months, chance in zip((0, 6, 12), (0.6, 0.3, 0.1), strict=True):
            date = late.futures.deal.contract.dates.index(dt.date(2013 + months // 12, 1 + months % 12, 1))
            assert date >= due
            close((paid[date, some] > 0).mean(), chance, some.sum())
        assert ((paid > 0).sum(axis=0) == some).all()  # never in parts

    def test_the_likeliest_without_belief(self):
        deal = scenario(delays={"it": {"months": [0, 6], "chances": [0.3, 0.7]}})
        paid = cash(sib.simulate(deal, 1, rng=0, chance=()), "payer")
        date = sib.simulate(deal, 1, rng=0).futures.deal.contract.dates.index(dt.date(2013, 7, 1))
        assert paid[date, 0] == paid.sum() > 0


class TestOverruns:
    def test_normal_as_believed_and_borne_where_the_capital_ends(self):
        deal = scenario(overruns={"work": {"mean": -0.2, "sd": 0.1}})
        simulation = sib.simulate(deal, PATHS, rng=4)
        paid = cash(simulation, simulation.futures.deal.contract.vehicle, "provider").sum(axis=0)
        law = stats.norm(800_000, 100_000)
        for amount in (600_000, 700_000, 800_000, 950_000):
            close((paid <= amount).mean(), law.cdf(amount))
        assert paid.max() == pytest.approx(1_000_000)  # the capital
        close((paid > 999_999).mean(), law.sf(1_000_000))
        drawn = simulation.paths["drawn"].to_numpy()
        np.testing.assert_allclose(drawn, paid)

    def test_never_below_nothing(self):
        simulation = sib.simulate(scenario(overruns={"work": {"mean": -0.5, "sd": 1.0}}), PATHS, rng=4)
        paid = cash(simulation, simulation.futures.deal.contract.vehicle, "provider").sum(axis=0)
        assert paid.min() == 0
        close((paid == 0).mean(), stats.norm.cdf(-0.5))


class TestReferrals:
    def test_fewer_come_and_count(self):
        # results are of those who came: units are their improvement, so half as many are paid half as much
        whole = sib.simulate(scenario(effect=0.3, size=100_000), 200, rng=5).paths["payment"].mean()
        half = sib.simulate(scenario(effect=0.3, size=100_000, referrals={"mean": 0.5}), 200, rng=5).paths["payment"]
        assert half.mean() == pytest.approx(whole / 2, rel=0.01)

    def test_as_many_as_believed_in_whole_persons(self):
        deal = scenario(compare=MATCHED, referrals={"mean": 0.9, "sd": 0.1})
        parts = list(sib.simulate(deal, PATHS, rng=6).futures.map(lambda block: block.results[0].persons))
        persons = np.hstack(parts)[0]
        assert (persons == np.rint(persons)).all()
        for many in (80, 90, 100):
            close((persons <= many).mean(), stats.norm.cdf(many + 0.5, 90, 10))

    def test_each_cohort_has_its_own_number(self):
        both = tomllib.loads(scenario().to_toml())["cohorts"]
        data = {"cohorts": [*both, both[0] | {"name": "2"}], "costs": [CHEAP]}
        deal = scenario(compare=MATCHED, data=data, referrals={"mean": 0.9, "sd": 0.1})
        parts = list(sib.simulate(deal, PATHS, rng=6).futures.map(lambda block: block.results[0].persons))
        one, other = np.hstack(parts)
        assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(PATHS)

    def test_fewer_persons_tell_less(self):
        some, many = (
            sib.simulate(scenario(compare=MATCHED, size=1_000, referrals={"mean": m}), PATHS, rng=7).paths
            for m in (0.25, 1.0)
        )
        one, other = (frame["it.1.improvement"].var() for frame in (some, many))
        assert one / other == pytest.approx(4, rel=0.06)


class TestDrift:
    def test_history_is_left_behind_by_a_random_walk(self):
        # log of served over history: variance sd^2 a year, from half a year before the start to half the window after
        # the middle of enrolment; millions of persons, so that nothing else varies
        compare = {"design": "historical", "persons": 99_000_000}
        deal = scenario(
            compare=compare,
            effect=0.0,
            size=99_000_000,
            drift={"it": {"sd": 0.05}},
            comparison={"it": {"mean": 1.5, "spread": "poisson"}},
        )
        paths = sib.simulate(deal, PATHS, rng=8).paths
        log = np.log1p(-paths["it.1.improvement"])
        years = 0.5 + 0.5 + 0.5  # history's middle, enrolment's, the window's
        assert log.var() == pytest.approx(0.05**2 * years, rel=0.04)
        assert np.exp(log).mean() == pytest.approx(1.0, abs=0.002 + 0.05**2)

    def test_the_walk_goes_on_from_cohort_to_cohort(self):
        # what drifts between two cohorts is independent of what drifted before: variance sd^2 for each year between
        both = tomllib.loads(scenario(size=99_000_000).to_toml())["cohorts"]
        later = {"name": "2", "enrol": {"starts": dt.date(2013, 1, 1), "months": 12}}
        deal = scenario(
            compare={"design": "historical", "persons": 99_000_000},
            data={"cohorts": [*both, both[0] | later], "costs": [CHEAP]},
            effect=0.0,
            size=99_000_000,
            drift={"it": {"sd": 0.05}},
            comparison={"it": {"mean": 1.5, "spread": "poisson"}},
        )
        paths = sib.simulate(deal, PATHS, rng=8).paths
        first, second = (np.log1p(-paths[f"it.{name}.improvement"]) for name in "12")
        assert (second - first).var() == pytest.approx(0.05**2 * 3, rel=0.04)
        assert second.var() == pytest.approx(0.05**2 * 4.5, rel=0.04)

    def test_controls_drift_along(self):
        deal = scenario(
            compare={"design": "matched", "controls": 1},
            effect=0.0,
            size=99_000_000,
            drift={"it": {"sd": 0.05}},
            comparison={"it": {"mean": 1.5, "spread": "poisson"}},
        )
        found = sib.simulate(deal, 2_000, rng=8).paths["it.1.improvement"]
        assert found.abs().max() < 0.002


class TestRegression:
    def test_who_is_chosen_in_a_bad_year_comes_back(self):
        before = {"design": "before-after"}
        flat = scenario(compare=before, effect=0.0, size=90_000, evaluation={"it": {"regression": 0.25}})
        found = sib.simulate(flat, 4_000, rng=9).paths["it.1.improvement"]
        assert found.mean() == pytest.approx(1 - 1 / 1.25, abs=0.001)

    def test_a_randomised_programme_has_none(self):
        assert sib.simulate(
            scenario(compare={"design": "randomised", "controls": 1}, effect=0.0, size=90_000), 4_000, rng=9
        ).paths["it.1.improvement"].mean() == pytest.approx(0.0, abs=0.001)


def test_a_bias_of_each_cohort_and_one_that_they_share():
    both = tomllib.loads(scenario(size=99_000_000).to_toml())["cohorts"]
    deal = scenario(
        compare=MATCHED,
        data={"cohorts": [*both, both[0] | {"name": "2"}], "costs": [CHEAP]},
        effect=0.0,
        size=99_000_000,
        evaluation={"it": {"bias_sd": 0.03, "bias_between_cohorts": 0.04}},
        comparison={"it": {"mean": 1.5, "spread": "poisson"}},
    )
    paths = sib.simulate(deal, PATHS, rng=11).paths
    one, other = (paths[f"it.{name}.improvement"] for name in "12")
    assert one.var() == pytest.approx(0.03**2 + 0.04**2, rel=0.05)
    assert np.cov(one, other)[0, 1] == pytest.approx(0.03**2, rel=0.08)


def test_shocks_leave_the_results_as_they_were():
    quiet = sib.simulate(scenario(compare=MATCHED), 500, rng=10)
    event = {"name": "leaves", "date": START, "until": dt.date(2012, 1, 1), "costs": ["work"]}
    wild = scenario(
        compare=MATCHED,
        events=[event],
        hazards={"leaves": 0.2},
        overruns={"work": {"sd": 0.2}},
        delays={"it": {"months": [0, 6], "chances": [0.5, 0.5]}},
    )
    loud = sib.simulate(wild, 500, rng=10)
    np.testing.assert_array_equal(quiet.paths["it.1.improvement"], loud.paths["it.1.improvement"])
    np.testing.assert_array_equal(quiet.paths["payment"], loud.paths["payment"])
