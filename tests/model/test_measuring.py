"""Draws of all kinds of metric. Truth: exact distributions (scipy), enumeration of persons, and identities."""

import datetime as dt

import numpy as np
import pytest
from scipy import stats

import sib
from sib.chance.sources import LAYERS, Chance
from sib.model.compile import compile_model
from sib.model.outcomes import draw
from sib.model.prior import believe
from sib.run.recipe import Deal
from tests.grammar import BELIEFS, METRICS, START

PATHS = 40_000
SEED = np.random.SeedSequence(7)


def deal(*metrics, beliefs=(), sizes=(60,), **more):
    """A deal that measures these metrics on cohorts of these sizes."""
    data = {
        "name": "n",
        "summary": "s",
        "currency": "EUR",
        "start": START,
        "outcome_payer": "government",
        "cohorts": [
            {"name": f"c{i}", "size": size, "enrol": {"starts": dt.date(2015 + i, 1, 1), "months": 12}}
            for i, size in enumerate(sizes)
        ],
        "metrics": list(metrics),
        "payments": [{"name": "p", "due": {"dates": [dt.date(2020, 1, 1)]}, "pays": {"amount": 1}}],
        "tranches": [{"name": "a", "amount": 1000}],
        "costs": [{"name": "c", "to": "provider", "per": "deal", "amount": 1000, "starts": START}],
        "beliefs": {"discount_rates": {"a": 0.0}} | dict(beliefs),
    }
    return sib.Scenario.from_data(data | more)


def drawn(scenario, layers=LAYERS, paths=PATHS):
    plan = Deal.of(scenario).model
    chance = Chance(paths, SEED, 0, frozenset(layers))
    found = draw(plan, believe(plan, chance), chance)
    return {metric.name: outcome.results for metric, outcome in zip(plan.metrics, found, strict=True)}


def metric(name, **changes):
    base = {"name": name, **METRICS.get(name, {})}
    base.setdefault("reported", {"months_after_enrolment": 12})
    return {key: value for key, value in (base | changes).items() if value is not None}


def agrees(counts, probabilities):
    """Chi-square against exact probabilities; rare ones together."""
    expected = np.asarray(probabilities) * counts.sum()
    often = expected > 5
    table = [np.append(x[often], x[~often].sum()) for x in (counts, expected)]
    table = [x[:-1] if table[1][-1] == 0 else x for x in table]
    assert stats.chisquare(table[0], table[1] * table[0].sum() / table[1].sum()).pvalue > 1e-4


class TestProportions:
    def test_persons_are_binomial(self):
        beliefs = {"comparison": {"share": {"share": 0.5}}, "effects": {"share": 0.2}}
        share = drawn(deal(metric("share"), beliefs=beliefs))["share"].treated[0]
        agrees(np.bincount(np.rint(share * 60).astype(int), minlength=61), stats.binom.pmf(range(61), 60, 0.4))

    def test_a_written_baseline_is_not_chance(self):
        beliefs = {"comparison": {"share": {"share": 0.5}}, "effects": {"share": 0.2}}
        assert np.ptp(drawn(deal(metric("share"), beliefs=beliefs))["share"].comparison) == 0

    def test_a_historical_group_is_one_for_all_cohorts(self):
        compare = {"design": "historical", "persons": 100}
        beliefs = {"comparison": {"share": {"share": 0.5}}, "effects": {"share": 0.2}}
        found = drawn(deal(metric("share", compare=compare), beliefs=beliefs, sizes=(60, 80)))["share"].comparison
        np.testing.assert_array_equal(found[0], found[1])
        assert found[0].std() == pytest.approx(0.05, rel=0.02)


class TestMeans:
    def test_both_arms_have_the_standard_error_of_their_size(self):
        beliefs = {"comparison": {"score": {"mean": 40, "sd": 10}}, "effects": {"score": 0.1}}
        found = drawn(deal(metric("score"), beliefs=beliefs))["score"]
        assert found.treated[0].mean() == pytest.approx(44, abs=0.03)
        assert found.treated[0].std() == pytest.approx(11 / np.sqrt(60), rel=0.02)  # as far from the mean as before
        assert found.comparison[0].std() == pytest.approx(10 / np.sqrt(50), rel=0.02)

    def test_nobody_has_more_than_the_most(self):
        beliefs = {"comparison": {"score": {"mean": 40, "sd": 100}}, "effects": {"score": 0.1}}
        found = drawn(deal(metric("score", most=45), beliefs=beliefs))["score"].treated
        assert found.max() == 45
        assert 0 < found.min() < 20


class TestTotals:
    def test_units_in_all_fall_in_periods_as_believed(self):
        level = {"distribution": "normal", "mean": 900, "sd": 50}
        beliefs = {"levels": {"units": level}, "timing": {"units": {"shares": [0.5, 0.3, 0.2]}}}
        found = drawn(deal(metric("units"), beliefs=beliefs))["units"].treated
        assert found.mean(axis=1) == pytest.approx([450, 270, 180], rel=0.01)
        assert found.sum(axis=0).std() == pytest.approx(50, rel=0.02)

    def test_a_compared_total_varies_about_its_path(self):
        compare = {"design": "historical", "levels": [100, 95, 90]}
        beliefs = {"comparison": {"units": {"path": [100, 96, 93], "sd": 0.1}}, "effects": {"units": 0.05}}
        found = drawn(deal(metric("units", better="lower", compare=compare), beliefs=beliefs))["units"]
        assert found.treated.mean(axis=1) == pytest.approx([95, 91.2, 88.35], rel=0.01)
        assert found.treated.std(axis=1) / found.treated.mean(axis=1) == pytest.approx([0.1] * 3, rel=0.02)
        assert found.comparison[:, 0].tolist() == [100, 95, 90]

    def test_each_periods_result_is_over_everybody_so_far(self):
        reported = METRICS["level"]["reported"]
        beliefs = {"levels": {"level": 0.6}}
        apart = drawn(deal(metric("level", reported=reported | {"cumulative": False}), beliefs=beliefs))["level"]
        together = drawn(deal(metric("level"), beliefs=beliefs))["level"]
        persons = apart.persons
        by_hand = np.cumsum(apart.treated * persons, axis=0) / np.cumsum(persons, axis=0)
        np.testing.assert_allclose(together.treated, by_hand)


FUNNEL = {"levels": {"jobs": 0.5, "kept": 0.6}}


class TestFunnels:
    def test_each_milestone_is_binomial_of_the_one_before(self):
        found = drawn(deal(metric("jobs"), metric("kept", reported=None), beliefs=FUNNEL))
        jobs, kept = (found[name].treated[0].astype(int) for name in ("jobs", "kept"))
        assert (kept <= jobs).all()
        agrees(np.bincount(jobs, minlength=61), stats.binom.pmf(range(61), 60, 0.5))
        agrees(np.bincount(kept, minlength=61), stats.binom.pmf(range(61), 60, 0.3))
        many = kept[jobs == 30]
        agrees(np.bincount(many, minlength=31), stats.binom.pmf(range(31), 30, 0.6))

    def test_claims_arise_as_many_months_after_enrolment_as_believed(self):
        months = {"first": dt.date(2015, 2, 1), "every_months": 1, "times": 36}
        timing = {"jobs": {"months": 6}, "kept": {"months": [2, 4]}}
        scenario = deal(
            metric("jobs", reported=months),
            metric("kept", reported=months),
            beliefs=FUNNEL | {"timing": timing},
            sizes=(1200,),
        )
        found = drawn(scenario, layers=(), paths=1)
        jobs, kept = (found[name].treated[:, 0] for name in ("jobs", "kept"))
        # 100 enrol on the first of each month of 2015; half of them have a job six months later, by 1 July 2015 first
        assert np.flatnonzero(jobs).tolist() == list(range(5, 17))
        assert jobs[5] == pytest.approx(50)
        assert kept.sum() == pytest.approx(360)
        assert np.flatnonzero(kept > 1e-9).tolist() == list(range(7, 21))
        assert kept[7] == pytest.approx(10)  # a third of 30 who keep the job that they found in July
        sampled = drawn(scenario, paths=4000)
        assert sampled["kept"].treated.mean(axis=1) == pytest.approx(kept, abs=0.4)

    def test_what_comes_after_the_last_period_is_lost(self):
        months = {"first": dt.date(2015, 7, 1), "every_months": 1, "times": 6}
        beliefs = {"levels": {"jobs": 1.0}, "timing": {"jobs": {"months": 6}}}
        found = drawn(deal(metric("jobs", reported=months), beliefs=beliefs, sizes=(1200,)), layers=(), paths=1)
        assert found["jobs"].treated.sum() == pytest.approx(600)


class TestComposites:
    parts = tuple({"name": n, "kind": "proportion", "better": "higher"} for n in ("jail", "work", "school"))
    shares = (("jail", 0.4), ("work", 0.3), ("school", 0.2))

    def scenario(self, size, composite=True):
        rest = {"compare": {"design": "none"}, "reported": {"months_after_enrolment": 12}}
        metrics = [part | rest for part in self.parts]
        settled = {"name": "settled", "kind": "proportion", "better": "higher"}
        settled["persons_with"] = {"none_of": ["jail"], "any_of": ["work", "school"]}
        return deal(*metrics, *([settled] if composite else []), beliefs={"levels": dict(self.shares)}, sizes=(size,))

    def test_it_is_what_counting_persons_gives(self):
        # a person is out of jail and in work or school with probability 0.6 x (1 - 0.7 x 0.8) = 0.264
        found = drawn(self.scenario(50))["settled"].treated[0]
        agrees(np.bincount(np.rint(found * 50).astype(int), minlength=51), stats.binom.pmf(range(51), 50, 0.264))

    def test_it_agrees_with_its_parts_on_each_path(self):
        found = {name: np.rint(x.treated[0] * 50) for name, x in drawn(self.scenario(50)).items()}
        assert (found["settled"] <= 50 - found["jail"]).all()
        assert (found["settled"] <= found["work"] + found["school"]).all()
        low = np.maximum(found["work"], found["school"]) - found["jail"]
        assert (found["settled"] >= low).all()

    def test_it_leaves_its_parts_as_they_were(self):
        alone, with_it = drawn(self.scenario(50, composite=False)), drawn(self.scenario(50))
        for name, results in alone.items():
            np.testing.assert_array_equal(results.treated, with_it[name].treated)

    def test_without_chance_it_is_the_product(self):
        assert drawn(self.scenario(50), layers=(), paths=1)["settled"].treated[0, 0] == pytest.approx(0.264)

    def test_compared_its_level_without_the_programme_is_the_product(self):
        rest = {"compare": {"design": "randomised", "persons": 50}, "reported": {"months_after_enrolment": 12}}
        settled = {"name": "settled", "kind": "proportion", "better": "higher"}
        settled["persons_with"] = {"none_of": ["jail"], "any_of": ["work", "school"]}
        beliefs = {
            "comparison": {name: {"share": share} for name, share in self.shares},
            "effects": dict.fromkeys(dict(self.shares), 0.1),
        }
        scenario = deal(*[part | rest for part in self.parts], settled, beliefs=beliefs)
        assert compile_model(scenario).metrics[3].base == pytest.approx(0.264)


@pytest.mark.parametrize("layers", [(), ("belief",), ("people",), ("measurement",)])
def test_each_layer_of_chance_by_itself(layers):
    scenario = deal(*(metric(name) for name in ("events", "share", "score", "level", "units")), beliefs=BELIEFS_FEW)
    found = drawn(scenario, layers, paths=50)
    for name, results in found.items():
        treated, compared = np.ptp(results.treated), np.ptp(results.comparison) if results.comparison is not None else 0
        believed = BELIEFS["effects"].get(name) or BELIEFS["levels"].get(name)
        varies = ("belief" in layers and not isinstance(believed, float)) or ("people" in layers and name != "units")
        assert (treated > 1e-12) == varies, name
        assert (compared > 0) == ("measurement" in layers and name in ("events", "score")), name


BELIEFS_FEW = {
    "comparison": BELIEFS["comparison"],
    "effects": BELIEFS["effects"],
    "levels": {name: BELIEFS["levels"][name] for name in ("level", "units")},
}


def test_a_result_known_when_all_its_parts_are():
    tables = ("comparison", "effects")
    beliefs = {table: {name: BELIEFS[table][name] for name in ("share", "score")} for table in tables}
    later = metric("score", reported={"months_after_enrolment": 20})
    scenario = deal(metric("share"), later, metric("index", reported=None), beliefs=beliefs)
    assert [m.results for m in compile_model(scenario).metrics] == [("c0",)] * 3
    payment = {"name": "p", "metric": "index", "scope": "cohort", "pays": {"amount": 5}}
    ledger = sib.settle(scenario.replace({"payments": [payment]}), {"share": 0.1, "score": 0.1})
    assert ledger.cashflow("government").index[0] == np.datetime64("2017-09-01")
